/* src/extract/extract_html.c -- HTML and XHTML files. */
#include "extract/extractor.h"
#include "extract/html.h"

#include <string.h>

enum { HEAD_BYTES = 4096, MAX_CHARSET = 40, SLICE_SEARCH = 64 * 1024 };
#define SLICE_BYTES (UINT64_C(32) << 20) /* larger files are read in pieces that end behind a tag */

/* The value that follows `key` in `head`, without quotes; NULL if there is none. Free with g_free. */
static char *value_after(const char *head, const char *key)
{
    const char *p = strstr(head, key);
    if (p == NULL)
        return NULL;
    p += strlen(key);
    p += strspn(p, " \t\r\n");
    if (*p != '=')
        return NULL;
    p++;
    p += strspn(p, " \t\r\n\"'");
    size_t n = strcspn(p, " \t\r\n\"';>/?");
    return n > 0 && n <= MAX_CHARSET ? g_strndup(p, n) : NULL;
}

/* The charset that the page names: `<?xml encoding>`, `<meta charset>`, `<meta http-equiv content="…charset=">`. */
static char *declared_charset(const char *bytes, size_t n)
{
    g_autofree char *head = g_malloc(HEAD_BYTES + 1);
    size_t length = MIN(n, HEAD_BYTES);
    for (size_t i = 0; i < length; i++)
        head[i] = bytes[i] != '\0' ? g_ascii_tolower(bytes[i]) : ' ';
    head[length] = '\0';
    const char *xml = strstr(head, "<?xml");
    if (xml != NULL && xml - head < 16) {
        char *encoding = value_after(xml, "encoding");
        if (encoding != NULL)
            return encoding;
    }
    for (const char *meta = head; (meta = strstr(meta, "<meta")) != NULL; meta++) {
        g_autofree char *tag = g_strndup(meta, strcspn(meta, ">"));
        char *charset = value_after(tag, "charset");
        if (charset != NULL)
            return charset;
    }
    return NULL;
}

/* Wide text without a byte-order mark shows itself by its first tag. */
static bool is_wide(const char *bytes, size_t n, bool *big)
{
    *big = n >= 4 && memcmp(bytes, "\0<\0", 3) == 0 && bytes[3] != '\0';
    return *big ||
           (n >= 4 && bytes[0] == '<' && bytes[1] == '\0' && bytes[2] != '\0' && bytes[3] == '\0');
}

static char *decode_wide(const char *bytes, size_t n, bool big, size_t *out_n)
{
    GString *out = g_string_sized_new(n / 2);
    gunichar high = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint8_t first = (uint8_t)bytes[i], second = (uint8_t)bytes[i + 1];
        gunichar unit = big ? (gunichar)(first << 8 | second) : (gunichar)(second << 8 | first);
        if (unit >= 0xD800 && unit < 0xDC00) {
            high = unit;
            continue;
        }
        if (unit >= 0xDC00 && unit < 0xE000)
            unit = high != 0 ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD;
        high = 0;
        g_string_append_unichar(out, unit);
    }
    *out_n = out->len;
    return g_string_free(out, FALSE);
}

typedef struct {
    hf_extraction *x;
    hf_html_facts facts;
    const char *charset;
    char *declared;
    bool damaged;
    bool wide, big;
} page;

static bool read_slice(page *p, const char *bytes, size_t n, GError **error)
{
    size_t utf8_n = 0;
    bool damaged = false;
    g_autofree char *utf8 =
        p->wide ? decode_wide(bytes, n, p->big, &utf8_n)
                : hf_charset_decode(bytes, n, p->declared, &p->charset, &utf8_n, &damaged);
    p->damaged |= damaged;
    g_autoptr(GString) text = g_string_new(NULL);
    hf_html_read(utf8, utf8_n, text, &p->facts);
    return hf_extraction_break(p->x, error) &&
           hf_extraction_text(p->x, text->str, (gssize)text->len, error);
}

/* Where the slice that starts at `bytes` ends: behind a tag, if one ends near. */
static size_t slice_end(const char *bytes, size_t n, bool wide)
{
    if (n <= SLICE_BYTES)
        return n;
    for (size_t i = SLICE_BYTES; !wide && i > SLICE_BYTES - SLICE_SEARCH; i--) {
        if (bytes[i - 1] == '>')
            return i;
    }
    return SLICE_BYTES;
}

static bool say_facts(page *p, GError **error)
{
    const struct {
        hf_meta meta;
        const char *value;
    } said[] = {{HF_META_TITLE, p->facts.title},
                {HF_META_AUTHOR, p->facts.author},
                {HF_META_COMMENTS, p->facts.description},
                {HF_META_KEYWORDS, p->facts.keywords},
                {HF_META_APPLICATION, p->facts.generator},
                {HF_META_CHARSET, p->wide ? "UTF-16" : p->charset}};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        if (!hf_extraction_meta(p->x, said[i].meta, said[i].value, error))
            return false;
    }
    /* What only the head says is searched as text too. */
    const char *const shown[] = {p->facts.title, p->facts.description, p->facts.keywords};
    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
        if (shown[i] != NULL &&
            (!hf_extraction_break(p->x, error) || !hf_extraction_text(p->x, shown[i], -1, error)))
            return false;
    }
    return !p->damaged || hf_extraction_problem(p->x, HF_ITEM_DAMAGED, "text", error,
                                                "some bytes are not of the page's charset");
}

static bool extract(hf_extraction *x, GError **error)
{
    g_autoptr(GBytes) bytes = hf_extraction_bytes(x, hf_extraction_limits(x)->member_bytes, error);
    if (bytes == NULL)
        return false;
    size_t n = 0;
    const char *at = g_bytes_get_data(bytes, &n);
    page p = {.x = x};
    if (n > 0) {
        p.declared = declared_charset(at, n);
        p.wide = is_wide(at, n, &p.big);
    }
    bool done = true;
    while (done && n > 0) {
        size_t slice = slice_end(at, n, p.wide);
        done = read_slice(&p, at, slice, error);
        at += slice;
        n -= slice;
    }
    done = done && say_facts(&p, error);
    hf_html_facts_clear(&p.facts);
    g_free(p.declared);
    return done;
}

static const char *const types[] = {"text/html", "application/xhtml+xml", NULL};

const hf_extractor hf_extract_html_format = {
    .name = "html", .version = 1, .types = types, .extract = extract};
