#include "store/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The keys that logged queries are sealed under (design.md "Audit": when one is destroyed, the log is whole and its words are
 * gone). They are not the epoch's key: that one lives as long as the vault.
 *
 * keys/queries-N, wrapped under the key of epoch N, made with the first query:
 *    0   8  "hfquery\0"
 *    8   4  version, 1
 *   12   4  epoch
 *   16  16  vault id
 *   32  32  0
 * then 80 bytes a key, the number of a key is its place from 1 on:
 *    0   4  number
 *    4   4  0
 *    8   8  created, microseconds since 1970-01-01 UTC
 *   16  64  slot (crypt.c); zeros: the key was destroyed
 * authenticated with a slot: "hfqrkey\0", vault id, number, created.
 *
 * The file is replaced as a whole, under a lock of the folder keys/. What a replaced file leaves on the disk is worth nothing
 * once the epoch is over: a key is destroyed by beginning an epoch without it.
 *
 * A sealed query is "NUMBER:BASE64" of nonce 12, the text with zeros behind it up to a multiple of 32 bytes (so that its
 * length says little), tag 16; authenticated with it: "hfqtext\0", vault id, number. */
#define VERSION 1u
#define ENTRY_BYTES (16u + HF_SLOT_BYTES)
#define ENTRY_AD_BYTES (8u + HF_VAULT_ID_BYTES + 12u)
#define TEXT_AD_BYTES (8u + HF_VAULT_ID_BYTES + 4u)
#define PAD_BYTES 32u
/* Far above what centuries of vaults have; a table beyond it is none of ours. */
#define KEYS_MAX 65536u
#define TABLE_MAX (HF_FILE_HEADER_BYTES + KEYS_MAX * ENTRY_BYTES)
#define DAY (86400 * HF_TIME_SECOND)

static const uint8_t table_magic[8] = "hfquery";
static const uint8_t entry_label[8] = "hfqrkey";
static const uint8_t text_label[8] = "hfqtext";

typedef struct {
    uint8_t *bytes; /* the file, or what it will be */
    uint32_t n;     /* keys */
} table;

static void table_clear(table *t)
{
    g_free(t->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(table, table_clear)

/* ---- the table ---- */

static char *table_path(const hf_queries *q)
{
    return g_strdup_printf("%s/queries-%u", q->directory, q->epoch);
}

static void put_header(const hf_queries *q, uint8_t out[HF_FILE_HEADER_BYTES])
{
    memset(out, 0, HF_FILE_HEADER_BYTES);
    memcpy(out, table_magic, sizeof table_magic);
    hf_put_u32(out + 8, VERSION);
    hf_put_u32(out + 12, q->epoch);
    memcpy(out + 16, q->vault_id, HF_VAULT_ID_BYTES);
}

static uint8_t *entry_at(const table *t, uint32_t number)
{
    return t->bytes + HF_FILE_HEADER_BYTES + (size_t)(number - 1) * ENTRY_BYTES;
}

static hf_time created_at(const table *t, uint32_t number)
{
    return (hf_time)hf_get_u64(entry_at(t, number) + 8);
}

static uint8_t *slot_of(const table *t, uint32_t number)
{
    return entry_at(t, number) + 16;
}

static bool is_destroyed(const table *t, uint32_t number)
{
    return hf_crypt_slot_empty(slot_of(t, number));
}

static void entry_ad(const hf_queries *q, const table *t, uint32_t number,
                     uint8_t out[ENTRY_AD_BYTES])
{
    memcpy(out, entry_label, sizeof entry_label);
    memcpy(out + 8, q->vault_id, HF_VAULT_ID_BYTES);
    hf_put_u32(out + 24, number);
    memcpy(out + 28, entry_at(t, number) + 8, 8);
}

static bool damaged(GError **error, const char *path, const char *how)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" %s: " HF_STORE_RESTORE, shown, how);
    return false;
}

static bool check_form(const hf_queries *q, const table *t, const char *path, GError **error)
{
    uint8_t expected[HF_FILE_HEADER_BYTES];
    put_header(q, expected);
    if (memcmp(t->bytes, expected, sizeof expected) != 0)
        return damaged(error, path, "has a damaged header, or belongs to another vault");
    for (uint32_t number = 1; number <= t->n; number++) {
        if (hf_get_u32(entry_at(t, number)) != number || hf_get_u32(entry_at(t, number) + 4) != 0)
            return damaged(error, path, "has its keys out of order");
    }
    return true;
}

