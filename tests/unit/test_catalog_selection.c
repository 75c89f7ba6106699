/* Sets that queries are made of, and the names that the index has as numbers. */
#include "catalog_fixture.h"
#include "holdfast/extract.h"

typedef struct {
    int parent;
    const char *name, *from, *message_id;
    hf_text_state text;
    unsigned flags;
} part;

static int64_t put(fixture *f, int64_t matter, const part *parts, size_t n)
{
    static const uint8_t hash[32];
    hf_family_key_value key = key_of(parts[0].name);
    hf_meta_row meta[8][2];
    hf_document_row rows[8] = {0};
    uint32_t ids[8];
    int64_t family = 0;
    for (size_t i = 0; i < n; i++) {
        size_t m = 0;
        if (parts[i].from != NULL)
            meta[i][m++] = (hf_meta_row){"from", parts[i].from};
        if (parts[i].message_id != NULL)
            meta[i][m++] = (hf_meta_row){"message-id", parts[i].message_id};
        rows[i] = (hf_document_row){.parent = parts[i].parent,
                                    .path = i == 0 ? "" : parts[i].name,
                                    .name = parts[i].name,
                                    .type = "text/plain",
                                    .sha256 = hash,
                                    .md5 = hash,
                                    .text_state = parts[i].text,
                                    .flags = parts[i].flags,
                                    .review_date = {HF_TIME_NONE, HF_OFFSET_NONE},
                                    .meta = meta[i],
                                    .n_meta = m};
    }
    hf_family_row row = {.matter = matter,
                         .family_date = HF_TIME_NONE,
                         .keys = &key,
                         .n_keys = 1,
                         .documents = rows,
                         .n_documents = n,
                         .run = f->run};
    DONE(hf_family_put(f->catalog, &row, &family, ids, &f->error));
    return family;
}

static void found(fixture *f, int64_t family, int64_t source, const char *name, const char *who)
{
    static uint64_t inode;
    add_instance(f, family, add_file(f, source, "", name, ++inode, who), "", name);
}

/* 1 (2 (3)) of matter A, 4 of B, 5 (6) of A again. */
static int six_documents(void **state)
{
    static const part first[] = {
        {-1, "one.eml", "Jane <jane@Acme.example>", "id-1@acme", HF_TEXT_WHOLE,
         HF_FLAG_ATTACHMENTS},
        {0, "two.pdf", NULL, NULL, HF_TEXT_NONE, HF_FLAG_ENCRYPTED},
        {1, "three.eml", "bob@beta.example", "id-3@beta", HF_TEXT_PARTIAL, 0}};
    static const part second[] = {
        {-1, "four.docx", NULL, NULL, HF_TEXT_PARTIAL, HF_FLAG_HIDDEN | HF_FLAG_COMMENTS}};
    static const part third[] = {
        {-1, "five.eml", "/o=Firm/cn=recipients/cn=jane", "id-1@acme", HF_TEXT_WHOLE, 0},
        {0, "six.xls", NULL, NULL, HF_TEXT_WHOLE, HF_FLAG_MACROS | HF_FLAG_HIDDEN}};
    int64_t a = 0, b = 0;
    fixture_new(state);
    fixture *f = *state;
    DONE(hf_matter_add(f->catalog, "A", "", "", "UTC", &f->error) &&
         hf_matter_find(f->catalog, "A", &a, &f->error) &&
         hf_matter_add(f->catalog, "B", "", "", "UTC", &f->error) &&
         hf_matter_find(f->catalog, "B", &b, &f->error));
    int64_t mail = add_source(f, "/in/mail", a, NULL), share = add_source(f, "/in/share", b, NULL);
    found(f, put(f, a, first, CASES(first)), mail, "one.eml", "jane");
    found(f, put(f, b, second, CASES(second)), share, "four.docx", NULL);
    found(f, put(f, a, third, CASES(third)), mail, "five.eml", "bob");
    return 0;
}

