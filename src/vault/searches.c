#include "holdfast/vault.h"
#include "vault/spool.h"
#include <string.h>

/* A line of the spool is a search as canonical JSON, the number of a query key, and a mark that only who has that key can make:
 *
 *   {"time":"…","actor":"…",…,"shown":5,"key":3,"mac":"<64 hex>"}
 *
 * mac = HMAC-SHA256(key, link of the line before ‖ the line up to ,"mac"). In the audit log the same object stands without key
 * and mac, as the member "search" of its row. What was changed in the spool, or cut short, goes to the log too, marked as
 * damaged: a search is never lost because something else is wrong.
 *
 * The catalog remembers how far it has moved the spool's lines, in the same transaction: "<SHA-256 of the header> <end of the
 * last line> <its link>". So a line is moved once, whenever the process ends. */
#define MAC_NAME ",\"mac\":\""
#define MAC_BYTES 32u
#define MAC_TAIL (sizeof MAC_NAME - 1 + MAC_BYTES * 2 + 2)
#define KEY_NAME ",\"key\":"
/* What is shown of a damaged line in the log; its length and digest are of all of it. */
#define DAMAGED_SHOWN 16384u
/* Above it, lines that were moved are cut off although others came behind them. */
#define MOVED_AT_MOST (1u << 20)

/* ---- queries ---- */

char *hf_vault_seal_query(hf_vault *vault, const char *text, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    return store != NULL ? hf_store_seal_query(store, text, error) : NULL;
}

char *hf_vault_open_query(hf_vault *vault, const char *sealed, GError **error)
{
    hf_store *store = hf_vault_store(vault, error);
    return store != NULL ? hf_store_open_query(store, sealed, error) : NULL;
}

/* ---- writing a line ---- */

static void write_search(GString *out, const hf_vault_search *search, const char *sealed)
{
    g_autofree char *actor = hf_log_actor();
    g_autofree char *host = hf_log_host();
    hf_json json;
    hf_json_init(&json, out);
    hf_json_object(&json);
    hf_json_pair_time(&json, "time", hf_time_now());
    hf_json_pair(&json, "actor", actor);
    hf_json_pair(&json, "host", host);
    hf_json_pair(&json, "version", HF_VERSION);
    hf_json_pair(&json, "action", search->action);
    hf_json_pair_if(&json, "query", sealed);
    hf_json_pair_if(&json, "matter", search->matter);
    hf_json_pair_if(&json, "object", search->object);
    hf_json_pair_int(&json, "documents", (int64_t)search->documents);
    hf_json_pair_int(&json, "shown", (int64_t)search->shown);
    hf_json_pair_if(&json, "to", search->to);
    hf_json_end_object(&json);
}

static bool mac_of(hf_store *store, uint32_t key, const uint8_t link[HF_SPOOL_HASH],
                   const char *text, size_t n, uint8_t mac[MAC_BYTES], GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(HF_SPOOL_HASH + n);
    memcpy(bytes, link, HF_SPOOL_HASH);
    memcpy(bytes + HF_SPOOL_HASH, text, n);
    return hf_store_mac_search(store, key, bytes, HF_SPOOL_HASH + n, mac, error);
}

static bool append(hf_vault *vault, hf_store *store, GString *line, uint32_t key, GError **error)
{
    uint8_t link[HF_SPOOL_HASH];
    uint8_t mac[MAC_BYTES];
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_APPEND, error);
    if (spool == NULL || !hf_spool_link(spool, link, error) ||
        !mac_of(store, key, link, line->str, line->len, mac, error))
        return false;
    g_autofree char *hex = hf_digest_hex(mac, sizeof mac);
    g_string_append_printf(line, MAC_NAME "%s\"}", hex);
    return hf_spool_append(spool, line->str, line->len, error);
}

static bool log_search(hf_vault *vault, const hf_vault_search *search, GError **error)
{
    uint32_t key = 0;
    hf_store *store = hf_vault_store(vault, error);
    if (store == NULL || !hf_store_query_key(store, &key, error))
        return false;
    g_autofree char *sealed =
        search->query != NULL ? hf_store_seal_query(store, search->query, error) : NULL;
    if (search->query != NULL && sealed == NULL)
        return false;
    g_autoptr(GString) line = g_string_new(NULL);
    write_search(line, search, sealed);
    g_string_truncate(line, line->len - 1);
    g_string_append_printf(line, KEY_NAME "%u", key);
    return append(vault, store, line, key, error);
}

