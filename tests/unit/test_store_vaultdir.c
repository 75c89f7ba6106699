/* The vault's directory: what init makes and refuses, what vault.yaml may say, who holds the lock. */
#include "unit/store_fixture.h"

#include <sys/wait.h>

static void write_yaml(const fixture *f, const char *text)
{
    g_autofree char *path = inside(f, "vault.yaml");
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_init_makes_a_vault(void **state)
{
    fixture *f = *state;
    struct stat st;
    hf_time before = hf_time_now();
    assert_done(hf_vaultdir_create(f->vault, "Europe/Berlin", NULL, NULL, &f->error), f->error);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(f->vault, &f->error);
    assert_done(dir != NULL, f->error);
    assert_int_equal(strlen(dir->id), 32);
    assert_int_equal(dir->format, HF_VAULT_FORMAT);
    assert_string_equal(dir->timezone, "Europe/Berlin");
    assert_string_equal(dir->key_source, "vault");
    assert_true(dir->created >= before - HF_TIME_SECOND && dir->created <= hf_time_now());
    static const char *const made[] = {"", "keys", "objects", "index", "work"};
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree char *path = inside(f, made[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_mode & 0777, 0700);
    }
    static const char *const secret[] = {"keys/epoch-1.key", "keys/packs-1", "keys/signing.key"};
    for (size_t i = 0; i < G_N_ELEMENTS(secret); i++) {
        g_autofree char *path = inside(f, secret[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    g_autofree char *marker = inside(f, "init.incomplete");
    assert_false(exists(marker));
}

static void test_two_vaults_have_two_ids(void **state)
{
    fixture *f = *state;
    g_autofree char *other = g_build_filename(f->root, "other", NULL);
    assert_true(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, NULL));
    assert_true(hf_vaultdir_create(other, "UTC", NULL, NULL, NULL));
    g_autoptr(hf_vaultdir) a = hf_vaultdir_read(f->vault, NULL);
    g_autoptr(hf_vaultdir) b = hf_vaultdir_read(other, NULL);
    assert_string_not_equal(a->id, b->id);
}

static void test_init_takes_an_empty_directory(void **state)
{
    fixture *f = *state;
    assert_int_equal(mkdir(f->vault, 0755), 0);
    assert_done(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error), f->error);
}

static void test_init_refuses_what_is_not_empty(void **state)
{
    fixture *f = *state;
    assert_int_equal(mkdir(f->vault, 0755), 0);
    g_autofree char *file = inside(f, "letter.txt");
    assert_true(g_file_set_contents(file, "mine", -1, NULL));
    assert_false(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error));
    assert_error_says(f->error, HF_ERROR_EXISTS, "not empty");
    assert_true(exists(file));
    g_autofree char *keys = inside(f, "keys");
    assert_false(exists(keys));
}

static void test_init_refuses_a_vault_and_a_file(void **state)
{
    fixture *f = *state;
    assert_true(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, NULL));
    assert_false(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error));
    assert_error_says(f->error, HF_ERROR_EXISTS, "a vault already");
    g_autofree char *yaml = inside(f, "vault.yaml");
    assert_false(hf_vaultdir_create(yaml, "UTC", NULL, NULL, &f->error));
    assert_error(f->error, HF_ERROR_IO);
    g_autofree char *nowhere = g_build_filename(f->root, "not", "there", NULL);
    assert_false(hf_vaultdir_create(nowhere, "UTC", NULL, NULL, &f->error));
    assert_error(f->error, HF_ERROR_IO);
}

static void test_init_refuses_wrong_words(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *zone;
        const char *key_file;
        const char *passphrase;
        hf_error error;
    } cases[] = {
        {"Mars/Olympus", NULL, NULL, HF_ERROR_INVALID},
        {"", NULL, NULL, HF_ERROR_INVALID},
        {"+02:00", NULL, NULL, HF_ERROR_INVALID},
        {"../../../etc/passwd", NULL, NULL, HF_ERROR_INVALID},
        {"Europe/Berlin\nformat: 9", NULL, NULL, HF_ERROR_INVALID},
        {"UTC", NULL, "", HF_ERROR_INVALID},
        {"UTC", "key", "passphrase", HF_ERROR_USAGE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_false(hf_vaultdir_create(f->vault, cases[i].zone, cases[i].key_file,
                                        cases[i].passphrase, &f->error));
        assert_error(f->error, cases[i].error);
        assert_false(exists(f->vault));
    }
}