/* A vault whose searches were never logged has no table: that is one without keys. */
static bool read_table(const hf_queries *q, table *t, GError **error)
{
    g_autofree char *path = table_path(q);
    struct stat st;
    *t = (table){0};
    if (lstat(path, &st) != 0 && errno == ENOENT) {
        t->bytes = g_malloc(HF_FILE_HEADER_BYTES);
        put_header(q, t->bytes);
        return true;
    }
    g_autoptr(GBytes) file = hf_file_read_whole(path, TABLE_MAX, error);
    if (file == NULL)
        return false;
    gsize n;
    const uint8_t *bytes = g_bytes_get_data(file, &n);
    if (n < HF_FILE_HEADER_BYTES || (n - HF_FILE_HEADER_BYTES) % ENTRY_BYTES != 0)
        return damaged(error, path, "ends inside a key");
    t->bytes = g_memdup2(bytes, n);
    t->n = (uint32_t)((n - HF_FILE_HEADER_BYTES) / ENTRY_BYTES);
    return check_form(q, t, path, error);
}

static bool write_table(const hf_queries *q, const table *t, GError **error)
{
    g_autofree char *path = table_path(q);
    return hf_file_replace(path, t->bytes, HF_FILE_HEADER_BYTES + (size_t)t->n * ENTRY_BYTES, 0600,
                           error);
}

static bool unwrap(const hf_queries *q, const table *t, uint32_t number, uint8_t key[HF_KEY_BYTES],
                   GError **error)
{
    uint8_t ad[ENTRY_AD_BYTES];
    g_autofree char *path = table_path(q);
    entry_ad(q, t, number, ad);
    if (hf_crypt_unwrap(q->key, ad, sizeof ad, slot_of(t, number), key, NULL))
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                "query key %u in \"%s\" does not open: " HF_STORE_RESTORE, number, path);
    return false;
}

int hf_queries_lock(const char *directory, bool alone, GError **error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        hf_error_set_errno(error, errno, "open", directory);
        return -1;
    }
    int failed;
    do
        failed = flock(fd, alone ? LOCK_EX : LOCK_SH) != 0 ? errno : 0;
    while (failed == EINTR);
    if (failed == 0)
        return fd;
    close(fd);
    hf_error_set_errno(error, failed, "lock", directory);
    return -1;
}

/* ---- one key ---- */

/* The key that new queries go under; 0: the newest is too old, or of a time to come (a clock was set back). */
static uint32_t present(const table *t, hf_time now)
{
    if (t->n == 0 || is_destroyed(t, t->n))
        return 0;
    hf_time created = created_at(t, t->n);
    return created <= now && now - created < HF_STORE_QUERY_DAYS * DAY ? t->n : 0;
}

bool hf_queries_present(const hf_queries *q, hf_time now, uint32_t *number,
                        uint8_t key[HF_KEY_BYTES], GError **error)
{
    g_auto(table) t = {0};
    if (!read_table(q, &t, error))
        return false;
    *number = present(&t, now);
    return *number == 0 || unwrap(q, &t, *number, key, error);
}

bool hf_queries_find(const hf_queries *q, uint32_t number, uint8_t key[HF_KEY_BYTES],
                     GError **error)
{
    g_auto(table) t = {0};
    if (!read_table(q, &t, error))
        return false;
    if (number == 0 || number > t.n) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY, "the vault has no query key %u", number);
        return false;
    }
    if (is_destroyed(&t, number)) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY, "query key %u was destroyed", number);
        return false;
    }
    return unwrap(q, &t, number, key, error);
}

