#include "catalog/sql.h"

static void free_published(gpointer data)
{
    hf_published *segment = data;
    g_free(segment->directory);
    g_free(segment);
}

GPtrArray *hf_published_list(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT id, directory, first, last, documents, bytes, words FROM segment ORDER BY first",
        "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_published);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_published *segment = g_new0(hf_published, 1);
        segment->id = sqlite3_column_int64(stmt, 0);
        segment->directory = hf_sql_text(stmt, 1);
        segment->first = (uint32_t)sqlite3_column_int64(stmt, 2);
        segment->last = (uint32_t)sqlite3_column_int64(stmt, 3);
        segment->documents = (uint32_t)sqlite3_column_int64(stmt, 4);
        segment->bytes = (uint64_t)sqlite3_column_int64(stmt, 5);
        segment->words = (uint64_t)sqlite3_column_int64(stmt, 6);
        g_ptr_array_add(list, segment);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

bool hf_published_put(hf_catalog *catalog, const hf_published *segment, const GArray *replaced,
                      GError **error)
{
    for (guint i = 0; replaced != NULL && i < replaced->len; i++) {
        if (!hf_sql_run(catalog, error, "DELETE FROM segment WHERE id = ?1", "i",
                        g_array_index(replaced, int64_t, i)))
            return false;
    }
    return hf_sql_run(catalog, error,
                      "INSERT INTO segment(directory, first, last, documents, bytes, words) VALUES "
                      "(?1, ?2, ?3, ?4, ?5, ?6)",
                      "tiiiuu", segment->directory, (int64_t)segment->first, (int64_t)segment->last,
                      (int64_t)segment->documents, segment->bytes, segment->words);
}

bool hf_published_flag(hf_catalog *catalog, uint32_t document, unsigned flags, GError **error)
{
    return hf_sql_run(catalog, error, "UPDATE document SET flags = flags | ?2 WHERE id = ?1", "ii",
                      (int64_t)document, (int64_t)flags);
}

bool hf_published_clear_stale(hf_catalog *catalog, uint32_t first, uint32_t last, GError **error)
{
    return hf_sql_run(catalog, error,
                      "DELETE FROM stale_document WHERE document_id BETWEEN ?1 AND ?2", "ii",
                      (int64_t)first, (int64_t)last);
}

GArray *hf_published_stale(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT DISTINCT g.id FROM stale_document s JOIN segment g ON s.document_id BETWEEN"
        " g.first AND g.last ORDER BY g.first",
        "");
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        g_array_append_val(list, id);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}
