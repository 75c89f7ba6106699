#include "ingest/pipeline.h"
#include "ingest/recipe.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_IN_FLIGHT 1024
#define MEMBERS_IN_FLIGHT (24 * 1024 * 1024) /* bytes that a level's members hold */
#define MEMBER_WEIGHT (16 * 1024)
#define DEPTH_MOST 64
#define KEPT_WORKERS 2 /* levels that keep their worker between containers */

/* A file or member that is to be read. */
typedef struct {
    hf_record_file *file;
    hf_item *item; /* root of a family to be; its content is there */
    char *path_inside, *place;
    unsigned depth; /* containers around it */
    hf_gate *gate;
    gsize weight;
} unit;

typedef struct {
    hf_pipeline *pipeline;
    unsigned depth; /* of the containers that it opens */
    hf_queue *queue;
    hf_gate *gate; /* of their members */
    GThread *thread;
    unit *open; /* the container that is being read */
} level;

struct hf_pipeline {
    hf_vault *vault;
    hf_store *store;
    const hf_ingest_options *options;
    hf_worker_options worker_options;
    int64_t matter;
    hf_known *known;
    hf_committer *committer;
    hf_queue *units;
    hf_gate *files;
    GPtrArray *readers; /* of GThread */
    GMutex mutex;       /* of levels and error */
    level *levels[DEPTH_MOST];
    bool stopped;
    GError *error;
};

static unit *unit_new(hf_record_file *file, hf_item *item, const char *inside, unsigned depth)
{
    unit *u = g_new0(unit, 1);
    u->file = hf_record_file_ref(file);
    u->item = item;
    u->path_inside = g_strdup(inside);
    u->place =
        *inside != '\0' ? g_strconcat(file->place, "!/", inside, NULL) : g_strdup(file->place);
    u->depth = depth;
    return u;
}

static void unit_free(gpointer data)
{
    unit *u = data;
    if (u == NULL)
        return;
    if (u->gate != NULL)
        hf_gate_leave(u->gate, u->weight);
    hf_record_file_unref(u->file);
    hf_item_free(u->item);
    g_free(u->path_inside);
    g_free(u->place);
    g_free(u);
}

/* Large ones first, by powers of two: the last to be read should be a small one, or one reader works while the others have
 * nothing left. */
static bool queue_unit(hf_pipeline *p, unit *u)
{
    return hf_queue_push_ranked(p->units, u, 0,
                                g_bit_storage((gulong)(hf_content_size(u->item->content) >> 14)));
}

static void stop_with(hf_pipeline *p, GError *error)
{
    g_mutex_lock(&p->mutex);
    if (p->error == NULL && !p->stopped) /* else it only tells that the run was stopped */
        p->error = error;
    else
        g_clear_error(&error);
    g_mutex_unlock(&p->mutex);
    hf_pipeline_stop(p);
}

/* ---- records from units ---- */

/* A record that takes the unit's item, file and place in the gate; the unit is gone. */
static hf_record *record_from(hf_pipeline *p, unit *u, hf_record_kind kind)
{
    hf_record *record = hf_record_new(kind, u->file, u->path_inside, u->place);
    record->matter = p->matter;
    record->root = g_steal_pointer(&u->item);
    record->gate = g_steal_pointer(&u->gate);
    record->weight = u->weight;
    record->modified = record->root->modified;
    unit_free(u);
    return record;
}

static bool push(hf_pipeline *p, hf_record *record)
{
    return hf_committer_push(p->committer, record);
}

static bool push_exception(hf_pipeline *p, unit *u, hf_item_error reason, const char *why)
{
    hf_record *record = record_from(p, u, HF_RECORD_EXCEPTION);
    record->reason = reason;
    record->why = g_strdup(why);
    return push(p, record);
}

