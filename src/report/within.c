/* within.c -- a scope that is cut by a query. */
#include "report/parts.h"

static hf_set *universe(void *data, GError **error)
{
    (void)error;
    return hf_set_copy(((const hf_report_within *)data)->set);
}

static hf_set *value(void *data, hf_query_value which, const char *text, GError **error)
{
    const hf_query_source *inner = ((const hf_report_within *)data)->inner;
    return inner->value(inner->data, which, text, error);
}

static hf_set *range(void *data, hf_column_id column, int64_t low, int64_t high, GError **error)
{
    const hf_query_source *inner = ((const hf_report_within *)data)->inner;
    return inner->range(inner->data, column, low, high, error);
}

static bool each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error)
{
    const hf_query_source *inner = ((const hf_report_within *)data)->inner;
    return inner->each_text(inner->data, fn, fn_data, error);
}

void hf_report_within_fill(hf_report_within *within, hf_query_source *source)
{
    const hf_query_source *inner = within->inner;
    *source = *inner;
    source->data = within;
    source->universe = universe;
    source->value = inner->value != NULL ? value : NULL;
    source->range = inner->range != NULL ? range : NULL;
    source->each_text = inner->each_text != NULL ? each_text : NULL;
}

/* The fault with its place in the option's text, in one error. */
static void refuse(const hf_query_fault *fault, const char *name, const char *text, GError **error)
{
    if (fault->message == NULL)
        return;
    g_autofree char *block = hf_query_fault_format(fault, text, HF_REPORT_WIDTH);
    g_strchomp(block);
    g_clear_error(error);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "the query of %s was refused:\n%s", name, block);
}

hf_set *hf_report_within_query(hf_scope *scope, const hf_query_options *options, const char *name,
                               const char *text, char **read_as, GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(hf_query) query = hf_query_parse(text, options, &fault, error);
    hf_set *found =
        query != NULL ? hf_query_evaluate(query, hf_scope_source(scope), &fault, error) : NULL;
    if (found == NULL)
        refuse(&fault, name, text, error);
    else if (read_as != NULL)
        *read_as = hf_query_text(query);
    return found;
}
