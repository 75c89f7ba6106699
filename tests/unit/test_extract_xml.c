/* XML: all its text, and none of its tricks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "extract_heard.h"

extern const hf_extractor hf_extract_xml_format;

static heard *hear_xml(const char *xml)
{
    return hear(&hf_extract_xml_format, xml, strlen(xml), NULL);
}

static void text_attributes_and_comments_are_read(void **state)
{
    (void)state;
    g_autoptr(heard) h =
        hear_xml("<?xml version=\"1.0\"?><a x=\"in attribute\"><b>one</b><b>two &amp; "
                 "three</b><!-- said --><![CDATA[<raw>]]><?pi hidden?></a>");
    assert_string_equal(h->text->str, "in attribute one two & three said <raw>");
    assert_string_equal(h->problems->str, "");
}

static void references_in_attributes_are_read(void **state)
{
    (void)state;
    g_autoptr(heard) h = hear_xml("<a x=\"R&amp;D &#38; &lt;b&gt;\"/>");
    assert_string_equal(h->text->str, "R&D & <b>");
}

static void geometry_of_drawings_is_left_out(void **state)
{
    (void)state;
    g_autoptr(heard) h =
        hear_xml("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\"><path d=\"M0 0L1 1\"/>"
                 "<text x=\"1\">label</text></svg>");
    assert_string_equal(h->text->str, "label");
}

static void charset_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        const char *text;
    } cases[] = {
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>na\xefve</a>", "naïve"},
        {"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>\xcf\xf0\xe8\xe2\xe5\xf2</a>",
         "Привет"},
        {"<a>na\xc3\xafve</a>", "naïve"},
        {"<?xml version=\"1.0\" encoding=\"no-such\"?><a>na\xc3\xafve</a>", "naïve"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear_xml(cases[i].xml);
        assert_string_equal(h->text->str, cases[i].text);
    }
}

static void damage_keeps_what_was_read(void **state)
{
    (void)state;
    static const char *const broken[] = {"<a><b>kept</b><c>", "<a>kept</b></a>",
                                         "<a>kept &undefined; </a>", "<a>kept<", "<a>kept\x01</a>"};
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(heard) h = hear_xml(broken[i]);
        assert_non_null(strstr(h->text->str, "kept"));
        assert_true(h->problems->len > 0);
    }
}

static void entities_are_not_expanded(void **state)
{
    (void)state;
    g_autoptr(heard) h = hear_xml(
        "<!DOCTYPE r [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;\">]>"
        "<r>before &d; after</r>");
    assert_null(strstr(h->text->str, "lol"));
    assert_non_null(strstr(h->text->str, "before"));
    assert_non_null(strstr(h->text->str, "after"));
    assert_non_null(strstr(h->problems->str, "unsupported"));
}

static void nothing_outside_is_read(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r>before &x; after</r>",
        "<!DOCTYPE r [<!ENTITY % x SYSTEM \"file:///etc/passwd\"> %x;]><r>before after</r>",
        "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><r>before after</r>",
        "<r xmlns:xi=\"http://www.w3.org/2001/XInclude\">before <xi:include href=\"/etc/passwd\" "
        "parse=\"text\"/> after</r>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(documents); i++) {
        g_autoptr(heard) h = hear_xml(documents[i]);
        assert_null(strstr(h->text->str, "root:"));
        assert_non_null(strstr(h->text->str, "before"));
    }
}

static void default_attributes_do_not_multiply(void **state)
{
    (void)state;
    g_autoptr(GString) xml = g_string_new("<!DOCTYPE r [<!ATTLIST b x CDATA \"");
    for (int i = 0; i < 1000; i++)
        g_string_append(xml, "longvalue ");
    g_string_append(xml, "\">]><r>");
    for (int i = 0; i < 1000; i++)
        g_string_append(xml, "<b/>");
    g_string_append(xml, "</r>");
    g_autoptr(heard) h = hear_xml(xml->str);
    assert_string_equal(h->text->str, "");
}

static void depth_is_limited(void **state)
{
    (void)state;
    g_autoptr(GString) xml = g_string_new(NULL);
    for (int i = 0; i < 100000; i++)
        g_string_append(xml, "<a>x");
    g_autoptr(heard) h = hear_xml(xml->str);
    assert_non_null(strstr(h->problems->str, "limit"));
    assert_true(h->text->len > 100);
}

static void word_2003_is_read_as_a_document(void **state)
{
    (void)state;
    g_autoptr(heard) h = hear_xml(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument "
        "xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\" "
        "xmlns:o=\"urn:schemas-microsoft-com:office:office\"><o:DocumentProperties><o:Author>Jane "
        "Roe</o:Author></o:DocumentProperties><w:body><w:p><w:r><w:t>sp</w:t></w:r><w:r><w:t>lit"
        "</w:t></w:r></w:p><w:p><w:r><w:t>next</w:t></w:r></w:p></w:body></w:wordDocument>");
    assert_string_equal(h->text->str, "split\nnext");
    assert_non_null(strstr(h->meta->str, "author=Jane Roe"));
}

static void flat_packages_are_read_as_documents(void **state)
{
    (void)state;
    g_autoptr(heard) h = hear_xml(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><pkg:package "
        "xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\">"
        "<pkg:part pkg:name=\"/_rels/.rels\" "
        "pkg:contentType=\"application/xml\"><pkg:xmlData>" RELATIONS(RELATION(
            "r1", "officeDocument",
            "word/document.xml")) "</pkg:xmlData></pkg:part>"
                                  "<pkg:part pkg:name=\"/word/document.xml\" "
                                  "pkg:contentType=\"x\"><pkg:xmlData><w:document "
                                  "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/"
                                  "2006/main\"><w:body><w:p><w:r>"
                                  "<w:t>flat</w:t></w:r></w:p></w:body></w:document></"
                                  "pkg:xmlData></pkg:part>"
                                  "<pkg:part pkg:name=\"/word/media/image1.png\" "
                                  "pkg:contentType=\"image/png\">"
                                  "<pkg:binaryData>QUJD</pkg:binaryData></pkg:part></pkg:package>");
    assert_string_equal(h->text->str, "flat");
    assert_string_equal(h->children->str, "3 image1.png 3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_attributes_and_comments_are_read),
        cmocka_unit_test(references_in_attributes_are_read),
        cmocka_unit_test(geometry_of_drawings_is_left_out),
        cmocka_unit_test(charset_is_found),
        cmocka_unit_test(damage_keeps_what_was_read),
        cmocka_unit_test(entities_are_not_expanded),
        cmocka_unit_test(nothing_outside_is_read),
        cmocka_unit_test(default_attributes_do_not_multiply),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(word_2003_is_read_as_a_document),
        cmocka_unit_test(flat_packages_are_read_as_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
