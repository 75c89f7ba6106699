/* Queries by chance, all of them valid, most of their words from the documents. */
#include "oracle/oracle.h"
#include <string.h>

typedef struct {
    GRand *random;
    const GPtrArray *samples, *saved; /* saved NULL: no markers either, which may not stand alone */
} maker;

static int below(const maker *m, int n)
{
    return g_rand_int_range(m->random, 0, n);
}

/* ---- words ---- */

/* Queries have no invisible characters, and a marker's name is not the word of a text. */
static bool may_be_asked(const char *word)
{
    return *word != '\0' && *word != '@' && *word != '-' && strstr(word, "\302\255") == NULL &&
           strstr(word, "xfirstword") == NULL;
}

/* A text of a document as the words that white space leaves, without the punctuation at their ends; g_strfreev. */
static char **some_words(const maker *m)
{
    for (int tries = 0; tries < 20; tries++) {
        const oracle_sample *sample = g_ptr_array_index(m->samples, below(m, (int)m->samples->len));
        if (sample->texts->len == 0)
            continue;
        const oracle_text *text =
            g_ptr_array_index(sample->texts, below(m, (int)sample->texts->len));
        g_autofree char *copy = g_strdup(text->text);
        g_strdelimit(copy, "\n,./$", ' ');
        g_auto(GStrv) all = g_strsplit(copy, " ", -1);
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        for (guint i = 0; all[i] != NULL; i++)
            if (may_be_asked(all[i]))
                g_ptr_array_add(words, g_strdup(all[i]));
        g_ptr_array_add(words, NULL);
        if (words->len > 1)
            return (char **)g_ptr_array_steal(words, NULL);
        g_strfreev((char **)g_ptr_array_steal(words, NULL));
    }
    return g_strsplit("apple banana pear", " ", -1);
}

static bool is_plain(const char *word)
{
    size_t n = strlen(word);
    return n > 0 && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789") == n;
}

static char *make_wildcard(const maker *m, const char *word)
{
    g_autoptr(GString) out = g_string_new(word);
    int changes = 1 + (below(m, 3) == 0);
    for (int i = 0; i < changes; i++) {
        gssize at = below(m, (int)out->len);
        switch (below(m, 5)) {
        case 0:
            g_string_truncate(out, (gsize)at + 1);
            g_string_append_c(out, '*');
            break;
        case 1:
            g_string_erase(out, 0, at);
            g_string_prepend_c(out, '*');
            break;
        case 2:
            out->str[at] = '?';
            break;
        case 3:
            g_string_insert_c(out, at, '*');
            break;
        default:
            for (gsize k = 0; k < out->len; k++)
                if (g_ascii_isdigit(out->str[k]) && below(m, 2) == 0)
                    out->str[k] = '=';
        }
    }
    return g_strdup(out->str);
}

static char *make_fuzzy(const maker *m, const char *word)
{
    g_autoptr(GString) out = g_string_new(word);
    int edits = 1 + below(m, 3);
    for (int i = 0; i < edits; i++)
        g_string_insert_c(out, below(m, (int)out->len), '%');
    return g_strdup(out->str);
}

static char *make_regex(const maker *m)
{
    static const char *const patterns[] = {
        "##app?l.+",   "##ban+ana", "##[0-9]{4}", "##(foo|bar).*", "##c.*t(s|ed)?", "##AP.*",
        "##sm[iy]th?", "##x\\d+",   "##[a-c].+",  "##pe(a|e)rs?",  "##20\\d\\d",    "##can|t",
    };
    return g_strdup(patterns[below(m, G_N_ELEMENTS(patterns))]);
}

static char *make_number(const maker *m)
{
    static const int ends[] = {0, 7, 12, 13, 24, 25, 1999, 2000, 2001, 20015};
    int low = below(m, 9), high = low + below(m, 10 - low);
    return g_strdup_printf("%d~~%d", ends[low], ends[high]);
}

static char *make_pattern(const maker *m, const char *word)
{
    int which = below(m, 12);
    if (which == 0)
        return make_number(m);
    if (which == 1)
        return make_regex(m);
    if (!is_plain(word))
        return g_strdup(word);
    if (which <= 3)
        return make_fuzzy(m, word);
    if (which == 4)
        return g_strdup_printf("#%s", word);
    if (which <= 6)
        return g_strdup_printf("%s~", word);
    return make_wildcard(m, word);
}

/* Puts a word or its pattern into the phrase; nothing of it if that is not to be written. */
static void add_piece(const maker *m, oracle_node *phrase, const char *word)
{
    g_autofree char *pattern = below(m, 3) == 0 ? make_pattern(m, word) : g_strdup(word);
    if (!oracle_node_add_piece(phrase, pattern))
        oracle_node_add_piece(phrase, word);
}

