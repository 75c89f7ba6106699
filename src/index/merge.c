/* Segments to one segment. Xapian's compaction writes all its tables in one pass; vocabulary,
 * positions and columns are made from those of the inputs. Deleting leaves a document's terms in
 * freed blocks of a Xapian database, so inputs that lose documents are copied, the copy loses them,
 * and only the compaction of the copy is kept. */
#include "index/merge_terms.h"
#include "index/segment.h"
#include "index/xapian.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_AN_INPUT 4u

/* Compaction holds all inputs open; the usual soft limit of 1,024 is too low for some hundred. */
static void allow_descriptors(size_t inputs)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)inputs * DESCRIPTORS_AN_INPUT + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return;
    limit.rlim_cur = MIN(need, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- what remains ---- */

typedef struct {
    GArray *rows;    /* of hf_columns_row: what remains */
    GArray *inputs;  /* of hf_terms_input: segments of which something remains */
    GPtrArray *from; /* paths of the databases to compact */
    GPtrArray *copies;
} remainder_of;

static void remainder_clear(remainder_of *r)
{
    g_array_unref(r->rows);
    g_array_unref(r->inputs);
    g_ptr_array_unref(r->from);
    for (guint i = 0; i < r->copies->len; i++) {
        bool busy;
        hf_segment_shred(g_ptr_array_index(r->copies, i), &busy, NULL);
    }
    g_ptr_array_unref(r->copies);
}

/* Takes over the rows of an input; says how many of its documents go. */
static bool take_rows(remainder_of *r, const char *path, const hf_set *without, size_t *kept,
                      size_t *dropped, GError **error)
{
    g_autofree char *file = g_build_filename(path, "columns", NULL);
    g_autoptr(hf_columns) columns = hf_columns_open(file, error);
    guint before = r->rows->len;
    if (columns == NULL || !hf_columns_check(columns, error))
        return false;
    *kept = *dropped = 0;
    for (size_t i = 0; i < hf_columns_count(columns); i++) {
        hf_columns_row row = hf_columns_get(columns, i);
        guint n = r->rows->len;
        if (n > 0 && row.id <= g_array_index(r->rows, hf_columns_row, n - 1).id) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                        "segment \"%s\" does not lie behind the one it is merged with", path);
            return false;
        }
        if (without != NULL && hf_set_has(without, row.id)) {
            ++*dropped;
            continue;
        }
        g_array_append_val(r->rows, row);
        ++*kept;
    }
    const uint32_t *ids = hf_columns_ids(columns);
    if (r->rows->len > before) {
        const hf_terms_input input = {path, ids[0], ids[hf_columns_count(columns) - 1],
                                      *dropped > 0 ? without : NULL};
        g_array_append_val(r->inputs, input);
    }
    return true;
}

/* A copy of the database in `path` without some documents, to be compacted. */
static bool copy_without(remainder_of *r, const char *input, const hf_set *without,
                         const char *path, GError **error)
{
    char *copy = g_strdup_printf("%s.copy-%u", path, r->copies->len);
    struct stat st;
    if (lstat(copy, &st) == 0 && S_ISDIR(st.st_mode)) {
        hf_file_empty_directory(copy, NULL);
        rmdir(copy);
    }
    g_ptr_array_add(r->copies, copy);
    g_ptr_array_add(r->from, g_strdup(copy));
    return hf_xapian_compact(&input, 1, copy, error) && hf_xapian_delete(copy, without, error);
}

static bool take_input(remainder_of *r, const char *input, const hf_set *without, const char *path,
                       GError **error)
{
    size_t kept, dropped;
    /* What was damaged must not become whole by a new checksum. */
    if (!hf_segment_sums_check(input, true, error) ||
        !take_rows(r, input, without, &kept, &dropped, error))
        return false;
    if (kept == 0)
        return true;
    if (dropped > 0)
        return copy_without(r, input, without, path, error);
    g_ptr_array_add(r->from, g_strdup(input));
    return true;
}

/* ---- writing ---- */

static bool write_parts(const remainder_of *r, const char *making, uint64_t *words, GError **error)
{
    g_autofree char *columns = g_build_filename(making, "columns", NULL);
    return hf_xapian_compact((const char *const *)r->from->pdata, r->from->len, making, error) &&
           hf_terms_merge((const hf_terms_input *)(const void *)r->inputs->data, r->inputs->len,
                          making, words, error) &&
           hf_columns_write(columns, (const hf_columns_row *)(const void *)r->rows->data,
                            r->rows->len, error);
}

/* Documents and words of the database, against the columns and the positions. */
static bool check_result(const remainder_of *r, uint64_t words, const char *path,
                         const char *making, hf_segment_info *info, GError **error)
{
    g_autoptr(hf_xapian) db = hf_xapian_open(making, error);
    g_autoptr(hf_set) found = hf_set_new();
    g_autoptr(hf_set) expected = hf_set_new();
    if (db == NULL || !hf_xapian_all(db, found, error) || !hf_xapian_words(db, &info->words, error))
        return false;
    for (guint i = 0; i < r->rows->len; i++)
        hf_set_add(expected, g_array_index(r->rows, hf_columns_row, i).id);
    if (!hf_set_equal(found, expected) || info->words != words) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "segments merged into \"%s\" came out with other %s than went in", path,
                    info->words == words ? "documents" : "positions");
        return false;
    }
    info->documents = r->rows->len;
    info->first = g_array_index(r->rows, hf_columns_row, 0).id;
    info->last = g_array_index(r->rows, hf_columns_row, r->rows->len - 1).id;
    return true;
}

static bool merge(remainder_of *r, const char *path, hf_segment_info *info, GError **error)
{
    uint64_t words;
    g_autofree char *making = hf_segment_prepare(path, error);
    if (making == NULL)
        return false;
    if (!write_parts(r, making, &words, error) ||
        !check_result(r, words, path, making, info, error) || !hf_segment_publish(path, error)) {
        hf_segment_abandon(path);
        return false;
    }
    info->bytes = hf_segment_bytes(path);
    return true;
}

bool hf_segment_merge(const char *const *paths, size_t n, const hf_set *without, const char *path,
                      hf_segment_info *info, GError **error)
{
    remainder_of r = {
        .rows = g_array_new(false, false, sizeof(hf_columns_row)),
        .inputs = g_array_new(false, false, sizeof(hf_terms_input)),
        .from = g_ptr_array_new_with_free_func(g_free),
        .copies = g_ptr_array_new_with_free_func(g_free),
    };
    bool ok = true;
    *info = (hf_segment_info){0};
    allow_descriptors(n);
    for (size_t i = 0; ok && i < n; i++)
        ok = take_input(&r, paths[i], without, path, error);
    if (ok && r.rows->len > 0)
        ok = merge(&r, path, info, error);
    remainder_clear(&r);
    return ok;
}
