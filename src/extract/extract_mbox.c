/* mbox in its kinds (mboxo, mboxrd, mboxcl, mboxcl2; qmail's mbox(5), RFC 4155), read through a window.
 *
 * A message begins at a line "From " at the start of the file or after an empty line, that has the shape of an envelope
 * (a time and a year, or a known field on the next line) and that no running text follows. Its bytes are what lies between
 * that line and the empty line before the next one, as they stand: ">From " is not turned back, as notmuch, mutt and
 * Python leave it too, for which of the kinds a file is cannot be told, and evidence is not edited. So a message has the same
 * hash wherever in the file it stands, and appending to a file does not change the ones before. */
#include <string.h>

#include "extract/extractor.h"
#include "extract/mail_date.h"
#include "extract/mail_header.h"

#define WINDOW (256 * 1024)
/* The most that is looked at around a "From " line: the line and the one after it. */
#define CONTEXT 1024
#define HEADER_MAX (64 * 1024)

typedef struct {
    hf_extraction *x;
    uint64_t size;
    char *bytes; /* WINDOW */
    uint64_t base;
    size_t n;
} window;

/* Makes `want` bytes from `at` on be in the window, or all there are. NULL with *error. */
static const char *window_at(window *w, uint64_t at, size_t want, size_t *have, GError **error)
{
    if (at < w->base || at + MIN((uint64_t)want, w->size - at) > w->base + w->n) {
        ssize_t got = hf_extraction_pread(w->x, w->bytes, WINDOW, at, error);
        if (got < 0)
            return NULL;
        w->base = at;
        w->n = (size_t)got;
    }
    *have = w->n - (size_t)(at - w->base);
    return w->bytes + (at - w->base);
}

static size_t line_end(const char *at, size_t n)
{
    const char *feed = memchr(at, '\n', n);
    return feed != NULL ? (size_t)(feed - at) : n;
}

/* "10:11" and "2004" somewhere in the line. */
static bool has_time_and_year(const char *line, size_t n)
{
    bool clock = false, year = false;
    for (size_t i = 0; i + 4 < n; i++) {
        const char *p = line + i;
        if (g_ascii_isdigit(p[0]) && p[1] == ':' && g_ascii_isdigit(p[2]) && g_ascii_isdigit(p[3]))
            clock = true;
        if (p[0] == ' ' && (p[1] == '1' || p[1] == '2') && g_ascii_isdigit(p[2]) &&
            g_ascii_isdigit(p[3]) && g_ascii_isdigit(p[4]) && (i + 5 >= n || g_ascii_isspace(p[5])))
            year = true;
    }
    return clock && year;
}

static bool is_mail_field(const char *line, size_t n)
{
    static const char *const names[] = {
        "Return-Path:", "Received:", "From:", "Date:",         "Message-ID:",  "Delivered-To:",
        "To:",          "Subject:",  "X-",    "MIME-Version:", "Content-Type:"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        size_t length = strlen(names[i]);
        if (n >= length && g_ascii_strncasecmp(line, names[i], length) == 0)
            return hf_mail_header_is_field(line, n);
    }
    return false;
}

/* Whether the `n` bytes at `at` begin with an envelope line; `loose` ones stand after no empty line. "From -" is all
 * that Netscape's descendants write. */
static bool is_envelope(const char *at, size_t n, bool loose)
{
    if (n < 6 || memcmp(at, "From ", 5) != 0)
        return false;
    size_t length = line_end(at, n);
    size_t after = MIN(length + 1, n);
    const char *next = at + after;
    size_t next_length = line_end(next, n - after);
    bool dated = has_time_and_year(at, length);
    if (loose)
        return (dated || at[5] == '-') && is_mail_field(next, next_length);
    bool blank = next_length == 0 || (next_length == 1 && *next == '\r');
    bool field = hf_mail_header_is_field(next, next_length) ||
                 (next_length > 6 && memcmp(next, ">From ", 6) == 0);
    return dated ? blank || field : is_mail_field(next, next_length);
}

