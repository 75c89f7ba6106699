/* state.c -- names the state of the vault that a report was made on. */
#include "holdfast/audit.h"
#include "report/parts.h"
#include <string.h>

/* ---- the audit log ---- */

typedef struct {
    hf_audit_tree tree;
    char *last; /* row */
} log_end;

static bool take_row(void *data, uint64_t seq, const char *row, const uint8_t leaf[32],
                     GError **error)
{
    log_end *end = data;
    (void)error;
    if (seq >= end->tree.size)
        hf_audit_tree_append(&end->tree, leaf);
    g_free(end->last);
    end->last = g_strdup(row);
    return true;
}

/* Rows are canonical JSON that begins with "seq" and "time" (log.c of the catalog). */
static hf_time time_of(const char *row)
{
    static const char key[] = "\"time\":\"";
    const char *at = row != NULL ? strstr(row, key) : NULL;
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    if (at == NULL)
        return HF_TIME_NONE;
    at += strlen(key);
    g_autofree char *text = g_strndup(at, strcspn(at, "\""));
    hf_time_parse_iso(text, &stamp);
    return stamp.utc;
}

/* From the last checkpoint on; its last row is read for its time. */
static bool read_log(hf_catalog *catalog, hf_report_state *state, GError **error)
{
    g_autoptr(hf_log_checkpoint) checkpoint = NULL;
    log_end end = {0};
    if (!hf_log_last_checkpoint(catalog, &checkpoint, error))
        return false;
    if (checkpoint != NULL) {
        gsize n;
        const void *bytes = g_bytes_get_data(checkpoint->frontier, &n);
        if (!hf_audit_tree_load(&end.tree, bytes, n, error))
            return false;
    }
    uint64_t from = end.tree.size > 0 ? end.tree.size - 1 : 0;
    bool ok = hf_log_each(catalog, from, take_row, &end, error);
    uint8_t root[HF_AUDIT_HASH];
    hf_audit_tree_root(&end.tree, root);
    state->log_rows = end.tree.size;
    state->log_root = hf_digest_hex(root, sizeof root);
    state->changed = time_of(end.last);
    g_free(end.last);
    return ok;
}

/* ---- the whole ---- */

static uint32_t highest_of(const hf_set *set)
{
    uint64_t low = 0, high = (uint64_t)UINT32_MAX + 1;
    if (hf_set_count(set) == 0)
        return 0;
    while (high - low > 1) {
        uint32_t middle = (uint32_t)(low + (high - low) / 2);
        if (hf_set_next(set, &middle))
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

bool hf_report_state_read(hf_scope *scope, hf_report_state *state, GError **error)
{
    hf_vault *vault = hf_scope_vault(scope);
    hf_catalog *catalog = hf_vault_catalog(vault);
    *state = (hf_report_state){.changed = HF_TIME_NONE};
    g_autoptr(GPtrArray) segments = hf_published_list(catalog, error);
    if (segments == NULL || !read_log(catalog, state, error))
        return false;
    state->vault = g_strdup(hf_vault_id(vault));
    state->segments = segments->len;
    state->documents = hf_set_count(hf_scope_universe(scope));
    state->highest = highest_of(hf_scope_universe(scope));
    state->matter = g_strdup(hf_scope_matter(scope));
    return true;
}

void hf_report_state_json(const hf_report_state *state, hf_json *json)
{
    g_autofree char *highest =
        state->highest > 0 ? hf_catalog_control_number(state->highest) : NULL;
    hf_json_key(json, "state");
    hf_json_object(json);
    hf_json_pair(json, "vault", state->vault);
    hf_json_pair_int(json, "audit_rows", (int64_t)state->log_rows);
    hf_json_pair(json, "audit_root", state->log_root);
    hf_json_pair_time(json, "changed", state->changed);
    hf_json_pair_int(json, "segments", (int64_t)state->segments);
    hf_json_pair_int(json, "documents", (int64_t)state->documents);
    hf_json_pair(json, "highest", highest);
    hf_json_end_object(json);
}

void hf_report_state_clear(hf_report_state *state)
{
    g_free(state->vault);
    g_free(state->log_root);
    g_free(state->matter);
    *state = (hf_report_state){.changed = HF_TIME_NONE};
}
