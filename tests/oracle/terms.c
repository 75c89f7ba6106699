/* oracle-terms VAULT LIST -- the search term report of a list (holdfast-terms(1)), counted by reading the text and the metadata
 * of every document and never the index. Writes CSV: the numbers of each term, of each term and custodian, and the totals. */
#include "oracle/reader.h"
#include <stdio.h>
#include <string.h>

/* ---- the list ---- */

static bool is_comment(const char *line)
{
    size_t n = strspn(line, "#");
    return n > 0 && strchr(" \t", line[n]) != NULL;
}

static GPtrArray *read_list(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    if (!g_file_get_contents(path, &bytes, NULL, error))
        return NULL;
    g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_node_free);
    g_auto(GStrv) lines = g_strsplit(bytes, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (*line == '\0' || is_comment(line))
            continue;
        const char *text = *line == '[' && strchr(line, ']') != NULL ? strchr(line, ']') + 1 : line;
        text += strspn(text, " \t");
        oracle_node *query = oracle_parse(text, NULL, error);
        if (query == NULL) {
            g_prefix_error(error, "%s:%u: ", path, i + 1);
            return NULL;
        }
        g_ptr_array_add(terms, query);
    }
    return g_steal_pointer(&terms);
}

/* ---- what is hit ---- */

/* A document or a family: which terms hit it, and with whom it was found. */
typedef struct {
    uint64_t documents; /* of a family */
    GArray *terms;      /* of bool */
    GHashTable *custodians;
} entry;

static void free_entry(gpointer data)
{
    entry *e = data;
    g_array_unref(e->terms);
    g_hash_table_unref(e->custodians);
    g_free(e);
}

static entry *entry_new(guint n_terms)
{
    entry *e = g_new0(entry, 1);
    e->terms = g_array_new(FALSE, TRUE, sizeof(bool));
    g_array_set_size(e->terms, n_terms);
    e->custodians = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return e;
}

static bool hit(const entry *e, guint term)
{
    return g_array_index(e->terms, bool, term);
}

typedef struct {
    GPtrArray *terms;       /* of oracle_node */
    GPtrArray *documents;   /* of entry */
    GHashTable *families;   /* number → entry */
    GHashTable *custodians; /* every name */
} findings;

static void add_custodians(findings *f, entry *e, const oracle_document *document)
{
    bool none = true;
    for (guint i = 0; i < document->values->len; i++) {
        const char *value = g_ptr_array_index(document->values, i);
        if (!g_str_has_prefix(value, "custodian:"))
            continue;
        g_hash_table_add(e->custodians, g_strdup(strchr(value, ':') + 1));
        none = false;
    }
    if (none)
        g_hash_table_add(e->custodians, g_strdup("(no custodian)"));
    GHashTableIter iter;
    gpointer name;
    for (g_hash_table_iter_init(&iter, e->custodians); g_hash_table_iter_next(&iter, &name, NULL);)
        g_hash_table_add(f->custodians, g_strdup(name));
}

static void add_document(findings *f, const oracle_words *words, const oracle_document *document,
                         int64_t family_id)
{
    entry *e = entry_new(f->terms->len);
    g_ptr_array_add(f->documents, e);
    entry *family = g_hash_table_lookup(f->families, GINT_TO_POINTER(family_id));
    if (family == NULL) {
        family = entry_new(f->terms->len);
        g_hash_table_insert(f->families, GINT_TO_POINTER(family_id), family);
    }
    add_custodians(f, e, document);
    add_custodians(f, family, document);
    family->documents++;
    for (guint i = 0; i < f->terms->len; i++) {
        if (!oracle_found(g_ptr_array_index(f->terms, i), words, document))
            continue;
        g_array_index(e->terms, bool, i) = true;
        g_array_index(family->terms, bool, i) = true;
    }
}

static bool read_all(findings *f, oracle_reader *r, GError **error)
{
    g_autoptr(hf_set) all = hf_selection_all(r->catalog, error);
    if (all == NULL)
        return false;
    for (uint32_t id = 0; hf_set_next(all, &id); id++) {
        int64_t family;
        g_autoptr(oracle_document) document = oracle_reader_read(r, id, &family, error);
        if (document == NULL)
            return false;
        add_document(f, r->words, document, family);
    }
    return true;
}

/* ---- the numbers ---- */

typedef struct {
    uint64_t documents, with_family, families, unique, unique_families;
} numbers;

static guint terms_of(const entry *e)
{
    guint n = 0;
    for (guint i = 0; i < e->terms->len; i++)
        n += hit(e, i);
    return n;
}

/* Whether it counts: for a term, or for the total (`term` is the number of terms); for a custodian, or for all (NULL). */
static bool counts(const entry *e, guint term, const char *custodian)
{
    return (term < e->terms->len ? hit(e, term) : terms_of(e) > 0) &&
           (custodian == NULL || g_hash_table_contains(e->custodians, custodian));
}

static numbers count(const findings *f, guint term, const char *custodian)
{
    numbers out = {0};
    for (guint i = 0; i < f->documents->len; i++) {
        const entry *e = g_ptr_array_index(f->documents, i);
        if (!counts(e, term, custodian))
            continue;
        out.documents++;
        out.unique += terms_of(e) == 1;
    }
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, f->families);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const entry *e = value;
        if (!counts(e, term, custodian))
            continue;
        out.families++;
        out.with_family += e->documents;
        out.unique_families += terms_of(e) == 1;
    }
    return out;
}

static void print_for(const findings *f, const char *custodian)
{
    for (guint i = 0; i <= f->terms->len; i++) {
        numbers n = count(f, i, custodian);
        char number[16] = "";
        if (i < f->terms->len)
            g_snprintf(number, sizeof number, "%u", i + 1);
        printf("%s,%s,\"%s\"", i < f->terms->len ? "term" : "total", number,
               custodian != NULL ? custodian : "");
        const uint64_t values[] = {n.documents, n.with_family, n.families, n.unique,
                                   n.unique_families};
        for (gsize k = 0; k < G_N_ELEMENTS(values); k++)
            printf(",%" G_GUINT64_FORMAT, values[k]);
        putchar('\n');
    }
}

static void print_all(const findings *f)
{
    puts("row,number,custodian,documents,documents_with_family,families,unique_documents,"
         "unique_families");
    print_for(f, NULL);
    g_autoptr(GList) names = g_hash_table_get_keys(f->custodians);
    for (const GList *name = names; name != NULL; name = name->next)
        print_for(f, name->data);
}

static bool run(const char *vault, const char *list, GError **error)
{
    g_autoptr(GPtrArray) terms = read_list(list, error);
    if (terms == NULL)
        return false;
    g_autoptr(oracle_reader) r = oracle_reader_open(vault, error);
    if (r == NULL)
        return false;
    g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func(free_entry);
    g_autoptr(GHashTable) families = g_hash_table_new_full(NULL, NULL, NULL, free_entry);
    g_autoptr(GHashTable) custodians = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    findings f = {terms, documents, families, custodians};
    if (!read_all(&f, r, error))
        return false;
    print_all(&f);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: oracle-terms VAULT LIST\n", stderr);
        return 2;
    }
    g_autoptr(GError) error = NULL;
    if (run(argv[1], argv[2], &error))
        return 0;
    fprintf(stderr, "oracle-terms: %s\n", error->message);
    return 1;
}
