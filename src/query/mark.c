/* mark.c -- where in a text the hits of a query are, as the query means them. */
#include "query/evaluate.h"

#include <stdlib.h>

/* ---- what can have hits ---- */

typedef struct {
    hf_query_reader *text;
    unsigned fields;
    GPtrArray *parts; /* positional ones that are not below a not */
    uint32_t number;  /* of the next word or phrase */
    guint terms;
} collection;

/* All words of a positional part, and how many of them may be hits of it. */
static void add_words(collection *c, const hf_query_node *node, bool negated)
{
    if (node->kind == HF_QUERY_NODE_WORDS) {
        c->terms += !negated && (hf_query_node_fields(node) & c->fields);
        hf_query_reader_add(c->text, node, c->number++);
        return;
    }
    for (guint i = 0; i < node->children->len; i++)
        add_words(c, node->children->pdata[i],
                  negated || node->kind == HF_QUERY_NODE_NOT ||
                      (node->kind == HF_QUERY_NODE_NOT_WITHIN && i > 0));
}

static void skip_words(collection *c, const hf_query_node *node)
{
    c->number += node->kind == HF_QUERY_NODE_WORDS;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        skip_words(c, node->children->pdata[i]);
}

static void add_parts(collection *c, const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_NOT) {
        skip_words(c, node);
        return;
    }
    if (hf_query_node_is_positional(node)) {
        g_ptr_array_add(c->parts, (void *)node);
        add_words(c, node, false);
        return;
    }
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_parts(c, node->children->pdata[i]);
}

GArray *hf_query_mark_hits(const hf_query *query, unsigned fields, const char *text, size_t size,
                           guint *terms)
{
    g_autoptr(hf_query_reader) read = hf_query_reader_new();
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    collection c = {.text = read, .fields = fields, .parts = parts};
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(hf_query_range));
    add_parts(&c, query->root);
    *terms = c.terms;
    if (c.terms == 0)
        return ranges;
    hf_query_reader_read(read, text, size);
    for (guint i = 0; i < parts->len && hf_query_reader_has_words(read); i++) {
        g_autoptr(GArray) hits = hf_query_reader_hits(read, fields, parts->pdata[i]);
        for (guint k = 0; k < hits->len; k++)
            hf_query_reader_ranges(read, &g_array_index(hits, hf_query_hit, k), ranges);
    }
    return ranges;
}

/* ---- ranges ---- */

static int compare_ranges(const void *a, const void *b)
{
    const hf_query_range *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

void hf_query_mark_join(GArray *ranges)
{
    guint n = 0;
    g_array_sort(ranges, compare_ranges);
    for (guint i = 0; i < ranges->len; i++) {
        hf_query_range next = g_array_index(ranges, hf_query_range, i);
        hf_query_range *last = n > 0 ? &g_array_index(ranges, hf_query_range, n - 1) : NULL;
        if (last != NULL && next.start < last->end)
            last->end = MAX(last->end, next.end);
        else
            g_array_index(ranges, hf_query_range, n++) = next;
    }
    g_array_set_size(ranges, n);
}

GArray *hf_query_mark(const hf_query *query, unsigned fields, const char *text, size_t size,
                      size_t limit)
{
    guint terms;
    GArray *ranges = hf_query_mark_hits(query, fields, text, size, &terms);
    hf_query_mark_join(ranges);
    if (limit != 0 && ranges->len > limit)
        g_array_set_size(ranges, (guint)limit);
    return ranges;
}
