#include "cli/output.h"
#include "cli/report.h"
#include "holdfast/report.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIST_LIMIT (8 * 1024 * 1024)

typedef struct {
    char *matter, *terms, *query, *from, *to, *tag, *format, *output;
} settings;

static void settings_clear(settings *s)
{
    char *all[] = {s->matter, s->terms, s->query, s->from, s->to, s->tag, s->format, s->output};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(settings, settings_clear)

static bool parse(settings *s, hf_report_form *form, int argc, char **argv, GError **error)
{
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"matter", 0, 0, G_OPTION_ARG_STRING, &s->matter, "Only documents of this matter", "ID"},
        {"date-from", 0, 0, G_OPTION_ARG_STRING, &s->from,
         "In date: family date of this day, month or year, or later", "DATE"},
        {"date-to", 0, 0, G_OPTION_ARG_STRING, &s->to,
         "In date: family date of this day, month or year, or earlier", "DATE"},
        {"terms", 0, 0, G_OPTION_ARG_FILENAME, &s->terms,
         "Hit: by a term of this list (see holdfast-terms(1))", "FILE"},
        {"query", 0, 0, G_OPTION_ARG_STRING, &s->query, "Hit: by this query", "QUERY"},
        {"tag", 0, 0, G_OPTION_ARG_STRING, &s->tag, "Tagged: with this tag", "NAME"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &s->format, "table, csv, json or html", "FORMAT"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &s->output, "Write the report to this file",
         "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("report funnel", "",
                        "Counts documents and bytes from collection to production, for each "
                        "custodian and in all.",
                        entries, argc, argv, &rest, error) ||
        (s->format != NULL && !hf_report_parse_form(s->format, form, error)))
        return false;
    return rest[0] == NULL ||
           hf_cli_usage_error(error, "report funnel takes options only, not \"%s\"", rest[0]);
}

static void add_part(GString *text, const char *option, const char *value)
{
    if (value != NULL)
        g_string_append_printf(text, "--%s %s\n", option, value);
}

/* What was asked, for the audit log, with the list as it was. */
static bool log_report(hf_scope *scope, const settings *s, GBytes *list,
                       const hf_report_funnel *funnel, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    add_part(text, "date-from", s->from);
    add_part(text, "date-to", s->to);
    add_part(text, "tag", s->tag);
    add_part(text, "query", s->query);
    if (list != NULL) {
        gsize n;
        const char *bytes = g_bytes_get_data(list, &n);
        g_autofree char *shown = hf_name_utf8(bytes, (gssize)n);
        add_part(text, "terms", shown);
    }
    const char *form = s->format != NULL ? s->format : "table";
    return hf_cli_log_search(hf_scope_vault(scope), "funnel", text->str, hf_scope_matter(scope),
                             hf_set_count(hf_report_funnel_found(funnel)), 0,
                             s->output != NULL ? s->output : form, error);
}

static bool write_report(const settings *s, hf_report_form form, const hf_report_funnel *funnel,
                         GError **error)
{
    hf_output output;
    if (!hf_output_open(&output, s->output, error))
        return false;
    bool ok = hf_report_funnel_write(funnel, form, output.fd, hf_output_width(&output), error);
    return hf_output_close(&output, ok, error);
}

/* The list's bytes and terms; both NULL if there is none. */
static bool read_list(const settings *s, hf_report_refusals *refusals, GBytes **list,
                      GPtrArray **terms, GError **error)
{
    gsize n;
    if (s->terms == NULL)
        return true;
    *list = hf_cli_read(s->terms, LIST_LIMIT, error);
    if (*list == NULL)
        return false;
    const char *bytes = g_bytes_get_data(*list, &n);
    *terms = hf_report_terms_read(bytes, n, refusals, error);
    return *terms != NULL;
}

static bool run(hf_cli *cli, const settings *s, hf_report_form form, hf_report_refusals *refusals,
                GError **error)
{
    g_autoptr(GBytes) list = NULL;
    g_autoptr(GPtrArray) terms = NULL;
    if (!read_list(s, refusals, &list, &terms, error))
        return false;
    hf_report_funnel_options options = {
        .terms = terms,
        .list = refusals->list,
        .query = s->query,
        .from = s->from,
        .to = s->to,
        .tag = s->tag,
        .progress = hf_progress_mode_for(STDERR_FILENO, cli->quiet),
    };
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "report", error);
    g_autoptr(hf_scope) scope = vault != NULL ? hf_scope_open(vault, s->matter, error) : NULL;
    g_autoptr(hf_report_funnel) funnel =
        scope != NULL ? hf_report_funnel_run(scope, &options, refusals, error) : NULL;
    return funnel != NULL && log_report(scope, s, list, funnel, error) &&
           write_report(s, form, funnel, error);
}

int hf_report_funnel_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    hf_report_form form = HF_REPORT_TABLE;
    if (!parse(&s, &form, argc, argv, error))
        return HF_EXIT_USAGE;
    g_autofree char *name = s.terms != NULL ? hf_cli_shown_file(s.terms) : NULL;
    g_auto(hf_report_refusals) refusals = {.list = name};
    signal(SIGPIPE, SIG_DFL); /* a reader that has seen enough is no fault */
    bool ok = run(cli, &s, form, &refusals, error);
    g_autofree char *refused = hf_report_refusals_text(&refusals);
    fputs(refused, stderr);
    return ok ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}
