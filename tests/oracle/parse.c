/* Reads a query as people write it. Its own reader, so that a fault in the product's has no twin here; it takes only what
 * is plainly of the language, and refuses the rest in a word. */
#include "oracle/oracle.h"
#include <string.h>

typedef enum { OPEN, CLOSE, QUOTED, BARE, END } token_kind;
typedef struct {
    token_kind kind;
    char *text;
} token;
typedef struct {
    GArray *tokens;
    guint at;
    unsigned fields;
    bool open_proximity; /* what read_proximity gave is one, without parentheses around it */
    GError **error;
} reader;

static oracle_node *read_expression(reader *r);

/* ---- tokens ---- */

static void free_token(gpointer data)
{
    g_free(((token *)data)->text);
}

static void add_token(GArray *tokens, token_kind kind, const char *text, gsize n)
{
    token t = {kind, g_strndup(text, n)};
    g_array_append_val(tokens, t);
}

static GArray *split(const char *text, GError **error)
{
    g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(token));
    g_array_set_clear_func(tokens, free_token);
    for (const char *p = text + strspn(text, " \t"); *p != '\0'; p += strspn(p, " \t")) {
        gsize n = *p == '(' || *p == ')' ? 1 : strcspn(p, " \t()\"");
        if (n > 0) {
            add_token(tokens, *p == '(' ? OPEN : *p == ')' ? CLOSE : BARE, p, n);
            p += n;
            continue;
        }
        n = strcspn(p + 1, "\"");
        if (p[1 + n] == '\0') {
            g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "a quotation mark is not closed");
            return NULL;
        }
        add_token(tokens, QUOTED, p + 1, n);
        p += n + 2;
    }
    add_token(tokens, END, "", 0);
    return g_steal_pointer(&tokens);
}

static const token *ahead(const reader *r, guint n)
{
    return &g_array_index(r->tokens, token, MIN(r->at + n, r->tokens->len - 1));
}

static bool is_bare(const reader *r, guint n, const char *word)
{
    return ahead(r, n)->kind == BARE && g_ascii_strcasecmp(ahead(r, n)->text, word) == 0;
}

/* The distance of w/N or pre/N; 0 if the token is another. */
static unsigned distance_of(const reader *r, guint n, const char *name)
{
    const token *t = ahead(r, n);
    gsize length = strlen(name);
    if (t->kind != BARE || g_ascii_strncasecmp(t->text, name, length) != 0)
        return 0;
    const char *digits = t->text + length;
    bool number = *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
    return number ? (unsigned)g_ascii_strtoull(digits, NULL, 10) : 0;
}

static bool is_operator(const reader *r, guint n)
{
    return is_bare(r, n, "and") || is_bare(r, n, "or") || is_bare(r, n, "not") ||
           distance_of(r, n, "w/") > 0 || distance_of(r, n, "pre/") > 0;
}

static oracle_node *refuse(reader *r, const char *why)
{
    if (*r->error == NULL)
        g_set_error(r->error, HF_ERROR, HF_ERROR_QUERY, "%s at \"%s\"", why, ahead(r, 0)->text);
    return NULL;
}

/* ---- words ---- */

static bool has_word(const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char(text))
        if (g_unichar_isalnum(g_utf8_get_char(text)))
            return true;
    return false;
}

/* A quoted text word by word: a regular expression runs to the next space, and what is only punctuation is a space. */
static bool add_quoted(oracle_node *phrase, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        if (has_word(parts[i]) && !oracle_node_add_piece(phrase, parts[i]))
            return false;
    return true;
}

static bool add_token_to(oracle_node *phrase, const token *t)
{
    if (t->kind == QUOTED)
        return add_quoted(phrase, t->text);
    return strpbrk(t->text, "&|^<>!:") == NULL && !g_str_has_prefix(t->text, "##") &&
           oracle_node_add_piece(phrase, t->text);
}

static bool is_text(const reader *r)
{
    token_kind kind = ahead(r, 0)->kind;
    return kind == QUOTED || (kind == BARE && !is_operator(r, 0));
}

