/* src/extract/opc.c -- packages of parts.
 *
 * Parts are wanted in the order of their relationships, not of the file, and some of them twice or never. libarchive
 * walks a zip file once and in its order, so the directory is read here, and parts are inflated where they lie. OPC
 * permits only the methods stored and deflated. Layout: PKWARE APPNOTE 6.3.9. */
#include "extract/opc.h"
#include "extract/sax.h"

#include <string.h>
#include <zlib.h>

enum {
    LOCAL_HEADER = 30,
    CENTRAL_HEADER = 46,
    END_RECORD = 22,
    END64_RECORD = 56,
    END64_LOCATOR = 20,
    MAX_COMMENT = 65535,
    MAX_RELATIONS = 100000,
    RELATION_DEPTH = 16,
    STORED = 0,
    DEFLATED = 8,
    FLAG_ENCRYPTED = 1,
    FLAG_DESCRIPTOR = 8,
    INPUT_BYTES = 64 * 1024,
    OUTPUT_BYTES = 128 * 1024
};
#define FREE_BYTES (UINT64_C(64) << 20) /* unpacked without regard to the ratio */
#define MAX_DIRECTORY (UINT64_C(64) << 20)
#define MAX_FLAT (UINT64_C(512) << 20)
#define MAX_SMALL_PART (UINT64_C(64) << 20) /* content types, relationships */

typedef struct {
    const char *name; /* as written, without leading slash */
    uint64_t packed;
    uint64_t unpacked; /* UINT64_MAX: not known */
    uint64_t offset;   /* of the local header; of the data where `bytes` is set or `walked` */
    uint32_t crc;
    uint16_t method;
    uint16_t flags;
    bool
        walked; /* the directory did not name it: `packed` is an upper bound, the sum is not known */
    GBytes *bytes; /* of a flat package */
    const char *type;
} opc_part;

struct hf_opc {
    hf_extraction *x;
    GBytes *memory; /* the input, if it is not that of `x` */
    uint64_t size;
    GPtrArray *parts;      /* of opc_part, in order */
    GHashTable *by_name;   /* canonical name to opc_part */
    GHashTable *types;     /* extension or "/name" to content type */
    GHashTable *relations; /* canonical part name to part_relations */
    GStringChunk *strings;
    uint64_t unpacked;
    const char *damage;
    hf_item_error reason;
};

/* ---- bytes ---- */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* Up to n bytes at `offset`; what cannot be read counts as the end. */
static size_t read_at(hf_opc *opc, void *to, size_t n, uint64_t offset)
{
    if (offset >= opc->size)
        return 0;
    n = (size_t)MIN((uint64_t)n, opc->size - offset);
    if (opc->memory != NULL) {
        memcpy(to, (const uint8_t *)g_bytes_get_data(opc->memory, NULL) + offset, n);
        return n;
    }
    ssize_t got = hf_extraction_pread(opc->x, to, n, offset, NULL);
    return got < 0 ? 0 : (size_t)got;
}

static void note(hf_opc *opc, hf_item_error reason, const char *what)
{
    if (opc->damage != NULL)
        return;
    opc->damage = what;
    opc->reason = reason;
}

/* ---- names ---- */

static const char *skip_slashes(const char *name)
{
    while (*name == '/' || *name == '\\')
        name++;
    return name;
}

/* The name that parts are found by: lower case, forward slashes, none in front. Free with g_free. */
static char *canonical(const char *name)
{
    char *key = g_ascii_strdown(skip_slashes(name), -1);
    for (char *p = key; *p != '\0'; p++)
        *p = *p == '\\' ? '/' : *p;
    return key;
}

static opc_part *find_part(hf_opc *opc, const char *name)
{
    g_autofree char *key = canonical(name);
    opc_part *part = g_hash_table_lookup(opc->by_name, key);
    if (part != NULL || strchr(key, '%') == NULL)
        return part;
    g_autofree char *plain = g_uri_unescape_string(key, "/");
    return plain != NULL ? g_hash_table_lookup(opc->by_name, plain) : NULL;
}

