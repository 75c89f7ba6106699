#include "holdfast/audit.h"
#include <openssl/evp.h>
#include <string.h>

/* Making a context and fetching the digest costs more than hashing a row, so each thread keeps one. */
static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}
static GPrivate contexts = G_PRIVATE_INIT(free_context);

static EVP_MD_CTX *thread_context(void)
{
    EVP_MD_CTX *context = g_private_get(&contexts);
    if (context != NULL)
        return context;
    context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        g_error("no SHA-256"); /* nothing of a vault can go on without */
    g_private_set(&contexts, context);
    return context;
}

static void hash_prefixed(uint8_t prefix, const void *bytes, size_t n, uint8_t out[HF_AUDIT_HASH])
{
    EVP_MD_CTX *context = thread_context();
    if (EVP_DigestInit_ex(context, NULL, NULL) != 1 || EVP_DigestUpdate(context, &prefix, 1) != 1 ||
        EVP_DigestUpdate(context, bytes, n) != 1 || EVP_DigestFinal_ex(context, out, NULL) != 1)
        g_error("SHA-256 failed");
}

void hf_audit_leaf(const void *row, size_t n, uint8_t out[HF_AUDIT_HASH])
{
    hash_prefixed(0x00, row, n, out);
}

void hf_audit_node(const uint8_t left[HF_AUDIT_HASH], const uint8_t right[HF_AUDIT_HASH],
                   uint8_t out[HF_AUDIT_HASH])
{
    uint8_t both[2 * HF_AUDIT_HASH];
    memcpy(both, left, HF_AUDIT_HASH);
    memcpy(both + HF_AUDIT_HASH, right, HF_AUDIT_HASH);
    hash_prefixed(0x01, both, sizeof both, out);
}

static unsigned peak_count(uint64_t size)
{
    return (unsigned)__builtin_popcountll(size);
}

void hf_audit_tree_append(hf_audit_tree *tree, const uint8_t leaf[HF_AUDIT_HASH])
{
    g_return_if_fail(tree->size < UINT64_MAX);
    unsigned n = peak_count(tree->size);
    uint8_t carried[HF_AUDIT_HASH];
    memcpy(carried, leaf, HF_AUDIT_HASH);
    /* As in binary counting: each one at the low end of the size is a peak as large as what is carried. */
    for (uint64_t bits = tree->size; bits & 1; bits >>= 1)
        hf_audit_node(tree->peaks[--n], carried, carried);
    memcpy(tree->peaks[n], carried, HF_AUDIT_HASH);
    tree->size++;
}

void hf_audit_tree_append_row(hf_audit_tree *tree, const void *row, size_t n)
{
    uint8_t leaf[HF_AUDIT_HASH];
    hf_audit_leaf(row, n, leaf);
    hf_audit_tree_append(tree, leaf);
}

void hf_audit_tree_root(const hf_audit_tree *tree, uint8_t out[HF_AUDIT_HASH])
{
    unsigned n = peak_count(tree->size);
    if (n == 0) {
        hf_digest_sha256("", 0, out);
        return;
    }
    uint8_t root[HF_AUDIT_HASH];
    memcpy(root, tree->peaks[--n], HF_AUDIT_HASH);
    while (n > 0)
        hf_audit_node(tree->peaks[--n], root, root);
    memcpy(out, root, HF_AUDIT_HASH);
}

GBytes *hf_audit_tree_store(const hf_audit_tree *tree)
{
    GByteArray *bytes = g_byte_array_new();
    uint64_t size = GUINT64_TO_BE(tree->size);
    g_byte_array_append(bytes, (const guint8 *)&size, sizeof size);
    g_byte_array_append(bytes, tree->peaks[0], peak_count(tree->size) * HF_AUDIT_HASH);
    return g_byte_array_free_to_bytes(bytes);
}

bool hf_audit_tree_load(hf_audit_tree *tree, const void *bytes, size_t n, GError **error)
{
    uint64_t size = 0;
    if (n >= sizeof size)
        memcpy(&size, bytes, sizeof size);
    size = GUINT64_FROM_BE(size);
    if (n < sizeof size || n - sizeof size != peak_count(size) * (size_t)HF_AUDIT_HASH) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the stored edge of the audit tree has %" G_GSIZE_FORMAT
                    " bytes, which no tree has",
                    n);
        return false;
    }
    *tree = (hf_audit_tree){.size = size};
    memcpy(tree->peaks, (const char *)bytes + sizeof size, n - sizeof size);
    return true;
}
