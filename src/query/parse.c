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

char *hf_query_parser_slice(const parser *p, size_t start, size_t end)
{
    return g_strndup(p->lexer.text + start, end - start);
}

char *hf_query_parser_written(const parser *p, size_t start, size_t end)
{
    const size_t most = 80;
    if (end - start <= most)
        return hf_query_parser_slice(p, start, end);
    size_t cut = start + most;
    while (cut > start && ((unsigned char)p->lexer.text[cut] & 0xC0) == 0x80)
        cut--;
    g_autofree char *head = hf_query_parser_slice(p, start, cut);
    return g_strconcat(head, "…", NULL);
}

/* ---- words and values ---- */

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

bool hf_query_parser_range(hf_query_node *node, const char *text, char **message, char **advice)
{
    g_free(node->value);
    node->value = without_spaces(text);
    if (node->field->kind == HF_QUERY_FIELD_SIZE)
        return hf_query_sizes_parse(node->value, &node->low, &node->high, message, advice);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    return hf_query_days_parse(node->value, utc, &node->low, &node->high, message, advice);
}

static hf_query_node *value_node(parser *p, const hf_query_token *token)
{
    const hf_query_field *field = p->field;
    g_autofree char *text = hf_query_parser_slice(p, token->inner_start, token->inner_end);
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
    if (!hf_query_parser_range(node, text, &message, &advice))
        return refuse(p, token->start, token->end, message, advice);
    return g_steal_pointer(&node);
}

static hf_query_node *parse_value(parser *p)
{
    hf_query_token token = p->token;
    g_autoptr(hf_query_node) node = value_node(p, &token);
    if (node == NULL)
        return NULL;
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_TEXT)
        return hf_query_unclear_values(p, p->field, node);
    return g_steal_pointer(&node);
}

static hf_query_node *parse_text(parser *p)
{
    bool values = p->field != NULL && p->field->kind != HF_QUERY_FIELD_WORDS;
    return values ? parse_value(p) : parse_words(p);
}

/* ---- fields ---- */

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
        return hf_query_unclear_reach(p, field, node);
    return hf_query_unclear_values(p, field, node);
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

static void *no_value(parser *p, const hf_query_token *name)
{
    const char *field = name->field->name;
    bool joins = p->token.kind == HF_QUERY_TOKEN_NOT || p->token.kind == HF_QUERY_TOKEN_AND ||
                 p->token.kind == HF_QUERY_TOKEN_OR;
    g_autofree char *word = joins ? hf_query_parser_slice(p, p->token.start, p->token.end) : NULL;
    return refuse(
        p, name->start, name->end, g_strdup_printf("%s: has no value", field),
        joins ? g_strdup_printf("write what is looked for after the colon; what has an "
                                "operator in it takes quotation marks: %s:\"%s …\"",
                                field, word)
              : g_strdup_printf("write what is looked for after the colon; for the word \"%s\" "
                                "itself, leave the colon out",
                                field));
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
        return no_value(p, &name);
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
    g_autofree char *word = hf_query_parser_slice(p, t->start, t->end);
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
static bool take_proximity(parser *p, hf_query_proximity_operator *nearness)
{
    size_t start = p->token.start;
    bool negated = p->token.kind == HF_QUERY_TOKEN_NOT;
    if (negated)
        advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_FAULT)
        return false;
    bool ordered = p->token.kind == HF_QUERY_TOKEN_BEFORE;
    *nearness = (hf_query_proximity_operator){negated   ? HF_QUERY_NODE_NOT_WITHIN
                                              : ordered ? HF_QUERY_NODE_BEFORE
                                                        : HF_QUERY_NODE_WITHIN,
                                              p->token.distance, start, p->token.end};
    advance(p);
    if (!negated || !ordered)
        return true;
    refuse(p, nearness->start, nearness->end, g_strdup("not stands before w/, not before pre/"),
           g_strdup_printf("write not w/%u, for either order", nearness->distance));
    return false;
}

/* `a w/5 b w/3 c`, from the second operator on. */
static void *chained(parser *p, const hf_query_node *left,
                     const hf_query_proximity_operator *nearness, const hf_query_node *middle)
{
    hf_query_proximity_operator operators[2] = {*nearness};
    if (!take_proximity(p, &operators[1]))
        return NULL;
    g_autoptr(hf_query_node) right = parse_operand(p);
    if (right == NULL)
        return NULL;
    const hf_query_node *operands[3] = {left, middle, right};
    return hf_query_unclear_chain(p, operands, operators, is_proximity_next(p));
}

static hf_query_node *parse_near(parser *p)
{
    g_autoptr(hf_query_node) left = parse_operand(p);
    hf_query_proximity_operator nearness;
    if (left == NULL || !is_proximity_next(p))
        return g_steal_pointer(&left);
    if (!take_proximity(p, &nearness))
        return NULL;
    g_autoptr(hf_query_node) right = parse_operand(p);
    if (right == NULL)
        return NULL;
    if (left->kind == HF_QUERY_NODE_NOT && !left->grouped)
        return hf_query_unclear_not(p, left, &nearness, right);
    if (is_proximity_next(p))
        return chained(p, left, &nearness, right);
    return hf_query_proximity_join(p, g_steal_pointer(&left), &nearness, g_steal_pointer(&right));
}

/* ---- and, or ---- */

static const hf_query_node *first_bare_proximity(const GPtrArray *operands)
{
    for (guint i = 0; i < operands->len; i++)
        if (hf_query_proximity_is_bare(operands->pdata[i]))
            return operands->pdata[i];
    return NULL;
}

static hf_query_node *joined(GPtrArray *operands, hf_query_token_kind kind)
{
    hf_query_node *first = operands->pdata[0], *last = operands->pdata[operands->len - 1];
    if (operands->len == 1)
        return g_ptr_array_steal_index(operands, 0);
    hf_query_node *node = hf_query_node_new(
        kind == HF_QUERY_TOKEN_AND ? HF_QUERY_NODE_AND : HF_QUERY_NODE_OR, first->start, last->end);
    g_ptr_array_unref(node->children);
    node->children = g_ptr_array_ref(operands);
    return node;
}

static bool is_binary(hf_query_token_kind kind)
{
    return kind == HF_QUERY_TOKEN_AND || kind == HF_QUERY_TOKEN_OR;
}

static hf_query_token_kind operator_at(const GArray *operators, guint i)
{
    return g_array_index(operators, hf_query_token_kind, i);
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
        return hf_query_unclear_joint(p, operands->pdata[operands->len - 1]);
    if (other.kind != HF_QUERY_TOKEN_END)
        return hf_query_unclear_and_or(p, operands, operators, other_at, &other);
    const hf_query_node *near = first_bare_proximity(operands);
    if (operators->len > 0 && operator_at(operators, 0) == HF_QUERY_TOKEN_OR && near != NULL)
        return hf_query_unclear_or(p, operands, operators, near);
    return joined(operands, operators->len > 0 ? operator_at(operators, 0) : HF_QUERY_TOKEN_END);
}

/* ---- the whole ---- */

hf_query_node *hf_query_parser_all(parser *p)
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
    return g_steal_pointer(&root);
}