static void add_part(hf_opc *opc, opc_part *part)
{
    g_ptr_array_add(opc->parts, part);
    char *key = canonical(part->name);
    if (g_hash_table_contains(opc->by_name, key))
        g_free(key);
    else
        g_hash_table_insert(opc->by_name, key, part);
}

static void part_free(gpointer data)
{
    opc_part *part = data;
    if (part->bytes != NULL)
        g_bytes_unref(part->bytes);
    g_free(part);
}

/* `target` as seen from `part`, as the name of a part. Free with g_free. */
static char *resolve(const char *part, const char *target)
{
    g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *forward = g_strdelimit(g_strdup(target), "\\", '/');
    if (*forward != '/') {
        g_auto(GStrv) base = g_strsplit(part, "/", -1);
        for (char **segment = base; segment[0] != NULL && segment[1] != NULL; segment++)
            g_ptr_array_add(segments, g_strdup(*segment));
    }
    g_auto(GStrv) relative = g_strsplit(forward, "/", -1);
    for (char **segment = relative; *segment != NULL; segment++) {
        if (strcmp(*segment, "..") == 0 && segments->len > 0)
            g_ptr_array_set_size(segments, (int)segments->len - 1);
        else if (**segment != '\0' && strcmp(*segment, ".") != 0 && strcmp(*segment, "..") != 0)
            g_ptr_array_add(segments, g_strdup(*segment));
    }
    g_ptr_array_add(segments, NULL);
    return g_strjoinv("/", (char **)segments->pdata);
}

/* ---- the zip directory ---- */

typedef struct {
    uint64_t at; /* of the end record */
    uint64_t offset;
    uint64_t size;
} directory;

static bool find_directory64(hf_opc *opc, uint64_t end_at, directory *d)
{
    uint8_t locator[END64_LOCATOR], record[END64_RECORD];
    if (end_at < END64_LOCATOR ||
        read_at(opc, locator, sizeof locator, end_at - END64_LOCATOR) < sizeof locator ||
        memcmp(locator, "PK\6\7", 4) != 0)
        return false;
    uint64_t at = get64(locator + 8);
    if (read_at(opc, record, sizeof record, at) < sizeof record || memcmp(record, "PK\6\6", 4) != 0)
        return false;
    d->at = at;
    d->size = get64(record + 40);
    d->offset = get64(record + 48);
    return true;
}

static bool find_directory(hf_opc *opc, directory *d)
{
    size_t n = (size_t)MIN(opc->size, (uint64_t)(END_RECORD + MAX_COMMENT));
    g_autofree uint8_t *tail = g_malloc(n + 1);
    uint64_t base = opc->size - n;
    n = read_at(opc, tail, n, base);
    for (size_t i = n >= END_RECORD ? n - END_RECORD + 1 : 0; i-- > 0;) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0)
            continue;
        d->at = base + i;
        d->size = get32(tail + i + 12);
        d->offset = get32(tail + i + 16);
        if (d->size == UINT32_MAX || d->offset == UINT32_MAX || get16(tail + i + 10) == UINT16_MAX)
            find_directory64(opc, d->at, d);
        return d->size <= MAX_DIRECTORY && d->size <= d->at;
    }
    return false;
}

/* The sizes and the offset that did not fit into 32 bits. */
static void read_extra64(opc_part *part, const uint8_t *extra, size_t n)
{
    while (n >= 4) {
        size_t field = get16(extra + 2);
        if (field > n - 4)
            return;
        if (get16(extra) == 1) {
            const uint8_t *p = extra + 4, *end = p + field;
            uint64_t *const wanted[] = {&part->unpacked, &part->packed, &part->offset};
            for (size_t i = 0; i < G_N_ELEMENTS(wanted) && end - p >= 8; i++) {
                if (*wanted[i] == UINT32_MAX) {
                    *wanted[i] = get64(p);
                    p += 8;
                }
            }
            return;
        }
        extra += 4 + field;
        n -= 4 + field;
    }
}

