/* src/cli/show.h -- the parts of `holdfast show`. Internal to src/cli. */
#pragma once
#include "cli/cli.h"
#include "holdfast/scope.h"
#include <stdio.h>

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
/* Says on standard error that a document has no text, why, and what to do about it. */
bool hf_show_no_text(const hf_show *show, GError **error);
/* Runs `write` with standard output, or with a pager ($PAGER, else less) where that is a terminal (show_text.c). */
typedef bool (*hf_show_write)(void *data, FILE *out, bool terminal, GError **error);
bool hf_show_paged(hf_show_write write, void *data, GError **error);
/* The text with every hit of a query marked, and the hits in other fields (show_hits.c). */
typedef struct {
    char *query;
    char **noise; /* NULL: none */
    int context;  /* lines around a hit; below 0: the whole text */
} hf_show_hits;
bool hf_show_hits_write(const hf_show *show, const hf_show_hits *asked, hf_scope *scope,
                        GError **error);
