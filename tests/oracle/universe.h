/* tests/oracle/universe.h -- the same documents twice: for the oracle, and as segments that the product opens. */
#pragma once
#include "holdfast/query.h"
#include "oracle/oracle.h"

G_BEGIN_DECLS

typedef struct {
    GPtrArray *samples;   /* of oracle_sample, ascending by id */
    GPtrArray *documents; /* of oracle_document: those that searches may show */
    oracle_words *words;
    hf_set *live; /* the ids of `documents` */
    hf_index *index;
    hf_query_zone zones[ORACLE_ZONES];
    hf_query_source source;
    hf_query_options options;
    GPtrArray *saved;       /* of oracle_node: "s0", "s1" ... */
    GPtrArray *saved_texts; /* and as they were saved, of char* */
    hf_set *unindexed;      /* known to the catalog, in no segment yet */
    char *directory;
} oracle_universe;

/* Takes the samples. With `random` they are spread over several segments, some of them merged ones, some documents are not
 * indexed yet and some are out of the scope; else all are in one segment. */
oracle_universe *oracle_universe_new(GPtrArray *samples, GRand *random, GError **error);
void oracle_universe_free(oracle_universe *universe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(oracle_universe, oracle_universe_free)
/* Adds a saved search; takes the query. */
void oracle_universe_save(oracle_universe *universe, oracle_node *query);
/* What the product finds. */
hf_set *oracle_universe_ask(oracle_universe *universe, const char *text, GError **error);
/* What the oracle finds. */
hf_set *oracle_universe_expect(oracle_universe *universe, const oracle_node *query);
/* "1 3 5"; g_free. */
char *oracle_set_show(const hf_set *set);

G_END_DECLS
