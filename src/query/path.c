/* path.c -- whether a path is one that a query asks for. */
#include "query/tree.h"

#include <string.h>

/* Whether the whole of `text` is of the pattern; a star that fails is taken up again at the last one only. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *again = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            again = text;
        } else if (*pattern == '?') {
            pattern++;
            text = g_utf8_next_char(text);
        } else if (*pattern == *text && *pattern != '\0') {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static char *folded(const char *bytes)
{
    if (g_str_is_ascii(bytes))
        return g_ascii_strdown(bytes, -1);
    g_autofree char *utf8 = hf_name_utf8(bytes, -1);
    g_autofree char *normal = g_utf8_normalize(utf8, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    return g_utf8_casefold(normal, -1);
}

bool hf_query_path_matches(const char *pattern, const char *path)
{
    g_autofree char *p = folded(pattern), *t = folded(path);
    if (strpbrk(p, "*?") == NULL)
        return strstr(t, p) != NULL;
    if (matches(p, t))
        return true;
    for (const char *slash = strchr(t, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
        if (matches(p, slash + 1))
            return true;
    return false;
}
