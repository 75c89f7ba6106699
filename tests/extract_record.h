/* tests/extract_record.h -- a sink that writes down what an extraction says, one line a call, for tests of extractors. */
#pragma once
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "extract/extractor.h"

typedef struct {
    GString *
        said; /* "meta subject=x\n", "child attachment a.txt\n", "data …\n", "end\n", "problem damaged …\n" */
    GString *text;
    GString *bytes; /* of all children */
    unsigned flags, children, problems;
    uint64_t child_bytes;
    bool counting; /* keep no child's bytes */
} record;

static inline bool record_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)error;
    g_string_append_printf(((record *)data)->said, "meta %s=%s\n", hf_extract_meta_name(meta),
                           value);
    return true;
}

static inline bool record_text(void *data, const char *utf8, size_t n, GError **error)
{
    (void)error;
    g_string_append_len(((record *)data)->text, utf8, (gssize)n);
    return true;
}

static inline bool record_flags(void *data, unsigned flags, GError **error)
{
    (void)error;
    ((record *)data)->flags |= flags;
    return true;
}

static inline bool record_begin(void *data, const hf_child *child, GError **error)
{
    static const char *const kinds[] = {"member", "attachment", "embedded", "inline"};
    record *r = data;
    (void)error;
    r->children++;
    if (!r->counting)
        g_string_append_printf(r->said, "child %s %s\n", kinds[child->kind], child->path);
    return true;
}

static inline bool record_data(void *data, const void *bytes, size_t n, GError **error)
{
    record *r = data;
    (void)error;
    r->child_bytes += n;
    if (!r->counting)
        g_string_append_len(r->bytes, bytes, (gssize)n);
    return true;
}

static inline bool record_end(void *data, bool complete, GError **error)
{
    record *r = data;
    (void)error;
    if (!r->counting)
        g_string_append_c(r->bytes, '|');
    if (!complete)
        g_string_append(r->said, "incomplete\n");
    return true;
}

static inline bool record_problem(void *data, const hf_problem *problem, GError **error)
{
    record *r = data;
    (void)error;
    r->problems++;
    g_string_append_printf(r->said, "problem %s %s\n", hf_error_item_name(problem->reason),
                           problem->detail);
    return true;
}

static const hf_sink record_sink = {.meta = record_meta,
                                    .text = record_text,
                                    .flags = record_flags,
                                    .child_begin = record_begin,
                                    .child_data = record_data,
                                    .child_end = record_end,
                                    .problem = record_problem};

static inline void record_clear(record *r)
{
    g_string_free(r->said, TRUE);
    g_string_free(r->text, TRUE);
    g_string_free(r->bytes, TRUE);
}

static inline int record_file(const void *bytes, size_t n)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t done = 0; done < n;) {
        ssize_t step = write(fd, (const char *)bytes + done, n - done);
        assert_true(step > 0);
        done += (size_t)step;
    }
    return fd;
}

static inline hf_extraction_input record_input(int fd, size_t n, const char *type, const char *name)
{
    return (hf_extraction_input){
        .fd = fd, .size = n, .type = type, .name = name, .limits = hf_extract_default_limits()};
}

static inline void record_run(const hf_extractor *extractor, const hf_extraction_input *input,
                              record *r)
{
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "C.UTF-8");
    r->said = g_string_new(NULL);
    r->text = g_string_new(NULL);
    r->bytes = g_string_new(NULL);
    assert_true(hf_extraction_run(extractor, input, &record_sink, r, &error));
    assert_null(error);
}

static inline void record_bytes(const hf_extractor *extractor, const void *bytes, size_t n,
                                record *r)
{
    int fd = record_file(bytes, n);
    hf_extraction_input input = record_input(fd, n, extractor->types[0], "test");
    record_run(extractor, &input, r);
    close(fd);
}

static inline bool record_has(const record *r, const char *line)
{
    g_autofree char *whole = g_strconcat("\n", r->said->str, NULL);
    g_autofree char *wanted = g_strconcat("\n", line, "\n", NULL);
    return strstr(whole, wanted) != NULL;
}

#define assert_said(r, line)                                                                       \
    do {                                                                                           \
        if (!record_has((r), (line)))                                                              \
            print_message("not said: %s\nbut:\n%s", (line), (r)->said->str);                       \
        assert_true(record_has((r), (line)));                                                      \
    } while (0)
