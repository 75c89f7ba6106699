#include "cli/cli.h"
#include "holdfast/audit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINES_LIMIT (64 * 1024 * 1024)

int hf_cli_exit_status(const GError *error)
{
    if (error->domain != HF_ERROR)
        return error->domain == G_OPTION_ERROR ? HF_EXIT_USAGE : HF_EXIT_INTERNAL;
    switch ((hf_error)error->code) {
    case HF_ERROR_USAGE:
    case HF_ERROR_INVALID:
    case HF_ERROR_NOT_FOUND:
    case HF_ERROR_EXISTS:
    case HF_ERROR_QUERY:
        return HF_EXIT_USAGE;
    case HF_ERROR_REFUSED:
        return HF_EXIT_REFUSED;
    case HF_ERROR_INTEGRITY:
    case HF_ERROR_KEY:
    case HF_ERROR_VERSION:
        return HF_EXIT_INTEGRITY;
    case HF_ERROR_BUSY:
        return HF_EXIT_BUSY;
    case HF_ERROR_IO:
    case HF_ERROR_INTERNAL:
        break;
    }
    return HF_EXIT_INTERNAL;
}

bool hf_cli_usage_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, HF_ERROR, HF_ERROR_USAGE, message);
    return false;
}

bool hf_cli_options(const char *command, const char *usage, const char *about,
                    const GOptionEntry *entries, int argc, char **argv, char ***rest,
                    GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    g_autofree char *program = g_strconcat("holdfast ", command, NULL);
    g_auto(GStrv) copy = g_new0(char *, argc + 1);
    g_autoptr(GError) failed = NULL;
    for (int i = 0; i < argc; i++)
        copy[i] = g_strdup(i == 0 ? program : argv[i]);
    g_set_prgname(program);
    g_option_context_set_summary(context, about);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_strict_posix(context, FALSE);
    if (!g_option_context_parse_strv(context, &copy, &failed))
        return hf_cli_usage_error(
            error, "%s: see holdfast %s --help%s", failed->message, command,
            g_error_matches(failed, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
                ? "; what begins with - and is no option stands behind --"
                : "");
    guint n = g_strv_length(copy);
    guint from = n > 1 && strcmp(copy[1], "--") == 0 ? 2 : 1;
    *rest = g_new0(char *, n + 1);
    for (guint i = from; i < n; i++)
        (*rest)[i - from] = g_strdup(copy[i]);
    return true;
}

bool hf_cli_list_options(const char *command, const char *usage, const char *about, guint most,
                         int argc, char **argv, hf_format *format, char ***rest, GError **error)
{
    g_autofree char *name = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &name, "table, json, jsonl or csv", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    *format = HF_FORMAT_TABLE;
    if (!hf_cli_options(command, usage, about, entries, argc, argv, rest, error) ||
        (name != NULL && !hf_table_parse_format(name, format, error)))
        return false;
    if (*format == HF_FORMAT_IDS || *format == HF_FORMAT_PATHS)
        return hf_cli_usage_error(error, "%s has the formats table, json, jsonl and csv", command);
    return g_strv_length(*rest) <= most ||
           hf_cli_usage_error(error, "%s takes no \"%s\": see holdfast %s --help", command,
                              (*rest)[most], command);
}

bool hf_cli_parts_help(const char *command, const char *const *parts, int argc, char **argv)
{
    if (argc < 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0))
        return false;
    hf_cli_print("Usage:\n");
    for (; *parts != NULL; parts++)
        hf_cli_print("  holdfast %s %s\n", command, *parts);
    hf_cli_print(
        "\nThe options of each are told with --help behind its name; holdfast help %s shows the "
        "manual page.\n",
        command);
    return true;
}

/* The nearest .holdfast above the working directory; NULL if there is none. */
static char *nearest_vault(void)
{
    g_autofree char *at = g_get_current_dir();
    for (;;) {
        g_autofree char *candidate = g_build_filename(at, ".holdfast", NULL);
        if (g_file_test(candidate, G_FILE_TEST_IS_DIR))
            return g_steal_pointer(&candidate);
        char *up = g_path_get_dirname(at);
        bool top = strcmp(up, at) == 0;
        g_free(at);
        at = up;
        if (top)
            return NULL;
    }
}

