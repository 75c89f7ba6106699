/* holdings.c -- which documents are a family, and which custodians had it. */
#include "report/parts.h"
#include <string.h>

/* ---- families ---- */

typedef struct {
    GArray *ids;      /* uint32_t: documents ... */
    GArray *families; /* int64_t: ... and their families' ids */
    int64_t highest;
} members;

static bool add_member(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    members *m = data;
    int64_t family = values[HF_COLUMN_FAMILY];
    g_array_append_val(m->ids, id);
    g_array_append_val(m->families, family);
    m->highest = MAX(m->highest, family);
    return true;
}

/* Ids of families are given one after the other, so that an array over them has few holes. */
static uint32_t *number_families(hf_holdings *h, const members *m, GError **error)
{
    uint32_t *numbers = NULL;
    if (m->highest >= 0 && m->highest < UINT32_MAX)
        numbers = g_try_new0(uint32_t, (gsize)m->highest + 1);
    h->end = m->ids->len > 0 ? g_array_index(m->ids, uint32_t, m->ids->len - 1) + 1 : 1;
    h->family = g_try_new0(uint32_t, h->end);
    h->members = g_try_new0(uint32_t, (gsize)m->ids->len + 2);
    h->families = 1;
    if (numbers == NULL || h->family == NULL || h->members == NULL) {
        g_free(numbers);
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "there is no memory for %u documents",
                    m->ids->len);
        return NULL;
    }
    for (guint i = 0; i < m->ids->len; i++) {
        int64_t id = g_array_index(m->families, int64_t, i);
        if (id <= 0)
            continue;
        if (numbers[id] == 0)
            numbers[id] = h->families++;
        h->family[g_array_index(m->ids, uint32_t, i)] = numbers[id];
        h->members[numbers[id]]++;
    }
    return numbers;
}

/* ---- custodians ---- */

static int by_name(gconstpointer a, gconstpointer b)
{
    const hf_custodian *const *x = a, *const *y = b;
    g_autofree char *folded_x = g_utf8_casefold((*x)->name, -1);
    g_autofree char *folded_y = g_utf8_casefold((*y)->name, -1);
    int order = strcmp(folded_x, folded_y);
    return order != 0 ? order : strcmp((*x)->name, (*y)->name);
}

static bool name_custodians(hf_holdings *h, hf_catalog *catalog, GError **error)
{
    g_autoptr(GPtrArray) all = hf_custodian_list(catalog, error);
    if (all == NULL)
        return false;
    g_ptr_array_sort(all, by_name);
    for (guint i = 0; i < all->len; i++) {
        const hf_custodian *custodian = g_ptr_array_index(all, i);
        if (custodian->merged_into != 0)
            continue;
        g_hash_table_insert(h->by_id, GSIZE_TO_POINTER((gsize)custodian->id),
                            GUINT_TO_POINTER(h->names->len));
        g_ptr_array_add(h->names, g_strdup(custodian->name));
    }
    h->nobody = h->names->len;
    g_ptr_array_add(h->names, NULL);
    return true;
}

guint hf_holdings_custodian(const hf_holdings *h, int64_t id)
{
    gpointer number;
    return g_hash_table_lookup_extended(h->by_id, GSIZE_TO_POINTER((gsize)id), NULL, &number)
               ? GPOINTER_TO_UINT(number)
               : h->nobody;
}

/* ---- who had what ---- */

typedef struct {
    const hf_holdings *holdings;
    const uint32_t *numbers; /* by id of a family */
    int64_t highest;
    GArray *pairs; /* uint64_t: family << 32 | custodian, one a place */
    bool ascends;
} places;

static bool add_place(void *data, int64_t family, int64_t custodian)
{
    places *p = data;
    if (family < 0 || family > p->highest || p->numbers[family] == 0)
        return true;
    uint64_t pair =
        (uint64_t)p->numbers[family] << 32 | hf_holdings_custodian(p->holdings, custodian);
    guint n = p->pairs->len;
    p->ascends = p->ascends && (n == 0 || g_array_index(p->pairs, uint64_t, n - 1) <= pair);
    g_array_append_val(p->pairs, pair);
    return true;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Lays the pairs out by family; equal ones are places of one custodian. */
static void lay_out(hf_holdings *h, const GArray *pairs)
{
    uint64_t last = 0;
    uint32_t n = 0, family = 0;
    h->holds_from = g_new0(uint32_t, (gsize)h->families + 1);
    h->holders = g_new(uint32_t, (gsize)pairs->len + 1);
    h->places = g_new(uint64_t, (gsize)pairs->len + 1);
    for (guint i = 0; i < pairs->len; i++) {
        uint64_t pair = g_array_index(pairs, uint64_t, i);
        if (pair == last) {
            h->places[n - 1]++;
            continue;
        }
        for (; family < pair >> 32; family++)
            h->holds_from[family + 1] = n;
        h->holders[n] = (uint32_t)pair;
        h->places[n++] = 1;
        last = pair;
    }
    for (; family < h->families; family++)
        h->holds_from[family + 1] = n;
}

static bool find_holders(hf_holdings *h, hf_scope *scope, const uint32_t *numbers, int64_t highest,
                         GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(scope));
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    places p = {h, numbers, highest, pairs, true};
    if (!name_custodians(h, catalog, error) || !hf_funnel_each_place(catalog, add_place, &p, error))
        return false;
    if (!p.ascends)
        g_array_sort(pairs, by_value);
    lay_out(h, pairs);
    return true;
}

hf_holdings *hf_holdings_new(hf_scope *scope, GError **error)
{
    g_autoptr(hf_holdings) h = g_new0(hf_holdings, 1);
    h->names = g_ptr_array_new_with_free_func(g_free);
    h->by_id = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) families = g_array_new(FALSE, FALSE, sizeof(int64_t));
    members m = {ids, families, 0};
    if (!hf_scope_each_values(scope, NULL, add_member, &m, error))
        return NULL;
    g_autofree uint32_t *numbers = number_families(h, &m, error);
    if (numbers == NULL || !find_holders(h, scope, numbers, m.highest, error))
        return NULL;
    return g_steal_pointer(&h);
}

void hf_holdings_free(hf_holdings *h)
{
    if (h == NULL)
        return;
    g_ptr_array_unref(h->names);
    g_hash_table_unref(h->by_id);
    g_free(h->family);
    g_free(h->members);
    g_free(h->holds_from);
    g_free(h->holders);
    g_free(h->places);
    g_free(h);
}
