/* include/holdfast/catalog.h -- the SQLite catalog: what is in the vault, where it was found, what became of it. All SQL of
 * the program is behind these functions; src/catalog/schema.sql says what each table and column means.
 *
 * An hf_catalog is one connection: used by one thread at a time; open one for each thread. Functions that write must stand
 * between hf_catalog_begin and hf_catalog_commit unless said otherwise. Ids of 0 mean none. Strings in results belong to the
 * result. Errors: HF_ERROR_IO, HF_ERROR_INTEGRITY, HF_ERROR_BUSY (another writer for more than 30 s). */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

#define HF_CATALOG_FORMAT 1

typedef struct hf_catalog hf_catalog;

/* ---- the connection (catalog.c) ---- */
bool hf_catalog_create(const char *path, const char *vault_id, const char *timezone,
                       GError **error);
/* HF_ERROR_VERSION for a newer format; HF_ERROR_INTEGRITY if it is not a catalog of vault `vault_id`. */
hf_catalog *hf_catalog_open(const char *path, const char *vault_id, bool read_only, GError **error);
void hf_catalog_free(hf_catalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_catalog, hf_catalog_free)
bool hf_catalog_begin(hf_catalog *catalog, GError **error); /* waits for other writers */
bool hf_catalog_commit(hf_catalog *catalog, GError **error);
void hf_catalog_rollback(hf_catalog *catalog);
/* Begins a read that sees one state of the catalog until hf_catalog_end_read. */
bool hf_catalog_begin_read(hf_catalog *catalog, GError **error);
void hf_catalog_end_read(hf_catalog *catalog);
/* SQLite's own integrity and foreign key checks; false with HF_ERROR_INTEGRITY and the first finding. */
bool hf_catalog_check(hf_catalog *catalog, GError **error);

/* "HF0000123" for 123; free with g_free. And back, any case, with or without leading zeros; 0 if it is none. */
char *hf_catalog_control_number(uint32_t document);
uint32_t hf_catalog_parse_control_number(const char *text);

/* ---- matters (matter.c) and custodians (custodian.c) ---- */
typedef struct {
    int64_t id;
    char *code, *title, *client, *timezone;
    hf_time created;
    int64_t families;
} hf_matter;
/* HF_ERROR_EXISTS, HF_ERROR_INVALID (code: letters, digits, . _ -; at most 64). */
bool hf_matter_add(hf_catalog *catalog, const char *code, const char *title, const char *client,
                   const char *timezone, GError **error);
/* HF_ERROR_NOT_FOUND, which lists the nearest codes. */
bool hf_matter_find(hf_catalog *catalog, const char *code, int64_t *id, GError **error);
GPtrArray *hf_matter_list(hf_catalog *catalog, GError **error); /* of hf_matter */
/* The same with families 0: to count them all families are read. */
GPtrArray *hf_matter_list_uncounted(hf_catalog *catalog, GError **error);

typedef struct {
    int64_t id, merged_into;
    char *name, *aliases; /* aliases joined by "; " */
    char *merged_name;    /* NULL */
    int64_t instances;
} hf_custodian;
/* Finds by name or alias, following merges; adds it if `add`. *id is the one to record: merges are followed when reading,
 * so that they can be undone. */
bool hf_custodian_find(hf_catalog *catalog, const char *name, bool add, int64_t *id,
                       GError **error);
bool hf_custodian_merge(hf_catalog *catalog, const char *from, const char *into, GError **error);
bool hf_custodian_unmerge(hf_catalog *catalog, const char *name, GError **error);
bool hf_custodian_alias(hf_catalog *catalog, const char *name, const char *alias, bool remove,
                        GError **error);
GPtrArray *hf_custodian_list(hf_catalog *catalog, GError **error); /* of hf_custodian */

/* ---- runs (run.c) ---- */
typedef struct {
    uint64_t sources, found, new_, duplicate, unchanged, excluded, exception;
    uint64_t containers, gone, moved;
} hf_balance;
bool hf_run_begin(hf_catalog *catalog, const char *command, const char *settings_json, int64_t *run,
                  GError **error);
bool hf_run_finish(hf_catalog *catalog, int64_t run, const hf_balance *balance, GError **error);
typedef struct {
    int64_t id;
    char *command, *settings, *actor, *host;
    hf_time started, finished;
    hf_balance balance;
} hf_run;
GPtrArray *hf_run_list(hf_catalog *catalog, unsigned most,
                       GError **error); /* newest first, of hf_run */

/* A setting of a run as a list of strings, NULL-terminated: `path` is a JSON path ("$.exclude"); one string is a list of
 * one. Empty if the run has none. Free with g_strfreev. */
char **hf_run_setting(hf_catalog *catalog, int64_t run, const char *path, GError **error);

/* ---- a run's balance, counted down (balance.c) ---- */
/* Adds to a source's row (`file` 0, `path_inside` "") or a container's. */
bool hf_balance_add(hf_catalog *catalog, int64_t run, int64_t source, int64_t file,
                    const char *path_inside, const hf_balance *add, GError **error);
