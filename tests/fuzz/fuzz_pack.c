/* Reads a pack, its key table and its objects as an attacker may have written them.
 *
 * The first byte chooses: even, the input is the bytes of a pack and of a key table (the next two bytes say where one ends)
 * under keys that the attacker does not have; odd, the attacker has the family's key, so that sizes, flags and compressed
 * content get past the tags: the input is an object's header fields and its payload, sealed as the format says. */
#include "store/parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define CHUNK_BYTES ((size_t)1 << 20)

static const uint8_t vault_id[HF_VAULT_ID_BYTES] = "fuzz";
static const uint8_t pack_key[HF_KEY_BYTES] = "pack";
static const uint8_t family[HF_KEY_BYTES] = "family";
static char *objects;

static bool count(void *data, const void *bytes, size_t n, GError **error)
{
    (void)bytes;
    (void)error;
    *(uint64_t *)data += n;
    return true;
}

static void remove_objects(void)
{
    hf_file_empty_directory(objects, NULL);
    rmdir(objects);
}

static void write_file(const char *path, const uint8_t *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || !hf_file_write_all(fd, bytes, n, path, NULL))
        abort();
    close(fd);
}

static uint64_t take_u64(const uint8_t **data, size_t *n)
{
    uint8_t bytes[8] = {0};
    size_t some = MIN(*n, sizeof bytes);
    memcpy(bytes, *data, some);
    *data += some;
    *n -= some;
    return hf_get_u64(bytes);
}

static void read_files(const uint8_t *data, size_t n)
{
    size_t split = n >= 2 ? (size_t)(data[0] | data[1] << 8) : 0;
    data += MIN(n, 2);
    n -= MIN(n, 2);
    split = MIN(split, n);
    g_autofree char *path = hf_pack_path(objects, 1);
    g_autofree char *table = hf_pack_table_path(objects, 1);
    write_file(path, data, split);
    write_file(table, data + split, n - split);
    g_autoptr(hf_pack) pack = hf_pack_open(objects, vault_id, 1, pack_key, true, NULL);
    if (pack == NULL)
        return;
    uint8_t key[HF_KEY_BYTES];
    uint32_t slots = 0;
    uint64_t total = 0;
    hf_object_ref ref = {1, 0, HF_FILE_HEADER_BYTES, split, n};
    hf_pack_check_table(pack, NULL);
    hf_pack_count_slots(pack, &slots, NULL);
    if (hf_pack_get_slot(pack, 0, key, NULL))
        hf_object_read(pack->fd, pack->path, key, &ref, count, &total, NULL);
    hf_pack_cut(pack, split / 2, slots / 2, NULL);
}

/* Seals `payload` with a header that says whatever the input says. Returns the bytes stored. */
static size_t forge(uint8_t *out, uint8_t flags, uint64_t size, uint64_t stored, uint8_t last_lie,
                    const uint8_t *payload, size_t n)
{
    uint8_t key[HF_KEY_BYTES];
    uint8_t nonce[HF_NONCE_BYTES] = {0xff, 0xff, 0xff, 0xff};
    uint8_t ad[25] = {0};
    memset(out, 0, 64);
    memcpy(out, "hfob", 4);
    out[4] = 1;
    out[5] = flags;
    hf_put_u64(out + 24, size);
    hf_put_u64(out + 32, stored);
    hf_put_u32(out + 40, (uint32_t)CHUNK_BYTES);
    if (!hf_crypt_derive(family, "holdfast object 1", out + 8, 16, key, NULL) ||
        !hf_crypt_seal(key, nonce, out, 48, NULL, 0, NULL, out + 48, NULL))
        abort();
    memset(nonce, 0, sizeof nonce);
    ad[24] = last_lie % 8 == 0 ? 0 : 1;
    if (!hf_crypt_seal(key, nonce, ad, sizeof ad, payload, n, out + 64, out + 64 + n, NULL))
        abort();
    return 64 + n + HF_TAG_BYTES;
}

static void read_forged(const uint8_t *data, size_t n)
{
    uint64_t choice = take_u64(&data, &n);
    uint64_t size = take_u64(&data, &n);
    n = MIN(n, CHUNK_BYTES);
    uint64_t stored = 64 + n + HF_TAG_BYTES + (choice >> 24) % 3;
    uint8_t flags = (uint8_t)(choice % 3);
    g_autofree uint8_t *object = g_malloc(64 + n + HF_TAG_BYTES);
    size_t whole = forge(object, flags, size, stored, (uint8_t)(choice >> 8), data, n);
    int fd = memfd_create("object", MFD_CLOEXEC);
    if (fd < 0 || !hf_file_pwrite_all(fd, object, whole, HF_FILE_HEADER_BYTES, "object", NULL))
        abort();
    uint64_t total = 0;
    hf_object_ref ref = {1, 0, HF_FILE_HEADER_BYTES, stored, size};
    /* What is read whole is as long as it says; what is not never gave more. */
    bool done = hf_object_read(fd, "object", family, &ref, count, &total, NULL);
    if (total > size || (done && total != size))
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    if (objects == NULL) {
        objects = g_dir_make_tmp("holdfast-fuzz-XXXXXX", NULL);
        if (objects == NULL)
            abort();
        atexit(remove_objects);
    }
    if (data[0] % 2 == 0)
        read_files(data + 1, n - 1);
    else
        read_forged(data + 1, n - 1);
    return 0;
}
