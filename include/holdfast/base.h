/* include/holdfast/base.h -- what every module stands on: errors, times, digests, names, files, sets of
 * document ids, and the writing of JSON, CSV and tables. Nothing here knows what a document is. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

#define HF_VERSION "0.1.0"

/* ---- errors (error.c) ----
 * HF_ERROR fails the command: the vault, the command line, the machine. HF_ITEM_ERROR fails one document or
 * container: it becomes an exception row and the run goes on. The two are never mixed. */
#define HF_ERROR hf_error_quark()
GQuark hf_error_quark(void);
typedef enum {
    HF_ERROR_USAGE,     /* the caller's words are wrong: exit 2 */
    HF_ERROR_INVALID,   /* a value is not of its form: exit 2 */
    HF_ERROR_NOT_FOUND, /* a named thing is not there: exit 2 */
    HF_ERROR_EXISTS,    /* a named thing is there already: exit 2 */
    HF_ERROR_QUERY,     /* a query cannot be answered exactly: exit 2 */
    HF_ERROR_REFUSED,   /* refused by a hold, policy or approval: exit 3 */
    HF_ERROR_INTEGRITY, /* the vault is not what it was when written: exit 4 */
    HF_ERROR_KEY,       /* no key, or not the right one: exit 4 */
    HF_ERROR_VERSION,   /* a vault of a newer format: exit 4 */
    HF_ERROR_BUSY,      /* another process writes: exit 5 */
    HF_ERROR_IO,        /* the system refused: exit 70 */
    HF_ERROR_INTERNAL,  /* our own fault: exit 70 */
} hf_error;

#define HF_ITEM_ERROR hf_item_error_quark()
GQuark hf_item_error_quark(void);
/* Why something of a document or container could not be processed. The names (hf_error_item_name) are stored and
 * shown, so they do not change. */
typedef enum {
    HF_ITEM_ENCRYPTED,   /* needs a password that was not given */
    HF_ITEM_DAMAGED,     /* breaks its format's rules; what could be read was read */
    HF_ITEM_TRUNCATED,   /* ends before its format says */
    HF_ITEM_UNSUPPORTED, /* a kind or feature that no extractor reads */
    HF_ITEM_LIMIT,       /* a limit on depth, members, bytes or ratio */
    HF_ITEM_TIMEOUT,     /* the deadline passed and the worker was killed */
    HF_ITEM_DIED,        /* the worker ended by itself: crash, memory, sandbox */
    HF_ITEM_PROTOCOL,    /* the worker sent what its rules forbid */
    HF_ITEM_UNREADABLE,  /* the file could not be opened or read */
    HF_ITEM_CHANGED,     /* the file changed while it was read */
    HF_ITEM_UNSAFE_NAME, /* a member's name points outside its container: read, and stored under a safe name */
    HF_ITEM_SPECIAL,  /* a device, socket, pipe or symbolic link: listed, not read */
    HF_ITEM_NO_TEXT,  /* has pages or pictures but no text: needs OCR */
    HF_ITEM_VANISHED, /* was listed and was gone when it was to be read */
    HF_ITEM_LAST
} hf_item_error;

/* The stored name of an item error, such as "encrypted"; and back (-1 for none). */
const char *hf_error_item_name(hf_item_error code);
int hf_error_item_parse(const char *name);
/* One sentence: what the user can do about it. */
const char *hf_error_item_advice(hf_item_error code);
/* Sets `error` to HF_ERROR_IO with "cannot <operation> "<path>": <strerror(errno_value)>"; path is shown safely.
 * Returns false, so that a function can end with it. */
bool hf_error_set_errno(GError **error, int errno_value, const char *operation, const char *path);

/* ---- times (time.c) ---- A point in time: microseconds since 1970-01-01 UTC; HF_TIME_NONE where there is none. */
typedef int64_t hf_time;
#define HF_TIME_NONE INT64_MIN
#define HF_TIME_SECOND INT64_C(1000000)
#define HF_OFFSET_NONE INT32_MIN
/* A time with the offset from UTC, in seconds, that the document gave (HF_OFFSET_NONE: it gave none). */
typedef struct {
    hf_time utc;
    int32_t offset;
} hf_stamp;
hf_time hf_time_now(void);
/* Proleptic Gregorian civil date and time of day to a time; any int64 year whose result fits. */
hf_time hf_time_from_civil(int year, int month, int day, int hour, int minute, int second);
/* False if month, day, hour, minute or second is out of its range (seconds to 60; day by month and leap year). */
bool hf_time_civil_valid(int year, int month, int day, int hour, int minute, int second);
void hf_time_to_civil(hf_time t, int *year, int *month, int *day, int *hour, int *minute,
                      int *second);
