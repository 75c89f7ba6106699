/* include/holdfast/index.h -- tokens to Xapian segments and back to sets (design.md "Index").
 *
 * A segment is a directory: a Xapian database, `vocabulary` (sorted words with their document counts) and `columns` (64-bit
 * values by document id). It covers an ascending range of document ids, holes allowed, disjoint from every other
 * segment's. Segments are never changed, only merged and replaced. Everything in here can be rebuilt. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* ---- fields ---- one letter each is the term prefix. Body is searched when no field is named, together with the others
 * of HF_FIELDS_DEFAULT. */
typedef enum {
    HF_FIELD_BODY,
    HF_FIELD_SUBJECT,
    HF_FIELD_FROM,
    HF_FIELD_TO,
    HF_FIELD_CC,
    HF_FIELD_BCC,
    HF_FIELD_TITLE,
    HF_FIELD_AUTHOR,
    HF_FIELD_FILENAME,
    HF_FIELD_OTHER, /* other metadata: keywords, company, properties */
    HF_FIELD_LAST
} hf_field;
const char *hf_index_field_name(hf_field field);

/* ---- tokens (token.c) ---- the one tokenizer for indexing, queries and hit marks. Rules: holdfast-query(7). */
typedef struct {
    char word[72];    /* NFKC, case folded, UTF-8, NUL-terminated; at most 64 bytes (longer: prefix and hash) */
    uint32_t length;  /* bytes of word */
    uint32_t start;   /* byte offset of the token in the text ... */
    uint32_t end;     /* ... and of the first byte after it */
    uint32_t position; /* counted in words; CJK bigrams count one each */
} hf_token;
typedef struct {
    const char *text;
    size_t size, offset;
    uint32_t position;
    bool left_out; /* an encoded block (base64, uuencode) was left out so far */
    /* private state follows */
    uint32_t state[8];
} hf_tokens;
/* `text` is valid UTF-8 and outlives the walk. */
void hf_tokens_init(hf_tokens *tokens, const char *text, size_t n);
bool hf_tokens_next(hf_tokens *tokens, hf_token *out);

/* ---- building ---- */
typedef struct {
    hf_field field;
    const char *text; /* UTF-8; may be NULL */
    size_t size;
} hf_field_text;
/* 64-bit columns; times are hf_time. HF_TIME_NONE marks none. */
typedef enum {
    HF_COLUMN_DATE,        /* the review date */
    HF_COLUMN_FAMILY_DATE, /* the parent's */
    HF_COLUMN_SIZE,        /* bytes of the native */
    HF_COLUMN_TYPE,        /* id of the media type, from the catalog */
    HF_COLUMN_LAST
} hf_column_id;
typedef struct {
    uint32_t id; /* > 0, ascending */
    const hf_field_text *fields;
    size_t n_fields;
    int64_t columns[HF_COLUMN_LAST];
} hf_index_document;
typedef struct {
    uint32_t first, last; /* ids */
    uint32_t documents;
    uint64_t bytes;       /* on disk */
    uint64_t words;       /* tokens indexed */
} hf_segment_info;

/* Collects documents in memory; hf_segment_builder_finish writes a segment directory `path` (must not exist; its parent
 * must), fsynced. Each builder is used by one thread; several may run at once. */
typedef struct hf_segment_builder hf_segment_builder;
hf_segment_builder *hf_segment_builder_new(void);
/* Copies what it needs. *left_out is set if an encoded block was left out of a field. */
bool hf_segment_builder_add(hf_segment_builder *builder, const hf_index_document *document, bool *left_out,
                            GError **error);
/* Memory that the builder holds now; callers finish it above a budget. Text bytes added so far. */
size_t hf_segment_builder_memory(const hf_segment_builder *builder);
uint64_t hf_segment_builder_text(const hf_segment_builder *builder);
bool hf_segment_builder_finish(hf_segment_builder *builder, const char *path, hf_segment_info *info, GError **error);
void hf_segment_builder_free(hf_segment_builder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_segment_builder, hf_segment_builder_free)

/* Merges adjacent segments (ascending, n >= 1) into a new one at `path` in one pass, drops the ids in `without` (may be NULL),
 * checks count, id range and that positions are there, fsyncs files, directory and parent. The inputs stay. */
bool hf_segment_merge(const char *const *paths, size_t n, const hf_set *without, const char *path,
                      hf_segment_info *info, GError **error);
/* Opens and checks a segment's parts against each other and against `expected`. HF_ERROR_INTEGRITY says what is wrong. */
bool hf_segment_check(const char *path, const hf_segment_info *expected, GError **error);
/* Overwrites and unlinks a segment if no reader has it open; *busy is set if one has. */
bool hf_segment_shred(const char *path, bool *busy, GError **error);

/* ---- reading ---- an index is a list of open segments; thread-safe; sets are the caller's. */
typedef struct hf_index hf_index;
hf_index *hf_index_open(const char *const *paths, size_t n, unsigned threads, GError **error);
void hf_index_free(hf_index *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_index, hf_index_free)
#define HF_FIELDS_ALL ((1u << HF_FIELD_LAST) - 1)
#define HF_FIELDS_DEFAULT HF_FIELDS_ALL
/* Documents with `word` (as a token has it) in any of the fields (bit set of 1 << hf_field). */
hf_set *hf_index_word(hf_index *index, unsigned fields, const char *word, GError **error);
/* Documents with the words at ascending adjacent positions in one field. */
hf_set *hf_index_phrase(hf_index *index, unsigned fields, const char *const *words, size_t n, GError **error);
/* Documents in which a column is within [low, high]; HF_TIME_NONE never is. */
hf_set *hf_index_range(hf_index *index, hf_column_id column, int64_t low, int64_t high, GError **error);
hf_set *hf_index_all(hf_index *index, GError **error);
/* Value of a column for one document; false if no segment holds the document. */
bool hf_index_value(hf_index *index, hf_column_id column, uint32_t id, int64_t *value);
/* Words of the vocabulary that begin with `prefix`, with the number of documents, ascending; called for each until it
 * returns false. */
typedef bool (*hf_index_word_fn)(void *data, const char *word, uint64_t documents);
bool hf_index_words(hf_index *index, unsigned fields, const char *prefix, hf_index_word_fn fn, void *data,
                    GError **error);
/* Scores (BM25) of `n` documents for a bag of words, for sorting one page by relevance. */
bool hf_index_rank(hf_index *index, unsigned fields, const char *const *words, size_t n_words, const uint32_t *ids,
                   size_t n, double *scores, GError **error);

G_END_DECLS
