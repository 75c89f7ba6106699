#include <string.h>

#include "extract/extractor.h"
#include "extract/mail_address.h"
#include "extract/mail_body.h"
#include "extract/mail_date.h"
#include "extract/mail_part.h"
#include "extract/mail_said.h"
#include "extract/uuencode.h"

/* However deep the limits let parts lie: each level takes some stack. */
#define DEPTH_MAX 1000
/* Text beyond what the limits let through, so that the sink notices that there was more. */
#define TEXT_SLACK (64 * 1024)

typedef struct {
    hf_extraction *x;
    GString *body;    /* text of the body so far; inside an alternative, of that rendition */
    bool plain;       /* some of it came from a part that is no HTML */
    bool muted;       /* there is text enough: only children are wanted */
    bool undecodable; /* something failed to decode: no recipe */
    bool said_charset;
    bool encrypted; /* a problem said so */
    unsigned depth;
    size_t text_max;
    unsigned flags;
    char *piece; /* HF_MAIL_STEP bytes */
} reader;

/* How a part stands to the multipart around it. */
typedef enum { PLACE_MESSAGE, PLACE_MIXED, PLACE_RELATED, PLACE_SIGNED } place;

static bool read_part(reader *r, const hf_mail_part *part, place where, GError **error);

static bool is_major(const hf_mail_part *part, const char *major)
{
    return g_str_has_prefix(part->type, major);
}

static bool is_type(const hf_mail_part *part, const char *type)
{
    return strcmp(part->type, type) == 0;
}

/* ---- children ---- */

static bool give_decoded(reader *r, const hf_mail_part *part, bool *complete, GError **error)
{
    hf_mail_decoder decoder;
    hf_mail_decode_start(&decoder, part->encoding, part->body);
    *complete = true;
    for (size_t n; (n = hf_mail_decode_step(&decoder, r->piece)) > 0;) {
        if (!hf_extraction_child_data(r->x, r->piece, n, error))
            return false;
    }
    *complete = !decoder.damaged && !decoder.truncated;
    return true;
}

static bool give_uuencoded(reader *r, const hf_mail_part *part, bool *complete, GError **error)
{
    hf_uuencode_block block;
    *complete = false;
    if (!hf_uuencode_find(part->body.at, part->body.n, 0, &block))
        return hf_extraction_child_data(r->x, part->body.at, part->body.n, error);
    *complete = block.complete;
    bool ok = hf_extraction_child_data(r->x, block.bytes->data, block.bytes->len, error);
    hf_uuencode_clear(&block);
    return ok;
}

static bool give_bytes(reader *r, const hf_mail_part *part, bool *complete, GError **error)
{
    *complete = true;
    if (part->encoding == HF_MAIL_UUENCODE)
        return give_uuencoded(r, part, complete, error);
    if (part->encoding == HF_MAIL_BASE64 || part->encoding == HF_MAIL_QUOTED)
        return give_decoded(r, part, complete, error);
    *complete = part->encoding == HF_MAIL_IDENTITY;
    return hf_extraction_child_data(r->x, part->body.at, part->body.n, error);
}

static hf_stamp modification_date(const hf_mail_part *part)
{
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    g_autofree char *date =
        *part->disposition != '\0' && strstr(part->disposition, "modification-date") != NULL
            ? hf_mail_header_param(part->disposition, "modification-date")
            : NULL;
    if (date != NULL)
        hf_mail_date_parse(date, &stamp);
    return stamp;
}

static bool give_child(reader *r, const hf_mail_part *part, hf_child_kind kind, const char *path,
                       GError **error)
{
    if (path == NULL)
        path = part->name != NULL ? part->name : "";
    hf_child child = {.kind = kind,
                      .path = path,
                      .type_hint = part->type,
                      .modified = modification_date(part),
                      .size = part->encoding == HF_MAIL_IDENTITY ? part->body.n : UINT64_MAX};
    if (kind == HF_CHILD_ATTACHMENT)
        r->flags |= HF_FLAG_ATTACHMENTS;
    bool wanted, complete;
    if (!hf_extraction_child_begin(r->x, &child, &wanted, error))
        return false;
    if (!wanted)
        return true;
    if (!give_bytes(r, part, &complete, error) || !hf_extraction_child_end(r->x, complete, error))
        return false;
    if (complete)
        return true;
    r->undecodable = true;
    return hf_extraction_problem(r->x, HF_ITEM_DAMAGED, "attachments", error,
                                 "attachment \"%s\" is not whole in its encoding", path);
}

