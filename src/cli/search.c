#include "cli/search.h"
#include "holdfast/audit.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- reading the query ---- */

/* The vault's saved searches, and which of them were asked for, by one another too. */
typedef struct {
    const hf_query_options *of_scope;
    GHashTable *asked; /* names */
} saved_reader;

static char *read_saved(void *data, const char *name, GError **error)
{
    saved_reader *reader = data;
    g_hash_table_add(reader->asked, g_ascii_strdown(name, -1));
    return reader->of_scope->saved(reader->of_scope->data, name, error);
}

/* A saved search that asks for itself could never be read again. */
static bool check_save(const hf_search_request *r, const saved_reader *reader, GError **error)
{
    if (r->save == NULL)
        return true;
    g_autofree char *name = g_ascii_strdown(r->save, -1);
    if (!g_hash_table_contains(reader->asked, name))
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY,
                "this query cannot be saved as \"%s\": it asks for saved:%s itself, so that it "
                "would have no end; choose another name",
                r->save, r->save);
    return false;
}

static bool read_query(hf_search *s, GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    g_autoptr(GHashTable) asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    saved_reader reader = {hf_scope_options(s->scope), asked};
    hf_query_options options = *reader.of_scope;
    options.noise = (const char *const *)s->request->noise;
    if (options.saved != NULL) {
        options.saved = read_saved;
        options.data = &reader;
    }
    s->query = hf_query_parse(s->text, &options, &fault, error);
    if (s->query == NULL)
        return hf_cli_refused(&fault, s->text, "nothing was searched", error);
    if (!check_save(s->request, &reader, error))
        return false;
    hf_query_source source = *hf_scope_source(s->scope);
    source.count_parts = s->request->explain;
    s->hits = hf_query_evaluate(s->query, &source, &fault, error);
    return s->hits != NULL || hf_cli_refused(&fault, s->text, "nothing was searched", error);
}

/* ---- what is shown of it ---- */

static bool draw_sample(hf_search *s, GError **error)
{
    const hf_search_request *r = s->request;
    uint64_t all = hf_set_count(s->result);
    uint64_t size =
        r->sample_share > 0 ? (uint64_t)ceil((double)all * r->sample_share) : r->sample_size;
    hf_set *sample = r->by_custodian ? hf_report_sample_by_custodian(s->scope, s->result, size,
                                                                     r->seed, &s->strata, error)
                                     : hf_report_sample(s->result, size, r->seed);
    if (sample == NULL)
        return false;
    hf_set_free(s->result);
    s->result = sample;
    return true;
}

static uint64_t count_shown(const hf_search *s)
{
    const hf_search_request *r = s->request;
    uint64_t all = hf_set_count(s->result);
    if (r->count || r->facets != NULL || r->histogram)
        return 0;
    uint64_t behind = all > r->order.offset ? all - r->order.offset : 0;
    return r->order.limit > 0 ? MIN(r->order.limit, behind) : behind;
}

static bool find(hf_search *s, GError **error)
{
    if (!read_query(s, error))
        return false;
    s->result =
        s->request->family ? hf_scope_widen(s->scope, s->hits, error) : hf_set_copy(s->hits);
    if (s->result == NULL || (s->request->sampled && !draw_sample(s, error)))
        return false;
    s->shown = count_shown(s);
    return true;
}

/* ---- what is kept of it ---- */

static const char *format_name(const hf_search_request *r)
{
    static const char *const names[] = {"table", "json", "jsonl", "csv", "ids", "paths"};
    return names[r->format];
}

static bool log_search(const hf_search *s, GError **error)
{
    return hf_cli_log_search(hf_scope_vault(s->scope), "search", s->text, hf_scope_matter(s->scope),
                             hf_set_count(s->hits), s->shown, format_name(s->request), error);
}

/* On a connection of its own: the vault's own one reads the state that is shown. */
static bool write_saved(hf_vault *vault, hf_catalog *catalog, const hf_saved *saved, GError **error)
{
    g_autofree char *sealed = hf_vault_seal_query(vault, saved->query, error);
    if (sealed == NULL || !hf_catalog_begin(catalog, error))
        return false;
    if (hf_saved_put(catalog, saved, sealed, error) && hf_catalog_commit(catalog, error))
        return true;
    hf_catalog_rollback(catalog);
    return false;
}

