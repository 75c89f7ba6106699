#include "holdfast/identify.h"
#include <stdlib.h>
#include <string.h>

/* Media types with the word that people use and the extensions that are usual. */
typedef struct {
    const char *type, *kind, *extensions; /* separated by spaces */
} row;

#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

static const row rows[] = {
    {"message/rfc822", "email", "eml mht mhtml emlx msg txt mail"},
    {"application/mbox", "mailbox", "mbox mbx mail"},
    {"application/vnd.ms-outlook", "email", "msg oft"},
    {"application/vnd.ms-outlook-pst", "mailbox", "pst ost"},
    {"application/vnd.ms-tnef", "email", "dat tnef"},
    {"application/pdf", "pdf", "pdf ai"},
    {"application/msword", "word", "doc dot wbk"},
    {OOXML "wordprocessingml.document", "word", "docx"},
    {OOXML "wordprocessingml.template", "word", "dotx"},
    {"application/vnd.ms-word.document.macroenabled.12", "word", "docm"},
    {"application/vnd.ms-word.template.macroenabled.12", "word", "dotm"},
    {"application/rtf", "word", "rtf doc"},
    {"application/vnd.wordperfect", "word", "wpd wp doc"},
    {ODF "text", "word", "odt"},
    {ODF "text-template", "word", "ott"},
    {"application/vnd.apple.pages", "word", "pages"},
    {"application/vnd.ms-excel", "excel", "xls xlt xla xlw"},
    {OOXML "spreadsheetml.sheet", "excel", "xlsx"},
    {OOXML "spreadsheetml.template", "excel", "xltx"},
    {"application/vnd.ms-excel.sheet.macroenabled.12", "excel", "xlsm"},
    {"application/vnd.ms-excel.template.macroenabled.12", "excel", "xltm"},
    {"application/vnd.ms-excel.addin.macroenabled.12", "excel", "xlam"},
    {"application/vnd.ms-excel.sheet.binary.macroenabled.12", "excel", "xlsb"},
    {ODF "spreadsheet", "excel", "ods"},
    {ODF "spreadsheet-template", "excel", "ots"},
    {"application/vnd.apple.numbers", "excel", "numbers"},
    {"text/csv", "excel", "csv txt"},
    {"text/tab-separated-values", "excel", "tsv tab txt"},
    {"application/vnd.ms-powerpoint", "powerpoint", "ppt pot pps"},
    {OOXML "presentationml.presentation", "powerpoint", "pptx"},
    {OOXML "presentationml.template", "powerpoint", "potx"},
    {OOXML "presentationml.slideshow", "powerpoint", "ppsx"},
    {"application/vnd.ms-powerpoint.presentation.macroenabled.12", "powerpoint", "pptm"},
    {"application/vnd.ms-powerpoint.template.macroenabled.12", "powerpoint", "potm"},
    {"application/vnd.ms-powerpoint.slideshow.macroenabled.12", "powerpoint", "ppsm"},
    {ODF "presentation", "powerpoint", "odp"},
    {ODF "presentation-template", "powerpoint", "otp"},
    {"application/vnd.apple.keynote", "powerpoint", "key"},
    {ODF "graphics", "drawing", "odg"},
    {"application/vnd.visio", "drawing", "vsd vst vss"},
    {"application/vnd.ms-visio.drawing", "drawing", "vsdx"},
    {"image/vnd.dwg", "drawing", "dwg"},
    {"application/vnd.ms-publisher", "publisher", "pub"},
    {"application/vnd.ms-project", "project", "mpp"},
    {"application/onenote", "onenote", "one"},
    {"application/x-msaccess", "access", "mdb accdb mde"},
    {"application/encrypted-ooxml", "encrypted",
     "docx xlsx pptx docm xlsm pptm xlsb dotx xltx potx"},
    {"application/x-ole-storage", "ole", ""},
    {"application/vnd.ms-thumbnails", "system", "db"},
    {"text/html", "html", "html htm shtml xhtml"},
    {"application/xhtml+xml", "html", "xhtml html htm xht"},
    {"application/xml", "xml", ""},
    {"text/xml", "xml", ""},
    {"image/svg+xml", "image", "svg"},
    {"application/epub+zip", "book", "epub"},
    {"text/plain", "text", ""},
    {"text/calendar", "calendar", "ics vcs"},
    {"text/vcard", "contact", "vcf vcard"},
    {"application/json", "text", ""},
    {"image/jpeg", "image", "jpg jpeg jpe jfif"},
    {"image/png", "image", "png"},
    {"image/gif", "image", "gif"},
    {"image/tiff", "image", "tif tiff"},
    {"image/bmp", "image", "bmp dib"},
    {"image/webp", "image", "webp"},
    {"image/heic", "image", "heic heif"},
    {"image/wmf", "image", "wmf"},
    {"image/emf", "image", "emf"},
    {"application/postscript", "postscript", "ps eps ai"},
    {"application/zip", "archive", "zip jar war ear apk xpi zipx"},
    {"application/java-archive", "archive", "jar war ear"},
    {"application/x-tar", "archive", "tar"},
    {"application/gzip", "archive", "gz tgz"},
    {"application/x-bzip2", "archive", "bz2 tbz tbz2"},
    {"application/x-xz", "archive", "xz txz"},
    {"application/zstd", "archive", "zst tzst"},
    {"application/x-lz4", "archive", "lz4"},
    {"application/x-lzip", "archive", "lz"},
    {"application/x-lzma", "archive", "lzma"},
    {"application/x-compress", "archive", "z taz"},
    {"application/x-cpio", "archive", "cpio"},
    {"application/x-archive", "archive", "a ar lib"},
    {"application/vnd.debian.binary-package", "archive", "deb udeb"},
    {"application/x-rpm", "archive", "rpm"},
    {"application/x-iso9660-image", "archive", "iso"},
    {"application/vnd.ms-cab-compressed", "archive", "cab"},
    {"application/x-7z-compressed", "archive", "7z"},
    {"application/vnd.rar", "archive", "rar"},
    {"application/x-xar", "archive", "xar pkg"},
    {"application/x-lha", "archive", "lha lzh"},
    {"application/x-arj", "archive", "arj"},
    {"application/warc", "archive", "warc"},
    {"application/pkcs7-mime", "signed", "p7m p7c"},
    {"application/pkcs7-signature", "signature", "p7s"},
    {"application/x-dosexec", "program", "exe dll sys scr com ocx"},
    {"application/x-executable", "program", ""},
    {"inode/x-empty", "empty", ""},
    {"application/octet-stream", "unknown", ""},
};

