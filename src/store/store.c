#include "store/parts.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new pack is begun where the next object would go above this. */
#define PACK_BYTES (UINT64_C(256) << 20)
/* A family that was begun stays in its pack as long as that does not grow beyond this. */
#define PACK_BYTES_AT_MOST (4 * PACK_BYTES)
/* Open packs that are kept for reading: two descriptors each. */
#define PACKS_OPEN 64u
/* Finished streams that wait for a sync with their files open. */
#define STREAMS_WAITING 64u

struct hf_store {
    hf_store_mode mode;
    char *objects;
    hf_keys *keys;
    GMutex lock;      /* for all below */
    GQueue recent;    /* open packs, hf_pack, the latest first */
    uint32_t next;    /* number of the next pack; 0: not looked up yet */
    GPtrArray *dirty; /* finished streams that are not synced */
    bool names_dirty; /* objects/ itself is to be synced */
    gint failed;      /* a sync failed: what is on the disk is not known any more; atomic */

    /* The pack that is appended to; used by the appending thread only. */
    hf_pack *current;
    uint64_t end;
    uint32_t slots;
    bool current_dirty;
};

struct hf_family_key {
    gatomicrefcount refs;
    uint8_t key[HF_KEY_BYTES];
    uint32_t pack; /* the pack it was last given a slot in; 0: none */
    uint32_t slot;
};

struct hf_sealed {
    hf_family_key *key;
    uint64_t size;
    size_t stored;
    uint8_t *bytes;
};

/* ---- opening ---- */

static void unref_pack(gpointer pack)
{
    hf_pack_unref(pack);
}

hf_store *hf_store_open(const char *vault, const hf_vaultdir *dir, hf_store_mode mode,
                        const char *key_file, const char *passphrase, GError **error)
{
    g_autoptr(hf_keys) keys =
        hf_keys_open(vault, dir, mode == HF_STORE_WRITE, key_file, passphrase, error);
    if (keys == NULL)
        return NULL;
    hf_store *store = g_new0(hf_store, 1);
    store->mode = mode;
    store->objects = g_build_filename(vault, "objects", NULL);
    store->keys = g_steal_pointer(&keys);
    g_mutex_init(&store->lock);
    g_queue_init(&store->recent);
    store->dirty = g_ptr_array_new_with_free_func(unref_pack);
    return store;
}

void hf_store_free(hf_store *store)
{
    if (store == NULL)
        return;
    g_queue_clear_full(&store->recent, unref_pack);
    g_ptr_array_unref(store->dirty);
    hf_pack_unref(store->current);
    hf_keys_free(store->keys);
    g_mutex_clear(&store->lock);
    g_free(store->objects);
    g_free(store);
}

bool hf_store_sign(hf_store *store, const void *bytes, size_t n, uint8_t signature[64],
                   GError **error)
{
    return hf_keys_sign(store->keys, bytes, n, signature, error);
}

bool hf_store_public_key(hf_store *store, uint8_t key[32], GError **error)
{
    return hf_keys_public(store->keys, key, error);
}

/* ---- family keys and sealed objects ---- */

hf_family_key *hf_family_key_new(void)
{
    hf_family_key *key = g_new0(hf_family_key, 1);
    g_autoptr(GError) error = NULL;
    g_atomic_ref_count_init(&key->refs);
    /* Without random bytes nothing here can go on, and a weak key would be worse than none. */
    if (!hf_crypt_random(key->key, sizeof key->key, &error))
        g_error("%s", error->message);
    return key;
}

hf_family_key *hf_family_key_ref(hf_family_key *key)
{
    g_atomic_ref_count_inc(&key->refs);
    return key;
}

void hf_family_key_unref(hf_family_key *key)
{
    if (key == NULL || !g_atomic_ref_count_dec(&key->refs))
        return;
    hf_crypt_wipe(key, sizeof *key);
    g_free(key);
}

const uint8_t *hf_family_key_bytes(const hf_family_key *key)
{
    return key->key;
}

hf_sealed *hf_store_seal(hf_family_key *key, const void *bytes, size_t n, GError **error)
{
    uint8_t *sealed_bytes = NULL;
    size_t stored = 0;
    if (!hf_object_seal(key->key, bytes, n, &sealed_bytes, &stored, error))
        return NULL;
    hf_sealed *sealed = g_new0(hf_sealed, 1);
    sealed->key = hf_family_key_ref(key);
    sealed->size = n;
    sealed->stored = stored;
    sealed->bytes = sealed_bytes;
    return sealed;
}

