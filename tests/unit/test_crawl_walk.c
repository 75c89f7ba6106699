/* The walk over real folders: what is new, changed, gone, special, left out, unreadable. */
#include "holdfast/crawl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a folder to walk, and what a walk remembers of it ---- */

typedef struct {
    char *root;
    GHashTable *known; /* folder → GArray of hf_crawl_known */
    GString *log;      /* one line an entry */
    hf_time scanned;
    bool learn;
    const char *fail_at;   /* entry name at which the callback fails */
    const char *remove_at; /* entry name at which `remove` (below the root) is taken away */
    const char *remove;
    guint folder_calls;
} place;

static const char letters[] = "NCU-SXE";

static void free_known(void *item)
{
    g_free(((hf_crawl_known *)item)->name);
}

static GArray *known_new(void)
{
    GArray *known = g_array_new(FALSE, FALSE, sizeof(hf_crawl_known));
    g_array_set_clear_func(known, free_known);
    return known;
}

static int setup(void **state)
{
    place *p = g_new0(place, 1);
    p->root = g_dir_make_tmp("hf-crawl-XXXXXX", NULL);
    p->known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    p->log = g_string_new(NULL);
    *state = p;
    return p->root != NULL ? 0 : -1;
}

/* Deep trees have paths longer than PATH_MAX: removed folder by folder. */
static void remove_below(int fd)
{
    DIR *d = fdopendir(fd);
    struct dirent *e;
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, e->d_name, 0) != 0)
            g_ptr_array_add(folders, g_strdup(e->d_name));
    }
    for (guint i = 0; i < folders->len; i++) {
        const char *name = folders->pdata[i];
        /* Moving the children up keeps the depth, and the open descriptors, small. */
        int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        assert_true(child >= 0);
        int again = dup(child);
        DIR *c = fdopendir(child);
        while ((e = readdir(c)) != NULL) {
            if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                continue;
            if (unlinkat(again, e->d_name, 0) != 0) {
                static unsigned serial;
                char moved[32];
                g_snprintf(moved, sizeof moved, "moved-%u", serial++);
                assert_int_equal(renameat(again, e->d_name, fd, moved), 0);
                g_ptr_array_add(folders, g_strdup(moved));
            }
        }
        closedir(c);
        close(again);
        assert_int_equal(unlinkat(fd, name, AT_REMOVEDIR), 0);
    }
    g_ptr_array_unref(folders);
    closedir(d);
}

static int teardown(void **state)
{
    place *p = *state;
    int fd = open(p->root, O_RDONLY | O_DIRECTORY);
    if (fd >= 0)
        remove_below(fd);
    rmdir(p->root);
    g_free(p->root);
    g_hash_table_unref(p->known);
    g_string_free(p->log, TRUE);
    g_free(p);
    return 0;
}

static char *at(place *p, const char *path)
{
    return g_build_filename(p->root, path, NULL);
}

/* Writes a file, with its folders, and sets its mtime to `mtime` seconds. */
static void put(place *p, const char *path, const char *text, time_t mtime)
{
    g_autofree char *full = at(p, path);
    g_autofree char *folder = g_path_get_dirname(full);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(full, text, -1, NULL));
    struct timespec t[2] = {{mtime, 0}, {mtime, 0}};
    assert_int_equal(utimensat(AT_FDCWD, full, t, 0), 0);
}

