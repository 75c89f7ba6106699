/* src/extract/mail_body.h -- the text of a message's body: charsets, line ends, and the digest that duplicates are found by. */
#pragma once
#include "extract/mail_header.h"

G_BEGIN_DECLS

/* Text of a part in UTF-8. */
typedef struct {
    const char *at;
    size_t n;
    char *owned;         /* NULL where `at` is the part's own bytes */
    const char *charset; /* NULL where it is ASCII */
    bool damaged;
} hf_mail_text;

/* Decodes what a part's charset parameter (may be NULL) says, or what it really is. `text` points into `bytes` where
 * nothing had to change. */
void hf_mail_body_decode(hf_mail_span bytes, const char *charset, hf_mail_text *text);
void hf_mail_body_clear(hf_mail_text *text);

/* The charset that an HTML page names for itself, or NULL. g_free. */
char *hf_mail_body_html_charset(hf_mail_span html);

/* Appends on a new line, with line feeds for line ends. */
void hf_mail_body_append(GString *body, const char *utf8, size_t n);

/* domain-facts.md "Deduplication": SHA-256, as hex, of the letters and digits, lower case. g_free. */
char *hf_mail_body_recipe(const char *utf8, size_t n);

G_END_DECLS
