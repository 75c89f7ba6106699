/* explain.c -- the tree of a query as it was read, with what each node found and what its patterns stood for. */
#include "query/evaluate.h"

/* Words of a pattern's expansion that a line shows, and that JSON has unless all are asked for. */
#define WORDS_SHOWN 10
#define WORDS_WRITTEN 100

static char *operator_name(const hf_query_node *node)
{
    switch (node->kind) {
    case HF_QUERY_NODE_AND:
        return g_strdup("and");
    case HF_QUERY_NODE_OR:
        return g_strdup("or");
    case HF_QUERY_NODE_NOT:
        return g_strdup("not");
    case HF_QUERY_NODE_WITHIN:
        return g_strdup_printf("w/%u", node->distance);
    case HF_QUERY_NODE_BEFORE:
        return g_strdup_printf("pre/%u", node->distance);
    case HF_QUERY_NODE_NOT_WITHIN:
        return g_strdup_printf("not w/%u", node->distance);
    default:
        return NULL;
    }
}

/* The operator, or the leaf as it would be written. */
static char *name_of(const hf_query_node *node)
{
    char *name = operator_name(node);
    if (name != NULL)
        return name;
    GString *leaf = g_string_new(NULL);
    hf_query_node_write(node, leaf);
    return g_string_free(leaf, FALSE);
}

/* ---- ranges ---- */

static char *end_of(hf_time t, hf_time open, const char *name)
{
    return t == open ? g_strdup(name) : hf_time_format_utc(t);
}

static void write_span(const hf_query_span *span, unsigned depth, GString *out)
{
    g_string_append_printf(out, "%*s", (int)depth * 2, "");
    g_autofree char *low = end_of(span->low, INT64_MIN + 1, "the beginning");
    g_autofree char *high = end_of(span->high, INT64_MAX, "the end");
    g_string_append_printf(out, "%s to %s", low, high);
    if (span->zone != NULL && !g_str_equal(span->zone, "UTC"))
        g_string_append_printf(out, " in %s", span->zone);
    g_string_append_c(out, '\n');
}

static void write_sizes(const hf_query_node *node, unsigned depth, GString *out)
{
    g_autofree char *low = hf_table_count((uint64_t)MAX(node->low, 0));
    g_autofree char *high = hf_table_count((uint64_t)MAX(node->high, 0));
    g_string_append_printf(out, "%*s", (int)depth * 2, "");
    if (node->high == INT64_MAX)
        g_string_append_printf(out, "%s bytes or more\n", low);
    else
        g_string_append_printf(out, "%s to %s bytes\n", low, high);
}

/* A line for each zone: the same day has other ends in each. */
static void write_range(const hf_query_node *node, unsigned depth, GString *out)
{
    hf_query_span unasked = {node->low, node->high, NULL};
    if (node->field->kind == HF_QUERY_FIELD_SIZE)
        write_sizes(node, depth, out);
    else if (node->spans == NULL)
        write_span(&unasked, depth, out);
    for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
        write_span(&g_array_index(node->spans, hf_query_span, i), depth, out);
}

/* ---- words ---- */

static guint noise_inside(const hf_query_node *node)
{
    guint n = 0;
    for (guint i = 0; node->words != NULL && i < node->words->len; i++)
        n += ((const hf_query_word *)node->words->pdata[i])->kind == HF_QUERY_WORD_ANY;
    return n;
}

static void write_expansion(const hf_query_word *word, unsigned depth, GString *lines)
{
    guint n;
    g_autofree const hf_index_word_count **most =
        hf_query_expansion_most(word->expansion, WORDS_SHOWN, &n);
    g_autofree char *shown = hf_name_display(word->written, -1);
    g_autofree char *count = hf_table_count(word->expansion->len);
    g_string_append_printf(lines, "%*s%s: %s word%s", (int)depth * 2, "", shown,
                           word->expansion->len > 0 ? count : "no",
                           word->expansion->len == 1 ? "" : "s");
    for (guint i = 0; i < n; i++) {
        g_autofree char *one = hf_name_display(most[i]->word, -1);
        g_autofree char *documents = hf_table_count(most[i]->documents);
        g_string_append_printf(lines, "%s %s %s", i > 0 ? "," : ":", one, documents);
    }
    g_string_append(lines, n < word->expansion->len ? ", \xe2\x80\xa6\n" : "\n");
}

static void write_words(const hf_query_node *node, unsigned depth, GString *lines)
{
    guint noise = noise_inside(node);
    if (node->dropped > 0)
        g_string_append_printf(lines, "%*s%u noise word%s left out at the ends\n", (int)depth * 2,
                               "", node->dropped, node->dropped == 1 ? "" : "s");
    if (noise > 0)
        g_string_append_printf(lines, "%*s%u noise word%s inside: any word in %s place\n",
                               (int)depth * 2, "", noise, noise == 1 ? "" : "s",
                               noise == 1 ? "its" : "their");
    for (guint i = 0; node->words != NULL && i < node->words->len; i++) {
        const hf_query_word *word = node->words->pdata[i];
        if (word->expansion != NULL)
            write_expansion(word, depth, lines);
    }
}

/* ---- lines ---- */

