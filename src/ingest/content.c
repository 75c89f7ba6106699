#include "ingest/content.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1024 * 1024)
#define OWN_FILES                                                                                  \
    512 /* of a spool: large contents have a file each, that workers can be given, until there are so many */

struct hf_spool {
    gint refs;
    GMutex mutex;
    char *directory;
    int fd;
    uint64_t end;
    gint own_files; /* of contents that are alive */
    gssize memory;  /* that contents which are alive hold; atomic */
};

struct hf_content {
    GBytes *bytes;   /* in memory (counted by `spool`, if there is one), or */
    hf_spool *spool; /* a range of this (fd -1), or counted among its own files, or */
    int fd;          /* a file */
    uint64_t offset, size;
};

struct hf_content_writer {
    hf_spool *spool;
    GByteArray *memory;
    hf_content *spooled; /* once it is too large for memory */
};

hf_spool *hf_spool_new(const char *work_directory)
{
    hf_spool *spool = g_new0(hf_spool, 1);
    spool->refs = 1;
    spool->fd = -1;
    spool->directory = g_strdup(work_directory);
    g_mutex_init(&spool->mutex);
    return spool;
}

hf_spool *hf_spool_ref(hf_spool *spool)
{
    g_atomic_int_inc(&spool->refs);
    return spool;
}

void hf_spool_unref(hf_spool *spool)
{
    if (spool == NULL || !g_atomic_int_dec_and_test(&spool->refs))
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    g_mutex_clear(&spool->mutex);
    g_free(spool->directory);
    g_free(spool);
}

static int scratch_file(const char *directory, GError **error)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        hf_error_set_errno(error, errno, "make a scratch file in", directory);
    return fd;
}

/* Appends to the spool; the caller's content grows by what it appends last, so one content is written at a time. */
static bool spool_append(hf_spool *spool, const void *bytes, size_t n, uint64_t *offset,
                         GError **error)
{
    g_mutex_lock(&spool->mutex);
    if (spool->fd < 0)
        spool->fd = scratch_file(spool->directory, error);
    *offset = spool->end;
    bool ok = spool->fd >= 0 &&
              hf_file_pwrite_all(spool->fd, bytes, n, spool->end, spool->directory, error);
    if (ok)
        spool->end += n;
    g_mutex_unlock(&spool->mutex);
    return ok;
}

hf_content *hf_content_from_fd(int fd, uint64_t size)
{
    hf_content *content = g_new0(hf_content, 1);
    content->fd = fd;
    content->size = size;
    return content;
}

hf_content *hf_content_from_bytes(GBytes *bytes)
{
    hf_content *content = g_new0(hf_content, 1);
    content->fd = -1;
    content->bytes = g_bytes_ref(bytes);
    content->size = g_bytes_get_size(bytes);
    return content;
}

void hf_content_free(hf_content *content)
{
    if (content == NULL)
        return;
    if (content->bytes != NULL && content->spool != NULL) {
        g_atomic_pointer_add(&content->spool->memory, -(gssize)content->size);
        hf_spool_unref(content->spool);
    } else if (content->spool != NULL && content->fd >= 0) {
        g_atomic_int_add(&content->spool->own_files, -1);
        hf_spool_unref(content->spool);
    } else if (content->spool != NULL) {
        /* Gives the space back; a file system that cannot keeps it until the spool is closed. */
        if (content->size > 0 &&
            fallocate(content->spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      (off_t)content->offset, (off_t)content->size) != 0)
            errno = 0;
        hf_spool_unref(content->spool);
    }
    if (content->bytes != NULL)
        g_bytes_unref(content->bytes);
    if (content->fd >= 0)
        close(content->fd);
    g_free(content);
}

uint64_t hf_content_size(const hf_content *content)
{
    return content->size;
}

gsize hf_content_memory(const hf_content *content)
{
    return content->bytes != NULL ? g_bytes_get_size(content->bytes) : 0;
}

hf_content_writer *hf_content_writer_new(hf_spool *spool)
{
    hf_content_writer *writer = g_new0(hf_content_writer, 1);
    writer->spool = hf_spool_ref(spool);
    writer->memory = g_byte_array_new();
    return writer;
}

static bool append(hf_content *content, const void *bytes, size_t n, GError **error)
{
    uint64_t offset = content->size;
    if (content->fd >= 0) {
        if (!hf_file_pwrite_all(content->fd, bytes, n, offset, content->spool->directory, error))
            return false;
    } else {
        if (!spool_append(content->spool, bytes, n, &offset, error))
            return false;
        if (content->size == 0)
            content->offset = offset;
        g_assert(offset == content->offset + content->size);
    }
    content->size += n;
    return true;
}

static bool start_spooling(hf_content_writer *writer, GError **error)
{
    hf_content *content = g_new0(hf_content, 1);
    content->fd = -1;
    content->spool = hf_spool_ref(writer->spool);
    writer->spooled = content;
    if (g_atomic_int_get(&writer->spool->own_files) < OWN_FILES) {
        content->fd = scratch_file(writer->spool->directory, error);
        if (content->fd < 0)
            return false;
        g_atomic_int_inc(&writer->spool->own_files);
    }
    if (!append(content, writer->memory->data, writer->memory->len, error))
        return false;
    g_byte_array_set_size(writer->memory, 0);
    return true;
}

