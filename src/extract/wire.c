#include "extract/wire.h"
#include <string.h>

/* ---- forms ---- */

size_t hf_wire_valid_text(const char *bytes, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        /* Stops at a byte above 127 or a NUL; what it stops at too early the slow way lets pass. */
        if (((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    const char *end;
    g_utf8_validate_len(bytes + i, n - i, &end);
    return (size_t)(end - bytes);
}

bool hf_wire_valid_type(const char *type)
{
    size_t slashes = 0, i = 0;
    for (; type[i] != '\0'; i++) {
        if (type[i] == '/') {
            slashes++;
            if (i == 0 || type[i + 1] == '\0')
                return false;
        } else if (!g_ascii_isalnum(type[i]) && strchr("!#$&^_.+-", type[i]) == NULL) {
            return false;
        } else if (g_ascii_isupper(type[i])) {
            return false;
        }
        if (i >= 127)
            return false;
    }
    return slashes == 1;
}
