/* show_about.c -- what is known of one document, as lines for people or as one JSON object. */
#include "cli/show.h"
#include "holdfast/identify.h"
#include <string.h>

#define CHILDREN_SHOWN 12

static const struct {
    unsigned flag;
    const char *key, *words;
} flags[] = {
    {HF_FLAG_HIDDEN, "hidden", "hidden text"},
    {HF_FLAG_TRACKED_CHANGES, "tracked_changes", "tracked changes"},
    {HF_FLAG_COMMENTS, "comments", "comments"},
    {HF_FLAG_MACROS, "macros", "macros"},
    {HF_FLAG_ENCRYPTED, "encrypted", "encrypted"},
    {HF_FLAG_SIGNED, "signed", "signed"},
    {HF_FLAG_ATTACHMENTS, "attachments", "attachments"},
    {HF_FLAG_ENCODED_LEFT_OUT, "encoded_left_out", "encoded blocks left out of the index"},
};
static const char *const states[] = {"whole", "partial", "none"};

/* All that is read of the catalog for it. */
typedef struct {
    const hf_show *show;
    const hf_document *d;
    uint64_t family;       /* documents of it */
    GArray *children;      /* of uint32_t */
    GPtrArray *meta;       /* key, value, key, value, ... */
    GPtrArray *places;     /* of hf_instance */
    GPtrArray *custodians; /* each name once; not owned */
    GPtrArray *exceptions; /* of hf_exception, closed ones too */
    hf_replacement *replacement;
    char **tags;
} facts;

static void facts_clear(facts *f)
{
    g_clear_pointer(&f->children, g_array_unref);
    g_clear_pointer(&f->meta, g_ptr_array_unref);
    g_clear_pointer(&f->places, g_ptr_array_unref);
    g_clear_pointer(&f->custodians, g_ptr_array_unref);
    g_clear_pointer(&f->exceptions, g_ptr_array_unref);
    g_clear_pointer(&f->replacement, hf_replacement_free);
    g_clear_pointer(&f->tags, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(facts, facts_clear)

static void list_custodians(facts *f)
{
    f->custodians = g_ptr_array_new();
    for (guint i = 0; i < f->places->len; i++) {
        const hf_instance *instance = g_ptr_array_index(f->places, i);
        bool known =
            instance->custodian == NULL ||
            g_ptr_array_find_with_equal_func(f->custodians, instance->custodian, g_str_equal, NULL);
        if (!known)
            g_ptr_array_add(f->custodians, instance->custodian);
    }
}

static bool gather(facts *f, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(f->show->vault);
    hf_exception_filter filter = {.all = true, .document = f->d->id};
    if (!hf_family_count_documents(catalog, f->d->family, &f->family, error) ||
        (f->children = hf_document_children(catalog, f->d->id, error)) == NULL ||
        (f->meta = hf_document_meta(catalog, f->d->id, error)) == NULL ||
        (f->places = hf_document_instances(catalog, f->d->id, true, error)) == NULL ||
        (f->exceptions = hf_exception_list(catalog, &filter, error)) == NULL ||
        !hf_document_replacement(catalog, f->d->id, &f->replacement, error) ||
        (f->tags = hf_tag_of_document(catalog, f->d->id, error)) == NULL)
        return false;
    list_custodians(f);
    return true;
}

static bool is_open(const hf_exception *e)
{
    return strcmp(e->state, "open") == 0;
}

static const char *advice_for(const hf_exception *e)
{
    return hf_error_item_advice((hf_item_error)hf_error_item_parse(e->reason));
}

/* ---- dates ---- */

static bool is_time(const char *key)
{
    static const char *const times[] = {"sent", "received", "created", "modified", "printed", NULL};
    return g_strv_contains(times, key);
}

static const char *first_meta(const facts *f, const char *key)
{
    for (guint i = 0; i + 1 < f->meta->len; i += 2) {
        if (strcmp(g_ptr_array_index(f->meta, i), key) == 0)
            return g_ptr_array_index(f->meta, i + 1);
    }
    return NULL;
}

/* Where the review date comes from, by the rule of holdfast(1) "DATES AND TIMES"; NULL if there is none. */
static const char *date_from(const facts *f)
{
    static const char *const of_mail[] = {"sent", "received"};
    static const char *const of_document[] = {"modified", "created"};
    bool mail = strcmp(f->d->extractor, "mail") == 0;
    for (unsigned i = 0; i < 2; i++) {
        const char *key = mail ? of_mail[i] : of_document[i];
        const char *value = first_meta(f, key);
        hf_stamp stamp;
        if (value != NULL && hf_time_parse_iso(value, &stamp))
            return key;
    }
    return f->d->review_date.utc == HF_TIME_NONE ? NULL : "file";
}

/* "2019-03-12 10:11 (given with +01:00)", in the matter's zone. */
static char *stamp_text(const facts *f, const hf_stamp *stamp)
{
    g_autofree char *time = hf_time_format_zone(stamp->utc, f->show->zone);
    if (stamp->offset == HF_OFFSET_NONE)
        return g_strdup_printf("%s (given without a zone, read as UTC)", time);
    int minutes = ABS(stamp->offset) / 60;
    return g_strdup_printf("%s (given with %c%02d:%02d)", time, stamp->offset < 0 ? '-' : '+',
                           minutes / 60, minutes % 60);
}

static char *review_date_text(const facts *f)
{
    const char *from = date_from(f);
    if (from == NULL)
        return g_strdup("none");
    if (strcmp(from, "file") != 0) {
        g_autofree char *time = stamp_text(f, &f->d->review_date);
        return g_strdup_printf("%s, when it was %s", time, from);
    }
    g_autofree char *time = hf_time_format_zone(f->d->review_date.utc, f->show->zone);
    return g_strdup_printf("%s, the file's own time", time);
}

/* ---- lines for people ---- */

static void add(GPtrArray *lines, const char *label, char *value)
{
    g_ptr_array_add(lines, g_strdup(label));
    g_ptr_array_add(lines, value);
}

static void add_text(GPtrArray *lines, const char *label, const char *value)
{
    g_autofree char *folded = g_strdup(value);
    g_strdelimit(folded, "\r\n\t", ' ');
    add(lines, label, hf_name_display(g_strstrip(folded), -1));
}

static char *family_text(const facts *f)
{
    const hf_document *d = f->d;
    if (f->family == 1)
        return g_strdup("of its own: no parent, no children");
    GString *out = g_string_new(NULL);
    if (d->parent != 0)
        g_string_append_printf(out, "child of HF%07u", d->parent);
    for (guint i = 0; i < MIN(f->children->len, CHILDREN_SHOWN); i++)
        g_string_append_printf(out, "%sHF%07u",
                               i > 0          ? ", "
                               : out->len > 0 ? "; parent of "
                                              : "parent of ",
                               g_array_index(f->children, uint32_t, i));
    if (f->children->len > CHILDREN_SHOWN)
        g_string_append_printf(out, " and %u more", f->children->len - CHILDREN_SHOWN);
    g_string_append_printf(out, " (family of %" G_GUINT64_FORMAT ": --family)", f->family);
    return g_string_free(out, FALSE);
}

static char *joined(const GPtrArray *strings)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < strings->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "; " : "",
                               (const char *)g_ptr_array_index(strings, i));
    return g_string_free(out, FALSE);
}

