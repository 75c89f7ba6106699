/* Objects come back as they went in, and nothing that was altered comes back at all. */
#include "unit/store_fixture.h"

#define MB ((size_t)1 << 20)

static const size_t sizes[] = {0,  1,      63,     64,     4095,       4096,       MB - 1,
                               MB, MB + 1, 2 * MB, 3 * MB, 5 * MB - 7, 5 * MB + 1, 2 * MB + 4096};

static void test_sealed_objects_come_back(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref refs[G_N_ELEMENTS(sizes) * 2];
    for (size_t i = 0; i < G_N_ELEMENTS(refs); i++) {
        size_t n = sizes[i / 2];
        g_autofree uint8_t *bytes = make_content(n, i % 2 == 0, (uint32_t)i);
        assert_done(append(f, key, bytes, n, &refs[i]), f->error);
        assert_int_equal(refs[i].size, n);
    }
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    fixture_open(f);
    for (size_t i = 0; i < G_N_ELEMENTS(refs); i++) {
        size_t n = sizes[i / 2];
        g_autofree uint8_t *bytes = make_content(n, i % 2 == 0, (uint32_t)i);
        assert_reads(f->store, &refs[i], bytes, n);
    }
}

static void test_streams_come_back(void **state)
{
    fixture *f = *state;
    static const size_t steps[] = {1000, 65536, 1 << 20, (1 << 20) + 1, SIZE_MAX / 2};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(steps) * 2; i++) {
        g_autoptr(hf_family_key) key = hf_family_key_new();
        hf_object_ref ref;
        size_t n = sizes[i % G_N_ELEMENTS(sizes)];
        size_t step = steps[i / G_N_ELEMENTS(sizes) % G_N_ELEMENTS(steps)];
        bool noise = i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(steps);
        g_autofree uint8_t *bytes = make_content(n, noise, (uint32_t)i);
        assert_done(stream(f, key, bytes, n, step, &ref), f->error);
        assert_int_equal(ref.size, n);
        assert_reads(f->store, &ref, bytes, n);
    }
}

static void test_a_stream_that_changes_its_nature_comes_back(void **state)
{
    fixture *f = *state;
    size_t n = 3 * MB;
    for (int turn = 0; turn < 2; turn++) {
        g_autoptr(hf_family_key) key = hf_family_key_new();
        hf_object_ref ref;
        g_autofree uint8_t *bytes = make_content(n, turn == 0, 5);
        g_autofree uint8_t *other = make_content(n, turn != 0, 6);
        memcpy(bytes + MB, other, 2 * MB);
        assert_done(stream(f, key, bytes, n, 70001, &ref), f->error);
        assert_reads(f->store, &ref, bytes, n);
    }
}

static void test_text_is_stored_smaller_and_noise_hardly_larger(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    g_autofree uint8_t *text = make_content(100000, false, 1);
    g_autofree uint8_t *noise = make_content(100000, true, 1);
    hf_object_ref ref;
    assert_done(append(f, key, text, 100000, &ref), f->error);
    assert_true(ref.stored < 95000);
    assert_done(append(f, key, noise, 100000, &ref), f->error);
    assert_true(ref.stored < 100000 + 200);
}

static void test_no_content_or_key_is_on_disk_in_clear(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    const char *secret = "privileged and confidential";
    assert_done(append(f, key, secret, strlen(secret), &ref), f->error);
    g_autofree char *path = inside(f, "objects/00000001.pack");
    gsize n;
    g_autofree char *bytes = read_file(path, &n);
    assert_null(memmem(bytes, n, "confidential", 12));
}

static void test_the_same_content_is_stored_differently(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref a;
    hf_object_ref b;
    assert_done(append(f, key, "same", 4, &a) && append(f, key, "same", 4, &b), f->error);
    g_autofree char *path = inside(f, "objects/00000001.pack");
    gsize n;
    g_autofree char *bytes = read_file(path, &n);
    assert_memory_not_equal(bytes + a.offset + 64, bytes + b.offset + 64, 4);
}

