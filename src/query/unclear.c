/* unclear.c -- what people and systems read differently is refused, with the readings written out in the query's own words. */
#include "query/parser.h"

#include <string.h>

static char *written(const hf_query_parser *p, size_t start, size_t end)
{
    return hf_query_parser_written(p, start, end);
}

/* ---- values and fields ---- */

/* "2001 .. 2002" without its spaces, if that is a range; else NULL. */
static char *joined_range(hf_query_parser *p, const hf_query_node *first)
{
    if (first->kind != HF_QUERY_NODE_RANGE)
        return NULL;
    const char *more = p->lexer.text + p->token.end;
    more += strspn(more, " ");
    bool dots = p->token.end - p->token.start == 2;
    g_autofree char *last = g_strndup(more, dots ? strcspn(more, " \t\r\n()\"") : 0);
    g_autofree char *rest = hf_query_parser_slice(p, first->start, p->token.end);
    g_autofree char *both = g_strconcat(rest, last, NULL);
    g_autoptr(hf_query_node) range = hf_query_node_new(HF_QUERY_NODE_RANGE, 0, 0);
    g_autofree char *message = NULL, *advice = NULL;
    range->field = first->field;
    return hf_query_parser_range(range, both, &message, &advice) ? g_strdup(range->value) : NULL;
}

/* Two values side by side, in parentheses or out of them: a name of two words, most likely. */
void *hf_query_unclear_values(hf_query_parser *p, const hf_query_field *field,
                              const hf_query_node *first)
{
    g_autofree char *both = written(p, first->start, p->token.end);
    g_autofree char *a = written(p, first->start, first->end);
    g_autofree char *b = written(p, p->token.start, p->token.end);
    g_autofree char *range = joined_range(p, first);
    return hf_query_parser_refuse(
        p, p->token.start, p->token.end,
        g_strdup_printf("%s: takes one value, and this is a second one", field->name),
        range != NULL ? g_strdup_printf("write %s:%s, without spaces", field->name, range)
        : p->token.quoted || strchr(both, '"') != NULL || field->kind != HF_QUERY_FIELD_VALUE
            ? g_strdup_printf("write %s:(%s or %s)", field->name, a, b)
            : g_strdup_printf("write %s:\"%s\", or %s:(%s or %s)", field->name, both, field->name,
                              a, b));
}

/* `subject:apple pear`: whether pear is of the subject is told neither by the text nor by other systems. */
void *hf_query_unclear_reach(hf_query_parser *p, const hf_query_field *field,
                             const hf_query_node *first)
{
    g_autofree char *a = written(p, first->start, first->end);
    g_autofree char *b = written(p, p->token.start, p->token.end);
    return hf_query_parser_refuse(
        p, p->token.start, p->token.end,
        g_strdup_printf("it is not clear whether this is %s %s:",
                        field->kind == HF_QUERY_FIELD_WORDS ? "searched in" : "part of",
                        field->name),
        g_strdup_printf("write %s:(%s %s) if it is, %s:%s and %s if not", field->name, a, b,
                        field->name, a, b));
}

/* ---- operands ---- */

/* Where the operand that begins with the next token ends: for advice, before it is read. */
static size_t operand_end(const hf_query_parser *p)
{
    hf_query_fault ignored = {0};
    hf_query_lexer lexer = p->lexer;
    hf_query_token token = p->token;
    lexer.fault = &ignored;
    unsigned open = 0;
    size_t end = token.end;
    while (token.kind != HF_QUERY_TOKEN_END && token.kind != HF_QUERY_TOKEN_FAULT) {
        end = token.end;
        open += token.kind == HF_QUERY_TOKEN_OPEN;
        open -= token.kind == HF_QUERY_TOKEN_CLOSE && open > 0;
        if (open == 0 && token.kind != HF_QUERY_TOKEN_FIELD)
            break;
        hf_query_lexer_next(&lexer, token.field, &token);
    }
    hf_query_fault_clear(&ignored);
    return end;
}

