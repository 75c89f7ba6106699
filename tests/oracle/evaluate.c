/* What a query finds, by looking at every token and every pair of hits. */
#include "oracle/oracle.h"
#include <string.h>

#define CHILD(node, i) ((const oracle_node *)g_ptr_array_index((node)->children, i))
#define SPAN(spans, i) g_array_index(spans, oracle_span, i)

static GArray *no_spans(void)
{
    return g_array_new(FALSE, FALSE, sizeof(oracle_span));
}

static gint compare_spans(gconstpointer a, gconstpointer b)
{
    const oracle_span *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->last == y->last ? 0 : x->last < y->last ? -1 : 1;
}

/* Ascending, each once. */
static void tidy(GArray *spans)
{
    g_array_sort(spans, compare_spans);
    guint kept = 0;
    for (guint i = 0; i < spans->len; i++)
        if (kept == 0 || compare_spans(&SPAN(spans, i), &SPAN(spans, kept - 1)) != 0)
            SPAN(spans, kept++) = SPAN(spans, i);
    g_array_set_size(spans, kept);
}

static void add_all(GArray *spans, const GArray *more)
{
    if (more->len > 0)
        g_array_append_vals(spans, more->data, more->len);
}

/* ---- phrases ---- */

static bool token_is(oracle_item *item, const oracle_words *words, const oracle_token *token)
{
    if (oracle_item_is(item, words, token->word))
        return true;
    return item->kind == ORACLE_SINGLE && token->tail != 0 &&
           oracle_item_is(item, words, token->tail);
}

static bool phrase_at(const oracle_node *phrase, const oracle_words *words, const GArray *tokens,
                      guint at)
{
    const oracle_token *first = &g_array_index(tokens, oracle_token, at);
    for (guint i = 0; i < phrase->items->len; i++) {
        if (at + i >= tokens->len)
            return false;
        const oracle_token *token = &g_array_index(tokens, oracle_token, at + i);
        if (token->position != first->position + i ||
            !token_is(g_ptr_array_index(phrase->items, i), words, token))
            return false;
    }
    return true;
}

static GArray *phrase_hits(const oracle_node *phrase, const oracle_words *words,
                           const oracle_stretch *stretch)
{
    GArray *spans = no_spans();
    if ((phrase->fields & 1u << stretch->field) == 0)
        return spans;
    for (guint i = 0; i < stretch->tokens->len; i++) {
        if (!phrase_at(phrase, words, stretch->tokens, i))
            continue;
        uint32_t first = g_array_index(stretch->tokens, oracle_token, i).position;
        oracle_span span = {first, first + phrase->items->len - 1};
        g_array_append_val(spans, span);
    }
    return spans;
}

/* ---- proximity ---- */

/* Whether `b` lies within reach of `a`: on either side, or only behind it. */
static bool near(const oracle_span *a, const oracle_span *b, unsigned distance, bool behind_only)
{
    if (a->last < b->first)
        return b->first - a->last <= distance;
    if (b->last < a->first)
        return !behind_only && a->first - b->last <= distance;
    return false;
}

static bool near_any(const oracle_span *a, const GArray *spans, const oracle_node *op,
                     bool a_is_left)
{
    bool ordered = op->kind == ORACLE_PRE;
    for (guint i = 0; i < spans->len; i++) {
        const oracle_span *b = &SPAN(spans, i);
        if (a_is_left ? near(a, b, op->distance, ordered) : near(b, a, op->distance, ordered))
            return true;
    }
    return false;
}

/* Those of `from` that have one of `other` near (or have none, with `without`). */
static void keep(GArray *out, const GArray *from, const GArray *other, const oracle_node *op,
                 bool from_is_left, bool without)
{
    for (guint i = 0; i < from->len; i++)
        if (near_any(&SPAN(from, i), other, op, from_is_left) != without)
            g_array_append_val(out, SPAN(from, i));
}

static GArray *plain_near(const oracle_node *op, const oracle_words *words,
                          const oracle_stretch *stretch)
{
    g_autoptr(GArray) left = oracle_hits(CHILD(op, 0), words, stretch);
    g_autoptr(GArray) right = oracle_hits(CHILD(op, 1), words, stretch);
    GArray *out = no_spans();
    keep(out, left, right, op, true, op->kind == ORACLE_NOT_NEAR);
    if (op->kind != ORACLE_NOT_NEAR)
        keep(out, right, left, op, false, false);
    tidy(out);
    return out;
}

/* ---- a side with and, or, not ---- */

/* Whether `side` holds at the hit `s`: each positional part of it is read as "lies near s". */
static bool holds_at(const oracle_node *side, const oracle_words *words,
                     const oracle_stretch *stretch, const oracle_span *s, const oracle_node *op,
                     bool s_is_left)
{
    if (oracle_is_positional(side)) {
        g_autoptr(GArray) spans = oracle_hits(side, words, stretch);
        return near_any(s, spans, op, s_is_left);
    }
    if (side->kind == ORACLE_NOT)
        return !holds_at(CHILD(side, 0), words, stretch, s, op, s_is_left);
    for (guint i = 0; i < side->children->len; i++) {
        bool holds = holds_at(CHILD(side, i), words, stretch, s, op, s_is_left);
        if (holds != (side->kind == ORACLE_AND))
            return holds;
    }
    return side->kind == ORACLE_AND;
}

