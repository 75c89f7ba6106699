/* The oracle's syntax tree. */
#include "oracle/oracle.h"
#include <string.h>

#define CHILD(node, i) ((oracle_node *)g_ptr_array_index((node)->children, i))

oracle_node *oracle_node_new(oracle_kind kind)
{
    oracle_node *node = g_new0(oracle_node, 1);
    node->kind = kind;
    node->children = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_node_free);
    node->pieces = g_ptr_array_new_with_free_func(g_free);
    node->items = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_item_free);
    return node;
}

void oracle_node_free(oracle_node *node)
{
    g_ptr_array_unref(node->children);
    g_ptr_array_unref(node->pieces);
    g_ptr_array_unref(node->items);
    g_free(node->field);
    g_free(node->value);
    g_free(node);
}

/* ---- phrases ---- */

oracle_node *oracle_node_phrase(unsigned fields)
{
    oracle_node *phrase = oracle_node_new(ORACLE_PHRASE);
    phrase->fields = fields;
    return phrase;
}

static void add_marker(oracle_node *phrase, oracle_item_kind kind)
{
    oracle_item *item = g_new0(oracle_item, 1);
    item->kind = kind;
    item->known = g_byte_array_new();
    g_ptr_array_add(phrase->items, item);
}

bool oracle_node_add_piece(oracle_node *phrase, const char *piece)
{
    if (g_ascii_strcasecmp(piece, "xfirstword") == 0)
        add_marker(phrase, ORACLE_MARKER_FIRST);
    else if (g_ascii_strcasecmp(piece, "xlastword") == 0)
        add_marker(phrase, ORACLE_MARKER_LAST);
    else if (!oracle_piece_read(piece, phrase->items))
        return false;
    g_ptr_array_add(phrase->pieces, g_strdup(piece));
    return true;
}

static bool is_any(const oracle_node *phrase, guint i)
{
    return ((const oracle_item *)g_ptr_array_index(phrase->items, i))->kind == ORACLE_ANY;
}

static bool drop_from_phrase(oracle_node *phrase, const char *const *noise)
{
    for (guint i = 0; i < phrase->items->len; i++) {
        oracle_item *item = g_ptr_array_index(phrase->items, i);
        if (item->kind == ORACLE_LITERAL && g_strv_contains(noise, item->word))
            item->kind = ORACLE_ANY;
    }
    while (phrase->items->len > 0 && is_any(phrase, phrase->items->len - 1))
        g_ptr_array_remove_index(phrase->items, phrase->items->len - 1);
    while (phrase->items->len > 0 && is_any(phrase, 0))
        g_ptr_array_remove_index(phrase->items, 0);
    return phrase->items->len > 0;
}

bool oracle_node_drop_noise(oracle_node *node, const char *const *noise)
{
    if (noise == NULL)
        return true;
    if (node->kind == ORACLE_PHRASE)
        return drop_from_phrase(node, noise);
    for (guint i = 0; i < node->children->len; i++)
        if (!oracle_node_drop_noise(CHILD(node, i), noise))
            return false;
    return true;
}

oracle_node *oracle_node_copy(const oracle_node *node)
{
    oracle_node *copy = oracle_node_new(node->kind);
    for (guint i = 0; i < node->children->len; i++)
        g_ptr_array_add(copy->children, oracle_node_copy(CHILD(node, i)));
    copy->distance = node->distance;
    copy->fields = node->fields;
    for (guint i = 0; i < node->pieces->len; i++)
        oracle_node_add_piece(copy, g_ptr_array_index(node->pieces, i));
    copy->column = node->column;
    copy->first = node->first;
    copy->behind = node->behind;
    copy->low = node->low;
    copy->high = node->high;
    copy->field = g_strdup(node->field);
    copy->value = g_strdup(node->value);
    return copy;
}

/* ---- what may stand where ---- */

static bool is_proximity(const oracle_node *node)
{
    return node->kind == ORACLE_NEAR || node->kind == ORACLE_PRE || node->kind == ORACLE_NOT_NEAR;
}

bool oracle_is_positional(const oracle_node *node)
{
    if (node->kind != ORACLE_OR)
        return node->kind == ORACLE_PHRASE || is_proximity(node);
    for (guint i = 0; i < node->children->len; i++)
        if (!oracle_is_positional(CHILD(node, i)))
            return false;
    return true;
}

