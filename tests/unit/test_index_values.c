/* Questions to the columns, against a scan of random documents. */
#include "index_fixture.h"

#define DOCUMENTS 3000u
#define SEGMENTS 3u

typedef struct {
    random_document *documents;
    hf_index *index;
} sample;

/* `gap`: how far apart the ids are at most. */
static void fill(sample *s, GRand *random, int gap)
{
    char *paths[SEGMENTS];
    size_t each = DOCUMENTS / SEGMENTS;
    s->documents = random_documents(random, DOCUMENTS, gap);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        int64_t *columns = s->documents[i].columns;
        columns[HF_COLUMN_FAMILY] = (int64_t)(i / 3 * 7);
        columns[HF_COLUMN_CREATED] = i < DOCUMENTS / 2 ? 5 : 6;
        columns[HF_COLUMN_SENT] =
            columns[HF_COLUMN_SENT] < 0 ? INT64_MIN + 1 : INT64_MAX - columns[HF_COLUMN_SENT];
    }
    for (size_t i = 0; i < SEGMENTS; i++) {
        paths[i] = g_strdup_printf("%s/part-%d-%zu", scratch, gap, i);
        write_random(s->documents + i * each, each, paths[i]);
    }
    s->index = hf_index_open((const char *const *)paths, SEGMENTS, 2, NULL);
    assert_non_null(s->index);
    for (size_t i = 0; i < SEGMENTS; i++)
        g_free(paths[i]);
}

static void clear(sample *s)
{
    hf_index_free(s->index);
    g_free(s->documents);
}

static hf_set *random_set(const sample *s, GRand *random, int one_of)
{
    hf_set *set = hf_set_new();
    for (size_t i = 0; i < DOCUMENTS; i++)
        if (g_rand_int_range(random, 0, one_of) == 0)
            hf_set_add(set, s->documents[i].id);
    hf_set_add(set, 4000000000u);
    return set;
}

static void same_set(hf_set *found, const hf_set *expected)
{
    assert_non_null(found);
    assert_true(hf_set_equal(found, expected));
    hf_set_free(found);
}

/* ---- ranges ---- */

static void check_range(const sample *s, hf_column_id column, int64_t low, int64_t high)
{
    g_autoptr(hf_set) expected = hf_set_new();
    for (size_t i = 0; i < DOCUMENTS; i++) {
        int64_t value = s->documents[i].columns[column];
        if (value != HF_TIME_NONE && value >= low && value <= high)
            hf_set_add(expected, s->documents[i].id);
    }
    same_set(hf_index_range(s->index, column, low, high, NULL), expected);
}

static void ranges_are_those_of_a_scan(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    for (int gap = 1; gap <= 3; gap++) {
        sample s;
        fill(&s, random, gap);
        for (int column = 0; column < HF_COLUMN_LAST; column++) {
            check_range(&s, (hf_column_id)column, INT64_MIN, INT64_MAX);
            check_range(&s, (hf_column_id)column, 0, INT64_MAX);
            check_range(&s, (hf_column_id)column, INT64_MIN, 100);
            check_range(&s, (hf_column_id)column, 10, 400);
            check_range(&s, (hf_column_id)column, 5, 5);
            check_range(&s, (hf_column_id)column, 6, 5);
            check_range(&s, (hf_column_id)column, INT64_MIN, INT64_MIN);
            check_range(&s, (hf_column_id)column, INT64_MAX, INT64_MAX);
        }
        g_autoptr(hf_set) all = hf_set_new();
        for (size_t i = 0; i < DOCUMENTS; i++)
            hf_set_add(all, s.documents[i].id);
        same_set(hf_index_all(s.index, NULL), all);
        clear(&s);
    }
}

/* ---- values ---- */

typedef struct {
    const sample *s;
    const hf_set *among; /* may be NULL */
    size_t next, seen, most;
} value_check;

static bool check_values(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    value_check *check = data;
    const random_document *d = check->s->documents + check->next;
    while (check->among != NULL && !hf_set_has(check->among, d->id))
        d++;
    assert_int_equal(d->id, id);
    assert_memory_equal(d->columns, values, sizeof d->columns);
    check->next = (size_t)(d - check->s->documents) + 1;
    return ++check->seen < check->most;
}

static void values_are_told_in_order(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(6);
    sample s;
    fill(&s, random, 3);
    value_check all = {.s = &s, .most = SIZE_MAX}, first = {.s = &s, .most = 1500};
    hf_index_each_values(s.index, NULL, check_values, &all);
    assert_int_equal(all.seen, DOCUMENTS);
    hf_index_each_values(s.index, NULL, check_values, &first);
    assert_int_equal(first.seen, 1500);
    for (int one_of = 1; one_of < 2000; one_of *= 3) {
        g_autoptr(hf_set) among = random_set(&s, random, one_of);
        value_check some = {.s = &s, .among = among, .most = SIZE_MAX};
        hf_index_each_values(s.index, among, check_values, &some);
        assert_int_equal(some.seen, hf_set_count(among) - 1);
    }
    clear(&s);
}

/* ---- families ---- */

static void check_widening(const sample *s, hf_column_id column, const hf_set *set)
{
    g_autoptr(hf_set) expected = hf_set_copy(set);
    g_autoptr(GHashTable) shared = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        int64_t value = s->documents[i].columns[column];
        if (value != HF_TIME_NONE && hf_set_has(set, s->documents[i].id))
            g_hash_table_add(shared, g_memdup2(&value, sizeof value));
    }
    for (size_t i = 0; i < DOCUMENTS; i++)
        if (g_hash_table_contains(shared, &s->documents[i].columns[column]))
            hf_set_add(expected, s->documents[i].id);
    same_set(hf_index_widen(s->index, column, set, NULL), expected);
}

static void sets_are_widened_by_what_they_share(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(8);
    g_autoptr(hf_set) none = hf_set_new();
    sample s;
    fill(&s, random, 4);
    for (int column = 0; column < HF_COLUMN_LAST; column++) {
        for (int one_of = 1; one_of < 4000; one_of *= 5) {
            g_autoptr(hf_set) set = random_set(&s, random, one_of);
            check_widening(&s, (hf_column_id)column, set);
        }
        check_widening(&s, (hf_column_id)column, none);
    }
    clear(&s);
}

/* ---- codes ---- */

static void codes_come_back(void **state)
{
    static const char *const cases[][2] = {{"en", "en"},
                                           {"ZH-Hant", "zh-hant"},
                                           {"", ""},
                                           {"abcdefgh", "abcdefgh"},
                                           {"abcdefghi", "abcdefgh"},
                                           {"\x80x", "?x"}};
    (void)state;
    char text[9];
    for (size_t i = 0; i < CASES(cases); i++) {
        hf_index_code_text(hf_index_code(cases[i][0]), text);
        assert_string_equal(text, cases[i][1]);
    }
    assert_true(hf_index_code("") == HF_TIME_NONE);
    assert_true(hf_index_code("de") < hf_index_code("en"));
    assert_true(hf_index_code("en") == hf_index_code("EN"));
    assert_true(hf_index_code("e") != hf_index_code("en"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ranges_are_those_of_a_scan, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(values_are_told_in_order, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(sets_are_widened_by_what_they_share, make_scratch,
                                        remove_scratch),
        cmocka_unit_test(codes_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
