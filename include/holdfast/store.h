/* include/holdfast/store.h -- pack files and keys: families of objects, compressed, each family encrypted under its own
 * key, so that destroying the key destroys the family (design.md "The vault"). Also the vault's directory itself: vault.yaml,
 * the lock, work/. Knows nothing of documents or the catalog.
 *
 *   objects/NNNNNNNN.pack   append only: a header, then objects
 *   objects/NNNNNNNN.keys   the pack's key table: family keys wrapped by the pack key
 *   keys/epoch-N.key        an epoch's key-encryption key; in clear, or sealed by a passphrase or by a key file elsewhere
 *   keys/packs-N            all pack keys wrapped by epoch N's key
 *   keys/queries-N          the keys of logged queries, wrapped by epoch N's key
 *   keys/current            the pointer to the current epoch, replaced atomically
 *   keys/signing.key        Ed25519, for audit checkpoints; keys/signing.pub its public half
 */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

#define HF_VAULT_FORMAT 1

/* ---- the vault's directory (vaultdir.c) ---- */
typedef struct {
    char *id;        /* 32 hex digits, random */
    unsigned format; /* HF_VAULT_FORMAT when this program made it */
    hf_time created;
    char *timezone;   /* IANA name, "UTC", "Europe/Berlin" */
    char *key_source; /* "vault" (keys/), "file" (--key-file), "passphrase" */
} hf_vaultdir;
void hf_vaultdir_free(hf_vaultdir *dir);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_vaultdir, hf_vaultdir_free)
/* Makes directory (0700), vault.yaml, keys, objects/, index/, work/. Refuses a directory that is not empty
 * (HF_ERROR_EXISTS). Key: exactly one of key_file (made, 0600, must not exist) and passphrase, or neither (in keys/). A
 * killed init leaves no vault.yaml: the directory can be used again, and so can the key file that it made. The key file
 * never changes after: it seals each epoch's key, so that a new epoch writes nothing outside the vault. */
bool hf_vaultdir_create(const char *path, const char *timezone, const char *key_file,
                        const char *passphrase, GError **error);
/* Reads vault.yaml. Errors: HF_ERROR_NOT_FOUND (no vault there), HF_ERROR_VERSION (newer format, says both numbers),
 * HF_ERROR_INTEGRITY. */
hf_vaultdir *hf_vaultdir_read(const char *path, GError **error);
/* The lock of packs and index: one writer. HF_ERROR_BUSY tells who holds it (pid, host, command, since). Held until
 * hf_vaultdir_unlock or the end of the process. */
typedef struct hf_vaultlock hf_vaultlock;
hf_vaultlock *hf_vaultdir_lock(const char *path, const char *command, GError **error);
void hf_vaultdir_unlock(hf_vaultlock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_vaultlock, hf_vaultdir_unlock)

/* ---- the store (store.c) ---- */
typedef struct hf_store hf_store;
typedef enum { HF_STORE_READ, HF_STORE_WRITE /* the lock is held */ } hf_store_mode;
/* Opens keys; packs are opened when they are needed. Wrong or missing key: HF_ERROR_KEY, and says what to give. A key file
 * or passphrase that the vault does not need is ignored. */
hf_store *hf_store_open(const char *vault, const hf_vaultdir *dir, hf_store_mode mode,
                        const char *key_file, const char *passphrase, GError **error);
void hf_store_free(hf_store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_store, hf_store_free)
/* Signs with the vault's Ed25519 key. The key is read when first used. */
bool hf_store_sign(hf_store *store, const void *bytes, size_t n, uint8_t signature[64],
                   GError **error);
bool hf_store_public_key(hf_store *store, uint8_t key[32], GError **error);

/* Where an object lies; plain values that the catalog keeps. */
typedef struct {
    uint32_t pack;
    uint32_t slot;   /* of its family key in the pack's key table */
    uint64_t offset; /* of the object's header in the pack */
    uint64_t stored; /* bytes in the pack, header included */
    uint64_t size;   /* bytes of content */
} hf_object_ref;

/* A family's key while it is written; thread-safe to seal under. Wiped when freed. */
typedef struct hf_family_key hf_family_key;
hf_family_key *hf_family_key_new(void);
hf_family_key *hf_family_key_ref(hf_family_key *key);
void hf_family_key_unref(hf_family_key *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_family_key, hf_family_key_unref)

/* A small object, compressed (zstd level 1 where it helps) and encrypted in memory. Sealing is thread-safe and needs no
 * lock; nothing is on disk until it is appended. */
typedef struct hf_sealed hf_sealed;
hf_sealed *hf_store_seal(hf_family_key *key, const void *bytes, size_t n, GError **error);
size_t hf_sealed_size(const hf_sealed *sealed);
void hf_sealed_free(hf_sealed *sealed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_sealed, hf_sealed_free)
/* Appends to the current pack (a new one above the pack size, 256 MB). One thread at a time. The first append of a key
 * gives it a slot in that pack's table; a family's appends follow one another, and stay in one pack if they fit (up to
 * 1 GB). A key belongs to one store. HF_ERROR_IO leaves all that was appended before as it was; try again or give up. */
bool hf_store_append(hf_store *store, hf_family_key *key, const hf_sealed *sealed,
                     hf_object_ref *ref, GError **error);

