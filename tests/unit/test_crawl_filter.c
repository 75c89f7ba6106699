/* Globs, what a run leaves out, and whose a file is. */
#include "holdfast/crawl.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static void test_globs(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *text;
        bool matches;
    } cases[] = {
        {"a", "a", true},
        {"a", "b", false},
        {"a", "ab", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"*", "a/b", false},
        {"*.txt", "a.txt", true},
        {"*.txt", "a.txt.gz", false},
        {"*.txt", "A.TXT", false},
        {"a*b*c", "aXbXbXc", true},
        {"a*b*c", "aXbX", false},
        {"?", "a", true},
        {"?", "", false},
        {"?", "/", false},
        {"?", "\xc3\xa9", true},
        {"??", "\xc3\xa9", false},
        {"?", "\xe2\x82\xac", true},
        {"?", "\xff", true},
        {"**", "a/b/c", true},
        {"a/**", "a/b/c", true},
        {"a/**", "a", false},
        {"a/**", "ab/c", false},
        {"**/c", "c", true},
        {"**/c", "a/b/c", true},
        {"**/c", "abc", false},
        {"a/**/c", "a/c", true},
        {"a/**/c", "a/b/b/c", true},
        {"a/**/c", "a/bc", false},
        {"a/**/*.txt", "a/b/c/d.txt", true},
        {"a/**/x/*.txt", "a/x/y/x/d.txt", true},
        {"a/**/x/*.txt", "a/x/y/z/d.txt", false},
        {"a**c", "a/b/c", true},
        {"**/a*/**/b?", "x/ab/y/z/bq", true},
        {"**/a*/**/b?", "x/ab/y/z/b", false},
        {"*/b", "a/b", true},
        {"*/b", "a/x/b", false},
        {"[1].msg", "[1].msg", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\?a", "?a", true},
        {"\\\\", "\\", true},
        {"a\\", "a\\", true},
        {"***", "a/b", true},
        {"*a*",
         "\xff\xfe"
         "a",
         true},
        /* what must not take for ever */
        {"*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         false},
        {"**/a/**/a/**/a/**/a/**/b", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (hf_crawl_filter_glob(cases[i].glob, cases[i].text) != cases[i].matches)
            fail_msg("\"%s\" against \"%s\"", cases[i].glob, cases[i].text);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const include[] = {"*.txt", "docs/", "a/**/*.pdf", NULL};
    static const char *const exclude[] = {"~$*", "cache/", "x/y/", "docs/old/**", NULL};
    hf_crawl_filter filter = {include, exclude, HF_TIME_NONE, HF_TIME_NONE, 0, 0, 0};
    static const struct {
        const char *path, *why;
    } cases[] = {
        {"a.txt", NULL},
        {"deep/er/a.txt", NULL},
        {"a.pdf", "matches no --include"},
        {"a/b/c.pdf", NULL},
        {"docs/anything", NULL},
        {"deep/docs/anything", NULL},
        {"docs", "matches no --include"},
        {"deep/~$a.txt", "left out by --exclude ~$*"},
        {"cache/a.txt", "left out by --exclude cache/"},
        {"deep/cache/er/a.txt", "left out by --exclude cache/"},
        {"cache.txt", NULL},
        {"x/y/a.txt", "left out by --exclude x/y/"},
        {"z/x/y/a.txt", NULL},
        {"docs/old/a.txt", "left out by --exclude docs/old/**"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *why = hf_crawl_filter_path(&filter, cases[i].path);
        if (g_strcmp0(why, cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].path, why != NULL ? why : "taken");
    }
    assert_null(hf_crawl_filter_path(NULL, "a"));
    assert_null(hf_crawl_filter_folder(&filter, "docs"));
    assert_non_null(hf_crawl_filter_folder(&filter, "docs/old"));
    assert_non_null(hf_crawl_filter_folder(&filter, "any/cache"));
    assert_null(hf_crawl_filter_folder(&filter, "any/x/y"));
}

static void test_custodians(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path, *custodian;
    } cases[] = {
        {"users/{custodian}/", "users/roe/mail/1", "roe"},
        {"users/{custodian}/", "users/roe", NULL},
        {"users/{custodian}/", "other/roe/1", NULL},
        {"users/{custodian}", "users/roe", "roe"},
        {"{custodian}.mbox", "roe.mbox", "roe"},
        {"{custodian}.mbox", "roe.pst", NULL},
        {"{custodian}.mbox", ".mbox", NULL},
        {"*/{custodian}/", "any/roe/1", "roe"},
        {"{custodian}/*.pst", "roe/a.pst", "roe"},
        {"{custodian}/*.pst", "roe/a.txt", NULL},
        {"mail-{custodian}-*/", "mail-roe-2001/x", "roe"},
        {"users/{custodian}/", "users/J\xc3\xb6rg/1", "J\xc3\xb6rg"},
        {"users/{custodian}/", "users/J\xf6rg/1", "J\xef\xbf\xbdrg"},
        {"users/{custodian}/", "users//1", NULL},
        {"users/", "users/roe", NULL},
        {"", "a", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = hf_crawl_custodian_from(cases[i].pattern, cases[i].path);
        if (g_strcmp0(found, cases[i].custodian) != 0)
            fail_msg("%s in %s: %s", cases[i].pattern, cases[i].path,
                     found != NULL ? found : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_custodians),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
