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
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT first, last FROM matter_span WHERE matter_id = ?1", "i", matter);
    g_autoptr(hf_set) set = hf_set_new();
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        hf_set_add_range(set, (uint32_t)sqlite3_column_int64(stmt, 0),
                         (uint32_t)sqlite3_column_int64(stmt, 1));
    return step < 0 ? NULL : g_steal_pointer(&set);
}

/* ---- what an index does not say ---- */

static bool add_between(hf_catalog *catalog, hf_set *set, int64_t low, int64_t high, GError **error)
{
    if (low > high)
        return true;
    g_autoptr(hf_set) some = hf_sql_set(
        catalog, error, "SELECT id FROM document WHERE id BETWEEN ?1 AND ?2", "ii", low, high);
    if (some != NULL)
        hf_set_or(set, some);
    return some != NULL;
}

/* Between the segments and behind the last: one short search for each gap. */
hf_set *hf_selection_unindexed(hf_catalog *catalog, GError **error)
{
    g_autoptr(GPtrArray) segments = hf_published_list(catalog, error);
    g_autoptr(hf_set) set = hf_set_new();
    int64_t next = 1;
    if (segments == NULL)
        return NULL;
    for (guint i = 0; i < segments->len; i++) {
        const hf_published *segment = g_ptr_array_index(segments, i);
        if (!add_between(catalog, set, next, (int64_t)segment->first - 1, error))
            return NULL;
        next = MAX(next, (int64_t)segment->last + 1);
    }
    return add_between(catalog, set, next, UINT32_MAX, error) ? g_steal_pointer(&set) : NULL;
}

hf_set *hf_selection_stale(hf_catalog *catalog, GError **error)
{
    return hf_sql_set(catalog, error, "SELECT document_id FROM stale_document", "");
}

hf_set *hf_selection_not_live(hf_catalog *catalog, GError **error)
{
    return hf_sql_set(catalog, error,
                      "SELECT d.id FROM family f JOIN document d ON d.family_id = f.id WHERE "
                      "f.state <> 0",
                      "");
}

/* ---- places ---- */

static GArray *choose_sources(hf_catalog *catalog, hf_selection_source_fn fn, void *data,
                              GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, "SELECT id, root FROM source", "");
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        g_autofree char *root = hf_sql_bytes(stmt, 1);
        if (fn(data, id, root))
            g_array_append_val(chosen, id);
    }
    return step < 0 ? NULL : g_steal_pointer(&chosen);
}

hf_set *hf_selection_source(hf_catalog *catalog, hf_selection_source_fn fn, void *data,
                            GError **error)
{
    g_autoptr(GArray) chosen = choose_sources(catalog, fn, data, error);
    g_autoptr(hf_set) set = hf_set_new();
    for (guint i = 0; chosen != NULL && i < chosen->len; i++) {
        g_autoptr(hf_set) one = hf_sql_set(
            catalog, error,
            "SELECT d.id FROM folder p JOIN source_file sf ON sf.folder_id = p.id JOIN instance i "
            "ON i.source_file_id = sf.id JOIN document d ON d.family_id = i.family_id WHERE "
            "p.source_id = ?1",
            "i", g_array_index(chosen, int64_t, i));
        if (one == NULL)
            return NULL;
        hf_set_or(set, one);
    }
    return chosen != NULL ? g_steal_pointer(&set) : NULL;
}

/* ---- what a document is ---- */

hf_set *hf_selection_message_id(hf_catalog *catalog, const char *message_id, GError **error)
{
    return hf_sql_set(
        catalog, error,
        "SELECT document_id FROM document_meta WHERE key = 'message-id' AND value = ?1", "t",
        message_id);
}

/* The second condition says to SQLite what the first implies: that the index of flagged documents has all. */
hf_set *hf_selection_flag(hf_catalog *catalog, unsigned flags, GError **error)
{
    return hf_sql_set(catalog, error,
                      "SELECT id FROM document WHERE flags & ?1 AND flags <> 0 ORDER BY flags, id",
                      "i", (int64_t)flags);
}

hf_set *hf_selection_parents(hf_catalog *catalog, GError **error)
{
    return hf_sql_set(catalog, error,
                      "SELECT DISTINCT parent_id FROM document WHERE parent_id IS NOT NULL", "");
}

hf_set *hf_selection_children(hf_catalog *catalog, GError **error)
{
    return hf_sql_set(catalog, error, "SELECT id FROM document WHERE parent_id IS NOT NULL", "");
}

static bool add_family_of(hf_catalog *catalog, uint32_t id, hf_set *out, GError **error)
{
    g_autoptr(hf_set) family =
        hf_sql_set(catalog, error,
                   "SELECT m.id FROM document d JOIN document m ON m.family_id = d.family_id WHERE "
                   "d.id = ?1",
                   "i", (int64_t)id);
    if (family != NULL)
        hf_set_or(out, family);
    return family != NULL;
}

hf_set *hf_selection_families(hf_catalog *catalog, const hf_set *set, GError **error)
{
    g_autoptr(hf_set) out = hf_set_new();
    for (uint32_t id = 0; hf_set_next(set, &id); id++) {
        if (!hf_set_has(out, id) && !add_family_of(catalog, id, out, error))
            return NULL;
    }
    return g_steal_pointer(&out);
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

hf_set *hf_selection_text_state(hf_catalog *catalog, hf_text_state state, GError **error)
{
    /* Most documents have their text whole: there is no index of those. */
    if (state == HF_TEXT_WHOLE)
        return hf_sql_set(catalog, error, "SELECT id FROM document WHERE text_state = ?1", "i",
                          (int64_t)state);
    return hf_sql_set(catalog, error,
                      "SELECT id FROM document WHERE text_state = ?1 AND text_state > 0", "i",
                      (int64_t)state);
}

hf_set *hf_selection_exception(hf_catalog *catalog, const char *reason, GError **error)
{
    if (reason == NULL)
        return hf_sql_set(
            catalog, error,
            "SELECT document_id FROM exception INDEXED BY exception_open_document WHERE state = "
            "'open' AND document_id IS NOT NULL",
            "");
    return hf_sql_set(catalog, error,
                      "SELECT document_id FROM exception WHERE state = 'open' AND document_id IS "
                      "NOT NULL AND reason = ?1",
                      "t", reason);
}
