/* terms_words.c -- what the search term report says in words. */
#include "report/terms.h"

const char *hf_terms_custodian(const hf_report_terms *report, guint i)
{
    const char *name = g_ptr_array_index(report->custodians, i);
    return name != NULL ? name : "(no custodian)";
}

/* ---- one term ---- */

char *hf_terms_note(const hf_terms_row *row)
{
    g_autoptr(GString) note = g_string_new(NULL);
    if (row->hits[0].documents == 0)
        g_string_append(note, "Hits nothing. ");
    for (char **word = row->unknown; *word != NULL; word++)
        g_string_append_printf(note, "No document that was searched has \"%s\". ", *word);
    if (row->same_as != 0)
        g_string_append_printf(note, "Reads the same as term %u: neither can have unique hits. ",
                               row->same_as);
    if (note->len == 0)
        return NULL;
    g_string_truncate(note, note->len - 1);
    return g_strdup(note->str);
}

/* ---- topics and sentences ---- */

static void add(GPtrArray *list, const char *topic, char *sentence)
{
    g_ptr_array_add(list, g_strdup(topic));
    g_ptr_array_add(list, sentence);
}

static char **finish(GPtrArray *list)
{
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

static char *noise_sentence(const hf_report_terms *report)
{
    if (report->noise == NULL)
        return g_strdup("None: every word is indexed and counts. An index with noise words finds "
                        "other numbers for phrases and distances that have one.");
    g_autofree char *words = g_strjoinv(", ", report->noise);
    return g_strdup_printf("Those of %s: in a phrase each stands for any one word in its place, at "
                           "the ends of a phrase it is dropped, alone it is refused: %s.",
                           report->noise_name != NULL ? report->noise_name : "the list", words);
}

static char *fields_sentence(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (unsigned field = 0; field < HF_FIELD_LAST; field++) {
        if ((HF_FIELDS_DEFAULT & 1u << field) != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "",
                                   hf_index_field_name((hf_field)field));
    }
    return g_strdup_printf("%s (other: keywords, company and further properties), unless a term "
                           "names its field. A phrase or a distance lies within one field.",
                           out->str);
}

static char *dates_sentence(const hf_report_terms *report)
{
    if (report->state.matter != NULL)
        return g_strdup_printf("Days, months and years are those of %s, the zone of the matter.",
                               report->zone);
    return g_strdup_printf("Days, months and years are, for each document, those of its matter's "
                           "zone; without a matter those of %s.",
                           report->zone);
}

char **hf_terms_rules(const hf_report_terms *report)
{
    static const struct {
        const char *topic, *sentence;
    } fixed[] = {
        {"Case and accents", "Upper and lower case are equal; accents are not left out."},
        {"Hyphens and apostrophes",
         "They separate words, as all punctuation does, @ and dot too: e-mail is the phrase e "
         "mail, "
         "can't the phrase can t, an address the phrase of its parts. Only _ joins."},
        {"Distance", "w/5 is a difference of at most five words, each number and single letter "
                     "being one."},
        {"Chinese, Japanese, Thai", "Text without spaces is found by any part of it."},
        {"Encoded blocks", "Lines of base64 and uuencode are no text."},
        {"Documents", "A message and each of its attachments are documents of their own, and what "
                      "was found several times is one: copies add nothing."},
        {"With family", "All documents of the families in which one has a hit, whole families of "
                        "the vault or matter, also where a member is not of the set."},
        {"Unique", "Documents hit by this term and by no other of the list; unique families are "
                   "those in which no other term has a hit."},
        {"Custodians", "A document counts for each custodian with whom a copy was found, so that "
                       "their numbers can come to more than the total."},
    };
    GPtrArray *list = g_ptr_array_new();
    add(list, "Fields searched", fields_sentence());
    add(list, "Noise words", noise_sentence(report));
    add(list, "Dates", dates_sentence(report));
    for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
        add(list, fixed[i].topic, g_strdup(fixed[i].sentence));
    return finish(list);
}

/* ---- the head ---- */

static char *counted(uint64_t count, const char *one, const char *more)
{
    g_autofree char *number = hf_table_count(count);
    return g_strdup_printf("%s %s", number, count == 1 ? one : more);
}

static char *set_sentence(const hf_report_terms *report)
{
    g_autofree char *documents = counted(report->searched[0], "document", "documents");
    g_autofree char *families = counted(report->families, "family", "families");
    g_autoptr(GString) out = g_string_new(NULL);
    if (report->state.matter != NULL)
        g_string_append_printf(out, "matter %s", report->state.matter);
    else
        g_string_append(out, "the whole vault");
    if (report->within != NULL)
        g_string_append_printf(out, ", what is found by: %s (read as: %s)", report->within,
                               report->within_read);
    g_string_append_printf(out, "; %s, of %s", documents, families);
    return g_strdup(out->str);
}

static void append_lack(GString *out, const char *what, const char *how, uint64_t count)
{
    g_autofree char *number = hf_table_count(count);
    if (count > 0)
        g_string_append_printf(out, "%s%s (%s): %s", out->len > 0 ? "; " : "", what, how, number);
}

/* The search of the same set that lists what has `lack`. */
static char *lack_search(const hf_report_terms *report, const char *lack)
{
    const char *matter = report->state.matter;
    g_autofree char *both =
        report->within != NULL ? g_strdup_printf("(%s) and %s", report->within, lack) : NULL;
    g_autofree char *query = both != NULL ? g_shell_quote(both) : g_strdup(lack);
    return g_strdup_printf("search %s%s%s%s", matter != NULL ? "--matter " : "",
                           matter != NULL ? matter : "", matter != NULL ? " " : "", query);
}

static char *lacks_sentence(const hf_report_terms *report)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *none = lack_search(report, "has:no-text");
    g_autofree char *part = lack_search(report, "has:partial-text");
    g_autofree char *encoded = lack_search(report, "has:encoded");
    append_lack(out, "documents of the set without text", none, report->no_text);
    append_lack(out, "with only a part of it", part, report->partial);
    append_lack(out, "with encoded blocks that were left out", encoded, report->encoded);
    append_lack(out, "not in the index yet", "holdfast reindex", report->unindexed);
    if (out->len == 0)
        return g_strdup("Every document of the set has its whole text in the index.");
    g_string_append(out, ". Words that stand there are not found.");
    return g_strdup(out->str);
}

