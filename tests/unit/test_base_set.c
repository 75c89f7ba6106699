#include "cases.h"
#include "holdfast/base.h"

static hf_set *set_of(const uint32_t *ids, size_t n)
{
    hf_set *set = hf_set_new();
    hf_set_add_many(set, ids, n);
    return set;
}

static void assert_ids(const hf_set *set, const uint32_t *ids, size_t n)
{
    assert_int_equal(hf_set_count(set), n);
    g_autofree uint32_t *out = g_new(uint32_t, n + 1);
    hf_set_to_array(set, out);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(out[i], ids[i]);
}

static const uint32_t left[] = {1, 2, 3, 70000, UINT32_MAX};
static const uint32_t right[] = {2, 3, 4, UINT32_MAX};

static void sets_combine(void **state)
{
    static const uint32_t both[] = {2, 3, UINT32_MAX};
    static const uint32_t either[] = {1, 2, 3, 4, 70000, UINT32_MAX};
    static const uint32_t only_left[] = {1, 70000};
    static const struct {
        void (*combine)(hf_set *set, const hf_set *other);
        const uint32_t *ids;
        size_t n;
    } cases[] = {
        {hf_set_and, both, CASES(both)},
        {hf_set_or, either, CASES(either)},
        {hf_set_minus, only_left, CASES(only_left)},
    };
    (void)state;
    g_autoptr(hf_set) a = set_of(left, CASES(left));
    g_autoptr(hf_set) b = set_of(right, CASES(right));
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(hf_set) set = hf_set_copy(a);
        cases[i].combine(set, b);
        assert_ids(set, cases[i].ids, cases[i].n);
        assert_ids(b, right, CASES(right));
    }
    assert_ids(a, left, CASES(left));
    assert_int_equal(hf_set_and_count(a, b), CASES(both));
}

static void order_and_repetition_do_not_matter(void **state)
{
    static const uint32_t jumbled[] = {70000, 3, 1, 3, UINT32_MAX, 2, 1};
    (void)state;
    g_autoptr(hf_set) a = set_of(left, CASES(left));
    g_autoptr(hf_set) b = set_of(jumbled, CASES(jumbled));
    assert_true(hf_set_equal(a, b));
    hf_set_add(b, 5);
    assert_false(hf_set_equal(a, b));
    assert_true(hf_set_has(b, 5));
    assert_false(hf_set_has(a, 5));
}

static void walking_meets_every_id_once(void **state)
{
    (void)state;
    g_autoptr(hf_set) set = set_of(left, CASES(left));
    size_t met = 0;
    uint32_t id = 0;
    while (hf_set_next(set, &id)) {
        assert_int_equal(id, left[met++]);
        if (id == UINT32_MAX)
            break;
        id++;
    }
    assert_int_equal(met, CASES(left));
}

static void ranges_are_added_whole(void **state)
{
    static const uint32_t expected[] = {5, 65535, 65536, 65537, UINT32_MAX - 1, UINT32_MAX};
    (void)state;
    g_autoptr(hf_set) set = hf_set_new();
    hf_set_add(set, 5);
    hf_set_add_range(set, 65535, 65537);
    hf_set_add_range(set, UINT32_MAX - 1, UINT32_MAX);
    hf_set_add_range(set, 9, 8);
    assert_ids(set, expected, CASES(expected));
}

static void reading_goes_on_where_it_is_told(void **state)
{
    (void)state;
    g_autoptr(hf_set) set = set_of(left, CASES(left));
    uint32_t out[8];
    assert_int_equal(hf_set_read(set, 0, out, 2), 2);
    assert_memory_equal(out, left, 2 * sizeof *out);
    assert_int_equal(hf_set_read(set, 3, out, 8), 3);
    assert_memory_equal(out, left + 2, 3 * sizeof *out);
    assert_int_equal(hf_set_read(set, UINT32_MAX, out, 8), 1);
    assert_int_equal(hf_set_read(set, 0, out, 0), 0);
    hf_set_add_range(set, 100, 200000);
    g_autofree uint32_t *many = g_new(uint32_t, 300000);
    assert_int_equal(hf_set_read(set, 1000, many, 300000), 199002);
    assert_int_equal(many[0], 1000);
    assert_int_equal(many[199000], 200000);
    assert_int_equal(many[199001], UINT32_MAX);
}