/* For a file equal to one that was read before: a row for each container in it, all that was found a duplicate,
 * or all unchanged. */
bool hf_balance_copy(hf_catalog *catalog, int64_t run, int64_t source, int64_t from, int64_t to,
                     bool unchanged, GError **error);
typedef struct {
    int64_t source;
    char *path; /* as `--format paths` prints it */
    char *type; /* of a container; NULL for a source */
    bool whole; /* a container: nothing in it was left unread */
    hf_balance balance;
} hf_balance_row;
typedef bool (*hf_balance_fn)(void *data, const hf_balance_row *row, GError **error);
/* The sources that a run went through, or the containers that it opened. */
bool hf_balance_each(hf_catalog *catalog, int64_t run, bool containers, hf_balance_fn fn,
                     void *data, GError **error);
typedef bool (*hf_exclusion_fn)(void *data, const char *path, const char *why, GError **error);
/* What a run left out; `most` 0: all. */
bool hf_balance_each_exclusion(hf_catalog *catalog, int64_t run, unsigned most, hf_exclusion_fn fn,
                               void *data, GError **error);

/* ---- sources and their files (source.c) ---- */
typedef struct {
    const char *root;
    int64_t matter;
    bool single, in_place;
    const char
        *custodian; /* that was named for it, or the pattern; NULL: none was named this time */
} hf_source_row;
/* The source, new or known. It is another one if the same root is collected in another way or for another custodian: what
 * was found for one stays. */
/* The source as it stands, if nothing about it is to be written; 0: none, or hf_source_open has something to do. */
bool hf_source_find(hf_catalog *catalog, const hf_source_row *row, int64_t *id, GError **error);
bool hf_source_open(hf_catalog *catalog, const hf_source_row *row, int64_t *id, GError **error);
/* What is known of a folder's files and of the folders below one; for the crawl. *items and *excluded (parallel to the
 * result, int64_t; may be NULL) are what each file came to the last time. A file of which something was left out by other
 * settings than `settings` is to be read again. */
GArray *hf_source_known(hf_catalog *catalog, int64_t source, const char *folder, int64_t settings,
                        GArray **items, GArray **excluded, GError **error);
GPtrArray *hf_source_folders(hf_catalog *catalog, int64_t source, const char *folder,
                             GError **error);
/* Writes a file that is about to be read (complete = 0); *id is new or the one that was there. */
bool hf_source_put_file(hf_catalog *catalog, int64_t source, const char *folder, const char *name,
                        const hf_filestat *stat, int64_t custodian, int64_t run, int64_t *id,
                        GError **error);
/* Says that a file was read whole, what it came to, and marks the instances in it that this run did not see as gone. */
bool hf_source_complete_file(hf_catalog *catalog, int64_t file, const uint8_t sha256[32],
                             uint64_t items, uint64_t excluded, int64_t settings, int64_t run,
                             GError **error);
bool hf_source_gone_file(hf_catalog *catalog, int64_t file, int64_t run, GError **error);
/* Pairs files that are gone with new ones of the same inode, size and time; returns how many. */
bool hf_source_find_moved(hf_catalog *catalog, int64_t run, uint64_t *moved, GError **error);

/* ---- families (family.c) ---- */
typedef struct {
    uint8_t kind;    /* 'b': SHA-256 of the parent's bytes; 'm': mail recipe */
    uint8_t version; /* of the recipe; 0 for 'b' */
    uint8_t hash[32];
} hf_family_key_value;
typedef struct {
    uint32_t pack, slot;
    uint64_t offset, stored, size;
    uint8_t sha256[32];
} hf_object_row;
typedef struct {
    const char *key; /* hf_extract_meta_name */
    const char *value;
} hf_meta_row;
typedef enum { HF_TEXT_WHOLE, HF_TEXT_PARTIAL, HF_TEXT_NONE } hf_text_state;
typedef struct {
    int parent; /* index in the family's array; -1: the parent itself */
    const char *path, *name, *type, *extractor, *title, *author;
    unsigned extractor_version;
    const uint8_t *sha256, *md5;
    uint64_t size;
    const hf_object_row *native, *text; /* NULL: none */
    hf_text_state text_state;
    unsigned flags;
    bool wrong_extension;
    hf_stamp review_date;
    const hf_meta_row *meta;
    size_t n_meta;
} hf_document_row;
typedef struct {
    int64_t matter;
    hf_time family_date;
    const uint8_t *mih; /* 16 bytes, or NULL */
    const hf_family_key_value *keys;
    size_t n_keys;
    const hf_document_row *documents; /* the parent first, a parent before its children */
    size_t n_documents;
    int64_t run;
} hf_family_row;
/* The live family of a matter that has the key; 0 if there is none. Reads only. */
bool hf_family_find(hf_catalog *catalog, int64_t matter, const hf_family_key_value *key,
                    int64_t *family, GError **error);
