#include "verify/parts.h"
#include <string.h>

/* How often a segment that was replaced meanwhile is looked for in the list as it is by then. */
#define ROUNDS 8u

typedef struct {
    hf_crew_task task;
    hf_verify *v;
    char *directory;
    hf_segment_info info;
    hf_set *ids;   /* NULL unless it is whole */
    GError *error; /* HF_ERROR_NOT_FOUND: it is not there, or being taken away */
} segment_task;

struct hf_segments {
    hf_verify *v;
    GPtrArray *tasks; /* of segment_task, ascending by range */
    hf_set *indexed;
    hf_catalog *now; /* as it is by now; NULL until it is needed */
};

/* ---- one segment ---- */

static void task_free(gpointer data)
{
    segment_task *t = data;
    g_free(t->directory);
    hf_set_free(t->ids);
    g_clear_error(&t->error);
    g_free(t);
}

/* While the index is open its directory is locked against being shredded under us. */
static void check_segment(hf_crew_task *task)
{
    segment_task *t = (segment_task *)task;
    g_autofree char *path = hf_vault_segment_path(t->v->vault, t->directory);
    const char *const paths[] = {path};
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, &t->error);
    if (index != NULL && hf_segment_check_files(path, &t->info, &t->error))
        t->ids = hf_index_all(index, &t->error);
}

static segment_task *task_new(hf_verify *v, const hf_published *row)
{
    segment_task *t = g_new0(segment_task, 1);
    t->task.run = check_segment;
    t->v = v;
    t->directory = g_strdup(row->directory);
    t->info = (hf_segment_info){.first = row->first,
                                .last = row->last,
                                .documents = row->documents,
                                .bytes = row->bytes,
                                .words = row->words};
    return t;
}

hf_segments *hf_segments_start(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    g_autoptr(GPtrArray) rows = hf_published_list(v->catalog, &failed);
    if (!hf_verify_went(v, failed, error))
        return NULL;
    hf_segments *segments = g_new0(hf_segments, 1);
    segments->v = v;
    segments->tasks = g_ptr_array_new_with_free_func(task_free);
    segments->indexed = hf_set_new();
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        segment_task *t = task_new(v, g_ptr_array_index(rows, i));
        g_ptr_array_add(segments->tasks, t);
        hf_crew_push(v->crew, &t->task);
    }
    v->result->segments = segments->tasks->len;
    return segments;
}

void hf_segments_free(hf_segments *segments)
{
    if (segments == NULL)
        return;
    g_ptr_array_unref(segments->tasks);
    hf_set_free(segments->indexed);
    hf_catalog_free(segments->now);
    g_free(segments);
}

/* ---- those that were replaced while we read ---- */

static GPtrArray *list_now(hf_segments *segments, GError **error)
{
    if (segments->now == NULL)
        segments->now = hf_vault_connect(segments->v->vault, true, error);
    return segments->now != NULL ? hf_published_list(segments->now, error) : NULL;
}

static bool is_listed(const GPtrArray *rows, const char *directory)
{
    for (guint i = 0; i < rows->len; i++) {
        if (strcmp(((const hf_published *)g_ptr_array_index(rows, i))->directory, directory) == 0)
            return true;
    }
    return false;
}

static bool is_known(const hf_segments *segments, const char *directory)
{
    for (guint i = 0; i < segments->tasks->len; i++) {
        if (strcmp(((const segment_task *)g_ptr_array_index(segments->tasks, i))->directory, directory) == 0)
            return true;
    }
    return false;
}

static bool vanished(const segment_task *t)
{
    return g_error_matches(t->error, HF_ERROR, HF_ERROR_NOT_FOUND);
}

/* Drops the tasks of segments that are in the list no more, and checks what stands there instead. *again: something did. */
static bool follow(hf_segments *segments, bool *again, GError **error)
{
    g_autoptr(GPtrArray) rows = list_now(segments, error);
    if (rows == NULL)
        return false;
    *again = false;
    for (guint i = segments->tasks->len; i-- > 0;) {
        const segment_task *t = g_ptr_array_index(segments->tasks, i);
        if (!vanished(t) || is_listed(rows, t->directory))
            continue;
        g_ptr_array_remove_index(segments->tasks, i);
        *again = true;
    }
    for (guint i = 0; *again && i < rows->len; i++) {
        const hf_published *row = g_ptr_array_index(rows, i);
        if (is_known(segments, row->directory))
            continue;
        segment_task *t = task_new(segments->v, row);
        g_ptr_array_add(segments->tasks, t);
        check_segment(&t->task);
    }
    return true;
}

static gint by_range(gconstpointer a, gconstpointer b)
{
    const segment_task *left = *(segment_task *const *)a;
    const segment_task *right = *(segment_task *const *)b;
    return left->info.first < right->info.first ? -1 : left->info.first > right->info.first;
}

static bool wait_for_all(hf_segments *segments, GError **error)
{
    bool again = false;
    for (guint i = 0; i < segments->tasks->len; i++) {
        const segment_task *t = g_ptr_array_index(segments->tasks, i);
        hf_crew_wait(segments->v->crew, &t->task);
        again = again || vanished(t);
    }
    for (guint round = 0; again && round < ROUNDS; round++) {
        if (!follow(segments, &again, error))
            return false;
    }
    g_ptr_array_sort(segments->tasks, by_range);
    return true;
}

