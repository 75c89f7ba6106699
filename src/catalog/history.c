/* history.c -- every act that concerned one document, gathered from the tables that keep them. */
#include "catalog/tag.h"
#include <string.h>

static void free_event(gpointer data)
{
    hf_event *event = data;
    g_free(event->actor);
    g_free(event->place);
    g_free(event->what);
    g_free(event->query);
    g_free(event);
}

static hf_event *add_event(GPtrArray *list, const char *act, hf_time time)
{
    hf_event *event = g_new0(hf_event, 1);
    event->act = act;
    event->time = time;
    event->seq = event->checkpoint = -1;
    g_ptr_array_add(list, event);
    return event;
}

/* ---- runs: found, found again, gone ---- */

static bool add_run_event(hf_catalog *catalog, GPtrArray *list, const char *act, int64_t run,
                          const char *place, GError **error)
{
    sqlite3_stmt *stmt = hf_sql_prepare(
        catalog, error, "SELECT started, actor, command FROM run WHERE id = ?1", "i", run);
    int step = stmt != NULL ? hf_sql_step(catalog, stmt, error) : -1;
    if (step < 0)
        return false;
    hf_event *event = add_event(list, act, step == 1 ? hf_sql_time(stmt, 0) : HF_TIME_NONE);
    event->run = run;
    event->place = g_strdup(place);
    if (step == 0)
        return true;
    event->actor = hf_sql_text(stmt, 1);
    event->what = hf_sql_text(stmt, 2);
    sqlite3_reset(stmt);
    return true;
}

static bool add_places(hf_catalog *catalog, GPtrArray *list, uint32_t document, GError **error)
{
    int64_t own_run = 0;
    g_autoptr(GPtrArray) instances = hf_document_instances(catalog, document, true, error);
    if (instances == NULL ||
        !hf_sql_number(catalog, error, &own_run, NULL, "SELECT run_id FROM document WHERE id = ?1",
                       "i", (int64_t)document))
        return false;
    for (guint i = 0; i < instances->len; i++) {
        const hf_instance *instance = g_ptr_array_index(instances, i);
        /* A child that a later run brought to light was not found when its family was. */
        int64_t run = MAX(instance->first_run, own_run);
        if (!add_run_event(catalog, list, i == 0 ? "found" : "found again", run, instance->path,
                           error))
            return false;
        if (instance->gone_run != 0 &&
            !add_run_event(catalog, list, "gone", instance->gone_run, instance->path, error))
            return false;
    }
    return true;
}

/* ---- exceptions and the replacement ---- */

static const char *closing(const char *state)
{
    static const char *const states[] = {"resolved", "replaced", "waived"};
    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++) {
        if (strcmp(states[i], state) == 0)
            return states[i];
    }
    return "closed";
}

static bool add_exceptions(hf_catalog *catalog, GPtrArray *list, uint32_t document, GError **error)
{
    hf_exception_filter filter = {.all = true, .document = document};
    g_autoptr(GPtrArray) exceptions = hf_exception_list(catalog, &filter, error);
    for (guint i = 0; exceptions != NULL && i < exceptions->len; i++) {
        const hf_exception *e = g_ptr_array_index(exceptions, i);
        hf_event *opened = add_event(list, "exception", e->created);
        opened->run = e->run;
        opened->what = g_strdup_printf("exception %" G_GINT64_FORMAT ", %s, %s: %s", e->id,
                                       e->stage, e->reason, e->detail);
        if (strcmp(e->state, "open") == 0)
            continue;
        hf_event *closed = add_event(list, closing(e->state), e->closed);
        closed->actor = g_strdup(e->closed_by);
        closed->what = g_strdup_printf("exception %" G_GINT64_FORMAT "%s%s", e->id,
                                       e->closed_reason != NULL ? ": " : "",
                                       e->closed_reason != NULL ? e->closed_reason : "");
    }
    return exceptions != NULL;
}

static bool add_replacement(hf_catalog *catalog, GPtrArray *list, uint32_t document, GError **error)
{
    g_autoptr(hf_replacement) replacement = NULL;
    if (!hf_document_replacement(catalog, document, &replacement, error))
        return false;
    if (replacement == NULL)
        return true;
    hf_event *event = add_event(list, "replacement", replacement->created);
    g_autofree char *sha256 = hf_digest_hex(replacement->sha256, 32);
    event->actor = g_strdup(replacement->actor);
    event->what = g_strdup_printf("\"%s\", SHA-256 %s%s%s", replacement->name, sha256,
                                  *replacement->reason != '\0' ? ": " : "", replacement->reason);
    return true;
}

