/* src/cli/scope.h -- the catalog's side of a query. Internal to src/cli. */
#pragma once
#include "holdfast/query.h"
#include "holdfast/vault.h"

/* What a search goes over; both stay the caller's. */
typedef struct {
    hf_vault *vault;
    hf_index *index;
} hf_scope;

/* Fills `source` with functions over the scope. Good while it is. */
void hf_scope_fill(hf_query_source *source, hf_scope *scope);
