/* Writes Xapian's glass format. Through WritableDatabase a document's words pass a map of its
 * terms, a map of all terms, two B-tree insertions each and a deflated term list: 3.5 MB of text
 * a second a core, nine tenths of all indexing. A new segment needs none of it: its postings are
 * in memory, sorted, and a B-tree of sorted entries is written from left to right. The format is
 * frozen for all of Xapian 1.4; any other version refuses the database by the version in its
 * first bytes. Tests read what is written here through Xapian, let Xapian check it, and compact
 * it.
 *
 * Numbers: "packed" are groups of seven bits, lowest first, top bit set in all but the last;
 * "sortable" are big-endian, two bytes below 2^15, more above with the count in the top bits;
 * those of blocks are big-endian.
 *
 *     iamglass         magic, format, uuid, revision; per table: root block, level and flags,
 *                      entries, block size / 2048, least size to compress, free list; then
 *                      counts of documents and words
 *     postlist.glass   term -> documents, collection frequency, first id - 1; last chunk?,
 *                      last id - first id; then id gaps and frequencies. A list above 2,000
 *                      bytes goes on under term \0 id. Under \0 \xe0 the lengths of all.
 *     termlist.glass   id -> length, count, terms with the prefix shared with the one before,
 *                      frequencies
 *
 *     block            u32 revision, u8 level, u16 largest gap, u16 free, u16 end of directory,
 *                      u16 per item its offset; items from the end of the block down
 *     leaf item        u16 size - 3 and flags (0x2000 first, 0x4000 last component), u8 length,
 *                      key, u16 component unless it is the first, value. A value above a quarter
 *                      block is cut into components.
 *     branch item      u32 block, u8 length, shortest key that tells it from the block before,
 *                      u16 component; the first of a block has the empty key */
#include "index/glass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define BLOCK 8192u
#define DIRECTORY 11u
#define ITEM_MOST 2043u /* four fit into a block */
#define LEVELS 10
#define KEY_MOST 255u
#define BUFFERED 128u /* blocks written at once */
#define CHUNK 2000u   /* bytes of a posting list before the next chunk */
#define FIRST 0x2000u
#define LAST 0x4000u

/* ---- numbers ---- */

typedef struct {
    uint8_t *bytes;
    size_t n, room;
} buffer;

static uint8_t *reserve(buffer *b, size_t more)
{
    if (b->room - b->n < more) {
        b->room = (b->n + more) * 2;
        b->bytes = g_realloc(b->bytes, b->room);
    }
    return b->bytes + b->n;
}

static void append(buffer *b, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(reserve(b, n), bytes, n);
    b->n += n;
}

static void append_byte(buffer *b, unsigned byte)
{
    *reserve(b, 1) = (uint8_t)byte;
    b->n++;
}

static void pack(buffer *b, uint64_t value)
{
    uint8_t *at = reserve(b, 10), *start = at;
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    b->n += (size_t)(at - start);
}

