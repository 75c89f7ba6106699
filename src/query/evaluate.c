/* evaluate.c -- a syntax tree to a set of documents. Every operator works on sets, every set is cut to the universe where it
 * comes in, and every node keeps its count, so that what the query did can be shown. */
#include "query/evaluate.h"

#include <string.h>

typedef struct {
    hf_query *query;
    const hf_query_source *source;
    hf_set *universe; /* NULL where the source has none */
    hf_query_fault *fault;
    hf_query_expansions *expansions;
    GHashTable *known;          /* keys of words that are in a document */
    GHashTable *said;           /* unknown words */
    hf_query_others *others;    /* NULL: there are no texts beside the index */
    const hf_query_node *saved; /* the outermost saved search that is evaluated now */
} evaluation;

static hf_set *evaluate(evaluation *e, hf_query_node *node, GError **error);

static bool is_proximity(const hf_query_node *node)
{
    return hf_query_node_is_positional(node) && node->kind != HF_QUERY_NODE_WORDS;
}

/* ---- what the source has ---- */

static bool available(const hf_query_source *source, const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_VALUE)
        return source->value != NULL;
    return node->kind != HF_QUERY_NODE_NOT || source->universe != NULL;
}

/* The first node, in the order of the text, that the source cannot answer; NULL if it can all. A proximity asks nothing but
 * the index. */
static const hf_query_node *first_unavailable(const hf_query_source *source,
                                              const hf_query_node *node)
{
    if (!available(source, node))
        return node;
    if (is_proximity(node))
        return NULL;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        const hf_query_node *below = first_unavailable(source, node->children->pdata[i]);
        if (below != NULL)
            return below;
    }
    return NULL;
}

/* Returns NULL, so that a function can end with it. What is wrong in a saved search is shown at its name. */
static void *refuse(evaluation *e, size_t start, size_t end, char *message, char *advice)
{
    if (e->saved != NULL) {
        char *inner = message;
        start = e->saved->start;
        end = e->saved->end;
        message = g_strdup_printf("in the saved search %s: %s", e->saved->value, inner);
        g_free(inner);
    }
    hf_query_fault_take(e->fault, e->query->text, start, end - start, message, advice);
    return NULL;
}

static bool check_available(evaluation *e)
{
    const hf_query_node *node = first_unavailable(e->source, e->query->root);
    if (node == NULL)
        return true;
    const char *what = node->field != NULL ? node->field->name : "not";
    return refuse(e, node->start, node->end, g_strdup_printf("%s cannot be searched here", what),
                  g_strdup("take it out of the query")) != NULL;
}

/* ---- words ---- */

static hf_set *cut(evaluation *e, hf_set *set)
{
    if (set != NULL && e->universe != NULL)
        hf_set_and(set, e->universe);
    return set;
}

/* Returns false, so that a function can end with it. */
static bool refuse_expansion(evaluation *e, const hf_query_word *word, hf_query_expanding why)
{
    g_autofree char *most = hf_table_count(HF_QUERY_EXPANSION_MAX);
    g_autofree char *together = hf_table_count(HF_QUERY_EXPANSIONS_MAX);
    const char *fewer = "give more of the words, best longer beginnings, or divide the query";
    if (why == HF_QUERY_EXPANDS_TOGETHER)
        return refuse(e, word->start, word->end,
                      g_strdup_printf("the patterns up to %s stand for more than %s words together",
                                      word->written, together),
                      g_strdup(fewer)) != NULL;
    if (why == HF_QUERY_EXPANDS_TOO_SLOWLY)
        return refuse(
                   e, word->start, word->end,
                   g_strdup("the query has more patterns than are looked up for one"),
                   g_strdup_printf("up to 100 may begin with * or ?, up to 1,000 with one letter "
                                   "before that: %s",
                                   fewer)) != NULL;
    return refuse(e, word->start, word->end,
                  g_strdup_printf("%s stands for more than %s words", word->written, most),
                  g_strdup("give more of the word, best a longer beginning, or name the field "
                           "that it must be in")) != NULL;
}

static bool expand_word(evaluation *e, hf_query_word *word, unsigned fields, GError **error)
{
    hf_query_expanding result;
    if (!hf_query_expansions_add(e->expansions, word, fields, &result, error))
        return false;
    return result == HF_QUERY_EXPANDED || refuse_expansion(e, word, result);
}

/* Looks up the patterns of a positional part; false with the fault, or with an error. */
static bool expand(evaluation *e, const hf_query_node *node, GError **error)
{
    for (guint i = 0; node->words != NULL && i < node->words->len; i++) {
        hf_query_word *word = node->words->pdata[i];
        if (hf_query_word_expands(word) && !expand_word(e, word, hf_query_node_fields(node), error))
            return false;
    }
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        if (!expand(e, node->children->pdata[i], error))
            return false;
    return true;
}

typedef struct {
    const hf_query_expansions *expansions;
    const hf_query_word *word;
    unsigned fields;
} word_question;

