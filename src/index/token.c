/* Text to words. The rules are in holdfast/index.h. ASCII goes through two tables; everything
 * else is classified character by character and normalised by GLib, with the latest words
 * remembered. */
#include "holdfast/index.h"

#include <string.h>

#define WORD_MOST 64u   /* bytes of a word as it is */
#define WORD_PREFIX 48u /* bytes kept of a longer one, before 16 digits of its hash */
#define RUN_MOST 1024u  /* bytes of text that may make one word */
#define UNIT_MOST 32u   /* bytes of one character with its marks, normalised */

/* What a character does to a word. */
typedef enum { SEPARATES, WORD, JOINS, NEWLINE, BEYOND, MARK, IGNORED, UNSPACED } char_class;

static const uint8_t byte_class[256] = {
    ['0' ... '9'] = WORD, ['A' ... 'Z'] = WORD, ['a' ... 'z'] = WORD,
    ['_'] = JOINS,        ['\n'] = NEWLINE,     [0x80 ... 0xff] = BEYOND,
};

static const char lower[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
    ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['_'] = '_',
};

/* hf_tokens.state */
enum { STARTED, IN_RUN, AFTER_BEGIN };

/* ---- characters ---- */

/* Decodes the character at text[i], i < n; an invalid byte is U+FFFD of length 1. */
static gunichar decode(const uint8_t *text, size_t i, size_t n, size_t *length)
{
    uint8_t c = text[i];
    *length = 1;
    if (c < 0x80)
        return c;
    size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (c < 0xc2 || c > 0xf4 || n - i <= more)
        return 0xfffd;
    gunichar u = c & (0x3fu >> more);
    for (size_t k = 1; k <= more; k++) {
        if ((text[i + k] & 0xc0) != 0x80)
            return 0xfffd;
        u = u << 6 | (text[i + k] & 0x3fu);
    }
    static const gunichar least[4] = {0, 0x80, 0x800, 0x10000};
    if (u < least[more] || u > 0x10ffff || (u >= 0xd800 && u < 0xe000))
        return 0xfffd;
    *length = more + 1;
    return u;
}

typedef struct {
    gunichar first, last;
} char_range;

static bool within(const char_range *ranges, size_t n, gunichar u)
{
    for (size_t i = 0; i < n && ranges[i].first <= u; i++)
        if (u <= ranges[i].last)
            return true;
    return false;
}

/* Letters of scripts written without spaces; marks and digits within the ranges are told apart
 * by category. */
