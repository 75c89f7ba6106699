#include "holdfast/ingest.h"
#include "ingest/committer.h"
#include "ingest/known.h"
#include "ingest/pipeline.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    hf_vault *vault;
    const hf_ingest_options *options;
    int64_t matter;
    hf_known *known;
    hf_progress *progress;
    hf_committer *committer;
    hf_pipeline *pipeline;
    hf_balance counted;
    /* of the source that is crawled */
    int64_t source;
    char *root;
    bool single;
    GHashTable *crawled; /* sources of this run */
    int64_t leaving_out; /* digest of the settings that leave members out */
    bool stopped;        /* by a reader or the committer, who has the reason */
    GHashTable *folder_items,
        *folder_excluded; /* known file -> what it came to; of the current folder */
} run;

/* ---- the settings, as they are kept with the run ---- */

static void write_list(hf_json *json, const char *key, const char *const *values)
{
    hf_json_key(json, key);
    hf_json_array(json);
    for (size_t i = 0; values != NULL && values[i] != NULL; i++)
        hf_json_string(json, values[i]);
    hf_json_end_array(json);
}

static char *settings_json(const hf_ingest_options *o, const char *const *paths)
{
    GString *out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    write_list(&json, "paths", paths);
    hf_json_pair(&json, "matter", o->matter);
    hf_json_pair(&json, "custodian", o->custodian);
    hf_json_pair(&json, "custodian_from", o->custodian_from);
    write_list(&json, "include", o->filter.include);
    write_list(&json, "exclude", o->filter.exclude);
    hf_json_pair_time(&json, "date_from", o->filter.date_from);
    hf_json_pair_time(&json, "date_to", o->filter.date_to);
    hf_json_pair_int(&json, "max_size", (int64_t)o->filter.max_size);
    hf_json_pair(&json, "known_hashes", o->known_hashes);
    hf_json_pair(&json, "embedded", o->all_embedded ? "all" : "documents");
    hf_json_pair_bool(&json, "in_place", o->in_place);
    hf_json_pair_bool(&json, "passwords", o->passwords != NULL && o->passwords[0] != NULL);
    hf_json_pair(&json, "reason", o->reason);
    hf_json_end_object(&json);
    return g_string_free(out, FALSE);
}

/* What a file came to depends on them: one of which they left something out is read again under others. */
static int64_t digest_of_leaving_out(const hf_ingest_options *o)
{
    struct stat st;
    uint8_t digest[32];
    guint64 number;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    write_list(&json, "include", o->filter.include);
    write_list(&json, "exclude", o->filter.exclude);
    hf_json_pair(&json, "known", o->known_hashes);
    if (o->known_hashes != NULL && stat(o->known_hashes, &st) == 0) {
        hf_json_pair_int(&json, "size", st.st_size);
        hf_json_pair_int(&json, "modified", st.st_mtim.tv_sec);
    }
    hf_json_end_object(&json);
    hf_digest_sha256(out->str, out->len, digest);
    memcpy(&number, digest, sizeof number);
    return (int64_t)(GUINT64_FROM_BE(number) >> 1);
}

/* ---- what the crawl finds ---- */

static GHashTable *counts_by_id(const GArray *known, const GArray *counts)
{
    GHashTable *table = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < known->len; i++) {
        gsize id = (gsize)g_array_index(known, hf_crawl_known, i).id;
        g_hash_table_insert(table, GSIZE_TO_POINTER(id),
                            GSIZE_TO_POINTER((gsize)g_array_index(counts, int64_t, i)));
    }
    return table;
}

static GArray *known_files(void *data, const char *folder, GError **error)
{
    run *r = data;
    g_autoptr(GArray) items = NULL;
    g_autoptr(GArray) excluded = NULL;
    GArray *known = hf_source_known(hf_vault_catalog(r->vault), r->source, folder, r->leaving_out,
                                    &items, &excluded, error);
    if (known == NULL)
        return NULL;
    g_clear_pointer(&r->folder_items, g_hash_table_unref);
    g_clear_pointer(&r->folder_excluded, g_hash_table_unref);
    r->folder_items = counts_by_id(known, items);
    r->folder_excluded = counts_by_id(known, excluded);
    return known;
}

static GPtrArray *known_folders(void *data, const char *folder, GError **error)
{
    run *r = data;
    return hf_source_folders(hf_vault_catalog(r->vault), r->source, folder, error);
}