/* An attached message has its subject for a name. */
static bool give_message(reader *r, const hf_mail_part *part, GError **error)
{
    if (part->name != NULL)
        return give_child(r, part, HF_CHILD_ATTACHMENT, NULL, error);
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(hf_mail_field));
    size_t more;
    hf_mail_header_parse(part->body, true, fields, &more);
    const hf_mail_field *subject = hf_mail_header_find(fields, "Subject");
    g_autofree char *text = subject != NULL ? hf_mail_header_text(subject->value) : g_strdup("");
    if (g_utf8_strlen(text, -1) > 120)
        *g_utf8_offset_to_pointer(text, 120) = '\0';
    g_autofree char *path = g_strconcat(*text != '\0' ? text : "message", ".eml", NULL);
    return give_child(r, part, HF_CHILD_ATTACHMENT, g_strdelimit(path, "/", '_'), error);
}

/* Pictures that belong to the running text; a picture that the sender placed there as a file is a document. */
static hf_child_kind child_kind(const hf_mail_part *part, place where)
{
    bool referenced = part->content_id != NULL && !part->attachment;
    if (where == PLACE_RELATED && !part->attachment &&
        (referenced || !is_major(part, "application/")))
        return HF_CHILD_INLINE;
    if (is_major(part, "image/") && (referenced || (!part->attachment && part->name == NULL)))
        return HF_CHILD_INLINE;
    return HF_CHILD_ATTACHMENT;
}

/* ---- text ---- */

/* The decoded bytes of a text part; `out` holds them where they had to be decoded. */
static bool text_bytes(reader *r, const hf_mail_part *part, GString *out, hf_mail_span *bytes,
                       GError **error)
{
    if (part->encoding != HF_MAIL_BASE64 && part->encoding != HF_MAIL_QUOTED) {
        *bytes = part->body;
        bytes->n = MIN(bytes->n, r->text_max);
        if (part->encoding != HF_MAIL_UNKNOWN)
            return bytes->n == part->body.n ||
                   hf_extraction_problem(r->x, HF_ITEM_LIMIT, "text", error,
                                         "a text part larger than the limit was cut");
        r->undecodable = true;
        return hf_extraction_problem(
            r->x, HF_ITEM_UNSUPPORTED, "text", error,
            "a text part has a transfer encoding that is not known; it was read as it stands");
    }
    hf_mail_decoder decoder;
    hf_mail_decode_start(&decoder, part->encoding, part->body);
    for (size_t n; out->len < r->text_max && (n = hf_mail_decode_step(&decoder, r->piece)) > 0;)
        g_string_append_len(out, r->piece, (gssize)n);
    *bytes = (hf_mail_span){out->str, out->len};
    if (decoder.rest.n > 0)
        return hf_extraction_problem(r->x, HF_ITEM_LIMIT, "text", error,
                                     "a text part larger than the limit was cut");
    if (!decoder.damaged && !decoder.truncated)
        return true;
    r->undecodable = true;
    return hf_extraction_problem(r->x, decoder.truncated ? HF_ITEM_TRUNCATED : HF_ITEM_DAMAGED,
                                 "text", error, "the encoding of a text part is broken");
}

static bool note_text(reader *r, const hf_mail_text *text, GError **error)
{
    if (text->damaged) {
        r->undecodable = true;
        if (!hf_extraction_problem(r->x, HF_ITEM_DAMAGED, "text", error,
                                   "a text part has bytes that its character set does not"))
            return false;
    }
    if (text->charset == NULL || r->said_charset)
        return true;
    r->said_charset = true;
    return hf_extraction_meta(r->x, HF_META_CHARSET, text->charset, error);
}

static bool note_pgp(reader *r, const char *text, size_t n, GError **error)
{
    static const char begin[] = "-----BEGIN PGP ";
    const char *found = memmem(text, n, begin, sizeof(begin) - 1);
    if (found == NULL)
        return true;
    size_t left = n - (size_t)(found - text);
    if (memmem(found, MIN(left, (size_t)40), "SIGNED MESSAGE", 14) != NULL)
        r->flags |= HF_FLAG_SIGNED;
    if (memmem(found, MIN(left, (size_t)40), "BEGIN PGP MESSAGE", 17) == NULL || r->encrypted)
        return true;
    r->encrypted = true;
    r->flags |= HF_FLAG_ENCRYPTED;
    return hf_extraction_problem(r->x, HF_ITEM_ENCRYPTED, "text", error,
                                 "the text holds an encrypted OpenPGP message");
}

