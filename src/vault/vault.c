#include "holdfast/vault.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct hf_vault {
    char *path, *work, *catalog_path, *key_file, *passphrase;
    hf_vaultdir *dir;
    hf_vaultlock *lock;
    hf_catalog *catalog;
    hf_store *store;
    bool write;
    GMutex mutex;
};

/* What an init that was killed leaves: vault.yaml is there, the catalog not yet. */
static bool half_made(const char *path)
{
    g_autofree char *catalog = g_build_filename(path, "catalog.db", NULL);
    g_autofree char *objects = g_build_filename(path, "objects", NULL);
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(path, NULL);
    g_autoptr(GDir) packs = g_dir_open(objects, 0, NULL);
    return dir != NULL && !g_file_test(catalog, G_FILE_TEST_EXISTS) && packs != NULL &&
           g_dir_read_name(packs) == NULL;
}

bool hf_vault_create(const hf_vault_options *options, const char *timezone, GError **error)
{
    if (!half_made(options->path) &&
        !hf_vaultdir_create(options->path, timezone, options->key_file, options->passphrase, error))
        return false;
    g_autoptr(hf_vaultdir) dir = hf_vaultdir_read(options->path, error);
    g_autofree char *catalog = g_build_filename(options->path, "catalog.db", NULL);
    return dir != NULL && hf_catalog_create(catalog, dir->id, dir->timezone, error) &&
           hf_file_sync_directory(options->path, error);
}

static bool recover_packs(hf_vault *vault, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    g_autoptr(GArray) rows = store != NULL ? hf_object_packs(vault->catalog, error) : NULL;
    if (rows == NULL)
        return false;
    g_autofree hf_store_known *known = g_new0(hf_store_known, rows->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        const hf_pack_row *row = &g_array_index(rows, hf_pack_row, i);
        known[i] = (hf_store_known){row->pack, row->end, row->slots};
    }
    return hf_store_recover(store, known, rows->len, error);
}

static bool published(const GPtrArray *segments, const char *name)
{
    for (guint i = 0; i < segments->len; i++) {
        const hf_published *segment = g_ptr_array_index(segments, i);
        if (strcmp(segment->directory, name) == 0)
            return true;
    }
    return false;
}

/* Segments without a row are what a killed command or a merge left. One that a reader still has open stays until later. */
static bool recover_index(hf_vault *vault, GError **error)
{
    g_autofree char *index = g_build_filename(vault->path, "index", NULL);
    g_autoptr(GPtrArray) segments = hf_published_list(vault->catalog, error);
    g_autoptr(GDir) dir = segments != NULL ? g_dir_open(index, 0, error) : NULL;
    if (dir == NULL)
        return false;
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        bool busy = false;
        g_autofree char *path = g_build_filename(index, name, NULL);
        if (!published(segments, name) && !hf_segment_shred(path, &busy, error))
            return false;
    }
    return true;
}

/* A merge holds three descriptors a segment, the crawl one a file in flight. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = MIN(limit.rlim_max, 65536);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* What was searched since somebody last wrote goes to the log before what this command does. */
static bool fold_searches(hf_vault *vault, GError **error)
{
    if (!hf_catalog_begin(vault->catalog, error))
        return false;
    if (hf_vault_fold_searches(vault, error) && hf_catalog_commit(vault->catalog, error))
        return hf_vault_searches_folded(vault, error);
    hf_catalog_rollback(vault->catalog);
    return false;
}

static bool open_for_writing(hf_vault *vault, const char *command, GError **error)
{
    raise_descriptor_limit();
    vault->lock = hf_vaultdir_lock(vault->path, command, error);
    if (vault->lock == NULL)
        return false;
    vault->catalog = hf_catalog_open(vault->catalog_path, vault->dir->id, false, error);
    return vault->catalog != NULL && hf_file_empty_directory(vault->work, error) &&
           recover_packs(vault, error) && recover_index(vault, error) &&
           fold_searches(vault, error) && hf_vault_forget_queries(vault, error);
}

