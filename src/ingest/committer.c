#include "ingest/committer.h"
#include "ingest/recipe.h"
#include "ingest/rows.h"
#include "ingest/tally.h"
#include <string.h>

#define QUEUE_BYTES (32 * 1024 * 1024)
#define BATCH_RECORDS 1024
#define BATCH_BYTES (16 * 1024 * 1024)
#define BATCH_TIME (100 * G_TIME_SPAN_MILLISECOND)

struct hf_committer {
    hf_vault *vault;
    hf_store *store;
    hf_catalog *catalog;
    hf_queue *queue;
    hf_indexer *indexer;
    GThread *thread;
    char *settings;
    int64_t run;
    hf_progress *progress;
    void (*failed)(void *data);
    void *data;
    GHashTable *custodians; /* name -> id */
    hf_rows_target target;  /* of the batch */
    GByteArray *listed;     /* control numbers and hashes of the batch, for the audit row */
    uint32_t first_document, last_document;
    uint64_t batch_documents, batch_instances;
    hf_balance balance;
    uint64_t exceptions; /* listed so far, those of documents that were read in part too */
    hf_tally *tally;     /* of the batch: the same, by source and container */
    GMutex mutex;        /* of what follows */
    hf_balance counted;  /* by hf_committer_count; `balance` is the committer's own */
    hf_tally *counted_tally;
    uint64_t seen_bytes, done_bytes;
    GArray *crawled; /* int64_t, sources */
    GError *error;
};

static void fail(hf_committer *c, GError *error)
{
    g_mutex_lock(&c->mutex);
    bool first = c->error == NULL;
    if (first)
        c->error = error;
    else
        g_clear_error(&error);
    g_mutex_unlock(&c->mutex);
    hf_queue_shut(c->queue);
    if (first)
        c->failed(c->data);
}

static void indexer_failed(void *data)
{
    hf_committer *c = data;
    hf_queue_shut(c->queue);
    c->failed(c->data);
}

/* ---- one record ---- */

/* Counts findings in the run's balance, in that of the source and of each container around. */
static void count(hf_committer *c, const hf_record *record, hf_bucket bucket, uint64_t n)
{
    bool file = record->file != NULL;
    hf_tally_balance(&c->balance, bucket, n);
    if (!file && record->source == 0) /* a path that was named and is not there */
        return;
    hf_tally_add(c->tally, file ? record->file->source : record->source,
                 file ? record->file->id : 0, record->path_inside, bucket, n);
}

static bool begin_run(hf_committer *c, GError **error)
{
    return c->run != 0 || hf_run_begin(c->catalog, "ingest", c->settings, &c->run, error);
}

static bool custodian_id(hf_committer *c, const char *name, int64_t *id, GError **error)
{
    *id = 0;
    if (name == NULL)
        return true;
    *id = (int64_t)GPOINTER_TO_SIZE(g_hash_table_lookup(c->custodians, name));
    if (*id != 0)
        return true;
    if (!hf_custodian_find(c->catalog, name, true, id, error))
        return false;
    g_hash_table_insert(c->custodians, g_strdup(name), GSIZE_TO_POINTER((gsize)*id));
    return true;
}

static bool ensure_file(hf_committer *c, hf_record_file *file, GError **error)
{
    int64_t custodian;
    if (file == NULL || file->id != 0)
        return true;
    return custodian_id(c, file->custodian, &custodian, error) &&
           hf_source_put_file(c->catalog, file->source, file->folder, file->name, &file->stat,
                              custodian, c->run, &file->id, error) &&
           hf_exception_resolve_file(c->catalog, file->id, error);
}

