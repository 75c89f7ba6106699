/* src/ingest/recipe.h -- what a family is recognised by, and its dates. Internal to src/ingest. */
#pragma once
#include "holdfast/catalog.h"
#include "ingest/item.h"

#define HF_RECIPE_VERSION 1

/* The key of the bytes. */
void hf_recipe_bytes_key(const uint8_t sha256[32], hf_family_key_value *key);
/* The key of a message by domain-facts "Deduplication", version 1. False where it has none: no message, no date or a suspect
 * one, or something of it failed to decode. */
bool hf_recipe_mail_key(const hf_item *root, hf_family_key_value *key);
/* EDRM Message Identification Hash: MD5 of the Message-ID with its angle brackets. False without Message-ID. */
bool hf_recipe_mih(const hf_item *root, uint8_t mih[16]);
/* The review date (holdfast(1), "Dates"): of a message, when it was sent, else received; of a document, when it was last
 * modified by its own account, else created, else what the place it was found in says of it. */
hf_stamp hf_recipe_review_date(const hf_item *item);
/* Whether a date is none a person would have set: the future, before 1970-01-02, or a well-known zero. */
bool hf_recipe_suspect_date(hf_time t, hf_time now);