bool hf_vault_log_search(hf_vault *vault, const hf_vault_search *search, GError **error)
{
    if (log_search(vault, search, error))
        return true;
    g_prefix_error(error,
                   "nothing is shown: searches and exports of this vault are logged, and this "
                   "one cannot be: ");
    return false;
}

/* ---- judging a line ---- */

typedef struct {
    const hf_spool_line *line;
    hf_log_search *search; /* NULL: it is damaged */
    const char *damage;
    size_t body; /* bytes of the line that are the search's JSON, without its brace */
} record;

typedef bool (*record_fn)(void *data, const record *r, GError **error);

/* Takes the line apart: the bytes that the mac is over, those of the search, key and mac. */
static bool take_apart(const hf_spool_line *line, size_t *signed_n, size_t *body, uint32_t *key,
                       uint8_t mac[MAC_BYTES])
{
    guint64 number = 0;
    if (line->n <= MAC_TAIL || line->n > HF_SPOOL_LINE_MAX)
        return false;
    *signed_n = (size_t)line->n - MAC_TAIL;
    const char *tail = line->text + *signed_n;
    const char *name = g_strrstr_len(line->text, (gssize)*signed_n, KEY_NAME);
    if (name == NULL || memcmp(tail, MAC_NAME, sizeof MAC_NAME - 1) != 0 ||
        memcmp(tail + MAC_TAIL - 2, "\"}", 2) != 0)
        return false;
    const char *digits = name + sizeof KEY_NAME - 1;
    g_autofree char *shown = g_strndup(digits, (size_t)(tail - digits));
    g_autofree char *hex = g_strndup(tail + sizeof MAC_NAME - 1, MAC_BYTES * 2);
    *body = (size_t)(name - line->text);
    bool right = g_ascii_string_to_unsigned(shown, 10, 1, UINT32_MAX, &number, NULL) &&
                 hf_digest_parse_hex(hex, mac, MAC_BYTES);
    *key = (uint32_t)number;
    return right;
}

