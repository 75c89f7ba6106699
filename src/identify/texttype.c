#include "identify/refine.h"
#include <string.h>

/* The first characters as bytes: UTF-16 and UTF-32 with characters above 255 as '?'. */
typedef struct {
    const char *text;
    size_t n;
    bool wide;  /* was UTF-16 or UTF-32 */
    bool whole; /* nothing of the file is beyond it */
    char narrow[HF_IDENTIFY_HEAD / 2];
} beginning;

/* ---- what it is encoded in ---- */

static size_t zeros(const uint8_t *p, size_t n, size_t first, size_t step)
{
    size_t count = 0;
    for (size_t i = first; i < n; i += step)
        count += p[i] == 0;
    return count;
}

/* Bytes of a character and where its low byte lies; 1 if it is not a wide encoding. */
static size_t width_of(const uint8_t *p, size_t n, size_t *low, size_t *skip)
{
    *skip = 0;
    *low = 0;
    if (n >= 4 && memcmp(p, "\xff\xfe\0\0", 4) == 0)
        return *skip = 4, 4;
    if (n >= 4 && memcmp(p, "\0\0\xfe\xff", 4) == 0)
        return *skip = 4, *low = 3, 4;
    if (n >= 2 && memcmp(p, "\xff\xfe", 2) == 0)
        return *skip = 2, 2;
    if (n >= 2 && memcmp(p, "\xfe\xff", 2) == 0)
        return *skip = 2, *low = 1, 2;
    size_t half = n / 2;
    if (n < 8)
        return 1;
    size_t even = zeros(p, n, 0, 2), odd = zeros(p, n, 1, 2);
    /* Text in a Latin script without a mark: nearly every other byte is zero, and no other. */
    if (odd > half - half / 8 && even == 0)
        return 2;
    if (even > half - half / 8 && odd == 0)
        return *low = 1, 2;
    return 1;
}

static void begin(beginning *b, const hf_identify_input *in)
{
    size_t low, skip, width = width_of(in->head, in->head_size, &low, &skip);
    b->whole = in->head_size >= in->size;
    if (width == 1) {
        bool mark = in->head_size >= 3 && memcmp(in->head, "\xef\xbb\xbf", 3) == 0;
        b->text = (const char *)in->head + (mark ? 3 : 0);
        b->n = in->head_size - (mark ? 3 : 0);
        return;
    }
    b->wide = true;
    b->text = b->narrow;
    for (size_t i = skip; i + width <= in->head_size && b->n < sizeof b->narrow; i += width) {
        size_t set = 0;
        for (size_t j = 0; j < width; j++)
            set += j != low && in->head[i + j] != 0;
        b->narrow[b->n++] = set > 0 ? '?' : (char)in->head[i + low];
    }
}

/* ---- lines ---- */

typedef struct {
    const char *p, *end;
} lines;

/* The next line without its end; false at the end. *ended is false if the bytes end before the line does. */
static bool next_line(lines *l, const char **line, size_t *n, bool *ended)
{
    if (l->p >= l->end)
        return false;
    const char *feed = memchr(l->p, '\n', (size_t)(l->end - l->p));
    *ended = feed != NULL;
    *line = l->p;
    *n = (size_t)((feed != NULL ? feed : l->end) - l->p);
    l->p = feed != NULL ? feed + 1 : l->end;
    if (*n > 0 && (*line)[*n - 1] == '\r')
        (*n)--;
    return true;
}

/* ---- mail ---- */

typedef enum { HEADER_OTHER, HEADER_COMMON, HEADER_MACHINE } header_kind;

/* Header names (RFC 5322, 5536, 2045). People write the common ones in memos; the others are written by programs. */
static const struct {
    const char *name;
    header_kind kind;
} headers[] = {
    {"from", HEADER_COMMON},
    {"to", HEADER_COMMON},
    {"cc", HEADER_COMMON},
    {"bcc", HEADER_COMMON},
    {"subject", HEADER_COMMON},
    {"date", HEADER_COMMON},
    {"sender", HEADER_COMMON},
    {"reply-to", HEADER_MACHINE},
    {"received", HEADER_MACHINE},
    {"return-path", HEADER_MACHINE},
    {"message-id", HEADER_MACHINE},
    {"delivered-to", HEADER_MACHINE},
    {"mime-version", HEADER_MACHINE},
    {"content-type", HEADER_MACHINE},
    {"content-transfer-encoding", HEADER_MACHINE},
    {"in-reply-to", HEADER_MACHINE},
    {"references", HEADER_MACHINE},
    {"dkim-signature", HEADER_MACHINE},
    {"arc-seal", HEADER_MACHINE},
    {"authentication-results", HEADER_MACHINE},
    {"received-spf", HEADER_MACHINE},
    {"envelope-to", HEADER_MACHINE},
    {"thread-index", HEADER_MACHINE},
    {"resent-from", HEADER_MACHINE},
    {"list-id", HEADER_MACHINE},
    {"list-unsubscribe", HEADER_MACHINE},
    {"errors-to", HEADER_MACHINE},
    {"precedence", HEADER_MACHINE},
    {"newsgroups", HEADER_MACHINE},
    {"status", HEADER_COMMON},
    {"importance", HEADER_COMMON},
};

