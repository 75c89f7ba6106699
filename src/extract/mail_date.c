#include "extract/mail_date.h"

#include <string.h>

typedef struct {
    int year, month, day, hour, minute, second;
    bool has_time, has_zone, bad;
    int32_t offset;
} parts;

static int month_of(const char *word, size_t n)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (n < 3)
        return 0;
    for (int i = 0; i < 12; i++) {
        if (g_ascii_strncasecmp(word, names + 3 * i, 3) == 0)
            return i + 1;
    }
    return 0;
}

static bool is_weekday(const char *word, size_t n)
{
    static const char names[] = "monTueWedThuFriSatSun";
    for (int i = 0; n >= 3 && i < 7; i++) {
        if (g_ascii_strncasecmp(word, names + 3 * i, 3) == 0)
            return true;
    }
    return false;
}

static void read_zone_name(const char *word, size_t n, parts *p)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"UT", 0},   {"UTC", 0},  {"GMT", 0},  {"Z", 0},    {"EST", -5}, {"EDT", -4},
                 {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    p->has_zone = true;
    p->offset = HF_OFFSET_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        if (strlen(zones[i].name) == n && g_ascii_strncasecmp(word, zones[i].name, n) == 0)
            p->offset = zones[i].hours * 3600;
    }
}

/* "+0200", "-07:00"; -0000 says that the offset is unknown. */
static size_t read_zone_number(const char *text, parts *p)
{
    size_t i = 1;
    int digits[4], n = 0;
    while (n < 4 && (g_ascii_isdigit(text[i]) || (text[i] == ':' && n == 2))) {
        if (text[i] != ':')
            digits[n++] = text[i] - '0';
        i++;
    }
    if (n < 4 || g_ascii_isdigit(text[i]))
        return 0;
    int hours = digits[0] * 10 + digits[1], minutes = digits[2] * 10 + digits[3];
    if (hours > 15 || minutes > 59)
        return 0;
    int32_t seconds = hours * 3600 + minutes * 60;
    p->has_zone = true;
    p->offset = *text == '-' ? -seconds : seconds;
    if (*text == '-' && seconds == 0)
        p->offset = HF_OFFSET_NONE;
    return i;
}

static size_t read_digits(const char *text, int *value)
{
    size_t i = 0;
    *value = 0;
    while (i < 9 && g_ascii_isdigit(text[i]))
        *value = *value * 10 + (text[i++] - '0');
    return g_ascii_isdigit(text[i]) ? 0 : i;
}

/* "10:11", "10:11:12", "10.11.12", with a fraction that is dropped. */
static size_t read_clock(const char *text, parts *p)
{
    int value[3] = {0, 0, 0}, n = 0;
    size_t i = 0;
    for (;;) {
        size_t digits = read_digits(text + i, &value[n]);
        if (digits == 0 || digits > 2)
            return 0;
        i += digits;
        n++;
        if (n == 3 || (text[i] != ':' && text[i] != '.') || !g_ascii_isdigit(text[i + 1]))
            break;
        i++;
    }
    if (n < 2)
        return 0;
    if (n == 3 && text[i] == '.') {
        for (i++; g_ascii_isdigit(text[i]); i++)
            ;
    }
    p->hour = value[0];
    p->minute = value[1];
    p->second = value[2];
    p->has_time = true;
    return i;
}

static void set_year(parts *p, int value, size_t digits)
{
    p->year = value;
    if (digits == 2)
        p->year = value < 50 ? 2000 + value : 1900 + value; /* RFC 5322 4.3 */
    else if (digits == 3)
        p->year = 1900 + value;
}

static size_t read_number(const char *text, parts *p)
{
    int value;
    size_t digits = read_digits(text, &value);
    if (digits == 0)
        return 0;
    if (digits <= 2 && !p->has_time &&
        (text[digits] == ':' || (text[digits] == '.' && p->day >= 0)))
        return read_clock(text, p);
    if (p->day < 0 && digits <= 2)
        p->day = value;
    else if (p->year == G_MININT && digits >= 2)
        set_year(p, value, digits);
    else
        return 0;
    return digits;
}

static size_t read_word(const char *text, parts *p)
{
    size_t n = 0;
    while (g_ascii_isalpha(text[n]))
        n++;
    int month = month_of(text, n);
    if (p->has_time && n == 2 && strchr("AaPp", *text) != NULL && g_ascii_toupper(text[1]) == 'M') {
        if (p->hour < 1 || p->hour > 12)
            p->bad = true;
        p->hour = p->hour % 12 + (g_ascii_toupper(*text) == 'P' ? 12 : 0);
    } else if (month != 0 && p->month == 0) {
        p->month = month;
    } else if (!is_weekday(text, n) && p->has_time && !p->has_zone) {
        read_zone_name(text, n, p);
    } else if (!is_weekday(text, n) && !p->has_zone) {
        p->bad = true;
    }
    return n;
}

static size_t skip_comment(const char *text)
{
    size_t i = 1, depth = 1;
    for (; text[i] != '\0' && depth > 0; i++) {
        if (text[i] == '(')
            depth++;
        else if (text[i] == ')')
            depth--;
    }
    return i;
}

static bool read_parts(const char *text, parts *p)
{
    while (*text != '\0' && !p->bad) {
        size_t step;
        if (*text == '(')
            step = skip_comment(text);
        else if (g_ascii_isdigit(*text))
            step = read_number(text, p);
        else if ((*text == '+' || *text == '-') && p->has_time && !p->has_zone)
            step = read_zone_number(text, p);
        else if (g_ascii_isalpha(*text))
            step = read_word(text, p);
        else
            step = strchr(" \t,-./\"'", *text) != NULL ? 1 : 0;
        if (step == 0) {
            /* Something strange behind a date that is complete does not make it unreadable. */
            return p->has_time && p->has_zone && p->year != G_MININT;
        }
        text += step;
    }
    return !p->bad;
}

bool hf_mail_date_parse(const char *text, hf_stamp *out)
{
    out->utc = HF_TIME_NONE;
    out->offset = HF_OFFSET_NONE;
    while (*text == ' ' || *text == '\t')
        text++;
    if (strlen(text) > 1000)
        return false;
    if (g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1]) && g_ascii_isdigit(text[2]))
        return hf_time_parse_iso(text, out);
    parts p = {.year = G_MININT, .day = -1, .offset = HF_OFFSET_NONE};
    if (!read_parts(text, &p) || p.year == G_MININT || p.year < 1 || p.month == 0 ||
        !hf_time_civil_valid(p.year, p.month, p.day, p.hour, p.minute, p.second))
        return false;
    hf_time local = hf_time_from_civil(p.year, p.month, p.day, p.hour, p.minute, p.second);
    out->offset = p.offset;
    out->utc = p.offset == HF_OFFSET_NONE ? local : local - (hf_time)p.offset * HF_TIME_SECOND;
    return true;
}
