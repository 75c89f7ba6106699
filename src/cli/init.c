#include "cli/cli.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The IANA name of this machine's zone: from TZ, or from what /etc/localtime points at. */
static char *machine_zone(void)
{
    const char *tz = g_getenv("TZ");
    if (tz != NULL && *tz != '\0' && *tz != ':')
        return g_strdup(tz);
    g_autofree char *link = g_file_read_link("/etc/localtime", NULL);
    const char *name = link != NULL ? strstr(link, "zoneinfo/") : NULL;
    if (name == NULL || strcmp(name, "zoneinfo/Etc/UTC") == 0)
        return g_strdup("UTC");
    return g_strdup(name + strlen("zoneinfo/"));
}

static bool check_zone(const char *name, GError **error)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name);
    if (zone == NULL)
        return hf_cli_usage_error(
            error, "unknown time zone \"%s\": give a name such as Europe/Berlin or UTC", name);
    return true;
}

static void print_done(const hf_cli *cli, const char *dir, const char *zone, const char *key_file)
{
    const char *where = key_file != NULL          ? key_file
                        : cli->passphrase != NULL ? "your head"
                                                  : "the folder keys/ of the vault";
    hf_cli_print("Made the vault \"%s\"; times are shown in %s.\n\n", dir, zone);
    if (cli->passphrase != NULL)
        hf_cli_print("WRITE DOWN THE PASSPHRASE, and keep it apart from the vault: without it "
                     "nothing in the vault can be read,\n"
                     "by anybody, ever. Back up the folder keys/ of the vault too: the passphrase "
                     "opens what is in it.\n");
    else
        hf_cli_print("BACK UP THE KEYS now, apart from the vault: they are in %s.\n"
                     "Without them nothing in the vault can be read, by anybody, ever.\n",
                     where);
    hf_cli_print("\nNext: holdfast --vault %s ingest PATH...\n", dir);
}

int hf_init_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *timezone = NULL;
    g_autofree char *key_file = NULL;
    g_autofree char *passphrase_file = NULL;
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"timezone", 0, 0, G_OPTION_ARG_STRING, &timezone,
         "Show times in ZONE (default: this machine's)", "ZONE"},
        {"key-file", 0, 0, G_OPTION_ARG_FILENAME, &key_file,
         "Keep the key in FILE, outside the vault", "FILE"},
        {"passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file,
         "Seal the key by the first line of FILE", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("init", "DIR", "Makes an empty vault in DIR.", entries, argc, argv, &rest,
                        error))
        return HF_EXIT_USAGE;
    if (g_strv_length(rest) != 1 && !(g_strv_length(rest) == 0 && cli->vault != NULL)) {
        hf_cli_usage_error(error, "init takes one folder: holdfast init DIR");
        return HF_EXIT_USAGE;
    }
    const char *dir = rest[0] != NULL ? rest[0] : cli->vault;
    if (key_file != NULL)
        cli->key_file = key_file;
    if (passphrase_file != NULL)
        cli->passphrase_file = passphrase_file;
    if (timezone == NULL)
        timezone = machine_zone();
    hf_vault_options options;
    cli->vault = dir;
    if (!check_zone(timezone, error) || !hf_cli_vault_options(cli, &options, error))
        return HF_EXIT_USAGE;
    if (!hf_vault_create(&options, timezone, error))
        return HF_EXIT_INTERNAL;
    g_autoptr(hf_vault) vault = hf_vault_open(&options, true, "init", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    hf_catalog *catalog = hf_vault_catalog(vault);
    g_autofree char *text = g_strdup_printf("\"vault\":\"%s\"", hf_vault_id(vault));
    if (!hf_catalog_begin(catalog, error) || !hf_log_append(catalog, "init", text, error) ||
        !hf_catalog_commit(catalog, error) || !hf_cli_checkpoint(vault, error))
        return HF_EXIT_INTERNAL;
    if (!cli->quiet)
        print_done(cli, dir, timezone, cli->key_file);
    return HF_EXIT_DONE;
}
