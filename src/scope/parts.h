/* src/scope/parts.h -- what the files of this module share. */
#pragma once
#include "holdfast/scope.h"

struct hf_scope {
    hf_vault *vault;
    hf_index *index;
    char *code; /* of the matter; NULL: the whole vault */
    hf_set *universe;
    hf_set *unindexed;   /* no segment covers them */
    GTimeZone *zone;     /* the matter's, or the vault's */
    GHashTable *zones;   /* of matters: int64_t* → GTimeZone */
    GArray *query_zones; /* of hf_query_zone */
    hf_query_source source;
    hf_query_options options;
};

/* ---- values (value.c) ---- for hf_query_source */
hf_set *hf_scope_value(void *data, hf_query_value which, const char *value, GError **error);
/* ---- names that the index does not know (value.c) ---- a duplicate's */
bool hf_scope_each_text(void *data, hf_query_text_fn fn, void *fn_data, GError **error);
