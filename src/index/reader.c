/* Open segments to sets. Every question goes to each segment on its own, on a pool of threads,
 * and the answers are united: segments are disjoint. */
#include "index/segment.h"
#include "index/xapian.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *hf_index_field_name(hf_field field)
{
    static const char *const names[HF_FIELD_LAST] = {
        [HF_FIELD_BODY] = "body",
        [HF_FIELD_SUBJECT] = "subject",
        [HF_FIELD_FROM] = "from",
        [HF_FIELD_TO] = "to",
        [HF_FIELD_CC] = "cc",
        [HF_FIELD_BCC] = "bcc",
        [HF_FIELD_TITLE] = "title",
        [HF_FIELD_AUTHOR] = "author",
        [HF_FIELD_FILENAME] = "filename",
        [HF_FIELD_OTHER] = "other",
    };
    return (unsigned)field < HF_FIELD_LAST ? names[field] : NULL;
}

/* ---- segments ---- */

typedef struct {
    int lock;     /* the directory, under a shared lock */
    GMutex mutex; /* Xapian's objects serve one thread at a time */
    hf_xapian *db;
    hf_vocabulary *vocabulary;
    hf_columns *columns;
} segment;

struct hf_index {
    GPtrArray *segments; /* ascending by id */
    GThreadPool *pool;
    unsigned threads;
};

static void segment_free(void *data)
{
    segment *s = data;
    hf_xapian_free(s->db);
    hf_vocabulary_free(s->vocabulary);
    hf_columns_free(s->columns);
    if (s->lock >= 0)
        close(s->lock);
    g_mutex_clear(&s->mutex);
    g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(segment, segment_free)

static bool gone(const char *path, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "segment \"%s\" is gone", path);
    return false;
}

static bool lock_shared(segment *s, const char *path, GError **error)
{
    struct stat st;
    s->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock < 0)
        return errno == ENOENT ? gone(path, error) : hf_error_set_errno(error, errno, "open", path);
    if (flock(s->lock, LOCK_SH | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? gone(path, error)
                                    : hf_error_set_errno(error, errno, "lock", path);
    /* It may have been shredded between opening and locking. */
    if (fstat(s->lock, &st) != 0)
        return hf_error_set_errno(error, errno, "stat", path);
    return st.st_nlink > 0 || gone(path, error);
}

static segment *segment_open(const char *path, GError **error)
{
    g_autofree char *vocabulary = g_build_filename(path, "vocabulary", NULL);
    g_autofree char *columns = g_build_filename(path, "columns", NULL);
    g_autoptr(segment) s = g_new0(segment, 1);
    s->lock = -1;
    g_mutex_init(&s->mutex);
    if (!lock_shared(s, path, error) || !hf_segment_sums_check(path, false, error) ||
        (s->columns = hf_columns_open(columns, error)) == NULL ||
        (s->vocabulary = hf_vocabulary_open(vocabulary, error)) == NULL ||
        (s->db = hf_xapian_open(path, error)) == NULL)
        return NULL;
    bool positions;
    if (!hf_xapian_has_positions(s->db, &positions, error))
        return NULL;
    if (hf_xapian_count(s->db) != hf_columns_count(s->columns) ||
        (!positions && hf_vocabulary_count(s->vocabulary) > 0)) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "segment \"%s\" is damaged: its parts differ", path);
        return NULL;
    }
    return g_steal_pointer(&s);
}

/* ---- asking every segment ---- */

typedef bool (*ask_fn)(segment *s, void *question, hf_set *out, GError **error);
typedef struct {
    hf_index *index;
    ask_fn ask;
    void *question;
    GMutex mutex;
    GCond done;
    guint next, running; /* segments not yet asked; helpers at work */
    hf_set *found;
    GError *error;
} errand;

/* Takes the next segment that nobody has asked, until none is left. */
static void run_errand(errand *e)
{
    g_autoptr(hf_set) found = hf_set_new();
    GError *failed = NULL;
    g_mutex_lock(&e->mutex);
    while (failed == NULL && e->error == NULL && e->next < e->index->segments->len) {
        segment *s = g_ptr_array_index(e->index->segments, e->next++);
        g_mutex_unlock(&e->mutex);
        g_mutex_lock(&s->mutex);
        e->ask(s, e->question, found, &failed);
        g_mutex_unlock(&s->mutex);
        g_mutex_lock(&e->mutex);
    }
    hf_set_or(e->found, found);
    if (failed != NULL && e->error == NULL)
        e->error = g_steal_pointer(&failed);
    g_clear_error(&failed);
    g_mutex_unlock(&e->mutex);
}

static void help_errand(void *data, void *unused)
{
    (void)unused;
    errand *e = data;
    run_errand(e);
    g_mutex_lock(&e->mutex);
    if (--e->running == 0)
        g_cond_signal(&e->done);
    g_mutex_unlock(&e->mutex);
}

