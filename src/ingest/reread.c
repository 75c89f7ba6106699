#include "ingest/reread.h"
#include "ingest/recipe.h"
#include "ingest/rows.h"
#include "ingest/tally.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_RECORDS 256
#define BATCH_BYTES (8 * 1024 * 1024)
#define KEPT_WORKERS 3 /* levels that keep their worker between documents */

struct hf_reread {
    hf_vault *vault;
    hf_catalog *catalog;
    const hf_ingest_options *options;
    hf_worker_options worker_options;
    hf_rows_target target;
    GPtrArray *workers; /* of hf_worker, one for each level of containers */
    char *command, *settings;
    int64_t run, custodian; /* run 0: nothing was read yet */
    hf_tally *tally;
    hf_balance balance;
};

/* One document while it is read again. */
typedef struct {
    hf_reread *reread;
    const hf_document *document;
    int64_t source, file;
    char *path_inside; /* of its family, in the file */
    char *place;       /* of its family */
    unsigned depth;
    bool all_embedded;
    char **include, **exclude; /* as the run that brought it in was told */
    hf_family_key *key;        /* of all that is added to its family */
    GPtrArray *batch;          /* of hf_record: what is to be written next */
    gsize weight;
    uint64_t children;
    gssize budget; /* see hf_item_budget */
} reading;

/* A container, or the document itself, whose children come. */
typedef struct {
    reading *reading;
    hf_item *item;
    unsigned level; /* of the worker that reads it */
} opened;

/* ---- the run ---- */

hf_reread *hf_reread_new(hf_vault *vault, const hf_ingest_options *options, const char *command,
                         const char *settings, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    if (store == NULL)
        return NULL;
    hf_reread *r = g_new0(hf_reread, 1);
    r->vault = vault;
    r->catalog = hf_vault_catalog(vault);
    r->options = options;
    r->command = g_strdup(command);
    r->settings = g_strdup(settings);
    r->worker_options = (hf_worker_options){
        .program = options->worker, .limits = options->limits, .no_sandbox = options->no_sandbox};
    r->target = (hf_rows_target){store, g_array_new(FALSE, FALSE, sizeof(hf_pack_row))};
    r->workers = g_ptr_array_new_with_free_func((GDestroyNotify)hf_worker_free);
    r->tally = hf_tally_new();
    return r;
}

static bool begin_run(hf_reread *r, GError **error)
{
    if (r->run != 0)
        return true;
    if (!hf_catalog_begin(r->catalog, error))
        return false;
    if (hf_run_begin(r->catalog, r->command, r->settings, &r->run, error) &&
        hf_catalog_commit(r->catalog, error))
        return true;
    hf_catalog_rollback(r->catalog);
    return false;
}

void hf_reread_free(hf_reread *r)
{
    if (r == NULL)
        return;
    g_ptr_array_unref(r->workers);
    g_array_unref(r->target.pack_ends);
    hf_tally_free(r->tally);
    g_free(r->command);
    g_free(r->settings);
    g_free(r);
}

static void write_result(GString *out, int64_t run, const hf_retry_result *result)
{
    g_string_append_printf(out,
                           "\"run\":%" G_GINT64_FORMAT ",\"resolved\":%" G_GUINT64_FORMAT
                           ",\"replaced\":%" G_GUINT64_FORMAT ",\"still\":%" G_GUINT64_FORMAT
                           ",\"children\":%" G_GUINT64_FORMAT,
                           run, result->resolved, result->replaced, result->still,
                           result->children);
}

bool hf_reread_finish(hf_reread *r, const hf_retry_result *result, int64_t *run, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    write_result(text, r->run, result);
    g_string_append_printf(text, ",\"documents\":%" G_GUINT64_FORMAT, result->documents);
    *run = r->run;
    if (r->run == 0)
        return true;
    if (!hf_catalog_begin(r->catalog, error))
        return false;
    if (hf_run_finish(r->catalog, r->run, &r->balance, error) &&
        hf_log_append(r->catalog, "exceptions retried", text->str, error) &&
        hf_catalog_commit(r->catalog, error))
        return true;
    hf_catalog_rollback(r->catalog);
    return false;
}

/* ---- a document's bytes ---- */

