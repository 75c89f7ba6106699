/* src/verify/parts.h -- what the parts of a verification share. Internal to src/verify. */
#pragma once
#include "holdfast/verify.h"
#include "verify/crew.h"
#include <stdatomic.h>

G_BEGIN_DECLS

typedef struct {
    hf_vault *vault;
    hf_catalog *catalog; /* inside a read of one state; this thread's */
    hf_store *store;
    hf_crew *crew;
    const hf_verify_options *options;
    hf_verify_result *result;
    hf_set *wrong; /* documents with a finding */
    GRand *random; /* for the sample */
    double share;  /* of the sample, once it is known of how many */
    GArray *rows;  /* hf_pack_row, ascending */
    GArray *disk;  /* hf_store_pack, ascending */

    hf_progress *progress;
    uint64_t total_objects, total_bytes; /* for the progress */
    _Atomic uint64_t done_objects, done_bytes, findings;
} hf_verify;

#define HF_VERIFY_RESTORE_CATALOG                                                                  \
    "the catalog was changed or damaged outside holdfast: restore catalog.db from a backup, then " \
    "run holdfast verify"
#define HF_VERIFY_REINDEX                                                                          \
    "run holdfast reindex --all: the index is built again from the stored texts"

/* Tells a finding. `instance` (0: none) is the place to name instead of the document's first. */
void hf_verify_find(hf_verify *v, const char *part, uint32_t document, int64_t instance,
                    const char *advice, const char *format, ...) G_GNUC_PRINTF(6, 7);
void hf_verify_note(hf_verify *v, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Ends a part that read the catalog: damage of it becomes a finding and the rest goes on (true);
 * what else went wrong goes out through `error` (false). Takes `failed`, which may be NULL. */
bool hf_verify_went(hf_verify *v, GError *failed, GError **error);
/* Shows how far it is; from any thread. */
void hf_verify_progress(hf_verify *v, uint64_t objects, uint64_t bytes);

/* The packs on disk against those of the catalog; fills rows and disk. (packs.c) */
bool hf_packs_check(hf_verify *v, GError **error);
const hf_store_pack *hf_packs_on_disk(const hf_verify *v, uint32_t pack);

/* Every object, its hash, its place and its key. (objects.c) */
bool hf_objects_check(hf_verify *v, GError **error);
/* The files of documents in place. (originals.c) */
bool hf_originals_check(hf_verify *v, GError **error);

/* The searches that wait for the audit log, and the keys of logged queries. (searches.c) */
bool hf_searches_check(hf_verify *v, GError **error);

/* The segments: started first, so that the crew reads them while the catalog is looked at, finished
 * last. (segments.c) */
typedef struct hf_segments hf_segments;
hf_segments *hf_segments_start(hf_verify *v, GError **error);
bool hf_segments_finish(hf_segments *segments, GError **error);
void hf_segments_free(hf_segments *segments); /* after the crew */

G_END_DECLS