static bool say_plain(reader *r, hf_mail_span bytes, const char *charset, GError **error)
{
    hf_mail_text text;
    hf_mail_body_decode(bytes, charset, &text);
    hf_mail_body_append(r->body, text.at, text.n);
    bool ok = note_text(r, &text, error) && note_pgp(r, text.at, text.n, error);
    hf_mail_body_clear(&text);
    return ok;
}

static bool give_block(reader *r, const hf_uuencode_block *block, GError **error)
{
    hf_child child = {.kind = HF_CHILD_ATTACHMENT,
                      .path = block->name,
                      .modified = {HF_TIME_NONE, HF_OFFSET_NONE},
                      .size = block->bytes->len};
    g_autofree char *name = hf_name_utf8(block->name, -1);
    r->flags |= HF_FLAG_ATTACHMENTS;
    bool wanted;
    if (!hf_extraction_child_begin(r->x, &child, &wanted, error))
        return false;
    if (wanted && (!hf_extraction_child_data(r->x, block->bytes->data, block->bytes->len, error) ||
                   !hf_extraction_child_end(r->x, block->complete, error)))
        return false;
    if (block->complete)
        return true;
    r->undecodable = true;
    return hf_extraction_problem(r->x, HF_ITEM_TRUNCATED, "attachments", error,
                                 "\"%s\", encoded in the text, has no end", name);
}

/* Plain text, with files that were written into it cut out. */
static bool say_with_blocks(reader *r, hf_mail_span bytes, const char *charset, GError **error)
{
    size_t from = 0;
    hf_uuencode_block block;
    while (hf_uuencode_find(bytes.at, bytes.n, from, &block)) {
        bool ok =
            say_plain(r, (hf_mail_span){bytes.at + from, block.start - from}, charset, error) &&
            give_block(r, &block, error);
        from = block.end;
        hf_uuencode_clear(&block);
        if (!ok)
            return false;
    }
    return say_plain(r, (hf_mail_span){bytes.at + from, bytes.n - from}, charset, error);
}

static bool say_html(reader *r, hf_mail_span bytes, const char *charset, GError **error)
{
    hf_mail_text text;
    g_autofree char *own = charset == NULL ? hf_mail_body_html_charset(bytes) : NULL;
    g_autofree char *title = NULL;
    hf_mail_body_decode(bytes, charset != NULL ? charset : own, &text);
    if (r->body->len > 0 && r->body->str[r->body->len - 1] != '\n')
        g_string_append_c(r->body, '\n');
    hf_html_to_text(text.at, text.n, r->body, &title);
    bool ok = note_text(r, &text, error);
    hf_mail_body_clear(&text);
    return ok;
}

static bool is_html(const hf_mail_part *part)
{
    return is_type(part, "text/html") || is_type(part, "text/x-amp-html") ||
           is_type(part, "application/xhtml+xml") || is_type(part, "text/enriched") ||
           is_type(part, "text/richtext") || is_type(part, "text/watch-html");
}

static bool read_text(reader *r, const hf_mail_part *part, GError **error)
{
    if (r->muted || r->body->len >= r->text_max)
        return true;
    g_autofree char *charset = hf_mail_header_param(part->content_type, "charset");
    g_autoptr(GString) decoded = g_string_new(NULL);
    hf_mail_span bytes;
    if (!text_bytes(r, part, decoded, &bytes, error))
        return false;
    if (is_html(part))
        return say_html(r, bytes, charset, error);
    size_t before = r->body->len;
    if (!say_with_blocks(r, bytes, charset, error))
        return false;
    if (r->body->len > before)
        r->plain = true;
    return true;
}

/* ---- multiparts ---- */

