/* walk.c -- the walk itself. It keeps a stack of folders instead of recursing, and of these only the deepest few open: a tree
 * may be deeper than there are descriptors. A folder closed that way is opened again through its child's "..", or from the
 * root, and must then be the same inode. For a file that did not change, one fstatat is all that is done. */
#include "holdfast/crawl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file read within this time of its last change may have changed again without a new mtime. */
#define FRESH (2 * HF_TIME_SECOND)

#define LISTING_BYTES (128 * 1024)

/* A folder below another that is still to be walked. */
typedef struct {
    char *name;
    bool gone; /* known, not there: all that was known below it is gone */
} child;

/* A folder on the way from the root to where the walk is. */
typedef struct {
    int fd; /* -1: closed for now, or gone */
    dev_t device;
    ino_t inode;
    gsize path_size;  /* of walk.path when this folder is the current one */
    GArray *children; /* of child */
    guint next;
    bool gone;
} level;

typedef struct {
    const char *root;
    const hf_crawl_filter *filter;
    hf_crawl_known_fn known;
    hf_crawl_folders_fn folders;
    hf_crawl_entry_fn entry;
    void *data;
    GArray *levels;   /* of level */
    guint first_open; /* the levels from here on, and the root, are open */
    GString *path;    /* of the current folder */
    GString *scratch;
    GByteArray *arena;  /* names of the folder that is being listed */
    GArray *offsets;    /* of its files' names in the arena */
    GPtrArray *names;   /* the same as pointers, sorted */
    GByteArray *buffer; /* LISTING_BYTES for getdents64 */
} walk;

static void clear_child(void *item)
{
    g_free(((child *)item)->name);
}

static void clear_level(void *item)
{
    level *l = item;
    if (l->fd >= 0)
        close(l->fd);
    if (l->children != NULL)
        g_array_unref(l->children);
}

