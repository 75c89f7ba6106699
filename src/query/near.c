/* near.c -- phrases and proximities over the index. In each segment and field: which documents can have a hit, by sets alone;
 * then, some documents at a time so that memory stays small however frequent the words are, the places of the words in just
 * those documents, and what hits.c makes of them. */
#include "query/evaluate.h"

#include <string.h>

/* Places of one word that are looked at together: they stay in the processor's cache. */
#define PLACES_AT_ONCE 16384
/* Places that cost as much as to ask for a word that has none. */
#define PLACES_A_WORD 64u
#define DOCUMENTS_AT_FIRST 256u
#define DOCUMENTS_AT_ONCE 65536u

/* ---- the question ---- the same for all segments, only read but for `known` */

/* A word; equal ones of equal fields are one. */
typedef struct {
    const hf_query_word *word;
    unsigned fields;
    gint known; /* atomic: some document that counts has it */
} term;

typedef struct {
    guint term;
    uint32_t offset; /* in the phrase */
} part;

/* A word or phrase. */
typedef struct {
    const hf_query_node *node;
    unsigned fields;
    GArray *parts; /* of part; what stands for any word is only an offset */
    GArray *terms; /* of guint: all of them, what stands for any word is G_MAXUINT */
    GArray *apart; /* of guint: those of the parts, each once */
    guint number;
} leaf;

typedef struct {
    const hf_query_node *root;
    const hf_query_expansions *expansions;
    const hf_set *universe;
    unsigned fields;     /* of any of its words */
    GArray *terms;       /* of term */
    GHashTable *written; /* hf_query_word_key → number of its term, from 1 */
    GArray *leaves;      /* of leaf */
    GHashTable *nodes;   /* node → number of its leaf, from 1 */
} question;

static void clear_leaf(void *data)
{
    g_array_unref(((leaf *)data)->parts);
    g_array_unref(((leaf *)data)->terms);
    g_array_unref(((leaf *)data)->apart);
}

static guint term_of(question *q, const hf_query_word *word, unsigned fields)
{
    g_autofree char *key = hf_query_word_key(word, fields);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(q->written, key));
    if (number != 0)
        return number - 1;
    term t = {.word = word, .fields = fields};
    g_array_append_val(q->terms, t);
    g_hash_table_insert(q->written, g_steal_pointer(&key), GUINT_TO_POINTER(q->terms->len));
    return q->terms->len - 1;
}

static void add_leaf(question *q, const hf_query_node *node)
{
    leaf l = {.node = node,
              .fields = hf_query_node_fields(node),
              .parts = g_array_new(FALSE, FALSE, sizeof(part)),
              .terms = g_array_new(FALSE, FALSE, sizeof(guint)),
              .apart = g_array_new(FALSE, FALSE, sizeof(guint)),
              .number = q->leaves->len};
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    q->fields |= l.fields;
    for (guint i = 0; i < node->words->len; i++) {
        const hf_query_word *word = node->words->pdata[i];
        guint number = word->kind != HF_QUERY_WORD_ANY ? term_of(q, word, l.fields) : G_MAXUINT;
        part p = {number, i};
        g_array_append_val(l.terms, number);
        if (number == G_MAXUINT)
            continue;
        g_array_append_val(l.parts, p);
        if (g_hash_table_add(seen, GUINT_TO_POINTER(number)))
            g_array_append_val(l.apart, number);
    }
    g_array_append_val(q->leaves, l);
    g_hash_table_insert(q->nodes, (void *)node, GUINT_TO_POINTER(q->leaves->len));
}

static void add_leaves(question *q, const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_WORDS)
        add_leaf(q, node);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_leaves(q, node->children->pdata[i]);
}

static const leaf *leaf_of(const question *q, const hf_query_node *node)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(q->nodes, node));
    return &g_array_index(q->leaves, leaf, number - 1);
}

/* ---- one field of one segment ---- */

/* A word there. */
typedef struct {
    hf_set *documents; /* NULL: not asked yet */
    uint64_t count;
    hf_places *places;
    GArray *read; /* of the documents at hand */
    bool is_read;
} list;

typedef struct {
    question *q;
    hf_index_segment *segment;
    hf_field field;
    GArray *lists; /* of list, by the number of the term */
    GArray *
        *orders; /* of each leaf its parts in the order in which they are asked; NULL: not yet */
    hf_set *candidates; /* documents that may have a hit */
    hf_set *some;       /* of them, those that the beginning of a phrase has left; scratch */
    uint32_t low, high; /* the documents at hand */
    guint documents;    /* how many */
    GArray *starts;     /* scratch */
    GArray *ids;        /* scratch */
} look;

