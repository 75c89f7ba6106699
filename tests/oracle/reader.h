/* tests/oracle/reader.h -- documents of a vault as the oracle sees them: from catalog and packs, never from the index. */
#pragma once
#include "holdfast/vault.h"
#include "oracle/oracle.h"

G_BEGIN_DECLS

typedef struct {
    hf_vault *vault;
    hf_catalog *catalog;
    oracle_words *words;
    GHashTable *names; /* document → GPtrArray of the other names under which it was found */
    GHashTable *zones; /* matter → GTimeZone; 0: of no matter */
} oracle_reader;

/* Opens a vault for reading. */
oracle_reader *oracle_reader_open(const char *path, GError **error);
void oracle_reader_close(oracle_reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oracle_reader, oracle_reader_close)
oracle_document *oracle_reader_read(oracle_reader *reader, uint32_t id, int64_t *family,
                                    GError **error);

G_END_DECLS