static bool put_problems(hf_committer *c, const hf_record *record, const hf_item *item,
                         uint32_t document, GError **error)
{
    g_autofree char *place = *item->path != '\0'
                                 ? g_strconcat(record->place, "!/", item->path, NULL)
                                 : g_strdup(record->place);
    hf_rows_place at = {c->run, record->file->source, record->file->id, document, place};
    for (guint i = 0; i < item->problems->len; i++) {
        if (!hf_rows_put_problem(c->catalog, &at, item,
                                 &g_array_index(item->problems, hf_item_problem, i), error))
            return false;
    }
    c->exceptions += item->problems->len;
    return true;
}

static bool put_container(hf_committer *c, const hf_record *record, const hf_item *item,
                          GError **error)
{
    g_autofree char *inside = hf_rows_join(record->path_inside, item->path);
    c->balance.containers++;
    return hf_rows_put_container(c->catalog, c->run, record->file->id, inside, item, error);
}

/* Containers inside a family (a zip attached to a message): places, with notes of their own. */
static bool put_places(hf_committer *c, const hf_record *record, const hf_item *item,
                       GError **error)
{
    if (item->container && item->content != NULL && !put_container(c, record, item, error))
        return false;
    /* They belong to the document that holds the place: a file that is read again gives up what belongs to no document. */
    if (item->index < 0 && !put_problems(c, record, item, record->ids[hf_rows_parent(item)], error))
        return false;
    for (guint i = 0; i < item->children->len; i++) {
        if (!put_places(c, record, g_ptr_array_index(item->children, i), error))
            return false;
    }
    return true;
}

static void list_document(hf_committer *c, uint32_t id, const uint8_t sha256[32])
{
    guint32 number = GUINT32_TO_BE(id);
    g_byte_array_append(c->listed, (const guint8 *)&number, sizeof number);
    g_byte_array_append(c->listed, sha256, 32);
    if (c->first_document == 0)
        c->first_document = id;
    c->last_document = id;
    c->batch_documents++;
}

static bool put_instance(hf_committer *c, const hf_record *record, int64_t family,
                         const hf_object_row *native, GError **error)
{
    hf_instance_state state;
    hf_instance_row row = {
        .family = family,
        .file = record->file->id,
        .path_inside = record->path_inside,
        .sha256 = record->bytes_key.hash,
        .native = native,
        .key = native != NULL ? &record->bytes_key : NULL,
        .modified = record->modified.utc,
        .run = c->run,
    };
    c->batch_instances++;
    return hf_family_put_instance(c->catalog, &row, &state, error);
}

static bool new_family(hf_committer *c, hf_record *record, GError **error)
{
    g_auto(hf_rows) rows = {0};
    hf_family_key_value keys[2] = {record->bytes_key, record->mail_key};
    int64_t family;
    if (!hf_rows_build(&c->target, record, &rows, error))
        return false;
    record->ids = g_new0(uint32_t, record->documents->len);
    hf_family_row row = {
        .matter = record->matter,
        .family_date = record->family_date,
        .mih = record->has_mih ? record->mih : NULL,
        .keys = keys,
        .n_keys = record->has_mail_key ? 2 : 1,
        .documents = rows.rows,
        .n_documents = record->documents->len,
        .run = c->run,
    };
    if (!hf_family_put(c->catalog, &row, &family, record->ids, error) ||
        !put_instance(c, record, family, NULL, error) ||
        !put_places(c, record, record->root, error))
        return false;
    record->family = family;
    for (guint i = 0; i < record->documents->len; i++) {
        const hf_item *item = g_ptr_array_index(record->documents, i);
        list_document(c, record->ids[i], item->digest.sha256);
        if (!put_problems(c, record, item, record->ids[i], error))
            return false;
        hf_bucket bucket = hf_rows_unread(item) ? HF_BUCKET_EXCEPTION : HF_BUCKET_NEW;
        count(c, record, bucket, 1);
        hf_tally_add_inside(c->tally, record->file->source, record->file->id, record->path_inside,
                            item, bucket);
    }
    return true;
}

