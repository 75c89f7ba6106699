#include "store/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* vault.yaml is a mapping: format, id, created, timezone, keys. It is written last: a directory without it is no vault.
 * init.incomplete holds the id of a vault whose init is under way, so that a directory which a killed init left can be told
 * from one that holds something of the user's. */
#define YAML_MAX 65536u
#define LOCK_MAX 1024u
#define INCOMPLETE "init.incomplete"

static const char *const folders[] = {"keys", "objects", "index", "work"};

void hf_vaultdir_free(hf_vaultdir *dir)
{
    if (dir == NULL)
        return;
    g_free(dir->id);
    g_free(dir->timezone);
    g_free(dir->key_source);
    g_free(dir);
}

/* ---- vault.yaml ---- */

static bool add_pair(struct fy_document *document, struct fy_node *root, const char *key,
                     const char *value)
{
    return fy_node_mapping_append(root, fy_node_create_scalar_copy(document, key, FY_NT),
                                  fy_node_create_scalar_copy(document, value, FY_NT)) == 0;
}

static char *emit_yaml(const char *id, const char *timezone, const char *key_source)
{
    struct fy_document *document = fy_document_create(NULL);
    if (document == NULL)
        return NULL;
    g_autofree char *format = g_strdup_printf("%d", HF_VAULT_FORMAT);
    g_autofree char *created = hf_time_format_utc(hf_time_now());
    struct fy_node *root = fy_node_create_mapping(document);
    fy_document_set_root(document, root);
    char *text = NULL;
    if (add_pair(document, root, "format", format) && add_pair(document, root, "id", id) &&
        add_pair(document, root, "created", created) &&
        add_pair(document, root, "timezone", timezone) &&
        add_pair(document, root, "keys", key_source))
        text = fy_emit_document_to_string(document, FYECF_MODE_BLOCK);
    fy_document_destroy(document);
    return text;
}

static bool write_yaml(const char *vault, const char *id, const char *timezone,
                       const char *key_source, GError **error)
{
    g_autofree char *path = g_build_filename(vault, "vault.yaml", NULL);
    char *text = emit_yaml(id, timezone, key_source);
    if (text == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "cannot make the text of \"%s\"", path);
        return false;
    }
    bool done = hf_file_replace(path, text, strlen(text), 0600, error);
    free(text);
    return done;
}

static char *value_of(struct fy_node *root, const char *key)
{
    const char *value = fy_node_mapping_lookup_scalar0_by_simple_key(root, key, FY_NT);
    return value != NULL ? g_strdup(value) : NULL;
}

static bool damaged(GError **error, const char *path, const char *how)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" %s: restore it from a backup", shown,
                how);
    return false;
}

static bool take_format(hf_vaultdir *dir, struct fy_node *root, const char *path, GError **error)
{
    guint64 format = 0;
    g_autofree char *text = value_of(root, "format");
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, UINT_MAX, &format, NULL))
        return damaged(error, path, "names no format");
    if (format > HF_VAULT_FORMAT) {
        g_set_error(error, HF_ERROR, HF_ERROR_VERSION,
                    "\"%s\" is of vault format %u; this holdfast reads up to %u: use a newer one",
                    path, (unsigned)format, (unsigned)HF_VAULT_FORMAT);
        return false;
    }
    dir->format = (unsigned)format;
    return true;
}

static bool take_rest(hf_vaultdir *dir, struct fy_node *root, const char *path, GError **error)
{
    uint8_t id[HF_VAULT_ID_BYTES];
    hf_stamp created;
    g_autofree char *when = value_of(root, "created");
    dir->id = value_of(root, "id");
    dir->timezone = value_of(root, "timezone");
    dir->key_source = value_of(root, "keys");
    if (dir->id == NULL || !hf_digest_parse_hex(dir->id, id, sizeof id))
        return damaged(error, path, "names no vault id");
    if (when == NULL || !hf_time_parse_iso(when, &created))
        return damaged(error, path, "does not say when the vault was created");
    if (dir->timezone == NULL)
        return damaged(error, path, "names no time zone");
    if (dir->key_source == NULL)
        return damaged(error, path, "does not say where the keys are");
    dir->created = created.utc;
    return true;
}

/* What libfyaml has to say would go to stderr. */
static void say_nothing(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)n;
}

static struct fy_document *build_quietly(const char *text, size_t n)
{
    struct fy_diag_cfg silence;
    fy_diag_cfg_default(&silence);
    silence.fp = NULL;
    silence.output_fn = say_nothing;
    struct fy_diag *diag = fy_diag_create(&silence);
    if (diag == NULL)
        return NULL;
    const struct fy_parse_cfg config = {.flags = FYPCF_DEFAULT_DOC, .diag = diag};
    struct fy_document *document = fy_document_build_from_string(&config, text, n);
    fy_diag_destroy(diag);
    return document;
}

