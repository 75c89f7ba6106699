/* A tree as text, in one of the spellings that the language permits. */
#include "oracle/oracle.h"
#include <string.h>

#define CHILD(node, i) ((const oracle_node *)g_ptr_array_index((node)->children, i))

/* What an expression stands in, so that parentheses are there where they must be. */
typedef enum { ALONE, IN_AND, IN_OR, IN_NOT, IN_PROXIMITY } place;

typedef struct {
    GString *out;
    GRand *random;   /* NULL: the plainest spelling */
    unsigned fields; /* that an enclosing field:( ) has named */
} writer;

static void write_node(writer *w, const oracle_node *node, place where);

/* True about once in `n`; never without chance. */
static bool once_in(writer *w, int n)
{
    return w->random != NULL && g_rand_int_range(w->random, 0, n) == 0;
}

static void write_word(writer *w, const char *word)
{
    g_autofree char *upper = once_in(w, 3) ? g_ascii_strup(word, -1) : g_strdup(word);
    g_string_append_printf(w->out, once_in(w, 8) ? "  %s " : " %s ", upper);
}

/* ---- phrases ---- */

/* Operators must be quoted, also where punctuation joins them to something: and/or. */
static bool must_be_quoted(const char *piece)
{
    static const char *const operators[] = {"and",      "or",     "not",     "to",
                                            "contains", "andany", "xfilter", NULL};
    g_autofree char *folded = g_ascii_strdown(piece, -1);
    g_auto(GStrv) words = g_strsplit_set(folded, "@-/.,'$", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (g_strv_contains(operators, words[i]))
            return true;
    return strpbrk(piece, " ()\"") != NULL || g_str_has_prefix(piece, "##");
}

static bool is_marker(const oracle_node *phrase)
{
    oracle_item_kind kind = ((const oracle_item *)g_ptr_array_index(phrase->items, 0))->kind;
    return kind == ORACLE_MARKER_FIRST || kind == ORACLE_MARKER_LAST;
}

/* Words are the same in upper case, but in a regular expression \d is not \D. */
static void write_piece(writer *w, const char *piece)
{
    bool regex = g_str_has_prefix(piece, "##");
    g_autofree char *upper = once_in(w, 4) && !regex ? g_utf8_strup(piece, -1) : g_strdup(piece);
    g_string_append(w->out, upper);
}

/* The pieces each by itself, some of them quoted: `red "apple pie" crust`. */
static void write_adjacent(writer *w, const oracle_node *phrase)
{
    bool quoted = false;
    for (guint i = 0; i < phrase->pieces->len; i++) {
        const char *piece = g_ptr_array_index(phrase->pieces, i);
        bool quote = must_be_quoted(piece) || once_in(w, 6);
        if (quoted && (!quote || once_in(w, 2))) {
            g_string_append_c(w->out, '"');
            quoted = false;
        }
        if (i > 0)
            g_string_append_c(w->out, ' ');
        if (quote && !quoted) {
            g_string_append_c(w->out, '"');
            quoted = true;
        }
        write_piece(w, piece);
    }
    if (quoted)
        g_string_append_c(w->out, '"');
}

static void write_quoted(writer *w, const oracle_node *phrase)
{
    static const char *const between[] = {" ", " ", " ", " ", ", ", " - ", "  "};
    g_string_append_c(w->out, '"');
    for (guint i = 0; i < phrase->pieces->len; i++) {
        int choice = w->random != NULL ? g_rand_int_range(w->random, 0, 7) : 0;
        if (i > 0) /* a regular expression runs to the next space */
            g_string_append(w->out, g_str_has_prefix(g_ptr_array_index(phrase->pieces, i - 1), "##")
                                        ? " "
                                        : between[choice]);
        write_piece(w, g_ptr_array_index(phrase->pieces, i));
    }
    g_string_append_c(w->out, '"');
}

static void write_words(writer *w, const oracle_node *phrase)
{
    if (is_marker(phrase))
        write_piece(w, g_ptr_array_index(phrase->pieces, 0));
    else if (w->random == NULL || once_in(w, 2))
        write_quoted(w, phrase);
    else
        write_adjacent(w, phrase);
}

/* ---- fields ---- */

/* The fields that all words below have, if they are the same ones for all and there is nothing but words; else 0. */
static unsigned same_fields(const oracle_node *node)
{
    if (node->kind == ORACLE_PHRASE)
        return node->fields;
    unsigned same = node->children->len > 0 && node->kind != ORACLE_SAVED ? ~0u : 0;
    for (guint i = 0; i < node->children->len; i++) {
        unsigned fields = same_fields(CHILD(node, i));
        same = same == ~0u || same == fields ? fields : 0;
    }
    return same;
}

static bool has_marker(const oracle_node *node)
{
    if (node->kind == ORACLE_PHRASE)
        return is_marker(node);
    for (guint i = 0; i < node->children->len; i++)
        if (has_marker(CHILD(node, i)))
            return true;
    return false;
}

static void write_in_field(writer *w, const oracle_node *node, unsigned fields, place where)
{
    const char *name = oracle_field_name(fields);
    bool group = node->kind != ORACLE_PHRASE || has_marker(node) || once_in(w, 4);
    bool contains = once_in(w, 3);
    bool parentheses = contains && where != ALONE;
    w->fields = fields;
    g_autofree char *shown = once_in(w, 4) ? g_ascii_strup(name, -1) : g_strdup(name);
    g_string_append_printf(w->out, "%s%s", parentheses ? "(" : "", shown);
    if (contains)
        write_word(w, "contains");
    else
        g_string_append_c(w->out, ':');
    if (group) {
        g_string_append_c(w->out, '(');
        write_node(w, node, ALONE);
        g_string_append_c(w->out, ')');
    } else if (contains || (node->pieces->len == 1 && w->random != NULL)) {
        write_words(w, node);
    } else {
        write_quoted(w, node);
    }
    g_string_append(w->out, parentheses ? ")" : "");
    w->fields = HF_FIELDS_ALL;
}

static void write_value(writer *w, const oracle_node *node)
{
    bool comparison = *node->value == '<' || *node->value == '>';
    if (comparison && once_in(w, 2)) {
        int equal = node->value[1] == '=' ? 2 : 1;
        g_string_append_printf(w->out, once_in(w, 2) ? "%s %.*s %s" : "%s%.*s%s", node->field,
                               equal, node->value, node->value + equal);
        return;
    }
    bool quoted = must_be_quoted(node->value) || once_in(w, 8);
    g_string_append_printf(w->out, quoted ? "%s:\"%s\"" : "%s:%s", node->field, node->value);
}

/* ---- operators ---- */

static bool is_proximity(const oracle_node *node)
{
    return node->kind == ORACLE_NEAR || node->kind == ORACLE_PRE || node->kind == ORACLE_NOT_NEAR;
}

static bool needs_parentheses(const oracle_node *node, place where)
{
    if (where == ALONE || node->kind == ORACLE_PHRASE || node->children->len == 0 ||
        node->kind == ORACLE_SAVED)
        return false;
    if (node->kind == ORACLE_NOT)
        return where == IN_NOT || where == IN_PROXIMITY;
    if (is_proximity(node))
        return where != IN_AND;
    return true;
}

static void write_proximity(writer *w, const oracle_node *node)
{
    static const char *const names[] = {
        [ORACLE_NEAR] = "w/%u", [ORACLE_PRE] = "pre/%u", [ORACLE_NOT_NEAR] = "not w/%u"};
    write_node(w, CHILD(node, 0), IN_PROXIMITY);
    const char *name = names[node->kind];
    g_autofree char *before = g_strndup(name, (gsize)(strchr(name, '%') - name));
    g_autofree char *operator= g_strdup_printf("%s%u", before, node->distance);
    write_word(w, operator);
    write_node(w, CHILD(node, 1), IN_PROXIMITY);
}

static void write_operator(writer *w, const oracle_node *node)
{
    if (is_proximity(node)) {
        write_proximity(w, node);
        return;
    }
    if (node->kind == ORACLE_NOT) {
        g_string_append(w->out, once_in(w, 3) ? "NOT " : "not ");
        write_node(w, CHILD(node, 0), IN_NOT);
        return;
    }
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            write_word(w, node->kind == ORACLE_AND ? "and" : "or");
        write_node(w, CHILD(node, i), node->kind == ORACLE_AND ? IN_AND : IN_OR);
    }
}

static void write_bare(writer *w, const oracle_node *node)
{
    if (node->kind == ORACLE_PHRASE)
        write_words(w, node);
    else if (node->field != NULL)
        write_value(w, node);
    else
        write_operator(w, node);
}

static void write_node(writer *w, const oracle_node *node, place where)
{
    unsigned fields = same_fields(node);
    bool name = w->fields == HF_FIELDS_ALL && fields != HF_FIELDS_ALL && fields != 0 &&
                (node->kind == ORACLE_PHRASE || once_in(w, 2));
    bool parentheses = (!name && needs_parentheses(node, where)) || once_in(w, 12);
    if (parentheses) {
        g_string_append(w->out, once_in(w, 5) ? "( " : "(");
        where = ALONE;
    }
    if (name)
        write_in_field(w, node, fields, where);
    else
        write_bare(w, node);
    if (parentheses)
        g_string_append_c(w->out, ')');
}

char *oracle_node_write(const oracle_node *node, GRand *random)
{
    writer w = {g_string_new(NULL), random, HF_FIELDS_ALL};
    write_node(&w, node, ALONE);
    return g_string_free(w.out, FALSE);
}