static void write_line(const hf_query_node *node, unsigned depth, GString *lines)
{
    g_autofree char *name = name_of(node);
    g_autofree char *shown = hf_name_display(name, -1);
    g_string_append_printf(lines, "%*s%s", (int)depth * 2, "", shown);
    if (node->evaluated) {
        glong used = g_utf8_strlen(shown, -1) + (glong)depth * 2;
        g_autofree char *count = hf_table_count(node->documents);
        g_string_append_printf(lines, "%*s  %10s document%s  %8.1f ms", (int)MAX(0, 40 - used), "",
                               count, node->documents == 1 ? " " : "s",
                               (double)node->microseconds / 1000);
    }
    g_string_append_c(lines, '\n');
    write_words(node, depth + 1, lines);
    if (node->kind == HF_QUERY_NODE_RANGE)
        write_range(node, depth + 1, lines);
}

static void write_node(const hf_query_node *node, unsigned depth, GString *lines)
{
    write_line(node, depth, lines);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        write_node(node->children->pdata[i], depth + 1, lines);
}

char *hf_query_explain(const hf_query *query)
{
    GString *lines = g_string_new(NULL);
    write_node(query->root, 0, lines);
    return g_string_free(lines, FALSE);
}

/* ---- JSON ---- */

static const char *kind_name(hf_query_node_kind kind)
{
    static const char *const names[] = {
        [HF_QUERY_NODE_AND] = "and",       [HF_QUERY_NODE_OR] = "or",
        [HF_QUERY_NODE_NOT] = "not",       [HF_QUERY_NODE_WITHIN] = "within",
        [HF_QUERY_NODE_BEFORE] = "before", [HF_QUERY_NODE_NOT_WITHIN] = "not-within",
        [HF_QUERY_NODE_WORDS] = "words",   [HF_QUERY_NODE_VALUE] = "value",
        [HF_QUERY_NODE_RANGE] = "range",   [HF_QUERY_NODE_SAVED] = "saved",
    };
    return names[kind];
}

static void write_json_expansion(const hf_query_word *word, bool all_words, hf_json *json)
{
    guint n;
    g_autofree const hf_index_word_count **most = hf_query_expansion_most(
        word->expansion, all_words ? word->expansion->len : WORDS_WRITTEN, &n);
    hf_json_object(json);
    hf_json_pair(json, "word", word->written);
    hf_json_pair_int(json, "words", word->expansion->len);
    hf_json_key(json, "most_frequent");
    hf_json_array(json);
    for (guint i = 0; i < n; i++) {
        hf_json_object(json);
        hf_json_pair(json, "word", most[i]->word);
        hf_json_pair_int(json, "documents", (int64_t)most[i]->documents);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
    hf_json_end_object(json);
}

static void write_json_words(const hf_query_node *node, bool all_words, hf_json *json)
{
    hf_json_pair_int(json, "noise_words_left_out", node->dropped);
    hf_json_pair_int(json, "noise_words_inside", noise_inside(node));
    hf_json_key(json, "expansions");
    hf_json_array(json);
    for (guint i = 0; i < node->words->len; i++) {
        const hf_query_word *word = node->words->pdata[i];
        if (word->expansion != NULL)
            write_json_expansion(word, all_words, json);
    }
    hf_json_end_array(json);
}

/* An end that is open is null. */
static void write_json_span(const hf_query_span *span, hf_json *json)
{
    hf_json_object(json);
    hf_json_pair(json, "zone", span->zone);
    hf_json_pair_time(json, "from", span->low == INT64_MIN + 1 ? HF_TIME_NONE : span->low);
    hf_json_pair_time(json, "to", span->high == INT64_MAX ? HF_TIME_NONE : span->high);
    hf_json_end_object(json);
}

static void write_json_range(const hf_query_node *node, hf_json *json)
{
    if (node->field->kind == HF_QUERY_FIELD_SIZE) {
        hf_json_pair_int(json, "from", MAX(node->low, 0));
        if (node->high != INT64_MAX)
            hf_json_pair_int(json, "to", node->high);
        return;
    }
    hf_json_key(json, "spans");
    hf_json_array(json);
    for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
        write_json_span(&g_array_index(node->spans, hf_query_span, i), json);
    hf_json_end_array(json);
}

/* Trees may be deeper than hf_json can be, so that children are not nested: each names its parent by its place in the list. */
static void write_json_node(const hf_query_node *node, int64_t parent, int64_t *number,
                            bool all_words, hf_json *json)
{
    int64_t own = (*number)++;
    g_autofree char *name = name_of(node);
    hf_json_object(json);
    hf_json_pair_int(json, "node", own);
    hf_json_key(json, "parent");
    if (parent < 0)
        hf_json_null(json);
    else
        hf_json_int(json, parent);
    hf_json_pair(json, "kind", kind_name(node->kind));
    hf_json_pair(json, "text", name);
    hf_json_pair_int(json, "start", (int64_t)node->start);
    hf_json_pair_int(json, "end", (int64_t)node->end);
    if (node->evaluated) {
        hf_json_pair_int(json, "documents", (int64_t)node->documents);
        hf_json_pair_int(json, "microseconds", node->microseconds);
    }
    if (node->kind == HF_QUERY_NODE_WORDS)
        write_json_words(node, all_words, json);
    else if (node->kind == HF_QUERY_NODE_RANGE)
        write_json_range(node, json);
    hf_json_end_object(json);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        write_json_node(node->children->pdata[i], own, number, all_words, json);
}

void hf_query_explain_json(const hf_query *query, bool all_words, hf_json *json)
{
    int64_t number = 0;
    hf_json_array(json);
    write_json_node(query->root, -1, &number, all_words, json);
    hf_json_end_array(json);
}
