/* Keys: which ones open a vault, what is said when they do not, signatures, new epochs. */
#include "unit/store_fixture.h"

#include <openssl/evp.h>

typedef struct {
    const char *name;
    bool file;
    const char *passphrase;
} way;

static const way ways[] = {
    {"in the vault", false, NULL},
    {"in a key file", true, NULL},
    {"by passphrase", false, "correct horse battery staple"},
};

typedef struct {
    char *vault;
    char *key_file; /* NULL: none */
    const char *passphrase;
    hf_vaultdir *dir;
} sealed_vault;

static sealed_vault make_vault(fixture *f, const way *how)
{
    sealed_vault v = {0};
    v.vault = g_build_filename(f->root, how->name, NULL);
    v.key_file = how->file ? g_strconcat(v.vault, ".key", NULL) : NULL;
    v.passphrase = how->passphrase;
    assert_done(hf_vaultdir_create(v.vault, "UTC", v.key_file, v.passphrase, &f->error), f->error);
    v.dir = hf_vaultdir_read(v.vault, &f->error);
    assert_done(v.dir != NULL, f->error);
    return v;
}

static void clear_vault(sealed_vault *v)
{
    g_free(v->vault);
    g_free(v->key_file);
    hf_vaultdir_free(v->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(sealed_vault, clear_vault)

static hf_store *open_vault(fixture *f, const sealed_vault *v, hf_store_mode mode)
{
    hf_store *store = hf_store_open(v->vault, v->dir, mode, v->key_file, v->passphrase, &f->error);
    assert_done(store != NULL, f->error);
    return store;
}

static hf_object_ref write_object(fixture *f, hf_store *store, const char *text)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    g_autoptr(hf_sealed) sealed = hf_store_seal(key, text, strlen(text), &f->error);
    assert_done(sealed != NULL && hf_store_append(store, key, sealed, &ref, &f->error) &&
                    hf_store_sync(store, &f->error),
                f->error);
    return ref;
}

static void test_each_way_opens_with_its_own_key(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_auto(sealed_vault) v = make_vault(f, &ways[i]);
        g_autoptr(hf_store) writer = open_vault(f, &v, HF_STORE_WRITE);
        hf_object_ref ref = write_object(f, writer, "hello");
        g_autoptr(hf_store) reader = open_vault(f, &v, HF_STORE_READ);
        assert_reads(reader, &ref, "hello", 5);
    }
}

static void opens_not(fixture *f, const sealed_vault *v, const char *key_file,
                      const char *passphrase, const char *says)
{
    g_autoptr(hf_store) store =
        hf_store_open(v->vault, v->dir, HF_STORE_READ, key_file, passphrase, &f->error);
    assert_null(store);
    assert_error_says(f->error, HF_ERROR_KEY, says);
}

static void test_a_wrong_or_missing_key_is_told(void **state)
{
    fixture *f = *state;
    g_auto(sealed_vault) by_file = make_vault(f, &ways[1]);
    g_auto(sealed_vault) by_passphrase = make_vault(f, &ways[2]);
    g_autofree char *other = g_build_filename(f->root, "another", NULL);
    g_autofree char *other_key = g_strconcat(other, ".key", NULL);
    g_autofree char *none = g_build_filename(f->root, "none.key", NULL);
    g_autofree char *yaml = g_build_filename(other, "vault.yaml", NULL);
    assert_true(hf_vaultdir_create(other, "UTC", other_key, NULL, NULL));
    opens_not(f, &by_file, NULL, NULL, "--key-file");
    opens_not(f, &by_file, NULL, "a passphrase", "--key-file");
    opens_not(f, &by_file, other_key, NULL, "belongs to vault");
    opens_not(f, &by_file, none, NULL, "none.key");
    opens_not(f, &by_file, yaml, NULL, "not a holdfast key file");
    opens_not(f, &by_passphrase, NULL, NULL, "give the passphrase");
    opens_not(f, &by_passphrase, NULL, "correct horse", "the passphrase does not open");
    opens_not(f, &by_passphrase, NULL, "", "the passphrase does not open");
}

