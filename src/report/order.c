#include "holdfast/report.h"
#include "report/least.h"
#include <string.h>

#define AT_ONCE (1024 * 1024) /* documents that are sorted in one pass: 32 MB */
#define RANKED_AT_ONCE 65536

static const char *const names[HF_REPORT_BY_LAST] = {
    "number", "date", "family-date", "relevance", "custodian", "path", "size"};

bool hf_report_order_parse(const char *name, hf_report_by *out, GError **error)
{
    for (unsigned i = 0; i < HF_REPORT_BY_LAST; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (hf_report_by)i;
            return true;
        }
    }
    g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                "there is no order \"%s\": sort by number, date, family-date, relevance, "
                "custodian, path or size",
                name);
    return false;
}

/* ---- from the offset on, up to the limit ---- */

typedef struct {
    hf_scope *scope;
    const hf_report_order *order;
    hf_report_document_fn fn;
    void *data;
    uint64_t passed, shown;
    bool failed;
} walk;

static bool is_done(const walk *w)
{
    return w->failed || (w->order->limit > 0 && w->shown == w->order->limit);
}

/* False ends the walk, with *error only if it failed. */
static bool show(void *data, uint32_t id, GError **error)
{
    walk *w = data;
    if (w->passed < w->order->offset) {
        w->passed++;
        return true;
    }
    w->failed = !w->fn(w->data, id, error);
    w->shown++;
    return !is_done(w);
}

static void show_set(walk *w, const hf_set *set, GError **error)
{
    for (uint32_t id = 0; !is_done(w) && hf_set_next(set, &id); id++)
        show(w, id, error);
}

/* ---- by a number that each document has ---- */

/* One pass over the documents, of which only those behind `after` count. */
typedef struct {
    hf_least least;
    bool begun, reverse;
    hf_least_entry after;
    hf_column_id column;
    hf_set *without; /* of the first pass: what has no such value */
} pass;

static void offer(pass *p, int64_t key, uint32_t id)
{
    /* The complement turns the order around without an overflow. */
    hf_least_entry entry = {p->reverse ? ~key : key, id};
    if (!p->begun || hf_least_compare(&entry, &p->after) > 0)
        hf_least_offer(&p->least, entry.key, id);
}

typedef bool (*pass_fn)(walk *w, const hf_set *set, pass *p, GError **error);

/* Passes over the set until all of it was shown: each sorts as much as is held at once. */
static bool in_passes(walk *w, const hf_set *set, pass_fn fill, hf_column_id column, GError **error)
{
    g_autoptr(hf_set) without = hf_set_new();
    pass p = {.column = column, .without = without, .reverse = w->order->reverse};
    uint64_t wanted = w->order->limit > 0 ? w->order->offset + w->order->limit : AT_ONCE;
    bool more = true, ok = true;
    while (more && ok && !is_done(w)) {
        g_auto(hf_least) kept = {0};
        hf_least_init(&p.least, (size_t)CLAMP(wanted, 1, AT_ONCE));
        ok = fill(w, set, &p, error);
        kept = p.least;
        hf_least_finish(&kept);
        for (size_t i = 0; ok && i < kept.n && !is_done(w); i++)
            show(w, kept.entries[i].id, error);
        more = kept.more;
        p.begun = true;
        if (kept.n > 0)
            p.after = kept.entries[kept.n - 1];
    }
    if (ok)
        show_set(w, without, error);
    return ok && !w->failed;
}

static bool take_value(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    pass *p = data;
    if (values[p->column] != HF_TIME_NONE)
        offer(p, values[p->column], id);
    else if (!p->begun)
        hf_set_add(p->without, id);
    return true;
}

static bool fill_values(walk *w, const hf_set *set, pass *p, GError **error)
{
    return hf_scope_each_values(w->scope, set, take_value, p, error);
}

static bool fill_numbers(walk *w, const hf_set *set, pass *p, GError **error)
{
    (void)w;
    (void)error;
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        offer(p, id, id);
    return true;
}

/* Scores are not below zero, and such doubles sort like their bits; the best come first. */
static int64_t score_key(double score)
{
    int64_t bits;
    memcpy(&bits, &score, sizeof bits);
    return ~bits;
}

static bool rank_some(walk *w, char **words, const GArray *ids, pass *p, GError **error)
{
    g_autofree double *scores = g_new0(double, ids->len + 1);
    if (!hf_index_rank(hf_scope_index(w->scope), HF_FIELDS_DEFAULT, (const char *const *)words,
                       g_strv_length(words), (const uint32_t *)(const void *)ids->data, ids->len,
                       scores, error))
        return false;
    for (guint i = 0; i < ids->len; i++)
        offer(p, score_key(scores[i]), g_array_index(ids, uint32_t, i));
    return true;
}

static bool fill_scores(walk *w, const hf_set *set, pass *p, GError **error)
{
    g_auto(GStrv) words = hf_query_rank_words(w->order->query);
    g_autoptr(GArray) ids = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), RANKED_AT_ONCE);
    for (uint32_t id = 0; hf_set_next(set, &id); id++) {
        g_array_append_val(ids, id);
        if (ids->len < RANKED_AT_ONCE)
            continue;
        if (!rank_some(w, words, ids, p, error))
            return false;
        g_array_set_size(ids, 0);
    }
    return ids->len == 0 || rank_some(w, words, ids, p, error);
}

/* ---- by what the catalog knows ---- */

static bool by_custodian(walk *w, const hf_set *set, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(w->scope));
    g_autoptr(GPtrArray) groups = hf_order_custodians(catalog, set, error);
    if (groups == NULL)
        return false;
    guint named = groups->len;
    if (named > 0 && ((hf_order_group *)g_ptr_array_index(groups, named - 1))->name == NULL)
        named--;
    for (guint i = 0; i < groups->len; i++) {
        guint at = i < named && w->order->reverse ? named - 1 - i : i;
        show_set(w, ((hf_order_group *)g_ptr_array_index(groups, at))->documents, error);
    }
    return !w->failed;
}

static bool by_path(walk *w, const hf_set *set, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(w->scope));
    return hf_order_each_path(catalog, set, w->order->reverse, show, w, error) ||
           (is_done(w) && !w->failed);
}

bool hf_report_in_order(hf_scope *scope, const hf_set *set, const hf_report_order *order,
                        hf_report_document_fn fn, void *data, GError **error)
{
    walk w = {.scope = scope, .order = order, .fn = fn, .data = data};
    switch (order->by) {
    case HF_REPORT_BY_DATE:
        return in_passes(&w, set, fill_values, HF_COLUMN_DATE, error);
    case HF_REPORT_BY_FAMILY_DATE:
        return in_passes(&w, set, fill_values, HF_COLUMN_FAMILY_DATE, error);
    case HF_REPORT_BY_SIZE:
        return in_passes(&w, set, fill_values, HF_COLUMN_SIZE, error);
    case HF_REPORT_BY_RELEVANCE:
        return in_passes(&w, set, fill_scores, HF_COLUMN_LAST, error);
    case HF_REPORT_BY_CUSTODIAN:
        return by_custodian(&w, set, error);
    case HF_REPORT_BY_PATH:
        return by_path(&w, set, error);
    default:
        if (order->reverse)
            return in_passes(&w, set, fill_numbers, HF_COLUMN_LAST, error);
        show_set(&w, set, error);
        return !w.failed;
    }
}
