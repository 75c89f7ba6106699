/* Names any bytes, as head and as a whole file. */
#include "holdfast/identify.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static hf_identify *identify;

static void forget(void)
{
    hf_identify_free(identify);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (identify == NULL) {
        identify = hf_identify_new(NULL);
        if (identify == NULL)
            abort();
        atexit(forget);
    }
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    hf_identify_input input = {
        .head = data, .head_size = MIN(n, HF_IDENTIFY_HEAD), .fd = fd, .size = n, .name = "fuzz"};
    const char *type = hf_identify_type(identify, &input);
    if (type == NULL || hf_identify_kind(type) == NULL)
        abort();
    close(fd);
    return 0;
}
