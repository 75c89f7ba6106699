#include "holdfast/base.h"
#include <string.h>

GQuark hf_error_quark(void)
{
    return g_quark_from_static_string("hf-error");
}

GQuark hf_item_error_quark(void)
{
    return g_quark_from_static_string("hf-item-error");
}

static const struct {
    const char *name, *advice;
} items[HF_ITEM_LAST] = {
    [HF_ITEM_ENCRYPTED] = {"encrypted", "give its password: exception retry --password-file FILE"},
    [HF_ITEM_DAMAGED] = {"damaged",
                         "ask the custodian for a sound copy: exception replace ID FILE"},
    [HF_ITEM_TRUNCATED] = {"truncated",
                           "ask the custodian for a whole copy: exception replace ID FILE"},
    [HF_ITEM_UNSUPPORTED] = {"unsupported",
                             "its native is kept; review it by hand, or waive it with a reason"},
    [HF_ITEM_LIMIT] = {"limit", "a limit stopped it; unpack it apart and ingest the parts"},
    [HF_ITEM_TIMEOUT] = {"timeout",
                         "it took too long to read; try exception retry on a quiet machine"},
    [HF_ITEM_DIED] =
        {"died", "its reader failed; its native is kept; report the fault and review it by hand"},
    [HF_ITEM_PROTOCOL] = {"protocol", "its reader broke its rules; treat the file as hostile"},
    [HF_ITEM_UNREADABLE] = {"unreadable", "make the file readable for this user and ingest again"},
    [HF_ITEM_CHANGED] = {"changed",
                         "it changed while it was read; ingest again when nothing writes to it"},
    [HF_ITEM_UNSAFE_NAME] = {"unsafe-name",
                             "nothing to do: it was kept under a safe name; treat it as hostile"},
    [HF_ITEM_SPECIAL] = {"special",
                         "links and devices are listed, not read; ingest what a link points to"},
    [HF_ITEM_NO_TEXT] =
        {"no-text", "it is pictures only: it cannot be searched until it is read by OCR or eye"},
    [HF_ITEM_VANISHED] = {"vanished",
                          "it was gone when it was to be read; ingest again if it comes back"},
};

const char *hf_error_item_name(hf_item_error code)
{
    return (unsigned)code < HF_ITEM_LAST ? items[code].name : "unknown";
}

int hf_error_item_parse(const char *name)
{
    for (int i = 0; i < HF_ITEM_LAST; i++) {
        if (strcmp(items[i].name, name) == 0)
            return i;
    }
    return -1;
}

const char *hf_error_item_advice(hf_item_error code)
{
    return (unsigned)code < HF_ITEM_LAST ? items[code].advice : "";
}

bool hf_error_set_errno(GError **error, int errno_value, const char *operation, const char *path)
{
    g_autofree char *shown = hf_name_display(path, -1);
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot %s \"%s\": %s", operation, shown,
                g_strerror(errno_value));
    return false;
}
