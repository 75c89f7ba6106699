#include "catalog/sql.h"
#include <string.h>

bool hf_container_put(hf_catalog *catalog, const hf_container_row *row, GError **error)
{
    int64_t type = hf_sql_type_id(catalog, row->type, error);
    return type != 0 &&
           hf_sql_run(catalog, error,
                      "INSERT INTO container(source_file_id, path_inside, type_id, sha256, size, members, whole, run_id)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (source_file_id, path_inside) DO UPDATE SET"
                      " type_id = excluded.type_id, sha256 = excluded.sha256, size = excluded.size,"
                      " members = excluded.members, whole = excluded.whole, run_id = excluded.run_id",
                      "ipihuuii", row->file, row->path_inside, type, row->sha256, row->size, row->members,
                      (int64_t)row->whole, row->run);
}

bool hf_container_find_equal(hf_catalog *catalog, int64_t matter, const uint8_t sha256[32], int64_t *file, GError **error)
{
    *file = 0;
    return hf_sql_number(catalog, error, file, NULL,
                         "SELECT f.id FROM container c JOIN source_file f ON f.id = c.source_file_id"
                         " JOIN folder d ON d.id = f.folder_id JOIN source s ON s.id = d.source_id"
                         " WHERE c.sha256 = ?1 AND c.path_inside = x'' AND c.whole = 1 AND f.complete = 1"
                         " AND coalesce(s.matter_id, 0) = ?2 AND s.in_place = 0 AND f.excluded = 0 AND f.sha256 = ?1"
                         " AND NOT EXISTS (SELECT 1 FROM exception e WHERE e.source_file_id = f.id)"
                         " LIMIT 1",
                         "hi", sha256, matter);
}

bool hf_container_copy_instances(hf_catalog *catalog, int64_t from, int64_t to, int64_t run, uint64_t *documents,
                                 GError **error)
{
    int64_t count = 0;
    bool ok =
        hf_sql_number(catalog, error, &count, NULL,
                      "SELECT coalesce(sum(documents), 0) FROM instance JOIN family ON family.id = family_id"
                      " WHERE source_file_id = ?1 AND gone_run IS NULL",
                      "i", from) &&
        hf_sql_run(catalog, error,
                   "INSERT INTO instance(family_id, source_file_id, path_inside, sha256, native_id, modified, first_run,"
                   " last_run) SELECT family_id, ?2, path_inside, sha256, native_id, modified, ?3, ?3 FROM instance"
                   " WHERE source_file_id = ?1 AND gone_run IS NULL",
                   "iii", from, to, run) &&
        hf_sql_run(catalog, error,
                   "INSERT OR REPLACE INTO container(source_file_id, path_inside, type_id, sha256, size, members, whole, run_id)"
                   " SELECT ?2, path_inside, type_id, sha256, size, members, whole, ?3 FROM container"
                   " WHERE source_file_id = ?1",
                   "iii", from, to, run);
    *documents = (uint64_t)count;
    return ok;
}

static bool is_container(hf_catalog *catalog, const uint8_t sha256[32], bool *is, GError **error)
{
    int64_t one;
    return hf_sql_number(catalog, error, &one, is, "SELECT 1 FROM container WHERE sha256 = ?1 LIMIT 1", "h", sha256);
}

/* Everything below a path: '0' follows '/'. */
static void below(const char *path_inside, char **low, char **high)
{
    bool file = *path_inside == '\0';
    *low = file ? g_strdup("\1") : g_strconcat(path_inside, "!/", NULL);
    *high = file ? g_strdup("\xff") : g_strconcat(path_inside, "!0", NULL);
}

bool hf_container_see_members(hf_catalog *catalog, int64_t file, const char *path_inside, const uint8_t sha256[32], int64_t run,
                              uint64_t *documents, GError **error)
{
    bool is = false;
    int64_t count = 0;
    g_autofree char *low = NULL;
    g_autofree char *high = NULL;
    *documents = 0;
    if (!is_container(catalog, sha256, &is, error) || !is)
        return !is && (error == NULL || *error == NULL);
    below(path_inside, &low, &high);
    bool ok = hf_sql_number(catalog, error, &count, NULL,
                            "SELECT coalesce(sum(documents), 0) FROM instance i JOIN family f ON f.id = i.family_id"
                            " WHERE i.source_file_id = ?1 AND i.path_inside >= ?2 AND i.path_inside < ?3 AND i.gone_run IS NULL"
                            " AND i.last_run < ?4",
                            "ippi", file, low, high, run) &&
              hf_sql_run(catalog, error,
                         "UPDATE instance SET last_run = ?4 WHERE source_file_id = ?1 AND path_inside >= ?2 AND path_inside < ?3"
                         " AND gone_run IS NULL",
                         "ippi", file, low, high, run);
    *documents = (uint64_t)count;
    return ok;
}

bool hf_container_copy_members(hf_catalog *catalog, int64_t family, int64_t file, const char *path_inside,
                               const uint8_t sha256[32], int64_t run, uint64_t *documents, GError **error)
{
    bool is = false;
    int64_t source, from = 0, count = 0;
    g_autofree char *origin = NULL;
    g_autofree char *low = NULL;
    g_autofree char *high = NULL;
    *documents = 0;
    if (!is_container(catalog, sha256, &is, error) || !is)
        return !is && (error == NULL || *error == NULL);
    if (!hf_family_first_place(catalog, family, &source, &from, &origin, error))
        return false;
    below(origin, &low, &high);
    g_autofree char *prefix = *path_inside != '\0' ? g_strconcat(path_inside, "!/", NULL) : g_strdup("");
    int64_t skip = *origin != '\0' ? (int64_t)strlen(origin) + 2 : 0;
    bool ok = hf_sql_number(catalog, error, &count, NULL,
                            "SELECT coalesce(sum(documents), 0) FROM instance i JOIN family f ON f.id = i.family_id"
                            " WHERE i.source_file_id = ?1 AND i.path_inside >= ?2 AND i.path_inside < ?3",
                            "ipp", from, low, high) &&
              hf_sql_run(catalog, error,
                         "INSERT INTO instance(family_id, source_file_id, path_inside, sha256, native_id, modified, first_run,"
                         " last_run) SELECT family_id, ?4, CAST(?5 || substr(path_inside, ?6 + 1) AS BLOB), sha256, native_id,"
                         " modified, ?7, ?7 FROM instance WHERE source_file_id = ?1 AND path_inside >= ?2 AND path_inside < ?3",
                         "ippipii", from, low, high, file, prefix, skip, run);
    *documents = (uint64_t)count;
    return ok;
}

bool hf_container_unfinished(hf_catalog *catalog, const uint8_t sha256[32], bool *unfinished, GError **error)
{
    int64_t one;
    return hf_sql_number(catalog, error, &one, unfinished,
                         "SELECT 1 FROM container c JOIN source_file f ON f.id = c.source_file_id WHERE c.sha256 = ?1 AND"
                         " f.complete = 0 LIMIT 1",
                         "h", sha256);
}

bool hf_container_exclude(hf_catalog *catalog, int64_t run, const char *path, const char *why, GError **error)
{
    return hf_sql_run(catalog, error, "INSERT INTO exclusion VALUES (?1, ?2, ?3)", "ipt", run, path, why);
}
