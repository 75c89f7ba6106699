#include "verify/parts.h"

#define ADVICE_SPOOL                                                                               \
    "the file searches was changed outside holdfast, or its disk is damaged: the next command "    \
    "that "                                                                                        \
    "changes something puts what is left of it into the audit log, marked as damaged"
#define ADVICE_KEYS "restore keys/ from a backup, then run holdfast verify"

static void tell(void *data, const char *sentence)
{
    hf_verify_find(data, "audit", 0, 0, ADVICE_SPOOL, "%s", sentence);
}

/* Damage becomes a finding; else what the system refused goes out. */
static bool went(hf_verify *v, const char *part, const char *advice, GError *failed, GError **error)
{
    if (failed == NULL)
        return true;
    if (!g_error_matches(failed, HF_ERROR, HF_ERROR_INTEGRITY)) {
        g_propagate_error(error, failed);
        return false;
    }
    hf_verify_find(v, part, 0, 0, advice, "%s", failed->message);
    g_error_free(failed);
    return true;
}

static bool check_keys(hf_verify *v, bool *right, GError **error)
{
    GError *failed = NULL;
    hf_store_query_keys keys;
    *right = hf_store_count_queries(v->store, HF_TIME_NONE, &keys, &failed);
    return went(v, "key", ADVICE_KEYS, failed, error);
}

bool hf_searches_check(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    uint64_t waiting = 0;
    bool torn = false, right = false;
    if (!check_keys(v, &right, error))
        return false;
    /* Without its keys nothing can be said of a search but that; it was told just now. */
    if (!right)
        return true;
    hf_vault_check_spool(v->vault, tell, v, &waiting, &torn, &failed);
    if (waiting > 0)
        hf_verify_note(v,
                       "searches that are not in the audit log yet: %" G_GUINT64_FORMAT
                       " (the next command that changes something takes them in)%s",
                       waiting,
                       torn ? "; of the last one there is only a part: who searched was stopped "
                              "before anything was shown"
                            : "");
    return went(v, "audit", ADVICE_SPOOL, failed, error);
}
