/* Documents to a segment. Each word becomes a number of the builder's dictionary at once; a document is kept as the stream
 * of its numbers (a place is the one after the last unless the stream says otherwise). At the end the dictionary is sorted once,
 * and each document's postings are put in its order by counting, because Xapian takes sorted ones fastest. */
#include "index/segment.h"
#include "index/xapian.h"

#include <string.h>
#include <unistd.h>

#define JUMP UINT32_MAX /* in a stream: the next number is a position */
#define ARENA_BLOCK (256u * 1024u)

/* ---- dictionary: terms to numbers, by linear probing ---- */

typedef struct {
    const char *term; /* NUL-terminated, in the arena */
    uint32_t length;
    uint32_t documents;
} dictionary_term;

typedef struct {
    uint32_t hash;
    uint32_t number; /* + 1; 0 is free */
} dictionary_slot;

typedef struct {
    dictionary_slot *slots;
    size_t n_slots; /* a power of two */
    GArray *terms;  /* of dictionary_term */
    GPtrArray *arena;
    char *free_at;
    size_t free_left, arena_bytes;
    uint64_t seed; /* texts cannot be made to collide */
} dictionary;

static void dictionary_init(dictionary *d)
{
    d->n_slots = 1u << 14;
    d->slots = g_new0(dictionary_slot, d->n_slots);
    d->terms = g_array_sized_new(false, false, sizeof(dictionary_term), 8192);
    d->arena = g_ptr_array_new_with_free_func(g_free);
    d->seed = (uint64_t)g_random_int() << 32 | g_random_int();
}

static void dictionary_clear(dictionary *d)
{
    g_free(d->slots);
    g_array_unref(d->terms);
    g_ptr_array_unref(d->arena);
}

static dictionary_term *dictionary_get(const dictionary *d, uint32_t number)
{
    return &g_array_index(d->terms, dictionary_term, number);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_term(const dictionary *d, const char *term, size_t n)
{
    uint64_t hash = d->seed ^ n, word;
    for (; n >= 8; n -= 8, term += 8) {
        memcpy(&word, term, 8);
        hash = mix(hash ^ word, UINT64_C(0x9e3779b97f4a7c15));
    }
    word = 0;
    memcpy(&word, term, n);
    hash = mix(hash ^ word, UINT64_C(0xa0761d6478bd642f));
    return (uint32_t)(hash ^ hash >> 32);
}

static const char *arena_copy(dictionary *d, const char *term, size_t n)
{
    if (d->free_left < n + 1) {
        d->free_at = g_malloc(ARENA_BLOCK);
        d->free_left = ARENA_BLOCK;
        d->arena_bytes += ARENA_BLOCK;
        g_ptr_array_add(d->arena, d->free_at);
    }
    char *copy = d->free_at;
    memcpy(copy, term, n);
    copy[n] = '\0';
    d->free_at += n + 1;
    d->free_left -= n + 1;
    return copy;
}

static void dictionary_grow(dictionary *d)
{
    size_t n = d->n_slots * 2;
    dictionary_slot *slots = g_new0(dictionary_slot, n);
    for (size_t i = 0; i < d->n_slots; i++) {
        if (d->slots[i].number == 0)
            continue;
        size_t at = d->slots[i].hash & (n - 1);
        while (slots[at].number != 0)
            at = (at + 1) & (n - 1);
        slots[at] = d->slots[i];
    }
    g_free(d->slots);
    d->slots = slots;
    d->n_slots = n;
}

/* The number of a term of at most HF_TERM_MOST bytes. */
static uint32_t dictionary_number(dictionary *d, const char *term, size_t n)
{
    uint32_t hash = hash_term(d, term, n);
    size_t at = hash & (d->n_slots - 1);
    for (; d->slots[at].number != 0; at = (at + 1) & (d->n_slots - 1)) {
        if (d->slots[at].hash != hash)
            continue;
        const dictionary_term *known = dictionary_get(d, d->slots[at].number - 1);
        if (known->length == n && memcmp(known->term, term, n) == 0)
            return d->slots[at].number - 1;
    }
    uint32_t number = d->terms->len;
    dictionary_term added = {arena_copy(d, term, n), (uint32_t)n, 0};
    g_array_append_val(d->terms, added);
    d->slots[at] = (dictionary_slot){hash, number + 1};
    if (d->terms->len > d->n_slots / 2)
        dictionary_grow(d);
    return number;
}

/* ---- the builder ---- */

typedef struct {
    uint64_t begin, end; /* in the stream */
} document_stream;

struct hf_segment_builder {
    dictionary words;
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
    dictionary_init(&b->words);
    b->documents = g_array_new(false, false, sizeof(document_stream));
    b->rows = g_array_new(false, false, sizeof(hf_columns_row));
    return b;
}

void hf_segment_builder_free(hf_segment_builder *b)
{
    if (b == NULL)
        return;
    dictionary_clear(&b->words);
    g_array_unref(b->documents);
    g_array_unref(b->rows);
    g_free(b->stream);
    g_free(b);
}

size_t hf_segment_builder_memory(const hf_segment_builder *b)
{
    return b->words.arena_bytes + b->words.n_slots * sizeof(dictionary_slot) +
           b->words.terms->len * sizeof(dictionary_term) + b->stream_room * sizeof(uint32_t) +
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
        push(b, dictionary_number(&b->words, word, n));
        return;
    }
    n = MIN(n, sizeof term - 1);
    term[0] = prefix;
    memcpy(term + 1, word, n);
    push(b, dictionary_number(&b->words, term, n + 1));
}

