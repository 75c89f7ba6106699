/* has.c -- what has: asks for. */
#include "holdfast/extract.h"
#include "scope/parts.h"
#include <string.h>

static const struct {
    const char *name;
    unsigned flag;
} flags[] = {
    {"hidden", HF_FLAG_HIDDEN},
    {"tracked-changes", HF_FLAG_TRACKED_CHANGES},
    {"comments", HF_FLAG_COMMENTS},
    {"macros", HF_FLAG_MACROS},
    {"encrypted", HF_FLAG_ENCRYPTED},
    {"signed", HF_FLAG_SIGNED},
    {"encoded", HF_FLAG_ENCODED_LEFT_OUT},
};

/* Documents to which others belong, and those whose own words say that they had something attached, whatever became of it. */
static hf_set *with_attachments(hf_catalog *catalog, GError **error)
{
    g_autoptr(hf_set) parents = hf_selection_parents(catalog, error);
    g_autoptr(hf_set) flagged =
        parents != NULL ? hf_selection_flag(catalog, HF_FLAG_ATTACHMENTS, error) : NULL;
    if (flagged == NULL)
        return NULL;
    hf_set_or(parents, flagged);
    return g_steal_pointer(&parents);
}

static hf_set *with_text(hf_scope *scope, GError **error)
{
    g_autoptr(hf_set) none =
        hf_selection_text_state(hf_vault_catalog(scope->vault), HF_TEXT_NONE, error);
    if (none == NULL)
        return NULL;
    hf_set *set = hf_set_copy(scope->universe);
    hf_set_minus(set, none);
    return set;
}

static hf_set *refuse(const char *name, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "has:%s is not known", name);
    return NULL;
}

hf_set *hf_scope_has(hf_scope *scope, const char *name, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(scope->vault);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (strcmp(name, flags[i].name) == 0)
            return hf_selection_flag(catalog, flags[i].flag, error);
    }
    if (strcmp(name, "attachment") == 0)
        return with_attachments(catalog, error);
    if (strcmp(name, "parent") == 0)
        return hf_selection_children(catalog, error);
    if (strcmp(name, "text") == 0)
        return with_text(scope, error);
    if (strcmp(name, "no-text") == 0)
        return hf_selection_text_state(catalog, HF_TEXT_NONE, error);
    if (strcmp(name, "partial-text") == 0)
        return hf_selection_text_state(catalog, HF_TEXT_PARTIAL, error);
    if (strcmp(name, "date") == 0)
        return hf_scope_range(scope, HF_COLUMN_DATE, INT64_MIN + 1, INT64_MAX, error);
    if (strcmp(name, "exception") == 0)
        return hf_selection_exception(catalog, NULL, error);
    if (strcmp(name, "tag") == 0)
        return hf_selection_tag(catalog, NULL, error);
    return refuse(name, error);
}
