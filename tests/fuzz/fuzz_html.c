/* tests/fuzz/fuzz_html.c -- any bytes through the extractor of html. */
#include "../unit/extract_heard.h"

extern const hf_extractor hf_extract_html_format;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    heard_free(hear(&hf_extract_html_format, bytes, n, NULL));
    return 0;
}
