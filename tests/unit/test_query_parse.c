/* Queries as they are read, and those that are refused: where, why, and what to write instead. */
#include "holdfast/query.h"

#include <stdarg.h>
#include <setjmp.h>
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
        assert_string_equal(hf_query_source_text(query), cases[i].text);
        g_autoptr(hf_query) again = hf_query_parse(read, NULL, NULL, &error);
        if (again == NULL)
            fail_msg("%s, read again: %s", read, error->message);
        g_autofree char *read_again = hf_query_text(again);
        assert_string_equal(read, read_again);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned column;
        const char *message, *advice; /* parts of them */
    } cases[] = {
        {"", 1, "is empty", "write what"},
        {"  \n ", 1, "is empty", "write what"},
        {"...", 1, "no word", "punctuation"},
        {"\"\"", 1, "no word", "punctuation"},
        {"apple and \"--\"", 11, "no word", "punctuation"},
        {"\"apple", 1, "no partner", "close it"},
        {"apple\" pear", 6, "no partner", "close it"},
        {"(apple", 1, "not closed", "close it"},
        {"((apple)", 1, "not closed", "close it"},
        {"apple)", 6, "never opened", "open it"},
        {")", 1, "never opened", "open it"},
        {"()", 1, "nothing in these", "write something"},
        {"apple and ()", 11, "nothing in these", "write something"},
        {"and", 1, "nothing that this \"and\"", "\"and\""},
        {"and apple", 1, "nothing that this", "before it"},
        {"apple and", 10, "missing", "write a word"},
        {"apple or and pear", 10, "nothing that this \"and\"", "before it"},
        {"(apple or) and pear", 10, "missing", "write a word"},
        {"not", 4, "missing", "write a word"},
        /* which binds first */
        {"apple and pear or plum", 16, "side by side",
         "write (apple and pear) or plum (most systems), or apple and (pear or plum) (dtSearch)"},
        {"a or b and not c or (d and e)", 8, "side by side",
         "write a or (b and not c) or (d and e) (most systems), or (a or b) and (not c or (d and "
         "e)) "
         "(dtSearch)"},
        {"aaaaaaaaaa and bbbbbbbbbb and cccccccccc and dddddddddd and eeeeeeeeee and ffffffffff "
         "and "
         "gggggggggg and hhhhhhhhhh and iiiiiiiiii and jjjjjjjjjj and kkkkkkkkkk and llllllllll "
         "and "
         "mmmmmmmmmm and nnnnnnnnnn and oooooooooo and pppppppppp and qqqqqqqqqq and rrrrrrrrrr "
         "and "
         "ssssssssss and tttttttttt and uuuuuuuuuu and vvvvvvvvvv and wwwwwwwwww and xxxxxxxxxx "
         "and "
         "yyyyyyyyyy and zzzzzzzzzz or aaaaaaaaaa or bbbbbbbbbb",
         387, "side by side",
         "write (yyyyyyyyyy and zzzzzzzzzz) or aaaaaaaaaa (most systems), or yyyyyyyyyy and "
         "(zzzzzzzzzz or aaaaaaaaaa) (dtSearch), and so on"},
        {"(a and b or c) and d", 10, "side by side", "(a and b) or c"},
        {"subject:(a and b or c)", 18, "side by side", "(a and b) or c"},
        /* no operator */
        {"apple not pear", 7, "not joins nothing", "apple and not"},
        {"apple (pear or plum)", 7, "no operator", "apple and (…), or apple or (…)"},
        {"(apple) pear", 9, "no operator", "(apple) and pear"},
        {"apple subject:pear", 7, "no operator", "apple and subject:"},
        /* fields */
        {"apple and sender:roe", 11, "no field \"sender\"", "author, bcc, body"},
        {"re: apple", 1, "no field \"re\"", "\"re:\""},
        {"http://example.com", 1, "no field \"http\"", "\"http://example.com\""},
        {"subject:", 1, "has no value", "after the colon"},
        {"subject:)", 1, "has no value", "after the colon"},
        {"subject:and", 1, "has no value", "after the colon"},
        {"subject :apple", 9, "before the colon", "without a space"},
        {"subject:apple pear", 15, "not clear",
         "subject:(apple pear) if it is, subject:apple and pear"},
        {"subject:(apple from:roe)", 16, "no operator", "and"},
        {"subject:(apple and from:roe)", 20, "a field inside of subject:", "close"},
        {"custodian:(roe or from:x)", 19, "a field inside of custodian:", "close"},
        {"subject:from:roe", 9, "a field inside", "close"},
        {"custodian:Jane Roe", 16, "takes one value", "custodian:\"Jane Roe\""},
        {"custodian:(Jane Roe)", 17, "takes one value", "custodian:\"Jane Roe\""},
        {"custodian:sm*", 11, "not a pattern", "in full"},
        {"custodian:\"\"", 11, "has no value", "after the colon"},
        {"type:im*ge", 6, "star only after its slash", "type:image/*"},
        {"hash:123", 6, "32 (MD5)", "whole hash"},
        {"hash:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 6, "hexadecimal", "whole hash"},
        {"exception:strange", 11, "no such exception", "encrypted"},
        /* what is kept for the whole language */
        {"appl*", 5, "\"*\" stands for any characters", "joined by or"},
        {"apple pear?", 11, "\"?\" stands for", "punctuation"},
        {"20=1", 3, "one digit", "joined by or"},
        {"apply~", 6, "stem", "joined by or"},
        {"12~~24", 3, "range of numbers", "joined by or"},
        {"ba%nana", 3, "similar", "joined by or"},
        {"#smith", 1, "sound alike", "joined by or"},
        {"\"##reg.x\"", 2, "pattern", "joined by or"},
        {"\"appl* pear\"", 6, "stands for any characters", "joined by or"},
        {"AT&T", 3, "synonyms", "AT T finds AT&T"},
        {"apple & pear", 7, "synonyms", "write and"},
        {"litig!", 6, "other systems", "joined by or"},
        {"apple w/5 pear", 7, "w/5 asks for words near", "write and"},
        {"apple W/ 5 pear", 7, "W/ asks for words near", "write and"},
        {"apple pre/3 pear", 7, "pre/3", "write and"},
        {"apple not w/5 pear", 7, "not joins nothing", "and not"},
        {"apple near/5 pear", 7, "near/5", "write and"},
        {"apple /s pear", 7, "/s asks", "write and"},
        {"apple /p pear", 7, "/p asks", "write and"},
        {"apple /5 pear", 7, "/5 asks", "write and"},
        {"apple w/s pear", 7, "w/s asks", "write and"},
        {"subject contains apple", 9, "contains is an operator", "\"contains\""},
        {"send to bob", 6, "to is an operator", "\"to\""},
        {"apple and xfirstword", 11, "stands for a text's", "leave it out"},
        {"\"apple XLastWord\"", 8, "stands for a text's", "leave it out"},
        {"apple andany pear", 7, "andany is an operator", "\"andany\""},
        {"\xe2\x80\x9c"
         "apple pear\xe2\x80\x9d",
         1, "typographic", "\"apple pear\""},
        {"apple \xc2\xab"
         "pear\xc2\xbb",
         7, "typographic", "straight"},
        {"\xe2\x80\x98"
         "apple pear\xe2\x80\x99",
         1, "single quotation", "\"apple pear\""},
        {"'apple and pear'", 1, "single quotation", "\"apple pear\""},
        {"apple -pear", 7, "a minus", "and not pear"},
        {"+apple +pear", 1, "a plus", "and apple"},
        {"apple | pear", 7, "no operator here", "write or"},
        {"apple || pear", 7, "no operator here", "write or"},
        {"apple^2", 6, "no operator here", "leave it out"},
        {"date>2001", 5, "compares only", "date:>2001"},
        {"apple and/or pear", 7, "an operator among its words", "\"and/or\""},
        {"not-for-profit", 1, "an operator among its words", "\"not-for-profit\""},
        {"app\xe2\x80\x8ble", 4, "invisible", "take it out"},
        {"\xe2\x80\xae"
         "elppa",
         1, "invisible", "take it out"},
        {"\xc3\xa9t\xc3\xa9 w/5 x", 5, "w/5", "write and"},
        {"apple \xff", 7, "not UTF-8", "UTF-8"},
        /* days */
        {"date:2001-02-30", 6, "no day, month or year", "write 2001"},
        {"date:2001-13", 6, "no day, month or year", "write 2001"},
        {"date:05/04/2001", 6, "no day, month or year", "year-month-day"},
        {"date:5.4.2001", 6, "no day, month or year", "year-month-day"},
        {"date:yesterday", 6, "no day, month or year", "write 2001"},
        {"date:01", 6, "no day, month or year", "write 2001"},
        {"date:2002..2001", 6, "is empty", "write 2001..2002"},
        {"date:..", 6, "a beginning or an end", "write 2001"},
        {"date:>9999", 6, "nothing is later", "write 2001"},
        {"date:2001 or", 13, "missing", "write a word"},
        {"date:2001 2002", 11, "takes one value", "or"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(hf_query_fault) fault = {0};
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, NULL, &fault, &error);
        if (query != NULL) {
            g_autofree char *read = hf_query_text(query);
            fail_msg("%s was read as %s", cases[i].text, read);
        }
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_QUERY));
        if (fault.column != cases[i].column || strstr(fault.message, cases[i].message) == NULL ||
            fault.advice == NULL || strstr(fault.advice, cases[i].advice) == NULL)
            fail_msg("%s: %s", cases[i].text, error->message);
        assert_true(fault.offset + fault.length <= strlen(cases[i].text));
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

