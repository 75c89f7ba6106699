/* The vocabularies and positions of segments to one of each, in one pass: a walk over every
 * vocabulary, the smallest term first; its lists are put one behind the other, for their ids
 * ascend from segment to segment. Memory is that of one block of documents an input. */
#include "index/merge_terms.h"
#include "index/positions.h"

#include <string.h>

typedef struct {
    hf_vocabulary *vocabulary;
    hf_positions *positions;
    hf_vocabulary_walk walk;
    uint32_t first, last; /* ids that it may have */
    const hf_set *without;
    size_t number; /* among the inputs */
} merge_input;

typedef struct {
    GPtrArray *inputs; /* of merge_input: a heap, those that have a term left */
    hf_vocabulary_writer *vocabulary;
    hf_positions_writer *positions;
    hf_positions_list list;
    uint64_t words;
} merging;

static void input_free(void *data)
{
    merge_input *input = data;
    hf_vocabulary_free(input->vocabulary);
    hf_positions_free(input->positions);
    g_free(input);
}

/* ---- the heap ---- */

static bool is_before(const merge_input *a, const merge_input *b)
{
    size_t n = MIN(a->walk.length, b->walk.length);
    int order = memcmp(a->walk.term, b->walk.term, n);
    if (order == 0)
        order = (a->walk.length > b->walk.length) - (a->walk.length < b->walk.length);
    return order != 0 ? order < 0 : a->number < b->number;
}

static void sift(GPtrArray *heap, guint i)
{
    for (;;) {
        guint least = i;
        for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < heap->len; child++)
            if (is_before(heap->pdata[child], heap->pdata[least]))
                least = child;
        if (least == i)
            return;
        void *other = heap->pdata[i];
        heap->pdata[i] = heap->pdata[least];
        heap->pdata[least] = other;
        i = least;
    }
}

/* Moves the first input on. */
static bool advance(GPtrArray *heap, GError **error)
{
    merge_input *input = heap->pdata[0];
    GError *failed = NULL;
    if (!hf_vocabulary_next(&input->walk, &failed)) {
        if (failed != NULL) {
            g_propagate_error(error, failed);
            return false;
        }
        g_ptr_array_remove_index_fast(heap, 0);
    }
    sift(heap, 0);
    return true;
}

static bool open_input(merging *m, const hf_terms_input *from, GError **error)
{
    g_autofree char *vocabulary = g_build_filename(from->path, "vocabulary", NULL);
    g_autofree char *positions = g_build_filename(from->path, "positions", NULL);
    merge_input *input = g_new0(merge_input, 1);
    input->first = from->first;
    input->last = from->last;
    input->without = from->without;
    input->number = m->inputs->len;
    g_ptr_array_add(m->inputs, input);
    return (input->vocabulary = hf_vocabulary_open(vocabulary, error)) != NULL &&
           (input->positions = hf_positions_open(positions, error)) != NULL &&
           hf_vocabulary_walk_between(input->vocabulary, 0, hf_vocabulary_count(input->vocabulary),
                                      &input->walk, error);
}

static bool open_inputs(merging *m, const hf_terms_input *from, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++)
        if (!open_input(m, &from[i], error))
            return false;
    for (guint i = m->inputs->len; i-- > 0;) {
        GError *failed = NULL;
        merge_input *input = m->inputs->pdata[i];
        if (hf_vocabulary_next(&input->walk, &failed))
            continue;
        if (failed != NULL) {
            g_propagate_error(error, failed);
            return false;
        }
        g_ptr_array_remove_index_fast(m->inputs, i);
    }
    for (guint i = m->inputs->len / 2; i-- > 0;)
        sift(m->inputs, i);
    return true;
}

/* ---- copying ---- */

static uint64_t count_words(const uint8_t *bytes, size_t n)
{
    uint64_t words = 0;
    for (size_t i = 0; i < n; i++)
        words += bytes[i] < 0x80;
    return words;
}

/* Copies the present block of the list; returns how many documents of it were wanted. */
static uint32_t copy_block(merging *m, const hf_set *without)
{
    const hf_positions_list *list = &m->list;
    uint32_t copied = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        size_t n;
        const uint8_t *bytes = hf_positions_list_bytes(list, i, &n);
        if (without != NULL && hf_set_has(without, list->ids[i]))
            continue;
        hf_positions_add_bytes(m->positions, list->ids[i], bytes, n);
        m->words += count_words(bytes, n);
        copied++;
    }
    return copied;
}

static bool copy_list(merging *m, const merge_input *input, uint64_t *copied, GError **error)
{
    hf_positions_list *list = &m->list;
    if (!hf_positions_list_open(input->positions, input->walk.positions, input->walk.bytes,
                                input->walk.documents, list, error))
        return false;
    for (uint32_t block = 0; block < list->n_blocks; block++) {
        if (!hf_positions_list_block(list, block, error))
            return false;
        if (list->ids[0] < input->first || list->ids[list->n - 1] > input->last) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                        "a segment has positions of documents that it does not have");
            return false;
        }
        *copied += copy_block(m, input->without);
    }
    return true;
}

/* Takes the smallest term from all inputs that have it. */
static bool merge_term(merging *m, GError **error)
{
    char term[sizeof((hf_vocabulary_walk *)NULL)->term];
    const merge_input *first = m->inputs->pdata[0];
    size_t length = first->walk.length;
    uint64_t copied = 0, bytes;
    uint32_t documents;
    memcpy(term, first->walk.term, length);
    while (m->inputs->len > 0) {
        const merge_input *input = m->inputs->pdata[0];
        if (input->walk.length != length || memcmp(input->walk.term, term, length) != 0)
            break;
        if (!copy_list(m, input, &copied, error) || !advance(m->inputs, error))
            return false;
    }
    if (copied == 0)
        return true;
    hf_positions_end(m->positions, &documents, &bytes);
    hf_vocabulary_add(m->vocabulary, term, length, documents, bytes);
    return true;
}

static bool merge_all(merging *m, const hf_terms_input *inputs, size_t n, GError **error)
{
    if (!open_inputs(m, inputs, n, error))
        return false;
    while (m->inputs->len > 0)
        if (!merge_term(m, error))
            return false;
    return hf_vocabulary_finish(m->vocabulary, error) && hf_positions_finish(m->positions, error);
}

bool hf_terms_merge(const hf_terms_input *inputs, size_t n, const char *path, uint64_t *words,
                    GError **error)
{
    g_autofree char *vocabulary_path = g_build_filename(path, "vocabulary", NULL);
    g_autofree char *positions_path = g_build_filename(path, "positions", NULL);
    merging m = {0};
    m.vocabulary = hf_vocabulary_create(vocabulary_path, error);
    if (m.vocabulary == NULL)
        return false;
    m.positions = hf_positions_create(positions_path, error);
    bool ok = m.positions != NULL;
    m.inputs = g_ptr_array_new_with_free_func(input_free);
    ok = ok && merge_all(&m, inputs, n, error);
    *words = m.words;
    hf_vocabulary_writer_free(m.vocabulary);
    hf_positions_writer_free(m.positions);
    hf_positions_list_clear(&m.list);
    g_ptr_array_unref(m.inputs);
    return ok;
}
