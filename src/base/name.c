#include "holdfast/base.h"
#include <string.h>

/* Characters that would change how the rest of a line is shown (Unicode TR 36, bidirectional text spoofing). */
static bool misleading(gunichar c)
{
    return (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

static bool showable(gunichar c)
{
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !misleading(c);
}

static void append_escaped(GString *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(out, "\\x%02x", (unsigned char)bytes[i]);
}

/* The number of bytes of the character at `p`, 0 if it is not valid UTF-8. */
static size_t character(const char *p, const char *end, gunichar *c)
{
    *c = g_utf8_get_char_validated(p, end - p);
    if (*c == (gunichar)-1 || *c == (gunichar)-2)
        return 0;
    return (size_t)(g_utf8_next_char(p) - p);
}

char *hf_name_display(const char *bytes, gssize n)
{
    const char *end = bytes + (n < 0 ? strlen(bytes) : (size_t)n);
    GString *out = g_string_sized_new((gsize)(end - bytes) + 1);
    for (const char *p = bytes; p < end;) {
        gunichar c;
        size_t length = character(p, end, &c);
        /* A literal "\x" is escaped itself, so that what is shown stands for one name only. */
        bool ambiguous = *p == '\\' && p + 1 < end && p[1] == 'x';
        if (length > 0 && showable(c) && !ambiguous)
            g_string_append_len(out, p, (gssize)length);
        else
            append_escaped(out, p, length > 0 ? length : 1);
        p += length > 0 ? length : 1;
    }
    return g_string_free(out, FALSE);
}

char *hf_name_utf8(const char *bytes, gssize n)
{
    return g_utf8_make_valid(bytes, n);
}

char *hf_name_extension(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    if (dot == NULL || dot == base || strlen(dot + 1) > 15)
        return g_strdup("");
    for (const char *p = dot + 1; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p))
            return g_strdup("");
    }
    return g_ascii_strdown(dot + 1, -1);
}
