/* Random documents and random queries, each answered twice: by the product over an index of several segments, and by the
 * oracle over the texts. A difference is made as small as it gets and shown. HF_ORACLE_SEED and HF_ORACLE_COUNT (queries) are for
 * long runs. */
#include "cases.h"
#include "oracle/universe.h"
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 60
#define QUERIES 150 /* of one universe */

static const char *const noise_words[] = {"the", "of", "and", "to", "t", NULL};

static guint64 setting(const char *name, guint64 otherwise)
{
    const char *value = g_getenv(name);
    return value != NULL ? g_ascii_strtoull(value, NULL, 10) : otherwise;
}

/* ---- universes ---- */

static oracle_universe *make_universe(GRand *random)
{
    GPtrArray *samples = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_sample_free);
    uint32_t id = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        id += (uint32_t)g_rand_int_range(random, 1, i % 20 == 0 ? 70000 : 3);
        g_ptr_array_add(samples, oracle_generate_sample(random, id));
    }
    g_autoptr(GError) error = NULL;
    oracle_universe *universe = oracle_universe_new(samples, random, &error);
    if (universe == NULL)
        fail_msg("%s", error->message);
    for (int i = 0; i < 2; i++)
        oracle_universe_save(universe,
                             oracle_generate_query(random, universe->samples, universe->saved));
    return universe;
}

/* ---- one query ---- */

/* Why the product's answer is wrong; NULL if it is not. g_free. */
static char *compare(oracle_universe *universe, const oracle_node *node, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_set) found = oracle_universe_ask(universe, text, &error);
    if (found == NULL)
        return g_strdup(error->message);
    g_autoptr(hf_set) expected = oracle_universe_expect(universe, node);
    if (hf_set_equal(found, expected))
        return NULL;
    g_autofree char *is = oracle_set_show(found), *should = oracle_set_show(expected);
    return g_strdup_printf("found %s\nshould be %s", is, should);
}

/* Whether product and oracle differ over this one document; queries that the rules refuse do not count. */
static bool differs(const oracle_sample *sample, const oracle_node *from,
                    const hf_query_options *options)
{
    /* A copy: a query remembers the words of one universe. */
    g_autoptr(oracle_node) node = oracle_node_copy(from);
    GPtrArray *samples = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_sample_free);
    g_ptr_array_add(samples, oracle_sample_copy(sample));
    g_autoptr(oracle_universe) universe = oracle_universe_new(samples, NULL, NULL);
    g_autofree char *text = oracle_node_write(node, NULL);
    if (universe == NULL || !oracle_is_valid(node) || strstr(text, "saved:") != NULL ||
        !oracle_node_drop_noise(node, options->noise))
        return false;
    universe->options.noise = options->noise;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_set) found = oracle_universe_ask(universe, text, &error);
    g_autoptr(hf_set) expected = oracle_universe_expect(universe, node);
    return found != NULL && !hf_set_equal(found, expected);
}

/* Puts a smaller document and query that still differ into the two; false if there are none. */
static bool shrink_once(oracle_sample **sample, oracle_node **node, const hf_query_options *options)
{
    g_autoptr(GPtrArray) queries = oracle_shrink_query(*node);
    for (guint i = 0; i < queries->len; i++) {
        if (!differs(*sample, g_ptr_array_index(queries, i), options))
            continue;
        oracle_node *smaller = oracle_node_copy(g_ptr_array_index(queries, i));
        oracle_node_free(*node);
        *node = smaller;
        return true;
    }
    g_autoptr(GPtrArray) samples = oracle_shrink_sample(*sample);
    for (guint i = 0; i < samples->len; i++) {
        if (!differs(g_ptr_array_index(samples, i), *node, options))
            continue;
        oracle_sample *smaller = oracle_sample_copy(g_ptr_array_index(samples, i));
        oracle_sample_free(*sample);
        *sample = smaller;
        return true;
    }
    return false;
}

