/* What queries find in a few documents that can be read at a glance, and what is said about them: unknown words, refusals that
 * only the index can tell, texts beside the index, zones, saved searches. */
#include "query/tree.h"
#include "unit/cases.h"

#include <string.h>
#include <unistd.h>

#define DAY (86400 * HF_TIME_SECOND)

static const struct {
    const char *body, *subject, *from, *other_name; /* the last is not in the index */
    const char *date;
} documents[] = {
    /* 1 */ {"The apple pie was sold to the red baker", "pie", "Jane Roe <jane.roe@acme.com>",
             "old apple list.txt", "2001-05-04T02:00:00Z"},
    /* 2 */
    {"apples and pears, applied to a pie", "fruit report 2001", "bob@acme.org", NULL,
     "2001-05-04T12:00:00Z"},
    /* 3 */
    {"contract contracts contracted; banana bananna", "RE: contract 123", "jim@acme.com", NULL,
     "2001-05-05T03:00:00Z"},
    /* 4 */ {"pear one two three four apple", "", "smith@example.com", NULL, NULL},
    /* 5 */
    {"Smythe met Schmidt near 15 red barns and 27 blue ones", "notes", "", NULL,
     "2001-05-04T23:59:59Z"},
    /* 6 */
    {"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd \xe3\x81\xab", "apple apple", "", NULL,
     "1999-01-01T00:00:00Z"},
    /* 7: not shown */ {"apple zebra okapi", "", "", "hidden gnu.txt", "2001-05-04T12:00:00Z"},
};

typedef struct {
    char *folder;
    hf_index *index;
    hf_query_source source;
    unsigned texts_read;
} world;

static hf_set *universe(void *data, GError **error)
{
    (void)data;
    (void)error;
    hf_set *set = hf_set_new();
    hf_set_add_range(set, 1, 6);
    return set;
}

static hf_set *value(void *data, hf_query_value which, const char *text, GError **error)
{
    (void)data;
    if (which == HF_QUERY_CUSTODIAN && strcmp(text, "roe") == 0) {
        hf_set *set = hf_set_new();
        hf_set_add_range(set, 1, 3);
        return set;
    }
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no \"%s\"", text);
    return NULL;
}

static bool each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error)
{
    world *w = data;
    (void)error;
    for (uint32_t i = 0; i < G_N_ELEMENTS(documents); i++) {
        const char *name = documents[i].other_name;
        w->texts_read += name != NULL;
        if (name != NULL && !fn(fn_data, i + 1, HF_FIELD_FILENAME, name, strlen(name)))
            return false;
    }
    return true;
}

static int setup(void **state)
{
    world *w = g_new0(world, 1);
    w->folder = g_dir_make_tmp("hf-meaning-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(w->folder, "0", NULL);
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (uint32_t i = 0; i < G_N_ELEMENTS(documents); i++) {
        hf_field_text texts[] = {
            {HF_FIELD_BODY, documents[i].body, strlen(documents[i].body)},
            {HF_FIELD_SUBJECT, documents[i].subject, strlen(documents[i].subject)},
            {HF_FIELD_FROM, documents[i].from, strlen(documents[i].from)},
        };
        hf_index_document entry = {.id = i + 1, .fields = texts, .n_fields = G_N_ELEMENTS(texts)};
        hf_stamp stamp = {.utc = HF_TIME_NONE};
        if (documents[i].date != NULL)
            assert_true(hf_time_parse_iso(documents[i].date, &stamp));
        entry.columns[HF_COLUMN_DATE] = stamp.utc;
        entry.columns[HF_COLUMN_SIZE] = (i + 1) * 1000;
        assert_true(hf_segment_builder_add(builder, &entry, NULL, NULL));
    }
    hf_segment_info info;
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    w->index = hf_index_open(paths, 1, 1, NULL);
    w->source = (hf_query_source){
        .data = w, .universe = universe, .value = value, .each_text = each_text, .index = w->index};
    *state = w;
    return w->index != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    world *w = *state;
    hf_index_free(w->index);
    hf_file_empty_directory(w->folder, NULL);
    rmdir(w->folder);
    g_free(w->folder);
    g_free(w);
    return 0;
}

static hf_query *parse(const char *text, const hf_query_options *options)
{
    g_autoptr(GError) error = NULL;
    hf_query *query = hf_query_parse(text, options, NULL, &error);
    if (query == NULL)
        fail_msg("%s: %s", text, error->message);
    return query;
}

static char *show(const hf_set *set)
{
    GString *out = g_string_new(NULL);
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        g_string_append_printf(out, "%s%u", out->len > 0 ? " " : "", id);
    return g_string_free(out, FALSE);
}

static void expect(const hf_query_source *source, const hf_query_options *options, const char *text,
                   const char *expected)
{
    g_autoptr(hf_query) query = parse(text, options);
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_set) set = hf_query_evaluate(query, source, NULL, &error);
    if (set == NULL)
        fail_msg("%s: %s", text, error->message);
    g_autofree char *found = show(set);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: found \"%s\", not \"%s\"", text, found, expected);
}

