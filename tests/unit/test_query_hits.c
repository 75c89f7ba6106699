/* What w/N and the rest mean: tables by hand, and trees at random against looking at every pair. */
#include "query/evaluate.h"
#include "unit/cases.h"

#include <string.h>

/* ---- trees, written operator first: "w3 a b", "p2", "n5", "& ! |", letters are words and phrases of letters ---- */

static hf_query_node *read_tree(char ***next)
{
    const char *token = *(*next)++;
    assert_non_null(token);
    hf_query_node_kind kind = HF_QUERY_NODE_WORDS;
    if (g_ascii_isdigit(token[1]))
        kind = *token == 'w'   ? HF_QUERY_NODE_WITHIN
               : *token == 'p' ? HF_QUERY_NODE_BEFORE
                               : HF_QUERY_NODE_NOT_WITHIN;
    else if (strchr("&|!", *token) != NULL)
        kind = *token == '&'   ? HF_QUERY_NODE_AND
               : *token == '|' ? HF_QUERY_NODE_OR
                               : HF_QUERY_NODE_NOT;
    hf_query_node *node = hf_query_node_new(kind, 0, 0);
    if (kind == HF_QUERY_NODE_WORDS) {
        node->value = g_strdup(token);
        return node;
    }
    node->distance = (unsigned)g_ascii_strtoull(token + 1, NULL, 10);
    for (int n = kind == HF_QUERY_NODE_NOT ? 1 : 2; n > 0; n--)
        g_ptr_array_add(node->children, read_tree(next));
    return node;
}

static hf_query_node *tree(const char *text)
{
    g_auto(GStrv) tokens = g_strsplit(text, " ", -1);
    char **next = tokens;
    return read_tree(&next);
}

/* Where the letters of a leaf stand side by side; the text is a document a line. */
static GArray *leaf_hits(void *data, const hf_query_node *leaf, GError **error)
{
    (void)error;
    GArray *hits = g_array_new(FALSE, FALSE, sizeof(hf_query_hit));
    uint32_t id = 1, position = 0, n = (uint32_t)strlen(leaf->value);
    for (const char *at = data; *at != '\0'; at++) {
        if (*at == '\n') {
            id++;
            position = 0;
            continue;
        }
        position++;
        hf_query_hit hit = {id, position, position + n - 1, 0};
        if (strncmp(at, leaf->value, n) == 0)
            g_array_append_val(hits, hit);
    }
    return hits;
}

static char *show(const GArray *hits)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < hits->len; i++) {
        const hf_query_hit *h = &g_array_index(hits, hf_query_hit, i);
        g_string_append_printf(out, "%s%u", i > 0 ? " " : "", h->first);
        if (h->last != h->first)
            g_string_append_printf(out, "-%u", h->last);
    }
    return g_string_free(out, FALSE);
}

/* The documents are those of the hits. */
static void expect_documents(const hf_query_node *node, void *text, const GArray *hits)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    assert_true(hf_query_hits_documents(node, leaf_hits, text, ids, NULL));
    guint n = 0;
    for (guint i = 0; i < hits->len; i++) {
        uint32_t id = g_array_index(hits, hf_query_hit, i).id;
        if (i > 0 && g_array_index(hits, hf_query_hit, i - 1).id == id)
            continue;
        assert_true(n < ids->len);
        assert_int_equal(g_array_index(ids, uint32_t, n++), id);
    }
    assert_int_equal(n, ids->len);
}

