#include "holdfast/base.h"
#include <roaring/roaring.h>
#include <string.h>

struct hf_set {
    roaring_bitmap_t *bits;
};

static hf_set *wrap(roaring_bitmap_t *bits)
{
    if (bits == NULL)
        g_error("out of memory for a set");
    hf_set *set = g_new(hf_set, 1);
    set->bits = bits;
    return set;
}

hf_set *hf_set_new(void)
{
    return wrap(roaring_bitmap_create());
}

hf_set *hf_set_copy(const hf_set *set)
{
    return wrap(roaring_bitmap_copy(set->bits));
}

void hf_set_free(hf_set *set)
{
    if (set == NULL)
        return;
    roaring_bitmap_free(set->bits);
    g_free(set);
}

void hf_set_add(hf_set *set, uint32_t id)
{
    roaring_bitmap_add(set->bits, id);
}

void hf_set_add_many(hf_set *set, const uint32_t *ids, size_t n)
{
    roaring_bitmap_add_many(set->bits, n, ids);
}

void hf_set_add_range(hf_set *set, uint32_t first, uint32_t last)
{
    roaring_bitmap_add_range_closed(set->bits, first, last);
}

/* ---- bits ---- A roaring bitmap has a container for every 65,536 ids: an array of the low halves of
 * up to 4,096 ids, or else a bit for each. The library cannot be given bits, but it reads them from
 * its portable format (github.com/RoaringBitmap/RoaringFormatSpec): u32 12346, u32 number of
 * containers, for each u16 key and u16 ids less one, for each u32 where it begins; the containers. */

#define CHUNK_WORDS 1024u /* of 64 bits: 65,536 ids */
#define ARRAY_MOST 4096u
#define COOKIE 12346u
#define ROW 8u /* bytes of a container in both tables */

static uint32_t count_bits(const uint64_t *bits, size_t n)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += (uint32_t)__builtin_popcountll(bits[i]);
    return count;
}

static size_t chunk_bytes(uint32_t ids)
{
    return ids > ARRAY_MOST ? CHUNK_WORDS * sizeof(uint64_t) : ids * sizeof(uint16_t);
}

static void put_chunk(uint8_t *at, const uint64_t *bits, size_t n, uint32_t ids)
{
    if (ids > ARRAY_MOST) {
        memcpy(at, bits, n * sizeof *bits);
        memset(at + n * sizeof *bits, 0, (CHUNK_WORDS - n) * sizeof *bits);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (uint64_t word = bits[i]; word != 0; word &= word - 1, at += sizeof(uint16_t)) {
            uint16_t low = (uint16_t)(i * 64 + (size_t)__builtin_ctzll(word));
            memcpy(at, &low, sizeof low);
        }
}

static void put_tables(uint8_t *image, const uint32_t *counts, size_t n_chunks, uint32_t n,
                       uint32_t first)
{
    uint32_t header[2] = {COOKIE, n}, at = (uint32_t)sizeof header + n * ROW;
    memcpy(image, header, sizeof header);
    uint8_t *keys = image + sizeof header, *places = keys + n * 4;
    for (size_t i = 0; i < n_chunks; i++) {
        if (counts[i] == 0)
            continue;
        uint16_t row[2] = {(uint16_t)((first >> 16) + i), (uint16_t)(counts[i] - 1)};
        memcpy(keys, row, sizeof row);
        memcpy(places, &at, sizeof at);
        keys += sizeof row;
        places += sizeof at;
        at += (uint32_t)chunk_bytes(counts[i]);
    }
}

void hf_set_add_bits(hf_set *set, uint32_t first, const uint64_t *bits, size_t n_words)
{
    size_t n_chunks = (n_words + CHUNK_WORDS - 1) / CHUNK_WORDS, bytes = 2 * sizeof(uint32_t);
    g_autofree uint32_t *counts = g_new(uint32_t, n_chunks + 1);
    uint32_t n = 0;
    for (size_t i = 0; i < n_chunks; i++) {
        size_t words = MIN(n_words - i * CHUNK_WORDS, (size_t)CHUNK_WORDS);
        counts[i] = count_bits(bits + i * CHUNK_WORDS, words);
        n += counts[i] > 0;
        bytes += counts[i] > 0 ? ROW + chunk_bytes(counts[i]) : 0;
    }
    if (n == 0)
        return;
    g_autofree uint8_t *image = g_malloc(bytes);
    put_tables(image, counts, n_chunks, n, first);
    uint8_t *at = image + 2 * sizeof(uint32_t) + (size_t)n * ROW;
    for (size_t i = 0; i < n_chunks; i++) {
        size_t words = MIN(n_words - i * CHUNK_WORDS, (size_t)CHUNK_WORDS);
        if (counts[i] == 0)
            continue;
        put_chunk(at, bits + i * CHUNK_WORDS, words, counts[i]);
        at += chunk_bytes(counts[i]);
    }
    g_autoptr(hf_set) added =
        wrap(roaring_bitmap_portable_deserialize_safe((const char *)image, bytes));
    hf_set_or(set, added);
}

bool hf_set_has(const hf_set *set, uint32_t id)
{
    return roaring_bitmap_contains(set->bits, id);
}

uint64_t hf_set_count(const hf_set *set)
{
    return roaring_bitmap_get_cardinality(set->bits);
}

bool hf_set_equal(const hf_set *a, const hf_set *b)
{
    return roaring_bitmap_equals(a->bits, b->bits);
}

void hf_set_and(hf_set *set, const hf_set *other)
{
    roaring_bitmap_and_inplace(set->bits, other->bits);
}

void hf_set_or(hf_set *set, const hf_set *other)
{
    roaring_bitmap_or_inplace(set->bits, other->bits);
}

void hf_set_minus(hf_set *set, const hf_set *other)
{
    roaring_bitmap_andnot_inplace(set->bits, other->bits);
}

uint64_t hf_set_and_count(const hf_set *a, const hf_set *b)
{
    return roaring_bitmap_and_cardinality(a->bits, b->bits);
}

bool hf_set_next(const hf_set *set, uint32_t *id)
{
    roaring_uint32_iterator_t it;
    roaring_init_iterator(set->bits, &it);
    if (!roaring_move_uint32_iterator_equalorlarger(&it, *id))
        return false;
    *id = it.current_value;
    return true;
}

size_t hf_set_read(const hf_set *set, uint32_t from, uint32_t *out, size_t n)
{
    roaring_uint32_iterator_t it;
    roaring_init_iterator(set->bits, &it);
    size_t got = 0;
    if (!roaring_move_uint32_iterator_equalorlarger(&it, from))
        return 0;
    while (got < n) {
        uint32_t some = roaring_read_uint32_iterator(&it, out + got,
                                                     (uint32_t)MIN(n - got, (size_t)UINT32_MAX));
        if (some == 0)
            break;
        got += some;
    }
    return got;
}

void hf_set_to_array(const hf_set *set, uint32_t *out)
{
    roaring_bitmap_to_uint32_array(set->bits, out);
}
