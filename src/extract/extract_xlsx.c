/* src/extract/extract_xlsx.c -- workbooks (ECMA-376 part 1, chapter 18). */
#include "extract/ooxml.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FORMATS = 100000, MAX_SHEETS = 100000 };
#define MAX_STRINGS ((size_t)256 << 20)

typedef struct {
    char *name;
    char *id; /* of the relationship */
    bool hidden;
} sheet;

typedef struct {
    hf_ooxml *o;
    GPtrArray *sheets;
    bool date1904;
    GString *strings; /* shared strings, one behind the other, each with its NUL */
    GArray *offsets;  /* uint32_t: where each begins */
    GByteArray *used; /* one byte a string: a cell shows it */
    bool strings_limited;
    GHashTable *formats;  /* number format id to code */
    GArray *cell_formats; /* uint32_t: number format id of each cellXfs */
    GHashTable *people;   /* id to name, of threaded comments */
    GString *text;        /* of the element that is open */
} workbook;

static bool is(const char *name, const char *with)
{
    return strcmp(name, with) == 0;
}

static void sheet_free(gpointer data)
{
    sheet *s = data;
    g_free(s->name);
    g_free(s->id);
    g_free(s);
}

static void clear_text(workbook *w)
{
    g_string_truncate(w->text, 0);
}

static bool parse(workbook *w, const char *from, const char *kind, const hf_sax_handler *handler,
                  void *data, GError **error)
{
    const GPtrArray *relations = hf_opc_relations(w->o->opc, from);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (relation->external || !is(relation->kind, kind) ||
            !hf_opc_has(w->o->opc, relation->target) ||
            !hf_ooxml_first_time(w->o, relation->target))
            continue;
        if (!hf_ooxml_parse(w->o, relation->target, handler, data, error))
            return false;
    }
    return true;
}

/* ---- workbook.xml ---- */

static bool workbook_start(void *data, const hf_sax_element *e, GError **error)
{
    workbook *w = data;
    if (is(e->name, "workbookPr")) {
        w->date1904 = hf_sax_is_true(e, "date1904");
    } else if (is(e->name, "sheet") && w->sheets->len < MAX_SHEETS) {
        const char *state = hf_sax_value(e, "state");
        sheet *s = g_new0(sheet, 1);
        s->name = g_strdup(hf_sax_value(e, "name"));
        s->id = g_strdup(hf_sax_value_in(e, "/relationships", "id"));
        s->hidden = state != NULL && !is(state, "visible");
        g_ptr_array_add(w->sheets, s);
    } else if (is(e->name, "definedName")) {
        clear_text(w);
        const char *name = hf_sax_value(e, "name");
        /* Names that Excel makes for print areas and filters say nothing. */
        if (name == NULL || g_str_has_prefix(name, "_xlnm"))
            return true;
        hf_ooxml_separate(w->o, HF_OOXML_LINE);
        if (!hf_ooxml_put(w->o, name, -1, error))
            return false;
        hf_ooxml_separate(w->o, HF_OOXML_TAB);
        g_string_append_c(w->text, '='); /* marks that what it refers to is wanted */
    }
    return true;
}

static bool workbook_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                         GError **error)
{
    workbook *w = data;
    bool wanted = is(name, "definedName") && w->text->len > 1;
    bool done = !wanted || hf_ooxml_put(w->o, w->text->str + 1, -1, error);
    clear_text(w);
    hf_ooxml_separate(w->o, HF_OOXML_LINE);
    return done;
}

static bool workbook_text(void *data, const char *text, size_t n, GError **error)
{
    workbook *w = data;
    return w->text->len == 0 || hf_ooxml_keep(w->o, w->text, text, n, error);
}

/* ---- shared strings ---- */

typedef struct {
    workbook *w;
    unsigned text; /* t elements open */
} strings_reader;

static bool strings_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    strings_reader *r = data;
    GString *strings = r->w->strings;
    if (is(e->name, "si")) {
        uint32_t at = (uint32_t)strings->len;
        g_array_append_val(r->w->offsets, at);
    } else if (is(e->name, "rPh") && strings->len > 0) {
        g_string_append_c(strings, ' '); /* how it is pronounced, beside how it is written */
    }
    r->text += is(e->name, "t");
    return true;
}

static bool strings_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                        G_GNUC_UNUSED GError **error)
{
    strings_reader *r = data;
    if (is(name, "t") && r->text > 0)
        r->text--;
    if (is(name, "si"))
        g_string_append_c(r->w->strings, '\0');
    return true;
}