bool hf_content_writer_write(hf_content_writer *writer, const void *bytes, size_t n, GError **error)
{
    bool room = (gssize)g_atomic_pointer_get(&writer->spool->memory) <= HF_SPOOL_MEMORY;
    if (writer->spooled == NULL && room && writer->memory->len + n <= HF_CONTENT_MEMORY) {
        g_byte_array_append(writer->memory, bytes, (guint)n);
        return true;
    }
    if (writer->spooled == NULL && !start_spooling(writer, error))
        return false;
    return append(writer->spooled, bytes, n, error);
}

hf_content *hf_content_writer_finish(hf_content_writer *writer)
{
    hf_content *content = g_steal_pointer(&writer->spooled);
    if (content == NULL) {
        g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(g_steal_pointer(&writer->memory));
        content = hf_content_from_bytes(bytes);
        content->spool = hf_spool_ref(writer->spool);
        g_atomic_pointer_add(&writer->spool->memory, (gssize)content->size);
    }
    hf_content_writer_free(writer);
    return content;
}

void hf_content_writer_free(hf_content_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->memory != NULL)
        g_byte_array_unref(writer->memory);
    hf_content_free(writer->spooled);
    hf_spool_unref(writer->spool);
    g_free(writer);
}

static bool copy_piece(void *data, const void *bytes, size_t n, GError **error)
{
    return hf_file_write_all(GPOINTER_TO_INT(data), bytes, n, "scratch file", error);
}

/* A worker may not write what it is given: the scratch file is opened once more, for reading. */
static int open_for_reading(int fd, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (again < 0)
        hf_error_set_errno(error, errno, "open for reading", path);
    return again;
}

static int copy_for_reading(hf_content *content, const char *work_directory, GError **error)
{
    int fd = content->bytes != NULL ? memfd_create("holdfast-item", MFD_CLOEXEC)
                                    : scratch_file(work_directory, error);
    if (fd < 0 && content->bytes != NULL)
        hf_error_set_errno(error, errno, "make memory for", "an item");
    if (fd < 0)
        return -1;
    int again = hf_content_each(content, copy_piece, GINT_TO_POINTER(fd), error)
                    ? open_for_reading(fd, error)
                    : -1;
    close(fd);
    return again;
}

int hf_content_open(hf_content *content, const char *work_directory, bool *owned, GError **error)
{
    bool source = content->fd >= 0 &&
                  content->spool == NULL; /* a source's file was opened for reading only */
    *owned = !source;
    if (source)
        return content->fd;
    return content->fd >= 0 ? open_for_reading(content->fd, error)
                            : copy_for_reading(content, work_directory, error);
}

/* A file of a source that cannot be read is that file's exception; a scratch file of ours stops the run. */
static bool read_range(const hf_content *content, void *buffer, size_t n, uint64_t at,
                       GError **error)
{
    bool source = content->spool == NULL;
    int fd = source || content->fd >= 0 ? content->fd : content->spool->fd;
    GError *failed = NULL;
    if (hf_file_pread_all(fd, buffer, n, content->offset + at, "scratch file",
                          source ? &failed : error))
        return true;
    if (failed == NULL)
        return false;
    if (failed->code == HF_ERROR_INTEGRITY)
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_CHANGED,
                    "the file became shorter while it was read");
    else
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_UNREADABLE,
                    "the file could not be read to its end: %s", g_strerror(errno));
    g_error_free(failed);
    return false;
}

bool hf_content_each(const hf_content *content, hf_content_piece piece, void *data, GError **error)
{
    if (content->bytes != NULL) {
        gsize n;
        const void *bytes = g_bytes_get_data(content->bytes, &n);
        return n == 0 || piece(data, bytes, n, error);
    }
    g_autofree char *buffer = g_malloc((gsize)MIN(content->size, PIECE) + 1);
    for (uint64_t at = 0; at < content->size;) {
        size_t n = (size_t)MIN(content->size - at, PIECE);
        if (!read_range(content, buffer, n, at, error) || !piece(data, buffer, n, error))
            return false;
        at += n;
    }
    return true;
}

static bool collect_piece(void *data, const void *bytes, size_t n, GError **error)
{
    (void)error;
    g_byte_array_append(data, bytes, (guint)n);
    return true;
}

GBytes *hf_content_bytes(const hf_content *content, uint64_t limit, GError **error)
{
    if (content->bytes != NULL)
        return g_bytes_ref(content->bytes);
    if (content->size > limit) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "an item of %" G_GUINT64_FORMAT " bytes was to be held in memory",
                    content->size);
        return NULL;
    }
    g_autoptr(GByteArray) all = g_byte_array_sized_new((guint)content->size);
    if (!hf_content_each(content, collect_piece, all, error))
        return NULL;
    return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static bool digest_piece(void *data, const void *bytes, size_t n, GError **error)
{
    (void)error;
    hf_digest_update(data, bytes, n);
    return true;
}

bool hf_content_digest(const hf_content *content, bool with_sha1, hf_digest *out, GError **error)
{
    g_autoptr(hf_digester) digester = hf_digest_new(with_sha1);
    if (!hf_content_each(content, digest_piece, digester, error))
        return false;
    hf_digest_finish(digester, out);
    return true;
}
