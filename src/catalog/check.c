#include "catalog/sql.h"
#include <string.h>

/* Each query gives the document that a finding is about (0: none) and the id that stands in its sentence for #. */
static const struct {
    const char *part, *sentence, *sql;
} rules[] = {
    {"native", "no native of it is in the vault, and it is not in place",
     "SELECT d.id, 0 FROM document d WHERE native_id IS NULL AND NOT EXISTS (SELECT 1 FROM instance i JOIN source_file f ON"
     " f.id = i.source_file_id JOIN folder p ON p.id = f.folder_id JOIN source s ON s.id = p.source_id WHERE"
     " i.family_id = d.family_id AND s.in_place = 1)"},
    {"native", "the object that held it, number #, is gone from the catalog",
     "SELECT d.id, d.native_id FROM document d LEFT JOIN object o ON o.id = d.native_id WHERE d.native_id IS NOT NULL AND"
     " o.id IS NULL"},
    {"native", "its object, number #, has another hash, size or family than the document",
     "SELECT d.id, o.id FROM document d JOIN object o ON o.id = d.native_id WHERE o.sha256 <> d.sha256 OR o.size <> d.size"
     " OR o.family_id <> d.family_id"},
    {"text", "the object that held it, number #, is gone from the catalog",
     "SELECT d.id, d.text_id FROM document d LEFT JOIN object o ON o.id = d.text_id WHERE d.text_id IS NOT NULL AND o.id IS"
     " NULL"},
    {"text", "its object, number #, is of another family than the document",
     "SELECT d.id, o.id FROM document d JOIN object o ON o.id = d.text_id WHERE o.family_id <> d.family_id"},
    {"instance", "the object that held the bytes of one of its places, number #, is gone from the catalog",
     "SELECT (SELECT min(d.id) FROM document d WHERE d.family_id = i.family_id), i.native_id FROM instance i"
     " LEFT JOIN object o ON o.id = i.native_id WHERE i.native_id IS NOT NULL AND o.id IS NULL"},
    {"instance", "its object, number #, has another hash or family than the place where it was found",
     "SELECT (SELECT min(d.id) FROM document d WHERE d.family_id = i.family_id), o.id FROM instance i JOIN object o ON"
     " o.id = i.native_id WHERE o.sha256 <> i.sha256 OR o.family_id <> i.family_id"},
    {"replacement", "the object of the file that replaced it, number #, is gone or has another hash or size",
     "SELECT r.document_id, r.object_id FROM replacement r LEFT JOIN object o ON o.id = r.object_id WHERE o.id IS NULL OR"
     " o.sha256 <> r.sha256 OR o.size <> r.size"},
    {"document", "its family, number #, is gone from the catalog",
     "SELECT d.id, d.family_id FROM document d LEFT JOIN family f ON f.id = d.family_id WHERE f.id IS NULL"},
    {"document", "its parent, document number #, is gone or of another family",
     "SELECT d.id, d.parent_id FROM document d LEFT JOIN document p ON p.id = d.parent_id WHERE d.parent_id IS NOT NULL AND"
     " p.family_id IS NOT d.family_id"},
    {"family", "family # does not have the number of documents that it was stored with",
     "SELECT coalesce(min(d.id), 0), f.id FROM family f LEFT JOIN document d ON d.family_id = f.id GROUP BY f.id HAVING"
     " count(d.id) <> f.documents"},
    {"family", "family # was found nowhere",
     "SELECT coalesce((SELECT min(d.id) FROM document d WHERE d.family_id = f.id), 0), f.id FROM family f WHERE NOT EXISTS"
     " (SELECT 1 FROM instance i WHERE i.family_id = f.id)"},
    {"family", "family # has no deduplication key",
     "SELECT coalesce((SELECT min(d.id) FROM document d WHERE d.family_id = f.id), 0), f.id FROM family f WHERE f.id NOT IN"
     " (SELECT family_id FROM family_key)"},
    {"object", "object # lies in a pack that the catalog does not have, or beyond the pack's end",
     "SELECT coalesce((SELECT min(d.id) FROM document d WHERE d.family_id = o.family_id), 0), o.id FROM object o LEFT JOIN"
     " pack p ON p.id = o.pack_id WHERE p.id IS NULL OR o.offset + o.stored > p.end OR o.slot >= p.slots"},
};

