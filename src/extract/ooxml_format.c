/* src/extract/ooxml_format.c -- numbers as a spreadsheet shows them (ECMA-376 part 1, 18.8.30 and 18.8.31).
 *
 * Searches are made for what a reader saw: 10/02/2016, 12.5 %, 1,234.00. Names of months and days are English; colours and
 * widths are left out. */
#include "extract/ooxml.h"

#include <math.h>
#include <string.h>

enum { MAX_SECTIONS = 4, MAX_DIGITS = 30, SECONDS_A_DAY = 86400, LAST_DAY = 2958465 };

const char *hf_ooxml_format_builtin(unsigned id)
{
    static const char *const formats[] = {
        [0] = "General",
        [1] = "0",
        [2] = "0.00",
        [3] = "#,##0",
        [4] = "#,##0.00",
        [5] = "$#,##0;-$#,##0",
        [6] = "$#,##0;-$#,##0",
        [7] = "$#,##0.00;-$#,##0.00",
        [8] = "$#,##0.00;-$#,##0.00",
        [9] = "0%",
        [10] = "0.00%",
        [11] = "0.00E+00",
        [12] = "# ?/?",
        [13] = "# \?\?/\?\?",
        [14] = "m/d/yyyy",
        [15] = "d-mmm-yy",
        [16] = "d-mmm",
        [17] = "mmm-yy",
        [18] = "h:mm AM/PM",
        [19] = "h:mm:ss AM/PM",
        [20] = "h:mm",
        [21] = "h:mm:ss",
        [22] = "m/d/yyyy h:mm",
        [27] = "m/d/yyyy",
        [28] = "m/d/yyyy",
        [29] = "m/d/yyyy",
        [30] = "m/d/yyyy",
        [31] = "m/d/yyyy",
        [32] = "h:mm",
        [33] = "h:mm:ss",
        [34] = "h:mm",
        [35] = "h:mm:ss",
        [36] = "m/d/yyyy",
        [37] = "#,##0;(#,##0)",
        [38] = "#,##0;(#,##0)",
        [39] = "#,##0.00;(#,##0.00)",
        [40] = "#,##0.00;(#,##0.00)",
        [41] = "#,##0;(#,##0);\"-\"",
        [42] = "$#,##0;($#,##0);\"-\"",
        [43] = "#,##0.00;(#,##0.00);\"-\"",
        [44] = "$#,##0.00;($#,##0.00);\"-\"",
        [45] = "mm:ss",
        [46] = "[h]:mm:ss",
        [47] = "mm:ss.0",
        [48] = "##0.0E+0",
        [49] = "@",
    };
    return id < G_N_ELEMENTS(formats) ? formats[id] : id >= 50 && id <= 58 ? "m/d/yyyy" : NULL;
}

/* ---- tokens ---- A format code is read as a row of these. */

typedef enum {
    T_END,
    T_LITERAL,
    T_DIGIT,
    T_POINT,
    T_COMMA,
    T_PERCENT,
    T_EXPONENT,
    T_SLASH,
    T_DATE,
    T_ELAPSED,
    T_HALF,
    T_TEXT,
    T_GENERAL,
    T_NOTHING
} token_kind;

typedef struct {
    token_kind kind;
    const char *at;
    size_t n;
} token;

static bool starts(const char *at, const char *end, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(end - at) >= n && g_ascii_strncasecmp(at, with, n) == 0;
}

static token bracket(const char *at, const char *end)
{
    const char *close = memchr(at, ']', (size_t)(end - at));
    size_t n = (size_t)((close != NULL ? close + 1 : end) - at);
    if (n >= 3 && strchr("hHmMsS", at[1]) != NULL &&
        g_ascii_tolower(at[n - 2]) == g_ascii_tolower(at[1]))
        return (token){T_ELAPSED, at, n};
    if (n >= 3 && at[1] == '$') {
        size_t symbol = strcspn(at + 2, "-]");
        return (token){T_LITERAL, at + 2, MIN(symbol, n - 2)};
    }
    return (token){T_NOTHING, at, n};
}

