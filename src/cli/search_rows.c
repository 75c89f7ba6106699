#include "cli/search.h"
#include "holdfast/identify.h"
#include <string.h>
#include <unistd.h>

#define SNIPPET_WIDTH 160
#define SNIPPET_LEAST 16
#define FIT_ROWS 200 /* that the columns of a table and their widths are taken from */

enum { NUMBER, HIT, DATE, CUSTODIAN, TYPE, TAGS, TITLE, SNIPPET, COLUMNS };
static const hf_column people_columns[COLUMNS] = {
    {"Number", "id", HF_COLUMN_TEXT, 0},
    {"Hit", "hit", HF_COLUMN_TEXT, 0},
    {"Date", "date", HF_COLUMN_TEXT, 0},
    {"Custodian", "custodian", HF_COLUMN_TEXT, 20},
    {"Type", "type", HF_COLUMN_TEXT, 12},
    {"Tags", "tags", HF_COLUMN_TEXT, 24},
    {"Title or subject", "title", HF_COLUMN_MARKED, 50},
    {"Text", "snippet", HF_COLUMN_MARKED, 0},
};
static const hf_column program_columns[] = {
    {"", "id", HF_COLUMN_TEXT, 0},         {"", "date", HF_COLUMN_TEXT, 0},
    {"", "custodian", HF_COLUMN_TEXT, 0},  {"", "type", HF_COLUMN_TEXT, 0},
    {"", "title", HF_COLUMN_TEXT, 0},      {"", "snippet", HF_COLUMN_MARKED, 0},
    {"", "media_type", HF_COLUMN_TEXT, 0}, {"", "matter", HF_COLUMN_TEXT, 0},
    {"", "author", HF_COLUMN_TEXT, 0},     {"", "path", HF_COLUMN_TEXT, 0},
    {"", "size", HF_COLUMN_NUMBER, 0},     {"", "sha256", HF_COLUMN_TEXT, 0},
    {"", "name", HF_COLUMN_TEXT, 0},       {"", "parent", HF_COLUMN_TEXT, 0},
    {"", "tags", HF_COLUMN_JSON, 0},       {"", "hit", HF_COLUMN_FLAG, 0},
    {"", "instances", HF_COLUMN_JSON, 0},
};

typedef struct {
    const hf_search *search;
    hf_catalog *catalog;
    hf_search_marks marks;
    hf_table *table;
    hf_column columns[COLUMNS]; /* of a table, those that it has */
    unsigned kinds[COLUMNS], n; /* which they are */
    bool days;                  /* no time of day: the terminal is narrow */
    GArray *waiting;            /* ids whose rows decide on the columns */
} output;

static bool is_json(const output *o)
{
    return o->search->request->format != HF_FORMAT_CSV;
}

/* ---- lists in a cell ---- */

static char *instances_json(const GPtrArray *instances)
{
    GString *out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_array(&json);
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        g_autofree char *path = hf_name_display(instance->path, -1);
        hf_json_object(&json);
        hf_json_pair(&json, "custodian", instance->custodian);
        hf_json_pair(&json, "path", path);
        hf_json_pair_time(&json, "modified", instance->modified);
        hf_json_end_object(&json);
    }
    hf_json_end_array(&json);
    return g_string_free(out, FALSE);
}

/* "Jane Roe: /home/jane/a.eml, 2019-03-12 10:11"; what is not known is left out. */
static char *instance_text(const hf_instance *instance, GTimeZone *zone)
{
    g_autofree char *path = hf_name_display(instance->path, -1);
    g_autofree char *time = hf_time_format_zone(instance->modified, zone);
    return g_strdup_printf("%s%s%s%s%s", instance->custodian != NULL ? instance->custodian : "",
                           instance->custodian != NULL ? ": " : "", path, *time != '\0' ? ", " : "",
                           time);
}

static char *instances_cell(const output *o, const hf_document *d, GError **error)
{
    g_autoptr(GPtrArray) instances = hf_document_instances(o->catalog, d->id, false, error);
    if (instances == NULL)
        return NULL;
    if (is_json(o))
        return instances_json(instances);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < instances->len; i++) {
        g_autofree char *text = instance_text(g_ptr_array_index(instances, i), NULL);
        g_string_append_printf(out, "%s%s", i > 0 ? "; " : "", text);
    }
    return g_string_free(out, FALSE);
}

/* ---- one row ---- */

/* Below the row of a table, a line for each place. */
static bool instance_lines(const output *o, const hf_document *d, GTimeZone *zone, GError **error)
{
    g_autoptr(GPtrArray) instances = hf_document_instances(o->catalog, d->id, false, error);
    for (guint i = 0; instances != NULL && i < instances->len; i++) {
        g_autofree char *text = instance_text(g_ptr_array_index(instances, i), zone);
        g_autofree char *line = g_strconcat("           ", text, NULL);
        hf_table_note(o->table, line);
    }
    return instances != NULL;
}

