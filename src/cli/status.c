#include "cli/cli.h"
#include <string.h>
#include <unistd.h>

static void print_json(hf_vault *vault, const hf_catalog_counts *c, uint64_t searches)
{
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {
        {"documents", c->documents},
        {"families", c->families},
        {"instances", c->instances},
        {"gone", c->instances_gone},
        {"containers", c->containers},
        {"sources", c->sources},
        {"files", c->files},
        {"exceptions", c->exceptions},
        {"exceptions_all", c->exceptions_all},
        {"objects", c->objects},
        {"bytes", c->bytes},
        {"bytes_stored", c->bytes_stored},
        {"segments", c->segments},
        {"matters", c->matters},
        {"custodians", c->custodians},
        {"runs", c->runs},
        {"audit_rows", c->audit_rows},
        {"searches_waiting", searches},
        {"text_partial", c->text_partial},
        {"text_none", c->text_none},
    };
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "vault", hf_vault_path(vault));
    hf_json_pair(&json, "id", hf_vault_id(vault));
    hf_json_pair(&json, "timezone", hf_vault_timezone(vault));
    hf_json_pair(&json, "keys", hf_vault_key_source(vault));
    hf_json_pair_time(&json, "created", hf_vault_created(vault));
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        hf_json_pair_int(&json, numbers[i].key, (int64_t)numbers[i].value);
    hf_json_pair_time(&json, "last_run", c->last_run);
    hf_json_end_object(&json);
    hf_cli_print("%s\n", out->str);
}

static void line(const char *name, uint64_t count, const char *about)
{
    g_autofree char *shown = hf_table_count(count);
    hf_cli_print("  %-12s %14s  %s\n", name, shown, about);
}

static const char *where_keys_are(hf_vault *vault)
{
    const char *source = hf_vault_key_source(vault);
    if (strcmp(source, "file") == 0)
        return "sealed by a key file outside";
    return strcmp(source, "passphrase") == 0 ? "sealed by a passphrase"
                                             : "in the vault's folder keys/";
}

static void print_screen(hf_vault *vault, const hf_catalog_counts *c, uint64_t searches)
{
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    g_autofree char *last =
        c->last_run != HF_TIME_NONE ? hf_time_format_zone(c->last_run, zone) : g_strdup("never");
    g_autofree char *bytes = hf_table_bytes(c->bytes);
    g_autofree char *stored = hf_table_bytes(c->bytes_stored);
    g_autofree char *about = g_strdup_printf(
        "natives of %s; %s on disk with their text, compressed and encrypted", bytes, stored);
    hf_cli_print("Vault %s\n  times in %s, keys %s, last run: %s\n\n", hf_vault_path(vault),
                 hf_vault_timezone(vault), where_keys_are(vault), last);
    line("documents", c->documents, "with a control number");
    line("families", c->families, "parents with their attachments");
    line("instances", c->instances, "places where they were found");
    line("containers", c->containers, "archives and mail stores opened");
    line("objects", c->objects, about);
    line("segments", c->segments, "of the index");
    line("matters", c->matters, "holdfast matter list");
    line("custodians", c->custodians, "holdfast custodian list");
    line("runs", c->runs, "of ingest and exception");
    line("audit rows", c->audit_rows, "in the signed log");
    if (searches > 0)
        line("searches", searches,
             "not yet in the log: the next command that writes takes them in");
    hf_cli_print("\n");
    line("exceptions", c->exceptions,
         c->exceptions > 0 ? "open: holdfast report exceptions" : "open");
    line("no text", c->text_none, "documents that no search can find by their words");
    line("part of text", c->text_partial, "documents that were not read whole");
}

int hf_status_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *format_name = NULL;
    g_auto(GStrv) rest = NULL;
    hf_format format = HF_FORMAT_TABLE;
    hf_catalog_counts counts;
    uint64_t searches = 0;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "table or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("status", "", "Shows the vault on one screen.", entries, argc, argv, &rest,
                        error) ||
        (format_name != NULL && !hf_table_parse_format(format_name, &format, error)))
        return HF_EXIT_USAGE;
    if (format != HF_FORMAT_TABLE && format != HF_FORMAT_JSON) {
        hf_cli_usage_error(error, "status has no format \"%s\": use table or json", format_name);
        return HF_EXIT_USAGE;
    }
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "status", error);
    if (vault == NULL || !hf_catalog_count(hf_vault_catalog(vault), &counts, error) ||
        !hf_vault_count_spooled(vault, &searches, error))
        return HF_EXIT_INTERNAL;
    if (format == HF_FORMAT_TABLE)
        print_screen(vault, &counts, searches);
    else
        print_json(vault, &counts, searches);
    return HF_EXIT_DONE;
}
