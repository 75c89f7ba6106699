/* Every search comes to the audit log once, whatever happens to the process or to the spool. */
#include "holdfast/audit.h"
#include "holdfast/vault.h"
#include "store/parts.h"
#include "unit/cases.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DONE(call)                                                                                 \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, error != NULL ? error->message : "no error is set");         \
    } while (0)

static char *folder, *spool;

static int make_vault(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    folder = g_dir_make_tmp("holdfast-vault-XXXXXX", NULL);
    spool = g_build_filename(folder, "searches", NULL);
    hf_vault_options options = {.path = folder};
    return !hf_vault_create(&options, "UTC", &error);
}

static int remove_vault(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    rmdir(folder);
    g_free(folder);
    g_free(spool);
    return 0;
}

static hf_vault *open_vault(void)
{
    g_autoptr(GError) error = NULL;
    hf_vault_options options = {.path = folder};
    hf_vault *vault = hf_vault_open(&options, false, "test", &error);
    DONE(vault != NULL);
    return vault;
}

static void search_for(hf_vault *vault, const char *query, uint64_t documents)
{
    g_autoptr(GError) error = NULL;
    hf_vault_search search = {.action = "search",
                              .query = query,
                              .documents = documents,
                              .shown = 1,
                              .to = "table",
                              .matter = "ACME-01"};
    DONE(hf_vault_log_search(vault, &search, &error));
}

static void fold(hf_vault *vault, bool to_the_end)
{
    g_autoptr(GError) error = NULL;
    hf_catalog *catalog = hf_vault_catalog(vault);
    DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error) &&
         hf_catalog_commit(catalog, &error));
    if (to_the_end)
        DONE(hf_vault_searches_folded(vault, &error));
}

static uint64_t waiting(hf_vault *vault)
{
    g_autoptr(GError) error = NULL;
    uint64_t count = 0;
    DONE(hf_vault_count_spooled(vault, &count, &error));
    return count;
}

/* What the log has: the queries, the oldest last, each with a bar before it; damaged ones as "!". */
typedef struct {
    hf_vault *vault;
    GString *text;
    unsigned whole, damaged;
} told;

static bool tell(void *data, const hf_log_search *search, GError **error)
{
    told *t = data;
    if (search->damage != NULL) {
        g_string_append(t->text, "|!");
        t->damaged++;
        return true;
    }
    g_autofree char *query = hf_vault_open_query(t->vault, search->query, error);
    if (query == NULL)
        return false;
    g_string_append_printf(t->text, "|%s", query);
    t->whole++;
    return true;
}

static void read_log(hf_vault *vault, told *t)
{
    g_autoptr(GError) error = NULL;
    *t = (told){vault, g_string_new(NULL), 0, 0};
    DONE(hf_log_each_search(hf_vault_catalog(vault), tell, t, &error));
}

static void assert_log(hf_vault *vault, const char *wanted)
{
    told t;
    read_log(vault, &t);
    assert_string_equal(t.text->str, wanted);
    g_string_free(t.text, TRUE);
}

static uint64_t spool_size(void)
{
    struct stat st;
    return stat(spool, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static bool keep_first(void *data, const hf_log_search *search, GError **error)
{
    (void)error;
    const hf_log_search **out = data;
    *out = search;
    assert_string_equal(search->action, "search");
    assert_string_equal(search->matter, "ACME-01");
    assert_string_equal(search->to, "table");
    assert_string_equal(search->version, HF_VERSION);
    assert_int_equal(search->documents, 12345);
    assert_int_equal(search->shown, 1);
    assert_true(search->time > 0 && search->time <= hf_time_now());
    assert_non_null(search->actor);
    assert_non_null(search->host);
    assert_null(search->object);
    assert_int_equal(search->seq, 0);
    return false;
}

static void test_a_search_is_logged_with_what_it_was(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    search_for(vault, "fraud and \"smoking gun\"", 12345);
    assert_int_equal(waiting(vault), 1);
    g_autofree char *text = NULL;
    DONE(g_file_get_contents(spool, &text, NULL, &error));
    assert_null(strstr(text, "fraud"));
    g_autoptr(GPtrArray) spooled = hf_vault_spooled(vault, &error);
    DONE(spooled != NULL);
    assert_int_equal(spooled->len, 1);
    fold(vault, true);
    assert_int_equal(waiting(vault), 0);
    assert_int_equal(spool_size(), 0);
    const hf_log_search *first = NULL;
    DONE(hf_log_each_search(hf_vault_catalog(vault), keep_first, &first, &error));
    assert_non_null(first);
    assert_log(vault, "|fraud and \"smoking gun\"");
}

static void test_searches_are_logged_once(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    hf_catalog *catalog = hf_vault_catalog(vault);
    search_for(vault, "a", 1);
    search_for(vault, "b", 1);
    DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error));
    hf_catalog_rollback(catalog); /* killed before the commit */
    assert_log(vault, "");
    assert_int_equal(waiting(vault), 2);
    fold(vault, false); /* killed after it */
    assert_int_equal(waiting(vault), 0);
    assert_true(spool_size() > 0);
    fold(vault, false);
    assert_log(vault, "|b|a");
    search_for(vault, "c", 1);
    assert_int_equal(waiting(vault), 1);
    fold(vault, true);
    assert_log(vault, "|c|b|a");
    search_for(vault, "d", 1);
    fold(vault, true);
    assert_log(vault, "|d|c|b|a");
    assert_int_equal(spool_size(), 0);
}

