/* parse.c -- text to syntax tree, by recursive descent:
 *
 *   query    = operands
 *   operands = near { "and" near } | near { "or" near }      never both: which binds first differs between systems
 *   near     = operand [ proximity operand ]                 proximity = "w/N" | "pre/N" | "not" "w/N"; no chains
 *   operand  = "not" operand | "(" operands ")" | text { text }
 *            | field ":" ( value | "(" operands ")" ) | field "contains" ( text { text } | "(" operands ")" )
 *            | field comparison value
 *
 * Inside a field's parentheses the same rules hold, without fields. Adjacent texts, quoted or not, are one phrase. */
#include "query/parser.h"

#include <string.h>

typedef hf_query_parser parser;

static hf_query_node *parse_operands(parser *p);
static hf_query_node *parse_operand(parser *p);

static void advance(parser *p)
{
    hf_query_lexer_next(&p->lexer, p->field, &p->token);
}

void *hf_query_parser_refuse(parser *p, size_t start, size_t end, char *message, char *advice)
{
    hf_query_fault_take(p->lexer.fault, p->lexer.text, start, end - start, message, advice);
    return NULL;
}

static void *refuse(parser *p, size_t start, size_t end, char *message, char *advice)
{
    return hf_query_parser_refuse(p, start, end, message, advice);
}

static char *slice(const parser *p, size_t start, size_t end)
{
    return g_strndup(p->lexer.text + start, end - start);
}

char *hf_query_parser_written(const parser *p, size_t start, size_t end)
{
    const size_t most = 80;
    if (end - start <= most)
        return slice(p, start, end);
    size_t cut = start + most;
    while (cut > start && ((unsigned char)p->lexer.text[cut] & 0xC0) == 0x80)
        cut--;
    g_autofree char *head = slice(p, start, cut);
    return g_strconcat(head, "…", NULL);
}

static char *written(const parser *p, size_t start, size_t end)
{
    return hf_query_parser_written(p, start, end);
}

/* ---- words and values ---- */

static bool is_proximity(hf_query_node_kind kind)
{
    return kind == HF_QUERY_NODE_WITHIN || kind == HF_QUERY_NODE_BEFORE ||
           kind == HF_QUERY_NODE_NOT_WITHIN;
}

static hf_query_node *parse_words(parser *p)
{
    g_autoptr(hf_query_node) node =
        hf_query_node_new(HF_QUERY_NODE_WORDS, p->token.start, p->token.end);
    node->field = p->field;
    while (p->token.kind == HF_QUERY_TOKEN_TEXT) {
        if (!hf_query_words_add(p, node, &p->token))
            return NULL;
        node->end = p->token.end;
        advance(p);
    }
    if (p->token.kind == HF_QUERY_TOKEN_FAULT || !hf_query_words_settle(p, node))
        return NULL;
    return g_steal_pointer(&node);
}

/* "> 2001" is ">2001". */
static char *without_spaces(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        if (!g_unichar_isspace(g_utf8_get_char(at)))
            g_string_append_unichar(out, g_utf8_get_char(at));
    return g_string_free(out, FALSE);
}

static bool read_range(hf_query_node *node, char **message, char **advice)
{
    if (node->field->kind == HF_QUERY_FIELD_SIZE)
        return hf_query_sizes_parse(node->value, &node->low, &node->high, message, advice);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    return hf_query_days_parse(node->value, utc, &node->low, &node->high, message, advice);
}