static void show_columns(const oracle_sample *sample)
{
    g_autoptr(GTimeZone) zone = oracle_zone(sample->zone);
    print_message("%" G_GINT64_FORMAT " bytes; times in %s:", sample->columns[HF_COLUMN_SIZE],
                  g_time_zone_get_identifier(zone));
    for (int i = 0; i <= HF_COLUMN_MODIFIED; i++) {
        g_autofree char *time = hf_time_format_utc(sample->columns[i]);
        print_message(" %s", *time != '\0' ? time : "none");
    }
    print_message("\n");
}

static void show_sample(const oracle_sample *sample)
{
    for (guint i = 0; i < sample->texts->len; i++) {
        const oracle_text *text = g_ptr_array_index(sample->texts, i);
        print_message("%s%s: %s\n", hf_index_field_name(text->field), text->alone ? " (alone)" : "",
                      text->text);
    }
    show_columns(sample);
}

static bool differs_here(oracle_universe *universe, const oracle_node *from)
{
    g_autoptr(oracle_node) node = oracle_node_copy(from);
    g_autofree char *text = oracle_node_write(node, NULL);
    if (!oracle_is_valid(node) || !oracle_node_drop_noise(node, universe->options.noise))
        return false;
    g_autoptr(hf_set) found = oracle_universe_ask(universe, text, NULL);
    g_autoptr(hf_set) expected = oracle_universe_expect(universe, node);
    return found != NULL && !hf_set_equal(found, expected);
}

/* The smallest query that still differs over all of the documents. */
static oracle_node *shrink_here(oracle_universe *universe, const oracle_node *from)
{
    oracle_node *node = oracle_node_copy(from);
    for (bool smaller = true; smaller;) {
        g_autoptr(GPtrArray) queries = oracle_shrink_query(node);
        smaller = false;
        for (guint i = 0; !smaller && i < queries->len; i++) {
            smaller = differs_here(universe, g_ptr_array_index(queries, i));
            if (!smaller)
                continue;
            oracle_node_free(node);
            node = oracle_node_copy(g_ptr_array_index(queries, i));
        }
    }
    return node;
}

/* What differs only among others: every document that does, whole. */
static void show_different(oracle_universe *universe, const oracle_node *from)
{
    g_autoptr(oracle_node) node = shrink_here(universe, from);
    g_autofree char *text = oracle_node_write(node, NULL);
    oracle_node_drop_noise(node, universe->options.noise);
    g_autoptr(hf_set) found = oracle_universe_ask(universe, text, NULL);
    g_autoptr(hf_set) expected = oracle_universe_expect(universe, node);
    print_message("smallest query over all documents: %s\n", text);
    for (guint i = 0; found != NULL && i < universe->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(universe->samples, i);
        if (hf_set_has(found, sample->id) == hf_set_has(expected, sample->id))
            continue;
        print_message("%u%s%s%s\n", sample->id,
                      hf_set_has(found, sample->id) ? " found" : " left out",
                      hf_set_has(universe->unindexed, sample->id) ? ", not indexed" : "",
                      universe->source.range == NULL ? ", columns of the index" : "");
        show_sample(sample);
    }
}

static void show_smallest(oracle_universe *universe, const oracle_node *from)
{
    for (guint i = 0; i < universe->samples->len; i++) {
        if (!differs(g_ptr_array_index(universe->samples, i), from, &universe->options))
            continue;
        oracle_sample *sample = oracle_sample_copy(g_ptr_array_index(universe->samples, i));
        oracle_node *node = oracle_node_copy(from);
        while (shrink_once(&sample, &node, &universe->options))
            continue;
        g_autofree char *text = oracle_node_write(node, NULL);
        print_message("smallest: %s\n", text);
        show_sample(sample);
        oracle_node_free(node);
        oracle_sample_free(sample);
        return;
    }
    print_message("no document alone shows it\n");
    show_different(universe, from);
}

static void fail_query(oracle_universe *universe, guint64 seed, const oracle_node *node,
                       const char *text, const char *why)
{
    g_autofree char *tree = oracle_node_dump(node);
    print_message("HF_ORACLE_SEED=%" G_GUINT64_FORMAT "\nquery: %s\n%s%s\n", seed, text, tree, why);
    show_smallest(universe, node);
    fail_msg("product and oracle differ");
}

