/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exchange and the switch of version 3 (docs/protocol-3.md, sections 2 to 5): two MTAs, a daemon
 * for each, what the kernel does for them, and an intruder on the path. tests/model/run has SPIN
 * look at every order of events and says what each variant has to show. exchange.pml is the same
 * for versions 1 and 2.
 *
 * A stream is a queue of lines, or of records once it is sealed. A line is genuine if the peer wrote
 * it, good if the confirmation in it belongs to what both have seen, and sealed if it is a record.
 *
 * The intruder takes lines away, puts in lines of his own, delays what he likes (a queue is read at
 * any time), cuts the connection with a FIN or RST of his own, takes XCRYPT out of the EHLO reply,
 * and poses as b with an identity of his own: VALUES_X and OK_X are right under keys that he has.
 *
 * What a knows of b, and its policy, are any: known says that an identity of b is kept, pinned for
 * VERIFY. A session in the clear on a connection anew is written as going on in the clear.
 *
 * Variants, each wrong in one thing, for SPIN to find:
 *	IGNORES_PIN	a goes on with another identity though policy is verify
 *	NO_CONFIRM	a takes any last line
 *	LATE_KEY	a writes its first record before the send key is in
 *	A_REMEMBERS	a goes on with what it learned in the clear
 *	NO_END		a FIN without the end record is taken for the end
 *	IGNORES_KNOWN	a goes on in the clear with a server that is known, where policy refuses
 *	NO_WARNING	another identity is not warned about
 * and goals, REACH_*, which are states that SPIN has to find possible.
 *
 * Written, but not in tests/model/run yet, since SPIN was not seen to find them:
 *	NO_SIGNATURE	a takes b's values without looking at the signature and V_b
 *	ANSWER_AFTER_OK	a takes a refusal of XCRYPT OK for an answer, as in version 2
 *	B_GOES_ON	b goes on with the session after it has refused XCRYPT OK, as in version 2
 *	B_REMEMBERS	b goes on with the EHLO of before
 *	NO_ORDER	a record is given out though one before it is missing, or is another's
 *	NOT_TOLD	the MTA does not tell its daemon that no XCRYPT was listed
 *	NO_LIMIT	nothing ends an exchange whose peer is silent
 */

#define A	0
#define B	1

mtype = {
	BEGIN, VALUES, VALUES_X, OK_A, OK_B, OK_X, FAIL_A, FAIL_OK,	/* of the exchange */
	NO, BYE,		/* 4yz or 5yz; 421 */
	EHLO, GREET, DATA,	/* of the session: EHLO, its reply, a command or reply */
	END,			/* the end record */
	JUNK,			/* no line of SMTP, no record */
	/* what the MTA is told */
	RUNNING, ENCRYPTED, NONE, ANSWERED, CLOSED,
	/* policy */
	OPPORTUNISTIC, REQUIRE, VERIFY,
	/* where what an MTA knows of the other was said */
	NOWHERE, CLEAR, SEALED
};

/* kind, genuine, good, sealed */
chan c2s = [6] of { mtype, bit, bit, bit };
chan s2c = [6] of { mtype, bit, bit, bit };

mtype policy;
bool known;			/* b, for version 3 */
bool warned;			/* the administrator hears of it */
bool judged;			/* a's daemon was asked about this end */
mtype class[2] = RUNNING;
bool accepted[2];		/* the daemon has taken the request */
bool shut[2];			/* this end is closed, by whomever */
bool rx[2], tx[2];		/* keys */
bool cut;			/* by the intruder */
bool lost[2];			/* a record for this side is not the next one that the other wrote */
bool with_x;			/* a's keys are the intruder's */
bool ok_sent;			/* a has sent XCRYPT OK */
bool ok_read;			/* b has read one */
bool ok_said;			/* b has sent its last line */
bool asked;			/* b's daemon has a request to take */
bool over[2];			/* the MTA is done with this connection */
bool early;			/* the first record is EHLO, by the daemon */
bool mail;			/* b has taken a command of the session */
mtype knows = CLEAR;		/* a: where it heard the keywords */
mtype greeted = CLEAR;		/* b: where it heard EHLO */

#define GONE(side)	(shut[1 - side] || cut)
#define LIVE(side)	(class[side] == RUNNING)
#define KEYED(side)	(rx[side] || tx[side])

