#include "cli/cli.h"
int hf_exception_command(hf_cli *cli, int argc, char **argv, GError **error){(void)cli;(void)argc;(void)argv;(void)error;return 70;}
