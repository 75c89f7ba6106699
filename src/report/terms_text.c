/* terms_text.c -- the search term report as a table for people, and as JSON. */
#include "report/terms.h"
#include <string.h>

#define HANG 5 /* a term's number and the gap behind it */

/* ---- a table ---- */

static char *title_of(guint number, const hf_report_term *term)
{
    g_autofree char *name = term->name != NULL ? hf_grid_safe(term->name) : NULL;
    g_autofree char *text = hf_grid_safe(term->text);
    return g_strdup_printf("%3u  %s%s%s%s", number, name != NULL ? "[" : "",
                           name != NULL ? name : "", name != NULL ? "] " : "", text);
}

static void add_numbers(hf_grid *grid, const char *title, const hf_report_hits *hits, bool total)
{
    const uint64_t numbers[] = {hits->documents, hits->with_family, hits->families, hits->unique,
                                hits->unique_families};
    char *cells[G_N_ELEMENTS(numbers) + 1] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        cells[i + 1] = hf_table_count(numbers[i]);
    const char *row[] = {title, cells[1], cells[2], cells[3], cells[4], cells[5]};
    hf_grid_row(grid, row, total);
    for (guint i = 1; i < G_N_ELEMENTS(cells); i++)
        g_free(cells[i]);
}

/* The numbers of all (0) or of one custodian. */
static void write_grid(const hf_report_terms *report, guint column, unsigned width, GString *out)
{
    static const char *const titles[] = {"     Term", "Documents", "With\nfamily",
                                         "Families",  "Unique",    "Unique\nfamilies"};
    hf_grid *grid = hf_grid_new(titles, G_N_ELEMENTS(titles), HANG);
    for (guint i = 0; i < report->rows->len; i++) {
        const hf_terms_row *row = g_ptr_array_index(report->rows, i);
        g_autofree char *title = title_of(i + 1, row->term);
        add_numbers(grid, title, &row->hits[column], false);
    }
    add_numbers(grid, "     Total, each counted once", &report->total[column], true);
    hf_grid_finish(grid, width, out);
}

static void write_pairs(char **pairs, unsigned width, GString *out)
{
    for (char **pair = pairs; pair[0] != NULL; pair += 2) {
        g_autofree char *sentence = hf_grid_safe(pair[1]);
        g_autofree char *line = g_strdup_printf("%s: %s", pair[0], sentence);
        hf_grid_fold(out, line, width, 2);
    }
}

static void write_numbered(guint number, const char *text, unsigned width, GString *out)
{
    g_autofree char *safe = hf_grid_safe(text);
    g_autofree char *line = g_strdup_printf("%3u  %s", number, safe);
    hf_grid_fold(out, line, width, HANG);
}

static void write_notes(const hf_report_terms *report, unsigned width, GString *out)
{
    gsize before = out->len;
    for (guint i = 0; i < report->rows->len; i++) {
        g_autofree char *note = hf_terms_note(g_ptr_array_index(report->rows, i));
        if (note == NULL)
            continue;
        if (out->len == before)
            g_string_append(out, "\nNotes\n");
        write_numbered(i + 1, note, width, out);
    }
}

void hf_terms_text(const hf_report_terms *report, unsigned width, GString *out)
{
    g_auto(GStrv) about = hf_terms_about(report);
    g_auto(GStrv) rules = hf_terms_rules(report);
    width = MAX(width, HF_REPORT_WIDTH);
    g_string_append(out, "Search term report\n\n");
    write_pairs(about, width, out);
    g_string_append_c(out, '\n');
    write_grid(report, 0, width, out);
    write_notes(report, width, out);
    for (guint i = 0; i < report->custodians->len; i++) {
        g_autofree char *name = hf_grid_safe(hf_terms_custodian(report, i));
        g_autofree char *documents = hf_table_count(report->searched[i + 1]);
        g_string_append_printf(out, "\nCustodian %s: %s documents of the set\n\n", name, documents);
        write_grid(report, i + 1, width, out);
    }
    g_string_append(out, "\nThe terms as they were read\n");
    for (guint i = 0; i < report->rows->len; i++) {
        const hf_terms_row *row = g_ptr_array_index(report->rows, i);
        write_numbered(i + 1, row->read_as, width, out);
    }
    g_string_append(out, "\nWhat the numbers mean\n");
    write_pairs(rules, width, out);
}

