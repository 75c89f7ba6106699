#include "report/counts.h"
#include "report/calendar.h"

/* Counts by a number: a column's value, or the period that a date is in. */
typedef struct {
    hf_column_id column;
    hf_calendar *calendar; /* NULL: the value itself */
    hf_report_unit unit;
    GHashTable *counts; /* int64_t* → uint64_t* */
    int64_t last;       /* where the last one was counted: neighbours are often alike */
    uint64_t *last_count;
} counter;

static void count_one(counter *c, int64_t value)
{
    if (c->last_count == NULL || value != c->last) {
        c->last = value;
        c->last_count = g_hash_table_lookup(c->counts, &value);
    }
    if (c->last_count == NULL) {
        int64_t *key = g_new(int64_t, 1);
        *key = value;
        c->last_count = g_new0(uint64_t, 1);
        g_hash_table_insert(c->counts, key, c->last_count);
    }
    ++*c->last_count;
}

static bool count_values(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)id;
    counter *c = data;
    int64_t value = values[c->column];
    if (value != HF_TIME_NONE && c->calendar != NULL)
        value = hf_calendar_period(c->unit, hf_calendar_day(c->calendar, value));
    count_one(c, value);
    return true;
}

static GHashTable *new_counts(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
}

GHashTable *hf_counts_of_column(hf_scope *scope, const hf_set *set, hf_column_id column,
                                GError **error)
{
    g_autoptr(GHashTable) counts = new_counts();
    counter c = {.column = column, .counts = counts};
    return hf_scope_each_values(scope, set, count_values, &c, error) ? g_steal_pointer(&counts)
                                                                     : NULL;
}

GHashTable *hf_counts_of_periods(hf_scope *scope, const hf_set *set, hf_report_unit unit,
                                 GError **error)
{
    const hf_query_source *source = hf_scope_source(scope);
    g_autoptr(GHashTable) counts = new_counts();
    for (size_t i = 0; i < source->n_zones; i++) {
        g_auto(hf_calendar) calendar = {0};
        g_autoptr(hf_set) part = hf_set_copy(set);
        if (source->zones[i].documents != NULL)
            hf_set_and(part, source->zones[i].documents);
        hf_calendar_init(&calendar, source->zones[i].zone);
        counter c = {
            .column = HF_COLUMN_DATE, .calendar = &calendar, .unit = unit, .counts = counts};
        if (!hf_scope_each_values(scope, part, count_values, &c, error))
            return NULL;
    }
    return g_steal_pointer(&counts);
}