static bool people_row(const output *o, const hf_document *d, const char *title,
                       const char *snippet, char **tags, GError **error)
{
    GTimeZone *zone = hf_scope_zone_of(o->search->scope, d->matter);
    g_autofree char *number = hf_catalog_control_number(d->id);
    g_autofree char *date = hf_time_format_zone(d->review_date.utc, zone);
    g_autofree char *all_tags = g_strjoinv(", ", tags);
    char *space = o->days ? strchr(date, ' ') : NULL;
    if (space != NULL)
        *space = '\0';
    const char *const all[COLUMNS] = {
        [NUMBER] = number,
        [HIT] = hf_set_has(o->search->hits, d->id) ? "yes" : "",
        [DATE] = date,
        [CUSTODIAN] = d->custodian_name,
        [TYPE] = hf_identify_kind(d->type),
        [TAGS] = all_tags,
        [TITLE] = title,
        [SNIPPET] = snippet,
    };
    const char *cells[COLUMNS];
    for (unsigned i = 0; i < o->n; i++)
        cells[i] = all[o->kinds[i]];
    hf_table_row(o->table, cells);
    return !o->search->request->all_instances || instance_lines(o, d, zone, error);
}

static bool program_row(const output *o, const hf_document *d, const char *snippet, char **tags,
                        GError **error)
{
    g_autofree char *number = hf_catalog_control_number(d->id);
    g_autofree char *date =
        d->review_date.utc != HF_TIME_NONE ? hf_time_format_utc(d->review_date.utc) : NULL;
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, d->size);
    g_autofree char *sha256 = hf_digest_hex(d->sha256, 32);
    g_autofree char *path = d->place != NULL ? hf_name_display(d->place, -1) : NULL;
    g_autofree char *parent = d->parent != 0 ? hf_catalog_control_number(d->parent) : NULL;
    g_autofree char *tag_list = hf_cli_list_cell(o->search->request->format, tags);
    g_autofree char *instances = NULL;
    if (o->search->request->all_instances && (instances = instances_cell(o, d, error)) == NULL)
        return false;
    const char *cells[] = {number,
                           date,
                           d->custodian_name,
                           hf_identify_kind(d->type),
                           d->title,
                           snippet,
                           d->type,
                           d->matter_code,
                           d->author,
                           path,
                           size,
                           sha256,
                           d->name,
                           parent,
                           tag_list,
                           hf_set_has(o->search->hits, d->id) ? "true" : "false",
                           instances};
    hf_table_row(o->table, cells);
    return true;
}

static bool write_row(const output *o, uint32_t id, GError **error)
{
    g_autoptr(hf_document) d = hf_document_get(o->catalog, id, error);
    g_auto(GStrv) tags = d != NULL ? hf_tag_of_document(o->catalog, id, error) : NULL;
    bool hit = false;
    if (tags == NULL)
        return false;
    g_autofree char *title = hf_search_marks_title(&o->marks, d, &hit);
    g_autofree char *snippet = hf_search_marks_snippet(&o->marks, d, hit, error);
    if (snippet == NULL)
        return false;
    return o->search->request->format == HF_FORMAT_TABLE
               ? people_row(o, d, title, snippet, tags, error)
               : program_row(o, d, snippet, tags, error);
}

/* ---- the columns of a table ---- */

typedef struct {
    unsigned custodian, type, tags, title;
} widths;

static unsigned widest(const char *text, unsigned so_far, unsigned most)
{
    glong n = text != NULL ? g_utf8_strlen(text, -1) : 0;
    return MIN(MAX(so_far, (unsigned)n), most);
}

static bool measure(const output *o, widths *w, GError **error)
{
    for (guint i = 0; i < o->waiting->len; i++) {
        uint32_t id = g_array_index(o->waiting, uint32_t, i);
        g_autoptr(hf_document) d = hf_document_get(o->catalog, id, error);
        g_auto(GStrv) tags = d != NULL ? hf_tag_of_document(o->catalog, id, error) : NULL;
        if (tags == NULL)
            return false;
        g_autofree char *all = g_strjoinv(", ", tags);
        w->custodian = widest(d->custodian_name, w->custodian, people_columns[CUSTODIAN].widest);
        w->type = widest(hf_identify_kind(d->type), w->type, people_columns[TYPE].widest);
        w->tags = widest(all, w->tags, people_columns[TAGS].widest);
        w->title =
            widest(d->title != NULL ? d->title : d->name, w->title, people_columns[TITLE].widest);
    }
    return true;
}

