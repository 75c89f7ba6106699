/* src/ingest/queue.h -- bounded queues between the threads of a run. Internal to src/ingest. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A first-in-first-out queue bounded by the weight of what waits in it. */
typedef struct hf_queue hf_queue;
hf_queue *hf_queue_new(gsize capacity);
/* Waits until there is room (one item always has room in an empty queue). False, and the item is the caller's, if the queue
 * was shut. A weight of 0 never waits. */
bool hf_queue_push(hf_queue *queue, gpointer item, gsize weight);
/* The same, but stands before all of a lower rank: a pop gives the highest rank first. */
bool hf_queue_push_ranked(hf_queue *queue, gpointer item, gsize weight, uint64_t rank);
/* Waits for an item; NULL once the queue is closed and empty, or shut. */
gpointer hf_queue_pop(hf_queue *queue);
/* Waits until `deadline` (monotonic time) at most: NULL also then. */
gpointer hf_queue_pop_until(hf_queue *queue, gint64 deadline);
void hf_queue_close(hf_queue *queue); /* nothing more will come */
void hf_queue_shut(hf_queue *queue);  /* stop at once: pushes fail, pops give NULL */
bool hf_queue_ended(hf_queue *queue); /* closed and empty, or shut */
void hf_queue_free(hf_queue *queue, GDestroyNotify free_item); /* frees what is left in it */

/* A count of things in flight that is held below a limit. */
typedef struct hf_gate hf_gate;
hf_gate *hf_gate_new(gsize limit);
bool hf_gate_enter(hf_gate *gate, gsize weight); /* waits; false if shut */
void hf_gate_leave(hf_gate *gate, gsize weight);
void hf_gate_wait_empty(hf_gate *gate); /* until all have left, or it is shut */
void hf_gate_shut(hf_gate *gate);
void hf_gate_free(hf_gate *gate);
