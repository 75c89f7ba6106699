/* include/holdfast/report.h -- lists for the file: exceptions, the balance, what was left out, runs, tag conflicts; the
 * search term report and the funnel.
 *
 * Each writes rows to options->fd as a table, JSON, JSON lines or CSV, and streams: nothing is held but a page. The words
 * that stand below a table come as text. */
#pragma once
#include "holdfast/catalog.h"
#include "holdfast/scope.h"

G_BEGIN_DECLS

typedef struct {
    hf_format format;
    int fd;
    unsigned width; /* of the terminal; 0: none */
    uint64_t limit; /* rows; 0: all */
    bool
        all; /* exceptions: closed ones too; balance: every container, not only what was not read whole */
    int64_t run;     /* exceptions: 0: of every run; else the run that is reported on */
    GTimeZone *zone; /* for tables; other formats have UTC */
} hf_report_options;

/* Exceptions in the order they came. *shown is how many rows there are. */
bool hf_report_exceptions(hf_catalog *catalog, const hf_report_options *options, uint64_t *shown,
                          GError **error);
/* How many there are to show, whatever the limit. */
bool hf_report_count_exceptions(hf_catalog *catalog, const hf_report_options *options,
                                uint64_t *count, GError **error);
/* How many exceptions there are by reason, what to do about each, and what became of the closed ones; g_free. */
char *hf_report_exception_words(hf_catalog *catalog, const hf_report_options *options,
                                uint64_t shown, GError **error);

/* found = new + duplicate + unchanged + excluded + exception: of the run, of each source, of each container. With the number
 * of exceptions of run and source, by what became of them. */
bool hf_report_balance(hf_catalog *catalog, const hf_report_options *options, GError **error);
/* What the run left out, and why. */
bool hf_report_excluded(hf_catalog *catalog, const hf_report_options *options, GError **error);
bool hf_report_count_excluded(hf_catalog *catalog, int64_t run, uint64_t *count, GError **error);
/* Runs, newest first. *shown is how many rows there are. */
bool hf_report_runs(hf_catalog *catalog, const hf_report_options *options, uint64_t *shown,
                    GError **error);
/* Searches and exports as they were logged, the newest first, those that wait for the log included; what they asked for in words,
 * as long as the key is there. Begins its own read of the catalog. HF_ERROR_KEY: the vault's keys do not open. */
typedef struct {
    uint64_t searches, shown;  /* all; rows */
    uint64_t waiting, damaged; /* not in the audit log yet; with a record that cannot be trusted */
} hf_report_searches_counts;
bool hf_report_searches(hf_vault *vault, const hf_report_options *options,
                        hf_report_searches_counts *counts, GError **error);
/* The newest run of `ingest` that was finished; *run is 0 if there is none. */
bool hf_report_last_run(hf_catalog *catalog, int64_t *run, GError **error);

/* ---- forms of the reports below ---- Each writes the same bytes for the same state of the vault, whoever asks, whenever. */
typedef enum {
    HF_REPORT_TABLE, /* for people; lines of `width` columns, at least 80 */
    HF_REPORT_CSV,   /* one row a number's place; RFC 4180 */
    HF_REPORT_JSON,  /* one object */
    HF_REPORT_HTML,  /* one page that needs nothing else */
} hf_report_form;
bool hf_report_parse_form(const char *name, hf_report_form *out, GError **error);

/* ---- term lists (terms_list.c) ---- one term a line; the form: holdfast-terms(1), "TERM LISTS". */
typedef struct {
    char *name;            /* NULL: none was given */
    char *text;            /* the lines of one that goes on are joined by newlines */
    unsigned line, column; /* where the text begins, from 1 */
} hf_report_term;
/* What was refused of a list. Begin with {.list = its name}; clear it in the end. */
typedef struct {
    const char *list;
    GPtrArray *rows; /* private */
    unsigned count;
} hf_report_refusals;
void hf_report_refusals_clear(hf_report_refusals *refusals);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_report_refusals, hf_report_refusals_clear)
/* All of them by line and column: "LIST:LINE:COLUMN: message; advice", the line, and carets below what is wrong. g_free. */
char *hf_report_refusals_text(const hf_report_refusals *refusals);
/* The terms, of hf_report_term; lines that are not of the form are told in `refusals`. NULL with HF_ERROR_INVALID if there is
 * no term in it, or it is no UTF-8 text at all. */
