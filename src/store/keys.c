#include "store/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of keys/, all 0600. Numbers are little endian; a slot is a wrapped key (crypt.c).
 *
 * epoch-N.key: the key of epoch N
 *    0   8  "hfepoch\0"
 *    8   4  version, 1
 *   12   4  epoch
 *   16   4  what wraps the key: 0 nothing, that is a key of zeros; 1 a passphrase, through scrypt; 2 a key file
 *   20   4  scrypt: log2 of N
 *   24   4  scrypt: r
 *   28   4  scrypt: p
 *   32  16  vault id
 *   48  16  scrypt: salt
 *   64  64  slot, with bytes 0 to 63 authenticated
 * A key file or passphrase wraps the epoch's key and is not that key itself: so a new epoch needs nothing written outside
 * the vault, and once epoch-N.key is overwritten even who holds the key file cannot open epoch N.
 *
 * packs-N: the pack keys, wrapped under the key of epoch N
 *    0   8  "hfpacks\0"
 *    8   4  version, 1
 *   12   4  epoch
 *   16  16  vault id
 *   32  32  0
 *   64  64  slot 0: the key that wraps the signing key
 *  128  64  slot of pack 1, and so on; zeros where there is no such pack
 * authenticated with a slot: "hfpkkey\0", vault id, pack number.
 *
 * queries-N: the keys of logged queries, wrapped under the key of epoch N: queries.c.
 *
 * signing.key: the Ed25519 seed; bytes 0 to 63 like those of packs-N with "hfsign\0\0" and epoch 0, then a slot with them
 * authenticated. signing.pub: its public half, PEM.
 *
 * current: the number of the current epoch in decimal and a newline. Replaced atomically, and the only thing that says
 * which epoch counts.
 *
 * A key file elsewhere: keyfile.c. */
#define VERSION 1u
#define EPOCH_FILE_BYTES (HF_FILE_HEADER_BYTES + HF_SLOT_BYTES)
#define SALT_BYTES 16u
#define SCRYPT_LOG2_N 15u
#define SCRYPT_R 8u
#define SCRYPT_P 1u
#define SIGNING_SLOT 0u
#define PUBLIC_KEY_MAX 4096u
#define SLOT_AD_BYTES (8u + HF_VAULT_ID_BYTES + 4u)
#define SLOTS_AT_ONCE 1024u

typedef enum { SEAL_NONE = 0, SEAL_PASSPHRASE = 1, SEAL_FILE = 2 } seal_kind;

static const uint8_t epoch_magic[8] = "hfepoch";
static const uint8_t packs_magic[8] = "hfpacks";
static const uint8_t signing_magic[8] = "hfsign\0";
static const uint8_t slot_label[8] = "hfpkkey";

struct hf_keys {
    GMutex lock; /* for all below but the id */
    char *directory;
    bool writable;
    uint8_t vault_id[HF_VAULT_ID_BYTES];
    seal_kind kind;
    uint8_t kek[HF_KEY_BYTES];
    bool kek_known;
    uint8_t salt[SALT_BYTES];
    uint32_t scrypt[3]; /* log2 N, r, p */
    uint32_t epoch;
    uint8_t key[HF_KEY_BYTES];
    int packs;
    char *packs_path;
    EVP_PKEY *signing;
    uint32_t query_number; /* of the query key that was found last; 0: none */
    uint8_t query_key[HF_KEY_BYTES];
};

static char *epoch_path(const char *directory, uint32_t epoch)
{
    return g_strdup_printf("%s/epoch-%u.key", directory, epoch);
}

static char *packs_path(const char *directory, uint32_t epoch)
{
    return g_strdup_printf("%s/packs-%u", directory, epoch);
}

static bool damaged(GError **error, const char *path, const char *how)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" %s: " HF_STORE_RESTORE, shown, how);
    return false;
}

/* ---- headers and slots ---- */

static void epoch_header(const hf_keys *keys, uint32_t epoch, uint8_t out[HF_FILE_HEADER_BYTES])
{
    memset(out, 0, HF_FILE_HEADER_BYTES);
    memcpy(out, epoch_magic, sizeof epoch_magic);
    hf_put_u32(out + 8, VERSION);
    hf_put_u32(out + 12, epoch);
    hf_put_u32(out + 16, keys->kind);
    for (size_t i = 0; i < G_N_ELEMENTS(keys->scrypt); i++)
        hf_put_u32(out + 20 + i * 4, keys->scrypt[i]);
    memcpy(out + 32, keys->vault_id, HF_VAULT_ID_BYTES);
    memcpy(out + 48, keys->salt, SALT_BYTES);
}

