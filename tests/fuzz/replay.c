/* The main function of a fuzz target in the ordinary test run: gives it every file of its corpus once. Prints TAP; the
 * name comes before the run, so that the last line names what crashed. Arguments are files and folders. */
#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static unsigned count;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void replay_file(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &bytes, &n, NULL))
        return;
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
    printf("ok %u - replay\n", ++count);
}

static void replay(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return;
    if (S_ISREG(st.st_mode))
        replay_file(path);
    if (!S_ISDIR(st.st_mode))
        return;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_build_filename(path, entry->d_name, NULL));
    if (folder != NULL)
        closedir(folder);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        replay(g_ptr_array_index(names, i));
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("1..%u\n", count);
    return 0;
}
