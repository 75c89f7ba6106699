/* Where the terms of a segment stand: by term, by document.
 *
 *     0   "HFPOSIT1"
 *     8   u64 bytes of lists
 *     16  u64 checksum (hf_segment_sum) of the lists
 *     24  zeros to 64
 *     64  a list per term, in the order of the vocabulary, which knows its documents and bytes
 *
 *     list      blocks of 128 documents, the last may have fewer; if there are several blocks, a
 *               table: per block u32 its last id, u64 where it ends, counted from the list's begin
 *     block     per document: id less the id before, less 1 (before the first: 0)
 *               per document: bytes of its positions, less 1
 *               per document: its positions, each less the one before, less 1 (before the first: 0)
 *
 * The numbers of blocks are in groups of seven bits, lowest first, top bit set in all but the
 * last; others are little-endian. A document's positions are read only if it is wanted, and merging
 * segments copies them as they are. */
#include "index/positions.h"

#include <string.h>

#define BLOCK HF_POSITIONS_BLOCK
#define TABLE_ROW 12u
#define NUMBER_MOST 5u /* bytes of a number of 32 bits */
static const char magic[8] = "HFPOSIT1";

/* ---- writing ---- */

struct hf_positions_writer {
    hf_segment_writer *file;
    uint64_t start;              /* of the present list */
    uint32_t documents, last_id; /* of the present list */
    uint8_t ids[BLOCK * NUMBER_MOST], lengths[BLOCK * NUMBER_MOST];
    size_t ids_n, lengths_n;
    GByteArray *positions; /* of the present block */
    GByteArray *table;     /* of the present list */
    GByteArray *document;
};

hf_positions_writer *hf_positions_create(const char *path, GError **error)
{
    hf_segment_writer *file = hf_segment_writer_open(path, error);
    if (file == NULL)
        return NULL;
    hf_positions_writer *w = g_new0(hf_positions_writer, 1);
    w->file = file;
    w->positions = g_byte_array_new();
    w->table = g_byte_array_new();
    w->document = g_byte_array_new();
    return w;
}

void hf_positions_writer_free(hf_positions_writer *w)
{
    if (w == NULL)
        return;
    hf_segment_writer_free(w->file);
    g_byte_array_unref(w->positions);
    g_byte_array_unref(w->table);
    g_byte_array_unref(w->document);
    g_free(w);
}

static size_t put_number(uint8_t *at, uint32_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        at[n++] = (uint8_t)(value | 0x80);
    at[n++] = (uint8_t)value;
    return n;
}

static void end_block(hf_positions_writer *w)
{
    hf_segment_writer_add(w->file, w->ids, w->ids_n);
    hf_segment_writer_add(w->file, w->lengths, w->lengths_n);
    hf_segment_writer_add(w->file, w->positions->data, w->positions->len);
    w->ids_n = w->lengths_n = 0;
    g_byte_array_set_size(w->positions, 0);
    uint64_t end = hf_segment_writer_size(w->file) - w->start;
    uint8_t row[TABLE_ROW];
    memcpy(row, &w->last_id, 4);
    memcpy(row + 4, &end, 8);
    g_byte_array_append(w->table, row, sizeof row);
}

void hf_positions_add_bytes(hf_positions_writer *w, uint32_t id, const uint8_t *bytes, size_t n)
{
    if (w->documents > 0 && w->documents % BLOCK == 0)
        end_block(w);
    w->ids_n += put_number(w->ids + w->ids_n, id - w->last_id - 1);
    w->lengths_n += put_number(w->lengths + w->lengths_n, (uint32_t)n - 1);
    g_byte_array_append(w->positions, bytes, (guint)n);
    w->last_id = id;
    w->documents++;
}

void hf_positions_add(hf_positions_writer *w, uint32_t id, const uint32_t *positions, size_t n)
{
    uint32_t last = 0;
    size_t bytes = 0;
    g_byte_array_set_size(w->document, (guint)(n * NUMBER_MOST));
    for (size_t i = 0; i < n; i++) {
        bytes += put_number(w->document->data + bytes, positions[i] - last - 1);
        last = positions[i];
    }
    hf_positions_add_bytes(w, id, w->document->data, bytes);
}

void hf_positions_end(hf_positions_writer *w, uint32_t *documents, uint64_t *bytes)
{
    end_block(w);
    if (w->documents > BLOCK)
        hf_segment_writer_add(w->file, w->table->data, w->table->len);
    uint64_t end = hf_segment_writer_size(w->file);
    *documents = w->documents;
    *bytes = end - w->start;
    w->start = end;
    w->documents = w->last_id = 0;
    g_byte_array_set_size(w->table, 0);
}

