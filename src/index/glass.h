/* src/index/glass.h -- writes a Xapian database ("glass", the format of Xapian 1.4) in one pass
 * from postings that are sorted already. Xapian's own way of adding documents costs 20 times as
 * much (see glass.c). */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct {
    const char *bytes; /* no zero byte within; at most 100 */
    uint32_t length;
} hf_glass_term;
/* A document that has a term, and how often. */
typedef struct {
    uint32_t document; /* index into the documents */
    uint32_t n;
} hf_glass_posting;
typedef struct {
    const hf_glass_term *terms; /* ascending by byte, no two alike, none empty */
    size_t n_terms;
    /* Postings of term t: [postings_end[t - 1], postings_end[t]), by document, ascending. */
    const uint32_t *postings_end;
    const hf_glass_posting *postings;
    /* Documents: ids ascending, lengths in words, distinct terms of each. */
    const uint32_t *ids, *lengths, *distinct;
    size_t n_documents;
} hf_glass_content;
/* Writes the database, which has no positions, into the directory `path`. The caller syncs the
 * files. */
bool hf_glass_write(const char *path, const hf_glass_content *content, GError **error);

G_END_DECLS
