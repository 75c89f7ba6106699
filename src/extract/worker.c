#include "holdfast/extract.h"
#include "extract/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCUMENTS_MAX 5000u /* then the process is replaced */
#define START_SECONDS 60u
#define BUFFER (128u << 10)

/* A process; pid 0: none. */
typedef struct {
    pid_t pid;
    int fd;
    bool ready, landlock;
    unsigned documents;
} process;

struct hf_worker {
    char *program;
    hf_limits limits;
    bool no_sandbox;
    process p;
    bool renew;
    uint8_t *buffer;
    size_t used;
};

/* ---- the process ---- */

/* Beside this program, where a build and a test have it; else where an installation puts it. */
static char *find_program(const char *given)
{
    if (given != NULL)
        return g_strdup(given);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = g_path_get_dirname(self != NULL ? self : ".");
    g_autofree char *beside = g_build_filename(directory, "holdfast-worker", NULL);
    if (access(beside, X_OK) == 0)
        return g_steal_pointer(&beside);
    return g_build_filename(directory, "..", "libexec", "holdfast", "holdfast-worker", NULL);
}

/* Descriptors: the socket is 0, 1 and 2 go nowhere, there is no other. No signal is blocked or ignored. */
static int spawn(const char *program, int socket, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_adddup2(&actions, socket, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    /* A zone of its own would be a file to read, and documents must not read differently on another machine. */
    static char *const environment[] = {"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC0", NULL};
    static char *const arguments[] = {"holdfast-worker", NULL};
    int failed = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Sends bytes and, if it is not -1, a descriptor with the first of them. */
static bool send_all(int socket, const uint8_t *bytes, size_t n, int passed)
{
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    while (n > 0) {
        struct iovec part = {(void *)bytes, n};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (passed >= 0) {
            message.msg_control = control.space;
            message.msg_controllen = sizeof control.space;
            struct cmsghdr *c = CMSG_FIRSTHDR(&message);
            c->cmsg_level = SOL_SOCKET;
            c->cmsg_type = SCM_RIGHTS;
            c->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(c), &passed, sizeof(int));
        }
        ssize_t done = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        n -= (size_t)done;
        passed = -1;
    }
    return true;
}

/* Ends the process, however it is; returns its wait status, 0 if there was none. */
static int stop(hf_worker *w)
{
    int status = 0;
    if (w->p.pid == 0)
        return 0;
    kill(w->p.pid, SIGKILL); /* one that ended by itself keeps its own status */
    while (waitpid(w->p.pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(w->p.fd);
    w->p = (process){0};
    w->used = 0;
    return status;
}

static bool start(hf_worker *w, GError **error)
{
    int pair[2];
    stop(w);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return hf_error_set_errno(error, errno, "make a socket for", w->program);
    /* A worker that reads nothing must not hold up its parent for ever. */
    struct timeval patience = {.tv_sec = START_SECONDS};
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int failed = spawn(w->program, pair[1], &w->p.pid);
    close(pair[1]);
    if (failed != 0) {
        w->p.pid = 0;
        close(pair[0]);
        return hf_error_set_errno(error, failed, "start", w->program);
    }
    w->p.fd = pair[0];
    w->renew = false;
    hf_wire_config config = {
        .version = HF_WIRE_VERSION, .no_sandbox = w->no_sandbox, .limits = w->limits};
    g_autoptr(GByteArray) message = g_byte_array_new();
    hf_wire_put_config(message, &config);
    /* A process that is gone already is noticed when its greeting is waited for. */
    (void)send_all(w->p.fd, message->data, message->len, -1);
    return true;
}

typedef enum { GOT_BYTES, GOT_END, GOT_NOTHING } got;

/* Waits for bytes, at most `milliseconds`. */
static got receive(hf_worker *w, int milliseconds)
{
    struct pollfd p = {.fd = w->p.fd, .events = POLLIN};
    int64_t until = g_get_monotonic_time() + (int64_t)milliseconds * 1000;
    int ready = poll(&p, 1, milliseconds);
    while (ready < 0 && errno == EINTR) {
        int64_t left = until - g_get_monotonic_time();
        ready = left <= 0 ? 0 : poll(&p, 1, (int)((left + 999) / 1000));
    }
    if (ready == 0)
        return GOT_NOTHING;
    ssize_t n = recv(w->p.fd, w->buffer + w->used, BUFFER - w->used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return GOT_BYTES; /* none, but the deadline is not over */
    if (n <= 0)
        return GOT_END;
    w->used += (size_t)n;
    return GOT_BYTES;
}

static void consume(hf_worker *w, size_t n)
{
    w->used -= n;
    memmove(w->buffer, w->buffer + n, w->used);
}

static char *describe_end(int status)
{
    if (WIFEXITED(status))
        return g_strdup_printf(
            "it ended by itself with status %d, as libraries do that lack memory",
            WEXITSTATUS(status));
    int s = WTERMSIG(status);
    if (s == SIGSYS)
        return g_strdup("it tried what the sandbox forbids");
    if (s == SIGABRT)
        return g_strdup("a library gave up, as when memory runs out");
    if (s == SIGKILL)
        return g_strdup("it was killed, as when memory runs out");
    return g_strdup_printf("it ended by signal %d (%s)", s, strsignal(s));
}

static bool wait_ready(hf_worker *w, GError **error)
{
    size_t used = 0;
    hf_wire_state state = HF_WIRE_MORE;
    got g = GOT_BYTES;
    while (state == HF_WIRE_MORE && g == GOT_BYTES) {
        g = receive(w, (int)START_SECONDS * 1000);
        state = hf_wire_in_ready(w->buffer, w->used, &used, &w->p.landlock, NULL);
    }
    if (state == HF_WIRE_FINISHED) {
        consume(w, used);
        w->p.ready = true;
        return true;
    }
    int status = stop(w);
    g_autofree char *how =
        g == GOT_END ? describe_end(status) : g_strdup("it gave no right greeting");
    g_autofree char *program = hf_name_display(w->program, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the worker \"%s\" did not start: %s", program,
                how);
    return false;
}

hf_worker *hf_worker_new(const hf_worker_options *options, GError **error)
{
    g_autoptr(hf_worker) w = g_new0(hf_worker, 1);
    w->program = find_program(options->program);
    w->limits = options->limits;
    w->no_sandbox = options->no_sandbox;
    w->buffer = g_malloc(BUFFER);
    if (!start(w, error) || (!options->no_wait && !wait_ready(w, error)))
        return NULL;
    return g_steal_pointer(&w);
}

void hf_worker_free(hf_worker *w)
{
    if (w == NULL)
        return;
    stop(w);
    g_free(w->buffer);
    g_free(w->program);
    g_free(w);
}

bool hf_worker_has_landlock(const hf_worker *w)
{
    return w->p.landlock;
}

void hf_worker_renew(hf_worker *w)
{
    w->renew = true;
    /* A new one loads while the caller does something else. If it cannot be had, the next run says so. */
    if (w->p.documents > 0)
        start(w, NULL);
}

/* Nothing may come from a worker that has no job: bytes or an end mean that it cannot be used. */
static bool is_idle(const hf_worker *w)
{
    struct pollfd p = {.fd = w->p.fd, .events = POLLIN};
    return w->used == 0 && poll(&p, 1, 0) == 0;
}

static bool make_ready(hf_worker *w, GError **error)
{
    bool fresh = w->p.pid != 0 && w->p.documents == 0;
    if (w->p.pid != 0 && w->p.ready &&
        ((w->renew && !fresh) || w->p.documents >= DOCUMENTS_MAX || !is_idle(w)))
        stop(w);
    if (w->p.pid == 0 && !start(w, error))
        return false;
    w->renew = false;
    return w->p.ready || wait_ready(w, error);
}

/* ---- a run ---- */

typedef struct {
    hf_worker *w;
    const hf_job *job;
    const hf_sink *sink;
    void *data;
    hf_wire_in *in;
    int64_t
        waited; /* microseconds; the time that the sink takes does not count against the worker */
} run;

/* The document's last word: what the worker could not say itself. Its process is gone by now; the next one starts. */
static bool give_up(run *r, hf_item_error reason, const char *detail, hf_worked *worked,
                    GError **error)
{
    hf_problem problem = {.reason = reason, .stage = "extract", .detail = detail};
    *worked = HF_WORKED_PARTLY;
    stop(r->w);
    start(r->w, NULL);
    if (!hf_wire_in_identified(r->in) &&
        !r->sink->identified(r->data, "application/octet-stream", NULL, 0, false, error))
        return false;
    return hf_wire_in_abandon(r->in, error) && r->sink->problem(r->data, &problem, error);
}

static bool died(run *r, hf_worked *worked, GError **error)
{
    g_autofree char *how = describe_end(stop(r->w));
    g_autofree char *detail = g_strdup_printf("the worker died: %s", how);
    return give_up(r, HF_ITEM_DIED, detail, worked, error);
}

static bool timed_out(run *r, bool total, hf_worked *worked, GError **error)
{
    const hf_limits *l = &r->w->limits;
    g_autofree char *detail = total ? g_strdup_printf("not done after %u seconds", l->total_seconds)
                                    : g_strdup_printf("no progress for %u seconds", l->seconds);
    return give_up(r, HF_ITEM_TIMEOUT, detail, worked, error);
}

/* A file without a name, in the job's folder. -1 if there is none to be had. */
static int make_scratch(const hf_job *job)
{
    const char *directory = job->work_directory != NULL ? job->work_directory : g_get_tmp_dir();
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
}

static bool send_scratch(run *r)
{
    uint8_t frame[HF_WIRE_HEADER] = {0, 0, 0, 0, HF_WIRE_SCRATCH};
    int fd = make_scratch(r->job);
    bool ok = send_all(r->w->p.fd, frame, sizeof frame, fd);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool send_job(run *r)
{
    g_autoptr(GByteArray) message = g_byte_array_sized_new(512);
    hf_wire_put_job(message, r->job);
    return send_all(r->w->p.fd, message->data, message->len, r->job->fd);
}

/* How long to wait next, in milliseconds; 0 if the whole time is over. */
static int patience(const run *r, bool *total)
{
    const hf_limits *l = &r->w->limits;
    int64_t next = (int64_t)l->seconds * 1000;
    *total = false;
    if (!hf_wire_in_container(r->in)) {
        int64_t left = (int64_t)l->total_seconds * 1000 - r->waited / 1000;
        *total = left < next;
        next = MIN(next, MAX(left, 0));
    }
    return (int)MIN(next, INT_MAX);
}

static bool listen_to(run *r, hf_worked *worked, GError **error)
{
    hf_worker *w = r->w;
    for (;;) {
        bool total;
        int milliseconds = patience(r, &total);
        int64_t before = g_get_monotonic_time();
        got g = milliseconds == 0 ? GOT_NOTHING : receive(w, milliseconds);
        r->waited += g_get_monotonic_time() - before;
        if (g == GOT_NOTHING)
            return timed_out(r, total, worked, error);
        if (g == GOT_END)
            return died(r, worked, error);
        hf_wire_state state;
        do {
            size_t used;
            g_autoptr(GError) wrong = NULL;
            state = hf_wire_in_feed(r->in, w->buffer, w->used, &used, &wrong);
            consume(w, used);
            if (state == HF_WIRE_FAILED && g_error_matches(wrong, HF_ITEM_ERROR, HF_ITEM_PROTOCOL))
                return give_up(r, HF_ITEM_PROTOCOL, wrong->message, worked, error);
            if (state == HF_WIRE_FAILED) {
                stop(w); /* it would go on with a document that nobody wants any more */
                g_propagate_error(error, g_steal_pointer(&wrong));
                return false;
            }
            if (state == HF_WIRE_WANTS_SCRATCH && !send_scratch(r))
                return died(r, worked, error);
        } while (state == HF_WIRE_WANTS_SCRATCH);
        if (state == HF_WIRE_FINISHED || state == HF_WIRE_DEFERRED) {
            *worked = state == HF_WIRE_DEFERRED ? HF_WORKED_DEFERRED : HF_WORKED;
            return true;
        }
    }
}

bool hf_worker_run(hf_worker *w, const hf_job *job, const hf_sink *sink, void *data,
                   hf_worked *worked, GError **error)
{
    if (!make_ready(w, error))
        return false;
    g_autoptr(hf_wire_in) in = hf_wire_in_new(&w->limits, job, sink, data);
    run r = {.w = w, .job = job, .sink = sink, .data = data, .in = in};
    w->p.documents++;
    return send_job(&r) ? listen_to(&r, worked, error) : died(&r, worked, error);
}
