/* Phrases and proximities over an index of several segments, against reading the text of every document; and what patterns
 * stand for. */
#include "query/evaluate.h"
#include "unit/cases.h"

#include <string.h>
#include <unistd.h>

#define DOCUMENTS 1200
#define SEGMENTS 2

static const struct {
    hf_field field;
    const char *name;
} fields[] = {{HF_FIELD_BODY, "body"}, {HF_FIELD_SUBJECT, "subject"}, {HF_FIELD_FROM, "from"}};

typedef struct {
    uint32_t id;
    char *texts[3];
} document;

typedef struct {
    document documents[DOCUMENTS];
    char *folder;
    hf_index *index;
    unsigned seed;
} world;

static unsigned roll(world *w, unsigned n)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return (w->seed >> 16) % n;
}

/* Few words, so that they meet often; some have endings, digits and pairs of characters. */
static const char *const words[] = {"a",
                                    "b",
                                    "c",
                                    "ab",
                                    "ba",
                                    "abb",
                                    "b1",
                                    "b22",
                                    "run",
                                    "runs",
                                    "running",
                                    "\xe6\x9d\xb1",
                                    "12",
                                    "13",
                                    "\xe6\x9d\xb1\xe4\xba\xac",
                                    "\xe4\xba\xac\xe9\x83\xbd\xe6\x9d\xb1"};

static char *random_text(world *w, unsigned most)
{
    GString *text = g_string_new(NULL);
    bool one_word = roll(w, 30) == 0;
    for (unsigned n = roll(w, most + 1), few = one_word ? 1 : 3 + roll(w, 14); n > 0; n--)
        g_string_append_printf(text, "%s ", words[roll(w, MIN(few, G_N_ELEMENTS(words)))]);
    return g_string_free(text, FALSE);
}

static bool add_segment(world *w, unsigned number, char **path)
{
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (unsigned i = number * DOCUMENTS / SEGMENTS; i < (number + 1) * DOCUMENTS / SEGMENTS; i++) {
        document *d = &w->documents[i];
        d->id = i * 3 + 1;
        hf_field_text texts[3];
        for (unsigned f = 0; f < 3; f++) {
            d->texts[f] = random_text(w, f == 0 ? 60 : 6);
            texts[f] = (hf_field_text){fields[f].field, d->texts[f], strlen(d->texts[f])};
        }
        hf_index_document entry = {.id = d->id, .fields = texts, .n_fields = 3};
        if (!hf_segment_builder_add(builder, &entry, NULL, NULL))
            return false;
    }
    hf_segment_info info;
    *path = g_strdup_printf("%s/%u", w->folder, number);
    return hf_segment_builder_finish(builder, *path, &info, NULL);
}

static int setup(void **state)
{
    world *w = g_new0(world, 1);
    char *paths[SEGMENTS];
    w->seed = 7;
    w->folder = g_dir_make_tmp("hf-near-XXXXXX", NULL);
    for (unsigned i = 0; i < SEGMENTS; i++)
        if (!add_segment(w, i, &paths[i]))
            return -1;
    w->index = hf_index_open((const char *const *)paths, SEGMENTS, 2, NULL);
    for (unsigned i = 0; i < SEGMENTS; i++)
        g_free(paths[i]);
    *state = w;
    return w->index != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    world *w = *state;
    hf_index_free(w->index);
    for (unsigned i = 0; i < DOCUMENTS; i++)
        for (unsigned f = 0; f < 3; f++)
            g_free(w->documents[i].texts[f]);
    hf_file_empty_directory(w->folder, NULL);
    rmdir(w->folder);
    g_free(w->folder);
    g_free(w);
    return 0;
}

/* ---- random positional trees ---- */

static hf_query_word *random_word(world *w, bool inside)
{
    static const char *const pieces[] = {
        "a",     "b",  "c",    "ab",         "run",       "a*",           "*b",
        "?b",    "b=", "b==",  "run~",       "r%un",      "ru*",          "12~~13",
        "zebra", "x*", "#run", "xfirstword", "xlastword", "\xe6\x9d\xb1", "\xe4\xba\xac"};
    if (inside && roll(w, 8) == 0) {
        hf_query_word *any = g_new0(hf_query_word, 1);
        any->kind = HF_QUERY_WORD_ANY;
        any->written = g_strdup("the");
        any->word = g_strdup("the");
        return any;
    }
    const char *piece = pieces[roll(w, roll(w, 2) == 0 ? 5 : (unsigned)G_N_ELEMENTS(pieces))];
    char *message = NULL, *advice = NULL;
    hf_query_word *word = hf_query_word_read(piece, strlen(piece), 0, &message, &advice);
    if (word == NULL)
        fail_msg("%s: %s", piece, message);
    return word;
}

