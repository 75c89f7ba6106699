/* tests/fuzz/extract_checked.h -- one extractor on any bytes, with what its calls promise checked: valid UTF-8, children that
 * are not nested and end. For the fuzz targets that include it. */
#pragma once
#include <locale.h>
#include <sys/mman.h>
#include <unistd.h>

#include "extract/extractor.h"

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)data, (void)meta, (void)error;
    g_assert(g_utf8_validate(value, -1, NULL));
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    (void)data, (void)error;
    g_assert(g_utf8_validate(utf8, (gssize)n, NULL));
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    (void)data, (void)flags, (void)error;
    return true;
}

static bool on_begin(void *data, const hf_child *child, GError **error)
{
    bool *open = data;
    (void)child, (void)error;
    g_assert(!*open);
    *open = true;
    return true;
}

static bool on_data(void *data, const void *bytes, size_t n, GError **error)
{
    (void)bytes, (void)n, (void)error;
    g_assert(*(bool *)data);
    return true;
}

static bool on_end(void *data, bool complete, GError **error)
{
    (void)complete, (void)error;
    *(bool *)data = false;
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)data, (void)problem, (void)error;
    return true;
}

static int extract_checked(const hf_extractor *format, const uint8_t *data, size_t size)
{
    static const hf_sink sink = {.meta = on_meta,
                                 .text = on_text,
                                 .flags = on_flags,
                                 .child_begin = on_begin,
                                 .child_data = on_data,
                                 .child_end = on_end,
                                 .problem = on_problem};
    static int fd = -1;
    if (fd < 0) {
        setlocale(LC_ALL, "C.UTF-8");
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    hf_extraction_input input = {.fd = fd,
                                 .size = size,
                                 .type = format->types[0],
                                 .name = "fuzz",
                                 .limits = hf_extract_default_limits()};
    input.limits.output_bytes = 16u << 20;
    bool open = false;
    g_autoptr(GError) error = NULL;
    g_assert(hf_extraction_run(format, &input, &sink, &open, &error));
    g_assert(!open);
    return 0;
}