static header_kind kind_of_header(const char *name, size_t n)
{
    if (n > 2 && (name[0] == 'X' || name[0] == 'x') && name[1] == '-')
        return HEADER_MACHINE;
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        if (strlen(headers[i].name) == n && g_ascii_strncasecmp(name, headers[i].name, n) == 0)
            return headers[i].kind;
    }
    return HEADER_OTHER;
}

/* The length of a header's name at the beginning of a line, 0 if it is no header line. */
static size_t header_name(const char *line, size_t n)
{
    size_t i = 0;
    while (i < n && line[i] > 32 && line[i] < 127 && line[i] != ':')
        i++;
    size_t name = i;
    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    return i < n && line[i] == ':' && name > 0 && name < 80 ? name : 0;
}

/* Has the digits and colons of a machine's date: "Mon, 14 May 2001 16:39:00 -0700". */
static bool machine_date(const char *line, size_t n)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    bool clock = false, month = false;
    for (size_t i = 5; i + 3 <= n; i++) {
        clock = clock ||
                (g_ascii_isdigit(line[i]) && line[i + 1] == ':' && g_ascii_isdigit(line[i + 2]));
        for (size_t m = 0; m < 36 && !month; m += 3)
            month = memcmp(line + i, months + m, 3) == 0 && line[i - 1] == ' ';
    }
    return clock && month;
}

typedef struct {
    unsigned common, machine, other, bad, lines;
    bool body; /* the empty line after the headers was seen */
} header_count;

static bool is_quoted_from(const char *line, size_t n)
{
    return (n > 6 && memcmp(line, ">From ", 6) == 0) || (n > 5 && memcmp(line, "From ", 5) == 0);
}

static void count_line(header_count *c, const char *line, size_t n)
{
    size_t name = header_name(line, n);
    if (name == 0) {
        if (!(c->lines == 0 && is_quoted_from(line, n)))
            c->bad++;
        return;
    }
    header_kind kind = kind_of_header(line, name);
    if (kind == HEADER_COMMON && name == 4 && g_ascii_strncasecmp(line, "date", 4) == 0 &&
        machine_date(line, n))
        kind = HEADER_MACHINE;
    c->lines++;
    c->common += kind == HEADER_COMMON;
    c->machine += kind == HEADER_MACHINE;
    c->other += kind == HEADER_OTHER;
}

static header_count count_headers(const char *text, size_t n, unsigned bad_allowed)
{
    header_count c = {0};
    lines l = {text, text + n};
    const char *line;
    size_t length;
    bool ended;
    while (next_line(&l, &line, &length, &ended) && c.bad <= bad_allowed) {
        if (length == 0 && c.lines > 0) {
            c.body = true;
            break;
        }
        /* A line that is cut by the end of the head says nothing. */
        if (length == 0 || line[0] == ' ' || line[0] == '\t' ||
            (!ended && l.p == l.end && c.lines > 0))
            continue;
        count_line(&c, line, length);
    }
    return c;
}

static bool named_as_mail(const char *extension)
{
    static const char *const names[] = {"eml", "emlx", "mht", "mhtml", "mime", "nws"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(extension, names[i]) == 0)
            return true;
    }
    return false;
}

static bool is_mail(const char *text, size_t n, const char *extension)
{
    bool named = named_as_mail(extension);
    header_count c = count_headers(text, n, named ? 20 : 2);
    unsigned known = c.common + c.machine;
    if (named)
        return known >= 1;
    if (c.bad > 0)
        return known >= 4 && c.machine >= 2 && c.bad <= 2 && known > 2 * c.bad;
    return known >= 2 && c.machine >= 1;
}

