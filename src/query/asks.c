#include "query/tree.h"

static bool asks_words(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_WORDS)
        return true;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        if (asks_words(g_ptr_array_index(node->children, i)))
            return true;
    }
    return false;
}

bool hf_query_asks_words(const hf_query *query)
{
    return asks_words(query->root);
}
