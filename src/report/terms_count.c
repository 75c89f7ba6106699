/* terms_count.c -- the search term report: every term is evaluated once, and all numbers come from one walk over its hits. */
#include "report/terms.h"
#include <string.h>

#define SEVERAL UINT32_MAX /* terms, not one */

typedef struct {
    hf_scope *scope;
    const hf_report_terms_options *options;
    hf_query_options reading;
    hf_report_refusals *refusals;
    hf_report_terms *report;
    hf_holdings *holdings;
    hf_set *set; /* that is searched */
    GPtrArray *queries;
    GHashTable *seen;      /* how a term was read -> number of the first */
    uint32_t *of_document; /* by id: the term that hits it, from 1; 0 none, or SEVERAL */
    uint32_t *of_family;   /* by number, the same */
    uint32_t *met;         /* by family: the last term that was seen to hit it */
    guint *column;         /* by custodian: which number of a row; 0: not of the report */
} counting;

static void counting_clear(counting *c)
{
    hf_holdings_free(c->holdings);
    hf_set_free(c->set);
    if (c->queries != NULL)
        g_ptr_array_unref(c->queries);
    if (c->seen != NULL)
        g_hash_table_unref(c->seen);
    g_free(c->of_document);
    g_free(c->of_family);
    g_free(c->met);
    g_free(c->column);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(counting, counting_clear)

static void free_query(gpointer query)
{
    hf_query_free(query);
}

static bool refused(const hf_report_refusals *refusals, guint terms, GError **error)
{
    if (refusals->count == 0)
        return false;
    g_clear_error(error);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY,
                "%u of the list's %u terms %s refused: nothing was counted", refusals->count,
                MAX(terms, refusals->count), refusals->count == 1 ? "was" : "were");
    return true;
}

/* Takes a query's refusal; any other error stops the report. */
static bool take_refusal(counting *c, const hf_report_term *term, const hf_query_fault *fault,
                         GError **failed, GError **error)
{
    if (fault->message == NULL) {
        g_propagate_error(error, g_steal_pointer(failed));
        return false;
    }
    hf_report_terms_refuse(c->refusals, term, fault);
    g_clear_error(failed);
    return true;
}

static bool parse_terms(counting *c, const GPtrArray *terms, GError **error)
{
    c->queries = g_ptr_array_new_with_free_func(free_query);
    for (guint i = 0; i < terms->len; i++) {
        const hf_report_term *term = g_ptr_array_index(terms, i);
        g_auto(hf_query_fault) fault = {0};
        g_autoptr(GError) failed = NULL;
        hf_query *query = hf_query_parse(term->text, &c->reading, &fault, &failed);
        if (query == NULL && !take_refusal(c, term, &fault, &failed, error))
            return false;
        g_ptr_array_add(c->queries, query);
    }
    return true;
}

/* ---- the set that is searched ---- */

static bool find_set(counting *c, GError **error)
{
    hf_report_terms *report = c->report;
    if (c->options->within == NULL) {
        c->set = hf_set_copy(hf_scope_universe(c->scope));
        return true;
    }
    report->within = g_strdup(c->options->within);
    c->set = hf_report_within_query(c->scope, &c->reading, "--in", c->options->within,
                                    &report->within_read, error);
    return c->set != NULL;
}

static bool count_lacking(counting *c, GError **error)
{
    const struct {
        hf_scope_lack lack;
        uint64_t *into;
    } lacks[] = {{HF_SCOPE_NO_TEXT, &c->report->no_text},
                 {HF_SCOPE_PARTIAL_TEXT, &c->report->partial},
                 {HF_SCOPE_ENCODED, &c->report->encoded},
                 {HF_SCOPE_UNINDEXED, &c->report->unindexed}};
    for (guint i = 0; i < G_N_ELEMENTS(lacks); i++) {
        g_autoptr(hf_set) lacking = hf_scope_lacking(c->scope, lacks[i].lack, error);
        if (lacking == NULL)
            return false;
        *lacks[i].into = hf_set_and_count(c->set, lacking);
    }
    return true;
}

/* The custodians that had a document of the set get a column each. */
static void choose_custodians(counting *c, const uint64_t *counts)
{
    const hf_holdings *h = c->holdings;
    c->column = g_new0(guint, h->names->len);
    for (guint i = 0; c->options->custodians && i < h->names->len; i++) {
        if (counts[i] == 0)
            continue;
        g_ptr_array_add(c->report->custodians, g_strdup(g_ptr_array_index(h->names, i)));
        c->column[i] = c->report->custodians->len;
    }
    c->report->searched = g_new0(uint64_t, (gsize)c->report->custodians->len + 1);
    c->report->searched[0] = hf_set_count(c->set);
    for (guint i = 0; i < h->names->len; i++) {
        if (c->column[i] != 0)
            c->report->searched[c->column[i]] = counts[i];
    }
}

