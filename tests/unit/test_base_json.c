#include "cases.h"
#include "holdfast/base.h"

static void values_of_every_kind_get_their_commas(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "name", "a");
    hf_json_pair(&json, "none", NULL);
    hf_json_pair_int(&json, "low", INT64_MIN);
    hf_json_pair_bool(&json, "yes", true);
    hf_json_pair_time(&json, "when", 0);
    hf_json_pair_time(&json, "never", HF_TIME_NONE);
    hf_json_key(&json, "list");
    hf_json_array(&json);
    hf_json_int(&json, 1);
    hf_json_array(&json);
    hf_json_end_array(&json);
    hf_json_object(&json);
    hf_json_end_object(&json);
    hf_json_double(&json, 0.5);
    hf_json_null(&json);
    hf_json_end_array(&json);
    hf_json_pair_bool(&json, "after", false);
    hf_json_end_object(&json);
    assert_string_equal(out->str,
                        "{\"name\":\"a\",\"none\":null,\"low\":-9223372036854775808,\"yes\":true,"
                        "\"when\":\"1970-01-01T00:00:00Z\",\"never\":null,"
                        "\"list\":[1,[],{},0.5,null],\"after\":false}");
}

static void strings_are_escaped(void **state)
{
    static const struct {
        const char *value, *json;
    } cases[] = {
        {"plain", "\"plain\""},
        {"", "\"\""},
        {"\"quoted\" \\ back", "\"\\\"quoted\\\" \\\\ back\""},
        {"\n\r\t", "\"\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
        {"東京 ü", "\"東京 ü\""},
        {"bad\xff", "\"bad\\\\xff\""},
        {"</script>", "\"</script>\""},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        hf_json json;
        hf_json_init(&json, out);
        hf_json_string(&json, cases[i].value);
        assert_string_equal(out->str, cases[i].json);
    }
}

static void a_string_with_a_nul_stays_whole(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_string_n(&json, "a\0b", 3);
    assert_true(g_str_has_prefix(out->str, "\"a\\"));
    assert_true(g_str_has_suffix(out->str, "b\""));
}

static void not_a_number_is_null(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_array(&json);
    hf_json_double(&json, 0.0 / 0.0);
    hf_json_double(&json, -1.0 / 0.0);
    hf_json_end_array(&json);
    assert_string_equal(out->str, "[null,null]");
}

static void nesting_goes_sixty_deep(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    for (int i = 0; i < 60; i++)
        hf_json_array(&json);
    for (int i = 0; i < 60; i++) {
        hf_json_end_array(&json);
        if (i < 59)
            hf_json_int(&json, i);
    }
    assert_true(g_str_has_prefix(out->str, "[[["));
    assert_true(g_str_has_suffix(out->str, "],57],58]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind_get_their_commas),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(a_string_with_a_nul_stays_whole),
        cmocka_unit_test(not_a_number_is_null),
        cmocka_unit_test(nesting_goes_sixty_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