/* Writes a new family; `documents_out` (room for n_documents) gets the control numbers. */
bool hf_family_put(hf_catalog *catalog, const hf_family_row *row, int64_t *family,
                   uint32_t *documents_out, GError **error);
/* Another document of a family that is there (an exception's retry brings children to light); the files that the family was
 * found in count it from now on. */
bool hf_family_add_document(hf_catalog *catalog, int64_t family, uint32_t parent,
                            const hf_document_row *row, int64_t run, uint32_t *document,
                            GError **error);
/* What a retry found of a document that is there: text, metadata, extractor; it is indexed again. */
bool hf_family_update_document(hf_catalog *catalog, uint32_t document, const hf_document_row *row,
                               GError **error);
/* The same of its family: the parent's date, and its message id's hash (16 bytes; NULL: none). */
bool hf_family_update(hf_catalog *catalog, int64_t family, hf_time family_date, const uint8_t *mih,
                      GError **error);
/* Where a family was found first: its source, the file and the path inside that (g_free it). HF_ERROR_INTEGRITY if nowhere. */
bool hf_family_first_place(hf_catalog *catalog, int64_t family, int64_t *source, int64_t *file,
                           char **path_inside, GError **error);
/* Whether what lies at `path` inside a family has these bytes already as a document, or as a container read whole, or, at
 * `path_inside` of the file, as a family of its own. */
bool hf_family_holds(hf_catalog *catalog, int64_t family, const char *path, int64_t file,
                     const char *path_inside, const uint8_t sha256[32], bool *holds,
                     GError **error);
bool hf_family_count_documents(hf_catalog *catalog, int64_t family, uint64_t *documents,
                               GError **error);
typedef struct {
    int64_t family, file;
    const char *path_inside;
    const uint8_t *sha256;
    const hf_object_row *native;    /* own bytes; NULL: the family's */
    const hf_family_key_value *key; /* of own bytes, to find the next copy by; NULL: none */
    hf_time modified;
    int64_t run;
} hf_instance_row;
typedef enum { HF_INSTANCE_NEW, HF_INSTANCE_KNOWN /* was there: seen again */ } hf_instance_state;
bool hf_family_put_instance(hf_catalog *catalog, const hf_instance_row *row,
                            hf_instance_state *state, GError **error);
/* The family that this place held with these bytes the last time; 0: none. Marks it as seen in `run`. *earlier: it was seen
 * there by an earlier run, not only by this one (an archive may hold a name twice). */
bool hf_family_seen_instance(hf_catalog *catalog, int64_t file, const char *path_inside,
                             const uint8_t sha256[32], int64_t run, int64_t *family, bool *earlier,
                             GError **error);
/* Whether the family's bytes lie only where they were found (--in-place). */
bool hf_family_is_in_place(hf_catalog *catalog, int64_t family, bool *in_place, GError **error);
/* Gives a document of such a family its native. */
bool hf_family_adopt_native(hf_catalog *catalog, int64_t family, const char *path,
                            const hf_object_row *native, GError **error);
/* Whether adopt_native has something to do. */
bool hf_family_wants_native(hf_catalog *catalog, int64_t family, const char *path,
                            const uint8_t sha256[32], bool *wanted, GError **error);

/* ---- containers, exclusions (container.c) ---- */
typedef struct {
    int64_t file;
    const char *path_inside, *type;
    const uint8_t *sha256;
    uint64_t size, members;
    bool whole;
    int64_t run;
} hf_container_row;
bool hf_container_put(hf_catalog *catalog, const hf_container_row *row, GError **error);
/* A source file with the same bytes in the same matter, read whole and without exceptions: 0 if there is none. */
bool hf_container_find_equal(hf_catalog *catalog, int64_t matter, const uint8_t sha256[32],
                             int64_t *file, GError **error);
/* Of a document: whether it is a container that was kept because it could not be read whole. Its bytes do not say what was read
 * of it, nor what a retry brought to light. */
bool hf_container_was_opened(hf_catalog *catalog, const uint8_t sha256[32], bool *opened,
                             GError **error);
typedef struct {
    bool done; /* false: `from` does not have these bytes any more, nothing was written */
    uint64_t duplicate, unchanged; /* documents */
    uint64_t instances, containers;
} hf_container_copied;
/* For every instance and container in `from`, which has these bytes, one at the same place in `to`; those that are there
 * already (`to` may be `from`) are seen again. */
bool hf_container_copy_instances(hf_catalog *catalog, int64_t from, int64_t to,
                                 const uint8_t sha256[32], int64_t run, hf_container_copied *copied,
                                 GError **error);