/* "2001-05-04T10:11:12Z", with ".123456" if there is a fraction; "" for HF_TIME_NONE. Free with g_free. */
char *hf_time_format_utc(hf_time t);
/* "2001-05-04 10:11" in `zone` (NULL: UTC). Free with g_free. */
char *hf_time_format_zone(hf_time t, GTimeZone *zone);
/* Reads ISO 8601 / RFC 3339 / W3CDTF: date alone, or date and time with Z, an offset, or none (then HF_OFFSET_NONE and
 * read as UTC). False, with *out none, if it is not one. */
bool hf_time_parse_iso(const char *text, hf_stamp *out);

/* ---- digests (digest.c) ---- */
typedef struct {
    uint8_t sha256[32];
    uint8_t md5[16];
    uint8_t sha1[20]; /* zeros unless asked for */
} hf_digest;
typedef struct hf_digester hf_digester;
/* Hashes a stream with SHA-256 and MD5 at once, and with SHA-1 if asked (known-file lists use it). */
hf_digester *hf_digest_new(bool with_sha1);
/* SHA-256 alone, three times as fast; the others are zeros in what it comes to. */
hf_digester *hf_digest_new_sha256(void);
void hf_digest_update(hf_digester *d, const void *bytes, size_t n);
void hf_digest_finish(hf_digester *d, hf_digest *out); /* and makes ready for the next stream */
void hf_digest_free(hf_digester *d);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_digester, hf_digest_free)
void hf_digest_sha256(const void *bytes, size_t n, uint8_t out[32]);
void hf_digest_md5(const void *bytes, size_t n, uint8_t out[16]);
/* Lower-case hexadecimal; free with g_free. And back: false unless exactly 2n hexadecimal digits. */
char *hf_digest_hex(const uint8_t *bytes, size_t n);
bool hf_digest_parse_hex(const char *hex, uint8_t *out, size_t n);

/* ---- names (name.c) ---- File names are any bytes; what is shown is UTF-8 without control characters. */
/* Shows `bytes` safely: valid printable UTF-8 stays, all else (control characters, invalid bytes, bidirectional
 * overrides, backslash before x) becomes \xNN. Free with g_free. */
char *hf_name_display(const char *bytes, gssize n);
/* Copies `bytes` as valid UTF-8 for indexing: invalid bytes become U+FFFD. Free with g_free. */
char *hf_name_utf8(const char *bytes, gssize n);
/* The extension, lower case, ASCII letters and digits only, without the dot, at most 15; "" if none. g_free. */
char *hf_name_extension(const char *name);

/* ---- files (file.c) ---- All of them go on after EINTR and short counts. */
bool hf_file_write_all(int fd, const void *bytes, size_t n, const char *path_for_error,
                       GError **error);
bool hf_file_pwrite_all(int fd, const void *bytes, size_t n, uint64_t offset, const char *path,
                        GError **error);
/* Reads exactly n bytes or fails (HF_ERROR_INTEGRITY if the file ends before). */
bool hf_file_pread_all(int fd, void *bytes, size_t n, uint64_t offset, const char *path,
                       GError **error);
/* Reads up to n bytes from the current place; returns the count, -1 on error. */
ssize_t hf_file_read_some(int fd, void *bytes, size_t n);
bool hf_file_sync(int fd, const char *path, GError **error);
bool hf_file_sync_directory(const char *path, GError **error);
/* Writes `path` so that it is either the old or the new whole: temporary file beside it, fsync, rename, directory
 * fsync. `mode` as in open(2). */
bool hf_file_replace(const char *path, const void *bytes, size_t n, int mode, GError **error);
/* Reads a whole file of at most `limit` bytes. */
GBytes *hf_file_read_whole(const char *path, size_t limit, GError **error);
/* Overwrites a file with zeros in place, syncs, unlinks it. What this cannot promise on SSDs is the caller's to say. */
bool hf_file_shred(const char *path, GError **error);
/* Removes everything inside a directory (not the directory), never following symbolic links. */
bool hf_file_empty_directory(const char *path, GError **error);

