/* Opening a vault for writing takes back what a killed command left, and nothing else. */
#include "holdfast/vault.h"
#include "unit/cases.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DONE(call)                                                                                 \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, error != NULL ? error->message : "no error is set");         \
    } while (0)

static char *folder;

static int make_vault(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    folder = g_dir_make_tmp("holdfast-vault-XXXXXX", NULL);
    hf_vault_options options = {.path = folder};
    return !hf_vault_create(&options, "UTC", &error);
}

static int remove_vault(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    rmdir(folder);
    g_free(folder);
    return 0;
}

static hf_vault *open_vault(bool write)
{
    g_autoptr(GError) error = NULL;
    hf_vault_options options = {.path = folder};
    hf_vault *vault = hf_vault_open(&options, write, "test", &error);
    DONE(vault != NULL);
    return vault;
}

static hf_object_row put_object(hf_vault *vault, const char *text, bool stream)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_store *store = hf_vault_store(vault, &error);
    hf_object_ref ref;
    DONE(store != NULL);
    if (stream) {
        hf_object_writer *writer = hf_store_stream(store, key, &error);
        DONE(writer != NULL && hf_object_writer_write(writer, text, strlen(text), &error));
        DONE(hf_object_writer_finish(writer, &ref, &error));
    } else {
        g_autoptr(hf_sealed) sealed = hf_store_seal(key, text, strlen(text), &error);
        DONE(sealed != NULL && hf_store_append(store, key, sealed, &ref, &error));
    }
    DONE(hf_store_sync(store, &error));
    hf_object_row row = {ref.pack, ref.slot, ref.offset, ref.stored, ref.size, {0}};
    hf_digest_sha256(text, strlen(text), row.sha256);
    return row;
}

/* What a batch writes of a pack: how far it reaches. */
static void know(hf_vault *vault, const hf_object_row *object)
{
    g_autoptr(GError) error = NULL;
    hf_pack_row pack = {object->pack, object->offset + object->stored, object->slot + 1};
    hf_catalog *catalog = hf_vault_catalog(vault);
    DONE(hf_catalog_begin(catalog, &error) && hf_object_pack_end(catalog, &pack, &error) &&
         hf_catalog_commit(catalog, &error));
}

static void build_segment(hf_vault *vault, const char *name, uint32_t id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    hf_field_text field = {HF_FIELD_BODY, "a word", 6};
    hf_index_document document = {.id = id, .fields = &field, .n_fields = 1};
    bool left_out;
    hf_segment_info info;
    g_autofree char *path = hf_vault_segment_path(vault, name);
    DONE(hf_segment_builder_add(builder, &document, &left_out, &error) &&
         hf_segment_builder_finish(builder, path, &info, &error));
}

static bool there(const char *below, const char *name)
{
    g_autofree char *path = g_build_filename(folder, below, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_objects_without_a_row_are_scratch(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    hf_vault *vault = open_vault(true);
    hf_object_row kept = put_object(vault, "kept", false);
    know(vault, &kept);
    hf_object_row scratch = put_object(vault, "scratch", false),
                  large = put_object(vault, "a stream", true);
    hf_vault_free(vault);
    vault = open_vault(true);
    g_autoptr(GBytes) read = hf_vault_read(vault, &kept, 100, &error);
    DONE(read != NULL);
    assert_int_equal(g_bytes_get_size(read), 4);
    assert_null(hf_vault_read(vault, &scratch, 100, NULL));
    assert_null(hf_vault_read(vault, &large, 100, NULL));
    g_autofree char *pack = g_strdup_printf("%08u.pack", large.pack);
    assert_false(there("objects", pack));
    hf_object_row next = put_object(vault, "next", false);
    assert_int_equal(next.offset, scratch.offset);
    hf_vault_free(vault);
}

static void test_a_hash_that_is_not_the_catalogs_is_said(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault(true);
    hf_object_row object = put_object(vault, "content", false);
    know(vault, &object);
    DONE(hf_vault_read_stream(vault, &object, NULL, NULL, &error));
    object.sha256[0] ^= 1;
    assert_null(hf_vault_read(vault, &object, 100, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    g_clear_error(&error);
    assert_false(hf_vault_read_stream(vault, &object, NULL, NULL, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
}

static void test_segments_without_a_row_go(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    hf_vault *vault = open_vault(true);
    build_segment(vault, "published", 1);
    build_segment(vault, "scratch", 2);
    hf_published segment = {.directory = "published", .first = 1, .last = 1, .documents = 1};
    hf_catalog *catalog = hf_vault_catalog(vault);
    DONE(hf_catalog_begin(catalog, &error) && hf_published_put(catalog, &segment, NULL, &error) &&
         hf_catalog_commit(catalog, &error));
    g_autofree char *left = g_build_filename(hf_vault_work(vault), "left", NULL);
    assert_true(g_file_set_contents(left, "x", 1, NULL));
    hf_vault_free(vault);
    hf_vault_free(open_vault(false)); /* a reader leaves all as it is */
    assert_true(there("index", "scratch") && there("work", "left"));
    hf_vault_free(open_vault(true));
    assert_true(there("index", "published"));
    assert_false(there("index", "scratch") || there("work", "left"));
}

static void test_one_writer_at_a_time(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) writer = open_vault(true);
    g_autoptr(hf_vault) reader = open_vault(false);
    hf_vault_options options = {.path = folder};
    assert_null(hf_vault_open(&options, true, "other", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_BUSY));
    assert_non_null(strstr(error->message, "test"));
}

static void test_a_lost_catalog_is_said(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *catalog = g_build_filename(folder, "catalog.db", NULL);
    assert_int_equal(unlink(catalog), 0);
    hf_vault_options options = {.path = folder};
    assert_null(hf_vault_open(&options, false, "test", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    assert_non_null(strstr(error->message, "restore"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_objects_without_a_row_are_scratch, make_vault,
                                        remove_vault),
        cmocka_unit_test_setup_teardown(test_a_hash_that_is_not_the_catalogs_is_said, make_vault,
                                        remove_vault),
        cmocka_unit_test_setup_teardown(test_segments_without_a_row_go, make_vault, remove_vault),
        cmocka_unit_test_setup_teardown(test_one_writer_at_a_time, make_vault, remove_vault),
        cmocka_unit_test_setup_teardown(test_a_lost_catalog_is_said, make_vault, remove_vault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
