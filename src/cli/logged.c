#include "cli/cli.h"

bool hf_cli_log_search(hf_vault *vault, const char *action, const char *query, const char *matter,
                       uint64_t documents, uint64_t shown, const char *to, GError **error)
{
    const hf_vault_search search = {.action = action,
                                    .query = query,
                                    .documents = documents,
                                    .shown = shown,
                                    .to = to,
                                    .matter = matter};
    return hf_vault_log_search(vault, &search, error);
}

bool hf_cli_log_export(hf_vault *vault, const char *action, uint32_t document, const char *query,
                       const char *path, GError **error)
{
    g_autofree char *number = hf_catalog_control_number(document);
    /* A path is of any bytes; the log is of text. */
    g_autofree char *to = path != NULL ? hf_name_display(path, -1) : NULL;
    const hf_vault_search search = {
        .action = action, .query = query, .documents = 1, .shown = 1, .to = to, .object = number};
    return hf_vault_log_search(vault, &search, error);
}