/* Names are bytes of any charset. */
static const char *store_name(hf_opc *opc, const uint8_t *name, size_t n)
{
    g_autofree char *utf8 = hf_name_utf8((const char *)name, (gssize)n);
    return g_string_chunk_insert(opc->strings, skip_slashes(utf8));
}

static bool is_folder(const opc_part *part)
{
    return *part->name == '\0' || g_str_has_suffix(part->name, "/");
}

static bool read_directory(hf_opc *opc)
{
    directory d = {0};
    if (!find_directory(opc, &d))
        return false;
    /* Bytes put before the archive shift every offset in it. */
    uint64_t start = d.at - d.size;
    uint64_t shift = start >= d.offset ? start - d.offset : 0;
    g_autofree uint8_t *bytes = g_malloc((size_t)d.size + 1);
    size_t n = read_at(opc, bytes, (size_t)d.size, d.offset + shift);
    uint64_t limit = hf_extraction_limits(opc->x)->children;
    for (size_t at = 0; at + CENTRAL_HEADER <= n;) {
        const uint8_t *h = bytes + at;
        size_t name = get16(h + 28), extra = get16(h + 30), comment = get16(h + 32);
        if (memcmp(h, "PK\1\2", 4) != 0 || CENTRAL_HEADER + name + extra + comment > n - at)
            return false;
        if (opc->parts->len >= limit) {
            note(opc, HF_ITEM_LIMIT, "too many entries");
            break;
        }
        opc_part *part = g_new0(opc_part, 1);
        part->flags = get16(h + 8);
        part->method = get16(h + 10);
        part->crc = get32(h + 16);
        part->packed = get32(h + 20);
        part->unpacked = get32(h + 24);
        part->offset = get32(h + 42);
        read_extra64(part, h + CENTRAL_HEADER + name, extra);
        part->offset += shift;
        part->name = store_name(opc, h + CENTRAL_HEADER, name);
        if (is_folder(part))
            part_free(part);
        else
            add_part(opc, part);
        at += CENTRAL_HEADER + name + extra + comment;
    }
    return opc->parts->len > 0;
}

/* ---- walking a file whose directory is damaged ---- */

/* Where the next local or central header, or data descriptor begins, from `at` on; the size of the file if none does. */
static uint64_t next_signature(hf_opc *opc, uint64_t at)
{
    g_autofree uint8_t *buffer = g_malloc(INPUT_BYTES);
    while (at < opc->size) {
        size_t n = read_at(opc, buffer, INPUT_BYTES, at);
        if (n < 4)
            break;
        for (const uint8_t *p = buffer; (p = memchr(p, 'P', (size_t)(buffer + n - p))) != NULL;
             p++) {
            if (buffer + n - p < 4)
                break;
            if (p[1] == 'K' && ((p[2] == 3 && p[3] == 4) || (p[2] == 1 && p[3] == 2)))
                return at + (uint64_t)(p - buffer);
        }
        at += n - 3;
    }
    return opc->size;
}

static void walk(hf_opc *opc)
{
    uint64_t limit = hf_extraction_limits(opc->x)->children;
    for (uint64_t at = next_signature(opc, 0); at < opc->size && opc->parts->len < limit;) {
        uint8_t h[LOCAL_HEADER];
        if (read_at(opc, h, sizeof h, at) < sizeof h)
            break;
        size_t name = get16(h + 26), extra = get16(h + 28);
        if (memcmp(h, "PK\3\4", 4) != 0 || name == 0 || name > 4096) {
            at = next_signature(opc, at + 4);
            continue;
        }
        g_autofree uint8_t *bytes = g_malloc(name);
        if (read_at(opc, bytes, name, at + LOCAL_HEADER) < name)
            break;
        opc_part *part = g_new0(opc_part, 1);
        part->flags = get16(h + 6);
        part->method = get16(h + 8);
        part->packed = get32(h + 18);
        part->unpacked = UINT64_MAX;
        part->offset = at + LOCAL_HEADER + name + extra;
        part->walked = true;
        part->name = store_name(opc, bytes, name);
        bool sized = !(part->flags & FLAG_DESCRIPTOR) && part->packed != UINT32_MAX;
        uint64_t next = next_signature(opc, sized ? part->offset + part->packed : part->offset);
        if (!sized)
            part->packed = next - MIN(next, part->offset);
        if (is_folder(part))
            part_free(part);
        else
            add_part(opc, part);
        at = MAX(next, at + 4);
    }
}

