# SPDX-License-Identifier: GPL-2.0
# ssmail: see "make help".

KVER   ?= $(shell uname -r)
BUILD  ?= $(CURDIR)/build
PREFIX ?= /usr/local
VM     := tests/vm

# The debug kernel under User-Mode Linux is built by the bench; the others have headers.
ifeq ($(KVER),uml)
KDIR  = $(shell $(VM)/kernel build uml)
KARGS = ARCH=um XCRYPT_DEBUG=1 XCRYPT_GCOV=y
else
KDIR  = /lib/modules/$(KVER)/build
KARGS = XCRYPT_DEBUG=0
endif

.PHONY: all
all: kmod userspace

# Kernels share the sources, each with a directory of its own full of links to them.
.PHONY: kmod
kmod:
	@test -d "$(KDIR)" || { \
	  echo "No headers for kernel $(KVER): install linux-headers-$(KVER), or say" \
	       "'make kmod KVER=...' with one of:" \
	       $$(for d in /lib/modules/*/build; do [ -d $$d ] && basename $$(dirname $$d); done) >&2; \
	  exit 1; }
	@mkdir -p $(BUILD)/$(KVER)
	@cp -rsf $(CURDIR)/kmod/. $(BUILD)/$(KVER)/
	$(MAKE) -C $(KDIR) M=$(BUILD)/$(KVER) $(KARGS) modules

.PHONY: userspace
userspace:
	@! [ -e userspace/Makefile ] || $(MAKE) -C userspace O=$(BUILD)/userspace

.PHONY: clean
clean:
	rm -rf $(BUILD)
