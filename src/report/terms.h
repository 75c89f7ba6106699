/* src/report/terms.h -- what a search term report has in it, for those who write it. Internal to src/report. */
#pragma once
#include "report/parts.h"

typedef struct {
    const hf_report_term *term;
    char *read_as;        /* hf_query_text */
    char **unknown;       /* words that no document has */
    guint same_as;        /* number of the first term that was read the same way; 0: none */
    hf_report_hits *hits; /* [0] all, then each custodian of the report */
} hf_terms_row;

struct hf_report_terms {
    hf_report_state state;
    char *list, *list_sha256;   /* name and digest of the list; the latter may be NULL */
    char *zone;                 /* of the matter; of the vault where all is searched */
    char *within, *within_read; /* NULL: the whole scope */
    char *noise_name;           /* NULL: no noise words */
    char **noise;
    GPtrArray *rows;       /* of hf_terms_row */
    GPtrArray *custodians; /* names; NULL: where nobody was named */
    uint64_t *searched;    /* documents of the set: [0] all, then each custodian */
    uint64_t families;     /* in which a document of the set is */
    uint64_t no_text, partial, encoded, unindexed; /* of the set */
    hf_report_hits *total;                         /* unique numbers: hit by exactly one term */
    hf_set *found;
};

/* One sentence each, for the foot of the report: what is searched and how it is read. NULL-terminated pairs of topic and
 * sentence; g_strfreev. */
char **hf_terms_rules(const hf_report_terms *report);
/* What a reader must know of a term's numbers, or NULL; g_free. */
char *hf_terms_note(const hf_terms_row *row);
/* The set, the state, and what of the set cannot be searched: the same pairs. */
char **hf_terms_about(const hf_report_terms *report);
const char *hf_terms_custodian(const hf_report_terms *report, guint i);

void hf_terms_text(const hf_report_terms *report, unsigned width, GString *out);
void hf_terms_json(const hf_report_terms *report, GString *out);
void hf_terms_html(const hf_report_terms *report, GString *out);
