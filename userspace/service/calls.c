// SPDX-License-Identifier: GPL-2.0
#include "calls.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Memory that is never executed. */
static const int maps[] = { SCMP_SYS(mmap2), SCMP_SYS(mprotect) };

static int add_allowed(scmp_filter_ctx ctx, const int *allowed, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < n; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	return err;
}

static int add_maps(scmp_filter_ctx ctx, uint32_t arch)
{
	const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, maps[i], 1, plain);
	/* On 32-bit x86 mmap takes a pointer to its arguments, and nobody uses it any more. */
	if (!err && arch != SCMP_ARCH_X86)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
	return err;
}

/*
 * A syslog that listens on a stream and was started anew needs another socket. Where socket()
 * is one of socketcall() its family cannot be seen, and such a syslog gets no more lines.
 */
static int add_socket(scmp_filter_ctx ctx, uint32_t arch)
{
	if (arch == SCMP_ARCH_X86)
		return 0;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
}

static int set_arch(scmp_filter_ctx ctx, uint32_t arch)
{
	int err = arch == seccomp_arch_native() ? 0 : seccomp_arch_add(ctx, arch);

	if (!err && arch != seccomp_arch_native())
		err = seccomp_arch_remove(ctx, seccomp_arch_native());
	/* For the thread that writes the log, too. */
	return err ? err : seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
}

scmp_filter_ctx xc_calls_new(uint32_t arch, const int *allowed, size_t n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (arch == SCMP_ARCH_NATIVE)
		arch = seccomp_arch_native();
	if (ctx && !set_arch(ctx, arch) && !add_allowed(ctx, allowed, n) && !add_maps(ctx, arch) &&
	    !add_socket(ctx, arch))
		return ctx;
	if (ctx)
		seccomp_release(ctx);
	return NULL;
}

int xc_calls_load(const struct xc_log *log, scmp_filter_ctx ctx)
{
	int err = ctx ? seccomp_load(ctx) : -ENOMEM;

	if (ctx)
		seccomp_release(ctx);
	if (err)
		xc_log(log, LOG_ERR, "start event=no-seccomp error=\"%s\" hint=\"this needs a kernel with CONFIG_SECCOMP_FILTER\"",
		       strerror(-err));
	return err;
}
