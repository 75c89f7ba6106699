#include "holdfast/base.h"
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_TERMINAL (G_TIME_SPAN_SECOND / 5)
#define REDRAW_PLAIN (10 * G_TIME_SPAN_SECOND)

struct hf_progress {
    hf_progress_mode mode;
    char *what, *unit;
    gint64 started, drawn;
    bool on_line;
    GMutex mutex;
};

hf_progress_mode hf_progress_mode_for(int fd, bool quiet)
{
    if (quiet)
        return HF_PROGRESS_QUIET;
    return isatty(fd) ? HF_PROGRESS_TERMINAL : HF_PROGRESS_PLAIN;
}

hf_progress *hf_progress_new(hf_progress_mode mode, const char *what, const char *unit)
{
    hf_progress *p = g_new0(hf_progress, 1);
    p->mode = mode;
    p->what = g_strdup(what);
    p->unit = g_strdup(unit);
    p->started = g_get_monotonic_time();
    p->drawn = p->started;
    g_mutex_init(&p->mutex);
    return p;
}

static void append_count(GString *line, uint64_t done, uint64_t total, const char *unit)
{
    g_autofree char *count = hf_table_count(done);
    g_string_append(line, count);
    if (total > 0) {
        g_autofree char *of = hf_table_count(total);
        g_string_append_printf(line, " of %s", of);
    }
    g_string_append_printf(line, " %s", unit);
    if (total > 0)
        g_string_append_printf(line, " (%u %%)", (unsigned)(100.0 * (double)done / (double)total));
}

static void append_left(GString *line, double seconds, uint64_t done, uint64_t total)
{
    if (total == 0 || done == 0 || done >= total || seconds < 2)
        return;
    double left = seconds * (double)(total - done) / (double)done;
    if (left >= 3600)
        g_string_append_printf(line, ", %.1f h left", left / 3600);
    else if (left >= 90)
        g_string_append_printf(line, ", %.0f min left", left / 60);
    else
        g_string_append_printf(line, ", %.0f s left", left);
}

static void draw(hf_progress *p, const char *line)
{
    if (p->mode == HF_PROGRESS_PLAIN) {
        fprintf(stderr, "%s\n", line);
        return;
    }
    struct winsize size;
    unsigned width =
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    fprintf(stderr, "\r\033[K%.*s", (int)width - 1, line);
    fflush(stderr);
    p->on_line = true;
}

char *hf_progress_line(const hf_progress *p, double seconds, uint64_t done, uint64_t total,
                       uint64_t bytes, uint64_t total_bytes, const char *note)
{
    GString *line = g_string_new(NULL);
    seconds = MAX(seconds, 0.001);
    g_string_append_printf(line, "%s: ", p->what);
    append_count(line, done, total, p->unit);
    if (bytes > 0) {
        g_autofree char *size = hf_table_bytes(bytes);
        g_string_append_printf(line, ", %s", size);
    }
    g_string_append_printf(line, ", %.0f/s", (double)done / seconds);
    if (bytes > 0) {
        g_autofree char *rate = hf_table_bytes((uint64_t)((double)bytes / seconds));
        g_string_append_printf(line, ", %s/s", rate);
    }
    append_left(line, seconds, total_bytes > 0 ? bytes : done,
                total_bytes > 0 ? total_bytes : total);
    if (note != NULL)
        g_string_append_printf(line, ", %s", note);
    return g_string_free(line, FALSE);
}

char *hf_progress_note(uint64_t count, const char *one, const char *more)
{
    if (count == 0)
        return NULL;
    g_autofree char *shown = hf_table_count(count);
    return g_strdup_printf("%s %s", shown, count == 1 ? one : more);
}

void hf_progress_update(hf_progress *p, uint64_t done, uint64_t total, uint64_t bytes,
                        uint64_t total_bytes, const char *note)
{
    if (p->mode == HF_PROGRESS_QUIET)
        return;
    gint64 now = g_get_monotonic_time();
    g_mutex_lock(&p->mutex);
    bool due = now - p->drawn >= (p->mode == HF_PROGRESS_TERMINAL ? REDRAW_TERMINAL : REDRAW_PLAIN);
    if (due) {
        double seconds = (double)(now - p->started) / G_TIME_SPAN_SECOND;
        g_autofree char *line = hf_progress_line(p, seconds, done, total, bytes, total_bytes, note);
        p->drawn = now;
        draw(p, line);
    }
    g_mutex_unlock(&p->mutex);
}

void hf_progress_free(hf_progress *p)
{
    if (p == NULL)
        return;
    if (p->on_line) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    g_mutex_clear(&p->mutex);
    g_free(p->what);
    g_free(p->unit);
    g_free(p);
}
