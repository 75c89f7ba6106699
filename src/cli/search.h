/* src/cli/search.h -- the parts of `holdfast search`. Internal to src/cli. */
#pragma once
#include "cli/cli.h"
#include "holdfast/report.h"
#include <stdio.h>

/* What was asked for; strings belong to it. */
typedef struct {
    char *matter, *save, *noise_file;
    gboolean explain, family, all_instances, count, reverse, by_custodian;
    hf_format format;
    hf_report_order order; /* its query is set when there is one */
    GArray *facets;        /* of hf_report_facet; NULL: none asked for */
    bool histogram;
    hf_report_unit unit;
    bool sampled;
    double sample_share; /* of the documents found; 0: sample_size is given */
    uint64_t sample_size, seed;
    char **noise; /* words; NULL: none */
    char **rest;
} hf_search_request;
/* Reads the command line (search_options.c). HF_ERROR_USAGE. */
bool hf_search_options_read(hf_search_request *request, int argc, char **argv, GError **error);
void hf_search_options_clear(hf_search_request *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_search_request, hf_search_options_clear)

/* A search that was made. */
typedef struct {
    const hf_cli *cli;
    const hf_search_request *request;
    hf_scope *scope;
    hf_query *query;
    const char *text;
    hf_set *hits;   /* what the query finds */
    hf_set *result; /* with families and of the sample, as asked for: what is shown */
    GArray *strata; /* of hf_report_stratum; NULL: none */
    uint64_t shown; /* rows that go out */
} hf_search;

/* ---- text with its hits (search_marks.c) ---- */
typedef struct {
    hf_vault *vault;
    const hf_query *query;
    size_t width; /* characters of a snippet */
} hf_search_marks;
/* The title or subject, else the name, with its hits between marks; *hit is set if there is one. */
char *hf_search_marks_title(const hf_search_marks *marks, const hf_document *document, bool *hit);
/* What of the document shows why it was found, with its hits between marks. */
char *hf_search_marks_snippet(const hf_search_marks *marks, const hf_document *document,
                              bool title_hit, GError **error);
/* A property with its hits between marks, as one line; *hit is set if there is one. */
char *hf_search_marks_property(const hf_query *query, unsigned fields, const char *value,
                               bool *hit);
/* The field of the index (bits) that a property is searched in; 0: none. */
unsigned hf_search_marks_field(const char *property);

/* ---- the rows (search_rows.c) ---- */
bool hf_search_rows(const hf_search *search, GError **error);

/* ---- the statement (search_statement.c) ---- what a reader of the result must know: how much there is, and what could not
 * be searched. */
typedef struct {
    uint64_t documents;
    uint64_t reasons[HF_ITEM_LAST]; /* of them, by what is open; the first reason of each counts */
} hf_search_lack;
typedef struct {
    uint64_t scope, hits, families, members; /* members: all documents of the families */
    uint64_t result;
    bool asks_words;
    hf_search_lack none, partial; /* without text, with a part of it */
    uint64_t encoded, unindexed;
} hf_search_statement;
bool hf_search_statement_make(const hf_search *search, hf_search_statement *statement,
                              GError **error);
/* As sentences. */
void hf_search_statement_write(const hf_search *search, const hf_search_statement *statement,
                               FILE *out);
/* As one JSON object. */
void hf_search_statement_write_json(const hf_search *search, const hf_search_statement *statement,
                                    FILE *out);
