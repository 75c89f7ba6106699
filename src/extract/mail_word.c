#include "extract/mail_word.h"

#include <string.h>

#include "extract/extractor.h"
#include "extract/mail_decode.h"

/* RFC 2047 allows 75 characters; mailers write more. Bounded, or a header of open words would take for ever. */
#define WORD_MAX (16 * 1024)

typedef struct {
    const char *charset, *text;
    size_t charset_size, text_size;
    bool base64;
    const char *next;
} word;

/* Reads the word at `at`, which begins with "=?". */
static bool read_word(const char *at, word *w)
{
    w->charset = at + 2;
    w->charset_size = strcspn(w->charset, "?* ");
    const char *p = w->charset + w->charset_size;
    if (*p == '*')
        p += strcspn(p, "? "); /* a language, RFC 2231 5 */
    if (w->charset_size == 0 || w->charset_size > 40 || *p != '?')
        return false;
    char kind = g_ascii_toupper(p[1]);
    if ((kind != 'B' && kind != 'Q') || p[2] != '?')
        return false;
    w->base64 = kind == 'B';
    w->text = p + 3;
    size_t room = strnlen(w->text, WORD_MAX);
    const char *end = memmem(w->text, room, "?=", 2);
    /* "=?utf-8?Q?=41?=" has its first "?=" inside. */
    if (end == w->text && !w->base64 && g_ascii_isxdigit(end[2]))
        end = memmem(end + 2, room - 2, "?=", 2);
    if (end == NULL)
        return false;
    w->text_size = (size_t)(end - w->text);
    w->next = end + 2;
    return true;
}

static void append_base64(const word *w, GString *out)
{
    g_autofree char *piece = g_malloc(HF_MAIL_STEP);
    hf_mail_decoder decoder;
    hf_mail_decode_start(&decoder, HF_MAIL_BASE64, (hf_mail_span){w->text, w->text_size});
    for (size_t n; (n = hf_mail_decode_step(&decoder, piece)) > 0;)
        g_string_append_len(out, piece, (gssize)n);
}

static void append_quoted(const word *w, GString *out)
{
    for (size_t i = 0; i < w->text_size; i++) {
        char c = w->text[i];
        int high = c == '=' && i + 2 < w->text_size ? g_ascii_xdigit_value(w->text[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(w->text[i + 2]) : -1;
        if (low >= 0) {
            g_string_append_c(out, (char)(high * 16 + low));
            i += 2;
        } else {
            g_string_append_c(out, c == '_' ? ' ' : c);
        }
    }
}

typedef struct {
    GString *out, *bytes; /* text; bytes of words not decoded yet, of one charset */
    char charset[48];
} joiner;

static void flush(joiner *j)
{
    if (j->bytes->len == 0)
        return;
    size_t n;
    g_autofree char *utf8 =
        hf_charset_decode(j->bytes->str, j->bytes->len, j->charset, NULL, &n, NULL);
    g_string_append_len(j->out, utf8, (gssize)n);
    g_string_truncate(j->bytes, 0);
}

static void add_word(joiner *j, const word *w)
{
    char charset[48];
    g_snprintf(charset, sizeof(charset), "%.*s", (int)w->charset_size, w->charset);
    if (g_ascii_strcasecmp(charset, j->charset) != 0)
        flush(j);
    memcpy(j->charset, charset, sizeof(charset));
    if (w->base64)
        append_base64(w, j->bytes);
    else
        append_quoted(w, j->bytes);
}

char *hf_mail_word_decode(const char *utf8)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    joiner j = {.out = g_string_sized_new(strlen(utf8)), .bytes = bytes};
    const char *at = utf8;
    bool after_word = false;
    while (*at != '\0') {
        /* White space between two words is none of the text. */
        size_t blank = after_word ? strspn(at, " \t") : 0;
        word w;
        if (at[blank] == '=' && at[blank + 1] == '?' && read_word(at + blank, &w)) {
            add_word(&j, &w);
            at = w.next;
            after_word = true;
            continue;
        }
        flush(&j);
        after_word = false;
        size_t plain = 1 + strcspn(at + 1, "=");
        g_string_append_len(j.out, at, (gssize)plain);
        at += plain;
    }
    flush(&j);
    return g_string_free(j.out, FALSE);
}
