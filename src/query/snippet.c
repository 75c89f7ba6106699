/* snippet.c -- a line of a text that shows why it was found. */
#include "query/evaluate.h"

#include <string.h>

#define WIDTH_LEAST 16
#define ELLIPSIS "\xe2\x80\xa6"

/* Bytes of white space that are crossed on the way to the beginning of the line. */
#define BORDER 256

/* Bytes of a long text that are looked at first. */
#define BEGINNING ((size_t)1024 * 1024)

/* Hits that are looked at before the best place so far is taken. */
#define HITS_MOST 4096

void hf_query_snippet_clear(hf_query_snippet *snippet)
{
    g_free(snippet->text);
    if (snippet->marks != NULL)
        g_array_unref(snippet->marks);
    memset(snippet, 0, sizeof *snippet);
}

/* ---- the best place ---- */

/* The hits of the last `width` bytes, and the place at which they were of most terms. */
typedef struct {
    const GArray *hits; /* of hf_query_range, by their ends */
    guint first, after; /* those within width */
    GHashTable *terms;  /* term → hits of it within width */
    size_t width;
    guint best_terms, best_hits;
    size_t start, end; /* of the best place */
} search;

static int compare_ends(const void *a, const void *b)
{
    const hf_query_range *x = a, *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->start != y->start)
        return x->start > y->start ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

static void count(search *s, uint32_t term, int by)
{
    void *key = GUINT_TO_POINTER(term);
    int now = GPOINTER_TO_INT(g_hash_table_lookup(s->terms, key)) + by;
    if (now > 0)
        g_hash_table_insert(s->terms, key, GINT_TO_POINTER(now));
    else
        g_hash_table_remove(s->terms, key);
}

static void look(search *s)
{
    const hf_query_range *hit = &g_array_index(s->hits, hf_query_range, s->after++);
    count(s, hit->term, 1);
    const hf_query_range *first = &g_array_index(s->hits, hf_query_range, s->first);
    while (s->first + 1 < s->after && hit->end - MIN(first->start, hit->end) > s->width) {
        count(s, first->term, -1);
        first = &g_array_index(s->hits, hf_query_range, ++s->first);
    }
    guint terms = g_hash_table_size(s->terms), hits = s->after - s->first;
    if (terms < s->best_terms || (terms == s->best_terms && hits <= s->best_hits))
        return;
    s->best_terms = terms;
    s->best_hits = hits;
    s->start = MIN(first->start, hit->start);
    s->end = hit->end;
}

/* False if there is no hit. */
static bool best_place(GArray *hits, guint terms_most, size_t width, size_t *start, size_t *end)
{
    g_autoptr(GHashTable) terms = g_hash_table_new(NULL, NULL);
    search s = {.hits = hits, .terms = terms, .width = width * 2 / 3};
    g_array_sort(hits, compare_ends);
    while (s.after < MIN(hits->len, HITS_MOST) && g_hash_table_size(terms) < terms_most)
        look(&s);
    *start = s.start;
    *end = s.end;
    return s.best_terms > 0;
}

/* Whether what stands behind a text can change the hits in it. */
static bool looks_behind(const hf_query_node *node)
{
    bool looks = node->kind == HF_QUERY_NODE_NOT_WITHIN || node->kind == HF_QUERY_NODE_NOT;
    for (guint i = 0; node->words != NULL && i < node->words->len; i++)
        looks = looks || ((const hf_query_word *)node->words->pdata[i])->kind == HF_QUERY_WORD_LAST;
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        looks = looks || looks_behind(node->children->pdata[i]);
    return looks;
}

/* The hits in the beginning of the text if there are any, else in all of it. */
static GArray *find_hits(const hf_query *query, unsigned fields, const char *text, size_t size,
                         guint *terms)
{
    const char *cut =
        size > BEGINNING && !looks_behind(query->root) ? memrchr(text, ' ', BEGINNING) : NULL;
    if (cut == NULL)
        return hf_query_mark_hits(query, fields, text, size, terms);
    GArray *hits = hf_query_mark_hits(query, fields, text, (size_t)(cut - text), terms);
    if (hits->len > 0 || *terms == 0)
        return hits;
    g_array_unref(hits);
    return hf_query_mark_hits(query, fields, text, size, terms);
}

/* ---- the line ---- */

static bool is_blank(gunichar c)
{
    if (c == 0x200C || c == 0x200D)
        return false;
    GUnicodeType type = g_unichar_type(c);
    return g_unichar_isspace(c) || type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
           type == G_UNICODE_UNASSIGNED || type == G_UNICODE_SURROGATE;
}

static gunichar character(const char *text, size_t size, size_t at, size_t *next)
{
    gunichar c = g_utf8_get_char_validated(text + at, (gssize)(size - at));
    bool bad = c == (gunichar)-1 || c == (gunichar)-2;
    *next = at + (bad ? 1 : (size_t)g_unichar_to_utf8(c, NULL));
    return bad ? 0xFFFD : c;
}

