/* What a locked worker can do: each probe runs in a process of its own, `holdfast-worker --probe WHAT FILE`, against a key
 * file in a folder of its own, which afterwards has to be as it was. */
#include "extract/sandbox.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <cmocka.h>

typedef enum { ALLOWED, REFUSED, KILLED } fate;

static const struct {
    const char *what;
    fate fate;
} cases[] = {
    {"nothing", ALLOWED},      {"open-read", REFUSED},   {"open-write", REFUSED},
    {"open-append", REFUSED},  {"create", REFUSED},      {"tmpfile", REFUSED},
    {"unlink", REFUSED},       {"rename", REFUSED},      {"symlink", REFUSED},
    {"list", REFUSED},         {"chmod", REFUSED},       {"map-exec", REFUSED},
    {"protect-exec", REFUSED}, {"raise-limit", REFUSED}, {"memory", REFUSED},
    {"memfd-exec", REFUSED},   {"socket", KILLED},       {"connect", KILLED},
    {"exec", KILLED},          {"fork", KILLED},         {"ptrace", KILLED},
    {"kill", KILLED},
};

static char *worker_path(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = g_path_get_dirname(self);
    return g_build_filename(directory, "..", "holdfast-worker", NULL);
}

static fate probe(const char *worker, const char *what, const char *path)
{
    char *arguments[] = {(char *)worker, "--probe", (char *)what, (char *)path, NULL};
    int status = -1;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_sync(NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                      &error))
        fail_msg("%s", error->message);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return KILLED;
    }
    if (WEXITSTATUS(status) > 1)
        fail_msg("probe %s: status %d", what, WEXITSTATUS(status));
    return WEXITSTATUS(status) == 0 ? ALLOWED : REFUSED;
}

/* AddressSanitizer does not start under RLIMIT_AS. (skip() leaves by a jump: nothing may be held then.) */
static bool can_probe(void)
{
#ifdef HF_SANITIZED
    return false;
#else
    g_autofree char *worker = worker_path();
    return access(worker, X_OK) == 0;
#endif
}

static void test_probes(void **state)
{
    (void)state;
    if (!can_probe())
        skip();
    g_autofree char *worker = worker_path();
    g_autofree char *directory = g_dir_make_tmp("holdfast-test-XXXXXX", NULL);
    g_autofree char *key = g_build_filename(directory, "signing.key", NULL);
    assert_true(g_file_set_contents(key, "secret", -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        fate got = probe(worker, cases[i].what, key);
        if (got != cases[i].fate)
            fail_msg("%s: %d instead of %d", cases[i].what, got, cases[i].fate);
    }
    g_autofree char *content = NULL;
    assert_true(g_file_get_contents(key, &content, NULL, NULL));
    assert_string_equal(content, "secret");
    assert_int_equal(g_unlink(key), 0);
    assert_int_equal(g_rmdir(directory), 0); /* so nothing was made beside it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_probes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
