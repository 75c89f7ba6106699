/* src/extract/pdf_rescue.h -- a PDF whose table of objects and trailer are lost. Internal to src/extract. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* poppler searches a damaged file for its objects, but not for its catalog where the trailer lies in a compressed stream:
 * such a file it cannot open at all. This makes a copy of `bytes` that ends with a trailer naming the last catalog that
 * can be seen. NULL if none can, if the file is
 * too large to be copied, or if it is encrypted (how lies in the lost trailer). */
GBytes *hf_pdf_rescue_with_trailer(GBytes *bytes);

G_END_DECLS
