/* src/extract/ooxml_numbering.c -- list numbers (ECMA-376 part 1, 17.9).
 *
 * A paragraph names a num, which names an abstractNum and may override its levels. Counters belong to the abstractNum:
 * two nums of the same one go on counting, unless a startOverride begins anew. */
#include "extract/ooxml.h"

#include <stdlib.h>
#include <string.h>

enum { LEVELS = 9, MAX_STYLE_DEPTH = 16, MAX_LABEL = 256 };

typedef struct {
    char *format;
    char *text; /* "%1.%2." */
    int start;
    int restart; /* -1: after any higher level; 0: never; n: after level n */
    bool legal;  /* all numbers decimal */
    bool set;
} level;

typedef struct {
    level levels[LEVELS];
    char *style_link; /* its levels are those of the list style with this name */
    char *style_name; /* it defines that list style */
    int counters[LEVELS];
    bool counted[LEVELS];
} list;

typedef struct {
    int list;
    level levels[LEVELS];
    int start[LEVELS]; /* -1: not overridden */
    bool started[LEVELS];
} instance;

typedef struct {
    char *based_on;
    int number, level; /* -1: not said */
} style;

struct hf_ooxml_numbering {
    GHashTable *lists;     /* id to list */
    GHashTable *instances; /* id to instance */
    GHashTable *styles;    /* id to style */
};

static void levels_clear(level *levels)
{
    for (size_t i = 0; i < LEVELS; i++) {
        g_free(levels[i].format);
        g_free(levels[i].text);
    }
}

static void list_free(gpointer data)
{
    list *l = data;
    levels_clear(l->levels);
    g_free(l->style_link);
    g_free(l->style_name);
    g_free(l);
}

static void instance_free(gpointer data)
{
    instance *i = data;
    levels_clear(i->levels);
    g_free(i);
}

static void style_free(gpointer data)
{
    style *s = data;
    g_free(s->based_on);
    g_free(s);
}

void hf_ooxml_numbering_free(hf_ooxml_numbering *numbering)
{
    if (numbering == NULL)
        return;
    g_hash_table_unref(numbering->lists);
    g_hash_table_unref(numbering->instances);
    g_hash_table_unref(numbering->styles);
    g_free(numbering);
}

/* ---- reading numbering.xml ---- */

typedef struct {
    hf_ooxml_numbering *n;
    list *list;
    instance *instance;
    level *level;
    int override; /* level that a num overrides, -1: none */
    style *style;
} reader;

static int number_of(const hf_sax_element *e, const char *name, int otherwise)
{
    const char *value = hf_sax_value(e, name);
    return value != NULL ? hf_sax_number(value) : otherwise;
}

static int level_of(const hf_sax_element *e)
{
    int ilvl = number_of(e, "ilvl", -1);
    return ilvl >= 0 && ilvl < LEVELS ? ilvl : -1;
}

static void begin_level(reader *r, const hf_sax_element *e)
{
    int ilvl = level_of(e);
    level *levels = r->instance != NULL ? r->instance->levels
                    : r->list != NULL   ? r->list->levels
                                        : NULL;
    r->level = ilvl >= 0 && levels != NULL ? &levels[ilvl] : NULL;
    if (r->level == NULL)
        return;
    r->level->set = true;
    r->level->start = 0;
    r->level->restart = -1;
}

static void level_property(reader *r, const hf_sax_element *e)
{
    const char *value = hf_sax_value(e, "val");
    if (strcmp(e->name, "isLgl") == 0)
        r->level->legal = value == NULL || hf_sax_is_true(e, "val");
    if (value == NULL)
        return;
    if (strcmp(e->name, "start") == 0)
        r->level->start = hf_sax_number(value);
    else if (strcmp(e->name, "lvlRestart") == 0)
        r->level->restart = hf_sax_number(value);
    else if (strcmp(e->name, "numFmt") == 0 && r->level->format == NULL)
        r->level->format = g_strdup(value);
    else if (strcmp(e->name, "lvlText") == 0 && r->level->text == NULL)
        r->level->text = g_strdup(value);
}

