/* funnel_write.c -- the funnel in each of its forms. */
#include "report/funnel.h"
#include <string.h>

#define NOT_YET "not produced yet"

const char *hf_funnel_custodian(const hf_report_funnel *funnel, guint i)
{
    const char *name = g_ptr_array_index(funnel->custodians, i);
    return name != NULL ? name : "(no custodian)";
}

/* ---- a table ---- */

static void write_stages(const hf_report_funnel *f, unsigned width, GString *out)
{
    static const char *const titles[] = {"Stage", "Documents", "Bytes"};
    hf_grid *grid = hf_grid_new(titles, G_N_ELEMENTS(titles), 4);
    for (guint i = 0; i < f->stages->len; i++) {
        const hf_funnel_stage *stage = g_ptr_array_index(f->stages, i);
        const char *sign = stage->kind == HF_FUNNEL_REMOVED   ? "  - "
                           : stage->kind == HF_FUNNEL_WIDENED ? "  "
                                                              : "";
        g_autofree char *title = g_strconcat(sign, stage->title, NULL);
        g_autofree char *documents =
            stage->amounts != NULL ? hf_table_count(stage->amounts->documents) : NULL;
        g_autofree char *bytes =
            stage->amounts != NULL ? hf_table_bytes(stage->amounts->bytes) : NULL;
        const char *cells[] = {title, documents != NULL ? documents : NOT_YET, bytes};
        hf_grid_row(grid, cells, false);
    }
    hf_grid_finish(grid, width, out);
}

/* The stages that a table of custodians has a column for. */
static GPtrArray *kept_stages(const hf_report_funnel *f)
{
    GPtrArray *kept = g_ptr_array_new();
    for (guint i = 0; i < f->stages->len; i++) {
        hf_funnel_stage *stage = g_ptr_array_index(f->stages, i);
        if (stage->kind != HF_FUNNEL_REMOVED && stage->amounts != NULL)
            g_ptr_array_add(kept, stage);
    }
    return kept;
}

static const char *short_title(const hf_funnel_stage *stage)
{
    static const struct {
        const char *key, *title;
    } titles[] = {{"collected", "Col-\nlected"},
                  {"after_denist", "After\ndeNIST"},
                  {"unique", "After\ndedup."},
                  {"in_date", "In\ndate"},
                  {"hit", "Hit"},
                  {"hit_with_family", "With\nfamily"},
                  {"tagged", "Tagged"}};
    for (guint i = 0; i < G_N_ELEMENTS(titles); i++) {
        if (strcmp(titles[i].key, stage->key) == 0)
            return titles[i].title;
    }
    return stage->title;
}

static void write_custodians(const hf_report_funnel *f, bool bytes, unsigned width, GString *out)
{
    g_autoptr(GPtrArray) kept = kept_stages(f);
    g_autofree const char **titles = g_new0(const char *, kept->len + 1);
    titles[0] = bytes ? "Bytes" : "Documents";
    for (guint i = 0; i < kept->len; i++)
        titles[i + 1] = short_title(g_ptr_array_index(kept, i));
    hf_grid *grid = hf_grid_new(titles, kept->len + 1, 2);
    for (guint row = 0; row <= f->custodians->len; row++) {
        guint column = row < f->custodians->len ? row + 1 : 0;
        g_auto(GStrv) cells = g_new0(char *, kept->len + 2);
        cells[0] = column > 0 ? hf_grid_safe(hf_funnel_custodian(f, row)) : g_strdup("In all");
        for (guint i = 0; i < kept->len; i++) {
            const hf_funnel_stage *stage = g_ptr_array_index(kept, i);
            const hf_funnel_amount *amount = &stage->amounts[column];
            cells[i + 1] =
                bytes ? hf_table_bytes(amount->bytes) : hf_table_count(amount->documents);
        }
        hf_grid_row(grid, (const char *const *)cells, column == 0);
    }
    hf_grid_finish(grid, width, out);
}

static char *state_line(const hf_report_state *state)
{
    g_autofree char *changed = hf_time_format_utc(state->changed);
    g_autofree char *rows = hf_table_count(state->log_rows);
    return g_strdup_printf("%s%s; vault %s, audit log of %s entries, root %s, last entry %s",
                           state->matter != NULL ? "Matter " : "The whole vault",
                           state->matter != NULL ? state->matter : "", state->vault, rows,
                           state->log_root, *changed != '\0' ? changed : "never");
}

