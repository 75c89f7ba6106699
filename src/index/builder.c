/* Documents to a segment. Each word becomes a number of the builder's dictionary at once; a
 * document is kept as the stream of its numbers (a place is the one after the last unless the
 * stream says otherwise). At the end the dictionary is sorted, the streams are turned round by
 * counting, and the database (glass.c), the vocabulary and the positions are written from left to
 * right. */
#include "index/dictionary.h"
#include "index/glass.h"
#include "index/positions.h"
#include "index/segment.h"
#include "index/xapian.h"

#include <string.h>
#include <unistd.h>

#define JUMP UINT32_MAX /* in a stream: the next number is a position */
#define POSITION_HALF (UINT32_C(1) << 29)

/* ---- the builder ---- */

typedef struct {
    uint64_t begin, end; /* in the stream */
} document_stream;

struct hf_segment_builder {
    hf_dictionary *words;
    uint32_t *stream;
    size_t stream_n, stream_room;
    GArray *documents; /* of document_stream */
    GArray *rows;      /* of hf_columns_row */
    uint64_t text, n_words;
    bool finished;
};

hf_segment_builder *hf_segment_builder_new(void)
{
    hf_segment_builder *b = g_new0(hf_segment_builder, 1);
    b->words = hf_dictionary_new();
    b->documents = g_array_new(false, false, sizeof(document_stream));
    b->rows = g_array_new(false, false, sizeof(hf_columns_row));
    return b;
}

void hf_segment_builder_free(hf_segment_builder *b)
{
    if (b == NULL)
        return;
    hf_dictionary_free(b->words);
    g_array_unref(b->documents);
    g_array_unref(b->rows);
    g_free(b->stream);
    g_free(b);
}

size_t hf_segment_builder_memory(const hf_segment_builder *b)
{
    return hf_dictionary_memory(b->words) + b->stream_room * sizeof(uint32_t) +
           b->rows->len * (sizeof(hf_columns_row) + sizeof(document_stream));
}

uint64_t hf_segment_builder_text(const hf_segment_builder *b)
{
    return b->text;
}

static void push(hf_segment_builder *b, uint32_t number)
{
    if (b->stream_n == b->stream_room) {
        b->stream_room = MAX(b->stream_room + b->stream_room / 2, (size_t)64 * 1024);
        b->stream = g_renew(uint32_t, b->stream, b->stream_room);
    }
    b->stream[b->stream_n++] = number;
}

static void jump(hf_segment_builder *b, uint32_t position)
{
    push(b, JUMP);
    push(b, position);
}

static void push_term(hf_segment_builder *b, char prefix, const char *word, size_t n)
{
    char term[HF_TERM_MOST];
    if (prefix == '\0') {
        push(b, hf_dictionary_number(b->words, word, n));
        return;
    }
    n = MIN(n, sizeof term - 1);
    term[0] = prefix;
    memcpy(term + 1, word, n);
    push(b, hf_dictionary_number(b->words, term, n + 1));
}

/* The words of one text from `position` on; returns the position behind the last. */
static uint32_t push_text(hf_segment_builder *b, const hf_field_text *text, uint32_t position,
                          bool *left_out)
{
    char prefix = hf_segment_field_prefix(text->field);
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text->text, text->size);
    while (hf_tokens_next(&tokens, &token)) {
        push_term(b, prefix, token.word, token.length);
        if (token.tail != 0) {
            jump(b, position + token.position);
            push_term(b, prefix, token.word + token.tail, token.length - token.tail);
        }
    }
    *left_out |= tokens.left_out;
    b->text += text->size;
    return position + tokens.position;
}

/* A further text of a field, apart from the one before; returns the position behind it. One
 * without words leaves no trace. */
static uint32_t push_apart(hf_segment_builder *b, const hf_field_text *text, uint32_t position,
                           bool *left_out)
{
    /* Positions stay near 2^30 at most, whatever the number of texts. */
    uint32_t start = position + (position < POSITION_HALF ? HF_POSITION_GAP : 1);
    size_t before = b->stream_n;
    jump(b, start);
    uint32_t end = push_text(b, text, start, left_out);
    if (end > start)
        return end;
    b->stream_n = before;
    return position;
}

