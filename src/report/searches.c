#include "holdfast/report.h"
#include <string.h>

static const hf_column columns[] = {
    {"Time", "time", HF_COLUMN_TEXT, 0},
    {"By", "actor", HF_COLUMN_TEXT, 20},
    {"What", "action", HF_COLUMN_TEXT, 0},
    {"Query", "query", HF_COLUMN_TEXT, 60},
    {"Matter", "matter", HF_COLUMN_TEXT, 0},
    {"Documents", "documents", HF_COLUMN_NUMBER, 0},
    {"Shown", "shown", HF_COLUMN_NUMBER, 0},
    {"To", "to", HF_COLUMN_TEXT, 30},
    {"Logged", "logged", HF_COLUMN_TEXT, 0},
    {"Document", "document", HF_COLUMN_TEXT, 0},
    {"State of the query", "query_state", HF_COLUMN_TEXT, 0},
    {"Damage", "damage", HF_COLUMN_TEXT, 0},
    {"Host", "host", HF_COLUMN_TEXT, 0},
    {"Version", "version", HF_COLUMN_TEXT, 0},
    {"Row", "row", HF_COLUMN_NUMBER, 0},
    {"Checkpoint", "checkpoint", HF_COLUMN_NUMBER, 0},
};
#define FOR_TABLE 9 /* the first columns */

typedef struct {
    hf_vault *vault;
    const hf_report_options *options;
    hf_table *table;
    hf_report_searches_counts *counts;
} report;

/* ---- one row ---- */

/* The query in words; NULL and why there are none. False if that is not because it was destroyed or damaged. */
static bool open_query(report *r, const hf_log_search *search, char **text, const char **state,
                       GError **error)
{
    g_autoptr(GError) failed = NULL;
    *text = NULL;
    *state = "none";
    if (search->query == NULL)
        return true;
    *text = hf_vault_open_query(r->vault, search->query, &failed);
    *state = "readable";
    if (*text != NULL)
        return true;
    *state = g_error_matches(failed, HF_ERROR, HF_ERROR_KEY) ? "destroyed" : "damaged";
    if (g_error_matches(failed, HF_ERROR, HF_ERROR_KEY) ||
        g_error_matches(failed, HF_ERROR, HF_ERROR_INTEGRITY))
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

static char *number_text(int64_t number)
{
    return number >= 0 ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
}

static const char *logged(const hf_log_search *search)
{
    return search->damage != NULL   ? "damaged"
           : search->seq < 0        ? "waits"
           : search->checkpoint < 0 ? "not signed yet"
                                    : "signed";
}

static char *query_cell(const report *r, const char *text, const char *state)
{
    if (r->options->format != HF_FORMAT_TABLE)
        return g_strdup(text);
    if (text != NULL)
        return hf_name_display(text, -1);
    return strcmp(state, "none") == 0 ? NULL : g_strdup_printf("(%s)", state);
}

static void write_row(report *r, const hf_log_search *s, const char *text, const char *state)
{
    bool table = r->options->format == HF_FORMAT_TABLE;
    g_autofree char *time = s->time == HF_TIME_NONE ? NULL
                            : table                 ? hf_time_format_zone(s->time, r->options->zone)
                                                    : hf_time_format_utc(s->time);
    g_autofree char *query = query_cell(r, text, state);
    g_autofree char *documents = g_strdup_printf("%" G_GUINT64_FORMAT, s->documents);
    g_autofree char *shown = g_strdup_printf("%" G_GUINT64_FORMAT, s->shown);
    g_autofree char *row = number_text(s->seq);
    g_autofree char *checkpoint = number_text(s->checkpoint);
    bool whole = s->damage == NULL;
    /* In a table what went out stands where a query would. */
    const char *what = table && query == NULL ? s->object : query;
    const char *cells[G_N_ELEMENTS(columns)] = {
        time,
        s->actor,
        whole ? s->action : "(damaged)",
        what,
        s->matter,
        whole ? documents : NULL,
        whole ? shown : NULL,
        s->to,
        logged(s),
        s->object,
        state,
        s->damage,
        s->host,
        s->version,
        row,
        checkpoint,
    };
    hf_table_row(r->table, cells);
}

static bool write_search(void *data, const hf_log_search *search, GError **error)
{
    report *r = data;
    const char *state;
    g_autofree char *text = NULL;
    hf_report_searches_counts *counts = r->counts;
    counts->searches++;
    counts->waiting += search->seq < 0;
    counts->damaged += search->damage != NULL;
    if (r->options->limit != 0 && counts->shown >= r->options->limit)
        return true;
    if (!open_query(r, search, &text, &state, error))
        return false;
    counts->shown++;
    write_row(r, search, text, state);
    return true;
}

/* ---- all ---- */

static bool same_position(hf_catalog *catalog, const char *before, bool *same, GError **error)
{
    g_autofree char *now = NULL;
    if (!hf_log_folded(catalog, &now, error))
        return false;
    *same = strcmp(now, before) == 0;
    return true;
}

/* Begins a read of the catalog at a state that belongs to the spool as it was read: between the two a writer may move searches
 * from one to the other. */
static GPtrArray *begin(hf_vault *vault, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(vault);
    for (;;) {
        bool same = false;
        g_autofree char *position = NULL;
        if (!hf_log_folded(catalog, &position, error))
            return NULL;
        g_autoptr(GPtrArray) waiting = hf_vault_spooled(vault, error);
        if (waiting == NULL || !hf_catalog_begin_read(catalog, error))
            return NULL;
        if (same_position(catalog, position, &same, error) && same)
            return g_steal_pointer(&waiting);
        hf_catalog_end_read(catalog);
        if (error != NULL && *error != NULL)
            return NULL;
    }
}

static bool write_all(report *r, const GPtrArray *waiting, GError **error)
{
    for (guint i = waiting->len; i > 0; i--) {
        if (!write_search(r, g_ptr_array_index(waiting, i - 1), error))
            return false;
    }
    return hf_log_each_search(hf_vault_catalog(r->vault), write_search, r, error);
}

bool hf_report_searches(hf_vault *vault, const hf_report_options *options,
                        hf_report_searches_counts *counts, GError **error)
{
    g_autoptr(GError) failed = NULL;
    *counts = (hf_report_searches_counts){0};
    /* Else a passphrase that was not given would look like keys that were destroyed. */
    if (hf_vault_store(vault, error) == NULL)
        return false;
    g_autoptr(GPtrArray) waiting = begin(vault, &failed);
    if (waiting == NULL) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    bool table = options->format == HF_FORMAT_TABLE;
    report r = {vault, options, NULL, counts};
    r.table = hf_table_new(options->format, columns, table ? FOR_TABLE : G_N_ELEMENTS(columns),
                           options->fd, options->width);
    bool done = write_all(&r, waiting, error);
    hf_catalog_end_read(hf_vault_catalog(vault));
    return hf_table_finish(r.table, done ? error : &failed) && done;
}
