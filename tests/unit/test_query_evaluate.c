/* Queries against a small real index and a catalog of a few lines, compared with looking at every document. */
#include "holdfast/query.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DOCUMENTS 200
#define DAY (86400 * HF_TIME_SECOND)

/* Ids have holes, and some documents of the index are no longer shown. */
typedef struct {
    uint32_t id;
    bool live;
    char *body, *subject, *from;
    hf_time date, sent;
    const char *custodian, *type, *path;
} document;

typedef struct {
    document documents[DOCUMENTS];
    char *folder;
    hf_index *index;
    hf_query_source source;
    unsigned seed;
} world;

static const char *const words[] = {"apple", "pear", "plum", "cherry", "fig",
                                    "and",   "or",   "not",  "to"};
static const char *const custodians[] = {"Roe", "Doe"};
static const char *const types[] = {"application/pdf", "message/rfc822", "image/png"};

static unsigned roll(world *w, unsigned n)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return (w->seed >> 16) % n;
}

static char *random_text(world *w, unsigned most)
{
    GString *text = g_string_new(NULL);
    for (unsigned n = roll(w, most + 1); n > 0; n--)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                               words[roll(w, G_N_ELEMENTS(words))]);
    return g_string_free(text, FALSE);
}

static void make_document(world *w, unsigned i)
{
    document *d = &w->documents[i];
    d->id = i * 3 + 1;
    d->live = roll(w, 8) != 0;
    d->body = random_text(w, 8);
    d->subject = random_text(w, 3);
    d->from = random_text(w, 1);
    d->date = roll(w, 10) == 0
                  ? HF_TIME_NONE
                  : hf_time_from_civil(2001, 1, 1, 0, 0, 0) + roll(w, 20 * 24) * (DAY / 24);
    d->sent = roll(w, 2) == 0 ? HF_TIME_NONE : d->date;
    d->custodian = custodians[roll(w, 2)];
    d->type = types[roll(w, 3)];
    d->path = roll(w, 2) == 0 ? "users/Mail/a.zip!/x.eml" : "users/docs/b.pdf";
}

/* ---- the catalog's side ---- */

typedef bool (*document_fn)(const document *d, const char *value);

static hf_set *select_documents(world *w, document_fn fits, const char *value)
{
    hf_set *set = hf_set_new();
    for (unsigned i = 0; i < DOCUMENTS; i++)
        if (fits(&w->documents[i], value))
            hf_set_add(set, w->documents[i].id);
    return set;
}

static bool is_live(const document *d, const char *value)
{
    (void)value;
    return d->live;
}
static bool of_custodian(const document *d, const char *value)
{
    return g_ascii_strcasecmp(d->custodian, value) == 0;
}
static bool of_type(const document *d, const char *value)
{
    return strcmp(d->type, value) == 0 ||
           (g_str_has_suffix(value, "/") && g_str_has_prefix(d->type, value));
}
static bool of_path(const document *d, const char *value)
{
    return hf_query_path_matches(value, d->path);
}

static hf_set *universe(void *data, GError **error)
{
    (void)error;
    return select_documents(data, is_live, NULL);
}
static hf_set *value(void *data, hf_query_value which, const char *text, GError **error)
{
    bool known = g_ascii_strcasecmp(text, "roe") == 0 || g_ascii_strcasecmp(text, "doe") == 0;
    if (which == HF_QUERY_CUSTODIAN && known)
        return select_documents(data, of_custodian, text);
    if (which == HF_QUERY_TYPE)
        return select_documents(data, of_type, text);
    if (which == HF_QUERY_PATH)
        return select_documents(data, of_path, text);
    if (which == HF_QUERY_CUSTODIAN)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no custodian \"%s\"", text);
    else if (which == HF_QUERY_HASH)
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot read %s", text);
    else
        g_set_error_literal(error, HF_ERROR, HF_ERROR_QUERY, "there are no matters here");
    return NULL;
}

/* ---- the index ---- */

