// SPDX-License-Identifier: GPL-2.0
/* A disk that takes a second for each fsync() keeps the loop from nothing. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agreement/suite.h"
#include "xcryptd/saver.h"
#include "tap.h"

#define SLOW	1000	/* milliseconds */
#define TICK	10

static struct xc_loop loop;
static struct xc_saver saver;
static struct xc_peers_file file;
static struct xc_peers *peers;
static struct xc_timer tick;
static uint64_t latest, worst;
static unsigned int syncs;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	__atomic_fetch_add(&syncs, 1, __ATOMIC_RELAXED);
	usleep(SLOW * 1000);
	return __real_fsync(fd);
}

/* The loop turns until nothing is written any more. */
static void ticked(struct xc_timer *timer)
{
	uint64_t now = xc_loop_now();

	if (now - latest > worst)
		worst = now - latest;
	latest = now;
	loop.stop = !saver.busy;
	xc_timer_set(&loop, timer, TICK);
}

static long length(const char *dir, const char *name)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) ? -1 : st.st_size;
}

static void make_pair(struct xc_keyring *ring, const struct xc_suite_list *suites, int i)
{
	xc_keypair_put(xc_keyring_pair(ring, suites->suite[i]->kex));
}

static void test_save(struct xc_keyring *ring, const struct xc_suite_list *suites, const char *dir)
{
	uint64_t start = xc_loop_now();

	make_pair(ring, suites, 0);
	xc_saver_save(&saver, ring, &file, peers);
	is(xc_loop_now() - start < SLOW / 2, "to have it written takes no time");
	/* One more while it is busy waits for the next time. */
	make_pair(ring, suites, 1);
	xc_saver_save(&saver, ring, &file, peers);
	loop.stop = false;
	latest = xc_loop_now();
	tick.expired = ticked;
	xc_timer_set(&loop, &tick, TICK);
	xc_loop_run(&loop);
	is(xc_loop_now() - start >= SLOW, "the disk took its time");
	is(worst < SLOW / 2, "the loop did not wait: %u ms at most", (unsigned int)worst);
	is(length(dir, "2.0") > 0 && !length(dir, "1.0"), "what had changed at first is written");
	xc_saver_save(&saver, ring, &file, peers);
	xc_saver_wait(&saver);
	is(length(dir, "1.0") > 0, "the other one is the next time, and can be waited for");
	xc_peers_met(peers, "mx.example.org", (const uint8_t *)"an identity has thirty-two octets", 0x301,
		     true, 20000);
	xc_saver_save(&saver, ring, &file, peers);
	xc_saver_wait(&saver);
	is(length(dir, "peers") > 100, "known peers are written, too");
	syncs = 0;
	xc_saver_save(&saver, ring, &file, peers);
	xc_saver_wait(&saver);
	is(!syncs, "what has not changed is not written");
}

int main(void)
{
	char dir[] = "/tmp/saver-XXXXXX";
	struct xc_keyring_options options = { .lifetime = 3600, .mode = XC_CACHE_DISK, .size = 16,
					      .share = 16, .dir = dir };
	static const struct xc_log quiet = { .to = XC_LOG_STDERR, .level = -1 };
	struct xc_suite_list suites = { .n = 2 };
	struct xc_keyring *ring;
	char path[64];

	if (!mkdtemp(dir) || xc_loop_open(&loop))
		abort();
	suites.suite[0] = xc_suite_find((struct xc_word){ "chacha20_2.0", 12 });
	suites.suite[1] = xc_suite_find((struct xc_word){ "t32_1.0", 7 });
	ring = xc_keyring_new(&options, &suites, &quiet);
	peers = xc_peers_new(16, 30);
	snprintf(path, sizeof(path), "%s/peers", dir);
	is(!xc_peers_file_open(&file, path, peers, &quiet), "a store with a file");
	is(ring && !xc_saver_open(&saver, &loop), "a ring on disk and a thread");
	test_save(ring, &suites, dir);
	xc_saver_close(&saver);
	xc_keyring_free(ring);
	xc_peers_file_close(&file);
	xc_peers_free(peers);
	xc_timer_clear(&loop, &tick);
	xc_loop_close(&loop);
	return tap_done();
}
