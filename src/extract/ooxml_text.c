/* src/extract/ooxml_text.c -- text of WordprocessingML, DrawingML and VML.
 *
 * One reader for all of them: they occur inside each other (a table in a text box in a chart in a document), and their
 * local names do not clash where it matters. */
#include "extract/ooxml.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PACKAGES = 4, MAX_ALTERNATIVES = 64, MAX_LINKS = 64, MAX_CHANGES = 64 };
#define MAX_CHUNK ((size_t)64 << 20)

/* What a tracked change did to text; text inside of two may be both. */
enum { INSERTED = 1, DELETED = 2 };

typedef struct {
    hf_ooxml *o;
    const char *part; /* NULL: no part */
    unsigned skip;    /* elements open inside one that is left out */
    unsigned text;    /* elements open whose characters are text */
    unsigned markup;  /* VML text boxes open: any characters are text */
    unsigned box;     /* Word's text box contents open */
    unsigned instruction_open;
    unsigned properties; /* pPr open */
    unsigned run_properties;
    unsigned slide_number;
    bool word_paragraph;
    bool hidden_run;
    char *style;
    int number, level;
    GString *instruction;
    GString *label;
    GString *value; /* of a chart's point */
    bool in_value;
    unsigned alternatives; /* open */
    bool taken[MAX_ALTERNATIVES];
    uint64_t before[MAX_ALTERNATIVES]; /* text written when the Choice began */
    unsigned links;                    /* open */
    char *link[MAX_LINKS];
    unsigned changes; /* tracked changes open */
    uint8_t change[MAX_CHANGES];
    unsigned last_fate; /* of the last text: INSERTED | DELETED */
    bool last_in_word;  /* it ended with a character of a word */
    uint64_t last_end;  /* text written when it ended */
} reader;

static bool is(const char *name, const char *with)
{
    return strcmp(name, with) == 0;
}

static bool is_word(const char *uri)
{
    return strstr(uri, "wordprocessingml") != NULL || g_str_has_suffix(uri, "/wordml");
}

static bool is_no(const char *value)
{
    return value != NULL && (is(value, "0") || is(value, "false") || is(value, "off"));
}

/* ---- fields ---- */

/* An instruction's arguments that are words: addresses, file names, prompts, texts; not those of format switches. */
static bool put_instruction(reader *r, GError **error)
{
    static const char *const wordless[] = {"TOC",          "TOA",      "INDEX", "SEQ",
                                           "BIBLIOGRAPHY", "CITATION", NULL};
    const char *p = r->instruction->str;
    bool format = false, first = true, link = false;
    while (*p != '\0') {
        while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
            p++;
        if (*p == '\0')
            break;
        bool quoted = *p == '"';
        p += quoted;
        size_t n = strcspn(p, quoted ? "\"" : " \t\r\n");
        bool is_switch = !quoted && *p == '\\';
        bool say = !first && !is_switch && !format && (quoted || link);
        format = is_switch && n >= 2 && strchr("*@#", p[1]) != NULL;
        g_autofree char *name = first ? g_ascii_strup(p, (gssize)n) : NULL;
        if (first && g_strv_contains(wordless, name))
            break;
        if (first)
            link = is(name, "HYPERLINK");
        if (say && n > 0) {
            g_autofree char *argument = g_strdup_printf(link ? "<%.*s>" : "%.*s", (int)n, p);
            hf_ooxml_separate(r->o, HF_OOXML_SPACE);
            if (!hf_ooxml_put(r->o, argument, -1, error))
                return false;
            hf_ooxml_separate(r->o, HF_OOXML_SPACE);
        }
        first = false;
        p += n + (quoted && p[n] == '"');
    }
    g_string_truncate(r->instruction, 0);
    return true;
}

/* ---- paragraphs ---- */

static void begin_paragraph(reader *r, const char *uri)
{
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    r->word_paragraph = is_word(uri);
    r->hidden_run = false;
    g_clear_pointer(&r->style, g_free);
    r->number = r->level = -1;
}

static bool put_label(reader *r, GError **error)
{
    if (r->o->numbering == NULL || !r->word_paragraph)
        return true;
    g_string_truncate(r->label, 0);
    hf_ooxml_numbering_count(r->o->numbering, r->style, r->number, r->level, r->label);
    if (r->label->len == 0)
        return true;
    g_string_append_c(r->label, ' ');
    return hf_ooxml_put(r->o, r->label->str, -1, error);
}