static bool strings_text(void *data, const char *text, size_t n, GError **error)
{
    strings_reader *r = data;
    workbook *w = r->w;
    if (r->text == 0 || w->strings_limited)
        return true;
    if (w->strings->len + n > MAX_STRINGS) {
        w->strings_limited = true;
        return hf_extraction_problem(w->o->x, HF_ITEM_LIMIT, "text", error,
                                     "the workbook's strings are larger than the limit");
    }
    g_string_append_len(w->strings, text, (gssize)n);
    return true;
}

static const char *shared_string(workbook *w, const char *index)
{
    gint64 i = g_ascii_strtoll(index, NULL, 10);
    if (i < 0 || i >= (gint64)w->offsets->len)
        return "";
    if (w->used->len == w->offsets->len)
        w->used->data[i] = 1;
    uint32_t at = g_array_index(w->offsets, uint32_t, i);
    return at < w->strings->len ? w->strings->str + at : "";
}

static bool read_strings(workbook *w, const char *book, GError **error)
{
    static const hf_sax_handler handler = {
        .start = strings_start, .end = strings_end, .text = strings_text};
    strings_reader r = {.w = w};
    if (!parse(w, book, "sharedStrings", &handler, &r, error))
        return false;
    g_byte_array_set_size(w->used, w->offsets->len);
    if (w->used->len > 0)
        memset(w->used->data, 0, w->used->len);
    return true;
}

/* Strings that no cell shows any more: what was deleted, or stands in a sheet that was not read. */
static bool say_unused(workbook *w, GError **error)
{
    for (guint i = 0; i < w->used->len; i++) {
        uint32_t at = g_array_index(w->offsets, uint32_t, i);
        if (w->used->data[i] != 0 || at >= w->strings->len || w->strings->str[at] == '\0')
            continue;
        if (!hf_ooxml_flag(w->o, HF_FLAG_HIDDEN, error) ||
            !hf_ooxml_line(w->o, w->strings->str + at, error))
            return false;
    }
    return true;
}

/* ---- styles ---- */

typedef struct {
    workbook *w;
    bool in_cells;
} styles_reader;

static uint32_t unsigned_of(const hf_sax_element *e, const char *name)
{
    const char *value = hf_sax_value(e, name);
    return value != NULL ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

static bool styles_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    styles_reader *r = data;
    if (is(e->name, "cellXfs"))
        r->in_cells = true;
    if (is(e->name, "numFmt") && hf_sax_value(e, "formatCode") != NULL &&
        g_hash_table_size(r->w->formats) < MAX_FORMATS)
        g_hash_table_replace(r->w->formats, GUINT_TO_POINTER(unsigned_of(e, "numFmtId")),
                             g_strdup(hf_sax_value(e, "formatCode")));
    if (r->in_cells && is(e->name, "xf") && r->w->cell_formats->len < MAX_FORMATS) {
        uint32_t id = unsigned_of(e, "numFmtId");
        g_array_append_val(r->w->cell_formats, id);
    }
    return true;
}

static bool styles_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                       G_GNUC_UNUSED GError **error)
{
    styles_reader *r = data;
    if (is(name, "cellXfs"))
        r->in_cells = false;
    return true;
}

static const char *format_of(workbook *w, uint32_t style)
{
    if (style >= w->cell_formats->len)
        return NULL;
    uint32_t id = g_array_index(w->cell_formats, uint32_t, style);
    const char *code = g_hash_table_lookup(w->formats, GUINT_TO_POINTER(id));
    code = code != NULL ? code : hf_ooxml_format_builtin(id);
    return code != NULL && g_ascii_strcasecmp(code, "General") != 0 ? code : NULL;
}

/* ---- sheets ---- */

typedef enum { NOT_TEXT, VALUE, INLINE_STRING, HEADER, FORMULA, ALLOWED } capture;

typedef struct {
    workbook *w;
    const char *part;
    capture capture;
    bool in_cell, in_validation;
    char type[16];
    uint32_t style;
    GString *value;
    GString *shown;
    GString *
        formulas; /* of cells, one a line: said behind the cells, so that rows stay as they are shown */
} sheet_reader;

