/* tag_conflict.c -- families that are not of one mind: members with different tags of a group that excludes. */
#include "catalog/sql.h"

/* Each family once a group: how many members have each of its tags. The tags of a group are few, so that a family's rows are
 * gathered here and not by a second pass of SQLite. */
typedef struct {
    hf_catalog *catalog;
    bool untagged_too;
    hf_tag_conflict_fn fn;
    void *data;
    int64_t family;
    char *group;
    GString *tags;
    unsigned kinds;
    uint64_t tagged;
} gathering;

static void start_family(gathering *g, int64_t family, const char *group)
{
    g->family = family;
    g_free(g->group);
    g->group = g_strdup(group);
    g_string_truncate(g->tags, 0);
    g->kinds = 0;
    g->tagged = 0;
}

static bool say_family(gathering *g, GError **error)
{
    int64_t members = 0, parent = 0;
    if (g->family == 0)
        return true;
    if (!hf_sql_number(g->catalog, error, &members, NULL,
                       "SELECT documents FROM family WHERE id = ?1", "i", g->family))
        return false;
    uint64_t untagged = (uint64_t)members > g->tagged ? (uint64_t)members - g->tagged : 0;
    if (g->kinds < 2 && (untagged == 0 || !g->untagged_too))
        return true;
    if (!hf_sql_number(g->catalog, error, &parent, NULL,
                       "SELECT id FROM document WHERE family_id = ?1 AND parent_id IS NULL", "i",
                       g->family))
        return false;
    hf_tag_conflict conflict = {g->family, g->group,     (uint64_t)members,
                                untagged,  g->tags->str, (uint32_t)parent};
    return g->fn(g->data, &conflict, error);
}

static void add_tag(gathering *g, sqlite3_stmt *stmt)
{
    int64_t n = sqlite3_column_int64(stmt, 3);
    g_string_append_printf(g->tags, "%s%s (%" G_GINT64_FORMAT ")", g->tags->len > 0 ? ", " : "",
                           (const char *)sqlite3_column_text(stmt, 2), n);
    g->kinds++;
    g->tagged += (uint64_t)n;
}

static bool gather(gathering *g, sqlite3_stmt *stmt, GError **error)
{
    int step = 1;
    while ((step = hf_sql_step(g->catalog, stmt, error)) == 1) {
        const char *group = (const char *)sqlite3_column_text(stmt, 0);
        int64_t family = sqlite3_column_int64(stmt, 1);
        if (family != g->family || g_strcmp0(group, g->group) != 0) {
            if (!say_family(g, error)) {
                sqlite3_reset(stmt);
                return false;
            }
            start_family(g, family, group);
        }
        add_tag(g, stmt);
    }
    return step == 0 && say_family(g, error);
}

bool hf_tag_each_conflict(hf_catalog *catalog, bool untagged_too, hf_tag_conflict_fn fn, void *data,
                          GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT t.exclusive, d.family_id, t.name, count(*) FROM tag t JOIN document_tag dt ON "
        "dt.tag_id = t.id JOIN document d ON d.id = dt.document_id JOIN family f ON f.id = "
        "d.family_id WHERE t.exclusive IS NOT NULL AND f.documents > 1 AND f.state = 0"
        " GROUP BY t.exclusive, d.family_id, t.name",
        "");
    if (stmt == NULL)
        return false;
    gathering g = {.catalog = catalog,
                   .untagged_too = untagged_too,
                   .fn = fn,
                   .data = data,
                   .tags = g_string_new(NULL)};
    bool ok = gather(&g, stmt, error);
    g_string_free(g.tags, TRUE);
    g_free(g.group);
    return ok;
}
