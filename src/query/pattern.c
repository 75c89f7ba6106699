/* pattern.c -- what a word of a query stands for: read from the text. */
#include "query/tree.h"

#include <inttypes.h>
#include <string.h>

#define WORD_MOST 64   /* bytes of the longest word of the index */
#define EDITS_MOST 3   /* % in a word */
#define DIGITS_MOST 18 /* of a number in a range, so that its value fits */

/* How often each pattern character stands in a piece. */
typedef struct {
    unsigned stars, ones, digits, stems, edits, sounds;
    bool unspaced; /* has a character of a script written without spaces */
} shape;

typedef struct {
    const char *text; /* the piece; NUL-terminated */
    size_t n;
    shape shape;
    char **message, **advice;
} piece;

/* Takes both. Returns NULL, so that a function can end with it. */
static void *refuse(const piece *p, char *message, char *advice)
{
    *p->message = message;
    *p->advice = advice;
    return NULL;
}

static void count_character(shape *s, gunichar c)
{
    s->stars += c == '*';
    s->ones += c == '?';
    s->digits += c == '=';
    s->stems += c == '~';
    s->edits += c == '%';
    s->sounds += c == '#';
    char alone[7] = "";
    alone[g_unichar_to_utf8(c, alone)] = '\0';
    s->unspaced = s->unspaced || hf_tokens_is_single(alone);
}

static shape shape_of(const char *text)
{
    shape s = {0};
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        count_character(&s, g_utf8_get_char(at));
    return s;
}

static unsigned kinds(const shape *s)
{
    return (s->stars + s->ones + s->digits > 0) + (s->stems > 0) + (s->edits > 0) + (s->sounds > 0);
}

static hf_query_word *new_word(hf_query_word_kind kind)
{
    hf_query_word *word = g_new0(hf_query_word, 1);
    word->kind = kind;
    word->prefix = g_strdup("");
    return word;
}

static void set_prefix(hf_query_word *word, const char *text, size_t n)
{
    g_free(word->prefix);
    word->prefix = g_strndup(text, n);
}

/* The one word that the text is, as the index has it; NULL if it is none or several. */
static char *one_token(const char *text, size_t n)
{
    hf_tokens tokens;
    hf_token first, second;
    hf_tokens_init(&tokens, text, n);
    if (!hf_tokens_next(&tokens, &first) || hf_tokens_next(&tokens, &second))
        return NULL;
    return g_strdup(first.word);
}

/* The text without pattern characters, for advice; NULL if nothing is left. */
static char *plain(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at++)
        if (strchr("*?=~%#", *at) == NULL)
            g_string_append_c(out, *at);
    return out->len > 0 ? g_strdup(out->str) : NULL;
}

static char *leave_out(const char *text)
{
    g_autofree char *word = plain(text);
    if (word == NULL)
        return g_strdup("as punctuation, leave it out");
    return g_strdup_printf("as punctuation, leave it out: %s", word);
}

/* ---- words as they are ---- */

static hf_query_word *read_literal(const piece *p)
{
    g_autofree char *token = one_token(p->text, p->n);
    if (token == NULL)
        return refuse(p, g_strdup("there is no word in this"), leave_out(p->text));
    bool first = strcmp(token, HF_QUERY_NAME_FIRST) == 0,
         last = strcmp(token, HF_QUERY_NAME_LAST) == 0;
    hf_query_word *word = new_word(first  ? HF_QUERY_WORD_FIRST
                                   : last ? HF_QUERY_WORD_LAST
                                          : HF_QUERY_WORD_LITERAL);
    set_prefix(word, token, strlen(token));
    word->written = g_strdup(token);
    word->word = first  ? g_strdup(HF_WORD_FIRST)
                 : last ? g_strdup(HF_WORD_LAST)
                        : g_steal_pointer(&token);
    return word;
}

/* ---- * ? = ---- */

/* Folds what stands between the pattern characters of `set`, which stay; two stars are as good as one. */
static char *fold_between(const char *text, const char *set)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at != '\0';) {
        size_t bit = strcspn(at, set);
        if (bit == 0) {
            if (*at != '*' || out->len == 0 || out->str[out->len - 1] != '*')
                g_string_append_c(out, *at);
            at++;
            continue;
        }
        g_autofree char *folded = hf_tokens_fold(at, bit);
        g_string_append(out, folded != NULL ? folded : "");
        at += bit;
    }
    return g_string_free(out, FALSE);
}

