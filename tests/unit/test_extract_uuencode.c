/* Files written into running text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "extract/uuencode.h"

static void test_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *bytes; /* name NULL: no block */
        bool complete;
        size_t start;
        const char *after;
    } rows[] = {
        {"begin 644 cat.txt\n#0V%T\n`\nend\n", "cat.txt", "Cat", true, 0, ""},
        {"hi\r\nbegin 644 a b.txt\r\n#0V%T\r\n \r\nend\r\nbye", "a b.txt", "Cat", true, 4, "bye"},
        {"begin 0600 x\n$0V%T<P\n`\nend", "x", "Cats", true, 0, ""},
        {"begin 644 x\n#0V%T\nand then it stops", "x", "Cat", false, 0, "and then it stops"},
        {"begin-base64 644 x\nQ2F0\nQ2F0\n====\n", "x", "CatCat", true, 0, ""},
        {"begin 644 is what I wrote\nand more\n", NULL, NULL, false, 0, NULL},
        {"begin the day\n", NULL, NULL, false, 0, NULL},
        {" begin 644 x\n#0V%T\nend\n", NULL, NULL, false, 0, NULL},
        {"=ybegin line=128 size=3 name=c.bin\nm\x8b\x9e\n=yend size=3\n", "c.bin", "Cat", true, 0,
         ""},
        {"=ybegin line=128 size=3 name=c.bin\nm\x8b\n=yend size=3\n", "c.bin", "Ca", false, 0, ""},
        {"begin", NULL, NULL, false, 0, NULL},
        {"", NULL, NULL, false, 0, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        hf_uuencode_block block;
        bool found = hf_uuencode_find(rows[i].text, strlen(rows[i].text), 0, &block);
        if (found != (rows[i].name != NULL))
            print_message("%s\n", rows[i].text);
        assert_true(found == (rows[i].name != NULL));
        if (!found)
            continue;
        assert_string_equal(block.name, rows[i].name);
        assert_int_equal(block.bytes->len, strlen(rows[i].bytes));
        assert_memory_equal(block.bytes->data, rows[i].bytes, block.bytes->len);
        assert_true(block.complete == rows[i].complete);
        assert_int_equal(block.start, rows[i].start);
        assert_string_equal(rows[i].text + block.end, rows[i].after);
        hf_uuencode_clear(&block);
    }
}

static void test_several(void **state)
{
    (void)state;
    const char *text = "begin 644 a\n#0V%T\n`\nend\nbetween\nbegin 644 b\n#0V%T\n`\nend\n";
    size_t from = 0;
    unsigned count = 0;
    hf_uuencode_block block;
    while (hf_uuencode_find(text, strlen(text), from, &block)) {
        from = block.end;
        count++;
        hf_uuencode_clear(&block);
    }
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks),
                                       cmocka_unit_test(test_several)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
