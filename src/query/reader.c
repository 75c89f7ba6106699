/* reader.c -- the words of a query in one text, and the hits that they make. A text is read once: of each of its words is found
 * which words of the query stand for it, the rest is as over the index. */
#include "query/evaluate.h"

#include <string.h>

/* Different words of texts whose answers are remembered; then all are forgotten. */
#define REMEMBERED_MOST 200000

/* Positions as the index counts them: the first marker, then the words. */
#define POSITION_FIRST 2

/* A word of the query; equal ones are one. */
typedef struct {
    const hf_query_word *word;
    bool single;    /* a character that stands for all words that begin with it */
    GArray *places; /* of uint64_t: where the text has it */
} term;

/* A word or phrase of the query. */
typedef struct {
    const hf_query_node *node;
    uint32_t number; /* in the query */
    GArray *terms;   /* of guint, one a word; of what stands for any word G_MAXUINT */
} leaf;

/* A word of the text that the query asks for. */
typedef struct {
    uint32_t position;
    uint32_t start, end; /* bytes */
    uint32_t tail;       /* hf_token.tail */
} token;

struct hf_query_reader {
    GArray *terms;        /* of term */
    GHashTable *written;  /* a word as written → number of its term, from 1 */
    GArray *leaves;       /* of leaf */
    GHashTable *nodes;    /* node → number of its leaf, from 1 */
    GHashTable *numbers;  /* its number in the query, from 1 → the same */
    GHashTable *literals; /* a word of the index → number of its term, from 1 */
    GHashTable *prefixes; /* what words begin with → GArray of guint: terms to be compared */
    GArray *lengths;      /* of size_t: the different lengths of prefixes */
    bool begins[256];     /* first bytes of words that may be asked for */
    GHashTable
        *answers; /* a word of a text → GArray of guint: its terms; only if there are patterns */
    GArray *scratch;
    const char *text;
    GArray *tokens; /* of token, by position */
    uint32_t words; /* of the text */
    bool marked;    /* it has words, and a marker was asked for */
};

static void clear_term(void *data)
{
    g_array_unref(((term *)data)->places);
}

static void clear_leaf(void *data)
{
    g_array_unref(((leaf *)data)->terms);
}

static void free_array(void *data)
{
    if (data != NULL)
        g_array_unref(data);
}

hf_query_reader *hf_query_reader_new(void)
{
    hf_query_reader *reader = g_new0(hf_query_reader, 1);
    reader->terms = g_array_new(FALSE, FALSE, sizeof(term));
    reader->leaves = g_array_new(FALSE, FALSE, sizeof(leaf));
    g_array_set_clear_func(reader->terms, clear_term);
    g_array_set_clear_func(reader->leaves, clear_leaf);
    reader->written = g_hash_table_new(g_str_hash, g_str_equal);
    reader->nodes = g_hash_table_new(NULL, NULL);
    reader->numbers = g_hash_table_new(NULL, NULL);
    reader->literals = g_hash_table_new(g_str_hash, g_str_equal);
    reader->prefixes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
    reader->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
    reader->lengths = g_array_new(FALSE, FALSE, sizeof(size_t));
    reader->scratch = g_array_new(FALSE, FALSE, sizeof(guint));
    reader->tokens = g_array_new(FALSE, FALSE, sizeof(token));
    return reader;
}

void hf_query_reader_free(hf_query_reader *reader)
{
    if (reader == NULL)
        return;
    g_array_unref(reader->terms);
    g_array_unref(reader->leaves);
    g_hash_table_unref(reader->written);
    g_hash_table_unref(reader->nodes);
    g_hash_table_unref(reader->numbers);
    g_hash_table_unref(reader->literals);
    g_hash_table_unref(reader->prefixes);
    g_hash_table_unref(reader->answers);
    g_array_unref(reader->lengths);
    g_array_unref(reader->scratch);
    g_array_unref(reader->tokens);
    g_free(reader);
}

static term *term_at(const hf_query_reader *reader, guint number)
{
    return &g_array_index(reader->terms, term, number);
}

/* ---- what is asked for ---- */

static void add_length(hf_query_reader *reader, size_t length)
{
    for (guint i = 0; i < reader->lengths->len; i++)
        if (g_array_index(reader->lengths, size_t, i) == length)
            return;
    g_array_append_val(reader->lengths, length);
}

