/* src/extract/pdf_marks.h -- what lies on a page of a PDF beside its text: annotations, form values, links, attached
 * files; and the bookmarks and files of the document. Internal to src/extract; poppler's types stay between the pdf_*.c. */
#pragma once
#include "extract/extractor.h"
#include <poppler.h>

G_BEGIN_DECLS

/* Says the values of form fields, the words and authors of annotations, the targets of links and the attached files of
 * a page. What `page_text` shows already is not said again. False with *error if the extraction has to stop. */
bool hf_pdf_marks_of_page(hf_extraction *x, PopplerPage *page, const char *page_text,
                          GError **error);

/* Says the titles of the bookmarks, in their order. */
bool hf_pdf_marks_outline(hf_extraction *x, PopplerDocument *document, GError **error);

/* Gives the files that the document carries as children, and their names as text. */
bool hf_pdf_marks_files(hf_extraction *x, PopplerDocument *document, GError **error);

/* A date of poppler's; utc HF_TIME_NONE for NULL. */
hf_stamp hf_pdf_marks_stamp(GDateTime *date);

G_END_DECLS
