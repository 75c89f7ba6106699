#include "extract/extractor.h"
#include "extract/language.h"
#include "extract/wire.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SAMPLE_BYTES 2048u
#define SHORT_SAMPLE 512u
#define LONG_TEXT 32768u
#define RATIO_FREE_BYTES (UINT64_C(64) << 20)
#define PROBLEMS_MAX (HF_WIRE_PROBLEMS_MAX - 100)

struct hf_extraction {
    const hf_extractor *extractor;
    const hf_extraction_input *input;
    const hf_sink *sink;
    void *data;
    GString *text; /* said, not yet given to the sink */
    uint64_t text_bytes;
    bool text_ends_line;
    GString *sample; /* the first of the text, for its language */
    uint64_t children, inline_children, output_bytes, member_bytes;
    uint64_t metas, meta_bytes, problems;
    bool child_open, member_cut;
    gint64 progressed; /* by the monotonic clock */
    bool said_text_limit, said_meta_limit, said_depth_limit;
    bool stopped; /* the sink refused: nothing is given to it any more */
};

static const char *const no_passwords[] = {NULL};

/* ---- input ---- */

int hf_extraction_fd(hf_extraction *x)
{
    return x->input->fd;
}

uint64_t hf_extraction_size(hf_extraction *x)
{
    return x->input->size;
}

const char *hf_extraction_type(hf_extraction *x)
{
    return x->input->type;
}

const char *hf_extraction_name(hf_extraction *x)
{
    return x->input->name != NULL ? x->input->name : "";
}

const hf_limits *hf_extraction_limits(hf_extraction *x)
{
    return &x->input->limits;
}

unsigned hf_extraction_depth(hf_extraction *x)
{
    return x->input->depth;
}

bool hf_extraction_all_embedded(hf_extraction *x)
{
    return x->input->all_embedded;
}

const char *const *hf_extraction_passwords(hf_extraction *x)
{
    return x->input->passwords != NULL ? x->input->passwords : no_passwords;
}

uint64_t hf_extraction_text_bytes(hf_extraction *x)
{
    return x->text_bytes;
}

ssize_t hf_extraction_pread(hf_extraction *x, void *bytes, size_t n, uint64_t offset,
                            GError **error)
{
    size_t done = 0;
    if (offset > INT64_MAX || n > INT64_MAX - offset) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_DAMAGED, "a place beyond the end of every file");
        return -1;
    }
    while (done < n) {
        ssize_t got = pread(x->input->fd, (char *)bytes + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            g_set_error(error, HF_ITEM_ERROR, HF_ITEM_UNREADABLE, "cannot read: %s",
                        g_strerror(errno));
            return -1;
        }
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

typedef struct {
    void *start;
    size_t size;
} mapping;

static void unmap(gpointer data)
{
    mapping *m = data;
    munmap(m->start, m->size);
    g_free(m);
}

GBytes *hf_extraction_bytes(hf_extraction *x, uint64_t limit, GError **error)
{
    uint64_t size = x->input->size;
    if (size > limit || size > SIZE_MAX / 2) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_LIMIT,
                    "%" G_GUINT64_FORMAT " bytes are more than the %" G_GUINT64_FORMAT
                    " that this format is read with",
                    size, limit);
        return NULL;
    }
    if (size >= 1u << 20) {
        void *start = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, x->input->fd, 0);
        if (start != MAP_FAILED) {
            mapping *m = g_new(mapping, 1);
            *m = (mapping){start, (size_t)size};
            return g_bytes_new_with_free_func(start, (size_t)size, unmap, m);
        }
    }
    g_autofree char *bytes = g_try_malloc(size > 0 ? (size_t)size : 1);
    if (bytes == NULL) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_LIMIT,
                    "no memory for %" G_GUINT64_FORMAT " bytes", size);
        return NULL;
    }
    ssize_t got = hf_extraction_pread(x, bytes, (size_t)size, 0, error);
    if (got < 0)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (size_t)got);
}

int hf_extraction_scratch(hf_extraction *x, GError **error)
{
    if (x->input->scratch != NULL)
        return x->input->scratch(x->input->scratch_data, error);
    int fd = memfd_create("scratch", MFD_CLOEXEC);
    if (fd < 0)
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_LIMIT, "no scratch file: %s", g_strerror(errno));
    return fd;
}

/* ---- output ---- */

/* Remembers that the sink refused, so that an extractor that goes on all the same is not heard. */
static bool said(hf_extraction *x, bool ok)
{
    if (!ok)
        x->stopped = true;
    return ok;
}

static bool may_speak(hf_extraction *x, GError **error)
{
    if (!x->stopped)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the extraction was stopped");
    return false;
}

