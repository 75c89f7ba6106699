#include "catalog/sql.h"
#include <string.h>

/* A key as the catalog keeps it: kind, version, hash. */
static void key_bytes(const hf_family_key_value *key, uint8_t out[34])
{
    out[0] = key->kind;
    out[1] = key->version;
    memcpy(out + 2, key->hash, 32);
}

bool hf_family_find(hf_catalog *catalog, int64_t matter, const hf_family_key_value *key,
                    int64_t *family, GError **error)
{
    uint8_t bytes[34];
    key_bytes(key, bytes);
    *family = 0;
    return hf_sql_number(catalog, error, family, NULL,
                         "SELECT family_id FROM family_key JOIN family ON family.id = family_id"
                         " WHERE family_key.matter_id = ?1 AND key = ?2 AND family.state = 0",
                         "ib", matter, bytes, sizeof bytes);
}

static bool put_key(hf_catalog *catalog, int64_t matter, int64_t family,
                    const hf_family_key_value *key, GError **error)
{
    uint8_t bytes[34];
    key_bytes(key, bytes);
    return hf_sql_run(catalog, error, "INSERT OR IGNORE INTO family_key VALUES (?1, ?2, ?3)", "ibi",
                      matter, bytes, sizeof bytes, family);
}

static bool put_object(hf_catalog *catalog, int64_t family, const hf_object_row *object,
                       int64_t *id, GError **error)
{
    *id = 0;
    if (object == NULL)
        return true;
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO object(family_id, pack_id, slot, offset, stored, size, sha256)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    "iiiuuuh", family, (int64_t)object->pack, (int64_t)object->slot, object->offset,
                    object->stored, object->size, object->sha256))
        return false;
    *id = hf_sql_last_id(catalog);
    return true;
}

static bool put_meta(hf_catalog *catalog, int64_t document, const hf_document_row *row,
                     GError **error)
{
    const char *sender = NULL;
    for (size_t i = 0; i < row->n_meta; i++) {
        if (sender == NULL && strcmp(row->meta[i].key, "from") == 0)
            sender = row->meta[i].value;
        if (!hf_sql_run(catalog, error, "INSERT INTO document_meta VALUES (?1, ?2, ?3, ?4)", "iutt",
                        document, (uint64_t)i, row->meta[i].key, row->meta[i].value))
            return false;
    }
    g_autofree char *domain = sender != NULL ? hf_catalog_sender_domain(sender) : NULL;
    int64_t id;
    /* So that the index can be given its id when this is committed. */
    return domain == NULL || hf_catalog_domain_id(catalog, domain, &id, error);
}

/* Extends the span of the newest document, which has the greatest number of all, or begins one. */
static bool put_span(hf_catalog *catalog, int64_t matter, uint32_t first, uint32_t last,
                     GError **error)
{
    if (!hf_sql_run(catalog, error,
                    "UPDATE matter_span SET last = ?3 WHERE first = (SELECT max(first) FROM "
                    "matter_span) AND last = ?2 - 1 AND matter_id = ?1",
                    "iii", matter, (int64_t)first, (int64_t)last))
        return false;
    return hf_sql_changes(catalog) > 0 ||
           hf_sql_run(catalog, error, "INSERT INTO matter_span VALUES (?2, ?3, ?1)", "iii", matter,
                      (int64_t)first, (int64_t)last);
}

