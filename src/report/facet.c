#include "holdfast/report.h"
#include "holdfast/identify.h"
#include "report/bar.h"
#include "report/calendar.h"
#include "report/counts.h"
#include <string.h>

#define WIDEST_VALUE 40

static const struct {
    const char *name, *title, *none; /* none: what a table calls documents without a value */
} facets[HF_REPORT_FACET_LAST] = {
    {"custodian", "Custodian", "(no custodian)"},
    {"type", "Type", "(not known)"},
    {"year", "Year", "(no date)"},
    {"month", "Month", "(no date)"},
    {"from-domain", "Sender's domain", "(no sender)"},
    {"language", "Language", "(not known)"},
    {"matter", "Matter", "(no matter)"},
};

static int facet_named(const char *name)
{
    for (int i = 0; i < HF_REPORT_FACET_LAST; i++) {
        if (strcmp(facets[i].name, name) == 0)
            return i;
    }
    return -1;
}

static bool has_facet(const GArray *list, hf_report_facet facet)
{
    for (guint i = 0; i < list->len; i++) {
        if (g_array_index(list, hf_report_facet, i) == facet)
            return true;
    }
    return false;
}

GArray *hf_report_facet_parse(const char *list, GError **error)
{
    g_auto(GStrv) wanted = g_strsplit(list, ",", -1);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(hf_report_facet));
    for (guint i = 0; wanted[i] != NULL; i++) {
        int named = facet_named(g_strstrip(wanted[i]));
        if (named < 0) {
            g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                        "there is no facet \"%s\": use custodian, type, year, month, from-domain, "
                        "language or matter, with commas between",
                        wanted[i]);
            return NULL;
        }
        hf_report_facet facet = (hf_report_facet)named;
        if (!has_facet(found, facet))
            g_array_append_val(found, facet);
    }
    if (found->len > 0)
        return g_steal_pointer(&found);
    g_set_error(error, HF_ERROR, HF_ERROR_USAGE, "which facet? Such as custodian,type,year");
    return NULL;
}

/* ---- rows ---- */

typedef struct {
    char *value; /* NULL: none */
    uint64_t documents;
} row;

static void free_row(gpointer data)
{
    row *r = data;
    g_free(r->value);
    g_free(r);
}

static void add_row(GPtrArray *rows, const char *value, uint64_t documents)
{
    row *r = g_new(row, 1);
    *r = (row){g_strdup(value), documents};
    g_ptr_array_add(rows, r);
}

/* ---- naming what was counted ---- */

static char *language_name(int64_t value)
{
    char code[9];
    hf_index_code_text(value, code);
    return *code != '\0' ? g_strdup(code) : NULL;
}

/* `names` is of types or domains, else NULL. */
static char *value_name(hf_report_facet facet, int64_t value, GHashTable *names)
{
    if (value == HF_TIME_NONE)
        return NULL;
    if (facet == HF_REPORT_FACET_YEAR || facet == HF_REPORT_FACET_MONTH)
        return hf_calendar_label(facet == HF_REPORT_FACET_YEAR ? HF_REPORT_YEAR : HF_REPORT_MONTH,
                                 value);
    if (facet == HF_REPORT_FACET_LANGUAGE)
        return language_name(value);
    const char *name = g_hash_table_lookup(names, &value);
    if (name == NULL)
        return NULL;
    return g_strdup(facet == HF_REPORT_FACET_TYPE ? hf_identify_kind(name) : name);
}

/* One row a name: several media types are one kind. */
static GPtrArray *named_rows(hf_report_facet facet, GHashTable *counts, GHashTable *names)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
    g_autoptr(GHashTable) by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer value, documents;
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &value, &documents)) {
        g_autofree char *name = value_name(facet, *(int64_t *)value, names);
        g_autofree char *key = g_strconcat(name != NULL ? "=" : "", name, NULL);
        row *known = g_hash_table_lookup(by_name, key);
        if (known != NULL) {
            known->documents += *(uint64_t *)documents;
            continue;
        }
        add_row(rows, name, *(uint64_t *)documents);
        g_hash_table_insert(by_name, g_steal_pointer(&key), g_ptr_array_index(rows, rows->len - 1));
    }
    return rows;
}

