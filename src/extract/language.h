/* src/extract/language.h -- the language that a text is written in, by CLD2. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The ISO 639-1 code (static), or NULL if the text is too short or mixed to tell. `utf8` is valid UTF-8 but for a character
 * that its end may cut. */
const char *hf_language_of(const char *utf8, size_t n);

G_END_DECLS