/* A word that is found by comparing it with those that begin as it does. */
static void add_pattern(hf_query_reader *reader, const char *prefix, guint number)
{
    GArray *terms = g_hash_table_lookup(reader->prefixes, prefix);
    if (terms == NULL) {
        terms = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(reader->prefixes, g_strdup(prefix), terms);
        add_length(reader, strlen(prefix));
    }
    g_array_append_val(terms, number);
    if (*prefix == '\0')
        memset(reader->begins, true, sizeof reader->begins);
    reader->begins[(uint8_t)*prefix] = true;
}

static void add_term(hf_query_reader *reader, guint number)
{
    const term *added = term_at(reader, number);
    const hf_query_word *word = added->word;
    if (hf_query_word_expands(word)) {
        add_pattern(reader, word->prefix, number);
    } else if (added->single) {
        add_pattern(reader, word->word, number);
    } else if (word->kind == HF_QUERY_WORD_LITERAL) {
        g_hash_table_insert(reader->literals, word->word, GUINT_TO_POINTER(number + 1));
        reader->begins[(uint8_t)word->word[0]] = true;
    }
}

static guint term_of(hf_query_reader *reader, const hf_query_word *word)
{
    if (word->kind == HF_QUERY_WORD_ANY)
        return G_MAXUINT;
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(reader->written, word->written));
    if (number != 0)
        return number - 1;
    term added = {.word = word,
                  .single = word->kind == HF_QUERY_WORD_LITERAL && hf_tokens_is_single(word->word),
                  .places = g_array_new(FALSE, FALSE, sizeof(uint64_t))};
    g_array_append_val(reader->terms, added);
    number = reader->terms->len - 1;
    g_hash_table_insert(reader->written, word->written, GUINT_TO_POINTER(number + 1));
    add_term(reader, number);
    return number;
}

void hf_query_reader_add(hf_query_reader *reader, const hf_query_node *node, uint32_t number)
{
    leaf l = {node, number, g_array_sized_new(FALSE, FALSE, sizeof(guint), node->words->len)};
    for (guint i = 0; i < node->words->len; i++) {
        guint of_word = term_of(reader, node->words->pdata[i]);
        g_array_append_val(l.terms, of_word);
    }
    g_array_append_val(reader->leaves, l);
    g_hash_table_insert(reader->nodes, (void *)node, GUINT_TO_POINTER(reader->leaves->len));
    g_hash_table_insert(reader->numbers, GUINT_TO_POINTER(number + 1),
                        GUINT_TO_POINTER(reader->leaves->len));
}

/* ---- reading ---- */

static void compare_with(const hf_query_reader *reader, const char *prefix, const char *word,
                         size_t n, GArray *out)
{
    const GArray *terms = g_hash_table_lookup(reader->prefixes, prefix);
    for (guint i = 0; terms != NULL && i < terms->len; i++) {
        guint number = g_array_index(terms, guint, i);
        const term *asked = term_at(reader, number);
        if (asked->single || hf_query_word_matches(asked->word, word, n))
            g_array_append_val(out, number);
    }
}

/* The terms that stand for a word, without looking at what is remembered. */
static void find_terms(const hf_query_reader *reader, const char *word, size_t n, GArray *out)
{
    guint literal = GPOINTER_TO_UINT(g_hash_table_lookup(reader->literals, word));
    if (literal-- != 0)
        g_array_append_val(out, literal);
    for (guint i = 0; i < reader->lengths->len; i++) {
        char prefix[sizeof((hf_token *)0)->word];
        size_t length = g_array_index(reader->lengths, size_t, i);
        if (length > n || length >= sizeof prefix)
            continue;
        memcpy(prefix, word, length);
        prefix[length] = '\0';
        compare_with(reader, prefix, word, n, out);
    }
}

/* The terms that stand for a word; NULL: none. */
static const GArray *terms_for(hf_query_reader *reader, const char *word, size_t n)
{
    if (!reader->begins[(uint8_t)*word])
        return NULL;
    void *known = NULL;
    if (reader->lengths->len > 0 &&
        g_hash_table_lookup_extended(reader->answers, word, NULL, &known))
        return known;
    g_array_set_size(reader->scratch, 0);
    find_terms(reader, word, n, reader->scratch);
    if (reader->lengths->len == 0)
        return reader->scratch->len > 0 ? reader->scratch : NULL;
    if (g_hash_table_size(reader->answers) >= REMEMBERED_MOST)
        g_hash_table_remove_all(reader->answers);
    GArray *answer = reader->scratch->len > 0 ? g_array_copy(reader->scratch) : NULL;
    g_hash_table_insert(reader->answers, g_strdup(word), answer);
    return answer;
}

