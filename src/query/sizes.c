/* sizes.c -- sizes of documents in a query, as spans of bytes. */
#include "query/tree.h"

#include <string.h>

#define OPEN_LOW (INT64_MIN + 1) /* INT64_MIN marks none */
#define OPEN_HIGH INT64_MAX

#define FORMS "write 1048576, 1.5MB, 100KB..2MB, >1MB or <=10KB; KB, MB and GB are powers of 1,024"

/* The bytes of "kb", "M" or "GiB"; 0 if it is no unit. */
static int64_t unit_of(const char *text)
{
    static const struct {
        char letter;
        int64_t bytes;
    } units[] = {{'k', 1 << 10}, {'m', 1 << 20}, {'g', 1 << 30}, {'t', INT64_C(1) << 40}};
    if (*text == '\0' || g_ascii_strcasecmp(text, "b") == 0 ||
        g_ascii_strcasecmp(text, "bytes") == 0)
        return 1;
    const char *rest = text + 1;
    bool ends =
        *rest == '\0' || g_ascii_strcasecmp(rest, "b") == 0 || g_ascii_strcasecmp(rest, "ib") == 0;
    for (size_t i = 0; ends && i < G_N_ELEMENTS(units); i++)
        if (g_ascii_tolower(*text) == units[i].letter)
            return units[i].bytes;
    return 0;
}

/* Digits of a number up to `most`; SIZE_MAX if there are more. */
static size_t digits_of(const char *text, size_t most)
{
    size_t n = strspn(text, "0123456789");
    return n <= most ? n : SIZE_MAX;
}

/* "1.5MB", rounded to a byte. */
static bool bytes_of(const char *text, int64_t *bytes, bool *has_unit)
{
    size_t whole = digits_of(text, 15), decimals = 0;
    if (whole == 0 || whole == SIZE_MAX)
        return false;
    const char *rest = text + whole;
    if (*rest == '.') {
        decimals = digits_of(rest + 1, 6);
        if (decimals == 0 || decimals == SIZE_MAX)
            return false;
        rest += 1 + decimals;
    }
    while (*rest == ' ')
        rest++;
    int64_t unit = unit_of(rest), part = 0, scale = 1;
    int64_t count = g_ascii_strtoll(text, NULL, 10);
    if (unit == 0 || (unit == 1 && decimals > 0) || count > (INT64_C(1) << 62) / unit - 1)
        return false;
    for (size_t i = 0; i < decimals; i++, scale *= 10)
        part = part * 10 + (text[whole + 1 + i] - '0');
    /* At most 10^6 times 2^40: below 2^60. */
    *bytes = count * unit + (part * unit + scale / 2) / scale;
    *has_unit = *rest != '\0';
    return true;
}

static bool not_a_size(const char *text, char **message, char **advice)
{
    g_autofree char *shown = hf_name_display(text, -1);
    *message = g_strdup_printf("\"%s\" is no size", shown);
    *advice = g_strdup(FORMS);
    return false;
}

static bool empty(const char *advised, char **message, char **advice)
{
    *message = g_strdup("the range is empty: it ends before it begins");
    *advice = g_strdup(advised);
    return false;
}

static bool compared(const char *text, int64_t *low, int64_t *high, char **message, char **advice)
{
    bool equal = text[1] == '=', unit;
    const char *size = text + 1 + equal;
    int64_t bytes;
    if (!bytes_of(size, &bytes, &unit))
        return not_a_size(size, message, advice);
    bool above = text[0] == '>';
    *low = !above ? OPEN_LOW : equal ? bytes : bytes + 1;
    *high = above ? OPEN_HIGH : equal ? bytes : bytes - 1;
    return above || *high >= 0 || empty("no size is below 0 bytes: " FORMS, message, advice);
}

static bool between(const char *text, const char *dots, int64_t *low, int64_t *high, char **message,
                    char **advice)
{
    g_autofree char *from = g_strndup(text, (gsize)(dots - text));
    const char *to = dots + 2;
    int64_t first = OPEN_LOW, last = OPEN_HIGH;
    bool from_unit = false, to_unit = false;
    if (*from == '\0' && *to == '\0') {
        *message = g_strdup("a range needs a beginning or an end");
        *advice = g_strdup(FORMS);
        return false;
    }
    if (*from != '\0' && !bytes_of(from, &first, &from_unit))
        return not_a_size(from, message, advice);
    if (*to != '\0' && !bytes_of(to, &last, &to_unit))
        return not_a_size(to, message, advice);
    *low = first;
    *high = last;
    if (first > last) {
        g_autofree char *turned = g_strdup_printf("write size:%s..%s", to, from);
        return empty(turned, message, advice);
    }
    if (*from == '\0' || from_unit || !to_unit || first == 0)
        return true;
    *message = g_strdup_printf("it is not clear whether %s is in bytes", from);
    *advice = g_strdup_printf("write the unit on both sides: size:%s%s..%s or size:%sB..%s", from,
                              to + strspn(to, "0123456789."), to, from, to);
    return false;
}

bool hf_query_sizes_parse(const char *text, int64_t *low, int64_t *high, char **message,
                          char **advice)
{
    if (*text == '>' || *text == '<')
        return compared(text, low, high, message, advice);
    const char *dots = strstr(text, "..");
    if (dots != NULL)
        return between(text, dots, low, high, message, advice);
    bool unit;
    if (!bytes_of(text, low, &unit))
        return not_a_size(text, message, advice);
    *high = *low;
    return true;
}
