// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "lru.h"
#include "rng.h"

#define NONE	UINT32_MAX

/* A list from the latest used to the oldest, linked by the places' numbers. */
struct list {
	uint32_t latest;
	uint32_t oldest;
};

struct link {
	uint32_t later;
	uint32_t older;
};

/* Every entry is in two lists: of all, and of its site. */
enum which { ALL, SITE, LISTS };

struct place {
	uint64_t key;
	uint32_t site;
	uint32_t chain;		/* the next of the same hash */
	struct link link[LISTS];
};

struct site {
	struct list list;
	uint32_t count;
};

struct lru {
	unsigned int size;
	unsigned int share;
	unsigned int sites;
	unsigned int count;	/* places are taken in turn until all are */
	uint32_t mask;
	uint32_t *hash;
	struct place *place;
	struct site *site;
	struct list all;
};

static void *array(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		err(1, "no memory for %zu entries", n);
	return p;
}

static void sites_clear(struct lru *lru)
{
	for (unsigned int i = 0; i < lru->sites; i++)
		lru->site[i] = (struct site){ { NONE, NONE }, 0 };
}

struct lru *lru_new(unsigned int size, unsigned int share, unsigned int sites)
{
	struct lru *lru = array(1, sizeof(*lru));
	uint32_t buckets = 1;

	while (buckets < size)
		buckets *= 2;
	lru->size = size;
	lru->share = share;
	lru->sites = sites;
	lru->mask = buckets - 1;
	lru->hash = array(buckets, sizeof(*lru->hash));
	lru->place = array(size, sizeof(*lru->place));
	lru->site = array(sites, sizeof(*lru->site));
	sites_clear(lru);
	lru_clear(lru);
	return lru;
}

void lru_free(struct lru *lru)
{
	free(lru->hash);
	free(lru->place);
	free(lru->site);
	free(lru);
}

void lru_clear(struct lru *lru)
{
	for (unsigned int i = 0; i < lru->count; i++)
		lru->site[lru->place[i].site] = (struct site){ { NONE, NONE }, 0 };
	memset(lru->hash, 0xff, ((size_t)lru->mask + 1) * sizeof(*lru->hash));
	lru->all = (struct list){ NONE, NONE };
	lru->count = 0;
}

unsigned int lru_count(const struct lru *lru)
{
	return lru->count;
}

static void list_add(struct lru *lru, struct list *list, enum which which, uint32_t i)
{
	lru->place[i].link[which] = (struct link){ NONE, list->latest };
	if (list->latest != NONE)
		lru->place[list->latest].link[which].later = i;
	else
		list->oldest = i;
	list->latest = i;
}

static void list_remove(struct lru *lru, struct list *list, enum which which, uint32_t i)
{
	struct link link = lru->place[i].link[which];

	if (link.later != NONE)
		lru->place[link.later].link[which].older = link.older;
	else
		list->latest = link.older;
	if (link.older != NONE)
		lru->place[link.older].link[which].later = link.later;
	else
		list->oldest = link.later;
}

static uint32_t *bucket(struct lru *lru, uint64_t key)
{
	return &lru->hash[rng_mix(key) & lru->mask];
}

static uint32_t find(struct lru *lru, uint64_t key)
{
	uint32_t i = *bucket(lru, key);

	while (i != NONE && lru->place[i].key != key)
		i = lru->place[i].chain;
	return i;
}

static void link_in(struct lru *lru, uint32_t i)
{
	list_add(lru, &lru->all, ALL, i);
	list_add(lru, &lru->site[lru->place[i].site].list, SITE, i);
}

static void link_out(struct lru *lru, uint32_t i)
{
	list_remove(lru, &lru->all, ALL, i);
	list_remove(lru, &lru->site[lru->place[i].site].list, SITE, i);
}

static void drop(struct lru *lru, uint32_t i)
{
	uint32_t *at = bucket(lru, lru->place[i].key);

	while (*at != i)
		at = &lru->place[*at].chain;
	*at = lru->place[i].chain;
	link_out(lru, i);
	lru->site[lru->place[i].site].count--;
}

/* An empty place, or one that is made so. */
static uint32_t room(struct lru *lru, const struct site *site)
{
	uint32_t i;

	if (site->count >= lru->share)
		i = site->list.oldest;
	else if (lru->count < lru->size)
		return lru->count++;
	else
		i = lru->all.oldest;
	drop(lru, i);
	return i;
}

static void add(struct lru *lru, uint64_t key, unsigned int site)
{
	uint32_t i = room(lru, &lru->site[site]);
	uint32_t *at = bucket(lru, key);

	lru->place[i].key = key;
	lru->place[i].site = site;
	lru->place[i].chain = *at;
	*at = i;
	lru->site[site].count++;
	link_in(lru, i);
}

bool lru_use(struct lru *lru, uint64_t key, unsigned int site)
{
	uint32_t i = find(lru, key);

	if (i == NONE) {
		add(lru, key, site);
		return false;
	}
	link_out(lru, i);
	link_in(lru, i);
	return true;
}
