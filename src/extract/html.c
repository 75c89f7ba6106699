/* src/extract/html.c -- HTML to text.
 *
 * A tokenizer by the rules of the WHATWG standard (tags, raw text, character references) and no tree: text needs none,
 * so there is no depth to bound, memory is the output's, and time is linear in the input. Where the standard drops what
 * follows an unclosed comment, script or title, this reads on: nothing may be lost to a missing end tag. */
#include "extract/html.h"
#include "extract/extractor.h"

#include <libxml/HTMLparser.h>
#include <string.h>

enum { NAME_MAX_BYTES = 24, FRAME_DEPTH = 4, RAW_NAMES = 5 };

typedef enum {
    E_BLOCK,
    E_BREAK,
    E_ROW,
    E_CELL,
    E_SKIP,     /* raw text that no reader sees */
    E_TITLE,    /* text with character references, no tags */
    E_TEXTAREA, /* the same, shown as it is */
    E_XMP,      /* raw text that is shown */
    E_PRE,
    E_LINK,
    E_IMAGE,
    E_INPUT,
    E_META,
    E_FRAME,
    E_OPTION,
    E_REFERENCE, /* its attributes are for programs */
    E_HTML,
    E_OTHER
} element_kind;

typedef struct {
    const char *name;
    element_kind kind;
} element;

/* Sorted by name. What is not here is inline. */
static const element elements[] = {
    {"a", E_LINK},          {"address", E_BLOCK},     {"area", E_LINK},
    {"article", E_BLOCK},   {"aside", E_BLOCK},       {"blockquote", E_BLOCK},
    {"body", E_BLOCK},      {"br", E_BREAK},          {"caption", E_BLOCK},
    {"center", E_BLOCK},    {"dd", E_BLOCK},          {"details", E_BLOCK},
    {"dialog", E_BLOCK},    {"dir", E_BLOCK},         {"div", E_BLOCK},
    {"dl", E_BLOCK},        {"dt", E_BLOCK},          {"embed", E_FRAME},
    {"fieldset", E_BLOCK},  {"figcaption", E_BLOCK},  {"figure", E_BLOCK},
    {"footer", E_BLOCK},    {"form", E_BLOCK},        {"frame", E_FRAME},
    {"h1", E_BLOCK},        {"h2", E_BLOCK},          {"h3", E_BLOCK},
    {"h4", E_BLOCK},        {"h5", E_BLOCK},          {"h6", E_BLOCK},
    {"head", E_BLOCK},      {"header", E_BLOCK},      {"hr", E_BLOCK},
    {"html", E_HTML},       {"iframe", E_FRAME},      {"image", E_IMAGE},
    {"img", E_IMAGE},       {"input", E_INPUT},       {"legend", E_BLOCK},
    {"li", E_BLOCK},        {"link", E_REFERENCE},    {"listing", E_PRE},
    {"main", E_BLOCK},      {"menu", E_BLOCK},        {"meta", E_META},
    {"nav", E_BLOCK},       {"object", E_FRAME},      {"ol", E_BLOCK},
    {"optgroup", E_OPTION}, {"option", E_OPTION},     {"p", E_BLOCK},
    {"plaintext", E_PRE},   {"pre", E_PRE},           {"script", E_SKIP},
    {"section", E_BLOCK},   {"select", E_BLOCK},      {"style", E_SKIP},
    {"summary", E_BLOCK},   {"table", E_BLOCK},       {"tbody", E_BLOCK},
    {"td", E_CELL},         {"textarea", E_TEXTAREA}, {"tfoot", E_BLOCK},
    {"th", E_CELL},         {"thead", E_BLOCK},       {"title", E_TITLE},
    {"tr", E_ROW},          {"ul", E_BLOCK},          {"video", E_FRAME},
    {"xmp", E_XMP},
};

/* Elements that end only with their own end tag. */
static const char *const raw_names[RAW_NAMES] = {"script", "style", "title", "textarea", "xmp"};

/* What stands between the last text and the next. */
typedef enum { SEPARATE_NOT, SEPARATE_SPACE, SEPARATE_TAB, SEPARATE_LINE } separator;

