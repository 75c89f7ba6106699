/* src/extract/html.h -- what an HTML page says beside its text. Internal to src/extract. */
#pragma once
#include <glib.h>
#include <stddef.h>

G_BEGIN_DECLS

/* Each is NULL where the page has none; free with hf_html_facts_clear. */
typedef struct {
    char *title;
    char *author;
    char *description;
    char *keywords;
    char *generator;
    char *language;
} hf_html_facts;
void hf_html_facts_clear(hf_html_facts *facts);

/* A reader that takes a page in UTF-8 in one piece and appends its text to `out` as hf_html_to_text does. With `facts`
 * the title and the metas go there; without, they are part of the text. */
void hf_html_read(const char *utf8, size_t n, GString *out, hf_html_facts *facts);

/* Appends `value` with its character references decoded, as in an attribute. */
void hf_html_decode(const char *value, size_t n, GString *out);

G_END_DECLS
