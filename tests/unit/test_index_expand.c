/* Words that match, against a filter over the words that were put in. */
#include "index_fixture.h"

#define SEGMENTS 4u
#define DOCUMENTS 3000u

static const char *const syllables[] = {
    "ba", "con", "di", "7", "\xc3\xa4", "zu", "_", "tract", "\xe4\xb8\xad\xe6\x96\x87"};

/* A word of some syllables; `_` only between others. */
static char *make_word(GRand *random)
{
    GString *word = g_string_new(NULL);
    int n = g_rand_int_range(random, 1, 5);
    for (int i = 0; i < n; i++)
        g_string_append(word, syllables[g_rand_int_range(random, 0, i > 0 && i + 1 < n ? 8 : 6)]);
    return g_string_free(word, false);
}

typedef struct {
    GHashTable *documents[HF_FIELD_LAST]; /* word -> number of documents */
    hf_index *index;
} sample;

/* Each document has one word, in one field. */
static void fill(sample *s, GRand *random)
{
    static const hf_field fields[] = {HF_FIELD_BODY, HF_FIELD_SUBJECT, HF_FIELD_FROM};
    char *paths[SEGMENTS];
    for (int field = 0; field < HF_FIELD_LAST; field++)
        s->documents[field] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
        for (uint32_t k = 0; k < DOCUMENTS / SEGMENTS; k++) {
            char *word = make_word(random);
            hf_field field = fields[g_rand_int_range(random, 0, CASES(fields))];
            GHashTable *documents = s->documents[field];
            add_text(builder, 1 + i * DOCUMENTS + k, field, word);
            guint before = GPOINTER_TO_UINT(g_hash_table_lookup(documents, word));
            g_hash_table_insert(documents, word, GUINT_TO_POINTER(before + 1));
        }
        paths[i] = g_strdup_printf("%s/part-%u", scratch, i);
        finish_segment(builder, paths[i]);
    }
    s->index = hf_index_open((const char *const *)paths, SEGMENTS, 3, NULL);
    assert_non_null(s->index);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        g_free(paths[i]);
}

static void clear(sample *s)
{
    hf_index_free(s->index);
    for (int field = 0; field < HF_FIELD_LAST; field++)
        g_hash_table_unref(s->documents[field]);
}

static bool ends_in(void *data, const char *word, size_t length)
{
    const char *end = data;
    assert_int_equal(strlen(word), length);
    return g_str_has_suffix(word, end);
}

static gint compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

/* The words that are wanted and how many documents they have: word -> number. */
static GHashTable *filter(const sample *s, unsigned fields, const char *prefix, const char *end)
{
    GHashTable *wanted = g_hash_table_new(g_str_hash, g_str_equal);
    for (int field = 0; field < HF_FIELD_LAST; field++) {
        GHashTableIter it;
        void *word, *documents;
        g_hash_table_iter_init(&it, s->documents[field]);
        while ((fields & 1u << field) && g_hash_table_iter_next(&it, &word, &documents)) {
            if (!g_str_has_prefix(word, prefix) || !g_str_has_suffix(word, end))
                continue;
            guint before = GPOINTER_TO_UINT(g_hash_table_lookup(wanted, word));
            g_hash_table_insert(wanted, word,
                                GUINT_TO_POINTER(before + GPOINTER_TO_UINT(documents)));
        }
    }
    return wanted;
}

static void check_expansion(const sample *s, unsigned fields, const char *prefix, const char *end,
                            size_t most)
{
    bool more = false;
    GError *error = NULL;
    g_autoptr(GHashTable) wanted = filter(s, fields, prefix, end);
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(wanted), compare_strings);
    g_autoptr(GArray) found =
        hf_index_expand(s->index, fields, prefix, *end == '\0' ? NULL : ends_in,
                        (void *)(uintptr_t)end, most, &more, &error);
    assert_non_null(found);
    assert_int_equal(more, g_hash_table_size(wanted) > most);
    assert_int_equal(found->len, MIN(g_hash_table_size(wanted), most));
    const GList *at = sorted;
    for (guint i = 0; i < found->len; i++, at = at->next) {
        const hf_index_word_count *word = &g_array_index(found, hf_index_word_count, i);
        assert_string_equal(word->word, at->data);
        assert_int_equal(word->documents,
                         GPOINTER_TO_UINT(g_hash_table_lookup(wanted, word->word)));
    }
}

static void expansions_are_those_of_a_filter(void **state)
{
    (void)state;
    static const unsigned fields[] = {HF_FIELDS_ALL, 1u << HF_FIELD_BODY, 1u << HF_FIELD_FROM,
                                      1u << HF_FIELD_BODY | 1u << HF_FIELD_SUBJECT,
                                      1u << HF_FIELD_BCC};
    static const char *const prefixes[] = {"", "c", "con", "ba7", "\xc3\xa4", "S", "zz", "^", "$"};
    static const char *const ends[] = {"", "a", "di", "\xc3\xa4"};
    static const size_t limits[] = {0, 1, 7, 100, SIZE_MAX};
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    sample s;
    fill(&s, random);
    for (size_t f = 0; f < CASES(fields); f++)
        for (size_t p = 0; p < CASES(prefixes); p++)
            for (size_t e = 0; e < CASES(ends); e++)
                for (size_t m = 0; m < CASES(limits); m++)
                    check_expansion(&s, fields[f], prefixes[p], ends[e], limits[m]);
    clear(&s);
}

/* ---- stems ---- */

static const char *const stems[][2] = {{"applying", "appli"},
                                       {"apply", "appli"},
                                       {"connections", "connect"},
                                       {"running", "run"},
                                       {"x", "x"},
                                       {"", ""},
                                       {"1234", "1234"},
                                       {"\xc3\xa4pfel", "\xc3\xa4pfel"}};

static void *stem_often(void *data)
{
    bool right = true;
    (void)data;
    for (int i = 0; i < 3000; i++) {
        g_autofree char *stem = hf_index_stem(stems[i % CASES(stems)][0]);
        right = right && strcmp(stem, stems[i % CASES(stems)][1]) == 0;
    }
    return GINT_TO_POINTER(right);
}

static void threads_stem_at_once(void **state)
{
    (void)state;
    GThread *threads[4];
    for (size_t i = 0; i < CASES(threads); i++)
        threads[i] = g_thread_new("stem", stem_often, NULL);
    for (size_t i = 0; i < CASES(threads); i++)
        assert_true(GPOINTER_TO_INT(g_thread_join(threads[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(expansions_are_those_of_a_filter, make_scratch,
                                        remove_scratch),
        cmocka_unit_test(threads_stem_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
