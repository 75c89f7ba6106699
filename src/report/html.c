/* html.c -- pages that a partner can open: one file, nothing loaded, no script, light or dark, good on paper. The markup is XML
 * too, so that a plain parser can check it. */
#include "report/parts.h"
#include <string.h>

/* Nothing may be loaded and nothing may run, whatever a document's name or a term brings in. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--dim:#5a5a5a;--line:#c8c8c8;--page:#fff;"
    "--bar:#c9dcf2;--stripe:#f5f5f3;--mark:#8a4b00}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e8e6;--dim:#a8a8a4;--line:#4a4a4a;"
    "--page:#1b1b1b;--bar:#2d4a68;--stripe:#242424;--mark:#f0b060}}\n"
    "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);"
    "max-width:75rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}"
    "p{margin:.3rem 0}.about,.dim{color:var(--dim)}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;"
    "text-align:left}\n"
    "th{font-weight:600;vertical-align:bottom}td.n,th.n{text-align:right;white-space:nowrap}\n"
    "tbody tr:nth-child(even){background:var(--stripe)}\n"
    "tfoot td,tfoot th{border-top:2px solid var(--ink);font-weight:600}\n"
    ".bar{display:block;height:.35rem;margin-top:.2rem;background:var(--bar);"
    "margin-left:auto;min-width:1px}\n"
    "code{font:.93em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\n"
    ".note{color:var(--mark)}.read{color:var(--dim);font-size:.87em}"
    ".narrow{width:auto}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}"
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
    "@page{margin:14mm}\n"
    "@media print{:root{--ink:#000;--dim:#444;--line:#999;--page:#fff;--bar:#c9dcf2;"
    "--stripe:#fff;--mark:#000}body{margin:0;padding:0;max-width:none;font-size:10pt}"
    "thead{display:table-header-group}tfoot{display:table-row-group}tr{break-inside:avoid}"
    "h2{break-after:avoid}.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

void hf_html_text(GString *out, const char *text)
{
    g_autofree char *safe = hf_grid_safe(text);
    for (const char *p = safe; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            g_string_append_c(out, *p);
        }
    }
}

void hf_html_number(GString *out, uint64_t number)
{
    g_autofree char *text = hf_table_count(number);
    g_string_append(out, text);
}

void hf_html_begin(GString *out, const char *title, const char *about)
{
    g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\" "
                         "xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
                         "<meta charset=\"utf-8\"/>\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\"/>\n"
                         "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                         "<meta name=\"generator\" content=\"holdfast " HF_VERSION "\"/>\n<title>");
    hf_html_text(out, title);
    g_string_append(out, "</title>\n<style>\n");
    g_string_append(out, style);
    g_string_append(out, "</style>\n</head>\n<body>\n<h1>");
    hf_html_text(out, title);
    g_string_append(out, "</h1>\n<p class=\"about\">");
    hf_html_text(out, about);
    g_string_append(out, "</p>\n");
}

void hf_html_end(GString *out)
{
    g_string_append(out, "</body>\n</html>\n");
}

void hf_html_bar(GString *out, uint64_t part, uint64_t whole)
{
    /* In thousandths, by integers: the same bytes in every locale. */
    uint64_t share = whole > 0 ? (uint64_t)((__uint128_t)MIN(part, whole) * 1000 / whole) : 0;
    g_string_append(out, "<td class=\"n\">");
    hf_html_number(out, part);
    if (part > 0)
        g_string_append_printf(out, "<span class=\"bar\" style=\"width:%u.%u%%\"></span>",
                               (unsigned)(share / 10), (unsigned)(share % 10));
    g_string_append(out, "</td>");
}