static void clear_list(void *data)
{
    list *l = data;
    hf_set_free(l->documents);
    hf_places_free(l->places);
    if (l->read != NULL)
        g_array_unref(l->read);
}

static list *list_at(const look *k, guint number)
{
    return &g_array_index(k->lists, list, number);
}

static void say_known(const look *k, guint number)
{
    g_atomic_int_set(&g_array_index(k->q->terms, term, number).known, 1);
}

static const hf_query_word *word_at(const look *k, guint number)
{
    return g_array_index(k->q->terms, term, number).word;
}

/* ---- candidates ---- Three answers: a set, no constraint (*any), or NULL with an error. */

static const hf_set *documents_of(look *k, guint number, GError **error)
{
    list *l = list_at(k, number);
    if (l->documents != NULL)
        return l->documents;
    size_t n;
    const char *const *words =
        hf_query_expansions_words(k->q->expansions, word_at(k, number), k->field, &n);
    g_autoptr(hf_set) set = hf_set_new();
    if (n > 0 && !hf_index_segment_any(k->segment, k->field, words, n, set, error))
        return NULL;
    if (k->q->universe != NULL)
        hf_set_and(set, k->q->universe);
    l->count = hf_set_count(set);
    if (l->count > 0)
        say_known(k, number);
    l->documents = g_steal_pointer(&set);
    return l->documents;
}

static hf_set *candidates_of_leaf(look *k, const hf_query_node *node, GError **error)
{
    const leaf *l = leaf_of(k->q, node);
    if (!(l->fields & 1u << k->field))
        return hf_set_new();
    hf_set *all = NULL;
    for (guint i = 0; i < l->apart->len; i++) {
        const hf_set *set = documents_of(k, g_array_index(l->apart, guint, i), error);
        if (set == NULL) {
            hf_set_free(all);
            return NULL;
        }
        if (all == NULL)
            all = hf_set_copy(set);
        else
            hf_set_and(all, set);
        if (hf_set_count(all) == 0)
            break;
    }
    return all != NULL ? all : hf_set_new();
}

static hf_set *candidates_of(look *k, const hf_query_node *node, bool *any, GError **error);

/* All of the children's must have it; what has no constraint changes nothing. */
static hf_set *candidates_of_all(look *k, const hf_query_node *node, bool *any, GError **error)
{
    g_autoptr(hf_set) all = NULL;
    for (guint i = 0; i < node->children->len; i++) {
        bool unbound = false;
        hf_set *next = candidates_of(k, node->children->pdata[i], &unbound, error);
        if (next == NULL && !unbound)
            return NULL;
        if (all == NULL) {
            all = next;
            continue;
        }
        if (next != NULL)
            hf_set_and(all, next);
        hf_set_free(next);
    }
    *any = all == NULL;
    return g_steal_pointer(&all);
}

static hf_set *candidates_of_any(look *k, const hf_query_node *node, bool *any, GError **error)
{
    g_autoptr(hf_set) all = hf_set_new();
    for (guint i = 0; i < node->children->len; i++) {
        bool unbound = false;
        g_autoptr(hf_set) next = candidates_of(k, node->children->pdata[i], &unbound, error);
        if (next == NULL && !unbound)
            return NULL;
        *any = *any || unbound;
        if (next != NULL)
            hf_set_or(all, next);
    }
    return *any ? NULL : g_steal_pointer(&all);
}

static hf_set *candidates_of(look *k, const hf_query_node *node, bool *any, GError **error)
{
    switch (node->kind) {
    case HF_QUERY_NODE_WORDS:
        return candidates_of_leaf(k, node, error);
    case HF_QUERY_NODE_OR:
        return candidates_of_any(k, node, any, error);
    case HF_QUERY_NODE_NOT:
        *any = true;
        return NULL;
    case HF_QUERY_NODE_NOT_WITHIN:
        return candidates_of(k, node->children->pdata[0], any, error);
    default:
        return candidates_of_all(k, node, any, error);
    }
}

/* ---- places ---- */

/* Whether the word is in one of the documents at hand, as far as that is known. */
static bool may_be_there(const look *k, const list *l)
{
    uint32_t id;
    return l->documents == NULL ||
           (hf_set_read(l->documents, k->low, &id, 1) == 1 && id <= k->high);
}

