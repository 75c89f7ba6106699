#include "extract/charset.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define S(bytes) bytes, sizeof bytes - 1

static const struct {
    const char *bytes;
    size_t n;
    const char *declared, *charset, *text;
    bool damaged;
} cases[] = {
    {S("plain"), NULL, "UTF-8", "plain", false},
    {S(""), NULL, "UTF-8", "", false},
    {S("caf\xc3\xa9"), NULL, "UTF-8", "café", false},
    /* Valid UTF-8 is UTF-8, whatever was declared. */
    {S("caf\xc3\xa9"), "iso-8859-1", "UTF-8", "café", false},
    {S("\xef\xbb\xbf"
       "caf\xc3\xa9"),
     NULL, "UTF-8", "café", false},
    {S("\xff\xfeh\0i\0"), NULL, "UTF-16LE", "hi", false},
    {S("\xfe\xff\0h\0i"), NULL, "UTF-16BE", "hi", false},
    {S("\xff\xfe\0\0h\0\0\0i\0\0\0"), NULL, "UTF-32LE", "hi", false},
    {S("\0\0\xfe\xff\0\0\0h\0\0\0i"), NULL, "UTF-32BE", "hi", false},
    {S("h\0e\0l\0l\0o\0 \0y\0o\0u\0"), NULL, "UTF-16LE", "hello you", false},
    {S("\0h\0e\0l\0l\0o\0 \0y\0o\0u"), NULL, "UTF-16BE", "hello you", false},
    /* Of an odd number of bytes. */
    {S("h\0e\0l\0l\0o\0 \0y\0o\0u"), NULL, "UTF-16LE", "hello yo\xEF\xBF\xBD", true},
    {S("caf\xe9 \x93quoted\x94 \x80"), "iso-8859-1", "WINDOWS-1252", "café “quoted” €", false},
    {S("caf\xe9"), "us-ascii", "WINDOWS-1252", "café", false},
    {S("caf\xe9"), "unknown-8bit", "WINDOWS-1252", "café", false},
    {S("caf\xe9"), "no-such-charset", "WINDOWS-1252", "café", false},
    {S("caf\xe9"), "utf-8//IGNORE", "WINDOWS-1252", "café", false},
    {S("\xcf\xf0\xe8\xe2\xe5\xf2"), "windows-1251", "WINDOWS-1251", "Привет", false},
    {S("\xf0\xd2\xc9\xd7\xc5\xd4"), "KOI8-R", "KOI8-R", "Привет", false},
    {S("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd"), "Shift_JIS", "CP932", "こんにちは", false},
    {S("\xc4\xe3\xba\xc3"), "gb2312", "GB18030", "你好", false},
    {S("\xbe\xc8\xb3\xe7"), "euc-kr", "CP949", "안녕", false},
    {S("\x1b$B$3$s\x1b(B"), "iso-2022-jp", "ISO-2022-JP", "こん", false},
    {S("Hi +AGEA6Q-"), "utf-7", "UTF-7", "Hi aé", false},
    {S("a\x81z"), "windows-1252", "WINDOWS-1252", "a\xEF\xBF\xBDz", true},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *charset;
        size_t n;
        bool damaged;
        g_autofree char *text = hf_charset_decode(cases[i].bytes, cases[i].n, cases[i].declared,
                                                  &charset, &n, &damaged);
        if (strcmp(text, cases[i].text) != 0 || strcmp(charset, cases[i].charset) != 0)
            fail_msg("case %zu: %s \"%s\" instead of %s \"%s\"", i, charset, text, cases[i].charset,
                     cases[i].text);
        assert_int_equal(damaged, cases[i].damaged);
        assert_int_equal(n, strlen(text));
    }
}

/* A few broken bytes in text that is UTF-8 do not turn it into another charset. */
static void test_mostly_utf8(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append(text, "größer ");
    g_string_append_c(text, '\xff');
    const char *charset;
    size_t n;
    bool damaged;
    g_autofree char *out = hf_charset_decode(text->str, text->len, NULL, &charset, &n, &damaged);
    assert_string_equal(charset, "UTF-8");
    assert_true(damaged && g_str_has_suffix(out, "größer \xEF\xBF\xBD"));
}

/* Cut anywhere, pieces say the same as the whole. */
static void test_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t mark, whole_n;
        const char *charset =
            hf_charset_detect(cases[i].bytes, cases[i].n, cases[i].declared, &mark);
        g_autofree char *whole =
            hf_charset_decode(cases[i].bytes, cases[i].n, cases[i].declared, NULL, &whole_n, NULL);
        for (size_t piece = 1; piece < 5; piece++) {
            bool damaged = false;
            g_autoptr(GString) out = g_string_new(NULL);
            g_autoptr(hf_charset_decoder) decoder = hf_charset_decoder_new(charset);
            for (size_t at = mark; at < cases[i].n; at += piece) {
                size_t n = MIN(piece, cases[i].n - at);
                hf_charset_decoder_feed(decoder, cases[i].bytes + at, n, at + n == cases[i].n, out,
                                        &damaged);
            }
            if (strcmp(out->str, whole) != 0)
                fail_msg("case %zu in pieces of %zu: \"%s\" instead of \"%s\"", i, piece, out->str,
                         whole);
            assert_int_equal(damaged, cases[i].damaged);
        }
    }
}

/* Every byte sequence gives valid UTF-8. */
static void test_any_bytes(void **state)
{
    static const char *const declared[] = {NULL,     "utf-8",   "iso-2022-jp", "utf-7",
                                           "utf-16", "gb18030", "shift_jis",   "big5",
                                           "euc-kr", "ibm1364"};
    (void)state;
    GRand *random = g_rand_new_with_seed(7);
    for (int i = 0; i < 2000; i++) {
        char bytes[64];
        size_t n = (size_t)g_rand_int_range(random, 0, sizeof bytes), out_n;
        for (size_t j = 0; j < n; j++)
            bytes[j] = (char)g_rand_int_range(random, i % 2 == 0 ? 0 : 120, 256);
        g_autofree char *out = hf_charset_decode(
            bytes, n, declared[(size_t)i % G_N_ELEMENTS(declared)], NULL, &out_n, NULL);
        for (size_t j = 0; j < out_n; j += strlen(out + j) + 1)
            assert_true(g_utf8_validate(out + j, -1, NULL));
    }
    g_rand_free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_mostly_utf8),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
