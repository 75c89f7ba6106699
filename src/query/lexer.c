/* lexer.c -- the tokens of the query language. Every character either has a meaning here, or is part of a word, or is
 * punctuation (a space), or is refused: those that dtSearch or a later version gives a meaning to are never searched as they
 * are (domain-facts.md "Search syntax"). */
#include "query/tree.h"

#include <string.h>

static void refuse(hf_query_lexer *lexer, size_t start, size_t end, char *message, char *advice)
{
    hf_query_fault_take(lexer->fault, lexer->text, start, end - start, message, advice);
}

static gunichar character_at(const hf_query_lexer *lexer, size_t offset)
{
    return offset < lexer->size ? g_utf8_get_char(lexer->text + offset) : 0;
}

static size_t after(const hf_query_lexer *lexer, size_t offset)
{
    return (size_t)(g_utf8_next_char(lexer->text + offset) - lexer->text);
}

static bool ends_run(gunichar c)
{
    return c == 0 || c == '(' || c == ')' || c == '"' || g_unichar_isspace(c);
}

static size_t run_end(const hf_query_lexer *lexer, size_t start)
{
    size_t end = start;
    while (!ends_run(character_at(lexer, end)))
        end = after(lexer, end);
    return end;
}

/* ---- characters that are refused ---- */

static const struct {
    gunichar character;
    const char *meaning, *advice;
} reserved[] = {
    {'*', "stands for any characters, which this version cannot search",
     "write the words out, joined by or"},
    {'?', "stands for any one character, which this version cannot search",
     "write the words out, joined by or; if it is only punctuation, leave it out"},
    {'=', "stands for any one digit, which this version cannot search",
     "write the words out, joined by or; if it is only punctuation, leave it out"},
    {'~', "asks for a word's stem or a range of numbers, which this version cannot search",
     "write the words out, joined by or; if it is only punctuation, leave it out"},
    {'%', "asks for similar spellings, which this version cannot search",
     "write the spellings out, joined by or; if it is only punctuation, leave it out"},
    {'#', "asks for words that sound alike or for a pattern, which this version cannot search",
     "write the words out, joined by or; if it is only punctuation, leave it out"},
    {'&', "asks for synonyms in dtSearch and for \"and\" elsewhere",
     "write and between terms; as punctuation it counts as a space: AT T finds AT&T"},
    {'!', "asks for a word's endings in other systems",
     "write the words out, joined by or; if it is only punctuation, leave it out"},
    {'|', "is no operator here", "write or between terms"},
    {'^', "is no operator here", "leave it out: every document that matches is found"},
    {'<', "compares only in date: and sent:", "write date:<2001, or leave it out"},
    {'>', "compares only in date: and sent:", "write date:>2001, or leave it out"},
};

static bool refuse_reserved(hf_query_lexer *lexer, size_t at, size_t end)
{
    gunichar c = character_at(lexer, at);
    for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++) {
        if (reserved[i].character != c)
            continue;
        refuse(lexer, at, end, g_strdup_printf("\"%c\" %s", (char)c, reserved[i].meaning),
               g_strdup(reserved[i].advice));
        return true;
    }
    return false;
}

static bool is_smart_quote(gunichar c)
{
    return (c >= 0x201C && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A ||
           (c >= 0x301D && c <= 0x301F) || c == 0xFF02;
}

static bool is_single_quote(gunichar c)
{
    return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201B) || c == 0xB4;
}

/* Characters that nobody sees: pasted in by accident, or meant to mislead. The two joiners are part of some scripts. */
static bool is_invisible(gunichar c)
{
    if (c == 0x200C || c == 0x200D || g_unichar_isspace(c))
        return false;
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || c == 0xAD;
}

static bool refuse_everywhere(hf_query_lexer *lexer, size_t at)
{
    gunichar c = character_at(lexer, at);
    size_t end = at < lexer->size ? after(lexer, at) : at;
    if (is_smart_quote(c)) {
        refuse(lexer, at, end, g_strdup("a typographic quotation mark quotes nothing here"),
               g_strdup("write straight ones: \"apple pear\""));
        return true;
    }
    if (is_invisible(c)) {
        refuse(lexer, at, end, g_strdup_printf("there is an invisible character (U+%04X)", c),
               g_strdup("take it out"));
        return true;
    }
    return false;
}