static bool put_document(hf_catalog *catalog, int64_t family, int64_t parent,
                         const hf_document_row *row, int64_t run, uint32_t *document,
                         GError **error)
{
    int64_t native, text;
    int64_t type = hf_sql_type_id(catalog, row->type, error);
    if (type == 0 || !put_object(catalog, family, row->native, &native, error) ||
        !put_object(catalog, family, row->text, &text, error))
        return false;
    int64_t offset = row->review_date.offset;
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO document(family_id, parent_id, path, name, sha256, md5, size, "
                    "type_id, extractor,"
                    " extractor_version, native_id, text_id, text_state, flags, wrong_extension, "
                    "title, author, review_date,"
                    " review_offset, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                    "?12, ?13, ?14, ?15, ?16,"
                    " ?17, ?18, nullif(?19, ?20), ?21)",
                    "izpthbuitizziiittdiii", family, parent, row->path, row->name, row->sha256,
                    row->md5, (size_t)16, row->size, type,
                    row->extractor != NULL ? row->extractor : "", (int64_t)row->extractor_version,
                    native, text, (int64_t)row->text_state, (int64_t)row->flags,
                    (int64_t)row->wrong_extension, row->title, row->author, row->review_date.utc,
                    offset, (int64_t)HF_OFFSET_NONE, run))
        return false;
    int64_t id = hf_sql_last_id(catalog);
    if (id > UINT32_MAX) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "this vault has used up its control numbers");
        return false;
    }
    *document = (uint32_t)id;
    return put_meta(catalog, id, row, error);
}

bool hf_family_put(hf_catalog *catalog, const hf_family_row *row, int64_t *family,
                   uint32_t *documents, GError **error)
{
    if (!hf_sql_run(catalog, error,
                    "INSERT INTO family(matter_id, documents, family_date, mih, run_id) VALUES "
                    "(?1, ?2, ?3, ?4, ?5)",
                    "zudbi", row->matter, (uint64_t)row->n_documents, row->family_date, row->mih,
                    (size_t)(row->mih != NULL ? 16 : 0), row->run))
        return false;
    *family = hf_sql_last_id(catalog);
    for (size_t i = 0; i < row->n_keys; i++) {
        if (!put_key(catalog, row->matter, *family, &row->keys[i], error))
            return false;
    }
    for (size_t i = 0; i < row->n_documents; i++) {
        int parent = row->documents[i].parent;
        if (!put_document(catalog, *family, parent >= 0 ? documents[parent] : 0, &row->documents[i],
                          row->run, &documents[i], error))
            return false;
    }
    return row->n_documents == 0 ||
           put_span(catalog, row->matter, documents[0], documents[row->n_documents - 1], error);
}

bool hf_family_add_document(hf_catalog *catalog, int64_t family, uint32_t parent,
                            const hf_document_row *row, int64_t run, uint32_t *document,
                            GError **error)
{
    int64_t matter = 0;
    return hf_sql_number(catalog, error, &matter, NULL,
                         "SELECT coalesce(matter_id, 0) FROM family WHERE id = ?1", "i", family) &&
           put_document(catalog, family, parent, row, run, document, error) &&
           put_span(catalog, matter, *document, *document, error) &&
           hf_sql_run(catalog, error, "UPDATE family SET documents = documents + 1 WHERE id = ?1",
                      "i", family) &&
           hf_sql_run(catalog, error,
                      "UPDATE source_file SET items = items + (SELECT count(*) FROM instance i "
                      "WHERE i.source_file_id ="
                      " source_file.id AND i.family_id = ?1 AND i.gone_run IS NULL) WHERE id IN "
                      "(SELECT source_file_id FROM"
                      " instance WHERE family_id = ?1)",
                      "i", family);
}

bool hf_family_update_document(hf_catalog *catalog, uint32_t document, const hf_document_row *row,
                               GError **error)
{
    int64_t family, text, type = hf_sql_type_id(catalog, row->type, error);
    int64_t offset = row->review_date.offset;
    if (type == 0 ||
        !hf_sql_number(catalog, error, &family, NULL,
                       "SELECT family_id FROM document WHERE id = ?1", "i", (int64_t)document) ||
        !put_object(catalog, family, row->text, &text, error))
        return false;
    return hf_sql_run(catalog, error,
                      "UPDATE document SET type_id = ?2, extractor = ?3, extractor_version = ?4, "
                      "text_id = ?5, text_state = ?6,"
                      " flags = ?7, title = ?8, author = ?9, review_date = ?10, review_offset = "
                      "nullif(?11, ?12) WHERE id = ?1",
                      "iitiziittdii", (int64_t)document, type,
                      row->extractor != NULL ? row->extractor : "", (int64_t)row->extractor_version,
                      text, (int64_t)row->text_state, (int64_t)row->flags, row->title, row->author,
                      row->review_date.utc, offset, (int64_t)HF_OFFSET_NONE) &&
           hf_sql_run(catalog, error, "DELETE FROM document_meta WHERE document_id = ?1", "i",
                      (int64_t)document) &&
           put_meta(catalog, document, row, error) &&
           hf_sql_run(catalog, error, "INSERT OR IGNORE INTO stale_document VALUES (?1)", "i",
                      (int64_t)document);
}