bool hf_positions_finish(hf_positions_writer *w, GError **error)
{
    uint64_t header[HF_SEGMENT_HEADER / 8] = {0};
    memcpy(header, magic, sizeof magic);
    header[1] = hf_segment_writer_size(w->file);
    return hf_segment_writer_finish(w->file, header, 2, error);
}

/* ---- the file ---- */

struct hf_positions {
    hf_segment_map map;
    char *path;
    const uint8_t *lists;
    uint64_t bytes, sum;
};

static bool damaged(const hf_positions *p, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "positions \"%s\" are damaged: %s", p->path,
                what);
    return false;
}

hf_positions *hf_positions_open(const char *path, GError **error)
{
    g_autoptr(hf_positions) p = g_new0(hf_positions, 1);
    uint64_t header[HF_SEGMENT_HEADER / 8];
    p->path = g_strdup(path);
    if (!hf_segment_map_open(&p->map, path, error))
        return NULL;
    if (p->map.size < sizeof header || memcmp(p->map.bytes, magic, sizeof magic) != 0) {
        damaged(p, "no header", error);
        return NULL;
    }
    memcpy(header, p->map.bytes, sizeof header);
    p->bytes = header[1];
    p->sum = header[2];
    p->lists = p->map.bytes + sizeof header;
    if (p->bytes != p->map.size - sizeof header) {
        damaged(p, "wrong size", error);
        return NULL;
    }
    return g_steal_pointer(&p);
}

void hf_positions_free(hf_positions *p)
{
    if (p == NULL)
        return;
    hf_segment_map_close(&p->map);
    g_free(p->path);
    g_free(p);
}

uint64_t hf_positions_bytes(const hf_positions *p)
{
    return p->bytes;
}

bool hf_positions_check(const hf_positions *p, GError **error)
{
    return hf_segment_sum(0, p->lists, p->bytes) == p->sum || damaged(p, "wrong checksum", error);
}

/* ---- a list ---- */

/* Reads a number; NULL if it breaks off or has more than 32 bits. */
static const uint8_t *get_number(const uint8_t *at, const uint8_t *end, uint32_t *value)
{
    if (at < end && *at < 0x80) {
        *value = *at;
        return at + 1;
    }
    uint64_t sum = 0;
    for (unsigned shift = 0; shift < 35 && at < end; shift += 7) {
        uint8_t byte = *at++;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = (uint32_t)sum;
            return sum <= UINT32_MAX ? at : NULL;
        }
    }
    return NULL;
}

bool hf_positions_list_open(const hf_positions *p, uint64_t offset, uint64_t bytes,
                            uint64_t documents, hf_positions_list *list, GError **error)
{
    uint64_t n_blocks = documents / BLOCK + (documents % BLOCK != 0);
    uint64_t table = n_blocks > 1 ? n_blocks * TABLE_ROW : 0;
    if (offset > p->bytes || bytes > p->bytes - offset || documents == 0 ||
        documents > UINT32_MAX || table > bytes)
        return damaged(p, "a list lies outside", error);
    list->positions = p;
    list->bytes = p->lists + offset;
    list->size = bytes;
    list->table = bytes - table;
    list->documents = (uint32_t)documents;
    list->n_blocks = (uint32_t)n_blocks;
    list->block = list->n = 0;
    uint32_t room = MIN(list->documents, BLOCK);
    if (list->room < room) {
        list->ids = g_renew(uint32_t, list->ids, (size_t)room * 2);
        list->room = room;
    }
    list->ends = list->ids + list->room;
    return true;
}

void hf_positions_list_clear(hf_positions_list *list)
{
    g_free(list->ids);
    *list = (hf_positions_list){0};
}

static uint32_t block_last(const hf_positions_list *list, uint32_t block)
{
    uint32_t id;
    memcpy(&id, list->bytes + list->table + (size_t)block * TABLE_ROW, 4);
    return id;
}

static uint64_t block_end(const hf_positions_list *list, uint32_t block)
{
    uint64_t end;
    memcpy(&end, list->bytes + list->table + (size_t)block * TABLE_ROW + 4, 8);
    return end;
}

/* What the table says of a block. */
typedef struct {
    const uint8_t *start, *end;
    uint32_t before; /* the id before its first */
    uint32_t n;
} block_extent;

