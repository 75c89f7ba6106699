#include "cli/cli.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *password_file, *reason, *format;
    char **passwords;
    gboolean force, dry_run, no_sandbox;
} settings;

static void settings_clear(settings *s)
{
    g_free(s->password_file);
    g_free(s->reason);
    g_free(s->format);
    g_strfreev(s->passwords);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(settings, settings_clear)

static bool to_options(settings *s, const hf_cli *cli, hf_ingest_options *o, GError **error)
{
    *o = (hf_ingest_options){
        .filter = {.date_from = HF_TIME_NONE, .date_to = HF_TIME_NONE},
        .limits = hf_extract_default_limits(),
        .no_sandbox = s->no_sandbox,
        .dry_run = s->dry_run,
        .reason = s->reason,
        .progress = hf_progress_mode_for(STDERR_FILENO, cli->quiet),
    };
    if (s->password_file != NULL && (s->passwords = hf_cli_lines(s->password_file, error)) == NULL)
        return false;
    o->passwords = (const char *const *)s->passwords;
    return true;
}

static int by_open(hf_vault *vault, GError **error)
{
    uint64_t open;
    if (!hf_exception_count_open(hf_vault_catalog(vault), &open, error))
        return HF_EXIT_INTERNAL;
    return open > 0 ? HF_EXIT_EXCEPTIONS : HF_EXIT_DONE;
}

/* The open exceptions that an argument names: those of a document, or the one of that number. NULL with *error, also where
 * there is none. */
static GPtrArray *find(hf_vault *vault, const char *id, GError **error)
{
    hf_exception_filter filter = {.document = hf_catalog_parse_control_number(id)};
    guint64 number = 0;
    if (filter.document == 0 && !g_ascii_string_to_unsigned(id, 10, 1, INT64_MAX, &number, NULL)) {
        hf_cli_usage_error(
            error, "\"%s\" is neither a control number (HF0000123) nor the number of an exception",
            id);
        return NULL;
    }
    filter.id = (int64_t)number;
    g_autoptr(GPtrArray) found = hf_exception_list(hf_vault_catalog(vault), &filter, error);
    if (found == NULL || found->len > 0)
        return g_steal_pointer(&found);
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                filter.document != 0
                    ? "%s has no open exception: see holdfast report exceptions --all"
                    : "there is no open exception %s: see holdfast report exceptions --all",
                id);
    return NULL;
}

static char *number_of(const hf_exception *e)
{
    return e->document != 0 ? hf_catalog_control_number(e->document) : g_strdup("-");
}

/* ---- retry ---- */

static bool named_documents(hf_vault *vault, char **ids, hf_set *documents, GError **error)
{
    for (char **id = ids; *id != NULL; id++) {
        g_autoptr(GPtrArray) found = find(vault, *id, error);
        if (found == NULL)
            return false;
        const hf_exception *e = g_ptr_array_index(found, 0);
        g_autofree char *path = hf_name_display(e->path, -1);
        if (e->document == 0) {
            g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                        "exception %s has no document to read again (\"%s\", %s): ingest its "
                        "source again, or waive it",
                        *id, path, e->reason);
            return false;
        }
        hf_set_add(documents, e->document);
    }
    return true;
}

static void print_number(uint64_t n, const char *about)
{
    g_autofree char *shown = hf_table_count(n);
    if (n > 0)
        hf_cli_print("  %8s  %s\n", shown, about);
}

static void print_retry(const hf_retry_result *r, bool dry_run)
{
    hf_cli_print(dry_run ? "%" G_GUINT64_FORMAT
                           " documents would be read again; nothing was changed.\n"
                         : "%" G_GUINT64_FORMAT " documents were read again.\n",
                 r->documents);
    print_number(r->resolved, "exceptions resolved");
    print_number(r->replaced, "exceptions closed: another problem stands in their place");
    print_number(r->children, "documents joined their families");
    print_number(r->still, "exceptions of these documents are open");
    print_number(r->untried, "documents left alone: nothing new to read them with (a password, a "
                             "newer holdfast, --force)");
    print_number(
        r->elsewhere,
        "exceptions have no document: ingest of their source tries them again, or waive them");
}

