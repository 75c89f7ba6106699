/* tests/unit/extract_heard.h -- runs one extractor over bytes in memory and keeps what it said; and makes packages.
 * For unit tests and fuzz targets of the readers of HTML, XML and Office Open XML. */
#pragma once
#include "extract/extractor.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
    GString *text;
    GString *meta;     /* "name=value\n" each */
    GString *children; /* "kind name bytes\n" each */
    GString *problems; /* "reason detail\n" each */
    unsigned flags;
    uint64_t child_bytes;
} heard;

static inline bool heard_identified(void *data, const char *type, const char *extractor,
                                    unsigned version, bool container, GError **error)
{
    (void)data, (void)type, (void)extractor, (void)version, (void)container, (void)error;
    return true;
}

static inline bool heard_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->meta, "%s=%s\n", hf_extract_meta_name(meta), value);
    return true;
}

static inline bool heard_text(void *data, const char *utf8, size_t n, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_len(h->text, utf8, (gssize)n);
    return true;
}

static inline bool heard_flags(void *data, unsigned flags, GError **error)
{
    heard *h = data;
    (void)error;
    h->flags |= flags;
    return true;
}

static inline bool heard_child_begin(void *data, const hf_child *child, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->children, "%d %s ", (int)child->kind, child->path);
    h->child_bytes = 0;
    return true;
}

static inline bool heard_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    heard *h = data;
    (void)bytes, (void)error;
    h->child_bytes += n;
    return true;
}

static inline bool heard_child_end(void *data, bool complete, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->children, "%" G_GUINT64_FORMAT "%s\n", h->child_bytes,
                           complete ? "" : " cut");
    return true;
}

static inline bool heard_problem(void *data, const hf_problem *problem, GError **error)
{
    heard *h = data;
    (void)error;
    g_string_append_printf(h->problems, "%s %s\n", hf_error_item_name(problem->reason),
                           problem->detail);
    return true;
}

static const hf_sink heard_sink = {
    .identified = heard_identified,
    .meta = heard_meta,
    .text = heard_text,
    .flags = heard_flags,
    .child_begin = heard_child_begin,
    .child_data = heard_child_data,
    .child_end = heard_child_end,
    .problem = heard_problem,
};

static inline void heard_free(heard *h)
{
    if (h == NULL)
        return;
    g_string_free(h->text, TRUE);
    g_string_free(h->meta, TRUE);
    g_string_free(h->children, TRUE);
    g_string_free(h->problems, TRUE);
    g_free(h);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(heard, heard_free)

/* What `extractor` says of the bytes; free with heard_free. */
static inline heard *hear(const hf_extractor *extractor, const void *bytes, size_t n,
                          const hf_limits *limits)
{
    static const char *const none[] = {NULL};
    heard *h = g_new0(heard, 1);
    h->text = g_string_new(NULL);
    h->meta = g_string_new(NULL);
    h->children = g_string_new(NULL);
    h->problems = g_string_new(NULL);
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    hf_extraction_input input = {.fd = fd,
                                 .size = n,
                                 .type = extractor->types[0],
                                 .name = "input",
                                 .all_embedded = true,
                                 .passwords = none,
                                 .limits = limits != NULL ? *limits : hf_extract_default_limits()};
    g_autoptr(GError) error = NULL;
    if (!hf_extraction_run(extractor, &input, &heard_sink, h, &error))
        g_error("%s", error->message);
    close(fd);
    return h;
}

/* ---- packages ---- */

typedef struct {
    const char *name, *content;
    size_t n; /* 0: a string */
} package_part;

static inline void put_le(GString *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        g_string_append_c(out, (char)(value >> (8 * i)));
}

/* A zip file of the parts, stored, up to one without a name. Free with g_string_free. */
static inline GString *package(const package_part *parts)
{
    GString *zip = g_string_new(NULL);
    g_autoptr(GString) directory = g_string_new(NULL);
    uint32_t count = 0;
    for (; parts->name != NULL; parts++, count++) {
        uint32_t at = (uint32_t)zip->len;
        uint32_t n = (uint32_t)(parts->n > 0 ? parts->n : strlen(parts->content));
        uint32_t crc = (uint32_t)crc32(0, (const Bytef *)parts->content, n);
        g_autoptr(GString) common = g_string_new(NULL);
        put_le(common, 20, 2); /* version, flags, method, time, date */
        put_le(common, 0, 4);
        put_le(common, 0, 4);
        put_le(common, crc, 4);
        put_le(common, n, 4);
        put_le(common, n, 4);
        put_le(common, (uint32_t)strlen(parts->name), 2);
        put_le(common, 0, 2);
        g_string_append_len(zip, "PK\3\4", 4);
        g_string_append_len(zip, common->str, (gssize)common->len);
        g_string_append(zip, parts->name);
        g_string_append_len(zip, parts->content, n);
        g_string_append_len(directory, "PK\1\2", 4);
        put_le(directory, 20, 2);
        g_string_append_len(directory, common->str, (gssize)common->len);
        put_le(directory, 0, 2);
        put_le(directory, 0, 4);
        put_le(directory, 0, 4);
        put_le(directory, at, 4);
        g_string_append(directory, parts->name);
    }
    uint32_t start = (uint32_t)zip->len;
    g_string_append_len(zip, directory->str, (gssize)directory->len);
    g_string_append_len(zip, "PK\5\6", 4);
    put_le(zip, 0, 4);
    put_le(zip, count, 2);
    put_le(zip, count, 2);
    put_le(zip, (uint32_t)directory->len, 4);
    put_le(zip, start, 4);
    put_le(zip, 0, 2);
    return zip;
}

static inline heard *hear_package(const hf_extractor *extractor, const package_part *parts)
{
    g_autoptr(GString) zip = package(parts);
    return hear(extractor, zip->str, zip->len, NULL);
}

#define RELATIONS(inner)                                                                           \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" inner \
    "</Relationships>"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define RELATION(id, kind, target)                                                                 \
    "<Relationship Id=\"" id "\" Type=\"" OFFICE kind "\" Target=\"" target "\"/>"
#define LINK(id, target)                                                                           \
    "<Relationship Id=\"" id "\" Type=\"" OFFICE "hyperlink\" Target=\"" target                    \
    "\" TargetMode=\"External\"/>"
