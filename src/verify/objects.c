#include "verify/parts.h"

/* Objects that lie one after another are read by one thread, up to so many or so many bytes. */
#define TASK_OBJECTS 64u
#define TASK_BYTES (UINT64_C(1) << 20)
/* Tasks that wait or run, for each thread: what bounds the memory. */
#define TASKS_A_THREAD 8u

#define RESTORE "restore what it names from a backup, then run holdfast verify"

typedef struct {
    hf_crew_task task;
    hf_verify *v;
    GArray *objects;  /* of hf_object_entry */
    GPtrArray *errors; /* of GError or NULL, for each of them; NULL: none */
    uint64_t bytes;
} read_task;

typedef struct {
    int64_t family;    /* whose objects lie under the slot's key; 0: the slot was not named */
    uint32_t document; /* one of them */
    bool read;         /* an object is read, which proves the key */
} slot_use;

typedef struct {
    hf_verify *v;
    GQueue tasks; /* of read_task, in the order of the objects */
    read_task *filling;
    uint64_t left, wanted; /* of objects to see, and of those to read */
    /* the pack that the walk is in */
    guint row; /* its index in v->rows, or that of the next one */
    uint32_t pack;
    uint64_t end; /* of the object before */
    hf_object_entry before;
    GArray *slots; /* of slot_use */
    uint64_t unnamed_bytes;
} walk;

/* ---- reading ---- */

static void error_free(gpointer error)
{
    if (error != NULL)
        g_error_free(error);
}

static bool count_piece(void *data, const void *bytes, size_t n, GError **error)
{
    (void)bytes;
    (void)error;
    hf_verify_progress(data, 0, n);
    return true;
}

static void read_objects(hf_crew_task *task)
{
    read_task *t = (read_task *)task;
    for (guint i = 0; i < t->objects->len; i++) {
        GError *failed = NULL;
        const hf_object_entry *entry = &g_array_index(t->objects, hf_object_entry, i);
        hf_vault_read_stream(t->v->vault, &entry->row, count_piece, t->v, &failed);
        if (failed == NULL)
            continue;
        if (t->errors == NULL) {
            t->errors = g_ptr_array_new_with_free_func(error_free);
            g_ptr_array_set_size(t->errors, (gint)t->objects->len);
        }
        t->errors->pdata[i] = failed;
    }
    hf_verify_progress(t->v, t->objects->len, 0);
}

static read_task *task_new(hf_verify *v)
{
    read_task *t = g_new0(read_task, 1);
    t->task.run = read_objects;
    t->v = v;
    t->objects = g_array_sized_new(FALSE, FALSE, sizeof(hf_object_entry), TASK_OBJECTS);
    return t;
}

static void task_free(gpointer data)
{
    read_task *t = data;
    g_array_unref(t->objects);
    if (t->errors != NULL)
        g_ptr_array_unref(t->errors);
    g_free(t);
}

static void tell_task(hf_verify *v, const read_task *t)
{
    for (guint i = 0; t->errors != NULL && i < t->errors->len; i++) {
        const GError *failed = t->errors->pdata[i];
        const hf_object_entry *entry = &g_array_index(t->objects, hf_object_entry, i);
        if (failed != NULL)
            hf_verify_find(v, entry->what, entry->document, entry->instance, RESTORE, "%s", failed->message);
    }
}

/* Waits for the oldest tasks until at most `most` are left. */
static void settle(walk *w, guint most)
{
    while (w->tasks.length > most) {
        read_task *t = g_queue_pop_head(&w->tasks);
        hf_crew_wait(w->v->crew, &t->task);
        tell_task(w->v, t);
        task_free(t);
    }
}

static void hand_over(walk *w)
{
    if (w->filling == NULL)
        return;
    g_queue_push_tail(&w->tasks, w->filling);
    hf_crew_push(w->v->crew, &w->filling->task);
    w->filling = NULL;
    settle(w, TASKS_A_THREAD * hf_crew_threads(w->v->crew));
}

static void read_later(walk *w, const hf_object_entry *entry)
{
    if (w->filling == NULL)
        w->filling = task_new(w->v);
    hf_object_entry copy = *entry;
    copy.what = g_intern_string(entry->what); /* the entry's own goes with its row */
    g_array_append_val(w->filling->objects, copy);
    w->filling->bytes += entry->row.stored;
    w->v->result->objects_read++;
    w->v->result->bytes_read += entry->row.size;
    if (w->filling->objects->len >= TASK_OBJECTS || w->filling->bytes >= TASK_BYTES)
        hand_over(w);
}

/* ---- places and keys ---- */

static void check_slot(walk *w, uint32_t slot)
{
    const slot_use *use = &g_array_index(w->slots, slot_use, slot);
    if (use->read)
        return;
    bool live = hf_store_slot_live(w->v->store, w->pack, slot);
    if (live && use->family == 0)
        hf_verify_find(w->v, "key", 0, 0, HF_VERIFY_RESTORE_CATALOG,
                       "slot %u of objects/%08u.keys holds a key, but the catalog has no object under it", slot, w->pack);
    if (!live && use->family != 0)
        hf_verify_find(w->v, "key", use->document, 0, RESTORE,
                       "the key in slot %u of objects/%08u.keys, under which its family lies, is gone or does not open", slot,
                       w->pack);
}