/* What was left out, and where: see schema.sql. */
typedef struct {
    int64_t run;
    const char *path, *why;
    int64_t source;
    const char *folder, *name, *path_inside;
    int64_t custodian; /* 0: nobody was named */
    int64_t size;      /* bytes; -1: a folder, nobody looked */
} hf_exclusion_row;
bool hf_container_exclude(hf_catalog *catalog, const hf_exclusion_row *row, GError **error);
/* The same for what lies at row->path_inside of a file: source, folder, name and custodian are the file's. */
bool hf_container_exclude_inside(hf_catalog *catalog, int64_t file, const hf_exclusion_row *row,
                                 GError **error);

/* ---- exceptions (exception.c) ---- */
typedef struct {
    int64_t run, source, file;
    uint32_t document;
    const char *path, *stage, *reason, *detail, *extractor;
    unsigned extractor_version;
} hf_exception_row;
bool hf_exception_put(hf_catalog *catalog, const hf_exception_row *row, GError **error);
typedef struct {
    int64_t id, run, file;
    uint32_t document;
    char *path, *stage, *reason, *detail, *extractor, *state, *closed_by, *closed_reason;
    unsigned extractor_version;
    hf_time created, closed;
} hf_exception;
void hf_exception_free(hf_exception *exception);
typedef struct {
    bool all;          /* closed ones too */
    int64_t run;       /* 0: of every run */
    uint32_t document; /* 0: any */
    int64_t id;        /* 0: any */
    int64_t after;     /* ids above this one, for paging */
    unsigned most;     /* 0: all */
} hf_exception_filter;
GPtrArray *hf_exception_list(hf_catalog *catalog, const hf_exception_filter *filter,
                             GError **error);
bool hf_exception_close(hf_catalog *catalog, int64_t id, const char *state, const char *actor,
                        const char *reason, GError **error);
/* Closes as resolved the open ones of a file that was read again, before its new ones are written. */
bool hf_exception_resolve_file(hf_catalog *catalog, int64_t file, GError **error);
/* Those of a source that belong to no file of it (folders that could not be listed, a root that was not there), of runs before
 * this one, which came to its end. */
bool hf_exception_resolve_source(hf_catalog *catalog, int64_t source, int64_t run, GError **error);
bool hf_exception_count_open(hf_catalog *catalog, uint64_t *count, GError **error);
typedef struct {
    uint32_t document;
    hf_object_row object;
    const uint8_t *md5;
    const char *type, *name, *reason, *actor;
} hf_replacement_row;
bool hf_exception_put_replacement(hf_catalog *catalog, const hf_replacement_row *row,
                                  GError **error);
/* A retry met it again: what it was read with now. */
bool hf_exception_met_again(hf_catalog *catalog, int64_t id, const char *extractor,
                            unsigned version, GError **error);
typedef struct {
    char *reason, *state;
    uint64_t count;
} hf_exception_number;
/* How many there are, by reason and state, open ones first; `run`, `source` 0: all. */
GPtrArray *hf_exception_numbers(hf_catalog *catalog, int64_t run, int64_t source,
                                GError **error); /* of hf_exception_number */

/* ---- documents as they are read back (document.c) ---- */
typedef struct {
    uint32_t id, parent;
    int64_t family, matter, custodian;
    char *path, *name, *type, *extractor, *title, *author;
    char *matter_code, *custodian_name; /* of the first live instance; NULL */
    char *place;                        /* path of that instance, as `--format paths` prints it */
    char *path_inside; /* of the first instance of all, whatever became of it; NULL */
    uint8_t sha256[32], md5[16];
    uint64_t size;
    bool has_native, has_text, wrong_extension;
    hf_object_row native, text;
    hf_text_state text_state;
    unsigned extractor_version, flags;
    hf_stamp review_date;
    hf_time family_date;
    int64_t run; /* that brought it in */
    char *mih;   /* hex; NULL */
} hf_document;
void hf_document_free(hf_document *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_document, hf_document_free)
/* HF_ERROR_NOT_FOUND if there is none. */
hf_document *hf_document_get(hf_catalog *catalog, uint32_t id, GError **error);
/* What the index's columns are made of, beside the metadata; far cheaper than the whole document. */
typedef struct {
    const char *type, *extractor; /* interned; extractor "" if nothing reads the type */
    int64_t family;
    uint64_t size;
    hf_time review_date, family_date;
    hf_time modified; /* of a parent: that its place gave; else none */
} hf_document_facts;
/* HF_ERROR_NOT_FOUND if there is none. */
bool hf_document_read_facts(hf_catalog *catalog, uint32_t id, hf_document_facts *facts,
                            GError **error);
GPtrArray *hf_document_meta(hf_catalog *catalog, uint32_t id,
                            GError **error); /* key, value, key, value, ... */
GArray *hf_document_family(hf_catalog *catalog, int64_t family, GError **error); /* of uint32_t */
GArray *hf_document_children(hf_catalog *catalog, uint32_t id,
                             GError **error); /* its own; of uint32_t */
