/* Lists of known files: text, NSRL RDSv2, NSRL RDSv3. */
#include "ingest/known.h"
#include "unit/cases.h"
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

static char *folder, *path;

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("holdfast-known-XXXXXX", NULL);
    path = g_build_filename(folder, "list", NULL);
    return folder == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    hf_file_empty_directory(folder, NULL);
    rmdir(folder);
    g_free(folder);
    g_free(path);
    return 0;
}

static hf_known *open_text(const char *text, GError **error)
{
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return hf_known_open(path, folder, error);
}

static bool has(hf_known *known, const char *content)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_digester) digester = hf_digest_new(true);
    hf_digest digest;
    bool found = false;
    hf_digest_update(digester, content, strlen(content));
    hf_digest_finish(digester, &digest);
    assert_true(hf_known_has(known, &digest, &found, &error));
    return found;
}

static void test_text_of_all_kinds(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *md5 = g_compute_checksum_for_string(G_CHECKSUM_MD5, "one", -1);
    g_autofree char *sha1 = g_compute_checksum_for_string(G_CHECKSUM_SHA1, "two", -1);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "three", -1);
    g_autofree char *upper = g_ascii_strup(sha1, -1);
    g_autofree char *text = g_strdup_printf(
        "\xef\xbb\xbf# a comment\n\n  %s  one.txt\r\n%s,two\n%s", md5, upper, sha256);
    g_autoptr(hf_known) known = open_text(text, &error);
    assert_non_null(known);
    assert_int_equal(hf_known_count(known), 3);
    assert_true(hf_known_wants_sha1(known));
    assert_true(has(known, "one") && has(known, "two") && has(known, "three"));
    assert_false(has(known, "four"));
}

static void test_many_are_found(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 1000; i++) {
        g_autofree char *content = g_strdup_printf("file %d", i);
        g_autofree char *md5 = g_compute_checksum_for_string(G_CHECKSUM_MD5, content, -1);
        g_string_append_printf(text, "%s\n", md5);
    }
    g_autoptr(hf_known) known = open_text(text->str, &error);
    assert_non_null(known);
    assert_false(hf_known_wants_sha1(known));
    for (int i = 0; i < 1001; i++) {
        g_autofree char *content = g_strdup_printf("file %d", i);
        assert_int_equal(has(known, content), i < 1000);
    }
}

static void test_a_bad_line_says_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"d41d8cd98f00b204e9800998ecf8427e\nnot a hash\n", "line 2"},
        {"# x\n\nd41d8cd98f00b204e9800998ecf8427\n", "line 3"},
        {"zz1d8cd98f00b204e9800998ecf8427e\n", "line 1"},
        {"\"SHA-1\",\"MD5\"\n\"0000\",\"x\"\n", "line 2"},
        {"\"SHA-1\",\"MD5\"\nnothing quoted\n", "line 2"},
    };
    for (size_t i = 0; i < CASES(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(open_text(cases[i].text, &error));
        assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INVALID));
        assert_non_null(strstr(error->message, cases[i].word));
    }
    g_autoptr(GError) error = NULL;
    assert_null(hf_known_open("/nonexistent/list", folder, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
}

static void test_an_empty_list_knows_nothing(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(hf_known) known = open_text("", &error);
    assert_non_null(known);
    assert_int_equal(hf_known_count(known), 0);
    assert_false(has(known, "") || has(known, "one"));
}

static void test_rdsv2(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *sha1 = g_compute_checksum_for_string(G_CHECKSUM_SHA1, "one", -1);
    g_autofree char *upper = g_ascii_strup(sha1, -1);
    g_autofree char *text = g_strdup_printf("\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\","
                                            "\"FileSize\"\r\n\"%s\",\"%032d\",\"0\",\"a,b\",3\r\n",
                                            upper, 0);
    g_autoptr(hf_known) known = open_text(text, &error);
    assert_non_null(known);
    assert_true(hf_known_wants_sha1(known));
    assert_true(has(known, "one"));
    assert_false(has(known, "two"));
}

static void make_sqlite(const char *sql)
{
    sqlite3 *db;
    unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_rdsv3(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "one", -1);
    g_autofree char *upper = g_ascii_strup(sha256, -1);
    g_autofree char *sql = g_strdup_printf(
        "CREATE TABLE FILE (sha256 VARCHAR NOT NULL, sha1 VARCHAR, md5 VARCHAR, file_name VARCHAR);"
        "INSERT INTO FILE VALUES ('%s', '', '', 'one.txt')",
        upper);
    make_sqlite(sql);
    g_autoptr(hf_known) known = hf_known_open(path, folder, &error);
    assert_non_null(known);
    assert_true(has(known, "one"));
    assert_false(has(known, "two"));
    make_sqlite("CREATE TABLE other (x)");
    assert_null(hf_known_open(path, folder, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_INVALID));
    assert_non_null(strstr(error->message, "RDSv3"));
}

/* A list that cannot be asked must not pass for one that knows nothing. */
static void test_a_damaged_rdsv3_is_an_error(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    make_sqlite("CREATE TABLE FILE (sha256 VARCHAR, filler BLOB);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
                " INSERT INTO FILE SELECT hex(randomblob(32)), randomblob(4000) FROM n");
    gsize n;
    g_autofree char *bytes = NULL;
    assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    memset(bytes + 8192, 0xff, n - 8192);
    assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    g_autoptr(hf_known) known = hf_known_open(path, folder, &error);
    assert_non_null(known);
    hf_digest digest = {{0}, {0}, {0}};
    bool found = false;
    assert_false(hf_known_has(known, &digest, &found, &error));
    assert_true(g_error_matches(error, HF_ERROR, HF_ERROR_IO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_all_kinds),
        cmocka_unit_test(test_many_are_found),
        cmocka_unit_test(test_a_bad_line_says_its_number),
        cmocka_unit_test(test_an_empty_list_knows_nothing),
        cmocka_unit_test(test_rdsv2),
        cmocka_unit_test(test_rdsv3),
        cmocka_unit_test(test_a_damaged_rdsv3_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
