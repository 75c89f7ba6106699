/* fields.c -- the fields of the query language, one row each. */
#include "query/tree.h"

#include <string.h>

#define WORDS(name, field)                                                                         \
    {                                                                                              \
        name, HF_QUERY_FIELD_WORDS, HF_QUERY_NO_VALUE, 1u << (field), HF_COLUMN_LAST, false        \
    }
#define VALUE(name, value, wildcards)                                                              \
    {                                                                                              \
        name, HF_QUERY_FIELD_VALUE, value, 0, HF_COLUMN_LAST, wildcards                            \
    }
#define TIMES(name, column)                                                                        \
    {                                                                                              \
        name, HF_QUERY_FIELD_TIME, HF_QUERY_NO_VALUE, 0, column, false                             \
    }

static const hf_query_field fields[] = {
    WORDS("author", HF_FIELD_AUTHOR),
    WORDS("bcc", HF_FIELD_BCC),
    WORDS("body", HF_FIELD_BODY),
    WORDS("cc", HF_FIELD_CC),
    VALUE("custodian", HF_QUERY_CUSTODIAN, false),
    TIMES("date", HF_COLUMN_DATE),
    VALUE("exception", HF_QUERY_EXCEPTION, false),
    WORDS("filename", HF_FIELD_FILENAME),
    WORDS("from", HF_FIELD_FROM),
    VALUE("hash", HF_QUERY_HASH, false),
    VALUE("matter", HF_QUERY_MATTER, false),
    VALUE("path", HF_QUERY_PATH, true),
    TIMES("sent", HF_COLUMN_SENT),
    WORDS("subject", HF_FIELD_SUBJECT),
    WORDS("title", HF_FIELD_TITLE),
    WORDS("to", HF_FIELD_TO),
    VALUE("type", HF_QUERY_TYPE, true),
};

const hf_query_field *hf_query_field_find(const char *name, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == n && g_ascii_strncasecmp(fields[i].name, name, n) == 0)
            return &fields[i];
    return NULL;
}

static char *join_names(void)
{
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", fields[i].name);
    return g_string_free(names, FALSE);
}

const char *hf_query_field_names(void)
{
    static char *names;
    if (g_once_init_enter(&names))
        g_once_init_leave(&names, join_names());
    return names;
}

static char *hash_value(const char *text, char **message, char **advice)
{
    size_t n = strlen(text);
    bool hexadecimal = strspn(text, "0123456789abcdefABCDEF") == n;
    if (hexadecimal && (n == 32 || n == 64))
        return g_ascii_strdown(text, -1);
    *message = g_strdup("a hash is 32 (MD5) or 64 (SHA-256) hexadecimal digits");
    *advice = g_strdup_printf("this has %zu characters: give the whole hash", n);
    return NULL;
}

static char *exception_value(const char *text, char **message, char **advice)
{
    g_autofree char *name = g_ascii_strdown(text, -1);
    if (strcmp(name, "any") == 0 || hf_error_item_parse(name) >= 0)
        return g_steal_pointer(&name);
    GString *names = g_string_new("write any, or one of: ");
    for (int code = 0; code < HF_ITEM_LAST; code++)
        g_string_append_printf(names, "%s%s", code > 0 ? ", " : "",
                               hf_error_item_name((hf_item_error)code));
    *message = g_strdup("there is no such exception");
    *advice = g_string_free(names, FALSE);
    return NULL;
}

/* "image/" and "image" followed by a slash and a star are the same: all types that begin so. */
static char *type_value(const char *text, char **message, char **advice)
{
    g_autofree char *type = g_ascii_strdown(text, -1);
    if (g_str_has_suffix(type, "/*"))
        type[strlen(type) - 1] = '\0';
    if (strpbrk(type, "*?") == NULL)
        return g_steal_pointer(&type);
    *message = g_strdup("a type may have a star only after its slash");
    *advice = g_strdup("write type:image/* or type:email");
    return NULL;
}

char *hf_query_field_value(const hf_query_field *field, const char *text, char **message,
                           char **advice)
{
    g_autofree char *value = g_strstrip(g_strdup(text));
    if (*value == '\0') {
        *message = g_strdup_printf("%s: has no value", field->name);
        *advice = g_strdup_printf("write what is looked for after the colon");
        return NULL;
    }
    if (!field->wildcards && strpbrk(value, "*?") != NULL) {
        *message = g_strdup_printf("%s: takes a whole value, not a pattern", field->name);
        *advice =
            g_strdup_printf("write the value in full, or join several: %s:(a or b)", field->name);
        return NULL;
    }
    if (field->value == HF_QUERY_HASH)
        return hash_value(value, message, advice);
    if (field->value == HF_QUERY_EXCEPTION)
        return exception_value(value, message, advice);
    if (field->value == HF_QUERY_TYPE)
        return type_value(value, message, advice);
    return g_steal_pointer(&value);
}
