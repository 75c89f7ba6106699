/* values.c -- columns and families of a scope's documents, those that the index does not know included. */
#include "scope/parts.h"

typedef struct {
    const hf_scope *scope;
    const hf_set *among;
    hf_index_values_fn fn;
    void *data;
    guint next; /* of the fresh ones */
    bool stopped;
} walk;

/* The fresh ones below `end`, so that ids ascend. */
static bool pass_fresh(walk *w, uint64_t end)
{
    const GArray *values = w->scope->values;
    for (; w->next < values->len; w->next++) {
        const hf_scope_values *one = &g_array_index(values, hf_scope_values, w->next);
        if (one->id >= end)
            return true;
        if (hf_set_has(w->among, one->id) && !w->fn(w->data, one->id, one->columns))
            return false;
    }
    return true;
}

static bool pass_indexed(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    walk *w = data;
    w->stopped = !pass_fresh(w, id) || !w->fn(w->data, id, values);
    return !w->stopped;
}

bool hf_scope_each_values(hf_scope *scope, const hf_set *among, hf_index_values_fn fn, void *data,
                          GError **error)
{
    if (!hf_scope_learn_fresh(scope, error))
        return false;
    g_autoptr(hf_set) asked = hf_set_copy(scope->universe);
    if (among != NULL)
        hf_set_and(asked, among);
    g_autoptr(hf_set) indexed = hf_set_copy(asked);
    hf_set_minus(indexed, scope->fresh);
    walk w = {.scope = scope, .among = asked, .fn = fn, .data = data};
    hf_index_each_values(scope->index, indexed, pass_indexed, &w);
    if (!w.stopped)
        pass_fresh(&w, UINT64_MAX);
    return true;
}

/* The family of a document that no segment covers is asked of the catalog. */
static bool add_unindexed(hf_scope *scope, const hf_set *set, hf_set *wide, GError **error)
{
    g_autoptr(hf_set) looked_at = hf_set_new();
    for (uint32_t id = 0; hf_set_next(scope->unindexed, &id); id++) {
        if (hf_set_has(looked_at, id))
            continue;
        g_autoptr(hf_set) one = hf_set_new();
        hf_set_add(one, id);
        g_autoptr(hf_set) family =
            hf_selection_families(hf_vault_catalog(scope->vault), one, error);
        if (family == NULL)
            return false;
        hf_set_or(looked_at, family);
        if (hf_set_and_count(family, set) > 0)
            hf_set_or(wide, family);
    }
    return true;
}

hf_set *hf_scope_widen(hf_scope *scope, const hf_set *set, GError **error)
{
    g_autoptr(hf_set) wide = hf_index_widen(scope->index, HF_COLUMN_FAMILY, set, error);
    if (wide == NULL || !add_unindexed(scope, set, wide, error))
        return NULL;
    hf_set_and(wide, scope->universe);
    return g_steal_pointer(&wide);
}

static hf_set *lacking(hf_scope *scope, hf_scope_lack lack, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(scope->vault);
    switch (lack) {
    case HF_SCOPE_NO_TEXT:
        return hf_selection_text_state(catalog, HF_TEXT_NONE, error);
    case HF_SCOPE_PARTIAL_TEXT:
        return hf_selection_text_state(catalog, HF_TEXT_PARTIAL, error);
    case HF_SCOPE_ENCODED:
        return hf_scope_has(scope, "encoded", error);
    case HF_SCOPE_UNINDEXED:
        return hf_set_copy(scope->unindexed);
    case HF_SCOPE_EXCEPTION:
        return hf_selection_exception(catalog, NULL, error);
    }
    g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL, "no such lack");
    return NULL;
}

hf_set *hf_scope_lacking(hf_scope *scope, hf_scope_lack lack, GError **error)
{
    hf_set *set = lacking(scope, lack, error);
    if (set != NULL)
        hf_set_and(set, scope->universe);
    return set;
}
