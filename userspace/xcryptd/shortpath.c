// SPDX-License-Identifier: GPL-2.0
#include "shortpath.h"

#include <string.h>

static int place_of(const struct xc_shortpath *paths, const struct in6_addr *addr)
{
	int i;

	for (i = 0; i < XC_SHORTPATH_MAX; i++) {
		if (paths->one[i].until && !memcmp(&paths->one[i].addr, addr, sizeof(*addr)))
			return i;
	}
	return -1;
}

void xc_shortpath_add(struct xc_shortpath *paths, const struct in6_addr *addr, uint64_t now)
{
	int i = place_of(paths, addr);

	if (i < 0)
		i = paths->count++ % XC_SHORTPATH_MAX;
	paths->one[i].addr = *addr;
	paths->one[i].until = now + XC_SHORTPATH_TIME;
}

bool xc_shortpath_has(const struct xc_shortpath *paths, const struct in6_addr *addr,
		      uint64_t now)
{
	int i = place_of(paths, addr);

	return i >= 0 && now < paths->one[i].until;
}
