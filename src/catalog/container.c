#include "catalog/sql.h"

bool hf_container_put(hf_catalog *catalog, const hf_container_row *row, GError **error)
{
    int64_t type = hf_sql_type_id(catalog, row->type, error);
    return type != 0 &&
           hf_sql_run(
               catalog, error,
               "INSERT INTO container(source_file_id, path_inside, type_id, sha256, size, members, "
               "whole, run_id)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (source_file_id, path_inside) "
               "DO UPDATE SET"
               " type_id = excluded.type_id, sha256 = excluded.sha256, size = excluded.size,"
               " members = excluded.members, whole = excluded.whole, run_id = excluded.run_id",
               "ipihuuii", row->file, row->path_inside, type, row->sha256, row->size, row->members,
               (int64_t)row->whole, row->run);
}

bool hf_container_find_equal(hf_catalog *catalog, int64_t matter, const uint8_t sha256[32],
                             int64_t *file, GError **error)
{
    *file = 0;
    return hf_sql_number(
        catalog, error, file, NULL,
        "SELECT f.id FROM container c JOIN source_file f ON f.id = c.source_file_id"
        " JOIN folder d ON d.id = f.folder_id JOIN source s ON s.id = d.source_id"
        " WHERE c.sha256 = ?1 AND c.path_inside = x'' AND c.whole = 1 AND f.complete = 1"
        " AND coalesce(s.matter_id, 0) = ?2 AND s.in_place = 0 AND f.excluded = 0 AND f.sha256 = ?1"
        " AND NOT EXISTS (SELECT 1 FROM exception e WHERE e.source_file_id = f.id)"
        " LIMIT 1",
        "hi", sha256, matter);
}

bool hf_container_was_opened(hf_catalog *catalog, const uint8_t sha256[32], bool *opened,
                             GError **error)
{
    int64_t one;
    return hf_sql_number(catalog, error, &one, opened,
                         "SELECT 1 FROM container WHERE sha256 = ?1 LIMIT 1", "h", sha256);
}

/* What `from` holds now, joined with what `to` is known to hold of it. */
#define LIVE_IN_FROM "i.source_file_id = ?1 AND i.gone_run IS NULL"
#define SAME_IN_TO                                                                                 \
    "EXISTS (SELECT 1 FROM instance t WHERE t.source_file_id = ?2 AND t.path_inside = "            \
    "i.path_inside AND t.sha256 = i.sha256)"

static bool count_copied(hf_catalog *catalog, int64_t from, int64_t to, hf_container_copied *copied,
                         GError **error)
{
    /* The file's own count is right where an archive holds the same name twice: that is one instance. */
    int64_t known = 0, all = 0, items = 0;
    bool ok = hf_sql_number(catalog, error, &known, NULL,
                            "SELECT coalesce(sum(documents), 0) FROM instance i JOIN family ON "
                            "family.id = family_id"
                            " WHERE " LIVE_IN_FROM " AND " SAME_IN_TO,
                            "ii", from, to) &&
              hf_sql_number(catalog, error, &all, NULL,
                            "SELECT coalesce(sum(documents), 0) FROM instance i JOIN family ON "
                            "family.id = family_id"
                            " WHERE " LIVE_IN_FROM,
                            "i", from) &&
              hf_sql_number(catalog, error, &items, NULL,
                            "SELECT items FROM source_file WHERE id = ?1", "i", from);
    copied->unchanged = (uint64_t)(known == all ? items : known);
    copied->duplicate = (uint64_t)items - copied->unchanged;
    return ok;
}

bool hf_container_copy_instances(hf_catalog *catalog, int64_t from, int64_t to,
                                 const uint8_t sha256[32], int64_t run, hf_container_copied *copied,
                                 GError **error)
{
    int64_t one;
    *copied = (hf_container_copied){0};
    if (!hf_sql_number(
            catalog, error, &one, &copied->done,
            "SELECT 1 FROM source_file WHERE id = ?1 AND sha256 = ?2 AND (complete = 1 OR id = ?3)",
            "ihi", from, sha256, to))
        return false;
    if (!copied->done)
        return true;
    if (!count_copied(catalog, from, to, copied, error) ||
        !hf_sql_run(catalog, error,
                    "UPDATE instance SET last_run = ?3, gone_run = NULL WHERE source_file_id = ?2 "
                    "AND EXISTS (SELECT 1 FROM"
                    " instance i WHERE " LIVE_IN_FROM " AND i.path_inside = instance.path_inside"
                    " AND i.sha256 = instance.sha256)",
                    "iii", from, to, run) ||
        !hf_sql_run(catalog, error,
                    "INSERT INTO instance(family_id, source_file_id, path_inside, sha256, "
                    "native_id, modified, renamed, first_run,"
                    " last_run) SELECT family_id, ?2, path_inside, sha256, native_id, modified, "
                    "renamed, ?3, ?3 FROM instance i"
                    " WHERE " LIVE_IN_FROM " AND NOT " SAME_IN_TO,
                    "iii", from, to, run))
        return false;
    copied->instances = (uint64_t)hf_sql_changes(catalog);
    if (!hf_sql_run(
            catalog, error,
            "INSERT OR REPLACE INTO container(source_file_id, path_inside, type_id, sha256, size, "
            "members, whole, run_id)"
            " SELECT ?2, path_inside, type_id, sha256, size, members, whole, ?3 FROM container"
            " WHERE source_file_id = ?1",
            "iii", from, to, run))
        return false;
    copied->containers = (uint64_t)hf_sql_changes(catalog);
    return true;
}

static bool is_known(int64_t size)
{
    return size >= 0;
}

bool hf_container_exclude(hf_catalog *catalog, const hf_exclusion_row *row, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "INSERT INTO exclusion(run_id, path, why, source_id, folder, name, path_inside, "
        "custodian_id, size)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CASE WHEN ?9 THEN ?10 END)",
        "iptipppzii", row->run, row->path, row->why, row->source, row->folder, row->name,
        row->path_inside, row->custodian, (int64_t)is_known(row->size), row->size);
}

bool hf_container_exclude_inside(hf_catalog *catalog, int64_t file, const hf_exclusion_row *row,
                                 GError **error)
{
    return hf_sql_run(
        catalog, error,
        "INSERT INTO exclusion(run_id, path, why, source_id, folder, name, path_inside, "
        "custodian_id, size)"
        " SELECT ?2, ?3, ?4, d.source_id, d.path, f.name, ?5, f.custodian_id, CASE WHEN ?6 THEN ?7 "
        "END"
        " FROM source_file f JOIN folder d ON d.id = f.folder_id WHERE f.id = ?1",
        "iiptpii", file, row->run, row->path, row->why, row->path_inside,
        (int64_t)is_known(row->size), row->size);
}
