/* src/index/dictionary.h -- the terms of a segment that is being built, by number. */
#pragma once
#include "index/segment.h"

G_BEGIN_DECLS

typedef struct {
    const char *term; /* NUL-terminated; lives as long as the dictionary */
    uint32_t length;
} hf_dictionary_term;
typedef struct hf_dictionary hf_dictionary;
hf_dictionary *hf_dictionary_new(void);
void hf_dictionary_free(hf_dictionary *dictionary);
/* The number of a term of at most HF_TERM_MOST bytes; new terms get the next one, from 0 on. */
uint32_t hf_dictionary_number(hf_dictionary *dictionary, const char *term, size_t n);
const hf_dictionary_term *hf_dictionary_term_of(const hf_dictionary *dictionary, uint32_t number);
uint32_t hf_dictionary_count(const hf_dictionary *dictionary);
/* Bytes that it holds. */
size_t hf_dictionary_memory(const hf_dictionary *dictionary);

G_END_DECLS
