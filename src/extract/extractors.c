#include "extract/extractor.h"
#include <string.h>

extern const hf_extractor hf_extract_mail_format;
extern const hf_extractor hf_extract_mbox_format;
extern const hf_extractor hf_extract_pdf_format;
extern const hf_extractor hf_extract_docx_format;
extern const hf_extractor hf_extract_xlsx_format;
extern const hf_extractor hf_extract_pptx_format;
extern const hf_extractor hf_extract_html_format;
extern const hf_extractor hf_extract_xml_format;
extern const hf_extractor hf_extract_csv_format;
extern const hf_extractor hf_extract_archive_format;
extern const hf_extractor hf_extract_text_format;

static const hf_extractor *const rows[] = {
    &hf_extract_mail_format,    &hf_extract_mbox_format, &hf_extract_pdf_format,
    &hf_extract_docx_format,    &hf_extract_xlsx_format, &hf_extract_pptx_format,
    &hf_extract_html_format,    &hf_extract_xml_format,  &hf_extract_csv_format,
    &hf_extract_archive_format, &hf_extract_text_format,
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
            if (reads(rows[i], type, prefixes))
                return rows[i];
        }
    }
    return NULL;
}

size_t hf_extractors_count(void)
{
    return G_N_ELEMENTS(rows);
}

const hf_extractor *hf_extractors_at(size_t i)
{
    return i < G_N_ELEMENTS(rows) ? rows[i] : NULL;
}