static GPtrArray *count_by_column(hf_scope *scope, const hf_set *set, hf_report_facet facet,
                                  GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(scope));
    hf_column_id column = facet == HF_REPORT_FACET_TYPE          ? HF_COLUMN_TYPE
                          : facet == HF_REPORT_FACET_FROM_DOMAIN ? HF_COLUMN_DOMAIN
                                                                 : HF_COLUMN_LANGUAGE;
    g_autoptr(GHashTable) names = NULL;
    if (column == HF_COLUMN_TYPE)
        names = hf_catalog_type_names(catalog, error);
    else if (column == HF_COLUMN_DOMAIN)
        names = hf_catalog_domain_names(catalog, error);
    if (names == NULL && column != HF_COLUMN_LANGUAGE)
        return NULL;
    g_autoptr(GHashTable) counts = hf_counts_of_column(scope, set, column, error);
    return counts != NULL ? named_rows(facet, counts, names) : NULL;
}

static GPtrArray *count_groups(hf_scope *scope, const hf_set *set, hf_report_facet facet,
                               GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(scope));
    g_autoptr(GPtrArray) groups = facet == HF_REPORT_FACET_MATTER
                                      ? hf_order_matters(catalog, set, error)
                                      : hf_order_all_custodians(catalog, set, error);
    if (groups == NULL)
        return NULL;
    GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
    for (guint i = 0; i < groups->len; i++) {
        const hf_order_group *group = g_ptr_array_index(groups, i);
        add_row(rows, group->name, hf_set_count(group->documents));
    }
    return rows;
}

static int compare_values(const row *a, const row *b)
{
    if (a->value == NULL || b->value == NULL)
        return (a->value == NULL) - (b->value == NULL);
    return strcmp(a->value, b->value);
}

static int by_value(gconstpointer a, gconstpointer b)
{
    return compare_values(*(row *const *)a, *(row *const *)b);
}

/* Most documents first; those without a value last. */
static int by_documents(gconstpointer a, gconstpointer b)
{
    const row *x = *(row *const *)a, *y = *(row *const *)b;
    if (x->value != NULL && y->value != NULL && x->documents != y->documents)
        return x->documents > y->documents ? -1 : 1;
    return compare_values(x, y);
}

static GPtrArray *count_facet(hf_scope *scope, const hf_set *set, hf_report_facet facet,
                              GError **error)
{
    bool of_time = facet == HF_REPORT_FACET_YEAR || facet == HF_REPORT_FACET_MONTH;
    GPtrArray *rows = NULL;
    if (of_time) {
        g_autoptr(GHashTable) counts = hf_counts_of_periods(
            scope, set, facet == HF_REPORT_FACET_YEAR ? HF_REPORT_YEAR : HF_REPORT_MONTH, error);
        rows = counts != NULL ? named_rows(facet, counts, NULL) : NULL;
    } else if (facet == HF_REPORT_FACET_CUSTODIAN || facet == HF_REPORT_FACET_MATTER) {
        rows = count_groups(scope, set, facet, error);
    } else {
        rows = count_by_column(scope, set, facet, error);
    }
    if (rows != NULL)
        g_ptr_array_sort(rows, of_time ? by_value : by_documents);
    return rows;
}

/* ---- for people ---- */

static bool say(const hf_report_options *options, const char *text, GError **error)
{
    return hf_file_write_all(options->fd, text, strlen(text), "standard output", error);
}

