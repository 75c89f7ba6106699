/* tests/oracle/oracle.h -- a second evaluator of the query language, to check the first one by.
 *
 * It knows nothing of src/query: its own syntax tree, its own reading of words, a scan of every text token by token, and
 * proximity over all pairs of hits. Of the product it takes the tokenizer (hf_tokens says what a word is) and the stemmer, and
 * nothing else. The meaning of every operator is that of holdfast-query(7). Plain before fast: every function in here should
 * be seen to be right by reading it. */
#pragma once
#include "holdfast/index.h"

G_BEGIN_DECLS

/* ---- words (word.c) ---- Every distinct word gets a number, so that a pattern looks at it once. */
typedef struct oracle_words oracle_words;
/* Numbers of what no text can make. */
enum { ORACLE_NO_WORD, ORACLE_FIRST_MARKER, ORACLE_LAST_MARKER, ORACLE_FIRST_WORD };
oracle_words *oracle_words_new(void);
uint32_t oracle_words_add(oracle_words *words, const char *word);
const char *oracle_words_get(const oracle_words *words, uint32_t number);
void oracle_words_free(oracle_words *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oracle_words, oracle_words_free)

/* One place in a phrase: what one word must be. */
typedef enum {
    ORACLE_LITERAL,
    ORACLE_SINGLE, /* one character of a script without spaces */
    ORACLE_WILDCARD,
    ORACLE_STEM,
    ORACLE_FUZZY,
    ORACLE_SOUND,
    ORACLE_NUMBER,
    ORACLE_REGEX,
    ORACLE_MARKER_FIRST,
    ORACLE_MARKER_LAST,
    ORACLE_ANY /* a noise word: any word in its place */
} oracle_item_kind;
typedef struct {
    oracle_item_kind kind;
    char *word;   /* folded, without the characters that make it a pattern, but for a wildcard */
    size_t fixed; /* fuzzy: characters that must be as they are */
    size_t edits; /* fuzzy */
    int64_t low, high; /* number */
    GRegex *regex;
    GByteArray *known; /* by number of the word: 0 not asked yet, 1 no, 2 yes */
} oracle_item;
void oracle_item_free(oracle_item *item);
/* One word. `number` is its number in `words`. */
bool oracle_item_is(oracle_item *item, const oracle_words *words, uint32_t number);
/* Appends to `items` what one piece of a phrase as it is written (no spaces outside of literal text, no quotes) asks for.
 * False if it is no piece of the language, or asks for no word. */
bool oracle_piece_read(const char *piece, GPtrArray *items);
/* American Soundex, four characters; false if the word has more than Latin letters. */
bool oracle_soundex(const char *word, char out[5]);

/* ---- queries (tree.c) ---- */
typedef enum {
    ORACLE_OR,
    ORACLE_AND,
    ORACLE_NOT,
    ORACLE_NEAR,     /* w/N */
    ORACLE_PRE,      /* pre/N */
    ORACLE_NOT_NEAR, /* not w/N */
    ORACLE_PHRASE,   /* a word is a phrase of one */
    ORACLE_RANGE,    /* of times or sizes */
    ORACLE_VALUE,    /* custodian:, tag: ... */
    ORACLE_SAVED     /* one child: what was saved */
} oracle_kind;
/* One end of a range of days: a civil day (the first of the range, or the first behind it), or none. */
typedef struct {
    bool open;
    int year, month, day;
} oracle_day;
typedef struct oracle_node oracle_node;
struct oracle_node {
    oracle_kind kind;
    GPtrArray *children; /* of oracle_node */
    unsigned distance;
    unsigned fields;   /* of a phrase: bits */
    GPtrArray *pieces; /* of a phrase: as it is written, of char* */
    GPtrArray *items;  /* and read, of oracle_item */
    hf_column_id column;
    oracle_day first, behind; /* of a range of times */
    int64_t low, high;        /* of a range of sizes */
    char *field, *value;      /* of a range, value, saved: as they are written */
};
oracle_node *oracle_node_new(oracle_kind kind);
void oracle_node_free(oracle_node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oracle_node, oracle_node_free)
oracle_node *oracle_node_copy(const oracle_node *node);
oracle_node *oracle_node_phrase(unsigned fields);
bool oracle_node_add_piece(oracle_node *phrase, const char *piece);
/* Noise words of a phrase become places that any word fills, at its ends they are dropped. False if nothing else is in it. */
bool oracle_node_drop_noise(oracle_node *node, const char *const *noise);
/* `field:value` of times and sizes; false if it is not one. */
bool oracle_range_read(oracle_node *range, const char *field, const char *value);
/* Field names and what they stand for: 0 if it is no field of words. */
unsigned oracle_field_mask(const char *name);
const char *oracle_field_name(unsigned mask); /* NULL: no one name has these */
/* What kind of operand it is: places of words and no and/not; a word, a phrase, or an or-group of such. */
bool oracle_is_positional(const oracle_node *node);
bool oracle_is_simple(const oracle_node *node);
/* Whether the rules let it stand: of a proximity one side is simple, the other has nothing but places of words, not w/N has
 * hits to keep, and there is a field that all have. */
