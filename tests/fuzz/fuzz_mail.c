/* libFuzzer and AFL entry: the mail extractor on any bytes. */
#include "extract/extractor.h"
#include "fuzz/extract_checked.h"

extern const hf_extractor hf_extract_mail_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return extract_checked(&hf_extract_mail_format, data, size);
}
