#include "cli/report.h"
#include "holdfast/report.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TABLE_LIMIT 200 /* rows of a table, unless the user says more */
#define EXCLUDED_SHOWN 20

typedef struct {
    char *format;
    gint64 limit, run;
    gboolean all;
} settings;

static bool parse(const char *what, const char *about, int argc, char **argv, settings *s,
                  hf_format *format, GError **error)
{
    g_autofree char *command = g_strconcat("report ", what, NULL);
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &s->format, "table, json, jsonl or csv", "FORMAT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &s->limit,
         "Show N rows at most; 0: all (default: 200 in a table, else all)", "N"},
        {"run", 0, 0, G_OPTION_ARG_INT64, &s->run,
         "Only of this run (default: exceptions of every run, else the last)", "N"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &s->all,
         "Closed exceptions too; containers that were read whole too; conflicts with untagged "
         "members too",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options(command, "", about, entries, argc, argv, &rest, error) ||
        (s->format != NULL && !hf_table_parse_format(s->format, format, error)))
        return false;
    if (rest[0] != NULL)
        return hf_cli_usage_error(error, "%s takes options only, not \"%s\"", command, rest[0]);
    if (*format == HF_FORMAT_IDS || *format == HF_FORMAT_PATHS)
        return hf_cli_usage_error(error, "%s has the formats table, json, jsonl and csv", command);
    if (s->run < 0)
        return hf_cli_usage_error(error,
                                  "--run takes the number of a run: see holdfast report runs");
    return true;
}

static void fill(hf_report_options *o, const settings *s, hf_format format, GTimeZone *zone)
{
    *o = (hf_report_options){
        .format = format,
        .fd = STDOUT_FILENO,
        .width = hf_cli_width(),
        .limit = s->limit >= 0               ? (uint64_t)s->limit
                 : format == HF_FORMAT_TABLE ? TABLE_LIMIT
                                             : 0,
        .all = s->all,
        .run = s->run,
        .zone = zone,
    };
}

/* The run that is meant where none is named. */
static bool choose_run(hf_catalog *catalog, hf_report_options *o, GError **error)
{
    if (o->run != 0)
        return true;
    if (!hf_report_last_run(catalog, &o->run, error))
        return false;
    if (o->run == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "nothing was ingested yet: holdfast ingest PATH...");
    return o->run != 0;
}

/* Below the exceptions: what the last run came to, and what it left out. */
static bool write_run(hf_catalog *catalog, const hf_report_options *exceptions, GError **error)
{
    hf_report_options o = *exceptions;
    if (!hf_report_last_run(catalog, &o.run, error))
        return false;
    o.run = exceptions->run != 0 ? exceptions->run : o.run;
    if (o.run == 0)
        return true;
    hf_cli_print("\nBalance of run %" G_GINT64_FORMAT
                 ", with the containers that were not read whole (all: holdfast report"
                 " balance --all)\n",
                 o.run);
    fflush(stdout);
    if (!hf_report_balance(catalog, &o, error))
        return false;
    uint64_t excluded = 0;
    if (!hf_report_count_excluded(catalog, o.run, &excluded, error) || excluded == 0)
        return excluded == 0;
    hf_cli_print("\nLeft out by run %" G_GINT64_FORMAT "%s\n", o.run,
                 excluded > EXCLUDED_SHOWN ? " (all: holdfast report excluded)" : "");
    fflush(stdout);
    o.limit = EXCLUDED_SHOWN;
    return hf_report_excluded(catalog, &o, error);
}

static bool write_exceptions(hf_catalog *catalog, const hf_report_options *o, GError **error)
{
    uint64_t shown = 0, matching = 0;
    bool as_table = o->format == HF_FORMAT_TABLE;
    if (as_table && !hf_report_count_exceptions(catalog, o, &matching, error))
        return false;
    if ((!as_table || matching > 0) && !hf_report_exceptions(catalog, o, &shown, error))
        return false;
    if (!as_table)
        return true;
    g_autofree char *words = hf_report_exception_words(catalog, o, shown, error);
    if (words == NULL)
        return false;
    hf_cli_print("%s%s", shown > 0 ? "\n" : "", words);
    return write_run(catalog, o, error);
}

static int exceptions_command(G_GNUC_UNUSED const hf_cli *cli, hf_catalog *catalog,
                              hf_report_options *o, GError **error)
{
    uint64_t open = 0;
    if (!write_exceptions(catalog, o, error) || !hf_exception_count_open(catalog, &open, error))
        return HF_EXIT_INTERNAL;
    return open > 0 ? HF_EXIT_EXCEPTIONS : HF_EXIT_DONE;
}

static int balance_command(G_GNUC_UNUSED const hf_cli *cli, hf_catalog *catalog,
                           hf_report_options *o, GError **error)
{
    o->all = o->all || o->format != HF_FORMAT_TABLE; /* a program gets every container */
    return choose_run(catalog, o, error) && hf_report_balance(catalog, o, error) ? HF_EXIT_DONE
                                                                                 : HF_EXIT_INTERNAL;
}

static int excluded_command(G_GNUC_UNUSED const hf_cli *cli, hf_catalog *catalog,
                            hf_report_options *o, GError **error)
{
    return choose_run(catalog, o, error) && hf_report_excluded(catalog, o, error)
               ? HF_EXIT_DONE
               : HF_EXIT_INTERNAL;
}

