#include "cli/cli.h"
#include "holdfast/verify.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    bool json;
    GString *out; /* of what is not printed yet */
    hf_json writer;
    GPtrArray *notes;
} report;

/* ---- the options ---- */

static bool parse_sample(const char *text, hf_verify_options *options, GError **error)
{
    char *end = NULL;
    double percent = g_ascii_strtod(text, &end);
    guint64 count = 0;
    if (end != text && strcmp(end, "%") == 0 && isfinite(percent) && percent > 0 && percent <= 100) {
        options->share = percent / 100;
        return true;
    }
    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &count, NULL)) {
        options->count = count;
        return true;
    }
    return hf_cli_usage_error(error, "\"%s\" is no sample: give a share such as 5%% or 0.5%%, or a number of objects", text);
}

static bool parse_seed(const char *text, hf_verify_options *options, GError **error)
{
    guint64 seed = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &seed, NULL))
        return hf_cli_usage_error(error, "\"%s\" is no seed: give a number from 0 to %u", text, UINT32_MAX);
    options->seed = (uint32_t)seed;
    return true;
}

static bool parse_format(const char *text, bool *json, GError **error)
{
    hf_format format = HF_FORMAT_TABLE;
    if (text != NULL && !hf_table_parse_format(text, &format, error))
        return false;
    *json = format == HF_FORMAT_JSON;
    return *json || format == HF_FORMAT_TABLE ||
           hf_cli_usage_error(error, "verify gives no %s: --format table or json", text);
}

/* ---- what is told as it comes ---- */

static void flush(report *r)
{
    hf_cli_print("%s", r->out->str);
    g_string_truncate(r->out, 0);
}

static void finding_json(report *r, const hf_verify_finding *f)
{
    hf_json *json = &r->writer;
    g_autofree char *number = f->document != 0 ? hf_catalog_control_number(f->document) : NULL;
    hf_json_object(json);
    hf_json_pair(json, "document", number);
    hf_json_pair(json, "part", f->part);
    hf_json_pair(json, "path", f->path);
    hf_json_pair(json, "problem", f->problem);
    hf_json_pair(json, "advice", f->advice);
    hf_json_end_object(json);
}

static void finding_line(report *r, const hf_verify_finding *f)
{
    if (f->document != 0) {
        g_autofree char *number = hf_catalog_control_number(f->document);
        g_autofree char *path = f->path != NULL ? hf_name_display(f->path, -1) : g_strdup("place unknown");
        g_string_append_printf(r->out, "%s %s, %s: ", number, f->part, path);
    } else {
        g_string_append_printf(r->out, "%s: ", f->part);
    }
    /* Many of the store's messages say what to do themselves. */
    bool advised = strstr(f->problem, "from a backup") != NULL;
    g_string_append_printf(r->out, "%s%s%s\n", f->problem, advised ? "" : "; ", advised ? "" : f->advice);
}

static void on_finding(void *data, const hf_verify_finding *finding)
{
    report *r = data;
    if (r->json)
        finding_json(r, finding);
    else
        finding_line(r, finding);
    flush(r);
}

static void on_note(void *data, const char *sentence)
{
    report *r = data;
    g_ptr_array_add(r->notes, g_strdup(sentence));
}

/* ---- the end ---- */

static void end_json(report *r, const hf_verify_options *options, const hf_verify_result *v)
{
    hf_json *json = &r->writer;
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {
        {"documents", v->documents},
        {"objects", v->objects},
        {"objects_read", v->objects_read},
        {"bytes_read", v->bytes_read},
        {"originals", v->originals},
        {"originals_read", v->originals_read},
        {"packs", v->packs},
        {"keys", v->keys},
        {"segments", v->segments},
        {"audit_rows", v->audit_rows},
        {"seed", options->seed},
        {"wrong", v->findings},
        {"documents_wrong", v->documents_wrong},
    };
    hf_json_end_array(json);
    hf_json_key(json, "notes");
    hf_json_array(json);
    for (guint i = 0; i < r->notes->len; i++)
        hf_json_string(json, g_ptr_array_index(r->notes, i));
    hf_json_end_array(json);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        hf_json_pair_int(json, numbers[i].key, (int64_t)numbers[i].value);
    hf_json_pair_bool(json, "clean", v->findings == 0);
    hf_json_end_object(json);
    g_string_append_c(r->out, '\n');
    flush(r);
}