/* The word's places in the documents at hand, or in those of `among` that are among them. */
static const GArray *read_places(look *k, guint number, const hf_set *among, GError **error)
{
    list *l = list_at(k, number);
    if (l->is_read)
        return l->read;
    if (l->read == NULL)
        l->read = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_array_set_size(l->read, 0);
    l->is_read = !may_be_there(k, l);
    if (l->is_read)
        return l->read;
    if (l->places == NULL) {
        size_t n;
        const char *const *words =
            hf_query_expansions_words(k->q->expansions, word_at(k, number), k->field, &n);
        l->places = hf_places_open(k->segment, k->field, words, n, error);
        if (l->places == NULL)
            return NULL;
    }
    if (!hf_places_read(l->places, among, k->low, k->high, l->read, error))
        return NULL;
    if (l->read->len > 0)
        say_known(k, number);
    l->is_read = true;
    return l->read;
}

/* Puts the documents of the places into k->ids, each once. */
static void documents_at(look *k, const GArray *starts)
{
    g_array_set_size(k->ids, 0);
    uint32_t last = 0;
    for (guint i = 0; i < starts->len; i++) {
        uint32_t id = (uint32_t)(g_array_index(starts, uint64_t, i) >> 32);
        if (id != last)
            g_array_append_val(k->ids, id);
        last = id;
    }
}

/* Where further words of a phrase need to be read: if its beginning left few documents, only there. What another leaf also
 * asks for must be read whole. */
static const hf_set *left_by(look *k, const GArray *starts)
{
    if (k->q->leaves->len > 1 || starts->len > k->documents / 4)
        return k->candidates;
    documents_at(k, starts);
    hf_set_free(k->some);
    k->some = hf_set_new();
    hf_set_add_many(k->some, (const uint32_t *)(const void *)k->ids->data, k->ids->len);
    return k->some;
}

static int rarer(const void *a, const void *b, void *data)
{
    const part *x = a, *y = b;
    uint64_t of_x = list_at(data, x->term)->count, of_y = list_at(data, y->term)->count;
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The parts of a leaf, the word that is in the fewest documents first. */
static const GArray *parts_in_order(look *k, const leaf *l)
{
    GArray **parts = &k->orders[l->number];
    if (*parts == NULL) {
        *parts = g_array_copy(l->parts);
        g_array_sort_with_data(*parts, rarer, k);
    }
    return *parts;
}

static const GArray *places_of(void *data, guint number)
{
    return list_at(data, number)->read;
}

static bool read_starts_of_long(look *k, const leaf *l, GError **error)
{
    for (guint i = 0; i < l->parts->len; i++)
        if (read_places(k, g_array_index(l->parts, part, i).term, k->candidates, error) == NULL)
            return false;
    g_array_unref(k->starts);
    k->starts =
        hf_query_places_phrase(&g_array_index(l->terms, guint, 0), l->terms->len, places_of, k);
    return true;
}

/* Where the leaf begins in the documents at hand: k->starts. */
static bool read_starts(look *k, const leaf *l, GError **error)
{
    if (l->terms->len >= HF_QUERY_PHRASE_LONG)
        return read_starts_of_long(k, l, error);
    const GArray *parts = parts_in_order(k, l);
    g_array_set_size(k->starts, 0);
    for (guint i = 0; i < parts->len; i++) {
        const part *p = &g_array_index(parts, part, i);
        const hf_set *among = i == 0 ? k->candidates : left_by(k, k->starts);
        const GArray *places = read_places(k, p->term, among, error);
        if (places == NULL)
            return false;
        if (i == 0) {
            g_array_append_vals(k->starts, places->data, places->len);
            hf_query_places_shift(k->starts, p->offset);
        } else {
            hf_query_places_keep(k->starts, places, p->offset);
        }
        if (k->starts->len == 0)
            break;
    }
    return true;
}

static GArray *leaf_hits(void *data, const hf_query_node *node, GError **error)
{
    look *k = data;
    const leaf *l = leaf_of(k->q, node);
    if (!(l->fields & 1u << k->field))
        return g_array_new(FALSE, FALSE, sizeof(hf_query_hit));
    if (node->words->len > 1)
        return read_starts(k, l, error) ? hf_query_places_hits(k->starts, node->words->len, 0)
                                        : NULL;
    const GArray *places =
        read_places(k, g_array_index(l->parts, part, 0).term, k->candidates, error);
    return places != NULL ? hf_query_places_hits(places, 1, 0) : NULL;
}

/* ---- some documents at a time ---- */

static bool look_at_documents(look *k, hf_set *out, GError **error)
{
    const hf_query_node *root = k->q->root;
    bool is_phrase = root->kind == HF_QUERY_NODE_WORDS;
    g_array_set_size(k->ids, 0);
    if (is_phrase ? !read_starts(k, leaf_of(k->q, root), error)
                  : !hf_query_hits_documents(root, leaf_hits, k, k->ids, error))
        return false;
    if (is_phrase)
        documents_at(k, k->starts);
    hf_set_add_many(out, (const uint32_t *)(const void *)k->ids->data, k->ids->len);
    return true;
}

/* How many documents to take next, by how many places the last ones had: so many that the places of the most frequent word
 * stay together, but with very many words enough that there is more to read than there are words to ask. */
static guint next_documents(const look *k)
{
    uint64_t most = 1, all = 1;
    for (guint i = 0; i < k->lists->len; i++) {
        if (!list_at(k, i)->is_read)
            continue;
        most = MAX(most, list_at(k, i)->read->len);
        all += list_at(k, i)->read->len;
    }
    uint64_t by_places = (uint64_t)k->documents * PLACES_AT_ONCE / most;
    uint64_t by_words = (uint64_t)k->documents * k->lists->len * PLACES_A_WORD / all;
    uint64_t documents = MIN(MAX(by_places, by_words), (uint64_t)k->documents * 8);
    return (guint)CLAMP(documents, 16, DOCUMENTS_AT_ONCE);
}

static bool look_at_candidates(look *k, hf_set *out, GError **error)
{
    g_autofree uint32_t *ids = g_new(uint32_t, DOCUMENTS_AT_ONCE);
    guint wanted = DOCUMENTS_AT_FIRST;
    for (uint32_t from = 0;; from = k->high + 1) {
        k->documents = (guint)hf_set_read(k->candidates, from, ids, wanted);
        if (k->documents == 0)
            return true;
        k->low = ids[0];
        k->high = ids[k->documents - 1];
        for (guint i = 0; i < k->lists->len; i++)
            list_at(k, i)->is_read = false;
        if (!look_at_documents(k, out, error))
            return false;
        if (k->high == UINT32_MAX)
            return true;
        wanted = next_documents(k);
    }
}

static bool look_in_field(look *k, hf_set *out, GError **error)
{
    bool any = false;
    k->candidates = candidates_of(k, k->q->root, &any, error);
    if (k->candidates == NULL && any)
        g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL,
                            "a proximity that is true of every document");
    return k->candidates != NULL && look_at_candidates(k, out, error);
}

