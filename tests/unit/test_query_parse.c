/* Queries as they are read. */
#include "query/tree.h"

#include <inttypes.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *read;
    } cases[] = {
        {"apple", "apple"},
        {"  Apple\n", "apple"},
        {"apple pear", "\"apple pear\""},
        {"\"apple pear\"", "\"apple pear\""},
        {"\"apple\" pear \"plum\"", "\"apple pear plum\""},
        {"clear \"and\" present danger", "\"clear and present danger\""},
        {"\"and\"", "\"and\""},
        {"\"to\"", "\"to\""},
        {"can't", "\"can t\""},
        {"can\xe2\x80\x99t", "\"can t\""},
        {"part_number", "part_number"},
        {"jane.roe@example.com", "\"jane roe example com\""},
        {"10:30", "\"10 30\""},
        {"apple, pear", "\"apple pear\""},
        {"apple - pear", "\"apple pear\""},
        {"well-known", "\"well known\""},
        {"a/b", "\"a b\""},
        {"$5", "5"},
        {"w", "w"},
        {"w/o", "\"w o\""},
        {"24/7", "\"24 7\""},
        {"near within pre", "\"near within pre\""},
        {"STRASSE \xc3\x89t\xc3\xa9", "\"strasse \xc3\xa9t\xc3\xa9\""},
        {"apple and pear", "apple and pear"},
        {"apple AND pear And plum", "apple and pear and plum"},
        {"apple or pear or plum", "apple or pear or plum"},
        {"apple and not pear", "apple and not pear"},
        {"not apple", "not apple"},
        {"not apple pear", "not \"apple pear\""},
        {"not not apple", "not not apple"},
        {"not apple and pear", "not apple and pear"},
        {"not (apple and pear)", "not (apple and pear)"},
        {"apple or not pear", "apple or not pear"},
        {"((apple))", "apple"},
        {"(apple or pear) and plum", "(apple or pear) and plum"},
        {"apple or (pear and plum)", "apple or (pear and plum)"},
        {"apple and (pear and plum)", "apple and (pear and plum)"},
        {"(apple)and(pear)", "apple and pear"},
        {"\"apple\"and\"pear\"", "apple and pear"},
        {"subject:apple", "subject:apple"},
        {"SUBJECT:Apple", "subject:apple"},
        {"subject: apple", "subject:apple"},
        {"subject:\"apple pear\"", "subject:\"apple pear\""},
        {"subject:(apple pear)", "subject:\"apple pear\""},
        {"subject:(apple or pear)", "subject:apple or subject:pear"},
        {"subject:(apple and (pear or not plum))",
         "subject:apple and (subject:pear or not subject:plum)"},
        {"subject:apple and pear", "subject:apple and pear"},
        {"not subject:apple", "not subject:apple"},
        {"from:jane.roe@example.com", "from:\"jane roe example com\""},
        {"to:smith cc:jones", NULL},
        {"to:smith and cc:jones or bcc:x", NULL},
        {"to:smith and cc:jones", "to:smith and cc:jones"},
        {"author:a and title:b and filename:c and bcc:d and body:e",
         "author:a and title:b and filename:c and bcc:d and body:e"},
        {"custodian:roe", "custodian:roe"},
        {"custodian:\"Jane Roe\"", "custodian:\"Jane Roe\""},
        {"custodian:(roe or \"Jane Doe\")", "custodian:roe or custodian:\"Jane Doe\""},
        {"custodian:\"AND\"", "custodian:\"AND\""},
        {"matter:2001-17", "matter:2001-17"},
        {"type:pdf", "type:pdf"},
        {"type:Image/*", "type:image/"},
        {"type:image/png", "type:image/png"},
        {"path:*.zip!/mail/*.eml", "path:*.zip!/mail/*.eml"},
        {"path:\"my files\"", "path:\"my files\""},
        {"path:c:\\docs", "path:\"c:\\docs\""},
        {"path:a&b", "path:a&b"},
        {"hash:D41D8CD98F00B204E9800998ECF8427E", "hash:d41d8cd98f00b204e9800998ecf8427e"},
        {"exception:any", "exception:any"},
        {"exception:Encrypted", "exception:encrypted"},
        {"date:2001", "date:2001"},
        {"date:(2001 or 2003)", "date:2001 or date:2003"},
        {"date:>=2001-05-04 and sent:<2002", "date:>=2001-05-04 and sent:<2002"},
        /* words that stand for several */
        {"Appl*", "appl*"},
        {"appl* pear?", "\"appl* pear?\""},
        {"joe*@acme.com", "\"joe* acme com\""},
        {"*apple", "*apple"},
        {"20==", "20=="},
        {"====", "===="},
        {"Apply~ pear", "\"apply~ pear\""},
        {"ba%nana", "ba%nana"},
        {"#Smith", "#smith"},
        {"12~~24", "12~~24"},
        {"\"12~~24 apples\"", "\"12~~24 apples\""},
        {"\"##19[0-9]+\"", "\"##19[0-9]+\""},
        {"\"##19[0-9]+ annual report\"", "\"##19[0-9]+ annual report\""},
        {"\"annual ##(19|20)[0-9]{2} report*\"", "\"annual ##(19|20)[0-9]{2} report*\""},
        {"\"##a&b|c^?\"", "\"##a&b|c^?\""},
        {"\"xfirstword dear\"", "\"xfirstword dear\""},
        {"\"sent=\"", "\"sent=\""},
        {"or*", "or*"},
        {"foo_*", "foo_*"},
        {"part_number_", "part_number"},
        /* proximity */
        {"apple w/5 pear", "apple w/5 pear"},
        {"Apple W/5 Pear", "apple w/5 pear"},
        {"apple PRE/3 pear", "apple pre/3 pear"},
        {"apple not w/5 pear", "apple not w/5 pear"},
        {"apple NOT W/05 pear", "apple not w/5 pear"},
        {"apple w/1 pear", "apple w/1 pear"},
        {"apple w/9999 pear", "apple w/9999 pear"},
        {"apple pie w/5 \"red pear\"", "\"apple pie\" w/5 \"red pear\""},
        {"(apple or pear) w/5 plum", "(apple or pear) w/5 plum"},
        {"(apple or (pear or plum)) w/5 (a or b)", "(apple or (pear or plum)) w/5 (a or b)"},
        {"(apple and pear) w/5 plum", "(apple and pear) w/5 plum"},
        {"plum pre/5 (apple and pear)", "plum pre/5 (apple and pear)"},
        {"(a and not b) w/10 c", "(a and not b) w/10 c"},
        {"(a w/3 b) w/10 c", "(a w/3 b) w/10 c"},
        {"((a w/3 b) and d) w/10 c", "((a w/3 b) and d) w/10 c"},
        {"((a w/3 b) w/4 c) w/5 d", "((a w/3 b) w/4 c) w/5 d"},
        {"(a w/3 b) not w/10 c", "(a w/3 b) not w/10 c"},
        {"a not w/10 (b and c)", "a not w/10 (b and c)"},
        {"a and b w/5 c", "a and (b w/5 c)"},
        {"a w/5 b and c pre/2 d", "(a w/5 b) and (c pre/2 d)"},
        {"not (a w/5 b)", "not (a w/5 b)"},
        {"a or (b w/5 c)", "a or (b w/5 c)"},
        {"(a or b) w/5 c", "(a or b) w/5 c"},
        {"apple w/5 xfirstword", "apple w/5 xfirstword"},
        {"XLastWord w/5 apple", "xlastword w/5 apple"},
        {"appl* w/5 (pear~ or #plum or ban%ana)", "appl* w/5 (pear~ or #plum or ban%ana)"},
        {"subject:(apple w/5 pear)", "subject:apple w/5 subject:pear"},
        {"subject:apple w/5 pear", "subject:apple w/5 pear"},
        {"participants:roe w/5 to:doe", "participants:roe w/5 to:doe"},
        {"(a)w/5(b)", "a w/5 b"},
        {"\"a\"w/5\"b\"", "a w/5 b"},
        /* fields */
        {"subject contains apple", "subject:apple"},
        {"Subject CONTAINS apple pie", "subject:\"apple pie\""},
        {"subject contains apple pie and pear", "subject:\"apple pie\" and pear"},
        {"subject contains \"apple pie\" w/5 pear", "subject:\"apple pie\" w/5 pear"},
        {"subject contains (apple or pear)", "subject:apple or subject:pear"},
        {"to contains smith", "to:smith"},
        {"custodian contains \"Jane Roe\"", "custodian:\"Jane Roe\""},
        {"subject apple", "\"subject apple\""},
        {"participants:smith and other:draft", "participants:smith and other:draft"},
        {"mime:Image/* and language:EN and language:zh-hant and language:none",
         "mime:image/ and language:en and language:zh-hant and language:none"},
        {"msgid:<A1.b2@example.com>", "msgid:A1.b2@example.com"},
        {"has:Attachment and not has:no-text", "has:attachment and not has:no-text"},
        {"tag:responsive or hold:any or production:VOL001",
         "tag:responsive or hold:any or production:VOL001"},
        {"bates:ABC-0001..ABC-0099", "bates:ABC-0001..ABC-0099"},
        {"source:/mail/*.pst", "source:/mail/*.pst"},
        {"tag:\"not responsive\"", "tag:\"not responsive\""},
        {"sent>=2001-05-04", "sent:>=2001-05-04"},
        {"sent > 2001-05-04", "sent:>2001-05-04"},
        {"received:> 2001 and created<2002 and modified <= 2003",
         "received:>2001 and created:<2002 and modified:<=2003"},
        {"familydate:2001-01..2001-06", "familydate:2001-01..2001-06"},
        {"date:2001-05-04T10:30", "date:2001-05-04T10:30"},
        {"date:2001-05-04T10..2001-05-04T12", "date:2001-05-04T10..2001-05-04T12"},
        {"size>1MB", "size:>1MB"},
        {"size:100..200", "size:100..200"},
        {"size >= 1.5mb and size<2 and size:(1KB or 2KB)",
         "size:>=1.5mb and size:<2 and (size:1KB or size:2KB)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, NULL, NULL, &error);
        if (cases[i].read == NULL) {
            assert_null(query);
            continue;
        }
        if (query == NULL)
            fail_msg("%s: %s", cases[i].text, error->message);
        g_autofree char *read = hf_query_text(query);
        assert_string_equal(read, cases[i].read);
        g_autoptr(hf_query) again = hf_query_parse(read, NULL, NULL, &error);
        if (again == NULL)
            fail_msg("%s, read again: %s", read, error->message);
        g_autofree char *read_again = hf_query_text(again);
        assert_string_equal(read, read_again);
    }
}

