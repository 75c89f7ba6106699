/* include/holdfast/crawl.h -- walks sources and says what is there; never reads content.
 *
 * The walk is ordered (names by bytes within a folder, a folder's files before its folders), follows no symbolic link, opens
 * folders relative to their parent (no path is ever resolved twice), and keeps names as bytes. What was there the last time
 * comes from a callback, folder by folder, so that memory does not grow with the source. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef enum {
    HF_CRAWL_NEW,       /* not known */
    HF_CRAWL_CHANGED,   /* known; its stat differs, or its mtime is within 2 s of the last scan */
    HF_CRAWL_UNCHANGED, /* known, same stat */
    HF_CRAWL_GONE,      /* known, no longer there */
    HF_CRAWL_SPECIAL,   /* a symbolic link, device, socket, pipe: never opened */
    HF_CRAWL_EXCLUDED,  /* a file, or a folder with all below it, left out by the setting `why` */
    HF_CRAWL_UNREADABLE /* a folder or file that could not be listed or statted; `why`: strerror */
} hf_crawl_state;

/* What is left out by a setting of this run is never GONE, even where it is no longer there: the run did not look. Nor is
 * anything below a folder that was left out or could not be read whole. */
typedef struct {
    hf_crawl_state state;
    /* Below the source's root, bytes, no leading or trailing '/'; "" for the root itself. */
    const char *folder;
    /* Bytes; "" only for a folder, unreadable or excluded: then `folder` is that folder's own path. */
    const char *name;
    hf_filestat stat; /* zeros for GONE, for folders, and where stat(2) itself failed */
    int folder_fd;    /* for openat(2), during the call only; -1 for GONE and for folders */
    int64_t known_id; /* what `known` gave, whatever the state; 0 where the file is not known */
    const char *why;  /* EXCLUDED, UNREADABLE, SPECIAL ("symbolic link"), else NULL */
} hf_crawl_entry;

/* Array of hf_crawl_known (names freed by the array), sorted by name's bytes; NULL with *error on failure. Called once a
 * folder; `folder` as in hf_crawl_entry. */
typedef GArray *(*hf_crawl_known_fn)(void *data, const char *folder, GError **error);
/* The folders directly below `folder` that were known, sorted by bytes: those not seen are walked as gone. Strings freed by
 * the array. */
typedef GPtrArray *(*hf_crawl_folders_fn)(void *data, const char *folder, GError **error);
/* Called for every entry, in order. False with *error stops the walk. */
typedef bool (*hf_crawl_entry_fn)(void *data, const hf_crawl_entry *entry, GError **error);

typedef struct {
    /* Globs, NULL-terminated; NULL: everything. On the path below the root, or on the name if without '/'. An exclude that
     * ends in '/' names folders ("cache/": of that name anywhere; "a/cache/": at that path); those, and what an exclude
     * ending in "/" + "**" covers, are not descended into: one EXCLUDED entry stands for the folder. */
    const char *const *include;
    const char *const *exclude;
    hf_time date_from, date_to; /* by mtime, both included; HF_TIME_NONE: open */
    uint64_t max_size;          /* bytes; 0: none */
    /* One folder that is left out wherever it turns up, by its st_dev and st_ino: the vault itself, which must never be
     * collected into itself. An inode of 0 is none. */
    uint64_t skip_device, skip_inode;
} hf_crawl_filter;

/* Folders nested deeper than this are UNREADABLE. */
#define HF_CRAWL_DEPTH_MAX 20000

/* Walks `root`, a folder or one file (then folder is "", name its name, and no other known file is GONE). A root that is a
 * symbolic link to a folder is followed, for the caller named it; no other link is. `filter`, `known` and `folders` may be
 * NULL. Errors: HF_ERROR_NOT_FOUND if it is not there, HF_ERROR_IO; those of the callbacks. A source that vanishes in
 * mid-walk is an UNREADABLE entry, and nothing below is GONE. Holds at most HF_CRAWL_FOLDERS_OPEN descriptors. */
#define HF_CRAWL_FOLDERS_OPEN 64
bool hf_crawl_walk(const char *root, const hf_crawl_filter *filter, hf_crawl_known_fn known,
                   hf_crawl_folders_fn folders, hf_crawl_entry_fn entry, void *data,
                   GError **error);

/* Whether a path passes include and exclude. Globs match bytes, with regard to case: `*` and `?` (one character) stop at '/',
 * `**` does not, "**" + "/" also matches no folder at all, a backslash takes the next character as it is; a glob without '/'
 * is matched against the name. Used for container members too. NULL or, if not, which setting leaves it out (interned). */
const char *hf_crawl_filter_path(const hf_crawl_filter *filter, const char *path);
/* Whether all that can lie below the folder is left out by an exclude: which one (interned), else NULL. */
const char *hf_crawl_filter_folder(const hf_crawl_filter *filter, const char *path);
/* Whether size or mtime leave a file out: the setting (interned), else NULL. */
const char *hf_crawl_filter_stat(const hf_crawl_filter *filter, const hf_filestat *stat);
/* Whether `glob` matches the whole of `text`. */
bool hf_crawl_filter_glob(const char *glob, const char *text);

/* The custodian that `pattern` ('users/{custodian}/') finds in a path below the root, as UTF-8; NULL if it does not match.
 * The pattern is compared folder by folder from the root; within a folder's name `*` and `?` are allowed, and text around
 * {custodian} ('{custodian}.mbox'). A pattern that ends in '/' wants something below. g_free. */
char *hf_crawl_custodian_from(const char *pattern, const char *path);

G_END_DECLS
