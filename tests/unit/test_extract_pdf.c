#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "extract/pdf_text.h"
#include "extract/extractor.h"
#include "extract/pdf_lines.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const hf_extractor hf_extract_pdf_format;

/* ---- what was said ---- */

typedef struct {
    GString *text, *metas, *children, *problems;
    unsigned flags;
} heard;

static bool hear_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)error;
    g_string_append_printf(((heard *)data)->metas, "%s=%s\n", hf_extract_meta_name(meta), value);
    return true;
}
static bool hear_text(void *data, const char *utf8, size_t n, GError **error)
{
    (void)error;
    g_string_append_len(((heard *)data)->text, utf8, (gssize)n);
    return true;
}
static bool hear_flags(void *data, unsigned flags, GError **error)
{
    (void)error;
    ((heard *)data)->flags |= flags;
    return true;
}
static bool hear_child(void *data, const hf_child *child, GError **error)
{
    (void)error;
    g_autofree char *time = hf_time_format_utc(child->modified.utc);
    g_string_append_printf(((heard *)data)->children, "%d %s %s ", (int)child->kind, child->path,
                           time);
    return true;
}
static bool hear_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    (void)error;
    g_string_append_len(((heard *)data)->children, bytes, (gssize)n);
    return true;
}
static bool hear_child_end(void *data, bool complete, GError **error)
{
    (void)error;
    g_string_append(((heard *)data)->children, complete ? ".\n" : "?\n");
    return true;
}
static bool hear_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)error;
    g_string_append_printf(((heard *)data)->problems, "%s: %s\n",
                           hf_error_item_name(problem->reason), problem->detail);
    return true;
}
static const hf_sink sink = {NULL,       hear_meta,       hear_text,      hear_flags,
                             hear_child, hear_child_data, hear_child_end, hear_problem};