static hf_query_node *value_node(parser *p, const hf_query_token *token)
{
    const hf_query_field *field = p->field;
    g_autofree char *text = slice(p, token->inner_start, token->inner_end);
    char *message = NULL, *advice = NULL;
    if (field->kind == HF_QUERY_FIELD_VALUE) {
        g_autofree char *value = hf_query_field_value(field, text, &message, &advice);
        if (value == NULL)
            return refuse(p, token->start, token->end, message, advice);
        if (field->value == HF_QUERY_SAVED)
            return hf_query_saved_node(p, field, value, token->start, token->end);
        hf_query_node *node = hf_query_node_new(HF_QUERY_NODE_VALUE, token->start, token->end);
        node->field = field;
        node->value = g_steal_pointer(&value);
        return node;
    }
    g_autoptr(hf_query_node) node =
        hf_query_node_new(HF_QUERY_NODE_RANGE, token->start, token->end);
    node->field = field;
    node->value = without_spaces(text);
    if (!read_range(node, &message, &advice))
        return refuse(p, token->start, token->end, message, advice);
    return g_steal_pointer(&node);
}

/* "2001 .. 2002" without its spaces, if that is a range; else NULL. */
static char *joined_range(parser *p, const hf_query_node *first)
{
    if (first->kind != HF_QUERY_NODE_RANGE)
        return NULL;
    const char *more = p->lexer.text + p->token.end;
    more += strspn(more, " ");
    bool dots = p->token.end - p->token.start == 2;
    g_autofree char *last = g_strndup(more, dots ? strcspn(more, " \t\r\n()\"") : 0);
    g_autofree char *rest = slice(p, first->start, p->token.end);
    g_autofree char *both = g_strconcat(rest, last, NULL);
    g_autoptr(hf_query_node) range = hf_query_node_new(HF_QUERY_NODE_RANGE, 0, 0);
    g_autofree char *message = NULL, *advice = NULL;
    range->field = first->field;
    range->value = without_spaces(both);
    return read_range(range, &message, &advice) ? g_strdup(range->value) : NULL;
}

/* Two values side by side, in parentheses or out of them: a name of two words, most likely. */
static hf_query_node *two_values(parser *p, const hf_query_field *field, const hf_query_node *first)
{
    g_autofree char *both = written(p, first->start, p->token.end);
    g_autofree char *a = written(p, first->start, first->end);
    g_autofree char *b = written(p, p->token.start, p->token.end);
    g_autofree char *range = joined_range(p, first);
    return refuse(p, p->token.start, p->token.end,
                  g_strdup_printf("%s: takes one value, and this is a second one", field->name),
                  range != NULL ? g_strdup_printf("write %s:%s, without spaces", field->name, range)
                  : p->token.quoted || strchr(both, '"') != NULL ||
                          field->kind != HF_QUERY_FIELD_VALUE
                      ? g_strdup_printf("write %s:(%s or %s)", field->name, a, b)
                      : g_strdup_printf("write %s:\"%s\", or %s:(%s or %s)", field->name, both,
                                        field->name, a, b));
}

static hf_query_node *parse_value(parser *p)
{
    hf_query_token token = p->token;
    g_autoptr(hf_query_node) node = value_node(p, &token);
    if (node == NULL)
        return NULL;
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_TEXT)
        return two_values(p, p->field, node);
    return g_steal_pointer(&node);
}

static hf_query_node *parse_text(parser *p)
{
    bool values = p->field != NULL && p->field->kind != HF_QUERY_FIELD_WORDS;
    return values ? parse_value(p) : parse_words(p);
}

/* ---- fields ---- */

/* `subject:apple pear`: whether pear is of the subject is told neither by the text nor by other systems. */
static hf_query_node *unclear_reach(parser *p, const hf_query_field *field,
                                    const hf_query_node *first)
{
    g_autofree char *a = written(p, first->start, first->end);
    g_autofree char *b = written(p, p->token.start, p->token.end);
    return refuse(p, p->token.start, p->token.end,
                  g_strdup_printf("it is not clear whether this is %s %s:",
                                  field->kind == HF_QUERY_FIELD_WORDS ? "searched in" : "part of",
                                  field->name),
                  g_strdup_printf("write %s:(%s %s) if it is, %s:%s and %s if not", field->name, a,
                                  b, field->name, a, b));
}