static bool put_cell(sheet_reader *r, GError **error)
{
    const char *value = r->value->str;
    const char *shown = value;
    g_string_truncate(r->shown, 0);
    if (is(r->type, "s")) {
        shown = shared_string(r->w, value);
    } else if (is(r->type, "b")) {
        shown = is(value, "1") || is(value, "true") ? "TRUE" : *value != '\0' ? "FALSE" : "";
    } else if (is(r->type, "") || is(r->type, "n")) {
        const char *code = format_of(r->w, r->style);
        char *end = NULL;
        double number = g_ascii_strtod(value, &end);
        if (end != value && *end == '\0') {
            hf_ooxml_format_number(number, code, r->w->date1904, r->shown);
            shown = r->shown->str;
        }
    }
    if (*shown == '\0')
        return true;
    hf_ooxml_begin_cell(r->w->o);
    r->w->o->cell_empty = false;
    return hf_ooxml_put(r->w->o, shown, -1, error);
}

/* "&L&"Arial,Bold"Page &P": what is left when the codes are taken out. */
static bool put_header(sheet_reader *r, GError **error)
{
    g_string_truncate(r->shown, 0);
    for (const char *p = r->value->str; *p != '\0'; p++) {
        if (*p != '&') {
            g_string_append_c(r->shown, *p);
            continue;
        }
        p++;
        if (*p == '\0')
            break;
        if (*p == '&') {
            g_string_append_c(r->shown, '&');
        } else if (*p == '"') {
            const char *close = strchr(p + 1, '"');
            p = close != NULL ? close : p;
        } else if (g_ascii_isdigit(*p)) {
            p += strspn(p, "0123456789") - 1;
        } else if (*p == 'K') {
            p += strspn(p + 1, "0123456789ABCDEFabcdef+-");
        } else if (strchr("LCRAFDPNTZG", *p) != NULL) {
            g_string_append_c(r->shown, ' ');
        }
    }
    return hf_ooxml_line(r->w->o, g_strstrip(r->shown->str), error);
}

static bool put_values(workbook *w, const hf_sax_element *e, const char *const *names,
                       GError **error)
{
    for (; *names != NULL; names++) {
        if (!hf_ooxml_line(w->o, hf_sax_value(e, *names), error))
            return false;
    }
    return true;
}

static bool begin_cell(sheet_reader *r, const hf_sax_element *e)
{
    const char *type = hf_sax_value(e, "t");
    r->in_cell = true;
    g_strlcpy(r->type, type != NULL ? type : "", sizeof r->type);
    r->style = unsigned_of(e, "s");
    g_string_truncate(r->value, 0);
    return true;
}

static bool is_header(const char *name)
{
    static const char *const names[] = {"oddHeader",   "oddFooter",   "evenHeader", "evenFooter",
                                        "firstHeader", "firstFooter", NULL};
    return g_strv_contains(names, name);
}

static bool sheet_aside(sheet_reader *r, const hf_sax_element *e, GError **error)
{
    static const char *const validation[] = {"promptTitle", "prompt", "errorTitle", "error", NULL};
    static const char *const link[] = {"display", "tooltip", NULL};
    static const char *const scenario[] = {"name", "comment", "user", NULL};
    if (is(e->name, "dataValidation")) {
        r->in_validation = true;
        return put_values(r->w, e, validation, error);
    }
    if (is(e->name, "hyperlink")) {
        hf_ooxml_separate(r->w->o, HF_OOXML_LINE);
        return put_values(r->w, e, link, error) &&
               hf_ooxml_link(r->w->o, r->part, hf_sax_value_in(e, "/relationships", "id"), error);
    }
    if (is(e->name, "scenario"))
        return put_values(r->w, e, scenario, error);
    return true;
}

static bool hides(const hf_sax_element *e)
{
    return ((is(e->name, "row") || is(e->name, "col")) && hf_sax_is_true(e, "hidden")) ||
           (is(e->name, "sheetFormatPr") && hf_sax_is_true(e, "zeroHeight"));
}

static bool sheet_start(void *data, const hf_sax_element *e, GError **error)
{
    sheet_reader *r = data;
    if (hides(e) && !hf_ooxml_flag(r->w->o, HF_FLAG_HIDDEN, error))
        return false;
    if (is(e->name, "c"))
        return begin_cell(r, e);
    if (is(e->name, "v")) {
        r->capture = VALUE;
    } else if (is(e->name, "t") && r->in_cell) {
        r->capture = INLINE_STRING;
    } else if (is(e->name, "rPh") && r->value->len > 0) {
        g_string_append_c(r->value, ' ');
    } else if (is(e->name, "row")) {
        hf_ooxml_begin_row(r->w->o);
    } else if (is(e->name, "f") && r->in_cell) {
        r->capture = FORMULA;
    } else if (is(e->name, "formula1") && r->in_validation) {
        r->capture = ALLOWED;
        g_string_truncate(r->value, 0);
    } else if (is_header(e->name)) {
        r->capture = HEADER;
        g_string_truncate(r->value, 0);
    } else if (!r->in_cell) {
        return sheet_aside(r, e, error);
    }
    return true;
}