/* ---- JSON ---- */

static void write_hits(hf_json *json, const hf_report_hits *hits)
{
    hf_json_pair_int(json, "documents", (int64_t)hits->documents);
    hf_json_pair_int(json, "documents_with_family", (int64_t)hits->with_family);
    hf_json_pair_int(json, "families", (int64_t)hits->families);
    hf_json_pair_int(json, "unique_documents", (int64_t)hits->unique);
    hf_json_pair_int(json, "unique_families", (int64_t)hits->unique_families);
}

static void write_custodians(hf_json *json, const hf_report_terms *report,
                             const hf_report_hits *hits)
{
    hf_json_key(json, "custodians");
    hf_json_array(json);
    for (guint i = 0; i < report->custodians->len; i++) {
        hf_json_object(json);
        hf_json_pair(json, "custodian", g_ptr_array_index(report->custodians, i));
        write_hits(json, &hits[i + 1]);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
}

static void write_strings(hf_json *json, const char *key, char **strings)
{
    hf_json_key(json, key);
    if (strings == NULL) {
        hf_json_null(json);
        return;
    }
    hf_json_array(json);
    for (char **one = strings; *one != NULL; one++)
        hf_json_string(json, *one);
    hf_json_end_array(json);
}

static void write_term(hf_json *json, const hf_report_terms *report, guint i)
{
    const hf_terms_row *row = g_ptr_array_index(report->rows, i);
    hf_json_object(json);
    hf_json_pair_int(json, "number", i + 1);
    hf_json_pair(json, "name", row->term->name);
    hf_json_pair(json, "term", row->term->text);
    hf_json_pair_int(json, "line", row->term->line);
    hf_json_pair(json, "read_as", row->read_as);
    write_hits(json, row->hits);
    write_strings(json, "unknown_words", row->unknown);
    hf_json_key(json, "same_as");
    if (row->same_as != 0)
        hf_json_int(json, row->same_as);
    else
        hf_json_null(json);
    write_custodians(json, report, row->hits);
    hf_json_end_object(json);
}

static void write_set(hf_json *json, const hf_report_terms *report)
{
    hf_json_key(json, "set");
    hf_json_object(json);
    hf_json_pair(json, "matter", report->state.matter);
    hf_json_pair(json, "query", report->within);
    hf_json_pair(json, "read_as", report->within_read);
    hf_json_pair_int(json, "documents", (int64_t)report->searched[0]);
    hf_json_pair_int(json, "families", (int64_t)report->families);
    hf_json_pair_int(json, "no_text", (int64_t)report->no_text);
    hf_json_pair_int(json, "partial_text", (int64_t)report->partial);
    hf_json_pair_int(json, "encoded", (int64_t)report->encoded);
    hf_json_pair_int(json, "not_indexed", (int64_t)report->unindexed);
    hf_json_key(json, "custodians");
    hf_json_array(json);
    for (guint i = 0; i < report->custodians->len; i++) {
        hf_json_object(json);
        hf_json_pair(json, "custodian", g_ptr_array_index(report->custodians, i));
        hf_json_pair_int(json, "documents", (int64_t)report->searched[i + 1]);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
    hf_json_end_object(json);
}

static void write_rules(hf_json *json, const hf_report_terms *report)
{
    g_auto(GStrv) rules = hf_terms_rules(report);
    write_strings(json, "noise_words", report->noise);
    hf_json_key(json, "rules");
    hf_json_object(json);
    for (char **pair = rules; pair[0] != NULL; pair += 2)
        hf_json_pair(json, pair[0], pair[1]);
    hf_json_end_object(json);
}

void hf_terms_json(const hf_report_terms *report, GString *out)
{
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "report", "terms");
    hf_json_pair(&json, "list", report->list);
    hf_json_pair(&json, "list_sha256", report->list_sha256);
    hf_report_state_json(&report->state, &json);
    write_set(&json, report);
    hf_json_key(&json, "terms");
    hf_json_array(&json);
    for (guint i = 0; i < report->rows->len; i++)
        write_term(&json, report, i);
    hf_json_end_array(&json);
    hf_json_key(&json, "total");
    hf_json_object(&json);
    write_hits(&json, report->total);
    write_custodians(&json, report, report->total);
    hf_json_end_object(&json);
    write_rules(&json, report);
    hf_json_end_object(&json);
    g_string_append_c(out, '\n');
}
