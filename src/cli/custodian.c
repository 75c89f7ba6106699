#include "cli/cli.h"
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *verb, *first, *second;
    gboolean remove;
} change;

static bool carry_out(hf_catalog *catalog, const change *c, GError **error)
{
    int64_t id;
    if (strcmp(c->verb, "add") == 0)
        return hf_custodian_find(catalog, c->first, true, &id, error);
    if (strcmp(c->verb, "merge") == 0)
        return hf_custodian_merge(catalog, c->first, c->second, error);
    if (strcmp(c->verb, "unmerge") == 0)
        return hf_custodian_unmerge(catalog, c->first, error);
    return hf_custodian_alias(catalog, c->first, c->second, c->remove, error);
}

static bool act(hf_vault *vault, void *data, GError **error)
{
    const change *c = data;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *action = g_strconcat("custodian ", c->verb, NULL);
    hf_json json;
    hf_json_init(&json, text);
    hf_json_pair(&json, "custodian", c->first);
    if (c->second != NULL) {
        g_string_append_c(text, ',');
        hf_json_init(&json, text);
        hf_json_pair(&json, strcmp(c->verb, "merge") == 0 ? "into" : "alias", c->second);
    }
    if (c->remove)
        g_string_append(text, ",\"removed\":true");
    return carry_out(hf_vault_catalog(vault), c, error) &&
           hf_log_append(hf_vault_catalog(vault), action, text->str, error);
}

static int change_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    change c = {.verb = argv[0]};
    g_auto(GStrv) rest = NULL;
    guint wanted = strcmp(c.verb, "merge") == 0 || strcmp(c.verb, "alias") == 0 ? 2 : 1;
    g_autofree char *name = g_strconcat("custodian ", c.verb, NULL);
    const GOptionEntry entries[] = {
        {"remove", 0, 0, G_OPTION_ARG_NONE, &c.remove, "Take the alias away again", NULL},
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry none[] = {G_OPTION_ENTRY_NULL};
    if (!hf_cli_options(
            name, wanted == 2 ? "NAME OTHER" : "NAME",
            "Changes what is known of a custodian. What was collected stays recorded as it was.",
            strcmp(c.verb, "alias") == 0 ? entries : none, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (g_strv_length(rest) != wanted) {
        hf_cli_usage_error(error, "%s takes %s: see holdfast %s --help", name,
                           wanted == 2 ? "two names" : "one name", name);
        return HF_EXIT_USAGE;
    }
    c.first = rest[0];
    c.second = wanted == 2 ? rest[1] : NULL;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "custodian", error);
    return vault != NULL && hf_cli_transaction(vault, act, &c, error) ? HF_EXIT_DONE
                                                                      : HF_EXIT_INTERNAL;
}

static int list_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const hf_column columns[] = {
        {"Custodian", "custodian", HF_COLUMN_TEXT, 0},
        {"Aliases", "aliases", HF_COLUMN_TEXT, 40},
        {"Merged into", "merged_into", HF_COLUMN_TEXT, 0},
        {"Instances", "instances", HF_COLUMN_NUMBER, 0},
    };
    g_auto(GStrv) rest = NULL;
    hf_format format;
    if (!hf_cli_list_options("custodian list", "", "Lists the custodians.", 0, argc, argv, &format,
                             &rest, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "custodian", error);
    g_autoptr(GPtrArray) custodians =
        vault != NULL ? hf_custodian_list(hf_vault_catalog(vault), error) : NULL;
    if (custodians == NULL)
        return HF_EXIT_INTERNAL;
    hf_table *table =
        hf_table_new(format, columns, G_N_ELEMENTS(columns), STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < custodians->len; i++) {
        const hf_custodian *c = g_ptr_array_index(custodians, i);
        g_autofree char *instances = g_strdup_printf("%" G_GINT64_FORMAT, c->instances);
        const char *cells[] = {c->name, c->aliases, c->merged_name, instances};
        hf_table_row(table, cells);
    }
    hf_cli_none(cli, format, custodians->len,
                "No custodians yet: holdfast custodian add NAME, or holdfast ingest --custodian "
                "NAME PATH...");
    return hf_table_finish(table, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

int hf_custodian_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const char *const verbs[] = {"add", "merge", "unmerge", "alias", NULL};
    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return list_command(cli, argc - 1, argv + 1, error);
    if (argc >= 2 && g_strv_contains(verbs, argv[1]))
        return change_command(cli, argc - 1, argv + 1, error);
    static const char *const parts[] = {"add NAME",
                                        "merge FROM INTO",
                                        "unmerge FROM",
                                        "alias [--remove] NAME ALIAS",
                                        "list [--format FORMAT]",
                                        NULL};
    if (hf_cli_parts_help("custodian", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(error, "use: holdfast custodian add|merge|unmerge|alias|list");
    return HF_EXIT_USAGE;
}
