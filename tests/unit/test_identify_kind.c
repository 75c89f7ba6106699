#include "holdfast/identify.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_kinds(void **state)
{
    static const char *const cases[][2] = {
        {"message/rfc822", "email"},
        {"application/mbox", "mailbox"},
        {"application/pdf", "pdf"},
        {"application/msword", "word"},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "excel"},
        {"image/x-anything", "image"},
        {"text/x-c", "text"},
        {"application/x-7z-compressed", "archive"},
        {"application/octet-stream", "unknown"},
        {"application/x-never-heard-of", "other"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(hf_identify_kind(cases[i][0]), cases[i][1]);
}

static void test_extensions(void **state)
{
    static const struct {
        const char *extension, *type;
        bool fits;
    } cases[] = {
        {"pdf", "application/pdf", true},
        {"jpg", "application/pdf", false},
        {"doc", "application/rtf", true},
        {"doc", "text/html", false},
        {"", "application/pdf", true},
        {"weird", "application/pdf", true},
        {"pdf", "application/x-never-heard-of", true},
        {"txt", "text/plain", true},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(hf_identify_extension_fits(cases[i].extension, cases[i].type),
                         cases[i].fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds),
                                       cmocka_unit_test(test_extensions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
