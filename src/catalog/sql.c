#include "catalog/sql.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool hf_sql_fail(hf_catalog *catalog, const char *operation, GError **error)
{
    int code = sqlite3_errcode(catalog->db) & 0xff;
    hf_error kind = code == SQLITE_BUSY || code == SQLITE_LOCKED ? HF_ERROR_BUSY
                    : code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_CONSTRAINT
                        ? HF_ERROR_INTEGRITY
                        : HF_ERROR_IO;
    g_set_error(error, HF_ERROR, kind, "cannot %s the catalog \"%s\": %s", operation, catalog->path,
                code == SQLITE_FULL ? g_strerror(ENOSPC) : sqlite3_errmsg(catalog->db));
    return false;
}

static int bind_one(sqlite3_stmt *stmt, int at, char type, va_list *args)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(stmt, at, va_arg(*args, int64_t));
    case 'u':
        return sqlite3_bind_int64(stmt, at, (int64_t)va_arg(*args, uint64_t));
    case 't':
        return sqlite3_bind_text(stmt, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    case 'p': {
        const char *bytes = va_arg(*args, const char *);
        return sqlite3_bind_blob(stmt, at, bytes, bytes != NULL ? (int)strlen(bytes) : 0,
                                 SQLITE_TRANSIENT);
    }
    case 'h':
        return sqlite3_bind_blob(stmt, at, va_arg(*args, const void *), 32, SQLITE_TRANSIENT);
    case 'b': {
        const void *bytes = va_arg(*args, const void *);
        size_t n = va_arg(*args, size_t);
        return sqlite3_bind_blob64(stmt, at, bytes, n, SQLITE_TRANSIENT);
    }
    case 'd': {
        hf_time t = va_arg(*args, hf_time);
        return t == HF_TIME_NONE ? sqlite3_bind_null(stmt, at) : sqlite3_bind_int64(stmt, at, t);
    }
    case 'z': {
        int64_t id = va_arg(*args, int64_t);
        return id == 0 ? sqlite3_bind_null(stmt, at) : sqlite3_bind_int64(stmt, at, id);
    }
    case 'n':
        return sqlite3_bind_null(stmt, at);
    default:
        return SQLITE_MISUSE;
    }
}

sqlite3_stmt *hf_sql_prepare_va(hf_catalog *catalog, GError **error, const char *sql,
                                const char *types, va_list args)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(catalog->statements, sql);
    if (stmt == NULL) {
        if (sqlite3_prepare_v3(catalog->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
            SQLITE_OK) {
            hf_sql_fail(catalog, "ask", error);
            return NULL;
        }
        g_hash_table_insert(catalog->statements, (gpointer)sql, stmt);
    }
    sqlite3_reset(stmt);
    va_list copy;
    va_copy(copy, args);
    int bound = SQLITE_OK;
    for (int i = 0; types[i] != '\0' && bound == SQLITE_OK; i++)
        bound = bind_one(stmt, i + 1, types[i], &copy);
    va_end(copy);
    if (bound != SQLITE_OK) {
        hf_sql_fail(catalog, "ask", error);
        return NULL;
    }
    return stmt;
}

sqlite3_stmt *hf_sql_prepare(hf_catalog *catalog, GError **error, const char *sql,
                             const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = hf_sql_prepare_va(catalog, error, sql, types, args);
    va_end(args);
    return stmt;
}

int hf_sql_step(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error)
{
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE) {
        sqlite3_reset(stmt);
        return 0;
    }
    hf_sql_fail(catalog, "use", error);
    sqlite3_reset(stmt);
    return -1;
}

bool hf_sql_run(hf_catalog *catalog, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = hf_sql_prepare_va(catalog, error, sql, types, args);
    va_end(args);
    if (stmt == NULL)
        return false;
    int step = hf_sql_step(catalog, stmt, error);
    if (step == 1)
        sqlite3_reset(stmt);
    return step >= 0;
}

bool hf_sql_number(hf_catalog *catalog, GError **error, int64_t *out, bool *found, const char *sql,
                   const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = hf_sql_prepare_va(catalog, error, sql, types, args);
    va_end(args);
    if (stmt == NULL)
        return false;
    int step = hf_sql_step(catalog, stmt, error);
    if (found != NULL)
        *found = step == 1;
    if (step == 1) {
        *out = sqlite3_column_int64(stmt, 0);
        sqlite3_reset(stmt);
    }
    return step >= 0;
}

int64_t hf_sql_last_id(hf_catalog *catalog)
{
    return sqlite3_last_insert_rowid(catalog->db);
}

int hf_sql_changes(hf_catalog *catalog)
{
    return sqlite3_changes(catalog->db);
}

char *hf_sql_text(sqlite3_stmt *stmt, int column)
{
    return g_strdup((const char *)sqlite3_column_text(stmt, column));
}

char *hf_sql_bytes(sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return NULL;
    const void *bytes = sqlite3_column_blob(stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(stmt, column);
    char *copy = g_malloc(n + 1);
    if (n > 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

static void append_inside(GString *out, const char *path)
{
    if (path != NULL && *path != '\0') {
        g_string_append(out, "!/");
        g_string_append(out, path);
    }
}

char *hf_sql_file_path(sqlite3_stmt *stmt, int at)
{
    g_autofree char *root = hf_sql_bytes(stmt, at);
    bool single = sqlite3_column_int(stmt, at + 1) != 0;
    g_autofree char *folder = hf_sql_bytes(stmt, at + 2);
    g_autofree char *name = hf_sql_bytes(stmt, at + 3);
    if (root == NULL)
        return NULL;
    GString *out = g_string_new(root);
    if (!single) {
        if (out->len > 0 && out->str[out->len - 1] != '/')
            g_string_append_c(out, '/');
        g_string_append_printf(out, "%s%s%s", folder, *folder != '\0' ? "/" : "", name);
    }
    return g_string_free(out, FALSE);
}

char *hf_sql_place(sqlite3_stmt *stmt, int at, const char *in_family)
{
    g_autofree char *file = hf_sql_file_path(stmt, at);
    g_autofree char *inside = hf_sql_bytes(stmt, at + 4);
    if (file == NULL)
        return NULL;
    GString *out = g_string_new(file);
    append_inside(out, inside);
    append_inside(out, in_family);
    return g_string_free(out, FALSE);
}

hf_time hf_sql_time(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? HF_TIME_NONE
                                                            : sqlite3_column_int64(stmt, column);
}

bool hf_sql_hash(sqlite3_stmt *stmt, int column, uint8_t *out, size_t n)
{
    const void *bytes = sqlite3_column_blob(stmt, column);
    memset(out, 0, n);
    if (bytes == NULL || (size_t)sqlite3_column_bytes(stmt, column) != n)
        return false;
    memcpy(out, bytes, n);
    return true;
}

hf_set *hf_sql_set(hf_catalog *catalog, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = hf_sql_prepare_va(catalog, error, sql, types, args);
    va_end(args);
    if (stmt == NULL)
        return NULL;
    g_autoptr(hf_set) set = hf_set_new();
    uint32_t some[1024];
    size_t n = 0;
    int step;
    while ((step = hf_sql_step(catalog, stmt, error)) == 1) {
        some[n++] = (uint32_t)sqlite3_column_int64(stmt, 0);
        if (n < G_N_ELEMENTS(some))
            continue;
        hf_set_add_many(set, some, n);
        n = 0;
    }
    hf_set_add_many(set, some, n);
    return step < 0 ? NULL : g_steal_pointer(&set);
}
