/* Word documents: text in the order in which it is read, and all that lies outside the main part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "extract_heard.h"

#include <gsf/gsf.h>

extern const hf_extractor hf_extract_docx_format;

#define NAMESPACES                                                                                 \
    " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""                    \
    " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""             \
    " xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\""                    \
    " xmlns:v=\"urn:schemas-microsoft-com:vml\""                                                   \
    " xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\""                           \
    " xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\""                          \
    " xmlns:dgm=\"http://schemas.openxmlformats.org/drawingml/2006/diagram\""                      \
    " xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\""
#define ROOT                                                                                       \
    {                                                                                              \
        "_rels/.rels", RELATIONS(RELATION("r1", "officeDocument", "/word/document.xml")), 0        \
    }
#define BODY(inner) "<w:document" NAMESPACES "><w:body>" inner "</w:body></w:document>"
#define P(inner) "<w:p>" inner "</w:p>"
#define R(text) "<w:r><w:t>" text "</w:t></w:r>"
#define CELL(inner) "<w:tc>" inner "</w:tc>"

static heard *hear_body(const char *document)
{
    const package_part parts[] = {ROOT, {"word/document.xml", document, 0}, {NULL, NULL, 0}};
    return hear_package(&hf_extract_docx_format, parts);
}

static void body_is_read_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *document, *text;
        unsigned flags;
    } cases[] = {
        {BODY(P(R("sp") R("lit")) P(R("next"))), "split\nnext", 0},
        {BODY("<w:tbl><w:tr>" CELL(P(R("a")) P(R("b"))) CELL(P(R("c"))) "</w:tr><w:tr>" CELL(
             P(R("d"))) CELL(P(R("e"))) "</w:tr></w:tbl>" P(R("f"))),
         "a\nb\tc\nd\te\nf", 0},
        {BODY(P("<w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr>" R(
             "a") "<w:r><w:tab/><w:t>b"
                  "</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>")),
         "a\tb\nc-d", 0},
        {BODY(P("<w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins>" R("new") "</w:ins>")),
         "old new", HF_FLAG_TRACKED_CHANGES},
        {BODY(P("<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>")), "secret",
         HF_FLAG_HIDDEN},
        {BODY(P("<w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>shown</w:t></w:r>")), "shown", 0},
        {BODY(P("<w:r><w:fldChar w:fldCharType=\"begin\"/><w:instrText> HYPERLINK "
                "\"http://x.example/\" </w:instrText><w:fldChar "
                "w:fldCharType=\"separate\"/></w:r>" R(
                    "here") "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>")),
         "<http://x.example/> here", 0},
        {BODY(P("<w:fldSimple w:instr=\" DATE \\@ &quot;d MMMM&quot; \">" R(
             "4 May") "</w:fldSimple>")),
         "4 May", 0},
        {BODY(P("<w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><w:txbxContent>" P(
             R("box")) "</w:txbxContent></"
                       "mc:Choice><mc:Fallback><w:pict><v:textbox><w:"
                       "txbxContent>" P(R("box")) "</w:txbxContent></v:textbox></"
                                                  "w:pict></mc:Fallback></"
                                                  "mc:AlternateContent></w:r>")),
         "box", 0},
        {BODY(P("<w:r><mc:AlternateContent><mc:Choice Requires=\"cx\"/><mc:Fallback>" P(
             R("only here")) "</mc:Fallback></mc:AlternateContent></w:r>")),
         "only here", 0},
        {BODY(P("<w:r><w:drawing><wp:docPr id=\"1\" name=\"Picture 1\" descr=\"A "
                "map\"/></w:drawing></w:r>")),
         "A map", 0},
        {BODY(P("<w:r><w:pict><v:shape><v:textpath "
                "string=\"DRAFT\"/></v:shape></w:pict></w:r>")),
         "DRAFT", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear_body(cases[i].document);
        assert_string_equal(g_strchomp(h->text->str), cases[i].text);
        assert_int_equal(h->flags, cases[i].flags);
        assert_string_equal(h->problems->str, "");
    }
}

#define INS(inner) "<w:ins>" inner "</w:ins>"
#define DEL(inner) "<w:del>" inner "</w:del>"
#define D(text) "<w:r><w:delText xml:space=\"preserve\">" text "</w:delText></w:r>"

/* Words of which one was inserted and one deleted stay apart; a word that changed in part stays whole. */
static void tracked_changes_glue_no_words(void **state)
{
    (void)state;
    static const struct {
        const char *document, *text;
    } cases[] = {
        {BODY(P(R("showed ") INS(R("porous metal")) DEL(D("a hairline")) R(" here"))),
         "showed porous metal a hairline here"},
        {BODY(P(R("showed ") DEL(D("a hairline")) INS(R("porous metal")) R(" here"))),
         "showed a hairline porous metal here"},
        {BODY(P(R("colo") INS(R("u")) R("r"))), "colour"},
        {BODY(P(R("colo") DEL(D("u")) R("r"))), "colour"},
        {BODY(P(R("run") DEL(D("s")) INS(R("ning")))), "runs ning"},
        {BODY(P(R("run") INS(R("ning")) DEL(D("s")))), "running s"},
        {BODY(P(INS(R("one ")) DEL(D("two")))), "one two"},
        {BODY(P(INS(R("one")) DEL(D(" two")))), "one two"},
        {BODY(P(INS(R("one")) DEL(D(", two")))), "one, two"},
        {BODY(P(INS(R("one")) DEL(D("")) R("two"))), "onetwo"},
        {BODY(P(INS(R("one")) "<w:bookmarkStart w:id=\"1\"/>" DEL(D("two")))), "one two"},
        {BODY(P(INS(R("o") R("ne")) INS(R("two")))), "onetwo"},
        {BODY(P(INS(R("metal") DEL(D("lic"))))), "metallic"},
        {BODY(P(INS(DEL(D("one"))) DEL(D("two")))), "one two"},
        {BODY(P("<w:moveFrom>" R("from") "</w:moveFrom><w:moveTo>" R("to") "</w:moveTo>")),
         "from to"},
        {BODY(P("<w:pPr><w:rPr><w:ins/></w:rPr></w:pPr>" R("pl") DEL(D("ain")))), "plain"},
        {BODY(P(INS(R("one"))) P(DEL(D("two")))), "one\ntwo"},
        {BODY(P(INS(R("\xc3\xbc")) DEL(D("\xc3\xa4")))), "\xc3\xbc \xc3\xa4"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear_body(cases[i].document);
        assert_string_equal(g_strchomp(h->text->str), cases[i].text);
        assert_int_equal(h->flags, HF_FLAG_TRACKED_CHANGES);
        assert_string_equal(h->problems->str, "");
    }
}

static void strict_vocabulary_is_the_same(void **state)
{
    (void)state;
    const package_part parts[] = {
        {"_rels/.rels",
         RELATIONS("<Relationship Id=\"r1\" Type=\"http://purl.oclc.org/ooxml/officeDocument/"
                   "relationships/officeDocument\" Target=\"word\\document.xml\"/>"),
         0},
        {"Word/Document.xml",
         "<w:document xmlns:w=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"><w:body>" P(
             R("strict")) "</w:body></w:document>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    assert_string_equal(h->text->str, "strict");
}

static void parts_around_the_body_are_read_once(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"word/_rels/document.xml.rels",
         RELATIONS(RELATION("h1", "header", "header1.xml") RELATION("h2", "header", "header1.xml")
                       RELATION("f1", "footer", "footer1.xml") RELATION("n1", "footnotes",
                                                                        "footnotes.xml")
                           RELATION("e1", "endnotes", "endnotes.xml") RELATION("c1", "comments",
                                                                               "comments.xml")
                               RELATION("c2", "chart", "charts/chart1.xml")
                                   RELATION("d1", "diagramData", "diagrams/data1.xml")
                                       RELATION("g1", "glossaryDocument", "glossary/document.xml")
                                           RELATION("x1", "customXml", "../customXml/item1.xml")
                                               RELATION("a1", "aFChunk", "chunk.html")
                                                   LINK("l1", "http://in.example/")
                                                       LINK("l2", "http://rest.example/")),
         0},
        {"word/document.xml",
         BODY(P("<w:hyperlink r:id=\"l1\">" R(
             "link") "</w:hyperlink>") "<w:altChunk r:id=\"a1\"/>" P(R("end"))),
         0},
        {"word/header1.xml", "<w:hdr" NAMESPACES ">" P(R("header")) "</w:hdr>", 0},
        {"word/footer1.xml", "<w:ftr" NAMESPACES ">" P(R("footer")) "</w:ftr>", 0},
        {"word/footnotes.xml",
         "<w:footnotes" NAMESPACES "><w:footnote>" P(R("footnote")) "</w:footnote></w:footnotes>",
         0},
        {"word/endnotes.xml",
         "<w:endnotes" NAMESPACES "><w:endnote>" P(R("endnote")) "</w:endnote></w:endnotes>", 0},
        {"word/comments.xml",
         "<w:comments" NAMESPACES
         "><w:comment w:author=\"Jane Roe\">" P(R("why?")) "</w:comment></w:comments>",
         0},
        {"word/charts/chart1.xml",
         "<c:chart" NAMESPACES
         "><a:p><a:r><a:t>Sales</a:t></a:r></a:p><c:pt><c:v>North</c:v></c:pt><c:pt>"
         "<c:v>4.4000000000000004</c:v></c:pt></c:chart>",
         0},
        {"word/diagrams/data1.xml",
         "<dgm:dataModel" NAMESPACES
         "><dgm:pt><dgm:t><a:p><a:r><a:t>President</a:t></a:r></a:p></dgm:t></dgm:pt>"
         "</dgm:dataModel>",
         0},
        {"word/glossary/document.xml", BODY(P(R("building block"))), 0},
        {"customXml/item1.xml", "<data><case>2001-17</case></data>", 0},
        {"word/chunk.html", "<p>from <b>HTML</b>", 0},
        {"[Content_Types].xml",
         "<Types><Default Extension=\"html\" ContentType=\"text/html\"/><Default Extension=\"xml\" "
         "ContentType=\"application/xml\"/></Types>",
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    assert_string_equal(
        h->text->str,
        "link <http://in.example/>\nfrom HTML\nend\nheader\nfooter\nfootnote\nendnote\n"
        "Jane Roe: why?\nSales\nNorth\t4.4\nPresident\nbuilding block\n2001-17\n"
        "<http://rest.example/>");
    assert_int_equal(h->flags, HF_FLAG_COMMENTS);
    assert_string_equal(h->children->str, "");
    assert_string_equal(h->problems->str, "");
}

#define LEVEL(n, format, text)                                                                     \
    "<w:lvl w:ilvl=\"" n "\"><w:start w:val=\"1\"/><w:numFmt w:val=\"" format                      \
    "\"/><w:lvlText w:val=\"" text "\"/></w:lvl>"
#define ITEM(id, level, text)                                                                      \
    P("<w:pPr><w:numPr><w:ilvl w:val=\"" level "\"/><w:numId w:val=\"" id                          \
      "\"/></w:numPr></w:pPr>" R(text))

static void lists_are_numbered_as_shown(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"word/_rels/document.xml.rels",
         RELATIONS(RELATION("n", "numbering", "numbering.xml")
                       RELATION("s", "styles", "styles.xml")),
         0},
        {"word/numbering.xml",
         "<w:numbering" NAMESPACES "><w:abstractNum w:abstractNumId=\"0\">" LEVEL(
             "0", "decimal", "%1.") LEVEL("1", "lowerLetter", "%1.%2)")
             LEVEL("2", "upperRoman", "(%3)") "</w:abstractNum><w:abstractNum "
                                              "w:abstractNumId=\"1\">" LEVEL(
                                                  "0", "bullet",
                                                  "\xef\x82\xb7") "</w:abstractNum><w:num "
                                                                  "w:numId=\"1\"><w:abstractNumId "
                                                                  "w:val=\"0\"/></w:num>"
                                                                  "<w:num "
                                                                  "w:numId=\"2\"><w:abstractNumId "
                                                                  "w:val=\"0\"/><w:lvlOverride "
                                                                  "w:ilvl=\"0\">"
                                                                  "<w:startOverride "
                                                                  "w:val=\"7\"/></w:lvlOverride></"
                                                                  "w:num>"
                                                                  "<w:num "
                                                                  "w:numId=\"3\"><w:abstractNumId "
                                                                  "w:val=\"1\"/></w:num></"
                                                                  "w:numbering>",
         0},
        {"word/styles.xml",
         "<w:styles" NAMESPACES
         "><w:style w:styleId=\"L\"><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId "
         "w:val=\"1\"/></w:numPr></w:pPr></w:style><w:style w:styleId=\"M\"><w:basedOn "
         "w:val=\"L\"/></w:style>"
         "</w:styles>",
         0},
        {"word/document.xml",
         BODY(ITEM("1", "0", "a") ITEM("1", "1", "b") ITEM("1", "1", "c") ITEM("1", "2", "d")
                  ITEM("1", "0", "e") ITEM("1", "1", "f") ITEM("2", "0", "g") ITEM("2", "0", "h")
                      ITEM("3", "0", "i") P("<w:pPr><w:pStyle w:val=\"M\"/></w:pPr>" R("j"))
                          ITEM("0", "0", "k")),
         0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    assert_string_equal(h->text->str,
                        "1. a\n1.a) b\n1.b) c\n(I) d\n2. e\n2.a) f\n7. g\n8. h\ni\n9. j\nk");
}

static void properties_are_said(void **state)
{
    (void)state;
    const package_part parts[] = {
        {"_rels/.rels",
         RELATIONS(RELATION("r1", "officeDocument", "word/document.xml")
                       RELATION("r2", "metadata/core-properties", "docProps/core.xml")
                           RELATION("r3", "extended-properties", "docProps/app.xml")
                               RELATION("r4", "custom-properties", "docProps/custom.xml")),
         0},
        {"docProps/core.xml",
         "<c xmlns:dc=\"d\" xmlns:t=\"t\"><dc:title>R&amp;D</dc:title><dc:creator>Jane "
         "Roe</dc:creator>"
         "<t:created>2001-05-04T10:11:12Z</t:created><t:modified>not a date</t:modified></c>",
         0},
        {"docProps/app.xml", "<p><Pages>3</Pages><Company>Roe LLP</Company></p>", 0},
        {"docProps/custom.xml", "<p><property name=\"Matter\"><v>2001-17</v></property></p>", 0},
        {"word/document.xml", BODY(P(R("text"))), 0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    static const char *const said[] = {
        "title=R&D\n", "author=Jane Roe\n", "created=2001-05-04T10:11:12",
        "pages=3\n",   "company=Roe LLP\n", "other=Matter: 2001-17\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        assert_non_null(strstr(h->meta->str, said[i]));
    assert_null(strstr(h->meta->str, "modified="));
}

static void files_inside_become_children(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"[Content_Types].xml",
         "<Types><Default Extension=\"png\" ContentType=\"image/png\"/><Override "
         "PartName=\"/word/vbaProject.bin\" "
         "ContentType=\"application/vnd.ms-office.vbaProject\"/></Types>",
         0},
        {"word/document.xml", BODY(P(R("text"))), 0},
        {"word/embeddings/Sheet1.xlsx", "PK child", 0},
        {"word/embeddings/oleObject1.bin", "not OLE", 0},
        {"word/media/image1.png", "png", 0},
        {"word/vbaProject.bin", "macros", 0},
        {"word/fonts/font1.odttf", "font", 0},
        {"docProps/thumbnail.png", "png", 0},
        {"word/theme/theme1.xml", "<a/>", 0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    assert_string_equal(h->text->str, "text");
    assert_string_equal(
        h->children->str,
        "2 Sheet1.xlsx 8\n2 oleObject1.bin 7\n3 image1.png 3\n2 vbaProject.bin 6\n");
    assert_int_equal(h->flags, HF_FLAG_MACROS);
}

/* An OLE file with one stream. */
static GString *ole_file(const char *stream, const void *bytes, size_t n)
{
    GsfOutput *memory = gsf_output_memory_new();
    GsfOutfile *file = gsf_outfile_msole_new(memory);
    GsfOutput *child = gsf_outfile_new_child(file, stream, FALSE);
    gsf_output_write(child, n, bytes);
    gsf_output_close(child);
    g_object_unref(child);
    gsf_output_close(GSF_OUTPUT(file));
    g_object_unref(file);
    GString *ole =
        g_string_new_len((const char *)gsf_output_memory_get_bytes(GSF_OUTPUT_MEMORY(memory)),
                         (gssize)gsf_output_size(memory));
    g_object_unref(memory);
    return ole;
}

static void wrapped_files_are_unwrapped(void **state)
{
    (void)state;
    static const char packager[] =
        "\x31\0\0\0\2\0plan.txt\0C:\\plan.txt\0\0\0\3\0\x09\0\0\0C:\\t.txt\0\5\0\0\0hello";
    static const struct {
        const char *stream, *bytes;
        size_t n;
        const char *child;
    } cases[] = {
        {"\1Ole10Native", packager, sizeof packager - 1, "2 plan.txt 5\n"},
        {"\1Ole10Native", packager, 30, NULL},
        {"\1Ole10Native", "\3\0\0\0abc", 7, "2 oleObject1.bin 3\n"},
        {"CONTENTS", "%PDF-1.4", 8, "2 oleObject1.pdf 8\n"},
        {"Package", "PK\3\4 word/document.xml", 22, "2 oleObject1.docx 22\n"},
        {"WordDocument", "stays", 5, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) ole = ole_file(cases[i].stream, cases[i].bytes, cases[i].n);
        const package_part parts[] = {ROOT,
                                      {"word/document.xml", BODY(""), 0},
                                      {"word/embeddings/oleObject1.bin", ole->str, ole->len},
                                      {NULL, NULL, 0}};
        g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
        g_autofree char *whole = g_strdup_printf("2 oleObject1.bin %zu\n", ole->len);
        assert_string_equal(h->children->str, cases[i].child != NULL ? cases[i].child : whole);
    }
}

static void bombs_are_limited(void **state)
{
    (void)state;
    /* The same few bytes under many names, and all of them more than the ratio permits. */
    hf_limits limits = hf_extract_default_limits();
    limits.ratio = 1;
    g_autoptr(GString) body = g_string_new("<w:document" NAMESPACES "><w:body>");
    while (body->len < (size_t)80 << 20)
        g_string_append(body, "<w:p><w:r><w:t>text</w:t></w:r></w:p>");
    g_autofree uint8_t *packed = g_malloc(body->len);
    z_stream z = {.next_in = (Bytef *)body->str,
                  .avail_in = (uInt)body->len,
                  .next_out = packed,
                  .avail_out = (uInt)body->len};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    const package_part parts[] = {
        ROOT, {"word/document.xml", (const char *)packed, z.total_out}, {NULL, NULL, 0}};
    g_autoptr(GString) zip = package(parts);
    /* The helper stores: say in both headers that the last part is deflated. */
    char *local_header = memmem(zip->str + 30, zip->len - 30, "PK\3\4", 4);
    local_header[8] = 8;
    char *central = NULL;
    for (char *p = zip->str;
         (p = memmem(p, (size_t)(zip->str + zip->len - p), "PK\1\2", 4)) != NULL; p++)
        central = p;
    central[10] = 8;
    g_autoptr(heard) h = hear(&hf_extract_docx_format, zip->str, zip->len, &limits);
    assert_non_null(strstr(h->problems->str, "limit"));
    assert_true(h->text->len > 0);
}

static void damaged_packages_are_read_as_far_as_they_go(void **state)
{
    (void)state;
    const package_part parts[] = {ROOT,
                                  {"word/document.xml", BODY(P(R("first")) P(R("second"))), 0},
                                  {"word/other.xml", "<a/>", 0},
                                  {NULL, NULL, 0}};
    g_autoptr(GString) whole = package(parts);
    for (size_t n = 0; n < whole->len; n++) {
        g_autoptr(heard) h = hear(&hf_extract_docx_format, whole->str, n, NULL);
        assert_true(h->problems->len > 0);
    }
    const char *second = memmem(whole->str, whole->len, "second", 6);
    g_autoptr(heard) cut =
        hear(&hf_extract_docx_format, whole->str, (size_t)(second - whole->str), NULL);
    assert_non_null(strstr(cut->text->str, "first"));
    g_autoptr(GString) shifted = g_string_new("bytes before the archive");
    g_string_append_len(shifted, whole->str, (gssize)whole->len);
    g_autoptr(heard) h = hear(&hf_extract_docx_format, shifted->str, shifted->len, NULL);
    assert_string_equal(h->text->str, "first\nsecond");
    assert_string_equal(h->problems->str, "");
    *(char *)memmem(whole->str, whole->len, "first", 5) = 'F';
    g_autoptr(heard) changed = hear(&hf_extract_docx_format, whole->str, whole->len, NULL);
    assert_string_equal(changed->text->str, "First\nsecond");
    assert_non_null(strstr(changed->problems->str, "checksum"));
}

static void hostile_parts_are_contained(void **state)
{
    (void)state;
    static const struct {
        const char *document, *reason;
    } cases[] = {
        {"<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" BODY(P(R("safe &x;"))),
         "unsupported"},
        {"<!DOCTYPE d [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]>" BODY(P(R("safe &b;"))),
         "unsupported"},
        {"<w:document" NAMESPACES "><w:body>" P(R("safe")) "<w:p>", "damaged"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(heard) h = hear_body(cases[i].document);
        assert_non_null(strstr(h->text->str, "safe"));
        assert_null(strstr(h->text->str, "root:"));
        assert_null(strstr(h->text->str, "lol"));
        assert_non_null(strstr(h->problems->str, cases[i].reason));
    }
}

static void documents_that_contain_themselves_end(void **state)
{
    (void)state;
    const package_part parts[] = {
        ROOT,
        {"word/_rels/document.xml.rels",
         RELATIONS(RELATION("h", "header", "document.xml") RELATION("a", "aFChunk", "document.xml")
                       RELATION("n", "numbering", "document.xml")),
         0},
        {"word/document.xml", BODY(P(R("once")) "<w:altChunk r:id=\"a\"/>"), 0},
        {NULL, NULL, 0}};
    g_autoptr(heard) h = hear_package(&hf_extract_docx_format, parts);
    assert_string_equal(h->text->str, "once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_is_read_in_order),
        cmocka_unit_test(tracked_changes_glue_no_words),
        cmocka_unit_test(strict_vocabulary_is_the_same),
        cmocka_unit_test(parts_around_the_body_are_read_once),
        cmocka_unit_test(lists_are_numbered_as_shown),
        cmocka_unit_test(properties_are_said),
        cmocka_unit_test(files_inside_become_children),
        cmocka_unit_test(wrapped_files_are_unwrapped),
        cmocka_unit_test(bombs_are_limited),
        cmocka_unit_test(damaged_packages_are_read_as_far_as_they_go),
        cmocka_unit_test(hostile_parts_are_contained),
        cmocka_unit_test(documents_that_contain_themselves_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
