#include "holdfast/catalog.h"
#include "catalog/sql.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 30000
#define APPLICATION_ID 0x48464354 /* "HFCT" */

static const char schema[] =
#include "schema.h"
    ;

static bool execute(hf_catalog *catalog, const char *sql, const char *operation, GError **error)
{
    if (sqlite3_exec(catalog->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return hf_sql_fail(catalog, operation, error);
}

static hf_catalog *connect(const char *path, int flags, GError **error)
{
    hf_catalog *catalog = g_new0(hf_catalog, 1);
    catalog->path = g_strdup(path);
    catalog->statements = g_hash_table_new(NULL, NULL);
    catalog->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    catalog->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (sqlite3_open_v2(path, &catalog->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        hf_sql_fail(catalog, "open", error);
        hf_catalog_free(catalog);
        return NULL;
    }
    sqlite3_extended_result_codes(catalog->db, 1);
    sqlite3_busy_timeout(catalog->db, BUSY_MS);
    return catalog;
}

/* What every connection needs; the journal mode is the file's own. */
static bool configure(hf_catalog *catalog, GError **error)
{
    return execute(catalog,
                   "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
                   "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA trusted_schema=OFF;",
                   "configure", error);
}

static bool write_schema(const char *path, const char *vault_id, const char *timezone,
                         GError **error)
{
    g_autoptr(hf_catalog) catalog =
        connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
    if (catalog == NULL)
        return false;
    g_autofree char *numbers = g_strdup_printf(
        "PRAGMA journal_mode=WAL; PRAGMA application_id=%d; PRAGMA user_version=%d;",
        APPLICATION_ID, HF_CATALOG_FORMAT);
    return execute(catalog, numbers, "create", error) && configure(catalog, error) &&
           hf_catalog_begin(catalog, error) && execute(catalog, schema, "create", error) &&
           hf_sql_run(catalog, error, "INSERT INTO vault VALUES ('id', ?1), ('timezone', ?2)", "tt",
                      vault_id, timezone) &&
           hf_catalog_commit(catalog, error);
}

/* Written under another name and renamed once it is closed: there is a whole catalog or none. (Never rename one that is open:
 * its -wal would come back.) */
bool hf_catalog_create(const char *path, const char *vault_id, const char *timezone, GError **error)
{
    static const char *const leftovers[] = {"", "-wal", "-shm"};
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(leftovers); i++) {
        g_autofree char *leftover = g_strconcat(temporary, leftovers[i], NULL);
        unlink(leftover);
    }
    if (!write_schema(temporary, vault_id, timezone, error))
        return false;
    if (rename(temporary, path) != 0)
        return hf_error_set_errno(error, errno, "rename into", path);
    return true;
}

static bool check_identity(hf_catalog *catalog, const char *vault_id, GError **error)
{
    int64_t application = 0, format = 0;
    if (!hf_sql_number(catalog, error, &application, NULL, "PRAGMA application_id", "") ||
        !hf_sql_number(catalog, error, &format, NULL, "PRAGMA user_version", ""))
        return false;
    if (application != APPLICATION_ID) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "\"%s\" is not a holdfast catalog",
                    catalog->path);
        return false;
    }
    if (format > HF_CATALOG_FORMAT) {
        g_set_error(error, HF_ERROR, HF_ERROR_VERSION,
                    "the catalog has format %d, this program reads up to %d: use a newer holdfast",
                    (int)format, HF_CATALOG_FORMAT);
        return false;
    }
    bool ours = false;
    int64_t one;
    if (!hf_sql_number(catalog, error, &one, &ours,
                       "SELECT 1 FROM vault WHERE key = 'id' AND value = ?1", "t", vault_id))
        return false;
    if (!ours)
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the catalog \"%s\" belongs to another vault", catalog->path);
    return ours;
}

hf_catalog *hf_catalog_open(const char *path, const char *vault_id, bool read_only, GError **error)
{
    if (access(path, F_OK) != 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the vault has no catalog (\"%s\"): restore it from a backup", path);
        return NULL;
    }
    /* A reader of a WAL database writes its shared memory file, so it opens for writing too, and is held to reading. */
    g_autoptr(hf_catalog) catalog = connect(path, SQLITE_OPEN_READWRITE, error);
    if (catalog == NULL || !configure(catalog, error) || !check_identity(catalog, vault_id, error))
        return NULL;
    if (read_only && !execute(catalog, "PRAGMA query_only=ON", "configure", error))
        return NULL;
    return g_steal_pointer(&catalog);
}

