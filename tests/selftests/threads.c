// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads on one socket. Whose octets come when is open, so what is compared
 * is how often each octet value was written and read.
 */
#define STREAM threads
#include "stream.h"

#include <sys/sendfile.h>
#include <sys/time.h>

#define MAX_JOBS 16

static atomic_uint written[256], received[256];
static atomic_bool stop;

static void tally(atomic_uint *count, const __u8 *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		atomic_fetch_add_explicit(&count[p[i]], 1, memory_order_relaxed);
}

static bool tallies_agree(void)
{
	for (int i = 0; i < 256; i++) {
		if (written[i] != received[i])
			return false;
	}
	return true;
}

static ssize_t tally_send(int fd, __u64 pos, size_t len)
{
	__u8 buf[8000];
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		pattern_fill(buf, n, pos + done);
		n = send(fd, buf, n, 0);
		if (n <= 0)
			return -1;
		tally(written, buf, n);
	}
	return len;
}

static ssize_t tally_sendfile(int fd, __u64 pos, size_t len)
{
	int file = pattern_file(len, pos);
	__u8 *buf = malloc(len);
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		n = sendfile(fd, file, NULL, len - done);
		if (n <= 0)
			return -1;
	}
	pattern_fill(buf, len, pos);
	tally(written, buf, len);
	free(buf);
	close(file);
	return len;
}

static ssize_t tally_recv(int fd, __u64 pos, size_t len)
{
	__u8 buf[8001];
	ssize_t n;

	(void)pos;
	for (size_t done = 0; done < len; done += n) {
		n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		n = recv(fd, buf, n, 0);
		if (n <= 0)
			return -1;
		tally(received, buf, n);
	}
	return len;
}

static void crowd(struct __test_metadata *_metadata, int a, int b, job_fn fn,
		  int writers, int readers, size_t total)
{
	struct job jobs[MAX_JOBS];

	for (int i = 0; i < readers; i++)
		job_start(&jobs[i], tally_recv, b, 0, total / readers);
	for (int i = 0; i < writers; i++)
		job_start(&jobs[readers + i], fn, a, i * total, total / writers);
	for (int i = 0; i < readers; i++)
		EXPECT_EQ(total / readers, job_join(&jobs[i]));
	for (int i = 0; i < writers; i++)
		EXPECT_EQ(total / writers, job_join(&jobs[readers + i]));
	EXPECT_TRUE(tallies_agree());
	EXPECT_EQ(0, queued(b));
}

TEST_F(threads, six_writers_six_readers)
{
	crowd(_metadata, self->a, self->b, tally_send, 6, 6, 720000);
}

TEST_F(threads, twelve_writers_four_readers)
{
	crowd(_metadata, self->a, self->b, tally_send, 12, 4, 720000);
}

TEST_F(threads, two_writers_ten_readers)
{
	crowd(_metadata, self->a, self->b, tally_send, 2, 10, 720000);
}

TEST_F(threads, two_readers)
{
	crowd(_metadata, self->a, self->b, tally_send, 1, 2, 720000);
}

TEST_F(threads, six_sendfiles_six_readers)
{
	crowd(_metadata, self->a, self->b, tally_sendfile, 6, 6, 720000);
}

TEST_F(threads, twelve_sendfiles_four_readers)
{
	crowd(_metadata, self->a, self->b, tally_sendfile, 12, 4, 720000);
}

TEST_F(threads, two_sendfiles_ten_readers)
{
	crowd(_metadata, self->a, self->b, tally_sendfile, 2, 10, 720000);
}

TEST_F(threads, writers_short_of_room)
{
	shrink(self->a, self->b);
	crowd(_metadata, self->a, self->b, tally_send, 5, 1, 100000);
}

static ssize_t send_records(int fd, __u64 id, size_t len)
{
	__u8 rec[16];

	memset(rec, id, sizeof(rec));
	for (size_t done = 0; done < len; done += sizeof(rec)) {
		if (send(fd, rec, sizeof(rec), 0) != sizeof(rec))
			return -1;
	}
	return len;
}

/* A call that need not wait holds the socket's lock all the time. */
TEST_F(threads, small_records_stay_whole)
{
	struct job jobs[4];
	__u8 rec[16];

	for (int i = 0; i < 4; i++)
		job_start(&jobs[i], send_records, self->a, i + 1, 100 * sizeof(rec));
	for (int i = 0; i < 400; i++) {
		ASSERT_EQ(sizeof(rec), recv(self->b, rec, sizeof(rec), MSG_WAITALL));
		for (int k = 1; k < 16; k++)
			REQUIRE(rec[k] == rec[0]);
	}
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(1600, job_join(&jobs[i]));
}

