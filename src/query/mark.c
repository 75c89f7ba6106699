/* mark.c -- where in a text a query's words and phrases stand. The terms make one automaton over words, so that a text is
 * read once however many there are, and a phrase of a thousand equal words costs no more than another. */
#include "query/tree.h"

#include <string.h>

/* A state is the beginning of one or more terms that the words read last make up. */
typedef struct {
    uint32_t parent, word;
    uint32_t shorter; /* the longest proper ending of these words that is a state too */
    uint32_t depth;   /* in words */
    uint32_t term;    /* the longest term that ends here ... */
    uint32_t length;  /* ... its words; 0: none does */
} state;

struct hf_query_marker {
    GHashTable *words;       /* word → its number, from 1 */
    GHashTable *transitions; /* state << 32 | word number → state */
    GHashTable *singles;     /* character of a script without spaces → term + 1 */
    GArray *states;          /* of state; the first is the root */
    guint patterns;
    uint32_t deepest;
};

static state *state_at(const hf_query_marker *m, uint32_t i)
{
    return &g_array_index(m->states, state, i);
}

static uint32_t step(const hf_query_marker *m, uint32_t from, uint32_t word)
{
    gint64 key = (gint64)((uint64_t)from << 32 | word);
    return GPOINTER_TO_UINT(g_hash_table_lookup(m->transitions, &key));
}

static uint32_t word_number(hf_query_marker *m, const char *word)
{
    uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(m->words, word));
    if (number == 0) {
        number = g_hash_table_size(m->words) + 1;
        g_hash_table_insert(m->words, g_strdup(word), GUINT_TO_POINTER(number));
    }
    return number;
}

static uint32_t step_or_grow(hf_query_marker *m, uint32_t from, uint32_t word)
{
    uint32_t to = step(m, from, word);
    if (to != 0)
        return to;
    to = m->states->len;
    state grown = {.parent = from, .word = word, .depth = state_at(m, from)->depth + 1};
    g_array_append_val(m->states, grown);
    gint64 *key = g_new(gint64, 1);
    *key = (gint64)((uint64_t)from << 32 | word);
    g_hash_table_insert(m->transitions, key, GUINT_TO_POINTER(to));
    m->deepest = MAX(m->deepest, grown.depth);
    return to;
}

static void add_term(hf_query_marker *m, const hf_query_node *term, uint32_t number)
{
    const hf_query_word *first = term->words->pdata[0];
    if (term->words->len == 1 && hf_tokens_is_single(first->word)) {
        if (g_hash_table_insert(m->singles, g_strdup(first->word), GUINT_TO_POINTER(number + 1)))
            m->patterns++;
        return;
    }
    uint32_t at = 0;
    for (guint i = 0; i < term->words->len; i++)
        at = step_or_grow(m, at, word_number(m, ((hf_query_word *)term->words->pdata[i])->word));
    state *last = state_at(m, at);
    if (last->length != 0)
        return;
    last->term = number;
    last->length = last->depth;
    m->patterns++;
}

static int compare_depths(const void *a, const void *b, void *data)
{
    const hf_query_marker *m = data;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint32_t dx = state_at(m, x)->depth, dy = state_at(m, y)->depth;
    return dx != dy ? (dx < dy ? -1 : 1) : x < y ? -1 : x > y;
}

static void link_state(hf_query_marker *m, uint32_t at)
{
    state *s = state_at(m, at);
    uint32_t from = s->parent;
    uint32_t shorter = 0;
    while (from != 0 && shorter == 0) {
        from = state_at(m, from)->shorter;
        shorter = step(m, from, s->word);
    }
    s->shorter = shorter;
    if (s->length == 0) {
        s->length = state_at(m, shorter)->length;
        s->term = state_at(m, shorter)->term;
    }
}

/* Links every state to its longest proper ending, shallow ones first. */
static void link_states(hf_query_marker *m)
{
    g_autoptr(GArray) order = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), m->states->len);
    for (uint32_t i = 1; i < m->states->len; i++)
        g_array_append_val(order, i);
    g_array_sort_with_data(order, compare_depths, m);
    for (guint i = 0; i < order->len; i++)
        link_state(m, g_array_index(order, uint32_t, i));
}

static void add_terms(hf_query_marker *m, const hf_query_node *node, unsigned fields,
                      uint32_t *number)
{
    if (node->kind == HF_QUERY_NODE_NOT)
        return;
    if (node->kind == HF_QUERY_NODE_WORDS && hf_query_node_fields(node) & fields)
        add_term(m, node, *number);
    *number += node->kind == HF_QUERY_NODE_WORDS;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_terms(m, node->children->pdata[i], fields, number);
}

hf_query_marker *hf_query_mark_prepare(const hf_query *query, unsigned fields)
{
    hf_query_marker *m = g_new0(hf_query_marker, 1);
    m->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->transitions = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    m->singles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->states = g_array_new(FALSE, FALSE, sizeof(state));
    g_array_append_val(m->states, (state){0});
    uint32_t number = 0;
    add_terms(m, query->root, fields, &number);
    link_states(m);
    return m;
}

