/* src/catalog/tag.h -- what the files of tags share. Internal to src/catalog. */
#pragma once
#include "catalog/sql.h"

/* A change as it is written, to the audit log and for people. */
typedef struct {
    int64_t id; /* of the tag */
    const char *tag, *action;
    const char *from, *group; /* for the log: of a rename, of a definition; NULL */
    const hf_tag_how *how;    /* NULL: no documents were chosen */
    const hf_set *documents;  /* that changed; NULL: none were chosen */
} hf_tag_written;
/* Changes of the tags of one document, oldest first; of hf_tag_change. */
GPtrArray *hf_tag_history_of_document(hf_catalog *catalog, uint32_t document, GError **error);
bool hf_tag_write_change(hf_catalog *catalog, const hf_tag_written *change, GError **error);
