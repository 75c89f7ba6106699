/* parser.h -- what the files of the parser share: parse.c, words.c, proximity.c. */
#pragma once
#include "query/lexer.h"

/* One reading of a query with the saved searches that it uses. */
typedef struct {
    const hf_query_options *options; /* never NULL */
    GHashTable *noise;               /* set of words; NULL: none */
    GPtrArray *saved; /* names of the saved searches that are being read; not owned */
    size_t size;      /* bytes of all texts read */
    unsigned regexes; /* regular expressions so far */
    GError *error;    /* what failed, if it was not the query's fault */
} hf_query_reading;

typedef struct {
    hf_query_lexer lexer;
    hf_query_token token;        /* the next one, not taken yet */
    const hf_query_field *field; /* whose words or values are read */
    unsigned depth;
    hf_query_reading *reading;
} hf_query_parser;

/* ---- parse.c ---- */
/* Takes message and advice; returns NULL, so that a function can end with it. */
void *hf_query_parser_refuse(hf_query_parser *p, size_t start, size_t end, char *message,
                             char *advice);
/* A part of the text; g_free. */
char *hf_query_parser_slice(const hf_query_parser *p, size_t start, size_t end);
/* The same for advice; cut if it is long. */
char *hf_query_parser_written(const hf_query_parser *p, size_t start, size_t end);
/* The whole text of the lexer; NULL with the fault. */
hf_query_node *hf_query_parser_all(hf_query_parser *p);
/* Value and ends of a range of times or sizes; false with *message and *advice (allocated). */
bool hf_query_parser_range(hf_query_node *node, const char *text, char **message, char **advice);

/* ---- query.c ---- */
/* A text of its own as a node; NULL with the fault, or with reading->error. */
hf_query_node *hf_query_parser_read(const char *text, hf_query_reading *reading,
                                    hf_query_lexer *lexer);

/* ---- words.c ---- */
/* Adds the words of a text token; false with the fault if one cannot be searched for. */
bool hf_query_words_add(hf_query_parser *p, hf_query_node *node, const hf_query_token *token);
/* After the last token: noise words get their meaning; false with the fault if nothing is left. */
bool hf_query_words_settle(hf_query_parser *p, hf_query_node *node);

/* ---- saved.c ---- */
/* The node of saved:`name`, at `start` to `end` of the text. */
hf_query_node *hf_query_saved_node(hf_query_parser *p, const hf_query_field *field,
                                   const char *name, size_t start, size_t end);

/* ---- proximity.c ---- */
/* An operator between two operands. */
typedef struct {
    hf_query_node_kind kind; /* within, before or not within */
    unsigned distance;
    size_t start, end; /* of the operator, a `not` before it included */
} hf_query_proximity_operator;
/* Both sides joined, taken over; NULL with the fault if it is not said what must be near what. */
hf_query_node *hf_query_proximity_join(hf_query_parser *p, hf_query_node *left,
                                       const hf_query_proximity_operator *nearness,
                                       hf_query_node *right);
/* Whether it is w/N, pre/N or not w/N; and whether it is one that stands without parentheses. */
bool hf_query_proximity_is_one(const hf_query_node *node);
bool hf_query_proximity_is_bare(const hf_query_node *node);
/* Whether the node has places in a text, so that something can be near it. */
bool hf_query_proximity_has_place(const hf_query_node *node);

/* ---- unclear.c ---- */
/* All return NULL, with the fault. A second value, the next token, beside the first: */
void *hf_query_unclear_values(hf_query_parser *p, const hf_query_field *field,
                              const hf_query_node *first);
/* `subject:apple pear`, pear being the next token: */
void *hf_query_unclear_reach(hf_query_parser *p, const hf_query_field *field,
                             const hf_query_node *first);
/* Two operands without an operator between, the second being the next token: */
void *hf_query_unclear_joint(hf_query_parser *p, const hf_query_node *left);
/* `a w/5 b w/3 c`, and whether there are more: */
void *hf_query_unclear_chain(hf_query_parser *p, const hf_query_node *const operands[3],
                             const hf_query_proximity_operator operators[2], bool more);
/* `not a w/5 b`: */
void *hf_query_unclear_not(hf_query_parser *p, const hf_query_node *left,
                           const hf_query_proximity_operator *nearness, const hf_query_node *right);
/* `a and b or c`; `second` is the first operator, at `at` among them, that is not like those before it: */
void *hf_query_unclear_and_or(hf_query_parser *p, const GPtrArray *operands,
                              const GArray *operators, guint at, const hf_query_token *second);
/* `a or b w/5 c`: */
void *hf_query_unclear_or(hf_query_parser *p, const GPtrArray *operands, const GArray *operators,
                          const hf_query_node *near);
