/* src/extract/mail_date.h -- dates of mail headers (RFC 5322 3.3 and 4.3, asctime, ISO 8601). */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* Reads a date as it stands: nothing is clamped or repaired, an impossible one (31 February, hour 25, year 0) is
 * refused. A zone that names no offset gives HF_OFFSET_NONE and is read as UTC (RFC 5322 4.3). False with *out none. */
bool hf_mail_date_parse(const char *text, hf_stamp *out);

G_END_DECLS
