/* After a kill, on a full disk, and when checking both ways: what the catalog knows stays, all else goes. */
#include "unit/store_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static hf_store_known known_after(const hf_object_ref *last)
{
    return (hf_store_known){last->pack, last->offset + last->stored, last->slot + 1};
}

static hf_object_ref put(fixture *f, const char *text)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    assert_done(append(f, key, text, strlen(text), &ref), f->error);
    return ref;
}

static hf_object_ref put_stream(fixture *f, const char *text)
{
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    size_t n = strlen(text);
    assert_done(stream(f, key, (const uint8_t *)text, n, n, &ref), f->error);
    return ref;
}

static guint count_packs(fixture *f)
{
    g_autoptr(GArray) packs = hf_store_packs(f->store, &f->error);
    assert_done(packs != NULL, f->error);
    return packs->len;
}

static void test_appended_scratch_is_cut_and_written_over(void **state)
{
    fixture *f = *state;
    hf_object_ref kept = put(f, "kept");
    hf_object_ref scratch = put(f, "scratch");
    hf_object_ref more = put(f, "more scratch");
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    g_autofree char *pack = inside(f, "objects/00000001.pack");
    g_autofree char *table = inside(f, "objects/00000001.keys");
    /* And a torn tail of both. */
    patch_file(pack, size_of(pack), "torn", 4);
    patch_file(table, size_of(table), "torn", 4);
    fixture_open(f);
    hf_store_known known = known_after(&kept);
    assert_done(hf_store_recover(f->store, &known, 1, &f->error), f->error);
    assert_int_equal(size_of(pack), known.end);
    assert_int_equal(size_of(table), 64 + 64 * known.slots);
    assert_false(hf_store_slot_live(f->store, scratch.pack, scratch.slot));
    assert_unreadable(f, &more, HF_ERROR_INTEGRITY);
    assert_reads(f->store, &kept, "kept", 4);
    hf_object_ref next = put(f, "next");
    assert_int_equal(next.pack, kept.pack);
    assert_int_equal(next.offset, known.end);
    assert_int_equal(next.slot, known.slots);
    assert_reads(f->store, &next, "next", 4);
    assert_reads(f->store, &kept, "kept", 4);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    fixture_open(f);
    assert_reads(f->store, &next, "next", 4);
}

static void test_without_recovery_a_new_pack_is_begun(void **state)
{
    fixture *f = *state;
    hf_object_ref first = put(f, "first");
    fixture_open(f);
    hf_object_ref second = put(f, "second");
    assert_int_not_equal(first.pack, second.pack);
    assert_reads(f->store, &first, "first", 5);
}

