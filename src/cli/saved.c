#include "cli/cli.h"
#include <string.h>
#include <unistd.h>

/* ---- saved list ---- */

static int list_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const hf_column columns[] = {
        {"Name", "name", HF_COLUMN_TEXT, 0},     {"Query", "query", HF_COLUMN_TEXT, 60},
        {"Matter", "matter", HF_COLUMN_TEXT, 0}, {"Documents", "documents", HF_COLUMN_NUMBER, 0},
        {"Saved", "created", HF_COLUMN_TEXT, 0}, {"By", "actor", HF_COLUMN_TEXT, 20},
    };
    g_auto(GStrv) rest = NULL;
    hf_format format;
    if (!hf_cli_list_options("saved list", "", "Lists the saved searches.", 0, argc, argv, &format,
                             &rest, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "saved", error);
    g_autoptr(GPtrArray) list =
        vault != NULL ? hf_saved_list(hf_vault_catalog(vault), error) : NULL;
    if (list == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    bool people = format == HF_FORMAT_TABLE;
    hf_table *table =
        hf_table_new(format, columns, G_N_ELEMENTS(columns), STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < list->len; i++) {
        const hf_saved *saved = g_ptr_array_index(list, i);
        g_autofree char *query =
            people ? hf_name_display(saved->query, -1) : g_strdup(saved->query);
        g_autofree char *documents = g_strdup_printf("%" G_GUINT64_FORMAT, saved->documents);
        g_autofree char *created =
            people ? hf_time_format_zone(saved->created, zone) : hf_time_format_utc(saved->created);
        const char *cells[] = {saved->name, query, saved->matter, documents, created, saved->actor};
        hf_table_row(table, cells);
    }
    hf_cli_none(cli, format, list->len, "No saved searches yet: holdfast search --save NAME QUERY");
    return hf_table_finish(table, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

/* ---- saved show, saved remove ---- */

/* The one name that they take; NULL with *error. */
static char *parse_name(const char *act, const char *about, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
    g_auto(GStrv) rest = NULL;
    g_autofree char *command = g_strconcat("saved ", act, NULL);
    if (!hf_cli_options(command, "NAME", about, entries, argc, argv, &rest, error))
        return NULL;
    if (g_strv_length(rest) == 1)
        return g_strdup(rest[0]);
    hf_cli_usage_error(error, "%s takes one name: see holdfast saved list", command);
    return NULL;
}

static int show_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *name = parse_name(
        "show", "Prints the query of a saved search, as it was given.", argc, argv, error);
    if (name == NULL)
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "saved", error);
    g_autofree char *query =
        vault != NULL ? hf_saved_query(hf_vault_catalog(vault), name, error) : NULL;
    if (query == NULL)
        return HF_EXIT_INTERNAL;
    hf_cli_print("%s\n", query);
    return HF_EXIT_DONE;
}

typedef struct {
    const char *name; /* that is to go */
    bool met;
} seeking;

/* Stands for the vault's saved searches while a query is only read for the names in it. */
static char *note_name(void *data, const char *name, GError **error)
{
    (void)error;
    seeking *s = data;
    s->met = s->met || g_ascii_strcasecmp(name, s->name) == 0;
    return g_strdup("anything");
}

/* The names of those that ask for it; "" if there are none. */
static char *users_of(hf_catalog *catalog, const char *name, GError **error)
{
    g_autoptr(GPtrArray) list = hf_saved_list(catalog, error);
    g_autoptr(GString) users = g_string_new(NULL);
    if (list == NULL)
        return NULL;
    for (guint i = 0; i < list->len; i++) {
        const hf_saved *saved = g_ptr_array_index(list, i);
        seeking s = {.name = name};
        const hf_query_options options = {.saved = note_name, .data = &s};
        g_autoptr(hf_query) query = hf_query_parse(saved->query, &options, NULL, NULL);
        if (s.met && g_ascii_strcasecmp(saved->name, name) != 0)
            g_string_append_printf(users, "%s%s", users->len > 0 ? ", " : "", saved->name);
    }
    return g_string_free(g_steal_pointer(&users), FALSE);
}

static bool take_away(hf_vault *vault, void *data, GError **error)
{
    const char *name = data;
    hf_catalog *catalog = hf_vault_catalog(vault);
    g_autofree char *users = users_of(catalog, name, error);
    if (users == NULL)
        return false;
    if (*users == '\0')
        return hf_saved_remove(catalog, name, error);
    g_set_error(error, HF_ERROR, HF_ERROR_REFUSED,
                "\"%s\" is not removed: other saved searches ask for saved:%s (%s); remove or "
                "change them first",
                name, name, users);
    return false;
}

static int remove_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *name = parse_name(
        "remove", "Removes a saved search. What it was stays in the audit log.", argc, argv, error);
    if (name == NULL)
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "saved", error);
    return vault != NULL && hf_cli_transaction(vault, take_away, name, error) ? HF_EXIT_DONE
                                                                              : HF_EXIT_INTERNAL;
}

int hf_saved_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return list_command(cli, argc - 1, argv + 1, error);
    if (argc >= 2 && strcmp(argv[1], "show") == 0)
        return show_command(cli, argc - 1, argv + 1, error);
    if (argc >= 2 && strcmp(argv[1], "remove") == 0)
        return remove_command(cli, argc - 1, argv + 1, error);
    static const char *const parts[] = {"list [--format FORMAT]", "show NAME", "remove NAME", NULL};
    if (hf_cli_parts_help("saved", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(error, "use: holdfast saved list, holdfast saved show NAME, or holdfast "
                              "saved remove NAME; holdfast search --save NAME saves one");
    return HF_EXIT_USAGE;
}
