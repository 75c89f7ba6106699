#include "identify/refine.h"
#include <string.h>
#include <zlib.h>

#define TAIL (66u << 10)       /* the end record with the longest comment */
#define DIRECTORY (1u << 20)   /* of the central directory, that much is looked at */
#define TYPES_MAX (256u << 10) /* of [Content_Types].xml, packed and unpacked */
#define ENTRIES_MAX 20000u

#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

/* The content type of a package's main part (ECMA-376-2 10.1.2.2; ECMA-376-1 11 to 13; [MS-OFFMACRO2]) says what it is. */
static const char *const main_parts[][2] = {
    {OOXML "wordprocessingml.document.main+xml", OOXML "wordprocessingml.document"},
    {OOXML "wordprocessingml.template.main+xml", OOXML "wordprocessingml.template"},
    {"application/vnd.ms-word.document.macroEnabled.main+xml",
     "application/vnd.ms-word.document.macroenabled.12"},
    {"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
     "application/vnd.ms-word.template.macroenabled.12"},
    {OOXML "spreadsheetml.sheet.main+xml", OOXML "spreadsheetml.sheet"},
    {OOXML "spreadsheetml.template.main+xml", OOXML "spreadsheetml.template"},
    {"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
     "application/vnd.ms-excel.sheet.macroenabled.12"},
    {"application/vnd.ms-excel.template.macroEnabled.main+xml",
     "application/vnd.ms-excel.template.macroenabled.12"},
    {"application/vnd.ms-excel.addin.macroEnabled.main+xml",
     "application/vnd.ms-excel.addin.macroenabled.12"},
    {"application/vnd.ms-excel.sheet.binary.macroEnabled.main",
     "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
    {OOXML "presentationml.presentation.main+xml", OOXML "presentationml.presentation"},
    {OOXML "presentationml.template.main+xml", OOXML "presentationml.template"},
    {OOXML "presentationml.slideshow.main+xml", OOXML "presentationml.slideshow"},
    {"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
     "application/vnd.ms-powerpoint.presentation.macroenabled.12"},
    {"application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
     "application/vnd.ms-powerpoint.template.macroenabled.12"},
    {"application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
     "application/vnd.ms-powerpoint.slideshow.macroenabled.12"},
    {"application/vnd.ms-powerpoint.addin.macroEnabled.main+xml",
     "application/vnd.ms-powerpoint.addin.macroenabled.12"},
    {"application/vnd.ms-visio.drawing.main+xml", "application/vnd.ms-visio.drawing"},
    {"application/vnd.ms-visio.stencil.main+xml", "application/vnd.ms-visio.stencil"},
    {"application/vnd.ms-visio.template.main+xml", "application/vnd.ms-visio.template"},
    {"application/vnd.ms-visio.drawing.macroEnabled.main+xml",
     "application/vnd.ms-visio.drawing.macroenabled.12"},
    {"application/vnd.ms-package.xps-fixeddocumentsequence+xml", "application/vnd.ms-xpsdocument"},
};

/* For packages whose list of content types cannot be read. */
static const char *const main_names[][2] = {
    {"word/document.xml", OOXML "wordprocessingml.document"},
    {"xl/workbook.xml", OOXML "spreadsheetml.sheet"},
    {"xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
    {"ppt/presentation.xml", OOXML "presentationml.presentation"},
    {"visio/document.xml", "application/vnd.ms-visio.drawing"},
};

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

/* What was seen in the entries. */
typedef struct {
    uint64_t types_at; /* local header of [Content_Types].xml */
    uint32_t types_packed;
    bool has_types;
    const char *by_name;
    bool iwork;
} findings;

static void look_at(findings *f, const uint8_t *name, size_t n, uint32_t packed, uint64_t at)
{
    if (n == 19 && memcmp(name, "[Content_Types].xml", 19) == 0 && !f->has_types) {
        f->has_types = true;
        f->types_at = at;
        f->types_packed = packed;
    }
    for (size_t i = 0; f->by_name == NULL && i < G_N_ELEMENTS(main_names); i++) {
        if (strlen(main_names[i][0]) == n && memcmp(name, main_names[i][0], n) == 0)
            f->by_name = main_names[i][1];
    }
    f->iwork = f->iwork || (n > 4 && memcmp(name + n - 4, ".iwa", 4) == 0) ||
               (n == 10 && memcmp(name, "index.apxl", 10) == 0) ||
               (n == 9 && memcmp(name, "Index.zip", 9) == 0);
}

/* Finds the central directory; 0 bytes where there is none. */
static size_t directory_place(const hf_identify_input *in, uint64_t *start)
{
    size_t want = (size_t)MIN((uint64_t)TAIL, in->size);
    g_autofree uint8_t *tail = g_malloc(want);
    size_t got = hf_identify_read(in, tail, want, in->size - want);
    for (size_t i = got >= 22 ? got - 22 + 1 : 0; i-- > 0;) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0)
            continue;
        uint64_t end = in->size - want + i;
        uint32_t size = u32(tail + i + 12), offset = u32(tail + i + 16);
        /* Zip64, or bytes before the archive: the directory ends where the end record begins. */
        if (offset == UINT32_MAX || size == UINT32_MAX || (uint64_t)offset + size > end)
            return 0;
        *start = offset;
        return size;
    }
    return 0;
}

/* Whether the bytes end with a directory and its end record, as in a program that unpacks itself, or behind padding. The
 * directory lies right before the end record (APPNOTE 4.3.6), wherever it says that it begins. */