/* Adjacent texts; with `one` no more than the next of them. */
static oracle_node *read_phrase(reader *r, bool one)
{
    g_autoptr(oracle_node) phrase = oracle_node_phrase(r->fields);
    for (; is_text(r); r->at++) {
        if (!add_token_to(phrase, ahead(r, 0)))
            return refuse(r, "no words of the language");
        if (one) {
            r->at++;
            break;
        }
    }
    return phrase->items->len > 0 ? g_steal_pointer(&phrase) : refuse(r, "a word is missing");
}

/* ---- fields ---- */

static oracle_node *read_in_field(reader *r, unsigned mask, bool contains)
{
    if (r->fields != HF_FIELDS_ALL)
        return refuse(r, "a field inside a field");
    r->fields = mask;
    g_autoptr(oracle_node) node = NULL;
    if (ahead(r, 0)->kind == OPEN) {
        r->at++;
        node = read_expression(r);
        if (node != NULL && ahead(r, 0)->kind != CLOSE)
            return refuse(r, "a parenthesis is not closed");
        r->at++;
    } else {
        node = read_phrase(r, !contains);
    }
    r->fields = HF_FIELDS_ALL;
    return g_steal_pointer(&node);
}

static oracle_node *make_value(reader *r, const char *field, const char *value)
{
    static const char *const names[] = {"custodian", "tag", "type", "has", "language", NULL};
    g_autoptr(oracle_node) range = oracle_node_new(ORACLE_RANGE);
    if (oracle_range_read(range, field, value))
        return g_steal_pointer(&range);
    g_autofree char *name = g_ascii_strdown(field, -1);
    if (*value == '\0' || !g_strv_contains(names, name))
        return refuse(r, "no value of a field");
    oracle_node *node = oracle_node_new(ORACLE_VALUE);
    node->field = g_steal_pointer(&name);
    node->value = g_strdup(value);
    return node;
}

/* name:..., the rest of the token or the next one. */
static oracle_node *read_colon(reader *r, const char *colon)
{
    token *t = &g_array_index(r->tokens, token, r->at);
    g_autofree char *name = g_strndup(t->text, (gsize)(colon - t->text));
    unsigned mask = oracle_field_mask(name);
    if (colon[1] == '\0') {
        r->at++;
    } else {
        memmove(t->text, colon + 1, strlen(colon));
    }
    if (mask != 0)
        return read_in_field(r, mask, false);
    g_autofree char *value = g_strdup(ahead(r, 0)->text);
    oracle_node *node = make_value(r, name, value);
    r->at++;
    return node;
}

/* name >= value, in one token or several. */
static oracle_node *read_comparison(reader *r)
{
    g_autoptr(GString) all = g_string_new(NULL);
    while (ahead(r, 0)->kind == BARE && !is_operator(r, 0) &&
           (all->len == 0 || strpbrk("<>=", &all->str[all->len - 1]) != NULL ||
            strpbrk(ahead(r, 0)->text, "<>") == ahead(r, 0)->text)) {
        g_string_append(all, ahead(r, 0)->text);
        r->at++;
    }
    gsize name = strcspn(all->str, "<>");
    g_autofree char *field = g_strndup(all->str, name);
    return make_value(r, field, all->str + name);
}

static bool is_comparison(const reader *r)
{
    const char *text = ahead(r, 0)->text;
    return strpbrk(text, "<>") != NULL ||
           (ahead(r, 1)->kind == BARE && strchr("<>", *ahead(r, 1)->text) != NULL);
}

/* ---- expressions ---- */

static oracle_node *read_group(reader *r)
{
    r->at++;
    g_autoptr(oracle_node) node = read_expression(r);
    if (node == NULL)
        return NULL;
    if (ahead(r, 0)->kind != CLOSE)
        return refuse(r, "a parenthesis is not closed");
    r->at++;
    return g_steal_pointer(&node);
}

static oracle_node *read_primary(reader *r)
{
    const token *t = ahead(r, 0);
    if (t->kind == OPEN)
        return read_group(r);
    if (t->kind == BARE) {
        const char *colon = strchr(t->text, ':');
        if (colon != NULL)
            return read_colon(r, colon);
        if (is_bare(r, 1, "contains") && oracle_field_mask(t->text) != 0) {
            r->at += 2;
            return read_in_field(r, oracle_field_mask(t->text), true);
        }
        if (is_comparison(r))
            return read_comparison(r);
    }
    return read_phrase(r, false);
}