/* A list of allowed values, written into the sheet: "Yes,No". */
static bool put_allowed(sheet_reader *r, GError **error)
{
    return *r->value->str != '"' || hf_ooxml_line(r->w->o, r->value->str, error);
}

static void end_formula(sheet_reader *r)
{
    if (r->formulas->len > 0 && r->formulas->str[r->formulas->len - 1] != '\n')
        g_string_append_c(r->formulas, '\n');
}

static bool sheet_end(void *data, const char *name, G_GNUC_UNUSED const char *uri, GError **error)
{
    sheet_reader *r = data;
    capture was = r->capture;
    r->capture = NOT_TEXT;
    if (is(name, "c")) {
        r->in_cell = false;
        return put_cell(r, error);
    }
    if (is(name, "row"))
        hf_ooxml_end_row(r->w->o);
    if (is(name, "dataValidation"))
        r->in_validation = false;
    if (was == HEADER)
        return put_header(r, error);
    if (was == FORMULA)
        end_formula(r);
    return was != ALLOWED || put_allowed(r, error);
}

static bool sheet_text(void *data, const char *text, size_t n, GError **error)
{
    sheet_reader *r = data;
    if (r->capture == NOT_TEXT)
        return true;
    return hf_ooxml_keep(r->w->o, r->capture == FORMULA ? r->formulas : r->value, text, n, error);
}

/* ---- comments ---- */

typedef struct {
    workbook *w;
    GPtrArray *authors;
    bool in_author, skip;
    unsigned text;
} comments_reader;

static bool say_author(workbook *w, const char *author, GError **error)
{
    hf_ooxml_separate(w->o, HF_OOXML_LINE);
    if (!hf_ooxml_flag(w->o, HF_FLAG_COMMENTS, error))
        return false;
    if (author == NULL || *author == '\0')
        return true;
    g_autofree char *shown = g_strdup_printf("%s: ", author);
    return hf_ooxml_put(w->o, shown, -1, error);
}

static bool comments_start(void *data, const hf_sax_element *e, GError **error)
{
    comments_reader *r = data;
    if (is(e->name, "author")) {
        r->in_author = true;
        clear_text(r->w);
    } else if (is(e->name, "comment")) {
        uint32_t id = unsigned_of(e, "authorId");
        const char *author = id < r->authors->len ? r->authors->pdata[id] : NULL;
        /* A threaded comment leaves its text here too, for programs that do not know it. */
        r->skip = author != NULL && g_str_has_prefix(author, "tc=");
        return r->skip || say_author(r->w, author, error);
    } else if (is(e->name, "threadedComment")) {
        const char *person = hf_sax_value(e, "personId");
        r->skip = false;
        return say_author(r->w, person != NULL ? g_hash_table_lookup(r->w->people, person) : NULL,
                          error);
    }
    bool threaded = is(e->name, "text") && strstr(e->uri, "threadedcomments") != NULL;
    r->text += is(e->name, "t") || threaded;
    return true;
}

static bool comments_end(void *data, const char *name, const char *uri,
                         G_GNUC_UNUSED GError **error)
{
    comments_reader *r = data;
    bool threaded = is(name, "text") && strstr(uri, "threadedcomments") != NULL;
    if (is(name, "author")) {
        r->in_author = false;
        g_ptr_array_add(r->authors, g_strdup(r->w->text->str));
        clear_text(r->w);
    } else if ((is(name, "t") || threaded) && r->text > 0) {
        r->text--;
    } else if (is(name, "comment") || is(name, "threadedComment")) {
        hf_ooxml_separate(r->w->o, HF_OOXML_LINE);
    }
    return true;
}

static bool comments_text(void *data, const char *text, size_t n, GError **error)
{
    comments_reader *r = data;
    if (r->in_author)
        return hf_ooxml_keep(r->w->o, r->w->text, text, n, error);
    return r->text == 0 || r->skip || hf_ooxml_put(r->w->o, text, (gssize)n, error);
}

static bool read_comments(workbook *w, const char *part, GError **error)
{
    static const hf_sax_handler handler = {
        .start = comments_start, .end = comments_end, .text = comments_text};
    static const char *const kinds[] = {"threadedComment", "comments"};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GPtrArray) authors = g_ptr_array_new_with_free_func(g_free);
        comments_reader r = {.w = w, .authors = authors};
        if (!parse(w, part, kinds[i], &handler, &r, error))
            return false;
    }
    return true;
}

