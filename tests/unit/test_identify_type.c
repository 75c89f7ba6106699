#include "holdfast/identify.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

static hf_identify *identify;

static int setup(void **state)
{
    (void)state;
    identify = hf_identify_new(NULL);
    return identify != NULL ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    hf_identify_free(identify);
    return 0;
}

static const char *type_of(const void *bytes, size_t n, const char *name)
{
    char path[] = "/tmp/holdfast-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    hf_identify_input input = {
        .head = bytes, .head_size = MIN(n, HF_IDENTIFY_HEAD), .fd = fd, .size = n, .name = name};
    const char *type = hf_identify_type(identify, &input);
    close(fd);
    return type;
}

#define S(bytes) bytes, sizeof bytes - 1

static const struct {
    const char *bytes;
    size_t n;
    const char *name, *type;
} cases[] = {
    {S(""), "x.doc", "inode/x-empty"},
    {S("%PDF-1.4\n"), "x", "application/pdf"},
    {S("\xef\xbb\xbf\n%PDF-1.4\n"), "x", "application/pdf"},
    {S("the text says %PDF-1.4 to show it\n"), "x", "text/plain"},
    {S("{\\rtf1\\ansi hello}"), "x.doc", "application/rtf"},
    {S("!BDN\0\0\0\0"), "x", "application/vnd.ms-outlook-pst"},
    {S("\x78\x9f\x3e\x22\0\0"), "winmail.dat", "application/vnd.ms-tnef"},
    {S("\x1f\x8b\x08\0\0\0\0\0"), "x", "application/gzip"},
    {S("7z\xbc\xaf\x27\x1c\0\4"), "x", "application/x-7z-compressed"},
    {S("Rar!\x1a\x07\0"), "x", "application/vnd.rar"},
    {S("Rar!\x1a\x07\1\0"), "x", "application/vnd.rar"},
    {S("!<arch>\ndebian-binary   "), "x", "application/vnd.debian.binary-package"},
    {S("!<arch>\nfoo.o/"), "x", "application/x-archive"},
    {S("BZh91AY&SY\0\0"), "x", "application/x-bzip2"},
    {S("]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x33"), "x", "application/x-lzma"},
    {S("^\0\x10\0\0\x1c\0\0\0\0\0\0\0\0\x33"), "x.tlz", "application/x-lzma"},
    {S("^\0\x10\0\0\x1c\0\0\0\0\0\0\0\0\x33"), "x", "application/octet-stream"},
    {S("BZhou is a name\n"), "x", "text/plain"},
    {S("BM is an abbreviation\n"), "x", "text/plain"},
    {S("MZ is one too\n"), "x", "text/plain"},
    /* mail */
    {S("From: a@example.com\nTo: b@example.com\nMessage-ID: <1@x>\nSubject: hi\n\nhello\n"), "1.",
     "message/rfc822"},
    {S("Received: from x\r\n\tby y; Mon, 1 Jan 2001\r\nDate: Mon, 1 Jan 2001 10:00:00 "
       "+0000\r\n\r\nbody"),
     "x", "message/rfc822"},
    {S("\n\nReturn-Path: <a@example.com>\nFrom: a\n\nhello\n"), "x", "message/rfc822"},
    {S(">From a Mon Jan 1\nReturn-Path: <a@example.com>\nFrom: a\n\nhello\n"), "x",
     "message/rfc822"},
    {S("\1\2junk\nSubject: hi\n\nhello\n"), "x.eml", "message/rfc822"},
    {S("X-Mailer: y\nSubject: hi\n\nhello\n"), "x", "message/rfc822"},
    /* A memo is typed by people. */
    {S("To: all staff\nFrom: the partners\nDate: 5 May\nSubject: parking\n\nPlease do not.\n"),
     "memo.txt", "text/plain"},
    {S("Note: this\nAnd: that\n\n"), "x", "text/plain"},
    {S("From a@example.com Mon Jan  1 10:00:00 2001\nFrom: a\nTo: b\n\nhello\n"), "x",
     "application/mbox"},
    {S("From - Mon Jan  1 10:00:00 2001\r\nX-Mozilla-Status: 0\r\nFrom: a\r\n\r\nhello\r\n"),
     "Inbox", "application/mbox"},
    {S("From - \nFrom: a\nTo: b\nSubject: c\n\nhello\n"), "x", "application/mbox"},
    {S("From a Mon Jan  1 10:00:00 2001\n\nhello\n\nFrom a Mon Jan  1 10:00:01 2001\n\nyou\n"), "x",
     "application/mbox"},
    {S("From a Mon Jan  1 10:00:00 2001\n\nhello\n"), "x.mbox", "application/mbox"},
    {S("From a Mon Jan  1 10:00:00 2001\n\nhello\n"), "x.txt", "text/plain"},
    {S("From - \n\nhello\n"), "x.mbox", "text/plain"},
    {S("From the desk of the managing partner, 10:00, 2001 copies\nnothing\n"), "x", "text/plain"},
    /* markup */
    {S("<!DOCTYPE html><p>x"), "x", "text/html"},
    {S("\xef\xbb\xbf  <HTML><body>"), "x", "text/html"},
    {S("<!-- a comment --><html>"), "x", "text/html"},
    {S("<?xml version=\"1.0\"?><!DOCTYPE html><html xmlns=\"x\">"), "x", "text/html"},
    {S("\xff\xfe<\0h\0t\0m\0l\0>\0"), "x", "text/html"},
    {S("<table><tr><td>1"), "report.xls", "text/html"},
    {S("<?xml version=\"1.0\"?><invoice/>"), "x", "application/xml"},
    {S("<?xml version=\"1.0\"?><svg/>"), "x", "image/svg+xml"},
    {S("<stdio.h> is a header\n"), "x", "text/plain"},
    /* text */
    {S("a,b,c\n1,2,3\n4,5,6\n"), "x.csv", "text/csv"},
    {S("a;b\n1;2\n"), "x.CSV", "text/csv"},
    {S("a,b,c\n1,2,3\n"), "x.txt", "text/plain"},
    {S("no table at all\n"), "x.csv", "text/plain"},
    {S("a\tb\n1\t2\n"), "x.tsv", "text/tab-separated-values"},
    {S("caf\xe9 au lait\n"), "x", "text/plain"},
    {S("a memo that an old program marked \1 with a byte or two of its own\n"), "x", "text/plain"},
    {S("\1\2few words\3\4\n"), "x", "application/octet-stream"},
    {S("h\0e\0l\0l\0o\0 \0y\0o\0u\0"), "x", "text/plain"},
    {S("BEGIN:VCARD\nFN:x\n"), "x", "text/vcard"},
    {S("BEGIN:VCALENDAR\n"), "x", "text/calendar"},
    {S("{\"a\": 1}"), "x.json", "application/json"},
};