static bool ask_word(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    const word_question *q = data;
    for (int field = 0; field < HF_FIELD_LAST; field++) {
        size_t n;
        if (!(q->fields & 1u << field))
            continue;
        const char *const *words =
            hf_query_expansions_words(q->expansions, q->word, (hf_field)field, &n);
        if (n > 0 && !hf_index_segment_any(segment, (hf_field)field, words, n, out, error))
            return false;
    }
    return true;
}

static hf_set *find_word(evaluation *e, unsigned fields, const hf_query_word *word, GError **error)
{
    word_question q = {e->expansions, word, fields};
    if (!hf_query_word_expands(word))
        return cut(e, hf_index_word(e->source->index, fields, word->word, error));
    return cut(e, hf_index_ask(e->source->index, ask_word, &q, error));
}

static hf_set *evaluate_word(evaluation *e, const hf_query_node *node, GError **error)
{
    const hf_query_word *word = node->words->pdata[0];
    unsigned fields = hf_query_node_fields(node);
    hf_set *set = find_word(e, fields, word, error);
    if (set != NULL && hf_set_count(set) > 0)
        g_hash_table_add(e->known, hf_query_word_key(word, fields));
    return set;
}

static hf_set *evaluate_positional(evaluation *e, const hf_query_node *node, GError **error)
{
    if (!expand(e, node, error))
        return NULL;
    hf_set *set = node->words != NULL && node->words->len == 1
                      ? evaluate_word(e, node, error)
                      : hf_query_near_evaluate(node, e->source->index, e->expansions, e->universe,
                                               e->known, error);
    const hf_set *others = e->others != NULL ? hf_query_others_found(e->others, node) : NULL;
    if (set != NULL && others != NULL)
        hf_set_or(set, others);
    return set;
}

/* ---- values and ranges ---- */

/* The source's own refusal becomes a fault at the value that it refused. */
static hf_set *refused_by_source(evaluation *e, const hf_query_node *node, GError *own,
                                 GError **error)
{
    if (!g_error_matches(own, HF_ERROR, HF_ERROR_NOT_FOUND) &&
        !g_error_matches(own, HF_ERROR, HF_ERROR_QUERY)) {
        g_propagate_error(error, own);
        return NULL;
    }
    refuse(e, node->start, node->end, g_strdup(own->message), NULL);
    g_error_free(own);
    return NULL;
}

static hf_set *evaluate_value(evaluation *e, const hf_query_node *node, GError **error)
{
    GError *own = NULL;
    hf_set *set = cut(e, e->source->value(e->source->data, node->field->value, node->value, &own));
    return set != NULL ? set : refused_by_source(e, node, own, error);
}

static hf_set *find_range(evaluation *e, const hf_query_node *node, int64_t low, int64_t high,
                          GError **error)
{
    const hf_query_source *s = e->source;
    if (s->range != NULL)
        return cut(e, s->range(s->data, node->field->column, low, high, error));
    return cut(e, hf_index_range(s->index, node->field->column, low, high, error));
}

/* Days as one zone has them, in the documents of that zone. */
static hf_set *find_days(evaluation *e, hf_query_node *node, const hf_query_zone *zone,
                         GError **error)
{
    g_autofree char *message = NULL, *advice = NULL;
    hf_query_span span = {.zone = g_time_zone_get_identifier(zone->zone)};
    if (!hf_query_days_parse(node->value, zone->zone, &span.low, &span.high, &message, &advice))
        return refuse(e, node->start, node->end, g_steal_pointer(&message),
                      g_steal_pointer(&advice));
    hf_query_node_add_span(node, &span);
    hf_set *set = find_range(e, node, span.low, span.high, error);
    if (set != NULL && zone->documents != NULL)
        hf_set_and(set, zone->documents);
    return set;
}

