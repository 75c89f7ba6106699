/* src/audit/proof.c -- RFC 6962 sections 2.1.1 and 2.1.2 for making, RFC 9162 sections 2.1.3.2 and 2.1.4.2 for checking. */
#include "holdfast/audit.h"
#include <string.h>

typedef struct {
    hf_audit_leaf_function leaf;
    void *data;
} source;

static bool range_root(const source *s, uint64_t from, uint64_t to, uint8_t out[HF_AUDIT_HASH],
                       GError **error)
{
    hf_audit_tree tree = {0};
    for (uint64_t i = from; i < to; i++) {
        uint8_t leaf[HF_AUDIT_HASH];
        if (!s->leaf(s->data, i, leaf, error))
            return false;
        hf_audit_tree_append(&tree, leaf);
    }
    hf_audit_tree_root(&tree, out);
    return true;
}

static bool add_range(GByteArray *proof, const source *s, uint64_t from, uint64_t to,
                      GError **error)
{
    uint8_t hash[HF_AUDIT_HASH];
    if (!range_root(s, from, to, hash, error))
        return false;
    g_byte_array_append(proof, hash, sizeof hash);
    return true;
}

/* The largest power of two below n; n > 1. */
static uint64_t split_of(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* PATH(index - from, D[from:to]); depth is at most 64. */
static bool add_path(GByteArray *proof, const source *s, uint64_t index, uint64_t from, uint64_t to,
                     GError **error)
{
    if (to - from <= 1)
        return true;
    uint64_t middle = from + split_of(to - from);
    if (index < middle)
        return add_path(proof, s, index, from, middle, error) &&
               add_range(proof, s, middle, to, error);
    return add_path(proof, s, index, middle, to, error) && add_range(proof, s, from, middle, error);
}

/* SUBPROOF(older - from, D[from:to], whole). */
static bool add_subproof(GByteArray *proof, const source *s, uint64_t older, uint64_t from,
                         uint64_t to, bool whole, GError **error)
{
    if (older == to)
        return whole || add_range(proof, s, from, to, error);
    uint64_t middle = from + split_of(to - from);
    if (older <= middle)
        return add_subproof(proof, s, older, from, middle, whole, error) &&
               add_range(proof, s, middle, to, error);
    return add_subproof(proof, s, older, middle, to, false, error) &&
           add_range(proof, s, from, middle, error);
}

GByteArray *hf_audit_prove_inclusion(uint64_t index, uint64_t size, hf_audit_leaf_function leaf,
                                     void *data, GError **error)
{
    if (index >= size) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "entry %" G_GUINT64_FORMAT " is not among the first %" G_GUINT64_FORMAT, index,
                    size);
        return NULL;
    }
    g_autoptr(GByteArray) proof = g_byte_array_new();
    source s = {leaf, data};
    if (!add_path(proof, &s, index, 0, size, error))
        return NULL;
    return g_steal_pointer(&proof);
}

GByteArray *hf_audit_prove_consistency(uint64_t older, uint64_t newer, hf_audit_leaf_function leaf,
                                       void *data, GError **error)
{
    if (older > newer) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "a log of %" G_GUINT64_FORMAT
                    " entries cannot precede one of %" G_GUINT64_FORMAT,
                    older, newer);
        return NULL;
    }
    g_autoptr(GByteArray) proof = g_byte_array_new();
    source s = {leaf, data};
    if (older > 0 && !add_subproof(proof, &s, older, 0, newer, true, error))
        return NULL;
    return g_steal_pointer(&proof);
}

/* ---- checking ---- */

typedef struct {
    const uint8_t *at;
    size_t left; /* hashes */
} hashes;

static bool begin(hashes *h, const void *proof, size_t n)
{
    *h = (hashes){proof, n / HF_AUDIT_HASH};
    return n % HF_AUDIT_HASH == 0;
}

static const uint8_t *next(hashes *h)
{
    const uint8_t *hash = h->at;
    h->at += HF_AUDIT_HASH;
    h->left--;
    return hash;
}

static bool equal(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, HF_AUDIT_HASH) == 0;
}

bool hf_audit_check_inclusion(uint64_t index, uint64_t size, const uint8_t leaf[HF_AUDIT_HASH],
                              const void *proof, size_t n, const uint8_t root[HF_AUDIT_HASH])
{
    hashes h;
    if (index >= size || !begin(&h, proof, n))
        return false;
    uint64_t node = index, last = size - 1;
    uint8_t hash[HF_AUDIT_HASH];
    memcpy(hash, leaf, HF_AUDIT_HASH);
    while (h.left > 0) {
        const uint8_t *sibling = next(&h);
        if (last == 0)
            return false;
        if ((node & 1) == 0 && node != last) {
            hf_audit_node(hash, sibling, hash);
        } else {
            hf_audit_node(sibling, hash, hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && equal(hash, root);
}

/* Both roots grow from the same hash: the older one takes the left siblings only. */
static bool roots_follow(hashes *h, uint64_t node, uint64_t last, const uint8_t *start,
                         const uint8_t *older_root, const uint8_t *newer_root)
{
    uint8_t older[HF_AUDIT_HASH], newer[HF_AUDIT_HASH];
    memcpy(older, start, HF_AUDIT_HASH);
    memcpy(newer, start, HF_AUDIT_HASH);
    while (h->left > 0) {
        const uint8_t *sibling = next(h);
        if (last == 0)
            return false;
        if ((node & 1) != 0 || node == last) {
            hf_audit_node(sibling, older, older);
            hf_audit_node(sibling, newer, newer);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hf_audit_node(newer, sibling, newer);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && equal(older, older_root) && equal(newer, newer_root);
}

static bool is_empty_root(const uint8_t *root)
{
    hf_audit_tree empty = {0};
    uint8_t hash[HF_AUDIT_HASH];
    hf_audit_tree_root(&empty, hash);
    return equal(hash, root);
}

bool hf_audit_check_consistency(uint64_t older, uint64_t newer,
                                const uint8_t older_root[HF_AUDIT_HASH],
                                const uint8_t newer_root[HF_AUDIT_HASH], const void *proof,
                                size_t n)
{
    hashes h;
    if (older > newer || !begin(&h, proof, n))
        return false;
    if (older == newer)
        return h.left == 0 && equal(older_root, newer_root);
    if (older == 0)
        return h.left == 0 && is_empty_root(older_root);
    bool perfect = (older & (older - 1)) == 0;
    if (!perfect && h.left == 0)
        return false;
    /* The proof of a perfect older tree leaves its root out, for the checker has it. */
    const uint8_t *start = perfect ? older_root : next(&h);
    uint64_t node = older - 1, last = newer - 1;
    while ((node & 1) != 0) {
        node >>= 1;
        last >>= 1;
    }
    return roots_follow(&h, node, last, start, older_root, newer_root);
}
