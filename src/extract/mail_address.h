/* src/extract/mail_address.h -- address lists (RFC 5322 3.4 and what mailers make of it), one address at a time, so
 * that a header of two million addresses needs no more memory than one of two. */
#pragma once
#include "extract/mail_header.h"

G_BEGIN_DECLS

/* Called for each address with "Jane Roe <jane@example.com>", the bare address, or the bare name where there is no
 * address, decoded. False stops the walk. */
typedef bool (*hf_mail_address_callback)(const char *address, void *data, GError **error);

/* Walks the value of From, To and the like. Groups are flattened; commas and semicolons separate. False with *error if the
 * callback said so. */
bool hf_mail_address_each(hf_mail_span value, hf_mail_address_callback callback, void *data,
                          GError **error);

G_END_DECLS