/* What the table does not show, and why its numbers are not the sum. */
static char *foot(hf_report_facet facet, const GPtrArray *rows, guint shown, uint64_t all)
{
    GString *text = g_string_new(NULL);
    uint64_t sum = 0, hidden = 0;
    for (guint i = 0; i < rows->len; i++) {
        sum += ((row *)g_ptr_array_index(rows, i))->documents;
        hidden += i >= shown ? ((row *)g_ptr_array_index(rows, i))->documents : 0;
    }
    if (shown < rows->len) {
        g_autofree char *count = hf_table_count(hidden);
        g_string_append_printf(text, "%u more with %s documents; --limit 0 shows all.\n",
                               rows->len - shown, count);
    }
    if (sum > all && facet == HF_REPORT_FACET_CUSTODIAN) {
        g_autofree char *total = hf_table_count(sum), *documents = hf_table_count(all);
        g_string_append_printf(text,
                               "A document counts once for each of its custodians: %s in all, for "
                               "%s documents.\n",
                               total, documents);
    }
    return g_string_free(text, FALSE);
}

static bool write_table(hf_report_facet facet, const GPtrArray *rows, uint64_t all,
                        const hf_report_options *options, GError **error)
{
    const hf_column columns[] = {{facets[facet].title, "value", HF_COLUMN_TEXT, WIDEST_VALUE},
                                 {"Documents", "documents", HF_COLUMN_NUMBER, 0},
                                 {"Share", "share", HF_COLUMN_NUMBER, 0},
                                 {"", "bar", HF_COLUMN_TEXT, 0}};
    guint shown = options->limit > 0 ? (guint)MIN(options->limit, rows->len) : rows->len;
    unsigned width = hf_bar_width(options->width, WIDEST_VALUE + 24);
    uint64_t most = 0;
    hf_table *table =
        hf_table_new(HF_FORMAT_TABLE, columns, G_N_ELEMENTS(columns), options->fd, options->width);
    for (guint i = 0; i < shown; i++)
        most = MAX(most, ((row *)g_ptr_array_index(rows, i))->documents);
    for (guint i = 0; i < shown; i++) {
        const row *r = g_ptr_array_index(rows, i);
        g_autofree char *count = hf_table_count(r->documents);
        g_autofree char *share = hf_bar_share(r->documents, all, HF_FORMAT_TABLE);
        g_autofree char *bar = hf_bar_text(r->documents, most, width);
        const char *cells[] = {r->value != NULL ? r->value : facets[facet].none, count, share, bar};
        hf_table_row(table, cells);
    }
    g_autofree char *below = foot(facet, rows, shown, all);
    return hf_table_finish(table, error) && say(options, below, error);
}

/* ---- for programs ---- */

static void write_rows(hf_table *table, hf_report_facet facet, const GPtrArray *rows, uint64_t all,
                       const hf_report_options *options)
{
    for (guint i = 0; i < rows->len && (options->limit == 0 || i < options->limit); i++) {
        const row *r = g_ptr_array_index(rows, i);
        g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, r->documents);
        g_autofree char *share = hf_bar_share(r->documents, all, options->format);
        const char *cells[] = {facets[facet].name, r->value, count, share};
        hf_table_row(table, cells);
    }
}

bool hf_report_facets(hf_scope *scope, const hf_set *set, const GArray *list,
                      const hf_report_options *options, GError **error)
{
    static const hf_column columns[] = {{"", "facet", HF_COLUMN_TEXT, 0},
                                        {"", "value", HF_COLUMN_TEXT, 0},
                                        {"", "documents", HF_COLUMN_NUMBER, 0},
                                        {"", "share", HF_COLUMN_JSON, 0}};
    bool people = options->format == HF_FORMAT_TABLE, ok = true;
    uint64_t all = hf_set_count(set);
    hf_table *table =
        people ? NULL
               : hf_table_new(options->format, columns, G_N_ELEMENTS(columns), options->fd, 0);
    for (guint i = 0; ok && i < list->len; i++) {
        hf_report_facet facet = g_array_index(list, hf_report_facet, i);
        g_autoptr(GPtrArray) rows = count_facet(scope, set, facet, error);
        ok = rows != NULL;
        if (ok && !people)
            write_rows(table, facet, rows, all, options);
        else if (ok && rows->len > 0)
            ok = write_table(facet, rows, all, options, error) && say(options, "\n", error);
    }
    return people ? ok : hf_table_finish(table, ok ? error : NULL) && ok;
}