/* All texts after `contains`. */
static hf_query_node *parse_contained(parser *p)
{
    hf_query_node *node = parse_words(p);
    p->field = NULL;
    return node;
}

/* One word or value after the colon. */
static hf_query_node *parse_bare(parser *p, const hf_query_field *field)
{
    hf_query_token token = p->token;
    g_autoptr(hf_query_node) node = NULL;
    if (field->kind == HF_QUERY_FIELD_WORDS) {
        node = hf_query_node_new(HF_QUERY_NODE_WORDS, token.start, token.end);
        node->field = field;
        if (!hf_query_words_add(p, node, &token) || !hf_query_words_settle(p, node))
            return NULL;
    } else {
        node = value_node(p, &token);
    }
    if (node == NULL)
        return NULL;
    p->field = NULL;
    advance(p);
    if (p->token.kind != HF_QUERY_TOKEN_TEXT)
        return g_steal_pointer(&node);
    if (field->kind == HF_QUERY_FIELD_WORDS)
        return unclear_reach(p, field, node);
    return two_values(p, field, node);
}

static hf_query_node *close_group(parser *p, hf_query_node *inside, size_t open, bool of_field)
{
    g_autoptr(hf_query_node) node = inside;
    if (node == NULL)
        return NULL;
    if (p->token.kind != HF_QUERY_TOKEN_CLOSE)
        return refuse(p, open, open + 1, g_strdup("this parenthesis is not closed"),
                      g_strdup("close it, or take it out"));
    node->start = open;
    node->end = p->token.end;
    node->grouped = true;
    if (of_field)
        p->field = NULL;
    p->depth--;
    advance(p);
    return g_steal_pointer(&node);
}

/* From "(" on, which is the next token. */
static hf_query_node *parse_group(parser *p, bool of_field)
{
    size_t open = p->token.start;
    if (++p->depth > HF_QUERY_DEPTH_MAX)
        return refuse(p, open, open + 1, g_strdup("the parentheses are nested too deep"),
                      g_strdup_printf("at most %d are read", HF_QUERY_DEPTH_MAX));
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_CLOSE)
        return refuse(p, open, p->token.end, g_strdup("there is nothing in these parentheses"),
                      g_strdup("write something between them, or take them out"));
    return close_group(p, parse_operands(p), open, of_field);
}

static hf_query_node *parse_field(parser *p)
{
    hf_query_token name = p->token;
    if (p->field != NULL)
        return refuse(p, name.start, name.end,
                      g_strdup_printf("there is a field inside of %s:", p->field->name),
                      g_strdup("close the parentheses of the first field before it"));
    p->field = name.field;
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_FAULT)
        return NULL;
    g_autoptr(hf_query_node) node = NULL;
    if (p->token.kind == HF_QUERY_TOKEN_TEXT)
        node = name.contains && name.field->kind == HF_QUERY_FIELD_WORDS
                   ? parse_contained(p)
                   : parse_bare(p, name.field);
    else if (p->token.kind == HF_QUERY_TOKEN_OPEN)
        node = parse_group(p, true);
    else if (p->token.kind == HF_QUERY_TOKEN_FIELD)
        return parse_field(p);
    else
        return refuse(p, name.start, name.end,
                      g_strdup_printf("%s: has no value", name.field->name),
                      g_strdup_printf("write what is looked for after the colon; for the word "
                                      "\"%s\" itself, leave the colon out",
                                      name.field->name));
    if (node != NULL)
        node->start = name.start;
    return g_steal_pointer(&node);
}

/* ---- operands and operators ---- */

