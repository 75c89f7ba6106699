/* saved.c -- saved searches inside of queries: their text is read where it is used. */
#include "query/parser.h"

#include <string.h>

#define NESTED_MOST 10 /* saved searches within one another */

static bool is_being_read(const hf_query_reading *reading, const char *name)
{
    return g_ptr_array_find_with_equal_func(reading->saved, name, g_str_equal, NULL);
}

/* Its text; NULL with the fault, or with reading->error. */
static char *find(hf_query_parser *p, const char *name, size_t start, size_t end)
{
    hf_query_reading *reading = p->reading;
    const hf_query_options *options = reading->options;
    g_autoptr(GError) error = NULL;
    if (options->saved == NULL)
        return hf_query_parser_refuse(p, start, end,
                                      g_strdup("saved searches cannot be asked for here"),
                                      g_strdup("write the search itself"));
    if (is_being_read(reading, name))
        return hf_query_parser_refuse(p, start, end,
                                      g_strdup_printf("the saved search %s asks for itself", name),
                                      g_strdup("save it again without that"));
    if (reading->saved->len >= NESTED_MOST)
        return hf_query_parser_refuse(
            p, start, end, g_strdup("saved searches ask for one another too deep"),
            g_strdup_printf("at most %d are read within one another", NESTED_MOST));
    char *text = options->saved(options->data, name, &error);
    if (text != NULL)
        return text;
    if (g_error_matches(error, HF_ERROR, HF_ERROR_NOT_FOUND))
        return hf_query_parser_refuse(p, start, end, g_strdup(error->message), NULL);
    if (reading->error == NULL)
        reading->error = g_steal_pointer(&error);
    return hf_query_parser_refuse(p, start, end,
                                  g_strdup("the saved search could not be looked up"), NULL);
}

/* The fault of the saved text is shown where it is asked for. */
static void *fault_inside(hf_query_parser *p, const char *name, hf_query_fault *inner, size_t start,
                          size_t end)
{
    char *message = g_strdup_printf("in the saved search %s, column %u: %s", name, inner->column,
                                    inner->message);
    char *advice = g_steal_pointer(&inner->advice);
    hf_query_fault_clear(inner);
    return hf_query_parser_refuse(p, start, end, message, advice);
}

hf_query_node *hf_query_saved_node(hf_query_parser *p, const hf_query_field *field,
                                   const char *name, size_t start, size_t end)
{
    g_autofree char *text = find(p, name, start, end);
    if (text == NULL)
        return NULL;
    hf_query_fault inner = {0};
    hf_query_lexer lexer = {.fault = &inner};
    g_ptr_array_add(p->reading->saved, (char *)name);
    hf_query_node *below = hf_query_parser_read(text, p->reading, &lexer);
    g_ptr_array_set_size(p->reading->saved, (gint)p->reading->saved->len - 1);
    if (below == NULL)
        return fault_inside(p, name, &inner, start, end);
    hf_query_node *node = hf_query_node_new(HF_QUERY_NODE_SAVED, start, end);
    node->field = field;
    node->value = g_strdup(name);
    g_ptr_array_add(node->children, below);
    return node;
}