/* ---- reading ---- */

typedef struct {
    hf_opc *opc;
    opc_part *part;
    uint64_t at, left; /* of the packed bytes */
    uint64_t limit;
    uint64_t given;
    uint64_t taken;
    uint32_t crc;
    hf_opc_piece piece;
    void *data;
    bool done;
    bool failed;
    const char *damage;
    hf_item_error reason;
    GError **error;
} reading;

static void end_reading(reading *r, hf_item_error reason, const char *damage)
{
    r->done = true;
    if (r->damage != NULL)
        return;
    r->damage = damage;
    r->reason = reason;
}

static void give(reading *r, const uint8_t *bytes, size_t n)
{
    const hf_limits *limits = hf_extraction_limits(r->opc->x);
    bool over = n > r->limit - r->given;
    if (over)
        n = (size_t)(r->limit - r->given);
    r->given += n;
    r->opc->unpacked += n;
    r->crc = (uint32_t)crc32(r->crc, bytes, (uInt)n);
    if (n > 0 && !r->piece(r->data, bytes, n, &r->done, r->error)) {
        r->failed = r->done = true;
        return;
    }
    if (r->done)
        return;
    if (over)
        end_reading(r, HF_ITEM_LIMIT, "larger than the limit");
    else if (r->given > FREE_BYTES && r->given / limits->ratio > r->taken)
        end_reading(r, HF_ITEM_LIMIT, "unpacks to too many times its size");
    else if (r->opc->unpacked > FREE_BYTES && r->opc->unpacked / limits->ratio > r->opc->size)
        end_reading(r, HF_ITEM_LIMIT, "the parts unpack to too many times the size of the file");
}

static size_t take(reading *r, uint8_t *buffer)
{
    size_t n = read_at(r->opc, buffer, (size_t)MIN(r->left, (uint64_t)INPUT_BYTES), r->at);
    r->at += n;
    r->left -= n;
    r->taken += n;
    return n;
}

static void read_stored(reading *r, uint8_t *buffer)
{
    while (!r->done && r->left > 0) {
        size_t n = take(r, buffer);
        if (n == 0)
            end_reading(r, HF_ITEM_TRUNCATED, "the file ends inside it");
        else
            give(r, buffer, n);
    }
}

static void read_deflated(reading *r, uint8_t *buffer, uint8_t *output)
{
    z_stream z = {0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        end_reading(r, HF_ITEM_LIMIT, "no memory to unpack it");
        return;
    }
    int state = Z_OK;
    while (!r->done && state != Z_STREAM_END) {
        if (z.avail_in == 0) {
            z.next_in = buffer;
            z.avail_in = (uInt)take(r, buffer);
        }
        bool out_of_input = z.avail_in == 0;
        z.next_out = output;
        z.avail_out = OUTPUT_BYTES;
        state = inflate(&z, Z_NO_FLUSH);
        if (z.avail_out < OUTPUT_BYTES)
            give(r, output, OUTPUT_BYTES - z.avail_out);
        else if (out_of_input && state != Z_STREAM_END)
            end_reading(r, HF_ITEM_TRUNCATED, "its compressed bytes end early");
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            end_reading(r, HF_ITEM_DAMAGED, "its compressed bytes are damaged");
    }
    inflateEnd(&z);
}