/* What its container said of a copy that was not read: it is true of this place, whatever stands for the copy. */
static bool put_told(hf_committer *c, const hf_record *record, int64_t family, GError **error)
{
    const hf_item *root = record->root;
    if (root == NULL || root->told == 0)
        return true;
    g_autoptr(GArray) documents = hf_document_family(c->catalog, family, error);
    if (documents == NULL || documents->len == 0)
        return documents != NULL;
    hf_rows_place at = {c->run, record->file->source, record->file->id,
                        g_array_index(documents, uint32_t, 0), record->place};
    for (guint i = 0; i < root->told; i++) {
        if (!hf_rows_put_problem(c->catalog, &at, root,
                                 &g_array_index(root->problems, hf_item_problem, i), error))
            return false;
    }
    c->exceptions += root->told;
    return true;
}

/* A duplicate by recipe keeps its own bytes: its transport headers are evidence. */
static bool join_family(hf_committer *c, hf_record *record, int64_t family, bool own_bytes,
                        GError **error)
{
    hf_item *root = record->root;
    hf_object_row native;
    bool keep = own_bytes && root != NULL && (root->sealed_native != NULL || root->native_streamed);
    if (keep &&
        !hf_rows_append(&c->target, record->key, &root->sealed_native, root->native_streamed,
                        &root->native_ref, root->digest.sha256, &native, error))
        return false;
    if (keep)
        root->native_streamed = false;
    if (record->documents != NULL && !hf_record_discard(record, c->store, error))
        return false;
    return put_told(c, record, family, error) &&
           put_instance(c, record, family, keep ? &native : NULL, error);
}

/* A family that was indexed where it lies, and is now found by a run that keeps what it reads. */
static bool adopt_natives(hf_committer *c, hf_record *record, int64_t family, GError **error)
{
    bool in_place = false;
    if (record->documents == NULL || record->file->in_place)
        return true;
    if (!hf_family_is_in_place(c->catalog, family, &in_place, error))
        return false;
    for (guint i = 0; in_place && i < record->documents->len; i++) {
        hf_item *item = g_ptr_array_index(record->documents, i);
        hf_object_row native;
        bool wanted = false;
        if (item->sealed_native == NULL && !item->native_streamed)
            continue;
        if (!hf_family_wants_native(c->catalog, family, item->path, item->digest.sha256, &wanted,
                                    error))
            return false;
        if (!wanted)
            continue;
        if (!hf_rows_append(&c->target, record->key, &item->sealed_native, item->native_streamed,
                            &item->native_ref, item->digest.sha256, &native, error) ||
            !hf_family_adopt_native(c->catalog, family, item->path, &native, error))
            return false;
        item->native_streamed = false;
    }
    return true;
}

static bool find_family(hf_committer *c, const hf_record *record, int64_t *family, bool *by_bytes,
                        GError **error)
{
    *by_bytes = true;
    if (!hf_family_find(c->catalog, record->matter, &record->bytes_key, family, error))
        return false;
    if (*family != 0 || !record->has_mail_key)
        return true;
    *by_bytes = false;
    return hf_family_find(c->catalog, record->matter, &record->mail_key, family, error);
}

static bool count_joined(hf_committer *c, hf_record *record, int64_t family, hf_bucket bucket,
                         GError **error)
{
    uint64_t documents = 0;
    if (!hf_family_count_documents(c->catalog, family, &documents, error))
        return false;
    record->file->items += documents;
    count(c, record, bucket, documents);
    return true;
}

static bool commit_family(hf_committer *c, hf_record *record, bool *is_new, GError **error)
{
    int64_t family;
    bool by_bytes, earlier;
    if (!hf_family_seen_instance(c->catalog, record->file->id, record->path_inside,
                                 record->bytes_key.hash, c->run, &family, &earlier, error))
        return false;
    if (family != 0)
        return adopt_natives(c, record, family, error) &&
               (record->documents == NULL || hf_record_discard(record, c->store, error)) &&
               count_joined(c, record, family, earlier ? HF_BUCKET_UNCHANGED : HF_BUCKET_DUPLICATE,
                            error);
    if (!find_family(c, record, &family, &by_bytes, error))
        return false;
    if (family != 0)
        return (!by_bytes || adopt_natives(c, record, family, error)) &&
               join_family(c, record, family, !by_bytes, error) &&
               count_joined(c, record, family, HF_BUCKET_DUPLICATE, error);
    if (record->documents == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "the family that a file is equal to went away while it was read");
        return false;
    }
    *is_new = true;
    record->file->items += record->documents->len;
    return new_family(c, record, error);
}

