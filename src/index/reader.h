/* src/index/reader.h -- an open index, inside the index module. */
#pragma once
#include "index/positions.h"
#include "index/segment.h"
#include "index/xapian.h"

G_BEGIN_DECLS

struct hf_index_segment {
    int lock;     /* the directory, under a shared lock */
    GMutex mutex; /* of db: Xapian's objects serve one thread at a time. The rest is only read. */
    hf_xapian *db;
    hf_vocabulary *vocabulary;
    hf_positions *positions;
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

/* The list of positions of a term. */
typedef struct {
    uint64_t offset, bytes, documents;
} hf_index_list;
/* Appends (hf_index_list) the lists of the terms that a word stands for in a field: its own, or
 * those of all words that begin with it. */
bool hf_index_segment_lists(hf_index_segment *segment, hf_field field, const char *word,
                            GArray *out, GError **error);

G_END_DECLS
