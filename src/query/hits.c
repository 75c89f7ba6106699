/* hits.c -- what w/N and the rest mean, over sorted arrays. A hit is a span of positions; a key is its document and one end of
 * it as one number, so that a comparison never needs to look at the document apart. Positions are below 2^31. */
#include "query/evaluate.h"

#include <stdlib.h>

static const hf_query_hit *at(const GArray *hits, guint i)
{
    return &g_array_index(hits, hf_query_hit, i);
}

static uint64_t first_key(const hf_query_hit *hit)
{
    return (uint64_t)hit->id << 32 | hit->first;
}

static uint64_t last_key(const hf_query_hit *hit)
{
    return (uint64_t)hit->id << 32 | hit->last;
}

static int compare(const hf_query_hit *a, const hf_query_hit *b)
{
    uint64_t x = first_key(a), y = first_key(b);
    if (x != y)
        return x < y ? -1 : 1;
    return a->last < b->last ? -1 : a->last > b->last;
}

static GArray *new_hits(guint room)
{
    return g_array_sized_new(FALSE, FALSE, sizeof(hf_query_hit), room);
}

/* ---- union ---- */

/* What is flagged of two arrays, as one; flags may be NULL: all. Of equal hits the lower term is the one kept. */
static GArray *merge(const GArray *a, const uint8_t *of_a, const GArray *b, const uint8_t *of_b)
{
    GArray *out = new_hits(a->len + b->len);
    hf_query_hit *to = (hf_query_hit *)(void *)out->data;
    guint n = 0, i = 0, j = 0;
    for (;;) {
        while (of_a != NULL && i < a->len && !of_a[i])
            i++;
        while (of_b != NULL && j < b->len && !of_b[j])
            j++;
        if (i == a->len && j == b->len)
            break;
        int order = i == a->len ? 1 : j == b->len ? -1 : compare(at(a, i), at(b, j));
        to[n] = order <= 0 ? *at(a, i) : *at(b, j);
        if (order == 0)
            to[n].term = MIN(at(a, i)->term, at(b, j)->term);
        i += order <= 0;
        j += order >= 0;
        n++;
    }
    g_array_set_size(out, n);
    return out;
}

static GArray *unite(const GArray *a, const GArray *b)
{
    return merge(a, NULL, b, NULL);
}

/* ---- nearness ---- */

enum { AFTER = 1, BEFORE = 2, BOTH = 3 };

