#include "extract/mail_header.h"

#include <string.h>

#include "extract/extractor.h"
#include "extract/mail_word.h"

bool hf_mail_header_is_field(const char *line, size_t n)
{
    size_t i = 0;
    while (i < n && line[i] > ' ' && line[i] != 127 && line[i] != ':')
        i++;
    if (i == 0 || i > 200)
        return false;
    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    return i < n && line[i] == ':';
}

static hf_mail_field split_field(const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    size_t name = (size_t)(colon - line);
    hf_mail_field field = {.name = {line, name}, .value = {colon + 1, n - name - 1}};
    while (field.name.n > 0 && g_ascii_isspace(field.name.at[field.name.n - 1]))
        field.name.n--;
    return field;
}

static bool is_blank(const char *line, size_t n)
{
    return n == 0 || (n == 1 && *line == '\r');
}

/* One line without its line feed; *next is where the following one begins. */
static size_t line_length(const char *at, const char *end, const char **next)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    *next = feed != NULL ? feed + 1 : end;
    return (size_t)((feed != NULL ? feed : end) - at);
}

static bool is_envelope(const char *line, size_t n)
{
    return (n > 5 && memcmp(line, "From ", 5) == 0) || (n > 6 && memcmp(line, ">From ", 6) == 0);
}

static const char *skip_top(const char *at, const char *end)
{
    const char *start = at;
    if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    while (at < end) {
        const char *next;
        size_t n = line_length(at, end, &next);
        if (!is_blank(at, n) && !is_envelope(at, n))
            return hf_mail_header_is_field(at, n) ? at : start;
        at = next;
    }
    return start;
}

hf_mail_span hf_mail_header_parse(hf_mail_span message, bool top, GArray *fields, size_t *more)
{
    const char *at = message.at, *end = message.at + message.n;
    hf_mail_field *last = NULL;
    *more = 0;
    if (top)
        at = skip_top(at, end);
    while (at < end) {
        const char *next;
        size_t n = line_length(at, end, &next);
        if (is_blank(at, n)) {
            at = next;
            break;
        }
        if (n > 0 && at[n - 1] == '\r')
            n--;
        if ((*at == ' ' || *at == '\t') && (last != NULL || *more > 0)) {
            if (last != NULL)
                last->value.n = (size_t)(at + n - last->value.at);
        } else if (hf_mail_header_is_field(at, n)) {
            last = NULL;
            if (fields->len >= HF_MAIL_FIELDS_MAX) {
                (*more)++;
            } else {
                hf_mail_field field = split_field(at, n);
                g_array_append_val(fields, field);
                last = &g_array_index(fields, hf_mail_field, fields->len - 1);
            }
        } else {
            /* Junk between fields is skipped; a body that follows without the blank line is a body. */
            const char *after;
            size_t following = next < end ? line_length(next, end, &after) : 0;
            if (!is_envelope(at, n) &&
                (fields->len == 0 || following == 0 || !hf_mail_header_is_field(next, following)))
                break;
            last = NULL;
        }
        at = next;
    }
    return (hf_mail_span){at, (size_t)(end - at)};
}

bool hf_mail_header_named(const hf_mail_field *field, const char *name)
{
    /* Called for each field with each known name: most differ in the first letter. */
    if (field->name.n == 0 || ((field->name.at[0] ^ name[0]) & 0x5f) != 0)
        return false;
    size_t n = strlen(name);
    return field->name.n == n && g_ascii_strncasecmp(field->name.at, name, n) == 0;
}

const hf_mail_field *hf_mail_header_find(const GArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        const hf_mail_field *field = &g_array_index(fields, hf_mail_field, i);
        if (hf_mail_header_named(field, name))
            return field;
    }
    return NULL;
}

char *hf_mail_header_unfold(hf_mail_span value)
{
    size_t n = MIN(value.n, (size_t)HF_MAIL_VALUE_MAX), out = 0;
    char *text = g_malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        char c = value.at[i];
        if (c == '\r' || c == '\n')
            continue;
        if (c == '\0' || c == '\t')
            c = ' ';
        if (out > 0 || c != ' ')
            text[out++] = c;
    }
    while (out > 0 && text[out - 1] == ' ')
        out--;
    text[out] = '\0';
    return text;
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text == 127 || (*text == '=' && text[1] == '?'))
            return false;
    }
    return true;
}

/* Decoded text is one line: whatever an encoded word smuggled in becomes a space. */
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
    }
}

static char *to_utf8(const char *bytes)
{
    size_t n;
    return hf_charset_decode(bytes, strlen(bytes), NULL, NULL, &n, NULL);
}

char *hf_mail_header_decode(const char *unfolded)
{
    if (is_plain(unfolded))
        return g_strdup(unfolded);
    g_autofree char *utf8 = to_utf8(unfolded);
    char *text = strstr(utf8, "=?") != NULL ? hf_mail_word_decode(utf8) : g_steal_pointer(&utf8);
    blank_controls(text);
    return g_strstrip(text);
}

