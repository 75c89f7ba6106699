/* src/extract/ooxml_children.c -- the files inside a document.
 *
 * Any part that is no XML of the document itself is a file that somebody put there, unless it is known as machinery
 * (fonts, printer settings, thumbnails). Objects that were wrapped in an OLE file for embedding are unwrapped, so that
 * the child is the file that was embedded, under its own name. */
#include "extract/ooxml.h"

#include <gsf/gsf.h>
#include <string.h>

#define MAX_OBJECT ((size_t)256 << 20)

static bool has_any(const char *text, const char *const *patterns)
{
    for (; *patterns != NULL; patterns++) {
        if (strstr(text, *patterns) != NULL)
            return true;
    }
    return false;
}

/* ---- what kind of child a part is ---- */

typedef enum { NO_CHILD, PICTURE, OBJECT, FILE_CHILD, MACROS } nature;

static nature nature_of(hf_ooxml *o, const char *part)
{
    static const char *const machinery[] = {
        "printersettings",   "font", "activex",    "attachedtoolbars", "vnd.ms-word.keymap",
        "digital-signature", "/vml", "vmldrawing", "xmlsignature",     NULL};
    static const char *const objects[] = {"oleobject", "/embeddings/", NULL};
    static const char *const files[] = {"/embeddings/",
                                        "audio/",
                                        "video/",
                                        "officedocument.wordprocessingml.document",
                                        "spreadsheetml.sheet",
                                        "presentationml.presentation",
                                        "ms-word.document",
                                        "ms-excel.sheet",
                                        "ms-powerpoint.presentation",
                                        NULL};
    g_autofree char *name = g_ascii_strdown(part, -1);
    g_autofree char *type = g_strconcat(hf_opc_type(o->opc, part), " /", name, NULL);
    if (g_hash_table_contains(o->read, name) || g_str_has_prefix(name, "[") ||
        g_str_has_prefix(name, "_xmlsignatures") || g_str_has_suffix(name, ".rels"))
        return NO_CHILD;
    if (strstr(type, "vbaproject") != NULL && g_str_has_suffix(name, ".bin"))
        return MACROS;
    if (g_str_has_prefix(type, "image/") || strstr(name, "/media/image") != NULL)
        return strstr(name, "thumbnail") != NULL ? NO_CHILD : PICTURE;
    if (has_any(type, objects) && g_str_has_suffix(name, ".bin"))
        return OBJECT;
    if (has_any(type, machinery) || strstr(name, "thumbnail") != NULL)
        return NO_CHILD;
    if (has_any(name, files) || has_any(hf_opc_type(o->opc, part), files))
        return strstr(type, "main+xml") != NULL ? NO_CHILD : FILE_CHILD;
    /* XML parts that were not read have no text of the user's. */
    if (g_str_has_suffix(name, ".xml") || strstr(hf_opc_type(o->opc, part), "+xml") != NULL)
        return NO_CHILD;
    return FILE_CHILD;
}

/* ---- unwrapping OLE objects ([MS-OLEDS] 2.3.6) ---- */

typedef struct {
    GBytes *bytes;
    char *name; /* NULL: none was given */
} unwrapped;

static GBytes *read_stream(GsfInfile *file, const char *name)
{
    GsfInput *stream = gsf_infile_child_by_name(file, name);
    if (stream == NULL)
        return NULL;
    gsf_off_t size = gsf_input_size(stream);
    GBytes *bytes = NULL;
    if (size > 0 && (uint64_t)size <= MAX_OBJECT) {
        guint8 *buffer = g_malloc((gsize)size);
        if (gsf_input_read(stream, (size_t)size, buffer) != NULL)
            bytes = g_bytes_new_take(buffer, (gsize)size);
        else
            g_free(buffer);
    }
    g_object_unref(stream);
    return bytes;
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A string that ends with NUL, from *at on; NULL if there is none. */
static const char *read_string(const uint8_t *bytes, size_t n, size_t *at)
{
    const uint8_t *start = bytes + *at;
    const uint8_t *end = *at < n ? memchr(start, 0, n - *at) : NULL;
    if (end == NULL)
        return NULL;
    *at += (size_t)(end - start) + 1;
    return (const char *)start;
}

/* What the Packager wrapped: size, 2, label, path, 3, temporary path, size, bytes. */
static bool unwrap_packager(GBytes *native, unwrapped *out)
{
    size_t n = 0, at = 6;
    const uint8_t *p = g_bytes_get_data(native, &n);
    if (n < at || p[4] != 2 || p[5] != 0)
        return false;
    const char *label = read_string(p, n, &at);
    const char *path = label != NULL ? read_string(p, n, &at) : NULL;
    if (path == NULL || n - at < 8)
        return false;
    size_t temporary = get32(p + at + 4);
    at += 8;
    if (temporary > n - at || n - at - temporary < 4)
        return false;
    at += temporary;
    size_t size = get32(p + at);
    at += 4;
    if (size > n - at)
        return false;
    out->bytes = g_bytes_new_from_bytes(native, at, size);
    size_t name_n = 0;
    out->name = hf_charset_decode(*label != '\0' ? label : path,
                                  strlen(*label != '\0' ? label : path), NULL, NULL, &name_n, NULL);
    return true;
}

static bool unwrap_native(GBytes *native, unwrapped *out)
{
    if (unwrap_packager(native, out))
        return true;
    size_t n = 0;
    const uint8_t *p = g_bytes_get_data(native, &n);
    size_t size = n >= 4 ? get32(p) : 0;
    if (size == 0 || size > n - 4)
        return false;
    out->bytes = g_bytes_new_from_bytes(native, 4, size);
    return true;
}

static bool unwrap_streams(GsfInfile *file, unwrapped *out)
{
    static const char *const plain[] = {"Package", "CONTENTS", "EmbeddedOdf"};
    g_autoptr(GBytes) native = read_stream(file, "\1Ole10Native");
    if (native != NULL)
        return unwrap_native(native, out);
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        out->bytes = read_stream(file, plain[i]);
        if (out->bytes != NULL)
            return true;
    }
    return false;
}

