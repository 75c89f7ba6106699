#include "cli/show.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_LIMIT (G_GUINT64_CONSTANT(1) << 30)

typedef struct {
    FILE *out;
    bool safe;     /* for a terminal: no character of the document may steer it */
    bool after_c2; /* the last byte was C2: a control character of Latin-1 may follow */
} writer;

static bool write_failed(GError **error)
{
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot write the text to standard output");
    return false;
}

static void write_safely(writer *w, unsigned char byte)
{
    bool after_c2 = w->after_c2;
    w->after_c2 = false;
    if (after_c2 && byte < 0xa0)
        fprintf(w->out, "\\xc2\\x%02x", byte);
    else if (after_c2)
        fprintf(w->out, "\xc2%c", byte);
    else if (byte == 0xc2)
        w->after_c2 = true;
    else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
        fprintf(w->out, "\\x%02x", byte);
    else
        putc(byte, w->out);
}

static bool write_piece(void *data, const void *bytes, size_t n, GError **error)
{
    writer *w = data;
    const unsigned char *at = bytes;
    if (!w->safe)
        return fwrite(bytes, 1, n, w->out) == n || write_failed(error);
    for (size_t i = 0; i < n; i++)
        write_safely(w, at[i]);
    return !ferror(w->out) || write_failed(error);
}

bool hf_show_paged(hf_show_write write, void *data, GError **error)
{
    if (!isatty(STDOUT_FILENO))
        return write(data, stdout, false, error);
    const char *pager = g_getenv("PAGER");
    /* A less without options of its own shall show colours, and end by itself where all fits. */
    g_setenv("LESS", "FR", FALSE);
    /* A command line for the shell, as man and git take it. NOLINTNEXTLINE(cert-env33-c) */
    FILE *out = popen(pager != NULL && *pager != '\0' ? pager : "less -R", "w");
    if (out == NULL)
        return hf_error_set_errno(error, errno, "start the pager", pager != NULL ? pager : "less");
    bool ok = write(data, out, true, error);
    int status = pclose(out);
    bool missing = WIFEXITED(status) && WEXITSTATUS(status) == 127;
    return ok && missing ? write(data, stdout, true, error) : ok;
}

static bool write_text(void *data, FILE *out, bool terminal, GError **error)
{
    const hf_show *show = data;
    writer w = {out, terminal, false};
    return hf_vault_read_stream(show->vault, &show->document->text, write_piece, &w, error);
}

/* Why there is no text, and what to do about it. */
static char *why_none(const hf_show *show, GError **error)
{
    const hf_document *d = show->document;
    hf_exception_filter filter = {.document = d->id};
    g_autoptr(GPtrArray) open = hf_exception_list(hf_vault_catalog(show->vault), &filter, error);
    if (open == NULL)
        return NULL;
    if (open->len > 0) {
        const hf_exception *e = g_ptr_array_index(open, 0);
        const char *advice = hf_error_item_advice((hf_item_error)hf_error_item_parse(e->reason));
        return g_strdup_printf("%s (%s)%s%s", e->detail, e->reason, *advice != '\0' ? "; " : "",
                               advice);
    }
    if (d->size == 0)
        return g_strdup("it is empty");
    if (*d->extractor == '\0')
        return g_strdup_printf("nothing reads %s", d->type);
    return g_strdup("it was read whole, and there are no words in it");
}

static bool write_json(const hf_show *show, GError **error)
{
    static const char *const states[] = {"whole", "partial", "none"};
    const hf_document *d = show->document;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *number = hf_catalog_control_number(d->id);
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair(&json, "id", number);
    hf_json_pair(&json, "state", states[d->text_state]);
    hf_json_key(&json, "text");
    if (d->has_text) {
        g_autoptr(GBytes) text = hf_vault_read(show->vault, &d->text, TEXT_LIMIT, error);
        if (text == NULL)
            return false;
        hf_json_string_n(&json, g_bytes_get_data(text, NULL), g_bytes_get_size(text));
    } else {
        hf_json_null(&json);
        g_autofree char *why = why_none(show, error);
        if (why == NULL)
            return false;
        hf_json_pair(&json, "why", why);
    }
    hf_json_end_object(&json);
    g_string_append_c(out, '\n');
    return fwrite(out->str, 1, out->len, stdout) == out->len || write_failed(error);
}

bool hf_show_no_text(const hf_show *show, GError **error)
{
    g_autofree char *why = why_none(show, error);
    g_autofree char *shown = why != NULL ? hf_name_display(why, -1) : NULL;
    if (shown != NULL)
        fprintf(stderr, "HF%07u has no text: %s.\n", show->document->id, shown);
    return shown != NULL;
}

bool hf_show_text(const hf_show *show, GError **error)
{
    const hf_document *d = show->document;
    if (show->format == HF_FORMAT_JSON)
        return write_json(show, error);
    if (!d->has_text)
        return hf_show_no_text(show, error);
    return hf_show_paged(write_text, (void *)show, error) &&
           (fflush(stdout) == 0 || write_failed(error));
}
