/* src/extract/opc.h -- a package of parts (ECMA-376 part 2): a zip file, or one XML file that holds the parts
 * ("flat OPC"). Internal to src/extract.
 *
 * Parts are unpacked when they are read, each to a limit. Where the zip's directory is damaged the entries are found by
 * walking the file, so that what is there can be read. Part names have no leading slash; case does not count. */
#pragma once
#include "extract/extractor.h"

G_BEGIN_DECLS

typedef struct hf_opc hf_opc;

typedef struct {
    const char *id;
    const char *kind;   /* last segment of the relationship's type: "hyperlink" */
    const char *target; /* name of a part, or what an external one says */
    bool external;
} hf_opc_relation;

/* Opens the input of `x`. Error: HF_ITEM_ERROR if no part can be found in it. */
hf_opc *hf_opc_open(hf_extraction *x, GError **error);
/* The same for a package that lies in memory inside another one (it is referenced). */
hf_opc *hf_opc_open_bytes(hf_extraction *x, GBytes *bytes, GError **error);
void hf_opc_free(hf_opc *opc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_opc, hf_opc_free)

/* What was wrong with the container, NULL if nothing was. */
const char *hf_opc_damage(hf_opc *opc, hf_item_error *reason);

size_t hf_opc_count(hf_opc *opc);
const char *hf_opc_name(hf_opc *opc, size_t i);      /* in the order of the file; as written */
uint64_t hf_opc_size(hf_opc *opc, const char *part); /* unpacked, UINT64_MAX if it is not known */
bool hf_opc_has(hf_opc *opc, const char *part);
/* The content type, lower case, without parameters; "" if none is given. */
const char *hf_opc_type(hf_opc *opc, const char *part);

/* The relationships of `part` ("" for those of the package): array of hf_opc_relation, never NULL, owned by `opc`. */
const GPtrArray *hf_opc_relations(hf_opc *opc, const char *part);
const hf_opc_relation *hf_opc_relation_by_id(hf_opc *opc, const char *part, const char *id);
/* The target of the first inner relationship of `kind`, NULL if there is none. */
const char *hf_opc_target(hf_opc *opc, const char *part, const char *kind);

/* Gives the bytes of a part in pieces; `piece` returns false with *error set, or sets *done to end early. After it,
 * *damage is NULL or says why the bytes ended before their time (static text), with *reason. False only with an error of
 * `piece`. */
typedef bool (*hf_opc_piece)(void *data, const void *bytes, size_t n, bool *done, GError **error);
bool hf_opc_read(hf_opc *opc, const char *part, uint64_t limit, hf_opc_piece piece, void *data,
                 const char **damage, hf_item_error *reason, GError **error);
/* A whole part of at most `limit` bytes, as far as it can be read; NULL if there is none. */
GBytes *hf_opc_bytes(hf_opc *opc, const char *part, size_t limit, const char **damage,
                     hf_item_error *reason);

G_END_DECLS
