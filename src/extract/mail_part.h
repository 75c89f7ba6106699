/* src/extract/mail_part.h -- one MIME part, and the walk over the parts of a multipart body (RFC 2046 5.1). Parts are
 * spans of the message: an attached message keeps its bytes to the last one. */
#pragma once
#include "extract/mail_decode.h"

G_BEGIN_DECLS

typedef struct {
    hf_mail_span whole; /* header and body */
    GArray *fields;     /* hf_mail_field */
    size_t more_fields; /* that were left out */
    hf_mail_span body;
    char *content_type; /* unfolded, "" if it gave none */
    char *type;         /* "text/plain": lower case, always of this form */
    char *disposition;  /* unfolded, "" if it gave none */
    char *name;         /* of the file, decoded; NULL */
    char *content_id;   /* NULL */
    hf_mail_encoding encoding;
    bool attachment; /* disposition "attachment" */
} hf_mail_part;

/* Reads a part's header. `default_type` stands where it gives no type. Clear the part after use. */
void hf_mail_part_read(hf_mail_span whole, bool top, const char *default_type, hf_mail_part *part);
void hf_mail_part_clear(hf_mail_part *part);

typedef struct {
    hf_mail_span rest;
    char *delimiter; /* "--" and the boundary */
    size_t length;
    bool closed;   /* the last delimiter was a closing one, or the body ended */
    bool unclosed; /* the body ended without a closing delimiter */
    hf_mail_span preamble, epilogue;
} hf_mail_parts;

/* Prepares the walk; where the boundary is not given or does not occur, one that does is looked for, and *guessed (may
 * be NULL) says so. False if the body has no delimiter at all. Clear the walk in both cases. */
bool hf_mail_parts_start(hf_mail_parts *parts, hf_mail_span body, const char *boundary,
                         bool *guessed);
/* The next part; parts that follow the closing delimiter are parts too. */
bool hf_mail_parts_next(hf_mail_parts *parts, hf_mail_span *part);
void hf_mail_parts_clear(hf_mail_parts *parts);

G_END_DECLS