/* One word over and over. */
static void add_long_phrase(world *w, hf_query_node *node)
{
    char *message = NULL, *advice = NULL;
    for (unsigned n = 10 + roll(w, 20); n > 0; n--) {
        const char *piece = roll(w, 8) == 0 ? "a*" : "a";
        g_ptr_array_add(node->words,
                        hf_query_word_read(piece, strlen(piece), 0, &message, &advice));
    }
}

static hf_query_node *random_leaf(world *w)
{
    static const unsigned lengths[] = {1, 1, 1, 2, 2, 3};
    hf_query_node *node = hf_query_node_new(HF_QUERY_NODE_WORDS, 0, 0);
    unsigned field = roll(w, 8), n = lengths[roll(w, G_N_ELEMENTS(lengths))];
    bool is_long = roll(w, 20) == 0;
    if (field < 3)
        node->field = hf_query_field_find(fields[field].name, strlen(fields[field].name));
    if (is_long)
        add_long_phrase(w, node);
    for (unsigned i = 0; i < n && !is_long; i++)
        g_ptr_array_add(node->words, random_word(w, i > 0 && i + 1 < n));
    return node;
}

static hf_query_node *joined(hf_query_node_kind kind, hf_query_node *a, hf_query_node *b)
{
    hf_query_node *node = hf_query_node_new(kind, 0, 0);
    g_ptr_array_add(node->children, a);
    if (b != NULL)
        g_ptr_array_add(node->children, b);
    return node;
}

static hf_query_node *random_simple(world *w)
{
    hf_query_node *a = random_leaf(w);
    return roll(w, 3) == 0 ? joined(HF_QUERY_NODE_OR, a, random_leaf(w)) : a;
}

static hf_query_node *random_proximity(world *w, unsigned depth);

/* Holds nowhere without one of its words near. */
static hf_query_node *random_side(world *w, unsigned depth)
{
    if (depth == 0)
        return random_simple(w);
    hf_query_node *a = random_side(w, depth - 1);
    switch (roll(w, 5)) {
    case 0:
        return joined(HF_QUERY_NODE_AND, a, random_side(w, depth - 1));
    case 1:
        return joined(HF_QUERY_NODE_OR, a, random_side(w, depth - 1));
    case 2:
        return joined(HF_QUERY_NODE_AND, a,
                      joined(HF_QUERY_NODE_NOT, random_side(w, depth - 1), NULL));
    default:
        hf_query_node_free(a);
        return random_proximity(w, depth - 1);
    }
}

static hf_query_node *random_proximity(world *w, unsigned depth)
{
    static const hf_query_node_kind kinds[] = {HF_QUERY_NODE_WITHIN, HF_QUERY_NODE_BEFORE,
                                               HF_QUERY_NODE_NOT_WITHIN};
    hf_query_node_kind kind = kinds[roll(w, 3)];
    hf_query_node *simple = random_simple(w), *side = random_side(w, depth);
    bool turned = kind != HF_QUERY_NODE_NOT_WITHIN && roll(w, 2) == 0;
    hf_query_node *node = joined(kind, turned ? side : simple, turned ? simple : side);
    node->distance = 1 + roll(w, 8);
    return node;
}

static void write_tree(const hf_query_node *node, GString *out)
{
    static const char *const names[] = {"and", "or", "not", "w", "pre", "notw"};
    if (node->kind == HF_QUERY_NODE_WORDS) {
        hf_query_node_write(node, out);
        return;
    }
    g_string_append_printf(out, "(%s/%u", names[node->kind], node->distance);
    for (guint i = 0; i < node->children->len; i++) {
        g_string_append_c(out, ' ');
        write_tree(node->children->pdata[i], out);
    }
    g_string_append_c(out, ')');
}

/* ---- reading every text ---- */

static void add_leaves(hf_query_reader *reader, const hf_query_node *node, uint32_t *number)
{
    if (node->kind == HF_QUERY_NODE_WORDS)
        hf_query_reader_add(reader, node, (*number)++);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_leaves(reader, node->children->pdata[i], number);
}

static hf_set *by_reading(const world *w, const hf_query_node *node)
{
    g_autoptr(hf_query_reader) reader = hf_query_reader_new();
    uint32_t number = 0;
    hf_set *set = hf_set_new();
    add_leaves(reader, node, &number);
    for (unsigned i = 0; i < DOCUMENTS; i++)
        for (unsigned f = 0; f < 3; f++) {
            const char *text = w->documents[i].texts[f];
            hf_query_reader_read(reader, text, strlen(text));
            g_autoptr(GArray) hits = hf_query_reader_hits(reader, 1u << fields[f].field, node);
            if (hits->len > 0)
                hf_set_add(set, w->documents[i].id);
        }
    return set;
}

static void expand(hf_query_expansions *expansions, const hf_query_node *node)
{
    for (guint i = 0; node->words != NULL && i < node->words->len; i++) {
        hf_query_word *word = node->words->pdata[i];
        hf_query_expanding result;
        if (hf_query_word_expands(word))
            assert_true(hf_query_expansions_add(expansions, word, hf_query_node_fields(node),
                                                &result, NULL));
    }
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        expand(expansions, node->children->pdata[i]);
}

