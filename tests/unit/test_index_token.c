/* The tokenizer by tables of cases: what words a text has, at which positions and bytes. */
#include "holdfast/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* "word@position" of all tokens, joined by spaces. */
static char *words_of(const char *text, size_t n, bool *left_out)
{
    GString *out = g_string_new(NULL);
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, n);
    while (hf_tokens_next(&tokens, &token)) {
        assert_int_equal(token.length, strlen(token.word));
        assert_in_range(token.length, 1, 64);
        assert_true(token.start < token.end && token.end <= n);
        g_string_append_printf(out, "%s%s@%u", out->len > 0 ? " " : "", token.word, token.position);
    }
    *left_out = tokens.left_out;
    return g_string_free(out, false);
}

static void check_words(const char *text, const char *expected)
{
    bool left_out;
    g_autofree char *words = words_of(text, strlen(text), &left_out);
    assert_string_equal(words, expected);
    assert_false(left_out);
}

static void words_and_separators(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", ""},
        {" \t\r\n.,;", ""},
        {"The quick  brown-fox", "the@0 quick@1 brown@2 fox@3"},
        {"can't", "can@0 t@1"},
        {"can\xe2\x80\x99t", "can@0 t@1"},
        {"J.Doe@Example.COM", "j@0 doe@1 example@2 com@3"},
        {"snake_case_word", "snake_case_word@0"},
        {"_lead trail_ __both__ ____", "lead@0 trail@1 both@2"},
        {"a__b", "a__b@0"},
        {"R2D2 3,141.59", "r2d2@0 3@1 141@2 59@3"},
        {"x", "x@0"},
        /* beyond ASCII */
        {"\xc3\x84rger STRASSE stra\xc3\x9f"
         "e",
         "\xc3\xa4rger@0 strasse@1 strasse@2"},
        {"na\xc3\xafve nai\xcc\x88ve", "na\xc3\xafve@0 na\xc3\xafve@1"},
        {"\xce\xa3\xce\x8a\xce\xa3\xce\xa5\xce\xa6\xce\x9f\xce\xa3 "
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83@0 "
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83@1"},
        {"\xef\xbc\xa1\xef\xbd\x82\xef\xbc\x91", "ab1@0"}, /* full width */
        {"\xef\xac\x81le", "file@0"},                      /* ligature */
        {"m\xc2\xb2 H\xe2\x82\x82O", "m2@0 h2o@1"},        /* small figures */
        {"1\xc2\xbd cups", "1@0 cups@1"},                  /* fraction */
        {"co\xc2\xadoperate", "cooperate@0"},              /* soft hyphen */
        {"zero\xe2\x80\x8bwidth", "zero@0 width@1"},       /* zero width space */
        {"x\xcc\x81y", "x\xcc\x81y@0"},                    /* a mark with no composed form */
        {"\xcc\x81 x", "x@0"},                             /* a mark that follows nothing */
        {"caf\xc3\xa9_au_lait_", "caf\xc3\xa9_au_lait@0"},
        {"a\xe2\x80\x94"
         "b\xc2\xa0"
         "c",
         "a@0 b@1 c@2"},                                 /* dash, no-break space */
        {"\xf0\x9f\x98\x80 ok\xf0\x9f\x98\x80", "ok@0"}, /* emoji */
        {"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 \xeb\xac\xb8\xec\x84\x9c",
         "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4@0 \xeb\xac\xb8\xec\x84\x9c@1"}, /* Hangul: words */
        {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d@0"},
        /* invalid bytes separate */
        {"ab\xff"
         "cd\xc3",
         "ab@0 cd@1"},
        {"ab\xe2\x82", "ab@0"},
        {"a\xed\xa0\x80z", "a@0 z@1"},
        {"a\xc0\xaf"
         "b",
         "a@0 b@1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_words(cases[i].text, cases[i].words);
}

static void scripts_without_spaces(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"\xe6\x9d\xb1", "\xe6\x9d\xb1@0"},
        {"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
         "\xe6\x9d\xb1\xe4\xba\xac@0 \xe4\xba\xac\xe9\x83\xbd@1"},
        {"\xe6\x9d\xb1\xe4\xba\xac"
         "abc",
         "\xe6\x9d\xb1\xe4\xba\xac@0 abc@1"},
        {"abc\xe6\x9d\xb1\xe4\xba\xac", "abc@0 \xe6\x9d\xb1\xe4\xba\xac@1"},
        {"\xe6\x9d\xb1\xe3\x80\x81\xe4\xba\xac", "\xe6\x9d\xb1@0 \xe4\xba\xac@1"},
        /* half width with voicing mark is one character, full width: GA KI */
        {"\xef\xbd\xb6\xef\xbe\x9e\xef\xbd\xb7", "\xe3\x82\xac\xe3\x82\xad@0"},
        /* Thai: KO KAI with a vowel above, KHO KHAI */
        {"\xe0\xb8\x81\xe0\xb8\xb4\xe0\xb8\x82", "\xe0\xb8\x81\xe0\xb8\xb4\xe0\xb8\x82@0"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_words(cases[i].text, cases[i].words);
    assert_true(hf_tokens_is_single("\xe6\x9d\xb1"));
    assert_true(hf_tokens_is_single("\xe0\xb8\x81\xe0\xb8\xb4"));
    assert_false(hf_tokens_is_single("\xe6\x9d\xb1\xe4\xba\xac"));
    assert_false(hf_tokens_is_single("a"));
    assert_false(hf_tokens_is_single("\xc3\xa4"));
    assert_false(hf_tokens_is_single(""));
}

static void last_pair_names_its_tail(void **state)
{
    (void)state;
    static const char text[] = "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd";
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, sizeof text - 1);
    assert_true(hf_tokens_next(&tokens, &token));
    assert_int_equal(token.tail, 0);
    assert_int_equal(token.end, 6);
    assert_true(hf_tokens_next(&tokens, &token));
    assert_string_equal(token.word + token.tail, "\xe9\x83\xbd");
    assert_int_equal(token.start, 3);
    assert_false(hf_tokens_next(&tokens, &token));
}

static void offsets_are_bytes_of_the_text(void **state)
{
    (void)state;
    static const char text[] = "  \xc3\x84rger, _x_ \xef\xbc\xa1!";
    static const uint32_t places[][2] = {{2, 8}, {11, 12}, {14, 17}};
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, sizeof text - 1);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        assert_true(hf_tokens_next(&tokens, &token));
        assert_int_equal(token.start, places[i][0]);
        assert_int_equal(token.end, places[i][1]);
    }
    assert_false(hf_tokens_next(&tokens, &token));
}

