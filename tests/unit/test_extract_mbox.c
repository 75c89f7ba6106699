/* Where messages of an mbox begin and end. */
#include "extract_record.h"

#include <fcntl.h>
#include <sys/stat.h>

extern const hf_extractor hf_extract_mbox_format;

#define FROM "From jane@example.com Fri May  4 10:11:12 2001\n"

static void test_splits(void **state)
{
    (void)state;
    static const struct {
        const char *mbox, *bytes; /* of all members, "|" after each */
        unsigned problems;
    } rows[] = {
        {FROM "Subject: 1\n\none\n\n" FROM "Subject: 2\n\ntwo\n",
         "Subject: 1\n\none\n|Subject: 2\n\ntwo\n|", 0},
        {FROM "Subject: 1\n\none\n\n" FROM "Subject: 2\n\ntwo\n\n",
         "Subject: 1\n\none\n|Subject: 2\n\ntwo\n|", 0},
        {FROM "Subject: 1\r\n\r\none\r\n\r\n" FROM "Subject: 2\r\n\r\n",
         "Subject: 1\r\n\r\none\r\n|Subject: 2\r\n|", 0},
        /* Running text is no envelope, quoted or not. */
        {FROM "Subject: 1\n\nhi\n\nFrom Russia with love\n\n>From me\n",
         "Subject: 1\n\nhi\n\nFrom Russia with love\n\n>From me\n|", 0},
        {FROM "Subject: 1\n\nhi\n\nFrom what I saw at 10:11 in 2001\nit was good\n",
         "Subject: 1\n\nhi\n\nFrom what I saw at 10:11 in 2001\nit was good\n|", 0},
        /* No empty line before, or no date after. */
        {FROM "Subject: 1\n\none\n" FROM "Received: x\n\ntwo\n",
         "Subject: 1\n\none\n|Received: x\n\ntwo\n|", 0},
        {"From - \nFrom: a\n\none\n\nFrom -\nFrom: b\n\ntwo\n",
         "From: a\n\none\n|From: b\n\ntwo\n|", 0},
        {"\xef\xbb\xbf" FROM "Subject: 1\n\none\n", "Subject: 1\n\none\n|", 0},
        /* mboxcl2 quotes nothing; its length is believed only where it leads to an envelope. */
        {FROM "Content-Length: 56\n\n\n" FROM "To: x\n\n\n" FROM "To: y\n\n",
         "Content-Length: 56\n\n\n" FROM "To: x\n\n|To: y\n|", 0},
        {FROM "Content-Length: 7\n\none\n\n" FROM "To: y\n\ntwo\n",
         "Content-Length: 7\n\none\n|To: y\n\ntwo\n|", 0},
        {"lost\n\n" FROM "To: y\n\ntwo\n", "lost\n\n|To: y\n\ntwo\n|", 1},
        {"no mbox", "no mbox|", 1},
        {"", "", 0},
        {FROM, "|", 0},
        {"From jane@example.com Fri May  4 10:11:12 2001", "|", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        record r = {0};
        record_bytes(&hf_extract_mbox_format, rows[i].mbox, strlen(rows[i].mbox), &r);
        if (strcmp(r.bytes->str, rows[i].bytes) != 0)
            print_message("row %zu: %s\n", i, r.said->str);
        assert_string_equal(r.bytes->str, rows[i].bytes);
        assert_int_equal(r.problems, rows[i].problems);
        record_clear(&r);
    }
}

/* Messages around the borders of what is read at once. */
static void test_windows(void **state)
{
    (void)state;
    for (size_t size = 262144 - 700; size < 262144 + 20; size += 7) {
        g_autoptr(GString) mbox = g_string_new(FROM "Subject: 1\n\n");
        while (mbox->len < size)
            g_string_append_c(mbox, 'x');
        g_string_append(mbox, "\n\n" FROM "Subject: 2\n\ntwo\n\n" FROM "Subject: 3\n\nthree\n");
        record r = {0};
        record_bytes(&hf_extract_mbox_format, mbox->str, mbox->len, &r);
        assert_int_equal(r.children, 3);
        assert_int_equal(r.problems, 0);
        assert_true(
            g_str_has_suffix(r.bytes->str, "x\n|Subject: 2\n\ntwo\n|Subject: 3\n\nthree\n|"));
        record_clear(&r);
    }
}

static void test_names(void **state)
{
    (void)state;
    record r = {0};
    const char *mbox = FROM "To: x\n\n\n" FROM "To: y\n\n";
    record_bytes(&hf_extract_mbox_format, mbox, strlen(mbox), &r);
    assert_string_equal(r.said->str, "child member 000001.eml\nchild member 000002.eml\n");
    record_clear(&r);
}

static void test_corpus(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        unsigned messages;
    } rows[] = {{"../shared/corpus/mail/selinux/2026.mbox", 69},
                {"../shared/corpus/formats/tika/simple.mbox", 2},
                {"../shared/corpus/formats/tika/headers.mbox", 1},
                {"../shared/corpus/formats/tika/testMBOX_complex.mbox", 1},
                {"../shared/corpus/formats/mime/simple.mbox.txt", 3},
                {"../shared/corpus/formats/mime/unmunged.mbox.txt", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct stat st;
        int fd = open(rows[i].path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) != 0)
            skip();
        record r = {0};
        hf_extraction_input input =
            record_input(fd, (size_t)st.st_size, "application/mbox", "mbox");
        record_run(&hf_extract_mbox_format, &input, &r);
        assert_int_equal(r.children, rows[i].messages);
        assert_int_equal(r.problems, 0);
        record_clear(&r);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_splits),
                                       cmocka_unit_test(test_windows), cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
