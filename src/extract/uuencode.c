#include "extract/uuencode.h"

#include <string.h>

typedef struct {
    const char *at; /* of the line */
    size_t n;       /* without line break */
    size_t next;    /* offset of the following line */
} line;

static line line_at(const char *text, size_t n, size_t at)
{
    const char *feed = memchr(text + at, '\n', n - at);
    size_t stop = feed != NULL ? (size_t)(feed - text) : n;
    line l = {.at = text + at, .n = stop - at, .next = feed != NULL ? stop + 1 : n};
    while (l.n > 0 && l.at[l.n - 1] == '\r')
        l.n--;
    return l;
}

static bool starts(const line *l, const char *with)
{
    size_t n = strlen(with);
    return l->n >= n && memcmp(l->at, with, n) == 0;
}

static char *trimmed(const char *at, size_t n)
{
    char *name = g_strndup(at, n);
    return g_strstrip(name);
}

/* ---- uuencode ---- */

static unsigned uu_value(char c)
{
    return ((unsigned)(unsigned char)c - 32u) & 63u;
}

static bool uu_char(char c)
{
    return c >= ' ' && c <= '`';
}

/* The bytes that a line says it holds, or -1 if it is no encoded line. Trailing spaces may have been cut by a mailer, one
 * check character may be added. */
static int uu_line_bytes(const line *l)
{
    if (l->n == 0 || !uu_char(l->at[0]))
        return -1;
    unsigned bytes = uu_value(l->at[0]);
    size_t need = (bytes + 2) / 3 * 4;
    if (l->n > need + 3)
        return -1;
    for (size_t i = 1; i < l->n; i++) {
        if (!uu_char(l->at[i]))
            return -1;
    }
    return bytes <= 45 || l->n > 1 ? (int)bytes : -1;
}

static void uu_decode_line(const line *l, unsigned bytes, GByteArray *out)
{
    guint8 plain[64];
    unsigned written = 0;
    for (size_t i = 1; written < bytes; i += 4) {
        unsigned v[4];
        for (size_t k = 0; k < 4; k++)
            v[k] = i + k < l->n ? uu_value(l->at[i + k]) : 0;
        plain[written++] = (guint8)(v[0] << 2 | v[1] >> 4);
        if (written < bytes)
            plain[written++] = (guint8)(v[1] << 4 | v[2] >> 2);
        if (written < bytes)
            plain[written++] = (guint8)(v[2] << 6 | v[3]);
    }
    g_byte_array_append(out, plain, bytes);
}

/* "begin 644 name", or "begin-base64 644 name": the name, or NULL. */
static char *begin_name(const line *l, bool base64)
{
    size_t i = strlen(base64 ? "begin-base64 " : "begin ");
    size_t digits = 0;
    while (i < l->n && l->at[i] == ' ')
        i++;
    while (i < l->n && l->at[i] >= '0' && l->at[i] <= '7') {
        i++;
        digits++;
    }
    if (digits < 3 || digits > 6 || i >= l->n || l->at[i] != ' ')
        return NULL;
    g_autofree char *name = trimmed(l->at + i, l->n - i);
    return *name != '\0' ? g_steal_pointer(&name) : NULL;
}

static bool is_word(const line *l, const char *word)
{
    size_t n = l->n;
    while (n > 0 && (l->at[n - 1] == ' ' || l->at[n - 1] == '\t'))
        n--;
    return n == strlen(word) && memcmp(l->at, word, n) == 0;
}

/* Reads the lines after "begin"; false if the first is none of them. */
static bool read_uu(const char *text, size_t n, size_t at, hf_uuencode_block *block)
{
    bool any = false;
    block->end = at;
    while (at < n) {
        line l = line_at(text, n, at);
        if (is_word(&l, "end")) {
            block->complete = true;
            block->end = l.next;
            return true;
        }
        int bytes = uu_line_bytes(&l);
        if (bytes < 0 && !(l.n == 0 && any))
            break;
        if (bytes > 0) {
            uu_decode_line(&l, (unsigned)bytes, block->bytes);
            any = true;
        }
        at = l.next;
        block->end = at;
    }
    return any;
}

