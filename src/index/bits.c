#include "index/bits.h"

#define ALIGNED UINT32_C(65536)

bool hf_bits_open(hf_bits *bits, uint32_t first, uint32_t last, uint64_t ids, uint32_t most)
{
    uint32_t start = first / ALIGNED * ALIGNED;
    *bits = (hf_bits){.first = start, .n = ((uint64_t)last - start) / 64 * 64 + 128};
    if (last < first || ids < ((uint64_t)last - first) / most)
        return false;
    bits->words = g_new0(uint64_t, bits->n / 64);
    return true;
}

void hf_bits_close(hf_bits *bits, hf_set *out)
{
    /* The last word is only there so that 64 ids may begin at any: none of them lies in it. */
    if (out != NULL)
        hf_set_add_bits(out, bits->first, bits->words, bits->n / 64 - 1);
    g_free(bits->words);
    *bits = (hf_bits){0};
}