static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *tree, *text, *hits;
    } cases[] = {
        /* a difference of positions of at most N, either order */
        {"w2 a b", "a.b", "1 3"},
        {"w2 a b", "b.a", "1 3"},
        {"w1 a b", "a.b", ""},
        {"w1 a b", "ab.ba", "1 2 4 5"},
        /* those of the one that have one of the other, and no more */
        {"w2 a b", "a....a.b....b", "6 8"},
        {"w2 a b", "bab", "1 2 3"},
        /* a word is not near itself */
        {"w5 a a", "a", ""},
        {"w5 a a", "a.a....a", "1 3 8"},
        {"w1 a a", "aaa", "1 2 3"},
        /* in order */
        {"p2 a b", "a.b", "1 3"},
        {"p2 a b", "b.a", ""},
        {"p2 a b", "b.a.b", "3 5"},
        {"p1 a a", "aa", "1 2"},
        /* phrases: from the last word of the first to the first word of the later; an overlap is no distance */
        {"w2 ab c", "ab.c", "1-2 4"},
        {"w1 ab c", "ab.c", ""},
        {"w2 c ab", "c.ab", "1 3-4"},
        {"w5 ab b", "ab", ""},
        {"w5 ab ba", "aba", ""},
        {"w1 ab ab", "abab", "1-2 3-4"},
        {"p1 ab cd", "abcd", "1-2 3-4"},
        {"p5 b ab", "ab", ""},
        /* of two that begin together the longer one is near what the shorter one is not */
        {"w1 | a abc d", "abcd", "1-3 4"},
        {"w1 d | a abc", "dabc", "1 2 2-4"},
        /* not near */
        {"n2 a b", "a", "1"},
        {"n2 a b", "a.b", ""},
        {"n2 a b", "b.a", ""},
        {"n2 a b", "a.b....a", "8"},
        {"n1 a b", "a.b", "1"},
        {"n2 a b", "b", ""},
        {"n2 ab b", "ab", "1-2"},
        {"n2 a a", "a.a", ""},
        {"n2 a a", "a..a", "1 4"},
        /* any of several */
        {"w2 | a b c", "a.c....b.c", "1 3 8 10"},
        {"w2 | a b | c d", "a.d...b", "1 3"},
        {"| a ab", "ab", "1 1-2"},
        /* nested: only what takes part in the inner one */
        {"w3 w1 a b c", "ab.c", "1 2 4"},
        {"w2 w1 a b c", "ab..c", ""},
        {"w3 w1 a b c", "a..c", ""},
        {"w3 w1 a b c", "a....ab.c", "6 7 9"},
        {"w2 n1 a b c", "a.c.ab.c", "1 3"},
        {"n3 w1 a b c", "ab.c....ab", "9 10"},
        /* a side of and: all of it near one and the same place */
        {"w2 & a b c", "a.c.b", "1 3 5"},
        {"w2 & a b c", "a.c....c.b", ""},
        {"w2 c & a b", "a.c.b", "1 3 5"},
        {"w2 & a & b d c", "abc.d", "1 2 3 5"},
        {"w2 & a | b d c", "a.c.d", "1 3 5"},
        {"w2 & a b | c d", "a.c....d.b..a.d.b", "13 15 17"},
        /* a side with not: one near and the other not */
        {"w2 & a ! b c", "a.c", "1 3"},
        {"w2 & a ! b c", "a.c.b", ""},
        {"w2 & a ! b c", "a.c.b....a.c", "10 12"},
        {"w2 & a ! & b d c", "a.c.b", "1 3"},
        {"w2 & a ! ! b c", "a.c.b", "1 3"},
        /* a side in order */
        {"p3 & a b c", "ab.c", "1 2 4"},
        {"p3 & a b c", "a.c.b", ""},
        {"p3 c & a b", "c.ab", "1 3 4"},
        {"p3 c & a b", "a.c.b", ""},
        {"p2 & a ! b c", "a.cb", "1 3"},
        /* not near such a side */
        {"n2 c & a b", "a.c....a.c.b", "3"},
        {"n2 c & a ! b", "a.c....a.c.b", "10"},
        /* a proximity inside such a side */
        {"w4 & a w1 b d c", "a..c.bd", "1 4 6 7"},
        {"w4 & a w1 b d c", "a..c.b.d", ""},
        /* documents are apart */
        {"w5 a b", "a\nb", ""},
        {"n5 a b", "a\nb", "1"},
        {"p5 a b", "ba\nb\nab", "1 2"},
        {"w9 & a b c", "a.c\nb", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query_node) node = tree(cases[i].tree);
        g_autoptr(GArray) hits = hf_query_hits_of(node, leaf_hits, (void *)cases[i].text, NULL);
        assert_non_null(hits);
        g_autofree char *shown = show(hits);
        expect_documents(node, (void *)cases[i].text, hits);
        if (strcmp(shown, cases[i].hits) != 0)
            fail_msg("%s in %s: \"%s\", not \"%s\"", cases[i].tree, cases[i].text, shown,
                     cases[i].hits);
    }
}

