/* One place in a phrase: what a word must be to stand there. */
#include "oracle/oracle.h"
#include <string.h>

/* ---- numbers of words ---- */

struct oracle_words {
    GHashTable *numbers;
    GPtrArray *list;
};

oracle_words *oracle_words_new(void)
{
    oracle_words *words = g_new0(oracle_words, 1);
    words->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    words->list = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < ORACLE_FIRST_WORD; i++)
        g_ptr_array_add(words->list, g_strdup(""));
    return words;
}

uint32_t oracle_words_add(oracle_words *words, const char *word)
{
    gpointer found = g_hash_table_lookup(words->numbers, word);
    if (found != NULL)
        return GPOINTER_TO_UINT(found);
    guint number = words->list->len;
    char *own = g_strdup(word);
    g_ptr_array_add(words->list, own);
    g_hash_table_insert(words->numbers, own, GUINT_TO_POINTER(number));
    return number;
}

const char *oracle_words_get(const oracle_words *words, uint32_t number)
{
    return g_ptr_array_index(words->list, number);
}

void oracle_words_free(oracle_words *words)
{
    g_hash_table_unref(words->numbers);
    g_ptr_array_unref(words->list);
    g_free(words);
}

/* ---- what the patterns mean ---- */

static bool wildcard_is(const char *pattern, const char *word)
{
    if (*pattern == '\0')
        return *word == '\0';
    if (*pattern == '*')
        return wildcard_is(pattern + 1, word) ||
               (*word != '\0' && wildcard_is(pattern, g_utf8_next_char(word)));
    if (*word == '\0')
        return false;
    gunichar asked = g_utf8_get_char(pattern), there = g_utf8_get_char(word);
    bool same = asked == '?'   ? true
                : asked == '=' ? g_unichar_type(there) == G_UNICODE_DECIMAL_NUMBER
                               : asked == there;
    return same && wildcard_is(g_utf8_next_char(pattern), g_utf8_next_char(word));
}

/* Characters added, left out or replaced between two words. */
static size_t edits_between(const gunichar *a, size_t n, const gunichar *b, size_t m)
{
    g_autofree size_t *rows = g_new0(size_t, (n + 1) * (m + 1));
    for (size_t i = 0; i <= n; i++) {
        for (size_t k = 0; k <= m; k++) {
            size_t *cell = &rows[i * (m + 1) + k];
            if (i == 0 || k == 0) {
                *cell = i + k;
                continue;
            }
            size_t replaced = rows[(i - 1) * (m + 1) + k - 1] + (a[i - 1] != b[k - 1]);
            size_t left_out = rows[(i - 1) * (m + 1) + k] + 1, added = cell[-1] + 1;
            *cell = MIN(replaced, MIN(left_out, added));
        }
    }
    return rows[n * (m + 1) + m];
}

static bool fuzzy_is(const oracle_item *item, const char *word)
{
    glong n, m;
    g_autofree gunichar *asked = g_utf8_to_ucs4_fast(item->word, -1, &n);
    g_autofree gunichar *there = g_utf8_to_ucs4_fast(word, -1, &m);
    size_t fixed = item->fixed;
    if ((size_t)m < fixed || memcmp(asked, there, fixed * sizeof *asked) != 0)
        return false;
    return edits_between(asked + fixed, (size_t)n - fixed, there + fixed, (size_t)m - fixed) <=
           item->edits;
}

static int soundex_digit(char letter)
{
    static const char *const groups[] = {"bfpv", "cgjkqsxz", "dt", "l", "mn", "r"};
    for (int i = 0; i < 6; i++)
        if (strchr(groups[i], letter) != NULL)
            return '1' + i;
    return 0;
}

/* The rules of the U.S. National Archives: letters of one group side by side, or with h or w between them, count once; with
 * a vowel between them twice. */
