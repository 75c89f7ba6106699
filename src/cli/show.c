#include "cli/show.h"
#include "holdfast/identify.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- the family ---- */

static const hf_column family_columns[] = {
    {"Number", "id", HF_COLUMN_TEXT, 0},   {"Parent", "parent", HF_COLUMN_TEXT, 0},
    {"Name", "name", HF_COLUMN_TEXT, 40},  {"Type", "type", HF_COLUMN_TEXT, 12},
    {"Size", "size", HF_COLUMN_NUMBER, 0}, {"Title or subject", "title", HF_COLUMN_TEXT, 0},
    {"Tags", "tags", HF_COLUMN_JSON, 0},
};

static bool family_row(const hf_show *show, hf_table *table, uint32_t id, GError **error)
{
    g_autoptr(hf_document) d = hf_document_get(hf_vault_catalog(show->vault), id, error);
    g_auto(GStrv) tags =
        d != NULL ? hf_tag_of_document(hf_vault_catalog(show->vault), id, error) : NULL;
    if (tags == NULL)
        return false;
    g_autofree char *all = hf_cli_list_cell(show->format, tags);
    g_autofree char *number = hf_catalog_control_number(id);
    g_autofree char *parent = d->parent != 0 ? hf_catalog_control_number(d->parent) : NULL;
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, d->size);
    const char *cells[] = {number, parent, d->name, hf_identify_kind(d->type), size, d->title, all};
    hf_table_row(table, cells);
    return true;
}

static bool show_family(const hf_show *show, GError **error)
{
    g_autoptr(GArray) ids =
        hf_document_family(hf_vault_catalog(show->vault), show->document->family, error);
    if (ids == NULL)
        return false;
    hf_table *table = hf_table_new(show->format, family_columns, G_N_ELEMENTS(family_columns),
                                   STDOUT_FILENO, hf_cli_width());
    bool ok = true;
    for (guint i = 0; ok && i < ids->len; i++)
        ok = family_row(show, table, g_array_index(ids, uint32_t, i), error);
    return hf_table_finish(table, ok ? error : NULL) && ok;
}

/* ---- the history ---- */

static const hf_column history_columns[] = {
    {"Time", "time", HF_COLUMN_TEXT, 0}, {"Act", "act", HF_COLUMN_TEXT, 0},
    {"By", "actor", HF_COLUMN_TEXT, 16}, {"Run", "run", HF_COLUMN_NUMBER, 0},
    {"What", "what", HF_COLUMN_TEXT, 0},
};
static const hf_column history_all_columns[] = {
    {"", "time", HF_COLUMN_TEXT, 0},        {"", "act", HF_COLUMN_TEXT, 0},
    {"", "actor", HF_COLUMN_TEXT, 0},       {"", "run", HF_COLUMN_NUMBER, 0},
    {"", "what", HF_COLUMN_TEXT, 0},        {"", "path", HF_COLUMN_TEXT, 0},
    {"", "audit_row", HF_COLUMN_NUMBER, 0}, {"", "checkpoint", HF_COLUMN_NUMBER, 0},
    {"", "query", HF_COLUMN_TEXT, 0},
};

/* One sentence for people. */
static char *event_text(const hf_event *event, const char *query)
{
    const char *what = event->what != NULL ? event->what : "";
    if (query != NULL) {
        g_autofree char *shown = hf_name_display(query, -1);
        return g_strdup_printf("%s; the query: %s", what, shown);
    }
    if (event->place != NULL) {
        g_autofree char *place = hf_name_display(event->place, -1);
        return g_strdup_printf("%s: %s", what, place);
    }
    if (event->seq < 0)
        return g_strdup(what);
    if (event->checkpoint < 0)
        return g_strdup_printf("audit row %" G_GINT64_FORMAT " (%s), in no signed checkpoint yet",
                               event->seq, what);
    return g_strdup_printf("audit row %" G_GINT64_FORMAT
                           " (%s), in the signed checkpoint of %" G_GINT64_FORMAT " rows",
                           event->seq, what, event->checkpoint);
}

static char *number_or_null(int64_t value, bool there)
{
    return there ? g_strdup_printf("%" G_GINT64_FORMAT, value) : NULL;
}

