/* tree.h -- the syntax tree of a query and what reads it; private to src/query. */
#pragma once
#include "holdfast/query.h"

/* ---- fields (fields.c) ---- */
typedef enum {
    HF_QUERY_FIELD_WORDS, /* text, asked of the index */
    HF_QUERY_FIELD_VALUE, /* one value, asked of the source */
    HF_QUERY_FIELD_TIME,  /* days, asked of the source */
} hf_query_field_kind;
typedef enum {
    HF_QUERY_MATTER,
    HF_QUERY_CUSTODIAN,
    HF_QUERY_PATH,
    HF_QUERY_TYPE,
    HF_QUERY_HASH,
    HF_QUERY_EXCEPTION,
    HF_QUERY_DATE,
    HF_QUERY_SENT,
    HF_QUERY_NO_VALUE,
} hf_query_value;
typedef struct {
    const char *name;
    hf_query_field_kind kind;
    hf_query_value value; /* HF_QUERY_NO_VALUE for words */
    unsigned fields;      /* for words: bits of 1 << hf_field */
    bool wildcards;       /* `*` and `?` have a meaning in a value */
} hf_query_field;
/* NULL if there is no such field; `name` in any case. */
const hf_query_field *hf_query_field_find(const char *name, size_t n);
/* All names, for advice: "author, bcc, …". Static. */
const char *hf_query_field_names(void);
/* The value in its normal form; NULL with *message and *advice (allocated) if it is not of the field's form. */
char *hf_query_field_value(const hf_query_field *field, const char *text, char **message,
                           char **advice);

/* ---- days (days.c) ---- Reads "2001", "2001-05", "2001-05-04", two of them with ".." between, or one after >, >=, <, <= .
 * False with *message and *advice (allocated). */
bool hf_query_days_parse(const char *text, GTimeZone *zone, hf_time *low, hf_time *high,
                         char **message, char **advice);

/* ---- faults (fault.c) ---- */
/* Fills an empty fault; a fault that is there stays, for the first is the one to show. Takes message and advice. */
void hf_query_fault_take(hf_query_fault *fault, const char *text, size_t offset, size_t length,
                         char *message, char *advice);
/* The fault in one line as HF_ERROR_QUERY; moves it to `out` if that is not NULL, else clears it. */
void hf_query_fault_raise(hf_query_fault *fault, hf_query_fault *out, GError **error);

/* ---- the tree ---- */
typedef enum {
    HF_QUERY_NODE_AND,
    HF_QUERY_NODE_OR,
    HF_QUERY_NODE_NOT,
    HF_QUERY_NODE_WORDS, /* a word or a phrase */
    HF_QUERY_NODE_VALUE,
    HF_QUERY_NODE_TIME,
} hf_query_node_kind;

typedef struct hf_query_node {
    hf_query_node_kind kind;
    size_t start, end;           /* bytes of the text */
    GPtrArray *children;         /* of and, or (two and more), not (one); else NULL */
    const hf_query_field *field; /* NULL: the default fields */
    GPtrArray *words;            /* of words; NULL-terminated */
    char *value;                 /* of value and time: as given, in its normal form */
    hf_time low, high;           /* of time */
    /* after hf_query_evaluate */
    bool evaluated;
    uint64_t documents;
    int64_t microseconds; /* with all below it */
} hf_query_node;

hf_query_node *hf_query_node_new(hf_query_node_kind kind, size_t start, size_t end);
void hf_query_node_free(hf_query_node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_node, hf_query_node_free)
/* The bits that a word node searches. */
unsigned hf_query_node_fields(const hf_query_node *node);
/* The leaf as it would be written: `word`, `"a phrase"`, `field:word`, `date:2001`. Appends. */
void hf_query_node_write(const hf_query_node *node, GString *out);

struct hf_query {
    char *text;
    hf_query_node *root;
    GArray *terms;      /* of hf_query_term */
    GPtrArray *unknown; /* strings */
};

/* ---- tokens of the query language (lexer.c) ---- */
typedef enum {
    HF_QUERY_TOKEN_END,
    HF_QUERY_TOKEN_OPEN,
    HF_QUERY_TOKEN_CLOSE,
    HF_QUERY_TOKEN_AND,
    HF_QUERY_TOKEN_OR,
    HF_QUERY_TOKEN_NOT,
    HF_QUERY_TOKEN_FIELD, /* the name and its colon */
    HF_QUERY_TOKEN_TEXT,  /* a run without white space, or the inside of quotation marks */
    HF_QUERY_TOKEN_FAULT,
} hf_query_token_kind;
typedef struct {
    hf_query_token_kind kind;
    size_t start, end;             /* bytes of the text, quotation marks included */
    size_t inner_start, inner_end; /* of text: without them */
    bool quoted;
    const hf_query_field *field;
} hf_query_token;
typedef struct {
    const char *text;
    size_t size, offset;
    hf_query_fault *fault;
} hf_query_lexer;
/* Reads the next token; `field` is the field whose words or values are being read, NULL outside of one. */
void hf_query_lexer_next(hf_query_lexer *lexer, const hf_query_field *field, hf_query_token *token);

/* ---- finding the hits of a query (mark.c) ---- all terms at once, one step a word (Aho and Corasick, 1975). */
typedef struct hf_query_marker hf_query_marker;
hf_query_marker *hf_query_mark_prepare(const hf_query *query, unsigned fields);
void hf_query_marker_free(hf_query_marker *marker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_marker, hf_query_marker_free)
/* How many different words and phrases it looks for. */
guint hf_query_mark_patterns(const hf_query_marker *marker);
/* Calls `hit` for the longest hit that ends at each word, ascending by its end, until it returns false. */
typedef bool (*hf_query_hit_fn)(void *data, const hf_query_range *hit);
void hf_query_mark_each(const hf_query_marker *marker, const char *text, size_t size,
                        hf_query_hit_fn hit, void *data);
