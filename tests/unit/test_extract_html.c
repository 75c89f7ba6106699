/* HTML to text: what a reader sees, and nothing lost to bad markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "extract_heard.h"

extern const hf_extractor hf_extract_html_format;

static void text_is_what_a_reader_sees(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<p>One <b>bo</b>ld</p><p>two", "One bold\ntwo"},
        {"a<br>b<br/>c", "a\nb\nc"},
        {"<table><tr><td><p>a</p><td>b<tr><td>c</td><td>d</td></table>", "a\tb\nc\td"},
        {"<ul><li>one<li>two</ul>", "one\ntwo"},
        {"x<script>if (a<b) document.write('<p>no</p>')</script>y", "xy"},
        {"x<style>p { color: red }</style>y", "xy"},
        {"<noscript>shown</noscript>", "shown"},
        {"a <!-- no --> b", "a b"},
        {"<pre> a\n  b</pre>", " a\n  b"},
        {"<textarea>x<b>y</textarea>", "x<b>y"},
        {"<img src=x alt=\"A picture\">", "A picture"},
        {"<a href=\"http://example.com/\">here</a>", "here <http://example.com/>"},
        {"<a href=\"mailto:a@b.c\">a@b.c</a>", "a@b.c"},
        {"<a href=\"http://www.example.com/\">www.example.com</a>", "www.example.com"},
        {"<a href=\"#top\">up</a>", "up"},
        {"<iframe srcdoc=\"&lt;p&gt;inner&lt;/p&gt;\"></iframe>", "inner"},
        {"<input type=submit value=Send><input type=hidden value=token>", "Send"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *title = NULL;
        hf_html_to_text(cases[i].html, strlen(cases[i].html), out, &title);
        assert_string_equal(out->str, cases[i].text);
    }
}

static void character_references_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
    } cases[] = {
        {"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
        {"&euro; &#8364; &#x20AC; &#128;", "€ € € €"},
        {"&eacute;&zcaron;&Lstrok;", "éžŁ"},
        {"&copy 2001", "© 2001"},
        {"AT&T &unknown; & &;", "AT&T &unknown; & &;"},
        {"a&nbsp;b", "a b"},
        {"co&shy;operate", "cooperate"},
        {"&#0;&#xD800;&#99999999;", "\uFFFD\uFFFD\uFFFD"},
        {"<a href=\"http://x/?a=1&copy=2&amp;b=3\">t</a>", "t <http://x/?a=1&copy=2&b=3>"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *title = NULL;
        hf_html_to_text(cases[i].html, strlen(cases[i].html), out, &title);
        assert_string_equal(out->str, cases[i].text);
    }
}

static void unclosed_markup_loses_nothing(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "<!-- open comment <p>kept", "<script>open <p>kept", "<title>open <p>kept",
        "<style>open <p>kept",       "<textarea>kept",       "<![CDATA[kept",
        "<p title=\"open>kept",      "<table><tr><td>kept",  "</></ >kept",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_html_to_text(pages[i], strlen(pages[i]), out, NULL);
        assert_non_null(strstr(out->str, "kept"));
    }
}

static void appends_behind_what_is_there(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new("before|");
    hf_html_to_text("<p>a</p><p>b</p>", 16, out, NULL);
    assert_string_equal(out->str, "before|a\nb");
}

static void title_goes_where_it_is_wanted(void **state)
{
    (void)state;
    static const char page[] = "<title> A &amp;\n B </title><p>text";
    g_autoptr(GString) with = g_string_new(NULL);
    g_autofree char *title = NULL;
    hf_html_to_text(page, strlen(page), with, &title);
    assert_string_equal(title, "A & B");
    assert_string_equal(with->str, "text");
    g_autoptr(GString) without = g_string_new(NULL);
    hf_html_to_text(page, strlen(page), without, NULL);
    assert_string_equal(without->str, "A & B\ntext");
}

/* Each of these once took time in the square of its size, or a stack as deep as the page. */
static void hostile_pages_end(void **state)
{
    (void)state;
    static const char *const units[] = {
        "<div>",     "<font><b>",     "<script><style><textarea><title><xmp>",
        "<!--<a b=", "&aaaaaaaa<![x", "<a href='x'><table><td>",
        "<p a=\"",   "</p",           "<iframe srcdoc='"};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) page = g_string_new(NULL);
        while (page->len < 2000000)
            g_string_append(page, units[i]);
        g_autoptr(GString) out = g_string_new(NULL);
        hf_html_to_text(page->str, page->len, out, NULL);
        assert_true(out->len < 20 * page->len);
    }
}

static void metadata_is_said(void **state)
{
    (void)state;
    static const char page[] =
        "<html lang=en><head><title>T</title><meta name=Author content=\"J. Roe\">"
        "<meta name=description content=D><meta content=\"k1, k2\" name=keywords></head><body>b";
    g_autoptr(heard) h = hear(&hf_extract_html_format, page, strlen(page), NULL);
    assert_non_null(strstr(h->meta->str, "title=T\n"));
    assert_non_null(strstr(h->meta->str, "author=J. Roe\n"));
    assert_non_null(strstr(h->meta->str, "comments=D\n"));
    assert_non_null(strstr(h->meta->str, "keywords=k1, k2\n"));
    assert_string_equal(h->problems->str, "");
}

static void charset_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *page;
        size_t n;
        const char *text;
    } cases[] = {
#define BYTES(s) s, sizeof s - 1
        {BYTES("<meta charset=\"windows-1251\"><p>\xcf\xf0\xe8\xe2\xe5\xf2"), "Привет"},
        {BYTES("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=shift_jis\">"
               "\x93\xfa\x96\x7b"),
         "日本"},
        {BYTES("<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><p>\xb3\xf3\x64\xbc"), "łódź"},
        {BYTES("\xef\xbb\xbf<p>na\xc3\xafve"), "naïve"},
        {BYTES("\xff\xfe<\0p\0>\0\x16\x04"), "Ж"},
        {BYTES("<\0p\0>\0\x16\x04"), "Ж"},
        {BYTES("\0<\0p\0>\x04\x16"), "Ж"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear(&hf_extract_html_format, cases[i].page, cases[i].n, NULL);
        assert_non_null(strstr(h->text->str, cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_what_a_reader_sees),
        cmocka_unit_test(character_references_are_read),
        cmocka_unit_test(unclosed_markup_loses_nothing),
        cmocka_unit_test(appends_behind_what_is_there),
        cmocka_unit_test(title_goes_where_it_is_wanted),
        cmocka_unit_test(hostile_pages_end),
        cmocka_unit_test(metadata_is_said),
        cmocka_unit_test(charset_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
