/* Archives made here with libarchive, cut and bent, and names. */
#include "extract_record.h"

#include <archive.h>
#include <archive_entry.h>

#include "extract/archive_name.h"

extern const hf_extractor hf_extract_archive_format;

typedef struct {
    char *bytes;
    size_t n;
} made;

#define MADE_MAX (4 << 20)

typedef struct {
    struct archive *a;
    made m;
} maker;

static maker start(int format, int filter)
{
    maker k = {.a = archive_write_new()};
    k.m.bytes = g_malloc(MADE_MAX);
    setlocale(LC_ALL, "C.UTF-8");
    assert_int_equal(archive_write_set_format(k.a, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(k.a, filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(k.a, 1);
    return k;
}

static void open_maker(maker *k)
{
    assert_int_equal(archive_write_open_memory(k->a, k->m.bytes, MADE_MAX, &k->m.n), ARCHIVE_OK);
}

static void add(maker *k, const char *name, unsigned kind, const char *link, const char *bytes,
                size_t n)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, kind);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n);
    archive_entry_set_mtime(entry, 988971072, 0);
    if (link != NULL)
        archive_entry_set_symlink(entry, link);
    assert_true(archive_write_header(k->a, entry) >= ARCHIVE_WARN);
    if (n > 0)
        assert_int_equal(archive_write_data(k->a, bytes, n), n);
    archive_entry_free(entry);
}

static made finish(maker *k)
{
    assert_int_equal(archive_write_free(k->a), ARCHIVE_OK);
    return k->m;
}

static made make(int format, int filter)
{
    maker k = start(format, filter);
    open_maker(&k);
    add(&k, "a.txt", AE_IFREG, NULL, "one", 3);
    if (format != ARCHIVE_FORMAT_AR_GNU) {
        add(&k, "folder/", AE_IFDIR, NULL, NULL, 0);
        add(&k, "folder/b.txt", AE_IFREG, NULL, "two", 3);
    }
    return finish(&k);
}

static void run(const made *m, const char *name, const char *const *passwords, record *r)
{
    int fd = record_file(m->bytes, m->n);
    hf_extraction_input input = record_input(fd, m->n, "application/zip", name);
    input.passwords = passwords;
    record_run(&hf_extract_archive_format, &input, r);
    close(fd);
}

static void test_formats(void **state)
{
    (void)state;
    static const int rows[][2] = {{ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
                                  {ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_GZIP},
                                  {ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_BZIP2},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_COMPRESS},
                                  {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZIP},
                                  {ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_GZIP},
                                  {ARCHIVE_FORMAT_XAR, ARCHIVE_FILTER_NONE}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        made m = make(rows[i][0], rows[i][1]);
        record r = {0};
        run(&m, "x", NULL, &r);
        assert_string_equal(r.said->str, "child member a.txt\nchild member folder/b.txt\n");
        assert_string_equal(r.bytes->str, "one|two|");
        record_clear(&r);
        g_free(m.bytes);
    }
}

