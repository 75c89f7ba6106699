#include "catalog/sql.h"
#include <string.h>

void hf_document_free(hf_document *d)
{
    if (d == NULL)
        return;
    g_free(d->path);
    g_free(d->name);
    g_free(d->type);
    g_free(d->extractor);
    g_free(d->title);
    g_free(d->author);
    g_free(d->matter_code);
    g_free(d->custodian_name);
    g_free(d->place);
    g_free(d->path_inside);
    g_free(d->mih);
    g_free(d);
}

static bool read_object(sqlite3_stmt *stmt, int at, hf_object_row *object)
{
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL)
        return false;
    object->pack = (uint32_t)sqlite3_column_int64(stmt, at);
    object->slot = (uint32_t)sqlite3_column_int64(stmt, at + 1);
    object->offset = (uint64_t)sqlite3_column_int64(stmt, at + 2);
    object->stored = (uint64_t)sqlite3_column_int64(stmt, at + 3);
    object->size = (uint64_t)sqlite3_column_int64(stmt, at + 4);
    return hf_sql_hash(stmt, at + 5, object->sha256, 32);
}

/* At the end of the merges that stand now. */
#define FINAL_CUSTODIAN                                                                            \
    "(WITH RECURSIVE up(id, into_id) AS (SELECT id, merged_into FROM custodian WHERE id = "        \
    "sf.custodian_id"                                                                              \
    " UNION SELECT u.id, u.merged_into FROM custodian u JOIN up ON u.id = up.into_id)"             \
    " SELECT id FROM up WHERE into_id IS NULL)"

#define COLUMNS                                                                                    \
    "SELECT d.id, coalesce(d.parent_id, 0), d.family_id, coalesce(f.matter_id, 0), d.path, "       \
    "d.name, t.name, d.extractor,"                                                                 \
    " d.title, d.author, d.sha256, d.md5, d.size, d.wrong_extension, d.text_state, "               \
    "d.extractor_version, d.flags,"                                                                \
    " d.review_date, d.review_offset, f.family_date, f.mih, m.code,"                               \
    " n.pack_id, n.slot, n.offset, n.stored, n.size, n.sha256, x.pack_id, x.slot, x.offset, "      \
    "x.stored, x.size, x.sha256,"                                                                  \
    " s.root, s.single, p.path, sf.name, i.path_inside, c.name, c.id, d.run_id,"                   \
    " (SELECT path_inside FROM instance WHERE family_id = f.id ORDER BY id LIMIT 1)"               \
    " FROM document d JOIN family f ON f.id = d.family_id JOIN media_type t ON t.id = d.type_id"   \
    " LEFT JOIN matter m ON m.id = f.matter_id LEFT JOIN object n ON n.id = d.native_id"           \
    " LEFT JOIN object x ON x.id = d.text_id"                                                      \
    " LEFT JOIN instance i ON i.id = (SELECT id FROM instance WHERE family_id = f.id"              \
    " ORDER BY gone_run IS NOT NULL, id LIMIT 1)"                                                  \
    " LEFT JOIN source_file sf ON sf.id = i.source_file_id LEFT JOIN folder p ON p.id = "          \
    "sf.folder_id"                                                                                 \
    " LEFT JOIN source s ON s.id = p.source_id LEFT JOIN custodian c ON c.id = " FINAL_CUSTODIAN   \
    " "

