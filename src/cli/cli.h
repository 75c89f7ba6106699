/* src/cli/cli.h -- what the commands share. Internal to src/cli. One file a command; main.c has their table. */
#pragma once
#include "holdfast/ingest.h"
#include "holdfast/query.h"
#include "holdfast/scope.h"
#include "holdfast/vault.h"

/* What stands before the command's name. */
typedef struct {
    const char *vault; /* NULL: not given */
    const char *key_file;
    const char *passphrase_file;
    gboolean quiet;
    char *passphrase;
} hf_cli;

typedef struct {
    const char *name, *summary;
    /* argv[0] is the command's name. Returns the exit status; an error is told by main. */
    int (*run)(hf_cli *cli, int argc, char **argv, GError **error);
} hf_command;

/* Exit statuses (design.md "The command line"). */
enum {
    HF_EXIT_DONE = 0,
    HF_EXIT_EXCEPTIONS = 1,
    HF_EXIT_USAGE = 2,
    HF_EXIT_REFUSED = 3,
    HF_EXIT_INTEGRITY = 4,
    HF_EXIT_BUSY = 5,
    HF_EXIT_INTERNAL = 70
};
int hf_cli_exit_status(const GError *error);

/* Whether a command that has several (`holdfast tag add`) was asked for --help alone; then it printed them. `parts` is what
 * follows the command's name in each, NULL-terminated. */
bool hf_cli_parts_help(const char *command, const char *const *parts, int argc, char **argv);
/* Reads options; `usage` is what follows the command's name ("[OPTION...] PATH..."), `about` one paragraph. --help prints and
 * ends the program. *rest gets what is left, NULL-terminated (free with g_strfreev). False with HF_ERROR_USAGE. */
bool hf_cli_options(const char *command, const char *usage, const char *about,
                    const GOptionEntry *entries, int argc, char **argv, char ***rest,
                    GError **error);
/* The same for a command that lists and has no option but --format: table, json, jsonl or csv. `most`: how many arguments it
 * takes. */
bool hf_cli_list_options(const char *command, const char *usage, const char *about, guint most,
                         int argc, char **argv, hf_format *format, char ***rest, GError **error);
/* Opens the vault that --vault, HOLDFAST_VAULT or the nearest .holdfast above names. */
hf_vault *hf_cli_open(hf_cli *cli, bool write, const char *command, GError **error);
/* What --vault and the rest come to; strings belong to cli. */
bool hf_cli_vault_options(hf_cli *cli, hf_vault_options *options, GError **error);
/* Signs a checkpoint over what the command wrote to the audit log. */
bool hf_cli_checkpoint(hf_vault *vault, GError **error);
/* Runs `act` in a catalog transaction, with a checkpoint after it. */
typedef bool (*hf_cli_act)(hf_vault *vault, void *data, GError **error);
bool hf_cli_transaction(hf_vault *vault, hf_cli_act act, void *data, GError **error);
bool hf_cli_usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The width of the terminal on stdout, 0 if it is none. */
unsigned hf_cli_width(void);
/* A file of at most `limit` bytes; "-" is standard input. */
GBytes *hf_cli_read(const char *path, size_t limit, GError **error);
/* How messages call a file that was named: its last part, "standard input" for "-"; g_free. */
char *hf_cli_shown_file(const char *path);
/* Lines of a file, without line ends and empty lines; "-" is standard input. */
char **hf_cli_lines(const char *path, GError **error);
/* Prints to standard output, line or text; a failed write ends the program quietly. */
void hf_cli_print(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Says on standard error that a list is empty, where it is for people: below a table, unless quiet. A program sees nothing. */
/* What a cell of a HF_COLUMN_JSON column has for several names: an array of JSON, or "; " between them; g_free. */
char *hf_cli_list_cell(hf_format format, char **list);
void hf_cli_none(const hf_cli *cli, hf_format format, uint64_t rows, const char *sentence);
/* The zone that the vault shows times in; unref it. */
GTimeZone *hf_cli_zone(hf_vault *vault);

/* ---- queries on the command line (query.c) ---- */
/* Turns the refusal of a query into one error for people: that nothing was done (`undone`, such as "nothing was searched"),
 * the text, the place and the advice. An error without a fault stays as it is. Returns false. */
bool hf_cli_refused(const hf_query_fault *fault, const char *text, const char *undone,
                    GError **error);
/* The words of a sealed query, or in parentheses why there are none. g_free. */
char *hf_cli_opened_query(hf_vault *vault, const char *sealed);
/* Noise words as dtSearch keeps them, white space between: folded, each once, NULL-terminated; g_strfreev. HF_ERROR_INVALID
 * for what is no single word. */
char **hf_cli_noise_words(const char *path, GError **error);

/* ---- lists of documents (ids.c) ---- */
/* The documents whose control numbers stand in a file, one a line ("-": standard input); blank lines are none. HF_ERROR_INVALID has
 * every line that is no control number of the scope, behind what was not done (`undone`). */
hf_set *hf_cli_ids(hf_scope *scope, const char *path, const char *undone, GError **error);

/* ---- the log of searches (logged.c) ---- Before anything is shown: what cannot be logged is not shown. */
/* `action` is the command's word; `to` the format or the file that it goes to; query, matter and `to` may be NULL. */
bool hf_cli_log_search(hf_vault *vault, const char *action, const char *query, const char *matter,
                       uint64_t documents, uint64_t shown, const char *to, GError **error);
/* That something of one document goes out: `action` such as "show", "export native"; with the query whose hits are marked
 * (NULL: none), to `path` (NULL: standard output). */
bool hf_cli_log_export(hf_vault *vault, const char *action, uint32_t document, const char *query,
                       const char *path, GError **error);

int hf_init_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_ingest_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_exception_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_search_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_terms_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_show_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_matter_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_custodian_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_tag_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_saved_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_report_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_verify_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_status_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_reindex_command(hf_cli *cli, int argc, char **argv, GError **error);
int hf_help_command(hf_cli *cli, int argc, char **argv, GError **error);
