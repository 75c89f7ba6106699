/* include/holdfast/identify.h -- bytes to a media type. libmagic, refined by what it is known to get wrong
 * (format-facts.md "media type"): OOXML by [Content_Types].xml, OpenDocument and EPUB by their mimetype entry, OLE files by
 * their stream names, mail and mbox by their header lines. libmagic is a parser: it runs in the sandboxed worker. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct hf_identify hf_identify;

/* Bytes of the head that hf_identify_bytes wants where there are as many. */
#define HF_IDENTIFY_HEAD 8192

/* Loads libmagic's database (an explicit path, for the sandbox forbids looking for one). One for each thread. */
hf_identify *hf_identify_new(GError **error);
void hf_identify_free(hf_identify *identify);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_identify, hf_identify_free)

/* A thing to be named: its first bytes, and a way to read the rest (`fd` may be -1: then only the head is looked at). */
typedef struct {
    const uint8_t *head;
    size_t head_size;
    int fd;        /* seekable; read with pread only */
    uint64_t size; /* of the whole */
    const char *
        name; /* NULL if it has none; never trusted alone, only to choose among equals (csv, markdown) */
} hf_identify_input;

/* The media type, lower case, without parameters, a static or interned string: never NULL ("application/octet-stream"). */
const char *hf_identify_type(hf_identify *identify, const hf_identify_input *input);

/* Whether `extension` (lower case, no dot) is usual for `type`; true also where either is unknown. */
bool hf_identify_extension_fits(const char *extension, const char *type);

/* A short word for people, for tables: "email", "pdf", "word", "excel", "powerpoint", "html", "text", "image", … */
const char *hf_identify_kind(const char *type);
/* All of these words, each once, in alphabetical order; NULL-terminated, free with g_strfreev. */
char **hf_identify_kinds(void);

G_END_DECLS