TEST_F(threads, both_ways_at_once)
{
	struct job jobs[4];

	job_start(&jobs[0], pattern_send, self->a, 0, 2000000);
	job_start(&jobs[1], pattern_send, self->b, 7, 2000000);
	job_start(&jobs[2], pattern_recv, self->a, 7, 2000000);
	job_start(&jobs[3], pattern_recv, self->b, 0, 2000000);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(2000000, job_join(&jobs[i]));
}

TEST_F(threads, parent_writes_child_reads)
{
	int status = -1;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pattern_recv(self->b, 0, 300000) == 300000 ? 0 : 1);
	EXPECT_EQ(300000, pattern_send(self->a, 0, 300000));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Peeks at word boundaries: any eight octets seen are a word of the pattern. */
static ssize_t peek_words(int fd, __u64 pos, size_t len)
{
	__u64 word, known;
	ssize_t n = 0;

	while (!atomic_load(&stop)) {
		if (recv(fd, &word, 8, MSG_PEEK | MSG_DONTWAIT) != 8)
			continue;
		for (pos = 0; pos < len; pos += 8) {
			pattern_fill(&known, 8, pos);
			if (known == word)
				break;
		}
		if (pos == len)
			return -1;
		n++;
	}
	return n;
}

TEST_F(threads, peeker_beside_reader)
{
	struct job job;

	EXPECT_EQ(20000, pattern_send(self->a, 0, 20000));
	EXPECT_EQ(20000, wait_queued(self->b, 20000));
	job_start(&job, peek_words, self->b, 0, 20000);
	for (int pos = 0; pos < 20000; pos += 200)
		EXPECT_EQ(200, pattern_recv(self->b, pos, 200));
	atomic_store(&stop, true);
	EXPECT_LE(0, job_join(&job));
}

static ssize_t stormy_send(int fd, __u64 pos, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pattern_send_once(fd, pos + done, len - done < 50000 ? len - done : 50000);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n < 0 ? 0 : n;
	}
	return done;
}

static ssize_t stormy_recv(int fd, __u64 pos, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pattern_recv_once(fd, pos + done, len - done);
		if (n == 0 || (n < 0 && errno != EINTR))
			return -1;
		done += n < 0 ? 0 : n;
	}
	return done;
}

TEST_F(threads, storm_of_signals)
{
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval never = {};
	struct job jobs[2];

	shrink(self->a, self->b);
	catch_signal(SIGALRM, false);
	setitimer(ITIMER_REAL, &every, NULL);
	job_start(&jobs[0], stormy_send, self->a, 0, 600000);
	job_start(&jobs[1], stormy_recv, self->b, 0, 600000);
	EXPECT_EQ(600000, job_join(&jobs[0]));
	EXPECT_EQ(600000, job_join(&jobs[1]));
	setitimer(ITIMER_REAL, &never, NULL);
}

TEST_F(threads, shutdown_amid_transfer)
{
	struct job jobs[2];

	catch_signal(SIGPIPE, false);
	job_start(&jobs[0], pattern_send, self->a, 0, 1UL << 40);
	job_start(&jobs[1], pattern_recv, self->b, 0, 1UL << 40);
	pause_ms(50);
	shutdown(self->a, SHUT_RDWR);
	EXPECT_ERRNO(EPIPE, job_join(&jobs[0]));
	EXPECT_LE(0, job_join(&jobs[1]));
}

TEST_F(threads, descriptor_closed_under_reader)
{
	struct job job;

	job_start(&job, pattern_recv_once, self->b, 0, 100);
	ASSERT_TRUE(job_asleep(&job));
	close(self->b);
	self->b = -1;
	EXPECT_EQ(40, pattern_send(self->a, 0, 40));
	EXPECT_EQ(40, job_join(&job));
}

static ssize_t watch_octets(int fd, __u64 pos, size_t len)
{
	unsigned long long last = 0, now;

	(void)pos;
	while (!atomic_load(&stop)) {
		now = xc_octets(fd, XCRYPT_TX);
		if (now < last || now > len)
			return -1;
		last = now;
	}
	return xc_octets(fd, XCRYPT_TX);
}

TEST_F(threads, counts_read_amid_transfer)
{
	struct job jobs[2];

	if (!variant->cipher)
		SKIP(return, "plain TCP has no counts");
	job_start(&jobs[0], watch_octets, self->a, 0, 500000);
	job_start(&jobs[1], pattern_send, self->a, 0, 500000);
	EXPECT_EQ(500000, pattern_recv(self->b, 0, 500000));
	EXPECT_EQ(500000, job_join(&jobs[1]));
	atomic_store(&stop, true);
	EXPECT_EQ(500000, job_join(&jobs[0]));
}

TEST_HARNESS_MAIN
