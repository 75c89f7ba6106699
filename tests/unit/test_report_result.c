/* The least of many, calendars, and samples: what orders, histograms and samples of a result stand on. */
#include "holdfast/report.h"
#include "report/calendar.h"
#include "report/least.h"
#include "unit/cases.h"
#include <stdlib.h>
#include <string.h>

/* ---- the least of many ---- */

static int by_entry(const void *a, const void *b)
{
    return hf_least_compare(a, b);
}

static void the_least_are_those_of_a_full_sort(void **state)
{
    static const struct {
        size_t n, most;
        uint32_t keys; /* how many different ones */
    } cases[] = {{0, 1, 9},      {1, 1, 9},      {5, 9, 3},      {100, 1, 1000}, {100, 10, 4},
                 {1000, 16, 50}, {1000, 999, 9}, {5000, 100, 2}, {333, 333, 70}};
    (void)state;
    for (size_t c = 0; c < CASES(cases); c++) {
        g_autoptr(GRand) random = g_rand_new_with_seed((guint32)c);
        g_autofree hf_least_entry *all = g_new0(hf_least_entry, cases[c].n + 1);
        g_auto(hf_least) least;
        hf_least_init(&least, cases[c].most);
        for (size_t i = 0; i < cases[c].n; i++) {
            /* Descending for one of the cases: the most work there is. */
            int64_t key = c == 5 ? -(int64_t)i : g_rand_int_range(random, 0, (gint32)cases[c].keys);
            all[i] = (hf_least_entry){key, (uint32_t)i + 1};
            hf_least_offer(&least, key, (uint32_t)i + 1);
        }
        hf_least_finish(&least);
        qsort(all, cases[c].n, sizeof *all, by_entry);
        assert_int_equal(least.n, MIN(cases[c].n, cases[c].most));
        assert_int_equal(least.more, cases[c].n > cases[c].most);
        for (size_t i = 0; i < least.n; i++)
            assert_int_equal(hf_least_compare(&least.entries[i], &all[i]), 0);
    }
}

/* ---- days and periods ---- */

static void a_day_is_that_of_the_zone(void **state)
{
    static const char *const zones[] = {"UTC",        "Europe/Berlin", "America/New_York",
                                        "Asia/Tokyo", "Pacific/Apia",  "Australia/Lord_Howe"};
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (size_t z = 0; z < CASES(zones); z++) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(zones[z]);
        g_auto(hf_calendar) calendar = {0};
        assert_non_null(zone);
        hf_calendar_init(&calendar, zone);
        for (unsigned i = 0; i < 3000; i++) {
            int64_t second = (int64_t)g_rand_double_range(random, -6e9, 6e9);
            g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(second);
            g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
            g_autofree char *wanted = g_date_time_format(local, "%Y-%m-%d");
            g_autofree char *got =
                hf_calendar_date(hf_calendar_day(&calendar, second * HF_TIME_SECOND + 5));
            if (strcmp(got, wanted) != 0)
                fail_msg("%s at %" G_GINT64_FORMAT ": %s, not %s", zones[z], second, got, wanted);
        }
    }
}

static void periods_follow_each_other(void **state)
{
    (void)state;
    for (int unit = HF_REPORT_YEAR; unit <= HF_REPORT_DAY; unit++) {
        int64_t before = hf_calendar_period((hf_report_unit)unit, -800000);
        for (int64_t day = -799999; day < 100000; day++) {
            int64_t period = hf_calendar_period((hf_report_unit)unit, day);
            bool first = hf_calendar_first_day((hf_report_unit)unit, period) == day;
            assert_int_equal(period, before + first);
            before = period;
        }
    }
}

