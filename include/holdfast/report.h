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
void hf_report_term_free(hf_report_term *term);
/* What was refused of a list, in the order of its lines: "LIST:LINE:COLUMN: message; advice", the line, and carets below what
 * is wrong. The caller makes `text`. */
typedef struct {
    const char *list; /* its name */
    GString *text;
    unsigned count;
} hf_report_refusals;
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

G_END_DECLS
