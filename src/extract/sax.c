/* src/extract/sax.c -- libxml2's push parser behind our own events. */
#include "extract/sax.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

struct hf_sax {
    xmlParserCtxtPtr parser;
    xmlSAXHandler events;
    hf_sax_handler handler;
    void *data;
    char *encoding;
    unsigned depth;
    unsigned depth_limit;
    GArray *attributes; /* of hf_sax_attribute */
    GString *values;
    char *damage;
    hf_item_error reason;
    bool bad_encoding;
    bool stopped;
    GError *error; /* the handler's */
};

const char *hf_sax_value(const hf_sax_element *element, const char *name)
{
    for (size_t i = 0; i < element->n_attributes; i++) {
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].value;
    }
    return NULL;
}

const char *hf_sax_value_in(const hf_sax_element *element, const char *uri_end, const char *name)
{
    for (size_t i = 0; i < element->n_attributes; i++) {
        if (strcmp(element->attributes[i].name, name) == 0 &&
            g_str_has_suffix(element->attributes[i].uri, uri_end))
            return element->attributes[i].value;
    }
    return NULL;
}

int hf_sax_number(const char *text)
{
    return (int)CLAMP(g_ascii_strtoll(text, NULL, 10), G_MININT, G_MAXINT);
}

bool hf_sax_is_true(const hf_sax_element *element, const char *name)
{
    const char *value = hf_sax_value(element, name);
    return value != NULL &&
           (strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0);
}

static void stop(hf_sax *sax)
{
    sax->stopped = true;
    xmlStopParser(sax->parser);
}

static void note(hf_sax *sax, hf_item_error reason, const char *what)
{
    if (sax->damage != NULL)
        return;
    sax->damage = g_strdup(what);
    sax->reason = reason;
}

/* A prefix that was never declared stays in the name; damaged files keep their meaning without it. */
static const char *local_name(const char *name, const char *uri)
{
    const char *colon = uri == NULL ? strchr(name, ':') : NULL;
    return colon != NULL ? colon + 1 : name;
}

/* libxml2 gives values as ranges of its buffer: they are copied once, so that handlers get strings. */
static void collect(hf_sax *sax, int n, const xmlChar **from)
{
    g_array_set_size(sax->attributes, 0);
    g_string_truncate(sax->values, 0);
    for (int i = 0; i < n; i++) {
        g_string_append_len(sax->values, (const char *)from[5 * i + 3],
                            from[5 * i + 4] - from[5 * i + 3]);
        g_string_append_c(sax->values, '\0');
    }
    const char *value = sax->values->str;
    for (int i = 0; i < n; i++) {
        const char *uri = (const char *)from[5 * i + 2];
        hf_sax_attribute attribute = {.name = local_name((const char *)from[5 * i], uri),
                                      .uri = uri != NULL ? uri : "",
                                      .value = value};
        g_array_append_val(sax->attributes, attribute);
        value += from[5 * i + 4] - from[5 * i + 3] + 1;
    }
}

static void on_start(void *data, const xmlChar *name, G_GNUC_UNUSED const xmlChar *prefix,
                     const xmlChar *uri, G_GNUC_UNUSED int n_namespaces,
                     G_GNUC_UNUSED const xmlChar **namespaces, int n, int n_defaulted,
                     const xmlChar **attributes)
{
    hf_sax *sax = data;
    if (sax->stopped)
        return;
    if (++sax->depth > sax->depth_limit) {
        note(sax, HF_ITEM_LIMIT, "elements are nested too deep");
        stop(sax);
        return;
    }
    if (sax->handler.start == NULL)
        return;
    /* Values that a DTD supplies are left out: a short file could make them long. */
    collect(sax, n - n_defaulted, attributes);
    hf_sax_element element = {.name = local_name((const char *)name, (const char *)uri),
                              .uri = uri != NULL ? (const char *)uri : "",
                              .n_attributes = sax->attributes->len,
                              .attributes =
                                  (const hf_sax_attribute *)(void *)sax->attributes->data};
    if (!sax->handler.start(sax->data, &element, &sax->error))
        stop(sax);
}

static void on_end(void *data, const xmlChar *name, G_GNUC_UNUSED const xmlChar *prefix,
                   const xmlChar *uri)
{
    hf_sax *sax = data;
    if (sax->stopped)
        return;
    if (sax->depth > 0)
        sax->depth--;
    if (sax->handler.end != NULL &&
        !sax->handler.end(sax->data, local_name((const char *)name, (const char *)uri),
                          uri != NULL ? (const char *)uri : "", &sax->error))
        stop(sax);
}

static void on_text(void *data, const xmlChar *text, int n)
{
    hf_sax *sax = data;
    if (!sax->stopped && sax->handler.text != NULL && n > 0 &&
        !sax->handler.text(sax->data, (const char *)text, (size_t)n, &sax->error))
        stop(sax);
}

static void on_comment(void *data, const xmlChar *text)
{
    hf_sax *sax = data;
    if (!sax->stopped && sax->handler.comment != NULL && text != NULL &&
        !sax->handler.comment(sax->data, (const char *)text, &sax->error))
        stop(sax);
}

static xmlEntityPtr on_entity(G_GNUC_UNUSED void *data, const xmlChar *name)
{
    return xmlGetPredefinedEntity(name);
}

