#include "cli/cli.h"
#include "holdfast/identify.h"
#include "holdfast/scope.h"
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TABLE_LIMIT 50
#define NO_LIMIT G_MININT64 /* none was given */
#define SNIPPET_WIDTH 160
#define SNIPPET_LEAST 16
#define FIT_ROWS 200                   /* that the widths of a table are taken from */
#define SNIPPET_TEXT (4 * 1024 * 1024) /* of a document's text that is looked at for a snippet */

typedef struct {
    hf_vault *vault;
    hf_query *query;
    GTimeZone *zone;
    hf_format format;
    hf_table *table;
    hf_column people[6];  /* columns of a table */
    size_t snippet_width; /* characters */
    bool days;            /* no time of day: the terminal is narrow */
} output;

/* ---- hits ---- */

/* Text with its hits between marks; hits are NULL or ascending. */
static char *marked(const char *text, const GArray *hits)
{
    GString *out = g_string_new(NULL);
    size_t at = 0;
    for (guint i = 0; hits != NULL && i < hits->len; i++) {
        const hf_query_range *hit = &g_array_index(hits, hf_query_range, i);
        g_string_append_len(out, text + at, (gssize)(hit->start - at));
        g_string_append_c(out, HF_MARK_BEGIN);
        g_string_append_len(out, text + hit->start, (gssize)(hit->end - hit->start));
        g_string_append_c(out, HF_MARK_END);
        at = hit->end;
    }
    g_string_append(out, text + at);
    return g_string_free(out, FALSE);
}

/* A short field with its hits marked; *hit is set if there is one. Control characters are spaces, so that marks are ours. */
static char *marked_field(const output *o, unsigned fields, const char *value, bool *hit)
{
    g_autofree char *line = g_utf8_make_valid(value, -1);
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    }
    g_autoptr(GArray) hits = hf_query_mark(o->query, fields, line, strlen(line), 0);
    *hit = hits->len > 0;
    return marked(line, hits);
}

/* ---- snippets ---- */

typedef struct {
    GString *text;
    size_t limit;
} head;

static bool take_piece(void *data, const void *bytes, size_t n, GError **error)
{
    head *h = data;
    size_t room = h->limit - h->text->len;
    g_string_append_len(h->text, bytes, (gssize)MIN(n, room));
    if (n < room)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "enough");
    return false;
}

/* The beginning of a long text: as much of it as is looked at for hits. */
static char *read_head(const output *o, const hf_object_row *object, size_t *size, GError **error)
{
    head h = {g_string_new(NULL), SNIPPET_TEXT};
    GError *own = NULL;
    if (!hf_vault_read_stream(o->vault, object, take_piece, &h, &own) &&
        !g_error_matches(own, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, own);
        g_string_free(h.text, TRUE);
        return NULL;
    }
    g_clear_error(&own);
    *size = h.text->len;
    return g_string_free(h.text, FALSE);
}

/* The place of the body with most hits, else its beginning; *hit says which. */
static char *body_snippet(const output *o, const hf_document *d, bool *hit, GError **error)
{
    g_auto(hf_query_snippet) snippet = {0};
    if (!d->has_text)
        return g_strdup("");
    if (d->text.size > SNIPPET_TEXT) {
        size_t size;
        g_autofree char *text = read_head(o, &d->text, &size, error);
        if (text == NULL)
            return NULL;
        hf_query_snippet_make(o->query, 1u << HF_FIELD_BODY, text, size, o->snippet_width,
                              &snippet);
    } else {
        g_autoptr(GBytes) text = hf_vault_read(o->vault, &d->text, SNIPPET_TEXT, error);
        if (text == NULL)
            return NULL;
        hf_query_snippet_make(o->query, 1u << HF_FIELD_BODY, g_bytes_get_data(text, NULL),
                              g_bytes_get_size(text), o->snippet_width, &snippet);
    }
    *hit = snippet.marks != NULL && snippet.marks->len > 0;
    return marked(snippet.text, snippet.marks);
}