static hf_query_node *parse_not(parser *p)
{
    size_t start = p->token.start;
    if (++p->depth > HF_QUERY_DEPTH_MAX)
        return refuse(p, start, p->token.end, g_strdup("too many not in a row"),
                      g_strdup_printf("at most %d are read", HF_QUERY_DEPTH_MAX));
    advance(p);
    g_autoptr(hf_query_node) below = parse_operand(p);
    if (below == NULL)
        return NULL;
    p->depth--;
    hf_query_node *node = hf_query_node_new(HF_QUERY_NODE_NOT, start, below->end);
    g_ptr_array_add(node->children, g_steal_pointer(&below));
    return node;
}

static hf_query_node *nothing_here(parser *p)
{
    const hf_query_token *t = &p->token;
    g_autofree char *word = slice(p, t->start, t->end);
    if (t->kind == HF_QUERY_TOKEN_CLOSE && p->depth == 0)
        return refuse(p, t->start, t->end, g_strdup("this parenthesis was never opened"),
                      g_strdup("open it, or take it out"));
    if (t->kind == HF_QUERY_TOKEN_END || t->kind == HF_QUERY_TOKEN_CLOSE)
        return refuse(p, t->start, t->end, g_strdup("something is missing here"),
                      g_strdup("write a word, a phrase, a field or a group"));
    return refuse(p, t->start, t->end,
                  g_strdup_printf("there is nothing that this \"%s\" could join", word),
                  g_strdup_printf("write something before it; to search for the word itself, put "
                                  "it in quotation marks: \"%s\"",
                                  word));
}

static hf_query_node *parse_operand(parser *p)
{
    switch (p->token.kind) {
    case HF_QUERY_TOKEN_NOT:
        return parse_not(p);
    case HF_QUERY_TOKEN_OPEN:
        return parse_group(p, false);
    case HF_QUERY_TOKEN_FIELD:
        return parse_field(p);
    case HF_QUERY_TOKEN_TEXT:
        return parse_text(p);
    case HF_QUERY_TOKEN_FAULT:
        return NULL;
    default:
        return nothing_here(p);
    }
}

/* Where the operand that begins with the next token ends: for advice, before it is read. */
static size_t operand_end(const parser *p)
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
static void *no_operator(parser *p, const hf_query_node *left)
{
    const hf_query_token *t = &p->token;
    g_autofree char *a = written(p, left->start, left->end);
    if (t->kind == HF_QUERY_TOKEN_NOT)
        return refuse(p, t->start, t->end,
                      g_strdup("not joins nothing: it needs and or or before it"),
                      g_strdup_printf("write %s and not …", a));
    g_autofree char *b = written(p, t->start, operand_end(p));
    bool words = t->kind != HF_QUERY_TOKEN_FIELD || t->field->kind == HF_QUERY_FIELD_WORDS;
    bool phrase = words && hf_query_proximity_is_positional(left);
    return refuse(p, t->start, t->end, g_strdup("there is no operator before this"),
                  phrase ? g_strdup_printf("write %s and %s, %s or %s, or, for words side by side, "
                                           "%s pre/1 %s",
                                           a, b, a, b, a, b)
                         : g_strdup_printf("write %s and %s, or %s or %s", a, b, a, b));
}

/* ---- proximity ---- */

/* "not" is the beginning of "not w/5" only if that comes next. */
static bool not_before_proximity(const parser *p)
{
    hf_query_fault ignored = {0};
    hf_query_lexer lexer = p->lexer;
    hf_query_token next;
    lexer.fault = &ignored;
    hf_query_lexer_next(&lexer, p->field, &next);
    hf_query_fault_clear(&ignored);
    if (next.kind == HF_QUERY_TOKEN_WITHIN || next.kind == HF_QUERY_TOKEN_BEFORE)
        return true;
    return next.kind == HF_QUERY_TOKEN_FAULT && !next.quoted &&
           hf_query_foreign_proximity(lexer.text + next.start, next.end - next.start).kind !=
               HF_QUERY_PROXIMITY_NONE;
}

