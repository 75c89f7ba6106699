/* A segment against itself: every file against its checksum, and its parts against each other. */
#include "index/positions.h"
#include "index/segment.h"
#include "index/xapian.h"

#include <string.h>

/* Xapian's own check takes four bytes of memory for every id up to the last, whether there or
 * not. */
#define CHECKED_ID_MOST (8u << 20)

static bool differs(const char *path, const char *what, GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "segment \"%s\" is damaged: %s", path, what);
    return false;
}

static bool check_documents(const char *path, hf_xapian *db, const hf_columns *columns,
                            const hf_segment_info *expected, GError **error)
{
    g_autoptr(hf_set) found = hf_set_new();
    g_autoptr(hf_set) listed = hf_set_new();
    size_t n = hf_columns_count(columns);
    const uint32_t *ids = hf_columns_ids(columns);
    uint64_t words;
    if (!hf_xapian_all(db, found, error) || !hf_xapian_words(db, &words, error))
        return false;
    hf_set_add_many(listed, ids, n);
    if (!hf_set_equal(found, listed) || hf_xapian_count(db) != n)
        return differs(path, "its database and its columns have different documents", error);
    if (expected == NULL)
        return true;
    if (n != expected->documents || words != expected->words)
        return differs(path, "it does not have the recorded number of documents or words", error);
    if (n > 0 && (ids[0] != expected->first || ids[n - 1] != expected->last))
        return differs(path, "its ids are not the recorded range", error);
    return true;
}

/* ---- terms ---- Xapian's lists, the vocabulary and the positions say the same in three ways */

typedef struct {
    hf_vocabulary_walk walk;
    const hf_positions *positions;
    hf_xapian *db;
    hf_positions_list list;
    uint32_t next;  /* document of the list's present block */
    uint64_t seen;  /* documents of the list so far */
    GArray *places; /* of uint64_t: room */
    GError *error;
} term_check;

/* The next document of the present list. */
static bool next_document(term_check *check)
{
    hf_positions_list *list = &check->list;
    uint32_t block = list->n == 0 ? 0 : list->block + 1;
    check->seen++;
    if (++check->next < list->n)
        return true;
    check->next = 0;
    return block < list->n_blocks && hf_positions_list_block(list, block, &check->error);
}

static bool same_posting(void *data, uint32_t id, uint32_t n)
{
    term_check *check = data;
    size_t bytes;
    if (!next_document(check) || check->list.ids[check->next] != id)
        return false;
    hf_positions_list_bytes(&check->list, check->next, &bytes);
    if (check->places->len < bytes)
        g_array_set_size(check->places, (guint)bytes);
    return hf_positions_list_places(&check->list, check->next,
                                    (uint64_t *)(void *)check->places->data, &check->error) == n;
}

static bool same_term(void *data, const char *term, size_t length, uint32_t documents)
{
    term_check *check = data;
    hf_vocabulary_walk *walk = &check->walk;
    bool same = true;
    if (!hf_vocabulary_next(walk, &check->error) || walk->length != length ||
        memcmp(walk->term, term, length) != 0 || walk->documents != documents ||
        !hf_positions_list_open(check->positions, walk->positions, walk->bytes, walk->documents,
                                &check->list, &check->error))
        return false;
    check->next = 0;
    check->seen = 0;
    return hf_xapian_postings(check->db, term, length, same_posting, check, &same, &check->error) &&
           same && check->seen == documents;
}

static bool check_terms(const char *path, hf_xapian *db, const hf_vocabulary *vocabulary,
                        const hf_positions *positions, GError **error)
{
    term_check check = {.positions = positions, .db = db};
    uint64_t n = hf_vocabulary_count(vocabulary);
    bool same = false;
    if (hf_vocabulary_positions(vocabulary) != hf_positions_bytes(positions))
        return differs(path, "the positions of its words are more or fewer", error);
    if (!hf_vocabulary_walk_between(vocabulary, 0, n, &check.walk, error))
        return false;
    check.places = g_array_new(false, false, sizeof(uint64_t));
    bool ok = hf_xapian_terms(db, same_term, &check, &same, &check.error);
    bool ended = check.walk.entry == n;
    g_array_unref(check.places);
    hf_positions_list_clear(&check.list);
    if (check.error != NULL) {
        g_propagate_error(error, check.error);
        return false;
    }
    return (ok && same && ended) ||
           differs(path, "its vocabulary or positions are not those of its database", error);
}

/* ---- the whole ---- */

static bool check_own_files(const char *path, const hf_columns *columns,
                            const hf_vocabulary *vocabulary, const hf_positions *positions,
                            GError **error)
{
    size_t n = hf_columns_count(columns);
    if (!hf_columns_check(columns, error) || !hf_vocabulary_check(vocabulary, error) ||
        !hf_positions_check(positions, error))
        return false;
    return n == 0 || hf_columns_ids(columns)[n - 1] > CHECKED_ID_MOST ||
           hf_xapian_check(path, error);
}

bool hf_segment_check(const char *path, const hf_segment_info *expected, GError **error)
{
    g_autofree char *columns_path = g_build_filename(path, "columns", NULL);
    g_autofree char *vocabulary_path = g_build_filename(path, "vocabulary", NULL);
    g_autofree char *positions_path = g_build_filename(path, "positions", NULL);
    if (!hf_segment_sums_check(path, true, error))
        return false;
    g_autoptr(hf_columns) columns = hf_columns_open(columns_path, error);
    if (columns == NULL)
        return false;
    g_autoptr(hf_vocabulary) vocabulary = hf_vocabulary_open(vocabulary_path, error);
    if (vocabulary == NULL)
        return false;
    g_autoptr(hf_positions) positions = hf_positions_open(positions_path, error);
    if (positions == NULL || !check_own_files(path, columns, vocabulary, positions, error))
        return false;
    g_autoptr(hf_xapian) db = hf_xapian_open(path, error);
    return db != NULL && check_documents(path, db, columns, expected, error) &&
           check_terms(path, db, vocabulary, positions, error);
}

bool hf_segment_check_files(const char *path, const hf_segment_info *expected, GError **error)
{
    g_autofree char *columns_path = g_build_filename(path, "columns", NULL);
    if (!hf_segment_sums_check(path, true, error))
        return false;
    g_autoptr(hf_columns) columns = hf_columns_open(columns_path, error);
    if (columns == NULL)
        return false;
    g_autoptr(hf_xapian) db = hf_xapian_open(path, error);
    return db != NULL && check_documents(path, db, columns, expected, error);
}
