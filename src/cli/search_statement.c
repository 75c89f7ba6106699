#include "cli/search.h"
#include <string.h>

/* ---- the numbers ---- */

/* Families are fewer than documents, so their numbers fit too. */
static bool count_family(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)id;
    hf_set_add(data, (uint32_t)values[HF_COLUMN_FAMILY]);
    return true;
}

static bool count_families(const hf_search *s, hf_search_statement *statement, GError **error)
{
    g_autoptr(hf_set) families = hf_set_new();
    g_autoptr(hf_set) members = hf_scope_widen(s->scope, s->hits, error);
    if (members == NULL || !hf_scope_each_values(s->scope, s->hits, count_family, families, error))
        return false;
    statement->families = hf_set_count(families);
    statement->members = hf_set_count(members);
    return true;
}

/* Divides the documents by what is open about them. */
static bool divide(const hf_search *s, hf_set *documents, hf_search_lack *lack, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(hf_scope_vault(s->scope));
    lack->documents = hf_set_count(documents);
    for (int reason = 0; reason < HF_ITEM_LAST && hf_set_count(documents) > 0; reason++) {
        g_autoptr(hf_set) open =
            hf_selection_exception(catalog, hf_error_item_name((hf_item_error)reason), error);
        if (open == NULL)
            return false;
        lack->reasons[reason] = hf_set_and_count(documents, open);
        if (lack->reasons[reason] > 0)
            hf_set_minus(documents, open);
    }
    return true;
}

static bool count_lack(const hf_search *s, hf_scope_lack which, hf_search_lack *lack,
                       GError **error)
{
    g_autoptr(hf_set) documents = hf_scope_lacking(s->scope, which, error);
    return documents != NULL && divide(s, documents, lack, error);
}

static bool count_set(const hf_search *s, hf_scope_lack which, uint64_t *count, GError **error)
{
    g_autoptr(hf_set) documents = hf_scope_lacking(s->scope, which, error);
    *count = documents != NULL ? hf_set_count(documents) : 0;
    return documents != NULL;
}

bool hf_search_statement_make(const hf_search *s, hf_search_statement *statement, GError **error)
{
    *statement = (hf_search_statement){.scope = hf_set_count(hf_scope_universe(s->scope)),
                                       .hits = hf_set_count(s->hits),
                                       .result = hf_set_count(s->result),
                                       .asks_words = hf_query_asks_words(s->query)};
    return count_families(s, statement, error) &&
           count_set(s, HF_SCOPE_UNINDEXED, &statement->unindexed, error) &&
           count_set(s, HF_SCOPE_ENCODED, &statement->encoded, error) &&
           count_lack(s, HF_SCOPE_NO_TEXT, &statement->none, error) &&
           count_lack(s, HF_SCOPE_PARTIAL_TEXT, &statement->partial, error);
}

/* ---- as sentences ---- */

/* "1 document", "2,345 documents"; g_free. */
static char *counted(uint64_t n, const char *one, const char *more)
{
    g_autofree char *count = hf_table_count(n);
    return g_strdup_printf("%s %s", count, n == 1 ? one : more);
}

static char *scope_words(const hf_search *s, const hf_search_statement *t)
{
    const char *matter = hf_scope_matter(s->scope);
    g_autofree char *documents = counted(t->scope, "document", "documents");
    return matter != NULL ? g_strdup_printf("%s of matter %s", documents, matter)
                          : g_strdup(documents);
}

static void write_counts(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    g_autofree char *hits = hf_table_count(t->hits);
    g_autofree char *scope = scope_words(s, t);
    g_autofree char *families = counted(t->families, "family", "families");
    g_autofree char *members = counted(t->members, "member", "members");
    fprintf(out, "%s of %s", hits, scope);
    if (t->hits > 0)
        fprintf(out, ", in %s with %s", families, members);
    fputs(".\n", out);
}

