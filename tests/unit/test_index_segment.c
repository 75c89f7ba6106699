/* Segments against an oracle: random small documents, every answer compared with a search by
 * brute force, over several segments, after merges, and after merges that drop documents. */
#include "index_fixture.h"

#include <glib/gstdio.h>
#include <sys/resource.h>

/* ---- random documents ---- */

#define N_WORDS 9
static const char *const vocabulary[N_WORDS] = {"a",   "bee",   "sea", "the", "and", "\xc3\xa4pfel",
                                                "x_y", "zebra", "of"};
#define SAMPLE_WORDS 12
#define SAMPLE_TEXTS 5
typedef struct {
    hf_field field;
    int n, words[SAMPLE_WORDS];
} sample_text;
typedef struct {
    uint32_t id;
    int n;
    sample_text texts[SAMPLE_TEXTS];
    int64_t columns[HF_COLUMN_LAST];
} sample;

static void make_sample(GRand *random, uint32_t id, sample *out)
{
    *out = (sample){.id = id, .n = g_rand_int_range(random, 0, SAMPLE_TEXTS + 1)};
    for (int i = 0; i < out->n; i++) {
        static const hf_field fields[] = {HF_FIELD_BODY, HF_FIELD_SUBJECT, HF_FIELD_TO,
                                          HF_FIELD_TO};
        out->texts[i].field = fields[g_rand_int_range(random, 0, G_N_ELEMENTS(fields))];
        out->texts[i].n = g_rand_int_range(random, 0, SAMPLE_WORDS + 1);
        for (int k = 0; k < out->texts[i].n; k++)
            out->texts[i].words[k] = g_rand_int_range(random, 0, N_WORDS);
    }
    for (int c = 0; c < HF_COLUMN_LAST; c++)
        out->columns[c] =
            g_rand_int_range(random, 0, 4) == 0 ? HF_TIME_NONE : g_rand_int_range(random, -50, 50);
}

static void add_sample(hf_segment_builder *builder, const sample *s)
{
    hf_field_text fields[SAMPLE_TEXTS];
    GString *texts[SAMPLE_TEXTS];
    GError *error = NULL;
    for (int i = 0; i < s->n; i++) {
        texts[i] = g_string_new(NULL);
        for (int k = 0; k < s->texts[i].n; k++)
            g_string_append_printf(texts[i], "%s%s", k % 2 ? " " : ", ",
                                   vocabulary[s->texts[i].words[k]]);
        fields[i] = (hf_field_text){s->texts[i].field, texts[i]->str, texts[i]->len};
    }
    hf_index_document document = {.id = s->id, .fields = fields, .n_fields = (size_t)s->n};
    memcpy(document.columns, s->columns, sizeof document.columns);
    assert_true(hf_segment_builder_add(builder, &document, NULL, &error));
    for (int i = 0; i < s->n; i++)
        g_string_free(texts[i], true);
}

/* ---- brute force ---- */

static bool sample_has_phrase(const sample *s, unsigned fields, const int *words, int n)
{
    for (int t = 0; t < s->n; t++) {
        const sample_text *text = &s->texts[t];
        if (!(fields & 1u << text->field))
            continue;
        for (int at = 0; at + n <= text->n; at++)
            if (memcmp(text->words + at, words, (size_t)n * sizeof *words) == 0)
                return true;
    }
    return false;
}

/* Whether the first or last word of a field is `word`. */
static bool sample_edge(const sample *s, hf_field field, int word, bool last)
{
    int found = -1;
    for (int t = 0; t < s->n; t++) {
        const sample_text *text = &s->texts[t];
        if (text->field == field && text->n > 0 && (last || found < 0))
            found = text->words[last ? text->n - 1 : 0];
    }
    return found == word;
}

static void same_set(hf_set *found, const hf_set *expected)
{
    assert_non_null(found);
    assert_int_equal(hf_set_count(found), hf_set_count(expected));
    assert_true(hf_set_equal(found, expected));
    hf_set_free(found);
}

