/* tree.h -- the fields, the words and the syntax tree of a query; private to src/query. The way of a query through the files:
 *
 *   read (lexer.h, parser.h)    lexer refuse foreign: text to tokens; parse words proximity unclear saved query: tokens to tree
 *   its parts (this header)     fields days sizes path fault: fields and values; pattern match regex: words; node: the tree
 *   answer (evaluate.h)         evaluate: sets; expand near phrase hits: words and places in the index; others: names beside it
 *   show (query.h)              explain; mark snippet, from reader: the same words and hits in one text; rank: the order of a page
 */
#pragma once
#include "holdfast/query.h"
#include "query/regex.h"

/* ---- fields (fields.c) ---- */
typedef enum {
    HF_QUERY_FIELD_WORDS, /* text, asked of the index */
    HF_QUERY_FIELD_VALUE, /* one value, asked of the source */
    HF_QUERY_FIELD_TIME,  /* days, in the documents' zones */
    HF_QUERY_FIELD_SIZE,  /* bytes */
} hf_query_field_kind;
typedef struct {
    const char *name;
    hf_query_field_kind kind;
    hf_query_value value; /* of a value; else HF_QUERY_NO_VALUE */
    unsigned fields;      /* for words: bits of 1 << hf_field */
    hf_column_id column;  /* for times and numbers */
    bool wildcards;       /* `*` and `?` have a meaning in a value */
} hf_query_field;
/* NULL if there is no such field; `name` in any case. */
const hf_query_field *hf_query_field_find(const char *name, size_t n);
/* The field that other systems give this name; NULL if there is none. */
const char *hf_query_field_other_name(const char *name, size_t n);
/* All names, for advice: "author, bcc, …". Static. */
const char *hf_query_field_names(void);
/* The value in its normal form; NULL with *message and *advice (allocated) if it is not of the field's form. */
char *hf_query_field_value(const hf_query_field *field, const char *text, char **message,
                           char **advice);

/* ---- days (days.c) ---- Reads "2001", "2001-05", "2001-05-04", two of them with ".." between, or one after >, >=, <, <= .
 * False with *message and *advice (allocated). */
bool hf_query_days_parse(const char *text, GTimeZone *zone, hf_time *low, hf_time *high,
                         char **message, char **advice);

/* ---- sizes (sizes.c) ---- Reads "100", "1.5MB", "100kb..2mb", "..10kb", or one after >, >=, <, <= , as bytes; KB are 1,024
 * bytes, and so on. False with *message and *advice (allocated). */
bool hf_query_sizes_parse(const char *text, int64_t *low, int64_t *high, char **message,
                          char **advice);

/* ---- faults (fault.c) ---- */
/* Fills an empty fault; a fault that is there stays, for the first is the one to show. Takes message and advice. */
void hf_query_fault_take(hf_query_fault *fault, const char *text, size_t offset, size_t length,
                         char *message, char *advice);
/* The fault in one line as HF_ERROR_QUERY; moves it to `out` if that is not NULL, else clears it. */
void hf_query_fault_raise(hf_query_fault *fault, hf_query_fault *out, GError **error);

/* ---- words (pattern.c) ---- what stands for one indexed word, or for many */
typedef enum {
    HF_QUERY_WORD_LITERAL,
    HF_QUERY_WORD_WILDCARD, /* * any characters, ? one, = one digit */
    HF_QUERY_WORD_STEM,
    HF_QUERY_WORD_FUZZY,
    HF_QUERY_WORD_PHONIC,
    HF_QUERY_WORD_NUMBERS, /* 12~~24 */
    HF_QUERY_WORD_REGEX,
    HF_QUERY_WORD_FIRST, /* the markers */
    HF_QUERY_WORD_LAST,
    HF_QUERY_WORD_ANY, /* a noise word: any one word in its place; only inside a phrase */
} hf_query_word_kind;
typedef struct {
    hf_query_word_kind kind;
    size_t start, end; /* bytes of the text */
    char *
        written; /* as it would be written again, folded: `appl*`, `apply~`, `ba%nana`, `##19[0-9]+` */
    char *word;   /* folded: the word itself, without ~ % # ##; of a wildcard with its * ? = */
    char *prefix; /* that every word it stands for begins with; "" */
    unsigned edits, fixed; /* of a fuzzy one; fixed in bytes of `word` */
    uint64_t low, high;    /* of numbers */
    char *key;             /* the stem, the soundex code */
    hf_query_regex *regex;
    /* after hf_query_evaluate, of all but literals and markers: what it stood for, with documents (hf_index_word_count) */
    GArray *expansion;
} hf_query_word;
void hf_query_word_free(hf_query_word *word);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_word, hf_query_word_free)
/* What the markers are called in a query; their `word` is the index's HF_WORD_FIRST and HF_WORD_LAST, which no text has. */
#define HF_QUERY_NAME_FIRST "xfirstword"
#define HF_QUERY_NAME_LAST "xlastword"
/* Reads one piece of a query (letters, digits, marks, `_`, pattern characters, without punctuation) of `n` bytes, whose first
 * is at `start` of the query. NULL with *message and *advice (allocated) if it cannot be searched for. */