/* The words of one text from `position` on; returns the position behind the last. */
static uint32_t push_text(hf_segment_builder *b, const hf_field_text *text, uint32_t position, bool *left_out)
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

/* All texts of one field, between its markers. Nothing if it has no words. */
static void push_field(hf_segment_builder *b, const hf_index_document *document, hf_field field, bool *left_out)
{
    char prefix = hf_segment_field_prefix(field);
    size_t before = b->stream_n, marked;
    uint32_t position = 2;
    jump(b, 1);
    push_term(b, prefix, HF_TERM_FIRST, 1);
    marked = b->stream_n;
    for (size_t i = 0; i < document->n_fields; i++) {
        const hf_field_text *text = &document->fields[i];
        if (text->field != field || text->text == NULL || position > UINT32_MAX / 2)
            continue;
        if (b->stream_n > marked) {
            position += HF_POSITION_GAP;
            jump(b, position);
        }
        position = push_text(b, text, position, left_out);
    }
    if (b->stream_n == marked) {
        b->stream_n = before;
        return;
    }
    jump(b, position);
    push_term(b, prefix, HF_TERM_LAST, 1);
}

static bool check_document(const hf_segment_builder *b, const hf_index_document *document, GError **error)
{
    uint32_t last = b->rows->len == 0 ? 0 : g_array_index(b->rows, hf_columns_row, b->rows->len - 1).id;
    if (b->finished || document->id <= last) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "document %" G_GUINT32_FORMAT " added to a segment %s",
                    document->id, b->finished ? "that is finished" : "behind a later one");
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
    /* Streams and positions are counted in 32 bits; texts of documents are far below. */
    if (size > UINT32_MAX / 4) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID, "document %" G_GUINT32_FORMAT " has too much text to index",
                    document->id);
        return false;
    }
    return true;
}

bool hf_segment_builder_add(hf_segment_builder *b, const hf_index_document *document, bool *left_out,
                            GError **error)
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

/* What finishing needs of each term, by number, and the buffers that documents share. */
typedef struct {
    uint32_t *rank;  /* of a number: its place in the sorted dictionary */
    uint32_t *order; /* of a place: the number */
    uint32_t *count; /* by place, in the present document: postings, then where the next goes */
    uint32_t *distinct, *positions;
    hf_xapian_posting *postings;
    size_t distinct_room, positions_room;
} sorter;

static void sorter_clear(sorter *s)
{
    g_free(s->rank);
    g_free(s->order);
    g_free(s->count);
    g_free(s->distinct);
    g_free(s->positions);
    g_free(s->postings);
}

