/* lexer.h -- what the files of the lexer share: lexer.c, refuse.c. */
#pragma once
#include "query/tree.h"

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