static bool problem(hf_extraction *x, hf_item_error reason, const char *stage, const char *detail,
                    GError **error)
{
    if (!may_speak(x, error))
        return false;
    if (x->problems > PROBLEMS_MAX)
        return true;
    if (x->problems++ == PROBLEMS_MAX) {
        reason = HF_ITEM_LIMIT;
        detail = "more problems than are listed";
    }
    g_autofree char *safe = hf_name_display(detail, -1);
    if (strlen(safe) > HF_WIRE_DETAIL_MAX)
        *g_utf8_find_prev_char(safe, safe + HF_WIRE_DETAIL_MAX) = '\0';
    hf_problem p = {.reason = reason, .stage = stage, .detail = safe};
    return said(x, x->sink->problem(x->data, &p, error));
}

bool hf_extraction_problem(hf_extraction *x, hf_item_error reason, const char *stage,
                           GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *detail = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return problem(x, reason, stage, detail, error);
}

static bool problem_once(hf_extraction *x, bool *once, const char *stage, const char *detail,
                         GError **error)
{
    if (*once)
        return true;
    *once = true;
    return problem(x, HF_ITEM_LIMIT, stage, detail, error);
}

bool hf_extraction_meta(hf_extraction *x, hf_meta meta, const char *utf8, GError **error)
{
    if (!may_speak(x, error))
        return false;
    if (utf8 == NULL)
        return true;
    while (g_ascii_isspace(*utf8))
        utf8++;
    size_t n = strlen(utf8);
    while (n > 0 && g_ascii_isspace(utf8[n - 1]))
        n--;
    if (n == 0)
        return true;
    if (x->metas >= HF_WIRE_METAS_MAX || x->meta_bytes + n > HF_WIRE_META_BYTES_MAX)
        return problem_once(x, &x->said_meta_limit, "metadata", "more metadata than is kept",
                            error);
    bool cut = n > HF_WIRE_META_MAX;
    /* Bytes that are not UTF-8 grow to three. */
    g_autofree char *value =
        g_utf8_make_valid(utf8, (gssize)MIN(n, (size_t)HF_WIRE_META_MAX / 3 * (cut ? 1 : 3)));
    if (strlen(value) > HF_WIRE_META_MAX) {
        *g_utf8_find_prev_char(value, value + HF_WIRE_META_MAX) = '\0';
        cut = true;
    }
    x->metas++;
    x->meta_bytes += strlen(value);
    if (!said(x, x->sink->meta(x->data, meta, value, error)))
        return false;
    return !cut || problem_once(x, &x->said_meta_limit, "metadata", "a value was cut", error);
}

bool hf_extraction_meta_time(hf_extraction *x, hf_meta meta, hf_stamp stamp, GError **error)
{
    if (stamp.utc == HF_TIME_NONE)
        return true;
    bool has_offset = stamp.offset != HF_OFFSET_NONE && ABS(stamp.offset) < 86400;
    int32_t offset = has_offset ? stamp.offset / 60 * 60 : 0;
    hf_time local;
    if (__builtin_add_overflow(stamp.utc, offset * HF_TIME_SECOND, &local))
        return true;
    int year, month, day, hour, minute, second;
    hf_time_to_civil(local, &year, &month, &day, &hour, &minute, &second);
    if (year < 0 || year > 9999)
        return true;
    GString *text = g_string_sized_new(40);
    g_string_printf(text, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, hour, minute, second);
    int64_t fraction = local % HF_TIME_SECOND;
    if (fraction != 0)
        g_string_append_printf(text, ".%06d",
                               (int)(fraction < 0 ? fraction + HF_TIME_SECOND : fraction));
    if (has_offset)
        g_string_append_printf(text, "%c%02d:%02d", offset < 0 ? '-' : '+', ABS(offset) / 3600,
                               ABS(offset) / 60 % 60);
    g_autofree char *value = g_string_free(text, FALSE);
    return hf_extraction_meta(x, meta, value, error);
}

bool hf_extraction_meta_int(hf_extraction *x, hf_meta meta, int64_t value, GError **error)
{
    char text[32];
    g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, value);
    return hf_extraction_meta(x, meta, text, error);
}

static bool flush_text(hf_extraction *x, GError **error)
{
    if (x->text->len == 0)
        return true;
    if (x->sample->len < SAMPLE_BYTES) {
        size_t n = MIN(x->text->len, SAMPLE_BYTES - x->sample->len);
        g_string_append_len(x->sample, x->text->str, (gssize)n);
    }
    bool ok = said(x, x->sink->text(x->data, x->text->str, x->text->len, error));
    g_string_truncate(x->text, 0);
    return ok;
}