bool hf_queries_add(const hf_queries *q, hf_time now, uint32_t *number, uint8_t key[HF_KEY_BYTES],
                    GError **error)
{
    g_auto(table) t = {0};
    uint8_t ad[ENTRY_AD_BYTES];
    if (!read_table(q, &t, error))
        return false;
    if (t.n >= KEYS_MAX) {
        g_autofree char *path = table_path(q);
        return damaged(error, path, "holds more keys than there can be");
    }
    *number = ++t.n;
    t.bytes = g_realloc(t.bytes, HF_FILE_HEADER_BYTES + (size_t)t.n * ENTRY_BYTES);
    memset(entry_at(&t, t.n), 0, ENTRY_BYTES);
    hf_put_u32(entry_at(&t, t.n), t.n);
    hf_put_u64(entry_at(&t, t.n) + 8, (uint64_t)now);
    entry_ad(q, &t, t.n, ad);
    return hf_crypt_random(key, HF_KEY_BYTES, error) &&
           hf_crypt_wrap(q->key, ad, sizeof ad, key, slot_of(&t, t.n), error) &&
           write_table(q, &t, error);
}

/* ---- destroying, with a new epoch ---- */

/* Whether nothing was sealed under the key at `before` or later. */
static bool is_over(const table *t, uint32_t number, hf_time before)
{
    hf_time created = created_at(t, number);
    return before != HF_TIME_NONE && !is_destroyed(t, number) &&
           created <= before - HF_STORE_QUERY_DAYS * DAY;
}

bool hf_queries_due(const hf_queries *q, hf_time before, unsigned *due, GError **error)
{
    g_auto(table) t = {0};
    if (!read_table(q, &t, error))
        return false;
    *due = 0;
    for (uint32_t number = 1; number <= t.n; number++)
        *due += is_over(&t, number, before);
    return true;
}

static bool rewrap(const hf_queries *from, const hf_queries *to, const table *old, table *fresh,
                   hf_time before, GError **error)
{
    for (uint32_t number = 1; number <= old->n; number++) {
        uint8_t key[HF_KEY_BYTES];
        uint8_t ad[ENTRY_AD_BYTES];
        memset(slot_of(fresh, number), 0, HF_SLOT_BYTES);
        if (is_destroyed(old, number) || is_over(old, number, before))
            continue;
        entry_ad(to, fresh, number, ad);
        bool done = unwrap(from, old, number, key, error) &&
                    hf_crypt_wrap(to->key, ad, sizeof ad, key, slot_of(fresh, number), error);
        hf_crypt_wipe(key, sizeof key);
        if (!done)
            return false;
    }
    return true;
}

/* The old epoch is the keys' last chance: so what was written is read back, and opened. */
static bool check_written(const hf_queries *to, const table *wanted, GError **error)
{
    g_auto(table) t = {0};
    g_autofree char *path = table_path(to);
    size_t n = HF_FILE_HEADER_BYTES + (size_t)wanted->n * ENTRY_BYTES;
    if (!read_table(to, &t, error))
        return false;
    if (t.n != wanted->n || memcmp(t.bytes, wanted->bytes, n) != 0)
        return damaged(error, path, "does not read back as it was written");
    return hf_queries_check(to, &(unsigned){0}, &(unsigned){0}, error);
}

bool hf_queries_rewrap(const hf_queries *from, const hf_queries *to, hf_time before, GError **error)
{
    g_auto(table) old = {0};
    g_auto(table) fresh = {0};
    if (!read_table(from, &old, error))
        return false;
    if (old.n == 0)
        return true;
    fresh.n = old.n;
    fresh.bytes = g_memdup2(old.bytes, HF_FILE_HEADER_BYTES + (size_t)old.n * ENTRY_BYTES);
    put_header(to, fresh.bytes);
    return rewrap(from, to, &old, &fresh, before, error) && write_table(to, &fresh, error) &&
           check_written(to, &fresh, error);
}

bool hf_queries_check(const hf_queries *q, unsigned *live, unsigned *destroyed, GError **error)
{
    g_auto(table) t = {0};
    if (!read_table(q, &t, error))
        return false;
    *live = *destroyed = 0;
    for (uint32_t number = 1; number <= t.n; number++) {
        uint8_t key[HF_KEY_BYTES];
        bool gone = is_destroyed(&t, number);
        if (!gone && !unwrap(q, &t, number, key, error))
            return false;
        hf_crypt_wipe(key, sizeof key);
        *(gone ? destroyed : live) += 1;
    }
    return true;
}

/* ---- texts ---- */

static void text_ad(hf_keys *keys, uint32_t number, uint8_t out[TEXT_AD_BYTES])
{
    memcpy(out, text_label, sizeof text_label);
    memcpy(out + 8, hf_keys_vault_id(keys), HF_VAULT_ID_BYTES);
    hf_put_u32(out + 24, number);
}

