/* Tables that line up whatever is in them, and pages in which text is nothing but text. */
#include "report/parts.h"
#include "unit/cases.h"
#include <string.h>

static char *grid_of(const char *const *cells, size_t columns, size_t rows, unsigned width)
{
    hf_grid *grid = hf_grid_new(cells, columns, 2);
    GString *out = g_string_new(NULL);
    for (size_t i = 1; i < rows; i++)
        hf_grid_row(grid, cells + i * columns, i + 1 == rows && rows > 2);
    hf_grid_finish(grid, width, out);
    return g_string_free(out, FALSE);
}

static void test_grid(void **state)
{
    const char *const cells[] = {"Term",         "Doc-\numents", "Unique", "apple", "1,234", "5",
                                 "\xe6\xa2\xa8", NULL,           "12",     "Total", "1,234", "17"};
    (void)state;
    g_autofree char *got = grid_of(cells, 3, 4, 80);
    assert_string_equal(got, "         Doc-\n"
                             "Term   uments  Unique\n"
                             "---------------------\n"
                             "apple   1,234       5\n"
                             "\xe6\xa2\xa8                 12\n"
                             "---------------------\n"
                             "Total   1,234      17\n");
}

static void test_grid_folds(void **state)
{
    g_autoptr(GString) words = g_string_new("first");
    for (unsigned i = 0; i < 40; i++)
        g_string_append(words, i % 7 == 0 ? " averyverylongwordindeed" : " word");
    const char *const cells[] = {"Term", "Documents", words->str, "1"};
    (void)state;
    g_autofree char *got = grid_of(cells, 2, 2, 20); /* never below 80 */
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);
    g_autoptr(GString) again = g_string_new(NULL);
    for (guint i = 0; lines[i] != NULL; i++)
        assert_true(strlen(lines[i]) <= 80);
    for (guint i = 2; lines[i] != NULL && *lines[i] != '\0'; i++) {
        if (i == 2)
            assert_true(g_str_has_suffix(lines[i], " 1"));
        else
            assert_true(g_str_has_prefix(lines[i], "  ") && lines[i][2] != ' ');
        g_autofree char *part =
            i == 2 ? g_strndup(lines[i], strlen(lines[i]) - 2) : g_strdup(lines[i]);
        g_string_append_printf(again, "%s%s", i > 2 ? " " : "", g_strstrip(part));
    }
    assert_string_equal(again->str, words->str);
}

static void test_fold(void **state)
{
    static const struct {
        const char *text;
        unsigned width, hang;
        const char *folded;
    } cases[] = {
        {"", 10, 2, "\n"},
        {"one", 10, 2, "one\n"},
        {"one two three", 7, 2, "one two\n  three\n"},
        {"abcdefghij", 4, 1, "abcd\n efg\n hij\n"},
        {"\xe6\xa2\xa8\xe6\xa2\xa8\xe6\xa2\xa8", 4, 0, "\xe6\xa2\xa8\xe6\xa2\xa8\n\xe6\xa2\xa8\n"},
        {"ab", 0, 0, "a\nb\n"},
        {"abc", 1, 5, "a\n     b\n     c\n"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_grid_fold(out, cases[i].text, cases[i].width, cases[i].hang);
        assert_string_equal(out->str, cases[i].folded);
    }
}

static void test_text_is_text(void **state)
{
    static const struct {
        const char *text, *page;
    } cases[] = {
        {"plain", "plain"},
        {"<script>&amp;\"'", "&lt;script&gt;&amp;amp;&quot;&#39;"},
        {"a\nb \t c", "a b c"},
        {"bell\a", "bell\\x07"},
        {"right\xe2\x80\xaeleft", "right\\xE2\\x80\\xAEleft"},
        {"cut\xc3", "cut\\xC3"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_html_text(out, cases[i].text);
        if (g_ascii_strcasecmp(out->str, cases[i].page) != 0)
            fail_msg("%s: %s", cases[i].page, out->str);
    }
}

/* Any bytes in every place that takes text: the page stays well-formed. */
static void test_page_is_well_formed(void **state)
{
    GRand *rand = g_rand_new_with_seed(3);
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        char text[16] = "";
        for (size_t i = 0; i + 1 < sizeof text; i++)
            text[i] = (char)g_rand_int_range(rand, 1, 256);
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        const GMarkupParser nothing = {0};
        hf_html_begin(out, text, text);
        g_string_append(out, "<table><tr>");
        hf_html_bar(out, g_rand_int(rand), g_rand_int(rand));
        g_string_append(out, "</tr></table><p>");
        hf_html_text(out, text);
        g_string_append(out, "</p>");
        hf_html_end(out);
        g_autoptr(GMarkupParseContext) parser = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
        if (!g_markup_parse_context_parse(parser, out->str, (gssize)out->len, &error) ||
            !g_markup_parse_context_end_parse(parser, &error))
            fail_msg("%s", error->message);
    }
    g_rand_free(rand);
}

static void test_bars(void **state)
{
    static const struct {
        uint64_t part, whole;
        const char *width;
    } cases[] = {
        {1, 3, "width:33.3%"},  {3, 3, "width:100.0%"},
        {5, 3, "width:100.0%"}, {UINT64_MAX / 2, UINT64_MAX, "width:49.9%"},
        {1, 0, "width:0.0%"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_html_bar(out, cases[i].part, cases[i].whole);
        if (strstr(out->str, cases[i].width) == NULL)
            fail_msg("%s: %s", cases[i].width, out->str);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_grid_folds),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_text_is_text),
        cmocka_unit_test(test_page_is_well_formed),
        cmocka_unit_test(test_bars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
