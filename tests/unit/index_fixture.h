/* tests/unit/index_fixture.h -- a scratch directory and random documents, for tests of the index. */
#pragma once
#include "cases.h"
#include "holdfast/index.h"

#include <string.h>
#include <unistd.h>

static char *scratch;

static inline int make_scratch(void **state)
{
    (void)state;
    scratch = g_dir_make_tmp("hf-index-XXXXXX", NULL);
    return scratch == NULL;
}

static inline int remove_scratch(void **state)
{
    (void)state;
    hf_file_empty_directory(scratch, NULL);
    rmdir(scratch);
    g_free(scratch);
    return 0;
}

static inline char *in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

/* ---- random documents ---- words of very different frequency, in texts of two fields */

#define MOST_TEXTS 3
#define MOST_WORDS 40
typedef struct {
    uint32_t id;
    int n;
    struct {
        hf_field field;
        int n, words[MOST_WORDS];
    } texts[MOST_TEXTS];
    int64_t columns[HF_COLUMN_LAST];
} random_document;

static const char *const random_words[] = {"the",     "of",    "and",   "merger", "plan", "plans",
                                           "planned", "board", "fraud", "zebra",  "a",    "x1"};

/* The k-th word is half as frequent as the one before. */
static inline int random_word(GRand *random)
{
    int k = 0;
    while (k + 1 < (int)CASES(random_words) && g_rand_boolean(random))
        k++;
    return k;
}

static inline random_document *random_documents(GRand *random, size_t n, int gap)
{
    static const hf_field fields[] = {HF_FIELD_BODY, HF_FIELD_BODY, HF_FIELD_SUBJECT};
    random_document *documents = g_new0(random_document, n);
    uint32_t id = 0;
    for (size_t i = 0; i < n; i++) {
        random_document *d = &documents[i];
        d->id = id += (uint32_t)g_rand_int_range(random, 1, gap + 1);
        d->n = g_rand_int_range(random, 0, MOST_TEXTS + 1);
        for (int t = 0; t < d->n; t++) {
            d->texts[t].field = fields[g_rand_int_range(random, 0, CASES(fields))];
            d->texts[t].n = g_rand_int_range(random, 0, MOST_WORDS + 1);
            for (int k = 0; k < d->texts[t].n; k++)
                d->texts[t].words[k] = random_word(random);
        }
        for (int c = 0; c < HF_COLUMN_LAST; c++)
            d->columns[c] = g_rand_int_range(random, 0, 5) == 0
                                ? HF_TIME_NONE
                                : g_rand_int_range(random, -30, (gint)n / 3);
    }
    return documents;
}

static inline void add_random(hf_segment_builder *builder, const random_document *d)
{
    hf_field_text fields[MOST_TEXTS];
    GString *texts[MOST_TEXTS];
    for (int t = 0; t < d->n; t++) {
        texts[t] = g_string_new(NULL);
        for (int k = 0; k < d->texts[t].n; k++)
            g_string_append_printf(texts[t], "%s ", random_words[d->texts[t].words[k]]);
        fields[t] = (hf_field_text){d->texts[t].field, texts[t]->str, texts[t]->len};
    }
    hf_index_document document = {.id = d->id, .fields = fields, .n_fields = (size_t)d->n};
    memcpy(document.columns, d->columns, sizeof document.columns);
    assert_true(hf_segment_builder_add(builder, &document, NULL, NULL));
    for (int t = 0; t < d->n; t++)
        g_string_free(texts[t], true);
}

static inline void write_random(const random_document *documents, size_t n, const char *path)
{
    GError *error = NULL;
    hf_segment_info info;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (size_t i = 0; i < n; i++)
        add_random(builder, &documents[i]);
    assert_true(hf_segment_builder_finish(builder, path, &info, &error));
    assert_true(hf_segment_check(path, &info, &error));
}

/* ---- one text a document ---- */

static inline void add_text(hf_segment_builder *builder, uint32_t id, hf_field field,
                            const char *text)
{
    hf_field_text fields = {field, text, strlen(text)};
    hf_index_document document = {.id = id, .fields = &fields, .n_fields = 1};
    assert_true(hf_segment_builder_add(builder, &document, NULL, NULL));
}

