/* Words of a query that stand for several: how they are read, what they stand for, and what is refused. */
#include "query/tree.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static hf_query_word *read_word(const char *text)
{
    g_autofree char *message = NULL, *advice = NULL;
    hf_query_word *word = hf_query_word_read(text, strlen(text), 7, &message, &advice);
    if (word == NULL)
        fail_msg("%s: %s; %s", text, message, advice);
    assert_int_equal(word->start, 7);
    assert_int_equal(word->end, 7 + strlen(text));
    return word;
}

static bool in_list(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    return g_strv_contains((const char *const *)words, word);
}

/* All that the cases below are tried on; words as the index has them. */
static const char vocabulary[] =
    "a aa ab appl apple apples apply applied applies apl aple appel paple xapple apples_to banana "
    "banxna "
    "bannana banna nana bananas ananas baxxna 0 1 7 12 012 13 18 24 25 2001 2002 1999 20x1 201 "
    "20011 "
    "000000000000000012 0000000000000000012 contract contracts contracted contractual subcontract "
    "extract "
    "smith smyth smithe schmidt smit smote robert rupert rubin ashcraft ashcroft tymczak pfister "
    "honeyman \xc3\xa9mile emil emily em1l e\xcc\x81 \xc3\xa9t\xc3\xa9 ete foo_bar foo_1 foo bar "
    "dying die dies "
    "generously generous \xd9\xa1\xd9\xa2 \xd8\xb9\xd9\x85 \xe4\xb8\xad\xe6\x96\x87 \xe4\xb8\xad "
    "\xd0\xb4\xd0\xbe\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80 strasse stra";

