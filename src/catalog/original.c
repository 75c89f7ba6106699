#include "catalog/sql.h"

/* Files of sources in place, and the documents of theirs whose native is not in the vault (a hold may have copied others). */
#define FILES                                                                                                            \
    " FROM source s JOIN folder p ON p.source_id = s.id JOIN source_file sf ON sf.folder_id = p.id"                      \
    " JOIN instance i ON i.source_file_id = sf.id JOIN document d ON d.family_id = i.family_id"                          \
    " WHERE s.in_place = 1 AND d.native_id IS NULL "

static char *path_of(sqlite3_stmt *stmt, int at)
{
    g_autofree char *root = hf_sql_bytes(stmt, at);
    g_autofree char *folder = hf_sql_bytes(stmt, at + 2);
    g_autofree char *name = hf_sql_bytes(stmt, at + 3);
    if (sqlite3_column_int(stmt, at + 1) != 0)
        return g_steal_pointer(&root);
    return g_build_filename(root, folder, name, NULL);
}

bool hf_original_each(hf_catalog *catalog, hf_original_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error,
                                        "SELECT DISTINCT sf.id, sf.size, sf.sha256, s.root, s.single, p.path, sf.name" FILES
                                        "AND i.gone_run IS NULL AND sf.gone_run IS NULL AND sf.complete = 1"
                                        " AND sf.sha256 IS NOT NULL ORDER BY sf.id",
                                        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_autofree char *path = path_of(stmt, 3);
        hf_original original = {
            .file = sqlite3_column_int64(stmt, 0), .path = path, .size = (uint64_t)sqlite3_column_int64(stmt, 1)};
        hf_sql_hash(stmt, 2, original.sha256, 32);
        if (!fn(data, &original, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

bool hf_original_each_place(hf_catalog *catalog, hf_original_place_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT d.id, i.id, sf.id, i.gone_run IS NULL AND sf.gone_run IS NULL" FILES "ORDER BY d.id, i.id", "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        if (!fn(data, (uint32_t)sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2),
                sqlite3_column_int(stmt, 3) != 0, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}
