/* src/extract/sax.h -- XML read as a stream of events, safely. Internal to src/extract.
 *
 * No DTD is loaded, no entity but the five predefined ones is expanded, nothing is fetched. Damage does not stop the
 * reading as long as libxml2 finds anything to go on with; hf_sax_damage says afterwards what was wrong. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

typedef struct {
    const char *name; /* local name */
    const char *uri;  /* namespace, "" if none */
    const char *value;
} hf_sax_attribute;

typedef struct {
    const char *name; /* local name */
    const char *uri;  /* namespace, "" if none */
    size_t n_attributes;
    const hf_sax_attribute *attributes;
} hf_sax_element;

/* The value of the attribute of that local name, NULL if there is none. Where the same local name occurs in two
 * namespaces, the first one. */
const char *hf_sax_value(const hf_sax_element *element, const char *name);
/* The value of `name` in a namespace that ends with `uri_end`. */
const char *hf_sax_value_in(const hf_sax_element *element, const char *uri_end, const char *name);
/* Whether it is there and means yes as OOXML says it: "1", "true", "on". */
/* A decimal number, held to what an int takes; 0 for text that is none. */
int hf_sax_number(const char *text);
bool hf_sax_is_true(const hf_sax_element *element, const char *name);

/* Each returns false with *error set to stop. Any may be NULL. */
typedef struct {
    bool (*start)(void *data, const hf_sax_element *element, GError **error);
    bool (*end)(void *data, const char *name, const char *uri, GError **error);
    bool (*text)(void *data, const char *utf8, size_t n, GError **error);
    bool (*comment)(void *data, const char *utf8, GError **error);
} hf_sax_handler;

typedef struct hf_sax hf_sax;
/* `encoding` overrides what the document says; NULL leaves it to the document. */
hf_sax *hf_sax_new(const hf_sax_handler *handler, void *data, unsigned depth_limit,
                   const char *encoding);
void hf_sax_free(hf_sax *sax);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hf_sax, hf_sax_free)
/* The next piece. False with the handler's error; damage is no error. */
bool hf_sax_feed(hf_sax *sax, const void *bytes, size_t n, GError **error);
bool hf_sax_finish(hf_sax *sax, GError **error);
/* What was wrong, NULL if nothing was; *reason says which kind. The first thing found; owned by `sax`. */
const char *hf_sax_damage(hf_sax *sax, hf_item_error *reason);
/* Nothing more will come: the depth limit was reached or what follows cannot be read. */
bool hf_sax_stopped(hf_sax *sax);
/* Whether the document names an encoding that cannot be decoded, or that it breaks. */
bool hf_sax_bad_encoding(hf_sax *sax);

/* Whether an encoding of that name can be decoded. */
bool hf_sax_knows_encoding(const char *name);

G_END_DECLS
