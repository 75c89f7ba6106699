/* query.c -- a query from its text: what is checked of the whole, and what is said of a text in another system's words. */
#include "query/parser.h"

#include <string.h>

/* ---- one text ---- */

static bool check_text(const char *text, hf_query_reading *reading, hf_query_fault *fault)
{
    size_t size = strlen(text);
    const char *bad;
    reading->size += size + 1;
    if (size > HF_QUERY_TEXT_MAX) {
        hf_query_fault_take(fault, text, 0, 0, g_strdup("the query is too long"),
                            g_strdup_printf("at most %d bytes are read", HF_QUERY_TEXT_MAX));
        return false;
    }
    if (reading->size > 2 * (size_t)HF_QUERY_TEXT_MAX) {
        hf_query_fault_take(fault, text, 0, 0,
                            g_strdup("the saved searches that it asks for are too long together"),
                            g_strdup_printf("at most %d bytes are read", HF_QUERY_TEXT_MAX));
        return false;
    }
    if (!g_utf8_validate(text, (gssize)size, &bad)) {
        hf_query_fault_take(fault, text, (size_t)(bad - text), 1, g_strdup("this is not UTF-8"),
                            g_strdup("write the query in UTF-8"));
        return false;
    }
    return true;
}

static bool is_marker(const hf_query_word *word)
{
    return word->kind == HF_QUERY_WORD_FIRST || word->kind == HF_QUERY_WORD_LAST;
}

/* The first words, outside of proximities, that are only markers: every text has them. */
static const hf_query_node *lone_marker(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_WORDS) {
        for (guint i = 0; i < node->words->len; i++)
            if (!is_marker(node->words->pdata[i]))
                return NULL;
        return node;
    }
    const hf_query_node *found = NULL;
    for (guint i = 0; node->children != NULL && !hf_query_proximity_is_one(node) && found == NULL &&
                      i < node->children->len;
         i++)
        found = lone_marker(node->children->pdata[i]);
    return found;
}

/* Takes the tree; NULL with the fault. */
static hf_query_node *check_markers(hf_query_parser *p, hf_query_node *root)
{
    const hf_query_node *marker = lone_marker(root);
    if (marker == NULL)
        return root;
    hf_query_parser_refuse(
        p, marker->start, marker->end,
        g_strdup("xfirstword and xlastword alone would stand for every text"),
        g_strdup("write apple w/5 xfirstword for apple among the first five words"));
    hf_query_node_free(root);
    return NULL;
}

hf_query_node *hf_query_parser_read(const char *text, hf_query_reading *reading,
                                    hf_query_lexer *lexer)
{
    if (!check_text(text, reading, lexer->fault))
        return NULL;
    lexer->text = text;
    lexer->size = strlen(text);
    hf_query_parser p = {.lexer = *lexer, .reading = reading};
    hf_query_node *root = hf_query_parser_all(&p);
    if (root != NULL)
        root = check_markers(&p, root);
    *lexer = p.lexer;
    return root;
}

/* ---- a text with its saved searches ---- */

static GHashTable *noise_words(const hf_query_options *options)
{
    if (options->noise == NULL)
        return NULL;
    GHashTable *words = g_hash_table_new(g_str_hash, g_str_equal);
    for (const char *const *word = options->noise; *word != NULL; word++)
        g_hash_table_add(words, (char *)*word);
    return words;
}

/* The tree; NULL with the fault or *error. */
static hf_query_node *read_text(const char *text, const hf_query_options *options,
                                hf_query_lexer *lexer, GError **error)
{
    g_autoptr(GHashTable) noise = noise_words(options);
    g_autoptr(GPtrArray) saved = g_ptr_array_new();
    hf_query_reading reading = {.options = options, .noise = noise, .saved = saved};
    hf_query_node *root = hf_query_parser_read(text, &reading, lexer);
    if (reading.error != NULL)
        g_propagate_error(error, reading.error);
    return root;
}

/* Longest query that is shown again in our words. */
#define REWRITTEN_MOST 2000

/* Where the whole query can be said in our words, the advice is that. */
static void advise_rewritten(const char *text, const hf_query_options *options,
                             const hf_query_lexer *refused, hf_query_fault *fault)
{
    if (!refused->foreign || strlen(text) > REWRITTEN_MOST)
        return;
    hf_query_fault ignored = {0};
    hf_query_lexer lexer = {.fault = &ignored};
    g_autofree char *rewritten = g_strstrip(hf_query_foreign_rewrite(text));
    g_autoptr(hf_query_node) root = read_text(rewritten, options, &lexer, NULL);
    hf_query_fault_clear(&ignored);
    if (root == NULL)
        return;
    g_free(fault->advice);
    fault->advice = g_strdup_printf("write %s%s%s", rewritten, refused->note != NULL ? "; " : "",
                                    refused->note != NULL ? refused->note : "");
}

hf_query *hf_query_parse(const char *text, const hf_query_options *options, hf_query_fault *fault,
                         GError **error)
{
    static const hf_query_options nothing;
    const hf_query_options *own_options = options != NULL ? options : &nothing;
    hf_query_fault own = {0};
    hf_query_lexer lexer = {.fault = &own};
    GError *failed = NULL;
    hf_query_node *root = read_text(text, own_options, &lexer, &failed);
    if (failed != NULL) {
        hf_query_fault_clear(&own);
        g_propagate_error(error, failed);
        return NULL;
    }
    if (root == NULL) {
        advise_rewritten(text, own_options, &lexer, &own);
        hf_query_fault_raise(&own, fault, error);
        return NULL;
    }
    hf_query *query = g_new0(hf_query, 1);
    query->text = g_strdup(text);
    query->root = root;
    query->unknown = g_ptr_array_new_with_free_func(g_free);
    return query;
}

void hf_query_free(hf_query *query)
{
    if (query == NULL)
        return;
    g_free(query->text);
    hf_query_node_free(query->root);
    g_ptr_array_unref(query->unknown);
    g_free(query);
}
