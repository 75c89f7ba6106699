#include "catalog/sql.h"

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

bool hf_container_exclude(hf_catalog *catalog, int64_t run, const char *path, const char *why, GError **error)
{
    return hf_sql_run(catalog, error, "INSERT INTO exclusion VALUES (?1, ?2, ?3)", "ipt", run, path, why);
}