typedef struct {
    int64_t id, file, first_run, last_run, gone_run;
    char *path;      /* as `--format paths` prints it, of this document */
    char *file_path; /* of the source file, absolute, any bytes ... */
    char *inside;    /* ... and of this document inside it; "" if it is the file itself */
    char *custodian; /* NULL */
    bool in_place;   /* indexed where it lies: its bytes are there only */
    uint8_t sha256[32];
    hf_time modified;
} hf_instance;
GPtrArray *hf_document_instances(hf_catalog *catalog, uint32_t id, bool gone_too, GError **error);
/* A repaired file that stands in for a document. *out is NULL if there is none. */
typedef struct {
    hf_object_row object;
    uint8_t sha256[32], md5[16];
    uint64_t size;
    char *type, *name, *reason, *actor;
    hf_time created;
} hf_replacement;
void hf_replacement_free(hf_replacement *replacement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_replacement, hf_replacement_free)
bool hf_document_replacement(hf_catalog *catalog, uint32_t id, hf_replacement **out,
                             GError **error);
typedef bool (*hf_document_fn)(void *data, const hf_document *document, GError **error);
bool hf_document_count_unindexed(hf_catalog *catalog, uint64_t *count, GError **error);
/* Every document that no segment covers, ascending. */
bool hf_document_each_unindexed(hf_catalog *catalog, hf_document_fn fn, void *data, GError **error);

/* ---- what became of a document (history.c) ---- */
typedef struct {
    hf_time time; /* of the run, for what a run did */
    const char *
        act; /* found, found again, gone, exception, resolved, replaced, waived, replacement, logged, tagged, untagged */
    char *actor; /* NULL: not recorded */
    int64_t run; /* 0: none */
    char *place; /* NULL */
    char
        *what; /* for people: the run's command, the exception, the action of the audit row; NULL */
    char *query;        /* sealed: what chose the documents of a tag; NULL */
    int64_t seq;        /* of the audit row; -1: none */
    int64_t checkpoint; /* rows of the first signed checkpoint that covers it; -1: none yet */
} hf_event;
GPtrArray *hf_document_history(hf_catalog *catalog, uint32_t id,
                               GError **error); /* by time, of hf_event */

/* ---- sets for queries (selection.c) ---- NULL with *error. Sets are the caller's. */
hf_set *hf_selection_all(hf_catalog *catalog, GError **error);
/* What has to be known beside an open index to have the same at a fraction of the cost: documents that no segment covers,
 * and documents of families that are not live. */
hf_set *hf_selection_unindexed(hf_catalog *catalog, GError **error);
/* Documents that changed since a segment was built with them: its columns say what they were. */
hf_set *hf_selection_stale(hf_catalog *catalog, GError **error);
hf_set *hf_selection_not_live(hf_catalog *catalog, GError **error);
/* Documents with a place in sources: all whose number or root `fn` chooses. */
typedef bool (*hf_selection_source_fn)(void *data, int64_t id, const char *root);
hf_set *hf_selection_source(hf_catalog *catalog, hf_selection_source_fn fn, void *data,
                            GError **error);
hf_set *hf_selection_message_id(hf_catalog *catalog, const char *message_id, GError **error);
hf_set *hf_selection_flag(hf_catalog *catalog, unsigned flags, GError **error); /* any of hf_flag */
hf_set *hf_selection_parents(hf_catalog *catalog, GError **error);  /* documents with children */
hf_set *hf_selection_children(hf_catalog *catalog, GError **error); /* documents with a parent */
/* Documents with any tag (NULL), or one. HF_ERROR_NOT_FOUND lists the nearest names. */
hf_set *hf_selection_tag(hf_catalog *catalog, const char *name, GError **error);
/* All members of the families of a set. */
hf_set *hf_selection_families(hf_catalog *catalog, const hf_set *set, GError **error);
hf_set *hf_selection_matter(hf_catalog *catalog, const char *code, GError **error);
hf_set *hf_selection_custodian(hf_catalog *catalog, const char *name, GError **error);
/* Every live document with the path of each place where it was found. False from `fn` stops. */
typedef bool (*hf_selection_place_fn)(void *data, uint32_t document, const char *place);
bool hf_selection_each_place(hf_catalog *catalog, hf_selection_place_fn fn, void *data,
                             GError **error);
/* The names of places that the index does not know: those under which a family was found again, with the id of its parent. */
typedef bool (*hf_selection_name_fn)(void *data, uint32_t document, const char *name);
bool hf_selection_each_other_name(hf_catalog *catalog, hf_selection_name_fn fn, void *data,
                                  GError **error);
hf_set *hf_selection_hash(hf_catalog *catalog, const char *hex,
                          GError **error); /* SHA-256 or MD5 */
hf_set *hf_selection_text_state(hf_catalog *catalog, hf_text_state state, GError **error);
hf_set *hf_selection_exception(hf_catalog *catalog, const char *reason,
                               GError **error); /* NULL: any open */

/* ---- tags (tag.c) ---- A tag is one word (letters, digits, . _ -; at most 64). Tags of one group exclude each other on a
 * document: at most one of them. What chose the documents of each change is kept with it (tag_change). */
