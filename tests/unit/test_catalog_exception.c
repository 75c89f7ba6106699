/* Exceptions, what a retry changes of a family, and the balance: what the catalog keeps of them. */
#include "unit/cases.h"
#include "holdfast/catalog.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *directory, *path;
    hf_catalog *catalog;
    int64_t run, source, file, family;
    uint32_t document;
    GError *error;
} fixture;

static const uint8_t hash_a[32] = {1}, hash_b[32] = {2}, md5[16] = {3};

#define DONE(f, call)                                                                              \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, (f)->error != NULL ? (f)->error->message : "no error");      \
    } while (0)

static hf_document_row document_row(int parent, const char *path, const uint8_t *sha256)
{
    return (hf_document_row){.parent = parent,
                             .path = path,
                             .name = "name",
                             .type = "application/zip",
                             .extractor = "archive",
                             .extractor_version = 1,
                             .sha256 = sha256,
                             .md5 = md5,
                             .size = 10,
                             .text_state = HF_TEXT_NONE,
                             .review_date = {HF_TIME_NONE, HF_OFFSET_NONE}};
}

static int set_up(void **state)
{
    fixture *f = g_new0(fixture, 1);
    hf_source_row source = {.root = "/s"};
    hf_filestat stat = {.inode = 1, .size = 10};
    hf_family_key_value key = {.kind = 'b', .hash = {1}};
    hf_instance_state instance_state;
    f->directory = g_dir_make_tmp("holdfast-exception-XXXXXX", NULL);
    f->path = g_build_filename(f->directory, "catalog.db", NULL);
    DONE(f, hf_catalog_create(f->path, "vault", "UTC", &f->error));
    DONE(f, f->catalog = hf_catalog_open(f->path, "vault", false, &f->error));
    DONE(f, hf_catalog_begin(f->catalog, &f->error));
    DONE(f, hf_run_begin(f->catalog, "ingest",
                         "{\"exclude\":[\"*.tmp\",\"b\"],\"include\":[],\"embedded\":\"all\"}",
                         &f->run, &f->error));
    DONE(f, hf_source_open(f->catalog, &source, &f->source, &f->error));
    DONE(f, hf_source_put_file(f->catalog, f->source, "in", "a.zip", &stat, 0, f->run, &f->file,
                               &f->error));
    hf_document_row document = document_row(-1, "", hash_a);
    hf_family_row family = {.family_date = HF_TIME_NONE,
                            .keys = &key,
                            .n_keys = 1,
                            .documents = &document,
                            .n_documents = 1,
                            .run = f->run};
    DONE(f, hf_family_put(f->catalog, &family, &f->family, &f->document, &f->error));
    hf_instance_row instance = {.family = f->family,
                                .file = f->file,
                                .path_inside = "",
                                .sha256 = hash_a,
                                .modified = HF_TIME_NONE,
                                .run = f->run};
    DONE(f, hf_family_put_instance(f->catalog, &instance, &instance_state, &f->error));
    DONE(f, hf_source_complete_file(f->catalog, f->file, hash_a, 1, 0, 0, f->run, &f->error));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    hf_catalog_rollback(f->catalog);
    hf_catalog_free(f->catalog);
    g_autoptr(GDir) dir = g_dir_open(f->directory, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(f->directory, name, NULL);
        g_unlink(path);
    }
    g_rmdir(f->directory);
    g_clear_error(&f->error);
    g_free(f->directory);
    g_free(f->path);
    g_free(f);
    return 0;
}

static void put_exception(fixture *f, uint32_t document, const char *reason)
{
    hf_exception_row row = {.run = f->run,
                            .source = f->source,
                            .file = f->file,
                            .document = document,
                            .path = "/s/in/a.zip",
                            .stage = "members",
                            .reason = reason,
                            .detail = "what happened",
                            .extractor = "archive",
                            .extractor_version = 1};
    DONE(f, hf_exception_put(f->catalog, &row, &f->error));
}

static void test_lists_page_by_page(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 25; i++)
        put_exception(f, i % 2 == 0 ? f->document : 0, "encrypted");
    hf_exception_filter filter = {.most = 10};
    const guint pages[] = {10, 10, 5};
    for (size_t i = 0; i < CASES(pages); i++) {
        g_autoptr(GPtrArray) page = hf_exception_list(f->catalog, &filter, &f->error);
        assert_int_equal(page->len, pages[i]);
        for (guint k = 0; k < page->len; k++) {
            const hf_exception *e = g_ptr_array_index(page, k);
            assert_true(e->id > filter.after);
            filter.after = e->id;
        }
    }
    hf_exception_filter of_document = {.document = f->document};
    g_autoptr(GPtrArray) own = hf_exception_list(f->catalog, &of_document, &f->error);
    assert_int_equal(own->len, 13);
}

static void test_closes_once(void **state)
{
    fixture *f = *state;
    put_exception(f, f->document, "encrypted");
    put_exception(f, f->document, "damaged");
    DONE(f, hf_exception_close(f->catalog, 1, "waived", "jane", "agreed", &f->error));
    assert_false(hf_exception_close(f->catalog, 1, "resolved", "jane", "again", &f->error));
    assert_int_equal(f->error->code, HF_ERROR_NOT_FOUND);
    hf_exception_filter filter = {.all = true, .id = 1};
    g_autoptr(GPtrArray) one = hf_exception_list(f->catalog, &filter, &f->error);
    const hf_exception *e = g_ptr_array_index(one, 0);
    assert_string_equal(e->state, "waived");
    assert_string_equal(e->closed_reason, "agreed");
    uint64_t open = 0;
    DONE(f, hf_exception_count_open(f->catalog, &open, &f->error));
    assert_int_equal(open, 1);
    g_autoptr(GPtrArray) numbers = hf_exception_numbers(f->catalog, f->run, f->source, &f->error);
    assert_int_equal(numbers->len, 2);
    const hf_exception_number *first = g_ptr_array_index(numbers, 0);
    assert_string_equal(first->state, "open");
    assert_string_equal(first->reason, "damaged");
}

