/* Families, their keys, and the places where they were found. */
#include "unit/catalog_fixture.h"

static int64_t lookup(fixture *f, int64_t matter, const char *bytes)
{
    int64_t family = -1;
    hf_family_key_value key = key_of(bytes);
    DONE(hf_family_find(f->catalog, matter, &key, &family, &f->error));
    return family;
}

static int64_t seen(fixture *f, int64_t file, const char *inside, const char *bytes, bool *earlier)
{
    int64_t family = -1;
    hf_family_key_value key = key_of(bytes);
    DONE(hf_family_seen_instance(f->catalog, file, inside, key.hash, f->run, &family, earlier,
                                 &f->error));
    return family;
}

static void test_a_family_is_found_in_its_matter_only(void **state)
{
    fixture *f = *state;
    int64_t matter = 0;
    uint32_t ids[3], other;
    DONE(hf_matter_add(f->catalog, "M", "", "", "UTC", &f->error));
    DONE(hf_matter_find(f->catalog, "M", &matter, &f->error));
    int64_t family = add_family(f, matter, "one", 2, ids);
    assert_int_equal(lookup(f, matter, "one"), family);
    assert_int_equal(lookup(f, 0, "one"), 0);
    assert_int_equal(lookup(f, matter, "two"), 0);
    int64_t general = add_family(f, 0, "one", 0, &other);
    assert_int_equal(lookup(f, 0, "one"), general);
    assert_int_equal(lookup(f, matter, "one"), family);
    hf_family_key_value mail = key_of("one");
    mail.kind = 'm';
    DONE(hf_family_find(f->catalog, matter, &mail, &general, &f->error));
    assert_int_equal(general, 0);
}

static void test_a_family_is_read_as_it_was_written(void **state)
{
    fixture *f = *state;
    uint32_t ids[3];
    uint64_t n = 0;
    int64_t file = add_file(f, add_source(f, "/the/root", 0, NULL), "below", "m.eml", 1, "jane");
    int64_t family = add_family(f, 0, "one", 2, ids);
    add_instance(f, family, file, "box.mbox!/1.eml", "one");
    assert_true(ids[0] < ids[1] && ids[1] < ids[2]);
    g_autoptr(hf_document) parent = hf_document_get(f->catalog, ids[0], &f->error);
    g_autoptr(hf_document) child = hf_document_get(f->catalog, ids[2], &f->error);
    DONE(parent != NULL && child != NULL);
    assert_int_equal(parent->parent, 0);
    assert_int_equal(child->parent, ids[0]);
    assert_string_equal(parent->place, "/the/root/below/m.eml!/box.mbox!/1.eml");
    assert_string_equal(child->place, "/the/root/below/m.eml!/box.mbox!/1.eml!/part.txt");
    assert_string_equal(parent->path_inside, "box.mbox!/1.eml");
    assert_string_equal(parent->custodian_name, "jane");
    assert_string_equal(parent->title, "A title");
    assert_null(parent->author);
    assert_true(parent->has_native && parent->has_text);
    assert_int_equal(parent->native.offset, 64);
    assert_true(parent->review_date.utc == 1000 && parent->review_date.offset == HF_OFFSET_NONE);
    g_autoptr(GPtrArray) meta = hf_document_meta(f->catalog, ids[0], &f->error);
    assert_int_equal(meta->len, 4);
    assert_string_equal(g_ptr_array_index(meta, 3), "Somebody");
    g_autoptr(GArray) members = hf_document_family(f->catalog, family, &f->error);
    assert_int_equal(members->len, 3);
    DONE(hf_family_count_documents(f->catalog, family, &n, &f->error));
    assert_int_equal(n, 3);
    assert_null(hf_document_get(f->catalog, 99, &f->error));
    FAILS(false, HF_ERROR_NOT_FOUND, "HF0000099");
}

static void test_an_instance_is_known_by_place_and_bytes(void **state)
{
    fixture *f = *state;
    uint32_t id;
    bool earlier;
    int64_t file = add_file(f, add_source(f, "/a", 0, NULL), "", "x.tar", 1, NULL);
    int64_t family = add_family(f, 0, "one", 0, &id);
    assert_int_equal(add_instance(f, family, file, "a.txt", "one"), HF_INSTANCE_NEW);
    assert_int_equal(add_instance(f, family, file, "a.txt", "one"), HF_INSTANCE_KNOWN);
    assert_int_equal(seen(f, file, "a.txt", "one", &earlier), family);
    assert_false(earlier);
    assert_int_equal(seen(f, file, "a.txt", "two", &earlier), 0);
    assert_int_equal(seen(f, file, "b.txt", "one", &earlier), 0);
    next_run(f);
    assert_int_equal(seen(f, file, "a.txt", "one", &earlier), family);
    assert_true(earlier);
    assert_int_equal(seen(f, file, "a.txt", "one", &earlier), family);
    assert_true(earlier);
}