/* What the query reads as must be the same query. */
static char *compare_text(oracle_universe *universe, const oracle_node *node, const char *text)
{
    g_autoptr(hf_query) query = hf_query_parse(text, &universe->options, NULL, NULL);
    g_autofree char *full = hf_query_text(query);
    g_autofree char *why = compare(universe, node, full);
    return why != NULL ? g_strdup_printf("as read: %s\n%s", full, why) : NULL;
}

/* ---- marks ---- */

/* Sets the bytes of `text` that the spans cover, from their first word to their last. */
static void cover(const oracle_stretch *stretch, const GArray *spans, GByteArray *covered)
{
    for (guint i = 0; i < spans->len; i++) {
        const oracle_span *span = &g_array_index(spans, oracle_span, i);
        size_t start = SIZE_MAX, end = 0;
        for (guint k = 0; k < stretch->tokens->len; k++) {
            const oracle_token *token = &g_array_index(stretch->tokens, oracle_token, k);
            if (token->word < ORACLE_FIRST_WORD || token->position < span->first ||
                token->position > span->last)
                continue;
            start = MIN(start, token->start);
            end = MAX(end, token->end);
        }
        for (size_t at = start; at < end; at++)
            covered->data[at] = 1;
    }
}

static bool has_single(const oracle_node *node)
{
    for (guint i = 0; i < node->items->len; i++)
        if (((const oracle_item *)g_ptr_array_index(node->items, i))->kind == ORACLE_SINGLE)
            return true;
    for (guint i = 0; i < node->children->len; i++)
        if (has_single(g_ptr_array_index(node->children, i)))
            return true;
    return false;
}

static char *show_marks(const char *text, const uint8_t *covered)
{
    GString *out = g_string_new(NULL);
    size_t n = strlen(text);
    for (size_t i = 0; i <= n; i++) {
        bool is = i < n && covered[i], was = i > 0 && covered[i - 1];
        if (is != was)
            g_string_append_c(out, is ? '[' : ']');
        if (i < n)
            g_string_append_c(out, text[i]);
    }
    return g_string_free(out, FALSE);
}

/* Whether the marks of a text are where the hits are. One character of a script without spaces may be marked without the
 * other one of its pair. */
static bool same_marks(const uint8_t *marked, const uint8_t *hit, size_t n, bool single)
{
    bool any_marked = false, any_hit = false, beyond = false, left_out = false;
    for (size_t i = 0; i < n; i++) {
        any_marked |= marked[i] != 0;
        any_hit |= hit[i] != 0;
        beyond |= marked[i] && !hit[i];
        left_out |= hit[i] && !marked[i];
    }
    return any_marked == any_hit && !beyond && (single || !left_out);
}

static char *compare_marks(oracle_universe *universe, const hf_query *query,
                           const oracle_node *node, const oracle_text *text)
{
    size_t n = strlen(text->text);
    g_autoptr(oracle_document) document = oracle_document_new(1);
    oracle_document_add_text(document, universe->words, text->field, true, text->text, n);
    oracle_document_close(document);
    const oracle_stretch *stretch = g_ptr_array_index(document->stretches, 0);
    g_autoptr(GArray) spans = oracle_marks(node, universe->words, stretch);
    g_autoptr(GArray) marks = hf_query_mark(query, 1u << text->field, text->text, n, 0);
    g_autoptr(GByteArray) hit = g_byte_array_new(), marked = g_byte_array_new();
    g_byte_array_set_size(hit, (guint)n + 1);
    g_byte_array_set_size(marked, (guint)n + 1);
    memset(hit->data, 0, n + 1);
    memset(marked->data, 0, n + 1);
    cover(stretch, spans, hit);
    size_t before = 0;
    for (guint i = 0; i < marks->len; i++) {
        const hf_query_range *range = &g_array_index(marks, hf_query_range, i);
        if (range->start < before || range->end <= range->start || range->end > n)
            return g_strdup("marks are not ascending ranges of the text");
        memset(marked->data + range->start, 1, range->end - range->start);
        before = range->end;
    }
    if (same_marks(marked->data, hit->data, n, has_single(node)))
        return NULL;
    g_autofree char *is = show_marks(text->text, marked->data);
    g_autofree char *should = show_marks(text->text, hit->data);
    return g_strdup_printf("marks in %s: %s\nshould be: %s", hf_index_field_name(text->field), is,
                           should);
}