/* Text before or after the parts that some program meant to be read, such as the footer of a mailing list. */
static bool read_margin(reader *r, hf_mail_span margin, GError **error)
{
    static const char *const usual[] = {"This is a ", "This message is in MIME", "This is an ",
                                        "If you ", "This MIME"};
    while (margin.n > 0 && g_ascii_isspace(*margin.at)) {
        margin.at++;
        margin.n--;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
        size_t n = strlen(usual[i]);
        if (margin.n >= n && g_ascii_strncasecmp(margin.at, usual[i], n) == 0)
            return true;
    }
    if (margin.n == 0 || r->muted || r->body->len >= r->text_max)
        return true;
    margin.n = MIN(margin.n, r->text_max);
    return say_with_blocks(r, margin, NULL, error);
}

/* Reads one rendition into a text of its own. */
static bool read_rendition(reader *r, const hf_mail_part *part, GString *text, bool *plain,
                           GError **error)
{
    GString *body = r->body;
    bool was_plain = r->plain;
    r->body = text;
    r->plain = false;
    bool ok = read_part(r, part, PLACE_MIXED, error);
    *plain = r->plain;
    r->plain = was_plain;
    r->body = body;
    return ok;
}

/* Of several renditions plain text comes first, then the lines of the others that say something else: programs that write
 * both do not always write the same. */
static bool read_alternative(reader *r, hf_mail_parts *parts, GError **error)
{
    g_autoptr(GString) best = g_string_new(NULL);
    g_autoptr(hf_mail_said) said = hf_mail_said_new();
    bool best_plain = false, ok = true;
    hf_mail_span span;
    while (ok && hf_mail_parts_next(parts, &span)) {
        hf_mail_part part;
        hf_mail_part_read(span, false, "text/plain", &part);
        g_autoptr(GString) text = g_string_new(NULL);
        bool plain = false, was_muted = r->muted;
        r->muted = was_muted || best->len >= r->text_max;
        ok = read_rendition(r, &part, text, &plain, error);
        r->muted = was_muted;
        hf_mail_part_clear(&part);
        if (plain && !best_plain) {
            best_plain = true;
            GString *others = best;
            best = g_string_new(NULL);
            hf_mail_said_free(said);
            said = hf_mail_said_new();
            hf_mail_said_append(said, text, best);
            hf_mail_said_append(said, others, best);
            g_string_free(others, TRUE);
        } else {
            hf_mail_said_append(said, text, best);
        }
    }
    r->plain = r->plain || best_plain;
    hf_mail_body_append(r->body, best->str, best->len);
    return ok;
}

static bool read_each(reader *r, hf_mail_parts *parts, place where, const char *default_type,
                      GError **error)
{
    hf_mail_span span;
    bool first = true, ok = true;
    while (ok && hf_mail_parts_next(parts, &span)) {
        hf_mail_part part;
        hf_mail_part_read(span, false, default_type, &part);
        /* The root of a multipart/related is running text; what else is in it belongs to that. */
        ok = read_part(r, &part, first && where == PLACE_RELATED ? PLACE_MIXED : where, error);
        hf_mail_part_clear(&part);
        first = false;
    }
    return ok;
}

static bool read_parts(reader *r, const hf_mail_part *part, hf_mail_parts *parts, GError **error)
{
    if (is_type(part, "multipart/alternative"))
        return read_alternative(r, parts, error);
    if (is_type(part, "multipart/related"))
        return read_each(r, parts, PLACE_RELATED, "text/plain", error);
    if (is_type(part, "multipart/signed")) {
        r->flags |= HF_FLAG_SIGNED;
        return read_each(r, parts, PLACE_SIGNED, "text/plain", error);
    }
    bool digest = is_type(part, "multipart/digest");
    return read_each(r, parts, PLACE_MIXED, digest ? "message/rfc822" : "text/plain", error);
}

static bool note_encrypted(reader *r, GError **error)
{
    r->flags |= HF_FLAG_ENCRYPTED;
    if (r->encrypted)
        return true;
    r->encrypted = true;
    return hf_extraction_problem(
        r->x, HF_ITEM_ENCRYPTED, "text", error,
        "the message is encrypted for its recipients: nothing of it could be read");
}

static bool read_without_parts(reader *r, const hf_mail_part *part, GError **error)
{
    hf_mail_part text = *part;
    g_autofree char *type = g_strdup("text/plain");
    text.type = type;
    if (part->body.n > 0 &&
        !hf_extraction_problem(r->x, HF_ITEM_DAMAGED, "text", error,
                               "a %s has no parts: it was read as text", part->type))
        return false;
    return read_text(r, &text, error);
}

