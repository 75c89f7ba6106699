/* A segment as a directory: made beside its place, checked, locked by readers, shredded. */
#include "index/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- terms ---- */

char hf_segment_field_prefix(hf_field field)
{
    static const char prefixes[HF_FIELD_LAST] = {
        [HF_FIELD_BODY] = '\0', [HF_FIELD_SUBJECT] = 'S', [HF_FIELD_FROM] = 'F',
        [HF_FIELD_TO] = 'T',    [HF_FIELD_CC] = 'C',      [HF_FIELD_BCC] = 'B',
        [HF_FIELD_TITLE] = 'H', [HF_FIELD_AUTHOR] = 'A',  [HF_FIELD_FILENAME] = 'N',
        [HF_FIELD_OTHER] = 'O',
    };
    return prefixes[field];
}

bool hf_segment_term(hf_field field, const char *word, char out[HF_TERM_MOST])
{
    char prefix = hf_segment_field_prefix(field);
    size_t at = 0;
    /* Words are folded: a capital letter would make it a term of another field. */
    if (g_ascii_isupper(*word))
        return false;
    if (prefix != '\0')
        out[at++] = prefix;
    return g_strlcpy(out + at, word, HF_TERM_MOST - at) < HF_TERM_MOST - at;
}

bool hf_segment_is_marker(const char *term, size_t length)
{
    return length > 0 &&
           (term[length - 1] == HF_TERM_FIRST[0] || term[length - 1] == HF_TERM_LAST[0]);
}

/* ---- files ---- */

bool hf_segment_map_open(hf_segment_map *map, const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    struct stat st;
    void *bytes = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    else
        errno = ENODATA;
    int failed = errno;
    close(fd);
    if (bytes == MAP_FAILED && failed == ENODATA) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" is empty", path);
        return false;
    }
    if (bytes == MAP_FAILED)
        return hf_error_set_errno(error, failed, "map", path);
    map->bytes = bytes;
    map->size = (size_t)st.st_size;
    return true;
}

void hf_segment_map_close(hf_segment_map *map)
{
    if (map->bytes != NULL)
        munmap((void *)(uintptr_t)map->bytes, map->size);
    *map = (hf_segment_map){0};
}

bool hf_segment_write(const char *path, const hf_segment_piece *pieces, size_t n, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "create", path);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = hf_file_write_all(fd, pieces[i].bytes, pieces[i].size, path, error);
    ok = ok && hf_file_sync(fd, path, error);
    close(fd);
    return ok;
}

uint64_t hf_segment_sum(uint64_t sum, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (; n >= 8; n -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    for (; n > 0; n--)
        sum = (sum ^ *at++) * UINT64_C(0x100000001b3);
    return sum;
}

/* Calls `each` for every file of a directory. */
typedef bool (*file_fn)(const char *path, void *data, GError **error);
static bool for_each_file(const char *path, file_fn each, void *data, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &failed);
    if (dir == NULL)
        return hf_error_set_errno(error, errno, "open", path);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (!each(file, data, error))
            return false;
    }
    return true;
}

static bool add_size(const char *path, void *data, GError **error)
{
    (void)error;
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
        *(uint64_t *)data += (uint64_t)st.st_size;
    return true;
}

uint64_t hf_segment_bytes(const char *path)
{
    uint64_t bytes = 0;
    for_each_file(path, add_size, &bytes, NULL);
    return bytes;
}

/* ---- making ---- */

char *hf_segment_prepare(const char *path, GError **error)
{
    g_autofree char *making = g_strconcat(path, ".new", NULL);
    struct stat st;
    if (lstat(path, &st) == 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS, "segment \"%s\" exists already", path);
        return NULL;
    }
    hf_segment_abandon(path);
    if (mkdir(making, 0700) != 0) {
        hf_error_set_errno(error, errno, "create", making);
        return NULL;
    }
    return g_steal_pointer(&making);
}

void hf_segment_abandon(const char *path)
{
    g_autofree char *making = g_strconcat(path, ".new", NULL);
    struct stat st;
    if (lstat(making, &st) != 0 || !S_ISDIR(st.st_mode))
        return;
    hf_file_empty_directory(making, NULL);
    rmdir(making);
}

static bool sync_file(const char *path, void *data, GError **error)
{
    (void)data;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    bool ok = hf_file_sync(fd, path, error);
    close(fd);
    return ok;
}

bool hf_segment_publish(const char *path, GError **error)
{
    g_autofree char *making = g_strconcat(path, ".new", NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    if (!hf_segment_sums_write(making, error) || !for_each_file(making, sync_file, NULL, error) ||
        !hf_file_sync_directory(making, error))
        return false;
    if (rename(making, path) != 0)
        return hf_error_set_errno(error, errno, "rename into", path);
    return hf_file_sync_directory(parent, error);
}

/* ---- shredding ---- */

static bool shred_file(const char *path, void *data, GError **error)
{
    (void)data;
    return hf_file_shred(path, error);
}

static bool shred_files(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    if (!for_each_file(path, shred_file, NULL, error))
        return false;
    if (rmdir(path) != 0)
        return hf_error_set_errno(error, errno, "remove", path);
    return hf_file_sync_directory(parent, error);
}

bool hf_segment_shred(const char *path, bool *busy, GError **error)
{
    *busy = false;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || hf_error_set_errno(error, errno, "open", path);
    bool ok = true;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        ok = shred_files(path, error);
    else if (errno == EWOULDBLOCK)
        *busy = true;
    else
        ok = hf_error_set_errno(error, errno, "lock", path);
    close(fd);
    return ok;
}