static char *state_sentence(const hf_report_state *state)
{
    g_autofree char *changed = hf_time_format_utc(state->changed);
    g_autofree char *rows = counted(state->log_rows, "entry", "entries");
    return g_strdup_printf("audit log of %s, root %s, last entry %s. The same state gives "
                           "the same report.",
                           rows, state->log_root, *changed != '\0' ? changed : "never");
}

static char *index_sentence(const hf_report_state *state)
{
    g_autofree char *documents = counted(state->documents, "document", "documents");
    g_autofree char *segments = counted(state->segments, "segment", "segments");
    g_autofree char *highest = hf_catalog_control_number(state->highest);
    return g_strdup_printf("%s; %s in scope, the highest %s", segments, documents,
                           state->highest > 0 ? highest : "none");
}

char **hf_terms_about(const hf_report_terms *report)
{
    GPtrArray *list = g_ptr_array_new();
    g_autofree char *terms = counted(report->rows->len, "term", "terms");
    add(list, "Set searched", set_sentence(report));
    add(list, "Not searchable", lacks_sentence(report));
    add(list, "Term list",
        g_strdup_printf("%s, %s%s%s", report->list, terms,
                        report->list_sha256 != NULL ? ", SHA-256 " : "",
                        report->list_sha256 != NULL ? report->list_sha256 : ""));
    add(list, "Vault", g_strdup(report->state.vault));
    add(list, "Vault state", state_sentence(&report->state));
    add(list, "Index", index_sentence(&report->state));
    return finish(list);
}
