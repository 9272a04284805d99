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
deps:				## install what builds and tests need (Debian 12 or 13, as root)
	$(VM)/deps

# The kernels of the tests; those of Debian 13 run with a root file system of that release
# (tests/vm/root), for which user space and programs are built once more.
KERNELS    := 6.1 6.12
KERNELS_13 := 6.12-13 backports
HARNESS     = KSELFTEST=$$($(VM)/source)/tools/testing/selftests
ROOT_13    := $(VM)/root 13
ARM64      := 6.12-arm64

# What a test kernel runs is built outside of it: inside, it would take minutes.
.PHONY: test-builds test-modules test-programs test-programs-13 test-programs-arm64 test-mailers
test-builds: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) test-modules test-programs test-programs-13 \
	  test-programs-arm64 test-mailers

test-modules: deps
	+for k in $(KERNELS); do $(VM)/kernel module $$k || exit 1; done
	+$(VM)/kernel module 6.12 BUILD=$(BUILD)/lacking CONFIG_CRYPTO_LIB_ARC4=

test-programs: deps userspace
	+for d in selftests wire soak bench handshake; do \
	  $(MAKE) -C tests/$$d O=$(BUILD)/$$d $(HARNESS) all || exit 1; done

test-programs-13: deps
	+for k in $(KERNELS_13); do $(VM)/kernel module $$k || exit 1; done
	+$(ROOT_13) $(MAKE) -s userspace
	+for d in selftests wire handshake; do \
	  $(ROOT_13) $(MAKE) -s -C tests/$$d $(HARNESS) all || exit 1; done

test-programs-arm64: deps
	+$(VM)/kernel module $(ARM64)
	+$(VM)/root $$(. /etc/os-release && echo $$VERSION_ID)-arm64 $(MAKE) -s -C tests/selftests $(HARNESS) all

test-mailers: deps
	@tests/mail/fetch

# Every test runs with each cipher, over one address family on the debug kernel, which is 6.12,
# and over the other on 6.12 or 6.1. FULL=1 is all of it on each kernel, which takes two hours.
ifeq ($(FULL),)
SKIP_uml       := -V v6_chacha20 -V v4_aes256ctr -V v6_t32 -V v4_arrsyfor -V v6_chachapoly -V v4_aes256gcm
SKIP_6.12      := -V v4_chacha20 -V v4_aes256ctr -V v6_aes256ctr -V v4_t32 -V v4_arrsyfor -V v6_arrsyfor \
	-V v4_chachapoly -V v6_aes256gcm
SKIP_6.1       := -V v4_chacha20 -V v6_chacha20 -V v6_aes256ctr -V v4_t32 -V v6_t32 -V v6_arrsyfor \
	-V v6_chachapoly -V v4_aes256gcm
# One stream cipher a family. Of Debian 13's 6.12, which is nearly that of 12, only what another
# compiler or build may change.
SKIP_6.12-13   := -V v6_chacha20 -V v4_aes256ctr -V v4_t32 -V v6_t32 -V v4_arrsyfor -V v6_arrsyfor \
	-V v6_chachapoly -V v4_aes256gcm
SKIP_backports := $(SKIP_6.12-13)
PROGS_6.12-13  := attach keys tx rx splice iouring urgent handshake upcall diag unload
WIRE_6.1       := 'exact*' 'segments*' 'peer*' 'attached*' 'lost*'
WIRE_uml       := 'lost*'
WIRE_backports := 'exact*' 'segments*' 'peer*' 'lost*'
# The debug kernel runs all of the handshake, of mail and of the gateway, faster than the others,
# which are emulated: here what two processors may change, and what depends on libraries (those of
# Debian 12 with 6.1 and 6.12, of 13 with the rest).
HANDSHAKE_6.1     := 'suite*' 'killed*' 'mta*' 'ctl*' 'pipelined*' 'octets*' 'no-descriptor*'
HANDSHAKE_6.12    := 'suite chacha*' 'killed*' 'mta*' 'thousand*' 'silent*' 'module*' 'locked*' \
	'error-queue*' 'event*'
HANDSHAKE_6.12-13 := 'suite*' 'killed*' 'mta*'
HANDSHAKE_backports := $(HANDSHAKE_6.12-13) 'files*' 'service*' 'host*' 'mixed*' 'early*'
GATEWAY_6.12 := 'encrypted chacha*' 'starttls*' 'required*' 'postfix-to*' 'mail postfix exim'
GATEWAY_uml  := restricted 'reload*' killed drained rules counters idle-sessions load 'reset-in server*' \
	'quits*' both-end no-answer 'version3*' injected 'octets*' 'broken*' 'refused-c*' encrypted-ipv6 \
	helo-then-xcrypt 'xcrypt-unlisted*' 'daemon-refuses*' 'mail-version3*'
