/* Smaller queries and documents, to find the smallest that still shows a difference. */
#include "oracle/oracle.h"
#include <string.h>

/* Copies the node with another child at `i`, which it takes. */
static oracle_node *with_child(const oracle_node *node, guint i, oracle_node *child)
{
    oracle_node *copy = oracle_node_copy(node);
    oracle_node_free(g_ptr_array_index(copy->children, i));
    copy->children->pdata[i] = child;
    return copy;
}

static oracle_node *without_piece(const oracle_node *phrase, guint without)
{
    oracle_node *copy = oracle_node_phrase(phrase->fields);
    for (guint i = 0; i < phrase->pieces->len; i++)
        if (i != without)
            oracle_node_add_piece(copy, g_ptr_array_index(phrase->pieces, i));
    return copy;
}

GPtrArray *oracle_shrink_query(const oracle_node *node)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_node_free);
    for (guint i = 0; i < node->children->len; i++) {
        const oracle_node *child = g_ptr_array_index(node->children, i);
        g_ptr_array_add(out, oracle_node_copy(child));
        if (node->children->len > 2) {
            oracle_node *fewer = oracle_node_copy(node);
            g_ptr_array_remove_index(fewer->children, i);
            g_ptr_array_add(out, fewer);
        }
        if (node->kind == ORACLE_SAVED)
            continue;
        g_autoptr(GPtrArray) smaller = oracle_shrink_query(child);
        for (guint k = 0; k < smaller->len; k++)
            g_ptr_array_add(out,
                            with_child(node, i, oracle_node_copy(g_ptr_array_index(smaller, k))));
    }
    for (guint i = 0; node->pieces->len > 1 && i < node->pieces->len; i++)
        g_ptr_array_add(out, without_piece(node, i));
    if (node->kind == ORACLE_PHRASE && node->fields != HF_FIELDS_ALL) {
        oracle_node *wider = oracle_node_copy(node);
        wider->fields = HF_FIELDS_ALL;
        g_ptr_array_add(out, wider);
    }
    return out;
}

/* `text` without the n bytes at `at`; takes nothing. */
static oracle_sample *without_bytes(const oracle_sample *sample, guint which, gsize at, gsize n)
{
    oracle_sample *copy = oracle_sample_copy(sample);
    oracle_text *text = g_ptr_array_index(copy->texts, which);
    memmove(text->text + at, text->text + at + n, strlen(text->text + at + n) + 1);
    return copy;
}

GPtrArray *oracle_shrink_sample(const oracle_sample *sample)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_sample_free);
    for (guint i = 0; i < sample->texts->len; i++) {
        oracle_sample *fewer = oracle_sample_copy(sample);
        g_ptr_array_remove_index(fewer->texts, i);
        g_ptr_array_add(out, fewer);
        const char *text = ((const oracle_text *)g_ptr_array_index(sample->texts, i))->text;
        /* Half of it, then word by word. */
        const char *middle = strchr(text + strlen(text) / 2, ' ');
        if (middle != NULL) {
            g_ptr_array_add(out, without_bytes(sample, i, 0, (gsize)(middle - text)));
            g_ptr_array_add(out, without_bytes(sample, i, (gsize)(middle - text), strlen(middle)));
        }
        for (const char *word = text; *word != '\0';) {
            gsize n = strcspn(word, " \n,./@") + 1;
            n = MIN(n, strlen(word));
            g_ptr_array_add(out, without_bytes(sample, i, (gsize)(word - text), n));
            word += n;
        }
    }
    return out;
}
