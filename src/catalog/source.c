#include "catalog/sql.h"
#include <string.h>

static bool look_for(hf_catalog *catalog, const hf_source_row *row, int64_t *id, bool *found,
                     GError **error)
{
    /* Without a custodian any will do; with one, its own, or one that nobody was named for yet. */
    return hf_sql_number(
        catalog, error, id, found,
        "SELECT id FROM source WHERE root = ?1 AND coalesce(matter_id, 0) = ?2 AND single = ?3 AND "
        "in_place = ?4"
        " AND (?5 = '' OR custodian IN ('', ?5)) ORDER BY custodian <> ?5, id LIMIT 1",
        "piiit", row->root, row->matter, (int64_t)row->single, (int64_t)row->in_place,
        row->custodian != NULL ? row->custodian : "");
}

bool hf_source_find(hf_catalog *catalog, const hf_source_row *row, int64_t *id, GError **error)
{
    *id = 0;
    return hf_sql_number(catalog, error, id, NULL,
                         "SELECT id FROM source WHERE root = ?1 AND coalesce(matter_id, 0) = ?2 "
                         "AND single = ?3 AND in_place = ?4"
                         " AND (?5 = '' OR custodian = ?5) ORDER BY custodian <> ?5, id LIMIT 1",
                         "piiit", row->root, row->matter, (int64_t)row->single,
                         (int64_t)row->in_place, row->custodian != NULL ? row->custodian : "");
}

/* The files of a source that nobody was named for are read once more, to be given their custodian. */
static bool name_custodian(hf_catalog *catalog, int64_t id, const char *custodian, GError **error)
{
    return hf_sql_run(catalog, error,
                      "UPDATE source SET custodian = ?2 WHERE id = ?1 AND custodian = ''", "it", id,
                      custodian) &&
           (hf_sql_changes(catalog) == 0 ||
            hf_sql_run(catalog, error,
                       "UPDATE source_file SET complete = 0 WHERE custodian_id IS NULL AND "
                       "folder_id IN (SELECT id FROM folder"
                       " WHERE source_id = ?1)",
                       "i", id));
}

bool hf_source_open(hf_catalog *catalog, const hf_source_row *row, int64_t *id, GError **error)
{
    bool found = false;
    if (!look_for(catalog, row, id, &found, error))
        return false;
    if (found)
        return row->custodian == NULL || name_custodian(catalog, *id, row->custodian, error);
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO source(root, matter_id, single, in_place, custodian, created) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    "pziitd", row->root, row->matter, (int64_t)row->single, (int64_t)row->in_place,
                    row->custodian != NULL ? row->custodian : "", hf_time_now()))
        return false;
    *id = hf_sql_last_id(catalog);
    return true;
}

static void free_known(gpointer data)
{
    hf_crawl_known *known = data;
    g_free(known->name);
}

GArray *hf_source_known(hf_catalog *catalog, int64_t source, const char *folder, int64_t settings,
                        GArray **items, GArray **excluded, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT f.id, f.name, f.inode, f.size, f.mtime_ns, f.ctime_ns, f.scanned,"
        " f.complete AND (f.excluded = 0 OR f.settings = ?3), f.items, f.excluded FROM folder d "
        "JOIN source_file f ON f.folder_id = d.id"
        " WHERE d.source_id = ?1 AND d.path = ?2 AND f.gone_run IS NULL ORDER BY f.name",
        "ipi", source, folder, settings);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(hf_crawl_known));
    g_autoptr(GArray) item_counts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) excluded_counts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_set_clear_func(list, free_known);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_crawl_known known = {
            .id = sqlite3_column_int64(stmt, 0),
            .name = hf_sql_bytes(stmt, 1),
            .stat = {.inode = (uint64_t)sqlite3_column_int64(stmt, 2),
                     .size = (uint64_t)sqlite3_column_int64(stmt, 3),
                     .mtime_ns = sqlite3_column_int64(stmt, 4),
                     .ctime_ns = sqlite3_column_int64(stmt, 5)},
            .scanned = hf_sql_time(stmt, 6),
            .retry = sqlite3_column_int(stmt, 7) == 0,
        };
        int64_t count = sqlite3_column_int64(stmt, 8), left_out = sqlite3_column_int64(stmt, 9);
        g_array_append_val(list, known);
        g_array_append_val(item_counts, count);
        g_array_append_val(excluded_counts, left_out);
    }
    if (step < 0)
        return NULL;
    if (items != NULL)
        *items = g_steal_pointer(&item_counts);
    if (excluded != NULL)
        *excluded = g_steal_pointer(&excluded_counts);
    return g_steal_pointer(&list);
}