static void test_a_search_during_a_fold_stays(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autoptr(hf_vault) reader = open_vault();
    hf_catalog *catalog = hf_vault_catalog(vault);
    search_for(reader, "a", 1);
    DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error));
    search_for(reader, "b", 1);
    DONE(hf_catalog_commit(catalog, &error));
    search_for(reader, "c", 1);
    DONE(hf_vault_searches_folded(vault, &error));
    assert_log(vault, "|a");
    assert_int_equal(waiting(vault), 2);
    fold(vault, true);
    assert_log(vault, "|c|b|a");
}

static void append_to_spool(const char *bytes, size_t n)
{
    FILE *file = fopen(spool, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void test_a_torn_line_harms_no_other(void **state)
{
    (void)state;
    g_autoptr(hf_vault) vault = open_vault();
    search_for(vault, "a", 1);
    append_to_spool("{\"time\":\"2026-", 14);
    assert_int_equal(waiting(vault), 2);
    search_for(vault, "b", 1);
    fold(vault, true);
    assert_log(vault, "|b|!|a");
    search_for(vault, "c", 1);
    append_to_spool("{", 1);
    fold(vault, true); /* completed here */
    assert_log(vault, "|!|c|b|!|a");
    assert_int_equal(spool_size(), 0);
}

static void count_finding(void *data, const char *sentence)
{
    assert_non_null(sentence);
    ++*(unsigned *)data;
}

static unsigned findings(hf_vault *vault, bool *torn)
{
    g_autoptr(GError) error = NULL;
    unsigned found = 0;
    uint64_t count = 0;
    DONE(hf_vault_check_spool(vault, count_finding, &found, &count, torn, &error));
    return found;
}

/* Each byte of the spool changed, taken away, or the rest cut: it is seen, and the other searches stay. */
static void test_every_change_of_the_spool_is_seen(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autofree char *whole = NULL;
    gsize n;
    bool torn = false;
    hf_catalog *catalog = hf_vault_catalog(vault);
    search_for(vault, "a", 1);
    search_for(vault, "b", 1);
    DONE(g_file_get_contents(spool, &whole, &n, &error));
    gsize header = (gsize)(strchr(whole, '\n') - whole) + 1;
    assert_int_equal(findings(vault, &torn), 0);
    for (gsize at = 0; at < n; at++) {
        g_autofree char *changed = g_memdup2(whole, n);
        changed[at] ^= 1;
        DONE(g_file_set_contents(spool, changed, (gssize)n, &error));
        /* Of the header, the id is of no use to a forger. */
        bool harmless = at < header &&
                        at >= strlen("{\"holdfast\":\"searches\",\"version\":1,\"id\":\"") &&
                        at < strlen("{\"holdfast\":\"searches\",\"version\":1,\"id\":\"") + 32;
        unsigned found = findings(vault, &torn);
        if (found == 0 && !torn && !harmless)
            fail_msg("a change at byte %zu is not seen", at);
        DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error));
        told t;
        read_log(vault, &t);
        assert_true(t.damaged > 0 || harmless);
        assert_true(t.whole + t.damaged >= 1);
        g_string_free(t.text, TRUE);
        hf_catalog_rollback(catalog);
    }
    for (gsize cut = 1; cut < n; cut++) {
        DONE(g_file_set_contents(spool, whole, (gssize)cut, &error));
        findings(vault, &torn);
        DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error));
        hf_catalog_rollback(catalog);
    }
}

