/* Workbooks: cells as they are shown, and all that lies beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "extract/ooxml.h"
#include "extract_heard.h"

extern const hf_extractor hf_extract_xlsx_format;

#define NAMESPACES                                                                                 \
    " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""                         \
    " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define ROOT                                                                                       \
    {                                                                                              \
        "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "xl/workbook.xml")), 0           \
    }

static void numbers_are_shown_as_formatted(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *code, *shown;
    } cases[] = {
        {12, NULL, "12"},
        {0.1 + 0.2, NULL, "0.3"},
        {123456789012345, "General", "123456789012345"},
        {1e21, NULL, "1E+21"},
        {-1.5, "0", "-2"},
        {1234.5, "#,##0.00", "1,234.50"},
        {1234567, "#,##0", "1,234,567"},
        {12, "#,##0", "12"},
        {-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"},
        {-5, "0;\"minus \"0", "minus 5"},
        {0, "0;-0;\"none\"", "none"},
        {0.125, "0.0%", "12.5%"},
        {1234567, "0.0,,\"M\"", "1.2M"},
        {1234.5, "0.00E+00", "1.23E+03"},
        {0.5, "# ?/?", "1/2"},
        {2.75, "# ?/?", "2 3/4"},
        {5, "00000", "00005"},
        {123456789, "000-00-0000", "123-45-6789"},
        {5551234567, "(###) ###-####", "(555) 123-4567"},
        {3.5, "[$€-407] #,##0.00", "€ 3.50"},
        {7, "[Red]0.0", "7.0"},
        {50, "[>=100]\"big\";\"small\"", "small"},
        {42645, "mm/dd/yyyy", "10/02/2016"},
        {42645, "d. mmmm yyyy", "2. October 2016"},
        {42645, "dddd, mmm d", "Sunday, Oct 2"},
        {42645.75, "yyyy-mm-dd hh:mm:ss", "2016-10-02 18:00:00"},
        {0.75, "h:mm AM/PM", "6:00 PM"},
        {1.5, "[h]:mm", "36:00"},
        {0.000011574, "mm:ss.0", "00:01.0"},
        {1, "d/m/yyyy", "1/1/1900"},
        {61, "d/m/yyyy", "1/3/1900"},
        {42645, "[$-409]m/d/yy", "10/2/16"},
        {1e10, "m/d/yyyy", "10000000000"},
        {-1, "m/d/yyyy", "-1"},
        {7, "@", "7"},
        {7, ";;;", ""},
        {7, "\"unclosed", "unclosed"},
        {7, "\\", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_ooxml_format_number(cases[i].value, cases[i].code, false, out);
        assert_string_equal(out->str, cases[i].shown);
    }
    g_autoptr(GString) out = g_string_new(NULL);
    hf_ooxml_format_number(0, "yyyy-mm-dd", true, out);
    assert_string_equal(out->str, "1904-01-01");
}

static void cells_are_read_in_rows(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"xl/_rels/workbook.xml.rels",
         RELATIONS(RELATION("s1", "worksheet", "worksheets/sheet1.xml") RELATION(
             "s2", "worksheet", "worksheets/sheet2.xml") RELATION("t", "styles", "styles.xml")
                       RELATION("u", "sharedStrings", "sharedStrings.xml")),
         0},
        {"xl/workbook.xml",
         "<workbook" NAMESPACES
         "><sheets><sheet name=\"Rates &amp; Codes\" r:id=\"s1\"/><sheet name=\"Secret\" "
         "state=\"veryHidden\" r:id=\"s2\"/></sheets><definedNames><definedName "
         "name=\"Rate\">0.19</definedName>"
         "<definedName name=\"_xlnm.Print_Area\">A1</definedName></definedNames></workbook>",
         0},
        {"xl/styles.xml",
         "<styleSheet" NAMESPACES
         "><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts>"
         "<cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf "
         "numFmtId=\"164\"/>"
         "<xf numFmtId=\"10\"/></cellXfs></styleSheet>",
         0},
        {"xl/sharedStrings.xml",
         "<sst" NAMESPACES "><si><t>one</t></si><si><r><t>ri</t></r><r><t>ch</t></r></"
         "si><si><t>本田</t><rPh><t>ホンダ"
         "</t></rPh></si><si><t>deleted</t></si></sst>",
         0},
        {"xl/worksheets/sheet1.xml",
         "<worksheet" NAMESPACES
         "><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c t=\"s\"><v>2</v></c>"
         "</row><row><c s=\"1\"><v>42645</v></c><c s=\"2\"><f>A1*B1</f><v>0.256</v></c><c "
         "t=\"b\"><v>1</v></c>"
         "<c t=\"e\"><v>#N/A</v></c><c t=\"str\"><f>UPPER(A1)</f><v>ONE</v></c><c "
         "t=\"inlineStr\"><is><t>in</t></is></c>"
         "<c s=\"1\"/></row></sheetData><dataValidations><dataValidation "
         "prompt=\"choose\"><formula1>\"Yes,No\""
         "</formula1></dataValidation></"
         "dataValidations><headerFooter><oddHeader>&amp;L&amp;\"Arial,Bold\"&amp;12Draft "
         "&amp;P</oddHeader></headerFooter></worksheet>",
         0},
        {"xl/worksheets/sheet2.xml",
         "<worksheet" NAMESPACES
         "><sheetData><row><c><v>7</v></c><c t=\"s\"><v>99</v></c></row></sheetData></worksheet>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_xlsx_format, parts);
    assert_string_equal(h->text->str,
                        "Rate\t0.19\nRates & Codes\none\trich\t本田 "
                        "ホンダ\n02/10/2016\t25.60%\tTRUE\t#N/A\tONE\tin\n"
                        "choose\n\"Yes,No\"\nDraft\nA1*B1\nUPPER(A1)\nSecret\n7\ndeleted");
    assert_int_equal(h->flags, HF_FLAG_HIDDEN);
    assert_non_null(strstr(h->meta->str, "sheets=2\n"));
    assert_string_equal(h->problems->str, "");
}

static heard *hear_sheet(const char *sheet)
{
    const package_part parts[] = {
        ROOT,
        {"xl/_rels/workbook.xml.rels",
         RELATIONS(RELATION("s1", "worksheet", "worksheets/sheet1.xml")), 0},
        {"xl/workbook.xml",
         "<workbook" NAMESPACES "><sheets><sheet name=\"S\" r:id=\"s1\"/></sheets></workbook>", 0},
        {"xl/worksheets/sheet1.xml", sheet, 0},
        {NULL, NULL, 0}};
    return hear_package(&hf_extract_xlsx_format, parts);
}

static void hidden_rows_and_columns_are_flagged(void **state)
{
    (void)state;
    static const struct {
        const char *sheet;
        unsigned flags;
    } cases[] = {
        {"<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>", 0},
        {"<worksheet><sheetData><row hidden=\"1\"><c><v>1</v></c></row></sheetData></worksheet>",
         HF_FLAG_HIDDEN},
        {"<worksheet><cols><col "
         "hidden=\"true\"/></cols><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>",
         HF_FLAG_HIDDEN},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear_sheet(cases[i].sheet);
        assert_string_equal(h->text->str, "S\n1");
        assert_int_equal(h->flags, cases[i].flags);
    }
}

static void what_lies_beside_the_cells_is_read(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"xl/_rels/workbook.xml.rels",
         RELATIONS(RELATION("s1", "worksheet", "worksheets/sheet1.xml")
                       RELATION("p", "person", "persons/person.xml")
                           RELATION("x", "externalLink", "externalLinks/externalLink1.xml")),
         0},
        {"xl/workbook.xml",
         "<workbook" NAMESPACES "><sheets><sheet name=\"S\" r:id=\"s1\"/></sheets></workbook>", 0},
        {"xl/persons/person.xml",
         "<personList><person id=\"{P}\" displayName=\"Jane Roe\"/></personList>", 0},
        {"xl/worksheets/_rels/sheet1.xml.rels",
         RELATIONS(RELATION("c", "comments", "../comments1.xml")
                       RELATION("t", "threadedComment", "../threaded1.xml")
                           RELATION("d", "drawing", "../drawings/drawing1.xml")
                               RELATION("l", "table", "../tables/table1.xml")
                                   LINK("h", "http://x.example/")),
         0},
        {"xl/worksheets/sheet1.xml",
         "<worksheet" NAMESPACES "><sheetData/><hyperlinks><hyperlink r:id=\"h\" "
         "tooltip=\"tip\"/></hyperlinks></worksheet>",
         0},
        {"xl/comments1.xml",
         "<comments" NAMESPACES
         "><authors><author>John Doe</author><author>tc={1}</author></authors><commentList>"
         "<comment authorId=\"0\"><text><r><t>a note</t></r></text></comment><comment "
         "authorId=\"1\"><text><t>twice</t>"
         "</text></comment></commentList></comments>",
         0},
        {"xl/threaded1.xml",
         "<ThreadedComments "
         "xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments\">"
         "<threadedComment personId=\"{P}\"><text>a "
         "thread</text></threadedComment></ThreadedComments>",
         0},
        {"xl/drawings/drawing1.xml",
         "<wsDr "
         "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/"
         "main\"><sp><a:p><a:r><a:t>Line 1</a:t></a:r>"
         "</a:p><a:p><a:r><a:t>Line 2</a:t></a:r></a:p></sp></wsDr>",
         0},
        {"xl/tables/table1.xml", "<table" NAMESPACES " displayName=\"Sales\"/>", 0},
        {"xl/externalLinks/externalLink1.xml",
         "<externalLink" NAMESPACES
         "><sheetNames><sheetName val=\"Budget\"/></sheetNames></externalLink>",
         0},
        {"xl/externalLinks/_rels/externalLink1.xml.rels",
         RELATIONS(LINK("b", "file:///other.xlsx")), 0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_xlsx_format, parts);
    static const char *const said[] = {"John Doe: a note",
                                       "Jane Roe: a thread",
                                       "Line 1\nLine 2",
                                       "Sales",
                                       "tip",
                                       "<http://x.example/>",
                                       "Budget",
                                       "<file:///other.xlsx>"};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        assert_non_null(strstr(h->text->str, said[i]));
    assert_null(strstr(h->text->str, "twice"));
    assert_int_equal(h->flags, HF_FLAG_COMMENTS);
    assert_string_equal(h->problems->str, "");
}

static void missing_parts_are_said(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"xl/workbook.xml",
         "<workbook" NAMESPACES "><sheets><sheet name=\"Gone\" r:id=\"s1\"/></sheets></workbook>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_xlsx_format, parts);
    assert_string_equal(h->text->str, "Gone");
    assert_non_null(strstr(h->problems->str, "Gone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_shown_as_formatted),
        cmocka_unit_test(cells_are_read_in_rows),
        cmocka_unit_test(hidden_rows_and_columns_are_flagged),
        cmocka_unit_test(what_lies_beside_the_cells_is_read),
        cmocka_unit_test(missing_parts_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
