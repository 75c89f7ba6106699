#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "holdfast/audit.h"
#include <string.h>

#define MANY 40

/* The eight leaves and their roots that the Certificate Transparency tests use. */
static const struct {
    const char *leaf, *root;
} vectors[] = {
    {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"606162636465666768696a6b6c6d6e6f",
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void assert_hash(const uint8_t hash[HF_AUDIT_HASH], const char *hex)
{
    g_autofree char *got = hf_digest_hex(hash, HF_AUDIT_HASH);
    assert_string_equal(got, hex);
}

static void the_empty_tree_is_the_hash_of_nothing(void **state)
{
    (void)state;
    hf_audit_tree tree = {0};
    uint8_t root[HF_AUDIT_HASH];
    hf_audit_tree_root(&tree, root);
    assert_hash(root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void roots_are_those_of_certificate_transparency(void **state)
{
    (void)state;
    hf_audit_tree tree = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        uint8_t row[32], root[HF_AUDIT_HASH];
        size_t n = strlen(vectors[i].leaf) / 2;
        assert_true(n == 0 || hf_digest_parse_hex(vectors[i].leaf, row, n));
        hf_audit_tree_append_row(&tree, row, n);
        hf_audit_tree_root(&tree, root);
        assert_hash(root, vectors[i].root);
    }
}

static uint8_t leaves[1100][HF_AUDIT_HASH];

static int make_leaves(void **state)
{
    (void)state;
    GRand *random = g_rand_new_with_seed(6962);
    for (size_t i = 0; i < G_N_ELEMENTS(leaves); i++) {
        uint32_t row[4] = {(uint32_t)i, g_rand_int(random), g_rand_int(random), g_rand_int(random)};
        hf_audit_leaf(row, sizeof row, leaves[i]);
    }
    g_rand_free(random);
    return 0;
}

/* MTH as RFC 6962 writes it down. */
static void naive_root(size_t from, size_t to, uint8_t out[HF_AUDIT_HASH])
{
    if (to - from == 1) {
        memcpy(out, leaves[from], HF_AUDIT_HASH);
        return;
    }
    size_t k = 1;
    while (k * 2 < to - from)
        k *= 2;
    uint8_t left[HF_AUDIT_HASH], right[HF_AUDIT_HASH];
    naive_root(from, from + k, left);
    naive_root(from + k, to, right);
    hf_audit_node(left, right, out);
}

static void roots_equal_the_plain_recursion(void **state)
{
    (void)state;
    hf_audit_tree tree = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(leaves); i++) {
        uint8_t root[HF_AUDIT_HASH], expected[HF_AUDIT_HASH];
        hf_audit_tree_append(&tree, leaves[i]);
        assert_int_equal(tree.size, i + 1);
        hf_audit_tree_root(&tree, root);
        naive_root(0, i + 1, expected);
        assert_memory_equal(root, expected, HF_AUDIT_HASH);
    }
}

static void a_stored_edge_goes_on_as_if_never_stored(void **state)
{
    (void)state;
    hf_audit_tree tree = {0}, other;
    for (size_t i = 0; i < 200; i++) {
        g_autoptr(GBytes) bytes = hf_audit_tree_store(&tree);
        gsize n;
        const void *data = g_bytes_get_data(bytes, &n);
        assert_true(hf_audit_tree_load(&other, data, n, NULL));
        hf_audit_tree_append(&tree, leaves[i]);
        hf_audit_tree_append(&other, leaves[i]);
        uint8_t a[HF_AUDIT_HASH], b[HF_AUDIT_HASH];
        hf_audit_tree_root(&tree, a);
        hf_audit_tree_root(&other, b);
        assert_memory_equal(a, b, HF_AUDIT_HASH);
    }
}

static void broken_edges_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8 + 2 * HF_AUDIT_HASH];
        size_t n;
    } cases[] = {
        {{0}, 0},
        {{0}, 7},
        {{0}, 9},
        {{0, 0, 0, 0, 0, 0, 0, 1}, 8},
        {{0, 0, 0, 0, 0, 0, 0, 1}, 8 + 31},
        {{0, 0, 0, 0, 0, 0, 0, 1}, 8 + 64},
        {{0, 0, 0, 0, 0, 0, 0, 3}, 8 + 32},
        {{255, 255, 255, 255, 255, 255, 255, 255}, 8 + 64},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        hf_audit_tree tree;
        g_autoptr(GError) error = NULL;
        assert_false(hf_audit_tree_load(&tree, cases[i].bytes, cases[i].n, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    }
}

static bool leaf_of(void *data, uint64_t index, uint8_t out[HF_AUDIT_HASH], GError **error)
{
    (void)data;
    if (index >= G_N_ELEMENTS(leaves)) {
        g_set_error_literal(error, HF_ERROR, HF_ERROR_NOT_FOUND, "no such leaf");
        return false;
    }
    memcpy(out, leaves[index], HF_AUDIT_HASH);
    return true;
}

static GByteArray *flipped(const GByteArray *proof, size_t byte)
{
    GByteArray *other = g_byte_array_new();
    g_byte_array_append(other, proof->data, proof->len);
    other->data[byte] ^= 0x10;
    return other;
}

static void every_leaf_of_every_tree_is_proven_included(void **state)
{
    (void)state;
    for (size_t size = 1; size <= MANY; size++) {
        uint8_t root[HF_AUDIT_HASH];
        naive_root(0, size, root);
        for (size_t i = 0; i < size; i++) {
            g_autoptr(GByteArray) p = hf_audit_prove_inclusion(i, size, leaf_of, NULL, NULL);
            assert_true(hf_audit_check_inclusion(i, size, leaves[i], p->data, p->len, root));
            assert_false(hf_audit_check_inclusion(i, size, leaves[i + 1], p->data, p->len, root));
            assert_false(hf_audit_check_inclusion(i, size, leaves[i], p->data, p->len, leaves[99]));
            assert_false(hf_audit_check_inclusion(size, size, leaves[i], p->data, p->len, root));
            if (size > 1) {
                assert_false(
                    hf_audit_check_inclusion(i ^ 1, size, leaves[i], p->data, p->len, root));
                assert_false(
                    hf_audit_check_inclusion(i, size, leaves[i], p->data, p->len - 32, root));
                assert_false(
                    hf_audit_check_inclusion(i, size, leaves[i], p->data, p->len - 1, root));
            }
            for (size_t b = 0; b < p->len; b += 32) {
                g_autoptr(GByteArray) bad = flipped(p, b);
                assert_false(
                    hf_audit_check_inclusion(i, size, leaves[i], bad->data, bad->len, root));
            }
            g_byte_array_append(p, leaves[0], HF_AUDIT_HASH);
            assert_false(hf_audit_check_inclusion(i, size, leaves[i], p->data, p->len, root));
        }
    }
}

static void check_pair(size_t m, size_t n)
{
    uint8_t older[HF_AUDIT_HASH], newer[HF_AUDIT_HASH];
    hf_audit_tree empty = {0};
    hf_audit_tree_root(&empty, older);
    if (m > 0)
        naive_root(0, m, older);
    naive_root(0, n, newer);
    g_autoptr(GByteArray) p = hf_audit_prove_consistency(m, n, leaf_of, NULL, NULL);
    assert_true(hf_audit_check_consistency(m, n, older, newer, p->data, p->len));
    assert_false(hf_audit_check_consistency(m, n, leaves[0], leaves[1], p->data, p->len));
    assert_false(hf_audit_check_consistency(n, m, newer, leaves[1], p->data, p->len));
    /* An empty log is the beginning of any: there is nothing that a changed root could contradict. */
    if (m > 0)
        assert_false(hf_audit_check_consistency(m, n, older, leaves[99], p->data, p->len));
    for (size_t b = 0; b < p->len; b += 32) {
        g_autoptr(GByteArray) bad = flipped(p, b + 31);
        assert_false(hf_audit_check_consistency(m, n, older, newer, bad->data, bad->len));
    }
    if (p->len > 0)
        assert_false(hf_audit_check_consistency(m, n, older, newer, p->data, p->len - 32));
    g_byte_array_append(p, leaves[0], HF_AUDIT_HASH);
    assert_false(hf_audit_check_consistency(m, n, older, newer, p->data, p->len));
}

static void every_log_is_proven_to_continue_every_older_one(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MANY; n++) {
        for (size_t m = 0; m <= n; m++)
            check_pair(m, n);
    }
}