static void test_flags(void **state)
{
    fixture *f = *state;
    static const struct {
        unsigned flags;
        const char *wanted;
    } cases[] = {
        {HF_FLAG_HIDDEN, "4 6"},
        {HF_FLAG_COMMENTS, "4"},
        {HF_FLAG_MACROS | HF_FLAG_ENCRYPTED, "2 6"},
        {HF_FLAG_ATTACHMENTS, "1"},
        {HF_FLAG_SIGNED, ""},
        {0, ""},
    };
    for (size_t i = 0; i < CASES(cases); i++)
        assert_set(f, hf_selection_flag(f->catalog, cases[i].flags, &f->error), cases[i].wanted);
}

static void test_text_and_family(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_set) some = hf_set_new();
    assert_set(f, hf_selection_text_state(f->catalog, HF_TEXT_WHOLE, &f->error), "1 5 6");
    assert_set(f, hf_selection_text_state(f->catalog, HF_TEXT_PARTIAL, &f->error), "3 4");
    assert_set(f, hf_selection_text_state(f->catalog, HF_TEXT_NONE, &f->error), "2");
    assert_set(f, hf_selection_parents(f->catalog, &f->error), "1 2 5");
    assert_set(f, hf_selection_children(f->catalog, &f->error), "2 3 6");
    assert_set(f, hf_selection_families(f->catalog, some, &f->error), "");
    hf_set_add(some, 3);
    hf_set_add(some, 4);
    hf_set_add(some, 99);
    assert_set(f, hf_selection_families(f->catalog, some, &f->error), "1 2 3 4");
}

static void test_message_ids_are_whole_and_keep_their_case(void **state)
{
    fixture *f = *state;
    assert_set(f, hf_selection_message_id(f->catalog, "id-1@acme", &f->error), "1 5");
    assert_set(f, hf_selection_message_id(f->catalog, "id-3@beta", &f->error), "3");
    assert_set(f, hf_selection_message_id(f->catalog, "ID-1@acme", &f->error), "");
    assert_set(f, hf_selection_message_id(f->catalog, "id-1", &f->error), "");
    assert_set(f, hf_selection_message_id(f->catalog, "", &f->error), "");
    assert_set(f, hf_selection_message_id(f->catalog, "bob@beta.example", &f->error), "");
}

static bool root_has(void *data, int64_t id, const char *root)
{
    (void)id;
    return strstr(root, data) != NULL;
}

static void test_sources(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *part, *wanted;
    } cases[] = {{"mail", "1 2 3 5 6"}, {"share", "4"}, {"/in", "1 2 3 4 5 6"}, {"nowhere", ""}};
    for (size_t i = 0; i < CASES(cases); i++)
        assert_set(f, hf_selection_source(f->catalog, root_has, (gpointer)cases[i].part, &f->error),
                   cases[i].wanted);
}

static void test_a_matter_is_its_spans(void **state)
{
    fixture *f = *state;
    uint32_t document;
    assert_set(f, hf_selection_matter(f->catalog, "a", &f->error), "1 2 3 5 6");
    assert_set(f, hf_selection_matter(f->catalog, "B", &f->error), "4");
    /* A retry brings to light a child of 4: not next to it. */
    static const uint8_t hash[32];
    hf_document_row row = {.path = "late",
                           .name = "late",
                           .type = "text/plain",
                           .sha256 = hash,
                           .md5 = hash,
                           .review_date = {HF_TIME_NONE, HF_OFFSET_NONE}};
    DONE(hf_family_add_document(f->catalog, 2, 4, &row, f->run, &document, &f->error));
    assert_set(f, hf_selection_matter(f->catalog, "a", &f->error), "1 2 3 5 6");
    assert_set(f, hf_selection_matter(f->catalog, "B", &f->error), "4 7");
    static const part more[] = {{-1, "eight", NULL, NULL, HF_TEXT_WHOLE, 0}};
    put(f, 0, more, 1);
    assert_set(f, hf_selection_matter(f->catalog, "B", &f->error), "4 7");
    FAILS(hf_selection_matter(f->catalog, "C", &f->error), HF_ERROR_NOT_FOUND, "there are: A, B");
}

