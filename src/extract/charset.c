#include "extract/charset.h"
#include "extract/wire.h"
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <uchardet.h>

#define GUESS_BYTES (64u << 10) /* that uchardet gets */
#define DOUBTFUL 10u            /* so few bytes above 127 */
#define REPLACEMENT "\xEF\xBF\xBD"
#define PENDING_MAX 16u /* bytes that one character may have, shifts included */

/* ---- which charset ---- */

/* Names in the wild with what decodes them: the superset that the writers mean (WHATWG Encoding, 4.2), in iconv's names. */
static const char *const aliases[][2] = {
    {"utf8", "UTF-8"},
    {"utf-8", "UTF-8"},
    {"unicode-1-1-utf-8", "UTF-8"},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"ansi_x3.4-1968", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"latin-1", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-11", "WINDOWS-874"},
    {"tis-620", "WINDOWS-874"},
    {"windows-874", "CP874"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"gb2312", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"gbk", "GB18030"},
    {"x-gbk", "GB18030"},
    {"ks_c_5601-1987", "CP949"},
    {"ks_c_5601", "CP949"},
    {"euc-kr", "CP949"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"big5", "CP950"},
    {"x-x-big5", "CP950"},
    {"hz-gb-2312", "HZ"},
    {"x-mac-roman", "MACINTOSH"},
    {"macintosh", "MACINTOSH"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"utf-16", "UTF-16LE"},
    {"unicode", "UTF-16LE"},
};

/* That say nothing. */
static const char *const nameless[] = {
    "unknown-8bit",    "unknown", "x-unknown", "x-user-defined", "default",
    "default_charset", "binary",  "none",      "8bit",           "7bit"};

/* What iconv is to be asked for, interned; NULL if the name is none that it knows. */
static const char *resolve(const char *declared)
{
    if (declared == NULL || *declared == '\0' || strlen(declared) > 40)
        return NULL;
    g_autofree char *name = g_ascii_strdown(declared, -1);
    g_strstrip(name);
    for (size_t i = 0; i < G_N_ELEMENTS(nameless); i++) {
        if (strcmp(name, nameless[i]) == 0)
            return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (strcmp(name, aliases[i][0]) == 0)
            return g_intern_static_string(aliases[i][1]);
    }
    /* Suffixes such as //IGNORE are iconv's own words, not names. */
    if (strchr(name, '/') != NULL)
        return NULL;
    iconv_t conversion = iconv_open("UTF-8", name);
    if (conversion == (iconv_t)-1)
        return NULL;
    iconv_close(conversion);
    for (char *p = name; *p != '\0'; p++)
        *p = g_ascii_toupper(*p);
    return g_intern_string(name);
}

