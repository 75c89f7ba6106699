#include "cli/tag.h"
#include "holdfast/scope.h"
#include <string.h>

typedef struct {
    bool add;
    char *name, *query; /* query NULL: a list */
    char *ids, *matter, *reason;
    gboolean family, replace, dry_run;
} change;

static void change_clear(change *c)
{
    g_free(c->name);
    g_free(c->query);
    g_free(c->ids);
    g_free(c->matter);
    g_free(c->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(change, change_clear)

/* What was chosen, and what came of it. */
typedef struct {
    hf_vault *vault;
    const change *c;
    GString *notes;            /* what is to be known of the query */
    hf_set *documents;         /* chosen, with their families if asked for */
    uint64_t chosen, families; /* chosen: without what --family adds */
    uint64_t left_out;         /* others of the same families */
    hf_set *changed;
    GPtrArray *before, *after; /* all tags; of hf_tag */
} outcome;

static void outcome_clear(outcome *o)
{
    g_string_free(o->notes, TRUE);
    hf_set_free(o->documents);
    hf_set_free(o->changed);
    g_clear_pointer(&o->before, g_ptr_array_unref);
    g_clear_pointer(&o->after, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(outcome, outcome_clear)

#define UNDONE "no tag was changed"

/* ---- choosing the documents ---- */

static char *documents(uint64_t n)
{
    g_autofree char *count = hf_table_count(n);
    return g_strconcat(count, n == 1 ? " document" : " documents", NULL);
}

static bool count_lacking(hf_scope *scope, hf_scope_lack lack, uint64_t *count, GError **error)
{
    g_autoptr(hf_set) set = hf_scope_lacking(scope, lack, error);
    if (set == NULL)
        return false;
    *count += hf_set_count(set);
    return true;
}

/* What the words of a query could not see: who tags by it must know. */
static bool note_limits(outcome *o, hf_scope *scope, const hf_query *query, GError **error)
{
    size_t n;
    uint64_t lacking = 0;
    const char *const *unknown = hf_query_unknown_words(query, &n);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(o->notes, "No document has \"%s\".\n", unknown[i]);
    if (!hf_query_has_words(query))
        return true;
    if (!count_lacking(scope, HF_SCOPE_NO_TEXT, &lacking, error) ||
        !count_lacking(scope, HF_SCOPE_PARTIAL_TEXT, &lacking, error))
        return false;
    if (lacking == 0)
        return true;
    g_autofree char *count = documents(lacking);
    g_autofree char *have = g_strconcat(count, lacking == 1 ? " has" : " have", NULL);
    g_string_append_printf(o->notes,
                           "%s no text or only a part of it, "
                           "where words find nothing: holdfast search %s%s%s'has:no-text or "
                           "has:partial-text'\n",
                           have, o->c->matter != NULL ? "--matter " : "",
                           o->c->matter != NULL ? o->c->matter : "",
                           o->c->matter != NULL ? " " : "");
    return true;
}

static hf_set *by_query(outcome *o, hf_scope *scope, GError **error)
{
    g_auto(hf_query_fault) fault = {0};
    const change *c = o->c;
    g_autofree char *to = g_strdup_printf("tag %s %s", c->add ? "add" : "remove", c->name);
    g_autoptr(hf_query) query = hf_query_parse(c->query, hf_scope_options(scope), &fault, error);
    g_autoptr(hf_set) found =
        query != NULL ? hf_query_evaluate(query, hf_scope_source(scope), &fault, error) : NULL;
    if (found == NULL) {
        hf_cli_refused(&fault, c->query, UNDONE, error);
        return NULL;
    }
    if (!note_limits(o, scope, query, error) ||
        !hf_cli_log_search(o->vault, "search", c->query, c->matter, hf_set_count(found), 0, to,
                           error))
        return NULL;
    return g_steal_pointer(&found);
}

static bool add_family(void *data, uint32_t id, const int64_t values[HF_COLUMN_LAST])
{
    (void)id;
    hf_set_add(data, (uint32_t)values[HF_COLUMN_FAMILY]);
    return true;
}

static bool widen(outcome *o, hf_scope *scope, hf_set *found, GError **error)
{
    g_autoptr(hf_set) families = hf_set_new();
    hf_set *whole = hf_scope_widen(scope, found, error);
    if (whole == NULL)
        return false;
    o->chosen = hf_set_count(found);
    o->documents = o->c->family ? whole : hf_set_copy(found);
    o->left_out = hf_set_count(whole) - hf_set_count(o->documents);
    if (!o->c->family)
        hf_set_free(whole);
    if (!hf_scope_each_values(scope, found, add_family, families, error))
        return false;
    o->families = hf_set_count(families);
    return true;
}

static bool choose(outcome *o, GError **error)
{
    g_autoptr(hf_scope) scope = hf_scope_open(o->vault, o->c->matter, error);
    g_autoptr(hf_set) found = scope == NULL         ? NULL
                              : o->c->query != NULL ? by_query(o, scope, error)
                                                    : hf_cli_ids(scope, o->c->ids, UNDONE, error);
    return found != NULL && widen(o, scope, found, error);
}

/* ---- changing ---- */

static bool carry_out(hf_vault *vault, void *data, GError **error)
{
    outcome *o = data;
    const change *c = o->c;
    hf_catalog *catalog = hf_vault_catalog(vault);
    g_autofree char *sealed = NULL;
    if (c->query != NULL && (sealed = hf_vault_seal_query(vault, c->query, error)) == NULL)
        return false;
    const hf_tag_how how = {sealed, c->family, c->replace, c->reason};
    o->before = hf_tag_list(catalog, error);
    if (o->before == NULL || !(c->add ? hf_tag_add : hf_tag_remove)(catalog, c->name, o->documents,
                                                                    &how, &o->changed, error))
        return false;
    o->after = hf_tag_list(catalog, error);
    return o->after != NULL;
}

/* Does it all and takes it back: so what is said is what would be done, refusals too. */
static bool try_out(outcome *o, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(o->vault);
    if (!hf_catalog_begin(catalog, error))
        return false;
    bool done = carry_out(o->vault, o, error);
    hf_catalog_rollback(catalog);
    return done;
}

/* What can be done about a document that would have two tags of a group. */
static void advise(const change *c, GError **error)
{
    if (!c->add || c->replace || error == NULL ||
        !g_error_matches(*error, HF_ERROR, HF_ERROR_EXISTS))
        return;
    g_autofree char *said = g_strdup((*error)->message);
    g_clear_error(error);
    g_set_error(error, HF_ERROR, HF_ERROR_EXISTS,
                "%s. --replace takes the other tag off them; holdfast tag list shows the groups",
                said);
}

/* ---- telling ---- */

static uint64_t count_before(const outcome *o, const hf_tag *tag)
{
    for (guint i = 0; i < o->before->len; i++) {
        const hf_tag *old = g_ptr_array_index(o->before, i);
        if (old->id == tag->id)
            return old->documents;
    }
    return 0;
}

static void tell_replaced(const outcome *o)
{
    for (guint i = 0; i < o->after->len; i++) {
        const hf_tag *tag = g_ptr_array_index(o->after, i);
        uint64_t before = count_before(o, tag);
        if (!o->c->add || before <= tag->documents)
            continue;
        g_autofree char *lost = documents(before - tag->documents);
        hf_cli_print("%s \"%s\" of the same group: %s.\n",
                     o->c->dry_run ? "Would take off" : "Taken off", tag->name, lost);
    }
}

static void tell_chosen(const outcome *o)
{
    g_autofree char *chosen = documents(o->chosen);
    g_autofree char *families = hf_table_count(o->families);
    hf_cli_print("Chosen by the %s: %s of %s %s", o->c->query != NULL ? "query" : "list", chosen,
                 families, o->families == 1 ? "family" : "families");
    if (o->c->family) {
        g_autofree char *all = documents(hf_set_count(o->documents));
        hf_cli_print("; with the rest of them %s", all);
    }
    hf_cli_print(".\n");
    if (o->left_out > 0) {
        g_autofree char *rest = documents(o->left_out);
        hf_cli_print("Of the same families, but not chosen: %s (--family takes them in).\n", rest);
    }
}

static void tell(const outcome *o)
{
    const change *c = o->c;
    uint64_t changed = hf_set_count(o->changed);
    g_autofree char *count = documents(changed);
    g_autofree char *others = hf_table_count(hf_set_count(o->documents) - changed);
    static const char *const verbs[2][2] = {{"Untagged", "Would untag"}, {"Tagged", "Would tag"}};
    hf_cli_print("%s \"%s\": %s; %s %s.\n", verbs[c->add][c->dry_run != FALSE], c->name, count,
                 others, c->add ? "had it already" : "did not have it");
    tell_replaced(o);
    tell_chosen(o);
    hf_cli_print("%s", o->notes->str);
    if (c->dry_run)
        hf_cli_print("Nothing was changed.\n");
}

/* ---- tag add, tag remove ---- */

static bool parse(int argc, char **argv, change *c, GError **error)
{
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &c->ids,
         "Choose the documents whose control numbers stand in FILE, one a line (-: standard input)",
         "FILE"},
        {"family", 0, 0, G_OPTION_ARG_NONE, &c->family, "Take in the rest of their families", NULL},
        {"matter", 0, 0, G_OPTION_ARG_STRING, &c->matter, "Choose in this matter only", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &c->reason, "Why, for the audit log", "TEXT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &c->dry_run, "Say what would change, change nothing",
         NULL},
        {"replace", 0, c->add ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &c->replace,
         "Take other tags of the same group off the documents", NULL},
        G_OPTION_ENTRY_NULL,
    };
    const char *command = c->add ? "tag add" : "tag remove";
    if (!hf_cli_options(command, "NAME QUERY | NAME --ids FILE",
                        c->add ? "Tags the documents that a query finds, or that a list names."
                               : "Takes a tag off documents that a query finds, or a list names.",
                        entries, argc, argv, &rest, error))
        return false;
    guint n = g_strv_length(rest);
    if (c->replace && !c->add)
        return hf_cli_usage_error(error, "--replace is an option of tag add");
    if (n == 0 || (n == 1) != (c->ids != NULL))
        return hf_cli_usage_error(
            error, "%s takes a name and either a query or --ids FILE: see holdfast %s --help",
            command, command);
    c->name = g_strdup(rest[0]);
    c->query = n > 1 ? g_strjoinv(" ", rest + 1) : NULL;
    return true;
}

static int change_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    g_auto(change) c = {.add = strcmp(argv[0], "add") == 0};
    g_auto(outcome) o = {.c = &c, .notes = g_string_new(NULL)};
    if (!parse(argc, argv, &c, error))
        return HF_EXIT_USAGE;
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "tag", error);
    o.vault = vault;
    if (vault == NULL || !choose(&o, error))
        return HF_EXIT_INTERNAL;
    if (!(c.dry_run ? try_out(&o, error) : hf_cli_transaction(vault, carry_out, &o, error))) {
        advise(&c, error);
        return HF_EXIT_INTERNAL;
    }
    tell(&o);
    return HF_EXIT_DONE;
}