static void begin_list(reader *r, const hf_sax_element *e)
{
    r->list = g_new0(list, 1);
    g_hash_table_insert(r->n->lists, GINT_TO_POINTER(number_of(e, "abstractNumId", -1)), r->list);
}

static void begin_instance(reader *r, const hf_sax_element *e)
{
    r->instance = g_new0(instance, 1);
    r->instance->list = -1;
    for (size_t i = 0; i < LEVELS; i++)
        r->instance->start[i] = -1;
    g_hash_table_insert(r->n->instances, GINT_TO_POINTER(number_of(e, "numId", -1)), r->instance);
}

static bool numbering_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    const char *value = hf_sax_value(e, "val");
    if (strcmp(e->name, "abstractNum") == 0)
        begin_list(r, e);
    else if (strcmp(e->name, "num") == 0)
        begin_instance(r, e);
    else if (strcmp(e->name, "lvl") == 0)
        begin_level(r, e);
    else if (r->level != NULL)
        level_property(r, e);
    else if (strcmp(e->name, "lvlOverride") == 0)
        r->override = level_of(e);
    else if (strcmp(e->name, "startOverride") == 0 && r->instance != NULL && r->override >= 0)
        r->instance->start[r->override] = number_of(e, "val", 0);
    else if (strcmp(e->name, "abstractNumId") == 0 && r->instance != NULL)
        r->instance->list = number_of(e, "val", -1);
    else if (strcmp(e->name, "numStyleLink") == 0 && r->list != NULL && r->list->style_link == NULL)
        r->list->style_link = g_strdup(value);
    else if (strcmp(e->name, "styleLink") == 0 && r->list != NULL && r->list->style_name == NULL)
        r->list->style_name = g_strdup(value);
    return true;
}

static bool numbering_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                          G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    if (strcmp(name, "lvl") == 0)
        r->level = NULL;
    else if (strcmp(name, "abstractNum") == 0)
        r->list = NULL;
    else if (strcmp(name, "num") == 0)
        r->instance = NULL;
    else if (strcmp(name, "lvlOverride") == 0)
        r->override = -1;
    return true;
}

/* ---- reading styles.xml ---- */

static bool style_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    const char *id = hf_sax_value(e, "styleId");
    if (strcmp(e->name, "style") == 0 && id != NULL) {
        r->style = g_new0(style, 1);
        r->style->number = r->style->level = -1;
        g_hash_table_replace(r->n->styles, g_strdup(id), r->style);
    } else if (r->style == NULL) {
        return true;
    } else if (strcmp(e->name, "basedOn") == 0 && r->style->based_on == NULL) {
        r->style->based_on = g_strdup(hf_sax_value(e, "val"));
    } else if (strcmp(e->name, "numId") == 0) {
        r->style->number = number_of(e, "val", -1);
    } else if (strcmp(e->name, "ilvl") == 0) {
        r->style->level = number_of(e, "val", -1);
    }
    return true;
}

static bool style_end(void *data, const char *name, G_GNUC_UNUSED const char *uri,
                      G_GNUC_UNUSED GError **error)
{
    reader *r = data;
    if (strcmp(name, "style") == 0)
        r->style = NULL;
    return true;
}

static bool read_part(hf_ooxml *o, const char *document, const char *kind,
                      const hf_sax_handler *handler, reader *r, GError **error)
{
    const char *part = hf_opc_target(o->opc, document, kind);
    return part == NULL || !hf_opc_has(o->opc, part) || hf_ooxml_parse(o, part, handler, r, error);
}

