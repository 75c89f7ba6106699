/* The vocabulary of a segment: its terms, sorted by byte, with the number of documents that have
 * them.
 *
 *     0   "HFVOCAB1"
 *     8   u64 number of terms
 *     16  u64 number of blocks; a block has 64 terms, the last one may have fewer
 *     24  u64 bytes of entries
 *     32  u64 checksum (hf_segment_sum) of all that follows the header
 *     40  zeros to 64
 *     64  u64 per block: where its first entry begins, counted from the first entry
 *     ..  entries: u8 bytes shared with the term before (0 in the first of a block), u8 bytes that
 *         follow, those bytes, the number of documents in groups of seven bits, lowest first, top
 *         bit set in all but the last
 *
 * Numbers are little-endian. A prefix is found by bisection over the blocks. */
#include "index/segment.h"

#include <string.h>

#define HEADER 64u
#define BLOCK 64u
static const char magic[8] = "HFVOCAB1";

/* ---- writing ---- */

struct hf_vocabulary_writer {
    GByteArray *entries;
    GArray *blocks;
    uint64_t count;
    char last[256];
    size_t last_length;
};

hf_vocabulary_writer *hf_vocabulary_create(void)
{
    hf_vocabulary_writer *writer = g_new0(hf_vocabulary_writer, 1);
    writer->entries = g_byte_array_new();
    writer->blocks = g_array_new(false, false, sizeof(uint64_t));
    return writer;
}

void hf_vocabulary_writer_free(hf_vocabulary_writer *writer)
{
    if (writer == NULL)
        return;
    g_byte_array_unref(writer->entries);
    g_array_unref(writer->blocks);
    g_free(writer);
}

void hf_vocabulary_add(hf_vocabulary_writer *writer, const char *term, size_t length,
                       uint32_t documents)
{
    uint8_t head[2], tail[5];
    size_t shared = 0, n = 0;
    length = MIN(length, sizeof writer->last - 1);
    if (writer->count % BLOCK == 0) {
        uint64_t at = writer->entries->len;
        g_array_append_val(writer->blocks, at);
    } else {
        size_t most = MIN(length, writer->last_length);
        while (shared < most && term[shared] == writer->last[shared])
            shared++;
    }
    head[0] = (uint8_t)shared;
    head[1] = (uint8_t)(length - shared);
    g_byte_array_append(writer->entries, head, 2);
    g_byte_array_append(writer->entries, (const uint8_t *)term + shared, head[1]);
    for (; documents >= 0x80; documents >>= 7)
        tail[n++] = (uint8_t)(documents | 0x80);
    tail[n++] = (uint8_t)documents;
    g_byte_array_append(writer->entries, tail, (guint)n);
    memcpy(writer->last, term, length);
    writer->last_length = length;
    writer->count++;
}

bool hf_vocabulary_finish(hf_vocabulary_writer *writer, const char *path, GError **error)
{
    g_autoptr(hf_vocabulary_writer) owned = writer;
    size_t index_bytes = owned->blocks->len * sizeof(uint64_t);
    uint64_t header[HEADER / 8] = {0};
    memcpy(header, magic, sizeof magic);
    header[1] = owned->count;
    header[2] = owned->blocks->len;
    header[3] = owned->entries->len;
    header[4] = hf_segment_sum(0, owned->blocks->data, index_bytes);
    header[4] = hf_segment_sum(header[4], owned->entries->data, owned->entries->len);
    const hf_segment_piece pieces[] = {{header, HEADER},
                                       {owned->blocks->data, index_bytes},
                                       {owned->entries->data, owned->entries->len}};
    return hf_segment_write(path, pieces, G_N_ELEMENTS(pieces), error);
}

/* ---- reading ---- */

struct hf_vocabulary {
    hf_segment_map map;
    char *path;
    uint64_t count, n_blocks, entry_bytes, sum;
    const uint64_t *blocks;
    const uint8_t *entries;
};

static bool damaged(const hf_vocabulary *v, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "vocabulary \"%s\" is damaged: %s", v->path,
                what);
    return false;
}

static bool read_header(hf_vocabulary *v, GError **error)
{
    if (v->map.size < HEADER || memcmp(v->map.bytes, magic, sizeof magic) != 0)
        return damaged(v, "no header", error);
    uint64_t header[HEADER / 8];
    memcpy(header, v->map.bytes, HEADER);
    v->count = header[1];
    v->n_blocks = header[2];
    v->entry_bytes = header[3];
    v->sum = header[4];
    uint64_t rest = v->map.size - HEADER;
    if (v->n_blocks > rest / 8 || v->entry_bytes != rest - v->n_blocks * 8)
        return damaged(v, "wrong size", error);
    if (v->count / BLOCK + (v->count % BLOCK != 0) != v->n_blocks)
        return damaged(v, "wrong number of blocks", error);
    v->blocks = (const uint64_t *)(const void *)(v->map.bytes + HEADER);
    v->entries = v->map.bytes + HEADER + v->n_blocks * 8;
    return true;
}

hf_vocabulary *hf_vocabulary_open(const char *path, GError **error)
{
    g_autoptr(hf_vocabulary) v = g_new0(hf_vocabulary, 1);
    v->path = g_strdup(path);
    if (!hf_segment_map_open(&v->map, path, error) || !read_header(v, error))
        return NULL;
    return g_steal_pointer(&v);
}

void hf_vocabulary_free(hf_vocabulary *v)
{
    if (v == NULL)
        return;
    hf_segment_map_close(&v->map);
    g_free(v->path);
    g_free(v);
}

