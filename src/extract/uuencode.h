/* src/extract/uuencode.h -- files that old mailers wrote into the running text: uuencode (POSIX, both alphabets of zero),
 * its base64 form, and yEnc. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct {
    size_t start, end; /* the block in the text, its first and last line included */
    char *name;        /* as written, any bytes */
    GByteArray *bytes;
    bool complete; /* its last line was there (and, for yEnc, the size is the one it names) */
} hf_uuencode_block;

/* Finds the next block at or after `from`, and decodes it. False if there is none. Clear the block after use. A line
 * that only looks like a beginning ("begin 644 is what I wrote") is passed over: encoded lines must follow. */
bool hf_uuencode_find(const char *text, size_t n, size_t from, hf_uuencode_block *block);
void hf_uuencode_clear(hf_uuencode_block *block);

G_END_DECLS
