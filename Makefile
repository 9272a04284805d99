# SPDX-License-Identifier: GPL-2.0
# ssmail: "make help" says what there is.

KVER    ?= $(shell uname -r)
BUILD   ?= $(CURDIR)/build
DESTDIR ?=
PREFIX  ?= /usr/local

VM    := tests/vm
RESULTS := $(BUILD)/bench/results
TALLY := BUILD=$(BUILD) tests/tally

# The debug kernel under User-Mode Linux is built by the bench; the others have headers.
ifeq ($(KVER),uml)
KDIR  = $(shell $(VM)/kernel build uml)
KARGS = ARCH=um XCRYPT_DEBUG=1 XCRYPT_GCOV=y
else
KDIR  = /lib/modules/$(KVER)/build
KARGS = XCRYPT_DEBUG=0
endif

.PHONY: all
all: kmod userspace		## the module for the running kernel (or KVER=...) and user space

# Kernels share the sources, each with a directory of its own full of links to them.
.PHONY: kmod
kmod:				## the module alone; KVER=uml is the debug kernel of the tests
	@test -d "$(KDIR)" || { \
	  echo "No headers for kernel $(KVER): install linux-headers-$(KVER), or say" \
	       "'make kmod KVER=...' with one of:" \
	       $$(for d in /lib/modules/*/build; do [ -d $$d ] && basename $$(dirname $$d); done) >&2; \
	  exit 1; }
	@mkdir -p $(BUILD)/$(KVER)
	@cp -rsf $(CURDIR)/kmod/. $(BUILD)/$(KVER)/
	+$(MAKE) -C $(KDIR) M=$(BUILD)/$(KVER) $(KARGS) modules

.PHONY: userspace
userspace:			## the daemon and its tools
	+$(MAKE) -C userspace O=$(BUILD)/userspace

.PHONY: deps
deps:				## install what builds and tests need (Debian 12, as root)
	$(VM)/deps

# What a test kernel runs is built outside of it: inside, it would take minutes.
.PHONY: test-modules test-programs test-mailers
test-modules: deps
	+for k in 6.1 6.12; do \
	  $(MAKE) kmod KVER=$$($(VM)/kernel kver $$k) || exit 1; done

test-programs: deps userspace
	+for d in selftests wire soak bench handshake; do \
	  $(MAKE) -C tests/$$d O=$(BUILD)/$$d KSELFTEST=$$($(VM)/source)/tools/testing/selftests all \
	    || exit 1; done

test-mailers: deps
	@tests/mail/fetch

# Every test runs with each cipher on each kernel, over one address family here and over the
# other there. FULL=1 is all of it, which takes an hour.
ifeq ($(FULL),)
SKIP_6.12 := -V v6_chacha20 -V v4_aes256ctr -V v6_t32 -V v4_arrsyfor
SKIP_6.1  := -V v4_chacha20 -V v6_aes256ctr -V v4_t32 -V v6_arrsyfor
# Mail depends little on the kernel.
MAIL_6.1  := 'suite*' 'answer-closes*' 'answer-required *' 'killed*' 'message*' 'pipel*'
endif

# One processor each is what a kernel's suites need: the two run side by side.
.PHONY: test
test: test-modules test-programs test-mailers	## all tests on 6.1 and 6.12, in virtual machines
	@$(TALLY) --reset
	@$(TALLY) check tests/check
	+@$(MAKE) --no-print-directory unit-suites
	@$(TALLY) fuzz $(MAKE) --no-print-directory -s -C tests/fuzz O=$(BUILD)/fuzz check FUZZ_TIME=5
	@$(TALLY) vm $(VM)/selftest
	+@$(MAKE) --no-print-directory -j2 TALLY="$(TALLY) --prefix" suites-6.1 suites-6.12
	@$(TALLY) 6.12-idle $(VM)/run --timeout 90000 --icount 6.12 tests/bench/idle
	@$(TALLY) 6.12-speed $(VM)/run --timeout 90000 --icount 6.12 tests/bench/speed
	@$(TALLY) --sum

.PHONY: suites-6.1 suites-6.12
suites-6.1 suites-6.12: suites-%:
	@$(TALLY) $*-selftests $(VM)/run --timeout 2400 $* env ARGS='$(SKIP_$*)' tests/selftests/run
	@$(TALLY) $*-wire $(VM)/run --timeout 1200 $* tests/wire/run
	@$(TALLY) $*-soak $(VM)/run --timeout 1200 $* tests/soak/run
	@$(TALLY) $*-memory $(VM)/run --timeout 600 --append slab_nomerge $* tests/bench/memory
	@$(TALLY) $*-handshake $(VM)/run --timeout 1500 $* tests/handshake/run
	@$(TALLY) $*-mail $(VM)/run --timeout 2400 $* tests/mail/run $(MAIL_$*)

.PHONY: test-handshake test-mail
test-handshake test-mail: test-%: test-modules test-programs test-mailers
	@$(TALLY) --reset
	@for k in 6.12 6.1; do \
	  $(TALLY) $$k-$* $(VM)/run --timeout 2400 $$k tests/$*/run; done
	@$(TALLY) --sum

.PHONY: demo
demo: test-modules userspace	## mail from host to host, as the wire sees it; SUITE, MAIL, PLAIN=1, KERNEL
	@MESSAGE='$(if $(filter command,$(origin MAIL)),$(MAIL))' tests/demo/run

.PHONY: unit-suites test-unit
unit-suites:
	@$(TALLY) unit $(MAKE) --no-print-directory -s -C tests/unit O=$(BUILD)/unit check
	@$(TALLY) unit-xcryptd $(MAKE) --no-print-directory -s -C tests/unit/xcryptd \
	  O=$(BUILD)/unit/xcryptd check
	@$(TALLY) unit-cachesim $(MAKE) --no-print-directory -s -C tests/bench/cachesim \
	  O=$(BUILD)/bench/cachesim check

test-unit:			## what needs no virtual machine, in seconds
	@$(TALLY) --reset
	+@$(MAKE) --no-print-directory unit-suites
	@$(TALLY) --sum

.PHONY: test-debug
test-debug: test-programs	## under KASAN, lockdep, kmemleak, UBSAN, with faults and coverage
	+$(MAKE) kmod KVER=uml
	+$(MAKE) -C tests/faults O=$(BUILD)/faults all
	@$(TALLY) --reset
	@$(TALLY) debug-selftests tests/coverage/run selftests env ARGS='$(SKIP_6.12)' tests/selftests/run
	@$(TALLY) debug-faults tests/coverage/run faults tests/faults/run
	@$(TALLY) coverage tests/coverage/report
	@$(TALLY) debug-wire $(VM)/run --timeout 600 uml tests/wire/run 'lost*'
	@$(TALLY) debug-handshake $(VM)/run --timeout 2400 uml tests/handshake/run
	@$(TALLY) --sum

.PHONY: check
check:				## checkpatch, sparse, compiler warnings, cppcheck, format
	@tests/check

.PHONY: soak
soak: test-modules test-programs	## 1 GiB and more through loss and reorder, each cipher and kernel
	@for k in 6.1 6.12; do \
	  $(VM)/run --timeout 86400 $$k tests/soak/run --mib $${MIB:-1024} || exit 1; done

.PHONY: bench
bench: test-modules test-programs test-mailers	## measure against plain TCP, kTLS, STARTTLS and the paper
	+$(MAKE) -C tests/bench O=$(BUILD)/bench parts
	+$(MAKE) -C tests/bench O=$(BUILD)/bench KVER=$$($(VM)/kernel kver 6.12) kmod
	BUILD=$(BUILD) tests/bench/all $(RESULTS)
	$(VM)/run --timeout 900000 --icount --out $(RESULTS) 6.12 tests/handshake/cost
	-$(VM)/run --timeout 900000 --icount --out $(RESULTS) 6.12 tests/mail/overhead

.PHONY: install
install: userspace		## module for KVER, header, daemon, loading at boot; DESTDIR, PREFIX
	install -D -m 644 $(BUILD)/$(KVER)/xcrypt.ko \
	  $(DESTDIR)/lib/modules/$(KVER)/updates/xcrypt.ko
	install -D -m 644 kmod/uapi/linux/xcrypt.h $(DESTDIR)$(PREFIX)/include/linux/xcrypt.h
	install -d $(DESTDIR)/etc/modules-load.d
	echo xcrypt > $(DESTDIR)/etc/modules-load.d/xcrypt.conf
	+$(MAKE) -C userspace O=$(BUILD)/userspace DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

.PHONY: clean
clean:				## remove what was built; the cache of kernels stays
	rm -rf $(BUILD)

.PHONY: help
help:				## this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
	  awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'