bool oracle_is_simple(const oracle_node *node)
{
    if (node->kind != ORACLE_OR)
        return node->kind == ORACLE_PHRASE;
    for (guint i = 0; i < node->children->len; i++)
        if (!oracle_is_simple(CHILD(node, i)))
            return false;
    return true;
}

unsigned oracle_common_fields(const oracle_node *node)
{
    unsigned fields = node->kind == ORACLE_PHRASE ? node->fields : HF_FIELDS_ALL;
    for (guint i = 0; i < node->children->len; i++)
        fields &= oracle_common_fields(CHILD(node, i));
    return fields;
}

/* Whether there is nothing but and, or, not over what has places. */
static bool is_side(const oracle_node *node)
{
    if (oracle_is_positional(node))
        return true;
    bool and_or_not =
        node->kind == ORACLE_AND || node->kind == ORACLE_OR || node->kind == ORACLE_NOT;
    for (guint i = 0; i < node->children->len; i++)
        if (!is_side(CHILD(node, i)))
            return false;
    return and_or_not;
}

static bool is_valid_proximity(const oracle_node *node)
{
    const oracle_node *left = CHILD(node, 0), *right = CHILD(node, 1);
    if (!is_side(left) || !is_side(right) || oracle_common_fields(node) == 0)
        return false;
    if (!oracle_is_simple(left) && !oracle_is_simple(right))
        return false;
    if (node->kind == ORACLE_NOT_NEAR && !oracle_is_simple(left) && !is_proximity(left))
        return false;
    return !oracle_holds_far(left) && !oracle_holds_far(right) && node->distance >= 1 &&
           node->distance <= 9999;
}

bool oracle_is_valid(const oracle_node *node)
{
    if (is_proximity(node) && !is_valid_proximity(node))
        return false;
    for (guint i = 0; i < node->children->len; i++)
        if (!oracle_is_valid(CHILD(node, i)))
            return false;
    return true;
}

/* ---- fields ---- */

#define BIT(field) (1u << HF_FIELD_##field)
static const struct {
    const char *name;
    unsigned mask;
} field_names[] = {
    {"body", BIT(BODY)},
    {"subject", BIT(SUBJECT)},
    {"filename", BIT(FILENAME)},
    {"title", BIT(TITLE)},
    {"author", BIT(AUTHOR)},
    {"from", BIT(FROM)},
    {"to", BIT(TO)},
    {"cc", BIT(CC)},
    {"bcc", BIT(BCC)},
    {"participants", BIT(FROM) | BIT(TO) | BIT(CC) | BIT(BCC)},
    {"other", BIT(OTHER)},
};

unsigned oracle_field_mask(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(field_names); i++)
        if (g_ascii_strcasecmp(field_names[i].name, name) == 0)
            return field_names[i].mask;
    return 0;
}

const char *oracle_field_name(unsigned mask)
{
    for (gsize i = 0; i < G_N_ELEMENTS(field_names); i++)
        if (field_names[i].mask == mask)
            return field_names[i].name;
    return NULL;
}

/* ---- to look at ---- */

static void dump(const oracle_node *node, int depth, GString *out)
{
    static const char *const names[] = {"or",    "and",   "not",   "w",     "pre",
                                        "not w", "words", "range", "value", "saved"};
    g_string_append_printf(out, "%*s%s", 2 * depth, "", names[node->kind]);
    if (node->distance > 0)
        g_string_append_printf(out, "/%u", node->distance);
    for (guint i = 0; i < node->pieces->len; i++)
        g_string_append_printf(out, " %s", (const char *)g_ptr_array_index(node->pieces, i));
    if (node->kind == ORACLE_PHRASE && node->fields != HF_FIELDS_ALL)
        g_string_append_printf(out, " in %s", oracle_field_name(node->fields));
    if (node->field != NULL)
        g_string_append_printf(out, " %s:%s", node->field, node->value);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < node->children->len; i++)
        dump(CHILD(node, i), depth + 1, out);
}

char *oracle_node_dump(const oracle_node *node)
{
    GString *out = g_string_new(NULL);
    dump(node, 0, out);
    return g_string_free(out, FALSE);
}
