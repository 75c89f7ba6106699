#include "catalog/tag.h"
#include <string.h>

static void free_tag(gpointer data)
{
    hf_tag *tag = data;
    g_free(tag->name);
    g_free(tag->group);
    g_free(tag);
}

GPtrArray *hf_tag_list(hf_catalog *catalog, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT id, name, exclusive, documents, created FROM tag ORDER BY exclusive "
                       "IS NULL, exclusive, name",
                       "");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_tag);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_tag *tag = g_new0(hf_tag, 1);
        tag->id = sqlite3_column_int64(stmt, 0);
        tag->name = hf_sql_text(stmt, 1);
        tag->group = hf_sql_text(stmt, 2);
        tag->documents = (uint64_t)sqlite3_column_int64(stmt, 3);
        tag->created = hf_sql_time(stmt, 4);
        g_ptr_array_add(list, tag);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

/* ---- finding and making ---- */

static bool check_name(const char *what, const char *name, GError **error)
{
    if (!hf_sql_is_word(name)) {
        g_autofree char *shown = hf_name_display(name, -1);
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "a %s is up to 64 letters, digits, dots, hyphens and underscores, not \"%s\"",
                    what, shown);
        return false;
    }
    if (g_ascii_strcasecmp(name, "any") == 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "no %s can be called any: tag:any asks for whatever has a tag", what);
        return false;
    }
    return true;
}

static bool look_up(hf_catalog *catalog, const char *name, int64_t *id, GError **error)
{
    *id = 0;
    return hf_sql_number(catalog, error, id, NULL, "SELECT id FROM tag WHERE name = ?1", "t", name);
}

bool hf_tag_find(hf_catalog *catalog, const char *name, int64_t *id, GError **error)
{
    if (!look_up(catalog, name, id, error))
        return false;
    if (*id != 0)
        return true;
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, "SELECT name FROM tag ORDER BY name", "");
    if (stmt == NULL)
        return false;
    g_autofree char *near = hf_sql_nearest(catalog, stmt, name);
    g_autofree char *shown = hf_name_display(name, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                *near != '\0' ? "there is no tag \"%s\"; there are: %s"
                              : "there is no tag \"%s\"; there are none yet%s",
                shown, near);
    return false;
}

static char *text_of(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error)
{
    if (stmt == NULL || hf_sql_step(catalog, stmt, error) != 1)
        return NULL;
    char *text = hf_sql_text(stmt, 0);
    sqlite3_reset(stmt);
    return text;
}

/* As it is written, whatever the case it was asked for in. */
static char *name_of(hf_catalog *catalog, int64_t tag, GError **error)
{
    return text_of(catalog,
                   hf_sql_prepare(catalog, error, "SELECT name FROM tag WHERE id = ?1", "i", tag),
                   error);
}

static bool make(hf_catalog *catalog, const char *name, const char *group, int64_t *id,
                 GError **error)
{
    if (!check_name("tag", name, error) || !look_up(catalog, name, id, error))
        return false;
    if (*id != 0)
        return true;
    if (!hf_sql_run(catalog, error, "INSERT INTO tag(name, exclusive, created) VALUES (?1, ?2, ?3)",
                    "ttd", name, group, hf_time_now()))
        return false;
    *id = hf_sql_last_id(catalog);
    hf_tag_written change = {.id = *id, .tag = name, .action = "define", .group = group};
    return hf_tag_write_change(catalog, &change, error);
}

/* ---- groups ---- */

/* Documents of `among` (NULL: all) that have another tag of the group. */
static hf_set *in_group(hf_catalog *catalog, int64_t tag, const char *group, const hf_set *among,
                        GError **error)
{
    hf_set *set =
        hf_sql_set(catalog, error,
                   "SELECT document_id FROM tag JOIN document_tag ON tag_id = tag.id WHERE "
                   "exclusive = ?2 AND tag.id <> ?1 ORDER BY tag_id, document_id",
                   "it", tag, group);
    if (set != NULL && among != NULL)
        hf_set_and(set, among);
    return set;
}

/* A document would have two tags of the group. */
static bool refuse_two(const char *name, const char *group, const hf_set *both, GError **error)
{
    uint32_t first = 0;
    hf_set_next(both, &first);
    g_autofree char *count = hf_table_count(hf_set_count(both));
    g_autofree char *number = hf_catalog_control_number(first);
    g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                "%s %s another tag of the group \"%s\" than \"%s\" (the first is %s), and a "
                "document has only one of a group: nothing was changed",
                count, hf_set_count(both) == 1 ? "document has" : "documents have", group, name,
                number);
    return false;
}

