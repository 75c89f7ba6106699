/* The parent's side of a worker. Most cases run against a fake worker that misbehaves: it is this program itself, started
 * by hf_worker_new with a socket as its standard input; the name of a job tells it what to do. */
#include "holdfast/extract.h"
#include "extract/wire.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- the fake worker ---- */

static hf_wire_out fake;

static void raw(uint8_t type, const void *bytes, uint32_t n)
{
    uint8_t header[HF_WIRE_HEADER];
    memcpy(header, &n, 4);
    header[4] = type;
    (void)!write(0, header, sizeof header);
    if (n > 0)
        (void)!write(0, bytes, n);
}

static void say_text(const char *text)
{
    hf_wire_sink.text(&fake, text, strlen(text), NULL);
}

static void say_child(const char *path, uint64_t bytes)
{
    static const char zeros[4096];
    hf_child child = {.kind = HF_CHILD_MEMBER,
                      .path = path,
                      .modified = {HF_TIME_NONE, HF_OFFSET_NONE},
                      .size = UINT64_MAX};
    hf_wire_sink.child_begin(&fake, &child, NULL);
    for (; bytes > 0; bytes -= MIN(bytes, sizeof zeros))
        hf_wire_sink.child_data(&fake, zeros, (size_t)MIN(bytes, sizeof zeros), NULL);
}

static void end_child(void)
{
    hf_wire_sink.child_end(&fake, true, NULL);
}

static void be_good(void)
{
    hf_wire_out_progress(&fake, NULL);
    say_text("good");
    hf_wire_out_progress(&fake, NULL);
}

static void progress_in_child(void)
{
    say_child("a", 10);
    hf_wire_out_progress(&fake, NULL);
    end_child();
}

static void text_not_utf8(void)
{
    say_text("caf\xe9");
}

static void text_with_nul(void)
{
    hf_wire_sink.text(&fake, "a\0b", 3, NULL);
}

static void text_empty(void)
{
    hf_wire_sink.text(&fake, "", 0, NULL);
}

static void text_too_much(void)
{
    static char piece[HF_WIRE_PIECE];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 20; i++)
        hf_wire_sink.text(&fake, piece, sizeof piece, NULL);
}

static void second_type(void)
{
    hf_wire_sink.identified(&fake, "text/plain", "text", 1, false, NULL);
}

static void meta_unknown(void)
{
    raw(HF_WIRE_META, "\xf0value", 6);
}

static void meta_empty(void)
{
    raw(HF_WIRE_META, "\0", 1);
}

static void flags_unknown(void)
{
    hf_wire_sink.flags(&fake, 1u << 30, NULL);
}

static void child_nested(void)
{
    say_child("a", 10);
    say_child("b", 10);
    end_child();
    end_child();
}

static void child_unopened(void)
{
    end_child();
}

static void data_without_child(void)
{
    hf_wire_sink.child_data(&fake, "x", 1, NULL);
}

static void text_in_child(void)
{
    say_child("a", 10);
    say_text("text");
    end_child();
}

static void children_too_many(void)
{
    for (int i = 0; i < 100; i++) {
        say_child("a", 1);
        end_child();
    }
}

static void child_too_large(void)
{
    say_child("a", 200000);
    end_child();
}

static void children_too_large(void)
{
    for (int i = 0; i < 8; i++) {
        say_child("a", 60000);
        end_child();
    }
}

static void child_open_at_end(void)
{
    say_child("a", 10);
}

static void problem_unknown(void)
{
    hf_problem problem = {.reason = (hf_item_error)200, .stage = "text", .detail = "x"};
    hf_wire_sink.problem(&fake, &problem, NULL);
}

static void problems_too_many(void)
{
    hf_problem problem = {.reason = HF_ITEM_DAMAGED, .stage = "text", .detail = "x"};
    for (int i = 0; i < 20000; i++)
        hf_wire_sink.problem(&fake, &problem, NULL);
}

static void frame_unknown(void)
{
    raw(77, "x", 1);
}

static void frame_for_workers(void)
{
    raw(HF_WIRE_JOB, "x", 1);
}

static void frame_too_long(void)
{
    static const uint8_t header[HF_WIRE_HEADER] = {0xff, 0xff, 0xff, 0xff, HF_WIRE_TEXT};
    (void)!write(0, header, sizeof header);
}

static void done_cut(void)
{
    raw(HF_WIRE_DONE, NULL, 0);
}

static void deferred_unasked(void)
{
    hf_wire_out_done(&fake, true, NULL);
}

static void scratch_for_ever(void)
{
    for (int i = 0; i < 100; i++)
        hf_wire_out_scratch(&fake, NULL);
}