static bool commit_container(hf_committer *c, hf_record *record, GError **error)
{
    return put_container(c, record, record->root, error) &&
           put_problems(c, record, record->root, 0, error);
}

static bool commit_excluded(hf_committer *c, hf_record *record, GError **error)
{
    count(c, record, HF_BUCKET_EXCLUDED, 1);
    if (record->file != NULL) {
        record->file->items++;
        record->file->excluded++;
    }
    hf_exclusion_row row = {
        .run = c->run,
        .path = record->place,
        .why = record->why,
        .path_inside = record->path_inside,
        .size = record->left_out_size,
    };
    if (record->file != NULL)
        return hf_container_exclude_inside(c->catalog, record->file->id, &row, error);
    row.source = record->source;
    row.folder = record->unread->folder;
    row.name = record->unread->name;
    return custodian_id(c, record->unread->custodian, &row.custodian, error) &&
           hf_container_exclude(c->catalog, &row, error);
}

static bool commit_exception(hf_committer *c, hf_record *record, GError **error)
{
    hf_exception_row row = {
        .run = c->run,
        .source = record->file != NULL ? record->file->source : record->source,
        .file = record->file != NULL ? record->file->id : 0,
        .path = record->place,
        .stage = "collect",
        .reason = hf_error_item_name(record->reason),
        .detail = record->why,
    };
    count(c, record, HF_BUCKET_EXCEPTION, 1);
    if (record->file != NULL)
        record->file->unreadable = true; /* stays incomplete: the next run tries it again */
    if (record->documents != NULL && !hf_record_discard(record, c->store, error))
        return false;
    c->exceptions++;
    return hf_exception_put(c->catalog, &row, error);
}

static void count_of_source(hf_committer *c, const hf_record *record, hf_bucket bucket, uint64_t n)
{
    hf_tally_balance(&c->balance, bucket, n);
    hf_tally_add(c->tally, record->file->source, 0, "", bucket, n);
}

/* What it was to be a copy of may have been read anew in the meantime, and hold something else now. */
static bool commit_copy(hf_committer *c, hf_record *record, GError **error)
{
    hf_container_copied copied;
    if (!hf_container_copy_instances(c->catalog, record->copy_of, record->file->id,
                                     record->bytes_key.hash, c->run, &copied, error))
        return false;
    if (!copied.done) {
        record->reason = HF_ITEM_CHANGED;
        record->why =
            g_strdup("the file that it was equal to changed while it was read: ingest again");
        return commit_exception(c, record, error);
    }
    record->file->items += copied.duplicate + copied.unchanged;
    count_of_source(c, record, HF_BUCKET_DUPLICATE, copied.duplicate);
    count_of_source(c, record, HF_BUCKET_UNCHANGED, copied.unchanged);
    c->balance.containers += copied.containers;
    c->batch_instances += copied.instances;
    return hf_balance_copy(c->catalog, c->run, record->file->source, record->copy_of,
                           record->file->id, copied.duplicate == 0, error);
}

static bool complete_file(hf_committer *c, hf_record_file *file, GError **error)
{
    if (file == NULL || !g_atomic_int_dec_and_test(&file->pending) || file->unreadable)
        return true;
    return hf_source_complete_file(c->catalog, file->id, file->hashed ? file->sha256 : NULL,
                                   file->items, file->excluded, file->settings, c->run, error);
}