static bool is_proximity_next(const parser *p)
{
    return p->token.kind == HF_QUERY_TOKEN_WITHIN || p->token.kind == HF_QUERY_TOKEN_BEFORE ||
           (p->token.kind == HF_QUERY_TOKEN_NOT && not_before_proximity(p));
}

/* Takes the operator that is next; false with the fault. */
static bool take_proximity(parser *p, hf_query_proximity_operator *operator)
{
    size_t start = p->token.start;
    bool negated = p->token.kind == HF_QUERY_TOKEN_NOT;
    if (negated)
        advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_FAULT)
        return false;
    bool ordered = p->token.kind == HF_QUERY_TOKEN_BEFORE;
    *operator=(hf_query_proximity_operator){negated   ? HF_QUERY_NODE_NOT_WITHIN
                                            : ordered ? HF_QUERY_NODE_BEFORE
                                                      : HF_QUERY_NODE_WITHIN,
                                            p->token.distance, start, p->token.end};
    advance(p);
    if (!negated || !ordered)
        return true;
    refuse(p, operator->start, operator->end, g_strdup("not stands before w/, not before pre/"),
           g_strdup_printf("write not w/%u, for either order", operator->distance));
    return false;
}

static char *joint(const parser *p, const hf_query_proximity_operator *operator)
{
    g_autofree char *text = slice(p, operator->start, operator->end);
    return g_ascii_strdown(text, -1);
}

/* `a w/5 b w/3 c`, from the second operator on. */
static void *chained(parser *p, const hf_query_node *left,
                     const hf_query_proximity_operator *operator, const hf_query_node * middle)
{
    hf_query_proximity_operator second;
    if (!take_proximity(p, &second))
        return NULL;
    g_autoptr(hf_query_node) right = parse_operand(p);
    if (right == NULL)
        return NULL;
    g_autofree char *a = written(p, left->start, left->end);
    g_autofree char *b = written(p, middle->start, middle->end);
    g_autofree char *c = written(p, right->start, right->end);
    g_autofree char *one = joint(p, operator), *two = joint(p, &second);
    return refuse(
        p, second.start, second.end, g_strdup("it is not clear which of these belong together"),
        g_strdup_printf("write (%s %s %s) %s %s, or %s %s (%s %s %s)%s", a, one, b, two, c, a, one,
                        b, two, c, is_proximity_next(p) ? ", and so on in the rest of it" : ""));
}

static void *negated_side(parser *p, const hf_query_node *left,
                          const hf_query_proximity_operator *operator, const hf_query_node * right)
{
    const hf_query_node *away = left->children->pdata[0];
    g_autofree char *a = written(p, away->start, away->end);
    g_autofree char *b = written(p, right->start, right->end);
    g_autofree char *between = joint(p, operator);
    return refuse(p, left->start, left->end,
                  g_strdup_printf("it is not clear how far this not reaches"),
                  operator->kind == HF_QUERY_NODE_NOT_WITHIN
                      ? g_strdup_printf("write not (%s %s %s)", a, between, b)
                      : g_strdup_printf("write not (%s %s %s), or %s not w/%u %s", a, between, b,
                                        b, operator->distance, a));
}

static hf_query_node *parse_near(parser *p)
{
    g_autoptr(hf_query_node) left = parse_operand(p);
    hf_query_proximity_operator operator;
    if (left == NULL || !is_proximity_next(p))
        return g_steal_pointer(&left);
    if (!take_proximity(p, &operator))
        return NULL;
    g_autoptr(hf_query_node) right = parse_operand(p);
    if (right == NULL)
        return NULL;
    if (left->kind == HF_QUERY_NODE_NOT && !left->grouped)
        return negated_side(p, left, &operator, right);
    if (is_proximity_next(p))
        return chained(p, left, &operator, right);
    return hf_query_proximity_join(p, g_steal_pointer(&left), &operator, g_steal_pointer(&right));
}

/* ---- and, or ---- */

/* Longest run of operands that is shown whole in two readings. */
#define READING_MOST 400

