#include "ingest/record.h"
#include "ingest/queue.h"
#include "ingest/recipe.h"
#include <string.h>

#define SEAL_LIMIT (4 * 1024 * 1024) /* larger objects are streamed to a pack of their own */
#define FAMILY_MEMORY                                                                              \
    (32 * 1024 * 1024) /* so are those above STREAM_ABOVE once a family holds this much */
#define STREAM_ABOVE (256 * 1024)
#define STREAM_ABOVE_LATER (16 * 1024) /* once it holds four times as much */

hf_record_file *hf_record_file_ref(hf_record_file *file)
{
    if (file != NULL)
        g_atomic_int_inc(&file->refs);
    return file;
}

void hf_record_file_unref(hf_record_file *file)
{
    if (file == NULL || !g_atomic_int_dec_and_test(&file->refs))
        return;
    g_free(file->folder);
    g_free(file->name);
    g_free(file->place);
    g_free(file->custodian);
    g_free(file);
}

hf_record *hf_record_new(hf_record_kind kind, hf_record_file *file, const char *path_inside,
                         const char *place)
{
    hf_record *record = g_new0(hf_record, 1);
    record->kind = kind;
    record->file = hf_record_file_ref(file);
    record->path_inside = g_strdup(path_inside);
    record->place = g_strdup(place);
    record->modified = (hf_stamp){HF_TIME_NONE, HF_OFFSET_NONE};
    record->family_date = HF_TIME_NONE;
    return record;
}

void hf_record_free(hf_record *record)
{
    if (record == NULL)
        return;
    if (record->gate != NULL)
        hf_gate_leave(record->gate, record->weight);
    hf_record_file_unref(record->file);
    hf_record_file_unref(record->unread);
    if (record->documents != NULL)
        g_ptr_array_unref(record->documents);
    hf_item_free(record->root);
    if (record->key != NULL)
        hf_family_key_unref(record->key);
    if (record->left_out != NULL)
        g_array_unref(record->left_out);
    if (record->replaced != NULL)
        g_array_unref(record->replaced);
    g_free(record->ids);
    g_free(record->path_inside);
    g_free(record->place);
    g_free(record->why);
    g_free(record->segment);
    g_free(record);
}

gsize hf_record_weight(const hf_record *record)
{
    gsize weight = 1024;
    for (guint i = 0; record->documents != NULL && i < record->documents->len; i++) {
        const hf_item *item = g_ptr_array_index(record->documents, i);
        weight += 512 + item->text->len;
        weight += item->sealed_native != NULL ? hf_sealed_size(item->sealed_native) : 0;
        weight += item->sealed_text != NULL ? hf_sealed_size(item->sealed_text) : 0;
    }
    return weight;
}

hf_text_state hf_record_text_state(const hf_item *item)
{
    bool damaged = hf_item_damaged(item);
    if (item->text->len > 0)
        return damaged ? HF_TEXT_PARTIAL : HF_TEXT_WHOLE;
    return damaged || item->extractor == NULL ? HF_TEXT_NONE : HF_TEXT_WHOLE;
}

bool hf_record_is_place(const hf_item *item)
{
    return item->container && !hf_item_damaged(item);
}

static void list_documents(hf_record *record, hf_item *item)
{
    if (item == record->root || !hf_record_is_place(item)) {
        item->index = (int)record->documents->len;
        g_ptr_array_add(record->documents, item);
    }
    for (guint i = 0; i < item->children->len; i++)
        list_documents(record, g_ptr_array_index(item->children, i));
}

typedef struct {
    hf_object_writer *writer;
    hf_digester *digester;
} streaming;

static bool stream_piece(void *data, const void *bytes, size_t n, GError **error)
{
    streaming *s = data;
    hf_digest_update(s->digester, bytes, n);
    return hf_object_writer_write(s->writer, bytes, n, error);
}

