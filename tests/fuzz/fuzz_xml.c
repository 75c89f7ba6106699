/* tests/fuzz/fuzz_xml.c -- any bytes through the extractor of xml. */
#include "../unit/extract_heard.h"

extern const hf_extractor hf_extract_xml_format;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    heard_free(hear(&hf_extract_xml_format, bytes, n, NULL));
    return 0;
}