bool oracle_is_valid(const oracle_node *node);
/* Fields that all leaves of it have. */
unsigned oracle_common_fields(const oracle_node *node);
/* One legal way to write it: `random` NULL gives the plainest, with all parentheses. g_free. */
char *oracle_node_write(const oracle_node *node, GRand *random);
/* The tree, one line a node; g_free. */
char *oracle_node_dump(const oracle_node *node);

/* ---- reading (parse.c) ---- for lists that people wrote; NULL and a sentence if it is not of the language. */
oracle_node *oracle_parse(const char *text, const char *const *noise, GError **error);

/* ---- documents (document.c) ---- */
typedef struct {
    uint32_t word; /* number */
    uint32_t tail; /* number of the last character of a run, as a word; 0: none */
    uint32_t position;
    uint32_t start, end; /* bytes of its text */
} oracle_token;
/* What proximity is measured in: the texts of one field, one after the other, or one text that stands alone. */
typedef struct {
    hf_field field;
    bool alone;
    GArray *tokens; /* of oracle_token, markers included */
} oracle_stretch;
typedef struct {
    uint32_t id;
    GPtrArray *stretches; /* of oracle_stretch */
    int64_t columns[HF_COLUMN_LAST];
    GTimeZone *zone;   /* NULL: UTC; owned */
    GPtrArray *values; /* of char*: "field:value" */
} oracle_document;
oracle_document *oracle_document_new(uint32_t id);
void oracle_document_free(oracle_document *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oracle_document, oracle_document_free)
/* Adds a text: to the field's others, or alone. */
void oracle_document_add_text(oracle_document *document, oracle_words *words, hf_field field,
                              bool alone, const char *text, size_t size);
/* Puts the markers; after the last text. */
void oracle_document_close(oracle_document *document);
void oracle_document_add_value(oracle_document *document, const char *field, const char *value);

/* ---- evaluating (evaluate.c) ---- */
typedef struct {
    uint32_t first, last; /* positions */
} oracle_span;
/* The hits of something positional in one stretch, ascending, each once; GArray of oracle_span. */
GArray *oracle_hits(const oracle_node *node, const oracle_words *words,
                    const oracle_stretch *stretch);
bool oracle_found(const oracle_node *node, const oracle_words *words,
                  const oracle_document *document);
/* All that is to be marked in a stretch: the hits of all positional parts that do not stand below a `not`. */
GArray *oracle_marks(const oracle_node *node, const oracle_words *words,
                     const oracle_stretch *stretch);
/* Whether `node`, a side of a proximity, holds where none of its words is near; such are refused. */
bool oracle_holds_far(const oracle_node *node);

/* ---- chance (generate.c) ---- */
typedef struct {
    hf_field field;
    bool alone; /* not in the index: a name under which it was found again */
    char *text;
} oracle_text;
typedef struct {
    uint32_t id;
    GPtrArray *texts; /* of oracle_text */
    int64_t columns[HF_COLUMN_LAST];
    unsigned zone;     /* number of the zone */
    GPtrArray *values; /* of char*: "field:value" */
} oracle_sample;
void oracle_text_free(oracle_text *text);
void oracle_sample_free(oracle_sample *sample);
oracle_sample *oracle_sample_copy(const oracle_sample *sample);
/* The zones that samples are in. */
#define ORACLE_ZONES 3
GTimeZone *oracle_zone(unsigned number);
oracle_sample *oracle_generate_sample(GRand *random, uint32_t id);
/* A valid query, most of its words from `samples`; `saved` (of oracle_node; may be empty) are saved searches "s0", "s1" ... */
oracle_node *oracle_generate_query(GRand *random, const GPtrArray *samples, const GPtrArray *saved);
/* A word, phrase or or-group of such, in all fields. */
oracle_node *oracle_generate_simple(GRand *random, const GPtrArray *samples);

/* Queries that are a little smaller than this one, not all of them valid; of oracle_node, g_ptr_array_unref. */
GPtrArray *oracle_shrink_query(const oracle_node *node);
/* Documents that are a little smaller; of oracle_sample, g_ptr_array_unref. */
GPtrArray *oracle_shrink_sample(const oracle_sample *sample);

G_END_DECLS
