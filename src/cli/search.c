#include "cli/cli.h"
#include "cli/scope.h"
#include "holdfast/identify.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TABLE_LIMIT 50
#define SNIPPET_WIDTH 160
#define SNIPPET_TEXT (4 * 1024 * 1024) /* of a document's text that is looked at for a snippet */

typedef struct {
    hf_vault *vault;
    hf_query *query;
    GTimeZone *zone;
    hf_format format;
    hf_table *table;
    bool terminal;
} output;

/* ---- one row ---- */

/* The snippet with its hits marked: by «» where it may be stored, in bold on a terminal. */
static char *marked(const hf_query_snippet *snippet, bool terminal)
{
    GString *out = g_string_new(NULL);
    size_t at = 0;
    (void)terminal;
    for (guint i = 0; snippet->marks != NULL && i < snippet->marks->len; i++) {
        const hf_query_range *mark = &g_array_index(snippet->marks, hf_query_range, i);
        g_string_append_len(out, snippet->text + at, (gssize)(mark->start - at));
        g_string_append(out, "«");
        g_string_append_len(out, snippet->text + mark->start, (gssize)(mark->end - mark->start));
        g_string_append(out, "»");
        at = mark->end;
    }
    g_string_append(out, snippet->text + at);
    return g_string_free(out, FALSE);
}

static char *snippet_of(const output *o, const hf_document *document, GError **error)
{
    if (!document->has_text || document->text.size > SNIPPET_TEXT)
        return g_strdup("");
    g_auto(hf_query_snippet) snippet = {0};
    g_autoptr(GBytes) text = hf_vault_read(o->vault, &document->text, SNIPPET_TEXT, error);
    if (text == NULL)
        return NULL;
    hf_query_snippet_make(o->query, 1u << HF_FIELD_BODY, g_bytes_get_data(text, NULL), g_bytes_get_size(text), SNIPPET_WIDTH,
                          &snippet);
    return marked(&snippet, o->terminal);
}

static const hf_column columns[] = {
    {"Number", "id", HF_COLUMN_TEXT, 0},
    {"Date", "date", HF_COLUMN_TEXT, 0},
    {"Custodian", "custodian", HF_COLUMN_TEXT, 20},
    {"Type", "type", HF_COLUMN_TEXT, 12},
    {"Title or subject", "title", HF_COLUMN_TEXT, 50},
    {"Text", "snippet", HF_COLUMN_TEXT, 0},
};
static const hf_column all_columns[] = {
    {"Number", "id", HF_COLUMN_TEXT, 0},          {"Date", "date", HF_COLUMN_TEXT, 0},
    {"Custodian", "custodian", HF_COLUMN_TEXT, 0}, {"Type", "type", HF_COLUMN_TEXT, 0},
    {"Title or subject", "title", HF_COLUMN_TEXT, 0}, {"Text", "snippet", HF_COLUMN_TEXT, 0},
    {"Media type", "media_type", HF_COLUMN_TEXT, 0}, {"Matter", "matter", HF_COLUMN_TEXT, 0},
    {"Author", "author", HF_COLUMN_TEXT, 0},      {"Path", "path", HF_COLUMN_TEXT, 0},
    {"Size", "size", HF_COLUMN_NUMBER, 0},        {"SHA-256", "sha256", HF_COLUMN_TEXT, 0},
};

static bool write_row(output *o, uint32_t id, GError **error)
{
    g_autoptr(hf_document) d = hf_document_get(hf_vault_catalog(o->vault), id, error);
    if (d == NULL)
        return false;
    g_autofree char *snippet = snippet_of(o, d, error);
    if (snippet == NULL)
        return false;
    bool table = o->format == HF_FORMAT_TABLE;
    g_autofree char *number = hf_catalog_control_number(id);
    g_autofree char *date = table ? hf_time_format_zone(d->review_date.utc, o->zone) : hf_time_format_utc(d->review_date.utc);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, d->size);
    g_autofree char *sha256 = hf_digest_hex(d->sha256, 32);
    g_autofree char *path = d->place != NULL ? hf_name_display(d->place, -1) : NULL;
    const char *title = d->title != NULL ? d->title : d->name;
    const char *cells[] = {number,  date,           d->custodian_name, hf_identify_kind(d->type), title, snippet,
                           d->type, d->matter_code, d->author,         path,                      size,  sha256};
    hf_table_row(o->table, cells);
    return true;
}

/* ---- the whole ---- */

static bool write_paths(output *o, uint32_t id, GError **error)
{
    g_autoptr(GPtrArray) instances = hf_document_instances(hf_vault_catalog(o->vault), id, false, error);
    if (instances == NULL)
        return false;
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        fputs(instance->path, stdout); /* the bytes of the name: scripts open what they read */
        fputc('\n', stdout);
    }
    return true;
}

static bool write_ids(const hf_set *found, uint64_t limit)
{
    uint64_t n = 0;
    for (uint32_t id = 0; (limit == 0 || n < limit) && hf_set_next(found, &id); id++, n++)
        printf("HF%07u\n", id);
    return true;
}