typedef struct {
    const char *at;
    const char *end;
    GString *out;
    size_t start; /* of our text in `out` */
    hf_html_facts *facts;
    separator separator;
    bool row_empty;  /* no text since the row began */
    bool cell_empty; /* no text since the cell began: its first paragraph begins no line */
    unsigned pre;
    unsigned frames;               /* pages inside srcdoc attributes above this one */
    GString *link;                 /* target of the open link, "" if none */
    size_t link_text;              /* where its text begins in `out` */
    GString *value;                /* scratch */
    const char *no_end[RAW_NAMES]; /* beyond this, a search for that end tag found none */
    const char *no_comment_end;
} reader;

/* ---- character references ---- */

typedef struct {
    const char *name;
    gunichar value;
} entity;

/* Of HTML 5, beside those of HTML 4 that libxml2 knows: what authors write by hand. */
static const entity html5_entities[] = {
    {"Tab", 9},       {"NewLine", 10},    {"excl", 33},      {"num", 35},
    {"dollar", 36},   {"percnt", 37},     {"apos", 39},      {"lpar", 40},
    {"rpar", 41},     {"ast", 42},        {"plus", 43},      {"comma", 44},
    {"period", 46},   {"sol", 47},        {"colon", 58},     {"semi", 59},
    {"equals", 61},   {"quest", 63},      {"commat", 64},    {"lsqb", 91},
    {"lbrack", 91},   {"bsol", 92},       {"rsqb", 93},      {"rbrack", 93},
    {"lowbar", 95},   {"grave", 96},      {"lcub", 123},     {"lbrace", 123},
    {"verbar", 124},  {"vert", 124},      {"rcub", 125},     {"rbrace", 125},
    {"AMP", 38},      {"LT", 60},         {"GT", 62},        {"QUOT", 34},
    {"COPY", 169},    {"REG", 174},       {"Amacr", 256},    {"amacr", 257},
    {"Abreve", 258},  {"abreve", 259},    {"Aogon", 260},    {"aogon", 261},
    {"Cacute", 262},  {"cacute", 263},    {"Ccaron", 268},   {"ccaron", 269},
    {"Dcaron", 270},  {"dcaron", 271},    {"Dstrok", 272},   {"dstrok", 273},
    {"Emacr", 274},   {"emacr", 275},     {"Eogon", 280},    {"eogon", 281},
    {"Ecaron", 282},  {"ecaron", 283},    {"Gbreve", 286},   {"gbreve", 287},
    {"Imacr", 298},   {"imacr", 299},     {"Idot", 304},     {"imath", 305},
    {"inodot", 305},  {"Lstrok", 321},    {"lstrok", 322},   {"Nacute", 323},
    {"nacute", 324},  {"Ncaron", 327},    {"ncaron", 328},   {"Omacr", 332},
    {"omacr", 333},   {"Odblac", 336},    {"odblac", 337},   {"Racute", 340},
    {"racute", 341},  {"Rcaron", 344},    {"rcaron", 345},   {"Sacute", 346},
    {"sacute", 347},  {"Scedil", 350},    {"scedil", 351},   {"Tcedil", 354},
    {"tcedil", 355},  {"Tcaron", 356},    {"tcaron", 357},   {"Umacr", 362},
    {"umacr", 363},   {"Uring", 366},     {"uring", 367},    {"Udblac", 368},
    {"udblac", 369},  {"Zacute", 377},    {"zacute", 378},   {"Zdot", 379},
    {"zdot", 380},    {"Zcaron", 381},    {"zcaron", 382},   {"hyphen", 0x2010},
    {"dash", 0x2010}, {"horbar", 0x2015}, {"check", 0x2713}, {"checkmark", 0x2713},
};

static gpointer build_entities(G_GNUC_UNUSED gpointer unused)
{
    enum { LAST_HTML4_ENTITY = 9830 };
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned value = 1; value <= LAST_HTML4_ENTITY; value++) {
        const htmlEntityDesc *found = htmlEntityValueLookup(value);
        if (found != NULL)
            g_hash_table_insert(table, (gpointer)found->name, GUINT_TO_POINTER(value));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(html5_entities); i++)
        g_hash_table_insert(table, (gpointer)html5_entities[i].name,
                            GUINT_TO_POINTER(html5_entities[i].value));
    return table;
}

