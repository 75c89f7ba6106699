#include "cli/cli.h"
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *code, *title, *client, *timezone;
} addition;

static bool add(hf_vault *vault, void *data, GError **error)
{
    const addition *a = data;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "\"matter\":\"%s\"",
                           a->code); /* its form allows no quotes: hf_matter_add checks first */
    return hf_matter_add(hf_vault_catalog(vault), a->code, a->title, a->client, a->timezone,
                         error) &&
           hf_log_append(hf_vault_catalog(vault), "matter add", text->str, error);
}

static int add_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *title = NULL;
    g_autofree char *client = NULL;
    g_autofree char *timezone = NULL;
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"title", 0, 0, G_OPTION_ARG_STRING, &title, "The name of the case", "TEXT"},
        {"client", 0, 0, G_OPTION_ARG_STRING, &client, "Whom the firm acts for", "NAME"},
        {"timezone", 0, 0, G_OPTION_ARG_STRING, &timezone,
         "Read and show its times in ZONE (default: the vault's)", "ZONE"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("matter add", "ID", "Adds a matter.", entries, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (g_strv_length(rest) != 1) {
        hf_cli_usage_error(error, "matter add takes one id: holdfast matter add ID");
        return HF_EXIT_USAGE;
    }
    g_autoptr(GTimeZone) zone = timezone != NULL ? g_time_zone_new_identifier(timezone) : NULL;
    if (timezone != NULL && zone == NULL) {
        hf_cli_usage_error(error, "unknown time zone \"%s\": give a name such as America/New_York",
                           timezone);
        return HF_EXIT_USAGE;
    }
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "matter", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    addition a = {rest[0], title != NULL ? title : "", client != NULL ? client : "",
                  timezone != NULL ? timezone : hf_vault_timezone(vault)};
    return hf_cli_transaction(vault, add, &a, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

static int list_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const hf_column columns[] = {
        {"Matter", "matter", HF_COLUMN_TEXT, 0},       {"Title", "title", HF_COLUMN_TEXT, 40},
        {"Client", "client", HF_COLUMN_TEXT, 30},      {"Time zone", "timezone", HF_COLUMN_TEXT, 0},
        {"Families", "families", HF_COLUMN_NUMBER, 0}, {"Added", "created", HF_COLUMN_TEXT, 0},
    };
    g_auto(GStrv) rest = NULL;
    hf_format format;
    if (!hf_cli_list_options("matter list", "", "Lists the matters.", 0, argc, argv, &format, &rest,
                             error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "matter", error);
    g_autoptr(GPtrArray) matters =
        vault != NULL ? hf_matter_list(hf_vault_catalog(vault), error) : NULL;
    if (matters == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    hf_table *table =
        hf_table_new(format, columns, G_N_ELEMENTS(columns), STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < matters->len; i++) {
        const hf_matter *m = g_ptr_array_index(matters, i);
        g_autofree char *families = g_strdup_printf("%" G_GINT64_FORMAT, m->families);
        g_autofree char *created = format == HF_FORMAT_TABLE ? hf_time_format_zone(m->created, zone)
                                                             : hf_time_format_utc(m->created);
        const char *cells[] = {m->code, m->title, m->client, m->timezone, families, created};
        hf_table_row(table, cells);
    }
    hf_cli_none(cli, format, matters->len, "No matters yet: holdfast matter add ID");
    return hf_table_finish(table, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

int hf_matter_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    if (argc >= 2 && strcmp(argv[1], "add") == 0)
        return add_command(cli, argc - 1, argv + 1, error);
    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return list_command(cli, argc - 1, argv + 1, error);
    static const char *const parts[] = {"add [OPTION…] ID", "list [--format FORMAT]", NULL};
    if (hf_cli_parts_help("matter", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(error, "use: holdfast matter add ID, or holdfast matter list");
    return HF_EXIT_USAGE;
}