typedef struct {
    const sample *samples;
    size_t n;
    const hf_set *without; /* may be NULL */
} oracle;

static bool in_oracle(const oracle *o, size_t i)
{
    return o->without == NULL || !hf_set_has(o->without, o->samples[i].id);
}

static void check_phrase(hf_index *index, const oracle *o, unsigned fields, const int *words, int n)
{
    const char *texts[4];
    g_autoptr(hf_set) expected = hf_set_new();
    for (size_t i = 0; i < o->n; i++)
        if (in_oracle(o, i) && sample_has_phrase(&o->samples[i], fields, words, n))
            hf_set_add(expected, o->samples[i].id);
    for (int i = 0; i < n; i++)
        texts[i] = vocabulary[words[i]];
    same_set(phrase_of(index, fields, texts, (size_t)n, NULL), expected);
    if (n == 1)
        same_set(hf_index_word(index, fields, texts[0], NULL), expected);
}

static void check_edges(hf_index *index, const oracle *o, hf_field field, int word)
{
    const char *first[] = {HF_WORD_FIRST, vocabulary[word]},
               *last[] = {vocabulary[word], HF_WORD_LAST};
    g_autoptr(hf_set) expected_first = hf_set_new();
    g_autoptr(hf_set) expected_last = hf_set_new();
    for (size_t i = 0; i < o->n; i++) {
        if (!in_oracle(o, i))
            continue;
        if (sample_edge(&o->samples[i], field, word, false))
            hf_set_add(expected_first, o->samples[i].id);
        if (sample_edge(&o->samples[i], field, word, true))
            hf_set_add(expected_last, o->samples[i].id);
    }
    same_set(phrase_of(index, 1u << field, first, 2, NULL), expected_first);
    same_set(phrase_of(index, 1u << field, last, 2, NULL), expected_last);
}

static void check_range(hf_index *index, const oracle *o, hf_column_id column, int64_t low,
                        int64_t high)
{
    g_autoptr(hf_set) expected = hf_set_new();
    for (size_t i = 0; i < o->n; i++) {
        int64_t value = o->samples[i].columns[column];
        if (in_oracle(o, i) && value >= low && value <= high && value != HF_TIME_NONE)
            hf_set_add(expected, o->samples[i].id);
    }
    same_set(hf_index_range(index, column, low, high, NULL), expected);
}

typedef struct {
    const oracle *o;
    hf_set *seen;
} values_check;

static bool check_values(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    values_check *check = data;
    size_t i = 0;
    while (i < check->o->n && check->o->samples[i].id != id)
        i++;
    assert_true(i < check->o->n && in_oracle(check->o, i));
    assert_true(values[HF_COLUMN_SIZE] == check->o->samples[i].columns[HF_COLUMN_SIZE]);
    hf_set_add(check->seen, id);
    return true;
}

static void check_all(hf_index *index, const oracle *o)
{
    g_autoptr(hf_set) expected = hf_set_new();
    g_autoptr(hf_set) seen = hf_set_new();
    for (size_t i = 0; i < o->n; i++) {
        if (in_oracle(o, i))
            hf_set_add(expected, o->samples[i].id);
    }
    values_check check = {o, seen};
    hf_index_each_values(index, NULL, check_values, &check);
    same_set(g_steal_pointer(&seen), expected);
    same_set(hf_index_all(index, NULL), expected);
}

static void check_word_count(const oracle *o, unsigned fields, const hf_index_word_count *word)
{
    uint64_t expected = 0;
    int number = 0;
    while (number < N_WORDS && strcmp(vocabulary[number], word->word) != 0)
        number++;
    assert_true(number < N_WORDS);
    for (size_t i = 0; i < o->n; i++)
        for (int field = 0; field < HF_FIELD_LAST; field++)
            if ((fields & 1u << field) && in_oracle(o, i) &&
                sample_has_phrase(&o->samples[i], 1u << field, &number, 1))
                expected++;
    assert_int_equal(word->documents, expected);
}

