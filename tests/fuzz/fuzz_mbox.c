/* libFuzzer and AFL entry: the mbox extractor on any bytes. */
#include "extract/extractor.h"
#include "fuzz/extract_checked.h"

extern const hf_extractor hf_extract_mbox_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return extract_checked(&hf_extract_mbox_format, data, size);
}
