/* src/extract/ooxml.h -- what the readers of Office Open XML (ECMA-376) share. Internal to src/extract.
 *
 * Elements are matched by local name: the strict and the transitional vocabularies differ in namespaces only. */
#pragma once
#include "extract/opc.h"
#include "extract/sax.h"

G_BEGIN_DECLS

typedef enum { HF_OOXML_TOGETHER, HF_OOXML_SPACE, HF_OOXML_TAB, HF_OOXML_LINE } hf_ooxml_separator;

typedef struct hf_ooxml_numbering hf_ooxml_numbering;

/* One document being read. Opened by hf_ooxml_open, closed by hf_ooxml_close. */
typedef struct {
    hf_extraction *x;
    hf_opc *opc;
    GString *out;                 /* text that is still to be said */
    uint64_t written;             /* bytes of text so far */
    hf_ooxml_separator separator; /* between the last text and the next */
    bool row_empty, cell_empty;
    unsigned flags;                /* said so far */
    bool limited;                  /* a value was cut, and that was said */
    unsigned packages;             /* around this one */
    GHashTable *read;              /* parts that were read, and whose bytes are no child */
    GHashTable *links;             /* external targets that were said */
    GHashTable *authors;           /* of comments in presentations: id to name; NULL elsewhere */
    hf_ooxml_numbering *numbering; /* of the part that is read; NULL: none */
} hf_ooxml;

/* ooxml.c */
bool hf_ooxml_open(hf_ooxml *o, hf_extraction *x, GError **error);
/* For text that comes from no package: `opc` is NULL. */
void hf_ooxml_open_bare(hf_ooxml *o, hf_extraction *x);
/* Says what is left and what was wrong with the package. */
bool hf_ooxml_finish(hf_ooxml *o, GError **error);
void hf_ooxml_close(hf_ooxml *o);

bool hf_ooxml_put(hf_ooxml *o, const char *utf8, gssize n, GError **error);
/* Appends to a value that is collected before it is said, as far as a value may go (16 MB); beyond it a problem is noted. */
bool hf_ooxml_keep(hf_ooxml *o, GString *value, const char *utf8, size_t n, GError **error);
void hf_ooxml_separate(hf_ooxml *o, hf_ooxml_separator separator);
/* Text on a line of its own. NULL and "" do nothing. */
bool hf_ooxml_line(hf_ooxml *o, const char *utf8, GError **error);
void hf_ooxml_begin_row(hf_ooxml *o);
void hf_ooxml_begin_cell(hf_ooxml *o);
void hf_ooxml_end_row(hf_ooxml *o);
bool hf_ooxml_flag(hf_ooxml *o, unsigned flag, GError **error);

/* Whether the part was not yet read; from now on it is. */
bool hf_ooxml_first_time(hf_ooxml *o, const char *part);
/* Gives the part's XML to the handler; damage becomes a problem of the document. */
bool hf_ooxml_parse(hf_ooxml *o, const char *part, const hf_sax_handler *handler, void *data,
                    GError **error);
/* " <target>" of an external link, once a place. */
bool hf_ooxml_link(hf_ooxml *o, const char *part, const char *id, GError **error);
/* The external targets of a part that were not said in its text. */
bool hf_ooxml_links(hf_ooxml *o, const char *part, GError **error);
/* The main part: target of the package's officeDocument relationship, else `usual`, else NULL. */
const char *hf_ooxml_main(hf_ooxml *o, const char *usual);

/* ooxml_text.c: text of a part in WordprocessingML, DrawingML (slides, charts, diagrams) or VML, then that of the parts
 * that belong to it (notes, comments, charts, diagrams, headers and the like), once each. */
bool hf_ooxml_text(hf_ooxml *o, const char *part, GError **error);
/* The same of one XML document in memory that is no part, such as Word 2003's. */
bool hf_ooxml_text_bytes(hf_ooxml *o, const void *bytes, size_t n, GError **error);

/* ooxml_numbering.c: list numbers as Word shows them. */
hf_ooxml_numbering *hf_ooxml_numbering_new(hf_ooxml *o, const char *document, GError **error);
void hf_ooxml_numbering_free(hf_ooxml_numbering *numbering);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_ooxml_numbering, hf_ooxml_numbering_free)
/* Counts one paragraph and appends its number ("1.a.") to `label`, nothing if it has none. `style_name` and the numbers are
 * what the paragraph says: NULL and -1 where it says nothing. */
void hf_ooxml_numbering_count(hf_ooxml_numbering *n, const char *style_name, int number, int ilvl,
                              GString *label);

/* ooxml_properties.c: core, application and custom properties. */
bool hf_ooxml_properties(hf_ooxml *o, GError **error);

/* ooxml_children.c: parts that are files of their own: embedded objects, packages, pictures, macros. */
bool hf_ooxml_children(hf_ooxml *o, GError **error);

/* ooxml_format.c: a cell's number as its format shows it (ECMA-376 part 1, 18.8.30), appended to `out`. `code` is the
 * format code; `date1904` where the workbook counts from 1904. */
void hf_ooxml_format_number(double value, const char *code, bool date1904, GString *out);
/* The code of a built-in format, NULL if `id` is none. */
const char *hf_ooxml_format_builtin(unsigned id);

G_END_DECLS
