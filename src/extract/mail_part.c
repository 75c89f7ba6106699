#include "extract/mail_part.h"

#include <string.h>

static char *field_value(const GArray *fields, const char *name)
{
    const hf_mail_field *field = hf_mail_header_find(fields, name);
    return field != NULL ? hf_mail_header_unfold(field->value) : g_strdup("");
}

static bool is_token(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isalnum(text[i]) && strchr("!#$&-^_.+", text[i]) == NULL)
            return false;
    }
    return n > 0;
}

/* "text/plain" of a Content-Type value; what has no such form is read as the default (RFC 2045 5.2). */
static char *media_type(const char *value, const char *default_type)
{
    size_t n = strcspn(value, "; \t(,");
    const char *slash = memchr(value, '/', n);
    if (n == 0)
        return g_strdup(default_type);
    if (slash == NULL) {
        if (n == 9 && g_ascii_strncasecmp(value, "multipart", n) == 0)
            return g_strdup("multipart/mixed");
        return g_strdup("text/plain");
    }
    size_t major = (size_t)(slash - value);
    if (n > 127 || !is_token(value, major) || !is_token(slash + 1, n - major - 1))
        return g_strdup("application/octet-stream");
    return g_ascii_strdown(value, (gssize)n);
}

static char *file_name(const hf_mail_part *part)
{
    char *name = hf_mail_header_param_text(part->disposition, "filename");
    if (name == NULL || *name == '\0') {
        g_free(name);
        name = hf_mail_header_param_text(part->content_type, "name");
    }
    if (name != NULL && *name == '\0')
        g_clear_pointer(&name, g_free);
    return name;
}

void hf_mail_part_read(hf_mail_span whole, bool top, const char *default_type, hf_mail_part *part)
{
    memset(part, 0, sizeof(*part));
    part->whole = whole;
    part->fields = g_array_sized_new(FALSE, FALSE, sizeof(hf_mail_field), top ? 32 : 6);
    part->body = hf_mail_header_parse(whole, top, part->fields, &part->more_fields);
    part->content_type = field_value(part->fields, "Content-Type");
    part->type = media_type(part->content_type, default_type);
    part->disposition = field_value(part->fields, "Content-Disposition");
    part->attachment = g_ascii_strncasecmp(part->disposition, "attachment", 10) == 0;
    part->name = file_name(part);
    const hf_mail_field *id = hf_mail_header_find(part->fields, "Content-ID");
    part->content_id = id != NULL ? hf_mail_header_unfold(id->value) : NULL;
    g_autofree char *encoding = field_value(part->fields, "Content-Transfer-Encoding");
    part->encoding = hf_mail_decode_named(encoding);
}

void hf_mail_part_clear(hf_mail_part *part)
{
    g_array_unref(part->fields);
    g_free(part->content_type);
    g_free(part->type);
    g_free(part->disposition);
    g_free(part->name);
    g_free(part->content_id);
}

/* ---- the parts of a multipart ---- */

/* Whether a delimiter line begins at `at`; *next is where the following line begins. */
static bool is_delimiter(const hf_mail_parts *parts, const char *at, const char *end,
                         const char **next, bool *closing)
{
    const char *p = at + parts->length;
    *closing = end - p >= 2 && p[0] == '-' && p[1] == '-';
    if (*closing)
        p += 2;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    if (p < end && *p != '\n')
        return false;
    *next = p < end ? p + 1 : end;
    return true;
}

/* The next delimiter at or after `from`, which begins a line; or NULL. Line by line with memchr is many times as fast as
 * memmem with so short a word. */
static const char *find_delimiter(const hf_mail_parts *parts, hf_mail_span from, const char **next,
                                  bool *closing)
{
    const char *end = from.at + from.n;
    for (const char *at = from.at; (size_t)(end - at) >= parts->length; at++) {
        if (at[0] == '-' && memcmp(at, parts->delimiter, parts->length) == 0 &&
            is_delimiter(parts, at, end, next, closing))
            return at;
        at = memchr(at, '\n', (size_t)(end - at));
        if (at == NULL)
            return NULL;
    }
    return NULL;
}

static hf_mail_span between(const char *from, const char *to)
{
    return (hf_mail_span){from, (size_t)(to - from)};
}

/* The line break before a delimiter belongs to the delimiter. */
static hf_mail_span without_break(hf_mail_span span)
{
    if (span.n > 0 && span.at[span.n - 1] == '\n')
        span.n--;
    if (span.n > 0 && span.at[span.n - 1] == '\r')
        span.n--;
    return span;
}

static void set_boundary(hf_mail_parts *parts, const char *boundary, size_t n)
{
    while (n > 0 && (boundary[n - 1] == ' ' || boundary[n - 1] == '\t' || boundary[n - 1] == '\r'))
        n--;
    g_free(parts->delimiter);
    parts->delimiter = g_strdup_printf("--%.*s", (int)n, boundary);
    parts->length = strlen(parts->delimiter);
}

/* Stands before the first part's header if there is one. */
static bool enter(hf_mail_parts *parts, hf_mail_span body)
{
    const char *next;
    bool closing;
    const char *at = find_delimiter(parts, body, &next, &closing);
    if (at == NULL)
        return false;
    parts->closed = closing;
    parts->preamble = between(body.at, at);
    parts->rest = between(next, body.at + body.n);
    return true;
}

/* A line "--something" that a Content- field follows is taken for a delimiter. */
static bool guess_boundary(hf_mail_parts *parts, hf_mail_span body)
{
    const char *end = body.at + body.n;
    const char *at = body.at;
    for (unsigned tries = 0; tries < 1000 && at < end; tries++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        if (feed == NULL)
            return false;
        bool candidate = feed - at > 2 && feed - at < 200 && at[0] == '-' && at[1] == '-';
        if (candidate && end - feed > 9 && g_ascii_strncasecmp(feed + 1, "Content-", 8) == 0) {
            set_boundary(parts, at + 2, (size_t)(feed - at - 2));
            return true;
        }
        at = feed + 1;
    }
    return false;
}

bool hf_mail_parts_start(hf_mail_parts *parts, hf_mail_span body, const char *boundary,
                         bool *guessed)
{
    memset(parts, 0, sizeof(*parts));
    if (guessed != NULL)
        *guessed = false;
    if (boundary != NULL && *boundary != '\0' && strlen(boundary) < 1000) {
        set_boundary(parts, boundary, strlen(boundary));
        if (enter(parts, body))
            return true;
    }
    if (!guess_boundary(parts, body) || !enter(parts, body))
        return false;
    if (guessed != NULL)
        *guessed = true;
    return true;
}

bool hf_mail_parts_next(hf_mail_parts *parts, hf_mail_span *part)
{
    const char *end = parts->rest.at + parts->rest.n;
    for (;;) {
        const char *next;
        bool closing, after_close = parts->closed;
        const char *at = find_delimiter(parts, parts->rest, &next, &closing);
        if (at == NULL && after_close) {
            parts->epilogue = parts->rest;
            parts->rest = between(end, end);
            return false;
        }
        *part = at != NULL ? without_break(between(parts->rest.at, at)) : parts->rest;
        parts->rest = between(at != NULL ? next : end, end);
        parts->closed = at == NULL || closing;
        if (at == NULL)
            parts->unclosed = true;
        /* What lies between a closing delimiter and another one is no part unless it looks like one. */
        bool between_parts = after_close && !hf_mail_header_is_field(part->at, part->n);
        if (!between_parts && (part->n > 0 || at != NULL))
            return true;
    }
}

void hf_mail_parts_clear(hf_mail_parts *parts)
{
    g_free(parts->delimiter);
}
