/* bar.h -- bars and shares in tables. Private to src/report. */
#pragma once
#include "holdfast/base.h"

/* A bar of `part` of `whole` of at most `width` characters, in eighths of one: what is not nothing is seen. g_free. */
char *hf_bar_text(uint64_t part, uint64_t whole, unsigned width);
/* "12.3 %", "< 0.1 %"; for programs the percentage as a number. g_free. */
char *hf_bar_share(uint64_t part, uint64_t whole, hf_format format);
/* How wide bars may be beside `others` columns on a terminal of `width` (0: none). */
unsigned hf_bar_width(unsigned width, unsigned others);
