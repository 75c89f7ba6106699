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

bool hf_columns_find(const hf_columns *c, uint32_t id, size_t *row)
{
    size_t low = 0, high = c->n;
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

void hf_columns_range(const hf_columns *c, hf_column_id column, int64_t low, int64_t high,
                      hf_set *out)
{
    const int64_t *values = c->values + (size_t)column * c->n;
    uint32_t found[1024];
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (values[i] < low || values[i] > high || values[i] == HF_TIME_NONE)
            continue;
        found[n++] = c->ids[i];
        if (n == G_N_ELEMENTS(found)) {
            hf_set_add_many(out, found, n);
            n = 0;
        }
    }
    hf_set_add_many(out, found, n);
}