uint64_t hf_vocabulary_count(const hf_vocabulary *v)
{
    return v->count;
}

static bool read_documents(hf_vocabulary_walk *walk)
{
    const hf_vocabulary *v = walk->vocabulary;
    walk->documents = 0;
    for (unsigned shift = 0; shift < 35 && walk->at < v->entry_bytes; shift += 7) {
        uint8_t byte = v->entries[walk->at++];
        walk->documents |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return walk->documents <= UINT32_MAX;
    }
    return false;
}

/* Reads the entry at walk->at over the term before it. */
static bool read_entry(hf_vocabulary_walk *walk)
{
    const hf_vocabulary *v = walk->vocabulary;
    if (walk->entry % BLOCK == 0)
        walk->length = 0;
    if (walk->at >= v->entry_bytes || v->entry_bytes - walk->at < 2)
        return false;
    size_t shared = v->entries[walk->at], more = v->entries[walk->at + 1];
    walk->at += 2;
    if (shared > walk->length || shared + more >= sizeof walk->term ||
        v->entry_bytes - walk->at < more)
        return false;
    memcpy(walk->term + shared, v->entries + walk->at, more);
    walk->at += more;
    walk->length = shared + more;
    walk->term[walk->length] = '\0';
    walk->entry++;
    return read_documents(walk);
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, MIN(a_length, b_length));
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static bool to_block(hf_vocabulary_walk *walk, uint64_t block)
{
    walk->entry = block * BLOCK;
    walk->at = walk->vocabulary->blocks[block];
    walk->length = 0;
    return walk->at < walk->vocabulary->entry_bytes;
}

bool hf_vocabulary_bound(const hf_vocabulary *v, const char *key, size_t length, uint64_t *entry,
                         GError **error)
{
    hf_vocabulary_walk walk = {.vocabulary = v};
    /* The last block that begins below the key. */
    uint64_t low = 0, high = v->n_blocks;
    *entry = 0;
    if (v->n_blocks == 0)
        return true;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (!to_block(&walk, middle) || !read_entry(&walk))
            return damaged(v, "an entry breaks off", error);
        if (compare(walk.term, walk.length, key, length) < 0)
            low = middle;
        else
            high = middle;
    }
    if (!to_block(&walk, low))
        return damaged(v, "a block lies outside", error);
    for (uint64_t end = MIN(v->count, (low + 1) * BLOCK); walk.entry < end;) {
        if (!read_entry(&walk))
            return damaged(v, "an entry breaks off", error);
        if (compare(walk.term, walk.length, key, length) >= 0) {
            walk.entry--;
            break;
        }
    }
    *entry = walk.entry;
    return true;
}

bool hf_vocabulary_walk_between(const hf_vocabulary *v, uint64_t first, uint64_t end,
                                hf_vocabulary_walk *walk, GError **error)
{
    *walk = (hf_vocabulary_walk){.vocabulary = v, .entry = first, .end = MIN(end, v->count)};
    if (first >= walk->end) {
        walk->end = first;
        return true;
    }
    if (!to_block(walk, first / BLOCK))
        return damaged(v, "a block lies outside", error);
    while (walk->entry < first)
        if (!read_entry(walk))
            return damaged(v, "an entry breaks off", error);
    return true;
}

/* The first key behind all that begin with a prefix; false if there is none. */
static bool behind(const char *prefix, char out[HF_TERM_MOST], size_t *length)
{
    for (*length = strlen(prefix); *length > 0; --*length)
        if ((uint8_t)prefix[*length - 1] < 0xff) {
            memcpy(out, prefix, *length);
            out[*length - 1]++;
            return true;
        }
    return false;
}

bool hf_vocabulary_with_prefix(const hf_vocabulary *v, const char *prefix, uint64_t *first,
                               uint64_t *end, GError **error)
{
    char key[HF_TERM_MOST];
    size_t length = strlen(prefix);
    *first = *end = v->count;
    if (length >= sizeof key)
        return true;
    return hf_vocabulary_bound(v, prefix, length, first, error) &&
           (!behind(prefix, key, &length) || hf_vocabulary_bound(v, key, length, end, error));
}

bool hf_vocabulary_next(hf_vocabulary_walk *walk, GError **error)
{
    if (walk->entry >= walk->end)
        return false;
    return read_entry(walk) || damaged(walk->vocabulary, "an entry breaks off", error);
}

bool hf_vocabulary_check(const hf_vocabulary *v, GError **error)
{
    if (hf_segment_sum(hf_segment_sum(0, v->blocks, v->n_blocks * 8), v->entries, v->entry_bytes) !=
        v->sum)
        return damaged(v, "wrong checksum", error);
    hf_vocabulary_walk walk = {.vocabulary = v};
    char last[sizeof walk.term];
    size_t last_length = 0;
    for (uint64_t i = 0; i < v->count; i++) {
        if (i % BLOCK == 0 && v->blocks[i / BLOCK] != walk.at)
            return damaged(v, "a block lies elsewhere", error);
        if (!read_entry(&walk))
            return damaged(v, "an entry breaks off", error);
        if (i > 0 && compare(last, last_length, walk.term, walk.length) >= 0)
            return damaged(v, "terms are out of order", error);
        memcpy(last, walk.term, walk.length);
        last_length = walk.length;
    }
    return walk.at == v->entry_bytes || damaged(v, "bytes behind the last entry", error);
}
