/* src/index/merge_terms.h -- vocabularies and positions of segments to one of each. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct {
    const char *path;      /* of the segment */
    uint32_t first, last;  /* its first and last id */
    const hf_set *without; /* documents that are left out; may be NULL */
} hf_terms_input;
/* Writes `vocabulary` and `positions` of the segments, whose ids ascend, into the directory
 * `path`; *words is how many words they have. HF_ERROR_INTEGRITY if an input is damaged. */
bool hf_terms_merge(const hf_terms_input *inputs, size_t n, const char *path, uint64_t *words,
                    GError **error);

G_END_DECLS
