#include "identify/refine.h"
#include <magic.h>
#include <string.h>
#include <unistd.h>

#define DATABASE "/usr/share/misc/magic.mgc"
#define MAGIC_BYTES 4096

struct hf_identify {
    magic_t magic;
};

hf_identify *hf_identify_new(GError **error)
{
    magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
    if (magic == NULL || magic_load(magic, DATABASE) != 0) {
        g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot load libmagic's database \"%s\": %s",
                    DATABASE, magic != NULL ? magic_error(magic) : "no memory");
        if (magic != NULL)
            magic_close(magic);
        return NULL;
    }
    hf_identify *identify = g_new0(hf_identify, 1);
    identify->magic = magic;
    return identify;
}

void hf_identify_free(hf_identify *identify)
{
    if (identify == NULL)
        return;
    magic_close(identify->magic);
    g_free(identify);
}

size_t hf_identify_read(const hf_identify_input *input, void *bytes, size_t n, uint64_t offset)
{
    if (offset <= input->head_size && n <= input->head_size - offset) {
        memcpy(bytes, input->head + offset, n);
        return n;
    }
    if (input->fd < 0 || input->head_size >= input->size) {
        size_t left = offset < input->head_size ? input->head_size - (size_t)offset : 0;
        memcpy(bytes, input->head + MIN(offset, input->head_size), MIN(left, n));
        return MIN(left, n);
    }
    if (offset > INT64_MAX - n)
        return 0;
    ssize_t got = pread(input->fd, bytes, n, (off_t)offset);
    return got < 0 ? 0 : (size_t)got;
}

char *hf_identify_extension(const hf_identify_input *input)
{
    return input->name != NULL ? hf_name_extension(input->name) : g_strdup("");
}

/* libmagic's names for what has another name here. */
static const char *const aliases[][2] = {
    {"application/x-gzip", "application/gzip"},
    {"application/x-rar", "application/vnd.rar"},
    {"application/x-zstd", "application/zstd"},
    {"application/cdfv2", "application/x-ole-storage"},
    {"application/x-debian-package", "application/vnd.debian.binary-package"},
    {"application/x-lzh-compressed", "application/x-lha"},
    {"application/x-lharc", "application/x-lha"},
    {"message/news", "message/rfc822"},
    {"text/rtf", "application/rtf"},
    {"text/xml", "application/xml"},
    {"application/x-mswrite", "application/msword"},
};

static const char *ask_magic(hf_identify *identify, const hf_identify_input *input)
{
    const char *found =
        magic_buffer(identify->magic, input->head, MIN(input->head_size, MAGIC_BYTES));
    if (found == NULL || strchr(found, '/') == NULL)
        return "application/octet-stream";
    g_autofree char *lower = g_ascii_strdown(found, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (strcmp(lower, aliases[i][0]) == 0)
            return aliases[i][1];
    }
    /* What our own check of words does not take for text is none, whatever a few first bytes look like. */
    if (strcmp(lower, "message/rfc822") == 0)
        return "text/plain";
    return g_intern_string(lower);
}

const char *hf_identify_type(hf_identify *identify, const hf_identify_input *input)
{
    if (input->size == 0 || input->head_size == 0)
        return "inode/x-empty";
    const char *type = hf_signature_type(input);
    if (type == NULL)
        type = hf_texttype_type(input);
    if (type == NULL)
        type = ask_magic(identify, input);
    bool nothing = strcmp(type, "application/octet-stream") == 0;
    return nothing && hf_zip_at_end(input) ? "application/zip" : type;
}