static bool read_multipart(reader *r, const hf_mail_part *part, GError **error)
{
    unsigned limit = MIN(hf_extraction_limits(r->x)->mime_depth, (unsigned)DEPTH_MAX);
    if (r->depth >= limit) {
        hf_mail_part rest = *part;
        rest.body = part->whole;
        rest.encoding = HF_MAIL_IDENTITY;
        g_autofree char *type = g_strdup("message/rfc822");
        rest.type = type;
        r->undecodable = true;
        return hf_extraction_problem(
                   r->x, HF_ITEM_LIMIT, "attachments", error,
                   "parts lie more than %u deep in each other: the rest is kept as an attachment",
                   limit) &&
               give_child(r, &rest, HF_CHILD_ATTACHMENT, "deeper parts.eml", error);
    }
    if (is_type(part, "multipart/encrypted") && !note_encrypted(r, error))
        return false;
    g_autofree char *boundary = hf_mail_header_param(part->content_type, "boundary");
    hf_mail_parts parts;
    bool ok;
    r->depth++;
    if (hf_mail_parts_start(&parts, part->body, boundary, NULL)) {
        ok = read_margin(r, parts.preamble, error) && read_parts(r, part, &parts, error) &&
             read_margin(r, parts.epilogue, error);
        /* Inside, the outer delimiter ends a part as surely as its own. */
        if (ok && parts.unclosed && r->depth == 1)
            ok = hf_extraction_problem(r->x, HF_ITEM_TRUNCATED, "attachments", error,
                                       "the message ends without its closing boundary");
    } else {
        ok = read_without_parts(r, part, error);
    }
    r->depth--;
    hf_mail_parts_clear(&parts);
    return ok;
}

/* ---- parts of special meaning ---- */

/* An opaque S/MIME part is signed or enveloped: the parameter says which, else the object identifier does. */
static bool is_enveloped(const hf_mail_part *part)
{
    g_autofree char *kind = hf_mail_header_param(part->content_type, "smime-type");
    if (kind != NULL)
        return g_ascii_strncasecmp(kind, "enveloped", 9) == 0 ||
               g_ascii_strncasecmp(kind, "authEnveloped", 13) == 0;
    static const char signed_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    g_autofree char *head = g_malloc(HF_MAIL_STEP);
    hf_mail_decoder decoder;
    hf_mail_decode_start(&decoder, part->encoding,
                         (hf_mail_span){part->body.at, MIN(part->body.n, (size_t)256)});
    size_t n = hf_mail_decode_step(&decoder, head);
    return memmem(head, n, signed_data, sizeof(signed_data) - 1) == NULL;
}

static bool read_smime(reader *r, const hf_mail_part *part, GError **error)
{
    if (!is_enveloped(part))
        r->flags |= HF_FLAG_SIGNED;
    else if (!note_encrypted(r, error))
        return false;
    return give_child(r, part, HF_CHILD_ATTACHMENT, part->name == NULL ? "smime.p7m" : NULL, error);
}

static bool is_signature(const hf_mail_part *part)
{
    return is_type(part, "application/pkcs7-signature") ||
           is_type(part, "application/x-pkcs7-signature") ||
           is_type(part, "application/pgp-signature");
}

static bool is_smime(const hf_mail_part *part)
{
    return is_type(part, "application/pkcs7-mime") || is_type(part, "application/x-pkcs7-mime");
}

/* A message that is only pointed to: what points there is all the text there is. */
static bool read_external(reader *r, const hf_mail_part *part, GError **error)
{
    hf_mail_body_append(r->body, part->content_type, strlen(part->content_type));
    hf_mail_body_append(r->body, part->body.at, MIN(part->body.n, r->text_max));
    return hf_extraction_problem(
        r->x, HF_ITEM_UNSUPPORTED, "attachments", error,
        "an attachment lies elsewhere, the message only names the place: %.300s",
        part->content_type);
}

static bool read_partial(reader *r, const hf_mail_part *part, GError **error)
{
    g_autofree char *number = hf_mail_header_param(part->content_type, "number");
    g_autofree char *total = hf_mail_header_param(part->content_type, "total");
    r->undecodable = true;
    return hf_extraction_problem(r->x, HF_ITEM_TRUNCATED, "text", error,
                                 "this is only piece %.20s of %.20s of a message",
                                 number != NULL ? number : "?", total != NULL ? total : "?") &&
           read_text(r, part, error);
}

