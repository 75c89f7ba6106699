#include "catalog/sql.h"
#include <string.h>

/* What a search was, out of the JSON `x`: in an audit row's member "search", and on its own in the spool. */
#define SEARCH(x)                                                                                  \
    " json_extract(" x ", '$.time'), json_extract(" x ", '$.actor'), json_extract(" x              \
    ", '$.host'), json_extract(" x ", '$.version'), json_extract(" x                               \
    ", '$.action'), json_extract(" x ", '$.query'), json_extract(" x ", '$.to'), json_extract(" x  \
    ", '$.matter'), json_extract(" x ", '$.object'), json_extract(" x                              \
    ", '$.documents'), json_extract(" x ", '$.shown'), json_extract(" x ", '$.damage')"
#define COLUMNS 12

void hf_log_search_free(hf_log_search *search)
{
    if (search == NULL)
        return;
    g_free(search->actor);
    g_free(search->host);
    g_free(search->version);
    g_free(search->action);
    g_free(search->query);
    g_free(search->to);
    g_free(search->matter);
    g_free(search->object);
    g_free(search->damage);
    g_free(search);
}

static hf_time time_of(sqlite3_stmt *stmt, int column)
{
    hf_stamp stamp;
    g_autofree char *text = hf_sql_text(stmt, column);
    return text != NULL && hf_time_parse_iso(text, &stamp) ? stamp.utc : HF_TIME_NONE;
}

static hf_log_search *take(sqlite3_stmt *stmt)
{
    hf_log_search *search = g_new0(hf_log_search, 1);
    search->seq = -1;
    search->checkpoint = -1;
    search->time = time_of(stmt, 0);
    search->actor = hf_sql_text(stmt, 1);
    search->host = hf_sql_text(stmt, 2);
    search->version = hf_sql_text(stmt, 3);
    search->action = hf_sql_text(stmt, 4);
    search->query = hf_sql_text(stmt, 5);
    search->to = hf_sql_text(stmt, 6);
    search->matter = hf_sql_text(stmt, 7);
    search->object = hf_sql_text(stmt, 8);
    search->documents = (uint64_t)sqlite3_column_int64(stmt, 9);
    search->shown = (uint64_t)sqlite3_column_int64(stmt, 10);
    search->damage = hf_sql_text(stmt, 11);
    return search;
}

bool hf_log_read_search(hf_catalog *catalog, const char *json, size_t n, hf_log_search **out,
                        GError **error)
{
    *out = NULL;
    if (memchr(json, '\0', n) != NULL || n > INT_MAX || !g_utf8_validate(json, (gssize)n, NULL))
        return true;
    g_autofree char *text = g_strndup(json, n);
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT" SEARCH("?1") " WHERE json_valid(?1)", "t", text);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step < 0)
        return false;
    if (step == 0)
        return true;
    g_autoptr(hf_log_search) search = take(stmt);
    sqlite3_reset(stmt);
    if (search->time != HF_TIME_NONE && search->action != NULL && search->actor != NULL)
        *out = g_steal_pointer(&search);
    return true;
}

bool hf_log_each_search(hf_catalog *catalog, hf_log_search_fn fn, void *data, GError **error)
{
    /* Searches are one kind of row among others: the text is looked at before it is parsed. */
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT" SEARCH(
            "row -> '$.search'") ", seq,"
                                 " coalesce((SELECT min(size) FROM checkpoint WHERE size > seq), "
                                 "-1)"
                                 " FROM audit WHERE instr(row, '\"search\":{') > 0 AND "
                                 "json_valid(row) AND"
                                 " json_type(row, '$.search') = 'object' ORDER BY seq DESC",
        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_autoptr(hf_log_search) search = take(stmt);
        search->seq = sqlite3_column_int64(stmt, COLUMNS);
        search->checkpoint = sqlite3_column_int64(stmt, COLUMNS + 1);
        GError *own = NULL;
        if (!fn(data, search, &own)) {
            sqlite3_reset(stmt);
            if (own != NULL)
                g_propagate_error(error, own);
            return own == NULL;
        }
    }
    return step == 0;
}

#define FOLDED "searches_folded"

bool hf_log_folded(hf_catalog *catalog, char **position, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, "SELECT value FROM vault WHERE key = ?1", "t", FOLDED);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    *position = NULL;
    if (step < 0)
        return false;
    if (step == 1) {
        *position = hf_sql_text(stmt, 0);
        sqlite3_reset(stmt);
    }
    if (*position == NULL)
        *position = g_strdup("");
    return true;
}

bool hf_log_set_folded(hf_catalog *catalog, const char *position, GError **error)
{
    return hf_sql_run(catalog, error, "INSERT OR REPLACE INTO vault VALUES (?1, ?2)", "tt", FOLDED,
                      position);
}