/* Puts the reading where the part's bytes begin. */
static bool locate(reading *r)
{
    uint8_t h[LOCAL_HEADER];
    r->left = r->part->packed;
    r->at = r->part->offset;
    if (r->part->walked)
        return true;
    if (read_at(r->opc, h, sizeof h, r->part->offset) < sizeof h || memcmp(h, "PK\3\4", 4) != 0)
        return false;
    r->at += LOCAL_HEADER + (uint64_t)get16(h + 26) + get16(h + 28);
    return true;
}

static void read_zipped(reading *r)
{
    g_autofree uint8_t *buffer = g_malloc(INPUT_BYTES);
    g_autofree uint8_t *output = g_malloc(OUTPUT_BYTES);
    if (r->part->flags & FLAG_ENCRYPTED)
        end_reading(r, HF_ITEM_ENCRYPTED, "it is encrypted");
    else if (!locate(r))
        end_reading(r, HF_ITEM_DAMAGED, "it is not where the directory says");
    else if (r->part->method == STORED)
        read_stored(r, buffer);
    else if (r->part->method == DEFLATED)
        read_deflated(r, buffer, output);
    else
        end_reading(r, HF_ITEM_UNSUPPORTED, "its compression is not one that packages may use");
    if (!r->done && !r->part->walked && (r->crc != r->part->crc || r->given != r->part->unpacked))
        end_reading(r, HF_ITEM_DAMAGED, "its bytes do not match their checksum");
}

bool hf_opc_read(hf_opc *opc, const char *part, uint64_t limit, hf_opc_piece piece, void *data,
                 const char **damage, hf_item_error *reason, GError **error)
{
    reading r = {.opc = opc,
                 .part = find_part(opc, part),
                 .limit = limit,
                 .piece = piece,
                 .data = data,
                 .error = error};
    r.crc = (uint32_t)crc32(0, NULL, 0);
    if (r.part == NULL) {
        end_reading(&r, HF_ITEM_DAMAGED, "it is not there");
    } else if (r.part->bytes != NULL) {
        size_t n = 0;
        const uint8_t *bytes = g_bytes_get_data(r.part->bytes, &n);
        r.taken = n;
        for (size_t at = 0; at < n && !r.done; at += OUTPUT_BYTES)
            give(&r, bytes + at, MIN(n - at, OUTPUT_BYTES));
    } else {
        read_zipped(&r);
    }
    *damage = r.damage;
    *reason = r.reason;
    return !r.failed;
}

static bool append_piece(void *data, const void *bytes, size_t n, G_GNUC_UNUSED bool *done,
                         G_GNUC_UNUSED GError **error)
{
    g_byte_array_append(data, bytes, (guint)n);
    return true;
}

GBytes *hf_opc_bytes(hf_opc *opc, const char *part, size_t limit, const char **damage,
                     hf_item_error *reason)
{
    if (!hf_opc_has(opc, part))
        return NULL;
    GByteArray *bytes = g_byte_array_new();
    hf_opc_read(opc, part, MIN(limit, (size_t)G_MAXINT32), append_piece, bytes, damage, reason,
                NULL);
    return g_byte_array_free_to_bytes(bytes);
}

/* ---- content types and relationships ---- */

/* Reads a small part of the package itself; damage in it is noted as the package's. */
static void read_small(hf_opc *opc, const char *name, const hf_sax_handler *handler, void *data)
{
    const char *damage = NULL;
    hf_item_error reason;
    g_autoptr(GBytes) bytes = hf_opc_bytes(opc, name, MAX_SMALL_PART, &damage, &reason);
    if (bytes == NULL)
        return;
    g_autoptr(hf_sax) sax = hf_sax_new(handler, data, RELATION_DEPTH, NULL);
    size_t n = 0;
    const void *all = g_bytes_get_data(bytes, &n);
    if (hf_sax_feed(sax, all, n, NULL))
        hf_sax_finish(sax, NULL);
    if (damage != NULL)
        note(opc, reason, damage);
    else if (hf_sax_damage(sax, &reason) != NULL)
        note(opc, reason, "a list of its parts is not well-formed");
}