MAIL_uml     := '!messages-in-one*'
ATTACKS_uml := 'record flip*' 'injected*' 'changed*' 'ended*' 'cut-behind RST*'
# Of arm64, which is emulated anywhere, what its other instructions and memory order may change.
SKIP_6.12-arm64  := $(SKIP_6.12-13) -V v4_plain -V v6_plain
PROGS_6.12-arm64 := attach keys tx rx peek splice threads
MAIL_6.1  := 'suite*' 'answer-closes*' 'killed*' 'message-25*' 'message dots'
MAIL_6.12 := 'suite*' 'answer-required *' 'pipel*'
endif

# The longest begin first, so that none is alone at the end.
SUITES := 6.12-selftests 6.1-selftests checks backports-selftests 6.12-speed 6.12-wire 6.12-handshake \
	backports-handshake 6.1-handshake 6.1-wire units 6.12-idle 6.12-13-selftests 6.12-13-handshake \
	install-13 $(ARM64)-selftests 6.12-mail 6.1-mail 6.12-gateway 6.1-stress 6.12-stress \
	backports-wire 6.12-memory 6.12-soak vm fuzz model 6.12-lacking docs
SUITES_DEBUG := uml-handshake uml-selftests uml-mail uml-faults uml-gateway uml-attacks uml-wire coverage
ifneq ($(FULL),)
SUITES += install-12 6.1-gateway 6.12-13-wire 6.1-memory 6.1-soak 6.12-large 6.1-large $(addprefix install-clean-,12 13) \
	$(addprefix install-boot-,12 12-make 12-secure 13 13-make 13-secure uml uml-exim uml-opensmtpd)
SUITES_DEBUG += mutants
endif

# They wait more than they compute: several run side by side on two processors. What measures
# (--icount) counts instructions, so that its neighbours do not matter.
SIDE_BY_SIDE = $(MAKE) --no-print-directory -j$$(($$(nproc) * 2)) TALLY="$(TALLY) --prefix"

.PHONY: test
test: test-builds		## all tests, on the kernels of Debian 12 and 13, in virtual machines
	@$(TALLY) --reset
	+@$(SIDE_BY_SIDE) $(SUITES)
	@$(TALLY) --sum

.PHONY: test-debug
test-debug: test-programs test-programs-13 test-mailers	## under KASAN, lockdep, kmemleak, UBSAN, with faults and coverage
	+$(MAKE) kmod KVER=uml
	+$(MAKE) -C tests/faults O=$(BUILD)/faults all
	@$(TALLY) --reset
	+@$(SIDE_BY_SIDE) $(SUITES_DEBUG)
	@$(TALLY) --sum

# KERNEL-SUITE
%-selftests: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 --env FULL $* env ARGS='$(SKIP_$*)' tests/selftests/run $(PROGS_$*)
%-wire: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 $* tests/wire/run $(WIRE_$*)
%-handshake: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 $* tests/handshake/run $(HANDSHAKE_$*)
%-mail: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 $* tests/mail/run $(MAIL_$*)
%-gateway: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 --env FULL $* tests/gateway/run $(GATEWAY_$*)
%-attacks: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 2400 $* tests/attacks/run $(ATTACKS_$*)
%-soak: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 1200 $* tests/soak/run
%-large: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 600 $* tests/soak/large
%-stress: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 1600 $* tests/soak/stress
%-memory: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 1800 --append slab_nomerge $* tests/bench/memory
%-lacking: FORCE
	@$(TALLY) $@ $(VM)/run $* tests/handshake/lacking
%-idle: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 90000 --icount $* tests/bench/idle
%-speed: FORCE
	@$(TALLY) $@ $(VM)/run --timeout 90000 --icount $* tests/bench/speed

FORCE:
.PHONY: checks units fuzz model vm docs mutants uml-selftests uml-faults coverage
checks:
	@$(TALLY) check tests/check $(if $(FULL),,--quick)
units:
	+@$(MAKE) --no-print-directory -j1 unit-suites unit-suites-13
fuzz:
	@$(TALLY) $@ $(MAKE) --no-print-directory -s -C tests/fuzz O=$(BUILD)/fuzz check FUZZ_TIME=5
model docs:
	@$(TALLY) $@ tests/$@/run
vm:
	@$(TALLY) $@ $(VM)/selftest
mutants:
	@$(TALLY) $@ tests/mutants/run
install-1%: FORCE
	@$(TALLY) $@ tests/install/apt $(if $(FULL),,--quick) 1$*
install-clean-%: FORCE
	@$(TALLY) $@ tests/install/clean $*
