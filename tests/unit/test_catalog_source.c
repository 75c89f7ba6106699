/* Sources and their files from run to run; containers and their copies; exceptions that pass. */
#include "unit/catalog_fixture.h"

static void test_a_source_is_its_root_matter_manner_and_custodian(void **state)
{
    fixture *f = *state;
    int64_t matter = 0, id = 0;
    DONE(hf_matter_add(f->catalog, "M", "", "", "UTC", &f->error));
    DONE(hf_matter_find(f->catalog, "M", &matter, &f->error));
    int64_t jane = add_source(f, "/a", 0, "jane");
    assert_int_equal(add_source(f, "/a", 0, "Jane"), jane);
    assert_int_equal(add_source(f, "/a", 0, NULL), jane);
    int64_t john = add_source(f, "/a", 0, "john");
    assert_int_not_equal(john, jane);
    assert_int_equal(add_source(f, "/a", 0, "john"), john);
    assert_int_not_equal(add_source(f, "/a", matter, "jane"), jane);
    hf_source_row in_place = {"/a", 0, false, true, "jane"},
                  single = {"/a", 0, true, false, "jane"};
    DONE(hf_source_open(f->catalog, &in_place, &id, &f->error));
    assert_int_not_equal(id, jane);
    DONE(hf_source_open(f->catalog, &single, &id, &f->error));
    assert_int_not_equal(id, jane);
}

static bool retried(fixture *f, int64_t source, int64_t settings)
{
    g_autoptr(GArray) items = NULL;
    g_autoptr(GArray) excluded = NULL;
    g_autoptr(GArray) known =
        hf_source_known(f->catalog, source, "", settings, &items, &excluded, &f->error);
    DONE(known != NULL);
    assert_int_equal(known->len, 1);
    assert_int_equal(items->len, 1);
    return g_array_index(known, hf_crawl_known, 0).retry;
}

static void test_a_custodian_named_later_makes_files_be_read_again(void **state)
{
    fixture *f = *state;
    int64_t nobody = add_source(f, "/a", 0, NULL);
    complete_file(f, add_file(f, nobody, "", "x", 1, NULL), "x", 1);
    assert_false(retried(f, nobody, 0));
    assert_int_equal(add_source(f, "/a", 0, "jane"), nobody);
    assert_true(retried(f, nobody, 0));
    complete_file(f, add_file(f, nobody, "", "x", 1, "jane"), "x", 1);
    assert_int_equal(add_source(f, "/a", 0, "jane"), nobody);
    assert_false(retried(f, nobody, 0));
}

static void test_a_file_is_read_again_until_complete(void **state)
{
    fixture *f = *state;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t file = add_file(f, source, "", "x", 1, NULL);
    assert_true(retried(f, source, 0));
    complete_file(f, file, "x", 1);
    assert_false(retried(f, source, 0));
    uint8_t sha256[32] = {1};
    DONE(hf_source_complete_file(f->catalog, file, sha256, 3, 1, 77, f->run, &f->error));
    assert_false(retried(f, source, 77));
    assert_true(retried(f, source, 78));
}

static void test_folders_are_known_with_those_above(void **state)
{
    fixture *f = *state;
    int64_t source = add_source(f, "/a", 0, NULL);
    add_file(f, source, "one/two/three", "x", 1, NULL);
    add_file(f, source, "one/zwei", "x", 2, NULL);
    g_autoptr(GPtrArray) top = hf_source_folders(f->catalog, source, "", &f->error);
    g_autoptr(GPtrArray) below = hf_source_folders(f->catalog, source, "one", &f->error);
    assert_int_equal(top->len, 1);
    assert_string_equal(g_ptr_array_index(top, 0), "one");
    assert_int_equal(below->len, 2);
    assert_string_equal(g_ptr_array_index(below, 1), "one/zwei");
}

static void test_what_a_file_no_longer_holds_is_gone_and_may_come_back(void **state)
{
    fixture *f = *state;
    uint32_t id;
    bool earlier;
    int64_t seen = 0, file = add_file(f, add_source(f, "/a", 0, NULL), "", "box", 1, NULL);
    int64_t one = add_family(f, 0, "one", 0, &id), two = add_family(f, 0, "two", 0, &id);
    add_instance(f, one, file, "1.eml", "one");
    add_instance(f, two, file, "2.eml", "two");
    complete_file(f, file, "box", 2);
    next_run(f);
    hf_family_key_value key = key_of("one");
    DONE(hf_family_seen_instance(f->catalog, file, "1.eml", key.hash, f->run, &seen, &earlier,
                                 &f->error));
    complete_file(f, file, "box with one", 1);
    assert_int_equal(counts_of(f).instances, 1);
    next_run(f);
    DONE(hf_source_gone_file(f->catalog, file, f->run, &f->error));
    assert_int_equal(counts_of(f).instances, 0);
    next_run(f);
    assert_int_equal(add_file(f, 1, "", "box", 1, NULL), file);
    assert_int_equal(add_instance(f, two, file, "2.eml", "two"), HF_INSTANCE_KNOWN);
    assert_int_equal(counts_of(f).instances, 1);
    assert_int_equal(counts_of(f).files, 1);
}