static void test_packs_the_catalog_does_not_know_are_removed(void **state)
{
    fixture *f = *state;
    hf_object_ref kept = put(f, "kept");
    hf_object_ref stream_kept = put_stream(f, "kept stream");
    hf_object_ref stream_lost = put_stream(f, "lost stream");
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    /* Kills between the files of a pack: one without a table, a table without a pack. */
    static const char *const halves[] = {"objects/00000017.pack", "objects/00000018.keys"};
    g_autofree char *other = inside(f, "objects/README");
    assert_true(g_file_set_contents(other, "not ours", -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++) {
        g_autofree char *path = inside(f, halves[i]);
        assert_true(g_file_set_contents(path, "half", -1, NULL));
    }
    fixture_open(f);
    hf_store_known known[] = {known_after(&stream_kept), known_after(&kept)};
    assert_done(hf_store_recover(f->store, known, 2, &f->error), f->error);
    assert_int_equal(count_packs(f), 2);
    assert_true(exists(other));
    assert_unreadable(f, &stream_lost, HF_ERROR_KEY);
    assert_reads(f->store, &kept, "kept", 4);
    assert_reads(f->store, &stream_kept, "kept stream", 11);
    hf_object_ref next = put_stream(f, "next stream");
    assert_int_equal(next.pack, stream_kept.pack + 1);
    assert_reads(f->store, &next, "next stream", 11);
}

static void test_an_empty_catalog_clears_the_store(void **state)
{
    fixture *f = *state;
    put(f, "scratch");
    put_stream(f, "scratch");
    fixture_open(f);
    assert_done(hf_store_recover(f->store, NULL, 0, &f->error), f->error);
    assert_int_equal(count_packs(f), 0);
    hf_object_ref ref = put(f, "anew");
    assert_int_equal(ref.pack, 1);
    assert_reads(f->store, &ref, "anew", 4);
}

static void test_a_killed_stream_is_scratch(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    g_autofree uint8_t *noise = make_content(3 << 20, true, 1);
    hf_object_ref kept = put(f, "kept");
    hf_object_writer *writer = hf_store_stream(f->store, key, &f->error);
    assert_done(hf_object_writer_write(writer, noise, 3 << 20, &f->error), f->error);
    /* Another process finds what this one, were it dead, would have left. */
    g_autoptr(hf_store) next = hf_store_open(f->vault, f->dir, HF_STORE_WRITE, NULL, NULL, NULL);
    hf_store_known known = known_after(&kept);
    assert_done(hf_store_recover(next, &known, 1, &f->error), f->error);
    g_autoptr(GArray) packs = hf_store_packs(next, &f->error);
    assert_int_equal(packs->len, 1);
    assert_reads(next, &kept, "kept", 4);
    hf_object_writer_abandon(writer);
}

static void test_what_is_lost_is_told_and_the_rest_recovered(void **state)
{
    fixture *f = *state;
    hf_object_ref cut = put(f, "this one will be cut short");
    fixture_open(f);
    hf_object_ref lost = put(f, "this pack will be lost");
    fixture_open(f);
    hf_object_ref kept = put(f, "kept");
    put(f, "scratch");
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    hf_store_known known[] = {known_after(&cut), known_after(&lost), known_after(&kept)};
    g_autofree char *cut_path = inside(f, "objects/00000001.pack");
    g_autofree char *lost_path = inside(f, "objects/00000002.pack");
    g_autofree char *kept_path = inside(f, "objects/00000003.pack");
    assert_int_equal(truncate(cut_path, (off_t)known[0].end - 1), 0);
    assert_int_equal(unlink(lost_path), 0);
    fixture_open(f);
    assert_false(hf_store_recover(f->store, known, 3, &f->error));
    assert_error_says(f->error, HF_ERROR_INTEGRITY, "00000001.pack");
    assert_int_equal(size_of(kept_path), known[2].end);
    assert_unreadable(f, &cut, HF_ERROR_INTEGRITY);
    assert_unreadable(f, &lost, HF_ERROR_INTEGRITY);
    assert_reads(f->store, &kept, "kept", 4);
    hf_object_ref next = put(f, "next");
    assert_int_equal(next.pack, kept.pack);
}

static void test_recovery_comes_first(void **state)
{
    fixture *f = *state;
    put(f, "x");
    assert_false(hf_store_recover(f->store, NULL, 0, &f->error));
    assert_error(f->error, HF_ERROR_INTERNAL);
    g_autoptr(hf_store) reader = hf_store_open(f->vault, f->dir, HF_STORE_READ, NULL, NULL, NULL);
    assert_false(hf_store_recover(reader, NULL, 0, &f->error));
    assert_error(f->error, HF_ERROR_INTERNAL);
    assert_int_equal(count_packs(f), 1);
}

static void test_packs_are_listed_with_what_is_wrong(void **state)
{
    fixture *f = *state;
    hf_object_ref shared = put(f, "shared");
    put(f, "another");
    hf_object_ref streamed = put_stream(f, "streamed");
    put_stream(f, "its table will be damaged");
    put_stream(f, "its table will be torn");
    put_stream(f, "its table will be gone");
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    g_autofree char *damaged = inside(f, "objects/00000003.keys");
    g_autofree char *torn = inside(f, "objects/00000004.keys");
    g_autofree char *gone = inside(f, "objects/00000005.keys");
    patch_file(damaged, 64 + 20, "?", 1);
    patch_file(torn, 128, "?", 1);
    assert_int_equal(unlink(gone), 0);
    g_autoptr(GArray) packs = hf_store_packs(f->store, &f->error);
    assert_int_equal(packs->len, 5);
    static const struct {
        uint32_t slots;
        bool openable;
    } wanted[] = {{2, true}, {1, true}, {1, false}, {0, false}, {0, false}};
    for (guint i = 0; i < packs->len; i++) {
        const hf_store_pack *pack = &g_array_index(packs, hf_store_pack, i);
        assert_int_equal(pack->pack, i + 1);
        assert_int_equal(pack->slots, wanted[i].slots);
        assert_int_equal(pack->openable, wanted[i].openable);
        assert_true(pack->size > 64);
    }
    const hf_store_pack *second = &g_array_index(packs, hf_store_pack, streamed.pack - 1);
    assert_int_equal(second->size, streamed.offset + streamed.stored);
    assert_int_equal(shared.pack, 1);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on file sizes stands for a full disk: writes fail or fall short at that point. */
static void test_a_full_disk_harms_nothing_that_was_there(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    g_autofree uint8_t *noise = make_content(1 << 20, true, 1);
    hf_object_ref kept = put(f, "kept");
    hf_object_ref ref;
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(100000);
    bool appended = append(f, key, noise, 1 << 20, &ref);
    g_autoptr(GError) append_error = g_steal_pointer(&f->error);
    bool streamed = stream(f, key, noise, 1 << 20, 1 << 20, &ref);
    g_autoptr(GError) stream_error = g_steal_pointer(&f->error);
    limit_file_size(RLIM_INFINITY);
    assert_false(appended);
    assert_error_says(append_error, HF_ERROR_IO, "00000001.pack");
    assert_false(streamed);
    assert_error_says(stream_error, HF_ERROR_IO, "00000002.pack");
    assert_reads(f->store, &kept, "kept", 4);
    assert_int_equal(count_packs(f), 1);
    /* With room again the same goes through. */
    assert_done(append(f, key, noise, 1 << 20, &ref), f->error);
    assert_reads(f->store, &ref, noise, 1 << 20);
    assert_int_equal(ref.offset, kept.offset + kept.stored);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    fixture_open(f);
    assert_reads(f->store, &kept, "kept", 4);
    assert_reads(f->store, &ref, noise, 1 << 20);
}

static void test_a_full_disk_at_the_start_of_a_pack(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_family_key) key = hf_family_key_new();
    hf_object_ref ref;
    static const rlim_t limits[] = {0, 10, 64, 80, 127, 128};
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        signal(SIGXFSZ, SIG_IGN);
        limit_file_size(limits[i]);
        bool appended = append(f, key, "something", 9, &ref);
        g_autoptr(GError) error = g_steal_pointer(&f->error);
        limit_file_size(RLIM_INFINITY);
        assert_false(appended);
        assert_error(error, HF_ERROR_IO);
    }
    assert_done(append(f, key, "something", 9, &ref), f->error);
    assert_reads(f->store, &ref, "something", 9);
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    fixture_open(f);
    hf_store_known known = known_after(&ref);
    assert_done(hf_store_recover(f->store, &known, 1, &f->error), f->error);
    assert_reads(f->store, &ref, "something", 9);
    assert_int_equal(count_packs(f), 1);
}