static bool read_base64(const char *text, size_t n, size_t at, hf_uuencode_block *block)
{
    gint state = 0;
    guint save = 0;
    block->end = at;
    while (at < n) {
        line l = line_at(text, n, at);
        if (is_word(&l, "====")) {
            block->complete = true;
            block->end = l.next;
            return true;
        }
        for (size_t i = 0; i < l.n; i++) {
            if (!g_ascii_isalnum(l.at[i]) && strchr("+/= ", l.at[i]) == NULL)
                return block->bytes->len > 0;
        }
        guint old = block->bytes->len;
        g_byte_array_set_size(block->bytes, old + (guint)(l.n / 4 * 3 + 6));
        gsize got = g_base64_decode_step(l.at, l.n, block->bytes->data + old, &state, &save);
        g_byte_array_set_size(block->bytes, old + (guint)got);
        at = l.next;
        block->end = at;
    }
    return block->bytes->len > 0;
}

/* ---- yEnc ---- http://www.yenc.org/yenc-draft.1.3.txt */

static void yenc_decode_line(const line *l, GByteArray *out)
{
    guint8 plain[256];
    guint filled = 0;
    for (size_t i = 0; i < l->n; i++) {
        guint8 c = (guint8)l->at[i];
        if (c == '=' && i + 1 < l->n)
            c = (guint8)((guint8)l->at[++i] - 64);
        plain[filled++] = (guint8)(c - 42);
        if (filled == sizeof(plain)) {
            g_byte_array_append(out, plain, filled);
            filled = 0;
        }
    }
    g_byte_array_append(out, plain, filled);
}

static char *yenc_name(const line *l)
{
    const char *name = memmem(l->at, l->n, " name=", 6);
    return name != NULL ? trimmed(name + 6, l->n - (size_t)(name + 6 - l->at)) : NULL;
}

static bool yenc_number(const line *l, const char *key, guint64 *value)
{
    const char *p = memmem(l->at, l->n, key, strlen(key));
    const char *stop = l->at + l->n;
    *value = 0;
    if (p == NULL)
        return false;
    for (p += strlen(key); p < stop && g_ascii_isdigit(*p) && *value < G_MAXUINT32; p++)
        *value = *value * 10 + (guint64)(*p - '0');
    return true;
}

static bool read_yenc(const char *text, size_t n, size_t at, hf_uuencode_block *block)
{
    while (at < n) {
        line l = line_at(text, n, at);
        at = l.next;
        block->end = at;
        guint64 size;
        if (starts(&l, "=yend")) {
            block->complete = yenc_number(&l, " size=", &size) && size == block->bytes->len;
            return true;
        }
        if (!starts(&l, "=ypart"))
            yenc_decode_line(&l, block->bytes);
    }
    return block->bytes->len > 0;
}

/* ---- both ---- */

static bool read_block(const char *text, size_t n, size_t at, hf_uuencode_block *block)
{
    line l = line_at(text, n, at);
    bool (*read)(const char *, size_t, size_t, hf_uuencode_block *) = NULL;
    guint64 width;
    if (starts(&l, "begin ")) {
        block->name = begin_name(&l, false);
        read = read_uu;
    } else if (starts(&l, "begin-base64 ")) {
        block->name = begin_name(&l, true);
        read = read_base64;
    } else if (starts(&l, "=ybegin ") && yenc_number(&l, " line=", &width)) {
        block->name = yenc_name(&l);
        read = read_yenc;
    }
    if (read == NULL || block->name == NULL)
        return false;
    block->start = at;
    block->bytes = g_byte_array_new();
    return read(text, n, l.next, block);
}

/* The offset of the next "begin" or "=ybegin" that starts a line, or n. */
static size_t next_begin(const char *text, size_t n, size_t from)
{
    while (from < n) {
        const char *found = memmem(text + from, n - from, "begin", 5);
        if (found == NULL)
            return n;
        size_t at = (size_t)(found - text);
        size_t start = at >= 2 && text[at - 2] == '=' && text[at - 1] == 'y' ? at - 2 : at;
        if (start == 0 || text[start - 1] == '\n')
            return start;
        from = at + 5;
    }
    return n;
}

bool hf_uuencode_find(const char *text, size_t n, size_t from, hf_uuencode_block *block)
{
    memset(block, 0, sizeof(*block));
    for (size_t at = next_begin(text, n, from); at < n; at = next_begin(text, n, at + 7)) {
        if (read_block(text, n, at, block))
            return true;
        hf_uuencode_clear(block);
    }
    return false;
}

void hf_uuencode_clear(hf_uuencode_block *block)
{
    g_free(block->name);
    if (block->bytes != NULL)
        g_byte_array_unref(block->bytes);
    memset(block, 0, sizeof(*block));
}
