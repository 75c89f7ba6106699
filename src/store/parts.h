/* store/parts.h -- what the files of store share among themselves. Nothing outside src/store includes it, but its
 * tests and fuzzers do. */
#pragma once
#include "holdfast/store.h"
#include <string.h>

G_BEGIN_DECLS

#define HF_KEY_BYTES 32u
#define HF_NONCE_BYTES 12u
#define HF_TAG_BYTES 16u
#define HF_VAULT_ID_BYTES 16u
/* A key wrapped under another one (hf_crypt_wrap). */
#define HF_SLOT_BYTES 64u
/* Every file of the store begins with so many bytes of its own. */
#define HF_FILE_HEADER_BYTES 64u

/* What there is to do about a file that is not what it was. */
#define HF_STORE_RESTORE "restore it from a backup, then run holdfast verify"

/* All numbers on disk are little endian. */
static inline void hf_put_u32(uint8_t *out, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    memcpy(out, &value, sizeof value);
}
static inline void hf_put_u64(uint8_t *out, uint64_t value)
{
    value = GUINT64_TO_LE(value);
    memcpy(out, &value, sizeof value);
}
static inline uint32_t hf_get_u32(const uint8_t *in)
{
    uint32_t value;
    memcpy(&value, in, sizeof value);
    return GUINT32_FROM_LE(value);
}
static inline uint64_t hf_get_u64(const uint8_t *in)
{
    uint64_t value;
    memcpy(&value, in, sizeof value);
    return GUINT64_FROM_LE(value);
}

/* ---- crypt.c: AES-256-GCM, HMAC-SHA256, scrypt, random bytes; contexts are kept per thread ---- */
bool hf_crypt_random(void *out, size_t n, GError **error);
void hf_crypt_wipe(void *bytes, size_t n);
/* `out` has room for n bytes and may be `in`. Never use a nonce twice under a key. */
bool hf_crypt_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES],
                   const void *ad, size_t ad_n, const void *in, size_t n, void *out,
                   uint8_t tag[HF_TAG_BYTES], GError **error);
/* HF_ERROR_INTEGRITY if it does not authenticate; `out` is then worthless. */
bool hf_crypt_open(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES],
                   const void *ad, size_t ad_n, const void *in, size_t n, void *out,
                   const uint8_t tag[HF_TAG_BYTES], GError **error);
/* A key from a key: HMAC-SHA256(key, label ‖ 0 ‖ context). */
bool hf_crypt_derive(const uint8_t key[HF_KEY_BYTES], const char *label, const void *context,
                     size_t n, uint8_t out[HF_KEY_BYTES], GError **error);
bool hf_crypt_scrypt(const char *passphrase, const uint8_t salt[16], uint32_t log2_n, uint32_t r,
                     uint32_t p, uint8_t out[HF_KEY_BYTES], GError **error);
/* A key wrapped under `kek` into a slot; `ad` says what it is a key of. */
bool hf_crypt_wrap(const uint8_t kek[HF_KEY_BYTES], const void *ad, size_t ad_n,
                   const uint8_t key[HF_KEY_BYTES], uint8_t slot[HF_SLOT_BYTES], GError **error);
/* HF_ERROR_KEY: the slot is empty; HF_ERROR_INTEGRITY: it does not authenticate. */
bool hf_crypt_unwrap(const uint8_t kek[HF_KEY_BYTES], const void *ad, size_t ad_n,
                     const uint8_t slot[HF_SLOT_BYTES], uint8_t key[HF_KEY_BYTES], GError **error);
bool hf_crypt_slot_empty(const uint8_t slot[HF_SLOT_BYTES]);

/* ---- keyfile.c: the key file outside the vault ---- */
bool hf_keyfile_create(const char *path, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                       const uint8_t key[HF_KEY_BYTES], GError **error);
/* HF_ERROR_KEY if it cannot be read or is none. `vault_id` gets the hexadecimal id of its vault; free with g_free. */
bool hf_keyfile_read(const char *path, char **vault_id, uint8_t key[HF_KEY_BYTES], GError **error);
/* Whether the file was made for this vault, or begins so: a killed init knows its own again. */
bool hf_keyfile_is_for(const char *path, const char *vault_id_hex);

