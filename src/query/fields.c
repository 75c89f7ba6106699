/* fields.c -- the fields of the query language, one row each. */
#include "query/tree.h"

#include <string.h>

#define WORDS(name, fields)                                                                        \
    {                                                                                              \
        name, HF_QUERY_FIELD_WORDS, HF_QUERY_NO_VALUE, fields, HF_COLUMN_LAST, false               \
    }
#define VALUE(name, value, wildcards)                                                              \
    {                                                                                              \
        name, HF_QUERY_FIELD_VALUE, value, 0, HF_COLUMN_LAST, wildcards                            \
    }
#define TIMES(name, column)                                                                        \
    {                                                                                              \
        name, HF_QUERY_FIELD_TIME, HF_QUERY_NO_VALUE, 0, column, false                             \
    }
#define BIT(field) (1u << HF_FIELD_##field)

static const hf_query_field fields[] = {
    WORDS("author", BIT(AUTHOR)),
    VALUE("bates", HF_QUERY_BATES, false),
    WORDS("bcc", BIT(BCC)),
    WORDS("body", BIT(BODY)),
    WORDS("cc", BIT(CC)),
    TIMES("created", HF_COLUMN_CREATED),
    VALUE("custodian", HF_QUERY_CUSTODIAN, false),
    TIMES("date", HF_COLUMN_DATE),
    VALUE("exception", HF_QUERY_EXCEPTION, false),
    TIMES("familydate", HF_COLUMN_FAMILY_DATE),
    WORDS("filename", BIT(FILENAME)),
    WORDS("from", BIT(FROM)),
    VALUE("has", HF_QUERY_HAS, false),
    VALUE("hash", HF_QUERY_HASH, false),
    VALUE("hold", HF_QUERY_HOLD, false),
    VALUE("language", HF_QUERY_LANGUAGE, false),
    VALUE("matter", HF_QUERY_MATTER, false),
    VALUE("mime", HF_QUERY_MIME, true),
    TIMES("modified", HF_COLUMN_MODIFIED),
    VALUE("msgid", HF_QUERY_MSGID, true), /* an id may have any character */
    WORDS("other", BIT(OTHER)),
    WORDS("participants", BIT(FROM) | BIT(TO) | BIT(CC) | BIT(BCC)),
    VALUE("path", HF_QUERY_PATH, true),
    VALUE("production", HF_QUERY_PRODUCTION, false),
    TIMES("received", HF_COLUMN_RECEIVED),
    VALUE("saved", HF_QUERY_SAVED, false),
    TIMES("sent", HF_COLUMN_SENT),
    {"size", HF_QUERY_FIELD_SIZE, HF_QUERY_NO_VALUE, 0, HF_COLUMN_SIZE, false},
    VALUE("source", HF_QUERY_SOURCE, true),
    WORDS("subject", BIT(SUBJECT)),
    VALUE("tag", HF_QUERY_TAG, false),
    WORDS("title", BIT(TITLE)),
    WORDS("to", BIT(TO)),
    VALUE("type", HF_QUERY_TYPE, true),
};

/* What other systems and people call them. */
static const struct {
    const char *name, *ours;
} other_names[] = {
    {"sender", "from"},
    {"recipient", "to"},
    {"recipients", "to"},
    {"participant", "participants"},
    {"email", "participants"},
    {"domain", "participants"},
    {"subj", "subject"},
    {"re", "subject"},
    {"text", "body"},
    {"content", "body"},
    {"name", "filename"},
    {"file", "filename"},
    {"folder", "path"},
    {"filepath", "path"},
    {"ext", "type"},
    {"extension", "type"},
    {"filetype", "type"},
    {"doctype", "type"},
    {"kind", "type"},
    {"mimetype", "mime"},
    {"lang", "language"},
    {"filesize", "size"},
    {"datesent", "sent"},
    {"sentdate", "sent"},
    {"datereceived", "received"},
    {"datecreated", "created"},
    {"lastmodified", "modified"},
    {"datemodified", "modified"},
    {"messageid", "msgid"},
    {"attachment", "has"},
    {"hasattachment", "has"},
    {"begbates", "bates"},
    {"md5", "hash"},
    {"sha256", "hash"},
    {"tags", "tag"},
    {"custodians", "custodian"},
    {"keywords", "other"},
    {"creator", "author"},
};

const hf_query_field *hf_query_field_find(const char *name, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == n && g_ascii_strncasecmp(fields[i].name, name, n) == 0)
            return &fields[i];
    return NULL;
}

const char *hf_query_field_other_name(const char *name, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++)
        if (strlen(other_names[i].name) == n &&
            g_ascii_strncasecmp(other_names[i].name, name, n) == 0)
            return other_names[i].ours;
    return NULL;
}