typedef struct {
    int64_t id;
    char *name, *group; /* NULL: of no group */
    uint64_t documents;
    hf_time created;
} hf_tag;
GPtrArray *hf_tag_list(hf_catalog *catalog, GError **error); /* by group and name, of hf_tag */
/* HF_ERROR_NOT_FOUND, which lists the nearest names. */
bool hf_tag_find(hf_catalog *catalog, const char *name, int64_t *id, GError **error);
/* Makes a tag, or puts one that is there into a group (`group` NULL: out of any). HF_ERROR_INVALID; HF_ERROR_EXISTS if a
 * document would then have two of the group: the message has their number and the first. */
bool hf_tag_define(hf_catalog *catalog, const char *name, const char *group, GError **error);
bool hf_tag_rename(hf_catalog *catalog, const char *from, const char *to, GError **error);
/* A change: what chose its documents, for the log. */
typedef struct {
    /* Sealed (hf_vault_seal_query): its words go when its key goes; NULL: a list of ids. */
    const char *query;
    bool family; /* widened to whole families */
    bool
        replace; /* takes other tags of the group off the documents; else HF_ERROR_EXISTS says which have one */
    const char *reason; /* NULL: none given */
} hf_tag_how;
/* Adds a tag (made if new) to documents, or takes it off. *changed: those that did not have it (had it). The audit row has the
 * tag, how, the count, and the digest of the changed ids; tag_change has the ids. */
bool hf_tag_add(hf_catalog *catalog, const char *name, const hf_set *documents,
                const hf_tag_how *how, hf_set **changed, GError **error);
bool hf_tag_remove(hf_catalog *catalog, const char *name, const hf_set *documents,
                   const hf_tag_how *how, hf_set **changed, GError **error);
/* The tags of a document, by name; NULL-terminated, g_strfreev. */
char **hf_tag_of_document(hf_catalog *catalog, uint32_t document, GError **error);
typedef struct {
    int64_t id, seq; /* of the audit row */
    hf_time time;
    char *actor, *tag, *action, *query,
        *reason; /* action: add, remove, rename, define; query sealed, NULL: a list of ids */
    bool family;
    uint64_t documents; /* changed */
    char *from;         /* of a rename: the name before; NULL */
    char *group;        /* of a define: what it was put into, "" for none; NULL: it was made */
} hf_tag_change;
GPtrArray *hf_tag_history(hf_catalog *catalog, const char *name, GError **error); /* NULL: of all */
/* Families whose members have different tags of one exclusive group, or of which some have none: each family once a group. */
typedef struct {
    int64_t family;
    const char *group;
    uint64_t members, untagged;
    const char *tags; /* "responsive (2), not-responsive (1)" */
    uint32_t parent;  /* control number of the parent */
} hf_tag_conflict;
typedef bool (*hf_tag_conflict_fn)(void *data, const hf_tag_conflict *conflict, GError **error);
/* `untagged_too`: also where the rest merely has no tag of the group. */
bool hf_tag_each_conflict(hf_catalog *catalog, bool untagged_too, hf_tag_conflict_fn fn, void *data,
                          GError **error);

/* ---- saved searches (saved.c) ---- names as of tags; a name that is saved again replaces, the old text stays in the log. */
typedef struct {
    char *name, *query, *actor, *matter; /* matter: its code; NULL */
    hf_time created;
    uint64_t documents; /* when it was saved */
} hf_saved;
GPtrArray *hf_saved_list(hf_catalog *catalog, GError **error);
bool hf_saved_put(hf_catalog *catalog, const hf_saved *saved, const char *sealed, GError **error);
bool hf_saved_remove(hf_catalog *catalog, const char *name, GError **error);
/* g_free. HF_ERROR_NOT_FOUND lists the nearest names. */
char *hf_saved_query(hf_catalog *catalog, const char *name, GError **error);

/* ---- objects and packs (object.c) ---- for recovery and verify */
typedef struct {
    uint32_t pack;
    uint64_t end;
    uint32_t slots;
} hf_pack_row;
GArray *hf_object_packs(hf_catalog *catalog, GError **error);
/* Says how far a pack reaches after this transaction. */
bool hf_object_pack_end(hf_catalog *catalog, const hf_pack_row *pack, GError **error);
typedef struct {
    int64_t id, family;
    uint32_t document; /* that names it; else its family's first */
    const char *
        what; /* "native", "text", "instance", "replacement", "superseded" (a text that a retry replaced) */
    int64_t instance; /* whose own bytes it is; 0: none */
    hf_object_row row;
} hf_object_entry;
typedef bool (*hf_object_fn)(void *data, const hf_object_entry *entry, GError **error);
/* Every object in the order of packs and offsets. */
bool hf_object_each(hf_catalog *catalog, hf_object_fn fn, void *data, GError **error);
/* How many there are, and the bytes of their content. */
bool hf_object_totals(hf_catalog *catalog, uint64_t *objects, uint64_t *bytes, GError **error);