static void plain_header(const hf_keys *keys, const uint8_t magic[8], uint32_t epoch,
                         uint8_t out[HF_FILE_HEADER_BYTES])
{
    memset(out, 0, HF_FILE_HEADER_BYTES);
    memcpy(out, magic, 8);
    hf_put_u32(out + 8, VERSION);
    hf_put_u32(out + 12, epoch);
    memcpy(out + 16, keys->vault_id, HF_VAULT_ID_BYTES);
}

static void slot_ad(const hf_keys *keys, uint32_t number, uint8_t out[SLOT_AD_BYTES])
{
    memcpy(out, slot_label, sizeof slot_label);
    memcpy(out + 8, keys->vault_id, HF_VAULT_ID_BYTES);
    hf_put_u32(out + 24, number);
}

static uint64_t slot_offset(uint32_t number)
{
    return HF_FILE_HEADER_BYTES + (uint64_t)number * HF_SLOT_BYTES;
}

static bool read_exactly(const char *path, uint8_t *out, size_t n, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                    "the vault's key \"%s\" is missing: " HF_STORE_RESTORE, shown);
        return false;
    }
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    bool done = hf_file_pread_all(fd, out, n, 0, path, error);
    close(fd);
    return done;
}

/* ---- the epoch ---- */

static bool read_current(const char *directory, uint32_t *epoch, GError **error)
{
    uint8_t text[16] = {0};
    g_autofree char *path = g_build_filename(directory, "current", NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                    "the vault has no keys (\"%s\" is missing): restore keys/ from a backup", path);
        return false;
    }
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    ssize_t n = hf_file_read_some(fd, text, sizeof text - 1);
    close(fd);
    guint64 value = 0;
    if (n < 2 || text[n - 1] != '\n')
        return damaged(error, path, "does not name an epoch");
    text[n - 1] = '\0';
    if (!g_ascii_string_to_unsigned((const char *)text, 10, 1, UINT32_MAX, &value, NULL))
        return damaged(error, path, "does not name an epoch");
    *epoch = (uint32_t)value;
    return true;
}

static bool write_current(const char *directory, uint32_t epoch, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "current", NULL);
    g_autofree char *text = g_strdup_printf("%u\n", epoch);
    return hf_file_replace(path, text, strlen(text), 0600, error);
}

/* Takes the parameters out of an epoch file's header; the slot's tag then says whether they are right. */
static bool take_header(hf_keys *keys, uint32_t epoch, const uint8_t *file, const char *path,
                        GError **error)
{
    uint8_t expected[HF_FILE_HEADER_BYTES];
    uint32_t version = hf_get_u32(file + 8);
    if (memcmp(file, epoch_magic, sizeof epoch_magic) == 0 && version > VERSION) {
        g_set_error(error, HF_ERROR, HF_ERROR_VERSION,
                    "\"%s\" is of format %u; this holdfast reads %u: use a newer one", path,
                    version, VERSION);
        return false;
    }
    bool same_salt = memcmp(keys->salt, file + 48, SALT_BYTES) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(keys->scrypt); i++) {
        uint32_t value = hf_get_u32(file + 20 + i * 4);
        same_salt = same_salt && keys->scrypt[i] == value;
        keys->scrypt[i] = value;
    }
    memcpy(keys->salt, file + 48, SALT_BYTES);
    if (keys->kind == SEAL_PASSPHRASE && !same_salt)
        keys->kek_known = false;
    epoch_header(keys, epoch, expected);
    if (memcmp(expected, file, sizeof expected) == 0)
        return true;
    return damaged(error, path, "is damaged, or belongs to another vault");
}

static bool find_kek(hf_keys *keys, const char *passphrase, GError **error)
{
    if (keys->kek_known || keys->kind == SEAL_NONE)
        return true;
    if (passphrase == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                    "the vault's key is sealed by a passphrase: give the passphrase");
        return false;
    }
    keys->kek_known = hf_crypt_scrypt(passphrase, keys->salt, keys->scrypt[0], keys->scrypt[1],
                                      keys->scrypt[2], keys->kek, error);
    return keys->kek_known;
}

static bool unwrap_epoch(hf_keys *keys, const uint8_t *file, const char *path, GError **error)
{
    if (hf_crypt_unwrap(keys->kek, file, HF_FILE_HEADER_BYTES, file + HF_FILE_HEADER_BYTES,
                        keys->key, NULL))
        return true;
    if (keys->kind == SEAL_NONE)
        return damaged(error, path, "is damaged");
    g_set_error(
        error, HF_ERROR, HF_ERROR_KEY,
        keys->kind == SEAL_FILE
            ? "the key file does not open \"%s\": give the one that was made with this vault"
            : "the passphrase does not open \"%s\": give the one that was set at init",
        path);
    return false;
}

