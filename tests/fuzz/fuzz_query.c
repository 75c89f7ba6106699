/* Reads any text as a query. What is read must be written as a query that reads the same; a refusal names a place in the text. */
#include "holdfast/query.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    g_autofree char *text = g_strndup((const char *)data, n);
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_query) query = hf_query_parse(text, NULL, &fault, &error);
    if (query == NULL) {
        g_autofree char *shown = hf_query_fault_format(&fault, text, 80);
        if (error == NULL || shown == NULL || fault.offset > strlen(text))
            abort();
        return 0;
    }
    g_autofree char *written = hf_query_text(query);
    g_autoptr(hf_query) again = hf_query_parse(written, NULL, NULL, NULL);
    if (again == NULL)
        abort();
    g_autofree char *twice = hf_query_text(again);
    if (strcmp(written, twice) != 0)
        abort();
    return 0;
}
