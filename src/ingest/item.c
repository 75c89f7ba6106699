#include "ingest/item.h"
#include "holdfast/identify.h"
#include <string.h>
#include <unistd.h>

static void clear_meta(gpointer data)
{
    g_free(((hf_item_meta *)data)->value);
}

static void clear_problem(gpointer data)
{
    hf_item_problem *problem = data;
    g_free(problem->stage);
    g_free(problem->detail);
}

static char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return hf_name_utf8(slash != NULL ? slash + 1 : path, -1);
}

hf_item *hf_item_new(hf_item *parent, hf_child_kind kind, const char *path, const char *raw_name)
{
    hf_item *item = g_new0(hf_item, 1);
    item->parent = parent;
    item->kind = kind;
    item->path = g_strdup(path);
    item->raw_name = g_strdup(raw_name);
    item->name = last_part(raw_name);
    item->children = g_ptr_array_new_with_free_func((GDestroyNotify)hf_item_free);
    item->meta = g_array_new(FALSE, FALSE, sizeof(hf_item_meta));
    item->problems = g_array_new(FALSE, FALSE, sizeof(hf_item_problem));
    g_array_set_clear_func(item->meta, clear_meta);
    g_array_set_clear_func(item->problems, clear_problem);
    item->text = g_string_new(NULL);
    item->modified = (hf_stamp){HF_TIME_NONE, HF_OFFSET_NONE};
    item->type = "application/octet-stream";
    item->index = -1;
    return item;
}

void hf_item_free(hf_item *item)
{
    if (item == NULL)
        return;
    g_ptr_array_unref(item->children);
    hf_content_free(item->content);
    hf_sealed_free(item->sealed_native);
    hf_sealed_free(item->sealed_text);
    g_array_unref(item->meta);
    g_array_unref(item->problems);
    if (item->text != NULL)
        g_string_free(item->text, TRUE);
    g_free(item->path);
    g_free(item->name);
    g_free(item->raw_name);
    g_free(item->type_hint);
    g_free(item);
}

static void add_problem(hf_item *item, hf_item_error reason, const char *stage, char *detail)
{
    hf_item_problem problem = {reason, g_strdup(stage), detail};
    g_array_append_val(item->problems, problem);
}

void hf_item_add_problem(hf_item *item, hf_item_error reason, const char *stage, const char *format,
                         ...)
{
    va_list args;
    va_start(args, format);
    add_problem(item, reason, stage, g_strdup_vprintf(format, args));
    va_end(args);
}

const char *hf_item_meta_value(const hf_item *item, hf_meta meta)
{
    for (guint i = 0; i < item->meta->len; i++) {
        const hf_item_meta *m = &g_array_index(item->meta, hf_item_meta, i);
        if (m->meta == meta)
            return m->value;
    }
    return NULL;
}

bool hf_item_damaged(const hf_item *item)
{
    for (guint i = 0; i < item->problems->len; i++) {
        hf_item_error reason = g_array_index(item->problems, hf_item_problem, i).reason;
        if (reason != HF_ITEM_UNSAFE_NAME && reason != HF_ITEM_SPECIAL)
            return true;
    }
    return false;
}

char *hf_item_safe_path(const char *path, uint64_t ordinal)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit_set(path, "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        bool drive =
            part == parts && g_ascii_isalpha((*part)[0]) && (*part)[1] == ':' && (*part)[2] == '\0';
        if (**part == '\0' || strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0 || drive)
            continue;
        g_string_append_printf(out, "%s%s", out->len > 0 ? "/" : "", *part);
    }
    if (out->len == 0)
        g_string_append_printf(out, "unnamed-%" G_GUINT64_FORMAT, ordinal);
    return g_string_free(out, FALSE);
}

gssize hf_item_budget(const hf_limits *limits, uint64_t size)
{
    uint64_t budget;
    if (__builtin_mul_overflow(size, limits->ratio, &budget) ||
        budget > G_MAXSSIZE - HF_LIMIT_FREE_BYTES)
        return G_MAXSSIZE;
    return (gssize)(budget + HF_LIMIT_FREE_BYTES);
}

/* ---- the sink: what a worker says, put into items ---- */

typedef struct {
    hf_item *item;
    gssize *budget;
    hf_spool *spool;
    hf_content_writer *writer;
    hf_item *child;
    uint64_t children;
    char *unsafe;             /* said of the child that comes next: its name points outside */
    hf_item_member_fn member; /* NULL: children stay in the tree */
    void *member_data;
} collector;