static char *place_of(const run *r, const hf_crawl_entry *entry)
{
    if (r->single)
        return g_strdup(r->root);
    const char *slash = g_str_has_suffix(r->root, "/") ? "" : "/";
    return g_strconcat(r->root, slash, entry->folder,
                       *entry->folder != '\0' && *entry->name != '\0' ? "/" : "", entry->name,
                       NULL);
}

static bool stopped(run *r, GError **error)
{
    r->stopped = true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the run was stopped");
    return false;
}

static hf_record_file *record_file(const run *r, const hf_crawl_entry *entry)
{
    hf_record_file *file = g_new0(hf_record_file, 1);
    file->refs = 1;
    file->source = r->source;
    file->folder = g_strdup(entry->folder);
    file->name = g_strdup(entry->name);
    file->place = place_of(r, entry);
    file->stat = entry->stat;
    file->in_place = r->options->in_place;
    file->settings = r->leaving_out;
    file->budget = hf_item_budget(&r->options->limits, entry->stat.size);
    if (r->options->custodian_from != NULL) {
        g_autofree char *below = *entry->folder != '\0'
                                     ? g_strconcat(entry->folder, "/", entry->name, NULL)
                                     : g_strdup(entry->name);
        g_autofree char *found = hf_crawl_custodian_from(r->options->custodian_from, below);
        if (found != NULL)
            file->custodian = hf_name_utf8(found, -1);
    }
    if (file->custodian == NULL)
        file->custodian = g_strdup(r->options->custodian);
    return file;
}

static bool push_record(run *r, hf_record_kind kind, const hf_crawl_entry *entry,
                        hf_item_error reason, const char *why, GError **error)
{
    g_autofree char *place = place_of(r, entry);
    /* A file that cannot be read is remembered, so that the exception is over once it can. */
    hf_record_file *file =
        kind == HF_RECORD_EXCEPTION && *entry->name != '\0' ? record_file(r, entry) : NULL;
    hf_record *record = hf_record_new(kind, file, "", place);
    if (file != NULL)
        file->pending = 1;
    hf_record_file_unref(file);
    if (kind == HF_RECORD_EXCLUDED) {
        record->unread = record_file(r, entry);
        record->left_out_size = *entry->name != '\0' ? (int64_t)entry->stat.size : -1;
    }
    record->why = g_strdup(why);
    record->reason = reason;
    record->source = r->source;
    record->known = entry->known_id;
    return hf_committer_push(r->committer, record) || stopped(r, error);
}

/* O_NOATIME leaves the evidence's access time alone; it is only allowed to the owner and to root. */
static int open_file(const hf_crawl_entry *entry)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(entry->folder_fd, entry->name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(entry->folder_fd, entry->name, flags);
    return fd;
}

static bool take_file(run *r, const hf_crawl_entry *entry, GError **error)
{
    int fd = open_file(entry);
    if (fd < 0)
        return push_record(r, HF_RECORD_EXCEPTION, entry,
                           errno == ENOENT ? HF_ITEM_VANISHED : HF_ITEM_UNREADABLE,
                           g_strerror(errno), error);
    hf_record_file *file = record_file(r, entry);
    bool ok = hf_pipeline_file(r->pipeline, file, fd);
    hf_record_file_unref(file);
    return ok || stopped(r, error);
}

static void count_unchanged(run *r, int64_t id)
{
    uint64_t items =
        GPOINTER_TO_SIZE(g_hash_table_lookup(r->folder_items, GSIZE_TO_POINTER((gsize)id)));
    uint64_t excluded =
        GPOINTER_TO_SIZE(g_hash_table_lookup(r->folder_excluded, GSIZE_TO_POINTER((gsize)id)));
    r->counted.found += items;
    r->counted.excluded += excluded;
    r->counted.unchanged += items - excluded;
}

static bool on_entry(void *data, const hf_crawl_entry *entry, GError **error)
{
    run *r = data;
    if (entry->state != HF_CRAWL_GONE)
        r->counted.sources++;
    switch (entry->state) {
    case HF_CRAWL_NEW:
    case HF_CRAWL_CHANGED:
        hf_committer_seen(r->committer, entry->stat.size);
        return take_file(r, entry, error);
    case HF_CRAWL_UNCHANGED:
        count_unchanged(r, entry->known_id);
        return true;
    case HF_CRAWL_GONE:
        return push_record(r, HF_RECORD_GONE, entry, 0, NULL, error);
    case HF_CRAWL_EXCLUDED:
    case HF_CRAWL_SPECIAL:
        return push_record(r, HF_RECORD_EXCLUDED, entry, 0, entry->why, error);
    case HF_CRAWL_UNREADABLE:
        return push_record(r, HF_RECORD_EXCEPTION, entry, HF_ITEM_UNREADABLE, entry->why, error);
    }
    return true;
}