static bool is_unspaced_script(gunichar u)
{
    static const char_range ranges[] = {
        {0x0e01, 0x0e4e},   {0x0e81, 0x0ece},   {0x0edc, 0x0edf}, {0x1000, 0x109f},
        {0x1780, 0x17d3},   {0x2e80, 0x2fd5},   {0x3005, 0x3007}, {0x3021, 0x3029},
        {0x3038, 0x303b},   {0x3041, 0x30fa},   {0x30fc, 0x30ff}, {0x3105, 0x312f},
        {0x31a0, 0x31bf},   {0x31f0, 0x31ff},   {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
        {0xa9e0, 0xa9ff},   {0xaa60, 0xaa7f},   {0xf900, 0xfaff}, {0xff66, 0xff9d},
        {0x1b000, 0x1b16f}, {0x20000, 0x3fffd},
    };
    return within(ranges, G_N_ELEMENTS(ranges), u);
}

static bool is_fraction(gunichar u)
{
    return (u >= 0xbc && u <= 0xbe) || (u >= 0x2150 && u <= 0x215f) || u == 0x2189;
}

static char_class classify(gunichar u)
{
    if (u < 0x80)
        return byte_class[u];
    /* Voicing marks of kana, spacing and half width, belong to the letter before them. */
    if (u == 0x309b || u == 0x309c || u == 0xff9e || u == 0xff9f)
        return MARK;
    if ((u >= 0xfe00 && u <= 0xfe0f) || (u >= 0xe0100 && u <= 0xe01ef))
        return IGNORED;
    switch (g_unichar_type(u)) {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_DECIMAL_NUMBER:
        return WORD;
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_LETTER_NUMBER:
        return is_unspaced_script(u) ? UNSPACED : WORD;
    case G_UNICODE_OTHER_NUMBER:
        return is_fraction(u) ? SEPARATES : WORD;
    case G_UNICODE_OTHER_SYMBOL:
        return u >= 0x2e80 && u <= 0x2fd5 ? UNSPACED : SEPARATES; /* radicals */
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
        return MARK;
    case G_UNICODE_FORMAT:
        return u == 0x200b ? SEPARATES : IGNORED; /* zero width space is a space */
    default:
        return u == 0xff3f ? JOINS : SEPARATES;
    }
}

/* ---- words that are not ASCII ---- */

/* `word` becomes its form in the index: itself, or prefix and hash. Returns the length. */
static uint32_t shorten(const char *folded, size_t n, char out[72])
{
    if (n <= WORD_MOST) {
        memcpy(out, folded, n);
        out[n] = '\0';
        return (uint32_t)n;
    }
    uint8_t sum[32];
    hf_digest_sha256(folded, n, sum);
    size_t keep = WORD_PREFIX;
    while (keep > 0 && ((uint8_t)folded[keep] & 0xc0) == 0x80)
        keep--;
    memcpy(out, folded, keep);
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 8; i++) {
        out[keep + 2 * i] = digits[sum[i] >> 4];
        out[keep + 2 * i + 1] = digits[sum[i] & 15];
    }
    out[keep + 16] = '\0';
    return (uint32_t)(keep + 16);
}

/* NFKC, case folded, NFKC again (folding can undo it), without what may not be in a word. Free
 * with g_free. */
static char *fold(const uint8_t *raw, size_t n, size_t *length)
{
    g_autofree char *composed = g_utf8_normalize((const char *)raw, (gssize)n, G_NORMALIZE_NFKC);
    if (composed == NULL)
        return NULL;
    g_autofree char *folded = g_utf8_casefold(composed, -1);
    char *out = g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC);
    if (out == NULL)
        return NULL;
    size_t size = strlen(out), kept = 0, step;
    for (size_t i = 0; i < size; i += step) {
        gunichar u = decode((const uint8_t *)out, i, size, &step);
        char_class class = classify(u);
        if (class == SEPARATES || class == IGNORED || class == NEWLINE)
            continue;
        memmove(out + kept, out + i, step);
        kept += step;
    }
    out[kept] = '\0';
    *length = kept;
    return out;
}

/* The latest words that were not ASCII: a text repeats the same few hundred. */
#define REMEMBERED 1024u
typedef struct {
    uint8_t raw_length, length;
    uint8_t raw[30];
    char word[40];
} remembered_word;
static _Thread_local remembered_word remembered[REMEMBERED];

static remembered_word *remembered_slot(const uint8_t *raw, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ raw[i]) * 16777619u;
    return &remembered[(hash ^ hash >> 15) % REMEMBERED];
}

/* Puts the index form of the run of word characters into `out`; returns its length, 0 if nothing
 * is left. */
static uint32_t normalise(const uint8_t *raw, size_t n, char out[72])
{
    remembered_word *slot = n <= sizeof slot->raw ? remembered_slot(raw, n) : NULL;
    if (slot != NULL && slot->raw_length == n && memcmp(slot->raw, raw, n) == 0) {
        memcpy(out, slot->word, slot->length);
        out[slot->length] = '\0';
        return slot->length;
    }
    size_t size = 0;
    g_autofree char *folded = fold(raw, n, &size);
    if (folded == NULL || size == 0)
        return 0;
    uint32_t length = shorten(folded, size, out);
    if (slot != NULL && length <= sizeof slot->word) {
        slot->raw_length = (uint8_t)n;
        slot->length = (uint8_t)length;
        memcpy(slot->raw, raw, n);
        memcpy(slot->word, out, length);
    }
    return length;
}

/* A word from `start` that is not ASCII throughout. Returns where it ends; out->length is 0 if
 * it is none. */