static void add_to_index(hf_segment_builder *builder, const document *d)
{
    hf_field_text fields[] = {
        {HF_FIELD_BODY, d->body, strlen(d->body)},
        {HF_FIELD_SUBJECT, d->subject, strlen(d->subject)},
        {HF_FIELD_FROM, d->from, strlen(d->from)},
    };
    hf_index_document entry = {.id = d->id, .fields = fields, .n_fields = G_N_ELEMENTS(fields)};
    entry.columns[HF_COLUMN_DATE] = d->date;
    entry.columns[HF_COLUMN_FAMILY_DATE] = d->date;
    entry.columns[HF_COLUMN_SENT] = d->sent;
    bool left_out;
    assert_true(hf_segment_builder_add(builder, &entry, &left_out, NULL));
}

static int setup(void **state)
{
    world *w = g_new0(world, 1);
    w->seed = 2001;
    for (unsigned i = 0; i < DOCUMENTS; i++)
        make_document(w, i);
    w->folder = g_dir_make_tmp("hf-query-XXXXXX", NULL);
    char *paths[2];
    for (unsigned s = 0; s < 2; s++) {
        g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
        for (unsigned i = s * DOCUMENTS / 2; i < (s + 1) * DOCUMENTS / 2; i++)
            add_to_index(builder, &w->documents[i]);
        paths[s] = g_strdup_printf("%s/%u", w->folder, s);
        hf_segment_info info;
        if (!hf_segment_builder_finish(builder, paths[s], &info, NULL))
            return -1;
    }
    w->index = hf_index_open((const char *const *)paths, 2, 1, NULL);
    g_free(paths[0]);
    g_free(paths[1]);
    w->source =
        (hf_query_source){.data = w, .universe = universe, .value = value, .index = w->index};
    *state = w;
    return w->index != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    world *w = *state;
    hf_index_free(w->index);
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        g_free(w->documents[i].body);
        g_free(w->documents[i].subject);
        g_free(w->documents[i].from);
    }
    hf_file_empty_directory(w->folder, NULL);
    rmdir(w->folder);
    g_free(w->folder);
    g_free(w);
    return 0;
}

/* ---- looking at every document ---- */

/* A query of the test's own, written as text and answered document by document. */
typedef struct node {
    enum { AND, OR, NOT, PHRASE, CUSTODIAN, TYPE, DATE, SENT, LAST } kind;
    struct node *a, *b;
    int field; /* -1: all */
    const char *words[3];
    unsigned n_words;
    unsigned from, to; /* days of January 2001, from 1; n_words: 1 if both are given */
    const char *value;
} node;

static node *random_node(world *w, unsigned depth)
{
    node *n = g_new0(node, 1);
    n->kind = depth == 0 ? PHRASE + roll(w, LAST - PHRASE) : roll(w, PHRASE + 2);
    if (n->kind > PHRASE && roll(w, 2) == 0)
        n->kind = PHRASE;
    n->field = (int)roll(w, 5) - 2;
    n->n_words = 1 + roll(w, 3);
    for (unsigned i = 0; i < n->n_words; i++)
        n->words[i] = words[roll(w, G_N_ELEMENTS(words))];
    n->from = 1 + roll(w, 20);
    n->to = n->from + roll(w, 5);
    n->value = n->kind == TYPE ? types[roll(w, 3)] : custodians[roll(w, 2)];
    if (n->kind < PHRASE)
        n->a = random_node(w, depth - 1);
    if (n->kind < NOT)
        n->b = random_node(w, depth - 1);
    return n;
}

static void free_node(node *n)
{
    if (n == NULL)
        return;
    free_node(n->a);
    free_node(n->b);
    g_free(n);
}

