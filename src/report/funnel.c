/* funnel.c -- from what was collected to what is left of it, stage by stage. */
#include "report/funnel.h"
#include <string.h>

typedef struct {
    hf_scope *scope;
    const hf_report_funnel_options *options;
    hf_report_refusals *refusals;
    hf_report_funnel *funnel;
    hf_holdings *holdings;
    uint64_t *sizes; /* by document id: bytes */
    hf_set *left;    /* what the last stage has */
    char *in_date;   /* the query of that stage; NULL if it was not asked for */
} counting;

static void counting_clear(counting *c)
{
    hf_holdings_free(c->holdings);
    hf_set_free(c->left);
    g_free(c->sizes);
    g_free(c->in_date);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(counting, counting_clear)

static void add_note(counting *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_note(counting *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(c->funnel->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ---- stages ---- columns: all, then a custodian's number in the holdings + 1 */

static hf_funnel_stage *add_stage(counting *c, const char *key, char *title, hf_funnel_kind kind,
                                  char *check)
{
    hf_funnel_stage *stage = g_new0(hf_funnel_stage, 1);
    stage->key = key;
    stage->title = title;
    stage->kind = kind;
    stage->check = check;
    stage->amounts = g_new0(hf_funnel_amount, (gsize)c->holdings->names->len + 1);
    g_ptr_array_add(c->funnel->stages, stage);
    return stage;
}

static void add_amount(hf_funnel_amount *amount, uint64_t documents, uint64_t bytes)
{
    amount->documents += documents;
    amount->bytes += bytes;
}

/* The documents of a set, for all and for each custodian that had them. */
static void count_set(const counting *c, hf_funnel_stage *stage, const hf_set *set)
{
    const hf_holdings *h = c->holdings;
    for (uint32_t id = 0; hf_set_next(set, &id); id++) {
        uint32_t family = h->family[id];
        add_amount(&stage->amounts[0], 1, c->sizes[id]);
        for (uint32_t k = h->holds_from[family]; k < h->holds_from[family + 1]; k++)
            add_amount(&stage->amounts[h->holders[k] + 1], 1, c->sizes[id]);
    }
}

/* ---- what else gives a stage's number: commands that can be typed as they stand ---- */

static char *matter_option(const counting *c)
{
    const char *matter = hf_scope_matter(c->scope);
    return matter != NULL ? g_strdup_printf("--matter %s ", matter) : g_strdup("");
}

static char *search_check(const counting *c, const char *query)
{
    g_autofree char *matter = matter_option(c);
    g_autofree char *quoted = g_shell_quote(query);
    return g_strdup_printf("holdfast search %s%s", matter, quoted);
}

/* ---- what was collected ---- */

typedef struct {
    hf_funnel_stage *collected, *left_out, *known, *after_denist, *duplicates, *unique;
} stages;

static void make_stages(counting *c, stages *s)
{
    static const char balance[] = "holdfast report balance, of each run";
    static const char excluded[] = "holdfast report excluded, of each run";
    const char *matter = hf_scope_matter(c->scope);
    s->collected =
        add_stage(c, "collected", g_strdup("Collected"), HF_FUNNEL_KEPT, g_strdup(balance));
    s->left_out = add_stage(c, "left_out", g_strdup("left out by a setting, or no file"),
                            HF_FUNNEL_REMOVED, g_strdup(excluded));
    s->known =
        add_stage(c, "known_files", g_strdup("known files"), HF_FUNNEL_REMOVED, g_strdup(excluded));
    s->after_denist = add_stage(c, "after_denist", g_strdup("After deNIST"), HF_FUNNEL_KEPT, NULL);
    s->duplicates =
        add_stage(c, "duplicates", g_strdup("duplicates"), HF_FUNNEL_REMOVED, g_strdup(balance));
    s->unique = add_stage(c, "unique", g_strdup("After deduplication"), HF_FUNNEL_KEPT,
                          matter != NULL ? g_strdup_printf("holdfast search 'matter:%s'", matter)
                                         : g_strdup("holdfast status"));
}

typedef struct {
    const counting *counting;
    const stages *stages;
    uint64_t folders;
} leaving_out;

static bool take_exclusion(void *data, const hf_funnel_exclusion *exclusion)
{
    leaving_out *l = data;
    guint column = hf_holdings_custodian(l->counting->holdings, exclusion->custodian) + 1;
    hf_funnel_stage *into[] = {l->stages->collected,
                               exclusion->known ? l->stages->known : l->stages->left_out};
    for (guint i = 0; i < G_N_ELEMENTS(into); i++) {
        add_amount(&into[i]->amounts[0], exclusion->documents, exclusion->bytes);
        add_amount(&into[i]->amounts[column], exclusion->documents, exclusion->bytes);
    }
    l->folders += exclusion->folder ? exclusion->documents : 0;
    return true;
}

static bool count_exclusions(counting *c, const stages *s, GError **error)
{
    leaving_out l = {c, s, 0};
    if (!hf_funnel_each_exclusion(hf_vault_catalog(hf_scope_vault(c->scope)),
                                  hf_scope_matter(c->scope), take_exclusion, &l, error))
        return false;
    if (l.folders > 0)
        add_note(c,
                 "Whole folders left out: %" G_GUINT64_FORMAT ". Each counts as one document of no "
                 "bytes, for nobody looked what is in it.",
                 l.folders);
    return true;
}

/* Every place that a family was found at counts; all but the first are duplicates, in each column. */
static void count_places(const counting *c, const stages *s)
{
    const hf_holdings *h = c->holdings;
    g_autofree uint64_t *bytes = g_new0(uint64_t, h->families);
    for (uint32_t id = 0; id < h->end; id++)
        bytes[h->family[id]] += c->sizes[id];
    for (uint32_t family = 1; family < h->families; family++) {
        uint64_t all = 0, documents = h->members[family];
        for (uint32_t k = h->holds_from[family]; k < h->holds_from[family + 1]; k++) {
            uint64_t n = h->places[k];
            guint column = h->holders[k] + 1;
            add_amount(&s->collected->amounts[column], n * documents, n * bytes[family]);
            add_amount(&s->duplicates->amounts[column], (n - 1) * documents,
                       (n - 1) * bytes[family]);
            all += n;
        }
        all = MAX(all, 1);
        add_amount(&s->collected->amounts[0], all * documents, all * bytes[family]);
        add_amount(&s->duplicates->amounts[0], (all - 1) * documents, (all - 1) * bytes[family]);
    }
}

static void count_after_denist(const counting *c, const stages *s)
{
    for (guint i = 0; i <= c->holdings->names->len; i++) {
        hf_funnel_amount *rest = &s->after_denist->amounts[i];
        const hf_funnel_amount *of[] = {&s->left_out->amounts[i], &s->known->amounts[i]};
        *rest = s->collected->amounts[i];
        for (guint k = 0; k < G_N_ELEMENTS(of); k++) {
            rest->documents -= of[k]->documents;
            rest->bytes -= of[k]->bytes;
        }
    }
}

/* The two ways to the number of documents: by places, and by the set. */
static bool check_sum(const counting *c, const stages *s, GError **error)
{
    for (guint i = 0; i <= c->holdings->names->len; i++) {
        const hf_funnel_amount *rest = &s->after_denist->amounts[i],
                               *copies = &s->duplicates->amounts[i],
                               *unique = &s->unique->amounts[i];
        if (rest->documents == copies->documents + unique->documents &&
            rest->bytes == copies->bytes + unique->bytes)
            continue;
        g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY,
                    "the places of the catalog do not come to its documents: holdfast verify says "
                    "which");
        return false;
    }
    return true;
}

static bool count_uncollected(counting *c, GError **error)
{
    uint64_t count;
    if (!hf_funnel_count_uncollected(hf_vault_catalog(hf_scope_vault(c->scope)),
                                     hf_scope_matter(c->scope), &count, error))
        return false;
    if (count > 0)
        add_note(c,
                 "Not collected: %" G_GUINT64_FORMAT " more, of which nothing could be read; "
                 "holdfast report exceptions lists them, without a document.",
                 count);
    return true;
}

static bool count_collected(counting *c, GError **error)
{
    stages s;
    make_stages(c, &s);
    if (!count_exclusions(c, &s, error) || !count_uncollected(c, error))
        return false;
    count_places(c, &s);
    count_after_denist(c, &s);
    count_set(c, s.unique, c->left);
    return check_sum(c, &s, error);
}

/* ---- in date ---- */

static bool is_day(const char *text)
{
    return text == NULL || (*text != '\0' && strspn(text, "0123456789-") == strlen(text));
}

static bool count_undated(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)id;
    *(uint64_t *)data += values[HF_COLUMN_FAMILY_DATE] == HF_TIME_NONE;
    return true;
}

/* Takes the set as the next stage, cut to the one before. */
static hf_funnel_stage *next_stage(counting *c, const char *key, char *title, char *check,
                                   hf_set *set)
{
    hf_funnel_stage *stage = add_stage(c, key, title, HF_FUNNEL_KEPT, check);
    hf_set_and(set, c->left);
    hf_set_free(c->left);
    c->left = set;
    count_set(c, stage, set);
    return stage;
}

static bool cut_dates(counting *c, GError **error)
{
    const char *from = c->options->from, *to = c->options->to;
    uint64_t undated = 0;
    if (from == NULL && to == NULL)
        return true;
    if (!is_day(from) || !is_day(to)) {
        g_set_error(error, HF_ERROR, HF_ERROR_USAGE,
                    "\"%s\" is no day, month or year: write 2001-05-04, 2001-05 or 2001",
                    !is_day(from) ? from : to);
        return false;
    }
    if (!hf_scope_each_values(c->scope, c->left, count_undated, &undated, error))
        return false;
    g_autofree char *query =
        g_strdup_printf("familydate:%s..%s", from != NULL ? from : "", to != NULL ? to : "");
    hf_set *found = hf_report_within_query(c->scope, hf_scope_options(c->scope),
                                           "--date-from and --date-to", query, NULL, error);
    if (found == NULL)
        return false;
    if (undated > 0)
        add_note(c, "Documents without a family date, and so not in date: %" G_GUINT64_FORMAT ".",
                 undated);
    add_note(c, "%s %s.",
             c->funnel->state.matter != NULL
                 ? "In date: by the days of the matter's zone,"
                 : "In date: by the days of each document's matter's zone; without a matter, of",
             g_time_zone_get_identifier(hf_scope_zone(c->scope)));
    next_stage(c, "in_date",
               g_strdup_printf("In date: %s to %s", from != NULL ? from : "the first",
                               to != NULL ? to : "the last"),
               search_check(c, query), found);
    c->in_date = g_steal_pointer(&query);
    return true;
}

/* ---- hit, tagged, produced ---- */

/* What the list and the query find together; NULL with no *error if neither was given. */
static hf_set *find_hits(counting *c, GError **error)
{
    const hf_report_funnel_options *o = c->options;
    g_autoptr(hf_set) hits = hf_set_new();
    if (o->terms != NULL) {
        hf_report_terms_options options = {.progress = o->progress};
        g_autoptr(hf_report_terms) report =
            hf_report_terms_run(c->scope, o->terms, &options, c->refusals, error);
        if (report == NULL)
            return NULL;
        hf_set_or(hits, hf_report_terms_found(report));
    }
    if (o->query != NULL) {
        g_autoptr(hf_set) found = hf_report_within_query(c->scope, hf_scope_options(c->scope),
                                                         "--query", o->query, NULL, error);
        if (found == NULL)
            return NULL;
        hf_set_or(hits, found);
    }
    return g_steal_pointer(&hits);
}

static char *hits_check(const counting *c)
{
    const hf_report_funnel_options *o = c->options;
    if (o->terms == NULL) {
        g_autofree char *query = c->in_date != NULL
                                     ? g_strdup_printf("%s and (%s)", c->in_date, o->query)
                                     : g_strdup(o->query);
        return search_check(c, query);
    }
    g_autofree char *matter = matter_option(c);
    g_autofree char *list = g_shell_quote(o->list);
    return g_strdup_printf("holdfast terms %s%s%s%s%s%s", matter, c->in_date != NULL ? "--in " : "",
                           c->in_date != NULL ? c->in_date : "", c->in_date != NULL ? " " : "",
                           list, o->query != NULL ? ", and the query" : "");
}

static bool cut_hits(counting *c, GError **error)
{
    if (c->options->terms == NULL && c->options->query == NULL)
        return true;
    hf_set *hits = find_hits(c, error);
    if (hits == NULL)
        return false;
    g_autoptr(hf_set) before = hf_set_copy(c->left);
    next_stage(c, "hit", g_strdup("Hit by the terms"), hits_check(c), hits);
    hf_set *widened = hf_scope_widen(c->scope, c->left, error);
    if (widened == NULL)
        return false;
    hf_funnel_stage *stage =
        add_stage(c, "hit_with_family", g_strdup("with their families"), HF_FUNNEL_WIDENED, NULL);
    hf_set_and(widened, before);
    hf_set_free(c->left);
    c->left = widened;
    count_set(c, stage, widened);
    return true;
}

static bool cut_tagged(counting *c, GError **error)
{
    const char *tag = c->options->tag;
    if (tag == NULL)
        return true;
    hf_set *tagged = hf_selection_tag(hf_vault_catalog(hf_scope_vault(c->scope)), tag, error);
    if (tagged == NULL)
        return false;
    hf_set_and(tagged, hf_scope_universe(c->scope));
    uint64_t outside = hf_set_count(tagged) - hf_set_and_count(tagged, c->left);
    next_stage(c, "tagged", g_strdup_printf("Tagged %s", tag),
               g_strdup_printf("holdfast search 'tag:%s', of the stage above", tag), tagged);
    if (outside > 0)
        add_note(c,
                 "Documents tagged %s that are not in the stage above, and not counted: "
                 "%" G_GUINT64_FORMAT ".",
                 tag, outside);
    return true;
}

/* Nothing in the catalog is produced until there is a command that produces: 0 would be a claim. */
static void add_produced(counting *c)
{
    hf_funnel_stage *stage = add_stage(c, "produced", g_strdup("Produced"), HF_FUNNEL_KEPT, NULL);
    g_clear_pointer(&stage->amounts, g_free);
}

/* ---- the whole ---- */

static bool take_size(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    counting *c = data;
    c->sizes[id] = values[HF_COLUMN_SIZE] > 0 ? (uint64_t)values[HF_COLUMN_SIZE] : 0;
    return true;
}

static bool prepare(counting *c, GError **error)
{
    c->holdings = hf_holdings_new(c->scope, error);
    if (c->holdings == NULL)
        return false;
    c->sizes = g_new0(uint64_t, c->holdings->end);
    c->left = hf_set_copy(hf_scope_universe(c->scope));
    return hf_scope_each_values(c->scope, NULL, take_size, c, error) &&
           hf_report_state_read(c->scope, &c->funnel->state, error);
}

/* Keeps the columns of custodians of whom anything was collected. */
static void choose_columns(counting *c)
{
    hf_report_funnel *f = c->funnel;
    const hf_funnel_stage *collected = g_ptr_array_index(f->stages, 0);
    const GPtrArray *names = c->holdings->names;
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < names->len; i++) {
        if (collected->amounts[i + 1].documents == 0)
            continue;
        g_array_append_val(kept, i);
        g_ptr_array_add(f->custodians, g_strdup(g_ptr_array_index(names, i)));
    }
    for (guint s = 0; s < f->stages->len; s++) {
        hf_funnel_stage *stage = g_ptr_array_index(f->stages, s);
        for (guint i = 0; stage->amounts != NULL && i < kept->len; i++)
            stage->amounts[i + 1] = stage->amounts[g_array_index(kept, guint, i) + 1];
    }
}

static void free_stage(gpointer data)
{
    hf_funnel_stage *stage = data;
    g_free(stage->title);
    g_free(stage->check);
    g_free(stage->amounts);
    g_free(stage);
}

hf_report_funnel *hf_report_funnel_run(hf_scope *scope, const hf_report_funnel_options *options,
                                       hf_report_refusals *refusals, GError **error)
{
    g_autoptr(hf_report_funnel) funnel = g_new0(hf_report_funnel, 1);
    g_auto(counting)
        c = {.scope = scope, .options = options, .refusals = refusals, .funnel = funnel};
    funnel->custodians = g_ptr_array_new_with_free_func(g_free);
    funnel->stages = g_ptr_array_new_with_free_func(free_stage);
    funnel->notes = g_ptr_array_new_with_free_func(g_free);
    if (!prepare(&c, error) || !count_collected(&c, error) || !cut_dates(&c, error) ||
        !cut_hits(&c, error) || !cut_tagged(&c, error))
        return NULL;
    add_produced(&c);
    choose_columns(&c);
    funnel->found = g_steal_pointer(&c.left);
    return g_steal_pointer(&funnel);
}

void hf_report_funnel_free(hf_report_funnel *funnel)
{
    if (funnel == NULL)
        return;
    hf_report_state_clear(&funnel->state);
    g_ptr_array_unref(funnel->custodians);
    g_ptr_array_unref(funnel->stages);
    g_ptr_array_unref(funnel->notes);
    hf_set_free(funnel->found);
    g_free(funnel);
}

const hf_set *hf_report_funnel_found(const hf_report_funnel *funnel)
{
    return funnel->found;
}