/* Errors of one item become its exception; others stop the run. */
static bool push_failed(hf_pipeline *p, hf_record *record, GError **error)
{
    if ((*error)->domain != HF_ITEM_ERROR) {
        hf_record_free(record);
        return false;
    }
    record->kind = HF_RECORD_EXCEPTION;
    record->reason = (hf_item_error)(*error)->code;
    record->why = g_strdup((*error)->message);
    g_clear_error(error);
    return push(p, record);
}

static bool push_family(hf_pipeline *p, unit *u, GError **error)
{
    bool in_place = u->file->in_place;
    hf_record *record = record_from(p, u, HF_RECORD_FAMILY);
    if (!hf_record_prepare(record, p->store, in_place, error))
        return push_failed(p, record, error);
    return push(p, record);
}

/* ---- the readers: documents ---- */

typedef struct {
    hf_pipeline *pipeline;
    hf_catalog *catalog;
    hf_worker *worker; /* made with the first unit that needs one */
    char *custodian;   /* of the last unit */
} reader;

/* The file's bytes as they are now: size and times may have changed since the crawl looked. */
static bool same_stat(const hf_filestat *was, const struct stat *is)
{
    return was->size == (uint64_t)is->st_size &&
           was->mtime_ns == is->st_mtim.tv_sec * INT64_C(1000000000) + is->st_mtim.tv_nsec &&
           was->ctime_ns == is->st_ctim.tv_sec * INT64_C(1000000000) + is->st_ctim.tv_nsec;
}

/* For a file of a source: whether it is still what the crawl saw. Members lie in scratch files of our own. */
static bool changed(const unit *u, int fd)
{
    struct stat st;
    return *u->path_inside == '\0' && fd >= 0 &&
           (fstat(fd, &st) != 0 || !same_stat(&u->file->stat, &st));
}

static int file_descriptor(const unit *u)
{
    bool owned;
    return *u->path_inside == '\0' ? hf_content_open(u->item->content, NULL, &owned, NULL) : -1;
}

static bool get_worker(reader *r, const unit *u, GError **error)
{
    if (r->worker == NULL)
        r->worker = hf_worker_new(&r->pipeline->worker_options, error);
    else if (g_strcmp0(r->custodian, u->file->custodian) != 0)
        hf_worker_renew(r->worker);
    if (g_strcmp0(r->custodian, u->file->custodian) != 0) {
        g_free(r->custodian);
        r->custodian = g_strdup(u->file->custodian);
    }
    return r->worker != NULL;
}

static hf_item_reader item_reader(reader *r, const unit *u, bool defer)
{
    hf_pipeline *p = r->pipeline;
    return (hf_item_reader){
        .worker = r->worker,
        .limits = &p->options->limits,
        .work_directory = hf_vault_work(p->vault),
        .passwords = p->options->passwords,
        .all_embedded = p->options->all_embedded,
        .defer_containers = defer,
        .budget = &u->file->budget,
    };
}

/* Whether what has these bytes must be read although they are known: a container of which something is missing does not say
 * by its bytes what it holds, and a family that lies in place only is to be stored. */
static bool must_read(reader *r, const unit *u, int64_t family, bool *must, GError **error)
{
    if (!hf_container_was_opened(r->catalog, u->item->digest.sha256, must, error))
        return false;
    return *must || u->file->in_place || hf_family_is_in_place(r->catalog, family, must, error);
}

/* A container can only be copied where nothing of it would be left out. */
static bool leaves_out(const hf_pipeline *p)
{
    const hf_crawl_filter *filter = &p->options->filter;
    return p->known != NULL || (filter->include != NULL && filter->include[0] != NULL) ||
           (filter->exclude != NULL && filter->exclude[0] != NULL);
}

/* The family or the file of a source that the unit is equal to; both 0: it is to be read. */
static bool find_equal(reader *r, const unit *u, const hf_family_key_value *key, int64_t *family,
                       int64_t *copy_of, GError **error)
{
    hf_pipeline *p = r->pipeline;
    bool must = false;
    *family = *copy_of = 0;
    if (!hf_family_find(r->catalog, p->matter, key, family, error) ||
        (*family != 0 && !must_read(r, u, *family, &must, error)))
        return false;
    if (*family != 0) {
        *family = must ? 0 : *family;
        return true;
    }
    return *u->path_inside != '\0' || u->file->in_place || leaves_out(p) ||
           hf_container_find_equal(r->catalog, p->matter, key->hash, copy_of, error);
}

