/* Tags: groups, changes and their record, conflicts inside families; saved searches. */
#include "catalog_fixture.h"

static hf_set *set_of(const char *text)
{
    hf_set *set = hf_set_new();
    g_auto(GStrv) ids = g_strsplit(text, " ", -1);
    for (guint i = 0; ids[i] != NULL && *ids[i] != '\0'; i++)
        hf_set_add(set, (uint32_t)g_ascii_strtoull(ids[i], NULL, 10));
    return set;
}

/* Four families: 1 with children 2 and 3, 4 with child 5, 6, 7. */
static int seven_documents(void **state)
{
    uint32_t ids[3];
    fixture_new(state);
    fixture *f = *state;
    int64_t source = add_source(f, "/in", 0, NULL);
    static const struct {
        const char *bytes;
        unsigned children;
    } families[] = {{"a", 2}, {"b", 1}, {"c", 0}, {"d", 0}};
    for (size_t i = 0; i < CASES(families); i++) {
        int64_t file = add_file(f, source, "", families[i].bytes, i + 1, "jane");
        add_instance(f, add_family(f, 0, families[i].bytes, families[i].children, ids), file, "",
                     families[i].bytes);
    }
    return 0;
}

static const hf_tag_how by_query = {.query = "1:c2VhbGVk"};

/* What changed, as text. */
static char *change(fixture *f, bool add, const char *tag, const char *documents,
                    const hf_tag_how *how)
{
    g_autoptr(hf_set) set = set_of(documents);
    g_autoptr(hf_set) changed = NULL;
    DONE((add ? hf_tag_add : hf_tag_remove)(f->catalog, tag, set, how, &changed, &f->error));
    GString *text = g_string_new(NULL);
    for (uint32_t id = 0; hf_set_next(changed, &id); id++)
        g_string_append_printf(text, "%s%u", text->len > 0 ? " " : "", id);
    return g_string_free(text, FALSE);
}

static void assert_change(fixture *f, bool add, const char *tag, const char *documents,
                          const char *wanted)
{
    g_autofree char *changed = change(f, add, tag, documents, &by_query);
    assert_string_equal(changed, wanted);
}

static char *tags_of(fixture *f, uint32_t document)
{
    g_auto(GStrv) tags = hf_tag_of_document(f->catalog, document, &f->error);
    DONE(tags != NULL);
    return g_strjoinv(" ", tags);
}

static char *list(fixture *f)
{
    g_autoptr(GPtrArray) tags = hf_tag_list(f->catalog, &f->error);
    DONE(tags != NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < tags->len; i++) {
        const hf_tag *tag = tags->pdata[i];
        g_string_append_printf(text, "%s%s/%s:%u", i > 0 ? " " : "", tag->group ? tag->group : "",
                               tag->name, (unsigned)tag->documents);
    }
    return g_string_free(text, FALSE);
}

static void a_change_is_what_changed(void **state)
{
    fixture *f = *state;
    assert_change(f, true, "hot", "1 4", "1 4");
    assert_change(f, true, "HOT", "1 2 4", "2");
    assert_change(f, true, "hot", "1", "");
    assert_change(f, false, "hot", "2 3 4", "2 4");
    assert_set(f, hf_selection_tag(f->catalog, "Hot", &f->error), "1");
    assert_change(f, true, "cold", "7", "7");
    assert_set(f, hf_selection_tag(f->catalog, NULL, &f->error), "1 7");
    g_autofree char *all = list(f), *one = tags_of(f, 1), *two = tags_of(f, 2);
    assert_string_equal(all, "/cold:1 /hot:1");
    assert_string_equal(one, "hot");
    assert_string_equal(two, "");
}

static void tags_of_a_group_exclude_each_other(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_set) set = set_of("1 2 3");
    g_autoptr(hf_set) changed = NULL;
    DONE(hf_tag_define(f->catalog, "responsive", "review", &f->error));
    DONE(hf_tag_define(f->catalog, "not-responsive", "REVIEW", &f->error));
    assert_change(f, true, "responsive", "1 2", "1 2");
    FAILS(hf_tag_add(f->catalog, "not-responsive", set, &by_query, &changed, &f->error),
          HF_ERROR_EXISTS, "2 documents have another tag of the group \"review\"");
    assert_null(changed);
    hf_tag_how replacing = by_query;
    replacing.replace = true;
    g_autofree char *text = change(f, true, "not-responsive", "2 3", &replacing);
    assert_string_equal(text, "2 3");
    g_autofree char *all = list(f);
    assert_string_equal(all, "review/not-responsive:2 review/responsive:1");
    /* Taken off by the same act: recorded for the tag that went, too. */
    g_autoptr(GPtrArray) history = hf_tag_history(f->catalog, "responsive", &f->error);
    DONE(history != NULL);
    const hf_tag_change *last = history->pdata[history->len - 1];
    assert_string_equal(last->action, "remove");
    assert_int_equal(last->documents, 1);
}

