/* lexer.h -- text to tokens: lexer.c, refuse.c, foreign.c; private to src/query. */
#pragma once
#include "query/tree.h"

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

/* ---- for refuse.c (lexer.c) ---- */
/* The character at a byte; 0 at the end of the text. */
gunichar hf_query_lexer_at(const hf_query_lexer *lexer, size_t offset);
/* The byte after that character. */
size_t hf_query_lexer_after(const hf_query_lexer *lexer, size_t offset);
/* Where a run that begins here ends: at white space, a parenthesis or a quotation mark. */
size_t hf_query_lexer_run_end(const hf_query_lexer *lexer, size_t start);
/* The first character that is no space. */
size_t hf_query_lexer_past_spaces(const hf_query_lexer *lexer, size_t offset);
/* Whether the run is the word, in any case. */
bool hf_query_lexer_run_is(const hf_query_lexer *lexer, size_t start, size_t end, const char *word);

/* ---- refuse.c ---- */
/* True, with the fault, if there is a character that must not be there; `words`: of words, not of values. */
bool hf_query_refuse_characters(hf_query_lexer *lexer, size_t start, size_t end, bool words,
                                bool quoted);
/* True, with the fault, if a run cannot be a text of words. */
bool hf_query_refuse_run(hf_query_lexer *lexer, size_t start, size_t end);
/* True, with the fault, if it is not w/N or pre/N with an N that words can be apart. */
bool hf_query_refuse_proximity(hf_query_lexer *lexer, size_t start, size_t end,
                               const hf_query_proximity *near);
/* The fault of a name that is no field's; `n` bytes without the colon. */
void hf_query_refuse_field(hf_query_lexer *lexer, size_t start, size_t n);
