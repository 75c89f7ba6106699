/* refuse.c -- what is refused before it is read: characters and runs that have a meaning in dtSearch or in another system which
 * they do not have here, and what looks like an operator and is none. */
#include "query/lexer.h"

#include <string.h>

static void refuse(hf_query_lexer *lexer, size_t start, size_t end, char *message, char *advice)
{
    hf_query_fault_take(lexer->fault, lexer->text, start, end - start, message, advice);
}

/* A mark that another system gives a meaning to: the whole query may be shown as it would be here. */
static void refuse_foreign(hf_query_lexer *lexer, size_t start, size_t end, const char *note,
                           char *message, char *advice)
{
    lexer->foreign = true;
    lexer->note = note;
    refuse(lexer, start, end, message, advice);
}

/* A part of the text for a message; cut if it is long. */
static char *slice(const hf_query_lexer *lexer, size_t start, size_t end)
{
    const size_t most = 80;
    size_t cut = MIN(end, start + most);
    while (cut > start && ((unsigned char)lexer->text[cut] & 0xC0) == 0x80)
        cut--;
    g_autofree char *part = g_strndup(lexer->text + start, cut - start);
    return g_strconcat(part, cut < end ? "…" : "", NULL);
}

/* ---- characters that are refused ---- */

static const struct {
    gunichar character;
    bool foreign;
    const char *meaning, *advice, *note;
} reserved[] = {
    {'&', true, "asks for synonyms in dtSearch and for \"and\" elsewhere",
     "write and between terms; as punctuation it counts as a space: AT T finds AT&T", NULL},
    {'!', true, "asks for a word's endings in other systems",
     "write contract* for every word that begins so, contract~ for the forms of the word",
     "word~ would find only the forms of the word; as punctuation, leave the mark out"},
    {'|', true, "is no operator here", "write or between terms", NULL},
    {'^', true, "gives no weight here",
     "leave it out: every document that matches is found, in an order of your choice", NULL},
    {'<', false, "compares only times and sizes", "write date:<2001 or size:<1MB, or leave it out",
     NULL},
    {'>', false, "compares only times and sizes", "write date:>2001 or size:>1MB, or leave it out",
     NULL},
};

static bool refuse_reserved(hf_query_lexer *lexer, size_t at, size_t end)
{
    gunichar c = hf_query_lexer_at(lexer, at);
    for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++) {
        if (reserved[i].character != c)
            continue;
        lexer->foreign = reserved[i].foreign;
        lexer->note = reserved[i].note;
        refuse(lexer, at, end, g_strdup_printf("\"%c\" %s", (char)c, reserved[i].meaning),
               g_strdup(reserved[i].advice));
        return true;
    }
    return false;
}

static bool is_smart_quote(gunichar c)
{
    return (c >= 0x201C && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A ||
           (c >= 0x301D && c <= 0x301F) || c == 0xFF02;
}

static bool is_single_quote(gunichar c)
{
    return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201B) || c == 0xB4;
}

/* Characters that nobody sees: pasted in by accident, or meant to mislead. The two joiners are part of some scripts. */
static bool is_invisible(gunichar c)
{
    if (c == 0x200C || c == 0x200D || g_unichar_isspace(c))
        return false;
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || c == 0xAD;
}

/* The wide forms that keyboards for Chinese, Japanese and Korean write: the ASCII character that is meant. */
static gunichar narrow_form(gunichar c)
{
    return c > 0xFF00 && c < 0xFF5F ? c - 0xFF00 + 0x20 : 0;
}

static bool refuse_everywhere(hf_query_lexer *lexer, size_t at, const char *no_wide)
{
    gunichar c = hf_query_lexer_at(lexer, at), narrow = narrow_form(c);
    size_t end = at < lexer->size ? hf_query_lexer_after(lexer, at) : at;
    if (is_smart_quote(c)) {
        refuse_foreign(lexer, at, end, NULL,
                       g_strdup("a typographic quotation mark quotes nothing here"),
                       g_strdup("write straight ones: \"apple pear\""));
        return true;
    }
    if (is_invisible(c)) {
        refuse(lexer, at, end, g_strdup_printf("there is an invisible character (U+%04X)", c),
               g_strdup("take it out"));
        return true;
    }
    if (narrow == 0 || strchr(no_wide, (char)narrow) == NULL)
        return false;
    refuse(lexer, at, end,
           g_strdup_printf("the wide form of \"%c\" has no meaning here", (char)narrow),
           g_strdup_printf("write %c; as punctuation, leave it out", (char)narrow));
    return true;
}

