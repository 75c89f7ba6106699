#include "holdfast/base.h"
#include <openssl/evp.h>
#include <string.h>

struct hf_digester {
    EVP_MD_CTX *sha256, *md5, *sha1;
};

/* Fetched once: EVP_sha256() and its like search the providers at every initialisation in OpenSSL 3.0. */
static EVP_MD *fetched(const char *name, EVP_MD **cache)
{
    if (g_once_init_enter(cache)) {
        EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
        if (md == NULL)
            g_error("OpenSSL has no %s", name);
        g_once_init_leave(cache, md);
    }
    return *cache;
}

static EVP_MD *md_sha256(void)
{
    static EVP_MD *md;
    return fetched("SHA256", &md);
}

static EVP_MD *md_md5(void)
{
    static EVP_MD *md;
    return fetched("MD5", &md);
}

static EVP_MD *md_sha1(void)
{
    static EVP_MD *md;
    return fetched("SHA1", &md);
}

static void start(EVP_MD_CTX *ctx, const EVP_MD *md)
{
    if (ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) != 1)
        g_error("cannot start a digest");
}

static void start_all(hf_digester *d)
{
    start(d->sha256, md_sha256());
    start(d->md5, d->md5 != NULL ? md_md5() : NULL);
    start(d->sha1, d->sha1 != NULL ? md_sha1() : NULL);
}

hf_digester *hf_digest_new(bool with_sha1)
{
    hf_digester *d = g_new0(hf_digester, 1);
    d->sha256 = EVP_MD_CTX_new();
    d->md5 = EVP_MD_CTX_new();
    d->sha1 = with_sha1 ? EVP_MD_CTX_new() : NULL;
    start_all(d);
    return d;
}

hf_digester *hf_digest_new_sha256(void)
{
    hf_digester *d = g_new0(hf_digester, 1);
    d->sha256 = EVP_MD_CTX_new();
    start_all(d);
    return d;
}

static void update(EVP_MD_CTX *ctx, const void *bytes, size_t n)
{
    if (ctx != NULL && EVP_DigestUpdate(ctx, bytes, n) != 1)
        g_error("cannot update a digest");
}

void hf_digest_update(hf_digester *d, const void *bytes, size_t n)
{
    update(d->sha256, bytes, n);
    update(d->md5, bytes, n);
    update(d->sha1, bytes, n);
}

static void finish(EVP_MD_CTX *ctx, uint8_t *out)
{
    if (ctx != NULL && EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        g_error("cannot finish a digest");
}

void hf_digest_finish(hf_digester *d, hf_digest *out)
{
    memset(out, 0, sizeof *out);
    finish(d->sha256, out->sha256);
    finish(d->md5, out->md5);
    finish(d->sha1, out->sha1);
    start_all(d);
}

void hf_digest_free(hf_digester *d)
{
    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->sha256);
    EVP_MD_CTX_free(d->md5);
    EVP_MD_CTX_free(d->sha1);
    g_free(d);
}

static void once(EVP_MD *md, const void *bytes, size_t n, uint8_t *out)
{
    if (EVP_Digest(bytes, n, out, NULL, md, NULL) != 1)
        g_error("cannot compute a digest");
}

void hf_digest_sha256(const void *bytes, size_t n, uint8_t out[32])
{
    once(md_sha256(), bytes, n, out);
}

void hf_digest_md5(const void *bytes, size_t n, uint8_t out[16])
{
    once(md_md5(), bytes, n, out);
}

char *hf_digest_hex(const uint8_t *bytes, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    char *out = g_malloc(2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

bool hf_digest_parse_hex(const char *hex, uint8_t *out, size_t n)
{
    if (strlen(hex) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = g_ascii_xdigit_value(hex[2 * i]);
        int low = g_ascii_xdigit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