static bool paragraph_property(reader *r, const hf_sax_element *e, GError **error)
{
    const char *value = hf_sax_value(e, "val");
    if (value == NULL)
        return true;
    if (is(e->name, "pStyle")) {
        g_free(r->style);
        r->style = g_strdup(value);
    } else if (is(e->name, "numId")) {
        r->number = hf_sax_number(value);
    } else if (is(e->name, "ilvl")) {
        r->level = hf_sax_number(value);
    } else if (is(e->name, "t") && strstr(e->uri, "word/2003") != NULL) {
        /* Word 2003 writes the number that it shows. */
        if (!hf_ooxml_put(r->o, value, -1, error))
            return false;
        hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    }
    return true;
}

/* ---- tracked changes ----
 *
 * Text says what was deleted as well as what was inserted, each at its place. Plain and inserted text together are the
 * version with the changes accepted, plain and deleted text the one with them rejected: at a border of plain text nothing
 * is added, so that a word of which some letters were inserted or deleted stays one word. Deleted and inserted text never
 * stood side by side in any version: where a word would run on from one to the other, a space stands between ("old" and
 * "new", not "oldnew"; "runs ning" rather than "runsning", for at least one version is then found). What one author
 * inserted and another deleted did stand beside what is still there, and stays together with it. */

static unsigned fate_of_change(const char *name)
{
    if (is(name, "ins") || is(name, "moveTo"))
        return INSERTED;
    return is(name, "del") || is(name, "moveFrom") ? DELETED : 0;
}

static unsigned fate_of_annotation(const hf_sax_element *e)
{
    const char *type = hf_sax_value_in(e, "/wordml", "type");
    type = type != NULL ? type : hf_sax_value(e, "type");
    if (type == NULL)
        return 0;
    if (g_str_has_prefix(type, "Word.Insertion"))
        return INSERTED;
    return g_str_has_prefix(type, "Word.Deletion") ? DELETED : 0;
}

static void begin_change(reader *r, unsigned fate)
{
    if (r->changes < MAX_CHANGES)
        r->change[r->changes] = (uint8_t)fate;
    r->changes++;
}

static void end_change(reader *r)
{
    if (r->changes > 0)
        r->changes--;
}

static unsigned fate_now(const reader *r)
{
    unsigned fate = 0;
    for (unsigned i = 0; i < MIN(r->changes, MAX_CHANGES); i++)
        fate |= r->change[i];
    return fate;
}