/* A word and the last character of a run may be the same term at one place. */
static void add_place(term *found, uint64_t position)
{
    GArray *places = found->places;
    if (places->len == 0 || g_array_index(places, uint64_t, places->len - 1) != position)
        g_array_append_val(places, position);
}

static bool add_places(hf_query_reader *reader, const char *word, size_t n, uint32_t position)
{
    const GArray *terms = terms_for(reader, word, n);
    for (guint i = 0; terms != NULL && i < terms->len; i++)
        add_place(term_at(reader, g_array_index(terms, guint, i)), position);
    return terms != NULL;
}

static void add_markers(hf_query_reader *reader)
{
    reader->marked = false;
    for (guint i = 0; reader->words > 0 && i < reader->terms->len; i++) {
        term *marker = term_at(reader, i);
        bool first = marker->word->kind == HF_QUERY_WORD_FIRST;
        if (!first && marker->word->kind != HF_QUERY_WORD_LAST)
            continue;
        add_place(marker, first ? POSITION_FIRST - 1 : reader->words + POSITION_FIRST);
        reader->marked = true;
    }
}

void hf_query_reader_read(hf_query_reader *reader, const char *text, size_t size)
{
    hf_tokens tokens;
    hf_token word;
    for (guint i = 0; i < reader->terms->len; i++)
        g_array_set_size(term_at(reader, i)->places, 0);
    g_array_set_size(reader->tokens, 0);
    reader->text = text;
    hf_tokens_init(&tokens, text, size);
    while (hf_tokens_next(&tokens, &word)) {
        token one = {word.position + POSITION_FIRST, word.start, word.end, word.tail};
        bool asked = add_places(reader, word.word, word.length, one.position);
        if (word.tail != 0)
            asked |=
                add_places(reader, word.word + word.tail, word.length - word.tail, one.position);
        if (asked)
            g_array_append_val(reader->tokens, one);
    }
    reader->words = tokens.position;
    add_markers(reader);
}

bool hf_query_reader_has_words(const hf_query_reader *reader)
{
    return reader->tokens->len > 0 || reader->marked;
}

bool hf_query_reader_has(const hf_query_reader *reader, const hf_query_word *word)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(reader->written, word->written));
    return number != 0 && term_at(reader, number - 1)->places->len > 0;
}

/* ---- hits ---- */

typedef struct {
    hf_query_reader *text;
    unsigned fields;
} reading;

static const leaf *leaf_of(const hf_query_reader *reader, const hf_query_node *node)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(reader->nodes, node));
    return &g_array_index(reader->leaves, leaf, number - 1);
}

/* The part of a leaf whose word the text has least often. */
static guint rarest(const hf_query_reader *reader, const leaf *l)
{
    guint best = 0, least = G_MAXUINT;
    for (guint i = 0; i < l->terms->len; i++) {
        guint number = g_array_index(l->terms, guint, i);
        if (number == G_MAXUINT || term_at(reader, number)->places->len >= least)
            continue;
        least = term_at(reader, number)->places->len;
        best = i;
    }
    return best;
}

static const GArray *places_of(void *data, guint number)
{
    return term_at(data, number)->places;
}

static GArray *phrase_hits(hf_query_reader *reader, const leaf *l)
{
    guint first = rarest(reader, l);
    const term *rare = term_at(reader, g_array_index(l->terms, guint, first));
    if (l->terms->len >= HF_QUERY_PHRASE_LONG && rare->places->len >= l->terms->len) {
        g_autoptr(GArray) found = hf_query_places_phrase(&g_array_index(l->terms, guint, 0),
                                                         l->terms->len, places_of, reader);
        return hf_query_places_hits(found, l->terms->len, l->number);
    }
    g_autoptr(GArray) starts = g_array_copy(rare->places);
    hf_query_places_shift(starts, first);
    for (guint i = 0; i < l->terms->len && starts->len > 0; i++) {
        guint number = g_array_index(l->terms, guint, i);
        if (i != first && number != G_MAXUINT)
            hf_query_places_keep(starts, term_at(reader, number)->places, i);
    }
    return hf_query_places_hits(starts, l->terms->len, l->number);
}

