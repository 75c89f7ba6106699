/* Terms to numbers, by linear probing. */
#include "index/dictionary.h"

#include <string.h>

#define ARENA_BLOCK (256u * 1024u)

typedef struct {
    uint32_t hash;
    uint32_t number; /* + 1; 0 is free */
} dictionary_slot;

struct hf_dictionary {
    dictionary_slot *slots;
    size_t n_slots; /* a power of two */
    GArray *terms;  /* of hf_dictionary_term */
    GPtrArray *arena;
    char *free_at;
    size_t free_left, arena_bytes;
    uint64_t seed; /* texts cannot be made to collide */
};

hf_dictionary *hf_dictionary_new(void)
{
    hf_dictionary *d = g_new0(hf_dictionary, 1);
    d->n_slots = 1u << 14;
    d->slots = g_new0(dictionary_slot, d->n_slots);
    d->terms = g_array_sized_new(false, false, sizeof(hf_dictionary_term), 8192);
    d->arena = g_ptr_array_new_with_free_func(g_free);
    d->seed = (uint64_t)g_random_int() << 32 | g_random_int();
    return d;
}

void hf_dictionary_free(hf_dictionary *d)
{
    if (d == NULL)
        return;
    g_free(d->slots);
    g_array_unref(d->terms);
    g_ptr_array_unref(d->arena);
    g_free(d);
}

uint32_t hf_dictionary_count(const hf_dictionary *d)
{
    return d->terms->len;
}

size_t hf_dictionary_memory(const hf_dictionary *d)
{
    return d->arena_bytes + d->n_slots * sizeof(dictionary_slot) +
           d->terms->len * sizeof(hf_dictionary_term);
}

const hf_dictionary_term *hf_dictionary_term_of(const hf_dictionary *d, uint32_t number)
{
    return &g_array_index(d->terms, hf_dictionary_term, number);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes as a number, by two reads that may overlap. */
static uint64_t read_tail(const char *bytes, size_t n)
{
    uint32_t low, high;
    if (n >= 4) {
        memcpy(&low, bytes, 4);
        memcpy(&high, bytes + n - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    if (n == 0)
        return 0;
    return (uint64_t)(uint8_t)bytes[0] << 16 | (uint64_t)(uint8_t)bytes[n / 2] << 8 |
           (uint8_t)bytes[n - 1];
}

static uint32_t hash_term(const hf_dictionary *d, const char *term, size_t n)
{
    uint64_t hash = d->seed ^ n, word;
    for (; n > 8; n -= 8, term += 8) {
        memcpy(&word, term, 8);
        hash = mix(hash ^ word, UINT64_C(0x9e3779b97f4a7c15));
    }
    hash = mix(hash ^ read_tail(term, n), UINT64_C(0xa0761d6478bd642f));
    return (uint32_t)(hash ^ hash >> 32);
}

static const char *arena_copy(hf_dictionary *d, const char *term, size_t n)
{
    if (d->free_left < n + 1) {
        d->free_at = g_malloc(ARENA_BLOCK);
        d->free_left = ARENA_BLOCK;
        d->arena_bytes += ARENA_BLOCK;
        g_ptr_array_add(d->arena, d->free_at);
    }
    char *copy = d->free_at;
    memcpy(copy, term, n);
    copy[n] = '\0';
    d->free_at += n + 1;
    d->free_left -= n + 1;
    return copy;
}

static void dictionary_grow(hf_dictionary *d)
{
    size_t n = d->n_slots * 2;
    dictionary_slot *slots = g_new0(dictionary_slot, n);
    for (size_t i = 0; i < d->n_slots; i++) {
        if (d->slots[i].number == 0)
            continue;
        size_t at = d->slots[i].hash & (n - 1);
        while (slots[at].number != 0)
            at = (at + 1) & (n - 1);
        slots[at] = d->slots[i];
    }
    g_free(d->slots);
    d->slots = slots;
    d->n_slots = n;
}

uint32_t hf_dictionary_number(hf_dictionary *d, const char *term, size_t n)
{
    uint32_t hash = hash_term(d, term, n);
    size_t at = hash & (d->n_slots - 1);
    for (; d->slots[at].number != 0; at = (at + 1) & (d->n_slots - 1)) {
        if (d->slots[at].hash != hash)
            continue;
        const hf_dictionary_term *known = hf_dictionary_term_of(d, d->slots[at].number - 1);
        if (known->length == n && memcmp(known->term, term, n) == 0)
            return d->slots[at].number - 1;
    }
    uint32_t number = d->terms->len;
    hf_dictionary_term added = {arena_copy(d, term, n), (uint32_t)n};
    g_array_append_val(d->terms, added);
    d->slots[at] = (dictionary_slot){hash, number + 1};
    if (d->terms->len > d->n_slots / 2)
        dictionary_grow(d);
    return number;
}