static void write_phrase(const node *n, GString *out)
{
    static const char *const names[] = {"body:", "subject:", "from:"};
    g_string_append(out, n->field >= 0 ? names[n->field] : "");
    g_string_append_c(out, '"');
    for (unsigned i = 0; i < n->n_words; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", n->words[i]);
    g_string_append_c(out, '"');
}

static void write_node(const node *n, GString *out)
{
    switch (n->kind) {
    case AND:
    case OR:
        g_string_append_c(out, '(');
        write_node(n->a, out);
        g_string_append(out, n->kind == AND ? " and " : " or ");
        write_node(n->b, out);
        g_string_append_c(out, ')');
        return;
    case NOT:
        g_string_append(out, "not (");
        write_node(n->a, out);
        g_string_append_c(out, ')');
        return;
    case PHRASE:
        write_phrase(n, out);
        return;
    case CUSTODIAN:
        g_string_append_printf(out, "custodian:%s", n->value);
        return;
    case TYPE:
        g_string_append_printf(out, "type:%s", n->value);
        return;
    default:
        g_string_append_printf(out, "%s:2001-01-%02u..2001-01-%02u",
                               n->kind == DATE ? "date" : "sent", n->from, n->to);
    }
}

static bool text_has(const char *text, const node *n)
{
    g_auto(GStrv) have = g_strsplit(text, " ", -1);
    unsigned count = g_strv_length(have);
    for (unsigned i = 0; i + n->n_words <= count; i++) {
        unsigned same = 0;
        while (same < n->n_words && strcmp(have[i + same], n->words[same]) == 0)
            same++;
        if (same == n->n_words)
            return true;
    }
    return false;
}

static bool within(hf_time t, const node *n)
{
    hf_time low = hf_time_from_civil(2001, 1, (int)n->from, 0, 0, 0);
    hf_time high = hf_time_from_civil(2001, 1, (int)n->to, 0, 0, 0) + DAY;
    return t != HF_TIME_NONE && t >= low && t < high;
}

static bool answers(const document *d, const node *n)
{
    switch (n->kind) {
    case AND:
        return answers(d, n->a) && answers(d, n->b);
    case OR:
        return answers(d, n->a) || answers(d, n->b);
    case NOT:
        return !answers(d, n->a);
    case PHRASE:
        return (n->field != 1 && n->field != 2 && text_has(d->body, n)) ||
               (n->field != 0 && n->field != 2 && text_has(d->subject, n)) ||
               (n->field != 0 && n->field != 1 && text_has(d->from, n));
    case CUSTODIAN:
        return of_custodian(d, n->value);
    case TYPE:
        return of_type(d, n->value);
    case DATE:
        return within(d->date, n);
    default:
        return within(d->sent, n);
    }
}

static void test_random_queries(void **state)
{
    world *w = *state;
    unsigned found = 0;
    for (unsigned round = 0; round < 1500; round++) {
        node *n = random_node(w, roll(w, 5));
        g_autoptr(GString) text = g_string_new(NULL);
        write_node(n, text);
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_query) query = hf_query_parse(text->str, NULL, NULL, &error);
        if (query == NULL)
            fail_msg("%s: %s", text->str, error->message);
        g_autoptr(hf_set) set = hf_query_evaluate(query, &w->source, NULL, &error);
        if (set == NULL)
            fail_msg("%s: %s", text->str, error->message);
        for (unsigned i = 0; i < DOCUMENTS; i++) {
            const document *d = &w->documents[i];
            bool expected = d->live && answers(d, n);
            if (hf_set_has(set, d->id) != expected)
                fail_msg("%s: document %u (%s | %s | %s)", text->str, d->id, d->body, d->subject,
                         d->from);
            found += expected;
        }
        free_node(n);
    }
    assert_true(found > 1000);
}

/* ---- by hand ---- */

static hf_set *ask(world *w, const char *text, hf_query **query)
{
    g_autoptr(GError) error = NULL;
    *query = hf_query_parse(text, NULL, NULL, &error);
    if (*query == NULL)
        fail_msg("%s", error->message);
    hf_set *set = hf_query_evaluate(*query, &w->source, NULL, &error);
    if (set == NULL)
        fail_msg("%s", error->message);
    return set;
}