static size_t mixed_word(const hf_tokens *t, size_t start, hf_token *out)
{
    const uint8_t *text = (const uint8_t *)t->text;
    size_t limit = MIN(t->size, start + RUN_MOST), end = start, step;
    for (size_t i = start; i < limit; i += step) {
        char_class class = classify(decode(text, i, t->size, &step));
        if (i + step > limit && i > start)
            break;
        if (class == WORD || class == MARK)
            end = i + step;
        else if (class != JOINS && class != IGNORED)
            break;
    }
    out->start = (uint32_t)start;
    out->end = (uint32_t)end;
    out->tail = 0;
    out->length = normalise(text + start, end - start, out->word);
    return end;
}

/* ---- scripts without spaces ---- */

/* The character at `i` with its marks, normalised, if it is of a script without spaces. Returns
 * where it ends, 0 if it is not one. */
static size_t unspaced_unit(const hf_tokens *t, size_t i, char out[UNIT_MOST], uint32_t *length)
{
    const uint8_t *text = (const uint8_t *)t->text;
    if (i >= t->size || text[i] < 0x80)
        return 0;
    size_t step, end;
    gunichar u = decode(text, i, t->size, &step);
    if (classify(u) != UNSPACED)
        return 0;
    end = i + step;
    while (end < t->size && text[end] >= 0x80 && end - i < RUN_MOST) {
        char_class class = classify(decode(text, end, t->size, &step));
        if (class != MARK && class != IGNORED)
            break;
        end += step;
    }
    bool plain = (u >= 0x4e00 && u <= 0x9fff) || (u >= 0x3041 && u <= 0x3096);
    if (plain && end - i == 3) {
        memcpy(out, text + i, 3);
        *length = 3;
        return end;
    }
    size_t size = 0;
    g_autofree char *folded = fold(text + i, end - i, &size);
    size = MIN(size, UNIT_MOST - 1);
    while (size > 0 && folded != NULL && ((uint8_t)folded[size] & 0xc0) == 0x80)
        size--;
    if (size > 0)
        memcpy(out, folded, size);
    *length = (uint32_t)size;
    return end;
}

/* The pair that begins at `i`, or the lone character. Returns where to go on, 0 if there is no
 * such script at `i`; out->length is 0 if the place makes no token (the end of a run, told in
 * its last pair). */
static size_t unspaced_pair(hf_tokens *t, size_t i, hf_token *out)
{
    char second[UNIT_MOST], third[UNIT_MOST];
    uint32_t first_length, second_length, third_length;
    size_t middle = unspaced_unit(t, i, out->word, &first_length);
    if (middle == 0)
        return 0;
    size_t end = unspaced_unit(t, middle, second, &second_length);
    out->start = (uint32_t)i;
    out->tail = 0;
    if (end == 0) {
        out->end = (uint32_t)middle;
        out->length = t->state[IN_RUN] ? 0 : first_length;
        out->word[out->length] = '\0';
        t->state[IN_RUN] = 0;
        return middle;
    }
    memcpy(out->word + first_length, second, second_length);
    out->length = first_length + second_length;
    out->word[out->length] = '\0';
    out->end = (uint32_t)end;
    if (unspaced_unit(t, end, third, &third_length) == 0)
        out->tail = first_length;
    t->state[IN_RUN] = 1;
    return middle;
}

bool hf_tokens_is_single(const char *word)
{
    hf_tokens tokens;
    size_t n = strlen(word);
    if (n == 0 || (uint8_t)word[0] < 0x80)
        return false;
    hf_tokens_init(&tokens, word, n);
    char unit[UNIT_MOST];
    uint32_t length;
    return unspaced_unit(&tokens, 0, unit, &length) == n;
}

/* ---- encoded blocks ---- */

#define BASE64_LEAST 60u
#define BASE64_MOST 1000u
#define BLOCK_LINES 3

/* The line at `i` without its line end, at most `most` bytes (else SIZE_MAX); *next is the start
 * of the next line. */