static oracle_node *read_unary(reader *r)
{
    if (!is_bare(r, 0, "not"))
        return read_primary(r);
    r->at++;
    oracle_node *child = read_unary(r);
    if (child == NULL)
        return NULL;
    oracle_node *node = oracle_node_new(ORACLE_NOT);
    g_ptr_array_add(node->children, child);
    return node;
}

/* The kind and distance of a proximity operator ahead, and how many tokens it has; 0 if there is none. */
static guint proximity_ahead(const reader *r, oracle_kind *kind, unsigned *distance)
{
    if ((*distance = distance_of(r, 0, "w/")) > 0) {
        *kind = ORACLE_NEAR;
        return 1;
    }
    if ((*distance = distance_of(r, 0, "pre/")) > 0) {
        *kind = ORACLE_PRE;
        return 1;
    }
    *kind = ORACLE_NOT_NEAR;
    return is_bare(r, 0, "not") && (*distance = distance_of(r, 1, "w/")) > 0 ? 2 : 0;
}

static oracle_node *read_proximity(reader *r)
{
    oracle_kind kind;
    unsigned distance;
    bool denied = is_bare(r, 0, "not");
    g_autoptr(oracle_node) left = read_unary(r);
    guint n = left != NULL ? proximity_ahead(r, &kind, &distance) : 0;
    r->open_proximity = false;
    if (n == 0)
        return g_steal_pointer(&left);
    if (denied)
        return refuse(r, "not before a proximity needs parentheses");
    r->at += n;
    oracle_node *right = read_unary(r);
    if (right == NULL)
        return NULL;
    g_autoptr(oracle_node) node = oracle_node_new(kind);
    node->distance = distance;
    g_ptr_array_add(node->children, g_steal_pointer(&left));
    g_ptr_array_add(node->children, right);
    if (proximity_ahead(r, &kind, &distance) > 0)
        return refuse(r, "a chain of proximities needs parentheses");
    r->open_proximity = true;
    return oracle_is_valid(node) ? g_steal_pointer(&node)
                                 : refuse(r, "a proximity that the rules refuse");
}

static oracle_node *read_expression(reader *r)
{
    g_autoptr(oracle_node) chain = NULL;
    bool proximity = false;
    for (;;) {
        oracle_node *next = read_proximity(r);
        if (next == NULL)
            return NULL;
        proximity |= r->open_proximity;
        oracle_kind kind = is_bare(r, 0, "or") ? ORACLE_OR : ORACLE_AND;
        bool more = is_bare(r, 0, "and") || is_bare(r, 0, "or");
        if (chain == NULL && !more)
            return next;
        if (chain == NULL)
            chain = oracle_node_new(kind);
        g_ptr_array_add(chain->children, next);
        if (more && chain->kind != kind)
            return refuse(r, "and with or needs parentheses");
        if (chain->kind == ORACLE_OR && proximity)
            return refuse(r, "or with a proximity needs parentheses");
        if (!more)
            return g_steal_pointer(&chain);
        r->at++;
    }
}

static oracle_node *read_all(reader *r, const char *const *noise)
{
    g_autoptr(oracle_node) node = read_expression(r);
    if (node == NULL)
        return NULL;
    if (ahead(r, 0)->kind != END)
        return refuse(r, "no operator before this");
    if (!oracle_node_drop_noise(node, noise))
        return refuse(r, "nothing but noise words");
    return g_steal_pointer(&node);
}

oracle_node *oracle_parse(const char *text, const char *const *noise, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(GArray) tokens = split(text, error);
    if (tokens == NULL)
        return NULL;
    reader r = {.tokens = tokens, .fields = HF_FIELDS_ALL, .error = &failed};
    oracle_node *node = read_all(&r, noise);
    if (failed != NULL)
        g_propagate_error(error, g_steal_pointer(&failed));
    return node;
}
