#include "cli/show.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1024 * 1024)

typedef struct {
    const char *path;
    int fd;
} target;

static bool write_piece(void *data, const void *bytes, size_t n, GError **error)
{
    const target *t = data;
    return hf_file_write_all(t->fd, bytes, n, t->path, error);
}

static bool open_target(target *t, GError **error)
{
    if (strcmp(t->path, "-") == 0) {
        t->path = "standard output";
        t->fd = STDOUT_FILENO;
        return true;
    }
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd >= 0)
        return true;
    if (errno == EEXIST) {
        g_autofree char *shown = hf_name_display(t->path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                    "\"%s\" exists already: give the name of a new file", shown);
        return false;
    }
    return hf_error_set_errno(error, errno, "make", t->path);
}

/* What was not written whole, or is not what was stored, does not stay. */
static bool close_target(const target *t, bool ok, GError **error)
{
    if (t->fd == STDOUT_FILENO)
        return ok;
    if (close(t->fd) != 0 && ok)
        ok = hf_error_set_errno(error, errno, "write", t->path);
    if (!ok)
        unlink(t->path);
    return ok;
}

static bool report(const hf_show *show, const char *file, uint64_t size, const uint8_t sha256[32])
{
    if (strcmp(file, "-") == 0)
        return true;
    g_autofree char *hex = hf_digest_hex(sha256, 32);
    g_autofree char *shown = hf_name_display(file, -1);
    if (show->format == HF_FORMAT_JSON) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *number = hf_catalog_control_number(show->document->id);
        hf_json json;
        hf_json_init(&json, out);
        hf_json_object(&json);
        hf_json_pair(&json, "id", number);
        hf_json_pair(&json, "file", shown);
        hf_json_pair_int(&json, "size", (int64_t)size);
        hf_json_pair(&json, "sha256", hex);
        hf_json_end_object(&json);
        hf_cli_print("%s\n", out->str);
    } else if (!show->cli->quiet) {
        g_autofree char *count = hf_table_count(size);
        hf_cli_print("Wrote %s bytes to %s; SHA-256 %s, as recorded.\n", count, shown, hex);
    }
    return true;
}

static bool write_object(const hf_show *show, const hf_object_row *object, const char *file,
                         GError **error)
{
    target t = {file, -1};
    if (!open_target(&t, error))
        return false;
    bool ok = hf_vault_read_stream(show->vault, object, write_piece, &t, error);
    return close_target(&t, ok, error) && report(show, file, object->size, object->sha256);
}

/* ---- documents in place ---- */

static bool read_file(int fd, const char *path, target *t, hf_digest *digest, GError **error)
{
    g_autoptr(hf_digester) digester = hf_digest_new(false);
    g_autofree char *buffer = g_malloc(PIECE);
    ssize_t n;
    while ((n = hf_file_read_some(fd, buffer, PIECE)) > 0) {
        hf_digest_update(digester, buffer, (size_t)n);
        if (t != NULL && !write_piece(t, buffer, (size_t)n, error))
            return false;
    }
    hf_digest_finish(digester, digest);
    return n == 0 || hf_error_set_errno(error, errno, "read", path);
}

static bool is_ours(const hf_show *show, const hf_digest *digest)
{
    return memcmp(digest->sha256, show->document->sha256, sizeof digest->sha256) == 0;
}

/* Opens a file at one of the places that still has the recorded hash; -1 if there is none. */
static int open_sound_copy(const hf_show *show, const GPtrArray *instances, const char **path)
{
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        hf_digest digest;
        if (!instance->in_place || *instance->inside != '\0')
            continue;
        int fd = open(instance->file_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        *path = instance->file_path;
        if (read_file(fd, *path, NULL, &digest, NULL) && is_ours(show, &digest) &&
            lseek(fd, 0, SEEK_SET) == 0)
            return fd;
        close(fd);
    }
    return -1;
}

static bool not_to_be_had(const hf_show *show, const GPtrArray *instances, GError **error)
{
    const char *container = NULL;
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        if (instance->in_place && *instance->inside != '\0')
            container = instance->path;
    }
    if (container != NULL) {
        g_autofree char *shown = hf_name_display(container, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "HF%07u is in place inside another file, and its bytes are not in the vault: "
                    "take it out of there (%s)",
                    show->document->id, shown);
        return false;
    }
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                "the bytes of HF%07u are in place, and no file at its places has the recorded hash "
                "any more: see holdfast "
                "show HF%07u",
                show->document->id, show->document->id);
    return false;
}

static bool write_in_place(const hf_show *show, const char *file, GError **error)
{
    target t = {file, -1};
    const char *path = NULL;
    hf_digest digest;
    g_autoptr(GPtrArray) instances =
        hf_document_instances(hf_vault_catalog(show->vault), show->document->id, true, error);
    if (instances == NULL)
        return false;
    int fd = open_sound_copy(show, instances, &path);
    if (fd < 0)
        return not_to_be_had(show, instances, error);
    bool ok = open_target(&t, error) && read_file(fd, path, &t, &digest, error);
    close(fd);
    if (ok && !is_ours(show, &digest)) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" changed while it was read", path);
        ok = false;
    }
    if (t.fd < 0)
        return false;
    return close_target(&t, ok, error) &&
           report(show, file, show->document->size, show->document->sha256);
}

/* ---- both ---- */

bool hf_show_native(const hf_show *show, const char *file, GError **error)
{
    const hf_document *d = show->document;
    if (!d->has_native)
        return write_in_place(show, file, error);
    if (memcmp(d->native.sha256, d->sha256, sizeof d->sha256) != 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the catalog keeps two hashes for HF%07u: run holdfast verify", d->id);
        return false;
    }
    return write_object(show, &d->native, file, error);
}

bool hf_show_replacement(const hf_show *show, const char *file, GError **error)
{
    g_autoptr(hf_replacement) replacement = NULL;
    if (!hf_document_replacement(hf_vault_catalog(show->vault), show->document->id, &replacement,
                                 error))
        return false;
    if (replacement != NULL)
        return write_object(show, &replacement->object, file, error);
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                "HF%07u was not replaced: its bytes are those that --native gives",
                show->document->id);
    return false;
}
