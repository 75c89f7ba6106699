/* src/index/glass_table.h -- a table of a Xapian database, written from left to right. */
#pragma once
#include "holdfast/base.h"

#include <string.h>

G_BEGIN_DECLS

/* ---- numbers ---- as glass.c describes them. g_free the bytes. */

typedef struct {
    uint8_t *bytes;
    size_t n, room;
} hf_glass_buffer;

static inline uint8_t *hf_glass_reserve(hf_glass_buffer *b, size_t more)
{
    if (b->room - b->n < more) {
        b->room = (b->n + more) * 2;
        b->bytes = g_realloc(b->bytes, b->room);
    }
    return b->bytes + b->n;
}

static inline void hf_glass_append(hf_glass_buffer *b, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(hf_glass_reserve(b, n), bytes, n);
    b->n += n;
}

static inline void hf_glass_append_byte(hf_glass_buffer *b, unsigned byte)
{
    *hf_glass_reserve(b, 1) = (uint8_t)byte;
    b->n++;
}

static inline void hf_glass_pack(hf_glass_buffer *b, uint64_t value)
{
    uint8_t *at = hf_glass_reserve(b, 10), *start = at;
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    b->n += (size_t)(at - start);
}

static inline size_t hf_glass_sortable(uint32_t value, uint8_t out[5])
{
    if (value < 0x8000) {
        out[0] = (uint8_t)(value >> 8);
        out[1] = (uint8_t)value;
        return 2;
    }
    size_t n = (37u - (size_t)__builtin_clz(value)) / 7;
    unsigned mask = 0xffu << (10 - n);
    for (size_t i = n - 1; i > 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
    out[0] = (uint8_t)(value | mask);
    return n;
}

/* ---- a table ---- */
#define HF_GLASS_KEY_MOST 255u
typedef struct hf_glass_table hf_glass_table;
/* A new file in a directory. */
hf_glass_table *hf_glass_table_open(const char *directory, const char *name, GError **error);
void hf_glass_table_free(hf_glass_table *table);
/* Keys ascend; at most HF_GLASS_KEY_MOST bytes. An error on the way shows at the end. */
void hf_glass_table_add(hf_glass_table *table, const uint8_t *key, size_t length,
                        const uint8_t *value, size_t n);
/* Whether there was an error: what is added further is lost. */
bool hf_glass_table_failed(const hf_glass_table *table);
bool hf_glass_table_finish(hf_glass_table *table, GError **error);
/* What iamglass says of a table; of one without entries (NULL) there need be no file. */
void hf_glass_table_describe(hf_glass_buffer *out, const hf_glass_table *table,
                             unsigned compress_least);

G_END_DECLS