/* What is remembered of a file between two crawls: one stat(2). The device is left out: it changes on a remount. */
typedef struct {
    uint64_t inode;
    uint64_t size;
    int64_t mtime_ns;
    int64_t ctime_ns;
} hf_filestat;
/* One remembered file of a folder; the catalog gives it, the crawl compares it. */
typedef struct {
    int64_t id;
    char *name; /* any bytes */
    hf_filestat stat;
    hf_time scanned; /* when it was last read */
    bool retry;      /* treat as changed whatever its stat says */
} hf_crawl_known;

/* ---- sets of document ids (set.c) ---- A set of 32-bit ids as a roaring bitmap. */
typedef struct hf_set hf_set;
hf_set *hf_set_new(void);
hf_set *hf_set_copy(const hf_set *set);
void hf_set_free(hf_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_set, hf_set_free)
void hf_set_add(hf_set *set, uint32_t id);
void hf_set_add_many(hf_set *set, const uint32_t *ids, size_t n); /* fastest if ascending */
/* All ids of [first, last]; none if last is below first. */
void hf_set_add_range(hf_set *set, uint32_t first, uint32_t last);
/* The ids first + i for which bit i is set: bit i % 64 of bits[i / 64], lowest first. `first` is a multiple of 65,536. The
 * fastest way to add ids that are many or come from many places. */
void hf_set_add_bits(hf_set *set, uint32_t first, const uint64_t *bits, size_t n_words);
bool hf_set_has(const hf_set *set, uint32_t id);
uint64_t hf_set_count(const hf_set *set);
bool hf_set_equal(const hf_set *a, const hf_set *b);
void hf_set_and(hf_set *set, const hf_set *other); /* in place */
void hf_set_or(hf_set *set, const hf_set *other);
void hf_set_minus(hf_set *set, const hf_set *other);
uint64_t hf_set_and_count(const hf_set *a, const hf_set *b);
/* The first id at or above *id, put into *id; false if there is none. For walking: start at 0, go on with *id + 1. */
bool hf_set_next(const hf_set *set, uint32_t *id);
/* Puts the first ids at or above `from`, ascending, at most `n`, into `out`; returns how many. Cheaper than a hf_set_next each. */
size_t hf_set_read(const hf_set *set, uint32_t from, uint32_t *out, size_t n);
/* All ids ascending; `out` has room for hf_set_count. */
void hf_set_to_array(const hf_set *set, uint32_t *out);
/* A set as bytes, and back (set_store.c): equal sets are equal bytes. Load gives NULL for what store does not write. Free with
 * g_bytes_unref. */
GBytes *hf_set_store(const hf_set *set);
hf_set *hf_set_load(const void *bytes, size_t n);
/* SHA-256 of the ids, ascending, four bytes each, big-endian: what the audit log keeps of a set. */
void hf_set_digest(const hf_set *set, uint8_t sha256[32]);

/* ---- JSON (json.c) ---- A writer that appends compact JSON to a GString and puts the commas. Strings that are not
 * UTF-8 are shown as by hf_name_display. */
typedef struct {
    GString *out;
    uint64_t started; /* one bit a level: a value was written in it */
    unsigned depth;   /* at most 63 */
    bool after_key;
} hf_json;
void hf_json_init(hf_json *json, GString *out);
void hf_json_object(hf_json *json); /* { */
void hf_json_array(hf_json *json);  /* [ */
void hf_json_end_object(hf_json *json);
void hf_json_end_array(hf_json *json);
void hf_json_key(hf_json *json, const char *key);
void hf_json_string(hf_json *json, const char *value); /* NULL writes null */
void hf_json_string_n(hf_json *json, const char *value, size_t n);
void hf_json_int(hf_json *json, int64_t value);
void hf_json_double(hf_json *json, double value);
void hf_json_bool(hf_json *json, bool value);
void hf_json_null(hf_json *json);
void hf_json_raw(hf_json *json, const char *value); /* a value that is JSON already */
void hf_json_time(hf_json *json, hf_time t);        /* ISO string, or null */
/* key and value in one; the usual case. */
void hf_json_pair(hf_json *json, const char *key, const char *value);
void hf_json_pair_if(hf_json *json, const char *key, const char *value); /* NULL: nothing */
void hf_json_pair_int(hf_json *json, const char *key, int64_t value);
void hf_json_pair_bool(hf_json *json, const char *key, bool value);
void hf_json_pair_time(hf_json *json, const char *key, hf_time t);

