#include "cases.h"
#include "holdfast/base.h"

static void names_are_shown_safely(void **state)
{
    static const struct {
        const char *bytes;
        gssize n;
        const char *shown;
    } cases[] = {
        {"letter.txt", -1, "letter.txt"},
        {"Kündigung – 東京.pdf", -1, "Kündigung – 東京.pdf"},
        {"latin1-\xfc.txt", -1, "latin1-\\xfc.txt"},
        {"cut-\xe6\x9d", -1, "cut-\\xe6\\x9d"},
        {"overlong-\xc0\xaf", -1, "overlong-\\xc0\\xaf"},
        {"surrogate-\xed\xa0\x80", -1, "surrogate-\\xed\\xa0\\x80"},
        {"two\nlines\ttab\r", -1, "two\\x0alines\\x09tab\\x0d"},
        {"\x1b[31mred", -1, "\\x1b[31mred"},
        {"del\x7f", -1, "del\\x7f"},
        {"c1\xc2\x9b"
         "31m",
         -1, "c1\\xc2\\x9b31m"},
        {"invoice\xe2\x80\xaetxt.exe", -1, "invoice\\xe2\\x80\\xaetxt.exe"},
        {"isolate\xe2\x81\xa6", -1, "isolate\\xe2\\x81\\xa6"},
        {"a\\b", -1, "a\\b"},
        {"a\\x41", -1, "a\\x5cx41"},
        {"nul\0in", 6, "nul\\x00in"},
        {"", -1, ""},
        {"longer", 4, "long"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *shown = hf_name_display(cases[i].bytes, cases[i].n);
        assert_string_equal(shown, cases[i].shown);
    }
}

static void different_names_never_look_the_same(void **state)
{
    static const char *const names[] = {"a\n",   "a\\x0a", "a\\x5cx0a", "a\\n",
                                        "a\x0b", "a\\",    "a\\x"};
    (void)state;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < CASES(names); i++)
        assert_true(g_hash_table_add(seen, hf_name_display(names[i], -1)));
}

static void names_are_made_utf8_for_the_index(void **state)
{
    static const struct {
        const char *bytes, *utf8;
    } cases[] = {
        {"plain", "plain"},
        {"M\xfcller", "M\xef\xbf\xbdller"},
        {"東京", "東京"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *utf8 = hf_name_utf8(cases[i].bytes, -1);
        assert_string_equal(utf8, cases[i].utf8);
    }
}

static void extensions_are_plain(void **state)
{
    static const struct {
        const char *name, *extension;
    } cases[] = {
        {"a.TXT", "txt"},
        {"a.tar.gz", "gz"},
        {"a", ""},
        {".profile", ""},
        {"dir.d/a", ""},
        {"dir/.x", ""},
        {"dir/a.b", "b"},
        {"a.", ""},
        {"a.p7m", "p7m"},
        {"a.b c", ""},
        {"a.\xc3\xbc", ""},
        {"a.abcdefghijklmno", "abcdefghijklmno"},
        {"a.abcdefghijklmnop", ""},
        {"", ""},
        {"a..b", "b"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *extension = hf_name_extension(cases[i].name);
        assert_string_equal(extension, cases[i].extension);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_shown_safely),
        cmocka_unit_test(different_names_never_look_the_same),
        cmocka_unit_test(names_are_made_utf8_for_the_index),
        cmocka_unit_test(extensions_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