static void print_json(const hf_retry_result *r)
{
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_key(&json, "run");
    if (r->run != 0)
        hf_json_int(&json, r->run);
    else
        hf_json_null(&json);
    hf_json_pair_int(&json, "documents", (int64_t)r->documents);
    hf_json_pair_int(&json, "children", (int64_t)r->children);
    hf_json_pair_int(&json, "resolved", (int64_t)r->resolved);
    hf_json_pair_int(&json, "replaced", (int64_t)r->replaced);
    hf_json_pair_int(&json, "still", (int64_t)r->still);
    hf_json_pair_int(&json, "untried", (int64_t)r->untried);
    hf_json_pair_int(&json, "elsewhere", (int64_t)r->elsewhere);
    hf_json_end_object(&json);
    hf_cli_print("%s\n", out->str);
}

static int retry_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    g_auto(GStrv) rest = NULL;
    hf_format format = HF_FORMAT_TABLE;
    const GOptionEntry entries[] = {
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &s.password_file,
         "Passwords to try, one a line", "FILE"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &s.force, "Also where nothing is new to read it with",
         NULL},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &s.reason, "Why, for the audit log", "TEXT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &s.dry_run,
         "Only say how many documents would be read", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &s.format, "table (default), or json: one object",
         "FORMAT"},
        {"no-sandbox", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &s.no_sandbox,
         "For sanitizer builds", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("exception retry", "[ID...]",
                        "Reads documents with open exceptions again: those that are named, or all "
                        "that a password or a newer"
                        " extractor gives hope for. Control numbers stay; what comes to light "
                        "joins the family.",
                        entries, argc, argv, &rest, error) ||
        (s.format != NULL && !hf_table_parse_format(s.format, &format, error)))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, true, "exception retry", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    hf_ingest_options options;
    hf_retry_result result;
    g_autoptr(hf_set) documents = hf_set_new();
    if (!to_options(&s, cli, &options, error) || !named_documents(vault, rest, documents, error) ||
        !hf_ingest_retry(vault, &options, rest[0] != NULL ? documents : NULL, s.force, &result,
                         error) ||
        !hf_cli_checkpoint(vault, error))
        return HF_EXIT_INTERNAL;
    if (format != HF_FORMAT_TABLE)
        print_json(&result);
    else if (!cli->quiet)
        print_retry(&result, s.dry_run);
    return by_open(vault, error);
}

/* ---- replace ---- */

/* The document that an argument names, itself or by an exception. */
static uint32_t document_named(hf_vault *vault, const char *id, GError **error)
{
    uint32_t document = hf_catalog_parse_control_number(id);
    if (document != 0)
        return document;
    g_autoptr(GPtrArray) found = find(vault, id, error);
    if (found == NULL)
        return 0;
    document = ((const hf_exception *)g_ptr_array_index(found, 0))->document;
    if (document == 0)
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "exception %s has no document that a file could stand in for", id);
    return document;
}

static void print_replace(uint32_t document, const char *file, const hf_retry_result *r,
                          bool dry_run)
{
    g_autofree char *shown = hf_name_display(file, -1);
    if (dry_run) {
        hf_cli_print("\"%s\" can be read and would stand in for HF%07u; nothing was changed.\n",
                     shown, document);
        return;
    }
    hf_cli_print("\"%s\" stands in for HF%07u now; the original is kept.\n", shown, document);
    print_number(r->replaced, "exceptions closed as replaced");
    print_number(r->children, "documents joined its family");
    print_number(r->still, "exceptions of the repaired file are open");
}

