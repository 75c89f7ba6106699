/* rank.c -- the words by which what a query found is ordered: its own, and the most frequent of those that its patterns stand
 * for. What stands below a `not` says nothing about a document that was found. */
#include "query/evaluate.h"

#include <stdlib.h>

/* Words taken of one pattern. Frequent ones only: a rare word of thousands would outweigh all that was meant. */
#define OF_A_PATTERN 64u
/* Words in all. */
#define WORDS_MOST 512u

typedef struct {
    GPtrArray *words;
    GHashTable *seen;
} collection;

static void add(collection *c, const char *word)
{
    if (c->words->len >= WORDS_MOST || g_hash_table_contains(c->seen, word))
        return;
    char *own = g_strdup(word);
    g_ptr_array_add(c->words, own);
    g_hash_table_add(c->seen, own);
}

static void add_pattern(collection *c, const GArray *expansion)
{
    guint n;
    g_autofree const hf_index_word_count **most =
        hf_query_expansion_most(expansion, OF_A_PATTERN, &n);
    for (guint i = 0; i < n; i++)
        add(c, most[i]->word);
}

static void collect(collection *c, const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_NOT)
        return;
    for (guint i = 0; node->words != NULL && i < node->words->len; i++) {
        const hf_query_word *word = node->words->pdata[i];
        if (word->kind == HF_QUERY_WORD_LITERAL)
            add(c, word->word);
        else if (word->expansion != NULL)
            add_pattern(c, word->expansion);
    }
    guint last = node->children == NULL                   ? 0
                 : node->kind == HF_QUERY_NODE_NOT_WITHIN ? 1
                                                          : node->children->len;
    for (guint i = 0; i < last; i++)
        collect(c, node->children->pdata[i]);
}

char **hf_query_rank_words(const hf_query *query)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    collection c = {g_ptr_array_new(), seen};
    collect(&c, query->root);
    g_ptr_array_add(c.words, NULL);
    return (char **)g_ptr_array_free(c.words, FALSE);
}

static bool has_positive_words(const hf_query_node *node)
{
    bool has = node->kind == HF_QUERY_NODE_WORDS;
    for (guint i = 0; node->kind != HF_QUERY_NODE_NOT && node->children != NULL && !has &&
                      i < node->children->len;
         i++)
        has = has_positive_words(node->children->pdata[i]);
    return has;
}

bool hf_query_has_words(const hf_query *query)
{
    return has_positive_words(query->root);
}
