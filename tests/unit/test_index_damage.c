/* Damaged segments: whatever byte is changed, cut or missing, checking says so and nothing
 * crashes. */
#include "holdfast/index.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const files[] = {"vocabulary",     "positions",      "columns", "sums",
                                    "postlist.glass", "termlist.glass", "iamglass"};

typedef struct {
    char *directory, *segment;
    hf_segment_info info;
} fixture;

static int make_segment(void **state)
{
    fixture *f = g_new0(fixture, 1);
    f->directory = g_dir_make_tmp("hf-damage-XXXXXX", NULL);
    f->segment = g_build_filename(f->directory, "segment", NULL);
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (uint32_t id = 1; id <= 200; id++) {
        g_autofree char *text = g_strdup_printf("word%u and word%u of %u", id, id / 2, id % 10);
        hf_field_text field = {id % 2 ? HF_FIELD_BODY : HF_FIELD_TITLE, text, strlen(text)};
        hf_index_document document = {
            .id = id, .fields = &field, .n_fields = 1, .columns = {id, id, id, id}};
        if (!hf_segment_builder_add(builder, &document, NULL, NULL))
            return 1;
    }
    *state = f;
    return hf_segment_builder_finish(builder, f->segment, &f->info, NULL) ? 0 : 1;
}

static int remove_segment(void **state)
{
    fixture *f = *state;
    hf_file_empty_directory(f->directory, NULL);
    rmdir(f->directory);
    g_free(f->directory);
    g_free(f->segment);
    g_free(f);
    return 0;
}

static void check_fails(const fixture *f)
{
    GError *error = NULL;
    assert_false(hf_segment_check(f->segment, &f->info, &error));
    assert_false(hf_segment_check_files(f->segment, &f->info, NULL));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    g_clear_error(&error);
}

static void ask_words(hf_index *index, const char *prefix)
{
    bool more;
    GError *error = NULL;
    g_autoptr(GArray) words =
        hf_index_expand(index, HF_FIELDS_ALL, prefix, NULL, NULL, SIZE_MAX, &more, &error);
    assert_true((words == NULL) == (error != NULL));
    g_clear_error(&error);
}

static bool take_values(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)id;
    *(int64_t *)data ^= values[HF_COLUMN_SIZE];
    return true;
}

/* Asks what reads our own files; any answer will do, but there must be one. */
static void ask(const fixture *f)
{
    const char *paths[] = {f->segment};
    GError *error = NULL;
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, &error);
    assert_true((index == NULL) == (error != NULL));
    g_clear_error(&error);
    if (index == NULL)
        return;
    ask_words(index, "w");
    ask_words(index, "word99");
    g_autoptr(hf_set) range = hf_index_range(index, HF_COLUMN_DATE, 5, 60, &error);
    assert_true((range == NULL) == (error != NULL));
    g_clear_error(&error);
    int64_t values = 0;
    hf_index_each_values(index, NULL, take_values, &values);
}

static void changed_bytes_are_found(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(f->segment, files[i], NULL);
        g_autofree char *bytes = NULL;
        size_t n;
        assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        size_t step = MAX(n / 150, 1);
        for (size_t at = 0; at < n; at += step) {
            bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
            assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
            check_fails(f);
            if (i < 4)
                ask(f);
            bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        }
        assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    }
    GError *error = NULL;
    assert_true(hf_segment_check(f->segment, &f->info, &error));
    assert_true(hf_segment_check_files(f->segment, &f->info, &error));
}

static void cut_and_missing_files_are_found(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(f->segment, files[i], NULL);
        g_autofree char *bytes = NULL;
        size_t n;
        assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        const size_t lengths[] = {0, 1, n / 2, n - 1};
        for (size_t k = 0; k < G_N_ELEMENTS(lengths); k++) {
            assert_true(g_file_set_contents(path, bytes, (gssize)lengths[k], NULL));
            const char *paths[] = {f->segment};
            GError *error = NULL;
            check_fails(f);
            assert_null(hf_index_open(paths, 1, 1, &error));
            assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
            g_clear_error(&error);
        }
        assert_int_equal(g_unlink(path), 0);
        check_fails(f);
        assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    }
}

