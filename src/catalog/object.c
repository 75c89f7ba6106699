#include "catalog/sql.h"

GArray *hf_object_packs(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT id, end, slots FROM pack ORDER BY id", "");
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(hf_pack_row));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_pack_row row = {(uint32_t)sqlite3_column_int64(stmt, 0),
                           (uint64_t)sqlite3_column_int64(stmt, 1),
                           (uint32_t)sqlite3_column_int64(stmt, 2)};
        g_array_append_val(list, row);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

bool hf_object_pack_end(hf_catalog *catalog, const hf_pack_row *pack, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "INSERT INTO pack(id, end, slots) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET"
        " end = max(end, excluded.end), slots = max(slots, excluded.slots)",
        "iui", (int64_t)pack->pack, pack->end, (int64_t)pack->slots);
}

bool hf_object_each(hf_catalog *catalog, hf_object_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT o.id, o.family_id, o.pack_id, o.slot, o.offset, o.stored, o.size, o.sha256,"
        " CASE WHEN d.id THEN d.id WHEN r.document_id THEN r.document_id ELSE"
        " coalesce((SELECT min(d.id) FROM document d WHERE d.family_id = o.family_id), 0) END,"
        " CASE WHEN d.native_id = o.id THEN 'native' WHEN d.id THEN 'text' WHEN r.document_id THEN "
        "'replacement' ELSE '' END,"
        " CASE WHEN coalesce(d.id, r.document_id) IS NULL THEN coalesce((SELECT i.id FROM instance "
        "i WHERE"
        " i.family_id = o.family_id AND i.native_id = o.id), 0) ELSE 0 END"
        " FROM object o LEFT JOIN document d ON d.id = coalesce("
        " (SELECT id FROM document WHERE native_id = o.id), (SELECT id FROM document WHERE text_id "
        "= o.id))"
        " LEFT JOIN replacement r ON r.object_id = o.id ORDER BY o.pack_id, o.offset",
        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_object_entry entry = {
            .id = sqlite3_column_int64(stmt, 0),
            .family = sqlite3_column_int64(stmt, 1),
            .row = {.pack = (uint32_t)sqlite3_column_int64(stmt, 2),
                    .slot = (uint32_t)sqlite3_column_int64(stmt, 3),
                    .offset = (uint64_t)sqlite3_column_int64(stmt, 4),
                    .stored = (uint64_t)sqlite3_column_int64(stmt, 5),
                    .size = (uint64_t)sqlite3_column_int64(stmt, 6)},
            .document = (uint32_t)sqlite3_column_int64(stmt, 8),
            .what = (const char *)sqlite3_column_text(stmt, 9),
            .instance = sqlite3_column_int64(stmt, 10),
        };
        if (*entry.what == '\0')
            entry.what = entry.instance != 0 ? "instance" : "superseded";
        hf_sql_hash(stmt, 7, entry.row.sha256, 32);
        if (!fn(data, &entry, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

bool hf_object_totals(hf_catalog *catalog, uint64_t *objects, uint64_t *bytes, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT count(*), coalesce(sum(size), 0) FROM object", "");
    if (stmt == NULL || hf_sql_step(catalog, stmt, error) != 1)
        return false;
    *objects = (uint64_t)sqlite3_column_int64(stmt, 0);
    *bytes = (uint64_t)sqlite3_column_int64(stmt, 1);
    sqlite3_reset(stmt);
    return true;
}
