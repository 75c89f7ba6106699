/* expand.c -- the words of the index that a pattern stands for. Fields are looked up apart: a pattern has far fewer words in
 * a field of names than in the texts, and a word need not be looked for where it does not stand. */
#include "query/evaluate.h"

#include <stdlib.h>
#include <string.h>

/* One pattern. */
typedef struct {
    unsigned fields;                 /* looked up so far */
    GArray *found[HF_FIELD_LAST];    /* of hf_index_word_count, ascending */
    GPtrArray *words[HF_FIELD_LAST]; /* the same, only the words; not owned */
    GHashTable *sums;                /* fields → GArray of hf_index_word_count over all of them */
} entry;

struct hf_query_expansions {
    hf_index *index;
    GHashTable *entries; /* the word as written → entry */
    uint64_t words;      /* found so far, in every field apart */
    unsigned lookups;    /* what they cost so far: HF_QUERY_LOOKUPS_MAX */
};

static void entry_free(void *data)
{
    entry *e = data;
    for (int field = 0; field < HF_FIELD_LAST; field++) {
        if (e->found[field] == NULL)
            continue;
        g_array_unref(e->found[field]);
        g_ptr_array_unref(e->words[field]);
    }
    g_hash_table_unref(e->sums);
    g_free(e);
}

hf_query_expansions *hf_query_expansions_new(hf_index *index)
{
    hf_query_expansions *all = g_new0(hf_query_expansions, 1);
    all->index = index;
    all->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    return all;
}

void hf_query_expansions_free(hf_query_expansions *all)
{
    if (all == NULL)
        return;
    g_hash_table_unref(all->entries);
    g_free(all);
}

/* A beginning of one letter leaves about a tenth of the words to be looked at, a longer one next to nothing. */
static unsigned cost_of(const hf_query_word *word)
{
    size_t beginning = strlen(word->prefix);
    return beginning == 0 ? 100 : beginning == 1 ? 10 : 1;
}

static entry *entry_of(hf_query_expansions *all, const hf_query_word *word)
{
    entry *e = g_hash_table_lookup(all->entries, word->written);
    if (e != NULL)
        return e;
    all->lookups += cost_of(word);
    e = g_new0(entry, 1);
    e->sums = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    g_hash_table_insert(all->entries, g_strdup(word->written), e);
    return e;
}

static bool matches(void *data, const char *word, size_t length)
{
    return hf_query_word_matches(data, word, length);
}

static bool look_up(hf_query_expansions *all, entry *e, hf_query_word *word, hf_field field,
                    bool *more, GError **error)
{
    GArray *found = hf_index_expand(all->index, 1u << field, word->prefix, matches, word,
                                    HF_QUERY_EXPANSION_MAX, more, error);
    if (found == NULL)
        return false;
    e->fields |= 1u << field;
    all->words += found->len;
    e->found[field] = found;
    e->words[field] = g_ptr_array_sized_new(found->len + 1);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(e->words[field], g_array_index(found, hf_index_word_count, i).word);
    return true;
}

/* ---- over several fields ---- */

static void clear_count(void *data)
{
    g_free(((hf_index_word_count *)data)->word);
}

static void append_copy(GArray *out, const hf_index_word_count *count, uint64_t more)
{
    hf_index_word_count copy = {g_strdup(count->word), count->documents + more};
    g_array_append_val(out, copy);
}

static GArray *sum_of_two(const GArray *a, const GArray *b)
{
    GArray *out = g_array_sized_new(FALSE, FALSE, sizeof(hf_index_word_count), a->len + b->len);
    g_array_set_clear_func(out, clear_count);
    for (guint i = 0, j = 0; i < a->len || j < b->len;) {
        const hf_index_word_count *x = &g_array_index(a, hf_index_word_count, i);
        const hf_index_word_count *y = &g_array_index(b, hf_index_word_count, j);
        int order = i == a->len ? 1 : j == b->len ? -1 : strcmp(x->word, y->word);
        append_copy(out, order <= 0 ? x : y, order == 0 ? y->documents : 0);
        i += order <= 0;
        j += order >= 0;
    }
    return out;
}