static void check_words(hf_index *index, const oracle *o, unsigned fields, const char *prefix,
                        guint n)
{
    bool more;
    g_autoptr(GArray) words =
        hf_index_expand(index, fields, prefix, NULL, NULL, SIZE_MAX, &more, NULL);
    assert_non_null(words);
    assert_int_equal(words->len, n);
    for (guint i = 0; i < words->len; i++) {
        const hf_index_word_count *word = &g_array_index(words, hf_index_word_count, i);
        assert_true(i == 0 || strcmp(word[-1].word, word->word) < 0);
        check_word_count(o, fields, word);
    }
}

static void check_vocabulary(hf_index *index, const oracle *o, unsigned fields)
{
    check_words(index, o, fields, "", N_WORDS);
    check_words(index, o, fields, "a", 2);
}

static void check_index(const char *const *paths, size_t n, unsigned threads, const oracle *o,
                        GRand *random)
{
    static const unsigned fields[] = {HF_FIELDS_DEFAULT, 1u << HF_FIELD_BODY, 1u << HF_FIELD_TO,
                                      1u << HF_FIELD_SUBJECT | 1u << HF_FIELD_TO,
                                      1u << HF_FIELD_CC};
    g_autoptr(hf_index) index = hf_index_open(paths, n, threads, NULL);
    assert_non_null(index);
    for (size_t f = 0; f < G_N_ELEMENTS(fields); f++) {
        for (int word = 0; word < N_WORDS; word++)
            check_phrase(index, o, fields[f], &word, 1);
        for (int round = 0; round < 60; round++) {
            int words[4];
            for (int i = 0; i < 4; i++)
                words[i] = g_rand_int_range(random, 0, N_WORDS);
            check_phrase(index, o, fields[f], words, 2 + round % 3);
        }
    }
    for (int word = 0; word < N_WORDS; word++) {
        check_edges(index, o, HF_FIELD_BODY, word);
        check_edges(index, o, HF_FIELD_TO, word);
    }
    check_range(index, o, HF_COLUMN_DATE, -10, 10);
    check_range(index, o, HF_COLUMN_FAMILY_DATE, INT64_MIN, INT64_MAX);
    check_range(index, o, HF_COLUMN_TYPE, 5, 4);
    check_all(index, o);
    check_vocabulary(index, o, HF_FIELDS_DEFAULT);
    check_vocabulary(index, o, 1u << HF_FIELD_BODY);
}

/* ---- tests ---- */

#define N_SAMPLES 600
#define N_SEGMENTS 5

static void write_segment(const sample *samples, size_t n, const char *path, hf_segment_info *info)
{
    GError *error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    for (size_t i = 0; i < n; i++)
        add_sample(builder, &samples[i]);
    assert_true(hf_segment_builder_memory(builder) > 0);
    assert_true(hf_segment_builder_finish(builder, path, info, &error));
    assert_int_equal(info->documents, n);
    assert_int_equal(info->first, samples[0].id);
    assert_int_equal(info->last, samples[n - 1].id);
    assert_true(hf_segment_check(path, info, &error));
}

