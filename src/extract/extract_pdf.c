/* src/extract/extract_pdf.c -- PDF by poppler: the words of the pages through libpoppler-cpp (pdf_text.h says why), all
 * else through poppler-glib. Both read the same bytes in place. */
#include "extract/extractor.h"
#include "extract/pdf_lines.h"
#include "extract/pdf_marks.h"
#include "extract/pdf_rescue.h"
#include "extract/pdf_text.h"
#include <poppler.h>
#include <string.h>
#include <unistd.h>

void hf_extract_pdf_load(void);
extern const hf_extractor hf_extract_pdf_format;

/* A document that takes more than this share of the address space as a mapping is read through its descriptor. */
#define MAPPING_SHARE 2
/* Pages that cannot be read, one after the other, until the page count is taken for a lie. */
#define UNREADABLE_RUN_MAX 1000
#define PROPERTIES_MAX 200

typedef struct {
    hf_extraction *x;
    GBytes *bytes; /* NULL: read through a descriptor */
    PopplerDocument *document;
    hf_pdf_text *words; /* NULL: poppler-glib has to do */
    int pages;
    int unreadable;
    bool rescued;
    GArray *without_text; /* int: the pages that have none */
    gint64 stop_at;       /* by the monotonic clock */
} pdf;

static void pdf_clear(pdf *p)
{
    g_clear_pointer(&p->words, hf_pdf_text_free);
    g_clear_object(&p->document);
    g_clear_pointer(&p->bytes, g_bytes_unref);
    g_clear_pointer(&p->without_text, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(pdf, pdf_clear)

/* ---- opening ---- */

static PopplerDocument *open_with(pdf *p, const char *password, GError **error)
{
    if (p->bytes != NULL)
        return poppler_document_new_from_bytes(p->bytes, password, error);
    int fd = dup(hf_extraction_fd(p->x)); /* poppler closes it */
    if (fd < 0) {
        g_set_error_literal(error, HF_ITEM_ERROR, HF_ITEM_UNREADABLE, "cannot be opened again");
        return NULL;
    }
    return poppler_document_new_from_fd(fd, password, error);
}

static bool open_words(pdf *p, const char *password)
{
    gsize n;
    const void *bytes = p->bytes != NULL ? g_bytes_get_data(p->bytes, &n) : NULL;
    g_clear_pointer(&p->words, hf_pdf_text_free);
    if (bytes != NULL)
        p->words = hf_pdf_text_new(bytes, n, password);
    return p->words != NULL;
}

/* poppler-glib 22.12 tries a password in Latin-1, then as it is, and crashes on the way from the one to the other. So
 * libpoppler-cpp finds out whether `secret`, just these bytes, is right, and poppler-glib only gets what its first try
 * turns into the same bytes. */
static bool open_by_bytes(pdf *p, const char *secret)
{
    if (secret == NULL || !open_words(p, secret))
        return false;
    g_autofree char *password = g_convert(secret, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    p->document = password != NULL ? open_with(p, password, NULL) : NULL;
    return p->document != NULL;
}

/* Passwords are in UTF-8 since PDF 2.0, in Latin-1 before. */
static bool open_by_password(pdf *p, const char *password)
{
    if (open_by_bytes(p, password))
        return true;
    g_autofree char *latin = g_convert(password, -1, "ISO-8859-1", "UTF-8", NULL, NULL, NULL);
    return open_by_bytes(p, latin);
}

static bool set_encrypted(pdf *p, GError **error)
{
    if (!hf_extraction_flag(p->x, HF_FLAG_ENCRYPTED, error))
        return false;
    g_set_error_literal(error, HF_ITEM_ERROR, HF_ITEM_ENCRYPTED,
                        p->bytes != NULL ? "is encrypted, and no password that was given opens it"
                                         : "is encrypted, and too large for passwords to be tried");
    return false;
}

static bool open_damaged(pdf *p, const GError *refusal, GError **error)
{
    GBytes *copy = p->bytes != NULL ? hf_pdf_rescue_with_trailer(p->bytes) : NULL;
    if (copy != NULL) {
        g_bytes_unref(p->bytes);
        p->bytes = copy;
        p->document = open_with(p, NULL, NULL);
    }
    if (p->document == NULL) {
        g_set_error(error, HF_ITEM_ERROR, HF_ITEM_DAMAGED, "cannot be opened as a PDF: %s",
                    refusal->message);
        return false;
    }
    p->rescued = true;
    open_words(p, NULL);
    return true;
}

static bool open_document(pdf *p, GError **error)
{
    g_autoptr(GError) refusal = NULL;
    p->document = open_with(p, NULL, &refusal);
    if (p->document != NULL) {
        open_words(p, NULL);
        return true;
    }
    if (!g_error_matches(refusal, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED))
        return open_damaged(p, refusal, error);
    for (const char *const *password = hf_extraction_passwords(p->x); *password != NULL;
         password++) {
        if (open_by_password(p, *password))
            return hf_extraction_flag(p->x, HF_FLAG_ENCRYPTED, error);
    }
    return set_encrypted(p, error);
}

/* ---- properties ---- */

static bool say_property(pdf *p, hf_meta meta, char *value, GError **error)
{
    g_autofree char *owned = value;
    return hf_extraction_meta(p->x, meta, owned, error);
}

static bool say_date(pdf *p, hf_meta meta, GDateTime *date, GError **error)
{
    if (date == NULL)
        return true;
    hf_stamp stamp = hf_pdf_marks_stamp(date);
    g_date_time_unref(date);
    return hf_extraction_meta_time(p->x, meta, stamp, error);
}

typedef struct {
    hf_extraction *x;
    GError **error;
    unsigned left;
    bool ok;
} other_properties;

static bool say_other(const char *key, const char *value, void *data)
{
    static const char *const known[] = {"Title",   "Author",   "Subject",      "Keywords",
                                        "Creator", "Producer", "CreationDate", "ModDate",
                                        "Trapped", NULL};
    other_properties *others = data;
    if (*value == '\0' || g_strv_contains(known, key))
        return true;
    g_autofree char *name = hf_name_utf8(key, -1);
    g_autofree char *pair = g_strdup_printf("%s: %s", name, value);
    others->ok = hf_extraction_meta(others->x, HF_META_OTHER, pair, others->error);
    return others->ok && --others->left > 0;
}

static bool say_properties(pdf *p, GError **error)
{
    PopplerDocument *d = p->document;
    if (!say_property(p, HF_META_TITLE, poppler_document_get_title(d), error) ||
        !say_property(p, HF_META_AUTHOR, poppler_document_get_author(d), error) ||
        !say_property(p, HF_META_TOPIC, poppler_document_get_subject(d), error) ||
        !say_property(p, HF_META_KEYWORDS, poppler_document_get_keywords(d), error) ||
        !say_property(p, HF_META_APPLICATION, poppler_document_get_creator(d), error) ||
        !say_date(p, HF_META_CREATED, poppler_document_get_creation_date_time(d), error) ||
        !say_date(p, HF_META_MODIFIED, poppler_document_get_modification_date_time(d), error))
        return false;
    g_autofree char *producer = poppler_document_get_producer(d);
    g_autofree char *pair =
        producer != NULL && *producer != '\0' ? g_strconcat("Producer: ", producer, NULL) : NULL;
    if (!hf_extraction_meta(p->x, HF_META_OTHER, pair, error))
        return false;
    other_properties others = {p->x, error, PROPERTIES_MAX, true};
    if (p->words != NULL)
        hf_pdf_text_properties(p->words, say_other, &others);
    if (!others.ok)
        return false;
    return poppler_document_get_n_signatures(d) == 0 ||
           hf_extraction_flag(p->x, HF_FLAG_SIGNED, error);
}

/* ---- pages ---- */

static void read_words(pdf *p, PopplerPage *page, int index, GString *text)
{
    if (p->words != NULL)
        hf_pdf_text_page(p->words, index, text);
    hf_pdf_lines_join(text);
    /* libpoppler-cpp gives nothing for a page with one character that it cannot convert. */
    if (text->len == 0) {
        g_autofree char *other = poppler_page_get_text(page);
        g_string_assign(text, other != NULL ? other : "");
        hf_pdf_lines_join(text);
    }
}

static bool say_page(pdf *p, PopplerPage *page, int index, GString *text, GError **error)
{
    g_string_truncate(text, 0);
    read_words(p, page, index, text);
    if (text->len == 0)
        g_array_append_val(p->without_text, index);
    if (index > 0 && hf_extraction_text_bytes(p->x) > 0 &&
        !hf_extraction_text(p->x, "\f", 1, error))
        return false;
    if (!hf_extraction_text(p->x, text->str, (gssize)text->len, error))
        return false;
    if (text->len > 0 && !hf_extraction_text(p->x, "\n", 1, error))
        return false;
    return hf_pdf_marks_of_page(p->x, page, text->str, error);
}

static bool say_pages(pdf *p, GError **error)
{
    g_autoptr(GString) text = g_string_sized_new(8192);
    int run = 0;
    for (int i = 0; i < p->pages; i++) {
        if (!hf_extraction_progress(p->x, error))
            return false;
        if (g_get_monotonic_time() > p->stop_at)
            return hf_extraction_problem(p->x, HF_ITEM_LIMIT, "text", error,
                                         "took too long: pages %d to %d were not read", i + 1,
                                         p->pages);
        g_autoptr(GObject) page = (GObject *)poppler_document_get_page(p->document, i);
        if (page == NULL) {
            p->unreadable++;
            if (++run < UNREADABLE_RUN_MAX)
                continue;
            p->unreadable += p->pages - i - 1;
            return true;
        }
        run = 0;
        if (!say_page(p, POPPLER_PAGE(page), i, text, error))
            return false;
    }
    return true;
}

/* ---- what is missing ---- */

/* By the box around what is drawn: the list of pictures, as slow to get, leaves out what is drawn in lines. */
static bool shows_something(pdf *p, int index)
{
    g_autoptr(GObject) page = (GObject *)poppler_document_get_page(p->document, index);
    PopplerRectangle box;
    return page != NULL && poppler_page_get_bounding_box(POPPLER_PAGE(page), &box);
}

/* Of the pages without text those that are not just blank. To look is as slow as to read the page, so a
 * document that says nothing at all is not looked at: it may be drawn in lines, and needs OCR as well. */
static int count_unread_pages(pdf *p)
{
    if ((int)p->without_text->len == p->pages && hf_extraction_text_bytes(p->x) == 0)
        return p->pages;
    int count = 0;
    for (guint i = 0; i < p->without_text->len && g_get_monotonic_time() <= p->stop_at; i++)
        count += shows_something(p, g_array_index(p->without_text, int, i));
    return count;
}

static bool say_without_text(pdf *p, GError **error)
{
    int count = count_unread_pages(p);
    if (count == 0)
        return true;
    return hf_extraction_problem(p->x, HF_ITEM_NO_TEXT, "text", error,
                                 "%d of %d pages %s no text: needs OCR", count, p->pages,
                                 count == 1 ? "has" : "have");
}

static bool say_damage(pdf *p, GError **error)
{
    if (p->pages <= 0)
        return hf_extraction_problem(p->x, HF_ITEM_DAMAGED, "text", error, "no page was found");
    if (p->unreadable > 0)
        return hf_extraction_problem(p->x, HF_ITEM_DAMAGED, "text", error,
                                     "%d of %d pages cannot be read", p->unreadable, p->pages);
    if (p->rescued || hf_pdf_text_was_rebuilt())
        return hf_extraction_problem(
            p->x, HF_ITEM_DAMAGED, "text", error,
            "the table of objects is damaged; what was found without it was read");
    return true;
}

static bool read_document(hf_extraction *x, GError **error)
{
    g_auto(pdf) p = {.x = x, .without_text = g_array_new(FALSE, FALSE, sizeof(int))};
    const hf_limits *limits = hf_extraction_limits(x);
    /* Four fifths: the rest is for what comes after the pages. */
    p.stop_at = g_get_monotonic_time() + (gint64)limits->total_seconds * G_TIME_SPAN_SECOND / 5 * 4;
    hf_extract_pdf_load();
    hf_pdf_text_was_rebuilt();
    if (hf_extraction_size(x) <= limits->address_space / MAPPING_SHARE) {
        p.bytes = hf_extraction_bytes(x, limits->address_space / MAPPING_SHARE, error);
        if (p.bytes == NULL)
            return false;
    }
    if (!open_document(&p, error) || !say_properties(&p, error))
        return false;
    p.pages = poppler_document_get_n_pages(p.document);
    return hf_extraction_meta_int(x, HF_META_PAGES, MAX(p.pages, 0), error) &&
           say_pages(&p, error) && hf_pdf_marks_outline(x, p.document, error) &&
           hf_pdf_marks_files(x, p.document, error) && say_without_text(&p, error) &&
           say_damage(&p, error);
}

static bool extract(hf_extraction *x, GError **error)
{
    hf_pdf_text_listen(true);
    bool ok = read_document(x, error);
    hf_pdf_text_listen(false);
    if (!ok || !hf_pdf_text_lacked_memory())
        return ok;
    return hf_extraction_problem(
        x, HF_ITEM_LIMIT, "text", error,
        "some of it needs more memory than there may be, and was not read");
}

void hf_extract_pdf_load(void)
{
    hf_pdf_text_load();
}

static const char *const types[] = {"application/pdf", NULL};

const hf_extractor hf_extract_pdf_format = {
    .name = "pdf",
    .version = 1,
    .types = types,
    .extract = extract,
};
