/* days.c -- days, months and years of a query as spans of time in the vault's zone. */
#include "query/tree.h"

#include <string.h>

#define OPEN_LOW (INT64_MIN + 1) /* INT64_MIN is HF_TIME_NONE */
#define OPEN_HIGH INT64_MAX

#define FORMS "write 2001, 2001-05, 2001-05-04, 2001-01..2001-06, >=2001-05-04 or <2001"

/* The beginning of a day in the zone. */
static hf_time midnight(GTimeZone *zone, int year, int month, int day)
{
    g_autoptr(GDateTime) t = g_date_time_new(zone, year, month, day, 0, 0, 0);
    return t != NULL ? g_date_time_to_unix(t) * HF_TIME_SECOND : OPEN_HIGH;
}

/* Digits of exactly `n` places; -1 if not. */
static int digits(const char *text, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isdigit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* The first and the last moment of a year, month or day. */
static bool span_of(const char *text, GTimeZone *zone, hf_time *first, hf_time *last)
{
    size_t n = strlen(text);
    if (n != 4 && n != 7 && n != 10)
        return false;
    int year = digits(text, 4);
    int month = n > 4 ? (text[4] == '-' ? digits(text + 5, 2) : -1) : 1;
    int day = n > 7 ? (text[7] == '-' ? digits(text + 8, 2) : -1) : 1;
    if (year < 1 || month < 1 || day < 1 || !hf_time_civil_valid(year, month, day, 0, 0, 0))
        return false;
    *first = midnight(zone, year, month, day);
    if (n == 4) {
        year++;
    } else if (n == 7) {
        year += month == 12;
        month = month % 12 + 1;
    } else if (hf_time_civil_valid(year, month, day + 1, 0, 0, 0)) {
        day++;
    } else {
        day = 1;
        year += month == 12;
        month = month % 12 + 1;
    }
    hf_time next = year <= 9999 ? midnight(zone, year, month, day) : OPEN_HIGH;
    *last = next == OPEN_HIGH ? OPEN_HIGH : next - 1;
    return true;
}

static bool not_a_day(const char *text, char **message, char **advice)
{
    g_autofree char *shown = hf_name_display(text, -1);
    *message = g_strdup_printf("\"%s\" is no day, month or year that exists", shown);
    *advice = strchr(text, '/') != NULL || strchr(text, '.') != NULL
                  ? g_strdup("write year-month-day, such as 2001-05-04, so that day and month "
                             "cannot be mixed up")
                  : g_strdup(FORMS);
    return false;
}

static bool compared(const char *text, GTimeZone *zone, hf_time *low, hf_time *high, char **message,
                     char **advice)
{
    bool equal = text[1] == '=';
    const char *day = text + 1 + equal;
    hf_time first, last;
    if (!span_of(day, zone, &first, &last))
        return not_a_day(day, message, advice);
    bool after = text[0] == '>';
    *low = !after ? OPEN_LOW : equal ? first : last == OPEN_HIGH ? OPEN_HIGH : last + 1;
    *high = after ? OPEN_HIGH : equal ? last : first - 1;
    if (!after || equal || last != OPEN_HIGH)
        return true;
    *message = g_strdup("nothing is later than that");
    *advice = g_strdup(FORMS);
    return false;
}

static bool between(const char *text, const char *dots, GTimeZone *zone, hf_time *low,
                    hf_time *high, char **message, char **advice)
{
    g_autofree char *from = g_strndup(text, (gsize)(dots - text));
    const char *to = dots + 2;
    hf_time first = OPEN_LOW, last = OPEN_HIGH, ignored;
    if (*from == '\0' && *to == '\0') {
        *message = g_strdup("a range needs a beginning or an end");
        *advice = g_strdup(FORMS);
        return false;
    }
    if (*from != '\0' && !span_of(from, zone, &first, &ignored))
        return not_a_day(from, message, advice);
    if (*to != '\0' && !span_of(to, zone, &ignored, &last))
        return not_a_day(to, message, advice);
    *low = first;
    *high = last;
    if (first <= last)
        return true;
    *message = g_strdup("the range is empty: it ends before it begins");
    *advice = g_strdup_printf("write %s..%s", to, from);
    return false;
}

bool hf_query_days_parse(const char *text, GTimeZone *zone, hf_time *low, hf_time *high,
                         char **message, char **advice)
{
    if (*text == '>' || *text == '<')
        return compared(text, zone, low, high, message, advice);
    const char *dots = strstr(text, "..");
    if (dots != NULL)
        return between(text, dots, zone, low, high, message, advice);
    return span_of(text, zone, low, high) || not_a_day(text, message, advice);
}
