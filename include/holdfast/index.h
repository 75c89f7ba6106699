/* include/holdfast/index.h -- tokens to Xapian segments and back to sets (design.md "Index").
 *
 * A segment is a directory: a Xapian database, `vocabulary` (sorted words with their document
 * counts), `positions` (where the words stand), `columns` (64-bit values by document id) and `sums`
 * (sizes and checksums of these files). It covers an ascending range of document ids, holes allowed, disjoint from every other
 * segment's. Segments are never changed, only merged and replaced. Everything in here can be
 * rebuilt. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* ---- fields ---- one letter each is the term prefix. Body is searched when no field is named,
 * together with the others of HF_FIELDS_DEFAULT. */
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

/* ---- tokens (token.c) ---- the one tokenizer for indexing, queries and hit marks. Rules:
 * holdfast-query(7).
 *
 * A word is a run of letters, digits and marks (Unicode L, N, M). Everything else separates,
 * apostrophe, hyphen, @ and dot too: `can't` is the phrase `can t`, an address is a phrase. `_`
 * joins between letters and digits, and is dropped at a word's ends. Soft hyphens, joiners,
 * direction marks and variation selectors inside a word are ignored. Vulgar fractions separate.
 * Words are NFKC and case folded; accents stay.
 *
 * Scripts written without spaces (Han, kana, bopomofo, Thai, Lao, Khmer, Myanmar) become
 * overlapping pairs of characters, a character being a letter with its marks: `ABC` is `AB`
 * `BC`; one that stands alone is a word of its own. Hangul is written with spaces and makes
 * words. The index also knows the last character of each run, at the place of its last pair, so
 * that hf_index_word of one character finds it anywhere in a run (all words that begin with it).
 *
 * A word above 64 bytes is its first 48 and 16 digits of a hash of the whole. A run above 1,024
 * bytes is cut there into several words. Lines of base64 (three or more of one length of at
 * least 60) and uuencoded lines are left out. */
typedef struct {
    char word[72];     /* NFKC, case folded, UTF-8, NUL-terminated; at most 64 bytes */
    uint32_t length;   /* bytes of word */
    uint32_t start;    /* byte offset of the token in the text ... */
    uint32_t end;      /* ... and of the first byte after it */
    uint32_t position; /* counted in words; pairs count one each */
    uint32_t tail;     /* in the last pair of a run: where its second character begins; else 0 */
} hf_token;
typedef struct {
    const char *text;
    size_t size, offset;
    uint32_t position;
    bool left_out; /* an encoded block (base64, uuencode) was left out so far */
    /* private state follows */
    uint32_t state[8];
} hf_tokens;
/* `text` is UTF-8 and outlives the walk; invalid bytes separate. At most 4 GB of it are read. */
void hf_tokens_init(hf_tokens *tokens, const char *text, size_t n);
bool hf_tokens_next(hf_tokens *tokens, hf_token *out);
/* Whether a word is one character of a script without spaces, so that it stands for all words
 * that begin with it. */
bool hf_tokens_is_single(const char *word);
/* Whether the character stands inside of words; others separate them. */
bool hf_tokens_is_part(gunichar character);
/* A part of a word as words are folded, but of any length and with every `_`; g_free. NULL if it is not UTF-8. */
char *hf_tokens_fold(const char *text, size_t n);

/* ---- building ---- Terms: words of the body as they are, words of the other fields behind one
 * capital letter (folded words have none). Positions count anew in each field, so proximity
 * never crosses fields. */
/* Between two texts of one field (several recipients) lie as many positions: above the greatest
 * N of the language. */
#define HF_POSITION_GAP 10000
/* Each field has a marker before its first and after its last word. These stand for the markers
 * wherever words are asked for; no text can make them, so that a text with the word "xfirstword"
 * is no place of a marker. */