static bool on_identified(void *data, const char *type, const char *extractor, unsigned version,
                          bool container, GError **error)
{
    (void)error;
    hf_item *item = ((collector *)data)->item;
    item->type = g_intern_string(type);
    item->extractor = extractor != NULL ? g_intern_string(extractor) : NULL;
    item->extractor_version = version;
    item->container = container;
    return true;
}

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    (void)error;
    hf_item_meta row = {meta, g_strdup(value)};
    g_array_append_val(((collector *)data)->item->meta, row);
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    (void)error;
    g_string_append_len(((collector *)data)->item->text, utf8, (gssize)n);
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    (void)error;
    ((collector *)data)->item->flags |= flags;
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    (void)error;
    collector *c = data;
    g_autofree char *safe = hf_item_safe_path(child->path, ++c->children);
    g_autofree char *path = c->member != NULL || *c->item->path == '\0'
                                ? g_strdup(safe)
                                : g_strconcat(c->item->path, "!/", safe, NULL);
    c->child = hf_item_new(c->member != NULL ? NULL : c->item, child->kind, path, safe);
    c->child->type_hint = g_strdup(child->type_hint);
    c->child->modified = child->modified;
    if (c->unsafe != NULL)
        add_problem(c->child, HF_ITEM_UNSAFE_NAME, "members", g_steal_pointer(&c->unsafe));
    c->writer = hf_content_writer_new(c->spool);
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    collector *c = data;
    if (g_atomic_pointer_add(c->budget, -(gssize)n) < (gssize)n) {
        g_set_error(
            error, HF_ITEM_ERROR, HF_ITEM_LIMIT,
            "what lies inside comes to far more than the source itself: the rest was left out");
        return false;
    }
    return hf_content_writer_write(c->writer, bytes, n, error);
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    collector *c = data;
    hf_item *child = g_steal_pointer(&c->child);
    child->content = hf_content_writer_finish(g_steal_pointer(&c->writer));
    c->item->members++;
    if (!complete)
        hf_item_add_problem(child, HF_ITEM_TRUNCATED, "members",
                            "\"%s\" ends before its container says", child->name);
    child->told = child->problems->len;
    if (c->member != NULL)
        return c->member(c->member_data, child, error);
    g_ptr_array_add(c->item->children, child);
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    (void)error;
    collector *c = data;
    char *detail = hf_name_display(problem->detail, -1);
    if (problem->reason == HF_ITEM_UNSAFE_NAME && c->unsafe == NULL && c->child == NULL)
        c->unsafe = detail;
    else
        add_problem(c->item, problem->reason, problem->stage, detail);
    return true;
}

static const hf_sink collecting = {
    .identified = on_identified,
    .meta = on_meta,
    .text = on_text,
    .flags = on_flags,
    .child_begin = on_child_begin,
    .child_data = on_child_data,
    .child_end = on_child_end,
    .problem = on_problem,
};

/* Takes back what a first reading said, before a second one. */
static void forget(hf_item *item)
{
    g_array_set_size(item->meta, 0);
    g_array_set_size(item->problems, item->told);
    g_string_truncate(item->text, 0);
    g_ptr_array_set_size(item->children, 0);
    item->flags = 0;
    item->members = 0;
}

static bool run_worker(const hf_item_reader *reader, collector *c, unsigned depth, bool defer,
                       GError **error)
{
    hf_item *item = c->item;
    bool owned;
    int fd = hf_content_open(item->content, reader->work_directory, &owned, error);
    if (fd < 0)
        return false;
    hf_job job = {
        .fd = fd,
        .size = hf_content_size(item->content),
        .name = item->raw_name,
        .type_hint = item->type_hint,
        .depth = depth,
        .all_embedded = reader->all_embedded,
        .defer_containers = defer,
        .passwords = reader->passwords,
        .work_directory = reader->work_directory,
    };
    GError *failed = NULL;
    bool ok = hf_worker_run(reader->worker, &job, &collecting, c, &item->worked, &failed);
    if (owned)
        close(fd);
    if (!ok && failed->domain == HF_ITEM_ERROR) {
        hf_item_add_problem(item, (hf_item_error)failed->code, "members", "%s", failed->message);
        item->worked = HF_WORKED_PARTLY;
        g_clear_error(&failed);
        ok = true;
    }
    if (failed != NULL)
        g_propagate_error(error, failed);
    if (c->unsafe != NULL) /* a name without bytes */
        add_problem(item, HF_ITEM_UNSAFE_NAME, "members", g_steal_pointer(&c->unsafe));
    if (!ok || c->child != NULL) { /* a child that its worker did not live to finish */
        hf_content_writer_free(g_steal_pointer(&c->writer));
        hf_item_free(g_steal_pointer(&c->child));
    }
    return ok;
}

/* What the worker could not say: that nothing reads this kind of file. */
static void note_unread(hf_item *item)
{
    if (item->extractor != NULL || hf_content_size(item->content) == 0 ||
        item->problems->len > item->told)
        return;
    bool picture = g_str_has_prefix(item->type, "image/");
    hf_item_add_problem(item, picture ? HF_ITEM_NO_TEXT : HF_ITEM_UNSUPPORTED, "text",
                        picture ? "a picture (%s): it has no text of its own" : "nothing reads %s",
                        item->type);
}

static bool read_children(const hf_item_reader *reader, hf_item *item, unsigned depth,
                          GError **error)
{
    hf_item_reader below = *reader;
    below.defer_containers = false;
    for (guint i = 0; i < item->children->len; i++) {
        hf_item *child = g_ptr_array_index(item->children, i);
        if (!hf_content_digest(child->content, false, &child->digest, error) ||
            !hf_item_read(&below, child, depth + 1, error))
            return false;
    }
    return true;
}

bool hf_item_read(const hf_item_reader *reader, hf_item *item, unsigned depth, GError **error)
{
    if (depth > reader->limits->depth) {
        hf_item_add_problem(item, HF_ITEM_LIMIT, "identify", "it lies more than %u levels deep",
                            reader->limits->depth);
        return true;
    }
    hf_spool *spool = hf_spool_new(reader->work_directory);
    collector c = {.item = item, .budget = reader->budget, .spool = spool};
    bool ok = run_worker(reader, &c, depth, reader->defer_containers, error);
    hf_spool_unref(spool);
    if (!ok)
        return false;
    if (item->worked == HF_WORKED_DEFERRED)
        return true;
    note_unread(item);
    return read_children(reader, item, depth, error);
}

bool hf_item_read_container(const hf_item_reader *reader, hf_item *item, unsigned depth,
                            hf_item_member_fn member, void *data, GError **error)
{
    hf_spool *spool = hf_spool_new(reader->work_directory);
    collector c = {.item = item,
                   .budget = reader->budget,
                   .spool = spool,
                   .member = member,
                   .member_data = data};
    forget(item);
    bool ok = run_worker(reader, &c, depth, false, error);
    hf_spool_unref(spool);
    if (ok)
        note_unread(item);
    return ok;
}