static bool add_valid(hf_extraction *x, const char *utf8, size_t n, GError **error)
{
    while (n > 0) {
        size_t room = HF_WIRE_PIECE - x->text->len;
        size_t take = MIN(n, room);
        while (take > 0 && take < n && ((unsigned char)utf8[take] & 0xC0) == 0x80)
            take--;
        g_string_append_len(x->text, utf8, (gssize)take);
        utf8 += take;
        n -= take;
        if (n > 0 && !flush_text(x, error))
            return false;
    }
    return true;
}

static bool add_text(hf_extraction *x, const char *utf8, size_t n, GError **error)
{
    if (n == 0)
        return true;
    uint64_t left = x->input->limits.text_bytes - MIN(x->text_bytes, x->input->limits.text_bytes);
    size_t take = (size_t)MIN((uint64_t)n, left);
    while (take > 0 && take < n && ((unsigned char)utf8[take] & 0xC0) == 0x80)
        take--;
    if (take > 0) {
        x->text_bytes += take;
        x->text_ends_line = utf8[take - 1] == '\n';
        if (!add_valid(x, utf8, take, error))
            return false;
    }
    if (take == n)
        return true;
    x->text_bytes = x->input->limits.text_bytes; /* or a shorter piece would still be let in */
    return problem_once(x, &x->said_text_limit, "text",
                        "there is more text than the limit: the rest was left out", error);
}

bool hf_extraction_text(hf_extraction *x, const char *utf8, gssize n, GError **error)
{
    if (!may_speak(x, error))
        return false;
    size_t left = n < 0 ? strlen(utf8) : (size_t)n;
    while (left > 0) {
        size_t good = hf_wire_valid_text(utf8, left);
        if (!add_text(x, utf8, good, error))
            return false;
        utf8 += good;
        left -= good;
        if (left == 0)
            break;
        bool ok =
            *utf8 == '\0' ? add_text(x, " ", 1, error) : add_text(x, "\xEF\xBF\xBD", 3, error);
        if (!ok)
            return false;
        utf8++;
        left--;
        /* One mark for one broken character, not for each of its bytes. */
        while (left > 0 && ((unsigned char)*utf8 & 0xC0) == 0x80) {
            utf8++;
            left--;
        }
    }
    return true;
}

bool hf_extraction_break(hf_extraction *x, GError **error)
{
    if (x->text_bytes == 0 || x->text_ends_line)
        return may_speak(x, error);
    return hf_extraction_text(x, "\n", 1, error);
}

bool hf_extraction_flag(hf_extraction *x, unsigned flags, GError **error)
{
    if (!may_speak(x, error))
        return false;
    return flags == 0 || said(x, x->sink->flags(x->data, flags, error));
}

bool hf_extraction_progress(hf_extraction *x, GError **error)
{
    gint64 now = g_get_monotonic_time();
    if (now - x->progressed < G_TIME_SPAN_SECOND || x->child_open)
        return may_speak(x, error);
    x->progressed = now;
    if (!may_speak(x, error) || !flush_text(x, error))
        return false;
    const hf_extraction_input *input = x->input;
    return input->progress == NULL || said(x, input->progress(input->progress_data, error));
}

/* ---- children ---- */

static bool out_of_bounds(GError **error, const char *detail)
{
    g_set_error_literal(error, HF_ITEM_ERROR, HF_ITEM_LIMIT, detail);
    return false;
}

bool hf_extraction_child_begin(hf_extraction *x, const hf_child *child, bool *wanted,
                               GError **error)
{
    *wanted = false;
    if (!may_speak(x, error))
        return false;
    g_return_val_if_fail(!x->child_open, false);
    if (child->kind == HF_CHILD_INLINE && !x->input->all_embedded) {
        x->inline_children++;
        return true;
    }
    const hf_limits *limits = &x->input->limits;
    if (x->children >= (x->extractor->container ? limits->children : limits->document_children))
        return out_of_bounds(error, "more members than the limit: the rest was left out");
    if (x->input->depth >= limits->depth)
        return problem_once(x, &x->said_depth_limit, "members",
                            "nested deeper than the limit: what is inside was left out", error);
    if (!flush_text(x, error))
        return false;
    hf_child safe = *child;
    g_autofree char *path = NULL;
    if (safe.path == NULL)
        safe.path = "";
    if (strlen(safe.path) > HF_WIRE_PATH_MAX) {
        safe.path = path = g_strndup(safe.path, HF_WIRE_PATH_MAX);
        if (!problem(x, HF_ITEM_LIMIT, "members", "a member's name was cut", error))
            return false;
    }
    if (safe.type_hint != NULL && !hf_wire_valid_type(safe.type_hint))
        safe.type_hint = NULL;
    if (safe.modified.offset != HF_OFFSET_NONE && ABS(safe.modified.offset) >= 86400)
        safe.modified.offset = HF_OFFSET_NONE;
    x->children++;
    x->member_bytes = 0;
    x->member_cut = false;
    if (!said(x, x->sink->child_begin(x->data, &safe, error)))
        return false;
    x->child_open = true;
    *wanted = true;
    return true;
}