/* ---- keys.c: the epoch's key, what it wraps, the signing key ---- */
typedef struct hf_keys hf_keys;
/* Makes keys/ of a new vault; key_file or passphrase or neither. */
bool hf_keys_create(const char *vault, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                    const char *key_file, const char *passphrase, GError **error);
hf_keys *hf_keys_open(const char *vault, const hf_vaultdir *dir, bool writable,
                      const char *key_file, const char *passphrase, GError **error);
void hf_keys_free(hf_keys *keys);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_keys, hf_keys_free)
const uint8_t *hf_keys_vault_id(const hf_keys *keys);
/* A pack's key: kept, fetched, erased by the pack's number. Thread-safe. */
bool hf_keys_put(hf_keys *keys, uint32_t pack, const uint8_t key[HF_KEY_BYTES], GError **error);
bool hf_keys_get(hf_keys *keys, uint32_t pack, uint8_t key[HF_KEY_BYTES], GError **error);
bool hf_keys_erase(hf_keys *keys, uint32_t pack, GError **error);
/* Erases the keys of all packs for which `keep` says false. */
typedef bool (*hf_keys_keep)(const void *data, uint32_t pack);
bool hf_keys_erase_others(hf_keys *keys, hf_keys_keep keep, const void *data, GError **error);
bool hf_keys_sync(hf_keys *keys, GError **error);
bool hf_keys_rotate(hf_keys *keys, GError **error);
/* The query key of a number (`now` is HF_TIME_NONE; HF_ERROR_KEY: destroyed, or never there), or the one that queries are
 * sealed under at `now`: then *number comes back. A new one is made when there is none, or the last is
 * HF_STORE_QUERY_DAYS old; a reader may. Thread-safe, also between processes. */
bool hf_keys_query_key(hf_keys *keys, hf_time now, uint32_t *number, uint8_t key[HF_KEY_BYTES],
                       GError **error);
/* Destroys the query keys that nothing was sealed under since `before`, by an epoch without them; writable keys only. */
bool hf_keys_forget_queries(hf_keys *keys, hf_time before, unsigned *destroyed, GError **error);
bool hf_keys_count_queries(hf_keys *keys, hf_time before, unsigned *live, unsigned *destroyed,
                           unsigned *due, GError **error);
bool hf_keys_sign(hf_keys *keys, const void *bytes, size_t n, uint8_t signature[64],
                  GError **error);
bool hf_keys_public(hf_keys *keys, uint8_t key[32], GError **error);

/* ---- queries.c: the keys of logged queries; keys.c calls these, with the lock of keys/ held ---- */
typedef struct {
    const char *directory; /* keys/ */
    const uint8_t *vault_id;
    uint32_t epoch;
    const uint8_t *key; /* the epoch's */
} hf_queries;
/* Waits for the lock; close(2) gives it back. -1 with *error. */
int hf_queries_lock(const char *directory, bool alone, GError **error);
/* *number 0: a new one is to be made. */
bool hf_queries_present(const hf_queries *q, hf_time now, uint32_t *number,
                        uint8_t key[HF_KEY_BYTES], GError **error);
bool hf_queries_find(const hf_queries *q, uint32_t number, uint8_t key[HF_KEY_BYTES],
                     GError **error);
bool hf_queries_add(const hf_queries *q, hf_time now, uint32_t *number, uint8_t key[HF_KEY_BYTES],
                    GError **error);
/* How many keys nothing was sealed under since `before`. */
bool hf_queries_due(const hf_queries *q, hf_time before, unsigned *due, GError **error);
/* Writes the table of a new epoch, without the keys that are due; reads it back. HF_TIME_NONE: with all. */
bool hf_queries_rewrap(const hf_queries *from, const hf_queries *to, hf_time before,
                       GError **error);
