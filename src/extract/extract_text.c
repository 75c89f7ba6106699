#include "extract/charset.h"
#include <errno.h>
#include <sys/mman.h>

extern const hf_extractor hf_extract_text_format, hf_extract_csv_format;

#define PIECE (64u << 10)

static bool say_pieces(hf_extraction *x, const char *bytes, size_t n, const char *charset,
                       bool *damaged, GError **error)
{
    g_autoptr(hf_charset_decoder) decoder = hf_charset_decoder_new(charset);
    g_autoptr(GString) out = g_string_sized_new(PIECE);
    uint64_t limit = hf_extraction_limits(x)->text_bytes;
    while (n > 0) {
        size_t piece = MIN(n, PIECE);
        g_string_truncate(out, 0);
        hf_charset_decoder_feed(decoder, bytes, piece, piece == n, out, damaged);
        /* Only the first piece beyond the limit is said, for then it is known that there was more. */
        bool full = hf_extraction_text_bytes(x) >= limit;
        if (!hf_extraction_text(x, out->str, (gssize)out->len, error))
            return false;
        if (full && out->len > 0)
            return true;
        bytes += piece;
        n -= piece;
    }
    return true;
}

static bool say(hf_extraction *x, const char *bytes, size_t n, GError **error)
{
    size_t mark;
    bool damaged = false;
    const char *charset = hf_charset_detect(bytes, n, NULL, &mark);
    if (!say_pieces(x, bytes + mark, n - mark, charset, &damaged, error) ||
        !hf_extraction_meta(x, HF_META_CHARSET, charset, error))
        return false;
    return !damaged || hf_extraction_problem(x, HF_ITEM_DAMAGED, "text", error,
                                             "some bytes are no characters of %s", charset);
}

/* Of a file that is larger, all beyond is above the text limit, whatever the charset: four bytes make one at the least. */
static uint64_t window(hf_extraction *x)
{
    uint64_t most = MIN(hf_extraction_limits(x)->text_bytes, UINT64_C(128) << 20) * 4 + 4096;
    return MIN(hf_extraction_size(x), most);
}

static bool extract_mapped(hf_extraction *x, size_t n, GError **error)
{
    void *bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, hf_extraction_fd(x), 0);
    if (bytes == MAP_FAILED) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_UNREADABLE, "cannot map: %s", g_strerror(errno));
        return false;
    }
    bool ok = say(x, bytes, n, error);
    munmap(bytes, n);
    return ok;
}

static bool extract(hf_extraction *x, GError **error)
{
    uint64_t n = window(x);
    if (n > PIECE)
        return extract_mapped(x, (size_t)n, error);
    g_autofree char *bytes = g_malloc(PIECE);
    ssize_t got = hf_extraction_pread(x, bytes, (size_t)n, 0, error);
    return got >= 0 && say(x, bytes, (size_t)got, error);
}

static const char *const text_types[] = {
    "text/",
    "application/json",
    "application/javascript",
    "application/x-ndjson",
    "application/x-sh",
    "application/x-shellscript",
    "application/x-wine-extension-ini",
    "application/x-setupscript",
    "application/sql",
    NULL,
};
static const char *const csv_types[] = {"text/csv", "text/tab-separated-values", NULL};

const hf_extractor hf_extract_text_format = {
    .name = "text", .version = 1, .types = text_types, .extract = extract};
const hf_extractor hf_extract_csv_format = {
    .name = "csv", .version = 1, .types = csv_types, .extract = extract};
