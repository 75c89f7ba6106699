/* src/extract/mail_word.h -- encoded words in header fields (RFC 2047).
 *
 * Not GMime's: it decodes neighbouring base64 words as one stream, which ends at the padding of the first, so that half of
 * a file name was lost. Here the words' bytes are joined, for mailers also cut characters in two, and then decoded. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* Decodes the words in `utf8`; what has not their form stays. g_free. */
char *hf_mail_word_decode(const char *utf8);

G_END_DECLS