size_t hf_sealed_size(const hf_sealed *sealed)
{
    return sealed->stored;
}

void hf_sealed_free(hf_sealed *sealed)
{
    if (sealed == NULL)
        return;
    hf_family_key_unref(sealed->key);
    g_free(sealed->bytes);
    g_free(sealed);
}

/* ---- packs on disk ---- */

typedef struct {
    uint32_t number;
    bool pack;
    bool table;
} found_pack;

static int by_number(gconstpointer a, gconstpointer b)
{
    const found_pack *left = a;
    const found_pack *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* All packs and tables in objects/, ascending by number, a pack and its table as one. */
static GArray *list_packs(const char *objects, GError **error)
{
    DIR *dir = opendir(objects);
    if (dir == NULL) {
        hf_error_set_errno(error, errno, "open", objects);
        return NULL;
    }
    GArray *found = g_array_new(FALSE, TRUE, sizeof(found_pack));
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        bool table = false;
        uint32_t number = hf_pack_parse_name(entry->d_name, &table);
        found_pack one = {number, !table, table};
        if (number != 0)
            g_array_append_val(found, one);
    }
    closedir(dir);
    g_array_sort(found, by_number);
    guint kept = 0;
    for (guint i = 0; i < found->len; i++) {
        found_pack *one = &g_array_index(found, found_pack, i);
        found_pack *last = kept > 0 ? &g_array_index(found, found_pack, kept - 1) : NULL;
        if (last != NULL && last->number == one->number) {
            last->pack = last->pack || one->pack;
            last->table = last->table || one->table;
        } else {
            g_array_index(found, found_pack, kept++) = *one;
        }
    }
    return g_array_set_size(found, kept);
}

/* ---- open packs ---- */

static hf_pack *find_recent(hf_store *store, uint32_t number)
{
    for (GList *link = store->recent.head; link != NULL; link = link->next) {
        hf_pack *pack = link->data;
        if (pack->number != number)
            continue;
        g_queue_unlink(&store->recent, link);
        g_queue_push_head_link(&store->recent, link);
        return hf_pack_ref(pack);
    }
    return NULL;
}

static void remember(hf_store *store, hf_pack *pack)
{
    g_queue_push_head(&store->recent, hf_pack_ref(pack));
    if (store->recent.length > PACKS_OPEN)
        hf_pack_unref(g_queue_pop_tail(&store->recent));
}

static void forget(hf_store *store, uint32_t number)
{
    hf_pack *pack = find_recent(store, number);
    if (pack == NULL)
        return;
    hf_pack_unref(g_queue_pop_head(&store->recent));
    hf_pack_unref(pack);
}

static hf_pack *open_pack(hf_store *store, uint32_t number, GError **error)
{
    uint8_t key[HF_KEY_BYTES];
    if (!hf_keys_get(store->keys, number, key, error))
        return NULL;
    hf_pack *pack = hf_pack_open(store->objects, hf_keys_vault_id(store->keys), number, key,
                                 store->mode == HF_STORE_WRITE, error);
    hf_crypt_wipe(key, sizeof key);
    return pack;
}

static hf_pack *get_pack(hf_store *store, uint32_t number, GError **error)
{
    g_mutex_lock(&store->lock);
    hf_pack *pack = find_recent(store, number);
    if (pack == NULL) {
        pack = open_pack(store, number, error);
        if (pack != NULL)
            remember(store, pack);
    }
    g_mutex_unlock(&store->lock);
    return pack;
}

/* ---- new packs ---- */

static bool writable(hf_store *store, GError **error)
{
    if (store->mode != HF_STORE_WRITE) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "the store was opened for reading only");
        return false;
    }
    if (g_atomic_int_get(&store->failed)) {
        g_set_error(
            error, HF_ERROR, HF_ERROR_IO,
            "an earlier sync of \"%s\" failed: look at the disk, then run the command again",
            store->objects);
        return false;
    }
    return true;
}

static bool find_next(hf_store *store, GError **error)
{
    if (store->next != 0)
        return true;
    g_autoptr(GArray) found = list_packs(store->objects, error);
    if (found == NULL)
        return false;
    store->next = found->len == 0 ? 1 : g_array_index(found, found_pack, found->len - 1).number + 1;
    return true;
}