/* A killed init: its marker is there, vault.yaml is not. */
static void kill_init(const fixture *f, const char *id)
{
    g_autofree char *yaml = inside(f, "vault.yaml");
    g_autofree char *marker = inside(f, "init.incomplete");
    assert_int_equal(unlink(yaml), 0);
    assert_true(g_file_set_contents(marker, id, -1, NULL));
}

static void test_a_killed_init_can_be_done_again(void **state)
{
    fixture *f = *state;
    g_autofree char *key_file = g_build_filename(f->root, "the.key", NULL);
    assert_done(hf_vaultdir_create(f->vault, "UTC", key_file, NULL, &f->error), f->error);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(f->vault, NULL);
    kill_init(f, dir->id);
    assert_null(hf_vaultdir_read(f->vault, &f->error));
    assert_error(f->error, HF_ERROR_NOT_FOUND);
    assert_done(hf_vaultdir_create(f->vault, "UTC", key_file, NULL, &f->error), f->error);
    g_autoptr(hf_vaultdir) again = hf_vaultdir_read(f->vault, NULL);
    g_autoptr(hf_store) store =
        hf_store_open(f->vault, again, HF_STORE_WRITE, key_file, NULL, &f->error);
    assert_done(store != NULL, f->error);
}

static void test_a_killed_init_takes_no_key_file_of_another_vault(void **state)
{
    fixture *f = *state;
    g_autofree char *key_file = g_build_filename(f->root, "the.key", NULL);
    g_autofree char *other = g_build_filename(f->root, "other", NULL);
    assert_true(hf_vaultdir_create(other, "UTC", key_file, NULL, NULL));
    assert_true(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, NULL));
    kill_init(f, "00000000000000000000000000000000");
    assert_false(hf_vaultdir_create(f->vault, "UTC", key_file, NULL, &f->error));
    assert_error(f->error, HF_ERROR_EXISTS);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(other, NULL);
    g_autoptr(hf_store) store = hf_store_open(other, dir, HF_STORE_READ, key_file, NULL, &f->error);
    assert_done(store != NULL, f->error);
}

static void test_a_vault_that_lost_its_yaml_is_not_made_anew(void **state)
{
    fixture *f = *state;
    assert_true(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, NULL));
    g_autofree char *object = inside(f, "objects/00000001.pack");
    assert_true(g_file_set_contents(object, "evidence", -1, NULL));
    kill_init(f, "00000000000000000000000000000000");
    assert_false(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error));
    assert_error(f->error, HF_ERROR_EXISTS);
    assert_true(exists(object));
}

static void test_what_vault_yaml_may_say(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *text;
        int error; /* -1: none */
        const char *says;
    } cases[] = {
        {"format: 1\nid: 00112233445566778899aabbccddeeff\ncreated: 2026-01-02T03:04:05Z\n"
         "timezone: UTC\nkeys: vault\n",
         -1, NULL},
        {"format: 1\nid: 00112233445566778899aabbccddeeff\ncreated: 2026-01-02T03:04:05Z\n"
         "timezone: UTC\nkeys: vault\nlater: ignored\n",
         -1, NULL},
        {"format: 2\nsomething: else\n", HF_ERROR_VERSION, "format 2"},
        {"format: 4000000000\n", HF_ERROR_VERSION, "reads up to 1"},
        {"format: 0\n", HF_ERROR_INTEGRITY, "format"},
        {"format: -1\n", HF_ERROR_INTEGRITY, "format"},
        {"format: [1]\n", HF_ERROR_INTEGRITY, "format"},
        {"format: 1\nid: 0011\n", HF_ERROR_INTEGRITY, "vault id"},
        {"format: 1\nid: 00112233445566778899aabbccddeeff\ncreated: yesterday\n",
         HF_ERROR_INTEGRITY, "created"},
        {"format: 1\nid: 00112233445566778899aabbccddeeff\ncreated: 2026-01-02T03:04:05Z\n",
         HF_ERROR_INTEGRITY, "time zone"},
        {"format: 1\nid: 00112233445566778899aabbccddeeff\ncreated: 2026-01-02T03:04:05Z\n"
         "timezone: UTC\n",
         HF_ERROR_INTEGRITY, "keys"},
        {"", HF_ERROR_INTEGRITY, "YAML"},
        {"- 1\n- 2\n", HF_ERROR_INTEGRITY, "YAML"},
        {"format: 1\nformat: 2\n", HF_ERROR_INTEGRITY, "YAML"},
        {"{{{{ &a *a", HF_ERROR_INTEGRITY, "YAML"},
        {"\xff\xfe\x01", HF_ERROR_INTEGRITY, "YAML"},
    };
    assert_int_equal(mkdir(f->vault, 0700), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        write_yaml(f, cases[i].text);
        g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(f->vault, &f->error);
        if (cases[i].error < 0)
            assert_done(dir != NULL, f->error);
        else
            assert_error_says(f->error, (gint)cases[i].error, cases[i].says);
    }
}

