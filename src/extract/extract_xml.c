/* src/extract/extract_xml.c -- XML files: the text of elements, attributes and comments.
 *
 * Documents that Office wrote as one XML file go to their own readers: Word 2003 XML here, flat packages to those of the
 * zipped ones. */
#include "extract/ooxml.h"

#include <string.h>

enum { HEAD_BYTES = 4096, PIECE_BYTES = 256 * 1024, MAX_PROPERTY = 64 * 1024 };
#define MAX_DECODED (UINT64_C(128) << 20)

extern const hf_extractor hf_extract_docx_format;
extern const hf_extractor hf_extract_pptx_format;

/* ---- any vocabulary ---- */

typedef struct {
    hf_ooxml *o;
    bool drawing; /* SVG: most attributes are geometry */
} reader;

/* White space that the author broke into lines breaks lines. */
static bool put(reader *r, const char *text, size_t n, GError **error)
{
    const char *end = text + n;
    while (text < end) {
        const char *word = text;
        while (text < end && !g_ascii_isspace(*text))
            text++;
        if (text > word && !hf_ooxml_put(r->o, word, text - word, error))
            return false;
        for (; text < end && g_ascii_isspace(*text); text++)
            hf_ooxml_separate(r->o, *text == '\n' ? HF_OOXML_LINE : HF_OOXML_SPACE);
    }
    return true;
}

static bool is_geometry(const reader *r, const hf_sax_attribute *a)
{
    static const char *const kept[] = {"href", "title", "alt", "label", "content", NULL};
    return r->drawing && !g_strv_contains(kept, a->name);
}

static bool on_start(void *data, const hf_sax_element *e, GError **error)
{
    reader *r = data;
    r->drawing = strcmp(e->uri, "http://www.w3.org/2000/svg") == 0;
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    for (size_t i = 0; i < e->n_attributes; i++) {
        const char *value = e->attributes[i].value;
        if (is_geometry(r, &e->attributes[i]) || g_str_has_prefix(value, "data:"))
            continue;
        if (!put(r, value, strlen(value), error))
            return false;
        hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    }
    return true;
}

static bool on_end(void *data, G_GNUC_UNUSED const char *name, G_GNUC_UNUSED const char *uri,
                   G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    return true;
}

static bool on_text(void *data, const char *text, size_t n, GError **error)
{
    return put(data, text, n, error);
}

static bool on_comment(void *data, const char *text, GError **error)
{
    reader *r = data;
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    bool done = put(r, text, strlen(text), error);
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    return done;
}

static const hf_sax_handler any_handler = {
    .start = on_start, .end = on_end, .text = on_text, .comment = on_comment};

/* ---- properties of Word 2003 XML ---- */

typedef struct {
    hf_extraction *x;
    int meta; /* -1: none open */
    GString *value;
} properties;

static const struct {
    const char *name;
    hf_meta meta;
} word_properties[] = {
    {"Title", HF_META_TITLE},          {"Subject", HF_META_TOPIC},
    {"Author", HF_META_AUTHOR},        {"Keywords", HF_META_KEYWORDS},
    {"Description", HF_META_COMMENTS}, {"LastAuthor", HF_META_LAST_AUTHOR},
    {"Created", HF_META_CREATED},      {"LastSaved", HF_META_MODIFIED},
    {"LastPrinted", HF_META_PRINTED},  {"Company", HF_META_COMPANY},
    {"Pages", HF_META_PAGES},
};

static bool properties_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    properties *p = data;
    p->meta = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(word_properties); i++) {
        if (strcmp(e->uri, "urn:schemas-microsoft-com:office:office") == 0 &&
            strcmp(e->name, word_properties[i].name) == 0)
            p->meta = (int)word_properties[i].meta;
    }
    g_string_truncate(p->value, 0);
    return true;
}

static bool properties_text(void *data, const char *text, size_t n, G_GNUC_UNUSED GError **error)
{
    properties *p = data;
    if (p->meta >= 0 && p->value->len < MAX_PROPERTY)
        g_string_append_len(p->value, text, (gssize)n);
    return true;
}

static bool properties_end(void *data, G_GNUC_UNUSED const char *name,
                           G_GNUC_UNUSED const char *uri, GError **error)
{
    properties *p = data;
    hf_meta meta = (hf_meta)p->meta;
    bool open = p->meta >= 0;
    hf_stamp stamp;
    p->meta = -1;
    if (!open)
        return true;
    if (meta == HF_META_CREATED || meta == HF_META_MODIFIED || meta == HF_META_PRINTED)
        return !hf_time_parse_iso(p->value->str, &stamp) ||
               hf_extraction_meta_time(p->x, meta, stamp, error);
    return hf_extraction_meta(p->x, meta, p->value->str, error);
}