/* ---- looking at every pair ---- */

#define MOST 64 /* letters of a random text */

/* A set of spans: [first][words - 1]. */
typedef struct {
    bool has[MOST + 1][4];
} spans;

static spans naive(const hf_query_node *node, const char *text);

/* 0 if they share a position; negative if `b` comes first. */
static int distance(unsigned a, unsigned a_words, unsigned b, unsigned b_words)
{
    if (b > a + a_words - 1)
        return (int)(b - (a + a_words - 1));
    if (a > b + b_words - 1)
        return -(int)(a - (b + b_words - 1));
    return 0;
}

static bool is_near(unsigned at, unsigned words, const spans *others, int before, int after)
{
    for (unsigned p = 1; p <= MOST; p++)
        for (unsigned n = 1; n <= 4; n++) {
            int d = others->has[p][n - 1] ? distance(at, words, p, n) : 0;
            if ((d > 0 && d <= after) || (d < 0 && -d <= before))
                return true;
        }
    return false;
}

static bool is_boolean(const hf_query_node *node)
{
    bool boolean = node->kind == HF_QUERY_NODE_AND || node->kind == HF_QUERY_NODE_NOT;
    for (guint i = 0; node->kind == HF_QUERY_NODE_OR && i < node->children->len; i++)
        boolean = boolean || is_boolean(node->children->pdata[i]);
    return boolean;
}

static bool holds(const hf_query_node *node, const char *text, unsigned at, unsigned words,
                  int before, int after)
{
    if (!is_boolean(node) && node->kind != HF_QUERY_NODE_OR) {
        spans leaf = naive(node, text);
        return is_near(at, words, &leaf, before, after);
    }
    bool first = holds(node->children->pdata[0], text, at, words, before, after);
    if (node->kind == HF_QUERY_NODE_NOT)
        return !first;
    bool second = holds(node->children->pdata[1], text, at, words, before, after);
    return node->kind == HF_QUERY_NODE_AND ? first && second : first || second;
}

/* Adds the hits of the parts, not below a not, that are near the place. */
static void add_leaves(const hf_query_node *node, const char *text, unsigned at, unsigned words,
                       int before, int after, spans *out)
{
    if (node->kind == HF_QUERY_NODE_NOT)
        return;
    if (node->kind == HF_QUERY_NODE_AND || node->kind == HF_QUERY_NODE_OR) {
        for (guint i = 0; i < node->children->len; i++)
            add_leaves(node->children->pdata[i], text, at, words, before, after, out);
        return;
    }
    spans leaf = naive(node, text), one = {0};
    one.has[at][words - 1] = true;
    for (unsigned p = 1; p <= MOST; p++)
        for (unsigned n = 1; n <= 4; n++)
            if (leaf.has[p][n - 1] && is_near(p, n, &one, after, before))
                out->has[p][n - 1] = true;
}