static bool set_group(hf_catalog *catalog, int64_t tag, const char *name, const char *group,
                      GError **error)
{
    g_autoptr(hf_set) own = hf_selection_tag(catalog, name, error);
    g_autoptr(hf_set) both = own == NULL     ? NULL
                             : group == NULL ? hf_set_new()
                                             : in_group(catalog, tag, group, own, error);
    if (both == NULL)
        return false;
    if (hf_set_count(both) > 0)
        return refuse_two(name, group, both, error);
    hf_tag_written change = {
        .id = tag, .tag = name, .action = "define", .group = group != NULL ? group : ""};
    return hf_sql_run(catalog, error, "UPDATE tag SET exclusive = ?2 WHERE id = ?1", "it", tag,
                      group) &&
           hf_tag_write_change(catalog, &change, error);
}

/* A group's name as it was written first, whatever the case it is given in now. */
static bool group_named(hf_catalog *catalog, const char *name, char **group, GError **error)
{
    *group = NULL;
    if (name == NULL)
        return true;
    if (!check_name("group", name, error))
        return false;
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT exclusive FROM tag WHERE exclusive = ?1 ORDER BY id LIMIT 1", "t",
        name);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step < 0)
        return false;
    *group = step == 1 ? hf_sql_text(stmt, 0) : g_strdup(name);
    sqlite3_reset(stmt);
    return true;
}

bool hf_tag_define(hf_catalog *catalog, const char *name, const char *group_given, GError **error)
{
    int64_t id, same = 0;
    g_autofree char *group = NULL;
    if (!check_name("tag", name, error) || !group_named(catalog, group_given, &group, error) ||
        !look_up(catalog, name, &id, error))
        return false;
    if (id == 0)
        return make(catalog, name, group, &id, error);
    if (!hf_sql_number(catalog, error, &same, NULL, "SELECT exclusive IS ?2 FROM tag WHERE id = ?1",
                       "it", id, group))
        return false;
    if (same != 0)
        return true;
    g_autofree char *written = name_of(catalog, id, error);
    return written != NULL && set_group(catalog, id, written, group, error);
}

bool hf_tag_rename(hf_catalog *catalog, const char *from, const char *to, GError **error)
{
    int64_t id, other;
    if (!check_name("tag", to, error) || !hf_tag_find(catalog, from, &id, error) ||
        !look_up(catalog, to, &other, error))
        return false;
    if (other != 0 && other != id) {
        g_set_error(error, HF_ERROR, HF_ERROR_EXISTS, "there is a tag \"%s\" already", to);
        return false;
    }
    g_autofree char *written = name_of(catalog, id, error);
    hf_tag_written change = {.id = id, .tag = to, .action = "rename", .from = written};
    return written != NULL &&
           hf_sql_run(catalog, error, "UPDATE tag SET name = ?2 WHERE id = ?1", "it", id, to) &&
           hf_tag_write_change(catalog, &change, error);
}

/* ---- on documents ---- */

static hf_set *with_tag(hf_catalog *catalog, int64_t tag, GError **error)
{
    return hf_sql_set(catalog, error, "SELECT document_id FROM document_tag WHERE tag_id = ?1", "i",
                      tag);
}

hf_set *hf_selection_tag(hf_catalog *catalog, const char *name, GError **error)
{
    int64_t id;
    if (name == NULL)
        return hf_sql_set(catalog, error,
                          "SELECT DISTINCT document_id FROM document_tag ORDER BY document_id", "");
    return hf_tag_find(catalog, name, &id, error) ? with_tag(catalog, id, error) : NULL;
}

/* Why a tag could not be put on a document: takes `cause`. */
static bool not_tagged(hf_catalog *catalog, uint32_t document, GError *cause, GError **error)
{
    bool found = true;
    int64_t one;
    hf_sql_number(catalog, NULL, &one, &found, "SELECT 1 FROM document WHERE id = ?1", "i",
                  (int64_t)document);
    if (found) {
        g_propagate_error(error, cause);
        return false;
    }
    g_error_free(cause);
    g_autofree char *number = hf_catalog_control_number(document);
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no document %s", number);
    return false;
}

/* That the documents exist is seen to by the table's own references. */
static bool insert_each(hf_catalog *catalog, int64_t tag, const hf_set *documents, GError **error)
{
    GError *own = NULL;
    for (uint32_t id = 0; hf_set_next(documents, &id); id++) {
        if (!hf_sql_run(catalog, &own, "INSERT INTO document_tag VALUES (?1, ?2)", "ii", tag,
                        (int64_t)id))
            return not_tagged(catalog, id, own, error);
    }
    return true;
}