/* All texts of one field, between its markers. Nothing if it has no words. */
static void push_field(hf_segment_builder *b, const hf_index_document *document, hf_field field,
                       bool *left_out)
{
    char prefix = hf_segment_field_prefix(field);
    size_t before = b->stream_n, marked;
    uint32_t position = 2;
    jump(b, 1);
    push_term(b, prefix, HF_TERM_FIRST, 1);
    marked = b->stream_n;
    for (size_t i = 0; i < document->n_fields; i++) {
        const hf_field_text *text = &document->fields[i];
        if (text->field != field || text->text == NULL)
            continue;
        if (b->stream_n > marked)
            position = push_apart(b, text, position, left_out);
        else
            position = push_text(b, text, position, left_out);
    }
    if (b->stream_n == marked) {
        b->stream_n = before;
        return;
    }
    jump(b, position);
    push_term(b, prefix, HF_TERM_LAST, 1);
}

static bool check_document(const hf_segment_builder *b, const hf_index_document *document,
                           GError **error)
{
    uint32_t last =
        b->rows->len == 0 ? 0 : g_array_index(b->rows, hf_columns_row, b->rows->len - 1).id;
    if (b->finished || document->id <= last) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "document %" G_GUINT32_FORMAT " added to a segment %s", document->id,
                    b->finished ? "that is finished" : "behind a later one");
        return false;
    }
    uint64_t size = 0;
    for (size_t i = 0; i < document->n_fields; i++) {
        if ((unsigned)document->fields[i].field >= HF_FIELD_LAST) {
            g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL, "no such field");
            return false;
        }
        size += document->fields[i].text == NULL ? 0 : document->fields[i].size;
    }
    /* Positions stay below 2^31; texts of documents are far smaller. */
    if (size > UINT32_MAX / 4) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "document %" G_GUINT32_FORMAT " has too much text to index", document->id);
        return false;
    }
    return true;
}

bool hf_segment_builder_add(hf_segment_builder *b, const hf_index_document *document,
                            bool *left_out, GError **error)
{
    bool some_left_out = false;
    unsigned given = 0;
    if (!check_document(b, document, error))
        return false;
    document_stream stream = {.begin = b->stream_n};
    for (size_t i = 0; i < document->n_fields; i++)
        given |= 1u << document->fields[i].field;
    for (int field = 0; field < HF_FIELD_LAST; field++)
        if (given & 1u << field)
            push_field(b, document, (hf_field)field, &some_left_out);
    stream.end = b->stream_n;
    hf_columns_row row = {.id = document->id};
    memcpy(row.values, document->columns, sizeof row.values);
    g_array_append_val(b->documents, stream);
    g_array_append_val(b->rows, row);
    if (left_out != NULL)
        *left_out = some_left_out;
    return true;
}

/* ---- finishing ---- */

/* The postings of all documents, turned round: by term instead of by document. Terms are named
 * by their place in the sorted dictionary. */
typedef struct {
    hf_glass_term *terms;
    uint32_t *rank;          /* of a number: its place */
    uint32_t *last_document; /* + 1: of a place, while walking */
    uint32_t *postings_end, *positions_end;
    hf_glass_posting *postings;
    uint32_t *positions;
    uint32_t *ids, *lengths, *distinct;
    size_t n_terms, n_documents;
} inversion;

static void inversion_clear(inversion *v)
{
    g_free(v->terms);
    g_free(v->rank);
    g_free(v->last_document);
    g_free(v->postings_end);
    g_free(v->positions_end);
    g_free(v->postings);
    g_free(v->positions);
    g_free(v->ids);
    g_free(v->lengths);
    g_free(v->distinct);
}

typedef struct {
    uint64_t start; /* the first eight bytes, as a number that sorts like them */
    uint32_t number;
} sort_key;