static bool is_status(const hf_mail_part *part)
{
    return is_type(part, "message/delivery-status") ||
           is_type(part, "message/disposition-notification") ||
           is_type(part, "message/feedback-report") ||
           is_type(part, "message/global-delivery-status") ||
           is_type(part, "message/global-headers");
}

static bool read_message_part(reader *r, const hf_mail_part *part, GError **error)
{
    if (is_type(part, "message/external-body"))
        return read_external(r, part, error);
    if (is_type(part, "message/partial"))
        return read_partial(r, part, error);
    if (is_status(part) && !part->attachment)
        return read_text(r, part, error);
    return give_message(r, part, error);
}

/* Text that is a file by its kind. */
static bool is_file_text(const hf_mail_part *part)
{
    return is_type(part, "text/calendar") || is_type(part, "text/x-vcard") ||
           is_type(part, "text/vcard") || is_type(part, "text/directory") ||
           is_type(part, "text/css") || is_type(part, "text/javascript");
}

static bool is_body_text(const hf_mail_part *part, place where)
{
    if (!is_major(part, "text/") && !is_type(part, "application/xhtml+xml"))
        return false;
    if (part->attachment || is_file_text(part))
        return false;
    return part->name == NULL || where == PLACE_MESSAGE;
}

static bool read_part(reader *r, const hf_mail_part *part, place where, GError **error)
{
    if (is_major(part, "multipart/"))
        return read_multipart(r, part, error);
    if (is_body_text(part, where))
        return read_text(r, part, error);
    if (is_major(part, "message/"))
        return read_message_part(r, part, error);
    if (is_smime(part))
        return read_smime(r, part, error);
    if (is_signature(part) || is_type(part, "application/pgp-encrypted"))
        return give_child(r, part, HF_CHILD_INLINE, NULL, error);
    if (part->body.n == 0 && part->fields->len == 0)
        return true;
    return give_child(r, part, child_kind(part, where), NULL, error);
}

/* ---- the header ---- */

typedef enum { FORM_TEXT, FORM_ADDRESSES, FORM_IDS, FORM_ID } form;

static const struct {
    const char *name;
    hf_meta meta;
    form form;
    bool every; /* else only the first */
} fields[] = {
    {"From", HF_META_FROM, FORM_ADDRESSES, true},
    {"To", HF_META_TO, FORM_ADDRESSES, true},
    {"Apparently-To", HF_META_TO, FORM_ADDRESSES, true},
    {"Cc", HF_META_CC, FORM_ADDRESSES, true},
    {"Bcc", HF_META_BCC, FORM_ADDRESSES, true},
    {"Reply-To", HF_META_REPLY_TO, FORM_ADDRESSES, true},
    {"Subject", HF_META_SUBJECT, FORM_TEXT, false},
    {"Message-ID", HF_META_MESSAGE_ID, FORM_ID, false},
    {"In-Reply-To", HF_META_IN_REPLY_TO, FORM_IDS, true},
    {"References", HF_META_REFERENCES, FORM_IDS, true},
    {"X-Mailer", HF_META_APPLICATION, FORM_TEXT, false},
    {"User-Agent", HF_META_APPLICATION, FORM_TEXT, false},
    {"Keywords", HF_META_KEYWORDS, FORM_TEXT, true},
    {"Comments", HF_META_COMMENTS, FORM_TEXT, true},
    {"Organization", HF_META_COMPANY, FORM_TEXT, false},
};

/* Shown and searchable as they stand. */
static const char *const others[] = {"Sender",
                                     "Importance",
                                     "Priority",
                                     "X-Priority",
                                     "Sensitivity",
                                     "List-Id",
                                     "Newsgroups",
                                     "Thread-Index",
                                     "Thread-Topic",
                                     "Delivered-To",
                                     "Return-Path",
                                     "X-Original-To",
                                     "Resent-From",
                                     "Resent-To",
                                     "Resent-Cc",
                                     "Resent-Date",
                                     "Resent-Message-ID",
                                     "Disposition-Notification-To",
                                     "Return-Receipt-To",
                                     "Auto-Submitted",
                                     "X-Originating-IP",
                                     "X-Gmail-Labels",
                                     "X-GM-THRID",
                                     "X-Folder",
                                     "X-Origin",
                                     "X-FileName",
                                     "X-From",
                                     "X-To",
                                     "X-cc",
                                     "X-bcc",
                                     "X-Envelope-To",
                                     "X-MS-Exchange-Organization-AuthAs",
                                     "X-Confidentiality",
                                     "Followup-To",
                                     "X-Newsreader",
                                     "X-Universally-Unique-Identifier"};

