/* src/extract/pdf_text.cc -- the C++ side of pdf_text.h. No exception leaves this file. */
#include "extract/pdf_text.h"

#include <climits>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-global.h>
#include <poppler/cpp/poppler-page.h>
#include <string>

struct hf_pdf_text {
    std::unique_ptr<poppler::document> document;
};

namespace
{

bool rebuilt;
bool memory_ran_out;

/* poppler says what it found wrong in words only. These are what it says when it gives the table of objects up and
 * searches the file for objects instead: then some may be missing, and older versions of pages may be shown. */
const char *const rebuilding[] = {"Couldn't read xref table", "Couldn't find trailer dictionary",
                                  "xref num", "Invalid XRef entry", "PDF file is damaged"};

void take_note(const std::string &message, void *)
{
    for (const char *words : rebuilding)
        if (message.find(words) != std::string::npos)
            rebuilt = true;
}

/* For want of memory poppler leaves out what it was about to decode, and says so on standard error only. */
ssize_t overhear(void *, const char *bytes, size_t n)
{
    static const char words[] = "Out of memory";
    if (memmem(bytes, n, words, sizeof words - 1) != nullptr)
        memory_ran_out = true;
    return static_cast<ssize_t>(n);
}

FILE *open_ear()
{
    FILE *ear = fopencookie(nullptr, "w", {nullptr, overhear, nullptr, nullptr});
    if (ear != nullptr)
        setvbuf(ear, nullptr, _IOLBF, BUFSIZ);
    return ear;
}

/* Lives as long as the process, so that poppler keeps what it has loaded between documents. */
poppler::document *kept;

const char smallest[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<<"
    "/F 5 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 31>>stream\nBT /F 9 Tf 9 9 Td (load) Tj ET \nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "trailer<</Root 1 0 R/Size 6>>\n";

/* Right-to-left scripts are often drawn from left to right: in content order their words would come backwards. */
bool is_right_to_left(unsigned short c)
{
    return (c >= 0x0590 && c <= 0x08FF) || (c >= 0xFB1D && c <= 0xFDFF) ||
           (c >= 0xFE70 && c <= 0xFEFC);
}

bool mostly_right_to_left(const poppler::ustring &text)
{
    size_t count = 0;
    for (unsigned short c : text)
        count += is_right_to_left(c);
    return count * 5 > text.size();
}

/* In content order poppler takes the space between words for less than it is where a scanner's OCR has placed each word by
 * itself ("RobertTribble"), and sets letter by letter what is spaced out ("M a i n"). The signs of both, counted: a capital
 * inside a word, a word of more than 20 letters, a letter on its own. */
struct signs {
    size_t words = 0, broken = 0;

    bool many() const
    {
        return broken * 10 > words && broken > 3;
    }
    bool fewer_than(const signs &other) const
    {
        return broken * other.words * 3 < other.broken * words * 2;
    }
};

signs signs_of(const poppler::ustring &text)
{
    signs found;
    size_t letters = 0;
    bool small_before = false, capital_inside = false;
    for (size_t i = 0; i <= text.size(); i++) {
        gunichar c = i < text.size() ? text[i] : ' ';
        if (g_unichar_isalpha(c)) {
            bool capital = g_unichar_isupper(c);
            capital_inside = capital_inside || (capital && small_before && letters > 2);
            small_before = !capital;
            letters++;
            continue;
        }
        found.words += letters > 0;
        found.broken += letters == 1 || letters > 20 || capital_inside;
        letters = 0;
        small_before = capital_inside = false;
    }
    return found;
}

/* Content order, unless the page reads better in poppler's reading order. A second look costs as much as the first: of 1,043
 * office pages one in eleven gets it, 7 % of the time, and one in nine of these was better for it. */
poppler::ustring words_of(const poppler::page &page)
{
    poppler::ustring words = page.text(poppler::rectf(), poppler::page::raw_order_layout);
    bool backwards = mostly_right_to_left(words);
    signs first = signs_of(words);
    if (!backwards && !first.many())
        return words;
    poppler::ustring other =
        page.text(poppler::rectf(), poppler::page::non_raw_non_physical_layout);
    return backwards || signs_of(other).fewer_than(first) ? other : words;
}

bool append(const poppler::ustring &text, GString *out)
{
    static_assert(sizeof(gunichar2) == sizeof(poppler::ustring::value_type), "UTF-16 units");
    glong written = 0;
    char *utf8 = g_utf16_to_utf8(reinterpret_cast<const gunichar2 *>(text.data()),
                                 static_cast<glong>(text.size()), nullptr, &written, nullptr);
    if (utf8 == nullptr)
        return false;
    g_string_append_len(out, utf8, written);
    g_free(utf8);
    return true;
}

} // namespace

/* poppler asks lcms for a colour transformation for every ICC profile that a page names: 13 % of the time of reading text,
 * and a parser of hostile input for nothing. The worker never draws, so it answers "no profile" in lcms's place; poppler
 * then takes the alternate colour space. The text is the same to the byte. */
extern "C" __attribute__((visibility("default"))) void *
cmsOpenProfileFromMem(const void *bytes, unsigned size) noexcept;
extern "C" void *cmsOpenProfileFromMem(const void *, unsigned) noexcept
{
    return nullptr;
}

extern "C" void hf_pdf_text_load(void)
{
    try {
        poppler::set_debug_error_function(take_note, nullptr);
        if (kept != nullptr)
            return;
        kept = poppler::document::load_from_raw_data(smallest, sizeof smallest - 1);
        std::unique_ptr<poppler::page> page(kept != nullptr ? kept->create_page(0) : nullptr);
        if (page != nullptr)
            page->text();
        rebuilt = false;
    } catch (...) {
        kept = nullptr;
    }
}

extern "C" hf_pdf_text *hf_pdf_text_new(const void *bytes, size_t n, const char *password)
{
    if (n > INT_MAX)
        return nullptr;
    try {
        std::string secret(password != nullptr ? password : "");
        auto text = std::make_unique<hf_pdf_text>();
        text->document.reset(poppler::document::load_from_raw_data(
            static_cast<const char *>(bytes), static_cast<int>(n), secret, secret));
        if (text->document == nullptr || text->document->is_locked())
            return nullptr;
        return text.release();
    } catch (...) {
        return nullptr;
    }
}

extern "C" void hf_pdf_text_free(hf_pdf_text *text)
{
    delete text;
}

extern "C" bool hf_pdf_text_page(hf_pdf_text *text, int index, GString *out)
{
    try {
        std::unique_ptr<poppler::page> page(text->document->create_page(index));
        if (page == nullptr)
            return false;
        return append(words_of(*page), out);
    } catch (...) {
        return false;
    }
}

extern "C" bool hf_pdf_text_was_rebuilt(void)
{
    bool was = rebuilt;
    rebuilt = false;
    return was;
}

extern "C" void hf_pdf_text_listen(bool on)
{
    static FILE *const real = stderr;
    static FILE *const ear = open_ear();
    if (on)
        memory_ran_out = false;
    else if (ear != nullptr)
        fflush(ear);
    stderr = on && ear != nullptr ? ear : real;
}

extern "C" bool hf_pdf_text_lacked_memory(void)
{
    return memory_ran_out;
}

extern "C" void hf_pdf_text_properties(hf_pdf_text *text,
                                       bool (*each)(const char *key, const char *value, void *data),
                                       void *data)
{
    try {
        for (const std::string &key : text->document->info_keys()) {
            GString *value = g_string_new(nullptr);
            bool go_on = !append(text->document->info_key(key), value) ||
                         each(key.c_str(), value->str, data);
            g_string_free(value, TRUE);
            if (!go_on)
                return;
        }
    } catch (...) {
        return;
    }
}
