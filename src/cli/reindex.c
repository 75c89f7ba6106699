#include "cli/cli.h"
#include <unistd.h>

int hf_reindex_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    gboolean all = FALSE;
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "Build every segment again from stored text", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!hf_cli_options("reindex", "", "Builds what is missing of the index.", entries, argc, argv,
                        &rest, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, true, "reindex", error);
    if (vault == NULL ||
        !hf_ingest_reindex(vault, all, hf_progress_mode_for(STDERR_FILENO, cli->quiet), error))
        return HF_EXIT_INTERNAL;
    return HF_EXIT_DONE;
}
