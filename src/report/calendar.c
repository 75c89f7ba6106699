#include "report/calendar.h"
#include <string.h>

#define DAY (INT64_C(86400) * HF_TIME_SECOND)
#define OFFSETS_KEPT                                                                               \
    100000 /* days: 270 years; a forgery of a million days costs time, not memory */
#define OFFSET_CHANGES INT32_MIN /* within the day */
#define MONDAY 3                 /* days from the Monday before 1970-01-01 to it */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void hf_calendar_init(hf_calendar *calendar, GTimeZone *zone)
{
    *calendar =
        (hf_calendar){zone, g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL)};
}

void hf_calendar_clear(hf_calendar *calendar)
{
    g_clear_pointer(&calendar->offsets, g_hash_table_unref);
}

static int32_t offset_at(GTimeZone *zone, int64_t second)
{
    return g_time_zone_get_offset(zone,
                                  g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, second));
}

/* The zone's offset on a day of UTC; asking the zone walks its whole history. */
static int32_t offset_of_day(hf_calendar *calendar, int64_t day)
{
    gpointer known;
    if (g_hash_table_lookup_extended(calendar->offsets, &day, NULL, &known))
        return GPOINTER_TO_INT(known);
    int32_t first = offset_at(calendar->zone, day * 86400);
    int32_t last = offset_at(calendar->zone, day * 86400 + 86399);
    int32_t offset = first == last ? first : OFFSET_CHANGES;
    if (g_hash_table_size(calendar->offsets) >= OFFSETS_KEPT)
        g_hash_table_remove_all(calendar->offsets);
    int64_t *key = g_new(int64_t, 1);
    *key = day;
    g_hash_table_insert(calendar->offsets, key, GINT_TO_POINTER(offset));
    return offset;
}

int64_t hf_calendar_day(hf_calendar *calendar, hf_time t)
{
    int32_t offset = offset_of_day(calendar, floor_divide(t, DAY));
    if (offset == OFFSET_CHANGES)
        offset = offset_at(calendar->zone, floor_divide(t, HF_TIME_SECOND));
    return floor_divide(floor_divide(t, HF_TIME_SECOND) + offset, 86400);
}

static void civil(int64_t day, int *year, int *month, int *day_of_month)
{
    int hour, minute, second;
    hf_time_to_civil(day * DAY, year, month, day_of_month, &hour, &minute, &second);
}

int64_t hf_calendar_period(hf_report_unit unit, int64_t day)
{
    int year, month, of_month;
    if (unit == HF_REPORT_DAY)
        return day;
    if (unit == HF_REPORT_WEEK)
        return floor_divide(day + MONDAY, 7);
    civil(day, &year, &month, &of_month);
    return unit == HF_REPORT_YEAR ? year : (int64_t)year * 12 + month - 1;
}

int64_t hf_calendar_first_day(hf_report_unit unit, int64_t period)
{
    if (unit == HF_REPORT_DAY)
        return period;
    if (unit == HF_REPORT_WEEK)
        return period * 7 - MONDAY;
    int year = (int)(unit == HF_REPORT_YEAR ? period : floor_divide(period, 12));
    int month = unit == HF_REPORT_YEAR ? 1 : (int)(period - (int64_t)year * 12) + 1;
    return floor_divide(hf_time_from_civil(year, month, 1, 0, 0, 0), DAY);
}

char *hf_calendar_date(int64_t day)
{
    int year, month, of_month;
    civil(day, &year, &month, &of_month);
    return g_strdup_printf("%04d-%02d-%02d", year, month, of_month);
}

/* The year that a week belongs to is that of its Thursday (ISO 8601). */
static char *week_label(int64_t period)
{
    int year, month, of_month;
    int64_t thursday = hf_calendar_first_day(HF_REPORT_WEEK, period) + 3;
    civil(thursday, &year, &month, &of_month);
    int64_t new_year = hf_calendar_first_day(HF_REPORT_YEAR, year);
    return g_strdup_printf("%04d-W%02d", year, (int)((thursday - new_year) / 7) + 1);
}

char *hf_calendar_label(hf_report_unit unit, int64_t period)
{
    if (unit == HF_REPORT_WEEK)
        return week_label(period);
    g_autofree char *date = hf_calendar_date(hf_calendar_first_day(unit, period));
    size_t cut = unit == HF_REPORT_DAY ? 0 : unit == HF_REPORT_MONTH ? 3 : 6;
    return g_strndup(date, strlen(date) - cut);
}
