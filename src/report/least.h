/* least.h -- the least of many, in bounded memory: what sorting and sampling without holding rows stands on. Private to
 * src/report. */
#pragma once
#include "holdfast/base.h"

typedef struct {
    int64_t key;
    uint32_t id;
} hf_least_entry;
typedef struct {
    hf_least_entry *entries; /* after hf_least_finish: ascending by key, then id */
    size_t n, most, room;
    bool more; /* something was left out */
} hf_least;

/* Keeps the `most` (at least 1) least of what is offered; memory is 32 bytes each, as far as they come. */
void hf_least_init(hf_least *least, size_t most);
void hf_least_offer(hf_least *least, int64_t key, uint32_t id);
void hf_least_finish(hf_least *least);
void hf_least_clear(hf_least *least);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_least, hf_least_clear)
/* Below zero, zero, above: by key, then id. */
int hf_least_compare(const hf_least_entry *a, const hf_least_entry *b);
