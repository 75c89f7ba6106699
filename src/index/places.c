/* Where words stand. A list of one word gives its places in order; those of several words are put
 * one behind the other and then merged, pair by pair: that costs less than to go through all of
 * them document by document. */
#include "index/reader.h"

#include <string.h>

/* One word's list, read forward. */
typedef struct {
    hf_index_list where;
    hf_positions_list list;
    bool begun, ended;
    uint32_t i; /* the next document of the present block */
} places_list;

struct hf_places {
    const hf_positions *positions;
    GArray *lists;           /* of places_list */
    uint64_t *found, *spare; /* of the present call */
    size_t n, found_room, spare_room;
    GArray *runs;  /* of size_t: where the places of each list end in `found` */
    uint32_t *ids; /* the documents of the present call */
    size_t ids_room;
};

static void clear_list(void *data)
{
    hf_positions_list_clear(&((places_list *)data)->list);
}

static bool open_lists(hf_places *places, hf_index_segment *segment, hf_field field,
                       const char *const *words, size_t n, GError **error)
{
    g_autoptr(GArray) lists = g_array_new(false, false, sizeof(hf_index_list));
    for (size_t i = 0; i < n; i++)
        if (!hf_index_segment_lists(segment, field, words[i], lists, error))
            return false;
    places->lists = g_array_sized_new(false, true, sizeof(places_list), lists->len);
    g_array_set_clear_func(places->lists, clear_list);
    g_array_set_size(places->lists, lists->len);
    for (guint i = 0; i < lists->len; i++)
        g_array_index(places->lists, places_list, i).where = g_array_index(lists, hf_index_list, i);
    return true;
}

hf_places *hf_places_open(hf_index_segment *segment, hf_field field, const char *const *words,
                          size_t n, GError **error)
{
    g_autoptr(hf_places) places = g_new0(hf_places, 1);
    places->positions = segment->positions;
    places->runs = g_array_new(false, false, sizeof(size_t));
    return open_lists(places, segment, field, words, n, error) ? g_steal_pointer(&places) : NULL;
}

void hf_places_free(hf_places *places)
{
    if (places == NULL)
        return;
    if (places->lists != NULL)
        g_array_unref(places->lists);
    g_array_unref(places->runs);
    g_free(places->found);
    g_free(places->spare);
    g_free(places->ids);
    g_free(places);
}

/* ---- finding ---- */

static bool add_places(hf_places *places, const places_list *l, GError **error)
{
    size_t bytes;
    hf_positions_list_bytes(&l->list, l->i, &bytes);
    if (places->found_room - places->n < bytes) {
        places->found_room = MAX((places->n + bytes) * 2, (size_t)1024);
        places->found = g_renew(uint64_t, places->found, places->found_room);
    }
    size_t n = hf_positions_list_places(&l->list, l->i, places->found + places->n, error);
    places->n += n;
    return n > 0;
}

/* Makes the block with the first id at or above `id` the present one, and stands at that id. Ended
 * if there is none. */
static bool move_to(places_list *l, const hf_positions *positions, uint32_t id, GError **error)
{
    hf_positions_list *list = &l->list;
    if (!l->begun && !hf_positions_list_open(positions, l->where.offset, l->where.bytes,
                                             l->where.documents, list, error))
        return false;
    l->begun = true;
    uint32_t block = hf_positions_list_seek(list, id);
    if (list->n == 0 || block != list->block) {
        l->i = 0;
        l->ended = block == list->n_blocks;
        if (l->ended || !hf_positions_list_block(list, block, error))
            return l->ended;
    }
    while (l->i < list->n && list->ids[l->i] < id)
        l->i++;
    return true;
}

/* The first of the ids from `k` on that is not below `id`. */
static size_t skip_ids(const uint32_t *ids, size_t n, size_t k, uint32_t id)
{
    size_t step = 1;
    while (k + step < n && ids[k + step] < id) {
        k += step;
        step *= 2;
    }
    size_t high = MIN(k + step, n);
    while (k < high) {
        size_t middle = k + (high - k) / 2;
        if (ids[middle] < id)
            k = middle + 1;
        else
            high = middle;
    }
    return k;
}

