/* src/cli/scope.h -- the catalog's side of a query. Internal to src/cli. */
#pragma once
#include "holdfast/query.h"
#include "holdfast/vault.h"

/* Fills `source` with functions over the vault's catalog and `index` (stays the caller's). Good while both are. */
void hf_scope_fill(hf_query_source *source, hf_vault *vault, hf_index *index);