static void answers_are_those_of_brute_force(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    g_autofree sample *samples = g_new(sample, N_SAMPLES);
    char *paths[N_SEGMENTS];
    hf_segment_info info;
    GError *error = NULL;
    uint32_t id = 0;
    for (size_t i = 0; i < N_SAMPLES; i++)
        make_sample(random, id += (uint32_t)g_rand_int_range(random, 1, 200), &samples[i]);
    for (size_t i = 0; i < N_SEGMENTS; i++) {
        size_t each = N_SAMPLES / N_SEGMENTS;
        paths[i] = g_strdup_printf("%s/part-%zu", scratch, i);
        write_segment(samples + i * each, each, paths[i], &info);
    }
    oracle all = {samples, N_SAMPLES, NULL};
    check_index((const char *const *)paths, N_SEGMENTS, 1, &all, random);
    check_index((const char *const *)paths, N_SEGMENTS, 3, &all, random);

    g_autofree char *merged = in_scratch("merged"), *less = in_scratch("less"),
                    *never = in_scratch("never");
    assert_true(
        hf_segment_merge((const char *const *)paths, N_SEGMENTS, NULL, merged, &info, &error));
    assert_true(hf_segment_check(merged, &info, &error));
    check_index((const char *const[]){merged}, 1, 1, &all, random);

    /* Dropping some from three of the segments and all of another: as if they had never been
     * there. */
    g_autoptr(hf_set) without = hf_set_new();
    g_autofree sample *rest = g_new(sample, N_SAMPLES);
    size_t n_rest = 0;
    for (size_t i = 0; i < N_SAMPLES; i++)
        if (i / (N_SAMPLES / N_SEGMENTS) == 1 || (i < 400 && i % 3 == 0))
            hf_set_add(without, samples[i].id);
        else
            rest[n_rest++] = samples[i];
    assert_true(
        hf_segment_merge((const char *const *)paths, N_SEGMENTS, without, less, &info, &error));
    assert_true(hf_segment_check(less, &info, &error));
    oracle fewer = {samples, N_SAMPLES, without};
    check_index((const char *const[]){less}, 1, 1, &fewer, random);
    write_segment(rest, n_rest, never, &info);
    for (size_t i = 0; i < 3; i++) {
        static const char *const files[] = {"vocabulary", "columns", "positions"};
        g_autofree char *x = g_build_filename(less, files[i], NULL),
                        *y = g_build_filename(never, files[i], NULL);
        g_autoptr(GBytes) a = hf_file_read_whole(x, 1 << 24, NULL);
        g_autoptr(GBytes) b = hf_file_read_whole(y, 1 << 24, NULL);
        assert_true(g_bytes_equal(a, b));
    }

    /* Nothing left: no segment. */
    g_autofree char *none = in_scratch("none");
    g_autoptr(hf_set) everything = hf_set_new();
    for (size_t i = 0; i < N_SAMPLES; i++)
        hf_set_add(everything, samples[i].id);
    assert_true(
        hf_segment_merge((const char *const *)paths, N_SEGMENTS, everything, none, &info, &error));
    assert_int_equal(info.documents, 0);
    assert_false(g_file_test(none, G_FILE_TEST_EXISTS));

    /* Out of order, or onto one that exists: refused, and nothing is left behind. */
    const char *wrong[] = {paths[1], paths[0]};
    assert_false(hf_segment_merge(wrong, 2, NULL, none, &info, &error));
    g_clear_error(&error);
    assert_false(hf_segment_merge((const char *const *)paths, 2, NULL, merged, &info, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_EXISTS));
    g_clear_error(&error);
    assert_false(g_file_test(none, G_FILE_TEST_EXISTS));
    for (size_t i = 0; i < N_SEGMENTS; i++)
        g_free(paths[i]);
}

/* The sizes at which the database's blocks, chunks and components break, and ids on both sides
 * of 2^15. */