static void tell(hf_check_fn fn, void *data, uint32_t document, const char *part, const char *format, ...) G_GNUC_PRINTF(5, 6);
static void tell(hf_check_fn fn, void *data, uint32_t document, const char *part, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    fn(data, &(hf_check_finding){document, part, sentence});
}

static char *fill(const char *sentence, int64_t id)
{
    const char *at = strchr(sentence, '#');
    if (at == NULL)
        return g_strdup(sentence);
    return g_strdup_printf("%.*s%" G_GINT64_FORMAT "%s", (int)(at - sentence), sentence, id, at + 1);
}

bool hf_check_rows(hf_catalog *catalog, hf_check_fn fn, void *data, GError **error)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, rules[i].sql, "");
        int step = stmt != NULL ? 1 : -1;
        while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
            g_autofree char *sentence = fill(rules[i].sentence, sqlite3_column_int64(stmt, 1));
            fn(data, &(hf_check_finding){(uint32_t)sqlite3_column_int64(stmt, 0), rules[i].part, sentence});
        }
        if (step < 0)
            return false;
    }
    return true;
}

/* ---- documents against the audit log ---- */

typedef struct {
    int64_t seq, first, last, documents;
    uint8_t digest[32];
} recorded_batch;

static bool read_batch(sqlite3_stmt *stmt, recorded_batch *batch)
{
    const char *hex = (const char *)sqlite3_column_text(stmt, 4);
    *batch = (recorded_batch){.seq = sqlite3_column_int64(stmt, 0),
                              .first = sqlite3_column_int64(stmt, 1),
                              .last = sqlite3_column_int64(stmt, 2),
                              .documents = sqlite3_column_int64(stmt, 3)};
    return hex != NULL && hf_digest_parse_hex(hex, batch->digest, sizeof batch->digest);
}

/* The same bytes that were hashed when the batch was written: four of the number, big-endian, and the hash of each. */
static bool check_batch(hf_catalog *catalog, const recorded_batch *batch, hf_check_fn fn, void *data, GError **error)
{
    g_autoptr(hf_digester) digester = hf_digest_new_sha256();
    hf_digest digest;
    int64_t documents = 0;
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error, "SELECT id, sha256 FROM document WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                                        "ii", batch->first, batch->last);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        uint8_t bytes[36];
        guint32 number = GUINT32_TO_BE((guint32)sqlite3_column_int64(stmt, 0));
        memcpy(bytes, &number, sizeof number);
        hf_sql_hash(stmt, 1, bytes + sizeof number, 32);
        hf_digest_update(digester, bytes, sizeof bytes);
        documents++;
    }
    if (step < 0)
        return false;
    hf_digest_finish(digester, &digest);
    if (documents != batch->documents)
        tell(fn, data, 0, "audit",
             "of the %" G_GINT64_FORMAT " documents from HF%07" G_GINT64_FORMAT " to HF%07" G_GINT64_FORMAT
             " that row %" G_GINT64_FORMAT " of the audit log says were stored, the catalog has %" G_GINT64_FORMAT,
             batch->documents, batch->first, batch->last, batch->seq, documents);
    else if (memcmp(digest.sha256, batch->digest, 32) != 0)
        tell(fn, data, 0, "audit",
             "the hash of a document from HF%07" G_GINT64_FORMAT " to HF%07" G_GINT64_FORMAT
             " in the catalog is not the one that row %" G_GINT64_FORMAT " of the audit log recorded when it was stored",
             batch->first, batch->last, batch->seq);
    return true;
}

bool hf_check_recorded(hf_catalog *catalog, hf_check_fn fn, void *data, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(catalog, error,
                                        "SELECT seq, row ->> '$.first', row ->> '$.last', row ->> '$.documents',"
                                        " row ->> '$.digest' FROM audit WHERE json_valid(row) AND"
                                        " row ->> '$.action' = 'documents' AND row ->> '$.documents' > 0 ORDER BY seq",
                                        "");
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        recorded_batch batch;
        if (read_batch(stmt, &batch) && !check_batch(catalog, &batch, fn, data, error)) {
            sqlite3_reset(stmt);
            return false;
        }
    }
    return step == 0;
}
