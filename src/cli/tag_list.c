#include "cli/tag.h"
#include <unistd.h>

static char *show_time(hf_format format, hf_time time, GTimeZone *zone)
{
    return format == HF_FORMAT_TABLE ? hf_time_format_zone(time, zone) : hf_time_format_utc(time);
}

int hf_tag_list_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const hf_column columns[] = {
        {"Tag", "tag", HF_COLUMN_TEXT, 0},
        {"Group", "group", HF_COLUMN_TEXT, 0},
        {"Documents", "documents", HF_COLUMN_NUMBER, 0},
        {"Made", "created", HF_COLUMN_TEXT, 0},
    };
    hf_format format;
    g_auto(GStrv) rest = NULL;
    if (!hf_cli_list_options("tag list", "", "Lists the tags, with how many documents have each.",
                             0, argc, argv, &format, &rest, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "tag", error);
    g_autoptr(GPtrArray) tags = vault != NULL ? hf_tag_list(hf_vault_catalog(vault), error) : NULL;
    if (tags == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    hf_table *table =
        hf_table_new(format, columns, G_N_ELEMENTS(columns), STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < tags->len; i++) {
        const hf_tag *tag = g_ptr_array_index(tags, i);
        g_autofree char *documents = g_strdup_printf("%" G_GUINT64_FORMAT, tag->documents);
        g_autofree char *created = show_time(format, tag->created, zone);
        const char *cells[] = {tag->name, tag->group, documents, created};
        hf_table_row(table, cells);
    }
    hf_cli_none(cli, format, tags->len, "No tags yet: holdfast tag add NAME QUERY");
    return hf_table_finish(table, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

static const hf_column changes[] = {
    {"Time", "time", HF_COLUMN_TEXT, 0},
    {"By", "actor", HF_COLUMN_TEXT, 20},
    {"What", "action", HF_COLUMN_TEXT, 0},
    {"Tag", "tag", HF_COLUMN_TEXT, 0},
    {"Documents", "documents", HF_COLUMN_NUMBER, 0},
    {"Chosen by", "query", HF_COLUMN_TEXT, 60},
    {"Families", "family", HF_COLUMN_FLAG, 0},
    {"Reason", "reason", HF_COLUMN_TEXT, 40},
    {"Row", "row", HF_COLUMN_NUMBER, 0},
    {"From", "from", HF_COLUMN_TEXT, 0},
    {"Group", "group", HF_COLUMN_TEXT, 0},
};
#define FOR_TABLE 9 /* the first columns */

/* What was done, for people. */
static char *words(const hf_tag_change *c)
{
    if (c->from != NULL)
        return g_strdup_printf("renamed from %s", c->from);
    if (!g_str_equal(c->action, "define"))
        return g_strdup(c->action);
    if (c->group == NULL)
        return g_strdup("made");
    return *c->group != '\0' ? g_strdup_printf("put into group %s", c->group)
                             : g_strdup("taken out of its group");
}

static void write_change(hf_table *table, hf_format format, hf_vault *vault, const hf_tag_change *c,
                         GTimeZone *zone)
{
    /* Making, naming and grouping a tag chooses no documents. */
    bool chose = g_str_equal(c->action, "add") || g_str_equal(c->action, "remove");
    bool people = format == HF_FORMAT_TABLE;
    g_autofree char *time = show_time(format, c->time, zone);
    g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, c->documents);
    g_autofree char *row = g_strdup_printf("%" G_GINT64_FORMAT, c->seq);
    g_autofree char *opened = c->query != NULL ? hf_cli_opened_query(vault, c->query) : NULL;
    g_autofree char *query =
        opened != NULL && people ? hf_name_display(opened, -1) : g_strdup(opened);
    g_autofree char *what = people ? words(c) : g_strdup(c->action);
    const char *cells[G_N_ELEMENTS(changes)] = {
        time,
        c->actor,
        what,
        c->tag,
        chose ? count : NULL,
        query == NULL && chose && people ? "(a list)" : query,
        !chose      ? NULL
        : c->family ? "true"
                    : "false",
        c->reason,
        row,
        c->from,
        c->group,
    };
    hf_table_row(table, cells);
}

int hf_tag_history_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    hf_format format;
    g_auto(GStrv) rest = NULL;
    if (!hf_cli_list_options(
            "tag history", "[NAME]",
            "Lists every change of the tags, or of one, oldest first, with what chose its "
            "documents.",
            1, argc, argv, &format, &rest, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "tag", error);
    g_autoptr(GPtrArray) list =
        vault != NULL ? hf_tag_history(hf_vault_catalog(vault), rest[0], error) : NULL;
    if (list == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    hf_table *table =
        hf_table_new(format, changes, format == HF_FORMAT_TABLE ? FOR_TABLE : G_N_ELEMENTS(changes),
                     STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < list->len; i++)
        write_change(table, format, vault, g_ptr_array_index(list, i), zone);
    hf_cli_none(cli, format, list->len, "No tags yet: holdfast tag add NAME QUERY");
    return hf_table_finish(table, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}
