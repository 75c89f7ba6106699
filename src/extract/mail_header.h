/* src/extract/mail_header.h -- header fields of a message or MIME part (RFC 5322, RFC 2045, RFC 2047, RFC 2231), read
 * where they lie. Nothing here copies a header as a whole, so its size does not matter. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* Bytes inside the message; not NUL-terminated. */
typedef struct {
    const char *at;
    size_t n;
} hf_mail_span;

typedef struct {
    hf_mail_span name;
    hf_mail_span value; /* as found, folded, without the last line break */
} hf_mail_field;

/* The most fields that are kept of one header. */
#define HF_MAIL_FIELDS_MAX 20000
/* The most bytes of one value that are decoded as text. */
#define HF_MAIL_VALUE_MAX (256 * 1024)

/* Splits a header from the body. `fields` receives hf_mail_field, at most HF_MAIL_FIELDS_MAX; *more counts those left
 * out. A `top` header may begin with blank lines and an mbox "From " line. Lines that are no field are skipped where a field
 * follows, and begin the body elsewhere. */
hf_mail_span hf_mail_header_parse(hf_mail_span message, bool top, GArray *fields, size_t *more);

/* Whether a line has the form of a header field. */
bool hf_mail_header_is_field(const char *line, size_t n);

/* The first field of that name, or NULL. */
const hf_mail_field *hf_mail_header_find(const GArray *fields, const char *name);
bool hf_mail_header_named(const hf_mail_field *field, const char *name);

/* The value on one line, trimmed; at most HF_MAIL_VALUE_MAX bytes. g_free. */
char *hf_mail_header_unfold(hf_mail_span value);
/* The value as a reader sees it: unfolded, encoded words decoded, raw 8-bit guessed, no control characters. g_free. */
char *hf_mail_header_text(hf_mail_span value);
char *hf_mail_header_decode(const char *unfolded);

/* The parameter `name` of an unfolded value such as `text/plain; charset="utf-8"`, RFC 2231 pieces joined; NULL if there
 * is none. `param` gives it as it stands (charset, boundary), `param_text` decoded (file names). g_free. */
char *hf_mail_header_param(const char *unfolded, const char *name);
char *hf_mail_header_param_text(const char *unfolded, const char *name);

G_END_DECLS
