/* funnel_html.c -- the funnel as a page. */
#include "report/funnel.h"

static void cell(GString *out, const char *element, const char *text)
{
    g_string_append_printf(out, "<%s>", element);
    hf_html_text(out, text);
    g_string_append_printf(out, "</%s>", element);
}

static void write_bytes(GString *out, uint64_t bytes)
{
    g_autofree char *text = hf_table_bytes(bytes);
    g_string_append(out, "<td class=\"n\">");
    hf_html_text(out, text);
    g_string_append(out, "</td>");
}

/* One column of numbers: [0] all, or a custodian's. */
static void write_stages(GString *out, const hf_report_funnel *f, guint column)
{
    const hf_funnel_stage *first = g_ptr_array_index(f->stages, 0);
    g_string_append(out, "<table>\n<thead><tr><th>Stage</th><th class=\"n\">Documents</th>"
                         "<th class=\"n\">Bytes</th><th>The same number</th></tr></thead>\n"
                         "<tbody>\n");
    for (guint i = 0; i < f->stages->len; i++) {
        const hf_funnel_stage *stage = g_ptr_array_index(f->stages, i);
        bool removed = stage->kind == HF_FUNNEL_REMOVED;
        g_autofree char *title = g_strconcat(removed ? "− " : "", stage->title, NULL);
        g_string_append(out, removed ? "<tr class=\"dim\">" : "<tr>");
        cell(out, "td", title);
        if (stage->amounts == NULL) {
            g_string_append(out, "<td class=\"n\">not produced yet</td><td></td><td></td></tr>\n");
            continue;
        }
        hf_html_bar(out, stage->amounts[column].documents, first->amounts[column].documents);
        write_bytes(out, stage->amounts[column].bytes);
        g_string_append(out, "<td class=\"read\">");
        hf_html_text(out, column == 0 && stage->check != NULL ? stage->check : "");
        g_string_append(out, "</td></tr>\n");
    }
    g_string_append(out, "</tbody>\n</table>\n");
}

void hf_funnel_html(const hf_report_funnel *f, GString *out)
{
    g_autofree char *changed = hf_time_format_utc(f->state.changed);
    g_autofree char *about = g_strdup_printf(
        "%s%s. Vault %s; audit log of %" G_GUINT64_FORMAT " entries, root %s, last entry %s.",
        f->state.matter != NULL ? "Matter " : "The whole vault",
        f->state.matter != NULL ? f->state.matter : "", f->state.vault, f->state.log_rows,
        f->state.log_root, *changed != '\0' ? changed : "never");
    hf_html_begin(out, "From collection to production", about);
    write_stages(out, f, 0);
    for (guint i = 0; i < f->notes->len; i++)
        cell(out, "p", g_ptr_array_index(f->notes, i));
    for (guint i = 0; i < f->custodians->len; i++) {
        cell(out, "h2", hf_funnel_custodian(f, i));
        write_stages(out, f, i + 1);
    }
    cell(out, "p", HF_FUNNEL_SHARED);
    hf_html_end(out);
}