static const char *by_mark(const char *p, size_t n, size_t *mark)
{
    static const struct {
        const char *bytes, *charset;
        size_t size;
    } marks[] = {{"\xEF\xBB\xBF", "UTF-8", 3},
                 {"\xFF\xFE\0\0", "UTF-32LE", 4},
                 {"\0\0\xFE\xFF", "UTF-32BE", 4},
                 {"\xFF\xFE", "UTF-16LE", 2},
                 {"\xFE\xFF", "UTF-16BE", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (n >= marks[i].size && memcmp(p, marks[i].bytes, marks[i].size) == 0) {
            *mark = marks[i].size;
            return marks[i].charset;
        }
    }
    return NULL;
}

/* UTF-16 and UTF-32 without a mark have zeros in the upper bytes of Latin letters and blanks, and nearly none below. */
static const char *by_zeros(const char *p, size_t n)
{
    size_t zeros[4] = {0}, length = MIN(n, 4096u) & ~(size_t)3;
    if (length < 8 || memchr(p, '\0', length) == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++)
        zeros[i % 4] += p[i] == '\0';
    size_t quarter = length / 4, most = quarter - quarter / 8, few = quarter / 16;
    if (zeros[1] >= most && zeros[2] >= most && zeros[3] >= most && zeros[0] <= few)
        return "UTF-32LE";
    if (zeros[0] >= most && zeros[1] >= most && zeros[2] >= most && zeros[3] <= few)
        return "UTF-32BE";
    size_t even = zeros[0] + zeros[2], odd = zeros[1] + zeros[3];
    /* A tenth is enough: scripts without ASCII letters still have ASCII blanks and digits. */
    if (odd * 10 >= length / 2 && even * 20 <= odd)
        return "UTF-16LE";
    if (even * 10 >= length / 2 && odd * 20 <= even)
        return "UTF-16BE";
    return NULL;
}

typedef struct {
    size_t wide, bad; /* characters of more than one byte; places that are no character */
    bool escapes;
} utf8_count;

static utf8_count count_utf8(const char *p, size_t n)
{
    utf8_count count = {.escapes = memchr(p, '\x1b', n) != NULL};
    while (n > 0) {
        size_t good = hf_wire_valid_text(p, n);
        for (size_t i = 0; i < good; i++)
            count.wide += (unsigned char)p[i] >= 0xC0;
        p += good;
        n -= good;
        if (n == 0)
            break;
        /* A character that the end cuts; but where there is no other, it is a letter of another charset. */
        bool cut = count.wide > 0 && n < 4 && (unsigned char)*p >= 0xC2 &&
                   g_utf8_get_char_validated(p, (gssize)n) == (gunichar)-2;
        count.bad += *p != '\0' && !cut;
        p++;
        n--;
        while (cut && n > 0) {
            p++;
            n--;
        }
        /* Few good ones among many bad ones: it is something else, and need not be read to its end. */
        if (count.bad > 100 && count.bad > count.wide)
            break;
    }
    return count;
}

/* Whether all of it decodes: a charset that was declared is believed only then. */
static bool decodes(const char *charset, const char *p, size_t n)
{
    bool damaged = false;
    g_autoptr(GString) out = g_string_sized_new(GUESS_BYTES);
    g_autoptr(hf_charset_decoder) decoder = hf_charset_decoder_new(charset);
    while (n > 0 && !damaged) {
        size_t piece = MIN(n, GUESS_BYTES);
        hf_charset_decoder_feed(decoder, p, piece, false, out, &damaged);
        g_string_truncate(out, 0);
        p += piece;
        n -= piece;
    }
    return !damaged;
}

/* The Latin charsets differ in few letters, and a handful of these tells uchardet nothing: then the commonest is meant. */
static bool is_doubtful(const char *charset, const char *p, size_t n)
{
    static const char *const latin[] = {
        "WINDOWS-1250", "WINDOWS-1254", "WINDOWS-1257",     "ISO-8859-2",  "ISO-8859-3",
        "ISO-8859-4",   "ISO-8859-10",  "ISO-8859-13",      "ISO-8859-15", "ISO-8859-16",
        "WINDOWS-1258", "IBM852",       "MAC-CENTRALEUROPE"};
    size_t high = 0;
    for (size_t i = 0; i < n && high < DOUBTFUL; i++)
        high += (unsigned char)p[i] >= 128;
    for (size_t i = 0; i < G_N_ELEMENTS(latin) && high < DOUBTFUL; i++) {
        if (strcmp(charset, latin[i]) == 0)
            return true;
    }
    return false;
}

static const char *guess(const char *p, size_t n)
{
    uchardet_t detector = uchardet_new();
    uchardet_handle_data(detector, p, MIN(n, GUESS_BYTES));
    uchardet_data_end(detector);
    const char *found = resolve(uchardet_get_charset(detector));
    uchardet_delete(detector);
    bool useful = found != NULL && strcmp(found, "UTF-8") != 0 && !is_doubtful(found, p, n);
    return useful ? found : NULL;
}

static bool is_seven_bit(const char *charset)
{
    return charset != NULL && (g_str_has_prefix(charset, "ISO-2022") ||
                               strcmp(charset, "UTF-7") == 0 || strcmp(charset, "HZ") == 0);
}

static const char *detect(const char *bytes, size_t n, const char *declared, size_t *mark)
{
    const char *found = by_mark(bytes, n, mark);
    if (found == NULL)
        found = by_zeros(bytes, n);
    if (found != NULL)
        return found;
    const char *named = resolve(declared);
    utf8_count utf8 = count_utf8(bytes, n);
    bool ascii = utf8.wide == 0 && utf8.bad == 0;
    if (ascii && is_seven_bit(named) && decodes(named, bytes, n))
        return named;
    if (utf8.bad == 0 && !(ascii && utf8.escapes))
        return "UTF-8";
    /* A few broken places in much that is good UTF-8 do not make it another charset's text. */
    if (utf8.bad * 20 < utf8.wide)
        return "UTF-8";
    bool useful = named != NULL && strcmp(named, "UTF-8") != 0 &&
                  !g_str_has_prefix(named, "UTF-16") && !is_seven_bit(named);
    if (useful && decodes(named, bytes, n))
        return named;
    const char *guessed = guess(bytes, n);
    if (guessed != NULL && (!useful || decodes(guessed, bytes, n)))
        return guessed;
    if (ascii)
        return "UTF-8";
    return useful ? named : "WINDOWS-1252";
}

const char *hf_charset_detect(const char *bytes, size_t n, const char *declared, size_t *mark)
{
    *mark = 0;
    return g_intern_string(detect(bytes, n, declared, mark));
}

/* ---- decoding ---- */

typedef enum { BY_ICONV, BY_UTF8, BY_1252 } method;

struct hf_charset_decoder {
    method how;
    iconv_t conversion;
    size_t unit; /* bytes to pass over where nothing can be decoded */
    char pending[PENDING_MAX];
    size_t n_pending;
};

hf_charset_decoder *hf_charset_decoder_new(const char *charset)
{
    hf_charset_decoder *d = g_new0(hf_charset_decoder, 1);
    d->conversion = (iconv_t)-1;
    d->unit = g_str_has_prefix(charset, "UTF-16") ? 2 : g_str_has_prefix(charset, "UTF-32") ? 4 : 1;
    if (strcmp(charset, "UTF-8") == 0) {
        d->how = BY_UTF8;
        return d;
    }
    if (strcmp(charset, "WINDOWS-1252") != 0)
        d->conversion = iconv_open("UTF-8", charset);
    d->how = d->conversion != (iconv_t)-1 ? BY_ICONV : BY_1252;
    return d;
}

void hf_charset_decoder_free(hf_charset_decoder *d)
{
    if (d == NULL)
        return;
    if (d->conversion != (iconv_t)-1)
        iconv_close(d->conversion);
    g_free(d);
}

/* Bytes 0x80 to 0x9F of windows-1252 (unicode.org CP1252.TXT); 0 where there is none. */
static const uint16_t upper_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static void decode_1252(const char *p, size_t n, GString *out, bool *damaged)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        gunichar u = c >= 0x80 && c < 0xA0 ? upper_1252[c - 0x80] : c;
        if (u < 0x80 && (c < 0x80)) {
            g_string_append_c(out, (char)c);
        } else if (u == 0) {
            g_string_append(out, REPLACEMENT);
            *damaged = true;
        } else {
            g_string_append_unichar(out, u);
        }
    }
}

