#include "holdfast/audit.h"
#include <openssl/evp.h>
#include <string.h>

#define ED25519 0x01
#define KEY_ID 4
#define DASH "\xE2\x80\x94 "
/* A checkpoint has a few hundred bytes and some witnesses' signatures. */
#define NOTE_MAX (1u << 20)
#define SIGNATURES_MAX 100

static bool fail(GError **error, hf_error code, const char *what)
{
    g_set_error_literal(error, HF_ERROR, (gint)code, what);
    return false;
}

/* ---- names ---- */

static bool is_name(const char *name, size_t n)
{
    if (n == 0 || !g_utf8_validate(name, (gssize)n, NULL))
        return false;
    for (const char *p = name; p < name + n; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || c == '+' || g_unichar_isspace(c))
            return false;
    }
    return true;
}

/* Valid UTF-8 without control characters but newlines. */
static bool is_text(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 && text[i] != '\n')
            return false;
    }
    return g_utf8_validate(text, (gssize)n, NULL);
}

/* Strict base64: what it decodes to encodes to the same. NULL if it does not. */
static guchar *decode(const char *text, size_t n, gsize *out_n)
{
    g_autofree char *copy = g_strndup(text, n);
    g_autofree guchar *bytes = g_base64_decode(copy, out_n);
    g_autofree char *again = g_base64_encode(bytes, *out_n);
    return bytes != NULL && strcmp(again, copy) == 0 ? g_steal_pointer(&bytes) : NULL;
}

/* ---- checkpoints ---- */

void hf_audit_checkpoint_clear(hf_audit_checkpoint *checkpoint)
{
    g_clear_pointer(&checkpoint->origin, g_free);
}

char *hf_audit_checkpoint_format(const hf_audit_checkpoint *checkpoint, GError **error)
{
    if (!is_name(checkpoint->origin, strlen(checkpoint->origin))) {
        fail(error, HF_ERROR_INVALID, "the name of a log is one word without plus signs");
        return NULL;
    }
    g_autofree char *root = g_base64_encode(checkpoint->root, HF_AUDIT_HASH);
    return g_strdup_printf("%s\n%" G_GUINT64_FORMAT "\n%s\n", checkpoint->origin, checkpoint->size,
                           root);
}

static bool parse_size(const char *text, uint64_t *size)
{
    return (text[0] != '0' || text[1] == '\0') &&
           g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, size, NULL);
}

bool hf_audit_checkpoint_parse(const char *text, hf_audit_checkpoint *out, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    uint64_t size;
    gsize root_n = 0;
    if (n < 4 || *lines[n - 1] != '\0')
        return fail(error, HF_ERROR_INTEGRITY, "a checkpoint has at least three whole lines");
    for (guint i = 0; i < n - 1; i++) {
        if (*lines[i] == '\0')
            return fail(error, HF_ERROR_INTEGRITY, "a checkpoint has no empty line");
    }
    if (!parse_size(lines[1], &size))
        return fail(error, HF_ERROR_INTEGRITY, "the size in a checkpoint is not a number");
    g_autofree guchar *root = decode(lines[2], strlen(lines[2]), &root_n);
    if (root == NULL || root_n != HF_AUDIT_HASH)
        return fail(error, HF_ERROR_INTEGRITY, "the root in a checkpoint is not a hash");
    *out = (hf_audit_checkpoint){.origin = g_strdup(lines[0]), .size = size};
    memcpy(out->root, root, HF_AUDIT_HASH);
    return true;
}

/* ---- keys ---- */

void hf_audit_key_id(const char *name, const uint8_t public_key[HF_AUDIT_PUBLIC_KEY],
                     uint8_t out[4])
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)name, (guint)strlen(name));
    g_byte_array_append(bytes, (const guint8[]){'\n', ED25519}, 2);
    g_byte_array_append(bytes, public_key, HF_AUDIT_PUBLIC_KEY);
    uint8_t hash[HF_AUDIT_HASH];
    hf_digest_sha256(bytes->data, bytes->len, hash);
    memcpy(out, hash, KEY_ID);
}

char *hf_audit_key_format(const char *name, const uint8_t public_key[HF_AUDIT_PUBLIC_KEY])
{
    uint8_t id[KEY_ID], typed[1 + HF_AUDIT_PUBLIC_KEY] = {ED25519};
    hf_audit_key_id(name, public_key, id);
    memcpy(typed + 1, public_key, HF_AUDIT_PUBLIC_KEY);
    g_autofree char *hex = hf_digest_hex(id, KEY_ID);
    g_autofree char *key = g_base64_encode(typed, sizeof typed);
    return g_strdup_printf("%s+%s+%s", name, hex, key);
}