/* Inside quotation marks a regular expression, from ## to the next space, has characters of its own. */
static size_t past_regex(const hf_query_lexer *lexer, size_t start, size_t at, size_t end)
{
    bool begins =
        at == start || g_unichar_isspace(g_utf8_get_char(g_utf8_prev_char(lexer->text + at)));
    if (!begins || end - at < 2 || memcmp(lexer->text + at, "##", 2) != 0)
        return at;
    while (at < end && !g_unichar_isspace(hf_query_lexer_at(lexer, at)))
        at = hf_query_lexer_after(lexer, at);
    return at;
}

bool hf_query_refuse_characters(hf_query_lexer *lexer, size_t start, size_t end, bool words,
                                bool quoted)
{
    const char *no_wide = !words ? "" : quoted ? "*%#=~" : "*%#=~?()&|<>:";
    for (size_t at = start; at < end; at = hf_query_lexer_after(lexer, at)) {
        size_t next = words && quoted ? past_regex(lexer, start, at, end) : at;
        for (; at < next; at = hf_query_lexer_after(lexer, at))
            if (refuse_everywhere(lexer, at, ""))
                return true;
        if (at >= end)
            break;
        if (refuse_everywhere(lexer, at, no_wide) ||
            (words && refuse_reserved(lexer, at, hf_query_lexer_after(lexer, at))))
            return true;
    }
    return false;
}

/* ---- words that are refused ---- */

static bool is_operator(const char *word)
{
    static const char *const operators[] = {"and", "or", "not"};
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++)
        if (g_ascii_strcasecmp(operators[i], word) == 0)
            return true;
    return false;
}

static bool refuse_reserved_word(hf_query_lexer *lexer, size_t start, size_t end)
{
    static const struct {
        const char *word, *message, *advice;
    } words[] = {
        {"to", "to is a reserved word of dtSearch",
         "a range is written with dots, date:2001..2002"},
        {"contains", "contains stands behind a field's name", "write subject contains apple"},
        {"andany", "andany is an operator that is not here", "write (apple or (apple and pear))"},
        {"andnot", "andnot is one word here", "write and not"},
        {"butnot", "butnot is one word here", "write and not"},
        {"xor", "xor is an operator that is not here", "write (a or b) and not (a and b)"},
        {"xfilter", "xfilter is an operator that is not here",
         "ask for fields: path:, type:, date:, size:"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!hf_query_lexer_run_is(lexer, start, end, words[i].word))
            continue;
        refuse(
            lexer, start, end, g_strdup(words[i].message),
            g_strdup_printf("%s; to search for the word itself, put it in quotation marks: \"%s\"",
                            words[i].advice, words[i].word));
        return true;
    }
    return false;
}

/* ---- proximity ---- */

static void refuse_no_distance(hf_query_lexer *lexer, size_t start, size_t end,
                               const hf_query_proximity *near)
{
    g_autofree char *written = slice(lexer, start, end);
    const char *name = near->ordered ? "pre" : "w";
    bool glued = near->distance > 0;
    unsigned distance = glued ? MIN(near->distance, HF_QUERY_DISTANCE_MAX) : 5;
    refuse(lexer, start, end,
           glued ? g_strdup_printf("%s is not parted from what comes next", written)
                 : g_strdup_printf("%s has no number of words behind it", written),
           g_strdup_printf("write %s/%u with a space on either side; as text, put it in quotation "
                           "marks: \"%s\"",
                           name, distance, written));
}

static void refuse_foreign_proximity(hf_query_lexer *lexer, size_t start, size_t end,
                                     const hf_query_proximity *near)
{
    g_autofree char *written = slice(lexer, start, end);
    const char *name = near->ordered ? "pre" : "w";
    unsigned distance = CLAMP(near->distance, 1, HF_QUERY_DISTANCE_MAX);
    if (near->unit == NULL) {
        refuse_foreign(
            lexer, start, end, NULL,
            g_strdup_printf("%s is how other systems ask for words near each other", written),
            g_strdup_printf("write %s/%u; as text, put it in quotation marks: \"%s\"", name,
                            distance, written));
        return;
    }
    refuse_foreign(
        lexer, start, end,
        "a number of words is agreed in place of it, w/15 to w/25 for a sentence, w/50 for "
        "a paragraph",
        g_strdup_printf("%s asks for words in one %s, which is not known here", written,
                        near->unit),
        g_strdup_printf("write %s/%u, or the number of words that is agreed", name, distance));
}

