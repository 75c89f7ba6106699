#include "catalog/sql.h"

bool hf_balance_add(hf_catalog *catalog, int64_t run, int64_t source, int64_t file,
                    const char *path_inside, const hf_balance *add, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "INSERT INTO balance(run_id, source_id, source_file_id, path_inside, sources, found, new, "
        "duplicate,"
        " unchanged, excluded, exception) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        " ON CONFLICT DO UPDATE SET sources = sources + excluded.sources, found = found + "
        "excluded.found,"
        " new = new + excluded.new, duplicate = duplicate + excluded.duplicate,"
        " unchanged = unchanged + excluded.unchanged, excluded = balance.excluded + "
        "excluded.excluded,"
        " exception = exception + excluded.exception",
        "iiipuuuuuuu", run, source, file, path_inside, add->sources, add->found, add->new_,
        add->duplicate, add->unchanged, add->excluded, add->exception);
}

bool hf_balance_copy(hf_catalog *catalog, int64_t run, int64_t source, int64_t from, int64_t to,
                     bool unchanged, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "INSERT OR REPLACE INTO balance(run_id, source_id, source_file_id, path_inside, sources, "
        "found, new,"
        " duplicate, unchanged, excluded, exception)"
        " SELECT ?1, ?2, ?4, path_inside, 0, found, 0, CASE WHEN ?5 THEN 0 ELSE found END,"
        " CASE WHEN ?5 THEN found ELSE 0 END, 0, 0 FROM balance b WHERE source_file_id = ?3"
        " AND source_file_id > 0 AND run_id = (SELECT max(run_id) FROM balance l WHERE "
        "l.source_file_id = ?3"
        " AND l.source_file_id > 0 AND l.path_inside = b.path_inside)",
        "iiiii", run, source, from, to, (int64_t)unchanged);
}

static void read_row(sqlite3_stmt *stmt, hf_balance_row *row)
{
    hf_balance *b = &row->balance;
    uint64_t *const into[] = {&b->sources,   &b->found,    &b->new_,     &b->duplicate,
                              &b->unchanged, &b->excluded, &b->exception};
    row->path = hf_sql_place(stmt, 0, NULL);
    row->type = hf_sql_text(stmt, 5);
    row->whole = sqlite3_column_int(stmt, 6) != 0;
    row->source = sqlite3_column_int64(stmt, 7);
    for (unsigned i = 0; i < G_N_ELEMENTS(into); i++)
        *into[i] = (uint64_t)sqlite3_column_int64(stmt, (int)(8 + i));
}

static bool each(hf_catalog *catalog, sqlite3_stmt *stmt, hf_balance_fn fn, void *data,
                 GError **error)
{
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_balance_row row = {0};
        read_row(stmt, &row);
        bool ok = fn(data, &row, error);
        g_free(row.path);
        g_free(row.type);
        if (!ok) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

#define COUNTS                                                                                     \
    "b.source_id, b.sources, b.found, b.new, b.duplicate, b.unchanged, b.excluded, b.exception"

bool hf_balance_each(hf_catalog *catalog, int64_t run, bool containers, hf_balance_fn fn,
                     void *data, GError **error)
{
    sqlite3_stmt *stmt =
        containers
            ? hf_sql_prepare(
                  catalog, error,
                  "SELECT s.root, s.single, p.path, f.name, b.path_inside, t.name, c.whole, " COUNTS
                  " FROM balance b JOIN container c ON c.source_file_id = b.source_file_id AND"
                  " c.path_inside = b.path_inside JOIN media_type t ON t.id = c.type_id"
                  " JOIN source_file f ON f.id = b.source_file_id JOIN folder p ON p.id = "
                  "f.folder_id"
                  " JOIN source s ON s.id = b.source_id WHERE b.run_id = ?1 AND b.source_file_id > "
                  "0"
                  " ORDER BY b.source_id, b.source_file_id, b.path_inside",
                  "i", run)
            : hf_sql_prepare(
                  catalog, error,
                  "SELECT s.root, 1, x'', x'', x'', NULL, 1, " COUNTS
                  " FROM balance b JOIN source s ON s.id = b.source_id WHERE b.run_id = ?1 AND"
                  " b.source_file_id = 0 ORDER BY b.source_id",
                  "i", run);
    return each(catalog, stmt, fn, data, error);
}

bool hf_balance_each_exclusion(hf_catalog *catalog, int64_t run, unsigned most, hf_exclusion_fn fn,
                               void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT path, why FROM exclusion WHERE run_id = ?1 ORDER BY path LIMIT ?2",
        "ii", run, most == 0 ? (int64_t)-1 : (int64_t)most);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_autofree char *path = hf_sql_bytes(stmt, 0);
        if (!fn(data, path, (const char *)sqlite3_column_text(stmt, 1), error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}
