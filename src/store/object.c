#include "store/parts.h"

#include <zstd.h>

/* An object in a pack. Numbers are little endian.
 *
 * Header, 64 bytes:
 *    0   4  "hfob"
 *    4   1  version, 1
 *    5   1  flags; 1: the payload is one zstd frame of the content, else it is the content
 *    6   2  0
 *    8  16  object id, random
 *   24   8  bytes of content
 *   32   8  bytes stored: header and chunks
 *   40   4  payload bytes of a chunk, 1 MB
 *   44   4  0
 *   48  16  tag: AES-256-GCM of nothing, with bytes 0 to 47 authenticated, nonce ff ff ff ff 00…
 * Then the payload in chunks, each of 1 MB but for the last, which may be shorter (and empty only if it is the only one):
 * the ciphertext and its tag of 16 bytes. Nonce: 4 zeros and the chunk's number in 8 bytes; authenticated with it: object
 * id, chunk number in 8 bytes, and a byte that is 1 for the last chunk.
 *
 * The key is HMAC-SHA256(family key, "holdfast object 1" ‖ 0 ‖ object id), so it is used for one object only and no nonce
 * comes twice under it. */
#define VERSION 1u
#define HEADER_BYTES 64u
#define AUTHENTICATED_BYTES 48u
#define FLAG_ZSTD 1u
#define ID_BYTES 16u
#define CHUNK_BYTES (1u << 20)
#define STORED_CHUNK_BYTES (CHUNK_BYTES + HF_TAG_BYTES)
#define ZSTD_LEVEL 1
/* Pieces of what is expanded as a stream: they stay in the processor's cache for who hashes them (15 % faster than 1 MB). */
#define PIECE_BYTES (128u << 10)
/* What level 1 never exceeds, with room: a damaged frame cannot ask for memory. */
#define ZSTD_WINDOW_LOG_MAX 23
/* Below this a zstd frame cannot be smaller. */
#define COMPRESS_FROM 64u

static const uint8_t magic[4] = {'h', 'f', 'o', 'b'};
static const char key_label[] = "holdfast object 1";

typedef struct {
    bool zstd;
    uint8_t id[ID_BYTES];
    uint64_t size;
    uint64_t stored;
} object_header;

/* What one object is worked on in. A thread keeps one: contexts are dear to make. */
typedef struct {
    uint8_t in[HEADER_BYTES + STORED_CHUNK_BYTES];
    uint8_t out[CHUNK_BYTES];
    ZSTD_CCtx *compress;
    ZSTD_DCtx *expand;
} work_area;

static void area_free(gpointer data)
{
    work_area *area = data;
    ZSTD_freeCCtx(area->compress);
    ZSTD_freeDCtx(area->expand);
    g_free(area);
}

static GPrivate spare_area = G_PRIVATE_INIT(area_free);

/* Taken out of its place while in use, so that what a reader calls may itself read. */
static work_area *area_take(void)
{
    work_area *area = g_private_get(&spare_area);
    if (area == NULL)
        return g_new0(work_area, 1);
    g_private_set(&spare_area, NULL);
    return area;
}

static void area_give(work_area *area)
{
    if (g_private_get(&spare_area) == NULL)
        g_private_set(&spare_area, area);
    else
        area_free(area);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(work_area, area_give)

static bool no_memory(GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "no memory for a zstd context");
    return false;
}

/* ---- header and chunks ---- */

static void header_nonce(uint8_t nonce[HF_NONCE_BYTES])
{
    memset(nonce, 0, HF_NONCE_BYTES);
    memset(nonce, 0xff, 4);
}

static bool object_key(const uint8_t family[HF_KEY_BYTES], const uint8_t id[ID_BYTES],
                       uint8_t key[HF_KEY_BYTES], GError **error)
{
    return hf_crypt_derive(family, key_label, id, ID_BYTES, key, error);
}