static hf_set *ask_all(hf_index *index, ask_fn ask, void *question, bool alone, GError **error)
{
    errand e = {.index = index, .ask = ask, .question = question, .found = hf_set_new()};
    g_mutex_init(&e.mutex);
    g_cond_init(&e.done);
    if (!alone && index->pool != NULL && index->segments->len > 1) {
        unsigned helpers = MIN(index->threads, index->segments->len) - 1;
        e.running = helpers;
        for (unsigned i = 0; i < helpers; i++)
            g_thread_pool_push(index->pool, &e, NULL);
    }
    run_errand(&e);
    g_mutex_lock(&e.mutex);
    while (e.running > 0)
        g_cond_wait(&e.done, &e.mutex);
    g_mutex_unlock(&e.mutex);
    g_mutex_clear(&e.mutex);
    g_cond_clear(&e.done);
    if (e.error == NULL)
        return e.found;
    hf_set_free(e.found);
    g_propagate_error(error, e.error);
    return NULL;
}

/* ---- opening ---- */

hf_index *hf_index_open(const char *const *paths, size_t n, unsigned threads, GError **error)
{
    g_autoptr(hf_index) index = g_new0(hf_index, 1);
    index->segments = g_ptr_array_new_with_free_func(segment_free);
    index->threads = threads;
    for (size_t i = 0; i < n; i++) {
        segment *s = segment_open(paths[i], error);
        if (s == NULL)
            return NULL;
        g_ptr_array_add(index->segments, s);
    }
    if (threads > 1 && n > 1)
        index->pool = g_thread_pool_new(help_errand, NULL, (gint)threads - 1, false, NULL);
    return g_steal_pointer(&index);
}

void hf_index_free(hf_index *index)
{
    if (index == NULL)
        return;
    if (index->pool != NULL)
        g_thread_pool_free(index->pool, false, true);
    g_ptr_array_unref(index->segments);
    g_free(index);
}

/* ---- words ---- */

typedef struct {
    unsigned fields;
    const char *word;
    bool single; /* stands for every word that begins with it */
} word_question;

/* The terms of a segment that a word stands for in a field. */
static bool matching_terms(segment *s, hf_field field, const char *word, bool single,
                           GPtrArray *out, GError **error)
{
    char term[HF_TERM_MOST];
    hf_vocabulary_walk walk;
    GError *failed = NULL;
    if (!hf_segment_term(field, word, term))
        return true;
    if (!single) {
        g_ptr_array_add(out, g_strdup(term));
        return true;
    }
    if (!hf_vocabulary_seek(s->vocabulary, term, &walk, error))
        return false;
    while (hf_vocabulary_next(&walk, &failed))
        g_ptr_array_add(out, g_strndup(walk.term, walk.length));
    if (failed != NULL)
        g_propagate_error(error, failed);
    return failed == NULL;
}

static bool ask_word(segment *s, void *data, hf_set *out, GError **error)
{
    const word_question *q = data;
    g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func(g_free);
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if ((q->fields & 1u << field) &&
            !matching_terms(s, (hf_field)field, q->word, q->single, terms, error))
            return false;
    for (guint i = 0; i < terms->len; i++) {
        const char *term = g_ptr_array_index(terms, i);
        if (!hf_xapian_term(s->db, term, strlen(term), out, error))
            return false;
    }
    return true;
}

hf_set *hf_index_word(hf_index *index, unsigned fields, const char *word, GError **error)
{
    word_question q = {fields, word, hf_tokens_is_single(word)};
    if (*word == '\0')
        return hf_set_new();
    return ask_all(index, ask_word, &q, false, error);
}

/* ---- phrases ---- */

typedef struct {
    unsigned fields;
    const char *const *words;
    size_t n;
} phrase_question;

static bool ask_phrase_in(segment *s, const phrase_question *q, hf_field field, hf_set *out,
                          GError **error)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autofree const char *const **lists = g_new(const char *const *, q->n);
    for (size_t i = 0; i < q->n; i++) {
        GPtrArray *terms = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(places, terms);
        if (!matching_terms(s, field, q->words[i], hf_tokens_is_single(q->words[i]), terms, error))
            return false;
        if (terms->len == 0)
            return true;
        g_ptr_array_add(terms, NULL);
        lists[i] = (const char *const *)terms->pdata;
    }
    return hf_xapian_phrase(s->db, lists, q->n, out, error);
}

static bool ask_phrase(segment *s, void *data, hf_set *out, GError **error)
{
    const phrase_question *q = data;
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if ((q->fields & 1u << field) && !ask_phrase_in(s, q, (hf_field)field, out, error))
            return false;
    return true;
}

hf_set *hf_index_phrase(hf_index *index, unsigned fields, const char *const *words, size_t n,
                        GError **error)
{
    phrase_question q = {fields, words, n};
    if (n == 1)
        return hf_index_word(index, fields, words[0], error);
    if (n == 0)
        return hf_set_new();
    return ask_all(index, ask_phrase, &q, false, error);
}

/* ---- columns ---- */

typedef struct {
    hf_column_id column;
    int64_t low, high;
} range_question;

static bool ask_range(segment *s, void *data, hf_set *out, GError **error)
{
    const range_question *q = data;
    (void)error;
    hf_columns_range(s->columns, q->column, q->low, q->high, out);
    return true;
}

