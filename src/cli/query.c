#include "cli/cli.h"
#include <string.h>

bool hf_cli_refused(const hf_query_fault *fault, const char *text, const char *undone,
                    GError **error)
{
    if (fault->message == NULL)
        return false;
    g_autofree char *block = g_strchomp(hf_query_fault_format(fault, text, 0));
    g_clear_error(error);
    g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "the query was refused: %s\n%s", undone, block);
    return false;
}

/* The word as texts have it; NULL if it is none, or several. */
static char *single_word(const char *text)
{
    hf_tokens tokens;
    hf_token word, more;
    hf_tokens_init(&tokens, text, strlen(text));
    if (!hf_tokens_next(&tokens, &word) || hf_tokens_next(&tokens, &more))
        return NULL;
    /* A mark beside the word (a wildcard) would be lost in silence. */
    if (word.start != 0 || word.end != strlen(text))
        return NULL;
    return g_strndup(word.word, word.length);
}

static bool add_words(GHashTable *words, const char *path, const char *line, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0')
            continue;
        char *word = g_utf8_validate(parts[i], -1, NULL) ? single_word(parts[i]) : NULL;
        if (word == NULL) {
            g_autofree char *shown = hf_name_display(parts[i], -1);
            g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                        "\"%s\" in the noise words of \"%s\" is not one word: a word is letters "
                        "and digits, without wildcards or punctuation",
                        shown, path);
            return false;
        }
        g_hash_table_add(words, word);
    }
    return true;
}

static int compare_words(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **hf_cli_noise_words(const char *path, GError **error)
{
    g_auto(GStrv) lines = hf_cli_lines(path, error);
    g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (lines == NULL)
        return NULL;
    for (guint i = 0; lines[i] != NULL; i++) {
        if (!add_words(words, path, lines[i], error))
            return NULL;
    }
    guint n;
    char **list = (char **)g_hash_table_get_keys_as_array(words, &n);
    g_hash_table_steal_all(words);
    qsort(list, n, sizeof *list, compare_words);
    return list;
}

char *hf_cli_opened_query(hf_vault *vault, const char *sealed)
{
    g_autoptr(GError) error = NULL;
    char *text = hf_vault_open_query(vault, sealed, &error);
    if (text != NULL)
        return text;
    if (g_error_matches(error, HF_ERROR, HF_ERROR_KEY))
        return g_strdup("(its words were destroyed)");
    return g_strdup_printf("(cannot be read: %s)", error->message);
}