/* What a run would do: files are counted, nothing is read. */
static bool on_entry_dry(void *data, const hf_crawl_entry *entry, GError **error)
{
    hf_balance *b = &((run *)data)->counted;
    (void)error;
    if (entry->state == HF_CRAWL_GONE) {
        b->gone++;
        return true;
    }
    b->sources++;
    b->found++;
    if (entry->state == HF_CRAWL_NEW || entry->state == HF_CRAWL_CHANGED)
        b->new_++;
    else if (entry->state == HF_CRAWL_UNCHANGED)
        b->unchanged++;
    else if (entry->state == HF_CRAWL_UNREADABLE)
        b->exception++;
    else
        b->excluded++;
    return true;
}

/* ---- sources ---- */

static bool inside_vault(hf_vault *vault, const char *root)
{
    g_autofree char *own = realpath(hf_vault_path(vault), NULL);
    return own != NULL && g_str_has_prefix(root, own) &&
           (root[strlen(own)] == '/' || root[strlen(own)] == '\0');
}

/* Resolves what the user named: the source's root, and whether it is one file. */
static bool name_source(run *r, const char *path, GError **error)
{
    struct stat st;
    g_free(r->root);
    r->root = realpath(path, NULL);
    if (r->root == NULL || stat(r->root, &st) != 0) {
        g_autofree char *shown = hf_name_display(path, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "cannot ingest \"%s\": %s", shown,
                    g_strerror(errno));
        return false;
    }
    if (inside_vault(r->vault, r->root)) {
        g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                    "cannot ingest \"%s\": it lies in the vault itself", r->root);
        return false;
    }
    r->single = !S_ISDIR(st.st_mode);
    return true;
}

/* An old source is only looked up: no transaction, no sync. */
static bool open_source(run *r, const char *path, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(r->vault);
    const hf_ingest_options *o = r->options;
    if (!name_source(r, path, error))
        return false;
    hf_source_row row = {r->root, r->matter, r->single, o->in_place,
                         o->custodian_from != NULL ? o->custodian_from : o->custodian};
    if (!hf_source_find(catalog, &row, &r->source, error))
        return false;
    if (r->source != 0 || r->options->dry_run)
        return true;
    if (!hf_catalog_begin(catalog, error))
        return false;
    if (hf_source_open(catalog, &row, &r->source, error) && hf_catalog_commit(catalog, error))
        return true;
    hf_catalog_rollback(catalog);
    return false;
}

/* A vault below a source is not collected into itself. */
static hf_crawl_filter filter_without_vault(const run *r)
{
    struct stat st;
    hf_crawl_filter filter = r->options->filter;
    if (stat(hf_vault_path(r->vault), &st) == 0) {
        filter.skip_device = st.st_dev;
        filter.skip_inode = st.st_ino;
    }
    return filter;
}

static bool push_missing(run *r, const char *path, const char *why, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    hf_record *record = hf_record_new(HF_RECORD_EXCEPTION, NULL, "", absolute);
    record->reason = HF_ITEM_VANISHED;
    record->why = g_strdup(why);
    return hf_committer_push(r->committer, record) || stopped(r, error);
}

/* A source that was named twice is walked once. */
static bool crawl_source(run *r, const char *path, GError **error)
{
    hf_crawl_filter filter = filter_without_vault(r);
    bool whole = filter.exclude == NULL || filter.exclude[0] == NULL;
    bool dry = r->options->dry_run;
    if (!open_source(r, path, error))
        return false;
    if (!dry && !g_hash_table_add(r->crawled, GSIZE_TO_POINTER((gsize)r->source)))
        return true;
    bool walked = hf_crawl_walk(r->root, &filter, known_files, known_folders,
                                dry ? on_entry_dry : on_entry, r, error);
    if (!dry) {
        hf_committer_count(r->committer, r->source, &r->counted);
        r->counted = (hf_balance){0};
    }
    if (!walked)
        return false;
    if (whole && !dry)
        hf_committer_crawled(r->committer, r->source);
    return true;
}

/* Done before anything is written: a path in the vault is refused, and there must be one that is there. */
static bool check_paths(run *r, const char *const *paths, GError **error)
{
    bool any = false;
    g_autoptr(GError) missing = NULL;
    for (size_t i = 0; paths[i] != NULL; i++) {
        GError *failed = NULL;
        if (name_source(r, paths[i], &failed)) {
            any = true;
        } else if (!g_error_matches(failed, HF_ERROR, HF_ERROR_NOT_FOUND)) {
            g_propagate_error(error, failed);
            return false;
        } else if (missing == NULL) {
            missing = failed;
        } else {
            g_error_free(failed);
        }
    }
    if (any || missing == NULL)
        return true;
    if (paths[1] != NULL)
        g_prefix_error(&missing, "none of the %u paths is there: ", g_strv_length((char **)paths));
    g_propagate_error(error, g_steal_pointer(&missing));
    return false;
}

