/* counts.h -- how many documents have each value of a column, or fall into each period of their zone. Private to src/report. */
#pragma once
#include "holdfast/report.h"

/* int64_t* → uint64_t*, HF_TIME_NONE for those without a value; both the caller's. */
GHashTable *hf_counts_of_column(hf_scope *scope, const hf_set *set, hf_column_id column,
                                GError **error);
/* By the review date, in the zones of the documents' matters; the periods are numbered as in calendar.h. */
GHashTable *hf_counts_of_periods(hf_scope *scope, const hf_set *set, hf_report_unit unit,
                                 GError **error);