static void on_reference(void *data, G_GNUC_UNUSED const xmlChar *name)
{
    note(data, HF_ITEM_UNSUPPORTED, "entities that the document defines are not expanded");
}

static bool is_about_entities(int code)
{
    return code == XML_ERR_UNDECLARED_ENTITY || code == XML_WAR_UNDECLARED_ENTITY ||
           code == XML_ERR_ENTITY_LOOP;
}

static bool is_about_encoding(int code)
{
    return code == XML_ERR_UNSUPPORTED_ENCODING || code == XML_ERR_UNKNOWN_ENCODING ||
           code == XML_ERR_INVALID_ENCODING || code == XML_I18N_CONV_FAILED ||
           code == XML_I18N_NO_HANDLER;
}

static void on_problem(void *data, xmlErrorPtr problem)
{
    hf_sax *sax = data;
    if (problem == NULL || sax->stopped)
        return;
    sax->bad_encoding |= is_about_encoding(problem->code);
    if (is_about_entities(problem->code)) {
        note(sax, HF_ITEM_UNSUPPORTED, "entities that the document defines are not expanded");
        return;
    }
    /* Names without a namespace and the like are no damage. */
    if (problem->level < XML_ERR_ERROR || problem->domain == XML_FROM_NAMESPACE)
        return;
    g_autofree char *what =
        g_strdup(problem->message != NULL ? problem->message : "not well-formed");
    g_autofree char *text = g_strdup_printf("line %d: %s", problem->line, g_strstrip(what));
    note(sax, HF_ITEM_DAMAGED, text);
}

hf_sax *hf_sax_new(const hf_sax_handler *handler, void *data, unsigned depth_limit,
                   const char *encoding)
{
    hf_sax *sax = g_new0(hf_sax, 1);
    sax->handler = *handler;
    sax->data = data;
    sax->depth_limit = depth_limit;
    sax->encoding = g_strdup(encoding);
    sax->attributes = g_array_new(FALSE, FALSE, sizeof(hf_sax_attribute));
    sax->values = g_string_new(NULL);
    sax->events = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .comment = on_comment,
        .getEntity = on_entity,
        .reference = on_reference,
        .serror = on_problem,
    };
    return sax;
}

void hf_sax_free(hf_sax *sax)
{
    if (sax == NULL)
        return;
    if (sax->parser != NULL) {
        /* libxml2 keeps the declarations of a DTD in a document of its own, though nobody asks for them. */
        xmlFreeDoc(sax->parser->myDoc);
        sax->parser->myDoc = NULL;
        xmlFreeParserCtxt(sax->parser);
    }
    g_array_unref(sax->attributes);
    g_string_free(sax->values, TRUE);
    g_clear_error(&sax->error);
    g_free(sax->encoding);
    g_free(sax->damage);
    g_free(sax);
}

static bool pass_error(hf_sax *sax, GError **error)
{
    if (sax->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&sax->error));
    return false;
}

static void begin(hf_sax *sax, const char *bytes, size_t n)
{
    /* The first four bytes are enough to tell the encoding family, and the rest follows as any other piece. */
    sax->parser = xmlCreatePushParserCtxt(&sax->events, sax, bytes, (int)n, NULL);
    g_assert(sax->parser != NULL);
    /* NOENT, because without it `&amp;` in an attribute stays a reference; on_entity knows no others to put in. */
    xmlCtxtUseOptions(sax->parser, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOENT |
                                       (sax->encoding != NULL ? XML_PARSE_IGNORE_ENC : 0));
    xmlCharEncodingHandlerPtr handler =
        sax->encoding != NULL ? xmlFindCharEncodingHandler(sax->encoding) : NULL;
    if (handler != NULL)
        xmlSwitchToEncoding(sax->parser, handler);
}

bool hf_sax_feed(hf_sax *sax, const void *bytes, size_t n, GError **error)
{
    enum { PIECE = 64 * 1024, MAGIC = 4 };
    const char *at = bytes;
    if (sax->parser == NULL && n > 0) {
        size_t first = MIN(n, MAGIC);
        begin(sax, at, first);
        at += first;
        n -= first;
    }
    while (n > 0 && !sax->stopped) {
        size_t piece = MIN(n, PIECE);
        xmlParseChunk(sax->parser, at, (int)piece, 0);
        at += piece;
        n -= piece;
        if (sax->parser->instate == XML_PARSER_EOF)
            sax->stopped = true;
    }
    return pass_error(sax, error);
}

bool hf_sax_finish(hf_sax *sax, GError **error)
{
    if (sax->parser == NULL)
        note(sax, HF_ITEM_TRUNCATED, "empty");
    else if (!sax->stopped)
        xmlParseChunk(sax->parser, NULL, 0, 1);
    return pass_error(sax, error);
}

const char *hf_sax_damage(hf_sax *sax, hf_item_error *reason)
{
    *reason = sax->reason;
    return sax->damage;
}

bool hf_sax_stopped(hf_sax *sax)
{
    return sax->stopped;
}

bool hf_sax_bad_encoding(hf_sax *sax)
{
    return sax->bad_encoding;
}

bool hf_sax_knows_encoding(const char *name)
{
    xmlCharEncodingHandlerPtr handler = xmlFindCharEncodingHandler(name);
    if (handler == NULL)
        return false;
    xmlCharEncCloseFunc(handler);
    return true;
}