static void test_terms(void **state)
{
    (void)state;
    g_autoptr(hf_query) query =
        hf_query_parse("(apple or \"Red Pear\") and not plum and subject:cherry and custodian:x",
                       NULL, NULL, NULL);
    assert_non_null(query);
    size_t n;
    const hf_query_term *terms = hf_query_terms(query, &n);
    assert_int_equal(n, 3);
    assert_string_equal(terms[0].words[0], "apple");
    assert_int_equal(terms[0].fields, HF_FIELDS_DEFAULT);
    assert_int_equal(terms[1].n, 2);
    assert_string_equal(terms[1].words[1], "pear");
    assert_string_equal(terms[2].words[0], "cherry");
    assert_int_equal(terms[2].fields, 1u << HF_FIELD_SUBJECT);
}

static void test_fault_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned width;
        const char *lines; /* without the last */
    } cases[] = {
        {"apple w/5 pear", 80, "  apple w/5 pear\n        ^^^\n"},
        {"apple and", 80, "  apple and\n           ^\n"},
        {"\xc3\xa9t\xc3\xa9 (x", 80, "  \xc3\xa9t\xc3\xa9 (x\n      ^\n"},
        {"\xe4\xb8\xad\xe6\x96\x87 w/5 x", 80, "  \xe4\xb8\xad\xe6\x96\x87 w/5 x\n       ^^^\n"},
        {"a\n\tb*", 80, "  a  b*\n      ^\n"},
        {"a \x1b[31m", 80, "  a \xc2\xb7[31m\n    ^\n"},
        {"a \xff", 80, "  a \xef\xbf\xbd\n    ^\n"},
        {"aaaaaaaaaa bbbbbbbbbb cccccccccc w/5 dddddddddd eeeeeeeeee", 24,
         "  ccccccccc w/5 dddddd\n            ^^^\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(hf_query_fault) fault = {0};
        assert_null(hf_query_parse(cases[i].text, NULL, &fault, NULL));
        g_autofree char *lines = hf_query_fault_format(&fault, cases[i].text, cases[i].width);
        char *last = g_strrstr(lines, "column ");
        assert_non_null(last);
        assert_non_null(strstr(last, fault.message));
        *last = '\0';
        assert_string_equal(lines, cases[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth), cmocka_unit_test(test_encoded_block),
        cmocka_unit_test(test_terms), cmocka_unit_test(test_fault_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