static void test_signatures_and_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *type = type_of(cases[i].bytes, cases[i].n, cases[i].name);
        if (strcmp(type, cases[i].type) != 0)
            fail_msg("case %zu \"%s\": %s instead of %s", i, cases[i].bytes, type, cases[i].type);
    }
}

/* ---- zip ---- */

static void put(GByteArray *out, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i < 8 ? v >> (8 * i) : 0);
        g_byte_array_append(out, &byte, 1);
    }
}

typedef struct {
    const char *name, *content;
    bool deflated;
} entry;

static void add_entry(GByteArray *zip, GByteArray *directory, const entry *e)
{
    uint32_t at = zip->len;
    uLong n = strlen(e->content), packed = n;
    g_autofree uint8_t *bytes = g_memdup2(e->content, n + 1);
    if (e->deflated) {
        packed = compressBound(n);
        g_free(g_steal_pointer(&bytes));
        bytes = g_malloc(packed + 6);
        compress(bytes, &packed, (const uint8_t *)e->content, n);
        packed -= 6; /* the two bytes of header and four of sum that zlib puts around */
        memmove(bytes, bytes + 2, packed);
    }
    size_t name = strlen(e->name);
    put(zip, 0x04034b50, 4);
    put(zip, 20, 4);
    put(zip, e->deflated ? 8 : 0, 2);
    put(zip, 0, 8);
    put(zip, packed, 4);
    put(zip, n, 4);
    put(zip, name, 2);
    put(zip, 0, 2);
    g_byte_array_append(zip, (const uint8_t *)e->name, (guint)name);
    g_byte_array_append(zip, bytes, (guint)packed);
    put(directory, 0x02014b50, 4);
    put(directory, 20, 2);
    put(directory, 20, 4);
    put(directory, e->deflated ? 8 : 0, 2);
    put(directory, 0, 8);
    put(directory, packed, 4);
    put(directory, n, 4);
    put(directory, name, 2);
    put(directory, 0, 12);
    put(directory, at, 4);
    g_byte_array_append(directory, (const uint8_t *)e->name, (guint)name);
}

