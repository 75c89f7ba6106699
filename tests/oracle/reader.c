#include "oracle/reader.h"
#include "holdfast/extract.h"
#include "holdfast/identify.h"
#include <string.h>

#define TEXT_MOST (UINT64_C(1) << 31)

/* Which texts belong to which field, as holdfast-query(7) says. */
static hf_field field_of(hf_meta meta)
{
    switch (meta) {
    case HF_META_SUBJECT:
        return HF_FIELD_SUBJECT;
    case HF_META_TITLE:
        return HF_FIELD_TITLE;
    case HF_META_FROM:
        return HF_FIELD_FROM;
    case HF_META_TO:
        return HF_FIELD_TO;
    case HF_META_CC:
        return HF_FIELD_CC;
    case HF_META_BCC:
        return HF_FIELD_BCC;
    case HF_META_AUTHOR:
    case HF_META_LAST_AUTHOR:
        return HF_FIELD_AUTHOR;
    case HF_META_TOPIC:
    case HF_META_KEYWORDS:
    case HF_META_COMMENTS:
    case HF_META_COMPANY:
    case HF_META_REPLY_TO:
    case HF_META_OTHER:
        return HF_FIELD_OTHER;
    default:
        return HF_FIELD_LAST;
    }
}

static void take_time(oracle_document *d, hf_column_id column, const char *value)
{
    hf_stamp stamp;
    if (d->columns[column] == HF_TIME_NONE && hf_time_parse_iso(value, &stamp))
        d->columns[column] = stamp.utc;
}

static void take_meta(oracle_document *d, oracle_reader *r, hf_meta meta, const char *value)
{
    hf_field field = field_of(meta);
    if (field < HF_FIELD_LAST)
        oracle_document_add_text(d, r->words, field, false, value, strlen(value));
    if (meta == HF_META_SENT)
        take_time(d, HF_COLUMN_SENT, value);
    else if (meta == HF_META_RECEIVED)
        take_time(d, HF_COLUMN_RECEIVED, value);
    else if (meta == HF_META_CREATED)
        take_time(d, HF_COLUMN_CREATED, value);
    else if (meta == HF_META_LANGUAGE)
        oracle_document_add_value(d, "language", value);
}

static bool take_all_meta(oracle_document *d, oracle_reader *r, GError **error)
{
    g_autoptr(GPtrArray) meta = hf_document_meta(r->catalog, d->id, error);
    for (guint i = 0; meta != NULL && i + 1 < meta->len; i += 2) {
        int known = hf_extract_meta_parse(g_ptr_array_index(meta, i));
        if (known >= 0)
            take_meta(d, r, (hf_meta)known, g_ptr_array_index(meta, i + 1));
    }
    return meta != NULL;
}

/* The name of its place in the family, else where its family was found first, else its own; and those it was found under again. */
static void take_names(oracle_document *d, oracle_reader *r, const hf_document *document)
{
    const char *inside = *document->path != '\0'         ? document->path
                         : document->path_inside != NULL ? document->path_inside
                                                         : "";
    g_autofree char *name = hf_name_utf8(*inside != '\0' ? inside : document->name, -1);
    oracle_document_add_text(d, r->words, HF_FIELD_FILENAME, false, name, strlen(name));
    GPtrArray *others = g_hash_table_lookup(r->names, GUINT_TO_POINTER(d->id));
    for (guint i = 0; others != NULL && i < others->len; i++) {
        const char *other = g_ptr_array_index(others, i);
        oracle_document_add_text(d, r->words, HF_FIELD_FILENAME, true, other, strlen(other));
    }
}

static bool take_places(oracle_document *d, oracle_reader *r, GError **error)
{
    g_autoptr(GPtrArray) places = hf_document_instances(r->catalog, d->id, true, error);
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const hf_instance *place = g_ptr_array_index(places, i);
        if (place->custodian != NULL)
            oracle_document_add_value(d, "custodian", place->custodian);
    }
    return places != NULL;
}

static void take_facts(oracle_document *d, oracle_reader *r, const hf_document *document)
{
    GTimeZone *zone = g_hash_table_lookup(r->zones, GINT_TO_POINTER(document->matter));
    if (zone == NULL)
        zone = g_hash_table_lookup(r->zones, GINT_TO_POINTER(0));
    d->zone = g_time_zone_ref(zone);
    d->columns[HF_COLUMN_DATE] = document->review_date.utc;
    d->columns[HF_COLUMN_FAMILY_DATE] = document->family_date;
    d->columns[HF_COLUMN_SIZE] = (int64_t)document->size;
    oracle_document_add_value(d, "type", document->type);
    oracle_document_add_value(d, "type", hf_identify_kind(document->type));
}

oracle_document *oracle_reader_read(oracle_reader *r, uint32_t id, int64_t *family, GError **error)
{
    g_autoptr(hf_document) document = hf_document_get(r->catalog, id, error);
    if (document == NULL)
        return NULL;
    *family = document->family;
    g_autoptr(oracle_document) d = oracle_document_new(id);
    take_facts(d, r, document);
    if (document->has_text) {
        g_autoptr(GBytes) text = hf_vault_read(r->vault, &document->text, TEXT_MOST, error);
        if (text == NULL)
            return NULL;
        oracle_document_add_text(d, r->words, HF_FIELD_BODY, false, g_bytes_get_data(text, NULL),
                                 g_bytes_get_size(text));
    }
    if (!take_all_meta(d, r, error) || !take_places(d, r, error))
        return NULL;
    take_names(d, r, document);
    g_autoptr(GArray) children = hf_document_children(r->catalog, id, error);
    if (children == NULL)
        return NULL;
    if (children->len > 0)
        oracle_document_add_value(d, "has", "attachment");
    oracle_document_close(d);
    return g_steal_pointer(&d);
}

/* ---- the vault ---- */

static bool keep_name(void *data, uint32_t document, const char *name)
{
    GHashTable *names = data;
    GPtrArray *list = g_hash_table_lookup(names, GUINT_TO_POINTER(document));
    if (list == NULL) {
        list = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(names, GUINT_TO_POINTER(document), list);
    }
    g_ptr_array_add(list, g_strdup(name));
    return true;
}

static bool read_zones(oracle_reader *r, GError **error)
{
    g_hash_table_insert(r->zones, GINT_TO_POINTER(0),
                        g_time_zone_new_identifier(hf_vault_timezone(r->vault)));
    g_autoptr(GPtrArray) matters = hf_matter_list(r->catalog, error);
    for (guint i = 0; matters != NULL && i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        if (matter->timezone != NULL && *matter->timezone != '\0')
            g_hash_table_insert(r->zones, GINT_TO_POINTER(matter->id),
                                g_time_zone_new_identifier(matter->timezone));
    }
    return matters != NULL;
}

oracle_reader *oracle_reader_open(const char *path, GError **error)
{
    hf_vault_options options = {.path = path};
    g_autoptr(oracle_reader) r = g_new0(oracle_reader, 1);
    r->words = oracle_words_new();
    r->names = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    r->zones = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_time_zone_unref);
    r->vault = hf_vault_open(&options, false, "oracle-terms", error);
    if (r->vault == NULL)
        return NULL;
    r->catalog = hf_vault_catalog(r->vault);
    if (!read_zones(r, error) ||
        !hf_selection_each_other_name(r->catalog, keep_name, r->names, error))
        return NULL;
    return g_steal_pointer(&r);
}

void oracle_reader_close(oracle_reader *r)
{
    g_hash_table_unref(r->names);
    g_hash_table_unref(r->zones);
    oracle_words_free(r->words);
    hf_vault_free(r->vault);
    g_free(r);
}
