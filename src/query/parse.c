/* parse.c -- text to syntax tree, by recursive descent:
 *
 *   query    = operands
 *   operands = operand { "and" operand } | operand { "or" operand }      never both: which binds first differs between systems
 *   operand  = "not" operand | "(" operands ")" | field ":" ( value | "(" operands ")" ) | text { text }
 *
 * Inside a field's parentheses the same rules hold, without fields. Adjacent texts, quoted or not, are one phrase.
 * The whole language will add binary operators between operands (w/N, pre/N) and more kinds of text. */
#include "query/tree.h"

#include <string.h>

typedef struct {
    hf_query_lexer lexer;
    hf_query_token token;        /* the next one, not taken yet */
    const hf_query_field *field; /* whose words or values are read */
    unsigned depth;
} parser;

static hf_query_node *parse_operands(parser *p);
static hf_query_node *parse_operand(parser *p);

static void advance(parser *p)
{
    hf_query_lexer_next(&p->lexer, p->field, &p->token);
}

/* Returns NULL, so that a function can end with it. */
static void *refuse(parser *p, size_t start, size_t end, char *message, char *advice)
{
    hf_query_fault_take(p->lexer.fault, p->lexer.text, start, end - start, message, advice);
    return NULL;
}

static char *slice(const parser *p, size_t start, size_t end)
{
    return g_strndup(p->lexer.text + start, end - start);
}

/* For advice: the text of a node, or its beginning. */
static char *written(const parser *p, size_t start, size_t end)
{
    const size_t most = 60;
    if (end - start <= most)
        return slice(p, start, end);
    size_t cut = start + most;
    while (cut > start && ((unsigned char)p->lexer.text[cut] & 0xC0) == 0x80)
        cut--;
    g_autofree char *head = slice(p, start, cut);
    return g_strconcat(head, "…", NULL);
}

/* ---- words and values ---- */

/* False, with the fault, if a word cannot be searched for. */
static bool add_words(parser *p, hf_query_node *node, const hf_query_token *token)
{
    hf_tokens tokens;
    hf_tokens_init(&tokens, p->lexer.text + token->inner_start,
                   token->inner_end - token->inner_start);
    hf_token word;
    while (hf_tokens_next(&tokens, &word)) {
        if (strcmp(word.word, HF_WORD_FIRST) == 0 || strcmp(word.word, HF_WORD_LAST) == 0)
            return refuse(p, token->inner_start + word.start, token->inner_start + word.end,
                          g_strdup_printf("%s stands for a text's end or beginning, which this "
                                          "version cannot search",
                                          word.word),
                          g_strdup("leave it out")) != NULL;
        hf_query_word *made = g_new0(hf_query_word, 1);
        made->start = token->inner_start + word.start;
        made->end = token->inner_start + word.end;
        made->word = g_strdup(word.word);
        made->written = g_strdup(word.word);
        made->prefix = g_strdup(word.word);
        g_ptr_array_add(node->words, made);
    }
    if (tokens.left_out)
        return refuse(p, token->start, token->end,
                      g_strdup("encoded blocks (base64, uuencode) are not in the index"),
                      g_strdup("leave them out")) != NULL;
    return true;
}

static void *no_words(parser *p, size_t start, size_t end)
{
    return refuse(p, start, end, g_strdup("there is no word to search for in this"),
                  g_strdup("punctuation counts as a space: write at least one word"));
}

static hf_query_node *parse_words(parser *p)
{
    g_autoptr(hf_query_node) node =
        hf_query_node_new(HF_QUERY_NODE_WORDS, p->token.start, p->token.end);
    node->field = p->field;
    while (p->token.kind == HF_QUERY_TOKEN_TEXT) {
        if (!add_words(p, node, &p->token))
            return NULL;
        node->end = p->token.end;
        advance(p);
    }
    if (p->token.kind == HF_QUERY_TOKEN_FAULT)
        return NULL;
    if (node->words->len == 0)
        return no_words(p, node->start, node->end);
    return g_steal_pointer(&node);
}

static hf_query_node *value_node(parser *p, const hf_query_token *token)
{
    const hf_query_field *field = p->field;
    g_autofree char *text = slice(p, token->inner_start, token->inner_end);
    g_autofree char *message = NULL, *advice = NULL;
    bool time = field->kind == HF_QUERY_FIELD_TIME;
    g_autoptr(hf_query_node) node = hf_query_node_new(
        time ? HF_QUERY_NODE_RANGE : HF_QUERY_NODE_VALUE, token->start, token->end);
    node->field = field;
    node->value =
        time ? g_strstrip(g_strdup(text)) : hf_query_field_value(field, text, &message, &advice);
    bool ok = node->value != NULL && (!time || hf_query_days_parse(node->value, NULL, &node->low,
                                                                   &node->high, &message, &advice));
    if (ok)
        return g_steal_pointer(&node);
    return refuse(p, token->start, token->end, g_steal_pointer(&message), g_steal_pointer(&advice));
}