static hf_pack *begin_pack(hf_store *store, bool single, GError **error)
{
    g_mutex_lock(&store->lock);
    hf_pack *pack = NULL;
    if (writable(store, error) && find_next(store, error)) {
        pack = hf_pack_create(store->objects, hf_keys_vault_id(store->keys), store->next, single,
                              error);
        store->names_dirty = true;
        if (pack != NULL)
            store->next++;
    }
    g_mutex_unlock(&store->lock);
    return pack;
}

/* Gives a pack its table and its key a place; from then on it can be opened. */
static bool complete_pack(hf_store *store, hf_pack *pack, GError **error)
{
    return hf_pack_create_table(pack, error) &&
           hf_keys_put(store->keys, pack->number, pack->key, error);
}

static bool remove_pack(hf_store *store, uint32_t number, GError **error)
{
    return hf_keys_erase(store->keys, number, error) &&
           hf_pack_remove(store->objects, number, error);
}

hf_pack *hf_store_begin_single(hf_store *store, GError **error)
{
    return begin_pack(store, true, error);
}

bool hf_store_keep_single(hf_store *store, hf_pack *pack, const hf_family_key *key, GError **error)
{
    if (!complete_pack(store, pack, error) || !hf_pack_put_slot(pack, 0, key->key, error))
        return false;
    g_mutex_lock(&store->lock);
    bool wait = store->dirty->len < STREAMS_WAITING;
    if (wait)
        g_ptr_array_add(store->dirty, hf_pack_ref(pack));
    remember(store, pack);
    g_mutex_unlock(&store->lock);
    return wait || hf_pack_sync(pack, error);
}

bool hf_store_drop_single(hf_store *store, hf_pack *pack, GError **error)
{
    g_mutex_lock(&store->lock);
    forget(store, pack->number);
    bool done = remove_pack(store, pack->number, error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool hf_store_discard_stream(hf_store *store, const hf_object_ref *ref, GError **error)
{
    g_autoptr(hf_pack) pack = get_pack(store, ref->pack, error);
    if (pack == NULL || !writable(store, error))
        return false;
    if (!pack->single) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "\"%s\" is shared by families and is not removed as one stream", pack->path);
        return false;
    }
    g_mutex_lock(&store->lock);
    for (guint i = 0; i < store->dirty->len; i++) {
        if (((hf_pack *)store->dirty->pdata[i])->number == ref->pack)
            g_ptr_array_remove_index_fast(store->dirty, i--);
    }
    store->names_dirty = true;
    g_mutex_unlock(&store->lock);
    return hf_store_drop_single(store, pack, error);
}

/* ---- appending ---- */

static bool begin_shared(hf_store *store, GError **error)
{
    g_autoptr(hf_pack) pack = begin_pack(store, false, error);
    if (pack == NULL)
        return false;
    if (!complete_pack(store, pack, error)) {
        hf_store_drop_single(store, pack, NULL);
        return false;
    }
    g_mutex_lock(&store->lock);
    remember(store, pack);
    g_mutex_unlock(&store->lock);
    if (store->current != NULL) {
        /* Its sync is still owed. */
        g_mutex_lock(&store->lock);
        g_ptr_array_add(store->dirty, g_steal_pointer(&store->current));
        g_mutex_unlock(&store->lock);
    }
    store->current = g_steal_pointer(&pack);
    store->end = HF_FILE_HEADER_BYTES;
    store->slots = 0;
    store->current_dirty = true;
    return true;
}

static bool fits(const hf_store *store, const hf_family_key *key, size_t n)
{
    if (store->current == NULL)
        return false;
    if (store->end == HF_FILE_HEADER_BYTES)
        return true;
    bool begun = key->pack == store->current->number;
    return store->end + n <= (begun ? PACK_BYTES_AT_MOST : PACK_BYTES);
}

static bool give_slot(hf_store *store, hf_family_key *key, GError **error)
{
    if (key->pack == store->current->number)
        return true;
    if (!hf_pack_put_slot(store->current, store->slots, key->key, error))
        return false;
    key->pack = store->current->number;
    key->slot = store->slots++;
    return true;
}