static void test_met_again_keeps_its_number(void **state)
{
    fixture *f = *state;
    put_exception(f, f->document, "encrypted");
    DONE(f, hf_exception_met_again(f->catalog, 1, "archive", 7, &f->error));
    hf_exception_filter filter = {0};
    g_autoptr(GPtrArray) list = hf_exception_list(f->catalog, &filter, &f->error);
    assert_int_equal(list->len, 1);
    assert_int_equal(((const hf_exception *)g_ptr_array_index(list, 0))->extractor_version, 7);
}

static void test_a_child_joins_its_family(void **state)
{
    fixture *f = *state;
    uint32_t child = 0;
    uint64_t documents = 0;
    hf_document_row row = document_row(0, "b.txt", hash_b);
    DONE(f, hf_family_add_document(f->catalog, f->family, f->document, &row, f->run, &child,
                                   &f->error));
    assert_true(child > f->document);
    DONE(f, hf_family_count_documents(f->catalog, f->family, &documents, &f->error));
    assert_int_equal(documents, 2);
    /* The next run counts it as unchanged with its file. */
    g_autoptr(GArray) items = NULL;
    g_autoptr(GArray) known =
        hf_source_known(f->catalog, f->source, "in", 0, &items, NULL, &f->error);
    assert_non_null(known);
    assert_int_equal(g_array_index(items, int64_t, 0), 2);
}

static void test_knows_what_is_there(void **state)
{
    fixture *f = *state;
    uint32_t child;
    hf_document_row row = document_row(0, "b.txt", hash_b);
    hf_container_row container = {.file = f->file,
                                  .path_inside = "c.zip",
                                  .type = "application/zip",
                                  .sha256 = hash_b,
                                  .whole = true,
                                  .run = f->run};
    DONE(f, hf_family_add_document(f->catalog, f->family, f->document, &row, f->run, &child,
                                   &f->error));
    DONE(f, hf_container_put(f->catalog, &container, &f->error));
    container.path_inside = "cut.zip";
    container.whole = false;
    DONE(f, hf_container_put(f->catalog, &container, &f->error));
    const struct {
        const char *path;
        const uint8_t *sha256;
        bool holds;
    } cases[] = {{"b.txt", hash_b, true}, {"b.txt", hash_a, false}, {"other.txt", hash_b, false},
                 {"c.zip", hash_b, true}, {"c.zip", hash_a, false}, {"cut.zip", hash_b, false},
                 {"", hash_a, true}};
    for (size_t i = 0; i < CASES(cases); i++) {
        bool holds = !cases[i].holds;
        DONE(f, hf_family_holds(f->catalog, f->family, cases[i].path, f->file, cases[i].path,
                                cases[i].sha256, &holds, &f->error));
        assert_int_equal(holds, cases[i].holds);
    }
    int64_t source = 0, file = 0;
    g_autofree char *inside = NULL;
    DONE(f, hf_family_first_place(f->catalog, f->family, &source, &file, &inside, &f->error));
    assert_int_equal(source, f->source);
    assert_int_equal(file, f->file);
    assert_string_equal(inside, "");
}

static void test_settings_are_read_back(void **state)
{
    fixture *f = *state;
    const struct {
        const char *path, *joined;
    } cases[] = {
        {"$.exclude", "*.tmp|b"}, {"$.include", ""}, {"$.embedded", "all"}, {"$.none", ""}};
    for (size_t i = 0; i < CASES(cases); i++) {
        g_auto(GStrv) values = hf_run_setting(f->catalog, f->run, cases[i].path, &f->error);
        assert_non_null(values);
        g_autofree char *joined = g_strjoinv("|", values);
        assert_string_equal(joined, cases[i].joined);
    }
}

static bool collect(void *data, const hf_balance_row *row, GError **error)
{
    (void)error;
    const hf_balance *b = &row->balance;
    g_string_append_printf(data, "%s %u=%u+%u;", row->path, (unsigned)b->found, (unsigned)b->new_,
                           (unsigned)b->exception);
    return true;
}

static void test_the_balance_adds_up_by_place(void **state)
{
    fixture *f = *state;
    hf_balance add = {.found = 2, .new_ = 1, .exception = 1};
    hf_container_row container = {.file = f->file,
                                  .path_inside = "c.zip",
                                  .type = "application/zip",
                                  .sha256 = hash_b,
                                  .whole = true,
                                  .run = f->run};
    DONE(f, hf_container_put(f->catalog, &container, &f->error));
    for (int i = 0; i < 2; i++)
        DONE(f, hf_balance_add(f->catalog, f->run, f->source, 0, "", &add, &f->error));
    DONE(f, hf_balance_add(f->catalog, f->run, f->source, f->file, "c.zip", &add, &f->error));
    DONE(f,
         hf_balance_add(f->catalog, f->run, f->source, f->file, "no container", &add, &f->error));
    g_autoptr(GString) sources = g_string_new(NULL);
    g_autoptr(GString) containers = g_string_new(NULL);
    DONE(f, hf_balance_each(f->catalog, f->run, false, collect, sources, &f->error));
    DONE(f, hf_balance_each(f->catalog, f->run, true, collect, containers, &f->error));
    assert_string_equal(sources->str, "/s 4=2+2;");
    assert_string_equal(containers->str, "/s/in/a.zip!/c.zip 2=1+1;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lists_page_by_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closes_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_met_again_keeps_its_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_child_joins_its_family, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_knows_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_settings_are_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_balance_adds_up_by_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
