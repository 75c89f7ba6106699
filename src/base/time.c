#include "holdfast/base.h"
#include <string.h>

#define DAY INT64_C(86400)

hf_time hf_time_now(void)
{
    return g_get_real_time();
}

/* Days from 1970-01-01; Howard Hinnant's "chrono-compatible low-level date algorithms". */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * 146097 + day_of_era - 719468;
}

hf_time hf_time_from_civil(int year, int month, int day, int hour, int minute, int second)
{
    int64_t seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    int64_t result;
    if (__builtin_mul_overflow(seconds, HF_TIME_SECOND, &result))
        return HF_TIME_NONE;
    return result;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool hf_time_civil_valid(int year, int month, int day, int hour, int minute, int second)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    int length = lengths[month - 1] + (month == 2 && leap(year));
    return day <= length && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 &&
           second <= 60;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void hf_time_to_civil(hf_time t, int *year, int *month, int *day, int *hour, int *minute,
                      int *second)
{
    int64_t seconds = floor_div(t, HF_TIME_SECOND);
    int64_t days = floor_div(seconds, DAY);
    int64_t rest = seconds - days * DAY;
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
    *hour = (int)(rest / 3600);
    *minute = (int)(rest % 3600 / 60);
    *second = (int)(rest % 60);
}

char *hf_time_format_utc(hf_time t)
{
    if (t == HF_TIME_NONE)
        return g_strdup("");
    int year, month, day, hour, minute, second;
    hf_time_to_civil(t, &year, &month, &day, &hour, &minute, &second);
    int64_t fraction = t - floor_div(t, HF_TIME_SECOND) * HF_TIME_SECOND;
    if (fraction == 0)
        return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute,
                               second);
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day, hour, minute,
                           second, (int)fraction);
}

char *hf_time_format_zone(hf_time t, GTimeZone *zone)
{
    if (t == HF_TIME_NONE)
        return g_strdup("");
    if (zone != NULL) {
        int64_t seconds = floor_div(t, HF_TIME_SECOND);
        int interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, seconds);
        if (interval >= 0)
            t += g_time_zone_get_offset(zone, interval) * HF_TIME_SECOND;
    }
    int year, month, day, hour, minute, second;
    hf_time_to_civil(t, &year, &month, &day, &hour, &minute, &second);
    return g_strdup_printf("%04d-%02d-%02d %02d:%02d", year, month, day, hour, minute);
}

/* Reads between `least` and `most` digits; false if there are fewer. */
static bool digits(const char **at, int least, int most, int *out)
{
    int n = 0, value = 0;
    while (n < most && g_ascii_isdigit((*at)[n])) {
        value = value * 10 + ((*at)[n] - '0');
        n++;
    }
    if (n < least)
        return false;
    *at += n;
    *out = value;
    return true;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool parse_offset(const char **at, int32_t *offset)
{
    int hours, minutes = 0;
    if (skip(at, 'Z') || skip(at, 'z')) {
        *offset = 0;
        return true;
    }
    int sign = **at == '-' ? -1 : **at == '+' ? 1 : 0;
    if (sign == 0)
        return false;
    (*at)++;
    if (!digits(at, 2, 2, &hours))
        return false;
    skip(at, ':');
    if (g_ascii_isdigit(**at) && !digits(at, 2, 2, &minutes))
        return false;
    if (hours > 18 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool parse_clock(const char **at, int *hour, int *minute, int *second, int *fraction)
{
    if (!digits(at, 2, 2, hour) || !skip(at, ':') || !digits(at, 2, 2, minute))
        return false;
    if (!skip(at, ':'))
        return true;
    if (!digits(at, 2, 2, second))
        return false;
    if (!skip(at, '.') && !skip(at, ','))
        return true;
    if (!g_ascii_isdigit(**at))
        return false;
    for (int unit = 100000; g_ascii_isdigit(**at); unit /= 10, (*at)++)
        *fraction += (**at - '0') * unit;
    return true;
}

bool hf_time_parse_iso(const char *text, hf_stamp *out)
{
    int year, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = 0;
    int32_t offset = HF_OFFSET_NONE;
    const char *at = text;
    *out = (hf_stamp){HF_TIME_NONE, HF_OFFSET_NONE};
    if (!digits(&at, 4, 4, &year))
        return false;
    if (skip(&at, '-')) {
        if (!digits(&at, 2, 2, &month))
            return false;
        if (skip(&at, '-') && !digits(&at, 2, 2, &day))
            return false;
    }
    if (*at != '\0') {
        if (!skip(&at, 'T') && !skip(&at, 't') && !skip(&at, ' '))
            return false;
        if (!parse_clock(&at, &hour, &minute, &second, &fraction))
            return false;
        if (*at != '\0' && !parse_offset(&at, &offset))
            return false;
    }
    if (*at != '\0' || !hf_time_civil_valid(year, month, day, hour, minute, second))
        return false;
    hf_time t = hf_time_from_civil(year, month, day, hour, minute, second) + fraction;
    out->utc = offset == HF_OFFSET_NONE ? t : t - offset * HF_TIME_SECOND;
    out->offset = offset;
    return true;
}