static void publish(fixture *f, const char *name, uint32_t first, uint32_t last)
{
    hf_published segment = {.directory = (char *)name, .first = first, .last = last};
    DONE(hf_published_put(f->catalog, &segment, NULL, &f->error));
}

static void test_what_an_index_does_not_say(void **state)
{
    fixture *f = *state;
    uint64_t count = 0;
    assert_set(f, hf_selection_unindexed(f->catalog, &f->error), "1 2 3 4 5 6");
    publish(f, "late", 4, 5);
    assert_set(f, hf_selection_unindexed(f->catalog, &f->error), "1 2 3 6");
    publish(f, "early", 1, 1);
    assert_set(f, hf_selection_unindexed(f->catalog, &f->error), "2 3 6");
    DONE(hf_document_count_unindexed(f->catalog, &count, &f->error));
    assert_int_equal(count, 3);
    publish(f, "beyond", 6, 100);
    assert_set(f, hf_selection_unindexed(f->catalog, &f->error), "2 3");
    assert_set(f, hf_selection_stale(f->catalog, &f->error), "");
    DONE(hf_family_update(f->catalog, 1, 5000, NULL, &f->error));
    assert_set(f, hf_selection_stale(f->catalog, &f->error), "1 2 3");
    assert_set(f, hf_selection_not_live(f->catalog, &f->error), "");
    DONE(hf_catalog_commit(f->catalog, &f->error));
    assert_null(raw_sql(f, "UPDATE family SET state = 1 WHERE id = 3"));
    assert_set(f, hf_selection_not_live(f->catalog, &f->error), "5 6");
    assert_set(f, hf_selection_all(f->catalog, &f->error), "1 2 3 4");
}

static void test_exceptions(void **state)
{
    fixture *f = *state;
    static const struct {
        uint32_t document;
        const char *reason;
    } open[] = {{2, "encrypted"}, {2, "damaged"}, {3, "damaged"}, {0, "unreadable"}};
    for (size_t i = 0; i < CASES(open); i++) {
        hf_exception_row row = {.run = f->run,
                                .document = open[i].document,
                                .path = "x",
                                .stage = "text",
                                .reason = open[i].reason,
                                .detail = ""};
        DONE(hf_exception_put(f->catalog, &row, &f->error));
    }
    assert_set(f, hf_selection_exception(f->catalog, NULL, &f->error), "2 3");
    assert_set(f, hf_selection_exception(f->catalog, "damaged", &f->error), "2 3");
    DONE(hf_exception_close(f->catalog, 2, "waived", "me", "", &f->error));
    assert_set(f, hf_selection_exception(f->catalog, "damaged", &f->error), "3");
    assert_set(f, hf_selection_exception(f->catalog, "encrypted", &f->error), "2");
    assert_set(f, hf_selection_exception(f->catalog, "unreadable", &f->error), "");
}

static void note_finding(void *data, const hf_check_finding *finding)
{
    g_string_append_printf(data, "%s %u; ", finding->part, finding->document);
}

static void test_spans_and_counts_are_checked(void **state)
{
    fixture *f = *state;
    g_autoptr(GString) sound = g_string_new(NULL), damaged = g_string_new(NULL);
    DONE(hf_tag_define(f->catalog, "hot", NULL, &f->error));
    DONE(hf_catalog_commit(f->catalog, &f->error));
    DONE(hf_check_rows(f->catalog, note_finding, sound, &f->error));
    assert_null(strstr(sound->str, "tag"));
    assert_null(strstr(sound->str, "document"));
    assert_null(raw_sql(f, "UPDATE tag SET documents = 1"));
    assert_null(raw_sql(f, "UPDATE matter_span SET last = 2 WHERE first = 1"));
    DONE(hf_check_rows(f->catalog, note_finding, damaged, &f->error));
    assert_non_null(strstr(damaged->str, "tag 0; "));
    assert_non_null(strstr(damaged->str, "document 3; "));
}

