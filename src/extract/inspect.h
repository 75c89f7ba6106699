/* src/extract/inspect.h -- what the extractors say of a file, printed: a tool for those who write them. */
#pragma once

/* Reads the files named in `argv` in this process, without a sandbox, and prints what the sink is told. Options before the
 * names: --type TYPE (instead of identification), --name NAME, --all-embedded, --password P, --text (text only),
 * --quiet (counts only), --identify (type only), --time (and how long each took). Returns the exit status. */
int hf_inspect_main(int argc, char **argv);
