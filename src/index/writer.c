/* Our own files of a segment, written from front to back: a header of 64 bytes, which is known
 * last, and what follows it, summed up on the way. */
#include "index/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUFFERED (256u * 1024u) /* a multiple of 8: checksums go by eights */

struct hf_segment_writer {
    char *path;
    int fd;
    uint8_t *buffer;
    size_t n;
    uint64_t written; /* bytes behind the header that left the buffer */
    uint64_t sum;
    GError *error; /* the first one; then nothing more is written */
};

hf_segment_writer *hf_segment_writer_open(const char *path, GError **error)
{
    static const uint8_t header[HF_SEGMENT_HEADER];
    g_autoptr(hf_segment_writer) w = g_new0(hf_segment_writer, 1);
    w->path = g_strdup(path);
    w->buffer = g_malloc(BUFFERED);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w->fd < 0) {
        hf_error_set_errno(error, errno, "create", path);
        return NULL;
    }
    return hf_file_write_all(w->fd, header, sizeof header, path, error) ? g_steal_pointer(&w)
                                                                        : NULL;
}

void hf_segment_writer_free(hf_segment_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    g_clear_error(&w->error);
    g_free(w->buffer);
    g_free(w->path);
    g_free(w);
}

static void flush(hf_segment_writer *w)
{
    w->sum = hf_segment_sum(w->sum, w->buffer, w->n);
    if (w->error == NULL)
        hf_file_write_all(w->fd, w->buffer, w->n, w->path, &w->error);
    w->written += w->n;
    w->n = 0;
}

void hf_segment_writer_add(hf_segment_writer *w, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    while (n > 0) {
        size_t some = MIN(n, BUFFERED - w->n);
        memcpy(w->buffer + w->n, at, some);
        w->n += some;
        at += some;
        n -= some;
        if (w->n == BUFFERED)
            flush(w);
    }
}

uint64_t hf_segment_writer_size(const hf_segment_writer *w)
{
    return w->written + w->n;
}

bool hf_segment_writer_finish(hf_segment_writer *w, uint64_t header[HF_SEGMENT_HEADER / 8],
                              size_t sum, GError **error)
{
    flush(w);
    header[sum] = w->sum;
    if (w->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&w->error));
        return false;
    }
    return hf_file_pwrite_all(w->fd, header, HF_SEGMENT_HEADER, 0, w->path, error) &&
           hf_file_sync(w->fd, w->path, error);
}