static bool open_packs(hf_keys *keys, uint32_t epoch, GError **error)
{
    uint8_t expected[HF_FILE_HEADER_BYTES];
    uint8_t found[HF_FILE_HEADER_BYTES];
    g_autofree char *path = packs_path(keys->directory, epoch);
    int fd = open(path, (keys->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return damaged(error, path, "is missing");
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", path);
    plain_header(keys, packs_magic, epoch, expected);
    bool right = hf_file_pread_all(fd, found, sizeof found, 0, path, error) &&
                 (memcmp(found, expected, sizeof found) == 0 ||
                  damaged(error, path, "has a damaged header, or belongs to another vault"));
    if (!right) {
        close(fd);
        return false;
    }
    if (keys->packs >= 0)
        close(keys->packs);
    keys->packs = fd;
    g_free(keys->packs_path);
    keys->packs_path = g_steal_pointer(&path);
    return true;
}

static bool load_epoch(hf_keys *keys, uint32_t epoch, const char *passphrase, GError **error)
{
    uint8_t file[EPOCH_FILE_BYTES];
    g_autofree char *path = epoch_path(keys->directory, epoch);
    bool done = read_exactly(path, file, sizeof file, error) &&
                take_header(keys, epoch, file, path, error) && find_kek(keys, passphrase, error) &&
                unwrap_epoch(keys, file, path, error) && open_packs(keys, epoch, error);
    hf_crypt_wipe(file, sizeof file);
    if (done)
        keys->epoch = epoch;
    return done;
}

static bool write_epoch(const hf_keys *keys, uint32_t epoch, const uint8_t key[HF_KEY_BYTES],
                        GError **error)
{
    uint8_t file[EPOCH_FILE_BYTES];
    g_autofree char *path = epoch_path(keys->directory, epoch);
    epoch_header(keys, epoch, file);
    bool done = hf_crypt_wrap(keys->kek, file, HF_FILE_HEADER_BYTES, key,
                              file + HF_FILE_HEADER_BYTES, error) &&
                hf_file_replace(path, file, sizeof file, 0600, error);
    hf_crypt_wipe(file, sizeof file);
    return done;
}

/* Overwrites the files of every epoch but the current one: what a killed rotation left. */
static bool shred_other_epochs(const char *directory, uint32_t current, GError **error)
{
    g_autofree char *epoch_name = g_strdup_printf("epoch-%u.key", current);
    g_autofree char *packs_name = g_strdup_printf("packs-%u", current);
    g_autofree char *queries_name = g_strdup_printf("queries-%u", current);
    DIR *dir = opendir(directory);
    if (dir == NULL)
        return hf_error_set_errno(error, errno, "open", directory);
    bool done = true;
    struct dirent *entry;
    while (done && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (!g_str_has_prefix(name, "epoch-") && !g_str_has_prefix(name, "packs-") &&
            !g_str_has_prefix(name, "queries-"))
            continue;
        if (strcmp(name, epoch_name) == 0 || strcmp(name, packs_name) == 0 ||
            strcmp(name, queries_name) == 0)
            continue;
        g_autofree char *path = g_build_filename(directory, name, NULL);
        done = hf_file_shred(path, error);
    }
    closedir(dir);
    return done && hf_file_sync_directory(directory, error);
}

/* ---- making and opening ---- */

static hf_keys *keys_new(const char *vault, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                         seal_kind kind, bool writable)
{
    hf_keys *keys = g_new0(hf_keys, 1);
    g_mutex_init(&keys->lock);
    keys->directory = g_build_filename(vault, "keys", NULL);
    memcpy(keys->vault_id, vault_id, HF_VAULT_ID_BYTES);
    keys->kind = kind;
    keys->writable = writable;
    keys->packs = -1;
    return keys;
}

void hf_keys_free(hf_keys *keys)
{
    if (keys == NULL)
        return;
    if (keys->packs >= 0)
        close(keys->packs);
    EVP_PKEY_free(keys->signing);
    g_free(keys->directory);
    g_free(keys->packs_path);
    g_mutex_clear(&keys->lock);
    hf_crypt_wipe(keys, sizeof *keys);
    g_free(keys);
}

const uint8_t *hf_keys_vault_id(const hf_keys *keys)
{
    return keys->vault_id;
}

static bool make_kek(hf_keys *keys, const char *key_file, const char *passphrase, GError **error)
{
    if (keys->kind == SEAL_FILE)
        return hf_crypt_random(keys->kek, sizeof keys->kek, error) &&
               hf_keyfile_create(key_file, keys->vault_id, keys->kek, error);
    if (keys->kind == SEAL_NONE)
        return true;
    keys->scrypt[0] = SCRYPT_LOG2_N;
    keys->scrypt[1] = SCRYPT_R;
    keys->scrypt[2] = SCRYPT_P;
    return hf_crypt_random(keys->salt, sizeof keys->salt, error) &&
           hf_crypt_scrypt(passphrase, keys->salt, SCRYPT_LOG2_N, SCRYPT_R, SCRYPT_P, keys->kek,
                           error);
}

static bool set_signing_error(GError **error, const char *what)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "OpenSSL cannot %s an Ed25519 key", what);
    return false;
}