/* Hashes the unit. What is known by its bytes needs no reading. *done is set once the unit is dealt with and gone. */
static bool hash_unit(reader *r, unit *u, bool *done, GError **error)
{
    hf_pipeline *p = r->pipeline;
    hf_item *item = u->item;
    hf_family_key_value key;
    int64_t family = 0, copy_of = 0;
    GError *failed = NULL;
    if (!hf_content_digest(item->content, p->known != NULL && hf_known_wants_sha1(p->known),
                           &item->digest, &failed)) {
        if (failed->domain != HF_ITEM_ERROR) { /* our own scratch file */
            g_propagate_error(error, failed);
            return false;
        }
        *done = true;
        bool ok = push_exception(p, u, (hf_item_error)failed->code, failed->message);
        g_error_free(failed);
        return ok;
    }
    if (*u->path_inside == '\0') {
        memcpy(u->file->sha256, item->digest.sha256, 32);
        u->file->hashed = true;
    }
    bool known = false;
    if (p->known != NULL && !hf_known_has(p->known, &item->digest, &known, error))
        return false;
    if (known) {
        *done = true;
        hf_record *record = record_from(p, u, HF_RECORD_EXCLUDED);
        record->why = g_strdup("known file");
        record->left_out_size = (int64_t)hf_content_size(record->root->content);
        return push(p, record);
    }
    hf_recipe_bytes_key(item->digest.sha256, &key);
    if (!find_equal(r, u, &key, &family, &copy_of, error))
        return false;
    if (family != 0 || copy_of != 0) {
        *done = true;
        hf_record *record = record_from(p, u, family != 0 ? HF_RECORD_DUPLICATE : HF_RECORD_COPY);
        record->bytes_key = key;
        record->copy_of = copy_of;
        return push(p, record);
    }
    return true;
}

static level *level_for(hf_pipeline *p, unsigned depth);

static bool read_unit(reader *r, unit *u, GError **error)
{
    hf_pipeline *p = r->pipeline;
    bool done = false;
    int fd = file_descriptor(u);
    if (changed(u, fd))
        return push_exception(p, u, HF_ITEM_CHANGED,
                              "the file changed between the crawl and its reading");
    bool ok = hash_unit(r, u, &done, error);
    if (done)
        return ok;
    if (!ok || !get_worker(r, u, error)) {
        unit_free(u);
        return false;
    }
    hf_item_reader how = item_reader(r, u, true);
    if (!hf_item_read(&how, u->item, u->depth, error)) {
        unit_free(u);
        return false;
    }
    if (changed(u, fd))
        return push_exception(p, u, HF_ITEM_CHANGED, "the file changed while it was read");
    if (u->item->worked == HF_WORKED_DEFERRED) {
        level *l = level_for(p, u->depth);
        if (l != NULL && hf_queue_push(l->queue, u, 0))
            return true;
        unit_free(u);
        return false;
    }
    return push_family(p, u, error);
}

static void reader_free(reader *r)
{
    hf_worker_free(r->worker);
    hf_catalog_free(r->catalog);
    g_free(r->custodian);
}

static gpointer reader_thread(gpointer data)
{
    hf_pipeline *p = data;
    reader r = {.pipeline = p};
    GError *error = NULL;
    unit *u;
    r.catalog = hf_vault_connect(p->vault, true, &error);
    while (r.catalog != NULL && (u = hf_queue_pop(p->units)) != NULL) {
        if (!read_unit(&r, u, &error))
            break;
    }
    reader_free(&r);
    if (error != NULL)
        stop_with(p, error);
    return NULL;
}

/* ---- the levels: containers ---- */

