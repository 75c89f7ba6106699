/* tag_change.c -- what was done to tags: a row of the audit log each, and the same for people, with the ids. */
#include "catalog/tag.h"

static void write_documents(hf_json *json, const hf_tag_written *change)
{
    uint8_t sha256[32];
    hf_set_digest(change->documents, sha256);
    g_autofree char *digest = hf_digest_hex(sha256, sizeof sha256);
    hf_json_pair(json, "by", change->how->query != NULL ? "query" : "list");
    hf_json_pair_if(json, "query", change->how->query);
    hf_json_pair_bool(json, "family", change->how->family);
    hf_json_pair_if(json, "reason", change->how->reason);
    hf_json_pair_int(json, "documents", (int64_t)hf_set_count(change->documents));
    hf_json_pair(json, "digest", digest);
}

static bool log_change(hf_catalog *catalog, const hf_tag_written *change, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *action = g_strconcat("tag ", change->action, NULL);
    hf_json json;
    hf_json_init(&json, text);
    hf_json_object(&json);
    hf_json_pair(&json, "tag", change->tag);
    hf_json_pair_if(&json, "from", change->from);
    hf_json_pair_if(&json, "group", change->group);
    if (change->documents != NULL)
        write_documents(&json, change);
    /* The row is an object already: its members are what is handed on. */
    return hf_log_append(catalog, action, text->str + 1, error);
}

bool hf_tag_write_change(hf_catalog *catalog, const hf_tag_written *change, GError **error)
{
    uint64_t rows;
    const hf_tag_how none = {0}, *how = change->how != NULL ? change->how : &none;
    g_autofree char *actor = hf_log_actor();
    g_autoptr(GBytes) ids = change->documents != NULL ? hf_set_store(change->documents) : NULL;
    gsize n = 0;
    const void *bytes = ids != NULL ? g_bytes_get_data(ids, &n) : NULL;
    if (!log_change(catalog, change, error) || !hf_log_size(catalog, &rows, error))
        return false;
    return hf_sql_run(
        catalog, error,
        "INSERT INTO tag_change(seq, tag_id, tag, action, time, actor, query, family, reason, "
        "documents, ids) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        "iittdttitub", (int64_t)rows - 1, change->id, change->tag, change->action, hf_time_now(),
        actor, how->query, (int64_t)how->family, how->reason,
        change->documents != NULL ? hf_set_count(change->documents) : 0, bytes, (size_t)n);
}

#define CHANGE                                                                                     \
    "SELECT c.id, c.seq, time, actor, tag, action, query, reason, family, documents,"              \
    " CASE WHEN json_valid(row) THEN row ->> '$.from' END,"                                        \
    " CASE WHEN json_valid(row) THEN row ->> '$.group' END, ids"                                   \
    " FROM tag_change c LEFT JOIN audit a ON a.seq = c.seq"
#define CHANGE_IDS 12 /* the column of ids */

static void free_change(gpointer data)
{
    hf_tag_change *change = data;
    g_free(change->actor);
    g_free(change->tag);
    g_free(change->action);
    g_free(change->query);
    g_free(change->reason);
    g_free(change->from);
    g_free(change->group);
    g_free(change);
}

static hf_tag_change *read_change(sqlite3_stmt *stmt)
{
    hf_tag_change *change = g_new0(hf_tag_change, 1);
    change->id = sqlite3_column_int64(stmt, 0);
    change->seq = sqlite3_column_int64(stmt, 1);
    change->time = hf_sql_time(stmt, 2);
    change->actor = hf_sql_text(stmt, 3);
    change->tag = hf_sql_text(stmt, 4);
    change->action = hf_sql_text(stmt, 5);
    change->query = hf_sql_text(stmt, 6);
    change->reason = hf_sql_text(stmt, 7);
    change->family = sqlite3_column_int(stmt, 8) != 0;
    change->documents = (uint64_t)sqlite3_column_int64(stmt, 9);
    change->from = hf_sql_text(stmt, 10);
    change->group = hf_sql_text(stmt, 11);
    return change;
}

GPtrArray *hf_tag_history(hf_catalog *catalog, const char *name, GError **error)
{
    int64_t tag = 0;
    if (name != NULL && !hf_tag_find(catalog, name, &tag, error))
        return NULL;
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, CHANGE " WHERE ?1 = 0 OR tag_id = ?1 ORDER BY c.id", "i", tag);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_change);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, read_change(stmt));
    return step < 0 ? NULL : g_steal_pointer(&list);
}

GPtrArray *hf_tag_history_of_document(hf_catalog *catalog, uint32_t document, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, CHANGE " WHERE documents > 0 ORDER BY c.id", "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_change);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_autoptr(hf_set) ids = hf_set_load(sqlite3_column_blob(stmt, CHANGE_IDS),
                                            (size_t)sqlite3_column_bytes(stmt, CHANGE_IDS));
        if (ids == NULL) {
            g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                        "the catalog's list of the documents of tag change %" G_GINT64_FORMAT
                        " is damaged",
                        (int64_t)sqlite3_column_int64(stmt, 0));
            sqlite3_reset(stmt);
            return NULL;
        }
        if (hf_set_has(ids, document))
            g_ptr_array_add(list, read_change(stmt));
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}