static bool refuse_characters(hf_query_lexer *lexer, size_t start, size_t end, bool reserved_too)
{
    for (size_t at = start; at < end; at = after(lexer, at))
        if (refuse_everywhere(lexer, at) ||
            (reserved_too && refuse_reserved(lexer, at, after(lexer, at))))
            return true;
    return false;
}

/* ---- words that are refused ---- */

static bool run_is(const hf_query_lexer *lexer, size_t start, size_t end, const char *word)
{
    return strlen(word) == end - start &&
           g_ascii_strncasecmp(lexer->text + start, word, end - start) == 0;
}

static bool is_operator(const char *word)
{
    static const char *const operators[] = {"and", "or", "not"};
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++)
        if (g_ascii_strcasecmp(operators[i], word) == 0)
            return true;
    return false;
}

static bool refuse_reserved_word(hf_query_lexer *lexer, size_t start, size_t end)
{
    static const char *const words[] = {"to", "contains", "andany", "xfilter"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!run_is(lexer, start, end, words[i]))
            continue;
        refuse(lexer, start, end,
               g_strdup_printf("%s is an operator that this version does not have", words[i]),
               g_strdup_printf("to search for the word itself, put it in quotation marks: \"%s\"",
                               words[i]));
        return true;
    }
    return false;
}

/* w/5, pre/3, near/2, /s, /p, /5, and what other systems make of them. */
static bool refuse_proximity(hf_query_lexer *lexer, size_t start, size_t end)
{
    static const char *const names[] = {"w", "pre", "p", "n", "near", "onear", "within", "adj", ""};
    const char *slash = memchr(lexer->text + start, '/', end - start);
    if (slash == NULL)
        return false;
    size_t middle = (size_t)(slash - lexer->text);
    bool named = false;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        named = named || run_is(lexer, start, middle, names[i]);
    size_t count = end - middle - 1;
    bool digits = count > 0 && strspn(slash + 1, "0123456789") >= count;
    bool unit = count == 1 && strchr("spSP", slash[1]) != NULL;
    bool operand = middle == start ? digits || unit : digits || unit || count == 0;
    if (!named || !operand)
        return false;
    g_autofree char *written = g_strndup(lexer->text + start, end - start);
    refuse(lexer, start, end,
           g_strdup_printf("%s asks for words near each other, which this version cannot search",
                           written),
           g_strdup("write and between the terms, or the words as a phrase"));
    return true;
}

/* A sign at the beginning of a word asks for or rules out a word in other systems. */
static bool refuse_sign(hf_query_lexer *lexer, size_t start, size_t end)
{
    gunichar sign = character_at(lexer, start);
    size_t next = after(lexer, start);
    if (next >= end || !g_unichar_isalnum(character_at(lexer, next)))
        return false;
    g_autofree char *word = g_strndup(lexer->text + next, end - next);
    if (sign == '-' || sign == 0x2212) {
        refuse(lexer, start, end, g_strdup("a minus rules out no word here"),
               g_strdup_printf("write and not %s; as punctuation, leave it out", word));
        return true;
    }
    if (sign == '+') {
        refuse(lexer, start, end, g_strdup("a plus asks for no word here"),
               g_strdup_printf("write and %s; as punctuation, leave it out", word));
        return true;
    }
    if (is_single_quote(sign)) {
        refuse(lexer, start, end, g_strdup("single quotation marks quote nothing here"),
               g_strdup("write \"apple pear\"; an apostrophe at a word's beginning is left out"));
        return true;
    }
    return false;
}

/* "and/or", "not-for-profit": the punctuation is a space, so an operator would stand among the words. */
static bool refuse_hidden_operator(hf_query_lexer *lexer, size_t start, size_t end)
{
    hf_tokens tokens;
    hf_tokens_init(&tokens, lexer->text + start, end - start);
    hf_token token;
    bool found = false;
    while (hf_tokens_next(&tokens, &token))
        found = found || is_operator(token.word);
    if (!found)
        return false;
    g_autofree char *written = g_strndup(lexer->text + start, end - start);
    refuse(
        lexer, start, end, g_strdup_printf("%s has an operator among its words", written),
        g_strdup_printf("put it in quotation marks, \"%s\", or write the operator alone", written));
    return true;
}