/* Two operands without an operator between. */
void *hf_query_unclear_joint(hf_query_parser *p, const hf_query_node *left)
{
    const hf_query_token *t = &p->token;
    g_autofree char *a = written(p, left->start, left->end);
    if (t->kind == HF_QUERY_TOKEN_NOT)
        return hf_query_parser_refuse(p, t->start, t->end,
                                      g_strdup("not joins nothing: it needs and or or before it"),
                                      g_strdup_printf("write %s and not …", a));
    g_autofree char *b = written(p, t->start, operand_end(p));
    bool words = t->kind != HF_QUERY_TOKEN_FIELD || t->field->kind == HF_QUERY_FIELD_WORDS;
    bool phrase = words && hf_query_proximity_has_place(left);
    return hf_query_parser_refuse(
        p, t->start, t->end, g_strdup("there is no operator before this"),
        phrase ? g_strdup_printf("write %s and %s, %s or %s, or, for words side by side, "
                                 "%s pre/1 %s",
                                 a, b, a, b, a, b)
               : g_strdup_printf("write %s and %s, or %s or %s", a, b, a, b));
}

/* ---- proximity ---- */

static char *joint(const hf_query_parser *p, const hf_query_proximity_operator *nearness)
{
    g_autofree char *text = hf_query_parser_slice(p, nearness->start, nearness->end);
    return g_ascii_strdown(text, -1);
}

void *hf_query_unclear_chain(hf_query_parser *p, const hf_query_node *const operands[3],
                             const hf_query_proximity_operator operators[2], bool more)
{
    g_autofree char *a = written(p, operands[0]->start, operands[0]->end);
    g_autofree char *b = written(p, operands[1]->start, operands[1]->end);
    g_autofree char *c = written(p, operands[2]->start, operands[2]->end);
    g_autofree char *one = joint(p, &operators[0]), *two = joint(p, &operators[1]);
    return hf_query_parser_refuse(p, operators[1].start, operators[1].end,
                                  g_strdup("it is not clear which of these belong together"),
                                  g_strdup_printf("write (%s %s %s) %s %s, or %s %s (%s %s %s)%s",
                                                  a, one, b, two, c, a, one, b, two, c,
                                                  more ? ", and so on in the rest of it" : ""));
}

void *hf_query_unclear_not(hf_query_parser *p, const hf_query_node *left,
                           const hf_query_proximity_operator *nearness, const hf_query_node *right)
{
    const hf_query_node *away = left->children->pdata[0];
    g_autofree char *a = written(p, away->start, away->end);
    g_autofree char *b = written(p, right->start, right->end);
    g_autofree char *between = joint(p, nearness);
    return hf_query_parser_refuse(p, left->start, left->end,
                                  g_strdup_printf("it is not clear how far this not reaches"),
                                  nearness->kind == HF_QUERY_NODE_NOT_WITHIN
                                      ? g_strdup_printf("write not (%s %s %s)", a, between, b)
                                      : g_strdup_printf("write not (%s %s %s), or %s not w/%u %s",
                                                        a, between, b, b, nearness->distance, a));
}

/* ---- and, or ---- */

/* Longest run of operands that is shown whole in two readings. */
#define READING_MOST 400

static hf_query_token_kind operator_at(const GArray *operators, guint i)
{
    return g_array_index(operators, hf_query_token_kind, i);
}

/* An operand of and or or, with parentheses if it is a proximity without them. */
static char *as_operand(const hf_query_parser *p, const hf_query_node *node)
{
    g_autofree char *text = written(p, node->start, node->end);
    return hf_query_proximity_is_bare(node) ? g_strdup_printf("(%s)", text)
                                            : g_steal_pointer(&text);
}

/* The operands from `first` to `last` with parentheses around the runs that `tight` joins. */
static char *reading(const hf_query_parser *p, const GPtrArray *operands, const GArray *operators,
                     guint first, guint last, hf_query_token_kind tight)
{
    GString *out = g_string_new(NULL);
    for (guint i = first; i <= last; i++) {
        bool before = i > first && operator_at(operators, i - 1) == tight;
        bool after = i < last && operator_at(operators, i) == tight;
        g_autofree char *text = as_operand(p, operands->pdata[i]);
        g_string_append_printf(out, "%s%s%s", after && !before ? "(" : "", text,
                               before && !after ? ")" : "");
        if (i < last)
            g_string_append(out,
                            operator_at(operators, i) == HF_QUERY_TOKEN_AND ? " and " : " or ");
    }
    return g_string_free(out, FALSE);
}

