#include "catalog/sql.h"
#include <string.h>

hf_set *hf_selection_all(hf_catalog *catalog, GError **error)
{
    return hf_sql_set(
        catalog, error,
        "SELECT d.id FROM document d JOIN family f ON f.id = d.family_id WHERE f.state = 0", "");
}

hf_set *hf_selection_matter(hf_catalog *catalog, const char *code, GError **error)
{
    int64_t matter;
    if (!hf_matter_find(catalog, code, &matter, error))
        return NULL;
    return hf_sql_set(
        catalog, error,
        "SELECT d.id FROM family f JOIN document d ON d.family_id = f.id WHERE f.matter_id = ?1",
        "i", matter);
}

/* Everything that any instance ties to the custodian, to one merged into him, or to the one he is merged into. */
hf_set *hf_selection_custodian(hf_catalog *catalog, const char *name, GError **error)
{
    int64_t custodian;
    if (!hf_custodian_find(catalog, name, false, &custodian, error))
        return NULL;
    return hf_sql_set(
        catalog, error,
        "WITH RECURSIVE top(id) AS (SELECT ?1 UNION SELECT c.merged_into FROM custodian c JOIN top "
        "ON"
        " c.id = top.id WHERE c.merged_into IS NOT NULL),"
        " same(id) AS (SELECT id FROM top UNION SELECT c.id FROM custodian c JOIN same ON"
        " c.merged_into = same.id)"
        " SELECT d.id FROM source_file sf JOIN instance i ON i.source_file_id = sf.id"
        " JOIN document d ON d.family_id = i.family_id WHERE sf.custodian_id IN (SELECT id FROM "
        "same)",
        "i", custodian);
}

hf_set *hf_selection_type(hf_catalog *catalog, const char *const *types, GError **error)
{
    g_autoptr(hf_set) set = hf_set_new();
    for (size_t i = 0; types[i] != NULL; i++) {
        g_autoptr(hf_set) one = hf_sql_set(
            catalog, error,
            "SELECT id FROM document WHERE type_id = (SELECT id FROM media_type WHERE name = ?1)",
            "t", types[i]);
        if (one == NULL)
            return NULL;
        hf_set_or(set, one);
    }
    return g_steal_pointer(&set);
}

bool hf_selection_each_place(hf_catalog *catalog, hf_selection_place_fn fn, void *data,
                             GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT d.id, CASE WHEN s.root = x'2f' THEN '' ELSE CAST(s.root AS TEXT) END || CASE WHEN "
        "s.single THEN '' ELSE '/' || CAST(p.path AS TEXT) ||"
        " CASE WHEN p.path = x'' THEN '' ELSE '/' END || CAST(sf.name AS TEXT) END ||"
        " CASE WHEN i.path_inside = x'' THEN '' ELSE '!/' || CAST(i.path_inside AS TEXT) END ||"
        " CASE WHEN d.path = x'' THEN '' ELSE '!/' || CAST(d.path AS TEXT) END"
        " FROM source s JOIN folder p ON p.source_id = s.id JOIN source_file sf ON sf.folder_id = "
        "p.id"
        " JOIN instance i ON i.source_file_id = sf.id JOIN document d ON d.family_id = i.family_id"
        " WHERE i.gone_run IS NULL",
        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        const char *place = (const char *)sqlite3_column_text(stmt, 1);
        if (!fn(data, (uint32_t)sqlite3_column_int64(stmt, 0), place != NULL ? place : "")) {
            sqlite3_reset(stmt);
            return true;
        }
    }
    return step == 0;
}

bool hf_selection_each_other_name(hf_catalog *catalog, hf_selection_name_fn fn, void *data,
                                  GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT d.id, CASE WHEN i.path_inside = x'' THEN f.name ELSE i.path_inside END FROM "
        "instance i"
        " JOIN source_file f ON f.id = i.source_file_id"
        " JOIN document d ON d.family_id = i.family_id AND d.parent_id IS NULL WHERE i.renamed = 1",
        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_autofree char *bytes = hf_sql_bytes(stmt, 1);
        g_autofree char *name = hf_name_utf8(bytes, -1);
        if (!fn(data, (uint32_t)sqlite3_column_int64(stmt, 0), name)) {
            sqlite3_reset(stmt);
            return true;
        }
    }
    return step == 0;
}

hf_set *hf_selection_hash(hf_catalog *catalog, const char *hex, GError **error)
{
    uint8_t hash[32];
    if (hf_digest_parse_hex(hex, hash, 32))
        return hf_sql_set(catalog, error,
                          "SELECT id FROM document WHERE sha256 = ?1 UNION SELECT d.id FROM "
                          "instance i JOIN document d ON"
                          " d.family_id = i.family_id AND d.parent_id IS NULL WHERE i.sha256 = ?1",
                          "h", hash);
    if (hf_digest_parse_hex(hex, hash, 16))
        return hf_sql_set(catalog, error, "SELECT id FROM document WHERE md5 = ?1", "b", hash,
                          (size_t)16);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY,
                "\"%s\" is neither a SHA-256 (64 hexadecimal digits) nor an MD5 (32)", hex);
    return NULL;
}

hf_set *hf_selection_date(hf_catalog *catalog, bool family_date, hf_time low, hf_time high,
                          GError **error)
{
    if (family_date)
        return hf_sql_set(catalog, error,
                          "SELECT d.id FROM family f JOIN document d ON d.family_id = f.id WHERE "
                          "f.family_date BETWEEN ?1"
                          " AND ?2",
                          "ii", low, high);
    return hf_sql_set(catalog, error, "SELECT id FROM document WHERE review_date BETWEEN ?1 AND ?2",
                      "ii", low, high);
}

hf_set *hf_selection_sent(hf_catalog *catalog, hf_time low, hf_time high, GError **error)
{
    return hf_sql_set(
        catalog, error,
        "SELECT d.id FROM document d WHERE d.review_date BETWEEN ?1 AND ?2 AND d.extractor = "
        "'mail' AND EXISTS"
        " (SELECT 1 FROM document_meta m WHERE m.document_id = d.id AND m.key = 'sent')",
        "ii", low, high);
}

hf_set *hf_selection_text_state(hf_catalog *catalog, hf_text_state state, GError **error)
{
    return hf_sql_set(catalog, error, "SELECT id FROM document WHERE text_state = ?1", "i",
                      (int64_t)state);
}

hf_set *hf_selection_exception(hf_catalog *catalog, const char *reason, GError **error)
{
    return hf_sql_set(
        catalog, error,
        "SELECT document_id FROM exception WHERE state = 'open' AND document_id IS NOT NULL"
        " AND (?1 IS NULL OR reason = ?1)",
        "t", reason);
}

GPtrArray *hf_selection_types(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT name FROM media_type ORDER BY name", "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, hf_sql_text(stmt, 0));
    return step < 0 ? NULL : g_steal_pointer(&list);
}