bool hf_audit_key_parse(const char *text, char **name, uint8_t public_key[HF_AUDIT_PUBLIC_KEY],
                        GError **error)
{
    /* Base64 may hold plus signs itself: only the first two part. */
    g_auto(GStrv) parts = g_strsplit(text, "+", 3);
    gsize n = 0;
    uint8_t id[KEY_ID], expected[KEY_ID];
    if (g_strv_length(parts) != 3 || !is_name(parts[0], strlen(parts[0])) ||
        !hf_digest_parse_hex(parts[1], id, KEY_ID))
        return fail(error, HF_ERROR_INVALID, "a key reads NAME+ID+BASE64");
    g_autofree guchar *typed = decode(parts[2], strlen(parts[2]), &n);
    if (typed == NULL || n != 1 + HF_AUDIT_PUBLIC_KEY || typed[0] != ED25519)
        return fail(error, HF_ERROR_INVALID, "the key is not an Ed25519 key");
    hf_audit_key_id(parts[0], typed + 1, expected);
    if (memcmp(id, expected, KEY_ID) != 0)
        return fail(error, HF_ERROR_INVALID, "the id is not that of the name and key");
    memcpy(public_key, typed + 1, HF_AUDIT_PUBLIC_KEY);
    *name = g_strdup(parts[0]);
    return true;
}

/* ---- signed notes ---- */

char *hf_audit_note_sign(const char *text, const char *name,
                         const uint8_t public_key[HF_AUDIT_PUBLIC_KEY], hf_audit_sign_function sign,
                         void *data, GError **error)
{
    size_t n = strlen(text);
    if (!is_name(name, strlen(name)) || n == 0 || text[n - 1] != '\n' || !is_text(text, n)) {
        fail(error, HF_ERROR_INVALID,
             "a note is whole lines of text, signed by a name of one word");
        return NULL;
    }
    uint8_t blob[KEY_ID + HF_AUDIT_SIGNATURE];
    hf_audit_key_id(name, public_key, blob);
    if (!sign(data, text, n, blob + KEY_ID, error))
        return NULL;
    g_autofree char *encoded = g_base64_encode(blob, sizeof blob);
    return g_strdup_printf("%s\n" DASH "%s %s\n", text, name, encoded);
}

static bool verifies(const uint8_t *public_key, const char *text, size_t n,
                     const uint8_t *signature)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, HF_AUDIT_PUBLIC_KEY);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, HF_AUDIT_SIGNATURE,
                                 (const unsigned char *)text, n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

typedef enum { LINE_BROKEN, LINE_OTHERS, LINE_GOOD, LINE_WRONG } line_says;

typedef struct {
    const char *text; /* what is signed */
    size_t n;
    const char *name;
    const uint8_t *public_key;
} claim;

/* Reads one signature line, without its newline. */
static line_says read_line(const claim *c, const char *line, size_t n)
{
    size_t dash = strlen(DASH);
    if (n <= dash || memcmp(line, DASH, dash) != 0)
        return LINE_BROKEN;
    const char *name = line + dash;
    const char *space = memchr(name, ' ', n - dash);
    if (space == NULL || !is_name(name, (size_t)(space - name)))
        return LINE_BROKEN;
    gsize blob_n = 0;
    g_autofree guchar *blob = decode(space + 1, (size_t)(line + n - space - 1), &blob_n);
    if (blob == NULL || blob_n <= KEY_ID)
        return LINE_BROKEN;
    uint8_t id[KEY_ID];
    hf_audit_key_id(c->name, c->public_key, id);
    if (strlen(c->name) != (size_t)(space - name) || memcmp(name, c->name, strlen(c->name)) != 0 ||
        memcmp(blob, id, KEY_ID) != 0)
        return LINE_OTHERS;
    return blob_n == KEY_ID + HF_AUDIT_SIGNATURE &&
                   verifies(c->public_key, c->text, c->n, blob + KEY_ID)
               ? LINE_GOOD
               : LINE_WRONG;
}

static bool check_lines(const claim *c, const char *p, const char *end, GError **error)
{
    bool good = false;
    for (unsigned count = 0; p < end; count++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        line_says says = newline != NULL ? read_line(c, p, (size_t)(newline - p)) : LINE_BROKEN;
        if (says == LINE_BROKEN || count >= SIGNATURES_MAX)
            return fail(error, HF_ERROR_INTEGRITY, "a signature line of the note is malformed");
        if (says == LINE_WRONG)
            return fail(error, HF_ERROR_INTEGRITY,
                        "the note's signature is wrong: its text was changed");
        good = good || says == LINE_GOOD;
        p = newline + 1;
    }
    return good || fail(error, HF_ERROR_INTEGRITY, "the note is not signed by this key");
}

char *hf_audit_note_open(const char *note, size_t n, const char *name,
                         const uint8_t public_key[HF_AUDIT_PUBLIC_KEY], GError **error)
{
    const char *blank = NULL;
    if (n <= NOTE_MAX && is_text(note, n)) {
        for (const char *p = note; (p = memmem(p, (size_t)(note + n - p), "\n\n", 2)) != NULL; p++)
            blank = p; /* the last empty line parts text and signatures */
    }
    if (blank == NULL) {
        fail(error, HF_ERROR_INTEGRITY, "this is not a signed note");
        return NULL;
    }
    claim c = {note, (size_t)(blank + 1 - note), name, public_key};
    if (!check_lines(&c, blank + 2, note + n, error))
        return NULL;
    return g_strndup(note, c.n);
}
