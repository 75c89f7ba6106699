#include "extract/pdf_rescue.h"
#include <stdbool.h>
#include <string.h>

/* The copy costs memory, so only files that a worker can hold twice. */
#define RESCUE_MAX (128u << 20)
/* Object numbers above this are none: poppler's own bound for a table is of that order. */
#define OBJECT_MAX 8388607u

typedef struct {
    const char *start, *end;
} span;

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool has(span s, const char *words)
{
    return memmem(s.start, (size_t)(s.end - s.start), words, strlen(words)) != NULL;
}

static const char *last_of(span s, const char *words)
{
    size_t n = strlen(words);
    const char *found = NULL;
    for (const char *p = s.start; (p = memmem(p, (size_t)(s.end - p), words, n)) != NULL; p += n)
        found = p;
    return found;
}

static bool read_number(span *s, unsigned *value)
{
    while (s->start < s->end && is_space(*s->start))
        s->start++;
    const char *from = s->start;
    *value = 0;
    while (s->start < s->end && g_ascii_isdigit(*s->start) && *value <= OBJECT_MAX)
        *value = *value * 10 + (unsigned)(*s->start++ - '0');
    return s->start > from && *value <= OBJECT_MAX;
}

/* "/Root 12 0 R" of a cross-reference stream, whose dictionary is never compressed itself. */
static bool root_named(span all, unsigned *object, unsigned *generation)
{
    const char *root = last_of(all, "/Root");
    if (root == NULL)
        return false;
    span s = {root + strlen("/Root"), all.end};
    return read_number(&s, object) && read_number(&s, generation);
}

/* The number of the object that `at` lies in: "12 0 obj" before it. */
static bool object_around(span all, const char *at, unsigned *object, unsigned *generation)
{
    const char *obj = last_of((span){all.start, at}, " obj");
    if (obj == NULL)
        return false;
    const char *p = obj;
    while (p > all.start && g_ascii_isdigit(p[-1]))
        p--;
    while (p > all.start && is_space(p[-1]))
        p--;
    while (p > all.start && g_ascii_isdigit(p[-1]))
        p--;
    span s = {p, obj};
    return read_number(&s, object) && read_number(&s, generation);
}

static bool catalog_seen(span all, unsigned *object, unsigned *generation)
{
    const char *catalog = last_of(all, "/Type/Catalog");
    if (catalog == NULL)
        catalog = last_of(all, "/Type /Catalog");
    return catalog != NULL && object_around(all, catalog, object, generation);
}

GBytes *hf_pdf_rescue_with_trailer(GBytes *bytes)
{
    gsize n;
    const char *start = g_bytes_get_data(bytes, &n);
    span all = {start, start + n};
    unsigned object, generation;
    if (n == 0 || n > RESCUE_MAX || has(all, "/Encrypt"))
        return NULL;
    if (!root_named(all, &object, &generation) && !catalog_seen(all, &object, &generation))
        return NULL;
    g_autofree char *trailer =
        g_strdup_printf("\ntrailer\n<</Root %u %u R/Size %u>>\n", object, generation, object + 1);
    GByteArray *copy = g_byte_array_sized_new((guint)(n + strlen(trailer)));
    g_byte_array_append(copy, (const guint8 *)start, (guint)n);
    g_byte_array_append(copy, (const guint8 *)trailer, (guint)strlen(trailer));
    return g_byte_array_free_to_bytes(copy);
}
