/* node.c -- the nodes of the syntax tree, and how they are written. */
#include "query/tree.h"

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

/* Words that would be read as something else if they stood without quotation marks. */
static bool needs_quotes(const char *word)
{
    static const char *const words[] = {"and", "or", "not", "to", "contains", "andany", "xfilter"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(words[i], word) == 0)
            return true;
    return false;
}

static void write_words(const hf_query_node *node, GString *out)
{
    guint n = node->words->len;
    bool quoted = n > 1 || needs_quotes(((hf_query_word *)node->words->pdata[0])->written);
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
    if (node->kind == HF_QUERY_NODE_WORDS)
        write_words(node, out);
    else if (strpbrk(node->value, " \t\r\n()") != NULL || needs_quotes(node->value) ||
             !g_str_is_ascii(node->value) || strchr(node->value, ':') != NULL)
        g_string_append_printf(out, "\"%s\"", node->value);
    else
        g_string_append(out, node->value);
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
