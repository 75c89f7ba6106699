#include "holdfast/base.h"
#include <roaring/roaring.h>

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
