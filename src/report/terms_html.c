/* terms_html.c -- the search term report as a page. */
#include "report/terms.h"

#define ABREAST 8 /* custodians in a table, so that it fits a sheet of paper */

static void write_pairs(GString *out, char **pairs)
{
    g_string_append(out, "<dl>\n");
    for (char **pair = pairs; pair[0] != NULL; pair += 2) {
        g_string_append(out, "<dt>");
        hf_html_text(out, pair[0]);
        g_string_append(out, "</dt><dd>");
        hf_html_text(out, pair[1]);
        g_string_append(out, "</dd>\n");
    }
    g_string_append(out, "</dl>\n");
}

static void write_number(GString *out, uint64_t number)
{
    g_string_append(out, "<td class=\"n\">");
    hf_html_number(out, number);
    g_string_append(out, "</td>");
}

static void write_numbers(GString *out, const hf_report_hits *hits)
{
    write_number(out, hits->with_family);
    write_number(out, hits->families);
    write_number(out, hits->unique);
    write_number(out, hits->unique_families);
}

/* ---- terms ---- */

static void write_name(GString *out, const hf_terms_row *row, guint number)
{
    g_string_append_printf(out, "<tr><td class=\"n\">%u</td><td>", number);
    if (row->term->name != NULL) {
        g_string_append(out, "<b>");
        hf_html_text(out, row->term->name);
        g_string_append(out, "</b><br/>");
    }
    g_string_append(out, "<code>");
    hf_html_text(out, row->term->text);
    g_string_append(out, "</code>");
}

static void write_term(GString *out, const hf_report_terms *report, guint i)
{
    const hf_terms_row *row = g_ptr_array_index(report->rows, i);
    g_autofree char *note = hf_terms_note(row);
    write_name(out, row, i + 1);
    g_string_append(out, "<div class=\"read\">read as <code>");
    hf_html_text(out, row->read_as);
    g_string_append(out, "</code></div>");
    if (note != NULL) {
        g_string_append(out, "<div class=\"note\">");
        hf_html_text(out, note);
        g_string_append(out, "</div>");
    }
    g_string_append(out, "</td>");
    hf_html_bar(out, row->hits->documents, report->searched[0]);
    write_numbers(out, row->hits);
    g_string_append(out, "</tr>\n");
}

static void write_terms(GString *out, const hf_report_terms *report)
{
    g_string_append(out, "<table>\n<thead><tr><th class=\"n\">No.</th><th>Term</th>"
                         "<th class=\"n\">Documents</th><th class=\"n\">With family</th>"
                         "<th class=\"n\">Families</th><th class=\"n\">Unique</th>"
                         "<th class=\"n\">Unique families</th></tr></thead>\n<tbody>\n");
    for (guint i = 0; i < report->rows->len; i++)
        write_term(out, report, i);
    g_string_append(out, "</tbody>\n<tfoot><tr><td></td><td>Total, each counted once</td>");
    hf_html_bar(out, report->total->documents, report->searched[0]);
    write_numbers(out, report->total);
    g_string_append(out, "</tr></tfoot>\n</table>\n");
}

/* ---- custodians ---- one table a measure, a column a custodian */

typedef struct {
    const char *title;
    gsize offset; /* of the number in hf_report_hits */
} measure;
static const measure measures[] = {
    {"Documents with hits, by custodian", G_STRUCT_OFFSET(hf_report_hits, documents)},
    {"Documents with hits and their families, by custodian",
     G_STRUCT_OFFSET(hf_report_hits, with_family)},
    {"Families with hits, by custodian", G_STRUCT_OFFSET(hf_report_hits, families)},
    {"Unique documents, by custodian", G_STRUCT_OFFSET(hf_report_hits, unique)},
    {"Unique families, by custodian", G_STRUCT_OFFSET(hf_report_hits, unique_families)},
};

static uint64_t number_of(const hf_report_hits *hits, const measure *what)
{
    return G_STRUCT_MEMBER(uint64_t, hits, what->offset);
}

static void write_head(GString *out, const hf_report_terms *report, guint from, guint to)
{
    g_string_append(out, "<table>\n<thead><tr><th class=\"n\">No.</th><th>Term</th>");
    for (guint i = from; i < to; i++) {
        g_string_append(out, "<th class=\"n\">");
        hf_html_text(out, hf_terms_custodian(report, i));
        g_string_append(out, "<div class=\"read\">of ");
        hf_html_number(out, report->searched[i + 1]);
        g_string_append(out, "</div></th>");
    }
    g_string_append(out, "</tr></thead>\n<tbody>\n");
}

/* The numbers of the custodians from `from` to before `to`; each bar is of its custodian's documents. */
static void write_abreast(GString *out, const hf_report_terms *report, const measure *what,
                          guint from, guint to)
{
    write_head(out, report, from, to);
    for (guint t = 0; t < report->rows->len; t++) {
        const hf_terms_row *row = g_ptr_array_index(report->rows, t);
        write_name(out, row, t + 1);
        g_string_append(out, "</td>");
        for (guint i = from + 1; i <= to; i++)
            hf_html_bar(out, number_of(&row->hits[i], what), report->searched[i]);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody>\n<tfoot><tr><td></td><td>Total, each counted once</td>");
    for (guint i = from + 1; i <= to; i++)
        hf_html_bar(out, number_of(&report->total[i], what), report->searched[i]);
    g_string_append(out, "</tr></tfoot>\n</table>\n");
}

static void write_custodians(GString *out, const hf_report_terms *report)
{
    for (guint m = 0; report->custodians->len > 0 && m < G_N_ELEMENTS(measures); m++) {
        g_string_append(out, "<h2>");
        hf_html_text(out, measures[m].title);
        g_string_append(out, "</h2>\n");
        for (guint from = 0; from < report->custodians->len; from += ABREAST)
            write_abreast(out, report, &measures[m], from,
                          MIN(from + ABREAST, report->custodians->len));
    }
}

void hf_terms_html(const hf_report_terms *report, GString *out)
{
    g_auto(GStrv) about = hf_terms_about(report);
    g_auto(GStrv) rules = hf_terms_rules(report);
    g_autofree char *found = hf_table_count(report->total->documents);
    g_autofree char *searched = hf_table_count(report->searched[0]);
    g_autofree char *terms = hf_table_count(report->rows->len);
    g_autofree char *summary = g_strdup_printf(
        "%s of %s documents have a hit of at least one of %s terms.", found, searched, terms);
    hf_html_begin(out, "Search term report", summary);
    write_pairs(out, about);
    g_string_append(out, "<h2>Terms</h2>\n");
    write_terms(out, report);
    write_custodians(out, report);
    g_string_append(out, "<h2>What the numbers mean</h2>\n");
    write_pairs(out, rules);
    hf_html_end(out);
}