/* ---- tags ---- */

/* "responsive, by a query, with families: second review" */
static char *describe_tag(const hf_tag_change *change)
{
    GString *text = g_string_new(change->tag);
    g_string_append(text, change->query != NULL ? ", by a query" : ", by a list");
    if (change->family)
        g_string_append(text, ", with families");
    if (change->reason != NULL)
        g_string_append_printf(text, ": %s", change->reason);
    return g_string_free(text, FALSE);
}

static bool add_tags(hf_catalog *catalog, GPtrArray *list, uint32_t document, GError **error)
{
    g_autoptr(GPtrArray) changes = hf_tag_history_of_document(catalog, document, error);
    for (guint i = 0; changes != NULL && i < changes->len; i++) {
        const hf_tag_change *change = g_ptr_array_index(changes, i);
        bool added = strcmp(change->action, "add") == 0;
        hf_event *event = add_event(list, added ? "tagged" : "untagged", change->time);
        event->actor = g_strdup(change->actor);
        event->what = describe_tag(change);
        event->query = g_strdup(change->query);
        event->seq = change->seq;
        if (!hf_sql_number(catalog, error, &event->checkpoint, NULL,
                           "SELECT coalesce(min(size), -1) FROM checkpoint WHERE size > ?1", "i",
                           change->seq))
            return false;
    }
    return changes != NULL;
}

/* ---- the audit log ---- */

/* Rows that name the document, or a range of control numbers that it lies in. */
static bool add_audit_rows(hf_catalog *catalog, GPtrArray *list, uint32_t document, GError **error)
{
    g_autofree char *number = hf_catalog_control_number(document);
    sqlite3_stmt *stmt =
        hf_sql_prepare(catalog, error,
                       "SELECT seq, json_extract(row, '$.time'), json_extract(row, '$.actor'), "
                       "json_extract(row, '$.action'),"
                       " coalesce(json_extract(row, '$.run'), 0), coalesce((SELECT min(size) FROM "
                       "checkpoint WHERE size > seq), -1)"
                       " FROM audit WHERE (json_extract(row, '$.first') <= ?1 AND "
                       "json_extract(row, '$.last') >= ?1)"
                       " OR json_extract(row, '$.document') IN (?1, ?2) ORDER BY seq",
                       "it", (int64_t)document, number);
    int step = stmt != NULL ? 1 : -1;
    while (step > 0 && (step = hf_sql_step(catalog, stmt, error)) == 1) {
        const char *time = (const char *)sqlite3_column_text(stmt, 1);
        hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
        if (time != NULL)
            hf_time_parse_iso(time, &stamp);
        hf_event *event = add_event(list, "logged", stamp.utc);
        event->seq = sqlite3_column_int64(stmt, 0);
        event->actor = hf_sql_text(stmt, 2);
        event->what = hf_sql_text(stmt, 3);
        event->run = sqlite3_column_int64(stmt, 4);
        event->checkpoint = sqlite3_column_int64(stmt, 5);
    }
    return step == 0;
}

/* ---- the whole ---- */

typedef struct {
    hf_event *event;
    guint order; /* in which the tables gave it: what happened at one time stays in it */
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->event->time != y->event->time)
        return x->event->time < y->event->time ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void sort_events(GPtrArray *list)
{
    g_autofree placed *all = g_new0(placed, list->len + 1);
    for (guint i = 0; i < list->len; i++)
        all[i] = (placed){g_ptr_array_index(list, i), i};
    qsort(all, list->len, sizeof *all, compare_placed);
    for (guint i = 0; i < list->len; i++)
        list->pdata[i] = all[i].event;
}

GPtrArray *hf_document_history(hf_catalog *catalog, uint32_t id, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_event);
    if (!add_places(catalog, list, id, error) || !add_exceptions(catalog, list, id, error) ||
        !add_replacement(catalog, list, id, error) || !add_tags(catalog, list, id, error) ||
        !add_audit_rows(catalog, list, id, error))
        return NULL;
    sort_events(list);
    return g_steal_pointer(&list);
}
