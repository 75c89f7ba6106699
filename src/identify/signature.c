#include "identify/refine.h"
#include <string.h>
#include <zlib.h>

typedef struct {
    unsigned offset;
    const char *bytes;
    unsigned size;
    const char *type;
} signature;

#define AT(offset, bytes, type)                                                                    \
    {                                                                                              \
        offset, bytes, sizeof bytes - 1, type                                                      \
    }

static const signature signatures[] = {
    AT(0, "%PDF-", "application/pdf"),
    AT(0, "\x89PNG\r\n\x1a\n", "image/png"),
    AT(0, "\xff\xd8\xff", "image/jpeg"),
    AT(0, "GIF87a", "image/gif"),
    AT(0, "GIF89a", "image/gif"),
    AT(0, "II*\0", "image/tiff"),
    AT(0, "MM\0*", "image/tiff"),
    AT(8, "WEBPVP8", "image/webp"),
    AT(4, "ftypheic", "image/heic"),
    AT(4, "ftypmif1", "image/heic"),
    AT(0, "\xd7\xcd\xc6\x9a", "image/wmf"),
    AT(40, " EMF", "image/emf"),
    AT(0, "8BPS", "image/vnd.adobe.photoshop"),
    AT(0, "AC10", "image/vnd.dwg"),
    AT(0, "!BDN", "application/vnd.ms-outlook-pst"),
    AT(0, "\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    AT(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    AT(4, "Standard Jet DB", "application/x-msaccess"),
    AT(4, "Standard ACE DB", "application/x-msaccess"),
    AT(0, "\xffWPC", "application/vnd.wordperfect"),
    AT(0, "SQLite format 3\0", "application/vnd.sqlite3"),
    AT(0, "\x1f\x8b\x08", "application/gzip"),
    AT(0,
       "\xfd"
       "7zXZ\0",
       "application/x-xz"),
    AT(0, "\x28\xb5\x2f\xfd", "application/zstd"),
    AT(0, "\x04\x22\x4d\x18", "application/x-lz4"),
    AT(0, "LZIP\1", "application/x-lzip"),
    AT(0, "\x1f\x9d", "application/x-compress"),
    AT(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    AT(0, "Rar!\x1a\x07", "application/vnd.rar"),
    AT(0, "MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    AT(0, "xar!\0", "application/x-xar"),
    AT(0, "\xed\xab\xee\xdb", "application/x-rpm"),
    AT(0, "!<arch>\ndebian-binary", "application/vnd.debian.binary-package"),
    AT(0, "!<arch>\n", "application/x-archive"),
    AT(0, "070701", "application/x-cpio"),
    AT(0, "070702", "application/x-cpio"),
    AT(0, "070707", "application/x-cpio"),
    AT(0, "\xc7\x71", "application/x-cpio"),
    AT(0, "WARC/1.", "application/warc"),
    AT(0, "WARC/0.", "application/warc"),
    AT(257, "ustar", "application/x-tar"),
    AT(0,
       "\x7f"
       "ELF",
       "application/x-executable"),
    AT(0, "%!PS", "application/postscript"),
    AT(0, "-----BEGIN PKCS7-----", "application/pkcs7-mime"),
    AT(0, "-----BEGIN CMS-----", "application/pkcs7-mime"),
};

static bool has(const hf_identify_input *in, size_t offset, const void *bytes, size_t n)
{
    return offset + n <= in->head_size && memcmp(in->head + offset, bytes, n) == 0;
}

static const char *by_table(const hf_identify_input *in)
{
    for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
        const signature *s = &signatures[i];
        if (has(in, s->offset, s->bytes, s->size))
            return s->type;
    }
    return NULL;
}

/* PDF readers take a header anywhere in the first 1,024 bytes (ISO 32000-1, Annex H.3.4.1), but a message that carries a PDF
 * in its text has one there too: only what does not begin like text is looked into. */
static const char *late_pdf(const hf_identify_input *in)
{
    size_t n = MIN(in->head_size, 1024);
    const uint8_t *found = memmem(in->head, n, "%PDF-", 5);
    if (found == NULL)
        return NULL;
    bool printer_language = in->head[0] == 0x1b;
    for (const uint8_t *p = in->head; p < found && !printer_language; p++) {
        if (g_ascii_isalnum(*p))
            return found - in->head < 8 ? "application/pdf" : NULL;
    }
    return "application/pdf";
}

/* The old tar has no signature, but a sum over its header (POSIX.1-1988 10.1.1: the sum field counts as blanks). */
static const char *old_tar(const hf_identify_input *in)
{
    if (in->head_size < 512 || in->head[0] == '\0')
        return NULL;
    unsigned sum = 0, stored = 0, digits = 0;
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : in->head[i];
    for (size_t i = 148; i < 156; i++) {
        if (in->head[i] >= '0' && in->head[i] <= '7') {
            stored = stored * 8 + (in->head[i] - '0');
            digits++;
        }
    }
    return digits >= 3 && stored == sum ? "application/x-tar" : NULL;
}

static const char *bzip2(const hf_identify_input *in)
{
    bool head = has(in, 0, "BZh", 3) && in->head_size >= 10 && g_ascii_isdigit(in->head[3]);
    return head && (has(in, 4, "\x31\x41\x59\x26\x53\x59", 6) ||
                    has(in, 4, "\x17\x72\x45\x38\x50\x90", 6))
               ? "application/x-bzip2"
               : NULL;
}

static const char *lha(const hf_identify_input *in)
{
    return in->head_size > 21 && has(in, 2, "-l", 2) &&
                   (in->head[4] == 'h' || in->head[4] == 'z') && in->head[6] == '-'
               ? "application/x-lha"
               : NULL;
}

/* LZMA alone has no signature: properties, a dictionary size of one or two bits, the unpacked size, and a first byte of the
 * range coder that is zero (LZMA SDK, lzma-specification). Where the size is not "unknown" a name has to say so too. */
static const char *lzma(const hf_identify_input *in)
{
    if (in->head_size < 14 || in->head[0] > 4 * 45 + 4 * 9 + 8 || in->head[13] != 0)
        return NULL;
    uint64_t size = 0;
    uint32_t dictionary = 0;
    for (unsigned i = 0; i < 4; i++)
        dictionary |= (uint32_t)in->head[1 + i] << (8 * i);
    for (unsigned i = 0; i < 8; i++)
        size |= (uint64_t)in->head[5 + i] << (8 * i);
    if (dictionary < 4096 || __builtin_popcount(dictionary) > 2 ||
        (size != UINT64_MAX && size >> 48 != 0))
        return NULL;
    g_autofree char *extension = hf_identify_extension(in);
    bool named = strcmp(extension, "lzma") == 0 || strcmp(extension, "tlz") == 0;
    return named || size == UINT64_MAX ? "application/x-lzma" : NULL;
}

static const char *bitmap(const hf_identify_input *in)
{
    return in->head_size > 18 && has(in, 0, "BM", 2) && has(in, 6, "\0\0\0\0", 4) &&
                   in->head[15] == 0
               ? "image/bmp"
               : NULL;
}

/* PKCS #7 in DER: a sequence whose first member is the OID of signed, enveloped or compressed data (RFC 5652). */
static const char *pkcs7(const hf_identify_input *in)
{
    static const uint8_t oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
    static const uint8_t compressed[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x09, 0x10, 0x01, 0x09};
    if (in->head_size < 24 || in->head[0] != 0x30)
        return NULL;
    size_t at = in->head[1] < 0x80 ? 2 : in->head[1] == 0x80 ? 2 : 2 + (in->head[1] & 0x7fu);
    if (!has(in, at, oid, sizeof oid) && !has(in, at, compressed, sizeof compressed))
        return NULL;
    g_autofree char *extension = hf_identify_extension(in);
    return strcmp(extension, "p7s") == 0 ? "application/pkcs7-signature" : "application/pkcs7-mime";
}

static const char *program(const hf_identify_input *in)
{
    return in->head_size > 64 && has(in, 0, "MZ", 2) && memchr(in->head, '\0', 64) != NULL
               ? "application/x-dosexec"
               : NULL;
}

/* ECMA-119: the first volume descriptor lies in sector 16. */
static const char *iso9660(const hf_identify_input *in)
{
    char id[5];
    if (in->size < 34816 || in->head_size < 512 || memchr(in->head, '\0', 512) == NULL)
        return NULL;
    return hf_identify_read(in, id, 5, 32769) == 5 && memcmp(id, "CD001", 5) == 0
               ? "application/x-iso9660-image"
               : NULL;
}

/* ---- archives behind a program that unpacks them ---- */

/* 7-Zip's 7zFormat.txt: the signature, a version of two bytes, the sum of the 20 bytes that follow it. A program that only
 * knows the signature has no such sum. */
static bool is_7z(const uint8_t *p, size_t n)
{
    if (n < 32 || p[6] != 0)
        return false;
    uint32_t stated =
        (uint32_t)p[8] | (uint32_t)p[9] << 8 | (uint32_t)p[10] << 16 | (uint32_t)p[11] << 24;
    return crc32(0, p + 12, 20) == stated;
}

/* unrar's technote: the first block behind the signature is the archive's, of 13 bytes. */
static bool is_rar(const uint8_t *p, size_t n)
{
    return n >= 20 && p[6] == 0 && p[9] == 0x73 && p[12] == 13 && p[13] == 0;
}

/* How far libarchive looks for them. */
#define PROGRAM_7Z (384u << 10)
#define PROGRAM_RAR (128u << 10)

static bool holds(const uint8_t *bytes, size_t n, const char *magic,
                  bool (*check)(const uint8_t *p, size_t n))
{
    for (const uint8_t *p = bytes, *end = bytes + n; p < end; p++) {
        p = memmem(p, (size_t)(end - p), magic, 6);
        if (p == NULL)
            return false;
        if (check(p, (size_t)(end - p)))
            return true;
    }
    return false;
}

/* What a program carries, where that is an archive; `type` where it is not. */
static const char *self_extracting(const hf_identify_input *in, const char *type)
{
    if (hf_zip_at_end(in))
        return "application/zip";
    size_t want = (size_t)MIN(in->size, (uint64_t)PROGRAM_7Z);
    g_autofree uint8_t *bytes = g_malloc(want);
    size_t n = hf_identify_read(in, bytes, want, 0);
    if (holds(bytes, n, "7z\xbc\xaf\x27\x1c", is_7z))
        return "application/x-7z-compressed";
    if (holds(bytes, MIN(n, PROGRAM_RAR), "Rar!\x1a\x07", is_rar))
        return "application/vnd.rar";
    return type;
}

const char *hf_signature_type(const hf_identify_input *in)
{
    static const char *(*const checks[])(const hf_identify_input *) = {
        bzip2, lha, bitmap, pkcs7, lzma, program, late_pdf, old_tar, iso9660,
    };
    if (has(in, 0, "PK\3\4", 4) || has(in, 0, "PK\5\6", 4) || has(in, 0, "PK00PK\3\4", 8) ||
        has(in, 0, "PK\7\10PK\3\4", 8))
        return hf_zip_type(in);
    if (has(in, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
        return hf_ole_type(in);
    const char *type = by_table(in);
    for (size_t i = 0; type == NULL && i < G_N_ELEMENTS(checks); i++)
        type = checks[i](in);
    bool is_program = type != NULL && (strcmp(type, "application/x-dosexec") == 0 ||
                                       strcmp(type, "application/x-executable") == 0);
    return is_program ? self_extracting(in, type) : type;
}