GPtrArray *hf_report_terms_read(const char *bytes, size_t n, hf_report_refusals *refusals,
                                GError **error);

/* ---- the search term report (terms_count.c) ---- domain-facts.md "Search term report". Documents of the set are counted;
 * families are whole families of the scope, also where a member lies outside of the set. */
typedef struct {
    uint64_t documents;       /* with a hit */
    uint64_t with_family;     /* documents of the families in which one is */
    uint64_t families;        /* in which one is */
    uint64_t unique;          /* documents with no hit of another term */
    uint64_t unique_families; /* families without one */
} hf_report_hits;
typedef struct {
    const char *within;       /* a query: the set that is searched; NULL: the scope */
    const char *const *noise; /* words, folded; NULL: none */
    const char *noise_name;   /* the name of their list */
    const char *list_sha256;  /* of the term list, hexadecimal; NULL: not told */
    bool custodians;          /* the same numbers for each custodian */
    hf_progress_mode progress;
} hf_report_terms_options;
typedef struct hf_report_terms hf_report_terms;
/* Reads and evaluates every term. If one is refused (or `refusals` has something already) nothing is counted: NULL with
 * HF_ERROR_QUERY, and all that was refused is in `refusals`. `terms` outlives the report. */
hf_report_terms *hf_report_terms_run(hf_scope *scope, const GPtrArray *terms,
                                     const hf_report_terms_options *options,
                                     hf_report_refusals *refusals, GError **error);
void hf_report_terms_free(hf_report_terms *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_report_terms, hf_report_terms_free)
/* Documents hit by any term. */
const hf_set *hf_report_terms_found(const hf_report_terms *report);
bool hf_report_terms_write(const hf_report_terms *report, hf_report_form form, int fd,
                           unsigned width, GError **error);

/* ---- the funnel (funnel.c) ---- what became of what was collected: holdfast-report(1), "THE FUNNEL". In every column
 * collected = left out + known + duplicates + unique, in documents and in bytes. */
typedef struct {
    const GPtrArray *terms; /* of hf_report_term; NULL: none */
    const char *list;       /* name of their list */
    const char *query;      /* one term more; NULL */
    const char *from, *to;  /* family date: days, months or years, both included; NULL: open */
    const char *tag;        /* NULL */
    hf_progress_mode progress;
} hf_report_funnel_options;
typedef struct hf_report_funnel hf_report_funnel;
/* As hf_report_terms_run: refused terms are in `refusals`. */
hf_report_funnel *hf_report_funnel_run(hf_scope *scope, const hf_report_funnel_options *options,
                                       hf_report_refusals *refusals, GError **error);
void hf_report_funnel_free(hf_report_funnel *funnel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_report_funnel, hf_report_funnel_free)
/* What the last stage that was asked for has; the funnel's. */
const hf_set *hf_report_funnel_found(const hf_report_funnel *funnel);
bool hf_report_funnel_write(const hf_report_funnel *funnel, hf_report_form form, int fd,
                            unsigned width, GError **error);

/* ---- tag conflicts (conflicts.c) ---- families whose members have different tags of an exclusive group; options->all: also
 * those of which some have one and others none. *count: how many there are, whatever the limit. */
bool hf_report_conflicts(hf_catalog *catalog, const hf_report_options *options, uint64_t *count,
                         GError **error);