static hf_vaultdir *parse_yaml(const char *text, size_t n, const char *path, GError **error)
{
    struct fy_document *document = build_quietly(text, n);
    struct fy_node *root = document != NULL ? fy_document_root(document) : NULL;
    g_autoptr(hf_vaultdir) dir = g_new0(hf_vaultdir, 1);
    bool right;
    if (root == NULL || !fy_node_is_mapping(root))
        right = damaged(error, path, "is not YAML of the form that init writes");
    else
        right = take_format(dir, root, path, error) && take_rest(dir, root, path, error);
    if (document != NULL)
        fy_document_destroy(document);
    return right ? g_steal_pointer(&dir) : NULL;
}

hf_vaultdir *hf_vaultdir_read(const char *path, GError **error)
{
    g_autofree char *yaml = g_build_filename(path, "vault.yaml", NULL);
    struct stat st;
    if (stat(yaml, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "there is no vault at \"%s\": name one with --vault, or make one with "
                    "holdfast init",
                    shown);
        return NULL;
    }
    g_autoptr(GBytes) bytes = hf_file_read_whole(yaml, YAML_MAX, error);
    if (bytes == NULL)
        return NULL;
    gsize n;
    const char *text = g_bytes_get_data(bytes, &n);
    return parse_yaml(text, n, yaml, error);
}

/* ---- init ---- */

static bool timezone_exists(const char *name)
{
    if (!g_ascii_isalpha(name[0]) || strstr(name, "..") != NULL ||
        strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/_+-") != strlen(name))
        return false;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name);
    return zone != NULL;
}

static bool check_request(const char *timezone, const char *key_file, const char *passphrase,
                          GError **error)
{
    if (key_file != NULL && passphrase != NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                    "a vault's key is in a key file or sealed by a passphrase, not both: give one");
        return false;
    }
    if (passphrase != NULL && *passphrase == '\0') {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "the passphrase is empty: give a longer one");
        return false;
    }
    if (!timezone_exists(timezone)) {
        g_autofree char *shown = hf_name_display(timezone, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "there is no time zone \"%s\": give a name such as Europe/Berlin or UTC",
                    shown);
        return false;
    }
    return true;
}

static bool directory_is_empty(const char *path, bool *empty, GError **error)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return hf_error_set_errno(error, errno, "open", path);
    *empty = true;
    struct dirent *entry;
    while (*empty && (entry = readdir(dir)) != NULL)
        *empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return true;
}

static bool inside_exists(const char *path, const char *name)
{
    g_autofree char *inside = g_build_filename(path, name, NULL);
    struct stat st;
    return lstat(inside, &st) == 0;
}

/* Whether the directory is what a killed init left: it says so itself, and holds no object and no catalog. */
static bool is_left_over(const char *path)
{
    bool empty = true;
    g_autofree char *objects = g_build_filename(path, "objects", NULL);
    if (!inside_exists(path, INCOMPLETE) || inside_exists(path, "vault.yaml") ||
        inside_exists(path, "catalog.db"))
        return false;
    return !inside_exists(path, "objects") || (directory_is_empty(objects, &empty, NULL) && empty);
}

static bool refuse_existing(const char *path, GError **error)
{
    g_autofree char *shown = hf_name_display(path, -1);
    if (inside_exists(path, "vault.yaml"))
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                    "\"%s\" is a vault already: use it, or give another directory", shown);
    else
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                    "\"%s\" is not empty: give a new or an empty directory", shown);
    return false;
}

static bool remove_left_over(const char *path, const char *key_file, GError **error)
{
    g_autofree char *marker = g_build_filename(path, INCOMPLETE, NULL);
    g_autoptr(GBytes) bytes = hf_file_read_whole(marker, LOCK_MAX, NULL);
    gsize n = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &n) : NULL;
    g_autofree char *id = g_strchomp(g_strndup(text != NULL ? text : "", n));
    if (key_file != NULL && *id != '\0' && hf_keyfile_is_for(key_file, id) &&
        !hf_file_shred(key_file, error))
        return false;
    return hf_file_empty_directory(path, error);
}

static bool prepare_directory(const char *path, const char *key_file, GError **error)
{
    bool empty = false;
    if (mkdir(path, 0700) == 0)
        return true;
    if (errno != EEXIST)
        return hf_error_set_errno(error, errno, "create", path);
    if (!directory_is_empty(path, &empty, error))
        return false;
    if (!empty && !is_left_over(path))
        return refuse_existing(path, error);
    if (!empty && !remove_left_over(path, key_file, error))
        return false;
    return chmod(path, 0700) == 0 || hf_error_set_errno(error, errno, "set the mode of", path);
}

