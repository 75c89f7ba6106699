/* show_hits.c -- the text of one document with every hit of a query marked, and the hits in its other fields above it.
 *
 * Long texts are read in pieces, each with what stands before and behind it, so that memory is bounded and a phrase or a
 * proximity over the end of a piece is found too. Pieces end at the ends of lines where there are any. */
#include "cli/search.h"
#include "cli/show.h"
#include <string.h>
#include <unistd.h>

#define PIECE (32 * 1024 * 1024)
#define BESIDE (1024 * 1024) /* read with a piece, before and behind it */
#define LINE_KEPT 4096       /* bytes of a line that waits to be shown beside a hit */
#define TEXT_LIMIT (G_GUINT64_CONSTANT(1) << 30)

/* A property with a hit. */
typedef struct {
    char *name, *value; /* value: with marks */
} field_hit;

typedef struct {
    const hf_show *show;
    const hf_show_hits *asked;
    hf_scope *scope;
    hf_query *query;
    bool found;         /* the query finds the document */
    GArray *fields;     /* of field_hit */
    uint64_t in_fields; /* hits */
    uint64_t in_text;
    GHashTable *terms; /* that have a hit */
} hits;

static void clear_field_hit(gpointer data)
{
    g_free(((field_hit *)data)->name);
    g_free(((field_hit *)data)->value);
}

static void hits_clear(hits *h)
{
    g_clear_pointer(&h->fields, g_array_unref);
    g_clear_pointer(&h->terms, g_hash_table_unref);
    g_clear_pointer(&h->query, hf_query_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hits, hits_clear)

static void note_terms(hits *h, const GArray *marks)
{
    for (guint i = 0; i < marks->len; i++)
        g_hash_table_add(h->terms, GUINT_TO_POINTER(g_array_index(marks, hf_query_range, i).term));
}

/* ---- the query ---- */

static bool read_query(hits *h, GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    const char *text = h->asked->query;
    hf_query_options options = *hf_scope_options(h->scope);
    options.noise = (const char *const *)h->asked->noise;
    h->query = hf_query_parse(text, &options, &fault, error);
    if (h->query == NULL)
        return hf_cli_refused(&fault, text, "nothing is shown", error);
    g_autoptr(hf_set) found = hf_query_evaluate(h->query, hf_scope_source(h->scope), &fault, error);
    if (found == NULL)
        return hf_cli_refused(&fault, text, "nothing is shown", error);
    h->found = hf_set_has(found, h->show->document->id);
    return true;
}

/* ---- the other fields ---- */

static void look_at(hits *h, const char *name, unsigned field, const char *value)
{
    bool hit;
    g_autofree char *line = g_utf8_make_valid(value, -1);
    g_autoptr(GArray) marks = hf_query_mark(h->query, field, line, strlen(line), 0);
    if (marks->len == 0)
        return;
    h->in_fields += marks->len;
    note_terms(h, marks);
    field_hit row = {g_strdup(name), hf_search_marks_property(h->query, field, value, &hit)};
    g_array_append_val(h->fields, row);
}

/* A name is what the index has: the path inside a container, else that of the file. */
static bool look_at_names(hits *h, GError **error)
{
    const hf_document *d = h->show->document;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) places =
        hf_document_instances(hf_vault_catalog(h->show->vault), d->id, true, error);
    for (guint i = 0; places != NULL && i < places->len; i++) {
        const hf_instance *place = g_ptr_array_index(places, i);
        const char *inside = *d->path != '\0' ? d->path : place->inside;
        char *name = *inside != '\0' ? g_strdup(inside) : g_path_get_basename(place->file_path);
        if (!g_hash_table_contains(seen, name))
            look_at(h, "name", 1u << HF_FIELD_FILENAME, name);
        g_hash_table_add(seen, name);
    }
    return places != NULL;
}

static bool look_at_fields(hits *h, GError **error)
{
    g_autoptr(GPtrArray) meta =
        hf_document_meta(hf_vault_catalog(h->show->vault), h->show->document->id, error);
    for (guint i = 0; meta != NULL && i + 1 < meta->len; i += 2) {
        unsigned field = hf_search_marks_field(g_ptr_array_index(meta, i));
        if (field != 0)
            look_at(h, g_ptr_array_index(meta, i), field, g_ptr_array_index(meta, i + 1));
    }
    return meta != NULL && look_at_names(h, error);
}