/* "From sender date": mbox (RFC 4155) separator lines have a time of day and end with a year or a zone. */
static bool is_separator(const char *line, size_t n)
{
    bool clock = false, year = false;
    if (n < 10 || memcmp(line, "From ", 5) != 0)
        return false;
    for (size_t i = 5; i + 4 <= n; i++) {
        clock = clock ||
                (g_ascii_isdigit(line[i]) && line[i + 1] == ':' && g_ascii_isdigit(line[i + 2]));
        year = year ||
               ((line[i] == '1' || line[i] == '2') && (line[i + 1] == '9' || line[i + 1] == '0') &&
                g_ascii_isdigit(line[i + 2]) && g_ascii_isdigit(line[i + 3]) && line[i - 1] == ' ');
    }
    return clock && year;
}

/* All that Netscape's descendants write in some versions; headers have to follow. */
static bool is_bare_separator(const char *line, size_t n)
{
    while (n > 0 && line[n - 1] == ' ')
        n--;
    return n == 6 && memcmp(line, "From -", 6) == 0;
}

static bool has_second_separator(lines l)
{
    const char *line;
    size_t length;
    bool ended, empty = false;
    while (next_line(&l, &line, &length, &ended)) {
        if (empty && ended && is_separator(line, length))
            return true;
        empty = length == 0;
    }
    return false;
}

/* A message without any header needs another sign that the first line is a separator. */
static bool is_mbox(const char *text, size_t n, const char *extension)
{
    lines l = {text, text + n};
    const char *line = NULL;
    size_t length = 0;
    bool ended = false;
    while (next_line(&l, &line, &length, &ended) && length == 0)
        ;
    if (!ended)
        return false;
    bool dated = is_separator(line, length);
    if (!dated && !is_bare_separator(line, length))
        return false;
    header_count c = count_headers(l.p, (size_t)(l.end - l.p), 2);
    if (c.common + c.machine >= 2)
        return true;
    bool named = strcmp(extension, "mbox") == 0 || strcmp(extension, "mbx") == 0;
    return dated && (named || has_second_separator(l));
}

/* Apple Mail's .emlx: a line with the count of bytes, then the message. */
static bool is_emlx(const char *text, size_t n, const char *extension)
{
    return strcmp(extension, "emlx") == 0 && n > 0 && g_ascii_isdigit(text[0]);
}

/* ---- markup ---- */

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (g_ascii_isspace(*p) || *p == '\f'))
        p++;
    return p;
}

static bool starts(const char *p, const char *end, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(end - p) >= n && g_ascii_strncasecmp(p, with, n) == 0;
}

/* Past comments, declarations of XML and processing instructions. */
static const char *skip_prolog(const char *p, const char *end, bool *xml)
{
    for (;;) {
        p = skip_space(p, end);
        const char *close = NULL;
        if (starts(p, end, "<!--"))
            close = "-->";
        else if (starts(p, end, "<?"))
            close = "?>";
        else
            return p;
        *xml = *xml || starts(p, end, "<?xml");
        const char *found = memmem(p, (size_t)(end - p), close, strlen(close));
        if (found == NULL)
            return p;
        p = found + strlen(close);
    }
}

static const char *const html_tags[] = {
    "html",   "head", "body",     "title", "meta", "table", "script", "style", "div", "p",
    "center", "font", "h1",       "h2",    "h3",   "br",    "b",      "span",  "a",   "img",
    "link",   "base", "frameset", "ul",    "ol",   "form",  "pre",    "hr",    "i",   "iframe"};

static bool is_html_tag(const char *p, const char *end)
{
    if (p >= end || *p++ != '<')
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(html_tags); i++) {
        size_t n = strlen(html_tags[i]);
        if (starts(p, end, html_tags[i]) && p + n < end &&
            (p[n] == '>' || p[n] == '/' || g_ascii_isspace(p[n])))
            return true;
    }
    return false;
}

static const char *root_type(const char *p, const char *end)
{
    if (starts(p, end, "<svg") || starts(p, end, "<!doctype svg"))
        return "image/svg+xml";
    if (starts(p, end, "<html") || starts(p, end, "<!doctype html"))
        return "text/html";
    return "application/xml";
}