static bool find_block(const hf_positions_list *list, uint32_t block, block_extent *out,
                       GError **error)
{
    uint64_t start = 0, end = list->table;
    *out = (block_extent){.n = BLOCK};
    if (block > 0) {
        start = block_end(list, block - 1);
        out->before = block_last(list, block - 1);
    }
    if (block + 1 < list->n_blocks)
        end = block_end(list, block);
    else
        out->n = list->documents - block * BLOCK;
    if (start > end || end > list->table)
        return damaged(list->positions, "a block lies outside", error);
    out->start = list->bytes + start;
    out->end = list->bytes + end;
    return true;
}

/* Reads the ids of a block; returns where they end, NULL if they do not make sense. */
static const uint8_t *read_ids(const block_extent *extent, uint32_t *ids)
{
    const uint8_t *at = extent->start;
    uint64_t id = extent->before;
    for (uint32_t i = 0; i < extent->n; i++) {
        uint32_t less;
        at = get_number(at, extent->end, &less);
        if (at == NULL)
            return NULL;
        id += (uint64_t)less + 1;
        if (id > UINT32_MAX)
            return NULL;
        ids[i] = (uint32_t)id;
    }
    return at;
}

/* The same of the lengths, summed up. */
static const uint8_t *read_ends(const block_extent *extent, const uint8_t *at, uint32_t *ends)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < extent->n; i++) {
        uint32_t less;
        at = get_number(at, extent->end, &less);
        if (at == NULL)
            return NULL;
        sum += (uint64_t)less + 1;
        if (sum > UINT32_MAX)
            return NULL;
        ends[i] = (uint32_t)sum;
    }
    return at;
}

bool hf_positions_list_block(hf_positions_list *list, uint32_t block, GError **error)
{
    block_extent extent;
    list->n = 0;
    if (!find_block(list, block, &extent, error))
        return false;
    const uint8_t *at = read_ids(&extent, list->ids);
    if (at != NULL)
        at = read_ends(&extent, at, list->ends);
    if (at == NULL || (uint64_t)(extent.end - at) != list->ends[extent.n - 1] ||
        (list->n_blocks > 1 && list->ids[extent.n - 1] != block_last(list, block)))
        return damaged(list->positions, "a block is not as its list says", error);
    list->block = block;
    list->n = extent.n;
    list->first = at;
    return true;
}

uint32_t hf_positions_list_seek(const hf_positions_list *list, uint32_t id)
{
    if (list->n > 0 && list->ids[list->n - 1] >= id)
        return list->block;
    uint32_t low = list->n > 0 ? list->block + 1 : 0, step = 1;
    if (list->n_blocks == 1 || low >= list->n_blocks)
        return low;
    while (step < list->n_blocks - low && block_last(list, low + step) < id) {
        low += step;
        step *= 2;
    }
    uint32_t high = (uint32_t)MIN((uint64_t)low + step, (uint64_t)list->n_blocks);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (block_last(list, middle) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const uint8_t *hf_positions_list_bytes(const hf_positions_list *list, uint32_t i, size_t *n)
{
    uint32_t start = i == 0 ? 0 : list->ends[i - 1];
    *n = list->ends[i] - start;
    return list->first + start;
}

size_t hf_positions_list_places(const hf_positions_list *list, uint32_t i, uint64_t *out,
                                GError **error)
{
    size_t bytes, n = 0;
    const uint8_t *at = hf_positions_list_bytes(list, i, &bytes), *end = at + bytes;
    uint64_t id = (uint64_t)list->ids[i] << 32, position = 0;
    while (at < end) {
        uint32_t less;
        at = get_number(at, end, &less);
        if (at == NULL)
            break;
        position += (uint64_t)less + 1;
        out[n++] = id | position;
        if (position > INT32_MAX)
            at = NULL;
        if (at == NULL)
            break;
    }
    if (at != NULL)
        return n;
    damaged(list->positions, "the places of a document break off", error);
    return 0;
}

bool hf_positions_list_ids(const hf_positions_list *list, hf_positions_ids_fn fn, void *data,
                           GError **error)
{
    uint32_t ids[BLOCK * 8], n = 0;
    for (uint32_t block = 0; block < list->n_blocks; block++) {
        block_extent extent;
        if (!find_block(list, block, &extent, error))
            return false;
        if (read_ids(&extent, ids + n) == NULL)
            return damaged(list->positions, "the ids of a block break off", error);
        n += extent.n;
        if (n + BLOCK <= G_N_ELEMENTS(ids))
            continue;
        if (!fn(data, ids, n))
            return damaged(list->positions, "a list has a document of another segment", error);
        n = 0;
    }
    return n == 0 || fn(data, ids, n) ||
           damaged(list->positions, "a list has a document of another segment", error);
}