static void a_tag_enters_a_group_only_alone(void **state)
{
    fixture *f = *state;
    DONE(hf_tag_define(f->catalog, "a", "g", &f->error));
    assert_change(f, true, "a", "1 2", "1 2");
    assert_change(f, true, "b", "2 3", "2 3");
    FAILS(hf_tag_define(f->catalog, "b", "g", &f->error), HF_ERROR_EXISTS, "HF0000002");
    assert_change(f, false, "b", "2", "2");
    DONE(hf_tag_define(f->catalog, "b", "g", &f->error));
    g_autofree char *in = list(f);
    assert_string_equal(in, "g/a:2 g/b:1");
    DONE(hf_tag_define(f->catalog, "b", NULL, &f->error));
    assert_change(f, true, "b", "1", "1");
    g_autofree char *out = list(f);
    assert_string_equal(out, "g/a:2 /b:2");
}

static void names_are_words(void **state)
{
    fixture *f = *state;
    g_autofree char *longest = g_strnfill(64, 'x'), *too_long = g_strnfill(65, 'x');
    const struct {
        const char *name;
        bool fine;
    } cases[] = {
        {"responsive", true}, {"not-responsive_2.1", true},
        {longest, true},      {"", false},
        {too_long, false},    {"two words", false},
        {"a'b", false},       {"a\"b", false},
        {"a\nb", false},      {"a;b", false},
        {"\xc3\xa9", false},  {"\xff", false},
        {"any", false},       {"ANY", false},
        {"a%b", false},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        bool ok = hf_tag_define(f->catalog, cases[i].name, NULL, &f->error);
        if (ok != cases[i].fine || (!ok && !g_error_matches(f->error, HF_ERROR, HF_ERROR_INVALID)))
            fail_msg("case %zu: \"%s\"", i, cases[i].name);
        g_clear_error(&f->error);
    }
    FAILS(hf_tag_define(f->catalog, "fine", "not a word", &f->error), HF_ERROR_INVALID, "group");
    FAILS(hf_tag_rename(f->catalog, "responsive", "no word", &f->error), HF_ERROR_INVALID, "tag");
}

static void what_is_not_there_is_said_with_what_is(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_set) none = hf_set_new();
    g_autoptr(hf_set) changed = NULL;
    FAILS(hf_selection_tag(f->catalog, "x", &f->error), HF_ERROR_NOT_FOUND, "none yet");
    DONE(hf_tag_define(f->catalog, "zebra", NULL, &f->error));
    DONE(hf_tag_define(f->catalog, "responsive", NULL, &f->error));
    FAILS(hf_selection_tag(f->catalog, "responsiv", &f->error), HF_ERROR_NOT_FOUND,
          "there are: responsive, zebra");
    FAILS(hf_tag_remove(f->catalog, "nosuch", none, &by_query, &changed, &f->error),
          HF_ERROR_NOT_FOUND, "nosuch");
    FAILS(hf_tag_rename(f->catalog, "nosuch", "x", &f->error), HF_ERROR_NOT_FOUND, "nosuch");
    FAILS(hf_tag_rename(f->catalog, "zebra", "Responsive", &f->error), HF_ERROR_EXISTS,
          "Responsive");
    FAILS(hf_tag_history(f->catalog, "nosuch", &f->error), HF_ERROR_NOT_FOUND, "nosuch");
}

static void only_documents_that_exist_are_tagged(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_set) set = set_of("1 99");
    g_autoptr(hf_set) changed = NULL;
    FAILS(hf_tag_add(f->catalog, "x", set, &by_query, &changed, &f->error), HF_ERROR_NOT_FOUND,
          "HF0000099");
}

