/* src/extract/ooxml.c -- the text, parts and links of an Office Open XML document on their way out. */
#include "extract/ooxml.h"

#include <string.h>

enum { FLUSH_BYTES = 64 * 1024 };
#define MAX_PART (UINT64_C(1) << 30)
#define MAX_BARE (UINT64_C(128) << 20) /* of a part that has next to no text */
#define MAX_VALUE ((size_t)16 << 20)

void hf_ooxml_open_bare(hf_ooxml *o, hf_extraction *x)
{
    *o = (hf_ooxml){.x = x, .row_empty = true};
    o->out = g_string_new(NULL);
    o->read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    o->links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

bool hf_ooxml_open(hf_ooxml *o, hf_extraction *x, GError **error)
{
    hf_ooxml_open_bare(o, x);
    o->opc = hf_opc_open(x, error);
    return o->opc != NULL;
}

void hf_ooxml_close(hf_ooxml *o)
{
    hf_opc_free(o->opc);
    g_string_free(o->out, TRUE);
    g_hash_table_unref(o->read);
    g_hash_table_unref(o->links);
    if (o->authors != NULL)
        g_hash_table_unref(o->authors);
    hf_ooxml_numbering_free(o->numbering);
}

static bool flush(hf_ooxml *o, GError **error)
{
    bool done = hf_extraction_text(o->x, o->out->str, (gssize)o->out->len, error);
    g_string_truncate(o->out, 0);
    return done;
}

/* ---- text ---- */

bool hf_ooxml_put(hf_ooxml *o, const char *utf8, gssize n, GError **error)
{
    static const char separators[] = {0, ' ', '\t', '\n'};
    size_t length = n < 0 ? strlen(utf8) : (size_t)n;
    if (length == 0)
        return true;
    if (o->separator != HF_OOXML_TOGETHER && o->written > 0)
        g_string_append_c(o->out, separators[o->separator]);
    o->separator = HF_OOXML_TOGETHER;
    o->row_empty = o->cell_empty = false;
    g_string_append_len(o->out, utf8, (gssize)length);
    o->written += length;
    return o->out->len < FLUSH_BYTES || flush(o, error);
}

bool hf_ooxml_keep(hf_ooxml *o, GString *value, const char *utf8, size_t n, GError **error)
{
    size_t room = MAX_VALUE - MIN(value->len, MAX_VALUE);
    if (n <= room) {
        g_string_append_len(value, utf8, (gssize)n);
        return true;
    }
    bool first = !o->limited;
    o->limited = true;
    return !first || hf_extraction_problem(o->x, HF_ITEM_LIMIT, "text", error,
                                           "a single value is larger than the limit");
}

void hf_ooxml_separate(hf_ooxml *o, hf_ooxml_separator separator)
{
    /* A cell's first paragraph begins no line. */
    if (separator != HF_OOXML_LINE || !o->cell_empty)
        o->separator = MAX(o->separator, separator);
}

bool hf_ooxml_line(hf_ooxml *o, const char *utf8, GError **error)
{
    if (utf8 == NULL || *utf8 == '\0')
        return true;
    hf_ooxml_separate(o, HF_OOXML_LINE);
    bool done = hf_ooxml_put(o, utf8, -1, error);
    hf_ooxml_separate(o, HF_OOXML_LINE);
    return done;
}

void hf_ooxml_begin_row(hf_ooxml *o)
{
    hf_ooxml_separate(o, HF_OOXML_LINE);
    o->row_empty = true;
}

void hf_ooxml_begin_cell(hf_ooxml *o)
{
    if (!o->row_empty)
        o->separator = HF_OOXML_TAB;
    o->cell_empty = true;
}

void hf_ooxml_end_row(hf_ooxml *o)
{
    o->cell_empty = false;
    hf_ooxml_separate(o, HF_OOXML_LINE);
    o->row_empty = true;
}

bool hf_ooxml_flag(hf_ooxml *o, unsigned flag, GError **error)
{
    if ((o->flags & flag) == flag)
        return true;
    o->flags |= flag;
    return hf_extraction_flag(o->x, flag, error);
}

/* ---- parts ---- */

bool hf_ooxml_first_time(hf_ooxml *o, const char *part)
{
    return g_hash_table_add(o->read, g_ascii_strdown(part, -1));
}

typedef struct {
    hf_ooxml *o;
    hf_sax *sax;
    uint64_t fed;
    uint64_t written; /* text before the part */
    bool bare;
} parsing;

/* Markup without end and without text would take minutes and give nothing. */
static bool is_bare(const parsing *p)
{
    enum { MARKUP_TO_TEXT = 256 };
    return p->fed > MAX_BARE && p->fed / MARKUP_TO_TEXT > p->o->written - p->written;
}

static bool feed(void *data, const void *bytes, size_t n, bool *done, GError **error)
{
    parsing *p = data;
    if (!hf_sax_feed(p->sax, bytes, n, error) || !hf_extraction_progress(p->o->x, error))
        return false;
    /* What goes beyond the limit was said to be left out: reading on would cost time for nothing. */
    p->fed += n;
    p->bare = is_bare(p);
    *done = p->bare || hf_sax_stopped(p->sax) ||
            hf_extraction_text_bytes(p->o->x) >= hf_extraction_limits(p->o->x)->text_bytes;
    return true;
}

bool hf_ooxml_parse(hf_ooxml *o, const char *part, const hf_sax_handler *handler, void *data,
                    GError **error)
{
    hf_ooxml_first_time(o, part);
    g_autoptr(hf_sax) sax = hf_sax_new(handler, data, hf_extraction_limits(o->x)->xml_depth, NULL);
    parsing p = {.o = o, .sax = sax, .written = o->written};
    const char *damage = NULL;
    hf_item_error reason = HF_ITEM_DAMAGED;
    if (!hf_opc_read(o->opc, part, MAX_PART, feed, &p, &damage, &reason, error) ||
        !hf_sax_finish(sax, error))
        return false;
    if (p.bare) {
        damage = "hardly any text in much markup: the rest was not read";
        reason = HF_ITEM_LIMIT;
    }
    if (damage == NULL)
        damage = hf_sax_damage(sax, &reason);
    return damage == NULL ||
           hf_extraction_problem(o->x, reason, "text", error, "%s: %s", part, damage);
}

const char *hf_ooxml_main(hf_ooxml *o, const char *usual)
{
    const char *target = hf_opc_target(o->opc, "", "officeDocument");
    if (target != NULL && hf_opc_has(o->opc, target))
        return target;
    return hf_opc_has(o->opc, usual) ? usual : NULL;
}

/* ---- links ---- */

static bool say_target(hf_ooxml *o, const char *target, GError **error)
{
    g_autofree char *shown = g_strdup_printf("<%s>", target);
    hf_ooxml_separate(o, HF_OOXML_SPACE);
    bool done = hf_ooxml_put(o, shown, -1, error);
    hf_ooxml_separate(o, HF_OOXML_SPACE);
    return done;
}

bool hf_ooxml_link(hf_ooxml *o, const char *part, const char *id, GError **error)
{
    const hf_opc_relation *relation = hf_opc_relation_by_id(o->opc, part, id);
    if (relation == NULL || !relation->external)
        return true;
    g_hash_table_add(o->links, g_strdup(relation->target));
    return say_target(o, relation->target, error);
}

bool hf_ooxml_links(hf_ooxml *o, const char *part, GError **error)
{
    const GPtrArray *relations = hf_opc_relations(o->opc, part);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (!relation->external || *relation->target == '\0' ||
            !g_hash_table_add(o->links, g_strdup(relation->target)))
            continue;
        hf_ooxml_separate(o, HF_OOXML_LINE);
        if (!say_target(o, relation->target, error))
            return false;
    }
    return true;
}

