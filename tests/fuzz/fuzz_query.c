/* Reads a query as anyone may have typed it. The input is the query, and after a NUL the text whose hits are marked. What is
 * read must read the same again when written in full; what is refused must say where and why. */
#include "holdfast/query.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const char *const noise[] = {"the", "of", "a", "to", NULL};

/* Its name is its text, so that whatever a saved search may hold is read too. */
static char *saved(void *data, const char *name, GError **error)
{
    (void)data;
    if (*name != '-')
        return g_strdup(name);
    g_set_error(error, HF_ERROR, name[1] == '-' ? HF_ERROR_IO : HF_ERROR_NOT_FOUND, "none");
    return NULL;
}

static hf_set *nothing(void *data, GError **error)
{
    (void)data;
    (void)error;
    return hf_set_new();
}
static hf_set *value(void *data, hf_query_value which, const char *text, GError **error)
{
    REQUIRE(*text != '\0' && which != HF_QUERY_SAVED && which != HF_QUERY_NO_VALUE);
    return nothing(data, error);
}
static hf_set *range(void *data, hf_column_id column, int64_t low, int64_t high, GError **error)
{
    REQUIRE(low <= high && low != HF_TIME_NONE && column < HF_COLUMN_LAST);
    return nothing(data, error);
}

static void evaluate(hf_query *query)
{
    static hf_index *empty;
    if (empty == NULL)
        empty = hf_index_open(NULL, 0, 1, NULL);
    const hf_query_source source = {
        .universe = nothing, .value = value, .range = range, .index = empty};
    g_autoptr(hf_set) set = hf_query_evaluate(query, &source, NULL, NULL);
    REQUIRE(set != NULL);
    g_autofree char *explained = hf_query_explain(query);
    REQUIRE(*explained != '\0');
}

static void read_again(const hf_query *query, const hf_query_options *options)
{
    g_autofree char *text = hf_query_text(query);
    if (strlen(text) > HF_QUERY_TEXT_MAX)
        return;
    g_autoptr(hf_query) again = hf_query_parse(text, options, NULL, NULL);
    REQUIRE(again != NULL);
    g_autofree char *same = hf_query_text(again);
    REQUIRE(strcmp(text, same) == 0);
}

static void check_fault(const hf_query_fault *fault, const char *text, size_t n)
{
    REQUIRE(fault->message != NULL && fault->column > 0);
    REQUIRE(g_utf8_validate(fault->message, -1, NULL));
    REQUIRE(fault->advice == NULL || g_utf8_validate(fault->advice, -1, NULL));
    REQUIRE(fault->offset + fault->length <= strlen(text));
    g_autofree char *lines = hf_query_fault_format(fault, text, (unsigned)(n % 120));
    REQUIRE(g_utf8_validate(lines, -1, NULL));
}

/* NULL if it is refused. */
static hf_query *read_query(const char *text, size_t n, const hf_query_options *options)
{
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    hf_query *query = hf_query_parse(text, options, &fault, &error);
    REQUIRE((query == NULL) == (error != NULL));
    if (query == NULL && g_error_matches(error, HF_ERROR, HF_ERROR_QUERY))
        check_fault(&fault, text, n);
    if (query == NULL)
        return NULL;
    REQUIRE(fault.message == NULL);
    read_again(query, options);
    return query;
}

static void mark(const hf_query *query, const char *text, size_t n)
{
    g_autofree char *valid = hf_name_utf8(text, (gssize)n);
    size_t size = strlen(valid);
    g_autoptr(GArray) marks = hf_query_mark(query, 1u << HF_FIELD_BODY, valid, size, 0);
    size_t at = 0;
    for (guint i = 0; i < marks->len; i++) {
        const hf_query_range *r = &g_array_index(marks, hf_query_range, i);
        REQUIRE(r->start >= at && r->start < r->end && r->end <= size);
        at = r->end;
    }
    size_t width = 16 + n % 200;
    g_auto(hf_query_snippet) snippet = {0};
    hf_query_snippet_make(query, 1u << HF_FIELD_BODY, valid, size, width, &snippet);
    REQUIRE(g_utf8_validate(snippet.text, -1, NULL));
    REQUIRE((size_t)g_utf8_strlen(snippet.text, -1) <= width);
    at = 0;
    for (guint i = 0; i < snippet.marks->len; i++) {
        const hf_query_range *r = &g_array_index(snippet.marks, hf_query_range, i);
        REQUIRE(r->start >= at && r->start < r->end && r->end <= strlen(snippet.text));
        at = r->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const hf_query_options plain = {.saved = saved},
                                  noisy = {.noise = noise, .saved = saved};
    g_autofree char *text = g_strndup((const char *)data, n);
    size_t size = strlen(text);
    g_autoptr(hf_query) without_noise = read_query(text, n, &noisy);
    g_autoptr(hf_query) query = read_query(text, n, &plain);
    if (query == NULL)
        return 0;
    evaluate(query);
    if (size < n)
        mark(query, (const char *)data + size + 1, n - size - 1);
    return 0;
}