typedef struct {
    hf_extraction *x;
    hf_meta meta;
} address_target;

static bool say_address(const char *address, void *data, GError **error)
{
    const address_target *target = data;
    return hf_extraction_meta(target->x, target->meta, address, error);
}

/* The ids in angle brackets. */
static bool say_ids(reader *r, hf_meta meta, const char *value, GError **error)
{
    for (const char *open = strchr(value, '<'); open != NULL; open = strchr(open, '<')) {
        const char *close = strchr(open, '>');
        if (close == NULL)
            return true;
        g_autofree char *id = g_strndup(open + 1, (gsize)(close - open - 1));
        if (!hf_extraction_meta(r->x, meta, id, error))
            return false;
        open = close;
    }
    return true;
}

/* What is between the brackets, to the letter; the whole value where there are none. */
static bool say_id(reader *r, hf_meta meta, const char *value, GError **error)
{
    const char *open = strchr(value, '<'), *close = open != NULL ? strrchr(open, '>') : NULL;
    if (close == NULL)
        return hf_extraction_meta(r->x, meta, value, error);
    g_autofree char *id = g_strndup(open + 1, (gsize)(close - open - 1));
    return hf_extraction_meta(r->x, meta, id, error);
}

static bool say_field(reader *r, size_t row, hf_mail_span value, GError **error)
{
    if (fields[row].form == FORM_ADDRESSES) {
        address_target target = {r->x, fields[row].meta};
        return hf_mail_address_each(value, say_address, &target, error);
    }
    if (value.n > HF_MAIL_VALUE_MAX &&
        !hf_extraction_problem(r->x, HF_ITEM_LIMIT, "metadata", error,
                               "the header field %s was cut", fields[row].name))
        return false;
    if (fields[row].form == FORM_TEXT) {
        g_autofree char *text = hf_mail_header_text(value);
        return hf_extraction_meta(r->x, fields[row].meta, text, error);
    }
    g_autofree char *unfolded = hf_mail_header_unfold(value);
    return fields[row].form == FORM_ID ? say_id(r, fields[row].meta, unfolded, error)
                                       : say_ids(r, fields[row].meta, unfolded, error);
}

static bool say_date(reader *r, hf_meta meta, hf_mail_span value, bool *said, GError **error)
{
    g_autofree char *unfolded = hf_mail_header_unfold(value);
    hf_stamp stamp;
    *said = hf_mail_date_parse(unfolded, &stamp);
    return !*said || hf_extraction_meta_time(r->x, meta, stamp, error);
}

/* The date of a Received field stands behind its last semicolon. */
static hf_mail_span received_date(hf_mail_span value)
{
    const char *semicolon = memrchr(value.at, ';', value.n);
    if (semicolon == NULL)
        return (hf_mail_span){value.at, 0};
    return (hf_mail_span){semicolon + 1, (size_t)(value.at + value.n - semicolon - 1)};
}

static bool say_other(reader *r, const char *name, hf_mail_span value, GError **error)
{
    g_autofree char *text = hf_mail_header_text(value);
    if (*text == '\0')
        return true;
    g_autofree char *pair = g_strconcat(name, ": ", text, NULL);
    return hf_extraction_meta(r->x, HF_META_OTHER, pair, error);
}

typedef struct {
    bool sent, received;
    bool field[G_N_ELEMENTS(fields)];
} seen_fields;

static bool say_known(reader *r, const hf_mail_field *field, seen_fields *seen, bool *known,
                      GError **error)
{
    *known = true;
    if (hf_mail_header_named(field, "Received"))
        return seen->received ||
               say_date(r, HF_META_RECEIVED, received_date(field->value), &seen->received, error);
    if (hf_mail_header_named(field, "Date"))
        return seen->sent || say_date(r, HF_META_SENT, field->value, &seen->sent, error);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (!hf_mail_header_named(field, fields[i].name))
            continue;
        bool again = seen->field[i];
        seen->field[i] = true;
        return (again && !fields[i].every) || say_field(r, i, field->value, error);
    }
    *known = false;
    return true;
}