/* The token at *at, which moves behind it. */
static token next_token(const char **at, const char *end)
{
    const char *p = *at;
    token t = {T_LITERAL, p, 1};
    size_t used = 1;
    if (p >= end)
        return (token){T_END, p, 0};
    switch (*p) {
    case '"': {
        const char *close = memchr(p + 1, '"', (size_t)(end - p - 1));
        t = (token){T_LITERAL, p + 1, (size_t)((close != NULL ? close : end) - p - 1)};
        used = t.n + 1 + (close != NULL);
        break;
    }
    case '\\':
        t = (token){T_LITERAL, p + 1, (size_t)(end - p > 1)};
        used = 1 + t.n;
        break;
    case '_':
        t = (token){T_LITERAL, " ", 1};
        used = end - p > 1 ? 2 : 1;
        break;
    case '*':
        t.kind = T_NOTHING;
        used = end - p > 1 ? 2 : 1;
        break;
    case '[': {
        t = bracket(p, end);
        const char *close = memchr(p, ']', (size_t)(end - p));
        used = (size_t)((close != NULL ? close + 1 : end) - p);
        break;
    }
    case '0':
    case '#':
    case '?':
        t.kind = T_DIGIT;
        break;
    case '.':
        t.kind = T_POINT;
        break;
    case ',':
        t.kind = T_COMMA;
        break;
    case '%':
        t.kind = T_PERCENT;
        break;
    case '/':
        t.kind = T_SLASH;
        break;
    case '@':
        t.kind = T_TEXT;
        break;
    default:
        if (starts(p, end, "General")) {
            t = (token){T_GENERAL, p, used = 7};
        } else if (starts(p, end, "AM/PM")) {
            t = (token){T_HALF, p, used = 5};
        } else if (starts(p, end, "A/P")) {
            t = (token){T_HALF, p, used = 3};
        } else if (starts(p, end, "E+") || starts(p, end, "E-")) {
            t = (token){T_EXPONENT, p, used = 2};
        } else if (strchr("dDmMyYhHsS", *p) != NULL) {
            while (p + used < end && g_ascii_tolower(p[used]) == g_ascii_tolower(*p))
                used++;
            t = (token){T_DATE, p, used};
        } else {
            /* A character of several bytes stays together. */
            while (p + used < end && ((unsigned char)p[used] & 0xC0) == 0x80)
                used++;
            t.n = used;
        }
    }
    *at = p + used;
    return t;
}

/* ---- General ---- */

static void put_general(double value, GString *out)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    if (value == floor(value) && fabs(value) < 1e21)
        g_string_append(out, g_ascii_formatd(buffer, sizeof buffer,
                                             fabs(value) < 1e15 ? "%.0f" : "%.15g", value));
    else
        g_string_append(out, g_ascii_formatd(buffer, sizeof buffer, "%.15g", value));
    char *e = strchr(out->str, 'e');
    if (e != NULL)
        *e = 'E';
}

/* ---- dates ---- */

typedef struct {
    int year, month, day, hour, minute, second;
    int weekday; /* 0: Sunday */
    double value;
    double fraction; /* of a second */
} moment;