static bool is_of_word(gunichar c)
{
    bool bad = c == (gunichar)-1 || c == (gunichar)-2;
    return !bad && (g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_');
}

static bool never_met(unsigned fate, unsigned other)
{
    return (fate == DELETED && (other & INSERTED) != 0) ||
           (other == DELETED && (fate & INSERTED) != 0);
}

/* Called before text is said. */
static void part_fates(reader *r, unsigned fate, const char *text, size_t n)
{
    if (r->last_in_word && r->last_end == r->o->written && never_met(r->last_fate, fate) &&
        is_of_word(g_utf8_get_char_validated(text, (gssize)n)))
        hf_ooxml_separate(r->o, HF_OOXML_SPACE);
}

static void note_fate(reader *r, unsigned fate, const char *text, size_t n)
{
    const char *last = g_utf8_find_prev_char(text, text + n);
    r->last_fate = fate;
    r->last_end = r->o->written;
    r->last_in_word = last != NULL && is_of_word(g_utf8_get_char_validated(last, text + n - last));
}

/* ---- what stands in attributes ---- */

static bool put_apart(reader *r, const char *value, GError **error)
{
    if (value == NULL || *value == '\0')
        return true;
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    if (!hf_ooxml_put(r->o, value, -1, error))
        return false;
    hf_ooxml_separate(r->o, HF_OOXML_SPACE);
    return true;
}

static bool put_picture(reader *r, const hf_sax_element *e, GError **error)
{
    if (hf_sax_is_true(e, "hidden") && !hf_ooxml_flag(r->o, HF_FLAG_HIDDEN, error))
        return false;
    const char *description = hf_sax_value(e, "descr"), *title = hf_sax_value(e, "title");
    /* The inner element of a picture repeats the outer one's. */
    if (is(e->name, "cNvPr") && strstr(e->uri, "/picture") != NULL)
        description = title = NULL;
    const char *name = hf_sax_value(e, "name");
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    bool is_file = dot != NULL && dot[1] != '\0' && strlen(dot) <= 5;
    return put_apart(r, title, error) && put_apart(r, description, error) &&
           (!is_file || put_apart(r, name, error));
}

static bool put_symbol(reader *r, const hf_sax_element *e, GError **error)
{
    enum { PRIVATE = 0xF000, PRIVATE_END = 0xF100 };
    const char *code = hf_sax_value(e, "char");
    gunichar character = code != NULL ? (gunichar)strtoul(code, NULL, 16) : 0;
    if (character >= PRIVATE && character < PRIVATE_END)
        character -= PRIVATE;
    if (character < 0x20 || !g_unichar_validate(character))
        return true;
    char bytes[6];
    return hf_ooxml_put(r->o, bytes, g_unichar_to_utf8(character, bytes), error);
}

static bool put_author(reader *r, const hf_sax_element *e, GError **error)
{
    const char *author = hf_sax_value(e, "author"), *id = hf_sax_value(e, "authorId");
    if (author == NULL && id != NULL && r->o->authors != NULL)
        author = g_hash_table_lookup(r->o->authors, id);
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    if (!hf_ooxml_flag(r->o, HF_FLAG_COMMENTS, error))
        return false;
    if (author == NULL || *author == '\0')
        return true;
    g_autofree char *shown = g_strdup_printf("%s: ", author);
    bool done = hf_ooxml_put(r->o, shown, -1, error);
    r->o->cell_empty = true; /* the comment's first paragraph follows on the same line */
    return done;
}

/* ---- chunks of other formats inside a document ---- */

static bool read_inner_package(reader *r, GBytes *bytes, GError **error)
{
    if (r->o->packages >= MAX_PACKAGES)
        return hf_extraction_problem(r->o->x, HF_ITEM_LIMIT, "text", error,
                                     "documents are nested too deep inside each other");
    hf_opc *outer = r->o->opc;
    g_autoptr(GError) local = NULL;
    hf_opc *inner = hf_opc_open_bytes(r->o->x, bytes, &local);
    if (inner == NULL)
        return hf_extraction_problem(r->o->x, HF_ITEM_DAMAGED, "text", error, "%s", local->message);
    GHashTable *read = r->o->read;
    hf_ooxml_numbering *numbering = g_steal_pointer(&r->o->numbering);
    r->o->read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r->o->opc = inner;
    r->o->packages++;
    const char *main_part = hf_ooxml_main(r->o, "word/document.xml");
    bool done = main_part == NULL || hf_ooxml_text(r->o, main_part, error);
    done = done && hf_ooxml_children(r->o, error);
    r->o->packages--;
    r->o->opc = outer;
    hf_opc_free(inner);
    g_hash_table_unref(r->o->read);
    r->o->read = read;
    hf_ooxml_numbering_free(r->o->numbering);
    r->o->numbering = numbering;
    return done;
}

static bool put_page(reader *r, const char *bytes, size_t n, GError **error)
{
    size_t utf8_n = 0;
    g_autofree char *utf8 = hf_charset_decode(bytes, n, NULL, NULL, &utf8_n, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    hf_html_to_text(utf8, utf8_n, text, NULL);
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    return hf_ooxml_put(r->o, text->str, (gssize)text->len, error);
}

static bool put_plain(reader *r, const char *bytes, size_t n, GError **error)
{
    size_t utf8_n = 0;
    g_autofree char *utf8 = hf_charset_decode(bytes, n, NULL, NULL, &utf8_n, NULL);
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    return hf_ooxml_put(r->o, utf8, (gssize)utf8_n, error);
}

/* A chunk in a format that is not read here (RTF, MHTML) stays a child. */
static bool read_chunk(reader *r, const char *part, GError **error)
{
    const char *type = hf_opc_type(r->o->opc, part), *damage = NULL;
    bool html = strstr(type, "html") != NULL, plain = is(type, "text/plain");
    bool package = strstr(type, "openxmlformats") != NULL || strstr(type, "ms-word") != NULL ||
                   is(type, "application/xml");
    if ((!html && !plain && !package) || is(type, "message/rfc822") ||
        !hf_opc_has(r->o->opc, part) || !hf_ooxml_first_time(r->o, part))
        return true;
    hf_item_error reason = HF_ITEM_DAMAGED;
    g_autoptr(GBytes) bytes = hf_opc_bytes(r->o->opc, part, MAX_CHUNK, &damage, &reason);
    size_t n = 0;
    const char *all = g_bytes_get_data(bytes, &n);
    all = all != NULL ? all : "";
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    bool done = html    ? put_page(r, all, n, error)
                : plain ? put_plain(r, all, n, error)
                        : read_inner_package(r, bytes, error);
    hf_ooxml_separate(r->o, HF_OOXML_LINE);
    return done && (damage == NULL ||
                    hf_extraction_problem(r->o->x, reason, "text", error, "%s: %s", part, damage));
}

static bool put_chunk(reader *r, const hf_sax_element *e, GError **error)
{
    if (r->part == NULL)
        return true;
    const hf_opc_relation *relation =
        hf_opc_relation_by_id(r->o->opc, r->part, hf_sax_value(e, "id"));
    return relation == NULL || relation->external || read_chunk(r, relation->target, error);
}

/* ---- alternatives (ECMA-376 part 3) ---- The first Choice is taken; Fallback only where no Choice gave text, so that
 * nothing is said twice. */

static void begin_alternatives(reader *r)
{
    if (r->alternatives < MAX_ALTERNATIVES)
        r->taken[r->alternatives] = false;
    r->alternatives++;
}

static bool *innermost(reader *r)
{
    return r->alternatives > 0 && r->alternatives <= MAX_ALTERNATIVES
               ? &r->taken[r->alternatives - 1]
               : NULL;
}

static void begin_alternative(reader *r)
{
    const bool *taken = innermost(r);
    if (taken != NULL && *taken)
        r->skip = 1;
    else if (taken != NULL)
        r->before[r->alternatives - 1] = r->o->written;
}

static void end_choice(reader *r)
{
    bool *taken = innermost(r);
    if (taken != NULL && r->o->written > r->before[r->alternatives - 1])
        *taken = true;
}

/* ---- elements ---- */

typedef enum {
    E_NONE,
    E_ALTERNATIVES,
    E_ALTERNATIVE,
    E_ANNOTATION,
    E_BREAK,
    E_CELL,
    E_CHANGE,
    E_CHUNK,
    E_COMMENT,
    E_DATA_POINT,
    E_FIELD,
    E_FIELD_CHARACTER,
    E_HYPHEN,
    E_IMAGE_DATA,
    E_INSTRUCTION,
    E_LINE,
    E_LINK,
    E_LIST_ENTRY,
    E_OLD_LINK,
    E_PARAGRAPH,
    E_PARAGRAPH_PROPERTIES,
    E_PICTURE,
    E_RUBY,
    E_ROW,
    E_RUN,
    E_SHAPE,
    E_SIMPLE_FIELD,
    E_SKIP,
    E_SLIDE,
    E_SYMBOL,
    E_TAB,
    E_TEXT,
    E_TEXT_BOX,
    E_TEXT_PATH,
    E_VALUE,
    E_VANISH,
    E_WORD_BOX,
} kind;

typedef struct {
    const char *name;
    kind kind;
} element;

/* Sorted by name. */
static const element kinds[] = {
    {"AlternateContent", E_ALTERNATIVES},
    {"Choice", E_ALTERNATIVE},
    {"Fallback", E_ALTERNATIVE},
    {"altChunk", E_CHUNK},
    {"annotation", E_ANNOTATION},
    {"br", E_BREAK},
    {"cNvPr", E_PICTURE},
    {"cellDel", E_CHANGE},
    {"cellIns", E_CHANGE},
    {"cellMerge", E_CHANGE},
    {"cm", E_COMMENT},
    {"comment", E_COMMENT},
    {"cr", E_BREAK},
    {"del", E_CHANGE},
    {"delInstrText", E_INSTRUCTION},
    {"delText", E_TEXT},
    {"docPr", E_PICTURE},
    {"endnote", E_LINE},
    {"fld", E_FIELD},
    {"fldChar", E_FIELD_CHARACTER},
    {"fldSimple", E_SIMPLE_FIELD},
    {"footnote", E_LINE},
    {"ftr", E_LINE},
    {"hdr", E_LINE},
    {"helpText", E_LIST_ENTRY},
    {"hlink", E_OLD_LINK},
    {"hyperlink", E_LINK},
    {"imagedata", E_IMAGE_DATA},
    {"ins", E_CHANGE},
    {"instrText", E_INSTRUCTION},
    {"listEntry", E_LIST_ENTRY},
    {"moveFrom", E_CHANGE},
    {"moveTo", E_CHANGE},
    {"noBreakHyphen", E_HYPHEN},
    {"numberingChange", E_SKIP},
    {"p", E_PARAGRAPH},
    {"pPr", E_PARAGRAPH_PROPERTIES},
    {"pPrChange", E_SKIP},
    {"pt", E_DATA_POINT},
    {"ptab", E_TAB},
    {"r", E_RUN},
    {"rPrChange", E_SKIP},
    {"reply", E_COMMENT},
    {"rubyBase", E_RUBY},
    {"sectPrChange", E_SKIP},
    {"shape", E_SHAPE},
    {"sld", E_SLIDE},
    {"statusText", E_LIST_ENTRY},
    {"sym", E_SYMBOL},
    {"t", E_TEXT},
    {"tab", E_TAB},
    {"tblGridChange", E_SKIP},
    {"tblPrChange", E_SKIP},
    {"tblPrExChange", E_SKIP},
    {"tc", E_CELL},
    {"tcPrChange", E_SKIP},
    {"text", E_TEXT},
    {"textbox", E_TEXT_BOX},
    {"textpath", E_TEXT_PATH},
    {"tr", E_ROW},
    {"trPrChange", E_SKIP},
    {"txbxContent", E_WORD_BOX},
    {"v", E_VALUE},
    {"vanish", E_VANISH},
};

static int compare_kind(const void *name, const void *with)
{
    return strcmp(name, ((const element *)with)->name);
}

static kind kind_of(const char *name, const char *uri)
{
    const element *found = bsearch(name, kinds, G_N_ELEMENTS(kinds), sizeof *kinds, compare_kind);
    kind k = found != NULL ? found->kind : E_NONE;
    switch (k) {
    case E_TEXT: /* a diagram's t holds paragraphs; text is a presentation's comment */
        if (g_str_has_suffix(uri, "/diagram") ||
            (is(name, "text") && strstr(uri, "presentationml") == NULL))
            return E_NONE;
        return k;
    case E_VALUE:
        return strstr(uri, "/chart") != NULL ? k : E_NONE;
    case E_DATA_POINT:
        return strstr(uri, "/chartex") != NULL ? E_VALUE : E_NONE;
    case E_COMMENT: /* p188:cm and p188:reply, not the cm of mathematics */
        return is(name, "comment") || strstr(uri, "powerpoint") != NULL ||
                       strstr(uri, "presentationml") != NULL
                   ? k
                   : E_NONE;
    case E_CHANGE:
    case E_RUBY:
    case E_VANISH:
    case E_LINK:
        return is_word(uri) ? k : E_NONE;
    case E_SHAPE:
    case E_TEXT_BOX:
        return strstr(uri, "vml") != NULL ? k : E_NONE;
    default:
        return k;
    }
}

static bool annotation(reader *r, const hf_sax_element *e, GError **error)
{
    const char *type = hf_sax_value_in(e, "/wordml", "type");
    type = type != NULL ? type : hf_sax_value(e, "type");
    if (type == NULL)
        return true;
    if (is(type, "Word.Comment"))
        return put_author(r, e, error);
    if (g_str_has_prefix(type, "Word.Insertion") || g_str_has_prefix(type, "Word.Deletion"))
        return hf_ooxml_flag(r->o, HF_FLAG_TRACKED_CHANGES, error);
    return true;
}

static void begin_link(reader *r, const char *id)
{
    if (r->links < MAX_LINKS)
        r->link[r->links] = g_strdup(id);
    r->links++;
}

static bool end_link(reader *r, GError **error)
{
    if (r->links == 0 || --r->links >= MAX_LINKS)
        return true;
    g_autofree char *id = g_steal_pointer(&r->link[r->links]);
    return id == NULL || r->part == NULL || hf_ooxml_link(r->o, r->part, id, error);
}

static bool begin_inline(reader *r, kind k, const hf_sax_element *e, GError **error)
{
    switch (k) {
    case E_BREAK:
        return hf_ooxml_put(r->o, "\n", 1, error);
    case E_TAB:
        return r->properties > 0 || hf_ooxml_put(r->o, "\t", 1, error);
    case E_HYPHEN:
        return hf_ooxml_put(r->o, "-", 1, error);
    case E_SYMBOL:
        return put_symbol(r, e, error);
    case E_PICTURE:
        return put_picture(r, e, error);
    case E_SHAPE:
        return put_apart(r, hf_sax_value(e, "alt"), error);
    case E_IMAGE_DATA:
        return put_apart(r, hf_sax_value(e, "title"), error);
    case E_TEXT_PATH:
        return put_apart(r, hf_sax_value(e, "string"), error);
    case E_LIST_ENTRY:
        return put_apart(r, hf_sax_value(e, "val"), error);
    case E_OLD_LINK:
        return put_apart(r, hf_sax_value(e, "dest"), error);
    case E_CHANGE:
        return hf_ooxml_flag(r->o, HF_FLAG_TRACKED_CHANGES, error);
    case E_COMMENT:
        return put_author(r, e, error);
    case E_ANNOTATION:
        return annotation(r, e, error);
    case E_CHUNK:
        return put_chunk(r, e, error);
    case E_FIELD_CHARACTER:
        /* Whichever of begin, separate and end it is: what was collected so far is complete. */
        return put_instruction(r, error);
    case E_SIMPLE_FIELD: {
        const char *instruction = hf_sax_value(e, "instr");
        g_string_assign(r->instruction, instruction != NULL ? instruction : "");
        return put_instruction(r, error);
    }
    case E_SLIDE:
        return !is_no(hf_sax_value(e, "show")) || hf_ooxml_flag(r->o, HF_FLAG_HIDDEN, error);
    default:
        return true;
    }
}

static void begin_structure(reader *r, kind k, const hf_sax_element *e)
{
    const char *type = NULL;
    switch (k) {
    case E_PARAGRAPH:
        begin_paragraph(r, e->uri);
        break;
    case E_PARAGRAPH_PROPERTIES:
        r->properties++;
        break;
    case E_RUN:
        r->hidden_run = false;
        break;
    case E_VANISH:
        r->hidden_run = r->properties == 0 && !is_no(hf_sax_value(e, "val"));
        break;
    case E_LINE:
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_ROW:
        hf_ooxml_begin_row(r->o);
        break;
    case E_CELL:
        hf_ooxml_begin_cell(r->o);
        break;
    case E_RUBY:
        hf_ooxml_separate(r->o, HF_OOXML_SPACE);
        break;
    case E_LINK:
        begin_link(r, hf_sax_value(e, "id"));
        break;
    case E_CHANGE:
        begin_change(r, fate_of_change(e->name));
        break;
    case E_ANNOTATION:
        begin_change(r, fate_of_annotation(e));
        break;
    case E_FIELD:
        type = hf_sax_value(e, "type");
        r->slide_number += type != NULL && is(type, "slidenum");
        break;
    case E_WORD_BOX:
        r->box++;
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_TEXT_BOX:
        r->markup++;
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_VALUE:
        hf_ooxml_separate(r->o, HF_OOXML_TAB);
        r->in_value = true;
        r->text++;
        break;
    case E_TEXT:
        r->text++;
        break;
    case E_INSTRUCTION:
        r->instruction_open++;
        break;
    default:
        break;
    }
}

static bool on_start(void *data, const hf_sax_element *e, GError **error)
{
    reader *r = data;
    if (r->skip > 0) {
        r->skip++;
        return true;
    }
    kind k = kind_of(e->name, e->uri);
    if (r->properties > 0 && k != E_PARAGRAPH_PROPERTIES && k != E_SKIP && k != E_CHANGE) {
        if (k == E_TEXT)
            r->text++; /* its end takes it back */
        if (k == E_LINE)
            r->properties = 0; /* Word 2003 puts headers into the section's properties */
        else if (k == E_TEXT || k == E_NONE)
            return paragraph_property(r, e, error);
    }
    if (k == E_SKIP) {
        r->skip = 1;
        return hf_ooxml_flag(r->o, HF_FLAG_TRACKED_CHANGES, error);
    }
    if (k == E_ALTERNATIVES)
        begin_alternatives(r);
    else if (k == E_ALTERNATIVE)
        begin_alternative(r);
    begin_structure(r, k, e);
    return begin_inline(r, k, e, error);
}

/* A point is written with all its digits; shown is 4.4, not 4.4000000000000004. */
static bool put_value(reader *r, GError **error)
{
    enum { EXACT_DIGITS = 15 };
    r->in_value = false;
    char *end = NULL;
    double number = g_ascii_strtod(r->value->str, &end);
    if (r->value->len > EXACT_DIGITS && *end == '\0') {
        g_string_truncate(r->value, 0);
        hf_ooxml_format_number(number, NULL, false, r->value);
    }
    bool done = hf_ooxml_put(r->o, r->value->str, (gssize)r->value->len, error);
    g_string_truncate(r->value, 0);
    hf_ooxml_separate(r->o, HF_OOXML_TAB);
    return done;
}

static void decrease(unsigned *count)
{
    if (*count > 0)
        (*count)--;
}

static bool on_end(void *data, const char *name, const char *uri, GError **error)
{
    reader *r = data;
    if (r->skip > 0 && --r->skip > 0)
        return true;
    switch (kind_of(name, uri)) {
    case E_ALTERNATIVES:
        decrease(&r->alternatives);
        break;
    case E_ALTERNATIVE:
        if (is(name, "Choice"))
            end_choice(r);
        break;
    case E_PARAGRAPH:
        r->o->cell_empty = false;
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_PARAGRAPH_PROPERTIES:
        decrease(&r->properties);
        return r->properties > 0 || put_label(r, error);
    case E_COMMENT:
    case E_LINE:
        r->o->cell_empty = false;
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_ROW:
        hf_ooxml_end_row(r->o);
        break;
    case E_CELL:
        r->o->cell_empty = false;
        r->o->row_empty = false;
        break;
    case E_LINK:
        return end_link(r, error);
    case E_CHANGE:
    case E_ANNOTATION:
        end_change(r);
        break;
    case E_FIELD:
        decrease(&r->slide_number);
        break;
    case E_WORD_BOX:
        decrease(&r->box);
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_TEXT_BOX:
        decrease(&r->markup);
        hf_ooxml_separate(r->o, HF_OOXML_LINE);
        break;
    case E_VALUE:
        decrease(&r->text);
        return put_value(r, error);
    case E_TEXT:
        decrease(&r->text);
        break;
    case E_INSTRUCTION:
        decrease(&r->instruction_open);
        break;
    default:
        break;
    }
    return true;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isspace(text[i]))
            return false;
    }
    return true;
}

