#include "extract/extractor.h"
#include <string.h>

#if __has_include("extract/extract_mail.c")
extern const hf_extractor hf_extract_mail_format;
#endif
#if __has_include("extract/extract_mbox.c")
extern const hf_extractor hf_extract_mbox_format;
#endif
#if __has_include("extract/extract_pdf.c")
extern const hf_extractor hf_extract_pdf_format;
#endif
#if __has_include("extract/extract_docx.c")
extern const hf_extractor hf_extract_docx_format;
#endif
#if __has_include("extract/extract_xlsx.c")
extern const hf_extractor hf_extract_xlsx_format;
#endif
#if __has_include("extract/extract_pptx.c")
extern const hf_extractor hf_extract_pptx_format;
#endif
#if __has_include("extract/extract_html.c")
extern const hf_extractor hf_extract_html_format;
#endif
#if __has_include("extract/extract_xml.c")
extern const hf_extractor hf_extract_xml_format;
#endif
#if __has_include("extract/extract_text.c")
extern const hf_extractor hf_extract_csv_format;
#endif
#if __has_include("extract/extract_archive.c")
extern const hf_extractor hf_extract_archive_format;
#endif
#if __has_include("extract/extract_text.c")
extern const hf_extractor hf_extract_text_format;
#endif

static const hf_extractor *const rows[] = {
#if __has_include("extract/extract_mail.c")
    &hf_extract_mail_format,
#endif
#if __has_include("extract/extract_mbox.c")
    &hf_extract_mbox_format,
#endif
#if __has_include("extract/extract_pdf.c")
    &hf_extract_pdf_format,
#endif
#if __has_include("extract/extract_docx.c")
    &hf_extract_docx_format,
#endif
#if __has_include("extract/extract_xlsx.c")
    &hf_extract_xlsx_format,
#endif
#if __has_include("extract/extract_pptx.c")
    &hf_extract_pptx_format,
#endif
#if __has_include("extract/extract_html.c")
    &hf_extract_html_format,
#endif
#if __has_include("extract/extract_xml.c")
    &hf_extract_xml_format,
#endif
#if __has_include("extract/extract_text.c")
    &hf_extract_csv_format,
#endif
#if __has_include("extract/extract_archive.c")
    &hf_extract_archive_format,
#endif
#if __has_include("extract/extract_text.c")
    &hf_extract_text_format,
#endif
    NULL,
};

static bool reads(const hf_extractor *row, const char *type, bool prefixes)
{
    for (const char *const *t = row->types; *t != NULL; t++) {
        bool prefix = g_str_has_suffix(*t, "/");
        if (prefix == prefixes && (prefix ? g_str_has_prefix(type, *t) : strcmp(type, *t) == 0))
            return true;
    }
    return false;
}

/* Exact names stand before prefixes such as "text/". */
const hf_extractor *hf_extractors_find(const char *type)
{
    for (int prefixes = 0; prefixes < 2; prefixes++) {
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            if (rows[i] != NULL && reads(rows[i], type, prefixes))
                return rows[i];
        }
    }
    return NULL;
}

size_t hf_extractors_count(void)
{
    return G_N_ELEMENTS(rows) - 1;
}

const hf_extractor *hf_extractors_at(size_t i)
{
    return i < G_N_ELEMENTS(rows) ? rows[i] : NULL;
}
