/* The order of documents by path, and their groups. */
#include "unit/catalog_fixture.h"

#define MANY 20500 /* above what is sorted in memory */

typedef struct {
    GArray *ids; /* of uint32_t */
    guint most;  /* stops there; 0: never */
} listing;

static bool list_one(void *data, uint32_t id, GError **error)
{
    listing *list = data;
    g_array_append_val(list->ids, id);
    (void)error;
    return list->most == 0 || list->ids->len < list->most;
}

static GArray *in_order(fixture *f, const hf_set *set, bool reverse)
{
    listing list = {g_array_new(FALSE, FALSE, sizeof(uint32_t)), 0};
    DONE(hf_order_each_path(f->catalog, set, reverse, list_one, &list, &f->error));
    return list.ids;
}

static void assert_order(fixture *f, const hf_set *set, bool reverse, const char *wanted)
{
    g_autoptr(GArray) ids = in_order(f, set, reverse);
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(got, "%s%u", i > 0 ? " " : "", g_array_index(ids, uint32_t, i));
    assert_string_equal(got->str, wanted);
}

static hf_set *all_of(uint32_t first, uint32_t last)
{
    hf_set *set = hf_set_new();
    hf_set_add_range(set, first, last);
    return set;
}

static void paths_go_by_root_folder_name_and_inside(void **state)
{
    fixture *f = *state;
    uint32_t ids[3];
    int64_t late = add_source(f, "/b", 0, NULL), early = add_source(f, "/a", 0, NULL);
    /* 1: /b/x, 2: /a/z/m!/2, 3: /a/z/m!/1 with its child 4, 5: /a/y */
    add_instance(f, add_family(f, 0, "one", 0, ids), add_file(f, late, "", "x", 1, NULL), "",
                 "one");
    int64_t box = add_file(f, early, "z", "m", 2, NULL);
    add_instance(f, add_family(f, 0, "two", 0, ids), box, "2", "two");
    add_instance(f, add_family(f, 0, "three", 1, ids), box, "1", "three");
    add_instance(f, add_family(f, 0, "four", 0, ids), add_file(f, early, "", "y", 3, NULL), "",
                 "four");
    g_autoptr(hf_set) all = all_of(1, 5);
    g_autoptr(hf_set) some = all_of(2, 3);
    assert_order(f, all, false, "5 3 4 2 1");
    assert_order(f, all, true, "1 2 4 3 5");
    assert_order(f, some, false, "3 2");
}

/* Families at two places each, of which the first was found later in the order of paths. */
static void add_many(fixture *f, hf_set *all)
{
    int64_t sources[] = {add_source(f, "/late", 0, NULL), add_source(f, "/early", 0, NULL)};
    for (unsigned i = 0; i < MANY; i++) {
        uint32_t ids[2];
        unsigned children = i % 50 == 0;
        g_autofree char *bytes = g_strdup_printf("text %u", i * 7919 % MANY);
        g_autofree char *folder = g_strdup_printf("f%u", i * 31 % 97);
        g_autofree char *name = g_strdup_printf("n%u", i * 7919 % MANY);
        int64_t family = add_family(f, 0, bytes, children, ids);
        int64_t file = add_file(f, sources[i % 2], folder, name, i + 1, i % 3 == 0 ? "jane" : NULL);
        add_instance(f, family, file, "", bytes);
        if (i % 5 == 0)
            add_instance(f, family, file, "again", bytes);
        hf_set_add_range(all, ids[0], ids[children]);
    }
}

static void many_are_in_the_order_of_few(void **state)
{
    fixture *f = *state;
    g_autoptr(hf_set) all = hf_set_new();
    g_autoptr(hf_set) some = hf_set_new();
    add_many(f, all);
    for (uint32_t id = 0; hf_set_next(all, &id); id += 11)
        hf_set_add(some, id);
    for (int reverse = 0; reverse <= 1; reverse++) {
        g_autoptr(GArray) many = in_order(f, all, reverse);
        g_autoptr(GArray) few = in_order(f, some, reverse);
        guint at = 0;
        assert_int_equal(many->len, hf_set_count(all));
        for (guint i = 0; i < many->len; i++) {
            if (hf_set_has(some, g_array_index(many, uint32_t, i)))
                assert_int_equal(g_array_index(many, uint32_t, i),
                                 g_array_index(few, uint32_t, at++));
        }
        assert_int_equal(at, few->len);
        assert_int_equal(few->len, hf_set_count(some));
    }
    listing list = {g_array_new(FALSE, FALSE, sizeof(uint32_t)), 3};
    assert_false(hf_order_each_path(f->catalog, all, false, list_one, &list, &f->error));
    assert_null(f->error);
    assert_int_equal(list.ids->len, 3);
    g_array_unref(list.ids);
}

static char *groups_text(GPtrArray *groups)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++) {
        const hf_order_group *group = g_ptr_array_index(groups, i);
        g_string_append_printf(text, "%s%s:", i > 0 ? " " : "", group->name ? group->name : "-");
        for (uint32_t id = 0; hf_set_next(group->documents, &id); id++)
            g_string_append_printf(text, " %u", id);
    }
    g_ptr_array_unref(groups);
    return g_string_free(text, FALSE);
}

static void groups_are_of_who_is_shown_and_of_all(void **state)
{
    fixture *f = *state;
    uint32_t ids[2];
    int64_t source = add_source(f, "/a", 0, NULL), matter = 0;
    DONE(hf_matter_add(f->catalog, "M", "", "", "UTC", &f->error));
    DONE(hf_matter_find(f->catalog, "M", &matter, &f->error));
    int64_t of_john = add_file(f, source, "", "1", 1, "john");
    int64_t of_jane = add_file(f, source, "", "2", 2, "Jane");
    int64_t of_j = add_file(f, source, "", "3", 3, "J. Roe");
    int64_t family = add_family(f, matter, "one", 1, ids); /* 1, 2 */
    add_instance(f, family, of_john, "", "one");
    add_instance(f, family, of_jane, "", "one");
    add_instance(f, add_family(f, 0, "two", 0, ids), of_j, "", "two"); /* 3 */
    add_instance(f, add_family(f, 0, "three", 0, ids), add_file(f, source, "", "4", 4, NULL), "",
                 "three"); /* 4 */
    DONE(hf_custodian_merge(f->catalog, "J. Roe", "Jane", &f->error));
    g_autoptr(hf_set) all = all_of(1, 4);
    g_autofree char *shown = groups_text(hf_order_custodians(f->catalog, all, &f->error));
    g_autofree char *every = groups_text(hf_order_all_custodians(f->catalog, all, &f->error));
    g_autofree char *matters = groups_text(hf_order_matters(f->catalog, all, &f->error));
    assert_string_equal(shown, "Jane: 3 john: 1 2 -: 4");
    assert_string_equal(every, "Jane: 1 2 3 john: 1 2 -: 4");
    assert_string_equal(matters, "M: 1 2 -: 3 4");
    g_autoptr(hf_set) none = hf_set_new();
    g_autofree char *nobody = groups_text(hf_order_custodians(f->catalog, none, &f->error));
    assert_string_equal(nobody, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_go_by_root_folder_name_and_inside, fixture_new,
                                        fixture_free),
        cmocka_unit_test_setup_teardown(many_are_in_the_order_of_few, fixture_new, fixture_free),
        cmocka_unit_test_setup_teardown(groups_are_of_who_is_shown_and_of_all, fixture_new,
                                        fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