static char *flags_text(unsigned set)
{
    GString *out = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(flags); i++) {
        if ((set & flags[i].flag) != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? "; " : "", flags[i].words);
    }
    return g_string_free(out, FALSE);
}

static char *text_text(const hf_document *d)
{
    static const char *const words[] = {"whole", "only part of it could be read", "none"};
    if (d->size == 0)
        return g_strdup("none: it is empty");
    g_autofree char *bytes = hf_table_count(d->text.size);
    g_autofree char *reader =
        *d->extractor != '\0'
            ? g_strdup_printf(" (read by \"%s\", version %u)", d->extractor, d->extractor_version)
            : g_strdup_printf(" (nothing reads %s)", d->type);
    if (d->has_text)
        return g_strdup_printf("%s, %s bytes%s", words[d->text_state], bytes, reader);
    return g_strconcat(d->text_state == HF_TEXT_WHOLE ? "no words in it" : words[d->text_state],
                       reader, NULL);
}

/* What people call a property; others as they are kept. */
static char *meta_label(const char *key)
{
    static const struct {
        const char *key, *label;
    } labels[] = {
        {"message-id", "Message-ID"},
        {"in-reply-to", "In reply to"},
        {"reply-to", "Reply to"},
        {"last-author", "Last author"},
        {"inline", "Pictures inside"},
        {"recipe-body", "Body digest"},
        {"derived", "Native was rebuilt"},
        {"other", "Property"},
        {"bcc", "BCC"},
        {"cc", "CC"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(labels); i++) {
        if (strcmp(labels[i].key, key) == 0)
            return g_strdup(labels[i].label);
    }
    char *label = g_strdup(key);
    *label = g_ascii_toupper(*label);
    return label;
}

static void add_meta(const facts *f, GPtrArray *lines)
{
    const char *before = "";
    for (guint i = 0; i + 1 < f->meta->len; i += 2) {
        const char *key = g_ptr_array_index(f->meta, i), *value = g_ptr_array_index(f->meta, i + 1);
        g_autofree char *label = meta_label(key);
        hf_stamp stamp;
        /* A day alone has no time of day to show in a zone. */
        bool time = is_time(key) && strlen(value) > 10 && hf_time_parse_iso(value, &stamp);
        bool again = strcmp(before, key) == 0; /* the next of several recipients, keywords, ... */
        before = key;
        if (time)
            add(lines, again ? "" : label, stamp_text(f, &stamp));
        else
            add_text(lines, again ? "" : label, value);
    }
}

static void add_place(const facts *f, GPtrArray *lines, const hf_instance *instance, bool first)
{
    GString *about =
        g_string_new(instance->custodian != NULL ? instance->custodian : "no custodian");
    if (instance->modified != HF_TIME_NONE) {
        g_autofree char *time = hf_time_format_zone(instance->modified, f->show->zone);
        g_string_append_printf(about, "; file of %s", time);
    }
    g_string_append_printf(about, "; found by run %" G_GINT64_FORMAT, instance->first_run);
    if (instance->gone_run != 0)
        g_string_append_printf(about, "; gone at run %" G_GINT64_FORMAT, instance->gone_run);
    if (instance->in_place)
        g_string_append(about, "; in place: not copied");
    if (f->d->parent == 0 && memcmp(instance->sha256, f->d->sha256, 32) != 0) {
        g_autofree char *hex = hf_digest_hex(instance->sha256, 32);
        g_string_append_printf(about, "; the same message in other bytes, SHA-256 %s", hex);
    }
    add(lines, first ? "Found at" : "", hf_name_display(instance->path, -1));
    add(lines, "", g_strconcat("  ", about->str, NULL));
    g_string_free(about, TRUE);
}

static void add_exceptions(const facts *f, GPtrArray *lines)
{
    guint open = 0;
    for (guint i = 0; i < f->exceptions->len; i++) {
        const hf_exception *e = g_ptr_array_index(f->exceptions, i);
        if (!is_open(e))
            continue;
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ", %s, %s: %s", e->id, e->stage,
                                                e->reason, e->detail);
        add_text(lines, open++ == 0 ? "Open exceptions" : "", text);
        add(lines, "", g_strconcat("  ", advice_for(e), NULL));
    }
    if (f->exceptions->len > open)
        add(lines, "Closed",
            g_strdup_printf("%u of the exceptions: --history", f->exceptions->len - open));
}

