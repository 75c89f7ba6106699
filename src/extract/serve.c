#include "extract/serve.h"
#include "extract/extractor.h"
#include "extract/loaded.h"
#include "extract/sandbox.h"
#include "extract/wire.h"
#include "holdfast/identify.h"
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#define MESSAGE_MAX (8u << 20) /* from the parent */
#define PIECE 16384u
#define KEPT_BYTES (8 << 20)

typedef struct {
    int fd;
    GByteArray *inbox;
    int passed; /* the descriptor that came last, -1: none */
    hf_wire_out out;
    hf_limits limits;
    hf_identify *identify;
} server;

/* Receives some bytes, and perhaps a descriptor. False at the end. */
static bool receive(server *s, GError **error)
{
    uint8_t bytes[PIECE];
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    ssize_t n;
    do
        n = recvmsg(s->fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return hf_error_set_errno(error, errno, "read from", "the parent");
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        if (s->passed >= 0)
            close(s->passed);
        memcpy(&s->passed, CMSG_DATA(c), sizeof(int));
    }
    g_byte_array_append(s->inbox, bytes, (guint)n);
    return n > 0;
}

/* The next message into *type and *payload (free it); false at the end of the conversation, *error set if it is a bad one. */
static bool next_message(server *s, uint8_t *type, GByteArray **payload, GError **error)
{
    for (;;) {
        uint32_t n = 0;
        if (s->inbox->len >= HF_WIRE_HEADER) {
            memcpy(&n, s->inbox->data, 4);
            if (n > MESSAGE_MAX) {
                g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "a message of %u bytes", n);
                return false;
            }
            if (s->inbox->len - HF_WIRE_HEADER >= n)
                break;
        }
        if (!receive(s, error))
            return false;
    }
    uint32_t n;
    memcpy(&n, s->inbox->data, 4);
    *type = s->inbox->data[4];
    *payload = g_byte_array_sized_new(n);
    g_byte_array_append(*payload, s->inbox->data + HF_WIRE_HEADER, n);
    g_byte_array_remove_range(s->inbox, 0, HF_WIRE_HEADER + n);
    return true;
}

static int take_passed(server *s)
{
    int fd = s->passed;
    s->passed = -1;
    return fd;
}

/* ---- a job ---- */

static bool say_progress(void *data, GError **error)
{
    return hf_wire_out_progress(data, error);
}

static int ask_for_scratch(void *data, GError **error)
{
    server *s = data;
    g_autoptr(GByteArray) payload = NULL;
    uint8_t type = 0;
    if (!hf_wire_out_scratch(&s->out, error) || !next_message(s, &type, &payload, error))
        return -1;
    int fd = take_passed(s);
    if (type != HF_WIRE_SCRATCH || fd < 0)
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_LIMIT, "there is no room for a scratch file");
    return fd;
}

/* What the parent document said of the type counts where the bytes say little. */
static const char *refine(const char *type, const char *hint)
{
    if (strcmp(type, "text/plain") != 0 || hint == NULL)
        return type;
    static const char *const believed[] = {"text/html", "text/csv", "message/rfc822",
                                           "text/calendar"};
    for (size_t i = 0; i < G_N_ELEMENTS(believed); i++) {
        if (strcmp(hint, believed[i]) == 0)
            return believed[i];
    }
    return type;
}

static const char *identify(server *s, const hf_wire_job *job, int fd)
{
    uint8_t head[HF_IDENTIFY_HEAD];
    ssize_t n = pread(fd, head, sizeof head, 0);
    hf_identify_input input = {.head = head,
                               .head_size = n < 0 ? 0 : (size_t)n,
                               .fd = fd,
                               .size = job->size,
                               .name = job->name};
    return refine(hf_identify_type(s->identify, &input), job->type_hint);
}

static bool run(server *s, const hf_wire_job *job, int fd, GError **error)
{
    const char *type = identify(s, job, fd);
    const hf_extractor *extractor = hf_extractors_find(type);
    bool container = extractor != NULL && extractor->container;
    if (!hf_wire_sink.identified(&s->out, type, extractor != NULL ? extractor->name : NULL,
                                 extractor != NULL ? extractor->version : 0, container, error))
        return false;
    if (job->identify_only)
        return hf_wire_out_done(&s->out, false, error);
    if (container && job->defer_containers)
        return hf_wire_out_done(&s->out, true, error);
    hf_extraction_input input = {.fd = fd,
                                 .size = job->size,
                                 .type = type,
                                 .name = job->name,
                                 .depth = job->depth,
                                 .all_embedded = job->all_embedded,
                                 .passwords = (const char *const *)job->passwords,
                                 .limits = s->limits,
                                 .scratch = ask_for_scratch,
                                 .scratch_data = s,
                                 .progress = say_progress,
                                 .progress_data = &s->out};
    /* Where nothing reads this type, the parent has been told so with the type. */
    return (extractor == NULL ||
            hf_extraction_run(extractor, &input, &hf_wire_sink, &s->out, error)) &&
           hf_wire_out_done(&s->out, false, error);
}

static bool serve_job(server *s, const GByteArray *payload, GError **error)
{
    hf_wire_job job;
    int fd = take_passed(s);
    bool ok = hf_wire_get_job(payload->data, payload->len, &job);
    if (!ok || fd < 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "a job that is not of its form");
        ok = false;
    } else {
        ok = run(s, &job, fd, error);
    }
    if (fd >= 0)
        close(fd);
    hf_wire_clear_job(&job);
    return ok;
}

/* ---- beginning ---- */

static bool lock(const hf_wire_config *config, bool *landlock, GError **error)
{
    *landlock = false;
    if (!config->no_sandbox)
        return hf_sandbox_limit(&config->limits, error) && hf_sandbox_lock(landlock, error);
#ifdef HF_SANITIZED
    return true;
#else
    g_set_error(error, HF_ERROR, HF_ERROR_REFUSED,
                "a worker without sandbox is for sanitizer builds");
    return false;
#endif
}

static bool begin(server *s, GError **error)
{
    g_autoptr(GByteArray) payload = NULL;
    uint8_t type = 0;
    hf_wire_config config;
    bool landlock;
    if (!next_message(s, &type, &payload, error))
        return false;
    if (type != HF_WIRE_CONFIG || !hf_wire_get_config(payload->data, payload->len, &config)) {
        g_set_error(error, HF_ERROR, HF_ERROR_VERSION, "a parent of another version");
        return false;
    }
    s->limits = config.limits;
    /* Documents come and go: memory that one gave back is kept for the next. */
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, KEPT_BYTES / 8);
    s->identify = hf_identify_new(error);
    if (s->identify == NULL)
        return false;
    hf_loaded_open(true);
    return lock(&config, &landlock, error) && hf_wire_out_ready(&s->out, landlock, error);
}

static bool serve(server *s, GError **error)
{
    if (!begin(s, error))
        return false;
    for (;;) {
        g_autoptr(GByteArray) payload = NULL;
        uint8_t type = 0;
        if (!next_message(s, &type, &payload, error))
            return error == NULL || *error == NULL;
        if (type != HF_WIRE_JOB || !serve_job(s, payload, error))
            return false;
    }
}

int hf_serve(int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    server s = {.fd = fd, .inbox = g_byte_array_new(), .passed = -1};
    hf_wire_out_init(&s.out, fd);
    g_autoptr(GError) error = NULL;
    bool ok = serve(&s, &error);
    hf_identify_free(s.identify);
    hf_wire_out_clear(&s.out);
    g_byte_array_unref(s.inbox);
    return ok && error == NULL ? 0 : 1;
}