static void heard_clear(heard *h)
{
    g_string_free(h->text, TRUE);
    g_string_free(h->metas, TRUE);
    g_string_free(h->children, TRUE);
    g_string_free(h->problems, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(heard, heard_clear)

static const char *const no_passwords[] = {NULL};

static heard read_with(const GString *pdf, const char *const *passwords, uint64_t address_space)
{
    heard h = {g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), 0};
    int fd = memfd_create("pdf", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(hf_file_write_all(fd, pdf->str, pdf->len, "pdf", NULL));
    hf_extraction_input input = {.fd = fd,
                                 .size = pdf->len,
                                 .type = "application/pdf",
                                 .name = "a.pdf",
                                 .passwords = passwords,
                                 .limits = hf_extract_default_limits()};
    if (address_space > 0)
        input.limits.address_space = address_space;
    assert_true(hf_extraction_run(&hf_extract_pdf_format, &input, &sink, &h, NULL));
    close(fd);
    return h;
}

static heard read_pdf(const GString *pdf)
{
    return read_with(pdf, no_passwords, 0);
}

/* ---- making PDFs ---- */

#define CATALOG "<</Type/Catalog/Pages 2 0 R>>"
#define FONT "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
#define PAGE(contents, more)                                                                       \
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 "                    \
    "R>>>>/Contents " contents more ">>"
#define STREAM(dictionary, bytes) "<<" dictionary ">>\nstream\n" bytes "\nendstream"
#define WORDS(words)                                                                               \
    STREAM("/Length "                                                                              \
           "999",                                                                                  \
           "BT /F 12 Tf 50 700 Td (" words ") Tj ET")

/* Writes the objects 1… with a right table and trailer; a "/Length 999" gets its right number. */
static GString *make_pdf(const char *const *objects, const char *trailer)
{
    GString *pdf = g_string_new("%PDF-1.6\n");
    g_autoptr(GArray) offsets = g_array_new(FALSE, FALSE, sizeof(gsize));
    for (unsigned i = 0; objects[i] != NULL; i++) {
        g_array_append_val(offsets, pdf->len);
        g_autofree char *object = g_strdup(objects[i]);
        const char *from = strstr(object, "\nstream\n");
        const char *to = strstr(object, "\nendstream");
        char *length = strstr(object, "/Length 999");
        if (from != NULL && to != NULL && length != NULL) {
            g_autofree char *digits = g_strdup_printf("%03d", (int)(to - from - 8));
            memcpy(length + 8, digits, 3);
        }
        g_string_append_printf(pdf, "%u 0 obj\n%s\nendobj\n", i + 1, object);
    }
    gsize table = pdf->len;
    g_string_append_printf(pdf, "xref\n0 %u\n0000000000 65535 f \n", offsets->len + 1);
    for (guint i = 0; i < offsets->len; i++)
        g_string_append_printf(pdf, "%010u 00000 n \n", (unsigned)g_array_index(offsets, gsize, i));
    g_string_append_printf(pdf, "trailer\n<</Root 1 0 R/Size %u%s>>\nstartxref\n%u\n%%%%EOF\n",
                           offsets->len + 1, trailer, (unsigned)table);
    return pdf;
}

static void free_pdf(GString *pdf)
{
    g_string_free(pdf, TRUE);
}
typedef GString pdf_bytes;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pdf_bytes, free_pdf)

static GString *two_pages(void)
{
    const char *const objects[] = {
        CATALOG,
        "<</Type/Pages/Kids[4 0 R 6 0 R]/Count 2>>",
        FONT,
        PAGE("5 0 R", ""),
        WORDS("first page of the contract"),
        PAGE("7 0 R", ""),
        WORDS("second page"),
        "<</Title(A title)/Author(Jane Roe)/Subject(Leases)/Keywords(rent, land)"
        "/Creator(Writer)/Producer(Press)/CreationDate(D:20010504121112+02'00')"
        "/ModDate(D:20010505000000Z)/Client(Acme)>>",
        NULL};
    return make_pdf(objects, "/Info 8 0 R");
}

/* ---- tests ---- */

static void text_and_properties_are_read(void **state)
{
    (void)state;
    g_autoptr(pdf_bytes) pdf = two_pages();
    g_auto(heard) h = read_pdf(pdf);
    assert_string_equal(h.text->str, "first page of the contract\n\fsecond page\n");
    static const char *const expected[] = {"title=A title\n",
                                           "author=Jane Roe\n",
                                           "topic=Leases\n",
                                           "keywords=rent, land\n",
                                           "application=Writer\n",
                                           "other=Producer: Press\n",
                                           "other=Client: Acme\n",
                                           "created=2001-05-04T12:11:12+02:00\n",
                                           "modified=2001-05-05T00:00:00",
                                           "pages=2\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_non_null(strstr(h.metas->str, expected[i]));
    assert_string_equal(h.problems->str, "");
    assert_int_equal(h.flags, 0);
}

static void a_file_too_large_to_map_reads_the_same(void **state)
{
    (void)state;
    g_autoptr(pdf_bytes) pdf = two_pages();
    g_auto(heard) h = read_with(pdf, no_passwords, 100);
    assert_string_equal(h.text->str, "first page of the contract\n\fsecond page\n");
    assert_string_equal(h.problems->str, "");
}

static void marks_of_a_page_are_read_and_not_repeated(void **state)
{
    (void)state;
    const char *const objects[] = {
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[9 0 R]/DA(/F 9 Tf)/DR<</Font<</F 3 0 "
        "R>>>>>>>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
        FONT,
        PAGE("5 0 R", "/Annots[6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]"),
        WORDS("see www.example.com and the note"),
        "<</Type/Annot/Subtype/Text/Rect[10 10 20 20]/Contents(too dear)/T(Jane Roe)>>",
        "<</Type/Annot/Subtype/Link/Rect[10 10 20 20]/A<</S/URI/URI(https://example.org/terms)>>>>",
        "<</Type/Annot/Subtype/Link/Rect[30 10 40 20]/A<</S/URI/URI(www.example.com)>>>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Filled In)/Rect[50 50 90 60]/DA(/F 9 Tf)/P 4 "
        "0 R>>",
        "<</Type/Annot/Subtype/Link/Rect[60 10 70 20]/A<</S/URI/URI(https://example.org/terms)>>>>",
        NULL};
    g_autoptr(pdf_bytes) pdf = make_pdf(objects, "");
    g_auto(heard) h = read_pdf(pdf);
    assert_true(g_str_has_prefix(h.text->str, "see www.example.com and the note\n"));
    static const char *const once[] = {"www.example.com", "Jane Roe: too dear\n", "Filled In",
                                       "https://example.org/terms\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(once); i++) {
        const char *found = strstr(h.text->str, once[i]);
        assert_non_null(found);
        assert_null(strstr(found + 1, once[i]));
    }
    assert_int_equal(h.flags, HF_FLAG_COMMENTS);
}

static void bookmarks_end_even_if_they_loop(void **state)
{
    (void)state;
    const char *const objects[] = {
        "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
        FONT,
        PAGE("5 0 R", ""),
        WORDS("body"),
        "<</Type/Outlines/First 7 0 R/Last 8 0 R/Count 2>>",
        "<</Title(Chapter one)/Parent 6 0 R/Next 8 0 R/Dest[4 0 R/Fit]>>",
        "<</Title(Chapter two)/Parent 6 0 R/First 8 0 R/Last 8 0 R/Next 7 0 R"
        "/Dest[4 0 R/Fit]>>",
        NULL};
    g_autoptr(pdf_bytes) pdf = make_pdf(objects, "");
    g_auto(heard) h = read_pdf(pdf);
    assert_true(g_str_has_prefix(h.text->str, "body\nChapter one\nChapter two\n"));
}

static void attached_files_are_children(void **state)
{
    (void)state;
    const char *const objects[] = {
        "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
        FONT,
        PAGE("5 0 R", "/Annots[8 0 R]"),
        WORDS("body"),
        "<</Type/Filespec/F(terms.txt)/UF(terms.txt)/EF<</F 7 0 R>>>>",
        STREAM("/Type/EmbeddedFile/Length 999/Params<</Size 9/ModDate(D:20030201000000Z)>>",
               "the terms"),
        "<</Type/Annot/Subtype/FileAttachment/Rect[1 1 9 9]/FS 9 0 R>>",
        "<</Type/Filespec/F(other.txt)/UF(other.txt)/EF<</F 10 0 R>>>>",
        STREAM("/Type/EmbeddedFile/Length 999", "others"),
        NULL};
    g_autoptr(pdf_bytes) pdf = make_pdf(objects, "");
    g_auto(heard) h = read_pdf(pdf);
    g_autofree char *expected =
        g_strdup_printf("%d other.txt  others.\n%d terms.txt 2003-02-01T00:00:00Z the terms.\n",
                        HF_CHILD_EMBEDDED, HF_CHILD_EMBEDDED);
    assert_string_equal(h.children->str, expected);
    assert_non_null(strstr(h.text->str, "terms.txt"));
    assert_true(h.flags & HF_FLAG_ATTACHMENTS);
}

#define PICTURE                                                                                    \
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</I 5 0 R>>>>/Contents 6 0 "  \
    "R>>"
#define PICTURE_BYTES                                                                              \
    STREAM("/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent "                        \
           "8/ColorSpace/DeviceGray/Length 999",                                                   \
           "x")

static void pages_without_text_need_ocr(void **state)
{
    (void)state;
    const char *const scanned[] = {CATALOG,       "<</Type/Pages/Kids[4 0 R 4 0 R]/Count 2>>",
                                   FONT,          PICTURE,
                                   PICTURE_BYTES, STREAM("/Length 999", "/I Do"),
                                   NULL};
    g_autoptr(pdf_bytes) all = make_pdf(scanned, "");
    g_auto(heard) none = read_pdf(all);
    assert_string_equal(none.text->str, "");
    assert_string_equal(none.problems->str, "no-text: 2 of 2 pages have no text: needs OCR\n");

    const char *const mixed[] = {CATALOG,
                                 "<</Type/Pages/Kids[4 0 R 7 0 R 9 0 R]/Count 3>>",
                                 FONT,
                                 PICTURE,
                                 PICTURE_BYTES,
                                 STREAM("/Length 999", "/I Do"),
                                 PAGE("8 0 R", ""),
                                 WORDS("typed"),
                                 "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
                                 NULL};
    g_autoptr(pdf_bytes) some = make_pdf(mixed, "");
    g_auto(heard) part = read_pdf(some);
    assert_string_equal(part.problems->str, "no-text: 1 of 3 pages has no text: needs OCR\n");
}

static void damaged_files_give_what_they_have(void **state)
{
    (void)state;
    g_autoptr(pdf_bytes) cut = two_pages();
    g_string_truncate(cut, (gsize)(strstr(cut->str, "xref\n0") - cut->str));
    g_auto(heard) h = read_pdf(cut);
    assert_non_null(strstr(h.text->str, "first page of the contract"));
    assert_true(g_str_has_prefix(h.problems->str, "damaged: "));

    g_autoptr(pdf_bytes) junk = g_string_new("%PDF-1.4\nnothing of the kind");
    g_auto(heard) nothing = read_pdf(junk);
    assert_string_equal(nothing.text->str, "");
    assert_true(g_str_has_prefix(nothing.problems->str, "damaged: "));
}

static void a_page_count_that_lies_ends(void **state)
{
    (void)state;
    const char *const objects[] = {
        CATALOG, "<</Type/Pages/Kids[4 0 R]/Count 4>>", FONT, PAGE("5 0 R", ""), WORDS("only page"),
        NULL};
    g_autoptr(pdf_bytes) pdf = make_pdf(objects, "");
    g_auto(heard) h = read_pdf(pdf);
    assert_string_equal(h.text->str, "only page\n");
    assert_string_equal(h.problems->str, "damaged: 3 of 4 pages cannot be read\n");

    g_autoptr(pdf_bytes) absurd = g_string_new_len(pdf->str, (gssize)pdf->len);
    memcpy(strstr(absurd->str, "/Count 4>>"), "/Count 9>>", 10);
    g_auto(heard) none = read_pdf(absurd);
    assert_string_equal(none.problems->str, "damaged: no page was found\n");
}

static void every_cut_of_a_file_is_survived(void **state)
{
    (void)state;
    g_autoptr(pdf_bytes) pdf = two_pages();
    for (gsize n = 0; n < pdf->len; n += 7) {
        g_autoptr(pdf_bytes) cut = g_string_new_len(pdf->str, (gssize)n);
        g_auto(heard) h = read_pdf(cut);
        assert_true(h.text->len <= 60);
    }
}

/* ---- encryption: PDF 1.7, 7.6.3, revision 2 (RC4, 40 bits) ---- */

static const unsigned char padding[] =
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";

static void rc4(const uint8_t *key, size_t key_n, uint8_t *bytes, size_t n)
{
    uint8_t s[256], a = 0, b = 0;
    for (unsigned i = 0; i < 256; i++)
        s[i] = (uint8_t)i;
    for (unsigned i = 0, j = 0; i < 256; i++) {
        j = (j + s[i] + key[i % key_n]) & 255;
        uint8_t t = s[i];
        s[i] = s[j];
        s[j] = t;
    }
    for (size_t i = 0; i < n; i++) {
        a = (uint8_t)(a + 1);
        b = (uint8_t)(b + s[a]);
        uint8_t t = s[a];
        s[a] = s[b];
        s[b] = t;
        bytes[i] ^= s[(uint8_t)(s[a] + s[b])];
    }
}

static void pad(const char *password, uint8_t out[32])
{
    size_t n = MIN(strlen(password), (size_t)32);
    memcpy(out, password, n);
    memcpy(out + n, padding, 32 - n);
}

static char *encrypted_stream(const uint8_t key[5], uint8_t object, const char *plain)
{
    uint8_t salted[10] = {0}, object_key[16];
    memcpy(salted, key, 5);
    salted[5] = object;
    hf_digest_md5(salted, sizeof salted, object_key);
    size_t n = strlen(plain);
    g_autofree uint8_t *bytes = (uint8_t *)g_strdup(plain);
    rc4(object_key, 10, bytes, n);
    GString *out = g_string_new("");
    g_string_append_printf(out, "<</Length %u>>\nstream\n", (unsigned)n);
    g_string_append_len(out, (const char *)bytes, (gssize)n);
    g_string_append(out, "\nendstream");
    g_assert_cmpuint(strlen(out->str), ==,
                     out->len); /* the chosen text has no NUL when encrypted */
    return g_string_free(out, FALSE);
}

static GString *encrypted_pdf(const char *password)
{
    uint8_t owner[32], owner_key[16], user[32], key[16];
    pad(password, owner);
    hf_digest_md5(owner, sizeof owner, owner_key);
    pad(password, owner);
    rc4(owner_key, 5, owner, sizeof owner);
    g_autoptr(GByteArray) seed = g_byte_array_new();
    pad(password, user);
    g_byte_array_append(seed, user, 32);
    g_byte_array_append(seed, owner, 32);
    g_byte_array_append(seed, (const guint8 *)"\xFC\xFF\xFF\xFF", 4);
    g_byte_array_append(seed, (const guint8 *)"0123456789abcdef", 16);
    hf_digest_md5(seed->data, seed->len, key);
    memcpy(user, padding, 32);
    rc4(key, 5, user, sizeof user);
    g_autofree char *owner_hex = hf_digest_hex(owner, 32);
    g_autofree char *user_hex = hf_digest_hex(user, 32);
    g_autofree char *contents =
        encrypted_stream(key, 5, "BT /F 12 Tf 50 700 Td (under seal) Tj ET");
    g_autofree char *how =
        g_strdup_printf("<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>", owner_hex, user_hex);
    const char *const objects[] = {
        CATALOG, "<</Type/Pages/Kids[4 0 R]/Count 1>>", FONT, PAGE("5 0 R", ""), contents, how,
        NULL};
    return make_pdf(objects, "/Encrypt 6 0 R/ID[<30313233343536373839616263646566>"
                             "<30313233343536373839616263646566>]");
}

static void encrypted_files_open_by_the_list(void **state)
{
    (void)state;
    g_autoptr(pdf_bytes) pdf = encrypted_pdf("sesame");
    g_auto(heard) closed = read_pdf(pdf);
    assert_string_equal(closed.text->str, "");
    assert_true(g_str_has_prefix(closed.problems->str, "encrypted: "));
    assert_int_equal(closed.flags, HF_FLAG_ENCRYPTED);

    static const char *const wrong[] = {"open", "Sesame", NULL};
    g_auto(heard) still = read_with(pdf, wrong, 0);
    assert_true(g_str_has_prefix(still.problems->str, "encrypted: "));

    static const char *const right[] = {"wrong", "sesame", NULL};
    g_auto(heard) opened = read_with(pdf, right, 0);
    assert_string_equal(opened.text->str, "under seal\n");
    assert_string_equal(opened.problems->str, "");
    assert_int_equal(opened.flags, HF_FLAG_ENCRYPTED);

    g_auto(heard) large = read_with(pdf, right, 100);
    assert_true(g_str_has_prefix(large.problems->str, "encrypted: "));

    static const char *const foreign[] = {"pass\xC3\xA9", "\xE2\x82\xAC", "\xFF", NULL};
    g_auto(heard) not_these = read_with(pdf, foreign, 0);
    assert_true(g_str_has_prefix(not_these.problems->str, "encrypted: "));
    g_autoptr(pdf_bytes) accented = encrypted_pdf("pass\xE9");
    g_auto(heard) latin = read_with(accented, foreign, 0);
    assert_string_equal(latin.text->str, "under seal\n");

    g_autoptr(pdf_bytes) empty = encrypted_pdf("");
    g_auto(heard) plain = read_pdf(empty);
    assert_string_equal(plain.text->str, "under seal\n");
}

/* ---- lines ---- */

static void words_parted_at_the_end_of_a_line_are_joined(void **state)
{
    (void)state;
    static const struct {
        const char *page, *joined;
    } cases[] = {
        {"", ""},
        {"plain\ntext", "plain\ntext"},
        {"ends \n\n\f", "ends"},
        {"infor-\nmation", "information"},
        {"infor\xC2\xAD\nmation", "information"},
        {"infor\xE2\x80\x90\nmation", "information"},
        {"über-\nähnlich", "überähnlich"},
        {"a long-term plan, long-\nterm", "a long-term plan, long-term"},
        {"pages 12-\n14", "pages 12-\n14"},
        {"Smith-\nJones", "Smith-\nJones"},
        {"X-\nray", "X-\nray"},
        {"item -\nnext", "item -\nnext"},
        {"1997\xC2\xAD"
         "2000",
         "1997-2000"},
        {"-\n", "-"},
        {"-", "-"},
        {"a-\n", "a-"},
        {"a-", "a-"},
        {"a-\nb-\nc", "abc"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(pdf_bytes) text = g_string_new(cases[i].page);
        hf_pdf_lines_join(text);
        assert_string_equal(text->str, cases[i].joined);
        assert_int_equal(text->len, strlen(text->str));
    }
}

static void white_space_is_folded(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } cases[] = {{"", ""}, {" \n", ""}, {"a", "a"}, {" a \n\tb\f", "a b"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folded = hf_pdf_lines_fold(cases[i].text);
        assert_string_equal(folded, cases[i].folded);
    }
}

static void test_lack_of_memory(void **state)
{
    (void)state;
    hf_pdf_text_listen(true);
    fputs("Out of memory\n", stderr); /* as poppler does */
    hf_pdf_text_listen(false);
    assert_true(hf_pdf_text_lacked_memory());
    hf_pdf_text_listen(true);
    hf_pdf_text_listen(false);
    assert_false(hf_pdf_text_lacked_memory());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lack_of_memory),
        cmocka_unit_test(text_and_properties_are_read),
        cmocka_unit_test(a_file_too_large_to_map_reads_the_same),
        cmocka_unit_test(marks_of_a_page_are_read_and_not_repeated),
        cmocka_unit_test(bookmarks_end_even_if_they_loop),
        cmocka_unit_test(attached_files_are_children),
        cmocka_unit_test(pages_without_text_need_ocr),
        cmocka_unit_test(damaged_files_give_what_they_have),
        cmocka_unit_test(a_page_count_that_lies_ends),
        cmocka_unit_test(every_cut_of_a_file_is_survived),
        cmocka_unit_test(encrypted_files_open_by_the_list),
        cmocka_unit_test(words_parted_at_the_end_of_a_line_are_joined),
        cmocka_unit_test(white_space_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
