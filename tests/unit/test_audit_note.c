#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "holdfast/audit.h"
#include <openssl/evp.h>
#include <string.h>

/* Made by Go's sumdb/note, whose documentation shows it. */
static const char foreign_key[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char foreign_text[] = "If you think cryptography is the answer to your problem,\n"
                                   "then you don't know what your problem is.\n";
static const char foreign_line[] =
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static EVP_PKEY *key;
static uint8_t public_key[HF_AUDIT_PUBLIC_KEY];

static int make_key(void **state)
{
    (void)state;
    uint8_t seed[32];
    memset(seed, 7, sizeof seed);
    size_t n = sizeof public_key;
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    return key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &n) == 1 ? 0 : 1;
}

static int free_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static bool sign(void *data, const void *text, size_t n, uint8_t signature[HF_AUDIT_SIGNATURE],
                 GError **error)
{
    (void)error;
    size_t length = HF_AUDIT_SIGNATURE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = EVP_DigestSignInit(context, NULL, NULL, NULL, data) == 1 &&
              EVP_DigestSign(context, signature, &length, text, n) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

static bool refuse(void *data, const void *text, size_t n, uint8_t signature[HF_AUDIT_SIGNATURE],
                   GError **error)
{
    (void)data, (void)text, (void)n, (void)signature;
    g_set_error_literal(error, HF_ERROR, HF_ERROR_KEY, "no key");
    return false;
}

static char *open_note(const char *note, GError **error)
{
    return hf_audit_note_open(note, strlen(note), "example.com/log", public_key, error);
}

static void a_note_of_another_program_opens(void **state)
{
    (void)state;
    g_autofree char *name = NULL;
    uint8_t other[HF_AUDIT_PUBLIC_KEY];
    assert_true(hf_audit_key_parse(foreign_key, &name, other, NULL));
    assert_string_equal(name, "PeterNeumann");
    g_autofree char *again = hf_audit_key_format(name, other);
    assert_string_equal(again, foreign_key);
    g_autofree char *note = g_strconcat(foreign_text, "\n", foreign_line, NULL);
    g_autofree char *text = hf_audit_note_open(note, strlen(note), name, other, NULL);
    assert_string_equal(text, foreign_text);
}

static char *checkpoint_note(char **text)
{
    hf_audit_checkpoint checkpoint = {.origin = (char *)"example.com/log", .size = 20852163};
    memset(checkpoint.root, 0xA5, sizeof checkpoint.root);
    *text = hf_audit_checkpoint_format(&checkpoint, NULL);
    return hf_audit_note_sign(*text, checkpoint.origin, public_key, sign, key, NULL);
}

static void a_checkpoint_is_signed_opened_and_read(void **state)
{
    (void)state;
    g_autofree char *text = NULL;
    g_autofree char *note = checkpoint_note(&text);
    assert_string_equal(
        text, "example.com/log\n20852163\npaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n");
    assert_true(g_str_has_prefix(note, text));
    g_autofree char *opened = open_note(note, NULL);
    assert_string_equal(opened, text);
    g_auto(hf_audit_checkpoint) read = {0};
    assert_true(hf_audit_checkpoint_parse(opened, &read, NULL));
    assert_string_equal(read.origin, "example.com/log");
    assert_int_equal(read.size, 20852163);
    assert_int_equal(read.root[31], 0xA5);
}

static void other_signatures_are_skipped_in_any_place(void **state)
{
    (void)state;
    g_autofree char *text = NULL;
    g_autofree char *note = checkpoint_note(&text);
    g_autofree char *after = g_strconcat(note, foreign_line, NULL);
    g_autofree char *before = g_strconcat(text, "\n", foreign_line, note + strlen(text) + 1, NULL);
    g_autofree char *first = open_note(after, NULL);
    g_autofree char *second = open_note(before, NULL);
    assert_string_equal(first, text);
    assert_string_equal(second, text);
}

static void any_changed_byte_is_noticed(void **state)
{
    (void)state;
    g_autofree char *text = NULL;
    g_autofree char *note = checkpoint_note(&text);
    for (size_t i = 0; i < strlen(note); i++) {
        g_autofree char *changed = g_strdup(note);
        changed[i] ^= 0x01;
        g_autoptr(GError) error = NULL;
        assert_null(open_note(changed, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    }
    for (size_t n = 0; n < strlen(note); n++)
        assert_null(hf_audit_note_open(note, n, "example.com/log", public_key, NULL));
}

static void malformed_notes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n- example.com/log AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 example.com/log\n",
        "text\n\n\xE2\x80\x94 example.com/log \n",
        "text\n\n\xE2\x80\x94  AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 a+b AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 example.com/log AAAA\n",
        "text\n\n\xE2\x80\x94 example.com/log AAAAAAA\n",
        "text\n\n\xE2\x80\x94 example.com/log AAAA AAAA\n",
        "text\n\n\xE2\x80\x94 example.com/log AAAAAAAA",
        "te\txt\n\n\xE2\x80\x94 example.com/log AAAAAAAA\n",
        "te\xFFxt\n\n\xE2\x80\x94 example.com/log AAAAAAAA\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(open_note(bad[i], &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    }
}

static void malformed_checkpoints_are_refused(void **state)
{
    (void)state;
#define ROOT "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU="
    static const char *const bad[] = {
        "",
        "log\n",
        "log\n5\n",
        "log\n5\n" ROOT,
        "\n5\n" ROOT "\n",
        "log\n05\n" ROOT "\n",
        "log\n-5\n" ROOT "\n",
        "log\n+5\n" ROOT "\n",
        "log\n5 \n" ROOT "\n",
        "log\n0x5\n" ROOT "\n",
        "log\n18446744073709551616\n" ROOT "\n",
        "log\n5\npaWl\n",
        "log\n5\nA" ROOT "\n",
        "log\n5\npaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaV=\n",
        "log\n5\n" ROOT "\n\n",
        "log\n5\n" ROOT "\n\nmore\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        hf_audit_checkpoint out;
        g_autoptr(GError) error = NULL;
        assert_false(hf_audit_checkpoint_parse(bad[i], &out, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTEGRITY));
    }
    static const char *const good[] = {
        "log\n0\n" ROOT "\n",
        "log\n18446744073709551615\n" ROOT "\n",
        "log\n5\n" ROOT "\nan extension\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(hf_audit_checkpoint) out = {0};
        assert_true(hf_audit_checkpoint_parse(good[i], &out, NULL));
    }
}

static void bad_names_and_texts_are_not_signed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } bad[] = {
        {"text\n", ""},
        {"text\n", "a b"},
        {"text\n", "a+b"},
        {"text\n", "a\nb"},
        {"text\n", "a\xC2\xA0"
                   "b"},
        {"", "log"},
        {"text", "log"},
        {"a\rb\n", "log"},
        {"\xFF\n", "log"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(hf_audit_note_sign(bad[i].text, bad[i].name, public_key, sign, key, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INVALID));
    }
    g_autoptr(GError) error = NULL;
    assert_null(hf_audit_note_sign("text\n", "log", public_key, refuse, NULL, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_KEY));
}

static void broken_keys_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *name = NULL;
        uint8_t other[HF_AUDIT_PUBLIC_KEY];
        g_autoptr(GError) error = NULL;
        assert_false(hf_audit_key_parse(bad[i], &name, other, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INVALID));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_of_another_program_opens),
        cmocka_unit_test(a_checkpoint_is_signed_opened_and_read),
        cmocka_unit_test(other_signatures_are_skipped_in_any_place),
        cmocka_unit_test(any_changed_byte_is_noticed),
        cmocka_unit_test(malformed_notes_are_refused),
        cmocka_unit_test(malformed_checkpoints_are_refused),
        cmocka_unit_test(bad_names_and_texts_are_not_signed),
        cmocka_unit_test(broken_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