static inline void finish_segment(hf_segment_builder *builder, const char *path)
{
    hf_segment_info info;
    GError *error = NULL;
    assert_true(hf_segment_builder_finish(builder, path, &info, &error));
    assert_true(hf_segment_check(path, &info, &error));
}

/* ---- asking ---- */

typedef struct {
    hf_field field;
    const char *const *words;
    size_t n;
    const hf_set *among;
    uint32_t step; /* ids of a range */
    GMutex mutex;
    GArray *found;
} places_question;

static inline bool ask_places(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    places_question *q = data;
    g_autoptr(hf_set) with = hf_set_new();
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(uint64_t));
    g_autoptr(hf_places) places = hf_places_open(segment, q->field, q->words, q->n, error);
    if (places == NULL || !hf_index_segment_any(segment, q->field, q->words, q->n, with, error))
        return false;
    hf_set_or(out, with);
    for (uint32_t low = 0, high;; low = high + 1) {
        high = low > UINT32_MAX - q->step ? UINT32_MAX : low + q->step;
        if (!hf_places_read(places, q->among, low, high, found, error))
            return false;
        uint32_t next = high;
        if (high == UINT32_MAX || !hf_set_next(q->among, &next))
            break;
    }
    g_mutex_lock(&q->mutex);
    if (found->len > 0)
        g_array_append_vals(q->found, found->data, found->len);
    g_mutex_unlock(&q->mutex);
    return true;
}

static inline int compare_places(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All places (segments in order); *with: the documents that have any of the words. */
static inline GArray *places_of(hf_index *index, hf_field field, const char *const *words, size_t n,
                                const hf_set *among, uint32_t step, hf_set **with, GError **error)
{
    places_question q = {.field = field, .words = words, .n = n, .among = among, .step = step};
    q.found = g_array_new(false, false, sizeof(uint64_t));
    g_mutex_init(&q.mutex);
    *with = hf_index_ask(index, ask_places, &q, error);
    g_mutex_clear(&q.mutex);
    return q.found;
}

/* ---- phrases ---- */

typedef struct {
    unsigned fields;
    const char *const *words;
    size_t n;
} phrase_question;

/* Keeps the places of `found` that have one of `next` so many words behind them. */
static inline void keep_followed(GArray *found, const GArray *next, unsigned distance)
{
    uint64_t *places = (uint64_t *)(void *)found->data;
    guint n = 0, at = 0;
    for (guint i = 0; i < found->len; i++) {
        while (at < next->len && g_array_index(next, uint64_t, at) < places[i] + distance)
            at++;
        if (at < next->len && g_array_index(next, uint64_t, at) == places[i] + distance)
            places[n++] = places[i];
    }
    g_array_set_size(found, n);
}

static inline bool ask_phrase_in(hf_index_segment *segment, const phrase_question *q,
                                 hf_field field, hf_set *out, GError **error)
{
    g_autoptr(hf_set) first = hf_set_new();
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(uint64_t));
    if (!hf_index_segment_any(segment, field, q->words, 1, first, error))
        return false;
    for (size_t i = 0; i < q->n; i++) {
        g_autoptr(GArray) next = g_array_new(false, false, sizeof(uint64_t));
        g_autoptr(hf_places) places = hf_places_open(segment, field, q->words + i, 1, error);
        if (places == NULL ||
            !hf_places_read(places, first, 0, UINT32_MAX, i == 0 ? found : next, error))
            return false;
        if (i > 0)
            keep_followed(found, next, (unsigned)i);
    }
    for (guint i = 0; i < found->len; i++)
        hf_set_add(out, (uint32_t)(g_array_index(found, uint64_t, i) >> 32));
    return true;
}

static inline bool ask_phrase(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    const phrase_question *q = data;
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if ((q->fields & 1u << field) && !ask_phrase_in(segment, q, (hf_field)field, out, error))
            return false;
    return true;
}

/* Documents that have the words side by side in one of the fields. */
static inline hf_set *phrase_of(hf_index *index, unsigned fields, const char *const *words,
                                size_t n, GError **error)
{
    phrase_question q = {fields, words, n};
    return hf_index_ask(index, ask_phrase, &q, error);
}