static hf_document *read_document(sqlite3_stmt *stmt)
{
    hf_document *d = g_new0(hf_document, 1);
    d->id = (uint32_t)sqlite3_column_int64(stmt, 0);
    d->parent = (uint32_t)sqlite3_column_int64(stmt, 1);
    d->family = sqlite3_column_int64(stmt, 2);
    d->matter = sqlite3_column_int64(stmt, 3);
    d->path = hf_sql_bytes(stmt, 4);
    d->name = hf_sql_text(stmt, 5);
    d->type = hf_sql_text(stmt, 6);
    d->extractor = hf_sql_text(stmt, 7);
    d->title = hf_sql_text(stmt, 8);
    d->author = hf_sql_text(stmt, 9);
    hf_sql_hash(stmt, 10, d->sha256, 32);
    hf_sql_hash(stmt, 11, d->md5, 16);
    d->size = (uint64_t)sqlite3_column_int64(stmt, 12);
    d->wrong_extension = sqlite3_column_int(stmt, 13) != 0;
    d->text_state = (hf_text_state)sqlite3_column_int(stmt, 14);
    d->extractor_version = (unsigned)sqlite3_column_int(stmt, 15);
    d->flags = (unsigned)sqlite3_column_int(stmt, 16);
    d->review_date.utc = hf_sql_time(stmt, 17);
    d->review_date.offset = sqlite3_column_type(stmt, 18) == SQLITE_NULL
                                ? HF_OFFSET_NONE
                                : (int32_t)sqlite3_column_int64(stmt, 18);
    d->family_date = hf_sql_time(stmt, 19);
    uint8_t mih[16];
    if (hf_sql_hash(stmt, 20, mih, sizeof mih))
        d->mih = hf_digest_hex(mih, sizeof mih);
    d->matter_code = hf_sql_text(stmt, 21);
    d->has_native = read_object(stmt, 22, &d->native);
    d->has_text = read_object(stmt, 28, &d->text);
    d->place = hf_sql_place(stmt, 34, d->path);
    d->custodian_name = hf_sql_text(stmt, 39);
    d->custodian = sqlite3_column_int64(stmt, 40);
    d->run = sqlite3_column_int64(stmt, 41);
    d->path_inside = hf_sql_bytes(stmt, 42);
    return d;
}

hf_document *hf_document_get(hf_catalog *catalog, uint32_t id, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error, COLUMNS "WHERE d.id = ?1", "i", (int64_t)id);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no document HF%07u", id);
    if (step != 1)
        return NULL;
    hf_document *document = read_document(stmt);
    sqlite3_reset(stmt);
    return document;
}

bool hf_document_read_facts(hf_catalog *catalog, uint32_t id, hf_document_facts *facts,
                            GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT t.name, d.extractor, d.family_id, d.size, d.review_date, "
                       "f.family_date, CASE WHEN d.parent_id IS NULL THEN (SELECT modified FROM "
                       "instance WHERE family_id = d.family_id ORDER BY id LIMIT 1) END FROM "
                       "document d JOIN family f ON f.id = d.family_id JOIN media_type t ON t.id = "
                       "d.type_id WHERE d.id = ?1",
                       "i", (int64_t)id);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "there is no document HF%07u", id);
    if (step != 1)
        return false;
    *facts = (hf_document_facts){
        .type = g_intern_string((const char *)sqlite3_column_text(stmt, 0)),
        .extractor = g_intern_string((const char *)sqlite3_column_text(stmt, 1)),
        .family = sqlite3_column_int64(stmt, 2),
        .size = (uint64_t)sqlite3_column_int64(stmt, 3),
        .review_date = hf_sql_time(stmt, 4),
        .family_date = hf_sql_time(stmt, 5),
        .modified = hf_sql_time(stmt, 6),
    };
    sqlite3_reset(stmt);
    return true;
}

GPtrArray *hf_document_meta(hf_catalog *catalog, uint32_t id, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT key, value FROM document_meta WHERE document_id = ?1 ORDER BY position", "i",
        (int64_t)id);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        g_ptr_array_add(list, hf_sql_text(stmt, 0));
        g_ptr_array_add(list, hf_sql_text(stmt, 1));
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

static GArray *read_ids(hf_catalog *catalog, sqlite3_stmt *stmt, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        uint32_t id = (uint32_t)sqlite3_column_int64(stmt, 0);
        g_array_append_val(list, id);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

GArray *hf_document_family(hf_catalog *catalog, int64_t family, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT id FROM document WHERE family_id = ?1 ORDER BY id", "i", family);
    return read_ids(catalog, stmt, error);
}

GArray *hf_document_children(hf_catalog *catalog, uint32_t id, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT c.id FROM document d JOIN document c ON c.family_id = d.family_id AND"
        " c.parent_id = d.id WHERE d.id = ?1 ORDER BY c.id",
        "i", (int64_t)id);
    return read_ids(catalog, stmt, error);
}

static void free_instance(gpointer data)
{
    hf_instance *instance = data;
    g_free(instance->path);
    g_free(instance->file_path);
    g_free(instance->inside);
    g_free(instance->custodian);
    g_free(instance);
}

