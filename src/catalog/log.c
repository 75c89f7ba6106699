#include "catalog/sql.h"
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

char *hf_log_actor(void)
{
    const char *named = g_getenv("HOLDFAST_ACTOR");
    if (named != NULL && *named != '\0')
        return hf_name_utf8(named, -1);
    return hf_name_utf8(g_get_user_name(), -1);
}

char *hf_log_host(void)
{
    return hf_name_utf8(g_get_host_name(), -1);
}

/* RFC 6962, 2.1: the hash of a leaf is SHA-256(0x00 || entry). */
static void leaf_hash(const char *row, size_t n, uint8_t leaf[32])
{
    g_autofree uint8_t *bytes = g_malloc(n + 1);
    bytes[0] = 0;
    memcpy(bytes + 1, row, n);
    hf_digest_sha256(bytes, n + 1, leaf);
}

bool hf_log_append(hf_catalog *catalog, const char *action, const char *object_json, GError **error)
{
    uint64_t seq;
    uint8_t leaf[32];
    if (!hf_log_size(catalog, &seq, error))
        return false;
    g_autofree char *actor = hf_log_actor();
    g_autofree char *host = hf_log_host();
    g_autoptr(GString) row = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, row);
    hf_json_object(&json);
    hf_json_pair_int(&json, "seq", (int64_t)seq);
    hf_json_pair_time(&json, "time", hf_time_now());
    hf_json_pair(&json, "actor", actor);
    hf_json_pair(&json, "host", host);
    hf_json_pair(&json, "version", HF_VERSION);
    hf_json_pair(&json, "action", action);
    if (*object_json != '\0')
        g_string_append_printf(row, ",%s", object_json);
    hf_json_end_object(&json);
    leaf_hash(row->str, row->len, leaf);
    return hf_sql_run(catalog, error, "INSERT INTO audit VALUES (?1, ?2, ?3)", "uth", seq, row->str,
                      leaf);
}

bool hf_log_size(hf_catalog *catalog, uint64_t *size, GError **error)
{
    int64_t rows = 0;
    bool ok = hf_sql_number(catalog, error, &rows, NULL,
                            "SELECT coalesce(max(seq) + 1, 0) FROM audit", "");
    *size = (uint64_t)rows;
    return ok;
}

bool hf_log_each(hf_catalog *catalog, uint64_t from, hf_log_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT seq, row, leaf FROM audit WHERE seq >= ?1 ORDER BY seq", "u", from);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        uint8_t leaf[32];
        hf_sql_hash(stmt, 2, leaf, 32);
        if (!fn(data, (uint64_t)sqlite3_column_int64(stmt, 0),
                (const char *)sqlite3_column_text(stmt, 1), leaf, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}

void hf_log_checkpoint_free(hf_log_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    if (checkpoint->frontier != NULL)
        g_bytes_unref(checkpoint->frontier);
    g_free(checkpoint->note);
    g_free(checkpoint);
}

bool hf_log_put_checkpoint(hf_catalog *catalog, const hf_log_checkpoint *checkpoint, GError **error)
{
    gsize n;
    const void *frontier = g_bytes_get_data(checkpoint->frontier, &n);
    return hf_sql_run(catalog, error,
                      "INSERT OR REPLACE INTO checkpoint VALUES (?1, ?2, ?3, ?4, ?5)", "uhbtd",
                      checkpoint->size, checkpoint->root, frontier != NULL ? frontier : "",
                      (size_t)n, checkpoint->note, checkpoint->created);
}

static hf_log_checkpoint *read_checkpoint(sqlite3_stmt *stmt)
{
    hf_log_checkpoint *checkpoint = g_new0(hf_log_checkpoint, 1);
    checkpoint->size = (uint64_t)sqlite3_column_int64(stmt, 0);
    hf_sql_hash(stmt, 1, checkpoint->root, 32);
    checkpoint->frontier =
        g_bytes_new(sqlite3_column_blob(stmt, 2), (gsize)sqlite3_column_bytes(stmt, 2));
    checkpoint->note = hf_sql_text(stmt, 3);
    checkpoint->created = hf_sql_time(stmt, 4);
    return checkpoint;
}

bool hf_log_last_checkpoint(hf_catalog *catalog, hf_log_checkpoint **out, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT size, root, frontier, note, created FROM checkpoint ORDER BY size DESC LIMIT 1",
        "");
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    *out = NULL;
    if (step == 1) {
        *out = read_checkpoint(stmt);
        sqlite3_reset(stmt);
    }
    return step >= 0;
}

GPtrArray *hf_log_checkpoints(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT size, root, frontier, note, created FROM checkpoint ORDER BY size",
        "");
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)hf_log_checkpoint_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(list, read_checkpoint(stmt));
    return step < 0 ? NULL : g_steal_pointer(&list);
}
