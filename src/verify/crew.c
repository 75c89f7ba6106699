#include "verify/crew.h"

struct hf_crew {
    GThreadPool *pool;
    unsigned threads;
    GMutex mutex;
    GCond done;
};

static void work(gpointer data, gpointer user)
{
    hf_crew_task *task = data;
    hf_crew *crew = user;
    task->run(task);
    g_mutex_lock(&crew->mutex);
    task->done = true;
    g_cond_broadcast(&crew->done);
    g_mutex_unlock(&crew->mutex);
}

hf_crew *hf_crew_new(unsigned threads)
{
    hf_crew *crew = g_new0(hf_crew, 1);
    g_mutex_init(&crew->mutex);
    g_cond_init(&crew->done);
    crew->threads = MAX(threads, 1u);
    crew->pool = g_thread_pool_new(work, crew, (gint)crew->threads, FALSE, NULL);
    return crew;
}

unsigned hf_crew_threads(const hf_crew *crew)
{
    return crew->threads;
}

void hf_crew_push(hf_crew *crew, hf_crew_task *task)
{
    g_thread_pool_push(crew->pool, task, NULL);
}

void hf_crew_wait(hf_crew *crew, const hf_crew_task *task)
{
    g_mutex_lock(&crew->mutex);
    while (!task->done)
        g_cond_wait(&crew->done, &crew->mutex);
    g_mutex_unlock(&crew->mutex);
}

void hf_crew_free(hf_crew *crew)
{
    if (crew == NULL)
        return;
    g_thread_pool_free(crew->pool, TRUE, TRUE);
    g_mutex_clear(&crew->mutex);
    g_cond_clear(&crew->done);
    g_free(crew);
}
