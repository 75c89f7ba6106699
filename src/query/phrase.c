/* phrase.c -- places of words that stand side by side, in sorted arrays. */
#include "query/evaluate.h"

static guint first_at_or_behind(const uint64_t *places, guint n, guint from, uint64_t place)
{
    guint low = from, step = 1;
    while (low < n && places[low] < place) {
        from = low + 1;
        low = n - low > step ? low + step : n;
        step *= 2;
    }
    for (guint high = low; from < high;) {
        guint middle = from + (high - from) / 2;
        if (places[middle] < place)
            from = middle + 1;
        else
            high = middle;
    }
    return from;
}

void hf_query_places_keep(GArray *starts, const GArray *places, uint32_t offset)
{
    uint64_t *start = (uint64_t *)(void *)starts->data;
    const uint64_t *place = (const uint64_t *)(const void *)places->data;
    guint n = 0, j = 0;
    bool sparse = places->len / 16 > starts->len;
    for (guint i = 0; i < starts->len; i++) {
        uint64_t wanted = start[i] + offset;
        if (sparse)
            j = first_at_or_behind(place, places->len, j, wanted);
        else
            while (j < places->len && place[j] < wanted)
                j++;
        if (j == places->len)
            break;
        start[n] = start[i];
        n += place[j] == wanted;
    }
    g_array_set_size(starts, n);
}

void hf_query_places_shift(GArray *places, uint32_t offset)
{
    uint64_t *place = (uint64_t *)(void *)places->data;
    guint n = 0;
    for (guint i = 0; i < places->len; i++) {
        uint64_t from = place[i];
        place[n] = from - offset;
        n += (uint32_t)from >= offset;
    }
    g_array_set_size(places, n);
}

/* ---- long phrases ---- A phrase of n words found word by word costs n steps for each place of its rarest word, and where a
 * text says one thing over and over every word is frequent. So it is halved: each different piece of it is found once, and
 * pieces of one length have together no more places than the text has words. */
typedef struct {
    const guint *terms;
    hf_query_term_places_fn places;
    void *data;
    GHashTable *found; /* terms of a piece → GArray of places; NULL: it is anywhere */
} pieces;

static const GArray *piece(const pieces *p, guint from, guint n);

static GArray *join_pieces(const GArray *head, const GArray *rest, guint offset)
{
    if (head == NULL && rest == NULL)
        return NULL;
    GArray *starts = g_array_copy((GArray *)(head != NULL ? head : rest));
    if (head == NULL)
        hf_query_places_shift(starts, offset);
    else if (rest != NULL)
        hf_query_places_keep(starts, rest, offset);
    return starts;
}

static const GArray *piece(const pieces *p, guint from, guint n)
{
    if (n == 1)
        return p->terms[from] != G_MAXUINT ? p->places(p->data, p->terms[from]) : NULL;
    GBytes *key = g_bytes_new_static(p->terms + from, n * sizeof *p->terms);
    void *known;
    if (g_hash_table_lookup_extended(p->found, key, NULL, &known)) {
        g_bytes_unref(key);
        return known;
    }
    guint half = 1;
    while (half < n - half)
        half *= 2;
    const GArray *head = piece(p, from, half), *rest = piece(p, from + half, n - half);
    GArray *starts = join_pieces(head, rest, half);
    g_hash_table_insert(p->found, key, starts);
    return starts;
}

static void free_starts(void *starts)
{
    if (starts != NULL)
        g_array_unref(starts);
}

GArray *hf_query_places_phrase(const guint *terms, guint n, hf_query_term_places_fn places,
                               void *data)
{
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                                        (GDestroyNotify)g_bytes_unref, free_starts);
    pieces p = {terms, places, data, found};
    return g_array_copy((GArray *)piece(&p, 0, n));
}

GArray *hf_query_places_hits(const GArray *starts, uint32_t length, uint32_t term)
{
    GArray *out = g_array_sized_new(FALSE, FALSE, sizeof(hf_query_hit), starts->len);
    hf_query_hit *to = (hf_query_hit *)(void *)out->data;
    for (guint i = 0; i < starts->len; i++) {
        uint64_t start = g_array_index(starts, uint64_t, i);
        uint32_t first = (uint32_t)start;
        to[i] = (hf_query_hit){(uint32_t)(start >> 32), first, first + length - 1, term};
    }
    g_array_set_size(out, starts->len);
    return out;
}