static bool on_text(void *data, const char *text, size_t n, GError **error)
{
    reader *r = data;
    if (r->skip > 0 || r->slide_number > 0)
        return true;
    if (r->instruction_open > 0)
        return hf_ooxml_keep(r->o, r->instruction, text, n, error);
    if (r->in_value)
        return hf_ooxml_keep(r->o, r->value, text, n, error);
    if (r->text == 0 && (r->markup <= r->box || is_blank(text, n)))
        return true;
    if (r->hidden_run && !hf_ooxml_flag(r->o, HF_FLAG_HIDDEN, error))
        return false;
    unsigned fate = fate_now(r);
    part_fates(r, fate, text, n);
    bool done = hf_ooxml_put(r->o, text, (gssize)n, error);
    note_fate(r, fate, text, n);
    return done;
}

/* ---- parts that belong to a part ---- */

static void reader_clear(reader *r)
{
    for (unsigned i = 0; i < MIN(r->links, MAX_LINKS); i++)
        g_free(r->link[i]);
    g_free(r->style);
    g_string_free(r->instruction, TRUE);
    g_string_free(r->label, TRUE);
    g_string_free(r->value, TRUE);
}

static reader reader_for(hf_ooxml *o, const char *part)
{
    return (reader){.o = o,
                    .part = part,
                    .number = -1,
                    .level = -1,
                    .instruction = g_string_new(NULL),
                    .label = g_string_new(NULL),
                    .value = g_string_new(NULL)};
}