static bool write_piece(void *data, const void *bytes, size_t n, GError **error)
{
    return hf_content_writer_write(data, bytes, n, error);
}

static hf_content *from_vault(hf_reread *r, const hf_object_row *object, GError **error)
{
    hf_spool *spool = hf_spool_new(hf_vault_work(r->vault));
    hf_content_writer *writer = hf_content_writer_new(spool);
    hf_spool_unref(spool);
    if (hf_vault_read_stream(r->vault, object, write_piece, writer, error))
        return hf_content_writer_finish(writer);
    hf_content_writer_free(writer);
    return NULL;
}

static hf_content *from_place(const hf_document *d, GError **error)
{
    struct stat st;
    hf_digest digest = {0};
    g_autofree char *shown = hf_name_display(d->place, -1);
    if (strstr(d->place, "!/") != NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "HF%07u lies in place inside a container (\"%s\"): ingest its source again",
                    d->id, shown);
        return NULL;
    }
    int fd = open(d->place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        hf_error_set_errno(error, errno, "open", d->place);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    hf_content *content = hf_content_from_fd(fd, (uint64_t)st.st_size);
    if (hf_content_digest(content, false, &digest, error) &&
        memcmp(digest.sha256, d->sha256, 32) == 0)
        return content;
    if (error != NULL && *error == NULL)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "\"%s\" is not what HF%07u was when it was collected: ingest its source again",
                    shown, d->id);
    hf_content_free(content);
    return NULL;
}

hf_content *hf_reread_content(hf_reread *r, const hf_document *d, char **name, GError **error)
{
    g_autoptr(hf_replacement) replacement = NULL;
    if (!hf_document_replacement(r->catalog, d->id, &replacement, error))
        return NULL;
    *name = g_strdup(replacement != NULL ? replacement->name : d->name);
    if (replacement != NULL)
        return from_vault(r, &replacement->object, error);
    return d->has_native ? from_vault(r, &d->native, error) : from_place(d, error);
}

/* ---- one reading ---- */