static void test_stands_for(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written, *words;
        hf_query_word_kind kind;
    } cases[] = {
        {"Apple", "apple", "apple", HF_QUERY_WORD_LITERAL},
        {"\xe4\xb8\xad", "\xe4\xb8\xad", "\xe4\xb8\xad \xe4\xb8\xad\xe6\x96\x87",
         HF_QUERY_WORD_LITERAL},
        {"XFirstWord", "xfirstword", "", HF_QUERY_WORD_FIRST},
        {"xlastword", "xlastword", "", HF_QUERY_WORD_LAST},
        /* * ? = */
        {"APPL*", "appl*", "appl apple apples apply applied applies apples_to",
         HF_QUERY_WORD_WILDCARD},
        {"*tract", "*tract", "contract subcontract extract", HF_QUERY_WORD_WILDCARD},
        {"*tract*", "*tract*", "contract contracts contracted contractual subcontract extract",
         HF_QUERY_WORD_WILDCARD},
        {"a*l*", "a*l*", "appl apple apples apply applied applies apl aple appel apples_to",
         HF_QUERY_WORD_WILDCARD},
        {"a***", "a*",
         "a aa ab appl apple apples apply applied applies apl aple appel apples_to ananas ashcraft "
         "ashcroft",
         HF_QUERY_WORD_WILDCARD},
        {"appl?", "appl?", "apple apply", HF_QUERY_WORD_WILDCARD},
        {"?pple", "?pple", "apple", HF_QUERY_WORD_WILDCARD},
        {"sm??h", "sm??h", "smith smyth", HF_QUERY_WORD_WILDCARD},
        {"?t?", "?t?", "\xc3\xa9t\xc3\xa9 ete", HF_QUERY_WORD_WILDCARD},
        {"\xc3\x89*", "\xc3\xa9*", "\xc3\xa9mile \xc3\xa9 \xc3\xa9t\xc3\xa9",
         HF_QUERY_WORD_WILDCARD},
        {"200=", "200=", "2001 2002", HF_QUERY_WORD_WILDCARD},
        {"20=1", "20=1", "2001", HF_QUERY_WORD_WILDCARD},
        {"====", "====", "2001 2002 1999", HF_QUERY_WORD_WILDCARD},
        {"==", "==", "12 13 18 24 25 \xd9\xa1\xd9\xa2", HF_QUERY_WORD_WILDCARD},
        {"foo_*", "foo_*", "foo_bar foo_1", HF_QUERY_WORD_WILDCARD},
        {"_foo*_", "foo*", "foo_bar foo_1 foo", HF_QUERY_WORD_WILDCARD},
        {"foo_=", "foo_=", "foo_1", HF_QUERY_WORD_WILDCARD},
        {"STRA\xc3\x9f*", "strass*", "strasse", HF_QUERY_WORD_WILDCARD},
        {"\xd0\x94\xd0\xbe*", "\xd0\xb4\xd0\xbe*",
         "\xd0\xb4\xd0\xbe\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80", HF_QUERY_WORD_WILDCARD},
        /* stems */
        {"Applies~", "applies~", "apply applied applies appli", HF_QUERY_WORD_STEM},
        {"contract~", "contract~", "contract contracts contracted", HF_QUERY_WORD_STEM},
        {"dying~", "dying~", "dying die dies", HF_QUERY_WORD_STEM},
        {"generous~", "generous~", "generous generously", HF_QUERY_WORD_STEM},
        {"2001~", "2001~", "2001", HF_QUERY_WORD_STEM},
        /* similar ones */
        {"ba%nana", "ba%nana", "banana banxna bannana banna bananas", HF_QUERY_WORD_FUZZY},
        {"ba%%nana", "ba%%nana", "banana banxna bannana banna bananas baxxna", HF_QUERY_WORD_FUZZY},
        {"%apple", "%apple", "apple apples apply appl aple xapple", HF_QUERY_WORD_FUZZY},
        {"%ap%ple", "%ap%ple",
         "apple apples apply applied appl apl aple appel paple xapple applies",
         HF_QUERY_WORD_FUZZY},
        {"%\xc3\xa9t\xc3\xa9", "%\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", HF_QUERY_WORD_FUZZY},
        {"%%\xc3\xa9t\xc3\xa9", "%%\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9 ete \xc3\xa9",
         HF_QUERY_WORD_FUZZY},
        /* sounds; the examples of the National Archives among them */
        {"#Smith", "#smith", "smith smyth smithe schmidt smit smote", HF_QUERY_WORD_PHONIC},
        {"#robert", "#robert", "robert rupert", HF_QUERY_WORD_PHONIC},
        {"#ashcraft", "#ashcraft", "ashcraft ashcroft", HF_QUERY_WORD_PHONIC},
        {"#emile", "#emile", "\xc3\xa9mile emil emily", HF_QUERY_WORD_PHONIC},
        {"#\xc3\x89mile", "#\xc3\xa9mile", "\xc3\xa9mile emil emily", HF_QUERY_WORD_PHONIC},
        /* numbers */
        {"12~~24", "12~~24", "12 012 13 18 24 000000000000000012", HF_QUERY_WORD_NUMBERS},
        {"012~~012", "12~~12", "12 012 000000000000000012", HF_QUERY_WORD_NUMBERS},
        {"0~~999999999999999999", "0~~999999999999999999",
         "0 1 7 12 012 13 18 24 25 2001 2002 1999 201 20011 000000000000000012",
         HF_QUERY_WORD_NUMBERS},
        {"\xef\xbc\x91\xef\xbc\x92~~13", "12~~13", "12 012 13 000000000000000012",
         HF_QUERY_WORD_NUMBERS},
        /* regular expressions */
        {"##(contract|extract)s?", "##(contract|extract)s?", "contract contracts extract",
         HF_QUERY_WORD_REGEX},
        {"##CON.*ED", "##CON.*ED", "contracted", HF_QUERY_WORD_REGEX},
        {"##[12][0-9]{3}", "##[12][0-9]{3}", "2001 2002 1999", HF_QUERY_WORD_REGEX},
        {"##foo|bar", "##foo|bar", "foo bar", HF_QUERY_WORD_REGEX},
        {"##ap?l.*", "##ap?l.*", "apl aple", HF_QUERY_WORD_REGEX},
        {"##e\xcc\x81t.", "##\xc3\xa9t.", "\xc3\xa9t\xc3\xa9", HF_QUERY_WORD_REGEX},
        {"##\\d+", "##\\d+",
         "0 1 7 12 012 13 18 24 25 2001 2002 1999 201 20011 000000000000000012 0000000000000000012",
         HF_QUERY_WORD_REGEX},
    };
    g_auto(GStrv) all = g_strsplit(vocabulary, " ", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query_word) word = read_word(cases[i].text);
        assert_int_equal(word->kind, cases[i].kind);
        assert_string_equal(word->written, cases[i].written);
        assert_int_equal(hf_query_word_expands(word), cases[i].kind != HF_QUERY_WORD_LITERAL &&
                                                          cases[i].kind != HF_QUERY_WORD_FIRST &&
                                                          cases[i].kind != HF_QUERY_WORD_LAST);
        for (size_t k = 0; all[k] != NULL; k++) {
            bool stands = hf_query_word_matches(word, all[k], strlen(all[k]));
            if (stands != in_list(cases[i].words, all[k]))
                fail_msg("%s %s %s", cases[i].text, stands ? "stands for" : "does not stand for",
                         all[k]);
            if (stands && !g_str_has_prefix(all[k], word->prefix))
                fail_msg("%s: %s does not begin with %s", cases[i].text, all[k], word->prefix);
        }
        g_autoptr(hf_query_word) again = read_word(word->written);
        assert_string_equal(again->written, word->written);
    }
}

