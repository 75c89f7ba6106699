#include "catalog/sql.h"
#include <string.h>

static void free_custodian(gpointer data)
{
    hf_custodian *custodian = data;
    g_free(custodian->name);
    g_free(custodian->aliases);
    g_free(custodian->merged_name);
    g_free(custodian);
}

/* By name first: a name can be no other's alias (hf_custodian_alias sees to it). */
static bool look_up(hf_catalog *catalog, const char *name, int64_t *id, bool *found, GError **error)
{
    if (!hf_sql_number(catalog, error, id, found, "SELECT id FROM custodian WHERE name = ?1", "t",
                       name))
        return false;
    if (*found)
        return true;
    return hf_sql_number(catalog, error, id, found,
                         "SELECT custodian_id FROM custodian_alias WHERE alias = ?1", "t", name);
}

static bool must_find(hf_catalog *catalog, const char *name, int64_t *id, GError **error)
{
    bool found = false;
    if (!look_up(catalog, name, id, &found, error))
        return false;
    if (!found)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "there is no custodian \"%s\"; see: holdfast custodian list", name);
    return found;
}

bool hf_custodian_find(hf_catalog *catalog, const char *name, bool add, int64_t *id, GError **error)
{
    if (!add)
        return must_find(catalog, name, id, error);
    bool found = false;
    if (!look_up(catalog, name, id, &found, error))
        return false;
    if (found)
        return true;
    if (*name == '\0') {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID, "a custodian's name is not empty");
        return false;
    }
    if (!hf_sql_run(catalog, error, "INSERT INTO custodian(name, created) VALUES (?1, ?2)", "td",
                    name, hf_time_now()))
        return false;
    *id = hf_sql_last_id(catalog);
    return true;
}

/* The custodian that stands for `id` at the end of its merges. */
static bool final_of(hf_catalog *catalog, int64_t id, int64_t *final, GError **error)
{
    *final = id;
    return hf_sql_number(
        catalog, error, final, NULL,
        "WITH RECURSIVE up(id, into_id) AS (SELECT id, merged_into FROM custodian WHERE id = ?1"
        " UNION SELECT c.id, c.merged_into FROM custodian c JOIN up ON c.id = up.into_id)"
        " SELECT id FROM up WHERE into_id IS NULL",
        "i", id);
}

bool hf_custodian_merge(hf_catalog *catalog, const char *from, const char *into, GError **error)
{
    int64_t from_id, into_id, end;
    if (!must_find(catalog, from, &from_id, error) || !must_find(catalog, into, &into_id, error) ||
        !final_of(catalog, into_id, &end, error))
        return false;
    if (end == from_id) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "\"%s\" stands for \"%s\" already: they cannot be merged both ways", from,
                    into);
        return false;
    }
    int64_t already = 0;
    if (!hf_sql_number(catalog, error, &already, NULL,
                       "SELECT coalesce(merged_into, 0) FROM custodian WHERE id = ?1", "i",
                       from_id))
        return false;
    if (already != 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                    "\"%s\" is merged already; undo it first: holdfast custodian unmerge \"%s\"",
                    from, from);
        return false;
    }
    return hf_sql_run(catalog, error, "UPDATE custodian SET merged_into = ?2 WHERE id = ?1", "ii",
                      from_id, into_id);
}

bool hf_custodian_unmerge(hf_catalog *catalog, const char *name, GError **error)
{
    int64_t id;
    if (!must_find(catalog, name, &id, error) ||
        !hf_sql_run(
            catalog, error,
            "UPDATE custodian SET merged_into = NULL WHERE id = ?1 AND merged_into IS NOT NULL",
            "i", id))
        return false;
    if (hf_sql_changes(catalog) == 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "\"%s\" is not merged into another custodian", name);
        return false;
    }
    return true;
}

static bool remove_alias(hf_catalog *catalog, int64_t id, const char *name, const char *alias,
                         GError **error)
{
    if (!hf_sql_run(catalog, error,
                    "DELETE FROM custodian_alias WHERE alias = ?1 AND custodian_id = ?2", "ti",
                    alias, id))
        return false;
    if (hf_sql_changes(catalog) == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "\"%s\" has no alias \"%s\"", name, alias);
    return hf_sql_changes(catalog) > 0;
}

bool hf_custodian_alias(hf_catalog *catalog, const char *name, const char *alias, bool remove,
                        GError **error)
{
    int64_t id, other;
    bool taken = false;
    if (!must_find(catalog, name, &id, error))
        return false;
    if (remove)
        return remove_alias(catalog, id, name, alias, error);
    if (!look_up(catalog, alias, &other, &taken, error))
        return false;
    if (taken || *alias == '\0') {
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS, "\"%s\" names a custodian already", alias);
        return false;
    }
    return hf_sql_run(catalog, error, "INSERT INTO custodian_alias VALUES (?1, ?2)", "ti", alias,
                      id);
}

GPtrArray *hf_custodian_list(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT c.id, c.name, coalesce(c.merged_into, 0), m.name,"
        " (SELECT group_concat(alias, '; ') FROM custodian_alias WHERE custodian_id = c.id),"
        " (SELECT count(*) FROM instance i JOIN source_file f ON f.id = i.source_file_id WHERE "
        "f.custodian_id = c.id)"
        " FROM custodian c LEFT JOIN custodian m ON m.id = c.merged_into ORDER BY c.name",
        "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_custodian);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_custodian *custodian = g_new0(hf_custodian, 1);
        custodian->id = sqlite3_column_int64(stmt, 0);
        custodian->name = hf_sql_text(stmt, 1);
        custodian->merged_into = sqlite3_column_int64(stmt, 2);
        custodian->merged_name = hf_sql_text(stmt, 3);
        custodian->aliases = hf_sql_text(stmt, 4);
        custodian->instances = sqlite3_column_int64(stmt, 5);
        g_ptr_array_add(list, custodian);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}
