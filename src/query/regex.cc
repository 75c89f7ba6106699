/* regex.cc -- the only file that knows RE2. */
#include "query/regex.h"

#include <cstring>
#include <new>
#include <re2/re2.h>

#define PATTERN_MOST 1000
#define MEMORY_MOST (1 << 20) /* of one, compiled and at work; words are short */

struct hf_query_regex {
    RE2 pattern;
    hf_query_regex(const re2::StringPiece &text, const RE2::Options &options)
        : pattern(text, options)
    {
    }
};

namespace
{

RE2::Options options_of_words()
{
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(MEMORY_MOST);
    return options;
}

hf_query_regex *compile(const char *pattern, size_t n, char **message)
{
    hf_query_regex *regex = new hf_query_regex({pattern, n}, options_of_words());
    if (regex->pattern.ok())
        return regex;
    *message = g_strdup_printf("this is no regular expression: %s", regex->pattern.error().c_str());
    delete regex;
    return nullptr;
}

} // namespace

hf_query_regex *hf_query_regex_new(const char *pattern, size_t n, char **message) noexcept
try {
    if (n <= PATTERN_MOST)
        return compile(pattern, n, message);
    *message = g_strdup_printf("the regular expression is longer than the %d bytes that are read",
                               PATTERN_MOST);
    return nullptr;
} catch (...) {
    *message = g_strdup("the regular expression needs more memory than there is");
    return nullptr;
}

void hf_query_regex_free(hf_query_regex *regex) noexcept
{
    delete regex;
}

bool hf_query_regex_matches(const hf_query_regex *regex, const char *word, size_t n) noexcept
try {
    return regex->pattern.Match({word, n}, 0, n, RE2::ANCHOR_BOTH, nullptr, 0);
} catch (...) {
    return false;
}

/* Letters and digits up to the first character with a meaning of its own; the last of them is in doubt if that may take it
 * away. RE2's own PossibleMatchRange knows nothing of a pattern without regard to case. */
char *hf_query_regex_prefix(const hf_query_regex *regex) noexcept
try {
    const std::string &text = regex->pattern.pattern();
    if (text.find('|') != std::string::npos)
        return g_strdup("");
    size_t from = !text.empty() && text[0] == '^' ? 1 : 0, end = from;
    while (end < text.size() && (g_ascii_isalnum(text[end]) || text[end] == '_'))
        end++;
    if (end > from && end < text.size() && strchr("*?{", text[end]) != nullptr)
        end--;
    /* Beyond ASCII, marks may make one character of this letter and what comes. */
    if (end > from && end < text.size() && (text[end] & 0x80) != 0)
        end--;
    return g_ascii_strdown(text.data() + from, (gssize)(end - from));
} catch (...) {
    return g_strdup("");
}