static gunichar named_entity(const char *name, size_t n)
{
    static GOnce once = G_ONCE_INIT;
    GHashTable *table = g_once(&once, build_entities, NULL);
    char key[NAME_MAX_BYTES];
    if (n == 0 || n >= sizeof key)
        return 0;
    memcpy(key, name, n);
    key[n] = '\0';
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, key));
}

/* Numbers 128 to 159 were always meant as windows-1252, and the standard says so. */
static gunichar numbered(uint32_t value)
{
    static const uint16_t windows[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
    };
    if (value >= 0x80 && value < 0xA0)
        return windows[value - 0x80];
    if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return 0xFFFD;
    return value;
}

static size_t read_number(const char *at, const char *end, gunichar *value)
{
    const char *p = at + 2;
    bool hex = p < end && (*p == 'x' || *p == 'X');
    p += hex;
    const char *digits = p;
    uint32_t number = 0;
    for (; p < end && (hex ? g_ascii_isxdigit(*p) : g_ascii_isdigit(*p)); p++)
        number = MIN(number * (hex ? 16 : 10) + (uint32_t)g_ascii_xdigit_value(*p), 0x110000);
    if (p == digits)
        return 0;
    *value = numbered(number);
    if (p < end && *p == ';')
        p++;
    return (size_t)(p - at);
}

/* Without its semicolon a name counts only where it is one of the old Latin-1 names, and never before `=` or a letter in
 * an attribute: `?a=1&copy=2` is an address. */
static size_t read_unterminated(const char *at, size_t run, bool attribute, char next,
                                gunichar *value)
{
    if (attribute && next == '=')
        return 0;
    for (size_t n = MIN(run, 6); n >= 2; n--) {
        if (attribute && n < run)
            return 0;
        gunichar found = named_entity(at + 1, n);
        if (found != 0 && found < 256 && (found >= 160 || strchr("<>&\"", (int)found) != NULL)) {
            *value = found;
            return n + 1;
        }
    }
    return 0;
}

/* Reads the character reference at `at` (an ampersand). Returns its bytes, 0 if it is none. */
static size_t read_reference(const char *at, const char *end, bool attribute, gunichar *value)
{
    if (end - at < 3)
        return 0;
    if (at[1] == '#')
        return read_number(at, end, value);
    const char *p = at + 1;
    while (p < end && p - at < NAME_MAX_BYTES && g_ascii_isalnum(*p))
        p++;
    size_t run = (size_t)(p - at - 1);
    if (p < end && *p == ';') {
        *value = named_entity(at + 1, run);
        if (*value != 0)
            return run + 2;
    }
    return read_unterminated(at, run, attribute, p < end ? *p : '\0', value);
}

void hf_html_decode(const char *value, size_t n, GString *out)
{
    const char *end = value + n;
    while (value < end) {
        const char *reference = memchr(value, '&', (size_t)(end - value));
        g_string_append_len(out, value, (reference != NULL ? reference : end) - value);
        if (reference == NULL)
            return;
        gunichar character = 0;
        size_t used = read_reference(reference, end, true, &character);
        if (used == 0)
            g_string_append_c(out, '&');
        else
            g_string_append_unichar(out, character);
        value = reference + MAX(used, 1);
    }
}

/* ---- writing ---- */

static void separate(reader *r, separator with)
{
    if (with == SEPARATE_LINE && r->cell_empty)
        return;
    r->separator = MAX(r->separator, with);
}

static void flush_separator(reader *r)
{
    static const char bytes[] = {0, ' ', '\t', '\n'};
    if (r->separator != SEPARATE_NOT && r->out->len > r->start)
        g_string_append_c(r->out, bytes[r->separator]);
    r->separator = SEPARATE_NOT;
    r->row_empty = r->cell_empty = false;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\0';
}

static void put_preformatted(reader *r, const char *text, size_t n)
{
    if (n == 0)
        return;
    flush_separator(r);
    g_string_append_len(r->out, text, (gssize)n);
}

static void put_text(reader *r, const char *text, size_t n)
{
    const char *end = text + n;
    if (r->pre > 0) {
        put_preformatted(r, text, n);
        return;
    }
    while (text < end) {
        if (is_space(*text)) {
            separate(r, SEPARATE_SPACE);
            text++;
            continue;
        }
        const char *word = text;
        while (text < end && !is_space(*text))
            text++;
        flush_separator(r);
        g_string_append_len(r->out, word, text - word);
    }
}