static GArray *leaf_hits(void *data, const hf_query_node *node, GError **error)
{
    const reading *r = data;
    (void)error;
    if (!(hf_query_node_fields(node) & r->fields))
        return g_array_new(FALSE, FALSE, sizeof(hf_query_hit));
    const leaf *l = leaf_of(r->text, node);
    return phrase_hits(r->text, l);
}

GArray *hf_query_reader_hits(hf_query_reader *reader, unsigned fields, const hf_query_node *node)
{
    reading r = {reader, fields};
    return hf_query_hits_of(node, leaf_hits, &r, NULL);
}

/* ---- bytes ---- */

/* The first token at the position or behind it. */
static guint token_from(const hf_query_reader *reader, uint32_t position)
{
    guint low = 0, high = reader->tokens->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(reader->tokens, token, middle).position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the first character of a token ends, with its marks. */
static size_t first_character_end(const hf_query_reader *reader, const token *of)
{
    const char *end = reader->text + of->end, *at = g_utf8_next_char(reader->text + of->start);
    while (at < end && g_unichar_ismark(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return (size_t)(MIN(at, end) - reader->text);
}

static size_t last_character_start(const hf_query_reader *reader, const token *of)
{
    const char *start = reader->text + of->start, *at = g_utf8_prev_char(reader->text + of->end);
    while (at > start && g_unichar_ismark(g_utf8_get_char(at)))
        at = g_utf8_prev_char(at);
    return (size_t)(MAX(at, start) - reader->text);
}

/* What a single character stands for in a token: its beginning, its last character, or both. */
typedef struct {
    bool begins, ends;
} part;

static part part_of(const hf_query_reader *reader, const token *of, guint number)
{
    hf_tokens tokens;
    hf_token pair;
    if (number == G_MAXUINT || !term_at(reader, number)->single)
        return (part){false, false};
    const char *character = term_at(reader, number)->word->word;
    hf_tokens_init(&tokens, reader->text + of->start, of->end - of->start);
    if (!hf_tokens_next(&tokens, &pair))
        return (part){false, false};
    return (part){g_str_has_prefix(pair.word, character),
                  of->tail != 0 && g_str_has_prefix(pair.word + of->tail, character)};
}

static void append_range(GArray *ranges, size_t start, size_t end, uint32_t number)
{
    hf_query_range range = {start, end, number};
    if (start < end)
        g_array_append_val(ranges, range);
}

/* A character that was asked for alone: of a pair of characters only that one, or both. */
static bool append_single(const hf_query_reader *reader, const token *of, const leaf *l,
                          GArray *ranges)
{
    if (l->terms->len > 1)
        return false;
    part is = part_of(reader, of, g_array_index(l->terms, guint, 0));
    if (is.begins)
        append_range(ranges, of->start, first_character_end(reader, of), l->number);
    if (is.ends)
        append_range(ranges, last_character_start(reader, of), of->end, l->number);
    return is.begins || is.ends;
}

void hf_query_reader_ranges(const hf_query_reader *reader, const hf_query_hit *hit, GArray *ranges)
{
    guint first = token_from(reader, hit->first), after = token_from(reader, hit->last + 1);
    if (first == after)
        return;
    const token *from = &g_array_index(reader->tokens, token, first);
    const token *to = &g_array_index(reader->tokens, token, after - 1);
    guint number =
        GPOINTER_TO_UINT(g_hash_table_lookup(reader->numbers, GUINT_TO_POINTER(hit->term + 1)));
    const leaf *l = &g_array_index(reader->leaves, leaf, number - 1);
    if (append_single(reader, from, l, ranges))
        return;
    part head = part_of(reader, from, g_array_index(l->terms, guint, 0));
    part tail = part_of(reader, to, g_array_index(l->terms, guint, l->terms->len - 1));
    append_range(ranges,
                 head.ends && !head.begins ? last_character_start(reader, from) : from->start,
                 tail.begins ? first_character_end(reader, to) : to->end, hit->term);
}
