/* One extraction: plain text through its extractor, and what hf_extraction promises to every extractor, with extractors made
 * for the purpose. */
#include "extract/charset.h"
#include "extract/language.h"
#include "extract/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct {
    GString *text, *log;
    uint64_t child_bytes;
    unsigned texts, refuse_after;
} heard;

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->log, "%s=%s;", hf_extract_meta_name(meta), value);
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    heard *h = data;
    assert_true(n > 0 && n <= HF_WIRE_PIECE);
    assert_int_equal(hf_wire_valid_text(utf8, n), n);
    if (h->refuse_after > 0 && ++h->texts > h->refuse_after) {
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "no room");
        return false;
    }
    g_string_append_len(h->text, utf8, (gssize)n);
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->log, "flags=%u;", flags);
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->log, "child %s;", child->path);
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    heard *h = data;
    (void)bytes;
    (void)error;
    h->child_bytes += n;
    return true;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->log, "end %d;", complete);
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->log, "problem %s %s;", hf_error_item_name(problem->reason),
                           problem->stage);
    return true;
}

static const hf_sink hearing = {NULL,           on_meta,       on_text,      on_flags,
                                on_child_begin, on_child_data, on_child_end, on_problem};

static void heard_clear(heard *h)
{
    g_string_free(h->text, TRUE);
    g_string_free(h->log, TRUE);
}

static int a_file(const void *content, size_t n)
{
    char path[] = "/tmp/holdfast-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, content, n), (ssize_t)n);
    return fd;
}

static bool run(const hf_extractor *extractor, const void *content, size_t n,
                const hf_limits *limits, bool all_embedded, heard *h)
{
    hf_extraction_input input = {.fd = a_file(content, n),
                                 .size = n,
                                 .type = "text/plain",
                                 .name = "x",
                                 .all_embedded = all_embedded,
                                 .limits = limits != NULL ? *limits : hf_extract_default_limits()};
    h->text = g_string_new(NULL);
    h->log = g_string_new(NULL);
    h->child_bytes = 0;
    g_autoptr(GError) error = NULL;
    bool ok = hf_extraction_run(extractor, &input, &hearing, h, &error);
    assert_true(ok == (error == NULL));
    close(input.fd);
    return ok;
}

/* ---- plain text ---- */

static void test_text(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *text, *log;
    } cases[] = {
        {"hello\n", 6, "hello\n", "charset=UTF-8;"},
        {"caf\xe9\n", 5, "café\n", "charset=WINDOWS-1252;"},
        {"\xff\xfeh\0i\0", 6, "hi", "charset=UTF-16LE;"},
        {"a\0b", 3, "a b", "charset=UTF-8;"},
        {"a,b\n1,2\n", 8, "a,b\n1,2\n", "charset=UTF-8;"},
        {"\xef\xbb\xbf", 3, "", "charset=UTF-8;"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        heard h = {0};
        assert_true(
            run(hf_extractors_find("text/plain"), cases[i].bytes, cases[i].n, NULL, false, &h));
        assert_string_equal(h.text->str, cases[i].text);
        assert_string_equal(h.log->str, cases[i].log);
        heard_clear(&h);
    }
}

/* Longer than a piece, with characters that lie across the pieces' ends. */
static void test_long_text(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("x");
    while (text->len < 5 * HF_WIRE_PIECE)
        g_string_append(text, "ü€𐍈");
    heard h = {0};
    assert_true(run(hf_extractors_find("text/plain"), text->str, text->len, NULL, false, &h));
    assert_true(g_string_equal(h.text, text));
    heard_clear(&h);
}

static void test_text_limit(void **state)
{
    (void)state;
    static const struct {
        size_t n, limit, kept;
        bool said;
    } cases[] = {{100, 100, 100, false},
                 {101, 100, 100, true},
                 {300000, 1000, 1000, true},
                 {300000, 100001, 100001, true},
                 {300000, 0, 0, true}};
    g_autofree char *bytes = g_malloc(300000);
    memset(bytes, 'x', 300000);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        hf_limits limits = hf_extract_default_limits();
        limits.text_bytes = cases[i].limit;
        heard h = {0};
        assert_true(run(hf_extractors_find("text/plain"), bytes, cases[i].n, &limits, false, &h));
        assert_int_equal(h.text->len, cases[i].kept);
        const char *first = strstr(h.log->str, "problem limit text;");
        assert_true((first != NULL) == cases[i].said);
        assert_true(first == NULL || strstr(first + 1, "problem") == NULL);
        heard_clear(&h);
    }
}

