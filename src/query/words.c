/* words.c -- the words of a query's text: what has no pattern characters is read as every text is (hf_tokens), what has them
 * as a word that stands for several (pattern.c). Side by side they are a phrase. */
#include "query/parser.h"

#include <string.h>

#define PATTERN_CHARACTERS "*?=~%#"

static bool is_pattern(gunichar c)
{
    return c < 0x80 && c != 0 && strchr(PATTERN_CHARACTERS, (char)c) != NULL;
}

/* ---- pieces ---- */

typedef struct {
    size_t start, end; /* bytes of the query */
    bool regex;
} piece;

static bool is_regex_at(const char *text, const hf_query_token *token, size_t at)
{
    if (!token->quoted || token->inner_end - at < 2 || memcmp(text + at, "##", 2) != 0)
        return false;
    return at == token->inner_start ||
           g_unichar_isspace(g_utf8_get_char(g_utf8_prev_char(text + at)));
}

static size_t regex_end(const char *text, size_t at, size_t end)
{
    while (at < end && !g_unichar_isspace(g_utf8_get_char(text + at)))
        at = (size_t)(g_utf8_next_char(text + at) - text);
    return at;
}

/* The next run from `at` on that has a pattern character and nothing that separates words; false if there is none. */
static bool next_piece(const char *text, const hf_query_token *token, size_t at, piece *out)
{
    size_t end = token->inner_end, start = at;
    bool pattern = false;
    while (at < end) {
        if (at == start && is_regex_at(text, token, at)) {
            *out = (piece){at, regex_end(text, at, end), true};
            return true;
        }
        gunichar c = g_utf8_get_char(text + at);
        size_t next = (size_t)(g_utf8_next_char(text + at) - text);
        if (is_pattern(c)) {
            pattern = true;
        } else if (!hf_tokens_is_part(c)) {
            if (pattern)
                break;
            start = next;
        }
        at = next;
    }
    *out = (piece){start, at, false};
    return pattern;
}

/* ---- words ---- */

static hf_query_word *new_literal(const char *token, size_t start, size_t end)
{
    hf_query_word *word = g_new0(hf_query_word, 1);
    word->kind = strcmp(token, HF_QUERY_NAME_FIRST) == 0  ? HF_QUERY_WORD_FIRST
                 : strcmp(token, HF_QUERY_NAME_LAST) == 0 ? HF_QUERY_WORD_LAST
                                                          : HF_QUERY_WORD_LITERAL;
    word->start = start;
    word->end = end;
    word->word = g_strdup(word->kind == HF_QUERY_WORD_FIRST  ? HF_WORD_FIRST
                          : word->kind == HF_QUERY_WORD_LAST ? HF_WORD_LAST
                                                             : token);
    word->written = g_strdup(token);
    word->prefix = g_strdup(token);
    return word;
}

/* False, with the fault, if there is an encoded block in it. */
static bool add_literals(hf_query_parser *p, hf_query_node *node, const hf_query_token *token,
                         size_t start, size_t end)
{
    hf_tokens tokens;
    hf_tokens_init(&tokens, p->lexer.text + start, end - start);
    hf_token word;
    while (hf_tokens_next(&tokens, &word))
        g_ptr_array_add(node->words, new_literal(word.word, start + word.start, start + word.end));
    if (!tokens.left_out)
        return true;
    hf_query_parser_refuse(p, token->start, token->end,
                           g_strdup("encoded blocks (base64, uuencode) are not in the index"),
                           g_strdup("leave them out"));
    return false;
}

/* "1,000~~2,000": the comma would part the numbers. */
static bool is_cut_number(const char *text, const hf_query_token *token, const piece *part)
{
    if (part->regex ||
        g_strstr_len(text + part->start, (gssize)(part->end - part->start), "~~") == NULL)
        return false;
    bool before = part->start >= token->inner_start + 2 &&
                  strchr(",.", text[part->start - 1]) != NULL &&
                  g_ascii_isdigit(text[part->start - 2]);
    bool after = part->end + 1 < token->inner_end && strchr(",.", text[part->end]) != NULL &&
                 g_ascii_isdigit(text[part->end + 1]);
    return before || after;
}

