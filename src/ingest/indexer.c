#include "ingest/indexer.h"
#include <string.h>

#define BATCH_TEXT (8 * 1024 * 1024)
#define WAITING_BATCHES 2
#define MERGE_ABOVE 32 /* segments below SMALL that are left alone */
#define SMALL (UINT64_C(512) * 1024 * 1024)
#define MERGED (UINT64_C(1024) * 1024 * 1024)
#define FAN_IN 200

typedef struct {
    uint32_t id;
    GArray *fields; /* of hf_field_text; texts belong to the record or to `owned` */
    int64_t columns[HF_COLUMN_LAST];
    GPtrArray *owned;
    GBytes *text;
} batch_document;

typedef struct {
    GPtrArray *documents; /* of batch_document */
    GPtrArray *records;   /* of hf_record, owned */
    GArray *replaced;
    gsize text;
} batch;

struct hf_indexer {
    hf_vault *vault;
    hf_queue *batches, *results;
    GPtrArray *threads;
    batch *current;
    void (*failed)(void *data);
    void *data;
    GMutex mutex;
    GError *error;
};

static void free_document(gpointer data)
{
    batch_document *d = data;
    g_array_unref(d->fields);
    if (d->owned != NULL)
        g_ptr_array_unref(d->owned);
    if (d->text != NULL)
        g_bytes_unref(d->text);
    g_free(d);
}

static batch *batch_new(void)
{
    batch *b = g_new0(batch, 1);
    b->documents = g_ptr_array_new_with_free_func(free_document);
    b->records = g_ptr_array_new_with_free_func((GDestroyNotify)hf_record_free);
    return b;
}

static void batch_free(gpointer data)
{
    batch *b = data;
    g_ptr_array_unref(b->documents);
    g_ptr_array_unref(b->records);
    if (b->replaced != NULL)
        g_array_unref(b->replaced);
    g_free(b);
}

static void fail(hf_indexer *indexer, GError *error)
{
    g_mutex_lock(&indexer->mutex);
    bool first = indexer->error == NULL;
    if (first)
        indexer->error = error;
    else
        g_error_free(error);
    g_mutex_unlock(&indexer->mutex);
    if (first)
        indexer->failed(indexer->data);
}

static hf_record *build(hf_indexer *indexer, batch *b, GError **error)
{
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    g_autoptr(GArray) ids_left_out = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < b->documents->len; i++) {
        const batch_document *d = g_ptr_array_index(b->documents, i);
        hf_index_document document = {.id = d->id,
                                      .fields = (const hf_field_text *)d->fields->data,
                                      .n_fields = d->fields->len};
        bool left_out = false;
        memcpy(document.columns, d->columns, sizeof document.columns);
        if (!hf_segment_builder_add(builder, &document, &left_out, error))
            return NULL;
        if (left_out)
            g_array_append_val(ids_left_out, d->id);
    }
    const batch_document *first = g_ptr_array_index(b->documents, 0);
    const batch_document *last = g_ptr_array_index(b->documents, b->documents->len - 1);
    g_autofree char *directory =
        g_strdup_printf("%010u-%010u-%08x", first->id, last->id, g_random_int());
    g_autofree char *path = hf_vault_segment_path(indexer->vault, directory);
    hf_segment_info info;
    if (!hf_segment_builder_finish(builder, path, &info, error))
        return NULL;
    hf_record *record = hf_record_new(HF_RECORD_SEGMENT, NULL, "", "");
    record->segment = g_steal_pointer(&directory);
    record->published = (hf_published){.first = info.first,
                                       .last = info.last,
                                       .documents = info.documents,
                                       .bytes = info.bytes,
                                       .words = info.words};
    record->replaced = g_steal_pointer(&b->replaced);
    record->left_out = g_steal_pointer(&ids_left_out);
    return record;
}

static gpointer builder_thread(gpointer data)
{
    hf_indexer *indexer = data;
    batch *b;
    while ((b = hf_queue_pop(indexer->batches)) != NULL) {
        GError *error = NULL;
        hf_record *record = build(indexer, b, &error);
        batch_free(b);
        if (record == NULL)
            fail(indexer, error);
        else if (!hf_queue_push(indexer->results, record, 0))
            hf_record_free(record);
    }
    return NULL;
}

hf_indexer *hf_indexer_new(hf_vault *vault, unsigned threads, hf_queue *results,
                           void (*failed)(void *data), void *data)
{
    hf_indexer *indexer = g_new0(hf_indexer, 1);
    indexer->vault = vault;
    indexer->results = results;
    indexer->failed = failed;
    indexer->data = data;
    indexer->batches = hf_queue_new(WAITING_BATCHES);
    indexer->current = batch_new();
    indexer->threads = g_ptr_array_new();
    g_mutex_init(&indexer->mutex);
    for (unsigned i = 0; i < threads; i++)
        g_ptr_array_add(indexer->threads, g_thread_new("index", builder_thread, indexer));
    return indexer;
}

