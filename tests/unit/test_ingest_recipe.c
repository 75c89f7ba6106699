/* What a family is recognised by, its dates, and the paths that members are given (domain-facts "Deduplication"). */
#include "ingest/recipe.h"
#include "unit/cases.h"
#include <string.h>

#define BODY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OTHER_BODY "03b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct {
    hf_meta meta;
    const char *value;
} pair;

static const pair usual[] = {
    {HF_META_SENT, "2019-03-16T09:00:00Z"},   {HF_META_FROM, "Jane Roe <jane@acme.example>"},
    {HF_META_TO, "John <john@acme.example>"}, {HF_META_TO, "Ann <ann@acme.example>"},
    {HF_META_CC, "cc@acme.example"},          {HF_META_SUBJECT, "The castings are porous"},
    {HF_META_MESSAGE_ID, "1@acme.example"},   {HF_META_RECIPE_BODY, BODY},
};

static void add(hf_item *item, hf_meta meta, const char *value)
{
    hf_item_meta row = {meta, g_strdup(value)};
    g_array_append_val(item->meta, row);
}

static hf_item *attach(hf_item *root, hf_child_kind kind, uint8_t digest)
{
    hf_item *child = hf_item_new(root, kind, "a.txt", "a.txt");
    memset(child->digest.sha256, digest, 32);
    g_ptr_array_add(root->children, child);
    return child;
}

/* The usual message, with one value changed (NULL: left out) and perhaps one added. */
static hf_item *message(hf_meta changed, const char *value, hf_meta added, const char *more)
{
    hf_item *item = hf_item_new(NULL, HF_CHILD_MEMBER, "", "m.eml");
    item->extractor = "mail";
    bool done = false;
    for (size_t i = 0; i < CASES(usual); i++) {
        bool change = usual[i].meta == changed && !done;
        done = done || change;
        if (!change || value != NULL)
            add(item, usual[i].meta, change ? value : usual[i].value);
    }
    if (more != NULL)
        add(item, added, more);
    attach(item, HF_CHILD_ATTACHMENT, 1);
    attach(item, HF_CHILD_ATTACHMENT, 2);
    return item;
}

/* Whether it has the key of the usual message: 1, another: 0, none: -1. Frees it. */
static int compare(hf_item *item)
{
    hf_family_key_value usual_key, key;
    hf_item *same = message(HF_META_LAST, NULL, HF_META_LAST, NULL);
    assert_true(hf_recipe_mail_key(same, &usual_key));
    assert_int_equal(usual_key.kind, 'm');
    assert_int_equal(usual_key.version, HF_RECIPE_VERSION);
    int answer = !hf_recipe_mail_key(item, &key) ? -1 : memcmp(key.hash, usual_key.hash, 32) == 0;
    hf_item_free(same);
    hf_item_free(item);
    return answer;
}

static void test_what_makes_another_message(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        hf_meta meta;
        const char *value;
        int wanted;
    } cases[] = {
        {"nothing", HF_META_LAST, NULL, 1},
        {"the same instant in another zone", HF_META_SENT, "2019-03-16T10:00:00+01:00", 1},
        {"parts of a second", HF_META_SENT, "2019-03-16T09:00:00.5Z", 1},
        {"display name and case of an address", HF_META_FROM, "\"Roe, Jane\" <JANE@Acme.example>",
         1},
        {"white space of the subject", HF_META_SUBJECT, "  The castings\t are\n porous ", 1},
        {"another Message-ID", HF_META_MESSAGE_ID, "2@acme.example", 1},
        {"another second", HF_META_SENT, "2019-03-16T09:00:01Z", 0},
        {"another sender", HF_META_FROM, "jack@acme.example", 0},
        {"another recipient", HF_META_TO, "jack@acme.example", 0},
        {"no Cc", HF_META_CC, NULL, 0},
        {"another subject", HF_META_SUBJECT, "The castings are sound", 0},
        {"case of the subject", HF_META_SUBJECT, "the castings are porous", 0},
        {"another body", HF_META_RECIPE_BODY, OTHER_BODY, 0},
        {"no date", HF_META_SENT, NULL, -1},
        {"a date that is none", HF_META_SENT, "yesterday", -1},
        {"a zero for a date", HF_META_SENT, "1970-01-01T00:00:00Z", -1},
        {"a date in the future", HF_META_SENT, "2999-01-01T00:00:00Z", -1},
        {"no body's digest", HF_META_RECIPE_BODY, NULL, -1},
        {"a body's digest that is none", HF_META_RECIPE_BODY, "abc", -1},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        int got = compare(message(cases[i].meta, cases[i].value, HF_META_LAST, NULL));
        if (got != cases[i].wanted)
            fail_msg("%s: %d, not %d", cases[i].what, got, cases[i].wanted);
    }
}

