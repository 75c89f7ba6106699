/* Where words stand, against a scan of random documents: lists of one block and of many, over
 * several segments, merged ones, merges of merges, and merges that drop documents. */
#include "index_fixture.h"

#define DOCUMENTS 2400u
#define SEGMENTS 6u

static void add_place(GArray *out, uint32_t id, uint32_t position)
{
    uint64_t place = (uint64_t)id << 32 | position;
    g_array_append_val(out, place);
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* The places of one document as index.h describes them. */
static void scan_document(const random_document *d, hf_field field, const char *const *words,
                          size_t n, GArray *out)
{
    uint32_t position = 2;
    bool any = false;
    for (int t = 0; t < d->n; t++) {
        if (d->texts[t].field != field || d->texts[t].n == 0)
            continue;
        if (any)
            position += HF_POSITION_GAP;
        else if (is_one_of(HF_WORD_FIRST, words, n))
            add_place(out, d->id, 1);
        any = true;
        for (int k = 0; k < d->texts[t].n; k++, position++)
            if (is_one_of(random_words[d->texts[t].words[k]], words, n))
                add_place(out, d->id, position);
    }
    if (any && is_one_of(HF_WORD_LAST, words, n))
        add_place(out, d->id, position);
}

typedef struct {
    const random_document *documents;
    const hf_set *without; /* may be NULL */
} scanned;

static void check_words(hf_index *index, const scanned *s, hf_field field, const char *const *words,
                        size_t n, const hf_set *among, uint32_t step)
{
    GError *error = NULL;
    g_autoptr(GArray) expected = g_array_new(false, false, sizeof(uint64_t));
    g_autoptr(hf_set) expected_with = hf_set_new();
    for (size_t i = 0; i < DOCUMENTS; i++) {
        const random_document *d = &s->documents[i];
        guint before = expected->len;
        if (s->without != NULL && hf_set_has(s->without, d->id))
            continue;
        scan_document(d, field, words, n, expected);
        if (expected->len > before)
            hf_set_add(expected_with, d->id);
        if (!hf_set_has(among, d->id))
            g_array_set_size(expected, before);
    }
    hf_set *with;
    g_autoptr(GArray) found = places_of(index, field, words, n, among, step, &with, &error);
    assert_non_null(with);
    assert_true(hf_set_equal(with, expected_with));
    hf_set_free(with);
    g_array_sort(found, compare_places);
    assert_int_equal(found->len, expected->len);
    if (found->len > 0)
        assert_memory_equal(found->data, expected->data, found->len * sizeof(uint64_t));
}

static void check_index(const char *const *paths, size_t n_paths, unsigned threads,
                        const scanned *s, GRand *random)
{
    static const hf_field fields[] = {HF_FIELD_BODY, HF_FIELD_SUBJECT, HF_FIELD_TO};
    g_autoptr(hf_index) index = hf_index_open(paths, n_paths, threads, NULL);
    assert_non_null(index);
    for (int round = 0; round < 120; round++) {
        const char *words[8];
        size_t n = (size_t)g_rand_int_range(random, 1, 6);
        for (size_t i = 0; i < n; i++)
            words[i] = random_words[g_rand_int_range(random, 0, CASES(random_words))];
        if (round % 4 == 1)
            words[n++] = round % 8 == 1 ? HF_WORD_FIRST : HF_WORD_LAST;
        if (round % 4 == 2)
            words[n++] = "nowhere";
        g_autoptr(hf_set) among = hf_set_new();
        int one_of = 1 << g_rand_int_range(random, 0, 8);
        for (size_t i = 0; i < DOCUMENTS; i++)
            if (g_rand_int_range(random, 0, one_of) == 0)
                hf_set_add(among, s->documents[i].id);
        uint32_t step = round % 3 == 0 ? UINT32_MAX : (uint32_t)g_rand_int_range(random, 20, 9000);
        check_words(index, s, fields[g_rand_int_range(random, 0, CASES(fields))], words, n, among,
                    step);
    }
}

static void places_are_those_of_a_scan(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autofree random_document *documents = random_documents(random, DOCUMENTS, 5);
    g_autofree char *left = in_scratch("left"), *right = in_scratch("right"),
                    *merged = in_scratch("merged"), *less = in_scratch("less"),
                    *less_still = in_scratch("less-still");
    const char *halves[] = {left, right};
    hf_segment_info info;
    GError *error = NULL;
    g_auto(GStrv) paths = g_new0(char *, SEGMENTS + 1);
    const char *const *parts = (const char *const *)paths;
    size_t each = DOCUMENTS / SEGMENTS;
    for (size_t i = 0; i < SEGMENTS; i++) {
        paths[i] = g_strdup_printf("%s/part-%zu", scratch, i);
        write_random(documents + i * each, each, paths[i]);
    }
    scanned all = {documents, NULL};
    check_index(parts, SEGMENTS, 1, &all, random);
    check_index(parts, SEGMENTS, 3, &all, random);

    /* Merges of merges: the blocks of the lists lie otherwise than in the parts. */
    assert_true(hf_segment_merge(parts, 2, NULL, left, &info, &error));
    assert_true(hf_segment_merge(parts + 2, 4, NULL, right, &info, &error));
    assert_true(hf_segment_merge(halves, 2, NULL, merged, &info, &error));
    assert_true(hf_segment_check(merged, &info, &error));
    check_index((const char *const[]){merged}, 1, 2, &all, random);

    g_autoptr(hf_set) some = hf_set_new();
    g_autoptr(hf_set) more = hf_set_new();
    for (size_t i = 0; i < DOCUMENTS; i++) {
        if (i % 3 == 0 || (i > 900 && i < 1300))
            hf_set_add(some, documents[i].id);
        if (i % 100 != 50)
            hf_set_add(more, documents[i].id);
    }
    scanned fewer = {documents, some}, few = {documents, more};
    assert_true(hf_segment_merge(halves, 2, some, less, &info, &error));
    assert_true(hf_segment_check(less, &info, &error));
    check_index((const char *const[]){less}, 1, 1, &fewer, random);
    hf_set_or(more, some);
    assert_true(hf_segment_merge((const char *const[]){less}, 1, more, less_still, &info, &error));
    assert_true(hf_segment_check(less_still, &info, &error));
    check_index((const char *const[]){less_still}, 1, 1, &few, random);
}

/* A character of a script without spaces stands for the pairs that begin with it and for the last
 * character of a run. */
static void single_characters_are_found_in_runs(void **state)
{
    (void)state;
    static const char *const words[] = {"\xe4\xb8\xad"};
    static const uint64_t expected[] = {(UINT64_C(1) << 32) + 2, (UINT64_C(1) << 32) + 4,
                                        (UINT64_C(2) << 32) + 3, (UINT64_C(4) << 32) + 2};
    g_autofree char *path = in_scratch("cjk");
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    add_text(builder, 1, HF_FIELD_BODY, "\xe4\xb8\xad\xe5\x9b\xbd\xe4\xb8\xad\xe6\x96\x87");
    add_text(builder, 2, HF_FIELD_BODY, "of \xe4\xb8\xad");
    add_text(builder, 3, HF_FIELD_SUBJECT, "\xe4\xb8\xad");
    add_text(builder, 4, HF_FIELD_BODY, "\xe6\x96\x87\xe4\xb8\xad");
    finish_segment(builder, path);
    g_autoptr(hf_index) index = hf_index_open((const char *const[]){path}, 1, 1, NULL);
    g_autoptr(hf_set) all = hf_index_all(index, NULL);
    hf_set *with;
    g_autoptr(GArray) found =
        places_of(index, HF_FIELD_BODY, words, 1, all, UINT32_MAX, &with, NULL);
    assert_int_equal(hf_set_count(with), 3);
    assert_int_equal(found->len, CASES(expected));
    assert_memory_equal(found->data, expected, sizeof expected);
    hf_set_free(with);
}

/* A word that stands often in one document, far apart and at the greatest distances. */
static void long_documents_keep_their_places(void **state)
{
    (void)state;
    enum { WORDS = 70000 };
    static const char *const words[] = {"end", "word"};
    g_autofree char *path = in_scratch("long");
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < WORDS; i++)
        g_string_append(text, i % 500 == 499 ? "end " : "word ");
    hf_field_text texts[2000];
    for (size_t i = 0; i < CASES(texts); i++)
        texts[i] = (hf_field_text){HF_FIELD_TO, "end", 3};
    hf_index_document many = {.id = 2, .fields = texts, .n_fields = CASES(texts)};
    add_text(builder, 1, HF_FIELD_BODY, text->str);
    assert_true(hf_segment_builder_add(builder, &many, NULL, NULL));
    finish_segment(builder, path);
    g_autoptr(hf_index) index = hf_index_open((const char *const[]){path}, 1, 1, NULL);
    g_autoptr(hf_set) all = hf_index_all(index, NULL);
    hf_set *with;
    g_autoptr(GArray) ends = places_of(index, HF_FIELD_BODY, words, 1, all, 1, &with, NULL);
    hf_set_free(with);
    assert_int_equal(ends->len, WORDS / 500);
    for (guint i = 0; i < ends->len; i++)
        assert_int_equal(g_array_index(ends, uint64_t, i), (UINT64_C(1) << 32) + 501 + 500 * i);
    g_autoptr(GArray) both = places_of(index, HF_FIELD_BODY, words, 2, all, 1, &with, NULL);
    hf_set_free(with);
    assert_int_equal(both->len, WORDS);
    g_autoptr(GArray) apart = places_of(index, HF_FIELD_TO, words, 1, all, 1, &with, NULL);
    hf_set_free(with);
    assert_int_equal(apart->len, CASES(texts));
    for (guint i = 0; i < apart->len; i++)
        assert_int_equal(g_array_index(apart, uint64_t, i),
                         (UINT64_C(2) << 32) + 2 + (uint64_t)(HF_POSITION_GAP + 1) * i);
}

static void no_words_stand_nowhere(void **state)
{
    (void)state;
    static const char *const words[] = {"", "absent", "Sonly"};
    g_autofree char *path = in_scratch("few");
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    add_text(builder, UINT32_MAX, HF_FIELD_SUBJECT, "the only words");
    finish_segment(builder, path);
    g_autoptr(hf_index) index = hf_index_open((const char *const[]){path}, 1, 2, NULL);
    g_autoptr(hf_set) all = hf_index_all(index, NULL);
    for (size_t n = 0; n <= CASES(words); n++) {
        hf_set *with;
        g_autoptr(GArray) found =
            places_of(index, HF_FIELD_BODY, words, n, all, UINT32_MAX, &with, NULL);
        assert_int_equal(found->len, 0);
        assert_int_equal(hf_set_count(with), 0);
        hf_set_free(with);
    }
    g_autoptr(hf_index) none = hf_index_open(NULL, 0, 2, NULL);
    g_autoptr(hf_set) nothing = hf_index_all(none, NULL);
    assert_int_equal(hf_set_count(nothing), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(places_are_those_of_a_scan, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(single_characters_are_found_in_runs, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(long_documents_keep_their_places, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(no_words_stand_nowhere, make_scratch, remove_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