static bool read_word(hf_ooxml *o, GError **error)
{
    static const hf_sax_handler handler = {
        .start = properties_start, .end = properties_end, .text = properties_text};
    g_autoptr(GBytes) bytes = hf_extraction_bytes(o->x, MAX_DECODED, error);
    if (bytes == NULL)
        return false;
    size_t n = 0;
    const void *all = g_bytes_get_data(bytes, &n);
    g_autoptr(GString) value = g_string_new(NULL);
    properties p = {.x = o->x, .meta = -1, .value = value};
    g_autoptr(hf_sax) sax = hf_sax_new(&handler, &p, hf_extraction_limits(o->x)->xml_depth, NULL);
    return hf_sax_feed(sax, all, n, error) && hf_sax_finish(sax, error) &&
           hf_ooxml_text_bytes(o, all, n, error);
}

/* ---- charsets ---- */

/* The bytes decoded, where libxml2 would not know how: a charset it does not have, or none named and not UTF-8. NULL
 * where it reads them itself. */
static char *decoded(hf_extraction *x, const char *head, size_t *n)
{
    static const char *const marks[] = {"\xFE\xFF", "\xFF\xFE", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (g_str_has_prefix(head, marks[i]))
            return NULL;
    }
    const char *declaration = strstr(head, "encoding=");
    const char *declaration_end = strstr(head, "?>");
    g_autofree char *name = NULL;
    if (declaration != NULL && declaration_end != NULL && declaration < declaration_end) {
        declaration += strlen("encoding=");
        declaration += strspn(declaration, "\"' ");
        name = g_strndup(declaration, strcspn(declaration, "\"' ?"));
    }
    bool utf8 = name == NULL || g_ascii_strcasecmp(name, "UTF-8") == 0;
    if (*head != '<' || (!utf8 && hf_sax_knows_encoding(name)))
        return NULL;
    g_autoptr(GBytes) bytes = hf_extraction_bytes(x, MAX_DECODED, NULL);
    size_t all_n = 0;
    const char *all = bytes != NULL ? g_bytes_get_data(bytes, &all_n) : NULL;
    if (all == NULL || (utf8 && g_utf8_validate(all, (gssize)all_n, NULL)))
        return NULL;
    return hf_charset_decode(all, all_n, utf8 ? NULL : name, NULL, n, NULL);
}

/* ---- reading ---- */

static bool feed_file(hf_sax *sax, hf_extraction *x, GError **error)
{
    g_autofree uint8_t *piece = g_malloc(PIECE_BYTES);
    uint64_t limit = hf_extraction_limits(x)->text_bytes;
    for (uint64_t at = 0; at < hf_extraction_size(x) && !hf_sax_stopped(sax);) {
        ssize_t n = hf_extraction_pread(x, piece, PIECE_BYTES, at, error);
        if (n < 0)
            return false;
        if (n == 0 || hf_extraction_text_bytes(x) >= limit)
            break;
        if (!hf_sax_feed(sax, piece, (size_t)n, error))
            return false;
        at += (uint64_t)n;
    }
    return true;
}

static bool read_any(hf_ooxml *o, const char *head, GError **error)
{
    size_t n = 0;
    reader r = {.o = o};
    g_autofree char *utf8 = decoded(o->x, head, &n);
    g_autoptr(hf_sax) sax = hf_sax_new(&any_handler, &r, hf_extraction_limits(o->x)->xml_depth,
                                       utf8 != NULL ? "UTF-8" : NULL);
    if (!(utf8 != NULL ? hf_sax_feed(sax, utf8, n, error) : feed_file(sax, o->x, error)) ||
        !hf_sax_finish(sax, error))
        return false;
    hf_item_error reason = HF_ITEM_DAMAGED;
    const char *damage = hf_sax_damage(sax, &reason);
    return damage == NULL || hf_extraction_problem(o->x, reason, "text", error, "%s", damage);
}

static bool extract(hf_extraction *x, GError **error)
{
    char head[HEAD_BYTES + 1];
    ssize_t n = hf_extraction_pread(x, head, HEAD_BYTES, 0, error);
    if (n < 0)
        return false;
    head[n] = '\0';
    if (strstr(head, "schemas.microsoft.com/office/2006/xmlPackage") != NULL) {
        bool slides = strstr(head, "PowerPoint.Show") != NULL;
        return (slides ? &hf_extract_pptx_format : &hf_extract_docx_format)->extract(x, error);
    }
    hf_ooxml o;
    hf_ooxml_open_bare(&o, x);
    bool word = strstr(head, "schemas.microsoft.com/office/word/2003/wordml") != NULL;
    bool done =
        (word ? read_word(&o, error) : read_any(&o, head, error)) && hf_ooxml_finish(&o, error);
    hf_ooxml_close(&o);
    return done;
}

static const char *const types[] = {
    "text/xml",
    "application/xml",
    "image/svg+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/mathml+xml",
    "application/xslt+xml",
    "application/xsd+xml",
    "application/xml-dtd",
    "application/vnd.google-earth.kml+xml",
    "application/gpx+xml",
    "application/gml+xml",
    "application/x-dtbook+xml",
    "application/docbook+xml",
    "application/xliff+xml",
    "application/soap+xml",
    "application/vnd.ms-wordml",
    "application/vnd.ms-spreadsheetml",
    "application/x-fictionbook+xml",
    "text/x-opml",
    NULL,
};

const hf_extractor hf_extract_xml_format = {
    .name = "xml", .version = 1, .types = types, .extract = extract};
