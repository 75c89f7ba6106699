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
    GTimeZone *zone; /* in which the days of date: and sent: begin; NULL: UTC */
} hf_query_options;
/* Longest text, and deepest nesting, that is read. */
#define HF_QUERY_TEXT_MAX (1024 * 1024)
#define HF_QUERY_DEPTH_MAX 200
/* NULL and HF_ERROR_QUERY if the text is refused: the error has all in one line, `fault` (may be NULL) has the parts and is to
 * be cleared. `options` may be NULL. */
hf_query *hf_query_parse(const char *text, const hf_query_options *options, hf_query_fault *fault,
                         GError **error);
void hf_query_free(hf_query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query, hf_query_free)
/* The text as it was given. */
const char *hf_query_source_text(const hf_query *query);
/* The query as it was read, written with all parentheses and in lower case; reads as the same query. g_free. */
char *hf_query_text(const hf_query *query);

/* ---- what is asked of the vault ---- The catalog's side of a query, filled in by whoever knows the catalog. A function that
 * is NULL makes its field unavailable: a query with it is refused. Functions return a new set, or NULL with an error:
 * HF_ERROR_NOT_FOUND and HF_ERROR_QUERY (the value names nothing, or is not of its form) refuse the query at that place,
 * with the error's message; others fail the evaluation. */
typedef hf_set *(*hf_query_value_fn)(void *data, const char *value, GError **error);
/* Both ends included; INT64_MIN + 1 and INT64_MAX are open ends. HF_TIME_NONE is never within. */
typedef hf_set *(*hf_query_range_fn)(void *data, hf_time low, hf_time high, GError **error);
typedef struct {
    void *data;
    /* All documents that searches may show: live, of the scope. Every set is cut to it, and `not` is its complement. */
    hf_set *(*universe)(void *data, GError **error);
    hf_query_value_fn matter;    /* its id */
    hf_query_value_fn custodian; /* a name or alias, compared without regard to case */
    /* Compared by hf_query_path_matches with every instance's path, path inside included. */
    hf_query_value_fn path;
    /* Lower case: a media type, the beginning of one ("image/"), or a word of hf_identify_kind. */
    hf_query_value_fn type;
    hf_query_value_fn hash;      /* 32 (MD5) or 64 (SHA-256) lower-case hexadecimal digits */
    hf_query_value_fn exception; /* a name of hf_error_item_name, or "any" */
    hf_query_range_fn sent;
    hf_query_range_fn date; /* NULL: the index's HF_COLUMN_DATE */
    /* Words come from here; NULL only if both functions are given. */
    hf_index *index;
    hf_set *(*word)(void *data, unsigned fields, const char *word, GError **error);
    hf_set *(*phrase)(void *data, unsigned fields, const char *const *words, size_t n,
                      GError **error);
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

/* ---- words and phrases that a hit may consist of (parse.c) ---- those below a `not` are not among them. */
typedef struct {
    unsigned fields; /* bits of 1 << hf_field */
    const char *const *words;
    size_t n; /* 1: a word; more: a phrase */
} hf_query_term;
/* In the order of the text. Owned by the query. */
const hf_query_term *hf_query_terms(const hf_query *query, size_t *n);

/* ---- hit marks (mark.c) ---- */
typedef struct {
    size_t start, end; /* bytes; end is the first after the hit */
    uint32_t term;     /* index in hf_query_terms; of ranges that overlap, the first's */
} hf_query_range;
/* The hits of the query's terms in `text` (valid UTF-8), which is of the field(s) `fields` (bits); phrases as a whole;
 * ascending, ranges that overlap made one. Stops after `limit` ranges (0: all). Time is linear in the text, whatever the
 * query. GArray of hf_query_range, free with g_array_unref. */
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
