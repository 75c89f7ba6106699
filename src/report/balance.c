#include "holdfast/report.h"
#include <string.h>

static const hf_column columns[] = {
    {"", "level", HF_COLUMN_TEXT, 0},
    {"Path", "path", HF_COLUMN_TEXT, 0},
    {"Whole", "whole", HF_COLUMN_FLAG, 0},
    {"Found", "found", HF_COLUMN_NUMBER, 0},
    {"New", "new", HF_COLUMN_NUMBER, 0},
    {"Duplicate", "duplicate", HF_COLUMN_NUMBER, 0},
    {"Unchanged", "unchanged", HF_COLUMN_NUMBER, 0},
    {"Excluded", "excluded", HF_COLUMN_NUMBER, 0},
    {"Exception", "exception", HF_COLUMN_NUMBER, 0},
    {"Open", "open", HF_COLUMN_NUMBER, 0},
    {"Resolved", "resolved", HF_COLUMN_NUMBER, 0},
    {"Replaced", "replaced", HF_COLUMN_NUMBER, 0},
    {"Waived", "waived", HF_COLUMN_NUMBER, 0},
    {"Type", "type", HF_COLUMN_TEXT, 0},
    {"Run", "run", HF_COLUMN_NUMBER, 0},
};
#define FOR_TABLE 13 /* the first columns */

typedef struct {
    hf_catalog *catalog;
    const hf_report_options *options;
    hf_table *table;
    uint64_t rows;
    bool containers;
} writing;

/* What became of the exceptions of a run, of one source or all: open, resolved, replaced, waived. */
static bool outcomes(const writing *w, int64_t source, char *cells[4], GError **error)
{
    static const char *const states[] = {"open", "resolved", "replaced", "waived"};
    uint64_t sums[G_N_ELEMENTS(states)] = {0};
    g_autoptr(GPtrArray) numbers = hf_exception_numbers(w->catalog, w->options->run, source, error);
    if (numbers == NULL)
        return false;
    for (guint i = 0; i < numbers->len; i++) {
        const hf_exception_number *number = g_ptr_array_index(numbers, i);
        for (unsigned s = 0; s < G_N_ELEMENTS(states); s++)
            sums[s] += strcmp(number->state, states[s]) == 0 ? number->count : 0;
    }
    for (unsigned s = 0; s < G_N_ELEMENTS(states); s++)
        cells[s] = g_strdup_printf("%" G_GUINT64_FORMAT, sums[s]);
    return true;
}

static void write_row(writing *w, const char *level, const hf_balance_row *row,
                      char *const outcome[4])
{
    const hf_balance *b = &row->balance;
    const uint64_t counts[] = {b->found,     b->new_,     b->duplicate,
                               b->unchanged, b->excluded, b->exception};
    g_autofree char *path = row->path != NULL ? hf_name_display(row->path, -1) : NULL;
    g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, w->options->run);
    const char *cells[G_N_ELEMENTS(columns)] = {level, path};
    char numbers[G_N_ELEMENTS(counts)][24];
    cells[2] = row->type == NULL ? NULL : row->whole ? "true" : "false";
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_snprintf(numbers[i], sizeof numbers[i], "%" G_GUINT64_FORMAT, counts[i]);
        cells[3 + i] = numbers[i];
    }
    for (unsigned i = 0; i < 4; i++)
        cells[9 + i] = outcome != NULL ? outcome[i] : NULL;
    cells[13] = row->type;
    cells[14] = run;
    hf_table_row(w->table, cells);
    w->rows++;
}

static bool full(const writing *w)
{
    return w->options->limit > 0 && w->rows >= w->options->limit;
}

static bool write_place(void *data, const hf_balance_row *row, GError **error)
{
    writing *w = data;
    char *outcome[4] = {NULL};
    bool ok = true;
    if (full(w) || (w->containers && !w->options->all && row->whole && row->balance.exception == 0))
        return true;
    ok = w->containers || outcomes(w, row->source, outcome, error);
    if (ok)
        write_row(w, w->containers ? "container" : "source", row, w->containers ? NULL : outcome);
    for (unsigned i = 0; i < G_N_ELEMENTS(outcome); i++)
        g_free(outcome[i]);
    return ok;
}

static bool write_run(writing *w, GError **error)
{
    g_autoptr(GPtrArray) runs = hf_run_list(w->catalog, 0, error);
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        const hf_run *run = g_ptr_array_index(runs, i);
        hf_balance_row row = {.balance = run->balance};
        char *outcome[4] = {NULL};
        if (run->id != w->options->run)
            continue;
        bool ok = outcomes(w, 0, outcome, error);
        if (ok)
            write_row(w, "run", &row, outcome);
        for (unsigned k = 0; k < G_N_ELEMENTS(outcome); k++)
            g_free(outcome[k]);
        return ok;
    }
    if (runs != NULL)
        g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND,
                    "there is no run %" G_GINT64_FORMAT ": see holdfast report runs",
                    w->options->run);
    return false;
}

bool hf_report_balance(hf_catalog *catalog, const hf_report_options *o, GError **error)
{
    g_autoptr(GError) ignored = NULL;
    writing w = {.catalog = catalog, .options = o};
    w.table = hf_table_new(o->format, columns,
                           o->format == HF_FORMAT_TABLE ? FOR_TABLE : G_N_ELEMENTS(columns), o->fd,
                           o->width);
    bool ok =
        write_run(&w, error) && hf_balance_each(catalog, o->run, false, write_place, &w, error);
    w.containers = true;
    ok = ok && hf_balance_each(catalog, o->run, true, write_place, &w, error);
    return hf_table_finish(w.table, ok ? error : &ignored) && ok;
}