static bool within_ratio(const hf_extraction *x)
{
    uint64_t packed;
    if (x->output_bytes <= RATIO_FREE_BYTES)
        return true;
    if (__builtin_mul_overflow(x->input->size, x->input->limits.ratio, &packed))
        return true;
    return x->output_bytes - RATIO_FREE_BYTES <= packed;
}

bool hf_extraction_child_data(hf_extraction *x, const void *bytes, size_t n, GError **error)
{
    if (!may_speak(x, error))
        return false;
    g_return_val_if_fail(x->child_open, false);
    const hf_limits *limits = &x->input->limits;
    if (n > limits->output_bytes - MIN(x->output_bytes, limits->output_bytes))
        return out_of_bounds(error, "more unpacked bytes than the limit: the rest was left out");
    x->output_bytes += n;
    if (!within_ratio(x))
        return out_of_bounds(error, "unpacks to far more than its size: the rest was left out");
    uint64_t room = limits->member_bytes - x->member_bytes;
    if (n > room) {
        x->member_cut = true;
        n = (size_t)room;
    }
    x->member_bytes += n;
    for (const char *p = bytes; n > 0;) {
        size_t take = MIN(n, (size_t)HF_WIRE_PIECE);
        if (!said(x, x->sink->child_data(x->data, p, take, error)))
            return false;
        p += take;
        n -= take;
    }
    return true;
}

bool hf_extraction_child_end(hf_extraction *x, bool complete, GError **error)
{
    if (!may_speak(x, error))
        return false;
    g_return_val_if_fail(x->child_open, false);
    x->child_open = false;
    if (!said(x, x->sink->child_end(x->data, complete && !x->member_cut, error)))
        return false;
    return !x->member_cut || problem(x, HF_ITEM_LIMIT, "members",
                                     "a member is larger than the limit: it was cut", error);
}

bool hf_extraction_child(hf_extraction *x, const hf_child *child, const void *bytes, size_t n,
                         GError **error)
{
    bool wanted;
    if (!hf_extraction_child_begin(x, child, &wanted, error))
        return false;
    return !wanted || (hf_extraction_child_data(x, bytes, n, error) &&
                       hf_extraction_child_end(x, true, error));
}

/* ---- running ---- */

/* CLD2 takes 25 us for 512 bytes, where reading a message takes 160: more only where that does not tell, or where the text is
 * long and its time with it. */
static bool say_language(hf_extraction *x, GError **error)
{
    if (x->extractor->container)
        return true;
    const char *language = NULL;
    if (x->text_bytes <= LONG_TEXT && x->sample->len > SHORT_SAMPLE)
        language = hf_language_of(x->sample->str, SHORT_SAMPLE);
    if (language == NULL)
        language = hf_language_of(x->sample->str, x->sample->len);
    return hf_extraction_meta(x, HF_META_LANGUAGE, language, error);
}

static bool finish(hf_extraction *x, GError **error)
{
    if (x->child_open && !hf_extraction_child_end(x, false, error))
        return false;
    if (!flush_text(x, error) || !say_language(x, error))
        return false;
    return x->inline_children == 0 ||
           hf_extraction_meta_int(x, HF_META_INLINE, (int64_t)x->inline_children, error);
}

bool hf_extraction_run(const hf_extractor *extractor, const hf_extraction_input *input,
                       const hf_sink *sink, void *data, GError **error)
{
    hf_extraction x = {.extractor = extractor, .input = input, .sink = sink, .data = data};
    x.progressed = g_get_monotonic_time();
    g_autoptr(GString) text = x.text = g_string_sized_new(4096);
    g_autoptr(GString) sample = x.sample = g_string_sized_new(SAMPLE_BYTES);
    g_autoptr(GError) failure = NULL;
    bool ok = extractor->extract(&x, &failure);
    if (x.stopped) {
        if (failure == NULL)
            may_speak(&x, &failure);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (x.child_open && !hf_extraction_child_end(&x, false, error))
        return false;
    if (!ok) {
        /* An error of another domain without a refusal of the sink is the extractor's own fault: still this document's. */
        bool item = failure != NULL && failure->domain == HF_ITEM_ERROR;
        const char *detail = failure != NULL ? failure->message : "the extractor gave up";
        if (!problem(&x, item ? (hf_item_error)failure->code : HF_ITEM_DAMAGED,
                     extractor->container ? "members" : "text", detail, error))
            return false;
    }
    return finish(&x, error);
}
