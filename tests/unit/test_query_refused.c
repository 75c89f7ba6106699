/* Queries that are refused: where, why, and what to write instead. */
#include "holdfast/query.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

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
        {"apple (pear or plum)", 7, "no operator",
         "apple and (pear or plum), apple or (pear or plum), or, for"},
        {"(apple) pear", 9, "no operator", "(apple) and pear"},
        {"apple subject:pear", 7, "no operator", "apple and subject:"},
        /* fields */
        {"apple and zender:roe", 11, "no field \"zender\"", "author, bates, bcc, body"},
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
        {"(apple or pear) pie", 17, "no operator", "(apple or pear) pre/1 pie"},
        {"pie (apple or pear)", 5, "no operator", "pie pre/1 (apple or pear)"},
        {"subject:apple (pear)", 15, "no operator", "subject:apple pre/1 (pear)"},
        {"date:2001 (pear)", 11, "no operator", "date:2001 and (pear)"},
        {"apple and sender:roe", 11, "no field \"sender\"", "sender: is from: here"},
        {"apple:5", 1, "no field \"apple\"",
         "for the weight of a word, leave it out and write apple"},
        {"subject>5", 8, "\">\" compares only times and sizes", "subject:5"},
        {"date=2001", 5, "a field takes a colon", "date:2001"},
        {"language:english", 10, "by its code", "en, de"},
        {"has:wings", 5, "something else", "attachment, parent"},
        {"mime:email", 6, "a media type", "type:"},
        {"msgid:a<b", 7, "no angle brackets", "header"},
        {"bates:ABC", 7, "a prefix and digits", "ABC0000123"},
        {"bates:ABC2..ABC1", 7, "is empty", "bates:ABC1..ABC2"},
        {"bates:ABC1..DEF2", 7, "different prefixes", "joined by or"},
        {"saved:x", 7, "cannot be asked for here", "the search itself"},
        /* marks of other systems that would be text */
        {"apple w\\5 pear", 7, "no operator as it is written", "write w/5;"},
        {"apple PRE\\5 pear", 7, "no operator as it is written", "write PRE/5;"},
        {"attachment:yes", 1, "no field \"attachment\"", "is has:attachment here;"},
        {"filetype:pdf", 1, "no field \"filetype\"", "filetype: is type: here; if the colon"},
        /* words that stand for several */
        {"*", 1, "alone would stand for nearly every word", "appl*"},
        {"apple and *", 11, "alone would stand for", "appl*"},
        {"\"apple * pie\"", 8, "alone would stand for", "appl*"},
        {"apple pear ?", 12, "alone would stand for", "appl*"},
        {"appl*~", 1, "only one of", "joined by or"},
        {"##reg.x", 1, "in quotation marks", "\"##reg.x\""},
        {"\"##(reg\"", 2, "missing )", "RE2"},
        {"\"apple ##a**\"", 8, "bad repetition", "RE2"},
        {"\"(##a)\"", 3, "after a space only", "##19"},
        {"1,000~~2,000", 3, "without punctuation", "1000~~2000"},
        {"1.5~~2.5", 3, "without punctuation", "1000~~2000"},
        {"24~~12", 1, "is empty", "12~~24"},
        {"50%", 1, "too few letters", "leave it out: 50"},
        {"issue #1", 7, "sound alike", "leave it out: 1"},
        {"\xe5\x90\x88\xe5\x90\x8c*", 1, "without spaces", "any part"},
        {"appl\xef\xbc\x8a", 5, "wide form of \"*\"", "write *"},
        {"\xef\xbc\x88"
         "apple\xef\xbc\x89",
         1, "wide form of \"(\"", "write ("},
        /* the markers */
        {"xfirstword", 1, "every text", "apple w/5 xfirstword"},
        {"apple and xlastword", 11, "every text", "apple w/5 xfirstword"},
        {"apple and not (pear or xlastword)", 24, "every text", "apple w/5 xfirstword"},
        /* proximity */
        {"apple w/0 pear", 7, "no two words are so near", "w/1"},
        {"apple pre/0 pear", 7, "no two words are so near", "pre/1"},
        {"apple w/99999 pear", 7, "further than words are compared", "w/9999"},
        {"apple w/99999999999999999999 pear", 7, "further than words are compared", "w/9999"},
        {"apple w/10000 pear", 7, "further than words are compared", "w/9999"},
        {"apple w/ pear", 7, "no number of words", "w/5"},
        {"apple w/ 5 pear", 7, "no number of words", "w/5"},
        {"apple w / 5 pear", 7, "as it is written", "w/5 or pre/5"},
        {"apple w/5pear", 7, "not parted", "w/5"},
        {"apple,w/5 pear", 7, "as it is written", "one on either side"},
        {"w/5 pear", 1, "nothing that this \"w/5\"", "before it"},
        {"apple w/5", 10, "missing", "write a word"},
        {"apple not w/5", 14, "missing", "write a word"},
        {"apple w/5 and pear", 11, "nothing that this \"and\"", "before it"},
        {"apple not pre/5 pear", 7, "not before pre/", "not w/5"},
        {"a w/5 b w/3 c", 9, "which of these belong together",
         "write (a w/5 b) w/3 c, or a w/5 (b w/3 c)"},
        {"a w/5 b not w/3 c", 9, "which of these",
         "write (a w/5 b) not w/3 c, or a w/5 (b not w/3 c)"},
        {"a or b w/5 c", 8, "or and a proximity",
         "write a or (b w/5 c) (most systems), or (a or b) w/5 c (dtSearch)"},
        {"a w/5 b or c", 3, "or and a proximity",
         "write (a w/5 b) or c (most systems), or a w/5 (b or c) (dtSearch)"},
        {"a or b not w/5 c or d", 8, "or and a proximity",
         "write a or (b not w/5 c) or d (most systems), or (a or b) not w/5 (c or d) (dtSearch)"},
        {"a w/5 b or c w/6 d", 3, "or and a proximity", "write (a w/5 b) or (c w/6 d), or put"},
        {"date:2001 or b w/5 c", 16, "or and a proximity", "write date:2001 or (b w/5 c), or put"},
        {"a and b w/5 c or d", 15, "and and or",
         "write (a and (b w/5 c)) or d (most systems), or a and ((b w/5 c) or d)"},
        {"not a w/5 b", 1, "how far this not reaches", "write not (a w/5 b), or b not w/5 a"},
        {"not a not w/5 b", 1, "how far this not reaches", "write not (a not w/5 b)"},
        {"a w/5 not b", 7, "none of its words is near", "write a not w/5 b"},
        {"(not b) w/10 c", 1, "none of its words is near", "write c not w/10 b"},
        {"c w/10 (not b)", 8, "none of its words is near", "write c not w/10 b"},
        {"(not b) pre/10 c", 1, "none of its words is near", "write c not w/10 b, in either order"},
        {"a not w/10 (not b)", 12, "none of its words is near", "write a w/10 b"},
        {"(a or not b) w/10 c", 1, "none of its words is near", "a word that must be near"},
        {"(a and b) w/10 (c and d)", 11, "both sides of w/10",
         "such as (a w/10 (c and d)) and (b w/10 (c and d))"},
        {"(a w/3 b) w/10 (c w/3 d)", 11, "both sides of w/10",
         "such as ((a w/3 b) w/10 (c or d)) and (c w/3 d)"},
        {"(a or b and c) w/10 d", 9, "and and or", "(a or b) and c"},
        {"(a and b) not w/10 c", 1, "must be away", "such as (a and b) and (a not w/10 c)"},
        {"(not a) not w/10 c", 1, "must be away", "a proximity"},
        {"date:2001 w/5 apple", 1, "date: has no place in a text", "write apple and date:2001"},
        {"apple not w/5 custodian:roe", 15, "custodian: has no place",
         "write apple and not custodian:roe"},
        {"(apple and type:pdf) w/5 pear", 12, "type: has no place", "outside of the proximity"},
        {"subject:apple w/5 body:pear", 15, "no field has the words of both",
         "write subject:apple and body:pear"},
        {"from:a w/5 (to:b or c)", 8, "no field has", "write from:a and (to:b or c)"},
        {"(a and subject:b) w/5 body:c", 19, "no field has", "the same field"},
        /* marks of other systems */
        {"litig!", 6, "other systems", "write litig*; word~ would find only the forms"},
        {"contract! w/s breach", 9, "other systems", "write contract* w/25 breach; word~"},
        {"contract /s breach", 10, "in one sentence",
         "write contract w/25 breach; a number of words is agreed"},
        {"contract /p breach", 10, "in one paragraph", "write contract w/50 breach; a number"},
        {"contract pre/s breach", 10, "in one sentence", "write contract pre/25 breach; a number"},
        {"contract +s breach", 10, "in one sentence", "write contract pre/25 breach; a number"},
        {"apple near/5 pear", 7, "near/5 is how other systems", "write apple w/5 pear"},
        {"apple NEAR5 pear", 7, "other systems", "write apple w/5 pear"},
        {"apple n/5 pear", 7, "other systems", "write apple w/5 pear"},
        {"apple /5 pear", 7, "other systems", "write apple w/5 pear"},
        {"apple within/5 pear", 7, "other systems", "write apple w/5 pear"},
        {"apple within 5 pear", 7, "within 5 is how other", "write apple w/5 pear"},
        {"apple within 5 words of pear", 7, "within 5 is how other", "write apple w/5 pear"},
        {"apple +5 pear", 7, "other systems", "write apple pre/5 pear"},
        {"apple onear/5 pear", 7, "other systems", "write apple pre/5 pear"},
        {"apple adj pear", 7, "other systems", "write apple pre/1 pear"},
        {"apple adj3 pear", 7, "other systems", "write apple pre/3 pear"},
        {"apple not /5 pear", 11, "other systems", "write apple not w/5 pear"},
        {"\"litig! strategy\"", 7, "other systems", "write \"litig* strategy\""},
        {"apple & pear", 7, "synonyms", "write apple and pear"},
        {"AT&T", 3, "synonyms", "write AT T"},
        {"apple | pear", 7, "no operator here", "write apple or pear"},
        {"apple || pear", 7, "no operator here", "write apple or pear"},
        {"apple^2 and pear", 6, "no weight", "write apple and pear"},
        {"apple -pear", 7, "a minus", "write apple and not pear; as punctuation"},
        {"+apple +pear", 1, "a plus", "write apple and pear; as punctuation"},
        {"apple and -pear", 11, "a minus", "write apple and not pear"},
        {"\xe2\x80\x9c"
         "apple pear\xe2\x80\x9d w/5 plum",
         1, "typographic", "write \"apple pear\" w/5 plum"},
        {"\xe2\x80\x98"
         "apple pear\xe2\x80\x99 and x",
         1, "single quotation", "write \"apple pear\" and x"},
        {"litig! and or", 6, "other systems", "write contract* for every"},
        {"send to bob", 6, "to is a reserved word", "\"to\""},
        {"date:2001 to 2002", 11, "to is a reserved word", "date:2001..2002"},
        {"apple contains pear", 7, "behind a field's name", "\"contains\""},
        {"apple andany pear", 7, "andany is an operator", "\"andany\""},
        {"apple andnot pear", 7, "one word here", "write and not"},
        {"apple xor pear", 7, "xor is an operator", "\"xor\""},
        {"apple~2", 1, "~2 asks for nothing", "app%le"},
        {"\"apple pear\"~10", 13, "~10 asks for nothing", "w/10"},
        {"tag:not responsive", 1, "has no value", "tag:\"not …\""},
        {"apple xfilter pear", 7, "xfilter is an operator", "fields"},
        {"apple \xc2\xab"
         "pear\xc2\xbb",
         7, "typographic", "write apple \"pear\""},
        {"'apple and pear'", 1, "single quotation", "\"apple and pear\""},
        {"apple > 5", 7, "compares only", "size:>1MB"},
        {"apple and/or pear", 7, "an operator among its words", "\"and/or\""},
        {"not-for-profit", 1, "an operator among its words", "\"not-for-profit\""},
        {"app\xe2\x80\x8ble", 4, "invisible", "take it out"},
        {"apple\x01", 6, "invisible character (U+0001)", "take it out"},
        {"\xe2\x80\xae"
         "elppa",
         1, "invisible", "take it out"},
        {"\xc3\xa9t\xc3\xa9 /5 x", 5, "other systems", "\xc3\xa9t\xc3\xa9 w/5 x"},
        {"apple \xff", 7, "not UTF-8", "UTF-8"},
        {"apple \xc3", 7, "not UTF-8", "UTF-8"},
        /* days */
        {"date:2001-02-30", 6, "no year, month, day or time", "write 2001"},
        {"date:2001-13", 6, "no year, month, day or time", "write 2001"},
        {"date:05/04/2001", 6, "no year, month, day or time", "year-month-day"},
        {"date:5.4.2001", 6, "no year, month, day or time", "year-month-day"},
        {"date:yesterday", 6, "no year, month, day or time", "write 2001"},
        {"date:01", 6, "no year, month, day or time", "write 2001"},
        {"date:2002..2001", 6, "is empty", "write 2001..2002"},
        {"date:..", 6, "a beginning or an end", "write 2001"},
        {"date:>9999", 6, "nothing is later", "write 2001"},
        {"date:2001-05-04T25", 6, "no year, month, day or time", "write 2001"},
        {"date:2001-05-04T10:3", 6, "no year, month, day or time", "write 2001"},
        {"date:2001-05T10", 6, "no year, month, day or time", "write 2001"},
        {"date:2001 .. 2002", 11, "takes one value", "write date:2001..2002, without spaces"},
        {"sent>", 5, "no year, month, day or time", "write 2001"},
        /* sizes */
        {"size:big", 6, "is no size", "1.5MB"},
        {"size:1XB", 6, "is no size", "1.5MB"},
        {"size:1,000", 6, "is no size", "1.5MB"},
        {"size:1.5", 6, "is no size", "1.5MB"},
        {"size:99999999999999999999", 6, "is no size", "1.5MB"},
        {"size:999999999999999GB", 6, "is no size", "1.5MB"},
        {"size:2MB..1MB", 6, "is empty", "size:1MB..2MB"},
        {"size:1..2MB", 6, "not clear whether 1 is in bytes", "size:1MB..2MB or size:1B..2MB"},
        {"size:..", 6, "a beginning or an end", "1.5MB"},
        {"size<0", 5, "is empty", "below 0"},
        {"date:2001 or", 13, "missing", "write a word"},
        {"date:2001 2002", 11, "takes one value", "write date:(2001 or 2002)"},
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