static bool after_empty_line(const char *at, size_t before)
{
    /* at[-1] is a line feed. */
    return (before >= 2 && at[-2] == '\n') || (before >= 3 && at[-2] == '\r' && at[-3] == '\n');
}

/* "From " at `p` or at the beginning of a later line. Line by line with memchr is faster than memmem. */
static const char *next_from(const char *p, const char *end)
{
    for (; end - p >= 5; p++) {
        if (*p == 'F' && memcmp(p, "From ", 5) == 0)
            return p;
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL)
            return NULL;
    }
    return NULL;
}

/* A byte-order mark at the beginning of the file. */
static bool is_behind_mark(const char *at, uint64_t offset)
{
    return offset == 3 && memcmp(at - 3, "\xef\xbb\xbf", 3) == 0;
}

/* Finds the next envelope line at or after `from`; the file's size if there is none. */
static bool find_envelope(window *w, uint64_t from, uint64_t *found, GError **error)
{
    uint64_t at = from;
    *found = w->size;
    while (at < w->size) {
        /* Three bytes before tell whether an empty line is there. */
        size_t before = (size_t)MIN(at, (uint64_t)3), have;
        const char *bytes = window_at(w, at - before, CONTEXT + before, &have, error);
        if (bytes == NULL)
            return false;
        const char *end = bytes + have, *p = bytes + before;
        bool last = at - before + have >= w->size;
        if (at == 0 && have > 3 && is_behind_mark(bytes + 3, 3))
            p += 3;
        while (p < end) {
            p = next_from(p, end);
            if (p == NULL || (!last && end - p < CONTEXT))
                break;
            uint64_t here = at - before + (uint64_t)(p - bytes);
            bool first = here == 0 || is_behind_mark(p, here);
            bool line = first || (p > bytes && p[-1] == '\n');
            bool loose = !first && line && !after_empty_line(p, (size_t)(p - bytes));
            if (line && is_envelope(p, (size_t)(end - p), loose)) {
                *found = here;
                return true;
            }
            p += 4;
        }
        if (last)
            return true;
        uint64_t stop = at - before + (uint64_t)((p != NULL ? p : end - 4) - bytes);
        at = MAX(stop, at + 1);
    }
    return true;
}

/* Where a message whose header gives its length ends (mboxcl2), if an envelope or the end of the file is really there. */
static bool end_by_length(window *w, uint64_t begin, uint64_t *end, GError **error)
{
    size_t have;
    const char *bytes = window_at(w, begin, HEADER_MAX, &have, error);
    if (bytes == NULL)
        return false;
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(hf_mail_field));
    size_t more;
    hf_mail_span body = hf_mail_header_parse((hf_mail_span){bytes, MIN(have, (size_t)HEADER_MAX)},
                                             false, fields, &more);
    const hf_mail_field *field = hf_mail_header_find(fields, "Content-Length");
    *end = 0;
    if (field == NULL)
        return true;
    g_autofree char *value = hf_mail_header_unfold(field->value);
    uint64_t length;
    if (!g_ascii_string_to_unsigned(value, 10, 0, w->size, &length, NULL))
        return true;
    uint64_t stop = begin + (uint64_t)(body.at - bytes) + length;
    if (stop > w->size)
        return true;
    if (stop == w->size) {
        *end = stop;
        return true;
    }
    const char *tail = window_at(w, stop, CONTEXT, &have, error);
    if (tail == NULL)
        return false;
    size_t skip = have > 0 && *tail == '\r' ? 1 : 0;
    skip += have > skip && tail[skip] == '\n' ? 1 : 0;
    if (is_envelope(tail + skip, have - skip, false) || stop + skip == w->size)
        *end = stop + skip;
    return true;
}

/* The empty line before the next envelope, or at the end of the file, is no part of the message. */
static bool without_empty_line(window *w, uint64_t begin, uint64_t *end, GError **error)
{
    size_t want = (size_t)MIN(*end - begin, (uint64_t)4), have;
    const char *p = window_at(w, *end - want, want, &have, error);
    if (p == NULL)
        return false;
    if (want >= 2 && p[want - 1] == '\n' && p[want - 2] == '\n')
        *end -= 1;
    else if (want >= 3 && memcmp(p + want - 3, "\n\r\n", 3) == 0)
        *end -= 2;
    else if (want == 1 && *p == '\n')
        *end -= 1;
    return true;
}

