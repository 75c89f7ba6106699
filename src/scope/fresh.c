#include "scope/parts.h"

static hf_set *find_fresh(hf_scope *scope, GError **error)
{
    g_autoptr(hf_set) fresh = hf_selection_stale(hf_vault_catalog(scope->vault), error);
    if (fresh == NULL)
        return NULL;
    hf_set_or(fresh, scope->unindexed);
    hf_set_and(fresh, scope->universe);
    return g_steal_pointer(&fresh);
}

bool hf_scope_learn_fresh(hf_scope *scope, GError **error)
{
    if (scope->fresh != NULL)
        return true;
    g_autoptr(hf_set) fresh = find_fresh(scope, error);
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(hf_scope_values));
    for (uint32_t id = 0; fresh != NULL && hf_set_next(fresh, &id); id++) {
        hf_scope_values one = {.id = id};
        if (!hf_vault_columns_of(hf_vault_catalog(scope->vault), id, one.columns, error))
            return false;
        g_array_append_val(values, one);
    }
    if (fresh == NULL)
        return false;
    scope->fresh = g_steal_pointer(&fresh);
    scope->values = g_steal_pointer(&values);
    return true;
}

void hf_scope_forget_fresh(hf_scope *scope)
{
    hf_set_free(scope->fresh);
    if (scope->values != NULL)
        g_array_unref(scope->values);
}

hf_set *hf_scope_range(void *data, hf_column_id column, int64_t low, int64_t high, GError **error)
{
    hf_scope *scope = data;
    if (!hf_scope_learn_fresh(scope, error))
        return NULL;
    hf_set *set = hf_index_range(scope->index, column, low, high, error);
    if (set == NULL)
        return NULL;
    hf_set_minus(set, scope->fresh);
    for (guint i = 0; i < scope->values->len; i++) {
        const hf_scope_values *one = &g_array_index(scope->values, hf_scope_values, i);
        int64_t value = one->columns[column];
        if (value != HF_TIME_NONE && value >= low && value <= high)
            hf_set_add(set, one->id);
    }
    return set;
}