static int compare_terms(const void *a, const void *b, void *data)
{
    const sort_key *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    const hf_dictionary_term *s = hf_dictionary_term_of(data, x->number),
                             *t = hf_dictionary_term_of(data, y->number);
    int order = memcmp(s->term, t->term, MIN(s->length, t->length));
    return order != 0 ? order : (s->length > t->length) - (s->length < t->length);
}

static uint64_t term_start(const hf_dictionary_term *term)
{
    uint8_t bytes[8] = {0};
    uint64_t start;
    memcpy(bytes, term->term, MIN(term->length, sizeof bytes));
    memcpy(&start, bytes, sizeof start);
    return GUINT64_FROM_BE(start);
}

static void sort_terms(inversion *v, const hf_dictionary *d)
{
    size_t n = v->n_terms;
    g_autofree sort_key *keys = g_new(sort_key, n + 1);
    for (uint32_t i = 0; i < n; i++)
        keys[i] = (sort_key){term_start(hf_dictionary_term_of(d, i)), i};
    qsort_r(keys, n, sizeof *keys, compare_terms, (void *)(uintptr_t)d);
    for (uint32_t i = 0; i < n; i++) {
        const hf_dictionary_term *term = hf_dictionary_term_of(d, keys[i].number);
        v->terms[i] = (hf_glass_term){term->term, term->length};
        v->rank[keys[i].number] = i;
    }
}

/* Counts postings and positions of each place, words and distinct terms of each document. */
static void count_document(inversion *v, uint32_t document, const uint32_t *stream, size_t n)
{
    uint32_t length = 0, distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (stream[i] == JUMP) {
            i++;
            continue;
        }
        uint32_t place = v->rank[stream[i]];
        v->positions_end[place]++;
        length++;
        if (v->last_document[place] != document + 1) {
            v->last_document[place] = document + 1;
            v->postings_end[place]++;
            distinct++;
        }
    }
    v->lengths[document] = length;
    v->distinct[document] = distinct;
}

/* Counts become where the next posting or position of a place goes, and at the end of the walk
 * where its last ended. */
static void counts_to_places(uint32_t *counts, size_t n, size_t *total)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t count = counts[i];
        counts[i] = sum;
        sum += count;
    }
    *total = sum;
}

static void spread_document(inversion *v, uint32_t document, const uint32_t *stream, size_t n)
{
    uint32_t position = 0;
    for (size_t i = 0; i < n; i++) {
        if (stream[i] == JUMP) {
            position = stream[++i];
            continue;
        }
        uint32_t place = v->rank[stream[i]];
        if (v->last_document[place] != document + 1) {
            v->last_document[place] = document + 1;
            v->postings[v->postings_end[place]++] = (hf_glass_posting){document, 0};
        }
        v->postings[v->postings_end[place] - 1].n++;
        v->positions[v->positions_end[place]++] = position++;
    }
}

static void invert(inversion *v, const hf_segment_builder *b)
{
    size_t n_terms = hf_dictionary_count(b->words), n_documents = b->rows->len, postings, positions;
    *v = (inversion){
        .terms = g_new(hf_glass_term, n_terms + 1),
        .rank = g_new(uint32_t, n_terms + 1),
        .last_document = g_new0(uint32_t, n_terms + 1),
        .postings_end = g_new0(uint32_t, n_terms + 1),
        .positions_end = g_new0(uint32_t, n_terms + 1),
        .ids = g_new(uint32_t, n_documents),
        .lengths = g_new(uint32_t, n_documents),
        .distinct = g_new(uint32_t, n_documents),
        .n_terms = n_terms,
        .n_documents = n_documents,
    };
    sort_terms(v, b->words);
    const document_stream *streams = (const document_stream *)(const void *)b->documents->data;
    for (uint32_t i = 0; i < n_documents; i++) {
        v->ids[i] = g_array_index(b->rows, hf_columns_row, i).id;
        count_document(v, i, b->stream + streams[i].begin, streams[i].end - streams[i].begin);
    }
    counts_to_places(v->postings_end, n_terms, &postings);
    counts_to_places(v->positions_end, n_terms, &positions);
    memset(v->last_document, 0, n_terms * sizeof *v->last_document);
    v->postings = g_new(hf_glass_posting, postings + 1);
    v->positions = g_new(uint32_t, positions + 1);
    for (uint32_t i = 0; i < n_documents; i++)
        spread_document(v, i, b->stream + streams[i].begin, streams[i].end - streams[i].begin);
}