/* Two values side by side, in parentheses or out of them: a name of two words, most likely. */
static hf_query_node *two_values(parser *p, const hf_query_node *first)
{
    g_autofree char *both = written(p, first->start, p->token.end);
    g_autofree char *a = written(p, first->start, first->end);
    g_autofree char *b = written(p, p->token.start, p->token.end);
    return refuse(
        p, p->token.start, p->token.end,
        g_strdup_printf("%s: takes one value, and this is a second one", first->field->name),
        p->token.quoted || strchr(both, '"') != NULL
            ? g_strdup_printf("write %s:(%s or %s)", first->field->name, a, b)
            : g_strdup_printf("write %s:\"%s\", or %s:(%s or %s)", first->field->name, both,
                              first->field->name, a, b));
}

static hf_query_node *parse_value(parser *p)
{
    hf_query_token token = p->token;
    g_autoptr(hf_query_node) node = value_node(p, &token);
    if (node == NULL)
        return NULL;
    advance(p);
    if (p->token.kind == HF_QUERY_TOKEN_TEXT)
        return two_values(p, node);
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

/* One word or value after the colon. */
static hf_query_node *parse_bare(parser *p, const hf_query_field *field)
{
    hf_query_token token = p->token;
    g_autoptr(hf_query_node) node = NULL;
    if (field->kind == HF_QUERY_FIELD_WORDS) {
        node = hf_query_node_new(HF_QUERY_NODE_WORDS, token.start, token.end);
        node->field = field;
        if (!add_words(p, node, &token))
            return NULL;
        if (node->words->len == 0)
            return no_words(p, token.start, token.end);
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
    return two_values(p, node);
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
        node = parse_bare(p, name.field);
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

/* Two operands without an operator between. */
static void *no_operator(parser *p, const hf_query_node *left)
{
    const hf_query_token *t = &p->token;
    g_autofree char *a = written(p, left->start, left->end);
    if (t->kind == HF_QUERY_TOKEN_NOT)
        return refuse(p, t->start, t->end,
                      g_strdup("not joins nothing: it needs and or or before it"),
                      g_strdup_printf("write %s and not …", a));
    const char *rest = t->kind == HF_QUERY_TOKEN_OPEN ? "(…)" : NULL;
    g_autofree char *b = rest != NULL ? g_strdup(rest) : written(p, t->start, t->end);
    if (t->kind == HF_QUERY_TOKEN_FIELD) {
        g_autofree char *name = g_steal_pointer(&b);
        b = g_strconcat(name, "…", NULL);
    }
    return refuse(p, t->start, t->end, g_strdup("there is no operator before this"),
                  g_strdup_printf("write %s and %s, or %s or %s", a, b, a, b));
}

/* Longest run of operands that is shown whole in two readings. */
#define READING_MOST 400

static hf_query_token_kind operator_at(const GArray *operators, guint i)
{
    return g_array_index(operators, hf_query_token_kind, i);
}

/* The operands from `first` to `last` with parentheses around the runs that `tight` joins. */
static char *reading(const parser *p, const GPtrArray *operands, const GArray *operators,
                     guint first, guint last, hf_query_token_kind tight)
{
    GString *out = g_string_new(NULL);
    for (guint i = first; i <= last; i++) {
        const hf_query_node *node = operands->pdata[i];
        bool before = i > first && operator_at(operators, i - 1) == tight;
        bool after = i < last && operator_at(operators, i) == tight;
        g_autofree char *text = written(p, node->start, node->end);
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
    hf_query_node *node = parse_operand(p);
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
    return joined(operands, operators->len > 0 ? operator_at(operators, 0) : HF_QUERY_TOKEN_END);
}

/* ---- the query ---- */

static bool check_text(const char *text, hf_query_fault *fault)
{
    size_t size = strlen(text);
    const char *bad;
    if (size > HF_QUERY_TEXT_MAX) {
        hf_query_fault_take(fault, text, 0, 0, g_strdup("the query is too long"),
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

static hf_query_node *parse_all(const char *text, hf_query_fault *fault)
{
    parser p = {.lexer = {.text = text, .size = strlen(text), .fault = fault}};
    advance(&p);
    if (p.token.kind == HF_QUERY_TOKEN_END)
        return refuse(&p, 0, 0, g_strdup("the query is empty"),
                      g_strdup("write what to search for"));
    g_autoptr(hf_query_node) root = parse_operands(&p);
    if (root == NULL)
        return NULL;
    if (p.token.kind == HF_QUERY_TOKEN_CLOSE)
        return nothing_here(&p);
    return g_steal_pointer(&root);
}

hf_query *hf_query_parse(const char *text, const hf_query_options *options, hf_query_fault *fault,
                         GError **error)
{
    hf_query_fault own = {0};
    (void)options;
    hf_query_node *root = check_text(text, &own) ? parse_all(text, &own) : NULL;
    if (root == NULL) {
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

static void write_query(const hf_query_node *node, GString *out, bool inside)
{
    if (node->children == NULL) {
        hf_query_node_write(node, out);
        return;
    }
    if (node->kind == HF_QUERY_NODE_NOT) {
        g_string_append(out, "not ");
        write_query(node->children->pdata[0], out, true);
        return;
    }
    g_string_append(out, inside ? "(" : "");
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append(out, node->kind == HF_QUERY_NODE_AND ? " and " : " or ");
        write_query(node->children->pdata[i], out, true);
    }
    g_string_append(out, inside ? ")" : "");
}

char *hf_query_text(const hf_query *query)
{
    GString *out = g_string_new(NULL);
    write_query(query->root, out, false);
    return g_string_free(out, FALSE);
}
