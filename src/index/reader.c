/* Open segments to sets. Every question goes to each segment on its own, on a pool of threads,
 * and the answers are united: segments are disjoint. */
#include "index/bits.h"
#include "index/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *hf_index_field_name(hf_field field)
{
    static const char *const names[HF_FIELD_LAST] = {
        [HF_FIELD_BODY] = "body",
        [HF_FIELD_SUBJECT] = "subject",
        [HF_FIELD_FROM] = "from",
        [HF_FIELD_TO] = "to",
        [HF_FIELD_CC] = "cc",
        [HF_FIELD_BCC] = "bcc",
        [HF_FIELD_TITLE] = "title",
        [HF_FIELD_AUTHOR] = "author",
        [HF_FIELD_FILENAME] = "filename",
        [HF_FIELD_OTHER] = "other",
    };
    return (unsigned)field < HF_FIELD_LAST ? names[field] : NULL;
}

/* ---- segments ---- */

static void segment_free(void *data)
{
    hf_index_segment *s = data;
    hf_xapian_free(s->db);
    hf_vocabulary_free(s->vocabulary);
    hf_positions_free(s->positions);
    hf_columns_free(s->columns);
    if (s->lock >= 0)
        close(s->lock);
    g_mutex_clear(&s->mutex);
    g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_index_segment, segment_free)

static bool gone(const char *path, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "segment \"%s\" is gone", path);
    return false;
}

static bool lock_shared(hf_index_segment *s, const char *path, GError **error)
{
    struct stat st;
    s->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock < 0)
        return errno == ENOENT ? gone(path, error) : hf_error_set_errno(error, errno, "open", path);
    if (flock(s->lock, LOCK_SH | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? gone(path, error)
                                    : hf_error_set_errno(error, errno, "lock", path);
    /* It may have been shredded between opening and locking. */
    if (fstat(s->lock, &st) != 0)
        return hf_error_set_errno(error, errno, "stat", path);
    return st.st_nlink > 0 || gone(path, error);
}

static hf_index_segment *segment_open(const char *path, GError **error)
{
    g_autofree char *vocabulary = g_build_filename(path, "vocabulary", NULL);
    g_autofree char *positions = g_build_filename(path, "positions", NULL);
    g_autofree char *columns = g_build_filename(path, "columns", NULL);
    g_autoptr(hf_index_segment) s = g_new0(hf_index_segment, 1);
    s->lock = -1;
    g_mutex_init(&s->mutex);
    if (!lock_shared(s, path, error) || !hf_segment_sums_check(path, false, error) ||
        (s->columns = hf_columns_open(columns, error)) == NULL ||
        (s->vocabulary = hf_vocabulary_open(vocabulary, error)) == NULL ||
        (s->positions = hf_positions_open(positions, error)) == NULL ||
        (s->db = hf_xapian_open(path, error)) == NULL)
        return NULL;
    if (hf_xapian_count(s->db) != hf_columns_count(s->columns) ||
        hf_vocabulary_positions(s->vocabulary) != hf_positions_bytes(s->positions)) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "segment \"%s\" is damaged: its parts differ", path);
        return NULL;
    }
    return g_steal_pointer(&s);
}

/* ---- the threads ---- */

/* Lives until the last helper that was called for has looked at it: one that comes late finds
 * nothing to do, and nobody waits for it. */
typedef struct {
    GMutex mutex;
    GCond idle;
    hf_index_task_fn task;
    void *data;
    size_t next, n; /* tasks begun; all */
    unsigned busy;
    gint references;
    GError *error;
} errand;

static void errand_unref(errand *e)
{
    if (!g_atomic_int_dec_and_test(&e->references))
        return;
    g_mutex_clear(&e->mutex);
    g_cond_clear(&e->idle);
    g_clear_error(&e->error);
    g_free(e);
}

/* Takes the next task that nobody has begun, until none is left. */
static void run_tasks(errand *e)
{
    g_mutex_lock(&e->mutex);
    e->busy++;
    while (e->error == NULL && e->next < e->n) {
        size_t number = e->next++;
        GError *failed = NULL;
        g_mutex_unlock(&e->mutex);
        bool ok = e->task(e->data, number, &failed);
        g_mutex_lock(&e->mutex);
        if (!ok && e->error == NULL)
            e->error = g_steal_pointer(&failed);
        g_clear_error(&failed);
    }
    if (--e->busy == 0)
        g_cond_signal(&e->idle);
    g_mutex_unlock(&e->mutex);
}

static void help(void *data, void *unused)
{
    (void)unused;
    run_tasks(data);
    errand_unref(data);
}

bool hf_index_run(hf_index *index, size_t n, hf_index_task_fn task, void *data, GError **error)
{
    size_t helpers = index->pool == NULL || n < 2 ? 0 : MIN((size_t)index->threads, n) - 1;
    errand *e = g_new0(errand, 1);
    *e = (errand){.task = task, .data = data, .n = n, .references = (gint)helpers + 1};
    g_mutex_init(&e->mutex);
    g_cond_init(&e->idle);
    for (size_t i = 0; i < helpers; i++)
        g_thread_pool_push(index->pool, e, NULL);
    run_tasks(e);
    g_mutex_lock(&e->mutex);
    while (e->busy > 0)
        g_cond_wait(&e->idle, &e->mutex);
    GError *failed = g_steal_pointer(&e->error);
    g_mutex_unlock(&e->mutex);
    errand_unref(e);
    if (failed != NULL)
        g_propagate_error(error, failed);
    return failed == NULL;
}

/* ---- asking every segment ---- */

