/* src/ingest/known.h -- lists of known software files that are left out (deNIST). Internal to src/ingest. */
#pragma once
#include "holdfast/base.h"

/* Reads a list: one MD5, SHA-1 or SHA-256 in hexadecimal a line (what follows a space or comma is ignored, # begins a
 * comment); NSRL RDSv2 text (its header line names the columns); NSRL RDSv3 SQLite (asked directly). Hashes of a text list are
 * kept sorted in a scratch file in `work_directory`, so that memory does not grow with the list. Errors: HF_ERROR_INVALID says
 * the line. */
typedef struct hf_known hf_known;
hf_known *hf_known_open(const char *path, const char *work_directory, GError **error);
void hf_known_free(hf_known *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_known, hf_known_free)
/* Whether the list has SHA-1 hashes, so that digests must be taken with it. */
bool hf_known_wants_sha1(const hf_known *known);
/* Whether the file is on the list. False with *error if the list cannot be asked. Thread-safe. */
bool hf_known_has(hf_known *known, const hf_digest *digest, bool *has, GError **error);
uint64_t hf_known_count(const hf_known *known);
