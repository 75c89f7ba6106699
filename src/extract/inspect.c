#include "extract/inspect.h"
#include "extract/extractor.h"
#include "holdfast/identify.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    gboolean text_only, quiet, identify_only, time, all_embedded;
    char *type, *name;
    char **passwords;
    uint64_t text, metas, children, child_bytes, problems;
    char *child;
    uint64_t child_size;
    bool child_listed;
} inspection;

static bool on_meta(void *data, hf_meta meta, const char *value, GError **error)
{
    inspection *in = data;
    (void)error;
    in->metas++;
    if (!in->quiet && !in->text_only) {
        g_autofree char *shown = hf_name_display(value, -1);
        printf("meta     %s: %s\n", hf_extract_meta_name(meta), shown);
    }
    return true;
}

static bool on_text(void *data, const char *utf8, size_t n, GError **error)
{
    inspection *in = data;
    (void)error;
    if (!in->quiet) {
        if (!in->text_only)
            printf("text     %zu bytes\n", n);
        fwrite(utf8, 1, n, stdout);
        if (!in->text_only && n > 0 && utf8[n - 1] != '\n')
            putchar('\n');
    }
    in->text += n;
    return true;
}

static bool on_flags(void *data, unsigned flags, GError **error)
{
    inspection *in = data;
    (void)error;
    if (!in->quiet && !in->text_only)
        printf("flags    0x%02x\n", flags);
    return true;
}

static bool on_child_begin(void *data, const hf_child *child, GError **error)
{
    static const char *const kinds[] = {"member", "attachment", "embedded", "inline"};
    inspection *in = data;
    (void)error;
    in->children++;
    in->child_size = 0;
    g_autofree char *path = hf_name_display(child->path, -1);
    g_autofree char *modified = hf_time_format_utc(child->modified.utc);
    g_free(in->child);
    in->child = g_strdup_printf("%s \"%s\" hint=%s modified=%s", kinds[child->kind], path,
                                child->type_hint != NULL ? child->type_hint : "-", modified);
    return true;
}

static bool on_child_data(void *data, const void *bytes, size_t n, GError **error)
{
    inspection *in = data;
    (void)bytes;
    (void)error;
    in->child_size += n;
    in->child_bytes += n;
    return true;
}

static bool on_child_end(void *data, bool complete, GError **error)
{
    inspection *in = data;
    (void)error;
    if (!in->quiet && !in->text_only)
        printf("child    %s %" G_GUINT64_FORMAT " bytes%s\n", in->child, in->child_size,
               complete ? "" : " INCOMPLETE");
    return true;
}

static bool on_problem(void *data, const hf_problem *problem, GError **error)
{
    inspection *in = data;
    (void)error;
    in->problems++;
    if (!in->text_only)
        printf("problem  %s at %s: %s\n", hf_error_item_name(problem->reason), problem->stage,
               problem->detail);
    return true;
}

static const hf_sink printing = {
    .meta = on_meta,
    .text = on_text,
    .flags = on_flags,
    .child_begin = on_child_begin,
    .child_data = on_child_data,
    .child_end = on_child_end,
    .problem = on_problem,
};

static bool run(inspection *in, int fd, uint64_t size, const char *type, const char *name)
{
    const hf_extractor *extractor = hf_extractors_find(type);
    if (!in->text_only)
        printf("type     %s (%s), extractor %s%s\n", type, hf_identify_kind(type),
               extractor != NULL ? extractor->name : "none",
               extractor != NULL && extractor->container ? ", container" : "");
    if (extractor == NULL || in->identify_only)
        return true;
    hf_extraction_input input = {.fd = fd,
                                 .size = size,
                                 .type = type,
                                 .name = name,
                                 .all_embedded = in->all_embedded,
                                 .passwords = (const char *const *)in->passwords,
                                 .limits = hf_extract_default_limits()};
    g_autoptr(GError) error = NULL;
    if (!hf_extraction_run(extractor, &input, &printing, in, &error)) {
        printf("stopped  %s\n", error != NULL ? error->message : "(no reason)");
        return false;
    }
    if (!in->text_only)
        printf("sum      %" G_GUINT64_FORMAT " text bytes, %" G_GUINT64_FORMAT
               " meta, %" G_GUINT64_FORMAT " children of %" G_GUINT64_FORMAT
               " bytes, %" G_GUINT64_FORMAT " problems\n",
               in->text, in->metas, in->children, in->child_bytes, in->problems);
    return true;
}

static bool inspect(inspection *in, hf_identify *identify, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fprintf(stderr, "cannot open %s: %s\n", path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    in->text = in->metas = in->children = in->child_bytes = in->problems = 0;
    uint8_t head[HF_IDENTIFY_HEAD];
    ssize_t got = pread(fd, head, sizeof head, 0);
    g_autofree char *base = g_path_get_basename(in->name != NULL ? in->name : path);
    hf_identify_input what = {.head = head,
                              .head_size = got < 0 ? 0 : (size_t)got,
                              .fd = fd,
                              .size = (uint64_t)st.st_size,
                              .name = base};
    int64_t start = g_get_monotonic_time();
    const char *type = in->type != NULL ? in->type : hf_identify_type(identify, &what);
    int64_t identified = g_get_monotonic_time();
    if (!in->text_only)
        printf("file     %s\n", path);
    bool ok = run(in, fd, what.size, type, base);
    if (in->time)
        printf("time     %d us to identify, %d us to extract\n", (int)(identified - start),
               (int)(g_get_monotonic_time() - identified));
    close(fd);
    return ok;
}

int hf_inspect_main(int argc, char **argv)
{
    inspection in = {0};
    const GOptionEntry options[] = {
        {"type", 0, 0, G_OPTION_ARG_STRING, &in.type, "take this media type", "TYPE"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &in.name, "take this file name", "NAME"},
        {"password", 0, 0, G_OPTION_ARG_STRING_ARRAY, &in.passwords, "a password to try", "P"},
        {"all-embedded", 0, 0, G_OPTION_ARG_NONE, &in.all_embedded, "inline pictures too", NULL},
        {"text", 0, 0, G_OPTION_ARG_NONE, &in.text_only, "print the text only", NULL},
        {"quiet", 0, 0, G_OPTION_ARG_NONE, &in.quiet, "print problems and counts only", NULL},
        {"identify", 0, 0, G_OPTION_ARG_NONE, &in.identify_only, "print the type only", NULL},
        {"time", 0, 0, G_OPTION_ARG_NONE, &in.time, "print how long each took", NULL},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("FILE...");
    g_option_context_add_main_entries(context, options, NULL);
    g_autoptr(hf_identify) identify = hf_identify_new(&error);
    if (identify == NULL || !g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    bool ok = true;
    for (int i = 1; i < argc; i++)
        ok = inspect(&in, identify, argv[i]) && ok;
    g_strfreev(in.passwords);
    g_free(in.type);
    g_free(in.name);
    g_free(in.child);
    return ok ? 0 : 1;
}
