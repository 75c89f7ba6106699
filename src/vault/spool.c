#include "vault/spool.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536u
#define ID_BYTES 16u
#define HEADER_ID "{\"holdfast\":\"searches\",\"version\":1,\"id\":\""
#define HEADER_LINK "\",\"link\":\""
#define HEADER_END "\"}"

struct hf_spool {
    char *vault, *path;
    int fd;    /* -1: there is none */
    bool made; /* its name is not synced yet */
    uint64_t size;
    char *pending; /* what has to stand before the next line */
};

/* ---- opening ---- */

void hf_spool_free(hf_spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    g_free(spool->vault);
    g_free(spool->path);
    g_free(spool->pending);
    g_free(spool);
}

uint64_t hf_spool_size(const hf_spool *spool)
{
    return spool->size;
}

static bool not_a_file(const char *path, GError **error)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                "\"%s\", where searches wait for the audit log, is not a file: move it away",
                shown);
    return false;
}

/* Leaves fd at -1 if there is no file and none is to be made. */
static bool open_file(hf_spool *spool, hf_spool_mode mode, GError **error)
{
    /* Not to wait for the other end of a pipe that somebody put there. */
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    flags |= mode == HF_SPOOL_READ ? O_RDONLY : O_RDWR | O_APPEND;
    spool->made = false;
    spool->fd = open(spool->path, flags);
    if (spool->fd < 0 && errno == ENOENT && mode == HF_SPOOL_APPEND) {
        spool->fd = open(spool->path, flags | O_CREAT, 0600);
        spool->made = true;
    }
    if (spool->fd >= 0 || (errno == ENOENT && mode != HF_SPOOL_APPEND))
        return true;
    if (errno == ELOOP || errno == EISDIR || errno == ENXIO)
        return not_a_file(spool->path, error);
    return hf_error_set_errno(error, errno, "open", spool->path);
}

static bool lock_file(hf_spool *spool, bool alone, GError **error)
{
    while (flock(spool->fd, alone ? LOCK_EX : LOCK_SH) != 0) {
        if (errno != EINTR)
            return hf_error_set_errno(error, errno, "lock", spool->path);
    }
    return true;
}

/* Whether the file that was locked still has the name: another one may have been put there while we waited. */
static bool look(hf_spool *spool, bool *current, GError **error)
{
    struct stat own, named;
    if (fstat(spool->fd, &own) != 0)
        return hf_error_set_errno(error, errno, "look at", spool->path);
    if (!S_ISREG(own.st_mode))
        return not_a_file(spool->path, error);
    *current =
        lstat(spool->path, &named) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev;
    spool->size = (uint64_t)own.st_size;
    return true;
}

hf_spool *hf_spool_open(const char *vault, hf_spool_mode mode, GError **error)
{
    g_autoptr(hf_spool) spool = g_new0(hf_spool, 1);
    bool current = false;
    spool->fd = -1;
    spool->vault = g_strdup(vault);
    spool->path = g_build_filename(vault, "searches", NULL);
    while (!current) {
        if (spool->fd >= 0)
            close(spool->fd);
        if (!open_file(spool, mode, error))
            return NULL;
        if (spool->fd < 0)
            break;
        if (!lock_file(spool, mode != HF_SPOOL_READ, error) || !look(spool, &current, error))
            return NULL;
    }
    return g_steal_pointer(&spool);
}

/* ---- the header ---- */

/* NULL with *error. `link` is what the first line will be linked to. */
static char *new_header(const uint8_t link[HF_SPOOL_HASH], GError **error)
{
    uint8_t id[ID_BYTES];
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id) {
        hf_error_set_errno(error, errno, "get random bytes from", "the system");
        return NULL;
    }
    g_autofree char *id_hex = hf_digest_hex(id, sizeof id);
    g_autofree char *link_hex = hf_digest_hex(link, HF_SPOOL_HASH);
    return g_strconcat(HEADER_ID, id_hex, HEADER_LINK, link_hex, HEADER_END, NULL);
}