static void test_unknown_words(void **state)
{
    static const struct {
        const char *text, *unknown;
    } cases[] = {
        {"apple", ""},
        {"zebra", "zebra"},
        {"zebra or (apple and not Okapi) or zebra", "zebra okapi"},
        {"\"apple zebra\"", "zebra"},
        {"from:\"pear pear\"", ""},
        {"subject:zebra or zebra", "subject:zebra zebra"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = NULL;
        g_autoptr(hf_set) set = ask(*state, cases[i].text, &query);
        size_t n;
        const char *const *unknown = hf_query_unknown_words(query, &n);
        g_autoptr(GString) all = g_string_new(NULL);
        for (size_t k = 0; k < n; k++)
            g_string_append_printf(all, "%s%s", k > 0 ? " " : "", unknown[k]);
        assert_string_equal(all->str, cases[i].unknown);
    }
}

static void test_refused_by_the_source(void **state)
{
    static const struct {
        const char *text;
        unsigned column;
        const char *message;
    } cases[] = {
        {"apple and matter:x", 11, "there are no matters here"},
        {"custodian:roe or custodian:nobody", 18, "there is no custodian \"nobody\""},
    };
    world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, NULL, NULL, NULL);
        assert_non_null(query);
        g_auto(hf_query_fault) fault = {0};
        g_autoptr(GError) error = NULL;
        assert_null(hf_query_evaluate(query, &w->source, &fault, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_QUERY));
        assert_string_equal(fault.message, cases[i].message);
        assert_int_equal(fault.column, cases[i].column);
    }
    g_autoptr(hf_query) query =
        hf_query_parse("hash:d41d8cd98f00b204e9800998ecf8427e", NULL, NULL, NULL);
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GError) error = NULL;
    assert_null(hf_query_evaluate(query, &w->source, &fault, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    assert_null(fault.message);
}

static void test_not_needs_a_universe(void **state)
{
    world *w = *state;
    hf_query_source source = w->source;
    source.universe = NULL;
    g_autoptr(hf_query) query = hf_query_parse("not apple", NULL, NULL, NULL);
    assert_null(hf_query_evaluate(query, &source, NULL, NULL));
    g_autoptr(hf_query) plain = hf_query_parse("apple", NULL, NULL, NULL);
    g_autoptr(hf_set) set = hf_query_evaluate(plain, &source, NULL, NULL);
    assert_non_null(set);
}

static void test_paths(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"mail", "users/Mail/a.zip!/x.eml", true},
        {"USERS/m", "users/Mail/a.zip!/x.eml", true},
        {"zip!/x", "users/Mail/a.zip!/x.eml", true},
        {"*.eml", "users/Mail/a.zip!/x.eml", true},
        {"*.zip", "users/Mail/a.zip!/x.eml", false},
        {"*.zip!*", "users/Mail/a.zip!/x.eml", true},
        {"mail/*", "users/Mail/a.zip!/x.eml", true},
        {"ail/*", "users/Mail/a.zip!/x.eml", false},
        {"?.eml", "users/Mail/a.zip!/x.eml", true},
        {"??.eml", "users/Mail/a.zip!/x.eml", false},
        {"x.eml?", "users/Mail/a.zip!/x.eml", false},
        {"\xc3\x89T\xc3\x89", "un \xc3\xa9t\xc3\xa9", true},
        {"e\xcc\x81t", "un \xc3\xa9t\xc3\xa9", true},
        {"?t?", "\xc3\xa9t\xc3\xa9", true},
        {"*", "\xff\xfe", true},
        {"a*b*c", "aXbXbX", false},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (hf_query_path_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("%s in %s", cases[i].pattern, cases[i].path);
    world *w = *state;
    g_autoptr(hf_query) query = NULL;
    g_autoptr(hf_set) set = ask(w, "path:*.zip!/*", &query);
    g_autoptr(hf_query) same = NULL;
    g_autoptr(hf_set) other = ask(w, "path:USERS/mail", &same);
    assert_true(hf_set_equal(set, other));
    assert_true(hf_set_count(set) > 0);
}

/* Days begin in the matter's zone, also where a clock is put forward at midnight. */
typedef struct {
    hf_time low, high;
} span;

static hf_set *keep_span(void *data, hf_column_id column, int64_t low, int64_t high, GError **error)
{
    (void)column;
    (void)error;
    *(span *)data = (span){low, high};
    return hf_set_new();
}

static void test_days(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *text, *low, *high; /* the end, exclusive; "" for open */
    } cases[] = {
        {"UTC", "2001", "2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z"},
        {"UTC", "2001-12", "2001-12-01T00:00:00Z", "2002-01-01T00:00:00Z"},
        {"UTC", "2000-02-29", "2000-02-29T00:00:00Z", "2000-03-01T00:00:00Z"},
        {"UTC", "2001-12-31", "2001-12-31T00:00:00Z", "2002-01-01T00:00:00Z"},
        {"UTC", "2001-01..2001-06", "2001-01-01T00:00:00Z", "2001-07-01T00:00:00Z"},
        {"UTC", "2001-05-04..2001-05-04", "2001-05-04T00:00:00Z", "2001-05-05T00:00:00Z"},
        {"UTC", "2001..", "2001-01-01T00:00:00Z", ""},
        {"UTC", "..2001", "", "2002-01-01T00:00:00Z"},
        {"UTC", ">=2001-05-04", "2001-05-04T00:00:00Z", ""},
        {"UTC", ">2001-05-04", "2001-05-05T00:00:00Z", ""},
        {"UTC", "<=2001-05-04", "", "2001-05-05T00:00:00Z"},
        {"UTC", "<2001-05-04", "", "2001-05-04T00:00:00Z"},
        {"UTC", "9999", "9999-01-01T00:00:00Z", ""},
        {"Europe/Berlin", "2001-05-04", "2001-05-03T22:00:00Z", "2001-05-04T22:00:00Z"},
        {"Europe/Berlin", "2001-03-25", "2001-03-24T23:00:00Z", "2001-03-25T22:00:00Z"},
        {"America/New_York", "2001", "2001-01-01T05:00:00Z", "2002-01-01T05:00:00Z"},
        {"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(cases[i].zone);
        if (zone == NULL)
            continue;
        g_autofree char *text = g_strconcat("date:", cases[i].text, NULL);
        g_autoptr(hf_query) query = hf_query_parse(text, NULL, NULL, NULL);
        assert_non_null(query);
        span got;
        hf_query_zone everywhere = {zone, NULL};
        hf_query_source source = {
            .data = &got, .range = keep_span, .zones = &everywhere, .n_zones = 1};
        g_autoptr(hf_set) set = hf_query_evaluate(query, &source, NULL, NULL);
        assert_non_null(set);
        hf_stamp low, high;
        bool has_low = hf_time_parse_iso(cases[i].low, &low);
        bool has_high = hf_time_parse_iso(cases[i].high, &high);
        if (got.low != (has_low ? low.utc : INT64_MIN + 1) ||
            got.high != (has_high ? high.utc - 1 : INT64_MAX)) {
            g_autofree char *a = hf_time_format_utc(got.low), *b = hf_time_format_utc(got.high);
            fail_msg("%s in %s: %s to %s", cases[i].text, cases[i].zone, a, b);
        }
    }
}

static void test_explain_open_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text, *explained;
    } cases[] = {
        {"date:..2001", "date:..2001\n  the beginning to 2001-12-31T23:59:59.999999Z\n"},
        {"sent:>2001", "sent:>2001\n  2002-01-01T00:00:00Z to the end\n"},
        {"date:9999", "date:9999\n  9999-01-01T00:00:00Z to the end\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(hf_query) query = hf_query_parse(cases[i].text, NULL, NULL, NULL);
        g_autofree char *explained = hf_query_explain(query);
        assert_string_equal(explained, cases[i].explained);
    }
}