/* ---- what the catalog says against itself (check.c) ---- for verify */
typedef struct {
    uint32_t document; /* that it is about; 0: none */
    const char *
        part; /* "native", "text", "instance", "replacement", "document", "family", "tag", "audit" */
    const char *sentence;
} hf_check_finding;
typedef void (*hf_check_fn)(void *data, const hf_check_finding *finding);
/* Documents, instances and replacements without their objects, objects of another family or hash, and
 * families without documents, places or keys. False only if reading failed. */
bool hf_check_rows(hf_catalog *catalog, hf_check_fn fn, void *data, GError **error);
/* Whether the documents of each batch are those whose numbers and hashes were written to the audit log. */
bool hf_check_recorded(hf_catalog *catalog, hf_check_fn fn, void *data, GError **error);

/* ---- originals of documents in place (original.c) ---- for verify */
typedef struct {
    int64_t file;
    const char *path; /* on disk */
    uint64_t size;
    uint8_t sha256[32];
} hf_original;
/* Every file that was there when it was last crawled, was read whole, and holds a document whose native is not in the vault. */
typedef bool (*hf_original_fn)(void *data, const hf_original *original, GError **error);
bool hf_original_each(hf_catalog *catalog, hf_original_fn fn, void *data, GError **error);
/* Every such document with each place where it is, ascending by document; `there` false: the place is known to be gone, or
 * to hold something else now. */
typedef bool (*hf_original_place_fn)(void *data, uint32_t document, int64_t instance, int64_t file,
                                     bool there, GError **error);
bool hf_original_each_place(hf_catalog *catalog, hf_original_place_fn fn, void *data,
                            GError **error);

/* ---- published segments (published.c) ---- */
typedef struct {
    int64_t id;
    char *directory;
    uint32_t first, last, documents;
    uint64_t bytes, words;
} hf_published;
GPtrArray *hf_published_list(hf_catalog *catalog,
                             GError **error); /* ascending by range, of hf_published */
/* Adds one, and drops those whose ids are in `replaced` (int64_t; may be NULL). */
bool hf_published_put(hf_catalog *catalog, const hf_published *segment, const GArray *replaced,
                      GError **error);
/* Sets bits of hf_flag that are only known once a document is indexed. */
bool hf_published_flag(hf_catalog *catalog, uint32_t document, unsigned flags, GError **error);
bool hf_published_clear_stale(hf_catalog *catalog, uint32_t first, uint32_t last, GError **error);
/* Segment ids that hold a stale document. */
GArray *hf_published_stale(hf_catalog *catalog, GError **error);

/* ---- the audit log's rows (log.c) ---- */
/* Appends a row: `object_json` is a JSON object's inner text, such as "\"run\":12"; sequence, time, actor, host, version
 * and action are added. */
bool hf_log_append(hf_catalog *catalog, const char *action, const char *object_json,
                   GError **error);
bool hf_log_size(hf_catalog *catalog, uint64_t *size, GError **error);
typedef bool (*hf_log_fn)(void *data, uint64_t seq, const char *row, const uint8_t leaf[32],
                          GError **error);
bool hf_log_each(hf_catalog *catalog, uint64_t from, hf_log_fn fn, void *data, GError **error);
typedef struct {
    uint64_t size;
    uint8_t root[32];
    GBytes *frontier;
    char *note;
    hf_time created;
} hf_log_checkpoint;
void hf_log_checkpoint_free(hf_log_checkpoint *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_log_checkpoint, hf_log_checkpoint_free)
bool hf_log_put_checkpoint(hf_catalog *catalog, const hf_log_checkpoint *checkpoint,
                           GError **error);
/* The newest one; *out NULL if there is none. */
bool hf_log_last_checkpoint(hf_catalog *catalog, hf_log_checkpoint **out, GError **error);
GPtrArray *hf_log_checkpoints(hf_catalog *catalog, GError **error);
/* The name of who acts: the login name of the effective user (or HOLDFAST_ACTOR), and the host. Free with g_free. */
char *hf_log_actor(void);
char *hf_log_host(void);

/* ---- searches in the log (log_search.c) ---- A row about a search or an export has a member "search" with who, when and what;
 * the row's own time and actor are of the command that moved it here from the spool (hf_vault_fold_searches). */
typedef struct {
    hf_time time;
    char *actor, *host, *version, *action;
    char *query;                /* sealed (hf_vault_open_query); NULL: none */
    char *to, *matter, *object; /* as in hf_vault_search; NULL */
    uint64_t documents, shown;
    char *damage;       /* why the record cannot be trusted; NULL: it can */
    int64_t seq;        /* of the audit row; -1: it waits in the spool */
    int64_t checkpoint; /* rows of the first signed checkpoint that covers it; -1: none yet */
} hf_log_search;
void hf_log_search_free(hf_log_search *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_log_search, hf_log_search_free)
/* Reads the JSON object of a search, any bytes; *out is NULL if it is none. False only if the catalog failed. */
bool hf_log_read_search(hf_catalog *catalog, const char *json, size_t n, hf_log_search **out,
                        GError **error);