/* Returns the bytes that it left because they may be the beginning of a character. */
static size_t decode_utf8(const char *p, size_t n, bool last, GString *out, bool *damaged)
{
    while (n > 0) {
        size_t good = hf_wire_valid_text(p, n);
        g_string_append_len(out, p, (gssize)good);
        p += good;
        n -= good;
        if (n == 0)
            return 0;
        if (*p == '\0') {
            g_string_append_c(out, ' ');
        } else {
            if (!last && n < 4 && g_utf8_get_char_validated(p, (gssize)n) == (gunichar)-2)
                return n;
            g_string_append(out, REPLACEMENT);
            *damaged = true;
            /* One mark for a broken character, not one for each of its bytes. */
            while (n > 1 && ((unsigned char)p[1] & 0xC0) == 0x80) {
                p++;
                n--;
            }
        }
        p++;
        n--;
    }
    return 0;
}

static size_t decode_iconv(hf_charset_decoder *d, const char *p, size_t n, bool last, GString *out,
                           bool *damaged)
{
    char piece[4096];
    char *in = (char *)p;
    while (n > 0) {
        char *to = piece;
        size_t room = sizeof piece;
        size_t result = iconv(d->conversion, &in, &n, &to, &room);
        int why = errno;
        g_string_append_len(out, piece, to - piece);
        if (result != (size_t)-1)
            break;
        if (why == E2BIG && room < sizeof piece)
            continue;
        if (why == EINVAL && !last && n < PENDING_MAX)
            return n;
        size_t skip = MIN(n, d->unit);
        g_string_append(out, REPLACEMENT);
        *damaged = true;
        in += skip;
        n -= skip;
    }
    return 0;
}

static size_t decode(hf_charset_decoder *d, const char *p, size_t n, bool last, GString *out,
                     bool *damaged)
{
    switch (d->how) {
    case BY_UTF8:
        return decode_utf8(p, n, last, out, damaged);
    case BY_ICONV:
        return decode_iconv(d, p, n, last, out, damaged);
    default:
        decode_1252(p, n, out, damaged);
        return 0;
    }
}

void hf_charset_decoder_feed(hf_charset_decoder *d, const char *bytes, size_t n, bool last,
                             GString *out, bool *damaged)
{
    /* The character that the last piece cut is finished byte by byte. */
    while (d->n_pending > 0 && (n > 0 || last)) {
        if (n > 0 && d->n_pending < PENDING_MAX) {
            d->pending[d->n_pending++] = *bytes++;
            n--;
        }
        bool end = (last && n == 0) || d->n_pending == PENDING_MAX;
        size_t left = decode(d, d->pending, d->n_pending, end, out, damaged);
        memmove(d->pending, d->pending + d->n_pending - left, left);
        d->n_pending = left;
        if (end)
            break;
    }
    if (n == 0)
        return;
    size_t left = decode(d, bytes, n, last, out, damaged);
    memcpy(d->pending, bytes + n - left, left);
    d->n_pending = left;
}

char *hf_charset_decode(const char *bytes, size_t n, const char *declared, const char **charset,
                        size_t *out_n, bool *damaged)
{
    size_t mark;
    bool broken = false;
    const char *found = hf_charset_detect(bytes, n, declared, &mark);
    g_autoptr(hf_charset_decoder) decoder = hf_charset_decoder_new(found);
    GString *out = g_string_sized_new(n - mark + 16);
    hf_charset_decoder_feed(decoder, bytes + mark, n - mark, true, out, &broken);
    if (charset != NULL)
        *charset = found;
    if (damaged != NULL)
        *damaged = broken;
    *out_n = out->len;
    return g_string_free(out, FALSE);
}