/* No word of the index begins or ends with `_`. */
static char *trim_joins(char *text)
{
    size_t n = strlen(text), from = strspn(text, "_");
    while (n > from && text[n - 1] == '_')
        n--;
    memmove(text, text + from, n - from);
    text[n - from] = '\0';
    return text;
}

static bool has_own_letter(const char *pattern)
{
    for (const char *at = pattern; *at != '\0'; at = g_utf8_next_char(at))
        if (strchr("*?=_", *at) == NULL)
            return true;
    return false;
}

/* Bytes of the shortest word that the pattern stands for. */
static size_t shortest(const char *pattern)
{
    size_t n = 0;
    for (const char *at = pattern; *at != '\0'; at++)
        n += *at != '*';
    return n;
}

static void *too_wide(const piece *p)
{
    const char *what =
        p->shape.digits == 1 && p->n == 1 ? "nearly every digit" : "nearly every word";
    return refuse(p, g_strdup_printf("%s alone would stand for %s", p->text, what),
                  g_strdup("write letters or digits beside it, such as appl*; "
                           "as punctuation, leave it out"));
}

static void *too_long(const piece *p)
{
    return refuse(p, g_strdup("no word of the index is as long as this"),
                  g_strdup_printf("a word has at most %d bytes: shorten it and end it with *",
                                  WORD_MOST - 16));
}

static hf_query_word *read_wildcard(const piece *p)
{
    g_autofree char *pattern = trim_joins(fold_between(p->text, "*?="));
    bool year = p->shape.digits >= 2 && p->shape.stars + p->shape.ones == 0;
    if (!has_own_letter(pattern) && !year)
        return too_wide(p);
    if (shortest(pattern) > WORD_MOST)
        return too_long(p);
    hf_query_word *word = new_word(HF_QUERY_WORD_WILDCARD);
    set_prefix(word, pattern, strcspn(pattern, "*?="));
    word->written = g_strdup(pattern);
    word->word = g_steal_pointer(&pattern);
    return word;
}

/* ---- word~ ---- */

/* Snowball's "english" changes endings only: at most the last two letters of a stem are not the word's own
 * (dying → die, ability → abl), and never the first. */
static size_t stem_prefix(const char *stem)
{
    glong characters = g_utf8_strlen(stem, -1);
    return (size_t)(g_utf8_offset_to_pointer(stem, MAX(1, characters - 2)) - stem);
}

/* What Lucene's `roam~2` and `"jakarta apache"~10` ask for. */
static void *lucene_number(const piece *p)
{
    const char *number = strchr(p->text, '~') + 1;
    return refuse(p, g_strdup_printf("~%s asks for nothing here", number),
                  g_strdup_printf("for words near each other write apple w/%s pear, for similar "
                                  "spellings app%%le",
                                  number));
}

static hf_query_word *read_stem(const piece *p)
{
    const char *rest = strchr(p->text, '~') + 1;
    if (*rest != '\0' && strspn(rest, "0123456789") == strlen(rest))
        return lucene_number(p);
    g_autofree char *own = plain(p->text);
    g_autofree char *token = own != NULL ? one_token(own, strlen(own)) : NULL;
    if (token == NULL || p->shape.stems > 1 || p->text[p->n - 1] != '~')
        return refuse(p,
                      g_strdup("~ asks for the forms of a word, at its end, or for numbers between "
                               "two others"),
                      token != NULL ? g_strdup_printf("write %s~, or 12~~24", token)
                                    : g_strdup("write apply~ or 12~~24"));
    hf_query_word *word = new_word(HF_QUERY_WORD_STEM);
    word->key = hf_index_stem(token);
    set_prefix(word, word->key, stem_prefix(word->key));
    word->written = g_strconcat(token, "~", NULL);
    word->word = g_steal_pointer(&token);
    return word;
}

/* ---- ba%nana ---- */

