/* include/holdfast/query.h -- text to syntax tree to a set of documents, explained. The language: holdfast-query(7).
 *
 * A query that cannot be answered exactly is refused with the place, the reason and what to write instead; it is never
 * rewritten, and no character of it is dropped in silence. What a later version of the language will give a meaning to is
 * refused now, so that no query changes its meaning later. */
#pragma once
#include "holdfast/base.h"
#include "holdfast/index.h"

G_BEGIN_DECLS

/* ---- faults (fault.c) ---- why a query was refused, and where. */
typedef struct {
    size_t offset;   /* bytes from the beginning of the text */
    size_t length;   /* bytes; 0 at the end of the text */
    unsigned column; /* characters, from 1 */
    char *message;   /* one sentence without a full stop: what is wrong */
    char *advice;    /* what to write instead; NULL if there is nothing to say */
} hf_query_fault;
void hf_query_fault_clear(hf_query_fault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_query_fault, hf_query_fault_clear)
/* Three lines for a terminal of `width` columns (0: 80): the query (or the part of it around the fault), a line with carets
 * below what is wrong, and message and advice. Safe to print. Free with g_free. */
char *hf_query_fault_format(const hf_query_fault *fault, const char *text, unsigned width);

/* ---- reading (parse.c) ---- */
typedef struct hf_query hf_query;
typedef struct {
    /* Words that match any word in their place inside a phrase (dtSearch's noise words), folded; NULL: none. */
    const char *const *noise;
    /* The text of a saved search, for saved:NAME; g_free. NULL: saved: is refused. HF_ERROR_NOT_FOUND refuses the query. */
    char *(*saved)(void *data, const char *name, GError **error);
    void *data;
} hf_query_options;
/* Longest text, and deepest nesting, that is read. */
#define HF_QUERY_TEXT_MAX (1024 * 1024)
#define HF_QUERY_DEPTH_MAX 200
/* Proximities inside of one another. */
#define HF_QUERY_NEAR_DEPTH_MAX 20
/* Greatest N of w/N; below HF_POSITION_GAP, so that nothing is near across texts. */
#define HF_QUERY_DISTANCE_MAX 9999
/* Words that one pattern may stand for: above it the query is refused. */
#define HF_QUERY_EXPANSION_MAX 100000
/* Words that the different patterns of a query may stand for together: what bounds its memory. */
#define HF_QUERY_EXPANSIONS_MAX 500000
/* What looking patterns up may cost: 100 for one without a beginning of its own (all words are looked at), 10 for one that
 * begins with one letter, 1 for others. What bounds its time. */
#define HF_QUERY_LOOKUPS_MAX 10000
/* NULL and HF_ERROR_QUERY if the text is refused: the error has all in one line, `fault` (may be NULL) has the parts and is to
 * be cleared. `options` may be NULL. */
hf_query *hf_query_parse(const char *text, const hf_query_options *options, hf_query_fault *fault,
                         GError **error);
void hf_query_free(hf_query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query, hf_query_free)
/* The query as it was read, written with all parentheses and in lower case; reads as the same query. g_free. */
char *hf_query_text(const hf_query *query);

/* ---- what is asked of the vault ---- The catalog's side of a query, filled in by whoever knows the catalog. A function that
 * is NULL makes its field unavailable: a query with it is refused. Functions return a new set, or NULL with an error:
 * HF_ERROR_NOT_FOUND and HF_ERROR_QUERY (the value names nothing, or is not of its form) refuse the query at that place,
 * with the error's message; others fail the evaluation. */
typedef enum {
    HF_QUERY_MATTER,    /* its id */
    HF_QUERY_CUSTODIAN, /* a name or alias, compared without regard to case */
    HF_QUERY_SOURCE,    /* the root of a source, by hf_query_path_matches, or its number */
    HF_QUERY_PATH, /* by hf_query_path_matches with every instance's path, path inside included */
    HF_QUERY_TYPE, /* lower case: a media type, the beginning of one ("image/"), or a word of hf_identify_kind */
    HF_QUERY_MIME,       /* lower case: a media type, or the beginning of one */
    HF_QUERY_LANGUAGE,   /* lower case: a code ("en", "zh-hant"), or "none" */
    HF_QUERY_MSGID,      /* a Message-ID without its angle brackets, case kept */
    HF_QUERY_HAS,        /* lower case: one of hf_query_has_names */
    HF_QUERY_TAG,        /* its name, or "any" */
    HF_QUERY_HOLD,       /* its name, or "any" */
    HF_QUERY_PRODUCTION, /* its name, or "any" */
    HF_QUERY_BATES,      /* a number, or two with ".." between */
    HF_QUERY_EXCEPTION,  /* a name of hf_error_item_name, or "any" */
    HF_QUERY_HASH,       /* 32 (MD5) or 64 (SHA-256) lower-case hexadecimal digits */
    HF_QUERY_SAVED,      /* never asked of the source: see hf_query_options */
    HF_QUERY_NO_VALUE,
} hf_query_value;
/* What has: may ask for, NULL-terminated, static: attachment, parent, text, no-text, partial-text, date, exception, tag,
 * hidden, tracked-changes, comments, macros, encrypted, signed, encoded. */
