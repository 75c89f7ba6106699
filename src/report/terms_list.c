/* terms_list.c -- the text of a term list: one term a line, names, comments, terms over several lines. */
#include "report/parts.h"
#include <string.h>

static void term_free(void *data)
{
    hf_report_term *term = data;
    g_free(term->name);
    g_free(term->text);
    g_free(term);
}

/* ---- what is wrong, and where ---- */

/* The lines that show the place; the message stands in the line above them, where a compiler puts it. */
static void append_place(GString *out, const hf_query_fault *fault, const char *line)
{
    g_autofree char *block = hf_query_fault_format(fault, line, HF_REPORT_WIDTH);
    char *last = g_strrstr(block, "\ncolumn ");
    if (last != NULL)
        last[1] = '\0';
    g_string_append(out, block);
}

typedef struct {
    unsigned line, column;
    char *text;
} refusal;

static void free_refusal(gpointer data)
{
    refusal *one = data;
    g_free(one->text);
    g_free(one);
}

/* Those of the list's form are found before those of the language, and those of the vault last. */
static int by_place(gconstpointer a, gconstpointer b)
{
    const refusal *x = *(const refusal *const *)a, *y = *(const refusal *const *)b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static void add_refusal(hf_report_refusals *refusals, unsigned line, unsigned column, char *text)
{
    refusal *one = g_new(refusal, 1);
    *one = (refusal){line, column, text};
    if (refusals->rows == NULL)
        refusals->rows = g_ptr_array_new_with_free_func(free_refusal);
    g_ptr_array_add(refusals->rows, one);
    refusals->count++;
}

static unsigned characters(const char *text, size_t n)
{
    unsigned count = 0;
    for (size_t i = 0; i < n && text[i] != '\0'; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

void hf_report_terms_refuse(hf_report_refusals *refusals, const hf_report_term *term,
                            const hf_query_fault *fault)
{
    size_t offset = MIN(fault->offset, strlen(term->text)), begin = 0;
    unsigned line = term->line;
    for (size_t i = 0; i < offset; i++) {
        if (term->text[i] == '\n') {
            begin = i + 1;
            line++;
        }
    }
    const char *from = term->text + begin;
    g_autofree char *shown = g_strndup(from, strcspn(from, "\n"));
    unsigned before = line == term->line ? term->column - 1 : 0;
    hf_query_fault here = {.offset = offset - begin,
                           .length = MIN(fault->length, strlen(shown) - (offset - begin)),
                           .column = before + characters(shown, offset - begin) + 1,
                           .message = fault->message};
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s:%u:%u: %s%s%s\n", refusals->list, line, here.column,
                           fault->message, fault->advice != NULL ? "; " : "",
                           fault->advice != NULL ? fault->advice : "");
    append_place(text, &here, shown);
    add_refusal(refusals, line, here.column, g_string_free(text, FALSE));
}

void hf_report_refusals_clear(hf_report_refusals *refusals)
{
    g_clear_pointer(&refusals->rows, g_ptr_array_unref);
    refusals->count = 0;
}

char *hf_report_refusals_text(const hf_report_refusals *refusals)
{
    GString *out = g_string_new(NULL);
    if (refusals->rows != NULL)
        g_ptr_array_sort(refusals->rows, by_place);
    for (guint i = 0; i < refusals->count; i++)
        g_string_append(out, ((const refusal *)g_ptr_array_index(refusals->rows, i))->text);
    return g_string_free(out, FALSE);
}

/* ---- one physical line ---- */

typedef struct {
    hf_report_refusals *refusals;
    GPtrArray *terms;
    GString *text; /* of the term that is read; NULL: none is open */
    char *name;
    unsigned line;         /* that is read */
    unsigned begun, first; /* line and column where the open term's text begins */
} reader;

static void refuse(reader *r, const char *line, size_t offset, size_t length, const char *message,
                   const char *advice)
{
    g_autofree char *copy = g_strdup(line);
    hf_report_term place = {.text = copy, .line = r->line, .column = 1};
    g_autofree char *own = g_strdup(message);
    g_autofree char *help = g_strdup(advice);
    hf_query_fault fault = {.offset = offset, .length = length, .message = own, .advice = help};
    hf_report_terms_refuse(r->refusals, &place, &fault);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blank(const char *line, size_t at)
{
    while (is_blank(line[at]))
        at++;
    return at;
}

/* `#word` is a search for what sounds alike; a comment's sign stands apart. */
static bool is_comment(const char *line, size_t at)
{
    size_t n = strspn(line + at, "#");
    return n > 0 && (line[at + n] == '\0' || is_blank(line[at + n]));
}

/* Takes `[name]`, if there is one; *at goes behind it. False if it was refused. */
static bool take_name(reader *r, const char *line, size_t *at)
{
    if (line[*at] != '[')
        return true;
    const char *open = line + *at, *close = strchr(open, ']');
    if (close == NULL) {
        refuse(r, line, *at, 1, "the name that begins here has no end",
               "a name stands before its term in brackets: [name] term");
        return false;
    }
    g_autofree char *name = g_strndup(open + 1, (gsize)(close - open - 1));
    g_strstrip(name);
    if (*name == '\0' || !g_utf8_validate(name, -1, NULL)) {
        refuse(r, line, *at, (size_t)(close - open) + 1,
               *name == '\0' ? "the name is empty" : "the name is not UTF-8 text",
               "write [name] term, or the term alone");
        return false;
    }
    r->name = g_steal_pointer(&name);
    *at = skip_blank(line, (size_t)(close - line) + 1);
    if (line[*at] != '\0')
        return true;
    refuse(r, line, strlen(line), 0, "a name without a term",
           "the term stands behind its name in the same line: [name] term");
    return false;
}

/* A spreadsheet's columns would become one phrase, and nobody would see it. */
static bool no_tab(reader *r, const char *line, size_t from)
{
    const char *tab = strchr(line + from, '\t');
    if (tab == NULL || line[skip_blank(line, (size_t)(tab - line))] == '\0')
        return true;
    refuse(r, line, (size_t)(tab - line), 1, "a tab stands in the term",
           "if what is before it is the term's name, write [name] term; else put a space");
    return false;
}

static void close_term(reader *r)
{
    hf_report_term *term = g_new0(hf_report_term, 1);
    term->name = g_steal_pointer(&r->name);
    term->line = r->begun;
    term->column = r->first;
    term->text = g_string_free(g_steal_pointer(&r->text), FALSE);
    g_ptr_array_add(r->terms, term);
}

static void drop_term(reader *r)
{
    g_clear_pointer(&r->name, g_free);
    if (r->text != NULL)
        g_string_free(g_steal_pointer(&r->text), TRUE);
}

/* Adds the line's text; the term is whole unless a backslash ends the line. */
static void take_text(reader *r, const char *line, size_t from)
{
    size_t end = strlen(line);
    while (end > from && is_blank(line[end - 1]))
        end--;
    bool goes_on = end > from && line[end - 1] == '\\';
    g_string_append_len(r->text, line + from, (gssize)(goes_on ? end - 1 - from : end - from));
    if (goes_on)
        g_string_append_c(r->text, '\n');
    else
        close_term(r);
}

static void read_line(reader *r, const char *line)
{
    size_t at = skip_blank(line, 0);
    bool first = r->text == NULL;
    if (first && (line[at] == '\0' || is_comment(line, at)))
        return;
    if ((first && !take_name(r, line, &at)) || !no_tab(r, line, at)) {
        drop_term(r);
        return;
    }
    if (first) {
        r->text = g_string_new(NULL);
        r->begun = r->line;
        r->first = characters(line, at) + 1;
    }
    take_text(r, line, first ? at : 0);
}

/* ---- the list ---- */

static bool check_encoding(const char *list, const char *bytes, size_t n, GError **error)
{
    if (n < 2 || (memcmp(bytes, "\xff\xfe", 2) != 0 && memcmp(bytes, "\xfe\xff", 2) != 0))
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                "the term list \"%s\" is UTF-16: save it as UTF-8 text", list);
    return false;
}

static void take_line(reader *r, const char *bytes, size_t n)
{
    size_t cut = n > 0 && bytes[n - 1] == '\r' ? n - 1 : n;
    g_autofree char *line = g_strndup(bytes, cut);
    const char *nul = memchr(bytes, '\0', cut);
    r->line++;
    if (nul == NULL) {
        read_line(r, line);
        return;
    }
    refuse(r, line, (size_t)(nul - bytes), 0, "a NUL byte stands in the term",
           "a term list is UTF-8 text");
    drop_term(r);
}

GPtrArray *hf_report_terms_read(const char *bytes, size_t n, hf_report_refusals *refusals,
                                GError **error)
{
    g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func(term_free);
    reader r = {.refusals = refusals, .terms = terms};
    if (!check_encoding(refusals->list, bytes, n, error))
        return NULL;
    size_t at = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < n) {
        const char *stop = memchr(bytes + at, '\n', n - at);
        size_t length = stop != NULL ? (size_t)(stop - bytes) - at : n - at;
        take_line(&r, bytes + at, length);
        at += length + 1;
    }
    if (r.text != NULL) {
        refuse(&r, "", 0, 0, "the list ends in the middle of a term",
               "a backslash at the end of a line says that the next line goes on");
        drop_term(&r);
    }
    if (terms->len == 0 && refusals->count == 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID, "the term list \"%s\" has no terms",
                    refusals->list);
        return NULL;
    }
    return g_steal_pointer(&terms);
}