static bool to_moment(double value, bool date1904, unsigned decimals, moment *m)
{
    double scale = pow(10, decimals);
    double days = floor(value);
    double seconds = round((value - days) * SECONDS_A_DAY * scale) / scale;
    if (seconds >= SECONDS_A_DAY) {
        seconds -= SECONDS_A_DAY;
        days += 1;
    }
    if (days < 0 || days > LAST_DAY)
        return false;
    /* Day 60 of the 1900 system is a 29 February that never was: days before it are one later. */
    int base_day = date1904 ? 1 : days < 60 ? 31 : 30;
    hf_time base = date1904 ? hf_time_from_civil(1904, 1, base_day, 0, 0, 0)
                            : hf_time_from_civil(1899, 12, base_day, 0, 0, 0);
    hf_time at =
        base + (hf_time)days * SECONDS_A_DAY * HF_TIME_SECOND + (hf_time)seconds * HF_TIME_SECOND;
    hf_time_to_civil(at, &m->year, &m->month, &m->day, &m->hour, &m->minute, &m->second);
    m->weekday = (int)(((at / (SECONDS_A_DAY * HF_TIME_SECOND)) % 7 + 7 + 4 - (at < 0)) % 7);
    m->fraction = seconds - floor(seconds);
    m->value = value;
    return true;
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

static void put_month(const moment *m, size_t n, GString *out)
{
    const char *name = months[m->month - 1];
    if (n <= 2)
        g_string_append_printf(out, "%0*d", (int)n, m->month);
    else
        g_string_append_len(out, name, n == 3 ? 3 : n == 5 ? 1 : (gssize)strlen(name));
}

static void put_date_part(const moment *m, const token *t, bool minutes, bool half, GString *out)
{
    int hour = half ? (m->hour + 11) % 12 + 1 : m->hour;
    int width = t->n >= 2 ? 2 : 1;
    switch (g_ascii_tolower(*t->at)) {
    case 'y':
        g_string_append_printf(out, t->n > 2 ? "%04d" : "%02d", t->n > 2 ? m->year : m->year % 100);
        break;
    case 'm':
        if (minutes)
            g_string_append_printf(out, "%0*d", width, m->minute);
        else
            put_month(m, t->n, out);
        break;
    case 'd':
        if (t->n <= 2)
            g_string_append_printf(out, "%0*d", width, m->day);
        else
            g_string_append_len(out, weekdays[m->weekday],
                                t->n == 3 ? 3 : (gssize)strlen(weekdays[m->weekday]));
        break;
    case 'h':
        g_string_append_printf(out, "%0*d", width, hour);
        break;
    default:
        g_string_append_printf(out, "%0*d", width, m->second);
        break;
    }
}

static void put_elapsed(const moment *m, const token *t, GString *out)
{
    double seconds = round(m->value * SECONDS_A_DAY);
    char unit = g_ascii_tolower(t->at[1]);
    double count = floor(seconds / (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1));
    g_string_append_printf(out, "%0*.0f", (int)t->n - 2, count);
}

/* An m is minutes behind hours or before seconds. */
static bool is_minutes(char before, const char *at, const char *end)
{
    if (before == 'h')
        return true;
    for (token t = next_token(&at, end); t.kind != T_END; t = next_token(&at, end)) {
        if (t.kind == T_DATE)
            return g_ascii_tolower(*t.at) == 's';
        if (t.kind == T_ELAPSED)
            return g_ascii_tolower(t.at[1]) == 's';
    }
    return false;
}

static void put_fraction_of_second(const moment *m, const char **at, const char *end, GString *out)
{
    unsigned digits = 0;
    while (*at < end && **at == '0' && digits < 6) {
        digits++;
        (*at)++;
    }
    if (digits == 0)
        return;
    char buffer[G_ASCII_DTOSTR_BUF_SIZE], format[] = "%.0f";
    format[2] = (char)('0' + digits);
    g_string_append(out, g_ascii_formatd(buffer, sizeof buffer, format, m->fraction) + 1);
}

static bool put_moment(double value, const char *at, const char *end, bool date1904, GString *out)
{
    bool half = false;
    unsigned decimals = 0;
    const char *scan = at;
    token_kind last = T_NOTHING;
    for (token t = next_token(&scan, end); t.kind != T_END; t = next_token(&scan, end)) {
        half |= t.kind == T_HALF;
        decimals += t.kind == T_DIGIT && last == T_POINT;
        last = t.kind == T_DIGIT && last == T_POINT ? T_POINT : t.kind;
    }
    moment m = {0};
    if (!to_moment(value, date1904, MIN(decimals, 6), &m))
        return false;
    char before = 0;
    for (token t = next_token(&at, end); t.kind != T_END; t = next_token(&at, end)) {
        if (t.kind == T_DATE) {
            put_date_part(&m, &t, is_minutes(before, at, end), half, out);
            before = g_ascii_tolower(*t.at);
        } else if (t.kind == T_ELAPSED) {
            put_elapsed(&m, &t, out);
            before = g_ascii_tolower(t.at[1]);
        } else if (t.kind == T_HALF) {
            g_string_append_len(out, m.hour < 12 ? "AM" : "PM", t.n == 5 ? 2 : 1);
        } else if (t.kind == T_POINT) {
            if (at < end && *at == '0')
                put_fraction_of_second(&m, &at, end, out);
            else
                g_string_append_c(out, '.');
        } else if (t.kind == T_LITERAL || t.kind == T_SLASH || t.kind == T_COMMA) {
            g_string_append_len(out, t.at, (gssize)t.n);
        }
    }
    return true;
}

/* ---- numbers ---- */

typedef struct {
    unsigned before, after; /* digit places around the point */
    unsigned exponent;      /* digit places of it */
    unsigned percents;
    unsigned thousands_scale;
    bool grouped, point, scientific, fraction, date, general, text;
} shape;

static shape measure(const char *at, const char *end)
{
    shape s = {0};
    unsigned commas = 0;
    for (token t = next_token(&at, end); t.kind != T_END; t = next_token(&at, end)) {
        if (t.kind == T_COMMA && s.before + s.after > 0) {
            commas++;
            continue;
        }
        if (t.kind == T_DIGIT) {
            s.grouped |= commas > 0 && !s.point;
            commas = 0;
            *(s.scientific ? &s.exponent : s.point ? &s.after : &s.before) += 1;
            continue;
        }
        s.thousands_scale += commas;
        commas = 0;
        s.point |= t.kind == T_POINT;
        s.percents += t.kind == T_PERCENT;
        s.scientific |= t.kind == T_EXPONENT;
        s.fraction |= t.kind == T_SLASH && s.before > 0;
        s.date |= t.kind == T_DATE || t.kind == T_ELAPSED;
        s.general |= t.kind == T_GENERAL;
        s.text |= t.kind == T_TEXT;
    }
    s.thousands_scale += commas;
    return s;
}

typedef struct {
    char whole[G_ASCII_DTOSTR_BUF_SIZE + 320]; /* digits before the point, "" for zero */
    char part[MAX_DIGITS + 2];                 /* digits behind it */
    int exponent;
} digits;

static void split(double value, const shape *s, digits *d)
{
    char format[16], buffer[400];
    unsigned after = MIN(s->after, (unsigned)MAX_DIGITS);
    d->exponent = 0;
    if (s->scientific && value != 0) {
        d->exponent = (int)floor(log10(value));
        unsigned step = MAX(s->before, 1u);
        if (step > 1)
            d->exponent -= ((d->exponent % (int)step) + (int)step) % (int)step;
        value /= pow(10, d->exponent);
        if (step == 1 && value >= 10 - 0.5 * pow(10, -(double)after)) {
            value /= 10;
            d->exponent++;
        }
    }
    g_snprintf(format, sizeof format, "%%.%uf", after);
    g_ascii_formatd(buffer, sizeof buffer, format, value);
    char *point = strchr(buffer, '.');
    g_strlcpy(d->part, point != NULL ? point + 1 : "", sizeof d->part);
    if (point != NULL)
        *point = '\0';
    g_strlcpy(d->whole, strcmp(buffer, "0") == 0 ? "" : buffer, sizeof d->whole);
}

/* The digits that belong to place `i` of `places` before the point. */
static void put_whole(const digits *d, unsigned i, unsigned places, char place, bool grouped,
                      GString *out)
{
    size_t n = strlen(d->whole);
    size_t from_right = places - i; /* 1: the last place */
    size_t first = i == 0 && n > places ? n : from_right;
    for (size_t at = first; at >= from_right; at--) {
        if (at <= n)
            g_string_append_c(out, d->whole[n - at]);
        else if (place != '#')
            g_string_append_c(out, place == '0' ? '0' : ' ');
        else
            continue;
        if (grouped && at > 1 && (at - 1) % 3 == 0)
            g_string_append_c(out, ',');
    }
}

static void put_part(const digits *d, unsigned i, char place, GString *out)
{
    bool zeros =
        strspn(d->part + MIN(i, strlen(d->part)), "0") == strlen(d->part) - MIN(i, strlen(d->part));
    if (i >= strlen(d->part) || (place != '0' && zeros))
        return;
    g_string_append_c(out, d->part[i]);
}

static void put_exponent(const digits *d, const shape *s, const token *t, GString *out)
{
    g_string_append_c(out, 'E');
    if (d->exponent < 0)
        g_string_append_c(out, '-');
    else if (t->at[1] == '+')
        g_string_append_c(out, '+');
    g_string_append_printf(out, "%0*d", (int)MIN(s->exponent, 9u), ABS(d->exponent));
}

static void put_places(double value, const char *at, const char *end, const shape *s, GString *out)
{
    digits d;
    split(value, s, &d);
    unsigned whole = 0, part = 0;
    bool behind_point = false, behind_exponent = false;
    for (token t = next_token(&at, end); t.kind != T_END; t = next_token(&at, end)) {
        if (t.kind == T_DIGIT && behind_exponent)
            continue;
        if (t.kind == T_DIGIT && behind_point) {
            put_part(&d, part++, *t.at, out);
        } else if (t.kind == T_DIGIT) {
            put_whole(&d, whole++, s->before, *t.at, s->grouped, out);
        } else if (t.kind == T_POINT) {
            if (s->before == 0)
                g_string_append(out, d.whole);
            behind_point = true;
            g_string_append_c(out, '.');
        } else if (t.kind == T_EXPONENT) {
            behind_exponent = true;
            put_exponent(&d, s, &t, out);
        } else if (t.kind == T_LITERAL || t.kind == T_PERCENT || t.kind == T_SLASH) {
            g_string_append_len(out, t.at, (gssize)t.n);
        } else if (t.kind == T_GENERAL) {
            put_general(value, out);
        }
    }
}

/* "# ?/?": the nearest fraction with as many digits below the line as there are places, or with the denominator given. */
static void put_fraction(double value, const char *at, const char *end, GString *out)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    const char *below = slash + 1;
    size_t places = 0, given = 0;
    for (; below < end && (strchr("?#", *below) != NULL || g_ascii_isdigit(*below));
         below++, places++)
        given =
            MIN(given * 10 + (size_t)g_ascii_digit_value((gchar)MAX(*below, '0')), (size_t)99999);
    bool fixed = places > 0 && g_ascii_isdigit(slash[1]) && slash[1] != '0';
    int most = places >= 3 ? 999 : places == 2 ? 99 : 9;
    double whole = floor(value), rest = value - whole, best = 1;
    int numerator = 0, denominator = 1;
    for (int i = fixed ? (int)given : 1; i <= (fixed ? (int)given : most); i++) {
        double wrong = fabs(round(rest * i) / i - rest);
        if (wrong < best - 1e-12) {
            best = wrong;
            denominator = i;
            numerator = (int)round(rest * i);
        }
    }
    if (numerator == denominator) {
        whole += 1;
        numerator = 0;
    }
    if (whole > 0 || numerator == 0)
        g_string_append_printf(out, "%.0f", whole);
    if (numerator > 0)
        g_string_append_printf(out, "%s%d/%d", whole > 0 ? " " : "", numerator, denominator);
}