GPtrArray *hf_document_instances(hf_catalog *catalog, uint32_t id, bool gone_too, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT i.id, i.source_file_id, i.first_run, i.last_run, coalesce(i.gone_run, 0), "
        "i.sha256, i.modified,"
        " c.name, s.root, s.single, p.path, sf.name, i.path_inside, d.path, s.in_place"
        " FROM document d JOIN instance i ON i.family_id = d.family_id JOIN source_file sf ON "
        "sf.id = i.source_file_id"
        " JOIN folder p ON p.id = sf.folder_id JOIN source s ON s.id = p.source_id"
        " LEFT JOIN custodian c ON c.id = " FINAL_CUSTODIAN
        " WHERE d.id = ?1 AND (?2 OR i.gone_run IS NULL) ORDER BY i.id",
        "ii", (int64_t)id, (int64_t)gone_too);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_instance);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        hf_instance *instance = g_new0(hf_instance, 1);
        g_autofree char *in_family = hf_sql_bytes(stmt, 13);
        instance->id = sqlite3_column_int64(stmt, 0);
        instance->file = sqlite3_column_int64(stmt, 1);
        instance->first_run = sqlite3_column_int64(stmt, 2);
        instance->last_run = sqlite3_column_int64(stmt, 3);
        instance->gone_run = sqlite3_column_int64(stmt, 4);
        hf_sql_hash(stmt, 5, instance->sha256, 32);
        instance->modified = hf_sql_time(stmt, 6);
        instance->custodian = hf_sql_text(stmt, 7);
        instance->path = hf_sql_place(stmt, 8, in_family);
        instance->file_path = hf_sql_file_path(stmt, 8);
        instance->inside = g_strdup(instance->path + strlen(instance->file_path));
        if (*instance->inside != '\0')
            memmove(instance->inside, instance->inside + 2,
                    strlen(instance->inside) - 1); /* without its "!/" */
        instance->in_place = sqlite3_column_int(stmt, 14) != 0;
        g_ptr_array_add(list, instance);
    }
    return step < 0 ? NULL : g_steal_pointer(&list);
}

void hf_replacement_free(hf_replacement *r)
{
    if (r == NULL)
        return;
    g_free(r->type);
    g_free(r->name);
    g_free(r->reason);
    g_free(r->actor);
    g_free(r);
}

bool hf_document_replacement(hf_catalog *catalog, uint32_t id, hf_replacement **out, GError **error)
{
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT o.pack_id, o.slot, o.offset, o.stored, o.size, o.sha256, r.sha256, "
                       "r.md5, r.size, t.name, r.name, r.reason,"
                       " r.actor, r.created FROM replacement r JOIN object o ON o.id = r.object_id "
                       "JOIN media_type t ON t.id = r.type_id"
                       " WHERE r.document_id = ?1",
                       "i", (int64_t)id);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    *out = NULL;
    if (step != 1)
        return step == 0;
    hf_replacement *r = g_new0(hf_replacement, 1);
    read_object(stmt, 0, &r->object);
    hf_sql_hash(stmt, 6, r->sha256, 32);
    hf_sql_hash(stmt, 7, r->md5, 16);
    r->size = (uint64_t)sqlite3_column_int64(stmt, 8);
    r->type = hf_sql_text(stmt, 9);
    r->name = hf_sql_text(stmt, 10);
    r->reason = hf_sql_text(stmt, 11);
    r->actor = hf_sql_text(stmt, 12);
    r->created = hf_sql_time(stmt, 13);
    sqlite3_reset(stmt);
    *out = r;
    return true;
}

bool hf_document_each_unindexed(hf_catalog *catalog, hf_document_fn fn, void *data, GError **error)
{
    g_autoptr(hf_set) unindexed = hf_selection_unindexed(catalog, error);
    for (uint32_t id = 0; unindexed != NULL && hf_set_next(unindexed, &id); id++) {
        g_autoptr(hf_document) document = hf_document_get(catalog, id, error);
        if (document == NULL || !fn(data, document, error))
            return false;
    }
    return unindexed != NULL;
}

bool hf_document_count_unindexed(hf_catalog *catalog, uint64_t *count, GError **error)
{
    g_autoptr(hf_set) unindexed = hf_selection_unindexed(catalog, error);
    *count = unindexed != NULL ? hf_set_count(unindexed) : 0;
    return unindexed != NULL;
}
