#include "extract/wire.h"
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define OUT_BUFFER (64u << 10)
#define OUT_DIRECT 8192u           /* larger pieces are written from where they lie */
#define FLUSH_AFTER G_USEC_PER_SEC /* so that the parent sees progress */
#define NAME_MAX_BYTES 4096u
#define PASSWORDS_MAX 1000u

/* ---- forms ---- */

size_t hf_wire_valid_text(const char *bytes, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        /* Stops at a byte above 127 or a NUL; what it stops at too early the slow way lets pass. */
        if (((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    const char *end;
    g_utf8_validate_len(bytes + i, n - i, &end);
    return (size_t)(end - bytes);
}

bool hf_wire_valid_type(const char *type)
{
    size_t slashes = 0, i = 0;
    for (; type[i] != '\0'; i++) {
        if (i >= 127)
            return false;
        if (type[i] == '/') {
            slashes++;
            if (i == 0 || type[i + 1] == '\0')
                return false;
        } else if (!g_ascii_islower(type[i]) && !g_ascii_isdigit(type[i]) &&
                   strchr("!#$&^_.+-", type[i]) == NULL) {
            return false;
        }
    }
    return slashes == 1;
}

/* ---- taking a payload apart ---- */

typedef struct {
    const uint8_t *p;
    size_t left;
    bool bad; /* it ended before it should */
} payload;

static void get(payload *in, void *out, size_t n)
{
    if (in->bad || in->left < n) {
        in->bad = true;
        memset(out, 0, n);
        return;
    }
    memcpy(out, in->p, n);
    in->p += n;
    in->left -= n;
}

static uint64_t get_u64(payload *in)
{
    uint64_t v;
    get(in, &v, 8);
    return v;
}

static uint32_t get_u32(payload *in)
{
    uint32_t v;
    get(in, &v, 4);
    return v;
}

static uint8_t get_u8(payload *in)
{
    uint8_t v;
    get(in, &v, 1);
    return v;
}

static bool get_bool(payload *in)
{
    uint8_t v = get_u8(in);
    in->bad = in->bad || v > 1;
    return v == 1;
}

/* A string with its length before it, without NUL inside; longer than `limit` is bad. Never NULL. */
static char *get_string(payload *in, size_t limit)
{
    uint32_t n = get_u32(in);
    if (in->bad || n > limit || n > in->left || memchr(in->p, '\0', n) != NULL) {
        in->bad = true;
        return g_strdup("");
    }
    char *s = g_strndup((const char *)in->p, n);
    in->p += n;
    in->left -= n;
    return s;
}

static bool whole(const payload *in)
{
    return !in->bad && in->left == 0;
}

/* ---- messages to the worker ---- */

static guint open_frame(GByteArray *out, hf_wire_type type)
{
    uint8_t header[HF_WIRE_HEADER] = {0, 0, 0, 0, (uint8_t)type};
    g_byte_array_append(out, header, sizeof header);
    return out->len;
}

static void close_frame(GByteArray *out, guint start)
{
    uint32_t n = out->len - start;
    memcpy(out->data + start - HF_WIRE_HEADER, &n, 4);
}

static void put_u64(GByteArray *out, uint64_t v)
{
    g_byte_array_append(out, (const uint8_t *)&v, 8);
}

static void put_u32(GByteArray *out, uint32_t v)
{
    g_byte_array_append(out, (const uint8_t *)&v, 4);
}

static void put_u8(GByteArray *out, uint8_t v)
{
    g_byte_array_append(out, &v, 1);
}

static void put_string(GByteArray *out, const char *s, size_t limit)
{
    size_t n = strnlen(s, limit);
    put_u32(out, (uint32_t)n);
    g_byte_array_append(out, (const uint8_t *)s, (guint)n);
}

void hf_wire_put_config(GByteArray *out, const hf_wire_config *c)
{
    guint start = open_frame(out, HF_WIRE_CONFIG);
    put_u32(out, c->version);
    put_u8(out, c->no_sandbox);
    const hf_limits *l = &c->limits;
    const uint64_t wide[] = {l->text_bytes,   l->children, l->document_children, l->member_bytes,
                             l->output_bytes, l->ratio,    l->address_space};
    const uint32_t narrow[] = {l->depth, l->mime_depth, l->xml_depth, l->seconds, l->total_seconds};
    for (size_t i = 0; i < G_N_ELEMENTS(wide); i++)
        put_u64(out, wide[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(narrow); i++)
        put_u32(out, narrow[i]);
    close_frame(out, start);
}

bool hf_wire_get_config(const uint8_t *bytes, size_t n, hf_wire_config *c)
{
    payload in = {bytes, n, false};
    c->version = get_u32(&in);
    c->no_sandbox = get_bool(&in);
    hf_limits *l = &c->limits;
    uint64_t *const wide[] = {&l->text_bytes,   &l->children,     &l->document_children,
                              &l->member_bytes, &l->output_bytes, &l->ratio,
                              &l->address_space};
    unsigned *const narrow[] = {&l->depth, &l->mime_depth, &l->xml_depth, &l->seconds,
                                &l->total_seconds};
    for (size_t i = 0; i < G_N_ELEMENTS(wide); i++)
        *wide[i] = get_u64(&in);
    for (size_t i = 0; i < G_N_ELEMENTS(narrow); i++)
        *narrow[i] = get_u32(&in);
    return whole(&in) && c->version == HF_WIRE_VERSION;
}

void hf_wire_put_job(GByteArray *out, const hf_job *job)
{
    guint start = open_frame(out, HF_WIRE_JOB);
    put_u64(out, job->size);
    put_u32(out, job->depth);
    put_u8(out, job->all_embedded);
    put_u8(out, job->identify_only);
    put_u8(out, job->defer_containers);
    put_string(out, job->name != NULL ? job->name : "", NAME_MAX_BYTES);
    put_string(out, job->type_hint != NULL ? job->type_hint : "", 127);
    uint32_t passwords = 0;
    while (job->passwords != NULL && job->passwords[passwords] != NULL && passwords < PASSWORDS_MAX)
        passwords++;
    put_u32(out, passwords);
    for (uint32_t i = 0; i < passwords; i++)
        put_string(out, job->passwords[i], NAME_MAX_BYTES);
    close_frame(out, start);
}

bool hf_wire_get_job(const uint8_t *bytes, size_t n, hf_wire_job *job)
{
    payload in = {bytes, n, false};
    *job = (hf_wire_job){0};
    job->size = get_u64(&in);
    job->depth = get_u32(&in);
    job->all_embedded = get_bool(&in);
    job->identify_only = get_bool(&in);
    job->defer_containers = get_bool(&in);
    job->name = get_string(&in, NAME_MAX_BYTES);
    job->type_hint = get_string(&in, 127);
    uint32_t passwords = get_u32(&in);
    if (passwords > PASSWORDS_MAX)
        return false;
    job->passwords = g_new0(char *, passwords + 1);
    for (uint32_t i = 0; i < passwords; i++)
        job->passwords[i] = get_string(&in, NAME_MAX_BYTES);
    return whole(&in);
}

void hf_wire_clear_job(hf_wire_job *job)
{
    g_free(job->name);
    g_free(job->type_hint);
    g_strfreev(job->passwords);
    *job = (hf_wire_job){0};
}

/* ---- the worker's end ---- */

void hf_wire_out_init(hf_wire_out *out, int fd)
{
    *out = (hf_wire_out){.fd = fd, .buffer = g_malloc(OUT_BUFFER)};
}

void hf_wire_out_clear(hf_wire_out *out)
{
    g_free(out->buffer);
    out->buffer = NULL;
}

static bool write_both(int fd, struct iovec parts[2], GError **error)
{
    int at = 0;
    while (at < 2) {
        ssize_t done = writev(fd, parts + at, 2 - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return hf_error_set_errno(error, errno, "write to", "the parent");
        while (at < 2 && (size_t)done >= parts[at].iov_len) {
            done -= (ssize_t)parts[at].iov_len;
            at++;
        }
        if (at < 2) {
            parts[at].iov_base = (char *)parts[at].iov_base + done;
            parts[at].iov_len -= (size_t)done;
        }
    }
    return true;
}

static bool flush_with(hf_wire_out *out, const void *bytes, size_t n, GError **error)
{
    struct iovec parts[2] = {{out->buffer, out->used}, {(void *)bytes, n}};
    out->used = 0;
    out->flushed = g_get_monotonic_time();
    return write_both(out->fd, parts, error);
}

bool hf_wire_out_flush(hf_wire_out *out, GError **error)
{
    return out->used == 0 || flush_with(out, NULL, 0, error);
}

/* A frame whose payload is `fixed` and then `rest`. */
static bool send_frame(hf_wire_out *out, hf_wire_type type, const void *fixed, size_t n_fixed,
                       const void *rest, size_t n_rest, GError **error)
{
    uint32_t n = (uint32_t)(n_fixed + n_rest);
    size_t copied = HF_WIRE_HEADER + n_fixed + (n_rest > OUT_DIRECT ? 0 : n_rest);
    if (out->used + copied > OUT_BUFFER && !hf_wire_out_flush(out, error))
        return false;
    uint8_t *p = out->buffer + out->used;
    memcpy(p, &n, 4);
    p[4] = (uint8_t)type;
    if (n_fixed > 0)
        memcpy(p + HF_WIRE_HEADER, fixed, n_fixed);
    if (n_rest > 0 && n_rest <= OUT_DIRECT)
        memcpy(p + HF_WIRE_HEADER + n_fixed, rest, n_rest);
    out->used += copied;
    if (n_rest > OUT_DIRECT)
        return flush_with(out, rest, n_rest, error);
    return g_get_monotonic_time() - out->flushed < FLUSH_AFTER || hf_wire_out_flush(out, error);
}

bool hf_wire_out_ready(hf_wire_out *out, bool landlock, GError **error)
{
    uint8_t fixed[5] = {0, 0, 0, 0, landlock};
    uint32_t version = HF_WIRE_VERSION;
    memcpy(fixed, &version, 4);
    return send_frame(out, HF_WIRE_READY, fixed, 5, NULL, 0, error) &&
           hf_wire_out_flush(out, error);
}

bool hf_wire_out_done(hf_wire_out *out, bool deferred, GError **error)
{
    uint8_t fixed = deferred;
    return send_frame(out, HF_WIRE_DONE, &fixed, 1, NULL, 0, error) &&
           hf_wire_out_flush(out, error);
}

bool hf_wire_out_scratch(hf_wire_out *out, GError **error)
{
    return send_frame(out, HF_WIRE_SCRATCH, NULL, 0, NULL, 0, error) &&
           hf_wire_out_flush(out, error);
}

bool hf_wire_out_progress(hf_wire_out *out, GError **error)
{
    return send_frame(out, HF_WIRE_PROGRESS, NULL, 0, NULL, 0, error) &&
           hf_wire_out_flush(out, error);
}

static bool out_identified(void *data, const char *type, const char *extractor, unsigned version,
                           bool container, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(256);
    put_u32(bytes, version);
    put_u8(bytes, container);
    put_string(bytes, type, 127);
    put_string(bytes, extractor != NULL ? extractor : "", 127);
    hf_wire_out *out = data;
    out->flushed = g_get_monotonic_time();
    return send_frame(out, HF_WIRE_IDENTIFIED, bytes->data, bytes->len, NULL, 0, error);
}

static bool out_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    uint8_t fixed = (uint8_t)meta;
    return send_frame(data, HF_WIRE_META, &fixed, 1, value, strlen(value), error);
}

static bool out_text(void *data, const char *utf8, size_t n, GError **error)
{
    return send_frame(data, HF_WIRE_TEXT, NULL, 0, utf8, n, error);
}

static bool out_flags(void *data, unsigned flags, GError **error)
{
    uint32_t fixed = flags;
    return send_frame(data, HF_WIRE_FLAGS, &fixed, 4, NULL, 0, error);
}

static bool out_child_begin(void *data, const hf_child *child, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(256);
    put_u8(bytes, (uint8_t)child->kind);
    put_u64(bytes, (uint64_t)child->modified.utc);
    put_u32(bytes, (uint32_t)child->modified.offset);
    put_u64(bytes, child->size);
    put_string(bytes, child->type_hint != NULL ? child->type_hint : "", 127);
    put_string(bytes, child->path, HF_WIRE_PATH_MAX);
    return send_frame(data, HF_WIRE_CHILD_BEGIN, NULL, 0, bytes->data, bytes->len, error);
}

static bool out_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    return send_frame(data, HF_WIRE_CHILD_DATA, NULL, 0, bytes, n, error);
}

static bool out_child_end(void *data, bool complete, GError **error)
{
    uint8_t fixed = complete;
    return send_frame(data, HF_WIRE_CHILD_END, &fixed, 1, NULL, 0, error);
}

static bool out_problem(void *data, const hf_problem *problem, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(256);
    put_u8(bytes, (uint8_t)problem->reason);
    put_string(bytes, problem->stage, 63);
    put_string(bytes, problem->detail, HF_WIRE_DETAIL_MAX);
    return send_frame(data, HF_WIRE_PROBLEM, bytes->data, bytes->len, NULL, 0, error);
}

const hf_sink hf_wire_sink = {
    .identified = out_identified,
    .meta = out_meta,
    .text = out_text,
    .flags = out_flags,
    .child_begin = out_child_begin,
    .child_data = out_child_data,
    .child_end = out_child_end,
    .problem = out_problem,
};

/* ---- the parent's end ---- */

struct hf_wire_in {
    hf_limits limits;
    bool identify_only, defer_containers;
    const hf_sink *sink;
    void *data;
    bool identified, container, in_child, done, deferred, wants_scratch;
    uint64_t text, metas, meta_bytes, flags, problems, scratches;
    uint64_t children, member, output;
};

hf_wire_in *hf_wire_in_new(const hf_limits *limits, const hf_job *job, const hf_sink *sink,
                           void *data)
{
    hf_wire_in *in = g_new0(hf_wire_in, 1);
    in->limits = *limits;
    in->identify_only = job->identify_only;
    in->defer_containers = job->defer_containers;
    in->sink = sink;
    in->data = data;
    return in;
}

void hf_wire_in_free(hf_wire_in *in)
{
    g_free(in);
}

bool hf_wire_in_identified(const hf_wire_in *in)
{
    return in->identified;
}

bool hf_wire_in_container(const hf_wire_in *in)
{
    return in->container;
}

static bool forbidden(GError **error, const char *what)
{
    g_set_error(error, HF_ITEM_ERROR, HF_ITEM_PROTOCOL, "the worker sent what its rules forbid: %s",
                what);
    return false;
}

static bool in_identified(hf_wire_in *in, payload *p, GError **error)
{
    unsigned version = get_u32(p);
    bool container = get_bool(p);
    g_autofree char *type = get_string(p, 127);
    g_autofree char *name = get_string(p, 127);
    if (!whole(p) || in->identified || !hf_wire_valid_type(type))
        return forbidden(error, "a type that is none, or a second one");
    const hf_extract_known *known = *name != '\0' ? hf_extract_find_known(name) : NULL;
    bool agrees = *name == '\0'
                      ? version == 0 && !container
                      : known != NULL && known->version == version && known->container == container;
    if (!agrees)
        return forbidden(error, "an extractor that this program does not have");
    in->identified = true;
    in->container = container;
    return in->sink->identified(in->data, type, known != NULL ? known->name : NULL, version,
                                container, error);
}

static bool in_meta(hf_wire_in *in, payload *p, GError **error)
{
    uint8_t meta = get_u8(p);
    size_t n = p->left;
    in->metas++;
    in->meta_bytes += n;
    if (p->bad || meta >= HF_META_LAST || n == 0 || n > HF_WIRE_META_MAX ||
        hf_wire_valid_text((const char *)p->p, n) != n)
        return forbidden(error, "metadata that is not of its form");
    if (in->metas > HF_WIRE_METAS_MAX + 100 ||
        in->meta_bytes > HF_WIRE_META_BYTES_MAX + (64u << 10))
        return forbidden(error, "more metadata than it may");
    g_autofree char *value = g_strndup((const char *)p->p, n);
    return in->sink->meta(in->data, (hf_meta)meta, value, error);
}

static bool in_text(hf_wire_in *in, payload *p, GError **error)
{
    size_t n = p->left;
    in->text += n;
    if (n == 0 || in->text > in->limits.text_bytes)
        return forbidden(error, "more text than it may");
    if (hf_wire_valid_text((const char *)p->p, n) != n)
        return forbidden(error, "text that is not UTF-8");
    return in->sink->text(in->data, (const char *)p->p, n, error);
}

static bool in_flags(hf_wire_in *in, payload *p, GError **error)
{
    uint32_t flags = get_u32(p);
    if (!whole(p) || flags == 0 || flags >= HF_FLAG_ENCODED_LEFT_OUT << 1 ||
        ++in->flags > HF_WIRE_FLAGS_MAX)
        return forbidden(error, "flags that there are not");
    return in->sink->flags(in->data, flags, error);
}

static bool in_child_begin(hf_wire_in *in, payload *p, GError **error)
{
    uint8_t kind = get_u8(p);
    hf_child child = {.kind = (hf_child_kind)kind};
    child.modified.utc = (hf_time)get_u64(p);
    child.modified.offset = (int32_t)get_u32(p);
    child.size = get_u64(p);
    g_autofree char *hint = get_string(p, 127);
    g_autofree char *path = get_string(p, HF_WIRE_PATH_MAX);
    int32_t offset = child.modified.offset;
    if (!whole(p) || kind > HF_CHILD_INLINE || (*hint != '\0' && !hf_wire_valid_type(hint)) ||
        (offset != HF_OFFSET_NONE && (offset <= -86400 || offset >= 86400)))
        return forbidden(error, "a child that is not of its form");
    uint64_t most = in->container ? in->limits.children : in->limits.document_children;
    if (++in->children > most)
        return forbidden(error, "more children than it may");
    child.path = path;
    child.type_hint = *hint != '\0' ? hint : NULL;
    in->member = 0;
    if (!in->sink->child_begin(in->data, &child, error))
        return false;
    in->in_child = true;
    return true;
}

static bool in_child_data(hf_wire_in *in, payload *p, GError **error)
{
    size_t n = p->left;
    in->member += n;
    in->output += n;
    if (n == 0 || in->member > in->limits.member_bytes || in->output > in->limits.output_bytes)
        return forbidden(error, "more bytes of children than it may");
    return in->sink->child_data(in->data, p->p, n, error);
}

static bool in_child_end(hf_wire_in *in, payload *p, GError **error)
{
    bool complete = get_bool(p);
    if (!whole(p))
        return forbidden(error, "the end of a child that is not of its form");
    in->in_child = false;
    return in->sink->child_end(in->data, complete, error);
}

static bool in_problem(hf_wire_in *in, payload *p, GError **error)
{
    uint8_t reason = get_u8(p);
    g_autofree char *stage = get_string(p, 63);
    g_autofree char *detail = get_string(p, HF_WIRE_DETAIL_MAX);
    if (!whole(p) || reason >= HF_ITEM_LAST || ++in->problems > HF_WIRE_PROBLEMS_MAX)
        return forbidden(error, "a problem that is not of its form, or too many");
    g_autofree char *safe_stage = hf_name_display(stage, -1);
    g_autofree char *safe_detail = hf_name_display(detail, -1);
    hf_problem problem = {
        .reason = (hf_item_error)reason, .stage = safe_stage, .detail = safe_detail};
    return in->sink->problem(in->data, &problem, error);
}

static bool in_done(hf_wire_in *in, payload *p, GError **error)
{
    in->deferred = get_bool(p);
    if (!whole(p) || (in->deferred && !(in->container && in->defer_containers)))
        return forbidden(error, "an end that is not of its form");
    in->done = true;
    return true;
}

static bool in_scratch(hf_wire_in *in, payload *p, GError **error)
{
    if (!whole(p) || ++in->scratches > HF_WIRE_SCRATCH_MAX)
        return forbidden(error, "a wish for too many scratch files");
    in->wants_scratch = true;
    return true;
}

static bool in_progress(hf_wire_in *in, payload *p, GError **error)
{
    (void)in;
    return whole(p) || forbidden(error, "progress that is not of its form");
}

static const struct {
    bool (*take)(hf_wire_in *in, payload *p, GError **error);
    bool in_child; /* only inside a child; the others only outside */
} takers[] = {
    [HF_WIRE_IDENTIFIED] = {in_identified, false},
    [HF_WIRE_META] = {in_meta, false},
    [HF_WIRE_TEXT] = {in_text, false},
    [HF_WIRE_FLAGS] = {in_flags, false},
    [HF_WIRE_CHILD_BEGIN] = {in_child_begin, false},
    [HF_WIRE_CHILD_DATA] = {in_child_data, true},
    [HF_WIRE_CHILD_END] = {in_child_end, true},
    [HF_WIRE_PROBLEM] = {in_problem, false},
    [HF_WIRE_DONE] = {in_done, false},
    [HF_WIRE_SCRATCH] = {in_scratch, false},
    [HF_WIRE_PROGRESS] = {in_progress, false},
};

static bool take(hf_wire_in *in, uint8_t type, payload *p, GError **error)
{
    if (type >= G_N_ELEMENTS(takers) || takers[type].take == NULL)
        return forbidden(error, "a frame of no known type");
    if (takers[type].in_child != in->in_child)
        return forbidden(error, "a frame out of its order");
    if (in->identified == (type == HF_WIRE_IDENTIFIED))
        return forbidden(error, "a frame before the type, or a second type");
    bool nothing_more = in->identify_only || (in->defer_containers && in->container);
    if (nothing_more && type != HF_WIRE_IDENTIFIED && type != HF_WIRE_DONE)
        return forbidden(error, "more than it was asked for");
    return takers[type].take(in, p, error);
}

static hf_wire_state state_of(hf_wire_in *in)
{
    if (in->done)
        return in->deferred ? HF_WIRE_DEFERRED : HF_WIRE_FINISHED;
    if (!in->wants_scratch)
        return HF_WIRE_MORE;
    in->wants_scratch = false;
    return HF_WIRE_WANTS_SCRATCH;
}

/* The next frame of `bytes`: false if it is not there whole, or (*bad) can never be. */
static bool next_frame(const uint8_t *bytes, size_t n, payload *p, uint8_t *type, bool *bad)
{
    uint32_t length;
    if (n < HF_WIRE_HEADER)
        return false;
    memcpy(&length, bytes, 4);
    *type = bytes[4];
    *bad = length > HF_WIRE_PAYLOAD_MAX;
    if (*bad || n - HF_WIRE_HEADER < length)
        return false;
    *p = (payload){bytes + HF_WIRE_HEADER, length, false};
    return true;
}

hf_wire_state hf_wire_in_feed(hf_wire_in *in, const uint8_t *bytes, size_t n, size_t *used,
                              GError **error)
{
    payload p;
    uint8_t type;
    bool bad = false;
    hf_wire_state state = HF_WIRE_MORE;
    *used = 0;
    while (state == HF_WIRE_MORE && next_frame(bytes + *used, n - *used, &p, &type, &bad)) {
        *used += HF_WIRE_HEADER + p.left;
        if (!take(in, type, &p, error))
            return HF_WIRE_FAILED;
        state = state_of(in);
    }
    if (!bad)
        return state;
    forbidden(error, "a frame that is too long");
    return HF_WIRE_FAILED;
}

bool hf_wire_in_abandon(hf_wire_in *in, GError **error)
{
    if (!in->in_child)
        return true;
    in->in_child = false;
    return in->sink->child_end(in->data, false, error);
}

hf_wire_state hf_wire_in_ready(const uint8_t *bytes, size_t n, size_t *used, bool *landlock,
                               GError **error)
{
    payload p;
    uint8_t type;
    bool bad = false;
    *used = 0;
    if (!next_frame(bytes, n, &p, &type, &bad)) {
        if (!bad)
            return HF_WIRE_MORE;
        forbidden(error, "a frame that is too long");
        return HF_WIRE_FAILED;
    }
    *used = HF_WIRE_HEADER + p.left;
    uint32_t version = get_u32(&p);
    *landlock = get_bool(&p);
    if (type == HF_WIRE_READY && whole(&p) && version == HF_WIRE_VERSION)
        return HF_WIRE_FINISHED;
    forbidden(error, "another greeting than this version's");
    return HF_WIRE_FAILED;
}