static bool exclude_member(level *l, const unit *u, const char *why)
{
    g_atomic_int_inc(&u->file->pending);
    hf_record *record = hf_record_new(HF_RECORD_EXCLUDED, u->file, u->path_inside, u->place);
    record->why = g_strdup(why);
    record->left_out_size = (int64_t)hf_content_size(u->item->content);
    return push(l->pipeline, record);
}

static bool on_member(void *data, hf_item *member, GError **error)
{
    level *l = data;
    hf_pipeline *p = l->pipeline;
    hf_record_file *file = l->open->file;
    (void)error;
    g_autofree char *inside = *l->open->path_inside != '\0'
                                  ? g_strconcat(l->open->path_inside, "!/", member->path, NULL)
                                  : g_strdup(member->path);
    const char *why = hf_crawl_filter_path(&p->options->filter, inside);
    unit *u = unit_new(file, member, inside, l->depth + 1);
    g_free(member->path);
    member->path = g_strdup(""); /* it is the root of a family now */
    if (why != NULL) {
        bool ok = exclude_member(l, u, why);
        unit_free(u);
        return ok ||
               (g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the run was stopped"), false);
    }
    gsize weight = MEMBER_WEIGHT + hf_content_memory(member->content);
    if (!hf_gate_enter(l->gate, weight)) {
        unit_free(u);
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the run was stopped");
        return false;
    }
    u->gate = l->gate;
    u->weight = weight;
    g_atomic_int_inc(&file->pending);
    if (queue_unit(p, u))
        return true;
    unit_free(u);
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the run was stopped");
    return false;
}

/* What could not be read whole is kept, as a document of its own; the rest is a place. */
static bool push_container(hf_pipeline *p, unit *u, GError **error)
{
    if (!hf_item_damaged(u->item))
        return push(p, record_from(p, u, HF_RECORD_CONTAINER));
    return push_family(p, u, error);
}

static bool open_container(level *l, reader *r, unit *u, GError **error)
{
    if (!get_worker(r, u, error)) {
        unit_free(u);
        return false;
    }
    hf_item_reader how = item_reader(r, u, false);
    l->open = u;
    bool ok = hf_item_read_container(&how, u->item, u->depth, on_member, l, error);
    l->open = NULL;
    if (!ok) {
        unit_free(u);
        return false;
    }
    if (changed(u, file_descriptor(u)))
        hf_item_add_problem(u->item, HF_ITEM_CHANGED, "members",
                            "the file changed while it was read");
    return push_container(l->pipeline, u, error);
}

static gpointer level_thread(gpointer data)
{
    level *l = data;
    reader r = {.pipeline = l->pipeline};
    GError *error = NULL;
    unit *u;
    while ((u = hf_queue_pop(l->queue)) != NULL) {
        if (!open_container(l, &r, u, &error))
            break;
        /* Deep levels are rare: what they leave behind should not be a process each. */
        if (l->depth >= KEPT_WORKERS)
            g_clear_pointer(&r.worker, hf_worker_free);
    }
    reader_free(&r);
    if (error != NULL)
        stop_with(l->pipeline, error);
    return NULL;
}

static level *level_for(hf_pipeline *p, unsigned depth)
{
    g_mutex_lock(&p->mutex);
    level *l = p->stopped || depth >= DEPTH_MOST ? NULL : p->levels[depth];
    if (l == NULL && !p->stopped && depth < DEPTH_MOST) {
        l = g_new0(level, 1);
        l->pipeline = p;
        l->depth = depth;
        l->queue = hf_queue_new(1);
        l->gate = hf_gate_new(MEMBERS_IN_FLIGHT);
        l->thread = g_thread_new("container", level_thread, l);
        p->levels[depth] = l;
    }
    g_mutex_unlock(&p->mutex);
    return l;
}

/* ---- the pipeline ---- */

hf_pipeline *hf_pipeline_new(hf_vault *vault, const hf_ingest_options *options, int64_t matter,
                             hf_known *known, hf_committer *committer, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    if (store == NULL)
        return NULL;
    hf_pipeline *p = g_new0(hf_pipeline, 1);
    p->vault = vault;
    p->store = store;
    p->options = options;
    p->worker_options = (hf_worker_options){
        .program = options->worker, .limits = options->limits, .no_sandbox = options->no_sandbox};
    p->matter = matter;
    p->known = known;
    p->committer = committer;
    p->units = hf_queue_new(1);
    p->files = hf_gate_new(FILES_IN_FLIGHT);
    p->readers = g_ptr_array_new();
    g_mutex_init(&p->mutex);
    return p;
}

static void start_readers(hf_pipeline *p)
{
    unsigned n = p->options->workers > 0 ? p->options->workers : MAX(2, g_get_num_processors());
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(p->readers, g_thread_new("read", reader_thread, p));
}

bool hf_pipeline_file(hf_pipeline *p, hf_record_file *file, int fd)
{
    if (p->readers->len == 0)
        start_readers(p);
    hf_item *item = hf_item_new(NULL, HF_CHILD_MEMBER, "", file->name);
    item->content = hf_content_from_fd(fd, file->stat.size);
    item->modified.utc = file->stat.mtime_ns / 1000;
    item->modified.offset = HF_OFFSET_NONE;
    unit *u = unit_new(file, item, "", 0);
    if (!hf_gate_enter(p->files, 1)) {
        unit_free(u);
        return false;
    }
    u->gate = p->files;
    u->weight = 1;
    g_atomic_int_set(&file->pending, 1);
    if (queue_unit(p, u))
        return true;
    unit_free(u);
    return false;
}

static void join(hf_pipeline *p)
{
    for (guint i = 0; i < p->readers->len; i++)
        g_thread_join(g_ptr_array_index(p->readers, i));
    g_ptr_array_set_size(p->readers, 0);
    for (unsigned i = 0; i < DEPTH_MOST; i++) {
        if (p->levels[i] != NULL && p->levels[i]->thread != NULL)
            g_thread_join(g_steal_pointer(&p->levels[i]->thread));
    }
}

bool hf_pipeline_finish(hf_pipeline *p, GError **error)
{
    /* What is in flight at one level is the only thing that can put more into the next. */
    hf_gate_wait_empty(p->files);
    for (unsigned i = 0; i < DEPTH_MOST; i++) {
        g_mutex_lock(&p->mutex);
        level *l = p->levels[i];
        g_mutex_unlock(&p->mutex);
        if (l != NULL)
            hf_gate_wait_empty(l->gate);
    }
    hf_queue_close(p->units);
    for (unsigned i = 0; i < DEPTH_MOST; i++) {
        if (p->levels[i] != NULL)
            hf_queue_close(p->levels[i]->queue);
    }
    join(p);
    if (p->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&p->error));
    return false;
}

void hf_pipeline_stop(hf_pipeline *p)
{
    g_mutex_lock(&p->mutex);
    p->stopped = true;
    hf_queue_shut(p->units);
    hf_gate_shut(p->files);
    for (unsigned i = 0; i < DEPTH_MOST; i++) {
        if (p->levels[i] != NULL) {
            hf_queue_shut(p->levels[i]->queue);
            hf_gate_shut(p->levels[i]->gate);
        }
    }
    g_mutex_unlock(&p->mutex);
}

void hf_pipeline_free(hf_pipeline *p)
{
    if (p == NULL)
        return;
    hf_pipeline_stop(p);
    join(p);
    hf_queue_free(p->units, unit_free);
    for (unsigned i = 0; i < DEPTH_MOST; i++) {
        if (p->levels[i] == NULL)
            continue;
        hf_queue_free(p->levels[i]->queue, unit_free);
        hf_gate_free(p->levels[i]->gate);
        g_free(p->levels[i]);
    }
    hf_gate_free(p->files);
    g_ptr_array_unref(p->readers);
    g_clear_error(&p->error);
    g_mutex_clear(&p->mutex);
    g_free(p);
}
