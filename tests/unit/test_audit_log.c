/* The vault's log: what is sealed is checked, and what was done to it afterwards is found. */
#include "unit/catalog_fixture.h"
#include "holdfast/audit.h"

typedef struct {
    fixture base;
    char *vault;
    hf_vaultdir *dir;
    hf_store *store;
    GString *findings;
    uint64_t rows;
} log_fixture;

static void write_row(fixture *f, const char *text)
{
    DONE(hf_catalog_begin(f->catalog, &f->error));
    DONE(hf_log_append(f->catalog, "test", text, &f->error));
    DONE(hf_catalog_commit(f->catalog, &f->error));
}

static void seal(log_fixture *l)
{
    fixture *f = &l->base;
    DONE(hf_audit_seal(f->catalog, l->store, "vault-1", &f->error));
}

static int log_new(void **state)
{
    void *base;
    fixture_new(&base);
    log_fixture *l = g_new0(log_fixture, 1);
    l->base = *(fixture *)base;
    g_free(base);
    fixture *f = &l->base;
    hf_catalog_rollback(f->catalog);
    l->vault = g_build_filename(f->folder, "vault", NULL);
    DONE(hf_vaultdir_create(l->vault, "UTC", NULL, NULL, &f->error));
    DONE(l->dir = hf_vaultdir_read(l->vault, &f->error));
    DONE(l->store = hf_store_open(l->vault, l->dir, HF_STORE_WRITE, NULL, NULL, &f->error));
    l->findings = g_string_new(NULL);
    *state = l;
    return 0;
}

static int log_free(void **state)
{
    log_fixture *l = *state;
    fixture *copy = g_memdup2(&l->base, sizeof l->base);
    void *base = copy;
    hf_store_free(l->store);
    hf_vaultdir_free(l->dir);
    g_free(l->vault);
    g_string_free(l->findings, TRUE);
    g_free(l);
    return fixture_free(&base);
}

static void note(void *data, const char *sentence)
{
    g_string_append_printf(data, "%s\n", sentence);
}

/* How many sentences there are; each line of them in l->findings. */
static unsigned check(log_fixture *l)
{
    fixture *f = &l->base;
    unsigned n = 0;
    g_string_truncate(l->findings, 0);
    DONE(hf_audit_check_log(f->catalog, l->store, "vault-1", note, l->findings, &l->rows,
                            &f->error));
    for (const char *p = l->findings->str; *p != '\0'; p++)
        n += *p == '\n';
    return n;
}

static void assert_found(log_fixture *l, unsigned count, const char *word)
{
    unsigned n = check(l);
    if (n != count || strstr(l->findings->str, word) == NULL)
        fail_msg("%u findings, not %u with \"%s\":\n%s", n, count, word, l->findings->str);
}

/* As someone would who has the file, not the program. */
static void tamper(log_fixture *l, const char *sql)
{
    g_autofree char *whole = g_strconcat(
        "DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete;"
        "DROP TRIGGER IF EXISTS audit_no_gap;",
        sql, NULL);
    g_autofree char *message = raw_sql(&l->base, whole);
    assert_null(message);
}

static void fill(log_fixture *l)
{
    for (int i = 0; i < 5; i++)
        write_row(&l->base, "\"part\":1");
    seal(l);
    for (int i = 0; i < 4; i++)
        write_row(&l->base, "\"part\":2");
    seal(l);
}

static void test_sealed_rows_are_clean(void **state)
{
    log_fixture *l = *state;
    fill(l);
    assert_int_equal(check(l), 0);
    assert_int_equal(l->rows, 9);
    seal(l); /* nothing new: no new checkpoint */
    g_autoptr(GPtrArray) checkpoints = hf_log_checkpoints(l->base.catalog, NULL);
    assert_int_equal(checkpoints->len, 2);
    write_row(&l->base, "\"not sealed yet\":1");
    assert_int_equal(check(l), 0);
}

static void test_a_changed_row_is_found(void **state)
{
    log_fixture *l = *state;
    fill(l);
    tamper(l, "UPDATE audit SET row = replace(row, '\"part\":1', '\"part\":3') WHERE seq = 2");
    assert_found(l, 3, "audit row 2 was changed"); /* the row, and both checkpoints over it */
    assert_non_null(strstr(l->findings->str, "up to row 5 is not the one that was signed"));
}

static void test_a_changed_row_with_its_hash_is_found(void **state)
{
    log_fixture *l = *state;
    fixture *f = &l->base;
    fill(l);
    uint8_t leaf[32];
    hf_audit_leaf("{}", 2, leaf);
    g_autofree char *hex = hf_digest_hex(leaf, 32);
    g_autofree char *sql =
        g_strdup_printf("UPDATE audit SET row = '{}', leaf = x'%s' WHERE seq = 7", hex);
    tamper(l, sql);
    assert_found(l, 1, "up to row 9 is not the one that was signed");
    assert_null(f->error);
}

static void test_a_cut_tail_is_found(void **state)
{
    log_fixture *l = *state;
    fill(l);
    tamper(l, "DELETE FROM audit WHERE seq >= 7");
    assert_found(l, 1, "ends at row 7, before its last checkpoint");
}

static void test_a_row_taken_out_is_said_once(void **state)
{
    log_fixture *l = *state;
    fill(l);
    tamper(l, "DELETE FROM audit WHERE seq = 1");
    unsigned n = check(l);
    assert_in_range(n, 2, 4);
    assert_non_null(strstr(l->findings->str, "audit row 2 stands where row 1 should"));
    assert_null(strstr(l->findings->str, "audit row 3 stands"));
}

static void test_a_forged_checkpoint_is_found(void **state)
{
    log_fixture *l = *state;
    fill(l);
    tamper(l,
           "UPDATE checkpoint SET note = replace(note, 'holdfast/', 'holdfist/') WHERE size = 9");
    assert_found(l, 1, "row 9 is not signed by this vault");
    tamper(
        l,
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 5) WHERE size = 9");
    assert_found(l, 1, "does not say what its signature covers");
}

static void test_rows_without_any_checkpoint_are_said(void **state)
{
    log_fixture *l = *state;
    assert_int_equal(check(l), 0);
    write_row(&l->base, "");
    assert_found(l, 1, "no checkpoint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sealed_rows_are_clean, log_new, log_free),
        cmocka_unit_test_setup_teardown(test_a_changed_row_is_found, log_new, log_free),
        cmocka_unit_test_setup_teardown(test_a_changed_row_with_its_hash_is_found, log_new,
                                        log_free),
        cmocka_unit_test_setup_teardown(test_a_cut_tail_is_found, log_new, log_free),
        cmocka_unit_test_setup_teardown(test_a_row_taken_out_is_said_once, log_new, log_free),
        cmocka_unit_test_setup_teardown(test_a_forged_checkpoint_is_found, log_new, log_free),
        cmocka_unit_test_setup_teardown(test_rows_without_any_checkpoint_are_said, log_new,
                                        log_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