static void other_segments_are_told_apart(void **state)
{
    const fixture *f = *state;
    GError *error = NULL;
    for (int i = 0; i < 4; i++) {
        hf_segment_info info = f->info;
        info.first += i == 0;
        info.last += i == 1;
        info.documents += i == 2;
        info.words += i == 3;
        assert_false(hf_segment_check(f->segment, &info, &error));
        assert_false(hf_segment_check_files(f->segment, &info, NULL));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
        g_clear_error(&error);
    }
}

/* A segment whose lists have one block and several. */
static void make_places(const char *path)
{
    hf_segment_info info;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (uint32_t id = 1; id <= 300; id++) {
        g_autofree char *text = g_strdup_printf("all odd%u of seven%u all", id % 2, id % 7);
        hf_field_text field = {HF_FIELD_BODY, text, strlen(text)};
        hf_index_document document = {.id = id * 300, .fields = &field, .n_fields = 1};
        assert_true(hf_segment_builder_add(builder, &document, NULL, NULL));
    }
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
}

static bool read_places(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    static const char *const words[] = {"all", "odd1", "seven3", HF_WORD_LAST};
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(uint64_t));
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(hf_places) places = hf_places_open(segment, HF_FIELD_BODY, words, i + 1, error);
        if (places == NULL ||
            !hf_index_segment_any(segment, HF_FIELD_BODY, words + i, 1, out, error))
            return false;
        for (uint32_t low = 0; low < 90000; low += 10000)
            if (!hf_places_read(places, data, low, low + 9999, found, error))
                return false;
    }
    return true;
}

/* Reads places of a damaged segment: any answer will do, but a false one is an integrity error. */
static void ask_places(const char *path)
{
    GError *error = NULL;
    g_autoptr(hf_index) index = hf_index_open(&path, 1, 1, &error);
    if (index != NULL) {
        g_autoptr(hf_set) all = hf_index_all(index, NULL);
        hf_set_free(hf_index_ask(index, read_places, all, &error));
    } else {
        assert_non_null(error);
    }
    assert_true(error == NULL || g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    g_clear_error(&error);
}

/* Every byte of the positions and of the vocabulary that leads to them, changed in several ways. */
static void changed_places_are_errors_at_most(void **state)
{
    static const char *const parts[] = {"positions", "vocabulary"};
    static const uint8_t changes[] = {0x81, 0xff};
    const fixture *f = *state;
    g_autofree char *segment = g_build_filename(f->directory, "places", NULL);
    make_places(segment);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(segment, parts[i], NULL);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        struct stat st;
        assert_true(fd >= 0 && fstat(fd, &st) == 0);
        for (off_t at = 0; at < st.st_size; at++) {
            uint8_t byte, changed;
            assert_int_equal(pread(fd, &byte, 1, at), 1);
            for (size_t k = 0; k < G_N_ELEMENTS(changes); k++) {
                changed = byte ^ changes[k];
                assert_int_equal(pwrite(fd, &changed, 1, at), 1);
                ask_places(segment);
            }
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }
        close(fd);
    }
    assert_true(hf_segment_check(segment, NULL, NULL));
}

/* A merge must not give damage a new checksum. */
static void merging_refuses_damage(void **state)
{
    const fixture *f = *state;
    g_autofree char *merged = g_build_filename(f->directory, "merged", NULL);
    const char *paths[] = {f->segment};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(f->segment, files[i], NULL);
        g_autofree char *bytes = NULL;
        size_t n;
        hf_segment_info info;
        GError *error = NULL;
        assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        bytes[n / 2]++;
        assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
        assert_false(hf_segment_merge(paths, 1, NULL, merged, &info, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
        assert_false(g_file_test(merged, G_FILE_TEST_EXISTS));
        g_clear_error(&error);
        bytes[n / 2]--;
        assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changed_bytes_are_found, make_segment, remove_segment),
        cmocka_unit_test_setup_teardown(cut_and_missing_files_are_found, make_segment,
                                        remove_segment),
        cmocka_unit_test_setup_teardown(other_segments_are_told_apart, make_segment,
                                        remove_segment),
        cmocka_unit_test_setup_teardown(changed_places_are_errors_at_most, make_segment,
                                        remove_segment),
        cmocka_unit_test_setup_teardown(merging_refuses_damage, make_segment, remove_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