static void test_language(void **state)
{
    static const struct {
        const char *text, *language;
    } cases[] = {
        {"The parties agree that all disputes arising out of this contract shall be settled.",
         "en"},
        {"Die Parteien vereinbaren, dass alle Streitigkeiten aus diesem Vertrag beigelegt werden.",
         "de"},
        {"Les parties conviennent que tous les litiges découlant du présent contrat sont réglés.",
         "fr"},
        {"Стороны соглашаются, что все споры, вытекающие из этого договора, будут урегулированы.",
         "ru"},
        {"1234 5678 90.12 | 33 | 44", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *found = hf_language_of(cases[i].text, strlen(cases[i].text));
        if (g_strcmp0(found, cases[i].language) != 0)
            fail_msg("%s: %s", cases[i].text, found);
    }
}

/* ---- what every extractor is promised ---- */

static bool say_bad_text(hf_extraction *x, GError **error)
{
    return hf_extraction_break(x, error) && hf_extraction_text(x, "a\xff\xfe z", 5, error) &&
           hf_extraction_break(x, error) && hf_extraction_break(x, error) &&
           hf_extraction_text(x, "\xe2\x82", 2, error) && hf_extraction_text(x, "b", -1, error) &&
           hf_extraction_meta(x, HF_META_TITLE, "  caf\xe9 ", error) &&
           hf_extraction_meta(x, HF_META_AUTHOR, " \n", error) &&
           hf_extraction_meta(x, HF_META_AUTHOR, NULL, error) &&
           hf_extraction_meta_int(x, HF_META_PAGES, 12, error) && hf_extraction_flag(x, 0, error) &&
           hf_extraction_flag(x, HF_FLAG_MACROS, error);
}

static void test_bad_text(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = say_bad_text};
    heard h = {0};
    (void)state;
    assert_true(run(&extractor, "", 0, NULL, false, &h));
    assert_string_equal(h.text->str, "a\xEF\xBF\xBD\xEF\xBF\xBD z\n\xEF\xBF\xBD"
                                     "b");
    assert_string_equal(h.log->str, "title=caf\xEF\xBF\xBD;pages=12;flags=8;");
    heard_clear(&h);
}

static bool say_times(hf_extraction *x, GError **error)
{
    const hf_stamp stamps[] = {{0, HF_OFFSET_NONE},
                               {0, 0},
                               {INT64_C(989426340) * HF_TIME_SECOND, -7 * 3600},
                               {-500000, HF_OFFSET_NONE},
                               {HF_TIME_NONE, 0},
                               {INT64_MAX, 3600}};
    for (size_t i = 0; i < G_N_ELEMENTS(stamps); i++) {
        if (!hf_extraction_meta_time(x, HF_META_SENT, stamps[i], error))
            return false;
    }
    return true;
}

static void test_times(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = say_times};
    heard h = {0};
    (void)state;
    assert_true(run(&extractor, "", 0, NULL, false, &h));
    assert_string_equal(h.log->str,
                        "sent=1970-01-01T00:00:00;sent=1970-01-01T00:00:00+00:00;"
                        "sent=2001-05-09T09:39:00-07:00;sent=1969-12-31T23:59:59.500000;");
    heard_clear(&h);
}

static const hf_child member = {.kind = HF_CHILD_MEMBER,
                                .path = "m",
                                .modified = {HF_TIME_NONE, HF_OFFSET_NONE},
                                .size = UINT64_MAX};

static bool say_members(hf_extraction *x, GError **error)
{
    static const char bytes[1000];
    for (int i = 0; i < 10; i++) {
        if (!hf_extraction_child(x, &member, bytes, sizeof bytes, error))
            return false;
    }
    return true;
}

static void test_member_limits(void **state)
{
    (void)state;
    const hf_extractor container = {.name = "test", .container = true, .extract = say_members};
    hf_limits limits = hf_extract_default_limits();
    heard h = {0};
    assert_true(run(&container, "", 0, &limits, false, &h));
    assert_int_equal(h.child_bytes, 10000);
    heard_clear(&h);
    limits.children = 2;
    assert_true(run(&container, "", 0, &limits, false, &h));
    assert_string_equal(h.log->str, "child m;end 1;child m;end 1;problem limit members;");
    heard_clear(&h);
    limits.children = 100;
    limits.output_bytes = 1500;
    assert_true(run(&container, "", 0, &limits, false, &h));
    assert_string_equal(h.log->str, "child m;end 1;child m;end 0;problem limit members;");
    heard_clear(&h);
    limits.output_bytes = 100000;
    limits.member_bytes = 10;
    assert_true(run(&container, "", 0, &limits, false, &h));
    assert_int_equal(h.child_bytes, 100);
    assert_true(g_str_has_prefix(h.log->str, "child m;end 0;problem limit members;child m;"));
    heard_clear(&h);
    limits.depth = 0;
    assert_true(run(&container, "", 0, &limits, false, &h));
    assert_string_equal(h.log->str, "problem limit members;");
    heard_clear(&h);
}

