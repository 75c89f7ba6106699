/* What a search goes over is the same whatever part of it is indexed yet, and whatever changed since. */
#include "holdfast/extract.h"
#include "holdfast/scope.h"
#include "unit/cases.h"
#include <string.h>
#include <unistd.h>

#define DONE(call)                                                                                 \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, error != NULL ? error->message : "no error is set");         \
    } while (0)

/* ---- a vault ---- */

typedef struct {
    const char *name, *type, *extractor, *review;
    uint64_t size;
    hf_meta_row meta[6];
    size_t n_meta;
    hf_text_state text;
    unsigned flags;
} part;

/* Families, the parent first: 1 with 2; 3; 4; 5 with 6. */
static const part parts[] = {
    {"mail.eml",
     "message/rfc822",
     "mail",
     "2001-05-04T10:00:00Z",
     100,
     {{"from", "Jane <jane@Acme.example>"},
      {"sent", "2001-05-04T10:00:00Z"},
      {"received", "not a time"},
      {"received", "2001-05-04T10:05:00Z"},
      {"message-id", "id-1@acme"},
      {"language", "en"}},
     6,
     HF_TEXT_WHOLE,
     HF_FLAG_ATTACHMENTS},
    {"a.pdf",
     "application/pdf",
     "pdf",
     "2000-01-01T00:00:00Z",
     2000,
     {{"created", "2000-01-01T00:00:00Z"}, {"language", "de"}},
     2,
     HF_TEXT_PARTIAL,
     HF_FLAG_ENCODED_LEFT_OUT},
    {"b.docx",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     "docx",
     "2002-02-02T00:00:00Z",
     300,
     {{"created", "2002-01-01T00:00:00Z"},
      {"modified", "2002-02-02T00:00:00Z"},
      {"language", "zh-Hant"}},
     3,
     HF_TEXT_WHOLE,
     HF_FLAG_HIDDEN},
    {"c.txt", "text/plain", "text", "2003-03-03T00:00:00Z", 3, {{0}}, 0, HF_TEXT_WHOLE, 0},
    {"d.eml",
     "message/rfc822",
     "mail",
     "2004-04-04T04:00:00Z",
     400,
     {{"from", "bob@beta.example"}, {"received", "2004-04-04T04:00:00Z"}, {"language", "zh"}},
     3,
     HF_TEXT_WHOLE,
     HF_FLAG_ATTACHMENTS},
    {"e.bin", "application/octet-stream", "", NULL, 5, {{0}}, 0, HF_TEXT_NONE, 0},
};

static char *folder;

static hf_time time_of(const char *text)
{
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    if (text != NULL)
        hf_time_parse_iso(text, &stamp);
    return stamp.utc;
}

static void fill_row(const part *p, int parent, hf_document_row *row)
{
    static const uint8_t hash[32];
    *row = (hf_document_row){.parent = parent,
                             .path = parent < 0 ? "" : p->name,
                             .name = p->name,
                             .type = p->type,
                             .extractor = p->extractor,
                             .sha256 = hash,
                             .md5 = hash,
                             .size = p->size,
                             .text_state = p->text,
                             .flags = p->flags,
                             .review_date = {time_of(p->review), HF_OFFSET_NONE},
                             .meta = p->meta,
                             .n_meta = p->n_meta};
}

static void put_family(hf_catalog *catalog, int64_t matter, int64_t run, const part *p, size_t n)
{
    g_autoptr(GError) error = NULL;
    hf_family_key_value key = {.kind = 'b'};
    hf_document_row rows[2];
    hf_filestat stat = {(uint64_t)(p - parts), 100, 1000, 2000};
    hf_source_row source_row = {"/in", matter, false, false, NULL};
    hf_instance_state state;
    uint32_t ids[2];
    int64_t family, source, file;
    hf_digest_sha256(p->name, strlen(p->name), key.hash);
    for (size_t i = 0; i < n; i++)
        fill_row(p + i, (int)i - 1, &rows[i]);
    hf_family_row row = {matter, time_of(p->review), NULL, &key, 1, rows, n, run};
    DONE(hf_family_put(catalog, &row, &family, ids, &error));
    DONE(hf_source_open(catalog, &source_row, &source, &error) &&
         hf_source_put_file(catalog, source, "", p->name, &stat, 0, run, &file, &error));
    hf_instance_row instance = {.family = family,
                                .file = file,
                                .path_inside = "",
                                .sha256 = key.hash,
                                .modified = time_of("2009-09-09T00:00:00Z"),
                                .run = run};
    DONE(hf_family_put_instance(catalog, &instance, &state, &error));
}