static void count_set(counting *c)
{
    const hf_holdings *h = c->holdings;
    g_autofree uint64_t *counts = g_new0(uint64_t, h->names->len);
    for (uint32_t id = 0; hf_set_next(c->set, &id); id++) {
        uint32_t family = h->family[id];
        for (uint32_t k = h->holds_from[family]; family != 0 && k < h->holds_from[family + 1]; k++)
            counts[h->holders[k]]++;
        c->report->families += family != 0 && c->met[family] == 0;
        c->met[family] = 1;
    }
    memset(c->met, 0, h->families * sizeof *c->met);
    choose_custodians(c, counts);
}

static bool prepare(counting *c, GError **error)
{
    if (!find_set(c, error) || !count_lacking(c, error))
        return false;
    c->holdings = hf_holdings_new(c->scope, error);
    if (c->holdings == NULL)
        return false;
    c->of_document = g_new0(uint32_t, c->holdings->end);
    c->of_family = g_new0(uint32_t, c->holdings->families);
    c->met = g_new0(uint32_t, c->holdings->families);
    count_set(c);
    return true;
}

/* ---- the hits of a term ---- */

/* The columns that a family's documents count in: that of all, then those of its custodians. *k is 0 at first; false at the
 * end. */
static bool next_column(const counting *c, uint32_t family, uint32_t *k, guint *column)
{
    const hf_holdings *h = c->holdings;
    *column = 0;
    if ((*k)++ == 0)
        return true;
    for (; h->holds_from[family] + *k - 2 < h->holds_from[family + 1]; ++*k) {
        *column = c->column[h->holders[h->holds_from[family] + *k - 2]];
        if (*column != 0)
            return true;
    }
    return false;
}

static void meet(uint32_t *who, uint32_t term)
{
    *who = *who == 0 ? term : SEVERAL;
}

/* Adds a document, and its family if that is new to the term, for all and for each of its custodians. */
static void count_hit(counting *c, hf_report_hits *hits, uint32_t id, uint32_t term)
{
    const hf_holdings *h = c->holdings;
    uint32_t family = h->family[id];
    bool first = c->met[family] != term;
    c->met[family] = term;
    meet(&c->of_document[id], term);
    if (first)
        meet(&c->of_family[family], term);
    guint column;
    for (uint32_t k = 0; next_column(c, family, &k, &column);) {
        hits[column].documents++;
        hits[column].families += first;
        hits[column].with_family += first ? h->members[family] : 0;
    }
}

static void count_term(counting *c, hf_terms_row *row, const hf_set *found, uint32_t term)
{
    uint64_t n = hf_set_count(found);
    row->hits = g_new0(hf_report_hits, (gsize)c->report->custodians->len + 1);
    g_autofree uint32_t *ids = g_new(uint32_t, n + 1);
    hf_set_to_array(found, ids);
    for (uint64_t i = 0; i < n; i++)
        count_hit(c, row->hits, ids[i], term);
    hf_set_or(c->report->found, found);
}

static void add_row(counting *c, const hf_report_term *term, const hf_query *query,
                    const hf_set *found)
{
    hf_terms_row *row = g_new0(hf_terms_row, 1);
    GPtrArray *rows = c->report->rows;
    size_t n;
    const char *const *unknown = hf_query_unknown_words(query, &n);
    row->term = term;
    row->read_as = hf_query_text(query);
    row->unknown = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++)
        row->unknown[i] = g_strdup(unknown[i]);
    g_ptr_array_add(rows, row);
    row->same_as = GPOINTER_TO_UINT(g_hash_table_lookup(c->seen, row->read_as));
    if (row->same_as == 0)
        g_hash_table_insert(c->seen, row->read_as, GUINT_TO_POINTER(rows->len));
    count_term(c, row, found, rows->len);
}

