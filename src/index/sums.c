/* The list of a segment's files, by which damage is found before Xapian reads it: Xapian trusts
 * its blocks.
 *
 *     holdfast segment 1
 *     <checksum> <bytes> <name>      per file, by name
 *     <checksum of the lines above>
 *
 * A checksum (hf_segment_sum) has 16 hexadecimal digits.
 *
 * Sizes are compared whenever a segment is opened, checksums when it is checked. */
#include "index/segment.h"

#include <string.h>
#include <sys/stat.h>

#define SUMS "sums"
#define SUMS_MOST 65536u
static const char first_line[] = "holdfast segment 1\n";

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the files that are not empty (Xapian leaves an empty lock file), but for the list
 * itself. */
static GPtrArray *file_names(const char *path)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        struct stat st;
        if (lstat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
            strcmp(name, SUMS) != 0)
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static bool sum_file(const char *path, uint64_t *size, uint64_t *sum, GError **error)
{
    hf_segment_map map = {0};
    if (!hf_segment_map_open(&map, path, error))
        return false;
    *size = map.size;
    *sum = hf_segment_sum(0, map.bytes, map.size);
    hf_segment_map_close(&map);
    return true;
}

bool hf_segment_sums_write(const char *path, GError **error)
{
    g_autoptr(GPtrArray) names = file_names(path);
    g_autoptr(GString) list = g_string_new(first_line);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file = g_build_filename(path, names->pdata[i], NULL);
        uint64_t size, sum;
        if (!sum_file(file, &size, &sum, error))
            return false;
        g_string_append_printf(list, "%016" G_GINT64_MODIFIER "x %" G_GUINT64_FORMAT " %s\n", sum,
                               size, (const char *)names->pdata[i]);
    }
    g_string_append_printf(list, "%016" G_GINT64_MODIFIER "x\n",
                           hf_segment_sum(0, list->str, list->len));
    g_autofree char *file = g_build_filename(path, SUMS, NULL);
    const hf_segment_piece piece = {list->str, list->len};
    return hf_segment_write(file, &piece, 1, error);
}

static bool damaged(const char *path, const char *name, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "segment \"%s\" is damaged: \"%s\" %s", path,
                name, what);
    return false;
}

/* Whether the text is a list whose last line fits the others; cuts that line off. */
static bool read_list(char *text, size_t n)
{
    char last[18];
    if (n < sizeof first_line - 1 + 17 || memchr(text, '\0', n) != NULL ||
        memcmp(text, first_line, sizeof first_line - 1) != 0)
        return false;
    n -= 17;
    g_snprintf(last, sizeof last, "%016" G_GINT64_MODIFIER "x\n", hf_segment_sum(0, text, n));
    if (strcmp(text + n, last) != 0)
        return false;
    text[n] = '\0';
    return true;
}

static bool check_file(const char *path, const char *line, bool whole, GError **error)
{
    char *end, *name;
    uint64_t sum = g_ascii_strtoull(line, &end, 16), found_sum = 0, found_size;
    uint64_t size = g_ascii_strtoull(end, &name, 10);
    if (*name == ' ')
        name++;
    g_autofree char *file = g_build_filename(path, name, NULL);
    struct stat st;
    if (lstat(file, &st) != 0)
        return damaged(path, name, "is missing", error);
    if ((uint64_t)st.st_size != size || !S_ISREG(st.st_mode))
        return damaged(path, name, "does not have its size", error);
    if (!whole)
        return true;
    if (!sum_file(file, &found_size, &found_sum, error))
        return false;
    return (found_sum == sum && found_size == size) ||
           damaged(path, name, "does not have its checksum", error);
}

bool hf_segment_sums_check(const char *path, bool whole, GError **error)
{
    g_autofree char *file = g_build_filename(path, SUMS, NULL);
    struct stat st;
    if (lstat(file, &st) != 0)
        return damaged(path, SUMS, "is missing", error);
    g_autoptr(GBytes) bytes = hf_file_read_whole(file, SUMS_MOST, error);
    if (bytes == NULL)
        return false;
    size_t n;
    const char *data = g_bytes_get_data(bytes, &n);
    g_autofree char *text = g_strndup(data == NULL ? "" : data, n);
    if (!read_list(text, n))
        return damaged(path, SUMS, "is no list of files", error);
    g_auto(GStrv) lines = g_strsplit(text + sizeof first_line - 1, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0' && !check_file(path, *line, whole, error))
            return false;
    return true;
}