/* --- what the kernel does --- */

/* Sealed where there is a send key. What is sealed for the intruder is noise to b. */
inline write_line(side, kind, good)
{
	d_step {
		if
		:: shut[side] || cut -> skip
		:: else ->
			/* From XCRYPT OK on nothing of a is in the clear, whatever b answers. */
			assert(side == B || tx[A] || !ok_sent);
			/* Nor of b, behind its last line. */
			assert(side == A || tx[B] || !ok_said);
			if
			:: side == A -> c2s ! kind, !(tx[A] && with_x), good, tx[A]
			:: else -> s2c ! kind, 1, good, tx[B]
			fi
		fi
	}
}

/* The first who ends a request does. A key half in is always the end of the connection. */
inline settle(side, how)
{
	d_step {
		if
		:: class[side] != RUNNING -> skip
		:: else ->
			class[side] = how;
			if
			:: how == ENCRYPTED && !(rx[side] && tx[side]) -> class[side] = CLOSED
			:: how != ENCRYPTED && KEYED(side) -> class[side] = CLOSED
			:: else -> skip
			fi;
			shut[side] = shut[side] || class[side] == CLOSED
		fi
	}
}

/* Death of a daemon or of an MTA's process, a signal, the time limit: at any moment, or at last. */
proctype Limit(byte side)
{
#ifdef NO_LIMIT
	skip
#else
	if
	:: class[side] != RUNNING
	:: atomic { LIVE(side) && accepted[side] -> settle(side, CLOSED) }
	:: atomic { LIVE(side) && !accepted[side] && (side == A || asked) -> settle(side, NONE) }
	:: over[side]
	fi
#endif
}

/* --- a's daemon --- */

#define FORGET	atomic { kind = 0; genuine = 0; good = 0; sealed = 0 }

#define READ(side, from)							\
	if									\
	:: !LIVE(side) -> goto out						\
	:: atomic { LIVE(side) && nempty(from) ->				\
		from ? kind, genuine, good, sealed;				\
		if								\
		:: sealed -> kind = JUNK					\
		:: else -> skip							\
		fi }								\
	:: atomic { LIVE(side) && empty(from) && GONE(side) ->			\
		settle(side, CLOSED) };						\
		goto out							\
	fi

#define CONCLUDE(side, how)	settle(side, how); goto out

#define SAY(side, kind, good)	\
	atomic { if :: LIVE(side) -> write_line(side, kind, good) :: else -> goto out fi }

/* Any, and not before it matters: that is many states less. */
inline choose()
{
	if
	:: policy != 0 -> skip
	:: atomic { policy == 0 -> policy = OPPORTUNISTIC; known = true }
	:: atomic { policy == 0 -> policy = OPPORTUNISTIC }
	:: atomic { policy == 0 -> policy = REQUIRE; known = true }
	:: atomic { policy == 0 -> policy = VERIFY; known = true }
	fi
}

/* May it go on where the attempt did not end in version 3? An answer ends it: then it counts. */
#ifdef IGNORES_KNOWN
#define MAY_BE_CLEAR	(policy == OPPORTUNISTIC || policy == REQUIRE)
#else
#define MAY_BE_CLEAR	(policy == OPPORTUNISTIC)
#endif
inline judge()
{
	choose();
	d_step { judged = true; warned = warned || known }
}

