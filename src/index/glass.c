/* Writes Xapian's glass format. Through WritableDatabase a document's words pass a map of its
 * terms, a map of all terms, two B-tree insertions each and a deflated term list: 3.5 MB of text
 * a second a core, nine tenths of all indexing. A new segment needs none of it: its postings are
 * in memory, sorted, and a B-tree of sorted entries is written from left to right. The format is
 * frozen for all of Xapian 1.4; any other version refuses the database by the version in its
 * first bytes. Tests read what is written here through Xapian, let Xapian check it, and compact
 * it.
 *
 * Tables are those of glass_table.c. Numbers: "packed" are groups of seven bits, lowest first, top
 * bit set in all but the last; "sortable" are big-endian, two bytes below 2^15, more above with the
 * count in the top bits.
 *
 *     iamglass         magic, format, uuid, revision; per table: root block, level and flags,
 *                      entries, block size / 2048, least size to compress, free list; then
 *                      counts of documents and words
 *     postlist.glass   term -> documents, collection frequency, first id - 1; last chunk?,
 *                      last id - first id; then id gaps and frequencies. A list above 2,000
 *                      bytes goes on under term \0 id. Under \0 \xe0 the lengths of all.
 *     termlist.glass   id -> length, count, terms with the prefix shared with the one before,
 *                      frequencies */
#include "index/glass.h"
#include "index/glass_table.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#define CHUNK 2000u /* bytes of a posting list before the next chunk */

/* ---- posting lists ---- */

typedef struct {
    hf_glass_table *t;
    const uint8_t *key; /* of the first chunk */
    size_t key_length;
    bool lengths; /* the list of all documents: its further keys have no \0 */
    uint64_t documents, occurrences;
    uint32_t first_of_all, first, last;
    bool later;
    hf_glass_buffer *chunk, *value;
} list_writer;

static void flush_chunk(list_writer *w, bool is_last)
{
    uint8_t key[HF_GLASS_KEY_MOST];
    size_t length = w->key_length;
    memcpy(key, w->key, length);
    w->value->n = 0;
    if (w->later) {
        if (!w->lengths)
            key[length++] = 0;
        length += hf_glass_sortable(w->first, key + length);
    } else {
        hf_glass_pack(w->value, w->documents);
        hf_glass_pack(w->value, w->occurrences);
        hf_glass_pack(w->value, w->first_of_all - 1);
    }
    hf_glass_append_byte(w->value, is_last ? '1' : '0');
    hf_glass_pack(w->value, w->last - w->first);
    hf_glass_append(w->value, w->chunk->bytes, w->chunk->n);
    hf_glass_table_add(w->t, key, length, w->value->bytes, w->value->n);
    w->later = true;
    w->chunk->n = 0;
}

static void list_add(list_writer *w, uint32_t id, uint32_t n)
{
    if (w->chunk->n >= CHUNK)
        flush_chunk(w, false);
    if (w->chunk->n == 0)
        w->first = id;
    else
        hf_glass_pack(w->chunk, id - w->last - 1);
    w->last = id;
    hf_glass_pack(w->chunk, n);
}

static void write_lengths(hf_glass_table *t, const hf_glass_content *c, hf_glass_buffer *chunk,
                          hf_glass_buffer *value)
{
    list_writer w = {.t = t,
                     .key = (const uint8_t *)"\0\xe0",
                     .key_length = 2,
                     .lengths = true,
                     .first_of_all = c->ids[0],
                     .chunk = chunk,
                     .value = value};
    chunk->n = 0;
    for (size_t i = 0; i < c->n_documents; i++)
        list_add(&w, c->ids[i], c->lengths[i]);
    flush_chunk(&w, true);
}

static void write_list(hf_glass_table *t, const hf_glass_content *c, size_t term,
                       hf_glass_buffer *chunk, hf_glass_buffer *value)
{
    const hf_glass_posting *at = c->postings + (term == 0 ? 0 : c->postings_end[term - 1]);
    const hf_glass_posting *end = c->postings + c->postings_end[term];
    list_writer w = {.t = t,
                     .key = (const uint8_t *)c->terms[term].bytes,
                     .key_length = c->terms[term].length,
                     .documents = (uint64_t)(end - at),
                     .first_of_all = c->ids[at->document],
                     .chunk = chunk,
                     .value = value};
    for (const hf_glass_posting *p = at; p < end; p++)
        w.occurrences += p->n;
    chunk->n = 0;
    for (; at < end; at++)
        list_add(&w, c->ids[at->document], at->n);
    flush_chunk(&w, true);
}

static bool has_postings(const hf_glass_content *c, size_t term)
{
    return c->postings_end[term] > (term == 0 ? 0 : c->postings_end[term - 1]);
}

static bool write_postlist(hf_glass_table **out, const hf_glass_content *c, const char *path,
                           GError **error)
{
    hf_glass_buffer chunk = {0}, value = {0};
    hf_glass_table *t = *out = hf_glass_table_open(path, "postlist.glass", error);
    if (t == NULL)
        return false;
    write_lengths(t, c, &chunk, &value);
    for (size_t term = 0; term < c->n_terms && !hf_glass_table_failed(t); term++)
        if (has_postings(c, term))
            write_list(t, c, term, &chunk, &value);
    g_free(chunk.bytes);
    g_free(value.bytes);
    return hf_glass_table_finish(t, error);
}

/* ---- term lists ---- */

typedef struct {
    uint32_t term, n;
} listed_term;

/* The terms of all documents, document by document: walking the terms in order sorts each
 * document's. */