static int replace_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"reason", 0, 0, G_OPTION_ARG_STRING, &s.reason, "How it was repaired, for the audit log",
         "TEXT"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &s.password_file,
         "Passwords to try, one a line", "FILE"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &s.dry_run, "Only see whether the file can be read",
         NULL},
        {"no-sandbox", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &s.no_sandbox,
         "For sanitizer builds", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("exception replace", "ID FILE",
                        "Reads FILE, a repaired copy, in place of the document. The original is "
                        "kept, and both are linked.",
                        entries, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (g_strv_length(rest) != 2) {
        hf_cli_usage_error(error, "use: holdfast exception replace ID FILE");
        return HF_EXIT_USAGE;
    }
    g_autoptr(hf_vault) vault = hf_cli_open(cli, true, "exception replace", error);
    uint32_t document = vault != NULL ? document_named(vault, rest[0], error) : 0;
    hf_ingest_options options;
    hf_retry_result result;
    if (document == 0 || !to_options(&s, cli, &options, error) ||
        !hf_ingest_replace(vault, &options, document, rest[1],
                           s.reason != NULL ? s.reason : "a repaired file", &result, error) ||
        !hf_cli_checkpoint(vault, error))
        return HF_EXIT_INTERNAL;
    if (!cli->quiet)
        print_replace(document, rest[1], &result, s.dry_run);
    return by_open(vault, error);
}

/* ---- waive ---- */

typedef struct {
    char **ids;
    const char *reason;
    bool dry_run, quiet;
    uint64_t closed;
} waiver;

static bool log_waived(hf_catalog *catalog, const waiver *w, const hf_exception *e, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *number = number_of(e);
    hf_json json;
    g_string_append_printf(text, "\"exception\":%" G_GINT64_FORMAT ",", e->id);
    hf_json_init(&json, text);
    hf_json_pair(&json, "document", e->document != 0 ? number : NULL);
    g_string_append_c(text, ',');
    hf_json_init(&json, text);
    hf_json_pair(&json, "reason", w->reason);
    return hf_log_append(catalog, "exception waive", text->str, error);
}

static bool waive_one(hf_vault *vault, waiver *w, const hf_exception *e, GError **error)
{
    g_autofree char *actor = hf_log_actor();
    g_autofree char *number = number_of(e);
    g_autofree char *path = hf_name_display(e->path, -1);
    hf_catalog *catalog = hf_vault_catalog(vault);
    w->closed++;
    if (w->dry_run)
        hf_cli_print("would waive %" G_GINT64_FORMAT "  %s  %s  %s\n", e->id, number, e->reason,
                     path);
    return w->dry_run || (hf_exception_close(catalog, e->id, "waived", actor, w->reason, error) &&
                          log_waived(catalog, w, e, error));
}

static gint by_id(gconstpointer a, gconstpointer b)
{
    const hf_exception *x = *(const hf_exception *const *)a;
    const hf_exception *y = *(const hf_exception *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* All or none: a wrong number among them leaves everything as it was. */
static bool waive_all(hf_vault *vault, void *data, GError **error)
{
    waiver *w = data;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)hf_exception_free);
    for (char **id = w->ids; *id != NULL; id++) {
        g_autoptr(GPtrArray) found = find(vault, *id, error);
        if (found == NULL)
            return false;
        g_ptr_array_set_free_func(found, NULL);
        g_ptr_array_extend(all, found, NULL, NULL);
    }
    g_ptr_array_sort(all, by_id); /* named twice, by number and by document, it is waived once */
    int64_t last = 0;
    for (guint i = 0; i < all->len; i++) {
        const hf_exception *e = g_ptr_array_index(all, i);
        if (e->id != last && !waive_one(vault, w, e, error))
            return false;
        last = e->id;
    }
    return true;
}

static int waive_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(settings) s = {0};
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"reason", 0, 0, G_OPTION_ARG_STRING, &s.reason, "Why nothing more will be done (required)",
         "TEXT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &s.dry_run, "Only list what would be waived", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("exception waive", "--reason TEXT ID...",
                        "Says that nothing more will be done about these exceptions, and why.",
                        entries, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (rest[0] == NULL || s.reason == NULL || *g_strstrip(s.reason) == '\0') {
        hf_cli_usage_error(error, rest[0] == NULL
                                      ? "which? use: holdfast exception waive --reason TEXT ID..."
                                      : "say why: holdfast exception waive --reason TEXT ID...");
        return HF_EXIT_USAGE;
    }
    waiver w = {.ids = rest, .reason = s.reason, .dry_run = s.dry_run};
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "exception waive", error);
    if (vault == NULL || !(s.dry_run ? waive_all(vault, &w, error)
                                     : hf_cli_transaction(vault, waive_all, &w, error)))
        return HF_EXIT_INTERNAL;
    if (!cli->quiet && !s.dry_run)
        hf_cli_print("%" G_GUINT64_FORMAT " exceptions waived.\n", w.closed);
    return by_open(vault, error);
}

int hf_exception_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const struct {
        const char *name;
        int (*run)(hf_cli *cli, int argc, char **argv, GError **error);
    } verbs[] = {{"retry", retry_command}, {"replace", replace_command}, {"waive", waive_command}};
    for (unsigned i = 0; argc >= 2 && i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(cli, argc - 1, argv + 1, error);
    }
    static const char *const parts[] = {"retry [OPTION…] [ID…]", "replace [OPTION…] ID FILE",
                                        "waive [OPTION…] ID…", NULL};
    if (hf_cli_parts_help("exception", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(
        error,
        "use: holdfast exception retry|replace|waive (what there is: holdfast report exceptions)");
    return HF_EXIT_USAGE;
}
