/* foreign.c -- marks of other systems in lists of search terms (Westlaw and Lexis: /s /p /5 +5 ! &; Boolean engines: near/5
 * adj -word || ; typographic quotation marks of word processors). None is read as if it were ours: what another system makes
 * of a mark is for the parties to say. They are told what it would be here. */
#include "query/lexer.h"

#include <string.h>

/* What is usually agreed in place of "in one sentence" and "in one paragraph". */
#define SENTENCE_WORDS 25
#define PARAGRAPH_WORDS 50

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && g_ascii_strncasecmp(text, word, n) == 0;
}

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
    for (; *words != NULL; words++)
        if (is_word(text, n, *words))
            return true;
    return false;
}

/* ---- proximity ---- */

static const char *const ordered_names[] = {"pre", "p", "onear", "adj", NULL};
static const char *const unordered_names[] = {"w", "n", "near", "within", "", NULL};
static const char *const sentences[] = {"s", "sent", "sentence", NULL};
static const char *const paragraphs[] = {"p", "par", "para", "paragraph", NULL};

static unsigned number(const char *digits, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        if (value > 100 * HF_QUERY_DISTANCE_MAX)
            return G_MAXUINT;
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    return value;
}

static hf_query_proximity made(hf_query_proximity_kind kind, bool ordered, unsigned distance,
                               const char *unit)
{
    return (hf_query_proximity){kind, ordered, distance, unit};
}

/* What stands behind the slash or the name: "5", "s", "p". */
static hf_query_proximity with_operand(bool ours, bool ordered, const char *text, size_t n)
{
    size_t digits = strspn(text, "0123456789");
    if (is_one_of(text, n, sentences))
        return made(HF_QUERY_PROXIMITY_FOREIGN, ordered, SENTENCE_WORDS, "sentence");
    if (is_one_of(text, n, paragraphs))
        return made(HF_QUERY_PROXIMITY_FOREIGN, ordered, PARAGRAPH_WORDS, "paragraph");
    if (digits == 0 || digits < n)
        return made(HF_QUERY_PROXIMITY_NONE, ordered, 0, NULL);
    return made(ours ? HF_QUERY_PROXIMITY_OURS : HF_QUERY_PROXIMITY_FOREIGN, ordered,
                number(text, n), NULL);
}

/* w/5, near/5, /5, w/s; and what is no more than like one: w/, w/5pear. */
static hf_query_proximity slashed(const char *run, size_t n, size_t slash)
{
    bool ordered = is_one_of(run, slash, ordered_names);
    if (!ordered && !is_one_of(run, slash, unordered_names))
        return made(HF_QUERY_PROXIMITY_NONE, false, 0, NULL);
    bool ours = is_word(run, slash, "w") || is_word(run, slash, "pre");
    const char *rest = run + slash + 1;
    size_t count = n - slash - 1;
    hf_query_proximity read = with_operand(ours, ordered, rest, count);
    bool letter = slash == 1 && !ours; /* n/s and p/p are no operators of anyone */
    if (read.unit != NULL && letter)
        return made(HF_QUERY_PROXIMITY_NONE, ordered, 0, NULL);
    bool bare = count == 0 && slash > 0 && !letter;
    if (read.kind == HF_QUERY_PROXIMITY_NONE && (bare || (ours && g_ascii_isdigit(*rest))))
        return made(HF_QUERY_PROXIMITY_LENGTH, ordered, number(rest, strspn(rest, "0123456789")),
                    NULL);
    return read;
}

hf_query_proximity hf_query_foreign_proximity(const char *text, size_t n)
{
    g_autofree char *run = g_strndup(text, n);
    const char *slash = strchr(run, '/');
    if (slash != NULL)
        return slashed(run, n, (size_t)(slash - run));
    if (run[0] == '+' && n <= 5)
        return with_operand(false, true, run + 1, n - 1);
    if (is_word(run, n, "adj"))
        return made(HF_QUERY_PROXIMITY_FOREIGN, true, 1, NULL);
    bool adjacent = g_ascii_strncasecmp(run, "adj", 3) == 0;
    size_t name = adjacent ? 3 : g_ascii_strncasecmp(run, "near", 4) == 0 ? 4 : n;
    if (name >= n || !g_ascii_isdigit(run[name]))
        return made(HF_QUERY_PROXIMITY_NONE, false, 0, NULL);
    return with_operand(false, adjacent, run + name, n - name);
}

/* ---- the whole query in our words ---- */

typedef struct {
    const char *at;
    GString *out;
} rewriting;