static bool header_write(const object_header *header, const uint8_t key[HF_KEY_BYTES],
                         uint8_t out[HEADER_BYTES], GError **error)
{
    uint8_t nonce[HF_NONCE_BYTES];
    memset(out, 0, HEADER_BYTES);
    memcpy(out, magic, sizeof magic);
    out[4] = VERSION;
    out[5] = header->zstd ? FLAG_ZSTD : 0;
    memcpy(out + 8, header->id, ID_BYTES);
    hf_put_u64(out + 24, header->size);
    hf_put_u64(out + 32, header->stored);
    hf_put_u32(out + 40, CHUNK_BYTES);
    header_nonce(nonce);
    return hf_crypt_seal(key, nonce, out, AUTHENTICATED_BYTES, NULL, 0, NULL,
                         out + AUTHENTICATED_BYTES, error);
}

static bool header_read(const uint8_t in[HEADER_BYTES], const uint8_t family[HF_KEY_BYTES],
                        object_header *header, uint8_t key[HF_KEY_BYTES], GError **error)
{
    uint8_t nonce[HF_NONCE_BYTES];
    header_nonce(nonce);
    memcpy(header->id, in + 8, ID_BYTES);
    if (!object_key(family, header->id, key, error) ||
        !hf_crypt_open(key, nonce, in, AUTHENTICATED_BYTES, NULL, 0, NULL, in + AUTHENTICATED_BYTES,
                       error))
        return false;
    if (memcmp(in, magic, sizeof magic) != 0 || in[4] != VERSION || (in[5] & ~FLAG_ZSTD) != 0 ||
        hf_get_u32(in + 40) != CHUNK_BYTES) {
        g_set_error(error, HF_ERROR, HF_ERROR_VERSION,
                    "it is of object format %u; this holdfast reads %u: use a newer one", in[4],
                    VERSION);
        return false;
    }
    header->zstd = (in[5] & FLAG_ZSTD) != 0;
    header->size = hf_get_u64(in + 24);
    header->stored = hf_get_u64(in + 32);
    return true;
}

static void chunk_context(const uint8_t id[ID_BYTES], uint64_t number, bool last,
                          uint8_t nonce[HF_NONCE_BYTES], uint8_t ad[ID_BYTES + 9])
{
    memset(nonce, 0, HF_NONCE_BYTES);
    hf_put_u64(nonce + 4, number);
    memcpy(ad, id, ID_BYTES);
    hf_put_u64(ad + ID_BYTES, number);
    ad[ID_BYTES + 8] = last ? 1 : 0;
}

/* `out` gets n bytes and the tag. */
static bool chunk_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t id[ID_BYTES], uint64_t number,
                       bool last, const uint8_t *in, size_t n, uint8_t *out, GError **error)
{
    uint8_t nonce[HF_NONCE_BYTES];
    uint8_t ad[ID_BYTES + 9];
    chunk_context(id, number, last, nonce, ad);
    return hf_crypt_seal(key, nonce, ad, sizeof ad, in, n, out, out + n, error);
}

static bool chunk_open(const uint8_t key[HF_KEY_BYTES], const uint8_t id[ID_BYTES], uint64_t number,
                       bool last, uint8_t *bytes, size_t n, GError **error)
{
    uint8_t nonce[HF_NONCE_BYTES];
    uint8_t ad[ID_BYTES + 9];
    chunk_context(id, number, last, nonce, ad);
    return hf_crypt_open(key, nonce, ad, sizeof ad, bytes, n, bytes, bytes + n, error);
}

/* ---- sealing in memory ---- */

/* The compressed size if it is smaller by a twentieth at least, else 0. `out` has room for `n`. */
static size_t compress_if_it_helps(ZSTD_CCtx *context, const void *in, size_t n, void *out)
{
    if (n < COMPRESS_FROM)
        return 0;
    size_t compressed = ZSTD_compressCCtx(context, out, n - n / 20 - 1, in, n, ZSTD_LEVEL);
    return ZSTD_isError(compressed) ? 0 : compressed;
}

static bool seal_payload(const object_header *header, const uint8_t key[HF_KEY_BYTES],
                         const uint8_t *payload, size_t n, uint8_t *out, GError **error)
{
    if (!header_write(header, key, out, error))
        return false;
    out += HEADER_BYTES;
    uint64_t number = 0;
    do {
        size_t part = MIN(n, (size_t)CHUNK_BYTES);
        if (!chunk_seal(key, header->id, number++, part == n, payload, part, out, error))
            return false;
        out += part + HF_TAG_BYTES;
        payload += part;
        n -= part;
    } while (n > 0);
    return true;
}