static bool write_public(const char *directory, EVP_PKEY *pair, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "signing.pub", NULL);
    BIO *text = BIO_new(BIO_s_mem());
    char *at = NULL;
    bool done = text != NULL && PEM_write_bio_PUBKEY(text, pair) == 1;
    long n = done ? BIO_get_mem_data(text, &at) : 0;
    done = done ? hf_file_replace(path, at, (size_t)n, 0644, error)
                : set_signing_error(error, "write");
    BIO_free(text);
    return done;
}

static bool create_signing(const hf_keys *keys, const uint8_t kek[HF_KEY_BYTES], GError **error)
{
    uint8_t file[HF_FILE_HEADER_BYTES + HF_SLOT_BYTES];
    uint8_t seed[HF_KEY_BYTES];
    g_autofree char *path = g_build_filename(keys->directory, "signing.key", NULL);
    plain_header(keys, signing_magic, 0, file);
    if (!hf_crypt_random(seed, sizeof seed, error))
        return false;
    EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    bool done = pair != NULL ? hf_crypt_wrap(kek, file, HF_FILE_HEADER_BYTES, seed,
                                             file + HF_FILE_HEADER_BYTES, error) &&
                                   hf_file_replace(path, file, sizeof file, 0600, error) &&
                                   write_public(keys->directory, pair, error)
                             : set_signing_error(error, "make");
    EVP_PKEY_free(pair);
    hf_crypt_wipe(seed, sizeof seed);
    return done;
}

static bool create_packs(const hf_keys *keys, const uint8_t signing_kek[HF_KEY_BYTES],
                         GError **error)
{
    uint8_t file[HF_FILE_HEADER_BYTES + HF_SLOT_BYTES];
    uint8_t ad[SLOT_AD_BYTES];
    g_autofree char *path = packs_path(keys->directory, 1);
    plain_header(keys, packs_magic, 1, file);
    slot_ad(keys, SIGNING_SLOT, ad);
    return hf_crypt_wrap(keys->key, ad, sizeof ad, signing_kek, file + HF_FILE_HEADER_BYTES,
                         error) &&
           hf_file_replace(path, file, sizeof file, 0600, error);
}

bool hf_keys_create(const char *vault, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                    const char *key_file, const char *passphrase, GError **error)
{
    seal_kind kind = key_file != NULL     ? SEAL_FILE
                     : passphrase != NULL ? SEAL_PASSPHRASE
                                          : SEAL_NONE;
    g_autoptr(hf_keys) keys = keys_new(vault, vault_id, kind, true);
    uint8_t signing_kek[HF_KEY_BYTES];
    bool done = make_kek(keys, key_file, passphrase, error) &&
                hf_crypt_random(keys->key, sizeof keys->key, error) &&
                hf_crypt_random(signing_kek, sizeof signing_kek, error) &&
                write_epoch(keys, 1, keys->key, error) && create_packs(keys, signing_kek, error) &&
                create_signing(keys, signing_kek, error) &&
                write_current(keys->directory, 1, error);
    hf_crypt_wipe(signing_kek, sizeof signing_kek);
    return done;
}

static bool parse_source(const char *source, seal_kind *kind, GError **error)
{
    static const char *const names[] = {"vault", "passphrase", "file"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(source, names[i]) == 0) {
            *kind = (seal_kind)i;
            return true;
        }
    }
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                "vault.yaml names no key source that there is: " HF_STORE_RESTORE);
    return false;
}

static bool take_key_file(hf_keys *keys, const char *vault_id_hex, const char *key_file,
                          GError **error)
{
    g_autofree char *id = NULL;
    if (key_file == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                    "the vault's key is in a key file: give it with --key-file");
        return false;
    }
    if (!hf_keyfile_read(key_file, &id, keys->kek, error))
        return false;
    keys->kek_known = strcmp(id, vault_id_hex) == 0;
    if (keys->kek_known)
        return true;
    g_autofree char *shown = hf_name_display(key_file, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                "the key file \"%s\" belongs to vault %s, not to this one: give the right one with "
                "--key-file",
                shown, id);
    return false;
}

/* Held against readers, who may be about to replace the table of query keys by a file beside it. */
static bool shred_left_over(const hf_keys *keys, GError **error)
{
    int held = hf_queries_lock(keys->directory, true, error);
    if (held < 0)
        return false;
    bool done = shred_other_epochs(keys->directory, keys->epoch, error);
    close(held);
    return done;
}

