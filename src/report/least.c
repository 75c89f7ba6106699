#include "report/least.h"
#include <stdlib.h>

int hf_least_compare(const hf_least_entry *a, const hf_least_entry *b)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int compare(const void *a, const void *b)
{
    return hf_least_compare(a, b);
}

void hf_least_init(hf_least *least, size_t most)
{
    *least = (hf_least){.most = most};
}

/* Sorts, and leaves out what is too much: from then on the last entry is the bound. */
static void trim(hf_least *least)
{
    if (least->n > 0)
        qsort(least->entries, least->n, sizeof *least->entries, compare);
    least->more = least->more || least->n > least->most;
    least->n = MIN(least->n, least->most);
}

/* Grows up to twice the most, so that a trim pays for as many entries as it sorts. */
static void make_room(hf_least *least)
{
    if (least->n == 2 * least->most)
        trim(least);
    if (least->n < least->room)
        return;
    least->room = CLAMP(2 * least->room, 16, MAX(2 * least->most, 16));
    least->entries = g_renew(hf_least_entry, least->entries, least->room);
}

void hf_least_offer(hf_least *least, int64_t key, uint32_t id)
{
    hf_least_entry entry = {key, id};
    if (least->more && hf_least_compare(&entry, &least->entries[least->most - 1]) > 0)
        return;
    make_room(least);
    least->entries[least->n++] = entry;
}

void hf_least_finish(hf_least *least)
{
    trim(least);
}

void hf_least_clear(hf_least *least)
{
    g_clear_pointer(&least->entries, g_free);
}