hf_query_word *hf_query_word_read(const char *text, size_t n, size_t start, char **message,
                                  char **advice);
/* Whether it stands for this indexed word (never for a marker). Thread-safe. */
bool hf_query_word_matches(const hf_query_word *word, const char *indexed, size_t n);
/* The American Soundex code of a folded word of Latin letters, whose marks do not count; false if it has anything else.
 * Source: National Archives, "Soundex System" (h and w between two letters of one code do not part them, vowels do). */
bool hf_query_soundex(const char *word, size_t n, char code[5]);
/* Whether it has to be looked up in the vocabulary. */
bool hf_query_word_expands(const hf_query_word *word);

/* ---- the tree ---- */
typedef enum {
    HF_QUERY_NODE_AND,
    HF_QUERY_NODE_OR,
    HF_QUERY_NODE_NOT,
    HF_QUERY_NODE_WITHIN,     /* w/N: two children */
    HF_QUERY_NODE_BEFORE,     /* pre/N: two children, the left one first in the text */
    HF_QUERY_NODE_NOT_WITHIN, /* not w/N: hits of the left child that have none of the right one near */
    HF_QUERY_NODE_WORDS,      /* a word or a phrase */
    HF_QUERY_NODE_VALUE,
    HF_QUERY_NODE_RANGE, /* times and sizes */
    HF_QUERY_NODE_SAVED, /* one child, read from another text: the saved search's */
} hf_query_node_kind;

typedef struct hf_query_node {
    hf_query_node_kind kind;
    size_t start, end;           /* bytes of the text (below a saved search: of its text) */
    bool grouped;                /* stands in parentheses, which are within start and end */
    GPtrArray *children;         /* of operators and saved; else NULL */
    const hf_query_field *field; /* NULL: the default fields */
    GPtrArray *words;            /* of hf_query_word, side by side; else NULL */
    unsigned distance;           /* N of w/N */
    unsigned dropped;            /* noise words left out at the ends of a phrase */
    char *value;                 /* of value, range, saved: as given, in its normal form */
    int64_t low, high;           /* of a range; of times: as it would be in UTC */
    /* after hf_query_evaluate */
    bool evaluated;
    uint64_t documents;
    int64_t microseconds; /* with all below it */
    GArray *spans;        /* of hf_query_span: what days meant in each zone; NULL: not evaluated */
} hf_query_node;
/* Days in a zone. */
typedef struct {
    int64_t low, high;
    const char *zone; /* interned */
} hf_query_span;

hf_query_node *hf_query_node_new(hf_query_node_kind kind, size_t start, size_t end);
void hf_query_node_free(hf_query_node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_query_node, hf_query_node_free)
/* The bits that a word node searches. */
unsigned hf_query_node_fields(const hf_query_node *node);
/* Forgets what an evaluation left in it and below. */
void hf_query_node_forget(hf_query_node *node);
/* Adds a span, unless it is there. */
void hf_query_node_add_span(hf_query_node *node, const hf_query_span *span);
/* Whether it is asked of places in texts: words, or a proximity. */
bool hf_query_node_is_positional(const hf_query_node *node);
/* Whether it or something below it asks for words. */
bool hf_query_node_has_words(const hf_query_node *node);
/* The leaf as it would be written: `word`, `"a phrase"`, `field:word`, `date:2001`. Appends. */
void hf_query_node_write(const hf_query_node *node, GString *out);

struct hf_query {
    char *text;
    hf_query_node *root;
    GPtrArray *unknown; /* strings */
};