/* Advice that is a whole query can be taken as it stands. */
static void test_advice_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "contract! w/s breach",
        "\xe2\x80\x9c"
        "letter of intent\xe2\x80\x9d /5 sign!",
        "(merg! or acqui!) /p (confiden! & secret)",
        "apple adj3 (pear or plum) & fig",
        "a & b & (c | d)",
        "'hot docs' near/10 \xe2\x80\x98"
        "cold docs\xe2\x80\x99",
        "+apple -pear -plum",
        "a w/5 b w/3 c",
        "a or b w/5 c",
        "a w/5 b or c or d",
        "a or b not w/5 (c and d) or e",
        "apple and pear or plum w/5 fig",
        "not a w/5 b",
        "(not \"red pear\") w/10 (c or d)",
        "(a and b) w/10 (c and d)",
        "((a or x) and \"b c\") pre/10 (c and not d)",
        "(a and (b w/2 c)) w/10 (c w/3 d)",
        "(a w/3 b) pre/10 (c and not d)",
        "(a and b) not w/10 c",
        "apple (pear or plum)",
        "(apple or pear) \"pie crust\"",
        "subject:apple w/5 body:pear",
        "date:2001 not w/5 apple",
        "appl%e",
        "24~~12",
        "date:2002..2001",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(hf_query_fault) fault = {0};
        if (hf_query_parse(texts[i], NULL, &fault, NULL) != NULL)
            fail_msg("%s is read", texts[i]);
        const char *from = strstr(fault.advice, "such as ");
        from = from != NULL ? from + 8 : strstr(fault.advice, "write ") + 6;
        g_autofree char *said = g_strdup(from);
        static const char *const ends[] = {" (most", ", in either", "; ", " or, for words", ", "};
        for (size_t k = 0; k < G_N_ELEMENTS(ends); k++)
            if (strstr(said, ends[k]) != NULL)
                *strstr(said, ends[k]) = '\0';
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(said, NULL, NULL, &error);
        if (query == NULL)
            fail_msg("%s: \"%s\" of \"%s\": %s", texts[i], said, fault.advice, error->message);
    }
}

