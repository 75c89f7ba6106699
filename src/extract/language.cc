#include "extract/language.h"
#include <cstdio>
#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>
#include <climits>
#include <cstring>

namespace
{
constexpr size_t letters_needed = 40;

/* Tables of numbers and separators would cost time and tell nothing. */
bool has_letters(const char *utf8, size_t n)
{
    size_t letters = 0;
    for (size_t i = 0; i < n && letters < letters_needed; i++) {
        auto c = static_cast<unsigned char>(utf8[i]);
        letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xC0;
    }
    return letters >= letters_needed;
}
} // namespace

extern "C" const char *hf_language_of(const char *utf8, size_t n)
{
    if (n > INT_MAX || !has_letters(utf8, n))
        return nullptr;
    try {
        CLD2::Language languages[3];
        int percents[3], text_bytes = 0, valid = 0;
        double scores[3];
        bool reliable = false;
        CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
        CLD2::Language found = CLD2::ExtDetectLanguageSummaryCheckUTF8(
            utf8, static_cast<int>(n), true, &hints, 0, languages, percents, scores, nullptr,
            &text_bytes, &reliable, &valid);
        if (!reliable || found == CLD2::UNKNOWN_LANGUAGE)
            return nullptr;
        /* ISO 639-1 has two letters; "zh-Hant" is Chinese all the same, "ceb" is not in it. */
        const char *code = CLD2::LanguageCode(found);
        if (std::strncmp(code, "zh", 2) == 0)
            return "zh";
        return std::strlen(code) == 2 ? code : nullptr;
    } catch (...) {
        return nullptr;
    }
}
