/* explain.c -- the tree of a query as it was read, with what each node found. */
#include "query/tree.h"

static const char *operator_name(hf_query_node_kind kind)
{
    switch (kind) {
    case HF_QUERY_NODE_AND:
        return "and";
    case HF_QUERY_NODE_OR:
        return "or";
    default:
        return "not";
    }
}

static char *end_of(hf_time t, hf_time open, const char *name)
{
    return t == open ? g_strdup(name) : hf_time_format_utc(t);
}

static char *days_of(const hf_query_node *node)
{
    g_autofree char *low = end_of(node->low, INT64_MIN + 1, "the beginning");
    g_autofree char *high = end_of(node->high, INT64_MAX, "the end");
    return g_strdup_printf("%s to %s", low, high);
}

static void write_line(const hf_query_node *node, unsigned depth, GString *lines)
{
    g_autoptr(GString) what = g_string_new(NULL);
    if (node->children != NULL)
        g_string_append(what, operator_name(node->kind));
    else
        hf_query_node_write(node, what);
    if (node->kind == HF_QUERY_NODE_RANGE) {
        g_autofree char *days = days_of(node);
        g_string_append_printf(what, " (%s)", days);
    }
    g_autofree char *shown = hf_name_display(what->str, (gssize)what->len);
    g_string_append_printf(lines, "%*s%s", (int)depth * 2, "", shown);
    if (node->evaluated) {
        glong used = g_utf8_strlen(shown, -1) + (glong)depth * 2;
        g_autofree char *count = hf_table_count(node->documents);
        g_string_append_printf(lines, "%*s  %10s document%s  %8.1f ms", (int)MAX(0, 40 - used), "",
                               count, node->documents == 1 ? " " : "s",
                               (double)node->microseconds / 1000);
    }
    g_string_append_c(lines, '\n');
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