/* ---- tag rename, tag group ---- */

typedef struct {
    bool rename;
    const char *name, *other; /* other NULL: of no group */
} naming;

static bool name_it(hf_vault *vault, void *data, GError **error)
{
    const naming *n = data;
    return (n->rename ? hf_tag_rename : hf_tag_define)(hf_vault_catalog(vault), n->name, n->other,
                                                       error);
}

static int naming_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    naming n = {.rename = strcmp(argv[0], "rename") == 0};
    gboolean none = FALSE;
    g_auto(GStrv) rest = NULL;
    const GOptionEntry entries[] = {
        {"none", 0, 0, G_OPTION_ARG_NONE, &none, "Take the tag out of its group", NULL},
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry no_entries[] = {G_OPTION_ENTRY_NULL};
    const char *command = n.rename ? "tag rename" : "tag group";
    if (!hf_cli_options(command, n.rename ? "OLD NEW" : "NAME GROUP | NAME --none",
                        n.rename ? "Gives a tag another name. Its documents keep it."
                                 : "Puts a tag into a group, and makes it if it is new: a document "
                                   "has at most one tag of a group.",
                        n.rename ? no_entries : entries, argc, argv, &rest, error))
        return HF_EXIT_USAGE;
    if (g_strv_length(rest) != (none ? 1 : 2)) {
        hf_cli_usage_error(error, "%s takes %s: see holdfast %s --help", command,
                           n.rename ? "the old and the new name"
                                    : "a tag's name and either a group or --none",
                           command);
        return HF_EXIT_USAGE;
    }
    n.name = rest[0];
    n.other = rest[1];
    g_autoptr(hf_vault) vault = hf_cli_open(cli, false, "tag", error);
    return vault != NULL && hf_cli_transaction(vault, name_it, &n, error) ? HF_EXIT_DONE
                                                                          : HF_EXIT_INTERNAL;
}

