#include "cli/search.h"
#include <math.h>
#include <string.h>

#define TABLE_LIMIT 50
#define NONE G_MININT64 /* no number was given */

/* As the command line gives it. */
typedef struct {
    char *format, *sort, *facet, *histogram, *sample, *stratify;
    char *seed;
    gint64 limit, offset;
} given;

static void given_clear(given *g)
{
    g_free(g->format);
    g_free(g->sort);
    g_free(g->facet);
    g_free(g->histogram);
    g_free(g->sample);
    g_free(g->stratify);
    g_free(g->seed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(given, given_clear)

void hf_search_options_clear(hf_search_request *r)
{
    g_free(r->matter);
    g_free(r->save);
    g_free(r->noise_file);
    g_clear_pointer(&r->facets, g_array_unref);
    g_strfreev(r->noise);
    g_strfreev(r->rest);
}

static bool read_entries(hf_search_request *r, given *g, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"matter", 0, 0, G_OPTION_ARG_STRING, &r->matter, "Search the documents of one matter only",
         "ID"},
        {"family", 0, 0, G_OPTION_ARG_NONE, &r->family,
         "Show whole families: the parent and all children of each hit", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &g->format, "table, json, jsonl, csv, ids or paths",
         "FORMAT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &g->limit,
         "Show N documents at most; 0: all (default: 50 in a table, else all)", "N"},
        {"offset", 0, 0, G_OPTION_ARG_INT64, &g->offset, "Pass over the first N documents", "N"},
        {"sort", 0, 0, G_OPTION_ARG_STRING, &g->sort,
         "number, date, family-date, relevance, custodian, path or size", "ORDER"},
        {"reverse", 'r', 0, G_OPTION_ARG_NONE, &r->reverse, "The other way around", NULL},
        {"all-instances", 0, 0, G_OPTION_ARG_NONE, &r->all_instances,
         "Every place where a document was found", NULL},
        {"count", 0, 0, G_OPTION_ARG_NONE, &r->count, "Only the numbers", NULL},
        {"facet", 0, 0, G_OPTION_ARG_STRING, &g->facet,
         "Counts by custodian, type, year, month, from-domain, language, matter", "LIST"},
        {"histogram", 0, 0, G_OPTION_ARG_STRING, &g->histogram,
         "Counts by date: year, month, week, day or auto", "UNIT"},
        {"sample", 0, 0, G_OPTION_ARG_STRING, &g->sample,
         "A random sample of N documents, or N% of them", "N|N%"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &g->seed, "Draw the sample that this number names",
         "N"},
        {"stratify", 0, 0, G_OPTION_ARG_STRING, &g->stratify, "From each custodian in proportion",
         "custodian"},
        {"noise-words", 0, 0, G_OPTION_ARG_FILENAME, &r->noise_file,
         "Words that match any word in a phrase, as in dtSearch", "FILE"},
        {"explain", 0, 0, G_OPTION_ARG_NONE, &r->explain,
         "Show how the query was read, with counts", NULL},
        {"save", 0, 0, G_OPTION_ARG_STRING, &r->save,
         "Keep the query under a name, for saved:NAME in other queries", "NAME"},
        G_OPTION_ENTRY_NULL,
    };
    return hf_cli_options("search", "QUERY",
                          "Finds the documents that the query holds for; the count is exact. See "
                          "holdfast-query(7).",
                          entries, argc, argv, &r->rest, error);
}

static bool read_page(hf_search_request *r, const given *g, GError **error)
{
    if (g->limit < 0 && g->limit != NONE)
        return hf_cli_usage_error(
            error, "--limit is a number of documents, 0 for all, not %" G_GINT64_FORMAT, g->limit);
    if (g->offset < 0 && g->offset != NONE)
        return hf_cli_usage_error(error, "--offset is a number of documents, not %" G_GINT64_FORMAT,
                                  g->offset);
    r->order.offset = g->offset != NONE ? (uint64_t)g->offset : 0;
    r->order.limit = g->limit != NONE               ? (uint64_t)g->limit
                     : r->format == HF_FORMAT_TABLE ? TABLE_LIMIT
                                                    : 0;
    return true;
}