/* "from: Jane «Roe»" where neither body nor title show why a document was found; NULL if no property does. */
static char *property_snippet(const output *o, const hf_document *d, GError **error)
{
    static const struct {
        const char *key;
        unsigned field;
    } properties[] = {
        {"from", HF_FIELD_FROM},      {"to", HF_FIELD_TO},         {"cc", HF_FIELD_CC},
        {"bcc", HF_FIELD_BCC},        {"author", HF_FIELD_AUTHOR}, {"last-author", HF_FIELD_AUTHOR},
        {"title", HF_FIELD_TITLE},    {"topic", HF_FIELD_OTHER},   {"keywords", HF_FIELD_OTHER},
        {"comments", HF_FIELD_OTHER}, {"company", HF_FIELD_OTHER}, {"reply-to", HF_FIELD_OTHER},
        {"other", HF_FIELD_OTHER},
    };
    bool hit;
    g_autoptr(GPtrArray) meta = hf_document_meta(hf_vault_catalog(o->vault), d->id, error);
    for (guint i = 0; meta != NULL && i + 1 < meta->len; i += 2) {
        for (unsigned k = 0; k < G_N_ELEMENTS(properties); k++) {
            if (strcmp(g_ptr_array_index(meta, i), properties[k].key) != 0)
                continue;
            g_autofree char *value =
                marked_field(o, 1u << properties[k].field, g_ptr_array_index(meta, i + 1), &hit);
            if (hit)
                return g_strdup_printf("%s: %s", properties[k].key, value);
        }
    }
    g_autofree char *name = marked_field(o, 1u << HF_FIELD_FILENAME, d->name, &hit);
    return hit ? g_strdup_printf("name: %s", name) : NULL;
}

/* What of the document shows why it was found: with its hits between marks. */
static char *snippet_of(const output *o, const hf_document *d, bool title_hit, GError **error)
{
    bool hit = false;
    GError *own = NULL;
    g_autofree char *body = body_snippet(o, d, &hit, error);
    if (body == NULL || hit || title_hit || !hf_query_has_words(o->query))
        return g_steal_pointer(&body);
    char *property = property_snippet(o, d, &own);
    if (own != NULL) {
        g_propagate_error(error, own);
        return NULL;
    }
    return property != NULL ? property : g_steal_pointer(&body);
}

/* ---- one row ---- */

enum { NUMBER, DATE, CUSTODIAN, TYPE, TITLE, SNIPPET, COLUMNS };
static const hf_column columns[COLUMNS] = {
    {"Number", "id", HF_COLUMN_TEXT, 0},
    {"Date", "date", HF_COLUMN_TEXT, 0},
    {"Custodian", "custodian", HF_COLUMN_TEXT, 20},
    {"Type", "type", HF_COLUMN_TEXT, 12},
    {"Title or subject", "title", HF_COLUMN_MARKED, 50},
    {"Text", "snippet", HF_COLUMN_MARKED, 0},
};
static const hf_column all_columns[] = {
    {"", "id", HF_COLUMN_TEXT, 0},         {"", "date", HF_COLUMN_TEXT, 0},
    {"", "custodian", HF_COLUMN_TEXT, 0},  {"", "type", HF_COLUMN_TEXT, 0},
    {"", "title", HF_COLUMN_TEXT, 0},      {"", "snippet", HF_COLUMN_MARKED, 0},
    {"", "media_type", HF_COLUMN_TEXT, 0}, {"", "matter", HF_COLUMN_TEXT, 0},
    {"", "author", HF_COLUMN_TEXT, 0},     {"", "path", HF_COLUMN_TEXT, 0},
    {"", "size", HF_COLUMN_NUMBER, 0},     {"", "sha256", HF_COLUMN_TEXT, 0},
    {"", "name", HF_COLUMN_TEXT, 0},       {"", "parent", HF_COLUMN_TEXT, 0},
};

/* For people: a document without a title is known by its name. */
static void people_row(output *o, const hf_document *d, const char *number, const char *title,
                       const char *snippet)
{
    g_autofree char *date = hf_time_format_zone(d->review_date.utc, o->zone);
    char *space = o->days ? strchr(date, ' ') : NULL;
    if (space != NULL)
        *space = '\0';
    const char *cells[] = {number, date,   d->custodian_name, hf_identify_kind(d->type),
                           title,  snippet};
    hf_table_row(o->table, cells);
}

static void program_row(output *o, const hf_document *d, const char *number, const char *snippet)
{
    g_autofree char *date =
        d->review_date.utc != HF_TIME_NONE ? hf_time_format_utc(d->review_date.utc) : NULL;
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, d->size);
    g_autofree char *sha256 = hf_digest_hex(d->sha256, 32);
    g_autofree char *path = d->place != NULL ? hf_name_display(d->place, -1) : NULL;
    g_autofree char *parent = d->parent != 0 ? hf_catalog_control_number(d->parent) : NULL;
    const char *cells[] = {number,
                           date,
                           d->custodian_name,
                           hf_identify_kind(d->type),
                           d->title,
                           snippet,
                           d->type,
                           d->matter_code,
                           d->author,
                           path,
                           size,
                           sha256,
                           d->name,
                           parent};
    hf_table_row(o->table, cells);
}