static void history_row(const hf_show *show, hf_table *table, const hf_event *event)
{
    bool people = show->format == HF_FORMAT_TABLE;
    g_autofree char *time =
        people ? hf_time_format_zone(event->time, show->zone) : hf_time_format_utc(event->time);
    g_autofree char *run = number_or_null(event->run, event->run != 0);
    g_autofree char *query =
        event->query != NULL ? hf_cli_opened_query(show->vault, event->query) : NULL;
    g_autofree char *text = event_text(event, query);
    g_autofree char *place = event->place != NULL ? hf_name_display(event->place, -1) : NULL;
    g_autofree char *seq = number_or_null(event->seq, event->seq >= 0);
    g_autofree char *checkpoint = number_or_null(event->checkpoint, event->checkpoint >= 0);
    const char *some[] = {time, event->act, event->actor, run, text};
    const char *all[] = {time,  event->act, event->actor, run,  event->what,
                         place, seq,        checkpoint,   query};
    hf_table_row(table, people ? some : all);
}

static bool show_history(const hf_show *show, GError **error)
{
    bool people = show->format == HF_FORMAT_TABLE;
    g_autoptr(GPtrArray) events =
        hf_document_history(hf_vault_catalog(show->vault), show->document->id, error);
    if (events == NULL)
        return false;
    hf_table *table =
        hf_table_new(show->format, people ? history_columns : history_all_columns,
                     people ? G_N_ELEMENTS(history_columns) : G_N_ELEMENTS(history_all_columns),
                     STDOUT_FILENO, 0);
    for (guint i = 0; i < events->len; i++)
        history_row(show, table, g_ptr_array_index(events, i));
    return hf_table_finish(table, error);
}

/* ---- the command ---- */

#define NO_CONTEXT G_MININT
#define MOST_CONTEXT 1000

typedef struct {
    gboolean text, family, history;
    char *native, *replacement, *format, *noise_file;
    gint context;
    hf_show_hits hits;
    char **rest;
} request;