static bool refuse_run(hf_query_lexer *lexer, size_t start, size_t end)
{
    return refuse_sign(lexer, start, end) || refuse_proximity(lexer, start, end) ||
           refuse_characters(lexer, start, end, true) || refuse_reserved_word(lexer, start, end) ||
           refuse_hidden_operator(lexer, start, end);
}

/* ---- fields ---- */

/* Bytes of a name and its colon at the beginning of a run; 0 if there is none. */
static size_t name_size(const hf_query_lexer *lexer, size_t start, size_t end)
{
    size_t at = start;
    if (!g_ascii_isalpha(lexer->text[at]))
        return 0;
    while (at < end && (g_ascii_isalnum(lexer->text[at]) || strchr("_-", lexer->text[at]) != NULL))
        at++;
    return at < end && lexer->text[at] == ':' ? at + 1 - start : 0;
}

static bool refuse_lone_colon(hf_query_lexer *lexer, size_t start, size_t end)
{
    if (lexer->text[start] != ':')
        return false;
    refuse(lexer, start, end, g_strdup("there is no field's name before the colon"),
           g_strdup("write a field without a space before its colon: subject:apple"));
    return true;
}

static void read_field(hf_query_lexer *lexer, size_t n, hf_query_token *token)
{
    size_t start = token->start;
    token->end = start + n;
    token->kind = HF_QUERY_TOKEN_FIELD;
    token->field = hf_query_field_find(lexer->text + start, n - 1);
    if (token->field != NULL)
        return;
    size_t end = run_end(lexer, start);
    g_autofree char *name = g_strndup(lexer->text + start, n - 1);
    g_autofree char *whole = g_strndup(lexer->text + start, end - start);
    token->kind = HF_QUERY_TOKEN_FAULT;
    refuse(lexer, start, start + n, g_strdup_printf("there is no field \"%s\"", name),
           g_strdup_printf("the fields are %s; if the colon is part of the text, put it in "
                           "quotation marks: \"%s\"",
                           hf_query_field_names(), whole));
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
    if (!refuse_characters(lexer, token->inner_start, token->inner_end, !values))
        token->kind = HF_QUERY_TOKEN_TEXT;
}

static hf_query_token_kind operator_kind(const hf_query_lexer *lexer, size_t start, size_t end)
{
    if (run_is(lexer, start, end, "and"))
        return HF_QUERY_TOKEN_AND;
    if (run_is(lexer, start, end, "or"))
        return HF_QUERY_TOKEN_OR;
    return run_is(lexer, start, end, "not") ? HF_QUERY_TOKEN_NOT : HF_QUERY_TOKEN_TEXT;
}

/* A value is taken as it stands, but for what would be a field of its own. */
static void read_value(hf_query_lexer *lexer, hf_query_token *token)
{
    size_t n = name_size(lexer, token->start, token->end);
    if (n > 0 && hf_query_field_find(lexer->text + token->start, n - 1) != NULL) {
        read_field(lexer, n, token);
        return;
    }
    token->kind = refuse_characters(lexer, token->start, token->end, false) ? HF_QUERY_TOKEN_FAULT
                                                                            : HF_QUERY_TOKEN_TEXT;
}

static void read_run(hf_query_lexer *lexer, bool values, hf_query_token *token)
{
    size_t start = token->start, end = run_end(lexer, start);
    token->inner_start = start;
    token->inner_end = token->end = end;
    token->kind = operator_kind(lexer, start, end);
    if (token->kind != HF_QUERY_TOKEN_TEXT)
        return;
    if (values) {
        read_value(lexer, token);
        return;
    }
    size_t n = name_size(lexer, start, end);
    if (n > 0)
        read_field(lexer, n, token);
    else if (refuse_lone_colon(lexer, start, end) || refuse_run(lexer, start, end))
        token->kind = HF_QUERY_TOKEN_FAULT;
}

void hf_query_lexer_next(hf_query_lexer *lexer, const hf_query_field *field, hf_query_token *token)
{
    while (g_unichar_isspace(character_at(lexer, lexer->offset)))
        lexer->offset = after(lexer, lexer->offset);
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
        read_run(lexer, values, token);
    }
    lexer->offset = token->end;
}