/* ---- noise words ---- */

static void test_noise(void **state)
{
    (void)state;
    static const char *const noise[] = {"of", "the", "a", "to", "t", NULL};
    static const struct {
        const char *text, *read;
        unsigned any, dropped;
    } cases[] = {
        {"bill of rights", "\"bill of rights\"", 1, 0},
        {"bill of the rights", "\"bill of the rights\"", 2, 0},
        {"the bill", "bill", 0, 1},
        {"The Bill of", "bill", 0, 2},
        {"\"to the bill of rights\"", "\"bill of rights\"", 1, 2},
        {"can't", "can", 0, 1},
        {"subject:(the bill)", "subject:bill", 0, 1},
        {"of*", "of*", 0, 0},
    };
    const hf_query_options options = {.noise = noise};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, &options, NULL, &error);
        if (query == NULL)
            fail_msg("%s: %s", cases[i].text, error->message);
        g_autofree char *read = hf_query_text(query);
        assert_string_equal(read, cases[i].read);
        assert_int_equal(query->root->dropped, cases[i].dropped);
        unsigned any = 0;
        for (guint k = 0; k < query->root->words->len; k++)
            any += ((hf_query_word *)query->root->words->pdata[k])->kind == HF_QUERY_WORD_ANY;
        assert_int_equal(any, cases[i].any);
    }
    static const struct {
        const char *text, *message;
        unsigned column;
    } refused[] = {
        {"the", "the is a noise word: it would match any word", 1},
        {"bill and of", "of is a noise word", 10},
        {"bill w/5 the", "the is a noise word", 10},
        {"subject:The", "The is a noise word", 9},
        {"\"of the\"", "are noise words", 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_auto(hf_query_fault) fault = {0};
        assert_null(hf_query_parse(refused[i].text, &options, &fault, NULL));
        assert_non_null(strstr(fault.message, refused[i].message));
        assert_int_equal(fault.column, refused[i].column);
    }
}

