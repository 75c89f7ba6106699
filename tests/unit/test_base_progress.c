/* The line that says how far long work is. */
#include "cases.h"
#include "holdfast/base.h"

static void line(void **state)
{
    (void)state;
    static const struct {
        const char *what, *unit;
        double seconds;
        uint64_t done, total, bytes, total_bytes;
        const char *note, *line;
    } cases[] = {
        {"ingest", "documents", 10, 1230, 0, 20000000, 0, NULL,
         "ingest: 1,230 documents, 20 MB, 123/s, 2.0 MB/s"},
        {"ingest", "documents", 10, 1230, 0, 20000000, 60000000, "3 exceptions",
         "ingest: 1,230 documents, 20 MB, 123/s, 2.0 MB/s, 20 s left, 3 exceptions"},
        {"verify", "objects", 100, 50, 200, 1000, 0, NULL,
         "verify: 50 of 200 objects (25 %), 1.0 kB, 0/s, 10 B/s, 5 min left"},
        {"retry", "documents", 1, 3, 4, 0, 0, "1 exception still open",
         "retry: 3 of 4 documents (75 %), 3/s, 1 exception still open"},
        {"index", "documents", 0, 7, 0, 0, 0, NULL, "index: 7 documents, 7000/s"},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(hf_progress) p = hf_progress_new(HF_PROGRESS_QUIET, cases[i].what, cases[i].unit);
        g_autofree char *shown =
            hf_progress_line(p, cases[i].seconds, cases[i].done, cases[i].total, cases[i].bytes,
                             cases[i].total_bytes, cases[i].note);
        assert_string_equal(shown, cases[i].line);
    }
}

static void note(void **state)
{
    (void)state;
    g_autofree char *one = hf_progress_note(1, "exception", "exceptions");
    g_autofree char *more = hf_progress_note(2345, "exception", "exceptions");
    assert_null(hf_progress_note(0, "exception", "exceptions"));
    assert_string_equal(one, "1 exception");
    assert_string_equal(more, "2,345 exceptions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(line), cmocka_unit_test(note)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