static void periods_are_named(void **state)
{
    static const struct {
        hf_report_unit unit;
        int year, month, day;
        const char *label;
    } cases[] = {
        {HF_REPORT_YEAR, 2001, 12, 31, "2001"},      {HF_REPORT_MONTH, 2001, 12, 31, "2001-12"},
        {HF_REPORT_DAY, 1969, 12, 31, "1969-12-31"}, {HF_REPORT_WEEK, 2001, 1, 1, "2001-W01"},
        {HF_REPORT_WEEK, 2005, 1, 2, "2004-W53"},    {HF_REPORT_WEEK, 2008, 12, 29, "2009-W01"},
        {HF_REPORT_WEEK, 2001, 5, 4, "2001-W18"},    {HF_REPORT_MONTH, 1601, 1, 1, "1601-01"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        int64_t day = hf_time_from_civil(cases[i].year, cases[i].month, cases[i].day, 0, 0, 0) /
                      (86400 * HF_TIME_SECOND);
        g_autofree char *label =
            hf_calendar_label(cases[i].unit, hf_calendar_period(cases[i].unit, day));
        assert_string_equal(label, cases[i].label);
    }
}

/* ---- samples ---- */

static hf_set *numbers(uint32_t first, uint32_t last)
{
    hf_set *set = hf_set_new();
    hf_set_add_range(set, first, last);
    return set;
}

static void a_sample_is_what_the_digests_say(void **state)
{
    (void)state;
    g_autoptr(hf_set) all = numbers(1, 300);
    g_autoptr(hf_set) sample = hf_report_sample(all, 1, 42);
    uint32_t drawn = 0;
    char least[65] = "g";
    for (uint32_t id = 1; id <= 300; id++) {
        g_autofree char *text = g_strdup_printf("42 HF%07u", id);
        g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
        if (strcmp(hex, least) < 0) {
            g_strlcpy(least, hex, sizeof least);
            drawn = id;
        }
    }
    assert_int_equal(hf_set_count(sample), 1);
    assert_true(hf_set_has(sample, drawn));
}

static void a_sample_is_of_the_size_and_within_larger_ones(void **state)
{
    (void)state;
    g_autoptr(hf_set) all = numbers(1000, 3000);
    g_autoptr(hf_set) before = hf_set_new();
    for (uint64_t size = 0; size <= 2100; size += 150) {
        g_autoptr(hf_set) sample = hf_report_sample(all, size, 9);
        assert_int_equal(hf_set_count(sample), MIN(size, hf_set_count(all)));
        assert_int_equal(hf_set_and_count(sample, all), hf_set_count(sample));
        assert_int_equal(hf_set_and_count(sample, before), hf_set_count(before));
        hf_set_or(before, sample);
    }
    g_autoptr(hf_set) one = hf_report_sample(all, 100, 1);
    g_autoptr(hf_set) other = hf_report_sample(all, 100, 2);
    assert_false(hf_set_equal(one, other));
}

static void shares_are_in_proportion_by_largest_remainder(void **state)
{
    static const struct {
        uint64_t documents[4], size, drawn[4];
    } cases[] = {
        {{0}, 0, {0}},
        {{10}, 4, {4}},
        {{50, 30, 20}, 10, {5, 3, 2}},
        {{1, 1, 1}, 2, {1, 1, 0}},
        {{6, 3, 1}, 5, {3, 2, 0}}, /* 3.0, 1.5, 0.5: of equal remainders the larger stratum */
        {{100, 1, 1, 1}, 3, {3, 0, 0, 0}}, /* 2.91, 0.03 each */
        {{7, 5, 3, 1}, 16, {7, 5, 3, 1}},
        {{UINT32_MAX, UINT32_MAX}, UINT32_MAX, {UINT32_MAX / 2 + 1, UINT32_MAX / 2}},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        hf_report_stratum strata[4] = {0};
        for (unsigned k = 0; k < 4; k++)
            strata[k].documents = cases[i].documents[k];
        hf_report_share(strata, 4, cases[i].size);
        for (unsigned k = 0; k < 4; k++) {
            if (strata[k].drawn != cases[i].drawn[k])
                fail_msg("case %zu, stratum %u: %" G_GUINT64_FORMAT, i, k, strata[k].drawn);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_are_those_of_a_full_sort),
        cmocka_unit_test(a_day_is_that_of_the_zone),
        cmocka_unit_test(periods_follow_each_other),
        cmocka_unit_test(periods_are_named),
        cmocka_unit_test(a_sample_is_what_the_digests_say),
        cmocka_unit_test(a_sample_is_of_the_size_and_within_larger_ones),
        cmocka_unit_test(shares_are_in_proportion_by_largest_remainder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