/* The hits of the positional parts of `side` near `s`, but for those below a `not`. */
static void add_near(const oracle_node *side, const oracle_words *words,
                     const oracle_stretch *stretch, const oracle_span *s, const oracle_node *op,
                     bool s_is_left, GArray *out)
{
    if (oracle_is_positional(side)) {
        g_autoptr(GArray) spans = oracle_hits(side, words, stretch);
        g_autoptr(GArray) one = no_spans();
        g_array_append_val(one, *s);
        keep(out, spans, one, op, !s_is_left, false);
        return;
    }
    for (guint i = 0; side->kind != ORACLE_NOT && i < side->children->len; i++)
        add_near(CHILD(side, i), words, stretch, s, op, s_is_left, out);
}

static GArray *boolean_near(const oracle_node *op, const oracle_words *words,
                            const oracle_stretch *stretch)
{
    bool s_is_left = oracle_is_positional(CHILD(op, 0));
    const oracle_node *simple = CHILD(op, s_is_left ? 0 : 1), *side = CHILD(op, s_is_left ? 1 : 0);
    g_autoptr(GArray) spans = oracle_hits(simple, words, stretch);
    GArray *out = no_spans();
    for (guint i = 0; i < spans->len; i++) {
        const oracle_span *s = &SPAN(spans, i);
        bool holds = holds_at(side, words, stretch, s, op, s_is_left);
        if (holds != (op->kind == ORACLE_NOT_NEAR))
            g_array_append_val(out, *s);
        if (holds && op->kind != ORACLE_NOT_NEAR)
            add_near(side, words, stretch, s, op, s_is_left, out);
    }
    tidy(out);
    return out;
}

static bool far(const oracle_node *side)
{
    if (oracle_is_positional(side))
        return false;
    if (side->kind == ORACLE_NOT)
        return !far(CHILD(side, 0));
    for (guint i = 0; i < side->children->len; i++)
        if (far(CHILD(side, i)) != (side->kind == ORACLE_AND))
            return side->kind != ORACLE_AND;
    return side->kind == ORACLE_AND;
}

bool oracle_holds_far(const oracle_node *node)
{
    return far(node);
}

/* ---- all of it ---- */

GArray *oracle_hits(const oracle_node *node, const oracle_words *words,
                    const oracle_stretch *stretch)
{
    if (node->kind == ORACLE_PHRASE)
        return phrase_hits(node, words, stretch);
    if (node->kind == ORACLE_OR) {
        GArray *out = no_spans();
        for (guint i = 0; i < node->children->len; i++) {
            g_autoptr(GArray) spans = oracle_hits(CHILD(node, i), words, stretch);
            add_all(out, spans);
        }
        tidy(out);
        return out;
    }
    g_assert(node->kind == ORACLE_NEAR || node->kind == ORACLE_PRE ||
             node->kind == ORACLE_NOT_NEAR);
    return oracle_is_positional(CHILD(node, 0)) && oracle_is_positional(CHILD(node, 1))
               ? plain_near(node, words, stretch)
               : boolean_near(node, words, stretch);
}

static int64_t midnight(const oracle_day *day, GTimeZone *zone)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time =
        g_date_time_new(zone != NULL ? zone : utc, day->year, day->month, day->day, 0, 0, 0);
    return g_date_time_to_unix(time) * G_USEC_PER_SEC;
}

static bool in_range(const oracle_node *range, const oracle_document *document)
{
    int64_t value = document->columns[range->column];
    if (value == HF_TIME_NONE)
        return false;
    if (range->column == HF_COLUMN_SIZE)
        return value >= range->low && value <= range->high;
    return (range->first.open || value >= midnight(&range->first, document->zone)) &&
           (range->behind.open || value < midnight(&range->behind, document->zone));
}

static bool has_value(const oracle_node *node, const oracle_document *document)
{
    g_autofree char *asked = g_strdup_printf("%s:%s", node->field, node->value);
    for (guint i = 0; i < document->values->len; i++)
        if (g_ascii_strcasecmp(asked, g_ptr_array_index(document->values, i)) == 0)
            return true;
    return false;
}

static bool found_anywhere(const oracle_node *node, const oracle_words *words,
                           const oracle_document *document)
{
    for (guint i = 0; i < document->stretches->len; i++) {
        g_autoptr(GArray) spans =
            oracle_hits(node, words, g_ptr_array_index(document->stretches, i));
        if (spans->len > 0)
            return true;
    }
    return false;
}

bool oracle_found(const oracle_node *node, const oracle_words *words,
                  const oracle_document *document)
{
    switch (node->kind) {
    case ORACLE_OR:
    case ORACLE_AND:
        for (guint i = 0; i < node->children->len; i++)
            if (oracle_found(CHILD(node, i), words, document) == (node->kind == ORACLE_OR))
                return node->kind == ORACLE_OR;
        return node->kind == ORACLE_AND;
    case ORACLE_NOT:
        return !oracle_found(CHILD(node, 0), words, document);
    case ORACLE_SAVED:
        return oracle_found(CHILD(node, 0), words, document);
    case ORACLE_RANGE:
        return in_range(node, document);
    case ORACLE_VALUE:
        return has_value(node, document);
    default:
        return found_anywhere(node, words, document);
    }
}

GArray *oracle_marks(const oracle_node *node, const oracle_words *words,
                     const oracle_stretch *stretch)
{
    if (oracle_is_positional(node))
        return oracle_hits(node, words, stretch);
    GArray *out = no_spans();
    for (guint i = 0; node->kind != ORACLE_NOT && i < node->children->len; i++) {
        g_autoptr(GArray) spans = oracle_marks(CHILD(node, i), words, stretch);
        add_all(out, spans);
    }
    tidy(out);
    return out;
}