static void a_rename_keeps_documents_and_record(void **state)
{
    fixture *f = *state;
    assert_change(f, true, "hot", "1 2", "1 2");
    DONE(hf_tag_rename(f->catalog, "HOT", "key", &f->error));
    assert_set(f, hf_selection_tag(f->catalog, "key", &f->error), "1 2");
    FAILS(hf_selection_tag(f->catalog, "hot", &f->error), HF_ERROR_NOT_FOUND, "key");
    DONE(hf_tag_rename(f->catalog, "key", "Key", &f->error));
    g_autoptr(GPtrArray) history = hf_tag_history(f->catalog, "key", &f->error);
    DONE(history != NULL);
    static const char *const wanted[] = {"define hot", "add hot", "rename key", "rename Key"};
    assert_int_equal(history->len, CASES(wanted));
    for (guint i = 0; i < history->len; i++) {
        const hf_tag_change *c = history->pdata[i];
        g_autofree char *got = g_strdup_printf("%s %s", c->action, c->tag);
        assert_string_equal(got, wanted[i]);
    }
}

static bool last_row(void *data, uint64_t seq, const char *row, const uint8_t leaf[32],
                     GError **error)
{
    (void)seq, (void)leaf, (void)error;
    g_free(*(char **)data);
    *(char **)data = g_strdup(row);
    return true;
}

static void the_log_has_the_query_sealed_and_a_digest(void **state)
{
    fixture *f = *state;
    g_autofree char *row = NULL;
    hf_tag_how how = by_query;
    how.family = true;
    how.reason = "second \"review\"";
    g_autofree char *changed = change(f, true, "hot", "1 3", &how);
    DONE(hf_log_each(f->catalog, 0, last_row, &row, &f->error));
    uint8_t sha256[32];
    hf_digest_sha256("\0\0\0\1\0\0\0\3", 8, sha256);
    g_autofree char *digest = hf_digest_hex(sha256, 32);
    g_autofree char *wanted = g_strdup_printf(
        "\"action\":\"tag "
        "add\",\"tag\":\"hot\",\"by\":\"query\",\"query\":\"1:c2VhbGVk\",\"family\":"
        "true,\"reason\":\"second \\\"review\\\"\",\"documents\":2,\"digest\":\"%s\"}",
        digest);
    assert_non_null(strstr(row, wanted));
    assert_null(strstr(row, "apple"));
    g_autoptr(GPtrArray) history = hf_tag_history(f->catalog, NULL, &f->error);
    const hf_tag_change *last = history->pdata[history->len - 1];
    assert_string_equal(last->query, "1:c2VhbGVk");
    assert_string_equal(last->reason, "second \"review\"");
    assert_true(last->family);
    assert_non_null(last->actor);
}

static void a_document_tells_its_tags_in_its_history(void **state)
{
    fixture *f = *state;
    hf_tag_how by_list = {.reason = "by hand"};
    g_free(change(f, true, "hot", "1 2", &by_query));
    g_free(change(f, false, "hot", "1 5", &by_list));
    static const struct {
        uint32_t document;
        const char *wanted;
    } cases[] = {
        {1, "tagged hot, by a query; untagged hot, by a list: by hand; "},
        {2, "tagged hot, by a query; "},
        {5, ""},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GPtrArray) events = hf_document_history(f->catalog, cases[i].document, &f->error);
        g_autoptr(GString) got = g_string_new(NULL);
        DONE(events != NULL);
        for (guint k = 0; k < events->len; k++) {
            const hf_event *event = events->pdata[k];
            if (strstr(event->act, "tagged") != NULL)
                g_string_append_printf(got, "%s %s; ", event->act, event->what);
        }
        assert_string_equal(got->str, cases[i].wanted);
    }
}

static bool note_conflict(void *data, const hf_tag_conflict *c, GError **error)
{
    (void)error;
    g_string_append_printf(data, "%s HF%u %s of %u, %u without; ", c->group, c->parent, c->tags,
                           (unsigned)c->members, (unsigned)c->untagged);
    return true;
}