static int compare_terms(const void *a, const void *b, void *data)
{
    const dictionary_term *x = dictionary_get(data, *(const uint32_t *)a);
    const dictionary_term *y = dictionary_get(data, *(const uint32_t *)b);
    int order = memcmp(x->term, y->term, MIN(x->length, y->length));
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static void sorter_init(sorter *s, dictionary *d)
{
    size_t n = d->terms->len;
    *s = (sorter){.rank = g_new(uint32_t, n + 1), .order = g_new(uint32_t, n + 1), .count = g_new0(uint32_t, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        s->order[i] = i;
    g_qsort_with_data(s->order, (int)n, sizeof *s->order, compare_terms, d);
    for (uint32_t i = 0; i < n; i++)
        s->rank[s->order[i]] = i;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sorter_reserve(sorter *s, size_t n)
{
    if (n > s->positions_room) {
        s->positions_room = n + n / 4 + 1024;
        s->positions = g_renew(uint32_t, s->positions, s->positions_room);
        s->distinct = g_renew(uint32_t, s->distinct, s->positions_room);
    }
}

/* Counts the document's terms; returns how many distinct ones there are, in `distinct`, sorted. */
static size_t count_terms(sorter *s, const uint32_t *stream, size_t n)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (stream[i] == JUMP) {
            i++;
            continue;
        }
        uint32_t place = s->rank[stream[i]];
        if (s->count[place]++ == 0)
            s->distinct[distinct++] = place;
    }
    qsort(s->distinct, distinct, sizeof *s->distinct, compare_numbers);
    return distinct;
}

/* Puts each position to those of its term: count[] becomes where the next one goes. */
static void spread_positions(sorter *s, const uint32_t *stream, size_t n)
{
    uint32_t position = 0;
    for (size_t i = 0; i < n; i++) {
        if (stream[i] == JUMP) {
            position = stream[++i];
            continue;
        }
        s->positions[s->count[s->rank[stream[i]]]++] = position++;
    }
}

static size_t sort_document(sorter *s, dictionary *d, const uint32_t *stream, size_t n)
{
    sorter_reserve(s, n);
    size_t distinct = count_terms(s, stream, n);
    if (distinct > s->distinct_room) {
        s->distinct_room = distinct + distinct / 4;
        s->postings = g_renew(hf_xapian_posting, s->postings, s->distinct_room);
    }
    uint32_t at = 0;
    for (size_t i = 0; i < distinct; i++) {
        uint32_t place = s->distinct[i], count = s->count[place];
        s->postings[i] = (hf_xapian_posting){place, count, s->positions + at};
        s->count[place] = at;
        at += count;
        dictionary_get(d, s->order[place])->documents++;
    }
    spread_positions(s, stream, n);
    for (size_t i = 0; i < distinct; i++)
        s->count[s->distinct[i]] = 0;
    return distinct;
}

static hf_xapian_writer *create_database(const char *path, const sorter *s, const dictionary *d, GError **error)
{
    size_t n = d->terms->len;
    g_autofree const char **terms = g_new(const char *, n + 1);
    g_autofree uint32_t *lengths = g_new(uint32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        const dictionary_term *term = dictionary_get(d, s->order[i]);
        terms[i] = term->term;
        lengths[i] = term->length;
    }
    return hf_xapian_create(path, terms, lengths, n, error);
}

static bool write_database(hf_segment_builder *b, sorter *s, const char *path, GError **error)
{
    g_autoptr(hf_xapian_writer) writer = create_database(path, s, &b->words, error);
    if (writer == NULL)
        return false;
    for (guint i = 0; i < b->documents->len; i++) {
        const document_stream *stream = &g_array_index(b->documents, document_stream, i);
        size_t n = sort_document(s, &b->words, b->stream + stream->begin, stream->end - stream->begin);
        for (size_t k = 0; k < n; k++)
            b->n_words += s->postings[k].n;
        if (!hf_xapian_add(writer, g_array_index(b->rows, hf_columns_row, i).id, s->postings, n, error))
            return false;
    }
    return hf_xapian_commit(writer, error);
}

static bool write_vocabulary(const dictionary *d, const sorter *s, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(path, "vocabulary", NULL);
    hf_vocabulary_writer *writer = hf_vocabulary_create();
    for (guint i = 0; i < d->terms->len; i++) {
        const dictionary_term *term = dictionary_get(d, s->order[i]);
        if (term->documents > 0 && !hf_segment_is_marker(term->term, term->length))
            hf_vocabulary_add(writer, term->term, term->length, term->documents);
    }
    return hf_vocabulary_finish(writer, file, error);
}

static bool write_columns(const hf_segment_builder *b, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(path, "columns", NULL);
    return hf_columns_write(file, (const hf_columns_row *)(const void *)b->rows->data, b->rows->len, error);
}

static bool write_parts(hf_segment_builder *b, const char *making, GError **error)
{
    sorter s;
    sorter_init(&s, &b->words);
    bool ok = write_database(b, &s, making, error) && write_vocabulary(&b->words, &s, making, error) &&
              write_columns(b, making, error);
    sorter_clear(&s);
    return ok;
}

bool hf_segment_builder_finish(hf_segment_builder *b, const char *path, hf_segment_info *info, GError **error)
{
    if (b->finished || b->rows->len == 0) {
        g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL, "a segment needs documents and is written once");
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
