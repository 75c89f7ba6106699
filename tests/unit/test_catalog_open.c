/* Making and opening a catalog; control numbers; what it counts. */
#include "unit/catalog_fixture.h"

static void test_it_opens_with_its_vault_only(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_catalog) same = hf_catalog_open(f->path, "vault-1", true, &f->error);
    DONE(same != NULL);
    FAILS(hf_catalog_open(f->path, "vault-2", false, &f->error), HF_ERROR_INTEGRITY,
          "another vault");
}

static void test_a_missing_one_and_another_file_are_said(void **state)
{
    fixture *f = *state;
    g_autofree char *other = g_build_filename(f->folder, "other.db", NULL);
    FAILS(hf_catalog_open(other, "vault-1", false, &f->error), HF_ERROR_INTEGRITY, "no catalog");
    assert_true(g_file_set_contents(other, "no database at all, but long enough to be read as one",
                                    -1, NULL));
    FAILS(hf_catalog_open(other, "vault-1", false, &f->error), HF_ERROR_INTEGRITY, "other.db");
    assert_true(g_file_set_contents(other, "", 0, NULL));
    FAILS(hf_catalog_open(other, "vault-1", false, &f->error), HF_ERROR_INTEGRITY,
          "not a holdfast catalog");
}

static void test_a_newer_format_is_refused(void **state)
{
    fixture *f = *state;
    hf_catalog_rollback(f->catalog);
    assert_null(raw_sql(f, "PRAGMA user_version = 99"));
    FAILS(hf_catalog_open(f->path, "vault-1", false, &f->error), HF_ERROR_VERSION, "99");
}

static void test_a_reader_cannot_write(void **state)
{
    fixture *f = *state;
    hf_catalog_rollback(f->catalog);
    g_autoptr(hf_catalog) reader = hf_catalog_open(f->path, "vault-1", true, &f->error);
    DONE(reader != NULL);
    assert_false(hf_matter_add(reader, "M", "", "", "UTC", &f->error));
    g_clear_error(&f->error);
}

static void test_a_reader_sees_one_state(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_catalog) reader = hf_catalog_open(f->path, "vault-1", true, &f->error);
    DONE(reader != NULL && hf_catalog_begin_read(reader, &f->error));
    DONE(hf_matter_add(f->catalog, "M", "", "", "UTC", &f->error));
    DONE(hf_catalog_commit(f->catalog, &f->error));
    g_autoptr(GPtrArray) before = hf_matter_list(reader, &f->error);
    assert_int_equal(before->len, 0);
    hf_catalog_end_read(reader);
    g_autoptr(GPtrArray) after = hf_matter_list(reader, &f->error);
    assert_int_equal(after->len, 1);
}

/* A type that is known is not written: a read that others have overtaken could not become a write. */
static void test_a_known_type_is_only_read(void **state)
{
    fixture *f = *state;
    int64_t id = 0, again = 0;
    DONE(hf_catalog_type_id(f->catalog, "text/plain", &id, &f->error));
    DONE(hf_catalog_commit(f->catalog, &f->error));
    g_autoptr(hf_catalog) reader = hf_catalog_open(f->path, "vault-1", true, &f->error);
    DONE(hf_catalog_type_id(reader, "text/plain", &again, &f->error));
    assert_int_equal(id, again);
}

static void test_a_rollback_forgets_new_types(void **state)
{
    fixture *f = *state;
    int64_t id = 0;
    DONE(hf_catalog_type_id(f->catalog, "text/x-new", &id, &f->error));
    hf_catalog_rollback(f->catalog);
    DONE(hf_catalog_begin(f->catalog, &f->error));
    DONE(hf_catalog_type_id(f->catalog, "text/x-other", &id, &f->error));
    DONE(hf_catalog_type_id(f->catalog, "text/x-new", &id, &f->error));
    g_autoptr(GHashTable) types = hf_catalog_type_names(f->catalog, &f->error);
    assert_int_equal(g_hash_table_size(types), 2);
}

static void test_control_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t id;
    } cases[] = {
        {"HF0000123", 123},
        {"hf123", 123},
        {"HF00000000123", 123},
        {"HF4294967295", 4294967295u},
        {"HF4294967296", 0},
        {"HF0", 0},
        {"HF", 0},
        {"HF-1", 0},
        {"HF+1", 0},
        {"HF12x", 0},
        {"123", 0},
        {"HF 1", 0},
        {"XX1", 0},
    };
    for (size_t i = 0; i < CASES(cases); i++)
        assert_int_equal(hf_catalog_parse_control_number(cases[i].text), cases[i].id);
    g_autofree char *shown = hf_catalog_control_number(123);
    assert_string_equal(shown, "HF0000123");
    g_autofree char *large = hf_catalog_control_number(4294967295u);
    assert_string_equal(large, "HF4294967295");
}

static void test_it_counts_what_there_is(void **state)
{
    fixture *f = *state;
    uint32_t ids[3];
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t file = add_file(f, source, "", "x", 1, NULL),
            gone = add_file(f, source, "", "y", 2, NULL);
    int64_t family = add_family(f, 0, "one", 2, ids);
    add_instance(f, family, file, "", "one");
    add_instance(f, family, gone, "", "one");
    DONE(hf_source_gone_file(f->catalog, gone, f->run, &f->error));
    hf_catalog_counts c = counts_of(f);
    assert_int_equal(c.documents, 3);
    assert_int_equal(c.families, 1);
    assert_int_equal(c.instances, 1);
    assert_int_equal(c.instances_gone, 1);
    assert_int_equal(c.files, 1);
    assert_int_equal(c.sources, 1);
    assert_int_equal(c.objects, 6);
    assert_int_equal(c.bytes, 9);
    assert_int_equal(c.runs, 1);
    DONE(hf_catalog_commit(f->catalog, &f->error));
    DONE(hf_catalog_check(f->catalog, &f->error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_opens_with_its_vault_only, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_a_missing_one_and_another_file_are_said, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_a_newer_format_is_refused, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_reader_cannot_write, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_reader_sees_one_state, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_known_type_is_only_read, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_rollback_forgets_new_types, fixture_new,
                                        fixture_free),
        cmocka_unit_test(test_control_numbers),
        cmocka_unit_test_setup_teardown(test_it_counts_what_there_is, fixture_new, fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