static bool publish(hf_committer *c, hf_record *record, GError **error)
{
    return hf_indexer_publish(c->catalog, record, error);
}

static bool commit_record(hf_committer *c, hf_record *record, bool *is_new, GError **error)
{
    *is_new = false;
    if (!ensure_file(c, record->file, error))
        return false;
    bool ok = false;
    switch (record->kind) {
    case HF_RECORD_FAMILY:
    case HF_RECORD_DUPLICATE:
        ok = commit_family(c, record, is_new, error);
        break;
    case HF_RECORD_COPY:
        ok = commit_copy(c, record, error);
        break;
    case HF_RECORD_CONTAINER:
        ok = commit_container(c, record, error);
        break;
    case HF_RECORD_EXCLUDED:
        ok = commit_excluded(c, record, error);
        break;
    case HF_RECORD_EXCEPTION:
        ok = commit_exception(c, record, error);
        break;
    case HF_RECORD_GONE:
        c->balance.gone++;
        return hf_source_gone_file(c->catalog, record->known, c->run, error);
    case HF_RECORD_SEGMENT:
        return publish(c, record, error);
    }
    return ok && complete_file(c, record->file, error);
}

/* ---- one batch ---- */

static bool log_batch(hf_committer *c, GError **error)
{
    if (c->batch_documents == 0 && c->batch_instances == 0)
        return true;
    uint8_t digest[32];
    hf_digest_sha256(c->listed->data, c->listed->len, digest);
    g_autofree char *hex = hf_digest_hex(digest, 32);
    g_autofree char *text = g_strdup_printf(
        "\"run\":%" G_GINT64_FORMAT ",\"documents\":%" G_GUINT64_FORMAT
        ",\"first\":%u,\"last\":%u,\"instances\":%" G_GUINT64_FORMAT ",\"digest\":\"%s\"",
        c->run, c->batch_documents, c->first_document, c->last_document, c->batch_instances, hex);
    return hf_log_append(c->catalog, "documents", text, error);
}

static bool write_batch(hf_committer *c, GPtrArray *records, bool *is_new, GError **error)
{
    g_array_set_size(c->target.pack_ends, 0);
    g_byte_array_set_size(c->listed, 0);
    c->first_document = c->last_document = 0;
    c->batch_documents = c->batch_instances = 0;
    if (!begin_run(c, error))
        return false;
    for (guint i = 0; i < records->len; i++) {
        if (!commit_record(c, g_ptr_array_index(records, i), &is_new[i], error))
            return false;
    }
    return hf_rows_settle(&c->target, c->catalog, error) &&
           hf_tally_flush(c->tally, c->catalog, c->run, error) && log_batch(c, error);
}

static void show_progress(hf_committer *c)
{
    g_autofree char *note = hf_progress_note(c->exceptions, "exception", "exceptions");
    g_mutex_lock(&c->mutex);
    uint64_t done = c->balance.found + c->counted.found, bytes = c->done_bytes,
             total = c->seen_bytes;
    g_mutex_unlock(&c->mutex);
    if (c->progress != NULL)
        hf_progress_update(c->progress, done, 0, bytes, total, note);
}

static bool index_family(hf_committer *c, hf_record *record, GError **error)
{
    g_autofree hf_indexer_columns *columns = g_new0(hf_indexer_columns, record->documents->len);
    for (guint i = 0; i < record->documents->len; i++) {
        const hf_item *item = g_ptr_array_index(record->documents, i);
        g_autofree hf_meta_row *meta = hf_rows_meta(item);
        hf_document_facts facts = {
            .type = item->type,
            .extractor = item->extractor,
            .family = record->family,
            .size = item->size,
            .review_date = hf_recipe_review_date(item).utc,
            .family_date = record->family_date,
            .modified = item == record->root ? record->modified.utc : HF_TIME_NONE,
        };
        if (!hf_vault_columns(c->catalog, &facts, meta, item->meta->len, columns[i].values, error))
            return false;
    }
    return hf_indexer_add(c->indexer, record, columns);
}

