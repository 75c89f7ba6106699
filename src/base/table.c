#include "holdfast/base.h"
#include <stdlib.h>
#include <string.h>

#define ROWS_FOR_WIDTHS 200
#define FLUSH_AT 65536
#define GAP 2

struct hf_table {
    hf_format format;
    const hf_column *columns;
    size_t n;
    int fd;
    unsigned width;
    GString *out;
    GPtrArray *held; /* rows (strv of n cells) until the widths are known */
    unsigned *widths;
    bool widths_known;
    uint64_t rows;
    GError *error;
};

bool hf_table_parse_format(const char *name, hf_format *out, GError **error)
{
    static const char *const names[] = {"table", "json", "jsonl", "csv", "ids", "paths"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (hf_format)i;
            return true;
        }
    }
    g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                "unknown format \"%s\": use table, json, jsonl, csv, ids or paths", name);
    return false;
}

static void free_row(gpointer row)
{
    char **cells = row;
    g_strfreev(cells);
}

hf_table *hf_table_new(hf_format format, const hf_column *columns, size_t n, int fd, unsigned width)
{
    hf_table *table = g_new0(hf_table, 1);
    table->format = format;
    table->columns = columns;
    table->n = n;
    table->fd = fd;
    table->width = width;
    table->out = g_string_new(NULL);
    table->held = g_ptr_array_new_with_free_func(free_row);
    table->widths = g_new0(unsigned, n);
    return table;
}

static void flush(hf_table *table)
{
    if (table->error == NULL)
        hf_file_write_all(table->fd, table->out->str, table->out->len, "standard output",
                          &table->error);
    g_string_truncate(table->out, 0);
}

/* Columns that a character takes on a terminal; none for the marks of hits, which are all that is left of control
 * characters in a cell. */
static unsigned cell_width(gunichar c)
{
    if (c < 0x20 || g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

static unsigned text_width(const char *text)
{
    unsigned width = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        width += cell_width(g_utf8_get_char(p));
    return width;
}

static void pad(GString *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

/* One character, or for a mark what makes a terminal show it. */
static void append_character(GString *out, const char *p)
{
    if (*p == HF_MARK_BEGIN)
        g_string_append(out, "\033[1m");
    else if (*p == HF_MARK_END)
        g_string_append(out, "\033[0m");
    else
        g_string_append_len(out, p, g_utf8_next_char(p) - p);
}

/* Appends at most `width` columns of text, with an ellipsis where it was cut. */
static unsigned append_cut(GString *out, const char *text, unsigned width)
{
    bool whole = text_width(text) <= width, bold = false;
    unsigned used = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        unsigned w = cell_width(g_utf8_get_char(p));
        if (!whole && used + w + 1 > width)
            break;
        bold = *p == HF_MARK_BEGIN || (bold && *p != HF_MARK_END);
        append_character(out, p);
        used += w;
    }
    if (bold)
        append_character(out, (const char[]){HF_MARK_END, '\0'});
    if (!whole)
        g_string_append(out, "…");
    return used + !whole;
}

static void table_line(hf_table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->n; i++) {
        const char *text = cells[i] != NULL ? cells[i] : "";
        unsigned width = table->widths[i];
        bool last = i + 1 == table->n;
        bool right = table->columns[i].kind == HF_COLUMN_NUMBER;
        bool cut = table->width > 0 || table->columns[i].widest > 0;
        unsigned natural = text_width(text);
        if (right && natural < width)
            pad(table->out, width - natural);
        unsigned used = cut ? append_cut(table->out, text, MAX(width, 1)) : natural;
        if (!cut)
            g_string_append(table->out, text);
        if (!last)
            pad(table->out, GAP + (!right && used < width ? width - used : 0));
    }
    while (table->out->len > 0 && table->out->str[table->out->len - 1] == ' ')
        g_string_truncate(table->out, table->out->len - 1);
    g_string_append_c(table->out, '\n');
}

static bool is_text(hf_column_kind kind)
{
    return kind == HF_COLUMN_TEXT || kind == HF_COLUMN_MARKED || kind == HF_COLUMN_JSON;
}

static void note_line(hf_table *table, const char *text)
{
    if (table->width > 0)
        append_cut(table->out, text, table->width);
    else
        g_string_append(table->out, text);
    g_string_append_c(table->out, '\n');
}

/* A note is held as a row of one cell. */
static bool is_note(const hf_table *table, char **cells)
{
    return table->n > 1 && cells[1] == NULL;
}

static void held_line(hf_table *table, char **cells)
{
    if (is_note(table, cells))
        note_line(table, cells[0]);
    else
        table_line(table, (const char *const *)cells);
}

/* Takes from the widest text column until the line fits the terminal. */
static void fit_terminal(hf_table *table)
{
    for (;;) {
        unsigned total = 0;
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < table->n; i++) {
            total += table->widths[i] + (i > 0 ? GAP : 0);
            if (is_text(table->columns[i].kind) &&
                (widest == SIZE_MAX || table->widths[i] > table->widths[widest]))
                widest = i;
        }
        if (total <= table->width || widest == SIZE_MAX || table->widths[widest] <= 8)
            return;
        unsigned over = total - table->width;
        table->widths[widest] -= MIN(over, table->widths[widest] - 8);
        if (over > 0 && table->widths[widest] > 8)
            return;
    }
}

