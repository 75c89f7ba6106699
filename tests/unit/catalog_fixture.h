/* unit/catalog_fixture.h -- a catalog in a temporary directory, with one run, and short ways to put things into it. */
#pragma once
#include "holdfast/catalog.h"
#include "unit/cases.h"
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* `call` takes &f->error last and is to succeed. */
#define DONE(call)                                                                                 \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, f->error != NULL ? f->error->message : "no error is set");   \
    } while (0)
#define FAILS(call, wanted, word)                                                                  \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s did not fail", #call);                                                    \
        assert_non_null(f->error);                                                                 \
        if (!g_error_matches(f->error, HF_ERROR, wanted) ||                                        \
            strstr(f->error->message, word) == NULL)                                               \
            fail_msg("error %d: %s", f->error->code, f->error->message);                           \
        g_clear_error(&f->error);                                                                  \
    } while (0)

typedef struct {
    char *folder, *path;
    hf_catalog *catalog;
    int64_t run;
    GError *error;
} fixture;

/* Everything stands in one transaction, as in a batch; ended where a test is about transactions. */
static inline int fixture_new(void **state)
{
    fixture *f = g_new0(fixture, 1);
    *state = f;
    f->folder = g_dir_make_tmp("holdfast-catalog-XXXXXX", NULL);
    f->path = g_build_filename(f->folder, "catalog.db", NULL);
    DONE(hf_catalog_create(f->path, "vault-1", "Europe/Berlin", &f->error));
    DONE(f->catalog = hf_catalog_open(f->path, "vault-1", false, &f->error));
    DONE(hf_catalog_begin(f->catalog, &f->error));
    DONE(hf_run_begin(f->catalog, "ingest", "{}", &f->run, &f->error));
    return 0;
}

static inline int fixture_free(void **state)
{
    fixture *f = *state;
    if (f->catalog != NULL)
        hf_catalog_rollback(f->catalog);
    hf_catalog_free(f->catalog);
    hf_file_empty_directory(f->folder, NULL);
    rmdir(f->folder);
    g_clear_error(&f->error);
    g_free(f->folder);
    g_free(f->path);
    g_free(f);
    return 0;
}

/* A statement on a connection of its own; the text of what went wrong, or NULL. */
static inline char *raw_sql(const fixture *f, const char *sql)
{
    sqlite3 *db;
    char *message = NULL, *copy;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    sqlite3_exec(db, sql, NULL, NULL, &message);
    copy = g_strdup(message);
    sqlite3_free(message);
    sqlite3_close(db);
    return copy;
}

static inline int64_t add_source(fixture *f, const char *root, int64_t matter,
                                 const char *custodian)
{
    int64_t id = 0;
    hf_source_row row = {root, matter, false, false, custodian};
    DONE(hf_source_open(f->catalog, &row, &id, &f->error));
    return id;
}

static inline int64_t add_file(fixture *f, int64_t source, const char *folder, const char *name,
                               uint64_t inode, const char *custodian)
{
    int64_t id = 0, who = 0;
    hf_filestat stat = {inode, 100, 1000, 2000};
    if (custodian != NULL)
        DONE(hf_custodian_find(f->catalog, custodian, true, &who, &f->error));
    DONE(hf_source_put_file(f->catalog, source, folder, name, &stat, who, f->run, &id, &f->error));
    return id;
}

static inline void complete_file(fixture *f, int64_t file, const char *bytes, uint64_t items)
{
    uint8_t sha256[32];
    hf_digest_sha256(bytes, strlen(bytes), sha256);
    DONE(hf_source_complete_file(f->catalog, file, sha256, items, 0, 0, f->run, &f->error));
}

static inline void next_run(fixture *f)
{
    DONE(hf_run_begin(f->catalog, "ingest", "{}", &f->run, &f->error));
}

static inline hf_family_key_value key_of(const char *bytes)
{
    hf_family_key_value key = {.kind = 'b'};
    hf_digest_sha256(bytes, strlen(bytes), key.hash);
    return key;
}

/* A family of a parent and `children`, each stored as an object of pack 1; ids get the control numbers. */
static inline int64_t add_family(fixture *f, int64_t matter, const char *bytes, unsigned children,
                                 uint32_t *ids)
{
    hf_family_key_value key = key_of(bytes);
    uint8_t md5[16];
    int64_t family = 0;
    hf_object_row object = {
        .pack = 1, .slot = 1, .offset = 64, .stored = 100, .size = strlen(bytes)};
    memcpy(object.sha256, key.hash, 32);
    hf_digest_md5(bytes, strlen(bytes), md5);
    hf_meta_row meta[] = {{"title", "A title"}, {"author", "Somebody"}};
    g_autofree hf_document_row *rows = g_new0(hf_document_row, children + 1);
    for (unsigned i = 0; i <= children; i++)
        rows[i] = (hf_document_row){.parent = i == 0 ? -1 : 0,
                                    .path = i == 0 ? "" : "part.txt",
                                    .name = i == 0 ? bytes : "part.txt",
                                    .type = "text/plain",
                                    .extractor = "text",
                                    .extractor_version = 1,
                                    .title = "A title",
                                    .sha256 = key.hash,
                                    .md5 = md5,
                                    .size = strlen(bytes),
                                    .native = &object,
                                    .text = &object,
                                    .review_date = {1000, HF_OFFSET_NONE},
                                    .meta = meta,
                                    .n_meta = 2};
    hf_family_row row = {.matter = matter,
                         .family_date = 1000,
                         .keys = &key,
                         .n_keys = 1,
                         .documents = rows,
                         .n_documents = children + 1,
                         .run = f->run};
    DONE(hf_family_put(f->catalog, &row, &family, ids, &f->error));
    hf_pack_row pack = {1, 1000, 10};
    DONE(hf_object_pack_end(f->catalog, &pack, &f->error));
    return family;
}

static inline hf_instance_state add_instance(fixture *f, int64_t family, int64_t file,
                                             const char *inside, const char *bytes)
{
    hf_instance_state state;
    hf_family_key_value key = key_of(bytes);
    hf_instance_row row = {.family = family,
                           .file = file,
                           .path_inside = inside,
                           .sha256 = key.hash,
                           .modified = 5,
                           .run = f->run};
    DONE(hf_family_put_instance(f->catalog, &row, &state, &f->error));
    return state;
}

static inline void put_container(fixture *f, int64_t file, const char *inside, const char *bytes,
                                 bool whole)
{
    uint8_t sha256[32];
    hf_digest_sha256(bytes, strlen(bytes), sha256);
    hf_container_row row = {.file = file,
                            .path_inside = inside,
                            .type = "application/zip",
                            .sha256 = sha256,
                            .size = 10,
                            .members = 2,
                            .whole = whole,
                            .run = f->run};
    DONE(hf_container_put(f->catalog, &row, &f->error));
}

static inline hf_catalog_counts counts_of(fixture *f)
{
    hf_catalog_counts counts;
    DONE(hf_catalog_count(f->catalog, &counts, &f->error));
    return counts;
}

/* "1 3 4": what a set holds; frees it. */
static inline void assert_set(fixture *f, hf_set *set, const char *wanted)
{
    DONE(set != NULL);
    g_autoptr(GString) got = g_string_new(NULL);
    for (uint32_t id = 0; hf_set_next(set, &id); id++)
        g_string_append_printf(got, "%s%u", got->len > 0 ? " " : "", id);
    hf_set_free(set);
    assert_string_equal(got->str, wanted);
}
