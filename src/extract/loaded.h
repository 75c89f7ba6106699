/* src/extract/loaded.h -- what a worker loads before it is locked, because it could not load it afterwards: character set
 * modules, the time zone, the locale, the libraries' own tables. */
#pragma once
#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Loads all of it; `charsets`: the C library's character sets too, which a process that stays unlocked loads when it needs
 * them. Nothing of it fails: what is not there is missed when a document needs it, and said there. */
void hf_loaded_open(bool charsets);

G_END_DECLS