/* `second` is the first operator, at `at` among them, that is not like those before it. */
void *hf_query_unclear_and_or(hf_query_parser *p, const GPtrArray *operands,
                              const GArray *operators, guint at, const hf_query_token *second)
{
    const hf_query_node *head = operands->pdata[0], *tail = operands->pdata[operands->len - 1];
    bool whole = tail->end - head->start <= READING_MOST;
    guint first = whole ? 0 : at - 1, last = whole ? operands->len - 1 : at + 1;
    g_autofree char *common = reading(p, operands, operators, first, last, HF_QUERY_TOKEN_AND);
    g_autofree char *dtsearch = reading(p, operands, operators, first, last, HF_QUERY_TOKEN_OR);
    return hf_query_parser_refuse(
        p, second->start, second->end,
        g_strdup("and and or stand side by side without parentheses, which systems read "
                 "differently"),
        g_strdup_printf("write %s (most systems), or %s (dtSearch)%s", common, dtsearch,
                        whole ? "" : ", and so on in the rest of it"));
}

/* The operands of an or before and behind one of them, a proximity whose sides take them in: as dtSearch reads it. */
static char *widened(const hf_query_parser *p, const GPtrArray *operands, guint at)
{
    const hf_query_node *near = operands->pdata[at];
    const hf_query_node *sides[] = {near->children->pdata[0], near->children->pdata[1]};
    g_autoptr(GString) left = g_string_new(NULL);
    g_autoptr(GString) right = g_string_new(NULL);
    for (guint i = 0; i <= at; i++) {
        const hf_query_node *one = i < at ? operands->pdata[i] : sides[0];
        g_autofree char *text = written(p, one->start, one->end);
        g_string_append_printf(left, "%s%s", i > 0 ? " or " : "", text);
    }
    for (guint i = at; i < operands->len; i++) {
        const hf_query_node *one = i > at ? operands->pdata[i] : sides[1];
        g_autofree char *text = written(p, one->start, one->end);
        g_string_append_printf(right, "%s%s", i > at ? " or " : "", text);
    }
    g_autofree char *between = g_strstrip(hf_query_parser_slice(p, sides[0]->end, sides[1]->start));
    bool one_left = at == 0, one_right = at + 1 == operands->len;
    return g_strdup_printf("%s%s%s %s %s%s%s", one_left ? "" : "(", left->str, one_left ? "" : ")",
                           between, one_right ? "" : "(", right->str, one_right ? "" : ")");
}

/* The only proximity among the operands; their number if there are several, or if another has no place in a text. */
static guint only_proximity(const GPtrArray *operands)
{
    guint found = operands->len;
    for (guint i = 0; i < operands->len; i++) {
        const hf_query_node *node = operands->pdata[i];
        bool bare = hf_query_proximity_is_bare(node);
        if ((bare && found < operands->len) || !hf_query_proximity_has_place(node))
            return operands->len;
        found = bare ? i : found;
    }
    return found;
}

/* `a or b w/5 c`: in dtSearch or binds first. */
void *hf_query_unclear_or(hf_query_parser *p, const GPtrArray *operands, const GArray *operators,
                          const hf_query_node *near)
{
    const hf_query_node *left = near->children->pdata[0], *right = near->children->pdata[1];
    const hf_query_node *head = operands->pdata[0], *tail = operands->pdata[operands->len - 1];
    guint only = only_proximity(operands);
    bool whole = tail->end - head->start <= READING_MOST;
    g_autofree char *common =
        whole ? reading(p, operands, operators, 0, operands->len - 1, HF_QUERY_TOKEN_AND)
              : as_operand(p, near);
    g_autofree char *dtsearch = whole && only < operands->len ? widened(p, operands, only) : NULL;
    size_t start = left->end, end = right->start;
    while (g_ascii_isspace(p->lexer.text[start]))
        start++;
    while (end > start && g_ascii_isspace(p->lexer.text[end - 1]))
        end--;
    return hf_query_parser_refuse(
        p, start, end,
        g_strdup("or and a proximity stand side by side without parentheses, which systems "
                 "read differently"),
        dtsearch != NULL
            ? g_strdup_printf("write %s (most systems), or %s (dtSearch)", common, dtsearch)
            : g_strdup_printf("write %s, or put the terms that or joins in parentheses", common));
}