void hf_catalog_free(hf_catalog *catalog)
{
    if (catalog == NULL)
        return;
    GHashTableIter iter;
    gpointer stmt;
    g_hash_table_iter_init(&iter, catalog->statements);
    while (g_hash_table_iter_next(&iter, NULL, &stmt))
        sqlite3_finalize(stmt);
    g_hash_table_unref(catalog->statements);
    g_hash_table_unref(catalog->types);
    g_hash_table_unref(catalog->domains);
    sqlite3_close(catalog->db);
    g_free(catalog->path);
    g_free(catalog);
}

bool hf_catalog_begin(hf_catalog *catalog, GError **error)
{
    return hf_sql_run(catalog, error, "BEGIN IMMEDIATE", "");
}

bool hf_catalog_commit(hf_catalog *catalog, GError **error)
{
    return hf_sql_run(catalog, error, "COMMIT", "");
}

void hf_catalog_rollback(hf_catalog *catalog)
{
    if (!sqlite3_get_autocommit(catalog->db))
        sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
    g_hash_table_remove_all(catalog->types);
    g_hash_table_remove_all(catalog->domains);
}

bool hf_catalog_begin_read(hf_catalog *catalog, GError **error)
{
    int64_t rows = 0;
    return hf_sql_run(catalog, error, "BEGIN", "") &&
           hf_sql_number(catalog, error, &rows, NULL, "SELECT count(*) FROM vault", "");
}

void hf_catalog_end_read(hf_catalog *catalog)
{
    sqlite3_exec(catalog->db, "COMMIT", NULL, NULL, NULL);
}

bool hf_catalog_check(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, "PRAGMA integrity_check(1)", "");
    if (stmt == NULL || hf_sql_step(catalog, stmt, error) != 1)
        return false;
    g_autofree char *answer = hf_sql_text(stmt, 0);
    sqlite3_reset(stmt);
    if (strcmp(answer, "ok") != 0) {
        g_strdelimit(answer, "\n", ' ');
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "the catalog is damaged: %s", answer);
        return false;
    }
    bool found = false;
    int64_t row = 0;
    if (!hf_sql_number(catalog, error, &row, &found,
                       "SELECT rowid FROM pragma_foreign_key_check LIMIT 1", ""))
        return false;
    if (found)
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the catalog has rows that point at nothing");
    return !found;
}

char *hf_catalog_control_number(uint32_t document)
{
    return g_strdup_printf("HF%07u", document);
}

uint32_t hf_catalog_parse_control_number(const char *text)
{
    if (g_ascii_strncasecmp(text, "HF", 2) != 0)
        return 0;
    guint64 value;
    if (!g_ascii_string_to_unsigned(text + 2, 10, 1, UINT32_MAX, &value, NULL))
        return 0;
    return (uint32_t)value;
}

bool hf_catalog_count(hf_catalog *catalog, hf_catalog_counts *c, GError **error)
{
    *c = (hf_catalog_counts){.last_run = HF_TIME_NONE};
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM family),"
        " (SELECT count(*) FROM instance WHERE gone_run IS NULL), (SELECT count(*) FROM instance "
        "WHERE gone_run IS NOT NULL),"
        " (SELECT count(*) FROM container), (SELECT count(*) FROM source),"
        " (SELECT count(*) FROM source_file WHERE gone_run IS NULL),"
        " (SELECT count(*) FROM exception WHERE state = 'open'), (SELECT count(*) FROM exception),"
        " (SELECT count(*) FROM object), (SELECT coalesce(sum(size), 0) FROM document),"
        " (SELECT coalesce(sum(stored), 0) FROM object), (SELECT count(*) FROM segment), (SELECT "
        "count(*) FROM matter),"
        " (SELECT count(*) FROM custodian), (SELECT count(*) FROM run), (SELECT count(*) FROM "
        "audit),"
        " (SELECT count(*) FROM document WHERE text_state = 1), (SELECT count(*) FROM document "
        "WHERE text_state = 2),"
        " (SELECT max(started) FROM run)",
        "");
    if (stmt == NULL || hf_sql_step(catalog, stmt, error) != 1)
        return false;
    uint64_t *const into[] = {
        &c->documents, &c->families,     &c->instances,    &c->instances_gone, &c->containers,
        &c->sources,   &c->files,        &c->exceptions,   &c->exceptions_all, &c->objects,
        &c->bytes,     &c->bytes_stored, &c->segments,     &c->matters,        &c->custodians,
        &c->runs,      &c->audit_rows,   &c->text_partial, &c->text_none};
    for (unsigned i = 0; i < G_N_ELEMENTS(into); i++)
        *into[i] = (uint64_t)sqlite3_column_int64(stmt, (int)i);
    c->last_run = hf_sql_time(stmt, G_N_ELEMENTS(into));
    sqlite3_reset(stmt);
    return true;
}