static size_t stored_size(size_t payload)
{
    size_t chunks = payload == 0 ? 1 : (payload - 1) / CHUNK_BYTES + 1;
    return HEADER_BYTES + payload + chunks * HF_TAG_BYTES;
}

bool hf_object_seal(const uint8_t family[HF_KEY_BYTES], const void *bytes, size_t n, uint8_t **out,
                    size_t *stored, GError **error)
{
    g_autoptr(work_area) area = area_take();
    if (area->compress == NULL && (area->compress = ZSTD_createCCtx()) == NULL)
        return no_memory(error);
    g_autofree uint8_t *large = n > CHUNK_BYTES ? g_malloc(n) : NULL;
    uint8_t *compressed = large != NULL ? large : area->out;
    size_t smaller = compress_if_it_helps(area->compress, bytes, n, compressed);
    const uint8_t *payload = smaller > 0 ? compressed : bytes;
    size_t payload_n = smaller > 0 ? smaller : n;

    object_header header = {.zstd = smaller > 0, .size = n, .stored = stored_size(payload_n)};
    uint8_t key[HF_KEY_BYTES];
    g_autofree uint8_t *sealed = g_malloc(header.stored);
    bool done = hf_crypt_random(header.id, ID_BYTES, error) &&
                object_key(family, header.id, key, error) &&
                seal_payload(&header, key, payload, payload_n, sealed, error);
    hf_crypt_wipe(key, sizeof key);
    if (!done)
        return false;
    *out = g_steal_pointer(&sealed);
    *stored = header.stored;
    return true;
}

/* ---- sealing a stream ---- */

struct hf_object_encoder {
    int fd;
    const char *path;
    uint64_t offset; /* of the header */
    uint64_t at;     /* of the next chunk */
    object_header header;
    uint8_t key[HF_KEY_BYTES];
    uint64_t chunk;
    uint8_t *first; /* the first megabyte, until it is known whether zstd helps; then NULL */
    size_t first_n;
    ZSTD_CCtx *compress;
    size_t payload_n;
    uint8_t payload[STORED_CHUNK_BYTES];
};

hf_object_encoder *hf_object_encoder_new(const uint8_t family[HF_KEY_BYTES], int fd,
                                         uint64_t offset, const char *path, GError **error)
{
    g_autoptr(hf_object_encoder) encoder = g_new0(hf_object_encoder, 1);
    encoder->fd = fd;
    encoder->path = path;
    encoder->offset = offset;
    encoder->at = offset + HEADER_BYTES;
    encoder->first = g_malloc(CHUNK_BYTES);
    encoder->compress = ZSTD_createCCtx();
    if (encoder->compress == NULL) {
        no_memory(error);
        return NULL;
    }
    if (!hf_crypt_random(encoder->header.id, ID_BYTES, error) ||
        !object_key(family, encoder->header.id, encoder->key, error))
        return NULL;
    return g_steal_pointer(&encoder);
}

void hf_object_encoder_free(hf_object_encoder *encoder)
{
    if (encoder == NULL)
        return;
    hf_crypt_wipe(encoder->key, sizeof encoder->key);
    ZSTD_freeCCtx(encoder->compress);
    g_free(encoder->first);
    g_free(encoder);
}

static bool emit(hf_object_encoder *e, bool last, GError **error)
{
    size_t n = e->payload_n;
    if (!chunk_seal(e->key, e->header.id, e->chunk, last, e->payload, n, e->payload, error) ||
        !hf_file_pwrite_all(e->fd, e->payload, n + HF_TAG_BYTES, e->at, e->path, error))
        return false;
    e->at += n + HF_TAG_BYTES;
    e->chunk++;
    e->payload_n = 0;
    return true;
}

