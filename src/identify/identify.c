#include "holdfast/identify.h"
#include <magic.h>

#define DATABASE "/usr/share/misc/magic.mgc"

struct hf_identify {
    magic_t magic;
};

hf_identify *hf_identify_new(GError **error)
{
    magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ENCODING);
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

const char *hf_identify_type(hf_identify *identify, const hf_identify_input *input)
{
    const char *type = magic_buffer(identify->magic, input->head, MIN(input->head_size, 4096));
    return type != NULL ? g_intern_string(type) : "application/octet-stream";
}
