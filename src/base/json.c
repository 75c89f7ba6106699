#include "holdfast/base.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void hf_json_init(hf_json *json, GString *out)
{
    *json = (hf_json){.out = out};
}

/* Puts the comma that a value needs before it. */
static void before_value(hf_json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    uint64_t bit = UINT64_C(1) << json->depth;
    if (json->depth > 0 && (json->started & bit) != 0)
        g_string_append_c(json->out, ',');
    json->started |= bit;
}

static void open_level(hf_json *json, char c)
{
    before_value(json);
    g_string_append_c(json->out, c);
    g_assert(json->depth < 63);
    json->depth++;
    json->started &= ~(UINT64_C(1) << json->depth);
}

static void close_level(hf_json *json, char c)
{
    g_assert(json->depth > 0);
    json->depth--;
    g_string_append_c(json->out, c);
}

void hf_json_object(hf_json *json)
{
    open_level(json, '{');
}

void hf_json_array(hf_json *json)
{
    open_level(json, '[');
}

void hf_json_end_object(hf_json *json)
{
    close_level(json, '}');
}

void hf_json_end_array(hf_json *json)
{
    close_level(json, ']');
}

static void append_quoted(GString *out, const char *value, size_t n)
{
    g_string_append_c(out, '"');
    const char *run = value;
    for (const char *p = value; p < value + n; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        g_string_append_len(out, run, p - run);
        run = p + 1;
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", c);
        else if (c == '\n')
            g_string_append(out, "\\n");
        else if (c == '\t')
            g_string_append(out, "\\t");
        else if (c == '\r')
            g_string_append(out, "\\r");
        else
            g_string_append_printf(out, "\\u%04x", c);
    }
    g_string_append_len(out, run, value + n - run);
    g_string_append_c(out, '"');
}

void hf_json_string_n(hf_json *json, const char *value, size_t n)
{
    before_value(json);
    if (g_utf8_validate(value, (gssize)n, NULL)) {
        append_quoted(json->out, value, n);
        return;
    }
    g_autofree char *shown = hf_name_display(value, (gssize)n);
    append_quoted(json->out, shown, strlen(shown));
}

void hf_json_string(hf_json *json, const char *value)
{
    if (value == NULL)
        hf_json_null(json);
    else
        hf_json_string_n(json, value, strlen(value));
}

void hf_json_key(hf_json *json, const char *key)
{
    before_value(json);
    append_quoted(json->out, key, strlen(key));
    g_string_append_c(json->out, ':');
    json->after_key = true;
}

void hf_json_int(hf_json *json, int64_t value)
{
    before_value(json);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void hf_json_double(hf_json *json, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    before_value(json);
    g_string_append(json->out, isfinite(value)
                                   ? g_ascii_formatd(buffer, sizeof buffer, "%.6g", value)
                                   : "null");
}

void hf_json_bool(hf_json *json, bool value)
{
    before_value(json);
    g_string_append(json->out, value ? "true" : "false");
}

void hf_json_null(hf_json *json)
{
    before_value(json);
    g_string_append(json->out, "null");
}

void hf_json_raw(hf_json *json, const char *value)
{
    before_value(json);
    g_string_append(json->out, value);
}

void hf_json_time(hf_json *json, hf_time t)
{
    if (t == HF_TIME_NONE) {
        hf_json_null(json);
        return;
    }
    g_autofree char *text = hf_time_format_utc(t);
    hf_json_string(json, text);
}

void hf_json_pair(hf_json *json, const char *key, const char *value)
{
    hf_json_key(json, key);
    hf_json_string(json, value);
}

void hf_json_pair_if(hf_json *json, const char *key, const char *value)
{
    if (value != NULL)
        hf_json_pair(json, key, value);
}

void hf_json_pair_int(hf_json *json, const char *key, int64_t value)
{
    hf_json_key(json, key);
    hf_json_int(json, value);
}

void hf_json_pair_bool(hf_json *json, const char *key, bool value)
{
    hf_json_key(json, key);
    hf_json_bool(json, value);
}

void hf_json_pair_time(hf_json *json, const char *key, hf_time t)
{
    hf_json_key(json, key);
    hf_json_time(json, t);
}