static void reading_clear(reading *g)
{
    g_free(g->path_inside);
    g_free(g->place);
    g_strfreev(g->include);
    g_strfreev(g->exclude);
    if (g->key != NULL)
        hf_family_key_unref(g->key);
    if (g->batch != NULL)
        g_ptr_array_unref(g->batch);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(reading, reading_clear)

static void free_record(gpointer record)
{
    hf_record_free(record);
}

static unsigned depth_of(const char *place)
{
    unsigned depth = 0;
    for (const char *mark = strstr(place, "!/"); mark != NULL; mark = strstr(mark + 2, "!/"))
        depth++;
    return depth;
}

static bool begin_reading(hf_reread *r, const hf_document *d, const hf_item *item, reading *g,
                          GError **error)
{
    *g = (reading){.reread = r, .document = d};
    g->budget = hf_item_budget(&r->options->limits, hf_content_size(item->content));
    if (!hf_family_first_place(r->catalog, d->family, &g->source, &g->file, &g->path_inside,
                               error) ||
        (g->include = hf_run_setting(r->catalog, d->run, "$.include", error)) == NULL ||
        (g->exclude = hf_run_setting(r->catalog, d->run, "$.exclude", error)) == NULL)
        return false;
    g_auto(GStrv) embedded = hf_run_setting(r->catalog, d->run, "$.embedded", error);
    if (embedded == NULL)
        return false;
    g->all_embedded =
        r->options->all_embedded || g_strv_contains((const char *const *)embedded, "all");
    size_t tail = *d->path != '\0' ? strlen(d->path) + strlen("!/") : 0;
    g->place = g_strndup(d->place, strlen(d->place) - tail);
    g->depth = depth_of(d->place);
    g->key = hf_family_key_new();
    g->batch = g_ptr_array_new_with_free_func(free_record);
    for (guint i = 0; r->custodian != d->custodian && i < r->workers->len; i++)
        hf_worker_renew(
            g_ptr_array_index(r->workers, i)); /* nothing of one custodian may reach another */
    r->custodian = d->custodian;
    return true;
}

static hf_item *root_item(const hf_document *d, hf_content *content, const char *name)
{
    hf_item *item = hf_item_new(NULL, HF_CHILD_MEMBER, d->path, name);
    item->content = content;
    item->modified =
        d->review_date; /* where the document does not say, what its place said stays */
    return item;
}

static hf_worker *worker_at(hf_reread *r, unsigned level, GError **error)
{
    while (r->workers->len <= level) {
        hf_worker *worker = hf_worker_new(&r->worker_options, error);
        if (worker == NULL)
            return NULL;
        g_ptr_array_add(r->workers, worker);
    }
    return g_ptr_array_index(r->workers, level);
}

static bool reader_at(reading *g, unsigned level, hf_item_reader *reader, GError **error)
{
    hf_reread *r = g->reread;
    *reader = (hf_item_reader){
        .worker = worker_at(r, level, error),
        .limits = &r->options->limits,
        .work_directory = hf_vault_work(r->vault),
        .passwords = r->options->passwords,
        .all_embedded = g->all_embedded,
        .defer_containers = true,
        .budget = &g->budget,
    };
    return reader->worker != NULL;
}

/* ---- what joins the family ---- */

static char *place_of(const reading *g, const char *path)
{
    return *path != '\0' ? g_strconcat(g->place, "!/", path, NULL) : g_strdup(g->place);
}

static void count(reading *g, const hf_item *item, hf_bucket bucket)
{
    hf_reread *r = g->reread;
    g_autofree char *inside = hf_rows_join(g->path_inside, item->path);
    hf_tally_balance(&r->balance, bucket, 1);
    hf_tally_add(r->tally, g->source, g->file, inside, bucket, 1);
}

static bool put_problems(reading *g, const hf_item *item, uint32_t document, GError **error)
{
    g_autofree char *path = place_of(g, item->path);
    hf_rows_place at = {g->reread->run, g->source, g->file, document, path};
    for (guint i = 0; i < item->problems->len; i++) {
        if (!hf_rows_put_problem(g->reread->catalog, &at, item,
                                 &g_array_index(item->problems, hf_item_problem, i), error))
            return false;
    }
    return true;
}

/* Containers that are places, with what was said of them: it belongs to the document that holds them, in `ids` or else the one
 * that is read again. */
static bool put_places(reading *g, const hf_item *item, const uint32_t *ids, GError **error)
{
    hf_reread *r = g->reread;
    g_autofree char *inside = hf_rows_join(g->path_inside, item->path);
    if (item->container && item->content != NULL) {
        r->balance.containers++;
        if (!hf_rows_put_container(r->catalog, r->run, g->file, inside, item, error))
            return false;
    }
    int parent = hf_rows_parent(item);
    uint32_t holder = parent >= 0 && ids != NULL ? ids[parent] : g->document->id;
    if (item->index < 0 && !put_problems(g, item, holder, error))
        return false;
    for (guint i = 0; i < item->children->len; i++) {
        if (!put_places(g, g_ptr_array_index(item->children, i), ids, error))
            return false;
    }
    return true;
}

static bool join_family(reading *g, hf_record *record, GError **error)
{
    hf_reread *r = g->reread;
    const hf_document *d = g->document;
    g_auto(hf_rows) rows = {0};
    if (!hf_rows_build(&r->target, record, &rows, error))
        return false;
    g_autofree uint32_t *ids = g_new0(uint32_t, record->documents->len);
    for (guint i = 0; i < record->documents->len; i++) {
        const hf_item *item = g_ptr_array_index(record->documents, i);
        int parent = rows.rows[i].parent;
        if (!hf_family_add_document(r->catalog, d->family, parent >= 0 ? ids[parent] : d->id,
                                    &rows.rows[i], r->run, &ids[i], error) ||
            !put_problems(g, item, ids[i], error))
            return false;
        count(g, item, hf_rows_unread(item) ? HF_BUCKET_EXCEPTION : HF_BUCKET_NEW);
        g->children++;
    }
    return put_places(g, record->root, ids, error);
}

static bool write_record(reading *g, hf_record *record, GError **error)
{
    if (record->kind == HF_RECORD_FAMILY)
        return join_family(g, record, error);
    if (record->kind == HF_RECORD_CONTAINER)
        return put_places(g, record->root, NULL, error);
    count(g, record->root, HF_BUCKET_EXCLUDED);
    g_autofree char *inside = hf_rows_join(g->path_inside, record->root->path);
    hf_exclusion_row row = {
        .run = g->reread->run,
        .path = record->place,
        .why = record->why,
        .path_inside = inside,
        .size = (int64_t)hf_content_size(record->root->content),
    };
    return hf_container_exclude_inside(g->reread->catalog, g->file, &row, error);
}

/* One transaction: what is in the batch. */
static bool write_batch(reading *g, GError **error)
{
    hf_reread *r = g->reread;
    bool ok = true;
    if (g->batch->len == 0)
        return true;
    if (!hf_catalog_begin(r->catalog, error))
        return false;
    g_array_set_size(r->target.pack_ends, 0);
    uint64_t before = g->children;
    for (guint i = 0; ok && i < g->batch->len; i++)
        ok = write_record(g, g_ptr_array_index(g->batch, i), error);
    g_autofree char *text = g_strdup_printf(
        "\"run\":%" G_GINT64_FORMAT ",\"document\":\"HF%07u\",\"children\":%" G_GUINT64_FORMAT,
        r->run, g->document->id, g->children - before);
    ok = ok && hf_rows_settle(&r->target, r->catalog, error) &&
         hf_tally_flush(r->tally, r->catalog, r->run, error) &&
         hf_log_append(r->catalog, "exception children", text, error) &&
         hf_catalog_commit(r->catalog, error);
    if (!ok)
        hf_catalog_rollback(r->catalog);
    g_ptr_array_set_size(g->batch, 0);
    g->weight = 0;
    return ok;
}

/* Takes the item. */
static bool add_to_batch(reading *g, hf_item *item, hf_record_kind kind, const char *why,
                         GError **error)
{
    g_autofree char *place = place_of(g, item->path);
    hf_record *record = hf_record_new(kind, NULL, "", place);
    record->root = item;
    record->why = g_strdup(why);
    record->key = hf_family_key_ref(g->key);
    g_ptr_array_add(g->batch, record);
    if (kind == HF_RECORD_FAMILY &&
        !hf_record_prepare(record, g->reread->target.store, false, error))
        return false;
    g->weight += hf_record_weight(record) + hf_content_memory(item->content);
    return (g->batch->len < BATCH_RECORDS && g->weight < BATCH_BYTES) || write_batch(g, error);
}

static bool open_container(reading *g, hf_item *item, unsigned level, GError **error);

static const char *left_out(const opened *o, const char *inside)
{
    const reading *g = o->reading;
    hf_crawl_filter filter = {
        .include = *g->include != NULL ? (const char *const *)g->include : NULL,
        .exclude = *g->exclude != NULL ? (const char *const *)g->exclude : NULL,
        .date_from = HF_TIME_NONE,
        .date_to = HF_TIME_NONE,
    };
    return o->item->container ? hf_crawl_filter_path(&filter, inside) : NULL;
}

/* Takes the child: known, left out, or read and put into the batch. */
static bool take_child(opened *o, hf_item *child, GError **error)
{
    reading *g = o->reading;
    unsigned level = o->level + 1;
    hf_item_reader reader;
    bool holds;
    g_autofree char *inside = hf_rows_join(g->path_inside, child->path);
    const char *why = left_out(o, inside);
    if (why != NULL)
        return add_to_batch(g, child, HF_RECORD_EXCLUDED, why, error);
    if (!hf_content_digest(child->content, false, &child->digest, error) ||
        !hf_family_holds(g->reread->catalog, g->document->family, child->path, g->file, inside,
                         child->digest.sha256, &holds, error) ||
        (!holds && (!reader_at(g, level, &reader, error) ||
                    !hf_item_read(&reader, child, g->depth + level, error)))) {
        hf_item_free(child);
        return false;
    }
    if (holds) {
        hf_item_free(child);
        return true;
    }
    if (child->worked == HF_WORKED_DEFERRED && !open_container(g, child, level, error)) {
        hf_item_free(child);
        return false;
    }
    return add_to_batch(
        g, child, hf_record_is_place(child) ? HF_RECORD_CONTAINER : HF_RECORD_FAMILY, NULL, error);
}

static bool on_child(void *data, hf_item *child, GError **error)
{
    opened *o = data;
    char *path = hf_rows_join(o->item->path, child->path);
    g_free(child->path);
    child->path = path;
    return take_child(o, child, error);
}

static bool open_container(reading *g, hf_item *item, unsigned level, GError **error)
{
    opened o = {g, item, level};
    hf_item_reader reader;
    return reader_at(g, level, &reader, error) &&
           hf_item_read_container(&reader, item, g->depth + level, on_child, &o, error);
}

/* ---- the document itself ---- */

static char *problem_key(const char *stage, const char *reason, const char *detail)
{
    return g_strconcat(stage, "\n", reason, "\n", detail, NULL);
}

typedef struct {
    reading *reading;
    hf_item *item;
    const char *reason; /* of a replacement; NULL: a retry */
    char *actor;
    GHashTable *problems; /* problem_key -> hf_item_problem: of this reading, not there before */
    GPtrArray *past;      /* of hf_exception: open before, not met again */
    GPtrArray *met;       /* of hf_exception: met again */
    hf_retry_result *result;
} settling;

static void settling_clear(settling *s)
{
    g_free(s->actor);
    if (s->problems != NULL)
        g_hash_table_unref(s->problems);
    if (s->past != NULL)
        g_ptr_array_unref(s->past);
    if (s->met != NULL)
        g_ptr_array_unref(s->met);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(settling, settling_clear)

/* What this reading cannot tell: what the container of a member said of it ("ends before its container says"), and what was
 * said of a place inside the document. */
static bool said_elsewhere(const settling *s, const hf_exception *e)
{
    g_autofree char *own = place_of(s->reading, s->reading->document->path);
    bool of_member = strcmp(e->reason, hf_error_item_name(HF_ITEM_TRUNCATED)) == 0 ||
                     strcmp(e->reason, hf_error_item_name(HF_ITEM_UNSAFE_NAME)) == 0;
    return strcmp(e->path, own) != 0 ||
           (!s->item->container && of_member && strcmp(e->stage, "members") == 0);
}

/* Pairs the problems of this reading with the open exceptions. */
static bool compare_problems(settling *s, GError **error)
{
    hf_exception_filter filter = {.document = s->reading->document->id};
    g_autoptr(GPtrArray) open = hf_exception_list(s->reading->reread->catalog, &filter, error);
    if (open == NULL)
        return false;
    s->problems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->past = g_ptr_array_new_with_free_func((GDestroyNotify)hf_exception_free);
    s->met = g_ptr_array_new_with_free_func((GDestroyNotify)hf_exception_free);
    for (guint i = 0; i < s->item->problems->len; i++) {
        hf_item_problem *problem = &g_array_index(s->item->problems, hf_item_problem, i);
        g_hash_table_insert(
            s->problems,
            problem_key(problem->stage, hf_error_item_name(problem->reason), problem->detail),
            problem);
    }
    g_ptr_array_set_free_func(open, NULL);
    for (guint i = 0; i < open->len; i++) {
        hf_exception *e = g_ptr_array_index(open, i);
        g_autofree char *key = problem_key(e->stage, e->reason, e->detail);
        bool again =
            s->reason == NULL && (g_hash_table_remove(s->problems, key) || said_elsewhere(s, e));
        g_ptr_array_add(again ? s->met : s->past, e);
    }
    return true;
}

/* A problem of the same kind that stands in an exception's place; NULL: it is gone. */
static const hf_item_problem *successor(const settling *s, const hf_exception *e)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, s->problems);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const hf_item_problem *problem = value;
        if (strcmp(hf_error_item_name(problem->reason), e->reason) == 0)
            return problem;
    }
    return NULL;
}

