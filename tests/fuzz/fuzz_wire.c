/* The parent's check of a worker's frames, and the worker's reading of its parent's. Whatever the bytes are, the sink sees
 * calls in their order and of their form. */
#include "extract/wire.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    unsigned identified;
    bool in_child, done;
    uint64_t text, children;
} seen;

static void demand(bool ok)
{
    if (!ok)
        abort();
}

static bool on_identified(void *data, const char *type, const char *extractor, unsigned version,
                          bool container, GError **error)
{
    seen *s = data;
    (void)version;
    (void)container;
    (void)error;
    demand(s->identified++ == 0 && hf_wire_valid_type(type));
    demand(extractor == NULL || hf_extract_version(extractor) > 0);
    return true;
}

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    seen *s = data;
    (void)error;
    demand(s->identified == 1 && !s->in_child && (unsigned)meta < HF_META_LAST &&
           g_utf8_validate(value, -1, NULL));
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    seen *s = data;
    (void)error;
    s->text += n;
    demand(s->identified == 1 && !s->in_child && g_utf8_validate_len(utf8, n, NULL) &&
           s->text <= 1000);
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    seen *s = data;
    (void)error;
    demand(s->identified == 1 && !s->in_child && flags != 0);
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    seen *s = data;
    (void)error;
    demand(s->identified == 1 && !s->in_child && child->path != NULL && ++s->children <= 10);
    s->in_child = true;
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    seen *s = data;
    (void)error;
    demand(s->in_child && bytes != NULL && n > 0);
    return true;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    seen *s = data;
    (void)complete;
    (void)error;
    demand(s->in_child);
    s->in_child = false;
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    seen *s = data;
    (void)error;
    demand(s->identified == 1 && !s->in_child && problem->reason < HF_ITEM_LAST);
    demand(g_utf8_validate(problem->detail, -1, NULL) && g_utf8_validate(problem->stage, -1, NULL));
    return true;
}

static const hf_sink sink = {on_identified,  on_meta,       on_text,      on_flags,
                             on_child_begin, on_child_data, on_child_end, on_problem};

static void read_as_parent(const uint8_t *bytes, size_t n, bool defer)
{
    hf_limits limits = hf_extract_default_limits();
    limits.text_bytes = 1000;
    limits.children = limits.document_children = 10;
    hf_job job = {.defer_containers = defer};
    seen s = {0};
    g_autoptr(hf_wire_in) in = hf_wire_in_new(&limits, &job, &sink, &s);
    hf_wire_state state;
    do {
        size_t used;
        g_autoptr(GError) error = NULL;
        state = hf_wire_in_feed(in, bytes, n, &used, &error);
        demand(used <= n && (state == HF_WIRE_FAILED) == (error != NULL));
        bytes += used;
        n -= used;
    } while (state == HF_WIRE_WANTS_SCRATCH);
    demand(hf_wire_in_abandon(in, NULL) && !s.in_child);
}

static void read_as_worker(const uint8_t *bytes, size_t n)
{
    hf_wire_job job;
    hf_wire_config config;
    hf_wire_get_job(bytes, n, &job);
    hf_wire_clear_job(&job);
    hf_wire_get_config(bytes, n, &config);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    if (bytes[0] % 4 == 0)
        read_as_worker(bytes + 1, n - 1);
    else
        read_as_parent(bytes + 1, n - 1, bytes[0] % 4 == 1);
    return 0;
}