#define HF_WORD_FIRST "^"
#define HF_WORD_LAST "$"
typedef struct {
    hf_field field;
    const char *text; /* UTF-8; may be NULL */
    size_t size;
} hf_field_text;
/* 64-bit columns; times are hf_time. HF_TIME_NONE marks none. */
typedef enum {
    HF_COLUMN_DATE,        /* the review date */
    HF_COLUMN_FAMILY_DATE, /* the parent's */
    HF_COLUMN_SENT,        /* the document's own times, as its metadata gave them */
    HF_COLUMN_RECEIVED,
    HF_COLUMN_CREATED,
    HF_COLUMN_MODIFIED,
    HF_COLUMN_SIZE,     /* bytes of the native */
    HF_COLUMN_TYPE,     /* id of the media type, from the catalog */
    HF_COLUMN_FAMILY,   /* id of the family, from the catalog */
    HF_COLUMN_LANGUAGE, /* hf_index_code of the language's code; HF_TIME_NONE: not known */
    HF_COLUMN_DOMAIN,   /* id of the sender's domain, from the catalog; HF_TIME_NONE: no message */
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
    uint64_t bytes; /* on disk */
    uint64_t words; /* tokens indexed */
} hf_segment_info;

/* Collects documents in memory; hf_segment_builder_finish writes a segment directory `path`
 * (must not exist; its parent must), fsynced. Each builder is used by one thread; several may
 * run at once. */
typedef struct hf_segment_builder hf_segment_builder;
hf_segment_builder *hf_segment_builder_new(void);
/* Copies what it needs. *left_out is set if an encoded block was left out of a field. */
bool hf_segment_builder_add(hf_segment_builder *builder, const hf_index_document *document,
                            bool *left_out, GError **error);
/* Memory that the builder holds now; callers finish it above a budget (finishing takes about
 * twice as much again for a moment). Text bytes added so far. Segments of 16 MB of text are
 * built at 30 MB/s a core, smaller ones cost more in all. */
size_t hf_segment_builder_memory(const hf_segment_builder *builder);
uint64_t hf_segment_builder_text(const hf_segment_builder *builder);
bool hf_segment_builder_finish(hf_segment_builder *builder, const char *path, hf_segment_info *info,
                               GError **error);
void hf_segment_builder_free(hf_segment_builder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_segment_builder, hf_segment_builder_free)

/* Merges adjacent segments (ascending, n >= 1) into a new one at `path` in one pass, drops the
 * ids in `without` (may be NULL), checks count, id range and that positions are there, fsyncs
 * files, directory and parent. The inputs stay. If nothing remains, info->documents is 0 and
 * nothing is at `path`. */
bool hf_segment_merge(const char *const *paths, size_t n, const hf_set *without, const char *path,
                      hf_segment_info *info, GError **error);
/* Reads all of a segment: checksums, and its parts against each other and against `expected`
 * (may be NULL; its bytes are not compared). HF_ERROR_INTEGRITY says what is wrong. */
bool hf_segment_check(const char *path, const hf_segment_info *expected, GError **error);
/* The same without what only a fault in the making of the segment could break, at a fifth of
 * the cost: every file against its checksum, the documents and words against `expected`. */
bool hf_segment_check_files(const char *path, const hf_segment_info *expected, GError **error);
/* Overwrites and unlinks a segment if no reader has it open; else returns true with *busy set
 * and touches nothing. What is not there is fine. */
bool hf_segment_shred(const char *path, bool *busy, GError **error);

/* ---- reading ---- an index is a list of open segments; thread-safe; sets are the caller's.
 * Each open segment holds a shared lock (flock on its directory). Segments must not overlap.
 * `threads` of 0 or 1 uses the caller's thread alone. HF_ERROR_NOT_FOUND if a segment is not
 * there or being shredded (read the list of segments again), HF_ERROR_INTEGRITY if it is
 * damaged. */
