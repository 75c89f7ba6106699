#include "cases.h"
#include "holdfast/base.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const hf_column columns[] = {
    {"ID", "id", HF_COLUMN_TEXT, 0},
    {"Pages", "pages", HF_COLUMN_NUMBER, 0},
    {"Open", "open", HF_COLUMN_FLAG, 0},
    {"Title", "title", HF_COLUMN_TEXT, 20},
};
#define N CASES(columns)

/* Writes the rows (n cells each) in `format` and gives back what came out. */
static char *written_as(const hf_column *shape, size_t n, hf_format format, unsigned width,
                        const char *const *cells, size_t rows)
{
    g_autofree char *path = g_strdup("/tmp/holdfast-table-XXXXXX");
    int fd = g_mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    hf_table *table = hf_table_new(format, shape, n, fd, width);
    for (size_t i = 0; i < rows; i++)
        hf_table_row(table, cells + i * n);
    assert_true(hf_table_finish(table, NULL));
    off_t size = lseek(fd, 0, SEEK_END);
    char *out = g_malloc0((size_t)size + 1);
    assert_true(hf_file_pread_all(fd, out, (size_t)size, 0, path, NULL));
    close(fd);
    return out;
}

static char *written(hf_format format, unsigned width, const char *const *cells, size_t rows)
{
    return written_as(columns, N, format, width, cells, rows);
}

static const char *const two_rows[] = {
    "HF0000001", "12", "true", "A letter", "HF0000002", NULL, "false", "Sheet, \"one\"",
};