static void test_a_family_has_one_slot_and_another_has_another(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) first = hf_family_key_new();
    g_autoptr(hf_family_key) second = hf_family_key_new();
    hf_object_ref a;
    hf_object_ref b;
    hf_object_ref c;
    assert_done(append(f, first, "a", 1, &a) && append(f, first, "b", 1, &b) &&
                    append(f, second, "c", 1, &c),
                f->error);
    assert_int_equal(a.slot, b.slot);
    assert_int_not_equal(a.slot, c.slot);
    assert_true(hf_store_slot_live(f->store, c.pack, c.slot));
    assert_false(hf_store_slot_live(f->store, c.pack, c.slot + 1));
    assert_false(hf_store_slot_live(f->store, c.pack + 1, 0));
    hf_object_ref mixed = a;
    mixed.slot = c.slot;
    assert_unreadable(f, &mixed, HF_ERROR_INTEGRITY);
}

static void test_sealing_for_another_family_is_refused(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) first = hf_family_key_new();
    g_autoptr(hf_family_key) second = hf_family_key_new();
    g_autoptr(hf_sealed) sealed = hf_store_seal(first, "a", 1, NULL);
    hf_object_ref ref;
    assert_false(hf_store_append(f->store, second, sealed, &ref, &f->error));
    assert_error(f->error, HF_ERROR_INTERNAL);
}

static void test_an_object_above_the_limit_is_not_read(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    assert_done(append(f, key, "four", 4, &ref), f->error);
    assert_null(hf_store_read(f->store, &ref, 3, &f->error));
    assert_error(f->error, HF_ERROR_INVALID);
}

/* Every bit of the pack and of its table, one at a time. */
static void every_flip_is_noticed(fixture *f, const char *name, const hf_object_ref *refs, size_t n)
{
    g_autofree char *path = inside(f, name);
    gsize size;
    g_autofree char *bytes = read_file(path, &size);
    for (gsize at = 0; at < size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            char flipped = (char)(bytes[at] ^ (1 << bit));
            patch_file(path, at, &flipped, 1);
            g_autoptr(hf_store) store =
                hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
            assert_done(store != NULL, f->error);
            size_t noticed = 0;
            for (size_t i = 0; i < n; i++) {
                g_autoptr(GBytes) got = hf_store_read(store, &refs[i], 1 << 20, &f->error);
                if (got != NULL)
                    continue;
                assert_error(f->error, HF_ERROR_INTEGRITY);
                noticed++;
            }
            if (noticed == 0)
                fail_msg("bit %d of byte %zu of %s flipped unnoticed", bit, (size_t)at, name);
        }
        patch_file(path, at, bytes + at, 1);
    }
}

static void test_every_flipped_bit_is_noticed(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) first = hf_family_key_new();
    g_autoptr(hf_family_key) second = hf_family_key_new();
    hf_object_ref refs[4];
    g_autofree uint8_t *text = make_content(300, false, 9);
    assert_done(append(f, first, "short", 5, &refs[0]) && append(f, first, text, 300, &refs[1]) &&
                    append(f, second, "", 0, &refs[2]) && append(f, second, "x", 1, &refs[3]),
                f->error);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    every_flip_is_noticed(f, "objects/00000001.pack", refs, G_N_ELEMENTS(refs));
    every_flip_is_noticed(f, "objects/00000001.keys", refs, G_N_ELEMENTS(refs));
    for (size_t i = 0; i < G_N_ELEMENTS(refs); i++) {
        g_autoptr(GBytes) got = hf_store_read(f->store, &refs[i], MB, &f->error);
        assert_done(got != NULL, f->error);
    }
}

#define STORED_CHUNK (MB + 16)

/* Three chunks of noise, the last shorter. */
static char *three_chunks(fixture *f, hf_object_ref *ref)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    g_autofree uint8_t *bytes = make_content(2 * MB + 1000, true, 3);
    assert_done(append(f, key, bytes, 2 * MB + 1000, ref), f->error);
    return inside(f, "objects/00000001.pack");
}