static void large_segments_are_whole(void **state)
{
    (void)state;
    enum { DOCUMENTS = 9000, STEP = 8 };
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    hf_segment_info info;
    GError *error = NULL;
    for (uint32_t i = 1; i <= DOCUMENTS; i++) {
        char text[128];
        int n = g_snprintf(text, sizeof text, "common word%u number %u odd%u", i, i % 7, i % 2);
        hf_field_text field = {HF_FIELD_BODY, text, (size_t)n};
        hf_index_document document = {
            .id = i * STEP, .fields = &field, .n_fields = 1, .columns = {i}};
        assert_true(hf_segment_builder_add(builder, &document, NULL, &error));
    }
    /* One document of many words and of many places of one word, with an id of four bytes. */
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(text, "common w%d ", i);
    hf_field_text field = {HF_FIELD_SUBJECT, text->str, text->len};
    hf_index_document document = {.id = 8000000, .fields = &field, .n_fields = 1};
    assert_true(hf_segment_builder_add(builder, &document, NULL, &error));
    g_autofree char *path = in_scratch("large"), *merged = in_scratch("large-merged");
    assert_true(hf_segment_builder_finish(builder, path, &info, &error));
    assert_true(hf_segment_check(path, &info, &error));
    const char *from[] = {path};
    g_autoptr(hf_set) without = hf_set_new();
    hf_set_add(without, 16);
    assert_true(hf_segment_merge(from, 1, without, merged, &info, &error));
    assert_true(hf_segment_check(merged, &info, &error));
    assert_int_equal(info.documents, DOCUMENTS);

    for (int round = 0; round < 2; round++) {
        const char *paths[] = {round == 0 ? path : merged};
        g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, &error);
        assert_non_null(index);
        g_autoptr(hf_set) common = hf_index_word(index, HF_FIELDS_DEFAULT, "common", &error);
        assert_int_equal(hf_set_count(common), DOCUMENTS + 1 - round);
        static const char *const phrase[] = {"w59998", "common", "w59999"};
        g_autoptr(hf_set) last = phrase_of(index, HF_FIELDS_DEFAULT, phrase, 3, &error);
        assert_int_equal(hf_set_count(last), 1);
        assert_true(hf_set_has(last, 8000000));
        g_autoptr(hf_set) one = hf_index_word(index, HF_FIELDS_DEFAULT, "word5000", &error);
        assert_int_equal(hf_set_count(one), 1);
        assert_true(hf_set_has(one, 5000 * STEP));
    }
}

static void add_texts(hf_segment_builder *builder, uint32_t id, hf_field field, const char *text)
{
    GError *error = NULL;
    hf_field_text fields[] = {{field, text, strlen(text)}};
    hf_index_document document = {.id = id, .fields = fields, .n_fields = 1};
    assert_true(hf_segment_builder_add(builder, &document, NULL, &error));
}

static void greatest_ids_are_kept(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("great"), *merged = in_scratch("great-merged");
    hf_segment_info info;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    static const uint32_t ids[] = {
        1, 0x7fff, 0x8000, 1 << 22, 1 << 29, UINT32_C(3000000000), UINT32_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
        add_texts(builder, ids[i], HF_FIELD_BODY, "great and good");
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    assert_true(hf_segment_check(path, &info, NULL));
    const char *from[] = {path};
    assert_true(hf_segment_merge(from, 1, NULL, merged, &info, NULL));
    for (int round = 0; round < 2; round++) {
        const char *paths[] = {round == 0 ? path : merged};
        static const char *const phrase[] = {"and", "good"};
        g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, NULL);
        g_autoptr(hf_set) found = phrase_of(index, HF_FIELDS_DEFAULT, phrase, 2, NULL);
        assert_int_equal(hf_set_count(found), G_N_ELEMENTS(ids));
        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
            assert_true(hf_set_has(found, ids[i]));
    }
}

static bool has_word(hf_index *index, const char *text, uint32_t id)
{
    const char *words[16];
    char copies[16][72];
    size_t n = 0;
    hf_tokens tokens;
    hf_token token;
    hf_tokens_init(&tokens, text, strlen(text));
    while (n < 16 && hf_tokens_next(&tokens, &token)) {
        memcpy(copies[n], token.word, sizeof token.word);
        words[n] = copies[n];
        n++;
    }
    g_autoptr(hf_set) found = phrase_of(index, HF_FIELDS_DEFAULT, words, n, NULL);
    assert_non_null(found);
    return hf_set_has(found, id);
}

