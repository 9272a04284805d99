// SPDX-License-Identifier: GPL-2.0
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* Newer than Linux 6.1, whose header may be all there is. */
#define TRUNCATE	(1ULL << 14)	/* from version 3 on */

#define READ		(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE		(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE | TRUNCATE)
#define FILE_ONLY	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)

/* All of version 1: EXECUTE, the first one, to MAKE_SYM, the last one. */
#define VERSION_1	(2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1)

static const uint64_t rights[] = {
	[XC_LANDLOCK_READ]	= READ,
	[XC_LANDLOCK_WRITE]	= WRITE,
	[XC_LANDLOCK_REMOVE]	= LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

static int add_rule(int set, const struct xc_landlock_rule *rule, uint64_t handled)
{
	struct landlock_path_beneath_attr beneath = { 0 };
	struct stat st;
	int err;

	if (!rule->path)
		return 0;
	beneath.parent_fd = open(rule->path, O_PATH | O_CLOEXEC);
	/* What is not there cannot be used. */
	if (beneath.parent_fd < 0)
		return 0;
	beneath.allowed_access = rights[rule->use] & handled;
	if (!fstat(beneath.parent_fd, &st) && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= FILE_ONLY;
	err = syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) ?
	      -errno : 0;
	close(beneath.parent_fd);
	return err;
}

static int restrict_files(const struct xc_landlock_rule *rules, int n, uint64_t handled)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = handled };
	int set = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int err = 0, i;

	if (set < 0)
		return -errno;
	for (i = 0; !err && i < n; i++)
		err = add_rule(set, &rules[i], handled);
	if (!err && syscall(SYS_landlock_restrict_self, set, 0))
		err = -errno;
	close(set);
	return err;
}

int xc_landlock(const struct xc_log *log, const struct xc_landlock_rule *rules, int n)
{
	int version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			      LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t handled = VERSION_1;
	int err;

	if (version < 0) {
		xc_log(log, LOG_NOTICE, "start event=no-landlock error=\"%s\" hint=\"files are protected by the daemon's user alone; the kernel has CONFIG_SECURITY_LANDLOCK and lsm=landlock,... where it can do more\"",
		       strerror(errno));
		return 1;
	}
	if (version >= 2)
		handled |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		handled |= TRUNCATE;
	err = restrict_files(rules, n, handled);
	if (err)
		xc_log(log, LOG_ERR, "start event=landlock-failed error=\"%s\" hint=\"see the kernel's log\"",
		       strerror(-err));
	return err;
}
