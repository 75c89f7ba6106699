/* node.c -- the nodes of the syntax tree, and how they are written. */
#include "query/lexer.h"

#include <string.h>

hf_query_node *hf_query_node_new(hf_query_node_kind kind, size_t start, size_t end)
{
    hf_query_node *node = g_new0(hf_query_node, 1);
    node->kind = kind;
    node->start = start;
    node->end = end;
    if (kind != HF_QUERY_NODE_WORDS && kind != HF_QUERY_NODE_VALUE && kind != HF_QUERY_NODE_RANGE)
        node->children = g_ptr_array_new_with_free_func((GDestroyNotify)hf_query_node_free);
    if (kind == HF_QUERY_NODE_WORDS)
        node->words = g_ptr_array_new_with_free_func((GDestroyNotify)hf_query_word_free);
    return node;
}

void hf_query_node_free(hf_query_node *node)
{
    if (node == NULL)
        return;
    if (node->children != NULL)
        g_ptr_array_unref(node->children);
    if (node->words != NULL)
        g_ptr_array_unref(node->words);
    if (node->spans != NULL)
        g_array_unref(node->spans);
    g_free(node->value);
    g_free(node);
}

unsigned hf_query_node_fields(const hf_query_node *node)
{
    return node->field != NULL ? node->field->fields : HF_FIELDS_DEFAULT;
}

static void write_words(const hf_query_node *node, GString *out)
{
    const hf_query_word *first = node->words->pdata[0];
    guint n = node->words->len;
    bool quoted = n > 1 || !hf_query_lexer_is_text(first->written, NULL);
    g_string_append(out, quoted ? "\"" : "");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "",
                               ((hf_query_word *)node->words->pdata[i])->written);
    g_string_append(out, quoted ? "\"" : "");
}

void hf_query_node_write(const hf_query_node *node, GString *out)
{
    if (node->field != NULL)
        g_string_append_printf(out, "%s:", node->field->name);
    if (node->kind == HF_QUERY_NODE_WORDS) {
        write_words(node, out);
        return;
    }
    bool plain = node->kind == HF_QUERY_NODE_RANGE ||
                 (g_str_is_ascii(node->value) && strchr(node->value, ':') == NULL);
    bool bare = plain && hf_query_lexer_is_text(node->value, node->field);
    g_string_append_printf(out, bare ? "%s" : "\"%s\"", node->value);
}

static void write_operator(const hf_query_node *node, GString *out)
{
    switch (node->kind) {
    case HF_QUERY_NODE_AND:
        g_string_append(out, " and ");
        break;
    case HF_QUERY_NODE_OR:
        g_string_append(out, " or ");
        break;
    default:
        g_string_append_printf(out, " %s/%u ",
                               node->kind == HF_QUERY_NODE_WITHIN   ? "w"
                               : node->kind == HF_QUERY_NODE_BEFORE ? "pre"
                                                                    : "not w",
                               node->distance);
    }
}

static void write_node(const hf_query_node *node, GString *out, bool inside)
{
    if (node->children == NULL || node->kind == HF_QUERY_NODE_SAVED) {
        hf_query_node_write(node, out);
        return;
    }
    if (node->kind == HF_QUERY_NODE_NOT) {
        const hf_query_node *below = node->children->pdata[0];
        g_string_append(out, "not ");
        write_node(below, out, true);
        return;
    }
    g_string_append(out, inside ? "(" : "");
    for (guint i = 0; i < node->children->len; i++) {
        const hf_query_node *below = node->children->pdata[i];
        bool negated_side = below->kind == HF_QUERY_NODE_NOT && node->kind >= HF_QUERY_NODE_WITHIN;
        if (i > 0)
            write_operator(node, out);
        g_string_append(out, negated_side ? "(" : "");
        write_node(below, out, true);
        g_string_append(out, negated_side ? ")" : "");
    }
    g_string_append(out, inside ? ")" : "");
}

char *hf_query_text(const hf_query *query)
{
    GString *out = g_string_new(NULL);
    write_node(query->root, out, false);
    return g_string_free(out, FALSE);
}

void hf_query_node_forget(hf_query_node *node)
{
    node->evaluated = false;
    g_clear_pointer(&node->spans, g_array_unref);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        hf_query_node_forget(node->children->pdata[i]);
}

void hf_query_node_add_span(hf_query_node *node, const hf_query_span *span)
{
    if (node->spans == NULL)
        node->spans = g_array_new(FALSE, FALSE, sizeof(hf_query_span));
    hf_query_span own = {span->low, span->high, g_intern_string(span->zone)};
    for (guint i = 0; i < node->spans->len; i++)
        if (g_array_index(node->spans, hf_query_span, i).zone == own.zone)
            return;
    g_array_append_val(node->spans, own);
}

bool hf_query_node_is_positional(const hf_query_node *node)
{
    return node->kind == HF_QUERY_NODE_WORDS || node->kind == HF_QUERY_NODE_WITHIN ||
           node->kind == HF_QUERY_NODE_BEFORE || node->kind == HF_QUERY_NODE_NOT_WITHIN;
}

bool hf_query_node_has_words(const hf_query_node *node)
{
    bool has = node->kind == HF_QUERY_NODE_WORDS;
    for (guint i = 0; node->children != NULL && !has && i < node->children->len; i++)
        has = hf_query_node_has_words(node->children->pdata[i]);
    return has;
}

bool hf_query_asks_words(const hf_query *query)
{
    return hf_query_node_has_words(query->root);
}
