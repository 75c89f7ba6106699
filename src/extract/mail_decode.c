#include "extract/mail_decode.h"

#include <string.h>

hf_mail_encoding hf_mail_decode_named(const char *name)
{
    static const struct {
        const char *name;
        hf_mail_encoding encoding;
    } names[] = {{"7bit", HF_MAIL_IDENTITY},       {"8bit", HF_MAIL_IDENTITY},
                 {"binary", HF_MAIL_IDENTITY},     {"", HF_MAIL_IDENTITY},
                 {"7-bit", HF_MAIL_IDENTITY},      {"8-bit", HF_MAIL_IDENTITY},
                 {"7bits", HF_MAIL_IDENTITY},      {"8bits", HF_MAIL_IDENTITY},
                 {"none", HF_MAIL_IDENTITY},       {"base64", HF_MAIL_BASE64},
                 {"base-64", HF_MAIL_BASE64},      {"quoted-printable", HF_MAIL_QUOTED},
                 {"x-uuencode", HF_MAIL_UUENCODE}, {"uuencode", HF_MAIL_UUENCODE},
                 {"x-uue", HF_MAIL_UUENCODE},      {"x-yencode", HF_MAIL_UUENCODE}};
    size_t n = strcspn(name, " ;(\t");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strlen(names[i].name) == n && g_ascii_strncasecmp(name, names[i].name, n) == 0)
            return names[i].encoding;
    }
    return HF_MAIL_UNKNOWN;
}

void hf_mail_decode_start(hf_mail_decoder *decoder, hf_mail_encoding encoding, hf_mail_span encoded)
{
    *decoder = (hf_mail_decoder){.encoding = encoding, .rest = encoded};
}

/* 0-63 digits, 64 white space, 65 padding, 66 anything else. */
static const uint8_t *base64_table(void)
{
    static uint8_t table[256];
    static gsize made = 0;
    if (g_once_init_enter(&made)) {
        memset(table, 66, sizeof(table));
        static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (size_t i = 0; i < 64; i++)
            table[(uint8_t)digits[i]] = (uint8_t)i;
        table[' '] = table['\t'] = table['\r'] = table['\n'] = 64;
        table['='] = 65;
        g_once_init_leave(&made, 1);
    }
    return table;
}

/* A whole group of four digits is the common case by far. */
static bool base64_group(const uint8_t *table, const uint8_t *in, char *out)
{
    uint8_t a = table[in[0]], b = table[in[1]], c = table[in[2]], d = table[in[3]];
    if ((a | b | c | d) > 63)
        return false;
    out[0] = (char)(a << 2 | b >> 4);
    out[1] = (char)(b << 4 | c >> 2);
    out[2] = (char)(c << 6 | d);
    return true;
}

static size_t base64_flush(hf_mail_decoder *d, char *out)
{
    size_t n = 0;
    if (d->digits >= 2)
        out[n++] = (char)(d->digits == 2 ? d->bits >> 4 : d->bits >> 10);
    if (d->digits == 3)
        out[n++] = (char)(d->bits >> 2);
    if (d->digits == 1)
        d->truncated = true;
    d->digits = 0;
    d->bits = 0;
    return n;
}

static size_t base64_step(hf_mail_decoder *d, char *out)
{
    const uint8_t *table = base64_table();
    const uint8_t *in = (const uint8_t *)d->rest.at, *end = in + d->rest.n;
    size_t n = 0;
    while (in < end && n + 4 <= HF_MAIL_STEP) {
        if (d->digits == 0 && end - in >= 4 && base64_group(table, in, out + n)) {
            in += 4;
            n += 3;
            continue;
        }
        uint8_t value = table[*in++];
        if (value < 64) {
            d->padded = false;
            d->bits = d->bits << 6 | value;
            if (++d->digits == 4) {
                out[n++] = (char)(d->bits >> 16);
                out[n++] = (char)(d->bits >> 8);
                out[n++] = (char)d->bits;
                d->digits = 0;
                d->bits = 0;
            }
        } else if (value == 65) {
            n += base64_flush(d, out + n);
            d->padded = true;
        } else if (value == 66) {
            d->damaged = true;
            /* Text that a list server put behind the encoded part is not part of it. */
            if (d->padded)
                in = end;
        }
    }
    if (in == end && d->digits > 0 && n + 4 <= HF_MAIL_STEP) {
        d->truncated = true;
        n += base64_flush(d, out + n);
    }
    d->rest = (hf_mail_span){(const char *)in, (size_t)(end - in)};
    return n;
}

/* How many bytes from `in` on are white space up to and with the end of a line; 0 if other things follow. */
static size_t blank_to_line_end(const char *in, const char *end)
{
    const char *p = in;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    if (p < end && *p != '\n')
        return 0;
    return (size_t)(p - in) + (p < end ? 1 : 0);
}

static size_t quoted_step(hf_mail_decoder *d, char *out)
{
    const char *in = d->rest.at, *end = in + d->rest.n;
    size_t n = 0;
    while (in < end && n < HF_MAIL_STEP) {
        const char *stop = (size_t)(end - in) > HF_MAIL_STEP - n ? in + (HF_MAIL_STEP - n) : end;
        const char *equals = memchr(in, '=', (size_t)(stop - in));
        size_t literal = (size_t)((equals != NULL ? equals : stop) - in);
        memcpy(out + n, in, literal);
        n += literal;
        in += literal;
        if (equals == NULL || n >= HF_MAIL_STEP)
            continue;
        int high = end - in > 2 ? g_ascii_xdigit_value(in[1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(in[2]) : -1;
        size_t blank;
        if (low >= 0) {
            out[n++] = (char)(high * 16 + low);
            in += 3;
        } else if ((blank = blank_to_line_end(in + 1, end)) > 0 || in + 1 == end) {
            d->truncated = in + 1 + blank == end && in[blank] != '\n';
            in += 1 + blank;
        } else {
            out[n++] = *in++; /* a bare "=" is kept, as every reader does */
        }
    }
    d->rest = (hf_mail_span){in, (size_t)(end - in)};
    return n;
}

static size_t identity_step(hf_mail_decoder *d, char *out)
{
    size_t n = MIN(d->rest.n, (size_t)HF_MAIL_STEP);
    memcpy(out, d->rest.at, n);
    d->rest = (hf_mail_span){d->rest.at + n, d->rest.n - n};
    return n;
}

size_t hf_mail_decode_step(hf_mail_decoder *decoder, char *out)
{
    /* A step may eat soft line breaks or blanks only and give nothing. */
    while (decoder->rest.n > 0 || decoder->digits > 0) {
        size_t n;
        if (decoder->encoding == HF_MAIL_BASE64)
            n = base64_step(decoder, out);
        else if (decoder->encoding == HF_MAIL_QUOTED)
            n = quoted_step(decoder, out);
        else
            n = identity_step(decoder, out);
        if (n > 0)
            return n;
    }
    return 0;
}
