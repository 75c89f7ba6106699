# The Debian 12 packages that holdfast is built, tested and checked with, and how what is missing gets installed.
# Included by the Makefile. The Makefile says in NEED which groups its goals need; make finds $(B)/packages.mk missing, out
# of date or without one of them, makes it (installing what is missing), and reads itself again: so one `make check` is
# enough on a machine that has only make. pkg-config's answers are kept there too, for a quick start.

DEPS_build := gcc g++ libc6-dev pkgconf tzdata libglib2.0-dev libxapian-dev libssl-dev libsqlite3-dev libzstd-dev \
              libfyaml-dev libjson-glib-dev libroaring-dev libarchive-dev libmagic-dev libmagic-mgc libseccomp-dev \
              libpoppler-glib-dev libpoppler-cpp-dev poppler-data libxml2-dev libgsf-1-dev libuchardet-dev zlib1g-dev \
              libcld2-dev libre2-dev
DEPS_check := libcmocka-dev bats mandoc jq python3
DEPS_lint := clang-format clang-tidy cppcheck shellcheck mandoc libcmocka-dev
DEPS_fuzz := clang libclang-rt-14-dev

PC_LIB := glib-2.0 gio-2.0 xapian-core re2 libcrypto sqlite3 libzstd libfyaml json-glib-1.0
PC_WORKER := glib-2.0 gio-2.0 gobject-2.0 libarchive libmagic libcrypto libseccomp poppler-glib poppler-cpp libxml-2.0 \
             libgsf-1 uchardet zlib
# These two have no .pc file.
LIBS_LIB := -lroaring -lpthread -lm
LIBS_WORKER := -lcld2 -lroaring -lm

PACKAGES_OF = $(sort $(foreach group,$(1),$(DEPS_$(group))))

# Other people's headers are not ours to warn about: -isystem. The file is written whole or not at all.
define WRITE_PACKAGES_MK
src/deps.sh $(call PACKAGES_OF,$(1))
@mkdir -p $(@D)
@set -e; answer() { printf '%s := %s\n' "$$1" "$$(pkg-config "$${@:2}" | sed 's/-I/-isystem /g')"; }; \
{ printf 'PACKAGES_PRESENT := %s\n' '$(1)'; \
  pkg-config --print-errors --exists $(PC_LIB) $(PC_WORKER); \
  answer LIB_CFLAGS --cflags $(PC_LIB); \
  answer LIB_PC_LIBS --libs $(PC_LIB); \
  answer WORKER_CFLAGS --cflags $(PC_WORKER); \
  answer WORKER_PC_LIBS --libs $(PC_WORKER); \
} > $@.new && mv $@.new $@
endef

.PHONY: deps
deps:
	@src/deps.sh $(call PACKAGES_OF,$(or $(DEPS),build))

ifneq ($(NEED),)
include $(B)/packages.mk
NEED_MISSING := $(filter-out $(PACKAGES_PRESENT),$(NEED))
# Whatever the package manager did since may have taken something away.
$(B)/packages.mk: src/deps.mk src/deps.sh $(wildcard /var/lib/dpkg/status) $(if $(NEED_MISSING),missing-packages)
	@$(call WRITE_PACKAGES_MK,$(sort build $(PACKAGES_PRESENT) $(NEED)))
.PHONY: missing-packages
missing-packages:
LIB_LIBS := $(LIB_PC_LIBS) $(LIBS_LIB)
WORKER_LIBS := $(WORKER_PC_LIBS) $(LIBS_WORKER)
endif
