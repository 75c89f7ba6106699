#include "store/parts.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

/* A slot on disk: nonce 12, wrapped key 32, tag 16, mark 4. All zeros: no key, wiped or never written. */
static const uint8_t slot_mark[4] = {'h', 'f', 'k', '1'};
#define SLOT_TAG (HF_NONCE_BYTES + HF_KEY_BYTES)
#define SLOT_MARK (SLOT_TAG + HF_TAG_BYTES)

/* A hostile epoch file must not make scrypt take the machine's memory. */
#define SCRYPT_MEMORY (UINT64_C(300) << 20)

typedef struct {
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    EVP_MAC_CTX *mac;
} tools;

static const uint8_t no_key[HF_KEY_BYTES];
static const uint8_t no_nonce[HF_NONCE_BYTES];

static void tools_free(gpointer data)
{
    tools *t = data;
    EVP_CIPHER_CTX_free(t->seal);
    EVP_CIPHER_CTX_free(t->open);
    EVP_MAC_CTX_free(t->mac);
    g_free(t);
}

static GPrivate own_tools = G_PRIVATE_INIT(tools_free);

static bool set_openssl_error(GError **error, const char *what)
{
    char text[160];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "OpenSSL cannot %s: %s", what, text);
    return false;
}

/* Fetching costs more than sealing a small object, so it is done once. */
static const EVP_CIPHER *cipher(void)
{
    static gsize once;
    static EVP_CIPHER *fetched;
    if (g_once_init_enter(&once)) {
        fetched = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
        g_once_init_leave(&once, 1);
    }
    return fetched;
}

static EVP_MAC *hmac(void)
{
    static gsize once;
    static EVP_MAC *fetched;
    if (g_once_init_enter(&once)) {
        fetched = EVP_MAC_fetch(NULL, "HMAC", NULL);
        g_once_init_leave(&once, 1);
    }
    return fetched;
}

static bool tools_prepare(tools *t)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};
    if (cipher() == NULL || hmac() == NULL)
        return false;
    t->seal = EVP_CIPHER_CTX_new();
    t->open = EVP_CIPHER_CTX_new();
    t->mac = EVP_MAC_CTX_new(hmac());
    return t->seal != NULL && t->open != NULL && t->mac != NULL &&
           EVP_EncryptInit_ex2(t->seal, cipher(), NULL, NULL, NULL) == 1 &&
           EVP_DecryptInit_ex2(t->open, cipher(), NULL, NULL, NULL) == 1 &&
           EVP_MAC_init(t->mac, no_key, sizeof no_key, params) == 1;
}

static tools *tools_get(GError **error)
{
    tools *t = g_private_get(&own_tools);
    if (t != NULL)
        return t;
    t = g_new0(tools, 1);
    if (!tools_prepare(t)) {
        tools_free(t);
        set_openssl_error(error, "prepare AES-256-GCM and HMAC");
        return NULL;
    }
    g_private_set(&own_tools, t);
    return t;
}

bool hf_crypt_random(void *out, size_t n, GError **error)
{
    if (n <= INT_MAX && RAND_bytes(out, (int)n) == 1)
        return true;
    return set_openssl_error(error, "give random bytes");
}

void hf_crypt_wipe(void *bytes, size_t n)
{
    OPENSSL_cleanse(bytes, n);
}

static bool lengths_fit(size_t ad_n, size_t n, GError **error)
{
    if (ad_n <= INT_MAX && n <= INT_MAX)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "%zu bytes are too many to encrypt at once", n);
    return false;
}

bool hf_crypt_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES],
                   const void *ad, size_t ad_n, const void *in, size_t n, void *out,
                   uint8_t tag[HF_TAG_BYTES], GError **error)
{
    tools *t = tools_get(error);
    if (t == NULL || !lengths_fit(ad_n, n, error))
        return false;
    uint8_t rest[16];
    int length = 0;
    bool done = EVP_EncryptInit_ex2(t->seal, NULL, key, nonce, NULL) == 1 &&
                EVP_EncryptUpdate(t->seal, NULL, &length, ad, (int)ad_n) == 1 &&
                (n == 0 || EVP_EncryptUpdate(t->seal, out, &length, in, (int)n) == 1) &&
                EVP_EncryptFinal_ex(t->seal, rest, &length) == 1 &&
                EVP_CIPHER_CTX_ctrl(t->seal, EVP_CTRL_GCM_GET_TAG, (int)HF_TAG_BYTES, tag) == 1;
    /* The context outlives the call; the key must not. */
    EVP_EncryptInit_ex2(t->seal, NULL, no_key, no_nonce, NULL);
    return done || set_openssl_error(error, "encrypt");
}