static bool close_past(settling *s, GError **error)
{
    for (guint i = 0; i < s->past->len; i++) {
        const hf_exception *e = g_ptr_array_index(s->past, i);
        const hf_item_problem *next = s->reason == NULL ? successor(s, e) : NULL;
        g_autofree char *why = s->reason != NULL ? g_strdup(s->reason)
                               : next != NULL ? g_strconcat("read again: now ", next->detail, NULL)
                                              : g_strdup("read again");
        bool replaced = s->reason != NULL || next != NULL;
        if (!hf_exception_close(s->reading->reread->catalog, e->id,
                                replaced ? "replaced" : "resolved", s->actor, why, error))
            return false;
        *(replaced ? &s->result->replaced : &s->result->resolved) += 1;
    }
    return true;
}

/* Those met again stay; what they were read with now is noted, so that a retry after the next update has hope. */
static bool keep_met(settling *s, GError **error)
{
    hf_reread *r = s->reading->reread;
    for (guint i = 0; i < s->met->len; i++) {
        const hf_exception *e = g_ptr_array_index(s->met, i);
        s->result->still++;
        if (said_elsewhere(s, e) ||
            (g_strcmp0(e->extractor, s->item->extractor != NULL ? s->item->extractor : "") == 0 &&
             e->extractor_version == s->item->extractor_version))
            continue;
        if (!hf_exception_met_again(r->catalog, e->id, s->item->extractor,
                                    s->item->extractor_version, error))
            return false;
    }
    return true;
}