bool oracle_soundex(const char *word, char out[5])
{
    g_autofree char *apart = g_utf8_normalize(word, -1, G_NORMALIZE_NFD);
    int n = 0, before = 0;
    for (const char *p = apart; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar u = g_utf8_get_char(p);
        if (g_unichar_ismark(u))
            continue;
        if (u < 'a' || u > 'z')
            return false;
        int digit = soundex_digit((char)u);
        if (n == 0)
            out[n++] = (char)u;
        else if (digit != 0 && digit != before && n < 4)
            out[n++] = (char)digit;
        if (u != 'h' && u != 'w')
            before = digit;
    }
    if (n == 0)
        return false;
    while (n < 4)
        out[n++] = '0';
    out[4] = '\0';
    return true;
}

static bool number_is(const oracle_item *item, const char *word)
{
    size_t n = strlen(word);
    if (n > 18 || strspn(word, "0123456789") != n)
        return false;
    int64_t value = g_ascii_strtoll(word, NULL, 10);
    return value >= item->low && value <= item->high;
}

static bool stem_is(const oracle_item *item, const char *word)
{
    g_autofree char *stem = hf_index_stem(word);
    return strcmp(stem, item->word) == 0;
}

static bool is_word(const oracle_item *item, const char *word)
{
    char sound[5];
    switch (item->kind) {
    case ORACLE_LITERAL:
        return strcmp(item->word, word) == 0;
    case ORACLE_SINGLE:
        return g_str_has_prefix(word, item->word);
    case ORACLE_WILDCARD:
        return wildcard_is(item->word, word);
    case ORACLE_STEM:
        return stem_is(item, word);
    case ORACLE_FUZZY:
        return fuzzy_is(item, word);
    case ORACLE_SOUND:
        return oracle_soundex(word, sound) && strcmp(sound, item->word) == 0;
    case ORACLE_NUMBER:
        return number_is(item, word);
    case ORACLE_REGEX:
        return g_regex_match(item->regex, word, 0, NULL);
    default:
        return item->kind == ORACLE_ANY;
    }
}

bool oracle_item_is(oracle_item *item, const oracle_words *words, uint32_t number)
{
    if (item->kind == ORACLE_MARKER_FIRST)
        return number == ORACLE_FIRST_MARKER;
    if (item->kind == ORACLE_MARKER_LAST)
        return number == ORACLE_LAST_MARKER;
    if (number < ORACLE_FIRST_WORD)
        return false;
    guint had = item->known->len;
    if (number >= had) {
        g_byte_array_set_size(item->known, number + 1024);
        memset(item->known->data + had, 0, item->known->len - had);
    }
    uint8_t *known = &item->known->data[number];
    if (*known == 0)
        *known = is_word(item, oracle_words_get(words, number)) ? 2 : 1;
    return *known == 2;
}

void oracle_item_free(oracle_item *item)
{
    g_free(item->word);
    g_clear_pointer(&item->regex, g_regex_unref);
    g_byte_array_unref(item->known);
    g_free(item);
}

/* ---- reading a piece ---- */

static oracle_item *add_item(GPtrArray *items, oracle_item_kind kind, const char *word)
{
    oracle_item *item = g_new0(oracle_item, 1);
    item->kind = kind;
    item->word = g_strdup(word);
    item->known = g_byte_array_new();
    g_ptr_array_add(items, item);
    return item;
}

static void read_literal(const char *text, size_t size, GPtrArray *items)
{
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, size);
    while (hf_tokens_next(&tokens, &token))
        add_item(items, hf_tokens_is_single(token.word) ? ORACLE_SINGLE : ORACLE_LITERAL,
                 token.word);
}

static bool read_regex(const char *pattern, GPtrArray *items)
{
    g_autofree char *whole = g_strdup_printf("\\A(?:%s)\\z", pattern);
    g_autoptr(GRegex) regex = g_regex_new(whole, G_REGEX_CASELESS, 0, NULL);
    if (regex == NULL)
        return false;
    add_item(items, ORACLE_REGEX, pattern)->regex = g_steal_pointer(&regex);
    return true;
}

