/* word.c -- names that people give: their form, and what they may have meant by one that is not there. */
#include "catalog/sql.h"
#include <string.h>

#define WORD_MAX 64
#define SHOWN 8

bool hf_sql_is_word(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > WORD_MAX)
        return false;
    for (const char *p = name; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p) && strchr("._-", *p) == NULL)
            return false;
    }
    return true;
}

/* Single characters to add, leave out or replace (Levenshtein), without regard to case; at most WORD_MAX bytes of each count. */
static unsigned edits(const char *a, const char *b)
{
    size_t n = strnlen(a, WORD_MAX), m = strnlen(b, WORD_MAX);
    unsigned row[WORD_MAX + 1];
    for (size_t k = 0; k <= m; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= n; i++) {
        unsigned corner = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned above = row[k];
            unsigned changed = corner + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[k - 1]));
            row[k] = MIN(changed, MIN(above, row[k - 1]) + 1);
            corner = above;
        }
    }
    return row[m];
}

typedef struct {
    char *name;
    unsigned edits, order;
} candidate;

static gint compare_candidates(gconstpointer a, gconstpointer b)
{
    const candidate *x = a, *y = b;
    if (x->edits != y->edits)
        return x->edits < y->edits ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void clear_candidate(gpointer data)
{
    g_free(((candidate *)data)->name);
}

char *hf_sql_nearest(hf_catalog *catalog, sqlite3_stmt *stmt, const char *wanted)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(candidate));
    GString *out = g_string_new(NULL);
    g_array_set_clear_func(all, clear_candidate);
    while (hf_sql_step(catalog, stmt, NULL) == 1) {
        candidate one = {.name = hf_sql_text(stmt, 0), .order = all->len};
        one.edits = edits(one.name, wanted);
        g_array_append_val(all, one);
    }
    g_array_sort(all, compare_candidates);
    for (guint i = 0; i < all->len && i < SHOWN; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               g_array_index(all, candidate, i).name);
    if (all->len > SHOWN)
        g_string_append(out, ", …");
    return g_string_free(out, FALSE);
}
