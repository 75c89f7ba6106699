#include "store/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The two files of a pack. Numbers are little endian.
 *
 * objects/NNNNNNNN.pack: header, then objects one after another (their format: object.c)
 *    0   8  "hfpack\0\0"
 *    8   4  version, 1
 *   12   4  pack number
 *   16   4  kind: 0 shared by many families, 1 made for one streamed object
 *   20   4  0
 *   24  16  vault id
 *   40   8  0
 *   48  16  the first 16 bytes of SHA-256 over bytes 0 to 47: against accidents, not against malice; what matters is
 *           authenticated with each object and slot
 *
 * objects/NNNNNNNN.keys: header, then slots of 64 bytes, each a family's key
 *    0   8  "hfkeys\0\0"
 *    8   4  version, 1
 *   12   4  pack number
 *   16  16  vault id
 *   32  32  0
 * A slot (crypt.c) is wrapped under the pack's key; what is authenticated with it: "hfslot\0\0", vault id, pack number,
 * slot number. A slot is written once, and wiped with zeros when its family is destroyed. */
#define VERSION 1u
#define KIND_SHARED 0u
#define KIND_SINGLE 1u
#define CHECKED_BYTES 48u
#define TABLE_READ_SLOTS 1024u

static const uint8_t pack_magic[8] = "hfpack\0";
static const uint8_t table_magic[8] = "hfkeys\0";
static const uint8_t slot_label[8] = "hfslot\0";
#define SLOT_AD_BYTES (8u + HF_VAULT_ID_BYTES + 8u)

char *hf_pack_path(const char *objects, uint32_t number)
{
    return g_strdup_printf("%s/%08u.pack", objects, number);
}

char *hf_pack_table_path(const char *objects, uint32_t number)
{
    return g_strdup_printf("%s/%08u.keys", objects, number);
}

uint32_t hf_pack_parse_name(const char *name, bool *table)
{
    size_t digits = strspn(name, "0123456789");
    if (digits < 8 || digits > 10)
        return 0;
    *table = strcmp(name + digits, ".keys") == 0;
    if (!*table && strcmp(name + digits, ".pack") != 0)
        return 0;
    g_autofree char *text = g_strndup(name, digits);
    guint64 number = g_ascii_strtoull(text, NULL, 10);
    g_autofree char *canonical = g_strdup_printf("%08" G_GUINT64_FORMAT, number);
    return number <= UINT32_MAX && strcmp(canonical, text) == 0 ? (uint32_t)number : 0;
}

static void pack_header(const hf_pack *pack, uint8_t out[HF_FILE_HEADER_BYTES])
{
    uint8_t digest[32];
    memset(out, 0, HF_FILE_HEADER_BYTES);
    memcpy(out, pack_magic, sizeof pack_magic);
    hf_put_u32(out + 8, VERSION);
    hf_put_u32(out + 12, pack->number);
    hf_put_u32(out + 16, pack->single ? KIND_SINGLE : KIND_SHARED);
    memcpy(out + 24, pack->vault_id, HF_VAULT_ID_BYTES);
    hf_digest_sha256(out, CHECKED_BYTES, digest);
    memcpy(out + CHECKED_BYTES, digest, HF_FILE_HEADER_BYTES - CHECKED_BYTES);
}

static void table_header(const hf_pack *pack, uint8_t out[HF_FILE_HEADER_BYTES])
{
    memset(out, 0, HF_FILE_HEADER_BYTES);
    memcpy(out, table_magic, sizeof table_magic);
    hf_put_u32(out + 8, VERSION);
    hf_put_u32(out + 12, pack->number);
    memcpy(out + 16, pack->vault_id, HF_VAULT_ID_BYTES);
}

static void slot_ad(const hf_pack *pack, uint32_t slot, uint8_t out[SLOT_AD_BYTES])
{
    memcpy(out, slot_label, sizeof slot_label);
    memcpy(out + 8, pack->vault_id, HF_VAULT_ID_BYTES);
    hf_put_u32(out + 24, pack->number);
    hf_put_u32(out + 28, slot);
}

static uint64_t slot_offset(uint32_t slot)
{
    return HF_FILE_HEADER_BYTES + (uint64_t)slot * HF_SLOT_BYTES;
}

static hf_pack *pack_new(const char *objects, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                         uint32_t number)
{
    hf_pack *pack = g_new0(hf_pack, 1);
    g_atomic_ref_count_init(&pack->refs);
    pack->number = number;
    pack->fd = -1;
    pack->table = -1;
    pack->path = hf_pack_path(objects, number);
    pack->table_path = hf_pack_table_path(objects, number);
    memcpy(pack->vault_id, vault_id, HF_VAULT_ID_BYTES);
    return pack;
}

