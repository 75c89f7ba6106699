/* src/index/bits.h -- ids of a segment as bits, to gather what becomes a set in the end: a bit is
 * set for a tenth of what adding to a set costs. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct {
    uint32_t first; /* a multiple of 65,536 */
    uint64_t n;     /* ids from first on */
    uint64_t *words;
} hf_bits;

/* Room for the ids of [first, last]. False, and no room, if more than `most` of them come to one of
 * the `ids` that are expected: it does not pay, then. */
#define HF_BITS_TO_SET 512u
bool hf_bits_open(hf_bits *bits, uint32_t first, uint32_t last, uint64_t ids, uint32_t most);
/* Adds them to a set (may be NULL); the room is given back. */
void hf_bits_close(hf_bits *bits, hf_set *out);

static inline bool hf_bits_has(const hf_bits *bits, uint32_t id)
{
    uint64_t at = (uint64_t)id - bits->first;
    return at < bits->n && bits->words[at / 64] >> at % 64 & 1;
}

/* False if the id is not within. */
static inline bool hf_bits_add(hf_bits *bits, uint32_t id)
{
    uint64_t at = (uint64_t)id - bits->first;
    if (at >= bits->n)
        return false;
    bits->words[at / 64] |= UINT64_C(1) << at % 64;
    return true;
}

/* The same of up to 64 ids from `id` on, of which the lowest bit stands for the first. */
static inline bool hf_bits_add_word(hf_bits *bits, uint32_t id, uint64_t word)
{
    uint64_t at = (uint64_t)id - bits->first;
    if (at >= bits->n || bits->n - at < 64)
        return false;
    bits->words[at / 64] |= word << at % 64;
    if (at % 64 > 0)
        bits->words[at / 64 + 1] |= word >> (64 - at % 64);
    return true;
}

G_END_DECLS