static const struct {
    const char *prefix, *kind;
} prefixes[] = {{"image/", "image"}, {"audio/", "audio"},   {"video/", "video"},
                {"text/", "text"},   {"font/", "font"},     {"message/", "email"},
                {"model/", "model"}, {ODF, "opendocument"}, {OOXML, "office"}};

static const row *find(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].type, type) == 0)
            return &rows[i];
    }
    return NULL;
}

const char *hf_identify_kind(const char *type)
{
    const row *r = find(type);
    if (r != NULL)
        return r->kind;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(type, prefixes[i].prefix))
            return prefixes[i].kind;
    }
    return "other";
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **hf_identify_kinds(void)
{
    size_t most = G_N_ELEMENTS(rows) + G_N_ELEMENTS(prefixes) + 1, n = 0;
    char **words = g_new0(char *, most + 1);
    for (size_t i = 0; i < most; i++) {
        const char *word = i < G_N_ELEMENTS(rows) ? rows[i].kind
                           : i + 1 < most         ? prefixes[i - G_N_ELEMENTS(rows)].kind
                                                  : "other";
        if (!g_strv_contains((const char *const *)words, word))
            words[n++] = g_strdup(word);
    }
    qsort(words, n, sizeof *words, compare_words);
    return words;
}

/* Whether the space-separated `list` has `word`. */
static bool lists(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += n) {
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    }
    return false;
}

bool hf_identify_extension_fits(const char *extension, const char *type)
{
    const row *r = find(type);
    if (*extension == '\0' || r == NULL || *r->extensions == '\0' ||
        lists(r->extensions, extension))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (lists(rows[i].extensions, extension))
            return false;
    }
    return true;
}
