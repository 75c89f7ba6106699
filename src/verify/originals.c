#include "verify/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TASKS_A_THREAD 16u
#define BUFFER_BYTES (256u << 10)

#define CHANGED "put the original back as it was collected, or ingest it again: what was collected is not in the vault"

typedef struct {
    hf_crew_task task;
    hf_verify *v;
    int64_t file;
    char *path;
    uint64_t size;
    uint8_t sha256[32];
    bool read;     /* else only looked at: it is not in the sample */
    char *problem; /* NULL: it is as it was */
} original_task;

typedef struct {
    hf_verify *v;
    GQueue tasks;      /* of original_task */
    GHashTable *wrong; /* file -> problem */
    uint32_t document; /* that the second walk is at ... */
    bool there, told;  /* ... whether one of its places is right, and whether a wrong one was told */
    uint64_t lost;
} walk;

/* ---- one file ---- */

static bool hash_file(original_task *t, int fd, uint8_t sha256[32])
{
    g_autofree uint8_t *buffer = g_malloc(BUFFER_BYTES);
    g_autoptr(hf_digester) digester = hf_digest_new_sha256();
    hf_digest digest;
    ssize_t n;
    while ((n = hf_file_read_some(fd, buffer, BUFFER_BYTES)) > 0) {
        hf_digest_update(digester, buffer, (size_t)n);
        hf_verify_progress(t->v, 0, (uint64_t)n);
    }
    if (n < 0)
        return false;
    hf_digest_finish(digester, &digest);
    memcpy(sha256, digest.sha256, 32);
    return true;
}

static char *look_at(original_task *t, int fd)
{
    struct stat st;
    uint8_t sha256[32];
    if (fstat(fd, &st) != 0)
        return g_strdup_printf("cannot be read: %s", g_strerror(errno));
    if (!S_ISREG(st.st_mode))
        return g_strdup("is no file any more");
    if ((uint64_t)st.st_size != t->size)
        return g_strdup_printf("has changed: it has %" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT,
                               (uint64_t)st.st_size, t->size);
    if (!t->read)
        return NULL;
    if (!hash_file(t, fd, sha256))
        return g_strdup_printf("cannot be read: %s", g_strerror(errno));
    return memcmp(sha256, t->sha256, 32) == 0 ? NULL : g_strdup("has changed: its hash is not the recorded one");
}

/* O_NOATIME leaves the evidence's access time alone; it is only allowed to the owner and to root. */
static int open_original(const char *path)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = open(path, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

static void check_original(hf_crew_task *task)
{
    original_task *t = (original_task *)task;
    int fd = open_original(t->path);
    if (fd >= 0) {
        t->problem = look_at(t, fd);
        close(fd);
    } else if (errno == ENOENT || errno == ENOTDIR) {
        t->problem = g_strdup("is gone");
    } else {
        t->problem = g_strdup_printf("cannot be opened: %s", g_strerror(errno));
    }
}

/* ---- all files ---- */

static void task_free(gpointer data)
{
    original_task *t = data;
    g_free(t->path);
    g_free(t->problem);
    g_free(t);
}

static void settle(walk *w, guint most)
{
    while (w->tasks.length > most) {
        original_task *t = g_queue_pop_head(&w->tasks);
        hf_crew_wait(w->v->crew, &t->task);
        if (t->problem != NULL)
            g_hash_table_insert(w->wrong, g_memdup2(&t->file, sizeof t->file), g_steal_pointer(&t->problem));
        task_free(t);
    }
}

static bool see_file(void *data, const hf_original *original, GError **error)
{
    walk *w = data;
    original_task *t = g_new0(original_task, 1);
    (void)error;
    t->task.run = check_original;
    t->v = w->v;
    t->file = original->file;
    t->path = g_strdup(original->path);
    t->size = original->size;
    t->read = w->v->share >= 1 || g_rand_double(w->v->random) < w->v->share;
    memcpy(t->sha256, original->sha256, 32);
    w->v->result->originals++;
    w->v->result->originals_read += t->read;
    w->v->result->bytes_read += t->read ? t->size : 0;
    g_queue_push_tail(&w->tasks, t);
    hf_crew_push(w->v->crew, &t->task);
    settle(w, TASKS_A_THREAD * hf_crew_threads(w->v->crew));
    return true;
}

/* ---- which documents that concerns ---- */

/* The catalog knows that every place of the document is gone, or holds something else by now. */
static void leave_document(walk *w)
{
    w->lost += w->document != 0 && !w->there && !w->told;
}

static bool see_place(void *data, uint32_t document, int64_t instance, int64_t file, bool there, GError **error)
{
    walk *w = data;
    (void)error;
    if (document != w->document) {
        leave_document(w);
        w->document = document;
        w->there = w->told = false;
    }
    const char *problem = there ? g_hash_table_lookup(w->wrong, &file) : NULL;
    if (problem != NULL)
        hf_verify_find(w->v, "original", document, instance, CHANGED, "the original, which was left in place, %s", problem);
    w->there = w->there || (there && problem == NULL);
    w->told = w->told || problem != NULL;
    return true;
}

static void walk_clear(walk *w)
{
    g_queue_clear_full(&w->tasks, task_free);
    g_hash_table_unref(w->wrong);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(walk, walk_clear)

bool hf_originals_check(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    g_auto(walk) w = {.v = v};
    w.wrong = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    hf_original_each(v->catalog, see_file, &w, &failed);
    settle(&w, 0);
    if (failed == NULL && hf_original_each_place(v->catalog, see_place, &w, &failed))
        leave_document(&w);
    if (w.lost > 0)
        hf_verify_note(v, "documents left in place that a later crawl found changed or gone: %" G_GUINT64_FORMAT
                          " (their text is in the vault, their bytes are not)",
                       w.lost);
    return hf_verify_went(v, failed, error);
}