proctype DaemonA()
{
	mtype kind;
	bit genuine, good, sealed;

	atomic {
		if
		:: LIVE(A) -> accepted[A] = true; write_line(A, BEGIN, 0)
		:: else -> goto out
		fi
	};

	READ(A, s2c);
	if
	:: kind == VALUES_X -> choose()
	:: else -> skip
	fi;
	if
	:: kind == NO -> CONCLUDE(A, ANSWERED)
	:: kind == BYE || kind == JUNK -> CONCLUDE(A, CLOSED)
	:: kind == VALUES && genuine -> skip
#ifdef NO_SIGNATURE
	:: kind == VALUES && !genuine -> with_x = true
#else
	:: kind == VALUES && !genuine -> goto fail
#endif
#ifdef IGNORES_PIN
	:: kind == VALUES_X -> with_x = true; warned = warned || known
#else
	:: kind == VALUES_X && policy == VERIFY -> goto fail
#ifdef NO_WARNING
	:: kind == VALUES_X && policy != VERIFY -> with_x = true
#else
	:: kind == VALUES_X && policy != VERIFY -> with_x = true; warned = warned || known
#endif
#endif
	:: kind == OK_B || kind == OK_X || kind == FAIL_OK || kind == GREET || kind == DATA -> goto fail
	:: genuine -> goto fail			/* a fault of our own */
	fi;

	/* The send key goes in behind the line; from there on the daemon may send EHLO early. */
#ifdef LATE_KEY
	atomic { if :: LIVE(A) -> write_line(A, OK_A, !with_x); ok_sent = true; write_line(A, EHLO, 0)
		    :: else -> goto out fi };
#endif
	atomic { if :: LIVE(A) -> write_line(A, OK_A, !with_x); ok_sent = true :: else -> goto out fi };
#ifdef ANSWER_AFTER_OK
	if :: skip :: goto answer fi;
#endif
	atomic { if :: LIVE(A) -> tx[A] = true :: LIVE(A) -> CONCLUDE(A, CLOSED) :: else -> goto out fi };
	atomic {
		if
		:: LIVE(A) -> write_line(A, EHLO, 0); early = true
		:: LIVE(A) -> skip
		:: else -> goto out
		fi
	};
answer:	READ(A, s2c);
	if
#ifdef NO_CONFIRM
	:: kind == OK_B && !with_x -> skip
#else
	:: kind == OK_B && genuine && good && !with_x -> skip
#endif
	:: kind == OK_X && with_x -> skip
#ifdef ANSWER_AFTER_OK
	:: kind == NO -> CONCLUDE(A, ANSWERED)
#endif
	:: else -> CONCLUDE(A, CLOSED)
	fi;
	atomic { if :: LIVE(A) -> rx[A] = true :: LIVE(A) -> CONCLUDE(A, CLOSED) :: else -> goto out fi };
	CONCLUDE(A, ENCRYPTED);

fail:	SAY(A, FAIL_A, 0);
	READ(A, s2c);
	if
	:: kind == NO || kind == FAIL_OK || kind == DATA || kind == GREET -> CONCLUDE(A, ANSWERED)
	:: else -> CONCLUDE(A, CLOSED)
	fi;
out:	FORGET
}

/* --- b's daemon, once b's MTA has asked it --- */

proctype DaemonB(bit first)
{
	mtype kind;
	bit genuine, good, sealed;

	atomic { if :: LIVE(B) -> accepted[B] = true :: else -> goto out fi };
	/* Is anything queued behind the first line? */
	if
	:: nempty(c2s) -> SAY(B, NO, 0); CONCLUDE(B, CLOSED)
	:: empty(c2s) -> skip
	fi;
	if
	:: true -> SAY(B, NO, 0); CONCLUDE(B, ANSWERED)	/* no such suite, syntax, a fault here */
	:: true -> SAY(B, BYE, 0); CONCLUDE(B, CLOSED)
	:: true -> SAY(B, VALUES, 0)
	fi;

	READ(B, c2s);
	if
	:: kind == FAIL_A -> SAY(B, FAIL_OK, 0); CONCLUDE(B, ANSWERED)
	:: kind == OK_A -> ok_read = true
	/* What a may have sent behind it are records: the session cannot go on. */
	:: else -> SAY(B, NO, 0); CONCLUDE(B, CLOSED)
	fi;
	if
#ifdef B_GOES_ON
	:: !(genuine && good && first) -> SAY(B, NO, 0); CONCLUDE(B, ANSWERED)
#else
	:: !(genuine && good && first) -> SAY(B, NO, 0); CONCLUDE(B, CLOSED)
#endif
	:: genuine && good && first -> skip
	:: true -> SAY(B, NO, 0); CONCLUDE(B, CLOSED)	/* a fault here */
	fi;
	/* Queued octets are records. */
	atomic { if :: LIVE(B) -> rx[B] = true :: LIVE(B) -> CONCLUDE(B, CLOSED) :: else -> goto out fi };
	atomic { if :: LIVE(B) -> write_line(B, OK_B, 1); ok_said = true :: else -> goto out fi };
	atomic { if :: LIVE(B) -> tx[B] = true :: LIVE(B) -> CONCLUDE(B, CLOSED) :: else -> goto out fi };
	CONCLUDE(B, ENCRYPTED);
out:	FORGET
}

