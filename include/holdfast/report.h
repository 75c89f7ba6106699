/* include/holdfast/report.h -- lists for the file: exceptions, the balance, what was left out, runs.
 *
 * Each writes rows to options->fd as a table, JSON, JSON lines or CSV, and streams: nothing is held but a page. The words
 * that stand below a table come as text. */
#pragma once
#include "holdfast/catalog.h"

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

G_END_DECLS