/* ---- segments against the catalog ---- */

static void tell_segment(hf_verify *v, const segment_task *t)
{
    if (t->error == NULL)
        return;
    hf_verify_find(v, "index", 0, 0, HF_VERIFY_REINDEX, "%s; searches do not find the %u documents from HF%07u to HF%07u",
                   t->error->message, t->info.documents, t->info.first, t->info.last);
}

static void add_ids(hf_segments *segments, const segment_task *t, const segment_task *before)
{
    if (before != NULL && before->info.last >= t->info.first)
        hf_verify_find(segments->v, "index", 0, 0, HF_VERIFY_REINDEX, "the ranges of segments \"%s\" and \"%s\" overlap",
                       before->directory, t->directory);
    if (t->ids != NULL)
        hf_set_or(segments->indexed, t->ids);
}

/* The whole segment whose range holds a document; NULL if there is none. Ids are asked for in ascending order. */
static const segment_task *covers(const hf_segments *segments, guint *at, uint32_t id)
{
    for (; *at < segments->tasks->len; (*at)++) {
        const segment_task *t = g_ptr_array_index(segments->tasks, *at);
        if (id <= t->info.last)
            return id >= t->info.first && t->ids != NULL ? t : NULL;
    }
    return NULL;
}

static void tell_missing(hf_segments *segments, const hf_set *documents)
{
    g_autoptr(hf_set) missing = hf_set_copy(documents);
    guint at = 0;
    hf_set_minus(missing, segments->indexed);
    for (uint32_t id = 0; hf_set_next(missing, &id); id++) {
        const segment_task *t = covers(segments, &at, id);
        if (t != NULL)
            hf_verify_find(segments->v, "index", id, 0, HF_VERIFY_REINDEX,
                           "segment \"%s\" covers its number and does not have it: searches do not find it", t->directory);
    }
}

/* What was committed after our read began is in no list of ours, but may be in a segment that replaced one. */
static void tell_unknown(hf_segments *segments, const hf_set *documents, uint32_t newest)
{
    g_autoptr(hf_set) unknown = hf_set_copy(segments->indexed);
    hf_set_minus(unknown, documents);
    for (uint32_t id = 0; hf_set_next(unknown, &id) && id <= newest; id++)
        hf_verify_find(segments->v, "index", id, 0, HF_VERIFY_REINDEX, "the index has it and the catalog does not");
}

static uint32_t newest_of(const hf_set *documents)
{
    uint32_t newest = 0;
    uint32_t low = 0;
    uint32_t high = UINT32_MAX;
    /* The highest id that hf_set_next still finds something from. */
    while (low <= high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t id = middle;
        if (hf_set_next(documents, &id)) {
            newest = id;
            if (id == UINT32_MAX)
                break;
            low = id + 1;
        } else if (middle == 0) {
            break;
        } else {
            high = middle - 1;
        }
    }
    return newest;
}

static bool compare(hf_segments *segments, GError **error)
{
    hf_verify *v = segments->v;
    uint64_t unindexed = 0;
    g_autoptr(hf_set) documents = hf_selection_all(v->catalog, error);
    if (documents == NULL || !hf_document_count_unindexed(v->catalog, &unindexed, error))
        return false;
    v->result->documents = hf_set_count(documents);
    tell_missing(segments, documents);
    tell_unknown(segments, documents, newest_of(documents));
    if (unindexed > 0)
        hf_verify_note(v, "documents not indexed yet: %" G_GUINT64_FORMAT " (the next ingest or holdfast reindex does it)",
                       unindexed);
    g_autoptr(GArray) stale = hf_published_stale(v->catalog, error);
    if (stale != NULL && stale->len > 0)
        hf_verify_note(v, "segments with documents whose text was read again since: %u (the next ingest or holdfast reindex builds"
                          " them again)",
                       stale->len);
    return stale != NULL;
}

/* Directories that no list names are what a merge or a killed command left, or of a command that runs. */
static bool note_scratch(hf_segments *segments, GError **error)
{
    g_autofree char *path = g_build_filename(hf_vault_path(segments->v->vault), "index", NULL);
    g_autoptr(GPtrArray) now = list_now(segments, error);
    g_autoptr(GError) failed = NULL;
    if (now == NULL)
        return false;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &failed);
    if (dir == NULL) {
        hf_verify_find(segments->v, "index", 0, 0, HF_VERIFY_REINDEX, "cannot read index/: %s", failed->message);
        return true;
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (!is_known(segments, name) && !is_listed(now, name))
            hf_verify_note(segments->v, "the catalog does not know index/%s: it is of a command that runs, or was killed (the next"
                                        " ingest removes it)",
                           name);
    }
    return true;
}

bool hf_segments_finish(hf_segments *segments, GError **error)
{
    GError *failed = NULL;
    const segment_task *before = NULL;
    if (!wait_for_all(segments, &failed))
        return hf_verify_went(segments->v, failed, error);
    for (guint i = 0; i < segments->tasks->len; i++) {
        const segment_task *t = g_ptr_array_index(segments->tasks, i);
        tell_segment(segments->v, t);
        add_ids(segments, t, before);
        before = t;
    }
    bool done = compare(segments, &failed) && note_scratch(segments, &failed);
    return hf_verify_went(segments->v, done ? NULL : failed, error);
}
