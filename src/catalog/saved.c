#include "catalog/sql.h"

static void free_saved(gpointer data)
{
    hf_saved *saved = data;
    g_free(saved->name);
    g_free(saved->query);
    g_free(saved->actor);
    g_free(saved->matter);
    g_free(saved);
}

GPtrArray *hf_saved_list(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT s.name, s.query, s.actor, m.code, s.created, s.documents FROM saved_search s LEFT "
        "JOIN matter m ON m.id = s.matter_id ORDER BY s.name",
        "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_saved);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_saved *saved = g_new0(hf_saved, 1);
        saved->name = hf_sql_text(stmt, 0);
        saved->query = hf_sql_text(stmt, 1);
        saved->actor = hf_sql_text(stmt, 2);
        saved->matter = hf_sql_text(stmt, 3);
        saved->created = hf_sql_time(stmt, 4);
        saved->documents = (uint64_t)sqlite3_column_int64(stmt, 5);
        g_ptr_array_add(list, saved);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

static bool check_name(const char *name, GError **error)
{
    if (hf_sql_is_word(name))
        return true;
    g_autofree char *shown = hf_name_display(name, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                "a saved search's name is up to 64 letters, digits, dots, hyphens and "
                "underscores, not \"%s\"",
                shown);
    return false;
}

static bool log_saved(hf_catalog *catalog, const hf_saved *saved, const char *sealed,
                      GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, text);
    hf_json_object(&json);
    hf_json_pair(&json, "name", saved->name);
    hf_json_pair_if(&json, "query", sealed);
    hf_json_pair_if(&json, "matter", saved->matter);
    hf_json_pair_int(&json, "documents", (int64_t)saved->documents);
    /* The row is an object already: its members are what is handed on. */
    return hf_log_append(catalog, "saved put", text->str + 1, error);
}

bool hf_saved_put(hf_catalog *catalog, const hf_saved *saved, const char *sealed, GError **error)
{
    int64_t matter = 0;
    g_autofree char *actor = saved->actor != NULL ? g_strdup(saved->actor) : hf_log_actor();
    if (!check_name(saved->name, error) ||
        (saved->matter != NULL && !hf_matter_find(catalog, saved->matter, &matter, error)))
        return false;
    return hf_sql_run(catalog, error,
                      "INSERT OR REPLACE INTO saved_search(name, query, matter_id, documents, "
                      "created, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                      "ttzudt", saved->name, saved->query, matter, saved->documents, hf_time_now(),
                      actor) &&
           log_saved(catalog, saved, sealed, error);
}

static bool not_found(hf_catalog *catalog, const char *name, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT name FROM saved_search ORDER BY name", "");
    if (stmt == NULL)
        return false;
    g_autofree char *near = hf_sql_nearest(catalog, stmt, name);
    g_autofree char *shown = hf_name_display(name, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                *near != '\0' ? "there is no saved search \"%s\"; there are: %s"
                              : "there is no saved search \"%s\"; there are none yet%s",
                shown, near);
    return false;
}

char *hf_saved_query(hf_catalog *catalog, const char *name, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT query FROM saved_search WHERE name = ?1", "t", name);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step == 0)
        not_found(catalog, name, error);
    if (step != 1)
        return NULL;
    char *query = hf_sql_text(stmt, 0);
    sqlite3_reset(stmt);
    return query;
}

bool hf_saved_remove(hf_catalog *catalog, const char *name, GError **error)
{
    if (!hf_sql_run(catalog, error, "DELETE FROM saved_search WHERE name = ?1", "t", name))
        return false;
    if (hf_sql_changes(catalog) == 0)
        return not_found(catalog, name, error);
    g_autofree char *text =
        g_strdup_printf("\"name\":\"%s\"", name); /* its form allows no quotes */
    return hf_log_append(catalog, "saved remove", text, error);
}
