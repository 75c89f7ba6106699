#include "cli/cli.h"
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const hf_command commands[] = {
    {"init", "make a vault", hf_init_command},
    {"ingest", "collect documents into the vault", hf_ingest_command},
    {"exception", "deal with what could not be read: retry, replace, waive", hf_exception_command},
    {"search", "find documents", hf_search_command},
    {"terms", "the search term report: what each term of a list hits", hf_terms_command},
    {"show", "show one document: its text, native, family, history", hf_show_command},
    {"matter", "the cases that work is done for", hf_matter_command},
    {"custodian", "the people and systems that documents came from", hf_custodian_command},
    {"tag", "mark documents: responsive, privileged, ...", hf_tag_command},
    {"saved", "the searches that were saved under a name", hf_saved_command},
    {"report", "lists for the file: exceptions, runs, searches, tag conflicts, the funnel",
     hf_report_command},
    {"verify", "read everything back and compare", hf_verify_command},
    {"status", "the vault on one screen", hf_status_command},
    {"reindex", "build what is missing of the index, or all of it", hf_reindex_command},
    {"help", "this list, or a command's manual page", hf_help_command},
};

static void print_usage(FILE *out)
{
    fputs("holdfast " HF_VERSION
          " - collects a firm's documents, keeps them provably, finds them exactly\n\n"
          "usage: holdfast [--vault DIR] [--key-file FILE | --passphrase-file FILE] [--quiet] "
          "COMMAND ...\n\n",
          out);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\nThe vault is also found from HOLDFAST_VAULT or the nearest .holdfast above.\n"
          "`holdfast COMMAND --help` tells a command's options, `holdfast help COMMAND` shows its "
          "manual page,\n`holdfast help query` that of the language of searches.\n",
          out);
}

/* Where this program's manual page lies if it was built and not installed; NULL if it is not there. */
static char *page_beside_program(const char *page, const char *section)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = g_path_get_dirname(program != NULL ? program : ".");
    g_autofree char *file = g_strconcat(page, section, NULL);
    char *path = g_build_filename(directory, "..", "src", "man", file, NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        g_clear_pointer(&path, g_free);
    return path;
}

static bool show_page(const char *command, const char *section)
{
    g_autofree char *page = g_strconcat("holdfast-", command, NULL);
    g_autofree char *path = page_beside_program(page, section);
    char man[] = "man", local[] = "-l";
    char *installed[] = {man, page, NULL}, *beside[] = {man, local, path, NULL};
    int status;
    return g_spawn_sync(NULL, path != NULL ? beside : installed, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
           status == 0;
}

/* The language of searches is no command, but people ask for it where they ask for those. */
static int show_language(GError **error)
{
    if (show_page("query", ".7"))
        return HF_EXIT_DONE;
    g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                "cannot show the manual page holdfast-query(7): is man installed, and the page?");
    return HF_EXIT_INTERNAL;
}

int hf_help_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    (void)cli;
    if (argc < 2) {
        print_usage(stdout);
        return HF_EXIT_DONE;
    }
    if (strcmp(argv[1], "query") == 0)
        return show_language(error);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].name, argv[1]) != 0)
            continue;
        if (show_page(argv[1], ".1"))
            return HF_EXIT_DONE;
        char help[] = "--help";
        char *help_argv[] = {argv[1], help, NULL};
        return commands[i].run(cli, 2, help_argv,
                               error); /* no man, or no page: the options at least */
    }
    hf_cli_usage_error(error, "there is no command \"%s\": see holdfast help", argv[1]);
    return HF_EXIT_USAGE;
}

/* Takes the option of the program at argv[*at], with its value; false if it is none. */
static bool program_option(hf_cli *cli, int argc, char **argv, int *at)
{
    const struct {
        const char *name;
        const char **value;
    } values[] = {{"--vault", &cli->vault},
                  {"--key-file", &cli->key_file},
                  {"--passphrase-file", &cli->passphrase_file}};
    const char *option = argv[*at];
    if (strcmp(option, "--quiet") == 0 || strcmp(option, "-q") == 0) {
        cli->quiet = TRUE;
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        size_t n = strlen(values[i].name);
        if (strcmp(option, values[i].name) == 0 && *at + 1 < argc) {
            *values[i].value = argv[++*at];
            return true;
        }
        if (strncmp(option, values[i].name, n) == 0 && option[n] == '=') {
            *values[i].value = option + n + 1;
            return true;
        }
    }
    return false;
}

/* Takes the options that stand before the command; the index of the command's name, or -1 with *error. */
static int global_options(hf_cli *cli, int argc, char **argv, GError **error)
{
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (program_option(cli, argc, argv, &at))
            continue;
        if (strcmp(argv[at], "--version") == 0) {
            puts("holdfast " HF_VERSION);
            exit(HF_EXIT_DONE);
        } else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            print_usage(stdout);
            exit(HF_EXIT_DONE);
        } else {
            hf_cli_usage_error(error, "unknown option \"%s\" before the command: see holdfast help",
                               argv[at]);
            return -1;
        }
    }
    return at;
}

/* Takes the same options from behind the command's name; the new number of arguments. */
static int options_after(hf_cli *cli, int argc, char **argv, int command)
{
    int kept = command + 1, at = command + 1;
    for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
        if (strcmp(argv[at], "-q") == 0 || !program_option(cli, argc, argv, &at))
            argv[kept++] = argv[at];
    }
    for (; at < argc; at++)
        argv[kept++] = argv[at];
    return kept;
}

static int run_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    int at = global_options(cli, argc, argv, error);
    if (at < 0)
        return HF_EXIT_USAGE;
    if (at == argc) {
        print_usage(stderr);
        return HF_EXIT_USAGE;
    }
    argc = options_after(cli, argc, argv, at);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].name, argv[at]) == 0)
            return commands[i].run(cli, argc - at, argv + at, error);
    }
    hf_cli_usage_error(error, "there is no command \"%s\": see holdfast help", argv[at]);
    return HF_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    hf_cli cli = {0};
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    umask(077); /* whatever is written is the owner's */
    int status = run_command(&cli, argc, argv, &error);
    if (error != NULL) {
        fflush(stdout);
        fprintf(stderr, "holdfast: %s\n", error->message);
        status = hf_cli_exit_status(error);
    }
    if (fflush(stdout) != 0 && status == HF_EXIT_DONE)
        status = HF_EXIT_INTERNAL;
    return status;
}