/* ---- the order of a result (order.c) ---- */
typedef enum {
    HF_REPORT_BY_NUMBER,
    HF_REPORT_BY_DATE,
    HF_REPORT_BY_FAMILY_DATE,
    HF_REPORT_BY_RELEVANCE, /* best first */
    HF_REPORT_BY_CUSTODIAN, /* whose name is shown */
    HF_REPORT_BY_PATH,      /* that is shown: root, folder, name, path inside */
    HF_REPORT_BY_SIZE,
    HF_REPORT_BY_LAST
} hf_report_by;
typedef struct {
    hf_report_by by;
    bool reverse;
    uint64_t offset, limit; /* documents passed over first, and shown then; limit 0: all */
    const hf_query *query;  /* by relevance: what was asked; evaluated */
} hf_report_order;
/* HF_ERROR_USAGE lists the names: number, date, family-date, relevance, custodian, path, size. */
bool hf_report_order_parse(const char *name, hf_report_by *out, GError **error);
typedef bool (*hf_report_document_fn)(void *data, uint32_t id, GError **error);
/* Calls `fn` for each document of `set` in the order; equal ones by number, and those that have not what is sorted by last,
 * whichever way. Memory is bounded, whatever the size of the set. */
bool hf_report_in_order(hf_scope *scope, const hf_set *set, const hf_report_order *order,
                        hf_report_document_fn fn, void *data, GError **error);

/* ---- samples (sample.c) ---- The documents whose SHA-256 of "SEED NUMBER" (such as "42 HF0000123") is lowest: so a sample is
 * the same on any machine, a larger one contains the smaller, and anybody can check it. */
hf_set *hf_report_sample(const hf_set *set, uint64_t size, uint64_t seed);
typedef struct {
    char *name; /* of the custodian; NULL: documents without one */
    uint64_t documents, drawn;
} hf_report_stratum;
/* Shares `size` (at most the sum of the documents) out in proportion, by largest remainder; of equal remainders the larger
 * stratum's first, then the earlier one's. */
void hf_report_share(hf_report_stratum *strata, size_t n, uint64_t size);
/* The same from each custodian that is shown with a document; *strata: of hf_report_stratum by name, free it. */
hf_set *hf_report_sample_by_custodian(hf_scope *scope, const hf_set *set, uint64_t size,
                                      uint64_t seed, GArray **strata, GError **error);

/* ---- facets (facet.c) ---- how many documents of a set have each value, as rows of facet, value, documents, share. */
typedef enum {
    HF_REPORT_FACET_CUSTODIAN, /* every one that has it; so a document may count several times */
    HF_REPORT_FACET_TYPE,      /* kinds, as hf_identify_kind */
    HF_REPORT_FACET_YEAR,      /* of the date, in the documents' zones */
    HF_REPORT_FACET_MONTH,
    HF_REPORT_FACET_FROM_DOMAIN,
    HF_REPORT_FACET_LANGUAGE,
    HF_REPORT_FACET_MATTER,
    HF_REPORT_FACET_LAST
} hf_report_facet;
/* "custodian,type": a GArray of hf_report_facet, each once. HF_ERROR_USAGE lists the names. */
GArray *hf_report_facet_parse(const char *list, GError **error);
/* A table each for people, with bars; one list for programs. options->limit: values shown of each facet (0: all). */
bool hf_report_facets(hf_scope *scope, const hf_set *set, const GArray *facets,
                      const hf_report_options *options, GError **error);

/* ---- histogram (histogram.c) ---- documents by date, one row a period; a run of empty periods above a few is one row. */
typedef enum {
    HF_REPORT_YEAR,
    HF_REPORT_MONTH,
    HF_REPORT_WEEK, /* ISO 8601 */
    HF_REPORT_DAY,
    HF_REPORT_AUTO /* the smallest of them that gives a page */
} hf_report_unit;
bool hf_report_unit_parse(const char *name, hf_report_unit *out, GError **error);
/* Rows of period, first and last day, periods, documents, share; the last one, without a period, is what has no date. */
bool hf_report_histogram(hf_scope *scope, const hf_set *set, hf_report_unit unit,
                         const hf_report_options *options, GError **error);

G_END_DECLS