static bool hand_over(hf_indexer *indexer)
{
    batch *b = g_steal_pointer(&indexer->current);
    indexer->current = batch_new();
    if (b->documents->len == 0) {
        batch_free(b);
        return true;
    }
    if (hf_queue_push(indexer->batches, b, 1))
        return true;
    batch_free(b);
    return false;
}

/* The field that a meta is searched in; HF_FIELD_LAST: none. */
static hf_field field_of(hf_meta meta)
{
    switch (meta) {
    case HF_META_SUBJECT:
        return HF_FIELD_SUBJECT;
    case HF_META_TITLE:
        return HF_FIELD_TITLE;
    case HF_META_FROM:
        return HF_FIELD_FROM;
    case HF_META_TO:
        return HF_FIELD_TO;
    case HF_META_CC:
        return HF_FIELD_CC;
    case HF_META_BCC:
        return HF_FIELD_BCC;
    case HF_META_AUTHOR:
    case HF_META_LAST_AUTHOR:
        return HF_FIELD_AUTHOR;
    case HF_META_TOPIC:
    case HF_META_KEYWORDS:
    case HF_META_COMMENTS:
    case HF_META_COMPANY:
    case HF_META_REPLY_TO:
    case HF_META_OTHER:
        return HF_FIELD_OTHER;
    default:
        return HF_FIELD_LAST;
    }
}

static void add_field(batch_document *d, hf_field field, const char *text, size_t n)
{
    hf_field_text row = {field, text, n};
    if (field < HF_FIELD_LAST && n > 0)
        g_array_append_val(d->fields, row);
}

static batch_document *start_document(hf_indexer *indexer, uint32_t id,
                                      const hf_indexer_columns *columns)
{
    batch_document *d = g_new0(batch_document, 1);
    d->id = id;
    memcpy(d->columns, columns->values, sizeof d->columns);
    d->fields = g_array_new(FALSE, FALSE, sizeof(hf_field_text));
    g_ptr_array_add(indexer->current->documents, d);
    return d;
}

/* Keeps a copy of a name as UTF-8 for as long as the batch lives. */
static void add_name(batch_document *d, const char *name)
{
    char *utf8 = hf_name_utf8(name, -1);
    if (d->owned == NULL)
        d->owned = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(d->owned, utf8);
    add_field(d, HF_FIELD_FILENAME, utf8, strlen(utf8));
}

static void add_item(hf_indexer *indexer, const hf_record *record, const hf_item *item, uint32_t id,
                     const hf_indexer_columns *columns)
{
    batch_document *d = start_document(indexer, id, columns);
    add_field(d, HF_FIELD_BODY, item->text->str, item->text->len);
    for (guint i = 0; i < item->meta->len; i++) {
        const hf_item_meta *m = &g_array_index(item->meta, hf_item_meta, i);
        add_field(d, field_of(m->meta), m->value, strlen(m->value));
    }
    const char *inside = item == record->root ? record->path_inside : item->path;
    add_name(d, *inside != '\0' ? inside : item->name);
    indexer->current->text += item->text->len + 256;
}

bool hf_indexer_add(hf_indexer *indexer, hf_record *record, const hf_indexer_columns *columns)
{
    for (guint i = 0; i < record->documents->len; i++)
        add_item(indexer, record, g_ptr_array_index(record->documents, i), record->ids[i],
                 &columns[i]);
    g_ptr_array_add(indexer->current->records, record);
    return indexer->current->text < BATCH_TEXT || hand_over(indexer);
}

bool hf_indexer_add_stored(hf_indexer *indexer, const hf_document *document, GPtrArray *meta,
                           GBytes *text, const hf_indexer_columns *columns)
{
    batch_document *d = start_document(indexer, document->id, columns);
    if (text != NULL) {
        d->text = g_bytes_ref(text);
        add_field(d, HF_FIELD_BODY, g_bytes_get_data(text, NULL), g_bytes_get_size(text));
        indexer->current->text += g_bytes_get_size(text);
    }
    d->owned = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i + 1 < meta->len; i += 2) {
        int known = hf_extract_meta_parse(g_ptr_array_index(meta, i));
        char *value = g_strdup(g_ptr_array_index(meta, i + 1));
        g_ptr_array_add(d->owned, value);
        if (known >= 0)
            add_field(d, field_of((hf_meta)known), value, strlen(value));
    }
    const char *inside = *document->path != '\0' || document->path_inside == NULL
                             ? document->path
                             : document->path_inside;
    add_name(d, *inside != '\0' ? inside : document->name);
    indexer->current->text += 256;
    return indexer->current->text < BATCH_TEXT || hand_over(indexer);
}

