#include "cases.h"
#include "holdfast/base.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("holdfast-file-XXXXXX", NULL);
    return folder == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
    return 0;
}

static char *at(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = at(name);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void a_file_is_replaced_whole(void **state)
{
    (void)state;
    g_autofree char *path = at("pointer");
    g_autoptr(GError) error = NULL;
    put("pointer.new", "left by a killed run");
    assert_true(hf_file_replace(path, "first", 5, 0600, &error));
    assert_true(hf_file_replace(path, "second one", 10, 0600, &error));
    g_autoptr(GBytes) bytes = hf_file_read_whole(path, 100, &error);
    assert_non_null(bytes);
    assert_int_equal(g_bytes_get_size(bytes), 10);
    assert_memory_equal(g_bytes_get_data(bytes, NULL), "second one", 10);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    g_autofree char *temporary = at("pointer.new");
    assert_false(g_file_test(temporary, G_FILE_TEST_EXISTS));
}

static void a_failed_replacement_leaves_the_old(void **state)
{
    (void)state;
    g_autofree char *path = at("no/such/folder/pointer");
    g_autoptr(GError) error = NULL;
    assert_false(hf_file_replace(path, "x", 1, 0600, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    assert_non_null(strstr(error->message, "pointer"));
    assert_non_null(strstr(error->message, g_strerror(ENOENT)));
}

static void whole_files_are_read_up_to_a_limit(void **state)
{
    static const struct {
        const char *text;
        size_t limit;
        bool read;
    } cases[] = {{"12345", 5, true}, {"12345", 4, false}, {"", 0, true}, {"1", 0, false}};
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        put("whole", cases[i].text);
        g_autofree char *path = at("whole");
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = hf_file_read_whole(path, cases[i].limit, &error);
        assert_int_equal(bytes != NULL, cases[i].read);
        if (bytes != NULL)
            assert_int_equal(g_bytes_get_size(bytes), strlen(cases[i].text));
        else
            assert_int_equal(error->domain, HF_ERROR);
    }
}

static void reading_past_the_end_is_an_integrity_error(void **state)
{
    (void)state;
    put("short", "12345");
    g_autofree char *path = at("short");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char bytes[8] = "";
    g_autoptr(GError) error = NULL;
    assert_true(hf_file_pread_all(fd, bytes, 3, 2, path, &error));
    assert_memory_equal(bytes, "345", 3);
    assert_false(hf_file_pread_all(fd, bytes, 4, 2, path, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    assert_true(hf_file_pwrite_all(fd, "ab", 2, 1, path, NULL));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(hf_file_read_some(fd, bytes, sizeof bytes), 5);
    assert_memory_equal(bytes, "1ab45", 5);
    close(fd);
}

static void short_counts_of_a_pipe_are_gone_on_with(void **state)
{
    (void)state;
    enum { SIZE = 1000000 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    g_autofree char *sent = g_malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 7 % 251);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(hf_file_write_all(ends[1], sent, SIZE, "pipe", NULL) ? 0 : 1);
    }
    close(ends[1]);
    g_autofree char *got = g_malloc(SIZE + 1);
    assert_int_equal(hf_file_read_some(ends[0], got, SIZE + 1), SIZE);
    assert_memory_equal(got, sent, SIZE);
    close(ends[0]);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_shredded_file_held_open_reads_zeros(void **state)
{
    (void)state;
    put("secret", "a key that must go");
    g_autofree char *path = at("secret");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char bytes[18], zeros[18] = {0};
    assert_true(hf_file_shred(path, NULL));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_true(hf_file_pread_all(fd, bytes, sizeof bytes, 0, path, NULL));
    assert_memory_equal(bytes, zeros, sizeof zeros);
    close(fd);
}

static void shredding_follows_no_link(void **state)
{
    (void)state;
    put("target", "stays");
    g_autofree char *target = at("target");
    g_autofree char *link = at("link");
    g_autoptr(GError) error = NULL;
    assert_int_equal(symlink(target, link), 0);
    assert_false(hf_file_shred(link, &error));
    g_autoptr(GBytes) bytes = hf_file_read_whole(target, 100, NULL);
    assert_memory_equal(g_bytes_get_data(bytes, NULL), "stays", 5);
}

static void a_folder_is_emptied_and_nothing_outside_it(void **state)
{
    (void)state;
    g_autofree char *inside = at("work/deep/deeper");
    g_autofree char *work = at("work");
    g_autofree char *outside = at("outside");
    g_autofree char *link = at("work/deep/link");
    assert_int_equal(g_mkdir_with_parents(inside, 0700), 0);
    assert_int_equal(g_mkdir(outside, 0700), 0);
    put("outside/kept", "x");
    put("work/file", "x");
    put("work/deep/deeper/\xff\n", "x");
    assert_int_equal(symlink(outside, link), 0);
    assert_true(hf_file_empty_directory(work, NULL));
    g_autoptr(GDir) dir = g_dir_open(work, 0, NULL);
    assert_non_null(dir);
    assert_null(g_dir_read_name(dir));
    g_autofree char *kept = at("outside/kept");
    assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
}

static void a_full_device_is_an_io_error(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip();
    g_autoptr(GError) error = NULL;
    assert_false(hf_file_write_all(fd, "x", 1, "the/file", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    assert_non_null(strstr(error->message, "the/file"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_replaced_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_failed_replacement_leaves_the_old, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(whole_files_are_read_up_to_a_limit, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(reading_past_the_end_is_an_integrity_error, make_folder,
                                        remove_folder),
        cmocka_unit_test(short_counts_of_a_pipe_are_gone_on_with),
        cmocka_unit_test_setup_teardown(a_shredded_file_held_open_reads_zeros, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(shredding_follows_no_link, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_folder_is_emptied_and_nothing_outside_it, make_folder,
                                        remove_folder),
        cmocka_unit_test(a_full_device_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