/* The marks of some texts. */
static char *compare_some_marks(oracle_universe *universe, const oracle_node *node,
                                const char *text, GRand *random)
{
    g_autoptr(hf_query) query = hf_query_parse(text, &universe->options, NULL, NULL);
    g_autoptr(hf_set) set = hf_query_evaluate(query, &universe->source, NULL, NULL);
    for (int i = 0; i < 8; i++) {
        const oracle_sample *sample = g_ptr_array_index(
            universe->samples, (guint)g_rand_int_range(random, 0, (int)universe->samples->len));
        for (guint k = 0; k < sample->texts->len; k++) {
            char *why = compare_marks(universe, query, node, g_ptr_array_index(sample->texts, k));
            if (why != NULL)
                return why;
        }
    }
    return NULL;
}

/* ---- the tests ---- */

typedef struct {
    guint64 queries, refused, telling;
} tally;

static void check_query(oracle_universe *universe, guint64 seed, GRand *random, tally *count)
{
    g_autoptr(oracle_node) node = oracle_generate_query(random, universe->samples, universe->saved);
    g_autofree char *text = oracle_node_write(node, random);
    count->queries++;
    if (!oracle_node_drop_noise(node, universe->options.noise)) {
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_set) set = oracle_universe_ask(universe, text, &error);
        if (set != NULL || !g_error_matches(error, HF_ERROR, HF_ERROR_QUERY))
            fail_query(universe, seed, node, text, "not refused: noise words alone");
        count->refused++;
        return;
    }
    g_autofree char *why = compare(universe, node, text);
    if (why == NULL)
        why = compare_text(universe, node, text);
    if (why == NULL)
        why = compare_some_marks(universe, node, text, random);
    if (why != NULL)
        fail_query(universe, seed, node, text, why);
    g_autoptr(hf_set) set = oracle_universe_expect(universe, node);
    count->telling += hf_set_count(set) > 0 && hf_set_count(set) < universe->documents->len;
}

static void check_universe(guint64 seed, tally *count)
{
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)seed);
    g_autoptr(oracle_universe) universe = make_universe(random);
    if (g_rand_int_range(random, 0, 4) == 0) {
        universe->options.noise = noise_words;
        g_ptr_array_set_size(universe->saved, 0); /* they were made of any words */
    }
    for (int i = 0; i < QUERIES; i++)
        check_query(universe, seed, random, count);
}

static void test_random_queries(void **state)
{
    (void)state;
    guint64 seed = setting("HF_ORACLE_SEED", 1), queries = setting("HF_ORACLE_COUNT", 5000);
    tally count = {0};
    for (; count.queries < queries; seed++)
        check_universe(seed, &count);
    print_message("# %" G_GUINT64_FORMAT " queries, %" G_GUINT64_FORMAT
                  " found some documents and not all, %" G_GUINT64_FORMAT " were noise alone\n",
                  count.queries, count.telling, count.refused);
    assert_true(count.telling * 3 > count.queries);
}

/* A spelling of the oracle's own reader too: the list of terms that it counts is read by it. */
static void test_reader(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    g_autoptr(oracle_universe) universe = make_universe(random);
    g_ptr_array_set_size(universe->saved, 0);
    for (int i = 0; i < 1000; i++) {
        g_autoptr(oracle_node) node =
            oracle_generate_query(random, universe->samples, universe->saved);
        g_autofree char *text = oracle_node_write(node, random);
        g_autoptr(GError) error = NULL;
        g_autoptr(oracle_node) again = oracle_parse(text, NULL, &error);
        if (again == NULL)
            fail_msg("%s: %s", text, error->message);
        g_autoptr(hf_set) one = oracle_universe_expect(universe, node);
        g_autoptr(hf_set) other = oracle_universe_expect(universe, again);
        if (!hf_set_equal(one, other))
            fail_msg("%s: read as another query", text);
    }
}