static void add_replacement(const facts *f, GPtrArray *lines)
{
    const hf_replacement *r = f->replacement;
    if (r == NULL)
        return;
    g_autofree char *time = hf_time_format_zone(r->created, f->show->zone);
    g_autofree char *sha256 = hf_digest_hex(r->sha256, 32);
    g_autofree char *text = g_strdup_printf(
        "\"%s\" (%s) on %s by %s%s%s; its text is searched in the original's stead", r->name,
        r->type, time, r->actor, *r->reason != '\0' ? ": " : "", r->reason);
    add_text(lines, "Replaced by", text);
    add(lines, "", g_strdup_printf("  SHA-256 %s; --replacement FILE writes it", sha256));
}

static void add_identity(const facts *f, GPtrArray *lines)
{
    const hf_document *d = f->d;
    add(lines, "Number", hf_catalog_control_number(d->id));
    add_text(lines, "Name", d->name);
    add(lines, "Family", family_text(f));
    add_text(lines, "Matter",
             d->matter_code != NULL ? d->matter_code : "none: the firm's general records");
    if (f->custodians->len > 0) {
        g_autofree char *names = joined(f->custodians);
        add_text(lines, f->custodians->len > 1 ? "Custodians" : "Custodian", names);
    }
    if (*f->tags != NULL)
        add(lines, f->tags[1] != NULL ? "Tags" : "Tag", g_strjoinv(", ", f->tags));
    add(lines, "Type", g_strdup_printf("%s (%s)", hf_identify_kind(d->type), d->type));
    if (d->wrong_extension) {
        g_autofree char *extension = hf_name_extension(d->name);
        add(lines, "", g_strdup_printf("the extension \".%s\" is wrong for it", extension));
    }
    g_autofree char *bytes = hf_table_count(d->size);
    add(lines, "Size", g_strdup_printf("%s bytes", bytes));
}