/* ---- saved searches ---- */

static char *find_saved(void *data, const char *name, GError **error)
{
    static const struct {
        const char *name, *text;
    } saved[] = {
        {"fruit", "apple or pear"},  {"Hot Docs", "saved:fruit and date:2001"},
        {"bad", "apple and"},        {"foreign", "litig! w/s x"},
        {"loop", "x or saved:loop"}, {"ping", "saved:pong"},
        {"pong", "saved:ping"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(saved); i++)
        if (strcmp(saved[i].name, name) == 0)
            return g_strdup(saved[i].text);
    if (g_str_has_prefix(name, "deep")) /* deep9 asks for deep8 … */
        return strcmp(name, "deep0") == 0 ? g_strdup("apple")
                                          : g_strdup_printf("saved:deep%d", atoi(name + 4) - 1);
    if (strcmp(name, "wide") == 0 || g_str_has_prefix(name, "wide")) {
        GString *text = g_string_new("a");
        for (int i = 0; strcmp(name, "wide") != 0 && i < 2000; i++)
            g_string_append_printf(text, " or saved:%.*s", (int)strlen(name) - 1, name);
        return g_string_free(text, FALSE);
    }
    if (data != NULL)
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot read the catalog");
    else
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no saved search \"%s\"", name);
    return NULL;
}

