/* lexer.c -- the tokens of the query language. Every character either has a meaning here, or is part of a word, or is
 * punctuation (a space), or is refused: those that dtSearch or another system gives a meaning to that they do not have here are
 * never searched as they are (domain-facts.md "Search syntax"). */
#include "query/lexer.h"

#include <string.h>

static void refuse(hf_query_lexer *lexer, size_t start, size_t end, char *message, char *advice)
{
    hf_query_fault_take(lexer->fault, lexer->text, start, end - start, message, advice);
}

static char *slice(const hf_query_lexer *lexer, size_t start, size_t end)
{
    return g_strndup(lexer->text + start, end - start);
}

gunichar hf_query_lexer_at(const hf_query_lexer *lexer, size_t offset)
{
    return offset < lexer->size ? g_utf8_get_char(lexer->text + offset) : 0;
}

size_t hf_query_lexer_after(const hf_query_lexer *lexer, size_t offset)
{
    return (size_t)(g_utf8_next_char(lexer->text + offset) - lexer->text);
}

static bool ends_run(gunichar c)
{
    return c == 0 || c == '(' || c == ')' || c == '"' || g_unichar_isspace(c);
}

size_t hf_query_lexer_run_end(const hf_query_lexer *lexer, size_t start)
{
    size_t end = start;
    while (!ends_run(hf_query_lexer_at(lexer, end)))
        end = hf_query_lexer_after(lexer, end);
    return end;
}

size_t hf_query_lexer_past_spaces(const hf_query_lexer *lexer, size_t offset)
{
    while (g_unichar_isspace(hf_query_lexer_at(lexer, offset)))
        offset = hf_query_lexer_after(lexer, offset);
    return offset;
}

bool hf_query_lexer_run_is(const hf_query_lexer *lexer, size_t start, size_t end, const char *word)
{
    return strlen(word) == end - start &&
           g_ascii_strncasecmp(lexer->text + start, word, end - start) == 0;
}

/* ---- fields ---- */

static bool is_name_character(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '-';
}

/* Bytes of a name at the beginning of a run; 0 if there is none. */
static size_t name_size(const hf_query_lexer *lexer, size_t start, size_t end)
{
    size_t at = start;
    while (g_ascii_isalpha(lexer->text[start]) && at < end && is_name_character(lexer->text[at]))
        at++;
    return at - start;
}

static bool has_colon(const hf_query_lexer *lexer, size_t start, size_t n)
{
    return n > 0 && lexer->text[start + n] == ':';
}

static void read_field(hf_query_lexer *lexer, size_t n, hf_query_token *token)
{
    token->end = token->start + n + 1;
    token->field = hf_query_field_find(lexer->text + token->start, n);
    token->kind = token->field != NULL ? HF_QUERY_TOKEN_FIELD : HF_QUERY_TOKEN_FAULT;
    if (token->field == NULL)
        hf_query_refuse_field(lexer, token->start, n);
}

/* "subject contains": two runs, of which the first is a field's name. */
static bool read_contains(const hf_query_lexer *lexer, hf_query_token *token)
{
    const hf_query_field *field =
        hf_query_field_find(lexer->text + token->start, token->end - token->start);
    size_t at = hf_query_lexer_past_spaces(lexer, token->end);
    if (field == NULL || at == token->end ||
        !hf_query_lexer_run_is(lexer, at, hf_query_lexer_run_end(lexer, at), "contains"))
        return false;
    token->kind = HF_QUERY_TOKEN_FIELD;
    token->field = field;
    token->contains = true;
    token->end = hf_query_lexer_run_end(lexer, at);
    return true;
}

/* "sent>=2001", "size > 1MB": the name is the token, what is compared comes next. */
static bool read_compared(hf_query_lexer *lexer, size_t n, hf_query_token *token)
{
    const hf_query_field *field = n > 0 ? hf_query_field_find(lexer->text + token->start, n) : NULL;
    size_t name_end = token->start + n, at = name_end;
    if (field == NULL)
        return false;
    at = hf_query_lexer_past_spaces(lexer, at);
    gunichar sign = hf_query_lexer_at(lexer, at);
    bool equals = sign == '=' && (at == name_end || strchr("><=", lexer->text[at + 1]) == NULL);
    if (sign != '<' && sign != '>' && !(equals && at == name_end))
        return false;
    token->kind = HF_QUERY_TOKEN_FIELD;
    token->field = field;
    token->end = name_end;
    bool times = field->kind == HF_QUERY_FIELD_TIME || field->kind == HF_QUERY_FIELD_SIZE;
    if (times && !equals)
        return true;
    token->kind = HF_QUERY_TOKEN_FAULT;
    g_autofree char *rest = slice(lexer, at + 1, MAX(at + 1, hf_query_lexer_run_end(lexer, at)));
    refuse(lexer, at, at + 1,
           equals ? g_strdup("a field takes a colon, and \"=\" stands for a digit of a word")
                  : g_strdup_printf("\"%c\" compares only times and sizes", (char)sign),
           g_strdup_printf("write %s:%s", field->name, *rest != '\0' ? rest : "…"));
    return true;
}

/* ---- the tokens ---- */