/* However long the text is that is wrong, what is said of it can be read. */
static void test_long_is_cut(void **state)
{
    (void)state;
    static const char *const frames[] = {"%s/and",      "hash:%s",          "date:%s", "size:%s",
                                         "within %s5x", "bates:%s9..1",     "%s:x",    "\"##(%s\"",
                                         "%s*=",        "\xc3\xa9%s and/or"};
    g_autofree char *letters = g_strnfill(200000, 'x');
    for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
        g_autoptr(GString) text = g_string_new(frames[i]);
        g_string_replace(text, "%s", letters, 0);
        g_auto(hf_query_fault) fault = {0};
        g_autoptr(hf_query) query = hf_query_parse(text->str, NULL, &fault, NULL);
        if (query != NULL)
            continue;
        assert_true(strlen(fault.message) <= 4003);
        assert_true(fault.advice == NULL || strlen(fault.advice) <= 4003);
        assert_true(g_utf8_validate(fault.message, -1, NULL));
    }
}

static void test_fault_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned width;
        const char *lines; /* without the last */
    } cases[] = {
        {"apple n/5 pear", 80, "  apple n/5 pear\n        ^^^\n"},
        {"apple and", 80, "  apple and\n           ^\n"},
        {"\xc3\xa9t\xc3\xa9 (x", 80, "  \xc3\xa9t\xc3\xa9 (x\n      ^\n"},
        {"\xe4\xb8\xad\xe6\x96\x87 n/5 x", 80, "  \xe4\xb8\xad\xe6\x96\x87 n/5 x\n       ^^^\n"},
        {"a\n\tb!", 80, "  a  b!\n      ^\n"},
        {"a \x1b[31m", 80, "  a \xc2\xb7[31m\n    ^\n"},
        {"a \xff", 80, "  a \xef\xbf\xbd\n    ^\n"},
        {"aaaaaaaaaa bbbbbbbbbb cccccccccc n/5 dddddddddd eeeeeeeeee", 24,
         "  ccccccccc n/5 dddddd\n            ^^^\n"},
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
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_advice_is_read),
        cmocka_unit_test(test_long_is_cut),
        cmocka_unit_test(test_fault_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
