/* tests/fuzz/extract_package.h -- any bytes through an extractor of Office packages: as they are, where they look like a zip
 * file; else as the parts of a package, so that mutations reach the XML and no checksum stops them. There each part is its
 * name, a line break, its content and the byte 0xFF. */
#pragma once
#include "../unit/extract_heard.h"

enum { MAX_PARTS = 64 };

static int extract_package(const hf_extractor *format, const uint8_t *bytes, size_t n)
{
    if (n >= 2 && memcmp(bytes, "PK", 2) == 0) {
        heard_free(hear(format, bytes, n, NULL));
        return 0;
    }
    g_autofree char *copy = g_malloc(n + 1);
    if (n > 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    package_part parts[MAX_PARTS + 1] = {0};
    size_t count = 0;
    for (char *at = copy; at < copy + n && count < MAX_PARTS; count++) {
        char *end = memchr(at, 0xFF, (size_t)(copy + n - at));
        end = end != NULL ? end : copy + n;
        char *line = memchr(at, '\n', (size_t)(end - at));
        if (line == NULL)
            break;
        *line = *end = '\0';
        parts[count] = (package_part){at, line + 1, (size_t)(end - line - 1)};
        at = end + 1;
    }
    heard_free(hear_package(format, parts));
    return 0;
}