static bool seal(hf_keys *keys, uint32_t number, const uint8_t key[HF_KEY_BYTES], const char *text,
                 size_t n, char **sealed, GError **error)
{
    uint8_t ad[TEXT_AD_BYTES];
    size_t padded = (n / PAD_BYTES + 1) * PAD_BYTES;
    g_autofree uint8_t *box = g_malloc0(HF_NONCE_BYTES + padded + HF_TAG_BYTES);
    uint8_t *body = box + HF_NONCE_BYTES;
    memcpy(body, text, n);
    text_ad(keys, number, ad);
    if (!hf_crypt_random(box, HF_NONCE_BYTES, error) ||
        !hf_crypt_seal(key, box, ad, sizeof ad, body, padded, body, body + padded, error))
        return false;
    g_autofree char *base64 = g_base64_encode(box, HF_NONCE_BYTES + padded + HF_TAG_BYTES);
    *sealed = g_strdup_printf("%u:%s", number, base64);
    return true;
}

char *hf_store_seal_query(hf_store *store, const char *text, GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    uint32_t number = 0;
    char *sealed = NULL;
    hf_keys *keys = hf_store_keys(store);
    size_t n = strlen(text);
    if (n > HF_STORE_QUERY_MAX) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "a query of %zu bytes is longer than the log takes (%u): make it shorter", n,
                    HF_STORE_QUERY_MAX);
        return NULL;
    }
    if (hf_keys_query_key(keys, hf_time_now(), &number, key, error))
        seal(keys, number, key, text, n, &sealed, error);
    hf_crypt_wipe(key, sizeof key);
    return sealed;
}

static bool parse_sealed(const char *sealed, uint32_t *number, GBytes **box, GError **error)
{
    const char *colon = strchr(sealed, ':');
    g_autofree char *head = g_strndup(sealed, colon != NULL ? (size_t)(colon - sealed) : 0);
    guint64 value = 0;
    gsize n = 0;
    uint8_t *bytes = colon != NULL ? g_base64_decode(colon + 1, &n) : NULL;
    *box = g_bytes_new_take(bytes, n);
    if (n >= HF_NONCE_BYTES + HF_TAG_BYTES &&
        g_ascii_string_to_unsigned(head, 10, 1, UINT32_MAX, &value, NULL)) {
        *number = (uint32_t)value;
        return true;
    }
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "it is not a sealed query");
    return false;
}

char *hf_store_open_query(hf_store *store, const char *sealed, GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    uint8_t ad[TEXT_AD_BYTES];
    uint32_t number = 0;
    hf_keys *keys = hf_store_keys(store);
    g_autoptr(GBytes) box = NULL;
    if (!parse_sealed(sealed, &number, &box, error) ||
        !hf_keys_query_key(keys, HF_TIME_NONE, &number, key, error))
        return NULL;
    gsize n;
    const uint8_t *at = g_bytes_get_data(box, &n);
    size_t length = n - HF_NONCE_BYTES - HF_TAG_BYTES;
    g_autofree char *text = g_malloc0(length + 1);
    text_ad(keys, number, ad);
    bool done = hf_crypt_open(key, at, ad, sizeof ad, at + HF_NONCE_BYTES, length, text,
                              at + HF_NONCE_BYTES + length, error);
    hf_crypt_wipe(key, sizeof key);
    if (!done)
        g_prefix_error(error, "the sealed query was changed: ");
    return done ? g_steal_pointer(&text) : NULL;
}

bool hf_store_query_key(hf_store *store, uint32_t *number, GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    bool done = hf_keys_query_key(hf_store_keys(store), hf_time_now(), number, key, error);
    hf_crypt_wipe(key, sizeof key);
    return done;
}

bool hf_store_mac_search(hf_store *store, uint32_t number, const void *bytes, size_t n,
                         uint8_t mac[32], GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    bool done = hf_keys_query_key(hf_store_keys(store), HF_TIME_NONE, &number, key, error) &&
                hf_crypt_derive(key, "holdfast search", bytes, n, mac, error);
    hf_crypt_wipe(key, sizeof key);
    return done;
}
