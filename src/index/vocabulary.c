/* The vocabulary of a segment: its terms, sorted by byte, with the number of documents that have
 * them and the size of their list of positions (positions.c). The markers of fields are terms,
 * too.
 *
 *     0   "HFVOCAB2"
 *     8   u64 number of terms
 *     16  u64 number of blocks; a block has 64 terms, the last one may have fewer
 *     24  u64 bytes of entries
 *     32  u64 checksum (hf_segment_sum) of all that follows the header
 *     40  u64 bytes of all lists of positions
 *     48  zeros to 64
 *     64  entries: u8 bytes shared with the term before (0 in the first of a block), u8 bytes that
 *         follow, those bytes, the number of documents, the bytes of positions; zeros to a
 *         multiple of 8
 *     ..  per block: u64 where its first entry begins, counted from the first entry, u64 where the
 *         positions of its first term begin
 *
 * The numbers of entries are in groups of seven bits, lowest first, top bit set in all but the
 * last; others are little-endian. A term is found by bisection over the blocks. */
#include "index/segment.h"

#include <string.h>

#define BLOCK 64u
static const char magic[8] = "HFVOCAB2";

typedef struct {
    uint64_t entry, positions;
} vocabulary_block;

/* ---- writing ---- */

struct hf_vocabulary_writer {
    hf_segment_writer *file;
    GArray *blocks; /* of vocabulary_block */
    uint64_t count, positions;
    char last[256];
    size_t last_length;
};

hf_vocabulary_writer *hf_vocabulary_create(const char *path, GError **error)
{
    hf_segment_writer *file = hf_segment_writer_open(path, error);
    if (file == NULL)
        return NULL;
    hf_vocabulary_writer *writer = g_new0(hf_vocabulary_writer, 1);
    writer->file = file;
    writer->blocks = g_array_new(false, false, sizeof(vocabulary_block));
    return writer;
}

void hf_vocabulary_writer_free(hf_vocabulary_writer *writer)
{
    if (writer == NULL)
        return;
    hf_segment_writer_free(writer->file);
    g_array_unref(writer->blocks);
    g_free(writer);
}

static size_t put_number(uint8_t *at, uint64_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        at[n++] = (uint8_t)(value | 0x80);
    at[n++] = (uint8_t)value;
    return n;
}

void hf_vocabulary_add(hf_vocabulary_writer *writer, const char *term, size_t length,
                       uint32_t documents, uint64_t positions)
{
    uint8_t entry[2 + sizeof writer->last + 5 + 10];
    size_t shared = 0, n = 2;
    length = MIN(length, sizeof writer->last - 1);
    if (writer->count % BLOCK == 0) {
        const vocabulary_block block = {hf_segment_writer_size(writer->file), writer->positions};
        g_array_append_val(writer->blocks, block);
    } else {
        size_t most = MIN(length, writer->last_length);
        while (shared < most && term[shared] == writer->last[shared])
            shared++;
    }
    entry[0] = (uint8_t)shared;
    entry[1] = (uint8_t)(length - shared);
    memcpy(entry + n, term + shared, length - shared);
    n += length - shared;
    n += put_number(entry + n, documents);
    n += put_number(entry + n, positions);
    hf_segment_writer_add(writer->file, entry, n);
    memcpy(writer->last, term, length);
    writer->last_length = length;
    writer->positions += positions;
    writer->count++;
}

bool hf_vocabulary_finish(hf_vocabulary_writer *writer, GError **error)
{
    static const uint8_t zeros[8];
    uint64_t header[HF_SEGMENT_HEADER / 8] = {0};
    memcpy(header, magic, sizeof magic);
    header[1] = writer->count;
    header[2] = writer->blocks->len;
    header[3] = hf_segment_writer_size(writer->file);
    header[5] = writer->positions;
    hf_segment_writer_add(writer->file, zeros, (8 - header[3] % 8) % 8);
    hf_segment_writer_add(writer->file, writer->blocks->data,
                          writer->blocks->len * sizeof(vocabulary_block));
    return hf_segment_writer_finish(writer->file, header, 4, error);
}

/* ---- reading ---- */

struct hf_vocabulary {
    hf_segment_map map;
    char *path;
    uint64_t count, n_blocks, entry_bytes, positions, sum;
    const uint8_t *entries;
    const vocabulary_block *blocks;
};

static bool damaged(const hf_vocabulary *v, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "vocabulary \"%s\" is damaged: %s", v->path,
                what);
    return false;
}

