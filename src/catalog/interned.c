/* interned.c -- names that many documents share: each has one row, and its id is what the index keeps. */
#include "catalog/sql.h"
#include <string.h>

#define DOMAIN_MAX 255     /* octets of a name (RFC 1035, 2.3.4) */
#define DOMAINS_HELD 50000 /* of which the id is held in memory */

int64_t hf_sql_type_id(hf_catalog *catalog, const char *type, GError **error)
{
    int64_t id = GPOINTER_TO_SIZE(g_hash_table_lookup(catalog->types, type));
    if (id != 0)
        return id;
    /* Looked for first: writing from inside a read that others have overtaken would fail. */
    if (!hf_sql_number(catalog, error, &id, NULL, "SELECT id FROM media_type WHERE name = ?1", "t",
                       type))
        return 0;
    if (id == 0) {
        if (!hf_sql_run(catalog, error, "INSERT INTO media_type(name) VALUES (?1)", "t", type))
            return 0;
        id = hf_sql_last_id(catalog);
    }
    g_hash_table_insert(catalog->types, g_strdup(type), GSIZE_TO_POINTER((gsize)id));
    return id;
}

bool hf_catalog_type_id(hf_catalog *catalog, const char *type, int64_t *id, GError **error)
{
    *id = hf_sql_type_id(catalog, type, error);
    return *id != 0;
}

bool hf_catalog_domain_id(hf_catalog *catalog, const char *domain, int64_t *id, GError **error)
{
    *id = GPOINTER_TO_SIZE(g_hash_table_lookup(catalog->domains, domain));
    if (*id != 0)
        return true;
    if (!hf_sql_number(catalog, error, id, NULL, "SELECT id FROM domain WHERE name = ?1", "t",
                       domain))
        return false;
    if (*id == 0) {
        if (!hf_sql_run(catalog, error, "INSERT INTO domain(name) VALUES (?1)", "t", domain))
            return false;
        *id = hf_sql_last_id(catalog);
    }
    if (g_hash_table_size(catalog->domains) >= DOMAINS_HELD)
        g_hash_table_remove_all(catalog->domains);
    g_hash_table_insert(catalog->domains, g_strdup(domain), GSIZE_TO_POINTER((gsize)*id));
    return true;
}

char *hf_catalog_sender_domain(const char *from)
{
    const char *open = strrchr(from, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    g_autofree char *address =
        close != NULL ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup(from);
    const char *at = strrchr(address, '@');
    if (at == NULL || !g_utf8_validate(at, -1, NULL))
        return NULL;
    size_t n = strcspn(at + 1, " \t\r\n\"'(),;:");
    while (n > 0 && at[n] == '.')
        n--;
    return n > 0 && n <= DOMAIN_MAX ? g_utf8_strdown(at + 1, (gssize)n) : NULL;
}

/* Every id and name that the statement gives. */
static GHashTable *read_names(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error)
{
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t *id = g_new(int64_t, 1);
        *id = sqlite3_column_int64(stmt, 0);
        g_hash_table_insert(names, id, hf_sql_text(stmt, 1));
    }
    return step < 0 ? NULL : g_steal_pointer(&names);
}

GHashTable *hf_catalog_type_names(hf_catalog *catalog, GError **error)
{
    return read_names(catalog,
                      hf_sql_prepare(catalog, error, "SELECT id, name FROM media_type", ""), error);
}

GHashTable *hf_catalog_domain_names(hf_catalog *catalog, GError **error)
{
    return read_names(catalog, hf_sql_prepare(catalog, error, "SELECT id, name FROM domain", ""),
                      error);
}
