#include "extract/archive_name.h"

#include <string.h>

#include "extract/extractor.h"

static bool is_western(const char *charset)
{
    return g_ascii_strncasecmp(charset, "windows-125", 11) == 0 ||
           g_ascii_strncasecmp(charset, "iso-8859-", 9) == 0 ||
           g_ascii_strncasecmp(charset, "x-mac", 5) == 0 ||
           g_ascii_strncasecmp(charset, "mac-", 4) == 0;
}

static char *convert(const char *raw, const char *charset)
{
    return g_convert(raw, -1, "UTF-8", charset, NULL, NULL, NULL);
}

char *hf_archive_name_decode(const char *raw, bool dos, GString *sample)
{
    if (g_utf8_validate(raw, -1, NULL))
        return g_strdup(raw);
    if (sample->len == 0) {
        g_string_append(sample, raw);
        g_string_append_c(sample, '\n');
    }
    const char *charset = NULL;
    size_t n;
    g_autofree char *guessed =
        hf_charset_decode(sample->str, sample->len, NULL, &charset, &n, NULL);
    if (charset != NULL && dos && is_western(charset))
        charset = "CP437";
    char *name = charset != NULL ? convert(raw, charset) : NULL;
    return name != NULL ? name : hf_name_utf8(raw, -1);
}

bool hf_archive_name_unsafe(const char *name)
{
    if (*name == '/' || *name == '\\' || (g_ascii_isalpha(*name) && name[1] == ':'))
        return true;
    for (const char *part = name; *part != '\0';) {
        size_t n = strcspn(part, "/\\");
        if (n == 2 && part[0] == '.' && part[1] == '.')
            return true;
        part += n + (part[n] != '\0' ? 1 : 0);
    }
    return false;
}

char *hf_archive_name_single(const char *archive)
{
    static const struct {
        const char *ending, *becomes;
    } rows[] = {{".tgz", ".tar"},  {".tbz2", ".tar"}, {".tbz", ".tar"},  {".txz", ".tar"},
                {".tlz", ".tar"},  {".taz", ".tar"},  {".tzst", ".tar"}, {".gz", ""},
                {".bz2", ""},      {".xz", ""},       {".lzma", ""},     {".lz4", ""},
                {".lz", ""},       {".zst", ""},      {".z", ""},        {".uu", ""},
                {".svgz", ".svg"}, {".emz", ".emf"},  {".wmz", ".wmf"}};
    const char *slash = strrchr(archive, '/');
    const char *base = slash != NULL ? slash + 1 : archive;
    size_t n = strlen(base);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t length = strlen(rows[i].ending);
        if (n > length && g_ascii_strcasecmp(base + n - length, rows[i].ending) == 0)
            return g_strdup_printf("%.*s%s", (int)(n - length), base, rows[i].becomes);
    }
    return g_strdup(n > 0 ? base : "data");
}

char *hf_archive_name_next_volume(const char *archive)
{
    size_t n = strlen(archive), digits = 0;
    if (n < 5 || g_ascii_strcasecmp(archive + n - 4, ".rar") != 0)
        return NULL;
    size_t stop = n - 4;
    while (digits < 6 && digits < stop && g_ascii_isdigit(archive[stop - 1 - digits]))
        digits++;
    size_t start = stop - digits;
    if (digits == 0 || start < 5 || g_ascii_strncasecmp(archive + start - 5, ".part", 5) != 0)
        return g_strdup_printf("%.*s.r00", (int)stop, archive);
    unsigned number = (unsigned)g_ascii_strtoull(archive + start, NULL, 10);
    return g_strdup_printf("%.*s%0*u%s", (int)start, archive, (int)digits, number + 1,
                           archive + stop);
}
