/* bench_search VAULT QUERIES [ROUNDS] -- how long the library takes to answer: for each line "name <tab> query ..." of
 * QUERIES one line "name <tab> documents <tab> milliseconds", the median of ROUNDS (7) after one that warms up. Reading the
 * text and evaluating it are measured, opening the vault is not. */
#include "holdfast/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool ask(hf_scope *scope, const char *text, uint64_t *found, GError **error)
{
    g_autoptr(hf_query) query = hf_query_parse(text, hf_scope_options(scope), NULL, error);
    if (query == NULL)
        return false;
    g_autoptr(hf_set) set = hf_query_evaluate(query, hf_scope_source(scope), NULL, error);
    if (set != NULL)
        *found = hf_set_count(set);
    return set != NULL;
}

static bool measure(hf_scope *scope, const char *name, const char *text, unsigned rounds,
                    GError **error)
{
    uint64_t found = 0;
    g_autofree int64_t *times = g_new(int64_t, rounds);
    if (!ask(scope, text, &found, error))
        return false;
    for (unsigned i = 0; i < rounds; i++) {
        int64_t before = g_get_monotonic_time();
        if (!ask(scope, text, &found, error))
            return false;
        times[i] = g_get_monotonic_time() - before;
    }
    qsort(times, rounds, sizeof *times, compare);
    printf("%s\t%" G_GUINT64_FORMAT "\t%.2f\n", name, found, (double)times[rounds / 2] / 1000);
    fflush(stdout);
    return true;
}

static bool run(const char *path, const char *queries, unsigned rounds, GError **error)
{
    const hf_vault_options options = {.path = path};
    g_autofree char *all = NULL;
    if (!g_file_get_contents(queries, &all, NULL, error))
        return false;
    g_autoptr(hf_vault) vault = hf_vault_open(&options, false, "bench", error);
    g_autoptr(hf_scope) scope = vault != NULL ? hf_scope_open(vault, NULL, error) : NULL;
    if (scope == NULL)
        return false;
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(parts) >= 2 && !measure(scope, parts[0], parts[1], rounds, error))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_search VAULT QUERIES [ROUNDS]\n");
        return 2;
    }
    unsigned rounds = argc > 3 ? MAX((unsigned)atoi(argv[3]), 1u) : 7;
    if (run(argv[1], argv[2], rounds, &error))
        return 0;
    fprintf(stderr, "bench_search: %s\n", error->message);
    return 1;
}