static const char *markup_type(const beginning *b, const char *extension)
{
    const char *end = b->text + b->n;
    bool xml = false;
    const char *p = skip_prolog(b->text, end, &xml);
    if (starts(p, end, "{\\rtf"))
        return "application/rtf";
    if (p >= end || *p != '<')
        return xml ? "application/xml" : NULL;
    if (xml)
        return root_type(p, end);
    if (starts(p, end, "<!doctype html") || starts(p, end, "<html"))
        return "text/html";
    if (starts(p, end, "<svg ") ||
        (starts(p, end, "<!doctype") && !starts(p, end, "<!doctype html")))
        return root_type(p, end);
    bool named_html = g_str_has_prefix(extension, "htm") || strcmp(extension, "shtml") == 0;
    if (is_html_tag(p, end) || named_html)
        return "text/html";
    /* A comment that does not end in the head hides the first tag. */
    if (starts(p, end, "<!--") && memmem(p, (size_t)(end - p), "<html", 5) != NULL)
        return "text/html";
    return strcmp(extension, "xml") == 0 ? "application/xml" : NULL;
}

/* ---- plain text ---- */

/* Whether the bytes are text: no control character that text does not have, few bytes that only look like text. */
static bool is_text(const beginning *b, const uint8_t *raw, size_t n)
{
    size_t control = 0, high = 0;
    if (b->wide) {
        raw = (const uint8_t *)b->text;
        n = b->n;
    }
    for (size_t i = 0; i < n; i++) {
        if (raw[i] == 0 && !b->wide)
            return false;
        control +=
            (raw[i] < 32 && strchr("\t\n\r\f\v\a\b\x1b\x1a", raw[i]) == NULL) || raw[i] == 127;
        high += raw[i] >= 128;
    }
    if (control == 0 && high == 0)
        return true;
    const char *end;
    bool utf8 = g_utf8_validate_len((const char *)raw, n, &end);
    utf8 = utf8 || (!b->whole && (const char *)raw + n - end < 4);
    if (utf8)
        return control * 20 <= n;
    /* One of the many 8-bit and double-byte charsets: where half or more of it is high bytes, libmagic has a say. */
    if (high * 3 <= n)
        return control * 50 <= n;
    return control == 0 && strchr((const char[]){'\n', ' ', 0}, raw[0]) != NULL;
}

/* The same count of separators, at least one, in the first lines (fields in quotes may hold separators and breaks: these
 * lines are passed over). */
static bool is_regular(const beginning *b, char separator)
{
    lines l = {b->text, b->text + b->n};
    const char *line;
    size_t n, fields = 0, same = 0, different = 0;
    bool ended;
    while (next_line(&l, &line, &n, &ended) && same + different < 20) {
        size_t here = 0;
        if (n == 0 || memchr(line, '"', n) != NULL || (!ended && !b->whole))
            continue;
        for (size_t i = 0; i < n; i++)
            here += line[i] == separator;
        if (fields == 0)
            fields = here;
        same += here == fields && here > 0;
        different += here != fields || here == 0;
    }
    return same > different || (same + different == 0 && memchr(b->text, separator, b->n) != NULL);
}

static const char *by_extension(const beginning *b, const char *extension)
{
    if (strcmp(extension, "csv") == 0 &&
        (is_regular(b, ',') || is_regular(b, ';') || is_regular(b, '\t') || is_regular(b, '|')))
        return "text/csv";
    if ((strcmp(extension, "tsv") == 0 || strcmp(extension, "tab") == 0) && is_regular(b, '\t'))
        return "text/tab-separated-values";
    if (strcmp(extension, "md") == 0 || strcmp(extension, "markdown") == 0)
        return "text/markdown";
    if (strcmp(extension, "json") == 0)
        return "application/json";
    return "text/plain";
}

const char *hf_texttype_type(const hf_identify_input *in)
{
    beginning b = {0};
    begin(&b, in);
    g_autofree char *extension = hf_identify_extension(in);
    if (!b.wide && is_mbox(b.text, b.n, extension))
        return "application/mbox";
    if (!b.wide && (is_mail(b.text, b.n, extension) || is_emlx(b.text, b.n, extension)))
        return "message/rfc822";
    const char *type = markup_type(&b, extension);
    if (type != NULL)
        return type;
    const char *end = b.text + b.n, *p = skip_space(b.text, end);
    if (starts(p, end, "BEGIN:VCALENDAR"))
        return "text/calendar";
    if (starts(p, end, "BEGIN:VCARD"))
        return "text/vcard";
    return is_text(&b, in->head, in->head_size) ? by_extension(&b, extension) : NULL;
}
