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

static hf_set *nothing(void *data, GError **error)
{
    (void)data;
    (void)error;
    return hf_set_new();
}
static hf_set *value(void *data, const char *text, GError **error)
{
    (void)error;
    REQUIRE(*text != '\0');
    return nothing(data, NULL);
}
static hf_set *span(void *data, hf_time low, hf_time high, GError **error)
{
    (void)error;
    REQUIRE(low <= high && low != HF_TIME_NONE);
    return nothing(data, NULL);
}
static hf_set *word(void *data, unsigned fields, const char *text, GError **error)
{
    (void)error;
    REQUIRE(fields != 0 && *text != '\0');
    return nothing(data, NULL);
}
static hf_set *phrase(void *data, unsigned fields, const char *const *words, size_t n,
                      GError **error)
{
    (void)error;
    REQUIRE(fields != 0 && n > 1 && words[n - 1] != NULL);
    return nothing(data, NULL);
}

static void evaluate(hf_query *query)
{
    const hf_query_source source = {
        .universe = nothing,
        .matter = value,
        .custodian = value,
        .path = value,
        .type = value,
        .hash = value,
        .exception = value,
        .sent = span,
        .date = span,
        .word = word,
        .phrase = phrase,
    };
    g_autoptr(hf_set) set = hf_query_evaluate(query, &source, NULL, NULL);
    REQUIRE(set != NULL);
    g_autofree char *explained = hf_query_explain(query);
    REQUIRE(*explained != '\0');
}

static void read_again(const hf_query *query)
{
    g_autofree char *text = hf_query_text(query);
    if (strlen(text) > HF_QUERY_TEXT_MAX)
        return;
    g_autoptr(hf_query) again = hf_query_parse(text, NULL, NULL, NULL);
    REQUIRE(again != NULL);
    g_autofree char *same = hf_query_text(again);
    REQUIRE(strcmp(text, same) == 0);
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
    g_autofree char *text = g_strndup((const char *)data, n);
    size_t size = strlen(text);
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_query) query = hf_query_parse(text, NULL, &fault, &error);
    if (query == NULL) {
        REQUIRE(error != NULL && fault.message != NULL && fault.column > 0);
        REQUIRE(fault.offset + fault.length <= size);
        g_autofree char *lines = hf_query_fault_format(&fault, text, (unsigned)(n % 120));
        REQUIRE(g_utf8_validate(lines, -1, NULL));
        return 0;
    }
    REQUIRE(error == NULL && fault.message == NULL);
    read_again(query);
    evaluate(query);
    if (size < n)
        mark(query, (const char *)data + size + 1, n - size - 1);
    return 0;
}