bool hf_store_append(hf_store *store, hf_family_key *key, const hf_sealed *sealed,
                     hf_object_ref *ref, GError **error)
{
    if (!writable(store, error))
        return false;
    if (sealed->key != key) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL,
                    "an object is appended under another family's key");
        return false;
    }
    if (!fits(store, key, sealed->stored) && !begin_shared(store, error))
        return false;
    store->current_dirty = true;
    if (!give_slot(store, key, error))
        return false;
    /* What a failed write leaves behind lies beyond the end; the next append writes over it. */
    if (!hf_file_pwrite_all(store->current->fd, sealed->bytes, sealed->stored, store->end,
                            store->current->path, error))
        return false;
    *ref = (hf_object_ref){.pack = store->current->number,
                           .slot = key->slot,
                           .offset = store->end,
                           .stored = sealed->stored,
                           .size = sealed->size};
    store->end += sealed->stored;
    return true;
}

static bool sync_packs(hf_store *store, GPtrArray *dirty, bool names, GError **error)
{
    for (guint i = 0; i < dirty->len; i++) {
        if (!hf_pack_sync(dirty->pdata[i], error))
            return false;
    }
    if (store->current_dirty && !hf_pack_sync(store->current, error))
        return false;
    return hf_keys_sync(store->keys, error) &&
           (!names || hf_file_sync_directory(store->objects, error));
}

bool hf_store_sync(hf_store *store, GError **error)
{
    if (!writable(store, error))
        return false;
    g_mutex_lock(&store->lock);
    g_autoptr(GPtrArray) dirty = g_steal_pointer(&store->dirty);
    store->dirty = g_ptr_array_new_with_free_func(unref_pack);
    bool names = store->names_dirty;
    store->names_dirty = false;
    g_mutex_unlock(&store->lock);
    if (sync_packs(store, dirty, names, error)) {
        store->current_dirty = false;
        return true;
    }
    /* After a failed sync the kernel calls the lost pages clean, so that a second one would succeed and lie. */
    g_atomic_int_set(&store->failed, 1);
    return false;
}

/* ---- reading ---- */

bool hf_store_read_stream(hf_store *store, const hf_object_ref *ref, hf_store_piece piece,
                          void *data, GError **error)
{
    uint8_t family[HF_KEY_BYTES];
    g_autoptr(hf_pack) pack = get_pack(store, ref->pack, error);
    if (pack == NULL)
        return false;
    bool done = hf_pack_get_slot(pack, ref->slot, family, error) &&
                hf_object_read(pack->fd, pack->path, family, ref, piece, data, error);
    hf_crypt_wipe(family, sizeof family);
    return done;
}

typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t n;
} whole;

static bool collect(void *data, const void *bytes, size_t n, GError **error)
{
    whole *out = data;
    if (out->bytes == NULL)
        out->bytes = g_try_malloc(out->size);
    if (out->bytes == NULL) {
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "no memory for an object of %zu bytes",
                    out->size);
        return false;
    }
    memcpy(out->bytes + out->n, bytes, n);
    out->n += n;
    return true;
}

GBytes *hf_store_read(hf_store *store, const hf_object_ref *ref, size_t limit, GError **error)
{
    if (ref->size > limit) {
        g_set_error(error, HF_ERROR, HF_ERROR_INVALID,
                    "an object of %" G_GUINT64_FORMAT " bytes is larger than the limit of %zu",
                    ref->size, limit);
        return NULL;
    }
    whole out = {.size = (size_t)ref->size};
    if (hf_store_read_stream(store, ref, collect, &out, error))
        return g_bytes_new_take(out.bytes, out.n);
    g_free(out.bytes);
    return NULL;
}

/* ---- after a kill, and for checking ---- */

typedef struct {
    const hf_store_known *known;
    size_t n;
} known_packs;

static const hf_store_known *find_known(const known_packs *all, uint32_t pack)
{
    size_t low = 0;
    size_t high = all->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->known[middle].pack < pack)
            low = middle + 1;
        else
            high = middle;
    }
    return low < all->n && all->known[low].pack == pack ? &all->known[low] : NULL;
}

static bool is_known(const void *data, uint32_t pack)
{
    return find_known(data, pack) != NULL;
}

static int by_pack(const void *a, const void *b)
{
    const hf_store_known *left = a;
    const hf_store_known *right = b;
    return left->pack < right->pack ? -1 : left->pack > right->pack;
}

