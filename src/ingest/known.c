#include "ingest/known.h"
#include "holdfast/catalog.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A list of one kind of hash, sorted, in an unlinked file of its own that is mapped: the page cache holds what is used. */
typedef struct {
    size_t width;
    int fd;
    uint64_t count;
    uint8_t *mapped;
} hash_list;

typedef enum { MD5, SHA1, SHA256, KINDS } kind;
static const size_t widths[KINDS] = {16, 20, 32};

struct hf_known {
    hash_list lists[KINDS];
    hf_rds *rds; /* NSRL RDSv3 */
    uint64_t count;
};

/* ---- text lists ---- */

typedef struct {
    hf_known *known;
    FILE *out[KINDS];
    const char *path, *work;
    uint64_t line;
    int column; /* of an RDSv2 line, the SHA-1's; -1: no RDSv2 */
} reading;

static FILE *scratch(const char *directory, GError **error)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (file == NULL)
        hf_error_set_errno(error, errno, "make a scratch file in", directory);
    return file;
}

static bool add_hash(reading *r, const char *hex, size_t digits, GError **error)
{
    uint8_t bytes[32];
    char text[65];
    for (int k = 0; k < KINDS; k++) {
        if (digits != 2 * widths[k])
            continue;
        memcpy(text, hex, digits);
        text[digits] = '\0';
        if (!hf_digest_parse_hex(text, bytes, widths[k]))
            break;
        if (r->out[k] == NULL && (r->out[k] = scratch(r->work, error)) == NULL)
            return false;
        if (fwrite(bytes, widths[k], 1, r->out[k]) != 1)
            return hf_error_set_errno(error, errno, "write a scratch file in", r->work);
        r->known->lists[k].count++;
        return true;
    }
    g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                "\"%s\", line %" G_GUINT64_FORMAT
                ": not an MD5, SHA-1 or SHA-256 in hexadecimal digits",
                r->path, r->line);
    return false;
}

/* "000000206738748EDD92C4E3D2E823896700F849","392126E7...",...: the quoted column that the header line named. */
static bool add_rds_line(reading *r, const char *line, GError **error)
{
    const char *at = line;
    for (int i = 0; i < r->column && at != NULL; i++) {
        at = strchr(at, ',');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || *at != '"')
        return add_hash(r, "", 0, error);
    return add_hash(r, at + 1, strcspn(at + 1, "\""), error);
}

static bool add_line(reading *r, char *line, GError **error)
{
    bool mark = r->line == 1 && g_str_has_prefix(line, "\xef\xbb\xbf"); /* a byte-order mark */
    char *text = g_strstrip(mark ? line + 3 : line);
    if (*text == '\0' || *text == '#')
        return true;
    if (r->line == 1 && g_str_has_prefix(text, "\"SHA-1\"")) {
        r->column = 0;
        return true;
    }
    if (r->column >= 0)
        return add_rds_line(r, text, error);
    return add_hash(r, text, strcspn(text, " \t,;"), error);
}

static int compare_width(const void *a, const void *b, void *width)
{
    return memcmp(a, b, GPOINTER_TO_SIZE(width));
}

static bool map_list(hash_list *list, FILE *file, size_t width, const char *work, GError **error)
{
    if (file == NULL)
        return true;
    size_t size = (size_t)list->count * width;
    list->width = width;
    if (fflush(file) != 0 || (list->fd = dup(fileno(file))) < 0)
        return hf_error_set_errno(error, errno, "write a scratch file in", work);
    list->mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, list->fd, 0);
    if (list->mapped == MAP_FAILED) {
        list->mapped = NULL;
        return hf_error_set_errno(error, errno, "map a scratch file in", work);
    }
    qsort_r(list->mapped, (size_t)list->count, width, compare_width, GSIZE_TO_POINTER(width));
    return true;
}

static bool read_text(hf_known *known, FILE *in, const char *path, const char *work, GError **error)
{
    reading r = {.known = known, .path = path, .work = work, .column = -1};
    char *line = NULL;
    size_t capacity = 0;
    bool ok = true;
    while (ok && getline(&line, &capacity, in) >= 0) {
        r.line++;
        ok = add_line(&r, line, error);
    }
    free(line);
    if (ok && ferror(in))
        ok = hf_error_set_errno(error, errno, "read", path);
    for (int k = 0; k < KINDS; k++) {
        ok = ok && map_list(&known->lists[k], r.out[k], widths[k], work, error);
        known->count += known->lists[k].count;
        if (r.out[k] != NULL)
            fclose(r.out[k]);
    }
    return ok;
}

/* ---- both ---- */

hf_known *hf_known_open(const char *path, const char *work_directory, GError **error)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic] = "";
    FILE *in = fopen(path, "rbe");
    if (in == NULL) {
        hf_error_set_errno(error, errno, "open", path);
        return NULL;
    }
    g_autoptr(hf_known) known = g_new0(hf_known, 1);
    for (int k = 0; k < KINDS; k++)
        known->lists[k].fd = -1;
    size_t n = fread(head, 1, sizeof magic, in);
    rewind(in);
    bool sqlite = n == sizeof magic && memcmp(head, magic, sizeof magic) == 0;
    bool ok = sqlite ? (known->rds = hf_rds_open(path, error)) != NULL
                     : read_text(known, in, path, work_directory, error);
    fclose(in);
    return ok ? g_steal_pointer(&known) : NULL;
}

void hf_known_free(hf_known *known)
{
    if (known == NULL)
        return;
    for (int k = 0; k < KINDS; k++) {
        hash_list *list = &known->lists[k];
        if (list->mapped != NULL)
            munmap(list->mapped, (size_t)list->count * list->width);
        if (list->fd >= 0)
            close(list->fd);
    }
    hf_rds_free(known->rds);
    g_free(known);
}

bool hf_known_wants_sha1(const hf_known *known)
{
    return known->lists[SHA1].count > 0;
}

static bool in_list(const hash_list *list, const uint8_t *hash)
{
    uint64_t low = 0, high = list->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = memcmp(hash, list->mapped + middle * list->width, list->width);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool hf_known_has(hf_known *known, const hf_digest *digest, bool *has, GError **error)
{
    if (known->rds != NULL)
        return hf_rds_has(known->rds, digest->sha256, has, error);
    *has = in_list(&known->lists[MD5], digest->md5) || in_list(&known->lists[SHA1], digest->sha1) ||
           in_list(&known->lists[SHA256], digest->sha256);
    return true;
}

uint64_t hf_known_count(const hf_known *known)
{
    return known->count;
}