static void test_swapped_chunks_are_noticed(void **state)
{
    fixture *f = *state;
    hf_object_ref ref;
    gsize n;
    g_autofree char *path = three_chunks(f, &ref);
    g_autofree char *bytes = read_file(path, &n);
    uint64_t first = ref.offset + 64;
    patch_file(path, first, bytes + first + STORED_CHUNK, STORED_CHUNK);
    patch_file(path, first + STORED_CHUNK, bytes + first, STORED_CHUNK);
    assert_unreadable(f, &ref, HF_ERROR_INTEGRITY);
}

static void test_cut_chunks_are_noticed(void **state)
{
    fixture *f = *state;
    hf_object_ref whole;
    g_autofree char *path = three_chunks(f, &whole);
    static const uint64_t cuts[] = {1, 16, 1000, 1016, 1017, 1016 + STORED_CHUNK};
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        hf_object_ref ref = whole;
        ref.stored -= cuts[i];
        assert_unreadable(f, &ref, HF_ERROR_INTEGRITY);
        ref.size -= MIN(cuts[i], ref.size);
        assert_unreadable(f, &ref, HF_ERROR_INTEGRITY);
    }
    /* The header too says less: as an attacker would write it who has no key. */
    uint8_t sizes_in_header[16];
    uint64_t size = GUINT64_TO_LE(2 * MB);
    uint64_t stored = GUINT64_TO_LE(64 + 2 * STORED_CHUNK);
    memcpy(sizes_in_header, &size, 8);
    memcpy(sizes_in_header + 8, &stored, 8);
    patch_file(path, whole.offset + 24, sizes_in_header, sizeof sizes_in_header);
    hf_object_ref ref = whole;
    ref.size = 2 * MB;
    ref.stored = 64 + 2 * STORED_CHUNK;
    assert_unreadable(f, &ref, HF_ERROR_INTEGRITY);
}

static void test_impossible_places_are_refused(void **state)
{
    fixture *f = *state;
    hf_object_ref good;
    g_autofree char *path = three_chunks(f, &good);
    const hf_object_ref cases[] = {
        {good.pack, good.slot, 0, good.stored, good.size},
        {good.pack, good.slot, good.offset + 1, good.stored, good.size},
        {good.pack, good.slot, UINT64_MAX - 10, good.stored, good.size},
        {good.pack, good.slot, (uint64_t)INT64_MAX - 10, good.stored, good.size},
        {good.pack, good.slot, good.offset, UINT64_MAX, good.size},
        {good.pack, good.slot, good.offset, 0, good.size},
        {good.pack, good.slot, good.offset, 79, good.size},
        {good.pack, good.slot, good.offset, good.stored, good.size + 1},
        {good.pack, UINT32_MAX, good.offset, good.stored, good.size},
        {good.pack + 7, good.slot, good.offset, good.stored, good.size},
        {UINT32_MAX, good.slot, good.offset, good.stored, good.size},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_unreadable(f, &cases[i], HF_ERROR_INTEGRITY);
    assert_true(exists(path));
}

static void test_a_wiped_slot_makes_its_family_unreadable(void **state)
{
    fixture *f = *state;
    static const uint8_t zeros[64];
    g_autoptr(hf_family_key) dead = hf_family_key_new();
    g_autoptr(hf_family_key) live = hf_family_key_new();
    hf_object_ref a;
    hf_object_ref b;
    hf_object_ref c;
    assert_done(append(f, dead, "one", 3, &a) && append(f, dead, "two", 3, &b) &&
                    append(f, live, "three", 5, &c),
                f->error);
    g_autofree char *table = inside(f, "objects/00000001.keys");
    patch_file(table, 64 + 64 * (uint64_t)a.slot, zeros, sizeof zeros);
    assert_unreadable(f, &a, HF_ERROR_KEY);
    assert_unreadable(f, &b, HF_ERROR_KEY);
    assert_false(hf_store_slot_live(f->store, a.pack, a.slot));
    assert_reads(f->store, &c, "three", 5);
}

static bool count_pieces(void *data, const void *bytes, size_t n, GError **error)
{
    (void)error;
    assert_non_null(bytes);
    assert_in_range(n, 1, MB);
    *(uint64_t *)data += n;
    return true;
}

static bool refuse_piece(void *data, const void *bytes, size_t n, GError **error)
{
    (void)data;
    (void)bytes;
    (void)n;
    g_set_error(error, HF_ERROR, HF_ERROR_REFUSED, "enough");
    return false;
}

static void test_a_stream_is_read_in_bounded_pieces(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    g_autofree uint8_t *zeros = g_malloc0(50 * MB);
    uint64_t total = 0;
    assert_done(stream(f, key, zeros, 50 * MB, 1 << 16, &ref), f->error);
    assert_true(ref.stored < MB);
    assert_done(hf_store_read_stream(f->store, &ref, count_pieces, &total, &f->error), f->error);
    assert_int_equal(total, 50 * MB);
    assert_false(hf_store_read_stream(f->store, &ref, refuse_piece, NULL, &f->error));
    assert_error_says(f->error, HF_ERROR_REFUSED, "enough");
}

typedef struct {
    fixture *f;
    hf_object_ref other;
} nested;

static bool read_another(void *data, const void *bytes, size_t n, GError **error)
{
    nested *inner = data;
    (void)error;
    assert_reads(inner->f->store, &inner->other, "inner", 5);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((const uint8_t *)bytes)[i], 0);
    return true;
}