static bool ask_field(question *q, hf_index_segment *segment, hf_field field, hf_set *out,
                      GError **error)
{
    look k = {.q = q,
              .segment = segment,
              .field = field,
              .lists = g_array_sized_new(FALSE, TRUE, sizeof(list), q->terms->len),
              .orders = g_new0(GArray *, q->leaves->len),
              .starts = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
              .ids = g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    g_array_set_clear_func(k.lists, clear_list);
    g_array_set_size(k.lists, q->terms->len);
    bool ok = look_in_field(&k, out, error);
    g_array_unref(k.lists);
    for (guint i = 0; i < q->leaves->len; i++)
        g_clear_pointer(&k.orders[i], g_array_unref);
    g_free(k.orders);
    g_array_unref(k.starts);
    g_array_unref(k.ids);
    hf_set_free(k.candidates);
    hf_set_free(k.some);
    return ok;
}

static bool ask_segment(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    question *q = data;
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if ((q->fields & 1u << field) && !ask_field(q, segment, (hf_field)field, out, error))
            return false;
    return true;
}

/* ---- all of them ---- */

static void say_all_known(const question *q, GHashTable *known)
{
    for (guint i = 0; i < q->terms->len; i++) {
        const term *t = &g_array_index(q->terms, term, i);
        if (t->known)
            g_hash_table_add(known, hf_query_word_key(t->word, t->fields));
    }
}

hf_set *hf_query_near_evaluate(const hf_query_node *node, hf_index *index,
                               const hf_query_expansions *expansions, const hf_set *universe,
                               GHashTable *known, GError **error)
{
    g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(term));
    g_autoptr(GArray) leaves = g_array_new(FALSE, FALSE, sizeof(leaf));
    g_autoptr(GHashTable) written = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL);
    g_array_set_clear_func(leaves, clear_leaf);
    question q = {.root = node,
                  .expansions = expansions,
                  .universe = universe,
                  .terms = terms,
                  .written = written,
                  .leaves = leaves,
                  .nodes = nodes};
    add_leaves(&q, node);
    hf_set *set = hf_index_ask(index, ask_segment, &q, error);
    if (set != NULL)
        say_all_known(&q, known);
    return set;
}