static hf_query_token_kind operator_at(const GArray *operators, guint i)
{
    return g_array_index(operators, hf_query_token_kind, i);
}

static bool is_bare_proximity(const hf_query_node *node)
{
    return is_proximity(node->kind) && !node->grouped;
}

/* An operand of and or or, with parentheses if it is a proximity without them. */
static char *as_operand(const parser *p, const hf_query_node *node)
{
    g_autofree char *text = written(p, node->start, node->end);
    return is_bare_proximity(node) ? g_strdup_printf("(%s)", text) : g_steal_pointer(&text);
}

/* The operands from `first` to `last` with parentheses around the runs that `tight` joins. */
static char *reading(const parser *p, const GPtrArray *operands, const GArray *operators,
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
static void *mixed(parser *p, const GPtrArray *operands, const GArray *operators, guint at,
                   const hf_query_token *second)
{
    const hf_query_node *head = operands->pdata[0], *tail = operands->pdata[operands->len - 1];
    bool whole = tail->end - head->start <= READING_MOST;
    guint first = whole ? 0 : at - 1, last = whole ? operands->len - 1 : at + 1;
    g_autofree char *common = reading(p, operands, operators, first, last, HF_QUERY_TOKEN_AND);
    g_autofree char *dtsearch = reading(p, operands, operators, first, last, HF_QUERY_TOKEN_OR);
    return refuse(p, second->start, second->end,
                  g_strdup("and and or stand side by side without parentheses, which systems read "
                           "differently"),
                  g_strdup_printf("write %s (most systems), or %s (dtSearch)%s", common, dtsearch,
                                  whole ? "" : ", and so on in the rest of it"));
}

/* The operands of an or before and behind one of them, a proximity whose sides take them in: as dtSearch reads it. */
static char *widened(const parser *p, const GPtrArray *operands, guint at)
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
    g_autofree char *between = g_strstrip(slice(p, sides[0]->end, sides[1]->start));
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
        bool bare = is_bare_proximity(node);
        if ((bare && found < operands->len) || !hf_query_proximity_is_positional(node))
            return operands->len;
        found = bare ? i : found;
    }
    return found;
}

/* `a or b w/5 c`: in dtSearch or binds first. */
static void *or_beside_proximity(parser *p, const GPtrArray *operands, const GArray *operators,
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
    return refuse(
        p, start, end,
        g_strdup("or and a proximity stand side by side without parentheses, which systems "
                 "read differently"),
        dtsearch != NULL
            ? g_strdup_printf("write %s (most systems), or %s (dtSearch)", common, dtsearch)
            : g_strdup_printf("write %s, or put the terms that or joins in parentheses", common));
}

static const hf_query_node *first_bare_proximity(const GPtrArray *operands)
{
    for (guint i = 0; i < operands->len; i++)
        if (is_bare_proximity(operands->pdata[i]))
            return operands->pdata[i];
    return NULL;
}

static hf_query_node *joined(GPtrArray *operands, hf_query_token_kind operator)
{
    hf_query_node *first = operands->pdata[0], *last = operands->pdata[operands->len - 1];
    if (operands->len == 1)
        return g_ptr_array_steal_index(operands, 0);
    hf_query_node *node =
        hf_query_node_new(operator== HF_QUERY_TOKEN_AND ? HF_QUERY_NODE_AND : HF_QUERY_NODE_OR,
                          first->start, last->end);
    g_ptr_array_unref(node->children);
    node->children = g_ptr_array_ref(operands);
    return node;
}

static bool is_binary(hf_query_token_kind kind)
{
    return kind == HF_QUERY_TOKEN_AND || kind == HF_QUERY_TOKEN_OR;
}

static bool add_operand(parser *p, GPtrArray *operands)
{
    hf_query_node *node = parse_near(p);
    if (node == NULL)
        return false;
    g_ptr_array_add(operands, node);
    return true;
}

