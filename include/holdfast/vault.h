/* include/holdfast/vault.h -- an open vault: its directory, keys and packs (store), catalog and index together. */
#pragma once
#include "holdfast/catalog.h"
#include "holdfast/index.h"
#include "holdfast/store.h"

G_BEGIN_DECLS

typedef struct hf_vault hf_vault;
typedef struct {
    const char *path;
    const char *key_file;   /* NULL: the vault's own key, or HOLDFAST_KEY_FILE */
    const char *passphrase; /* NULL: none */
} hf_vault_options;

/* Makes an empty vault, or completes one whose making was killed. Errors as hf_vaultdir_create. */
bool hf_vault_create(const hf_vault_options *options, const char *timezone, GError **error);
/* Opens for reading, or for writing: then it takes the lock (HF_ERROR_BUSY), empties work/, and takes back what a killed
 * command left in packs and index without a row in the catalog. `command` is what the lock tells others. */
hf_vault *hf_vault_open(const hf_vault_options *options, bool write, const char *command,
                        GError **error);
void hf_vault_free(hf_vault *vault);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_vault, hf_vault_free)

const char *hf_vault_path(hf_vault *vault);
const char *hf_vault_id(hf_vault *vault);
const char *hf_vault_timezone(hf_vault *vault);
const char *hf_vault_key_source(hf_vault *vault);
const char *hf_vault_work(hf_vault *vault); /* the work directory */
hf_time hf_vault_created(hf_vault *vault);
hf_catalog *
hf_vault_catalog(hf_vault *vault); /* the vault's own connection: the thread that opened it */
hf_catalog *hf_vault_connect(hf_vault *vault, bool read_only,
                             GError **error); /* another one, the caller's */
/* Keys and packs; opened when first asked for. NULL with *error (HF_ERROR_KEY). */
hf_store *hf_vault_store(hf_vault *vault, GError **error);
/* Begins a read of the catalog (end it with hf_catalog_end_read) and opens the segments that it names, so that both are of
 * one state. On error no read was begun. */
hf_index *hf_vault_begin_read(hf_vault *vault, GError **error);
char *hf_vault_segment_path(hf_vault *vault, const char *directory); /* g_free */
/* Reads an object whole and checks its hash. HF_ERROR_INTEGRITY. */
GBytes *hf_vault_read(hf_vault *vault, const hf_object_row *object, size_t limit, GError **error);
bool hf_vault_read_stream(hf_vault *vault, const hf_object_row *object, hf_store_piece piece,
                          void *data, GError **error);
/* ---- searches and exports in the audit log (searches.c) ---- Readers do not write the catalog: what they asked goes to a
 * spool (VAULT/searches), a line each, marked under a query key; whoever writes the catalog next folds it into the log. A
 * search that cannot be logged is refused. */
/* The text of a query, sealed under the vault's present query key (hf_store_seal_query); g_free. */
char *hf_vault_seal_query(hf_vault *vault, const char *text, GError **error);
/* And back. HF_ERROR_KEY if its key was destroyed. */
char *hf_vault_open_query(hf_vault *vault, const char *sealed, GError **error);
/* Destroys the query keys whose last query is HF_STORE_QUERY_YEARS old. Done at each opening for writing and after each change on
 * the command line; a vault that is open for reading takes the lock for it, and leaves it be while another one writes. */
bool hf_vault_forget_queries(hf_vault *vault, GError **error);
typedef struct {
    const char *action; /* "search", "terms", "show", "export" ... */
    const char *query;  /* NULL: none */
    uint64_t documents; /* found */
    uint64_t shown;     /* rows or files that went out */
    const char *to;     /* format, or path that was written; NULL */
    const char *matter; /* NULL: all */
    const char *object; /* the control number, where it is about one document; NULL */
} hf_vault_search;
/* Appends to the spool and syncs it, before the result is shown; many processes may at once. HF_ERROR_KEY, HF_ERROR_IO: then
 * nothing may be shown, and the message says so. */
bool hf_vault_log_search(hf_vault *vault, const hf_vault_search *search, GError **error);
/* Inside a catalog transaction: moves what the spool has into the audit log, each search a row of its action with the member
 * "search"; what is damaged is moved too, as "search record damaged". After the commit call hf_vault_searches_folded, which
 * empties the spool; a crash between the two does not log a search twice, nor does it if the transaction is rolled back. */
bool hf_vault_fold_searches(hf_vault *vault, GError **error);
bool hf_vault_searches_folded(hf_vault *vault, GError **error);
/* Searches that wait in the spool. */
bool hf_vault_count_spooled(hf_vault *vault, uint64_t *count, GError **error);
GPtrArray *hf_vault_spooled(hf_vault *vault, GError **error); /* oldest first, of hf_log_search */
/* Checks what waits in the spool. *torn: the last record was cut short when its writer was killed, which is no finding. */
typedef void (*hf_vault_spool_finding)(void *data, const char *sentence);
bool hf_vault_check_spool(hf_vault *vault, hf_vault_spool_finding finding, void *data,
                          uint64_t *waiting, bool *torn, GError **error);

/* ---- what the index's columns hold of a document (columns.c) ---- the one place that says it, for documents that come in, for
 * those that are indexed again, and for those that a search finds before they are indexed. */
/* sent, received, created and modified are the document's own, from its metadata. Without any of its own `modified` is what its
 * place gave (file system, container), but not of a message: there it says when the message was copied. `n_meta` rows of
 * metadata in their order: of each kind the first that can be read counts. Adds no rows for types and domains that were
 * written with the document. */
bool hf_vault_columns(hf_catalog *catalog, const hf_document_facts *facts, const hf_meta_row *meta,
                      size_t n_meta, int64_t columns[HF_COLUMN_LAST], GError **error);
/* The same of a document as the catalog has it. */
bool hf_vault_columns_of(hf_catalog *catalog, uint32_t document, int64_t columns[HF_COLUMN_LAST],
                         GError **error);

G_END_DECLS