/* --- the MTAs --- */

/*
 * A record that is not the peer's next one fails its authentication, and so does all that follows.
 * Of what is taken, good is whether it is that one.
 */
#ifdef NO_ORDER
#define FAILS(side)	(!sealed)
#else
#define FAILS(side)	(!sealed || !good)
#endif
#define TAKE(side, from)							\
	atomic { nempty(from) -> from ? kind, genuine, good, sealed;		\
		good = genuine && sealed && !lost[side] && !(side == A && with_x);\
		if								\
		:: rx[side] && FAILS(side) -> kind = JUNK			\
		:: !rx[side] && sealed -> kind = JUNK				\
		:: else -> skip							\
		fi }

/* Only what the peer wrote is given to anybody after the switch, all of it, in its order. */
#define TAKEN(side)	\
	assert(!(KEYED(side) || class[side] == ENCRYPTED) || good)

/* The end of the stream: whoever is encrypted takes it for the peer's only behind an end record. */
#ifdef NO_END
#define AT_END(side)	assert(!rx[side] || kind == END || !cut)
#else
#define AT_END(side)	skip
#endif

/* A command in the clear, on this connection or one anew. */
inline clear_session()
{
	atomic {
		assert(policy == OPPORTUNISTIC);
		assert(!known || (judged && warned));
		if
		:: class[A] == CLOSED -> skip		/* anew: another connection */
		:: else -> write_line(A, DATA, 0)
		fi
	}
}

proctype MtaA()
{
	mtype kind;
	bit genuine, good, sealed;

	if
	:: true -> skip
	/* The intruder has taken XCRYPT out of the EHLO reply. */
	:: true ->
		class[A] = NONE;
#ifdef NOT_TOLD
		choose();
		clear_session();
#else
		judge();
		if
		:: MAY_BE_CLEAR -> clear_session()
		:: else -> skip				/* QUIT, the message is kept */
		fi;
#endif
		goto out
	fi;
	run DaemonA();
	class[A] != RUNNING;
	/* Who is told that it is encrypted shares the keys with b, who has verified it, or was warned. */
	assert(class[A] != ENCRYPTED || ok_said || with_x);
	assert(!(class[A] == ENCRYPTED && with_x) || policy != VERIFY);
	assert(!(class[A] == ENCRYPTED && with_x && known) || warned);
	assert(!(class[A] == ANSWERED && ok_sent));
	if
	:: class[A] != ENCRYPTED ->
		judge();
		if
		:: MAY_BE_CLEAR -> clear_session(); goto out
		:: else -> goto out
		fi
	:: else -> skip
	fi;
#ifndef A_REMEMBERS
	knows = NOWHERE;
	if
	:: early -> skip
	:: else -> atomic { if :: shut[A] -> skip :: else -> write_line(A, EHLO, 0) fi }
	fi;
	do
	:: TAKE(A, s2c);
		if
		:: kind == GREET -> TAKEN(A); knows = SEALED; break
		:: kind == END || kind == JUNK -> goto out
		:: else -> TAKEN(A); goto out		/* no reply to EHLO */
		fi
	:: empty(s2c) -> AT_END(A); goto out		/* the end, or its own time limit */
	od;
#endif
	assert(knows != CLEAR);
	atomic { if :: shut[A] -> skip :: else -> write_line(A, DATA, 0) fi };
	do
	:: TAKE(A, s2c);
		if
		:: kind == JUNK || kind == END -> break
		:: else -> TAKEN(A); break
		fi
	:: empty(s2c) -> AT_END(A); break
	od;
out:	atomic {
		if
		:: class[A] == ENCRYPTED && !shut[A] && tx[A] -> write_line(A, END, 0)
		:: else -> skip
		fi;
		shut[A] = true; over[A] = true; kind = 0; genuine = 0; good = 0; sealed = 0
	}
}