static bool put_new_problems(settling *s, GError **error)
{
    reading *g = s->reading;
    g_autofree char *path = place_of(g, g->document->path);
    hf_rows_place at = {g->reread->run, g->source, g->file, g->document->id, path};
    for (guint i = 0; i < s->item->problems->len; i++) {
        const hf_item_problem *problem = &g_array_index(s->item->problems, hf_item_problem, i);
        g_autofree char *key =
            problem_key(problem->stage, hf_error_item_name(problem->reason), problem->detail);
        if (!g_hash_table_remove(s->problems, key)) /* there already, or said twice */
            continue;
        s->result->still++;
        if (!hf_rows_put_problem(g->reread->catalog, &at, s->item, problem, error))
            return false;
    }
    return true;
}

static bool put_replacement(const settling *s, const hf_object_row *native, GError **error)
{
    const hf_item *item = s->item;
    hf_replacement_row row = {
        .document = s->reading->document->id,
        .object = *native,
        .md5 = item->digest.md5,
        .type = item->type,
        .name = item->name,
        .reason = s->reason,
        .actor = s->actor,
    };
    return hf_exception_put_replacement(s->reading->reread->catalog, &row, error);
}

static bool put_document(settling *s, hf_record *record, GError **error)
{
    reading *g = s->reading;
    hf_reread *r = g->reread;
    const hf_document *d = g->document;
    g_auto(hf_rows) rows = {0};
    if (!hf_rows_build(&r->target, record, &rows, error) ||
        !hf_family_update_document(r->catalog, d->id, &rows.rows[0], error) ||
        !put_places(g, s->item, NULL, error) ||
        (s->reason != NULL && !put_replacement(s, rows.rows[0].native, error)))
        return false;
    return d->parent != 0 || hf_family_update(r->catalog, d->family, record->family_date,
                                              record->has_mih ? record->mih : NULL, error);
}

