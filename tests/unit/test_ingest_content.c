/* The bytes of an item, in memory, in scratch files and in files of a source. */
#include "ingest/content.h"
#include "unit/cases.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("holdfast-content-XXXXXX", NULL);
    return folder == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    rmdir(folder);
    g_free(folder);
    return 0;
}

static GBytes *noise(size_t n, uint8_t seed)
{
    uint8_t *bytes = g_malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 131 + (i >> 8) * 17 + seed);
    return g_bytes_new_take(bytes, n);
}

static hf_content *write_all(hf_spool *spool, GBytes *bytes, size_t step)
{
    g_autoptr(GError) error = NULL;
    gsize n;
    const uint8_t *at = g_bytes_get_data(bytes, &n);
    hf_content_writer *writer = hf_content_writer_new(spool);
    for (size_t i = 0; i < n; i += step)
        assert_true(hf_content_writer_write(writer, at + i, MIN(step, n - i), &error));
    hf_content *content = hf_content_writer_finish(writer);
    assert_non_null(content);
    assert_int_equal(hf_content_size(content), n);
    return content;
}

static void assert_is(hf_content *content, GBytes *wanted)
{
    g_autoptr(GError) error = NULL;
    hf_digest digest;
    uint8_t sha256[32];
    gsize n;
    const void *bytes = g_bytes_get_data(wanted, &n);
    g_autoptr(GBytes) got = hf_content_bytes(content, SIZE_MAX, &error);
    assert_non_null(got);
    assert_true(g_bytes_equal(got, wanted));
    assert_true(hf_content_digest(content, false, &digest, &error));
    hf_digest_sha256(bytes, n, sha256);
    assert_memory_equal(digest.sha256, sha256, 32);
    bool owned;
    int fd = hf_content_open(content, folder, &owned, &error);
    struct stat st;
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    assert_int_equal(st.st_size, n);
    if (owned)
        close(fd);
}

static void test_every_size_comes_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        0, 1, 4096, HF_CONTENT_MEMORY - 1, HF_CONTENT_MEMORY, HF_CONTENT_MEMORY + 1, 3000000};
    hf_spool *spool = hf_spool_new(folder);
    for (size_t i = 0; i < CASES(sizes); i++) {
        g_autoptr(GBytes) bytes = noise(sizes[i], (uint8_t)i);
        hf_content *content = write_all(spool, bytes, 70000);
        assert_is(content, bytes);
        assert_int_equal(hf_content_memory(content), sizes[i] <= HF_CONTENT_MEMORY ? sizes[i] : 0);
        hf_content_free(content);
    }
    hf_spool_unref(spool);
}

/* More large contents than there may be files: the rest share one, and none disturbs another when it is freed. */
static void test_many_contents_share_a_spool(void **state)
{
    (void)state;
    enum { N = 530 };
    hf_spool *spool = hf_spool_new(folder);
    hf_content *contents[N];
    GBytes *bytes[N];
    for (int i = 0; i < N; i++) {
        bytes[i] = noise(HF_CONTENT_MEMORY + 1 + (size_t)i, (uint8_t)i);
        contents[i] = write_all(spool, bytes[i], 1 << 20);
    }
    hf_spool_unref(spool); /* the contents keep it */
    for (int i = 0; i < N; i += 2)
        hf_content_free(contents[i]);
    for (int i = 1; i < N; i += 2) {
        assert_is(contents[i], bytes[i]);
        hf_content_free(contents[i]);
    }
    for (int i = 0; i < N; i++)
        g_bytes_unref(bytes[i]);
}

static void test_an_unfinished_one_is_freed(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = noise(1000000, 1);
    hf_spool *spool = hf_spool_new(folder);
    hf_content_writer *writer = hf_content_writer_new(spool);
    assert_true(hf_content_writer_write(writer, g_bytes_get_data(bytes, NULL), 1000000, &error));
    hf_content_writer_free(writer);
    hf_spool_unref(spool);
}

/* What goes wrong with a file of a source is that file's matter, never the run's. */
static void test_a_file_that_became_shorter_is_its_own_exception(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "source.txt", NULL);
    g_autoptr(GBytes) wanted = g_bytes_new("twelve bytes", 12);
    assert_true(g_file_set_contents(path, "twelve bytes", 12, NULL));
    hf_content *content = hf_content_from_fd(open(path, O_RDONLY | O_CLOEXEC), 12);
    assert_is(content, wanted);
    assert_int_equal(truncate(path, 5), 0);
    assert_null(hf_content_bytes(content, 100, &error));
    assert_true(g_error_matches(error, HF_ITEM_ERROR, HF_ITEM_CHANGED));
    g_clear_error(&error);
    hf_content_free(content);
    int folder_fd = open(folder, O_RDONLY | O_CLOEXEC); /* pread gives EISDIR */
    content = hf_content_from_fd(folder_fd, 12);
    assert_null(hf_content_bytes(content, 100, &error));
    assert_true(g_error_matches(error, HF_ITEM_ERROR, HF_ITEM_UNREADABLE));
    hf_content_free(content);
}

static void test_no_room_for_scratch_stops_the_run(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = noise(1000000, 1);
    hf_spool *spool = hf_spool_new("/nonexistent/work");
    hf_content_writer *writer = hf_content_writer_new(spool);
    assert_false(hf_content_writer_write(writer, g_bytes_get_data(bytes, NULL), 1000000, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    hf_content_writer_free(writer);
    hf_spool_unref(spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size_comes_back),
        cmocka_unit_test(test_many_contents_share_a_spool),
        cmocka_unit_test(test_an_unfinished_one_is_freed),
        cmocka_unit_test(test_a_file_that_became_shorter_is_its_own_exception),
        cmocka_unit_test(test_no_room_for_scratch_stops_the_run),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
