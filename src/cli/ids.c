#include "cli/cli.h"
#include <string.h>

/* Faults that are shown; the rest is counted. */
#define FAULTS_SHOWN 20
#define LIST_MAX ((size_t)256 * 1024 * 1024) /* bytes */

typedef struct {
    hf_scope *scope;
    hf_set *ids;
    GString *faults;
    uint64_t n_faults;
} reading;

static void fault(reading *r, uint64_t line, const char *text, const char *what)
{
    g_autofree char *shown = hf_name_display(text, -1);
    if (r->n_faults++ < FAULTS_SHOWN)
        g_string_append_printf(r->faults, "\n  line %" G_GUINT64_FORMAT ": \"%.80s\" %s", line,
                               shown, what);
}

static void take_line(reading *r, uint64_t line, const char *start, size_t n)
{
    g_autofree char *text = g_strstrip(g_strndup(start, n));
    if (*text == '\0')
        return;
    uint32_t id = hf_catalog_parse_control_number(text);
    if (id == 0)
        fault(r, line, text, "is no control number: those are like HF0000123");
    else if (!hf_set_has(hf_scope_universe(r->scope), id))
        fault(r, line, text,
              hf_scope_matter(r->scope) != NULL ? "is no document of this matter"
                                                : "is no document of this vault");
    else
        hf_set_add(r->ids, id);
}

static void take_lines(reading *r, const char *at, size_t n)
{
    const char *end = at + n;
    uint64_t line = 1;
    if (n >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        take_line(r, line, at, (size_t)(stop - at));
        at = stop + 1;
    }
}

hf_set *hf_cli_ids(hf_scope *scope, const char *path, const char *undone, GError **error)
{
    g_autoptr(GBytes) bytes = hf_cli_read(path, LIST_MAX, error);
    g_autoptr(hf_set) ids = hf_set_new();
    if (bytes == NULL)
        return NULL;
    gsize n;
    const char *text = g_bytes_get_data(bytes, &n);
    reading r = {scope, ids, g_string_new(NULL), 0};
    take_lines(&r, text, n);
    if (r.n_faults > FAULTS_SHOWN)
        g_string_append_printf(r.faults, "\n  and %" G_GUINT64_FORMAT " more",
                               r.n_faults - FAULTS_SHOWN);
    if (r.n_faults > 0)
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "%s: \"%s\" takes one control number a line, and %" G_GUINT64_FORMAT
                    " %s not:%s",
                    undone, strcmp(path, "-") == 0 ? "standard input" : path, r.n_faults,
                    r.n_faults == 1 ? "line is" : "lines are", r.faults->str);
    g_string_free(r.faults, TRUE);
    return r.n_faults == 0 ? g_steal_pointer(&ids) : NULL;
}