static void put_character(reader *r, gunichar character)
{
    enum { NO_BREAK_SPACE = 0xA0, SOFT_HYPHEN = 0xAD };
    if (character == SOFT_HYPHEN)
        return;
    char bytes[6];
    int n = g_unichar_to_utf8(character == NO_BREAK_SPACE ? ' ' : character, bytes);
    put_text(r, bytes, (size_t)n);
}

/* Text with character references. */
static void put_referenced(reader *r, const char *text, const char *end)
{
    while (text < end) {
        const char *reference = memchr(text, '&', (size_t)(end - text));
        put_text(r, text, (size_t)((reference != NULL ? reference : end) - text));
        if (reference == NULL)
            return;
        gunichar character = 0;
        size_t used = read_reference(reference, end, false, &character);
        if (used == 0)
            put_text(r, "&", 1);
        else
            put_character(r, character);
        text = reference + MAX(used, 1);
    }
}

/* Something that stands for itself, apart from the words around it. */
static void put_apart(reader *r, const char *text, size_t n)
{
    separate(r, SEPARATE_SPACE);
    put_text(r, text, n);
    separate(r, SEPARATE_SPACE);
}

/* ---- tags ---- */

typedef struct {
    const char *name;
    size_t name_n;
    const char *value; /* as written */
    size_t value_n;
} attribute;

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* The next attribute of a tag, from *at on; false at its end, then *at stands on `>` or the end of the page. */
static bool next_attribute(const char **at, const char *end, attribute *a, bool *closed)
{
    const char *p = *at;
    while (p < end && (is_space(*p) || *p == '/')) {
        *closed = *p == '/';
        p++;
    }
    *at = p;
    if (p >= end || *p == '>')
        return false;
    *closed = false;
    a->name = p++;
    while (p < end && !is_space(*p) && *p != '/' && *p != '>' && *p != '=')
        p++;
    a->name_n = (size_t)(p - a->name);
    a->value = "";
    a->value_n = 0;
    const char *equals = skip_space(p, end);
    if (equals < end && *equals == '=') {
        p = skip_space(equals + 1, end);
        if (p < end && (*p == '"' || *p == '\'')) {
            const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
            /* A quote that never ends would eat the page: then the value ends with the tag. */
            const char *stop = close != NULL ? close : memchr(p, '>', (size_t)(end - p));
            stop = stop != NULL ? stop : end;
            a->value = p + 1;
            a->value_n = (size_t)(stop - p - 1);
            p = close != NULL ? close + 1 : stop;
        } else {
            a->value = p;
            while (p < end && !is_space(*p) && *p != '>')
                p++;
            a->value_n = (size_t)(p - a->value);
        }
    }
    *at = p;
    return true;
}

static bool is_named(const attribute *a, const char *name)
{
    return a->name_n == strlen(name) && g_ascii_strncasecmp(a->name, name, a->name_n) == 0;
}

static const char *decoded(reader *r, const attribute *a)
{
    g_string_truncate(r->value, 0);
    hf_html_decode(a->value, a->value_n, r->value);
    return r->value->str;
}

static void put_attribute(reader *r, const attribute *a)
{
    decoded(r, a);
    put_apart(r, r->value->str, r->value->len);
}

static bool is_worthless_target(const char *target)
{
    return *target == '\0' || *target == '#' ||
           g_ascii_strncasecmp(target, "javascript:", 11) == 0 ||
           g_ascii_strncasecmp(target, "data:", 5) == 0 ||
           g_ascii_strncasecmp(target, "cid:", 4) == 0;
}

/* Whether the link's text says its target already, as in `<a href="mailto:a@b.c">a@b.c</a>`. */
static bool says_target(const char *text, size_t n, const char *target)
{
    static const char *const schemes[] = {"", "mailto:", "http://", "https://", "tel:"};
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        size_t scheme = strlen(schemes[i]);
        if (g_ascii_strncasecmp(target, schemes[i], scheme) != 0)
            continue;
        size_t rest = strlen(target + scheme);
        if (rest > 0 && target[scheme + rest - 1] == '/' && n + 1 == rest)
            rest--;
        if (n == rest && g_ascii_strncasecmp(text, target + scheme, n) == 0)
            return true;
    }
    return false;
}

