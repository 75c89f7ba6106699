#include "catalog/sql.h"

bool hf_run_begin(hf_catalog *catalog, const char *command, const char *settings, int64_t *run,
                  GError **error)
{
    g_autofree char *actor = hf_log_actor();
    g_autofree char *host = hf_log_host();
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO run(command, settings, started, actor, host, version) VALUES (?1, "
                    "?2, ?3, ?4, ?5, ?6)",
                    "ttdttt", command, settings, hf_time_now(), actor, host, HF_VERSION))
        return false;
    *run = hf_sql_last_id(catalog);
    return true;
}

bool hf_run_finish(hf_catalog *catalog, int64_t run, const hf_balance *b, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "UPDATE run SET finished = ?2, sources = ?3, found = ?4, new = ?5, duplicate = ?6, "
        "unchanged = ?7,"
        " excluded = ?8, exception = ?9, containers = ?10, gone = ?11, moved = ?12 WHERE id = ?1",
        "iduuuuuuuuuu", run, hf_time_now(), b->sources, b->found, b->new_, b->duplicate,
        b->unchanged, b->excluded, b->exception, b->containers, b->gone, b->moved);
}

static void free_run(gpointer data)
{
    hf_run *run = data;
    g_free(run->command);
    g_free(run->settings);
    g_free(run->actor);
    g_free(run->host);
    g_free(run);
}

GPtrArray *hf_run_list(hf_catalog *catalog, unsigned most, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT id, command, settings, actor, host, started, finished, sources, found, new,"
        " duplicate, unchanged, excluded, exception, containers, gone, moved"
        " FROM run ORDER BY id DESC LIMIT ?1",
        "i", most == 0 ? (int64_t)-1 : (int64_t)most);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_run);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_run *run = g_new0(hf_run, 1);
        hf_balance *b = &run->balance;
        uint64_t *const into[] = {&b->sources,   &b->found,    &b->new_,      &b->duplicate,
                                  &b->unchanged, &b->excluded, &b->exception, &b->containers,
                                  &b->gone,      &b->moved};
        run->id = sqlite3_column_int64(stmt, 0);
        run->command = hf_sql_text(stmt, 1);
        run->settings = hf_sql_text(stmt, 2);
        run->actor = hf_sql_text(stmt, 3);
        run->host = hf_sql_text(stmt, 4);
        run->started = hf_sql_time(stmt, 5);
        run->finished = hf_sql_time(stmt, 6);
        for (unsigned i = 0; i < G_N_ELEMENTS(into); i++)
            *into[i] = (uint64_t)sqlite3_column_int64(stmt, (int)(7 + i));
        g_ptr_array_add(list, run);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

char **hf_run_setting(hf_catalog *catalog, int64_t run, const char *path, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT j.value FROM run, json_each(run.settings, ?2) j WHERE run.id = ?1 AND"
        " json_valid(run.settings) AND j.type = 'text' ORDER BY j.id",
        "it", run, path);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, hf_sql_text(stmt, 0));
    if (step < 0)
        return NULL;
    g_ptr_array_add(list, NULL);
    g_ptr_array_set_free_func(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}
