#include "holdfast/report.h"
#include <string.h>

static const hf_column run_columns[] = {
    {"Run", "run", HF_COLUMN_NUMBER, 0},
    {"Command", "command", HF_COLUMN_TEXT, 0},
    {"Started", "started", HF_COLUMN_TEXT, 0},
    {"Finished", "finished", HF_COLUMN_TEXT, 0},
    {"By", "actor", HF_COLUMN_TEXT, 0},
    {"Found", "found", HF_COLUMN_NUMBER, 0},
    {"New", "new", HF_COLUMN_NUMBER, 0},
    {"Duplicate", "duplicate", HF_COLUMN_NUMBER, 0},
    {"Unchanged", "unchanged", HF_COLUMN_NUMBER, 0},
    {"Excluded", "excluded", HF_COLUMN_NUMBER, 0},
    {"Exception", "exception", HF_COLUMN_NUMBER, 0},
    {"Containers", "containers", HF_COLUMN_NUMBER, 0},
    {"Gone", "gone", HF_COLUMN_NUMBER, 0},
    {"Moved", "moved", HF_COLUMN_NUMBER, 0},
    {"Sources", "sources", HF_COLUMN_NUMBER, 0},
    {"Host", "host", HF_COLUMN_TEXT, 0},
    {"Settings", "settings", HF_COLUMN_TEXT, 0},
};
#define FOR_TABLE 14 /* the first columns */

static char *show_time(const hf_report_options *o, hf_time t)
{
    if (t == HF_TIME_NONE)
        return o->format == HF_FORMAT_TABLE ? g_strdup("not finished") : NULL;
    return o->format == HF_FORMAT_TABLE ? hf_time_format_zone(t, o->zone) : hf_time_format_utc(t);
}

static void write_run(hf_table *table, const hf_report_options *o, const hf_run *run)
{
    const hf_balance *b = &run->balance;
    const uint64_t counts[] = {b->found,     b->new_,       b->duplicate, b->unchanged, b->excluded,
                               b->exception, b->containers, b->gone,      b->moved,     b->sources};
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, run->id);
    g_autofree char *started = show_time(o, run->started);
    g_autofree char *finished = show_time(o, run->finished);
    const char *cells[G_N_ELEMENTS(run_columns)] = {id, run->command, started, finished,
                                                    run->actor};
    char numbers[G_N_ELEMENTS(counts)][24];
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_snprintf(numbers[i], sizeof numbers[i], "%" G_GUINT64_FORMAT, counts[i]);
        cells[5 + i] = numbers[i];
    }
    cells[15] = run->host;
    cells[16] = run->settings;
    hf_table_row(table, cells);
}

bool hf_report_runs(hf_catalog *catalog, const hf_report_options *o, uint64_t *shown,
                    GError **error)
{
    g_autoptr(GPtrArray) runs = hf_run_list(catalog, (unsigned)MIN(o->limit, UINT_MAX), error);
    if (runs == NULL)
        return false;
    hf_table *table = hf_table_new(
        o->format, run_columns,
        o->format == HF_FORMAT_TABLE ? FOR_TABLE : G_N_ELEMENTS(run_columns), o->fd, o->width);
    for (guint i = 0; i < runs->len; i++)
        write_run(table, o, g_ptr_array_index(runs, i));
    *shown = runs->len;
    return hf_table_finish(table, error);
}

bool hf_report_last_run(hf_catalog *catalog, int64_t *run, GError **error)
{
    g_autoptr(GPtrArray) runs = hf_run_list(catalog, 0, error);
    *run = 0;
    for (guint i = 0; runs != NULL && i < runs->len && *run == 0; i++) {
        const hf_run *candidate = g_ptr_array_index(runs, i);
        if (candidate->finished != HF_TIME_NONE && strcmp(candidate->command, "ingest") == 0)
            *run = candidate->id;
    }
    return runs != NULL;
}

static const hf_column excluded_columns[] = {
    {"Path", "path", HF_COLUMN_TEXT, 0},
    {"Left out by", "why", HF_COLUMN_TEXT, 0},
};

static bool write_exclusion(void *table, const char *path, const char *why, GError **error)
{
    (void)error;
    g_autofree char *shown = hf_name_display(path, -1);
    const char *cells[] = {shown, why};
    hf_table_row(table, cells);
    return true;
}

bool hf_report_excluded(hf_catalog *catalog, const hf_report_options *o, GError **error)
{
    g_autoptr(GError) ignored = NULL;
    hf_table *table =
        hf_table_new(o->format, excluded_columns, G_N_ELEMENTS(excluded_columns), o->fd, o->width);
    bool ok = hf_balance_each_exclusion(catalog, o->run, (unsigned)MIN(o->limit, UINT_MAX),
                                        write_exclusion, table, error);
    return hf_table_finish(table, ok ? error : &ignored) && ok;
}

static bool count_one(void *data, const char *path, const char *why, GError **error)
{
    (void)path;
    (void)why;
    (void)error;
    ++*(uint64_t *)data;
    return true;
}

bool hf_report_count_excluded(hf_catalog *catalog, int64_t run, uint64_t *count, GError **error)
{
    *count = 0;
    return hf_balance_each_exclusion(catalog, run, 0, count_one, count, error);
}
