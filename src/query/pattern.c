/* pattern.c -- what a word of a query stands for. */
#include "query/tree.h"

void hf_query_word_free(hf_query_word *word)
{
    if (word == NULL)
        return;
    g_free(word->written);
    g_free(word->word);
    g_free(word->prefix);
    g_free(word->key);
    if (word->expansion != NULL)
        g_array_unref(word->expansion);
    g_free(word);
}