hf_ooxml_numbering *hf_ooxml_numbering_new(hf_ooxml *o, const char *document, GError **error)
{
    static const hf_sax_handler numbering = {.start = numbering_start, .end = numbering_end};
    static const hf_sax_handler styles = {.start = style_start, .end = style_end};
    g_autoptr(hf_ooxml_numbering) n = g_new0(hf_ooxml_numbering, 1);
    n->lists = g_hash_table_new_full(NULL, NULL, NULL, list_free);
    n->instances = g_hash_table_new_full(NULL, NULL, NULL, instance_free);
    n->styles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, style_free);
    reader r = {.n = n, .override = -1};
    if (!read_part(o, document, "numbering", &numbering, &r, error) ||
        !read_part(o, document, "styles", &styles, &r, error))
        return NULL;
    return g_steal_pointer(&n);
}

/* ---- numbers as words and letters ---- */

static void put_roman(int value, bool upper, GString *out)
{
    static const struct {
        int value;
        const char *digits;
    } numerals[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"},
                    {90, "xc"},  {50, "l"},   {40, "xl"}, {10, "x"},   {9, "ix"},
                    {5, "v"},    {4, "iv"},   {1, "i"}};
    enum { LARGEST = 32767 };
    if (value <= 0 || value > LARGEST)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(numerals); i++) {
        for (; value >= numerals[i].value; value -= numerals[i].value) {
            for (const char *p = numerals[i].digits; *p != '\0'; p++)
                g_string_append_c(out, upper ? g_ascii_toupper(*p) : *p);
        }
    }
}

/* a to z, then aa to zz, as Word counts. */
static void put_letters(int value, char first, GString *out)
{
    enum { LETTERS = 26, LARGEST = LETTERS * 30 };
    if (value <= 0 || value > LARGEST)
        return;
    for (int i = 0; i <= (value - 1) / LETTERS; i++)
        g_string_append_c(out, (char)(first + (value - 1) % LETTERS));
}

static const char *ordinal_suffix(int value)
{
    if (value % 100 >= 11 && value % 100 <= 13)
        return "th";
    return value % 10 == 1 ? "st" : value % 10 == 2 ? "nd" : value % 10 == 3 ? "rd" : "th";
}

static void put_words(int value, bool ordinal, GString *out)
{
    static const char *const ones[] = {"Zero",    "One",     "Two",       "Three",    "Four",
                                       "Five",    "Six",     "Seven",     "Eight",    "Nine",
                                       "Ten",     "Eleven",  "Twelve",    "Thirteen", "Fourteen",
                                       "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"};
    static const char *const ordinals[] = {"Zeroth",    "First",       "Second",     "Third",
                                           "Fourth",    "Fifth",       "Sixth",      "Seventh",
                                           "Eighth",    "Ninth",       "Tenth",      "Eleventh",
                                           "Twelfth",   "Thirteenth",  "Fourteenth", "Fifteenth",
                                           "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth"};
    static const char *const tens[] = {"",     "",     "Twent",  "Thirt", "Fort",
                                       "Fift", "Sixt", "Sevent", "Eight", "Ninet"};
    if (value < 0 || value > 99) {
        g_string_append_printf(out, "%d%s", value, ordinal ? ordinal_suffix(value) : "");
    } else if (value < 20) {
        g_string_append(out, ordinal ? ordinals[value] : ones[value]);
    } else {
        bool round = value % 10 == 0;
        g_string_append_printf(out, "%s%s", tens[value / 10], round && ordinal ? "ieth" : "y");
        if (!round) {
            g_autofree char *last =
                g_ascii_strdown(ordinal ? ordinals[value % 10] : ones[value % 10], -1);
            g_string_append_printf(out, "-%s", last);
        }
    }
}

static void put_number(int value, const char *format, GString *out)
{
    format = format != NULL ? format : "decimal";
    if (strcmp(format, "none") == 0 || strcmp(format, "bullet") == 0)
        return;
    if (strcmp(format, "upperRoman") == 0 || strcmp(format, "lowerRoman") == 0)
        put_roman(value, *format == 'u', out);
    else if (strcmp(format, "upperLetter") == 0 || strcmp(format, "lowerLetter") == 0)
        put_letters(value, *format == 'u' ? 'A' : 'a', out);
    else if (strcmp(format, "ordinal") == 0)
        g_string_append_printf(out, "%d%s", value, ordinal_suffix(value));
    else if (strcmp(format, "cardinalText") == 0 || strcmp(format, "ordinalText") == 0)
        put_words(value, *format == 'o', out);
    else if (strcmp(format, "decimalZero") == 0)
        g_string_append_printf(out, "%02d", value);
    else if (strcmp(format, "hex") == 0)
        g_string_append_printf(out, "%X", (unsigned)value);
    else
        g_string_append_printf(out, "%d", value);
}