static bool delete_each(hf_catalog *catalog, int64_t tag, const hf_set *documents, GError **error)
{
    for (uint32_t id = 0; hf_set_next(documents, &id); id++) {
        if (!hf_sql_run(catalog, error,
                        "DELETE FROM document_tag WHERE tag_id = ?1 AND document_id = ?2", "ii",
                        tag, (int64_t)id))
            return false;
    }
    return true;
}

/* Puts the tag on documents that do not have it, or takes it off documents that do; nothing is written if there are none. */
static bool change_documents(hf_catalog *catalog, int64_t tag, bool add, const hf_set *documents,
                             const hf_tag_how *how, GError **error)
{
    int64_t n = (int64_t)hf_set_count(documents);
    if (n == 0)
        return true;
    g_autofree char *name = name_of(catalog, tag, error);
    hf_tag_written change = {.id = tag,
                             .tag = name,
                             .action = add ? "add" : "remove",
                             .how = how,
                             .documents = documents};
    return name != NULL && (add ? insert_each : delete_each)(catalog, tag, documents, error) &&
           hf_sql_run(catalog, error, "UPDATE tag SET documents = documents + ?2 WHERE id = ?1",
                      "ii", tag, add ? n : -n) &&
           hf_tag_write_change(catalog, &change, error);
}

static GArray *others_of_group(hf_catalog *catalog, int64_t tag, const char *group, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT id FROM tag WHERE exclusive = ?2 AND id <> ?1 ORDER BY id", "it",
        tag, group);
    g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        g_array_append_val(others, id);
    }
    return step < 0 ? NULL : g_steal_pointer(&others);
}

static bool take_off_others(hf_catalog *catalog, int64_t tag, const char *group,
                            const hf_set *documents, const hf_tag_how *how, GError **error)
{
    g_autoptr(GArray) others = others_of_group(catalog, tag, group, error);
    for (guint i = 0; others != NULL && i < others->len; i++) {
        int64_t other = g_array_index(others, int64_t, i);
        g_autoptr(hf_set) both = with_tag(catalog, other, error);
        if (both == NULL)
            return false;
        hf_set_and(both, documents);
        if (!change_documents(catalog, other, false, both, how, error))
            return false;
    }
    return others != NULL;
}

/* Sees to it that no document has two tags of a group. */
static bool make_room(hf_catalog *catalog, int64_t tag, const char *name, const hf_set *documents,
                      const hf_tag_how *how, GError **error)
{
    GError *own = NULL;
    g_autofree char *group = text_of(
        catalog, hf_sql_prepare(catalog, &own, "SELECT exclusive FROM tag WHERE id = ?1", "i", tag),
        &own);
    if (own != NULL) {
        g_propagate_error(error, own);
        return false;
    }
    if (group == NULL)
        return true;
    g_autoptr(hf_set) both = in_group(catalog, tag, group, documents, error);
    if (both == NULL)
        return false;
    if (hf_set_count(both) == 0)
        return true;
    return how->replace ? take_off_others(catalog, tag, group, both, how, error)
                        : refuse_two(name, group, both, error);
}

bool hf_tag_add(hf_catalog *catalog, const char *name, const hf_set *documents,
                const hf_tag_how *how, hf_set **changed, GError **error)
{
    int64_t tag;
    *changed = NULL;
    if (!make(catalog, name, NULL, &tag, error) ||
        !make_room(catalog, tag, name, documents, how, error))
        return false;
    g_autoptr(hf_set) have = with_tag(catalog, tag, error);
    if (have == NULL)
        return false;
    g_autoptr(hf_set) new = hf_set_copy(documents);
    hf_set_minus(new, have);
    if (!change_documents(catalog, tag, true, new, how, error))
        return false;
    *changed = g_steal_pointer(&new);
    return true;
}

bool hf_tag_remove(hf_catalog *catalog, const char *name, const hf_set *documents,
                   const hf_tag_how *how, hf_set **changed, GError **error)
{
    int64_t tag;
    *changed = NULL;
    if (!hf_tag_find(catalog, name, &tag, error))
        return false;
    g_autoptr(hf_set) have = with_tag(catalog, tag, error);
    if (have == NULL)
        return false;
    hf_set_and(have, documents);
    if (!change_documents(catalog, tag, false, have, how, error))
        return false;
    *changed = g_steal_pointer(&have);
    return true;
}

char **hf_tag_of_document(hf_catalog *catalog, uint32_t document, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT name FROM document_tag JOIN tag ON tag.id = tag_id WHERE "
                       "document_id = ?1 ORDER BY name",
                       "i", (int64_t)document);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1)
        g_ptr_array_add(names, hf_sql_text(stmt, 0));
    if (step < 0)
        return NULL;
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}