static void test_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *text, *prefix;
    } cases[] = {
        {"apple", "apple"},      {"app*le", "app"},    {"*apple", ""},     {"foo_*", "foo_"},
        {"ba%nana", "ba"},       {"%apple", ""},       {"#smith", ""},     {"12~~24", ""},
        {"contract~", "contra"}, {"##Foo.*", "foo"},   {"##^foo+", "foo"}, {"##fo?x", "f"},
        {"##fo*x", "f"},         {"##fo{0,2}x", "f"},  {"##foo|far", ""},  {"##(foo)", ""},
        {"##f\xc3\xa9.*", ""},   {"##foo\\.x", "foo"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query_word) word = read_word(cases[i].text);
        assert_string_equal(word->prefix, cases[i].prefix);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message, *advice; /* parts of them */
    } cases[] = {
        {"*", "* alone would stand for nearly every word", "appl*"},
        {"**", "alone would stand for", "appl*"},
        {"??", "alone would stand for", "appl*"},
        {"=", "alone would stand for nearly every digit", "appl*"},
        {"=*", "alone would stand for", "appl*"},
        {"==?", "alone would stand for", "appl*"},
        {"*=*", "alone would stand for", "appl*"},
        {"_*", "alone would stand for", "appl*"},
        {"~", "~ asks for the forms", "apply~"},
        {"~apply", "~ asks for the forms", "write apply~"},
        {"app~ly", "~ asks for the forms", "write apply~"},
        {"apply~x~", "~ asks for the forms", "write applyx~"},
        {"12~~", "range of numbers", "12~~24"},
        {"~~24", "range of numbers", "12~~24"},
        {"a~~b", "range of numbers", "12~~24"},
        {"1~~2~~3", "range of numbers", "12~~24"},
        {"1~~1234567890123456789", "at most 18 digits", "12~~24"},
        {"24~~12", "empty", "write 12~~24"},
        {"%", "% alone", "punctuation"},
        {"50%", "too few letters", "punctuation"},
        {"50%%%%", "at most 3 %", "one % for each"},
        {"appl%e", "too few letters", "write app%le; as punctuation, leave it out: apple"},
        {"%%ab", "too few letters", "punctuation, leave it out: ab"},
        {"#", "sound alike", "leave it out"},
        {"#1", "sound alike", "leave it out: 1"},
        {"c#", "sound alike", "leave it out: c"},
        {"#smith#", "sound alike", "leave it out: smith"},
        {"#\xd0\xb4\xd0\xbe\xd0\xb3", "Latin letters", "leave it out"},
        {"appl*~", "only one of", "joined by or"},
        {"#appl*", "only one of", "joined by or"},
        {"ap%pl?", "only one of", "joined by or"},
        {"\xe4\xb8\xad\xe6\x96\x87*", "without spaces", "write \xe4\xb8\xad\xe6\x96\x87: any part"},
        {"abc*\xe4\xb8\xad", "without spaces", "any part"},
        {"\xe0\xb8\x81~", "without spaces", "any part"},
        {"##", "no regular expression after", "##19"},
        {"##(foo", "missing )", "RE2"},
        {"##a**", "bad repetition operator", "RE2"},
        {"##(?P<x", "this is no regular expression", "RE2"},
        {"##a{2000}", "invalid repetition size", "RE2"},
        {"##((a{100}){100}){100}", "no regular expression", "RE2"},
        {"##.*", "any word", "letters or digits"},
        {"##.+", "any word", "letters or digits"},
        {"##\\S*", "any word", "letters or digits"},
        {"##", "no regular expression after", "##19"},
        {"", "no word", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *message = NULL, *advice = NULL;
        g_autoptr(hf_query_word) word =
            hf_query_word_read(cases[i].text, strlen(cases[i].text), 0, &message, &advice);
        if (word != NULL)
            fail_msg("%s was read as %s", cases[i].text, word->written);
        assert_non_null(message);
        if (strstr(message, cases[i].message) == NULL ||
            (cases[i].advice != NULL && strstr(advice, cases[i].advice) == NULL))
            fail_msg("%s: %s; %s", cases[i].text, message, advice);
    }
}