static void test_reading_within_reading(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    nested inner = {.f = f};
    g_autofree uint8_t *zeros = g_malloc0(3 * MB);
    assert_done(append(f, key, "inner", 5, &inner.other) && append(f, key, zeros, 3 * MB, &ref),
                f->error);
    assert_done(hf_store_read_stream(f->store, &ref, read_another, &inner, &f->error), f->error);
}

#define THREADS 4
#define EACH 200

typedef struct {
    fixture *f;
    GMutex *append_lock;
    uint32_t seed;
} task;

static gpointer seal_append_and_read(gpointer data)
{
    task *t = data;
    for (uint32_t i = 0; i < EACH; i++) {
        g_autoptr(hf_family_key) key = hf_family_key_new();
        size_t n = 1 + (size_t)i * 37;
        g_autofree uint8_t *bytes = make_content(n, i % 2 == 0, t->seed * 1000 + i);
        g_autoptr(GError) error = NULL;
        hf_object_ref ref;
        g_autoptr(hf_sealed) sealed = hf_store_seal(key, bytes, n, &error);
        g_mutex_lock(t->append_lock);
        bool done = sealed != NULL && hf_store_append(t->f->store, key, sealed, &ref, &error);
        g_mutex_unlock(t->append_lock);
        g_autoptr(GBytes) got = done ? hf_store_read(t->f->store, &ref, n, &error) : NULL;
        if (got == NULL || memcmp(g_bytes_get_data(got, NULL), bytes, n) != 0)
            return "a thread did not read back what it wrote";
        if (i % 50 != 0)
            continue;
        hf_object_writer *writer = hf_store_stream(t->f->store, key, &error);
        if (writer == NULL || !hf_object_writer_write(writer, bytes, n, &error) ||
            !hf_object_writer_finish(writer, &ref, &error))
            return "a thread could not stream";
    }
    return NULL;
}