static void walk_clear(walk *w)
{
    g_array_unref(w->levels);
    g_string_free(w->path, TRUE);
    g_string_free(w->scratch, TRUE);
    g_byte_array_unref(w->arena);
    g_array_unref(w->offsets);
    g_ptr_array_unref(w->names);
    g_byte_array_unref(w->buffer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(walk, walk_clear)

static void walk_init(walk *w)
{
    w->levels = g_array_new(FALSE, FALSE, sizeof(level));
    g_array_set_clear_func(w->levels, clear_level);
    w->path = g_string_new(NULL);
    w->scratch = g_string_new(NULL);
    w->arena = g_byte_array_new();
    w->offsets = g_array_new(FALSE, FALSE, sizeof(size_t));
    w->names = g_ptr_array_new();
    w->buffer = g_byte_array_sized_new(LISTING_BYTES);
    g_byte_array_set_size(w->buffer, LISTING_BYTES);
}

static level *level_at(walk *w, guint i)
{
    return &g_array_index(w->levels, level, i);
}

/* ---- what is said to the caller ---- */

static int64_t nanoseconds(struct timespec t)
{
    int64_t ns;
    if (__builtin_mul_overflow((int64_t)t.tv_sec, INT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
        return t.tv_sec < 0 ? INT64_MIN + 1 : INT64_MAX;
    return ns;
}

static hf_filestat filestat(const struct stat *st)
{
    return (hf_filestat){.inode = st->st_ino,
                         .size = st->st_size > 0 ? (uint64_t)st->st_size : 0,
                         .mtime_ns = nanoseconds(st->st_mtim),
                         .ctime_ns = nanoseconds(st->st_ctim)};
}

static bool say_folder(walk *w, hf_crawl_state state, const char *why, GError **error)
{
    hf_crawl_entry e = {
        .state = state, .folder = w->path->str, .name = "", .folder_fd = -1, .why = why};
    return w->entry(w->data, &e, error);
}

/* The path of `name` in the current folder; valid until the next call. */
static const char *path_below(walk *w, const char *name)
{
    if (w->path->len == 0)
        return name;
    g_string_assign(w->scratch, w->path->str);
    g_string_append_c(w->scratch, '/');
    g_string_append(w->scratch, name);
    return w->scratch->str;
}

static bool has_globs(const walk *w)
{
    return w->filter != NULL && (w->filter->include != NULL || w->filter->exclude != NULL);
}

static const char *left_out(walk *w, const char *name)
{
    return has_globs(w) ? hf_crawl_filter_path(w->filter, path_below(w, name)) : NULL;
}

static bool say_gone(walk *w, const hf_crawl_known *known, GError **error)
{
    if (left_out(w, known->name) != NULL)
        return true;
    hf_crawl_entry e = {.state = HF_CRAWL_GONE,
                        .folder = w->path->str,
                        .name = known->name,
                        .folder_fd = -1,
                        .known_id = known->id};
    return w->entry(w->data, &e, error);
}

/* ---- one file ---- */

static bool too_fresh(const hf_crawl_known *known)
{
    if (known->scanned == HF_TIME_NONE)
        return true;
    int64_t apart;
    if (__builtin_sub_overflow(known->scanned, known->stat.mtime_ns / 1000, &apart))
        return false;
    return apart > -FRESH && apart < FRESH;
}

static hf_crawl_state compare(const hf_crawl_known *known, const hf_filestat *now)
{
    if (known == NULL)
        return HF_CRAWL_NEW;
    const hf_filestat *then = &known->stat;
    bool same = then->inode == now->inode && then->size == now->size &&
                then->mtime_ns == now->mtime_ns && then->ctime_ns == now->ctime_ns;
    return same && !known->retry && !too_fresh(known) ? HF_CRAWL_UNCHANGED : HF_CRAWL_CHANGED;
}

static const char *special_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFLNK:
        return "symbolic link";
    case S_IFIFO:
        return "pipe";
    case S_IFSOCK:
        return "socket";
    default:
        return "device";
    }
}

static void judge(walk *w, const struct stat *st, const hf_crawl_known *known, hf_crawl_entry *e)
{
    e->stat = filestat(st);
    const char *why = left_out(w, e->name);
    if (why == NULL && S_ISREG(st->st_mode))
        why = hf_crawl_filter_stat(w->filter, &e->stat);
    if (why != NULL) {
        e->state = HF_CRAWL_EXCLUDED;
        e->why = why;
    } else if (S_ISREG(st->st_mode)) {
        e->state = compare(known, &e->stat);
    } else if (S_ISDIR(st->st_mode)) {
        e->state = HF_CRAWL_UNREADABLE;
        e->why = "became a folder while its folder was listed";
    } else {
        e->state = HF_CRAWL_SPECIAL;
        e->why = special_kind(st->st_mode);
    }
}

static bool visit_file(walk *w, int folder_fd, const char *name, const hf_crawl_known *known,
                       GError **error)
{
    hf_crawl_entry e = {.folder = w->path->str,
                        .name = name,
                        .folder_fd = folder_fd,
                        .known_id = known != NULL ? known->id : 0};
    struct stat st;
    if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        judge(w, &st, known, &e);
    } else {
        e.state = HF_CRAWL_UNREADABLE;
        e.why = g_strerror(errno);
    }
    return w->entry(w->data, &e, error);
}

/* ---- what was known ---- */

static int compare_known(const void *a, const void *b)
{
    return strcmp(((const hf_crawl_known *)a)->name, ((const hf_crawl_known *)b)->name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_children(const void *a, const void *b)
{
    return strcmp(((const child *)a)->name, ((const child *)b)->name);
}

static bool known_files(walk *w, GArray **out, GError **error)
{
    *out = w->known != NULL ? w->known(w->data, w->path->str, error) : NULL;
    if (*out == NULL)
        return w->known == NULL;
    /* A database may sort by another collation; the join below would then call what is there gone. */
    for (guint i = 1; i < (*out)->len; i++) {
        if (compare_known(&g_array_index(*out, hf_crawl_known, i - 1),
                          &g_array_index(*out, hf_crawl_known, i)) > 0) {
            g_array_sort(*out, compare_known);
            break;
        }
    }
    return true;
}

/* Adds the known folders that are not among `children`, as gone. */
static bool add_gone_folders(walk *w, GArray *children, GError **error)
{
    if (w->folders == NULL)
        return true;
    g_autoptr(GPtrArray) known = w->folders(w->data, w->path->str, error);
    if (known == NULL)
        return false;
    g_ptr_array_sort(known, compare_names);
    guint there = children->len, c = 0;
    for (guint i = 0; i < known->len; i++) {
        const char *name = g_ptr_array_index(known, i);
        while (c < there && strcmp(g_array_index(children, child, c).name, name) < 0)
            c++;
        if (c < there && strcmp(g_array_index(children, child, c).name, name) == 0)
            continue;
        child gone = {g_strdup(name), true};
        g_array_append_val(children, gone);
    }
    g_array_sort(children, compare_children);
    return true;
}

/* The files of the current folder beside those that were known, both sorted. `whole` is false where the listing broke off:
 * what was not seen then may still be there. */
static bool visit_files(walk *w, int folder_fd, bool whole, GError **error)
{
    g_autoptr(GArray) known = NULL;
    if (!known_files(w, &known, error))
        return false;
    guint n_known = known != NULL ? known->len : 0, k = 0;
    for (guint i = 0; i <= w->names->len; i++) {
        const char *name = i < w->names->len ? g_ptr_array_index(w->names, i) : NULL;
        int order = -1;
        for (; k < n_known; k++) {
            const hf_crawl_known *then = &g_array_index(known, hf_crawl_known, k);
            order = name != NULL ? strcmp(then->name, name) : -1;
            if (order >= 0)
                break;
            if (whole && !say_gone(w, then, error))
                return false;
        }
        bool same = name != NULL && k < n_known && order == 0;
        const hf_crawl_known *then = same ? &g_array_index(known, hf_crawl_known, k) : NULL;
        k += same;
        if (name != NULL && !visit_file(w, folder_fd, name, then, error))
            return false;
    }
    return true;
}

/* ---- listing a folder ---- */

static bool is_folder(int fd, const struct dirent64 *d)
{
    if (d->d_type != DT_UNKNOWN)
        return d->d_type == DT_DIR;
    struct stat st;
    return fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void take_name(walk *w, int fd, const struct dirent64 *d, GArray *children)
{
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
        return;
    if (is_folder(fd, d)) {
        child c = {g_strdup(d->d_name), false};
        g_array_append_val(children, c);
        return;
    }
    size_t offset = w->arena->len;
    g_array_append_val(w->offsets, offset);
    g_byte_array_append(w->arena, (const guint8 *)d->d_name, (guint)strlen(d->d_name) + 1);
}

static void sort_names(walk *w, GArray *children)
{
    g_ptr_array_set_size(w->names, 0);
    for (guint i = 0; i < w->offsets->len; i++)
        g_ptr_array_add(w->names, w->arena->data + g_array_index(w->offsets, size_t, i));
    g_ptr_array_sort(w->names, compare_names);
    g_array_sort(children, compare_children);
}

/* Reads all names of the folder: files into w->names, folders into `children`. Returns 0, or the errno at which it broke
 * off; what was read until then stays. */
static int list_folder(walk *w, int fd, GArray *children)
{
    g_byte_array_set_size(w->arena, 0);
    g_array_set_size(w->offsets, 0);
    int failed = 0;
    for (;;) {
        ssize_t n = getdents64(fd, w->buffer->data, LISTING_BYTES);
        if (n < 0)
            failed = errno;
        /* The arena counts in 32 bits. */
        if (w->arena->len > G_MAXINT)
            failed = EFBIG;
        if (n <= 0 || failed != 0)
            break;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *d =
                (const struct dirent64 *)(const void *)(w->buffer->data + at);
            take_name(w, fd, d, children);
            at += d->d_reclen;
        }
    }
    sort_names(w, children);
    return failed;
}

static GArray *children_new(void)
{
    GArray *children = g_array_new(FALSE, FALSE, sizeof(child));
    g_array_set_clear_func(children, clear_child);
    return children;
}

static bool list_level(walk *w, guint at, GError **error)
{
    int fd = level_at(w, at)->fd;
    GArray *children = children_new();
    level_at(w, at)->children = children;
    int failed = list_folder(w, fd, children);
    if (failed != 0 && !say_folder(w, HF_CRAWL_UNREADABLE, g_strerror(failed), error))
        return false;
    if (!visit_files(w, fd, failed == 0, error))
        return false;
    return failed != 0 || add_gone_folders(w, children, error);
}

static bool list_gone_level(walk *w, guint at, GError **error)
{
    GArray *children = children_new();
    level_at(w, at)->children = children;
    g_autoptr(GArray) known = NULL;
    if (!known_files(w, &known, error))
        return false;
    for (guint i = 0; known != NULL && i < known->len; i++)
        if (!say_gone(w, &g_array_index(known, hf_crawl_known, i), error))
            return false;
    return add_gone_folders(w, children, error);
}

/* ---- opening folders ---- */

/* Reading a folder must not touch its access time where that can be had: it is evidence too. */
static int open_folder(int at, const char *name, int nofollow)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | nofollow;
    int fd = openat(at, name, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? openat(at, name, flags) : fd;
}

static bool same_folder(int fd, const level *l)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode;
}

/* Opens level `at` from the root on, name by name; -1 if one of them is no longer the folder it was. */
static int open_from_root(walk *w, guint at)
{
    int fd = level_at(w, 0)->fd;
    for (guint i = 1; i <= at; i++) {
        const level *above = level_at(w, i - 1);
        const char *name = g_array_index(above->children, child, above->next - 1).name;
        int next = open_folder(fd, name, O_NOFOLLOW);
        if (i > 1)
            close(fd);
        if (next < 0)
            return -1;
        if (!same_folder(next, level_at(w, i))) {
            close(next);
            return -1;
        }
        fd = next;
    }
    return fd;
}

/* Opens level `at` again after its child, open as `below`, was done with. */
static void open_again(walk *w, guint at, int below)
{
    level *l = level_at(w, at);
    int fd = below >= 0 ? open_folder(below, "..", 0) : -1;
    if (fd >= 0 && !same_folder(fd, l)) {
        close(fd);
        fd = -1;
    }
    l->fd = fd >= 0 ? fd : open_from_root(w, at);
    w->first_open = MAX(at, 1);
}

static bool is_skipped(const walk *w, int fd)
{
    struct stat st;
    return w->filter != NULL && w->filter->skip_inode != 0 && fstat(fd, &st) == 0 &&
           st.st_ino == w->filter->skip_inode && st.st_dev == w->filter->skip_device;
}

static void close_shallowest(walk *w)
{
    while (w->levels->len - w->first_open > HF_CRAWL_FOLDERS_OPEN - 4) {
        level *l = level_at(w, w->first_open++);
        if (l->fd >= 0)
            close(l->fd);
        l->fd = -1;
    }
}

/* ---- the stack ---- */

/* Puts the folder that w->path names on the stack and lists it. Takes `fd`. */
static bool push(walk *w, int fd, GError **error)
{
    level l = {.fd = fd, .path_size = w->path->len, .gone = fd < 0};
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0) {
        l.device = st.st_dev;
        l.inode = st.st_ino;
    }
    g_array_append_val(w->levels, l);
    guint at = w->levels->len - 1;
    if (fd < 0)
        return list_gone_level(w, at, error);
    close_shallowest(w);
    return list_level(w, at, error);
}

static void pop(walk *w)
{
    guint top = w->levels->len - 1;
    if (top > 0 && !level_at(w, top - 1)->gone && level_at(w, top - 1)->fd < 0)
        open_again(w, top - 1, level_at(w, top)->fd);
    g_array_set_size(w->levels, top);
}

static void enter(walk *w, const level *above, const char *name)
{
    g_string_truncate(w->path, above->path_size);
    if (w->path->len > 0)
        g_string_append_c(w->path, '/');
    g_string_append(w->path, name);
}

/* Goes into the next folder below the top of the stack. */
static bool descend(walk *w, GError **error)
{
    level *top = level_at(w, w->levels->len - 1);
    child c = g_array_index(top->children, child, top->next++);
    int above = top->fd;
    enter(w, top, c.name);
    const char *why = has_globs(w) ? hf_crawl_filter_folder(w->filter, w->path->str) : NULL;
    if (c.gone && (why != NULL || w->levels->len >= HF_CRAWL_DEPTH_MAX))
        return true;
    if (c.gone)
        return push(w, -1, error);
    if (why != NULL)
        return say_folder(w, HF_CRAWL_EXCLUDED, why, error);
    if (w->levels->len >= HF_CRAWL_DEPTH_MAX)
        return say_folder(w, HF_CRAWL_UNREADABLE, "nested too deep", error);
    int fd = open_folder(above, c.name, O_NOFOLLOW);
    if (fd < 0)
        return say_folder(w, HF_CRAWL_UNREADABLE, g_strerror(errno), error);
    if (is_skipped(w, fd)) {
        close(fd);
        return say_folder(w, HF_CRAWL_EXCLUDED, "the vault itself", error);
    }
    return push(w, fd, error);
}

/* The top of the stack could not be opened again: what is left in it is not walked, and that is said. */
static bool lose(walk *w, GError **error)
{
    level *top = level_at(w, w->levels->len - 1);
    top->next = top->children->len;
    g_string_truncate(w->path, top->path_size);
    return say_folder(w, HF_CRAWL_UNREADABLE, "was moved or removed while it was walked", error);
}

static bool walk_folder(walk *w, int fd, GError **error)
{
    w->first_open = 1;
    if (!push(w, fd, error))
        return false;
    while (w->levels->len > 0) {
        level *top = level_at(w, w->levels->len - 1);
        if (top->next >= top->children->len) {
            pop(w);
            continue;
        }
        bool lost = !top->gone && top->fd < 0;
        if (lost ? !lose(w, error) : !descend(w, error))
            return false;
    }
    return true;
}

/* ---- a root that is one file ---- */

static const hf_crawl_known *find_known(GArray *known, const char *name)
{
    for (guint i = 0; known != NULL && i < known->len; i++) {
        const hf_crawl_known *then = &g_array_index(known, hf_crawl_known, i);
        if (strcmp(then->name, name) == 0)
            return then;
    }
    return NULL;
}

static bool walk_file(walk *w, GError **error)
{
    const char *slash = strrchr(w->root, '/');
    const char *name = slash != NULL ? slash + 1 : w->root;
    g_autofree char *folder = slash == NULL      ? g_strdup(".")
                              : slash == w->root ? g_strdup("/")
                                                 : g_strndup(w->root, (gsize)(slash - w->root));
    /* O_PATH: the folder of a file that may be read need not be listable itself. */
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return hf_error_set_errno(error, errno, "open", folder);
    g_autoptr(GArray) known = NULL;
    bool ok =
        known_files(w, &known, error) && visit_file(w, fd, name, find_known(known, name), error);
    close(fd);
    return ok;
}

bool hf_crawl_walk(const char *root, const hf_crawl_filter *filter, hf_crawl_known_fn known,
                   hf_crawl_folders_fn folders, hf_crawl_entry_fn entry, void *data, GError **error)
{
    struct stat st;
    if (stat(root, &st) != 0 && lstat(root, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return hf_error_set_errno(error, errno, "read", root);
        g_autofree char *shown = hf_name_display(root, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no \"%s\"", shown);
        return false;
    }
    g_auto(walk) w = {.root = root,
                      .filter = filter,
                      .known = known,
                      .folders = folders,
                      .entry = entry,
                      .data = data};
    walk_init(&w);
    if (!S_ISDIR(st.st_mode))
        return walk_file(&w, error);
    int fd = open_folder(AT_FDCWD, root, 0);
    if (fd < 0)
        return say_folder(&w, HF_CRAWL_UNREADABLE, g_strerror(errno), error);
    return walk_folder(&w, fd, error);
}
