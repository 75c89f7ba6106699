/* src/extract/extract_docx.c -- Word documents and templates (ECMA-376 part 1, chapter 17). */
#include "extract/ooxml.h"

static bool read_document(hf_ooxml *o, GError **error)
{
    const char *document = hf_ooxml_main(o, "word/document.xml");
    if (!hf_ooxml_properties(o, error))
        return false;
    if (document == NULL) {
        if (!hf_extraction_problem(o->x, HF_ITEM_DAMAGED, "text", error,
                                   "the part with the document's text is missing"))
            return false;
    } else if (!hf_ooxml_text(o, document, error)) {
        return false;
    }
    return hf_ooxml_links(o, "", error) && hf_ooxml_children(o, error) && hf_ooxml_finish(o, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    hf_ooxml o;
    bool done = hf_ooxml_open(&o, x, error) && read_document(&o, error);
    hf_ooxml_close(&o);
    return done;
}

static const char *const types[] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.ms-word.template.macroenabled.12",
    NULL,
};

const hf_extractor hf_extract_docx_format = {
    .name = "docx", .version = 1, .types = types, .extract = extract};