static void test_a_line_taken_away_is_seen(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autofree char *whole = NULL;
    bool torn;
    search_for(vault, "a", 1);
    search_for(vault, "b", 1);
    search_for(vault, "c", 1);
    DONE(g_file_get_contents(spool, &whole, NULL, &error));
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    g_autofree char *less = g_strconcat(lines[0], "\n", lines[1], "\n", lines[3], "\n", NULL);
    DONE(g_file_set_contents(spool, less, -1, &error));
    assert_int_equal(findings(vault, &torn), 1);
    g_autofree char *swapped =
        g_strconcat(lines[0], "\n", lines[2], "\n", lines[1], "\n", lines[3], "\n", NULL);
    DONE(g_file_set_contents(spool, swapped, -1, &error));
    assert_int_equal(findings(vault, &torn), 3);
    g_autofree char *twice = g_strconcat(whole, lines[3], "\n", NULL);
    DONE(g_file_set_contents(spool, twice, -1, &error));
    assert_int_equal(findings(vault, &torn), 1);
    fold(vault, false);
    assert_log(vault, "|!|c|b|a");
    /* What was logged is taken away from before what was not. */
    search_for(vault, "d", 1);
    g_autofree char *after = NULL;
    DONE(g_file_get_contents(spool, &after, NULL, &error));
    g_auto(GStrv) rest = g_strsplit(after, "\n", -1);
    g_autofree char *last = g_strconcat(rest[0], "\n", rest[5], "\n", NULL);
    DONE(g_file_set_contents(spool, last, -1, &error));
    assert_int_equal(findings(vault, &torn), 2);
    fold(vault, true);
    assert_log(vault, "|!|!|!|c|b|a");
}

static void test_hostile_spools_are_survived(void **state)
{
    (void)state;
    static const char deep[] =
        "{\"time\":\"2026-01-01T00:00:00Z\",\"actor\":[[[[[[{}]]]]]],\"key\":1,"
        "\"mac\":"
        "\"00000000000000000000000000000000000000000000000000000000000000"
        "00\"}\n";
    const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"\n", 1},
        {"\n\n\n", 3},
        {"\0\0\0\n\0", 5},
        {"\xff\xfe\n", 3},
        {"{}\n", 3},
        {"no newline", 10},
        {",\"mac\":\"\"}\n", 11},
        {deep, sizeof deep - 1},
        {"{\"holdfast\":\"searches\",\"version\":1,\"id\":\"\",\"link\":\"\"}\n", 55},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(hf_vault) vault = open_vault();
        bool torn;
        DONE(g_file_set_contents(spool, cases[i].bytes, (gssize)cases[i].n, &error));
        findings(vault, &torn);
        search_for(vault, "a", 1);
        fold(vault, true);
        told t;
        read_log(vault, &t);
        assert_int_equal(t.whole, i + 1); /* the search after it, each time */
        g_string_free(t.text, TRUE);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autofree char *longest = g_malloc(25 * 1024 * 1024);
    memset(longest, 'x', 25 * 1024 * 1024);
    DONE(g_file_set_contents(spool, longest, 25 * 1024 * 1024, &error));
    search_for(vault, "a", 1);
    fold(vault, true);
    assert_int_equal(spool_size(), 0);
}

static void test_a_search_that_cannot_be_logged_is_refused(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    hf_vault_search search = {.action = "search", .query = "a"};
    assert_int_equal(mkdir(spool, 0700), 0);
    assert_false(hf_vault_log_search(vault, &search, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    assert_non_null(strstr(error->message, "nothing is shown"));
    g_clear_error(&error);
    rmdir(spool);
    assert_int_equal(symlink("/dev/null", spool), 0);
    assert_false(hf_vault_log_search(vault, &search, &error));
    g_clear_error(&error);
    unlink(spool);
    assert_int_equal(mkfifo(spool, 0600), 0);
    assert_false(hf_vault_log_search(vault, &search, &error));
    g_clear_error(&error);
}

/* Many who search while another one writes: nothing is lost, nothing is there twice. */
static void test_searches_beside_folds(void **state)
{
    (void)state;
    enum { PROCESSES = 4, EACH = 25 };
    g_autoptr(hf_vault) vault = open_vault();
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            g_autoptr(hf_vault) own = open_vault();
            for (int k = 0; k < EACH; k++)
                search_for(own, "x", (uint64_t)(i * EACH + k));
            _exit(0);
        }
    }
    int left = PROCESSES, status = 0;
    while (left > 0) {
        fold(vault, true);
        pid_t ended = waitpid(-1, &status, WNOHANG);
        left -= ended > 0;
        assert_true(ended <= 0 || status == 0);
    }
    fold(vault, true);
    told t;
    read_log(vault, &t);
    assert_int_equal(t.whole, PROCESSES * EACH);
    assert_int_equal(t.damaged, 0);
    g_string_free(t.text, TRUE);
}

