/* terms.c -- the search term report in each of its forms. */
#include "report/terms.h"
#include <string.h>

bool hf_report_parse_form(const char *name, hf_report_form *out, GError **error)
{
    static const char *const names[] = {"table", "csv", "json", "html"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (hf_report_form)i;
            return true;
        }
    }
    g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                "unknown format \"%s\": use table, csv, json or html", name);
    return false;
}

/* ---- CSV ---- a row for each term and custodian; those of all have no custodian. */

static const hf_column columns[] = {
    {"", "row", HF_COLUMN_TEXT, 0},
    {"", "number", HF_COLUMN_NUMBER, 0},
    {"", "name", HF_COLUMN_TEXT, 0},
    {"", "term", HF_COLUMN_TEXT, 0},
    {"", "read_as", HF_COLUMN_TEXT, 0},
    {"", "custodian", HF_COLUMN_TEXT, 0},
    {"", "documents", HF_COLUMN_NUMBER, 0},
    {"", "documents_with_family", HF_COLUMN_NUMBER, 0},
    {"", "families", HF_COLUMN_NUMBER, 0},
    {"", "unique_documents", HF_COLUMN_NUMBER, 0},
    {"", "unique_families", HF_COLUMN_NUMBER, 0},
    {"", "note", HF_COLUMN_TEXT, 0},
    {"", "line", HF_COLUMN_NUMBER, 0},
};

static void write_line(hf_table *table, const hf_terms_row *row, guint number,
                       const char *custodian, const hf_report_hits *hits)
{
    char numbers[7][24];
    const uint64_t values[] = {number,
                               hits->documents,
                               hits->with_family,
                               hits->families,
                               hits->unique,
                               hits->unique_families,
                               row != NULL ? row->term->line : 0};
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        g_snprintf(numbers[i], sizeof numbers[i], "%" G_GUINT64_FORMAT, values[i]);
    g_autofree char *note = row != NULL ? hf_terms_note(row) : NULL;
    const char *cells[] = {row != NULL ? "term" : "total",
                           row != NULL ? numbers[0] : NULL,
                           row != NULL ? row->term->name : NULL,
                           row != NULL ? row->term->text : NULL,
                           row != NULL ? row->read_as : NULL,
                           custodian,
                           numbers[1],
                           numbers[2],
                           numbers[3],
                           numbers[4],
                           numbers[5],
                           custodian == NULL ? note : NULL,
                           row != NULL ? numbers[6] : NULL};
    hf_table_row(table, cells);
}

static bool write_csv(const hf_report_terms *report, int fd, GError **error)
{
    hf_table *table = hf_table_new(HF_FORMAT_CSV, columns, G_N_ELEMENTS(columns), fd, 0);
    for (guint column = 0; column <= report->custodians->len; column++) {
        const char *name = column > 0 ? hf_terms_custodian(report, column - 1) : NULL;
        for (guint i = 0; i < report->rows->len; i++) {
            const hf_terms_row *row = g_ptr_array_index(report->rows, i);
            write_line(table, row, i + 1, name, &row->hits[column]);
        }
        write_line(table, NULL, 0, name, &report->total[column]);
    }
    return hf_table_finish(table, error);
}

bool hf_report_terms_write(const hf_report_terms *report, hf_report_form form, int fd,
                           unsigned width, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    switch (form) {
    case HF_REPORT_TABLE:
        hf_terms_text(report, width, out);
        break;
    case HF_REPORT_JSON:
        hf_terms_json(report, out);
        break;
    case HF_REPORT_HTML:
        hf_terms_html(report, out);
        break;
    case HF_REPORT_CSV:
        return write_csv(report, fd, error);
    }
    return hf_file_write_all(fd, out->str, out->len, "the report", error);
}
