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
    HF_CRAWL_CHANGED,   /* known, and its stat differs or is too fresh to be trusted (mtime within 2 s of the last scan) */
    HF_CRAWL_UNCHANGED, /* known, same stat */
    HF_CRAWL_GONE,      /* known, no longer there */
    HF_CRAWL_SPECIAL,   /* a symbolic link, device, socket, pipe: never opened */
    HF_CRAWL_EXCLUDED,  /* a file, left out by a setting; `why` names it */
    HF_CRAWL_UNREADABLE /* a folder or file that could not be listed or statted; `why` is strerror's text */
} hf_crawl_state;

typedef struct {
    hf_crawl_state state;
    const char *folder;   /* below the source's root, bytes, no leading or trailing '/'; "" for the root itself */
    const char *name;     /* bytes; "" only for an unreadable folder */
    hf_filestat stat;     /* not of GONE */
    int folder_fd;        /* open folder for openat(2); valid during the call only; -1 for GONE */
    int64_t known_id;     /* of CHANGED, UNCHANGED, GONE: what `known` gave */
    const char *why;      /* EXCLUDED, UNREADABLE, SPECIAL ("symbolic link"), else NULL */
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
    const char *const *include; /* globs on the path below the root, or on the name if without '/'; NULL: everything */
    const char *const *exclude;
    hf_time date_from, date_to; /* by mtime; HF_TIME_NONE: open */
    uint64_t max_size;          /* 0: none */
} hf_crawl_filter;

/* Walks `root`, a folder or one file (then folder is "" and name its name). Errors: HF_ERROR_NOT_FOUND if it is not there,
 * HF_ERROR_IO; those of the callbacks. A source that vanishes in mid-walk is an UNREADABLE entry, and nothing below is GONE. */
bool hf_crawl_walk(const char *root, const hf_crawl_filter *filter, hf_crawl_known_fn known,
                   hf_crawl_folders_fn folders, hf_crawl_entry_fn entry, void *data, GError **error);

/* Whether a path passes include and exclude (glob: `*` and `?` stop at '/', `**` does not; a glob without '/' is matched
 * against the name). Used for container members too. NULL or, if not, which setting leaves it out (interned text). */
const char *hf_crawl_filter_path(const hf_crawl_filter *filter, const char *path);

/* The custodian that `pattern` ('users/{custodian}/') finds in a path below the root; NULL if it does not match. g_free. */
char *hf_crawl_custodian_from(const char *pattern, const char *path);

G_END_DECLS