static hf_set *by_index(const world *w, const hf_query_node *node, const hf_set *universe,
                        GHashTable *known)
{
    g_autoptr(hf_query_expansions) expansions = hf_query_expansions_new(w->index);
    g_autoptr(GError) error = NULL;
    expand(expansions, node);
    hf_set *set = hf_query_near_evaluate(node, w->index, expansions, universe, known, &error);
    if (set == NULL)
        fail_msg("%s", error->message);
    return set;
}

static void test_against_reading(void **state)
{
    world *w = *state;
    uint64_t found = 0;
    g_autoptr(hf_set) half = hf_set_new();
    for (uint32_t id = 0; id < DOCUMENTS * 3; id += 2)
        hf_set_add(half, id);
    for (unsigned round = 0; round < 500; round++) {
        g_autoptr(hf_query_node) node =
            round % 4 == 0 ? random_leaf(w) : random_proximity(w, roll(w, 3));
        g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const hf_set *universe = round % 3 == 0 ? half : NULL;
        g_autoptr(hf_set) expected = by_reading(w, node);
        g_autoptr(hf_set) set = by_index(w, node, universe, known);
        if (universe != NULL)
            hf_set_and(expected, universe);
        if (!hf_set_equal(set, expected)) {
            g_autoptr(GString) tree = g_string_new(NULL);
            write_tree(node, tree);
            fail_msg("round %u: %s: %u documents, not %u", round, tree->str,
                     (unsigned)hf_set_count(set), (unsigned)hf_set_count(expected));
        }
        found += hf_set_count(set);
    }
    assert_true(found > 10000);
}

/* ---- what is known ---- */

static hf_query_node *phrase(const char *const *texts, unsigned n)
{
    hf_query_node *node = hf_query_node_new(HF_QUERY_NODE_WORDS, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        char *message = NULL, *advice = NULL;
        g_ptr_array_add(node->words,
                        hf_query_word_read(texts[i], strlen(texts[i]), 0, &message, &advice));
    }
    return node;
}

static void test_known_words(void **state)
{
    world *w = *state;
    static const char *const texts[] = {"a", "zebra", "run*"};
    g_autoptr(hf_query_node) node = phrase(texts, 3);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(hf_set) set = by_index(w, node, NULL, known);
    assert_int_equal(hf_set_count(set), 0);
    g_autofree char *a = hf_query_word_key(node->words->pdata[0], HF_FIELDS_DEFAULT);
    g_autofree char *zebra = hf_query_word_key(node->words->pdata[1], HF_FIELDS_DEFAULT);
    assert_true(g_hash_table_contains(known, a));
    assert_false(g_hash_table_contains(known, zebra));
    g_autoptr(hf_set) nobody = hf_set_new();
    g_hash_table_remove_all(known);
    g_autoptr(hf_set) none = by_index(w, node, nobody, known);
    assert_int_equal(g_hash_table_size(known), 0);
}

static void test_expansions(void **state)
{
    world *w = *state;
    char *message = NULL, *advice = NULL;
    g_autoptr(hf_query_word) word = hf_query_word_read("run*", 4, 0, &message, &advice);
    g_autoptr(hf_query_expansions) expansions = hf_query_expansions_new(w->index);
    hf_query_expanding result;
    unsigned both = 1u << HF_FIELD_BODY | 1u << HF_FIELD_SUBJECT;
    assert_true(hf_query_expansions_add(expansions, word, both, &result, NULL));
    assert_int_equal(result, HF_QUERY_EXPANDED);
    static const char *const expected[] = {"run", "running", "runs"};
    assert_int_equal(word->expansion->len, 3);
    for (guint i = 0; i < 3; i++) {
        hf_index_word_count *one = &g_array_index(word->expansion, hf_index_word_count, i);
        assert_string_equal(one->word, expected[i]);
        g_autoptr(hf_set) body = hf_index_word(w->index, 1u << HF_FIELD_BODY, one->word, NULL);
        g_autoptr(hf_set) subject =
            hf_index_word(w->index, 1u << HF_FIELD_SUBJECT, one->word, NULL);
        assert_int_equal(one->documents, hf_set_count(body) + hf_set_count(subject));
    }
    guint n;
    g_autofree const hf_index_word_count **most = hf_query_expansion_most(word->expansion, 2, &n);
    assert_int_equal(n, 2);
    assert_true(most[0]->documents >= most[1]->documents);
    GArray *before = g_array_ref(word->expansion);
    assert_true(hf_query_expansions_add(expansions, word, both, &result, NULL));
    assert_ptr_equal(word->expansion, before);
    g_array_unref(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_reading),
        cmocka_unit_test(test_known_words),
        cmocka_unit_test(test_expansions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
