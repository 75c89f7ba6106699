/* The columns of a segment: 64-bit values by document id.
 *
 *     0   "HFCOLUM1"
 *     8   u64 number of documents n
 *     16  u64 number of columns
 *     24  u64 checksum (hf_segment_sum) of all that follows the header
 *     32  zeros to 64
 *     64  per column: i64 per document, in the order of the ids
 *     ..  u32 per document: the ids, ascending, zeros to a multiple of 8
 *
 * Numbers are little-endian. */
#include "index/bits.h"
#include "index/segment.h"

#include <string.h>

#define HEADER 64u
static const char magic[8] = "HFCOLUM1";

static size_t id_bytes(size_t n)
{
    return (n * sizeof(uint32_t) + 7) / 8 * 8;
}

bool hf_columns_write(const char *path, const hf_columns_row *rows, size_t n, GError **error)
{
    uint64_t header[HEADER / 8] = {0};
    size_t values_bytes = n * HF_COLUMN_LAST * sizeof(int64_t);
    g_autofree int64_t *values = g_malloc0(values_bytes + 8);
    g_autofree uint32_t *ids = g_malloc0(id_bytes(n) + 8);
    for (size_t i = 0; i < n; i++) {
        ids[i] = rows[i].id;
        for (size_t c = 0; c < HF_COLUMN_LAST; c++)
            values[c * n + i] = rows[i].values[c];
    }
    memcpy(header, magic, sizeof magic);
    header[1] = n;
    header[2] = HF_COLUMN_LAST;
    header[3] = hf_segment_sum(hf_segment_sum(0, values, values_bytes), ids, id_bytes(n));
    const hf_segment_piece pieces[] = {
        {header, HEADER}, {values, values_bytes}, {ids, id_bytes(n)}};
    return hf_segment_write(path, pieces, G_N_ELEMENTS(pieces), error);
}

struct hf_columns {
    hf_segment_map map;
    char *path;
    size_t n;
    uint64_t sum;
    const int64_t *values;
    const uint32_t *ids;
};

static bool damaged(const hf_columns *c, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "columns \"%s\" are damaged: %s", c->path,
                what);
    return false;
}

static bool read_header(hf_columns *c, GError **error)
{
    if (c->map.size < HEADER || memcmp(c->map.bytes, magic, sizeof magic) != 0)
        return damaged(c, "no header", error);
    uint64_t header[HEADER / 8];
    memcpy(header, c->map.bytes, HEADER);
    if (header[1] > UINT32_MAX || header[2] != HF_COLUMN_LAST)
        return damaged(c, "wrong number of columns", error);
    c->n = header[1];
    c->sum = header[3];
    if (c->map.size != HEADER + c->n * HF_COLUMN_LAST * sizeof(int64_t) + id_bytes(c->n))
        return damaged(c, "wrong size", error);
    c->values = (const int64_t *)(const void *)(c->map.bytes + HEADER);
    c->ids = (const uint32_t *)(const void *)(c->values + c->n * HF_COLUMN_LAST);
    return true;
}

hf_columns *hf_columns_open(const char *path, GError **error)
{
    g_autoptr(hf_columns) c = g_new0(hf_columns, 1);
    c->path = g_strdup(path);
    if (!hf_segment_map_open(&c->map, path, error) || !read_header(c, error))
        return NULL;
    return g_steal_pointer(&c);
}

void hf_columns_free(hf_columns *c)
{
    if (c == NULL)
        return;
    hf_segment_map_close(&c->map);
    g_free(c->path);
    g_free(c);
}

bool hf_columns_check(const hf_columns *c, GError **error)
{
    uint64_t sum = hf_segment_sum(0, c->values, c->n * HF_COLUMN_LAST * sizeof(int64_t));
    if (hf_segment_sum(sum, c->ids, id_bytes(c->n)) != c->sum)
        return damaged(c, "wrong checksum", error);
    for (size_t i = 0; i < c->n; i++)
        if (c->ids[i] == 0 || (i > 0 && c->ids[i] <= c->ids[i - 1]))
            return damaged(c, "ids are out of order", error);
    return true;
}

