/* Queues and gates between threads: nothing lost, nothing beyond the limit, and a stop wakes everyone. */
#include "ingest/queue.h"
#include "unit/cases.h"

#define THREADS 4
#define EACH 2000

typedef struct {
    hf_queue *queue;
    hf_gate *gate;
    gint next, inside, most, sum;
} shared;

static gpointer push_numbers(gpointer data)
{
    shared *s = data;
    for (int i = 0; i < EACH; i++) {
        int number = g_atomic_int_add(&s->next, 1) + 1;
        assert_true(hf_queue_push(s->queue, GINT_TO_POINTER(number), 1));
    }
    return NULL;
}

static gpointer pop_numbers(gpointer data)
{
    shared *s = data;
    gpointer item;
    while ((item = hf_queue_pop(s->queue)) != NULL)
        g_atomic_int_add(&s->sum, GPOINTER_TO_INT(item));
    return NULL;
}

static void test_many_threads_lose_nothing(void **state)
{
    (void)state;
    shared s = {.queue = hf_queue_new(16)};
    GThread *writers[THREADS], *readers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        writers[i] = g_thread_new("push", push_numbers, &s);
        readers[i] = g_thread_new("pop", pop_numbers, &s);
    }
    for (int i = 0; i < THREADS; i++)
        g_thread_join(writers[i]);
    hf_queue_close(s.queue);
    for (int i = 0; i < THREADS; i++)
        g_thread_join(readers[i]);
    assert_int_equal(s.sum, (int64_t)THREADS * EACH * (THREADS * EACH + 1) / 2);
    assert_true(hf_queue_ended(s.queue));
    hf_queue_free(s.queue, NULL);
}

static void test_order_and_rank(void **state)
{
    (void)state;
    hf_queue *queue = hf_queue_new(100);
    hf_queue_push(queue, "a", 1);
    hf_queue_push_ranked(queue, "high 1", 1, 5);
    hf_queue_push(queue, "b", 1);
    hf_queue_push_ranked(queue, "middle", 1, 3);
    hf_queue_push_ranked(queue, "high 2", 1, 5);
    const char *wanted[] = {"high 1", "high 2", "middle", "a", "b"};
    for (size_t i = 0; i < CASES(wanted); i++)
        assert_string_equal(hf_queue_pop(queue), wanted[i]);
    assert_null(hf_queue_pop_until(queue, g_get_monotonic_time()));
    assert_false(hf_queue_ended(queue));
    hf_queue_close(queue);
    assert_null(hf_queue_pop(queue));
    hf_queue_free(queue, NULL);
}

static void test_what_is_left_is_freed(void **state)
{
    (void)state;
    hf_queue *queue = hf_queue_new(1);
    assert_true(
        hf_queue_push(queue, g_strdup("larger than the queue"), 50)); /* one item always has room */
    assert_true(hf_queue_push(queue, g_strdup("of no weight"), 0));
    hf_queue_shut(queue);
    assert_null(hf_queue_pop(queue));
    assert_false(hf_queue_push(queue, "too late", 0));
    hf_queue_free(queue, g_free);
}

static gpointer push_one(gpointer data)
{
    return GINT_TO_POINTER(hf_queue_push(data, "waits", 1));
}

static gpointer pop_one(gpointer data)
{
    return hf_queue_pop(data);
}

static void test_shutting_wakes_who_waits(void **state)
{
    (void)state;
    hf_queue *full = hf_queue_new(1), *empty = hf_queue_new(1);
    hf_queue_push(full, "there", 1);
    GThread *pusher = g_thread_new("push", push_one, full),
            *popper = g_thread_new("pop", pop_one, empty);
    hf_queue_shut(full);
    hf_queue_shut(empty);
    assert_int_equal(GPOINTER_TO_INT(g_thread_join(pusher)), 0);
    assert_null(g_thread_join(popper));
    hf_queue_free(full, NULL);
    hf_queue_free(empty, NULL);
}

static gpointer go_through(gpointer data)
{
    shared *s = data;
    for (int i = 0; i < EACH; i++) {
        assert_true(hf_gate_enter(s->gate, 2));
        gint inside = g_atomic_int_add(&s->inside, 2) + 2, most = g_atomic_int_get(&s->most);
        while (inside > most && !g_atomic_int_compare_and_exchange(&s->most, most, inside))
            most = g_atomic_int_get(&s->most);
        g_atomic_int_add(&s->inside, -2);
        hf_gate_leave(s->gate, 2);
    }
    return NULL;
}

static void test_a_gate_holds_its_limit(void **state)
{
    (void)state;
    shared s = {.gate = hf_gate_new(5)};
    GThread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("gate", go_through, &s);
    for (int i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    hf_gate_wait_empty(s.gate);
    assert_in_range(s.most, 2, 4);
    assert_true(hf_gate_enter(s.gate, 500)); /* alone, whatever its weight */
    hf_gate_shut(s.gate);
    hf_gate_wait_empty(s.gate);
    assert_false(hf_gate_enter(s.gate, 1));
    hf_gate_free(s.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_threads_lose_nothing),
        cmocka_unit_test(test_order_and_rank),
        cmocka_unit_test(test_what_is_left_is_freed),
        cmocka_unit_test(test_shutting_wakes_who_waits),
        cmocka_unit_test(test_a_gate_holds_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