static void test_saved(void **state)
{
    (void)state;
    hf_query_options options = {.saved = find_saved};
    g_autoptr(hf_query) query =
        hf_query_parse("saved:\"Hot Docs\" and not saved:fruit", &options, NULL, NULL);
    assert_non_null(query);
    g_autofree char *read = hf_query_text(query);
    assert_string_equal(read, "saved:\"Hot Docs\" and not saved:fruit");
    const hf_query_node *docs = query->root->children->pdata[0];
    assert_int_equal(docs->kind, HF_QUERY_NODE_SAVED);
    assert_string_equal(docs->value, "Hot Docs");
    const hf_query_node *both = docs->children->pdata[0];
    assert_int_equal(both->kind, HF_QUERY_NODE_AND);
    const hf_query_node *fruit = both->children->pdata[0];
    assert_int_equal(fruit->kind, HF_QUERY_NODE_SAVED);
    g_autoptr(hf_query) deep = hf_query_parse("saved:deep9", &options, NULL, NULL);
    assert_non_null(deep);
    static const struct {
        const char *text, *message, *advice;
        unsigned column;
    } refused[] = {
        {"apple or saved:bad", "in the saved search bad, column 10: something is missing", "write",
         16},
        {"saved:foreign", "in the saved search foreign, column 6: \"!\"", "contract*", 7},
        {"saved:nothing", "there is no saved search \"nothing\"", NULL, 7},
        {"saved:loop", "loop asks for itself", "save it again", 7},
        {"saved:ping", "ping asks for itself", "save it again", 7},
        {"saved:deep10", "too deep", "at most 10", 7},
        {"saved:wide...", "too long together", "at most", 7},
        {"saved:fruit w/5 pie", "finds documents", "write pie and saved:fruit", 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_auto(hf_query_fault) fault = {0};
        assert_null(hf_query_parse(refused[i].text, &options, &fault, NULL));
        if (strstr(fault.message, refused[i].message) == NULL ||
            (refused[i].advice != NULL && strstr(fault.advice, refused[i].advice) == NULL) ||
            fault.column != refused[i].column)
            fail_msg("%s: column %u: %s; %s", refused[i].text, fault.column, fault.message,
                     fault.advice);
    }
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    options.data = &options;
    assert_null(hf_query_parse("saved:nothing", &options, &fault, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    assert_null(fault.message);
    assert_null(hf_query_parse("saved:fruit", NULL, &fault, NULL));
    assert_non_null(strstr(fault.message, "cannot be asked for here"));
}

/* ---- what nodes hold ---- */

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t low, high;
    } cases[] = {
        {"size:100", 100, 100},
        {"size:1KB", 1024, 1024},
        {"size:1.5MB", 1572864, 1572864},
        {"size:\"2 GiB\"", INT64_C(2147483648), INT64_C(2147483648)},
        {"size:100..200", 100, 200},
        {"size:1kb..2m", 1024, 2097152},
        {"size:0..1kb", 0, 1024},
        {"size:..10kb", INT64_MIN + 1, 10240},
        {"size:1MB..", 1048576, INT64_MAX},
        {"size>1MB", 1048577, INT64_MAX},
        {"size>=1MB", 1048576, INT64_MAX},
        {"size<1MB", INT64_MIN + 1, 1048575},
        {"size<=1MB", INT64_MIN + 1, 1048576},
        {"date:1970-01-01", 0, 86400 * HF_TIME_SECOND - 1},
        {"date:1970-01-01T01", 3600 * HF_TIME_SECOND, 7200 * HF_TIME_SECOND - 1},
        {"date:1970-01-01T00:01", 60 * HF_TIME_SECOND, 120 * HF_TIME_SECOND - 1},
        {"date:1970-01-01t00:00:59", 59 * HF_TIME_SECOND, 60 * HF_TIME_SECOND - 1},
        {"date:>=1970-01-01T00:01", 60 * HF_TIME_SECOND, INT64_MAX},
        {"date:<1970-01-01T00:01", INT64_MIN + 1, 60 * HF_TIME_SECOND - 1},
        {"date:1970-01-01T00:01..1970-01-01", 60 * HF_TIME_SECOND, 86400 * HF_TIME_SECOND - 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, NULL, NULL, &error);
        if (query == NULL)
            fail_msg("%s: %s", cases[i].text, error->message);
        assert_int_equal(query->root->kind, HF_QUERY_NODE_RANGE);
        if (query->root->low != cases[i].low || query->root->high != cases[i].high)
            fail_msg("%s: %" PRId64 " to %" PRId64, cases[i].text, query->root->low,
                     query->root->high);
    }
}

static void test_depth(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *end;
        unsigned times;
        bool read;
    } cases[] = {
        {"(", ")", HF_QUERY_DEPTH_MAX, true},
        {"(", ")", HF_QUERY_DEPTH_MAX + 1, false},
        {"(", ")", 100000, false},
        {"not ", "", HF_QUERY_DEPTH_MAX, true},
        {"not ", "", HF_QUERY_DEPTH_MAX + 1, false},
        {"not (", ")", 50000, false},
        {"a or ", "", 20000, true},
        {"(b) and ", "", 1000, true},
        {"not b and ", "", 1000, true},
        {"a ", "", 20000, true},
        {"\"##b+\" ", "", 100, true},
        {"\"##b+\" ", "", 101, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (unsigned k = 0; k < cases[i].times; k++)
            g_string_append(text, cases[i].unit);
        g_string_append(text, "a");
        for (unsigned k = 0; k < cases[i].times; k++)
            g_string_append(text, cases[i].end);
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(text->str, NULL, NULL, &error);
        assert_true((query != NULL) == cases[i].read);
        assert_true((error == NULL) == cases[i].read);
    }
    g_autofree char *long_text = g_strnfill(HF_QUERY_TEXT_MAX + 1, 'a');
    assert_null(hf_query_parse(long_text, NULL, NULL, NULL));
}

static void test_encoded_block(void **state)
{
    (void)state;
    const char *line =
        "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdC4g";
    g_autofree char *text = g_strdup_printf("\"apple\n%s\n%s\n%s\n%s\n\"", line, line, line, line);
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    assert_null(hf_query_parse(text, NULL, &fault, &error));
    assert_non_null(strstr(fault.message, "encoded"));
}

/* ((a w/5 a) w/5 a) … : `n` proximities in one another. */
static bool reads_nested(unsigned n, char **message)
{
    g_autoptr(GString) text = g_string_new("a");
    g_auto(hf_query_fault) fault = {0};
    for (unsigned i = 0; i < n; i++) {
        g_string_prepend_c(text, '(');
        g_string_append(text, " w/5 a)");
    }
    g_autoptr(hf_query) query = hf_query_parse(text->str, NULL, &fault, NULL);
    *message = g_strdup(fault.message);
    return query != NULL;
}

static void test_nested_proximity(void **state)
{
    (void)state;
    g_autofree char *none = NULL, *message = NULL;
    assert_true(reads_nested(HF_QUERY_NEAR_DEPTH_MAX, &none));
    assert_false(reads_nested(HF_QUERY_NEAR_DEPTH_MAX + 1, &message));
    assert_non_null(strstr(message, "nested"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested_proximity),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_saved),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_encoded_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