static GByteArray *make_zip(const entry *entries, size_t n, bool with_directory)
{
    GByteArray *zip = g_byte_array_new();
    g_autoptr(GByteArray) directory = g_byte_array_new();
    for (size_t i = 0; i < n; i++)
        add_entry(zip, directory, &entries[i]);
    if (!with_directory)
        return zip;
    uint32_t start = zip->len;
    g_byte_array_append(zip, directory->data, directory->len);
    put(zip, 0x06054b50, 4);
    put(zip, 0, 4);
    put(zip, n, 2);
    put(zip, n, 2);
    put(zip, directory->len, 4);
    put(zip, start, 4);
    put(zip, 0, 2);
    return zip;
}

#define MAIN(type) "<Types><Override PartName=\"/main.xml\" ContentType=\"" type "\"/></Types>"
#define OOXML "application/vnd.openxmlformats-officedocument."

static void test_zip(void **state)
{
    static const struct {
        entry entries[3];
        size_t n;
        const char *name, *type;
    } zips[] = {
        {{{"a.txt", "x", false}}, 1, "x.zip", "application/zip"},
        {{{"a.txt", "x", false}}, 1, "x.docx", "application/zip"},
        {{{"[Content_Types].xml", MAIN(OOXML "wordprocessingml.document.main+xml"), false}},
         1,
         "x",
         OOXML "wordprocessingml.document"},
        {{{"a", "x", false},
          {"[Content_Types].xml", MAIN(OOXML "spreadsheetml.template.main+xml"), true}},
         2,
         "x",
         OOXML "spreadsheetml.template"},
        {{{"[Content_Types].xml", MAIN("application/vnd.ms-word.document.macroEnabled.main+xml"),
           true}},
         1,
         "x.docx",
         "application/vnd.ms-word.document.macroenabled.12"},
        {{{"[Content_Types].xml", MAIN("application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
           true}},
         1,
         "x",
         "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
        {{{"[Content_Types].xml", "<broken", false}, {"ppt/presentation.xml", "x", false}},
         2,
         "x",
         OOXML "presentationml.presentation"},
        {{{"mimetype", "application/vnd.oasis.opendocument.text", false},
          {"content.xml", "x", false}},
         2,
         "x",
         "application/vnd.oasis.opendocument.text"},
        {{{"mimetype", "application/epub+zip", false}}, 1, "x", "application/epub+zip"},
        {{{"mimetype", "text/html", false}}, 1, "x", "application/zip"},
        {{{"Index/Document.iwa", "x", false}}, 1, "x.key", "application/vnd.apple.keynote"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(zips); i++) {
        for (int whole = 0; whole < 2; whole++) {
            g_autoptr(GByteArray) zip = make_zip(zips[i].entries, zips[i].n, whole == 1);
            const char *type = type_of(zip->data, zip->len, zips[i].name);
            if (strcmp(type, zips[i].type) != 0)
                fail_msg("zip %zu, %s: %s instead of %s", i, whole ? "whole" : "cut", type,
                         zips[i].type);
        }
    }
}

/* A zip behind other bytes: padding, or a program that unpacks it, with offsets that count from either. */
static void test_behind(void **state)
{
    const entry file = {"a.txt", "x", false};
    (void)state;
    for (int program = 0; program < 2; program++) {
        g_autoptr(GByteArray) zip = make_zip(&file, 1, true);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        for (unsigned i = 0; i < 500; i++)
            put(bytes, (i * 37) ^ 0xa5, 1);
        memcpy(bytes->data, program ? "MZ\0" : "\0\1\2", 3);
        g_byte_array_append(bytes, zip->data, zip->len);
        assert_string_equal(type_of(bytes->data, bytes->len, "x"), "application/zip");
        g_byte_array_append(bytes, (const uint8_t *)"more", 4);
        assert_string_equal(type_of(bytes->data, bytes->len, "x"), "application/zip");
        bytes->data[500 + zip->len - 22 - 51] = '\0'; /* no directory any more */
        assert_string_not_equal(type_of(bytes->data, bytes->len, "x"), "application/zip");
    }
    g_autoptr(GByteArray) seven = g_byte_array_new();
    put(seven, 0x5a4d, 600);
    g_byte_array_append(seven, (const uint8_t *)"7z\xbc\xaf\x27\x1c\0\4", 8);
    put(seven, 0, 4);
    put(seven, 0, 20);
    assert_string_equal(type_of(seven->data, seven->len, "x.exe"), "application/x-dosexec");
    uLong sum = crc32(0, seven->data + 612, 20);
    memcpy(seven->data + 608, &(uint32_t){GUINT32_TO_LE((uint32_t)sum)}, 4);
    assert_string_equal(type_of(seven->data, seven->len, "x.exe"), "application/x-7z-compressed");
}

/* ---- OLE ---- */

/* A compound file with the FAT in sector 0, the directory in sector 1: a root whose children are `names`. */
static GByteArray *make_ole(const char *const *names, size_t n)
{
    GByteArray *ole = g_byte_array_new();
    g_byte_array_set_size(ole, 512 * 3);
    memset(ole->data, 0, ole->len);
    memcpy(ole->data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
    ole->data[30] = 9;
    ole->data[48] = 1;
    memset(ole->data + 512, 0xff, 512);
    uint8_t *directory = ole->data + 1024;
    directory[76] = 1;
    for (size_t i = 0; i <= n && i < 4; i++) {
        uint8_t *e = directory + 128 * i;
        const char *name = i == 0 ? "Root Entry" : names[i - 1];
        size_t length = strlen(name);
        for (size_t j = 0; j < length; j++)
            e[2 * j] = (uint8_t)name[j];
        e[64] = (uint8_t)(2 * length + 2);
        memset(e + 68, 0xff, i == 0 ? 8 : 12);
        if (i > 0 && i < n)
            e[72] = (uint8_t)(i + 1), e[73] = e[74] = e[75] = 0;
    }
    return ole;
}

static void test_ole(void **state)
{
    static const struct {
        const char *names[3];
        size_t n;
        const char *type;
    } files[] = {
        {{"WordDocument", "1Table"}, 2, "application/msword"},
        {{"x", "Workbook"}, 2, "application/vnd.ms-excel"},
        {{"PowerPoint Document"}, 1, "application/vnd.ms-powerpoint"},
        {{"__nameid_version1.0", "__properties_version1.0"}, 2, "application/vnd.ms-outlook"},
        {{"EncryptionInfo", "EncryptedPackage"}, 2, "application/encrypted-ooxml"},
        {{"Catalog", "1"}, 2, "application/vnd.ms-thumbnails"},
        {{"something"}, 1, "application/x-ole-storage"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GByteArray) ole = make_ole(files[i].names, files[i].n);
        assert_string_equal(type_of(ole->data, ole->len, "x.doc"), files[i].type);
        /* Cut anywhere it is still an OLE file, and nothing worse happens. */
        for (size_t n = 8; n < ole->len; n += 61)
            assert_true(g_str_has_prefix(type_of(ole->data, n, "x"), "application/"));
    }
}

/* A directory that goes in circles ends. */
static void test_ole_circles(void **state)
{
    (void)state;
    g_autoptr(GByteArray) ole = make_ole((const char *const[]){"a", "b"}, 2);
    memset(ole->data + 512, 0, 512);
    ole->data[512 + 4] = 1; /* the directory's sector follows itself */
    ole->data[76] = 0;
    ole->data[1024 + 256 + 72] = 1;
    memset(ole->data + 1024 + 256 + 73, 0, 3);
    assert_string_equal(type_of(ole->data, ole->len, "x"), "application/x-ole-storage");
}

/* ---- tar ---- */

static void test_old_tar(void **state)
{
    (void)state;
    uint8_t block[1024] = "file.txt";
    unsigned sum = 8 * ' ';
    memcpy(block + 100, "0000644", 8);
    memcpy(block + 124, "00000000001", 12);
    for (size_t i = 0; i < 512; i++)
        sum += block[i];
    g_snprintf((char *)block + 148, 8, "%06o", sum);
    assert_string_equal(type_of(block, sizeof block, "x"), "application/x-tar");
    memset(block + 148, '7', 8);
    assert_string_not_equal(type_of(block, sizeof block, "x"), "application/x-tar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_and_text),
        cmocka_unit_test(test_zip),
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_ole),
        cmocka_unit_test(test_ole_circles),
        cmocka_unit_test(test_old_tar),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