static bool give(window *w, uint64_t begin, uint64_t end, const char *path, const char *type,
                 hf_stamp stamp, GError **error)
{
    hf_child child = {.kind = HF_CHILD_MEMBER,
                      .path = path,
                      .type_hint = type,
                      .modified = stamp,
                      .size = end - begin};
    bool wanted;
    if (!hf_extraction_child_begin(w->x, &child, &wanted, error))
        return false;
    for (uint64_t at = begin; wanted && at < end;) {
        size_t have;
        const char *bytes = window_at(w, at, (size_t)MIN(end - at, (uint64_t)WINDOW), &have, error);
        if (bytes == NULL)
            return false;
        size_t n = (size_t)MIN(end - at, (uint64_t)have);
        if (n == 0) {
            g_set_error(error, HF_ITEM_ERROR, HF_ITEM_CHANGED,
                        "the file grew shorter while it was read");
            return false;
        }
        if (!hf_extraction_child_data(w->x, bytes, n, error))
            return false;
        at += n;
    }
    return !wanted || hf_extraction_child_end(w->x, true, error);
}

/* When it was delivered, as the envelope says; it names no zone. */
static hf_stamp envelope_date(const char *line, size_t n)
{
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    g_autofree char *text = g_strndup(line + 5, n - 5);
    g_strstrip(text);
    const char *space = strchr(text, ' ');
    if (space != NULL)
        hf_mail_date_parse(space + 1, &stamp);
    return stamp;
}

static bool give_message(window *w, uint64_t envelope, unsigned ordinal, uint64_t *next,
                         GError **error)
{
    size_t have;
    const char *line = window_at(w, envelope, CONTEXT, &have, error);
    if (line == NULL)
        return false;
    size_t length = line_end(line, MIN(have, (size_t)CONTEXT));
    hf_stamp stamp = envelope_date(line, length);
    uint64_t begin = MIN(envelope + length + 1, w->size), end;
    if (!end_by_length(w, begin, next, error))
        return false;
    if (*next == 0 && !find_envelope(w, begin, next, error))
        return false;
    end = *next;
    if (!without_empty_line(w, begin, &end, error))
        return false;
    char path[24];
    g_snprintf(path, sizeof(path), "%06u.eml", ordinal);
    return give(w, begin, end, path, "message/rfc822", stamp, error);
}

/* What stands before the first envelope belongs to no message. */
static bool give_preamble(window *w, uint64_t end, GError **error)
{
    uint64_t at = 0;
    size_t have;
    const char *bytes = window_at(w, 0, CONTEXT, &have, error);
    if (bytes == NULL)
        return false;
    if (end >= 3 && have >= 3 && is_behind_mark(bytes + 3, 3))
        at = 3;
    while (at < end && at < have && g_ascii_isspace(bytes[at]))
        at++;
    if (at == end)
        return true;
    hf_stamp none = {HF_TIME_NONE, HF_OFFSET_NONE};
    return give(w, 0, end, "000000.eml", "message/rfc822", none, error) &&
           hf_extraction_problem(w->x, HF_ITEM_DAMAGED, "members", error,
                                 "%" G_GUINT64_FORMAT " bytes stand before the first message", end);
}

static bool extract(hf_extraction *x, GError **error)
{
    g_autofree char *bytes = g_malloc(WINDOW);
    window w = {.x = x, .size = hf_extraction_size(x), .bytes = bytes};
    uint64_t at;
    if (!find_envelope(&w, 0, &at, error) || (at > 0 && !give_preamble(&w, at, error)))
        return false;
    for (unsigned ordinal = 1; at < w.size; ordinal++) {
        if (!hf_extraction_progress(x, error) || !give_message(&w, at, ordinal, &at, error))
            return false;
    }
    return true;
}

static const char *const types[] = {"application/mbox", NULL};

const hf_extractor hf_extract_mbox_format = {
    .name = "mbox", .version = 1, .container = true, .types = types, .extract = extract};