static oracle_node *make_phrase(const maker *m, unsigned mask)
{
    static const int lengths[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4};
    oracle_node *phrase = oracle_node_phrase(mask);
    g_auto(GStrv) words = some_words(m);
    int all = (int)g_strv_length(words), n = lengths[below(m, G_N_ELEMENTS(lengths))];
    int from = below(m, all);
    for (int i = from; i < all && i < from + n; i++)
        add_piece(m, phrase, words[i]);
    if (phrase->items->len == 0)
        oracle_node_add_piece(phrase, "apple");
    return phrase;
}

/* ---- what stands in a proximity ---- */

static oracle_node *make_marker(const maker *m, unsigned mask)
{
    oracle_node *marker = oracle_node_phrase(mask);
    oracle_node_add_piece(marker, below(m, 2) == 0 ? "xfirstword" : "xlastword");
    return marker;
}

static oracle_node *make_simple(const maker *m, unsigned mask, int depth)
{
    if (m->saved != NULL && below(m, 16) == 0)
        return make_marker(m, mask);
    if (depth == 0 || below(m, 4) != 0)
        return make_phrase(m, mask);
    oracle_node *group = oracle_node_new(ORACLE_OR);
    for (int n = 2 + below(m, 2); n > 0; n--)
        g_ptr_array_add(group->children, make_simple(m, mask, depth - 1));
    return group;
}

static oracle_node *make_proximity(const maker *m, unsigned mask, int depth);

static oracle_node *make_positional(const maker *m, unsigned mask, int depth)
{
    return depth > 0 && below(m, 4) == 0 ? make_proximity(m, mask, depth - 1)
                                         : make_simple(m, mask, 1);
}

/* And, or, not over what has places. */
static oracle_node *make_boolean(const maker *m, unsigned mask, int depth)
{
    if (depth == 0)
        return make_positional(m, mask, 0);
    if (below(m, 5) == 0) {
        oracle_node *not = oracle_node_new(ORACLE_NOT);
        g_ptr_array_add(not ->children, make_positional(m, mask, depth - 1));
        return not ;
    }
    oracle_node *node = oracle_node_new(below(m, 3) == 0 ? ORACLE_OR : ORACLE_AND);
    for (int n = 2 + (below(m, 4) == 0); n > 0; n--)
        g_ptr_array_add(node->children, below(m, 3) == 0 ? make_boolean(m, mask, depth - 1)
                                                         : make_positional(m, mask, depth - 1));
    return node;
}

/* The side that may be more than simple. */
static oracle_node *make_side(const maker *m, unsigned mask, int depth, bool boolean)
{
    while (boolean && below(m, 3) == 0) {
        g_autoptr(oracle_node) side = make_boolean(m, mask, 2);
        if (!oracle_holds_far(side))
            return g_steal_pointer(&side);
    }
    return make_positional(m, mask, depth);
}

static unsigned make_distance(const maker *m)
{
    static const unsigned far[] = {50, 70, 9999};
    return below(m, 12) == 0 ? far[below(m, 3)] : 1 + (unsigned)below(m, 9);
}

static oracle_node *make_proximity(const maker *m, unsigned mask, int depth)
{
    static const oracle_kind kinds[] = {ORACLE_NEAR, ORACLE_NEAR, ORACLE_NEAR,
                                        ORACLE_PRE,  ORACLE_PRE,  ORACLE_NOT_NEAR};
    oracle_node *node = oracle_node_new(kinds[below(m, 6)]);
    node->distance = make_distance(m);
    bool simple_first = below(m, 2) == 0;
    /* What is kept by not w/N must have hits: the left side has no and/not. */
    bool boolean = node->kind != ORACLE_NOT_NEAR || simple_first;
    oracle_node *simple = make_simple(m, mask, 2), *side = make_side(m, mask, depth, boolean);
    /* The left of not w/N is a simple one or a proximity, not a group that has one. */
    if (node->kind == ORACLE_NOT_NEAR && !simple_first && side->kind == ORACLE_OR &&
        !oracle_is_simple(side))
        simple_first = true;
    g_ptr_array_add(node->children, simple_first ? simple : side);
    g_ptr_array_add(node->children, simple_first ? side : simple);
    return node;
}

/* ---- whole queries ---- */

static unsigned make_mask(const maker *m)
{
    static const char *const names[] = {"body",  "subject",      "from",         "to",
                                        "cc",    "participants", "participants", "filename",
                                        "title", "other"};
    if (below(m, 3) != 0)
        return HF_FIELDS_ALL;
    return below(m, 2) == 0 ? oracle_field_mask("body")
                            : oracle_field_mask(names[below(m, G_N_ELEMENTS(names))]);
}

/* Fields of single words may differ as long as one is common to all. */
static void vary_fields(const maker *m, oracle_node *node)
{
    if (node->kind == ORACLE_PHRASE && below(m, 3) == 0)
        node->fields = oracle_field_mask("to");
    for (guint i = 0; i < node->children->len; i++)
        vary_fields(m, g_ptr_array_index(node->children, i));
}

