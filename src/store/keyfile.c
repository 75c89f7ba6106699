#include "store/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A key file (--key-file) lies outside the vault, 0600, and wraps its epochs' keys (keys.c). It is one line of text:
 * "holdfast-key 1 VAULTID KEY CHECK", in hexadecimal; CHECK is the first 8 bytes of SHA-256 over all before it, without
 * the space. */
#define KEY_FILE_MAX 4096u
#define KEY_FILE_WORD "holdfast-key"
#define CHECK_BYTES 8u

static void key_file_check(const char *text, char out[CHECK_BYTES * 2 + 1])
{
    uint8_t digest[32];
    hf_digest_sha256(text, strlen(text), digest);
    g_autofree char *hex = hf_digest_hex(digest, CHECK_BYTES);
    g_strlcpy(out, hex, CHECK_BYTES * 2 + 1);
}

static bool key_file_parse(char *text, char **vault_id, uint8_t key[HF_KEY_BYTES])
{
    char check[CHECK_BYTES * 2 + 1];
    g_strchomp(text);
    char *last = strrchr(text, ' ');
    if (last == NULL)
        return false;
    *last = '\0';
    key_file_check(text, check);
    g_auto(GStrv) words = g_strsplit(text, " ", 5);
    bool right = strcmp(check, last + 1) == 0 && g_strv_length(words) == 4 &&
                 strcmp(words[0], KEY_FILE_WORD) == 0 && strcmp(words[1], "1") == 0 &&
                 hf_digest_parse_hex(words[3], key, HF_KEY_BYTES);
    if (right)
        *vault_id = g_strdup(words[2]);
    for (size_t i = 0; words[i] != NULL; i++)
        hf_crypt_wipe(words[i], strlen(words[i]));
    return right;
}

bool hf_keyfile_read(const char *path, char **vault_id, uint8_t key[HF_KEY_BYTES], GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *shown = hf_name_display(path, -1);
    g_autoptr(GBytes) bytes = hf_file_read_whole(path, KEY_FILE_MAX, &reason);
    if (bytes == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                    "cannot read the key file: %s; give the right "
                    "one with --key-file",
                    reason->message);
        return false;
    }
    gsize n;
    const char *raw = g_bytes_get_data(bytes, &n);
    g_autofree char *text = g_strndup(raw, n);
    bool right = key_file_parse(text, vault_id, key);
    hf_crypt_wipe(text, n);
    if (right)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_KEY,
                "\"%s\" is not a holdfast key file, or is damaged: give the right one with "
                "--key-file, or restore it from a backup",
                shown);
    return false;
}

bool hf_keyfile_is_for(const char *key_file, const char *vault_id_hex)
{
    g_autofree char *start = g_strdup_printf(KEY_FILE_WORD " 1 %s ", vault_id_hex);
    g_autoptr(GBytes) bytes = hf_file_read_whole(key_file, KEY_FILE_MAX, NULL);
    gsize n = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &n) : NULL;
    /* A kill may have cut it anywhere, before its first byte too. */
    return bytes != NULL && (n == 0 || memcmp(text, start, MIN(n, strlen(start))) == 0);
}

static bool write_new_file(const char *path, const char *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                    "the key file \"%s\" exists already: give the name of a new file", shown);
        return false;
    }
    if (fd < 0)
        return hf_error_set_errno(error, errno, "create", path);
    g_autofree char *directory = g_path_get_dirname(path);
    bool done = hf_file_write_all(fd, text, strlen(text), path, error) &&
                hf_file_sync(fd, path, error) && hf_file_sync_directory(directory, error);
    close(fd);
    if (!done)
        unlink(path);
    return done;
}

bool hf_keyfile_create(const char *path, const uint8_t vault_id[HF_VAULT_ID_BYTES],
                       const uint8_t key[HF_KEY_BYTES], GError **error)
{
    char check[CHECK_BYTES * 2 + 1];
    g_autofree char *id = hf_digest_hex(vault_id, HF_VAULT_ID_BYTES);
    g_autofree char *hex = hf_digest_hex(key, HF_KEY_BYTES);
    g_autofree char *body = g_strdup_printf(KEY_FILE_WORD " 1 %s %s", id, hex);
    key_file_check(body, check);
    g_autofree char *line = g_strdup_printf("%s %s\n", body, check);
    bool done = write_new_file(path, line, error);
    hf_crypt_wipe(hex, strlen(hex));
    hf_crypt_wipe(body, strlen(body));
    hf_crypt_wipe(line, strlen(line));
    return done;
}
