/* src/index/xapian.h -- the plain C face of Xapian (xapian.cc). Nothing else of the program
 * includes Xapian.
 *
 * A database is used by one thread at a time. Every error is HF_ERROR_INTEGRITY where Xapian
 * finds its files damaged, HF_ERROR_IO where the system refuses, HF_ERROR_INTERNAL otherwise. */
#pragma once
#include "holdfast/base.h"

/* No exception leaves the C++ side; C has no word for it. */
#ifdef __cplusplus
#define HF_NOEXCEPT noexcept
#else
#define HF_NOEXCEPT
#endif

G_BEGIN_DECLS

/* ---- files ---- new databases are written by glass.c */
/* Writes the databases `paths` as one to the new directory `path`; ids stay. */
bool hf_xapian_compact(const char *const *paths, size_t n, const char *path,
                       GError **error) HF_NOEXCEPT;
/* Deletes the documents of `ids` that are in the database at `path`. What was theirs stays in
 * freed blocks: compact it. */
bool hf_xapian_delete(const char *path, const hf_set *ids, GError **error) HF_NOEXCEPT;
/* Reads all of a database and checks its structure; takes memory by the highest id. */
bool hf_xapian_check(const char *path, GError **error) HF_NOEXCEPT;

/* ---- reading ---- */
typedef struct hf_xapian hf_xapian;
hf_xapian *hf_xapian_open(const char *path, GError **error) HF_NOEXCEPT;
void hf_xapian_free(hf_xapian *db) HF_NOEXCEPT;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_xapian, hf_xapian_free)
uint32_t hf_xapian_count(const hf_xapian *db) HF_NOEXCEPT;
/* Adds all documents to `out`. */
bool hf_xapian_all(hf_xapian *db, hf_set *out, GError **error) HF_NOEXCEPT;
/* The sum of the lengths of all documents in words. */
bool hf_xapian_words(hf_xapian *db, uint64_t *words, GError **error) HF_NOEXCEPT;
/* All terms ascending with their number of documents, until the function returns false; *all: it
 * never did. */
typedef bool (*hf_xapian_term_fn)(void *data, const char *term, size_t length, uint32_t documents);
bool hf_xapian_terms(hf_xapian *db, hf_xapian_term_fn fn, void *data, bool *all,
                     GError **error) HF_NOEXCEPT;
/* The same with the documents of a term and how often each has it. */
typedef bool (*hf_xapian_posting_fn)(void *data, uint32_t id, uint32_t n);
bool hf_xapian_postings(hf_xapian *db, const char *term, size_t length, hf_xapian_posting_fn fn,
                        void *data, bool *all, GError **error) HF_NOEXCEPT;
/* How often a term is in each of the documents `ids` (ascending), and in how many of the
 * database it is. */
bool hf_xapian_frequency(hf_xapian *db, const char *term, const uint32_t *ids, size_t n,
                         uint32_t *within, uint32_t *documents, GError **error) HF_NOEXCEPT;
/* Length in words of each of the documents `ids`; 0 for one that is not there. */
bool hf_xapian_lengths(hf_xapian *db, const uint32_t *ids, size_t n, uint32_t *lengths,
                       GError **error) HF_NOEXCEPT;
/* ---- stems ---- */
/* The Snowball stem ("english") of a word; g_free. Thread-safe. */
char *hf_xapian_stem(const char *word) HF_NOEXCEPT;

G_END_DECLS
