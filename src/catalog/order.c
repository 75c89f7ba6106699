#include "catalog/sql.h"
#include <string.h>

#define FEW 20000   /* documents that are sorted in memory: a key is some hundred bytes */
#define ROWS_OVER 4 /* rows that are stepped over rather than looked up anew */

/* The instance that is shown with the document d. */
#define SHOWN                                                                                      \
    "(SELECT id FROM instance WHERE family_id = d.family_id ORDER BY gone_run IS NOT NULL, id"     \
    " LIMIT 1)"

/* ---- the rows of some documents ---- */

typedef bool (*row_fn)(void *data, uint32_t id, sqlite3_stmt *stmt);

/* Calls `fn` for the rows of each document of `among`; `sql` gives rows of documents from ?1 on, ascending. */
static bool each_row(hf_catalog *catalog, const char *sql, const hf_set *among, row_fn fn,
                     void *data, GError **error)
{
    uint32_t next = 0;
    while (hf_set_next(among, &next)) {
        sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, sql, "i", (int64_t)next);
        unsigned over = 0;
        int step = stmt != NULL ? 1 : -1;
        while (over < ROWS_OVER && step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
            next = (uint32_t)sqlite3_column_int64(stmt, 0);
            bool asked = hf_set_has(among, next);
            over = asked ? 0 : over + 1;
            if (asked)
                fn(data, next, stmt);
        }
        if (step <= 0)
            return step == 0;
        sqlite3_reset(stmt);
        next++;
    }
    return true;
}

/* ---- groups ---- */

static void free_group(gpointer data)
{
    hf_order_group *group = data;
    g_free(group->name);
    hf_set_free(group->documents);
    g_free(group);
}

static void free_set(gpointer set)
{
    hf_set_free(set);
}

/* Adds the document to the set of the id in the second column, 0 for none. */
static bool collect(void *data, uint32_t id, sqlite3_stmt *stmt)
{
    GHashTable *sets = data;
    int64_t key = sqlite3_column_int64(stmt, 1);
    hf_set *set = g_hash_table_lookup(sets, &key);
    if (set == NULL) {
        int64_t *own = g_new(int64_t, 1);
        *own = key;
        set = hf_set_new();
        g_hash_table_insert(sets, own, set);
    }
    hf_set_add(set, id);
    return true;
}

/* Puts the set of `id` (may be NULL) into the list under a name, or into that of the name which is there. */
static void add_group(GPtrArray *groups, GHashTable *by_name, const char *name, const hf_set *set)
{
    hf_order_group *group = g_hash_table_lookup(by_name, name != NULL ? name : "");
    if (set == NULL)
        return;
    if (group != NULL) {
        hf_set_or(group->documents, set);
        return;
    }
    group = g_new(hf_order_group, 1);
    *group = (hf_order_group){g_strdup(name), hf_set_copy(set)};
    g_ptr_array_add(groups, group);
    g_hash_table_insert(by_name, group->name != NULL ? group->name : (gpointer) "", group);
}

static int compare_groups(gconstpointer a, gconstpointer b)
{
    const hf_order_group *const *x = a, *const *y = b;
    if ((*x)->name == NULL || (*y)->name == NULL)
        return ((*x)->name == NULL) - ((*y)->name == NULL);
    int order = g_ascii_strcasecmp((*x)->name, (*y)->name);
    return order != 0 ? order : strcmp((*x)->name, (*y)->name);
}

/* The name of the custodian that stands for one: at the end of its merges. */
static const char *final_name(const GPtrArray *custodians, int64_t id)
{
    const hf_custodian *at = NULL;
    for (guint steps = 0; steps <= custodians->len && id != 0; steps++) {
        for (guint i = 0; i < custodians->len; i++) {
            const hf_custodian *c = g_ptr_array_index(custodians, i);
            if (c->id == id)
                at = c;
        }
        if (at == NULL || at->id != id)
            return NULL;
        id = at->merged_into;
    }
    return at != NULL ? at->name : NULL;
}

static GPtrArray *group_custodians(hf_catalog *catalog, const char *sql, const hf_set *among,
                                   GError **error)
{
    g_autoptr(GPtrArray) custodians = hf_custodian_list(catalog, error);
    g_autoptr(GHashTable) sets =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_set);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(free_group);
    if (custodians == NULL || !each_row(catalog, sql, among, collect, sets, error))
        return NULL;
    GHashTableIter iter;
    gpointer id, set;
    g_hash_table_iter_init(&iter, sets);
    while (g_hash_table_iter_next(&iter, &id, &set))
        add_group(groups, by_name, final_name(custodians, *(int64_t *)id), set);
    g_ptr_array_sort(groups, compare_groups);
    return g_steal_pointer(&groups);
}

GPtrArray *hf_order_custodians(hf_catalog *catalog, const hf_set *among, GError **error)
{
    return group_custodians(
        catalog,
        "SELECT d.id, (SELECT f.custodian_id FROM instance i JOIN source_file f ON f.id = "
        "i.source_file_id WHERE i.id = " SHOWN ") FROM document d WHERE d.id >= ?1 ORDER BY d.id",
        among, error);
}

GPtrArray *hf_order_all_custodians(hf_catalog *catalog, const hf_set *among, GError **error)
{
    return group_custodians(
        catalog,
        "SELECT d.id, f.custodian_id FROM document d LEFT JOIN instance i ON i.family_id = "
        "d.family_id LEFT JOIN source_file f ON f.id = i.source_file_id WHERE d.id >= ?1"
        " ORDER BY d.id",
        among, error);
}