/* ---- the text, piece by piece ---- */

/* One piece with its marks: those that begin in [from, to) of `text`. */
typedef bool (*piece_fn)(void *data, const char *text, size_t from, size_t to, const GArray *marks,
                         GError **error);
typedef struct {
    hits *h;
    GString *text;
    size_t from; /* up to there it was handed on */
    piece_fn fn;
    void *data;
} pieces;

/* Behind the last line that ends before `at`, else before the character there. */
static size_t line_start(const char *text, size_t least, size_t at)
{
    const char *newline = at > least ? memrchr(text + least, '\n', at - least) : NULL;
    if (newline != NULL)
        return (size_t)(newline - text) + 1;
    while (at > least && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

/* Behind the end of the line that `at` is in. */
static size_t line_end(const GString *text, size_t at)
{
    if (at > 0 && text->str[at - 1] == '\n')
        return at;
    const char *newline = memchr(text->str + at, '\n', text->len - at);
    return newline != NULL ? (size_t)(newline - text->str) + 1 : text->len;
}

static bool hand_on(pieces *p, size_t to, GError **error)
{
    g_autoptr(GArray) all =
        hf_query_mark(p->h->query, 1u << HF_FIELD_BODY, p->text->str, p->text->len, 0);
    g_autoptr(GArray) marks = g_array_new(FALSE, FALSE, sizeof(hf_query_range));
    for (guint i = 0; i < all->len; i++) {
        const hf_query_range *mark = &g_array_index(all, hf_query_range, i);
        if (mark->end <= p->from || mark->start >= to)
            continue;
        hf_query_range own = {MAX(mark->start, p->from), mark->end, mark->term};
        g_array_append_val(marks, own);
        if (mark->end > to)
            to = line_end(p->text, mark->end);
    }
    if (!p->fn(p->data, p->text->str, p->from, to, marks, error))
        return false;
    size_t keep = line_start(p->text->str, 0, to > BESIDE ? to - BESIDE : 0);
    g_string_erase(p->text, 0, (gssize)keep);
    p->from = to - keep;
    return true;
}

static bool take_bytes(void *data, const void *bytes, size_t n, GError **error)
{
    pieces *p = data;
    g_string_append_len(p->text, bytes, (gssize)n);
    if (p->text->len < PIECE + 2 * BESIDE)
        return true;
    return hand_on(p, line_start(p->text->str, p->from, p->text->len - BESIDE), error);
}

static bool each_piece(hits *h, piece_fn fn, void *data, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    pieces p = {h, text, 0, fn, data};
    const hf_document *d = h->show->document;
    if (!d->has_text)
        return true;
    return hf_vault_read_stream(h->show->vault, &d->text, take_bytes, &p, error) &&
           (text->len == p.from || hand_on(&p, text->len, error));
}

static bool count_marks(void *data, const char *text, size_t from, size_t to, const GArray *marks,
                        GError **error)
{
    (void)text;
    (void)from;
    (void)to;
    (void)error;
    hits *h = data;
    h->in_text += marks->len;
    note_terms(h, marks);
    return true;
}

/* ---- lines ---- */

typedef struct {
    FILE *out;
    const char *begin, *end; /* of a hit */
    bool safe;               /* for a terminal: no character of the document may steer it */
    int context;             /* lines shown around a hit; below 0: all */
    uint64_t line, shown;    /* numbers of the one being read, of the last one shown */
    int after;               /* lines still to be shown behind a hit */
    GQueue before;           /* of char*: the lines before this one that were not shown */
} printer;

static void put_text(const printer *p, GString *out, const char *text, size_t n)
{
    if (!p->safe) {
        g_string_append_len(out, text, (gssize)n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool latin_control = c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0;
        if (latin_control)
            g_string_append_printf(out, "\\xc2\\x%02x", (unsigned char)text[++i]);
        else if ((c < 0x20 && c != '\t') || c == 0x7f)
            g_string_append_printf(out, "\\x%02x", c);
        else
            g_string_append_c(out, text[i]);
    }
}

/* One line of [from, to) with its marks, from *next on; marks that go on in the next line stay the next. */
static char *marked_line(const printer *p, const char *text, size_t from, size_t to,
                         const GArray *marks, guint *next, bool *hit)
{
    GString *out = g_string_new(NULL);
    *hit = false;
    while (*next < marks->len) {
        const hf_query_range *mark = &g_array_index(marks, hf_query_range, *next);
        size_t start = MAX(mark->start, from), end = MIN(mark->end, to);
        if (start >= to)
            break;
        if (start < end) {
            put_text(p, out, text + from, start - from);
            g_string_append(out, p->begin);
            put_text(p, out, text + start, end - start);
            g_string_append(out, p->end);
            from = end;
            *hit = true;
        }
        if (mark->end > to)
            break;
        ++*next;
    }
    put_text(p, out, text + from, to - from);
    return g_string_free(out, FALSE);
}

static void put_line(printer *p, uint64_t number, const char *line)
{
    if (p->context >= 0 && number != p->shown + 1)
        fprintf(p->out, "%s-- line %" G_GUINT64_FORMAT " --\n", p->shown > 0 ? "\n" : "", number);
    fprintf(p->out, "%s\n", line);
    p->shown = number;
}

static char *shortened(const char *line)
{
    if (strlen(line) <= LINE_KEPT)
        return g_strdup(line);
    g_autofree char *head = g_strndup(line, line_start(line, 0, LINE_KEPT));
    return g_strconcat(head, "…", NULL);
}

static void take_line(printer *p, const char *line, bool hit)
{
    p->line++;
    if (p->context < 0 || hit) {
        uint64_t number = p->line - g_queue_get_length(&p->before);
        while (!g_queue_is_empty(&p->before)) {
            g_autofree char *earlier = g_queue_pop_head(&p->before);
            put_line(p, number++, earlier);
        }
        put_line(p, p->line, line);
        p->after = hit ? p->context : p->after;
    } else if (p->after > 0) {
        put_line(p, p->line, line);
        p->after--;
    } else if (p->context > 0) {
        g_queue_push_tail(&p->before, shortened(line));
        if (g_queue_get_length(&p->before) > (guint)p->context)
            g_free(g_queue_pop_head(&p->before));
    }
}

static bool print_piece(void *data, const char *text, size_t from, size_t to, const GArray *marks,
                        GError **error)
{
    printer *p = data;
    guint next = 0;
    while (from < to) {
        const char *newline = memchr(text + from, '\n', to - from);
        size_t end = newline != NULL ? (size_t)(newline - text) : to;
        bool hit;
        g_autofree char *line = marked_line(p, text, from, end, marks, &next, &hit);
        take_line(p, line, hit);
        from = end + 1;
    }
    if (!ferror(p->out))
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot write the text to standard output");
    return false;
}

/* ---- for people ---- */

static void put_field(printer *p, const field_hit *field)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *at = field->value; *at != '\0'; at++) {
        if (*at == HF_MARK_BEGIN)
            g_string_append(line, p->begin);
        else if (*at == HF_MARK_END)
            g_string_append(line, p->end);
        else
            g_string_append_c(line, *at);
    }
    fprintf(p->out, "%s: %s\n", field->name, line->str);
}

static void put_heading(const hits *h, FILE *out)
{
    const hf_document *d = h->show->document;
    uint64_t all = h->in_text + h->in_fields;
    g_autofree char *count = hf_table_count(all);
    g_autofree char *name = hf_name_display(d->title != NULL ? d->title : d->name, -1);
    fprintf(out, "HF%07u  %s\n", d->id, name);
    if (!h->found)
        fputs("The query does not find this document.\n", out);
    if (all == 0) {
        fputs("No hits.\n", out);
        return;
    }
    fprintf(out, "%s %s of %u %s", count, all == 1 ? "hit" : "hits", g_hash_table_size(h->terms),
            g_hash_table_size(h->terms) == 1 ? "term" : "terms");
    if (h->in_fields > 0) {
        g_autofree char *in_text = hf_table_count(h->in_text);
        fprintf(out, ", %s of them in the text", in_text);
    }
    fputs("\n", out);
}

static bool write_people(void *data, FILE *out, bool terminal, GError **error)
{
    hits *h = data;
    const char *no_color = g_getenv("NO_COLOR");
    bool colours = terminal && (no_color == NULL || *no_color == '\0');
    printer p = {.out = out,
                 .begin = colours ? "\033[1;7m" : "«",
                 .end = colours ? "\033[0m" : "»",
                 .safe = terminal,
                 .context = h->asked->context,
                 .before = G_QUEUE_INIT};
    put_heading(h, out);
    for (guint i = 0; i < h->fields->len; i++)
        put_field(&p, &g_array_index(h->fields, field_hit, i));
    fputs("\n", out);
    bool ok = each_piece(h, print_piece, &p, error);
    g_queue_clear_full(&p.before, g_free);
    return ok;
}

/* ---- for programs ---- */

static void marks_json(hf_json *json, const GArray *marks)
{
    hf_json_key(json, "hits");
    hf_json_array(json);
    for (guint i = 0; i < marks->len; i++) {
        const hf_query_range *mark = &g_array_index(marks, hf_query_range, i);
        hf_json_object(json);
        hf_json_pair_int(json, "start", (int64_t)mark->start);
        hf_json_pair_int(json, "end", (int64_t)mark->end);
        hf_json_pair_int(json, "term", mark->term);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
}

static void fields_json(const hits *h, hf_json *json)
{
    hf_json_key(json, "fields");
    hf_json_array(json);
    for (guint i = 0; i < h->fields->len; i++) {
        const field_hit *field = &g_array_index(h->fields, field_hit, i);
        g_auto(GStrv) opened = g_strsplit(field->value, "\x01", -1);
        g_autofree char *half = g_strjoinv("«", opened);
        g_auto(GStrv) closed = g_strsplit(half, "\x02", -1);
        g_autofree char *marked = g_strjoinv("»", closed);
        hf_json_object(json);
        hf_json_pair(json, "field", field->name);
        hf_json_pair(json, "marked", marked);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
}

static bool write_json(const hits *h, GError **error)
{
    const hf_document *d = h->show->document;
    g_autoptr(GBytes) text = NULL;
    if (d->has_text && (text = hf_vault_read(h->show->vault, &d->text, TEXT_LIMIT, error)) == NULL)
        return false;
    gsize size = 0;
    const char *bytes = text != NULL ? g_bytes_get_data(text, &size) : "";
    g_autoptr(GArray) marks = hf_query_mark(h->query, 1u << HF_FIELD_BODY, bytes, size, 0);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *number = hf_catalog_control_number(d->id);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "id", number);
    hf_json_pair_bool(&json, "found", h->found);
    fields_json(h, &json);
    hf_json_key(&json, "text");
    if (text != NULL)
        hf_json_string_n(&json, bytes, size);
    else
        hf_json_null(&json);
    marks_json(&json, marks);
    hf_json_end_object(&json);
    g_string_append_c(out, '\n');
    if (fwrite(out->str, 1, out->len, stdout) == out->len)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot write the text to standard output");
    return false;
}

/* ---- the whole ---- */

bool hf_show_hits_write(const hf_show *show, const hf_show_hits *asked, hf_scope *scope,
                        GError **error)
{
    g_auto(hits) h = {.show = show, .asked = asked, .scope = scope};
    h.fields = g_array_new(FALSE, FALSE, sizeof(field_hit));
    g_array_set_clear_func(h.fields, clear_field_hit);
    h.terms = g_hash_table_new(NULL, NULL);
    if (!read_query(&h, error) ||
        !hf_cli_log_export(show->vault, "show hits", show->document->id, asked->query, NULL,
                           error) ||
        !look_at_fields(&h, error))
        return false;
    if (show->format == HF_FORMAT_JSON)
        return write_json(&h, error);
    if (!each_piece(&h, count_marks, &h, error) || !hf_show_paged(write_people, &h, error))
        return false;
    fflush(stdout);
    return show->document->has_text || hf_show_no_text(show, error);
}