static size_t boundary_before(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* Goes back from `at` by `characters`, then forward to the beginning of a word. */
static size_t line_start(const char *text, size_t size, size_t at, size_t characters)
{
    size_t least = at > characters * 8 + BORDER ? at - characters * 8 - BORDER : 0;
    size_t start = at;
    bool blank = false;
    for (size_t n = 0; n < characters && start > least;) {
        size_t before = boundary_before(text, start - 1), next;
        bool now = is_blank(character(text, size, before, &next));
        n += !(now && blank);
        blank = now;
        start = before;
    }
    if (start == 0)
        return 0;
    for (size_t i = start, next; i < at; i = next)
        if (is_blank(character(text, size, i, &next)))
            return next;
    return start;
}

/* What of the text came where in the line. */
typedef struct {
    size_t raw, line;
} place;

typedef struct {
    GString *line;
    GArray *places; /* of place, one a character */
    size_t characters;
    size_t end; /* byte of the text after the last character taken */
} writer;

/* Takes characters from `start` until there are `most`. */
static void write_line(writer *w, const char *text, size_t size, size_t start, size_t most)
{
    bool blank = false;
    size_t at = start;
    w->end = start;
    for (size_t next; at < size; at = next) {
        gunichar c = character(text, size, at, &next);
        if (is_blank(c)) {
            blank = w->places->len > 0;
            continue;
        }
        if (w->characters + blank + 1 > most)
            break;
        if (blank)
            g_string_append_c(w->line, ' ');
        place p = {at, w->line->len};
        g_array_append_val(w->places, p);
        g_string_append_unichar(w->line, c);
        w->characters += blank + 1u;
        blank = false;
        w->end = next;
    }
}

static bool blank_from(const char *text, size_t size, size_t at)
{
    for (size_t next; at < size; at = next)
        if (!is_blank(character(text, size, at, &next)))
            return false;
    return true;
}

/* The place in the line for a byte of the text. */
static size_t line_place(const writer *w, size_t raw)
{
    guint low = 0, high = w->places->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(w->places, place, middle).raw < raw)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->places->len ? g_array_index(w->places, place, low).line : w->line->len;
}

static size_t without_space_at_end(const writer *w, size_t at)
{
    return at > 0 && at < w->line->len && w->line->str[at - 1] == ' ' ? at - 1 : at;
}

static GArray *line_marks(GArray *hits, size_t start, const writer *w)
{
    GArray *found = g_array_ref(hits);
    guint kept = 0;
    hf_query_mark_join(found);
    for (guint i = 0; i < found->len; i++) {
        hf_query_range r = g_array_index(found, hf_query_range, i);
        if (r.end <= start || r.start >= w->end)
            continue;
        r.start = line_place(w, MAX(r.start, start));
        r.end = without_space_at_end(w, line_place(w, MIN(r.end, w->end)));
        if (r.start < r.end)
            g_array_index(found, hf_query_range, kept++) = r;
    }
    g_array_set_size(found, kept);
    return found;
}

static bool is_of_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_';
}

static bool is_cut_in_word(const writer *w, const char *text, size_t size)
{
    size_t next, last = w->places->len > 0 ? g_array_index(w->places, place, w->places->len - 1).raw
                                           : w->end;
    return w->end > last && is_of_word(character(text, size, last, &next)) &&
           is_of_word(character(text, size, w->end, &next));
}

/* Marks up to `cut`; what a mark has beyond it goes. */
static guint marks_before(const GArray *marks, size_t cut)
{
    guint n = 0;
    while (n < marks->len && g_array_index(marks, hf_query_range, n).start < cut)
        n++;
    return n;
}

/* The line was cut within a word: gives the half of it up, marked or not, for half a word that is marked reads as if it had
 * been found. It stays where it is most of the line or has the only mark. */
static void cut_at_word(writer *w, const char *text, size_t size, GArray *marks)
{
    if (!is_cut_in_word(w, text, size))
        return;
    const char *space = strrchr(w->line->str, ' ');
    size_t cut = space != NULL ? (size_t)(space - w->line->str) : 0;
    guint left = marks_before(marks, cut);
    if (marks->len > 0 ? left == 0 : cut <= w->line->len / 2)
        return;
    g_string_truncate(w->line, cut);
    g_array_set_size(marks, left);
    if (left > 0) {
        hf_query_range *last = &g_array_index(marks, hf_query_range, left - 1);
        last->end = MIN(last->end, cut);
    }
}

void hf_query_snippet_make(const hf_query *query, unsigned fields, const char *text, size_t size,
                           size_t width, hf_query_snippet *snippet)
{
    width = MAX(width, WIDTH_LEAST);
    size_t start = 0, end = 0;
    guint terms;
    g_autoptr(GArray) all = find_hits(query, fields, text, size, &terms);
    if (best_place(all, terms, width, &start, &end)) {
        size_t hits = end - start < width ? end - start : width;
        start = line_start(text, size, start, (width - hits) / 2);
    }
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(place));
    writer w = {
        .line = g_string_new(start > 0 ? ELLIPSIS : ""), .places = places, .characters = start > 0};
    write_line(&w, text, size, start, width - 1);
    snippet->marks = line_marks(all, start, &w);
    if (!blank_from(text, size, w.end)) {
        cut_at_word(&w, text, size, snippet->marks);
        g_string_append(w.line, ELLIPSIS);
    }
    snippet->text = g_string_free(w.line, FALSE);
}