static void take_away(place *p, const char *path)
{
    g_autofree char *full = at(p, path);
    if (unlink(full) == 0)
        return;
    int fd = open(full, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    remove_below(fd);
    assert_int_equal(rmdir(full), 0);
}

static GArray *known(void *data, const char *folder, GError **error)
{
    (void)error;
    place *p = data;
    p->folder_calls++;
    GArray *files = g_hash_table_lookup(p->known, folder);
    return files != NULL && !p->learn ? g_array_ref(files) : known_new();
}

static GPtrArray *folders(void *data, const char *folder, GError **error)
{
    (void)error;
    place *p = data;
    g_autoptr(GHashTable) below = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *prefix = *folder != '\0' ? g_strconcat(folder, "/", NULL) : g_strdup("");
    GHashTableIter iter;
    void *key;
    g_hash_table_iter_init(&iter, p->known);
    while (!p->learn && g_hash_table_iter_next(&iter, &key, NULL)) {
        if (!g_str_has_prefix(key, prefix) || strlen(key) == strlen(prefix))
            continue;
        const char *rest = (const char *)key + strlen(prefix);
        g_hash_table_add(below, g_strndup(rest, strcspn(rest, "/")));
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_iter_init(&iter, below);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(names, g_strdup(key));
    return names;
}

static void remember(place *p, const hf_crawl_entry *e)
{
    GArray *files = g_hash_table_lookup(p->known, e->folder);
    if (files == NULL) {
        files = known_new();
        g_hash_table_insert(p->known, g_strdup(e->folder), files);
    }
    static int64_t ids;
    hf_crawl_known k = {++ids, g_strdup(e->name), e->stat, p->scanned, false};
    g_array_append_val(files, k);
}

static bool entry(void *data, const hf_crawl_entry *e, GError **error)
{
    place *p = data;
    g_autofree char *folder = hf_name_display(e->folder, -1);
    g_autofree char *name = hf_name_display(e->name, -1);
    g_string_append_printf(p->log, "%c %s%s%s%s%s%s\n", letters[e->state], folder,
                           *folder != '\0' ? "/" : "", name, e->why != NULL ? " (" : "",
                           e->why != NULL ? e->why : "", e->why != NULL ? ")" : "");
    if (e->state <= HF_CRAWL_UNCHANGED || e->state == HF_CRAWL_SPECIAL)
        assert_int_equal(faccessat(e->folder_fd, e->name, F_OK, AT_SYMLINK_NOFOLLOW), 0);
    if (e->state == HF_CRAWL_GONE || *e->name == '\0')
        assert_int_equal(e->folder_fd, -1);
    if (p->learn && e->state == HF_CRAWL_NEW)
        remember(p, e);
    if (p->remove_at != NULL && strcmp(p->remove_at, e->name) == 0) {
        take_away(p, p->remove);
        p->remove_at = NULL;
    }
    if (p->fail_at != NULL && strcmp(p->fail_at, e->name) == 0) {
        g_set_error_literal(error, HF_ERROR, HF_ERROR_IO, "told to fail");
        return false;
    }
    return true;
}

static const char *walk_filtered(place *p, const char *below, const hf_crawl_filter *filter)
{
    g_string_truncate(p->log, 0);
    p->folder_calls = 0;
    g_autofree char *root = *below != '\0' ? at(p, below) : g_strdup(p->root);
    g_autoptr(GError) error = NULL;
    bool ok = hf_crawl_walk(root, filter, known, folders, entry, p, &error);
    assert_true(ok);
    assert_null(error);
    return p->log->str;
}

static const char *walk(place *p)
{
    return walk_filtered(p, "", NULL);
}

/* Walks once and takes all that is there as known, read an hour after 1970 + `scanned` seconds. */
static void learn(place *p, hf_time scanned)
{
    p->learn = true;
    p->scanned = scanned;
    walk(p);
    p->learn = false;
}

#define LONG_AFTER (INT64_C(2000000000) * HF_TIME_SECOND)

/* ---- the tests ---- */

static void test_order(void **state)
{
    place *p = *state;
    put(p, "b/2.txt", "x", 1000);
    put(p, "b/1.txt", "x", 1000);
    put(p, "z.txt", "x", 1000);
    put(p, "B.txt", "x", 1000);
    put(p, "b.txt", "x", 1000);
    put(p, "\xff\xfe.txt", "x", 1000);
    put(p, "a/deep/er/f", "x", 1000);
    put(p, "a-/f", "x", 1000);
    put(p, "\n", "x", 1000);
    assert_string_equal(walk(p), "N \\x0a\nN B.txt\nN b.txt\nN z.txt\nN \\xff\\xfe.txt\n"
                                 "N a/deep/er/f\nN a-/f\nN b/1.txt\nN b/2.txt\n");
    assert_int_equal(p->folder_calls, 6);
}

static void test_states(void **state)
{
    place *p = *state;
    put(p, "changed", "x", 1000);
    put(p, "gone", "x", 1000);
    put(p, "same", "x", 1000);
    put(p, "folder/gone", "x", 1000);
    put(p, "folder/same", "x", 1000);
    put(p, "lost/deep/gone", "x", 1000);
    put(p, "lost/gone", "x", 1000);
    put(p, "turns", "x", 1000);
    learn(p, LONG_AFTER);
    assert_string_equal(walk(p), "U changed\nU gone\nU same\nU turns\nU folder/gone\n"
                                 "U folder/same\nU lost/gone\nU lost/deep/gone\n");
    put(p, "changed", "y", 1001);
    put(p, "folder/new", "x", 1000);
    take_away(p, "gone");
    take_away(p, "folder/gone");
    take_away(p, "lost");
    take_away(p, "turns");
    put(p, "turns/into/folder", "x", 1000);
    assert_string_equal(walk(p), "C changed\n- gone\nU same\n- turns\n- folder/gone\n"
                                 "N folder/new\nU folder/same\n- lost/gone\n- lost/deep/gone\n"
                                 "N turns/into/folder\n");
}

static void test_fresh_and_retry(void **state)
{
    place *p = *state;
    static const struct {
        int64_t after_mtime; /* microseconds */
        const char *expect;
    } cases[] = {
        {0, "C f\n"},        {1999999, "C f\n"},  {2000000, "U f\n"},
        {-1999999, "C f\n"}, {-2000000, "U f\n"},
    };
    put(p, "f", "x", 1000);
    learn(p, 0);
    hf_crawl_known *k =
        &g_array_index((GArray *)g_hash_table_lookup(p->known, ""), hf_crawl_known, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        k->scanned = 1000 * HF_TIME_SECOND + cases[i].after_mtime;
        assert_string_equal(walk(p), cases[i].expect);
    }
    k->scanned = LONG_AFTER;
    k->retry = true;
    assert_string_equal(walk(p), "C f\n");
    k->retry = false;
    k->scanned = HF_TIME_NONE;
    assert_string_equal(walk(p), "C f\n");
}

/* A replaced file of the same size and mtime has another inode and ctime. */
static void test_replaced(void **state)
{
    place *p = *state;
    put(p, "f", "x", 1000);
    learn(p, LONG_AFTER);
    put(p, "g", "y", 1000);
    g_autofree char *f = at(p, "f"), *g = at(p, "g");
    assert_int_equal(rename(g, f), 0);
    assert_string_equal(walk(p), "C f\n");
}

static void test_unsorted_memory(void **state)
{
    place *p = *state;
    put(p, "a", "x", 1000);
    put(p, "B", "x", 1000);
    put(p, "c", "x", 1000);
    learn(p, LONG_AFTER);
    GArray *files = g_hash_table_lookup(p->known, "");
    hf_crawl_known *k = &g_array_index(files, hf_crawl_known, 0);
    hf_crawl_known first = k[0];
    k[0] = k[2];
    k[2] = first;
    assert_string_equal(walk(p), "U B\nU a\nU c\n");
}

static void test_special(void **state)
{
    place *p = *state;
    put(p, "folder/f", "x", 1000);
    g_autofree char *loop = at(p, "folder/loop"), *pipe = at(p, "pipe"), *sock = at(p, "sock"),
                    *dangling = at(p, "dangling"), *itself = at(p, "itself");
    assert_int_equal(symlink("..", loop), 0);
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(symlink("itself", itself), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, sock, sizeof address.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_string_equal(walk(p), "S dangling (symbolic link)\nS itself (symbolic link)\n"
                                 "S pipe (pipe)\nS sock (socket)\nN folder/f\n"
                                 "S folder/loop (symbolic link)\n");
}

static void test_roots(void **state)
{
    place *p = *state;
    put(p, "folder/f", "x", 1000);
    put(p, "folder/g", "x", 1000);
    g_autofree char *link = at(p, "link"), *file_link = at(p, "file-link");
    assert_int_equal(symlink("folder", link), 0);
    assert_int_equal(symlink("folder/f", file_link), 0);
    static const struct {
        const char *root, *expect;
    } cases[] = {
        {"folder", "N f\nN g\n"},
        {"folder/f", "N f\n"},
        {"link", "N f\nN g\n"},
        {"file-link", "S file-link (symbolic link)\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(walk_filtered(p, cases[i].root, NULL), cases[i].expect);

    static const char *const absent[] = {"nothing", "folder/f/below", "folder/nothing"};
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
        g_autofree char *root = at(p, absent[i]);
        g_autoptr(GError) error = NULL;
        assert_false(hf_crawl_walk(root, NULL, known, folders, entry, p, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_NOT_FOUND));
    }
}

/* The other files that were known beside a single file are not gone: the walk did not look. */
static void test_file_root_keeps_others(void **state)
{
    place *p = *state;
    put(p, "a", "x", 1000);
    put(p, "b", "x", 1000);
    learn(p, LONG_AFTER);
    take_away(p, "a");
    assert_string_equal(walk_filtered(p, "b", NULL), "U b\n");
}

static void test_no_memory_of_before(void **state)
{
    place *p = *state;
    put(p, "folder/f", "x", 1000);
    g_autoptr(GError) error = NULL;
    assert_true(hf_crawl_walk(p->root, NULL, NULL, NULL, entry, p, &error));
    assert_string_equal(p->log->str, "N folder/f\n");
}

static void test_filters(void **state)
{
    place *p = *state;
    put(p, "big.txt", "0123456789", 5000);
    put(p, "new.txt", "x", 9000);
    put(p, "ok.txt", "x", 5000);
    put(p, "old.txt", "x", 1000);
    put(p, "pic.jpg", "x", 5000);
    put(p, "cache/a.txt", "x", 5000);
    put(p, "docs/cache/b.txt", "x", 5000);
    put(p, "docs/c.txt", "x", 5000);
    static const char *const include[] = {"*.txt", NULL};
    static const char *const exclude[] = {"docs/c*", "cache/", NULL};
    hf_crawl_filter filter = {include, exclude, 2000 * HF_TIME_SECOND, 5000 * HF_TIME_SECOND, 9,
                              0,       0};
    assert_string_equal(walk_filtered(p, "", &filter),
                        "X big.txt (larger than --max-size)\nX new.txt (newer than --date-to)\n"
                        "N ok.txt\nX old.txt (older than --date-from)\n"
                        "X pic.jpg (matches no --include)\n"
                        "X cache/ (left out by --exclude cache/)\n"
                        "X docs/c.txt (left out by --exclude docs/c*)\n"
                        "X docs/cache/ (left out by --exclude cache/)\n");
}

/* What a setting leaves out this time has not vanished. */
static void test_left_out_is_not_gone(void **state)
{
    place *p = *state;
    put(p, "a.txt", "x", 1000);
    put(p, "b.tmp", "x", 1000);
    put(p, "cache/f", "x", 1000);
    put(p, "cache/deep/f", "x", 1000);
    put(p, "kept/cache/f", "x", 1000);
    learn(p, LONG_AFTER);
    static const char *const exclude[] = {"cache/**", "*.tmp", NULL};
    hf_crawl_filter filter = {NULL, exclude, HF_TIME_NONE, HF_TIME_NONE, 0, 0, 0};
    const char *expect = "U a.txt\nX b.tmp (left out by --exclude *.tmp)\n"
                         "X cache/ (left out by --exclude cache/**)\nU kept/cache/f\n";
    assert_string_equal(walk_filtered(p, "", &filter), expect);
    take_away(p, "cache");
    take_away(p, "b.tmp");
    take_away(p, "kept");
    assert_string_equal(walk_filtered(p, "", &filter), "U a.txt\n- kept/cache/f\n");
    assert_string_equal(walk(p), "U a.txt\n- b.tmp\n- cache/f\n- cache/deep/f\n- kept/cache/f\n");
}

/* A vault inside of what is collected is not collected, under whatever name. */
static void test_skipped_folder(void **state)
{
    place *p = *state;
    put(p, "a/vault/objects/f", "x", 1000);
    put(p, "b/f", "x", 1000);
    g_autofree char *vault = at(p, "a/vault");
    struct stat st;
    assert_int_equal(stat(vault, &st), 0);
    hf_crawl_filter filter = {.date_from = HF_TIME_NONE,
                              .date_to = HF_TIME_NONE,
                              .skip_device = st.st_dev,
                              .skip_inode = st.st_ino};
    assert_string_equal(walk_filtered(p, "", &filter), "X a/vault/ (the vault itself)\nN b/f\n");
}

static void test_unreadable_folder(void **state)
{
    place *p = *state;
    if (geteuid() == 0)
        skip(); /* nothing is unreadable to root */
    put(p, "closed/f", "x", 1000);
    put(p, "open/f", "x", 1000);
    learn(p, LONG_AFTER);
    g_autofree char *closed = at(p, "closed");
    assert_int_equal(chmod(closed, 0), 0);
    assert_string_equal(walk(p), "E closed/ (Permission denied)\nU open/f\n");
    assert_int_equal(chmod(closed, 0700), 0);
}

/* Folders that go away under the walk are reported, and what was known below them is not gone. */
static void test_vanishes(void **state)
{
    static const struct {
        const char *at, *remove, *expect;
    } cases[] = {
        {"1", "b", "U 1\nU 2\nU a/f\nE b/ (No such file or directory)\nU c/f\n"},
        {"1", "2", "U 1\nE 2 (No such file or directory)\nU a/f\nU b/g\nU b/deep/f\nU c/f\n"},
        /* listed already when it goes: the folder below can no longer be found */
        {"g", "b", "U 1\nU 2\nU a/f\nU b/g\nE b/deep/ (No such file or directory)\nU c/f\n"},
        /* everything goes */
        {"2", "",
         "U 1\nU 2\nE a/ (No such file or directory)\nE b/ (No such file or directory)\n"
         "E c/ (No such file or directory)\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        void *own = NULL;
        assert_int_equal(setup(&own), 0);
        place *p = own;
        put(p, "1", "x", 1000);
        put(p, "2", "x", 1000);
        put(p, "a/f", "x", 1000);
        put(p, "b/g", "x", 1000);
        put(p, "b/deep/f", "x", 1000);
        put(p, "c/f", "x", 1000);
        learn(p, LONG_AFTER);
        p->remove_at = cases[i].at;
        p->remove = cases[i].remove;
        g_string_truncate(p->log, 0);
        g_autoptr(GError) error = NULL;
        assert_true(hf_crawl_walk(p->root, NULL, known, folders, entry, p, &error));
        assert_string_equal(p->log->str, cases[i].expect);
        teardown(&own);
    }
    (void)state;
}

static void test_callback_fails(void **state)
{
    place *p = *state;
    put(p, "a", "x", 1000);
    put(p, "b", "x", 1000);
    put(p, "c/d", "x", 1000);
    p->fail_at = "b";
    g_autoptr(GError) error = NULL;
    assert_false(hf_crawl_walk(p->root, NULL, known, folders, entry, p, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    assert_string_equal(p->log->str, "N a\nN b\n");
}

static unsigned open_descriptors(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 4096; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

typedef struct {
    unsigned files, unreadable, most_open;
    size_t longest;
} deep;

static bool count_deep(void *data, const hf_crawl_entry *e, GError **error)
{
    (void)error;
    deep *d = data;
    d->files += e->state == HF_CRAWL_NEW;
    d->unreadable += e->state == HF_CRAWL_UNREADABLE;
    d->longest = MAX(d->longest, strlen(e->folder));
    if (d->files % 257 == 0)
        d->most_open = MAX(d->most_open, open_descriptors());
    return true;
}

/* 5,000 folders one in the other; on the way back up each has a second folder, so that closed ones must be opened again. */
static void test_deep(void **state)
{
    place *p = *state;
    enum { DEPTH = 5000 };
    int fd = open(p->root, O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdirat(fd, "down", 0700), 0);
        assert_int_equal(mkdirat(fd, "later", 0700), 0);
        int later = openat(fd, "later", O_RDONLY | O_DIRECTORY);
        close(openat(later, "file", O_CREAT | O_WRONLY, 0600));
        close(later);
        int below = openat(fd, "down", O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = below;
    }
    close(fd);
    unsigned before = open_descriptors();
    deep d = {0};
    g_autoptr(GError) error = NULL;
    assert_true(hf_crawl_walk(p->root, NULL, NULL, NULL, count_deep, &d, &error));
    assert_int_equal(d.files, DEPTH);
    assert_int_equal(d.unreadable, 0);
    assert_int_equal(d.longest, (DEPTH - 1) * strlen("down/") + strlen("later"));
    assert_true(d.most_open <= before + HF_CRAWL_FOLDERS_OPEN);
    assert_int_equal(open_descriptors(), before);
}

/* As `test_deep`, but folders move away while the walk is below them: no crash, nothing twice, and it is said. */
static bool move_away(void *data, const hf_crawl_entry *e, GError **error)
{
    place *p = data;
    if (strcmp(e->name, "bottom") == 0) {
        g_autofree char *from = at(p, "d/d/d/d"), *to = at(p, "elsewhere");
        assert_int_equal(rename(from, to), 0);
    }
    return entry(data, e, error);
}

static void test_moved_while_below(void **state)
{
    place *p = *state;
    GString *path = g_string_new("d");
    for (unsigned i = 1; i < 200; i++)
        g_string_append(path, "/d");
    g_string_append(path, "/bottom");
    put(p, path->str, "x", 1000);
    g_string_free(path, TRUE);
    put(p, "d/d/d/z/after", "x", 1000);
    put(p, "d/d/z/after", "x", 1000);
    put(p, "z/after", "x", 1000);
    g_autoptr(GError) error = NULL;
    assert_true(hf_crawl_walk(p->root, NULL, known, folders, move_away, p, &error));
    /* Going up through the moved folder's ".." leads elsewhere; its old parent is found again from the root. */
    assert_non_null(strstr(p->log->str, "N d/d/d/z/after\nN d/d/z/after\nN z/after\n"));
    assert_null(strstr(p->log->str, "elsewhere"));
}

static void test_many_names(void **state)
{
    place *p = *state;
    int fd = open(p->root, O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < 20000; i++) {
        char name[32];
        g_snprintf(name, sizeof name, "%05u", (i * 7919) % 20000);
        close(openat(fd, name, O_CREAT | O_WRONLY, 0600));
    }
    close(fd);
    learn(p, LONG_AFTER + LONG_AFTER);
    walk(p);
    unsigned lines = 0;
    for (const char *line = p->log->str; *line != '\0'; line = strchr(line, '\n') + 1) {
        char expect[32];
        g_snprintf(expect, sizeof expect, "U %05u\n", lines++);
        assert_memory_equal(line, expect, strlen(expect));
    }
    assert_int_equal(lines, 20000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_states),
        TEST(test_fresh_and_retry),
        TEST(test_replaced),
        TEST(test_unsorted_memory),
        TEST(test_special),
        TEST(test_roots),
        TEST(test_file_root_keeps_others),
        TEST(test_no_memory_of_before),
        TEST(test_filters),
        TEST(test_left_out_is_not_gone),
        TEST(test_skipped_folder),
        TEST(test_unreadable_folder),
        cmocka_unit_test(test_vanishes),
        TEST(test_callback_fails),
        TEST(test_deep),
        TEST(test_moved_while_below),
        TEST(test_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
