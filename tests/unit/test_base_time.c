#include "cases.h"
#include "holdfast/base.h"

/* Seconds of the civil times come from Python's datetime (proleptic Gregorian) and, outside its years, from GNU date. */
static const struct {
    int year, month, day, hour, minute, second;
    int64_t seconds;
    const char *utc;
} civil[] = {
    {1970, 1, 1, 0, 0, 0, 0, "1970-01-01T00:00:00Z"},
    {1969, 12, 31, 23, 59, 59, -1, "1969-12-31T23:59:59Z"},
    {2000, 2, 29, 12, 0, 0, 951825600, "2000-02-29T12:00:00Z"},
    {1900, 2, 28, 0, 0, 0, -2203977600, "1900-02-28T00:00:00Z"},
    {1900, 3, 1, 0, 0, 0, -2203891200, "1900-03-01T00:00:00Z"},
    {2038, 1, 19, 3, 14, 8, INT64_C(2147483648), "2038-01-19T03:14:08Z"},
    {2100, 3, 1, 0, 0, 0, INT64_C(4107542400), "2100-03-01T00:00:00Z"},
    {1601, 1, 1, 0, 0, 0, INT64_C(-11644473600), "1601-01-01T00:00:00Z"},
    {1, 1, 1, 0, 0, 0, INT64_C(-62135596800), "0001-01-01T00:00:00Z"},
    {0, 1, 1, 0, 0, 0, INT64_C(-62167219200), "0000-01-01T00:00:00Z"},
    {0, 2, 29, 0, 0, 0, INT64_C(-62162121600), "0000-02-29T00:00:00Z"},
    {9999, 12, 31, 23, 59, 59, INT64_C(253402300799), "9999-12-31T23:59:59Z"},
};

static void civil_times_convert_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES(civil); i++) {
        hf_time t = hf_time_from_civil(civil[i].year, civil[i].month, civil[i].day, civil[i].hour,
                                       civil[i].minute, civil[i].second);
        int year, month, day, hour, minute, second;
        hf_time_to_civil(t, &year, &month, &day, &hour, &minute, &second);
        g_autofree char *utc = hf_time_format_utc(t);
        assert_int_equal(t, civil[i].seconds * HF_TIME_SECOND);
        assert_int_equal(year, civil[i].year);
        assert_int_equal(month, civil[i].month);
        assert_int_equal(day, civil[i].day);
        assert_int_equal(hour, civil[i].hour);
        assert_int_equal(minute, civil[i].minute);
        assert_int_equal(second, civil[i].second);
        assert_string_equal(utc, civil[i].utc);
    }
}

static void every_day_of_eight_centuries_follows_the_one_before(void **state)
{
    (void)state;
    hf_time day_before = hf_time_from_civil(1599, 12, 31, 0, 0, 0);
    for (int year = 1600; year < 2400; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; hf_time_civil_valid(year, month, day, 0, 0, 0); day++) {
                hf_time t = hf_time_from_civil(year, month, day, 0, 0, 0);
                assert_int_equal(t - day_before, 86400 * HF_TIME_SECOND);
                day_before = t;
            }
        }
    }
    assert_int_equal(day_before, hf_time_from_civil(2399, 12, 31, 0, 0, 0));
}

static void a_year_too_far_is_no_time(void **state)
{
    (void)state;
    assert_int_equal(hf_time_from_civil(INT32_MAX, 1, 1, 0, 0, 0), HF_TIME_NONE);
    assert_int_equal(hf_time_from_civil(INT32_MIN, 1, 1, 0, 0, 0), HF_TIME_NONE);
}