typedef struct hf_index hf_index;
hf_index *hf_index_open(const char *const *paths, size_t n, unsigned threads, GError **error);
void hf_index_free(hf_index *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_index, hf_index_free)
#define HF_FIELDS_ALL ((1u << HF_FIELD_LAST) - 1)
#define HF_FIELDS_DEFAULT HF_FIELDS_ALL
/* Documents with `word` (as a token has it) in any of the fields (bit set of 1 << hf_field). */
hf_set *hf_index_word(hf_index *index, unsigned fields, const char *word, GError **error);
/* Documents in which a column is within [low, high]; HF_TIME_NONE never is. */
hf_set *hf_index_range(hf_index *index, hf_column_id column, int64_t low, int64_t high,
                       GError **error);
hf_set *hf_index_all(hf_index *index, GError **error);
/* A short code ("en", "zh-hant") as a column's value: its first eight bytes, lower case,
 * `?` for what is not ASCII; HF_TIME_NONE of "". And back; `out` gets a string. */
int64_t hf_index_code(const char *code);
void hf_index_code_text(int64_t value, char out[9]);
/* Calls `fn` for each document of `among` (NULL: all) that a segment holds, ascending, with its
 * values, until it returns false. */
typedef bool (*hf_index_values_fn)(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST]);
void hf_index_each_values(hf_index *index, const hf_set *among, hf_index_values_fn fn, void *data);
/* All documents that share the column's value with a document of `set`, with those of `set`: whole
 * families. HF_TIME_NONE is shared with nobody. */
hf_set *hf_index_widen(hf_index *index, hf_column_id column, const hf_set *set, GError **error);
/* All words in `fields` that begin with `prefix` and for which `match` is true (NULL: every one),
 * ascending by byte, with the number of documents; a document that has the word in several of
 * `fields` counts once for each of them. `match` is called on several threads at once, for a word
 * once in each segment and field that has it. If there are more than `most` words, *more is set
 * and the first `most` are given. */
typedef struct {
    char *word;
    uint64_t documents;
} hf_index_word_count;
typedef bool (*hf_index_match_fn)(void *data, const char *word, size_t length);
GArray *hf_index_expand(hf_index *index, unsigned fields, const char *prefix,
                        hf_index_match_fn match, void *data, size_t most, bool *more,
                        GError **error); /* frees its words */
/* The stem of a folded word (Snowball, "english"); g_free. Thread-safe. */
char *hf_index_stem(const char *word);

/* ---- asking segment by segment ---- for questions that are answered from places of words. `ask`
 * is called once for each segment, on the index's threads; what it adds to `out` is united. */
typedef struct hf_index_segment hf_index_segment;
typedef bool (*hf_index_ask_fn)(hf_index_segment *segment, void *data, hf_set *out, GError **error);
hf_set *hf_index_ask(hf_index *index, hf_index_ask_fn ask, void *data, GError **error);
/* Adds the documents that have any of the words in one field. A character for which
 * hf_tokens_is_single holds stands for all words that begin with it; HF_WORD_FIRST and
 * HF_WORD_LAST stand for the markers. */
bool hf_index_segment_any(hf_index_segment *segment, hf_field field, const char *const *words,
                          size_t n, hf_set *out, GError **error);
/* Where any of the words stand in one field: read forward, by ranges of ids that ascend. A place
 * is id << 32 | position; positions of a field's text count from 2, its first marker stands at 1,
 * its last right behind the last word. Used by one thread at a time. */
typedef struct hf_places hf_places;
hf_places *hf_places_open(hf_index_segment *segment, hf_field field, const char *const *words,
                          size_t n, GError **error);
/* Appends (uint64_t) the places in documents of `among` with ids of [low, high], ascending, each
 * once. `low` is above the `high` of the call before. */
bool hf_places_read(hf_places *places, const hf_set *among, uint32_t low, uint32_t high,
                    GArray *out, GError **error);
void hf_places_free(hf_places *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_places, hf_places_free)

/* ---- relevance ---- Scores (BM25) of `n` documents for a bag of words, for sorting one page by relevance. */
bool hf_index_rank(hf_index *index, unsigned fields, const char *const *words, size_t n_words,
                   const uint32_t *ids, size_t n, double *scores, GError **error);

G_END_DECLS
