/* tree.h -- the syntax tree of a query and what reads it; private to src/query. */
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

/* ---- tokens of the query language (lexer.c) ---- */
typedef enum {
    HF_QUERY_TOKEN_END,
    HF_QUERY_TOKEN_OPEN,
    HF_QUERY_TOKEN_CLOSE,
    HF_QUERY_TOKEN_AND,
    HF_QUERY_TOKEN_OR,
    HF_QUERY_TOKEN_NOT,
    HF_QUERY_TOKEN_WITHIN, /* w/N */
    HF_QUERY_TOKEN_BEFORE, /* pre/N */
    HF_QUERY_TOKEN_FIELD, /* the name and its colon, or the name and `contains`, or the name before a comparison */
    HF_QUERY_TOKEN_TEXT, /* a run without white space, or the inside of quotation marks */
    HF_QUERY_TOKEN_FAULT,
} hf_query_token_kind;
typedef struct {
    hf_query_token_kind kind;
    size_t start, end;             /* bytes of the text, quotation marks included */
    size_t inner_start, inner_end; /* of text: without them */
    bool quoted;
    const hf_query_field *field;
    bool contains;     /* of a field: written with `contains` */
    unsigned distance; /* N */
} hf_query_token;
typedef struct {
    const char *text;
    size_t size, offset;
    hf_query_fault *fault;
    bool
        foreign; /* the fault is a mark of another system, which hf_query_foreign_rewrite may know */
    const char *note; /* what to say beside the rewritten query; static, or NULL */
} hf_query_lexer;
/* Reads the next token; `field` is the field whose words or values are being read, NULL outside of one. */
void hf_query_lexer_next(hf_query_lexer *lexer, const hf_query_field *field, hf_query_token *token);
/* Whether the text is read as one text token where it stands alone, so that it needs no quotation marks. */
bool hf_query_lexer_is_text(const char *text, const hf_query_field *field);

/* ---- marks of other systems (foreign.c) ---- what lists that were written for them have in place of ours */
typedef enum {
    HF_QUERY_PROXIMITY_NONE,    /* it is a text */
    HF_QUERY_PROXIMITY_OURS,    /* w/5, pre/5 */
    HF_QUERY_PROXIMITY_FOREIGN, /* near/5, /5, +5, w/s */
    HF_QUERY_PROXIMITY_LENGTH,  /* w/ without a number, or glued to a text: w/5pear */
} hf_query_proximity_kind;
typedef struct {
    hf_query_proximity_kind kind;
    bool ordered;
    unsigned
        distance; /* G_MAXUINT if it is too great for one; what is usually agreed in place of a unit */
    const char *unit; /* "sentence", "paragraph"; else NULL */
} hf_query_proximity;
/* What a run of characters asks for. */
hf_query_proximity hf_query_foreign_proximity(const char *text, size_t n);
/* The whole query with every mark of other systems that has a counterpart here written as that; g_free. */
char *hf_query_foreign_rewrite(const char *text);

/* ---- hits (hits.c) ---- what w/N and the rest mean, as pure functions over sorted arrays (holdfast-query(7)). */
typedef struct {
    uint32_t id;          /* document */
    uint32_t first, last; /* positions of its first and last word; below 2^31 */
    uint32_t term;        /* which word or phrase of the query; says nothing about what is equal */
} hf_query_hit;
/* Arrays of hf_query_hit are ascending by id, first, last, without repetition; of equal hits the one of the lower term stays. */
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
/* Looks up a word that hf_query_word_expands, and keeps in it what it stands for in all of the fields. *more: it stands for more
 * than HF_QUERY_EXPANSION_MAX. */
bool hf_query_expansions_add(hf_query_expansions *all, hf_query_word *word, unsigned fields,
                             bool *more, GError **error);
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
