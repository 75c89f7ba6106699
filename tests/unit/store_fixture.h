/* unit/store_fixture.h -- a vault in a temporary directory, and what the tests of store do with it. */
#pragma once
#include "holdfast/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define assert_error(error, wanted)                                                                \
    do {                                                                                           \
        assert_non_null(error);                                                                    \
        if (!g_error_matches(error, HF_ERROR, wanted))                                             \
            fail_msg("error %d: %s", (error)->code, (error)->message);                             \
        g_clear_error(&(error));                                                                   \
    } while (0)
/* Like assert_error, and the text holds `word`. */
#define assert_error_says(error, wanted, word)                                                     \
    do {                                                                                           \
        assert_non_null(error);                                                                    \
        if (strstr((error)->message, word) == NULL)                                                \
            fail_msg("no \"%s\" in: %s", word, (error)->message);                                  \
        assert_error(error, wanted);                                                               \
    } while (0)
#define assert_done(done, error)                                                                   \
    do {                                                                                           \
        if (!(done))                                                                               \
            fail_msg("%s", (error) != NULL ? (error)->message : "no error is set");                \
    } while (0)

typedef struct {
    char *root;  /* the temporary directory */
    char *vault; /* a vault in it */
    hf_vaultdir *dir;
    hf_store *store; /* for writing */
    GError *error;
} fixture;

static inline char *inside(const fixture *f, const char *name)
{
    return g_build_filename(f->vault, name, NULL);
}

static inline int fixture_new_root(void **state)
{
    fixture *f = g_new0(fixture, 1);
    f->root = g_dir_make_tmp("holdfast-store-XXXXXX", NULL);
    f->vault = g_build_filename(f->root, "vault", NULL);
    *state = f;
    return f->root == NULL;
}

static inline void fixture_open(fixture *f)
{
    g_clear_pointer(&f->store, hf_store_free);
    g_clear_pointer(&f->dir, hf_vaultdir_free);
    f->dir = hf_vaultdir_read(f->vault, &f->error);
    assert_done(f->dir != NULL, f->error);
    f->store = hf_store_open(f->vault, f->dir, HF_STORE_WRITE, NULL, NULL, &f->error);
    assert_done(f->store != NULL, f->error);
}

static inline int fixture_new(void **state)
{
    if (fixture_new_root(state) != 0)
        return 1;
    fixture *f = *state;
    assert_done(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error), f->error);
    fixture_open(f);
    return 0;
}

static inline int fixture_free(void **state)
{
    fixture *f = *state;
    hf_store_free(f->store);
    hf_vaultdir_free(f->dir);
    hf_file_empty_directory(f->root, NULL);
    rmdir(f->root);
    g_clear_error(&f->error);
    g_free(f->root);
    g_free(f->vault);
    g_free(f);
    return 0;
}

/* Content that zstd makes smaller, or (noise) that it cannot. The same seed gives the same bytes. */
static inline uint8_t *make_content(size_t n, bool noise, uint32_t seed)
{
    uint8_t *bytes = g_malloc(n + 1);
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        bytes[i] = noise ? (uint8_t)(x >> 11) : (uint8_t) "the quick brown fox "[(x >> 9) % 20];
    }
    return bytes;
}

static inline bool append(fixture *f, hf_family_key *key, const void *bytes, size_t n,
                          hf_object_ref *ref)
{
    g_autoptr(hf_sealed) sealed = hf_store_seal(key, bytes, n, &f->error);
    return sealed != NULL && hf_store_append(f->store, key, sealed, ref, &f->error);
}

static inline bool stream(fixture *f, hf_family_key *key, const uint8_t *bytes, size_t n,
                          size_t step, hf_object_ref *ref)
{
    hf_object_writer *writer = hf_store_stream(f->store, key, &f->error);
    if (writer == NULL)
        return false;
    for (size_t at = 0; at < n; at += step) {
        if (!hf_object_writer_write(writer, bytes + at, MIN(step, n - at), &f->error)) {
            hf_object_writer_abandon(writer);
            return false;
        }
    }
    return hf_object_writer_finish(writer, ref, &f->error);
}

static inline void assert_reads(hf_store *store, const hf_object_ref *ref, const void *bytes,
                                size_t n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) got = hf_store_read(store, ref, n, &error);
    assert_done(got != NULL, error);
    assert_int_equal(g_bytes_get_size(got), n);
    if (n > 0)
        assert_memory_equal(g_bytes_get_data(got, NULL), bytes, n);
}

static inline void assert_unreadable(fixture *f, const hf_object_ref *ref, hf_error wanted)
{
    g_autoptr(GBytes) got = hf_store_read(f->store, ref, SIZE_MAX, &f->error);
    assert_null(got);
    assert_error(f->error, wanted);
}

static inline char *read_file(const char *path, gsize *n)
{
    char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    assert_done(g_file_get_contents(path, &bytes, n, &error), error);
    return bytes;
}

/* In place: the store's open descriptors see it. */
static inline void patch_file(const char *path, uint64_t offset, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, (off_t)offset), (ssize_t)n);
    close(fd);
}

static inline uint64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static inline bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}
