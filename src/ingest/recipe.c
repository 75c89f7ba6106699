#include "ingest/recipe.h"
#include <string.h>

void hf_recipe_bytes_key(const uint8_t sha256[32], hf_family_key_value *key)
{
    key->kind = 'b';
    key->version = 0;
    memcpy(key->hash, sha256, 32);
}

bool hf_recipe_suspect_date(hf_time t, hf_time now)
{
    static const int zeros[][3] = {{1601, 1, 1}, {1899, 12, 30}, {1904, 1, 1}, {1980, 1, 1}};
    if (t == HF_TIME_NONE || t > now + 24 * 3600 * HF_TIME_SECOND ||
        t < hf_time_from_civil(1970, 1, 2, 0, 0, 0))
        return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(zeros); i++) {
        if (t == hf_time_from_civil(zeros[i][0], zeros[i][1], zeros[i][2], 0, 0, 0))
            return true;
    }
    return false;
}

/* One part of the recipe: its length as eight bytes, big-endian, then itself. */
static void add_part(GByteArray *out, const void *bytes, size_t n)
{
    guint64 length = GUINT64_TO_BE((guint64)n);
    g_byte_array_append(out, (const guint8 *)&length, sizeof length);
    g_byte_array_append(out, bytes, (guint)n);
}

/* "Jane Roe <Jane@Example.com>" to "jane@example.com"; text without an address stays, folded. */
static char *bare_address(const char *value)
{
    const char *open = strrchr(value, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    g_autofree char *part =
        close != NULL ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup(value);
    return g_utf8_strdown(g_strstrip(part), -1);
}

static gint compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_addresses(GByteArray *out, const hf_item *item, hf_meta meta)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < item->meta->len; i++) {
        const hf_item_meta *m = &g_array_index(item->meta, hf_item_meta, i);
        if (m->meta == meta)
            g_ptr_array_add(all, bare_address(m->value));
    }
    g_ptr_array_sort(all, compare_strings);
    for (guint i = 0; i < all->len; i++) {
        const char *address = g_ptr_array_index(all, i);
        g_byte_array_append(out, (const guint8 *)address, (guint)strlen(address) + 1);
    }
    g_byte_array_append(out, (const guint8 *)"\n", 1);
}

static char *fold_space(const char *text)
{
    GString *out = g_string_new(NULL);
    bool space = false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isspace(c)) {
            space = true;
            continue;
        }
        if (space && out->len > 0)
            g_string_append_c(out, ' ');
        space = false;
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

static gint compare_digests(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, 32);
}

static void add_attachments(GByteArray *out, const hf_item *root)
{
    g_autoptr(GArray) digests = g_array_new(FALSE, FALSE, 32);
    for (guint i = 0; i < root->children->len; i++) {
        const hf_item *child = g_ptr_array_index(root->children, i);
        /* Inline pictures are only there with --embedded all: the key must not depend on a setting. */
        if (child->kind != HF_CHILD_INLINE)
            g_array_append_vals(digests, child->digest.sha256, 1);
    }
    g_array_sort(digests, compare_digests);
    g_byte_array_append(out, (const guint8 *)digests->data, digests->len * 32);
}

bool hf_recipe_mail_key(const hf_item *root, hf_family_key_value *key)
{
    const char *body_hex = hf_item_meta_value(root, HF_META_RECIPE_BODY);
    const char *sent_text = hf_item_meta_value(root, HF_META_SENT);
    uint8_t body[32];
    hf_stamp sent;
    if (body_hex == NULL || sent_text == NULL || hf_item_damaged(root) ||
        !hf_digest_parse_hex(body_hex, body, 32) || !hf_time_parse_iso(sent_text, &sent) ||
        hf_recipe_suspect_date(sent.utc, hf_time_now()))
        return false;
    const char *from = hf_item_meta_value(root, HF_META_FROM);
    const char *subject = hf_item_meta_value(root, HF_META_SUBJECT);
    g_autofree char *sender = bare_address(from != NULL ? from : "");
    g_autofree char *folded = fold_space(subject != NULL ? subject : "");
    g_autoptr(GByteArray) recipe = g_byte_array_new();
    g_autoptr(GByteArray) recipients = g_byte_array_new();
    g_autoptr(GByteArray) attachments = g_byte_array_new();
    gint64 seconds = GINT64_TO_BE(sent.utc / HF_TIME_SECOND);
    add_addresses(recipients, root, HF_META_TO);
    add_addresses(recipients, root, HF_META_CC);
    add_addresses(recipients, root, HF_META_BCC);
    add_attachments(attachments, root);
    add_part(recipe, &seconds, sizeof seconds);
    add_part(recipe, sender, strlen(sender));
    add_part(recipe, recipients->data, recipients->len);
    add_part(recipe, folded, strlen(folded));
    add_part(recipe, body, sizeof body);
    add_part(recipe, attachments->data, attachments->len);
    key->kind = 'm';
    key->version = HF_RECIPE_VERSION;
    hf_digest_sha256(recipe->data, recipe->len, key->hash);
    return true;
}

bool hf_recipe_mih(const hf_item *root, uint8_t mih[16])
{
    const char *id = hf_item_meta_value(root, HF_META_MESSAGE_ID);
    if (id == NULL)
        return false;
    g_autofree char *bracketed = g_strdup_printf("<%s>", id);
    hf_digest_md5(bracketed, strlen(bracketed), mih);
    return true;
}

hf_stamp hf_recipe_review_date(const hf_item *item)
{
    static const hf_meta of_mail[] = {HF_META_SENT, HF_META_RECEIVED};
    static const hf_meta of_document[] = {HF_META_MODIFIED, HF_META_CREATED};
    bool mail = item->extractor != NULL && strcmp(item->extractor, "mail") == 0;
    hf_stamp stamp;
    for (unsigned i = 0; i < 2; i++) {
        const char *value = hf_item_meta_value(item, mail ? of_mail[i] : of_document[i]);
        if (value != NULL && hf_time_parse_iso(value, &stamp))
            return stamp;
    }
    /* The file's time says when a message was copied, not when it was written. */
    return mail ? (hf_stamp){HF_TIME_NONE, HF_OFFSET_NONE} : item->modified;
}