bool hf_family_update(hf_catalog *catalog, int64_t family, hf_time family_date, const uint8_t *mih,
                      GError **error)
{
    /* The date is in the index beside every member of the family. */
    return hf_sql_run(catalog, error,
                      "INSERT OR IGNORE INTO stale_document SELECT d.id FROM document d JOIN "
                      "family f ON f.id = d.family_id"
                      " WHERE f.id = ?1 AND f.family_date IS NOT ?2",
                      "id", family, family_date) &&
           hf_sql_run(catalog, error,
                      "UPDATE family SET family_date = ?2, mih = coalesce(?3, mih) WHERE id = ?1",
                      "idb", family, family_date, mih, (size_t)(mih != NULL ? 16 : 0));
}

bool hf_family_first_place(hf_catalog *catalog, int64_t family, int64_t *source, int64_t *file,
                           char **path_inside, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error,
        "SELECT p.source_id, f.id, i.path_inside FROM instance i JOIN source_file f ON"
        " f.id = i.source_file_id JOIN folder p ON p.id = f.folder_id"
        " WHERE i.family_id = ?1 ORDER BY i.id LIMIT 1",
        "i", family);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "family %" G_GINT64_FORMAT " was found nowhere", family);
    if (step != 1)
        return false;
    *source = sqlite3_column_int64(stmt, 0);
    *file = sqlite3_column_int64(stmt, 1);
    *path_inside = hf_sql_bytes(stmt, 2);
    sqlite3_reset(stmt);
    return true;
}

bool hf_family_holds(hf_catalog *catalog, int64_t family, const char *path, int64_t file,
                     const char *path_inside, const uint8_t sha256[32], bool *holds, GError **error)
{
    int64_t found = 0;
    /* By hash, not by family: a family can have a hundred thousand members. */
    bool ok = hf_sql_number(
        catalog, error, &found, NULL,
        "SELECT EXISTS (SELECT 1 FROM document WHERE sha256 = ?3 AND path = ?2 AND +family_id = ?1)"
        " OR EXISTS (SELECT 1 FROM instance WHERE source_file_id = ?4 AND path_inside = ?5 AND "
        "sha256 = ?3)"
        " OR EXISTS (SELECT 1 FROM container WHERE source_file_id = ?4 AND path_inside = ?5 AND "
        "sha256 = ?3"
        " AND whole = 1)",
        "iphip", family, path, sha256, file, path_inside);
    *holds = found != 0;
    return ok;
}

bool hf_family_count_documents(hf_catalog *catalog, int64_t family, uint64_t *documents,
                               GError **error)
{
    int64_t count = 0;
    bool ok = hf_sql_number(catalog, error, &count, NULL,
                            "SELECT documents FROM family WHERE id = ?1", "i", family);
    *documents = (uint64_t)count;
    return ok;
}

#define NAME_OF(i, f) "CASE WHEN " i ".path_inside = x'' THEN " f ".name ELSE " i ".path_inside END"

/* The index has the name of a family's first instance; a search by name finds the others through this mark. */
static bool note_name(hf_catalog *catalog, int64_t family, int64_t instance, GError **error)
{
    return hf_sql_run(
        catalog, error,
        "UPDATE instance SET renamed = 1 WHERE id = ?2 AND (SELECT " NAME_OF(
            "i",
            "f") " FROM instance i JOIN"
                 " source_file f ON f.id = i.source_file_id WHERE i.id = ?2) <> (SELECT " NAME_OF(
                     "i", "f") " FROM instance i JOIN source_file f ON f.id = i.source_file_id "
                               "WHERE i.id ="
                               " (SELECT min(id) FROM instance WHERE family_id = ?1))",
        "ii", family, instance);
}

