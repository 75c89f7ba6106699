#include "ingest/rows.h"
#include "holdfast/identify.h"
#include "ingest/recipe.h"
#include <string.h>

static void note_pack(GArray *pack_ends, const hf_object_ref *ref)
{
    for (guint i = 0; i < pack_ends->len; i++) {
        hf_pack_row *row = &g_array_index(pack_ends, hf_pack_row, i);
        if (row->pack == ref->pack) {
            row->end = MAX(row->end, ref->offset + ref->stored);
            row->slots = MAX(row->slots, ref->slot + 1);
            return;
        }
    }
    hf_pack_row row = {ref->pack, ref->offset + ref->stored, ref->slot + 1};
    g_array_append_val(pack_ends, row);
}

bool hf_rows_append(const hf_rows_target *target, hf_family_key *key, hf_sealed **sealed,
                    bool streamed, hf_object_ref *ref, const uint8_t *sha256, hf_object_row *row,
                    GError **error)
{
    if (!streamed && !hf_store_append(target->store, key, *sealed, ref, error))
        return false;
    hf_sealed_free(g_steal_pointer(sealed));
    note_pack(target->pack_ends, ref);
    *row = (hf_object_row){ref->pack, ref->slot, ref->offset, ref->stored, ref->size, {0}};
    memcpy(row->sha256, sha256, 32);
    return true;
}

void hf_rows_clear(hf_rows *rows)
{
    g_free(rows->rows);
    g_free(rows->natives);
    g_free(rows->texts);
    if (rows->metas != NULL)
        g_ptr_array_unref(rows->metas);
}

hf_meta_row *hf_rows_meta(const hf_item *item)
{
    hf_meta_row *rows = g_new0(hf_meta_row, item->meta->len + 1);
    for (guint i = 0; i < item->meta->len; i++) {
        const hf_item_meta *m = &g_array_index(item->meta, hf_item_meta, i);
        rows[i] = (hf_meta_row){hf_extract_meta_name(m->meta), m->value};
    }
    return rows;
}

int hf_rows_parent(const hf_item *item)
{
    for (const hf_item *up = item->parent; up != NULL; up = up->parent) {
        if (up->index >= 0)
            return up->index;
    }
    return -1;
}

static void fill_row(hf_document_row *row, const hf_item *item, const hf_meta_row *metas)
{
    g_autofree char *extension = hf_name_extension(item->name);
    const char *subject = hf_item_meta_value(item, HF_META_SUBJECT);
    const char *from = hf_item_meta_value(item, HF_META_FROM);
    *row = (hf_document_row){
        .parent = hf_rows_parent(item),
        .path = item->path,
        .name = item->name,
        .type = item->type,
        .extractor = item->extractor,
        .extractor_version = item->extractor_version,
        .title = subject != NULL ? subject : hf_item_meta_value(item, HF_META_TITLE),
        .author = from != NULL ? from : hf_item_meta_value(item, HF_META_AUTHOR),
        .sha256 = item->digest.sha256,
        .md5 = item->digest.md5,
        .size = item->size,
        .text_state = hf_record_text_state(item),
        .flags = item->flags,
        .wrong_extension = !hf_identify_extension_fits(extension, item->type),
        .review_date = hf_recipe_review_date(item),
        .meta = metas,
        .n_meta = item->meta->len,
    };
}

bool hf_rows_build(const hf_rows_target *target, hf_record *record, hf_rows *rows, GError **error)
{
    guint n = record->documents->len;
    rows->rows = g_new0(hf_document_row, n);
    rows->natives = g_new0(hf_object_row, n);
    rows->texts = g_new0(hf_object_row, n);
    rows->metas = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        hf_item *item = g_ptr_array_index(record->documents, i);
        hf_meta_row *metas = hf_rows_meta(item);
        g_ptr_array_add(rows->metas, metas);
        fill_row(&rows->rows[i], item, metas);
        if (item->sealed_native != NULL || item->native_streamed) {
            if (!hf_rows_append(target, record->key, &item->sealed_native, item->native_streamed,
                                &item->native_ref, item->digest.sha256, &rows->natives[i], error))
                return false;
            rows->rows[i].native = &rows->natives[i];
        }
        if (item->sealed_text != NULL || item->text_streamed) {
            if (!hf_rows_append(target, record->key, &item->sealed_text, item->text_streamed,
                                &item->text_ref, item->text_sha256, &rows->texts[i], error))
                return false;
            rows->rows[i].text = &rows->texts[i];
        }
    }
    return true;
}

bool hf_rows_settle(const hf_rows_target *target, hf_catalog *catalog, GError **error)
{
    if (target->pack_ends->len > 0 && !hf_store_sync(target->store, error))
        return false;
    for (guint i = 0; i < target->pack_ends->len; i++) {
        if (!hf_object_pack_end(catalog, &g_array_index(target->pack_ends, hf_pack_row, i), error))
            return false;
    }
    return true;
}

bool hf_rows_put_problem(hf_catalog *catalog, const hf_rows_place *place, const hf_item *item,
                         const hf_item_problem *problem, GError **error)
{
    hf_exception_row row = {
        .run = place->run,
        .source = place->source,
        .file = place->file,
        .document = place->document,
        .path = place->path,
        .stage = problem->stage,
        .reason = hf_error_item_name(problem->reason),
        .detail = problem->detail,
        .extractor = item->extractor,
        .extractor_version = item->extractor_version,
    };
    return hf_exception_put(catalog, &row, error);
}

bool hf_rows_put_container(hf_catalog *catalog, int64_t run, int64_t file, const char *path_inside,
                           const hf_item *item, GError **error)
{
    hf_container_row row = {
        .file = file,
        .path_inside = path_inside,
        .type = item->type,
        .sha256 = item->digest.sha256,
        .size = hf_content_size(item->content),
        .members = item->members,
        .whole = !hf_item_damaged(item),
        .run = run,
    };
    return hf_container_put(catalog, &row, error);
}

char *hf_rows_join(const char *a, const char *b)
{
    if (*a == '\0' || *b == '\0')
        return g_strconcat(a, b, NULL);
    return g_strconcat(a, "!/", b, NULL);
}

bool hf_rows_unread(const hf_item *item)
{
    return hf_item_damaged(item) && item->text->len == 0 && item->meta->len == 0 &&
           item->children->len == 0;
}