/* What a text has is found by any part of it, put through the same tokenizer. */
static void parts_of_texts_find_them(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("parts");
    hf_segment_info info;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    static const char tokyo[] = "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd in 2001, \xe4\xba\xac!";
    add_texts(builder, 1, HF_FIELD_BODY, tokyo);
    add_texts(builder, 2, HF_FIELD_FROM, "O'Brien <pat.obrien@example.com>");
    add_texts(builder, 3, HF_FIELD_BODY, "tok\xc3\xbdo xfirstword ^ $ Scandal");
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 2, NULL);
    assert_non_null(index);
    static const char *const in_first[] = {
        "\xe6\x9d\xb1\xe4\xba\xac",
        "\xe4\xba\xac\xe9\x83\xbd",
        "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
        "\xe6\x9d\xb1",
        "\xe4\xba\xac",
        "\xe9\x83\xbd",
        "\xe9\x83\xbd IN",
        "\xe4\xba\xac\xe9\x83\xbd in 2001",
        "2001 \xe4\xba\xac",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(in_first); i++)
        assert_true(has_word(index, in_first[i], 1));
    assert_false(has_word(index, "\xe6\x9d\xb1\xe9\x83\xbd", 1));
    assert_false(has_word(index, "\xe6\x9d\xb1 in", 1));
    assert_true(has_word(index,
                         "o\xe2\x80\x99"
                         "brien",
                         2));
    assert_true(has_word(index, "obrien@EXAMPLE.com", 2));
    assert_false(has_word(index, "brien example", 2));
    /* A capital prefix is no word of the body, and markers are not text. */
    assert_false(has_word(index, "scandal pat", 3));
    g_autoptr(hf_set) marked = hf_index_word(index, 1u << HF_FIELD_FROM, HF_WORD_FIRST, NULL);
    assert_int_equal(hf_set_count(marked), 1);
    static const char *const first[] = {HF_WORD_FIRST, "scandal"};
    g_autoptr(hf_set) none = phrase_of(index, HF_FIELDS_DEFAULT, first, 2, NULL);
    assert_int_equal(hf_set_count(none), 0);
}

static void texts_of_a_field_are_apart(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("apart");
    hf_segment_info info;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    hf_field_text fields[] = {{HF_FIELD_TO, "Ann Lee", 7}, {HF_FIELD_SUBJECT, "budget", 6},
                              {HF_FIELD_TO, NULL, 0},      {HF_FIELD_TO, "...", 3},
                              {HF_FIELD_TO, "Bob Ray", 7}, {HF_FIELD_BODY, "", 0}};
    hf_index_document document = {.id = 5, .fields = fields, .n_fields = G_N_ELEMENTS(fields)};
    assert_true(hf_segment_builder_add(builder, &document, NULL, NULL));
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 0, NULL);
    assert_true(has_word(index, "ann lee", 5));
    assert_true(has_word(index, "bob ray", 5));
    assert_false(has_word(index, "lee bob", 5));
    assert_false(has_word(index, "lee budget", 5));
}

/* Merging drops documents whole: no file of the new segment has their words, and no copy is left
 * beside it. */
static void dropped_documents_leave_nothing(void **state)
{
    (void)state;
    g_autofree char *one = in_scratch("drop-1"), *two = in_scratch("drop-2"),
                    *rest = in_scratch("drop-rest");
    hf_segment_info info;
    g_autoptr(hf_segment_builder) first = hf_segment_builder_new();
    g_autoptr(hf_segment_builder) second = hf_segment_builder_new();
    g_autoptr(hf_set) without = hf_set_new();
    add_texts(first, 1, HF_FIELD_BODY, "kept words stay");
    add_texts(first, 2, HF_FIELD_BODY, "zanzibarquux was here");
    add_texts(second, 3, HF_FIELD_SUBJECT, "zanzibarquux again");
    add_texts(second, 4, HF_FIELD_SUBJECT, "kept again");
    assert_true(hf_segment_builder_finish(first, one, &info, NULL));
    assert_true(hf_segment_builder_finish(second, two, &info, NULL));
    const char *paths[] = {one, two};
    hf_set_add(without, 2);
    hf_set_add(without, 3);
    assert_true(hf_segment_merge(paths, 2, without, rest, &info, NULL));
    assert_int_equal(info.documents, 2);
    g_autoptr(GDir) files = g_dir_open(rest, 0, NULL);
    for (const char *name; (name = g_dir_read_name(files)) != NULL;) {
        g_autofree char *path = g_build_filename(rest, name, NULL), *bytes = NULL;
        size_t n;
        assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        assert_null(memmem(bytes, n, "zanzibar", 8));
    }
    g_autoptr(GDir) beside = g_dir_open(scratch, 0, NULL);
    int names = 0;
    while (g_dir_read_name(beside) != NULL)
        names++;
    assert_int_equal(names, 3);
}

