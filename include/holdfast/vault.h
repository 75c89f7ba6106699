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
void hf_vault_object_ref(const hf_object_row *row, hf_object_ref *ref);

G_END_DECLS