static unsigned mirrored(unsigned sides)
{
    return (sides & AFTER ? BEFORE : 0u) | (sides & BEFORE ? AFTER : 0u);
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Where the hits end, ascending. g_free. */
static uint64_t *sorted_ends(const GArray *hits)
{
    uint64_t *ends = g_new(uint64_t, hits->len + 1);
    bool sorted = true;
    for (guint i = 0; i < hits->len; i++) {
        ends[i] = last_key(at(hits, i));
        sorted = sorted && (i == 0 || ends[i - 1] <= ends[i]);
    }
    if (!sorted)
        qsort(ends, hits->len, sizeof *ends, compare_keys);
    return ends;
}

/* The first of the hits from `from` on that begins behind `key`, by steps that double. */
static guint first_behind(const GArray *hits, guint from, uint64_t key)
{
    guint low = from, step = 1;
    while (low < hits->len && first_key(at(hits, low)) <= key) {
        from = low + 1;
        low = hits->len - low > step ? low + step : hits->len;
        step *= 2;
    }
    for (guint high = low; from < high;) {
        guint middle = from + (high - from) / 2;
        if (first_key(at(hits, middle)) <= key)
            from = middle + 1;
        else
            high = middle;
    }
    return from;
}

/* Flags those of `hits` behind which one of `others` begins within the distance. */
static void flag_after(const GArray *hits, const GArray *others, unsigned distance, uint8_t *flags)
{
    guint next = 0;
    for (guint i = 0; i < hits->len; i++) {
        const hf_query_hit *hit = at(hits, i);
        while (next < others->len && first_key(at(others, next)) <= first_key(hit))
            next++;
        guint found = hit->first == hit->last ? next : first_behind(others, next, last_key(hit));
        flags[i] |= found < others->len && first_key(at(others, found)) <= last_key(hit) + distance;
    }
}

/* Flags those of `hits` before which one of `others` ends within the distance. */
static void flag_before(const GArray *hits, const GArray *others, unsigned distance, uint8_t *flags)
{
    g_autofree uint64_t *ends = sorted_ends(others);
    guint next = 0;
    for (guint i = 0; i < hits->len; i++) {
        uint64_t key = first_key(at(hits, i));
        while (next < others->len && ends[next] < key)
            next++;
        uint64_t least = key - MIN(at(hits, i)->first, distance);
        flags[i] |= next > 0 && ends[next - 1] >= least;
    }
}

static bool are_single_words(const GArray *hits)
{
    uint32_t longer = 0;
    for (guint i = 0; i < hits->len; i++)
        longer |= at(hits, i)->last ^ at(hits, i)->first;
    return longer == 0;
}

/* Both of the above where all hits are of one word, as most are: the neighbours in the array are the neighbours in the text. */
static void flag_single_words(const GArray *hits, const GArray *others, unsigned distance,
                              unsigned sides, uint8_t *flags)
{
    guint next = 0;
    for (guint i = 0; i < hits->len; i++) {
        uint64_t key = first_key(at(hits, i));
        while (next < others->len && first_key(at(others, next)) <= key)
            next++;
        bool after = next < others->len && first_key(at(others, next)) <= key + distance;
        bool same = next > 0 && first_key(at(others, next - 1)) == key;
        guint ended = next - same;
        uint64_t least = key - MIN(at(hits, i)->first, distance);
        bool before = ended > 0 && first_key(at(others, ended - 1)) >= least;
        flags[i] = (sides & AFTER && after) || (sides & BEFORE && before);
    }
}

/* One byte a hit: whether one of `others` is near on one of the sides. g_free. */
static uint8_t *flags_near(const GArray *hits, const GArray *others, unsigned distance,
                           unsigned sides)
{
    uint8_t *flags = g_malloc0(hits->len + 1);
    if (are_single_words(hits) && are_single_words(others)) {
        flag_single_words(hits, others, distance, sides, flags);
        return flags;
    }
    if (sides & AFTER)
        flag_after(hits, others, distance, flags);
    if (sides & BEFORE)
        flag_before(hits, others, distance, flags);
    return flags;
}

static GArray *keep(const GArray *hits, const uint8_t *flags, uint8_t wanted)
{
    GArray *out = new_hits(hits->len);
    hf_query_hit *to = (hf_query_hit *)(void *)out->data;
    guint n = 0;
    for (guint i = 0; i < hits->len; i++) {
        to[n] = *at(hits, i);
        n += flags[i] == wanted;
    }
    g_array_set_size(out, n);
    return out;
}

/* Which hits of the two are near each other; `ordered`: only where `a` comes first. */
static GArray *near_each_other(const GArray *a, const GArray *b, unsigned distance, bool ordered)
{
    g_autofree uint8_t *of_a = flags_near(a, b, distance, ordered ? AFTER : BOTH);
    g_autofree uint8_t *of_b = flags_near(b, a, distance, ordered ? BEFORE : BOTH);
    return merge(a, of_a, b, of_b);
}

static GArray *not_near(const GArray *a, const GArray *b, unsigned distance)
{
    g_autofree uint8_t *flags = flags_near(a, b, distance, BOTH);
    return keep(a, flags, 0);
}

/* ---- trees ---- */

typedef struct {
    hf_query_leaf_fn leaf;
    void *data;
} reading;

static GArray *hits_of(const reading *r, const hf_query_node *node, GError **error);

/* The union of some children, by halves: each hit is moved once for each doubling. */
static GArray *hits_of_any(const reading *r, const hf_query_node *node, guint from, guint to,
                           GError **error)
{
    if (to - from == 1)
        return hits_of(r, node->children->pdata[from], error);
    guint middle = from + (to - from) / 2;
    g_autoptr(GArray) a = hits_of_any(r, node, from, middle, error);
    g_autoptr(GArray) b = a != NULL ? hits_of_any(r, node, middle, to, error) : NULL;
    return b != NULL ? unite(a, b) : NULL;
}

/* Whether a side of a proximity is more than a set of hits: what it asks for must be told from each place apart. */
static bool is_boolean(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_AND || node->kind == HF_QUERY_NODE_NOT)
        return true;
    if (node->kind != HF_QUERY_NODE_OR)
        return false;
    for (guint i = 0; i < node->children->len; i++)
        if (is_boolean(node->children->pdata[i]))
            return true;
    return false;
}