static void test_operators(void **state)
{
    static const struct {
        const char *text, *found;
    } cases[] = {
        /* words and phrases; a name that is not in the index counts */
        {"apple", "1 4 6"},
        {"body:apple", "1 4"},
        {"subject contains apple", "6"},
        {"filename:apple", "1"},
        {"apple pie", "1"},
        {"\"apple list\"", "1"},
        {"\"old apple list txt\"", "1"},
        {"subject:(pie) and body:pie", "1"},
        {"roe jane", "1"},
        {"from:jane.roe@acme.com", "1"},
        {"apple pear", ""},
        {"apple apple", "6"},
        /* patterns, alone and in phrases */
        {"appl*", "1 2 4 6"},
        {"*acted", "3"},
        {"p?ar", "4"},
        {"p?ar*", "2 4"},
        {"contract~", "3"},
        {"ba%nana", "3"},
        {"#smith", "4 5"},
        {"body:#smith", "5"},
        {"10~~20", "5"},
        {"100~~200", "3"},
        {"2===", "2"},
        {"\"##ban+an+a\"", "3"},
        {"\"##contract(s|ed)\"", "3"},
        {"\"appl* pi?\"", "1"},
        {"\"contract~ contract~ contract~\"", "3"},
        {"*oe@acme.com", "1"},
        {"\"b?b@acme.o*\"", "2"},
        {"\"15~~15 red\"", "5"},
        /* nearness */
        {"apple w/5 pear", "4"},
        {"apple w/4 pear", ""},
        {"pear pre/5 apple", "4"},
        {"apple pre/5 pear", ""},
        {"apple not w/2 pie", "1 4 6"},
        {"body:apple not w/1 pie", "4"},
        {"red w/2 ba*", "1 5"},
        {"red w/2 (baker or barns)", "1 5"},
        {"(apple or red) w/2 (pie or barns)", "1 5"},
        {"\"apple pie\" w/3 sold", "1"},
        {"\"apple pie\" w/1 sold", ""},
        {"appl~ w/7 pie", "1 2"},
        {"(apple w/1 pie) w/2 sold", "1"},
        {"(apple and sold) w/3 pie", "1"},
        {"(apple and zebra) w/3 pie", ""},
        {"(apple and not zebra) w/3 pie", "1"},
        {"(apple and not sold) w/3 pie", ""},
        {"pear w/1 xfirstword", "4"},
        {"apple w/1 xfirstword", "6"},
        {"apple w/1 xlastword", "4 6"},
        {"list w/3 xfirstword", "1"},
        {"apple w/1 apple", "6"},
        {"apple w/3 txt", "1"},
        /* not across fields */
        {"pie w/50 jane", ""},
        {"(pie w/50 jane) or okapi", ""},
        /* sets */
        {"pie and not fruit", "1"},
        {"not apple", "2 3 5"},
        {"not (apple w/5 pear)", "1 2 3 5 6"},
        {"custodian:roe and pie", "1 2"},
        {"zebra", ""},
        {"size:2000..3000", "2 3"},
        {"size>4kb", "5 6"},
        {"date:2001-05-04", "1 2 5"},
        /* scripts without spaces */
        {"\xe6\x9d\xb1\xe4\xba\xac", "6"},
        {"\xe4\xba\xac\xe9\x83\xbd", "6"},
        {"\xe6\x9d\xb1\xe9\x83\xbd", ""},
        {"\xe9\x83\xbd", "6"},
        {"\xe6\x9d\xb1 w/3 \xe3\x81\xab", "6"},
        {"\xe9\x83\xbd pre/1 \xe3\x81\xab", "6"},
    };
    world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        expect(&w->source, NULL, cases[i].text, cases[i].found);
}

