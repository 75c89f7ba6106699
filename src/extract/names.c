#include "holdfast/extract.h"
#include "extract/wire.h"
#include <string.h>

static const char *const meta_names[HF_META_LAST] = {
    [HF_META_TITLE] = "title",
    [HF_META_AUTHOR] = "author",
    [HF_META_SUBJECT] = "subject",
    [HF_META_TOPIC] = "topic",
    [HF_META_KEYWORDS] = "keywords",
    [HF_META_COMMENTS] = "comments",
    [HF_META_CREATED] = "created",
    [HF_META_MODIFIED] = "modified",
    [HF_META_PRINTED] = "printed",
    [HF_META_SENT] = "sent",
    [HF_META_RECEIVED] = "received",
    [HF_META_FROM] = "from",
    [HF_META_TO] = "to",
    [HF_META_CC] = "cc",
    [HF_META_BCC] = "bcc",
    [HF_META_REPLY_TO] = "reply-to",
    [HF_META_MESSAGE_ID] = "message-id",
    [HF_META_IN_REPLY_TO] = "in-reply-to",
    [HF_META_REFERENCES] = "references",
    [HF_META_LAST_AUTHOR] = "last-author",
    [HF_META_COMPANY] = "company",
    [HF_META_APPLICATION] = "application",
    [HF_META_PAGES] = "pages",
    [HF_META_SHEETS] = "sheets",
    [HF_META_LANGUAGE] = "language",
    [HF_META_CHARSET] = "charset",
    [HF_META_INLINE] = "inline",
    [HF_META_RECIPE_BODY] = "recipe-body",
    [HF_META_DERIVED] = "derived",
    [HF_META_OTHER] = "other",
};

const char *hf_extract_meta_name(hf_meta meta)
{
    return (unsigned)meta < HF_META_LAST ? meta_names[meta] : NULL;
}

int hf_extract_meta_parse(const char *name)
{
    for (int i = 0; i < HF_META_LAST; i++) {
        if (strcmp(meta_names[i], name) == 0)
            return i;
    }
    return -1;
}

/* The parent links no extractor, so what it has to know of them stands here a second time; a test compares the two. */
static const hf_extract_known known[] = {
    {"text", 1, false}, {"csv", 1, false},  {"html", 1, false},   {"xml", 1, false},
    {"docx", 1, false}, {"xlsx", 1, false}, {"pptx", 1, false},   {"pdf", 1, false},
    {"mail", 1, false}, {"mbox", 1, true},  {"archive", 1, true},
};

const hf_extract_known *hf_extract_find_known(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    }
    return NULL;
}

unsigned hf_extract_version(const char *name)
{
    const hf_extract_known *k = hf_extract_find_known(name);
    return k == NULL ? 0 : k->version;
}