hf_pack *hf_pack_ref(hf_pack *pack)
{
    g_atomic_ref_count_inc(&pack->refs);
    return pack;
}

void hf_pack_unref(hf_pack *pack)
{
    if (pack == NULL || !g_atomic_ref_count_dec(&pack->refs))
        return;
    if (pack->fd >= 0)
        close(pack->fd);
    if (pack->table >= 0)
        close(pack->table);
    hf_crypt_wipe(pack->key, sizeof pack->key);
    g_free(pack->path);
    g_free(pack->table_path);
    g_free(pack);
}

static int create_file(const char *path, const uint8_t header[HF_FILE_HEADER_BYTES], GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        hf_error_set_errno(error, errno, "create", path);
        return -1;
    }
    if (hf_file_pwrite_all(fd, header, HF_FILE_HEADER_BYTES, 0, path, error))
        return fd;
    close(fd);
    unlink(path);
    return -1;
}

hf_pack *hf_pack_create(const char *objects, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                        uint32_t number, bool single, GError **error)
{
    uint8_t header[HF_FILE_HEADER_BYTES];
    g_autoptr(hf_pack) pack = pack_new(objects, vault_id, number);
    pack->single = single;
    pack_header(pack, header);
    if (!hf_crypt_random(pack->key, sizeof pack->key, error))
        return NULL;
    pack->fd = create_file(pack->path, header, error);
    return pack->fd < 0 ? NULL : g_steal_pointer(&pack);
}

bool hf_pack_create_table(hf_pack *pack, GError **error)
{
    uint8_t header[HF_FILE_HEADER_BYTES];
    table_header(pack, header);
    pack->table = create_file(pack->table_path, header, error);
    return pack->table >= 0;
}

static bool damaged(GError **error, const char *path, const char *how)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" %s: " HF_STORE_RESTORE, shown, how);
    return false;
}

static int open_file(const char *path, bool writable, GError **error)
{
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        damaged(error, path, "is missing");
    else
        hf_error_set_errno(error, errno, "open", path);
    return -1;
}

static bool header_is(int fd, const char *path, const uint8_t expected[HF_FILE_HEADER_BYTES],
                      GError **error)
{
    uint8_t found[HF_FILE_HEADER_BYTES];
    if (!hf_file_pread_all(fd, found, sizeof found, 0, path, error))
        return false;
    if (memcmp(found, expected, sizeof found) == 0)
        return true;
    return damaged(error, path, "has a damaged header, or belongs to another vault or pack");
}

static bool read_kind(hf_pack *pack, GError **error)
{
    uint8_t kind[4];
    if (!hf_file_pread_all(pack->fd, kind, sizeof kind, 16, pack->path, error))
        return false;
    pack->single = hf_get_u32(kind) == KIND_SINGLE;
    return true;
}

hf_pack *hf_pack_open(const char *objects, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                      uint32_t number, const uint8_t key[HF_KEY_BYTES], bool writable,
                      GError **error)
{
    uint8_t expected[HF_FILE_HEADER_BYTES];
    g_autoptr(hf_pack) pack = pack_new(objects, vault_id, number);
    memcpy(pack->key, key, HF_KEY_BYTES);
    pack->fd = open_file(pack->path, writable, error);
    if (pack->fd < 0 || !read_kind(pack, error))
        return NULL;
    pack_header(pack, expected);
    if (!header_is(pack->fd, pack->path, expected, error))
        return NULL;
    pack->table = open_file(pack->table_path, writable, error);
    if (pack->table < 0)
        return NULL;
    table_header(pack, expected);
    if (!header_is(pack->table, pack->table_path, expected, error))
        return NULL;
    return g_steal_pointer(&pack);
}

bool hf_pack_put_slot(hf_pack *pack, uint32_t slot, const uint8_t family[HF_KEY_BYTES],
                      GError **error)
{
    uint8_t ad[SLOT_AD_BYTES];
    uint8_t wrapped[HF_SLOT_BYTES];
    slot_ad(pack, slot, ad);
    return hf_crypt_wrap(pack->key, ad, sizeof ad, family, wrapped, error) &&
           hf_file_pwrite_all(pack->table, wrapped, sizeof wrapped, slot_offset(slot),
                              pack->table_path, error);
}

static bool unwrap(hf_pack *pack, uint32_t slot, const uint8_t wrapped[HF_SLOT_BYTES],
                   uint8_t family[HF_KEY_BYTES], GError **error)
{
    uint8_t ad[SLOT_AD_BYTES];
    slot_ad(pack, slot, ad);
    if (hf_crypt_unwrap(pack->key, ad, sizeof ad, wrapped, family, error))
        return true;
    g_autofree char *shown = hf_name_display(pack->table_path, -1);
    g_prefix_error(error, "cannot read the key in slot %u of \"%s\": ", slot, shown);
    return false;
}

