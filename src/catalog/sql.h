/* src/catalog/sql.h -- statements for the files of this module. Internal to src/catalog. */
#pragma once
#include "holdfast/catalog.h"
#include <sqlite3.h>

struct hf_catalog {
    sqlite3 *db;
    char *path;
    GHashTable *statements; /* literal's address -> sqlite3_stmt* */
    GHashTable *types;      /* media type -> id */
    GHashTable *domains;    /* domain -> id; some of them */
};

/* Sets *error from the connection: "cannot <operation> the catalog ...". Returns false. */
bool hf_sql_fail(hf_catalog *catalog, const char *operation, GError **error);

/* A prepared statement, kept for the life of the connection and reset here; `sql` is a string literal (its address is the
 * key). The letters of `types` say what follows: i int64_t, u uint64_t, t const char* (NULL: null), b const void* and
 * size_t, p const char* as a BLOB, h const uint8_t* of 32 bytes (NULL: null), d hf_time (none: null), z int64_t (0: null),
 * n nothing (null). NULL with *error. */
sqlite3_stmt *hf_sql_prepare(hf_catalog *catalog, GError **error, const char *sql,
                             const char *types, ...);
sqlite3_stmt *hf_sql_prepare_va(hf_catalog *catalog, GError **error, const char *sql,
                                const char *types, va_list args);
/* The next row: 1, 0 at the end, -1 with *error. At the end or on error the statement is reset. */
int hf_sql_step(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error);
/* Runs a statement that gives no rows. */
bool hf_sql_run(hf_catalog *catalog, GError **error, const char *sql, const char *types, ...);
/* The first column of the first row as a number; *out is left alone and *found (may be NULL) false if there is no row. */
bool hf_sql_number(hf_catalog *catalog, GError **error, int64_t *out, bool *found, const char *sql,
                   const char *types, ...);
int64_t hf_sql_last_id(hf_catalog *catalog);
int hf_sql_changes(hf_catalog *catalog);
/* Columns as they are kept. dup: free with g_free; NULL stays NULL. */
char *hf_sql_text(sqlite3_stmt *stmt, int column);
char *hf_sql_bytes(sqlite3_stmt *stmt, int column); /* NUL-terminated copy of a BLOB */
/* A path as `--format paths` prints it, from root, single, folder, name and path inside in the columns from `at` on, and the
 * document's own path in its family (may be NULL). NULL if there is no root. */
char *hf_sql_file_path(sqlite3_stmt *stmt,
                       int at); /* of the file alone: root, single, folder, name */
char *hf_sql_place(sqlite3_stmt *stmt, int at, const char *in_family);
hf_time hf_sql_time(sqlite3_stmt *stmt, int column);
bool hf_sql_hash(sqlite3_stmt *stmt, int column, uint8_t *out,
                 size_t n); /* false, zeros, if it is not n bytes */
/* Collects the first column of all rows into a set. */
hf_set *hf_sql_set(hf_catalog *catalog, GError **error, const char *sql, const char *types, ...);
/* ---- names that people give (word.c) ---- letters, digits, . _ -; 1 to 64 of them */
bool hf_sql_is_word(const char *name);
/* The names that the statement gives, those most like `wanted` first, a few of them, for a message: "a, b, …"; "" if there are
 * none. g_free. */
char *hf_sql_nearest(hf_catalog *catalog, sqlite3_stmt *stmt, const char *wanted);
/* id of a media type, added if new (0 with *error); interned.c. */
int64_t hf_sql_type_id(hf_catalog *catalog, const char *type, GError **error);
