/* Presentations: slides in the order of the show, with what is shown on them and beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "extract_heard.h"

extern const hf_extractor hf_extract_pptx_format;

#define NAMESPACES                                                                                 \
    " xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\""                           \
    " xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\""                      \
    " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define ROOT                                                                                       \
    {                                                                                              \
        "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "ppt/presentation.xml")), 0      \
    }
#define LINE(text) "<a:p><a:r><a:t>" text "</a:t></a:r></a:p>"
#define SHAPE(properties, inner)                                                                   \
    "<p:sp><p:nvSpPr><p:nvPr>" properties "</p:nvPr></p:nvSpPr><p:txBody>" inner                   \
    "</p:txBody></p:sp>"
#define SLIDE(inner) "<p:sld" NAMESPACES "><p:cSld><p:spTree>" inner "</p:spTree></p:cSld></p:sld>"

static void slides_are_read_in_order(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"ppt/_rels/presentation.xml.rels",
         RELATIONS(RELATION("r1", "slide", "slides/slide1.xml")
                       RELATION("r2", "slide", "slides/slide2.xml")
                           RELATION("r3", "commentAuthors", "commentAuthors.xml")
                               RELATION("r4", "slide", "slides/slide3.xml")),
         0},
        {"ppt/presentation.xml",
         "<p:presentation" NAMESPACES
         "><p:sldIdLst><p:sldId id=\"256\" r:id=\"r2\"/><p:sldId id=\"257\" r:id=\"r1\"/>"
         "</p:sldIdLst></p:presentation>",
         0},
        {"ppt/commentAuthors.xml",
         "<p:cmAuthorLst" NAMESPACES "><p:cmAuthor id=\"0\" name=\"Jane Roe\"/></p:cmAuthorLst>",
         0},
        {"ppt/slides/slide1.xml",
         SLIDE(SHAPE("<p:ph type=\"title\"/>", LINE("Second")) "<p:grpSp>" SHAPE(
             "", LINE("grouped")) "</p:grpSp>"
                                  "<a:tbl><a:tr><a:tc>" LINE("a") "</a:tc><a:tc>" LINE(
                                      "b") "</a:tc></a:tr></a:tbl>" SHAPE("<p:ph type=\"sldNum\"/>",
                                                                          "<a:p><a:fld "
                                                                          "type=\"slidenum\"><a:t>"
                                                                          "2</a:t></a:fld></a:p>")),
         0},
        {"ppt/slides/slide2.xml", SLIDE(SHAPE("", LINE("First"))), 0},
        {"ppt/slides/slide3.xml", SLIDE(SHAPE("", LINE("Unlisted"))), 0},
        {"ppt/slides/_rels/slide2.xml.rels",
         RELATIONS(RELATION("l", "slideLayout", "../slideLayouts/slideLayout1.xml")
                       RELATION("n", "notesSlide", "../notesSlides/notesSlide1.xml")
                           RELATION("c", "comments", "../comments/comment1.xml")),
         0},
        {"ppt/slides/_rels/slide1.xml.rels",
         RELATIONS(RELATION("l", "slideLayout", "../slideLayouts/slideLayout1.xml")), 0},
        {"ppt/slideLayouts/slideLayout1.xml",
         "<p:sldLayout" NAMESPACES ">" SHAPE("<p:ph type=\"title\"/>", LINE("Click to edit"))
             SHAPE("", LINE("Confidential")) "</p:sldLayout>",
         0},
        {"ppt/notesSlides/notesSlide1.xml",
         "<p:notes" NAMESPACES ">" SHAPE("", LINE("say this")) "</p:notes>", 0},
        {"ppt/comments/comment1.xml",
         "<p:cmLst" NAMESPACES
         "><p:cm authorId=\"0\"><p:pos/><p:text>really?</p:text></p:cm></p:cmLst>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_pptx_format, parts);
    assert_string_equal(
        h->text->str,
        "First\nJane Roe: really?\nsay this\nConfidential\nSecond\ngrouped\na\tb\nUnlisted");
    assert_non_null(strstr(h->meta->str, "pages=2\n"));
    assert_int_equal(h->flags, HF_FLAG_COMMENTS);
    assert_string_equal(h->problems->str, "");
}

static void hidden_slides_are_flagged(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"ppt/_rels/presentation.xml.rels", RELATIONS(RELATION("r1", "slide", "slides/slide1.xml")),
         0},
        {"ppt/presentation.xml",
         "<p:presentation" NAMESPACES
         "><p:sldIdLst><p:sldId id=\"256\" r:id=\"r1\"/></p:sldIdLst></p:presentation>",
         0},
        {"ppt/slides/slide1.xml",
         "<p:sld" NAMESPACES " show=\"0\">" SHAPE("", LINE("not shown")) "</p:sld>", 0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_pptx_format, parts);
    assert_string_equal(h->text->str, "not shown");
    assert_int_equal(h->flags, HF_FLAG_HIDDEN);
}

static void missing_slides_are_said(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"ppt/presentation.xml",
         "<p:presentation" NAMESPACES
         "><p:sldIdLst><p:sldId id=\"256\" r:id=\"r1\"/></p:sldIdLst></p:presentation>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_pptx_format, parts);
    assert_non_null(strstr(h->problems->str, "slide 1 is missing"));
}

static void embedded_files_become_children(void **state)
{
    (void)state;
    const package_part parts[] = {ROOT,
                                  {"ppt/presentation.xml", "<p:presentation" NAMESPACES "/>", 0},
                                  {"ppt/embeddings/Sheet.xlsx", "PK", 0},
                                  {"ppt/media/media1.mp3", "sound", 0},
                                  {"ppt/printerSettings/printerSettings1.bin", "x", 0},
                                  {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_pptx_format, parts);
    assert_string_equal(h->children->str, "2 Sheet.xlsx 2\n2 media1.mp3 5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slides_are_read_in_order),
        cmocka_unit_test(hidden_slides_are_flagged),
        cmocka_unit_test(missing_slides_are_said),
        cmocka_unit_test(embedded_files_become_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
