/* fault.c -- why a query was refused, and where, shown below the query itself. */
#include "query/tree.h"

#include <string.h>

#define WIDTH 80

void hf_query_fault_clear(hf_query_fault *fault)
{
    g_free(fault->message);
    g_free(fault->advice);
    memset(fault, 0, sizeof *fault);
}

/* Characters in the first `n` bytes; bytes that are no UTF-8 count one each. */
static unsigned characters(const char *text, size_t n)
{
    unsigned count = 0;
    for (size_t i = 0; i < n && text[i] != '\0'; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

#define SAID_MOST 4000 /* bytes; what is quoted of the text may be as long as the text */

/* Takes the text, and cuts it if it is too long to be read. */
static char *sayable(char *text)
{
    if (text == NULL || strlen(text) <= SAID_MOST)
        return text;
    g_autofree char *whole = text;
    size_t cut = SAID_MOST;
    while (((unsigned char)whole[cut] & 0xC0) == 0x80)
        cut--;
    whole[cut] = '\0';
    return g_strconcat(whole, "…", NULL);
}

void hf_query_fault_take(hf_query_fault *fault, const char *text, size_t offset, size_t length,
                         char *message, char *advice)
{
    if (fault->message != NULL) {
        g_free(message);
        g_free(advice);
        return;
    }
    fault->offset = offset;
    fault->length = length;
    fault->column = characters(text, offset) + 1;
    fault->message = sayable(message);
    fault->advice = sayable(advice);
}

void hf_query_fault_raise(hf_query_fault *fault, hf_query_fault *out, GError **error)
{
    bool advised = fault->advice != NULL;
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "column %u of the query: %s%s%s", fault->column,
                fault->message, advised ? "; " : "", advised ? fault->advice : "");
    if (out != NULL)
        *out = *fault;
    else
        hf_query_fault_clear(fault);
}

/* One character of the query as it is shown: what cannot be seen, or would move the cursor, is a stand-in. */
typedef struct {
    gunichar shown;
    unsigned columns;
    size_t offset;
} cell;

static cell cell_at(const char *text, size_t size, size_t offset, size_t *next)
{
    gunichar c = g_utf8_get_char_validated(text + offset, (gssize)(size - offset));
    bool bad = c == (gunichar)-1 || c == (gunichar)-2;
    *next = offset + (bad ? 1 : (size_t)g_unichar_to_utf8(c, NULL));
    cell one = {bad ? 0xFFFD : c, 1, offset};
    if (!bad && g_unichar_isspace(c))
        one.shown = ' ';
    else if (!bad && !g_unichar_isprint(c))
        one.shown = 0xB7;
    else if (!bad && g_unichar_iszerowidth(c))
        one.columns = 0;
    else if (!bad && g_unichar_iswide(c))
        one.columns = 2;
    return one;
}

static GArray *cells_of(const char *text)
{
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(cell));
    size_t size = strlen(text);
    for (size_t at = 0, next; at < size; at = next) {
        cell one = cell_at(text, size, at, &next);
        g_array_append_val(cells, one);
    }
    return cells;
}

/* The first cell to show, so that the fault is within `width`. */
static guint first_shown(const GArray *cells, guint fault, unsigned width)
{
    unsigned columns = 0;
    guint i = fault;
    while (i > 0 && columns + g_array_index(cells, cell, i - 1).columns <= width / 2)
        columns += g_array_index(cells, cell, --i).columns;
    return i;
}

static bool within(const hf_query_fault *fault, const cell *one)
{
    return one->offset >= fault->offset && one->offset < fault->offset + fault->length;
}

static void write_lines(const GArray *cells, guint from, unsigned width,
                        const hf_query_fault *fault, GString *out)
{
    g_autoptr(GString) carets = g_string_new("  ");
    g_string_append(out, "  ");
    unsigned columns = 0;
    bool marked = false;
    for (guint i = from; i < cells->len; i++) {
        const cell *one = &g_array_index(cells, cell, i);
        if (columns + one->columns > width)
            break;
        columns += one->columns;
        g_string_append_unichar(out, one->shown);
        bool here = within(fault, one) || (fault->length == 0 && one->offset == fault->offset);
        marked = marked || here;
        for (unsigned k = 0; k < one->columns; k++)
            g_string_append_c(carets, here ? '^' : ' ');
    }
    if (!marked)
        g_string_append_c(carets, '^');
    g_strchomp(carets->str);
    g_string_append_printf(out, "\n%s\n", carets->str);
}

char *hf_query_fault_format(const hf_query_fault *fault, const char *text, unsigned width)
{
    if (width < 20)
        width = WIDTH;
    g_autoptr(GArray) cells = cells_of(text);
    guint at = 0;
    while (at < cells->len && g_array_index(cells, cell, at).offset < fault->offset)
        at++;
    GString *out = g_string_new(NULL);
    write_lines(cells, first_shown(cells, at, width - 4), width - 4, fault, out);
    g_string_append_printf(out, "column %u: %s", fault->column, fault->message);
    if (fault->advice != NULL)
        g_string_append_printf(out, "; %s", fault->advice);
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}