static const hf_sax_handler text_handler = {.start = on_start, .end = on_end, .text = on_text};

static bool any_text(void *data, const char *text, size_t n, GError **error)
{
    if (is_blank(text, n))
        return true;
    return hf_ooxml_put(data, text, (gssize)n, error);
}

static bool any_start(void *data, G_GNUC_UNUSED const hf_sax_element *e,
                      G_GNUC_UNUSED GError **error)
{
    hf_ooxml_separate(data, HF_OOXML_LINE);
    return true;
}

/* What a document carries as XML data of its own: any characters are text. */
static bool read_data(hf_ooxml *o, const char *part, GError **error)
{
    static const hf_sax_handler handler = {.start = any_start, .text = any_text};
    return !hf_ooxml_first_time(o, part) || hf_ooxml_parse(o, part, &handler, o, error);
}

/* Kinds of relationships whose parts have text, in the order in which they are read. */
static const char *const text_kinds[] = {
    "header",           "footer", "footnotes", "endnotes",        "comments",    "notesSlide",
    "drawing",          "chart",  "chartEx",   "chartUserShapes", "diagramData", "vmlDrawing",
    "glossaryDocument",
};

static bool read_related(hf_ooxml *o, const char *part, const char *wanted, GError **error)
{
    const GPtrArray *relations = hf_opc_relations(o->opc, part);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (relation->external || !is(relation->kind, wanted) ||
            !hf_opc_has(o->opc, relation->target))
            continue;
        bool done = is(wanted, "customXml") ? read_data(o, relation->target, error)
                                            : hf_ooxml_text(o, relation->target, error);
        if (!done)
            return false;
    }
    return true;
}