static void crash(void)
{
    say_child("half", 10);
    hf_wire_out_flush(&fake, NULL);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void leave(void)
{
    _exit(7);
}

static void hang(void)
{
    hf_wire_out_flush(&fake, NULL);
    for (;;)
        pause();
}

/* Says something just often enough, for ever. */
static void dawdle(void)
{
    for (;;) {
        say_text("x");
        hf_wire_out_flush(&fake, NULL);
        g_usleep(20000);
    }
}

static const struct {
    const char *name;
    void (*act)(void);
    int reason; /* of the problem that the parent reports last; -1: none */
} acts[] = {
    {"good", be_good, -1},
    {"text not UTF-8", text_not_utf8, HF_ITEM_PROTOCOL},
    {"text with NUL", text_with_nul, HF_ITEM_PROTOCOL},
    {"text empty", text_empty, HF_ITEM_PROTOCOL},
    {"text too much", text_too_much, HF_ITEM_PROTOCOL},
    {"second type", second_type, HF_ITEM_PROTOCOL},
    {"meta unknown", meta_unknown, HF_ITEM_PROTOCOL},
    {"meta empty", meta_empty, HF_ITEM_PROTOCOL},
    {"flags unknown", flags_unknown, HF_ITEM_PROTOCOL},
    {"child nested", child_nested, HF_ITEM_PROTOCOL},
    {"child unopened", child_unopened, HF_ITEM_PROTOCOL},
    {"data without child", data_without_child, HF_ITEM_PROTOCOL},
    {"text in child", text_in_child, HF_ITEM_PROTOCOL},
    {"progress in child", progress_in_child, HF_ITEM_PROTOCOL},
    {"children too many", children_too_many, HF_ITEM_PROTOCOL},
    {"child too large", child_too_large, HF_ITEM_PROTOCOL},
    {"children too large", children_too_large, HF_ITEM_PROTOCOL},
    {"child open at end", child_open_at_end, HF_ITEM_PROTOCOL},
    {"problem unknown", problem_unknown, HF_ITEM_PROTOCOL},
    {"problems too many", problems_too_many, HF_ITEM_PROTOCOL},
    {"frame unknown", frame_unknown, HF_ITEM_PROTOCOL},
    {"frame for workers", frame_for_workers, HF_ITEM_PROTOCOL},
    {"frame too long", frame_too_long, HF_ITEM_PROTOCOL},
    {"done cut", done_cut, HF_ITEM_PROTOCOL},
    {"deferred unasked", deferred_unasked, HF_ITEM_PROTOCOL},
    {"scratch for ever", scratch_for_ever, HF_ITEM_PROTOCOL},
    {"crash", crash, HF_ITEM_DIED},
    {"leave", leave, HF_ITEM_DIED},
    {"hang", hang, HF_ITEM_TIMEOUT},
    {"dawdle", dawdle, HF_ITEM_TIMEOUT},
};

/* Acts of which the type is a part. */
static bool act_on_type(const char *name)
{
    static const struct {
        const char *name, *type, *extractor;
        unsigned version;
        bool container;
    } types[] = {
        {"type of no form", "not a type", "text", 1, false},
        {"type upper case", "Text/Plain", "text", 1, false},
        {"extractor unknown", "text/plain", "wizard", 1, false},
        {"extractor of another version", "text/plain", "text", 99, false},
        {"container that is none", "text/plain", "text", 1, true},
        {"extractor of none", "text/plain", NULL, 3, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(name, types[i].name) == 0) {
            hf_wire_sink.identified(&fake, types[i].type, types[i].extractor, types[i].version,
                                    types[i].container, NULL);
            return true;
        }
    }
    return false;
}

static void fake_job(const char *name)
{
    if (strcmp(name, "type missing") == 0) {
        say_text("x");
        return;
    }
    if (act_on_type(name))
        return;
    hf_wire_sink.identified(&fake, "text/plain", "text", 1, false, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
        if (strcmp(name, acts[i].name) == 0)
            acts[i].act();
    }
}

static int fake_worker(void)
{
    static uint8_t bytes[65536];
    hf_wire_out_init(&fake, 0);
    bool greeted = false;
    for (;;) {
        uint32_t n;
        uint8_t header[HF_WIRE_HEADER];
        if (recv(0, header, sizeof header, MSG_WAITALL) != (ssize_t)sizeof header)
            return 0;
        memcpy(&n, header, 4);
        if (n > sizeof bytes || (n > 0 && recv(0, bytes, n, MSG_WAITALL) != (ssize_t)n))
            return 0;
        if (!greeted) {
            greeted = hf_wire_out_ready(&fake, true, NULL);
            continue;
        }
        hf_wire_job job;
        if (header[4] == HF_WIRE_JOB && hf_wire_get_job(bytes, n, &job)) {
            fake_job(job.name);
            hf_wire_clear_job(&job);
            hf_wire_out_done(&fake, false, NULL);
        }
    }
}

/* ---- a sink that notes what it is told, and fails the test on what a sink must never see ---- */

typedef struct {
    GString *log;
    bool in_child;
    int identified;
    int last_problem; /* -1: the last call was no problem */
    bool refuse_text;
} notes;

static bool on_identified(void *data, const char *type, const char *extractor, unsigned version,
                          bool container, GError **error)
{
    notes *n = data;
    (void)version;
    (void)container;
    (void)error;
    assert_int_equal(n->identified++, 0);
    g_string_append_printf(n->log, "type %s %s;", type, extractor != NULL ? extractor : "-");
    n->last_problem = -1;
    return true;
}

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    notes *n = data;
    (void)error;
    assert_false(n->in_child);
    g_string_append_printf(n->log, "%s %s;", hf_extract_meta_name(meta), value);
    n->last_problem = -1;
    return true;
}