static spans naive_near(const hf_query_node *node, const char *text)
{
    const hf_query_node *left = node->children->pdata[0], *right = node->children->pdata[1];
    bool ordered = node->kind == HF_QUERY_NODE_BEFORE, turned = is_boolean(left);
    const hf_query_node *simple = turned ? right : left, *other = turned ? left : right;
    int n = (int)node->distance, after = ordered && turned ? 0 : n,
        before = ordered && !turned ? 0 : n;
    spans places = naive(simple, text), out = {0};
    for (unsigned p = 1; p <= MOST; p++)
        for (unsigned w = 1; w <= 4; w++) {
            if (!places.has[p][w - 1])
                continue;
            bool near = holds(other, text, p, w, before, after);
            if (node->kind == HF_QUERY_NODE_NOT_WITHIN) {
                out.has[p][w - 1] = !near;
            } else if (near) {
                out.has[p][w - 1] = true;
                add_leaves(other, text, p, w, before, after, &out);
            }
        }
    return out;
}

static spans naive(const hf_query_node *node, const char *text)
{
    spans out = {0};
    if (node->kind == HF_QUERY_NODE_WORDS) {
        size_t n = strlen(node->value);
        for (size_t i = 0; text[i] != '\0'; i++)
            out.has[i + 1][n - 1] = strncmp(text + i, node->value, n) == 0;
        return out;
    }
    if (node->kind != HF_QUERY_NODE_OR)
        return naive_near(node, text);
    spans a = naive(node->children->pdata[0], text), b = naive(node->children->pdata[1], text);
    for (unsigned p = 1; p <= MOST; p++)
        for (unsigned n = 0; n < 4; n++)
            out.has[p][n] = a.has[p][n] || b.has[p][n];
    return out;
}

/* ---- random trees ---- */

static unsigned seed = 2001;

static unsigned roll(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

static void random_leaf(GString *out)
{
    static const char *const leaves[] = {"a", "b", "c", "d", "ab", "ba", "aa", "abc", "aab"};
    g_string_append_printf(out, "%s ", leaves[roll(G_N_ELEMENTS(leaves))]);
}

static void random_tree(GString *out, unsigned depth, bool boolean);

static void random_simple(GString *out)
{
    bool several = roll(3) == 0;
    g_string_append(out, several ? "| " : "");
    random_leaf(out);
    if (several)
        random_leaf(out);
}

static void random_tree(GString *out, unsigned depth, bool boolean)
{
    if (depth == 0 || roll(5) == 0) {
        random_leaf(out);
    } else if (boolean && roll(2) == 0) {
        unsigned kind = roll(4);
        g_string_append(out, kind == 0 ? "! " : kind == 1 ? "| " : "& ");
        random_tree(out, depth - 1, true);
        if (kind > 0)
            random_tree(out, depth - 1, true);
    } else {
        unsigned kind = roll(3);
        g_string_append_printf(out, "%c%u ", "wpn"[kind], 1 + roll(6));
        bool first = kind == 2 || roll(2) == 0;
        if (first)
            random_simple(out);
        random_tree(out, depth - 1, true);
        if (!first)
            random_simple(out);
    }
}

static void compare_hits(const GArray *hits, spans *expected, const char *what, const char *text)
{
    uint64_t before = 0;
    for (guint i = 0; i < hits->len; i++) {
        const hf_query_hit *h = &g_array_index(hits, hf_query_hit, i);
        uint64_t key = (uint64_t)h->first << 32 | h->last;
        bool *has = &expected->has[h->first][h->last - h->first];
        if (!*has || key <= before)
            fail_msg("%s in %s: %u-%u", what, text, h->first, h->last);
        *has = false;
        before = key;
    }
    for (unsigned p = 1; p <= MOST; p++)
        for (unsigned n = 0; n < 4; n++)
            if (expected->has[p][n])
                fail_msg("%s in %s: no %u-%u", what, text, p, p + n);
}

static void test_against_every_pair(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned round = 0; round < 20000; round++) {
        g_autoptr(GString) written = g_string_new(NULL);
        do {
            g_string_truncate(written, 0);
            random_tree(written, 1 + roll(3), false);
        } while (!g_ascii_isdigit(written->str[1]));
        char text[MOST + 1] = "";
        for (unsigned i = 0, n = roll(MOST); i < n; i++)
            text[i] = "abcd......"[roll(roll(2) == 0 ? 4 : 10)], text[i + 1] = '\0';
        g_autoptr(hf_query_node) node = tree(written->str);
        g_autoptr(GArray) hits = hf_query_hits_of(node, leaf_hits, text, NULL);
        spans expected = naive(node, text);
        compare_hits(hits, &expected, written->str, text);
        expect_documents(node, text, hits);
        found += hits->len;
    }
    assert_true(found > 20000);
}