bool hf_crypt_open(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES],
                   const void *ad, size_t ad_n, const void *in, size_t n, void *out,
                   const uint8_t tag[HF_TAG_BYTES], GError **error)
{
    tools *t = tools_get(error);
    if (t == NULL || !lengths_fit(ad_n, n, error))
        return false;
    uint8_t rest[16];
    uint8_t expected[HF_TAG_BYTES];
    memcpy(expected, tag, sizeof expected);
    int length = 0;
    bool ready =
        EVP_DecryptInit_ex2(t->open, NULL, key, nonce, NULL) == 1 &&
        EVP_DecryptUpdate(t->open, NULL, &length, ad, (int)ad_n) == 1 &&
        (n == 0 || EVP_DecryptUpdate(t->open, out, &length, in, (int)n) == 1) &&
        EVP_CIPHER_CTX_ctrl(t->open, EVP_CTRL_GCM_SET_TAG, (int)HF_TAG_BYTES, expected) == 1;
    bool right = ready && EVP_DecryptFinal_ex(t->open, rest, &length) == 1;
    EVP_DecryptInit_ex2(t->open, NULL, no_key, no_nonce, NULL);
    if (right)
        return true;
    if (!ready)
        return set_openssl_error(error, "decrypt");
    ERR_clear_error();
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "it does not authenticate under its key");
    return false;
}

bool hf_crypt_derive(const uint8_t key[HF_KEY_BYTES], const char *label, const void *context,
                     size_t n, uint8_t out[HF_KEY_BYTES], GError **error)
{
    tools *t = tools_get(error);
    if (t == NULL)
        return false;
    size_t length = 0;
    bool done = EVP_MAC_init(t->mac, key, HF_KEY_BYTES, NULL) == 1 &&
                EVP_MAC_update(t->mac, (const uint8_t *)label, strlen(label) + 1) == 1 &&
                EVP_MAC_update(t->mac, context, n) == 1 &&
                EVP_MAC_final(t->mac, out, &length, HF_KEY_BYTES) == 1 && length == HF_KEY_BYTES;
    EVP_MAC_init(t->mac, no_key, sizeof no_key, NULL);
    return done || set_openssl_error(error, "derive a key");
}

bool hf_crypt_scrypt(const char *passphrase, const uint8_t salt[16], uint32_t log2_n, uint32_t r,
                     uint32_t p, uint8_t out[HF_KEY_BYTES], GError **error)
{
    if (log2_n < 1 || log2_n > 24 || r < 1 || r > 64 || p < 1 || p > 16 ||
        (UINT64_C(128) * r << log2_n) > SCRYPT_MEMORY) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "its scrypt parameters (N 2^%u, r %u, p %u) are out of range", log2_n, r, p);
        return false;
    }
    if (EVP_PBE_scrypt(passphrase, strlen(passphrase), salt, 16, UINT64_C(1) << log2_n, r, p,
                       SCRYPT_MEMORY + (UINT64_C(16) << 20), out, HF_KEY_BYTES) == 1)
        return true;
    return set_openssl_error(error, "derive a key from the passphrase");
}

bool hf_crypt_wrap(const uint8_t kek[HF_KEY_BYTES], const void *ad, size_t ad_n,
                   const uint8_t key[HF_KEY_BYTES], uint8_t slot[HF_SLOT_BYTES], GError **error)
{
    memcpy(slot + SLOT_MARK, slot_mark, sizeof slot_mark);
    return hf_crypt_random(slot, HF_NONCE_BYTES, error) &&
           hf_crypt_seal(kek, slot, ad, ad_n, key, HF_KEY_BYTES, slot + HF_NONCE_BYTES,
                         slot + SLOT_TAG, error);
}

bool hf_crypt_slot_empty(const uint8_t slot[HF_SLOT_BYTES])
{
    static const uint8_t empty[HF_SLOT_BYTES];
    return memcmp(slot, empty, sizeof empty) == 0;
}

bool hf_crypt_unwrap(const uint8_t kek[HF_KEY_BYTES], const void *ad, size_t ad_n,
                     const uint8_t slot[HF_SLOT_BYTES], uint8_t key[HF_KEY_BYTES], GError **error)
{
    if (hf_crypt_slot_empty(slot)) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY, "it was destroyed or never written");
        return false;
    }
    if (memcmp(slot + SLOT_MARK, slot_mark, sizeof slot_mark) != 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "it is not a wrapped key");
        return false;
    }
    return hf_crypt_open(kek, slot, ad, ad_n, slot + HF_NONCE_BYTES, HF_KEY_BYTES, key,
                         slot + SLOT_TAG, error);
}