static bool make_folders(const char *path, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_build_filename(path, folders[i], NULL);
        if (mkdir(folder, 0700) != 0)
            return hf_error_set_errno(error, errno, "create", folder);
    }
    return hf_file_sync_directory(path, error);
}

/* Not by hf_file_replace: its temporary file could be left alone in the directory. An empty marker is one too. */
static bool write_marker(const char *marker, const char *id, GError **error)
{
    int fd = open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "create", marker);
    bool done =
        hf_file_write_all(fd, id, strlen(id), marker, error) && hf_file_sync(fd, marker, error);
    close(fd);
    return done;
}

static bool fill_directory(const char *path, const char *timezone, const char *key_file,
                           const char *passphrase, GError **error)
{
    uint8_t id[HF_VAULT_ID_BYTES];
    if (!hf_crypt_random(id, sizeof id, error))
        return false;
    g_autofree char *hex = hf_digest_hex(id, sizeof id);
    g_autofree char *marker = g_build_filename(path, INCOMPLETE, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    const char *source = key_file != NULL ? "file" : passphrase != NULL ? "passphrase" : "vault";
    if (!write_marker(marker, hex, error) || !make_folders(path, error) ||
        !hf_keys_create(path, id, key_file, passphrase, error) ||
        !write_yaml(path, hex, timezone, source, error))
        return false;
    if (unlink(marker) != 0)
        return hf_error_set_errno(error, errno, "remove", marker);
    return hf_file_sync_directory(path, error) && hf_file_sync_directory(parent, error);
}

/* Before anything is made: a directory half made would be no help to who gave the wrong name. */
static bool key_file_is_free(const char *path, const char *key_file, GError **error)
{
    struct stat st;
    if (key_file == NULL || lstat(key_file, &st) != 0 || is_left_over(path))
        return true;
    g_autofree char *shown = hf_name_display(key_file, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                "the key file \"%s\" exists already: give the name of a new file", shown);
    return false;
}

bool hf_vaultdir_create(const char *path, const char *timezone, const char *key_file,
                        const char *passphrase, GError **error)
{
    return check_request(timezone, key_file, passphrase, error) &&
           key_file_is_free(path, key_file, error) && prepare_directory(path, key_file, error) &&
           fill_directory(path, timezone, key_file, passphrase, error);
}

/* ---- the lock ---- */

struct hf_vaultlock {
    int fd;
};

/* A lock of the open file, not of the process: it ends with the process however that ends, and threads cannot lose it by
 * closing another descriptor of the file. */
static bool try_lock(int fd)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

static bool set_busy(int fd, const char *path, GError **error)
{
    char text[LOCK_MAX];
    g_autofree char *shown_path = hf_name_display(path, -1);
    ssize_t n = pread(fd, text, sizeof text, 0);
    g_autofree char *holder = hf_name_display(text, n > 0 ? n : 0);
    g_set_error(error, HF_ERROR, HF_ERROR_BUSY,
                "the vault \"%s\" is being written to by %s: wait until that has ended", shown_path,
                *holder != '\0' ? holder : "another holdfast");
    return false;
}

static bool write_holder(int fd, const char *path, const char *command, GError **error)
{
    g_autofree char *since = hf_time_format_utc(hf_time_now() / HF_TIME_SECOND * HF_TIME_SECOND);
    g_autofree char *shown = hf_name_display(command, -1);
    g_autofree char *text = g_strdup_printf("\"holdfast %.200s\" (process %ld on %.200s, since %s)",
                                            shown, (long)getpid(), g_get_host_name(), since);
    if (ftruncate(fd, 0) != 0)
        return hf_error_set_errno(error, errno, "write", path);
    return hf_file_pwrite_all(fd, text, strlen(text), 0, path, error);
}

hf_vaultlock *hf_vaultdir_lock(const char *path, const char *command, GError **error)
{
    g_autofree char *file = g_build_filename(path, "lock", NULL);
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        hf_error_set_errno(error, errno, "open", file);
        return NULL;
    }
    bool locked = try_lock(fd);
    if (!locked && (errno == EAGAIN || errno == EACCES))
        set_busy(fd, path, error);
    else if (!locked)
        hf_error_set_errno(error, errno, "lock", file);
    if (!locked || !write_holder(fd, file, command, error)) {
        close(fd);
        return NULL;
    }
    hf_vaultlock *lock = g_new0(hf_vaultlock, 1);
    lock->fd = fd;
    return lock;
}

void hf_vaultdir_unlock(hf_vaultlock *lock)
{
    if (lock == NULL)
        return;
    /* The holder's line is wiped first; should that fail, the next holder writes over it. */
    if (ftruncate(lock->fd, 0) != 0)
        errno = 0;
    close(lock->fd);
    g_free(lock);
}