static void test_no_vault_is_not_found(void **state)
{
    fixture *f = *state;
    assert_null(hf_vaultdir_read(f->vault, &f->error));
    assert_error_says(f->error, HF_ERROR_NOT_FOUND, "holdfast init");
    g_autofree char *file = g_build_filename(f->root, "file", NULL);
    assert_true(g_file_set_contents(file, "x", -1, NULL));
    assert_null(hf_vaultdir_read(file, &f->error));
    assert_error(f->error, HF_ERROR_NOT_FOUND);
}

/* Runs `body` in another process; its result is the exit status. */
static int in_another_process(int (*body)(fixture *f), fixture *f)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body(f));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int is_told_who_holds_it(fixture *f)
{
    g_autofree char *process = g_strdup_printf("process %ld ", (long)getppid());
    g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(f->vault, "search", &f->error);
    if (lock != NULL || !g_error_matches(f->error, HF_ERROR, HF_ERROR_BUSY))
        return 1;
    const char *text = f->error->message;
    return strstr(text, process) != NULL && strstr(text, "ingest /files") != NULL &&
                   strstr(text, g_get_host_name()) != NULL && strstr(text, "since 20") != NULL
               ? 0
               : 2;
}

static int gets_it(fixture *f)
{
    g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(f->vault, "ingest", &f->error);
    return lock == NULL;
}

static int is_killed_with_it(fixture *f)
{
    hf_vaultlock *lock = hf_vaultdir_lock(f->vault, "a much longer command line", &f->error);
    return lock == NULL; /* leaves without unlocking */
}

static void test_the_lock_has_one_holder(void **state)
{
    fixture *f = *state;
    hf_vaultlock *lock = hf_vaultdir_lock(f->vault, "ingest /files", &f->error);
    assert_done(lock != NULL, f->error);
    assert_int_equal(in_another_process(is_told_who_holds_it, f), 0);
    assert_null(hf_vaultdir_lock(f->vault, "ingest", &f->error));
    assert_error(f->error, HF_ERROR_BUSY);
    hf_vaultdir_unlock(lock);
    assert_int_equal(in_another_process(gets_it, f), 0);
}

static void test_a_lock_ends_with_its_process(void **state)
{
    fixture *f = *state;
    assert_int_equal(in_another_process(is_killed_with_it, f), 0);
    g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(f->vault, "ingest /files", &f->error);
    assert_done(lock != NULL, f->error);
    assert_int_equal(in_another_process(is_told_who_holds_it, f), 0);
}

static void test_control_characters_of_a_command_are_not_shown(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(f->vault, "ingest \033[2J\n", &f->error);
    assert_null(hf_vaultdir_lock(f->vault, "ingest", &f->error));
    assert_null(strchr(f->error->message, '\033'));
    assert_error(f->error, HF_ERROR_BUSY);
}

static void test_no_lock_where_there_is_no_directory(void **state)
{
    fixture *f = *state;
    assert_null(hf_vaultdir_lock(f->vault, "ingest", &f->error));
    assert_error(f->error, HF_ERROR_IO);
}

#define root_test(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, fixture_new_root, fixture_free)
#define vault_test(function) cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        root_test(test_init_makes_a_vault),
        root_test(test_two_vaults_have_two_ids),
        root_test(test_init_takes_an_empty_directory),
        root_test(test_init_refuses_what_is_not_empty),
        root_test(test_init_refuses_a_vault_and_a_file),
        root_test(test_init_refuses_wrong_words),
        root_test(test_a_killed_init_can_be_done_again),
        root_test(test_a_killed_init_takes_no_key_file_of_another_vault),
        root_test(test_a_vault_that_lost_its_yaml_is_not_made_anew),
        root_test(test_what_vault_yaml_may_say),
        root_test(test_no_vault_is_not_found),
        vault_test(test_the_lock_has_one_holder),
        vault_test(test_a_lock_ends_with_its_process),
        vault_test(test_control_characters_of_a_command_are_not_shown),
        root_test(test_no_lock_where_there_is_no_directory),
    };
    return cmocka_run_group_tests_name("store: the vault's directory", tests, NULL, NULL);
}
