/* src/identify/refine.h -- the checks that stand before libmagic. Each returns an interned or static media type, or NULL
 * where it cannot tell. */
#pragma once
#include "holdfast/identify.h"

G_BEGIN_DECLS

/* Reads up to n bytes at an offset: from the head if they are in it, else from the file. The count; never an error. */
size_t hf_identify_read(const hf_identify_input *input, void *bytes, size_t n, uint64_t offset);
/* The file's extension as hf_name_extension gives it; g_free. */
char *hf_identify_extension(const hf_identify_input *input);

/* By a signature at a fixed place (signature.c). */
const char *hf_signature_type(const hf_identify_input *input);
/* What a zip file is: by [Content_Types].xml, the mimetype entry, or entry names; "application/zip" at the least (zip.c). */
const char *hf_zip_type(const hf_identify_input *input);
/* Whether a zip file ends here that began behind other bytes (zip.c). */
bool hf_zip_at_end(const hf_identify_input *input);
/* What an OLE compound file is, by the names in its root; "application/x-ole-storage" at the least (ole.c). */
const char *hf_ole_type(const hf_identify_input *input);
/* Mail, mbox, markup, tables, plain text (texttype.c). */
const char *hf_texttype_type(const hf_identify_input *input);

G_END_DECLS