static size_t sortable(uint32_t value, uint8_t out[5])
{
    if (value < 0x8000) {
        out[0] = (uint8_t)(value >> 8);
        out[1] = (uint8_t)value;
        return 2;
    }
    size_t n = (37u - (size_t)__builtin_clz(value)) / 7;
    unsigned mask = 0xffu << (10 - n);
    for (size_t i = n - 1; i > 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
    out[0] = (uint8_t)(value | mask);
    return n;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* ---- a table: a B-tree written from left to right ---- */

typedef struct {
    uint8_t bytes[BLOCK];
    uint32_t number;
    unsigned directory_end, lowest; /* items lie from lowest on */
} block;

typedef struct {
    char *path;
    int fd;
    block *levels[LEVELS];
    unsigned depth;
    uint32_t next_block;
    uint64_t entries;
    uint8_t last_key[KEY_MOST];
    size_t last_length;
    uint8_t *buffered; /* blocks from buffered_first on */
    uint32_t buffered_first, buffered_n;
    GError *error; /* the first one; then nothing more is written */
} table;

static bool table_open(table *t, const char *directory, const char *name, GError **error)
{
    t->path = g_build_filename(directory, name, NULL);
    t->buffered = g_malloc(BUFFERED * BLOCK);
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return t->fd >= 0 || hf_error_set_errno(error, errno, "create", t->path);
}

static void table_clear(table *t)
{
    for (unsigned i = 0; i < LEVELS; i++)
        g_free(t->levels[i]);
    if (t->path != NULL && t->fd >= 0)
        close(t->fd);
    g_free(t->buffered);
    g_free(t->path);
    g_clear_error(&t->error);
}

static void flush_blocks(table *t)
{
    if (t->error == NULL && t->buffered_n > 0)
        hf_file_pwrite_all(t->fd, t->buffered, (size_t)t->buffered_n * BLOCK,
                           (uint64_t)t->buffered_first * BLOCK, t->path, &t->error);
    t->buffered_first += t->buffered_n;
    t->buffered_n = 0;
}

/* Branch blocks are finished long after the leaves that follow them: their places in the buffer
 * are left and written over. */
static void write_block(table *t, const block *b)
{
    if (b->number < t->buffered_first) {
        if (t->error == NULL)
            hf_file_pwrite_all(t->fd, b->bytes, BLOCK, (uint64_t)b->number * BLOCK, t->path,
                               &t->error);
        return;
    }
    while (b->number - t->buffered_first >= BUFFERED) {
        memset(t->buffered + (size_t)t->buffered_n * BLOCK, 0,
               (size_t)(BUFFERED - t->buffered_n) * BLOCK);
        t->buffered_n = BUFFERED;
        flush_blocks(t);
    }
    uint32_t place = b->number - t->buffered_first;
    if (place > t->buffered_n)
        memset(t->buffered + (size_t)t->buffered_n * BLOCK, 0,
               (size_t)(place - t->buffered_n) * BLOCK);
    memcpy(t->buffered + (size_t)place * BLOCK, b->bytes, BLOCK);
    t->buffered_n = MAX(t->buffered_n, place + 1);
}

static void start_block(table *t, unsigned level)
{
    if (t->levels[level] == NULL)
        t->levels[level] = g_new(block, 1);
    block *b = t->levels[level];
    memset(b->bytes, 0, BLOCK);
    b->number = t->next_block++;
    b->directory_end = DIRECTORY;
    b->lowest = BLOCK;
}

static void finish_block(table *t, unsigned level)
{
    block *b = t->levels[level];
    unsigned left = b->lowest - b->directory_end;
    put32(b->bytes, 1);
    b->bytes[4] = (uint8_t)level;
    put16(b->bytes + 5, left);
    put16(b->bytes + 7, left);
    put16(b->bytes + 9, b->directory_end);
    write_block(t, b);
}

static bool has_room(const block *b, size_t size)
{
    return b->lowest - b->directory_end >= size + 2;
}

/* A place for an item of `size` bytes in the block; there must be room. */
static uint8_t *new_item(block *b, size_t size)
{
    b->lowest -= (unsigned)size;
    put16(b->bytes + b->directory_end, b->lowest);
    b->directory_end += 2;
    return b->bytes + b->lowest;
}

static void add_branch_item(block *b, uint32_t child, const uint8_t *key, size_t length,
                            unsigned component)
{
    uint8_t *item = new_item(b, 4 + 1 + length + 2);
    put32(item, child);
    item[4] = (uint8_t)length;
    if (length > 0)
        memcpy(item + 5, key, length);
    put16(item + 5 + length, component);
}

/* Tells the level above that `child` begins at the key and follows the block `before`. */
static void enter_above(table *t, unsigned level, uint32_t before, uint32_t child,
                        const uint8_t *key, size_t length, unsigned component)
{
    if (level == LEVELS) {
        if (t->error == NULL)
            g_set_error(&t->error, HF_ERROR, HF_ERROR_INTERNAL, "\"%s\" has too many levels",
                        t->path);
        return;
    }
    if (level == t->depth) {
        start_block(t, level);
        t->depth++;
        add_branch_item(t->levels[level], before, NULL, 0, 0);
    }
    block *b = t->levels[level];
    if (has_room(b, 4 + 1 + length + 2)) {
        add_branch_item(b, child, key, length, component);
        return;
    }
    uint32_t old = b->number;
    finish_block(t, level);
    start_block(t, level);
    add_branch_item(b, child, NULL, 0, 0);
    enter_above(t, level + 1, old, b->number, key, length, component);
}

/* The leaf block for an item of `size` bytes under `key`. */
static block *leaf_for(table *t, const uint8_t *key, size_t length, unsigned component, size_t size)
{
    if (t->depth == 0) {
        start_block(t, 0);
        t->depth = 1;
        put16(new_item(t->levels[0], 3), FIRST | LAST); /* the empty key before all others */
    }
    block *b = t->levels[0];
    if (has_room(b, size))
        return b;
    uint32_t old = b->number;
    size_t common = 0, most = MIN(length, t->last_length);
    while (common < most && key[common] == t->last_key[common])
        common++;
    finish_block(t, 0);
    start_block(t, 0);
    enter_above(t, 1, old, b->number, key, MIN(common + 1, length), component);
    return b;
}

/* Keys ascend; at most KEY_MOST bytes. */
static void table_add(table *t, const uint8_t *key, size_t length, const uint8_t *value, size_t n)
{
    unsigned component = 1, flags = FIRST;
    size_t head = 2 + 1 + length;
    while (flags != 0) {
        size_t part = MIN(n, ITEM_MOST - head);
        unsigned last = part == n ? LAST : 0;
        block *b = leaf_for(t, key, length, component, head + part);
        uint8_t *item = new_item(b, head + part);
        put16(item, (unsigned)(head + part - 3) | (component == 1 ? FIRST : 0) | last);
        item[2] = (uint8_t)length;
        memcpy(item + 3, key, length);
        if (component > 1)
            put16(item + 3 + length, component);
        if (part > 0)
            memcpy(item + head, value, part);
        memcpy(t->last_key, key, length);
        t->last_length = length;
        value += part;
        n -= part;
        head = 2 + 1 + length + 2;
        component++;
        flags = last ? 0 : FIRST;
        if (component > UINT16_MAX && t->error == NULL)
            g_set_error(&t->error, HF_ERROR, HF_ERROR_INTERNAL, "\"%s\" has too large an entry",
                        t->path);
    }
    t->entries++;
}

static bool table_finish(table *t, GError **error)
{
    for (unsigned level = 0; level < t->depth; level++)
        finish_block(t, level);
    flush_blocks(t);
    if (t->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&t->error));
    return false;
}

/* What iamglass says of a table; of one without entries there need be no file. */
static void describe_table(buffer *out, const table *t, unsigned compress_least)
{
    bool empty = t->depth == 0;
    buffer list = {0};
    if (!empty) {
        pack(&list, 1);
        pack(&list, t->next_block);
        append(&list, "\0\0\0", 4);
    }
    pack(out, empty ? 0 : t->levels[t->depth - 1]->number);
    pack(out, empty ? 3 : (t->depth - 1) << 2 | 2);
    pack(out, t->entries);
    pack(out, BLOCK / 2048);
    pack(out, compress_least);
    pack(out, list.n);
    append(out, list.bytes, list.n);
    g_free(list.bytes);
}

/* ---- posting lists ---- */

typedef struct {
    table *t;
    const uint8_t *key; /* of the first chunk */
    size_t key_length;
    bool lengths; /* the list of all documents: its further keys have no \0 */
    uint64_t documents, occurrences;
    uint32_t first_of_all, first, last;
    bool later;
    buffer *chunk, *value;
} list_writer;

static void flush_chunk(list_writer *w, bool is_last)
{
    uint8_t key[KEY_MOST];
    size_t length = w->key_length;
    memcpy(key, w->key, length);
    w->value->n = 0;
    if (w->later) {
        if (!w->lengths)
            key[length++] = 0;
        length += sortable(w->first, key + length);
    } else {
        pack(w->value, w->documents);
        pack(w->value, w->occurrences);
        pack(w->value, w->first_of_all - 1);
    }
    append_byte(w->value, is_last ? '1' : '0');
    pack(w->value, w->last - w->first);
    append(w->value, w->chunk->bytes, w->chunk->n);
    table_add(w->t, key, length, w->value->bytes, w->value->n);
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
        pack(w->chunk, id - w->last - 1);
    w->last = id;
    pack(w->chunk, n);
}

static void write_lengths(table *t, const hf_glass_content *c, buffer *chunk, buffer *value)
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

static void write_list(table *t, const hf_glass_content *c, size_t term, buffer *chunk,
                       buffer *value)
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

static bool write_postlist(table *t, const hf_glass_content *c, const char *path, GError **error)
{
    buffer chunk = {0}, value = {0};
    if (!table_open(t, path, "postlist.glass", error))
        return false;
    write_lengths(t, c, &chunk, &value);
    for (size_t term = 0; term < c->n_terms && t->error == NULL; term++)
        if (has_postings(c, term))
            write_list(t, c, term, &chunk, &value);
    g_free(chunk.bytes);
    g_free(value.bytes);
    return table_finish(t, error);
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

static void encode_term(buffer *out, const hf_glass_term *before, const hf_glass_term *term,
                        uint32_t n)
{
    size_t shared = 0, most = MIN(before->length, term->length);
    while (shared < most && before->bytes[shared] == term->bytes[shared])
        shared++;
    /* A small frequency goes into the byte of the shared length. */
    size_t both = n < 127 ? ((size_t)n + 1) * (before->length + 1) + shared : 0;
    bool joined = both != 0 && both < 256;
    append_byte(out, (unsigned)(joined ? both : shared));
    append_byte(out, (unsigned)(term->length - shared));
    append(out, term->bytes + shared, term->length - shared);
    if (!joined)
        pack(out, n);
}

static void encode_terms(buffer *out, const hf_glass_content *c, const listed_term *listed,
                         size_t n, uint32_t length)
{
    out->n = 0;
    if (n == 0)
        return;
    pack(out, length);
    pack(out, n);
    const hf_glass_term *term = &c->terms[listed[0].term];
    append_byte(out, term->length);
    append(out, term->bytes, term->length);
    pack(out, listed[0].n);
    for (size_t i = 1; i < n; i++) {
        encode_term(out, term, &c->terms[listed[i].term], listed[i].n);
        term = &c->terms[listed[i].term];
    }
}

static bool write_termlist(table *t, const hf_glass_content *c, const char *path, GError **error)
{
    uint8_t key[5];
    buffer value = {0};
    if (!table_open(t, path, "termlist.glass", error))
        return false;
    g_autofree listed_term *listed = list_terms(c);
    const listed_term *at = listed;
    for (size_t i = 0; i < c->n_documents && t->error == NULL; at += c->distinct[i], i++) {
        encode_terms(&value, c, at, c->distinct[i], c->lengths[i]);
        table_add(t, key, sortable(c->ids[i], key), value.bytes, value.n);
    }
    g_free(value.bytes);
    return table_finish(t, error);
}

/* ---- the version file ---- */

static void describe_content(buffer *out, const hf_glass_content *c)
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
    pack(out, c->n_documents);
    pack(out, c->ids[c->n_documents - 1] - c->n_documents);
    pack(out, shortest);
    pack(out, most);
    pack(out, longest - most);
    pack(out, 0); /* oldest change set */
    pack(out, words);
    pack(out, 0); /* most frequent spelling */
}

static bool write_version(const char *path, const hf_glass_content *c, const table tables[2],
                          GError **error)
{
    static const table none;
    static const uint8_t magic[16] = "\x0f\x0dXapian Glass\x04\x6e";
    uint8_t uuid[16];
    buffer out = {0};
    if (getrandom(uuid, sizeof uuid, 0) != (ssize_t)sizeof uuid)
        return hf_error_set_errno(error, errno, "get random bytes for", path);
    append(&out, magic, sizeof magic);
    append(&out, uuid, sizeof uuid);
    pack(&out, 1); /* revision */
    describe_table(&out, &tables[0], 0);
    describe_table(&out, &none, 18); /* document data */
    describe_table(&out, &tables[1], 18);
    describe_table(&out, &none, 0);  /* positions: positions.c */
    describe_table(&out, &none, 18); /* spelling */
    describe_table(&out, &none, 18); /* synonyms */
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
    table tables[2] = {{.fd = -1}, {.fd = -1}};
    bool ok = write_postlist(&tables[0], content, path, error) &&
              write_termlist(&tables[1], content, path, error) &&
              write_version(path, content, tables, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        table_clear(&tables[i]);
    return ok;
}
