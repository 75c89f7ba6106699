#include "holdfast/base.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool hf_file_write_all(int fd, const void *bytes, size_t n, const char *path, GError **error)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return hf_error_set_errno(error, errno, "write", path);
        at += written;
        n -= (size_t)written;
    }
    return true;
}

bool hf_file_pwrite_all(int fd, const void *bytes, size_t n, uint64_t offset, const char *path,
                        GError **error)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = pwrite(fd, at, n, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return hf_error_set_errno(error, errno, "write", path);
        at += written;
        n -= (size_t)written;
        offset += (uint64_t)written;
    }
    return true;
}

bool hf_file_pread_all(int fd, void *bytes, size_t n, uint64_t offset, const char *path,
                       GError **error)
{
    char *at = bytes;
    while (n > 0) {
        ssize_t got = pread(fd, at, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return hf_error_set_errno(error, errno, "read", path);
        if (got == 0) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" ends %zu bytes too early",
                        path, n);
            return false;
        }
        at += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

ssize_t hf_file_read_some(int fd, void *bytes, size_t n)
{
    char *at = bytes;
    size_t total = 0;
    while (total < n) {
        ssize_t got = read(fd, at + total, n - total);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        total += (size_t)got;
    }
    return (ssize_t)total;
}

bool hf_file_sync(int fd, const char *path, GError **error)
{
    if (fdatasync(fd) != 0)
        return hf_error_set_errno(error, errno, "sync", path);
    return true;
}

bool hf_file_sync_directory(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return failed == 0 || hf_error_set_errno(error, failed, "sync", path);
}

static bool write_and_sync(int fd, const void *bytes, size_t n, const char *path, GError **error)
{
    if (!hf_file_write_all(fd, bytes, n, path, error))
        return false;
    if (fsync(fd) != 0)
        return hf_error_set_errno(error, errno, "sync", path);
    return true;
}

bool hf_file_replace(const char *path, const void *bytes, size_t n, int mode, GError **error)
{
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);
    g_autofree char *directory = g_path_get_dirname(path);
    if (unlink(temporary) != 0 && errno != ENOENT)
        return hf_error_set_errno(error, errno, "remove", temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "create", temporary);
    bool ok = write_and_sync(fd, bytes, n, temporary, error);
    close(fd);
    if (ok && rename(temporary, path) != 0)
        ok = hf_error_set_errno(error, errno, "rename into", path);
    if (!ok) {
        unlink(temporary);
        return false;
    }
    return hf_file_sync_directory(directory, error);
}

GBytes *hf_file_read_whole(const char *path, size_t limit, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        hf_error_set_errno(error, errno, "open", path);
        return NULL;
    }
    struct stat st;
    g_autofree char *bytes = NULL;
    ssize_t got = -1;
    if (fstat(fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size <= limit) {
        bytes = g_malloc((size_t)st.st_size + 1);
        got = hf_file_read_some(fd, bytes, (size_t)st.st_size);
        if (got < 0)
            hf_error_set_errno(error, errno, "read", path);
    } else {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID, "\"%s\" is larger than %zu bytes", shown,
                    limit);
    }
    close(fd);
    return got < 0 ? NULL : g_bytes_new_take(g_steal_pointer(&bytes), (size_t)got);
}

static bool overwrite(int fd, uint64_t size, const char *path, GError **error)
{
    static const char zeros[65536];
    for (uint64_t at = 0; at < size; at += sizeof zeros) {
        size_t n = (size_t)MIN(size - at, sizeof zeros);
        if (!hf_file_pwrite_all(fd, zeros, n, at, path, error))
            return false;
    }
    return hf_file_sync(fd, path, error);
}

bool hf_file_shred(const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    struct stat st;
    bool ok = fstat(fd, &st) == 0 ? overwrite(fd, (uint64_t)st.st_size, path, error)
                                  : hf_error_set_errno(error, errno, "stat", path);
    close(fd);
    if (ok && unlink(path) != 0)
        return hf_error_set_errno(error, errno, "remove", path);
    return ok;
}

static bool empty_at(int parent, const char *name, const char *path, GError **error);

static bool remove_entry(int fd, const struct dirent *entry, const char *path, GError **error)
{
    struct stat st;
    if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || hf_error_set_errno(error, errno, "stat", path);
    if (S_ISDIR(st.st_mode) && !empty_at(fd, entry->d_name, path, error))
        return false;
    if (unlinkat(fd, entry->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
        return hf_error_set_errno(error, errno, "empty", path);
    return true;
}

static bool empty_at(int parent, const char *name, const char *path, GError **error)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return hf_error_set_errno(error, errno, "open", path);
    }
    bool ok = true;
    struct dirent *entry;
    while (ok && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_entry(fd, entry, path, error);
    }
    closedir(dir);
    return ok;
}

bool hf_file_empty_directory(const char *path, GError **error)
{
    return empty_at(AT_FDCWD, path, path, error);
}
