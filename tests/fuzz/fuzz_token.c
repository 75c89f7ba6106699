/* Fuzzes the tokenizer: any bytes. Built with -fsanitize=fuzzer it is a libFuzzer target; with
 * -DHF_FUZZ_MAIN it runs the files that it is given, so that a corpus runs again in ordinary
 * tests. */
#include "holdfast/index.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hf_tokens tokens;
    hf_token token;
    uint32_t start = 0, position = 0;
    hf_tokens_init(&tokens, (const char *)data, size);
    while (hf_tokens_next(&tokens, &token)) {
        /* Tokens go forward, lie within the text, and are short valid words. */
        g_assert_true(token.start >= start && token.start < token.end && token.end <= size);
        g_assert_true(token.position == position++);
        g_assert_true(token.length > 0 && token.length <= 64 && token.tail < token.length);
        g_assert_true(strlen(token.word) == token.length);
        g_assert_true(g_utf8_validate(token.word, (gssize)token.length, NULL));
        start = token.start;
        hf_tokens_is_single(token.word);
    }
    return 0;
}

#ifdef HF_FUZZ_MAIN
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *bytes;
        size_t n;
        if (!g_file_get_contents(argv[i], &bytes, &n, NULL))
            return 1;
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
        g_free(bytes);
    }
    return 0;
}
#endif