/* A merge of many segments needs more open files than the usual soft limit. */
static void many_segments_merge_under_a_low_limit(void **state)
{
    (void)state;
    enum { SEGMENTS = 40 };
    struct rlimit before, low;
    char *paths[SEGMENTS];
    hf_segment_info info;
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
        paths[i] = g_strdup_printf("%s/many-%u", scratch, i);
        add_texts(builder, i + 1, HF_FIELD_BODY, "one of many");
        assert_true(hf_segment_builder_finish(builder, paths[i], &info, NULL));
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    g_autofree char *merged = in_scratch("many");
    GError *error = NULL;
    bool ok = hf_segment_merge((const char *const *)paths, SEGMENTS, NULL, merged, &info, &error);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_true(ok);
    assert_int_equal(info.documents, SEGMENTS);
    assert_int_equal(info.last, SEGMENTS);
    for (int i = 0; i < SEGMENTS; i++)
        g_free(paths[i]);
}

typedef struct {
    hf_index *index;
    bool right;
} asker;

static void *ask_often(void *data)
{
    asker *a = data;
    static const char *const phrase[] = {"one", "of"};
    a->right = true;
    for (int i = 0; i < 200 && a->right; i++) {
        g_autoptr(hf_set) found = i % 2 ? phrase_of(a->index, HF_FIELDS_DEFAULT, phrase, 2, NULL)
                                        : hf_index_word(a->index, HF_FIELDS_DEFAULT, "many", NULL);
        a->right = found != NULL && hf_set_count(found) == 6;
    }
    return NULL;
}

static void threads_share_an_index(void **state)
{
    (void)state;
    char *paths[6];
    hf_segment_info info;
    for (uint32_t i = 0; i < 6; i++) {
        g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
        paths[i] = g_strdup_printf("%s/shared-%u", scratch, i);
        add_texts(builder, i + 1, HF_FIELD_BODY, "one of many");
        assert_true(hf_segment_builder_finish(builder, paths[i], &info, NULL));
    }
    g_autoptr(hf_index) index = hf_index_open((const char *const *)paths, 6, 4, NULL);
    assert_non_null(index);
    asker askers[4];
    GThread *threads[4];
    for (int i = 0; i < 4; i++) {
        askers[i].index = index;
        threads[i] = g_thread_new("ask", ask_often, &askers[i]);
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(threads[i]);
        assert_true(askers[i].right);
    }
    for (int i = 0; i < 6; i++)
        g_free(paths[i]);
}

static void ranks_by_frequency_and_rarity(void **state)
{
    (void)state;
    g_autofree char *one = in_scratch("rank-1"), *two = in_scratch("rank-2");
    hf_segment_info info;
    g_autoptr(hf_segment_builder) first = hf_segment_builder_new();
    g_autoptr(hf_segment_builder) second = hf_segment_builder_new();
    add_texts(first, 1, HF_FIELD_BODY, "merger plans of the firm");
    add_texts(first, 2, HF_FIELD_BODY, "merger merger merger plans");
    add_texts(second, 3, HF_FIELD_BODY, "nothing of the kind here");
    add_texts(second, 4, HF_FIELD_SUBJECT, "merger kind of the firm");
    assert_true(hf_segment_builder_finish(first, one, &info, NULL));
    assert_true(hf_segment_builder_finish(second, two, &info, NULL));
    const char *paths[] = {one, two}, *words[] = {"merger", "plans"};
    g_autoptr(hf_index) index = hf_index_open(paths, 2, 2, NULL);
    uint32_t ids[] = {4, 3, 2, 1};
    double scores[4];
    assert_true(hf_index_rank(index, HF_FIELDS_DEFAULT, words, 2, ids, 4, scores, NULL));
    assert_true(scores[2] > scores[3] && scores[3] > scores[0] && scores[0] > scores[1]);
    assert_true(scores[1] == 0.0);
}