static listed_term *list_terms(const hf_glass_content *c)
{
    size_t n = c->n_terms == 0 ? 0 : c->postings_end[c->n_terms - 1];
    listed_term *listed = g_new(listed_term, n + 1);
    g_autofree uint32_t *next = g_new(uint32_t, c->n_documents + 1);
    uint32_t sum = 0;
    for (size_t i = 0; i < c->n_documents; i++) {
        next[i] = sum;
        sum += c->distinct[i];
    }
    const hf_glass_posting *at = c->postings;
    for (uint32_t term = 0; term < c->n_terms; term++)
        for (; at < c->postings + c->postings_end[term]; at++)
            listed[next[at->document]++] = (listed_term){term, at->n};
    return listed;
}

static void encode_term(hf_glass_buffer *out, const hf_glass_term *before,
                        const hf_glass_term *term, uint32_t n)
{
    size_t shared = 0, most = MIN(before->length, term->length);
    while (shared < most && before->bytes[shared] == term->bytes[shared])
        shared++;
    /* A small frequency goes into the byte of the shared length. */
    size_t both = n < 127 ? ((size_t)n + 1) * (before->length + 1) + shared : 0;
    bool joined = both != 0 && both < 256;
    hf_glass_append_byte(out, (unsigned)(joined ? both : shared));
    hf_glass_append_byte(out, (unsigned)(term->length - shared));
    hf_glass_append(out, term->bytes + shared, term->length - shared);
    if (!joined)
        hf_glass_pack(out, n);
}

static void encode_terms(hf_glass_buffer *out, const hf_glass_content *c, const listed_term *listed,
                         size_t n, uint32_t length)
{
    out->n = 0;
    if (n == 0)
        return;
    hf_glass_pack(out, length);
    hf_glass_pack(out, n);
    const hf_glass_term *term = &c->terms[listed[0].term];
    hf_glass_append_byte(out, term->length);
    hf_glass_append(out, term->bytes, term->length);
    hf_glass_pack(out, listed[0].n);
    for (size_t i = 1; i < n; i++) {
        encode_term(out, term, &c->terms[listed[i].term], listed[i].n);
        term = &c->terms[listed[i].term];
    }
}

static bool write_termlist(hf_glass_table **out, const hf_glass_content *c, const char *path,
                           GError **error)
{
    uint8_t key[5];
    hf_glass_buffer value = {0};
    hf_glass_table *t = *out = hf_glass_table_open(path, "termlist.glass", error);
    if (t == NULL)
        return false;
    g_autofree listed_term *listed = list_terms(c);
    const listed_term *at = listed;
    for (size_t i = 0; i < c->n_documents && !hf_glass_table_failed(t); at += c->distinct[i], i++) {
        encode_terms(&value, c, at, c->distinct[i], c->lengths[i]);
        hf_glass_table_add(t, key, hf_glass_sortable(c->ids[i], key), value.bytes, value.n);
    }
    g_free(value.bytes);
    return hf_glass_table_finish(t, error);
}

/* ---- the version file ---- */

static void describe_content(hf_glass_buffer *out, const hf_glass_content *c)
{
    uint64_t words = 0;
    uint32_t shortest = 0, longest = 0, most = 0;
    for (size_t i = 0; i < c->n_documents; i++) {
        words += c->lengths[i];
        longest = MAX(longest, c->lengths[i]);
        if (c->lengths[i] > 0 && (shortest == 0 || c->lengths[i] < shortest))
            shortest = c->lengths[i];
    }
    size_t n = c->n_terms == 0 ? 0 : c->postings_end[c->n_terms - 1];
    for (size_t i = 0; i < n; i++)
        most = MAX(most, c->postings[i].n);
    hf_glass_pack(out, c->n_documents);
    hf_glass_pack(out, c->ids[c->n_documents - 1] - c->n_documents);
    hf_glass_pack(out, shortest);
    hf_glass_pack(out, most);
    hf_glass_pack(out, longest - most);
    hf_glass_pack(out, 0); /* oldest change set */
    hf_glass_pack(out, words);
    hf_glass_pack(out, 0); /* most frequent spelling */
}

static bool write_version(const char *path, const hf_glass_content *c,
                          hf_glass_table *const tables[2], GError **error)
{
    static const uint8_t magic[16] = "\x0f\x0dXapian Glass\x04\x6e";
    uint8_t uuid[16];
    hf_glass_buffer out = {0};
    if (getrandom(uuid, sizeof uuid, 0) != (ssize_t)sizeof uuid)
        return hf_error_set_errno(error, errno, "get random bytes for", path);
    hf_glass_append(&out, magic, sizeof magic);
    hf_glass_append(&out, uuid, sizeof uuid);
    hf_glass_pack(&out, 1); /* revision */
    hf_glass_table_describe(&out, tables[0], 0);
    hf_glass_table_describe(&out, NULL, 18); /* document data */
    hf_glass_table_describe(&out, tables[1], 18);
    hf_glass_table_describe(&out, NULL, 0);  /* positions: positions.c */
    hf_glass_table_describe(&out, NULL, 18); /* spelling */
    hf_glass_table_describe(&out, NULL, 18); /* synonyms */
    describe_content(&out, c);
    g_autofree char *file = g_build_filename(path, "iamglass", NULL);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 ? hf_file_write_all(fd, out.bytes, out.n, file, error)
                      : hf_error_set_errno(error, errno, "create", file);
    if (fd >= 0)
        close(fd);
    g_free(out.bytes);
    return ok;
}

bool hf_glass_write(const char *path, const hf_glass_content *content, GError **error)
{
    hf_glass_table *tables[2] = {NULL, NULL};
    bool ok = write_postlist(&tables[0], content, path, error) &&
              write_termlist(&tables[1], content, path, error) &&
              write_version(path, content, tables, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        hf_glass_table_free(tables[i]);
    return ok;
}
