/* src/extract/extractor.h -- what an extractor is given and what it may say. Internal to src/extract.
 *
 * A new format is one new file `extract_<name>.c` with one `hf_extractor` and one row in extractors.c. An extractor reads
 * its input, makes calls below, and returns true; or false with *error. An error of domain HF_ITEM_ERROR becomes a problem
 * of the document and what was said before stays; one of another domain came from a call below and is passed on at once.
 * Extractors keep no state between documents, write no files, print nothing, and check every length. */
#pragma once
#include "holdfast/extract.h"

G_BEGIN_DECLS

typedef struct hf_extraction hf_extraction;

typedef struct {
    const char *name; /* stored: "docx" */
    unsigned version; /* grows when it reads more than before */
    bool container;   /* its children are members of a place, it is no document */
    const char *const
        *types; /* media types it reads, NULL-terminated; "text/\*" style prefixes end in '/' */
    bool (*extract)(hf_extraction *x, GError **error);
} hf_extractor;

/* The extractor for `type`, or NULL (extractors.c). */
const hf_extractor *hf_extractors_find(const char *type);
/* All rows, for tests: the i-th of hf_extractors_count. */
size_t hf_extractors_count(void);
const hf_extractor *hf_extractors_at(size_t i);

/* ---- input ---- */
int hf_extraction_fd(hf_extraction *x); /* seekable; leave its offset to yourself */
uint64_t hf_extraction_size(hf_extraction *x);
const char *hf_extraction_type(hf_extraction *x); /* as identified */
const char *hf_extraction_name(hf_extraction *x); /* never NULL */
const hf_limits *hf_extraction_limits(hf_extraction *x);
unsigned hf_extraction_depth(hf_extraction *x);
bool hf_extraction_all_embedded(hf_extraction *x);
const char *const *hf_extraction_passwords(hf_extraction *x); /* NULL-terminated, never NULL */
/* Reads at an offset; the count may be short only at the end. -1 with *error (HF_ITEM_UNREADABLE). */
ssize_t hf_extraction_pread(hf_extraction *x, void *bytes, size_t n, uint64_t offset,
                            GError **error);
/* The whole input, mapped or read; HF_ITEM_LIMIT if above `limit` bytes. Unref it. */
GBytes *hf_extraction_bytes(hf_extraction *x, uint64_t limit, GError **error);
/* A file for what has to be read again at any place: empty, open for reading and writing, without a name, on disk. Close
 * it. -1 with *error (HF_ITEM_LIMIT) if there is none. The parent makes it: the sandbox cannot. */
int hf_extraction_scratch(hf_extraction *x, GError **error);

/* ---- output ---- All return false with *error when the extraction has to stop; pass that on.  */
bool hf_extraction_meta(hf_extraction *x, hf_meta meta, const char *utf8,
                        GError **error); /* NULL and "" do nothing */
bool hf_extraction_meta_time(hf_extraction *x, hf_meta meta, hf_stamp stamp, GError **error);
bool hf_extraction_meta_int(hf_extraction *x, hf_meta meta, int64_t value, GError **error);
/* Body text. n < 0: NUL-terminated. Invalid UTF-8 becomes U+FFFD, NUL a space. Over the limit: the rest is dropped and a
 * problem noted once; it goes on returning true. */
bool hf_extraction_text(hf_extraction *x, const char *utf8, gssize n, GError **error);
/* A line break unless the text is empty or ends with one. */
bool hf_extraction_break(hf_extraction *x, GError **error);
bool hf_extraction_flag(hf_extraction *x, unsigned flags, GError **error);
/* Children. begin may answer *wanted = false: leave out the data, make no other call for it (an inline picture that
 * nobody asked for: it was counted). Name and path are made safe by the parent, not here. */
bool hf_extraction_child_begin(hf_extraction *x, const hf_child *child, bool *wanted,
                               GError **error);
bool hf_extraction_child_data(hf_extraction *x, const void *bytes, size_t n, GError **error);
bool hf_extraction_child_end(hf_extraction *x, bool complete, GError **error);
/* All three in one. */
bool hf_extraction_child(hf_extraction *x, const hf_child *child, const void *bytes, size_t n,
                         GError **error);
/* To be called at the borders of pages and members: says at most once a second what was not said yet, so that what was
 * read is not lost with the worker, and that the reading gets on, so that it is not taken to hang. */
bool hf_extraction_progress(hf_extraction *x, GError **error);
/* Notes that something could not be read, and goes on. printf form; `stage` as in hf_problem. */
bool hf_extraction_problem(hf_extraction *x, hf_item_error reason, const char *stage,
                           GError **error, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Text bytes said so far. */
uint64_t hf_extraction_text_bytes(hf_extraction *x);

/* ---- running one ---- (extraction.c) Identification is done; calls go to `sink` (all but `identified`, which the caller makes). Used by the worker's main loop, by
 * tests and by fuzz targets. False only with an error of the sink's; an extractor's own becomes a problem. */
typedef struct {
    int fd;
    uint64_t size;
    const char *type, *name;
    unsigned depth;
    bool all_embedded;
    const char *const *passwords;
    hf_limits limits;
    int (*scratch)(void *scratch_data, GError **error); /* NULL: a memfd */
    void *scratch_data;
    bool (*progress)(void *progress_data, GError **error); /* may be NULL */
    void *progress_data;
} hf_extraction_input;
bool hf_extraction_run(const hf_extractor *extractor, const hf_extraction_input *input,
                       const hf_sink *sink, void *data, GError **error);

/* ---- shared by extractors ---- */
/* charset.c: text of unknown or declared charset to UTF-8: byte-order mark, then valid UTF-8, then `declared` (may be
 * NULL), then uchardet, then windows-1252. Never fails: what cannot be decoded becomes U+FFFD and *damaged (may be NULL)
 * is set. *charset (may be NULL) gets an interned name. Free with g_free. */
char *hf_charset_decode(const char *bytes, size_t n, const char *declared, const char **charset,
                        size_t *out_n, bool *damaged);
/* html.c: HTML in UTF-8 to text as a reader sees it (scripts and styles left out, alt and title attributes, link targets
 * kept, block elements break lines). Appends to `out`. Title (may be NULL) gets the <title>, g_free. */
void hf_html_to_text(const char *utf8, size_t n, GString *out, char **title);

G_END_DECLS
