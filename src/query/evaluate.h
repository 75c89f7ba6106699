/* evaluate.h -- what the files share that answer a query, over the index or in one text; private to src/query. */
#pragma once
#include "query/tree.h"

/* ---- hits (hits.c) ---- what w/N and the rest mean, as pure functions over sorted arrays (holdfast-query(7)). */
typedef struct {
    uint32_t id;          /* document */
    uint32_t first, last; /* positions of its first and last word; below 2^31 */
    uint32_t term;        /* which word or phrase of the query; says nothing about what is equal */
} hf_query_hit;
/* Arrays of hits are ascending by id, first, last, without repetition; of equal hits the one of the lower term stays. */

/* A positional tree, whose leaves (words) are answered by `leaf` (a new array, or NULL to fail), over one field. */
typedef GArray *(*hf_query_leaf_fn)(void *data, const hf_query_node *leaf, GError **error);
GArray *hf_query_hits_of(const hf_query_node *node, hf_query_leaf_fn leaf, void *data,
                         GError **error);
/* Only the documents that have hits of it: appends their ids (uint32_t), ascending. Cheaper. */
bool hf_query_hits_documents(const hf_query_node *node, hf_query_leaf_fn leaf, void *data,
                             GArray *ids, GError **error);

/* ---- phrases (phrase.c) ---- Places are uint64_t, id << 32 | position, ascending, each once. */
/* Keeps of `starts` those that have a place `offset` behind. */
void hf_query_places_keep(GArray *starts, const GArray *places, uint32_t offset);
/* Moves all by `offset` towards the beginning; those that have not as many before them go. */
void hf_query_places_shift(GArray *places, uint32_t offset);
/* From how many words on a phrase is long. */
#define HF_QUERY_PHRASE_LONG 16
/* Where a long phrase begins: n terms, of which `places` knows the places; G_MAXUINT stands for any word, but not for all. */
typedef const GArray *(*hf_query_term_places_fn)(void *data, guint term);
GArray *hf_query_places_phrase(const guint *terms, guint n, hf_query_term_places_fn places,
                               void *data);
/* Hits of `length` words from there on. */
GArray *hf_query_places_hits(const GArray *starts, uint32_t length, uint32_t term);

/* ---- what words stand for (expand.c) ---- each different word of a query is looked up once in each field */
typedef struct hf_query_expansions hf_query_expansions;
hf_query_expansions *hf_query_expansions_new(hf_index *index);
void hf_query_expansions_free(hf_query_expansions *all);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_expansions, hf_query_expansions_free)
/* What was too much of a pattern. */
typedef enum {
    HF_QUERY_EXPANDED,
    HF_QUERY_EXPANDS_TOO_FAR,    /* it stands for more than HF_QUERY_EXPANSION_MAX words */
    HF_QUERY_EXPANDS_TOGETHER,   /* with the others for more than HF_QUERY_EXPANSIONS_MAX */
    HF_QUERY_EXPANDS_TOO_SLOWLY, /* more than HF_QUERY_LOOKUPS_MAX */
} hf_query_expanding;
/* Looks up a word that hf_query_word_expands, and keeps in it what it stands for in all of the fields, unless that is too
 * much. */
bool hf_query_expansions_add(hf_query_expansions *all, hf_query_word *word, unsigned fields,
                             hf_query_expanding *result, GError **error);
/* The words of the index in one of those fields; of a word that does not expand itself. */
const char *const *hf_query_expansions_words(const hf_query_expansions *all,
                                             const hf_query_word *word, hf_field field, size_t *n);

/* The `most` words that are in most documents, those first, *n of them; g_free, they stay the expansion's. */
const hf_index_word_count **hf_query_expansion_most(const GArray *expansion, guint most, guint *n);
/* What tells words apart that are looked for in these fields; g_free. */
char *hf_query_word_key(const hf_query_word *word, unsigned fields);

/* ---- positional parts of a query over the index (near.c) ---- Documents with a hit of a phrase or a proximity, whose words are
 * expanded already; of the universe only (NULL: all). Adds to `known` the keys of words that were seen to be in a document; of
 * the others nothing is said. */
hf_set *hf_query_near_evaluate(const hf_query_node *node, hf_index *index,
                               const hf_query_expansions *expansions, const hf_set *universe,
                               GHashTable *known, GError **error);

/* ---- the words of a query in one text (reader.c) ---- texts are read one after the other; for one thread */
typedef struct hf_query_reader hf_query_reader;
hf_query_reader *hf_query_reader_new(void);
void hf_query_reader_free(hf_query_reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_reader, hf_query_reader_free)
/* Will look for a word or phrase (HF_QUERY_NODE_WORDS); before the first text. The number becomes the term of its hits. */
void hf_query_reader_add(hf_query_reader *reader, const hf_query_node *node, uint32_t number);
/* Reads a text, which must outlive what is asked of it. */
void hf_query_reader_read(hf_query_reader *reader, const char *text, size_t size);
/* Whether it has any of the words, this word. */
bool hf_query_reader_has_words(const hf_query_reader *reader);
bool hf_query_reader_has(const hf_query_reader *reader, const hf_query_word *word);
/* The hits of a positional part, all of whose words were added, in the text as one of these fields (bits). */
GArray *hf_query_reader_hits(hf_query_reader *reader, unsigned fields, const hf_query_node *node);
/* Appends the bytes of a hit (hf_query_range): none for a marker, two for a character that a pair of characters has twice. */
void hf_query_reader_ranges(const hf_query_reader *reader, const hf_query_hit *hit, GArray *ranges);

/* ---- texts beside the index (others.c) ---- what the source's each_text has */
typedef struct hf_query_others hf_query_others;
/* Reads them all, each once. Adds to `known` the keys of words that one of them has. NULL if the source failed. */
hf_query_others *hf_query_others_read(const hf_query_node *root, const hf_query_source *source,
                                      const hf_set *universe, GHashTable *known, GError **error);
void hf_query_others_free(hf_query_others *others);
/* The documents that have a hit of a positional part in one of them; NULL: none has. */
const hf_set *hf_query_others_found(const hf_query_others *others, const hf_query_node *part);

/* ---- finding the hits of a query (mark.c) ---- Each hit by itself, in any order; *terms: of how many words and phrases there
 * can be any. */
GArray *hf_query_mark_hits(const hf_query *query, unsigned fields, const char *text, size_t size,
                           guint *terms);
/* Puts them in order and makes those that overlap one. */
void hf_query_mark_join(GArray *ranges);