static void one_word(const char *text, size_t n, hf_token *out)
{
    hf_tokens tokens;
    hf_token more;
    hf_tokens_init(&tokens, text, n);
    assert_true(hf_tokens_next(&tokens, out));
    assert_false(hf_tokens_next(&tokens, &more));
}

static void long_words_keep_prefix_and_hash(void **state)
{
    (void)state;
    char text[1024], other[1024];
    hf_token a, b;
    memset(text, 'x', sizeof text);
    one_word(text, 64, &a);
    assert_int_equal(a.length, 64);
    assert_memory_equal(a.word, text, 64);
    one_word(text, 65, &a);
    assert_int_equal(a.length, 64);
    assert_memory_equal(a.word, text, 48);
    assert_int_equal(a.end, 65);
    one_word(text, 66, &b);
    assert_string_not_equal(a.word, b.word);
    memset(other, 'X', sizeof other);
    one_word(other, 65, &b);
    assert_string_equal(a.word, b.word);
    /* the cut falls between characters */
    for (size_t i = 0; i < 400; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    text[400] = 'z';
    one_word(text + 399, 2, &a);
    one_word(text, 401, &a);
    assert_true(g_utf8_validate(a.word, -1, NULL));
}

static void endless_runs_are_cut(void **state)
{
    (void)state;
    g_autofree char *text = g_malloc(100000);
    bool left_out;
    memset(text, 'y', 100000);
    g_autofree char *words = words_of(text, 100000, &left_out);
    assert_true(strstr(words, "@97") != NULL && strstr(words, "@98") == NULL);
    memset(text, '_', 100000);
    text[0] = 'a';
    g_autofree char *one = words_of(text, 100000, &left_out);
    assert_string_equal(one, "a@0");
}

#define B64_A "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz"
#define B64_B "IHNpbmd1bGFyIHBhc3Npb24gZnJvbSBvdGhlciBhbmltYWxzLCB3aGljaCBpcyBhIGx1c3Qgb2Yg"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UU "M1&AI<R!I<R!A('1E<W0@;V8@=75E;F-O9&EN9RP@=VAI8V@@:7,@;VQD+B`@\n"

static void encoded_blocks_are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
        bool left_out;
    } cases[] = {
        {"see\n" B64_A "\n" B64_B "\n" B64_A "\nend", "see@0 end@1", true},
        {B64_A "\r\n" B64_B "\r\n" B64_A "\r\nYWJjZA==\r\nbye", "bye@0", true},
        {B64_A "\n" B64_B "\n" B64_A "\nbest\nregards", "best@0 regards@1", true},
        {B64_A "\n" B64_B "\n" B64_A, "", true},
        {"see " HEX "\n", NULL, false},
        {HEX "\n" HEX "\n" HEX "\n" HEX "\n", NULL, false}, /* digests are looked for */
        {B64_A "\n" B64_B "\nbye\n", NULL, false},          /* two lines are not several */
        {"begin 644 a.txt\n" UU "`\nend\nbye", "begin@0 644@1 a@2 txt@3 bye@4", true},
        {UU UU UU "bye", "bye@0", true},
        {UU UU "bye", NULL, false},
        {"begin 644 plans\nthen stop", "begin@0 644@1 plans@2 then@3 stop@4", false},
        {"MANY\nMORE\nMEN\n", "many@0 more@1 men@2", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool left_out;
        g_autofree char *words = words_of(cases[i].text, strlen(cases[i].text), &left_out);
        assert_int_equal(left_out, cases[i].left_out);
        if (cases[i].words != NULL)
            assert_string_equal(words, cases[i].words);
        else
            assert_true(strlen(words) > 4);
    }
}

