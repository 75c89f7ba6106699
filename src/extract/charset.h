/* src/extract/charset.h -- text of unknown charset to UTF-8, also piece by piece. hf_charset_decode (extractor.h) does both
 * steps for text that is in memory. */
#pragma once
#include "extract/extractor.h"

G_BEGIN_DECLS

/* The charset of `bytes`: an interned name that iconv knows (and hf_charset_decoder_new). *mark gets the size of its byte-order
 * mark, which is no text. `declared` may be NULL. */
const char *hf_charset_detect(const char *bytes, size_t n, const char *declared, size_t *mark);

typedef struct hf_charset_decoder hf_charset_decoder;
hf_charset_decoder *hf_charset_decoder_new(const char *charset);
void hf_charset_decoder_free(hf_charset_decoder *decoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_charset_decoder, hf_charset_decoder_free)
/* Appends what `bytes` say; a character that they cut waits for the next ones, unless they are the `last`. What cannot be
 * decoded becomes U+FFFD and sets *damaged. */
void hf_charset_decoder_feed(hf_charset_decoder *decoder, const char *bytes, size_t n, bool last,
                             GString *out, bool *damaged);

G_END_DECLS