/* ---- what says something in attributes ---- tables, caches, connections, links to other workbooks */

typedef struct {
    workbook *w;
    bool value;
} aside_reader;

static bool aside_start(void *data, const hf_sax_element *e, GError **error)
{
    static const struct {
        const char *element;
        const char *attributes[5];
    } wanted[] = {
        {"table", {"displayName", "comment"}},
        {"tableColumn", {"name"}},
        {"pivotTableDefinition", {"name"}},
        {"cacheField", {"name", "caption"}},
        {"s", {"v"}},
        {"sheetName", {"val"}},
        {"connection", {"name", "description", "odcFile", "sourceFile"}},
        {"dbPr", {"connection", "command"}},
        {"webPr", {"url"}},
        {"textPr", {"sourceFile"}},
        {"ddeLink", {"ddeService", "ddeTopic"}},
    };
    aside_reader *r = data;
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        if (is(e->name, wanted[i].element) && !put_values(r->w, e, wanted[i].attributes, error))
            return false;
    }
    r->value = is(e->name, "v");
    hf_ooxml_separate(r->w->o, HF_OOXML_SPACE);
    return true;
}

static bool aside_end(void *data, G_GNUC_UNUSED const char *name, G_GNUC_UNUSED const char *uri,
                      G_GNUC_UNUSED GError **error)
{
    aside_reader *r = data;
    r->value = false;
    return true;
}

static bool aside_text(void *data, const char *text, size_t n, GError **error)
{
    aside_reader *r = data;
    return !r->value || hf_ooxml_put(r->w->o, text, (gssize)n, error);
}

static bool read_asides(workbook *w, const char *from, const char *const *kinds, GError **error)
{
    static const hf_sax_handler handler = {
        .start = aside_start, .end = aside_end, .text = aside_text};
    aside_reader r = {.w = w};
    for (; *kinds != NULL; kinds++) {
        hf_ooxml_separate(w->o, HF_OOXML_LINE);
        if (!parse(w, from, *kinds, &handler, &r, error))
            return false;
        const GPtrArray *relations = hf_opc_relations(w->o->opc, from);
        for (guint i = 0; i < relations->len; i++) {
            const hf_opc_relation *relation = relations->pdata[i];
            if (!relation->external && is(relation->kind, *kinds) &&
                !hf_ooxml_links(w->o, relation->target, error))
                return false;
        }
    }
    return true;
}

/* ---- one sheet with all that belongs to it ---- */

static bool read_related(workbook *w, const char *part, GError **error)
{
    static const char *const drawings[] = {"drawing", "vmlDrawing", "chart"};
    static const char *const asides[] = {"table", "pivotTable", "queryTable", NULL};
    if (!read_comments(w, part, error) || !read_asides(w, part, asides, error))
        return false;
    const GPtrArray *relations = hf_opc_relations(w->o->opc, part);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        for (size_t k = 0; k < G_N_ELEMENTS(drawings); k++) {
            if (!relation->external && is(relation->kind, drawings[k]) &&
                hf_opc_has(w->o->opc, relation->target) &&
                !hf_ooxml_text(w->o, relation->target, error))
                return false;
        }
    }
    return hf_ooxml_links(w->o, part, error);
}

static bool read_cells(workbook *w, const char *part, GError **error)
{
    static const hf_sax_handler handler = {
        .start = sheet_start, .end = sheet_end, .text = sheet_text};
    g_autoptr(GString) value = g_string_new(NULL);
    g_autoptr(GString) shown = g_string_new(NULL);
    g_autoptr(GString) formulas = g_string_new(NULL);
    sheet_reader r = {.w = w, .part = part, .value = value, .shown = shown, .formulas = formulas};
    return !hf_ooxml_first_time(w->o, part) ||
           (hf_ooxml_parse(w->o, part, &handler, &r, error) &&
            hf_ooxml_line(w->o, g_strchomp(formulas->str), error) && read_related(w, part, error));
}