static void builders_refuse_what_is_wrong(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("refused");
    hf_segment_info info;
    GError *error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    assert_false(hf_segment_builder_finish(builder, path, &info, &error));
    g_clear_error(&error);
    add_texts(builder, 7, HF_FIELD_BODY, "x");
    hf_index_document same = {.id = 7};
    assert_false(hf_segment_builder_add(builder, &same, NULL, &error));
    g_clear_error(&error);
    g_autofree char *nowhere = in_scratch("no/where");
    assert_false(hf_segment_builder_finish(builder, nowhere, &info, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    g_clear_error(&error);
}

static void a_document_without_words_is_there(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("silent");
    hf_segment_info info;
    GError *error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    hf_index_document document = {.id = 9, .columns = {1, 2, 3, 4}};
    assert_true(hf_segment_builder_add(builder, &document, NULL, NULL));
    assert_true(hf_segment_builder_finish(builder, path, &info, &error));
    assert_true(hf_segment_check(path, &info, &error));
    const char *paths[] = {path};
    g_autoptr(hf_index) index = hf_index_open(paths, 1, 1, NULL);
    g_autoptr(hf_set) all = hf_index_all(index, NULL);
    assert_true(hf_set_has(all, 9));
}

static void left_out_is_said(void **state)
{
    (void)state;
    static const char line[] =
        "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz\n";
    g_autofree char *block = g_strconcat(line, line, line, NULL);
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    hf_field_text field = {HF_FIELD_BODY, block, strlen(block)};
    hf_index_document document = {.id = 1, .fields = &field, .n_fields = 1};
    bool left_out = false;
    assert_true(hf_segment_builder_add(builder, &document, &left_out, NULL));
    assert_true(left_out);
    document.id = 2;
    field.size = 10;
    assert_true(hf_segment_builder_add(builder, &document, &left_out, NULL));
    assert_false(left_out);
}

static void shredding_waits_for_readers(void **state)
{
    (void)state;
    g_autofree char *path = in_scratch("doomed");
    hf_segment_info info;
    bool busy;
    GError *error = NULL;
    g_autoptr(hf_segment_builder) builder = hf_segment_builder_new();
    add_texts(builder, 1, HF_FIELD_BODY, "doomed");
    assert_true(hf_segment_builder_finish(builder, path, &info, NULL));
    const char *paths[] = {path};
    hf_index *index = hf_index_open(paths, 1, 1, NULL);
    assert_true(hf_segment_shred(path, &busy, NULL));
    assert_true(busy);
    assert_true(has_word(index, "doomed", 1));
    hf_index_free(index);
    assert_true(hf_segment_shred(path, &busy, NULL));
    assert_false(busy);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_null(hf_index_open(paths, 1, 1, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_NOT_FOUND));
    g_clear_error(&error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_are_those_of_brute_force, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(large_segments_are_whole, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(greatest_ids_are_kept, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(parts_of_texts_find_them, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(texts_of_a_field_are_apart, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(dropped_documents_leave_nothing, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(many_segments_merge_under_a_low_limit, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(threads_share_an_index, make_scratch, remove_scratch),
        cmocka_unit_test_setup_teardown(ranks_by_frequency_and_rarity, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(builders_refuse_what_is_wrong, make_scratch,
                                        remove_scratch),
        cmocka_unit_test_setup_teardown(a_document_without_words_is_there, make_scratch,
                                        remove_scratch),
        cmocka_unit_test(left_out_is_said),
        cmocka_unit_test_setup_teardown(shredding_waits_for_readers, make_scratch, remove_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
