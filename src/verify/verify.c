#include "verify/parts.h"
#include "holdfast/audit.h"
#include <string.h>

/* ---- telling ---- */

static bool is_damage(const GError *failed)
{
    return g_error_matches(failed, HF_ERROR, HF_ERROR_INTEGRITY);
}

/* The document's path at one of its places; its first one if that is unknown. NULL if the catalog
 * does not say. */
static char *path_of(hf_verify *v, uint32_t document, int64_t instance)
{
    g_autoptr(hf_document) found = hf_document_get(v->catalog, document, NULL);
    if (found == NULL)
        return NULL;
    g_autoptr(GPtrArray) places =
        instance != 0 ? hf_document_instances(v->catalog, document, true, NULL) : NULL;
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const hf_instance *place = g_ptr_array_index(places, i);
        if (place->id == instance)
            return g_strdup(place->path);
    }
    return g_strdup(found->place);
}

void hf_verify_find(hf_verify *v, const char *part, uint32_t document, int64_t instance,
                    const char *advice, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *problem = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *path = document != 0 ? path_of(v, document, instance) : NULL;
    v->result->findings++;
    atomic_fetch_add(&v->findings, 1);
    if (document != 0)
        hf_set_add(v->wrong, document);
    v->options->finding(v->options->data,
                        &(hf_verify_finding){document, part, path, problem, advice});
}

void hf_verify_note(hf_verify *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    v->options->note(v->options->data, sentence);
}

bool hf_verify_went(hf_verify *v, GError *failed, GError **error)
{
    if (failed == NULL)
        return true;
    if (!is_damage(failed)) {
        g_propagate_error(error, failed);
        return false;
    }
    hf_verify_find(v, "catalog", 0, 0, HF_VERIFY_RESTORE_CATALOG, "%s", failed->message);
    g_error_free(failed);
    return true;
}

void hf_verify_progress(hf_verify *v, uint64_t objects, uint64_t bytes)
{
    uint64_t done = atomic_fetch_add(&v->done_objects, objects) + objects;
    uint64_t read = atomic_fetch_add(&v->done_bytes, bytes) + bytes;
    if (v->options->progress == HF_PROGRESS_QUIET)
        return;
    g_autofree char *note = hf_progress_note(atomic_load(&v->findings), "finding", "findings");
    hf_progress_update(v->progress, done, v->total_objects, read, v->total_bytes, note);
}

/* ---- the catalog's file ---- on a connection of its own, beside the rest */

typedef struct {
    hf_crew_task task;
    hf_vault *vault;
    GError *error;
} file_task;

static void check_file(hf_crew_task *task)
{
    file_task *t = (file_task *)task;
    g_autoptr(hf_catalog) catalog = hf_vault_connect(t->vault, true, &t->error);
    if (catalog != NULL)
        hf_catalog_check(catalog, &t->error);
}

/* ---- the catalog's rows and the audit log ---- */

static void tell_row(void *data, const hf_check_finding *finding)
{
    hf_verify_find(data, finding->part, finding->document, 0, HF_VERIFY_RESTORE_CATALOG, "%s",
                   finding->sentence);
}

static void tell_audit(void *data, const char *sentence)
{
    hf_verify_find(data, "audit", 0, 0,
                   "the log was changed outside holdfast: compare it with checkpoints that were "
                   "exported, and restore catalog.db"
                   " from a backup",
                   "%s", sentence);
}

static bool note_unsealed(hf_verify *v, GError **error)
{
    g_autoptr(hf_log_checkpoint) last = NULL;
    if (!hf_log_last_checkpoint(v->catalog, &last, error))
        return false;
    if (last != NULL && last->size < v->result->audit_rows)
        hf_verify_note(v,
                       "rows of the audit log since its last signed checkpoint: %" G_GUINT64_FORMAT
                       ", of a command that runs, or"
                       " was killed (the next one that changes something signs them)",
                       v->result->audit_rows - last->size);
    return true;
}

static bool check_rows(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    if (hf_check_rows(v->catalog, tell_row, v, &failed))
        hf_check_recorded(v->catalog, tell_row, v, &failed);
    return hf_verify_went(v, failed, error);
}

