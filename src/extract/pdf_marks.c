#include "extract/pdf_marks.h"
#include "extract/pdf_lines.h"
#include <string.h>

#define OUTLINE_DEPTH_MAX 64
#define OUTLINE_TITLES_MAX 100000
#define MARKS_OF_PAGE_MAX 20000

/* ---- words ---- */

typedef struct {
    hf_extraction *x;
    const char *page_text;
    char *folded;     /* page_text, folded when first needed */
    GHashTable *said; /* folded words said for this page */
} page_marks;

static bool shown_already(page_marks *marks, const char *folded)
{
    if (marks->folded == NULL)
        marks->folded = hf_pdf_lines_fold(marks->page_text);
    return strstr(marks->folded, folded) != NULL;
}

/* Says `words` on a line of their own, with "who: " before them if `who` is given, unless the page has shown them. */
static bool say(page_marks *marks, const char *who, const char *words, GError **error)
{
    if (words == NULL && who == NULL)
        return true;
    g_autofree char *folded = hf_pdf_lines_fold(words != NULL ? words : "");
    bool nobody = who == NULL || *who == '\0';
    if (nobody && (*folded == '\0' || shown_already(marks, folded)))
        return true;
    g_autofree char *line = nobody ? g_steal_pointer(&folded)
                                   : g_strconcat(who, *folded != '\0' ? ": " : "", folded, NULL);
    if (!g_hash_table_add(marks->said, g_strdup(line)))
        return true;
    return hf_extraction_break(marks->x, error) && hf_extraction_text(marks->x, line, -1, error) &&
           hf_extraction_text(marks->x, "\n", 1, error);
}

/* ---- attached files ---- */

hf_stamp hf_pdf_marks_stamp(GDateTime *date)
{
    hf_stamp stamp = {HF_TIME_NONE, HF_OFFSET_NONE};
    if (date == NULL)
        return stamp;
    stamp.utc = g_date_time_to_unix(date) * HF_TIME_SECOND;
    stamp.offset = (int32_t)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_SECOND);
    return stamp;
}

typedef struct {
    hf_extraction *x;
    GError *error;
    uint64_t bytes;
} saving;

static gboolean save_piece(const gchar *bytes, gsize n, gpointer data, GError **error)
{
    saving *s = data;
    s->bytes += n;
    if (hf_extraction_child_data(s->x, bytes, n, &s->error))
        return TRUE;
    g_set_error_literal(error, HF_ITEM_ERROR, HF_ITEM_LIMIT, "stopped");
    return FALSE;
}

static bool give_file(hf_extraction *x, PopplerAttachment *file, GError **error)
{
    gsize size = poppler_attachment_get_size(file);
    GDateTime *date = poppler_attachment_get_mtime(file);
    if (date == NULL)
        date = poppler_attachment_get_ctime(file);
    const char *name = poppler_attachment_get_name(file);
    hf_child child = {
        .kind = HF_CHILD_EMBEDDED,
        .path = name != NULL ? name : "",
        .modified = hf_pdf_marks_stamp(date),
        .size = size == 0 || size == G_MAXSIZE ? UINT64_MAX : size,
    };
    bool wanted;
    if (!hf_extraction_flag(x, HF_FLAG_ATTACHMENTS, error) ||
        !hf_extraction_child_begin(x, &child, &wanted, error))
        return false;
    if (!wanted)
        return true;
    saving s = {.x = x};
    g_autoptr(GError) refused = NULL;
    bool saved = poppler_attachment_save_to_callback(file, save_piece, &s, &refused);
    if (s.error != NULL) {
        g_propagate_error(error, s.error);
        return false;
    }
    bool complete = saved && (s.bytes > 0 || size == 0);
    return hf_extraction_child_end(x, complete, error) &&
           (complete || hf_extraction_problem(x, HF_ITEM_DAMAGED, "attachments", error,
                                              "an attached file could not be read whole"));
}

