/* grid.c -- a table whose first column is folded, so that it lines up in any width and nothing of it is cut. */
#include "report/parts.h"
#include <string.h>

#define GAP 2
#define FIRST_LEAST 16 /* columns for the first one, whatever the numbers need */

typedef struct {
    char **cells;
    bool rules;
} row;

struct hf_grid {
    size_t n;
    unsigned hang;   /* spaces before the folded lines of the first column */
    GPtrArray *rows; /* of row; the first is the titles */
    unsigned *widths;
};

static void free_row(gpointer data)
{
    row *r = data;
    g_strfreev(r->cells);
    g_free(r);
}

static unsigned width_of(gunichar c)
{
    if (c < 0x20 || g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

static unsigned text_width(const char *text, size_t n)
{
    unsigned width = 0;
    for (const char *p = text; p < text + n; p = g_utf8_next_char(p))
        width += width_of(g_utf8_get_char(p));
    return width;
}

static void pad(GString *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

/* How many bytes of `text` go into a line: to the last space that fits, or as many characters as fit; *next is where the
 * next line begins. */
static size_t line_of(const char *text, unsigned width, size_t *next)
{
    unsigned used = 0;
    size_t space = 0;
    const char *p = text;
    for (; *p != '\0' && *p != '\n'; p = g_utf8_next_char(p)) {
        unsigned w = width_of(g_utf8_get_char(p));
        if (*p == ' ')
            space = (size_t)(p - text);
        if (used + w > width && p > text)
            break;
        used += w;
    }
    size_t end = (size_t)(p - text);
    if (*p == '\0' || *p == '\n') {
        *next = end + (*p == '\n');
        return end;
    }
    if (space > 0) {
        *next = space + 1;
        return space;
    }
    *next = end;
    return end;
}

void hf_grid_fold(GString *out, const char *text, unsigned width, unsigned hang)
{
    bool first = true;
    unsigned rest = width > hang ? width - hang : 1;
    for (size_t at = 0, next; text[at] != '\0' || first; at += next) {
        size_t n = line_of(text + at, first ? width : rest, &next);
        pad(out, first ? 0 : hang);
        g_string_append_len(out, text + at, (gssize)n);
        g_string_append_c(out, '\n');
        first = false;
        if (text[at] == '\0')
            break;
    }
}

hf_grid *hf_grid_new(const char *const *titles, size_t n, unsigned hang)
{
    hf_grid *grid = g_new0(hf_grid, 1);
    grid->n = n;
    grid->hang = hang;
    grid->rows = g_ptr_array_new_with_free_func(free_row);
    grid->widths = g_new0(unsigned, n);
    hf_grid_row(grid, titles, false);
    return grid;
}

void hf_grid_row(hf_grid *grid, const char *const *cells, bool rules)
{
    row *r = g_new0(row, 1);
    r->rules = rules;
    r->cells = g_new0(char *, grid->n + 1);
    for (size_t i = 0; i < grid->n; i++)
        r->cells[i] = g_strdup(cells[i] != NULL ? cells[i] : "");
    g_ptr_array_add(grid->rows, r);
}

/* The widest line of a cell. */
static unsigned cell_width(const char *cell)
{
    unsigned widest = 0;
    for (size_t at = 0;; at++) {
        size_t n = strcspn(cell + at, "\n");
        widest = MAX(widest, text_width(cell + at, n));
        at += n;
        if (cell[at] == '\0')
            return widest;
    }
}

static void settle_widths(hf_grid *grid, unsigned width)
{
    unsigned numbers = 0, first = 0;
    for (guint r = 0; r < grid->rows->len; r++) {
        const row *one = g_ptr_array_index(grid->rows, r);
        for (size_t i = 0; i < grid->n; i++)
            grid->widths[i] = MAX(grid->widths[i], cell_width(one->cells[i]));
    }
    for (size_t i = 1; i < grid->n; i++)
        numbers += grid->widths[i] + GAP;
    first = width > numbers + FIRST_LEAST ? width - numbers : FIRST_LEAST;
    grid->widths[0] = MIN(grid->widths[0], first);
}

/* The lines of a cell: the first column folded, the others as they are. */
static char **lines_of(const hf_grid *grid, const row *r, size_t column)
{
    if (column > 0)
        return g_strsplit(r->cells[column], "\n", -1);
    g_autoptr(GString) folded = g_string_new(NULL);
    hf_grid_fold(folded, r->cells[0], grid->widths[0], grid->hang);
    g_string_truncate(folded, folded->len - 1);
    return g_strsplit(folded->str, "\n", -1);
}

static void trim(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
}

/* Titles stand on the bottom of their row, so that they are next to what they are titles of. */
static void write_row(const hf_grid *grid, const row *r, bool titles, GString *out)
{
    g_autofree char ***lines = g_new0(char **, grid->n);
    guint height = 1;
    for (size_t i = 0; i < grid->n; i++) {
        lines[i] = lines_of(grid, r, i);
        height = MAX(height, g_strv_length(lines[i]));
    }
    for (guint line = 0; line < height; line++) {
        for (size_t i = 0; i < grid->n; i++) {
            guint have = MAX(g_strv_length(lines[i]), 1), above = titles ? height - have : 0;
            const char *text = line >= above && line - above < have && lines[i][0] != NULL
                                   ? lines[i][line - above]
                                   : "";
            unsigned used = text_width(text, strlen(text));
            unsigned rest = grid->widths[i] > used ? grid->widths[i] - used : 0;
            pad(out, i > 0 ? GAP + rest : 0);
            g_string_append(out, text);
            pad(out, i == 0 ? rest : 0);
        }
        trim(out);
        g_string_append_c(out, '\n');
    }
    for (size_t i = 0; i < grid->n; i++)
        g_strfreev(lines[i]);
}

static void write_rule(const hf_grid *grid, GString *out)
{
    unsigned total = grid->widths[0];
    for (size_t i = 1; i < grid->n; i++)
        total += GAP + grid->widths[i];
    for (unsigned i = 0; i < total; i++)
        g_string_append_c(out, '-');
    g_string_append_c(out, '\n');
}

void hf_grid_finish(hf_grid *grid, unsigned width, GString *out)
{
    settle_widths(grid, MAX(width, HF_REPORT_WIDTH));
    for (guint r = 0; r < grid->rows->len; r++) {
        const row *one = g_ptr_array_index(grid->rows, r);
        if (one->rules)
            write_rule(grid, out);
        write_row(grid, one, r == 0, out);
        if (r == 0)
            write_rule(grid, out);
    }
    g_ptr_array_unref(grid->rows);
    g_free(grid->widths);
    g_free(grid);
}

char *hf_grid_safe(const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        bool blank = strchr(" \n\r\t", *p) != NULL;
        if (!blank || line->len == 0 || line->str[line->len - 1] != ' ')
            g_string_append_c(line, blank ? ' ' : *p);
    }
    return hf_name_display(line->str, (gssize)line->len);
}
