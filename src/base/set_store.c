/* set_store.c -- a set as bytes: runs of ids, ascending, each as two numbers: how many ids lie between it and the run before
 * (from 0, for the first), and how many ids it has beyond its first. Numbers are LEB128, in as few bytes as they need. Two
 * runs never touch, so that a set has one form. */
#include "holdfast/base.h"
#include <string.h>

#define PIECE 4096

static void put_number(GByteArray *out, uint32_t value)
{
    guint8 bytes[5];
    guint n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (guint8)(value | 0x80);
    bytes[n++] = (guint8)value;
    g_byte_array_append(out, bytes, n);
}

typedef struct {
    GByteArray *out;
    uint32_t first, last, next; /* the run that is gathered, and the id behind the one before */
    bool begun;
} writer;

static void put_run(writer *w)
{
    if (!w->begun)
        return;
    put_number(w->out, w->first - w->next);
    put_number(w->out, w->last - w->first);
    w->next = w->last + 1;
}

GBytes *hf_set_store(const hf_set *set)
{
    writer w = {.out = g_byte_array_new()};
    uint32_t ids[PIECE];
    size_t n = hf_set_read(set, 0, ids, PIECE);
    for (size_t i = 0; i < n;) {
        if (!w.begun || ids[i] != w.last + 1) {
            put_run(&w);
            w.first = ids[i];
            w.begun = true;
        }
        w.last = ids[i];
        if (++i == n && w.last < UINT32_MAX) {
            n = hf_set_read(set, w.last + 1, ids, PIECE);
            i = 0;
        }
    }
    put_run(&w);
    return g_byte_array_free_to_bytes(w.out);
}

typedef struct {
    const uint8_t *at, *end;
} reader;

static bool take_number(reader *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; r->at < r->end && shift < 35; shift += 7) {
        uint8_t byte = *r->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return *value <= UINT32_MAX && (byte > 0 || shift == 0);
    }
    return false;
}

hf_set *hf_set_load(const void *bytes, size_t n)
{
    g_autoptr(hf_set) set = hf_set_new();
    uint64_t next = 0, gap, more;
    if (n == 0)
        return g_steal_pointer(&set);
    reader r = {bytes, (const uint8_t *)bytes + n};
    while (r.at < r.end) {
        bool begun = next > 0;
        if (!take_number(&r, &gap) || !take_number(&r, &more) || (begun && gap == 0) ||
            next + gap + more > UINT32_MAX)
            return NULL;
        hf_set_add_range(set, (uint32_t)(next + gap), (uint32_t)(next + gap + more));
        next += gap + more + 1;
    }
    return g_steal_pointer(&set);
}

void hf_set_digest(const hf_set *set, uint8_t sha256[32])
{
    g_autoptr(hf_digester) digester = hf_digest_new_sha256();
    uint32_t ids[PIECE], from = 0;
    hf_digest digest;
    size_t n;
    while ((n = hf_set_read(set, from, ids, PIECE)) > 0) {
        uint32_t last = ids[n - 1];
        for (size_t i = 0; i < n; i++)
            ids[i] = GUINT32_TO_BE(ids[i]);
        hf_digest_update(digester, ids, n * sizeof *ids);
        if (last == UINT32_MAX)
            break;
        from = last + 1;
    }
    hf_digest_finish(digester, &digest);
    memcpy(sha256, digest.sha256, 32);
}
