/* Segments and what they do not cover; sets for queries; the audit log's rows. */
#include "unit/catalog_fixture.h"

static void add_documents(fixture *f, unsigned n)
{
    uint32_t id;
    int64_t file = add_file(f, add_source(f, "/a", 0, NULL), "", "x", 1, NULL);
    for (unsigned i = 1; i <= n; i++) {
        g_autofree char *bytes = g_strdup_printf("document %u", i);
        g_autofree char *inside = g_strdup_printf("%u.txt", i);
        add_instance(f, add_family(f, 0, bytes, 0, &id), file, inside, bytes);
    }
}

static void publish(fixture *f, const char *directory, uint32_t first, uint32_t last,
                    const GArray *replaced)
{
    hf_published segment = {.directory = (char *)directory,
                            .first = first,
                            .last = last,
                            .documents = last - first + 1};
    DONE(hf_published_put(f->catalog, &segment, replaced, &f->error));
}

static bool note_id(void *data, const hf_document *document, GError **error)
{
    (void)error;
    g_string_append_printf(data, "%u ", document->id);
    return true;
}

static void assert_unindexed(fixture *f, const char *wanted, uint64_t count)
{
    g_autoptr(GString) got = g_string_new(NULL);
    uint64_t n = 99;
    DONE(hf_document_each_unindexed(f->catalog, note_id, got, &f->error));
    assert_string_equal(got->str, wanted);
    DONE(hf_document_count_unindexed(f->catalog, &n, &f->error));
    assert_int_equal(n, count);
}

static void test_what_no_segment_covers(void **state)
{
    fixture *f = *state;
    add_documents(f, 6);
    assert_unindexed(f, "1 2 3 4 5 6 ", 6);
    publish(f, "b", 4, 5, NULL);
    publish(f, "a", 1, 2, NULL);
    assert_unindexed(f, "3 6 ", 2);
    g_autoptr(GPtrArray) list = hf_published_list(f->catalog, &f->error);
    assert_int_equal(list->len, 2);
    assert_string_equal(((hf_published *)g_ptr_array_index(list, 0))->directory, "a");
    g_autoptr(GArray) replaced = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val(replaced, ((hf_published *)g_ptr_array_index(list, 0))->id);
    g_array_append_val(replaced, ((hf_published *)g_ptr_array_index(list, 1))->id);
    publish(f, "c", 1, 6, replaced);
    assert_unindexed(f, "", 0);
}

static void test_stale_documents_name_their_segment(void **state)
{
    fixture *f = *state;
    add_documents(f, 3);
    publish(f, "a", 1, 3, NULL);
    DONE(hf_published_flag(f->catalog, 2, 128, &f->error));
    g_autoptr(hf_document) flagged = hf_document_get(f->catalog, 2, &f->error);
    assert_int_equal(flagged->flags, 128);
    g_autoptr(GArray) none = hf_published_stale(f->catalog, &f->error);
    assert_int_equal(none->len, 0);
    DONE(hf_catalog_commit(f->catalog, &f->error));
    assert_null(raw_sql(f, "INSERT INTO stale_document VALUES (2), (3)"));
    g_autoptr(GArray) stale = hf_published_stale(f->catalog, &f->error);
    assert_int_equal(stale->len, 1);
    DONE(hf_catalog_begin(f->catalog, &f->error));
    DONE(hf_published_clear_stale(f->catalog, 1, 3, &f->error));
    g_autoptr(GArray) after = hf_published_stale(f->catalog, &f->error);
    assert_int_equal(after->len, 0);
}

static bool note_place(void *data, uint32_t document, const char *place)
{
    g_string_append_printf(data, "%u %s\n", document, place);
    return true;
}