static void test_what_is_added_counts_or_not(void **state)
{
    (void)state;
    assert_int_equal(compare(message(HF_META_LAST, NULL, HF_META_OTHER, "X-Mailer: other")), 1);
    assert_int_equal(compare(message(HF_META_LAST, NULL, HF_META_RECEIVED, "2019-03-16T09:05:00Z")),
                     1);
    assert_int_equal(compare(message(HF_META_LAST, NULL, HF_META_TO, "new@acme.example")), 0);
    assert_int_equal(compare(message(HF_META_LAST, NULL, HF_META_BCC, "new@acme.example")), 0);
    /* A recipient in Cc is not one in To. */
    assert_int_equal(compare(message(HF_META_CC, NULL, HF_META_TO, "cc@acme.example")), 0);
    hf_item *item = message(HF_META_LAST, NULL, HF_META_LAST, NULL);
    attach(item, HF_CHILD_INLINE, 3);
    assert_int_equal(compare(item), 1); /* only there with --embedded all */
    item = message(HF_META_LAST, NULL, HF_META_LAST, NULL);
    attach(item, HF_CHILD_ATTACHMENT, 3);
    assert_int_equal(compare(item), 0);
    item = message(HF_META_LAST, NULL, HF_META_LAST, NULL);
    hf_item_add_problem(item, HF_ITEM_DAMAGED, "text", "a part could not be decoded");
    assert_int_equal(compare(item), -1);
}

static void test_order_does_not_count(void **state)
{
    (void)state;
    hf_item *item = hf_item_new(NULL, HF_CHILD_MEMBER, "", "m.eml");
    for (size_t i = CASES(usual); i-- > 0;)
        add(item, usual[i].meta, usual[i].value);
    attach(item, HF_CHILD_ATTACHMENT, 2);
    attach(item, HF_CHILD_ATTACHMENT, 1);
    assert_int_equal(compare(item), 1);
}

static void test_mih(void **state)
{
    (void)state;
    uint8_t mih[16];
    hf_item *item = hf_item_new(NULL, HF_CHILD_MEMBER, "", "m.eml");
    assert_false(hf_recipe_mih(item, mih));
    add(item, HF_META_MESSAGE_ID, "CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com");
    assert_true(hf_recipe_mih(item, mih));
    g_autofree char *hex = hf_digest_hex(mih, 16);
    assert_string_equal(hex, "1de319c276884bd0c9e2f1621ada26cc");
    hf_item_free(item);
}

static void test_suspect_dates(void **state)
{
    (void)state;
    hf_time now = hf_time_from_civil(2020, 6, 1, 12, 0, 0);
    static const struct {
        int date[6];
        bool suspect;
    } cases[] = {
        {{1601, 1, 1, 0, 0, 0}, true},    {{1899, 12, 30, 0, 0, 0}, true},
        {{1904, 1, 1, 0, 0, 0}, true},    {{1970, 1, 1, 0, 0, 0}, true},
        {{1970, 1, 1, 23, 59, 59}, true}, {{1970, 1, 2, 0, 0, 0}, false},
        {{1980, 1, 1, 0, 0, 0}, true},    {{1980, 1, 1, 0, 0, 1}, false},
        {{2001, 5, 4, 1, 2, 3}, false},   {{2020, 6, 2, 11, 0, 0}, false},
        {{2020, 6, 2, 13, 0, 0}, true},   {{9999, 12, 31, 0, 0, 0}, true},
        {{0, 1, 1, 0, 0, 0}, true},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        const int *d = cases[i].date;
        assert_int_equal(
            hf_recipe_suspect_date(hf_time_from_civil(d[0], d[1], d[2], d[3], d[4], d[5]), now),
            cases[i].suspect);
    }
    assert_true(hf_recipe_suspect_date(HF_TIME_NONE, now));
}

static void test_review_dates(void **state)
{
    (void)state;
    hf_item *mail = hf_item_new(NULL, HF_CHILD_MEMBER, "", "m.eml");
    mail->extractor = "mail";
    mail->modified.utc = 77;
    assert_true(hf_recipe_review_date(mail).utc == HF_TIME_NONE);
    add(mail, HF_META_RECEIVED, "2001-01-02");
    assert_true(hf_recipe_review_date(mail).utc == hf_time_from_civil(2001, 1, 2, 0, 0, 0));
    add(mail, HF_META_SENT, "2001-01-01T00:00:00-05:00");
    assert_true(hf_recipe_review_date(mail).utc == hf_time_from_civil(2001, 1, 1, 5, 0, 0));
    assert_int_equal(hf_recipe_review_date(mail).offset, -5 * 3600);
    hf_item_free(mail);
    hf_item *document = hf_item_new(NULL, HF_CHILD_MEMBER, "", "d.docx");
    document->modified.utc = 77;
    assert_true(hf_recipe_review_date(document).utc == 77);
    add(document, HF_META_CREATED, "2001-01-01");
    add(document, HF_META_MODIFIED, "2002-01-01");
    assert_true(hf_recipe_review_date(document).utc == hf_time_from_civil(2002, 1, 1, 0, 0, 0));
    hf_item_free(document);
}

static void test_safe_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path, *safe;
    } cases[] = {
        {"a/b.txt", "a/b.txt"}, {"/etc/passwd", "etc/passwd"},
        {"../../x", "x"},       {"a/../b", "a/b"},
        {"./a", "a"},           {"a//b/", "a/b"},
        {"C:/x", "x"},          {"a/C:/x", "a/C:/x"},
        {"", "unnamed-7"},      {"..", "unnamed-7"},
        {"///", "unnamed-7"},   {"...", "..."},
        {"..a/b..", "..a/b.."}, {"\xff.txt", "\xff.txt"},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *safe = hf_item_safe_path(cases[i].path, 7);
        assert_string_equal(safe, cases[i].safe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_makes_another_message),
        cmocka_unit_test(test_what_is_added_counts_or_not),
        cmocka_unit_test(test_order_does_not_count),
        cmocka_unit_test(test_mih),
        cmocka_unit_test(test_suspect_dates),
        cmocka_unit_test(test_review_dates),
        cmocka_unit_test(test_safe_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
