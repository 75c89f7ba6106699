/* Where words stand. A list of one word gives its places in order; those of several words are put
 * one behind the other and then sorted: that costs less than to go through all of them document by
 * document. */
#include "index/bits.h"
#include "index/reader.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT 11u /* bits of a step of sorting */
#define DENSE 32u /* ids to one that is wanted: up to that, they are looked up as bits */
#define FEW 32u   /* places of a document that are sorted by moving them */

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
    uint32_t *ids; /* the documents of the present call */
    size_t ids_n, ids_room;
    hf_bits wanted; /* the same, if they lie close together */
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
    return open_lists(places, segment, field, words, n, error) ? g_steal_pointer(&places) : NULL;
}

void hf_places_free(hf_places *places)
{
    if (places == NULL)
        return;
    if (places->lists != NULL)
        g_array_unref(places->lists);
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

/* Adds the places of one list in the wanted documents, from one of these to the next: for few. */
static bool find_by_steps(hf_places *places, places_list *l, GError **error)
{
    const hf_positions_list *list = &l->list;
    const uint32_t *ids = places->ids;
    size_t k = 0, n = places->ids_n;
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

/* The same, from one document of the list to the next: for many. */
static bool find_by_bits(hf_places *places, places_list *l, GError **error)
{
    const hf_positions_list *list = &l->list;
    uint32_t id = places->ids[0], last = places->ids[places->ids_n - 1];
    while (move_to(l, places->positions, id, error)) {
        if (l->ended)
            return true;
        for (; l->i < list->n && list->ids[l->i] <= last; l->i++)
            if (hf_bits_has(&places->wanted, list->ids[l->i]) && !add_places(places, l, error))
                return false;
        if (list->ids[list->n - 1] >= last)
            return true;
        id = list->ids[list->n - 1] + 1;
    }
    return false;
}

static bool find_in_lists(hf_places *places, unsigned *lists, GError **error)
{
    *lists = 0;
    for (guint i = 0; i < places->lists->len; i++) {
        places_list *l = &g_array_index(places->lists, places_list, i);
        size_t before = places->n;
        if (!l->ended &&
            !(places->wanted.words != NULL ? find_by_bits : find_by_steps)(places, l, error))
            return false;
        *lists += places->n > before;
    }
    return true;
}

/* ---- putting them in order ---- by document, step by step over its bits (a radix sort), and then
 * within each document */

/* Sorts `from` into `to` by some bits of what the ids are above `low`; places that are alike in them
 * keep their order. */
static void sort_digit(const uint64_t *from, uint64_t *to, size_t n, uint32_t low, unsigned shift)
{
    size_t ends[1u << DIGIT] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        ends[((uint32_t)(from[i] >> 32) - low) >> shift & ((1u << DIGIT) - 1)]++;
    for (size_t k = 0; k < G_N_ELEMENTS(ends); k++) {
        size_t count = ends[k];
        ends[k] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[ends[((uint32_t)(from[i] >> 32) - low) >> shift & ((1u << DIGIT) - 1)]++] = from[i];
}

static int compare_places(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_document(uint64_t *places, size_t n)
{
    if (n > FEW) {
        qsort(places, n, sizeof *places, compare_places);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint64_t place = places[i];
        size_t k = i;
        for (; k > 0 && places[k - 1] > place; k--)
            places[k] = places[k - 1];
        places[k] = place;
    }
}

static void swap_found(hf_places *places)
{
    uint64_t *other = places->found;
    size_t room = places->found_room;
    places->found = places->spare;
    places->found_room = places->spare_room;
    places->spare = other;
    places->spare_room = room;
}

/* Sorts all that was found in documents of [low, high]. */
static void sort_found(hf_places *places, uint32_t low, uint32_t high)
{
    if (places->spare_room < places->n) {
        places->spare_room = places->found_room;
        places->spare = g_renew(uint64_t, places->spare, places->spare_room);
    }
    for (unsigned shift = 0; shift < 32 && (high - low) >> shift > 0; shift += DIGIT) {
        sort_digit(places->found, places->spare, places->n, low, shift);
        swap_found(places);
    }
    for (size_t i = 0, end; i < places->n; i = end) {
        for (end = i + 1; end < places->n && places->found[end] >> 32 == places->found[i] >> 32;)
            end++;
        sort_document(places->found + i, end - i);
    }
}

/* Each place once: a word may have been asked for twice. */
static void append_found(hf_places *places, GArray *out)
{
    size_t n = 0;
    for (size_t i = 0; i < places->n; i++)
        if (n == 0 || places->found[i] != places->found[n - 1])
            places->found[n++] = places->found[i];
    if (n > 0)
        g_array_append_vals(out, places->found, (guint)n);
}

/* The documents of `among` in [low, high] to places->ids. */
static void list_documents(hf_places *places, const hf_set *among, uint32_t low, uint32_t high)
{
    size_t some, room;
    places->ids_n = 0;
    do {
        if (places->ids_room - places->ids_n < 1024) {
            places->ids_room = places->ids_room * 2 + 4096;
            places->ids = g_renew(uint32_t, places->ids, places->ids_room);
        }
        room = MIN(places->ids_room - places->ids_n, (size_t)(high - low) + 1);
        some = hf_set_read(among, low, places->ids + places->ids_n, room);
        places->ids_n += some;
        if (some < room || places->ids[places->ids_n - 1] >= high)
            break;
        low = places->ids[places->ids_n - 1] + 1;
    } while (true);
    while (places->ids_n > 0 && places->ids[places->ids_n - 1] > high)
        places->ids_n--;
}

static bool read_places(hf_places *places, const hf_set *among, uint32_t low, uint32_t high,
                        GArray *out, GError **error)
{
    unsigned lists;
    list_documents(places, among, low, high);
    places->n = 0;
    if (places->ids_n == 0)
        return true;
    uint32_t first = places->ids[0], last = places->ids[places->ids_n - 1];
    if (hf_bits_open(&places->wanted, first, last, places->ids_n, DENSE))
        for (size_t i = 0; i < places->ids_n; i++)
            hf_bits_add(&places->wanted, places->ids[i]);
    bool ok = find_in_lists(places, &lists, error);
    hf_bits_close(&places->wanted, NULL);
    if (!ok)
        return false;
    if (lists > 1)
        sort_found(places, first, last);
    append_found(places, out);
    return true;
}

/* The list of documents is not kept from call to call: of the places of many words, each would hold its own. */
bool hf_places_read(hf_places *places, const hf_set *among, uint32_t low, uint32_t high,
                    GArray *out, GError **error)
{
    if (low > high)
        return true;
    bool ok = read_places(places, among, low, high, out, error);
    g_clear_pointer(&places->ids, g_free);
    places->ids_room = 0;
    return ok;
}