static bool read_number(const char *run, GPtrArray *items)
{
    char *middle, *end;
    int64_t low = g_ascii_strtoll(run, &middle, 10);
    if (middle == run || !g_str_has_prefix(middle, "~~"))
        return false;
    int64_t high = g_ascii_strtoll(middle + 2, &end, 10);
    if (end == middle + 2 || *end != '\0' || high < low)
        return false;
    oracle_item *item = add_item(items, ORACLE_NUMBER, run);
    item->low = low;
    item->high = high;
    return true;
}

static bool read_stem(const char *run, GPtrArray *items)
{
    g_autofree char *word = g_strndup(run, strlen(run) - 1);
    if (strpbrk(word, "*?=~%#") != NULL)
        return false;
    g_autofree char *stem = hf_index_stem(word);
    add_item(items, ORACLE_STEM, stem);
    return true;
}

static bool read_fuzzy(const char *run, GPtrArray *items)
{
    if (strpbrk(run, "*?=~#") != NULL)
        return false;
    size_t fixed = (size_t)g_utf8_pointer_to_offset(run, strchr(run, '%')), edits = 0;
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *p = run; *p != '\0'; p++) {
        if (*p == '%')
            edits++;
        else
            g_string_append_c(word, *p);
    }
    size_t loose = (size_t)g_utf8_strlen(word->str, -1) - fixed;
    if (edits > 3 || loose <= edits)
        return false;
    oracle_item *item = add_item(items, ORACLE_FUZZY, word->str);
    item->fixed = fixed;
    item->edits = edits;
    return true;
}

static bool read_sound(const char *run, GPtrArray *items)
{
    char sound[5];
    if (!oracle_soundex(run + 1, sound))
        return false;
    add_item(items, ORACLE_SOUND, sound);
    return true;
}

static bool read_wildcard(const char *run, GPtrArray *items)
{
    bool own = false, digits = true;
    for (const char *p = run; *p != '\0'; p = g_utf8_next_char(p)) {
        own |= strchr("*?=", *p) == NULL;
        digits &= *p == '=';
    }
    if (!own && !(digits && strlen(run) >= 2))
        return false;
    add_item(items, ORACLE_WILDCARD, run);
    return true;
}

static bool read_pattern(const char *text, size_t size, GPtrArray *items)
{
    g_autofree char *composed = g_utf8_normalize(text, (gssize)size, G_NORMALIZE_NFKC);
    g_autofree char *folded = g_utf8_casefold(composed, -1);
    g_autofree char *run = g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC);
    if (strstr(run, "~~") != NULL)
        return read_number(run, items);
    if (g_str_has_suffix(run, "~"))
        return read_stem(run, items);
    if (strchr(run, '%') != NULL)
        return read_fuzzy(run, items);
    if (*run == '#')
        return read_sound(run, items);
    return strpbrk(run, "~#") == NULL && read_wildcard(run, items);
}

static bool in_run(gunichar u)
{
    return g_unichar_isalnum(u) || g_unichar_ismark(u) || u == '_' ||
           (u < 0x80 && u != 0 && strchr("*?=~%#", (int)u) != NULL);
}

bool oracle_piece_read(const char *piece, GPtrArray *items)
{
    guint before = items->len;
    if (g_str_has_prefix(piece, "##"))
        return read_regex(piece + 2, items);
    const char *literal = piece; /* text that no pattern stood in yet */
    for (const char *p = piece; *p != '\0';) {
        if (!in_run(g_utf8_get_char(p))) {
            p = g_utf8_next_char(p);
            continue;
        }
        const char *run = p;
        bool pattern = false;
        for (; in_run(g_utf8_get_char(p)); p = g_utf8_next_char(p))
            pattern |= strchr("*?=~%#", *p) != NULL;
        if (!pattern)
            continue;
        read_literal(literal, (size_t)(run - literal), items);
        if (!read_pattern(run, (size_t)(p - run), items))
            return false;
        literal = p;
    }
    read_literal(literal, strlen(literal), items);
    return items->len > before;
}