static size_t line_length(const uint8_t *text, size_t i, size_t n, size_t most, size_t *next)
{
    const uint8_t *found = memchr(text + i, '\n', MIN(n - i, most + 2));
    if (found == NULL && n - i > most + 1)
        return SIZE_MAX;
    size_t end = found == NULL ? n : (size_t)(found - text);
    *next = found == NULL ? n : end + 1;
    if (end > i && text[end - 1] == '\r')
        end--;
    return end - i <= most ? end - i : SIZE_MAX;
}

static bool is_base64(uint8_t c)
{
    return byte_class[c] == WORD || c == '+' || c == '/';
}

/* Whether [i, i + n) is of base64's alphabet, padding allowed at the end; *mixed if it has both
 * cases and a digit. */
static bool base64_line(const uint8_t *line, size_t n, bool *mixed)
{
    bool small = false, capital = false, digit = false;
    size_t i = 0;
    for (; i < n && is_base64(line[i]); i++) {
        small |= line[i] >= 'a';
        capital |= line[i] >= 'A' && line[i] <= 'Z';
        digit |= line[i] <= '9';
    }
    *mixed = small && capital && digit;
    size_t padding = 0;
    for (; i < n && line[i] == '='; i++)
        padding++;
    return i == n && padding <= 2;
}

/* Where a base64 block that begins at line start `i` ends; `i` if there is none. Lists of
 * hexadecimal digests are of the alphabet too, but of one case. */
static size_t skip_base64(const uint8_t *text, size_t i, size_t n)
{
    if (n - i < BLOCK_LINES * BASE64_LEAST)
        return i;
    for (size_t k = 0; k < BASE64_LEAST; k++)
        if (!is_base64(text[i + k]))
            return i;
    size_t at = i, width = 0, lines = 0, next;
    bool any_mixed = false, mixed;
    for (; at < n; at = next, lines++) {
        size_t length = line_length(text, at, n, BASE64_MOST, &next);
        if (length == SIZE_MAX || length == 0 || !base64_line(text + at, length, &mixed))
            break;
        if (lines == 0)
            width = length;
        if (length != width) {
            /* The last line; a short one is taken for it only if it cannot be a word. */
            bool last = length < width && length % 4 == 0 &&
                        (text[at + length - 1] == '=' || (length >= 20 && mixed));
            if (last && lines >= BLOCK_LINES && any_mixed)
                return next;
            break;
        }
        any_mixed |= mixed;
        if (lines == BLOCK_LINES && !any_mixed)
            break;
    }
    return lines >= BLOCK_LINES && any_mixed ? at : i;
}

/* Whether the line is uuencoded: its first character counts the bytes, some encoders add a check
 * character. */
