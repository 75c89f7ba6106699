/* Documents by chance: few words, so that queries find something, in many shapes. */
#include "oracle/oracle.h"
#include <string.h>

/* Plurals, typing errors, names that sound alike, numbers, accents, addresses, scripts without spaces: each is what some
 * operator is for. */
static const char *const vocabulary[] = {
    "apple",
    "apples",
    "Apple",
    "appel",
    "aple",
    "apply",
    "applied",
    "applies",
    "applesauce",
    "banana",
    "bananas",
    "bannana",
    "bandana",
    "pear",
    "pears",
    "peer",
    "can",
    "can't",
    "t",
    "the",
    "The",
    "of",
    "and",
    "or",
    "not",
    "to",
    "contains",
    "contract",
    "Contracts",
    "contracted",
    "sub-contract",
    "Smith",
    "Smyth",
    "Schmidt",
    "Robert",
    "Rupert",
    "Tymczak",
    "Ashcraft",
    "12",
    "13",
    "024",
    "1999",
    "2001",
    "20015",
    "007",
    "12345678901234567890",
    "x1",
    "a1b2",
    "foo_bar",
    "foo",
    "bar",
    "_foo_",
    "caf\303\251",
    "cafe\314\201",
    "cafe",
    "Stra\303\237e",
    "STRASSE",
    "\357\254\201le",
    "file",
    "\303\205ngstr\303\266m",
    "na\303\257ve",
    "\346\227\245\346\234\254\350\252\236",
    "\346\227\245\346\234\254",
    "\346\227\245",
    "\346\235\261\344\272\254",
    "\344\272\254\351\203\275",
    "\346\234\254",
    "\355\225\234\352\265\255\354\226\264",
    "\353\213\253",
    "\320\274\320\270\321\200",
    "\331\241\331\242",
    "joe@acme.com",
    "Joe",
    "acme",
    "com",
    "joe.roe@acme.com",
    "mail",
    "e-mail",
    "and/or",
    "xfirstword",
    "$5,000.00",
    "a\302\255pple",
};

static const hf_field fields[] = {
    HF_FIELD_BODY,   HF_FIELD_BODY,     HF_FIELD_BODY,  HF_FIELD_SUBJECT, HF_FIELD_FROM,
    HF_FIELD_TO,     HF_FIELD_TO,       HF_FIELD_CC,    HF_FIELD_BCC,     HF_FIELD_TITLE,
    HF_FIELD_AUTHOR, HF_FIELD_FILENAME, HF_FIELD_OTHER,
};

void oracle_text_free(oracle_text *text)
{
    g_free(text->text);
    g_free(text);
}

void oracle_sample_free(oracle_sample *sample)
{
    g_ptr_array_unref(sample->texts);
    g_ptr_array_unref(sample->values);
    g_free(sample);
}

static oracle_sample *sample_new(uint32_t id)
{
    oracle_sample *sample = g_new0(oracle_sample, 1);
    sample->id = id;
    sample->texts = g_ptr_array_new_with_free_func((GDestroyNotify)oracle_text_free);
    sample->values = g_ptr_array_new_with_free_func(g_free);
    return sample;
}

static void add_text(oracle_sample *sample, hf_field field, bool alone, char *words)
{
    oracle_text *text = g_new0(oracle_text, 1);
    *text = (oracle_text){field, alone, words};
    g_ptr_array_add(sample->texts, text);
}

oracle_sample *oracle_sample_copy(const oracle_sample *sample)
{
    oracle_sample *copy = sample_new(sample->id);
    for (guint i = 0; i < sample->texts->len; i++) {
        const oracle_text *text = g_ptr_array_index(sample->texts, i);
        add_text(copy, text->field, text->alone, g_strdup(text->text));
    }
    memcpy(copy->columns, sample->columns, sizeof copy->columns);
    copy->zone = sample->zone;
    for (guint i = 0; i < sample->values->len; i++)
        g_ptr_array_add(copy->values, g_strdup(g_ptr_array_index(sample->values, i)));
    return copy;
}

GTimeZone *oracle_zone(unsigned number)
{
    static const char *const names[ORACLE_ZONES] = {"UTC", "America/New_York", "Asia/Tokyo"};
    return g_time_zone_new_identifier(names[number]);
}

/* Words between which there is something that separates them; sometimes one word over and over, or a long way between. */
static char *make_text(GRand *random)
{
    static const char *const between[] = {" ", " ", " ", ", ", ". ", "\n", " -- ", "/", "@"};
    /* Documents have favourite words, so that the same ones meet again and again. */
    gint32 from = g_rand_int_range(random, 0, G_N_ELEMENTS(vocabulary));
    gint32 most = g_rand_int_range(random, 0, 4) == 0 ? 60 : 14;
    gint32 n = g_rand_int_range(random, 0, most);
    bool narrow = g_rand_boolean(random);
    GString *out = g_string_new(NULL);
    for (gint32 i = 0; i < n; i++) {
        gint32 word = narrow ? from + g_rand_int_range(random, 0, 6)
                             : g_rand_int_range(random, 0, G_N_ELEMENTS(vocabulary));
        if (i > 0)
            g_string_append(out, between[g_rand_int_range(random, 0, G_N_ELEMENTS(between))]);
        g_string_append(out, vocabulary[word % (gint32)G_N_ELEMENTS(vocabulary)]);
        gint32 gap = g_rand_int_range(random, 0, 60) == 0 ? g_rand_int_range(random, 1, 70) : 0;
        for (; gap > 0; gap--)
            g_string_append(out, " zz");
    }
    return g_string_free(out, FALSE);
}

/* Half of them near a midnight somewhere, where the zone decides the day. */
static int64_t make_time(GRand *random)
{
    if (g_rand_int_range(random, 0, 6) == 0)
        return HF_TIME_NONE;
    int64_t time =
        hf_time_from_civil(2000 + g_rand_int_range(random, 0, 3), g_rand_int_range(random, 1, 13),
                           g_rand_int_range(random, 1, 29), 0, 0, 0);
    if (g_rand_boolean(random))
        return time + (int64_t)g_rand_int_range(random, 0, 86400) * HF_TIME_SECOND;
    static const int hours[] = {0, 4, 5, 15};
    return time + hours[g_rand_int_range(random, 0, 4)] * 3600 * HF_TIME_SECOND -
           g_rand_int_range(random, 0, 2);
}

oracle_sample *oracle_generate_sample(GRand *random, uint32_t id)
{
    static const char *const values[] = {"custodian:Jane Roe", "custodian:smith", "tag:hot",
                                         "tag:privileged",     "has:attachment",  "language:en"};
    oracle_sample *sample = sample_new(id);
    gint32 n = g_rand_int_range(random, 0, 6);
    for (gint32 i = 0; i < n; i++) {
        hf_field field = fields[g_rand_int_range(random, 0, G_N_ELEMENTS(fields))];
        bool alone = field == HF_FIELD_FILENAME && g_rand_boolean(random);
        add_text(sample, field, alone, make_text(random));
    }
    for (int i = 0; i < HF_COLUMN_LAST; i++)
        sample->columns[i] = make_time(random);
    sample->columns[HF_COLUMN_SIZE] = g_rand_int_range(random, 0, 3) == 0
                                          ? 1024 * g_rand_int_range(random, 0, 4)
                                          : g_rand_int_range(random, 0, 3 * 1024 * 1024);
    sample->zone = (unsigned)g_rand_int_range(random, 0, ORACLE_ZONES);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        if (g_rand_boolean(random))
            g_ptr_array_add(sample->values, g_strdup(values[i]));
    return sample;
}
