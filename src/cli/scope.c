#include "cli/scope.h"
#include "holdfast/identify.h"
#include <string.h>

static hf_catalog *catalog_of(void *data)
{
    return hf_vault_catalog(((hf_scope *)data)->vault);
}

static hf_set *universe(void *data, GError **error)
{
    return hf_selection_all(catalog_of(data), error);
}

static hf_set *matter(void *data, const char *value, GError **error)
{
    return hf_selection_matter(catalog_of(data), value, error);
}

static hf_set *custodian(void *data, const char *value, GError **error)
{
    return hf_selection_custodian(catalog_of(data), value, error);
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

static hf_set *hash(void *data, const char *value, GError **error)
{
    return hf_selection_hash(catalog_of(data), value, error);
}

static hf_set *exception(void *data, const char *value, GError **error)
{
    return hf_selection_exception(catalog_of(data), strcmp(value, "any") == 0 ? NULL : value,
                                  error);
}

static hf_set *sent(void *data, hf_time low, hf_time high, GError **error)
{
    return hf_selection_sent(catalog_of(data), low, high, error);
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

/* ---- words ---- from the index, and from the names that it does not know: a duplicate's. */

typedef struct {
    const char *const *words;
    size_t n;
    hf_set *set;
} name_search;

/* Whether the words stand in the name side by side. */
static bool match_name(void *data, uint32_t document, const char *name)
{
    name_search *search = data;
    hf_tokens tokens;
    hf_token token;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    hf_tokens_init(&tokens, name, strlen(name));
    while (hf_tokens_next(&tokens, &token))
        g_ptr_array_add(words, g_strdup(token.word));
    for (guint at = 0; at + search->n <= words->len; at++) {
        size_t same = 0;
        while (same < search->n &&
               strcmp(g_ptr_array_index(words, at + same), search->words[same]) == 0)
            same++;
        if (same == search->n) {
            hf_set_add(search->set, document);
            break;
        }
    }
    return true;
}

static hf_set *with_names(hf_scope *scope, hf_set *found, unsigned fields, const char *const *words,
                          size_t n, GError **error)
{
    if (found == NULL || (fields & (1u << HF_FIELD_FILENAME)) == 0)
        return found;
    name_search search = {words, n, found};
    if (hf_selection_each_other_name(catalog_of(scope), match_name, &search, error))
        return found;
    hf_set_free(found);
    return NULL;
}

static hf_set *word(void *data, unsigned fields, const char *text, GError **error)
{
    hf_scope *scope = data;
    return with_names(scope, hf_index_word(scope->index, fields, text, error), fields, &text, 1,
                      error);
}

static hf_set *phrase(void *data, unsigned fields, const char *const *words, size_t n,
                      GError **error)
{
    hf_scope *scope = data;
    return with_names(scope, hf_index_phrase(scope->index, fields, words, n, error), fields, words,
                      n, error);
}

void hf_scope_fill(hf_query_source *source, hf_scope *scope)
{
    *source = (hf_query_source){
        .data = scope,
        .universe = universe,
        .matter = matter,
        .custodian = custodian,
        .path = path,
        .type = type,
        .hash = hash,
        .exception = exception,
        .sent = sent,
        .index = scope->index,
        .word = word,
        .phrase = phrase,
    };
}