/* A boolean side, asked at each of some hits. */
typedef struct {
    const reading *r;
    const GArray *places; /* at which it is asked */
    unsigned distance, sides;
    GPtrArray *leaves; /* hits of its parts that are not below a not */
} question;

static uint8_t *ask(const question *q, const hf_query_node *node, bool negated, GError **error);

static uint8_t *ask_leaf(const question *q, const hf_query_node *node, bool negated, GError **error)
{
    g_autoptr(GArray) hits = hits_of(q->r, node, error);
    if (hits == NULL)
        return NULL;
    uint8_t *flags = flags_near(q->places, hits, q->distance, q->sides);
    if (!negated)
        g_ptr_array_add(q->leaves, g_steal_pointer(&hits));
    return flags;
}

static uint8_t *ask_joined(const question *q, const hf_query_node *node, bool negated,
                           GError **error)
{
    bool all = node->kind == HF_QUERY_NODE_AND;
    g_autofree uint8_t *flags = ask(q, node->children->pdata[0], negated, error);
    for (guint i = 1; flags != NULL && i < node->children->len; i++) {
        g_autofree uint8_t *next = ask(q, node->children->pdata[i], negated, error);
        if (next == NULL)
            return NULL;
        for (guint k = 0; k < q->places->len; k++)
            flags[k] = all ? flags[k] & next[k] : flags[k] | next[k];
    }
    return g_steal_pointer(&flags);
}

/* One byte a place: whether the node holds there. g_free. */
static uint8_t *ask(const question *q, const hf_query_node *node, bool negated, GError **error)
{
    if (node->kind == HF_QUERY_NODE_NOT) {
        uint8_t *flags = ask(q, node->children->pdata[0], true, error);
        for (guint k = 0; flags != NULL && k < q->places->len; k++)
            flags[k] ^= 1;
        return flags;
    }
    return is_boolean(node) ? ask_joined(q, node, negated, error)
                            : ask_leaf(q, node, negated, error);
}

/* The hits of a proximity's one side at which it holds. */
typedef struct {
    const hf_query_node *simple, *boolean; /* NULL: both sides are sets of hits */
    unsigned sides;                        /* on which what is asked for must be */
    GPtrArray *leaves;                     /* of the boolean side: GArray of hits */
} proximity;

static proximity proximity_of(const hf_query_node *node)
{
    const hf_query_node *left = node->children->pdata[0], *right = node->children->pdata[1];
    bool ordered = node->kind == HF_QUERY_NODE_BEFORE;
    if (is_boolean(right))
        return (proximity){left, right, ordered ? AFTER : BOTH, NULL};
    if (is_boolean(left))
        return (proximity){right, left, ordered ? BEFORE : BOTH, NULL};
    return (proximity){NULL, NULL, ordered ? AFTER : BOTH, NULL};
}

static GArray *places_of_boolean(const reading *r, const hf_query_node *node, const proximity *p,
                                 GError **error)
{
    g_autoptr(GArray) places = hits_of(r, p->simple, error);
    if (places == NULL)
        return NULL;
    question q = {r, places, node->distance, p->sides, p->leaves};
    g_autofree uint8_t *flags = ask(&q, p->boolean, false, error);
    return flags != NULL ? keep(places, flags, node->kind != HF_QUERY_NODE_NOT_WITHIN) : NULL;
}

