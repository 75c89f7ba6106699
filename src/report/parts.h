/* src/report/parts.h -- what the reports share. Internal to src/report. */
#pragma once
#include "holdfast/report.h"

/* Columns of a table that nobody looks at in a terminal, and the least of one that is. */
#define HF_REPORT_WIDTH 80

/* ---- term lists (terms_list.c) ---- tells of a fault in a term's text: a query's. */
void hf_report_terms_refuse(hf_report_refusals *refusals, const hf_report_term *term,
                            const hf_query_fault *fault);

/* ---- families and custodians (holdings.c) ---- Families of a scope are numbered from 1, custodians from 0. */
typedef struct {
    uint32_t end;      /* above the greatest document id */
    uint32_t families; /* their numbers are below this */
    uint32_t *family;  /* by document id: its number; 0: not of the scope */
    uint32_t *members; /* by family: its documents in the scope */
    GPtrArray *names;  /* by custodian, in the order of the alphabet ... */
    guint nobody;      /* ... and the last, NULL: where nobody was named */
    GHashTable *by_id; /* id in the catalog -> number */
    uint32_t
        *holds_from; /* by family: where its custodians begin in `holders`; one more at the end */
    uint32_t *holders;
    uint64_t *places; /* like `holders`: how often the family was found with that custodian */
} hf_holdings;
hf_holdings *hf_holdings_new(hf_scope *scope, GError **error);
void hf_holdings_free(hf_holdings *holdings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_holdings, hf_holdings_free)
/* The custodian by its id in the catalog; nobody's number if there is none. */
guint hf_holdings_custodian(const hf_holdings *holdings, int64_t id);

/* ---- which state of the vault (state.c) ---- names it so that a report can be made again, or checked. */
typedef struct {
    char *vault;        /* its id */
    uint64_t log_rows;  /* entries of the audit log */
    char *log_root;     /* root of their Merkle tree, hexadecimal */
    hf_time changed;    /* time of the last entry */
    uint64_t segments;  /* of the index */
    uint64_t documents; /* of the scope */
    uint32_t highest;   /* control number */
    char *matter;       /* of the scope; NULL */
} hf_report_state;
bool hf_report_state_read(hf_scope *scope, hf_report_state *state, GError **error);
void hf_report_state_clear(hf_report_state *state);
/* Writes it as the value of "state". */
void hf_report_state_json(const hf_report_state *state, hf_json *json);

/* ---- a query that cuts the scope (within.c) ---- a source that goes over `set` only, which stays the caller's. */
typedef struct {
    const hf_query_source *inner;
    const hf_set *set;
} hf_report_within;
void hf_report_within_fill(hf_report_within *within, hf_query_source *source);
/* Reads and evaluates a query that was given as `name` ("--in"): a fault is told by its place in it. */
hf_set *hf_report_within_query(hf_scope *scope, const hf_query_options *options, const char *name,
                               const char *text, char **read_as, GError **error);

/* ---- a table whose first column is folded (grid.c) ---- lines of at most `width` columns. */
typedef struct hf_grid hf_grid;
/* `titles` has n texts, a newline begins another line; all but the first column are numbers, on the right. `hang`: spaces
 * before the second and further lines of a first column. */
hf_grid *hf_grid_new(const char *const *titles, size_t n, unsigned hang);
/* NULL is an empty cell. A row that `rules` has a line above it. */
void hf_grid_row(hf_grid *grid, const char *const *cells, bool rules);
/* Appends the table and frees it. */
void hf_grid_finish(hf_grid *grid, unsigned width, GString *out);
/* Appends `text` folded to `width`, with `hang` spaces before all lines but the first. */
void hf_grid_fold(GString *out, const char *text, unsigned width, unsigned hang);
/* Any text as one line that a terminal can show, blanks folded; g_free. */
char *hf_grid_safe(const char *text);

/* ---- pages (html.c) ---- */
/* Appends text so that it is text, whatever it has in it. */
void hf_html_text(GString *out, const char *text);
void hf_html_number(GString *out, uint64_t number);
/* From the beginning to the page's heading, and what ends it. */
void hf_html_begin(GString *out, const char *title, const char *about);
void hf_html_end(GString *out);
/* A cell of a table with a bar of `part` in `whole` behind the number. */
void hf_html_bar(GString *out, uint64_t part, uint64_t whole);
