/* include/holdfast/verify.h -- reads a vault back and says what is not as it was written. Changes
 * nothing, takes no lock of packs or index, and works while another command writes: it sees the
 * catalog as it was when it began, and what is appended after that is none of its business.
 *
 * In full whatever the sample: the catalog against itself, packs and their key tables, every
 * segment of the index, the audit log with its checkpoints, what waits for it, and the keys of
 * logged queries. Sampled: the content of objects, and
 * that of originals that were left in place. */
#pragma once
#include "holdfast/vault.h"

G_BEGIN_DECLS

/* One thing that is wrong. Strings live until the callback returns. */
typedef struct {
    uint32_t document; /* control number; 0: it is about no document in particular */
    /* Of a document: native, text, instance (the own bytes of one of its places), replacement,
     * superseded (a text that was read again since), original (in place), document, family, key,
     * index. Else: catalog, family, pack, key, index, audit. */
    const char *part;
    const char *path; /* where it was found, as `--format paths` prints it; NULL: unknown */
    const char *problem;
    const char *advice; /* what to do next */
} hf_verify_finding;

typedef struct {
    double share;     /* of the objects to read, above 0, at most 1 */
    uint64_t count;   /* not 0: so many objects instead */
    uint32_t seed;    /* same seed, same vault, same sample */
    unsigned threads; /* 0: one a processor */
    hf_progress_mode progress;
    /* Called in the thread of hf_verify_run, in the same order for the same vault. */
    void (*finding)(void *data, const hf_verify_finding *finding);
    /* What is worth knowing and not wrong: scratch of a killed command, documents that are not
     * indexed yet. */
    void (*note)(void *data, const char *sentence);
    void *data;
} hf_verify_options;

typedef struct {
    uint64_t documents;
    uint64_t objects, objects_read;
    uint64_t bytes_read; /* of content, after decryption and expansion */
    uint64_t originals, originals_read;
    uint64_t packs, keys;
    uint64_t segments;
    uint64_t audit_rows;
    uint64_t findings, documents_wrong;
} hf_verify_result;

/* False only if it could not go on: the vault's keys do not open (HF_ERROR_KEY), the system
 * refused. Damage is told as findings and counted in `result`. */
bool hf_verify_run(hf_vault *vault, const hf_verify_options *options, hf_verify_result *result,
                   GError **error);

G_END_DECLS