/* Of several paths one that is not there is an exception. */
static bool crawl(run *r, const char *const *paths, GError **error)
{
    for (size_t i = 0; paths[i] != NULL; i++) {
        GError *failed = NULL;
        if (crawl_source(r, paths[i], &failed))
            continue;
        if (!g_error_matches(failed, HF_ERROR, HF_ERROR_NOT_FOUND)) {
            g_propagate_error(error, failed);
            return false;
        }
        bool ok = r->options->dry_run || push_missing(r, paths[i], failed->message, error);
        g_error_free(failed);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- the run ---- */

static void committer_failed(void *data)
{
    run *r = data;
    if (r->pipeline != NULL)
        hf_pipeline_stop(r->pipeline);
}

static bool start(run *r, const char *const *paths, GError **error)
{
    const hf_ingest_options *o = r->options;
    g_autofree char *settings = settings_json(o, paths);
    r->crawled = g_hash_table_new(NULL, NULL);
    r->leaving_out = digest_of_leaving_out(o);
    if (o->matter != NULL &&
        !hf_matter_find(hf_vault_catalog(r->vault), o->matter, &r->matter, error))
        return false;
    if (o->known_hashes != NULL &&
        (r->known = hf_known_open(o->known_hashes, hf_vault_work(r->vault), error)) == NULL)
        return false;
    r->progress = hf_progress_new(o->progress, "ingest", "documents");
    r->committer = hf_committer_new(r->vault, settings, g_get_num_processors(), r->progress,
                                    committer_failed, r, error);
    if (r->committer == NULL)
        return false;
    r->pipeline = hf_pipeline_new(r->vault, o, r->matter, r->known, r->committer, error);
    return r->pipeline != NULL;
}

/* The first thing that went wrong is told; that the others were stopped is not. A run is only finished in the catalog if all of
 * it was walked and read. */
static bool run_all(run *r, const char *const *paths, int64_t *id, hf_balance *balance,
                    GError **error)
{
    GError *crawl_error = NULL;
    bool crawled = crawl(r, paths, &crawl_error);
    if (r->stopped)
        g_clear_error(&crawl_error);
    bool read = hf_pipeline_finish(r->pipeline, crawl_error == NULL ? error : NULL);
    if (crawl_error != NULL)
        g_propagate_error(error, crawl_error);
    if (!read || (!crawled && !r->stopped))
        return false;
    return hf_committer_finish(r->committer, id, balance, error) && crawled;
}

static void run_clear(run *r)
{
    g_autoptr(GError) ignored = NULL;
    if (r->pipeline != NULL) {
        hf_pipeline_stop(r->pipeline);
        hf_pipeline_finish(r->pipeline,
                           &ignored); /* joins the threads that push to the committer */
    }
    hf_committer_free(r->committer);
    hf_pipeline_free(r->pipeline);
    hf_progress_free(r->progress);
    hf_known_free(r->known);
    g_clear_pointer(&r->folder_items, g_hash_table_unref);
    g_clear_pointer(&r->folder_excluded, g_hash_table_unref);
    g_clear_pointer(&r->crawled, g_hash_table_unref);
    g_free(r->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(run, run_clear)

static bool dry_run(run *r, const char *const *paths, int64_t *id, hf_balance *balance,
                    GError **error)
{
    const char *matter = r->options->matter;
    if ((matter != NULL &&
         !hf_matter_find(hf_vault_catalog(r->vault), matter, &r->matter, error)) ||
        !crawl(r, paths, error))
        return false;
    *id = 0;
    *balance = r->counted;
    return true;
}

bool hf_ingest_run(hf_vault *vault, const hf_ingest_options *options, const char *const *paths,
                   int64_t *id, hf_balance *balance, GError **error)
{
    g_auto(run) r = {.vault = vault, .options = options};
    if (!check_paths(&r, paths, error))
        return false;
    if (options->dry_run)
        return dry_run(&r, paths, id, balance, error);
    if (!hf_ingest_reindex(vault, false, options->progress, error) || !start(&r, paths, error) ||
        !run_all(&r, paths, id, balance, error))
        return false;
    return hf_indexer_merge(vault, hf_vault_catalog(vault), error);
}
