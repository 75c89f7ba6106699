/* Ranges of days and sizes as they are written: 2001-05, 2001..2002, >=2001-05-04, 1.5MB, ..10kb. */
#include "oracle/oracle.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    hf_column_id column;
} columns[] = {
    {"date", HF_COLUMN_DATE},         {"sent", HF_COLUMN_SENT},
    {"received", HF_COLUMN_RECEIVED}, {"created", HF_COLUMN_CREATED},
    {"modified", HF_COLUMN_MODIFIED}, {"familydate", HF_COLUMN_FAMILY_DATE},
    {"size", HF_COLUMN_SIZE},
};

/* The first day of a year, month or day, and the first behind it. */
static bool read_day(const char *text, oracle_day *first, oracle_day *behind)
{
    int year, month = 0, day = 0, n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) < 3 &&
        (day = 0, sscanf(text, "%4d-%2d%n", &year, &month, &n)) < 2) {
        month = 0;
        if (sscanf(text, "%4d%n", &year, &n) < 1)
            return false;
    }
    if (text[n] != '\0')
        return false;
    g_autoptr(GDateTime) begin = g_date_time_new_utc(year, MAX(month, 1), MAX(day, 1), 0, 0, 0);
    if (begin == NULL)
        return false;
    g_autoptr(GDateTime) end =
        g_date_time_add_full(begin, month == 0, month > 0 && day == 0, day > 0, 0, 0, 0);
    *first = (oracle_day){false, year, MAX(month, 1), MAX(day, 1)};
    *behind = (oracle_day){false, g_date_time_get_year(end), g_date_time_get_month(end),
                           g_date_time_get_day_of_month(end)};
    return true;
}

static bool read_days(oracle_node *range, char comparison, bool equal, const char *low,
                      const char *high)
{
    oracle_day first[2] = {{.open = true}, {.open = true}},
               behind[2] = {{.open = true}, {.open = true}};
    if ((*low != '\0' && !read_day(low, &first[0], &behind[0])) ||
        (*high != '\0' && !read_day(high, &first[1], &behind[1])))
        return false;
    range->first = first[0];
    range->behind = behind[1];
    if (comparison == '>' && !equal)
        range->first = behind[0];
    if (comparison == '<' && !equal)
        range->behind = first[1];
    return true;
}

static bool read_bytes(const char *text, int64_t *out)
{
    static const char *const units[] = {"", "kb", "mb", "gb"};
    char *unit;
    double number = g_ascii_strtod(text, &unit);
    for (int i = 0; i < 4; i++, number *= 1024) {
        if (g_ascii_strcasecmp(unit, units[i]) == 0) {
            *out = (int64_t)number;
            return unit != text && (double)*out == number;
        }
    }
    return false;
}

static bool read_sizes(oracle_node *range, char comparison, bool equal, const char *low,
                       const char *high)
{
    range->low = 0;
    range->high = INT64_MAX;
    if ((*low != '\0' && !read_bytes(low, &range->low)) ||
        (*high != '\0' && !read_bytes(high, &range->high)))
        return false;
    range->low += comparison == '>' && !equal;
    range->high -= comparison == '<' && !equal;
    return true;
}

bool oracle_range_read(oracle_node *range, const char *field, const char *value)
{
    gsize i = 0;
    while (i < G_N_ELEMENTS(columns) && g_ascii_strcasecmp(columns[i].name, field) != 0)
        i++;
    if (i == G_N_ELEMENTS(columns))
        return false;
    range->column = columns[i].column;
    range->field = g_strdup(field);
    range->value = g_strdup(value);
    char comparison = *value == '<' || *value == '>' ? *value++ : '\0';
    bool equal = comparison != '\0' && *value == '=';
    value += equal;
    value += strspn(value, " ");
    const char *dots = comparison == '\0' ? strstr(value, "..") : NULL;
    g_autofree char *low = g_strndup(value, dots != NULL ? (gsize)(dots - value) : strlen(value));
    const char *high = dots != NULL ? dots + 2 : low;
    if (comparison == '>')
        high = "";
    return range->column == HF_COLUMN_SIZE
               ? read_sizes(range, comparison, equal, comparison == '<' ? "" : low, high)
               : read_days(range, comparison, equal, comparison == '<' ? "" : low, high);
}