static hf_query_node *parse_operands(parser *p)
{
    g_autoptr(GPtrArray) operands =
        g_ptr_array_new_with_free_func((GDestroyNotify)hf_query_node_free);
    g_autoptr(GArray) operators = g_array_new(FALSE, FALSE, sizeof(hf_query_token_kind));
    hf_query_token other = {.kind = HF_QUERY_TOKEN_END};
    guint other_at = 0;
    if (!add_operand(p, operands))
        return NULL;
    while (is_binary(p->token.kind)) {
        hf_query_token_kind kind = p->token.kind;
        if (operators->len > 0 && other.kind == HF_QUERY_TOKEN_END &&
            kind != operator_at(operators, 0)) {
            other = p->token;
            other_at = operators->len;
        }
        g_array_append_val(operators, kind);
        advance(p);
        if (!add_operand(p, operands))
            return NULL;
    }
    if (p->token.kind == HF_QUERY_TOKEN_FAULT)
        return NULL;
    if (p->token.kind != HF_QUERY_TOKEN_END && p->token.kind != HF_QUERY_TOKEN_CLOSE)
        return no_operator(p, operands->pdata[operands->len - 1]);
    if (other.kind != HF_QUERY_TOKEN_END)
        return mixed(p, operands, operators, other_at, &other);
    const hf_query_node *near = first_bare_proximity(operands);
    if (operators->len > 0 && operator_at(operators, 0) == HF_QUERY_TOKEN_OR && near != NULL)
        return or_beside_proximity(p, operands, operators, near);
    return joined(operands, operators->len > 0 ? operator_at(operators, 0) : HF_QUERY_TOKEN_END);
}

/* ---- the query ---- */

static bool check_text(const char *text, hf_query_reading *reading, hf_query_fault *fault)
{
    size_t size = strlen(text);
    const char *bad;
    reading->size += size + 1;
    if (size > HF_QUERY_TEXT_MAX) {
        hf_query_fault_take(fault, text, 0, 0, g_strdup("the query is too long"),
                            g_strdup_printf("at most %d bytes are read", HF_QUERY_TEXT_MAX));
        return false;
    }
    if (reading->size > 2 * (size_t)HF_QUERY_TEXT_MAX) {
        hf_query_fault_take(fault, text, 0, 0,
                            g_strdup("the saved searches that it asks for are too long together"),
                            g_strdup_printf("at most %d bytes are read", HF_QUERY_TEXT_MAX));
        return false;
    }
    if (!g_utf8_validate(text, (gssize)size, &bad)) {
        hf_query_fault_take(fault, text, (size_t)(bad - text), 1, g_strdup("this is not UTF-8"),
                            g_strdup("write the query in UTF-8"));
        return false;
    }
    return true;
}

static bool is_marker(const hf_query_word *word)
{
    return word->kind == HF_QUERY_WORD_FIRST || word->kind == HF_QUERY_WORD_LAST;
}

/* The first words, outside of proximities, that are only markers: every text has them. */
static const hf_query_node *lone_marker(const hf_query_node *node)
{
    if (node->kind == HF_QUERY_NODE_WORDS) {
        for (guint i = 0; i < node->words->len; i++)
            if (!is_marker(node->words->pdata[i]))
                return NULL;
        return node;
    }
    const hf_query_node *found = NULL;
    for (guint i = 0; node->children != NULL && !is_proximity(node->kind) && found == NULL &&
                      i < node->children->len;
         i++)
        found = lone_marker(node->children->pdata[i]);
    return found;
}