static bool write_results(output *o, const hf_set *found, uint64_t limit, GError **error)
{
    uint64_t n = 0;
    if (o->format == HF_FORMAT_IDS)
        return write_ids(found, limit);
    bool paths = o->format == HF_FORMAT_PATHS;
    bool table = o->format == HF_FORMAT_TABLE;
    if (!paths)
        o->table = hf_table_new(o->format, table ? columns : all_columns,
                                table ? G_N_ELEMENTS(columns) : G_N_ELEMENTS(all_columns), STDOUT_FILENO, hf_cli_width());
    for (uint32_t id = 0; (limit == 0 || n < limit) && hf_set_next(found, &id); id++, n++) {
        if (!(paths ? write_paths(o, id, error) : write_row(o, id, error))) {
            g_autoptr(GError) ignored = NULL;
            if (o->table != NULL)
                hf_table_finish(o->table, &ignored);
            return false;
        }
    }
    return paths || hf_table_finish(o->table, error);
}

/* What a reader of the result must know: how much there is, and what could not be searched. */
static bool write_statement(output *o, const hf_set *found, uint64_t shown, FILE *out, GError **error)
{
    hf_catalog_counts counts;
    size_t n_unknown;
    if (!hf_catalog_count(hf_vault_catalog(o->vault), &counts, error))
        return false;
    g_autofree char *hits = hf_table_count(hf_set_count(found));
    g_autofree char *all = hf_table_count(counts.documents);
    fprintf(out, "%s of %s documents.", hits, all);
    if (shown < hf_set_count(found))
        fprintf(out, " The first %" G_GUINT64_FORMAT " are shown: --limit 0 shows all.", shown);
    fputc('\n', out);
    const char *const *unknown = hf_query_unknown_words(o->query, &n_unknown);
    for (size_t i = 0; i < n_unknown; i++)
        fprintf(out, "No document has \"%s\".\n", unknown[i]);
    if (counts.text_none + counts.text_partial > 0)
        fprintf(out,
                "Not searched in full: %" G_GUINT64_FORMAT " documents have no text, %" G_GUINT64_FORMAT
                " only part of theirs (holdfast report exceptions).\n",
                counts.text_none, counts.text_partial);
    return true;
}

static bool write_all(output *o, const hf_set *found, int64_t limit_given, bool quiet, GError **error)
{
    uint64_t limit = limit_given >= 0 ? (uint64_t)limit_given : o->format == HF_FORMAT_TABLE ? TABLE_LIMIT : 0;
    uint64_t count = hf_set_count(found);
    bool table = o->format == HF_FORMAT_TABLE;
    if (!write_results(o, found, limit, error))
        return false;
    fflush(stdout);
    if (table && count > 0)
        fputc('\n', stdout);
    /* Beside a table; on stderr where the output is for a program. */
    return quiet || write_statement(o, found, limit == 0 ? count : MIN(limit, count), table ? stdout : stderr, error);
}

static int refuse(const hf_query_fault *fault, const char *text, GError **error)
{
    if (fault->message != NULL) {
        g_autofree char *shown = hf_query_fault_format(fault, text, 0);
        fprintf(stderr, "%s\n", shown);
        g_clear_error(error);
        g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "the query was refused: nothing was searched");
    }
    return HF_EXIT_USAGE;
}

static int search(hf_cli *cli, const char *text, output *o, int64_t limit, bool explain, GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    hf_query_options options = {o->zone};
    g_autoptr(hf_query) query = hf_query_parse(text, &options, &fault, error);
    if (query == NULL)
        return refuse(&fault, text, error);
    o->query = query;
    if (!hf_catalog_begin_read(hf_vault_catalog(o->vault), error))
        return HF_EXIT_INTERNAL;
    g_autoptr(hf_index) index = hf_vault_index(o->vault, error);
    hf_query_source source;
    if (index == NULL)
        return HF_EXIT_INTERNAL;
    hf_scope_fill(&source, o->vault, index);
    g_autoptr(hf_set) found = hf_query_evaluate(query, &source, &fault, error);
    if (found == NULL)
        return refuse(&fault, text, error);
    if (explain) {
        g_autofree char *tree = hf_query_explain(query);
        hf_cli_print("%s\n", tree);
    }
    bool ok = write_all(o, found, limit, cli->quiet, error);
    hf_catalog_end_read(hf_vault_catalog(o->vault));
    return ok ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

int hf_search_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *format_name = NULL;
    gint64 limit = -1;
    gboolean explain = FALSE;
    g_auto(GStrv) rest = NULL;
    output o = {.format = HF_FORMAT_TABLE};
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "table, json, jsonl, csv, ids or paths", "FORMAT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "Show N documents at most; 0: all (default: 50 in a table, else all)", "N"},
        {"explain", 0, 0, G_OPTION_ARG_NONE, &explain, "Show how the query was read, with counts", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("search", "QUERY", "Finds the documents that the query holds for; the count is exact. See "
                                           "holdfast-query(7).",
                        entries, argc, argv, &rest, error) ||
        (format_name != NULL && !hf_table_parse_format(format_name, &o.format, error)))
        return HF_EXIT_USAGE;
    if (rest[0] == NULL) {
        hf_cli_usage_error(error, "search takes a query: holdfast search 'QUERY'");
        return HF_EXIT_USAGE;
    }
    g_autofree char *text = g_strjoinv(" ", rest);
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "search", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    o.vault = vault;
    o.zone = zone;
    o.terminal = isatty(STDOUT_FILENO);
    return search(cli, text, &o, limit, explain, error);
}
