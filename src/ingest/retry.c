#include "holdfast/ingest.h"
#include "ingest/reread.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 1000

static bool is(const hf_exception *e, hf_item_error reason)
{
    return strcmp(e->reason, hf_error_item_name(reason)) == 0;
}

/* Whether reading it again could say anything else than before. */
static bool has_hope(const hf_exception *e, const hf_ingest_options *options)
{
    bool passwords = options->passwords != NULL && options->passwords[0] != NULL;
    if (is(e, HF_ITEM_ENCRYPTED) && passwords)
        return true;
    if (*e->extractor == '\0') /* nothing read its type then; something may now */
        return is(e, HF_ITEM_UNSUPPORTED);
    return hf_extract_version(e->extractor) > e->extractor_version;
}

/* The documents to read, of all open exceptions; counts the others. */
static hf_set *choose(hf_vault *vault, const hf_ingest_options *options, bool force,
                      hf_retry_result *result, GError **error)
{
    g_autoptr(hf_set) chosen = hf_set_new();
    g_autoptr(hf_set) all = hf_set_new();
    hf_exception_filter filter = {.most = PAGE};
    for (;;) {
        g_autoptr(GPtrArray) page = hf_exception_list(hf_vault_catalog(vault), &filter, error);
        if (page == NULL)
            return NULL;
        for (guint i = 0; i < page->len; i++) {
            const hf_exception *e = g_ptr_array_index(page, i);
            filter.after = e->id;
            if (e->document == 0) {
                result->elsewhere++;
                continue;
            }
            hf_set_add(all, e->document);
            if (force || has_hope(e, options))
                hf_set_add(chosen, e->document);
        }
        if (page->len < PAGE)
            break;
    }
    result->untried = hf_set_count(all) - hf_set_count(chosen);
    return g_steal_pointer(&chosen);
}

static char *settings_json(const hf_ingest_options *o, const char *reason)
{
    GString *out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair_bool(&json, "passwords", o->passwords != NULL && o->passwords[0] != NULL);
    hf_json_pair(&json, "embedded", o->all_embedded ? "all" : "documents");
    hf_json_pair(&json, "reason", reason != NULL ? reason : o->reason);
    hf_json_end_object(&json);
    return g_string_free(out, FALSE);
}

/* `alone`: the only one that was asked for. */
static bool retry_document(hf_vault *vault, hf_reread *reread, uint32_t id, bool alone,
                           hf_retry_result *result, GError **error)
{
    g_autofree char *name = NULL;
    g_autoptr(hf_document) document = hf_document_get(hf_vault_catalog(vault), id, error);
    g_autoptr(GError) failed = NULL;
    if (document == NULL)
        return false;
    hf_content *content = hf_reread_content(reread, document, &name, &failed);
    if (content != NULL)
        return hf_reread_document(reread, document, content, name, NULL, result, error);
    if (!alone &&
        g_error_matches(failed, HF_ERROR,
                        HF_ERROR_NOT_FOUND)) { /* its bytes are not to be had: the others are */
        result->untried++;
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

static bool retry_all(hf_vault *vault, const hf_ingest_options *options, const hf_set *documents,
                      hf_retry_result *result, GError **error)
{
    g_autofree char *settings = settings_json(options, NULL);
    g_autoptr(hf_reread) reread = hf_reread_new(vault, options, "exception retry", settings, error);
    g_autoptr(hf_progress) progress = hf_progress_new(options->progress, "retry", "documents");
    uint64_t done = 0, total = hf_set_count(documents);
    if (reread == NULL)
        return false;
    for (uint32_t id = 0; hf_set_next(documents, &id); id++) {
        if (!retry_document(vault, reread, id, total == 1, result, error))
            return false;
        g_autofree char *note =
            hf_progress_note(result->still, "exception still open", "exceptions still open");
        hf_progress_update(progress, ++done, total, 0, 0, note);
    }
    return hf_reread_finish(reread, result, &result->run, error);
}

bool hf_ingest_retry(hf_vault *vault, const hf_ingest_options *options, const hf_set *documents,
                     bool force, hf_retry_result *result, GError **error)
{
    *result = (hf_retry_result){0};
    g_autoptr(hf_set) chosen =
        documents != NULL ? hf_set_copy(documents) : choose(vault, options, force, result, error);
    if (chosen == NULL)
        return false;
    if (options->dry_run || hf_set_count(chosen) == 0) {
        result->documents = hf_set_count(chosen);
        return true;
    }
    return retry_all(vault, options, chosen, result, error) &&
           hf_ingest_reindex(vault, false, options->progress, error);
}

/* ---- replace ---- */

static hf_content *open_file(const char *path, GError **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "cannot read \"%s\": %s", shown,
                    fd < 0 ? g_strerror(errno) : "it is not a file");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    return hf_content_from_fd(fd, (uint64_t)st.st_size);
}

/* A file of which nothing can be read would take the original's place for nothing. */
static bool check_file(hf_reread *reread, const hf_document *document, const char *file,
                       const char *name, GError **error)
{
    bool readable = false;
    g_autofree char *why = NULL;
    hf_content *content = open_file(file, error);
    if (content == NULL || !hf_reread_try(reread, document, content, name, &readable, &why, error))
        return false;
    if (!readable)
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "nothing could be read of \"%s\" either: %s; nothing was changed", name, why);
    return readable;
}

bool hf_ingest_replace(hf_vault *vault, const hf_ingest_options *options, uint32_t id,
                       const char *file, const char *reason, hf_retry_result *result,
                       GError **error)
{
    g_autofree char *name = g_path_get_basename(file);
    g_autofree char *settings = settings_json(options, reason);
    g_autoptr(hf_document) document = hf_document_get(hf_vault_catalog(vault), id, error);
    *result = (hf_retry_result){0};
    if (document == NULL)
        return false;
    g_autoptr(hf_reread) reread =
        hf_reread_new(vault, options, "exception replace", settings, error);
    if (reread == NULL || !check_file(reread, document, file, name, error))
        return false;
    if (options->dry_run)
        return true;
    hf_content *content = open_file(file, error);
    return content != NULL &&
           hf_reread_document(reread, document, content, name, reason, result, error) &&
           hf_reread_finish(reread, result, &result->run, error) &&
           hf_ingest_reindex(vault, false, options->progress, error);
}