/* Adds the places of one list in the documents `ids` (ascending). */
static bool find_in_list(hf_places *places, places_list *l, const uint32_t *ids, size_t n,
                         GError **error)
{
    const hf_positions_list *list = &l->list;
    size_t k = 0;
    while (k < n && !l->ended) {
        if (!move_to(l, places->positions, ids[k], error))
            return false;
        while (k < n && !l->ended && l->i < list->n) {
            if (list->ids[l->i] > ids[k]) {
                k = skip_ids(ids, n, k, list->ids[l->i]);
                continue;
            }
            if (list->ids[l->i] == ids[k] && !add_places(places, l, error))
                return false;
            k += list->ids[l->i] == ids[k];
            l->i++;
        }
    }
    return true;
}

/* ---- putting them in order ---- */

/* Merges two ascending runs; returns behind the last. */
static uint64_t *merge_runs(const uint64_t *a, const uint64_t *a_end, const uint64_t *b,
                            const uint64_t *b_end, uint64_t *out)
{
    while (a < a_end && b < b_end)
        *out++ = *a <= *b ? *a++ : *b++;
    memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    out += a_end - a;
    memcpy(out, b, (size_t)(b_end - b) * sizeof *b);
    return out + (b_end - b);
}

/* Merges the runs of `found` pairwise into `spare`, and changes the two. */
static void halve_runs(hf_places *places)
{
    size_t *ends = (size_t *)(void *)places->runs->data, start = 0;
    guint n = places->runs->len, left = 0;
    for (guint i = 0; i < n; i += 2) {
        size_t middle = ends[i], end = i + 1 < n ? ends[i + 1] : ends[i];
        merge_runs(places->found + start, places->found + middle, places->found + middle,
                   places->found + end, places->spare + start);
        ends[left++] = start = end;
    }
    g_array_set_size(places->runs, left);
    uint64_t *other = places->found;
    places->found = places->spare;
    places->spare = other;
    size_t room = places->found_room;
    places->found_room = places->spare_room;
    places->spare_room = room;
}

static void append_found(hf_places *places, GArray *out)
{
    size_t n = 0;
    while (places->runs->len > 1) {
        if (places->spare_room < places->n) {
            places->spare_room = places->found_room;
            places->spare = g_renew(uint64_t, places->spare, places->spare_room);
        }
        halve_runs(places);
    }
    for (size_t i = 0; i < places->n; i++)
        if (n == 0 || places->found[i] != places->found[n - 1])
            places->found[n++] = places->found[i];
    if (n > 0)
        g_array_append_vals(out, places->found, (guint)n);
}

/* The documents of `among` in [low, high] to places->ids. */
static size_t list_documents(hf_places *places, const hf_set *among, uint32_t low, uint32_t high)
{
    size_t n = 0, some;
    do {
        if (places->ids_room - n < 1024) {
            places->ids_room = places->ids_room * 2 + 4096;
            places->ids = g_renew(uint32_t, places->ids, places->ids_room);
        }
        size_t room = MIN(places->ids_room - n, (size_t)(high - low) + 1);
        some = hf_set_read(among, low, places->ids + n, room);
        n += some;
        while (n > 0 && places->ids[n - 1] > high) {
            n--;
            some = 0;
        }
        if (some == 0 || some < room || places->ids[n - 1] == high)
            return n;
        low = places->ids[n - 1] + 1;
    } while (true);
}

bool hf_places_read(hf_places *places, const hf_set *among, uint32_t low, uint32_t high,
                    GArray *out, GError **error)
{
    if (low > high)
        return true;
    size_t n = list_documents(places, among, low, high), before = 0;
    places->n = 0;
    g_array_set_size(places->runs, 0);
    for (guint i = 0; i < places->lists->len; i++) {
        if (!find_in_list(places, &g_array_index(places->lists, places_list, i), places->ids, n,
                          error))
            return false;
        if (places->n > before)
            g_array_append_val(places->runs, places->n);
        before = places->n;
    }
    append_found(places, out);
    return true;
}