GPtrArray *hf_source_folders(hf_catalog *catalog, int64_t source, const char *folder,
                             GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT path FROM folder WHERE source_id = ?1 AND parent = ?2 ORDER BY path",
                       "ip", source, folder);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, hf_sql_bytes(stmt, 0));
    return step < 0 ? NULL : g_steal_pointer(&list);
}

/* The folder's id; it and the folders above it are written if they are new, so that the crawl can find them again. */
static int64_t folder_id(hf_catalog *catalog, int64_t source, const char *path, GError **error)
{
    int64_t id = 0;
    bool found = false;
    if (!hf_sql_number(catalog, error, &id, &found,
                       "SELECT id FROM folder WHERE source_id = ?1 AND path = ?2", "ip", source,
                       path))
        return 0;
    if (found)
        return id;
    g_autofree char *parent = NULL;
    if (*path != '\0') {
        const char *slash = strrchr(path, '/');
        parent = slash != NULL ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
        if (folder_id(catalog, source, parent, error) == 0)
            return 0;
    }
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO folder(source_id, parent, path) VALUES (?1, ?2, ?3)", "ipp",
                    source, parent, path))
        return 0;
    return hf_sql_last_id(catalog);
}

bool hf_source_put_file(hf_catalog *catalog, int64_t source, const char *folder, const char *name,
                        const hf_filestat *stat, int64_t custodian, int64_t run, int64_t *id,
                        GError **error)
{
    int64_t folder_row = folder_id(catalog, source, folder, error);
    if (folder_row == 0)
        return false;
    return hf_sql_run(catalog, error,
                      "INSERT INTO source_file(folder_id, name, inode, size, mtime_ns, ctime_ns, "
                      "scanned, custodian_id,"
                      " first_run, last_run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)"
                      " ON CONFLICT (folder_id, name) DO UPDATE SET inode = excluded.inode, size = "
                      "excluded.size,"
                      " mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, scanned = "
                      "excluded.scanned,"
                      " custodian_id = coalesce(excluded.custodian_id, custodian_id), last_run = "
                      "excluded.last_run,"
                      " gone_run = NULL, complete = 0",
                      "ipuuiidzi", folder_row, name, stat->inode, stat->size, stat->mtime_ns,
                      stat->ctime_ns, hf_time_now(), custodian, run) &&
           hf_sql_number(catalog, error, id, NULL,
                         "SELECT id FROM source_file WHERE folder_id = ?1 AND name = ?2", "ip",
                         folder_row, name);
}

bool hf_source_complete_file(hf_catalog *catalog, int64_t file, const uint8_t sha256[32],
                             uint64_t items, uint64_t excluded, int64_t settings, int64_t run,
                             GError **error)
{
    return hf_sql_run(catalog, error,
                      "UPDATE source_file SET complete = 1, sha256 = ?2, items = ?3, excluded = "
                      "?4, settings = ?5 WHERE id = ?1",
                      "ihuui", file, sha256, items, excluded, settings) &&
           hf_sql_run(catalog, error,
                      "UPDATE instance SET gone_run = ?2 WHERE source_file_id = ?1 AND last_run < "
                      "?2 AND gone_run IS NULL",
                      "ii", file, run);
}

bool hf_source_gone_file(hf_catalog *catalog, int64_t file, int64_t run, GError **error)
{
    return hf_sql_run(catalog, error, "UPDATE source_file SET gone_run = ?2 WHERE id = ?1", "ii",
                      file, run) &&
           hf_sql_run(
               catalog, error,
               "UPDATE instance SET gone_run = ?2 WHERE source_file_id = ?1 AND gone_run IS NULL",
               "ii", file, run);
}

bool hf_source_find_moved(hf_catalog *catalog, int64_t run, uint64_t *moved, GError **error)
{
    bool ok = hf_sql_run(
        catalog, error,
        "UPDATE source_file SET moved_from = (SELECT g.id FROM source_file g WHERE g.inode = "
        "source_file.inode"
        " AND g.size = source_file.size AND g.mtime_ns = source_file.mtime_ns AND g.gone_run = ?1 "
        "LIMIT 1)"
        " WHERE first_run = ?1 AND moved_from IS NULL AND EXISTS (SELECT 1 FROM source_file g WHERE"
        " g.inode = source_file.inode AND g.size = source_file.size AND g.mtime_ns = "
        "source_file.mtime_ns"
        " AND g.gone_run = ?1)",
        "i", run);
    int64_t count = 0; /* of files that went: what was linked may have come to several places */
    ok = ok &&
         hf_sql_number(catalog, error, &count, NULL,
                       "SELECT count(DISTINCT moved_from) FROM source_file WHERE first_run = ?1",
                       "i", run);
    *moved = (uint64_t)count;
    return ok;
}