/* Opens every key. HF_ERROR_INTEGRITY. */
bool hf_queries_check(const hf_queries *q, unsigned *live, unsigned *destroyed, GError **error);

/* ---- pack.c: the two files of a pack ---- */
typedef struct {
    gatomicrefcount refs;
    uint32_t number;
    bool single; /* made for one streamed object */
    int fd;
    int table; /* -1 until hf_pack_create_table */
    char *path;
    char *table_path;
    uint8_t vault_id[HF_VAULT_ID_BYTES];
    uint8_t key[HF_KEY_BYTES];
} hf_pack;
char *hf_pack_path(const char *objects, uint32_t number);
char *hf_pack_table_path(const char *objects, uint32_t number);
/* The number in a name of objects/; 0 if it is none. `table`: whether it is a key table's name. */
uint32_t hf_pack_parse_name(const char *name, bool *table);
/* Makes the pack file, with a random key that is nowhere on disk yet. */
hf_pack *hf_pack_create(const char *objects, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                        uint32_t number, bool single, GError **error);
bool hf_pack_create_table(hf_pack *pack, GError **error);
hf_pack *hf_pack_open(const char *objects, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                      uint32_t number, const uint8_t key[HF_KEY_BYTES], bool writable,
                      GError **error);
hf_pack *hf_pack_ref(hf_pack *pack);
void hf_pack_unref(hf_pack *pack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_pack, hf_pack_unref)
bool hf_pack_put_slot(hf_pack *pack, uint32_t slot, const uint8_t family[HF_KEY_BYTES],
                      GError **error);
bool hf_pack_get_slot(hf_pack *pack, uint32_t slot, uint8_t family[HF_KEY_BYTES], GError **error);
/* The slots in the table, used or wiped; HF_ERROR_INTEGRITY if the file ends inside one. */
bool hf_pack_count_slots(hf_pack *pack, uint32_t *slots, GError **error);
/* Whether every slot is empty or authenticates. */
bool hf_pack_check_table(hf_pack *pack, GError **error);
/* Wipes the slots from `slots` on and cuts both files there. */
bool hf_pack_cut(hf_pack *pack, uint64_t end, uint32_t slots, GError **error);
bool hf_pack_sync(hf_pack *pack, GError **error);
/* Wipes the table and unlinks both files; what is not there is fine. */
bool hf_pack_remove(const char *objects, uint32_t number, GError **error);

/* ---- object.c: one object's bytes ---- */
/* The whole object in memory; free `out` with g_free. */
bool hf_object_seal(const uint8_t family[HF_KEY_BYTES], const void *bytes, size_t n, uint8_t **out,
                    size_t *stored, GError **error);
typedef struct hf_object_encoder hf_object_encoder;
/* Writes an object to `fd` from `offset` on; path (not copied) is for errors. */
hf_object_encoder *hf_object_encoder_new(const uint8_t family[HF_KEY_BYTES], int fd,
                                         uint64_t offset, const char *path, GError **error);
bool hf_object_encoder_write(hf_object_encoder *encoder, const void *bytes, size_t n,
                             GError **error);
bool hf_object_encoder_finish(hf_object_encoder *encoder, uint64_t *size, uint64_t *stored,
                              GError **error);
void hf_object_encoder_free(hf_object_encoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_object_encoder, hf_object_encoder_free)
bool hf_object_read(int fd, const char *path, const uint8_t family[HF_KEY_BYTES],
                    const hf_object_ref *ref, hf_store_piece piece, void *data, GError **error);

/* ---- store.c, for object_writer.c and queries.c ---- */
hf_keys *hf_store_keys(hf_store *store);
hf_pack *hf_store_begin_single(hf_store *store, GError **error);
bool hf_store_keep_single(hf_store *store, hf_pack *pack, const hf_family_key *key, GError **error);
bool hf_store_drop_single(hf_store *store, hf_pack *pack, GError **error);
const uint8_t *hf_family_key_bytes(const hf_family_key *key);

G_END_DECLS
