#include "scope/parts.h"

static hf_set *universe(void *data, GError **error)
{
    (void)error;
    return hf_set_copy(((hf_scope *)data)->universe);
}

static char *saved(void *data, const char *name, GError **error)
{
    return hf_saved_query(hf_vault_catalog(((hf_scope *)data)->vault), name, error);
}

/* ---- what it goes over ---- */

static const hf_matter *find_matter(const GPtrArray *matters, int64_t id)
{
    for (guint i = 0; i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        if (matter->id == id)
            return matter;
    }
    return NULL;
}

static bool choose_matter(hf_scope *scope, const char *code, const GPtrArray *matters,
                          GError **error)
{
    int64_t id;
    if (code == NULL)
        return true;
    if (!hf_matter_find(hf_vault_catalog(scope->vault), code, &id, error))
        return false;
    const hf_matter *matter = find_matter(matters, id);
    scope->code = g_strdup(matter->code);
    g_time_zone_unref(scope->zone);
    scope->zone = g_time_zone_ref(g_hash_table_lookup(scope->zones, &id));
    return true;
}

/* All that the index has and the catalog knows: far cheaper than to read every row of the catalog. */
static bool find_universe(hf_scope *scope, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(scope->vault);
    scope->universe = hf_index_all(scope->index, error);
    scope->unindexed = scope->universe != NULL ? hf_selection_unindexed(catalog, error) : NULL;
    g_autoptr(hf_set) gone =
        scope->unindexed != NULL ? hf_selection_not_live(catalog, error) : NULL;
    if (gone == NULL)
        return false;
    hf_set_or(scope->universe, scope->unindexed);
    hf_set_minus(scope->universe, gone);
    if (scope->code == NULL)
        return true;
    g_autoptr(hf_set) of_matter = hf_selection_matter(catalog, scope->code, error);
    if (of_matter != NULL)
        hf_set_and(scope->universe, of_matter);
    return of_matter != NULL;
}

/* ---- zones ---- */

static void unref_zone(gpointer zone)
{
    g_time_zone_unref(zone);
}

static GTimeZone *zone_named(const char *name)
{
    GTimeZone *zone = g_time_zone_new_identifier(name);
    return zone != NULL ? zone : g_time_zone_new_utc();
}

static void learn_zones(hf_scope *scope, const GPtrArray *matters)
{
    for (guint i = 0; i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        int64_t *id = g_new(int64_t, 1);
        *id = matter->id;
        g_hash_table_insert(scope->zones, id, zone_named(matter->timezone));
    }
}

static void clear_query_zone(gpointer data)
{
    hf_query_zone *zone = data;
    g_time_zone_unref(zone->zone);
    hf_set_free(zone->documents);
}

static void add_query_zone(hf_scope *scope, GTimeZone *zone, hf_set *documents)
{
    hf_query_zone row = {g_time_zone_ref(zone), documents};
    g_array_append_val(scope->query_zones, row);
}

/* The documents of each zone that is not the vault's, and the rest in the vault's. */
static bool divide_by_zone(hf_scope *scope, const GPtrArray *matters, GError **error)
{
    g_autoptr(hf_set) rest = hf_set_copy(scope->universe);
    const char *usual = hf_vault_timezone(scope->vault);
    for (guint i = 0; i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        if (g_str_equal(matter->timezone, usual))
            continue;
        g_autoptr(hf_set) documents =
            hf_selection_matter(hf_vault_catalog(scope->vault), matter->code, error);
        if (documents == NULL)
            return false;
        hf_set_and(documents, scope->universe);
        hf_set_minus(rest, documents);
        if (hf_set_count(documents) > 0)
            add_query_zone(scope, g_hash_table_lookup(scope->zones, &matter->id),
                           g_steal_pointer(&documents));
    }
    bool one = scope->query_zones->len == 0;
    add_query_zone(scope, scope->zone, one ? NULL : g_steal_pointer(&rest));
    return true;
}

/* ---- the whole ---- */

static bool fill(hf_scope *scope, const char *code, GError **error)
{
    g_autoptr(GPtrArray) matters = hf_matter_list_uncounted(hf_vault_catalog(scope->vault), error);
    if (matters == NULL)
        return false;
    learn_zones(scope, matters);
    if (!choose_matter(scope, code, matters, error) || !find_universe(scope, error))
        return false;
    if (scope->code != NULL)
        add_query_zone(scope, scope->zone, NULL);
    else if (!divide_by_zone(scope, matters, error))
        return false;
    scope->options = (hf_query_options){.saved = saved, .data = scope};
    scope->source = (hf_query_source){
        .data = scope,
        .universe = universe,
        .value = hf_scope_value,
        .range = hf_scope_range,
        .zones = (const hf_query_zone *)(const void *)scope->query_zones->data,
        .n_zones = scope->query_zones->len,
        .index = scope->index,
        .each_text = hf_scope_each_text,
    };
    return true;
}

hf_scope *hf_scope_open(hf_vault *vault, const char *matter, GError **error)
{
    hf_index *index = hf_vault_begin_read(vault, error);
    if (index == NULL)
        return NULL;
    g_autoptr(hf_scope) scope = g_new0(hf_scope, 1);
    scope->vault = vault;
    scope->index = index;
    scope->vault_zone = zone_named(hf_vault_timezone(vault));
    scope->zone = g_time_zone_ref(scope->vault_zone);
    scope->zones = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, unref_zone);
    scope->query_zones = g_array_new(FALSE, FALSE, sizeof(hf_query_zone));
    g_array_set_clear_func(scope->query_zones, clear_query_zone);
    return fill(scope, matter, error) ? g_steal_pointer(&scope) : NULL;
}

void hf_scope_close(hf_scope *scope)
{
    if (scope == NULL)
        return;
    hf_catalog_end_read(hf_vault_catalog(scope->vault));
    hf_index_free(scope->index);
    g_array_unref(scope->query_zones);
    g_hash_table_unref(scope->zones);
    g_time_zone_unref(scope->zone);
    g_time_zone_unref(scope->vault_zone);
    hf_scope_forget_fresh(scope);
    if (scope->names != NULL)
        g_byte_array_unref(scope->names);
    hf_set_free(scope->universe);
    hf_set_free(scope->unindexed);
    g_free(scope->code);
    g_free(scope);
}

const hf_query_source *hf_scope_source(hf_scope *scope)
{
    return &scope->source;
}

const hf_query_options *hf_scope_options(hf_scope *scope)
{
    return &scope->options;
}

hf_vault *hf_scope_vault(hf_scope *scope)
{
    return scope->vault;
}

hf_index *hf_scope_index(hf_scope *scope)
{
    return scope->index;
}

const char *hf_scope_matter(hf_scope *scope)
{
    return scope->code;
}

const hf_set *hf_scope_universe(hf_scope *scope)
{
    return scope->universe;
}

GTimeZone *hf_scope_zone_of(hf_scope *scope, int64_t matter)
{
    GTimeZone *zone = g_hash_table_lookup(scope->zones, &matter);
    return zone != NULL ? zone : scope->vault_zone;
}

GTimeZone *hf_scope_zone(hf_scope *scope)
{
    return scope->zone;
}
