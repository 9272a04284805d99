// SPDX-License-Identifier: GPL-2.0
/* Whose turn it is among those who ask, and how much of what there is one of them may have. */
#include "handshake/share.c"

#include "tap.h"

#define FOR_ALL		(XCRYPT_REQUESTS_MAX - XCRYPT_REQUESTS_RESERVE)
#define ALICE		KUIDT_INIT(1000)
#define BOB		KUIDT_INIT(1001)
#define CAROL		KUIDT_INIT(1002)
#define ROOT		KUIDT_INIT(0)

kuid_t shim_uid;
const struct user_namespace *shim_user_ns;

static struct xcrypt_shares shares;

/* As many as this user may have. @last: the answer to the one that was too many. */
static unsigned int take_all(kuid_t uid, bool admin, struct xcrypt_user **user, int *last)
{
	unsigned int n = 0;

	do
		*last = xcrypt_share_take(&shares, uid, admin, user);
	while (!*last && ++n <= XCRYPT_REQUESTS_MAX);
	return n;
}

static void give_back(struct xcrypt_user *user, unsigned int n)
{
	while (n--)
		xcrypt_share_give_back(&shares, user);
}

/* The first gets half of what there is for all, the next half of the rest. */
static void each_a_share(void)
{
	struct xcrypt_user *alice, *bob, *carol, *root;
	unsigned int a, b, r;
	int last;

	xcrypt_shares_init(&shares);
	a = take_all(ALICE, false, &alice, &last);
	is(a == FOR_ALL / 2 && last == -EDQUOT, "a user has half: %u, then %d", a, last);
	b = take_all(BOB, false, &bob, &last);
	is(b == FOR_ALL / 4 && last == -EDQUOT, "the next one a quarter: %u, then %d", b, last);
	is(!xcrypt_share_take(&shares, CAROL, false, &carol), "one more finds room");
	give_back(carol, 1);
	r = take_all(ROOT, true, &root, &last);
	is(a + b + r == XCRYPT_REQUESTS_MAX && last == -EUSERS,
	   "who may administrate has all the rest: %u, then %d", r, last);
	give_back(root, 1);
	is(xcrypt_share_take(&shares, CAROL, false, &carol) == -EUSERS, "the last ones are kept");
	give_back(root, r - 1);
	is(!xcrypt_share_take(&shares, CAROL, false, &carol), "room again");
	is(xcrypt_share_take(&shares, ALICE, false, &alice) == -EDQUOT, "not for who has most of it");
	give_back(alice, a);
	give_back(bob, b);
	give_back(carol, 1);
	is(!shares.count && list_empty(&shares.users), "nobody is left");
	shim_fail_alloc = 1;
	is(xcrypt_share_take(&shares, ALICE, false, &alice) == -ENOMEM && !shares.count,
	   "without memory nothing is counted");
}

/* In a namespace of his own a user may be anybody. */
static void owner(void)
{
	static const struct user_namespace init = { NULL, { 0 } };
	static const struct user_namespace outer = { &init, { 1000 } };
	static const struct user_namespace inner = { &outer, { 100007 } };

	shim_uid = BOB;
	shim_user_ns = &init;
	is(uid_eq(xcrypt_share_owner(), BOB), "outside of namespaces, the uid");
	shim_uid = KUIDT_INIT(100007);
	shim_user_ns = &outer;
	is(uid_eq(xcrypt_share_owner(), ALICE), "within one, who made it");
	shim_user_ns = &inner;
	is(uid_eq(xcrypt_share_owner(), ALICE), "within two, who made the outer one");
}

struct request {
	struct list_head list;
	struct xcrypt_user *user;
};

static void ask(struct request *req, kuid_t uid)
{
	xcrypt_share_take(&shares, uid, false, &req->user);
	xcrypt_share_wait(&shares, req->user, &req->list);
}

static struct request *serve(void)
{
	struct xcrypt_user *user = list_first_entry(&shares.turn, struct xcrypt_user, turn);
	struct request *req = list_first_entry(&user->waiting, struct request, list);

	xcrypt_share_waited(&shares, req->user, &req->list, true);
	return req;
}

/* Alice asks four times, then Bob twice: a b a b a a. One that goes of itself costs no turn. */
static void in_turn(void)
{
	static const int order[] = { 0, 4, 1, 5, 2, 3 };
	struct request req[7], *got;
	size_t i;

	xcrypt_shares_init(&shares);
	for (i = 0; i < 4; i++)
		ask(&req[i], ALICE);
	ask(&req[6], BOB);
	ask(&req[4], BOB);
	ask(&req[5], BOB);
	xcrypt_share_waited(&shares, req[6].user, &req[6].list, false);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		got = serve();
		is(got == &req[order[i]], "turn %zu: request %td", i, got - req);
		/* One that could not be handed over is before all others. */
		xcrypt_share_wait_first(&shares, got->user, &got->list);
		is(serve() == got, "and again");
	}
	is(list_empty(&shares.turn), "nobody waits");
	for (i = 0; i < 7; i++)
		xcrypt_share_give_back(&shares, req[i].user);
	is(list_empty(&shares.users), "nobody is left");
}

static void drained(void)
{
	struct list_head lost;
	struct request req[3];
	unsigned int n = 0;
	size_t i;

	xcrypt_shares_init(&shares);
	INIT_LIST_HEAD(&lost);
	for (i = 0; i < 3; i++)
		ask(&req[i], i ? BOB : ALICE);
	xcrypt_shares_drain(&shares, &lost);
	while (!list_empty(&lost)) {
		list_del_init(lost.next);
		n++;
	}
	is(n == 3 && list_empty(&shares.turn), "all that wait are lost: %u", n);
	for (i = 0; i < 3; i++)
		xcrypt_share_give_back(&shares, req[i].user);
}

int main(void)
{
	each_a_share();
	owner();
	in_turn();
	drained();
	return tap_done();
}
