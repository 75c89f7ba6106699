/* include/holdfast/ingest.h -- wires crawl, identify, extract, store, catalog and index: the only module that does.
 *
 * A run's balance: found = new + duplicate + unchanged + excluded + exception, over documents, counted down into containers
 * and attachments. Containers that were read whole are places and in no bucket; one that was not is a document. A document of
 * which nothing could be read is in `exception`; one that was partly read is `new`, and listed. */
#pragma once
#include "holdfast/crawl.h"
#include "holdfast/extract.h"
#include "holdfast/vault.h"

G_BEGIN_DECLS

typedef struct {
    const char *matter;         /* id, or NULL: the firm's general records */
    const char *custodian;      /* name, or NULL */
    const char *custodian_from; /* 'users/{custodian}/', or NULL */
    hf_crawl_filter filter;
    const char *known_hashes; /* file, or NULL */
    bool all_embedded, in_place, dry_run;
    const char *const *passwords; /* NULL-terminated, or NULL */
    hf_limits limits;
    const char *worker; /* program, or NULL */
    bool no_sandbox;
    unsigned workers; /* 0: one a processor, at least two */
    const char *reason;
    hf_progress_mode progress;
} hf_ingest_options;

/* Brings in folders and files. With dry_run nothing is read or written, and the balance counts files: new ones (or changed),
 * unchanged, excluded, unreadable. *run gets the run's id (0). An error stops the run; what was committed stays, and the same
 * command completes it. */
bool hf_ingest_run(hf_vault *vault, const hf_ingest_options *options, const char *const *paths,
                   int64_t *run, hf_balance *balance, GError **error);

/* What came of reading documents again. Exceptions are counted, except where it says documents. */
typedef struct {
    int64_t run;        /* 0: nothing was read */
    uint64_t documents; /* that were read again */
    uint64_t children;  /* documents that joined their families */
    uint64_t resolved;  /* closed: the problem is gone */
    uint64_t replaced;  /* closed: another problem, or a repaired file, stands in its place */
    uint64_t still;     /* open ones of the documents that were read */
    uint64_t untried;   /* documents left alone: there is nothing new to read them with */
    uint64_t elsewhere; /* open ones without a document: ingest of their source tries again */
} hf_retry_result;

/* Reads the documents of open exceptions again, from the vault: `documents`, or, where it is NULL, all that have hope: one is
 * encrypted and passwords were given, its extractor is newer than the one that failed, or nothing read its type then.
 * `force`: all of them. What it changes: hf_reread (src/ingest/reread.h). With options->dry_run it only counts documents. */
bool hf_ingest_retry(hf_vault *vault, const hf_ingest_options *options, const hf_set *documents,
                     bool force, hf_retry_result *result, GError **error);

/* Stores a repaired file beside the original of `document`, reads it in its stead, and closes the document's exceptions as
 * replaced. The control number stays. HF_ERROR_INVALID, and nothing is changed, if nothing can be read of the file either.
 * With options->dry_run it only tries that. */
bool hf_ingest_replace(hf_vault *vault, const hf_ingest_options *options, uint32_t document,
                       const char *file, const char *reason, hf_retry_result *result,
                       GError **error);

/* Builds what is missing of the index: documents without a segment, segments with stale documents; merges small segments.
 * `all` builds every segment again. */
bool hf_ingest_reindex(hf_vault *vault, bool all, hf_progress_mode progress, GError **error);

G_END_DECLS
