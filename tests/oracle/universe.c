#include "oracle/universe.h"
#include <string.h>
#include <unistd.h>

#define SEGMENTS 4

/* ---- the product's side ---- */

static bool add_to(hf_segment_builder *builder, const oracle_sample *sample, GError **error)
{
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(hf_field_text));
    for (guint i = 0; i < sample->texts->len; i++) {
        const oracle_text *text = g_ptr_array_index(sample->texts, i);
        hf_field_text row = {text->field, text->text, strlen(text->text)};
        if (!text->alone)
            g_array_append_val(fields, row);
    }
    hf_index_document document = {.id = sample->id,
                                  .fields = (const hf_field_text *)(gpointer)fields->data,
                                  .n_fields = fields->len};
    memcpy(document.columns, sample->columns, sizeof document.columns);
    bool left_out;
    return hf_segment_builder_add(builder, &document, &left_out, error);
}

/* A segment of the samples [from, to) that are to be indexed; NULL without an error if there are none. */
static char *build(const oracle_universe *u, guint from, guint to, GError **error)
{
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    guint n = 0;
    for (guint i = from; i < to; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        if (hf_set_has(u->unindexed, sample->id))
            continue;
        if (!add_to(builder, sample, error))
            return NULL;
        n++;
    }
    if (n == 0)
        return NULL;
    hf_segment_info info;
    g_autofree char *path = g_strdup_printf("%s/%u", u->directory, from);
    return hf_segment_builder_finish(builder, path, &info, error) ? g_steal_pointer(&path) : NULL;
}

/* Merges the first two segments, and drops a document in passing. */
static bool merge_two(oracle_universe *u, GPtrArray *paths, uint32_t without, GError **error)
{
    g_autoptr(hf_set) dropped = hf_set_new();
    hf_set_add(dropped, without);
    g_autofree char *path = g_build_filename(u->directory, "merged", NULL);
    hf_segment_info info;
    if (!hf_segment_merge((const char *const *)paths->pdata, 2, dropped, path, &info, error))
        return false;
    g_ptr_array_remove_range(paths, 0, 2);
    if (info.documents > 0)
        g_ptr_array_insert(paths, 0, g_steal_pointer(&path));
    return true;
}

static bool make_index(oracle_universe *u, GRand *random, uint32_t dropped, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    guint n = u->samples->len;
    guint parts = random == NULL ? 1 : (guint)g_rand_int_range(random, 1, SEGMENTS + 1);
    for (guint i = 0; i < parts; i++) {
        GError *failed = NULL;
        char *path = build(u, n * i / parts, n * (i + 1) / parts, &failed);
        if (failed != NULL) {
            g_propagate_error(error, failed);
            return false;
        }
        if (path != NULL)
            g_ptr_array_add(paths, path);
    }
    if (dropped != 0 && paths->len >= 2 && !merge_two(u, paths, dropped, error))
        return false;
    unsigned threads = random != NULL ? (unsigned)g_rand_int_range(random, 1, 3) : 1;
    u->index = hf_index_open((const char *const *)paths->pdata, paths->len, threads, error);
    return u->index != NULL;
}

/* ---- the catalog's side ---- */

static hf_set *give_universe(void *data, GError **error)
{
    (void)error;
    return hf_set_copy(((const oracle_universe *)data)->live);
}

static hf_set *give_value(void *data, hf_query_value which, const char *value, GError **error)
{
    const oracle_universe *u = data;
    const char *field = which == HF_QUERY_CUSTODIAN  ? "custodian"
                        : which == HF_QUERY_TAG      ? "tag"
                        : which == HF_QUERY_HAS      ? "has"
                        : which == HF_QUERY_LANGUAGE ? "language"
                                                     : NULL;
    if (field == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_QUERY, "not a field of these documents");
        return NULL;
    }
    g_autofree char *asked = g_strdup_printf("%s:%s", field, value);
    hf_set *out = hf_set_new();
    for (guint i = 0; i < u->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        for (guint k = 0; k < sample->values->len; k++)
            if (g_ascii_strcasecmp(asked, g_ptr_array_index(sample->values, k)) == 0)
                hf_set_add(out, sample->id);
    }
    return out;
}

static hf_set *give_range(void *data, hf_column_id column, int64_t low, int64_t high,
                          GError **error)
{
    (void)error;
    const oracle_universe *u = data;
    hf_set *out = hf_set_new();
    for (guint i = 0; i < u->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        int64_t value = sample->columns[column];
        if (value != HF_TIME_NONE && value >= low && value <= high)
            hf_set_add(out, sample->id);
    }
    return out;
}

static bool give_texts(void *data, hf_query_text_fn fn, void *fn_data, GError **error)
{
    (void)error;
    const oracle_universe *u = data;
    for (guint i = 0; i < u->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        for (guint k = 0; k < sample->texts->len; k++) {
            const oracle_text *text = g_ptr_array_index(sample->texts, k);
            if (text->alone &&
                !fn(fn_data, sample->id, text->field, text->text, strlen(text->text)))
                return true;
        }
    }
    return true;
}

static char *give_saved(void *data, const char *name, GError **error)
{
    const oracle_universe *u = data;
    guint64 number = name[0] == 's' ? g_ascii_strtoull(name + 1, NULL, 10) : G_MAXUINT64;
    if (number < u->saved_texts->len)
        return g_strdup(g_ptr_array_index(u->saved_texts, number));
    g_set_error(error, HF_ERROR, HF_ERROR_NOT_FOUND, "no search was saved as %s", name);
    return NULL;
}