static void test_threads_do_not_disturb_each_other(void **state)
{
    fixture *f = *state;
    GMutex lock;
    task tasks[THREADS];
    GThread *threads[THREADS];
    g_mutex_init(&lock);
    for (uint32_t i = 0; i < THREADS; i++) {
        tasks[i] = (task){f, &lock, i};
        threads[i] = g_thread_new("test", seal_append_and_read, &tasks[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        const char *complaint = g_thread_join(threads[i]);
        if (complaint != NULL)
            fail_msg("%s", complaint);
    }
    g_mutex_clear(&lock);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
}

/* More packs than are kept open. */
static void test_many_packs_are_read_in_any_order(void **state)
{
    fixture *f = *state;
    enum { PACKS = 150 };
    hf_object_ref refs[PACKS];
    for (size_t i = 0; i < PACKS; i++) {
        g_autoptr(hf_family_key) key = hf_family_key_new();
        uint8_t byte = (uint8_t)i;
        assert_done(stream(f, key, &byte, 1, 1, &refs[i]), f->error);
    }
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    for (size_t i = 0; i < PACKS * 3; i++) {
        size_t which = i * 61 % PACKS;
        uint8_t byte = (uint8_t)which;
        assert_reads(f->store, &refs[which], &byte, 1);
    }
}

static void test_an_abandoned_stream_leaves_nothing(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_writer *writer = hf_store_stream(f->store, key, &f->error);
    assert_done(hf_object_writer_write(writer, "x", 1, &f->error), f->error);
    hf_object_writer_abandon(writer);
    g_autoptr(GArray) packs = hf_store_packs(f->store, &f->error);
    assert_int_equal(packs->len, 0);
}

static void test_a_discarded_stream_is_gone(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref shared;
    hf_object_ref ref;
    assert_done(append(f, key, "kept", 4, &shared) &&
                    stream(f, key, (const uint8_t *)"gone", 4, 4, &ref),
                f->error);
    assert_done(hf_store_discard_stream(f->store, &ref, &f->error), f->error);
    assert_unreadable(f, &ref, HF_ERROR_KEY);
    assert_false(hf_store_discard_stream(f->store, &shared, &f->error));
    assert_error(f->error, HF_ERROR_INTERNAL);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    assert_reads(f->store, &shared, "kept", 4);
    g_autoptr(GArray) packs = hf_store_packs(f->store, &f->error);
    assert_int_equal(packs->len, 1);
}

static void test_a_reader_sees_what_the_writer_synced(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_store) reader =
        hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, &f->error);
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    assert_done(append(f, key, "first", 5, &ref), f->error);
    assert_reads(reader, &ref, "first", 5);
    assert_done(append(f, key, "second", 6, &ref), f->error);
    assert_reads(reader, &ref, "second", 6);
    g_autoptr(hf_sealed) sealed = hf_store_seal(key, "third", 5, &f->error);
    assert_false(hf_store_append(reader, key, sealed, &ref, &f->error));
    assert_error(f->error, HF_ERROR_INTERNAL);
}

#define vault_test(function) cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        vault_test(test_sealed_objects_come_back),
        vault_test(test_streams_come_back),
        vault_test(test_a_stream_that_changes_its_nature_comes_back),
        vault_test(test_text_is_stored_smaller_and_noise_hardly_larger),
        vault_test(test_no_content_or_key_is_on_disk_in_clear),
        vault_test(test_the_same_content_is_stored_differently),
        vault_test(test_a_family_has_one_slot_and_another_has_another),
        vault_test(test_sealing_for_another_family_is_refused),
        vault_test(test_an_object_above_the_limit_is_not_read),
        vault_test(test_every_flipped_bit_is_noticed),
        vault_test(test_swapped_chunks_are_noticed),
        vault_test(test_cut_chunks_are_noticed),
        vault_test(test_impossible_places_are_refused),
        vault_test(test_a_wiped_slot_makes_its_family_unreadable),
        vault_test(test_a_stream_is_read_in_bounded_pieces),
        vault_test(test_reading_within_reading),
        vault_test(test_threads_do_not_disturb_each_other),
        vault_test(test_many_packs_are_read_in_any_order),
        vault_test(test_an_abandoned_stream_leaves_nothing),
        vault_test(test_a_discarded_stream_is_gone),
        vault_test(test_a_reader_sees_what_the_writer_synced),
    };
    return cmocka_run_group_tests_name("store: objects", tests, NULL, NULL);
}
