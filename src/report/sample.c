#include "holdfast/report.h"
#include "report/least.h"
#include <string.h>

/* The beginning of the digest, so that signed keys sort as the digests do. */
static int64_t key_of(uint64_t seed, uint32_t id)
{
    char text[64];
    uint8_t digest[32];
    uint64_t key;
    int n = g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT " HF%07u", seed, id);
    hf_digest_sha256(text, (size_t)n, digest);
    memcpy(&key, digest, sizeof key);
    return (int64_t)(GUINT64_FROM_BE(key) ^ (UINT64_C(1) << 63));
}

hf_set *hf_report_sample(const hf_set *set, uint64_t size, uint64_t seed)
{
    if (size >= hf_set_count(set))
        return hf_set_copy(set);
    hf_set *sample = hf_set_new();
    if (size == 0)
        return sample;
    g_auto(hf_least) least;
    hf_least_init(&least, (size_t)size);
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        hf_least_offer(&least, key_of(seed, id), id);
    hf_least_finish(&least);
    for (size_t i = 0; i < least.n; i++)
        hf_set_add(sample, least.entries[i].id);
    return sample;
}

/* ---- strata ---- */

typedef struct {
    uint64_t remainder, documents;
    size_t index;
} rest;

static int compare_rests(const void *a, const void *b)
{
    const rest *x = a, *y = b;
    if (x->remainder != y->remainder)
        return x->remainder > y->remainder ? -1 : 1;
    if (x->documents != y->documents)
        return x->documents > y->documents ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void hf_report_share(hf_report_stratum *strata, size_t n, uint64_t size)
{
    uint64_t sum = 0, drawn = 0;
    g_autofree rest *rests = g_new0(rest, n + 1);
    for (size_t i = 0; i < n; i++)
        sum += strata[i].documents;
    for (size_t i = 0; i < n && sum > 0; i++) {
        /* Documents are numbered in 32 bits, so the product fits. */
        uint64_t product = size * strata[i].documents;
        strata[i].drawn = product / sum;
        rests[i] = (rest){product % sum, strata[i].documents, i};
        drawn += strata[i].drawn;
    }
    qsort(rests, n, sizeof *rests, compare_rests);
    for (size_t i = 0; i < n && drawn < size && sum > 0; i++, drawn++)
        strata[rests[i].index].drawn++;
}

static void clear_stratum(gpointer data)
{
    g_free(((hf_report_stratum *)data)->name);
}

static GArray *strata_of(const GPtrArray *groups, uint64_t size)
{
    GArray *strata = g_array_new(FALSE, TRUE, sizeof(hf_report_stratum));
    g_array_set_clear_func(strata, clear_stratum);
    for (guint i = 0; i < groups->len; i++) {
        const hf_order_group *group = g_ptr_array_index(groups, i);
        hf_report_stratum stratum = {g_strdup(group->name), hf_set_count(group->documents), 0};
        g_array_append_val(strata, stratum);
    }
    hf_report_share((hf_report_stratum *)(void *)strata->data, strata->len, size);
    return strata;
}

hf_set *hf_report_sample_by_custodian(hf_scope *scope, const hf_set *set, uint64_t size,
                                      uint64_t seed, GArray **strata, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(scope));
    g_autoptr(GPtrArray) groups = hf_order_custodians(catalog, set, error);
    if (groups == NULL)
        return NULL;
    *strata = strata_of(groups, MIN(size, hf_set_count(set)));
    hf_set *sample = hf_set_new();
    for (guint i = 0; i < groups->len; i++) {
        const hf_order_group *group = g_ptr_array_index(groups, i);
        uint64_t drawn = g_array_index(*strata, hf_report_stratum, i).drawn;
        g_autoptr(hf_set) part = hf_report_sample(group->documents, drawn, seed);
        hf_set_or(sample, part);
    }
    return sample;
}