/* The places at which the boolean side holds, and what of its parts is near them. */
static GArray *hits_of_boolean(const reading *r, const hf_query_node *node, proximity *p,
                               GError **error)
{
    g_autoptr(GPtrArray) leaves = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    p->leaves = leaves;
    g_autoptr(GArray) places = places_of_boolean(r, node, p, error);
    if (places == NULL)
        return NULL;
    GArray *hits = g_array_ref(places);
    for (guint i = 0; node->kind != HF_QUERY_NODE_NOT_WITHIN && i < leaves->len; i++) {
        const GArray *leaf = leaves->pdata[i];
        g_autofree uint8_t *near = flags_near(leaf, places, node->distance, mirrored(p->sides));
        GArray *more = merge(hits, NULL, leaf, near);
        g_array_unref(hits);
        hits = more;
    }
    return hits;
}

static bool sides_of(const reading *r, const hf_query_node *node, GArray **a, GArray **b,
                     GError **error)
{
    *a = hits_of(r, node->children->pdata[0], error);
    *b = *a != NULL ? hits_of(r, node->children->pdata[1], error) : NULL;
    return *b != NULL;
}

static GArray *hits_of_near(const reading *r, const hf_query_node *node, GError **error)
{
    proximity p = proximity_of(node);
    if (p.boolean != NULL)
        return hits_of_boolean(r, node, &p, error);
    g_autoptr(GArray) a = NULL, b = NULL;
    if (!sides_of(r, node, &a, &b, error))
        return NULL;
    if (node->kind == HF_QUERY_NODE_NOT_WITHIN)
        return not_near(a, b, node->distance);
    return near_each_other(a, b, node->distance, node->kind == HF_QUERY_NODE_BEFORE);
}

/* Enough of the hits of a proximity to know its documents: those of one side, of the two the smaller. */
static GArray *some_hits_of_near(const reading *r, const hf_query_node *node, GError **error)
{
    proximity p = proximity_of(node);
    if (p.boolean != NULL) {
        g_autoptr(GPtrArray) leaves = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
        p.leaves = leaves;
        return places_of_boolean(r, node, &p, error);
    }
    g_autoptr(GArray) a = NULL, b = NULL;
    if (!sides_of(r, node, &a, &b, error))
        return NULL;
    bool negated = node->kind == HF_QUERY_NODE_NOT_WITHIN, turned = !negated && b->len < a->len;
    const GArray *asked = turned ? b : a;
    g_autofree uint8_t *flags =
        flags_near(asked, turned ? a : b, node->distance, turned ? mirrored(p.sides) : p.sides);
    return keep(asked, flags, !negated);
}

static GArray *hits_of(const reading *r, const hf_query_node *node, GError **error)
{
    switch (node->kind) {
    case HF_QUERY_NODE_WORDS:
        return r->leaf(r->data, node, error);
    case HF_QUERY_NODE_OR:
        return hits_of_any(r, node, 0, node->children->len, error);
    case HF_QUERY_NODE_WITHIN:
    case HF_QUERY_NODE_BEFORE:
    case HF_QUERY_NODE_NOT_WITHIN:
        return hits_of_near(r, node, error);
    default:
        g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL,
                            "this part of a query has no place in a text");
        return NULL;
    }
}

GArray *hf_query_hits_of(const hf_query_node *node, hf_query_leaf_fn leaf, void *data,
                         GError **error)
{
    reading r = {leaf, data};
    return hits_of(&r, node, error);
}

bool hf_query_hits_documents(const hf_query_node *node, hf_query_leaf_fn leaf, void *data,
                             GArray *ids, GError **error)
{
    reading r = {leaf, data};
    bool near = node->kind != HF_QUERY_NODE_WORDS && node->kind != HF_QUERY_NODE_OR;
    g_autoptr(GArray) hits = near && hf_query_node_is_positional(node)
                                 ? some_hits_of_near(&r, node, error)
                                 : hits_of(&r, node, error);
    for (guint i = 0; hits != NULL && i < hits->len; i++)
        if (i == 0 || at(hits, i)->id != at(hits, i - 1)->id)
            g_array_append_vals(ids, &at(hits, i)->id, 1);
    return hits != NULL;
}
