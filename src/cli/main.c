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
    {"show", "show one document: its text, native, family, history", hf_show_command},
    {"matter", "the cases that work is done for", hf_matter_command},
    {"custodian", "the people and systems that documents came from", hf_custodian_command},
    {"report", "lists for the file: exceptions, runs", hf_report_command},
    {"verify", "read everything back and compare", hf_verify_command},
    {"status", "the vault on one screen", hf_status_command},
    {"reindex", "build what is missing of the index, or all of it", hf_reindex_command},
    {"help", "this list, or a command's manual page", hf_help_command},
};

static void print_usage(FILE *out)
{
    fputs("holdfast " HF_VERSION " - collects a firm's documents, keeps them provably, finds them exactly\n\n"
          "usage: holdfast [--vault DIR] [--key-file FILE | --passphrase-file FILE] [--quiet] COMMAND ...\n\n",
          out);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\nThe vault is also found from HOLDFAST_VAULT or the nearest .holdfast above.\n"
          "`holdfast COMMAND --help` tells a command's options, `holdfast help COMMAND` shows its manual page.\n",
          out);
}

int hf_help_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    (void)cli;
    if (argc < 2) {
        print_usage(stdout);
        return HF_EXIT_DONE;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].name, argv[1]) != 0)
            continue;
        g_autofree char *page = g_strconcat("holdfast-", argv[1], NULL);
        execlp("man", "man", page, (char *)NULL);
        char help[] = "--help";
        char *help_argv[] = {argv[1], help, NULL};
        return commands[i].run(cli, 2, help_argv, error); /* there is no man: the options at least */
    }
    hf_cli_usage_error(error, "there is no command \"%s\": see holdfast help", argv[1]);
    return HF_EXIT_USAGE;
}

/* Takes the options that stand before the command; the index of the command's name, or -1 with *error. */
static int global_options(hf_cli *cli, int argc, char **argv, GError **error)
{
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        const struct {
            const char *name;
            const char **value;
        } values[] = {{"--vault", &cli->vault}, {"--key-file", &cli->key_file}, {"--passphrase-file", &cli->passphrase_file}};
        bool found = false;
        for (unsigned i = 0; i < G_N_ELEMENTS(values) && !found; i++) {
            size_t n = strlen(values[i].name);
            if (strcmp(argv[at], values[i].name) == 0 && at + 1 < argc) {
                *values[i].value = argv[++at];
                found = true;
            } else if (strncmp(argv[at], values[i].name, n) == 0 && argv[at][n] == '=') {
                *values[i].value = argv[at] + n + 1;
                found = true;
            }
        }
        if (found)
            continue;
        if (strcmp(argv[at], "--quiet") == 0 || strcmp(argv[at], "-q") == 0) {
            cli->quiet = TRUE;
        } else if (strcmp(argv[at], "--version") == 0) {
            puts("holdfast " HF_VERSION);
            exit(HF_EXIT_DONE);
        } else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            print_usage(stdout);
            exit(HF_EXIT_DONE);
        } else {
            hf_cli_usage_error(error, "unknown option \"%s\" before the command: see holdfast help", argv[at]);
            return -1;
        }
    }
    return at;
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