const char *const *hf_query_has_names(void);
/* A zone of time and the documents whose times are read in it: their matter's. */
typedef struct {
    GTimeZone *zone;
    hf_set *documents; /* NULL: all */
} hf_query_zone;
/* A text that belongs to a document and is not in the index (the name of a duplicate). */
typedef bool (*hf_query_text_fn)(void *data, uint32_t document, hf_field field, const char *text,
                                 size_t size);
typedef struct {
    void *data;
    /* All documents that searches may show: live, of the scope. Every set is cut to it, and `not` is its complement. */
    hf_set *(*universe)(void *data, GError **error);
    hf_set *(*value)(void *data, hf_query_value which, const char *value, GError **error);
    /* Times and sizes; NULL: the index's columns. Both ends included; INT64_MIN + 1 and INT64_MAX are open ends.
     * HF_TIME_NONE is never within. */
    hf_set *(*range)(void *data, hf_column_id column, int64_t low, int64_t high, GError **error);
    /* Disjoint, together all documents; none: UTC for all. */
    const hf_query_zone *zones;
    size_t n_zones;
    hf_index *index; /* words come from here */
    /* Every text that the index does not know; may be NULL. False from the function stops. */
    bool (*each_text)(void *data, hf_query_text_fn fn, void *fn_data, GError **error);
    /* For an explanation: also evaluates by itself what stands inside of a proximity, so that every node has its count. */
    bool count_parts;
} hf_query_source;

/* ---- evaluating (evaluate.c) ---- */
/* The documents that the query finds; free with hf_set_free. Counts and times of every node are kept in the query. NULL with
 * HF_ERROR_QUERY (and the fault, as by hf_query_parse) if it asks for what the source has not. One thread at a time. */
hf_set *hf_query_evaluate(hf_query *query, const hf_query_source *source, hf_query_fault *fault,
                          GError **error);
/* Words of the query that no document has (in the field asked for), as "word" or "field:word", in the order of the text, each
 * once; after hf_query_evaluate. Owned by the query. */
const char *const *hf_query_unknown_words(const hf_query *query, size_t *n);

/* ---- explaining (explain.c) ---- the tree as read, one line a node, indented; after hf_query_evaluate with the documents
 * and the time of each. Free with g_free. */
char *hf_query_explain(const hf_query *query);
/* The same as an array of objects, one a node, parents before their children: node (its number), parent (number or null), kind
 * (and, or, not, within, before, not-within, words, value, range, saved), text, start and end (bytes of the query, below a saved
 * search of its text), documents and microseconds (once evaluated); of words noise_words_left_out, noise_words_inside and
 * expansions (word, words: their number, most_frequent: word and documents, the first hundred unless `all_words`); of days spans
 * (zone, from, to), of sizes from and to. */
void hf_query_explain_json(const hf_query *query, bool all_words, hf_json *json);

/* Whether it asks for any word outside of a `not`, so that a text can have hits. */
bool hf_query_has_words(const hf_query *query);
/* Whether it asks for any word at all, below a `not` too: so that what a document's text does not tell changes the answer. */
bool hf_query_asks_words(const hf_query *query);
/* The words that it asks for outside of a `not`, with the most frequent of those that its patterns stood for when it was
 * evaluated, some hundreds at most; for hf_index_rank. NULL-terminated, each once; g_strfreev. */
char **hf_query_rank_words(const hf_query *query);

/* ---- hit marks (mark.c) ---- */
typedef struct {
    size_t start, end; /* bytes; end is the first after the hit */
    uint32_t
        term; /* which word or phrase of the query, in the order of its text; of ranges that overlap, the first's */
} hf_query_range;
/* The hits of the query in `text` (valid UTF-8), which is of the field(s) `fields` (bits), as the query means them: of a
 * phrase as a whole, of a proximity only those that are near. What stands below a `not` has none. Ascending, ranges that
 * overlap made one. Stops after `limit` ranges (0: all). GArray of hf_query_range, free with g_array_unref. */
GArray *hf_query_mark(const hf_query *query, unsigned fields, const char *text, size_t size,
                      size_t limit);

/* ---- snippets (snippet.c) ---- */
typedef struct {
    /* One line: white space folded, control characters are spaces; "…" where it was cut. */
    char *text;
    GArray *marks; /* of hf_query_range, in `text` */
} hf_query_snippet;
void hf_query_snippet_clear(hf_query_snippet *snippet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_query_snippet, hf_query_snippet_clear)
/* About `width` characters (never more, "…" included) around the place with most of the query's terms; the beginning of the
 * text if it has none. Cut between words where there are any. */
void hf_query_snippet_make(const hf_query *query, unsigned fields, const char *text, size_t size,
                           size_t width, hf_query_snippet *snippet);

/* ---- paths (path.c) ---- Whether `path` (any bytes) is what path:`pattern` asks for, without regard to case. Without `*` and `?`
 * the pattern may stand anywhere in the path. With them it must match from the path's beginning, or from any folder on, to
 * the path's end; both also match '/'. */
bool hf_query_path_matches(const char *pattern, const char *path);

G_END_DECLS