static bool remove_unknown(hf_store *store, const known_packs *all, GArray *found, GError **error)
{
    bool removed = false;
    for (guint i = 0; i < found->len; i++) {
        uint32_t number = g_array_index(found, found_pack, i).number;
        if (is_known(all, number))
            continue;
        forget(store, number);
        removed = true;
        if (!remove_pack(store, number, error))
            return false;
    }
    return hf_keys_erase_others(store->keys, is_known, all, error) &&
           (!removed || hf_file_sync_directory(store->objects, error));
}

/* The last shared pack that has room is appended to again. */
static void go_on_with(hf_store *store, hf_pack *pack, const hf_store_known *known)
{
    if (pack->single || known->end >= PACK_BYTES)
        return;
    hf_pack_unref(store->current);
    store->current = hf_pack_ref(pack);
    store->end = known->end;
    store->slots = known->slots;
}

static bool recover_packs(hf_store *store, const known_packs *all, GError **error)
{
    bool whole_vault = true;
    for (size_t i = 0; i < all->n; i++) {
        g_autoptr(GError) reason = NULL;
        g_autoptr(hf_pack) pack = open_pack(store, all->known[i].pack, &reason);
        if (pack != NULL && hf_pack_cut(pack, MAX(all->known[i].end, HF_FILE_HEADER_BYTES),
                                        all->known[i].slots, &reason)) {
            go_on_with(store, pack, &all->known[i]);
            continue;
        }
        /* One damaged pack must not keep the scratch of the others; the first damage is told at the end. */
        if (whole_vault)
            g_propagate_error(error, g_steal_pointer(&reason));
        whole_vault = false;
    }
    return whole_vault;
}

bool hf_store_recover(hf_store *store, const hf_store_known *known, size_t n, GError **error)
{
    if (!writable(store, error))
        return false;
    if (store->current != NULL || store->dirty->len > 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "recovery comes before the first append");
        return false;
    }
    g_autofree hf_store_known *sorted = g_memdup2(known, n * sizeof *known);
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_pack);
    known_packs all = {sorted, n};
    g_autoptr(GArray) found = list_packs(store->objects, error);
    if (found == NULL || !remove_unknown(store, &all, found, error))
        return false;
    /* A number that the catalog knows is not given again, even if its pack is lost. */
    store->next = n == 0 ? 1 : sorted[n - 1].pack + 1;
    return recover_packs(store, &all, error);
}

static uint64_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static hf_store_pack look_at(hf_store *store, uint32_t number)
{
    hf_store_pack out = {.pack = number};
    g_autofree char *path = hf_pack_path(store->objects, number);
    g_autoptr(hf_pack) pack = open_pack(store, number, NULL);
    out.size = file_size(path);
    out.openable = pack != NULL && hf_pack_check_table(pack, NULL);
    if (pack != NULL)
        hf_pack_count_slots(pack, &out.slots, NULL);
    return out;
}

GArray *hf_store_packs(hf_store *store, GError **error)
{
    g_autoptr(GArray) found = list_packs(store->objects, error);
    if (found == NULL)
        return NULL;
    GArray *packs = g_array_sized_new(FALSE, FALSE, sizeof(hf_store_pack), found->len);
    for (guint i = 0; i < found->len; i++) {
        hf_store_pack one = look_at(store, g_array_index(found, found_pack, i).number);
        g_array_append_val(packs, one);
    }
    return packs;
}

bool hf_store_slot_live(hf_store *store, uint32_t pack, uint32_t slot)
{
    uint8_t family[HF_KEY_BYTES];
    g_autoptr(hf_pack) opened = get_pack(store, pack, NULL);
    bool live = opened != NULL && hf_pack_get_slot(opened, slot, family, NULL);
    hf_crypt_wipe(family, sizeof family);
    return live;
}

bool hf_store_rotate(hf_store *store, GError **error)
{
    return writable(store, error) && hf_keys_rotate(store->keys, error);
}

hf_keys *hf_store_keys(hf_store *store)
{
    return store->keys;
}

bool hf_store_forget_queries(hf_store *store, hf_time before, unsigned *destroyed, GError **error)
{
    return writable(store, error) && hf_keys_forget_queries(store->keys, before, destroyed, error);
}

bool hf_store_count_queries(hf_store *store, hf_time before, hf_store_query_keys *out,
                            GError **error)
{
    return hf_keys_count_queries(store->keys, before, &out->live, &out->destroyed, &out->due,
                                 error);
}
