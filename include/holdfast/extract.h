/* include/holdfast/extract.h -- the text, metadata and children of one document, read in a sandboxed worker.
 *
 * The result of an extraction is a sequence of calls to a `hf_sink`. The extractors (src/extract/extractor.h) make these
 * calls inside the worker; the wire carries them; hf_worker_run makes the same calls in the parent, after checking each
 * frame's shape and limits. The worker is not trusted. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* ---- what an extraction says ---- */

/* Metadata of a document. The names (hf_extract_meta_name) are stored; they do not change. Times are given as text in
 * the form that hf_time_parse_iso reads. */
typedef enum {
    HF_META_TITLE,
    HF_META_AUTHOR,
    HF_META_SUBJECT, /* of a message; a document's "subject" property is HF_META_TOPIC */
    HF_META_TOPIC,
    HF_META_KEYWORDS,
    HF_META_COMMENTS, /* the property, not the comments in the text */
    HF_META_CREATED,
    HF_META_MODIFIED,
    HF_META_PRINTED,
    HF_META_SENT,
    HF_META_RECEIVED,
    HF_META_FROM, /* "Jane Roe <jane@example.com>", decoded */
    HF_META_TO,   /* one call a recipient */
    HF_META_CC,
    HF_META_BCC,
    HF_META_REPLY_TO,
    HF_META_MESSAGE_ID, /* without angle brackets, case kept */
    HF_META_IN_REPLY_TO,
    HF_META_REFERENCES, /* one call an id */
    HF_META_LAST_AUTHOR,
    HF_META_COMPANY,
    HF_META_APPLICATION,
    HF_META_PAGES, /* pages, or slides */
    HF_META_SHEETS,
    HF_META_LANGUAGE, /* ISO 639-1 */
    HF_META_CHARSET,
    HF_META_INLINE, /* count of inline, signature and Office pictures left inside the parent */
    HF_META_RECIPE_BODY, /* message only: 64 hex digits, SHA-256 of the body as letters and digits only, lower case */
    HF_META_DERIVED, /* "1": the native was rebuilt, it is not the bytes that were found */
    HF_META_OTHER,   /* any other property: "Name: value" */
    HF_META_LAST
} hf_meta;
const char *hf_extract_meta_name(hf_meta meta);
int hf_extract_meta_parse(const char *name); /* -1: none */

/* Facts that reviewers filter by; a bit set. */
typedef enum {
    HF_FLAG_HIDDEN = 1u << 0, /* text that a reader would not see: hidden rows, sheets, slides */
    HF_FLAG_TRACKED_CHANGES = 1u << 1,
    HF_FLAG_COMMENTS = 1u << 2,
    HF_FLAG_MACROS = 1u << 3,
    HF_FLAG_ENCRYPTED = 1u << 4, /* was opened with a password, or could not be opened without */
    HF_FLAG_SIGNED = 1u << 5,
    HF_FLAG_ATTACHMENTS = 1u << 6,
    HF_FLAG_ENCODED_LEFT_OUT = 1u << 7 /* base64 or uuencoded blocks in the text are not indexed */
} hf_flag;

/* How a child stands to its parent. */
typedef enum {
    HF_CHILD_MEMBER,     /* of a container: a document (or family) of its own, at a place */
    HF_CHILD_ATTACHMENT, /* of a message */
    HF_CHILD_EMBEDDED,   /* an object inside a document */
    HF_CHILD_INLINE /* an inline, signature or Office picture: left inside the parent unless --embedded all */
} hf_child_kind;

typedef struct {
    hf_child_kind kind;
    const char *
        path; /* path inside the container or name of the attachment, any bytes, NUL-terminated; may be "" */
    const char *type_hint; /* media type that the parent gave, or NULL; never trusted alone */
    hf_stamp modified;     /* that the container gave; utc HF_TIME_NONE if it gave none */
    uint64_t size;         /* that the container says; UINT64_MAX if it does not */
} hf_child;

/* Something that could not be processed; the rest goes on. */
typedef struct {
    hf_item_error reason;
    const char *stage;  /* "identify", "text", "metadata", "attachments", "members", … */
    const char *detail; /* for people: what happened to what */
} hf_problem;