/* ---- the end ---- */

/* Where parts that have no text of their own point to: a remote template, a linked picture. */
static bool say_other_links(hf_ooxml *o, GError **error)
{
    static const char folder[] = "_rels/", extension[] = ".rels";
    for (size_t i = 0; i < hf_opc_count(o->opc); i++) {
        const char *name = hf_opc_name(o->opc, i);
        const char *at = strstr(name, folder);
        if (at == NULL || !g_str_has_suffix(name, extension))
            continue;
        const char *base = at + strlen(folder);
        size_t length = strlen(base);
        if (length < strlen(extension))
            continue;
        g_autofree char *part = g_strdup_printf("%.*s%.*s", (int)(at - name), name,
                                                (int)(length - strlen(extension)), base);
        if (!hf_ooxml_links(o, part, error))
            return false;
    }
    return true;
}

bool hf_ooxml_finish(hf_ooxml *o, GError **error)
{
    if (o->opc != NULL && !say_other_links(o, error))
        return false;
    if (o->out->len > 0 && !flush(o, error))
        return false;
    hf_item_error reason = HF_ITEM_DAMAGED;
    const char *damage = o->opc != NULL ? hf_opc_damage(o->opc, &reason) : NULL;
    return damage == NULL || hf_extraction_problem(o->x, reason, "text", error, "%s", damage);
}