static void make_source(oracle_universe *u, bool columns_of_index)
{
    for (unsigned i = 0; i < ORACLE_ZONES; i++)
        u->zones[i] = (hf_query_zone){oracle_zone(i), hf_set_new()};
    for (guint i = 0; i < u->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        hf_set_add(u->zones[sample->zone].documents, sample->id);
    }
    u->source = (hf_query_source){.data = u,
                                  .universe = give_universe,
                                  .value = give_value,
                                  .range = columns_of_index ? NULL : give_range,
                                  .zones = u->zones,
                                  .n_zones = ORACLE_ZONES,
                                  .index = u->index,
                                  .each_text = give_texts};
    u->options = (hf_query_options){.saved = give_saved, .data = u};
}

/* ---- the oracle's side ---- */

static oracle_document *make_document(oracle_universe *u, const oracle_sample *sample)
{
    oracle_document *document = oracle_document_new(sample->id);
    bool indexed = !hf_set_has(u->unindexed, sample->id);
    for (guint i = 0; i < sample->texts->len; i++) {
        const oracle_text *text = g_ptr_array_index(sample->texts, i);
        if (indexed || text->alone)
            oracle_document_add_text(document, u->words, text->field, text->alone, text->text,
                                     strlen(text->text));
    }
    oracle_document_close(document);
    document->zone = oracle_zone(sample->zone);
    if (indexed || u->source.range != NULL)
        memcpy(document->columns, sample->columns, sizeof document->columns);
    for (guint i = 0; i < sample->values->len; i++)
        g_ptr_array_add(document->values, g_strdup(g_ptr_array_index(sample->values, i)));
    return document;
}

/* ---- both ---- */

/* Which documents are out of the scope, not indexed yet, dropped by a merge (0: none). */
static uint32_t scatter(oracle_universe *u, GRand *random)
{
    for (guint i = 0; i < u->samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(u->samples, i);
        if (random == NULL || g_rand_int_range(random, 0, 20) != 0)
            hf_set_add(u->live, sample->id);
        if (random != NULL && g_rand_int_range(random, 0, 15) == 0)
            hf_set_add(u->unindexed, sample->id);
    }
    if (random == NULL || g_rand_boolean(random))
        return 0;
    const oracle_sample *first = g_ptr_array_index(u->samples, 0);
    g_autoptr(hf_set) one = hf_set_new();
    hf_set_add(one, first->id);
    hf_set_minus(u->live, one);
    return first->id;
}

oracle_universe *oracle_universe_new(GPtrArray *samples, GRand *random, GError **error)
{
    g_autoptr(oracle_universe) u = g_new0(oracle_universe, 1);
    u->samples = samples;
    u->documents = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_document_free);
    u->saved = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_node_free);
    u->saved_texts = g_ptr_array_new_with_free_func(g_free);
    u->words = oracle_words_new();
    u->live = hf_set_new();
    u->unindexed = hf_set_new();
    u->directory = g_dir_make_tmp("hf-oracle-XXXXXX", error);
    if (u->directory == NULL)
        return NULL;
    uint32_t dropped = scatter(u, random);
    if (!make_index(u, random, dropped, error))
        return NULL;
    make_source(u, random != NULL && g_rand_boolean(random));
    for (guint i = 0; i < samples->len; i++) {
        const oracle_sample *sample = g_ptr_array_index(samples, i);
        if (hf_set_has(u->live, sample->id))
            g_ptr_array_add(u->documents, make_document(u, sample));
    }
    return g_steal_pointer(&u);
}

void oracle_universe_free(oracle_universe *u)
{
    hf_index_free(u->index);
    for (unsigned i = 0; i < ORACLE_ZONES; i++) {
        g_clear_pointer(&u->zones[i].zone, g_time_zone_unref);
        g_clear_pointer(&u->zones[i].documents, hf_set_free);
    }
    g_ptr_array_unref(u->samples);
    g_ptr_array_unref(u->documents);
    g_ptr_array_unref(u->saved);
    g_ptr_array_unref(u->saved_texts);
    oracle_words_free(u->words);
    hf_set_free(u->live);
    hf_set_free(u->unindexed);
    if (u->directory != NULL && hf_file_empty_directory(u->directory, NULL))
        rmdir(u->directory);
    g_free(u->directory);
    g_free(u);
}

void oracle_universe_save(oracle_universe *u, oracle_node *query)
{
    g_ptr_array_add(u->saved, query);
    g_ptr_array_add(u->saved_texts, oracle_node_write(query, NULL));
}

hf_set *oracle_universe_ask(oracle_universe *u, const char *text, GError **error)
{
    g_autoptr(hf_query) query = hf_query_parse(text, &u->options, NULL, error);
    return query != NULL ? hf_query_evaluate(query, &u->source, NULL, error) : NULL;
}

hf_set *oracle_universe_expect(oracle_universe *u, const oracle_node *query)
{
    hf_set *out = hf_set_new();
    for (guint i = 0; i < u->documents->len; i++) {
        const oracle_document *document = g_ptr_array_index(u->documents, i);
        if (oracle_found(query, u->words, document))
            hf_set_add(out, document->id);
    }
    return out;
}

char *oracle_set_show(const hf_set *set)
{
    GString *out = g_string_new(NULL);
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        g_string_append_printf(out, "%s%u", out->len > 0 ? " " : "", id);
    return g_string_free(out, FALSE);
}