/* From the Certificate Transparency tests: paths in the tree of the eight leaves. */
static void known_proofs_are_made(void **state)
{
    (void)state;
    uint8_t kept[8][HF_AUDIT_HASH];
    memcpy(kept, leaves, sizeof kept);
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        uint8_t row[32];
        size_t n = strlen(vectors[i].leaf) / 2;
        assert_true(n == 0 || hf_digest_parse_hex(vectors[i].leaf, row, n));
        hf_audit_leaf(row, n, leaves[i]);
    }
    g_autoptr(GByteArray) path = hf_audit_prove_inclusion(5, 8, leaf_of, NULL, NULL);
    g_autofree char *path_hex = hf_digest_hex(path->data, path->len);
    g_autoptr(GByteArray) step = hf_audit_prove_consistency(6, 8, leaf_of, NULL, NULL);
    g_autofree char *step_hex = hf_digest_hex(step->data, step->len);
    memcpy(leaves, kept, sizeof kept);
    assert_string_equal(path_hex,
                        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
    assert_string_equal(step_hex,
                        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

static void what_cannot_be_proven_is_an_error(void **state)
{
    (void)state;
    g_autoptr(GError) outside = NULL, backwards = NULL, missing = NULL;
    assert_null(hf_audit_prove_inclusion(5, 5, leaf_of, NULL, &outside));
    assert_true(g_error_matches(outside, HF_ERROR, HF_ERROR_INVALID));
    assert_null(hf_audit_prove_consistency(6, 5, leaf_of, NULL, &backwards));
    assert_true(g_error_matches(backwards, HF_ERROR, HF_ERROR_INVALID));
    assert_null(hf_audit_prove_inclusion(0, 5000, leaf_of, NULL, &missing));
    assert_true(g_error_matches(missing, HF_ERROR, HF_ERROR_NOT_FOUND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_tree_is_the_hash_of_nothing),
        cmocka_unit_test(roots_are_those_of_certificate_transparency),
        cmocka_unit_test(roots_equal_the_plain_recursion),
        cmocka_unit_test(a_stored_edge_goes_on_as_if_never_stored),
        cmocka_unit_test(broken_edges_are_refused),
        cmocka_unit_test(every_leaf_of_every_tree_is_proven_included),
        cmocka_unit_test(every_log_is_proven_to_continue_every_older_one),
        cmocka_unit_test(known_proofs_are_made),
        cmocka_unit_test(what_cannot_be_proven_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