/* ---- counting ---- */

static const level *level_for(const instance *i, const list *l, int ilvl)
{
    return i->levels[ilvl].set ? &i->levels[ilvl] : &l->levels[ilvl];
}

static list *find_list(hf_ooxml_numbering *n, const instance *i)
{
    list *l = g_hash_table_lookup(n->lists, GINT_TO_POINTER(i->list));
    if (l == NULL || l->style_link == NULL)
        return l;
    GHashTableIter iterator;
    gpointer other;
    g_hash_table_iter_init(&iterator, n->lists);
    while (g_hash_table_iter_next(&iterator, NULL, &other)) {
        const char *name = ((list *)other)->style_name;
        if (name != NULL && strcmp(name, l->style_link) == 0)
            return other;
    }
    return l;
}

/* What the style says, and those that it is based on, where the paragraph itself says nothing. */
static void ask_styles(hf_ooxml_numbering *n, const char *name, int *number, int *ilvl)
{
    for (unsigned depth = 0; name != NULL && *number < 0 && depth < MAX_STYLE_DEPTH; depth++) {
        const style *s = g_hash_table_lookup(n->styles, name);
        if (s == NULL)
            return;
        *number = s->number;
        *ilvl = *ilvl < 0 ? s->level : *ilvl;
        name = s->based_on;
    }
}

static int start_of(const instance *i, const list *l, int ilvl)
{
    return i->start[ilvl] >= 0 ? i->start[ilvl] : level_for(i, l, ilvl)->start;
}

static void count(instance *i, list *l, int ilvl)
{
    bool begin = !l->counted[ilvl] || (i->start[ilvl] >= 0 && !i->started[ilvl]);
    if (begin)
        l->counters[ilvl] = start_of(i, l, ilvl);
    else if (l->counters[ilvl] < G_MAXINT32)
        l->counters[ilvl]++;
    l->counted[ilvl] = i->started[ilvl] = true;
    for (int lower = ilvl + 1; lower < LEVELS; lower++) {
        int restart = level_for(i, l, lower)->restart;
        if (restart < 0 || (restart > 0 && ilvl < restart))
            l->counted[lower] = false;
    }
    for (int higher = 0; higher < ilvl; higher++) {
        if (!l->counted[higher]) {
            l->counters[higher] = start_of(i, l, higher);
            l->counted[higher] = true;
        }
    }
}

void hf_ooxml_numbering_count(hf_ooxml_numbering *n, const char *style_name, int number, int ilvl,
                              GString *label)
{
    ask_styles(n, style_name, &number, &ilvl);
    ilvl = CLAMP(ilvl, 0, LEVELS - 1);
    instance *i = number > 0 ? g_hash_table_lookup(n->instances, GINT_TO_POINTER(number)) : NULL;
    list *l = i != NULL ? find_list(n, i) : NULL;
    if (l == NULL)
        return;
    count(i, l, ilvl);
    const level *at = level_for(i, l, ilvl);
    if (at->format != NULL && strcmp(at->format, "bullet") == 0)
        return;
    for (const char *p = at->text != NULL ? at->text : ""; *p != '\0' && label->len < MAX_LABEL;
         p++) {
        int wanted = p[0] == '%' && p[1] >= '1' && p[1] <= '9' ? p[1] - '1' : -1;
        if (wanted < 0) {
            g_string_append_c(label, *p);
            continue;
        }
        const char *format = level_for(i, l, wanted)->format;
        put_number(l->counters[wanted], at->legal ? "decimal" : format, label);
        p++;
    }
}
