/* src/extract/loaded.h -- what a worker loads before it is locked, because it could not load it afterwards: character set
 * modules, the time zone, the locale, the libraries' own tables. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct hf_identify hf_identify;

/* Loads all of it. `identify` may be NULL: then libmagic's database is not loaded. Nothing of it fails: what is not
 * there is missed when a document needs it, and said there. */
void hf_loaded_open(hf_identify *identify);

G_END_DECLS