static bool check_distance(hf_query_lexer *lexer, size_t start, size_t end,
                           const hf_query_proximity *near)
{
    g_autofree char *written = slice(lexer, start, end);
    const char *name = near->ordered ? "pre" : "w";
    if (near->distance >= 1 && near->distance <= HF_QUERY_DISTANCE_MAX)
        return true;
    if (near->distance == 0)
        refuse(lexer, start, end, g_strdup_printf("%s: no two words are so near", written),
               g_strdup_printf("write %s/1 for words side by side", name));
    else
        refuse(lexer, start, end, g_strdup_printf("%s is further than words are compared", written),
               g_strdup_printf("write at most %s/%d, or and", name, HF_QUERY_DISTANCE_MAX));
    return false;
}

bool hf_query_refuse_proximity(hf_query_lexer *lexer, size_t start, size_t end,
                               const hf_query_proximity *near)
{
    if (near->kind == HF_QUERY_PROXIMITY_OURS)
        return !check_distance(lexer, start, end, near);
    if (near->kind == HF_QUERY_PROXIMITY_LENGTH)
        refuse_no_distance(lexer, start, end, near);
    else
        refuse_foreign_proximity(lexer, start, end, near);
    return true;
}

/* "within 5": two runs. */
static bool refuse_within(hf_query_lexer *lexer, size_t start, size_t end)
{
    if (!hf_query_lexer_run_is(lexer, start, end, "within"))
        return false;
    size_t at = hf_query_lexer_past_spaces(lexer, end);
    size_t last = hf_query_lexer_run_end(lexer, at),
           digits = strspn(lexer->text + at, "0123456789");
    if (digits == 0 || digits != last - at)
        return false;
    g_autofree char *count = slice(lexer, at, MIN(last, at + 9));
    hf_query_proximity near = {.distance = (unsigned)g_ascii_strtoull(count, NULL, 10)};
    refuse_foreign_proximity(lexer, start, last, &near);
    return true;
}

/* "w\\5": the backslash would be a space, and the number a word. */
static bool refuse_backslash(hf_query_lexer *lexer, size_t start, size_t end)
{
    g_autofree char *written = slice(lexer, start, end);
    g_autofree char *slashed = g_strdelimit(g_strdup(written), "\\", '/');
    if (strchr(written, '\\') == NULL ||
        hf_query_foreign_proximity(slashed, strlen(slashed)).kind != HF_QUERY_PROXIMITY_OURS)
        return false;
    refuse(lexer, start, end, g_strdup_printf("%s is no operator as it is written", written),
           g_strdup_printf("write %s; as text, put it in quotation marks", slashed));
    return true;
}

/* "w / 5" and "pear,w/5": the slash would be a space among words. */
static bool refuse_hidden_proximity(hf_query_lexer *lexer, size_t start, size_t end)
{
    size_t at = hf_query_lexer_past_spaces(lexer, end);
    bool parted = (hf_query_lexer_run_is(lexer, start, end, "w") ||
                   hf_query_lexer_run_is(lexer, start, end, "pre")) &&
                  hf_query_lexer_at(lexer, at) == '/';
    size_t name = end;
    while (name > start && g_ascii_isalnum(lexer->text[name - 1]))
        name--;
    size_t slash = name > start ? name - 1 : start, word = slash;
    while (word > start && g_ascii_isalpha(lexer->text[word - 1]))
        word--;
    hf_query_proximity near = word > start && lexer->text[slash] == '/' && word < slash
                                  ? hf_query_foreign_proximity(lexer->text + word, end - word)
                                  : (hf_query_proximity){0};
    if (!parted && near.kind != HF_QUERY_PROXIMITY_OURS)
        return false;
    size_t from = parted ? start : word, last = parted ? hf_query_lexer_run_end(lexer, at) : end;
    g_autofree char *written = slice(lexer, from, last);
    refuse(lexer, from, last, g_strdup_printf("%s is no operator as it is written", written),
           g_strdup("write w/5 or pre/5, without a space in it and with one on either side; as "
                    "text, put it in quotation marks"));
    return true;
}

/* ---- signs ---- */