static hf_query_node *parse_all(parser *p)
{
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_END)
        return refuse(p, 0, 0, g_strdup("the query is empty"),
                      g_strdup("write what to search for"));
    g_autoptr(hf_query_node) root = parse_operands(p);
    if (root == NULL)
        return NULL;
    if (p->token.kind == HF_QUERY_TOKEN_CLOSE)
        return nothing_here(p);
    const hf_query_node *marker = lone_marker(root);
    if (marker != NULL)
        return refuse(p, marker->start, marker->end,
                      g_strdup("xfirstword and xlastword alone would stand for every text"),
                      g_strdup("write apple w/5 xfirstword for apple among the first five words"));
    return g_steal_pointer(&root);
}

hf_query_node *hf_query_parser_read(const char *text, hf_query_reading *reading,
                                    hf_query_lexer *lexer)
{
    if (!check_text(text, reading, lexer->fault))
        return NULL;
    lexer->text = text;
    lexer->size = strlen(text);
    parser p = {.lexer = *lexer, .reading = reading};
    hf_query_node *root = parse_all(&p);
    *lexer = p.lexer;
    return root;
}

static GHashTable *noise_words(const hf_query_options *options)
{
    if (options->noise == NULL)
        return NULL;
    GHashTable *words = g_hash_table_new(g_str_hash, g_str_equal);
    for (const char *const *word = options->noise; *word != NULL; word++)
        g_hash_table_add(words, (char *)*word);
    return words;
}

/* The tree; NULL with the fault or *error. */
static hf_query_node *read_text(const char *text, const hf_query_options *options,
                                hf_query_lexer *lexer, GError **error)
{
    g_autoptr(GHashTable) noise = noise_words(options);
    g_autoptr(GPtrArray) saved = g_ptr_array_new();
    hf_query_reading reading = {.options = options, .noise = noise, .saved = saved};
    hf_query_node *root = hf_query_parser_read(text, &reading, lexer);
    if (reading.error != NULL)
        g_propagate_error(error, reading.error);
    return root;
}

/* Longest query that is shown again in our words. */
#define REWRITTEN_MOST 2000

/* Where the whole query can be said in our words, the advice is that. */
static void advise_rewritten(const char *text, const hf_query_options *options,
                             const hf_query_lexer *refused, hf_query_fault *fault)
{
    if (!refused->foreign || strlen(text) > REWRITTEN_MOST)
        return;
    hf_query_fault ignored = {0};
    hf_query_lexer lexer = {.fault = &ignored};
    g_autofree char *rewritten = g_strstrip(hf_query_foreign_rewrite(text));
    g_autoptr(hf_query_node) root = read_text(rewritten, options, &lexer, NULL);
    hf_query_fault_clear(&ignored);
    if (root == NULL)
        return;
    g_free(fault->advice);
    fault->advice = g_strdup_printf("write %s%s%s", rewritten, refused->note != NULL ? "; " : "",
                                    refused->note != NULL ? refused->note : "");
}

hf_query *hf_query_parse(const char *text, const hf_query_options *options, hf_query_fault *fault,
                         GError **error)
{
    static const hf_query_options nothing;
    const hf_query_options *own_options = options != NULL ? options : &nothing;
    hf_query_fault own = {0};
    hf_query_lexer lexer = {.fault = &own};
    GError *failed = NULL;
    hf_query_node *root = read_text(text, own_options, &lexer, &failed);
    if (failed != NULL) {
        hf_query_fault_clear(&own);
        g_propagate_error(error, failed);
        return NULL;
    }
    if (root == NULL) {
        advise_rewritten(text, own_options, &lexer, &own);
        hf_query_fault_raise(&own, fault, error);
        return NULL;
    }
    hf_query *query = g_new0(hf_query, 1);
    query->text = g_strdup(text);
    query->root = root;
    query->unknown = g_ptr_array_new_with_free_func(g_free);
    return query;
}

void hf_query_free(hf_query *query)
{
    if (query == NULL)
        return;
    g_free(query->text);
    hf_query_node_free(query->root);
    g_ptr_array_unref(query->unknown);
    g_free(query);
}

const char *hf_query_source_text(const hf_query *query)
{
    return query->text;
}
