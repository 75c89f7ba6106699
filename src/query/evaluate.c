/* evaluate.c -- a syntax tree to a set of documents. Every operator works on sets, every set is cut to the universe where it
 * comes in, and every node keeps its count, so that what the query did can be shown. */
#include "query/tree.h"

#include <string.h>

typedef struct {
    hf_query *query;
    const hf_query_source *source;
    hf_set *universe; /* NULL where the source has none */
    hf_query_fault *fault;
    GHashTable *seen; /* unknown words said already */
} evaluation;

static hf_set *evaluate(evaluation *e, hf_query_node *node, GError **error);

/* ---- what the source has ---- */

static bool available(const hf_query_source *source, const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_VALUE)
        return source->value != NULL;
    return node->kind != HF_QUERY_NODE_NOT || source->universe != NULL;
}

/* The first node, in the order of the text, that the source cannot answer; NULL if it can all. */
static const hf_query_node *first_unavailable(const hf_query_source *source,
                                              const hf_query_node *node)
{
    if (!available(source, node))
        return node;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        const hf_query_node *below = first_unavailable(source, node->children->pdata[i]);
        if (below != NULL)
            return below;
    }
    return NULL;
}

static void refuse(evaluation *e, const hf_query_node *node, char *message, char *advice)
{
    hf_query_fault_take(e->fault, e->query->text, node->start, node->end - node->start, message,
                        advice);
}

static bool check_available(evaluation *e)
{
    const hf_query_node *node = first_unavailable(e->source, e->query->root);
    if (node == NULL)
        return true;
    const char *what = node->field != NULL ? node->field->name : "not";
    refuse(e, node, g_strdup_printf("%s cannot be searched here", what),
           g_strdup_printf("take it out of the query"));
    return false;
}

/* ---- leaves ---- */

static hf_set *cut(evaluation *e, hf_set *set)
{
    if (set != NULL && e->universe != NULL)
        hf_set_and(set, e->universe);
    return set;
}

static hf_set *find_word(evaluation *e, unsigned fields, const char *word, GError **error)
{
    const hf_query_source *s = e->source;
    return cut(e, hf_index_word(s->index, fields, word, error));
}

static hf_set *find_phrase(evaluation *e, const hf_query_node *node, GError **error)
{
    const hf_query_source *s = e->source;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < node->words->len; i++)
        g_ptr_array_add(words, ((hf_query_word *)node->words->pdata[i])->word);
    return cut(e,
               hf_index_phrase(s->index, hf_query_node_fields(node),
                               (const char *const *)(const void *)words->pdata, words->len, error));
}

static void say_unknown(evaluation *e, const hf_query_node *node, const char *word)
{
    g_autofree char *name =
        node->field != NULL ? g_strconcat(node->field->name, ":", word, NULL) : g_strdup(word);
    if (g_hash_table_contains(e->seen, name))
        return;
    g_ptr_array_add(e->query->unknown, g_strdup(name));
    g_hash_table_add(e->seen, g_steal_pointer(&name));
}

/* A phrase that nobody has: is it for one of its words? */
static bool note_unknown_words(evaluation *e, const hf_query_node *node, GError **error)
{
    for (guint i = 0; i < node->words->len; i++) {
        const char *word = ((hf_query_word *)node->words->pdata[i])->word;
        g_autoptr(hf_set) set = find_word(e, hf_query_node_fields(node), word, error);
        if (set == NULL)
            return false;
        if (hf_set_count(set) == 0)
            say_unknown(e, node, word);
    }
    return true;
}

static hf_set *evaluate_words(evaluation *e, const hf_query_node *node, GError **error)
{
    bool phrase = node->words->len > 1;
    const char *word = ((hf_query_word *)node->words->pdata[0])->word;
    g_autoptr(hf_set) set = phrase ? find_phrase(e, node, error)
                                   : find_word(e, hf_query_node_fields(node), word, error);
    if (set == NULL)
        return NULL;
    if (hf_set_count(set) == 0 && !phrase)
        say_unknown(e, node, word);
    else if (hf_set_count(set) == 0 && !note_unknown_words(e, node, error))
        return NULL;
    return g_steal_pointer(&set);
}