static void add_content(const facts *f, GPtrArray *lines)
{
    const hf_document *d = f->d;
    add(lines, "Review date", review_date_text(f));
    if (d->family_date != HF_TIME_NONE && d->family_date != d->review_date.utc)
        add(lines, "Family date", hf_time_format_zone(d->family_date, f->show->zone));
    if (d->title != NULL && first_meta(f, "title") == NULL && first_meta(f, "subject") == NULL)
        add_text(lines, "Title", d->title);
    add_meta(f, lines);
    if (d->flags != 0)
        add(lines, "Has", flags_text(d->flags));
    add(lines, "Text", text_text(d));
}

static void add_digests(const facts *f, GPtrArray *lines)
{
    add(lines, "SHA-256", hf_digest_hex(f->d->sha256, 32));
    add(lines, "MD5", hf_digest_hex(f->d->md5, 16));
    if (f->d->mih != NULL)
        add(lines, "MIH", g_strdup(f->d->mih));
}

static void print_lines(const GPtrArray *lines)
{
    glong width = 0;
    for (guint i = 0; i < lines->len; i += 2)
        width = MAX(width, g_utf8_strlen(g_ptr_array_index(lines, i), -1));
    for (guint i = 0; i < lines->len; i += 2) {
        const char *label = g_ptr_array_index(lines, i);
        int gap = (int)(width - g_utf8_strlen(label, -1)) + 2;
        hf_cli_print("%s%s%*s%s\n", label, *label != '\0' ? ":" : " ", gap - 1, "",
                     (const char *)g_ptr_array_index(lines, i + 1));
    }
}

static void print_people(const facts *f)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    add_identity(f, lines);
    add_content(f, lines);
    add_digests(f, lines);
    for (guint i = 0; i < f->places->len; i++)
        add_place(f, lines, g_ptr_array_index(f->places, i), i == 0);
    add_replacement(f, lines);
    add_exceptions(f, lines);
    print_lines(lines);
}

/* ---- JSON ---- */

static void json_number(hf_json *json, const char *key, uint32_t id)
{
    g_autofree char *number = id != 0 ? hf_catalog_control_number(id) : NULL;
    hf_json_pair(json, key, number);
}

static void json_digest(hf_json *json, const char *key, const uint8_t *bytes, size_t n)
{
    g_autofree char *hex = hf_digest_hex(bytes, n);
    hf_json_pair(json, key, hex);
}

static void json_path(hf_json *json, const char *key, const char *path)
{
    g_autofree char *shown = hf_name_display(path, -1);
    hf_json_pair(json, key, shown);
}

static void json_run(hf_json *json, const char *key, int64_t run)
{
    hf_json_key(json, key);
    if (run != 0)
        hf_json_int(json, run);
    else
        hf_json_null(json);
}

/* Each key once, with all of its values. */
static void json_meta(hf_json *json, const GPtrArray *meta)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    hf_json_key(json, "meta");
    hf_json_object(json);
    for (guint i = 0; i + 1 < meta->len; i += 2) {
        char *key = g_ptr_array_index(meta, i);
        if (!g_hash_table_add(done, key))
            continue;
        hf_json_key(json, key);
        hf_json_array(json);
        for (guint k = i; k + 1 < meta->len; k += 2) {
            if (strcmp(g_ptr_array_index(meta, k), key) == 0)
                hf_json_string(json, g_ptr_array_index(meta, k + 1));
        }
        hf_json_end_array(json);
    }
    hf_json_end_object(json);
}

static void json_date(hf_json *json, const facts *f)
{
    hf_json_pair_time(json, "date", f->d->review_date.utc);
    hf_json_key(json, "date_offset");
    if (f->d->review_date.offset == HF_OFFSET_NONE)
        hf_json_null(json);
    else
        hf_json_int(json, f->d->review_date.offset);
    hf_json_pair(json, "date_from", date_from(f));
    hf_json_pair_time(json, "family_date", f->d->family_date);
}

static void json_lists(hf_json *json, const facts *f)
{
    hf_json_key(json, "children");
    hf_json_array(json);
    for (guint i = 0; i < f->children->len; i++) {
        g_autofree char *number =
            hf_catalog_control_number(g_array_index(f->children, uint32_t, i));
        hf_json_string(json, number);
    }
    hf_json_end_array(json);
    hf_json_key(json, "custodians");
    hf_json_array(json);
    for (guint i = 0; i < f->custodians->len; i++)
        hf_json_string(json, g_ptr_array_index(f->custodians, i));
    hf_json_end_array(json);
    hf_json_key(json, "tags");
    hf_json_array(json);
    for (guint i = 0; f->tags[i] != NULL; i++)
        hf_json_string(json, f->tags[i]);
    hf_json_end_array(json);
    hf_json_key(json, "flags");
    hf_json_array(json);
    for (unsigned i = 0; i < G_N_ELEMENTS(flags); i++) {
        if ((f->d->flags & flags[i].flag) != 0)
            hf_json_string(json, flags[i].key);
    }
    hf_json_end_array(json);
}