static bool type_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    hf_opc *opc = data;
    const char *type = hf_sax_value(e, "ContentType");
    bool is_default = strcmp(e->name, "Default") == 0;
    const char *of = hf_sax_value(e, is_default ? "Extension" : "PartName");
    if (type == NULL || of == NULL || g_hash_table_size(opc->types) >= MAX_RELATIONS)
        return true;
    g_autofree char *key = canonical(of);
    g_autofree char *lower = g_ascii_strdown(type, (gssize)strcspn(type, "; "));
    g_hash_table_insert(opc->types, g_strconcat(is_default ? "" : "/", key, NULL),
                        g_string_chunk_insert_const(opc->strings, lower));
    return true;
}

const char *hf_opc_type(hf_opc *opc, const char *part)
{
    if (opc->types == NULL) {
        const hf_sax_handler handler = {.start = type_start};
        opc->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        read_small(opc, "[Content_Types].xml", &handler, opc);
    }
    const opc_part *found = find_part(opc, part);
    if (found != NULL && found->type != NULL)
        return found->type;
    g_autofree char *key = canonical(part);
    g_autofree char *override = g_strconcat("/", key, NULL);
    const char *type = g_hash_table_lookup(opc->types, override);
    if (type != NULL)
        return type;
    const char *dot = strrchr(key, '.');
    type = dot != NULL ? g_hash_table_lookup(opc->types, dot + 1) : NULL;
    return type != NULL ? type : "";
}

typedef struct {
    GPtrArray *all;    /* of hf_opc_relation */
    GHashTable *by_id; /* id to one of them */
} part_relations;

static void part_relations_free(gpointer data)
{
    part_relations *relations = data;
    g_hash_table_unref(relations->by_id);
    g_ptr_array_unref(relations->all);
    g_free(relations);
}

typedef struct {
    hf_opc *opc;
    const char *part;
    part_relations *relations;
} relations_reader;

static bool relation_start(void *data, const hf_sax_element *e, G_GNUC_UNUSED GError **error)
{
    relations_reader *r = data;
    const char *id = hf_sax_value(e, "Id"), *type = hf_sax_value(e, "Type");
    const char *target = hf_sax_value(e, "Target"), *mode = hf_sax_value(e, "TargetMode");
    if (strcmp(e->name, "Relationship") != 0 || type == NULL || target == NULL ||
        r->relations->all->len >= MAX_RELATIONS)
        return true;
    hf_opc_relation *relation = g_new0(hf_opc_relation, 1);
    const char *slash = strrchr(type, '/');
    relation->external = mode != NULL && g_ascii_strcasecmp(mode, "External") == 0;
    relation->id = g_string_chunk_insert(r->opc->strings, id != NULL ? id : "");
    relation->kind = g_string_chunk_insert_const(r->opc->strings, slash != NULL ? slash + 1 : type);
    g_autofree char *inner = relation->external ? NULL : resolve(r->part, target);
    const opc_part *found = inner != NULL ? find_part(r->opc, inner) : NULL;
    relation->target = found != NULL
                           ? found->name
                           : g_string_chunk_insert(r->opc->strings, inner != NULL ? inner : target);
    g_ptr_array_add(r->relations->all, relation);
    if (!g_hash_table_contains(r->relations->by_id, relation->id))
        g_hash_table_insert(r->relations->by_id, (gpointer)relation->id, relation);
    return true;
}

static part_relations *relations_of(hf_opc *opc, const char *part)
{
    g_autofree char *key = canonical(part);
    part_relations *relations = g_hash_table_lookup(opc->relations, key);
    if (relations != NULL)
        return relations;
    relations = g_new0(part_relations, 1);
    relations->all = g_ptr_array_new_with_free_func(g_free);
    relations->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    const char *slash = strrchr(key, '/');
    size_t folder = slash != NULL ? (size_t)(slash + 1 - key) : 0;
    g_autofree char *name = g_strdup_printf("%.*s_rels/%s.rels", (int)folder, key, key + folder);
    const hf_sax_handler handler = {.start = relation_start};
    relations_reader reader = {.opc = opc, .part = skip_slashes(part), .relations = relations};
    read_small(opc, name, &handler, &reader);
    g_hash_table_insert(opc->relations, g_steal_pointer(&key), relations);
    return relations;
}

