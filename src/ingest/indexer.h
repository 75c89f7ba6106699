/* src/ingest/indexer.h -- batches of committed documents to index segments, in threads. Internal to src/ingest. */
#pragma once
#include "holdfast/vault.h"
#include "ingest/queue.h"
#include "ingest/record.h"

typedef struct hf_indexer hf_indexer;

/* Finished segments come as HF_RECORD_SEGMENT records into `results`; a failure comes into *error at hf_indexer_finish, and
 * `failed` is called once from a builder's thread. */
hf_indexer *hf_indexer_new(hf_vault *vault, unsigned threads, hf_queue *results,
                           void (*failed)(void *data), void *data);
typedef struct {
    int64_t values[HF_COLUMN_LAST];
} hf_indexer_columns;
/* Takes a committed family: its documents' ids are set, ascending, above all that came before. `columns` are theirs
 * (hf_vault_columns). Takes the record. */
bool hf_indexer_add(hf_indexer *indexer, hf_record *record, const hf_indexer_columns *columns);
/* Takes a document from its stored text. */
bool hf_indexer_add_stored(hf_indexer *indexer, const hf_document *document, GPtrArray *meta,
                           GBytes *text, const hf_indexer_columns *columns);
/* What the segments of the documents added from now on replace, to be published in one transaction; starts a new batch. */
bool hf_indexer_replace(hf_indexer *indexer, GArray *segment_ids);
/* Builds what is left and waits. */
bool hf_indexer_finish(hf_indexer *indexer, GError **error);
void hf_indexer_free(hf_indexer *indexer);

/* Merges runs of small adjacent segments where there are more than a few; publishes and shreds. */
bool hf_indexer_merge(hf_vault *vault, hf_catalog *catalog, GError **error);
/* Publishes one: the catalog's row (inside a transaction of the caller). */
bool hf_indexer_publish(hf_catalog *catalog, const hf_record *record, GError **error);
/* Shreds segments that were replaced; those that a reader has open stay for the next command. */
bool hf_indexer_shred(hf_vault *vault, GPtrArray *directories, GError **error);
