#include "cases.h"
#include "holdfast/base.h"
#include <string.h>

/* FIPS 180-4 and RFC 1321 examples. */
static const struct {
    const char *text;
    const char *md5, *sha1, *sha256;
} vectors[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    /* The MIH vector of the EDRM is an MD5 of a Message-ID with its brackets. */
    {"<CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>", "1de319c276884bd0c9e2f1621ada26cc", NULL,
     NULL},
};

static void assert_hex(const uint8_t *bytes, size_t n, const char *expected)
{
    g_autofree char *hex = hf_digest_hex(bytes, n);
    assert_string_equal(hex, expected);
}

static void known_texts_have_their_digests(void **state)
{
    (void)state;
    g_autoptr(hf_digester) digester = hf_digest_new(true);
    g_autoptr(hf_digester) alone = hf_digest_new_sha256();
    static const uint8_t none[16] = {0};
    for (size_t i = 0; i < CASES(vectors); i++) {
        hf_digest digest;
        uint8_t sha256[32], md5[16];
        size_t n = strlen(vectors[i].text);
        hf_digest_update(digester, vectors[i].text, n);
        hf_digest_finish(digester, &digest);
        hf_digest_sha256(vectors[i].text, n, sha256);
        hf_digest_md5(vectors[i].text, n, md5);
        assert_hex(digest.md5, 16, vectors[i].md5);
        assert_memory_equal(md5, digest.md5, 16);
        assert_memory_equal(sha256, digest.sha256, 32);
        if (vectors[i].sha256 != NULL) {
            assert_hex(digest.sha256, 32, vectors[i].sha256);
            assert_hex(digest.sha1, 20, vectors[i].sha1);
        }
        hf_digest_update(alone, vectors[i].text, n);
        hf_digest_finish(alone, &digest);
        assert_memory_equal(sha256, digest.sha256, 32);
        assert_memory_equal(none, digest.md5, 16);
    }
}

static void a_million_bytes_in_odd_pieces(void **state)
{
    (void)state;
    g_autoptr(hf_digester) digester = hf_digest_new(false);
    g_autofree char *bytes = g_malloc(1000000);
    static const uint8_t zeros[20] = {0};
    hf_digest digest;
    memset(bytes, 'a', 1000000);
    for (size_t at = 0, n = 1; at < 1000000; at += n, n = n * 3 % 65537)
        hf_digest_update(digester, bytes + at, MIN(n, 1000000 - at));
    hf_digest_finish(digester, &digest);
    assert_hex(digest.sha256, 32,
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_hex(digest.md5, 16, "7707d6ae4e027c70eea2a935c2296f21");
    assert_memory_equal(digest.sha1, zeros, 20);
}

static void hexadecimal_is_read_exactly(void **state)
{
    static const struct {
        const char *hex;
        bool read;
    } cases[] = {
        {"00ff10aB", true}, {"00ff10a", false},  {"00ff10ab0", false}, {"00ff10ag", false},
        {"", false},        {" 0ff10ab", false}, {"0x00ff10", false},  {"00ff10a\xc3", false},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        uint8_t bytes[4];
        assert_int_equal(hf_digest_parse_hex(cases[i].hex, bytes, 4), cases[i].read);
        if (cases[i].read)
            assert_hex(bytes, 4, "00ff10ab");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_digests),
        cmocka_unit_test(a_million_bytes_in_odd_pieces),
        cmocka_unit_test(hexadecimal_is_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
