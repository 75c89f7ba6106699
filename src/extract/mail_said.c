#include "extract/mail_said.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "extract/mail_body.h"

/* Some fifty bytes of memory a word. */
#define COMPARED_MAX (4 * 1024 * 1024)

struct hf_mail_said {
    GHashTable *known; /* hashes of words and of pairs of words */
    size_t bytes;
};

hf_mail_said *hf_mail_said_new(void)
{
    hf_mail_said *said = g_new0(hf_mail_said, 1);
    said->known = g_hash_table_new(NULL, NULL);
    return said;
}

void hf_mail_said_free(hf_mail_said *said)
{
    if (said == NULL)
        return;
    g_hash_table_unref(said->known);
    g_free(said);
}

static const uint64_t basis = UINT64_C(14695981039346656037), prime = UINT64_C(1099511628211);

static uint64_t mixed(uint64_t hash, gunichar c)
{
    return (hash ^ c) * prime; /* FNV-1a, a character at a time */
}

/* The character at *at, 0 for what is no letter or digit. */
static gunichar next_letter(const char **at, const char *end)
{
    unsigned char byte = (unsigned char)**at;
    if (byte < 128) {
        (*at)++;
        return g_ascii_isalnum(byte) ? (gunichar)g_ascii_tolower((char)byte) : 0;
    }
    gunichar c = g_utf8_get_char_validated(*at, end - *at);
    if (c >= (gunichar)-2) {
        (*at)++;
        return 0;
    }
    *at = g_utf8_next_char(*at);
    return g_unichar_isalnum(c) ? g_unichar_tolower(c) : 0;
}

/* The hash of the next word, 0 if there is none. */
static uint64_t next_word(const char **at, const char *end)
{
    gunichar c = 0;
    while (*at < end && c == 0)
        c = next_letter(at, end);
    if (c == 0)
        return 0;
    uint64_t hash = basis;
    for (; c != 0; c = *at < end ? next_letter(at, end) : 0)
        hash = mixed(hash, c);
    return hash != 0 ? hash : 1;
}

static gpointer pair(uint64_t before, uint64_t word)
{
    return GSIZE_TO_POINTER((before * prime) ^ word);
}

/* Adds the words; whether there was a new one among them. */
static bool add_words(hf_mail_said *said, const char *at, const char *end)
{
    bool fresh = false;
    uint64_t before = 0;
    said->bytes += (size_t)(end - at);
    for (uint64_t word; (word = next_word(&at, end)) != 0; before = word) {
        /* The first of a line has no word before it, and follows any. */
        bool alone = g_hash_table_add(said->known, pair(0, word));
        fresh = (before != 0 ? g_hash_table_add(said->known, pair(before, word)) : alone) || fresh;
    }
    return fresh;
}

void hf_mail_said_append(hf_mail_said *said, const GString *more, GString *out)
{
    const char *end = more->str + more->len;
    if (said->bytes == 0 || more->len > COMPARED_MAX - MIN(said->bytes, COMPARED_MAX)) {
        hf_mail_body_append(out, more->str, more->len);
        if (more->len <= COMPARED_MAX - MIN(said->bytes, COMPARED_MAX))
            add_words(said, more->str, end);
        return;
    }
    for (const char *line = more->str; line < end;) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        const char *stop = feed != NULL ? feed : end;
        if (add_words(said, line, stop))
            hf_mail_body_append(out, line, (size_t)(stop - line));
        line = stop + 1;
    }
}