static void request_clear(request *r)
{
    g_free(r->native);
    g_free(r->replacement);
    g_free(r->format);
    g_free(r->noise_file);
    g_free(r->hits.query);
    g_strfreev(r->hits.noise);
    g_strfreev(r->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(request, request_clear)

static bool read_options(request *r, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"text", 0, 0, G_OPTION_ARG_NONE, &r->text, "The stored text, and nothing else", NULL},
        {"hits", 0, 0, G_OPTION_ARG_STRING, &r->hits.query,
         "The text with what QUERY finds in it marked", "QUERY"},
        {"context", 0, 0, G_OPTION_ARG_INT, &r->context,
         "With --hits: only the lines with hits, and N lines around each", "N"},
        {"noise-words", 0, 0, G_OPTION_ARG_FILENAME, &r->noise_file,
         "With --hits: words that match any word in a phrase, as in dtSearch", "FILE"},
        {"native", 0, 0, G_OPTION_ARG_FILENAME, &r->native,
         "Write the document's bytes into FILE, which must not exist (-: standard output)", "FILE"},
        {"replacement", 0, 0, G_OPTION_ARG_FILENAME, &r->replacement,
         "The same with the file that replaced it", "FILE"},
        {"family", 0, 0, G_OPTION_ARG_NONE, &r->family, "The documents of its family", NULL},
        {"history", 0, 0, G_OPTION_ARG_NONE, &r->history, "Every act that concerned it", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &r->format,
         "table or json; --family and --history: also jsonl, csv", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    return hf_cli_options("show", "ID", "Shows one document: what is known of it, or one of these.",
                          entries, argc, argv, &r->rest, error);
}

/* HF0000123 in any case, with or without zeros and HF; 0 if it is none. */
static uint32_t control_number(const char *text)
{
    g_autofree char *number =
        g_ascii_isdigit(*text) ? g_strconcat("HF", text, NULL) : g_strdup(text);
    return hf_catalog_parse_control_number(number);
}

static bool check_request(const request *r, hf_format *format, uint32_t *id, GError **error)
{
    int views = r->text + r->family + r->history + (r->native != NULL) + (r->replacement != NULL) +
                (r->hits.query != NULL);
    bool lists = r->family || r->history;
    *format = HF_FORMAT_TABLE;
    if (g_strv_length(r->rest) != 1)
        return hf_cli_usage_error(error, "show takes one control number: holdfast show HF0000123");
    if (views > 1)
        return hf_cli_usage_error(
            error, "show takes only one of --text, --hits, --native, --replacement, --family and "
                   "--history at a time");
    if (r->hits.query == NULL && (r->context != NO_CONTEXT || r->noise_file != NULL))
        return hf_cli_usage_error(error, "--%s goes with --hits",
                                  r->noise_file != NULL ? "noise-words" : "context");
    if (r->context < 0 && r->context != NO_CONTEXT)
        return hf_cli_usage_error(error, "--context is a number of lines, not %d", r->context);
    if (r->context > MOST_CONTEXT)
        return hf_cli_usage_error(error, "--context is at most %d lines", MOST_CONTEXT);
    if (r->format != NULL && !hf_table_parse_format(r->format, format, error))
        return false;
    if (*format != HF_FORMAT_TABLE && *format != HF_FORMAT_JSON && !lists)
        return hf_cli_usage_error(error, "show has no format \"%s\" here: use table or json",
                                  r->format);
    if (*format == HF_FORMAT_IDS || *format == HF_FORMAT_PATHS)
        return hf_cli_usage_error(error, "show has no format \"%s\": use table, json, jsonl or csv",
                                  r->format);
    *id = control_number(r->rest[0]);
    if (*id == 0)
        return hf_cli_usage_error(error, "\"%s\" is not a control number: write HF0000123, or 123",
                                  r->rest[0]);
    const char *file = r->native != NULL ? r->native : r->replacement;
    if (file != NULL && strcmp(file, "-") == 0 && isatty(STDOUT_FILENO))
        return hf_cli_usage_error(
            error, "the bytes of a document are not for a terminal: give a file, or redirect the "
                   "output");
    return true;
}

/* What goes out of a document's content is in the log; --hits is logged with its query, once that was read. */
static bool log_view(const hf_show *show, const request *r, GError **error)
{
    const char *file = r->native != NULL ? r->native : r->replacement;
    const char *action = r->text                  ? "show text"
                         : r->native != NULL      ? "export native"
                         : r->replacement != NULL ? "export replacement"
                                                  : NULL;
    if (action == NULL)
        return true;
    bool to_file = file != NULL && strcmp(file, "-") != 0;
    return hf_cli_log_export(show->vault, action, show->document->id, NULL, to_file ? file : NULL,
                             error);
}

static bool show_it(const hf_show *show, const request *r, hf_scope *scope, GError **error)
{
    if (!log_view(show, r, error))
        return false;
    if (scope != NULL)
        return hf_show_hits_write(show, &r->hits, scope, error);
    if (r->text)
        return hf_show_text(show, error);
    if (r->native != NULL)
        return hf_show_native(show, r->native, error);
    if (r->replacement != NULL)
        return hf_show_replacement(show, r->replacement, error);
    if (r->family)
        return show_family(show, error);
    return r->history ? show_history(show, error) : hf_show_about(show, error);
}

/* The zone that the document's matter shows times in, else the vault's. */
static GTimeZone *zone_of(const hf_show *show)
{
    g_autoptr(GPtrArray) matters = hf_matter_list(hf_vault_catalog(show->vault), NULL);
    for (guint i = 0; matters != NULL && i < matters->len; i++) {
        const hf_matter *matter = g_ptr_array_index(matters, i);
        GTimeZone *zone = matter->id == show->document->matter
                              ? g_time_zone_new_identifier(matter->timezone)
                              : NULL;
        if (zone != NULL)
            return zone;
    }
    return hf_cli_zone(show->vault);
}

/* With a query the scope that it is asked of begins the read. */
static bool open_document(hf_show *show, const request *r, uint32_t id, hf_scope **scope,
                          GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(show->vault);
    *scope = r->hits.query != NULL ? hf_scope_open(show->vault, NULL, error) : NULL;
    if (*scope == NULL && (r->hits.query != NULL || !hf_catalog_begin_read(catalog, error)))
        return false;
    show->document = hf_document_get(catalog, id, error);
    return show->document != NULL;
}

int hf_show_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(request) r = {.context = NO_CONTEXT};
    uint32_t id = 0;
    hf_show show = {.cli = cli};
    if (!read_options(&r, argc, argv, error) || !check_request(&r, &show.format, &id, error) ||
        (r.noise_file != NULL && (r.hits.noise = hf_cli_noise_words(r.noise_file, error)) == NULL))
        return HF_EXIT_USAGE;
    r.hits.context = r.context == NO_CONTEXT ? -1 : r.context;
    signal(SIGPIPE,
           SIG_DFL); /* a reader that has seen enough is no fault, and nothing is written here */
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "show", error);
    g_autoptr(hf_scope) scope = NULL;
    g_autoptr(hf_document) document = NULL;
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    show.vault = vault;
    if (!open_document(&show, &r, id, &scope, error))
        return HF_EXIT_INTERNAL;
    document = show.document;
    g_autoptr(GTimeZone) zone = zone_of(&show);
    show.zone = zone;
    return show_it(&show, &r, scope, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}