static void end_link(reader *r)
{
    if (r->link->len == 0)
        return;
    size_t from = MIN(r->link_text, r->out->len);
    while (from < r->out->len && is_space(r->out->str[from]))
        from++;
    if (!says_target(r->out->str + from, r->out->len - from, r->link->str)) {
        g_string_prepend_c(r->link, '<');
        g_string_append_c(r->link, '>');
        put_apart(r, r->link->str, r->link->len);
    }
    g_string_truncate(r->link, 0);
}

static void set_fact(char **fact, const char *value)
{
    if (*fact == NULL && *value != '\0')
        *fact = g_strdup(value);
}

static void take_meta(reader *r, const attribute *name, const attribute *content)
{
    static const struct {
        const char *name;
        size_t offset;
    } known[] = {
        {"author", G_STRUCT_OFFSET(hf_html_facts, author)},
        {"description", G_STRUCT_OFFSET(hf_html_facts, description)},
        {"keywords", G_STRUCT_OFFSET(hf_html_facts, keywords)},
        {"generator", G_STRUCT_OFFSET(hf_html_facts, generator)},
    };
    if (name->value == NULL || content->value == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (name->value_n != strlen(known[i].name) ||
            g_ascii_strncasecmp(name->value, known[i].name, name->value_n) != 0)
            continue;
        decoded(r, content);
        if (r->facts != NULL)
            set_fact(G_STRUCT_MEMBER_P(r->facts, known[i].offset), r->value->str);
        else if (strcmp(known[i].name, "generator") != 0)
            put_apart(r, r->value->str, r->value->len);
    }
}

static void read_page(reader *r);

/* A page inside an attribute. */
static void read_srcdoc(reader *r, const attribute *a)
{
    if (r->frames >= FRAME_DEPTH)
        return;
    g_autoptr(GString) page = g_string_new(NULL);
    hf_html_decode(a->value, a->value_n, page);
    g_autoptr(GString) link = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);
    separate(r, SEPARATE_LINE);
    reader inner = {.at = page->str,
                    .end = page->str + page->len,
                    .out = r->out,
                    .start = r->start,
                    .separator = r->separator,
                    .frames = r->frames + 1,
                    .link = link,
                    .value = value};
    read_page(&inner);
    r->separator = SEPARATE_LINE;
}

static void take_attribute(reader *r, element_kind kind, const attribute *a)
{
    if (is_named(a, "alt") || is_named(a, "title") || is_named(a, "aria-label") ||
        is_named(a, "placeholder") || is_named(a, "summary") ||
        (kind == E_OPTION && is_named(a, "label")))
        put_attribute(r, a);
    else if (kind == E_LINK && is_named(a, "href") && !is_worthless_target(decoded(r, a)))
        g_string_assign(r->link, r->value->str);
    else if (kind == E_FRAME && is_named(a, "srcdoc"))
        read_srcdoc(r, a);
    else if (kind == E_FRAME && (is_named(a, "src") || is_named(a, "data")) &&
             !is_worthless_target(decoded(r, a)))
        put_apart(r, r->value->str, r->value->len);
    else if (kind == E_HTML && is_named(a, "lang") && r->facts != NULL)
        set_fact(&r->facts->language, decoded(r, a));
}

static bool value_is(const attribute *a, const char *value)
{
    return a->value != NULL && a->value_n == strlen(value) &&
           g_ascii_strncasecmp(a->value, value, a->value_n) == 0;
}

/* Reads the attributes of a start tag; true if it closed itself. */
static bool read_attributes(reader *r, element_kind kind)
{
    bool closed = false;
    attribute a = {0}, name = {0}, content = {0}, type = {0}, value = {0};
    while (next_attribute(&r->at, r->end, &a, &closed)) {
        if (kind == E_META && is_named(&a, "name"))
            name = a;
        else if (kind == E_META && is_named(&a, "content"))
            content = a;
        else if (kind == E_INPUT && is_named(&a, "type"))
            type = a;
        else if (kind == E_INPUT && is_named(&a, "value"))
            value = a;
        else if (kind != E_REFERENCE)
            take_attribute(r, kind, &a);
    }
    if (kind == E_META)
        take_meta(r, &name, &content);
    if (value.value_n > 0 && !value_is(&type, "hidden") && !value_is(&type, "checkbox") &&
        !value_is(&type, "radio"))
        put_attribute(r, &value);
    if (r->at < r->end)
        r->at++;
    return closed;
}

