/* src/extract/mail_said.h -- what one rendition of a text says that another does not (RFC 2046 5.1.4: the parts of a
 * multipart/alternative ought to say the same; many do not). */
#pragma once
#include <glib.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct hf_mail_said hf_mail_said;

hf_mail_said *hf_mail_said_new(void);
void hf_mail_said_free(hf_mail_said *said);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_mail_said, hf_mail_said_free)

/* Appends to `out`, each on a line of its own, those lines of `more` that have a word, or two words in succession, that
 * no text before had: the first text whole. Case and punctuation do not count. Beyond some 4 MB nothing is compared and
 * all is appended. */
void hf_mail_said_append(hf_mail_said *said, const GString *more, GString *out);

G_END_DECLS
