/* A B-tree of Xapian's glass format, written from left to right; numbers of blocks are big-endian.
 *
 *     block            u32 revision, u8 level, u16 largest gap, u16 free, u16 end of directory,
 *                      u16 per item its offset; items from the end of the block down
 *     leaf item        u16 size - 3 and flags (0x2000 first, 0x4000 last component), u8 length,
 *                      key, u16 component unless it is the first, value. A value above a quarter
 *                      block is cut into components.
 *     branch item      u32 block, u8 length, shortest key that tells it from the block before,
 *                      u16 component; the first of a block has the empty key */
#include "index/glass_table.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BLOCK 8192u
#define DIRECTORY 11u
#define ITEM_MOST 2043u /* four fit into a block */
#define LEVELS 10
#define BUFFERED 128u /* blocks written at once */
#define FIRST 0x2000u
#define LAST 0x4000u

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

typedef struct {
    uint8_t bytes[BLOCK];
    uint32_t number;
    unsigned directory_end, lowest; /* items lie from lowest on */
} block;

struct hf_glass_table {
    char *path;
    int fd;
    block *levels[LEVELS];
    unsigned depth;
    uint32_t next_block;
    uint64_t entries;
    uint8_t last_key[HF_GLASS_KEY_MOST];
    size_t last_length;
    uint8_t *buffered; /* blocks from buffered_first on */
    uint32_t buffered_first, buffered_n;
    GError *error; /* the first one; then nothing more is written */
};

hf_glass_table *hf_glass_table_open(const char *directory, const char *name, GError **error)
{
    hf_glass_table *t = g_new0(hf_glass_table, 1);
    t->path = g_build_filename(directory, name, NULL);
    t->buffered = g_malloc(BUFFERED * BLOCK);
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (t->fd >= 0)
        return t;
    hf_error_set_errno(error, errno, "create", t->path);
    hf_glass_table_free(t);
    return NULL;
}

void hf_glass_table_free(hf_glass_table *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < LEVELS; i++)
        g_free(t->levels[i]);
    if (t->fd >= 0)
        close(t->fd);
    g_free(t->buffered);
    g_free(t->path);
    g_clear_error(&t->error);
    g_free(t);
}

bool hf_glass_table_failed(const hf_glass_table *t)
{
    return t->error != NULL;
}

static void flush_blocks(hf_glass_table *t)
{
    if (t->error == NULL && t->buffered_n > 0)
        hf_file_pwrite_all(t->fd, t->buffered, (size_t)t->buffered_n * BLOCK,
                           (uint64_t)t->buffered_first * BLOCK, t->path, &t->error);
    t->buffered_first += t->buffered_n;
    t->buffered_n = 0;
}

/* Branch blocks are finished long after the leaves that follow them: their places in the buffer
 * are left and written over. */
static void write_block(hf_glass_table *t, const block *b)
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

static void start_block(hf_glass_table *t, unsigned level)
{
    if (t->levels[level] == NULL)
        t->levels[level] = g_new(block, 1);
    block *b = t->levels[level];
    memset(b->bytes, 0, BLOCK);
    b->number = t->next_block++;
    b->directory_end = DIRECTORY;
    b->lowest = BLOCK;
}

static void finish_block(hf_glass_table *t, unsigned level)
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
static void enter_above(hf_glass_table *t, unsigned level, uint32_t before, uint32_t child,
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
static block *leaf_for(hf_glass_table *t, const uint8_t *key, size_t length, unsigned component,
                       size_t size)
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

void hf_glass_table_add(hf_glass_table *t, const uint8_t *key, size_t length, const uint8_t *value,
                        size_t n)
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

bool hf_glass_table_finish(hf_glass_table *t, GError **error)
{
    for (unsigned level = 0; level < t->depth; level++)
        finish_block(t, level);
    flush_blocks(t);
    if (t->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&t->error));
    return false;
}

void hf_glass_table_describe(hf_glass_buffer *out, const hf_glass_table *t, unsigned compress_least)
{
    bool empty = t == NULL || t->depth == 0;
    hf_glass_buffer list = {0};
    if (!empty) {
        hf_glass_pack(&list, 1);
        hf_glass_pack(&list, t->next_block);
        hf_glass_append(&list, "\0\0\0", 4);
    }
    hf_glass_pack(out, empty ? 0 : t->levels[t->depth - 1]->number);
    hf_glass_pack(out, empty ? 3 : (t->depth - 1) << 2 | 2);
    hf_glass_pack(out, empty ? 0 : t->entries);
    hf_glass_pack(out, BLOCK / 2048);
    hf_glass_pack(out, compress_least);
    hf_glass_pack(out, list.n);
    hf_glass_append(out, list.bytes, list.n);
    g_free(list.bytes);
}