hf_keys *hf_keys_open(const char *vault, const hf_vaultdir *dir, bool writable,
                      const char *key_file, const char *passphrase, GError **error)
{
    uint8_t vault_id[HF_VAULT_ID_BYTES];
    seal_kind kind = SEAL_NONE;
    uint32_t epoch = 0;
    if (!hf_digest_parse_hex(dir->id, vault_id, sizeof vault_id)) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "vault.yaml holds no vault id: " HF_STORE_RESTORE);
        return NULL;
    }
    if (!parse_source(dir->key_source, &kind, error))
        return NULL;
    g_autoptr(hf_keys) keys = keys_new(vault, vault_id, kind, writable);
    if (kind == SEAL_FILE && !take_key_file(keys, dir->id, key_file, error))
        return NULL;
    if (!read_current(keys->directory, &epoch, error) ||
        !load_epoch(keys, epoch, passphrase, error))
        return NULL;
    if (writable && !shred_left_over(keys, error))
        return NULL;
    return g_steal_pointer(&keys);
}

/* ---- pack keys ---- */

static bool put(hf_keys *keys, uint32_t number, const uint8_t slot[HF_SLOT_BYTES], GError **error)
{
    return hf_file_pwrite_all(keys->packs, slot, HF_SLOT_BYTES, slot_offset(number),
                              keys->packs_path, error);
}

bool hf_keys_put(hf_keys *keys, uint32_t pack, const uint8_t key[HF_KEY_BYTES], GError **error)
{
    uint8_t slot[HF_SLOT_BYTES];
    uint8_t ad[SLOT_AD_BYTES];
    slot_ad(keys, pack, ad);
    g_mutex_lock(&keys->lock);
    bool done =
        hf_crypt_wrap(keys->key, ad, sizeof ad, key, slot, error) && put(keys, pack, slot, error);
    g_mutex_unlock(&keys->lock);
    return done;
}

static bool get(hf_keys *keys, uint32_t number, uint8_t key[HF_KEY_BYTES], GError **error)
{
    uint8_t slot[HF_SLOT_BYTES];
    uint8_t ad[SLOT_AD_BYTES];
    slot_ad(keys, number, ad);
    if (hf_file_pread_all(keys->packs, slot, sizeof slot, slot_offset(number), keys->packs_path,
                          error) &&
        hf_crypt_unwrap(keys->key, ad, sizeof ad, slot, key, error))
        return true;
    g_prefix_error(error, "cannot read the key of pack %u in \"%s\": ", number, keys->packs_path);
    return false;
}

/* A reader outlives rotations by the writer: its epoch's files are gone then. */
static bool follow_rotation(hf_keys *keys)
{
    uint32_t epoch = 0;
    return !keys->writable && read_current(keys->directory, &epoch, NULL) && epoch != keys->epoch &&
           load_epoch(keys, epoch, NULL, NULL);
}

bool hf_keys_get(hf_keys *keys, uint32_t pack, uint8_t key[HF_KEY_BYTES], GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_mutex_lock(&keys->lock);
    bool done = get(keys, pack, key, &reason);
    if (!done && follow_rotation(keys)) {
        g_clear_error(&reason);
        done = get(keys, pack, key, &reason);
    }
    g_mutex_unlock(&keys->lock);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&reason));
    return done;
}

static bool count_slots(hf_keys *keys, uint32_t *slots, GError **error)
{
    struct stat st;
    if (fstat(keys->packs, &st) != 0)
        return hf_error_set_errno(error, errno, "look at", keys->packs_path);
    uint64_t size = (uint64_t)st.st_size;
    uint64_t n = size < HF_FILE_HEADER_BYTES ? 0 : (size - HF_FILE_HEADER_BYTES) / HF_SLOT_BYTES;
    *slots = (uint32_t)MIN(n, (uint64_t)UINT32_MAX);
    return true;
}

bool hf_keys_erase(hf_keys *keys, uint32_t pack, GError **error)
{
    static const uint8_t zeros[HF_SLOT_BYTES];
    uint32_t slots = 0;
    g_mutex_lock(&keys->lock);
    bool done =
        count_slots(keys, &slots, error) && (pack >= slots || put(keys, pack, zeros, error));
    g_mutex_unlock(&keys->lock);
    return done;
}