static void test_moved_files_are_paired_once(void **state)
{
    fixture *f = *state;
    uint64_t moved = 9;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t old = add_file(f, source, "", "old", 7, NULL);
    add_file(f, source, "", "stays", 8, NULL);
    next_run(f);
    DONE(hf_source_find_moved(f->catalog, f->run, &moved, &f->error));
    assert_int_equal(moved, 0);
    DONE(hf_source_gone_file(f->catalog, old, f->run, &f->error));
    add_file(f, source, "below", "new", 7, NULL);
    add_file(f, source, "below", "a link to it", 7, NULL);
    add_file(f, source, "below", "another", 9, NULL);
    DONE(hf_source_find_moved(f->catalog, f->run, &moved, &f->error));
    assert_int_equal(moved, 1);
}

/* ---- containers ---- */

static int64_t equal_to(fixture *f, const char *bytes)
{
    int64_t file = -1;
    uint8_t sha256[32];
    hf_digest_sha256(bytes, strlen(bytes), sha256);
    DONE(hf_container_find_equal(f->catalog, 0, sha256, &file, &f->error));
    return file;
}

static int64_t add_archive(fixture *f, int64_t source, const char *name)
{
    uint32_t id;
    int64_t file = add_file(f, source, "", name, 1, NULL);
    put_container(f, file, "", "archive", true);
    put_container(f, file, "in.zip", "inner", true);
    add_instance(f, add_family(f, 0, "one", 0, &id), file, "1.txt", "one");
    add_instance(f, add_family(f, 0, "two", 1, (uint32_t[2]){0}), file, "in.zip!/2.txt", "two");
    complete_file(f, file, "archive", 3);
    return file;
}

static hf_container_copied copy(fixture *f, int64_t from, int64_t to)
{
    hf_container_copied copied;
    uint8_t sha256[32];
    hf_digest_sha256("archive", 7, sha256);
    DONE(hf_container_copy_instances(f->catalog, from, to, sha256, f->run, &copied, &f->error));
    return copied;
}

static void test_an_archive_is_copied_with_all_its_places(void **state)
{
    fixture *f = *state;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t from = add_archive(f, source, "a.zip");
    assert_int_equal(equal_to(f, "archive"), from);
    assert_int_equal(equal_to(f, "inner"), 0);
    next_run(f);
    int64_t to = add_file(f, source, "", "b.zip", 2, NULL);
    hf_container_copied copied = copy(f, from, to);
    assert_true(copied.done);
    assert_int_equal(copied.duplicate, 3);
    assert_int_equal(copied.unchanged, 0);
    assert_int_equal(copied.instances, 2);
    assert_int_equal(copied.containers, 2);
    assert_int_equal(counts_of(f).instances, 4);
    copied = copy(f, from, to);
    assert_int_equal(copied.unchanged, 3);
    assert_int_equal(counts_of(f).instances, 4);
}

static void test_an_archive_that_was_touched_is_seen_again(void **state)
{
    fixture *f = *state;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t file = add_archive(f, source, "a.zip");
    next_run(f);
    add_file(f, source, "", "a.zip", 1, NULL);
    hf_container_copied copied = copy(f, file, file);
    assert_true(copied.done);
    assert_int_equal(copied.unchanged, 3);
    assert_int_equal(copied.duplicate, 0);
    complete_file(f, file, "archive", 3);
    assert_int_equal(counts_of(f).instances, 2);
    assert_int_equal(counts_of(f).instances_gone, 0);
}

static void test_an_archive_that_changed_meanwhile_is_not_copied(void **state)
{
    fixture *f = *state;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t from = add_archive(f, source, "a.zip");
    int64_t to = add_file(f, source, "", "b.zip", 2, NULL);
    add_file(f, source, "", "a.zip", 1, NULL); /* is being read */
    assert_false(copy(f, from, to).done);
    complete_file(f, from, "another archive", 3);
    assert_false(copy(f, from, to).done);
    assert_int_equal(counts_of(f).instances, 2);
}