static bool give_named_file(page_marks *marks, PopplerAttachment *file, GError **error)
{
    g_autofree char *name = hf_name_utf8(file->name != NULL ? file->name : "", -1);
    g_autofree char *about = hf_name_utf8(file->description != NULL ? file->description : "", -1);
    return say(marks, NULL, name, error) && say(marks, NULL, about, error) &&
           give_file(marks->x, file, error);
}

static void free_files(GList *files)
{
    g_list_free_full(files, g_object_unref);
}
typedef GList file_list;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(file_list, free_files)

bool hf_pdf_marks_files(hf_extraction *x, PopplerDocument *document, GError **error)
{
    if (!poppler_document_has_attachments(document))
        return true;
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *folded = g_strdup("");
    page_marks marks = {.x = x, .page_text = "", .folded = folded, .said = said};
    g_autoptr(file_list) files = poppler_document_get_attachments(document);
    for (GList *l = files; l != NULL; l = l->next) {
        if (!give_named_file(&marks, l->data, error))
            return false;
    }
    return true;
}

/* ---- form fields ---- */

static char *field_value(PopplerFormField *field)
{
    switch (poppler_form_field_get_field_type(field)) {
    case POPPLER_FORM_FIELD_TEXT:
        if (poppler_form_field_text_get_text_type(field) == POPPLER_FORM_TEXT_FILE_SELECT)
            return NULL;
        return poppler_form_field_text_get_text(field);
    case POPPLER_FORM_FIELD_CHOICE:
        for (int i = 0, n = poppler_form_field_choice_get_n_items(field); i < n; i++) {
            if (poppler_form_field_choice_is_item_selected(field, i))
                return poppler_form_field_choice_get_item(field, i);
        }
        return poppler_form_field_choice_get_text(field);
    default:
        return NULL;
    }
}

static bool say_fields(page_marks *marks, PopplerPage *page, GError **error)
{
    GList *fields = poppler_page_get_form_field_mapping(page);
    bool ok = true;
    unsigned left = MARKS_OF_PAGE_MAX;
    for (GList *l = fields; ok && l != NULL && left-- > 0; l = l->next) {
        PopplerFormFieldMapping *mapping = l->data;
        g_autofree char *value = field_value(mapping->field);
        ok = say(marks, NULL, value, error);
    }
    poppler_page_free_form_field_mapping(fields);
    return ok;
}

/* ---- annotations ---- */

static bool say_markup(page_marks *marks, PopplerAnnot *annotation, GError **error)
{
    g_autofree char *words = poppler_annot_get_contents(annotation);
    g_autofree char *who = NULL;
    g_autofree char *about = NULL;
    if (POPPLER_IS_ANNOT_MARKUP(annotation)) {
        who = poppler_annot_markup_get_label(POPPLER_ANNOT_MARKUP(annotation));
        about = poppler_annot_markup_get_subject(POPPLER_ANNOT_MARKUP(annotation));
    }
    bool speaks = words != NULL && *words != '\0';
    if (speaks && !hf_extraction_flag(marks->x, HF_FLAG_COMMENTS, error))
        return false;
    return say(marks, who, words, error) && (!speaks || say(marks, NULL, about, error));
}

static bool say_annotation(page_marks *marks, PopplerAnnot *annotation, GError **error)
{
    switch (poppler_annot_get_annot_type(annotation)) {
    case POPPLER_ANNOT_LINK:
    case POPPLER_ANNOT_WIDGET:
    case POPPLER_ANNOT_POPUP: /* shows what its parent says */
        return true;
    case POPPLER_ANNOT_FILE_ATTACHMENT: {
        g_autoptr(GObject) file = (GObject *)poppler_annot_file_attachment_get_attachment(
            POPPLER_ANNOT_FILE_ATTACHMENT(annotation));
        return say_markup(marks, annotation, error) &&
               (file == NULL || give_named_file(marks, POPPLER_ATTACHMENT(file), error));
    }
    default:
        return say_markup(marks, annotation, error);
    }
}