static bool read_header(hf_vocabulary *v, GError **error)
{
    uint64_t header[HF_SEGMENT_HEADER / 8];
    if (v->map.size < sizeof header || memcmp(v->map.bytes, magic, sizeof magic) != 0)
        return damaged(v, "no header", error);
    memcpy(header, v->map.bytes, sizeof header);
    v->count = header[1];
    v->n_blocks = header[2];
    v->entry_bytes = header[3];
    v->sum = header[4];
    v->positions = header[5];
    uint64_t rest = v->map.size - sizeof header;
    if (v->entry_bytes > rest || v->n_blocks > rest / sizeof(vocabulary_block) ||
        (v->entry_bytes + 7) / 8 * 8 + v->n_blocks * sizeof(vocabulary_block) != rest)
        return damaged(v, "wrong size", error);
    if (v->count / BLOCK + (v->count % BLOCK != 0) != v->n_blocks)
        return damaged(v, "wrong number of blocks", error);
    v->entries = v->map.bytes + sizeof header;
    v->blocks = (const vocabulary_block *)(const void *)(v->entries + (v->entry_bytes + 7) / 8 * 8);
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

uint64_t hf_vocabulary_positions(const hf_vocabulary *v)
{
    return v->positions;
}

static inline bool read_number(hf_vocabulary_walk *walk, uint64_t *value)
{
    const hf_vocabulary *v = walk->vocabulary;
    if (walk->at < v->entry_bytes && v->entries[walk->at] < 0x80) {
        *value = v->entries[walk->at++];
        return true;
    }
    *value = 0;
    for (unsigned shift = 0; shift < 63 && walk->at < v->entry_bytes; shift += 7) {
        uint8_t byte = v->entries[walk->at++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Reads the entry at walk->at over the term before it. */
static bool read_entry(hf_vocabulary_walk *walk)
{
    const hf_vocabulary *v = walk->vocabulary;
    walk->positions += walk->bytes;
    if (walk->entry % BLOCK == 0) {
        walk->length = 0;
        walk->positions = v->blocks[walk->entry / BLOCK].positions;
    }
    if (walk->at >= v->entry_bytes || v->entry_bytes - walk->at < 2)
        return false;
    size_t shared = v->entries[walk->at], more = v->entries[walk->at + 1];
    walk->at += 2;
    if (shared > walk->length || shared + more >= sizeof walk->term ||
        v->entry_bytes - walk->at < more)
        return false;
    /* A copy of a fixed size costs a fraction of one that is just as long as need be. */
    if (more <= 16 && v->entry_bytes - walk->at >= 16 && shared + 16 < sizeof walk->term)
        memcpy(walk->term + shared, v->entries + walk->at, 16);
    else
        memcpy(walk->term + shared, v->entries + walk->at, more);
    walk->at += more;
    walk->length = shared + more;
    walk->term[walk->length] = '\0';
    walk->entry++;
    return read_number(walk, &walk->documents) && walk->documents <= UINT32_MAX &&
           read_number(walk, &walk->bytes);
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, MIN(a_length, b_length));
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static bool to_block(hf_vocabulary_walk *walk, uint64_t block)
{
    walk->entry = block * BLOCK;
    walk->at = walk->vocabulary->blocks[block].entry;
    return walk->at < walk->vocabulary->entry_bytes;
}

/* Puts the walk to the first term that is not below the key; *order is how it compares to the key,
 * below 0 if there is none. */
static bool to_bound(const hf_vocabulary *v, const char *key, size_t length,
                     hf_vocabulary_walk *walk, int *order, GError **error)
{
    /* The last block that begins below the key, or the first. */
    uint64_t low = 0, high = v->n_blocks;
    *order = -1;
    *walk = (hf_vocabulary_walk){.vocabulary = v, .end = v->count};
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (!to_block(walk, middle) || !read_entry(walk))
            return damaged(v, "an entry breaks off", error);
        if (compare(walk->term, walk->length, key, length) <= 0)
            low = middle;
        else
            high = middle;
    }
    if (v->n_blocks > 0 && !to_block(walk, low))
        return damaged(v, "a block lies outside", error);
    while (*order < 0 && walk->entry < v->count) {
        if (!read_entry(walk))
            return damaged(v, "an entry breaks off", error);
        *order = compare(walk->term, walk->length, key, length);
    }
    return true;
}

bool hf_vocabulary_bound(const hf_vocabulary *v, const char *key, size_t length, uint64_t *entry,
                         GError **error)
{
    hf_vocabulary_walk walk;
    int order;
    if (!to_bound(v, key, length, &walk, &order, error))
        return false;
    *entry = order >= 0 ? walk.entry - 1 : v->count;
    return true;
}

bool hf_vocabulary_find(const hf_vocabulary *v, const char *term, hf_vocabulary_walk *walk,
                        bool *found, GError **error)
{
    int order;
    if (!to_bound(v, term, strlen(term), walk, &order, error))
        return false;
    *found = order == 0;
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

static bool check_sum(const hf_vocabulary *v, GError **error)
{
    return hf_segment_sum(0, v->entries, v->map.size - HF_SEGMENT_HEADER) == v->sum ||
           damaged(v, "wrong checksum", error);
}

bool hf_vocabulary_check(const hf_vocabulary *v, GError **error)
{
    hf_vocabulary_walk walk = {.vocabulary = v};
    char last[sizeof walk.term];
    size_t last_length = 0;
    uint64_t positions = 0;
    if (!check_sum(v, error))
        return false;
    for (uint64_t i = 0; i < v->count; i++) {
        if (i % BLOCK == 0 && v->blocks[i / BLOCK].entry != walk.at)
            return damaged(v, "a block lies elsewhere", error);
        if (!read_entry(&walk))
            return damaged(v, "an entry breaks off", error);
        if (walk.positions != positions)
            return damaged(v, "the positions of a block lie elsewhere", error);
        if (i > 0 && compare(last, last_length, walk.term, walk.length) >= 0)
            return damaged(v, "terms are out of order", error);
        memcpy(last, walk.term, walk.length);
        last_length = walk.length;
        positions += walk.bytes;
    }
    if (positions != v->positions)
        return damaged(v, "its positions are more or fewer", error);
    return walk.at == v->entry_bytes || damaged(v, "bytes behind the last entry", error);
}
