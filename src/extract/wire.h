/* src/extract/wire.h -- what the parent and a worker say to each other, and the parent's check of it.
 *
 * A stream socket. Every frame is a header of five bytes (payload length, 32 bits; type, 8 bits; both ends run on one
 * machine, so numbers are in its byte order) and its payload. The parent sends CONFIG once, then a JOB (with the file's
 * descriptor) at a time. The worker answers CONFIG with READY and a JOB with frames that are the sink's calls, one to one,
 * then DONE. SCRATCH asks for a scratch file and is answered with SCRATCH, with a descriptor or none. PROGRESS says only
 * that the worker got on.
 *
 * The order that the parent accepts: IDENTIFIED (META | TEXT | FLAGS | PROBLEM | SCRATCH | PROGRESS | child)* DONE, where
 * child = CHILD_BEGIN CHILD_DATA* CHILD_END. Anything else, a value that is not of its form, or more than a limit allows
 * is HF_ITEM_PROTOCOL. */
#pragma once
#include "holdfast/extract.h"

G_BEGIN_DECLS

#define HF_WIRE_VERSION 1u
#define HF_WIRE_HEADER 5u
#define HF_WIRE_PIECE 65536u               /* bytes of text or of a child in one frame */
#define HF_WIRE_META_MAX 65536u            /* bytes of one value */
#define HF_WIRE_METAS_MAX 1000000u         /* values of one document ... */
#define HF_WIRE_META_BYTES_MAX (64u << 20) /* ... and their bytes */
#define HF_WIRE_PATH_MAX 32768u
#define HF_WIRE_DETAIL_MAX 2048u
#define HF_WIRE_PROBLEMS_MAX 10000u
#define HF_WIRE_FLAGS_MAX 1000000u                  /* frames of flags */
#define HF_WIRE_SCRATCH_MAX 16u                     /* scratch files of one document */
#define HF_WIRE_PAYLOAD_MAX (HF_WIRE_PIECE + 1024u) /* of any frame */

typedef enum {
    /* parent to worker */
    HF_WIRE_CONFIG = 1,
    HF_WIRE_JOB,
    /* worker to parent */
    HF_WIRE_READY,
    HF_WIRE_IDENTIFIED,
    HF_WIRE_META,
    HF_WIRE_TEXT,
    HF_WIRE_FLAGS,
    HF_WIRE_CHILD_BEGIN,
    HF_WIRE_CHILD_DATA,
    HF_WIRE_CHILD_END,
    HF_WIRE_PROBLEM,
    HF_WIRE_DONE,
    /* both ways */
    HF_WIRE_SCRATCH,
    /* worker to parent */
    HF_WIRE_PROGRESS
} hf_wire_type;

/* ---- forms, for both ends ---- */
/* The length of the longest beginning of `bytes` that is UTF-8 without NUL. */
size_t hf_wire_valid_text(const char *bytes, size_t n);
/* "type/subtype", lower case, no parameters, at most 127 bytes. */
bool hf_wire_valid_type(const char *type);

/* What the parent knows of an extractor (names.c). */
typedef struct {
    const char *name;
    unsigned version;
    bool container;
} hf_extract_known;
const hf_extract_known *hf_extract_find_known(const char *name);

/* ---- messages to the worker ---- */
typedef struct {
    uint32_t version;
    bool no_sandbox;
    hf_limits limits;
} hf_wire_config;
typedef struct {
    uint64_t size;
    uint32_t depth;
    bool all_embedded, identify_only, defer_containers;
    char *name, *type_hint; /* may be NULL */
    char **passwords;       /* may be NULL */
} hf_wire_job;
void hf_wire_put_config(GByteArray *out, const hf_wire_config *config);
bool hf_wire_get_config(const uint8_t *payload, size_t n, hf_wire_config *config);
void hf_wire_put_job(GByteArray *out, const hf_job *job);
bool hf_wire_get_job(const uint8_t *payload, size_t n, hf_wire_job *job);
void hf_wire_clear_job(hf_wire_job *job);

/* ---- the worker's end: a buffer before the socket ---- */
typedef struct {
    int fd;
    size_t used;
    int64_t flushed; /* g_get_monotonic_time of the last write */
    uint8_t *buffer;
} hf_wire_out;
void hf_wire_out_init(hf_wire_out *out, int fd);
void hf_wire_out_clear(hf_wire_out *out);
bool hf_wire_out_flush(hf_wire_out *out, GError **error);
bool hf_wire_out_ready(hf_wire_out *out, bool landlock, GError **error);
bool hf_wire_out_done(hf_wire_out *out, bool deferred, GError **error);
bool hf_wire_out_scratch(hf_wire_out *out, GError **error);
bool hf_wire_out_progress(hf_wire_out *out, GError **error);
/* A sink whose data is a hf_wire_out: it writes the frames. */
extern const hf_sink hf_wire_sink;

/* ---- the parent's end: checks frames and makes the sink's calls ---- */
typedef struct hf_wire_in hf_wire_in;
typedef enum {
    HF_WIRE_MORE,     /* wants more bytes */
    HF_WIRE_FINISHED, /* the document is done */
    HF_WIRE_DEFERRED, /* it is done, and was put off because it is a container */
    HF_WIRE_WANTS_SCRATCH,
    HF_WIRE_FAILED /* *error: HF_ITEM_PROTOCOL if a frame is wrong, else the sink's */
} hf_wire_state;
/* One document's check; `job` (its identify_only and defer_containers) and `limits` are copied. */
hf_wire_in *hf_wire_in_new(const hf_limits *limits, const hf_job *job, const hf_sink *sink,
                           void *data);
void hf_wire_in_free(hf_wire_in *in);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_wire_in, hf_wire_in_free)
/* Takes whole frames from `bytes`, as many as there are until the state is another than HF_WIRE_MORE; *used says how many
 * bytes. What is left belongs before the next bytes. */
hf_wire_state hf_wire_in_feed(hf_wire_in *in, const uint8_t *bytes, size_t n, size_t *used,
                              GError **error);
bool hf_wire_in_identified(const hf_wire_in *in);
bool hf_wire_in_container(const hf_wire_in *in);
/* Ends an open child (incomplete), for a worker that will say no more. False with the sink's error. */
bool hf_wire_in_abandon(hf_wire_in *in, GError **error);
/* READY, the answer to CONFIG. */
hf_wire_state hf_wire_in_ready(const uint8_t *bytes, size_t n, size_t *used, bool *landlock,
                               GError **error);

G_END_DECLS
