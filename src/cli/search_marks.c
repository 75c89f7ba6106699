#include "cli/search.h"
#include <gio/gio.h>
#include <string.h>

#define SNIPPET_TEXT (4 * 1024 * 1024) /* of a document's text that is looked at for a snippet */

/* The names of properties are those of the catalog (hf_extract_meta_name). */
static const struct {
    const char *name;
    hf_field field;
} properties[] = {
    {"subject", HF_FIELD_SUBJECT}, {"from", HF_FIELD_FROM},      {"to", HF_FIELD_TO},
    {"cc", HF_FIELD_CC},           {"bcc", HF_FIELD_BCC},        {"author", HF_FIELD_AUTHOR},
    {"title", HF_FIELD_TITLE},     {"topic", HF_FIELD_OTHER},    {"last-author", HF_FIELD_AUTHOR},
    {"company", HF_FIELD_OTHER},   {"other", HF_FIELD_OTHER},    {"keywords", HF_FIELD_OTHER},
    {"comments", HF_FIELD_OTHER},  {"reply-to", HF_FIELD_OTHER},
};

unsigned hf_search_marks_field(const char *property)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (strcmp(properties[i].name, property) == 0)
            return 1u << properties[i].field;
    }
    return 0;
}

/* Text with its hits between marks; hits are NULL or ascending. */
static char *marked(const char *text, const GArray *hits)
{
    GString *out = g_string_new(NULL);
    size_t at = 0;
    for (guint i = 0; hits != NULL && i < hits->len; i++) {
        const hf_query_range *hit = &g_array_index(hits, hf_query_range, i);
        g_string_append_len(out, text + at, (gssize)(hit->start - at));
        g_string_append_c(out, HF_MARK_BEGIN);
        g_string_append_len(out, text + hit->start, (gssize)(hit->end - hit->start));
        g_string_append_c(out, HF_MARK_END);
        at = hit->end;
    }
    g_string_append(out, text + at);
    return g_string_free(out, FALSE);
}

/* Control characters are spaces, so that marks are ours. */
char *hf_search_marks_property(const hf_query *query, unsigned fields, const char *value, bool *hit)
{
    g_autofree char *line = g_utf8_make_valid(value, -1);
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    }
    g_autoptr(GArray) hits = hf_query_mark(query, fields, line, strlen(line), 0);
    *hit = hits->len > 0;
    return marked(line, hits);
}

char *hf_search_marks_title(const hf_search_marks *marks, const hf_document *d, bool *hit)
{
    unsigned fields =
        d->title != NULL ? 1u << HF_FIELD_SUBJECT | 1u << HF_FIELD_TITLE : 1u << HF_FIELD_FILENAME;
    return hf_search_marks_property(marks->query, fields, d->title != NULL ? d->title : d->name,
                                    hit);
}

/* ---- snippets ---- */

typedef struct {
    GString *text;
    size_t limit;
} head;

static bool take_piece(void *data, const void *bytes, size_t n, GError **error)
{
    head *h = data;
    size_t room = h->limit - h->text->len;
    g_string_append_len(h->text, bytes, (gssize)MIN(n, room));
    if (n < room)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "enough");
    return false;
}

/* The beginning of a long text: as much of it as is looked at for hits. */
static char *read_head(const hf_search_marks *marks, const hf_object_row *object, size_t *size,
                       GError **error)
{
    head h = {g_string_new(NULL), SNIPPET_TEXT};
    GError *own = NULL;
    if (!hf_vault_read_stream(marks->vault, object, take_piece, &h, &own) &&
        !g_error_matches(own, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, own);
        g_string_free(h.text, TRUE);
        return NULL;
    }
    g_clear_error(&own);
    *size = h.text->len;
    return g_string_free(h.text, FALSE);
}

/* The place of the body with most hits, else its beginning; *hit says which. */
static char *body_snippet(const hf_search_marks *marks, const hf_document *d, bool *hit,
                          GError **error)
{
    g_auto(hf_query_snippet) snippet = {0};
    if (!d->has_text)
        return g_strdup("");
    if (d->text.size > SNIPPET_TEXT) {
        size_t size;
        g_autofree char *text = read_head(marks, &d->text, &size, error);
        if (text == NULL)
            return NULL;
        hf_query_snippet_make(marks->query, 1u << HF_FIELD_BODY, text, size, marks->width,
                              &snippet);
    } else {
        g_autoptr(GBytes) text = hf_vault_read(marks->vault, &d->text, SNIPPET_TEXT, error);
        if (text == NULL)
            return NULL;
        hf_query_snippet_make(marks->query, 1u << HF_FIELD_BODY, g_bytes_get_data(text, NULL),
                              g_bytes_get_size(text), marks->width, &snippet);
    }
    *hit = snippet.marks != NULL && snippet.marks->len > 0;
    return marked(snippet.text, snippet.marks);
}

/* "from: Jane «Roe»" where neither body nor title show why a document was found; NULL if no property does. */
static char *property_snippet(const hf_search_marks *marks, const hf_document *d, GError **error)
{
    bool hit;
    g_autoptr(GPtrArray) meta = hf_document_meta(hf_vault_catalog(marks->vault), d->id, error);
    for (guint i = 0; meta != NULL && i + 1 < meta->len; i += 2) {
        const char *name = g_ptr_array_index(meta, i);
        unsigned field = hf_search_marks_field(name);
        if (field == 0)
            continue;
        g_autofree char *value =
            hf_search_marks_property(marks->query, field, g_ptr_array_index(meta, i + 1), &hit);
        if (hit)
            return g_strdup_printf("%s: %s", name, value);
    }
    g_autofree char *name =
        hf_search_marks_property(marks->query, 1u << HF_FIELD_FILENAME, d->name, &hit);
    return hit ? g_strdup_printf("name: %s", name) : NULL;
}

char *hf_search_marks_snippet(const hf_search_marks *marks, const hf_document *d, bool title_hit,
                              GError **error)
{
    bool hit = false;
    GError *own = NULL;
    g_autofree char *body = body_snippet(marks, d, &hit, error);
    if (body == NULL || hit || title_hit || !hf_query_has_words(marks->query))
        return g_steal_pointer(&body);
    char *property = property_snippet(marks, d, &own);
    if (own != NULL) {
        g_propagate_error(error, own);
        return NULL;
    }
    return property != NULL ? property : g_steal_pointer(&body);
}
