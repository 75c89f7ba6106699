/* include/holdfast/audit.h -- the audit log as a Merkle tree: its root, proofs, and signed checkpoints that a stranger can
 * check. All but the last part are pure functions over bytes: the rows are the catalog's, the key is the vault's.
 *
 * Tree: RFC 6962 section 2.1 with SHA-256: leaf = H(0x00 ‖ row), node = H(0x01 ‖ left ‖ right), the empty tree is H("").
 * Checkpoints: https://c2sp.org/tlog-checkpoint, signed as https://c2sp.org/signed-note with Ed25519. */
#pragma once
#include "holdfast/base.h"
#include "holdfast/catalog.h"
#include "holdfast/store.h"

G_BEGIN_DECLS

#define HF_AUDIT_HASH 32

/* ---- hashes and the growing tree (merkle.c) ---- */
void hf_audit_leaf(const void *row, size_t n, uint8_t out[HF_AUDIT_HASH]);
void hf_audit_node(const uint8_t left[HF_AUDIT_HASH], const uint8_t right[HF_AUDIT_HASH],
                   uint8_t out[HF_AUDIT_HASH]);

/* The right edge of a tree: all that is needed to append to it and to know its root. A plain value, all zeros when empty.
 * `peaks` are the roots of the perfect subtrees that the leaves fall into, largest first, one for each bit of `size`. */
typedef struct {
    uint64_t size;
    uint8_t peaks[64][HF_AUDIT_HASH];
} hf_audit_tree;

/* O(log n) at most, two hashes on average. */
void hf_audit_tree_append(hf_audit_tree *tree, const uint8_t leaf[HF_AUDIT_HASH]);
void hf_audit_tree_append_row(hf_audit_tree *tree, const void *row, size_t n);
void hf_audit_tree_root(const hf_audit_tree *tree, uint8_t out[HF_AUDIT_HASH]);
/* Stored form: size, 8 bytes big-endian, then the peaks. Unref it. */
GBytes *hf_audit_tree_store(const hf_audit_tree *tree);
/* HF_ERROR_INTEGRITY if the bytes are not of that form. */
bool hf_audit_tree_load(hf_audit_tree *tree, const void *bytes, size_t n, GError **error);

/* ---- proofs (proof.c) ---- A proof is a row of hashes one after the other, in the order of RFC 6962. */
/* Gives the hash of leaf `index`. Called in runs of ascending indices. */
typedef bool (*hf_audit_leaf_function)(void *data, uint64_t index, uint8_t out[HF_AUDIT_HASH],
                                       GError **error);

/* That leaf `index` is in the tree of the first `size` leaves. Reads each other leaf once. HF_ERROR_INVALID if
 * index >= size. Unref it. */
GByteArray *hf_audit_prove_inclusion(uint64_t index, uint64_t size, hf_audit_leaf_function leaf,
                                     void *data, GError **error);
/* That the tree of the first `older` leaves is the beginning of that of `newer`. Empty if older is 0 or newer.
 * HF_ERROR_INVALID if older > newer. */
GByteArray *hf_audit_prove_consistency(uint64_t older, uint64_t newer, hf_audit_leaf_function leaf,
                                       void *data, GError **error);
bool hf_audit_check_inclusion(uint64_t index, uint64_t size, const uint8_t leaf[HF_AUDIT_HASH],
                              const void *proof, size_t n, const uint8_t root[HF_AUDIT_HASH]);
bool hf_audit_check_consistency(uint64_t older, uint64_t newer,
                                const uint8_t older_root[HF_AUDIT_HASH],
                                const uint8_t newer_root[HF_AUDIT_HASH], const void *proof,
                                size_t n);

/* ---- checkpoints and signed notes (note.c) ---- */
#define HF_AUDIT_PUBLIC_KEY 32
#define HF_AUDIT_SIGNATURE 64

typedef struct {
    char *origin; /* names the log: one line, no spaces, no plus */
    uint64_t size;
    uint8_t root[HF_AUDIT_HASH];
} hf_audit_checkpoint;
void hf_audit_checkpoint_clear(hf_audit_checkpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_audit_checkpoint, hf_audit_checkpoint_clear)

/* "origin\nsize\nbase64 of the root\n"; g_free it. HF_ERROR_INVALID if the origin is not of its form. */
char *hf_audit_checkpoint_format(const hf_audit_checkpoint *checkpoint, GError **error);
/* Reads that form; further lines (extensions) are skipped. HF_ERROR_INTEGRITY. `out` is set only on success. */
bool hf_audit_checkpoint_parse(const char *text, hf_audit_checkpoint *out, GError **error);

/* The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
void hf_audit_key_id(const char *name, const uint8_t public_key[HF_AUDIT_PUBLIC_KEY],
                     uint8_t out[4]);
/* "name+5f9a1c02+base64 of 0x01 ‖ public key": how a verifier is told which key to trust (Go's note package reads it).
 * Free with g_free. And back: HF_ERROR_INVALID; *name is g_free'd. */
char *hf_audit_key_format(const char *name, const uint8_t public_key[HF_AUDIT_PUBLIC_KEY]);
bool hf_audit_key_parse(const char *text, char **name, uint8_t public_key[HF_AUDIT_PUBLIC_KEY],
                        GError **error);

/* Makes the Ed25519 signature (RFC 8032) of the bytes of `text`. */
typedef bool (*hf_audit_sign_function)(void *data, const void *text, size_t n,
                                       uint8_t signature[HF_AUDIT_SIGNATURE], GError **error);
/* `text` (ends with a newline), a blank line, and one signature line. g_free it. HF_ERROR_INVALID if name or text are not
 * of their form. */
char *hf_audit_note_sign(const char *text, const char *name,
                         const uint8_t public_key[HF_AUDIT_PUBLIC_KEY], hf_audit_sign_function sign,
                         void *data, GError **error);
/* The text of a note, once its signature by this key is checked; g_free it. Signatures of other keys are skipped, as the
 * form demands. HF_ERROR_INTEGRITY if it is no note, has no signature of this key, or a wrong one. */
char *hf_audit_note_open(const char *note, size_t n, const char *name,
                         const uint8_t public_key[HF_AUDIT_PUBLIC_KEY], GError **error);

/* ---- the vault's log (log.c) ---- the origin of its checkpoints, and the name of its key, is "holdfast/<vault id>". */
char *hf_audit_origin(const char *vault_id); /* g_free */
/* Signs a checkpoint over the rows that were written since the last one, if there are any, in a transaction of its own. */
bool hf_audit_seal(hf_catalog *catalog, hf_store *store, const char *vault_id, GError **error);
/* Checks every row against its leaf and every checkpoint against the rows and its signature; `finding` gets a sentence for
 * each thing that is wrong. *rows is how many there are. False only if reading failed. */
typedef void (*hf_audit_finding)(void *data, const char *sentence);
bool hf_audit_check_log(hf_catalog *catalog, hf_store *store, const char *vault_id,
                        hf_audit_finding finding, void *data, uint64_t *rows, GError **error);

G_END_DECLS