static void test_noise(void **state)
{
    world *w = *state;
    static const char *const noise[] = {"the", "to", "was", "a", NULL};
    hf_query_options options = {.noise = noise};
    expect(&w->source, &options, "\"sold to the red\"", "1");
    expect(&w->source, &options, "\"sold a a red\"", "1");
    expect(&w->source, &options, "\"sold the red\"", "");
    expect(&w->source, &options, "\"the apple pie was\"", "1");
    expect(&w->source, &options, "\"contract the contracted\"", "3");
}

static void test_unknown_words(void **state)
{
    static const struct {
        const char *text, *unknown;
    } cases[] = {
        {"apple", ""},
        {"zebra", "zebra"},
        {"zeb*", "zeb*"},
        {"qux* or apple", "qux*"},
        {"\"apple qux*\"", "qux*"},
        {"subject:barns or barns", "subject:barns"},
        {"(apple or kiwi) w/5 pear", "kiwi"},
        {"(apple or Kiwi) w/5 kiwi and kiwi", "kiwi"},
        {"apple not w/5 kiwi", "kiwi"},
        {"apple w/5 (pear and not kiwi)", "kiwi"},
        {"\"kiwi of the apple\"", "kiwi of"},
        {"list or hidden", "hidden"},
        {"subject:list", "subject:list"},
        {"filename:old w/9 filename:list", ""},
        {"apple w/5 xlastword", ""},
        {"apple and not kiwi", "kiwi"},
    };
    world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = parse(cases[i].text, NULL);
        g_autoptr(hf_set) set = hf_query_evaluate(query, &w->source, NULL, NULL);
        assert_non_null(set);
        size_t n;
        const char *const *unknown = hf_query_unknown_words(query, &n);
        g_autoptr(GString) all = g_string_new(NULL);
        for (size_t k = 0; k < n; k++)
            g_string_append_printf(all, "%s%s", k > 0 ? " " : "", unknown[k]);
        if (strcmp(all->str, cases[i].unknown) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].text, all->str, cases[i].unknown);
    }
}

static void test_other_texts_are_read_once(void **state)
{
    world *w = *state;
    w->texts_read = 0;
    expect(&w->source, NULL, "apple or list or (old w/3 list) or pear", "1 4 6");
    assert_int_equal(w->texts_read, 2);
    expect(&w->source, NULL, "custodian:roe and not date:2001", "");
    assert_int_equal(w->texts_read, 2);
}

/* ---- zones ---- */

static void test_zones(void **state)
{
    world *w = *state;
    g_autoptr(GTimeZone) york = g_time_zone_new_identifier("-04:00");
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(hf_set) some = hf_set_new(), rest = hf_set_new();
    hf_set_add_range(some, 1, 3);
    hf_set_add_range(rest, 4, 7);
    hf_query_zone zones[] = {{york, some}, {utc, rest}};
    hf_query_source source = w->source;
    source.zones = zones;
    source.n_zones = 2;
    expect(&source, NULL, "date:2001-05-04", "2 3 5");
    expect(&source, NULL, "date:2001-05-03", "1");
    expect(&source, NULL, "not date:2001-05-04", "1 4 6");
    expect(&source, NULL, "date:<=2001-05-03", "1 6");
}

/* ---- refused by what is found ---- */

static char *saved_text(void *data, const char *name, GError **error)
{
    (void)data;
    (void)error;
    return g_strdup(strcmp(name, "outer") == 0 ? "pie and saved:inner" : "apple or custodian:doe");
}

