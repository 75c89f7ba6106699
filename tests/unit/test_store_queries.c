/* Logged queries are readable as long as their key is there, and only so long. */
#include "unit/store_fixture.h"
#include "store/parts.h"
#include <sys/wait.h>

#define DAY (86400 * HF_TIME_SECOND)

static char *sealed_query(hf_store *store, const char *text)
{
    g_autoptr(GError) error = NULL;
    char *sealed = hf_store_seal_query(store, text, &error);
    assert_done(sealed != NULL, error);
    return sealed;
}

static void assert_opens(hf_store *store, const char *sealed, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *got = hf_store_open_query(store, sealed, &error);
    assert_done(got != NULL, error);
    assert_string_equal(got, text);
}

static void assert_refused(hf_store *store, const char *sealed, hf_error wanted)
{
    GError *error = NULL;
    g_autofree char *got = hf_store_open_query(store, sealed, &error);
    assert_null(got);
    assert_error(error, wanted);
}

static void test_sealed_texts_come_back(void **state)
{
    fixture *f = *state;
    static const char *const texts[] = {
        "", "fraud", "(apple w/5 pear) and not custodian:\"J. Doe\"", "\xe6\x97\xa5\xe6\x9c\xac",
        "exactly thirty-two bytes, I think"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *sealed = sealed_query(f->store, texts[i]);
        assert_true(g_str_has_prefix(sealed, "1:"));
        assert_true(*texts[i] == '\0' || strstr(sealed, texts[i]) == NULL);
        assert_opens(f->store, sealed, texts[i]);
    }
    g_autofree char *a = sealed_query(f->store, "same");
    g_autofree char *b = sealed_query(f->store, "same");
    assert_string_not_equal(a, b);
    g_autofree char *longer = sealed_query(f->store, "same, but longer");
    assert_int_equal(strlen(a), strlen(longer)); /* the length says little */
}

