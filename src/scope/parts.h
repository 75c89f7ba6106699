/* src/scope/parts.h -- what the files of this module share. */
#pragma once
#include "holdfast/scope.h"

struct hf_scope {
    hf_vault *vault;
    hf_index *index;
    char *code; /* of the matter; NULL: the whole vault */
    hf_set *universe;
    hf_set *unindexed;            /* no segment covers them */
    hf_set *fresh;                /* what the index's columns do not say; NULL: not asked for */
    GArray *values;               /* of hf_scope_values, one for each of `fresh`, ascending */
    GByteArray *names;            /* of duplicates: u32 document, name, NUL; NULL: not asked for */
    GTimeZone *zone, *vault_zone; /* zone: the matter's, or the vault's */
    GHashTable *zones;            /* of matters: int64_t* → GTimeZone */
    GArray *query_zones;          /* of hf_query_zone */
    hf_query_source source;
    hf_query_options options;
};

/* ---- documents that the index's columns do not know (fresh.c) ---- not indexed yet, or changed since */
typedef struct {
    uint32_t id;
    int64_t columns[HF_COLUMN_LAST];
} hf_scope_values;
/* Reads them, the first time; then scope->fresh and scope->values are there. */
bool hf_scope_learn_fresh(hf_scope *scope, GError **error);
void hf_scope_forget_fresh(hf_scope *scope);
/* For hf_query_source: the index's columns, and the catalog's where those do not know. */
hf_set *hf_scope_range(void *data, hf_column_id column, int64_t low, int64_t high, GError **error);

/* ---- values (value.c, type.c) ---- for hf_query_source */
hf_set *hf_scope_value(void *data, hf_query_value which, const char *value, GError **error);
/* `kinds`: words for people too, beside media types. */
hf_set *hf_scope_type(hf_scope *scope, const char *value, bool kinds, GError **error);
hf_set *hf_scope_has(hf_scope *scope, const char *name, GError **error); /* has.c */

/* ---- names that the index does not know (value.c) ---- a duplicate's */
bool hf_scope_each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error);
