/* src/extract/pdf_text.h -- the words of a PDF's pages and the keys of its information dictionary, through
 * libpoppler-cpp. Internal to src/extract.
 *
 * Why not poppler-glib, which reads everything else: its page text goes through the selection code, which glues words of
 * neighbouring table cells and columns together ("1Right"), so that neither can be found. Over 49 office PDFs it missed
 * 2,971 known words, libpoppler-cpp in content order 631, in reading order 1,565, in the layout of the page 1,191 (with
 * lines of neighbouring columns mixed). All four cost the same, for nearly all the time goes into parsing the page. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct hf_pdf_text hf_pdf_text;

/* Loads poppler's tables and silences it; what it loaded stays. To be called once, before the sandbox closes. */
void hf_pdf_text_load(void);

/* Opens a document; `bytes` must outlive it. NULL if poppler cannot, or not with this password (may be NULL), or if it
 * is above 2 GB. */
hf_pdf_text *hf_pdf_text_new(const void *bytes, size_t n, const char *password);
void hf_pdf_text_free(hf_pdf_text *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_pdf_text, hf_pdf_text_free)

/* Appends the text of page `index` (from 0) in UTF-8, one line a line. False if the page cannot be read. */
bool hf_pdf_text_page(hf_pdf_text *text, int index, GString *out);

/* Whether poppler had to rebuild the table of objects of any document since the last call. */
bool hf_pdf_text_was_rebuilt(void);

/* Standard error is listened to, and prints nothing, while this is on. */
void hf_pdf_text_listen(bool on);
/* Whether poppler said between the last two of these calls that it had not the memory to decode something. */
bool hf_pdf_text_lacked_memory(void);

/* Calls `each` with every key and value (UTF-8) of the information dictionary, until it answers false. */
void hf_pdf_text_properties(hf_pdf_text *text,
                            bool (*each)(const char *key, const char *value, void *data),
                            void *data);

G_END_DECLS