static void test_changed_texts_are_refused(void **state)
{
    fixture *f = *state;
    g_autofree char *sealed = sealed_query(f->store, "secret");
    static const char *const none[] = {"",     ":",       "1",  "1:",           "1:AAAA",
                                       "x:00", "-1:AAAA", "0:", "99999999999:A"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        assert_refused(f->store, none[i], HF_ERROR_INTEGRITY);
    g_autofree char *changed = g_strdup(sealed);
    changed[10] = changed[10] == 'A' ? 'B' : 'A';
    assert_refused(f->store, changed, HF_ERROR_INTEGRITY);
    g_autofree char *other = g_strconcat("2", sealed + 1, NULL);
    assert_refused(f->store, other, HF_ERROR_KEY);
}

static uint32_t key_at(hf_keys *keys, hf_time now, uint8_t key[HF_KEY_BYTES])
{
    g_autoptr(GError) error = NULL;
    uint32_t number = 0;
    assert_done(hf_keys_query_key(keys, now, &number, key, &error), error);
    return number;
}

static void test_a_key_serves_thirty_days(void **state)
{
    fixture *f = *state;
    hf_keys *keys = hf_store_keys(f->store);
    uint8_t first[HF_KEY_BYTES], again[HF_KEY_BYTES], key[HF_KEY_BYTES];
    hf_time start = hf_time_from_civil(2026, 3, 1, 12, 0, 0);
    assert_int_equal(key_at(keys, start, first), 1);
    assert_int_equal(key_at(keys, start + 30 * DAY - 1, again), 1);
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(key_at(keys, start + 30 * DAY, key), 2);
    assert_memory_not_equal(first, key, sizeof first);
    assert_int_equal(key_at(keys, start + 45 * DAY, key), 2);
    assert_int_equal(key_at(keys, start, key),
                     3); /* the clock was set back: never a key of the future */
    uint32_t number = 1;
    assert_done(hf_keys_query_key(keys, HF_TIME_NONE, &number, again, &f->error), f->error);
    assert_memory_equal(first, again, sizeof first);
}

/* Whether the bytes are anywhere below the vault. */
static bool lies_in_vault(const fixture *f, const char *folder, const void *bytes, size_t n)
{
    g_autofree char *path = inside(f, folder);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    bool found = false;
    const char *name;
    while (!found && (name = g_dir_read_name(dir)) != NULL) {
        gsize size;
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *text = read_file(file, &size);
        found = memmem(text, size, bytes, n) != NULL;
    }
    return found;
}

static void test_a_destroyed_key_is_gone(void **state)
{
    fixture *f = *state;
    hf_keys *keys = hf_store_keys(f->store);
    uint8_t key[HF_KEY_BYTES];
    unsigned destroyed = 0;
    hf_time now = hf_time_now();
    key_at(keys, now - 100 * DAY, key);
    g_autofree char *kept = sealed_query(f->store, "kept"); /* under key 2, of now */
    g_autofree char *table = inside(f, "keys/queries-1");
    gsize n;
    g_autofree char *before = read_file(table, &n);
    assert_int_equal(n, 64 + 2 * 80);

    assert_done(hf_store_forget_queries(f->store, now - 70 * DAY - 1, &destroyed, &f->error),
                f->error);
    assert_int_equal(destroyed, 0); /* a query may be so young */
    assert_done(hf_store_forget_queries(f->store, now - 70 * DAY, &destroyed, &f->error), f->error);
    assert_int_equal(destroyed, 1);

    /* Neither the wrapped key nor the epoch's key that opened it are left, nor the file itself. */
    assert_false(lies_in_vault(f, "keys", before + 64 + 16 + 12, 32));
    assert_int_equal(access(table, F_OK), -1);
    uint32_t number = 1;
    assert_false(hf_keys_query_key(keys, HF_TIME_NONE, &number, key, &f->error));
    assert_error_says(f->error, HF_ERROR_KEY, "destroyed");
    assert_opens(f->store, kept, "kept");

    /* A copy of the old table does not help either. */
    g_autofree char *present = inside(f, "keys/queries-2");
    before[12] = 2;
    assert_true(g_file_set_contents(present, before, (gssize)n, NULL));
    assert_false(hf_keys_query_key(keys, HF_TIME_NONE, &number, key, &f->error));
    assert_error(f->error, HF_ERROR_INTEGRITY);
}

static void test_numbers_are_not_used_again(void **state)
{
    fixture *f = *state;
    uint8_t key[HF_KEY_BYTES];
    unsigned destroyed = 0;
    hf_store_query_keys counts;
    key_at(hf_store_keys(f->store), hf_time_now() - 400 * DAY, key);
    assert_done(hf_store_count_queries(f->store, hf_time_now(), &counts, &f->error), f->error);
    assert_int_equal(counts.live, 1);
    assert_int_equal(counts.due, 1);
    assert_done(hf_store_forget_queries(f->store, hf_time_now(), &destroyed, &f->error), f->error);
    assert_int_equal(destroyed, 1);
    g_autofree char *sealed = sealed_query(f->store, "anew");
    assert_true(g_str_has_prefix(sealed, "2:"));
    assert_done(hf_store_count_queries(f->store, hf_time_now(), &counts, &f->error), f->error);
    assert_int_equal(counts.live, 1);
    assert_int_equal(counts.destroyed, 1);
    assert_int_equal(counts.due, 0);
}

static void test_a_new_epoch_keeps_query_keys(void **state)
{
    fixture *f = *state;
    g_autofree char *sealed = sealed_query(f->store, "before");
    g_autoptr(hf_store) reader =
        hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
    assert_done(reader != NULL, f->error);
    for (int i = 0; i < 3; i++) {
        assert_done(hf_store_rotate(f->store, &f->error), f->error);
        assert_opens(f->store, sealed, "before");
        assert_opens(reader, sealed, "before"); /* it follows */
    }
    g_autofree char *old = inside(f, "keys/queries-1");
    assert_int_equal(access(old, F_OK), -1);
    g_autofree char *later = sealed_query(reader, "by a reader");
    fixture_open(f);
    assert_opens(f->store, later, "by a reader");
}

static void check_key_source(const char *key_file, const char *passphrase)
{
    g_autofree char *root = g_dir_make_tmp("holdfast-store-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(root, "vault", NULL);
    g_autofree char *file = key_file != NULL ? g_build_filename(root, key_file, NULL) : NULL;
    g_autoptr(GError) error = NULL;
    assert_done(hf_vaultdir_create(path, "UTC", file, passphrase, &error), error);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(path, &error);
    g_autoptr(hf_store) reader = hf_store_open(path, dir, HF_STORE_READ, file, passphrase, &error);
    assert_done(reader != NULL, error);
    g_autofree char *sealed = sealed_query(reader, "words");
    g_autoptr(hf_store) writer = hf_store_open(path, dir, HF_STORE_WRITE, file, passphrase, &error);
    assert_done(writer != NULL && hf_store_rotate(writer, &error), error);
    assert_opens(writer, sealed, "words");
    assert_opens(reader, sealed, "words");
    hf_file_empty_directory(root, NULL);
    rmdir(root);
}

static void test_every_key_source_has_query_keys(void **state)
{
    (void)state;
    check_key_source("key", NULL);
    check_key_source(NULL, "correct horse");
}

static void test_readers_forget_nothing(void **state)
{
    fixture *f = *state;
    unsigned destroyed = 0;
    g_autoptr(hf_store) reader =
        hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
    assert_false(hf_store_forget_queries(reader, hf_time_now(), &destroyed, &f->error));
    assert_non_null(f->error);
    g_clear_error(&f->error);
}

/* As the next process would: a store keeps the last key that it found. */
static char *open_anew(fixture *f, const char *sealed)
{
    g_autoptr(hf_store) reader =
        hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
    return reader != NULL ? hf_store_open_query(reader, sealed, &f->error) : NULL;
}

static void test_damaged_tables_are_refused(void **state)
{
    fixture *f = *state;
    g_autofree char *sealed = sealed_query(f->store, "words");
    g_autofree char *path = inside(f, "keys/queries-1");
    gsize n;
    g_autofree char *whole = read_file(path, &n);
    for (gsize at = 0; at < n; at++) {
        g_autofree char *changed = g_memdup2(whole, n);
        changed[at] ^= 1;
        assert_true(g_file_set_contents(path, changed, (gssize)n, NULL));
        g_autofree char *got = open_anew(f, sealed);
        assert_null(got);
        g_clear_error(&f->error);
    }
    for (gsize cut = 0; cut < n; cut++) {
        assert_true(g_file_set_contents(path, whole, (gssize)cut, NULL));
        g_autofree char *got = open_anew(f, sealed);
        assert_null(got);
        g_clear_error(&f->error);
    }
}

/* Many at once, with none there at the beginning: they agree on one key. */
static void test_processes_agree_on_a_key(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            g_autoptr(hf_store) own =
                hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, NULL);
            g_autofree char *sealed = own != NULL ? hf_store_seal_query(own, "x", NULL) : NULL;
            _exit(sealed == NULL || !g_str_has_prefix(sealed, "1:"));
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
#define IN_VAULT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)
    const struct CMUnitTest tests[] = {
        IN_VAULT(test_sealed_texts_come_back),
        IN_VAULT(test_changed_texts_are_refused),
        IN_VAULT(test_a_key_serves_thirty_days),
        IN_VAULT(test_a_destroyed_key_is_gone),
        IN_VAULT(test_numbers_are_not_used_again),
        IN_VAULT(test_a_new_epoch_keeps_query_keys),
        cmocka_unit_test(test_every_key_source_has_query_keys),
        IN_VAULT(test_readers_forget_nothing),
        IN_VAULT(test_damaged_tables_are_refused),
        IN_VAULT(test_processes_agree_on_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