static bool say_annotations(page_marks *marks, PopplerPage *page, GError **error)
{
    GList *annotations = poppler_page_get_annot_mapping(page);
    bool ok = true;
    unsigned left = MARKS_OF_PAGE_MAX;
    for (GList *l = annotations; ok && l != NULL && left-- > 0; l = l->next) {
        PopplerAnnotMapping *mapping = l->data;
        ok = say_annotation(marks, mapping->annot, error);
    }
    poppler_page_free_annot_mapping(annotations);
    return ok;
}

/* ---- links ---- */

static const char *link_target(const PopplerAction *action)
{
    switch (action->type) {
    case POPPLER_ACTION_URI:
        return action->uri.uri;
    case POPPLER_ACTION_GOTO_REMOTE:
        return action->goto_remote.file_name;
    case POPPLER_ACTION_LAUNCH:
        return action->launch.file_name;
    default:
        return NULL;
    }
}

/* A page that shows "www.example.com" or "jane@example.com" shows the target of the link enough. */
static const char *without_scheme(const char *target)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:", NULL};
    for (const char *const *s = schemes; *s != NULL; s++) {
        if (g_str_has_prefix(target, *s) && target[strlen(*s)] != '\0')
            return target + strlen(*s);
    }
    return target;
}

static bool say_target(page_marks *marks, const char *target, GError **error)
{
    if (target == NULL)
        return true;
    g_autofree char *words = hf_name_utf8(target, -1);
    g_autofree char *folded = hf_pdf_lines_fold(without_scheme(words));
    return shown_already(marks, folded) || say(marks, NULL, words, error);
}

static bool say_links(page_marks *marks, PopplerPage *page, GError **error)
{
    GList *links = poppler_page_get_link_mapping(page);
    bool ok = true;
    unsigned left = MARKS_OF_PAGE_MAX;
    for (GList *l = links; ok && l != NULL && left-- > 0; l = l->next) {
        PopplerLinkMapping *mapping = l->data;
        if (mapping->action != NULL)
            ok = say_target(marks, link_target(mapping->action), error);
    }
    poppler_page_free_link_mapping(links);
    return ok;
}

bool hf_pdf_marks_of_page(hf_extraction *x, PopplerPage *page, const char *page_text,
                          GError **error)
{
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    page_marks marks = {.x = x, .page_text = page_text, .said = said};
    bool ok = say_fields(&marks, page, error) && say_annotations(&marks, page, error) &&
              say_links(&marks, page, error);
    g_free(marks.folded);
    return ok;
}

/* ---- bookmarks ---- */

/* Frees `iter`. A hostile file makes a bookmark its own child: depth and count are bounded. */
static bool say_bookmarks(hf_extraction *x, PopplerIndexIter *iter, unsigned depth, unsigned *left,
                          GError **error)
{
    bool ok = true;
    do {
        if (*left == 0)
            break;
        (*left)--;
        PopplerAction *action = poppler_index_iter_get_action(iter);
        if (action != NULL) {
            const char *title = action->any.title;
            if (title != NULL && *title != '\0')
                ok = hf_extraction_break(x, error) && hf_extraction_text(x, title, -1, error) &&
                     hf_extraction_text(x, "\n", 1, error);
            poppler_action_free(action);
        }
        PopplerIndexIter *child =
            ok && depth < OUTLINE_DEPTH_MAX ? poppler_index_iter_get_child(iter) : NULL;
        if (child != NULL)
            ok = say_bookmarks(x, child, depth + 1, left, error);
    } while (ok && poppler_index_iter_next(iter));
    poppler_index_iter_free(iter);
    return ok;
}

bool hf_pdf_marks_outline(hf_extraction *x, PopplerDocument *document, GError **error)
{
    PopplerIndexIter *iter = poppler_index_iter_new(document);
    unsigned left = OUTLINE_TITLES_MAX;
    if (iter != NULL && !say_bookmarks(x, iter, 0, &left, error))
        return false;
    return left > 0 || hf_extraction_problem(x, HF_ITEM_LIMIT, "text", error,
                                             "more than %d bookmarks: the rest was left out",
                                             OUTLINE_TITLES_MAX);
}
