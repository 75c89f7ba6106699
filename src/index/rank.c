/* Scores of a page of documents: BM25 with the usual constants, over the whole index; a word in
 * several fields is one word. */
#include "index/reader.h"

#include <math.h>
#include <string.h>

#define RANK_K1 1.2
#define RANK_B 0.75

typedef struct {
    const uint32_t *ids; /* ascending */
    size_t n;
    uint32_t *within; /* of the present word, summed over fields */
    uint32_t *lengths, *scratch;
    uint64_t all_documents, all_words;
} ranking;

/* The ids that lie in a segment's range: [*from, *from + the result). */
static size_t ids_within(const hf_index_segment *s, const ranking *r, size_t *from)
{
    size_t n = hf_columns_count(s->columns), end = 0;
    *from = 0;
    if (n == 0)
        return 0;
    const uint32_t *ids = hf_columns_ids(s->columns);
    while (*from < r->n && r->ids[*from] < ids[0])
        ++*from;
    for (end = *from; end < r->n && r->ids[end] <= ids[n - 1];)
        end++;
    return end - *from;
}

static bool rank_lengths(hf_index *index, ranking *r, GError **error)
{
    for (guint i = 0; i < index->segments->len; i++) {
        hf_index_segment *s = g_ptr_array_index(index->segments, i);
        size_t from, n = ids_within(s, r, &from);
        g_mutex_lock(&s->mutex);
        uint64_t words;
        bool ok = hf_xapian_lengths(s->db, r->ids + from, n, r->lengths + from, error) &&
                  hf_xapian_words(s->db, &words, error);
        g_mutex_unlock(&s->mutex);
        if (!ok)
            return false;
        r->all_words += words;
        r->all_documents += hf_columns_count(s->columns);
    }
    return true;
}

/* How often a word is in each of the ids, over all fields, and in about how many documents it
 * is. */
static bool rank_word(hf_index *index, unsigned fields, const char *word, ranking *r,
                      uint64_t *documents, GError **error)
{
    char term[HF_TERM_MOST];
    memset(r->within, 0, r->n * sizeof *r->within);
    *documents = 0;
    for (guint i = 0; i < index->segments->len; i++) {
        hf_index_segment *s = g_ptr_array_index(index->segments, i);
        size_t from, n = ids_within(s, r, &from);
        for (int field = 0; field < HF_FIELD_LAST; field++) {
            uint32_t in;
            if (!(fields & 1u << field) || !hf_segment_term((hf_field)field, word, term))
                continue;
            g_mutex_lock(&s->mutex);
            bool ok = hf_xapian_frequency(s->db, term, r->ids + from, n, r->scratch, &in, error);
            g_mutex_unlock(&s->mutex);
            if (!ok)
                return false;
            *documents += in;
            for (size_t k = 0; k < n; k++)
                r->within[from + k] += r->scratch[k];
        }
    }
    *documents = MIN(*documents, r->all_documents);
    return true;
}

static void add_scores(const ranking *r, uint64_t documents, double *scores)
{
    double all = (double)r->all_documents, with = (double)documents;
    double weight = log(1.0 + (all - with + 0.5) / (with + 0.5));
    double average = MAX((double)r->all_words / MAX(all, 1.0), 1.0);
    for (size_t k = 0; k < r->n; k++) {
        double within = r->within[k];
        double norm = 1.0 - RANK_B + RANK_B * r->lengths[k] / average;
        scores[k] += weight * within * (RANK_K1 + 1.0) / (within + RANK_K1 * norm);
    }
}

static bool rank_sorted(hf_index *index, unsigned fields, const char *const *words, size_t n_words,
                        ranking *r, double *scores, GError **error)
{
    if (!rank_lengths(index, r, error))
        return false;
    for (size_t i = 0; i < n_words; i++) {
        uint64_t documents;
        if (!rank_word(index, fields, words[i], r, &documents, error))
            return false;
        add_scores(r, documents, scores);
    }
    return true;
}

typedef struct {
    uint32_t id;
    size_t place;
} placed_id;

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = ((const placed_id *)a)->id, y = ((const placed_id *)b)->id;
    return (x > y) - (x < y);
}

bool hf_index_rank(hf_index *index, unsigned fields, const char *const *words, size_t n_words,
                   const uint32_t *ids, size_t n, double *scores, GError **error)
{
    g_autofree placed_id *placed = g_new(placed_id, n + 1);
    g_autofree uint32_t *sorted = g_new(uint32_t, n + 1), *within = g_new0(uint32_t, n + 1);
    g_autofree uint32_t *lengths = g_new0(uint32_t, n + 1), *scratch = g_new0(uint32_t, n + 1);
    g_autofree double *sums = g_new0(double, n + 1);
    for (size_t i = 0; i < n; i++)
        placed[i] = (placed_id){ids[i], i};
    qsort(placed, n, sizeof *placed, compare_ids);
    for (size_t i = 0; i < n; i++)
        sorted[i] = placed[i].id;
    ranking r = {.ids = sorted, .n = n, .within = within, .lengths = lengths, .scratch = scratch};
    if (!rank_sorted(index, fields, words, n_words, &r, sums, error))
        return false;
    for (size_t i = 0; i < n; i++)
        scores[placed[i].place] = sums[i];
    return true;
}