static void test_what_was_not_read_whole_is_no_model(void **state)
{
    fixture *f = *state;
    bool opened = true;
    uint8_t sha256[32];
    int64_t source = add_source(f, "/a", 0, NULL);
    hf_digest_sha256("archive", 7, sha256);
    DONE(hf_container_was_opened(f->catalog, sha256, &opened, &f->error));
    assert_false(opened);
    int64_t file = add_archive(f, source, "a.zip");
    hf_exception_row row = {.run = f->run,
                            .source = source,
                            .file = file,
                            .path = "/a/a.zip",
                            .stage = "members",
                            .reason = "unsafe-name",
                            .detail = "x"};
    DONE(hf_exception_put(f->catalog, &row, &f->error));
    assert_int_equal(equal_to(f, "archive"), 0);
    put_container(f, file, "", "archive", false);
    DONE(hf_container_was_opened(f->catalog, sha256, &opened, &f->error));
    assert_true(opened);
}

/* ---- exceptions ---- */

static uint64_t open_ones(fixture *f)
{
    uint64_t count = 99;
    DONE(hf_exception_count_open(f->catalog, &count, &f->error));
    return count;
}

static void put_exception(fixture *f, int64_t source, int64_t file, uint32_t document)
{
    hf_exception_row row = {.run = f->run,
                            .source = source,
                            .file = file,
                            .document = document,
                            .path = "/a/x",
                            .stage = "collect",
                            .reason = "unreadable",
                            .detail = "Permission denied"};
    DONE(hf_exception_put(f->catalog, &row, &f->error));
}

static void test_exceptions_pass_when_what_they_are_about_is_read(void **state)
{
    fixture *f = *state;
    uint32_t id;
    int64_t source = add_source(f, "/a", 0, NULL), file = add_file(f, source, "", "x", 1, NULL);
    add_instance(f, add_family(f, 0, "one", 0, &id), file, "", "one");
    put_exception(f, source, file, 0);
    put_exception(f, source, file, id);
    put_exception(f, source, 0, 0);
    put_exception(f, 0, 0, 0);
    assert_int_equal(open_ones(f), 4);
    DONE(hf_exception_resolve_file(f->catalog, file, &f->error));
    assert_int_equal(open_ones(f), 3);
    DONE(hf_exception_resolve_source(f->catalog, source, f->run, &f->error));
    assert_int_equal(open_ones(f), 3); /* of this very run */
    next_run(f);
    DONE(hf_exception_resolve_source(f->catalog, source, f->run, &f->error));
    assert_int_equal(open_ones(f), 2);
    int64_t root = add_source(f, "/a/x", 0, NULL); /* was not there before */
    DONE(hf_exception_resolve_source(f->catalog, root, f->run, &f->error));
    assert_int_equal(open_ones(f), 1);
    assert_set(f, hf_selection_exception(f->catalog, NULL, &f->error), "1");
    assert_set(f, hf_selection_exception(f->catalog, "encrypted", &f->error), "");
    hf_exception_filter filter = {.document = id};
    g_autoptr(GPtrArray) list = hf_exception_list(f->catalog, &filter, &f->error);
    assert_int_equal(list->len, 1);
    int64_t number = ((hf_exception *)g_ptr_array_index(list, 0))->id;
    DONE(hf_exception_close(f->catalog, number, "waived", "jane", "not needed", &f->error));
    FAILS(hf_exception_close(f->catalog, number, "waived", "jane", "again", &f->error),
          HF_ERROR_NOT_FOUND, "no open exception");
    hf_exception_filter all = {.all = true, .most = 3};
    g_autoptr(GPtrArray) page = hf_exception_list(f->catalog, &all, &f->error);
    assert_int_equal(page->len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_source_is_its_root_matter_manner_and_custodian,
                                        fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_custodian_named_later_makes_files_be_read_again,
                                        fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_file_is_read_again_until_complete, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_folders_are_known_with_those_above, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_what_a_file_no_longer_holds_is_gone_and_may_come_back,
                                        fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_moved_files_are_paired_once, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_an_archive_is_copied_with_all_its_places, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_an_archive_that_was_touched_is_seen_again, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_an_archive_that_changed_meanwhile_is_not_copied,
                                        fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_what_was_not_read_whole_is_no_model, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_exceptions_pass_when_what_they_are_about_is_read,
                                        fixture_new, fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
