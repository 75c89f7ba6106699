#include "cases.h"
#include "holdfast/base.h"
#include <errno.h>
#include <string.h>

static void stored_names_do_not_change(void **state)
{
    static const char *const names[] = {
        "encrypted", "damaged",    "truncated", "unsupported", "limit",   "timeout", "died",
        "protocol",  "unreadable", "changed",   "unsafe-name", "special", "no-text", "vanished",
    };
    (void)state;
    assert_int_equal(CASES(names), HF_ITEM_LAST);
    for (int code = 0; code < HF_ITEM_LAST; code++) {
        assert_string_equal(hf_error_item_name((hf_item_error)code), names[code]);
        assert_int_equal(hf_error_item_parse(hf_error_item_name((hf_item_error)code)), code);
    }
}

static void every_reason_has_an_advice_of_one_sentence(void **state)
{
    (void)state;
    for (int code = 0; code < HF_ITEM_LAST; code++) {
        const char *advice = hf_error_item_advice((hf_item_error)code);
        assert_non_null(advice);
        assert_true(strlen(advice) > 10);
        assert_null(strchr(advice, '\n'));
    }
}

static void unknown_names_are_none(void **state)
{
    (void)state;
    assert_int_equal(hf_error_item_parse("nonesuch"), -1);
    assert_int_equal(hf_error_item_parse(""), -1);
}

static void system_errors_name_the_thing_and_the_operation(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_false(hf_error_set_errno(&error, EACCES, "open", "a/b\n.zip"));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    g_autofree char *expected =
        g_strdup_printf("cannot open \"a/b\\x0a.zip\": %s", g_strerror(EACCES));
    assert_string_equal(error->message, expected);
    assert_false(hf_error_set_errno(NULL, EACCES, "open", "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_names_do_not_change),
        cmocka_unit_test(every_reason_has_an_advice_of_one_sentence),
        cmocka_unit_test(unknown_names_are_none),
        cmocka_unit_test(system_errors_name_the_thing_and_the_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
