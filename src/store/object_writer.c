#include "store/parts.h"

struct hf_object_writer {
    hf_store *store;
    hf_family_key *key;
    hf_pack *pack;
    hf_object_encoder *encoder;
    bool failed;
};

static void writer_free(hf_object_writer *writer)
{
    hf_object_encoder_free(writer->encoder);
    hf_family_key_unref(writer->key);
    hf_pack_unref(writer->pack);
    g_free(writer);
}

void hf_object_writer_abandon(hf_object_writer *writer)
{
    if (writer == NULL)
        return;
    /* What cannot be removed now is scratch without a key, and goes with the next recovery. */
    if (writer->pack != NULL)
        hf_store_drop_single(writer->store, writer->pack, NULL);
    writer_free(writer);
}

hf_object_writer *hf_store_stream(hf_store *store, hf_family_key *key, GError **error)
{
    hf_object_writer *writer = g_new0(hf_object_writer, 1);
    writer->store = store;
    writer->key = hf_family_key_ref(key);
    writer->pack = hf_store_begin_single(store, error);
    if (writer->pack != NULL)
        writer->encoder = hf_object_encoder_new(hf_family_key_bytes(key), writer->pack->fd,
                                                HF_FILE_HEADER_BYTES, writer->pack->path, error);
    if (writer->encoder != NULL)
        return writer;
    hf_object_writer_abandon(writer);
    return NULL;
}

bool hf_object_writer_write(hf_object_writer *writer, const void *bytes, size_t n, GError **error)
{
    if (writer->failed) {
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "\"%s\" is written to after it failed",
                    writer->pack->path);
        return false;
    }
    writer->failed = !hf_object_encoder_write(writer->encoder, bytes, n, error);
    return !writer->failed;
}

bool hf_object_writer_finish(hf_object_writer *writer, hf_object_ref *ref, GError **error)
{
    if (writer->failed)
        g_set_error(error, HF_ERROR, HF_ERROR_INTERNAL, "\"%s\" is finished after it failed",
                    writer->pack->path);
    *ref = (hf_object_ref){.pack = writer->pack->number, .offset = HF_FILE_HEADER_BYTES};
    bool done = !writer->failed &&
                hf_object_encoder_finish(writer->encoder, &ref->size, &ref->stored, error) &&
                hf_store_keep_single(writer->store, writer->pack, writer->key, error);
    if (done)
        writer_free(writer);
    else
        hf_object_writer_abandon(writer);
    return done;
}
