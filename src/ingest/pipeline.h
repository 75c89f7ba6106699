/* src/ingest/pipeline.h -- the threads that read: one a worker for documents, one a level of nesting for containers.
 * Internal to src/ingest.
 *
 * Documents wait in one queue and are read by `workers` threads. One that turns out to be a container goes to the thread of
 * its level, made when first needed, which streams its members back into the queue. Each level holds what it has in flight
 * below a limit (a gate); nothing else waits: a level waits for its members only, the deepest for the readers only, so there
 * is no circle. */
#pragma once
#include "holdfast/ingest.h"
#include "ingest/committer.h"
#include "ingest/known.h"

typedef struct hf_pipeline hf_pipeline;
hf_pipeline *hf_pipeline_new(hf_vault *vault, const hf_ingest_options *options, int64_t matter,
                             hf_known *known, hf_committer *committer, GError **error);
/* Reads a file of a source: takes the descriptor. Waits while enough is in flight. False after a failure. */
bool hf_pipeline_file(hf_pipeline *pipeline, hf_record_file *file, int fd);
/* Waits until all that was given is committed. False with *error if a reader failed. */
bool hf_pipeline_finish(hf_pipeline *pipeline, GError **error);
/* Stops at once: from any thread. */
void hf_pipeline_stop(hf_pipeline *pipeline);
void hf_pipeline_free(hf_pipeline *pipeline);
