#include "holdfast/vault.h"
#include <string.h>

/* The first value of a kind of metadata; NULL. */
static const char *first_value(const hf_meta_row *meta, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(meta[i].key, key) == 0)
            return meta[i].value;
    }
    return NULL;
}

static hf_time first_time(const hf_meta_row *meta, size_t n, const char *key)
{
    hf_stamp stamp;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(meta[i].key, key) == 0 && hf_time_parse_iso(meta[i].value, &stamp))
            return stamp.utc;
    }
    return HF_TIME_NONE;
}

static void fill_times(const hf_document_facts *facts, const hf_meta_row *meta, size_t n,
                       int64_t columns[HF_COLUMN_LAST])
{
    bool mail = g_strcmp0(facts->extractor, "mail") == 0;
    columns[HF_COLUMN_SENT] = first_time(meta, n, "sent");
    columns[HF_COLUMN_RECEIVED] = first_time(meta, n, "received");
    columns[HF_COLUMN_CREATED] = first_time(meta, n, "created");
    columns[HF_COLUMN_MODIFIED] = first_time(meta, n, "modified");
    if (columns[HF_COLUMN_MODIFIED] != HF_TIME_NONE || mail)
        return;
    /* Without times of its own a document's review date is its place's, and that is kept for members of a family too. */
    columns[HF_COLUMN_MODIFIED] =
        columns[HF_COLUMN_CREATED] == HF_TIME_NONE ? facts->review_date : facts->modified;
}

static bool fill_domain(hf_catalog *catalog, const hf_meta_row *meta, size_t n, int64_t *column,
                        GError **error)
{
    const char *from = first_value(meta, n, "from");
    g_autofree char *domain = from != NULL ? hf_catalog_sender_domain(from) : NULL;
    return domain == NULL || hf_catalog_domain_id(catalog, domain, column, error);
}

bool hf_vault_columns(hf_catalog *catalog, const hf_document_facts *facts, const hf_meta_row *meta,
                      size_t n_meta, int64_t columns[HF_COLUMN_LAST], GError **error)
{
    for (size_t i = 0; i < HF_COLUMN_LAST; i++)
        columns[i] = HF_TIME_NONE;
    const char *language = first_value(meta, n_meta, "language");
    columns[HF_COLUMN_DATE] = facts->review_date;
    columns[HF_COLUMN_FAMILY_DATE] = facts->family_date;
    columns[HF_COLUMN_SIZE] = (int64_t)MIN(facts->size, (uint64_t)INT64_MAX);
    columns[HF_COLUMN_FAMILY] = facts->family;
    columns[HF_COLUMN_LANGUAGE] = language != NULL ? hf_index_code(language) : HF_TIME_NONE;
    fill_times(facts, meta, n_meta, columns);
    return hf_catalog_type_id(catalog, facts->type, &columns[HF_COLUMN_TYPE], error) &&
           fill_domain(catalog, meta, n_meta, &columns[HF_COLUMN_DOMAIN], error);
}

bool hf_vault_columns_of(hf_catalog *catalog, uint32_t document, int64_t columns[HF_COLUMN_LAST],
                         GError **error)
{
    hf_document_facts facts;
    if (!hf_document_read_facts(catalog, document, &facts, error))
        return false;
    g_autoptr(GPtrArray) meta = hf_document_meta(catalog, document, error);
    if (meta == NULL)
        return false;
    guint n = meta->len / 2;
    g_autofree hf_meta_row *rows = g_new0(hf_meta_row, n + 1);
    for (guint i = 0; i < n; i++)
        rows[i] = (hf_meta_row){meta->pdata[2 * i], meta->pdata[2 * i + 1]};
    return hf_vault_columns(catalog, &facts, rows, n, columns, error);
}
