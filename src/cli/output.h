/* src/cli/output.h -- where a report goes: standard output, or a file that is there as a whole or as it was before. Internal to
 * src/cli. */
#pragma once
#include "cli/cli.h"

typedef struct {
    const char *path; /* NULL: standard output */
    int fd;           /* to write to */
} hf_output;
/* False with *error if there is nothing to write to. */
bool hf_output_open(hf_output *output, const char *path, GError **error);
/* `whole`: the report is all there; else the file stays as it was. Returns whether the report went out. */
bool hf_output_close(hf_output *output, bool whole, GError **error);
/* The terminal's width, 0 for what is not one. */
unsigned hf_output_width(const hf_output *output);