static bool on_text(void *data, const char *utf8, size_t size, GError **error)
{
    notes *n = data;
    assert_true(g_utf8_validate_len(utf8, size, NULL));
    assert_false(n->in_child);
    if (n->refuse_text) {
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "no room");
        return false;
    }
    if (size < 100)
        g_string_append_printf(n->log, "text %.*s;", (int)size, utf8);
    n->last_problem = -1;
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    notes *n = data;
    (void)error;
    g_string_append_printf(n->log, "flags %u;", flags);
    n->last_problem = -1;
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    notes *n = data;
    (void)error;
    assert_false(n->in_child);
    n->in_child = true;
    g_string_append_printf(n->log, "child %s;", child->path);
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t size, GError **error)
{
    notes *n = data;
    (void)bytes;
    (void)error;
    assert_true(n->in_child && size > 0);
    return true;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    notes *n = data;
    (void)error;
    assert_true(n->in_child);
    n->in_child = false;
    g_string_append_printf(n->log, "end %d;", complete);
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    notes *n = data;
    (void)error;
    assert_false(n->in_child);
    n->last_problem = (int)problem->reason;
    return true;
}

static const hf_sink noting = {on_identified,  on_meta,       on_text,      on_flags,
                               on_child_begin, on_child_data, on_child_end, on_problem};

/* ---- cases ---- */

static char *own_path(void)
{
    return g_file_read_link("/proc/self/exe", NULL);
}

static hf_limits small_limits(void)
{
    hf_limits limits = hf_extract_default_limits();
    limits.text_bytes = 1 << 20;
    limits.document_children = 50;
    limits.member_bytes = 100000;
    limits.output_bytes = 300000;
    limits.seconds = 1;
    limits.total_seconds = 2;
    return limits;
}

static hf_worker *new_worker(const char *program, bool sandbox)
{
    hf_worker_options options = {.program = program, .limits = small_limits()};
    options.no_sandbox = !sandbox;
    GError *error = NULL;
    hf_worker *worker = hf_worker_new(&options, &error);
    if (worker == NULL)
        print_message("%s\n", error->message);
    assert_non_null(worker);
    return worker;
}

static hf_worked run_job(hf_worker *worker, int fd, const char *name, notes *n)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    hf_job job = {.fd = fd, .size = (uint64_t)st.st_size, .name = name};
    hf_worked worked = HF_WORKED;
    GError *error = NULL;
    *n = (notes){.log = g_string_new(NULL), .last_problem = -1};
    if (!hf_worker_run(worker, &job, &noting, n, &worked, &error))
        fail_msg("%s: %s", name, error->message);
    assert_int_equal(n->identified, 1);
    assert_false(n->in_child);
    return worked;
}

static int a_file(const char *content)
{
    char path[] = "/tmp/holdfast-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    return fd;
}

/* Whatever a worker does costs its document an exception, and the next document is read. */
static void test_misbehaviour(void **state)
{
    (void)state;
    g_autofree char *self = own_path();
    g_autoptr(hf_worker) worker = new_worker(self, true);
    int fd = a_file("x");
    for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
        notes n;
        hf_worked worked = run_job(worker, fd, acts[i].name, &n);
        if (n.last_problem != acts[i].reason)
            fail_msg("%s: %d instead of %d", acts[i].name, n.last_problem, acts[i].reason);
        assert_int_equal(worked, acts[i].reason < 0 ? HF_WORKED : HF_WORKED_PARTLY);
        g_string_free(n.log, TRUE);
        assert_int_equal(run_job(worker, fd, "good", &n), HF_WORKED);
        assert_string_equal(n.log->str, "type text/plain text;text good;");
        g_string_free(n.log, TRUE);
    }
    close(fd);
}