static bool log_document(const settling *s, const hf_retry_result *own, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const hf_document *d = s->reading->document;
    write_result(text, s->reading->reread->run, own);
    g_string_append_printf(text, ",\"document\":\"HF%07u\"", d->id);
    if (s->reason != NULL) {
        g_autofree char *hex = hf_digest_hex(s->item->digest.sha256, 32);
        hf_json json;
        g_string_append_c(text, ',');
        hf_json_init(&json, text);
        hf_json_pair(&json, "sha256", hex);
        g_string_append_c(text, ',');
        hf_json_init(&json, text);
        hf_json_pair(&json, "reason", s->reason);
    }
    return hf_log_append(s->reading->reread->catalog,
                         s->reason != NULL ? "exception replace" : "exception retry", text->str,
                         error);
}

static bool text_differs(const hf_document *d, const hf_item *item)
{
    uint8_t sha256[32];
    if (!d->has_text || item->text->len == 0)
        return d->has_text || item->text->len > 0;
    hf_digest_sha256(item->text->str, item->text->len, sha256);
    return memcmp(sha256, d->text.sha256, 32) != 0;
}

/* Whether this reading says anything that the one before did not. */
static bool differs(const settling *s)
{
    const hf_document *d = s->reading->document;
    const hf_item *item = s->item;
    return s->reason != NULL || s->past->len > 0 || g_hash_table_size(s->problems) > 0 ||
           s->reading->children > 0 || text_differs(d, item) || strcmp(d->type, item->type) != 0 ||
           g_strcmp0(d->extractor, item->extractor != NULL ? item->extractor : "") != 0 ||
           d->extractor_version != item->extractor_version;
}

