/* src/extract/ooxml_properties.c -- document properties (ECMA-376 part 2, 11; part 1, 22.2 and 22.3). */
#include "extract/ooxml.h"

#include <string.h>

enum { MAX_VALUE = 64 * 1024 };

typedef enum { AS_TEXT, AS_TIME, AS_NUMBER, AS_OTHER } treatment;

typedef struct {
    const char *element;
    const char *label; /* of HF_META_OTHER */
    hf_meta meta;
    treatment treatment;
} property;

static const property properties[] = {
    {"title", NULL, HF_META_TITLE, AS_TEXT},
    {"creator", NULL, HF_META_AUTHOR, AS_TEXT},
    {"subject", NULL, HF_META_TOPIC, AS_TEXT},
    {"keywords", NULL, HF_META_KEYWORDS, AS_TEXT},
    {"description", NULL, HF_META_COMMENTS, AS_TEXT},
    {"lastModifiedBy", NULL, HF_META_LAST_AUTHOR, AS_TEXT},
    {"created", NULL, HF_META_CREATED, AS_TIME},
    {"modified", NULL, HF_META_MODIFIED, AS_TIME},
    {"lastPrinted", NULL, HF_META_PRINTED, AS_TIME},
    {"category", "Category", HF_META_OTHER, AS_OTHER},
    {"contentStatus", "Status", HF_META_OTHER, AS_OTHER},
    {"identifier", "Identifier", HF_META_OTHER, AS_OTHER},
    {"version", "Version", HF_META_OTHER, AS_OTHER},
    {"revision", "Revision", HF_META_OTHER, AS_OTHER},
    {"language", "Language", HF_META_OTHER, AS_OTHER},
    {"Company", NULL, HF_META_COMPANY, AS_TEXT},
    {"Application", NULL, HF_META_APPLICATION, AS_TEXT},
    {"Manager", "Manager", HF_META_OTHER, AS_OTHER},
    {"Template", "Template", HF_META_OTHER, AS_OTHER},
    {"HyperlinkBase", "Hyperlink base", HF_META_OTHER, AS_OTHER},
    {"TotalTime", "Editing minutes", HF_META_OTHER, AS_OTHER},
    {"Pages", NULL, HF_META_PAGES, AS_NUMBER},
};

typedef struct {
    hf_ooxml *o;
    const property *property;
    char *name; /* of the custom property that is open */
    GString *value;
} reader;

static bool say(reader *r, GError **error)
{
    const property *p = r->property;
    const char *value = g_strstrip(r->value->str);
    hf_stamp stamp;
    if (*value == '\0')
        return true;
    if (p->treatment == AS_TIME)
        return !hf_time_parse_iso(value, &stamp) ||
               hf_extraction_meta_time(r->o->x, p->meta, stamp, error);
    if (p->treatment == AS_NUMBER) {
        gint64 number = 0;
        return !g_ascii_string_to_signed(value, 10, 1, G_MAXINT32, &number, NULL) ||
               hf_extraction_meta_int(r->o->x, p->meta, number, error);
    }
    if (p->treatment == AS_TEXT)
        return hf_extraction_meta(r->o->x, p->meta, value, error);
    g_autofree char *labelled = g_strdup_printf("%s: %s", p->label, value);
    return hf_extraction_meta(r->o->x, p->meta, labelled, error);
}

static bool on_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (strcmp(e->name, properties[i].element) == 0) {
            r->property = &properties[i];
            g_string_truncate(r->value, 0);
        }
    }
    return true;
}

static bool on_end(void *data, const char *name, G_GNUC_UNUSED const char *uri, GError **error)
{
    reader *r = data;
    if (r->property == NULL || strcmp(name, r->property->element) != 0)
        return true;
    bool done = say(r, error);
    r->property = NULL;
    return done;
}

static bool on_text(void *data, const char *text, size_t n, G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    if ((r->property != NULL || r->name != NULL) && r->value->len < MAX_VALUE)
        g_string_append_len(r->value, text, (gssize)n);
    return true;
}

static bool custom_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    if (strcmp(e->name, "property") == 0) {
        g_free(r->name);
        r->name = g_strdup(hf_sax_value(e, "name"));
        g_string_truncate(r->value, 0);
    }
    return true;
}

static bool custom_end(void *data, const char *name, G_GNUC_UNUSED const char *uri, GError **error)
{
    reader *r = data;
    if (strcmp(name, "property") != 0 || r->name == NULL)
        return true;
    g_autofree char *label = g_steal_pointer(&r->name);
    g_autofree char *labelled = g_strdup_printf("%s: %s", label, g_strstrip(r->value->str));
    return hf_extraction_meta(r->o->x, HF_META_OTHER, labelled, error);
}

static bool read_part(reader *r, const char *kind, const hf_sax_handler *handler, GError **error)
{
    const char *part = hf_opc_target(r->o->opc, "", kind);
    return part == NULL || !hf_opc_has(r->o->opc, part) || !hf_ooxml_first_time(r->o, part) ||
           hf_ooxml_parse(r->o, part, handler, r, error);
}

bool hf_ooxml_properties(hf_ooxml *o, GError **error)
{
    static const hf_sax_handler known = {.start = on_start, .end = on_end, .text = on_text};
    static const hf_sax_handler custom = {
        .start = custom_start, .end = custom_end, .text = on_text};
    reader r = {.o = o, .value = g_string_new(NULL)};
    bool done = read_part(&r, "core-properties", &known, error) &&
                read_part(&r, "coreProperties", &known, error) &&
                read_part(&r, "extended-properties", &known, error) &&
                read_part(&r, "extendedProperties", &known, error) &&
                read_part(&r, "custom-properties", &custom, error) &&
                read_part(&r, "customProperties", &custom, error);
    g_string_free(r.value, TRUE);
    g_free(r.name);
    return done;
}