static bool erase_others(hf_keys *keys, hf_keys_keep keep, const void *data, GError **error)
{
    static const uint8_t zeros[HF_SLOT_BYTES];
    g_autofree uint8_t *some = g_malloc(SLOTS_AT_ONCE * HF_SLOT_BYTES);
    uint32_t slots = 0;
    bool erased = false;
    if (!count_slots(keys, &slots, error))
        return false;
    for (uint64_t first = 0; first < slots; first += SLOTS_AT_ONCE) {
        size_t n = (size_t)MIN((uint64_t)SLOTS_AT_ONCE, slots - first);
        if (!hf_file_pread_all(keys->packs, some, n * HF_SLOT_BYTES, slot_offset((uint32_t)first),
                               keys->packs_path, error))
            return false;
        for (size_t i = 0; i < n; i++) {
            uint32_t pack = (uint32_t)(first + i);
            if (pack == SIGNING_SLOT || hf_crypt_slot_empty(some + i * HF_SLOT_BYTES) ||
                keep(data, pack))
                continue;
            erased = true;
            if (!put(keys, pack, zeros, error))
                return false;
        }
    }
    return !erased || hf_file_sync(keys->packs, keys->packs_path, error);
}

bool hf_keys_erase_others(hf_keys *keys, hf_keys_keep keep, const void *data, GError **error)
{
    g_mutex_lock(&keys->lock);
    bool done = erase_others(keys, keep, data, error);
    g_mutex_unlock(&keys->lock);
    return done;
}

bool hf_keys_sync(hf_keys *keys, GError **error)
{
    g_mutex_lock(&keys->lock);
    bool done = hf_file_sync(keys->packs, keys->packs_path, error);
    g_mutex_unlock(&keys->lock);
    return done;
}

/* ---- signing ---- */

static EVP_PKEY *read_public(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "signing.pub", NULL);
    g_autoptr(GBytes) bytes = hf_file_read_whole(path, PUBLIC_KEY_MAX, error);
    if (bytes == NULL)
        return NULL;
    gsize n;
    const char *text = g_bytes_get_data(bytes, &n);
    BIO *in = BIO_new_mem_buf(text, (int)n);
    EVP_PKEY *public = in != NULL ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    BIO_free(in);
    if (public != NULL && EVP_PKEY_get_id(public) == EVP_PKEY_ED25519)
        return public;
    EVP_PKEY_free(public);
    damaged(error, path, "is not an Ed25519 public key");
    return NULL;
}

bool hf_keys_public(hf_keys *keys, uint8_t key[32], GError **error)
{
    size_t n = 32;
    EVP_PKEY *public = read_public(keys->directory, error);
    if (public == NULL)
        return false;
    bool done = EVP_PKEY_get_raw_public_key(public, key, &n) == 1 && n == 32;
    EVP_PKEY_free(public);
    return done || set_signing_error(error, "read");
}

static bool load_signing(hf_keys *keys, GError **error)
{
    uint8_t file[HF_FILE_HEADER_BYTES + HF_SLOT_BYTES];
    uint8_t expected[HF_FILE_HEADER_BYTES];
    uint8_t kek[HF_KEY_BYTES];
    uint8_t seed[HF_KEY_BYTES];
    g_autofree char *path = g_build_filename(keys->directory, "signing.key", NULL);
    plain_header(keys, signing_magic, 0, expected);
    if (!read_exactly(path, file, sizeof file, error) || !get(keys, SIGNING_SLOT, kek, error))
        return false;
    bool right =
        memcmp(file, expected, sizeof expected) == 0 &&
        hf_crypt_unwrap(kek, expected, sizeof expected, file + sizeof expected, seed, NULL);
    hf_crypt_wipe(kek, sizeof kek);
    if (!right)
        return damaged(error, path, "is damaged, or belongs to another vault");
    EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    hf_crypt_wipe(seed, sizeof seed);
    EVP_PKEY *public = read_public(keys->directory, error);
    if (public == NULL || pair == NULL || EVP_PKEY_eq(public, pair) != 1) {
        EVP_PKEY_free(pair);
        /* Signing under a key whose public half strangers do not have would prove nothing. */
        bool told = public == NULL;
        EVP_PKEY_free(public);
        return !told && damaged(error, path, "does not belong to signing.pub");
    }
    EVP_PKEY_free(public);
    keys->signing = pair;
    return true;
}

static bool sign(EVP_PKEY *pair, const void *bytes, size_t n, uint8_t signature[64])
{
    size_t length = 64;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, pair) == 1 &&
                EVP_DigestSign(context, signature, &length, bytes, n) == 1 && length == 64;
    EVP_MD_CTX_free(context);
    return done;
}

bool hf_keys_sign(hf_keys *keys, const void *bytes, size_t n, uint8_t signature[64], GError **error)
{
    g_mutex_lock(&keys->lock);
    bool done = (keys->signing != NULL || load_signing(keys, error)) &&
                (sign(keys->signing, bytes, n, signature) || set_signing_error(error, "sign with"));
    g_mutex_unlock(&keys->lock);
    return done;
}

