#include "identify/refine.h"
#include <string.h>

/* [MS-CFB]: a header of 512 bytes, sectors, a table of them (FAT), and a directory of entries of 128 bytes that form
 * trees. Only the names in the root storage count: an embedded workbook has its streams further down. */

#define ENTRY 128u
#define ENTRIES_MAX 4096u
#define NO_ENTRY UINT32_MAX

typedef struct {
    const hf_identify_input *in;
    unsigned shift; /* of the sector size */
    uint8_t header[512];
} ole;

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t place(const ole *o, uint32_t sector)
{
    return ((uint64_t)sector + 1) << o->shift;
}

/* The sector after `sector`, from the FAT; only the 109 FAT sectors that the header lists: 7 MB of file at the least. */
static uint32_t next_sector(const ole *o, uint32_t sector)
{
    uint32_t per = 1u << (o->shift - 2);
    uint8_t entry[4];
    if (sector / per >= 109)
        return UINT32_MAX;
    uint32_t fat = u32(o->header + 76 + 4 * (sector / per));
    if (fat >= 0xFFFFFFFA ||
        hf_identify_read(o->in, entry, 4, place(o, fat) + 4 * (uint64_t)(sector % per)) != 4)
        return UINT32_MAX;
    return u32(entry);
}

static GByteArray *read_entries(const ole *o)
{
    GByteArray *entries = g_byte_array_new();
    g_autofree uint8_t *bytes = g_malloc((size_t)1 << o->shift);
    uint32_t sector = u32(o->header + 48);
    while (sector < 0xFFFFFFFA && entries->len < ENTRIES_MAX * ENTRY) {
        size_t n = hf_identify_read(o->in, bytes, (size_t)1 << o->shift, place(o, sector));
        g_byte_array_append(entries, bytes, (guint)(n / ENTRY * ENTRY));
        if (n < (size_t)1 << o->shift)
            break;
        sector = next_sector(o, sector);
    }
    return entries;
}

/* The names in the root storage, as ASCII: control characters are kept as '.', others as '?'. */
static GPtrArray *root_names(const GByteArray *entries)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    uint32_t count = entries->len / ENTRY;
    if (count == 0)
        return names;
    g_autofree bool *seen = g_new0(bool, count);
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t at = u32(entries->data + 76);
    g_array_append_val(stack, at);
    while (stack->len > 0) {
        at = g_array_index(stack, uint32_t, stack->len - 1);
        g_array_set_size(stack, stack->len - 1);
        if (at >= count || seen[at])
            continue;
        seen[at] = true;
        const uint8_t *e = entries->data + (size_t)at * ENTRY;
        uint32_t left = u32(e + 68), right = u32(e + 72);
        g_array_append_val(stack, left);
        g_array_append_val(stack, right);
        size_t n = MIN((size_t)(e[64] | e[65] << 8), 64) / 2;
        GString *name = g_string_new(NULL);
        for (size_t i = 0; i + 1 < n; i++) {
            unsigned c = e[2 * i] | (unsigned)e[2 * i + 1] << 8;
            g_string_append_c(name, c >= 0x4800 && c < 0x4900 ? '\1'
                                    : c > 126                 ? '?'
                                    : c < 32                  ? '.'
                                                              : (char)c);
        }
        g_ptr_array_add(names, g_string_free(name, FALSE));
    }
    return names;
}

static bool has(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(names, i), name) == 0)
            return true;
    }
    return false;
}

static const char *const by_name[][2] = {
    {"EncryptedPackage", "application/encrypted-ooxml"},
    {"__properties_version1.0", "application/vnd.ms-outlook"},
    {"WordDocument", "application/msword"},
    {"PowerPoint Document", "application/vnd.ms-powerpoint"},
    {"PP97_DUALSTORAGE", "application/vnd.ms-powerpoint"},
    {"PP40", "application/vnd.ms-powerpoint"},
    {"Workbook", "application/vnd.ms-excel"},
    {"Book", "application/vnd.ms-excel"},
    {"VisioDocument", "application/vnd.visio"},
    {"Quill", "application/vnd.ms-publisher"},
    {"Props9", "application/vnd.ms-project"},
    {"Props12", "application/vnd.ms-project"},
    {"Props14", "application/vnd.ms-project"},
    {"HwpSummaryInformation", "application/x-hwp"},
    {".HwpSummaryInformation", "application/x-hwp"},
    {"StarWriterDocument", "application/vnd.stardivision.writer"},
    {"StarCalcDocument", "application/vnd.stardivision.calc"},
    {"MatOST", "application/vnd.ms-works"},
    {"NativeContent_MAIN", "application/vnd.quattro-pro"},
    {"PerfectOffice_MAIN", "application/vnd.wordperfect"},
    {"Catalog", "application/vnd.ms-thumbnails"},
};

const char *hf_ole_type(const hf_identify_input *in)
{
    ole o = {.in = in};
    if (hf_identify_read(in, o.header, 512, 0) != 512)
        return "application/x-ole-storage";
    o.shift = o.header[30];
    if (o.header[31] != 0 || o.shift < 7 || o.shift > 12)
        return "application/x-ole-storage";
    g_autoptr(GByteArray) entries = read_entries(&o);
    g_autoptr(GPtrArray) names = root_names(entries);
    for (size_t i = 0; i < G_N_ELEMENTS(by_name); i++) {
        if (has(names, by_name[i][0]))
            return by_name[i][1];
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        /* Windows Installer packs its names into characters from U+4800 on. */
        if (*name == '\1')
            return "application/x-msi";
        if (g_str_has_prefix(name, "256_") || g_str_has_prefix(name, "96_"))
            return "application/vnd.ms-thumbnails";
    }
    return "application/x-ole-storage";
}
