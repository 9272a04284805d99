// SPDX-License-Identifier: GPL-2.0
/*
 * No plaintext by any path: whatever call the octets went in by, what a peer without
 * key sees is the same ciphertext as that of one plain send(). Records end where calls
 * do, so of them what a peer sees is only not the text.
 */
#define STREAM cleartext
#define STREAM_KEYED
#include "harness.h"

#include <liburing.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#define LEN 40000

static __u8 reference[LEN], seen[2 * LEN], text[LEN];

FIXTURE(cleartext)
{
	int a;
	int b;
	int got;
};

#include "variants.h"

static bool open_keyed(int family, const struct xcrypt_key *key, int fd[2])
{
	return !pair_open(family, fd) && !xc_attach(fd[0]) && !xc_set(fd[0], XCRYPT_TX, key);
}

FIXTURE_SETUP(cleartext)
{
	struct xcrypt_key key;
	int fd[2];

	key_random(&key, variant->cipher);
	pattern_fill(text, LEN, 0);
	ASSERT_TRUE(open_keyed(variant->family, &key, fd));
	ASSERT_EQ(LEN, send(fd[0], text, LEN, 0));
	ASSERT_EQ(LEN, recv(fd[1], reference, LEN, MSG_WAITALL));
	close(fd[0]);
	close(fd[1]);
	ASSERT_TRUE(open_keyed(variant->family, &key, fd));
	self->a = fd[0];
	self->b = fd[1];
}

FIXTURE_TEARDOWN(cleartext)
{
	int same = 0, rest = LEN - self->got;

	if (rest > 0) {
		EXPECT_EQ(rest, recv(self->b, seen + self->got, rest, MSG_WAITALL));
	}
	if (!xc_sealed(variant->cipher)) {
		EXPECT_EQ(0, memcmp(reference, seen, LEN));
	}
	for (int i = 0; i < LEN; i++)
		same += seen[i] == text[i];
	/* By chance one in 256, so about 156. */
	EXPECT_GT(LEN / 100, same);
	EXPECT_EQ(LEN, xc_octets(self->a, XCRYPT_TX));
	close(self->a);
	close(self->b);
}

TEST_F(cleartext, write)
{
	EXPECT_EQ(LEN, write(self->a, text, LEN));
}

TEST_F(cleartext, write_in_odd_pieces)
{
	for (int pos = 0, n = 1; pos < LEN; pos += n, n = n * 3 % 4093) {
		n = n < LEN - pos ? n : LEN - pos;
		ASSERT_EQ(n, write(self->a, text + pos, n));
	}
}

TEST_F(cleartext, writev)
{
	struct iovec iov[8];

	for (int i = 0; i < 8; i++) {
		iov[i].iov_base = text + i * LEN / 8;
		iov[i].iov_len = LEN / 8;
	}
	EXPECT_EQ(LEN, writev(self->a, iov, 8));
}

TEST_F(cleartext, sendmsg)
{
	struct iovec iov = { .iov_base = text, .iov_len = LEN };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	EXPECT_EQ(LEN, sendmsg(self->a, &msg, 0));
}

TEST_F(cleartext, sendmmsg)
{
	struct mmsghdr msgs[4] = {};
	struct iovec iov[4];

	for (int i = 0; i < 4; i++) {
		iov[i].iov_base = text + i * LEN / 4;
		iov[i].iov_len = LEN / 4;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	EXPECT_EQ(4, sendmmsg(self->a, msgs, 4, 0));
}

TEST_F(cleartext, msg_more)
{
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(LEN / 40, send(self->a, text + i * LEN / 40, LEN / 40,
					 i < 39 ? MSG_MORE : 0));
}

TEST_F(cleartext, corked)
{
	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(LEN / 40, write(self->a, text + i * LEN / 40, LEN / 40));
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
}

TEST_F(cleartext, after_refused_calls)
{
	for (int i = 0; i < 40; i++) {
		EXPECT_ERRNO(EOPNOTSUPP, send(self->a, text, 100, MSG_OOB));
		EXPECT_ERRNO(EOPNOTSUPP, send(self->a, text, 5000, MSG_ZEROCOPY));
		EXPECT_ERRNO(EFAULT, send(self->a, (void *)8, 5000, 0));
		EXPECT_EQ(LEN / 40, write(self->a, text + i * LEN / 40, LEN / 40));
	}
}

/* The peer reads only when nothing more is taken, so many calls end early. */
static bool push_rest(int a, int b, int pos, int *got)
{
	ssize_t n;

	while (pos < LEN) {
		n = send(a, text + pos, LEN - pos, MSG_DONTWAIT);
		if (n > 0)
			pos += n;
		else if (errno != EAGAIN || !poll_for(b, POLLIN, 10000))
			return false;
		n = recv(b, seen + *got, 3000, MSG_DONTWAIT);
		*got += n > 0 ? n : 0;
	}
	return true;
}

TEST_F(cleartext, nonblocking_with_partial_counts)
{
	shrink(self->a, self->b);
	EXPECT_TRUE(push_rest(self->a, self->b, 0, &self->got));
}

TEST_F(cleartext, sendfile)
{
	EXPECT_EQ(LEN, sendfile(self->a, pattern_file(LEN, 0), NULL, LEN));
}

TEST_F(cleartext, sendfile_in_pieces)
{
	int fd = pattern_file(LEN, 0);

	for (int i = 0; i < 40; i++)
		EXPECT_EQ(LEN / 40, sendfile(self->a, fd, NULL, LEN / 40));
}

TEST_F(cleartext, splice)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(LEN, write(p[1], text, LEN));
	EXPECT_EQ(LEN, splice(p[0], NULL, self->a, NULL, LEN, 0));
}