static bool settle(settling *s, hf_record *record, GError **error)
{
    reading *g = s->reading;
    hf_reread *r = g->reread;
    hf_retry_result before = *s->result;
    g_array_set_size(r->target.pack_ends, 0);
    count(g, s->item, hf_rows_unread(s->item) ? HF_BUCKET_EXCEPTION : HF_BUCKET_UNCHANGED);
    if (!close_past(s, error) || !keep_met(s, error) || !put_new_problems(s, error) ||
        (record != NULL && !put_document(s, record, error)))
        return false;
    s->result->children += g->children;
    s->result->documents++;
    hf_retry_result own = {
        .resolved = s->result->resolved - before.resolved,
        .replaced = s->result->replaced - before.replaced,
        .still = s->result->still - before.still,
        .children = g->children,
    };
    return hf_rows_settle(&r->target, r->catalog, error) &&
           hf_tally_flush(r->tally, r->catalog, r->run, error) && log_document(s, &own, error);
}

/* Writes the document: one transaction. */
static bool write_document(settling *s, GError **error)
{
    reading *g = s->reading;
    hf_reread *r = g->reread;
    if (!compare_problems(s, error))
        return false;
    hf_record *record = NULL;
    if (differs(s)) {
        record = hf_record_new(HF_RECORD_FAMILY, NULL, "", "");
        record->root = s->item;
        record->key = hf_family_key_ref(g->key);
    }
    bool ok =
        (record == NULL || hf_record_prepare(record, r->target.store, s->reason == NULL, error)) &&
        hf_catalog_begin(r->catalog, error);
    if (ok && !(settle(s, record, error) && hf_catalog_commit(r->catalog, error))) {
        hf_catalog_rollback(r->catalog);
        ok = false;
    }
    if (record != NULL)
        record->root = NULL;
    hf_record_free(record);
    return ok;
}

static bool read_item(reading *g, hf_item *item, GError **error)
{
    unsigned most = g->reread->options->limits.depth;
    if (!hf_content_digest(item->content, false, &item->digest, error))
        return false;
    if (g->depth > most) {
        hf_item_add_problem(item, HF_ITEM_LIMIT, "identify", "it lies more than %u levels deep",
                            most);
        return true;
    }
    return open_container(g, item, 0, error) && write_batch(g, error);
}

bool hf_reread_document(hf_reread *r, const hf_document *d, hf_content *content, const char *name,
                        const char *reason, hf_retry_result *result, GError **error)
{
    g_auto(reading) g = {0};
    hf_item *item = root_item(d, content, name);
    g_auto(settling) s = {
        .reading = &g, .item = item, .reason = reason, .actor = hf_log_actor(), .result = result};
    bool ok = begin_run(r, error) && begin_reading(r, d, item, &g, error) &&
              read_item(&g, item, error) && write_document(&s, error);
    hf_item_free(item);
    if (r->workers->len > KEPT_WORKERS) /* deep levels are rare: they leave no process behind */
        g_ptr_array_set_size(r->workers, KEPT_WORKERS);
    return ok;
}

static bool drop_child(void *data, hf_item *child, GError **error)
{
    (void)data;
    (void)error;
    hf_item_free(child);
    return true;
}

bool hf_reread_try(hf_reread *r, const hf_document *d, hf_content *content, const char *name,
                   bool *readable, char **why, GError **error)
{
    g_auto(reading) g = {0};
    hf_item_reader reader;
    hf_item *item = root_item(d, content, name);
    bool ok = begin_reading(r, d, item, &g, error) && reader_at(&g, 0, &reader, error) &&
              hf_item_read_container(&reader, item, g.depth, drop_child, NULL, error);
    if (ok) {
        bool nothing = item->text->len == 0 && item->meta->len == 0 && item->members == 0;
        *readable = !(hf_item_damaged(item) && nothing);
        if (!*readable)
            *why = g_strdup(g_array_index(item->problems, hf_item_problem, 0).detail);
    }
    hf_item_free(item);
    return ok;
}