static hf_vault *open_vault(bool write)
{
    g_autoptr(GError) error = NULL;
    hf_vault_options options = {.path = folder};
    hf_vault *vault = hf_vault_open(&options, write, "test", &error);
    DONE(vault != NULL);
    return vault;
}

static int make_vault(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    folder = g_dir_make_tmp("holdfast-scope-XXXXXX", NULL);
    hf_vault_options options = {.path = folder};
    DONE(hf_vault_create(&options, "UTC", &error));
    g_autoptr(hf_vault) vault = open_vault(true);
    hf_catalog *catalog = hf_vault_catalog(vault);
    int64_t east = 0, other = 0, run;
    DONE(hf_catalog_begin(catalog, &error) &&
         hf_matter_add(catalog, "EAST", "", "", "America/New_York", &error) &&
         hf_matter_find(catalog, "EAST", &east, &error) &&
         hf_matter_add(catalog, "OTHER", "", "", "UTC", &error) &&
         hf_matter_find(catalog, "OTHER", &other, &error) &&
         hf_run_begin(catalog, "ingest", "{}", &run, &error));
    put_family(catalog, east, run, parts, 2);
    put_family(catalog, 0, run, parts + 2, 1);
    put_family(catalog, 0, run, parts + 3, 1);
    put_family(catalog, other, run, parts + 4, 2);
    DONE(hf_catalog_commit(catalog, &error));
    return 0;
}

static int remove_vault(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    rmdir(folder);
    g_free(folder);
    return 0;
}

/* Indexes [first, last] with their present columns. */
static void index_range(hf_vault *vault, uint32_t first, uint32_t last)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    g_autofree char *name = g_strdup_printf("%u-%u", first, last);
    g_autofree char *path = hf_vault_segment_path(vault, name);
    hf_segment_info info;
    for (uint32_t id = first; id <= last; id++) {
        hf_field_text field = {HF_FIELD_BODY, "a word", 6};
        hf_index_document document = {.id = id, .fields = &field, .n_fields = 1};
        bool left_out;
        DONE(hf_vault_columns_of(hf_vault_catalog(vault), id, document.columns, &error) &&
             hf_segment_builder_add(builder, &document, &left_out, &error));
    }
    DONE(hf_segment_builder_finish(builder, path, &info, &error));
    hf_published segment = {
        .directory = name, .first = first, .last = last, .documents = last - first + 1};
    DONE(hf_published_put(hf_vault_catalog(vault), &segment, NULL, &error));
}

static char *text_of(hf_set *set)
{
    GString *text = g_string_new(NULL);
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        g_string_append_printf(text, "%s%u", text->len > 0 ? " " : "", id);
    hf_set_free(set);
    return g_string_free(text, FALSE);
}

/* ---- what is asked in every state of the index ---- */