static bool say_bomb(hf_extraction *x, GError **error)
{
    static const char bytes[1 << 20];
    bool wanted;
    if (!hf_extraction_child_begin(x, &member, &wanted, error))
        return false;
    for (int i = 0; i < 1000; i++) {
        if (!hf_extraction_child_data(x, bytes, sizeof bytes, error))
            return false;
    }
    return hf_extraction_child_end(x, true, error);
}

/* 1,000 bytes may give 64 MB and 250 times their number. */
static void test_ratio(void **state)
{
    const hf_extractor container = {.name = "test", .container = true, .extract = say_bomb};
    static const char packed[1000];
    heard h = {0};
    (void)state;
    assert_true(run(&container, packed, sizeof packed, NULL, false, &h));
    assert_true(h.child_bytes >= 64 << 20 && h.child_bytes < 65 << 20);
    assert_string_equal(h.log->str, "child m;end 0;problem limit members;");
    heard_clear(&h);
}

static bool say_inline(hf_extraction *x, GError **error)
{
    hf_child picture = member;
    picture.kind = HF_CHILD_INLINE;
    for (int i = 0; i < 3; i++) {
        if (!hf_extraction_child(x, &picture, "p", 1, error))
            return false;
    }
    return true;
}

static void test_inline(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = say_inline};
    heard h = {0};
    (void)state;
    assert_true(run(&extractor, "", 0, NULL, false, &h));
    assert_string_equal(h.log->str, "inline=3;");
    heard_clear(&h);
    assert_true(run(&extractor, "", 0, NULL, true, &h));
    assert_string_equal(h.log->str, "child m;end 1;child m;end 1;child m;end 1;");
    heard_clear(&h);
}

static bool fail_in_child(hf_extraction *x, GError **error)
{
    bool wanted;
    if (!hf_extraction_text(x, "before", -1, error) ||
        !hf_extraction_child_begin(x, &member, &wanted, error))
        return false;
    g_set_error(error, HF_ITEM_ERROR, HF_ITEM_DAMAGED, "broken");
    return false;
}

/* What was said before an error stays; the open child is ended. */
static void test_failure(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = fail_in_child};
    heard h = {0};
    (void)state;
    assert_true(run(&extractor, "", 0, NULL, false, &h));
    assert_string_equal(h.text->str, "before");
    assert_string_equal(h.log->str, "child m;end 0;problem damaged text;");
    heard_clear(&h);
}

static bool ignore_errors(hf_extraction *x, GError **error)
{
    g_autofree char *text = g_strnfill(HF_WIRE_PIECE, 'x');
    for (int i = 0; i < 10; i++) {
        g_clear_error(error);
        hf_extraction_text(x, text, -1, error);
    }
    g_clear_error(error);
    return true;
}

/* The sink's refusal stops an extraction, even of an extractor that does not look. */
static void test_refusal(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = ignore_errors};
    heard h = {.refuse_after = 2};
    (void)state;
    assert_false(run(&extractor, "", 0, NULL, false, &h));
    assert_int_equal(h.texts, 3);
    heard_clear(&h);
}

static bool use_scratch(hf_extraction *x, GError **error)
{
    int fd = hf_extraction_scratch(x, error);
    char byte = 'x';
    bool ok = fd >= 0 && write(fd, &byte, 1) == 1 && pread(fd, &byte, 1, 0) == 1;
    if (fd >= 0)
        close(fd);
    return ok && hf_extraction_text(x, &byte, 1, error);
}

static void test_scratch(void **state)
{
    const hf_extractor extractor = {.name = "test", .extract = use_scratch};
    heard h = {0};
    (void)state;
    assert_true(run(&extractor, "", 0, NULL, false, &h));
    assert_string_equal(h.text->str, "x");
    heard_clear(&h);
}

/* The parent knows of the extractors from a table of its own. */
static void test_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < hf_extractors_count(); i++) {
        const hf_extractor *row = hf_extractors_at(i);
        const hf_extract_known *known = hf_extract_find_known(row->name);
        if (known == NULL || known->version != row->version || known->container != row->container)
            fail_msg("names.c does not say the same of %s", row->name);
    }
    assert_int_equal(hf_extract_version("none such"), 0);
}

static void test_meta_names(void **state)
{
    (void)state;
    for (int i = 0; i < HF_META_LAST; i++)
        assert_int_equal(hf_extract_meta_parse(hf_extract_meta_name((hf_meta)i)), i);
    assert_int_equal(hf_extract_meta_parse("none such"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_text_limit),    cmocka_unit_test(test_language),
        cmocka_unit_test(test_bad_text),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_member_limits), cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_inline),        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_refusal),       cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_known),         cmocka_unit_test(test_meta_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
