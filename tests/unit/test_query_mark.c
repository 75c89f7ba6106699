/* Hit marks and snippets. */
#include "holdfast/query.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define BODY (1u << HF_FIELD_BODY)

static hf_query *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    hf_query *query = hf_query_parse(text, NULL, NULL, &error);
    if (query == NULL)
        fail_msg("%s", error->message);
    return query;
}

/* `text` with the marks written as [ and ]. */
static char *show(const char *text, size_t size, const GArray *marks)
{
    GString *out = g_string_new(NULL);
    size_t at = 0;
    for (guint i = 0; i < marks->len; i++) {
        const hf_query_range *r = &g_array_index(marks, hf_query_range, i);
        assert_true(r->start >= at && r->start < r->end && r->end <= size);
        g_string_append_len(out, text + at, (gssize)(r->start - at));
        g_string_append_c(out, '[');
        g_string_append_len(out, text + r->start, (gssize)(r->end - r->start));
        g_string_append_c(out, ']');
        at = r->end;
    }
    g_string_append_len(out, text + at, (gssize)(size - at));
    return g_string_free(out, FALSE);
}

static void test_marks(void **state)
{
    (void)state;
    static const struct {
        const char *query, *text, *marked;
    } cases[] = {
        {"apple", "An apple, an Apple; applesauce", "An [apple], an [Apple]; applesauce"},
        {"apple", "", ""},
        {"\"red apple\"", "red apple red. Apple apple red", "[red apple] [red. Apple] apple red"},
        {"red or \"red apple\"", "red red apple", "[red] [red apple]"},
        {"\"a b c\" or \"b d\"", "a b d a b c b d", "a [b d] [a b c] [b d]"},
        {"\"a b c\" or \"c d e\"", "a b c d e", "[a b c d e]"},
        {"\"a b c d\" or \"b c\"", "a b c x a b c d", "a [b c] x [a b c d]"},
        {"\"a a b\"", "a a a a b", "a a [a a b]"},
        {"\"a b a c\"", "a b a b a c", "a b [a b a c]"},
        {"apple and not pear", "apple pear", "[apple] pear"},
        {"subject:apple or pear", "apple pear", "apple [pear]"},
        {"body:apple", "apple", "[apple]"},
        {"custodian:apple and pear", "apple pear", "apple [pear]"},
        {"can't", "I can't, cant", "I [can't], cant"},
        {"jane.roe@example.com", "<Jane.Roe@example.com>", "<[Jane.Roe@example.com]>"},
        {"\xc3\xa9t\xc3\xa9", "L'\xc3\x89T\xc3\x89 e\xcc\x81te\xcc\x81.",
         "L'[\xc3\x89T\xc3\x89] [e\xcc\x81te\xcc\x81]."},
        /* \u6771\u4eac\u90fd: pairs; a lone character stands for any place in a run */
        {"\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
         "[\xe6\x9d\xb1\xe4\xba\xac]\xe9\x83\xbd"},
        {"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
         "[\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd]"},
        {"\xe6\x9d\xb1", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
         "[\xe6\x9d\xb1]\xe4\xba\xac\xe9\x83\xbd"},
        {"\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
         "\xe6\x9d\xb1[\xe4\xba\xac]\xe9\x83\xbd"},
        {"\xe9\x83\xbd", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd x",
         "\xe6\x9d\xb1\xe4\xba\xac[\xe9\x83\xbd] x"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = parse(cases[i].query);
        size_t size = strlen(cases[i].text);
        g_autoptr(GArray) marks = hf_query_mark(query, BODY, cases[i].text, size, 0);
        g_autofree char *marked = show(cases[i].text, size, marks);
        assert_string_equal(marked, cases[i].marked);
    }
}

/* What a query means decides what is marked: patterns by what they stand for, a proximity only where it holds. */
static void test_marks_as_meant(void **state)
{
    (void)state;
    static const struct {
        const char *query, *text, *marked;
    } cases[] = {
        {"appl*", "Apple, applied; pineapple", "[Apple], [applied]; pineapple"},
        {"*apple", "Apple, applied; pineapple", "[Apple], applied; [pineapple]"},
        {"apply~", "applied applying apple", "[applied] [applying] apple"},
        {"ba%nana", "banana bananna cabana", "[banana] [bananna] cabana"},
        {"#smith", "Smythe and Schmidt, Jones", "[Smythe] and [Schmidt], Jones"},
        {"10~~20", "9 10 15.5 21 0012", "9 [10] [15].5 21 [0012]"},
        {"\"##a(b|c)+\"", "ab abc abd", "[ab] [abc] abd"},
        {"2==", "200 20 2000", "[200] 20 2000"},
        {"\"re? app*\"", "red apple, ref applied, red pear",
         "[red apple], [ref applied], red pear"},
        {"apple w/2 pear", "apple x pear. pear x x apple", "[apple] x [pear]. pear x x apple"},
        {"apple w/1 pear", "apple x pear", "apple x pear"},
        {"apple pre/2 pear", "pear apple x pear", "pear [apple] x [pear]"},
        {"apple w/3 apple", "apple x apple x x x x apple", "[apple] x [apple] x x x x apple"},
        {"apple not w/2 pear", "apple pear x x apple", "apple pear x x [apple]"},
        {"(apple w/1 pear) w/3 plum", "apple pear plum x x x x apple x plum x x x x apple pear",
         "[apple] [pear] [plum] x x x x apple x plum x x x x apple pear"},
        {"(apple and not pear) w/2 plum", "apple plum x x x pear apple plum",
         "[apple] [plum] x x x pear apple plum"},
        {"(apple and fig) w/2 plum", "apple plum x x x apple plum fig",
         "apple plum x x x [apple] [plum] [fig]"},
        {"\"red apple\" w/2 \"green pear\"", "red apple x green pear red apple",
         "[red apple] x [green pear] [red apple]"},
        {"apple w/3 xfirstword", "x apple x apple", "x [apple] x apple"},
        {"apple w/2 xlastword", "apple x apple x", "apple x [apple] x"},
        {"\"xfirstword dear sir\"", "Dear sir, dear sir", "[Dear sir], dear sir"},
        {"xfirstword w/3 xlastword", "two words", "two words"},
        {"apple and (plum w/1 fig)", "apple plum x fig", "[apple] plum x fig"},
        {"apple or (plum w/2 fig)", "apple plum x fig", "[apple] [plum] x [fig]"},
        {"apple and not (plum w/1 fig)", "apple plum fig", "[apple] plum fig"},
        {"subject:apple w/3 pear", "apple pear", "apple pear"},
        {"body:apple w/3 pear", "apple pear", "[apple] [pear]"},
        {"custodian:x or appl*", "apple", "[apple]"},
        /* \u4eac w/2 \u306b, pairs of which only one character was asked for */
        {"\xe4\xba\xac w/3 \xe3\x81\xab", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\xe3\x81\xab",
         "\xe6\x9d\xb1[\xe4\xba\xac]\xe9\x83\xbd[\xe3\x81\xab]"},
        {"\xe4\xba\xac", "\xe4\xba\xac\xe4\xba\xac", "[\xe4\xba\xac][\xe4\xba\xac]"},
        {"\"foo \xe4\xba\xac\"", "foo \xe4\xba\xac\xe9\x83\xbd", "[foo \xe4\xba\xac]\xe9\x83\xbd"},
        {"\"\xe4\xba\xac foo\"", "\xe6\x9d\xb1\xe4\xba\xac foo", "\xe6\x9d\xb1[\xe4\xba\xac foo]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = parse(cases[i].query);
        size_t size = strlen(cases[i].text);
        g_autoptr(GArray) marks = hf_query_mark(query, BODY, cases[i].text, size, 0);
        g_autofree char *marked = show(cases[i].text, size, marks);
        if (strcmp(marked, cases[i].marked) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].query, marked, cases[i].marked);
    }
}

static void test_terms_of_marks(void **state)
{
    (void)state;
    g_autoptr(hf_query) query = parse("not zebra and (apple or (pear w/2 pl*) or \"red apple\")");
    const char *text = "red apple pear plum";
    g_autoptr(GArray) marks = hf_query_mark(query, BODY, text, strlen(text), 0);
    static const uint32_t terms[] = {4, 2, 3};
    assert_int_equal(marks->len, 3);
    for (guint i = 0; i < 3; i++)
        assert_int_equal(g_array_index(marks, hf_query_range, i).term, terms[i]);
}

static void test_limit(void **state)
{
    (void)state;
    g_autoptr(hf_query) query = parse("a or \"a b c\"");
    const char *text = "a x a b c a a";
    for (size_t limit = 1; limit < 6; limit++) {
        g_autoptr(GArray) marks = hf_query_mark(query, BODY, text, strlen(text), limit);
        assert_int_equal(marks->len, MIN(limit, 4));
        const hf_query_range *last = &g_array_index(marks, hf_query_range, marks->len - 1);
        static const size_t ends[] = {1, 9, 11, 13};
        assert_int_equal(last->end, ends[marks->len - 1]);
    }
}

/* Random phrases of two letters in a random text, against comparing at every place. */
static void test_against_looking(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (unsigned round = 0; round < 2000; round++) {
        g_autoptr(GString) text = g_string_new(NULL), asked = g_string_new(NULL);
        g_autoptr(GPtrArray) phrases = g_ptr_array_new_with_free_func(g_free);
        for (unsigned i = 0; i < 60; i++)
            g_string_append(text, (seed = seed * 1103515245u + 12345u) >> 30 ? "a " : "b ");
        for (unsigned n = 1 + (seed >> 20) % 4; n > 0; n--) {
            g_autoptr(GString) phrase = g_string_new(NULL);
            for (unsigned k = 1 + ((seed = seed * 1103515245u + 12345u) >> 20) % 5; k > 0; k--)
                g_string_append(phrase, (seed = seed * 1103515245u + 12345u) >> 31 ? "a " : "b ");
            g_string_append_printf(asked, "%s\"%s\"", asked->len > 0 ? " or " : "", phrase->str);
            g_ptr_array_add(phrases, g_strdup(phrase->str));
        }
        bool hit[128] = {false};
        for (guint p = 0; p < phrases->len; p++) {
            const char *phrase = phrases->pdata[p];
            for (size_t at = 0; at < text->len; at += 2)
                if (g_str_has_prefix(text->str + at, phrase))
                    memset(hit + at, true, strlen(phrase) - 1);
        }
        g_autoptr(hf_query) query = parse(asked->str);
        g_autoptr(GArray) marks = hf_query_mark(query, BODY, text->str, text->len, 0);
        bool marked[128] = {false};
        for (guint i = 0; i < marks->len; i++) {
            const hf_query_range *r = &g_array_index(marks, hf_query_range, i);
            memset(marked + r->start, true, r->end - r->start);
        }
        if (memcmp(hit, marked, sizeof hit) != 0)
            fail_msg("%s in %s", asked->str, text->str);
    }
}

static void test_snippets(void **state)
{
    (void)state;
    static const struct {
        const char *query, *text;
        size_t width;
        const char *snippet;
    } cases[] = {
        {"apple", "An apple a day", 40, "An [apple] a day"},
        {"apple", "  An\n\n\tapple \r\n a day \n ", 40, "An [apple] a day"},
        {"zebra", "An apple a day keeps the doctor away", 20, "An apple a day\xe2\x80\xa6"},
        {"zebra", "", 20, ""},
        {"apple", "one two three four five six seven apple eight nine ten eleven twelve", 30,
         "\xe2\x80\xa6"
         "six seven [apple] eight nine\xe2\x80\xa6"},
        {"apple", "one two three four five six seven apple", 20, "\xe2\x80\xa6seven [apple]"},
        {"apple and pear",
         "apple one two three four five six seven eight nine ten pear apple eleven twelve thirteen",
         30, "\xe2\x80\xa6nine ten [pear] [apple] eleven\xe2\x80\xa6"},
        {"\"red apple\"", "a red\n\n  apple here", 40, "a [red apple] here"},
        {"apple", "esc \x1b[31m apple \xe2\x80\xaenow", 40, "esc [31m [apple] now"},
        {"apple", "pineapple pineapple apple", 16, "\xe2\x80\xa6[apple]"},
        {"contract", "the contract of May, then a second contract too", 40,
         "the [contract] of May, then a second\xe2\x80\xa6"},
        {"contract", "the contract of May, then second contract, too", 41,
         "the [contract] of May, then second\xe2\x80\xa6"},
        {"contract", "the contract of May, then second contract, too", 42,
         "the [contract] of May, then second [contract]\xe2\x80\xa6"},
        {"\"red apple\"", "a red apple and one more red apple", 32,
         "a [red apple] and one more [red]\xe2\x80\xa6"},
        {"contract", "contractual-contract-contractions", 20,
         "\xe2\x80\xa6"
         "ctual-[contract]-con\xe2\x80\xa6"},
        {"not apple", "An apple a day", 40, "An apple a day"},
        {"appl* w/2 pear",
         "apple one two three four five six seven eight nine ten pear one two three four applied "
         "pear",
         30,
         "\xe2\x80\xa6"
         "four [applied] [pear]"},
        {"x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 16, "aaaaaaaaaaaaaaa\xe2\x80\xa6"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = parse(cases[i].query);
        g_auto(hf_query_snippet) snippet = {0};
        hf_query_snippet_make(query, BODY, cases[i].text, strlen(cases[i].text), cases[i].width,
                              &snippet);
        g_autofree char *shown = show(snippet.text, strlen(snippet.text), snippet.marks);
        assert_string_equal(shown, cases[i].snippet);
    }
}

/* Whatever the text: one line, not too long, valid, and what is marked is a hit. */
static void test_snippets_of_anything(void **state)
{
    (void)state;
    static const char *const pieces[] = {"apple",
                                         " ",
                                         "\n\n",
                                         "pear",
                                         "\xc3\xa9",
                                         "\xe6\x9d\xb1",
                                         "x",
                                         "apple pear",
                                         "\t",
                                         "-",
                                         "\x01",
                                         "verylongwordwithoutanyspace",
                                         "\xe2\x80\x8b",
                                         "."};
    g_autoptr(hf_query) query = parse("apple or \"apple pear\" or \xe6\x9d\xb1");
    unsigned seed = 3;
    for (unsigned round = 0; round < 4000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (unsigned n = (seed = seed * 1103515245u + 12345u) >> 25; n > 0; n--)
            g_string_append(
                text, pieces[((seed = seed * 1103515245u + 12345u) >> 16) % G_N_ELEMENTS(pieces)]);
        size_t width = 16 + (seed >> 16) % 60;
        g_auto(hf_query_snippet) snippet = {0};
        hf_query_snippet_make(query, BODY, text->str, text->len, width, &snippet);
        assert_true(g_utf8_validate(snippet.text, -1, NULL));
        assert_true((size_t)g_utf8_strlen(snippet.text, -1) <= width);
        assert_null(strpbrk(snippet.text, "\n\t\x01"));
        g_autofree char *shown = show(snippet.text, strlen(snippet.text), snippet.marks);
        g_autoptr(GArray) all = hf_query_mark(query, BODY, text->str, text->len, 0);
        if (all->len > 0 && snippet.marks->len == 0)
            fail_msg("no mark in \"%s\" of \"%s\"", snippet.text, text->str);
        if (all->len == 0)
            assert_int_equal(snippet.marks->len, 0);
    }
}

/* A query of thousands of words over a large text: it must end, and soon. */
static void test_large(void **state)
{
    (void)state;
    g_autoptr(GString) asked = g_string_new("a");
    for (unsigned i = 0; i < 2000; i++)
        g_string_append_printf(asked, " or \"%.*s b%u\"", (int)(2 * (i % 300)),
                               "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                               "a a a a a a a a a a a a a a a a a "
                               "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                               "a a a a a a a a a a a a a a a a a "
                               "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                               "a a a a a a a a a a a a a a a a a ",
                               i);
    g_autoptr(hf_query) query = parse(asked->str);
    size_t size = 4 * 1024 * 1024;
    g_autofree char *text = g_malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 == 0 ? 'a' : ' ';
    text[size] = '\0';
    g_autoptr(GArray) marks = hf_query_mark(query, BODY, text, size, 0);
    assert_int_equal(marks->len, size / 2);
    g_auto(hf_query_snippet) snippet = {0};
    hf_query_snippet_make(query, BODY, text, size, 100, &snippet);
    assert_true(snippet.marks->len > 40);
}

/* A phrase of one word over and over, in a text that is nothing else. */
static void test_long_phrase(void **state)
{
    (void)state;
    g_autoptr(GString) asked = g_string_new("\"");
    for (unsigned i = 0; i < 3000; i++)
        g_string_append(asked, "a ");
    g_string_append_c(asked, '"');
    g_autoptr(hf_query) query = parse(asked->str);
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < 500000; i++)
        g_string_append(text, "a ");
    g_autoptr(GArray) marks = hf_query_mark(query, BODY, text->str, text->len, 0);
    assert_int_equal(marks->len, 1);
    assert_int_equal(g_array_index(marks, hf_query_range, 0).end, text->len - 1);
    g_autoptr(GArray) none = hf_query_mark(query, BODY, text->str, 2 * 2999, 0);
    assert_int_equal(none->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_marks_as_meant),
        cmocka_unit_test(test_terms_of_marks),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_against_looking),
        cmocka_unit_test(test_snippets),
        cmocka_unit_test(test_snippets_of_anything),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_long_phrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
