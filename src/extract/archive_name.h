/* src/extract/archive_name.h -- names of archives and of what is in them. */
#pragma once
#include "holdfast/base.h"

G_BEGIN_DECLS

/* A member's name in UTF-8. Names that are not say no charset: it is guessed from `sample`, such names of the archive, one a
 * line; an empty one begins with this name. `dos`: it is a zip file, whose names are in a DOS code page unless they say
 * otherwise (APPNOTE 4.4.4, appendix D). g_free. */
char *hf_archive_name_decode(const char *raw, bool dos, GString *sample);

/* Whether a name points out of the place it is unpacked to: "../a", "/a", "\a", "C:\a". */
bool hf_archive_name_unsafe(const char *name);

/* What the one member of a compressed file is called: "a.txt" for "a.txt.gz", "a.tar" for "a.tgz". g_free. */
char *hf_archive_name_single(const char *archive);

/* The name of the volume that follows `archive`, NULL if its name does not tell ("a.part02.rar" for "a.part01.rar",
 * "a.r00" for "a.rar"). g_free. */
char *hf_archive_name_next_volume(const char *archive);

G_END_DECLS