static void test_sets(void **state)
{
    fixture *f = *state;
    int64_t matter = 0;
    uint32_t ids[2];
    DONE(hf_matter_add(f->catalog, "M", "", "", "UTC", &f->error));
    DONE(hf_matter_find(f->catalog, "M", &matter, &f->error));
    add_instance(f, add_family(f, matter, "one", 1, ids),
                 add_file(f, add_source(f, "/", matter, NULL), "b", "x", 1, "jane"), "", "one");
    add_instance(f, add_family(f, 0, "two", 0, ids),
                 add_file(f, add_source(f, "/c", 0, NULL), "", "y.zip", 2, "j"), "z", "two");
    assert_set(f, hf_selection_all(f->catalog, &f->error), "1 2 3");
    assert_set(f, hf_selection_matter(f->catalog, "m", &f->error), "1 2");
    assert_set(f, hf_selection_custodian(f->catalog, "jane", &f->error), "1 2");
    DONE(hf_custodian_merge(f->catalog, "j", "jane", &f->error));
    assert_set(f, hf_selection_custodian(f->catalog, "jane", &f->error), "1 2 3");
    assert_set(f, hf_selection_custodian(f->catalog, "j", &f->error), "1 2 3");
    assert_set(f, hf_selection_text_state(f->catalog, HF_TEXT_WHOLE, &f->error), "1 2 3");
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "two", -1);
    g_autofree char *md5 = g_compute_checksum_for_string(G_CHECKSUM_MD5, "two", -1);
    assert_set(f, hf_selection_hash(f->catalog, sha256, &f->error), "3");
    assert_set(f, hf_selection_hash(f->catalog, md5, &f->error), "3");
    FAILS(hf_selection_hash(f->catalog, "abc", &f->error), HF_ERROR_QUERY, "neither");
    FAILS(hf_selection_custodian(f->catalog, "nobody", &f->error), HF_ERROR_NOT_FOUND, "nobody");
    g_autoptr(GString) places = g_string_new(NULL);
    DONE(hf_selection_each_place(f->catalog, note_place, places, &f->error));
    assert_non_null(strstr(places->str, "1 /b/x\n"));
    assert_non_null(strstr(places->str, "2 /b/x!/part.txt\n"));
    assert_non_null(strstr(places->str, "3 /c/y.zip!/z\n"));
}

static void test_audit_rows_neither_change_nor_go(void **state)
{
    fixture *f = *state;
    uint64_t size = 0;
    DONE(hf_log_append(f->catalog, "test", "\"n\":1", &f->error));
    DONE(hf_log_append(f->catalog, "test", "", &f->error));
    DONE(hf_log_size(f->catalog, &size, &f->error));
    assert_int_equal(size, 2);
    DONE(hf_catalog_commit(f->catalog, &f->error));
    static const struct {
        const char *sql, *word;
    } cases[] = {
        {"UPDATE audit SET row = 'x' WHERE seq = 0", "do not change"},
        {"DELETE FROM audit WHERE seq = 1", "do not go"},
        {"DELETE FROM audit", "do not go"},
        {"INSERT INTO audit VALUES (3, 'x', x'00')", "no gaps"},
        {"INSERT INTO audit VALUES (-1, 'x', x'00')", "no gaps"},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *message = raw_sql(f, cases[i].sql);
        if (message == NULL || strstr(message, cases[i].word) == NULL)
            fail_msg("%s: %s", cases[i].sql, message);
    }
    g_autofree char *replaced = raw_sql(f, "INSERT OR REPLACE INTO audit VALUES (0, 'x', x'00')");
    assert_non_null(replaced);
}

static void test_runs_keep_their_balance(void **state)
{
    fixture *f = *state;
    hf_balance balance = {.sources = 9,
                          .found = 6,
                          .new_ = 1,
                          .duplicate = 2,
                          .unchanged = 1,
                          .excluded = 1,
                          .exception = 1,
                          .containers = 3,
                          .gone = 4,
                          .moved = 5};
    DONE(hf_run_finish(f->catalog, f->run, &balance, &f->error));
    next_run(f);
    g_autoptr(GPtrArray) runs = hf_run_list(f->catalog, 0, &f->error);
    assert_int_equal(runs->len, 2);
    const hf_run *open = g_ptr_array_index(runs, 0), *done = g_ptr_array_index(runs, 1);
    assert_true(open->finished == HF_TIME_NONE && done->finished != HF_TIME_NONE);
    assert_memory_equal(&done->balance, &balance, sizeof balance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_no_segment_covers, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_stale_documents_name_their_segment, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_sets, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_audit_rows_neither_change_nor_go, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_runs_keep_their_balance, fixture_new, fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
