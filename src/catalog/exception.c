#include "catalog/sql.h"
#include <string.h>

bool hf_exception_put(hf_catalog *catalog, const hf_exception_row *row, GError **error)
{
    return hf_sql_run(catalog, error,
                      "INSERT INTO exception(run_id, source_id, source_file_id, document_id, path, "
                      "stage, reason, detail,"
                      " extractor, extractor_version, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                      "?8, ?9, ?10, ?11)",
                      "izzzptttt"
                      "id",
                      row->run, row->source, row->file, (int64_t)row->document, row->path,
                      row->stage, row->reason, row->detail,
                      row->extractor != NULL ? row->extractor : "", (int64_t)row->extractor_version,
                      hf_time_now());
}

void hf_exception_free(hf_exception *e)
{
    g_free(e->path);
    g_free(e->stage);
    g_free(e->reason);
    g_free(e->detail);
    g_free(e->extractor);
    g_free(e->state);
    g_free(e->closed_by);
    g_free(e->closed_reason);
    g_free(e);
}

static hf_exception *read_row(sqlite3_stmt *stmt)
{
    hf_exception *e = g_new0(hf_exception, 1);
    e->id = sqlite3_column_int64(stmt, 0);
    e->run = sqlite3_column_int64(stmt, 1);
    e->file = sqlite3_column_int64(stmt, 2);
    e->document = (uint32_t)sqlite3_column_int64(stmt, 3);
    e->path = hf_sql_bytes(stmt, 4);
    e->stage = hf_sql_text(stmt, 5);
    e->reason = hf_sql_text(stmt, 6);
    e->detail = hf_sql_text(stmt, 7);
    e->extractor = hf_sql_text(stmt, 8);
    e->extractor_version = (unsigned)sqlite3_column_int(stmt, 9);
    e->state = hf_sql_text(stmt, 10);
    e->created = hf_sql_time(stmt, 11);
    e->closed = hf_sql_time(stmt, 12);
    e->closed_by = hf_sql_text(stmt, 13);
    e->closed_reason = hf_sql_text(stmt, 14);
    return e;
}

GPtrArray *hf_exception_list(hf_catalog *catalog, const hf_exception_filter *f, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT id, run_id, coalesce(source_file_id, 0), coalesce(document_id, 0), path, stage,"
        " reason, detail, extractor, extractor_version, state, created, closed, closed_by,"
        " closed_reason FROM exception WHERE (?1 OR state = 'open') AND (?2 = 0 OR run_id = ?2)"
        " AND (?3 = 0 OR document_id = ?3) AND (?4 = 0 OR id = ?4) AND id > ?5"
        " ORDER BY id LIMIT ?6",
        "iiiiii", (int64_t)f->all, f->run, (int64_t)f->document, f->id, f->after,
        f->most == 0 ? (int64_t)-1 : (int64_t)f->most);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)hf_exception_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, read_row(stmt));
    return step < 0 ? NULL : g_steal_pointer(&list);
}

bool hf_exception_close(hf_catalog *catalog, int64_t id, const char *state, const char *actor,
                        const char *reason, GError **error)
{
    if (!hf_sql_run(catalog, error,
                    "UPDATE exception SET state = ?2, closed = ?3, closed_by = ?4, closed_reason = "
                    "?5 WHERE id = ?1 AND"
                    " state = 'open'",
                    "itdtt", id, state, hf_time_now(), actor, reason))
        return false;
    if (hf_sql_changes(catalog) == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "there is no open exception %" G_GINT64_FORMAT, id);
    return hf_sql_changes(catalog) > 0;
}

bool hf_exception_resolve_file(hf_catalog *catalog, int64_t file, GError **error)
{
    return hf_sql_run(catalog, error,
                      "UPDATE exception SET state = 'resolved', closed = ?2, closed_reason = 'the "
                      "file was read again'"
                      " WHERE source_file_id = ?1 AND state = 'open' AND document_id IS NULL",
                      "id", file, hf_time_now());
}

bool hf_exception_resolve_source(hf_catalog *catalog, int64_t source, int64_t run, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "UPDATE exception SET state = 'resolved', closed = ?3, closed_reason = 'it could be read'"
        " WHERE state = 'open' AND source_file_id IS NULL AND document_id IS NULL AND run_id < ?2"
        " AND (source_id = ?1 OR (source_id IS NULL AND path = (SELECT root FROM source WHERE id = "
        "?1)))",
        "iid", source, run, hf_time_now());
}

bool hf_exception_count_open(hf_catalog *catalog, uint64_t *count, GError **error)
{
    int64_t open = 0;
    bool ok = hf_sql_number(catalog, error, &open, NULL,
                            "SELECT count(*) FROM exception WHERE state = 'open'", "");
    *count = (uint64_t)open;
    return ok;
}

bool hf_exception_put_replacement(hf_catalog *catalog, const hf_replacement_row *row,
                                  GError **error)
{
    int64_t family = 0, type = hf_sql_type_id(catalog, row->type, error);
    if (type == 0 ||
        !hf_sql_number(catalog, error, &family, NULL,
                       "SELECT family_id FROM document WHERE id = ?1", "i", (int64_t)row->document))
        return false;
    return hf_sql_run(catalog, error,
                      "INSERT INTO object(family_id, pack_id, slot, offset, stored, size, sha256) "
                      "VALUES (?1, ?2, ?3, ?4, ?5,"
                      " ?6, ?7)",
                      "iiiuuuh", family, (int64_t)row->object.pack, (int64_t)row->object.slot,
                      row->object.offset, row->object.stored, row->object.size,
                      row->object.sha256) &&
           hf_sql_run(catalog, error,
                      "INSERT OR REPLACE INTO replacement(document_id, object_id, sha256, md5, "
                      "size, type_id, name, reason,"
                      " created, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                      "iihbuittdt", (int64_t)row->document, hf_sql_last_id(catalog),
                      row->object.sha256, row->md5, (size_t)16, row->object.size, type, row->name,
                      row->reason, hf_time_now(), row->actor);
}

bool hf_exception_met_again(hf_catalog *catalog, int64_t id, const char *extractor,
                            unsigned version, GError **error)
{
    return hf_sql_run(catalog, error,
                      "UPDATE exception SET extractor = ?2, extractor_version = ?3 WHERE id = ?1",
                      "iti", id, extractor != NULL ? extractor : "", (int64_t)version);
}

static void free_number(gpointer data)
{
    hf_exception_number *number = data;
    g_free(number->reason);
    g_free(number->state);
    g_free(number);
}

GPtrArray *hf_exception_numbers(hf_catalog *catalog, int64_t run, int64_t source, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT reason, state, count(*) FROM exception WHERE (?1 = 0 OR run_id = ?1)"
        " AND (?2 = 0 OR source_id = ?2)"
        " GROUP BY reason, state ORDER BY state = 'open' DESC, count(*) DESC, reason",
        "ii", run, source);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_number);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_exception_number *number = g_new0(hf_exception_number, 1);
        number->reason = hf_sql_text(stmt, 0);
        number->state = hf_sql_text(stmt, 1);
        number->count = (uint64_t)sqlite3_column_int64(stmt, 2);
        g_ptr_array_add(list, number);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}