int hf_tag_command(hf_cli *cli, int argc, char **argv, GError **error)
{
    static const struct {
        const char *name;
        int (*run)(hf_cli *cli, int argc, char **argv, GError **error);
    } acts[] = {
        {"add", change_command},       {"remove", change_command},
        {"rename", naming_command},    {"group", naming_command},
        {"list", hf_tag_list_command}, {"history", hf_tag_history_command},
    };
    for (unsigned i = 0; argc >= 2 && i < G_N_ELEMENTS(acts); i++) {
        if (strcmp(argv[1], acts[i].name) == 0)
            return acts[i].run(cli, argc - 1, argv + 1, error);
    }
    static const char *const parts[] = {"add [OPTION…] NAME QUERY | NAME --ids FILE",
                                        "remove [OPTION…] NAME QUERY | NAME --ids FILE",
                                        "list [--format FORMAT]",
                                        "rename OLD NEW",
                                        "group NAME GROUP | NAME --none",
                                        "history [--format FORMAT] [NAME]",
                                        NULL};
    if (hf_cli_parts_help("tag", parts, argc, argv))
        return HF_EXIT_DONE;
    hf_cli_usage_error(error,
                       "use: holdfast tag add|remove|list|rename|group|history: see holdfast "
                       "help tag");
    return HF_EXIT_USAGE;
}