static bool write_row(output *o, uint32_t id, GError **error)
{
    g_autoptr(hf_document) d = hf_document_get(hf_vault_catalog(o->vault), id, error);
    bool hit = false;
    if (d == NULL)
        return false;
    unsigned fields =
        d->title != NULL ? 1u << HF_FIELD_SUBJECT | 1u << HF_FIELD_TITLE : 1u << HF_FIELD_FILENAME;
    g_autofree char *title = marked_field(o, fields, d->title != NULL ? d->title : d->name, &hit);
    g_autofree char *snippet = snippet_of(o, d, hit, error);
    if (snippet == NULL)
        return false;
    g_autofree char *number = hf_catalog_control_number(id);
    if (o->format == HF_FORMAT_TABLE)
        people_row(o, d, number, title, snippet);
    else
        program_row(o, d, number, snippet);
    return true;
}

/* ---- the width of a terminal ---- */

static unsigned widest(const char *text, unsigned so_far, unsigned most)
{
    glong n = text != NULL ? g_utf8_strlen(text, -1) : 0;
    return MIN(MAX(so_far, (unsigned)n), most);
}

/* Gives the snippet the room that the other columns of the rows to come leave, so that its hits are seen. */
static bool fit_terminal(output *o, const hf_set *found, uint64_t limit, GError **error)
{
    unsigned terminal = hf_cli_width(), custodian = (unsigned)strlen("Custodian"), type = 4,
             title = 16;
    uint64_t n = 0;
    if (terminal == 0)
        return true;
    for (uint32_t id = 0; n < FIT_ROWS && (limit == 0 || n < limit) && hf_set_next(found, &id);
         id++, n++) {
        g_autoptr(hf_document) d = hf_document_get(hf_vault_catalog(o->vault), id, error);
        if (d == NULL)
            return false;
        custodian = widest(d->custodian_name, custodian, o->people[CUSTODIAN].widest);
        type = widest(hf_identify_kind(d->type), type, o->people[TYPE].widest);
        title = widest(d->title != NULL ? d->title : d->name, title, o->people[TITLE].widest);
    }
    o->days = terminal < 110;
    unsigned others = 9 + (o->days ? 10 : 16) + custodian + type + 5 * 2; /* number, date, gaps */
    unsigned rest = terminal > others ? terminal - others : 0;
    title = MIN(title, MAX(rest * 2 / 5, 16));
    o->people[TITLE].widest = title;
    o->snippet_width =
        MIN(rest > title + SNIPPET_LEAST ? rest - title : SNIPPET_LEAST, SNIPPET_WIDTH);
    return true;
}

/* ---- the whole ---- */