typedef struct {
    hf_index *index;
    hf_index_ask_fn ask;
    void *data;
    GMutex mutex; /* of found */
    hf_set *found;
} question;

static bool ask_segment(void *data, size_t number, GError **error)
{
    question *q = data;
    g_autoptr(hf_set) found = hf_set_new();
    if (!q->ask(g_ptr_array_index(q->index->segments, number), q->data, found, error))
        return false;
    g_mutex_lock(&q->mutex);
    hf_set_or(q->found, found);
    g_mutex_unlock(&q->mutex);
    return true;
}

hf_set *hf_index_ask(hf_index *index, hf_index_ask_fn ask, void *data, GError **error)
{
    question q = {.index = index, .ask = ask, .data = data, .found = hf_set_new()};
    g_mutex_init(&q.mutex);
    bool ok = hf_index_run(index, index->segments->len, ask_segment, &q, error);
    g_mutex_clear(&q.mutex);
    if (ok)
        return q.found;
    hf_set_free(q.found);
    return NULL;
}

/* ---- opening ---- */

hf_index *hf_index_open(const char *const *paths, size_t n, unsigned threads, GError **error)
{
    g_autoptr(hf_index) index = g_new0(hf_index, 1);
    index->segments = g_ptr_array_new_with_free_func(segment_free);
    index->threads = threads;
    for (size_t i = 0; i < n; i++) {
        hf_index_segment *s = segment_open(paths[i], error);
        if (s == NULL)
            return NULL;
        g_ptr_array_add(index->segments, s);
    }
    if (threads > 1)
        index->pool = g_thread_pool_new(help, NULL, (gint)threads - 1, false, NULL);
    return g_steal_pointer(&index);
}

void hf_index_free(hf_index *index)
{
    if (index == NULL)
        return;
    if (index->pool != NULL)
        g_thread_pool_free(index->pool, false, true);
    g_ptr_array_unref(index->segments);
    g_free(index);
}

/* ---- words ---- */

static void add_list(const hf_vocabulary_walk *walk, GArray *out)
{
    const hf_index_list list = {walk->positions, walk->bytes, walk->documents};
    g_array_append_val(out, list);
}

bool hf_index_segment_lists(hf_index_segment *s, hf_field field, const char *word, GArray *out,
                            GError **error)
{
    char term[HF_TERM_MOST];
    hf_vocabulary_walk walk;
    uint64_t first, end;
    bool found;
    GError *failed = NULL;
    if (*word == '\0' || !hf_segment_term(field, word, term))
        return true;
    if (!hf_tokens_is_single(word)) {
        if (!hf_vocabulary_find(s->vocabulary, term, &walk, &found, error))
            return false;
        if (found)
            add_list(&walk, out);
        return true;
    }
    if (!hf_vocabulary_with_prefix(s->vocabulary, term, &first, &end, error) ||
        !hf_vocabulary_walk_between(s->vocabulary, first, end, &walk, error))
        return false;
    while (hf_vocabulary_next(&walk, &failed))
        add_list(&walk, out);
    if (failed != NULL)
        g_propagate_error(error, failed);
    return failed == NULL;
}

static bool add_to_set(void *data, const uint32_t *ids, size_t n)
{
    hf_set_add_many(data, ids, n);
    return true;
}

static bool add_to_bits(void *data, const uint32_t *ids, size_t n)
{
    bool within = true;
    for (size_t i = 0; i < n; i++)
        within &= hf_bits_add(data, ids[i]);
    return within;
}

static bool add_lists(const hf_index_segment *s, const GArray *lists, hf_positions_ids_fn add,
                      void *data, GError **error)
{
    hf_positions_list list = {0};
    bool ok = true;
    for (guint i = 0; ok && i < lists->len; i++) {
        const hf_index_list *at = &g_array_index(lists, hf_index_list, i);
        ok = hf_positions_list_open(s->positions, at->offset, at->bytes, at->documents, &list,
                                    error) &&
             hf_positions_list_ids(&list, add, data, error);
    }
    hf_positions_list_clear(&list);
    return ok;
}

bool hf_index_segment_any(hf_index_segment *s, hf_field field, const char *const *words, size_t n,
                          hf_set *out, GError **error)
{
    g_autoptr(GArray) lists = g_array_new(false, false, sizeof(hf_index_list));
    uint64_t documents = 0;
    size_t rows = hf_columns_count(s->columns);
    hf_bits bits;
    for (size_t i = 0; i < n; i++)
        if (!hf_index_segment_lists(s, field, words[i], lists, error))
            return false;
    for (guint i = 0; i < lists->len; i++)
        documents += g_array_index(lists, hf_index_list, i).documents;
    if (rows == 0 || documents == 0)
        return true;
    const uint32_t *ids = hf_columns_ids(s->columns);
    if (!hf_bits_open(&bits, ids[0], ids[rows - 1], documents, HF_BITS_TO_SET))
        return add_lists(s, lists, add_to_set, out, error);
    bool ok = add_lists(s, lists, add_to_bits, &bits, error);
    hf_bits_close(&bits, out);
    return ok;
}

typedef struct {
    unsigned fields;
    const char *word;
} word_question;

static bool ask_word(hf_index_segment *s, void *data, hf_set *out, GError **error)
{
    const word_question *q = data;
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if ((q->fields & 1u << field) &&
            !hf_index_segment_any(s, (hf_field)field, &q->word, 1, out, error))
            return false;
    return true;
}

hf_set *hf_index_word(hf_index *index, unsigned fields, const char *word, GError **error)
{
    word_question q = {fields, word};
    return hf_index_ask(index, ask_word, &q, error);
}
