/* src/query/regex.h -- the plain C face of RE2 (regex.cc): regular expressions over one word, in time linear in the word
 * whatever the pattern. */
#pragma once
#include "holdfast/base.h"

/* No exception leaves the C++ side; C has no word for it. */
#ifndef HF_NOEXCEPT
#ifdef __cplusplus
#define HF_NOEXCEPT noexcept
#else
#define HF_NOEXCEPT
#endif
#endif

G_BEGIN_DECLS

typedef struct hf_query_regex hf_query_regex;
/* Matches whole words, without regard to case. NULL with *message (allocated), RE2's own, if it is no regular expression or
 * takes more than the memory or the 1,000 bytes that are permitted. */
hf_query_regex *hf_query_regex_new(const char *pattern, size_t n, char **message) HF_NOEXCEPT;
void hf_query_regex_free(hf_query_regex *regex) HF_NOEXCEPT;
/* Thread-safe. */
bool hf_query_regex_matches(const hf_query_regex *regex, const char *word, size_t n) HF_NOEXCEPT;
/* What every folded word that matches begins with; "" if that cannot be told. g_free. */
char *hf_query_regex_prefix(const hf_query_regex *regex) HF_NOEXCEPT;

G_END_DECLS
