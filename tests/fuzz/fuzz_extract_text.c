/* Identification, character sets and plain text, of any bytes: the result is valid UTF-8 within its limit. */
#include "extract/charset.h"
#include "extract/wire.h"
#include "holdfast/identify.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT_LIMIT 5000

static void demand(bool ok)
{
    if (!ok)
        abort();
}

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)data;
    (void)meta;
    (void)error;
    demand(g_utf8_validate(value, -1, NULL));
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    uint64_t *said = data;
    (void)error;
    *said += n;
    demand(n > 0 && *said <= TEXT_LIMIT && hf_wire_valid_text(utf8, n) == n);
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)data;
    (void)error;
    demand(problem->reason < HF_ITEM_LAST);
    return true;
}

static const hf_sink sink = {.meta = on_meta, .text = on_text, .problem = on_problem};

static void decode(const uint8_t *bytes, size_t n, const char *declared)
{
    size_t out_n;
    g_autofree char *text = hf_charset_decode((const char *)bytes, n, declared, NULL, &out_n, NULL);
    for (size_t at = 0; at < out_n;) {
        size_t good = hf_wire_valid_text(text + at, out_n - at);
        demand(at + good == out_n || text[at + good] == '\0');
        at += good + 1;
    }
}

static void extract(int fd, size_t n, const char *type)
{
    const hf_extractor *extractor = hf_extractors_find(type);
    if (extractor == NULL ||
        (strcmp(extractor->name, "text") != 0 && strcmp(extractor->name, "csv") != 0))
        return;
    uint64_t said = 0;
    hf_extraction_input input = {
        .fd = fd, .size = n, .type = type, .name = "x", .limits = hf_extract_default_limits()};
    input.limits.text_bytes = TEXT_LIMIT;
    demand(hf_extraction_run(extractor, &input, &sink, &said, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const declared[] = {NULL,      "utf-8", "iso-2022-jp", "utf-7",  "utf-16",
                                           "gb18030", "big5",  "shift_jis",   "euc-kr", "koi8-r"};
    static const char *const names[] = {NULL,    "x.csv", "x.eml",  "x.html",
                                        "x.key", "x.tsv", "x.emlx", "x.p7s"};
    static hf_identify *identify;
    if (identify == NULL)
        identify = hf_identify_new(NULL);
    if (identify == NULL || n == 0)
        return 0;
    uint8_t choice = *bytes++;
    n--;
    decode(bytes, n, declared[choice % G_N_ELEMENTS(declared)]);
    int fd = memfd_create("fuzz", 0);
    demand(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    hf_identify_input input = {.head = bytes,
                               .head_size = MIN(n, HF_IDENTIFY_HEAD),
                               .fd = fd,
                               .size = n,
                               .name = names[choice % G_N_ELEMENTS(names)]};
    const char *type = hf_identify_type(identify, &input);
    demand(hf_wire_valid_type(type));
    demand(hf_identify_kind(type) != NULL);
    extract(fd, n, type);
    extract(fd, n, "text/plain");
    extract(fd, n, "text/csv");
    close(fd);
    return 0;
}
