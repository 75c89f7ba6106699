/* proximity.c -- what may stand on the sides of w/N, pre/N and not w/N (holdfast-query(7) "Proximity"). One side is simple: a
 * word, a phrase or some of them joined by or. The other may be any expression of words, which is asked at each hit of the
 * simple one. Otherwise it would not be said which words must be near which. */
#include "query/parser.h"

#include <string.h>

typedef struct {
    hf_query_parser *parser;
    const hf_query_proximity_operator *nearness;
    const hf_query_node *left, *right;
} sides;

static const char *const kind_names[] = {"w", "pre", "not w"};

static const char *kind_name(hf_query_node_kind kind)
{
    return kind_names[kind - HF_QUERY_NODE_WITHIN];
}

static char *name_of(const hf_query_proximity_operator *nearness)
{
    return g_strdup_printf("%s/%u", kind_name(nearness->kind), nearness->distance);
}

bool hf_query_proximity_is_one(const hf_query_node *node)
{
    return node->kind == HF_QUERY_NODE_WITHIN || node->kind == HF_QUERY_NODE_BEFORE ||
           node->kind == HF_QUERY_NODE_NOT_WITHIN;
}

bool hf_query_proximity_is_bare(const hf_query_node *node)
{
    return hf_query_proximity_is_one(node) && !node->grouped;
}

/* The node in its own words, with parentheses if it is more than a leaf. */
static char *operand(const hf_query_parser *p, const hf_query_node *node)
{
    char *text = hf_query_parser_written(p, node->start, node->end);
    if (node->grouped || node->children == NULL)
        return text;
    g_autofree char *bare = text;
    return g_strdup_printf("(%s)", bare);
}

/* The same without the parentheses around it. */
static char *inside(const hf_query_parser *p, const hf_query_node *node)
{
    if (!node->grouped || p->lexer.text[node->start] != '(')
        return hf_query_parser_written(p, node->start, node->end);
    return hf_query_parser_written(p, node->start + 1, node->end - 1);
}

/* ---- kinds of sides ---- */

static bool all_children(const hf_query_node *node, bool (*test)(const hf_query_node *))
{
    for (guint i = 0; i < node->children->len; i++)
        if (!test(node->children->pdata[i]))
            return false;
    return true;
}

/* How many proximities stand inside of one another. */
static unsigned near_depth(const hf_query_node *node)
{
    unsigned deepest = 0;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        deepest = MAX(deepest, near_depth(node->children->pdata[i]));
    return deepest + hf_query_proximity_is_one(node);
}

/* A word, a phrase, or such joined by or. */
static bool is_simple(const hf_query_node *node)
{
    return node->kind == HF_QUERY_NODE_WORDS ||
           (node->kind == HF_QUERY_NODE_OR && all_children(node, is_simple));
}

/* Has hits of its own: no and, no not. */
static bool has_hits(const hf_query_node *node)
{
    return node->kind == HF_QUERY_NODE_WORDS || hf_query_proximity_is_one(node) ||
           (node->kind == HF_QUERY_NODE_OR && all_children(node, has_hits));
}

/* The first part, in the order of the text, that has no place in a text. */
static const hf_query_node *first_without_place(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_VALUE || node->kind == HF_QUERY_NODE_RANGE ||
        node->kind == HF_QUERY_NODE_SAVED)
        return node;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++) {
        const hf_query_node *found = first_without_place(node->children->pdata[i]);
        if (found != NULL)
            return found;
    }
    return NULL;
}

bool hf_query_proximity_has_place(const hf_query_node *node)
{
    return first_without_place(node) == NULL;
}

/* Whether it is true at a place that has none of its words near. */
static bool holds_of_nothing(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_NOT)
        return !holds_of_nothing(node->children->pdata[0]);
    if (node->kind != HF_QUERY_NODE_AND && node->kind != HF_QUERY_NODE_OR)
        return false;
    bool all = node->kind == HF_QUERY_NODE_AND;
    for (guint i = 0; i < node->children->len; i++)
        if (holds_of_nothing(node->children->pdata[i]) != all)
            return !all;
    return all;
}

/* ---- what is refused ---- */