/* The word with its % as far behind as the rule permits; NULL if it is too short for any. */
static char *movable(const char *word, unsigned edits)
{
    glong letters = g_utf8_strlen(word, -1), before = letters - (glong)edits - 1;
    if (before < 0)
        return NULL;
    const char *place = g_utf8_offset_to_pointer(word, before);
    g_autofree char *head = g_strndup(word, (gsize)(place - word));
    g_autofree char *marks = g_strnfill(edits, '%');
    return g_strconcat(head, marks, place, NULL);
}

static void *too_loose(const piece *p, const char *word)
{
    g_autofree char *moved = movable(word, p->shape.edits);
    return refuse(p,
                  g_strdup("a % allows one changed letter behind it, and too few letters stand "
                           "behind this one"),
                  moved != NULL
                      ? g_strdup_printf("write %s; as punctuation, leave it out: %s", moved, word)
                      : leave_out(p->text));
}

static hf_query_word *read_fuzzy(const piece *p)
{
    if (p->shape.edits > EDITS_MOST)
        return refuse(p, g_strdup_printf("a word may have at most %d %%", EDITS_MOST),
                      g_strdup("write one % for each letter that may differ"));
    g_autofree char *written = trim_joins(fold_between(p->text, "%"));
    g_autofree char *word = plain(written);
    size_t fixed = strcspn(written, "%");
    if (word == NULL)
        return refuse(p, g_strdup_printf("%s alone would stand for nearly every word", p->text),
                      leave_out(p->text));
    if (strlen(word) > WORD_MOST)
        return too_long(p);
    if (g_utf8_strlen(word + fixed, -1) <= (glong)p->shape.edits)
        return too_loose(p, word);
    hf_query_word *made = new_word(HF_QUERY_WORD_FUZZY);
    made->edits = p->shape.edits;
    made->fixed = (unsigned)fixed;
    set_prefix(made, word, fixed);
    made->written = g_steal_pointer(&written);
    made->word = g_steal_pointer(&word);
    return made;
}

/* ---- #word ---- */

static hf_query_word *read_phonic(const piece *p)
{
    g_autofree char *own = plain(p->text);
    g_autofree char *token = own != NULL ? one_token(own, strlen(own)) : NULL;
    char code[5];
    if (token == NULL || p->shape.sounds > 1 || p->text[0] != '#' ||
        !hf_query_soundex(token, strlen(token), code))
        return refuse(p,
                      g_strdup("# asks for words that sound alike, and stands before a word of "
                               "Latin letters"),
                      token != NULL
                          ? g_strdup_printf("write #smith; as a sign, leave it out: %s", token)
                          : g_strdup("write #smith; as a sign, leave it out"));
    hf_query_word *word = new_word(HF_QUERY_WORD_PHONIC);
    word->key = g_strdup(code);
    word->written = g_strconcat("#", token, NULL);
    word->word = g_steal_pointer(&token);
    return word;
}

/* ---- 12~~24 ---- */

static bool read_number(const char *text, size_t n, uint64_t *value)
{
    g_autofree char *folded = n > 0 ? hf_tokens_fold(text, n) : NULL;
    size_t digits = folded != NULL ? strlen(folded) : 0;
    if (digits == 0 || digits > DIGITS_MOST || strspn(folded, "0123456789") != digits)
        return false;
    *value = g_ascii_strtoull(folded, NULL, 10);
    return true;
}

static hf_query_word *read_numbers(const piece *p)
{
    const char *middle = strstr(p->text, "~~");
    uint64_t low = 0, high = 0;
    bool read = p->shape.stems == 2 && read_number(p->text, (size_t)(middle - p->text), &low) &&
                read_number(middle + 2, strlen(middle + 2), &high);
    if (!read)
        return refuse(p,
                      g_strdup_printf("a range of numbers has one of at most %d digits on either "
                                      "side of ~~",
                                      DIGITS_MOST),
                      g_strdup("write 12~~24"));
    if (low > high)
        return refuse(p, g_strdup("the range is empty: it ends before it begins"),
                      g_strdup_printf("write %" PRIu64 "~~%" PRIu64, high, low));
    hf_query_word *word = new_word(HF_QUERY_WORD_NUMBERS);
    word->low = low;
    word->high = high;
    word->written = g_strdup_printf("%" PRIu64 "~~%" PRIu64, low, high);
    word->word = g_strdup(word->written);
    return word;
}