/* Every cut gives what was whole before it and a problem, never silence. */
static void test_cuts(void **state)
{
    (void)state;
    static const int rows[][2] = {{ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
                                  {ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        made m = make(rows[i][0], rows[i][1]);
        size_t whole = m.n;
        for (m.n = 4; m.n < whole - 1; m.n += 3) {
            record r = {0};
            run(&m, "x", NULL, &r);
            bool complete = strcmp(r.bytes->str, "one|two|") == 0;
            assert_true(complete || r.problems > 0);
            record_clear(&r);
        }
        g_free(m.bytes);
    }
}

static void test_special(void **state)
{
    (void)state;
    maker k = start(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
    open_maker(&k);
    add(&k, "../../etc/passwd", AE_IFREG, NULL, "x", 1);
    add(&k, "link", AE_IFLNK, "/etc/passwd", NULL, 0);
    add(&k, "empty", AE_IFREG, NULL, NULL, 0);
    made m = finish(&k);
    record r = {0};
    run(&m, "x", NULL, &r);
    assert_said(&r, "problem unsafe-name ../../etc/passwd: the name points outside the archive");
    assert_said(&r, "child member ../../etc/passwd");
    assert_said(&r, "problem special link: a symbolic link to /etc/passwd");
    assert_said(&r, "child member empty");
    assert_string_equal(r.bytes->str, "x||");
    record_clear(&r);
    g_free(m.bytes);
}

static made make_encrypted(void)
{
    maker k = start(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
    assert_int_equal(archive_write_set_options(k.a, "zip:encryption=aes256"), ARCHIVE_OK);
    assert_int_equal(archive_write_set_passphrase(k.a, "second"), ARCHIVE_OK);
    open_maker(&k);
    char name[32];
    for (int i = 0; i < 150; i++) {
        g_snprintf(name, sizeof(name), "%d.txt", i);
        add(&k, name, AE_IFREG, NULL, "secret", 6);
    }
    return finish(&k);
}

static void test_passwords(void **state)
{
    (void)state;
    static const char *const right[] = {"first", "second", NULL};
    static const char *const wrong[] = {"first", NULL};
    made m = make_encrypted();
    record r = {0};
    run(&m, "x", right, &r);
    assert_int_equal(r.children, 150);
    assert_int_equal(r.problems, 0);
    assert_true(g_str_has_prefix(r.bytes->str, "secret|secret|"));
    record_clear(&r);
    r = (record){0};
    run(&m, "x", wrong, &r);
    assert_int_equal(r.children, 0);
    assert_int_equal(r.problems, 101); /* 100 and a sum */
    assert_said(&r, "problem encrypted and 50 more members of this kind");
    record_clear(&r);
    r = (record){0};
    run(&m, "x", NULL, &r);
    assert_int_equal(r.problems, 101);
    record_clear(&r);
    g_free(m.bytes);
}

static made make_single(int filter, const char *bytes, size_t n)
{
    maker k = start(ARCHIVE_FORMAT_RAW, filter);
    open_maker(&k);
    add(&k, "ignored", AE_IFREG, NULL, bytes, n);
    return finish(&k);
}

static void test_single(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"notes.txt.gz", "child member notes.txt"},
                                          {"a/b.SVGZ", "child member b.svg"},
                                          {"x.tgz", "child member x.tar"},
                                          {"plain", "child member plain"}};
    made m = make_single(ARCHIVE_FILTER_GZIP, "hello", 5);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        record r = {0};
        run(&m, rows[i][0], NULL, &r);
        assert_said(&r, rows[i][1]);
        assert_string_equal(r.bytes->str, "hello|");
        record_clear(&r);
    }
    made twice = make_single(ARCHIVE_FILTER_GZIP, m.bytes, m.n);
    record r = {0};
    run(&twice, "a.gz.gz", NULL, &r);
    assert_said(&r, "child member a.gz");
    assert_int_equal(r.child_bytes, m.n);
    record_clear(&r);
    g_free(twice.bytes);
    g_free(m.bytes);
}

static void test_no_archive(void **state)
{
    (void)state;
    static const char *const rows[] = {"this is text", "PK\3\4", "PK", "Rar!\x1a\x07\x01",
                                       "\x1f\x8b\x08"};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        made m = {.bytes = (char *)(uintptr_t)rows[i], .n = strlen(rows[i])};
        record r = {0};
        run(&m, "x", NULL, &r);
        assert_int_equal(r.children, 0);
        assert_true(r.problems > 0);
        record_clear(&r);
    }
}

static void test_bomb(void **state)
{
    (void)state;
    maker k = start(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
    open_maker(&k);
    g_autofree char *zeros = g_malloc0(1 << 20);
    add(&k, "zeros", AE_IFREG, NULL, zeros, 1 << 20);
    made m = finish(&k);
    int fd = record_file(m.bytes, m.n);
    hf_extraction_input input = record_input(fd, m.n, "application/zip", "x");
    input.limits.output_bytes = 1000;
    record r = {.counting = true};
    record_run(&hf_extract_archive_format, &input, &r);
    assert_true(r.child_bytes <= 1000);
    assert_true(strstr(r.said->str, "problem limit ") != NULL);
    record_clear(&r);
    close(fd);
    g_free(m.bytes);
}

/* Many members that each unpack to a thousand times their size. */
static void test_ratio(void **state)
{
    (void)state;
    maker k = start(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
    open_maker(&k);
    g_autofree char *zeros = g_malloc0(1 << 20);
    for (unsigned i = 0; i < 110; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        add(&k, name, AE_IFREG, NULL, zeros, 1 << 20);
    }
    made m = finish(&k);
    assert_true(m.n < 140 << 10);
    record r = {.counting = true};
    record_bytes(&hf_extract_archive_format, m.bytes, m.n, &r);
    assert_true(r.child_bytes >= 64 << 20 && r.child_bytes < (64 << 20) + 250 * m.n);
    const char *said = strstr(r.said->str, "problem limit ");
    assert_non_null(said);
    assert_null(strstr(said + 1, "problem "));
    record_clear(&r);
    g_free(m.bytes);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool unsafe;
    } unsafe[] = {{"a/b", false}, {"../a", true},     {"a/../b", true}, {"/a", true},
                  {"\\a", true},  {"c:\\a", true},    {"..", true},     {"a..b", false},
                  {"...", false}, {"a\\..\\b", true}, {"a:b", true},    {"", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(unsafe); i++)
        assert_true(hf_archive_name_unsafe(unsafe[i].name) == unsafe[i].unsafe);
    static const char *const volumes[][2] = {{"x.part01.rar", "x.part02.rar"},
                                             {"x.part9.rar", "x.part10.rar"},
                                             {"x.rar", "x.r00"},
                                             {"2001.rar", "2001.r00"}};
    for (size_t i = 0; i < G_N_ELEMENTS(volumes); i++) {
        g_autofree char *next = hf_archive_name_next_volume(volumes[i][0]);
        assert_string_equal(next, volumes[i][1]);
    }
    assert_null(hf_archive_name_next_volume("x.zip"));
    g_autoptr(GString) sample = g_string_new(NULL);
    g_autofree char *name = hf_archive_name_decode("caf\x82.txt", true, sample);
    assert_string_equal(name, "café.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_special), cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_single),  cmocka_unit_test(test_no_archive),
        cmocka_unit_test(test_bomb),    cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
