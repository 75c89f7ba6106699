/* src/index/segment.h -- the parts of a segment directory, inside the index module.
 *
 *     SEGMENT/iamglass *.glass   the Xapian database
 *     SEGMENT/vocabulary         vocabulary.c
 *     SEGMENT/positions          positions.c
 *     SEGMENT/columns            columns.c
 *     SEGMENT/sums               sums.c
 *
 * A segment is made as SEGMENT.new and renamed when all of it is on disk. */
#pragma once
#include "holdfast/index.h"

G_BEGIN_DECLS

/* ---- terms ---- a field's prefix ('\0' for the body) and a word; the markers' words are told
 * apart from text. */
#define HF_TERM_MOST 72
#define HF_TERM_FIRST HF_WORD_FIRST
#define HF_TERM_LAST HF_WORD_LAST
char hf_segment_field_prefix(hf_field field);
/* Puts the term of a word in a field into `out`; false if none can be that long or begin so. */
bool hf_segment_term(hf_field field, const char *word, char out[HF_TERM_MOST]);

/* Whether a term is a marker of some field. */
bool hf_segment_is_marker(const char *term, size_t length);

/* ---- a mapped file ---- */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} hf_segment_map;
bool hf_segment_map_open(hf_segment_map *map, const char *path, GError **error);
void hf_segment_map_close(hf_segment_map *map);
/* Writes a new file from pieces and syncs it. */
typedef struct {
    const void *bytes;
    size_t size;
} hf_segment_piece;
bool hf_segment_write(const char *path, const hf_segment_piece *pieces, size_t n, GError **error);
/* A checksum of 64 bits; `n` bytes are added to `sum` (0 at first). */
uint64_t hf_segment_sum(uint64_t sum, const void *bytes, size_t n);

/* ---- list of files (sums.c) ---- */
bool hf_segment_sums_write(const char *path, GError **error);
/* Compares names and sizes, and if `whole` the checksums. HF_ERROR_INTEGRITY names the file. */
bool hf_segment_sums_check(const char *path, bool whole, GError **error);

/* ---- a file of ours, being written (writer.c) ---- A new file: HF_SEGMENT_HEADER bytes, then what
 * is added. An error on the way shows at the end. */
#define HF_SEGMENT_HEADER 64u
typedef struct hf_segment_writer hf_segment_writer;
hf_segment_writer *hf_segment_writer_open(const char *path, GError **error);
void hf_segment_writer_add(hf_segment_writer *writer, const void *bytes, size_t n);
/* Bytes added. */
uint64_t hf_segment_writer_size(const hf_segment_writer *writer);
/* Writes the header, with the checksum of all that was added at header[sum]. */
bool hf_segment_writer_finish(hf_segment_writer *writer, uint64_t header[HF_SEGMENT_HEADER / 8],
                              size_t sum, GError **error);
void hf_segment_writer_free(hf_segment_writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_segment_writer, hf_segment_writer_free)

/* ---- vocabulary (vocabulary.c) ---- */
typedef struct hf_vocabulary_writer hf_vocabulary_writer;
hf_vocabulary_writer *hf_vocabulary_create(const char *path, GError **error);
/* Terms ascending by byte, and the bytes of their positions. */
void hf_vocabulary_add(hf_vocabulary_writer *writer, const char *term, size_t length,
                       uint32_t documents, uint64_t positions);
/* Completes the file. */
bool hf_vocabulary_finish(hf_vocabulary_writer *writer, GError **error);
void hf_vocabulary_writer_free(hf_vocabulary_writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_vocabulary_writer, hf_vocabulary_writer_free)