/* What is committed leaves the gate, so that more may come; new families go to the indexer. */
static bool pass_on(hf_committer *c, GPtrArray *records, const bool *is_new, GError **error)
{
    bool ok = true;
    for (guint i = 0; i < records->len; i++) {
        hf_record *record = g_ptr_array_index(records, i);
        hf_gate *gate = g_steal_pointer(&record->gate);
        gsize weight = record->weight;
        if (record->file != NULL && *record->path_inside == '\0')
            c->done_bytes += record->file->stat.size;
        records->pdata[i] = NULL;
        if (ok && is_new[i])
            ok = index_family(c, record, error);
        else
            hf_record_free(record);
        if (gate != NULL)
            hf_gate_leave(gate, weight);
    }
    return ok;
}

static bool commit_batch(hf_committer *c, GPtrArray *records, GError **error)
{
    g_autofree bool *is_new = g_new0(bool, records->len);
    if (!hf_catalog_begin(c->catalog, error))
        return false;
    if (!write_batch(c, records, is_new, error) || !hf_catalog_commit(c->catalog, error)) {
        hf_catalog_rollback(c->catalog);
        return false;
    }
    show_progress(c);
    return pass_on(c, records, is_new, error);
}

static void collect_batch(hf_committer *c, GPtrArray *records)
{
    hf_record *record = hf_queue_pop(c->queue);
    gint64 deadline = g_get_monotonic_time() + BATCH_TIME;
    gsize weight = 0;
    while (record != NULL) {
        g_ptr_array_add(records, record);
        weight += hf_record_weight(record);
        if (records->len >= BATCH_RECORDS || weight >= BATCH_BYTES)
            return;
        record = hf_queue_pop_until(c->queue, deadline);
    }
}

static void free_record_slot(gpointer record)
{
    hf_record_free(record);
}

static gpointer committer_thread(gpointer data)
{
    hf_committer *c = data;
    for (;;) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(free_record_slot);
        GError *error = NULL;
        collect_batch(c, records);
        if (records->len == 0 && hf_queue_ended(c->queue))
            return NULL;
        if (records->len > 0 && !commit_batch(c, records, &error)) {
            if (error == NULL) /* the indexer was shut: its error is the one to tell */
                error = g_error_new(HF_ERROR, HF_ERROR_INTERNAL, "the index could not be written");
            fail(c, error);
            return NULL;
        }
    }
}

/* ---- the committer ---- */

hf_committer *hf_committer_new(hf_vault *vault, const char *settings, unsigned index_threads,
                               hf_progress *progress, void (*failed)(void *data), void *data,
                               GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    hf_catalog *catalog = store != NULL ? hf_vault_connect(vault, false, error) : NULL;
    if (catalog == NULL)
        return NULL;
    hf_committer *c = g_new0(hf_committer, 1);
    c->vault = vault;
    c->store = store;
    c->catalog = catalog;
    c->settings = g_strdup(settings);
    c->progress = progress;
    c->failed = failed;
    c->data = data;
    c->custodians = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c->target = (hf_rows_target){store, g_array_new(FALSE, FALSE, sizeof(hf_pack_row))};
    c->listed = g_byte_array_new();
    c->crawled = g_array_new(FALSE, FALSE, sizeof(int64_t));
    c->tally = hf_tally_new();
    c->counted_tally = hf_tally_new();
    g_mutex_init(&c->mutex);
    c->queue = hf_queue_new(QUEUE_BYTES);
    c->indexer = hf_indexer_new(vault, index_threads, c->queue, indexer_failed, c);
    c->thread = g_thread_new("commit", committer_thread, c);
    return c;
}

bool hf_committer_push(hf_committer *c, hf_record *record)
{
    if (hf_queue_push(c->queue, record, hf_record_weight(record)))
        return true;
    hf_record_free(record);
    return false;
}

