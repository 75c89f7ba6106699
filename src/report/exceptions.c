#include "holdfast/report.h"
#include <string.h>

#define PAGE 1000

static const hf_column table_columns[] = {
    {"No.", "id", HF_COLUMN_NUMBER, 0},
    {"Document", "document", HF_COLUMN_TEXT, 0},
    {"Reason", "reason", HF_COLUMN_TEXT, 0},
    {"Stage", "stage", HF_COLUMN_TEXT, 0},
    {"State", "state", HF_COLUMN_TEXT, 0},
    {"Path", "path", HF_COLUMN_TEXT, 0},
    {"What happened", "detail", HF_COLUMN_TEXT, 0},
};
static const hf_column all_columns[] = {
    {"No.", "id", HF_COLUMN_NUMBER, 0},
    {"Document", "document", HF_COLUMN_TEXT, 0},
    {"Reason", "reason", HF_COLUMN_TEXT, 0},
    {"Stage", "stage", HF_COLUMN_TEXT, 0},
    {"State", "state", HF_COLUMN_TEXT, 0},
    {"Path", "path", HF_COLUMN_TEXT, 0},
    {"What happened", "detail", HF_COLUMN_TEXT, 0},
    {"What to do", "advice", HF_COLUMN_TEXT, 0},
    {"Extractor", "extractor", HF_COLUMN_TEXT, 0},
    {"Version", "extractor_version", HF_COLUMN_NUMBER, 0},
    {"Run", "run", HF_COLUMN_NUMBER, 0},
    {"Created", "created", HF_COLUMN_TEXT, 0},
    {"Closed", "closed", HF_COLUMN_TEXT, 0},
    {"Closed by", "closed_by", HF_COLUMN_TEXT, 0},
    {"Why closed", "closed_reason", HF_COLUMN_TEXT, 0},
};

static const char *advice_for(const char *reason)
{
    int code = hf_error_item_parse(reason);
    return code >= 0 ? hf_error_item_advice((hf_item_error)code) : "";
}

static char *time_or_null(hf_time t)
{
    return t != HF_TIME_NONE ? hf_time_format_utc(t) : NULL;
}

static const char *text_or_null(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static void write_row(hf_table *table, const hf_exception *e)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, e->id);
    g_autofree char *document = e->document != 0 ? hf_catalog_control_number(e->document) : NULL;
    g_autofree char *path = hf_name_display(e->path, -1);
    g_autofree char *version =
        e->extractor_version > 0 ? g_strdup_printf("%u", e->extractor_version) : NULL;
    g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, e->run);
    g_autofree char *created = time_or_null(e->created);
    g_autofree char *closed = time_or_null(e->closed);
    const char *cells[] = {id,
                           document,
                           e->reason,
                           e->stage,
                           e->state,
                           path,
                           e->detail,
                           advice_for(e->reason),
                           text_or_null(e->extractor),
                           version,
                           run,
                           created,
                           closed,
                           e->closed_by,
                           e->closed_reason};
    hf_table_row(table, cells);
}

bool hf_report_exceptions(hf_catalog *catalog, const hf_report_options *o, uint64_t *shown,
                          GError **error)
{
    bool as_table = o->format == HF_FORMAT_TABLE;
    hf_exception_filter filter = {.all = o->all, .run = o->run};
    hf_table *table = hf_table_new(
        o->format, as_table ? table_columns : all_columns,
        as_table ? G_N_ELEMENTS(table_columns) : G_N_ELEMENTS(all_columns), o->fd, o->width);
    g_autoptr(GError) ignored = NULL;
    *shown = 0;
    for (;;) {
        filter.most = o->limit == 0 ? PAGE : (unsigned)MIN(o->limit - *shown, PAGE);
        g_autoptr(GPtrArray) page = hf_exception_list(catalog, &filter, error);
        if (page == NULL) {
            hf_table_finish(table, &ignored);
            return false;
        }
        for (guint i = 0; i < page->len; i++) {
            const hf_exception *e = g_ptr_array_index(page, i);
            write_row(table, e);
            filter.after = e->id;
        }
        *shown += page->len;
        if (page->len < filter.most || *shown == o->limit)
            return hf_table_finish(table, error);
    }
}

static uint64_t sum_of(const GPtrArray *numbers, const char *state)
{
    uint64_t sum = 0;
    for (guint i = 0; i < numbers->len; i++) {
        const hf_exception_number *number = g_ptr_array_index(numbers, i);
        sum += strcmp(number->state, state) == 0 ? number->count : 0;
    }
    return sum;
}

bool hf_report_count_exceptions(hf_catalog *catalog, const hf_report_options *o, uint64_t *count,
                                GError **error)
{
    g_autoptr(GPtrArray) numbers = hf_exception_numbers(catalog, o->run, 0, error);
    *count = 0;
    for (guint i = 0; numbers != NULL && i < numbers->len; i++) {
        const hf_exception_number *number = g_ptr_array_index(numbers, i);
        *count += o->all || strcmp(number->state, "open") == 0 ? number->count : 0;
    }
    return numbers != NULL;
}

char *hf_report_exception_words(hf_catalog *catalog, const hf_report_options *o, uint64_t shown,
                                GError **error)
{
    g_autoptr(GPtrArray) numbers = hf_exception_numbers(catalog, o->run, 0, error);
    if (numbers == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    uint64_t open = sum_of(numbers, "open");
    uint64_t resolved = sum_of(numbers, "resolved"), replaced = sum_of(numbers, "replaced"),
             waived = sum_of(numbers, "waived");
    uint64_t listed = open + (o->all ? resolved + replaced + waived : 0);
    if (shown < listed)
        g_string_append_printf(
            out, "The first %" G_GUINT64_FORMAT " are shown: --limit 0 shows all.\n", shown);
    g_string_append_printf(
        out,
        "%" G_GUINT64_FORMAT " open; closed: %" G_GUINT64_FORMAT " resolved, %" G_GUINT64_FORMAT
        " replaced, %" G_GUINT64_FORMAT " waived%s.\n",
        open, resolved, replaced, waived,
        !o->all && resolved + replaced + waived > 0 ? " (--all shows them)" : "");
    for (guint i = 0; i < numbers->len; i++) {
        const hf_exception_number *number = g_ptr_array_index(numbers, i);
        if (strcmp(number->state, "open") == 0)
            g_string_append_printf(out, "  %8" G_GUINT64_FORMAT "  %-11s  %s\n", number->count,
                                   number->reason, advice_for(number->reason));
    }
    return g_string_free(out, FALSE);
}
