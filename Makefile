# ngx_consent.  `make` alone says what there is.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PREFIX    ?= /usr/local
DESTDIR   ?=
DEMO_PORT ?= 8080
SECONDS   ?= 60

# Where Debian's nginx looks.
NGX_SRC       ?= /usr/share/nginx/src
NGX_MODULES   ?= /usr/lib/nginx/modules
NGX_AVAILABLE ?= /usr/share/nginx/modules-available
NGX_ETC       ?= /etc/nginx

CFLAGS  ?= -O2 -g
LDFLAGS ?=

B        := build
SRC      := ngx_consent_module
RULES_TO := $(PREFIX)/share/ngx_consent
MAN_TO   := $(PREFIX)/share/man/man1
BASH_TO  := $(PREFIX)/share/bash-completion/completions
MODULE   := ngx_http_consent_module.so
CONF     := mod-http-consent.conf

# What consent_rules and --rules default to.
RULES_PATH := $(RULES_TO)/rules/*.json

core   := $(wildcard $(SRC)/core/*.c)
cli    := $(wildcard $(SRC)/cli/*.c)
glue   := $(wildcard $(SRC)/nginx/*.c)
heads  := $(wildcard $(SRC)/core/*.h)
units  := $(wildcard tests/unit/test_*.c)
helps  := $(wildcard tests/conformance/*.c)
fuzzed := $(wildcard tests/fuzz/fuzz_*.c)
inside := rules/purposes.json $(wildcard $(SRC)/ui/assets/* $(SRC)/ui/texts/*)

STRICT   := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wpointer-arith \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla
INCLUDES := -I$(SRC)/core
LIBS     := -lcjson -lpcre2-8 -lpsl -lidn2 -lcrypto -lz -lbrotlidec -lzstd
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
            -fno-omit-frame-pointer -O1 -g

lib_objs := $(core:$(SRC)/%.c=%.o) core/consent_assets.o
cli_objs := $(cli:$(SRC)/%.c=%.o)

# Two jobs, unless make was told another number.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j2)


.PHONY: help
help:
	@echo 'ngx_consent: privacy choices, kept by nginx'
	@echo
	@echo '  make demo        build all, start a demo site, say what to try'
	@echo '                   (DEMO_PORT=N chooses the port: $(DEMO_PORT))'
	@echo '  make test        all tests; installs what they need'
	@echo '  make test-versions  the module in the nginx of other releases of'
	@echo '                   Debian (VERSIONS="bookworm trixie sid"); as root'
	@echo '  make test-static the same with the module built into nginx'
	@echo '  make test-browsers  the browser tests in Firefox, WebKitGTK and the'
	@echo '                   whole of Chromium (make test has its shell)'
	@echo '  make audit       the interface by vnu, Lighthouse and a scanner of'
	@echo '                   banners (see docs/interface.md)'
	@echo
	@echo '  make deps        install the packages for building and testing'
	@echo '  make module      $(B)/$(MODULE)'
	@echo '  make consentctl  $(B)/consentctl'
	@echo '  make lib         $(B)/libconsent.a'
	@echo '  make unit        the unit tests alone'
	@echo '  make asan        unit and consentctl tests under sanitizers'
	@echo '  make conformance pages through a real nginx, against parse5'
	@echo '  make bench       speed and memory, next to peers (see docs/speed.md;'
	@echo '                   bench-match: rules alone, see docs/matcher.md)'
	@echo '  make bench-nginx the same inside nginx (see docs/nginx-speed.md;'
	@echo '                   bench-policy: what a policy takes of a request;'
	@echo '                   bench-busy: what a connection holds)'
	@echo '  make scripts     what visitors load of ui/scripts and ui/guard'
	@echo '  make guard-docs  what passes it, way by way, into docs/guard.md'
	@echo '  make bench-guard what it costs a page'
	@echo '  make proof       sites of real tools before a world of fakes, in'
	@echo '                   each browser (see docs/proof.md; an hour or so;'
	@echo '                   PROOF="--beds hugo --browsers Chromium" is less)'
	@echo '  make fuzz        fuzz targets, each for SECONDS=$(SECONDS)'
	@echo '  make soak        a sanitized module, REQUESTS=$(REQUESTS)'
	@echo '  make lint        style, warnings, rule files'
	@echo '  make install     into PREFIX=$(PREFIX) and nginx, under DESTDIR'
	@echo '  make uninstall   take it away again'
	@echo '  make clean       remove $(B)/'


.PHONY: deps deps-build
deps:
	@tools/install-deps.sh test

deps-build:
	@tools/install-deps.sh build


# The core, as a library.

.PHONY: lib
lib: $(B)/libconsent.a

$(B)/core/consent_assets.c: tools/embed.sh $(inside) $(B)/.sources
	@mkdir -p $(@D)
	@echo '  embed $(words $(inside)) files'
	@sh tools/embed.sh . $@

$(B)/core/consent_assets.o: $(B)/core/consent_assets.c
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/%.o: $(SRC)/%.c
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/libconsent.a: $(lib_objs:%=$(B)/%) $(B)/.sources
	@echo '  ar $@'
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)


# consentctl

.PHONY: consentctl
consentctl: $(B)/consentctl

$(cli_objs:%=$(B)/%) $(cli_objs:%=$(B)/asan/%): \
    INCLUDES += -DCONSENT_RULES_PATH='"$(RULES_PATH)"'
$(cli_objs:%=$(B)/%) $(cli_objs:%=$(B)/asan/%): $(B)/.rules_path

$(B)/consentctl: $(cli_objs:%=$(B)/%) $(B)/libconsent.a
	@echo '  ld $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)


# The module: nginx's own build, out of its tree.  Moved into place, not
# copied over: an nginx may be running on the old one.

.PHONY: module
module: $(B)/nginx/Makefile
	@cd $(NGX_SRC) && $(MAKE) $(JOBS) --no-print-directory -s \
	    -f $(CURDIR)/$(B)/nginx/Makefile modules
	@cmp -s $(B)/nginx/$(MODULE) $(B)/$(MODULE) \
	    || { cp $(B)/nginx/$(MODULE) $(B)/$(MODULE).new \
	         && mv $(B)/$(MODULE).new $(B)/$(MODULE); }
	@echo 'built $(B)/$(MODULE)'

$(B)/nginx/Makefile: config config.make $(B)/.sources $(B)/.rules_path
	@test -f $(NGX_SRC)/conf_flags \
	    || { echo "nginx-dev is missing: run 'make deps' first"; exit 1; }
	@rm -rf $(B)/nginx
	@echo "configuring nginx's build of the module"
	@cd $(NGX_SRC) && CONSENT_RULES_PATH='$(RULES_PATH)' bash -c \
	    '. ./conf_flags && ./configure \
	        --with-cc-opt="-g -O2 -fPIC -fstack-protector-strong \
	            -Wformat -Werror=format-security -D_FORTIFY_SOURCE=2" \
	        --with-ld-opt="-Wl,-z,relro -Wl,-z,now -fPIC" \
	        "$${NGX_CONF_FLAGS[@]}" --builddir=$(CURDIR)/$(B)/nginx \
	        --add-dynamic-module=$(CURDIR)' \
	    > $(CURDIR)/$(B)/configure.log 2>&1 \
	    || { tail -n 20 $(CURDIR)/$(B)/configure.log; exit 1; }


# Stamps, touched only if what they hold changes.

.PHONY: FORCE
FORCE:

define stamp
	@mkdir -p $(@D)
	@echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
endef

$(B)/.sources: FORCE
	$(call stamp,$(CURDIR) $(core) $(glue) $(heads) $(inside))

$(B)/.rules_path: FORCE
	$(call stamp,$(RULES_PATH))


# Unit tests: each file a program of its own.

unit_bins := $(units:tests/unit/%.c=$(B)/unit/%)

# Its cases are made by the encoders.
$(B)/unit/test_decode $(B)/asan/unit/test_decode: LIBS += -lbrotlienc

$(B)/unit/%: tests/unit/%.c $(B)/libconsent.a
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -MMD -MP -o $@ $< \
	    $(B)/libconsent.a -lcmocka $(LIBS)

# Programs that the conformance tests run.

help_bins := $(helps:tests/conformance/%.c=$(B)/%)

$(help_bins): $(B)/%: tests/conformance/%.c $(B)/libconsent.a
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -MMD -MP -o $@ $< \
	    $(B)/libconsent.a $(LIBS)

.PHONY: unit
unit: $(unit_bins)
	@tools/as-user.pl perl tools/test.pl unit


# The same under AddressSanitizer and UndefinedBehaviorSanitizer.

$(B)/asan/core/consent_assets.o: $(B)/core/consent_assets.c
	@mkdir -p $(@D)
	@echo '  cc $< (sanitized)'
	@$(CC) $(SANITIZE) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/asan/%.o: $(SRC)/%.c
	@mkdir -p $(@D)
	@echo '  cc $< (sanitized)'
	@$(CC) $(SANITIZE) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/asan/libconsent.a: $(lib_objs:%=$(B)/asan/%) $(B)/.sources
	@echo '  ar $@'
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

$(B)/asan/consentctl: $(cli_objs:%=$(B)/asan/%) $(B)/asan/libconsent.a
	@echo '  ld $@'
	@$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/asan/unit/%: tests/unit/%.c $(B)/asan/libconsent.a
	@mkdir -p $(@D)
	@echo '  cc $< (sanitized)'
	@$(CC) $(SANITIZE) $(STRICT) $(INCLUDES) -MMD -MP -o $@ $< \
	    $(B)/asan/libconsent.a -lcmocka $(LIBS)

.PHONY: asan
asan: $(units:tests/unit/%.c=$(B)/asan/unit/%) $(B)/asan/consentctl
	@CONSENT_UNITS=$(B)/asan/unit CONSENTCTL=$(B)/asan/consentctl \
	    tools/as-user.pl perl tools/test.pl unit cli


# The module under the same, in a real nginx, for REQUESTS requests over a mixed
# set of pages and choices.  Only our own objects are instrumented, and
# optimised more, as there are so many requests.

REQUESTS ?= 2000000

$(B)/asan/nginx/Makefile: config config.make $(B)/.sources
	@rm -rf $(@D)
	@mkdir -p $(@D)
	@echo "configuring nginx's build of the module (sanitized)"
	@cd $(NGX_SRC) && bash -c \
	    '. ./conf_flags && ./configure \
	        --with-cc-opt="-fPIC $(SANITIZE:-O1=-O2)" \
	        --with-ld-opt="-fPIC -fsanitize=address,undefined" \
	        "$${NGX_CONF_FLAGS[@]}" --builddir=$(CURDIR)/$(@D) \
	        --add-dynamic-module=$(CURDIR)' \
	    > $(CURDIR)/$(@D).log 2>&1 \
	    || { tail -n 20 $(CURDIR)/$(@D).log; exit 1; }

.PHONY: soak
soak: $(B)/asan/nginx/Makefile
	@tools/install-deps.sh soak
	@cd $(NGX_SRC) && $(MAKE) $(JOBS) --no-print-directory -s \
	    -f $(CURDIR)/$(B)/asan/nginx/Makefile modules
	@CONSENT_MODULE=$(CURDIR)/$(B)/asan/nginx/$(MODULE) \
	    tools/as-user.pl perl tests/soak/soak.pl $(REQUESTS)


# libFuzzer: what it finds lies in build/fuzz/NAME-*, what it learns in
# build/fuzz/corpus.  FUZZ="html css" chooses targets.

FUZZ    ?= $(fuzzed:tests/fuzz/fuzz_%.c=%)
COVERED := -fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g

$(B)/fuzz/core/%.o: $(SRC)/core/%.c
	@mkdir -p $(@D)
	@echo '  clang $<'
	@clang $(COVERED) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/fuzz/core/consent_assets.o: $(B)/core/consent_assets.c
	@mkdir -p $(@D)
	@clang $(COVERED) $(STRICT) $(INCLUDES) -MMD -MP -c -o $@ $<

$(B)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(lib_objs:%=$(B)/fuzz/%)
	@echo '  clang $<'
	@clang $(COVERED) -fsanitize=fuzzer $(STRICT) $(INCLUDES) -MMD -MP \
	    -o $@ $< $(filter %.o,$^) $(LIBS)

.SECONDARY: $(lib_objs:%=$(B)/fuzz/%)

.PHONY: fuzz
fuzz: $(FUZZ:%=$(B)/fuzz/fuzz_%)
	@node tests/fuzz/seeds.mjs $(B)/fuzz/seeds
	@for t in $(FUZZ); do \
	    mkdir -p $(B)/fuzz/corpus/$$t; \
	    echo "fuzz $$t"; \
	    nice $(B)/fuzz/fuzz_$$t -max_total_time=$(SECONDS) -timeout=10 \
	        -rss_limit_mb=2048 -verbosity=0 \
	        -artifact_prefix=$(B)/fuzz/$$t- $(B)/fuzz/corpus/$$t \
	        $(B)/fuzz/seeds/$$t || exit 1; \
	done


# Everything.  Packages first, then what is tested, then the tests.

.PHONY: test build-all
test:
	@tools/install-deps.sh test
	@$(MAKE) $(JOBS) --no-print-directory build-all
	@tools/as-user.pl perl tools/test.pl

build-all: module consentctl $(unit_bins) $(help_bins)

# What visitors see, in the other browsers; `make test` has a short one of each.

.PHONY: test-browsers
test-browsers:
	@tools/install-deps.sh browsers
	@$(MAKE) $(JOBS) --no-print-directory module consentctl
	@CONSENT_BROWSER=firefox tools/as-user.pl perl tools/test.pl browser
	@CONSENT_BROWSER=chromium tools/as-user.pl perl tools/test.pl browser

.PHONY: audit
audit:
	@tools/install-deps.sh audit
	@$(MAKE) $(JOBS) --no-print-directory module consentctl
	@node tests/audit/audit.mjs

VERSIONS ?= bookworm trixie sid

.PHONY: test-versions test-static
test-versions:
	@tools/install-deps.sh versions
	@tools/test-versions.sh $(VERSIONS)

test-static:
	@tools/install-deps.sh versions
	@tools/test-versions.sh bookworm+static

# Speed: prints, compares nothing, fails on nothing but errors.  bench-docs
# writes the same into docs/speed.md and docs/matcher.md.  SAMPLE=N takes every
# N-th page.

SAMPLE ?= 1

bench_srcs := bench/bench.c bench/jobs.c
bench_libs :=

ifeq ($(shell pkg-config --exists libxml-2.0 2>&1 && echo yes),yes)
bench_srcs += bench/libxml2.c
bench_libs += -DBENCH_LIBXML2 $(shell pkg-config --cflags --libs libxml-2.0)
endif

ifeq ($(shell pkg-config --exists gumbo 2>&1 && echo yes),yes)
bench_srcs += bench/gumbo.c
bench_libs += -DBENCH_GUMBO $(shell pkg-config --cflags --libs gumbo)
endif

$(B)/bench_filter: $(bench_srcs) bench/bench.h $(B)/libconsent.a
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -o $@ $(bench_srcs) \
	    $(B)/libconsent.a $(bench_libs) $(LIBS)

$(B)/bench_match: bench/match.c $(B)/libconsent.a
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -o $@ $^ $(LIBS)

$(B)/bench_hostile: bench/hostile.c tests/unit/unit_hostile.h \
    $(B)/libconsent.a
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) $(INCLUDES) -Itests/unit -o $@ $< \
	    $(B)/libconsent.a $(LIBS)

.PHONY: bench bench-filter bench-match bench-docs
bench: bench-filter bench-match

bench-filter bench-match bench-docs:
	@tools/install-deps.sh bench
	@$(MAKE) $(JOBS) --no-print-directory $(B)/bench_filter \
	    $(B)/bench_match
	@$(if $(@:bench-match=),node bench/run.mjs $(SAMPLE) \
	    $(if $(@:bench-filter=),docs/speed.md))
	@$(if $(@:bench-filter=),node bench/match.mjs \
	    $(if $(@:bench-match=),docs/matcher.md docs/matcher.svg))


# The same inside nginx, next to what an operator would use instead.

BENCH_SECONDS ?= 4
BENCH_ROUNDS  ?= 3

.PHONY: bench-nginx bench-nginx-docs
bench-nginx bench-nginx-docs:
	@tools/install-deps.sh bench
	@$(MAKE) $(JOBS) --no-print-directory module
	@node bench/nginx/run.mjs $(BENCH_SECONDS) $(BENCH_ROUNDS) \
	    $(if $(@:bench-nginx=),docs/nginx-speed.md)


# What a busy connection holds, at each BUSY_STEP bytes of every page.

BUSY_STEP ?= 16384

$(B)/bench_allocated.so: bench/allocated.c
	@echo '  cc $<'
	@$(CC) $(CFLAGS) $(STRICT) -fPIC -shared -o $@ $<

.PHONY: bench-busy
bench-busy:
	@tools/install-deps.sh build
	@$(MAKE) $(JOBS) --no-print-directory module $(B)/bench_allocated.so
	@perl bench/nginx/busy.pl $(B)/bench_allocated.so $(BUSY_STEP)


# What visitors load, made of what is read; and the table of what passes the
# guard.

.PHONY: scripts guard-docs bench-guard
scripts:
	@tools/install-deps.sh test
	@node tools/scripts.mjs

guard-docs bench-guard:
	@tools/install-deps.sh test
	@$(MAKE) $(JOBS) --no-print-directory module
	@node $(if $(@:bench-guard=),tools/guard-docs.mjs,\
	    bench/guard.mjs)


.PHONY: bench-policy
bench-policy:
	@tools/install-deps.sh bench
	@$(MAKE) $(JOBS) --no-print-directory module
	@node bench/nginx/policy.mjs $(BENCH_SECONDS) $(BENCH_ROUNDS)


# Nothing leaves: real sites, live fakes of their trackers, every choice.  A
# run of all of it writes docs/proof.md.

PROOF ?=

.PHONY: proof
proof:
	@tools/install-deps.sh proof
	@$(MAKE) $(JOBS) --no-print-directory module consentctl
	@node tests/proof/run.mjs $(or $(PROOF),--write docs/proof.md)


.PHONY: conformance
conformance:
	@tools/install-deps.sh test
	@$(MAKE) $(JOBS) --no-print-directory build-all
	@tools/as-user.pl perl tools/test.pl conformance


.PHONY: lint
lint: consentctl
	@tools/as-user.pl perl tools/test.pl style


# The demo.

.PHONY: demo
demo:
	@tools/install-deps.sh build
	@$(MAKE) $(JOBS) --no-print-directory module consentctl
	@DEMO_PORT=$(DEMO_PORT) tools/as-user.pl demo/run.sh


# Installing: the module where nginx loads it from, switched on as Debian's
# own module packages are; rules, command, manual, completion and sample under
# PREFIX.  70- sorts behind other filters (50-), which the order of filters
# needs.  A sample that was edited in place stays.

.PHONY: install uninstall
install: module consentctl
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(NGX_MODULES)' \
	    '$(DESTDIR)$(NGX_AVAILABLE)' '$(DESTDIR)$(NGX_ETC)/snippets' \
	    '$(DESTDIR)$(NGX_ETC)/modules-enabled' \
	    '$(DESTDIR)$(RULES_TO)/rules' '$(DESTDIR)$(MAN_TO)' \
	    '$(DESTDIR)$(BASH_TO)'
	install -m 755 $(B)/consentctl '$(DESTDIR)$(PREFIX)/bin/consentctl'
	install -m 644 docs/consentctl.1 '$(DESTDIR)$(MAN_TO)/consentctl.1'
	sed 's|/usr/local/share/ngx_consent|$(RULES_TO)|' docs/consentctl.1 \
	    > '$(DESTDIR)$(MAN_TO)/consentctl.1'
	install -m 644 $(SRC)/cli/consentctl.bash \
	    '$(DESTDIR)$(BASH_TO)/consentctl'
	install -m 644 $(wildcard rules/*.json) '$(DESTDIR)$(RULES_TO)/rules'
	install -m 644 docs/consent.conf '$(DESTDIR)$(RULES_TO)/consent.conf'
	install -m 644 $(B)/$(MODULE) '$(DESTDIR)$(NGX_MODULES)/$(MODULE)'
	echo 'load_module modules/$(MODULE);' \
	    > '$(DESTDIR)$(NGX_AVAILABLE)/$(CONF)'
	ln -sf '$(NGX_AVAILABLE)/$(CONF)' \
	    '$(DESTDIR)$(NGX_ETC)/modules-enabled/70-$(CONF)'
	test -e '$(DESTDIR)$(NGX_ETC)/snippets/consent.conf' \
	    || install -m 644 docs/consent.conf \
	           '$(DESTDIR)$(NGX_ETC)/snippets/consent.conf'

uninstall:
	rm -f '$(DESTDIR)$(NGX_ETC)/modules-enabled/70-$(CONF)' \
	    '$(DESTDIR)$(NGX_AVAILABLE)/$(CONF)' \
	    '$(DESTDIR)$(NGX_MODULES)/$(MODULE)' \
	    '$(DESTDIR)$(PREFIX)/bin/consentctl' \
	    '$(DESTDIR)$(MAN_TO)/consentctl.1' \
	    '$(DESTDIR)$(BASH_TO)/consentctl'
	@sample='$(DESTDIR)$(NGX_ETC)/snippets/consent.conf'; \
	if cmp -s "$$sample" '$(DESTDIR)$(RULES_TO)/consent.conf'; then \
	    rm -f "$$sample"; \
	elif test -e "$$sample"; then \
	    echo "kept, because it was edited: $$sample"; \
	fi
	rm -rf '$(DESTDIR)$(RULES_TO)'


.PHONY: clean
clean:
	rm -rf $(B)


-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/asan/*/*.d $(B)/fuzz/*/*.d)