static void test_long(void **state)
{
    (void)state;
    g_autofree char *letters = g_strnfill(65, 'a');
    g_autofree char *stars = g_strnfill(100000, '*');
    g_autofree char *wild = g_strconcat(letters, "*", NULL);
    g_autofree char *fuzzy = g_strconcat(letters, "%a", NULL);
    g_autofree char *sparse = g_strconcat("a", stars, "b", NULL);
    g_autofree char *message = NULL, *advice = NULL;
    assert_null(hf_query_word_read(wild, strlen(wild), 0, &message, &advice));
    assert_non_null(strstr(message, "as long as this"));
    g_clear_pointer(&message, g_free);
    g_clear_pointer(&advice, g_free);
    assert_null(hf_query_word_read(fuzzy, strlen(fuzzy), 0, &message, &advice));
    assert_non_null(strstr(message, "as long as this"));
    g_autoptr(hf_query_word) word = read_word(sparse);
    assert_string_equal(word->written, "a*b");
}

/* What would take exponential time where every star is tried at every place. */
static void test_many_stars(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 31; i++)
        g_string_append(text, "a*");
    g_string_append_c(text, 'b');
    g_autoptr(hf_query_word) word = read_word(text->str);
    g_autofree char *near = g_strnfill(64, 'a');
    for (int i = 0; i < 10000; i++)
        assert_false(hf_query_word_matches(word, near, 64));
    near[63] = 'b';
    assert_true(hf_query_word_matches(word, near, 64));
    g_autoptr(hf_query_word) regex = read_word("##(a+)+b");
    near[63] = 'a';
    for (int i = 0; i < 1000; i++)
        assert_false(hf_query_word_matches(regex, near, 64));
}

/* Levenshtein's distance by its definition. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0)
        return n + m;
    size_t same = distance(a + 1, n - 1, b + 1, m - 1) + (*a != *b);
    size_t removed = distance(a + 1, n - 1, b, m) + 1;
    size_t added = distance(a, n, b + 1, m - 1) + 1;
    return MIN(same, MIN(removed, added));
}

static void random_word(GRand *random, char *out, int least, int most)
{
    int n = g_rand_int_range(random, least, most + 1);
    for (int i = 0; i < n; i++)
        out[i] = (char)g_rand_int_range(random, 'a', 'd');
    out[n] = '\0';
}

static void test_edits(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(17);
    for (int i = 0; i < 20000; i++) {
        char own[16], found[16];
        unsigned edits = (unsigned)g_rand_int_range(random, 1, 4);
        random_word(random, own, (int)edits + 1, 6);
        random_word(random, found, 1, 7);
        g_autofree char *marks = g_strnfill(edits, '%');
        g_autofree char *text = g_strconcat(marks, own, NULL);
        g_autoptr(hf_query_word) word = read_word(text);
        bool near = distance(own, strlen(own), found, strlen(found)) <= edits;
        if (hf_query_word_matches(word, found, strlen(found)) != near)
            fail_msg("%s and %s", text, found);
    }
}

static void test_soundex(void **state)
{
    (void)state;
    /* The examples of the National Archives' page, and what they tell of h, w, vowels and doubles. */
    static const struct {
        const char *word, *code;
    } cases[] = {
        {"washington", "w252"},
        {"lee", "l000"},
        {"gutierrez", "g362"},
        {"pfister", "p236"},
        {"jackson", "j250"},
        {"tymczak", "t522"},
        {"ashcraft", "a261"},
        {"robert", "r163"},
        {"rubin", "r150"},
        {"honeyman", "h555"},
        {"a", "a000"},
        {"\xc3\xa9mile", "e540"},
        {"", NULL},
        {"a1", NULL},
        {"foo_bar", NULL},
        {"\xd0\xb4", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char code[5];
        assert_int_equal(hf_query_soundex(cases[i].word, strlen(cases[i].word), code),
                         cases[i].code != NULL);
        if (cases[i].code != NULL)
            assert_string_equal(code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stands_for), cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_long),
        cmocka_unit_test(test_many_stars), cmocka_unit_test(test_edits),
        cmocka_unit_test(test_soundex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
