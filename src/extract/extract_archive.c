/* Archives and compressed files, through libarchive. Everything here assumes that the archive was made to harm: members
 * are counted, bytes are counted by hf_extraction_child_data, and what libarchive reads is counted against loops. What still
 * loops inside libarchive is ended by the parent's deadline. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "extract/archive_name.h"
#include "extract/extractor.h"

#define BUFFER_BYTES (256 * 1024)
/* Problems that are listed one by one; the rest are counted. */
#define PROBLEMS_LISTED 100
/* Pieces and headers in a row that bring nothing. */
#define IDLE_MAX 1000
/* libarchive may read a file more than once (seeks of 7z, zip), but not for ever. */
#define READ_FACTOR 64
#define READ_FREE (UINT64_C(1) << 30)

/* How far names are looked at ahead, once, where their charset has to be guessed. */
#define NAMES_AHEAD 2000
#define READ_AHEAD (UINT64_C(8) << 20)
#define SAMPLE_BYTES 4096

typedef struct archive archive_reader;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(archive_reader, archive_read_free)

typedef struct {
    hf_extraction *x;
    char *buffer;
    uint64_t place, read_total;
    unsigned reads_at_end;
    bool failed_read; /* the file could not be read, or was read for ever */
    GString *sample;  /* names of unknown charset */
    bool sampled;
    GArray *given; /* uint64_t: hashes of the names of a zip's members, for a second try */
    bool second;   /* this is the second try */
    uint64_t entries;
    uint64_t more[HF_ITEM_LAST]; /* problems counted, not listed */
    unsigned listed;
    bool child_open;
    char *broken; /* why the archive could not be read to its end */
    hf_item_error broken_reason;
} session;

/* ---- problems ---- */

static bool note(session *s, hf_item_error reason, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static bool note(session *s, hf_item_error reason, GError **error, const char *format, ...)
{
    if (s->listed >= PROBLEMS_LISTED) {
        s->more[reason]++;
        return true;
    }
    s->listed++;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *detail = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return hf_extraction_problem(s->x, reason, "members", error, "%s", detail);
}

static bool note_rest(session *s, GError **error)
{
    for (int reason = 0; reason < HF_ITEM_LAST; reason++) {
        if (s->more[reason] == 0)
            continue;
        if (!hf_extraction_problem(s->x, (hf_item_error)reason, "members", error,
                                   "and %" G_GUINT64_FORMAT " more members of this kind",
                                   s->more[reason]))
            return false;
    }
    return true;
}

static hf_item_error reason_of(const char *message)
{
    static const struct {
        const char *words;
        hf_item_error reason;
    } rows[] = {{"assphrase", HF_ITEM_ENCRYPTED},
                {"ncrypt", HF_ITEM_ENCRYPTED},
                {"too many filters", HF_ITEM_LIMIT},
                {"llocate", HF_ITEM_LIMIT},
                {"memory", HF_ITEM_LIMIT},
                {"too big", HF_ITEM_LIMIT},
                {"runcated", HF_ITEM_TRUNCATED},
                {"remature", HF_ITEM_TRUNCATED},
                {"nexpected end", HF_ITEM_TRUNCATED},
                {"end of file", HF_ITEM_TRUNCATED},
                {"end-of-file", HF_ITEM_TRUNCATED},
                {"nsupported", HF_ITEM_UNSUPPORTED},
                {"not supported", HF_ITEM_UNSUPPORTED},
                {"navailable", HF_ITEM_UNSUPPORTED},
                {"nrecognized", HF_ITEM_UNSUPPORTED},
                {"nknown", HF_ITEM_UNSUPPORTED}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strstr(message, rows[i].words) != NULL)
            return rows[i].reason;
    }
    return HF_ITEM_DAMAGED;
}

/* libarchive's words; g_free. */
static char *why(archive_reader *a)
{
    const char *message = archive_error_string(a);
    return g_strstrip(
        g_strdup(message != NULL && *message != '\0' ? message : "the archive is damaged"));
}

static void broke(session *s, archive_reader *a)
{
    if (s->broken != NULL)
        return;
    s->broken = why(a);
    s->broken_reason = s->failed_read ? HF_ITEM_DAMAGED : reason_of(s->broken);
}

/* ---- reading the file ---- */

