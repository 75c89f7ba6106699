/* days.c -- years, months, days and times of a query as spans of time in a zone. */
#include "query/tree.h"

#include <string.h>

#define OPEN_LOW (INT64_MIN + 1) /* INT64_MIN is HF_TIME_NONE */
#define OPEN_HIGH INT64_MAX

#define FORMS "write 2001, 2001-05, 2001-05-04, 2001-01..2001-06, >=2001-05-04 or <2001"

/* A moment in the zone. */
static hf_time moment(GTimeZone *zone, const int part[6])
{
    g_autoptr(GDateTime) t =
        g_date_time_new(zone, part[0], part[1], part[2], part[3], part[4], (double)part[5]);
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

/* Year, month, day, hour, minute and second, as many as the text has; returns how many, 0 if it is none of the forms. */
static size_t read_parts(const char *text, int part[6])
{
    static const size_t at[] = {0, 5, 8, 11, 14, 17};
    static const char before[] = " --T::";
    size_t n = strlen(text), count = 0;
    const int least[] = {1, 1, 1, 0, 0, 0};
    memcpy(part, least, sizeof least);
    for (; count < 6 && n > at[count]; count++) {
        bool parted = count == 0 || g_ascii_toupper(text[at[count] - 1]) == before[count];
        size_t width = count == 0 ? 4 : 2;
        part[count] = parted && n >= at[count] + width ? digits(text + at[count], width) : -1;
        if (part[count] < least[count])
            return 0;
    }
    bool whole = count > 0 && n == at[count - 1] + (count == 1 ? 4 : 2);
    return whole && hf_time_civil_valid(part[0], part[1], part[2], part[3], part[4], part[5])
               ? count
               : 0;
}

/* The beginning of the next year, month or day. */
static hf_time next_day(GTimeZone *zone, size_t count, const int part[6])
{
    int next[6] = {part[0], part[1], part[2], 0, 0, 0};
    if (count == 3 && hf_time_civil_valid(next[0], next[1], next[2] + 1, 0, 0, 0)) {
        next[2]++;
    } else if (count > 1) {
        next[2] = 1;
        next[0] += next[1] == 12;
        next[1] = next[1] % 12 + 1;
    } else {
        next[0]++;
    }
    return next[0] <= 9999 ? moment(zone, next) : OPEN_HIGH;
}

/* The first and the last moment of a year, month, day, hour, minute or second. */
static bool span_of(const char *text, GTimeZone *zone, hf_time *first, hf_time *last)
{
    static const int64_t seconds[] = {3600, 60, 1};
    int part[6];
    size_t count = read_parts(text, part);
    if (count == 0)
        return false;
    *first = moment(zone, part);
    hf_time next =
        count > 3 ? *first + seconds[count - 4] * HF_TIME_SECOND : next_day(zone, count, part);
    *last = next == OPEN_HIGH ? OPEN_HIGH : next - 1;
    return true;
}

static bool not_a_day(const char *text, char **message, char **advice)
{
    g_autofree char *shown = hf_name_display(text, -1);
    *message = g_strdup_printf("\"%s\" is no year, month, day or time that exists", shown);
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