static bool unwrap(GBytes *bytes, unwrapped *out)
{
    static const uint8_t magic[8] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    size_t n = 0;
    const uint8_t *p = g_bytes_get_data(bytes, &n);
    if (n < sizeof magic || memcmp(p, magic, sizeof magic) != 0)
        return false;
    GsfInput *input = gsf_input_memory_new(p, (gsf_off_t)n, FALSE);
    GsfInfile *file = gsf_infile_msole_new(input, NULL);
    bool done = file != NULL && unwrap_streams(file, out);
    if (file != NULL)
        g_object_unref(file);
    g_object_unref(input);
    return done;
}

/* ---- giving them ---- */

typedef struct {
    hf_ooxml *o;
    bool wanted;
} giving;

static bool give_piece(void *data, const void *bytes, size_t n, G_GNUC_UNUSED bool *done,
                       GError **error)
{
    giving *g = data;
    return hf_extraction_child_data(g->o->x, bytes, n, error);
}

static hf_child child_of(hf_ooxml *o, const char *part, hf_child_kind kind)
{
    const char *slash = strrchr(part, '/');
    return (hf_child){.kind = kind,
                      .path = slash != NULL ? slash + 1 : part,
                      .type_hint = kind == HF_CHILD_INLINE ? hf_opc_type(o->opc, part) : NULL,
                      .modified = {HF_TIME_NONE, HF_OFFSET_NONE},
                      .size = hf_opc_size(o->opc, part)};
}

static bool give_part(hf_ooxml *o, const char *part, hf_child_kind kind, GError **error)
{
    hf_child child = child_of(o, part, kind);
    giving g = {.o = o};
    const char *damage = NULL;
    hf_item_error reason = HF_ITEM_DAMAGED;
    if (!hf_extraction_child_begin(o->x, &child, &g.wanted, error))
        return false;
    if (!g.wanted)
        return true;
    if (!hf_opc_read(o->opc, part, hf_extraction_limits(o->x)->member_bytes, give_piece, &g,
                     &damage, &reason, error) ||
        !hf_extraction_child_end(o->x, damage == NULL, error))
        return false;
    return damage == NULL ||
           hf_extraction_problem(o->x, reason, "attachments", error, "%s: %s", part, damage);
}

/* A wrapped file without a name of its own is called as the wrapping is, but for the extension. */
static char *inner_name(const char *outer, GBytes *bytes)
{
    static const struct {
        const char *mark, *extension;
    } known[] = {{"%PDF", "pdf"}, {"word/", "docx"}, {"xl/", "xlsx"}, {"ppt/", "pptx"}};
    enum { HEAD_BYTES = 8192 };
    size_t n = 0;
    const char *head = g_bytes_get_data(bytes, &n);
    const char *dot = strrchr(outer, '.');
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        const char *found = memmem(head, MIN(n, HEAD_BYTES), known[i].mark, strlen(known[i].mark));
        bool belongs =
            found != NULL && (i == 0 ? found == head : n > 2 && memcmp(head, "PK", 2) == 0);
        if (belongs)
            return g_strdup_printf("%.*s.%s",
                                   (int)(dot != NULL ? dot - outer : (ptrdiff_t)strlen(outer)),
                                   outer, known[i].extension);
    }
    return g_strdup(outer);
}

static bool give_object(hf_ooxml *o, const char *part, GError **error)
{
    const char *damage = NULL;
    hf_item_error reason = HF_ITEM_DAMAGED;
    g_autoptr(GBytes) bytes = hf_opc_bytes(o->opc, part, MAX_OBJECT, &damage, &reason);
    unwrapped inner = {0};
    if (damage != NULL || bytes == NULL || !unwrap(bytes, &inner))
        return give_part(o, part, HF_CHILD_EMBEDDED, error);
    hf_child child = child_of(o, part, HF_CHILD_EMBEDDED);
    size_t n = 0;
    const void *data = g_bytes_get_data(inner.bytes, &n);
    if (inner.name == NULL || *inner.name == '\0') {
        g_free(inner.name);
        inner.name = inner_name(child.path, inner.bytes);
    }
    child.path = inner.name;
    child.size = n;
    bool done = hf_extraction_child(o->x, &child, data, n, error);
    g_bytes_unref(inner.bytes);
    g_free(inner.name);
    return done;
}

bool hf_ooxml_children(hf_ooxml *o, GError **error)
{
    for (size_t i = 0; i < hf_opc_count(o->opc); i++) {
        const char *part = hf_opc_name(o->opc, i);
        nature what = nature_of(o, part);
        if (g_ascii_strncasecmp(part, "_xmlsignatures/", strlen("_xmlsignatures/")) == 0 &&
            !hf_ooxml_flag(o, HF_FLAG_SIGNED, error))
            return false;
        if (what == MACROS && !hf_ooxml_flag(o, HF_FLAG_MACROS, error))
            return false;
        if (what == OBJECT
                ? !give_object(o, part, error)
                : what != NO_CHILD &&
                      !give_part(o, part, what == PICTURE ? HF_CHILD_INLINE : HF_CHILD_EMBEDDED,
                                 error))
            return false;
    }
    return true;
}