static bool save_query(const hf_search *s, GError **error)
{
    hf_vault *vault = hf_scope_vault(s->scope);
    if (s->request->save == NULL)
        return true;
    g_autofree char *matter = g_strdup(hf_scope_matter(s->scope));
    g_autofree char *actor = hf_log_actor();
    const hf_saved saved = {.name = s->request->save,
                            .query = (char *)s->text,
                            .actor = actor,
                            .matter = matter,
                            .created = hf_time_now(),
                            .documents = hf_set_count(s->hits)};
    g_autoptr(hf_catalog) catalog = hf_vault_connect(vault, false, error);
    hf_store *store = catalog != NULL ? hf_vault_store(vault, error) : NULL;
    return store != NULL && write_saved(vault, catalog, &saved, error) &&
           hf_audit_seal(catalog, store, hf_vault_id(vault), error);
}

/* ---- the output ---- */

static void explain(const hf_search *s)
{
    g_autofree char *tree = hf_query_explain(s->query);
    fprintf(s->request->format == HF_FORMAT_TABLE ? stdout : stderr, "%s\n", tree);
    fflush(stdout);
}

static bool write_view(const hf_search *s, GError **error)
{
    const hf_search_request *r = s->request;
    const hf_report_options options = {
        .format = r->format, .fd = STDOUT_FILENO, .width = hf_cli_width(), .limit = r->order.limit};
    if (r->count)
        return true;
    if (r->facets != NULL)
        return hf_report_facets(s->scope, s->result, r->facets, &options, error);
    if (r->histogram)
        return hf_report_histogram(s->scope, s->result, r->unit, &options, error);
    return hf_search_rows(s, error);
}

static bool write_statement(const hf_search *s, const hf_search_statement *statement,
                            GError **error)
{
    bool people = s->request->format == HF_FORMAT_TABLE, count = s->request->count;
    if (count && !people)
        hf_search_statement_write_json(s, statement, stdout);
    else if (count || !s->cli->quiet)
        /* Beside a table; on stderr where the output is for a program. */
        hf_search_statement_write(s, statement, people ? stdout : stderr);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot write to standard output");
    return false;
}

static bool write_all(const hf_search *s, GError **error)
{
    hf_search_statement statement;
    if (!hf_search_statement_make(s, &statement, error) || !log_search(s, error) ||
        !save_query(s, error))
        return false;
    bool in_json = s->request->count && s->request->format != HF_FORMAT_TABLE;
    if (s->request->explain && !in_json)
        explain(s);
    if (!write_view(s, error))
        return false;
    fflush(stdout);
    bool rows = s->request->facets == NULL && !s->request->count && s->shown > 0;
    if (s->request->format == HF_FORMAT_TABLE &&
        (rows || (s->request->histogram && statement.result > 0)))
        fputc('\n', stdout);
    return write_statement(s, &statement, error);
}

static void search_clear(hf_search *s)
{
    hf_query_free(s->query);
    hf_set_free(s->hits);
    hf_set_free(s->result);
    g_clear_pointer(&s->strata, g_array_unref);
    hf_scope_close(s->scope);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_search, search_clear)

int hf_search_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(hf_search_request) request = {0};
    if (!hf_search_options_read(&request, argc, argv, error))
        return HF_EXIT_USAGE;
    /* A reader that has seen enough is no fault, and what is kept is written before. */
    signal(SIGPIPE, SIG_DFL);
    g_autofree char *text = g_strjoinv(" ", request.rest);
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "search", error);
    if (vault == NULL)
        return HF_EXIT_INTERNAL;
    g_auto(hf_search) s = {.cli = cli, .request = &request, .text = text};
    s.scope = hf_scope_open(vault, request.matter, error);
    return s.scope != NULL && find(&s, error) && write_all(&s, error) ? HF_EXIT_DONE
                                                                      : HF_EXIT_INTERNAL;
}
