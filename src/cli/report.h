/* src/cli/report.h -- the reports that have a file of their own. Internal to src/cli. */
#pragma once
#include "cli/cli.h"

/* argv[0] is the report's name. */
int hf_report_funnel_command(hf_cli *cli, int argc, char **argv, GError **error);
