#include "report/bar.h"

#define USUAL 40
#define LEAST 8

char *hf_bar_text(uint64_t part, uint64_t whole, unsigned width)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    GString *bar = g_string_new(NULL);
    if (part == 0 || whole == 0)
        return g_string_free(bar, FALSE);
    uint64_t n = (uint64_t)((double)part / (double)whole * width * 8 + 0.5);
    n = CLAMP(n, 1, (uint64_t)width * 8);
    for (uint64_t i = 0; i < n / 8; i++)
        g_string_append(bar, "█");
    g_string_append(bar, eighths[n % 8]);
    return g_string_free(bar, FALSE);
}

char *hf_bar_share(uint64_t part, uint64_t whole, hf_format format)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    double share = whole > 0 ? (double)part / (double)whole * 100 : 0;
    if (format != HF_FORMAT_TABLE)
        return g_strdup(g_ascii_formatd(number, sizeof number, "%.4f", share));
    if (part > 0 && share < 0.1)
        return g_strdup("< 0.1 %");
    return g_strdup_printf("%s %%", g_ascii_formatd(number, sizeof number, "%.1f", share));
}

unsigned hf_bar_width(unsigned width, unsigned others)
{
    if (width == 0)
        return USUAL;
    return width > others + LEAST ? MIN(width - others, USUAL) : LEAST;
}