static void *refuse_value(const sides *s, const hf_query_node *value)
{
    hf_query_parser *p = s->parser;
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *field = g_strdup(value->field->name);
    g_autofree char *written = hf_query_parser_written(p, value->start, value->end);
    g_autofree char *left = operand(p, s->left), *right = operand(p, s->right);
    const hf_query_node *lone = s->left == value ? s->right : s->right == value ? s->left : NULL;
    g_autofree char *rest = lone != NULL ? operand(p, lone) : NULL;
    bool not_near = s->nearness->kind == HF_QUERY_NODE_NOT_WITHIN;
    const char *joint = not_near && lone == s->left ? "and not" : "and";
    return hf_query_parser_refuse(
        p, value->start, value->end,
        value->kind == HF_QUERY_NODE_SAVED
            ? g_strdup_printf("a saved search finds documents, so nothing is near it for %s", name)
            : g_strdup_printf("%s: has no place in a text, so nothing is near it for %s", field,
                              name),
        lone != NULL ? g_strdup_printf("write %s %s %s", rest, joint, written)
                     : g_strdup_printf("join it by and outside of the proximity: (… %s …) and %s",
                                       name, written));
}

/* a, b, c of "(a and b and c)", each written once more in `format`, joined by and. */
static char *spread(const sides *s, const hf_query_node *group, const hf_query_node *other,
                    bool group_first)
{
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *beside = operand(s->parser, other);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < group->children->len; i++) {
        g_autofree char *one = operand(s->parser, group->children->pdata[i]);
        g_string_append_printf(out, "%s(%s %s %s)", i > 0 ? " and " : "",
                               group_first ? one : beside, name, group_first ? beside : one);
    }
    return g_string_free(out, FALSE);
}

/* X w/10 (c w/3 d): X near either, and the two near each other. */
static char *untangled(const sides *s, const hf_query_node *near, const hf_query_node *other,
                       bool near_first)
{
    hf_query_parser *p = s->parser;
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *a = operand(p, near->children->pdata[0]);
    g_autofree char *b = operand(p, near->children->pdata[1]);
    g_autofree char *either = g_strdup_printf("(%s or %s)", a, b);
    g_autofree char *beside = operand(p, other), *whole = operand(p, near);
    return g_strdup_printf("(%s %s %s) and %s", near_first ? either : beside, name,
                           near_first ? beside : either, whole);
}

/* What both sides may have meant, as a query; NULL if that is not to be guessed. */
static char *said_apart(const sides *s)
{
    const hf_query_node *const both[] = {s->left, s->right};
    if (s->nearness->kind == HF_QUERY_NODE_NOT_WITHIN)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (both[i]->kind == HF_QUERY_NODE_AND && all_children(both[i], is_simple))
            return spread(s, both[i], both[1 - i], i == 0);
    for (int i = 1; i >= 0; i--)
        if (hf_query_proximity_is_one(both[i]) && both[i]->kind != HF_QUERY_NODE_NOT_WITHIN &&
            all_children(both[i], is_simple))
            return untangled(s, both[i], both[1 - i], i == 0);
    return NULL;
}

static void *refuse_both(const sides *s)
{
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *apart = said_apart(s);
    return hf_query_parser_refuse(
        s->parser, s->nearness->start, s->nearness->end,
        g_strdup_printf("both sides of %s have and, not or a proximity of their own, so it is not "
                        "said which words must be near which",
                        name),
        apart != NULL
            ? g_strdup_printf("say it apart, such as %s", apart)
            : g_strdup("let one side be a word, a phrase or some joined by or, and say the "
                       "rest apart: (a w/10 (c and d)) and (b w/10 (c and d))"));
}

static void *refuse_not_side(const sides *s, const hf_query_node *side)
{
    hf_query_parser *p = s->parser;
    const hf_query_node *other = side == s->left ? s->right : s->left;
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *beside = operand(p, other);
    const hf_query_node *away = side->kind == HF_QUERY_NODE_NOT ? side->children->pdata[0] : NULL;
    bool sayable = away != NULL && has_hits(other) && (is_simple(other) || is_simple(away));
    g_autofree char *without = sayable ? operand(p, away) : NULL;
    bool not_near = s->nearness->kind == HF_QUERY_NODE_NOT_WITHIN;
    unsigned n = s->nearness->distance;
    char *advice =
        without == NULL
            ? g_strdup_printf("let it have a word that must be near, such as (a and not b) %s %s",
                              name, beside)
            : g_strdup_printf("write %s %s/%u %s%s", beside, not_near ? "w" : "not w", n, without,
                              s->nearness->kind == HF_QUERY_NODE_BEFORE ? ", in either order" : "");
    return hf_query_parser_refuse(
        p, side->start, side->end,
        g_strdup_printf("this side of %s would hold where none of its words is near", name),
        advice);
}