static GArray *sum_of(const entry *e, unsigned fields)
{
    GArray *sum = NULL;
    for (int field = 0; field < HF_FIELD_LAST; field++) {
        GArray *found = fields & 1u << field ? e->found[field] : NULL;
        if (found == NULL || (found->len == 0 && sum != NULL))
            continue;
        if (sum == NULL || sum->len == 0) {
            if (sum != NULL)
                g_array_unref(sum);
            sum = g_array_ref(found);
            continue;
        }
        GArray *both = sum_of_two(sum, found);
        g_array_unref(sum);
        sum = both;
    }
    return sum;
}

/* Looks the word up in those of the fields in which it was not. */
static bool look_up_fields(hf_query_expansions *all, entry *e, hf_query_word *word, unsigned fields,
                           hf_query_expanding *result, GError **error)
{
    for (int field = 0; field < HF_FIELD_LAST; field++) {
        bool more = false;
        if (!(fields & ~e->fields & 1u << field))
            continue;
        if (!look_up(all, e, word, (hf_field)field, &more, error))
            return false;
        *result = more                                   ? HF_QUERY_EXPANDS_TOO_FAR
                  : all->words > HF_QUERY_EXPANSIONS_MAX ? HF_QUERY_EXPANDS_TOGETHER
                                                         : HF_QUERY_EXPANDED;
        if (*result != HF_QUERY_EXPANDED)
            return true;
    }
    return true;
}

static GArray *known_sum(entry *e, unsigned fields)
{
    GArray *sum = g_hash_table_lookup(e->sums, GUINT_TO_POINTER(fields));
    if (sum == NULL) {
        sum = sum_of(e, fields);
        g_hash_table_insert(e->sums, GUINT_TO_POINTER(fields), sum);
    }
    return sum;
}

bool hf_query_expansions_add(hf_query_expansions *all, hf_query_word *word, unsigned fields,
                             hf_query_expanding *result, GError **error)
{
    entry *e = entry_of(all, word);
    *result = HF_QUERY_EXPANDS_TOO_SLOWLY;
    if (all->lookups > HF_QUERY_LOOKUPS_MAX)
        return true;
    *result = HF_QUERY_EXPANDED;
    if (!look_up_fields(all, e, word, fields, result, error))
        return false;
    if (*result != HF_QUERY_EXPANDED)
        return true;
    const GArray *sum = known_sum(e, fields);
    if (word->expansion != NULL)
        g_array_unref(word->expansion);
    word->expansion = g_array_ref((GArray *)sum);
    if (sum->len > HF_QUERY_EXPANSION_MAX)
        *result = HF_QUERY_EXPANDS_TOO_FAR;
    return true;
}

const char *const *hf_query_expansions_words(const hf_query_expansions *all,
                                             const hf_query_word *word, hf_field field, size_t *n)
{
    if (!hf_query_word_expands(word)) {
        *n = 1;
        return (const char *const *)&word->word;
    }
    const entry *e = g_hash_table_lookup(all->entries, word->written);
    const GPtrArray *words = e != NULL ? e->words[field] : NULL;
    *n = words != NULL ? words->len : 0;
    return words != NULL ? (const char *const *)(const void *)words->pdata : NULL;
}

/* ---- words by themselves ---- */

char *hf_query_word_key(const hf_query_word *word, unsigned fields)
{
    return g_strdup_printf("%x %s", fields, word->written);
}

static int more_frequent(const void *a, const void *b)
{
    const hf_index_word_count *x = *(const hf_index_word_count *const *)a;
    const hf_index_word_count *y = *(const hf_index_word_count *const *)b;
    if (x->documents != y->documents)
        return x->documents > y->documents ? -1 : 1;
    return strcmp(x->word, y->word);
}

const hf_index_word_count **hf_query_expansion_most(const GArray *expansion, guint most, guint *n)
{
    const hf_index_word_count **all = g_new(const hf_index_word_count *, expansion->len + 1);
    for (guint i = 0; i < expansion->len; i++)
        all[i] = &g_array_index(expansion, hf_index_word_count, i);
    qsort(all, expansion->len, sizeof *all, more_frequent);
    *n = MIN(most, expansion->len);
    return all;
}
