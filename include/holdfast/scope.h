/* include/holdfast/scope.h -- what a search goes over: one state of a vault's catalog and index, whole or of one matter, as
 * the query module asks for it. For the thread that opened the vault. */
#pragma once
#include "holdfast/query.h"
#include "holdfast/vault.h"

G_BEGIN_DECLS

typedef struct hf_scope hf_scope;

/* Begins a read of the vault's catalog and opens its index. `matter` is a matter's code, NULL: the whole vault; the scope then
 * has the documents of that matter only, and times are read in its zone. One scope of a vault at a time. Errors:
 * HF_ERROR_NOT_FOUND (no such matter), those of hf_vault_begin_read. */
hf_scope *hf_scope_open(hf_vault *vault, const char *matter, GError **error);
/* Ends the read. The vault outlives the scope; sources and options of the scope are gone after it. */
void hf_scope_close(hf_scope *scope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_scope, hf_scope_close)

/* For hf_query_evaluate; the scope's. */
const hf_query_source *hf_scope_source(hf_scope *scope);
/* For hf_query_parse: saved searches are those of the vault. The scope's; to add noise words copy the struct. */
const hf_query_options *hf_scope_options(hf_scope *scope);

hf_vault *hf_scope_vault(hf_scope *scope);
hf_index *hf_scope_index(hf_scope *scope);
/* The matter's code as it was added; NULL: the whole vault. */
const char *hf_scope_matter(hf_scope *scope);
/* All documents that a search may show; the scope's. */
const hf_set *hf_scope_universe(hf_scope *scope);
/* The zone in which a matter's times are read and shown; `matter` is hf_document's, 0 (of no matter): the vault's. The
 * scope's. */
GTimeZone *hf_scope_zone_of(hf_scope *scope, int64_t matter);
/* The zone for what belongs to no single document: of the scope's matter, else of the vault. */
GTimeZone *hf_scope_zone(hf_scope *scope);

/* What a search cannot see by words: sets of the scope's documents, the caller's. */
typedef enum {
    HF_SCOPE_NO_TEXT,
    HF_SCOPE_PARTIAL_TEXT,
    HF_SCOPE_ENCODED,   /* encoded blocks (base64, uuencode) were left out of the index */
    HF_SCOPE_UNINDEXED, /* no segment covers them yet */
    HF_SCOPE_EXCEPTION, /* have an open exception */
} hf_scope_lack;
hf_set *hf_scope_lacking(hf_scope *scope, hf_scope_lack lack, GError **error);

/* Values of the index's columns, of documents that the index does not know (yet, or as they are now) too: calls `fn` for each
 * document of `among` (NULL: all) in the scope, ascending. */
bool hf_scope_each_values(hf_scope *scope, const hf_set *among, hf_index_values_fn fn, void *data,
                          GError **error);
/* All documents of the scope whose families have a document in `set`; the caller's. */
hf_set *hf_scope_widen(hf_scope *scope, const hf_set *set, GError **error);

G_END_DECLS