static void write_text(const hf_report_funnel *f, unsigned width, GString *out)
{
    g_autofree char *state = state_line(&f->state);
    width = MAX(width, HF_REPORT_WIDTH);
    hf_grid_fold(out, state, width, 2);
    g_string_append_c(out, '\n');
    write_stages(f, width, out);
    if (f->notes->len > 0)
        g_string_append_c(out, '\n');
    for (guint i = 0; i < f->notes->len; i++)
        hf_grid_fold(out, g_ptr_array_index(f->notes, i), width, 2);
    for (guint bytes = 0; bytes < 2; bytes++) {
        g_string_append_c(out, '\n');
        write_custodians(f, bytes != 0, width, out);
    }
    g_string_append_c(out, '\n');
    hf_grid_fold(out, HF_FUNNEL_SHARED, width, 2);
}

/* ---- JSON ---- */

static void write_amount(hf_json *json, const hf_funnel_amount *amount)
{
    hf_json_key(json, "documents");
    if (amount == NULL) {
        hf_json_null(json);
        hf_json_key(json, "bytes");
        hf_json_null(json);
        return;
    }
    hf_json_int(json, (int64_t)amount->documents);
    hf_json_pair_int(json, "bytes", (int64_t)amount->bytes);
}

static void write_stage(hf_json *json, const hf_report_funnel *f, const hf_funnel_stage *stage)
{
    hf_json_object(json);
    hf_json_pair(json, "stage", stage->key);
    hf_json_pair(json, "title", stage->title);
    hf_json_pair_bool(json, "removed", stage->kind == HF_FUNNEL_REMOVED);
    write_amount(json, stage->amounts);
    hf_json_pair(json, "check", stage->check);
    hf_json_key(json, "custodians");
    hf_json_array(json);
    for (guint i = 0; stage->amounts != NULL && i < f->custodians->len; i++) {
        hf_json_object(json);
        hf_json_pair(json, "custodian", g_ptr_array_index(f->custodians, i));
        write_amount(json, &stage->amounts[i + 1]);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
    hf_json_end_object(json);
}

static void write_json(const hf_report_funnel *f, GString *out)
{
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "report", "funnel");
    hf_json_pair(&json, "matter", f->state.matter);
    hf_report_state_json(&f->state, &json);
    hf_json_key(&json, "stages");
    hf_json_array(&json);
    for (guint i = 0; i < f->stages->len; i++)
        write_stage(&json, f, g_ptr_array_index(f->stages, i));
    hf_json_end_array(&json);
    hf_json_key(&json, "notes");
    hf_json_array(&json);
    for (guint i = 0; i < f->notes->len; i++)
        hf_json_string(&json, g_ptr_array_index(f->notes, i));
    hf_json_end_array(&json);
    hf_json_end_object(&json);
    g_string_append_c(out, '\n');
}

/* ---- CSV ---- */

static const hf_column columns[] = {
    {"", "stage", HF_COLUMN_TEXT, 0},       {"", "title", HF_COLUMN_TEXT, 0},
    {"", "removed", HF_COLUMN_FLAG, 0},     {"", "custodian", HF_COLUMN_TEXT, 0},
    {"", "documents", HF_COLUMN_NUMBER, 0}, {"", "bytes", HF_COLUMN_NUMBER, 0},
    {"", "check", HF_COLUMN_TEXT, 0},
};

static bool write_csv(const hf_report_funnel *f, int fd, GError **error)
{
    hf_table *table = hf_table_new(HF_FORMAT_CSV, columns, G_N_ELEMENTS(columns), fd, 0);
    for (guint column = 0; column <= f->custodians->len; column++) {
        for (guint i = 0; i < f->stages->len; i++) {
            const hf_funnel_stage *stage = g_ptr_array_index(f->stages, i);
            char documents[24] = "", bytes[24] = "";
            if (stage->amounts != NULL) {
                g_snprintf(documents, sizeof documents, "%" G_GUINT64_FORMAT,
                           stage->amounts[column].documents);
                g_snprintf(bytes, sizeof bytes, "%" G_GUINT64_FORMAT, stage->amounts[column].bytes);
            }
            const char *cells[] = {stage->key,
                                   stage->title,
                                   stage->kind == HF_FUNNEL_REMOVED ? "true" : "false",
                                   column > 0 ? hf_funnel_custodian(f, column - 1) : NULL,
                                   documents,
                                   bytes,
                                   stage->check};
            hf_table_row(table, cells);
        }
    }
    return hf_table_finish(table, error);
}

bool hf_report_funnel_write(const hf_report_funnel *funnel, hf_report_form form, int fd,
                            unsigned width, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    switch (form) {
    case HF_REPORT_TABLE:
        write_text(funnel, width, out);
        break;
    case HF_REPORT_JSON:
        write_json(funnel, out);
        break;
    case HF_REPORT_HTML:
        hf_funnel_html(funnel, out);
        break;
    case HF_REPORT_CSV:
        return write_csv(funnel, fd, error);
    }
    return hf_file_write_all(fd, out->str, out->len, "the report", error);
}