static bool parse_header(const char *text, uint64_t n, uint8_t link[HF_SPOOL_HASH])
{
    const size_t id_at = sizeof HEADER_ID - 1, link_name = id_at + ID_BYTES * 2;
    const size_t link_at = link_name + sizeof HEADER_LINK - 1;
    const size_t end = link_at + HF_SPOOL_HASH * 2;
    uint8_t id[ID_BYTES];
    if (text == NULL || n != end + sizeof HEADER_END - 1 || memchr(text, '\0', n) != NULL)
        return false;
    g_autofree char *id_hex = g_strndup(text + id_at, ID_BYTES * 2);
    g_autofree char *link_hex = g_strndup(text + link_at, HF_SPOOL_HASH * 2);
    return memcmp(text, HEADER_ID, id_at) == 0 &&
           memcmp(text + link_name, HEADER_LINK, link_at - link_name) == 0 &&
           memcmp(text + end, HEADER_END, sizeof HEADER_END - 1) == 0 &&
           hf_digest_parse_hex(id_hex, id, sizeof id) &&
           hf_digest_parse_hex(link_hex, link, HF_SPOOL_HASH);
}

/* ---- reading ---- */

typedef struct {
    hf_spool_line line;
    GString *text;
    hf_digester *digester;
    hf_spool_fn fn;
    void *data;
} reading;

static void take_piece(reading *r, const char *piece, size_t n)
{
    hf_digest_update(r->digester, piece, n);
    r->line.n += n;
    if (r->line.n <= HF_SPOOL_LINE_MAX)
        g_string_append_len(r->text, piece, (gssize)n);
}

static bool end_line(reading *r, uint64_t end, bool torn, GError **error)
{
    hf_spool_line *line = &r->line;
    hf_digest digest;
    hf_digest_finish(r->digester, &digest);
    memcpy(line->digest, digest.sha256, HF_SPOOL_HASH);
    memcpy(line->link, digest.sha256, HF_SPOOL_HASH);
    line->text = line->n <= HF_SPOOL_LINE_MAX ? r->text->str : NULL;
    line->end = end;
    line->torn = torn;
    line->header = line->first && !torn && parse_header(line->text, line->n, line->link);
    if (!r->fn(r->data, line, error))
        return false;
    memcpy(line->before, line->link, HF_SPOOL_HASH);
    line->first = false;
    line->n = 0;
    g_string_truncate(r->text, 0);
    return true;
}

static bool read_lines(hf_spool *spool, reading *r, GError **error)
{
    g_autofree char *piece = g_malloc(PIECE);
    for (uint64_t at = 0; at < spool->size;) {
        size_t n = (size_t)MIN((uint64_t)PIECE, spool->size - at);
        if (!hf_file_pread_all(spool->fd, piece, n, at, spool->path, error))
            return false;
        size_t from = 0;
        const char *newline;
        while ((newline = memchr(piece + from, '\n', n - from)) != NULL) {
            size_t length = (size_t)(newline - piece) - from;
            take_piece(r, piece + from, length);
            from += length + 1;
            if (!end_line(r, at + from, false, error))
                return false;
        }
        take_piece(r, piece + from, n - from);
        at += n;
    }
    return r->line.n == 0 || end_line(r, spool->size, true, error);
}

bool hf_spool_each(hf_spool *spool, hf_spool_fn fn, void *data, GError **error)
{
    reading r = {.line.first = true, .fn = fn, .data = data};
    r.text = g_string_new(NULL);
    r.digester = hf_digest_new_sha256();
    bool done = read_lines(spool, &r, error);
    hf_digest_free(r.digester);
    g_string_free(r.text, TRUE);
    return done;
}

/* ---- the last line ---- read from the end: a spool may be long, and who searches waits */

static bool find_last(hf_spool *spool, uint64_t end, uint64_t *start, GError **error)
{
    g_autofree char *piece = g_malloc(PIECE);
    *start = end;
    while (*start > 0) {
        size_t n = (size_t)MIN((uint64_t)PIECE, *start);
        if (!hf_file_pread_all(spool->fd, piece, n, *start - n, spool->path, error))
            return false;
        const char *newline = memrchr(piece, '\n', n);
        if (newline != NULL) {
            *start -= n - (size_t)(newline + 1 - piece);
            return true;
        }
        *start -= n;
    }
    return true;
}

static bool hash_range(hf_spool *spool, uint64_t from, uint64_t to, uint8_t digest[HF_SPOOL_HASH],
                       GError **error)
{
    hf_digester *digester = hf_digest_new_sha256();
    g_autofree char *piece = g_malloc(PIECE);
    hf_digest all;
    bool done = true;
    for (uint64_t at = from; done && at < to;) {
        size_t n = (size_t)MIN((uint64_t)PIECE, to - at);
        done = hf_file_pread_all(spool->fd, piece, n, at, spool->path, error);
        if (done)
            hf_digest_update(digester, piece, n);
        at += n;
    }
    hf_digest_finish(digester, &all);
    hf_digest_free(digester);
    memcpy(digest, all.sha256, HF_SPOOL_HASH);
    return done;
}

