#include "ingest/queue.h"

typedef struct {
    gpointer item;
    gsize weight;
    uint64_t rank;
} entry;

struct hf_queue {
    GMutex mutex;
    GCond room, filled;
    GQueue entries;
    gsize weight, capacity;
    bool closed, shut;
};

hf_queue *hf_queue_new(gsize capacity)
{
    hf_queue *queue = g_new0(hf_queue, 1);
    g_mutex_init(&queue->mutex);
    g_cond_init(&queue->room);
    g_cond_init(&queue->filled);
    g_queue_init(&queue->entries);
    queue->capacity = capacity;
    return queue;
}

/* Behind all of at least its rank. */
static void put(GQueue *entries, entry *e)
{
    GList *at = entries->tail;
    while (at != NULL && ((const entry *)at->data)->rank < e->rank)
        at = at->prev;
    if (at == NULL)
        g_queue_push_head(entries, e);
    else
        g_queue_insert_after(entries, at, e);
}

bool hf_queue_push(hf_queue *queue, gpointer item, gsize weight)
{
    return hf_queue_push_ranked(queue, item, weight, 0);
}

bool hf_queue_push_ranked(hf_queue *queue, gpointer item, gsize weight, uint64_t rank)
{
    g_mutex_lock(&queue->mutex);
    while (!queue->shut && weight > 0 && queue->weight > 0 &&
           queue->weight + weight > queue->capacity)
        g_cond_wait(&queue->room, &queue->mutex);
    bool pushed = !queue->shut;
    if (pushed) {
        entry *e = g_new(entry, 1);
        *e = (entry){item, weight, rank};
        put(&queue->entries, e);
        queue->weight += weight;
        g_cond_signal(&queue->filled);
    }
    g_mutex_unlock(&queue->mutex);
    return pushed;
}

/* `deadline` 0: for ever. */
static gpointer pop(hf_queue *queue, gint64 deadline)
{
    gpointer item = NULL;
    bool waiting = true;
    g_mutex_lock(&queue->mutex);
    while (waiting && !queue->shut && !queue->closed && g_queue_is_empty(&queue->entries)) {
        if (deadline == 0)
            g_cond_wait(&queue->filled, &queue->mutex);
        else
            waiting = g_cond_wait_until(&queue->filled, &queue->mutex, deadline);
    }
    entry *e = queue->shut ? NULL : g_queue_pop_head(&queue->entries);
    if (e != NULL) {
        item = e->item;
        queue->weight -= e->weight;
        g_free(e);
        g_cond_broadcast(&queue->room);
    }
    g_mutex_unlock(&queue->mutex);
    return item;
}

gpointer hf_queue_pop(hf_queue *queue)
{
    return pop(queue, 0);
}

gpointer hf_queue_pop_until(hf_queue *queue, gint64 deadline)
{
    return pop(queue, deadline);
}

static void set(hf_queue *queue, bool *flag)
{
    g_mutex_lock(&queue->mutex);
    *flag = true;
    g_cond_broadcast(&queue->room);
    g_cond_broadcast(&queue->filled);
    g_mutex_unlock(&queue->mutex);
}

void hf_queue_close(hf_queue *queue)
{
    set(queue, &queue->closed);
}

void hf_queue_shut(hf_queue *queue)
{
    set(queue, &queue->shut);
}

bool hf_queue_ended(hf_queue *queue)
{
    g_mutex_lock(&queue->mutex);
    bool ended = queue->shut || (queue->closed && g_queue_is_empty(&queue->entries));
    g_mutex_unlock(&queue->mutex);
    return ended;
}

void hf_queue_free(hf_queue *queue, GDestroyNotify free_item)
{
    if (queue == NULL)
        return;
    entry *e;
    while ((e = g_queue_pop_head(&queue->entries)) != NULL) {
        if (free_item != NULL)
            free_item(e->item);
        g_free(e);
    }
    g_mutex_clear(&queue->mutex);
    g_cond_clear(&queue->room);
    g_cond_clear(&queue->filled);
    g_free(queue);
}

struct hf_gate {
    GMutex mutex;
    GCond changed;
    gsize inside, limit;
    bool shut;
};

hf_gate *hf_gate_new(gsize limit)
{
    hf_gate *gate = g_new0(hf_gate, 1);
    g_mutex_init(&gate->mutex);
    g_cond_init(&gate->changed);
    gate->limit = limit;
    return gate;
}

bool hf_gate_enter(hf_gate *gate, gsize weight)
{
    g_mutex_lock(&gate->mutex);
    while (!gate->shut && gate->inside > 0 && gate->inside + weight > gate->limit)
        g_cond_wait(&gate->changed, &gate->mutex);
    bool entered = !gate->shut;
    if (entered)
        gate->inside += weight;
    g_mutex_unlock(&gate->mutex);
    return entered;
}

void hf_gate_leave(hf_gate *gate, gsize weight)
{
    g_mutex_lock(&gate->mutex);
    gate->inside -= weight;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->mutex);
}

void hf_gate_wait_empty(hf_gate *gate)
{
    g_mutex_lock(&gate->mutex);
    while (!gate->shut && gate->inside > 0)
        g_cond_wait(&gate->changed, &gate->mutex);
    g_mutex_unlock(&gate->mutex);
}

void hf_gate_shut(hf_gate *gate)
{
    g_mutex_lock(&gate->mutex);
    gate->shut = true;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->mutex);
}

void hf_gate_free(hf_gate *gate)
{
    if (gate == NULL)
        return;
    g_mutex_clear(&gate->mutex);
    g_cond_clear(&gate->changed);
    g_free(gate);
}