static void end_counts(const hf_verify_options *options, const hf_verify_result *v)
{
    g_autofree char *documents = hf_table_count(v->documents);
    g_autofree char *objects = hf_table_count(v->objects);
    g_autofree char *read = hf_table_count(v->objects_read);
    g_autofree char *bytes = hf_table_bytes(v->bytes_read);
    g_autofree char *keys = hf_table_count(v->keys);
    g_autofree char *rows = hf_table_count(v->audit_rows);
    hf_cli_print("%s documents: %s of %s objects read (%s)", documents, read, objects, bytes);
    if (options->count != 0 || options->share < 1)
        hf_cli_print(", a sample with --seed %u", options->seed);
    hf_cli_print("\n");
    if (v->originals > 0) {
        g_autofree char *originals = hf_table_count(v->originals);
        g_autofree char *originals_read = hf_table_count(v->originals_read);
        hf_cli_print("%s of %s originals in place read%s\n", originals_read, originals,
                     v->originals_read < v->originals ? ", the others looked at" : "");
    }
    hf_cli_print("packs: %" G_GUINT64_FORMAT " with %s keys; index: %" G_GUINT64_FORMAT " segments; audit log: %s rows\n", v->packs,
                 keys, v->segments, rows);
}

static void end_verdict(const hf_verify_result *v)
{
    g_autofree char *wrong = hf_table_count(v->findings);
    g_autofree char *documents = hf_table_count(v->documents_wrong);
    if (v->findings == 0) {
        hf_cli_print("Nothing is wrong.\n");
        return;
    }
    hf_cli_print("%s %s wrong", wrong, v->findings == 1 ? "thing is" : "things are");
    if (v->documents_wrong > 0)
        hf_cli_print(", with %s %s", documents, v->documents_wrong == 1 ? "document" : "documents");
    hf_cli_print(": see above.\n");
}

static void end_table(report *r, const hf_verify_options *options, const hf_verify_result *v)
{
    if (v->findings > 0)
        hf_cli_print("\n");
    end_counts(options, v);
    for (guint i = 0; i < r->notes->len; i++)
        hf_cli_print("note: %s\n", (const char *)g_ptr_array_index(r->notes, i));
    end_verdict(v);
}

static void report_clear(report *r)
{
    g_string_free(r->out, TRUE);
    g_ptr_array_unref(r->notes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(report, report_clear)

static bool verify(hf_vault *vault, const hf_verify_options *options, report *r, hf_verify_result *result, GError **error)
{
    hf_json_init(&r->writer, r->out);
    if (r->json) {
        hf_json_object(&r->writer);
        hf_json_key(&r->writer, "findings");
        hf_json_array(&r->writer);
    }
    if (!hf_verify_run(vault, options, result, error))
        return false;
    if (r->json)
        end_json(r, options, result);
    else
        end_table(r, options, result);
    return true;
}

int hf_verify_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *format = NULL;
    g_autofree char *sample = NULL;
    g_autofree char *seed = NULL;
    g_auto(GStrv) rest = NULL;
    hf_verify_result result;
    g_auto(report) r = {.out = g_string_new(NULL), .notes = g_ptr_array_new_with_free_func(g_free)};
    hf_verify_options options = {
        .share = 1, .seed = g_random_int(), .finding = on_finding, .note = on_note, .data = &r};
    const GOptionEntry entries[] = {
        {"sample", 0, 0, G_OPTION_ARG_STRING, &sample, "read a random share of the objects (5%), or so many", "SHARE"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, "take the sample that an earlier run took", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "table or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("verify", "", "Reads everything back and compares it with what was recorded. Changes nothing.", entries,
                        argc, argv, &rest, error) ||
        (sample != NULL && !parse_sample(sample, &options, error)) || (seed != NULL && !parse_seed(seed, &options, error)) ||
        !parse_format(format, &r.json, error))
        return HF_EXIT_USAGE;
    if (rest[0] != NULL) {
        hf_cli_usage_error(error, "verify takes no \"%s\": see holdfast verify --help", rest[0]);
        return HF_EXIT_USAGE;
    }
    options.progress = hf_progress_mode_for(STDERR_FILENO, cli->quiet);
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "verify", error);
    if (vault == NULL || !verify(vault, &options, &r, &result, error))
        return HF_EXIT_INTERNAL;
    return result.findings == 0 ? HF_EXIT_DONE : HF_EXIT_INTEGRITY;
}