static void test_explain(void **state)
{
    world *w = *state;
    const char *text = "(apple or \"red plum\") and not custodian:roe and date:2001-05-04";
    g_autoptr(hf_query) query = hf_query_parse(text, NULL, NULL, NULL);
    g_autofree char *before = hf_query_explain(query);
    assert_string_equal(before, "and\n  or\n    apple\n    \"red plum\"\n  not\n    custodian:roe\n"
                                "  date:2001-05-04\n    2001-05-04T00:00:00Z to "
                                "2001-05-04T23:59:59.999999Z\n");
    g_autoptr(hf_set) set = hf_query_evaluate(query, &w->source, NULL, NULL);
    assert_non_null(set);
    g_autofree char *after = hf_query_explain(query);
    g_autoptr(hf_query) alone = NULL;
    g_autoptr(hf_set) apples = ask(w, "apple", &alone);
    g_auto(GStrv) lines = g_strsplit(after, "\n", -1);
    assert_int_equal(g_strv_length(lines), 9);
    g_autofree char *count =
        g_strdup_printf(" %" G_GUINT64_FORMAT " documents", hf_set_count(apples));
    assert_true(g_str_has_prefix(lines[2], "    apple "));
    assert_non_null(strstr(lines[2], count));
    assert_non_null(strstr(lines[2], " ms"));
    assert_non_null(strstr(lines[3], " 0 documents"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_queries),
        cmocka_unit_test(test_unknown_words),
        cmocka_unit_test(test_refused_by_the_source),
        cmocka_unit_test(test_not_needs_a_universe),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_explain_open_ends),
        cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
