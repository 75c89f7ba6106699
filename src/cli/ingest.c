#include "cli/cli.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *matter, *custodian, *custodian_from, *date_from, *date_to, *max_size, *known_hashes,
        *embedded, *password_file, *format, *reason;
    char **include, **exclude, **passwords;
    gboolean in_place, no_sandbox, dry_run;
    int workers;
} settings;

static void settings_clear(settings *s)
{
    g_free(s->matter);
    g_free(s->custodian);
    g_free(s->custodian_from);
    g_free(s->date_from);
    g_free(s->date_to);
    g_free(s->max_size);
    g_free(s->known_hashes);
    g_free(s->embedded);
    g_free(s->password_file);
    g_free(s->format);
    g_free(s->reason);
    g_strfreev(s->include);
    g_strfreev(s->exclude);
    g_strfreev(s->passwords);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(settings, settings_clear)

/* "500M", "2G", "4096". */
static bool parse_size(const char *text, uint64_t *out, GError **error)
{
    char *end;
    guint64 value = g_ascii_strtoull(text, &end, 10);
    static const char units[] = "kMGT";
    const char *unit = *end != '\0' ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
    if (end == text || (*end != '\0' && (unit == NULL || end[1] != '\0')) ||
        value > UINT64_MAX / 1000000000000)
        return hf_cli_usage_error(
            error, "\"%s\" is not a size: write 500M, 2G or a number of bytes", text);
    for (const char *u = units; unit != NULL && u <= unit; u++)
        value *= 1000;
    *out = value;
    return true;
}

/* A day, or a time; the end of a range takes in the whole day. Read in the vault's zone. */
static bool parse_day(const char *text, bool end, GTimeZone *zone, hf_time *out, GError **error)
{
    hf_stamp stamp;
    if (text == NULL)
        return true;
    if (!hf_time_parse_iso(text, &stamp))
        return hf_cli_usage_error(error, "\"%s\" is not a date: write 2001-05-04", text);
    *out = stamp.utc;
    if (stamp.offset == HF_OFFSET_NONE) {
        int interval =
            g_time_zone_find_interval(zone, G_TIME_TYPE_STANDARD, stamp.utc / HF_TIME_SECOND);
        *out -= g_time_zone_get_offset(zone, MAX(interval, 0)) * HF_TIME_SECOND;
    }
    if (end && strlen(text) <= 10)
        *out += 24 * 3600 * HF_TIME_SECOND - 1;
    return true;
}

static bool parse_embedded(const char *text, bool *all, GError **error)
{
    *all = text != NULL && strcmp(text, "all") == 0;
    if (text == NULL || *all || strcmp(text, "documents") == 0)
        return true;
    return hf_cli_usage_error(error, "--embedded is \"documents\" or \"all\", not \"%s\"", text);
}

static bool to_options(hf_vault *vault, settings *s, const hf_cli *cli, hf_ingest_options *o,
                       GError **error)
{
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    *o = (hf_ingest_options){
        .matter = s->matter,
        .custodian = s->custodian,
        .custodian_from = s->custodian_from,
        .filter = {.include = (const char *const *)s->include,
                   .exclude = (const char *const *)s->exclude,
                   .date_from = HF_TIME_NONE,
                   .date_to = HF_TIME_NONE},
        .known_hashes = s->known_hashes,
        .in_place = s->in_place,
        .dry_run = s->dry_run,
        .limits = hf_extract_default_limits(),
        .no_sandbox = s->no_sandbox,
        .workers = (unsigned)MAX(s->workers, 0),
        .reason = s->reason,
        .progress = hf_progress_mode_for(STDERR_FILENO, cli->quiet),
    };
    if (s->password_file != NULL && (s->passwords = hf_cli_lines(s->password_file, error)) == NULL)
        return false;
    o->passwords = (const char *const *)s->passwords;
    return parse_embedded(s->embedded, &o->all_embedded, error) &&
           (s->max_size == NULL || parse_size(s->max_size, &o->filter.max_size, error)) &&
           parse_day(s->date_from, false, zone, &o->filter.date_from, error) &&
           parse_day(s->date_to, true, zone, &o->filter.date_to, error);
}

static void print_json(int64_t run, const hf_balance *b, uint64_t open)
{
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair_int(&json, "run", run);
    hf_json_pair_int(&json, "sources", (int64_t)b->sources);
    hf_json_pair_int(&json, "found", (int64_t)b->found);
    hf_json_pair_int(&json, "new", (int64_t)b->new_);
    hf_json_pair_int(&json, "duplicate", (int64_t)b->duplicate);
    hf_json_pair_int(&json, "unchanged", (int64_t)b->unchanged);
    hf_json_pair_int(&json, "excluded", (int64_t)b->excluded);
    hf_json_pair_int(&json, "exception", (int64_t)b->exception);
    hf_json_pair_int(&json, "containers", (int64_t)b->containers);
    hf_json_pair_int(&json, "gone", (int64_t)b->gone);
    hf_json_pair_int(&json, "moved", (int64_t)b->moved);
    hf_json_pair_int(&json, "open_exceptions", (int64_t)open);
    hf_json_end_object(&json);
    hf_cli_print("%s\n", out->str);
}

static void print_count(const char *name, uint64_t count, const char *about)
{
    g_autofree char *shown = hf_table_count(count);
    hf_cli_print("  %-10s %12s  %s\n", name, shown, about);
}

static void print_table(int64_t run, const hf_balance *b, uint64_t open)
{
    hf_cli_print("Run %" G_GINT64_FORMAT "\n", run);
    print_count("found", b->found, "documents, attachments and members of archives counted");
    print_count("new", b->new_, "stored and searchable");
    print_count("duplicate", b->duplicate, "equal to what is there; the place is recorded");
    print_count("unchanged", b->unchanged, "known from an earlier run");
    print_count("excluded", b->excluded, "left out by a setting, or no file");
    print_count("exception", b->exception, "could not be read at all");
    uint64_t sum = b->new_ + b->duplicate + b->unchanged + b->excluded + b->exception;
    hf_cli_print("  %s\n", sum == b->found ? "The balance adds up."
                                           : "THE BALANCE DOES NOT ADD UP: please report this.");
    if (b->containers + b->gone + b->moved > 0)
        hf_cli_print("  Besides: %" G_GUINT64_FORMAT " containers opened, %" G_GUINT64_FORMAT
                     " files gone, %" G_GUINT64_FORMAT " of them moved.\n",
                     b->containers, b->gone, b->moved);
    if (open > 0)
        hf_cli_print("  %" G_GUINT64_FORMAT " open exceptions: holdfast report exceptions\n", open);
}

static void print_dry(const hf_balance *b)
{
    hf_cli_print("Nothing was read. Files that a run would meet:\n");
    print_count("files", b->found, "");
    print_count("to read", b->new_, "new or changed");
    print_count("unchanged", b->unchanged, "known from an earlier run");
    print_count("excluded", b->excluded, "left out by a setting, or no file");
    print_count("unreadable", b->exception, "folders and files that cannot be listed");
    print_count("gone", b->gone, "known, and not there now");
}

/* "-" stands for a list of paths on standard input. */
static char **expand_paths(char **paths, GError **error)
{
    GPtrArray *all = g_ptr_array_new();
    for (char **path = paths; *path != NULL; path++) {
        if (strcmp(*path, "-") != 0) {
            g_ptr_array_add(all, g_strdup(*path));
            continue;
        }
        g_auto(GStrv) lines = hf_cli_lines("-", error);
        for (char **line = lines; line != NULL && *line != NULL; line++)
            g_ptr_array_add(all, g_strdup(*line));
    }
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(all, FALSE);
}

int hf_ingest_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"matter", 0, 0, G_OPTION_ARG_STRING, &s.matter, "The matter that the documents belong to",
         "ID"},
        {"custodian", 0, 0, G_OPTION_ARG_STRING, &s.custodian, "Whose documents these are", "NAME"},
        {"custodian-from", 0, 0, G_OPTION_ARG_FILENAME, &s.custodian_from,
         "Take it from the path: 'users/{custodian}/'", "PATTERN"},
        {"include", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &s.include,
         "Only files that match (may be repeated)", "GLOB"},
        {"exclude", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &s.exclude,
         "No files that match (may be repeated)", "GLOB"},
        {"date-from", 0, 0, G_OPTION_ARG_STRING, &s.date_from,
         "Only files modified on this day or later", "DATE"},
        {"date-to", 0, 0, G_OPTION_ARG_STRING, &s.date_to,
         "Only files modified on this day or before", "DATE"},
        {"max-size", 0, 0, G_OPTION_ARG_STRING, &s.max_size,
         "Only files up to this size, such as 500M", "SIZE"},
        {"known-hashes", 0, 0, G_OPTION_ARG_FILENAME, &s.known_hashes,
         "Leave out files on this list (deNIST)", "FILE"},
        {"embedded", 0, 0, G_OPTION_ARG_STRING, &s.embedded,
         "Inline pictures: documents (stay inside) or all", "WHICH"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &s.password_file,
         "Passwords to try, one a line", "FILE"},
        {"in-place", 0, 0, G_OPTION_ARG_NONE, &s.in_place, "Index the documents where they lie",
         NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &s.dry_run,
         "Count the files that would be read, read nothing", NULL},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &s.reason, "Why, for the audit log", "TEXT"},
        {"workers", 0, 0, G_OPTION_ARG_INT, &s.workers,
         "Reading processes (default: one a processor)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &s.format,
         "table (default), or json: end with one object", "FORMAT"},
        {"no-sandbox", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &s.no_sandbox,
         "For sanitizer builds", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("ingest", "PATH...",
                        "Collects folders, files, archives and mail stores into the vault.",
                        entries, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (rest[0] == NULL) {
        hf_cli_usage_error(error, "ingest takes at least one path: holdfast ingest PATH...");
        return HF_EXIT_USAGE;
    }
    hf_format format = HF_FORMAT_TABLE;
    if (s.format != NULL && !hf_table_parse_format(s.format, &format, error))
        return HF_EXIT_USAGE;
    g_auto(GStrv) paths = expand_paths(rest, error);
    g_autoptr(hf_vault) vault = hf_cli_open(cli, !s.dry_run, "ingest", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    hf_ingest_options options;
    hf_balance balance;
    int64_t run;
    uint64_t open;
    if (!to_options(vault, &s, cli, &options, error) ||
        !hf_ingest_run(vault, &options, (const char *const *)paths, &run, &balance, error) ||
        (!s.dry_run && !hf_cli_checkpoint(vault, error)) ||
        !hf_exception_count_open(hf_vault_catalog(vault), &open, error))
        return HF_EXIT_INTERNAL;
    if (format != HF_FORMAT_TABLE)
        print_json(run, &balance, open);
    else if (s.dry_run)
        print_dry(&balance);
    else if (!cli->quiet)
        print_table(run, &balance, open);
    if (s.dry_run)
        return HF_EXIT_DONE;
    return open > 0 ? HF_EXIT_EXCEPTIONS : HF_EXIT_DONE;
}