static void write_sample(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    g_autofree char *drawn = counted(t->result, "document", "documents");
    if (!s->request->sampled)
        return;
    fprintf(out, "A sample of %s, drawn with --seed %" G_GUINT64_FORMAT "%s", drawn,
            s->request->seed, s->strata != NULL ? " from each custodian's:\n" : ".\n");
    for (guint i = 0; s->strata != NULL && i < s->strata->len; i++) {
        const hf_report_stratum *stratum = &g_array_index(s->strata, hf_report_stratum, i);
        g_autofree char *of = hf_table_count(stratum->documents);
        g_autofree char *part = hf_table_count(stratum->drawn);
        fprintf(out, "  %s of %s: %s\n", part, of,
                stratum->name != NULL ? stratum->name : "(no custodian)");
    }
}

static void write_shown(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    const hf_report_order *order = &s->request->order;
    if (s->request->count || s->request->facets != NULL || s->request->histogram ||
        s->shown == t->result)
        return;
    g_autofree char *first = hf_table_count(order->offset + 1);
    g_autofree char *last = hf_table_count(order->offset + s->shown);
    g_autofree char *all = hf_table_count(t->result);
    if (s->shown == 0)
        fprintf(out, "None of them is shown: --offset passes over all %s.\n", all);
    else if (order->offset == 0 && s->shown == 1)
        fprintf(out, "The first is shown; --limit 0 shows all.\n");
    else if (order->offset == 0)
        fprintf(out, "The first %s are shown; --limit 0 shows all.\n", last);
    else
        fprintf(out, "%s to %s of %s are shown.\n", first, last, all);
}

static void write_words(const hf_search *s, FILE *out)
{
    size_t n;
    const char *const *unknown = hf_query_unknown_words(s->query, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "No document has \"%s\".\n", unknown[i]);
    if (s->request->noise != NULL)
        fprintf(out,
                "The %u noise words of %s stand for any word in their place, as in dtSearch: "
                "without them the counts may differ.\n",
                g_strv_length(s->request->noise), s->request->noise_file);
}

/* " (5 encrypted, 7 no-text, 2 without an exception)"; g_free. */
static char *reason_words(const hf_search_lack *lack)
{
    GString *text = g_string_new(NULL);
    uint64_t rest = lack->documents;
    for (int reason = 0; reason < HF_ITEM_LAST; reason++) {
        if (lack->reasons[reason] == 0)
            continue;
        g_autofree char *count = hf_table_count(lack->reasons[reason]);
        g_string_append_printf(
            text, "%s%s %s", text->len > 0 ? ", " : "", count,
            reason == HF_ITEM_NO_TEXT ? "image only" : hf_error_item_name((hf_item_error)reason));
        rest -= lack->reasons[reason];
    }
    if (rest > 0) {
        g_autofree char *count = hf_table_count(rest);
        g_string_append_printf(text, "%s%s empty or of a kind without text",
                               text->len > 0 ? ", " : "", count);
    }
    return g_string_free(text, FALSE);
}

static void write_lack(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    const char *matter = hf_scope_matter(s->scope);
    g_autofree char *option =
        matter != NULL ? g_strdup_printf("--matter %s ", matter) : g_strdup("");
    if (!t->asks_words)
        return;
    if (t->none.documents > 0) {
        g_autofree char *count = counted(t->none.documents, "document", "documents");
        g_autofree char *why = reason_words(&t->none);
        fprintf(out, "Without text, so not found by words: %s (%s).\n", count, why);
        fprintf(out, "  To list them: holdfast search %shas:no-text\n", option);
    }
    if (t->partial.documents > 0) {
        g_autofree char *count = counted(t->partial.documents, "document", "documents");
        g_autofree char *why = reason_words(&t->partial);
        fprintf(out, "With a part of the text only: %s (%s).\n", count, why);
        fprintf(out, "  To list them: holdfast search %shas:partial-text\n", option);
    }
    if (t->encoded > 0) {
        g_autofree char *count = counted(t->encoded, "document", "documents");
        fprintf(out, "With encoded blocks (base64, uuencode) that are not searched: %s.\n", count);
        fprintf(out, "  To list them: holdfast search %shas:encoded\n", option);
    }
    if (t->unindexed > 0) {
        g_autofree char *count = counted(t->unindexed, "document", "documents");
        fprintf(out,
                "Not in the index yet, so not found by words: %s. If no ingest is running, one was "
                "stopped:\n  holdfast reindex completes its work.\n",
                count);
    }
}