const char *const *hf_query_has_names(void)
{
    static const char *const names[] = {
        "attachment", "parent",    "text",      "no-text", "partial-text",
        "date",       "exception", "tag",       "hidden",  "tracked-changes",
        "comments",   "macros",    "encrypted", "signed",  "encoded",
        NULL,
    };
    return names;
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

static char *has_value(const char *text, char **message, char **advice)
{
    g_autofree char *name = g_ascii_strdown(text, -1);
    const char *const *names = hf_query_has_names();
    if (g_strv_contains(names, name))
        return g_steal_pointer(&name);
    g_autofree char *all = g_strjoinv(", ", (char **)(void *)names);
    *message = g_strdup("has: asks for something else");
    *advice = g_strdup_printf("write one of: %s", all);
    return NULL;
}

/* "image/" and "image" followed by a slash and a star are the same: all types that begin so. */
static char *type_value(const hf_query_field *field, const char *text, char **message,
                        char **advice)
{
    g_autofree char *type = g_ascii_strdown(text, -1);
    bool media = strchr(type, '/') != NULL;
    if (g_str_has_suffix(type, "/*"))
        type[strlen(type) - 1] = '\0';
    if (strpbrk(type, "*?") == NULL && (media || field->value == HF_QUERY_TYPE))
        return g_steal_pointer(&type);
    *message = media || field->value == HF_QUERY_TYPE
                   ? g_strdup("a type may have a star only after its slash")
                   : g_strdup("mime: takes a media type, which has a slash");
    *advice = field->value == HF_QUERY_TYPE
                  ? g_strdup("write type:image/* or type:email")
                  : g_strdup_printf("write mime:image/* or mime:application/pdf; words such as "
                                    "email are asked of type:");
    return NULL;
}

#define LANGUAGE_MOST 8 /* hf_index_code */

static char *language_value(const char *text, char **message, char **advice)
{
    g_autofree char *code = g_ascii_strdown(text, -1);
    size_t n = strlen(code), letters = strspn(code, "abcdefghijklmnopqrstuvwxyz");
    bool region = code[letters] == '-' && code[letters + 1] != '\0' &&
                  strspn(code + letters, "-abcdefghijklmnopqrstuvwxyz0123456789") == n - letters;
    bool whole = letters == n && (letters <= 3 || strcmp(code, "none") == 0);
    if (n <= LANGUAGE_MOST && letters >= 2 && (whole || (letters <= 3 && region)))
        return g_steal_pointer(&code);
    *message = g_strdup("a language is asked for by its code");
    *advice = g_strdup("write en, de, fr, zh-hant and the like, or none where no language was "
                       "recognised");
    return NULL;
}

static char *msgid_value(const char *text, char **message, char **advice)
{
    size_t n = strlen(text);
    bool bracketed = n > 2 && text[0] == '<' && text[n - 1] == '>';
    g_autofree char *id = bracketed ? g_strndup(text + 1, n - 2) : g_strdup(text);
    if (strpbrk(id, "<>") == NULL)
        return g_steal_pointer(&id);
    *message = g_strdup("a Message-ID has no angle brackets within");
    *advice = g_strdup("write the id as the message's header has it, one at a time");
    return NULL;
}

/* Where the digits at the end of a Bates number begin; NULL if it has none or other characters than such numbers have. */
static const char *bates_digits(const char *number)
{
    const char *digits = number + strlen(number);
    for (const char *at = number; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("-_.#", *at) == NULL)
            return NULL;
    while (digits > number && g_ascii_isdigit(digits[-1]))
        digits--;
    return *digits != '\0' ? digits : NULL;
}

/* Whether `last` is before `first`, both with digits at `a` and `b`. */
static bool bates_reversed(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    size_t n = strlen(a), m = strlen(b);
    return n != m ? n > m : strcmp(a, b) > 0;
}

static char *bates_value(const char *text, char **message, char **advice)
{
    const char *dots = strstr(text, "..");
    g_autofree char *first = dots != NULL ? g_strndup(text, (gsize)(dots - text)) : g_strdup(text);
    const char *last = dots != NULL ? dots + 2 : first;
    const char *a = bates_digits(first), *b = bates_digits(last);
    *advice = NULL;
    if (a == NULL || b == NULL) {
        *message = g_strdup("a Bates number is a prefix and digits, without a space");
        *advice = g_strdup("write bates:ABC0000123 or bates:ABC0000123..ABC0000456");
        return NULL;
    }
    size_t n = (size_t)(a - first), m = (size_t)(b - last);
    if (n != m || g_ascii_strncasecmp(first, last, n) != 0) {
        *message = g_strdup("the two Bates numbers have different prefixes");
        *advice = g_strdup("write a range for each prefix, joined by or");
        return NULL;
    }
    if (!bates_reversed(a, b))
        return g_strdup(text);
    *message = g_strdup("the range is empty: it ends before it begins");
    *advice = g_strdup_printf("write bates:%s..%s", last, first);
    return NULL;
}

static char *checked(const hf_query_field *field, const char *value, char **message, char **advice)
{
    switch (field->value) {
    case HF_QUERY_HASH:
        return hash_value(value, message, advice);
    case HF_QUERY_EXCEPTION:
        return exception_value(value, message, advice);
    case HF_QUERY_TYPE:
    case HF_QUERY_MIME:
        return type_value(field, value, message, advice);
    case HF_QUERY_LANGUAGE:
        return language_value(value, message, advice);
    case HF_QUERY_MSGID:
        return msgid_value(value, message, advice);
    case HF_QUERY_HAS:
        return has_value(value, message, advice);
    case HF_QUERY_BATES:
        return bates_value(value, message, advice);
    default:
        return g_strdup(value);
    }
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
    return checked(field, value, message, advice);
}
