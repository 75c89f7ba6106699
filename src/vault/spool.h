/* src/vault/spool.h -- the file VAULT/searches: what was searched for waits there, line by line, until a command that writes
 * moves it to the audit log. Internal to src/vault; what a line says is searches.c's.
 *
 * The first line is the header: {"holdfast":"searches","version":1,"id":"<32 hex>","link":"<64 hex>"}. Every line is linked to
 * the one before it: its link is its SHA-256, the header's is the one that it names (random; where lines were moved to a new
 * file, that of the last line which stayed behind). One write(2) a line, under the file's lock. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* The longest line that is taken as one: above the base64 of HF_STORE_QUERY_MAX. */
#define HF_SPOOL_LINE_MAX (24u * 1024 * 1024)
#define HF_SPOOL_HASH 32

typedef enum {
    HF_SPOOL_READ,   /* beside other readers */
    HF_SPOOL_CHANGE, /* alone, if the file is there */
    HF_SPOOL_APPEND, /* alone; the file is made */
} hf_spool_mode;
typedef struct hf_spool hf_spool;
/* Waits for the lock, which is held until the spool is freed. A file that is not there is an empty one. HF_ERROR_INTEGRITY: what
 * stands there is no file. */
hf_spool *hf_spool_open(const char *vault, hf_spool_mode mode, GError **error);
void hf_spool_free(hf_spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_spool, hf_spool_free)
uint64_t hf_spool_size(const hf_spool *spool);

typedef struct {
    const char *text; /* any bytes, without the newline; NULL: longer than HF_SPOOL_LINE_MAX */
    uint64_t n;       /* bytes of the whole line */
    uint64_t end;     /* where the next line begins */
    bool first;
    bool header;                   /* the first, and of the header's form */
    bool torn;                     /* the last, without a newline */
    uint8_t before[HF_SPOOL_HASH]; /* the link of the line before; zeros for the first */
    uint8_t digest[HF_SPOOL_HASH]; /* SHA-256 of the line */
    uint8_t link[HF_SPOOL_HASH];
} hf_spool_line;
typedef bool (*hf_spool_fn)(void *data, const hf_spool_line *line, GError **error);
bool hf_spool_each(hf_spool *spool, hf_spool_fn fn, void *data, GError **error);

/* The link that the next line has to have before it. */
bool hf_spool_link(hf_spool *spool, uint8_t link[HF_SPOOL_HASH], GError **error);
/* Appends a line (without newline) after hf_spool_link, and syncs it. What could not be written whole is taken back. */
bool hf_spool_append(hf_spool *spool, const char *line, size_t n, GError **error);
/* Ends a last line that a killed writer left without its newline. */
bool hf_spool_complete(hf_spool *spool, GError **error);
bool hf_spool_clear(hf_spool *spool, GError **error);
/* Puts a new file in the place of this one, with only what lies from `from` on, after a line with `link`. */
bool hf_spool_move(hf_spool *spool, uint64_t from, const uint8_t link[HF_SPOOL_HASH],
                   GError **error);

G_END_DECLS