const GPtrArray *hf_opc_relations(hf_opc *opc, const char *part)
{
    return relations_of(opc, part)->all;
}

const hf_opc_relation *hf_opc_relation_by_id(hf_opc *opc, const char *part, const char *id)
{
    return id != NULL ? g_hash_table_lookup(relations_of(opc, part)->by_id, id) : NULL;
}

const char *hf_opc_target(hf_opc *opc, const char *part, const char *kind)
{
    const GPtrArray *relations = hf_opc_relations(opc, part);
    for (guint i = 0; i < relations->len; i++) {
        const hf_opc_relation *relation = relations->pdata[i];
        if (!relation->external && strcmp(relation->kind, kind) == 0)
            return relation->target;
    }
    return NULL;
}

/* ---- flat packages ---- Word, Excel and PowerPoint write each part with the namespaces that it needs, so the text of a
 * part can be cut out of the whole. */

static char *attribute_of(const char *tag, size_t n, const char *name)
{
    const char *found = g_strstr_len(tag, (gssize)n, name);
    if (found == NULL)
        return NULL;
    const char *value = found + strlen(name);
    const char *close = memchr(value, '"', n - (size_t)(value - tag));
    return close != NULL ? g_strndup(value, (gsize)(close - value)) : NULL;
}

static GBytes *flat_content(GBytes *all, const char *text, const char *at, const char *end)
{
    static const char xml_data[] = "<pkg:xmlData", binary_data[] = "<pkg:binaryData";
    const char *open = g_strstr_len(at, end - at, xml_data);
    const char *close = NULL;
    if (open != NULL) {
        open = memchr(open, '>', (size_t)(end - open));
        close = open != NULL ? g_strstr_len(open, end - open, "</pkg:xmlData") : NULL;
        if (open == NULL)
            return NULL;
        open++;
        close = close != NULL ? close : end;
        return g_bytes_new_from_bytes(all, (gsize)(open - text), (gsize)(close - open));
    }
    open = g_strstr_len(at, end - at, binary_data);
    open = open != NULL ? memchr(open, '>', (size_t)(end - open)) : NULL;
    if (open == NULL)
        return NULL;
    open++;
    close = memchr(open, '<', (size_t)(end - open));
    g_autofree char *encoded = g_strndup(open, (gsize)((close != NULL ? close : end) - open));
    gsize n = 0;
    guchar *decoded = g_base64_decode(encoded, &n);
    return g_bytes_new_take(decoded, n);
}

static void read_flat(hf_opc *opc, GBytes *all)
{
    static const char open[] = "<pkg:part ", shut[] = "</pkg:part>";
    size_t n = 0;
    const char *text = g_bytes_get_data(all, &n), *end = text + n;
    uint64_t limit = hf_extraction_limits(opc->x)->children;
    opc->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *at = text; opc->parts->len < limit;) {
        const char *tag = g_strstr_len(at, end - at, open);
        const char *tag_end = tag != NULL ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
        if (tag_end == NULL)
            break;
        const char *close = g_strstr_len(tag_end, end - tag_end, shut);
        if (close == NULL) {
            note(opc, HF_ITEM_TRUNCATED, "ends inside a part");
            close = end;
        }
        g_autofree char *name = attribute_of(tag, (size_t)(tag_end - tag), "pkg:name=\"");
        g_autofree char *type = attribute_of(tag, (size_t)(tag_end - tag), "pkg:contentType=\"");
        GBytes *bytes = flat_content(all, text, tag_end, close);
        if (name != NULL && bytes != NULL) {
            opc_part *part = g_new0(opc_part, 1);
            part->name = store_name(opc, (const uint8_t *)name, strlen(name));
            part->bytes = g_bytes_ref(bytes);
            part->unpacked = part->packed = g_bytes_get_size(bytes);
            part->type = type != NULL ? g_string_chunk_insert(opc->strings, type) : NULL;
            add_part(opc, part);
        }
        if (bytes != NULL)
            g_bytes_unref(bytes);
        at = close;
    }
}

