# `make help` lists what there is. Everything is built below $(B), one directory a configuration:
# SAN=address,undefined builds with sanitizers in build-san, DEBUG=1 without optimisation in build-debug,
# FUZZ=1 with clang and libFuzzer in build-fuzz.

SHELL := /bin/bash
, := ,
.DELETE_ON_ERROR:
SAN ?=
DEBUG ?=
FUZZ ?=
PREFIX ?= /usr/local
DESTDIR ?=
CORPUS ?= ../shared/corpus/mail/bluetooth
FUZZ_SECONDS ?= 60

B := build$(if $(SAN),-san)$(if $(DEBUG),-debug)$(if $(FUZZ),-fuzz)

ifneq ($(FUZZ),)
  CC := clang
  CXX := clang++
  override SAN := address,undefined
else
  ifeq ($(origin CC),default)
    CC := gcc
  endif
  ifeq ($(origin CXX),default)
    CXX := g++
  endif
endif

# All cores, unless the caller says how many.
ifeq ($(MAKELEVEL),0)
  MAKEFLAGS += -j$(shell nproc)
endif

.DEFAULT_GOAL := all
GOALS := $(or $(MAKECMDGOALS),all)

# ---- packages ---- what the goals need: see src/deps.mk
NEED := $(if $(filter-out deps clean help,$(GOALS)),build)
NEED += $(if $(filter check check-% oracle suite/% $(B)/tests/% $(B)/fuzz/%,$(GOALS)),check)
NEED += $(if $(filter lint lint/% format,$(GOALS)),lint)
NEED += $(if $(filter fuzz,$(GOALS))$(FUZZ),fuzz)
include src/deps.mk

# The warnings that count are gcc's. It warns of conversions that are not there when it also puts in the
# sanitizers' checks.
WERROR := $(if $(FUZZ),-w,-Werror)
WARN := -Wall -Wextra -Wshadow $(if $(SAN),,-Wconversion -Wno-sign-conversion) -Wvla $(WERROR)
OPT := $(if $(DEBUG),-O0,-O2) -g -fno-omit-frame-pointer -fstack-protector-strong \
       $(if $(DEBUG)$(SAN),,-D_FORTIFY_SOURCE=2)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=undefined -DHF_SANITIZED=1) \
            $(if $(FUZZ),-fsanitize=fuzzer-no-link)
CPPFLAGS_ALL := -D_GNU_SOURCE -Iinclude -Isrc -I$(B)/gen
CFLAGS_ALL = -std=c17 -fPIE $(OPT) $(WARN) -Wmissing-prototypes -Wstrict-prototypes $(SANFLAGS)
CXXFLAGS_ALL = -std=c++17 -fPIE $(OPT) -Wall -Wextra -Wshadow $(WERROR) $(SANFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANFLAGS)