static void test_wrong_types(void **state)
{
    static const char *const names[] = {"type missing",
                                        "type of no form",
                                        "type upper case",
                                        "extractor unknown",
                                        "container that is none",
                                        "extractor of none",
                                        "extractor of another version"};
    (void)state;
    g_autofree char *self = own_path();
    g_autoptr(hf_worker) worker = new_worker(self, true);
    int fd = a_file("x");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        notes n;
        assert_int_equal(run_job(worker, fd, names[i], &n), HF_WORKED_PARTLY);
        assert_int_equal(n.last_problem, HF_ITEM_PROTOCOL);
        assert_string_equal(n.log->str, "type application/octet-stream -;");
        g_string_free(n.log, TRUE);
    }
    close(fd);
}

/* What was said before a crash stays, and its open child is ended as incomplete. */
static void test_crash_ends_child(void **state)
{
    (void)state;
    g_autofree char *self = own_path();
    g_autoptr(hf_worker) worker = new_worker(self, true);
    int fd = a_file("x");
    notes n;
    run_job(worker, fd, "crash", &n);
    assert_string_equal(n.log->str, "type text/plain text;child half;end 0;");
    g_string_free(n.log, TRUE);
    close(fd);
}

static void test_sink_error_is_passed_on(void **state)
{
    (void)state;
    g_autofree char *self = own_path();
    g_autoptr(hf_worker) worker = new_worker(self, true);
    int fd = a_file("x");
    notes n = {.log = g_string_new(NULL), .refuse_text = true};
    hf_job job = {.fd = fd, .size = 1, .name = "good"};
    hf_worked worked;
    g_autoptr(GError) error = NULL;
    assert_false(hf_worker_run(worker, &job, &noting, &n, &worked, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    g_string_free(n.log, TRUE);
    assert_int_equal(run_job(worker, fd, "good", &n), HF_WORKED);
    g_string_free(n.log, TRUE);
    close(fd);
}

static void test_no_program(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    hf_worker_options options = {.program = "/nonexistent/worker", .limits = small_limits()};
    assert_null(hf_worker_new(&options, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    g_clear_error(&error);
    options.program = "/bin/true";
    assert_null(hf_worker_new(&options, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INTERNAL));
}

/* ---- the real worker, where it was built ---- */

static char *real_worker(void)
{
    g_autofree char *self = own_path();
    g_autofree char *directory = g_path_get_dirname(self);
    char *path = g_build_filename(directory, "..", "holdfast-worker", NULL);
    if (access(path, X_OK) != 0)
        g_clear_pointer(&path, g_free);
    return path;
}

#ifdef HF_SANITIZED
#define SANDBOX false
#else
#define SANDBOX true
#endif

static void test_real_text(void **state)
{
    (void)state;
    g_autofree char *program = real_worker();
    if (program == NULL)
        skip();
    g_autoptr(hf_worker) worker = new_worker(program, SANDBOX);
    int fd = a_file("The quick brown fox jumps over the lazy dog, and then it goes home again.\n");
    for (int i = 0; i < 3; i++) {
        notes n;
        assert_int_equal(run_job(worker, fd, "fox.txt", &n), HF_WORKED);
        assert_string_equal(
            n.log->str,
            "type text/plain text;charset UTF-8;"
            "text The quick brown fox jumps over the lazy dog, and then it goes home again.\n;"
            "language en;");
        g_string_free(n.log, TRUE);
        hf_worker_renew(worker);
    }
    close(fd);
}

/* What nothing reads has a type and no more. */
static void test_real_unread(void **state)
{
    static const struct {
        const char *content, *log;
    } cases[] = {{"GIF89a\1", "type image/gif -;"},
                 {"\x7f"
                  "ELF\2\1\1",
                  "type application/x-executable -;"},
                 {"", "type inode/x-empty -;"}};
    (void)state;
    g_autofree char *program = real_worker();
    if (program == NULL)
        skip();
    g_autoptr(hf_worker) worker = new_worker(program, SANDBOX);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        notes n;
        int fd = a_file(cases[i].content);
        assert_int_equal(run_job(worker, fd, "x", &n), HF_WORKED);
        assert_string_equal(n.log->str, cases[i].log);
        g_string_free(n.log, TRUE);
        close(fd);
    }
}

int main(void)
{
    struct stat st;
    if (fstat(0, &st) == 0 && S_ISSOCK(st.st_mode))
        return fake_worker();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misbehaviour),     cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_crash_ends_child), cmocka_unit_test(test_sink_error_is_passed_on),
        cmocka_unit_test(test_no_program),       cmocka_unit_test(test_real_text),
        cmocka_unit_test(test_real_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
