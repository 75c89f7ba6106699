/* filter.c -- which files a run takes: globs, sizes, dates; and whose they are. */
#include "holdfast/crawl.h"

#include <limits.h>
#include <string.h>

/* One character of UTF-8, or one byte of what is not. */
static size_t character_size(const char *text)
{
    size_t n = 1;
    if ((unsigned char)text[0] < 0xC0)
        return n;
    while (n < 4 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* Where a star may be taken up again: the glob after it and the text it has not eaten yet. */
typedef struct {
    const char *glob;
    const char *text;
} star;

/* Lets the star eat more; false if it may not. Only the last star of each kind has to be remembered: what an earlier one could
 * reach by eating more, the later one reaches as well. */
static bool widen(star *single, star *twofold, bool whole_folders, const char **g, const char **t)
{
    if (single->glob != NULL && *single->text != '\0' && *single->text != '/') {
        single->text += character_size(single->text);
        *g = single->glob;
        *t = single->text;
        return true;
    }
    if (twofold->glob == NULL || *twofold->text == '\0')
        return false;
    single->glob = NULL;
    twofold->text++;
    while (whole_folders && *twofold->text != '\0' && twofold->text[-1] != '/')
        twofold->text++;
    if (whole_folders && *twofold->text == '\0')
        return false;
    *g = twofold->glob;
    *t = twofold->text;
    return true;
}

bool hf_crawl_filter_glob(const char *glob, const char *text)
{
    star single = {NULL, NULL}, twofold = {NULL, NULL};
    bool whole_folders = false;
    const char *g = glob, *t = text;
    for (;;) {
        if (g[0] == '*' && g[1] == '*') {
            bool at_start = g == glob || g[-1] == '/';
            while (*g == '*')
                g++;
            whole_folders = at_start && *g == '/';
            g += whole_folders;
            twofold = (star){g, t};
            single.glob = NULL;
            continue;
        }
        if (*g == '*') {
            single = (star){++g, t};
            continue;
        }
        if (*g == '\0' && *t == '\0')
            return true;
        if (*g == '?' && *t != '\0' && *t != '/') {
            t += character_size(t);
            g++;
            continue;
        }
        size_t literal = g[0] == '\\' && g[1] != '\0' ? 1 : 0;
        if (*g != '\0' && (literal != 0 || *g != '?') && g[literal] == *t && *t != '\0') {
            g += literal + 1;
            t++;
            continue;
        }
        if (!widen(&single, &twofold, whole_folders, &g, &t))
            return false;
    }
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool matches_file(const char *glob, const char *path)
{
    return hf_crawl_filter_glob(glob, strchr(glob, '/') != NULL ? path : name_of(path));
}

/* Whether the glob, which covers a folder, names this one. `size` bytes of it count: the ending is taken off. */
static bool matches_folder(const char *glob, size_t size, const char *folder, bool name_alone)
{
    g_autofree char *own = g_strndup(glob, size);
    return hf_crawl_filter_glob(own, name_alone ? name_of(folder) : folder);
}

/* Whether all below `folder` is covered by the glob: "name/", "path/to/name/", or "path/to/name/" and two stars. */
static bool covers_folder(const char *glob, const char *folder)
{
    size_t n = strlen(glob);
    if (n > 1 && glob[n - 1] == '/')
        return matches_folder(glob, n - 1, folder, memchr(glob, '/', n - 1) == NULL);
    if (n > 3 && strcmp(glob + n - 3, "/**") == 0)
        return matches_folder(glob, n - 3, folder, false);
    return false;
}

/* Whether one of the folders that `path` lies in is covered. */
static bool covers_ancestor(const char *glob, const char *path)
{
    if (!g_str_has_suffix(glob, "/"))
        return false;
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(path, (gsize)(slash - path));
        if (covers_folder(glob, folder))
            return true;
    }
    return false;
}

static const char *excluded_by(const char *glob)
{
    g_autofree char *why = g_strconcat("left out by --exclude ", glob, NULL);
    return g_intern_string(why);
}

static bool included(const hf_crawl_filter *filter, const char *path)
{
    if (filter->include == NULL || filter->include[0] == NULL)
        return true;
    for (const char *const *glob = filter->include; *glob != NULL; glob++)
        if (matches_file(*glob, path) || covers_ancestor(*glob, path))
            return true;
    return false;
}

const char *hf_crawl_filter_path(const hf_crawl_filter *filter, const char *path)
{
    if (filter == NULL)
        return NULL;
    for (const char *const *glob = filter->exclude; glob != NULL && *glob != NULL; glob++)
        if (matches_file(*glob, path) || covers_ancestor(*glob, path))
            return excluded_by(*glob);
    return included(filter, path) ? NULL : g_intern_static_string("matches no --include");
}

const char *hf_crawl_filter_folder(const hf_crawl_filter *filter, const char *path)
{
    if (filter == NULL)
        return NULL;
    for (const char *const *glob = filter->exclude; glob != NULL && *glob != NULL; glob++)
        if (covers_folder(*glob, path))
            return excluded_by(*glob);
    return NULL;
}

/* Microseconds, rounded down also before 1970. */
static int64_t microseconds(int64_t ns)
{
    return ns / 1000 - (ns % 1000 < 0 ? 1 : 0);
}

const char *hf_crawl_filter_stat(const hf_crawl_filter *filter, const hf_filestat *stat)
{
    if (filter == NULL)
        return NULL;
    if (filter->max_size != 0 && stat->size > filter->max_size)
        return g_intern_static_string("larger than --max-size");
    hf_time mtime = microseconds(stat->mtime_ns);
    if (filter->date_from != HF_TIME_NONE && mtime < filter->date_from)
        return g_intern_static_string("older than --date-from");
    if (filter->date_to != HF_TIME_NONE && mtime > filter->date_to)
        return g_intern_static_string("newer than --date-to");
    return NULL;
}

#define CUSTODIAN "{custodian}"

/* The part of a folder's name that stands where {custodian} stands in `part`; NULL if the name is not of that form. */
static char *capture(const char *part, const char *name)
{
    const char *mark = strstr(part, CUSTODIAN);
    g_autofree char *before = g_strndup(part, (gsize)(mark - part));
    const char *after = mark + strlen(CUSTODIAN);
    size_t n = strlen(name);
    if (n > NAME_MAX)
        return NULL;
    /* The shortest text before and after wins, so that `*-{custodian}` takes as much of the name as it can. */
    for (size_t from = 0; from < n; from++) {
        g_autofree char *head = g_strndup(name, from);
        if (!hf_crawl_filter_glob(before, head))
            continue;
        for (size_t to = n; to > from; to--)
            if (hf_crawl_filter_glob(after, name + to))
                return hf_name_utf8(name + from, (gssize)(to - from));
    }
    return NULL;
}

char *hf_crawl_custodian_from(const char *pattern, const char *path)
{
    if (strstr(pattern, CUSTODIAN) == NULL)
        return NULL;
    g_auto(GStrv) parts = g_strsplit(pattern, "/", -1);
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    g_autofree char *custodian = NULL;
    for (guint i = 0; parts[i] != NULL; i++) {
        bool last = parts[i + 1] == NULL;
        if (names[i] == NULL)
            return NULL;
        if (last && *parts[i] == '\0')
            break;
        if (custodian == NULL && strstr(parts[i], CUSTODIAN) != NULL) {
            custodian = capture(parts[i], names[i]);
            if (custodian == NULL)
                return NULL;
        } else if (!hf_crawl_filter_glob(parts[i], names[i])) {
            return NULL;
        }
    }
    return g_steal_pointer(&custodian);
}