/* ---- sections ---- */

typedef struct {
    const char *at, *end;
    char operator[3]; /* of a condition, "" if it has none */
    double operand;
} section;

static void read_condition(section *s)
{
    for (const char *p = s->at; p < s->end && *p == '['; p++) {
        const char *close = memchr(p, ']', (size_t)(s->end - p));
        if (close == NULL)
            return;
        size_t n = strspn(p + 1, "<>=");
        if (n > 0 && n <= 2) {
            memcpy(s->operator, p + 1, n);
            g_autofree char *number = g_strndup(p + 1 + n, (gsize)(close - p - 1) - n);
            s->operand = g_ascii_strtod(number, NULL);
            return;
        }
        p = close;
    }
}

static size_t read_sections(const char *code, section sections[MAX_SECTIONS])
{
    const char *end = code + strlen(code), *at = code, *start = code;
    size_t n = 0;
    while (n < MAX_SECTIONS) {
        const char *before = at;
        token t = next_token(&at, end);
        bool semicolon = t.kind == T_LITERAL && t.n == 1 && before == t.at && *t.at == ';';
        if (t.kind != T_END && !semicolon)
            continue;
        sections[n] = (section){.at = start, .end = before};
        read_condition(&sections[n++]);
        if (t.kind == T_END)
            break;
        start = at;
    }
    return n;
}

