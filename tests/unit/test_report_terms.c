/* Term lists: what is a term, what is a comment, and where it is said that a line is wrong. */
#include "holdfast/report.h"
#include "unit/cases.h"
#include <string.h>

typedef struct {
    GPtrArray *terms;
    char *refused;
    hf_report_refusals refusals;
    GError *error;
} list;

static void read_bytes(list *l, const char *bytes, size_t n)
{
    l->refusals = (hf_report_refusals){.list = "terms.txt"};
    l->error = NULL;
    l->terms = hf_report_terms_read(bytes, n, &l->refusals, &l->error);
    l->refused = hf_report_refusals_text(&l->refusals);
}

static void clear(list *l)
{
    if (l->terms != NULL)
        g_ptr_array_unref(l->terms);
    g_free(l->refused);
    hf_report_refusals_clear(&l->refusals);
    g_clear_error(&l->error);
}

/* "line:column[name]text|..." */
static char *shown(const list *l)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; l->terms != NULL && i < l->terms->len; i++) {
        const hf_report_term *term = g_ptr_array_index(l->terms, i);
        g_string_append_printf(out, "%s%u:%u[%s]%s", i > 0 ? "|" : "", term->line, term->column,
                               term->name != NULL ? term->name : "", term->text);
    }
    return g_string_free(out, FALSE);
}

static void test_forms(void **state)
{
    static const struct {
        const char *text, *terms;
    } cases[] = {
        {"apple", "1:1[]apple"},
        {"apple\npear\n", "1:1[]apple|2:1[]pear"},
        {"apple\r\npear\r\n", "1:1[]apple|2:1[]pear"},
        {"\xef\xbb\xbf"
         "apple",
         "1:1[]apple"},
        {"\n  \n# a comment\n  # another\n#\n##\n## heading\napple", "8:1[]apple"},
        {"#smith", "1:1[]#smith"},
        {"apple # pie", "1:1[]apple # pie"},
        {"  apple pie  ", "1:3[]apple pie"},
        {"\tapple\t", "1:2[]apple"},
        {"[Fruit] apple", "1:9[Fruit]apple"},
        {"[ Fruit and nuts ]apple", "1:19[Fruit and nuts]apple"},
        {"[\xc3\x84pfel] apple", "1:9[\xc3\x84pfel]apple"},
        {"apple or \\\n  pear", "1:1[]apple or \n  pear"},
        {"apple or \\  \r\npear\r\nplum", "1:1[]apple or \npear|3:1[]plum"},
        {"[Fruit] apple or \\\npear or \\\nplum", "1:9[Fruit]apple or \npear or \nplum"},
        {"apple \\\n# no comment here", "1:1[]apple \n# no comment here"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        list l;
        read_bytes(&l, cases[i].text, strlen(cases[i].text));
        g_autofree char *got = shown(&l);
        if (strcmp(got, cases[i].terms) != 0 || l.refusals.count != 0)
            fail_msg("%s: %s, not %s; %s", cases[i].text, got, cases[i].terms, l.refused);
        clear(&l);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *place, *word;
    } cases[] = {
        {"apple\n[Fruit pear", "terms.txt:2:1: ", "has no end"},
        {"[] apple", "terms.txt:1:1: ", "empty"},
        {"[Fruit]\napple", "terms.txt:1:8: ", "without a term"},
        {"[\xff] apple", "terms.txt:1:1: ", "UTF-8"},
        {"apple\tpear", "terms.txt:1:6: ", "[name] term"},
        {"apple \\\npear\tplum", "terms.txt:2:5: ", "tab"},
        {"apple \\", "terms.txt:1:1: ", "backslash"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        list l;
        read_bytes(&l, cases[i].text, strlen(cases[i].text));
        if (l.refusals.count != 1 || !g_str_has_prefix(l.refused, cases[i].place) ||
            strstr(l.refused, cases[i].word) == NULL)
            fail_msg("%s: %u refused: %s", cases[i].text, l.refusals.count, l.refused);
        clear(&l);
    }
}

static void test_all_lines_are_told(void **state)
{
    static const char text[] = "[a\ngood\nx\ty\n[]\n";
    list l;
    (void)state;
    read_bytes(&l, text, strlen(text));
    g_autofree char *got = shown(&l);
    assert_string_equal(got, "2:1[]good");
    assert_int_equal(l.refusals.count, 3);
    const char *first = strstr(l.refused, "terms.txt:1:"),
               *second = strstr(l.refused, "terms.txt:3:"),
               *third = strstr(l.refused, "terms.txt:4:");
    assert_true(first != NULL && second > first && third > second);
    clear(&l);
}

static void test_no_list(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *word;
    } cases[] = {
        {"", 0, "has no terms"},
        {"\n# only a comment\n", 18, "has no terms"},
        {"\xff\xfe"
         "a\0",
         4, "UTF-16"},
        {"\xfe\xff\0a", 4, "UTF-16"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        list l;
        read_bytes(&l, cases[i].bytes, cases[i].n);
        assert_null(l.terms);
        assert_true(g_error_matches(l.error, HF_ERROR, HF_ERROR_INVALID));
        assert_non_null(strstr(l.error->message, cases[i].word));
        clear(&l);
    }
}

static void test_nul_byte(void **state)
{
    list l;
    (void)state;
    read_bytes(&l, "pear\nap\0ple", 11);
    assert_int_equal(l.refusals.count, 1);
    assert_true(g_str_has_prefix(l.refused, "terms.txt:2:3: "));
    clear(&l);
}

/* Any bytes at all: nothing but terms and refusals comes of them. */
static void test_any_bytes(void **state)
{
    static const char alphabet[] = "a []#\\\t\r\n\xff\xc3\0\"";
    GRand *rand = g_rand_new_with_seed(7);
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[24];
        size_t n = (size_t)g_rand_int_range(rand, 0, sizeof bytes + 1);
        list l;
        for (size_t i = 0; i < n; i++)
            bytes[i] = alphabet[g_rand_int_range(rand, 0, sizeof alphabet)];
        read_bytes(&l, bytes, n);
        assert_true((l.terms == NULL) == (l.error != NULL));
        clear(&l);
    }
    g_rand_free(rand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_all_lines_are_told),
        cmocka_unit_test(test_no_list),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