/* ---- rows of output (table.c) ---- One writer for every command that lists: the same rows as an aligned table, JSON
 * array, JSON lines or CSV (RFC 4180, formula characters neutralised). Streams: a table takes its column widths from
 * the first 200 rows and cuts longer values to the terminal's width; nothing else is ever cut. */
typedef enum {
    HF_FORMAT_TABLE,
    HF_FORMAT_JSON,
    HF_FORMAT_JSONL,
    HF_FORMAT_CSV,
    HF_FORMAT_IDS,  /* the commands write these two themselves: one control number a line */
    HF_FORMAT_PATHS /* one instance path a line */
} hf_format;
bool hf_table_parse_format(const char *name, hf_format *out, GError **error); /* HF_ERROR_USAGE */
/* A marked cell has the marks below in its text: bold in a table on a terminal, «» in every other form. */
#define HF_MARK_BEGIN '\x01'
#define HF_MARK_END '\x02'
/* A JSON cell is a value of JSON as it stands there; other forms write its text like any other. */
typedef enum {
    HF_COLUMN_TEXT,
    HF_COLUMN_NUMBER,
    HF_COLUMN_FLAG, /* "true" or "false"; a table says yes or no */
    HF_COLUMN_MARKED,
    HF_COLUMN_JSON
} hf_column_kind;
typedef struct {
    const char *title; /* heading in a table */
    const char *key;   /* name in JSON and CSV */
    hf_column_kind kind;
    unsigned widest; /* most characters in a table; 0: as many as there are */
} hf_column;
typedef struct hf_table hf_table;
/* Writes to `fd`; `width` is the terminal's width in characters (0: not a terminal, cut nothing). */
hf_table *hf_table_new(hf_format format, const hf_column *columns, size_t n, int fd,
                       unsigned width);
/* One row: n strings; NULL is an empty cell, null in JSON. Numbers and flags ("true"/"false") are given as text. */
void hf_table_row(hf_table *table, const char *const *cells);
/* A line of text between the rows of a table (of two columns or more), cut to the terminal; nothing in other forms. */
void hf_table_note(hf_table *table, const char *text);
/* Writes what is left; false if writing failed (HF_ERROR_IO). Frees the table. */
bool hf_table_finish(hf_table *table, GError **error);
/* "1.2 MB"; free with g_free. */
char *hf_table_bytes(uint64_t bytes);
/* "12,345"; free with g_free. */
char *hf_table_count(uint64_t count);

/* ---- progress (progress.c) ---- A line on stderr that redraws itself on a terminal, a plain line every ten seconds
 * elsewhere, nothing when quiet. Thread-safe. */
typedef struct hf_progress hf_progress;
typedef enum { HF_PROGRESS_QUIET, HF_PROGRESS_PLAIN, HF_PROGRESS_TERMINAL } hf_progress_mode;
hf_progress_mode hf_progress_mode_for(int fd, bool quiet);
/* `what` is done to `unit` ("ingest", "documents"): the line is "ingest: 12 documents, ...". */
hf_progress *hf_progress_new(hf_progress_mode mode, const char *what, const char *unit);
/* Totals of 0 are unknown, and bytes of 0 are not counted. `note` (may be NULL) is short text at the end, such as
 * "3 exceptions". */
void hf_progress_update(hf_progress *p, uint64_t done, uint64_t total, uint64_t bytes,
                        uint64_t total_bytes, const char *note);
/* The line after so many seconds; g_free. */
char *hf_progress_line(const hf_progress *p, double seconds, uint64_t done, uint64_t total,
                       uint64_t bytes, uint64_t total_bytes, const char *note);
/* "1 exception", "2,345 exceptions" for a note; NULL for none of them. g_free. */
char *hf_progress_note(uint64_t count, const char *one, const char *more);
void hf_progress_free(hf_progress *p); /* clears the line */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_progress, hf_progress_free)

G_END_DECLS
