#include "extract/loaded.h"
#include <dlfcn.h>
#include <iconv.h>
#include <libxml/parser.h>
#include <locale.h>
#include <string.h>
#include <time.h>

/* Of the one format whose library has something to load (extract_pdf.c). */
void hf_extract_pdf_load(void);

/* glibc unloads a module a while after its last iconv_close, so one descriptor of each stays open. */
static void load_charset(GHashTable *modules, char **words)
{
    guint n = g_strv_length(words);
    if (n < 4 || strcmp(words[0], "module") != 0 || strcmp(words[2], "INTERNAL") != 0 ||
        !g_hash_table_add(modules, g_strdup(words[3])))
        return;
    g_autofree char *charset = g_strndup(words[1], strcspn(words[1], "/"));
    (void)iconv_open("UTF-8", charset);
}

static void load_list(GHashTable *modules, const char *path)
{
    g_autofree char *list = NULL;
    if (!g_file_get_contents(path, &list, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(list, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *words[5] = {0};
        if (!g_str_has_prefix(*line, "module"))
            continue;
        char *rest = NULL;
        for (size_t i = 0; i < 4; i++)
            words[i] = strtok_r(i == 0 ? *line : NULL, " \t", &rest);
        load_charset(modules, words);
    }
}

/* The modules lie beside the C library. */
static void load_charsets(void)
{
    Dl_info info;
    if (dladdr((void *)iconv_open, &info) == 0 || info.dli_fname == NULL)
        return;
    g_autofree char *directory = g_path_get_dirname(info.dli_fname);
    g_autofree char *common = g_build_filename(directory, "gconv", "gconv-modules", NULL);
    g_autofree char *extra =
        g_build_filename(directory, "gconv", "gconv-modules.d", "gconv-modules-extra.conf", NULL);
    g_autoptr(GHashTable) modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    load_list(modules, common);
    load_list(modules, extra);
}

void hf_loaded_open(bool charsets)
{
    setlocale(LC_ALL, "C.UTF-8");
    tzset();
    xmlInitParser();
    if (charsets)
        load_charsets();
    hf_extract_pdf_load();
}