static void settle_widths(hf_table *table)
{
    if (table->widths_known)
        return;
    table->widths_known = true;
    for (size_t i = 0; i < table->n; i++) {
        unsigned width = text_width(table->columns[i].title);
        for (guint r = 0; r < table->held->len; r++) {
            char **cells = g_ptr_array_index(table->held, r);
            if (!is_note(table, cells))
                width = MAX(width, text_width(cells[i]));
        }
        unsigned widest = table->columns[i].widest;
        table->widths[i] = widest > 0 ? MIN(width, widest) : width;
    }
    if (table->width > 0)
        fit_terminal(table);
    g_autofree const char **titles = g_new0(const char *, table->n);
    for (size_t i = 0; i < table->n; i++)
        titles[i] = table->columns[i].title;
    table_line(table, titles);
    for (guint r = 0; r < table->held->len; r++)
        held_line(table, g_ptr_array_index(table->held, r));
    g_ptr_array_set_size(table->held, 0);
}

/* Makes a cell one line of showable text. */
static char *table_cell(const char *text)
{
    if (text == NULL)
        return g_strdup("");
    g_autofree char *folded = g_strdup(text);
    for (char *p = folded; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\r' || *p == '\t')
            *p = ' ';
    }
    return hf_name_display(folded, -1);
}

/* The same with marks, which stay as they are for a terminal and are «» elsewhere. */
static char *marked_cell(const char *text, bool terminal)
{
    static const char marks[] = {HF_MARK_BEGIN, HF_MARK_END, '\0'};
    GString *out = g_string_new(NULL);
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, marks);
        g_autofree char *part = g_strndup(text, n);
        g_autofree char *shown = terminal ? table_cell(part) : g_strdup(part);
        g_string_append(out, shown);
        text += n;
        if (*text != '\0') {
            if (terminal)
                g_string_append_c(out, *text);
            else
                g_string_append(out, *text == HF_MARK_BEGIN ? "«" : "»");
            text++;
        }
    }
    return g_string_free(out, FALSE);
}

/* A flag as people say it. */
static const char *flag_word(const char *cell)
{
    if (cell == NULL || *cell == '\0')
        return cell;
    return strcmp(cell, "true") == 0 ? "yes" : "no";
}

static void row_table(hf_table *table, const char *const *cells)
{
    char **own = g_new0(char *, table->n + 1);
    for (size_t i = 0; i < table->n; i++)
        own[i] = table->columns[i].kind == HF_COLUMN_MARKED && table->width > 0
                     ? marked_cell(cells[i], true)
                     : table_cell(table->columns[i].kind == HF_COLUMN_FLAG ? flag_word(cells[i])
                                                                           : cells[i]);
    if (!table->widths_known) {
        g_ptr_array_add(table->held, own);
        if (table->held->len >= ROWS_FOR_WIDTHS)
            settle_widths(table);
        return;
    }
    table_line(table, (const char *const *)own);
    g_strfreev(own);
}

static void json_cell(hf_json *json, hf_column_kind kind, const char *cell)
{
    if (cell == NULL || (*cell == '\0' && !is_text(kind)))
        hf_json_null(json);
    else if (kind == HF_COLUMN_NUMBER)
        hf_json_int(json, g_ascii_strtoll(cell, NULL, 10));
    else if (kind == HF_COLUMN_FLAG)
        hf_json_bool(json, strcmp(cell, "true") == 0);
    else if (kind == HF_COLUMN_JSON)
        hf_json_raw(json, cell);
    else
        hf_json_string(json, cell);
}