void hf_committer_count(hf_committer *c, int64_t source, const hf_balance *add)
{
    g_mutex_lock(&c->mutex);
    hf_tally_add_all(c->counted_tally, source, add);
    c->counted.sources += add->sources;
    c->counted.found += add->found;
    c->counted.unchanged += add->unchanged;
    c->counted.excluded += add->excluded;
    g_mutex_unlock(&c->mutex);
}

void hf_committer_seen(hf_committer *c, uint64_t bytes)
{
    g_mutex_lock(&c->mutex);
    c->seen_bytes += bytes;
    g_mutex_unlock(&c->mutex);
}

void hf_committer_crawled(hf_committer *c, int64_t source)
{
    g_mutex_lock(&c->mutex);
    g_array_append_val(c->crawled, source);
    g_mutex_unlock(&c->mutex);
}

static bool stop_threads(hf_committer *c, GError **error)
{
    bool indexed =
        hf_indexer_finish(c->indexer, error); /* its last segments come through the queue */
    hf_queue_close(c->queue);
    g_thread_join(g_steal_pointer(&c->thread));
    if (c->error == NULL)
        return indexed;
    if (indexed)
        g_propagate_error(error, g_steal_pointer(&c->error));
    return false;
}

static bool finish_run(hf_committer *c, GError **error)
{
    const hf_balance *b = &c->balance;
    for (guint i = 0; i < c->crawled->len; i++) {
        if (!hf_exception_resolve_source(c->catalog, g_array_index(c->crawled, int64_t, i), c->run,
                                         error))
            return false;
    }
    if (c->balance.gone > 0 && !hf_source_find_moved(c->catalog, c->run, &c->balance.moved, error))
        return false;
    g_autofree char *text = g_strdup_printf(
        "\"run\":%" G_GINT64_FORMAT ",\"found\":%" G_GUINT64_FORMAT ",\"new\":%" G_GUINT64_FORMAT
        ",\"duplicate\":%" G_GUINT64_FORMAT ",\"unchanged\":%" G_GUINT64_FORMAT
        ",\"excluded\":%" G_GUINT64_FORMAT ",\"exception\":%" G_GUINT64_FORMAT
        ",\"gone\":%" G_GUINT64_FORMAT,
        c->run, b->found, b->new_, b->duplicate, b->unchanged, b->excluded, b->exception, b->gone);
    return hf_run_finish(c->catalog, c->run, b, error) &&
           hf_log_append(c->catalog, "ingest", text, error);
}

bool hf_committer_finish(hf_committer *c, int64_t *run, hf_balance *balance, GError **error)
{
    if (!stop_threads(c, error) || !hf_catalog_begin(c->catalog, error))
        return false;
    c->balance.sources += c->counted.sources;
    c->balance.found += c->counted.found;
    c->balance.unchanged += c->counted.unchanged;
    c->balance.excluded += c->counted.excluded;
    if (!begin_run(c, error) || !hf_tally_flush(c->counted_tally, c->catalog, c->run, error) ||
        !finish_run(c, error) || !hf_catalog_commit(c->catalog, error)) {
        hf_catalog_rollback(c->catalog);
        return false;
    }
    *run = c->run;
    *balance = c->balance;
    return true;
}

void hf_committer_free(hf_committer *c)
{
    if (c == NULL)
        return;
    hf_queue_shut(c->queue);
    if (c->thread != NULL)
        g_thread_join(c->thread);
    hf_indexer_free(c->indexer);
    hf_queue_free(c->queue, free_record_slot);
    hf_catalog_free(c->catalog);
    g_hash_table_unref(c->custodians);
    g_array_unref(c->target.pack_ends);
    g_byte_array_unref(c->listed);
    g_array_unref(c->crawled);
    hf_tally_free(c->tally);
    hf_tally_free(c->counted_tally);
    g_clear_error(&c->error);
    g_mutex_clear(&c->mutex);
    g_free(c->settings);
    g_free(c);
}