static bool say_header(reader *r, const hf_mail_part *message, GError **error)
{
    seen_fields seen = {0};
    for (guint i = 0; i < message->fields->len; i++) {
        const hf_mail_field *field = &g_array_index(message->fields, hf_mail_field, i);
        bool known;
        if (!say_known(r, field, &seen, &known, error))
            return false;
        for (size_t k = 0; !known && k < G_N_ELEMENTS(others); k++) {
            if (hf_mail_header_named(field, others[k]) &&
                !say_other(r, others[k], field->value, error))
                return false;
        }
    }
    if (message->more_fields > 0)
        return hf_extraction_problem(r->x, HF_ITEM_LIMIT, "metadata", error,
                                     "%zu header fields were left out", message->more_fields);
    if (message->fields->len == 0)
        return hf_extraction_problem(r->x, HF_ITEM_DAMAGED, "metadata", error,
                                     "the message has no header");
    return true;
}

/* ---- the message ---- */

/* Apple Mail's emlx: the count of the message's bytes on a line, the message, a property list. */
static hf_mail_span without_count(hf_mail_span all)
{
    size_t i = 0, count = 0;
    while (i < all.n && i < 10 && g_ascii_isdigit(all.at[i]))
        count = count * 10 + (size_t)(all.at[i++] - '0');
    size_t digits = i;
    while (i < all.n && i < 20 && (all.at[i] == ' ' || all.at[i] == '\r'))
        i++;
    if (digits == 0 || i >= all.n || all.at[i] != '\n' || count > all.n - i - 1)
        return all;
    return (hf_mail_span){all.at + i + 1, count};
}

/* Line ends of old Macs. */
static char *with_line_feeds(hf_mail_span all)
{
    if (all.n == 0 || memchr(all.at, '\n', all.n) != NULL || memchr(all.at, '\r', all.n) == NULL)
        return NULL;
    char *copy = g_memdup2(all.at, all.n);
    for (size_t i = 0; i < all.n; i++) {
        if (copy[i] == '\r')
            copy[i] = '\n';
    }
    return copy;
}

static bool read_message(reader *r, hf_mail_span all, GError **error)
{
    hf_mail_part message;
    hf_mail_part_read(all, true, "text/plain", &message);
    bool ok = say_header(r, &message, error) && read_part(r, &message, PLACE_MESSAGE, error) &&
              hf_extraction_text(r->x, r->body->str, (gssize)r->body->len, error) &&
              hf_extraction_flag(r->x, r->flags, error);
    hf_mail_part_clear(&message);
    if (!ok || r->undecodable)
        return ok;
    g_autofree char *recipe = hf_mail_body_recipe(r->body->str, r->body->len);
    return hf_extraction_meta(r->x, HF_META_RECIPE_BODY, recipe, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    const hf_limits *limits = hf_extraction_limits(x);
    g_autoptr(GBytes) bytes = hf_extraction_bytes(x, limits->address_space / 4 * 3, error);
    if (bytes == NULL)
        return false;
    gsize n;
    const char *at = g_bytes_get_data(bytes, &n);
    hf_mail_span all = without_count((hf_mail_span){at, n});
    g_autofree char *copy = with_line_feeds(all);
    if (copy != NULL)
        all.at = copy;
    g_autoptr(GString) body = g_string_sized_new(4096);
    g_autofree char *piece = g_malloc(HF_MAIL_STEP);
    reader r = {.x = x, .body = body, .piece = piece};
    r.text_max = (size_t)MIN(limits->text_bytes, (uint64_t)(SIZE_MAX / 4)) + TEXT_SLACK;
    return read_message(&r, all, error);
}

static const char *const types[] = {"message/rfc822",    "message/news",
                                    "message/global",    "message/x-emlx",
                                    "message/partial",   "application/x-mimearchive",
                                    "multipart/related", NULL};

const hf_extractor hf_extract_mail_format = {
    .name = "mail", .version = 1, .container = false, .types = types, .extract = extract};