static void random_bytes_are_survived(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    static const char *const pieces[] = {"a",
                                         "_",
                                         "\n",
                                         "M",
                                         "\xe6\x9d\xb1",
                                         "\xcc\x81",
                                         "\xef\xbe\x9e",
                                         "\xc2\xad",
                                         "begin 644 x\n",
                                         UU,
                                         B64_A "\n",
                                         "\xff",
                                         "\xe2"};
    for (int round = 0; round < 2000; round++) {
        GString *text = g_string_new(NULL);
        int n = g_rand_int_range(random, 0, 40);
        for (int i = 0; i < n; i++) {
            if (g_rand_int_range(random, 0, 4) == 0)
                g_string_append_c(text, (char)g_rand_int_range(random, 0, 256));
            else
                g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        }
        /* an exact copy, so that a sanitizer sees what is read beyond the end */
        g_autofree char *exact = g_memdup2(text->str, text->len);
        bool left_out;
        g_free(words_of(text->len > 0 ? exact : "", text->len, &left_out));
        g_string_free(text, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_separators),
        cmocka_unit_test(scripts_without_spaces),
        cmocka_unit_test(last_pair_names_its_tail),
        cmocka_unit_test(offsets_are_bytes_of_the_text),
        cmocka_unit_test(long_words_keep_prefix_and_hash),
        cmocka_unit_test(endless_runs_are_cut),
        cmocka_unit_test(encoded_blocks_are_left_out),
        cmocka_unit_test(random_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
