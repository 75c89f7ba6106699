#include "ingest/tally.h"
#include "ingest/rows.h"
#include <string.h>

typedef struct {
    int64_t source, file;
    char *path;
    hf_balance balance;
} line;

struct hf_tally {
    GHashTable *lines; /* line -> itself */
};

static guint hash_line(gconstpointer data)
{
    const line *l = data;
    return g_str_hash(l->path) ^ (guint)(l->source * 31) ^ (guint)(l->file * 131);
}

static gboolean same_line(gconstpointer a, gconstpointer b)
{
    const line *x = a;
    const line *y = b;
    return x->source == y->source && x->file == y->file && strcmp(x->path, y->path) == 0;
}

static void free_line(gpointer data)
{
    line *l = data;
    g_free(l->path);
    g_free(l);
}

hf_tally *hf_tally_new(void)
{
    hf_tally *tally = g_new0(hf_tally, 1);
    tally->lines = g_hash_table_new_full(hash_line, same_line, free_line, NULL);
    return tally;
}

void hf_tally_free(hf_tally *tally)
{
    if (tally == NULL)
        return;
    g_hash_table_unref(tally->lines);
    g_free(tally);
}

static hf_balance *balance_of(hf_tally *tally, int64_t source, int64_t file, char *path)
{
    line wanted = {.source = source, .file = file, .path = path};
    line *l = g_hash_table_lookup(tally->lines, &wanted);
    if (l == NULL) {
        l = g_new0(line, 1);
        *l = (line){.source = source, .file = file, .path = g_strdup(path)};
        g_hash_table_add(tally->lines, l);
    }
    return &l->balance;
}

void hf_tally_balance(hf_balance *balance, hf_bucket bucket, uint64_t n)
{
    uint64_t *const buckets[] = {
        [HF_BUCKET_NEW] = &balance->new_,
        [HF_BUCKET_DUPLICATE] = &balance->duplicate,
        [HF_BUCKET_UNCHANGED] = &balance->unchanged,
        [HF_BUCKET_EXCLUDED] = &balance->excluded,
        [HF_BUCKET_EXCEPTION] = &balance->exception,
    };
    balance->found += n;
    *buckets[bucket] += n;
}

void hf_tally_add(hf_tally *tally, int64_t source, int64_t file, const char *path_inside,
                  hf_bucket bucket, uint64_t n)
{
    char none[] = "";
    hf_tally_balance(balance_of(tally, source, 0, none), bucket, n);
    if (file == 0 || *path_inside == '\0')
        return;
    hf_tally_balance(balance_of(tally, source, file, none), bucket, n);
    g_autofree char *path = g_strdup(path_inside);
    for (char *mark = strstr(path, "!/"); mark != NULL; mark = strstr(mark + 2, "!/")) {
        *mark = '\0';
        hf_tally_balance(balance_of(tally, source, file, path), bucket, n);
        *mark = '!';
    }
}

void hf_tally_add_inside(hf_tally *tally, int64_t source, int64_t file, const char *path_inside,
                         const hf_item *item, hf_bucket bucket)
{
    for (const hf_item *up = item->parent; up != NULL; up = up->parent) {
        if (!up->container)
            continue;
        g_autofree char *path = hf_rows_join(path_inside, up->path);
        hf_tally_balance(balance_of(tally, source, file, path), bucket, 1);
    }
}

void hf_tally_add_all(hf_tally *tally, int64_t source, const hf_balance *add)
{
    char none[] = "";
    hf_balance *balance = balance_of(tally, source, 0, none);
    balance->sources += add->sources;
    balance->found += add->found;
    balance->unchanged += add->unchanged;
    balance->excluded += add->excluded;
}

bool hf_tally_flush(hf_tally *tally, hf_catalog *catalog, int64_t run, GError **error)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, tally->lines);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const line *l = key;
        if (!hf_balance_add(catalog, run, l->source, l->file, l->path, &l->balance, error))
            return false;
    }
    g_hash_table_remove_all(tally->lines);
    return true;
}