static void assert_values(hf_scope *scope)
{
    static const struct {
        hf_query_value which;
        const char *value, *wanted;
    } cases[] = {
        {HF_QUERY_TYPE, "email", "1 5"},
        {HF_QUERY_TYPE, "application/", "2 3 6"},
        {HF_QUERY_MIME, "text/plain", "4"},
        {HF_QUERY_MIME, "text/none", ""},
        {HF_QUERY_LANGUAGE, "en", "1"},
        {HF_QUERY_LANGUAGE, "zh", "3 5"},
        {HF_QUERY_LANGUAGE, "zh-hant", "3"},
        {HF_QUERY_LANGUAGE, "none", "4 6"},
        {HF_QUERY_MSGID, "id-1@acme", "1"},
        {HF_QUERY_MATTER, "east", "1 2"},
        {HF_QUERY_SOURCE, "/in", "1 2 3 4 5 6"},
        {HF_QUERY_SOURCE, "1", "1 2"},
        {HF_QUERY_HAS, "attachment", "1 5"},
        {HF_QUERY_HAS, "parent", "2 6"},
        {HF_QUERY_HAS, "text", "1 2 3 4 5"},
        {HF_QUERY_HAS, "no-text", "6"},
        {HF_QUERY_HAS, "partial-text", "2"},
        {HF_QUERY_HAS, "date", "1 2 3 4 5"},
        {HF_QUERY_HAS, "hidden", "3"},
        {HF_QUERY_HAS, "macros", ""},
        {HF_QUERY_HAS, "encoded", "2"},
        {HF_QUERY_HAS, "exception", ""},
        {HF_QUERY_HAS, "tag", ""},
    };
    const hf_query_source *source = hf_scope_source(scope);
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GError) error = NULL;
        hf_set *set = source->value(source->data, cases[i].which, cases[i].value, &error);
        DONE(set != NULL);
        g_autofree char *got = text_of(set);
        if (strcmp(got, cases[i].wanted) != 0)
            fail_msg("%s: got \"%s\", not \"%s\"", cases[i].value, got, cases[i].wanted);
    }
}

static void assert_ranges(hf_scope *scope)
{
    static const struct {
        hf_column_id column;
        const char *low, *high, *wanted;
    } cases[] = {
        {HF_COLUMN_DATE, "2001-01-01", "2002-12-31", "1 3"},
        {HF_COLUMN_FAMILY_DATE, "2001-01-01", "2001-12-31", "1 2"},
        {HF_COLUMN_SENT, "1990-01-01", "2020-01-01", "1"},
        {HF_COLUMN_RECEIVED, "1990-01-01", "2020-01-01", "1 5"},
        {HF_COLUMN_RECEIVED, "2001-05-04T10:05:00Z", "2001-05-04T10:05:00Z", "1"},
        {HF_COLUMN_CREATED, "1990-01-01", "2020-01-01", "2 3"},
        /* Its own, or the place's; of a child with a time of its own, and of messages, none. */
        {HF_COLUMN_MODIFIED, "1990-01-01", "2020-01-01", "3 4"},
        {HF_COLUMN_MODIFIED, "2002-02-02", "2002-02-02", "3"},
        {HF_COLUMN_MODIFIED, "2003-03-03", "2003-03-03", "4"},
    };
    const hf_query_source *source = hf_scope_source(scope);
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GError) error = NULL;
        hf_set *set = source->range(source->data, cases[i].column, time_of(cases[i].low),
                                    time_of(cases[i].high), &error);
        DONE(set != NULL);
        g_autofree char *got = text_of(set);
        if (strcmp(got, cases[i].wanted) != 0)
            fail_msg("case %zu: got \"%s\", not \"%s\"", i, got, cases[i].wanted);
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *sizes = text_of(source->range(source->data, HF_COLUMN_SIZE, 100, 400, &error));
    assert_string_equal(sizes, "1 3 5");
}

static bool note_values(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    g_string_append_printf(data, "%u:%d/%d ", id, (int)values[HF_COLUMN_SIZE],
                           (int)values[HF_COLUMN_FAMILY]);
    return true;
}

static bool stop_at_two(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)values;
    *(uint32_t *)data = id;
    return id < 2;
}