static void test_a_damaged_key_file_is_told(void **state)
{
    fixture *f = *state;
    g_auto(sealed_vault) v = make_vault(f, &ways[1]);
    gsize n;
    g_autofree char *bytes = read_file(v.key_file, &n);
    struct stat st;
    assert_int_equal(stat(v.key_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (gsize i = 0; i + 1 < n; i++) {
        char other = bytes[i] == 'b' ? 'c' : 'b';
        patch_file(v.key_file, i, &other, 1);
        opens_not(f, &v, v.key_file, NULL, "key file");
        patch_file(v.key_file, i, bytes + i, 1);
    }
    g_autoptr(hf_store) store = open_vault(f, &v, HF_STORE_READ);
}

static void test_an_existing_file_is_no_new_key_file(void **state)
{
    fixture *f = *state;
    g_autofree char *file = g_build_filename(f->root, "precious", NULL);
    assert_true(g_file_set_contents(file, "precious", -1, NULL));
    assert_false(hf_vaultdir_create(f->vault, "UTC", file, NULL, &f->error));
    assert_error(f->error, HF_ERROR_EXISTS);
    gsize n;
    g_autofree char *bytes = read_file(file, &n);
    assert_string_equal(bytes, "precious");
    assert_false(exists(f->vault));
    assert_done(hf_vaultdir_create(f->vault, "UTC", NULL, NULL, &f->error), f->error);
}

/* Whatever byte of whatever key file is changed: an error that says so, or a store that works. */
static void test_damaged_keys_are_told(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"keys/epoch-1.key", "keys/packs-1", "keys/signing.key",
                                        "keys/signing.pub", "keys/current"};
    hf_object_ref ref = write_object(f, f->store, "hello");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = inside(f, names[i]);
        gsize n;
        g_autofree char *bytes = read_file(path, &n);
        for (gsize at = 0; at < n; at++) {
            char changed = (char)(bytes[at] ^ 0x10);
            uint8_t signature[64];
            patch_file(path, at, &changed, 1);
            g_autoptr(hf_store) store =
                hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
            g_autoptr(GBytes) got = store != NULL ? hf_store_read(store, &ref, 5, &f->error) : NULL;
            bool right = got != NULL && hf_store_sign(store, "x", 1, signature, &f->error);
            /* Some bytes of PEM's frame do not matter. */
            if (!right) {
                if (f->error->code != HF_ERROR_KEY && f->error->code != HF_ERROR_VERSION)
                    assert_error(f->error, HF_ERROR_INTEGRITY);
                g_clear_error(&f->error);
            } else if (i < 3) {
                fail_msg("byte %zu of %s changed unnoticed", (size_t)at, names[i]);
            }
            patch_file(path, at, bytes + at, 1);
        }
    }
}

static void test_missing_key_files_are_told(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"keys/epoch-1.key", "keys/packs-1", "keys/current"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = inside(f, names[i]);
        g_autofree char *away = g_strconcat(path, ".away", NULL);
        assert_int_equal(rename(path, away), 0);
        assert_null(hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error));
        assert_non_null(strstr(f->error->message, strrchr(names[i], '/') + 1));
        if (f->error->code != HF_ERROR_KEY)
            assert_error(f->error, HF_ERROR_INTEGRITY);
        g_clear_error(&f->error);
        assert_int_equal(rename(away, path), 0);
    }
}

static bool verifies(const uint8_t key[32], const void *bytes, size_t n, const uint8_t sig[64])
{
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool right = EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
                 EVP_DigestVerify(context, sig, 64, bytes, n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    return right;
}

static void test_signatures_verify_with_the_public_key(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_auto(sealed_vault) v = make_vault(f, &ways[i]);
        g_autoptr(hf_store) store = open_vault(f, &v, HF_STORE_WRITE);
        uint8_t key[32];
        uint8_t signature[64];
        assert_done(hf_store_public_key(store, key, &f->error) &&
                        hf_store_sign(store, "checkpoint", 10, signature, &f->error),
                    f->error);
        assert_true(verifies(key, "checkpoint", 10, signature));
        assert_false(verifies(key, "checkpoinT", 10, signature));
    }
}

static void test_the_signing_key_of_another_vault_does_not_sign(void **state)
{
    fixture *f = *state;
    g_auto(sealed_vault) other = make_vault(f, &ways[0]);
    gsize n;
    g_autofree char *theirs = g_build_filename(other.vault, "keys/signing.pub", NULL);
    g_autofree char *ours = inside(f, "keys/signing.pub");
    g_autofree char *bytes = read_file(theirs, &n);
    uint8_t signature[64];
    assert_true(g_file_set_contents(ours, bytes, (gssize)n, NULL));
    assert_false(hf_store_sign(f->store, "x", 1, signature, &f->error));
    assert_error(f->error, HF_ERROR_INTEGRITY);
}

