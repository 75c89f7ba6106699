#include "holdfast/identify.h"
#include "scope/parts.h"
#include <string.h>

static hf_catalog *catalog_of(void *data)
{
    return hf_vault_catalog(((hf_scope *)data)->vault);
}

/* A media type, the beginning of one up to its slash, or a word for people. */
static bool type_is(const char *type, const char *value)
{
    if (g_str_has_suffix(value, "/"))
        return g_str_has_prefix(type, value);
    return strcmp(type, value) == 0 || strcmp(hf_identify_kind(type), value) == 0;
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

static hf_set *type(void *data, const char *value, GError **error)
{
    if (!check_kind(value, error))
        return NULL;
    g_autoptr(GPtrArray) all = hf_selection_types(catalog_of(data), error);
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    if (all == NULL)
        return NULL;
    for (guint i = 0; i < all->len; i++) {
        if (type_is(g_ptr_array_index(all, i), value))
            g_ptr_array_add(chosen, g_ptr_array_index(all, i));
    }
    g_ptr_array_add(chosen, NULL);
    return hf_selection_type(catalog_of(data), (const char *const *)chosen->pdata, error);
}

typedef struct {
    const char *pattern;
    hf_set *set;
} path_search;

static bool match_place(void *data, uint32_t document, const char *place)
{
    path_search *search = data;
    if (hf_query_path_matches(search->pattern, place))
        hf_set_add(search->set, document);
    return true;
}

static hf_set *path(void *data, const char *value, GError **error)
{
    g_autoptr(hf_set) set = hf_set_new();
    path_search search = {value, set};
    if (!hf_selection_each_place(catalog_of(data), match_place, &search, error))
        return NULL;
    return g_steal_pointer(&set);
}

hf_set *hf_scope_value(void *data, hf_query_value which, const char *text, GError **error)
{
    hf_catalog *catalog = catalog_of(data);
    switch (which) {
    case HF_QUERY_MATTER:
        return hf_selection_matter(catalog, text, error);
    case HF_QUERY_CUSTODIAN:
        return hf_selection_custodian(catalog, text, error);
    case HF_QUERY_TYPE:
        return type(data, text, error);
    case HF_QUERY_PATH:
        return path(data, text, error);
    case HF_QUERY_HASH:
        return hf_selection_hash(catalog, text, error);
    case HF_QUERY_EXCEPTION:
        return hf_selection_exception(catalog, strcmp(text, "any") == 0 ? NULL : text, error);
    default:
        g_set_error_literal(error, HF_ERROR, HF_ERROR_QUERY, "this cannot be searched here");
        return NULL;
    }
}

/* ---- names that the index does not know: a duplicate's ---- */

typedef struct {
    hf_query_text_fn fn;
    void *data;
} name_reader;

static bool read_name(void *data, uint32_t document, const char *name)
{
    name_reader *reader = data;
    return reader->fn(reader->data, document, HF_FIELD_FILENAME, name, strlen(name));
}

bool hf_scope_each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error)
{
    name_reader reader = {fn, fn_data};
    return hf_selection_each_other_name(catalog_of(data), read_name, &reader, error);
}
