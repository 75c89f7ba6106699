/* src/extract/mail_decode.h -- content transfer encodings (RFC 2045 6), piece by piece and forgiving. */
#pragma once
#include "extract/mail_header.h"

G_BEGIN_DECLS

typedef enum {
    HF_MAIL_IDENTITY, /* 7bit, 8bit, binary */
    HF_MAIL_BASE64,
    HF_MAIL_QUOTED,
    HF_MAIL_UUENCODE, /* the whole part is one block */
    HF_MAIL_UNKNOWN   /* bytes are given as they stand */
} hf_mail_encoding;

hf_mail_encoding hf_mail_decode_named(const char *name);

typedef struct {
    hf_mail_encoding encoding;
    hf_mail_span rest; /* not decoded yet */
    uint32_t bits;
    unsigned digits; /* of a base64 group, 0-3 */
    bool padded;     /* "=" was seen after the last group */
    bool damaged;    /* bytes that the encoding does not allow */
    bool truncated;  /* ended inside a group or after a soft line break */
} hf_mail_decoder;

/* The most that one step gives. */
#define HF_MAIL_STEP (64 * 1024)

void hf_mail_decode_start(hf_mail_decoder *decoder, hf_mail_encoding encoding,
                          hf_mail_span encoded);
/* Decodes the next piece into `out` (HF_MAIL_STEP bytes); the count, 0 at the end. Not for HF_MAIL_UUENCODE. */
size_t hf_mail_decode_step(hf_mail_decoder *decoder, char *out);

G_END_DECLS