hf_vault *hf_vault_open(const hf_vault_options *options, bool write, const char *command,
                        GError **error)
{
    g_autoptr(hf_vault) vault = g_new0(hf_vault, 1);
    g_mutex_init(&vault->mutex);
    vault->write = write;
    vault->path = g_strdup(options->path);
    vault->work = g_build_filename(options->path, "work", NULL);
    vault->catalog_path = g_build_filename(options->path, "catalog.db", NULL);
    vault->key_file = g_strdup(options->key_file);
    vault->passphrase = g_strdup(options->passphrase);
    vault->dir = hf_vaultdir_read(options->path, error);
    if (vault->dir == NULL)
        return NULL;
    if (write)
        return open_for_writing(vault, command, error) ? g_steal_pointer(&vault) : NULL;
    vault->catalog = hf_catalog_open(vault->catalog_path, vault->dir->id, false, error);
    return vault->catalog != NULL ? g_steal_pointer(&vault) : NULL;
}

void hf_vault_free(hf_vault *vault)
{
    if (vault == NULL)
        return;
    hf_store_free(vault->store);
    hf_catalog_free(vault->catalog);
    hf_vaultdir_unlock(vault->lock);
    hf_vaultdir_free(vault->dir);
    if (vault->passphrase != NULL)
        explicit_bzero(vault->passphrase, strlen(vault->passphrase));
    g_mutex_clear(&vault->mutex);
    g_free(vault->path);
    g_free(vault->work);
    g_free(vault->catalog_path);
    g_free(vault->key_file);
    g_free(vault->passphrase);
    g_free(vault);
}

const char *hf_vault_path(hf_vault *vault)
{
    return vault->path;
}

const char *hf_vault_id(hf_vault *vault)
{
    return vault->dir->id;
}

const char *hf_vault_timezone(hf_vault *vault)
{
    return vault->dir->timezone;
}

const char *hf_vault_key_source(hf_vault *vault)
{
    return vault->dir->key_source;
}

hf_time hf_vault_created(hf_vault *vault)
{
    return vault->dir->created;
}

const char *hf_vault_work(hf_vault *vault)
{
    return vault->work;
}

hf_catalog *hf_vault_catalog(hf_vault *vault)
{
    return vault->catalog;
}

hf_catalog *hf_vault_connect(hf_vault *vault, bool read_only, GError **error)
{
    return hf_catalog_open(vault->catalog_path, vault->dir->id, read_only, error);
}

hf_store *hf_vault_store(hf_vault *vault, GError **error)
{
    g_mutex_lock(&vault->mutex);
    if (vault->store == NULL)
        vault->store =
            hf_store_open(vault->path, vault->dir, vault->write ? HF_STORE_WRITE : HF_STORE_READ,
                          vault->key_file, vault->passphrase, error);
    hf_store *store = vault->store;
    g_mutex_unlock(&vault->mutex);
    return store;
}

/* ---- query keys that are over ---- */

static hf_time years_ago(int years)
{
    int year, month, day, hour, minute, second;
    hf_time_to_civil(hf_time_now(), &year, &month, &day, &hour, &minute, &second);
    if (month == 2 && day == 29)
        day = 28;
    return hf_time_from_civil(year - years, month, day, hour, minute, second);
}

/* For a vault that is open for reading. Whoever holds the lock now does it at the next opening. */
static bool forget_with_lock(hf_vault *vault, hf_time before, GError **error)
{
    unsigned destroyed = 0;
    g_autoptr(GError) busy = NULL;
    g_autoptr(hf_vaultlock) lock = hf_vaultdir_lock(vault->path, "destroy query keys", &busy);
    if (lock == NULL && g_error_matches(busy, HF_ERROR, HF_ERROR_BUSY))
        return true;
    if (lock == NULL) {
        g_propagate_error(error, g_steal_pointer(&busy));
        return false;
    }
    g_autoptr(hf_store) store = hf_store_open(vault->path, vault->dir, HF_STORE_WRITE,
                                              vault->key_file, vault->passphrase, error);
    return store != NULL && hf_store_forget_queries(store, before, &destroyed, error);
}