static void assert_walks(hf_scope *scope)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) all = g_string_new(NULL), some = g_string_new(NULL);
    g_autoptr(hf_set) set = hf_set_new();
    uint32_t last = 0;
    hf_set_add(set, 2);
    hf_set_add(set, 4);
    hf_set_add(set, 99);
    DONE(hf_scope_each_values(scope, NULL, note_values, all, &error));
    DONE(hf_scope_each_values(scope, set, note_values, some, &error));
    DONE(hf_scope_each_values(scope, NULL, stop_at_two, &last, &error));
    assert_string_equal(all->str, "1:100/1 2:2000/1 3:300/2 4:3/3 5:400/4 6:5/4 ");
    assert_string_equal(some->str, "2:2000/1 4:3/3 ");
    assert_int_equal(last, 2);
    hf_set *wide = hf_scope_widen(scope, set, &error);
    DONE(wide != NULL);
    g_autofree char *families = text_of(wide);
    assert_string_equal(families, "1 2 4");
}

static void assert_lacks(hf_scope *scope, const char *unindexed)
{
    const char *const wanted[] = {
        [HF_SCOPE_NO_TEXT] = "6",         [HF_SCOPE_PARTIAL_TEXT] = "2", [HF_SCOPE_ENCODED] = "2",
        [HF_SCOPE_UNINDEXED] = unindexed, [HF_SCOPE_EXCEPTION] = "",
    };
    for (size_t i = 0; i < CASES(wanted); i++) {
        g_autoptr(GError) error = NULL;
        hf_set *set = hf_scope_lacking(scope, (hf_scope_lack)i, &error);
        DONE(set != NULL);
        g_autofree char *got = text_of(set);
        assert_string_equal(got, wanted[i]);
    }
}

static void assert_whole(hf_vault *vault, const char *unindexed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_scope) scope = hf_scope_open(vault, NULL, &error);
    DONE(scope != NULL);
    g_autofree char *all = text_of(hf_set_copy(hf_scope_universe(scope)));
    assert_string_equal(all, "1 2 3 4 5 6");
    assert_values(scope);
    assert_ranges(scope);
    assert_walks(scope);
    assert_lacks(scope, unindexed);
}

/* ---- tests ---- */

static void test_whatever_is_indexed(void **state)
{
    (void)state;
    static const struct {
        uint32_t ranges[3][2];
        unsigned n;
        const char *unindexed;
    } cases[] = {
        {{{0}}, 0, "1 2 3 4 5 6"},
        {{{1, 6}}, 1, ""},
        {{{1, 1}, {3, 3}, {6, 6}}, 3, "2 4 5"},
        {{{2, 5}}, 1, "1 6"},
        {{{1, 3}, {4, 6}}, 2, ""},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GError) error = NULL;
        remove_vault(NULL);
        make_vault(NULL);
        g_autoptr(hf_vault) vault = open_vault(true);
        DONE(hf_catalog_begin(hf_vault_catalog(vault), &error));
        for (unsigned k = 0; k < cases[i].n; k++)
            index_range(vault, cases[i].ranges[k][0], cases[i].ranges[k][1]);
        DONE(hf_catalog_commit(hf_vault_catalog(vault), &error));
        assert_whole(vault, cases[i].unindexed);
    }
}

/* The segment is built while document 1 is another one; then it becomes what it is. */
static void test_what_changed_since_it_was_indexed(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault(true);
    hf_catalog *catalog = hf_vault_catalog(vault);
    hf_document_row wrong, right;
    fill_row(&parts[3], -1, &wrong);
    fill_row(&parts[0], -1, &right);
    DONE(hf_catalog_begin(catalog, &error) &&
         hf_family_update_document(catalog, 1, &wrong, &error) &&
         hf_family_update(catalog, 1, time_of("2018-01-01"), NULL, &error));
    index_range(vault, 1, 6);
    DONE(hf_published_clear_stale(catalog, 1, 6, &error) &&
         hf_family_update_document(catalog, 1, &right, &error) &&
         hf_family_update(catalog, 1, time_of(parts[0].review), NULL, &error) &&
         hf_catalog_commit(catalog, &error));
    g_autoptr(hf_scope) scope = hf_scope_open(vault, NULL, &error);
    DONE(scope != NULL);
    assert_values(scope);
    assert_ranges(scope);
}