static void read_quoted(hf_query_lexer *lexer, bool values, hf_query_token *token)
{
    size_t start = token->start;
    const char *close = memchr(lexer->text + start + 1, '"', lexer->size - start - 1);
    token->kind = HF_QUERY_TOKEN_FAULT;
    if (close == NULL) {
        token->end = lexer->size;
        refuse(lexer, start, start + 1, g_strdup("this quotation mark has no partner"),
               g_strdup("close it, or take it out"));
        return;
    }
    token->inner_start = start + 1;
    token->inner_end = (size_t)(close - lexer->text);
    token->end = token->inner_end + 1;
    token->quoted = true;
    if (!hf_query_refuse_characters(lexer, token->inner_start, token->inner_end, !values, true))
        token->kind = HF_QUERY_TOKEN_TEXT;
}

static hf_query_token_kind operator_kind(const hf_query_lexer *lexer, size_t start, size_t end)
{
    if (hf_query_lexer_run_is(lexer, start, end, "and"))
        return HF_QUERY_TOKEN_AND;
    if (hf_query_lexer_run_is(lexer, start, end, "or"))
        return HF_QUERY_TOKEN_OR;
    return hf_query_lexer_run_is(lexer, start, end, "not") ? HF_QUERY_TOKEN_NOT
                                                           : HF_QUERY_TOKEN_TEXT;
}

/* A comparison may have spaces before what it compares with. */
static void take_compared(const hf_query_lexer *lexer, hf_query_token *token)
{
    size_t signs = strspn(lexer->text + token->start, "<>=");
    if (signs == 0 || signs != token->end - token->start)
        return;
    size_t at = hf_query_lexer_past_spaces(lexer, token->end);
    token->inner_end = token->end = MAX(token->end, hf_query_lexer_run_end(lexer, at));
}

/* A value is taken as it stands, but for what would be a field of its own. */
static void read_value(hf_query_lexer *lexer, const hf_query_field *field, hf_query_token *token)
{
    size_t n = name_size(lexer, token->start, token->end);
    if (has_colon(lexer, token->start, n) &&
        hf_query_field_find(lexer->text + token->start, n) != NULL) {
        read_field(lexer, n, token);
        return;
    }
    if (field->kind == HF_QUERY_FIELD_TIME || field->kind == HF_QUERY_FIELD_SIZE)
        take_compared(lexer, token);
    token->kind = hf_query_refuse_characters(lexer, token->start, token->end, false, false)
                      ? HF_QUERY_TOKEN_FAULT
                      : HF_QUERY_TOKEN_TEXT;
}

/* False if the run is no proximity of any system. */
static bool read_proximity(hf_query_lexer *lexer, hf_query_token *token)
{
    size_t start = token->start, end = token->end;
    hf_query_proximity near = hf_query_foreign_proximity(lexer->text + start, end - start);
    if (near.kind == HF_QUERY_PROXIMITY_NONE)
        return false;
    token->distance = near.distance;
    if (hf_query_refuse_proximity(lexer, start, end, &near))
        token->kind = HF_QUERY_TOKEN_FAULT;
    else
        token->kind = near.ordered ? HF_QUERY_TOKEN_BEFORE : HF_QUERY_TOKEN_WITHIN;
    return true;
}

static void read_run(hf_query_lexer *lexer, const hf_query_field *values, hf_query_token *token)
{
    size_t start = token->start, end = hf_query_lexer_run_end(lexer, start);
    token->inner_start = start;
    token->inner_end = token->end = end;
    token->kind = operator_kind(lexer, start, end);
    if (token->kind != HF_QUERY_TOKEN_TEXT)
        return;
    if (values != NULL) {
        read_value(lexer, values, token);
        return;
    }
    size_t n = name_size(lexer, start, end);
    if (has_colon(lexer, start, n))
        read_field(lexer, n, token);
    else if (read_compared(lexer, n, token) || read_contains(lexer, token) ||
             read_proximity(lexer, token))
        return;
    else if (hf_query_refuse_run(lexer, start, end))
        token->kind = HF_QUERY_TOKEN_FAULT;
}

void hf_query_lexer_next(hf_query_lexer *lexer, const hf_query_field *field, hf_query_token *token)
{
    lexer->offset = hf_query_lexer_past_spaces(lexer, lexer->offset);
    bool values = field != NULL && field->kind != HF_QUERY_FIELD_WORDS;
    *token = (hf_query_token){.start = lexer->offset, .end = lexer->offset};
    if (lexer->offset >= lexer->size) {
        token->kind = HF_QUERY_TOKEN_END;
        return;
    }
    char c = lexer->text[lexer->offset];
    if (c == '(' || c == ')') {
        token->kind = c == '(' ? HF_QUERY_TOKEN_OPEN : HF_QUERY_TOKEN_CLOSE;
        token->end++;
    } else if (c == '"') {
        read_quoted(lexer, values, token);
    } else {
        read_run(lexer, values ? field : NULL, token);
    }
    lexer->offset = token->end;
}

bool hf_query_lexer_is_text(const char *text, const hf_query_field *field)
{
    hf_query_fault fault = {0};
    hf_query_lexer lexer = {.text = text, .size = strlen(text), .fault = &fault};
    hf_query_token token;
    hf_query_lexer_next(&lexer, field, &token);
    hf_query_fault_clear(&fault);
    return token.kind == HF_QUERY_TOKEN_TEXT && !token.quoted && token.end == lexer.size;
}
