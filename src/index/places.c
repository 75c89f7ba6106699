/* Where words stand. */
#include "index/reader.h"

#include <string.h>

struct hf_places {
    hf_index_segment *segment;
    GPtrArray *terms;
};

hf_places *hf_places_open(hf_index_segment *segment, hf_field field, const char *const *words,
                          size_t n, GError **error)
{
    g_autoptr(hf_places) places = g_new0(hf_places, 1);
    places->segment = segment;
    places->terms = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++)
        if (!hf_index_segment_terms(segment, field, words[i], places->terms, error))
            return NULL;
    return g_steal_pointer(&places);
}

void hf_places_free(hf_places *places)
{
    if (places == NULL)
        return;
    g_ptr_array_unref(places->terms);
    g_free(places);
}

static int compare_places(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts what was appended from `first` on, and leaves each once. */
static void order_places(GArray *out, guint first)
{
    uint64_t *all = (uint64_t *)(void *)out->data;
    guint n = first;
    if (out->len > first)
        qsort(all + first, out->len - first, sizeof *all, compare_places);
    for (guint i = first; i < out->len; i++)
        if (n == first || all[i] != all[n - 1])
            all[n++] = all[i];
    g_array_set_size(out, n);
}

bool hf_places_read(hf_places *places, const hf_set *among, uint32_t low, uint32_t high,
                    GArray *out, GError **error)
{
    uint32_t ids[1024];
    guint first = out->len;
    bool ok = true;
    g_mutex_lock(&places->segment->mutex);
    while (ok && low <= high) {
        size_t n = hf_set_read(among, low, ids, G_N_ELEMENTS(ids)), in = n;
        while (in > 0 && ids[in - 1] > high)
            in--;
        for (guint i = 0; ok && i < places->terms->len; i++)
            ok =
                hf_xapian_places(places->segment->db, places->terms->pdata[i], ids, in, out, error);
        if (in < G_N_ELEMENTS(ids) || ids[in - 1] == UINT32_MAX)
            break;
        low = ids[in - 1] + 1;
    }
    g_mutex_unlock(&places->segment->mutex);
    order_places(out, first);
    return ok;
}