/* ---- domains ---- */

static void test_the_domain_of_a_sender(void **state)
{
    (void)state;
    g_autofree char *long_name = g_strnfill(300, 'x');
    g_autofree char *too_long = g_strconcat("a@", long_name, NULL);
    const struct {
        const char *from, *wanted;
    } cases[] = {
        {"jane@acme.example", "acme.example"},
        {"Jane Roe <Jane@ACME.Example>", "acme.example"},
        {"\"Roe @ Acme\" <jane@acme.example>", "acme.example"},
        {"<jane@acme.example> at @home", "acme.example"},
        {"a@b@c.example", "c.example"},
        {"jane@acme.example.", "acme.example"},
        {"jane@acme.example (Jane)", "acme.example"},
        {"jane@b\xc3\x9c"
         "cher.example",
         "b\xc3\xbc"
         "cher.example"},
        {"jane@[10.0.0.1]", "[10.0.0.1]"},
        {"Jane Roe", NULL},
        {"/o=Firm/cn=recipients/cn=jane", NULL},
        {"jane@", NULL},
        {"jane@...", NULL},
        {"jane@ acme", NULL},
        {"", NULL},
        {"<>", NULL},
        {"jane@\xff\xfe", NULL},
        {too_long, NULL},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *got = hf_catalog_sender_domain(cases[i].from);
        if (g_strcmp0(got, cases[i].wanted) != 0)
            fail_msg("\"%s\": got %s", cases[i].from, got != NULL ? got : "none");
    }
}

static void test_domains_come_with_their_documents(void **state)
{
    fixture *f = *state;
    g_autoptr(GHashTable) names = hf_catalog_domain_names(f->catalog, &f->error);
    DONE(names != NULL);
    assert_int_equal(g_hash_table_size(names), 2);
    int64_t acme = 0, again = 0;
    DONE(hf_catalog_domain_id(f->catalog, "acme.example", &acme, &f->error));
    assert_string_equal(g_hash_table_lookup(names, &acme), "acme.example");
    DONE(hf_catalog_commit(f->catalog, &f->error));
    g_autoptr(hf_catalog) reader = hf_catalog_open(f->path, "vault-1", true, &f->error);
    DONE(hf_catalog_domain_id(reader, "acme.example", &again, &f->error));
    assert_int_equal(acme, again);
}

static void test_facts_of_a_document(void **state)
{
    fixture *f = *state;
    hf_document_facts facts;
    DONE(hf_document_read_facts(f->catalog, 1, &facts, &f->error));
    assert_string_equal(facts.type, "text/plain");
    assert_string_equal(facts.extractor, "");
    assert_int_equal(facts.family, 1);
    assert_int_equal(facts.modified, 5);
    assert_true(facts.review_date == HF_TIME_NONE);
    DONE(hf_document_read_facts(f->catalog, 2, &facts, &f->error));
    assert_true(facts.modified == HF_TIME_NONE);
    FAILS(hf_document_read_facts(f->catalog, 99, &facts, &f->error), HF_ERROR_NOT_FOUND,
          "HF0000099");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, six_documents, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_flags),
        TEST(test_text_and_family),
        TEST(test_message_ids_are_whole_and_keep_their_case),
        TEST(test_sources),
        TEST(test_a_matter_is_its_spans),
        TEST(test_what_an_index_does_not_say),
        TEST(test_exceptions),
        TEST(test_spans_and_counts_are_checked),
        cmocka_unit_test(test_the_domain_of_a_sender),
        TEST(test_domains_come_with_their_documents),
        TEST(test_facts_of_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
