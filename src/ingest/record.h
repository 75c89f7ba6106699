/* src/ingest/record.h -- what the readers hand to the committer. Internal to src/ingest. */
#pragma once
#include "holdfast/catalog.h"
#include "ingest/item.h"

/* A file of a source while it is read. `pending` counts what of it is not committed yet; at zero it is complete. The fields
 * below the line belong to the committer. */
typedef struct {
    gint refs;
    gint pending;
    gssize budget; /* see hf_item_budget; atomic */
    int64_t source;
    char *folder, *name, *place; /* place: full path */
    char *custodian;             /* name, or NULL */
    hf_filestat stat;
    bool in_place;
    int64_t settings; /* digest of what leaves members out */
    int64_t id;
    uint64_t items, excluded;
    uint8_t sha256[32];
    bool hashed, unreadable;
} hf_record_file;
hf_record_file *hf_record_file_ref(hf_record_file *file);
void hf_record_file_unref(hf_record_file *file);

typedef enum {
    HF_RECORD_FAMILY,    /* items to be stored, or an instance of what is there already */
    HF_RECORD_DUPLICATE, /* equal in bytes to a family: nothing was read */
    HF_RECORD_COPY,      /* a container equal in bytes to one that was read whole (`copy_of`) */
    HF_RECORD_CONTAINER, /* a place that was read */
    HF_RECORD_EXCLUDED,  /* left out; `why` */
    HF_RECORD_EXCEPTION, /* no document came of it; `root` carries the problems, if any, else `why` and `reason` */
    HF_RECORD_GONE,   /* `known` */
    HF_RECORD_SEGMENT /* a finished segment to publish */
} hf_record_kind;

typedef struct {
    hf_record_kind kind;
    hf_record_file *file;   /* NULL for GONE, SEGMENT, and for what the crawl left out */
    hf_record_file *unread; /* what the crawl left out; a folder has no name */
    char *path_inside;      /* "" for the file itself */
    char *place;            /* full path */
    hf_item *root;
    hf_family_key *key;
    GPtrArray *documents; /* of hf_item (in root's tree), the parent first */
    hf_family_key_value bytes_key, mail_key;
    bool has_mail_key, has_mih;
    uint8_t mih[16];
    hf_stamp modified;
    char *why;
    int64_t left_out_size; /* of EXCLUDED: bytes; -1: a folder, nobody looked */
    hf_item_error reason;
    int64_t matter; /* of the run; 0: none */
    int64_t known, copy_of, source;
    char *segment; /* directory below index/ */
    hf_published published;
    GArray *left_out; /* uint32_t: documents of which the index left out an encoded block; NULL */
    GArray *replaced; /* segment ids that the segment stands for; NULL */
    uint32_t *ids;    /* control numbers of `documents`, set by the committer */
    int64_t family;   /* set by the committer */
    hf_time family_date;
    gpointer gate; /* hf_gate that this left the room of when it is committed; NULL */
    gsize weight;  /* in the gate */
} hf_record;
hf_record *hf_record_new(hf_record_kind kind, hf_record_file *file, const char *path_inside,
                         const char *place);
void hf_record_free(hf_record *record);
gsize hf_record_weight(const hf_record *record); /* bytes of memory it holds, roughly */

/* A container that was read whole is a place; its members stand in its stead. */
bool hf_record_is_place(const hf_item *item);
/* Lists the documents of root's tree, seals their bytes and text under the record's key (a new one if it has none), computes keys. Small objects are
 * sealed in memory, large ones streamed to packs of their own. In place: natives are not kept. False with *error (HF_ERROR)
 * for what stops the run. */
bool hf_record_prepare(hf_record *record, hf_store *store, bool in_place, GError **error);
/* Gives back what prepare streamed, when the family turned out a duplicate. */
bool hf_record_discard(hf_record *record, hf_store *store, GError **error);
/* Text state by what was read and what went wrong. */
hf_text_state hf_record_text_state(const hf_item *item);
