#include "extract/mail_address.h"

#include <string.h>

/* No name or address is longer; what is beyond this is left out of it. */
#define TOKEN_MAX 4096

typedef struct {
    const char *at, *end;
    GString *phrase, *address, *comment;
    bool quoted;
} reader;

static void put(GString *to, char c)
{
    if (to->len < TOKEN_MAX)
        g_string_append_c(to, c);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static void read_quoted(reader *r)
{
    r->quoted = true;
    for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
        if (*r->at == '\\' && r->at + 1 < r->end)
            r->at++;
        if (*r->at != '\r' && *r->at != '\n')
            put(r->phrase, *r->at);
    }
    if (r->at < r->end)
        r->at++;
}

static void read_comment(reader *r)
{
    size_t depth = 1;
    if (r->comment->len > 0)
        put(r->comment, ' ');
    for (r->at++; r->at < r->end; r->at++) {
        if (*r->at == '\\' && r->at + 1 < r->end)
            r->at++;
        else if (*r->at == '(')
            depth++;
        else if (*r->at == ')' && --depth == 0)
            break;
        if (*r->at != '\r' && *r->at != '\n')
            put(r->comment, *r->at);
    }
    if (r->at < r->end)
        r->at++;
}

static void read_angle(reader *r)
{
    g_string_truncate(r->address, 0);
    bool quoted = false;
    for (r->at++; r->at < r->end && (quoted || *r->at != '>'); r->at++) {
        if (*r->at == '"')
            quoted = !quoted;
        if (!is_space(*r->at) || quoted)
            put(r->address, *r->at);
    }
    if (r->at < r->end)
        r->at++;
    /* An old source route: <@hop,@hop:user@host>. */
    const char *colon = *r->address->str == '@' ? strrchr(r->address->str, ':') : NULL;
    if (colon != NULL)
        g_string_erase(r->address, 0, colon + 1 - r->address->str);
}

/* `Roe, Jane <jane@example.com>`: the comma belongs to a name that should have been quoted. */
static bool comma_in_name(const reader *r)
{
    if (r->phrase->len == 0 || r->address->len > 0 || r->quoted ||
        strchr(r->phrase->str, '@') != NULL)
        return false;
    const char *stop = r->end - r->at > 128 ? r->at + 128 : r->end;
    for (const char *p = r->at + 1; p < stop; p++) {
        if (*p == '<')
            return true;
        if (*p == ',' || *p == ';' || *p == '@' || *p == '"')
            return false;
    }
    return false;
}

/* Reads up to the end of one address. */
static void read_one(reader *r)
{
    g_string_truncate(r->phrase, 0);
    g_string_truncate(r->address, 0);
    g_string_truncate(r->comment, 0);
    r->quoted = false;
    while (r->at < r->end) {
        char c = *r->at;
        if (c == ';' || (c == ',' && !comma_in_name(r))) {
            r->at++;
            return;
        }
        if (c == '"') {
            read_quoted(r);
        } else if (c == '(') {
            read_comment(r);
        } else if (c == '<') {
            read_angle(r);
        } else {
            r->at++;
            if (c == ':' && r->address->len == 0 && !r->quoted &&
                strchr(r->phrase->str, '@') == NULL)
                g_string_truncate(r->phrase, 0); /* the name of a group */
            else if (!is_space(c))
                put(r->phrase, c);
            else if (r->phrase->len > 0 && r->phrase->str[r->phrase->len - 1] != ' ')
                put(r->phrase, ' ');
        }
    }
}

static bool emit(reader *r, hf_mail_address_callback callback, void *data, GError **error)
{
    g_strchomp(r->phrase->str);
    const char *address = r->address->str, *name = r->phrase->str;
    if (*address == '\0' && strchr(name, '@') != NULL && strchr(name, ' ') == NULL) {
        address = name;
        name = "";
    }
    if (*name == '\0')
        name = r->comment->str;
    if (*address == '\0' && *name == '\0')
        return true;
    g_autofree char *shown = hf_mail_header_decode(name);
    g_autofree char *mailbox = hf_mail_header_decode(address);
    if (*shown == '\0' || strcmp(shown, mailbox) == 0)
        return callback(mailbox, data, error);
    if (*mailbox == '\0')
        return callback(shown, data, error);
    g_autofree char *both = g_strconcat(shown, " <", mailbox, ">", NULL);
    return callback(both, data, error);
}

bool hf_mail_address_each(hf_mail_span value, hf_mail_address_callback callback, void *data,
                          GError **error)
{
    reader r = {.at = value.at, .end = value.at + value.n};
    g_autoptr(GString) phrase = g_string_sized_new(64);
    g_autoptr(GString) address = g_string_sized_new(64);
    g_autoptr(GString) comment = g_string_sized_new(16);
    r.phrase = phrase;
    r.address = address;
    r.comment = comment;
    while (r.at < r.end) {
        read_one(&r);
        if (!emit(&r, callback, data, error))
            return false;
    }
    return true;
}
