// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define BOOT_ID_TEXT	36	/* 8-4-4-4-12 hexadecimal digits */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void parse_id(uint8_t id[XC_BOOT_LEN], const char *text)
{
	int i, n = 0;

	for (i = 0; i < BOOT_ID_TEXT && n < 2 * XC_BOOT_LEN; i++) {
		if (digit(text[i]) < 0)
			continue;
		id[n / 2] = id[n / 2] << 4 | digit(text[i]);
		n++;
	}
	if (n != 2 * XC_BOOT_LEN)
		memset(id, 0, XC_BOOT_LEN);
}

/* Read once: a daemon that has locked itself up cannot any more, nor need it. */
static const uint8_t *boot_id(void)
{
	static uint8_t id[XC_BOOT_LEN];
	static int done;
	char text[BOOT_ID_TEXT];
	int fd;

	if (done)
		return id;
	done = 1;
	fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return id;
	if (read(fd, text, sizeof(text)) == sizeof(text))
		parse_id(id, text);
	close(fd);
	return id;
}

void xc_clock(struct xc_time *now)
{
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	now->boot = boot.tv_sec;
	now->wall = time(NULL);
	memcpy(now->boot_id, boot_id(), XC_BOOT_LEN);
}
