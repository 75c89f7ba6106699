/* src/cli/show.h -- the parts of `holdfast show`. Internal to src/cli. */
#pragma once
#include "cli/cli.h"

typedef struct {
    hf_cli *cli;
    hf_vault *vault;
    GTimeZone *zone;
    hf_document *document;
    hf_format format;
} hf_show;

/* What is known of the document, as lines of label and value or as one JSON object (show_about.c). */
bool hf_show_about(const hf_show *show, GError **error);
/* Writes the bytes of the native, or of the file that replaced it, into a new file; "-" is standard output
 * (show_native.c). HF_ERROR_INTEGRITY if they are not what was stored. */
bool hf_show_native(const hf_show *show, const char *file, GError **error);
bool hf_show_replacement(const hf_show *show, const char *file, GError **error);
/* The stored text, through a pager on a terminal (show_text.c). */
bool hf_show_text(const hf_show *show, GError **error);
