/* src/report/funnel.h -- what a funnel has in it, for those who write it. Internal to src/report. */
#pragma once
#include "report/parts.h"

typedef struct {
    uint64_t documents, bytes;
} hf_funnel_amount;
typedef enum {
    HF_FUNNEL_KEPT,    /* what is left, one after the other */
    HF_FUNNEL_REMOVED, /* what went between the one before and the one after */
    HF_FUNNEL_WIDENED, /* the one before, with whole families: it may be more */
} hf_funnel_kind;
typedef struct {
    const char *key;
    char *title;
    char *check; /* what else gives the number; NULL */
    hf_funnel_kind kind;
    hf_funnel_amount
        *amounts; /* [0] all, then each custodian; NULL: there is nothing to count yet */
} hf_funnel_stage;

struct hf_report_funnel {
    hf_report_state state;
    GPtrArray *custodians; /* names; NULL: where nobody was named */
    GPtrArray *stages;     /* of hf_funnel_stage */
    GPtrArray *notes;      /* sentences */
    hf_set *found;
};
/* Why the custodians' numbers come to more than the whole. */
#define HF_FUNNEL_SHARED                                                                           \
    "A custodian's column is a funnel of its own: a duplicate there is a further copy with that "  \
    "custodian, and a document counts for each custodian with whom it was found, so that the "     \
    "columns can come to more than the whole after deduplication."
const char *hf_funnel_custodian(const hf_report_funnel *funnel, guint i);
void hf_funnel_html(const hf_report_funnel *funnel, GString *out);