/* A sign at the beginning of a word asks for or rules out a word in other systems. */
static bool refuse_sign(hf_query_lexer *lexer, size_t start, size_t end)
{
    gunichar sign = hf_query_lexer_at(lexer, start);
    size_t next = hf_query_lexer_after(lexer, start);
    if (next >= end || !g_unichar_isalnum(hf_query_lexer_at(lexer, next)))
        return false;
    g_autofree char *word = slice(lexer, next, end);
    if (sign == '-' || sign == 0x2212) {
        refuse_foreign(lexer, start, end, "as punctuation, leave the minus out",
                       g_strdup("a minus rules out no word here"),
                       g_strdup_printf("write and not %s; as punctuation, leave it out", word));
        return true;
    }
    if (sign == '+') {
        refuse_foreign(
            lexer, start, end, "as punctuation, leave the plus out",
            g_strdup("a plus asks for no word here"),
            g_strdup_printf("write %s, joined by and; as punctuation, leave it out", word));
        return true;
    }
    if (is_single_quote(sign)) {
        refuse_foreign(lexer, start, end, "an apostrophe at a word's beginning is left out",
                       g_strdup("single quotation marks quote nothing here"),
                       g_strdup("write \"apple pear\"; an apostrophe at a word's beginning is left "
                                "out"));
        return true;
    }
    return false;
}

/* "and/or", "not-for-profit": the punctuation is a space, so an operator would stand among the words. */
static bool refuse_hidden_operator(hf_query_lexer *lexer, size_t start, size_t end)
{
    hf_tokens tokens;
    hf_tokens_init(&tokens, lexer->text + start, end - start);
    hf_token token;
    bool found = false;
    while (!found && hf_tokens_next(&tokens, &token)) {
        size_t first = start + token.start, last = start + token.end;
        bool pattern = (last < end && strchr("*?=~%", lexer->text[last]) != NULL) ||
                       (first > start && strchr("*?=%#", lexer->text[first - 1]) != NULL);
        found = is_operator(token.word) && !pattern;
    }
    if (!found)
        return false;
    g_autofree char *written = slice(lexer, start, end);
    refuse(
        lexer, start, end, g_strdup_printf("%s has an operator among its words", written),
        g_strdup_printf("put it in quotation marks, \"%s\", or write the operator alone", written));
    return true;
}

/* ## in a run: its characters would have other meanings. */
static bool refuse_bare_regex(hf_query_lexer *lexer, size_t start, size_t end)
{
    if (end - start < 2 || memcmp(lexer->text + start, "##", 2) != 0)
        return false;
    g_autofree char *written = slice(lexer, start, end);
    refuse(lexer, start, end, g_strdup("a regular expression stands in quotation marks"),
           g_strdup_printf("write \"%s\"", written));
    return true;
}

static bool refuse_lone_colon(hf_query_lexer *lexer, size_t start, size_t end)
{
    if (lexer->text[start] != ':')
        return false;
    refuse(lexer, start, end, g_strdup("there is no field's name before the colon"),
           g_strdup("write a field without a space before its colon: subject:apple"));
    return true;
}

bool hf_query_refuse_run(hf_query_lexer *lexer, size_t start, size_t end)
{
    return refuse_lone_colon(lexer, start, end) || refuse_sign(lexer, start, end) ||
           refuse_within(lexer, start, end) || refuse_backslash(lexer, start, end) ||
           refuse_hidden_proximity(lexer, start, end) || refuse_bare_regex(lexer, start, end) ||
           hf_query_refuse_characters(lexer, start, end, true, false) ||
           refuse_reserved_word(lexer, start, end) || refuse_hidden_operator(lexer, start, end);
}

void hf_query_refuse_field(hf_query_lexer *lexer, size_t start, size_t n)
{
    size_t end = hf_query_lexer_run_end(lexer, start), value = start + n + 1;
    g_autofree char *name = slice(lexer, start, start + n);
    g_autofree char *whole = slice(lexer, start, end);
    g_autofree char *message = g_strdup_printf("there is no field \"%s\"", name);
    const char *ours = hf_query_field_other_name(name, n);
    bool weight = end > value && strspn(lexer->text + value, "0123456789.") >= end - value;
    g_autofree char *known =
        ours != NULL ? g_strdup_printf("%s: is %s:%s here; ", name, ours,
                                       g_str_equal(ours, "has") ? "attachment" : "")
        : weight ? g_strdup_printf("for the weight of a word, leave it out and write %s; ", name)
                 : g_strdup("");
    g_autofree char *fields =
        ours != NULL ? NULL : g_strdup_printf("the fields are %s; ", hf_query_field_names());
    refuse(lexer, start, start + n + 1, g_steal_pointer(&message),
           g_strdup_printf("%s%sif the colon is part of the text, put it in quotation marks: "
                           "\"%s\"",
                           known, fields != NULL ? fields : "", whole));
}