static bool ends_with_newline(hf_spool *spool, bool *ended, GError **error)
{
    char last = '\n';
    if (spool->size > 0 &&
        !hf_file_pread_all(spool->fd, &last, 1, spool->size - 1, spool->path, error))
        return false;
    *ended = last == '\n';
    return true;
}

static bool begin(hf_spool *spool, uint8_t link[HF_SPOOL_HASH], GError **error)
{
    if (getrandom(link, HF_SPOOL_HASH, 0) != HF_SPOOL_HASH)
        return hf_error_set_errno(error, errno, "get random bytes from", "the system");
    g_autofree char *header = new_header(link, error);
    g_free(spool->pending);
    spool->pending = header != NULL ? g_strconcat(header, "\n", NULL) : NULL;
    return header != NULL;
}

bool hf_spool_link(hf_spool *spool, uint8_t link[HF_SPOOL_HASH], GError **error)
{
    char header[512];
    bool ended = true;
    uint64_t start;
    if (spool->size == 0)
        return begin(spool, link, error);
    if (!ends_with_newline(spool, &ended, error))
        return false;
    uint64_t end = ended ? spool->size - 1 : spool->size;
    g_free(spool->pending);
    spool->pending = g_strdup(ended ? "" : "\n");
    if (!find_last(spool, end, &start, error) || !hash_range(spool, start, end, link, error))
        return false;
    if (start > 0 || !ended || end > sizeof header)
        return true;
    uint8_t named[HF_SPOOL_HASH];
    if (!hf_file_pread_all(spool->fd, header, (size_t)end, 0, spool->path, error))
        return false;
    if (parse_header(header, end, named))
        memcpy(link, named, HF_SPOOL_HASH);
    return true;
}

/* ---- writing ---- */

/* One write; what came of less than all of it is taken back, so that no half line stays of a full disk. */
static bool write_whole(hf_spool *spool, const char *bytes, size_t n, GError **error)
{
    ssize_t written;
    do
        written = write(spool->fd, bytes, n);
    while (written < 0 && errno == EINTR);
    if (written == (ssize_t)n)
        return true;
    int failed = written < 0 ? errno : ENOSPC;
    if (written > 0 && ftruncate(spool->fd, (off_t)spool->size) != 0)
        failed = errno;
    return hf_error_set_errno(error, failed, "write", spool->path);
}

static bool add(hf_spool *spool, const char *bytes, size_t n, GError **error)
{
    if (!write_whole(spool, bytes, n, error) || !hf_file_sync(spool->fd, spool->path, error))
        return false;
    spool->size += n;
    if (spool->made && !hf_file_sync_directory(spool->vault, error))
        return false;
    spool->made = false;
    return true;
}

bool hf_spool_append(hf_spool *spool, const char *line, size_t n, GError **error)
{
    g_autoptr(GString) all = g_string_new(spool->pending);
    g_string_append_len(all, line, (gssize)n);
    g_string_append_c(all, '\n');
    return add(spool, all->str, all->len, error);
}

bool hf_spool_complete(hf_spool *spool, GError **error)
{
    bool ended = true;
    return ends_with_newline(spool, &ended, error) && (ended || add(spool, "\n", 1, error));
}

/* Not synced: what comes back after a power cut is known to have been moved. */
bool hf_spool_clear(hf_spool *spool, GError **error)
{
    if (ftruncate(spool->fd, 0) != 0)
        return hf_error_set_errno(error, errno, "empty", spool->path);
    spool->size = 0;
    return true;
}

bool hf_spool_move(hf_spool *spool, uint64_t from, const uint8_t link[HF_SPOOL_HASH],
                   GError **error)
{
    g_autofree char *header = new_header(link, error);
    if (header == NULL)
        return false;
    g_autoptr(GString) all = g_string_new(header);
    g_string_append_c(all, '\n');
    size_t head = all->len, n = (size_t)(spool->size - from);
    g_string_set_size(all, head + n);
    if (!hf_file_pread_all(spool->fd, all->str + head, n, from, spool->path, error) ||
        !hf_file_replace(spool->path, all->str, all->len, 0600, error))
        return false;
    /* Whoever waits for the old file finds that it has lost its name. What others append to the new one before it is locked is
     * in its place too. */
    bool current = false;
    close(spool->fd);
    spool->fd = -1;
    return open_file(spool, HF_SPOOL_CHANGE, error) && lock_file(spool, true, error) &&
           look(spool, &current, error);
}
