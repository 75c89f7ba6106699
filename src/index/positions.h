/* src/index/positions.h -- where the terms of a segment stand (positions.c has the format). */
#pragma once
#include "index/segment.h"

G_BEGIN_DECLS

/* ---- writing ---- lists of terms, ascending by byte; of each its documents, ascending by id */
typedef struct hf_positions_writer hf_positions_writer;
hf_positions_writer *hf_positions_create(const char *path, GError **error);
void hf_positions_writer_free(hf_positions_writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_positions_writer, hf_positions_writer_free)
/* A document of the present list: n > 0 positions, ascending from 1. */
void hf_positions_add(hf_positions_writer *writer, uint32_t id, const uint32_t *positions,
                      size_t n);
/* The same with a document's bytes of another file (hf_positions_list). */
void hf_positions_add_bytes(hf_positions_writer *writer, uint32_t id, const uint8_t *bytes,
                            size_t n);
/* Ends the present list; says how many documents and bytes it has. The next one begins. */
void hf_positions_end(hf_positions_writer *writer, uint32_t *documents, uint64_t *bytes);
/* Completes the file. */
bool hf_positions_finish(hf_positions_writer *writer, GError **error);

/* ---- reading ---- */
typedef struct hf_positions hf_positions;
hf_positions *hf_positions_open(const char *path, GError **error);
void hf_positions_free(hf_positions *positions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_positions, hf_positions_free)
/* Bytes of all lists. */
uint64_t hf_positions_bytes(const hf_positions *positions);
/* Compares the checksum. */
bool hf_positions_check(const hf_positions *positions, GError **error);

/* One term's list: blocks of documents. A damaged one gives errors, never bytes from outside of
 * it. */
#define HF_POSITIONS_BLOCK 128u
typedef struct {
    const hf_positions *positions;
    const uint8_t *bytes;     /* the blocks, and the table behind them */
    uint64_t size;            /* of both */
    uint64_t table;           /* where the table begins */
    uint32_t documents;       /* of the whole list */
    uint32_t n_blocks, block; /* `block` is the present one if n > 0 */
    uint32_t n, room;         /* documents of the present block; room for so many */
    uint32_t *ids, *ends;     /* of these documents; where their bytes end, from `first` on */
    const uint8_t *first;     /* the first document's bytes */
} hf_positions_list;
/* Goes before the first block of the list that lies at `offset` and has so many bytes and
 * documents. `list` is zeroed before its first use, and cleared after its last. */
bool hf_positions_list_open(const hf_positions *positions, uint64_t offset, uint64_t bytes,
                            uint64_t documents, hf_positions_list *list, GError **error);
void hf_positions_list_clear(hf_positions_list *list);
/* Reads a block. */
bool hf_positions_list_block(hf_positions_list *list, uint32_t block, GError **error);
/* The first block, not before the present one, that has an id at or above `id`: n_blocks if there
 * is none. */
uint32_t hf_positions_list_seek(const hf_positions_list *list, uint32_t id);
/* The bytes of document `i` of the present block; at least one. */
const uint8_t *hf_positions_list_bytes(const hf_positions_list *list, uint32_t i, size_t *n);
/* Puts id << 32 | position of document `i` of the present block to `out`, which has room for as
 * many as it has bytes; returns how many, or 0 with an error. */
size_t hf_positions_list_places(const hf_positions_list *list, uint32_t i, uint64_t *out,
                                GError **error);
/* Calls `fn` with all ids, ascending, some at a time; it returns false if one of them cannot be. */
typedef bool (*hf_positions_ids_fn)(void *data, const uint32_t *ids, size_t n);
bool hf_positions_list_ids(const hf_positions_list *list, hf_positions_ids_fn fn, void *data,
                           GError **error);

G_END_DECLS
