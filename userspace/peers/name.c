// SPDX-License-Identifier: GPL-2.0
#include "name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/addr.h"

#define DAY		86400
#define DAY_MAX		UINT16_MAX

/* --- names --- */

static void format_addr(char dst[XC_PEER_NAME], const struct in6_addr *addr)
{
	if (IN6_IS_ADDR_V4MAPPED(addr))
		inet_ntop(AF_INET, &addr->s6_addr[12], dst, XC_PEER_NAME);
	else
		inet_ntop(AF_INET6, addr, dst, XC_PEER_NAME);
}

/* "192.0.2.7", "2001:db8::1", and with the brackets that an MTA may put around it. */
static bool parse_addr(struct in6_addr *addr, const char *text)
{
	size_t len = strlen(text);
	char plain[INET6_ADDRSTRLEN];
	struct xc_net net;

	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (!len || len >= sizeof(plain) || memchr(text, '/', len))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (xc_addr_parse(&net, plain))
		return false;
	*addr = net.addr;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Parts of letters, digits, hyphens and underscores, parted by single dots. */
static bool copy_name(char dst[XC_PEER_NAME], const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t len = strlen(text), i;

	if (len && text[len - 1] == '.')
		len--;
	if (!len || len >= XC_PEER_NAME)
		return false;
	for (i = 0; i < len; i++) {
		dst[i] = lower(text[i]);
		if (dst[i] == '.' ? !i || dst[i - 1] == '.' : !strchr(plain, dst[i]) || !dst[i])
			return false;
	}
	dst[len] = '\0';
	return dst[len - 1] != '.';
}

bool xc_peer_name_of(char dst[XC_PEER_NAME], const char *text)
{
	struct in6_addr addr;

	if (!text[0])
		return false;
	if (!parse_addr(&addr, text))
		return copy_name(dst, text);
	format_addr(dst, &addr);
	return true;
}

void xc_peer_name(char dst[XC_PEER_NAME], const char *host, const struct in6_addr *addr)
{
	if (!xc_peer_name_of(dst, host))
		format_addr(dst, addr);
}

/* --- days --- */

uint16_t xc_day(time_t when)
{
	time_t day = when / DAY;

	if (day < 1)
		return 1;
	return day < DAY_MAX ? day : DAY_MAX;
}

void xc_day_format(char dst[XC_DAY_TEXT], uint16_t day)
{
	time_t when = (time_t)day * DAY;
	struct tm tm;

	if (!day || !gmtime_r(&when, &tm) || !strftime(dst, XC_DAY_TEXT, "%Y-%m-%d", &tm))
		strcpy(dst, "-");
}

bool xc_day_parse(uint16_t *day, const char *text)
{
	struct tm tm = { 0 };
	char again[XC_DAY_TEXT];
	time_t when;
	int n = 0;

	*day = 0;
	if (!strcmp(text, "-"))
		return true;
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 || text[n])
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	when = timegm(&tm) / DAY;
	if (when < 1 || when > DAY_MAX)
		return false;
	*day = when;
	/* So the 31st of February, which is a day of March, is none. */
	xc_day_format(again, *day);
	return !strcmp(text, again);
}

/* --- versions --- */

void xc_peer_version_format(char dst[XC_VERSION_TEXT], uint16_t version)
{
	if (version)
		snprintf(dst, XC_VERSION_TEXT, "%d.%d", version >> 8, version & 0xff);
	else
		strcpy(dst, "-");
}

bool xc_peer_version_parse(uint16_t *version, const char *text)
{
	char again[XC_VERSION_TEXT];
	unsigned int major, minor;
	int n = 0;

	*version = 0;
	if (!strcmp(text, "-"))
		return true;
	if (sscanf(text, "%2u.%2u%n", &major, &minor, &n) != 2 || text[n] || !major)
		return false;
	*version = major << 8 | minor;
	xc_peer_version_format(again, *version);
	return !strcmp(text, again);
}
