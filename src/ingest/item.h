/* src/ingest/item.h -- a document while it is processed, with what a worker said of it, and the tree of its children.
 * Internal to src/ingest. */
#pragma once
#include "holdfast/extract.h"
#include "holdfast/store.h"
#include "ingest/content.h"

typedef struct hf_item hf_item;

typedef struct {
    hf_meta meta;
    char *value;
} hf_item_meta;

typedef struct {
    hf_item_error reason;
    char *stage, *detail;
} hf_item_problem;

struct hf_item {
    hf_item *parent;
    GPtrArray *children; /* of hf_item, owned */
    hf_child_kind kind;
    char *path;        /* inside the family: "" for the root; safe */
    char *name;        /* for people, UTF-8 */
    char *raw_name;    /* as it was given, for identification */
    char *type_hint;   /* may be NULL */
    hf_stamp modified; /* that the place gave */
    hf_content *content;
    hf_digest digest;
    uint64_t size; /* of the content; stays when the content is given back */
    /* from the worker */
    const char *type; /* interned */
    const char *extractor;
    unsigned extractor_version;
    bool container;
    GString *text;
    GArray *meta; /* of hf_item_meta */
    unsigned flags;
    GArray *problems; /* of hf_item_problem */
    guint told;       /* of them, by what it lay in: the rest are its own reader's */
    uint64_t members;
    hf_worked worked;
    /* when it becomes a document */
    int index; /* in its family; -1: a place */
    hf_sealed *sealed_native, *sealed_text;
    hf_object_ref native_ref, text_ref;
    bool native_streamed, text_streamed; /* the ref is set already, in a pack of its own */
    uint8_t text_sha256[32];
};

hf_item *hf_item_new(hf_item *parent, hf_child_kind kind, const char *path, const char *raw_name);
void hf_item_free(hf_item *item);
void hf_item_add_problem(hf_item *item, hf_item_error reason, const char *stage, const char *format,
                         ...) G_GNUC_PRINTF(4, 5);
/* The first value of a meta, or NULL. */
const char *hf_item_meta_value(const hf_item *item, hf_meta meta);
/* Whether something of it could not be read (notes such as unsafe names do not count). */
bool hf_item_damaged(const hf_item *item);
/* A path inside a container or family made safe: no leading slash or drive, no "." and "..", never empty. */
char *hf_item_safe_path(const char *path, uint64_t ordinal);

/* Runs a worker on `item` and, depth first, on its children. `depth` is the item's own. False with *error for what stops the
 * run. */
typedef struct {
    hf_worker *worker;
    const hf_limits *limits;
    const char *work_directory;
    const char *const *passwords;
    bool all_embedded;
    bool defer_containers; /* of the root only */
    gssize
        *budget; /* bytes that may still come out of the source, at all levels together; atomic */
} hf_item_reader;
#define HF_LIMIT_FREE_BYTES                                                                        \
    (UINT64_C(64) << 20) /* what any source may come to, whatever its size */
/* What may come out of a source of `size` bytes: the ratio holds over all levels, or a bomb in a bomb would get around it. */
gssize hf_item_budget(const hf_limits *limits, uint64_t size);
bool hf_item_read(const hf_item_reader *reader, hf_item *item, unsigned depth, GError **error);

/* Runs a worker on a container and gives its members one by one; `member` takes the item (its content complete). What the
 * container itself said is in `item`. */
typedef bool (*hf_item_member_fn)(void *data, hf_item *member, GError **error);
bool hf_item_read_container(const hf_item_reader *reader, hf_item *item, unsigned depth,
                            hf_item_member_fn member, void *data, GError **error);