size_t hf_columns_count(const hf_columns *c)
{
    return c->n;
}

const uint32_t *hf_columns_ids(const hf_columns *c)
{
    return c->ids;
}

hf_columns_row hf_columns_get(const hf_columns *c, size_t i)
{
    hf_columns_row row = {.id = c->ids[i]};
    for (size_t column = 0; column < HF_COLUMN_LAST; column++)
        row.values[column] = c->values[column * c->n + i];
    return row;
}

/* The first row from *row on whose id is not below `id`: doubling steps, then bisection. */
bool hf_columns_find_from(const hf_columns *c, uint32_t id, size_t *row)
{
    size_t low = *row, step = 1;
    while (low + step < c->n && c->ids[low + step] < id) {
        low += step;
        step *= 2;
    }
    size_t high = MIN(low + step, c->n);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    *row = low;
    return low < c->n && c->ids[low] == id;
}

/* ---- sets ---- */

#define LONG_RUN 32u

/* Rows that follow one another mostly have ids that follow one another, too: ranges cost a set
 * next to nothing. */
static void add_rows(const hf_columns *c, size_t first, size_t end, hf_set *out)
{
    size_t single = first; /* from here on rows wait to be added one by one */
    while (first < end) {
        size_t after = first + 1;
        if (c->ids[end - 1] - c->ids[first] == end - 1 - first)
            after = end;
        while (after < end && c->ids[after] == c->ids[after - 1] + 1)
            after++;
        if (after - first >= LONG_RUN) {
            hf_set_add_many(out, c->ids + single, first - single);
            hf_set_add_range(out, c->ids[first], c->ids[after - 1]);
            single = after;
        }
        first = after;
    }
    hf_set_add_many(out, c->ids + single, end - single);
}

void hf_columns_all(const hf_columns *c, hf_set *out)
{
    add_rows(c, 0, c->n, out);
}

/* Adds the rows of one stretch whose bits are set. */
static void add_stretch(const hf_columns *c, size_t first, uint64_t picked, hf_bits *bits,
                        hf_set *out)
{
    uint32_t found[64];
    size_t n = 0;
    if (picked == 0)
        return;
    if (bits->words != NULL && c->n - first >= 64 && c->ids[first + 63] - c->ids[first] == 63 &&
        hf_bits_add_word(bits, c->ids[first], picked))
        return;
    for (; picked != 0; picked &= picked - 1)
        found[n++] = c->ids[first + (size_t)__builtin_ctzll(picked)];
    for (size_t i = 0; bits->words != NULL && i < n; i++)
        hf_bits_add(bits, found[i]);
    if (bits->words == NULL)
        hf_set_add_many(out, found, n);
}

void hf_columns_pick(const hf_columns *c, hf_column_id column, hf_columns_pick_fn pick,
                     const void *data, hf_set *out)
{
    const int64_t *values = c->values + (size_t)column * c->n;
    hf_bits bits = {0};
    if (c->n == 0)
        return;
    hf_bits_open(&bits, c->ids[0], c->ids[c->n - 1], c->n, HF_BITS_TO_SET);
    for (size_t first = 0; first < c->n; first += 64)
        add_stretch(c, first, pick(values + first, MIN(c->n - first, (size_t)64), data), &bits,
                    out);
    if (bits.words != NULL)
        hf_bits_close(&bits, out);
}

typedef struct {
    int64_t low;
    uint64_t width;
} pick_range;

static uint64_t within_range(const int64_t *values, size_t n, const void *data)
{
    const pick_range *range = data;
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)((uint64_t)values[i] - (uint64_t)range->low <= range->width) << i;
    return bits;
}

void hf_columns_range(const hf_columns *c, hf_column_id column, int64_t low, int64_t high,
                      hf_set *out)
{
    low = MAX(low, HF_TIME_NONE + 1);
    pick_range range = {low, (uint64_t)high - (uint64_t)low};
    if (low <= high)
        hf_columns_pick(c, column, within_range, &range, out);
}
