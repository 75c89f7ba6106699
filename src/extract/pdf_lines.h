/* src/extract/pdf_lines.h -- the text of a page, made readable. Internal to src/extract. */
#pragma once
#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Joins words that were parted by a hyphen at the end of a line ("infor-\nmation"), in place. A hyphen stays where the
 * page itself writes the word with one elsewhere ("long-\nterm" beside "long-term"), and always between capitals or
 * digits. Soft hyphens inside lines become hyphens, form feeds and spaces at the end are dropped. */
void hf_pdf_lines_join(GString *text);

/* `text` with every run of white space as one space, for looking things up in it. Free with g_free. */
char *hf_pdf_lines_fold(const char *text);

G_END_DECLS
