/* src/verify/crew.h -- threads that do tasks. Internal to src/verify. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* Stands first in what a task works on; zeros at first. */
typedef struct hf_crew_task hf_crew_task;
struct hf_crew_task {
    void (*run)(hf_crew_task *task); /* in a thread of the crew */
    bool done;                       /* the crew's */
};
typedef struct hf_crew hf_crew;
hf_crew *hf_crew_new(unsigned threads);
unsigned hf_crew_threads(const hf_crew *crew);
/* The task stays the caller's, and alive until it was waited for or the crew is freed. */
void hf_crew_push(hf_crew *crew, hf_crew_task *task);
void hf_crew_wait(hf_crew *crew, const hf_crew_task *task);
/* Drops tasks that were not begun, waits for the others. */
void hf_crew_free(hf_crew *crew);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_crew, hf_crew_free)

G_END_DECLS