/* Tags are a column where there are any: in the first rows, or behind them. */
static bool has_tags(const output *o, const widths *w, bool *has, GError **error)
{
    *has = w->tags > 0;
    if (*has || o->search->shown <= o->waiting->len)
        return true;
    g_autoptr(hf_set) tagged = hf_selection_tag(o->catalog, NULL, error);
    *has = tagged != NULL && hf_set_and_count(tagged, o->search->result) > 0;
    return tagged != NULL;
}

static void choose_columns(output *o, bool tags)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        if ((i == TAGS && !tags) || (i == HIT && !o->search->request->family))
            continue;
        o->kinds[o->n] = i;
        o->columns[o->n++] = people_columns[i];
    }
}

/* Gives the snippet the room that the other columns of the rows to come leave, so that its hits are seen. */
static void fit_terminal(output *o, widths *w, bool tags)
{
    unsigned terminal = hf_cli_width();
    if (terminal == 0)
        return;
    o->days = terminal < 110;
    unsigned others = 9 + (o->days ? 10 : 16) + MAX(w->custodian, 9) + MAX(w->type, 4) + 5 * 2;
    others += tags ? MAX(w->tags, 4) + 2 : 0;
    others += o->search->request->family ? 3 + 2 : 0;
    unsigned rest = terminal > others ? terminal - others : 0;
    unsigned title = MIN(MAX(w->title, 16), MAX(rest * 2 / 5, 16));
    o->marks.width =
        MIN(rest > title + SNIPPET_LEAST ? rest - title : SNIPPET_LEAST, SNIPPET_WIDTH);
    for (unsigned i = 0; i < o->n; i++) {
        if (o->kinds[i] == TITLE)
            o->columns[i].widest = title;
    }
}

static bool begin_table(output *o, GError **error)
{
    widths w = {0};
    bool tags;
    if (!measure(o, &w, error) || !has_tags(o, &w, &tags, error))
        return false;
    choose_columns(o, tags);
    fit_terminal(o, &w, tags);
    o->table = hf_table_new(HF_FORMAT_TABLE, o->columns, o->n, STDOUT_FILENO, hf_cli_width());
    for (guint i = 0; i < o->waiting->len; i++) {
        if (!write_row(o, g_array_index(o->waiting, uint32_t, i), error))
            return false;
    }
    return true;
}

/* ---- the whole ---- */

static bool take_id(void *data, uint32_t id, GError **error)
{
    (void)data;
    (void)error;
    printf("HF%07u\n", id);
    return true;
}

static bool take_paths(void *data, uint32_t id, GError **error)
{
    output *o = data;
    g_autoptr(GPtrArray) instances = hf_document_instances(o->catalog, id, false, error);
    if (instances == NULL)
        return false;
    /* A place that two sources reach, or that two custodians were named for, is one place. */
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        if (!g_hash_table_add(seen, instance->path))
            continue;
        /* Reversibly: a name with a line break must not become two places, nor an escape sequence reach a terminal. */
        g_autofree char *shown = hf_name_display(instance->path, -1);
        puts(shown);
    }
    return true;
}

static bool take_row(void *data, uint32_t id, GError **error)
{
    output *o = data;
    if (o->table != NULL)
        return write_row(o, id, error);
    g_array_append_val(o->waiting, id);
    return o->waiting->len < FIT_ROWS || begin_table(o, error);
}

static bool write_rows(output *o, const hf_report_order *order, GError **error)
{
    const hf_search *s = o->search;
    bool people = s->request->format == HF_FORMAT_TABLE;
    if (!people)
        o->table = hf_table_new(s->request->format, program_columns,
                                G_N_ELEMENTS(program_columns) - (s->request->all_instances ? 0 : 1),
                                STDOUT_FILENO, 0);
    bool ok = hf_report_in_order(s->scope, s->result, order, take_row, o, error) &&
              (o->table != NULL || begin_table(o, error));
    if (o->table == NULL)
        return ok;
    return hf_table_finish(o->table, ok ? error : NULL) && ok;
}

bool hf_search_rows(const hf_search *s, GError **error)
{
    g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    hf_vault *vault = hf_scope_vault(s->scope);
    output o = {.search = s,
                .catalog = hf_vault_catalog(vault),
                .marks = {vault, s->query, SNIPPET_WIDTH},
                .waiting = waiting};
    hf_report_order order = s->request->order;
    order.query = s->query;
    switch (s->request->format) {
    case HF_FORMAT_IDS:
        return hf_report_in_order(s->scope, s->result, &order, take_id, &o, error);
    case HF_FORMAT_PATHS:
        return hf_report_in_order(s->scope, s->result, &order, take_paths, &o, error);
    default:
        return write_rows(&o, &order, error);
    }
}