GPtrArray *hf_order_matters(hf_catalog *catalog, const hf_set *among, GError **error)
{
    g_autoptr(GPtrArray) matters = hf_matter_list(catalog, error);
    g_autoptr(GHashTable) sets =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_set);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(free_group);
    if (matters == NULL ||
        !each_row(catalog,
                  "SELECT d.id, f.matter_id FROM document d JOIN family f ON f.id = d.family_id"
                  " WHERE d.id >= ?1 ORDER BY d.id",
                  among, collect, sets, error))
        return NULL;
    int64_t none = 0;
    for (guint i = 0; i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        add_group(groups, by_name, matter->code, g_hash_table_lookup(sets, &matter->id));
    }
    add_group(groups, by_name, NULL, g_hash_table_lookup(sets, &none));
    g_ptr_array_sort(groups, compare_groups);
    return g_steal_pointer(&groups);
}

/* ---- by path: few ---- */

typedef struct {
    GBytes *key;
    uint32_t id;
} placed;

static void clear_placed(gpointer data)
{
    g_bytes_unref(((placed *)data)->key);
}

/* Root, source, folder, name, path inside and path in the family. Zeros between them, which no path has, sort a name before
 * the longer ones that begin with it. */
static bool take_key(void *data, uint32_t id, sqlite3_stmt *stmt)
{
    GArray *list = data;
    g_autoptr(GByteArray) key = g_byte_array_new();
    for (int column = 1; column <= 6; column++) {
        const guint8 *bytes = sqlite3_column_blob(stmt, column);
        if (column == 2) {
            uint64_t source = GUINT64_TO_BE((uint64_t)sqlite3_column_int64(stmt, column));
            g_byte_array_append(key, (const guint8 *)&source, sizeof source);
            continue;
        }
        if (bytes != NULL)
            g_byte_array_append(key, bytes, (guint)sqlite3_column_bytes(stmt, column));
        g_byte_array_append(key, (const guint8 *)"", 1);
    }
    placed row = {g_byte_array_free_to_bytes(g_steal_pointer(&key)), id};
    g_array_append_val(list, row);
    return true;
}

static int compare_placed(gconstpointer a, gconstpointer b)
{
    const placed *x = a, *y = b;
    int order = g_bytes_compare(x->key, y->key);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static bool few_by_path(hf_catalog *catalog, const hf_set *among, bool reverse, hf_order_fn fn,
                        void *data, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(placed));
    g_array_set_clear_func(list, clear_placed);
    if (!each_row(
            catalog,
            "SELECT d.id, s.root, s.id, p.path, sf.name, i.path_inside, d.path FROM document d"
            " LEFT JOIN instance i ON i.id = " SHOWN
            " LEFT JOIN source_file sf ON sf.id = i.source_file_id"
            " LEFT JOIN folder p ON p.id = sf.folder_id"
            " LEFT JOIN source s ON s.id = p.source_id WHERE d.id >= ?1 ORDER BY d.id",
            among, take_key, list, error))
        return false;
    g_array_sort(list, compare_placed);
    for (guint i = 0; i < list->len; i++) {
        const placed *row = &g_array_index(list, placed, reverse ? list->len - 1 - i : i);
        if (!fn(data, row->id, error))
            return false;
    }
    return true;
}

/* ---- by path: many ---- */

#define OF_SOURCE                                                                                  \
    "SELECT d.id FROM folder p CROSS JOIN source_file sf ON sf.folder_id = p.id"                   \
    " CROSS JOIN instance i ON i.source_file_id = sf.id"                                           \
    " CROSS JOIN document d ON d.family_id = i.family_id"                                          \
    " WHERE p.source_id = ?1 AND i.id = " SHOWN
#define FORWARDS OF_SOURCE " ORDER BY p.path, sf.name, i.path_inside, d.path, d.id"
#define BACKWARDS                                                                                  \
    OF_SOURCE " ORDER BY p.path DESC, sf.name DESC, i.path_inside DESC, d.path DESC, d.id DESC"

typedef struct {
    const hf_set *among;
    hf_set *met;
    bool reverse;
    hf_order_fn fn;
    void *data;
} path_walk;

static bool walk_source(hf_catalog *catalog, int64_t source, path_walk *walk, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, walk->reverse ? BACKWARDS : FORWARDS, "i", source);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        uint32_t id = (uint32_t)sqlite3_column_int64(stmt, 0);
        if (!hf_set_has(walk->among, id))
            continue;
        hf_set_add(walk->met, id);
        if (!walk->fn(walk->data, id, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

/* Documents without any place: there should be none, and they must not be lost here. */
static bool walk_rest(const path_walk *walk, GError **error)
{
    g_autoptr(hf_set) rest = hf_set_copy(walk->among);
    hf_set_minus(rest, walk->met);
    for (uint32_t id = 0; hf_set_next(rest, &id); id++) {
        if (!walk->fn(walk->data, id, error))
            return false;
    }
    return true;
}

static bool many_by_path(hf_catalog *catalog, path_walk *walk, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT id FROM source ORDER BY root, id", "");
    g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        g_array_append_val(sources, id);
    }
    for (guint i = 0; step == 0 && i < sources->len; i++) {
        guint at = walk->reverse ? sources->len - 1 - i : i;
        if (!walk_source(catalog, g_array_index(sources, int64_t, at), walk, error))
            return false;
    }
    return step == 0 && walk_rest(walk, error);
}

bool hf_order_each_path(hf_catalog *catalog, const hf_set *among, bool reverse, hf_order_fn fn,
                        void *data, GError **error)
{
    if (hf_set_count(among) <= FEW)
        return few_by_path(catalog, among, reverse, fn, data, error);
    g_autoptr(hf_set) met = hf_set_new();
    path_walk walk = {among, met, reverse, fn, data};
    return many_by_path(catalog, &walk, error);
}