static bool evaluate(counting *c, const GPtrArray *terms, GError **error)
{
    hf_query_source source;
    hf_report_within within = {hf_scope_source(c->scope), c->set};
    hf_report_within_fill(&within, &source);
    c->seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(hf_progress) progress =
        hf_progress_new(c->options->progress, "search terms", "terms");
    for (guint i = 0; i < terms->len; i++) {
        const hf_report_term *term = g_ptr_array_index(terms, i);
        hf_query *query = g_ptr_array_index(c->queries, i);
        g_auto(hf_query_fault) fault = {0};
        g_autoptr(GError) failed = NULL;
        hf_progress_update(progress, i, terms->len, 0, 0, NULL);
        g_autoptr(hf_set) found = hf_query_evaluate(query, &source, &fault, &failed);
        if (found != NULL)
            add_row(c, term, query, found);
        else if (!take_refusal(c, term, &fault, &failed, error))
            return false;
        hf_query_free(query);
        c->queries->pdata[i] = NULL;
    }
    return true;
}

/* ---- what one term alone hits, and the whole ---- */

/* Adds one to `unique` numbers of a term and of the total, for all and for each custodian of the family. */
static void count_unique(counting *c, uint32_t term, uint32_t family, bool whole_family)
{
    const hf_terms_row *row = g_ptr_array_index(c->report->rows, term - 1);
    guint column;
    for (uint32_t k = 0; next_column(c, family, &k, &column);) {
        hf_report_hits *into[] = {&row->hits[column], &c->report->total[column]};
        for (guint i = 0; i < G_N_ELEMENTS(into); i++)
            ++*(whole_family ? &into[i]->unique_families : &into[i]->unique);
    }
}

static void count_total(counting *c)
{
    hf_report_hits *total = c->report->total =
        g_new0(hf_report_hits, (gsize)c->report->custodians->len + 1);
    const hf_holdings *h = c->holdings;
    guint column;
    for (uint32_t id = 0; hf_set_next(c->report->found, &id); id++) {
        for (uint32_t k = 0; next_column(c, h->family[id], &k, &column);)
            total[column].documents++;
        if (c->of_document[id] != SEVERAL)
            count_unique(c, c->of_document[id], h->family[id], false);
    }
    for (uint32_t family = 1; family < h->families; family++) {
        if (c->of_family[family] == 0)
            continue;
        for (uint32_t k = 0; next_column(c, family, &k, &column);) {
            total[column].families++;
            total[column].with_family += h->members[family];
        }
        if (c->of_family[family] != SEVERAL)
            count_unique(c, c->of_family[family], family, true);
    }
}

static void free_row(gpointer data)
{
    hf_terms_row *row = data;
    g_free(row->read_as);
    g_strfreev(row->unknown);
    g_free(row->hits);
    g_free(row);
}

static hf_report_terms *new_report(const hf_report_terms_options *options, const char *list)
{
    hf_report_terms *report = g_new0(hf_report_terms, 1);
    report->list = g_strdup(list);
    report->list_sha256 = g_strdup(options->list_sha256);
    report->noise = g_strdupv((char **)options->noise);
    report->noise_name = g_strdup(options->noise_name);
    report->rows = g_ptr_array_new_with_free_func(free_row);
    report->custodians = g_ptr_array_new_with_free_func(g_free);
    report->found = hf_set_new();
    return report;
}

hf_report_terms *hf_report_terms_run(hf_scope *scope, const GPtrArray *terms,
                                     const hf_report_terms_options *options,
                                     hf_report_refusals *refusals, GError **error)
{
    g_autoptr(hf_report_terms) report = new_report(options, refusals->list);
    g_auto(counting) c = {.scope = scope, .options = options, .refusals = refusals};
    guint listed =
        terms->len + refusals->count; /* those that could not even be read are not in `terms` */
    c.reading = *hf_scope_options(scope);
    c.reading.noise = options->noise;
    c.report = report;
    report->zone = g_strdup(g_time_zone_get_identifier(hf_scope_zone(scope)));
    if (!parse_terms(&c, terms, error) || refused(refusals, listed, error) || !prepare(&c, error) ||
        !hf_report_state_read(scope, &report->state, error) || !evaluate(&c, terms, error) ||
        refused(refusals, listed, error))
        return NULL;
    count_total(&c);
    return g_steal_pointer(&report);
}

void hf_report_terms_free(hf_report_terms *report)
{
    if (report == NULL)
        return;
    hf_report_state_clear(&report->state);
    g_free(report->list);
    g_free(report->list_sha256);
    g_free(report->zone);
    g_free(report->within);
    g_free(report->within_read);
    g_free(report->noise_name);
    g_strfreev(report->noise);
    g_ptr_array_unref(report->rows);
    g_ptr_array_unref(report->custodians);
    g_free(report->searched);
    g_free(report->total);
    hf_set_free(report->found);
    g_free(report);
}

const hf_set *hf_report_terms_found(const hf_report_terms *report)
{
    return report->found;
}