/* A flat package in UTF-8, or NULL if the input does not look like XML. */
static GBytes *flat_text(hf_opc *opc)
{
    uint8_t head[4] = {0};
    if (read_at(opc, head, sizeof head, 0) < sizeof head || memcmp(head, "PK", 2) == 0)
        return NULL;
    if (head[0] != '<' && head[0] != 0xEF && head[0] != 0xFE && head[0] != 0xFF)
        return NULL;
    g_autoptr(GBytes) bytes = opc->memory != NULL ? g_bytes_ref(opc->memory)
                                                  : hf_extraction_bytes(opc->x, MAX_FLAT, NULL);
    if (bytes == NULL)
        return NULL;
    size_t n = 0;
    const char *all = g_bytes_get_data(bytes, &n);
    if (head[0] == '<' && head[1] != '\0')
        return g_steal_pointer(&bytes);
    char *utf8 = hf_charset_decode(all, n, NULL, NULL, &n, NULL);
    return g_bytes_new_take(utf8, n);
}

/* ---- opening ---- */

static hf_opc *open_package(hf_extraction *x, GBytes *memory, GError **error)
{
    g_autoptr(hf_opc) opc = g_new0(hf_opc, 1);
    opc->x = x;
    opc->memory = memory != NULL ? g_bytes_ref(memory) : NULL;
    opc->size = memory != NULL ? g_bytes_get_size(memory) : hf_extraction_size(x);
    opc->parts = g_ptr_array_new_with_free_func(part_free);
    opc->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    opc->relations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, part_relations_free);
    opc->strings = g_string_chunk_new(4096);
    g_autoptr(GBytes) flat = flat_text(opc);
    if (flat != NULL) {
        read_flat(opc, flat);
    } else if (!read_directory(opc)) {
        g_hash_table_remove_all(opc->by_name);
        g_ptr_array_set_size(opc->parts, 0);
        walk(opc);
        note(opc, HF_ITEM_TRUNCATED, "the directory of the zip file is damaged or missing");
    }
    if (opc->parts->len == 0) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_DAMAGED, "no part of a package was found in it");
        return NULL;
    }
    return g_steal_pointer(&opc);
}

hf_opc *hf_opc_open(hf_extraction *x, GError **error)
{
    return open_package(x, NULL, error);
}

hf_opc *hf_opc_open_bytes(hf_extraction *x, GBytes *bytes, GError **error)
{
    return open_package(x, bytes, error);
}

void hf_opc_free(hf_opc *opc)
{
    if (opc == NULL)
        return;
    g_hash_table_unref(opc->by_name);
    g_ptr_array_unref(opc->parts);
    g_hash_table_unref(opc->relations);
    if (opc->types != NULL)
        g_hash_table_unref(opc->types);
    g_string_chunk_free(opc->strings);
    if (opc->memory != NULL)
        g_bytes_unref(opc->memory);
    g_free(opc);
}

const char *hf_opc_damage(hf_opc *opc, hf_item_error *reason)
{
    *reason = opc->reason;
    return opc->damage;
}

size_t hf_opc_count(hf_opc *opc)
{
    return opc->parts->len;
}

const char *hf_opc_name(hf_opc *opc, size_t i)
{
    const opc_part *part = opc->parts->pdata[i];
    return part->name;
}

uint64_t hf_opc_size(hf_opc *opc, const char *part)
{
    const opc_part *found = find_part(opc, part);
    return found != NULL ? found->unpacked : UINT64_MAX;
}

bool hf_opc_has(hf_opc *opc, const char *part)
{
    return find_part(opc, part) != NULL;
}
