/* libFuzzer and AFL entry: the pptx extractor on any bytes, or on packages made of them. */
#include "fuzz/extract_package.h"
#include "../unit/extract_heard.h"

extern const hf_extractor hf_extract_pptx_format;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return extract_package(&hf_extract_pptx_format, bytes, n);
}