static void leave_pack(walk *w)
{
    const hf_store_pack *disk = hf_packs_on_disk(w->v, w->pack);
    if (w->unnamed_bytes > 0)
        hf_verify_note(w->v, "bytes between the objects of objects/%08u.pack that belong to none: %" G_GUINT64_FORMAT, w->pack,
                       w->unnamed_bytes);
    /* What does not open at all was told once, with its pack. */
    for (uint32_t slot = 0; disk != NULL && disk->openable && slot < w->slots->len; slot++)
        check_slot(w, slot);
}

static void enter_pack(walk *w, const hf_pack_row *row)
{
    const hf_store_pack *disk = hf_packs_on_disk(w->v, row->pack);
    w->pack = row->pack;
    w->end = 0;
    w->unnamed_bytes = 0;
    g_array_set_size(w->slots, 0);
    g_array_set_size(w->slots, disk != NULL ? MIN(row->slots, disk->slots) : 0);
}

/* Goes to an object's pack; packs without any object are passed on the way. UINT32_MAX goes past the last. */
static void go_to_pack(walk *w, uint32_t pack)
{
    while (w->row < w->v->rows->len) {
        const hf_pack_row *row = &g_array_index(w->v->rows, hf_pack_row, w->row);
        if (w->pack != row->pack)
            enter_pack(w, row);
        if (row->pack >= pack)
            return;
        leave_pack(w);
        w->row++;
    }
}

static void check_place(walk *w, const hf_object_entry *entry)
{
    const hf_object_row *row = &entry->row;
    if (w->end != 0 && row->offset < w->end)
        hf_verify_find(w->v, entry->what, entry->document, entry->instance, HF_VERIFY_RESTORE_CATALOG,
                       "its object at %" G_GUINT64_FORMAT " of objects/%08u.pack begins inside the %s of HF%07u", row->offset,
                       row->pack, w->before.what, w->before.document);
    else if (w->end != 0)
        w->unnamed_bytes += row->offset - w->end;
    w->end = MAX(w->end, row->offset + row->stored);
    w->before = *entry;
    w->before.what = g_intern_string(entry->what);
}

static void check_key(walk *w, const hf_object_entry *entry, bool read)
{
    if (entry->row.slot >= w->slots->len)
        return; /* lies beyond what is there: told with the pack, or by the catalog's own rules */
    slot_use *use = &g_array_index(w->slots, slot_use, entry->row.slot);
    if (use->family != 0 && use->family != entry->family)
        hf_verify_find(w->v, entry->what, entry->document, entry->instance, HF_VERIFY_RESTORE_CATALOG,
                       "it lies under the key of another family, that of HF%07u (slot %u of objects/%08u.keys)", use->document,
                       entry->row.slot, entry->row.pack);
    use->family = entry->family;
    use->document = entry->document;
    use->read = use->read || read;
}

/* Of `left` objects still to come, `wanted` are to be read: each subset is as likely as any other (Knuth, algorithm S). */
static bool choose(walk *w)
{
    bool chosen = w->wanted >= w->left || (w->wanted > 0 && g_rand_double(w->v->random) * (double)w->left < (double)w->wanted);
    w->left -= w->left > 0;
    w->wanted -= chosen && w->wanted > 0;
    return chosen;
}

static bool see_object(void *data, const hf_object_entry *entry, GError **error)
{
    walk *w = data;
    (void)error;
    bool chosen = choose(w);
    w->v->result->objects++;
    go_to_pack(w, entry->row.pack);
    if (w->pack == entry->row.pack) {
        check_place(w, entry);
        check_key(w, entry, chosen);
    }
    if (chosen)
        read_later(w, entry);
    return true;
}

static void walk_clear(walk *w)
{
    g_queue_clear_full(&w->tasks, task_free);
    g_clear_pointer(&w->filling, task_free);
    g_array_unref(w->slots);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(walk, walk_clear)

static uint64_t sample_of(const hf_verify_options *options, uint64_t objects)
{
    if (options->count != 0)
        return MIN(options->count, objects);
    double wanted = options->share * (double)objects;
    return MIN((uint64_t)wanted + ((double)(uint64_t)wanted < wanted), objects);
}

bool hf_objects_check(hf_verify *v, GError **error)
{
    GError *failed = NULL;
    uint64_t objects, bytes;
    if (!hf_object_totals(v->catalog, &objects, &bytes, &failed))
        return hf_verify_went(v, failed, error);
    g_auto(walk) w = {.v = v, .left = objects, .wanted = sample_of(v->options, objects)};
    w.slots = g_array_new(FALSE, TRUE, sizeof(slot_use));
    v->share = objects > 0 ? (double)w.wanted / (double)objects : v->options->share;
    v->total_objects = w.wanted;
    v->total_bytes = (uint64_t)((double)bytes * v->share);
    hf_object_each(v->catalog, see_object, &w, &failed);
    hand_over(&w);
    settle(&w, 0);
    if (failed == NULL)
        go_to_pack(&w, UINT32_MAX);
    return hf_verify_went(v, failed, error);
}