static bool sign(void *data, const void *text, size_t n, uint8_t signature[HF_AUDIT_SIGNATURE],
                 GError **error)
{
    return hf_store_sign(data, text, n, signature, error);
}

/* Signs something that is thrown away: so the signing key is there, opens, and is that of the
 * public one. */
static bool try_signing(hf_verify *v, GError **error)
{
    uint8_t key[HF_AUDIT_PUBLIC_KEY];
    g_autofree char *origin = hf_audit_origin(hf_vault_id(v->vault));
    if (!hf_store_public_key(v->store, key, error))
        return false;
    g_autofree char *note =
        hf_audit_note_sign("holdfast verify\n", origin, key, sign, v->store, error);
    g_autofree char *text =
        note != NULL ? hf_audit_note_open(note, strlen(note), origin, key, error) : NULL;
    return text != NULL;
}

static bool check_signing(hf_verify *v)
{
    g_autoptr(GError) failed = NULL;
    bool right = try_signing(v, &failed);
    if (!right)
        hf_verify_find(v, "key", 0, 0, "restore keys/ from a backup, then run holdfast verify",
                       "the key that signs the audit log does not work: %s", failed->message);
    return right;
}

static bool check_audit(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    uint8_t key[HF_AUDIT_PUBLIC_KEY];
    /* Without the public key there is nothing to check signatures with: told just now. */
    if (!check_signing(v) && !hf_store_public_key(v->store, key, NULL))
        return true;
    if (hf_audit_check_log(v->catalog, v->store, hf_vault_id(v->vault), tell_audit, v,
                           &v->result->audit_rows, &failed))
        note_unsealed(v, &failed);
    return hf_verify_went(v, failed, error);
}

static bool check_packs(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    if (hf_packs_check(v, &failed))
        return true;
    if (v->rows == NULL)
        v->rows = g_array_new(FALSE, FALSE, sizeof(hf_pack_row));
    if (v->disk == NULL)
        v->disk = g_array_new(FALSE, FALSE, sizeof(hf_store_pack));
    return hf_verify_went(v, failed, error);
}

/* ---- all of it ---- */

static bool check_all(hf_verify *v, hf_segments *segments, const file_task *file, GError **error)
{
    if (!check_packs(v, error) || !check_rows(v, error) || !check_audit(v, error) ||
        !hf_searches_check(v, error) || !hf_objects_check(v, error) ||
        !hf_originals_check(v, error) || !hf_segments_finish(segments, error))
        return false;
    hf_crew_wait(v->crew, &file->task);
    return true;
}

static bool check_vault(hf_verify *v, GError **error)
{
    file_task file = {.task.run = check_file, .vault = v->vault};
    hf_crew_push(v->crew, &file.task);
    hf_segments *segments = hf_segments_start(v, error);
    bool done = segments != NULL && check_all(v, segments, &file, error);
    g_clear_pointer(&v->crew, hf_crew_free); /* what it still works on is freed next */
    hf_segments_free(segments);
    if (!done) {
        g_clear_error(&file.error);
        return false;
    }
    return hf_verify_went(v, file.error, error);
}

static void verify_clear(hf_verify *v)
{
    hf_set_free(v->wrong);
    g_clear_pointer(&v->random, g_rand_free);
    g_clear_pointer(&v->rows, g_array_unref);
    g_clear_pointer(&v->disk, g_array_unref);
    hf_progress_free(v->progress);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_verify, verify_clear)

bool hf_verify_run(hf_vault *vault, const hf_verify_options *options, hf_verify_result *result,
                   GError **error)
{
    g_auto(hf_verify) v = {.vault = vault, .options = options, .result = result};
    *result = (hf_verify_result){0};
    v.catalog = hf_vault_catalog(vault);
    v.store = hf_vault_store(vault, error);
    if (v.store == NULL || !hf_catalog_begin_read(v.catalog, error))
        return false;
    v.wrong = hf_set_new();
    v.random = g_rand_new_with_seed(options->seed);
    v.progress = hf_progress_new(options->progress, "verify", "objects");
    v.crew = hf_crew_new(options->threads != 0 ? options->threads : g_get_num_processors());
    bool done = check_vault(&v, error);
    hf_catalog_end_read(v.catalog);
    result->documents_wrong = hf_set_count(v.wrong);
    return done;
}