/* A large object as a stream into a pack of its own, in memory bounded by a chunk (1 MB). Many may be open, each used by
 * one thread. Until finish and sync it is scratch; abandon removes it. */
typedef struct hf_object_writer hf_object_writer;
hf_object_writer *hf_store_stream(hf_store *store, hf_family_key *key, GError **error);
bool hf_object_writer_write(hf_object_writer *writer, const void *bytes, size_t n, GError **error);
bool hf_object_writer_finish(hf_object_writer *writer, hf_object_ref *ref,
                             GError **error);            /* frees it */
void hf_object_writer_abandon(hf_object_writer *writer); /* frees it */
/* Removes a finished stream whose family turned out a duplicate. */
bool hf_store_discard_stream(hf_store *store, const hf_object_ref *ref, GError **error);

/* Makes all that was appended and finished durable: packs, key tables, pack keys, directories. Called by the thread that
 * appends. Once it has failed nothing more is written: a second sync would succeed and lie. */
bool hf_store_sync(hf_store *store, GError **error);

/* Reading: thread-safe, also beside the writer. A chunk that does not authenticate is HF_ERROR_INTEGRITY; a family whose
 * key was destroyed is HF_ERROR_KEY; an object above `limit` is HF_ERROR_INVALID. Pieces are of 1 MB at most and
 * authenticated one by one: what a failed read gave before is right, but not all. An error of `piece` goes out as it is. */
GBytes *hf_store_read(hf_store *store, const hf_object_ref *ref, size_t limit, GError **error);
typedef bool (*hf_store_piece)(void *data, const void *bytes, size_t n, GError **error);
bool hf_store_read_stream(hf_store *store, const hf_object_ref *ref, hf_store_piece piece,
                          void *data, GError **error);

/* For verify and for opening after a kill. `known` says for each pack up to which offset and slot the catalog knows it;
 * what lies beyond is scratch: truncated and its slots wiped (WRITE mode, before anything is appended). Packs the catalog
 * does not know are removed. The last shared pack with room is then appended to again; without recovery a new one is begun.
 * HF_ERROR_INTEGRITY: packs that the catalog knows are lost, short or damaged; the first is named, everything else was
 * recovered all the same, and the store can be used. */
typedef struct {
    uint32_t pack;
    uint64_t end;   /* first byte after the last known object */
    uint32_t slots; /* first slot after the last known */
} hf_store_known;
bool hf_store_recover(hf_store *store, const hf_store_known *known, size_t n, GError **error);
/* All packs on disk with their sizes and slot counts, ascending; for checking both ways. Free with g_array_unref. */
typedef struct {
    uint32_t pack;
    uint64_t size;
    uint32_t slots;
    bool openable; /* its pack key and table authenticate */
} hf_store_pack;
GArray *hf_store_packs(hf_store *store, GError **error);
/* Whether the slot holds a key (false: destroyed or never there). */
bool hf_store_slot_live(hf_store *store, uint32_t pack, uint32_t slot);
/* A new epoch: all pack keys are rewrapped under a new epoch key, read back, synced and named by keys/current; then the
 * old epoch's files are overwritten and unlinked. WRITE mode. Killed anywhere: one of the two epochs opens, and the next
 * opening for writing shreds the other. */
bool hf_store_rotate(hf_store *store, GError **error);

/* ---- query keys (queries.c) ---- What was searched for is logged sealed, under a key that is made anew every
 * HF_STORE_QUERY_DAYS and destroyed after a time: then the log still stands, without the words. Thread-safe; READ mode does
 * for all but forget. */
#define HF_STORE_QUERY_DAYS 30
/* How many years after the last query under it a key is destroyed, unless told otherwise. */
#define HF_STORE_QUERY_YEARS 7
#define HF_STORE_QUERY_MAX (16u * 1024 * 1024) /* bytes of one text */
/* "<key number>:<base64>"; g_free. */
char *hf_store_seal_query(hf_store *store, const char *text, GError **error);
/* g_free. HF_ERROR_KEY: its key was destroyed; HF_ERROR_INTEGRITY: the sealed text is not what it was. */
char *hf_store_open_query(hf_store *store, const char *sealed, GError **error);
/* The number of the key that queries are sealed under now. */
bool hf_store_query_key(hf_store *store, uint32_t *number, GError **error);
/* HMAC-SHA256 over the bytes under a key derived from query key `number`. HF_ERROR_KEY: that was destroyed, or never there. */
bool hf_store_mac_search(hf_store *store, uint32_t number, const void *bytes, size_t n,
                         uint8_t mac[32], GError **error);
/* Destroys the keys under which nothing was sealed since `before`: a new epoch begins without them (hf_store_rotate), if there
 * are any. WRITE mode. */
bool hf_store_forget_queries(hf_store *store, hf_time before, unsigned *destroyed, GError **error);
typedef struct {
    unsigned live, destroyed;
    unsigned due; /* of the live: nothing was sealed under them since `before` */
} hf_store_query_keys;
/* Opens each key. HF_ERROR_INTEGRITY. */
bool hf_store_count_queries(hf_store *store, hf_time before, hf_store_query_keys *out,
                            GError **error);

G_END_DECLS