/* Against adding one by one: sparse and dense stretches, at both ends of the ids. */
static void bits_are_added_as_ids(void **state)
{
    static const uint32_t firsts[] = {0, 65536, 5u << 16, UINT32_MAX - 65535u};
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    for (int round = 0; round < 80; round++) {
        uint32_t first = firsts[round % 4];
        size_t n = first > UINT32_MAX / 2 ? (size_t)g_rand_int_range(random, 0, 1025)
                                          : (size_t)g_rand_int_range(random, 0, 5000);
        g_autofree uint64_t *bits = g_new0(uint64_t, n + 1);
        g_autoptr(hf_set) found = hf_set_new();
        g_autoptr(hf_set) expected = hf_set_new();
        hf_set_add(found, 70000);
        hf_set_add(expected, 70000);
        int one_of = 1 << g_rand_int_range(random, 0, 12);
        for (size_t i = 0; i < n * 64; i++) {
            if (g_rand_int_range(random, 0, one_of) != 0 || i / 65536 % 3 == 2)
                continue;
            bits[i / 64] |= UINT64_C(1) << i % 64;
            hf_set_add(expected, first + (uint32_t)i);
        }
        hf_set_add_bits(found, first, bits, n);
        assert_true(hf_set_equal(found, expected));
        assert_int_equal(hf_set_count(found), hf_set_count(expected));
    }
}

static void an_empty_set_is_empty(void **state)
{
    (void)state;
    g_autoptr(hf_set) set = hf_set_new();
    g_autoptr(hf_set) other = set_of(left, CASES(left));
    uint32_t id = 0;
    assert_int_equal(hf_set_count(set), 0);
    assert_false(hf_set_next(set, &id));
    assert_false(hf_set_has(set, 0));
    hf_set_and(set, other);
    assert_int_equal(hf_set_count(set), 0);
    hf_set_or(set, other);
    assert_true(hf_set_equal(set, other));
    hf_set_minus(set, other);
    assert_int_equal(hf_set_count(set), 0);
}

static void a_set_is_stored_and_loaded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t ranges[4][2];
        unsigned n;
        size_t bytes; /* at most */
    } cases[] = {
        {"nothing", {{0, 0}}, 0, 0},
        {"one", {{7, 7}}, 1, 2},
        {"the ends", {{0, 0}, {UINT32_MAX, UINT32_MAX}}, 2, 8},
        {"all", {{0, UINT32_MAX}}, 1, 6},
        {"runs", {{1, 500000}, {500002, 900000}, {4000000000, 4000000001}}, 3, 20},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(hf_set) set = hf_set_new();
        for (unsigned k = 0; k < cases[i].n; k++)
            hf_set_add_range(set, cases[i].ranges[k][0], cases[i].ranges[k][1]);
        g_autoptr(GBytes) bytes = hf_set_store(set);
        size_t n;
        const void *data = g_bytes_get_data(bytes, &n);
        g_autoptr(hf_set) again = hf_set_load(data, n);
        if (again == NULL || !hf_set_equal(set, again) || n > cases[i].bytes)
            fail_msg("%s: %zu bytes", cases[i].name, n);
    }
}

static void what_is_no_set_is_not_loaded(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t n;
    } cases[] = {
        {"a run without its length", "\x05", 1},
        {"a number that does not end", "\x85\x80", 2},
        {"a number above 32 bits", "\xff\xff\xff\xff\xff\xff\x01", 7},
        {"runs that touch", "\x01\x00\x00\x00", 4},
        {"a run beyond the greatest id", "\xff\xff\xff\xff\x0f\x01", 6},
        {"a number in more bytes than it needs", "\x80\x00\x00", 3},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(hf_set) set = hf_set_load(cases[i].bytes, cases[i].n);
        if (set != NULL)
            fail_msg("%s was loaded", cases[i].name);
    }
}

static void the_digest_is_that_of_the_ids(void **state)
{
    (void)state;
    g_autoptr(hf_set) set = hf_set_new();
    uint8_t got[32], wanted[32];
    hf_set_add(set, 0x01020304);
    hf_set_add(set, 1);
    hf_set_digest(set, got);
    hf_digest_sha256("\0\0\0\1\1\2\3\4", 8, wanted);
    assert_memory_equal(got, wanted, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_combine),
        cmocka_unit_test(order_and_repetition_do_not_matter),
        cmocka_unit_test(walking_meets_every_id_once),
        cmocka_unit_test(ranges_are_added_whole),
        cmocka_unit_test(reading_goes_on_where_it_is_told),
        cmocka_unit_test(bits_are_added_as_ids),
        cmocka_unit_test(an_empty_set_is_empty),
        cmocka_unit_test(a_set_is_stored_and_loaded),
        cmocka_unit_test(what_is_no_set_is_not_loaded),
        cmocka_unit_test(the_digest_is_that_of_the_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
