/* type.c -- media types by name, by beginning and by the words that people use. */
#include "holdfast/identify.h"
#include "scope/parts.h"
#include <stdlib.h>
#include <string.h>

static bool type_is(const char *type, const char *value, bool kinds)
{
    if (g_str_has_suffix(value, "/"))
        return g_str_has_prefix(type, value);
    return strcmp(type, value) == 0 || (kinds && strcmp(hf_identify_kind(type), value) == 0);
}

/* A word that is no kind is a slip of the pen: no documents would be the wrong answer. */
static bool check_kind(const char *value, GError **error)
{
    g_auto(GStrv) kinds = hf_identify_kinds();
    if (strchr(value, '/') != NULL || g_strv_contains((const char *const *)kinds, value))
        return true;
    g_autofree char *all = g_strjoinv(", ", kinds);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY,
                "there is no kind \"%s\"; write a media type, the beginning of one as in image/*, "
                "or one of: %s",
                value, all);
    return false;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Ids of the types that are meant, ascending. */
static GArray *choose(hf_catalog *catalog, const char *value, bool kinds, GError **error)
{
    g_autoptr(GHashTable) names = hf_catalog_type_names(catalog, error);
    if (names == NULL)
        return NULL;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GHashTableIter iter;
    gpointer id, name;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &id, &name)) {
        if (type_is(name, value, kinds))
            g_array_append_vals(ids, id, 1);
    }
    g_array_sort(ids, compare_ids);
    return ids;
}

hf_set *hf_scope_type(hf_scope *scope, const char *value, bool kinds, GError **error)
{
    if (kinds && !check_kind(value, error))
        return NULL;
    g_autoptr(GArray) ids = choose(hf_vault_catalog(scope->vault), value, kinds, error);
    g_autoptr(hf_set) set = hf_set_new();
    /* One range for ids in a row: each costs a walk through the column. */
    for (guint i = 0, to; ids != NULL && i < ids->len; i = to) {
        const int64_t *id = (const int64_t *)(const void *)ids->data;
        for (to = i + 1; to < ids->len && id[to] == id[to - 1] + 1;)
            to++;
        g_autoptr(hf_set) some = hf_scope_range(scope, HF_COLUMN_TYPE, id[i], id[to - 1], error);
        if (some == NULL)
            return NULL;
        hf_set_or(set, some);
    }
    return ids != NULL ? g_steal_pointer(&set) : NULL;
}
