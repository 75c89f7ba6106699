/* src/index/reader.h -- an open index, inside the index module. */
#pragma once
#include "index/segment.h"
#include "index/xapian.h"

G_BEGIN_DECLS

struct hf_index_segment {
    int lock;     /* the directory, under a shared lock */
    GMutex mutex; /* of db: Xapian's objects serve one thread at a time. The rest is only read. */
    hf_xapian *db;
    hf_vocabulary *vocabulary;
    hf_columns *columns;
};

struct hf_index {
    GPtrArray *segments; /* of hf_index_segment, ascending by id */
    GThreadPool *pool;   /* NULL: the caller's thread alone */
    unsigned threads;
};

/* Calls `task` for each number below `n`, on the index's threads and the caller's, and returns
 * when all are done. After the first error no more are begun. May be called from a task. */
typedef bool (*hf_index_task_fn)(void *data, size_t number, GError **error);
bool hf_index_run(hf_index *index, size_t n, hf_index_task_fn task, void *data, GError **error);

/* Appends the terms (strings) that a word stands for in a field: itself, or all that begin with
 * it. They need not be there. */
bool hf_index_segment_terms(hf_index_segment *segment, hf_field field, const char *word,
                            GPtrArray *out, GError **error);

G_END_DECLS
