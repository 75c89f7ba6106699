/* src/cli/tag.h -- the parts of the tag command. Internal to src/cli. */
#pragma once
#include "cli/cli.h"

/* tag list, tag history: argv[0] is that word. (tag_list.c) */
int hf_tag_list_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_tag_history_command(hf_cli *cli, int argc, char **argv, GError **error);