static void test_a_matter(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault(false);
    g_autoptr(hf_scope) scope = hf_scope_open(vault, "east", &error);
    DONE(scope != NULL);
    g_autofree char *all = text_of(hf_set_copy(hf_scope_universe(scope)));
    assert_string_equal(all, "1 2");
    assert_string_equal(hf_scope_matter(scope), "EAST");
    assert_string_equal(g_time_zone_get_identifier(hf_scope_zone(scope)), "America/New_York");
    const hf_query_source *source = hf_scope_source(scope);
    assert_int_equal(source->n_zones, 1);
    assert_null(source->zones[0].documents);
    assert_string_equal(g_time_zone_get_identifier(source->zones[0].zone), "America/New_York");
    assert_string_equal(g_time_zone_get_identifier(hf_scope_zone_of(scope, 0)), "UTC");
    g_autofree char *none = text_of(hf_scope_lacking(scope, HF_SCOPE_NO_TEXT, &error));
    assert_string_equal(none, "");
    hf_scope_close(g_steal_pointer(&scope));
    assert_null(hf_scope_open(vault, "NONESUCH", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_NOT_FOUND));
}

static void test_each_matter_has_its_zone(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault(false);
    g_autoptr(hf_scope) scope = hf_scope_open(vault, NULL, &error);
    DONE(scope != NULL);
    const hf_query_source *source = hf_scope_source(scope);
    assert_int_equal(source->n_zones, 2);
    g_autofree char *east = text_of(hf_set_copy(source->zones[0].documents));
    g_autofree char *rest = text_of(hf_set_copy(source->zones[1].documents));
    assert_string_equal(east, "1 2");
    assert_string_equal(rest, "3 4 5 6");
    assert_string_equal(g_time_zone_get_identifier(source->zones[0].zone), "America/New_York");
    assert_string_equal(g_time_zone_get_identifier(source->zones[1].zone), "UTC");
}

static void test_what_is_not_there_is_refused(void **state)
{
    (void)state;
    static const struct {
        hf_query_value which;
        const char *value;
        hf_error code;
        const char *message;
    } cases[] = {
        {HF_QUERY_MATTER, "NONE", HF_ERROR_NOT_FOUND, "there are: EAST, OTHER"},
        {HF_QUERY_CUSTODIAN, "nobody", HF_ERROR_NOT_FOUND, "nobody"},
        {HF_QUERY_SOURCE, "99", HF_ERROR_QUERY, "no source number 99"},
        {HF_QUERY_SOURCE, "/nowhere", HF_ERROR_QUERY, "/nowhere"},
        {HF_QUERY_TYPE, "emial", HF_ERROR_QUERY, "there is no kind"},
        {HF_QUERY_TAG, "hot", HF_ERROR_NOT_FOUND, "there is no tag"},
        {HF_QUERY_HOLD, "any", HF_ERROR_QUERY, "there are no holds in this vault"},
        {HF_QUERY_PRODUCTION, "P1", HF_ERROR_QUERY, "there are no productions in this vault"},
        {HF_QUERY_BATES, "A1", HF_ERROR_QUERY, "no Bates numbers"},
        {HF_QUERY_HASH, "12", HF_ERROR_QUERY, "neither"},
        {HF_QUERY_HAS, "everything", HF_ERROR_QUERY, "has:everything"},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault(false);
    g_autoptr(hf_scope) scope = hf_scope_open(vault, NULL, &error);
    DONE(scope != NULL);
    const hf_query_source *source = hf_scope_source(scope);
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GError) own = NULL;
        if (source->value(source->data, cases[i].which, cases[i].value, &own) != NULL ||
            !g_error_matches(own, HF_ERROR, (gint)cases[i].code) ||
            strstr(own->message, cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].value, own != NULL ? own->message : "was not refused");
    }
    const hf_query_options *options = hf_scope_options(scope);
    assert_null(options->saved(options->data, "none", &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_NOT_FOUND));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_vault, remove_vault)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whatever_is_indexed),
        TEST(test_what_changed_since_it_was_indexed),
        TEST(test_a_matter),
        TEST(test_each_matter_has_its_zone),
        TEST(test_what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