/* ---- ##regex ---- */

/* Words that have nothing in common: what stands for all of them stands for any. */
static bool stands_for_any(const hf_query_regex *regex)
{
    static const char *const words[] = {"a",
                                        "zq",
                                        "7",
                                        "x_1",
                                        "\xc3\xa9t\xc3\xa9",
                                        "2001",
                                        "agreement",
                                        "\xe4\xb8\xad\xe6\x96\x87"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (!hf_query_regex_matches(regex, words[i], strlen(words[i])))
            return false;
    return true;
}

static hf_query_word *read_regex(const piece *p)
{
    /* Words of the index are composed; a keyboard may have written a letter and its mark apart. */
    g_autofree char *pattern = g_utf8_normalize(p->text + 2, -1, G_NORMALIZE_NFC);
    char *why = NULL;
    if (pattern == NULL || *pattern == '\0')
        return refuse(p, g_strdup("there is no regular expression after ##"),
                      g_strdup("write \"##19[0-9]+\""));
    hf_query_regex *regex = hf_query_regex_new(pattern, strlen(pattern), &why);
    if (regex == NULL)
        return refuse(p, why,
                      g_strdup("write it as RE2 reads it, without spaces, such as \"##19[0-9]+\""));
    hf_query_word *word = new_word(HF_QUERY_WORD_REGEX);
    word->regex = regex;
    g_free(word->prefix);
    word->prefix = hf_query_regex_prefix(regex);
    word->written = g_strconcat("##", pattern, NULL);
    word->word = g_steal_pointer(&pattern);
    if (!stands_for_any(regex))
        return word;
    hf_query_word_free(word);
    return refuse(p, g_strdup("this regular expression would stand for any word"),
                  g_strdup("write letters or digits that the word must have"));
}

/* ---- any of them ---- */

static void *not_in_unspaced(const piece *p)
{
    g_autofree char *word = plain(p->text);
    return refuse(p,
                  g_strdup("pattern characters have no meaning beside scripts that are written "
                           "without spaces"),
                  g_strdup_printf("write %s: any part of such a text is found",
                                  word != NULL ? word : "it without them"));
}

static void *several_kinds(const piece *p)
{
    return refuse(p, g_strdup("a word may have only one of * ? =, ~, % and #"),
                  g_strdup("write one word for each, joined by or: (appl* or apple~)"));
}

static hf_query_word *read_piece(const piece *p)
{
    const shape *s = &p->shape;
    if (g_str_has_prefix(p->text, "##"))
        return read_regex(p);
    if (kinds(s) == 0)
        return read_literal(p);
    if (s->unspaced)
        return not_in_unspaced(p);
    if (kinds(s) > 1)
        return several_kinds(p);
    if (s->sounds > 0)
        return read_phonic(p);
    if (s->edits > 0)
        return read_fuzzy(p);
    if (s->stems > 0)
        return strstr(p->text, "~~") != NULL ? read_numbers(p) : read_stem(p);
    return read_wildcard(p);
}

hf_query_word *hf_query_word_read(const char *text, size_t n, size_t start, char **message,
                                  char **advice)
{
    g_autofree char *own = g_strndup(text, n);
    piece p = {.text = own, .n = strlen(own), .message = message, .advice = advice};
    if (p.n == 0)
        return refuse(&p, g_strdup("there is no word in this"), NULL);
    p.shape = shape_of(own);
    hf_query_word *word = read_piece(&p);
    if (word == NULL)
        return NULL;
    word->start = start;
    word->end = start + n;
    return word;
}

bool hf_query_word_expands(const hf_query_word *word)
{
    return word->kind >= HF_QUERY_WORD_WILDCARD && word->kind <= HF_QUERY_WORD_REGEX;
}

void hf_query_word_free(hf_query_word *word)
{
    if (word == NULL)
        return;
    g_free(word->written);
    g_free(word->word);
    g_free(word->prefix);
    g_free(word->key);
    hf_query_regex_free(word->regex);
    if (word->expansion != NULL)
        g_array_unref(word->expansion);
    g_free(word);
}