/* ---- phrases ---- */

static GArray *places(const char *text, char letter)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    for (size_t i = 0; text[i] != '\0'; i++) {
        uint64_t place = (uint64_t)7 << 32 | (i + 1);
        if (text[i] == letter)
            g_array_append_val(out, place);
    }
    return out;
}

/* A phrase is the places of one of its words, moved to its beginning, of which those stay that have the others. */
static void test_phrases(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        char text[MOST + 1] = "", phrase[4] = "";
        for (unsigned i = 0; i < MOST; i++)
            text[i] = roll(6) == 0 ? 'b' : 'a';
        for (unsigned i = 0; i < 3; i++)
            phrase[i] = roll(3) == 0 ? 'b' : 'a';
        unsigned from = roll(3);
        g_autoptr(GArray) starts = places(text, phrase[from]);
        hf_query_places_shift(starts, from);
        for (unsigned i = 0; i < 3; i++) {
            g_autoptr(GArray) word = places(text, phrase[i]);
            hf_query_places_keep(starts, word, i);
        }
        g_autoptr(GArray) hits = hf_query_places_hits(starts, 3, 0);
        spans expected = {0};
        for (unsigned i = 0; i + 3 <= MOST; i++)
            expected.has[i + 1][2] = strncmp(text + i, phrase, 3) == 0;
        compare_hits(hits, &expected, phrase, text);
    }
}

static const GArray *places_of_term(void *data, guint term)
{
    return ((GArray **)data)[term];
}

/* Long ones, of words that are everywhere, with any word in some places. */
static void test_long_phrases(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        char text[MOST * 4 + 1] = "";
        unsigned seldom = 1 + roll(30), n = 2 + roll(40);
        for (unsigned i = 0; i < MOST * 4; i++)
            text[i] = roll(seldom) == 0 ? 'b' : 'a';
        guint terms[42];
        for (unsigned i = 0, from = roll(MOST * 2); i < n; i++)
            terms[i] =
                i > 0 && i + 1 < n && roll(9) == 0 ? G_MAXUINT : (guint)(text[from + i] - 'a');
        g_autoptr(GArray) a = places(text, 'a'), b = places(text, 'b');
        GArray *both[] = {a, b};
        g_autoptr(GArray) starts = hf_query_places_phrase(terms, n, places_of_term, both);
        guint found = 0;
        for (unsigned i = 0; i + n <= MOST * 4; i++) {
            bool here = true;
            for (unsigned k = 0; k < n; k++)
                here = here && (terms[k] == G_MAXUINT || text[i + k] == (char)('a' + terms[k]));
            if (!here)
                continue;
            assert_true(found < starts->len);
            assert_int_equal((uint32_t)g_array_index(starts, uint64_t, found++), i + 1);
        }
        assert_int_equal(found, starts->len);
    }
}

static void test_what_is_no_text(void **state)
{
    (void)state;
    g_autoptr(hf_query_node) node = tree("& a b");
    g_autoptr(GError) error = NULL;
    assert_null(hf_query_hits_of(node, leaf_hits, "ab", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTERNAL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),           cmocka_unit_test(test_against_every_pair),
        cmocka_unit_test(test_phrases),         cmocka_unit_test(test_long_phrases),
        cmocka_unit_test(test_what_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