void hf_search_statement_write(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    if (t->scope == 0 && hf_scope_matter(s->scope) == NULL) {
        fputs("The vault is empty: holdfast ingest PATH... brings documents in.\n", out);
        return;
    }
    write_counts(s, t, out);
    write_sample(s, t, out);
    write_shown(s, t, out);
    write_words(s, out);
    write_lack(s, t, out);
    if (s->request->save != NULL)
        fprintf(out, "Saved: saved:%s stands for this query.\n", s->request->save);
}

/* ---- as JSON ---- */

static void lack_json(hf_json *json, const char *key, const hf_search_lack *lack)
{
    uint64_t rest = lack->documents;
    hf_json_key(json, key);
    hf_json_object(json);
    hf_json_pair_int(json, "documents", (int64_t)lack->documents);
    hf_json_key(json, "reasons");
    hf_json_object(json);
    for (int reason = 0; reason < HF_ITEM_LAST; reason++) {
        if (lack->reasons[reason] > 0)
            hf_json_pair_int(json, hf_error_item_name((hf_item_error)reason),
                             (int64_t)lack->reasons[reason]);
        rest -= lack->reasons[reason];
    }
    if (rest > 0)
        hf_json_pair_int(json, "other", (int64_t)rest);
    hf_json_end_object(json);
    hf_json_end_object(json);
}

static void sample_json(hf_json *json, const hf_search *s, const hf_search_statement *t)
{
    if (!s->request->sampled)
        return;
    hf_json_key(json, "sample");
    hf_json_object(json);
    hf_json_pair_int(json, "documents", (int64_t)t->result);
    hf_json_pair_int(json, "seed", (int64_t)s->request->seed);
    if (s->strata != NULL) {
        hf_json_key(json, "strata");
        hf_json_array(json);
        for (guint i = 0; i < s->strata->len; i++) {
            const hf_report_stratum *stratum = &g_array_index(s->strata, hf_report_stratum, i);
            hf_json_object(json);
            hf_json_pair(json, "custodian", stratum->name);
            hf_json_pair_int(json, "documents", (int64_t)stratum->documents);
            hf_json_pair_int(json, "drawn", (int64_t)stratum->drawn);
            hf_json_end_object(json);
        }
        hf_json_end_array(json);
    }
    hf_json_end_object(json);
}

static void strings_json(hf_json *json, const char *key, const char *const *list, size_t n)
{
    hf_json_key(json, key);
    hf_json_array(json);
    for (size_t i = 0; i < n; i++)
        hf_json_string(json, list[i]);
    hf_json_end_array(json);
}

void hf_search_statement_write_json(const hf_search *s, const hf_search_statement *t, FILE *out)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *read_as = hf_query_text(s->query);
    size_t n_unknown;
    const char *const *unknown = hf_query_unknown_words(s->query, &n_unknown);
    hf_json json;
    hf_json_init(&json, line);
    hf_json_object(&json);
    hf_json_pair(&json, "query", s->text);
    hf_json_pair(&json, "read_as", read_as);
    hf_json_pair(&json, "matter", hf_scope_matter(s->scope));
    hf_json_pair_int(&json, "scope", (int64_t)t->scope);
    hf_json_pair_int(&json, "documents", (int64_t)t->hits);
    hf_json_pair_int(&json, "families", (int64_t)t->families);
    hf_json_pair_int(&json, "with_families", (int64_t)t->members);
    sample_json(&json, s, t);
    lack_json(&json, "no_text", &t->none);
    lack_json(&json, "partial_text", &t->partial);
    hf_json_pair_int(&json, "encoded_left_out", (int64_t)t->encoded);
    hf_json_pair_int(&json, "not_indexed", (int64_t)t->unindexed);
    strings_json(&json, "unknown_words", unknown, n_unknown);
    if (s->request->noise != NULL)
        strings_json(&json, "noise_words", (const char *const *)s->request->noise,
                     g_strv_length(s->request->noise));
    if (s->request->explain) {
        hf_json_key(&json, "explain");
        hf_query_explain_json(s->query, false, &json);
    }
    hf_json_end_object(&json);
    g_string_append_c(line, '\n');
    fputs(line->str, out);
}
