/* src/ingest/rows.h -- from items to the catalog's rows, and their objects into the packs. Internal to src/ingest.
 *
 * Used by the one thread that appends to the store, inside its catalog transaction: objects are appended while the rows are
 * made, hf_rows_settle syncs them, and only then the transaction is committed (design.md "Durability order"). */
#pragma once
#include "ingest/record.h"

/* What a transaction appends to. */
typedef struct {
    hf_store *store;
    GArray *
        pack_ends; /* of hf_pack_row: how far each pack reaches with this transaction; emptied by its owner */
} hf_rows_target;

/* Appends a sealed object, or takes the one that was streamed; *row is what the catalog keeps. */
bool hf_rows_append(const hf_rows_target *target, hf_family_key *key, hf_sealed **sealed,
                    bool streamed, hf_object_ref *ref, const uint8_t *sha256, hf_object_row *row,
                    GError **error);

typedef struct {
    hf_document_row
        *rows; /* one for each of the record's documents, in their order; point into the items */
    hf_object_row *natives, *texts;
    GPtrArray *metas; /* of hf_meta_row arrays */
} hf_rows;
/* An item's metadata as the catalog keeps it, item->meta->len rows that point into it. g_free. */
hf_meta_row *hf_rows_meta(const hf_item *item);
void hf_rows_clear(hf_rows *rows);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_rows, hf_rows_clear)
/* Of a record that was prepared: appends what it holds. `rows` starts as zeros. */
bool hf_rows_build(const hf_rows_target *target, hf_record *record, hf_rows *rows, GError **error);

/* Makes what was appended durable, and says in the catalog how far the packs reach. */
bool hf_rows_settle(const hf_rows_target *target, hf_catalog *catalog, GError **error);

/* Where an item's problems are written to. */
typedef struct {
    int64_t run, source, file;
    uint32_t document;
    const char *path; /* full */
} hf_rows_place;
bool hf_rows_put_problem(hf_catalog *catalog, const hf_rows_place *place, const hf_item *item,
                         const hf_item_problem *problem, GError **error);

/* An item that is a container, as a place inside `file`. */
bool hf_rows_put_container(hf_catalog *catalog, int64_t run, int64_t file, const char *path_inside,
                           const hf_item *item, GError **error);

/* Index of the nearest ancestor that is a document; places in between are skipped. -1: none. */
int hf_rows_parent(const hf_item *item);
/* "a!/b", or the one that is not empty. g_free. */
char *hf_rows_join(const char *a, const char *b);
/* Nothing could be read of it: its bucket is `exception`. */
bool hf_rows_unread(const hf_item *item);