static void civil_times_are_checked(void **state)
{
    static const struct {
        int year, month, day, hour, minute, second;
        bool valid;
    } cases[] = {
        {2000, 2, 29, 0, 0, 0, true},     {1900, 2, 29, 0, 0, 0, false},
        {2024, 2, 29, 23, 59, 60, true},  {2023, 2, 29, 0, 0, 0, false},
        {0, 2, 29, 0, 0, 0, true},        {9999, 12, 31, 23, 59, 59, true},
        {2001, 4, 31, 0, 0, 0, false},    {2001, 0, 1, 0, 0, 0, false},
        {2001, 13, 1, 0, 0, 0, false},    {2001, 1, 0, 0, 0, 0, false},
        {2001, 1, 32, 0, 0, 0, false},    {2001, 1, 1, 24, 0, 0, false},
        {2001, 1, 1, -1, 0, 0, false},    {2001, 1, 1, 0, 60, 0, false},
        {2001, 1, 1, 0, 0, 61, false},    {2001, -1, 1, 0, 0, 0, false},
        {2001, 1, -1, 0, 0, 0, false},    {2001, 1, 1, 0, -1, 0, false},
        {INT32_MAX, 1, 1, 0, 0, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++)
        assert_int_equal(hf_time_civil_valid(cases[i].year, cases[i].month, cases[i].day,
                                             cases[i].hour, cases[i].minute, cases[i].second),
                         cases[i].valid);
}

static void iso_times_are_read(void **state)
{
    static const struct {
        const char *text, *utc; /* utc NULL: refused */
        int32_t offset;
    } cases[] = {
        {"2001-05-04T10:11:12Z", "2001-05-04T10:11:12Z", 0},
        {"2001-05-04T10:11:12+02:00", "2001-05-04T08:11:12Z", 7200},
        {"2001-05-04T10:11:12-0330", "2001-05-04T13:41:12Z", -12600},
        {"2001-05-04T10:11:12+02", "2001-05-04T08:11:12Z", 7200},
        {"2001-05-04t10:11:12z", "2001-05-04T10:11:12Z", 0},
        {"2001-05-04 10:11:12", "2001-05-04T10:11:12Z", HF_OFFSET_NONE},
        {"2001-05-04T10:11", "2001-05-04T10:11:00Z", HF_OFFSET_NONE},
        {"2001-05-04", "2001-05-04T00:00:00Z", HF_OFFSET_NONE},
        {"2001-05", "2001-05-01T00:00:00Z", HF_OFFSET_NONE},
        {"2001", "2001-01-01T00:00:00Z", HF_OFFSET_NONE},
        {"2001-05-04T10:11:12.5Z", "2001-05-04T10:11:12.500000Z", 0},
        {"2001-05-04T10:11:12,123456789Z", "2001-05-04T10:11:12.123456Z", 0},
        {"1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.250000Z", 0},
        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", 0},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", 0},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 0},
        {"2000-02-29", "2000-02-29T00:00:00Z", HF_OFFSET_NONE},
        {"1900-02-29", NULL, 0},
        {"2001-13-01", NULL, 0},
        {"2001-05-04T24:00:00Z", NULL, 0},
        {"2001-05-04T10:11:12+19:00", NULL, 0},
        {"2001-05-04T10:11:12Zx", NULL, 0},
        {"2001-05-04T10:11:12.Z", NULL, 0},
        {"2001-05-04T", NULL, 0},
        {"2001-5-4", NULL, 0},
        {"01-05-04", NULL, 0},
        {"20010504", NULL, 0},
        {"-001-01-01", NULL, 0},
        {" 2001-05-04", NULL, 0},
        {"2001-05-04 ", NULL, 0},
        {"yesterday", NULL, 0},
        {"", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        hf_stamp stamp = {0, 0};
        bool read = hf_time_parse_iso(cases[i].text, &stamp);
        if (read != (cases[i].utc != NULL))
            fail_msg("\"%s\" was %s", cases[i].text, read ? "read" : "refused");
        g_autofree char *utc = hf_time_format_utc(stamp.utc);
        assert_string_equal(utc, read ? cases[i].utc : "");
        assert_int_equal(stamp.offset, read ? cases[i].offset : HF_OFFSET_NONE);
    }
}

static void times_are_shown_in_a_zone(void **state)
{
    (void)state;
    g_autoptr(GTimeZone) berlin = g_time_zone_new_identifier("Europe/Berlin");
    assert_non_null(berlin);
    hf_time summer = hf_time_from_civil(2001, 7, 1, 22, 30, 0);
    hf_time winter = hf_time_from_civil(2001, 1, 1, 22, 30, 0);
    g_autofree char *utc = hf_time_format_zone(summer, NULL);
    g_autofree char *in_summer = hf_time_format_zone(summer, berlin);
    g_autofree char *in_winter = hf_time_format_zone(winter, berlin);
    g_autofree char *none = hf_time_format_zone(HF_TIME_NONE, berlin);
    assert_string_equal(utc, "2001-07-01 22:30");
    assert_string_equal(in_summer, "2001-07-02 00:30");
    assert_string_equal(in_winter, "2001-01-01 23:30");
    assert_string_equal(none, "");
}

static void far_times_are_shown_in_a_zone(void **state)
{
    (void)state;
    g_autoptr(GTimeZone) tokyo = g_time_zone_new_identifier("Asia/Tokyo");
    assert_non_null(tokyo);
    g_autofree char *first = hf_time_format_zone(hf_time_from_civil(0, 1, 1, 0, 0, 0), NULL);
    g_autofree char *last = hf_time_format_zone(hf_time_from_civil(9999, 12, 31, 23, 0, 0), tokyo);
    assert_string_equal(first, "0000-01-01 00:00");
    assert_string_equal(last, "10000-01-01 08:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_times_convert_both_ways),
        cmocka_unit_test(every_day_of_eight_centuries_follows_the_one_before),
        cmocka_unit_test(a_year_too_far_is_no_time),
        cmocka_unit_test(civil_times_are_checked),
        cmocka_unit_test(iso_times_are_read),
        cmocka_unit_test(times_are_shown_in_a_zone),
        cmocka_unit_test(far_times_are_shown_in_a_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
