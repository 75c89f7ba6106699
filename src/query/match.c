/* match.c -- whether a word of a query stands for a word of the index. Called for every word of a vocabulary: the time
 * is bounded by the lengths of the two words, and only stems take memory. */
#include "query/tree.h"

#include <string.h>

/* ---- * ? = ---- */

static size_t step_of(const char *text)
{
    return (size_t)(g_utf8_next_char(text) - text);
}

/* Bytes of `indexed` that the character of the pattern takes; 0 if it cannot. */
static size_t taken(const char *pattern, const char *indexed, const char *end)
{
    if (indexed >= end)
        return 0;
    if (*pattern == '?')
        return step_of(indexed);
    if (*pattern == '=')
        return g_unichar_isdigit(g_utf8_get_char(indexed)) ? step_of(indexed) : 0;
    return *pattern == *indexed ? 1 : 0;
}

/* After a failure only the last star takes one character more: earlier ones could gain nothing by it. */
static bool matches_wildcard(const char *pattern, const char *indexed, size_t n)
{
    const char *at = indexed, *end = indexed + n, *star = NULL, *resume = NULL;
    while (at < end) {
        size_t step = *pattern == '\0' || *pattern == '*' ? 0 : taken(pattern, at, end);
        if (*pattern == '*') {
            star = ++pattern;
            resume = at;
        } else if (step > 0) {
            pattern++;
            at += step;
        } else if (star != NULL) {
            pattern = star;
            resume += step_of(resume);
            at = resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* ---- % ---- */

#define CHARACTERS_MOST 64 /* words of the index have at most as many bytes */

/* Characters of a text; 0 if it has more than fit. */
static size_t decoded(const char *text, size_t n, gunichar out[CHARACTERS_MOST])
{
    size_t count = 0;
    for (const char *at = text; at < text + n; at = g_utf8_next_char(at)) {
        if (count == CHARACTERS_MOST)
            return 0;
        out[count++] = g_utf8_get_char(at);
    }
    return count;
}

/* Whether one becomes the other by at most `edits` characters added, left out or replaced (Levenshtein 1966). Only the band
 * about the diagonal can hold so small a distance (Ukkonen 1985). */
static bool within_edits(const gunichar *a, size_t n, const gunichar *b, size_t m, size_t edits)
{
    if (n > m + edits || m > n + edits)
        return false;
    size_t rows[2][CHARACTERS_MOST + 1], far = edits + 1;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = MIN(j, far);
    for (size_t i = 1; i <= n; i++) {
        size_t *above = rows[(i - 1) & 1], *row = rows[i & 1];
        size_t low = i > edits ? i - edits : 1, high = MIN(m, i + edits), least = far;
        row[low - 1] = low == 1 ? MIN(i, far) : far;
        for (size_t j = low; j <= high; j++) {
            size_t beside = MIN(j < i + edits ? above[j] : far, row[j - 1]) + 1;
            row[j] = MIN(MIN(beside, above[j - 1] + (a[i - 1] != b[j - 1])), far);
            least = MIN(least, row[j]);
        }
        if (MIN(least, row[low - 1]) == far)
            return false;
    }
    return rows[n & 1][m] <= edits;
}

static bool matches_fuzzy(const hf_query_word *word, const char *indexed, size_t n)
{
    if (n < word->fixed || memcmp(word->word, indexed, word->fixed) != 0)
        return false;
    gunichar a[CHARACTERS_MOST], b[CHARACTERS_MOST];
    size_t wanted = decoded(word->word + word->fixed, strlen(word->word) - word->fixed, a);
    size_t found = decoded(indexed + word->fixed, n - word->fixed, b);
    return wanted > 0 && within_edits(a, wanted, b, found, word->edits);
}

/* ---- # ---- */

/* By letter: the digit of its group, '-' for a vowel, which parts two letters of one group, ' ' for h and w, which do not. */
static const char soundex_groups[] = "-123-12 -22455-12623-1 2-2";

static bool add_letter(char letter, char code[5], size_t *length, char *last)
{
    if (letter < 'a' || letter > 'z')
        return false;
    char group = soundex_groups[letter - 'a'];
    if (*length == 0)
        code[(*length)++] = letter;
    else if (group >= '1' && group != *last && *length < 4)
        code[(*length)++] = group;
    if (group != ' ')
        *last = group;
    return true;
}

bool hf_query_soundex(const char *word, size_t n, char code[5])
{
    size_t length = 0;
    char last = '-';
    for (const char *at = word; at < word + n; at = g_utf8_next_char(at)) {
        gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH], c = g_utf8_get_char(at);
        size_t count =
            c < 0x80 ? 1 : g_unichar_fully_decompose(c, FALSE, parts, G_N_ELEMENTS(parts));
        if (c < 0x80)
            parts[0] = c;
        for (size_t i = 0; i < count; i++) {
            if (g_unichar_ismark(parts[i]))
                continue;
            if (parts[i] >= 0x80 || !add_letter((char)parts[i], code, &length, &last))
                return false;
        }
    }
    memset(code + length, '0', 4 - length);
    code[4] = '\0';
    return length > 0;
}

static bool matches_phonic(const hf_query_word *word, const char *indexed, size_t n)
{
    char code[5];
    bool other_letter = (unsigned char)indexed[0] < 0x80 && indexed[0] != word->key[0];
    return !other_letter && hf_query_soundex(indexed, n, code) && strcmp(code, word->key) == 0;
}

/* ---- the others ---- */

#define DIGITS_MOST 18 /* so that the value fits */

static bool matches_numbers(const hf_query_word *word, const char *indexed, size_t n)
{
    if (n == 0 || n > DIGITS_MOST)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isdigit(indexed[i]))
            return false;
        value = value * 10 + (uint64_t)(indexed[i] - '0');
    }
    return value >= word->low && value <= word->high;
}

static bool matches_stem(const hf_query_word *word, const char *indexed, size_t n)
{
    size_t same = strlen(word->prefix);
    if (n < same || memcmp(word->prefix, indexed, same) != 0)
        return false;
    g_autofree char *whole = g_strndup(indexed, n);
    g_autofree char *stem = hf_index_stem(whole);
    return strcmp(stem, word->key) == 0;
}

static bool matches_literal(const hf_query_word *word, const char *indexed, size_t n)
{
    size_t own = strlen(word->word);
    if (n < own || memcmp(word->word, indexed, own) != 0)
        return false;
    return n == own || hf_tokens_is_single(word->word);
}

bool hf_query_word_matches(const hf_query_word *word, const char *indexed, size_t n)
{
    switch (word->kind) {
    case HF_QUERY_WORD_LITERAL:
        return matches_literal(word, indexed, n);
    case HF_QUERY_WORD_WILDCARD:
        return matches_wildcard(word->word, indexed, n);
    case HF_QUERY_WORD_STEM:
        return matches_stem(word, indexed, n);
    case HF_QUERY_WORD_FUZZY:
        return matches_fuzzy(word, indexed, n);
    case HF_QUERY_WORD_PHONIC:
        return matches_phonic(word, indexed, n);
    case HF_QUERY_WORD_NUMBERS:
        return matches_numbers(word, indexed, n);
    case HF_QUERY_WORD_REGEX:
        return hf_query_regex_matches(word->regex, indexed, n);
    case HF_QUERY_WORD_ANY:
        return true;
    default:
        return false;
    }
}