static void row_json(hf_table *table, const char *const *cells)
{
    hf_json json;
    if (table->format == HF_FORMAT_JSON)
        g_string_append(table->out, table->rows > 0 ? ",\n" : "[");
    hf_json_init(&json, table->out);
    hf_json_object(&json);
    for (size_t i = 0; i < table->n; i++) {
        hf_json_key(&json, table->columns[i].key);
        json_cell(&json, table->columns[i].kind, cells[i]);
    }
    hf_json_end_object(&json);
    if (table->format == HF_FORMAT_JSONL)
        g_string_append_c(table->out, '\n');
}

/* A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection). */
static bool formula(const char *text)
{
    return strchr("=+-@\t\r", *text) != NULL && *text != '\0';
}

static void csv_cell(GString *out, const char *cell, hf_column_kind kind)
{
    if (cell == NULL)
        return;
    g_autofree char *valid =
        g_utf8_validate(cell, -1, NULL) ? g_strdup(cell) : hf_name_display(cell, -1);
    bool guard = is_text(kind) && formula(valid);
    if (!guard && strpbrk(valid, ",\"\r\n") == NULL) {
        g_string_append(out, valid);
        return;
    }
    g_string_append(out, guard ? "\"'" : "\"");
    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

static void csv_header(hf_table *table)
{
    for (size_t i = 0; i < table->n; i++)
        g_string_append_printf(table->out, "%s%s", i > 0 ? "," : "", table->columns[i].key);
    g_string_append(table->out, "\r\n");
}

static void row_csv(hf_table *table, const char *const *cells)
{
    if (table->rows == 0)
        csv_header(table);
    for (size_t i = 0; i < table->n; i++) {
        if (i > 0)
            g_string_append_c(table->out, ',');
        csv_cell(table->out, cells[i], table->columns[i].kind);
    }
    g_string_append(table->out, "\r\n");
}

static void write_row(hf_table *table, const char *const *cells)
{
    switch (table->format) {
    case HF_FORMAT_JSON:
    case HF_FORMAT_JSONL:
        row_json(table, cells);
        break;
    case HF_FORMAT_CSV:
        row_csv(table, cells);
        break;
    default:
        row_table(table, cells);
    }
}

static bool has_marks(const hf_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        if (table->columns[i].kind == HF_COLUMN_MARKED)
            return true;
    }
    return false;
}

/* A row whose marks are «». */
static void write_unmarked(hf_table *table, const char *const *cells)
{
    char **own = g_new0(char *, table->n);
    g_autofree const char **shown = g_new0(const char *, table->n);
    for (size_t i = 0; i < table->n; i++) {
        if (table->columns[i].kind == HF_COLUMN_MARKED && cells[i] != NULL)
            own[i] = marked_cell(cells[i], false);
        shown[i] = own[i] != NULL ? own[i] : cells[i];
    }
    write_row(table, shown);
    for (size_t i = 0; i < table->n; i++)
        g_free(own[i]);
    g_free(own);
}

void hf_table_row(hf_table *table, const char *const *cells)
{
    bool terminal = table->format == HF_FORMAT_TABLE && table->width > 0;
    if (!terminal && has_marks(table))
        write_unmarked(table, cells);
    else
        write_row(table, cells);
    table->rows++;
    if (table->out->len >= FLUSH_AT)
        flush(table);
}

void hf_table_note(hf_table *table, const char *text)
{
    if (table->format != HF_FORMAT_TABLE)
        return;
    g_auto(GStrv) own = g_new0(char *, table->n + 1);
    own[0] = table_cell(text);
    if (!table->widths_known) {
        g_ptr_array_add(table->held, g_steal_pointer(&own));
        return;
    }
    note_line(table, own[0]);
}

bool hf_table_finish(hf_table *table, GError **error)
{
    if (table->format == HF_FORMAT_JSON)
        g_string_append(table->out, table->rows > 0 ? "]\n" : "[]\n");
    else if (table->format == HF_FORMAT_CSV && table->rows == 0)
        csv_header(table);
    else if (table->format == HF_FORMAT_TABLE && table->rows > 0)
        settle_widths(table);
    flush(table);
    bool ok = table->error == NULL;
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&table->error));
    g_ptr_array_unref(table->held);
    g_string_free(table->out, TRUE);
    g_free(table->widths);
    g_free(table);
    return ok;
}

char *hf_table_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    unsigned unit = 0;
    while (value >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        return g_strdup_printf("%u B", (unsigned)bytes);
    return g_strdup_printf(value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

char *hf_table_count(uint64_t count)
{
    char digits[32];
    int n = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, count);
    GString *out = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
    return g_string_free(out, FALSE);
}
