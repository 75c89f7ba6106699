#include "cli/cli.h"
#include "cli/output.h"
#include "holdfast/report.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIST_LIMIT (8 * 1024 * 1024) /* bytes: a list is kept, sealed, in the audit log */

typedef struct {
    char *within, *matter, *noise_words, *format, *output;
    gboolean no_custodians;
} settings;

static void settings_clear(settings *s)
{
    g_free(s->within);
    g_free(s->matter);
    g_free(s->noise_words);
    g_free(s->format);
    g_free(s->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(settings, settings_clear)

static bool parse(settings *s, hf_report_form *form, int argc, char **argv, char **list,
                  GError **error)
{
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"in", 0, 0, G_OPTION_ARG_STRING, &s->within, "Only documents that this query finds",
         "QUERY"},
        {"matter", 0, 0, G_OPTION_ARG_STRING, &s->matter, "Only documents of this matter", "ID"},
        {"noise-words", 0, 0, G_OPTION_ARG_FILENAME, &s->noise_words,
         "Words that match any word in a phrase, as dtSearch's noise words", "FILE"},
        {"no-custodians", 0, 0, G_OPTION_ARG_NONE, &s->no_custodians,
         "Leave out the numbers of each custodian", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &s->format, "table, csv, json or html", "FORMAT"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &s->output, "Write the report to this file",
         "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("terms", "FILE",
                        "Counts what each term of a list hits: documents, with their families, and "
                        "what no other term hits.",
                        entries, argc, argv, &rest, error) ||
        (s->format != NULL && !hf_report_parse_form(s->format, form, error)))
        return false;
    if (rest[0] == NULL || rest[1] != NULL)
        return hf_cli_usage_error(
            error, "terms takes a list of terms, one a line: holdfast terms FILE (- is standard "
                   "input)");
    *list = g_strdup(rest[0]);
    return true;
}

/* What was asked, for the audit log: the list as it was, below the set that it was put to. */
static bool log_report(hf_scope *scope, const settings *s, GBytes *list,
                       const hf_report_terms *report, const GPtrArray *terms, GError **error)
{
    gsize n;
    const char *bytes = g_bytes_get_data(list, &n);
    g_autofree char *text = hf_name_utf8(bytes, (gssize)n);
    g_autofree char *asked =
        s->within != NULL ? g_strconcat("--in ", s->within, "\n", text, NULL) : g_strdup(text);
    const char *form = s->format != NULL ? s->format : "table";
    return hf_cli_log_search(hf_scope_vault(scope), "terms", asked, hf_scope_matter(scope),
                             hf_set_count(hf_report_terms_found(report)), terms->len,
                             s->output != NULL ? s->output : form, error);
}

static bool write_report(const settings *s, hf_report_form form, const hf_report_terms *report,
                         GError **error)
{
    hf_output output;
    if (!hf_output_open(&output, s->output, error))
        return false;
    bool ok = hf_report_terms_write(report, form, output.fd, hf_output_width(&output), error);
    return hf_output_close(&output, ok, error);
}

static bool run(hf_cli *cli, const settings *s, hf_report_form form, GBytes *list,
                hf_report_refusals *refusals, GError **error)
{
    gsize n;
    const char *bytes = g_bytes_get_data(list, &n);
    uint8_t digest[32];
    hf_digest_sha256(bytes, n, digest);
    g_autofree char *sha256 = hf_digest_hex(digest, sizeof digest);
    g_auto(GStrv) noise = s->noise_words != NULL ? hf_cli_noise_words(s->noise_words, error) : NULL;
    g_autofree char *noise_name =
        s->noise_words != NULL ? g_path_get_basename(s->noise_words) : NULL;
    hf_report_terms_options options = {
        .within = s->within,
        .noise = (const char *const *)noise,
        .noise_name = noise_name,
        .list_sha256 = sha256,
        .custodians = !s->no_custodians,
        .progress = hf_progress_mode_for(STDERR_FILENO, cli->quiet),
    };
    if (s->noise_words != NULL && noise == NULL)
        return false;
    g_autoptr(GPtrArray) terms = hf_report_terms_read(bytes, n, refusals, error);
    g_autoptr(hf_vault) vault = terms != NULL ? hf_cli_open(cli, false, "terms", error) : NULL;
    g_autoptr(hf_scope) scope = vault != NULL ? hf_scope_open(vault, s->matter, error) : NULL;
    g_autoptr(hf_report_terms) report =
        scope != NULL ? hf_report_terms_run(scope, terms, &options, refusals, error) : NULL;
    return report != NULL && log_report(scope, s, list, report, terms, error) &&
           write_report(s, form, report, error);
}

int hf_terms_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    hf_report_form form = HF_REPORT_TABLE;
    g_autofree char *path = NULL;
    if (!parse(&s, &form, argc, argv, &path, error))
        return HF_EXIT_USAGE;
    g_autoptr(GBytes) list = hf_cli_read(path, LIST_LIMIT, error);
    if (list == NULL)
        return HF_EXIT_USAGE;
    g_autofree char *name = hf_cli_shown_file(path);
    g_auto(hf_report_refusals) refusals = {.list = name};
    signal(SIGPIPE, SIG_DFL); /* a reader that has seen enough is no fault */
    bool ok = run(cli, &s, form, list, &refusals, error);
    g_autofree char *refused = hf_report_refusals_text(&refusals);
    fputs(refused, stderr);
    return ok ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}