static void json_text(hf_json *json, const hf_document *d)
{
    hf_json_key(json, "text");
    hf_json_object(json);
    hf_json_pair(json, "state", states[d->text_state]);
    hf_json_pair_int(json, "size", d->has_text ? (int64_t)d->text.size : 0);
    hf_json_pair(json, "extractor", *d->extractor != '\0' ? d->extractor : NULL);
    hf_json_pair_int(json, "extractor_version", d->extractor_version);
    hf_json_end_object(json);
}

static void json_places(hf_json *json, const GPtrArray *places)
{
    hf_json_key(json, "places");
    hf_json_array(json);
    for (guint i = 0; i < places->len; i++) {
        const hf_instance *instance = g_ptr_array_index(places, i);
        hf_json_object(json);
        json_path(json, "path", instance->path);
        hf_json_pair(json, "custodian", instance->custodian);
        hf_json_pair_time(json, "modified", instance->modified);
        json_digest(json, "parent_sha256", instance->sha256, 32);
        hf_json_pair_bool(json, "in_place", instance->in_place);
        json_run(json, "first_run", instance->first_run);
        json_run(json, "gone_run", instance->gone_run);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
}

static void json_exceptions(hf_json *json, const GPtrArray *exceptions)
{
    hf_json_key(json, "exceptions");
    hf_json_array(json);
    for (guint i = 0; i < exceptions->len; i++) {
        const hf_exception *e = g_ptr_array_index(exceptions, i);
        hf_json_object(json);
        hf_json_pair_int(json, "id", e->id);
        hf_json_pair(json, "state", e->state);
        hf_json_pair(json, "stage", e->stage);
        hf_json_pair(json, "reason", e->reason);
        hf_json_pair(json, "detail", e->detail);
        hf_json_pair(json, "advice", is_open(e) ? advice_for(e) : NULL);
        hf_json_pair_time(json, "created", e->created);
        hf_json_pair_time(json, "closed", e->closed);
        hf_json_end_object(json);
    }
    hf_json_end_array(json);
}

static void json_replacement(hf_json *json, const hf_replacement *r)
{
    hf_json_key(json, "replacement");
    if (r == NULL) {
        hf_json_null(json);
        return;
    }
    hf_json_object(json);
    hf_json_pair(json, "name", r->name);
    hf_json_pair(json, "media_type", r->type);
    hf_json_pair_int(json, "size", (int64_t)r->size);
    json_digest(json, "sha256", r->sha256, 32);
    json_digest(json, "md5", r->md5, 16);
    hf_json_pair(json, "reason", r->reason);
    hf_json_pair(json, "actor", r->actor);
    hf_json_pair_time(json, "created", r->created);
    hf_json_end_object(json);
}

static void print_json(const facts *f)
{
    const hf_document *d = f->d;
    g_autoptr(GString) out = g_string_new(NULL);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    json_number(&json, "id", d->id);
    hf_json_pair(&json, "name", d->name);
    json_number(&json, "parent", d->parent);
    json_lists(&json, f);
    hf_json_pair(&json, "matter", d->matter_code);
    hf_json_pair(&json, "type", hf_identify_kind(d->type));
    hf_json_pair(&json, "media_type", d->type);
    hf_json_pair_bool(&json, "wrong_extension", d->wrong_extension);
    hf_json_pair_int(&json, "size", (int64_t)d->size);
    json_date(&json, f);
    hf_json_pair(&json, "title", d->title);
    hf_json_pair(&json, "author", d->author);
    json_meta(&json, f->meta);
    json_digest(&json, "sha256", d->sha256, 32);
    json_digest(&json, "md5", d->md5, 16);
    hf_json_pair(&json, "mih", d->mih);
    json_text(&json, d);
    hf_json_pair_bool(&json, "in_place", !d->has_native);
    json_places(&json, f->places);
    json_replacement(&json, f->replacement);
    json_exceptions(&json, f->exceptions);
    json_run(&json, "run", d->run);
    hf_json_end_object(&json);
    hf_cli_print("%s\n", out->str);
}

bool hf_show_about(const hf_show *show, GError **error)
{
    g_auto(facts) f = {.show = show, .d = show->document};
    if (!gather(&f, error))
        return false;
    if (show->format == HF_FORMAT_JSON)
        print_json(&f);
    else
        print_people(&f);
    return true;
}
