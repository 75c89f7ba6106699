#include "holdfast/report.h"
#include "report/bar.h"
#include "report/calendar.h"
#include "report/counts.h"
#include <string.h>

#define A_PAGE 60   /* rows that `auto` fills at most */
#define GAP_ROWS 12 /* empty periods that are shown one by one */

static const char *const units[] = {"year", "month", "week", "day", "auto"};

bool hf_report_unit_parse(const char *name, hf_report_unit *out, GError **error)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(units[i], name) == 0) {
            *out = (hf_report_unit)i;
            return true;
        }
    }
    g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                "there is no histogram by \"%s\": use year, month, week, day or auto", name);
    return false;
}

/* ---- counting ---- */

typedef struct {
    int64_t day;
    uint64_t documents;
} counted;

static int compare_days(gconstpointer a, gconstpointer b)
{
    const counted *x = a, *y = b;
    return x->day < y->day ? -1 : x->day > y->day;
}

/* Days with documents, ascending. */
static GArray *count_days(hf_scope *scope, const hf_set *set, uint64_t *undated, GError **error)
{
    g_autoptr(GHashTable) days = hf_counts_of_periods(scope, set, HF_REPORT_DAY, error);
    if (days == NULL)
        return NULL;
    GArray *list = g_array_sized_new(FALSE, FALSE, sizeof(counted), g_hash_table_size(days));
    GHashTableIter iter;
    gpointer day, documents;
    *undated = 0;
    g_hash_table_iter_init(&iter, days);
    while (g_hash_table_iter_next(&iter, &day, &documents)) {
        counted row = {*(int64_t *)day, *(uint64_t *)documents};
        if (row.day == HF_TIME_NONE)
            *undated = row.documents;
        else
            g_array_append_val(list, row);
    }
    g_array_sort(list, compare_days);
    return list;
}

/* ---- periods ---- */

typedef struct {
    int64_t first; /* period */
    uint64_t periods, documents;
} bin;

static void add_gap(GArray *bins, int64_t first, uint64_t periods)
{
    bool one_by_one = periods <= GAP_ROWS;
    for (uint64_t i = 0; i < (one_by_one ? periods : 1); i++) {
        bin row = {first + (int64_t)i, one_by_one ? 1 : periods, 0};
        g_array_append_val(bins, row);
    }
}

static GArray *bins_of(const GArray *days, hf_report_unit unit)
{
    GArray *bins = g_array_new(FALSE, FALSE, sizeof(bin));
    for (guint i = 0; i < days->len; i++) {
        const counted *day = &g_array_index(days, counted, i);
        int64_t period = hf_calendar_period(unit, day->day);
        bin *last = bins->len > 0 ? &g_array_index(bins, bin, bins->len - 1) : NULL;
        if (last != NULL && last->first == period) {
            last->documents += day->documents;
            continue;
        }
        if (last != NULL && period > last->first + 1)
            add_gap(bins, last->first + 1, (uint64_t)(period - last->first - 1));
        bin row = {period, 1, day->documents};
        g_array_append_val(bins, row);
    }
    return bins;
}

/* The smallest unit whose rows are a page, gaps included; one wrong date must not make all of it years. */
static GArray *choose(const GArray *days, hf_report_unit *unit)
{
    if (*unit != HF_REPORT_AUTO)
        return bins_of(days, *unit);
    for (*unit = HF_REPORT_DAY;; (*unit)--) {
        GArray *bins = bins_of(days, *unit);
        if (bins->len <= A_PAGE || *unit == HF_REPORT_YEAR)
            return bins;
        g_array_unref(bins);
    }
}

/* ---- rows ---- */

static char *last_day(hf_report_unit unit, const bin *b)
{
    return hf_calendar_date(hf_calendar_first_day(unit, b->first + (int64_t)b->periods) - 1);
}