TEST_F(cleartext, splice_with_move_and_gift)
{
	unsigned int flags = SPLICE_F_MOVE | SPLICE_F_GIFT | SPLICE_F_MORE;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(LEN, write(p[1], text, LEN));
	EXPECT_EQ(LEN - 1, splice(p[0], NULL, self->a, NULL, LEN - 1, flags));
	EXPECT_EQ(1, splice(p[0], NULL, self->a, NULL, 1, 0));
}

TEST_F(cleartext, splice_of_file_pages)
{
	int fd = pattern_file(LEN, 0);
	int p[2];

	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(LEN, splice(fd, NULL, p[1], NULL, LEN, 0));
	EXPECT_EQ(LEN, splice(p[0], NULL, self->a, NULL, LEN, 0));
}

TEST_F(cleartext, vmsplice)
{
	void *map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { .iov_base = map, .iov_len = LEN };
	int p[2];

	memcpy(map, text, LEN);
	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(LEN, vmsplice(p[1], &iov, 1, SPLICE_F_GIFT));
	EXPECT_EQ(LEN, splice(p[0], NULL, self->a, NULL, LEN, 0));
}

TEST_F(cleartext, tee)
{
	int p[2], q[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ(0, pipe(q));
	EXPECT_EQ(LEN, write(p[1], text, LEN));
	EXPECT_EQ(LEN, tee(p[0], q[1], LEN, 0));
	EXPECT_EQ(LEN, splice(q[0], NULL, self->a, NULL, LEN, 0));
}

static int uring_result(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	io_uring_submit(ring);
	return io_uring_wait_cqe(ring, &cqe) ? -ETIME : cqe->res;
}

TEST_F(cleartext, io_uring_send)
{
	struct io_uring ring;

	ASSERT_EQ(0, io_uring_queue_init(4, &ring, 0));
	io_uring_prep_send(io_uring_get_sqe(&ring), self->a, text, LEN, 0);
	EXPECT_EQ(LEN, uring_result(&ring));
}

TEST_F(cleartext, io_uring_write_fixed)
{
	void *map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { .iov_base = map, .iov_len = LEN };
	struct io_uring ring;

	memcpy(map, text, LEN);
	ASSERT_EQ(0, io_uring_queue_init(4, &ring, 0));
	ASSERT_EQ(0, io_uring_register_buffers(&ring, &iov, 1));
	io_uring_prep_write_fixed(io_uring_get_sqe(&ring), self->a, map, LEN, 0, 0);
	EXPECT_EQ(LEN, uring_result(&ring));
}

TEST_F(cleartext, io_uring_after_refused_zerocopy)
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	ASSERT_EQ(0, io_uring_queue_init(4, &ring, 0));
	io_uring_prep_send_zc(io_uring_get_sqe(&ring), self->a, text, LEN, 0, 0);
	io_uring_submit(&ring);
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	EXPECT_EQ(-EOPNOTSUPP, cqe->res);
	io_uring_cqe_seen(&ring, cqe);
	EXPECT_EQ(LEN, write(self->a, text, LEN));
}

static ssize_t send_text(int fd, __u64 pos, size_t len)
{
	return send(fd, text + pos, len, 0);
}

TEST_F(cleartext, interrupted)
{
	struct job job;
	ssize_t n;

	catch_signal(SIGUSR1, false);
	opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 1);
	opt_set(self->b, SOL_SOCKET, SO_RCVBUF, 1);
	job_start(&job, send_text, self->a, 0, LEN);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	n = job_join(&job);
	ASSERT_LT(0, n);
	EXPECT_TRUE(push_rest(self->a, self->b, n, &self->got));
}

TEST_HARNESS_MAIN
