#include "catalog/sql.h"

/* ---- custodians: each with the one that stands for it ---- */

static GHashTable *merged(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error,
                                        "SELECT id, merged_into FROM custodian WHERE merged_into "
                                        "IS NOT NULL",
                                        "");
    g_autoptr(GHashTable) into = g_hash_table_new(NULL, NULL);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_hash_table_insert(into, GSIZE_TO_POINTER((gsize)sqlite3_column_int64(stmt, 0)),
                            GSIZE_TO_POINTER((gsize)sqlite3_column_int64(stmt, 1)));
    return step < 0 ? NULL : g_steal_pointer(&into);
}

/* A circle cannot be made by the commands; as many steps as there are merges end one all the same. */
static int64_t stands_for(GHashTable *into, int64_t custodian)
{
    for (guint steps = g_hash_table_size(into); steps > 0; steps--) {
        int64_t next = (int64_t)GPOINTER_TO_SIZE(
            g_hash_table_lookup(into, GSIZE_TO_POINTER((gsize)custodian)));
        if (next == 0)
            break;
        custodian = next;
    }
    return custodian;
}

bool hf_funnel_each_place(hf_catalog *catalog, hf_funnel_place_fn fn, void *data, GError **error)
{
    g_autoptr(GHashTable) into = merged(catalog, error);
    if (into == NULL)
        return false;
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT i.family_id, sf.custodian_id FROM instance i JOIN source_file sf ON sf.id = "
        "i.source_file_id",
        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t custodian = stands_for(into, sqlite3_column_int64(stmt, 1));
        if (!fn(data, sqlite3_column_int64(stmt, 0), custodian)) {
            sqlite3_reset(stmt);
            return true;
        }
    }
    return step == 0;
}

/* ---- what was left out ---- */

/* 0 is of no matter: a code of NULL is found by neither. */
static bool matter_id(hf_catalog *catalog, const char *code, int64_t *id, GError **error)
{
    *id = 0;
    return code == NULL || hf_matter_find(catalog, code, id, error);
}

/* The last word on each place; a place where a family was found later, or before, was collected, and so was a folder below
 * which one was. */
#define FOUND_IN_FILE                                                                              \
    "EXISTS (SELECT 1 FROM folder d JOIN source_file f ON f.folder_id = d.id AND f.name = x.name"  \
    " JOIN instance i ON i.source_file_id = f.id AND (x.path_inside = x'' OR i.path_inside ="      \
    " x.path_inside) WHERE d.source_id = x.source_id AND d.path = x.folder)"
#define FOUND_BELOW                                                                                \
    "(x.name = x'' AND EXISTS (SELECT 1 FROM folder d JOIN source_file f ON f.folder_id = d.id"    \
    " JOIN instance i ON i.source_file_id = f.id WHERE d.source_id = x.source_id AND (d.path ="    \
    " x.folder OR (d.path > CAST(x.folder || '/' AS BLOB) AND d.path < CAST(x.folder || '0' AS"    \
    " BLOB)))))"
#define LEFT_OUT                                                                                   \
    "SELECT max(x.rowid), x.custodian_id, x.why = 'known file', x.size IS NULL,"                   \
    " coalesce(x.size, 0) FROM exclusion x JOIN source s ON s.id = x.source_id"                    \
    " WHERE (?1 = 0 OR s.matter_id = ?1) AND NOT " FOUND_IN_FILE " AND NOT " FOUND_BELOW           \
    " GROUP BY x.source_id, x.folder, x.name, x.path_inside"

bool hf_funnel_each_exclusion(hf_catalog *catalog, const char *matter, hf_funnel_exclusion_fn fn,
                              void *data, GError **error)
{
    int64_t id;
    g_autoptr(GHashTable) into = merged(catalog, error);
    if (into == NULL || !matter_id(catalog, matter, &id, error))
        return false;
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "WITH place(newest, custodian, known, folder, bytes) AS (" LEFT_OUT ")"
                       " SELECT custodian, known, folder, count(*), sum(bytes) FROM place"
                       " GROUP BY custodian, known, folder ORDER BY custodian, known, folder",
                       "i", id);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_funnel_exclusion exclusion = {
            .custodian = stands_for(into, sqlite3_column_int64(stmt, 0)),
            .known = sqlite3_column_int(stmt, 1) != 0,
            .folder = sqlite3_column_int(stmt, 2) != 0,
            .documents = (uint64_t)sqlite3_column_int64(stmt, 3),
            .bytes = (uint64_t)sqlite3_column_int64(stmt, 4),
        };
        if (!fn(data, &exclusion)) {
            sqlite3_reset(stmt);
            return true;
        }
    }
    return step == 0;
}

bool hf_funnel_count_uncollected(hf_catalog *catalog, const char *matter, uint64_t *count,
                                 GError **error)
{
    int64_t id, rows = 0;
    bool ok = matter_id(catalog, matter, &id, error) &&
              hf_sql_number(catalog, error, &rows, NULL,
                            "SELECT count(*) FROM exception e LEFT JOIN source s ON s.id = "
                            "e.source_id WHERE e.state = 'open' AND e.document_id IS NULL AND "
                            "(?1 = 0 OR s.matter_id = ?1)",
                            "i", id);
    *count = (uint64_t)rows;
    return ok;
}
