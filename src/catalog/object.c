#include "catalog/sql.h"
#include <string.h>

GArray *hf_object_packs(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, "SELECT id, end, slots FROM pack ORDER BY id", "");
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(hf_pack_row));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_pack_row row = {(uint32_t)sqlite3_column_int64(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1),
                           (uint32_t)sqlite3_column_int64(stmt, 2)};
        g_array_append_val(list, row);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

bool hf_object_pack_end(hf_catalog *catalog, const hf_pack_row *pack, GError **error)
{
    return hf_sql_run(catalog, error,
                      "INSERT INTO pack(id, end, slots) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET"
                      " end = max(end, excluded.end), slots = max(slots, excluded.slots)",
                      "iui", (int64_t)pack->pack, pack->end, (int64_t)pack->slots);
}

bool hf_object_each(hf_catalog *catalog, hf_object_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT o.id, o.family_id, o.pack_id, o.slot, o.offset, o.stored, o.size, o.sha256,"
        " CASE WHEN n.id THEN n.id WHEN x.id THEN x.id WHEN r.document_id THEN r.document_id ELSE"
        " coalesce((SELECT min(d.id) FROM document d WHERE d.family_id = o.family_id), 0) END,"
        " CASE WHEN n.id THEN 'native' WHEN x.id THEN 'text' WHEN r.document_id THEN 'replacement' WHEN EXISTS"
        " (SELECT 1 FROM instance i WHERE i.family_id = o.family_id AND i.native_id = o.id) THEN 'instance' ELSE 'superseded'"
        " END FROM object o LEFT JOIN document n ON n.family_id = o.family_id AND n.native_id = o.id"
        " LEFT JOIN document x ON x.family_id = o.family_id AND x.text_id = o.id"
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
        };
        hf_sql_hash(stmt, 7, entry.row.sha256, 32);
        if (!fn(data, &entry, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

GPtrArray *hf_object_inconsistencies(hf_catalog *catalog, GError **error)
{
    static const struct {
        const char *sql, *sentence;
    } rules[] = {
        {"SELECT id FROM document d WHERE native_id IS NULL AND NOT EXISTS (SELECT 1 FROM instance i JOIN source_file f ON"
         " f.id = i.source_file_id JOIN folder p ON p.id = f.folder_id JOIN source s ON s.id = p.source_id WHERE"
         " i.family_id = d.family_id AND s.in_place = 1)",
         "document HF%07u has no native in the vault and is not in place"},
        {"SELECT d.id FROM document d WHERE d.text_state = 1 AND d.text_id IS NULL",
         "document HF%07u has lost its text"},
        {"SELECT f.id FROM family f WHERE f.documents <> (SELECT count(*) FROM document d WHERE d.family_id = f.id)",
         "family %u does not have the number of documents it was stored with"},
        {"SELECT f.id FROM family f WHERE NOT EXISTS (SELECT 1 FROM instance i WHERE i.family_id = f.id)",
         "family %u was found nowhere"},
        {"SELECT f.id FROM family f WHERE NOT EXISTS (SELECT 1 FROM family_key k WHERE k.family_id = f.id)",
         "family %u has no deduplication key"},
        {"SELECT d.id FROM document d JOIN object o ON o.id = d.native_id WHERE o.sha256 <> d.sha256 OR o.size <> d.size",
         "document HF%07u and its object disagree on hash or size"},
        {"SELECT o.id FROM object o JOIN pack p ON p.id = o.pack_id WHERE o.offset + o.stored > p.end OR o.slot >= p.slots",
         "object %u lies beyond the end of its pack"},
    };
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(hf_set) ids = hf_sql_set(catalog, error, rules[i].sql, "");
        if (ids == NULL)
            return NULL;
        for (uint32_t id = 0; hf_set_next(ids, &id); id++) {
            GString *sentence = g_string_new(NULL);
            const char *at = strstr(rules[i].sentence, "%");
            const char *after = strpbrk(at, "u");
            g_string_append_len(sentence, rules[i].sentence, at - rules[i].sentence);
            g_string_append_printf(sentence, at[1] == '0' ? "%07u" : "%u", id);
            g_string_append(sentence, after + 1);
            g_ptr_array_add(list, g_string_free(sentence, FALSE));
        }
    }
    return g_steal_pointer(&list);
}
