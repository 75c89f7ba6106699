#include "holdfast/catalog.h"
#include <sqlite3.h>

struct hf_rds {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    GMutex mutex;
};

hf_rds *hf_rds_open(const char *path, GError **error)
{
    g_autoptr(hf_rds) rds = g_new0(hf_rds, 1);
    g_mutex_init(&rds->mutex);
    /* The minimal and full sets have a table or view FILE with sha256, sha1 and md5 in upper-case hexadecimal. */
    if (sqlite3_open_v2(path, &rds->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(rds->db, "SELECT 1 FROM FILE WHERE sha256 = ?1 LIMIT 1", -1, &rds->stmt,
                           NULL) == SQLITE_OK)
        return g_steal_pointer(&rds);
    g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                "\"%s\" is an SQLite file, but not an NSRL RDSv3 set: %s", path,
                sqlite3_errmsg(rds->db));
    return NULL;
}

void hf_rds_free(hf_rds *rds)
{
    if (rds == NULL)
        return;
    sqlite3_finalize(rds->stmt);
    sqlite3_close(rds->db);
    g_mutex_clear(&rds->mutex);
    g_free(rds);
}

bool hf_rds_has(hf_rds *rds, const uint8_t sha256[32], bool *has, GError **error)
{
    g_autofree char *lower = hf_digest_hex(sha256, 32);
    g_autofree char *upper = g_ascii_strup(lower, -1);
    g_mutex_lock(&rds->mutex);
    sqlite3_bind_text(rds->stmt, 1, upper, -1, SQLITE_STATIC);
    int step = sqlite3_step(rds->stmt);
    *has = step == SQLITE_ROW;
    bool ok = *has || step == SQLITE_DONE;
    if (!ok)
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot read the list of known files: %s",
                    sqlite3_errmsg(rds->db));
    sqlite3_reset(rds->stmt);
    g_mutex_unlock(&rds->mutex);
    return ok;
}
