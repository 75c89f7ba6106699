/* Documents as rows of numbered words. */
#include "oracle/oracle.h"
#include <string.h>

static void free_stretch(gpointer data)
{
    oracle_stretch *stretch = data;
    g_array_unref(stretch->tokens);
    g_free(stretch);
}

oracle_document *oracle_document_new(uint32_t id)
{
    oracle_document *document = g_new0(oracle_document, 1);
    document->id = id;
    document->stretches = g_ptr_array_new_with_free_func(free_stretch);
    document->values = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < HF_COLUMN_LAST; i++)
        document->columns[i] = HF_TIME_NONE;
    return document;
}

void oracle_document_free(oracle_document *document)
{
    g_ptr_array_unref(document->stretches);
    g_ptr_array_unref(document->values);
    g_clear_pointer(&document->zone, g_time_zone_unref);
    g_free(document);
}

void oracle_document_add_value(oracle_document *document, const char *field, const char *value)
{
    g_ptr_array_add(document->values, g_strdup_printf("%s:%s", field, value));
}

/* The stretch of a field's texts that are measured together; one of its own for a text that stands alone. */
static oracle_stretch *stretch_for(oracle_document *document, hf_field field, bool alone)
{
    for (guint i = 0; !alone && i < document->stretches->len; i++) {
        oracle_stretch *stretch = g_ptr_array_index(document->stretches, i);
        if (stretch->field == field && !stretch->alone)
            return stretch;
    }
    oracle_stretch *stretch = g_new0(oracle_stretch, 1);
    stretch->field = field;
    stretch->alone = alone;
    stretch->tokens = g_array_new(FALSE, FALSE, sizeof(oracle_token));
    g_ptr_array_add(document->stretches, stretch);
    return stretch;
}

void oracle_document_add_text(oracle_document *document, oracle_words *words, hf_field field,
                              bool alone, const char *text, size_t size)
{
    oracle_stretch *stretch = stretch_for(document, field, alone);
    guint had = stretch->tokens->len;
    uint32_t from = 2; /* behind the first marker */
    if (had > 0)
        from = g_array_index(stretch->tokens, oracle_token, had - 1).position + 1 + HF_POSITION_GAP;
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, size);
    while (hf_tokens_next(&tokens, &token)) {
        oracle_token own = {.word = oracle_words_add(words, token.word),
                            .position = from + token.position,
                            .start = token.start,
                            .end = token.end};
        if (token.tail != 0)
            own.tail = oracle_words_add(words, token.word + token.tail);
        g_array_append_val(stretch->tokens, own);
    }
}

void oracle_document_close(oracle_document *document)
{
    for (guint i = 0; i < document->stretches->len; i++) {
        oracle_stretch *stretch = g_ptr_array_index(document->stretches, i);
        guint n = stretch->tokens->len;
        if (n == 0)
            continue;
        oracle_token first = {.word = ORACLE_FIRST_MARKER, .position = 1};
        oracle_token last = {.word = ORACLE_LAST_MARKER,
                             .position =
                                 g_array_index(stretch->tokens, oracle_token, n - 1).position + 1};
        g_array_prepend_val(stretch->tokens, first);
        g_array_append_val(stretch->tokens, last);
    }
}