static void program_row(hf_table *table, hf_report_unit unit, const bin *b, uint64_t all,
                        const hf_report_options *options)
{
    bool dated = b->periods > 0;
    g_autofree char *label = dated ? hf_calendar_label(unit, b->first) : NULL;
    g_autofree char *first = dated ? hf_calendar_date(hf_calendar_first_day(unit, b->first)) : NULL;
    g_autofree char *last = dated ? last_day(unit, b) : NULL;
    g_autofree char *periods = g_strdup_printf("%" G_GUINT64_FORMAT, b->periods);
    g_autofree char *documents = g_strdup_printf("%" G_GUINT64_FORMAT, b->documents);
    g_autofree char *share = hf_bar_share(b->documents, all, options->format);
    const char *cells[] = {units[unit], label, first, last, dated ? periods : NULL,
                           documents,   share};
    hf_table_row(table, cells);
}

static void people_row(hf_table *table, hf_report_unit unit, const bin *b, uint64_t all,
                       uint64_t most, unsigned width)
{
    bool gap = b->periods > 1;
    g_autofree char *label =
        b->periods > 0 ? hf_calendar_label(unit, b->first) : g_strdup("(no date)");
    g_autofree char *count = hf_table_count(b->documents);
    g_autofree char *share = hf_bar_share(b->documents, all, HF_FORMAT_TABLE);
    g_autofree char *bar = hf_bar_text(b->documents, most, width);
    if (gap) {
        g_autofree char *end = hf_calendar_label(unit, b->first + (int64_t)b->periods - 1);
        g_autofree char *n = hf_table_count(b->periods);
        g_free(bar);
        bar = g_strdup_printf("%s empty %ss, to %s", n, units[unit], end);
    }
    const char *cells[] = {label, count, share, bar};
    hf_table_row(table, cells);
}

static bool write_people(const GArray *bins, hf_report_unit unit, uint64_t all,
                         const hf_report_options *options, GError **error)
{
    static const char *const titles[] = {"Year", "Month", "Week", "Day"};
    const hf_column columns[] = {{titles[unit], "period", HF_COLUMN_TEXT, 0},
                                 {"Documents", "documents", HF_COLUMN_NUMBER, 0},
                                 {"Share", "share", HF_COLUMN_NUMBER, 0},
                                 {"", "bar", HF_COLUMN_TEXT, 0}};
    unsigned width = hf_bar_width(options->width, 36);
    uint64_t most = 0;
    for (guint i = 0; i < bins->len; i++)
        most = MAX(most, g_array_index(bins, bin, i).documents);
    hf_table *table =
        hf_table_new(HF_FORMAT_TABLE, columns, G_N_ELEMENTS(columns), options->fd, options->width);
    for (guint i = 0; i < bins->len; i++)
        people_row(table, unit, &g_array_index(bins, bin, i), all, most, width);
    return hf_table_finish(table, error);
}

static bool write_program(const GArray *bins, hf_report_unit unit, uint64_t all,
                          const hf_report_options *options, GError **error)
{
    static const hf_column columns[] = {
        {"", "unit", HF_COLUMN_TEXT, 0},      {"", "period", HF_COLUMN_TEXT, 0},
        {"", "first_day", HF_COLUMN_TEXT, 0}, {"", "last_day", HF_COLUMN_TEXT, 0},
        {"", "periods", HF_COLUMN_NUMBER, 0}, {"", "documents", HF_COLUMN_NUMBER, 0},
        {"", "share", HF_COLUMN_JSON, 0},
    };
    hf_table *table = hf_table_new(options->format, columns, G_N_ELEMENTS(columns), options->fd, 0);
    for (guint i = 0; i < bins->len; i++)
        program_row(table, unit, &g_array_index(bins, bin, i), all, options);
    return hf_table_finish(table, error);
}

bool hf_report_histogram(hf_scope *scope, const hf_set *set, hf_report_unit unit,
                         const hf_report_options *options, GError **error)
{
    bin undated = {0};
    g_autoptr(GArray) days = count_days(scope, set, &undated.documents, error);
    if (days == NULL)
        return false;
    g_autoptr(GArray) bins = choose(days, &unit);
    if (undated.documents > 0 || options->format != HF_FORMAT_TABLE)
        g_array_append_val(bins, undated);
    return (options->format == HF_FORMAT_TABLE ? write_people : write_program)(
        bins, unit, hf_set_count(set), options, error);
}