static void test_a_new_epoch_opens_all_and_the_old_one_is_gone(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_auto(sealed_vault) v = make_vault(f, &ways[i]);
        g_autoptr(hf_store) store = open_vault(f, &v, HF_STORE_WRITE);
        g_autoptr(hf_store) reader = open_vault(f, &v, HF_STORE_READ);
        uint8_t before[64];
        uint8_t after[64];
        hf_object_ref ref = write_object(f, store, "before");
        assert_true(hf_store_sign(store, "x", 1, before, NULL));
        for (int turn = 0; turn < 3; turn++)
            assert_done(hf_store_rotate(store, &f->error), f->error);
        hf_object_ref next = write_object(f, store, "after");
        assert_reads(store, &ref, "before", 6);
        /* A reader that was open all the while has seen no pack yet: it follows. */
        assert_reads(reader, &ref, "before", 6);
        g_clear_pointer(&store, hf_store_free);
        store = open_vault(f, &v, HF_STORE_WRITE);
        assert_reads(store, &ref, "before", 6);
        assert_reads(store, &next, "after", 5);
        assert_true(hf_store_sign(store, "x", 1, after, NULL));
        assert_memory_equal(before, after, 64);
        g_autofree char *old_key = g_build_filename(v.vault, "keys/epoch-1.key", NULL);
        g_autofree char *old_packs = g_build_filename(v.vault, "keys/packs-1", NULL);
        g_autofree char *new_key = g_build_filename(v.vault, "keys/epoch-4.key", NULL);
        assert_false(exists(old_key));
        assert_false(exists(old_packs));
        assert_true(exists(new_key));
    }
}

/* A rotation killed before and after its pointer: what it left is shredded, the vault opens. */
static void test_a_killed_rotation_leaves_one_epoch(void **state)
{
    fixture *f = *state;
    static const char *const left[] = {"keys/epoch-2.key", "keys/packs-2"};
    hf_object_ref ref = write_object(f, f->store, "hello");
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
            g_autofree char *path = inside(f, left[i]);
            assert_true(g_file_set_contents(path, "half an epoch", -1, NULL));
        }
        fixture_open(f);
        assert_reads(f->store, &ref, "hello", 5);
        for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
            g_autofree char *path = inside(f, left[i]);
            assert_false(exists(path));
        }
        assert_done(hf_store_rotate(f->store, &f->error), f->error);
        assert_done(hf_store_rotate(f->store, &f->error), f->error);
    }
}

static void test_a_pack_key_that_does_not_open_stops_a_rotation(void **state)
{
    fixture *f = *state;
    g_autofree char *packs = inside(f, "keys/packs-1");
    g_autofree char *next = inside(f, "keys/packs-2");
    hf_object_ref ref = write_object(f, f->store, "hello");
    gsize n;
    g_autofree char *bytes = read_file(packs, &n);
    char changed = (char)(bytes[64 + 64 * ref.pack + 20] ^ 1);
    patch_file(packs, 64 + 64 * ref.pack + 20, &changed, 1);
    assert_false(hf_store_rotate(f->store, &f->error));
    assert_error(f->error, HF_ERROR_INTEGRITY);
    assert_false(exists(next));
    patch_file(packs, 0, bytes, n);
    fixture_open(f);
    assert_reads(f->store, &ref, "hello", 5);
}

#define root_test(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, fixture_new_root, fixture_free)
#define vault_test(function) cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        root_test(test_each_way_opens_with_its_own_key),
        root_test(test_a_wrong_or_missing_key_is_told),
        root_test(test_a_damaged_key_file_is_told),
        root_test(test_an_existing_file_is_no_new_key_file),
        vault_test(test_damaged_keys_are_told),
        vault_test(test_missing_key_files_are_told),
        root_test(test_signatures_verify_with_the_public_key),
        vault_test(test_the_signing_key_of_another_vault_does_not_sign),
        root_test(test_a_new_epoch_opens_all_and_the_old_one_is_gone),
        vault_test(test_a_killed_rotation_leaves_one_epoch),
        vault_test(test_a_pack_key_that_does_not_open_stops_a_rotation),
    };
    return cmocka_run_group_tests_name("store: keys", tests, NULL, NULL);
}