/* The source's own refusal becomes a fault at the value that it refused. */
static hf_set *refused_by_source(evaluation *e, const hf_query_node *node, GError *own,
                                 GError **error)
{
    if (!g_error_matches(own, HF_ERROR, HF_ERROR_NOT_FOUND) &&
        !g_error_matches(own, HF_ERROR, HF_ERROR_QUERY)) {
        g_propagate_error(error, own);
        return NULL;
    }
    refuse(e, node, g_strdup(own->message), NULL);
    g_error_free(own);
    return NULL;
}

static hf_set *evaluate_value(evaluation *e, const hf_query_node *node, GError **error)
{
    GError *own = NULL;
    hf_set *set = cut(e, e->source->value(e->source->data, node->field->value, node->value, &own));
    return set != NULL ? set : refused_by_source(e, node, own, error);
}

static hf_set *evaluate_time(evaluation *e, const hf_query_node *node, GError **error)
{
    const hf_query_source *s = e->source;
    hf_column_id column = node->field->column;
    if (s->range != NULL)
        return cut(e, s->range(s->data, column, node->low, node->high, error));
    return cut(e, hf_index_range(s->index, column, node->low, node->high, error));
}

/* ---- operators ---- */

static hf_set *evaluate_joined(evaluation *e, const hf_query_node *node, GError **error)
{
    g_autoptr(hf_set) all = evaluate(e, node->children->pdata[0], error);
    for (guint i = 1; all != NULL && i < node->children->len; i++) {
        g_autoptr(hf_set) next = evaluate(e, node->children->pdata[i], error);
        if (next == NULL)
            return NULL;
        if (node->kind == HF_QUERY_NODE_AND)
            hf_set_and(all, next);
        else
            hf_set_or(all, next);
    }
    return g_steal_pointer(&all);
}

static hf_set *evaluate_not(evaluation *e, const hf_query_node *node, GError **error)
{
    g_autoptr(hf_set) without = evaluate(e, node->children->pdata[0], error);
    if (without == NULL)
        return NULL;
    hf_set *set = hf_set_copy(e->universe);
    hf_set_minus(set, without);
    return set;
}

static hf_set *evaluate_kind(evaluation *e, const hf_query_node *node, GError **error)
{
    switch (node->kind) {
    case HF_QUERY_NODE_NOT:
        return evaluate_not(e, node, error);
    case HF_QUERY_NODE_WORDS:
        return evaluate_words(e, node, error);
    case HF_QUERY_NODE_VALUE:
        return evaluate_value(e, node, error);
    case HF_QUERY_NODE_RANGE:
        return evaluate_time(e, node, error);
    default:
        return evaluate_joined(e, node, error);
    }
}

static hf_set *evaluate(evaluation *e, hf_query_node *node, GError **error)
{
    int64_t before = g_get_monotonic_time();
    hf_set *set = evaluate_kind(e, node, error);
    if (set == NULL)
        return NULL;
    node->evaluated = true;
    node->documents = hf_set_count(set);
    node->microseconds = g_get_monotonic_time() - before;
    return set;
}

static void forget(hf_query_node *node)
{
    node->evaluated = false;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        forget(node->children->pdata[i]);
}

static hf_set *run(evaluation *e, GError **error)
{
    if (!check_available(e))
        return NULL;
    g_autoptr(hf_set) universe = NULL;
    if (e->source->universe != NULL) {
        universe = e->source->universe(e->source->data, error);
        if (universe == NULL)
            return NULL;
    }
    e->universe = universe;
    return evaluate(e, e->query->root, error);
}

hf_set *hf_query_evaluate(hf_query *query, const hf_query_source *source, hf_query_fault *fault,
                          GError **error)
{
    hf_query_fault own = {0};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    evaluation e = {.query = query, .source = source, .fault = &own, .seen = seen};
    g_ptr_array_set_size(query->unknown, 0);
    forget(query->root);
    hf_set *set = run(&e, error);
    if (set == NULL && own.message != NULL)
        hf_query_fault_raise(&own, fault, error);
    return set;
}

const char *const *hf_query_unknown_words(const hf_query *query, size_t *n)
{
    *n = query->unknown->len;
    return (const char *const *)(const void *)query->unknown->pdata;
}