# ---- sources: a module is a folder; the worker is extract and identify over base ----
MODULES := base store catalog index policy audit crawl query vault scope ingest govern dispose produce report verify
PARENT_EXTRACT := src/extract/worker.c src/extract/wire.c src/extract/limits.c src/extract/names.c
LIB_SRC := $(foreach d,$(MODULES),$(wildcard src/$(d)/*.c src/$(d)/*.cc)) \
           $(wildcard $(PARENT_EXTRACT)) $(wildcard src/identify/kind.c)
CLI_SRC := $(wildcard src/cli/*.c)
WORKER_SRC := $(wildcard src/base/*.c src/identify/*.c src/extract/*.c src/extract/*.cc)
WORKER_LIB_SRC := $(filter-out src/extract/worker.c src/extract/worker_main.c,$(WORKER_SRC))

obj = $(patsubst src/%,$(B)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))
WORKER_LIB_OBJ := $(call obj,$(WORKER_LIB_SRC))

.PHONY: all
all: $(B)/holdfast $(B)/holdfast-worker

$(B)/obj/%.c.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) $(CPPFLAGS) $(CFLAGS_ALL) $(CFLAGS) $(LIB_CFLAGS) $(WORKER_CFLAGS) -MMD -MP -c $< -o $@
$(B)/obj/%.cc.o: src/%.cc
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	@$(CXX) $(CPPFLAGS_ALL) $(CPPFLAGS) $(CXXFLAGS_ALL) $(CXXFLAGS) $(LIB_CFLAGS) $(WORKER_CFLAGS) -MMD -MP -c $< -o $@

# The schema as C string pieces.
SCHEMA_H := $(patsubst src/catalog/%.sql,$(B)/gen/%.h,$(wildcard src/catalog/schema.sql))
$(B)/obj/catalog/catalog.c.o: $(SCHEMA_H)
$(SCHEMA_H): src/catalog/schema.sql
	@mkdir -p $(@D)
	@sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $< > $@

$(B)/libholdfast.a: $(LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^
$(B)/libworker.a: $(WORKER_LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/holdfast: $(CLI_OBJ) $(B)/libholdfast.a
	@echo "  LINK  $@"
	@$(CXX) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LIBS)
$(B)/holdfast-worker: $(call obj,src/extract/worker_main.c) $(B)/libworker.a
	@echo "  LINK  $@"
	@$(CXX) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(WORKER_LIBS) $(LIBS)

-include $(shell find $(B)/obj $(B)/tests $(B)/fuzz -name '*.d' 2>/dev/null)

# ---- tests ---- Unit tests and fuzz targets of extract and identify link the worker's library, all others ours.
# Every suite is a target that writes $(B)/check/<suite>.tap and never fails; the sum at the end does.
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# Those that include the worker's side of extract or identify link its library; test_worker_* is the parent's side.
FOR_WORKER := $(shell grep -lE '"(extract/(extractor|loaded|serve)|.*extract_(heard|record)|holdfast/identify)' /dev/null \
                tests/unit/test_*.c tests/fuzz/fuzz_*.c) $(wildcard tests/unit/test_extract_*.c tests/unit/test_identify_*.c)
library-of = $(B)/lib$(if $(filter $(1),$(FOR_WORKER)),worker,holdfast).a

# $(call link-test,libraries): compiles the sources among the prerequisites and links them with the one library among them.
define link-test
@mkdir -p $(@D)
@echo "  TEST  $@"
@$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LIB_CFLAGS) $(WORKER_CFLAGS) -Itests -MMD -MP -MT $@ $(filter %.c,$^) -o $@ \
    $(filter %.a,$^) $(LDFLAGS_ALL) $(1) $(if $(filter %/libworker.a,$^),$(WORKER_LIBS),$(LIB_LIBS)) -lstdc++
endef

.SECONDEXPANSION:
$(B)/tests/test_%: tests/unit/test_%.c $$(call library-of,tests/unit/test_$$*.c)
	$(call link-test,-lcmocka)

# The second evaluator of queries: in the tests that compare the product with it, and as a program that counts a term list.
ORACLE_SRC := $(filter-out tests/oracle/terms.c,$(wildcard tests/oracle/*.c))
$(B)/tests/test_query_oracle $(B)/tests/test_query_rules $(B)/tests/oracle-terms: $(ORACLE_SRC)
$(B)/tests/oracle-terms: tests/oracle/terms.c $(B)/libholdfast.a
	$(call link-test)

FUZZ_MAIN := $(if $(FUZZ),,tests/fuzz/replay.c)
FUZZ_LINK := $(if $(FUZZ),-fsanitize=fuzzer -fsanitize-link-c++-runtime)
$(B)/fuzz/%: tests/fuzz/fuzz_%.c $(FUZZ_MAIN) $$(call library-of,tests/fuzz/fuzz_$$*.c)
	$(call link-test,$(FUZZ_LINK))

$(B)/tests/fault.so: tests/fault/fault.c
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	@$(CC) -D_GNU_SOURCE -std=c17 -fPIC -shared -O1 -g $(WARN) $< -o $@ -ldl

# What a fuzz target starts from, and what `make check` runs again: its own corpus, and for extractors the samples.
corpus-of = $(wildcard tests/fuzz/corpus/$(1)) $(if $(filter tests/fuzz/fuzz_$(1).c,$(FOR_WORKER)),samples)

SUITE := tests/suite run $(B)
UNIT_SUITES := $(patsubst $(B)/tests/%,suite/unit/%,$(UNIT_BIN))
BATS_SUITES := $(patsubst tests/%.bats,suite/%,$(wildcard tests/cli/*.bats tests/fault/*.bats))
FUZZ_SUITES := $(patsubst %,suite/fuzz/%,$(FUZZ_TARGETS))
OTHER_SUITES := suite/includes suite/manual suite/readme $(if $(wildcard tests/cli/expected-strings.sh),suite/expected-strings)
CHECK_SUITES := $(UNIT_SUITES) $(FUZZ_SUITES) $(OTHER_SUITES) $(BATS_SUITES)

.PHONY: check check-unit $(CHECK_SUITES)
check: $(CHECK_SUITES)
	@tests/suite sum $(B) $(^:suite/%=%)
check-unit: $(UNIT_SUITES) $(FUZZ_SUITES)
	@tests/suite sum $(B) $(^:suite/%=%)

# Tests of the parent start the worker, and the bats suites run the programs.
$(UNIT_SUITES): suite/unit/%: $(B)/tests/% | $(B)/holdfast-worker
	@$(SUITE) unit/$* $<
$(FUZZ_SUITES): suite/fuzz/%: $(B)/fuzz/%
	@$(SUITE) fuzz/$* $< $(call corpus-of,$*)
$(BATS_SUITES): suite/%: tests/%.bats all $(B)/tests/fault.so
	@$(SUITE) $* bats --tap $<
suite/cli/oracle: $(B)/tests/oracle-terms
suite/includes: $(B)/libholdfast.a $(B)/libworker.a
	@$(SUITE) includes env CC="$(CC)" CFLAGS="$(LIB_CFLAGS)" tests/check-includes $(B)
suite/manual:
	@$(SUITE) manual tests/check-manual
suite/readme: all
	@$(SUITE) readme tests/cli/tour.sh $(B) --check
suite/expected-strings: all
	@$(SUITE) expected-strings env HOLDFAST=$(B)/holdfast tests/cli/expected-strings.sh
	@grep -E '^(skipped: no|[a-z]+ +[0-9]+ )' $(B)/check/expected-strings.tap | sed 's/^/    /' || true

.PHONY: fuzz fuzz-run bench bench-search
fuzz:
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-run
fuzz-run: $(patsubst %,$(B)/fuzz/%,$(FUZZ_TARGETS))
	@tests/fuzz/run $(B) $(FUZZ_SECONDS) $(foreach t,$(FUZZ_TARGETS),$(t):$(subst $() ,:,$(strip $(call corpus-of,$(t)))))

# The oracle for as long as it is wanted, from another seed each time.
.PHONY: oracle
oracle: $(B)/tests/test_query_oracle
	@seed=$(or $(ORACLE_SEED),$$(date +%s)); echo "ORACLE_SEED=$$seed"; \
	    HF_ORACLE_SEED=$$seed HF_ORACLE_COUNT=$(or $(ORACLE_COUNT),100000) $<

bench: all $(B)/bench/bench_search
	@tests/bench/bench.sh $(B) $(CORPUS)
	@tests/bench/search.sh $(B) $(CORPUS)
bench-search: all $(B)/bench/bench_search
	@tests/bench/search.sh $(B) $(CORPUS)
$(B)/bench/bench_search: tests/bench/bench_search.c $(B)/libholdfast.a
	$(call link-test,)

# ---- the main job on the samples ----
.PHONY: demo tour
demo: all
	@tests/cli/tour.sh $(B)
# Puts what the tour says now into README.md.
tour: all
	@tests/cli/tour.sh $(B) --update

# ---- lint ---- clang-tidy looks again at a file when it or a header changed.
LINT_C := $(wildcard src/*/*.c src/*/*.cc)
LINT_ALL := $(LINT_C) $(wildcard src/*/*.h include/holdfast/*.h tests/*/*.c tests/*/*.h)
LINT_SH := src/deps.sh src/completions/holdfast.bash .ci/run tests/suite tests/check-includes tests/check-manual $(wildcard tests/*/*.sh tests/*/*.bash tests/fuzz/run)
DEEP_CHECKS := $(if $(DEEP),--checks='clang-analyzer-core.*$(,)clang-analyzer-security.*$(,)clang-analyzer-unix.cstring.*')
TIDY := $(patsubst %,$(B)/lint$(if $(DEEP),-deep)/%.tidy,$(LINT_C))
LINT_SUITES := lint/format lint/cppcheck lint/shell lint/manual lint/tidy
.PHONY: lint format $(LINT_SUITES)
# Puts every file of ours into the form of .clang-format.
format:
	clang-format -i $(LINT_ALL)
lint: $(LINT_SUITES)
	@tests/suite sum $(B) $^
lint/format:
	@$(SUITE) $@ clang-format --dry-run -Werror $(LINT_ALL)
lint/cppcheck: | $(SCHEMA_H)
	@mkdir -p $(B)/lint/cppcheck
	@$(SUITE) $@ cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --library=gtk --suppress=missingInclude --suppress=normalCheckLevelMaxBranches --suppress=ctuuninitvar --suppress=invalidPrintfArgType_uint --suppress=duplicateAssignExpression \
	    --cppcheck-build-dir=$(B)/lint/cppcheck -D_GNU_SOURCE -Iinclude -Isrc -I$(B)/gen $(filter %.c,$(LINT_C))
lint/shell:
	@$(SUITE) $@ shellcheck -x $(LINT_SH)
lint/manual:
	@$(SUITE) $@ tests/check-manual
lint/tidy: $(TIDY)
	@$(SUITE) $@ tests/suite tidy $^
$(B)/lint$(if $(DEEP),-deep)/%.tidy: % .clang-tidy $(wildcard include/holdfast/*.h src/*/*.h) | $(SCHEMA_H)
	@mkdir -p $(@D)
	@timeout 120 clang-tidy --quiet --warnings-as-errors='*' $(DEEP_CHECKS) $< -- $(if $(filter %.cc,$<),-std=c++17,-std=c17) \
	    $(CPPFLAGS_ALL) $(LIB_CFLAGS) $(WORKER_CFLAGS) > $@ 2> $@.err || echo "clang-tidy: $< failed" >> $@

# ---- installing ----
MAN1 := $(wildcard src/man/*.1)
MAN7 := $(wildcard src/man/*.7)
.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/holdfast $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/man/man7 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 755 $(B)/holdfast $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/holdfast-worker $(DESTDIR)$(PREFIX)/libexec/holdfast/
	install -m 644 $(MAN1) $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 $(MAN7) $(DESTDIR)$(PREFIX)/share/man/man7/
	install -m 644 src/completions/holdfast.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/holdfast
	install -m 644 src/completions/_holdfast $(DESTDIR)$(PREFIX)/share/zsh/site-functions/

.PHONY: clean help
clean:
	rm -rf build build-*

help:
	@echo 'make              build $(B)/holdfast and its worker; installs missing packages first (apt-get, sudo)'
	@echo 'make deps         only install the packages; DEPS="build check lint fuzz" for those of all goals'
	@echo 'make demo         init, ingest, search and verify on samples/, and show what each says'
	@echo 'make check        all tests; ends with "N passed, N failed"        check-unit: only unit tests and fuzz corpora'
	@echo 'make bench        against other indexers; CORPUS=$(CORPUS) ROUNDS=3'
	@echo 'make bench-search searches over DOCUMENTS=100000 messages made of that mail, against quest'
	@echo 'make oracle       random queries against a second evaluator; ORACLE_COUNT=100000 ORACLE_SEED=(the time)'
	@echo 'make fuzz         each target for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make lint         clang-format, clang-tidy, cppcheck, shellcheck, mandoc'
	@echo 'make format       clang-format over all files'
	@echo 'make install      PREFIX=$(PREFIX) DESTDIR='
	@echo 'make clean        remove every build directory'
	@echo 'With any of them: SAN=address,undefined   DEBUG=1   -jN (default: all cores)'