/* A full chunk waits until more comes: only then is it known not to be the last. */
static bool put_plain(hf_object_encoder *e, const uint8_t *bytes, size_t n, GError **error)
{
    while (n > 0) {
        if (e->payload_n == CHUNK_BYTES && !emit(e, false, error))
            return false;
        size_t part = MIN(n, CHUNK_BYTES - e->payload_n);
        memcpy(e->payload + e->payload_n, bytes, part);
        e->payload_n += part;
        bytes += part;
        n -= part;
    }
    return true;
}

static bool put_zstd(hf_object_encoder *e, const uint8_t *bytes, size_t n, bool end, GError **error)
{
    ZSTD_inBuffer in = {bytes, n, 0};
    size_t left = 1;
    while (in.pos < in.size || (end && left > 0)) {
        if (e->payload_n == CHUNK_BYTES && !emit(e, false, error))
            return false;
        ZSTD_outBuffer out = {e->payload, CHUNK_BYTES, e->payload_n};
        left = ZSTD_compressStream2(e->compress, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "cannot compress for \"%s\": %s",
                        e->path, ZSTD_getErrorName(left));
            return false;
        }
        e->payload_n = out.pos;
    }
    return true;
}

static bool put(hf_object_encoder *e, const uint8_t *bytes, size_t n, GError **error)
{
    return e->header.zstd ? put_zstd(e, bytes, n, false, error) : put_plain(e, bytes, n, error);
}

/* The first megabyte speaks for the whole stream. */
static bool decide(hf_object_encoder *e, GError **error)
{
    g_autofree uint8_t *first = g_steal_pointer(&e->first);
    e->header.zstd = compress_if_it_helps(e->compress, first, e->first_n, e->payload) > 0;
    ZSTD_CCtx_reset(e->compress, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(e->compress, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    return put(e, first, e->first_n, error);
}

bool hf_object_encoder_write(hf_object_encoder *e, const void *bytes, size_t n, GError **error)
{
    const uint8_t *at = bytes;
    e->header.size += n;
    if (e->first != NULL) {
        size_t part = MIN(n, CHUNK_BYTES - e->first_n);
        if (part > 0)
            memcpy(e->first + e->first_n, at, part);
        e->first_n += part;
        at += part;
        n -= part;
        if (n == 0)
            return true;
        if (!decide(e, error))
            return false;
    }
    return put(e, at, n, error);
}

bool hf_object_encoder_finish(hf_object_encoder *e, uint64_t *size, uint64_t *stored,
                              GError **error)
{
    uint8_t header[HEADER_BYTES];
    if ((e->first != NULL && !decide(e, error)) ||
        (e->header.zstd && !put_zstd(e, NULL, 0, true, error)) || !emit(e, true, error))
        return false;
    e->header.stored = e->at - e->offset;
    /* Last, so that a killed stream never has a header that authenticates. */
    if (!header_write(&e->header, e->key, header, error) ||
        !hf_file_pwrite_all(e->fd, header, sizeof header, e->offset, e->path, error))
        return false;
    *size = e->header.size;
    *stored = e->header.stored;
    return true;
}

/* ---- reading ---- */

typedef struct {
    int fd;
    const char *path;
    const hf_object_ref *ref;
    work_area *area;
    object_header header;
    uint8_t key[HF_KEY_BYTES];
    uint64_t given; /* bytes of content so far */
    bool ended;     /* the zstd frame is complete */
    bool refused;   /* by the piece function, whose error goes out as it is */
    hf_store_piece piece;
    void *data;
} reading;

static bool wrong(GError **error, const char *how)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "%s", how);
    return false;
}

static bool give(reading *r, const uint8_t *bytes, size_t n, GError **error)
{
    if (n > r->header.size - r->given)
        return wrong(error, "it holds more than its header says");
    r->given += n;
    r->refused = n > 0 && !r->piece(r->data, bytes, n, error);
    return !r->refused;
}

