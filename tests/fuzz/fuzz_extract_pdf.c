/* tests/fuzz/fuzz_extract_pdf.c -- any bytes through the extractor of PDF, twice: mapped, and read through the descriptor
 * as large files are. What is said has to be what the contract of extractor.h allows. */
#include "extract/extractor.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const hf_extractor hf_extract_pdf_format;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

typedef struct {
    bool in_child;
} state;

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)data, (void)error;
    g_assert_true(meta < HF_META_LAST && g_utf8_validate(value, -1, NULL));
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    (void)error;
    g_assert_true(!((state *)data)->in_child && g_utf8_validate(utf8, (gssize)n, NULL));
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    (void)data, (void)flags, (void)error;
    return true;
}

static bool on_child(void *data, const hf_child *child, GError **error)
{
    (void)error;
    state *s = data;
    g_assert_true(!s->in_child && child->kind == HF_CHILD_EMBEDDED && child->path != NULL);
    s->in_child = true;
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    (void)bytes, (void)n, (void)error;
    g_assert_true(((state *)data)->in_child);
    return true;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    (void)complete, (void)error;
    state *s = data;
    g_assert_true(s->in_child);
    s->in_child = false;
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)data, (void)error;
    g_assert_true(problem->reason < HF_ITEM_LAST && problem->detail != NULL);
    return true;
}

static void extract(int fd, size_t n, uint64_t address_space)
{
    static const hf_sink sink = {NULL,     on_meta,       on_text,      on_flags,
                                 on_child, on_child_data, on_child_end, on_problem};
    static const char *const passwords[] = {"secret", "gehe\xC3\xAFm", NULL};
    hf_extraction_input input = {.fd = fd,
                                 .size = n,
                                 .type = "application/pdf",
                                 .name = "fuzz.pdf",
                                 .passwords = passwords,
                                 .limits = hf_extract_default_limits()};
    if (address_space > 0)
        input.limits.address_space = address_space;
    input.limits.text_bytes = 1 << 20;
    input.limits.output_bytes = 16 << 20;
    input.limits.total_seconds = 5;
    state s = {false};
    g_autoptr(GError) error = NULL;
    g_assert_true(hf_extraction_run(&hf_extract_pdf_format, &input, &sink, &s, &error));
    g_assert_true(!s.in_child);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_assert_true(fd >= 0 && hf_file_write_all(fd, bytes, n, "fuzz", NULL));
    extract(fd, n, 0);
    extract(fd, n, 1);
    close(fd);
    return 0;
}