static bool read_chunks(reader *r, GError **error)
{
    const GPtrArray *relations = hf_opc_relations(r->o->opc, r->part);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (!relation->external && is(relation->kind, "aFChunk") &&
            !read_chunk(r, relation->target, error))
            return false;
    }
    return true;
}

bool hf_ooxml_text(hf_ooxml *o, const char *part, GError **error)
{
    if (!hf_ooxml_first_time(o, part))
        return true;
    /* A document brings its own lists; its notes and headers use them. */
    bool own = hf_opc_target(o->opc, part, "numbering") != NULL;
    hf_ooxml_numbering *outer = o->numbering;
    if (own) {
        o->numbering = hf_ooxml_numbering_new(o, part, error);
        if (o->numbering == NULL) {
            o->numbering = outer;
            return false;
        }
    }
    reader r = reader_for(o, part);
    hf_ooxml_separate(o, HF_OOXML_LINE);
    bool done = hf_ooxml_parse(o, part, &text_handler, &r, error) && read_chunks(&r, error);
    reader_clear(&r);
    o->cell_empty = false;
    hf_ooxml_separate(o, HF_OOXML_LINE);
    for (size_t i = 0; done && i < G_N_ELEMENTS(text_kinds); i++)
        done = read_related(o, part, text_kinds[i], error);
    done = done && read_related(o, part, "customXml", error) && hf_ooxml_links(o, part, error);
    if (own) {
        hf_ooxml_numbering_free(o->numbering);
        o->numbering = outer;
    }
    return done;
}

bool hf_ooxml_text_bytes(hf_ooxml *o, const void *bytes, size_t n, GError **error)
{
    reader r = reader_for(o, NULL);
    g_autoptr(hf_sax) sax =
        hf_sax_new(&text_handler, &r, hf_extraction_limits(o->x)->xml_depth, NULL);
    bool done = hf_sax_feed(sax, bytes, n, error) && hf_sax_finish(sax, error);
    reader_clear(&r);
    hf_item_error reason;
    const char *damage = hf_sax_damage(sax, &reason);
    return done &&
           (damage == NULL || hf_extraction_problem(o->x, reason, "text", error, "%s", damage));
}