static bool uu_line(const uint8_t *line, size_t n)
{
    if (n < 1 || line[0] < 0x20 || line[0] > 0x60)
        return false;
    size_t bytes = (line[0] - 0x20u) & 63u, need = 1 + (bytes + 2) / 3 * 4;
    if (n != need && n != need + 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if (line[i] < 0x20 || line[i] > 0x60)
            return false;
    return true;
}

static bool uu_full_line(const uint8_t *text, size_t i, size_t n, size_t *next)
{
    if (i >= n || text[i] != 'M')
        return false;
    size_t length = line_length(text, i, n, 62, next);
    return length != SIZE_MAX && uu_line(text + i, length);
}

/* Where uuencoded lines that begin at line start `i` end, `end` included; `i` if there are none. */
static size_t skip_uu(const uint8_t *text, size_t i, size_t n, bool after_begin)
{
    size_t at = i, next;
    if (!after_begin) {
        for (int line = 0; line < BLOCK_LINES; line++, at = next)
            if (!uu_full_line(text, at, n, &next))
                return i;
        at = i;
    }
    while (at < n) {
        size_t length = line_length(text, at, n, 62, &next);
        if (length == 3 && memcmp(text + at, "end", 3) == 0 && at > i)
            return next;
        if (length == SIZE_MAX || !uu_line(text + at, length))
            break;
        at = next;
    }
    return at;
}

/* "begin 644 name" */
static bool begin_line(const uint8_t *text, size_t i, size_t n)
{
    if (n - i < 11 || memcmp(text + i, "begin ", 6) != 0)
        return false;
    size_t at = i + 6, digits = 0;
    for (; at < n && text[at] >= '0' && text[at] <= '7'; at++)
        digits++;
    return (digits == 3 || digits == 4) && at < n && text[at] == ' ';
}

/* Called at each line start: goes past an encoded block. */
static size_t skip_encoded(hf_tokens *t, size_t i)
{
    const uint8_t *text = (const uint8_t *)t->text;
    bool after_begin = t->state[AFTER_BEGIN] != 0;
    t->state[AFTER_BEGIN] = 0;
    if (i >= t->size)
        return i;
    size_t end = i;
    if (after_begin || text[i] == 'M')
        end = skip_uu(text, i, t->size, after_begin);
    if (end == i)
        end = skip_base64(text, i, t->size);
    if (end != i)
        t->left_out = true;
    else if (begin_line(text, i, t->size))
        t->state[AFTER_BEGIN] = 1;
    return end;
}

/* ---- the walk ---- */

void hf_tokens_init(hf_tokens *tokens, const char *text, size_t n)
{
    *tokens = (hf_tokens){.text = text, .size = MIN(n, UINT32_MAX - RUN_MOST)};
}

/* The next word character at or after t->offset; false at the end. */
static bool seek_word(hf_tokens *t)
{
    const uint8_t *text = (const uint8_t *)t->text;
    size_t i = t->offset;
    while (i < t->size) {
        uint8_t class = byte_class[text[i]];
        if (class == WORD)
            break;
        if (class == NEWLINE) {
            i = skip_encoded(t, i + 1);
            continue;
        }
        size_t step = 1;
        if (class == BEYOND) {
            char_class wide = classify(decode(text, i, t->size, &step));
            if (wide == WORD || wide == UNSPACED)
                break;
        }
        i += step;
    }
    t->offset = i;
    return i < t->size;
}

/* A word from `start` that is ASCII; returns where it ends, or `start` if it goes on beyond
 * ASCII. */
static size_t ascii_word(const hf_tokens *t, size_t start, hf_token *out)
{
    const uint8_t *text = (const uint8_t *)t->text;
    size_t limit = MIN(t->size, start + WORD_MOST), i = start;
    char *word = out->word;
    while (i < limit && (byte_class[text[i]] == WORD || byte_class[text[i]] == JOINS))
        *word++ = lower[text[i++]];
    if (i < t->size && (text[i] >= 0x80 || i == limit)) {
        size_t step;
        char_class class = classify(decode(text, i, t->size, &step));
        if (class != SEPARATES && class != UNSPACED && class != NEWLINE)
            return start;
    }
    while (word[-1] == '_') {
        word--;
        i--;
    }
    *word = '\0';
    out->length = (uint32_t)(word - out->word);
    out->start = (uint32_t)start;
    out->end = (uint32_t)i;
    out->tail = 0;
    return i;
}

bool hf_tokens_next(hf_tokens *t, hf_token *out)
{
    if (!t->state[STARTED]) {
        t->state[STARTED] = 1;
        t->offset = skip_encoded(t, t->offset);
    }
    while (seek_word(t)) {
        size_t start = t->offset, end = start;
        if ((uint8_t)t->text[start] < 0x80)
            end = ascii_word(t, start, out);
        else
            end = unspaced_pair(t, start, out);
        if (end == start || end == 0)
            end = mixed_word(t, start, out);
        t->offset = end;
        if (out->length == 0)
            continue;
        out->position = t->position++;
        return true;
    }
    return false;
}

/* ---- the same rules for pieces of words ---- */

bool hf_tokens_is_part(gunichar character)
{
    char_class class = classify(character);
    return class != SEPARATES && class != NEWLINE;
}

char *hf_tokens_fold(const char *text, size_t n)
{
    size_t length;
    return fold((const uint8_t *)text, n, &length);
}