static void families_of_two_minds_are_conflicts(void **state)
{
    fixture *f = *state;
    g_autoptr(GString) split = g_string_new(NULL), all = g_string_new(NULL);
    DONE(hf_tag_define(f->catalog, "yes", "review", &f->error));
    DONE(hf_tag_define(f->catalog, "no", "review", &f->error));
    DONE(hf_tag_define(f->catalog, "privileged", "privilege", &f->error));
    g_free(change(f, true, "yes", "1 2 4 6", &by_query));
    g_free(change(f, true, "no", "3", &by_query));
    g_free(change(f, true, "privileged", "2 4 5", &by_query));
    g_free(change(f, true, "of-no-group", "1", &by_query));
    DONE(hf_tag_each_conflict(f->catalog, false, note_conflict, split, &f->error));
    DONE(hf_tag_each_conflict(f->catalog, true, note_conflict, all, &f->error));
    assert_string_equal(split->str, "review HF1 no (1), yes (2) of 3, 0 without; ");
    assert_string_equal(all->str, "privilege HF1 privileged (1) of 3, 2 without; "
                                  "review HF1 no (1), yes (2) of 3, 0 without; "
                                  "review HF4 yes (1) of 2, 1 without; ");
}

static void what_is_rolled_back_was_not(void **state)
{
    fixture *f = *state;
    DONE(hf_catalog_commit(f->catalog, &f->error));
    DONE(hf_catalog_begin(f->catalog, &f->error));
    g_free(change(f, true, "hot", "1 2", &by_query));
    hf_catalog_rollback(f->catalog);
    g_autofree char *none = list(f);
    assert_string_equal(none, "");
    DONE(hf_catalog_begin(f->catalog, &f->error));
    assert_change(f, true, "hot", "1 2", "1 2");
}

/* ---- saved searches ---- */

static void save(fixture *f, const char *name, const char *query, const char *matter)
{
    hf_saved saved = {
        .name = (char *)name, .query = (char *)query, .matter = (char *)matter, .documents = 7};
    DONE(hf_saved_put(f->catalog, &saved, "1:c2VhbGVk", &f->error));
}

static void a_saved_search_is_found_again(void **state)
{
    fixture *f = *state;
    DONE(hf_matter_add(f->catalog, "ACME-1", "", "", "UTC", &f->error));
    save(f, "terms-1", "apple", NULL);
    save(f, "Alpha", "pear", "acme-1");
    save(f, "TERMS-1", "apple or pear", NULL);
    g_autofree char *query = hf_saved_query(f->catalog, "terms-1", &f->error);
    assert_string_equal(query, "apple or pear");
    g_autoptr(GPtrArray) all = hf_saved_list(f->catalog, &f->error);
    assert_int_equal(all->len, 2);
    const hf_saved *first = all->pdata[0], *second = all->pdata[1];
    assert_string_equal(first->name, "Alpha");
    assert_string_equal(first->matter, "ACME-1");
    assert_string_equal(second->name, "TERMS-1");
    assert_null(second->matter);
    assert_int_equal(second->documents, 7);
    assert_non_null(second->actor);
}

static void a_saved_search_that_is_not_there_is_said(void **state)
{
    fixture *f = *state;
    FAILS(hf_saved_query(f->catalog, "x", &f->error), HF_ERROR_NOT_FOUND, "none yet");
    save(f, "first", "apple", NULL);
    FAILS(hf_saved_query(f->catalog, "frist", &f->error), HF_ERROR_NOT_FOUND, "there are: first");
    FAILS(hf_saved_remove(f->catalog, "second", &f->error), HF_ERROR_NOT_FOUND, "second");
    DONE(hf_saved_remove(f->catalog, "FIRST", &f->error));
    FAILS(hf_saved_query(f->catalog, "first", &f->error), HF_ERROR_NOT_FOUND, "none yet");
    hf_saved bad = {.name = "a b", .query = "apple"}, nowhere = {.name = "a", .query = "b"};
    FAILS(hf_saved_put(f->catalog, &bad, NULL, &f->error), HF_ERROR_INVALID, "a b");
    nowhere.matter = "NONE";
    FAILS(hf_saved_put(f->catalog, &nowhere, NULL, &f->error), HF_ERROR_NOT_FOUND, "NONE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, seven_documents, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_what_changed),
        TEST(tags_of_a_group_exclude_each_other),
        TEST(a_tag_enters_a_group_only_alone),
        TEST(names_are_words),
        TEST(what_is_not_there_is_said_with_what_is),
        TEST(only_documents_that_exist_are_tagged),
        TEST(a_rename_keeps_documents_and_record),
        TEST(the_log_has_the_query_sealed_and_a_digest),
        TEST(a_document_tells_its_tags_in_its_history),
        TEST(families_of_two_minds_are_conflicts),
        TEST(what_is_rolled_back_was_not),
        TEST(a_saved_search_is_found_again),
        TEST(a_saved_search_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
