#include "catalog/sql.h"

static void free_matter(gpointer data)
{
    hf_matter *matter = data;
    g_free(matter->code);
    g_free(matter->title);
    g_free(matter->client);
    g_free(matter->timezone);
    g_free(matter);
}

bool hf_matter_add(hf_catalog *catalog, const char *code, const char *title, const char *client,
                   const char *timezone, GError **error)
{
    if (!hf_sql_is_word(code)) {
        g_set_error(
            error, HF_ERROR, HF_ERROR_INVALID,
            "a matter's id is up to 64 letters, digits, dots, hyphens and underscores, not \"%s\"",
            code);
        return false;
    }
    bool found = false;
    int64_t id;
    if (!hf_sql_number(catalog, error, &id, &found, "SELECT id FROM matter WHERE code = ?1", "t",
                       code))
        return false;
    if (found) {
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS, "there is a matter \"%s\" already", code);
        return false;
    }
    return hf_sql_run(
        catalog, error,
        "INSERT INTO matter(code, title, client, timezone, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        "ttttd", code, title, client, timezone, hf_time_now());
}

bool hf_matter_find(hf_catalog *catalog, const char *code, int64_t *id, GError **error)
{
    bool found = false;
    if (!hf_sql_number(catalog, error, id, &found, "SELECT id FROM matter WHERE code = ?1", "t",
                       code))
        return false;
    if (!found) {
        sqlite3_stmt *stmt =
            hf_sql_prepare(catalog, error, "SELECT code FROM matter ORDER BY code", "");
        if (stmt == NULL)
            return false;
        g_autofree char *codes = hf_sql_nearest(catalog, stmt, code);
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "there is no matter \"%s\" (%s%s); add it: holdfast matter add %s", code,
                    *codes != '\0' ? "there are: " : "there are none", codes, code);
    }
    return found;
}

static GPtrArray *read_matters(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_matter);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_matter *matter = g_new0(hf_matter, 1);
        matter->id = sqlite3_column_int64(stmt, 0);
        matter->code = hf_sql_text(stmt, 1);
        matter->title = hf_sql_text(stmt, 2);
        matter->client = hf_sql_text(stmt, 3);
        matter->timezone = hf_sql_text(stmt, 4);
        matter->created = hf_sql_time(stmt, 5);
        matter->families = sqlite3_column_int64(stmt, 6);
        g_ptr_array_add(list, matter);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

GPtrArray *hf_matter_list(hf_catalog *catalog, GError **error)
{
    return read_matters(catalog,
                        hf_sql_prepare(catalog, error,
                                       "SELECT id, code, title, client, timezone, created, (SELECT "
                                       "count(*) FROM family WHERE matter_id = matter.id) FROM "
                                       "matter ORDER BY code",
                                       ""),
                        error);
}

GPtrArray *hf_matter_list_uncounted(hf_catalog *catalog, GError **error)
{
    return read_matters(catalog,
                        hf_sql_prepare(catalog, error,
                                       "SELECT id, code, title, client, timezone, created, 0 FROM "
                                       "matter ORDER BY code",
                                       ""),
                        error);
}
