/* A process killed before each single change it makes to the disk, in every operation that must survive that. The system
 * calls below take the place of libc's: they count, and end the process at the chosen one. */
#include "unit/store_fixture.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KILLED 77
/* No operation here takes more steps; one that is never done would. */
#define STEPS_AT_MOST 2000

static int steps_left; /* 0: the process is not to be killed */

static void step(void)
{
    if (steps_left > 0 && --steps_left == 0)
        _exit(KILLED);
}

/* What was written survives a killed process without being synced. */
int fsync(int fd)
{
    (void)fd;
    step();
    return 0;
}

int fdatasync(int fd)
{
    (void)fd;
    step();
    return 0;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    /* Half of it first, so that torn writes are seen too. */
    step();
    if (n > 1)
        n /= 2;
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    step();
    if (n > 1)
        n /= 2;
    return syscall(SYS_pwrite64, fd, bytes, n, offset);
}

int unlink(const char *path)
{
    step();
    return (int)syscall(SYS_unlink, path);
}

int rename(const char *from, const char *to)
{
    step();
    return (int)syscall(SYS_rename, from, to);
}

int mkdir(const char *path, mode_t mode)
{
    step();
    return (int)syscall(SYS_mkdir, path, mode);
}

int ftruncate(int fd, off_t n)
{
    step();
    return (int)syscall(SYS_ftruncate, fd, n);
}

typedef bool (*operation)(fixture *f);

/* Whether the operation was killed at that step; false: it was done before. */
static bool killed_at(operation body, fixture *f, int at)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps_left = at;
        _exit(body(f) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == KILLED || WEXITSTATUS(status) == 0);
    assert_true(at < STEPS_AT_MOST);
    return WEXITSTATUS(status) == KILLED;
}

static char *key_file_of(const fixture *f)
{
    return g_build_filename(f->root, "the.key", NULL);
}

static bool init(fixture *f)
{
    g_autofree char *key_file = key_file_of(f);
    return hf_vaultdir_create(f->vault, "UTC", key_file, NULL, NULL);
}

static void opens_with_key_file(fixture *f)
{
    uint8_t signature[64];
    g_autofree char *key_file = key_file_of(f);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(f->vault, &f->error);
    assert_done(dir != NULL, f->error);
    g_autoptr(hf_store) store =
        hf_store_open(f->vault, dir, HF_STORE_WRITE, key_file, NULL, &f->error);
    assert_done(store != NULL, f->error);
    assert_done(hf_store_sign(store, "x", 1, signature, &f->error), f->error);
}

static void test_init_killed_anywhere(void **state)
{
    fixture *f = *state;
    g_autofree char *key_file = key_file_of(f);
    g_autofree char *yaml = inside(f, "vault.yaml");
    int at = 1;
    for (; killed_at(init, f, at); at++) {
        /* Either it is a vault already, or it can be made one by the same command. */
        if (!exists(yaml))
            assert_done(init(f), f->error);
        opens_with_key_file(f);
        assert_done(hf_file_empty_directory(f->root, &f->error), f->error);
    }
    opens_with_key_file(f);
    assert_true(at > 20);
}

static bool rotate(fixture *f)
{
    g_autoptr(hf_store) store = hf_store_open(f->vault, f->dir, HF_STORE_WRITE, NULL, NULL, NULL);
    return store != NULL && hf_store_rotate(store, NULL);
}

static guint count_epochs(fixture *f)
{
    g_autofree char *path = inside(f, "keys");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint n = 0;
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL)
        n += g_str_has_prefix(name, "epoch-") || g_str_has_prefix(name, "packs-") ||
             g_str_has_prefix(name, "queries-");
    return n;
}

static hf_object_ref put(fixture *f, const char *text)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    assert_done(append(f, key, text, strlen(text), &ref), f->error);
    return ref;
}