proctype MtaB()
{
	mtype kind;
	bit genuine, good, sealed, first;

	/* The line that begins it. What has come behind it in one read ends it: 503, and closes. */
	if
	:: atomic { nempty(c2s) -> c2s ? kind, first, good, sealed }
	:: empty(c2s) -> goto out
	fi;
	if
	:: kind != BEGIN -> goto out
	:: else -> skip
	fi;
	if
	:: nempty(c2s) -> write_line(B, NO, 0); goto out
	:: true -> skip
	fi;
	atomic { asked = true; run DaemonB(first) };

	class[B] != RUNNING;
	if
	:: class[B] == CLOSED -> goto out
	:: class[B] == NONE -> write_line(B, NO, 0)
#ifndef B_REMEMBERS
	:: class[B] == ENCRYPTED -> greeted = NOWHERE
#endif
	:: else -> skip
	fi;
	do
	:: TAKE(B, c2s);
		if
		:: kind == EHLO ->
			TAKEN(B);
			greeted = (rx[B] -> SEALED : CLEAR);
			write_line(B, GREET, 0)
		:: kind == DATA && greeted == NOWHERE -> write_line(B, NO, 0)	/* 503 */
		:: kind == DATA && greeted != NOWHERE ->
			TAKEN(B);
			assert(!rx[B] || greeted == SEALED);
			mail = true;
			write_line(B, DATA, 0);
			break
		:: kind == JUNK -> assert(!(ok_read && !rx[B])); break
		:: kind == END -> break
		:: else -> assert(!rx[B] || good); write_line(B, NO, 0)
		fi;
		/* What was heard in the clear is not there any more once it is encrypted. */
		assert(!rx[B] || greeted != CLEAR)
	:: empty(c2s) -> AT_END(B); break
	od;
out:	atomic {
		if
		:: class[B] == ENCRYPTED && !shut[B] -> write_line(B, END, 0)
		:: else -> skip
		fi;
		shut[B] = true; over[B] = true; kind = 0; genuine = 0; good = 0; sealed = 0; first = 0
	}
}

/* --- the intruder --- */

/* Of lines that have the same effect he puts in one; among records all that he can put in is alike. */
#define INJECT(to, what, side)							\
	atomic { tricks > 0 && nfull(to) && !over[side] && (!rx[side] || what == JUNK) ->\
		tricks--; to ! what, 0, 0, 0;					\
		lost[side] = lost[side] || rx[side] }

#define POSE(what)								\
	atomic { poses > 0 && nfull(s2c) && !over[A] ->				\
		poses--; s2c ! what, 0, 1, 0;					\
		lost[A] = lost[A] || rx[A] }

#define DROP(from, side)							\
	atomic { tricks > 0 && nempty(from) && !over[side] ->			\
		tricks--; from ? kind, genuine, good, sealed;			\
		lost[side] = lost[side] || sealed; FORGET }

proctype Intruder(byte tricks)
{
	mtype kind;
	bit genuine, good, sealed;
	byte poses = 0;

	/* One who poses as b has no other trick than to cut. */
	if
	:: atomic { poses = 2; tricks = 0 }
	:: skip
	fi;
	do
	:: INJECT(s2c, NO, A)
	:: INJECT(s2c, OK_B, A)
	:: INJECT(s2c, VALUES, A)
	:: INJECT(s2c, JUNK, A)
	:: POSE(VALUES_X)
	:: POSE(OK_X)
	:: INJECT(c2s, OK_A, B)
	:: INJECT(c2s, FAIL_A, B)
	:: INJECT(c2s, DATA, B)
	:: INJECT(c2s, JUNK, B)
	:: DROP(c2s, B)
	:: DROP(s2c, A)
	:: atomic { !(over[A] && over[B]) -> cut = true; break }
	:: break
	od
}

/* A goal is a state that never comes, says the assertion, and SPIN shows how it does. */
#ifdef REACH_EARLY
#define GOAL	(over[A] && over[B] && mail && early && class[A] == ENCRYPTED)
#endif
#ifdef REACH_CLEAR
#define GOAL	(class[A] == ANSWERED && class[B] == ANSWERED && mail && known)
#endif
#ifdef REACH_X
#define GOAL	(class[A] == ENCRYPTED && with_x && !known)
#endif
#ifdef REACH_KEPT
#define GOAL	(over[A] && over[B] && policy == REQUIRE && known && !mail && class[A] != ENCRYPTED)
#endif

#ifdef GOAL
active proctype Goal()
{
end:	atomic { GOAL -> assert(false) }
}
#endif

init {
	atomic {
		run MtaA();
		run MtaB();
		run Limit(A);
		run Limit(B);
		run Intruder(TRICKS)
	}
}