/* ---- a new epoch ---- */

/* Rewraps one slot from the current key to `to`, in place. Slots that do not open stop the rotation: the old epoch would
 * be their last chance. */
static bool rewrap(const hf_keys *keys, uint32_t number, const uint8_t to[HF_KEY_BYTES],
                   uint8_t slot[HF_SLOT_BYTES], GError **error)
{
    uint8_t ad[SLOT_AD_BYTES];
    uint8_t key[HF_KEY_BYTES];
    if (hf_crypt_slot_empty(slot))
        return true;
    slot_ad(keys, number, ad);
    bool done = hf_crypt_unwrap(keys->key, ad, sizeof ad, slot, key, error) &&
                hf_crypt_wrap(to, ad, sizeof ad, key, slot, error);
    hf_crypt_wipe(key, sizeof key);
    if (!done)
        g_prefix_error(error, "cannot rewrap the key of pack %u: ", number);
    return done;
}

static bool same_key(const hf_keys *keys, uint32_t number, const uint8_t *old_slot,
                     const uint8_t to[HF_KEY_BYTES], const uint8_t *new_slot)
{
    uint8_t ad[SLOT_AD_BYTES];
    uint8_t before[HF_KEY_BYTES];
    uint8_t after[HF_KEY_BYTES];
    if (hf_crypt_slot_empty(old_slot) || hf_crypt_slot_empty(new_slot))
        return hf_crypt_slot_empty(old_slot) && hf_crypt_slot_empty(new_slot);
    slot_ad(keys, number, ad);
    bool same = hf_crypt_unwrap(keys->key, ad, sizeof ad, old_slot, before, NULL) &&
                hf_crypt_unwrap(to, ad, sizeof ad, new_slot, after, NULL) &&
                memcmp(before, after, sizeof before) == 0;
    hf_crypt_wipe(before, sizeof before);
    hf_crypt_wipe(after, sizeof after);
    return same;
}

/* Reads the new epoch back from the disk and compares it with the old one, key by key. */
static bool check_new_epoch(const hf_keys *keys, uint32_t epoch, const uint8_t *old_slots,
                            uint32_t slots, const uint8_t key[HF_KEY_BYTES], GError **error)
{
    uint8_t file[EPOCH_FILE_BYTES];
    uint8_t found[HF_KEY_BYTES];
    g_autofree char *path = epoch_path(keys->directory, epoch);
    g_autofree char *table = packs_path(keys->directory, epoch);
    size_t n = HF_FILE_HEADER_BYTES + (size_t)slots * HF_SLOT_BYTES;
    g_autofree uint8_t *new_table = g_malloc(n);
    if (!read_exactly(path, file, sizeof file, error) || !read_exactly(table, new_table, n, error))
        return false;
    bool same = hf_crypt_unwrap(keys->kek, file, HF_FILE_HEADER_BYTES, file + HF_FILE_HEADER_BYTES,
                                found, NULL) &&
                memcmp(found, key, sizeof found) == 0;
    hf_crypt_wipe(file, sizeof file);
    hf_crypt_wipe(found, sizeof found);
    for (uint32_t i = 0; same && i < slots; i++) {
        const uint8_t *new_slot = new_table + slot_offset(i);
        same = same_key(keys, i, old_slots + (size_t)i * HF_SLOT_BYTES, key, new_slot);
    }
    return same || damaged(error, table, "does not read back as it was written");
}

static bool write_new_epoch(const hf_keys *keys, uint32_t epoch, const uint8_t key[HF_KEY_BYTES],
                            GError **error)
{
    struct stat st;
    if (fstat(keys->packs, &st) != 0)
        return hf_error_set_errno(error, errno, "look at", keys->packs_path);
    uint32_t slots = (uint32_t)(((uint64_t)st.st_size - HF_FILE_HEADER_BYTES) / HF_SLOT_BYTES);
    size_t n = (size_t)slots * HF_SLOT_BYTES;
    g_autofree uint8_t *old_slots = g_malloc(n);
    g_autofree uint8_t *table = g_malloc(HF_FILE_HEADER_BYTES + n);
    g_autofree char *path = packs_path(keys->directory, epoch);
    if (!hf_file_pread_all(keys->packs, old_slots, n, HF_FILE_HEADER_BYTES, keys->packs_path,
                           error))
        return false;
    plain_header(keys, packs_magic, epoch, table);
    memcpy(table + HF_FILE_HEADER_BYTES, old_slots, n);
    for (uint32_t i = 0; i < slots; i++) {
        if (!rewrap(keys, i, key, table + slot_offset(i), error))
            return false;
    }
    return write_epoch(keys, epoch, key, error) &&
           hf_file_replace(path, table, HF_FILE_HEADER_BYTES + n, 0600, error) &&
           check_new_epoch(keys, epoch, old_slots, slots, key, error);
}