static bool read_passphrase(hf_cli *cli, GError **error)
{
    const char *file =
        cli->passphrase_file != NULL ? cli->passphrase_file : g_getenv("HOLDFAST_PASSPHRASE_FILE");
    if (cli->passphrase != NULL || file == NULL)
        return true;
    g_auto(GStrv) lines = hf_cli_lines(file, error);
    if (lines == NULL)
        return false;
    if (lines[0] == NULL)
        return hf_cli_usage_error(
            error, "the passphrase file \"%s\" is empty: its first line is the passphrase", file);
    cli->passphrase = g_strdup(lines[0]);
    return true;
}

bool hf_cli_vault_options(hf_cli *cli, hf_vault_options *options, GError **error)
{
    if (cli->vault == NULL)
        cli->vault = g_getenv("HOLDFAST_VAULT");
    if (cli->vault == NULL)
        cli->vault = nearest_vault();
    if (cli->vault == NULL)
        return hf_cli_usage_error(
            error,
            "which vault? Give --vault DIR, set HOLDFAST_VAULT, or stand below a folder with a"
            " .holdfast in it");
    if (cli->key_file == NULL)
        cli->key_file = g_getenv("HOLDFAST_KEY_FILE");
    if (!read_passphrase(cli, error))
        return false;
    *options = (hf_vault_options){cli->vault, cli->key_file, cli->passphrase};
    return true;
}

hf_vault *hf_cli_open(hf_cli *cli, bool write, const char *command, GError **error)
{
    hf_vault_options options;
    return hf_cli_vault_options(cli, &options, error)
               ? hf_vault_open(&options, write, command, error)
               : NULL;
}

bool hf_cli_checkpoint(hf_vault *vault, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    return store != NULL &&
           hf_audit_seal(hf_vault_catalog(vault), store, hf_vault_id(vault), error);
}

bool hf_cli_transaction(hf_vault *vault, hf_cli_act act, void *data, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(vault);
    if (!hf_catalog_begin(catalog, error))
        return false;
    if (hf_vault_fold_searches(vault, error) && act(vault, data, error) &&
        hf_catalog_commit(catalog, error))
        return hf_vault_searches_folded(vault, error) && hf_cli_checkpoint(vault, error) &&
               hf_vault_forget_queries(vault, error);
    hf_catalog_rollback(catalog);
    return false;
}

unsigned hf_cli_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

GBytes *hf_cli_read(const char *path, size_t limit, GError **error)
{
    if (strcmp(path, "-") != 0)
        return hf_file_read_whole(path, limit, error);
    g_autoptr(GByteArray) all = g_byte_array_new();
    char buffer[65536];
    ssize_t n;
    while ((n = hf_file_read_some(STDIN_FILENO, buffer, sizeof buffer)) > 0 && all->len <= limit)
        g_byte_array_append(all, (const guint8 *)buffer, (guint)n);
    if (n < 0) {
        hf_error_set_errno(error, errno, "read", "standard input");
        return NULL;
    }
    if (all->len > limit) {
        hf_cli_usage_error(error, "standard input is longer than %" G_GSIZE_FORMAT " bytes", limit);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

char *hf_cli_shown_file(const char *path)
{
    if (strcmp(path, "-") == 0)
        return g_strdup("standard input");
    g_autofree char *base = g_path_get_basename(path);
    return hf_name_display(base, -1);
}

char **hf_cli_lines(const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = hf_cli_read(path, LINES_LIMIT, error);
    if (bytes == NULL)
        return NULL;
    gsize n;
    const char *at = g_bytes_get_data(bytes, &n);
    const char *end = at + n;
    GPtrArray *lines = g_ptr_array_new();
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        size_t cut = length > 0 && at[length - 1] == '\r' ? length - 1 : length;
        if (cut > 0)
            g_ptr_array_add(lines, g_strndup(at, cut));
        at += length + 1;
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

void hf_cli_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stdout, format, args);
    va_end(args);
}

char *hf_cli_list_cell(hf_format format, char **list)
{
    if (format != HF_FORMAT_JSON && format != HF_FORMAT_JSONL)
        return g_strjoinv("; ", list);
    GString *out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_array(&json);
    for (guint i = 0; list[i] != NULL; i++)
        hf_json_string(&json, list[i]);
    hf_json_end_array(&json);
    return g_string_free(out, FALSE);
}

void hf_cli_none(const hf_cli *cli, hf_format format, uint64_t rows, const char *sentence)
{
    if (rows == 0 && format == HF_FORMAT_TABLE && !cli->quiet)
        fprintf(stderr, "%s\n", sentence);
}

GTimeZone *hf_cli_zone(hf_vault *vault)
{
    GTimeZone *zone = g_time_zone_new_identifier(hf_vault_timezone(vault));
    return zone != NULL ? zone : g_time_zone_new_utc();
}