/* Receiver of a result. Each returns false with *error set to stop the extraction. `data` is the first argument. */
typedef struct {
    /* First of all, once. `extractor` is NULL where nothing reads this type. `container`: its children are members. */
    bool (*identified)(void *data, const char *type, const char *extractor, unsigned version,
                       bool container, GError **error);
    bool (*meta)(void *data, hf_meta meta, const char *value, GError **error);
    /* Body text in order, UTF-8, in pieces of at most 1 MB; pieces may end in mid-word, never inside a character. */
    bool (*text)(void *data, const char *utf8, size_t n, GError **error);
    bool (*flags)(void *data, unsigned flags, GError **error);
    /* A child, then its bytes in pieces, then its end; never nested. `complete` is false if its bytes ended early. */
    bool (*child_begin)(void *data, const hf_child *child, GError **error);
    bool (*child_data)(void *data, const void *bytes, size_t n, GError **error);
    bool (*child_end)(void *data, bool complete, GError **error);
    bool (*problem)(void *data, const hf_problem *problem, GError **error);
} hf_sink;

/* ---- limits ---- one document's; defaults in hf_extract_default_limits. 0 is not "none": it is none allowed. */
typedef struct {
    uint64_t text_bytes; /* of one document's body text; the rest is left out, said so (64 MB) */
    uint64_t children;   /* of one container (5,000,000) */
    uint64_t document_children; /* of one document (100,000) */
    uint64_t member_bytes;      /* of one member, unpacked (64 GB) */
    uint64_t output_bytes;      /* of all children of one parent together (1 TB) */
    uint64_t ratio;             /* unpacked to packed beyond the first 64 MB (250) */
    unsigned depth;             /* containers and attachments inside each other (32) */
    unsigned mime_depth;        /* parts inside parts (256) */
    unsigned xml_depth;         /* (256, libxml2's) */
    unsigned seconds;           /* of wall time with no progress, then the worker is killed (60) */
    unsigned total_seconds;     /* of wall time for a document that is no container (300) */
    uint64_t address_space;     /* RLIMIT_AS of the worker (1 GB) */
} hf_limits;
hf_limits hf_extract_default_limits(void);

/* ---- the parent's side: one worker process (worker.c) ---- used by one thread at a time. */
typedef struct hf_worker hf_worker;
typedef struct {
    const char *
        program; /* path of holdfast-worker; NULL: beside this program, else ../libexec/holdfast/ */
    hf_limits limits;
    bool no_sandbox; /* for sanitizer builds only; the worker refuses it otherwise */
    bool
        no_wait; /* hf_worker_new returns once the process runs; the first run waits until it is locked */
} hf_worker_options;

typedef struct {
    int fd; /* open for reading, seekable; stays the caller's */
    uint64_t size;
    const char *name;             /* for choosing among equal types; any bytes; may be NULL */
    const char *type_hint;        /* from the parent, or NULL */
    unsigned depth;               /* of this item inside containers and parents */
    bool all_embedded;            /* give inline pictures as children too */
    bool identify_only;           /* stop after `identified` */
    bool defer_containers;        /* stop after `identified` if it is a container */
    const char *const *passwords; /* NULL-terminated, or NULL */
    const char *
        work_directory; /* for the scratch file that a worker gets when it asks for one; may be NULL */
} hf_job;

typedef enum {
    HF_WORKED,          /* all there was to say was said (problems included) */
    HF_WORKED_DEFERRED, /* it is a container and defer_containers was set */
    HF_WORKED_PARTLY /* the worker died, hung or lied: a problem that says so was the last call */
} hf_worked;

/* Starts the process and waits until it says that it is locked. Error: HF_ERROR_IO, HF_ERROR_INTERNAL. */
hf_worker *hf_worker_new(const hf_worker_options *options, GError **error);
void hf_worker_free(hf_worker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_worker, hf_worker_free)
/* Reads one item and makes the sink's calls from this thread. A dead worker is replaced. False with *error only if a
 * worker cannot be had, or with the error of the sink. */
bool hf_worker_run(hf_worker *worker, const hf_job *job, const hf_sink *sink, void *data,
                   hf_worked *worked, GError **error);
/* Whether the worker's process may open the few files it needs below Landlock; without, it opens none at all and what
 * needs one (CJK PDF without fonts) has less text. False before the first run of a worker made with no_wait. */
bool hf_worker_has_landlock(const hf_worker *worker);
/* Asks that the next run has a fresh process (a new custodian: nothing of one may reach another). */
void hf_worker_renew(hf_worker *worker);

/* The version that extractor `name` has in this program, 0 if there is none: exceptions are retried when it grows. */
unsigned hf_extract_version(const char *name);

G_END_DECLS