static bool check_mac(hf_store *store, record *r, size_t signed_n, uint32_t key,
                      const uint8_t mac[MAC_BYTES], GError **error)
{
    uint8_t own[MAC_BYTES];
    g_autoptr(GError) failed = NULL;
    if (!mac_of(store, key, r->line->before, r->line->text, signed_n, own, &failed)) {
        if (!g_error_matches(failed, HF_ERROR, HF_ERROR_KEY)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        r->damage = "its key is not in the vault";
    } else if (memcmp(own, mac, MAC_BYTES) != 0) {
        r->damage = "it was changed, or what stood before it was changed or taken away";
    }
    return true;
}

static bool judge(hf_vault *vault, hf_store *store, record *r, GError **error)
{
    size_t signed_n = 0;
    uint32_t key = 0;
    uint8_t mac[MAC_BYTES];
    if (r->line->torn)
        r->damage = "it was cut short: whoever wrote it was killed";
    else if (!take_apart(r->line, &signed_n, &r->body, &key, mac))
        r->damage = "it was cut short, or is none that holdfast wrote";
    else if (!check_mac(store, r, signed_n, key, mac, error))
        return false;
    if (r->damage != NULL)
        return true;
    g_autoptr(GString) json = g_string_new_len(r->line->text, (gssize)r->body);
    g_string_append_c(json, '}');
    if (!hf_log_read_search(hf_vault_catalog(vault), json->str, json->len, &r->search, error))
        return false;
    if (r->search == NULL)
        r->damage = "it is none that holdfast wrote";
    return true;
}

/* ---- which lines are not in the log yet ---- */

typedef struct {
    bool known; /* the spool's header is the one that the catalog remembers */
    bool met;   /* and so is the line that it ends with: from there on all is new */
    uint64_t start;
    uint8_t link[HF_SPOOL_HASH];
    char *position; /* that the catalog remembers */
} place;

static void place_clear(place *p)
{
    g_free(p->position);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(place, place_clear)

static char *position_text(const uint8_t header[HF_SPOOL_HASH], uint64_t end,
                           const uint8_t link[HF_SPOOL_HASH])
{
    g_autofree char *header_hex = hf_digest_hex(header, HF_SPOOL_HASH);
    g_autofree char *link_hex = hf_digest_hex(link, HF_SPOOL_HASH);
    return g_strdup_printf("%s %" G_GUINT64_FORMAT " %s", header_hex, end, link_hex);
}

typedef struct {
    place *place;
    uint8_t header[HF_SPOOL_HASH];
} seeking;

static bool seek_line(void *data, const hf_spool_line *line, GError **error)
{
    (void)error;
    seeking *s = data;
    place *p = s->place;
    if (line->first) {
        g_autofree char *hex = hf_digest_hex(line->digest, HF_SPOOL_HASH);
        memcpy(s->header, line->digest, HF_SPOOL_HASH);
        p->known = g_str_has_prefix(p->position, hex);
    }
    if (!p->known || p->met)
        return true;
    g_autofree char *here = position_text(s->header, line->end, line->link);
    p->met = strcmp(here, p->position) == 0;
    if (p->met) {
        p->start = line->end;
        memcpy(p->link, line->link, HF_SPOOL_HASH);
    }
    return true;
}

static bool find_place(hf_vault *vault, hf_spool *spool, place *p, GError **error)
{
    seeking s = {.place = p};
    *p = (place){0};
    return hf_log_folded(hf_vault_catalog(vault), &p->position, error) &&
           hf_spool_each(spool, seek_line, &s, error);
}

typedef struct {
    hf_vault *vault;
    hf_store *store;
    uint64_t start;
    record_fn fn;
    void *data;
} walk;

static bool walk_line(void *data, const hf_spool_line *line, GError **error)
{
    walk *w = data;
    if (line->end <= w->start || line->header)
        return true;
    record r = {.line = line};
    bool done = judge(w->vault, w->store, &r, error) && w->fn(w->data, &r, error);
    hf_log_search_free(r.search);
    return done;
}

/* Every record from `start` on. The vault's keys are opened only if there is one. */
static bool each_record(hf_vault *vault, hf_spool *spool, uint64_t start, record_fn fn, void *data,
                        GError **error)
{
    if (start >= hf_spool_size(spool))
        return true;
    walk w = {vault, hf_vault_store(vault, error), start, fn, data};
    return w.store != NULL && hf_spool_each(spool, walk_line, &w, error);
}

/* ---- folding ---- */

#define FOLDED_PART_CHANGED                                                                        \
    "what was logged of the spool before is not there any more: what follows may be logged twice"

static bool log_damage(hf_catalog *catalog, const char *damage, const hf_spool_line *line,
                       GError **error)
{
    g_autoptr(GString) text = g_string_new("\"search\":");
    hf_json json;
    hf_json_init(&json, text);
    hf_json_object(&json);
    hf_json_pair_time(&json, "time", hf_time_now());
    hf_json_pair(&json, "damage", damage);
    if (line != NULL) {
        g_autofree char *digest = hf_digest_hex(line->digest, HF_SPOOL_HASH);
        hf_json_pair_int(&json, "bytes", (int64_t)line->n);
        hf_json_pair(&json, "sha256", digest);
    }
    if (line != NULL && line->text != NULL) {
        g_autofree char *shown =
            hf_name_display(line->text, (gssize)MIN(line->n, (uint64_t)DAMAGED_SHOWN));
        hf_json_pair(&json, "text", shown);
    }
    hf_json_end_object(&json);
    return hf_log_append(catalog, "search record damaged", text->str, error);
}

static bool fold_record(void *data, const record *r, GError **error)
{
    hf_catalog *catalog = data;
    if (r->damage != NULL)
        return log_damage(catalog, r->damage, r->line, error);
    g_autoptr(GString) text = g_string_new("\"search\":");
    g_string_append_len(text, r->line->text, (gssize)r->body);
    g_string_append_c(text, '}');
    return hf_log_append(catalog, r->search->action, text->str, error);
}

typedef struct {
    uint8_t header[HF_SPOOL_HASH], link[HF_SPOOL_HASH];
    uint64_t end;
} ending;

static bool see_line(void *data, const hf_spool_line *line, GError **error)
{
    (void)error;
    ending *e = data;
    if (line->first)
        memcpy(e->header, line->digest, HF_SPOOL_HASH);
    memcpy(e->link, line->link, HF_SPOOL_HASH);
    e->end = line->end;
    return true;
}

static bool remember_end(hf_catalog *catalog, hf_spool *spool, GError **error)
{
    ending e = {0};
    if (!hf_spool_each(spool, see_line, &e, error))
        return false;
    g_autofree char *position = position_text(e.header, e.end, e.link);
    return hf_log_set_folded(catalog, position, error);
}

/* Under the catalog's lock, so that nobody else counts on the place. */
static bool cut_off_folded(hf_spool *spool, place *p, GError **error)
{
    if (!p->met || p->start < MOVED_AT_MOST || hf_spool_size(spool) - p->start > p->start)
        return true;
    if (!hf_spool_move(spool, p->start, p->link, error))
        return false;
    p->met = p->known = false;
    p->start = 0;
    return true;
}

bool hf_vault_fold_searches(hf_vault *vault, GError **error)
{
    hf_catalog *catalog = hf_vault_catalog(vault);
    g_auto(place) p = {0};
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_CHANGE, error);
    if (spool == NULL)
        return false;
    if (hf_spool_size(spool) == 0)
        return true;
    if (!hf_spool_complete(spool, error) || !find_place(vault, spool, &p, error))
        return false;
    if (p.met && p.start == hf_spool_size(spool))
        return true;
    if (!cut_off_folded(spool, &p, error) ||
        (p.known && !p.met && !log_damage(catalog, FOLDED_PART_CHANGED, NULL, error)))
        return false;
    return each_record(vault, spool, p.start, fold_record, catalog, error) &&
           remember_end(catalog, spool, error);
}

bool hf_vault_searches_folded(hf_vault *vault, GError **error)
{
    g_auto(place) p = {0};
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_CHANGE, error);
    if (spool == NULL)
        return false;
    if (hf_spool_size(spool) == 0)
        return true;
    if (!find_place(vault, spool, &p, error))
        return false;
    return !p.met || p.start < hf_spool_size(spool) || hf_spool_clear(spool, error);
}

