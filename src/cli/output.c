#include "cli/output.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WHOLE_LIMIT (2048ul * 1024 * 1024)

bool hf_output_open(hf_output *output, const char *path, GError **error)
{
    *output = (hf_output){path, STDOUT_FILENO};
    if (path == NULL)
        return true;
    output->fd = memfd_create("report", MFD_CLOEXEC);
    return output->fd >= 0 || hf_error_set_errno(error, errno, "write", path);
}

static bool keep(const hf_output *output, GError **error)
{
    off_t size = lseek(output->fd, 0, SEEK_END);
    if (size < 0 || (uint64_t)size > WHOLE_LIMIT)
        return hf_error_set_errno(error, size < 0 ? errno : EFBIG, "write", output->path);
    if (size == 0)
        return hf_file_replace(output->path, "", 0, 0600, error);
    void *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, output->fd, 0);
    if (bytes == MAP_FAILED)
        return hf_error_set_errno(error, errno, "write", output->path);
    bool ok = hf_file_replace(output->path, bytes, (size_t)size, 0600, error);
    munmap(bytes, (size_t)size);
    return ok;
}

bool hf_output_close(hf_output *output, bool whole, GError **error)
{
    if (output->path == NULL)
        return whole;
    bool ok = whole && keep(output, error);
    close(output->fd);
    return ok;
}

unsigned hf_output_width(const hf_output *output)
{
    return output->path == NULL ? hf_cli_width() : 0;
}