static void test_faults_in_saved_searches(void **state)
{
    world *w = *state;
    hf_query_options options = {.saved = saved_text};
    g_autoptr(hf_query) query = parse("red or saved:outer", &options);
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    assert_null(hf_query_evaluate(query, &w->source, &fault, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_QUERY));
    assert_int_equal(fault.column, 8);
    assert_string_equal(fault.message, "in the saved search outer: there is no \"doe\"");
}

/* 100,001 words that begin alike, in one document. */
static void test_too_many_words(void **state)
{
    world *w = *state;
    g_autofree char *path = g_build_filename(w->folder, "many", NULL);
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    g_autoptr(GString) text = g_string_new("wand");
    for (unsigned i = 0; i < HF_QUERY_EXPANSION_MAX; i++)
        g_string_append_printf(text, " w%u", i);
    hf_field_text field = {HF_FIELD_BODY, text->str, text->len};
    hf_index_document entry = {.id = 1, .fields = &field, .n_fields = 1};
    hf_segment_info info;
    assert_true(hf_segment_builder_add(builder, &entry, NULL, NULL));
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, NULL);
    hf_query_source source = {.index = index};
    expect(&source, NULL, "w1*", "1");
    expect(&source, NULL, "w? w/3 wand", "1");
    g_autoptr(hf_query) query = parse("wand or (w2 w/5 w*)", NULL);
    g_auto(hf_query_fault) fault = {0};
    assert_null(hf_query_evaluate(query, &source, &fault, NULL));
    assert_int_equal(fault.column, 17);
    assert_string_equal(fault.message, "w* stands for more than 100,000 words");
    assert_non_null(fault.advice);
    /* The same 90,000 words by patterns that differ. */
    g_autoptr(hf_query) together =
        parse("w=====* or w====?* or w===?=* or w==?==* or w=?===* or w?====*", NULL);
    g_auto(hf_query_fault) too_much = {0};
    assert_null(hf_query_evaluate(together, &source, &too_much, NULL));
    assert_int_equal(too_much.column, 56);
    assert_string_equal(too_much.message,
                        "the patterns up to w?====* stand for more than 500,000 words together");
}

/* Each of them is a walk over all words, so that a query of many could take an hour. */
static void test_too_many_patterns(void **state)
{
    world *w = *state;
    g_autoptr(GString) text = g_string_new("apple");
    for (unsigned i = 0; i < 100; i++)
        g_string_append_printf(text, " or *q%u or *q%u", i, i);
    g_autoptr(hf_query) enough = parse(text->str, NULL);
    g_autoptr(hf_set) found = hf_query_evaluate(enough, &w->source, NULL, NULL);
    assert_non_null(found);
    g_string_append(text, " or *q100");
    g_autoptr(hf_query) query = parse(text->str, NULL);
    g_auto(hf_query_fault) fault = {0};
    assert_null(hf_query_evaluate(query, &w->source, &fault, NULL));
    assert_int_equal(fault.column, text->len - 4);
    assert_string_equal(fault.message, "the query has more patterns than are looked up for one");
}

static void test_rank_words(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"apple and not pie", "apple"},   {"appl* or red", "apple apples applied red"},
        {"apple not w/5 pear", "apple"},  {"(apple and not pie) w/5 sold", "apple sold"},
        {"apple w/5 xlastword", "apple"}, {"custodian:roe", ""},
    };
    world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = parse(cases[i].text, NULL);
        g_autoptr(hf_set) set = hf_query_evaluate(query, &w->source, NULL, NULL);
        g_auto(GStrv) words = hf_query_rank_words(query);
        g_autofree char *all = g_strjoinv(" ", words);
        assert_string_equal(all, cases[i].words);
        assert_int_equal(hf_query_has_words(query), words[0] != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators),      cmocka_unit_test(test_noise),
        cmocka_unit_test(test_unknown_words),  cmocka_unit_test(test_other_texts_are_read_once),
        cmocka_unit_test(test_zones),          cmocka_unit_test(test_faults_in_saved_searches),
        cmocka_unit_test(test_too_many_words), cmocka_unit_test(test_too_many_patterns),
        cmocka_unit_test(test_rank_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