bool hf_indexer_replace(hf_indexer *indexer, GArray *segment_ids)
{
    bool ok = hand_over(indexer);
    indexer->current->replaced = segment_ids != NULL ? g_array_ref(segment_ids) : NULL;
    return ok;
}

bool hf_indexer_finish(hf_indexer *indexer, GError **error)
{
    hand_over(indexer);
    hf_queue_close(indexer->batches);
    for (guint i = 0; i < indexer->threads->len; i++)
        g_thread_join(g_ptr_array_index(indexer->threads, i));
    g_ptr_array_set_size(indexer->threads, 0);
    if (indexer->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&indexer->error));
    return false;
}

void hf_indexer_free(hf_indexer *indexer)
{
    if (indexer == NULL)
        return;
    hf_queue_shut(indexer->batches);
    for (guint i = 0; i < indexer->threads->len; i++)
        g_thread_join(g_ptr_array_index(indexer->threads, i));
    g_ptr_array_unref(indexer->threads);
    hf_queue_free(indexer->batches, batch_free);
    batch_free(indexer->current);
    g_clear_error(&indexer->error);
    g_mutex_clear(&indexer->mutex);
    g_free(indexer);
}

bool hf_indexer_publish(hf_catalog *catalog, const hf_record *record, GError **error)
{
    hf_published segment = record->published;
    segment.directory = record->segment;
    for (guint i = 0; record->left_out != NULL && i < record->left_out->len; i++) {
        if (!hf_published_flag(catalog, g_array_index(record->left_out, uint32_t, i),
                               HF_FLAG_ENCODED_LEFT_OUT, error))
            return false;
    }
    return hf_published_put(catalog, &segment, record->replaced, error) &&
           hf_published_clear_stale(catalog, segment.first, segment.last, error);
}

bool hf_indexer_shred(hf_vault *vault, GPtrArray *directories, GError **error)
{
    for (guint i = 0; i < directories->len; i++) {
        bool busy = false;
        g_autofree char *path = hf_vault_segment_path(vault, g_ptr_array_index(directories, i));
        /* One that is lost already is why it was built again. */
        if (g_file_test(path, G_FILE_TEST_EXISTS) && !hf_segment_shred(path, &busy, error))
            return false;
    }
    return true;
}

/* Merges segments [from, to) of the list into one. */
static bool merge_run(hf_vault *vault, hf_catalog *catalog, GPtrArray *segments, guint from,
                      guint to, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) directories = g_ptr_array_new();
    g_autoptr(GArray) replaced = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = from; i < to; i++) {
        hf_published *segment = g_ptr_array_index(segments, i);
        g_ptr_array_add(paths, hf_vault_segment_path(vault, segment->directory));
        g_ptr_array_add(directories, segment->directory);
        g_array_append_val(replaced, segment->id);
    }
    const hf_published *first = g_ptr_array_index(segments, from);
    const hf_published *last = g_ptr_array_index(segments, to - 1);
    g_autofree char *name =
        g_strdup_printf("%010u-%010u-%08x", first->first, last->last, g_random_int());
    g_autofree char *path = hf_vault_segment_path(vault, name);
    hf_segment_info info;
    if (!hf_segment_merge((const char *const *)paths->pdata, paths->len, NULL, path, &info, error))
        return false;
    hf_published merged = {.directory = name,
                           .first = info.first,
                           .last = info.last,
                           .documents = info.documents,
                           .bytes = info.bytes,
                           .words = info.words};
    if (!hf_catalog_begin(catalog, error))
        return false;
    if (!hf_published_put(catalog, &merged, replaced, error) ||
        !hf_catalog_commit(catalog, error)) {
        hf_catalog_rollback(catalog);
        return false;
    }
    return hf_indexer_shred(vault, directories, error);
}

bool hf_indexer_merge(hf_vault *vault, hf_catalog *catalog, GError **error)
{
    g_autoptr(GPtrArray) segments = hf_published_list(catalog, error);
    if (segments == NULL)
        return false;
    guint small = 0;
    for (guint i = 0; i < segments->len; i++)
        small += ((const hf_published *)g_ptr_array_index(segments, i))->bytes < SMALL;
    if (small <= MERGE_ABOVE)
        return true;
    for (guint from = 0; from < segments->len;) {
        uint64_t bytes = 0;
        guint to = from;
        while (to < segments->len && to - from < FAN_IN) {
            const hf_published *segment = g_ptr_array_index(segments, to);
            if (segment->bytes >= SMALL || bytes + segment->bytes > MERGED)
                break;
            bytes += segment->bytes;
            to++;
        }
        if (to - from > 1 && !merge_run(vault, catalog, segments, from, to, error))
            return false;
        from = MAX(to, from + 1);
    }
    return true;
}