static hf_set *evaluate_range(evaluation *e, hf_query_node *node, GError **error)
{
    const hf_query_source *s = e->source;
    if (node->field->kind == HF_QUERY_FIELD_SIZE)
        return find_range(e, node, node->low, node->high, error);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    const hf_query_zone everywhere = {utc, NULL};
    const hf_query_zone *zones = s->n_zones > 0 ? s->zones : &everywhere;
    g_autoptr(hf_set) all = hf_set_new();
    for (size_t i = 0; i < MAX(s->n_zones, 1); i++) {
        g_autoptr(hf_set) set = find_days(e, node, &zones[i], error);
        if (set == NULL)
            return NULL;
        hf_set_or(all, set);
    }
    return g_steal_pointer(&all);
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

static hf_set *evaluate_saved(evaluation *e, const hf_query_node *node, GError **error)
{
    const hf_query_node *outer = e->saved;
    e->saved = outer != NULL ? outer : node;
    hf_set *set = evaluate(e, node->children->pdata[0], error);
    e->saved = outer;
    return set;
}

static hf_set *evaluate_kind(evaluation *e, hf_query_node *node, GError **error)
{
    switch (node->kind) {
    case HF_QUERY_NODE_NOT:
        return evaluate_not(e, node, error);
    case HF_QUERY_NODE_VALUE:
        return evaluate_value(e, node, error);
    case HF_QUERY_NODE_RANGE:
        return evaluate_range(e, node, error);
    case HF_QUERY_NODE_SAVED:
        return evaluate_saved(e, node, error);
    case HF_QUERY_NODE_AND:
    case HF_QUERY_NODE_OR:
        return evaluate_joined(e, node, error);
    default:
        return evaluate_positional(e, node, error);
    }
}

/* What the parts of a proximity would find by themselves: nothing of the answer, only said. */
static bool count_parts(evaluation *e, const hf_query_node *node, GError **error)
{
    for (guint i = 0; i < node->children->len; i++) {
        g_autoptr(hf_set) set = evaluate(e, node->children->pdata[i], error);
        if (set == NULL)
            return false;
    }
    return true;
}

static hf_set *evaluate(evaluation *e, hf_query_node *node, GError **error)
{
    int64_t before = g_get_monotonic_time();
    g_autoptr(hf_set) set = evaluate_kind(e, node, error);
    if (set == NULL)
        return NULL;
    node->evaluated = true;
    node->documents = hf_set_count(set);
    node->microseconds = g_get_monotonic_time() - before;
    if (e->source->count_parts && e->universe != NULL && is_proximity(node) &&
        !count_parts(e, node, error))
        return NULL;
    return g_steal_pointer(&set);
}

/* ---- words that no document has ---- */

static void say_unknown(evaluation *e, const hf_query_node *node, const hf_query_word *word)
{
    g_autofree char *name = node->field != NULL
                                ? g_strconcat(node->field->name, ":", word->written, NULL)
                                : g_strdup(word->written);
    if (g_hash_table_contains(e->said, name))
        return;
    g_hash_table_add(e->said, name);
    g_ptr_array_add(e->query->unknown, g_steal_pointer(&name));
}

/* A word of a phrase or proximity may not have been asked for, where others had excluded all documents already. */
static bool is_known(evaluation *e, const hf_query_node *node, const hf_query_word *word,
                     bool *known, GError **error)
{
    unsigned fields = hf_query_node_fields(node);
    g_autofree char *key = hf_query_word_key(word, fields);
    *known = g_hash_table_contains(e->known, key);
    if (*known || node->words->len == 1)
        return true;
    if (hf_query_word_expands(word)) {
        *known = word->expansion->len > 0;
        return true;
    }
    g_autoptr(hf_set) set = find_word(e, fields, word, error);
    if (set == NULL)
        return false;
    *known = hf_set_count(set) > 0;
    if (*known)
        g_hash_table_add(e->known, g_steal_pointer(&key));
    return true;
}

static bool note_unknown(evaluation *e, const hf_query_node *node, GError **error)
{
    for (guint i = 0; node->words != NULL && i < node->words->len; i++) {
        const hf_query_word *word = node->words->pdata[i];
        bool known = true;
        if ((word->kind == HF_QUERY_WORD_LITERAL || hf_query_word_expands(word)) &&
            !is_known(e, node, word, &known, error))
            return false;
        if (!known)
            say_unknown(e, node, word);
    }
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        if (!note_unknown(e, node->children->pdata[i], error))
            return false;
    return true;
}

/* ---- all of it ---- */

static hf_set *run(evaluation *e, GError **error)
{
    const hf_query_source *s = e->source;
    if (!check_available(e))
        return NULL;
    if (s->universe != NULL && (e->universe = s->universe(s->data, error)) == NULL)
        return NULL;
    if (s->each_text != NULL && hf_query_node_has_words(e->query->root) &&
        (e->others = hf_query_others_read(e->query->root, s, e->universe, e->known, error)) == NULL)
        return NULL;
    g_autoptr(hf_set) set = evaluate(e, e->query->root, error);
    if (set == NULL || !note_unknown(e, e->query->root, error))
        return NULL;
    return g_steal_pointer(&set);
}

hf_set *hf_query_evaluate(hf_query *query, const hf_query_source *source, hf_query_fault *fault,
                          GError **error)
{
    hf_query_fault own = {0};
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(hf_query_expansions) expansions = hf_query_expansions_new(source->index);
    evaluation e = {.query = query,
                    .source = source,
                    .fault = &own,
                    .expansions = expansions,
                    .known = known,
                    .said = said};
    g_ptr_array_set_size(query->unknown, 0);
    hf_query_node_forget(query->root);
    hf_set *set = run(&e, error);
    hf_set_free(e.universe);
    hf_query_others_free(e.others);
    if (set == NULL && own.message != NULL)
        hf_query_fault_raise(&own, fault, error);
    return set;
}

const char *const *hf_query_unknown_words(const hf_query *query, size_t *n)
{
    *n = query->unknown->len;
    return (const char *const *)(const void *)query->unknown->pdata;
}
