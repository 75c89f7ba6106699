/* src/ingest/committer.h -- the one thread that writes packs and catalog. Internal to src/ingest.
 *
 * Order of a batch (design.md "Durability order"): pack bytes and key tables, synced; then one catalog transaction with
 * families, instances, exceptions and the audit row; then the documents go to the indexer. */
#pragma once
#include "holdfast/ingest.h"
#include "ingest/indexer.h"
#include "ingest/queue.h"
#include "ingest/record.h"

typedef struct hf_committer hf_committer;
/* `failed` is called once, from the committer's thread or the indexer's. The run's row is written with the first batch. */
hf_committer *hf_committer_new(hf_vault *vault, const char *settings_json, unsigned index_threads,
                               hf_progress *progress, void (*failed)(void *data), void *data,
                               GError **error);
/* Takes the record; waits while too much is under way. False, and the record is gone, after a failure. */
bool hf_committer_push(hf_committer *committer, hf_record *record);
/* Counts what of a source needs no row: unchanged and found. Thread-safe. */
void hf_committer_count(hf_committer *committer, int64_t source, const hf_balance *add);
/* For the progress line: bytes of files that the crawl has seen. */
void hf_committer_seen(hf_committer *committer, uint64_t bytes);
/* A source was walked to its end: exceptions of earlier runs that belong to no file of it are over, unless they came again. */
void hf_committer_crawled(hf_committer *committer, int64_t source);
/* Commits and indexes what is left, writes the run's end. To be called when no one pushes any more. */
bool hf_committer_finish(hf_committer *committer, int64_t *run, hf_balance *balance,
                         GError **error);
void hf_committer_free(hf_committer *committer);