static bool meets(const section *s, double value)
{
    const char *o = s->operator;
    if (strcmp(o, "<") == 0)
        return value < s->operand;
    if (strcmp(o, "<=") == 0)
        return value <= s->operand;
    if (strcmp(o, ">") == 0)
        return value > s->operand;
    if (strcmp(o, ">=") == 0)
        return value >= s->operand;
    if (strcmp(o, "<>") == 0)
        return value < s->operand || value > s->operand;
    return strcmp(o, "=") == 0 && !(value < s->operand) && !(value > s->operand);
}

/* The section for a value; *signless where it stands for negative numbers and writes the sign itself. */
static const section *choose(const section *sections, size_t n, double value, bool *signless)
{
    size_t numbers = MIN(n, (size_t)3);
    bool conditions = *sections[0].operator!= '\0' ||(n > 1 && *sections[1].operator!= '\0');
    if (conditions) {
        for (size_t i = 0; i < numbers; i++) {
            if (*sections[i].operator== '\0' || meets(&sections[i], value)) {
                *signless = i > 0;
                return &sections[i];
            }
        }
        return &sections[numbers - 1];
    }
    if (value < 0 && numbers >= 2) {
        *signless = true;
        return &sections[1];
    }
    return value > 0 || value < 0 || numbers < 3 ? &sections[0] : &sections[2];
}

static void put_section(double value, const section *s, bool signless, bool date1904, GString *out)
{
    shape is = measure(s->at, s->end);
    if (is.date && put_moment(value, s->at, s->end, date1904, out))
        return;
    if (is.date || is.text || (is.general && is.before == 0 && s->end - s->at == 7)) {
        put_general(value, out);
        return;
    }
    double shown = fabs(value) * pow(100, is.percents) / pow(1000, is.thousands_scale);
    if (value < 0 && !signless)
        g_string_append_c(out, '-');
    if (is.fraction)
        put_fraction(shown, s->at, s->end, out);
    else
        put_places(shown, s->at, s->end, &is, out);
}

void hf_ooxml_format_number(double value, const char *code, bool date1904, GString *out)
{
    section sections[MAX_SECTIONS];
    g_autoptr(GString) shown = g_string_new(NULL);
    size_t n = code != NULL && strlen(code) < 1024 ? read_sections(code, sections) : 0;
    if (n == 0 || !isfinite(value)) {
        put_general(value, shown);
    } else {
        bool signless = false;
        const section *s = choose(sections, n, value, &signless);
        put_section(value, s, signless, date1904, shown);
    }
    g_string_append(out, g_strstrip(shown->str));
}
