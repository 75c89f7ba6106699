/* src/ingest/content.h -- the bytes of one item while it is processed: in memory, in a file, or in a range of an unlinked
 * scratch file in work/. Internal to src/ingest. */
#pragma once
#include "holdfast/base.h"

/* A scratch file that many contents share; made when first needed, space given back as contents are freed. Thread-safe. */
typedef struct hf_spool hf_spool;
hf_spool *hf_spool_new(const char *work_directory);
hf_spool *hf_spool_ref(hf_spool *spool);
void hf_spool_unref(hf_spool *spool);

typedef struct hf_content hf_content;
hf_content *hf_content_from_fd(int fd, uint64_t size); /* takes the descriptor */
hf_content *hf_content_from_bytes(GBytes *bytes);      /* takes a reference */
void hf_content_free(hf_content *content);
uint64_t hf_content_size(const hf_content *content);
/* Bytes that it holds in memory. */
gsize hf_content_memory(const hf_content *content);

/* Collects bytes: in memory up to HF_CONTENT_MEMORY, then in a scratch file; all contents of a spool together hold at most
 * HF_SPOOL_MEMORY in memory. */
#define HF_CONTENT_MEMORY (256 * 1024)
#define HF_SPOOL_MEMORY (16 * 1024 * 1024)
typedef struct hf_content_writer hf_content_writer;
hf_content_writer *hf_content_writer_new(hf_spool *spool);
bool hf_content_writer_write(hf_content_writer *writer, const void *bytes, size_t n,
                             GError **error);
hf_content *hf_content_writer_finish(hf_content_writer *writer); /* never fails; frees the writer */
void hf_content_writer_free(hf_content_writer *writer);

/* A descriptor that has just these bytes, for a worker. *owned says whether to close it. -1 with *error. */
int hf_content_open(hf_content *content, const char *work_directory, bool *owned, GError **error);
/* Calls `piece` with all bytes in order. HF_ITEM_ERROR if a file of a source (from_fd) became shorter or cannot be read. */
typedef bool (*hf_content_piece)(void *data, const void *bytes, size_t n, GError **error);
bool hf_content_each(const hf_content *content, hf_content_piece piece, void *data, GError **error);
/* The whole content in memory (of at most `limit` bytes; HF_ERROR_INTERNAL above). */
GBytes *hf_content_bytes(const hf_content *content, uint64_t limit, GError **error);
bool hf_content_digest(const hf_content *content, bool with_sha1, hf_digest *out, GError **error);