install-boot-%: FORCE
	$(if $(filter uml%,$*),+@$(MAKE) -s kmod KVER=uml)
	@$(TALLY) $@ tests/install/boot $*
uml-selftests:
	@$(TALLY) $@ tests/coverage/run selftests env ARGS='$(SKIP_uml)' tests/selftests/run
uml-faults:
	@$(TALLY) $@ tests/coverage/run faults tests/faults/run
coverage: uml-selftests uml-faults
	@$(TALLY) $@ tests/coverage/report

.PHONY: test-handshake test-mail test-gateway
test-handshake test-mail test-gateway: test-%: test-modules test-programs test-mailers
	@$(TALLY) --reset
	@for k in 6.12 6.1; do \
	  $(TALLY) $$k-$* $(VM)/run --timeout 2400 $$k tests/$*/run; done
	@$(TALLY) --sum

.PHONY: demo
demo: test-modules userspace	## mail from host to host, as the wire sees it; MTA, SUITE, MAIL, PLAIN=1, KERNEL
	@MESSAGE='$(if $(filter command,$(origin MAIL)),$(MAIL))' tests/demo/run

.PHONY: unit-suites test-unit
unit-suites:
	@$(TALLY) unit $(MAKE) --no-print-directory -s -C tests/unit O=$(BUILD)/unit check
	@$(TALLY) unit-xcryptd $(MAKE) --no-print-directory -s -C tests/unit/xcryptd \
	  O=$(BUILD)/unit/xcryptd check
	@$(TALLY) unit-peers $(MAKE) --no-print-directory -s -C tests/unit/peers \
	  O=$(BUILD)/unit/peers check
	@$(TALLY) unit-gateway $(MAKE) --no-print-directory -s -C tests/unit/gateway \
	  O=$(BUILD)/unit/gateway check
	@$(TALLY) unit-xcryptctl $(MAKE) --no-print-directory -s -C tests/unit/xcryptctl \
	  O=$(BUILD)/unit/xcryptctl check
	@$(TALLY) unit-wireshark tests/unit/wireshark/test_dissector.py
	@$(TALLY) unit-cachesim $(MAKE) --no-print-directory -s -C tests/bench/cachesim \
	  O=$(BUILD)/bench/cachesim check
	@$(TALLY) unit-cache $(MAKE) --no-print-directory -s -C tests/bench/cache \
	  O=$(BUILD)/bench/cache check

# Against the libraries of Debian 13.
.PHONY: unit-suites-13
unit-suites-13:
	@$(TALLY) 13-unit $(ROOT_13) $(MAKE) --no-print-directory -s -C tests/unit check
	@$(TALLY) 13-unit-xcryptd $(ROOT_13) $(MAKE) --no-print-directory -s -C tests/unit/xcryptd check
	@$(TALLY) 13-unit-peers $(ROOT_13) $(MAKE) --no-print-directory -s -C tests/unit/peers check

test-unit:			## what needs no virtual machine, in seconds
	@$(TALLY) --reset
	+@$(MAKE) --no-print-directory unit-suites
	@$(TALLY) --sum

.PHONY: check
check:				## checkpatch, sparse, compiler warnings, cppcheck, format
	@tests/check

.PHONY: soak
soak: test-modules test-programs	## 1 GiB and more through loss and reorder, each cipher and kernel
	@for k in 6.1 6.12; do \
	  $(VM)/run --timeout 86400 $$k tests/soak/run --mib $${MIB:-1024} || exit 1; done

.PHONY: bench
bench: test-modules test-programs test-programs-13 test-mailers	## measure against plain TCP, kTLS, STARTTLS and the paper
	+$(MAKE) -C tests/bench O=$(BUILD)/bench parts
	+$(MAKE) -C tests/bench O=$(BUILD)/bench KVER=$$($(VM)/kernel kver 6.12) kmod
	+$(ROOT_13) $(MAKE) -s -C tests/bench/session
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

# From what git has, so that nothing that lies about gets in; without git, from all there is.
DEB := $(BUILD)/deb
PACKED := README.md LICENSE docs kmod userspace

.PHONY: deb
deb:				## Debian packages for the release it runs on, in build/deb
	@rm -rf $(DEB) && mkdir -p $(DEB)/ssmail
	{ git ls-files -z $(PACKED) 2> /dev/null || find $(PACKED) -type f -print0; } | \
	  xargs -0 cp --parents -t $(DEB)/ssmail
	mv $(DEB)/ssmail/userspace/debian $(DEB)/ssmail/debian
	cd $(DEB)/ssmail && dpkg-buildpackage -b -us -uc
	@ls $(DEB)/*.deb

.PHONY: clean
clean:				## remove what was built; the cache of kernels stays
	rm -rf $(BUILD)

.PHONY: help
help:				## this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
	  awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'