static void the_same_rows_in_every_format(void **state)
{
    static const struct {
        hf_format format;
        const char *out;
    } cases[] = {
        {HF_FORMAT_TABLE, "ID         Pages  Open  Title\n"
                          "HF0000001     12  yes   A letter\n"
                          "HF0000002         no    Sheet, \"one\"\n"},
        {HF_FORMAT_JSON,
         "[{\"id\":\"HF0000001\",\"pages\":12,\"open\":true,\"title\":\"A letter\"},\n"
         "{\"id\":\"HF0000002\",\"pages\":null,\"open\":false,\"title\":\"Sheet, "
         "\\\"one\\\"\"}]\n"},
        {HF_FORMAT_JSONL,
         "{\"id\":\"HF0000001\",\"pages\":12,\"open\":true,\"title\":\"A letter\"}\n"
         "{\"id\":\"HF0000002\",\"pages\":null,\"open\":false,\"title\":\"Sheet, \\\"one\\\"\"}\n"},
        {HF_FORMAT_CSV, "id,pages,open,title\r\n"
                        "HF0000001,12,true,A letter\r\n"
                        "HF0000002,,false,\"Sheet, \"\"one\"\"\"\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *out = written(cases[i].format, 0, two_rows, 2);
        assert_string_equal(out, cases[i].out);
    }
}

static void no_rows_are_still_of_the_format(void **state)
{
    static const struct {
        hf_format format;
        const char *out;
    } cases[] = {
        {HF_FORMAT_TABLE, ""},
        {HF_FORMAT_JSON, "[]\n"},
        {HF_FORMAT_JSONL, ""},
        {HF_FORMAT_CSV, "id,pages,open,title\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *out = written(cases[i].format, 0, NULL, 0);
        assert_string_equal(out, cases[i].out);
    }
}

/* OWASP "CSV Injection": a spreadsheet must not run what a document was called. */
static void csv_cells_are_no_formulas(void **state)
{
    static const struct {
        const char *title, *cell;
    } cases[] = {
        {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t=1\""},
        {"=\"a\",b", "\"'=\"\"a\"\",b\""},
        {"a=1", "a=1"},
        {"line\nbreak", "\"line\nbreak\""},
        {"bad\xff", "bad\\xff"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        const char *row[] = {"1", "-5", "true", cases[i].title};
        g_autofree char *out = written(HF_FORMAT_CSV, 0, row, 1);
        g_autofree char *expected =
            g_strdup_printf("id,pages,open,title\r\n1,-5,true,%s\r\n", cases[i].cell);
        assert_string_equal(out, expected);
    }
}

static void a_table_shows_one_safe_line_a_row(void **state)
{
    const char *row[] = {"1", "1", "true", "a\nb\x1b[0m\xff"};
    (void)state;
    g_autofree char *out = written(HF_FORMAT_TABLE, 0, row, 1);
    assert_string_equal(out, "ID  Pages  Open  Title\n"
                             "1       1  yes   a b\\x1b[0m\\xff\n");
}

static void a_table_cuts_to_the_column_and_the_terminal(void **state)
{
    const char *row[] = {"HF0000001", "1", "true",
                         "A title that is longer than its column is wide"};
    (void)state;
    g_autofree char *wide = written(HF_FORMAT_TABLE, 0, row, 1);
    g_autofree char *narrow = written(HF_FORMAT_TABLE, 36, row, 1);
    assert_non_null(strstr(wide, "A title that is lon…\n"));
    assert_non_null(strstr(narrow, "…\n"));
    g_auto(GStrv) lines = g_strsplit(narrow, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        assert_true(g_utf8_strlen(*line, -1) <= 36);
}

static void wide_characters_take_two_columns(void **state)
{
    const char *rows[] = {"東京", "1", "true", "x", "ab", "1", "true", "x"};
    (void)state;
    g_autofree char *out = written(HF_FORMAT_TABLE, 0, rows, 2);
    assert_string_equal(out, "ID    Pages  Open  Title\n"
                             "東京      1  yes   x\n"
                             "ab        1  yes   x\n");
}

static void a_long_table_streams_with_the_widths_of_its_first_rows(void **state)
{
    (void)state;
    g_autofree const char **cells = g_new(const char *, 1000 * N);
    for (size_t i = 0; i < 1000; i++) {
        static const char *const row[] = {"HF0000001", "1", "true", "x"};
        memcpy(cells + i * N, row, sizeof row);
    }
    g_autofree char *out = written(HF_FORMAT_TABLE, 0, cells, 1000);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    assert_int_equal(g_strv_length(lines), 1002);
    assert_string_equal(lines[1], lines[1000]);
}

/* Marks take no room on a terminal, end where a cell is cut, and are «» everywhere else; what else a cell has of control
 * characters is shown as such. */
static void marks_are_bold_on_a_terminal_only(void **state)
{
    static const hf_column marked[] = {{"ID", "id", HF_COLUMN_TEXT, 0},
                                       {"Text", "text", HF_COLUMN_MARKED, 0}};
    static const struct {
        hf_format format;
        unsigned width;
        const char *out;
    } cases[] = {
        {HF_FORMAT_TABLE, 0, "ID  Text\n1   a «fig» tree\\x1b\n"},
        {HF_FORMAT_TABLE, 80, "ID  Text\n1   a \033[1mfig\033[0m tree\\x1b\n"},
        {HF_FORMAT_TABLE, 12, "ID  Text\n1   a \033[1mfig\033[0m t…\n"},
        {HF_FORMAT_JSONL, 0, "{\"id\":\"1\",\"text\":\"a «fig» tree\\u001b\"}\n"},
        {HF_FORMAT_CSV, 0, "id,text\r\n1,a «fig» tree\033\r\n"},
    };
    static const char *const row[] = {"1", "a \x01"
                                           "fig\x02 tree\033"};
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *out =
            written_as(marked, CASES(marked), cases[i].format, cases[i].width, row, 1);
        assert_string_equal(out, cases[i].out);
    }
}

/* Two rows with a note below the first, and a list as JSON. */
static char *noted(hf_format format, unsigned width)
{
    static const hf_column shape[] = {{"ID", "id", HF_COLUMN_TEXT, 0},
                                      {"Tags", "tags", HF_COLUMN_JSON, 0}};
    bool json = format == HF_FORMAT_JSON;
    g_autofree char *path = g_strdup("/tmp/holdfast-table-XXXXXX");
    int fd = g_mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    hf_table *table = hf_table_new(format, shape, CASES(shape), fd, width);
    hf_table_row(table, (const char *const[]){"1", json ? "[\"a\",\"b\"]" : "a; b"});
    hf_table_note(table, "  a note that is longer than both");
    hf_table_row(table, (const char *const[]){"2", NULL});
    assert_true(hf_table_finish(table, NULL));
    off_t size = lseek(fd, 0, SEEK_END);
    char *out = g_malloc0((size_t)size + 1);
    assert_true(hf_file_pread_all(fd, out, (size_t)size, 0, path, NULL));
    close(fd);
    return out;
}

static void notes_stand_between_the_rows_of_a_table_only(void **state)
{
    (void)state;
    g_autofree char *table = noted(HF_FORMAT_TABLE, 0), *cut = noted(HF_FORMAT_TABLE, 20),
                    *json = noted(HF_FORMAT_JSON, 0), *csv = noted(HF_FORMAT_CSV, 0);
    assert_string_equal(table, "ID  Tags\n1   a; b\n  a note that is longer than both\n2\n");
    assert_string_equal(cut, "ID  Tags\n1   a; b\n  a note that is lo…\n2\n");
    assert_string_equal(json, "[{\"id\":\"1\",\"tags\":[\"a\",\"b\"]},\n"
                              "{\"id\":\"2\",\"tags\":null}]\n");
    assert_string_equal(csv, "id,tags\r\n1,a; b\r\n2,\r\n");
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip();
    g_autoptr(GError) error = NULL;
    hf_table *table = hf_table_new(HF_FORMAT_CSV, columns, N, fd, 0);
    hf_table_row(table, two_rows);
    assert_false(hf_table_finish(table, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
    close(fd);
}

static void formats_are_named(void **state)
{
    (void)state;
    hf_format format;
    g_autoptr(GError) error = NULL;
    assert_true(hf_table_parse_format("jsonl", &format, NULL));
    assert_int_equal(format, HF_FORMAT_JSONL);
    assert_true(hf_table_parse_format("paths", &format, NULL));
    assert_int_equal(format, HF_FORMAT_PATHS);
    assert_false(hf_table_parse_format("xml", &format, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_USAGE));
}

static void numbers_are_shown_for_people(void **state)
{
    static const struct {
        uint64_t value;
        const char *bytes, *count;
    } cases[] = {
        {0, "0 B", "0"},
        {999, "999 B", "999"},
        {1000, "1.0 kB", "1,000"},
        {9949, "9.9 kB", "9,949"},
        {123456, "123 kB", "123,456"},
        {999999, "1.0 MB", "999,999"},
        {UINT64_C(1234567890), "1.2 GB", "1,234,567,890"},
        {UINT64_MAX, "18447 PB", "18,446,744,073,709,551,615"},
    };
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autofree char *bytes = hf_table_bytes(cases[i].value);
        g_autofree char *count = hf_table_count(cases[i].value);
        assert_string_equal(bytes, cases[i].bytes);
        assert_string_equal(count, cases[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_rows_in_every_format),
        cmocka_unit_test(no_rows_are_still_of_the_format),
        cmocka_unit_test(csv_cells_are_no_formulas),
        cmocka_unit_test(a_table_shows_one_safe_line_a_row),
        cmocka_unit_test(a_table_cuts_to_the_column_and_the_terminal),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(a_long_table_streams_with_the_widths_of_its_first_rows),
        cmocka_unit_test(marks_are_bold_on_a_terminal_only),
        cmocka_unit_test(notes_stand_between_the_rows_of_a_table_only),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(formats_are_named),
        cmocka_unit_test(numbers_are_shown_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
