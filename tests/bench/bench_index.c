/* Indexes every file below a directory as the body of a document, in segments of some MB of
 * text:
 *     bench_index DIRECTORY SCRATCH [MB a segment]
 * and prints how fast tokenizing alone, building, merging and checking went. Not part of the
 * tests. */
#include "holdfast/index.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static GPtrArray *texts; /* of GBytes */
static uint64_t text_bytes;

static int add_file(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)where;
    (void)st;
    char *bytes;
    size_t n;
    if (kind != FTW_F || !g_file_get_contents(path, &bytes, &n, NULL))
        return 0;
    char *text = hf_name_utf8(bytes, (gssize)n);
    g_free(bytes);
    text_bytes += strlen(text);
    g_ptr_array_add(texts, g_bytes_new_take(text, strlen(text)));
    return 0;
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double wall(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

static void report(const char *what, double wall_start, double cpu_start, uint64_t bytes)
{
    double w = wall() - wall_start, c = cpu() - cpu_start, mb = (double)bytes / 1e6;
    printf("%-10s %7.1f MB  %6.3f s wall %6.1f MB/s  %6.3f s cpu %6.1f MB/s\n", what, mb, w, mb / w,
           c, mb / c);
}

static void tokenize(void)
{
    double w = wall(), c = cpu();
    uint64_t words = 0;
    for (guint i = 0; i < texts->len; i++) {
        size_t n;
        const char *text = g_bytes_get_data(texts->pdata[i], &n);
        hf_tokens tokens;
        hf_token token;
        hf_tokens_init(&tokens, text, n);
        while (hf_tokens_next(&tokens, &token))
            words++;
    }
    report("tokenize", w, c, text_bytes);
    printf("           %" G_GUINT64_FORMAT " words\n", words);
}

static void fail(GError *error)
{
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static void build(const char *scratch, uint64_t budget, GPtrArray *paths)
{
    double w = wall(), c = cpu();
    GError *error = NULL;
    hf_segment_info info;
    uint64_t disk = 0;
    size_t most = 0;
    hf_segment_builder *b = NULL;
    for (guint i = 0; i < texts->len; i++) {
        size_t n;
        const char *text = g_bytes_get_data(texts->pdata[i], &n);
        hf_field_text field = {HF_FIELD_BODY, text, n};
        hf_index_document document = {.id = i + 1, .fields = &field, .n_fields = 1};
        if (b == NULL)
            b = hf_segment_builder_new();
        if (!hf_segment_builder_add(b, &document, NULL, &error))
            fail(error);
        if (hf_segment_builder_text(b) < budget && i + 1 < texts->len)
            continue;
        most = MAX(most, hf_segment_builder_memory(b));
        char *path = g_strdup_printf("%s/%u", scratch, paths->len);
        if (!hf_segment_builder_finish(b, path, &info, &error))
            fail(error);
        disk += info.bytes;
        g_ptr_array_add(paths, path);
        hf_segment_builder_free(g_steal_pointer(&b));
    }
    report("build", w, c, text_bytes);
    printf("           %u segments, %.2f of the text on disk, builder at most %.1f MB\n",
           paths->len, (double)disk / (double)text_bytes, (double)most / 1e6);
}

/* The average time of a word, and of its places in the documents that have `the`, for words of
 * every frequency. */
static GPtrArray *sample_words(hf_index *index)
{
    bool more;
    uint64_t seen = 0;
    GError *error = NULL;
    GArray *all =
        hf_index_expand(index, HF_FIELDS_DEFAULT, "", NULL, NULL, SIZE_MAX, &more, &error);
    if (all == NULL)
        fail(error);
    GPtrArray *sample = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++) {
        const hf_index_word_count *word = &g_array_index(all, hf_index_word_count, i);
        if (word->documents > 1 && seen++ % 37 == 0)
            g_ptr_array_add(sample, g_strdup(word->word));
    }
    g_array_unref(all);
    return sample;
}

typedef struct {
    const char *word;
    const hf_set *among;
    gint places;
} places_question;

static bool read_places(hf_index_segment *segment, void *data, hf_set *out, GError **error)
{
    places_question *q = data;
    (void)out;
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(uint64_t));
    g_autoptr(hf_places) places = hf_places_open(segment, HF_FIELD_BODY, &q->word, 1, error);
    if (places == NULL || !hf_places_read(places, q->among, 0, UINT32_MAX, found, error))
        return false;
    g_atomic_int_add(&q->places, (gint)found->len);
    return true;
}

static gint count_places(hf_index *index, const char *word, const hf_set *among)
{
    GError *error = NULL;
    places_question q = {word, among, 0};
    hf_set *none = hf_index_ask(index, read_places, &q, &error);
    if (none == NULL)
        fail(error);
    hf_set_free(none);
    return q.places;
}

static void ask(const char *const *paths, size_t n, const char *what)
{
    GError *error = NULL;
    hf_index *index = hf_index_open(paths, n, 2, &error);
    if (index == NULL)
        fail(error);
    GPtrArray *sample = sample_words(index);
    double w = wall();
    for (guint i = 0; i < sample->len; i++)
        hf_set_free(hf_index_word(index, HF_FIELDS_DEFAULT, sample->pdata[i], &error));
    double words = wall() - w;
    hf_set *among = hf_index_word(index, HF_FIELDS_DEFAULT, "the", &error);
    w = wall();
    for (guint i = 0; i < sample->len; i++)
        count_places(index, sample->pdata[i], among);
    printf("%-10s %7.3f ms a word  %6.3f ms the places of a word (%u words)\n", what,
           1e3 * words / sample->len, 1e3 * (wall() - w) / sample->len, sample->len);
    w = wall();
    gint places = count_places(index, "the", among);
    printf("           %7.3f ms for the places of \"the\", %d in %" G_GUINT64_FORMAT " documents\n",
           1e3 * (wall() - w), places, hf_set_count(among));
    hf_set_free(among);
    hf_index_free(index);
    g_ptr_array_unref(sample);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    uint64_t budget = (uint64_t)(1e6 * (argc > 3 ? g_ascii_strtod(argv[3], NULL) : 4.0));
    texts = g_ptr_array_new();
    nftw(argv[1], add_file, 16, FTW_PHYS);
    tokenize();
    GPtrArray *paths = g_ptr_array_new();
    build(argv[2], budget, paths);
    char *merged = g_strdup_printf("%s/merged", argv[2]);
    GError *error = NULL;
    hf_segment_info info;
    double w = wall(), c = cpu();
    if (!hf_segment_merge((const char *const *)paths->pdata, paths->len, NULL, merged, &info,
                          &error))
        fail(error);
    report("merge", w, c, text_bytes);
    printf("           %.2f of the text on disk\n", (double)info.bytes / (double)text_bytes);
    w = wall(), c = cpu();
    if (!hf_segment_check(merged, &info, &error))
        fail(error);
    for (guint i = 0; i < paths->len; i++)
        if (!hf_segment_check(paths->pdata[i], NULL, &error))
            fail(error);
    report("check", w, c, 2 * text_bytes);
    ask((const char *const *)paths->pdata, paths->len, "ask parts");
    ask((const char *const[]){merged}, 1, "ask merged");
    return 0;
}