/* Every logged search, the newest first. False from `fn` without an error stops. */
typedef bool (*hf_log_search_fn)(void *data, const hf_log_search *search, GError **error);
bool hf_log_each_search(hf_catalog *catalog, hf_log_search_fn fn, void *data, GError **error);
/* How far the spool was moved into the log: text of hf_vault_fold_searches, "" before the first time; g_free. */
bool hf_log_folded(hf_catalog *catalog, char **position, GError **error);
bool hf_log_set_folded(hf_catalog *catalog, const char *position, GError **error);

/* ---- names that the index has as numbers (interned.c) ---- */
/* The id of a media type, added if it is new: the value of the index's type column; and of a sender's domain (lower case). */
bool hf_catalog_type_id(hf_catalog *catalog, const char *type, int64_t *id, GError **error);
bool hf_catalog_domain_id(hf_catalog *catalog, const char *domain, int64_t *id, GError **error);
/* The domain of an address as the metadata has it ("Jane Roe <jane@Example.com>"): what stands behind its last @, lower case.
 * NULL if there is none, as in Exchange's own addresses. g_free. */
char *hf_catalog_sender_domain(const char *from);
/* id → name of every media type, domain, custodian: GHashTable of int64_t* → char*; unref it. */
GHashTable *hf_catalog_type_names(hf_catalog *catalog, GError **error);
GHashTable *hf_catalog_domain_names(hf_catalog *catalog, GError **error);

/* ---- where documents came from, for the funnel (funnel.c) ---- `custodian` is the one that stands for those merged into him;
 * 0: nobody was named. */
/* Every place of every family, live or not, and what a later run found gone too: it was collected. */
typedef bool (*hf_funnel_place_fn)(void *data, int64_t family, int64_t custodian);
bool hf_funnel_each_place(hf_catalog *catalog, hf_funnel_place_fn fn, void *data, GError **error);
typedef struct {
    int64_t custodian;
    bool known;  /* on a list of known files; else left out by a setting, or no file */
    bool folder; /* a whole folder, counted once: nobody looked what is in it */
    uint64_t documents, bytes;
} hf_funnel_exclusion;
/* What was left out and was not collected by another run: each place once. `matter` is a code; NULL: of all. */
typedef bool (*hf_funnel_exclusion_fn)(void *data, const hf_funnel_exclusion *exclusion);
bool hf_funnel_each_exclusion(hf_catalog *catalog, const char *matter, hf_funnel_exclusion_fn fn,
                              void *data, GError **error);
/* Open exceptions of which no document came: what could not be collected. */
bool hf_funnel_count_uncollected(hf_catalog *catalog, const char *matter, uint64_t *count,
                                 GError **error);

/* ---- a list of known files in SQLite (rds.c) ---- NSRL RDSv3, by SHA-256; not part of the catalog, but SQL. Thread-safe. */
typedef struct hf_rds hf_rds;
hf_rds *hf_rds_open(const char *path,
                    GError **error); /* HF_ERROR_INVALID if it is another kind of database */
void hf_rds_free(hf_rds *rds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_rds, hf_rds_free)
bool hf_rds_has(hf_rds *rds, const uint8_t sha256[32], bool *has, GError **error);

/* ---- order and groups of results (order.c) ---- By the place that a document is shown with: its first live one, else its
 * first, as in hf_document. */
typedef struct {
    char *name;        /* NULL: none; comes last */
    hf_set *documents; /* never empty */
} hf_order_group;
/* The documents of `among` by the custodian who is shown with them, in the order of names: of hf_order_group. */
GPtrArray *hf_order_custodians(hf_catalog *catalog, const hf_set *among, GError **error);
/* By every custodian that has them at any place, as custodian: finds them; by matter (its code). */
GPtrArray *hf_order_all_custodians(hf_catalog *catalog, const hf_set *among, GError **error);
GPtrArray *hf_order_matters(hf_catalog *catalog, const hf_set *among, GError **error);
typedef bool (*hf_order_fn)(void *data, uint32_t document, GError **error);
/* Calls `fn` for each document of `among` by root, folder, name, path inside and number, or all of it backwards. Few documents
 * are sorted in memory, many by walking the catalog. */
bool hf_order_each_path(hf_catalog *catalog, const hf_set *among, bool reverse, hf_order_fn fn,
                        void *data, GError **error);

/* ---- counts (catalog.c) ---- */
typedef struct {
    uint64_t documents, families, instances, instances_gone, containers, sources, files, exceptions,
        exceptions_all;
    uint64_t objects, bytes, bytes_stored, segments, matters, custodians, runs, audit_rows,
        text_partial, text_none;
    hf_time last_run;
} hf_catalog_counts;
bool hf_catalog_count(hf_catalog *catalog, hf_catalog_counts *counts, GError **error);

G_END_DECLS