/* "50", or "2.5%". */
static bool read_size(hf_search_request *r, const char *text, GError **error)
{
    char *end = NULL;
    guint64 size = 0;
    if (g_ascii_string_to_unsigned(text, 10, 1, UINT32_MAX, &size, NULL)) {
        r->sample_size = size;
        return true;
    }
    double percent = g_ascii_isdigit(*text) || *text == '.' ? g_ascii_strtod(text, &end) : NAN;
    r->sample_share = percent / 100;
    if (isfinite(percent) && percent > 0 && percent <= 100 && strcmp(end, "%") == 0)
        return true;
    return hf_cli_usage_error(
        error, "\"%s\" is no sample: give a number of documents, or a share such as 5%% or 0.5%%",
        text);
}

static bool read_sample(hf_search_request *r, const given *g, GError **error)
{
    guint64 seed = g_random_int_range(1, 1000000000);
    r->sampled = g->sample != NULL;
    if (!r->sampled && (g->seed != NULL || g->stratify != NULL))
        return hf_cli_usage_error(error, "--%s goes with --sample",
                                  g->seed != NULL ? "seed" : "stratify");
    if (g->seed != NULL && !g_ascii_string_to_unsigned(g->seed, 10, 0, G_MAXINT64, &seed, NULL))
        return hf_cli_usage_error(error,
                                  "\"%s\" is no seed: give a whole number, such as the one that "
                                  "an earlier search printed",
                                  g->seed);
    if (g->stratify != NULL && strcmp(g->stratify, "custodian") != 0)
        return hf_cli_usage_error(
            error, "samples are not stratified by \"%s\": --stratify custodian", g->stratify);
    r->seed = seed;
    r->by_custodian = g->stratify != NULL;
    return !r->sampled || read_size(r, g->sample, error);
}

/* An option that would change nothing is a slip of the pen. */
static bool check_idle(const hf_search_request *r, const given *g, bool rows, GError **error)
{
    if (!rows &&
        (r->order.by != HF_REPORT_BY_NUMBER || r->reverse || r->all_instances || g->offset != NONE))
        return hf_cli_usage_error(
            error, "--sort, --reverse, --offset and --all-instances are for rows, not for counts");
    if ((r->count || r->histogram) && g->limit != NONE)
        return hf_cli_usage_error(error, "--limit is for rows and facets: %s has none",
                                  r->count ? "--count" : "--histogram");
    if (r->all_instances && r->format == HF_FORMAT_IDS)
        return hf_cli_usage_error(error,
                                  "ids have no places: use --format paths, which has all of them");
    return true;
}

/* What is shown is one thing: rows, numbers, facets or a histogram. */
static bool check_view(const hf_search_request *r, const given *g, GError **error)
{
    bool rows = r->facets == NULL && !r->histogram && !r->count;
    if (!rows && r->count + r->histogram + (r->facets != NULL) > 1)
        return hf_cli_usage_error(error,
                                  "search takes only one of --count, --facet and --histogram at a "
                                  "time");
    if (!rows && (r->format == HF_FORMAT_IDS || r->format == HF_FORMAT_PATHS))
        return hf_cli_usage_error(error,
                                  "counts have no ids or paths: use table, json, jsonl or csv");
    if (r->count && r->format == HF_FORMAT_CSV)
        return hf_cli_usage_error(error, "--count is a table or json");
    return check_idle(r, g, rows, error);
}

static bool read_views(hf_search_request *r, const given *g, GError **error)
{
    r->histogram = g->histogram != NULL;
    r->order.reverse = r->reverse;
    if (g->sort != NULL && !hf_report_order_parse(g->sort, &r->order.by, error))
        return false;
    if (g->facet != NULL && (r->facets = hf_report_facet_parse(g->facet, error)) == NULL)
        return false;
    if (r->histogram && !hf_report_unit_parse(g->histogram, &r->unit, error))
        return false;
    return check_view(r, g, error);
}

bool hf_search_options_read(hf_search_request *r, int argc, char **argv, GError **error)
{
    g_auto(given) g = {.limit = NONE, .offset = NONE};
    r->format = HF_FORMAT_TABLE;
    if (!read_entries(r, &g, argc, argv, error) ||
        (g.format != NULL && !hf_table_parse_format(g.format, &r->format, error)))
        return false;
    if (r->rest[0] == NULL)
        return hf_cli_usage_error(error, "search takes a query: holdfast search 'QUERY'");
    if (!read_page(r, &g, error) || !read_sample(r, &g, error) || !read_views(r, &g, error))
        return false;
    r->noise = r->noise_file != NULL ? hf_cli_noise_words(r->noise_file, error) : NULL;
    return r->noise_file == NULL || r->noise != NULL;
}
