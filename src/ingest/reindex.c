#include "holdfast/ingest.h"
#include "ingest/indexer.h"

typedef struct {
    hf_vault *vault;
    hf_indexer *indexer;
    hf_queue *results;
    hf_progress *progress;
    GPtrArray *segments; /* of hf_published, as they were */
    uint32_t last;       /* id that was added before */
    uint64_t done;
} reindex;

static void ignore_failure(void *data)
{
    (void)data; /* hf_indexer_finish tells */
}

static bool add_document(void *data, const hf_document *document, GError **error)
{
    reindex *r = data;
    hf_catalog *catalog = hf_vault_catalog(r->vault);
    g_autoptr(GPtrArray) meta = hf_document_meta(catalog, document->id, error);
    g_autoptr(GBytes) text = NULL;
    hf_indexer_columns columns;
    if (meta == NULL || !hf_vault_columns_of(catalog, document->id, columns.values, error))
        return false;
    if (document->has_text) {
        text = hf_vault_read(r->vault, &document->text, SIZE_MAX, error);
        if (text == NULL)
            return false;
    }
    if (!hf_indexer_add_stored(r->indexer, document, meta, text, &columns)) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the index could not be written");
        return false;
    }
    hf_progress_update(r->progress, ++r->done, 0, 0, 0, NULL);
    return true;
}

/* A batch must not reach across a segment that is there: ranges are disjoint. */
static bool add_missing(void *data, const hf_document *document, GError **error)
{
    reindex *r = data;
    for (guint i = 0; i < r->segments->len; i++) {
        const hf_published *segment = g_ptr_array_index(r->segments, i);
        if (segment->first > r->last && segment->first < document->id) {
            hf_indexer_replace(r->indexer, NULL);
            break;
        }
    }
    r->last = document->id;
    return add_document(data, document, error);
}

static bool add_range(reindex *r, uint32_t first, uint32_t last, GError **error)
{
    g_autoptr(hf_set) all = hf_selection_all(hf_vault_catalog(r->vault), error);
    for (uint32_t id = first; all != NULL && hf_set_next(all, &id) && id <= last; id++) {
        g_autoptr(hf_document) document = hf_document_get(hf_vault_catalog(r->vault), id, error);
        if (document == NULL || !add_document(r, document, error))
            return false;
    }
    return all != NULL;
}

static const hf_published *by_id(const GPtrArray *segments, int64_t id)
{
    for (guint i = 0; i < segments->len; i++) {
        const hf_published *segment = g_ptr_array_index(segments, i);
        if (segment->id == id)
            return segment;
    }
    return NULL;
}

/* Segments with documents whose text changed are built again whole: ranges stay disjoint. */
static bool rebuild(reindex *r, const GPtrArray *segments, const GArray *ids, GPtrArray *replaced,
                    GError **error)
{
    for (guint i = 0; i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        const hf_published *segment = by_id(segments, id);
        g_autoptr(GArray) one = g_array_new(FALSE, FALSE, sizeof(int64_t));
        if (segment == NULL)
            continue;
        g_array_append_val(one, id);
        hf_indexer_replace(r->indexer, one);
        g_ptr_array_add(replaced, segment->directory);
        if (!add_range(r, segment->first, segment->last, error))
            return false;
    }
    hf_indexer_replace(r->indexer, NULL);
    return true;
}

static bool publish_all(reindex *r, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(r->vault);
    hf_record *record;
    bool ok = hf_catalog_begin(catalog, error);
    bool begun = ok;
    hf_queue_close(r->results);
    while ((record = hf_queue_pop(r->results)) != NULL) {
        ok = ok && hf_indexer_publish(catalog, record, error);
        hf_record_free(record);
    }
    if (ok && hf_catalog_commit(catalog, error))
        return true;
    if (begun)
        hf_catalog_rollback(catalog);
    return false;
}

static void free_record(gpointer record)
{
    hf_record_free(record);
}

static void reindex_clear(reindex *r)
{
    hf_indexer_free(r->indexer);
    hf_queue_free(r->results, free_record);
    hf_progress_free(r->progress);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(reindex, reindex_clear)

static GArray *all_ids(const GPtrArray *segments)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < segments->len; i++)
        g_array_append_val(ids, ((const hf_published *)g_ptr_array_index(segments, i))->id);
    return ids;
}

bool hf_ingest_reindex(hf_vault *vault, bool all, hf_progress_mode progress, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(vault);
    g_autoptr(GPtrArray) segments = hf_published_list(catalog, error);
    g_autoptr(GArray) stale = segments == NULL ? NULL
                              : all            ? all_ids(segments)
                                               : hf_published_stale(catalog, error);
    g_autoptr(GPtrArray) replaced = g_ptr_array_new();
    uint64_t missing = 0;
    if (stale == NULL || !hf_document_count_unindexed(catalog, &missing, error))
        return false;
    if (stale->len == 0 && missing == 0)
        return true;
    g_auto(reindex) r = {.vault = vault, .segments = segments};
    r.progress = hf_progress_new(progress, "index", "documents");
    r.results = hf_queue_new(1);
    r.indexer = hf_indexer_new(vault, g_get_num_processors(), r.results, ignore_failure, NULL);
    if (!rebuild(&r, segments, stale, replaced, error) ||
        !hf_document_each_unindexed(catalog, add_missing, &r, error) ||
        !hf_indexer_finish(r.indexer, error) || !publish_all(&r, error))
        return false;
    return hf_indexer_shred(vault, replaced, error) && hf_indexer_merge(vault, catalog, error);
}