/* ---- looking ---- */

typedef struct {
    uint64_t start, count;
} counting;

static bool count_line(void *data, const hf_spool_line *line, GError **error)
{
    (void)error;
    counting *c = data;
    c->count += line->end > c->start && !line->header;
    return true;
}

bool hf_vault_count_spooled(hf_vault *vault, uint64_t *count, GError **error)
{
    g_auto(place) p = {0};
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_READ, error);
    if (spool == NULL || !find_place(vault, spool, &p, error))
        return false;
    counting c = {.start = p.start};
    bool done = hf_spool_each(spool, count_line, &c, error);
    *count = c.count;
    return done;
}

static bool collect(void *data, const record *r, GError **error)
{
    (void)error;
    hf_log_search *search = g_new0(hf_log_search, 1);
    if (r->search != NULL) {
        *search = *r->search;
        *r->search = (hf_log_search){0};
    } else {
        search->time = HF_TIME_NONE;
        search->action = g_strdup("search record damaged");
        search->damage = g_strdup(r->damage);
    }
    search->seq = search->checkpoint = -1;
    g_ptr_array_add(data, search);
    return true;
}

static void free_search(gpointer search)
{
    hf_log_search_free(search);
}

GPtrArray *hf_vault_spooled(hf_vault *vault, GError **error)
{
    g_auto(place) p = {0};
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_READ, error);
    g_autoptr(GPtrArray) searches = g_ptr_array_new_with_free_func(free_search);
    if (spool == NULL || !find_place(vault, spool, &p, error) ||
        !each_record(vault, spool, p.start, collect, searches, error))
        return NULL;
    return g_steal_pointer(&searches);
}

typedef struct {
    hf_vault_spool_finding finding;
    void *data;
    uint64_t count;
    bool torn;
} checking;

static bool check_record(void *data, const record *r, GError **error)
{
    (void)error;
    checking *c = data;
    c->count++;
    c->torn = c->torn || r->line->torn;
    if (r->damage == NULL || r->line->torn)
        return true;
    g_autofree char *sentence = g_strdup_printf(
        "record %" G_GUINT64_FORMAT " of the searches that wait for the audit log is damaged: %s",
        c->count, r->damage);
    c->finding(c->data, sentence);
    return true;
}

bool hf_vault_check_spool(hf_vault *vault, hf_vault_spool_finding finding, void *data,
                          uint64_t *waiting, bool *torn, GError **error)
{
    g_auto(place) p = {0};
    checking c = {.finding = finding, .data = data};
    g_autoptr(hf_spool) spool = hf_spool_open(hf_vault_path(vault), HF_SPOOL_READ, error);
    if (spool == NULL || !find_place(vault, spool, &p, error))
        return false;
    if (p.known && !p.met)
        finding(data, "of the searches that wait for the audit log, some that were there are gone");
    bool done = each_record(vault, spool, p.start, check_record, &c, error);
    *waiting = c.count;
    *torn = c.torn;
    return done;
}