static bool misplaced_regex(hf_query_parser *p, const piece *part)
{
    if (part->regex || !g_str_has_prefix(p->lexer.text + part->start, "##"))
        return false;
    hf_query_parser_refuse(p, part->start, part->end,
                           g_strdup("## begins a regular expression at a quotation mark or after a "
                                    "space only"),
                           g_strdup("write \"##19[0-9]+ annual report\""));
    return true;
}

#define REGEX_MOST 100 /* in a query, with its saved searches: each may take a megabyte */

static bool too_many_regexes(hf_query_parser *p, const piece *part)
{
    if (!part->regex || ++p->reading->regexes <= REGEX_MOST)
        return false;
    hf_query_parser_refuse(
        p, part->start, part->end,
        g_strdup_printf("a query may have at most %d regular expressions", REGEX_MOST),
        g_strdup("write several as one, \"##(19[0-9]+|20[0-9]+)\""));
    return true;
}

static bool add_pattern(hf_query_parser *p, hf_query_node *node, const hf_query_token *token,
                        const piece *part)
{
    const char *text = p->lexer.text;
    char *message = NULL, *advice = NULL;
    if (misplaced_regex(p, part) || too_many_regexes(p, part))
        return false;
    if (is_cut_number(text, token, part)) {
        hf_query_parser_refuse(
            p, part->start, part->end,
            g_strdup("a range of numbers has whole numbers without punctuation"),
            g_strdup("write 1000~~2000; 1,500 in a text is two words, 1 and 500"));
        return false;
    }
    hf_query_word *word = hf_query_word_read(text + part->start, part->end - part->start,
                                             part->start, &message, &advice);
    if (word == NULL) {
        hf_query_parser_refuse(p, part->start, part->end, message, advice);
        return false;
    }
    g_ptr_array_add(node->words, word);
    return true;
}

bool hf_query_words_add(hf_query_parser *p, hf_query_node *node, const hf_query_token *token)
{
    size_t at = token->inner_start;
    piece part;
    while (next_piece(p->lexer.text, token, at, &part)) {
        if (!add_literals(p, node, token, at, part.start) || !add_pattern(p, node, token, &part))
            return false;
        at = part.end;
    }
    return add_literals(p, node, token, at, token->inner_end);
}

/* ---- noise words ---- */

static bool is_noise(const hf_query_parser *p, const hf_query_word *word)
{
    const GHashTable *noise = p->reading->noise;
    return noise != NULL && word->kind == HF_QUERY_WORD_LITERAL &&
           g_hash_table_contains((GHashTable *)noise, word->word);
}

static void drop_ends(const hf_query_parser *p, hf_query_node *node)
{
    while (node->words->len > 0 && is_noise(p, node->words->pdata[node->words->len - 1])) {
        g_ptr_array_set_size(node->words, (gint)node->words->len - 1);
        node->dropped++;
    }
    guint first = 0;
    while (first < node->words->len && is_noise(p, node->words->pdata[first]))
        first++;
    if (first > 0)
        g_ptr_array_remove_range(node->words, 0, first);
    node->dropped += first;
}

static bool only_noise(hf_query_parser *p, const hf_query_node *node)
{
    g_autofree char *written = hf_query_parser_written(p, node->start, node->end);
    hf_query_parser_refuse(
        p, node->start, node->end,
        node->dropped > 1
            ? g_strdup_printf("%s are noise words: they would match any words", written)
            : g_strdup_printf("%s is a noise word: it would match any word", written),
        g_strdup("leave it out, or search without the list of noise words"));
    return false;
}

bool hf_query_words_settle(hf_query_parser *p, hf_query_node *node)
{
    if (node->words->len == 0) {
        hf_query_parser_refuse(p, node->start, node->end,
                               g_strdup("there is no word to search for in this"),
                               g_strdup("punctuation counts as a space: write at least one word"));
        return false;
    }
    drop_ends(p, node);
    if (node->words->len == 0)
        return only_noise(p, node);
    for (guint i = 0; i < node->words->len; i++) {
        hf_query_word *word = node->words->pdata[i];
        if (is_noise(p, word))
            word->kind = HF_QUERY_WORD_ANY;
    }
    return true;
}
