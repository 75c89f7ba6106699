#include "extract/extractor.h"

extern const hf_extractor hf_extract_text_format, hf_extract_csv_format;

static bool extract(hf_extraction *x, GError **error)
{
    g_autoptr(GBytes) bytes = hf_extraction_bytes(x, UINT64_C(256) << 20, error);
    if (bytes == NULL)
        return false;
    size_t n;
    const char *text = g_bytes_get_data(bytes, &n);
    return hf_extraction_text(x, text, (gssize)n, error);
}

static const char *const text_types[] = {"text/", NULL};
static const char *const csv_types[] = {"text/csv", "text/tab-separated-values", NULL};

const hf_extractor hf_extract_text_format = {
    .name = "text", .version = 1, .types = text_types, .extract = extract};
const hf_extractor hf_extract_csv_format = {
    .name = "csv", .version = 1, .types = csv_types, .extract = extract};