typedef struct hf_vocabulary hf_vocabulary;
hf_vocabulary *hf_vocabulary_open(const char *path, GError **error);
void hf_vocabulary_free(hf_vocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_vocabulary, hf_vocabulary_free)
uint64_t hf_vocabulary_count(const hf_vocabulary *vocabulary);
/* Bytes of the positions of all terms. */
uint64_t hf_vocabulary_positions(const hf_vocabulary *vocabulary);
/* Reads all of it: checksum, order, counts of entries. */
bool hf_vocabulary_check(const hf_vocabulary *vocabulary, GError **error);
/* Terms have numbers, ascending from 0. The first whose term is not below the key. */
bool hf_vocabulary_bound(const hf_vocabulary *vocabulary, const char *key, size_t length,
                         uint64_t *entry, GError **error);
/* The terms that begin with a prefix: [*first, *end). */
bool hf_vocabulary_with_prefix(const hf_vocabulary *vocabulary, const char *prefix, uint64_t *first,
                               uint64_t *end, GError **error);
/* A walk over the terms [first, end). */
typedef struct {
    const hf_vocabulary *vocabulary;
    uint64_t entry, end; /* the next term; where the walk ends */
    size_t at;           /* byte of the next entry */
    char term[256];      /* the present one, NUL-terminated */
    size_t length;
    uint64_t documents, positions, bytes; /* where its list of positions begins, and its size */
} hf_vocabulary_walk;
bool hf_vocabulary_walk_between(const hf_vocabulary *vocabulary, uint64_t first, uint64_t end,
                                hf_vocabulary_walk *walk, GError **error);
/* The next term; false at the end, or with an error if the file is damaged. */
bool hf_vocabulary_next(hf_vocabulary_walk *walk, GError **error);

/* Puts the walk to one term, as if it had just come to it. */
bool hf_vocabulary_find(const hf_vocabulary *vocabulary, const char *term, hf_vocabulary_walk *walk,
                        bool *found, GError **error);

/* ---- columns (columns.c) ---- */
typedef struct {
    uint32_t id;
    int64_t values[HF_COLUMN_LAST];
} hf_columns_row;
/* Writes and syncs the file; rows ascend by id. */
bool hf_columns_write(const char *path, const hf_columns_row *rows, size_t n, GError **error);
typedef struct hf_columns hf_columns;
hf_columns *hf_columns_open(const char *path, GError **error);
void hf_columns_free(hf_columns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_columns, hf_columns_free)
bool hf_columns_check(const hf_columns *columns, GError **error);
size_t hf_columns_count(const hf_columns *columns);
const uint32_t *hf_columns_ids(const hf_columns *columns);
hf_columns_row hf_columns_get(const hf_columns *columns, size_t i);
/* The row of an id, looked for from *row on, for ids that ascend: *row becomes the first whose id is not below. False if the
 * id has none. */
bool hf_columns_find_from(const hf_columns *columns, uint32_t id, size_t *row);
void hf_columns_all(const hf_columns *columns, hf_set *out);
/* Adds the rows that `pick` picks: it is given up to 64 values at a time, and sets the bit of each
 * that is wanted, the first one's lowest. */
typedef uint64_t (*hf_columns_pick_fn)(const int64_t *values, size_t n, const void *data);
void hf_columns_pick(const hf_columns *columns, hf_column_id column, hf_columns_pick_fn pick,
                     const void *data, hf_set *out);
/* Rows whose value is within [low, high]; HF_TIME_NONE never is. */
void hf_columns_range(const hf_columns *columns, hf_column_id column, int64_t low, int64_t high,
                      hf_set *out);

/* ---- directories (segment.c) ---- */
/* Makes the empty directory `path`.new and returns its path (g_free); what a killed run left
 * there is removed. */
char *hf_segment_prepare(const char *path, GError **error);
/* Syncs the files of `path`.new and the directory, renames it, syncs the parent. */
bool hf_segment_publish(const char *path, GError **error);
/* Removes `path`.new after a failure. */
void hf_segment_abandon(const char *path);
/* Sum of the sizes of the files in a directory. */
uint64_t hf_segment_bytes(const char *path);

G_END_DECLS