static bool write_database(const inversion *v, const char *path, GError **error)
{
    const hf_glass_content content = {
        .terms = v->terms,
        .n_terms = v->n_terms,
        .postings_end = v->postings_end,
        .postings = v->postings,
        .ids = v->ids,
        .lengths = v->lengths,
        .distinct = v->distinct,
        .n_documents = v->n_documents,
    };
    return hf_glass_write(path, &content, error);
}

/* Xapian itself must find in it what went in. */
static bool check_database(const inversion *v, const char *path, GError **error)
{
    g_autoptr(hf_xapian) db = hf_xapian_open(path, error);
    if (db == NULL)
        return false;
    if (hf_xapian_count(db) == v->n_documents)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                "the new segment \"%s\" does not hold what was put in", path);
    return false;
}

/* Every term with its documents and places. */
static void add_terms(const inversion *v, hf_vocabulary_writer *vocabulary,
                      hf_positions_writer *positions)
{
    const hf_glass_posting *at = v->postings;
    const uint32_t *place = v->positions;
    for (size_t i = 0; i < v->n_terms; i++) {
        uint32_t documents;
        uint64_t bytes;
        if (at == v->postings + v->postings_end[i])
            continue;
        for (; at < v->postings + v->postings_end[i]; place += at->n, at++)
            hf_positions_add(positions, v->ids[at->document], place, at->n);
        hf_positions_end(positions, &documents, &bytes);
        hf_vocabulary_add(vocabulary, v->terms[i].bytes, v->terms[i].length, documents, bytes);
    }
}

static bool write_terms(const inversion *v, const char *path, GError **error)
{
    g_autofree char *vocabulary_path = g_build_filename(path, "vocabulary", NULL);
    g_autofree char *positions_path = g_build_filename(path, "positions", NULL);
    g_autoptr(hf_vocabulary_writer) vocabulary = hf_vocabulary_create(vocabulary_path, error);
    if (vocabulary == NULL)
        return false;
    g_autoptr(hf_positions_writer) positions = hf_positions_create(positions_path, error);
    if (positions == NULL)
        return false;
    add_terms(v, vocabulary, positions);
    return hf_vocabulary_finish(vocabulary, error) && hf_positions_finish(positions, error);
}

static bool write_columns(const hf_segment_builder *b, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(path, "columns", NULL);
    return hf_columns_write(file, (const hf_columns_row *)(const void *)b->rows->data, b->rows->len,
                            error);
}

static bool write_parts(hf_segment_builder *b, const char *making, GError **error)
{
    inversion v;
    invert(&v, b);
    for (size_t i = 0; i < v.n_documents; i++)
        b->n_words += v.lengths[i];
    bool ok = write_database(&v, making, error) && check_database(&v, making, error) &&
              write_terms(&v, making, error) && write_columns(b, making, error);
    inversion_clear(&v);
    return ok;
}

bool hf_segment_builder_finish(hf_segment_builder *b, const char *path, hf_segment_info *info,
                               GError **error)
{
    if (b->finished || b->rows->len == 0) {
        g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL,
                            "a segment needs documents and is written once");
        return false;
    }
    b->finished = true;
    g_autofree char *making = hf_segment_prepare(path, error);
    if (making == NULL)
        return false;
    if (!write_parts(b, making, error) || !hf_segment_publish(path, error)) {
        hf_segment_abandon(path);
        return false;
    }
    *info = (hf_segment_info){
        .first = g_array_index(b->rows, hf_columns_row, 0).id,
        .last = g_array_index(b->rows, hf_columns_row, b->rows->len - 1).id,
        .documents = b->rows->len,
        .bytes = hf_segment_bytes(path),
        .words = b->n_words,
    };
    return true;
}
