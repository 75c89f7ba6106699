/* expand.c -- words of the vocabulary. Every segment has its own; a word is met in each of them and in each
 * field, so what was found is united. */
#include "index/reader.h"

#include <stdlib.h>
#include <string.h>

#define PART_MOST UINT64_C(65536) /* terms that one task walks */

/* ---- stretches ---- terms of one segment that belong to one field */

typedef struct {
    const hf_vocabulary *vocabulary;
    uint64_t first, end;
    size_t skip; /* bytes of the field's prefix */
} stretch;

static void add_stretch(GArray *out, const stretch *s)
{
    if (s->first < s->end)
        g_array_append_vals(out, s, 1);
}

/* The terms of other fields lie among those of the body, behind their capital letters, with which
 * no word begins. */
static bool add_body(GArray *out, const hf_vocabulary *v, GError **error)
{
    stretch low = {.vocabulary = v}, high = {.vocabulary = v, .end = hf_vocabulary_count(v)};
    if (!hf_vocabulary_bound(v, "A", 1, &low.end, error) ||
        !hf_vocabulary_bound(v, "[", 1, &high.first, error))
        return false;
    add_stretch(out, &low);
    add_stretch(out, &high);
    return true;
}

static bool add_field(GArray *out, const hf_vocabulary *v, hf_field field, const char *prefix,
                      GError **error)
{
    char term[HF_TERM_MOST];
    char letter = hf_segment_field_prefix(field);
    stretch s = {.vocabulary = v, .skip = letter == '\0' ? 0 : 1};
    if (s.skip == 0 && *prefix == '\0')
        return add_body(out, v, error);
    if (s.skip == 0 && g_ascii_isupper(*prefix))
        return true;
    term[0] = letter;
    if (g_strlcpy(term + s.skip, prefix, sizeof term - s.skip) >= sizeof term - s.skip)
        return true;
    if (!hf_vocabulary_with_prefix(v, term, &s.first, &s.end, error))
        return false;
    add_stretch(out, &s);
    return true;
}

/* All words of the fields that begin with a prefix, as stretches; NULL on failure. */
static GArray *find_stretches(hf_index *index, unsigned fields, const char *prefix, GError **error)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(stretch));
    for (guint i = 0; i < index->segments->len; i++) {
        const hf_index_segment *s = g_ptr_array_index(index->segments, i);
        for (int field = 0; field < HF_FIELD_LAST; field++)
            if ((fields & 1u << field) &&
                !add_field(out, s->vocabulary, (hf_field)field, prefix, error))
                return NULL;
    }
    return g_steal_pointer(&out);
}

/* The next term of a walk that is a word. */
static bool next_word(hf_vocabulary_walk *walk, size_t skip, GError **error)
{
    while (hf_vocabulary_next(walk, error))
        if (walk->length != skip + 1 || !hf_segment_is_marker(walk->term, walk->length))
            return true;
    return false;
}

/* ---- words that match ---- */

/* What one task found: words behind one another in `text`, each with its zero. */
typedef struct {
    stretch part;
    GString *text;
    GArray *documents; /* of uint64_t */
} expansion_part;

typedef struct {
    hf_index_match_fn match;
    void *data;
    size_t most;
    GArray *parts; /* of expansion_part */
} expansion;

static void part_clear(void *data)
{
    expansion_part *part = data;
    if (part->text != NULL)
        g_string_free(part->text, true);
    if (part->documents != NULL)
        g_array_unref(part->documents);
}

/* Each part stops behind the first words that are too many: they are the first of all, then. */
static bool walk_part(void *data, size_t number, GError **error)
{
    expansion *x = data;
    expansion_part *part = &g_array_index(x->parts, expansion_part, number);
    size_t skip = part->part.skip;
    hf_vocabulary_walk walk;
    GError *failed = NULL;
    part->text = g_string_new(NULL);
    part->documents = g_array_new(false, false, sizeof(uint64_t));
    if (!hf_vocabulary_walk_between(part->part.vocabulary, part->part.first, part->part.end, &walk,
                                    error))
        return false;
    while (part->documents->len <= x->most && next_word(&walk, skip, &failed)) {
        if (x->match != NULL && !x->match(x->data, walk.term + skip, walk.length - skip))
            continue;
        g_string_append_len(part->text, walk.term + skip, (gssize)(walk.length - skip + 1));
        g_array_append_val(part->documents, walk.documents);
    }
    if (failed != NULL)
        g_propagate_error(error, failed);
    return failed == NULL;
}

static GArray *split(const GArray *stretches)
{
    GArray *parts = g_array_new(false, false, sizeof(expansion_part));
    g_array_set_clear_func(parts, part_clear);
    for (guint i = 0; i < stretches->len; i++) {
        stretch s = g_array_index(stretches, stretch, i);
        for (uint64_t end = s.end; s.first < end; s.first = s.end) {
            s.end = MIN(end, s.first + PART_MOST);
            const expansion_part part = {.part = s};
            g_array_append_val(parts, part);
        }
    }
    return parts;
}

static void clear_word(void *data)
{
    g_free(((hf_index_word_count *)data)->word);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(((const hf_index_word_count *)a)->word, ((const hf_index_word_count *)b)->word);
}

/* Sums up the parts, by word. */
static GArray *unite(const GArray *parts)
{
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    GArray *words = g_array_new(false, false, sizeof(hf_index_word_count));
    g_array_set_clear_func(words, clear_word);
    for (guint i = 0; i < parts->len; i++) {
        const expansion_part *part = &g_array_index(parts, expansion_part, i);
        char *word = part->text->str;
        for (guint k = 0; k < part->documents->len; k++, word += strlen(word) + 1) {
            uint64_t documents = g_array_index(part->documents, uint64_t, k);
            void *place = g_hash_table_lookup(places, word);
            if (place != NULL) {
                g_array_index(words, hf_index_word_count, GPOINTER_TO_UINT(place) - 1).documents +=
                    documents;
                continue;
            }
            const hf_index_word_count added = {g_strdup(word), documents};
            g_array_append_val(words, added);
            g_hash_table_insert(places, word, GUINT_TO_POINTER(words->len));
        }
    }
    g_array_sort(words, compare_words);
    return words;
}

GArray *hf_index_expand(hf_index *index, unsigned fields, const char *prefix,
                        hf_index_match_fn match, void *data, size_t most, bool *more,
                        GError **error)
{
    g_autoptr(GArray) stretches = find_stretches(index, fields, prefix, error);
    if (stretches == NULL)
        return NULL;
    g_autoptr(GArray) parts = split(stretches);
    expansion x = {.match = match, .data = data, .most = most, .parts = parts};
    if (!hf_index_run(index, parts->len, walk_part, &x, error))
        return NULL;
    GArray *words = unite(parts);
    *more = words->len > most;
    if (*more)
        g_array_set_size(words, (guint)most);
    return words;
}

/* ---- stems ---- */

char *hf_index_stem(const char *word)
{
    return hf_xapian_stem(word);
}