static int runs_command(const hf_cli *cli, hf_catalog *catalog, hf_report_options *o,
                        GError **error)
{
    uint64_t shown = 0;
    if (!hf_report_runs(catalog, o, &shown, error))
        return HF_EXIT_INTERNAL;
    hf_cli_none(cli, o->format, shown, "No runs yet: holdfast ingest PATH...");
    return HF_EXIT_DONE;
}

/* What stands below the table. */
static void print_searches(const hf_cli *cli, const hf_report_options *o,
                           const hf_report_searches_counts *c)
{
    hf_cli_none(cli, o->format, c->searches, "No searches yet: holdfast search QUERY");
    if (o->format != HF_FORMAT_TABLE || c->searches == 0)
        return;
    hf_cli_print("\n%" G_GUINT64_FORMAT " searches and exports", c->searches);
    if (c->waiting > 0)
        hf_cli_print(", %" G_GUINT64_FORMAT
                     " not in the audit log yet (the next command that changes something takes "
                     "them in)",
                     c->waiting);
    hf_cli_print(".\n");
    if (c->shown < c->searches)
        hf_cli_print("The newest %" G_GUINT64_FORMAT " are shown; --limit 0 shows all.\n",
                     c->shown);
    if (c->damaged > 0)
        hf_cli_print("%" G_GUINT64_FORMAT
                     " records were damaged or changed while they waited: the audit log keeps what "
                     "is left of them.\n",
                     c->damaged);
}

static int searches_report(hf_cli *cli, int argc, char **argv, GError **error)
{
    settings s = {.limit = -1};
    hf_format format = HF_FORMAT_TABLE;
    hf_report_options options;
    hf_report_searches_counts counts;
    bool ok = parse("searches",
                    "Lists what was searched for and handed out, by whom and when, newest first.",
                    argc, argv, &s, &format, error);
    g_free(s.format);
    if (!ok)
        return HF_EXIT_USAGE;
    if (s.run != 0 || s.all) {
        hf_cli_usage_error(error, "report searches has no --run and no --all");
        return HF_EXIT_USAGE;
    }
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "report", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    fill(&options, &s, format, zone);
    if (!hf_report_searches(vault, &options, &counts, error))
        return HF_EXIT_INTERNAL;
    print_searches(cli, &options, &counts);
    return HF_EXIT_DONE;
}

static int conflicts_command(const hf_cli *cli, hf_catalog *catalog, hf_report_options *o,
                             GError **error)
{
    uint64_t count = 0;
    if (!hf_report_conflicts(catalog, o, &count, error))
        return HF_EXIT_INTERNAL;
    hf_cli_none(cli, o->format, count, "No family has tags that exclude each other.");
    if (o->format == HF_FORMAT_TABLE && count > 0 && !cli->quiet)
        fprintf(stderr, "To see which member has which tag: holdfast show --family PARENT\n");
    if (o->limit > 0 && count > o->limit && !cli->quiet)
        fprintf(stderr,
                "%" G_GUINT64_FORMAT " conflicts; the first %" G_GUINT64_FORMAT
                " are shown: --limit 0 shows all.\n",
                count, o->limit);
    return count > 0 ? HF_EXIT_EXCEPTIONS : HF_EXIT_DONE;
}

static const struct {
    const char *name, *about;
    int (*write)(const hf_cli *cli, hf_catalog *catalog, hf_report_options *options,
                 GError **error);
} reports[] = {
    {"exceptions", "Lists what could not be processed, why, and what to do about it.",
     exceptions_command},
    {"balance",
     "Counts what a run found, by source and container: found = new + duplicate + unchanged + "
     "excluded + exception.",
     balance_command},
    {"excluded", "Lists what a run left out, and by which setting.", excluded_command},
    {"runs", "Lists the runs, newest first.", runs_command},
    {"conflicts",
     "Lists families whose members have different tags of a group; --all: or a tag and none.",
     conflicts_command},
};

static int run_report(hf_cli *cli, unsigned which, int argc, char **argv, GError **error)
{
    settings s = {.limit = -1};
    hf_format format = HF_FORMAT_TABLE;
    hf_report_options options;
    bool ok = parse(reports[which].name, reports[which].about, argc, argv, &s, &format, error);
    g_free(s.format);
    if (!ok)
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "report", error);
    if (vault == NULL || !hf_catalog_begin_read(hf_vault_catalog(vault), error))
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    fill(&options, &s, format, zone);
    int status = reports[which].write(cli, hf_vault_catalog(vault), &options, error);
    hf_catalog_end_read(hf_vault_catalog(vault));
    return status;
}

int hf_report_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    for (unsigned i = 0; argc >= 2 && i < G_N_ELEMENTS(reports); i++) {
        if (strcmp(argv[1], reports[i].name) == 0)
            return run_report(cli, i, argc - 1, argv + 1, error);
    }
    if (argc >= 2 && strcmp(argv[1], "searches") == 0)
        return searches_report(cli, argc - 1, argv + 1, error);
    if (argc >= 2 && strcmp(argv[1], "funnel") == 0)
        return hf_report_funnel_command(cli, argc - 1, argv + 1, error);
    static const char *const parts[] = {
        "exceptions [OPTION…]", "balance [OPTION…]",   "excluded [OPTION…]", "runs [OPTION…]",
        "searches [OPTION…]",   "conflicts [OPTION…]", "funnel [OPTION…]",   NULL};
    if (hf_cli_parts_help("report", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(
        error, "use: holdfast report exceptions|balance|excluded|runs|searches|conflicts|funnel");
    return HF_EXIT_USAGE;
}