static hf_queries queries_of(const hf_keys *keys)
{
    return (hf_queries){keys->directory, keys->vault_id, keys->epoch, keys->key};
}

static bool begin_epoch(hf_keys *keys, uint32_t epoch, const uint8_t key[HF_KEY_BYTES],
                        hf_time forget, GError **error)
{
    const hf_queries from = queries_of(keys);
    const hf_queries to = {keys->directory, keys->vault_id, epoch, key};
    return write_new_epoch(keys, epoch, key, error) &&
           hf_queries_rewrap(&from, &to, forget, error) &&
           write_current(keys->directory, epoch, error);
}

/* Both epochs stay openable until the pointer is replaced; a kill before leaves the new one to be shredded at the next
 * opening, a kill after it the old one. Query keys from before `forget` stay behind. */
static bool rotate(hf_keys *keys, hf_time forget, GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    uint32_t epoch = keys->epoch + 1;
    int held = hf_queries_lock(keys->directory, true, error);
    if (held < 0)
        return false;
    keys->query_number = 0;
    bool done = hf_file_sync(keys->packs, keys->packs_path, error) &&
                hf_crypt_random(key, sizeof key, error) &&
                begin_epoch(keys, epoch, key, forget, error) && open_packs(keys, epoch, error);
    if (done) {
        memcpy(keys->key, key, sizeof key);
        keys->epoch = epoch;
    }
    hf_crypt_wipe(key, sizeof key);
    done = done && shred_other_epochs(keys->directory, epoch, error);
    close(held);
    return done;
}

bool hf_keys_rotate(hf_keys *keys, GError **error)
{
    g_mutex_lock(&keys->lock);
    bool done = rotate(keys, HF_TIME_NONE, error);
    g_mutex_unlock(&keys->lock);
    return done;
}

/* ---- query keys ---- */

/* Takes the lock of keys/, and follows to the epoch that counts: until close(2) it stays that one. -1 with *error. */
static int hold_epoch(hf_keys *keys, bool alone, GError **error)
{
    uint32_t epoch = 0;
    int held = hf_queries_lock(keys->directory, alone, error);
    if (held < 0)
        return -1;
    if (read_current(keys->directory, &epoch, error) &&
        (epoch == keys->epoch || load_epoch(keys, epoch, NULL, error)))
        return held;
    close(held);
    return -1;
}

static bool find_query_key(hf_keys *keys, hf_time now, bool make, uint32_t *number,
                           uint8_t key[HF_KEY_BYTES], GError **error)
{
    int held = hold_epoch(keys, make, error);
    if (held < 0)
        return false;
    const hf_queries q = queries_of(keys);
    bool done = now == HF_TIME_NONE ? hf_queries_find(&q, *number, key, error)
                                    : hf_queries_present(&q, now, number, key, error);
    if (done && *number == 0 && make)
        done = hf_queries_add(&q, now, number, key, error);
    close(held);
    return done;
}

bool hf_keys_query_key(hf_keys *keys, hf_time now, uint32_t *number, uint8_t key[HF_KEY_BYTES],
                       GError **error)
{
    bool done = true;
    g_mutex_lock(&keys->lock);
    /* A log is read row by row, and a key is for a month of rows. */
    if (now == HF_TIME_NONE && *number != 0 && *number == keys->query_number)
        memcpy(key, keys->query_key, HF_KEY_BYTES);
    else
        done = find_query_key(keys, now, false, number, key, error);
    if (done && *number == 0)
        done = find_query_key(keys, now, true, number, key, error);
    if (done) {
        keys->query_number = *number;
        memcpy(keys->query_key, key, HF_KEY_BYTES);
    }
    g_mutex_unlock(&keys->lock);
    return done;
}

bool hf_keys_forget_queries(hf_keys *keys, hf_time before, unsigned *destroyed, GError **error)
{
    g_mutex_lock(&keys->lock);
    const hf_queries q = queries_of(keys);
    bool done = hf_queries_due(&q, before, destroyed, error) &&
                (*destroyed == 0 || rotate(keys, before, error));
    g_mutex_unlock(&keys->lock);
    return done;
}

bool hf_keys_count_queries(hf_keys *keys, hf_time before, unsigned *live, unsigned *destroyed,
                           unsigned *due, GError **error)
{
    g_mutex_lock(&keys->lock);
    int held = hold_epoch(keys, false, error);
    const hf_queries q = queries_of(keys);
    bool done = held >= 0 && hf_queries_check(&q, live, destroyed, error) &&
                hf_queries_due(&q, before, due, error);
    if (held >= 0)
        close(held);
    g_mutex_unlock(&keys->lock);
    return done;
}