bool hf_zip_at_end(const hf_identify_input *in)
{
    size_t want = (size_t)MIN((uint64_t)TAIL, in->size);
    g_autofree uint8_t *tail = g_malloc(want);
    size_t got = hf_identify_read(in, tail, want, in->size - want);
    for (size_t i = got >= 22 ? got - 22 + 1 : 0; i-- > 0;) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0 || u16(tail + i + 8) != u16(tail + i + 10))
            continue;
        uint64_t end = in->size - want + i;
        uint32_t size = u32(tail + i + 12);
        uint8_t entry[4] = {0};
        if (size >= 46 && size <= end && u32(tail + i + 16) <= end - size &&
            hf_identify_read(in, entry, 4, end - size) == 4 && memcmp(entry, "PK\1\2", 4) == 0)
            return true;
    }
    return false;
}

static bool read_directory(const hf_identify_input *in, findings *f)
{
    uint64_t start = 0;
    size_t size = MIN(directory_place(in, &start), DIRECTORY);
    if (size < 46)
        return false;
    g_autofree uint8_t *d = g_malloc(size);
    size = hf_identify_read(in, d, size, start);
    size_t at = 0;
    for (unsigned n = 0; n < ENTRIES_MAX && at + 46 <= size; n++) {
        const uint8_t *e = d + at;
        size_t name = u16(e + 28);
        if (memcmp(e, "PK\1\2", 4) != 0 || at + 46 + name > size)
            break;
        look_at(f, e + 46, name, u32(e + 20), u32(e + 42));
        at += 46 + name + u16(e + 30) + u16(e + 32);
    }
    return at > 0;
}

/* Where there is no directory (cut short, or zip64): the local headers in the head. */
static void read_local_headers(const hf_identify_input *in, findings *f)
{
    for (size_t at = 0; at + 30 <= in->head_size;) {
        const uint8_t *e = in->head + at;
        if (memcmp(e, "PK\3\4", 4) != 0)
            return;
        size_t name = u16(e + 26);
        if (at + 30 + name > in->head_size)
            return;
        look_at(f, e + 30, name, u32(e + 18), at);
        uint64_t next = (uint64_t)at + 30 + name + u16(e + 28) + u32(e + 18);
        if (next > in->head_size)
            return;
        at = (size_t)next;
    }
}

static size_t unpack(const uint8_t *packed, size_t n, uint8_t *out, size_t room)
{
    z_stream z = {.next_in = (uint8_t *)packed,
                  .avail_in = (uInt)n,
                  .next_out = out,
                  .avail_out = (uInt)room};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return 0;
    inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return room - z.avail_out;
}

static const char *main_part_of(const uint8_t *xml, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(main_parts); i++) {
        size_t length = strlen(main_parts[i][0]);
        const uint8_t *p = xml;
        while ((p = memmem(p, n - (size_t)(p - xml), main_parts[i][0], length)) != NULL) {
            p += length;
            if (p < xml + n && (*p == '"' || *p == '\''))
                return main_parts[i][1];
        }
    }
    return NULL;
}

static const char *by_content_types(const hf_identify_input *in, const findings *f)
{
    uint8_t header[30];
    if (hf_identify_read(in, header, 30, f->types_at) != 30 || memcmp(header, "PK\3\4", 4) != 0)
        return NULL;
    uint64_t at = f->types_at + 30 + u16(header + 26) + u16(header + 28);
    size_t packed = f->types_packed > 0 ? MIN(f->types_packed, TYPES_MAX) : TYPES_MAX;
    g_autofree uint8_t *bytes = g_malloc(packed);
    size_t n = hf_identify_read(in, bytes, packed, at);
    if (u16(header + 8) == 0)
        return main_part_of(bytes, n);
    g_autofree uint8_t *xml = g_malloc(TYPES_MAX);
    n = unpack(bytes, n, xml, TYPES_MAX);
    return main_part_of(xml, n);
}

/* OpenDocument 1.2 part 3, 3.3; EPUB OCF 3.3: the first entry is "mimetype", stored, without extra field. */
static const char *by_mimetype(const hf_identify_input *in)
{
    const uint8_t *e = in->head;
    if (in->head_size < 38 || u16(e + 26) != 8 || memcmp(e + 30, "mimetype", 8) != 0 ||
        u16(e + 8) != 0)
        return NULL;
    size_t at = 38u + u16(e + 28), n = 0;
    while (at + n < in->head_size && n < 100 &&
           (g_ascii_isalnum(e[at + n]) || strchr("/.+-", e[at + n]) != NULL) && e[at + n] != '\0')
        n++;
    size_t stated = u32(e + 18);
    if (stated > 0 && stated < n)
        n = stated;
    g_autofree char *type = g_ascii_strdown((const char *)e + at, (gssize)n);
    bool known = g_str_has_prefix(type, ODF) || strcmp(type, "application/epub+zip") == 0 ||
                 g_str_has_prefix(type, "application/vnd.sun.xml.");
    return known ? g_intern_string(type) : NULL;
}

static const char *iwork_type(const hf_identify_input *in)
{
    g_autofree char *extension = hf_identify_extension(in);
    if (strcmp(extension, "key") == 0)
        return "application/vnd.apple.keynote";
    if (strcmp(extension, "numbers") == 0)
        return "application/vnd.apple.numbers";
    return "application/vnd.apple.pages";
}

const char *hf_zip_type(const hf_identify_input *in)
{
    const char *type = by_mimetype(in);
    if (type != NULL)
        return type;
    findings f = {0};
    if (!read_directory(in, &f))
        read_local_headers(in, &f);
    if (f.has_types)
        type = by_content_types(in, &f);
    if (type == NULL)
        type = f.by_name;
    if (type == NULL && f.iwork)
        type = iwork_type(in);
    return type != NULL ? type : "application/zip";
}