static bool write_paths(output *o, uint32_t id, GError **error)
{
    g_autoptr(GPtrArray) instances =
        hf_document_instances(hf_vault_catalog(o->vault), id, false, error);
    if (instances == NULL)
        return false;
    /* A place that two sources reach, or that two custodians were named for, is one place. */
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        if (!g_hash_table_add(seen, instance->path))
            continue;
        /* Reversibly: a name with a line break must not become two places, nor an escape sequence reach a terminal. */
        g_autofree char *shown = hf_name_display(instance->path, -1);
        puts(shown);
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
    if (table && !fit_terminal(o, found, limit, error))
        return false;
    if (!paths)
        o->table = hf_table_new(o->format, table ? o->people : all_columns,
                                table ? COLUMNS : G_N_ELEMENTS(all_columns), STDOUT_FILENO,
                                hf_cli_width());
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

static void write_counts(FILE *out, const hf_set *found, uint64_t shown, uint64_t documents)
{
    g_autofree char *hits = hf_table_count(hf_set_count(found));
    g_autofree char *all = hf_table_count(documents);
    g_autofree char *first = hf_table_count(shown);
    fprintf(out, "%s of %s documents.", hits, all);
    if (shown < hf_set_count(found))
        fprintf(out, " The first %s are shown; --limit 0 shows all.", first);
    fputc('\n', out);
}

/* What a reader of the result must know: how much there is, and what could not be searched. */
static bool write_statement(output *o, const hf_set *found, uint64_t shown, FILE *out,
                            GError **error)
{
    hf_catalog_counts counts;
    size_t n_unknown;
    uint64_t unindexed;
    if (!hf_catalog_count(hf_vault_catalog(o->vault), &counts, error) ||
        !hf_document_count_unindexed(hf_vault_catalog(o->vault), &unindexed, error))
        return false;
    if (counts.documents == 0) {
        fputs("The vault is empty: holdfast ingest PATH... brings documents in.\n", out);
        return true;
    }
    write_counts(out, found, shown, counts.documents);
    const char *const *unknown = hf_query_unknown_words(o->query, &n_unknown);
    for (size_t i = 0; i < n_unknown; i++)
        fprintf(out, "No document has \"%s\".\n", unknown[i]);
    if (counts.text_none + counts.text_partial > 0) {
        g_autofree char *none = hf_table_count(counts.text_none);
        g_autofree char *partial = hf_table_count(counts.text_partial);
        fprintf(out,
                "Words in %s documents without text and in parts of %s others are not found: see "
                "holdfast report exceptions.\n",
                none, partial);
    }
    if (unindexed > 0) {
        g_autofree char *count = hf_table_count(unindexed);
        fprintf(out,
                "%s documents are not in the index yet, and are not found by words. If no ingest "
                "is running, one was\n"
                "stopped: holdfast reindex completes its work.\n",
                count);
    }
    return true;
}

static bool write_all(output *o, const hf_set *found, int64_t limit_given, bool quiet,
                      GError **error)
{
    uint64_t limit = limit_given != NO_LIMIT        ? (uint64_t)limit_given
                     : o->format == HF_FORMAT_TABLE ? TABLE_LIMIT
                                                    : 0;
    uint64_t count = hf_set_count(found);
    bool table = o->format == HF_FORMAT_TABLE;
    if (!write_results(o, found, limit, error))
        return false;
    fflush(stdout);
    if (table && count > 0)
        fputc('\n', stdout);
    /* Beside a table; on stderr where the output is for a program. */
    return quiet || write_statement(o, found, limit == 0 ? count : MIN(limit, count),
                                    table ? stdout : stderr, error);
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

static int search(hf_cli *cli, const char *text, output *o, int64_t limit, bool explain,
                  GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(hf_scope) scope = hf_scope_open(o->vault, NULL, error);
    if (scope == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(hf_query) query = hf_query_parse(text, hf_scope_options(scope), &fault, error);
    if (query == NULL)
        return refuse(&fault, text, error);
    o->query = query;
    g_autoptr(hf_set) found = hf_query_evaluate(query, hf_scope_source(scope), &fault, error);
    if (found == NULL)
        return refuse(&fault, text, error);
    if (explain) {
        g_autofree char *tree = hf_query_explain(query);
        fprintf(o->format == HF_FORMAT_TABLE ? stdout : stderr, "%s\n", tree);
        fflush(stdout);
    }
    return write_all(o, found, limit, cli->quiet, error) ? HF_EXIT_DONE : HF_EXIT_INTERNAL;
}

int hf_search_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *format_name = NULL;
    gint64 limit = NO_LIMIT;
    gboolean explain = FALSE;
    g_auto(GStrv) rest = NULL;
    output o = {.format = HF_FORMAT_TABLE, .snippet_width = SNIPPET_WIDTH};
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "table, json, jsonl, csv, ids or paths",
         "FORMAT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit,
         "Show N documents at most; 0: all (default: 50 in a table, else all)", "N"},
        {"explain", 0, 0, G_OPTION_ARG_NONE, &explain, "Show how the query was read, with counts",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("search", "QUERY",
                        "Finds the documents that the query holds for; the count is exact. See "
                        "holdfast-query(7).",
                        entries, argc, argv, &rest, error) ||
        (format_name != NULL && !hf_table_parse_format(format_name, &o.format, error)))
        return HF_EXIT_USAGE;
    if (rest[0] == NULL) {
        hf_cli_usage_error(error, "search takes a query: holdfast search 'QUERY'");
        return HF_EXIT_USAGE;
    }
    if (limit < 0 && limit != NO_LIMIT) {
        hf_cli_usage_error(
            error, "--limit is a number of documents, 0 for all, not %" G_GINT64_FORMAT, limit);
        return HF_EXIT_USAGE;
    }
    signal(SIGPIPE,
           SIG_DFL); /* a reader that has seen enough is no fault, and nothing is written here */
    g_autofree char *text = g_strjoinv(" ", rest);
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "search", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    g_autoptr(GTimeZone) zone = hf_cli_zone(vault);
    memcpy(o.people, columns, sizeof columns);
    o.vault = vault;
    o.zone = zone;
    return search(cli, text, &o, limit, explain, error);
}
