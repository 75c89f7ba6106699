#include "scope/parts.h"
#include <string.h>

static hf_catalog *catalog_of(void *data)
{
    return hf_vault_catalog(((hf_scope *)data)->vault);
}

/* ---- places ---- */

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

typedef struct {
    const char *pattern;
    int64_t number; /* 0: the pattern is one */
    bool found;
} source_search;

static bool match_source(void *data, int64_t id, const char *root)
{
    source_search *search = data;
    bool ours =
        search->number != 0 ? id == search->number : hf_query_path_matches(search->pattern, root);
    search->found |= ours;
    return ours;
}

/* Digits alone are a source's number; a part of a path that is digits is written with a slash or star. */
static hf_set *source(hf_catalog *catalog, const char *value, GError **error)
{
    source_search search = {.pattern = value};
    if (strspn(value, "0123456789") == strlen(value))
        search.number = MAX(g_ascii_strtoll(value, NULL, 10), 1);
    hf_set *set = hf_selection_source(catalog, match_source, &search, error);
    if (set == NULL || search.found)
        return set;
    hf_set_free(set);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY,
                search.number != 0
                    ? "there is no source number %s; a part of a path that is digits is written "
                      "with stars, as in source:*2001*"
                    : "no folder or file that was ingested is called \"%s\"",
                value);
    return NULL;
}

/* ---- languages ---- */

/* en finds en-gb too (RFC 4647, 3.3.1): '.' follows '-'. */
static hf_set *language(hf_scope *scope, const char *value, GError **error)
{
    bool none = strcmp(value, "none") == 0;
    int64_t code = hf_index_code(value);
    g_autofree char *first = g_strconcat(value, "-", NULL), *end = g_strconcat(value, ".", NULL);
    g_autoptr(hf_set) set =
        none ? hf_scope_range(scope, HF_COLUMN_LANGUAGE, INT64_MIN + 1, INT64_MAX, error)
             : hf_scope_range(scope, HF_COLUMN_LANGUAGE, code, code, error);
    g_autoptr(hf_set) other = set == NULL ? NULL
                              : none
                                  ? hf_set_copy(scope->universe)
                                  : hf_scope_range(scope, HF_COLUMN_LANGUAGE, hf_index_code(first),
                                                   hf_index_code(end) - 1, error);
    if (other == NULL)
        return NULL;
    if (!none) {
        hf_set_or(set, other);
        return g_steal_pointer(&set);
    }
    hf_set_minus(other, set);
    return g_steal_pointer(&other);
}

/* ---- all ---- */

static hf_set *none_in_vault(const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "there are no %s in this vault", what);
    return NULL;
}

hf_set *hf_scope_value(void *data, hf_query_value which, const char *value, GError **error)
{
    hf_catalog *catalog = catalog_of(data);
    const char *or_any = strcmp(value, "any") == 0 ? NULL : value;
    switch (which) {
    case HF_QUERY_MATTER:
        return hf_selection_matter(catalog, value, error);
    case HF_QUERY_CUSTODIAN:
        return hf_selection_custodian(catalog, value, error);
    case HF_QUERY_SOURCE:
        return source(catalog, value, error);
    case HF_QUERY_PATH:
        return path(data, value, error);
    case HF_QUERY_TYPE:
        return hf_scope_type(data, value, true, error);
    case HF_QUERY_MIME:
        return hf_scope_type(data, value, false, error);
    case HF_QUERY_LANGUAGE:
        return language(data, value, error);
    case HF_QUERY_MSGID:
        return hf_selection_message_id(catalog, value, error);
    case HF_QUERY_HAS:
        return hf_scope_has(data, value, error);
    case HF_QUERY_TAG:
        return hf_selection_tag(catalog, or_any, error);
    case HF_QUERY_EXCEPTION:
        return hf_selection_exception(catalog, or_any, error);
    case HF_QUERY_HASH:
        return hf_selection_hash(catalog, value, error);
    case HF_QUERY_HOLD:
        return none_in_vault("holds", error);
    case HF_QUERY_PRODUCTION:
        return none_in_vault("productions", error);
    case HF_QUERY_BATES:
        return none_in_vault("productions, and so no Bates numbers,", error);
    case HF_QUERY_SAVED:
    case HF_QUERY_NO_VALUE:
        break;
    }
    g_set_error_literal(error, HF_ERROR, HF_ERROR_QUERY, "this cannot be searched here");
    return NULL;
}

/* ---- names that the index does not know: a duplicate's ---- read once: a term report asks for them with every term */

static bool keep_name(void *data, uint32_t document, const char *name)
{
    GByteArray *names = data;
    g_byte_array_append(names, (const uint8_t *)&document, sizeof document);
    g_byte_array_append(names, (const uint8_t *)name, (guint)strlen(name) + 1);
    return true;
}

static bool learn_names(hf_scope *scope, GError **error)
{
    g_autoptr(GByteArray) names = g_byte_array_new();
    if (!hf_selection_each_other_name(catalog_of(scope), keep_name, names, error))
        return false;
    scope->names = g_steal_pointer(&names);
    return true;
}

bool hf_scope_each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error)
{
    hf_scope *scope = data;
    if (scope->names == NULL && !learn_names(scope, error))
        return false;
    for (guint at = 0; at < scope->names->len;) {
        uint32_t document;
        memcpy(&document, scope->names->data + at, sizeof document);
        const char *name = (const char *)scope->names->data + at + sizeof document;
        size_t size = strlen(name);
        if (!fn(fn_data, document, HF_FIELD_FILENAME, name, size))
            return true;
        at += (guint)(sizeof document + size + 1);
    }
    return true;
}