static bool expand(reading *r, const uint8_t *bytes, size_t n, GError **error)
{
    ZSTD_inBuffer in = {bytes, n, 0};
    /* With room for all of it zstd needs no window of its own. */
    size_t room = r->header.size <= CHUNK_BYTES ? CHUNK_BYTES : PIECE_BYTES;
    ZSTD_outBuffer out = {r->area->out, room, 0};
    do {
        if (r->ended && in.pos < in.size)
            return wrong(error, "something follows its compressed content");
        out.pos = 0;
        size_t left = ZSTD_decompressStream(r->area->expand, &out, &in);
        if (ZSTD_isError(left))
            return wrong(error, "its compressed content is damaged");
        r->ended = left == 0;
        if (!give(r, r->area->out, out.pos, error))
            return false;
    } while (!r->ended && (in.pos < in.size || out.pos == out.size));
    return !r->ended || in.pos == in.size ||
           wrong(error, "something follows its compressed content");
}

static bool prepare_expand(work_area *area, GError **error)
{
    if (area->expand == NULL) {
        area->expand = ZSTD_createDCtx();
        if (area->expand == NULL)
            return no_memory(error);
        ZSTD_DCtx_setParameter(area->expand, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    }
    ZSTD_DCtx_reset(area->expand, ZSTD_reset_session_only);
    return true;
}

static bool read_chunks(reading *r, GError **error)
{
    uint64_t left = r->ref->stored - HEADER_BYTES;
    uint64_t at = r->ref->offset + HEADER_BYTES;
    uint8_t *chunk = r->area->in + HEADER_BYTES;
    if (r->header.zstd && !prepare_expand(r->area, error))
        return false;
    for (uint64_t number = 0; left > 0; number++) {
        size_t n = (size_t)MIN(left, (uint64_t)STORED_CHUNK_BYTES);
        /* The first one was read with the header. */
        if (number > 0 && !hf_file_pread_all(r->fd, chunk, n, at, r->path, error))
            return false;
        left -= n;
        at += n;
        n -= HF_TAG_BYTES;
        if (!chunk_open(r->key, r->header.id, number, left == 0, chunk, n, error))
            return false;
        if (!(r->header.zstd ? expand(r, chunk, n, error) : give(r, chunk, n, error)))
            return false;
    }
    if (r->header.zstd && !r->ended)
        return wrong(error, "its compressed content ends too early");
    return r->given == r->header.size || wrong(error, "it holds less than its header says");
}

static bool ref_possible(const hf_object_ref *ref)
{
    if (ref->stored < HEADER_BYTES + HF_TAG_BYTES || ref->offset < HF_FILE_HEADER_BYTES ||
        ref->offset > INT64_MAX || ref->stored > INT64_MAX - ref->offset)
        return false;
    uint64_t last = (ref->stored - HEADER_BYTES) % STORED_CHUNK_BYTES;
    return last == 0 || last >= HF_TAG_BYTES;
}

static bool read_object(reading *r, const uint8_t family[HF_KEY_BYTES], GError **error)
{
    if (!ref_possible(r->ref))
        return wrong(error, "its place and size in the catalog are impossible");
    size_t n = (size_t)MIN(r->ref->stored, (uint64_t)sizeof r->area->in);
    if (!hf_file_pread_all(r->fd, r->area->in, n, r->ref->offset, r->path, error) ||
        !header_read(r->area->in, family, &r->header, r->key, error))
        return false;
    if (r->header.size != r->ref->size || r->header.stored != r->ref->stored)
        return wrong(error, "its size is not what the catalog says");
    return read_chunks(r, error);
}

bool hf_object_read(int fd, const char *path, const uint8_t family[HF_KEY_BYTES],
                    const hf_object_ref *ref, hf_store_piece piece, void *data, GError **error)
{
    g_autoptr(work_area) area = area_take();
    g_autoptr(GError) reason = NULL;
    reading r = {.fd = fd, .path = path, .ref = ref, .area = area, .piece = piece, .data = data};
    bool done = read_object(&r, family, &reason);
    hf_crypt_wipe(r.key, sizeof r.key);
    if (done)
        return true;
    if (!r.refused && g_error_matches(reason, HF_ERROR, HF_ERROR_INTEGRITY)) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "cannot read the object at %" G_GUINT64_FORMAT
                    " of \"%s\": %s; " HF_STORE_RESTORE,
                    ref->offset, shown, reason->message);
        return false;
    }
    if (reason != NULL)
        g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}
