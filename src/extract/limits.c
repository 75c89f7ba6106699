#include "holdfast/extract.h"

hf_limits hf_extract_default_limits(void)
{
    return (hf_limits){
        .text_bytes = UINT64_C(64) << 20,
        .children = 5000000,
        .document_children = 100000,
        .member_bytes = UINT64_C(64) << 30,
        .output_bytes = UINT64_C(1) << 40,
        .ratio = 250,
        .depth = 32,
        .mime_depth = 256,
        .xml_depth = 256,
        .seconds = 60,
        .total_seconds = 300,
        .address_space = UINT64_C(1) << 30,
    };
}
