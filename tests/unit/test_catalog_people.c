/* Matters and custodians: names, aliases, merges and their undoing. */
#include "unit/catalog_fixture.h"

static void test_matters(void **state)
{
    fixture *f = *state;
    int64_t id = 0;
    DONE(hf_matter_add(f->catalog, "ACME-01", "Acme v. Example", "Acme", "UTC", &f->error));
    FAILS(hf_matter_add(f->catalog, "acme-01", "", "", "UTC", &f->error), HF_ERROR_EXISTS,
          "already");
    DONE(hf_matter_find(f->catalog, "Acme-01", &id, &f->error));
    assert_true(id > 0);
    FAILS(hf_matter_find(f->catalog, "ACME-02", &id, &f->error), HF_ERROR_NOT_FOUND,
          "there are: ACME-01");
    g_autofree char *longest = g_strnfill(64, 'x');
    g_autofree char *longer = g_strnfill(65, 'x');
    DONE(hf_matter_add(f->catalog, longest, "", "", "UTC", &f->error));
    const char *bad[] = {"", "a b", "a/b", "\xc3\xa4", "a;b", longer};
    for (size_t i = 0; i < CASES(bad); i++)
        FAILS(hf_matter_add(f->catalog, bad[i], "", "", "UTC", &f->error), HF_ERROR_INVALID,
              "letters");
}

static int64_t find(fixture *f, const char *name, bool add)
{
    int64_t id = 0;
    DONE(hf_custodian_find(f->catalog, name, add, &id, &f->error));
    return id;
}

static void test_names_and_aliases(void **state)
{
    fixture *f = *state;
    int64_t jane = find(f, "Jane Roe", true), id;
    assert_int_equal(find(f, "jane roe", true), jane);
    DONE(hf_custodian_alias(f->catalog, "Jane Roe", "jroe", false, &f->error));
    assert_int_equal(find(f, "JROE", true), jane);
    FAILS(hf_custodian_alias(f->catalog, "Jane Roe", "jroe", false, &f->error), HF_ERROR_EXISTS,
          "jroe");
    find(f, "John", true);
    FAILS(hf_custodian_alias(f->catalog, "Jane Roe", "john", false, &f->error), HF_ERROR_EXISTS,
          "john");
    FAILS(hf_custodian_alias(f->catalog, "Jane Roe", "", false, &f->error), HF_ERROR_EXISTS, "");
    FAILS(hf_custodian_alias(f->catalog, "Nobody", "n", false, &f->error), HF_ERROR_NOT_FOUND,
          "Nobody");
    FAILS(hf_custodian_alias(f->catalog, "John", "jroe", true, &f->error), HF_ERROR_NOT_FOUND,
          "no alias");
    DONE(hf_custodian_alias(f->catalog, "Jane Roe", "jroe", true, &f->error));
    FAILS(hf_custodian_find(f->catalog, "jroe", false, &id, &f->error), HF_ERROR_NOT_FOUND, "jroe");
    FAILS(hf_custodian_find(f->catalog, "", true, &id, &f->error), HF_ERROR_INVALID, "empty");
}

static void test_merges_end_somewhere_and_can_be_undone(void **state)
{
    fixture *f = *state;
    find(f, "a", true);
    find(f, "b", true);
    find(f, "c", true);
    DONE(hf_custodian_merge(f->catalog, "a", "b", &f->error));
    DONE(hf_custodian_merge(f->catalog, "b", "c", &f->error));
    FAILS(hf_custodian_merge(f->catalog, "c", "a", &f->error), HF_ERROR_INVALID, "both ways");
    FAILS(hf_custodian_merge(f->catalog, "c", "c", &f->error), HF_ERROR_INVALID, "both ways");
    FAILS(hf_custodian_merge(f->catalog, "a", "c", &f->error), HF_ERROR_EXISTS, "merged already");
    DONE(hf_custodian_unmerge(f->catalog, "b", &f->error));
    FAILS(hf_custodian_unmerge(f->catalog, "b", &f->error), HF_ERROR_NOT_FOUND, "not merged");
    g_autoptr(GPtrArray) list = hf_custodian_list(f->catalog, &f->error);
    assert_int_equal(list->len, 3);
    const hf_custodian *a = g_ptr_array_index(list, 0), *b = g_ptr_array_index(list, 1);
    assert_string_equal(a->merged_name, "b");
    assert_null(b->merged_name);
}

/* What a document shows is who stands at the end of the merges. */
static void test_a_document_shows_the_last_of_a_chain(void **state)
{
    fixture *f = *state;
    uint32_t id;
    int64_t file = add_file(f, add_source(f, "/a", 0, NULL), "", "x", 1, "a");
    add_instance(f, add_family(f, 0, "one", 0, &id), file, "", "one");
    find(f, "b", true);
    int64_t c = find(f, "c", true);
    DONE(hf_custodian_merge(f->catalog, "a", "b", &f->error));
    DONE(hf_custodian_merge(f->catalog, "b", "c", &f->error));
    g_autoptr(hf_document) document = hf_document_get(f->catalog, id, &f->error);
    DONE(document != NULL);
    assert_string_equal(document->custodian_name, "c");
    assert_int_equal(document->custodian, c);
    g_autoptr(GPtrArray) instances = hf_document_instances(f->catalog, id, false, &f->error);
    assert_string_equal(((hf_instance *)g_ptr_array_index(instances, 0))->custodian, "c");
    for (const char *name = "abc"; *name != '\0'; name++)
        assert_set(f, hf_selection_custodian(f->catalog, (char[]){*name, '\0'}, &f->error), "1");
    DONE(hf_custodian_unmerge(f->catalog, "b", &f->error));
    assert_set(f, hf_selection_custodian(f->catalog, "c", &f->error), "");
    assert_set(f, hf_selection_custodian(f->catalog, "b", &f->error), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_matters, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_names_and_aliases, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_merges_end_somewhere_and_can_be_undone, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_a_document_shows_the_last_of_a_chain, fixture_new,
                                        fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