static la_ssize_t on_read(struct archive *a, void *data, const void **buffer)
{
    session *s = data;
    *buffer = s->buffer;
    uint64_t size = hf_extraction_size(s->x);
    bool for_ever = s->read_total > READ_FREE && (s->read_total - READ_FREE) / READ_FACTOR > size;
    if (for_ever || s->reads_at_end > IDLE_MAX) {
        s->failed_read = true;
        archive_set_error(a, EIO, "reading it comes to no end");
        return -1;
    }
    g_autoptr(GError) failure = NULL;
    ssize_t got = hf_extraction_pread(s->x, s->buffer, BUFFER_BYTES, s->place, &failure);
    if (got < 0) {
        s->failed_read = true;
        archive_set_error(a, EIO, "%s", failure->message);
        return -1;
    }
    s->reads_at_end = got == 0 ? s->reads_at_end + 1 : 0;
    s->place += (uint64_t)got;
    s->read_total += (uint64_t)got;
    return got;
}

static la_int64_t on_skip(struct archive *a, void *data, la_int64_t request)
{
    (void)a;
    session *s = data;
    uint64_t size = hf_extraction_size(s->x);
    uint64_t left = size > s->place ? size - s->place : 0;
    uint64_t step = request > 0 ? MIN((uint64_t)request, left) : 0;
    s->place += step;
    return (la_int64_t)step;
}

static la_int64_t on_seek(struct archive *a, void *data, la_int64_t offset, int whence)
{
    session *s = data;
    int64_t size = (int64_t)hf_extraction_size(s->x), to;
    int64_t base = whence == SEEK_CUR ? (int64_t)s->place : whence == SEEK_END ? size : 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0) {
        archive_set_error(a, EINVAL, "a place before the file's beginning");
        return ARCHIVE_FATAL;
    }
    s->place = (uint64_t)to;
    s->read_total += 4096; /* seeking for ever is a loop too */
    return to;
}

