# holdfast. `make help` lists what there is. Everything is built below $(B), one directory a configuration.
# SAN=address,undefined builds with sanitizers in build-san; DEBUG=1 without optimisation in build-debug.

SHELL := /bin/bash
CC ?= gcc
CXX ?= g++
SAN ?=
DEBUG ?=
PREFIX ?= /usr/local
DESTDIR ?=
CORPUS ?= ../shared/corpus

B := build$(if $(SAN),-san)$(if $(DEBUG),-debug)

.DEFAULT_GOAL := all

# ---- packages ----
PC_LIB := glib-2.0 gio-2.0 xapian-core libcrypto sqlite3 libzstd libfyaml json-glib-1.0
PC_WORKER := glib-2.0 gio-2.0 gobject-2.0 libarchive libmagic libcrypto libseccomp gmime-3.0 poppler-glib libxml-2.0 \
             libgsf-1 uchardet zlib

GOALS_WITHOUT_PACKAGES := deps clean help
ifneq ($(filter-out $(GOALS_WITHOUT_PACKAGES),$(or $(MAKECMDGOALS),all)),)
  NEED_PACKAGES := 1
endif
include src/deps.mk

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wvla -Werror
OPT := $(if $(DEBUG),-O0,-O2) -g -fno-omit-frame-pointer -fstack-protector-strong -D_FORTIFY_SOURCE=$(if $(DEBUG)$(SAN),0,2)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=undefined -DHF_SANITIZED=1)
CPPFLAGS_ALL := -D_GNU_SOURCE -Iinclude -Isrc
CFLAGS_ALL = -std=c17 -fPIE $(OPT) $(WARN) -Wmissing-prototypes -Wstrict-prototypes $(SANFLAGS)
CXXFLAGS_ALL = -std=c++17 -fPIE $(OPT) -Wall -Wextra -Wshadow -Werror $(SANFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANFLAGS)

ifdef NEED_PACKAGES
  LIB_CFLAGS := $(shell pkg-config --cflags $(PC_LIB) | sed 's/-I/-isystem /g')
  LIB_LIBS := $(shell pkg-config --libs $(PC_LIB)) -lroaring -lpthread -lm
  WORKER_CFLAGS := $(shell pkg-config --cflags $(PC_WORKER) | sed 's/-I/-isystem /g')
  WORKER_LIBS := $(shell pkg-config --libs $(PC_WORKER)) -lcld2 -lroaring -lm
endif

# ---- sources: a module is a folder; the worker is extract and identify over base ----
WORKER_ONLY := $(wildcard src/identify/*.c src/extract/*.c src/extract/*.cc)
PARENT_EXTRACT := src/extract/worker.c src/extract/wire.c src/extract/limits.c src/extract/names.c
LIB_SRC := $(wildcard $(foreach d,base store catalog index policy audit crawl query vault ingest dispose produce report,src/$(d)/*.c src/$(d)/*.cc)) \
           $(wildcard $(PARENT_EXTRACT)) $(wildcard src/identify/kind.c)
CLI_SRC := $(wildcard src/cli/*.c)
WORKER_SRC := $(filter-out src/extract/worker.c,$(WORKER_ONLY)) $(wildcard src/base/*.c)
WORKER_LIB_SRC := $(filter-out src/extract/worker_main.c,$(WORKER_SRC))

obj = $(patsubst src/%,$(B)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))
WORKER_LIB_OBJ := $(call obj,$(WORKER_LIB_SRC))

all: $(B)/holdfast $(B)/holdfast-worker

$(B)/obj/%.c.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CPPFLAGS) $(CFLAGS_ALL) $(CFLAGS) $(LIB_CFLAGS) $(WORKER_CFLAGS) -MMD -MP -c $< -o $@
$(B)/obj/%.cc.o: src/%.cc
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS_ALL) $(CPPFLAGS) $(CXXFLAGS_ALL) $(CXXFLAGS) $(LIB_CFLAGS) $(WORKER_CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/catalog/catalog.c.o: $(B)/gen/schema.h
$(B)/gen/schema.h: src/catalog/schema.sql
	@mkdir -p $(@D)
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $< > $@
CPPFLAGS_ALL += -I$(B)/gen

$(B)/libholdfast.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/libworker.a: $(WORKER_LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/holdfast: $(CLI_OBJ) $(B)/libholdfast.a
	$(CXX) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LIBS)
$(B)/holdfast-worker: $(call obj,src/extract/worker_main.c) $(B)/libworker.a
	$(CXX) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(WORKER_LIBS) $(LIBS)

-include $(shell find $(B)/obj $(B)/tests -name '*.d' 2>/dev/null)

# ---- tests: tests/unit/test_<module>_<what>.c; those of extract and identify link the worker's library ----
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))
$(B)/tests/test_extract_%: tests/unit/test_extract_%.c $(B)/libworker.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(WORKER_CFLAGS) -Itests -MMD -MP $< -o $@ $(B)/libworker.a $(LDFLAGS_ALL) -lcmocka $(WORKER_LIBS) -lstdc++
$(B)/tests/test_identify_%: tests/unit/test_identify_%.c $(B)/libworker.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(WORKER_CFLAGS) -Itests -MMD -MP $< -o $@ $(B)/libworker.a $(LDFLAGS_ALL) -lcmocka $(WORKER_LIBS) -lstdc++
$(B)/tests/%: tests/unit/%.c $(B)/libholdfast.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LIB_CFLAGS) -Itests -MMD -MP $< -o $@ $(B)/libholdfast.a $(LDFLAGS_ALL) -lcmocka $(LIB_LIBS) -lstdc++

clean:
	rm -rf build build-san build-debug build-san-debug

.PHONY: all clean