static int compare_element(const void *name, const void *with)
{
    return strcmp(name, ((const element *)with)->name);
}

/* Reads a tag's name in lower case and leaves the reader behind it. */
static element_kind read_name(reader *r, char name[NAME_MAX_BYTES])
{
    size_t n = 0;
    for (; r->at < r->end && !is_space(*r->at) && *r->at != '>' && *r->at != '/'; r->at++) {
        if (n < NAME_MAX_BYTES - 1)
            name[n++] = g_ascii_tolower(*r->at);
    }
    name[n] = '\0';
    const element *found =
        bsearch(name, elements, G_N_ELEMENTS(elements), sizeof *elements, compare_element);
    return found != NULL ? found->kind : E_OTHER;
}

/* The `</name` that ends raw text, or NULL; a name without any is not sought twice. */
static const char *find_end_tag(reader *r, const char *name)
{
    size_t n = strlen(name), raw = 0;
    while (raw < RAW_NAMES - 1 && strcmp(raw_names[raw], name) != 0)
        raw++;
    if (r->no_end[raw] != NULL && r->at >= r->no_end[raw])
        return NULL;
    for (const char *p = r->at; (p = memchr(p, '<', (size_t)(r->end - p))) != NULL; p++) {
        if ((size_t)(r->end - p) < n + 2)
            break;
        if (p[1] == '/' && g_ascii_strncasecmp(p + 2, name, n) == 0 &&
            (p + 2 + n == r->end || !g_ascii_isalnum(p[2 + n])))
            return p;
    }
    r->no_end[raw] = r->at;
    return NULL;
}

static void take_title(reader *r, const char *end)
{
    if (r->facts == NULL || r->facts->title != NULL) {
        separate(r, SEPARATE_LINE);
        put_referenced(r, r->at, end);
        separate(r, SEPARATE_LINE);
        return;
    }
    g_autoptr(GString) title = g_string_new(NULL);
    g_autoptr(GString) link = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);
    reader inner = {.out = title, .link = link, .value = value};
    put_referenced(&inner, r->at, end);
    r->facts->title = g_string_free(g_steal_pointer(&title), FALSE);
}

/* Elements whose content has no tags. What has no end tag is read like any other text. */
static void read_raw(reader *r, element_kind kind, const char *name)
{
    const char *end = find_end_tag(r, name);
    if (end == NULL)
        return;
    if (kind == E_TITLE)
        take_title(r, end);
    if (kind == E_TEXTAREA || kind == E_XMP) {
        separate(r, SEPARATE_LINE);
        r->pre++;
        if (kind == E_XMP)
            put_text(r, r->at, (size_t)(end - r->at));
        else
            put_referenced(r, r->at, end);
        r->pre--;
        separate(r, SEPARATE_LINE);
    }
    const char *close = memchr(end, '>', (size_t)(r->end - end));
    r->at = close != NULL ? close + 1 : r->end;
}

static void begin_cell(reader *r)
{
    r->separator = r->row_empty ? r->separator : SEPARATE_TAB;
    r->cell_empty = true;
}

static void end_row(reader *r)
{
    r->cell_empty = false;
    separate(r, SEPARATE_LINE);
    r->row_empty = true;
}

/* Breaks that come with the start of an element; the same with its end, but for links and cells. */
static void break_at(reader *r, element_kind kind)
{
    switch (kind) {
    case E_BLOCK:
    case E_OPTION:
    case E_PRE:
    case E_HTML:
        separate(r, SEPARATE_LINE);
        break;
    case E_BREAK:
        r->cell_empty = false;
        separate(r, SEPARATE_LINE);
        break;
    case E_ROW:
        end_row(r);
        break;
    default:
        break;
    }
}

