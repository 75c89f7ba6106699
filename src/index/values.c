/* Questions to the columns. */
#include "index/reader.h"

#include <stdlib.h>
#include <string.h>

/* ---- codes ---- */

/* Codes are ASCII; no other byte may make one HF_TIME_NONE. */
static uint8_t code_byte(char c)
{
    return (uint8_t)c < 0x80 ? (uint8_t)g_ascii_tolower(c) : '?';
}

int64_t hf_index_code(const char *code)
{
    uint64_t value = 0;
    size_t n = strlen(code);
    if (n == 0)
        return HF_TIME_NONE;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | (i < n ? code_byte(code[i]) : 0);
    return (int64_t)value;
}

void hf_index_code_text(int64_t value, char out[9])
{
    memset(out, 0, 9);
    if (value == HF_TIME_NONE)
        return;
    for (size_t i = 0; i < 8; i++)
        out[i] = (char)(uint8_t)((uint64_t)value >> (56 - 8 * i));
}

/* ---- ranges ---- */

typedef struct {
    hf_column_id column;
    int64_t low, high;
} range_question;

static bool ask_range(hf_index_segment *s, void *data, hf_set *out, GError **error)
{
    const range_question *q = data;
    (void)error;
    hf_columns_range(s->columns, q->column, q->low, q->high, out);
    return true;
}

hf_set *hf_index_range(hf_index *index, hf_column_id column, int64_t low, int64_t high,
                       GError **error)
{
    range_question q = {column, low, high};
    return hf_index_ask(index, ask_range, &q, error);
}

static bool ask_ids(hf_index_segment *s, void *data, hf_set *out, GError **error)
{
    (void)data;
    (void)error;
    hf_columns_all(s->columns, out);
    return true;
}

hf_set *hf_index_all(hf_index *index, GError **error)
{
    return hf_index_ask(index, ask_ids, NULL, error);
}

/* ---- values ---- */

static bool each_row(const hf_columns *columns, hf_index_values_fn fn, void *data)
{
    for (size_t row = 0; row < hf_columns_count(columns); row++) {
        hf_columns_row r = hf_columns_get(columns, row);
        if (!fn(data, r.id, r.values))
            return false;
    }
    return true;
}

/* Calls `fn` for the ids (ascending) that have rows. */
static bool each_of_ids(const hf_columns *columns, const uint32_t *ids, size_t n,
                        hf_index_values_fn fn, void *data)
{
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        if (!hf_columns_find_from(columns, ids[i], &row))
            continue;
        hf_columns_row r = hf_columns_get(columns, row);
        if (!fn(data, r.id, r.values))
            return false;
    }
    return true;
}

static bool each_among(const hf_columns *columns, const hf_set *among, hf_index_values_fn fn,
                       void *data)
{
    uint32_t ids[1024];
    size_t rows = hf_columns_count(columns);
    if (rows == 0)
        return true;
    uint32_t from = hf_columns_ids(columns)[0], last = hf_columns_ids(columns)[rows - 1];
    while (from <= last) {
        size_t n = hf_set_read(among, from, ids, G_N_ELEMENTS(ids));
        if (!each_of_ids(columns, ids, n, fn, data))
            return false;
        if (n < G_N_ELEMENTS(ids) || ids[n - 1] >= last)
            break;
        from = ids[n - 1] + 1;
    }
    return true;
}

void hf_index_each_values(hf_index *index, const hf_set *among, hf_index_values_fn fn, void *data)
{
    for (guint i = 0; i < index->segments->len; i++) {
        const hf_index_segment *s = g_ptr_array_index(index->segments, i);
        if (among != NULL ? !each_among(s->columns, among, fn, data)
                          : !each_row(s->columns, fn, data))
            return;
    }
}

/* ---- widening ---- */

#define DENSE_MOST (UINT64_C(1) << 28) /* ids of the catalog are dense: a bit each */

typedef struct {
    hf_column_id column;
    const hf_set *set;
    GMutex mutex;
    GArray *values; /* of int64_t; then ascending, each once */
    uint64_t span;  /* from the first value to the last */
    uint64_t *bits; /* of the values from the first on; NULL: they lie too far apart */
} widening;

typedef struct {
    hf_column_id column;
    GArray *values;
} value_list;

static bool gather_value(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    value_list *list = data;
    int64_t value = values[list->column];
    guint n = list->values->len;
    (void)id;
    if (value != HF_TIME_NONE && (n == 0 || g_array_index(list->values, int64_t, n - 1) != value))
        g_array_append_val(list->values, value);
    return true;
}

static bool gather_values(hf_index_segment *s, void *data, hf_set *out, GError **error)
{
    widening *w = data;
    (void)out;
    (void)error;
    g_autoptr(GArray) values = g_array_new(false, false, sizeof(int64_t));
    value_list list = {w->column, values};
    each_among(s->columns, w->set, gather_value, &list);
    g_mutex_lock(&w->mutex);
    if (values->len > 0)
        g_array_append_vals(w->values, values->data, values->len);
    g_mutex_unlock(&w->mutex);
    return true;
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static const int64_t *value_data(const widening *w)
{
    return (const int64_t *)(const void *)w->values->data;
}

static void prepare_values(widening *w)
{
    guint n = 0;
    g_array_sort(w->values, compare_values);
    int64_t *all = (int64_t *)(void *)w->values->data;
    for (guint i = 0; i < w->values->len; i++)
        if (n == 0 || all[i] != all[n - 1])
            all[n++] = all[i];
    g_array_set_size(w->values, n);
    if (n == 0)
        return;
    w->span = (uint64_t)all[n - 1] - (uint64_t)all[0];
    if (w->span >= DENSE_MOST)
        return;
    w->bits = g_new0(uint64_t, w->span / 64 + 1);
    for (guint i = 0; i < n; i++) {
        uint64_t at = (uint64_t)all[i] - (uint64_t)all[0];
        w->bits[at / 64] |= UINT64_C(1) << at % 64;
    }
}

static bool is_shared(const widening *w, int64_t value)
{
    const int64_t *values = value_data(w);
    uint64_t at = (uint64_t)value - (uint64_t)values[0];
    if (value < values[0] || at > w->span)
        return false;
    if (w->bits != NULL)
        return w->bits[at / 64] >> at % 64 & 1;
    return bsearch(&value, values, w->values->len, sizeof value, compare_values) != NULL;
}

static uint64_t pick_shared(const int64_t *values, size_t n, const void *data)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)is_shared(data, values[i]) << i;
    return bits;
}

static bool add_sharers(hf_index_segment *s, void *data, hf_set *out, GError **error)
{
    const widening *w = data;
    (void)error;
    if (w->values->len > 0)
        hf_columns_pick(s->columns, w->column, pick_shared, w, out);
    return true;
}

hf_set *hf_index_widen(hf_index *index, hf_column_id column, const hf_set *set, GError **error)
{
    widening w = {
        .column = column, .set = set, .values = g_array_new(false, false, sizeof(int64_t))};
    g_mutex_init(&w.mutex);
    g_autoptr(hf_set) none = hf_index_ask(index, gather_values, &w, error);
    hf_set *wide = NULL;
    if (none != NULL) {
        prepare_values(&w);
        wide = hf_index_ask(index, add_sharers, &w, error);
    }
    if (wide != NULL)
        hf_set_or(wide, set);
    g_mutex_clear(&w.mutex);
    g_array_unref(w.values);
    g_free(w.bits);
    return wide;
}
