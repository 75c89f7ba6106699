/* Reads any bytes with the extractor of the type that they are identified as; HF_FUZZ_TYPE in the environment names a type for
 * all inputs. Checks that what an extractor says keeps the rules of its sink. */
#include "extract/extractor.h"
#include "extract/loaded.h"
#include "holdfast/identify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct {
    bool in_child;
    uint64_t said;
} heard;

static void insist(bool rule)
{
    if (!rule)
        abort();
}

static bool on_identified(void *data, const char *type, const char *extractor, unsigned version,
                          bool container, GError **error)
{
    (void)data, (void)extractor, (void)version, (void)container, (void)error;
    insist(type != NULL);
    return true;
}

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)data, (void)error;
    insist(meta < HF_META_LAST && value != NULL && g_utf8_validate(value, -1, NULL));
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    heard *h = data;
    (void)error;
    insist(n <= (1u << 20) && g_utf8_validate(utf8, (gssize)n, NULL));
    h->said += n;
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    (void)data, (void)flags, (void)error;
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    heard *h = data;
    (void)error;
    insist(!h->in_child && child->path != NULL);
    h->in_child = true;
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    heard *h = data;
    insist(h->in_child && (bytes != NULL || n == 0));
    h->said += n;
    if (h->said < (64u << 20))
        return true;
    g_set_error_literal(error, HF_ERROR, HF_ERROR_IO, "enough");
    return false;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    heard *h = data;
    (void)complete, (void)error;
    insist(h->in_child);
    h->in_child = false;
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)data, (void)error;
    insist(problem->reason < HF_ITEM_LAST && problem->stage != NULL && problem->detail != NULL);
    return true;
}

static const hf_sink sink = {on_identified,  on_meta,       on_text,      on_flags,
                             on_child_begin, on_child_data, on_child_end, on_problem};

static hf_identify *identify;

static void forget(void)
{
    hf_identify_free(identify);
}

static const char *type_of(const uint8_t *data, size_t n, int fd)
{
    const char *forced = getenv("HF_FUZZ_TYPE");
    if (forced != NULL)
        return forced;
    hf_identify_input input = {
        .head = data, .head_size = MIN(n, HF_IDENTIFY_HEAD), .fd = fd, .size = n, .name = "fuzz"};
    return hf_identify_type(identify, &input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const passwords[] = {"kestrel-2024", NULL};
    if (identify == NULL) {
        hf_loaded_open(false);
        identify = hf_identify_new(NULL);
        insist(identify != NULL);
        atexit(forget);
    }
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    insist(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    const char *type = type_of(data, n, fd);
    const hf_extractor *extractor = hf_extractors_find(type);
    if (extractor != NULL) {
        hf_extraction_input input = {.fd = fd,
                                     .size = n,
                                     .type = type,
                                     .name = "fuzz",
                                     .all_embedded = true,
                                     .passwords = passwords,
                                     .limits = hf_extract_default_limits()};
        g_autoptr(GError) error = NULL;
        heard h = {0};
        hf_extraction_run(extractor, &input, &sink, &h, &error);
    }
    close(fd);
    return 0;
}