bool hf_family_put_instance(hf_catalog *catalog, const hf_instance_row *row,
                            hf_instance_state *state, GError **error)
{
    int64_t id = 0, native = 0, matter = 0;
    bool found = false;
    if (!hf_sql_number(catalog, error, &id, &found,
                       "SELECT id FROM instance WHERE source_file_id = ?1 AND path_inside = ?2 AND "
                       "sha256 = ?3",
                       "iph", row->file, row->path_inside, row->sha256))
        return false;
    *state = found ? HF_INSTANCE_KNOWN : HF_INSTANCE_NEW;
    if (found)
        return hf_sql_run(catalog, error,
                          "UPDATE instance SET last_run = ?2, gone_run = NULL WHERE id = ?1", "ii",
                          id, row->run);
    if (!put_object(catalog, row->family, row->native, &native, error) ||
        !hf_sql_run(catalog, error,
                    "INSERT INTO instance(family_id, source_file_id, path_inside, sha256, "
                    "native_id, modified, first_run,"
                    " last_run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
                    "iiphzdi", row->family, row->file, row->path_inside, row->sha256, native,
                    row->modified, row->run) ||
        !note_name(catalog, row->family, hf_sql_last_id(catalog), error))
        return false;
    if (row->key == NULL)
        return true;
    return hf_sql_number(catalog, error, &matter, NULL,
                         "SELECT coalesce(matter_id, 0) FROM family WHERE id = ?1", "i",
                         row->family) &&
           put_key(catalog, matter, row->family, row->key, error);
}

bool hf_family_seen_instance(hf_catalog *catalog, int64_t file, const char *path_inside,
                             const uint8_t sha256[32], int64_t run, int64_t *family, bool *earlier,
                             GError **error)
{
    int64_t one;
    *family = 0;
    *earlier = false;
    if (!hf_sql_number(catalog, error, family, NULL,
                       "SELECT family_id FROM instance WHERE source_file_id = ?1 AND path_inside = "
                       "?2 AND sha256 = ?3",
                       "iph", file, path_inside, sha256))
        return false;
    if (*family == 0)
        return true;
    return hf_sql_number(catalog, error, &one, earlier,
                         "SELECT 1 FROM instance WHERE source_file_id = ?1 AND path_inside = ?2 "
                         "AND sha256 = ?3"
                         " AND first_run < ?4",
                         "iphi", file, path_inside, sha256, run) &&
           hf_sql_run(catalog, error,
                      "UPDATE instance SET last_run = ?4, gone_run = NULL WHERE source_file_id = "
                      "?1 AND path_inside = ?2 AND"
                      " sha256 = ?3",
                      "iphi", file, path_inside, sha256, run);
}

bool hf_family_is_in_place(hf_catalog *catalog, int64_t family, bool *in_place, GError **error)
{
    int64_t one;
    return hf_sql_number(
        catalog, error, &one, in_place,
        "SELECT 1 FROM document WHERE family_id = ?1 AND parent_id IS NULL AND native_id IS NULL",
        "i", family);
}

bool hf_family_wants_native(hf_catalog *catalog, int64_t family, const char *path,
                            const uint8_t sha256[32], bool *wanted, GError **error)
{
    int64_t one;
    return hf_sql_number(catalog, error, &one, wanted,
                         "SELECT 1 FROM document WHERE family_id = ?1 AND path = ?2 AND sha256 = "
                         "?3 AND native_id IS NULL",
                         "iph", family, path, sha256);
}

bool hf_family_adopt_native(hf_catalog *catalog, int64_t family, const char *path,
                            const hf_object_row *native, GError **error)
{
    int64_t id;
    return put_object(catalog, family, native, &id, error) &&
           hf_sql_run(catalog, error,
                      "UPDATE document SET native_id = ?4 WHERE family_id = ?1 AND path = ?2 AND "
                      "sha256 = ?3"
                      " AND native_id IS NULL",
                      "iphi", family, path, native->sha256, id);
}
