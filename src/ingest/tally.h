/* src/ingest/tally.h -- a run's balance counted down into its sources and containers. Internal to src/ingest. */
#pragma once
#include "holdfast/catalog.h"
#include "ingest/item.h"

typedef enum {
    HF_BUCKET_NEW,
    HF_BUCKET_DUPLICATE,
    HF_BUCKET_UNCHANGED,
    HF_BUCKET_EXCLUDED,
    HF_BUCKET_EXCEPTION
} hf_bucket;

/* Counts `n` as found and in its bucket. */
void hf_tally_balance(hf_balance *balance, hf_bucket bucket, uint64_t n);

/* What was counted since the last flush. */
typedef struct hf_tally hf_tally;
hf_tally *hf_tally_new(void);
void hf_tally_free(hf_tally *tally);
/* Counts what lies at `path_inside` of a file: for the source, and for each container around it. */
void hf_tally_add(hf_tally *tally, int64_t source, int64_t file, const char *path_inside,
                  hf_bucket bucket, uint64_t n);
/* Counts a document for the containers around it inside its family, which lies at `path_inside`: a zip attached to a
 * message. */
void hf_tally_add_inside(hf_tally *tally, int64_t source, int64_t file, const char *path_inside,
                         const hf_item *item, hf_bucket bucket);
/* Adds to a source. */
void hf_tally_add_all(hf_tally *tally, int64_t source, const hf_balance *add);
/* Writes it all to the catalog and begins anew. */
bool hf_tally_flush(hf_tally *tally, hf_catalog *catalog, int64_t run, GError **error);
