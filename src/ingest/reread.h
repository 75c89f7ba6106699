/* src/ingest/reread.h -- reads a document of the vault again, for `exception retry` and `exception replace`. Internal to
 * src/ingest.
 *
 * The document keeps its control number; its text, metadata and type become what was read now. Children that were not there
 * before join its family, with new numbers: members of a container too, in batches, each in one transaction, so that neither
 * memory nor a killed command depends on how many there are. What lies at its place already (by path and hash) is left as it
 * is. The document's own rows and exceptions are written last. Deduplication is not run again. */
#pragma once
#include "holdfast/ingest.h"
#include "ingest/item.h"

typedef struct hf_reread hf_reread;

/* For a run of `command` with these settings; it begins with the first document that is read. */
hf_reread *hf_reread_new(hf_vault *vault, const hf_ingest_options *options, const char *command,
                         const char *settings_json, GError **error);
/* The document's bytes: of its replacement, its native, or in place, where they must still be the same (HF_ERROR_NOT_FOUND
 * with what to do). *name is the replacement's or the document's; g_free. */
hf_content *hf_reread_content(hf_reread *reread, const hf_document *document, char **name,
                              GError **error);
/* Only looks: *readable is false if nothing at all could be read of it, then *why (g_free) says why. Takes the content. */
bool hf_reread_try(hf_reread *reread, const hf_document *document, hf_content *content,
                   const char *name, bool *readable, char **why, GError **error);
/* Reads `content` (taken) as the document. With `reason`, as its repaired file: it is stored beside the original and all
 * open exceptions are closed as replaced. Adds to *result. */
bool hf_reread_document(hf_reread *reread, const hf_document *document, hf_content *content,
                        const char *name, const char *reason, hf_retry_result *result,
                        GError **error);
/* Writes the run's end; *run gets its id, 0 if nothing was read. */
bool hf_reread_finish(hf_reread *reread, const hf_retry_result *result, int64_t *run,
                      GError **error);
void hf_reread_free(hf_reread *reread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_reread, hf_reread_free)