void hf_query_marker_free(hf_query_marker *m)
{
    if (m == NULL)
        return;
    g_hash_table_unref(m->words);
    g_hash_table_unref(m->transitions);
    g_hash_table_unref(m->singles);
    g_array_unref(m->states);
    g_free(m);
}

guint hf_query_mark_patterns(const hf_query_marker *marker)
{
    return marker->patterns;
}

/* ---- reading a text ---- */

typedef struct {
    const hf_query_marker *marker;
    const char *text;
    uint32_t at;       /* state */
    uint32_t position; /* of the last word */
    uint32_t count;    /* words read */
    uint32_t *starts;  /* of the last `room` words */
    uint32_t room;
    hf_query_hit_fn hit;
    void *data;
} reader;

static bool say(reader *r, size_t start, size_t end, uint32_t term)
{
    hf_query_range range = {start, end, term};
    return r->hit(r->data, &range);
}

/* A character of a script without spaces stands for all pairs that begin with it, and for the end of a run. */
static bool read_single(reader *r, const hf_token *t)
{
    char first[sizeof t->word];
    for (const char *end = g_utf8_next_char(t->word);; end = g_utf8_next_char(end)) {
        size_t n = (size_t)(end - t->word);
        memcpy(first, t->word, n);
        first[n] = '\0';
        uint32_t term = GPOINTER_TO_UINT(g_hash_table_lookup(r->marker->singles, first));
        size_t after = (size_t)(g_utf8_next_char(r->text + t->start) - r->text);
        if (term != 0 && !say(r, t->start, MIN(after, t->end), term - 1))
            return false;
        if (*end == '\0')
            break;
    }
    if (t->tail == 0)
        return true;
    uint32_t term = GPOINTER_TO_UINT(g_hash_table_lookup(r->marker->singles, t->word + t->tail));
    size_t before = (size_t)(g_utf8_prev_char(r->text + t->end) - r->text);
    return term == 0 || say(r, before, t->end, term - 1);
}

static bool read_word(reader *r, const hf_token *t)
{
    const hf_query_marker *m = r->marker;
    if ((uint8_t)t->word[0] >= 0x80 && g_hash_table_size(m->singles) > 0 && !read_single(r, t))
        return false;
    uint32_t word = GPOINTER_TO_UINT(g_hash_table_lookup(m->words, t->word));
    if (word == 0 || t->position != r->position + 1)
        r->at = 0;
    r->position = t->position;
    r->starts[r->count++ % r->room] = t->start;
    if (word == 0)
        return true;
    uint32_t to = step(m, r->at, word);
    while (to == 0 && r->at != 0) {
        r->at = state_at(m, r->at)->shorter;
        to = step(m, r->at, word);
    }
    r->at = to;
    const state *s = state_at(m, to);
    if (s->length == 0)
        return true;
    return say(r, r->starts[(r->count - s->length) % r->room], t->end, s->term);
}

void hf_query_mark_each(const hf_query_marker *marker, const char *text, size_t size,
                        hf_query_hit_fn hit, void *data)
{
    if (marker->patterns == 0)
        return;
    uint32_t room = 1;
    while (room < marker->deepest)
        room *= 2;
    g_autoptr(GArray) starts = g_array_sized_new(FALSE, TRUE, sizeof(uint32_t), room);
    g_array_set_size(starts, room);
    reader r = {.marker = marker,
                .text = text,
                .starts = (uint32_t *)(void *)starts->data,
                .room = room,
                .hit = hit,
                .data = data};
    hf_tokens tokens;
    hf_tokens_init(&tokens, text, size);
    hf_token token;
    while (hf_tokens_next(&tokens, &token) && read_word(&r, &token))
        ;
}

/* ---- ranges ---- */

typedef struct {
    GArray *ranges;
    size_t limit;
} collection;

/* Hits come by their ends: a longer one may swallow several that came before. */
static bool collect(void *data, const hf_query_range *hit)
{
    collection *c = data;
    hf_query_range range = *hit;
    while (c->ranges->len > 0) {
        const hf_query_range *last = &g_array_index(c->ranges, hf_query_range, c->ranges->len - 1);
        if (last->end <= range.start)
            break;
        if (last->start <= range.start) {
            range.start = last->start;
            range.term = last->term;
        }
        range.end = MAX(range.end, last->end);
        g_array_set_size(c->ranges, c->ranges->len - 1);
    }
    g_array_append_val(c->ranges, range);
    return c->limit == 0 || c->ranges->len <= c->limit;
}

GArray *hf_query_mark(const hf_query *query, unsigned fields, const char *text, size_t size,
                      size_t limit)
{
    g_autoptr(hf_query_marker) marker = hf_query_mark_prepare(query, fields);
    collection c = {g_array_new(FALSE, FALSE, sizeof(hf_query_range)), limit};
    hf_query_mark_each(marker, text, size, collect, &c);
    if (limit != 0 && c.ranges->len > limit)
        g_array_set_size(c.ranges, (guint)limit);
    return c.ranges;
}