static void assert_opens_query(fixture *f, hf_store *store, const char *sealed)
{
    g_autofree char *query = hf_store_open_query(store, sealed, &f->error);
    assert_done(query != NULL, f->error);
    assert_string_equal(query, "query");
}

static void test_rotation_killed_anywhere(void **state)
{
    fixture *f = *state;
    uint8_t signature[64];
    hf_object_ref ref = put(f, "kept");
    g_autofree char *sealed = hf_store_seal_query(f->store, "query", &f->error);
    assert_done(sealed != NULL, f->error);
    int at = 1;
    for (; killed_at(rotate, f, at); at++) {
        g_autoptr(hf_store) reader =
            hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
        assert_done(reader != NULL, f->error);
        assert_reads(reader, &ref, "kept", 4);
        assert_opens_query(f, reader, sealed);
        fixture_open(f);
        assert_reads(f->store, &ref, "kept", 4);
        assert_opens_query(f, f->store, sealed);
        assert_done(hf_store_sign(f->store, "x", 1, signature, &f->error), f->error);
        assert_int_equal(count_epochs(f), 3);
    }
    assert_true(at > 10);
}

/* What a command writes after the catalog's last commit, here after `kept`. */
static bool write_batch(fixture *f)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    g_autofree uint8_t *noise = make_content(3000, true, 1);
    hf_object_ref ref;
    for (int i = 0; i < 3; i++) {
        g_autoptr(hf_family_key) other = hf_family_key_new();
        if (!append(f, key, noise, 3000, &ref) || !append(f, other, "text", 4, &ref) ||
            !stream(f, other, noise, 3000, 1000, &ref))
            return false;
        if (i == 1 && !hf_store_discard_stream(f->store, &ref, NULL))
            return false;
    }
    return hf_store_sync(f->store, NULL);
}

static hf_store_known known;

static bool recover(fixture *f)
{
    return hf_store_recover(f->store, &known, 1, NULL);
}

static void is_as_after_recovery(fixture *f, const hf_object_ref *kept)
{
    g_autoptr(GArray) packs = hf_store_packs(f->store, &f->error);
    assert_int_equal(packs->len, 1);
    const hf_store_pack *pack = &g_array_index(packs, hf_store_pack, 0);
    assert_true(pack->openable);
    assert_int_equal(pack->size, known.end);
    assert_int_equal(pack->slots, known.slots);
    assert_reads(f->store, kept, "kept", 4);
}

static void test_a_batch_killed_anywhere(void **state)
{
    fixture *f = *state;
    hf_object_ref kept = put(f, "kept");
    known = (hf_store_known){kept.pack, kept.offset + kept.stored, kept.slot + 1};
    int at = 1;
    for (; killed_at(write_batch, f, at); at++) {
        fixture_open(f);
        assert_done(recover(f), f->error);
        is_as_after_recovery(f, &kept);
    }
    assert_true(at > 30);
}

static void test_recovery_killed_anywhere(void **state)
{
    fixture *f = *state;
    hf_object_ref kept = put(f, "kept");
    known = (hf_store_known){kept.pack, kept.offset + kept.stored, kept.slot + 1};
    bool killed = true;
    int at = 1;
    for (; killed; at++) {
        assert_true(write_batch(f));
        fixture_open(f);
        killed = killed_at(recover, f, at);
        fixture_open(f);
        assert_done(recover(f), f->error);
        is_as_after_recovery(f, &kept);
        hf_object_ref next = put(f, "next");
        assert_reads(f->store, &next, "next", 4);
    }
    assert_true(at > 10);
}

#define root_test(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, fixture_new_root, fixture_free)
#define vault_test(function) cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        root_test(test_init_killed_anywhere),
        vault_test(test_rotation_killed_anywhere),
        vault_test(test_a_batch_killed_anywhere),
        vault_test(test_recovery_killed_anywhere),
    };
    return cmocka_run_group_tests_name("store: kills", tests, NULL, NULL);
}