bool hf_pack_get_slot(hf_pack *pack, uint32_t slot, uint8_t family[HF_KEY_BYTES], GError **error)
{
    uint8_t wrapped[HF_SLOT_BYTES];
    if (!hf_file_pread_all(pack->table, wrapped, sizeof wrapped, slot_offset(slot),
                           pack->table_path, error)) {
        g_prefix_error(error, "cannot read the key in slot %u, " HF_STORE_RESTORE ": ", slot);
        return false;
    }
    return unwrap(pack, slot, wrapped, family, error);
}

bool hf_pack_count_slots(hf_pack *pack, uint32_t *slots, GError **error)
{
    struct stat st;
    if (fstat(pack->table, &st) != 0)
        return hf_error_set_errno(error, errno, "look at", pack->table_path);
    uint64_t size = (uint64_t)st.st_size;
    uint64_t count = (size - HF_FILE_HEADER_BYTES) / HF_SLOT_BYTES;
    if (size < HF_FILE_HEADER_BYTES || size % HF_SLOT_BYTES != 0 || count > UINT32_MAX)
        return damaged(error, pack->table_path, "ends inside a key");
    *slots = (uint32_t)count;
    return true;
}

bool hf_pack_check_table(hf_pack *pack, GError **error)
{
    uint32_t slots = 0;
    if (!hf_pack_count_slots(pack, &slots, error))
        return false;
    g_autofree uint8_t *some = g_malloc(TABLE_READ_SLOTS * HF_SLOT_BYTES);
    uint8_t family[HF_KEY_BYTES];
    bool right = true;
    for (uint32_t first = 0; right && first < slots; first += TABLE_READ_SLOTS) {
        uint32_t n = MIN(TABLE_READ_SLOTS, slots - first);
        right = hf_file_pread_all(pack->table, some, (size_t)n * HF_SLOT_BYTES, slot_offset(first),
                                  pack->table_path, error);
        for (uint32_t i = 0; right && i < n; i++) {
            const uint8_t *slot = some + (size_t)i * HF_SLOT_BYTES;
            right = hf_crypt_slot_empty(slot) || unwrap(pack, first + i, slot, family, error);
        }
    }
    hf_crypt_wipe(family, sizeof family);
    return right;
}

/* Zeros first, then cut: a cut alone would leave the keys in freed blocks. */
static bool wipe_slots(hf_pack *pack, uint32_t slots, GError **error)
{
    static const uint8_t zeros[HF_SLOT_BYTES * 64];
    struct stat st;
    if (fstat(pack->table, &st) != 0)
        return hf_error_set_errno(error, errno, "look at", pack->table_path);
    uint64_t keep = slot_offset(slots);
    uint64_t size = (uint64_t)st.st_size;
    if (size < keep)
        return damaged(error, pack->table_path, "has fewer keys than the catalog knows");
    if (size == keep)
        return true;
    for (uint64_t at = keep; at < size; at += sizeof zeros) {
        if (!hf_file_pwrite_all(pack->table, zeros, MIN(sizeof zeros, size - at), at,
                                pack->table_path, error))
            return false;
    }
    if (!hf_file_sync(pack->table, pack->table_path, error))
        return false;
    if (ftruncate(pack->table, (off_t)keep) != 0)
        return hf_error_set_errno(error, errno, "cut", pack->table_path);
    return hf_file_sync(pack->table, pack->table_path, error);
}

bool hf_pack_cut(hf_pack *pack, uint64_t end, uint32_t slots, GError **error)
{
    struct stat st;
    if (!wipe_slots(pack, slots, error))
        return false;
    if (fstat(pack->fd, &st) != 0)
        return hf_error_set_errno(error, errno, "look at", pack->path);
    if ((uint64_t)st.st_size < end)
        return damaged(error, pack->path, "is shorter than the catalog knows it");
    if ((uint64_t)st.st_size == end)
        return true;
    if (ftruncate(pack->fd, (off_t)end) != 0)
        return hf_error_set_errno(error, errno, "cut", pack->path);
    return hf_file_sync(pack->fd, pack->path, error);
}

bool hf_pack_sync(hf_pack *pack, GError **error)
{
    return hf_file_sync(pack->fd, pack->path, error) &&
           hf_file_sync(pack->table, pack->table_path, error);
}

bool hf_pack_remove(const char *objects, uint32_t number, GError **error)
{
    g_autofree char *path = hf_pack_path(objects, number);
    g_autofree char *table = hf_pack_table_path(objects, number);
    struct stat st;
    if (lstat(table, &st) == 0 && S_ISREG(st.st_mode) && !hf_file_shred(table, error))
        return false;
    if (unlink(path) != 0 && errno != ENOENT)
        return hf_error_set_errno(error, errno, "remove", path);
    return true;
}