hf_set *hf_index_range(hf_index *index, hf_column_id column, int64_t low, int64_t high,
                       GError **error)
{
    range_question q = {column, low, high};
    return ask_all(index, ask_range, &q, false, error);
}

static bool ask_ids(segment *s, void *data, hf_set *out, GError **error)
{
    (void)data;
    (void)error;
    hf_set_add_many(out, hf_columns_ids(s->columns), hf_columns_count(s->columns));
    return true;
}

hf_set *hf_index_all(hf_index *index, GError **error)
{
    return ask_all(index, ask_ids, NULL, true, error);
}

bool hf_index_value(hf_index *index, hf_column_id column, uint32_t id, int64_t *value)
{
    size_t row;
    for (guint i = 0; i < index->segments->len; i++) {
        segment *s = g_ptr_array_index(index->segments, i);
        if (!hf_columns_find(s->columns, id, &row))
            continue;
        *value = hf_columns_get(s->columns, row).values[column];
        return true;
    }
    return false;
}

/* ---- vocabulary ---- */

/* A walk that stands at a term, and where its word begins behind the field's prefix. */
typedef struct {
    hf_vocabulary_walk walk;
    size_t skip;
} cursor;

static const char *cursor_word(const cursor *c)
{
    return c->walk.term + c->skip;
}

/* Steps on; at the end the cursor is removed. Heap order: smallest word first. */
static void sift(GPtrArray *heap, guint i)
{
    for (;;) {
        guint least = i;
        for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < heap->len; child++)
            if (strcmp(cursor_word(heap->pdata[child]), cursor_word(heap->pdata[least])) < 0)
                least = child;
        if (least == i)
            return;
        void *other = heap->pdata[i];
        heap->pdata[i] = heap->pdata[least];
        heap->pdata[least] = other;
        i = least;
    }
}

static bool add_cursor(GPtrArray *heap, segment *s, hf_field field, const char *prefix,
                       GError **error)
{
    char term[HF_TERM_MOST];
    GError *failed = NULL;
    char letter = hf_segment_field_prefix(field);
    g_autofree cursor *c = g_new(cursor, 1);
    c->skip = letter == '\0' ? 0 : 1;
    term[0] = letter;
    if (g_strlcpy(term + c->skip, prefix, sizeof term - c->skip) >= sizeof term - c->skip)
        return true;
    if (!hf_vocabulary_seek(s->vocabulary, term, &c->walk, error))
        return false;
    /* Terms of other fields lie among those of the body: behind their capital letter. */
    while (hf_vocabulary_next(&c->walk, &failed)) {
        if (c->skip == 0 && g_ascii_isupper(c->walk.term[0]))
            continue;
        g_ptr_array_add(heap, g_steal_pointer(&c));
        return true;
    }
    if (failed != NULL)
        g_propagate_error(error, failed);
    return failed == NULL;
}

static bool open_cursors(hf_index *index, unsigned fields, const char *prefix, GPtrArray *heap,
                         GError **error)
{
    for (guint i = 0; i < index->segments->len; i++)
        for (int field = 0; field < HF_FIELD_LAST; field++)
            if ((fields & 1u << field) && !add_cursor(heap, g_ptr_array_index(index->segments, i),
                                                      (hf_field)field, prefix, error))
                return false;
    for (guint i = heap->len / 2; i-- > 0;)
        sift(heap, i);
    return true;
}

/* Moves the first cursor on to its next word of the same field. */
static bool advance(GPtrArray *heap, GError **error)
{
    cursor *c = heap->pdata[0];
    GError *failed = NULL;
    bool more;
    do
        more = hf_vocabulary_next(&c->walk, &failed);
    while (more && c->skip == 0 && g_ascii_isupper(c->walk.term[0]));
    if (failed != NULL) {
        g_propagate_error(error, failed);
        return false;
    }
    if (!more)
        g_ptr_array_remove_index_fast(heap, 0);
    sift(heap, 0);
    return true;
}

bool hf_index_words(hf_index *index, unsigned fields, const char *prefix, hf_index_word_fn fn,
                    void *data, GError **error)
{
    g_autoptr(GPtrArray) heap = g_ptr_array_new_with_free_func(g_free);
    if (!open_cursors(index, fields, prefix, heap, error))
        return false;
    while (heap->len > 0) {
        char word[256];
        uint64_t documents = 0;
        g_strlcpy(word, cursor_word(heap->pdata[0]), sizeof word);
        while (heap->len > 0 && strcmp(cursor_word(heap->pdata[0]), word) == 0) {
            documents += ((const cursor *)heap->pdata[0])->walk.documents;
            if (!advance(heap, error))
                return false;
        }
        if (!fn(data, word, documents))
            return true;
    }
    return true;
}

/* ---- rank ---- BM25 with the usual constants, over the whole index: a word in several fields
 * is one word. */

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
static size_t ids_within(const segment *s, const ranking *r, size_t *from)
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
        segment *s = g_ptr_array_index(index->segments, i);
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
        segment *s = g_ptr_array_index(index->segments, i);
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
