/* src/extract/extract_pptx.c -- presentations and slide shows (ECMA-376 part 1, chapter 19). */
#include "extract/ooxml.h"

#include <string.h>

typedef struct {
    hf_ooxml *o;
    GPtrArray *slides; /* relationship ids in the order of the show */
    bool in_slides;
    int64_t shown;
} presentation;

static bool presentation_start(void *data, const hf_sax_element *e, GError **error)
{
    presentation *p = data;
    if (strcmp(e->name, "sldIdLst") == 0)
        p->in_slides = true;
    else if (p->in_slides && strcmp(e->name, "sldId") == 0)
        g_ptr_array_add(p->slides, g_strdup(hf_sax_value_in(e, "/relationships", "id")));
    else if (strcmp(e->name, "section") == 0)
        return hf_ooxml_line(p->o, hf_sax_value(e, "name"), error);
    return true;
}

static bool presentation_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                             G_GNUC_UNUSED GError **error)
{
    presentation *p = data;
    if (strcmp(name, "sldIdLst") == 0)
        p->in_slides = false;
    return true;
}

/* ---- authors of comments ---- */

static bool author_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    hf_ooxml *o = data;
    const char *id = hf_sax_value(e, "id"), *name = hf_sax_value(e, "name");
    if ((strcmp(e->name, "cmAuthor") == 0 || strcmp(e->name, "author") == 0) && id != NULL &&
        name != NULL)
        g_hash_table_replace(o->authors, g_strdup(id), g_strdup(name));
    return true;
}

static bool read_authors(hf_ooxml *o, const char *show, GError **error)
{
    static const hf_sax_handler handler = {.start = author_start};
    static const char *const kinds[] = {"commentAuthors", "authors"};
    o->authors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *part = hf_opc_target(o->opc, show, kinds[i]);
        if (part != NULL && hf_opc_has(o->opc, part) &&
            !hf_ooxml_parse(o, part, &handler, o, error))
            return false;
    }
    return true;
}

/* ---- layouts and masters ---- What stands there and is no placeholder is shown on every slide that uses them. */

typedef struct {
    hf_ooxml *o;
    unsigned shape; /* sp elements open */
    bool placeholder;
    unsigned text;
} backdrop;

static bool backdrop_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    backdrop *b = data;
    if (strcmp(e->name, "sp") == 0) {
        b->shape++;
        b->placeholder = false;
    } else if (strcmp(e->name, "ph") == 0) {
        b->placeholder = true;
    } else if (strcmp(e->name, "t") == 0) {
        b->text++;
    } else if (strcmp(e->name, "p") == 0 || strcmp(e->name, "br") == 0) {
        hf_ooxml_separate(b->o, HF_OOXML_LINE);
    }
    return true;
}

static bool backdrop_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                         G_GNUC_UNUSED GError **error)
{
    backdrop *b = data;
    if (strcmp(name, "sp") == 0 && b->shape > 0) {
        b->shape--;
        b->placeholder = false;
    } else if (strcmp(name, "t") == 0 && b->text > 0) {
        b->text--;
    }
    return true;
}

static bool backdrop_text(void *data, const char *text, size_t n, GError **error)
{
    backdrop *b = data;
    return b->text == 0 || b->placeholder || hf_ooxml_put(b->o, text, (gssize)n, error);
}

static bool read_backdrop(hf_ooxml *o, const char *part, GError **error)
{
    static const hf_sax_handler handler = {
        .start = backdrop_start, .end = backdrop_end, .text = backdrop_text};
    backdrop b = {.o = o};
    if (part == NULL || !hf_opc_has(o->opc, part) || !hf_ooxml_first_time(o, part))
        return true;
    hf_ooxml_separate(o, HF_OOXML_LINE);
    return hf_ooxml_parse(o, part, &handler, &b, error) && hf_ooxml_links(o, part, error);
}

/* ---- slides ---- */

static bool read_slide(hf_ooxml *o, const char *slide, GError **error)
{
    const char *layout = hf_opc_target(o->opc, slide, "slideLayout");
    const char *master = layout != NULL ? hf_opc_target(o->opc, layout, "slideMaster") : NULL;
    return hf_ooxml_text(o, slide, error) && read_backdrop(o, layout, error) &&
           read_backdrop(o, master, error);
}

/* Slides that the show does not list are there all the same. */
static bool read_unlisted(presentation *p, const char *show, GError **error)
{
    static const char slide_type[] = "presentationml.slide+xml";
    const GPtrArray *relations = hf_opc_relations(p->o->opc, show);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (!relation->external && strcmp(relation->kind, "slide") == 0 &&
            hf_opc_has(p->o->opc, relation->target) && !read_slide(p->o, relation->target, error))
            return false;
    }
    for (size_t i = 0; i < hf_opc_count(p->o->opc); i++) {
        const char *part = hf_opc_name(p->o->opc, i);
        if (strstr(hf_opc_type(p->o->opc, part), slide_type) != NULL &&
            !read_slide(p->o, part, error))
            return false;
    }
    return true;
}

static bool read_slides(presentation *p, const char *show, GError **error)
{
    for (guint i = 0; i < p->slides->len; i++) {
        const hf_opc_relation *relation =
            hf_opc_relation_by_id(p->o->opc, show, p->slides->pdata[i]);
        if (relation == NULL || relation->external || !hf_opc_has(p->o->opc, relation->target)) {
            if (!hf_extraction_problem(p->o->x, HF_ITEM_DAMAGED, "text", error,
                                       "slide %u is missing", i + 1))
                return false;
            continue;
        }
        if (!read_slide(p->o, relation->target, error))
            return false;
        p->shown++;
    }
    return read_unlisted(p, show, error);
}

static bool read_show(hf_ooxml *o, GError **error)
{
    static const hf_sax_handler handler = {.start = presentation_start, .end = presentation_end};
    const char *show = hf_ooxml_main(o, "ppt/presentation.xml");
    if (!hf_ooxml_properties(o, error))
        return false;
    g_autoptr(GPtrArray) slides = g_ptr_array_new_with_free_func(g_free);
    presentation p = {.o = o, .slides = slides};
    if (show == NULL) {
        if (!hf_extraction_problem(o->x, HF_ITEM_DAMAGED, "text", error,
                                   "the part that lists the slides is missing"))
            return false;
        show = "ppt/presentation.xml";
    } else if (!read_authors(o, show, error) || !hf_ooxml_parse(o, show, &handler, &p, error)) {
        return false;
    }
    if (!read_slides(&p, show, error) || !hf_ooxml_links(o, show, error))
        return false;
    if (p.shown > 0 && !hf_extraction_meta_int(o->x, HF_META_PAGES, p.shown, error))
        return false;
    return hf_ooxml_children(o, error) && hf_ooxml_finish(o, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    hf_ooxml o;
    bool done = hf_ooxml_open(&o, x, error) && read_show(&o, error);
    hf_ooxml_close(&o);
    return done;
}

static const char *const types[] = {
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.openxmlformats-officedocument.presentationml.slide",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
    "application/vnd.ms-powerpoint.template.macroenabled.12",
    "application/vnd.ms-powerpoint.slide.macroenabled.12",
    NULL,
};

const hf_extractor hf_extract_pptx_format = {
    .name = "pptx", .version = 1, .types = types, .extract = extract};