static bool read_sheet(workbook *w, const char *book, const sheet *s, GError **error)
{
    const hf_opc_relation *relation = hf_opc_relation_by_id(w->o->opc, book, s->id);
    if ((s->hidden && !hf_ooxml_flag(w->o, HF_FLAG_HIDDEN, error)) ||
        !hf_ooxml_line(w->o, s->name, error))
        return false;
    if (relation == NULL || relation->external || !hf_opc_has(w->o->opc, relation->target))
        return hf_extraction_problem(w->o->x, HF_ITEM_DAMAGED, "text", error,
                                     "the sheet \"%s\" is missing", s->name != NULL ? s->name : "");
    if (strstr(relation->kind, "acrosheet") != NULL && !hf_ooxml_flag(w->o, HF_FLAG_MACROS, error))
        return false;
    return read_cells(w, relation->target, error);
}

/* Sheets that the workbook does not list, or whose list is damaged. */
static bool read_unlisted(workbook *w, GError **error)
{
    for (size_t i = 0; i < hf_opc_count(w->o->opc); i++) {
        const char *part = hf_opc_name(w->o->opc, i);
        if (strstr(hf_opc_type(w->o->opc, part), "spreadsheetml.worksheet+xml") != NULL &&
            !read_cells(w, part, error))
            return false;
    }
    return true;
}

static bool person_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    workbook *w = data;
    const char *id = hf_sax_value(e, "id"), *name = hf_sax_value(e, "displayName");
    if (is(e->name, "person") && id != NULL && name != NULL)
        g_hash_table_replace(w->people, g_strdup(id), g_strdup(name));
    return true;
}

static bool read_shared(workbook *w, const char *book, GError **error)
{
    static const hf_sax_handler styles = {.start = styles_start, .end = styles_end};
    static const hf_sax_handler people = {.start = person_start};
    styles_reader r = {.w = w};
    return read_strings(w, book, error) && parse(w, book, "styles", &styles, &r, error) &&
           parse(w, book, "person", &people, w, error);
}

static bool read_sheets(workbook *w, const char *book, GError **error)
{
    static const char *const asides[] = {"externalLink", "connections", "pivotCacheDefinition",
                                         NULL};
    static const char *const records[] = {"pivotCacheRecords", NULL};
    for (guint i = 0; i < w->sheets->len; i++) {
        if (!read_sheet(w, book, w->sheets->pdata[i], error))
            return false;
    }
    if (!read_unlisted(w, error) || !read_asides(w, book, asides, error) || !say_unused(w, error))
        return false;
    const GPtrArray *relations = hf_opc_relations(w->o->opc, book);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (is(relation->kind, "pivotCacheDefinition") && !relation->external &&
            !read_asides(w, relation->target, records, error))
            return false;
    }
    return true;
}

static bool read_workbook(workbook *w, GError **error)
{
    static const hf_sax_handler handler = {
        .start = workbook_start, .end = workbook_end, .text = workbook_text};
    hf_ooxml *o = w->o;
    const char *book = hf_ooxml_main(o, "xl/workbook.xml");
    if (!hf_ooxml_properties(o, error))
        return false;
    if (book == NULL) {
        if (!hf_extraction_problem(o->x, HF_ITEM_DAMAGED, "text", error,
                                   "the part that lists the sheets is missing"))
            return false;
        book = "xl/workbook.xml";
    } else if (!hf_ooxml_parse(o, book, &handler, w, error)) {
        return false;
    }
    if (!hf_extraction_meta_int(o->x, HF_META_SHEETS, w->sheets->len, error))
        return false;
    return read_shared(w, book, error) && read_sheets(w, book, error) &&
           hf_ooxml_links(o, book, error) && hf_ooxml_children(o, error) &&
           hf_ooxml_finish(o, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    hf_ooxml o;
    workbook w = {.o = &o};
    w.sheets = g_ptr_array_new_with_free_func(sheet_free);
    w.strings = g_string_new(NULL);
    w.offsets = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w.used = g_byte_array_new();
    w.formats = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    w.cell_formats = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w.people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    w.text = g_string_new(NULL);
    bool done = hf_ooxml_open(&o, x, error) && read_workbook(&w, error);
    hf_ooxml_close(&o);
    g_ptr_array_unref(w.sheets);
    g_string_free(w.strings, TRUE);
    g_array_unref(w.offsets);
    g_byte_array_unref(w.used);
    g_hash_table_unref(w.formats);
    g_array_unref(w.cell_formats);
    g_hash_table_unref(w.people);
    g_string_free(w.text, TRUE);
    return done;
}

static const char *const types[] = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-excel.template.macroenabled.12",
    "application/vnd.ms-excel.addin.macroenabled.12",
    NULL,
};

const hf_extractor hf_extract_xlsx_format = {
    .name = "xlsx", .version = 1, .types = types, .extract = extract};