/* With searches that never pause the spool is not emptied; its beginning is cut off all the same. */
static void test_a_long_spool_is_cut(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autofree char *query = g_strnfill(900 * 1024, 'q');
    search_for(vault, query, 1);
    fold(vault, false);
    search_for(vault, "b", 1);
    uint64_t before = spool_size();
    assert_true(before > 1024 * 1024);
    hf_catalog *catalog = hf_vault_catalog(vault);
    DONE(hf_catalog_begin(catalog, &error) && hf_vault_fold_searches(vault, &error));
    hf_catalog_rollback(catalog); /* killed when it was cut already */
    assert_true(spool_size() < 2000);
    assert_int_equal(waiting(vault), 1);
    bool torn;
    assert_int_equal(findings(vault, &torn), 0);
    search_for(vault, "c", 1);
    fold(vault, true);
    told t;
    read_log(vault, &t);
    assert_int_equal(t.whole, 3);
    assert_int_equal(t.damaged, 0);
    assert_true(g_str_has_prefix(t.text->str, "|c|b|qqq"));
    g_string_free(t.text, TRUE);
}

/* Makes the first query key, of so many days ago, and seals under the second. */
static char *age_keys(hf_vault *vault, int days)
{
    g_autoptr(GError) error = NULL;
    uint8_t key[HF_KEY_BYTES];
    uint32_t number = 0;
    hf_keys *keys = hf_store_keys(hf_vault_store(vault, NULL));
    hf_time then = hf_time_now() - (hf_time)days * 86400 * HF_TIME_SECOND;
    DONE(hf_keys_query_key(keys, then, &number, key, &error));
    char *sealed = hf_vault_seal_query(vault, "young", &error);
    DONE(sealed != NULL);
    assert_true(g_str_has_prefix(sealed, "2:"));
    return sealed;
}

static unsigned keys_destroyed(hf_vault *vault)
{
    g_autoptr(GError) error = NULL;
    hf_store_query_keys keys;
    DONE(hf_store_count_queries(hf_vault_store(vault, NULL), HF_TIME_NONE, &keys, &error));
    return keys.destroyed;
}

static void test_query_keys_go_after_seven_years(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_vault) vault = open_vault();
    g_autofree char *sealed = age_keys(vault, 7 * 365 + 20); /* its last query may be younger */
    DONE(hf_vault_forget_queries(vault, &error));
    assert_int_equal(keys_destroyed(vault), 0);
    assert_int_equal(remove_vault(NULL), 0);
    assert_int_equal(make_vault(NULL), 0);
    g_autoptr(hf_vault) other = open_vault();
    g_autofree char *young = age_keys(other, 7 * 366 + 31);
    {
        g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(folder, "test", &error);
        DONE(lock != NULL);
        DONE(hf_vault_forget_queries(other, &error)); /* another one writes: left for later */
        assert_int_equal(keys_destroyed(other), 0);
    }
    DONE(hf_vault_forget_queries(other, &error));
    assert_int_equal(keys_destroyed(other), 1);
    g_autofree char *text = hf_vault_open_query(other, young, &error);
    DONE(text != NULL);
    assert_string_equal(text, "young");
}

static void test_a_writer_folds_when_it_opens(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    {
        g_autoptr(hf_vault) vault = open_vault();
        search_for(vault, "a", 1);
    }
    hf_vault_options options = {.path = folder};
    g_autoptr(hf_vault) writer = hf_vault_open(&options, true, "test", &error);
    DONE(writer != NULL);
    assert_log(writer, "|a");
    assert_int_equal(spool_size(), 0);
    DONE(hf_audit_seal(hf_vault_catalog(writer), hf_vault_store(writer, NULL), hf_vault_id(writer),
                       &error));
}

int main(void)
{
#define IN_VAULT(test) cmocka_unit_test_setup_teardown(test, make_vault, remove_vault)
    const struct CMUnitTest tests[] = {
        IN_VAULT(test_a_search_is_logged_with_what_it_was),
        IN_VAULT(test_searches_are_logged_once),
        IN_VAULT(test_a_search_during_a_fold_stays),
        IN_VAULT(test_a_torn_line_harms_no_other),
        IN_VAULT(test_every_change_of_the_spool_is_seen),
        IN_VAULT(test_a_line_taken_away_is_seen),
        IN_VAULT(test_hostile_spools_are_survived),
        IN_VAULT(test_a_search_that_cannot_be_logged_is_refused),
        IN_VAULT(test_searches_beside_folds),
        IN_VAULT(test_a_long_spool_is_cut),
        IN_VAULT(test_query_keys_go_after_seven_years),
        IN_VAULT(test_a_writer_folds_when_it_opens),
    };
    return cmocka_run_group_tests_name("vault: searches", tests, NULL, NULL);
}