static void start_tag(reader *r)
{
    char name[NAME_MAX_BYTES];
    element_kind kind = read_name(r, name);
    break_at(r, kind);
    if (kind == E_CELL)
        begin_cell(r);
    if (kind == E_LINK) {
        end_link(r);
        r->link_text = r->out->len;
    }
    bool closed = read_attributes(r, kind);
    if (kind == E_LINK && (closed || strcmp(name, "area") == 0))
        end_link(r);
    if (closed)
        return;
    if (kind == E_PRE)
        r->pre++;
    else if (kind == E_SKIP || kind == E_TITLE || kind == E_TEXTAREA || kind == E_XMP)
        read_raw(r, kind, name);
}

static void end_tag(reader *r)
{
    char name[NAME_MAX_BYTES];
    element_kind kind = read_name(r, name);
    break_at(r, kind);
    if (kind == E_LINK)
        end_link(r);
    if (kind == E_PRE && r->pre > 0)
        r->pre--;
    const char *close = memchr(r->at, '>', (size_t)(r->end - r->at));
    r->at = close != NULL ? close + 1 : r->end;
}

static bool begins(const reader *r, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(r->end - r->at) >= n && memcmp(r->at, with, n) == 0;
}

static const char *find_bytes(const char *at, const char *end, const char *what)
{
    return memmem(at, (size_t)(end - at), what, strlen(what));
}

/* `<!` and `<?`: comments, declarations, marked sections. */
static void read_declaration(reader *r)
{
    if (begins(r, "<!--") && (r->no_comment_end == NULL || r->at < r->no_comment_end)) {
        const char *close = find_bytes(r->at + 2, r->end, "-->");
        if (close != NULL) {
            r->at = close + 3;
            return;
        }
        r->no_comment_end = r->at;
    }
    if (begins(r, "<![CDATA[")) {
        const char *close = find_bytes(r->at, r->end, "]]>");
        const char *stop = close != NULL ? close : r->end;
        put_text(r, r->at + 9, (size_t)(stop - r->at - 9));
        r->at = close != NULL ? close + 3 : r->end;
        return;
    }
    const char *close = memchr(r->at, '>', (size_t)(r->end - r->at));
    r->at = close != NULL ? close + 1 : r->end;
}

static void read_page(reader *r)
{
    while (r->at < r->end) {
        const char *tag = memchr(r->at, '<', (size_t)(r->end - r->at));
        put_referenced(r, r->at, tag != NULL ? tag : r->end);
        if (tag == NULL)
            break;
        r->at = tag;
        char next = tag + 1 < r->end ? tag[1] : '\0';
        if (g_ascii_isalpha(next)) {
            r->at++;
            start_tag(r);
        } else if (next == '/' && tag + 2 < r->end && g_ascii_isalpha(tag[2])) {
            r->at += 2;
            end_tag(r);
        } else if (next == '!' || next == '?') {
            read_declaration(r);
        } else {
            put_text(r, "<", 1);
            r->at++;
        }
    }
    end_link(r);
}

void hf_html_read(const char *utf8, size_t n, GString *out, hf_html_facts *facts)
{
    g_autoptr(GString) link = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);
    reader r = {.at = utf8,
                .end = utf8 + n,
                .out = out,
                .start = out->len,
                .facts = facts,
                .row_empty = true,
                .link = link,
                .value = value};
    read_page(&r);
}

void hf_html_facts_clear(hf_html_facts *facts)
{
    g_free(facts->title);
    g_free(facts->author);
    g_free(facts->description);
    g_free(facts->keywords);
    g_free(facts->generator);
    g_free(facts->language);
    *facts = (hf_html_facts){0};
}

void hf_html_to_text(const char *utf8, size_t n, GString *out, char **title)
{
    hf_html_facts facts = {0};
    size_t start = out->len;
    hf_html_read(utf8, n, out, title != NULL ? &facts : NULL);
    if (title == NULL)
        return;
    /* The caller has no place for the metas: they are kept at the end of the text. */
    const char *const kept[] = {facts.description, facts.keywords};
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        if (kept[i] != NULL)
            g_string_append_printf(out, "%s%s", out->len > start ? "\n" : "", kept[i]);
    }
    *title = g_steal_pointer(&facts.title);
    hf_html_facts_clear(&facts);
}