/* ---- what must hold between queries, whatever the documents ---- */

static hf_set *ask(oracle_universe *universe, const char *format, ...) G_GNUC_PRINTF(2, 3);
static hf_set *ask(oracle_universe *universe, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autoptr(GError) error = NULL;
    hf_set *set = oracle_universe_ask(universe, text, &error);
    if (set == NULL)
        fail_msg("%s: %s", text, error->message);
    return set;
}

static void assert_within(const hf_set *inner, const hf_set *outer)
{
    assert_int_equal(hf_set_and_count(inner, outer), hf_set_count(inner));
}

static void check_booleans(oracle_universe *universe, const char *a, const char *b)
{
    g_autoptr(hf_set) one = ask(universe, "(%s) and (%s)", a, b);
    g_autoptr(hf_set) other = ask(universe, "(%s) and (%s)", b, a);
    assert_true(hf_set_equal(one, other));
    g_autoptr(hf_set) either = ask(universe, "(%s) or (%s)", a, b);
    g_autoptr(hf_set) de_morgan = ask(universe, "not ((not (%s)) and (not (%s)))", a, b);
    assert_true(hf_set_equal(either, de_morgan));
    g_autoptr(hf_set) plain = ask(universe, "%s", a);
    g_autoptr(hf_set) twice = ask(universe, "not (not (%s))", a);
    assert_true(hf_set_equal(plain, twice));
}

static void check_distances(oracle_universe *universe, const char *a, const char *b, int n)
{
    g_autoptr(hf_set) near = ask(universe, "(%s) w/%d (%s)", a, n, b);
    g_autoptr(hf_set) turned = ask(universe, "(%s) w/%d (%s)", b, n, a);
    g_autoptr(hf_set) wider = ask(universe, "(%s) w/%d (%s)", a, n + 3, b);
    g_autoptr(hf_set) before = ask(universe, "(%s) pre/%d (%s)", a, n, b);
    g_autoptr(hf_set) behind = ask(universe, "(%s) pre/%d (%s)", b, n, a);
    g_autoptr(hf_set) both = ask(universe, "(%s) and (%s)", a, b);
    g_autoptr(hf_set) without = ask(universe, "(%s) not w/%d (%s)", a, n, b);
    g_autoptr(hf_set) alone = ask(universe, "%s", a);
    assert_true(hf_set_equal(near, turned));
    assert_within(near, wider);
    assert_within(near, both);
    assert_within(without, alone);
    hf_set_or(before, behind);
    assert_true(hf_set_equal(near, before));
    hf_set_or(without, near);
    assert_true(hf_set_equal(without, alone));
}

static void check_phrase(oracle_universe *universe, const char *a, const char *b)
{
    g_autoptr(hf_set) phrase = ask(universe, "\"%s %s\"", a, b);
    g_autoptr(hf_set) chain = ask(universe, "\"%s\" pre/1 \"%s\"", a, b);
    assert_true(hf_set_equal(phrase, chain));
}

static void test_properties(void **state)
{
    (void)state;
    static const char *const words[] = {"apple", "appl*",    "banana",   "the",
                                        "can't", "foo_bar",  "12",       "#smith",
                                        "joe",   "acme.com", "contract~"};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autoptr(oracle_universe) universe = make_universe(random);
    for (int i = 0; i < 100; i++) {
        g_autoptr(oracle_node) one = oracle_generate_simple(random, universe->samples);
        g_autoptr(oracle_node) other = oracle_generate_simple(random, universe->samples);
        g_autofree char *a = oracle_node_write(one, NULL), *b = oracle_node_write(other, NULL);
        check_booleans(universe, a, b);
        check_distances(universe, a, b, g_rand_int_range(random, 1, 9));
        check_phrase(universe, words[g_rand_int_range(random, 0, CASES(words))],
                     words[g_rand_int_range(random, 0, CASES(words))]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_random_queries),
        cmocka_unit_test(test_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