static void *refuse_hitless(const sides *s)
{
    hf_query_parser *p = s->parser;
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *right = operand(p, s->right), *advice = NULL;
    if (s->left->kind == HF_QUERY_NODE_AND && is_simple(s->left->children->pdata[0])) {
        const hf_query_node *first = s->left->children->pdata[0];
        g_autofree char *one = operand(p, first), *all = inside(p, s->left);
        advice =
            g_strdup_printf("write which of them must be away from it, such as (%s) and (%s %s %s)",
                            all, one, name, right);
    }
    return hf_query_parser_refuse(
        p, s->left->start, s->left->end,
        g_strdup_printf("the left side of %s has and or not, so it is not said which of its words "
                        "must be away from the right side",
                        name),
        advice != NULL ? g_steal_pointer(&advice)
                       : g_strdup("let it be a word, a phrase, some joined by or, or a proximity"));
}

/* ---- fields ---- */

static unsigned common_fields(const hf_query_node *node)
{
    unsigned fields = node->children == NULL ? hf_query_node_fields(node) : HF_FIELDS_ALL;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        fields &= common_fields(node->children->pdata[i]);
    return fields;
}

static void *refuse_apart(const sides *s)
{
    hf_query_parser *p = s->parser;
    g_autofree char *name = name_of(s->nearness);
    g_autofree char *left = operand(p, s->left), *right = operand(p, s->right);
    bool not_near = s->nearness->kind == HF_QUERY_NODE_NOT_WITHIN;
    return hf_query_parser_refuse(
        p, s->nearness->start, s->nearness->end,
        g_strdup_printf("no field has the words of both sides of %s, and words of two fields are "
                        "never near each other",
                        name),
        not_near ? g_strdup_printf("write %s and not %s, or the same field for both", left, right)
                 : g_strdup_printf("write %s and %s, or the same field for both", left, right));
}

/* ---- both sides ---- */

/* Whether both sides are as they must be; else with the fault. */
static bool check(const sides *s)
{
    const hf_query_node *both[] = {s->left, s->right};
    for (int i = 0; i < 2; i++) {
        const hf_query_node *value = first_without_place(both[i]);
        if (value != NULL)
            return refuse_value(s, value) != NULL;
    }
    if (s->nearness->kind == HF_QUERY_NODE_NOT_WITHIN && !has_hits(s->left))
        return refuse_hitless(s) != NULL;
    for (int i = 0; i < 2; i++)
        if (holds_of_nothing(both[i]))
            return refuse_not_side(s, both[i]) != NULL;
    if (!is_simple(s->left) && !is_simple(s->right))
        return refuse_both(s) != NULL;
    if ((common_fields(s->left) & common_fields(s->right)) == 0)
        return refuse_apart(s) != NULL;
    if (MAX(near_depth(s->left), near_depth(s->right)) >= HF_QUERY_NEAR_DEPTH_MAX)
        return hf_query_parser_refuse(
                   s->parser, s->nearness->start, s->nearness->end,
                   g_strdup("too many proximities are nested in one another"),
                   g_strdup_printf("at most %d are read", HF_QUERY_NEAR_DEPTH_MAX)) != NULL;
    return true;
}

hf_query_node *hf_query_proximity_join(hf_query_parser *p, hf_query_node *left,
                                       const hf_query_proximity_operator *nearness,
                                       hf_query_node *right)
{
    g_autoptr(hf_query_node) a = left;
    g_autoptr(hf_query_node) b = right;
    const sides s = {p, nearness, a, b};
    if (!check(&s))
        return NULL;
    hf_query_node *node = hf_query_node_new(nearness->kind, a->start, b->end);
    node->distance = nearness->distance;
    g_ptr_array_add(node->children, g_steal_pointer(&a));
    g_ptr_array_add(node->children, g_steal_pointer(&b));
    return node;
}
