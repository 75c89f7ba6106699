/* others.c -- texts that belong to documents and are not in the index: each is read once for all parts of a query that ask for
 * words. */
#include "query/evaluate.h"

/* A word and where it is asked for. */
typedef struct {
    const hf_query_word *word;
    unsigned fields;
    bool known;
} asked;

struct hf_query_others {
    hf_query_reader *reader;
    GPtrArray *parts;  /* positional ones */
    GHashTable *found; /* part → hf_set */
    GArray *words;     /* of asked */
    uint32_t number;
    const hf_set *universe;
};

static void free_set(void *set)
{
    hf_set_free(set);
}

void hf_query_others_free(hf_query_others *others)
{
    if (others == NULL)
        return;
    hf_query_reader_free(others->reader);
    g_ptr_array_unref(others->parts);
    g_hash_table_unref(others->found);
    g_array_unref(others->words);
    g_free(others);
}

static void add_words(hf_query_others *others, const hf_query_node *node)
{
    hf_query_reader_add(others->reader, node, others->number++);
    for (guint i = 0; i < node->words->len; i++) {
        asked one = {.word = node->words->pdata[i], .fields = hf_query_node_fields(node)};
        if (one.word->kind != HF_QUERY_WORD_ANY)
            g_array_append_val(others->words, one);
    }
}

/* All positional parts, those inside of others too. */
static void add_parts(hf_query_others *others, const hf_query_node *node)
{
    if (hf_query_node_is_positional(node))
        g_ptr_array_add(others->parts, (void *)node);
    if (node->kind == HF_QUERY_NODE_WORDS)
        add_words(others, node);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_parts(others, node->children->pdata[i]);
}

static void note_known(hf_query_others *others, hf_field field)
{
    for (guint i = 0; i < others->words->len; i++) {
        asked *one = &g_array_index(others->words, asked, i);
        if (!one->known && (one->fields & 1u << field))
            one->known = hf_query_reader_has(others->reader, one->word);
    }
}

static void find(hf_query_others *others, uint32_t document, hf_field field,
                 const hf_query_node *part)
{
    g_autoptr(GArray) hits = hf_query_reader_hits(others->reader, 1u << field, part);
    if (hits->len == 0)
        return;
    hf_set *set = g_hash_table_lookup(others->found, part);
    if (set == NULL) {
        set = hf_set_new();
        g_hash_table_insert(others->found, (void *)part, set);
    }
    hf_set_add(set, document);
}

static bool read_text(void *data, uint32_t document, hf_field field, const char *text, size_t size)
{
    hf_query_others *others = data;
    if (others->universe != NULL && !hf_set_has(others->universe, document))
        return true;
    hf_query_reader_read(others->reader, text, size);
    if (!hf_query_reader_has_words(others->reader))
        return true;
    note_known(others, field);
    for (guint i = 0; i < others->parts->len; i++)
        find(others, document, field, others->parts->pdata[i]);
    return true;
}

hf_query_others *hf_query_others_read(const hf_query_node *root, const hf_query_source *source,
                                      const hf_set *universe, GHashTable *known, GError **error)
{
    hf_query_others *others = g_new0(hf_query_others, 1);
    others->reader = hf_query_reader_new();
    others->parts = g_ptr_array_new();
    others->found = g_hash_table_new_full(NULL, NULL, NULL, free_set);
    others->words = g_array_new(FALSE, FALSE, sizeof(asked));
    others->universe = universe;
    add_parts(others, root);
    if (!source->each_text(source->data, read_text, others, error)) {
        hf_query_others_free(others);
        return NULL;
    }
    for (guint i = 0; i < others->words->len; i++) {
        const asked *one = &g_array_index(others->words, asked, i);
        if (one->known)
            g_hash_table_add(known, hf_query_word_key(one->word, one->fields));
    }
    return others;
}

const hf_set *hf_query_others_found(const hf_query_others *others, const hf_query_node *part)
{
    return g_hash_table_lookup(others->found, part);
}