/* The catalog committed after each of some batches; the process dies after each write in between. */
static void test_any_prefix_of_the_last_batch_is_recovered_from(void **state)
{
    fixture *f = *state;
    hf_object_ref kept = put(f, "kept");
    hf_store_known known = known_after(&kept);
    put(f, "scratch");
    assert_done(hf_store_sync(f->store, &f->error), f->error);
    g_autofree char *pack = inside(f, "objects/00000001.pack");
    g_autofree char *table = inside(f, "objects/00000001.keys");
    gsize pack_n;
    gsize table_n;
    g_autofree char *pack_bytes = read_file(pack, &pack_n);
    g_autofree char *table_bytes = read_file(table, &table_n);
    for (gsize cut = known.end; cut <= pack_n; cut++) {
        gsize table_cut = MIN(table_n, 64 + 64 * known.slots + (cut - known.end));
        g_clear_pointer(&f->store, hf_store_free);
        patch_file(pack, 0, pack_bytes, pack_n);
        patch_file(table, 0, table_bytes, table_n);
        assert_int_equal(truncate(pack, (off_t)cut), 0);
        assert_int_equal(truncate(table, (off_t)table_cut), 0);
        fixture_open(f);
        assert_done(hf_store_recover(f->store, &known, 1, &f->error), f->error);
        hf_object_ref next = put(f, "next");
        assert_reads(f->store, &kept, "kept", 4);
        assert_reads(f->store, &next, "next", 4);
    }
}

#define vault_test(function) cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        vault_test(test_appended_scratch_is_cut_and_written_over),
        vault_test(test_without_recovery_a_new_pack_is_begun),
        vault_test(test_packs_the_catalog_does_not_know_are_removed),
        vault_test(test_an_empty_catalog_clears_the_store),
        vault_test(test_a_killed_stream_is_scratch),
        vault_test(test_what_is_lost_is_told_and_the_rest_recovered),
        vault_test(test_recovery_comes_first),
        vault_test(test_packs_are_listed_with_what_is_wrong),
        vault_test(test_a_full_disk_harms_nothing_that_was_there),
        vault_test(test_a_full_disk_at_the_start_of_a_pack),
        vault_test(test_any_prefix_of_the_last_batch_is_recovered_from),
    };
    return cmocka_run_group_tests_name("store: recovery", tests, NULL, NULL);
}
