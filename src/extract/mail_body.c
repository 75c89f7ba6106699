#include "extract/mail_body.h"

#include <string.h>

#include "extract/extractor.h"

/* Charsets without escape characters whose bytes are ASCII while their text is not. */
static const char *disguised(const char *charset)
{
    if (charset == NULL)
        return NULL;
    if (g_ascii_strcasecmp(charset, "utf-7") == 0 ||
        g_ascii_strcasecmp(charset, "unicode-1-1-utf-7") == 0)
        return "UTF-7";
    return g_ascii_strncasecmp(charset, "hz", 2) == 0 ? "HZ" : NULL;
}

static bool is_ascii(hf_mail_span bytes, bool *escape)
{
    size_t i = 0;
    for (; i + 8 <= bytes.n; i += 8) {
        uint64_t word;
        memcpy(&word, bytes.at + i, 8);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            return false;
    }
    for (; i < bytes.n; i++) {
        if ((bytes.at[i] & 0x80) != 0)
            return false;
    }
    *escape = memchr(bytes.at, 27, bytes.n) != NULL;
    return memchr(bytes.at, 0, bytes.n) == NULL;
}

static bool convert(hf_mail_span bytes, const char *charset, hf_mail_text *text)
{
    gsize n = 0;
    char *utf8 = g_convert(bytes.at, (gssize)bytes.n, "UTF-8", charset, NULL, &n, NULL);
    if (utf8 == NULL)
        return false;
    *text = (hf_mail_text){.at = utf8, .n = n, .owned = utf8, .charset = g_intern_string(charset)};
    return true;
}

void hf_mail_body_decode(hf_mail_span bytes, const char *charset, hf_mail_text *text)
{
    bool escape = false;
    *text = (hf_mail_text){.at = bytes.at, .n = bytes.n};
    if (bytes.n == 0)
        return;
    bool ascii = is_ascii(bytes, &escape);
    const char *disguise = ascii ? disguised(charset) : NULL;
    if (ascii && !escape && disguise == NULL)
        return;
    if (disguise != NULL && convert(bytes, disguise, text))
        return;
    if (!ascii && g_utf8_validate(bytes.at, (gssize)bytes.n, NULL)) {
        text->charset = "utf-8";
        return;
    }
    size_t n = 0;
    bool damaged = false;
    const char *found = NULL;
    text->owned = hf_charset_decode(bytes.at, bytes.n, charset, &found, &n, &damaged);
    text->at = text->owned;
    text->n = n;
    text->charset = found;
    text->damaged = damaged;
}

void hf_mail_body_clear(hf_mail_text *text)
{
    g_free(text->owned);
    memset(text, 0, sizeof(*text));
}

char *hf_mail_body_html_charset(hf_mail_span html)
{
    g_autofree char *head = g_ascii_strdown(html.at, (gssize)MIN(html.n, (size_t)2048));
    const char *p = strstr(head, "charset=");
    if (p == NULL)
        return NULL;
    p += strlen("charset=");
    p += strspn(p, " \"'");
    size_t n = strcspn(p, " \"'>;/");
    return n > 0 && n < 40 ? g_strndup(p, n) : NULL;
}

void hf_mail_body_append(GString *body, const char *utf8, size_t n)
{
    if (n > 0 && body->len > 0 && body->str[body->len - 1] != '\n')
        g_string_append_c(body, '\n');
    const char *end = utf8 + n;
    while (utf8 < end) {
        const char *cr = memchr(utf8, '\r', (size_t)(end - utf8));
        const char *stop = cr != NULL ? cr : end;
        g_string_append_len(body, utf8, stop - utf8);
        if (cr == NULL)
            return;
        if (cr + 1 == end || cr[1] != '\n')
            g_string_append_c(body, '\n');
        utf8 = cr + 1;
    }
}

static const char *ascii_lower(void)
{
    static char table[128];
    static gsize made = 0;
    if (g_once_init_enter(&made)) {
        for (int c = 0; c < 128; c++)
            table[c] = g_ascii_isalnum(c) ? g_ascii_tolower((char)c) : '\0';
        g_once_init_leave(&made, 1);
    }
    return table;
}

/* Writes the letter or digit at `p`, if it is one, to `out`. */
static size_t put_letter(const char *p, char *out)
{
    gunichar c = g_utf8_get_char(p);
    return g_unichar_isalnum(c) ? (size_t)g_unichar_to_utf8(g_unichar_tolower(c), out) : 0;
}

/* Text is hashed in pieces of this size: one piece is what most messages are. */
#define PIECE_BYTES (64 * 1024)

static size_t put_letters(const char **at, const char *end, char *out)
{
    const char *lower = ascii_lower(), *p = *at;
    size_t count = 0;
    while (p < end && count + 8 < PIECE_BYTES) {
        unsigned char c = (unsigned char)*p;
        if (c < 128) {
            out[count] = lower[c];
            count += lower[c] != '\0';
            p++;
            continue;
        }
        const char *next = g_utf8_next_char(p);
        if (next > end || !g_utf8_validate(p, next - p, NULL)) {
            p++;
            continue;
        }
        count += put_letter(p, out + count);
        p = next;
    }
    *at = p;
    return count;
}

char *hf_mail_body_recipe(const char *utf8, size_t n)
{
    const char *at = utf8, *end = utf8 + n;
    g_autofree char *letters = g_malloc(PIECE_BYTES);
    size_t count = put_letters(&at, end, letters);
    hf_digest digest;
    if (at == end) {
        hf_digest_sha256(letters, count, digest.sha256);
        return hf_digest_hex(digest.sha256, sizeof(digest.sha256));
    }
    g_autoptr(hf_digester) digester = hf_digest_new(false);
    for (; count > 0 || at < end; count = put_letters(&at, end, letters))
        hf_digest_update(digester, letters, count);
    hf_digest_finish(digester, &digest);
    return hf_digest_hex(digest.sha256, sizeof(digest.sha256));
}
