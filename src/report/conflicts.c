#include "holdfast/report.h"

static const hf_column columns[] = {
    {"Parent", "parent", HF_COLUMN_TEXT, 0},     {"Group", "group", HF_COLUMN_TEXT, 0},
    {"Members", "members", HF_COLUMN_NUMBER, 0}, {"Untagged", "untagged", HF_COLUMN_NUMBER, 0},
    {"Tags", "tags", HF_COLUMN_TEXT, 0},
};

typedef struct {
    hf_table *table;
    uint64_t limit, count;
} writing;

static bool write_conflict(void *data, const hf_tag_conflict *conflict, GError **error)
{
    writing *w = data;
    char members[24], untagged[24];
    (void)error;
    w->count++;
    if (w->limit > 0 && w->count > w->limit)
        return true;
    g_autofree char *parent = hf_catalog_control_number(conflict->parent);
    g_snprintf(members, sizeof members, "%" G_GUINT64_FORMAT, conflict->members);
    g_snprintf(untagged, sizeof untagged, "%" G_GUINT64_FORMAT, conflict->untagged);
    const char *cells[] = {parent, conflict->group, members, untagged, conflict->tags};
    hf_table_row(w->table, cells);
    return true;
}

bool hf_report_conflicts(hf_catalog *catalog, const hf_report_options *o, uint64_t *count,
                         GError **error)
{
    g_autoptr(GError) ignored = NULL;
    writing w = {hf_table_new(o->format, columns, G_N_ELEMENTS(columns), o->fd, o->width), o->limit,
                 0};
    bool ok = hf_tag_each_conflict(catalog, o->all, write_conflict, &w, error);
    *count = w.count;
    return hf_table_finish(w.table, ok ? error : &ignored) && ok;
}
