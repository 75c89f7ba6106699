#include "verify/parts.h"

#define RESTORE_PACK "restore what it names from a backup, then run holdfast verify"

static int by_pack(gconstpointer a, gconstpointer b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Both kinds of rows begin with the pack's number. */
G_STATIC_ASSERT(G_STRUCT_OFFSET(hf_pack_row, pack) == 0 && G_STRUCT_OFFSET(hf_store_pack, pack) == 0);

const hf_store_pack *hf_packs_on_disk(const hf_verify *v, uint32_t pack)
{
    guint at;
    return g_array_binary_search(v->disk, &pack, by_pack, &at) ? &g_array_index(v->disk, hf_store_pack, at) : NULL;
}

static bool in_catalog(const hf_verify *v, uint32_t pack)
{
    return g_array_binary_search(v->rows, &pack, by_pack, NULL);
}

static void check_pack(hf_verify *v, const hf_pack_row *row)
{
    const hf_store_pack *disk = hf_packs_on_disk(v, row->pack);
    if (disk == NULL || disk->size == 0) {
        hf_verify_find(v, "pack", 0, 0, RESTORE_PACK, "objects/%08u.pack is missing or empty", row->pack);
        return;
    }
    v->result->keys += MIN(row->slots, disk->slots);
    if (!disk->openable)
        hf_verify_find(v, "pack", 0, 0, RESTORE_PACK,
                       "pack %08u does not open: its header, its key table (objects/%08u.keys) or its key in keys/ is damaged or"
                       " missing",
                       row->pack, row->pack);
    else if (disk->slots < row->slots)
        hf_verify_find(v, "pack", 0, 0, RESTORE_PACK, "objects/%08u.keys has %u keys of the %u that the catalog knows",
                       row->pack, disk->slots, row->slots);
    else if (disk->slots > row->slots)
        hf_verify_note(v, "keys in objects/%08u.keys that the catalog does not know yet: %u, of a command that runs, or was"
                          " killed (the next ingest wipes them)",
                       row->pack, disk->slots - row->slots);
    if (disk->size < row->end)
        hf_verify_find(v, "pack", 0, 0, RESTORE_PACK,
                       "objects/%08u.pack has %" G_GUINT64_FORMAT " bytes of the %" G_GUINT64_FORMAT " that the catalog knows",
                       row->pack, disk->size, row->end);
    else if (disk->size > row->end)
        hf_verify_note(v, "bytes in objects/%08u.pack that the catalog does not know yet: %" G_GUINT64_FORMAT ", of a command that"
                          " runs, or was killed (the next ingest cuts them off)",
                       row->pack, disk->size - row->end);
}

static bool all_open(const hf_verify *v)
{
    for (guint i = 0; i < v->rows->len; i++) {
        const hf_store_pack *disk = hf_packs_on_disk(v, g_array_index(v->rows, hf_pack_row, i).pack);
        if (disk != NULL && !disk->openable)
            return false;
    }
    return true;
}

static bool list_disk(hf_verify *v, GError **error)
{
    g_clear_pointer(&v->disk, g_array_unref);
    v->disk = hf_store_packs(v->store, error);
    return v->disk != NULL;
}

bool hf_packs_check(hf_verify *v, GError **error)
{
    v->rows = hf_object_packs(v->catalog, error);
    if (v->rows == NULL || !list_disk(v, error))
        return false;
    /* A key that a running command was just writing may have been seen half written. */
    if (!all_open(v) && !list_disk(v, error))
        return false;
    v->result->packs = v->rows->len;
    for (guint i = 0; i < v->rows->len; i++)
        check_pack(v, &g_array_index(v->rows, hf_pack_row, i));
    for (guint i = 0; i < v->disk->len; i++) {
        uint32_t pack = g_array_index(v->disk, hf_store_pack, i).pack;
        if (!in_catalog(v, pack))
            hf_verify_note(v, "the catalog does not know objects/%08u.pack: it is of a command that runs, or was killed (the next"
                              " ingest removes it)",
                           pack);
    }
    return true;
}
