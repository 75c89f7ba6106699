/* The tree as it was read, what every node found, and what its patterns stood for; as lines and as JSON. */
#include "query/tree.h"
#include "unit/cases.h"

#include <string.h>
#include <unistd.h>

static const char *const texts[] = {"apple applied apples", "apple pear", "apple x pear",
                                    "of pear"};

typedef struct {
    char *folder;
    hf_index *index;
    hf_query_source source;
} world;

static hf_set *universe(void *data, GError **error)
{
    return hf_index_all(((world *)data)->index, error);
}

static int setup(void **state)
{
    world *w = g_new0(world, 1);
    w->folder = g_dir_make_tmp("hf-explain-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(w->folder, "0", NULL);
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (uint32_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        hf_field_text body = {HF_FIELD_BODY, texts[i], strlen(texts[i])};
        hf_index_document entry = {.id = i + 1, .fields = &body, .n_fields = 1};
        entry.columns[HF_COLUMN_SIZE] = i * 1000;
        assert_true(hf_segment_builder_add(builder, &entry, NULL, NULL));
    }
    hf_segment_info info;
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    w->index = hf_index_open(paths, 1, 1, NULL);
    w->source = (hf_query_source){.data = w, .universe = universe, .index = w->index};
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

static hf_query *evaluated(world *w, const char *text, const hf_query_options *options)
{
    g_autoptr(GError) error = NULL;
    hf_query *query = hf_query_parse(text, options, NULL, &error);
    if (query == NULL)
        fail_msg("%s: %s", text, error->message);
    g_autoptr(hf_set) set = hf_query_evaluate(query, &w->source, NULL, &error);
    if (set == NULL)
        fail_msg("%s: %s", text, error->message);
    return query;
}

/* Without the times, and with one space where there are several behind the beginning of a line. */
static char *steady(const char *explained)
{
    g_autoptr(GRegex) time = g_regex_new(" +[0-9.]+ ms$", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) spaces = g_regex_new("(?<=\\S) +", 0, 0, NULL);
    g_autofree char *timeless = g_regex_replace_literal(time, explained, -1, 0, "", 0, NULL);
    return g_regex_replace_literal(spaces, timeless, -1, 0, " ", 0, NULL);
}

static char *saved_text(void *data, const char *name, GError **error)
{
    (void)data;
    (void)name;
    (void)error;
    return g_strdup("apple or pear");
}

static void test_lines(void **state)
{
    static const struct {
        const char *text, *lines;
    } cases[] = {
        {"appl*", "appl* 3 documents\n"
                  "  appl*: 3 words: apple 3, apples 1, applied 1\n"},
        {"\"apple zeb*\"", "\"apple zeb*\" 0 documents\n"
                           "  zeb*: no words\n"},
        {"not (apple w/2 pear)", "not 2 documents\n"
                                 "  w/2 2 documents\n"
                                 "    apple 3 documents\n"
                                 "    pear 3 documents\n"},
        {"(apple not w/1 pear) and x pre/1 pear", "and 1 document\n"
                                                  "  not w/1 2 documents\n"
                                                  "    apple 3 documents\n"
                                                  "    pear 3 documents\n"
                                                  "  pre/1 1 document\n"
                                                  "    x 1 document\n"
                                                  "    pear 3 documents\n"},
        {"(apple and not x) w/9 pear", "w/9 1 document\n"
                                       "  and 2 documents\n"
                                       "    apple 3 documents\n"
                                       "    not 3 documents\n"
                                       "      x 1 document\n"
                                       "  pear 3 documents\n"},
        {"saved:fruit", "saved:fruit 4 documents\n"
                        "  or 4 documents\n"
                        "    apple 3 documents\n"
                        "    pear 3 documents\n"},
        {"size:1000..2000", "size:1000..2000 2 documents\n  1,000 to 2,000 bytes\n"},
        {"size>1kb", "size:>1kb 2 documents\n  1,025 bytes or more\n"},
        {"\"the pear the apple the\"", "\"pear the apple\" 0 documents\n"
                                       "  2 noise words left out at the ends\n"
                                       "  1 noise word inside: any word in its place\n"},
    };
    world *w = *state;
    static const char *const noise[] = {"the", NULL};
    hf_query_options options = {.noise = noise, .saved = saved_text};
    w->source.count_parts = true;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = evaluated(w, cases[i].text, &options);
        g_autofree char *explained = hf_query_explain(query);
        g_autofree char *lines = steady(explained);
        if (strcmp(lines, cases[i].lines) != 0)
            fail_msg("%s:\n%s", cases[i].text, lines);
    }
    w->source.count_parts = false;
}

static void test_parts_are_not_counted_unasked(void **state)
{
    g_autoptr(hf_query) query = evaluated(*state, "apple w/2 pear", NULL);
    g_autofree char *explained = hf_query_explain(query);
    g_autofree char *lines = steady(explained);
    assert_string_equal(lines, "w/2 2 documents\n  apple\n  pear\n");
}

static void test_zones(void **state)
{
    world *w = *state;
    g_autoptr(GTimeZone) york = g_time_zone_new_identifier("America/New_York");
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(hf_set) none = hf_set_new();
    hf_query_zone zones[] = {{york, none}, {utc, none}};
    if (york == NULL)
        skip();
    w->source.zones = zones;
    w->source.n_zones = 2;
    g_autoptr(hf_query) query = evaluated(w, "date:2001-05-04", NULL);
    w->source.n_zones = 0;
    g_autofree char *explained = hf_query_explain(query);
    g_autofree char *lines = steady(explained);
    assert_string_equal(lines, "date:2001-05-04 0 documents\n"
                               "  2001-05-04T04:00:00Z to 2001-05-05T03:59:59.999999Z in "
                               "America/New_York\n"
                               "  2001-05-04T00:00:00Z to 2001-05-04T23:59:59.999999Z\n");
}

static char *json_of(const hf_query *query, bool all_words)
{
    g_autoptr(GRegex) time = g_regex_new("\"microseconds\":[0-9]+", 0, 0, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_query_explain_json(query, all_words, &json);
    return g_regex_replace_literal(time, out->str, -1, 0, "\"microseconds\":0", 0, NULL);
}

static void test_json(void **state)
{
    g_autoptr(hf_query) query = evaluated(*state, "apples~ and date:>=2001", NULL);
    g_autofree char *json = json_of(query, true);
    assert_string_equal(
        json,
        "[{\"node\":0,\"parent\":null,\"kind\":\"and\",\"text\":\"and\",\"start\":0,\"end\":23,"
        "\"documents\":0,\"microseconds\":0},"
        "{\"node\":1,\"parent\":0,\"kind\":\"words\",\"text\":\"apples~\",\"start\":0,\"end\":7,"
        "\"documents\":3,\"microseconds\":0,\"noise_words_left_out\":0,\"noise_words_inside\":0,"
        "\"expansions\":[{\"word\":\"apples~\",\"words\":2,\"most_frequent\":["
        "{\"word\":\"apple\",\"documents\":3},{\"word\":\"apples\",\"documents\":1}]}]},"
        "{\"node\":2,\"parent\":0,\"kind\":\"range\",\"text\":\"date:>=2001\",\"start\":12,"
        "\"end\":23,\"documents\":0,\"microseconds\":0,\"spans\":[{\"zone\":\"UTC\","
        "\"from\":\"2001-01-01T00:00:00Z\",\"to\":null}]}]");
}

/* Deeper than one value of JSON may be. */
static void test_deep_json(void **state)
{
    g_autoptr(GString) text = g_string_new("pear");
    for (unsigned i = 0; i < 150; i++)
        g_string_prepend(text, "not ");
    g_autoptr(hf_query) query = evaluated(*state, text->str, NULL);
    g_autofree char *json = json_of(query, false);
    assert_non_null(
        strstr(json, "{\"node\":150,\"parent\":149,\"kind\":\"words\",\"text\":\"pear\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_parts_are_not_counted_unasked),
        cmocka_unit_test(test_zones),     cmocka_unit_test(test_json),
        cmocka_unit_test(test_deep_json),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