bool hf_vault_forget_queries(hf_vault *vault, GError **error)
{
    hf_store_query_keys keys;
    unsigned destroyed = 0;
    hf_time before = years_ago(HF_STORE_QUERY_YEARS);
    hf_store *store = hf_vault_store(vault, error);
    if (store == NULL || !hf_store_count_queries(store, before, &keys, error))
        return false;
    if (keys.due == 0)
        return true;
    return vault->write ? hf_store_forget_queries(store, before, &destroyed, error)
                        : forget_with_lock(vault, before, error);
}

char *hf_vault_segment_path(hf_vault *vault, const char *directory)
{
    return g_build_filename(vault->path, "index", directory, NULL);
}

/* A merge may replace segments between listing and opening them: then the list is read again. */
#define INDEX_TRIES 20

static hf_index *open_index(hf_vault *vault, GError **error)
{
    g_autoptr(GPtrArray) segments = hf_published_list(vault->catalog, error);
    if (segments == NULL)
        return NULL;
    g_auto(GStrv) paths = g_new0(char *, segments->len + 1);
    for (guint i = 0; i < segments->len; i++) {
        const hf_published *segment = g_ptr_array_index(segments, i);
        paths[i] = hf_vault_segment_path(vault, segment->directory);
    }
    return hf_index_open((const char *const *)paths, segments->len, g_get_num_processors(), error);
}

static hf_index *try_open(hf_vault *vault, GError **error)
{
    if (!hf_catalog_begin_read(vault->catalog, error))
        return NULL;
    hf_index *index = open_index(vault, error);
    if (index == NULL)
        hf_catalog_end_read(vault->catalog);
    return index;
}

hf_index *hf_vault_begin_read(hf_vault *vault, GError **error)
{
    raise_descriptor_limit();
    for (unsigned i = 1;; i++) {
        GError *own = NULL;
        hf_index *index = try_open(vault, &own);
        if (index != NULL)
            return index;
        if (!g_error_matches(own, HF_ERROR, HF_ERROR_NOT_FOUND)) {
            g_propagate_error(error, own);
            return NULL;
        }
        if (i == INDEX_TRIES) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                        "%s; if nothing writes to the vault now, build the index again: "
                        "holdfast reindex --all",
                        own->message);
            g_error_free(own);
            return NULL;
        }
        g_error_free(own);
    }
}

static hf_object_ref object_ref(const hf_object_row *row)
{
    return (hf_object_ref){row->pack, row->slot, row->offset, row->stored, row->size};
}

static bool hash_wrong(const hf_object_row *object, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                "the object at %" G_GUINT64_FORMAT
                " of pack %08u does not have the hash that the catalog keeps; restore the pack"
                " or the catalog from a backup, then run holdfast verify",
                object->offset, object->pack);
    return false;
}

GBytes *hf_vault_read(hf_vault *vault, const hf_object_row *object, size_t limit, GError **error)
{
    const hf_object_ref ref = object_ref(object);
    uint8_t sha256[32];
    hf_store *store = hf_vault_store(vault, error);
    g_autoptr(GBytes) bytes = store != NULL ? hf_store_read(store, &ref, limit, error) : NULL;
    if (bytes == NULL)
        return NULL;
    hf_digest_sha256(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), sha256);
    if (memcmp(sha256, object->sha256, sizeof sha256) != 0) {
        hash_wrong(object, error);
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

typedef struct {
    hf_digester *digester;
    hf_store_piece piece;
    void *data;
} checked_stream;

static bool pass_piece(void *data, const void *bytes, size_t n, GError **error)
{
    checked_stream *stream = data;
    hf_digest_update(stream->digester, bytes, n);
    return stream->piece == NULL || stream->piece(stream->data, bytes, n, error);
}

bool hf_vault_read_stream(hf_vault *vault, const hf_object_row *object, hf_store_piece piece,
                          void *data, GError **error)
{
    const hf_object_ref ref = object_ref(object);
    hf_digest digest;
    g_autoptr(hf_digester) digester = hf_digest_new_sha256();
    checked_stream stream = {digester, piece, data};
    hf_store *store = hf_vault_store(vault, error);
    if (store == NULL || !hf_store_read_stream(store, &ref, pass_piece, &stream, error))
        return false;
    hf_digest_finish(digester, &digest);
    return memcmp(digest.sha256, object->sha256, sizeof digest.sha256) == 0 ||
           hash_wrong(object, error);
}