/* One by one: the functions for "all" also enable filters that run other programs. */
static void enable_filters(archive_reader *a)
{
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_compress(a);
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_filter_lzip(a);
    archive_read_support_filter_lzma(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_filter_rpm(a);
    archive_read_support_filter_uu(a);
}

static void enable_formats(archive_reader *a, bool second)
{
    if (second) {
        archive_read_support_format_zip_streamable(a);
        return;
    }
    archive_read_support_format_7zip(a);
    archive_read_support_format_ar(a);
    archive_read_support_format_cab(a);
    archive_read_support_format_cpio(a);
    archive_read_support_format_iso9660(a);
    archive_read_support_format_lha(a);
    archive_read_support_format_rar(a);
    archive_read_support_format_rar5(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_warc(a);
    archive_read_support_format_xar(a);
    archive_read_support_format_zip(a);
    archive_read_support_format_empty(a);
    archive_read_support_format_raw(a);
}

/* Whether what a gzip file unpacks to is gzip again. A file that unpacks to itself keeps libarchive busy for ever. */
static bool is_gzip_in_gzip(session *s)
{
    uint8_t packed[1024], plain[2] = {0};
    g_autoptr(GError) ignored = NULL;
    ssize_t n = hf_extraction_pread(s->x, packed, sizeof(packed), 0, &ignored);
    if (n < 4 || packed[0] != 0x1f || packed[1] != 0x8b)
        return false;
    z_stream stream = {
        .next_in = packed, .avail_in = (uInt)n, .next_out = plain, .avail_out = sizeof(plain)};
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return false;
    inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return plain[0] == 0x1f && plain[1] == 0x8b;
}

/* One layer is taken off; the next one is the member's own matter, and counts as depth. */
static void open_one_layer(archive_reader *a)
{
    archive_read_support_format_raw(a);
    archive_read_append_filter(a, ARCHIVE_FILTER_GZIP);
}

static archive_reader *open_archive(session *s)
{
    archive_reader *a = archive_read_new();
    s->place = 0;
    s->reads_at_end = 0;
    if (is_gzip_in_gzip(s)) {
        open_one_layer(a);
    } else {
        enable_filters(a);
        enable_formats(a, s->second);
    }
    for (const char *const *p = hf_extraction_passwords(s->x); *p != NULL; p++) {
        if (**p != '\0')
            archive_read_add_passphrase(a, *p);
    }
    archive_read_set_callback_data(a, s);
    archive_read_set_read_callback(a, on_read);
    archive_read_set_skip_callback(a, on_skip);
    if (!s->second)
        archive_read_set_seek_callback(a, on_seek);
    if (archive_read_open1(a) < ARCHIVE_WARN) {
        broke(s, a);
        archive_read_free(a);
        return NULL;
    }
    return a;
}

/* ---- one member ---- */

static bool is_raw(archive_reader *a)
{
    return (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) ==
           (ARCHIVE_FORMAT_RAW & ARCHIVE_FORMAT_BASE_MASK);
}

static bool is_zip(archive_reader *a)
{
    return (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

static char *raw_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    if (name == NULL)
        name = archive_entry_pathname_utf8(entry);
    return name != NULL && *name != '\0' ? g_strdup(name) : NULL;
}

/* One charset for all names of an archive: the more of them are seen, the better it is guessed. */
static void sample_names(session *s)
{
    g_autofree char *buffer = g_malloc(BUFFER_BYTES);
    session ahead = {.x = s->x, .buffer = buffer, .second = s->second};
    s->sampled = true;
    g_autoptr(archive_reader) a = open_archive(&ahead);
    struct archive_entry *entry;
    for (unsigned i = 0; a != NULL && i < NAMES_AHEAD && ahead.read_total < READ_AHEAD; i++) {
        int result = archive_read_next_header(a, &entry);
        if (result == ARCHIVE_EOF || result < ARCHIVE_WARN || s->sample->len >= SAMPLE_BYTES)
            break;
        g_autofree char *raw = raw_name(entry);
        if (raw != NULL && !g_utf8_validate(raw, -1, NULL)) {
            g_string_append(s->sample, raw);
            g_string_append_c(s->sample, '\n');
        }
    }
    g_free(ahead.broken);
}

static char *member_name(session *s, archive_reader *a, struct archive_entry *entry)
{
    g_autofree char *raw = raw_name(entry);
    /* A file that is only compressed: libarchive calls it "data" where the compressor stored no name. */
    if (is_raw(a) && (raw == NULL || strcmp(raw, "data") == 0))
        return hf_archive_name_single(hf_extraction_name(s->x));
    if (raw == NULL)
        return g_strdup_printf("member-%" G_GUINT64_FORMAT, s->entries);
    if (!s->sampled && !g_utf8_validate(raw, -1, NULL))
        sample_names(s);
    return hf_archive_name_decode(raw, is_zip(a), s->sample);
}

static hf_stamp member_time(struct archive_entry *entry)
{
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    int64_t seconds = archive_entry_mtime(entry), micro;
    if (!archive_entry_mtime_is_set(entry) ||
        __builtin_mul_overflow(seconds, HF_TIME_SECOND, &micro) ||
        __builtin_add_overflow(micro, (int64_t)archive_entry_mtime_nsec(entry) / 1000, &micro))
        return stamp;
    stamp.utc = micro;
    return stamp;
}

static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(1099511628211);
    return hash;
}

static int compare_hashes(gconstpointer a, gconstpointer b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Whether the first try gave this member; remembers it during the first. */
static bool was_given(session *s, const char *name)
{
    uint64_t hash = name_hash(name);
    if (s->second)
        return s->given->len > 0 &&
               bsearch(&hash, s->given->data, s->given->len, sizeof(hash), compare_hashes) != NULL;
    g_array_append_val(s->given, hash);
    return false;
}

static bool give_zeros(session *s, uint64_t n, GError **error)
{
    static const char zeros[64 * 1024];
    while (n > 0) {
        size_t step = (size_t)MIN(n, (uint64_t)sizeof(zeros));
        if (!hf_extraction_child_data(s->x, zeros, step, error))
            return false;
        n -= step;
    }
    return true;
}

/* How reading a member ended. */
typedef enum { MEMBER_WHOLE, MEMBER_BROKEN, MEMBER_FATAL, MEMBER_STOP } member_end;

typedef struct {
    session *s;
    archive_reader *a;
    hf_child child;
    bool begun, wanted, warned;
    uint64_t written;
    GError **error;
} member;

static bool begin(member *m)
{
    if (m->begun)
        return true;
    m->begun = true;
    if (!hf_extraction_child_begin(m->s->x, &m->child, &m->wanted, m->error))
        return false;
    m->s->child_open = m->wanted;
    return true;
}

static bool give_block(member *m, const void *bytes, size_t n, uint64_t offset)
{
    if (!begin(m))
        return false;
    if (!m->wanted)
        return true;
    /* Holes of a sparse file; one larger than what is kept of a member need not be written out. */
    uint64_t stop = MIN(offset, hf_extraction_limits(m->s->x)->member_bytes + 1);
    if (stop > m->written && !give_zeros(m->s, stop - m->written, m->error))
        return false;
    m->written = MAX(m->written, stop);
    if (offset < m->written) {
        /* libarchive gives no overlapping pieces, but a damaged sparse map might. */
        size_t again = (size_t)MIN((uint64_t)n, m->written - offset);
        bytes = (const char *)bytes + again;
        n -= again;
    }
    m->written += n;
    return n == 0 || hf_extraction_child_data(m->s->x, bytes, n, m->error);
}

static member_end read_blocks(member *m)
{
    unsigned idle = 0;
    for (;;) {
        const void *bytes;
        size_t n;
        la_int64_t offset;
        int result = archive_read_data_block(m->a, &bytes, &n, &offset);
        if (result == ARCHIVE_EOF)
            return begin(m) ? MEMBER_WHOLE : MEMBER_STOP;
        if (result < ARCHIVE_WARN)
            return result == ARCHIVE_FATAL ? MEMBER_FATAL : MEMBER_BROKEN;
        m->warned = m->warned || result == ARCHIVE_WARN;
        idle = n > 0 ? 0 : idle + 1;
        if (idle > IDLE_MAX) {
            archive_set_error(m->a, EIO, "reading it comes to no end");
            return MEMBER_FATAL;
        }
        if (n > 0 && !give_block(m, bytes, n, offset > 0 ? (uint64_t)offset : 0))
            return MEMBER_STOP;
    }
}

static bool end_member(member *m, bool complete)
{
    if (!m->begun || !m->wanted)
        return true;
    m->s->child_open = false;
    return hf_extraction_child_end(m->s->x, complete, m->error);
}

/* *fatal: nothing more can be read from the archive. */
static bool read_member(session *s, archive_reader *a, struct archive_entry *entry,
                        const char *name, bool *fatal, GError **error)
{
    member m = {.s = s, .a = a, .error = error};
    m.child = (hf_child){.kind = HF_CHILD_MEMBER,
                         .path = name,
                         .modified = member_time(entry),
                         .size = archive_entry_size_is_set(entry)
                                     ? (uint64_t)MAX(archive_entry_size(entry), 0)
                                     : UINT64_MAX};
    member_end end = read_blocks(&m);
    *fatal = end == MEMBER_FATAL;
    if (end == MEMBER_STOP)
        return false;
    /* Taken before the archive forgets. */
    g_autofree char *message = why(a);
    bool sound = end == MEMBER_WHOLE && !m.warned;
    if (!end_member(&m, sound))
        return false;
    if (sound)
        return true;
    g_autofree char *shown = hf_name_display(name, -1);
    return note(s, reason_of(message), error, "%s: %s", shown, message);
}

static bool note_special(session *s, const char *name, struct archive_entry *entry, GError **error)
{
    const char *target = archive_entry_hardlink(entry);
    const char *kind = "a device, pipe or socket";
    if (target != NULL)
        kind = "a second name (hard link) of";
    else if (archive_entry_filetype(entry) == AE_IFLNK) {
        kind = "a symbolic link to";
        target = archive_entry_symlink(entry);
    }
    g_autofree char *shown = hf_name_display(name, -1);
    g_autofree char *shown_target = hf_name_display(target != NULL ? target : "", -1);
    return note(s, HF_ITEM_SPECIAL, error, "%s: %s %s", shown, kind, shown_target);
}

/* The tables of an ar file are no members. */
static bool is_table(archive_reader *a, const char *name)
{
    static const char *const tables[] = {"/", "//", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED"};
    if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_AR)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (strcmp(name, tables[i]) == 0)
            return true;
    }
    return false;
}

/* libarchive reads a RAR member as if it were not encrypted and finds damage, or gives the encrypted bytes. */
static bool is_locked(archive_reader *a, struct archive_entry *entry)
{
    int format = archive_format(a) & ARCHIVE_FORMAT_BASE_MASK;
    return (format == ARCHIVE_FORMAT_RAR || format == ARCHIVE_FORMAT_RAR_V5) &&
           (archive_entry_is_data_encrypted(entry) != 0 || archive_entry_is_encrypted(entry) != 0);
}

/* Reads one entry, whatever it is. */
static bool read_entry(session *s, archive_reader *a, struct archive_entry *entry, bool *fatal,
                       GError **error)
{
    unsigned kind = archive_entry_filetype(entry);
    g_autofree char *name = member_name(s, a, entry);
    *fatal = false;
    if (kind == AE_IFDIR || (kind != AE_IFREG && g_str_has_suffix(name, "/")))
        return true;
    if (is_table(a, name) || (is_zip(a) && was_given(s, name)))
        return true;
    bool bare_link = archive_entry_hardlink(entry) != NULL && archive_entry_size(entry) == 0;
    if (bare_link || (kind != AE_IFREG && kind != 0))
        return note_special(s, name, entry, error);
    if (hf_archive_name_unsafe(name)) {
        g_autofree char *shown = hf_name_display(name, -1);
        if (!note(s, HF_ITEM_UNSAFE_NAME, error, "%s: the name points outside the archive", shown))
            return false;
    }
    if (is_locked(a, entry)) {
        g_autofree char *shown = hf_name_display(name, -1);
        return note(s, HF_ITEM_ENCRYPTED, error, "%s: encrypted RAR members are not read", shown);
    }
    return read_member(s, a, entry, name, fatal, error);
}

/* ---- the archive ---- */

/* Raw is what libarchive takes everything for: without a compression around it, it is no archive. */
static bool is_no_archive(archive_reader *a)
{
    return is_raw(a) && archive_filter_count(a) <= 1;
}

static bool give_empty(session *s, GError **error)
{
    g_autofree char *name = hf_archive_name_single(hf_extraction_name(s->x));
    hf_child child = {.kind = HF_CHILD_MEMBER,
                      .path = name,
                      .modified = {HF_TIME_NONE, HF_OFFSET_NONE},
                      .size = 0};
    return hf_extraction_child(s->x, &child, "", 0, error);
}

/* Reads entries up to the end or to where the archive breaks. */
static bool read_entries(session *s, archive_reader *a, GError **error)
{
    unsigned idle = 0;
    for (;;) {
        struct archive_entry *entry;
        bool fatal = false;
        int result = archive_read_next_header(a, &entry);
        if (result == ARCHIVE_EOF) {
            bool empty = archive_format(a) == ARCHIVE_FORMAT_EMPTY && archive_filter_count(a) > 1;
            return !empty || give_empty(s, error);
        }
        if (result == ARCHIVE_FATAL) {
            broke(s, a);
            return true;
        }
        if (result == ARCHIVE_RETRY || result == ARCHIVE_FAILED) {
            if (++idle > IDLE_MAX) {
                archive_set_error(a, EIO, "reading it comes to no end");
                broke(s, a);
                return true;
            }
            g_autofree char *message = why(a);
            if (!note(s, reason_of(message), error, "a member could not be read: %s", message))
                return false;
            continue;
        }
        if (is_no_archive(a)) {
            g_set_error(error, HF_ITEM_ERROR, HF_ITEM_UNSUPPORTED, "no archive that can be read");
            return false;
        }
        if (++s->entries > hf_extraction_limits(s->x)->children) {
            g_set_error(error, HF_ITEM_ERROR, HF_ITEM_LIMIT,
                        "more members than the limit: the rest was left out");
            return false;
        }
        if (!hf_extraction_progress(s->x, error) || !read_entry(s, a, entry, &fatal, error))
            return false;
        if (fatal) {
            broke(s, a);
            return true;
        }
    }
}

static bool read_once(session *s, GError **error)
{
    g_autoptr(archive_reader) a = open_archive(s);
    return a == NULL || read_entries(s, a, error);
}

static bool starts_as_zip(session *s)
{
    uint8_t head[4] = {0};
    g_autoptr(GError) ignored = NULL;
    return hf_extraction_pread(s->x, head, sizeof(head), 0, &ignored) == sizeof(head) &&
           memcmp(head, "PK\3\4", 4) == 0;
}

/* A zip whose table of contents leads astray is read a second time from its beginning, member by member as they lie. */
static bool read_all(session *s, GError **error)
{
    if (!read_once(s, error))
        return false;
    if (s->broken == NULL || !starts_as_zip(s))
        return true;
    s->second = true;
    g_array_sort(s->given, compare_hashes);
    return read_once(s, error);
}

/* Which volume of several a RAR archive is: 0 it is whole, 1 the first, 2 a later one (unrar's technote; RAR 5.0
 * archive format). */
static unsigned volume_old(const uint8_t *head, size_t n)
{
    if (n < 14 || head[9] != 0x73 || (head[10] & 1) == 0)
        return 0;
    return (head[11] & 1) != 0 ? 1 : 2;
}

static unsigned volume_new(const uint8_t *head, size_t n)
{
    uint64_t values[5] = {
        0}; /* after the checksum: size, type, flags, then the extra area's size if there is one */
    size_t at = 12, count = 0;
    while (count < G_N_ELEMENTS(values) && at < n) {
        for (unsigned shift = 0; at < n && shift < 63; shift += 7) {
            values[count] |= (uint64_t)(head[at] & 127) << shift;
            if ((head[at++] & 128) == 0)
                break;
        }
        count++;
    }
    uint64_t flags = (values[2] & 1) != 0 ? values[4] : values[3];
    if (count < G_N_ELEMENTS(values) || values[1] != 1 || (flags & 1) == 0)
        return 0;
    return (flags & 2) != 0 ? 2 : 1;
}

static unsigned volume(session *s)
{
    uint8_t head[64];
    g_autoptr(GError) ignored = NULL;
    ssize_t n = hf_extraction_pread(s->x, head, sizeof(head), 0, &ignored);
    if (n >= 20 && memcmp(head, "Rar!\x1a\x07\x01\x00", 8) == 0)
        return volume_new(head, (size_t)n);
    if (n >= 14 && memcmp(head, "Rar!\x1a\x07\x00", 7) == 0)
        return volume_old(head, (size_t)n);
    return 0;
}

static bool note_volume(session *s, GError **error)
{
    unsigned which = volume(s);
    if (which == 0)
        return true;
    g_autofree char *next = hf_archive_name_next_volume(hf_extraction_name(s->x));
    if (next == NULL)
        next = g_strdup("another file");
    const char *format = which == 1 ? "this is the first of several volumes: the archive goes on "
                                      "in \"%s\", which is missing here"
                                    : "this is a later one of several volumes: those before it are "
                                      "missing here, and \"%s\" "
                                      "if it is not the last";
    g_autofree char *detail = g_strdup_printf(format, next);
    return hf_extraction_problem(s->x, HF_ITEM_TRUNCATED, "members", error, "%s", detail);
}

static bool finish(session *s, GError **error)
{
    if (s->child_open && !hf_extraction_child_end(s->x, false, error))
        return false;
    if (s->broken != NULL && !hf_extraction_problem(s->x, s->broken_reason, "members", error,
                                                    "could not be read to its end: %s", s->broken))
        return false;
    return note_rest(s, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    g_autofree char *buffer = g_malloc(BUFFER_BYTES);
    g_autoptr(GString) sample = g_string_new(NULL);
    g_autoptr(GArray) given = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    session s = {.x = x, .buffer = buffer, .sample = sample, .given = given};
    g_autoptr(GError) failure = NULL;
    bool ok = note_volume(&s, &failure) && read_all(&s, &failure);
    /* A limit ends the reading, not the report. */
    if (ok || g_error_matches(failure, HF_ITEM_ERROR, HF_ITEM_LIMIT)) {
        bool finished = finish(&s, error);
        g_free(s.broken);
        if (!finished)
            return false;
    } else {
        g_free(s.broken);
    }
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&failure));
    return ok;
}

static const char *const types[] = {"application/zip",
                                    "application/java-archive",
                                    "application/x-tar",
                                    "application/gzip",
                                    "application/x-gzip",
                                    "application/x-bzip2",
                                    "application/x-xz",
                                    "application/zstd",
                                    "application/x-zstd",
                                    "application/x-lz4",
                                    "application/x-lzip",
                                    "application/x-lzma",
                                    "application/x-compress",
                                    "application/x-cpio",
                                    "application/x-archive",
                                    "application/vnd.debian.binary-package",
                                    "application/x-rpm",
                                    "application/x-iso9660-image",
                                    "application/vnd.ms-cab-compressed",
                                    "application/x-7z-compressed",
                                    "application/vnd.rar",
                                    "application/x-rar",
                                    "application/x-xar",
                                    "application/x-lha",
                                    "application/x-lzh-compressed",
                                    "application/warc",
                                    NULL};

const hf_extractor hf_extract_archive_format = {
    .name = "archive", .version = 1, .container = true, .types = types, .extract = extract};