/* Streams a large native to a pack of its own, and makes sure that it is what was hashed before. */
static bool stream_native(hf_record *record, hf_item *item, hf_store *store, GError **error)
{
    hf_digest again;
    g_autoptr(hf_digester) digester = hf_digest_new(false);
    streaming s = {hf_store_stream(store, record->key, error), digester};
    if (s.writer == NULL)
        return false;
    if (!hf_content_each(item->content, stream_piece, &s, error)) {
        hf_object_writer_abandon(s.writer);
        return false;
    }
    hf_digest_finish(digester, &again);
    if (memcmp(again.sha256, item->digest.sha256, 32) != 0) {
        hf_object_writer_abandon(s.writer);
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_CHANGED, "\"%s\" changed while it was read",
                    item->name);
        return false;
    }
    item->native_streamed = true;
    return hf_object_writer_finish(s.writer, &item->native_ref, error);
}

/* Whether an object is to have a pack of its own, so that what a family holds in memory stays within bounds. */
static bool too_large(uint64_t size, gsize held)
{
    return size > SEAL_LIMIT || (held > FAMILY_MEMORY && size > STREAM_ABOVE) ||
           (held > 4 * FAMILY_MEMORY && size > STREAM_ABOVE_LATER);
}

static bool store_native(hf_record *record, hf_item *item, hf_store *store, gsize held,
                         GError **error)
{
    uint64_t size = hf_content_size(item->content);
    uint8_t sha256[32];
    if (too_large(size, held))
        return stream_native(record, item, store, error);
    g_autoptr(GBytes) bytes = hf_content_bytes(item->content, SEAL_LIMIT, error);
    if (bytes == NULL)
        return false;
    hf_digest_sha256(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), sha256);
    if (memcmp(sha256, item->digest.sha256, 32) != 0) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_CHANGED, "\"%s\" changed while it was read",
                    item->name);
        return false;
    }
    item->sealed_native =
        hf_store_seal(record->key, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
    return item->sealed_native != NULL;
}

static bool store_text(hf_record *record, hf_item *item, hf_store *store, gsize held,
                       GError **error)
{
    if (item->text->len == 0)
        return true;
    hf_digest_sha256(item->text->str, item->text->len, item->text_sha256);
    if (!too_large(item->text->len, held)) {
        item->sealed_text = hf_store_seal(record->key, item->text->str, item->text->len, error);
        return item->sealed_text != NULL;
    }
    hf_object_writer *writer = hf_store_stream(store, record->key, error);
    if (writer == NULL)
        return false;
    if (!hf_object_writer_write(writer, item->text->str, item->text->len, error)) {
        hf_object_writer_abandon(writer);
        return false;
    }
    item->text_streamed = true;
    return hf_object_writer_finish(writer, &item->text_ref, error);
}

bool hf_record_prepare(hf_record *record, hf_store *store, bool in_place, GError **error)
{
    gsize held = 0;
    record->documents = g_ptr_array_new();
    if (record->key == NULL)
        record->key = hf_family_key_new();
    list_documents(record, record->root);
    for (guint i = 0; i < record->documents->len; i++) {
        hf_item *item = g_ptr_array_index(record->documents, i);
        item->size = hf_content_size(item->content);
        if ((!in_place && !store_native(record, item, store, held, error)) ||
            !store_text(record, item, store, held, error))
            return false;
        held += (item->sealed_native != NULL ? hf_sealed_size(item->sealed_native) : 0) +
                item->text->len;
        /* The bytes are sealed; what is left of them in memory is not needed any more. */
        if (item != record->root)
            hf_content_free(g_steal_pointer(&item->content));
    }
    hf_recipe_bytes_key(record->root->digest.sha256, &record->bytes_key);
    record->has_mail_key = hf_recipe_mail_key(record->root, &record->mail_key);
    record->has_mih = hf_recipe_mih(record->root, record->mih);
    record->family_date = hf_recipe_review_date(record->root).utc;
    return true;
}

bool hf_record_discard(hf_record *record, hf_store *store, GError **error)
{
    for (guint i = 0; i < record->documents->len; i++) {
        hf_item *item = g_ptr_array_index(record->documents, i);
        if (item->native_streamed && !hf_store_discard_stream(store, &item->native_ref, error))
            return false;
        if (item->text_streamed && !hf_store_discard_stream(store, &item->text_ref, error))
            return false;
        item->native_streamed = item->text_streamed = false;
    }
    return true;
}