static oracle_node *make_words(const maker *m, int depth)
{
    unsigned mask = make_mask(m);
    if (depth == 0 || below(m, 3) == 0)
        return make_phrase(m, mask);
    oracle_node *node = make_proximity(m, mask, MIN(depth, 2));
    if ((mask & oracle_field_mask("to")) != 0 && below(m, 6) == 0)
        vary_fields(m, node);
    return node;
}

static char *make_day(const maker *m)
{
    int year = 2000 + below(m, 3), month = 1 + below(m, 12), day = 1 + below(m, 28);
    switch (below(m, 3)) {
    case 0:
        return g_strdup_printf("%04d", year);
    case 1:
        return g_strdup_printf("%04d-%02d", year, month);
    default:
        return g_strdup_printf("%04d-%02d-%02d", year, month, day);
    }
}

/* One value, a range, one open at an end, or one after a comparison; `low` does not lie behind `high`. */
static char *make_range(const maker *m, const char *low, const char *high)
{
    static const char *const forms[] = {">", ">=", "<", "<="};
    switch (below(m, 5)) {
    case 0:
        return g_strdup_printf("%s..%s", low, high);
    case 1:
        return below(m, 2) == 0 ? g_strdup_printf("%s..", low) : g_strdup_printf("..%s", high);
    case 2:
        return g_strdup(low);
    default:
        return g_strdup_printf("%s%s", forms[below(m, 4)], low);
    }
}

static oracle_node *make_dates(const maker *m)
{
    static const char *const names[] = {"date",    "sent",     "received",
                                        "created", "modified", "familydate"};
    oracle_node *node = oracle_node_new(ORACLE_RANGE);
    g_autofree char *low = make_day(m), *high = make_day(m), *value = NULL;
    if (strcmp(low, high) > 0)
        value = make_range(m, high, low);
    else
        value = make_range(m, low, high);
    oracle_range_read(node, names[below(m, G_N_ELEMENTS(names))], value);
    return node;
}

/* Ranges have a unit at both ends or at none. */
static oracle_node *make_sizes(const maker *m)
{
    static const char *const bytes[] = {"0", "1", "1023", "1024", "2048", "100000"};
    static const char *const units[] = {"1kb", "1.5KB", "2KB", "1MB", "1.5MB", "2.25mb"};
    const char *const *sizes = below(m, 2) == 0 ? bytes : units;
    int low = below(m, 6), high = low + below(m, 6 - low);
    oracle_node *node = oracle_node_new(ORACLE_RANGE);
    g_autofree char *value = make_range(m, sizes[low], sizes[high]);
    oracle_range_read(node, "size", strcmp(value, "<0") == 0 ? "<1" : value);
    return node;
}

static oracle_node *make_value(const maker *m)
{
    static const char *const values[][2] = {
        {"custodian", "jane roe"}, {"custodian", "smith"}, {"tag", "hot"},
        {"tag", "privileged"},     {"has", "attachment"},  {"language", "en"},
    };
    int which = below(m, m->saved->len > 0 ? 8 : 6);
    oracle_node *node = oracle_node_new(which < 6 ? ORACLE_VALUE : ORACLE_SAVED);
    if (which < 6) {
        node->field = g_strdup(values[which][0]);
        node->value = g_strdup(values[which][1]);
        return node;
    }
    int saved = below(m, (int)m->saved->len);
    node->field = g_strdup("saved");
    node->value = g_strdup_printf("s%d", saved);
    g_ptr_array_add(node->children, oracle_node_copy(g_ptr_array_index(m->saved, saved)));
    return node;
}

static oracle_node *make_query(const maker *m, int depth)
{
    int which = depth == 0 ? 0 : below(m, 16);
    if (which < 6)
        return make_words(m, depth);
    if (which == 6)
        return below(m, 3) == 0 ? make_sizes(m) : make_dates(m);
    if (which == 7)
        return make_value(m);
    oracle_node *node = oracle_node_new(which < 9    ? ORACLE_NOT
                                        : which < 13 ? ORACLE_AND
                                                     : ORACLE_OR);
    for (int n = node->kind == ORACLE_NOT ? 1 : 2 + (below(m, 3) == 0); n > 0; n--)
        g_ptr_array_add(node->children, make_query(m, depth - 1));
    return node;
}

oracle_node *oracle_generate_query(GRand *random, const GPtrArray *samples, const GPtrArray *saved)
{
    maker m = {random, samples, saved};
    return make_query(&m, 3);
}

oracle_node *oracle_generate_simple(GRand *random, const GPtrArray *samples)
{
    maker m = {random, samples, NULL};
    return make_simple(&m, HF_FIELDS_ALL, 1);
}
