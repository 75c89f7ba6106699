#include "extract/inspect.h"
#include "extract/loaded.h"
#include "extract/sandbox.h"
#include "extract/serve.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Locks itself, tries something, and says by its exit status whether it could. */
static int probe(const char *what, const char *path)
{
    g_autoptr(GError) error = NULL;
    hf_limits limits = hf_extract_default_limits();
    bool landlock;
    if (!hf_sandbox_limit(&limits, &error) || !hf_sandbox_lock(&landlock, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 3;
    }
    return hf_sandbox_probe(what, path);
}

/* Without a sandbox, but within a worker's limits: a bomb is one here too. */
static int inspect(int argc, char **argv)
{
    hf_loaded_open(false);
#ifndef HF_SANITIZED
    g_autoptr(GError) error = NULL;
    hf_limits limits = hf_extract_default_limits();
    if (!hf_sandbox_limit(&limits, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 3;
    }
#endif
    return hf_inspect_main(argc, argv);
}

int main(int argc, char **argv)
{
    struct stat st;
    if (argc == 1 && fstat(0, &st) == 0 && S_ISSOCK(st.st_mode))
        return hf_serve(0);
    if (argc >= 2 && strcmp(argv[1], "--inspect") == 0) {
        return inspect(argc - 1, argv + 1);
    }
    if (argc == 4 && strcmp(argv[1], "--probe") == 0)
        return probe(argv[2], argv[3]);
    fputs(
        "holdfast-worker is started by holdfast. By hand: holdfast-worker --inspect FILE... shows "
        "what it reads in a file.\n",
        stderr);
    return 2;
}