static bool is_open_quote(gunichar c)
{
    return c == '"' || (c >= 0x201C && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0xFF02 ||
           (c >= 0x301D && c <= 0x301F);
}

static bool ends_run(gunichar c)
{
    return c == 0 || c == '(' || c == ')' || is_open_quote(c) || g_unichar_isspace(c);
}

static const char *run_end(const char *at)
{
    while (!ends_run(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return at;
}

static bool is_single_quote(gunichar c)
{
    return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201B) || c == 0xB4;
}

/* Whether an operand must come next: at the beginning, after "(" and after an operator. */
static bool expects_operand(const GString *out)
{
    g_autofree char *text = g_strchomp(g_strdup(out->str));
    const char *last = strrchr(text, ' ');
    last = last != NULL ? last + 1 : text;
    static const char *const operators[] = {"and", "or", "not", NULL};
    size_t n = strlen(last);
    return n == 0 || last[n - 1] == '(' || is_one_of(last, n, operators);
}

/* A word without its marks: `word!` → `word*`, `a&b` → `a b`, `word^2` → `word`. */
static void write_word(GString *out, const char *word, size_t n)
{
    for (const char *at = word; at < word + n; at = g_utf8_next_char(at)) {
        bool last = at > word && hf_tokens_is_part(g_utf8_get_char(g_utf8_prev_char(at))) &&
                    (at + 1 == word + n || !hf_tokens_is_part(g_utf8_get_char(at + 1)));
        if (*at == '^')
            return;
        if (*at == '!' && last)
            g_string_append_c(out, '*');
        else if (*at == '!' || *at == '&')
            g_string_append_c(out, ' ');
        else
            g_string_append_len(out, at, g_utf8_next_char(at) - at);
    }
}

static bool write_sign(GString *out, const char *run, size_t n)
{
    gunichar sign = g_utf8_get_char(run);
    const char *word = g_utf8_next_char(run);
    bool minus = sign == '-' || sign == 0x2212;
    if ((!minus && sign != '+') || word >= run + n || !g_unichar_isalnum(g_utf8_get_char(word)))
        return false;
    g_string_append(out, expects_operand(out) ? "" : "and ");
    g_string_append(out, minus ? "not " : "");
    write_word(out, word, (size_t)(run + n - word));
    return true;
}

static void write_proximity(GString *out, const hf_query_proximity *near)
{
    unsigned distance = CLAMP(near->distance, 1, HF_QUERY_DISTANCE_MAX);
    g_string_append_printf(out, "%s/%u", near->ordered ? "pre" : "w", distance);
}

/* "within 5", "within 5 words of": past it, if that is what it is. */
static const char *within_words(const char *run, size_t n, GString *out)
{
    const char *at = run + n;
    at += strspn(at, " ");
    size_t digits = strspn(at, "0123456789");
    if (!is_word(run, n, "within") || digits == 0 || !ends_run(g_utf8_get_char(at + digits)))
        return NULL;
    hf_query_proximity near = {.distance = number(at, digits)};
    write_proximity(out, &near);
    at += digits;
    static const char *const fillers[] = {" words", " word", " of"};
    for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++)
        if (g_ascii_strncasecmp(at, fillers[i], strlen(fillers[i])) == 0 &&
            ends_run(g_utf8_get_char(at + strlen(fillers[i]))))
            at += strlen(fillers[i]);
    return at;
}

static bool write_operator(GString *out, const char *run, size_t n)
{
    static const char *const ands[] = {"&", "&&", NULL}, *const ors[] = {"|", "||", NULL};
    hf_query_proximity near = hf_query_foreign_proximity(run, n);
    if (near.kind == HF_QUERY_PROXIMITY_FOREIGN)
        write_proximity(out, &near);
    else if (near.kind == HF_QUERY_PROXIMITY_OURS)
        g_string_append_len(out, run, (gssize)n);
    else if (is_one_of(run, n, ands))
        g_string_append(out, "and");
    else if (is_one_of(run, n, ors))
        g_string_append(out, "or");
    else
        return false;
    return true;
}

/* 'a phrase' in single marks: from here to the next one that ends a word. NULL if there is none. */
static const char *single_quoted(const char *at, GString *out)
{
    const char *inside = g_utf8_next_char(at);
    for (const char *end = inside; *end != '\0'; end = g_utf8_next_char(end)) {
        if (g_utf8_get_char(end) == '"')
            return NULL;
        if (end == inside || !is_single_quote(g_utf8_get_char(end)) ||
            !ends_run(g_utf8_get_char(g_utf8_next_char(end))))
            continue;
        g_string_append_c(out, '"');
        write_word(out, inside, (size_t)(end - inside));
        g_string_append_c(out, '"');
        return g_utf8_next_char(end);
    }
    return NULL;
}

static void rewrite_run(rewriting *r)
{
    const char *run = r->at, *end = run_end(run);
    size_t n = (size_t)(end - run);
    const char *after = is_single_quote(g_utf8_get_char(run)) ? single_quoted(run, r->out)
                                                              : within_words(run, n, r->out);
    if (after != NULL) {
        r->at = after;
        return;
    }
    if (!write_operator(r->out, run, n) && !write_sign(r->out, run, n))
        write_word(r->out, run, n);
    r->at = end;
}

static void rewrite_quoted(rewriting *r)
{
    const char *inside = g_utf8_next_char(r->at), *end = inside;
    while (*end != '\0' && !is_open_quote(g_utf8_get_char(end)))
        end = g_utf8_next_char(end);
    g_string_append_c(r->out, '"');
    write_word(r->out, inside, (size_t)(end - inside));
    g_string_append_c(r->out, '"');
    r->at = *end != '\0' ? g_utf8_next_char(end) : end;
}

char *hf_query_foreign_rewrite(const char *text)
{
    rewriting r = {.at = text, .out = g_string_new(NULL)};
    while (*r.at != '\0') {
        gunichar c = g_utf8_get_char(r.at);
        if (is_open_quote(c)) {
            rewrite_quoted(&r);
        } else if (ends_run(c)) {
            g_string_append_unichar(r.out, c);
            r.at = g_utf8_next_char(r.at);
        } else {
            rewrite_run(&r);
        }
    }
    return g_string_free(r.out, FALSE);
}