char *hf_mail_header_text(hf_mail_span value)
{
    g_autofree char *unfolded = hf_mail_header_unfold(value);
    return hf_mail_header_decode(unfolded);
}

/* ---- parameters ---- */

typedef struct {
    unsigned index;
    bool encoded;
    char *value;
} piece;

static void piece_clear(gpointer p)
{
    g_free(((piece *)p)->value);
}

static int piece_compare(gconstpointer a, gconstpointer b)
{
    const piece *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Reads a value at *at and leaves *at behind it. Only \" and \\ are escapes: Windows paths stand in quotes too. */
static char *read_value(const char **at)
{
    const char *p = *at;
    while (*p == ' ')
        p++;
    GString *value = g_string_new(NULL);
    if (*p == '"') {
        for (p++; *p != '\0' && *p != '"'; p++) {
            if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
                p++;
            g_string_append_c(value, *p);
        }
        while (*p != '\0' && *p != ';')
            p++;
    } else {
        while (*p != '\0' && *p != ';')
            g_string_append_c(value, *p++);
        while (value->len > 0 && value->str[value->len - 1] == ' ')
            g_string_truncate(value, value->len - 1);
    }
    *at = p;
    return g_string_free(value, FALSE);
}

/* Whether the parameter's name at [p, equals) is `name`, with RFC 2231's `*0*` after it. */
static bool read_name(const char *p, size_t n, const char *name, unsigned *index, bool *encoded)
{
    size_t length = strlen(name);
    *index = 0;
    *encoded = false;
    while (n > 0 && p[n - 1] == ' ')
        n--;
    if (n < length || g_ascii_strncasecmp(p, name, length) != 0)
        return false;
    if (n == length)
        return true;
    if (p[length] != '*')
        return false;
    if (p[n - 1] == '*') {
        *encoded = true;
        n--;
    }
    if (n <= length)
        return true;
    for (size_t i = length + 1; i < n; i++) {
        if (!g_ascii_isdigit(p[i]) || *index > 99999)
            return false;
        *index = *index * 10 + (unsigned)(p[i] - '0');
    }
    return true;
}

static GArray *read_pieces(const char *unfolded, const char *name)
{
    GArray *pieces = NULL;
    const char *p = strchr(unfolded, ';');
    while (p != NULL && *p != '\0') {
        p++;
        while (*p == ' ' || *p == ';')
            p++;
        const char *start = p;
        while (*p != '\0' && *p != '=' && *p != ';')
            p++;
        if (*p != '=')
            continue;
        piece found;
        bool ours = read_name(start, (size_t)(p - start), name, &found.index, &found.encoded);
        p++;
        found.value = read_value(&p);
        if (!ours) {
            g_free(found.value);
            continue;
        }
        if (pieces == NULL) {
            pieces = g_array_new(FALSE, FALSE, sizeof(piece));
            g_array_set_clear_func(pieces, piece_clear);
        }
        g_array_append_val(pieces, found);
    }
    if (pieces != NULL)
        g_array_sort(pieces, piece_compare);
    return pieces;
}

static void append_percent(GString *out, const char *value)
{
    for (; *value != '\0'; value++) {
        int high = *value == '%' ? g_ascii_xdigit_value(value[1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(value[2]) : -1;
        if (low >= 0) {
            g_string_append_c(out, (char)(high * 16 + low));
            value += 2;
        } else {
            g_string_append_c(out, *value);
        }
    }
}

/* The joined value; *charset is what an encoded first piece names. */
static char *param(const char *unfolded, const char *name, char **charset)
{
    g_autoptr(GArray) pieces = read_pieces(unfolded, name);
    *charset = NULL;
    if (pieces == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < pieces->len; i++) {
        const piece *p = &g_array_index(pieces, piece, i);
        const char *value = p->value;
        /* Of a value given twice (name= and name*=) one is taken, the encoded one. */
        if (i > 0 && p->index == g_array_index(pieces, piece, i - 1).index) {
            if (!p->encoded || p->index != 0 || *charset != NULL)
                continue;
            g_string_truncate(out, 0);
        }
        if (!p->encoded) {
            g_string_append(out, value);
            continue;
        }
        const char *first = p->index == 0 ? strchr(value, '\'') : NULL;
        const char *second = first != NULL ? strchr(first + 1, '\'') : NULL;
        if (second != NULL) {
            *charset = g_strndup(value, (gsize)(first - value));
            value = second + 1;
        }
        append_percent(out, value);
    }
    return g_string_free(out, FALSE);
}

char *hf_mail_header_param(const char *unfolded, const char *name)
{
    g_autofree char *charset = NULL;
    return param(unfolded, name, &charset);
}

char *hf_mail_header_param_text(const char *unfolded, const char *name)
{
    g_autofree char *charset = NULL;
    g_autofree char *value = param(unfolded, name, &charset);
    if (value == NULL)
        return NULL;
    if (charset == NULL)
        return hf_mail_header_decode(value);
    size_t n;
    char *utf8 = hf_charset_decode(value, strlen(value), charset, NULL, &n, NULL);
    blank_controls(utf8);
    return utf8;
}