/* Own bytes of a message that was equal by recipe: kept, and found by the next copy of them. */
static void test_own_bytes_of_an_instance_find_the_family(void **state)
{
    fixture *f = *state;
    uint32_t id;
    hf_instance_state how;
    int64_t file = add_file(f, add_source(f, "/a", 0, NULL), "", "x.eml", 1, NULL);
    int64_t family = add_family(f, 0, "one", 0, &id);
    hf_family_key_value key = key_of("one, with other headers");
    hf_object_row native = {.pack = 1, .slot = 2, .offset = 200, .stored = 20, .size = 23};
    memcpy(native.sha256, key.hash, 32);
    hf_instance_row row = {.family = family,
                           .file = file,
                           .path_inside = "",
                           .sha256 = key.hash,
                           .native = &native,
                           .key = &key,
                           .run = f->run};
    DONE(hf_family_put_instance(f->catalog, &row, &how, &f->error));
    assert_int_equal(lookup(f, 0, "one, with other headers"), family);
    assert_int_equal(counts_of(f).objects, 3);
    g_autofree char *hex = hf_digest_hex(key.hash, 32);
    assert_set(f, hf_selection_hash(f->catalog, hex, &f->error), "1");
}

static void test_the_live_place_is_shown_first(void **state)
{
    fixture *f = *state;
    uint32_t id;
    int64_t source = add_source(f, "/a", 0, NULL);
    int64_t first = add_file(f, source, "", "first", 1, NULL),
            second = add_file(f, source, "", "second", 2, NULL);
    int64_t family = add_family(f, 0, "one", 0, &id);
    add_instance(f, family, first, "", "one");
    add_instance(f, family, second, "", "one");
    DONE(hf_source_gone_file(f->catalog, first, f->run, &f->error));
    g_autoptr(hf_document) document = hf_document_get(f->catalog, id, &f->error);
    assert_string_equal(document->place, "/a/second");
    g_autoptr(GPtrArray) live = hf_document_instances(f->catalog, id, false, &f->error);
    g_autoptr(GPtrArray) all = hf_document_instances(f->catalog, id, true, &f->error);
    assert_int_equal(live->len, 1);
    assert_int_equal(all->len, 2);
}

static void test_a_retry_adds_and_updates(void **state)
{
    fixture *f = *state;
    uint32_t id, child = 0;
    uint64_t n = 0;
    int64_t family = add_family(f, 0, "one", 0, &id);
    hf_family_key_value key = key_of("inner");
    uint8_t md5[16] = {0};
    hf_document_row row = {.path = "inner.txt",
                           .name = "inner.txt",
                           .type = "text/html",
                           .sha256 = key.hash,
                           .md5 = md5,
                           .size = 5,
                           .text_state = HF_TEXT_NONE,
                           .review_date = {HF_TIME_NONE, HF_OFFSET_NONE}};
    DONE(hf_family_add_document(f->catalog, family, id, &row, f->run, &child, &f->error));
    DONE(hf_family_count_documents(f->catalog, family, &n, &f->error));
    assert_int_equal(n, 2);
    hf_published segment = {.directory = "1-2", .first = 1, .last = 2, .documents = 2};
    DONE(hf_published_put(f->catalog, &segment, NULL, &f->error));
    row.title = "Now with a title";
    DONE(hf_family_update_document(f->catalog, id, &row, &f->error));
    g_autoptr(hf_document) document = hf_document_get(f->catalog, id, &f->error);
    assert_string_equal(document->title, "Now with a title");
    assert_string_equal(document->type, "text/html");
    assert_false(document->has_text);
    assert_true(document->has_native);
    g_autoptr(GPtrArray) meta = hf_document_meta(f->catalog, id, &f->error);
    assert_int_equal(meta->len, 0);
    g_autoptr(GArray) stale = hf_published_stale(f->catalog, &f->error);
    assert_int_equal(stale->len, 1);
}

static void test_a_family_in_place_takes_its_bytes_later(void **state)
{
    fixture *f = *state;
    hf_family_key_value key = key_of("one");
    uint8_t md5[16] = {0};
    uint32_t id = 0;
    int64_t family = 0;
    bool in_place = false, wanted = false;
    hf_document_row document = {.parent = -1,
                                .path = "",
                                .name = "one",
                                .type = "text/plain",
                                .sha256 = key.hash,
                                .md5 = md5,
                                .size = 3,
                                .review_date = {HF_TIME_NONE, HF_OFFSET_NONE}};
    hf_family_row row = {.family_date = HF_TIME_NONE,
                         .keys = &key,
                         .n_keys = 1,
                         .documents = &document,
                         .n_documents = 1,
                         .run = f->run};
    DONE(hf_family_put(f->catalog, &row, &family, &id, &f->error));
    DONE(hf_family_is_in_place(f->catalog, family, &in_place, &f->error));
    assert_true(in_place);
    DONE(hf_family_wants_native(f->catalog, family, "", key.hash, &wanted, &f->error));
    assert_true(wanted);
    hf_object_row native = {.pack = 1, .slot = 1, .offset = 64, .stored = 10, .size = 3};
    memcpy(native.sha256, key.hash, 32);
    DONE(hf_family_adopt_native(f->catalog, family, "", &native, &f->error));
    DONE(hf_family_is_in_place(f->catalog, family, &in_place, &f->error));
    DONE(hf_family_wants_native(f->catalog, family, "", key.hash, &wanted, &f->error));
    assert_false(in_place || wanted);
    g_autoptr(hf_document) read = hf_document_get(f->catalog, id, &f->error);
    assert_true(read->has_native);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_family_is_found_in_its_matter_only, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_a_family_is_read_as_it_was_written, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_an_instance_is_known_by_place_and_bytes, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_own_bytes_of_an_instance_find_the_family, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_the_live_place_is_shown_first, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(test_a_retry_adds_and_updates, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(test_a_family_in_place_takes_its_bytes_later, fixture_new,
                                        fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
