#include "holdfast/audit.h"
#include <string.h>

char *hf_audit_origin(const char *vault_id)
{
    return g_strconcat("holdfast/", vault_id, NULL);
}

static bool append_leaf(void *data, uint64_t seq, const char *row, const uint8_t leaf[32],
                        GError **error)
{
    (void)seq;
    (void)row;
    (void)error;
    hf_audit_tree_append(data, leaf);
    return true;
}

/* The tree over all rows, from the last checkpoint on. */
static bool current_tree(hf_catalog *catalog, hf_audit_tree *tree, uint64_t *sealed, GError **error)
{
    g_autoptr(hf_log_checkpoint) last = NULL;
    *sealed = 0;
    memset(tree, 0, sizeof *tree);
    if (!hf_log_last_checkpoint(catalog, &last, error))
        return false;
    if (last != NULL) {
        gsize n;
        const void *frontier = g_bytes_get_data(last->frontier, &n);
        if (!hf_audit_tree_load(tree, frontier, n, error))
            return false;
        *sealed = last->size;
    }
    return hf_log_each(catalog, tree->size, append_leaf, tree, error);
}

static bool sign(void *data, const void *text, size_t n, uint8_t signature[HF_AUDIT_SIGNATURE],
                 GError **error)
{
    return hf_store_sign(data, text, n, signature, error);
}

static char *signed_note(const hf_audit_tree *tree, hf_store *store, const char *vault_id,
                         uint8_t root[32], GError **error)
{
    uint8_t key[32];
    g_autofree char *origin = hf_audit_origin(vault_id);
    hf_audit_checkpoint checkpoint = {.origin = origin, .size = tree->size};
    hf_audit_tree_root(tree, root);
    memcpy(checkpoint.root, root, 32);
    g_autofree char *text = hf_audit_checkpoint_format(&checkpoint, error);
    if (text == NULL || !hf_store_public_key(store, key, error))
        return NULL;
    return hf_audit_note_sign(text, origin, key, sign, store, error);
}

static bool seal_now(hf_catalog *catalog, hf_store *store, const char *vault_id, GError **error)
{
    hf_audit_tree tree;
    uint64_t sealed;
    if (!current_tree(catalog, &tree, &sealed, error))
        return false;
    if (tree.size == sealed)
        return true;
    g_autoptr(hf_log_checkpoint) checkpoint = g_new0(hf_log_checkpoint, 1);
    checkpoint->size = tree.size;
    checkpoint->created = hf_time_now();
    checkpoint->frontier = hf_audit_tree_store(&tree);
    checkpoint->note = signed_note(&tree, store, vault_id, checkpoint->root, error);
    return checkpoint->note != NULL && hf_log_put_checkpoint(catalog, checkpoint, error);
}

bool hf_audit_seal(hf_catalog *catalog, hf_store *store, const char *vault_id, GError **error)
{
    if (!hf_catalog_begin(catalog, error))
        return false;
    if (seal_now(catalog, store, vault_id, error) && hf_catalog_commit(catalog, error))
        return true;
    hf_catalog_rollback(catalog);
    return false;
}

/* ---- checking ---- */

typedef struct {
    GPtrArray *checkpoints; /* of hf_log_checkpoint, ascending */
    guint next;
    hf_audit_tree tree;
    uint64_t expected; /* number of the next row */
    const char *origin;
    uint8_t key[32];
    hf_audit_finding finding;
    void *data;
} check;

static void say(check *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(check *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    c->finding(c->data, sentence);
}

static void check_note(check *c, const hf_log_checkpoint *checkpoint)
{
    g_autoptr(GError) failed = NULL;
    g_auto(hf_audit_checkpoint) parsed = {0};
    g_autofree char *text =
        hf_audit_note_open(checkpoint->note, strlen(checkpoint->note), c->origin, c->key, &failed);
    if (text == NULL || !hf_audit_checkpoint_parse(text, &parsed, &failed)) {
        say(c, "the audit checkpoint at row %" G_GUINT64_FORMAT " is not signed by this vault: %s",
            checkpoint->size, failed->message);
        return;
    }
    if (parsed.size != checkpoint->size || memcmp(parsed.root, checkpoint->root, 32) != 0)
        say(c,
            "the audit checkpoint at row %" G_GUINT64_FORMAT
            " does not say what its signature covers",
            checkpoint->size);
}

static void check_checkpoint(check *c, const hf_log_checkpoint *checkpoint)
{
    uint8_t root[32];
    hf_audit_tree_root(&c->tree, root);
    if (memcmp(root, checkpoint->root, 32) != 0)
        say(c,
            "the audit log up to row %" G_GUINT64_FORMAT
            " is not the one that was signed: rows were changed",
            checkpoint->size);
    check_note(c, checkpoint);
}

static bool check_row(void *data, uint64_t seq, const char *row, const uint8_t leaf[32],
                      GError **error)
{
    check *c = data;
    uint8_t own[32];
    (void)error;
    hf_audit_leaf(row, strlen(row), own);
    if (memcmp(own, leaf, 32) != 0)
        say(c, "audit row %" G_GUINT64_FORMAT " was changed: it does not have its hash", seq);
    if (seq != c->expected) /* said once for each gap */
        say(c,
            "audit row %" G_GUINT64_FORMAT " stands where row %" G_GUINT64_FORMAT
            " should: rows are missing",
            seq, c->expected);
    c->expected = seq + 1;
    hf_audit_tree_append(&c->tree, own);
    while (c->next < c->checkpoints->len) {
        const hf_log_checkpoint *checkpoint = g_ptr_array_index(c->checkpoints, c->next);
        if (checkpoint->size > c->tree.size)
            break;
        check_checkpoint(c, checkpoint);
        c->next++;
    }
    return true;
}

bool hf_audit_check_log(hf_catalog *catalog, hf_store *store, const char *vault_id,
                        hf_audit_finding finding, void *data, uint64_t *rows, GError **error)
{
    g_autofree char *origin = hf_audit_origin(vault_id);
    g_autoptr(GPtrArray) checkpoints = hf_log_checkpoints(catalog, error);
    check c = {.checkpoints = checkpoints, .origin = origin, .finding = finding, .data = data};
    if (checkpoints == NULL || !hf_store_public_key(store, c.key, error) ||
        !hf_log_each(catalog, 0, check_row, &c, error))
        return false;
    *rows = c.tree.size;
    if (c.next < checkpoints->len)
        say(&c,
            "the audit log ends at row %" G_GUINT64_FORMAT
            ", before its last checkpoint: rows are missing",
            c.tree.size);
    else if (checkpoints->len == 0 && c.tree.size > 0)
        say(&c, "the audit log has %" G_GUINT64_FORMAT " rows and no checkpoint", c.tree.size);
    return true;
}
