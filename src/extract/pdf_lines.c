#include "extract/pdf_lines.h"
#include <string.h>

/* How many hyphens of a page are looked up elsewhere in it; each costs a search of the page. */
#define LOOKUPS_MAX 256

#define SOFT_HYPHEN "\xC2\xAD"
#define TRUE_HYPHEN "\xE2\x80\x90"

static size_t hyphen_length(const char *at)
{
    if (*at == '-')
        return 1;
    if (strncmp(at, SOFT_HYPHEN, 2) == 0)
        return 2;
    return strncmp(at, TRUE_HYPHEN, 3) == 0 ? 3 : 0;
}

static bool is_small_letter_before(const char *start, const char *at)
{
    const char *p = g_utf8_find_prev_char(start, at);
    return p != NULL && g_unichar_islower(g_utf8_get_char(p));
}

static const char *word_start(const char *start, const char *at)
{
    for (const char *p; (p = g_utf8_find_prev_char(start, at)) != NULL; at = p) {
        if (!g_unichar_isalpha(g_utf8_get_char(p)))
            break;
    }
    return at;
}

static const char *word_end(const char *at)
{
    while (g_unichar_isalpha(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return at;
}

static bool written_with_hyphen(const char *page, const char *left, const char *left_end,
                                const char *right)
{
    g_autofree char *first = g_strndup(left, (gsize)(left_end - left));
    g_autofree char *second = g_strndup(right, (gsize)(word_end(right) - right));
    g_autofree char *whole = g_strconcat(first, "-", second, NULL);
    return strstr(page, whole) != NULL;
}

/* Whether the hyphen at `at`, of `n` bytes, parts a word over the end of a line; *next is where the word goes on. */
static bool parts_a_word(const char *start, const char *at, size_t n, const char **next)
{
    const char *p = at + n;
    if (*p != '\n')
        return false;
    p++;
    if (!g_unichar_islower(g_utf8_get_char(p)) || !is_small_letter_before(start, at))
        return false;
    *next = p;
    return true;
}

static void trim_end(GString *text)
{
    gsize n = text->len;
    while (n > 0 && strchr("\f\n\r\t ", text->str[n - 1]) != NULL)
        n--;
    g_string_truncate(text, n);
}

void hf_pdf_lines_join(GString *text)
{
    trim_end(text);
    if (strstr(text->str, "-\n") == NULL && strstr(text->str, SOFT_HYPHEN) == NULL &&
        strstr(text->str, TRUE_HYPHEN "\n") == NULL)
        return;
    GString *joined = g_string_sized_new(text->len + 1);
    unsigned lookups = 0;
    const char *page = text->str;
    const char *done = page;
    for (const char *p = page; *p != '\0';) {
        size_t n = hyphen_length(p);
        if (n == 0) {
            p++;
            continue;
        }
        const char *next = p + n;
        bool soft = n == 2;
        bool parts = parts_a_word(page, p, n, &next);
        if (!parts && !soft) {
            p = next;
            continue;
        }
        g_string_append_len(joined, done, p - done);
        bool keep = !parts || (!soft && lookups++ < LOOKUPS_MAX &&
                               written_with_hyphen(page, word_start(page, p), p, next));
        if (keep)
            g_string_append_c(joined, '-');
        done = p = next;
    }
    g_string_append(joined, done);
    g_string_truncate(text, 0);
    g_string_append_len(text, joined->str, (gssize)joined->len);
    g_string_free(joined, TRUE);
}

char *hf_pdf_lines_fold(const char *text)
{
    GString *folded = g_string_sized_new(strlen(text) + 1);
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr(" \t\r\n\f\v", *p) == NULL)
            g_string_append_c(folded, *p);
        else if (folded->len > 0 && folded->str[folded->len - 1] != ' ')
            g_string_append_c(folded, ' ');
    }
    if (folded->len > 0 && folded->str[folded->len - 1] == ' ')
        g_string_truncate(folded, folded->len - 1);
    return g_string_free(folded, FALSE);
}
