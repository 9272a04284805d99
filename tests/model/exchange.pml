/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The XCRYPT exchange and the switch (docs/protocol.md, sections 2 and 3): an MTA and a daemon on
 * either side, what the kernel does for them, and an intruder on the path. tests/model/run has
 * SPIN look at every order of events and says what each variant has to show.
 *
 * A stream is a queue of lines. A line is genuine if the peer wrote it, good if it carries the
 * confirmation that belongs to what both sides have seen, and sealed if it was encrypted.
 *
 * The intruder takes lines away, puts in lines of his own, and cuts the connection, whenever he
 * likes. He does not run a key agreement of his own with both sides: no suite of 1.x or 2.x
 * authenticates anybody, so that would succeed, and the protocol says so.
 *
 * What holds in every state is an assert() where it could be broken; "nobody waits for ever" is
 * the absence of a state without successor in which a process is not at its end: every run is
 * finite, since the intruder's tricks (TRICKS: lines put in or taken away) are bounded.
 *
 * Variants, each wrong in one thing, for SPIN to find:
 *	NO_GUARD	the kernel lets the MTA write while the exchange runs
 *	TRUSTS_DAEMON	the kernel believes a daemon that says "encrypted" with one key in
 *	GOES_ON_AFTER_421	a takes 421 for an answer
 *	CLEAR_AFTER_LIMIT	a's time limit ends the exchange as if it had been answered
 *	NO_LIMIT	nothing ends an exchange whose peer is silent
 *	KEEPS_BUFFER	b's MTA keeps what it has read behind the first line
 *	NO_CONFIRM	a takes any confirmation
 *	IGNORES_REQUIRE	a goes on in the clear where policy requires encryption
 * and goals, REACH_*, which are states that SPIN has to find possible.
 */

#define A	0
#define B	1

mtype = {
	BEGIN, VALUES, OK_A, OK_B, FAIL_A, FAIL_OK,	/* of the exchange */
	NO, BYE,		/* 4yz or 5yz; 421 */
	DATA,			/* of the session: a command or its reply */
	JUNK,			/* no line of SMTP at all */
	/* what the MTA is told */
	RUNNING, ENCRYPTED, NONE, ANSWERED, CLOSED
};

/* kind, genuine, good, sealed */
chan c2s = [6] of { mtype, bit, bit, bit };
chan s2c = [6] of { mtype, bit, bit, bit };

#define TO(side)	(side == A -> c2s : s2c)

mtype class[2] = RUNNING;
bool busy[2];			/* only the daemon may read and write */
bool accepted[2];		/* the daemon has taken the request */
bool shut[2];			/* this end is closed, by whomever */
bool rx[2], tx[2];		/* keys */
bool cut;			/* by the intruder */
bool forged[2];			/* the daemon has read a line of the intruder's */
bool lost[2];			/* what this side reads is not what the other wrote */
bool said_ok;			/* b has sent its last line in the clear */
bool said_bye;			/* b has sent 421 */
bool asked;			/* b's daemon has a request to take */
bool over[2];			/* the MTA is done with this connection */

#define GONE(side)	(shut[1 - side] || cut)

/* --- what the kernel does --- */

/* Write a line: sealed where there is a send key. A line to nobody is lost. */
inline write_line(side, kind, good)
{
	d_step {
		if
		:: shut[side] || cut -> skip
		:: else ->
			said_bye = said_bye || (side == B && kind == BYE && !tx[B]);
			if
			:: side == A -> c2s ! kind, 1, good, tx[A]
			:: else -> s2c ! kind, 1, good, tx[B]
			fi
		fi
	}
}

/*
 * Whoever has the MTA's descriptor, a process that says that the host goes down for one, may write
 * whenever the kernel lets him. There is no moment at which that would leave in the clear and must
 * not: once this side has a key or has promised one.
 */
#ifdef NO_GUARD
#define MAY_WRITE(side)	(!shut[side] && (class[side] != RUNNING || busy[side]))
#else
#define MAY_WRITE(side)	(!shut[side] && class[side] != RUNNING && !busy[side])
#endif
#define LEAKS(side)	(!tx[side] && (rx[side] || class[side] == ENCRYPTED || (side == B && said_ok)))

/*
 * A line of the session by the MTA. Unless he has been lied to, a says none in the clear to a b
 * that has switched; and none where policy requires encryption.
 */
inline mta_writes(side, required)
{
	atomic {
		if
		:: shut[side] -> skip
		:: else ->
			assert(!MAY_WRITE(side) || !LEAKS(side));
			assert(tx[side] || !(side == A && said_ok) || forged[A]);
			assert(tx[side] || !required);
			write_line(side, DATA, 0)
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
#ifndef TRUSTS_DAEMON
			if
			:: how == ENCRYPTED && !(rx[side] && tx[side]) -> class[side] = CLOSED
			:: how != ENCRYPTED && (rx[side] || tx[side]) -> class[side] = CLOSED
			:: else -> skip
			fi;
#endif
			busy[side] = false;
			if
			:: class[side] == CLOSED -> shut[side] = true
			:: else -> skip
			fi
		fi
	}
}

/*
 * Death of the daemon or of the MTA's process, a signal, the time limit: at any moment, and the
 * limit at last. What nobody has taken yet was never said: the MTA may go on.
 */
proctype Limit(byte side)
{
#ifdef NO_LIMIT
	skip
#else
	if
	:: class[side] != RUNNING
#ifdef CLEAR_AFTER_LIMIT
	:: atomic { class[side] == RUNNING && side == A -> settle(side, ANSWERED) }
	:: atomic { class[side] == RUNNING && side == B && accepted[B] -> settle(side, CLOSED) }
#else
	:: atomic { class[side] == RUNNING && accepted[side] -> settle(side, CLOSED) }
#endif
	:: atomic { class[side] == RUNNING && !accepted[side] && (side == A || asked) -> settle(side, NONE) }
	:: over[side]
	fi
#endif
}

/* Whatever the MTA could write. */
active proctype Writers()
{
end:	if
	:: atomic { MAY_WRITE(A) && LEAKS(A) -> assert(false) }
	:: atomic { MAY_WRITE(B) && LEAKS(B) -> assert(false) }
	fi
}

/* --- a's daemon --- */

/* What no longer matters is no state of its own. */
#define FORGET	atomic { kind = 0; genuine = 0; good = 0; sealed = 0 }

#define LIVE(side)	(class[side] == RUNNING)

/*
 * Read the next line. At the end of the stream the exchange ends; what another has ended is over.
 */
#define READ(side, from)							\
	if									\
	:: !LIVE(side) -> goto out						\
	:: atomic { LIVE(side) && nempty(from) ->				\
		from ? kind, genuine, good, sealed;				\
		forged[side] = forged[side] || !genuine;			\
		if								\
		:: sealed -> kind = JUNK					\
		:: else -> skip							\
		fi }								\
	:: atomic { LIVE(side) && empty(from) && GONE(side) ->			\
		settle(side, CLOSED) };						\
		goto out							\
	fi

#define END(side, how)	settle(side, how); goto out

proctype DaemonA()
{
	mtype kind;
	bit genuine, good, sealed, values;

	atomic {
		if
		:: LIVE(A) -> accepted[A] = true; write_line(A, BEGIN, 0)
		:: else -> goto out
		fi
	};

	READ(A, s2c);
	if
	:: kind == NO -> END(A, ANSWERED)
#ifdef GOES_ON_AFTER_421
	:: kind == BYE -> END(A, ANSWERED)
#else
	:: kind == BYE -> END(A, CLOSED)
#endif
	:: kind == JUNK -> END(A, CLOSED)
	:: kind == VALUES -> values = genuine
	/* A 250 that cannot be used, or a fault of our own. */
	:: kind == VALUES || kind == OK_B || kind == FAIL_OK || kind == DATA -> goto fail
	fi;

	atomic { if :: LIVE(A) -> write_line(A, OK_A, values) :: else -> goto out fi };
	READ(A, s2c);
	if
	:: kind == NO -> END(A, ANSWERED)
#ifdef GOES_ON_AFTER_421
	:: kind == BYE -> END(A, ANSWERED)
#endif
#ifdef NO_CONFIRM
	:: kind == OK_B -> skip
#else
	:: kind == OK_B && genuine && good -> skip
#endif
	:: else -> END(A, CLOSED)
	fi;
	/* Both keys, and either may be refused. */
	atomic { if :: LIVE(A) -> rx[A] = true :: LIVE(A) -> END(A, CLOSED) :: else -> goto out fi };
	atomic { if :: LIVE(A) -> tx[A] = true :: LIVE(A) -> END(A, CLOSED) :: else -> goto out fi };
	END(A, ENCRYPTED);

fail:	atomic { if :: LIVE(A) -> write_line(A, FAIL_A, 0) :: else -> goto out fi };
	READ(A, s2c);
	if
	:: kind == NO || kind == FAIL_OK || kind == DATA -> END(A, ANSWERED)
#ifdef GOES_ON_AFTER_421
	:: kind == BYE -> END(A, ANSWERED)
#endif
	:: else -> END(A, CLOSED)
	fi;
out:	FORGET
}

/* --- b's daemon, once b's MTA has asked it --- */

#define SAY(kind, good)	\
	atomic { if :: LIVE(B) -> write_line(B, kind, good) :: else -> goto out fi }

proctype DaemonB(bit first)
{
	mtype kind;
	bit genuine, good, sealed;

	atomic { if :: LIVE(B) -> accepted[B] = true :: else -> goto out fi };

	/* Is anything queued behind the first line? */
	if
	:: nempty(c2s) -> SAY(NO, 0); END(B, CLOSED)
	:: empty(c2s) -> skip
	fi;
	if
	:: true -> SAY(NO, 0); END(B, ANSWERED)	/* no such suite, syntax, a fault here */
	:: true -> SAY(VALUES, 0)
	fi;
	if
	:: true -> SAY(BYE, 0); END(B, CLOSED)	/* it took too long */
	:: true -> skip
	fi;

	READ(B, c2s);
	if
	:: kind == FAIL_A -> SAY(FAIL_OK, 0); END(B, ANSWERED)
	:: kind == OK_A -> skip
	:: kind == JUNK -> SAY(NO, 0); END(B, CLOSED)	/* too long, or with a NUL */
	:: else -> SAY(NO, 0); END(B, ANSWERED)
	fi;
	if
	:: nempty(c2s) -> END(B, CLOSED)
	:: empty(c2s) -> skip
	fi;
	if
	:: !(genuine && good && first) -> SAY(NO, 0); END(B, ANSWERED)
	:: genuine && good && first -> skip
	:: true -> SAY(NO, 0); END(B, ANSWERED)	/* a fault here: nothing is switched yet */
	fi;
	/* The strict receive key: refused if octets are queued, or for another reason. */
	atomic {
		if
		:: LIVE(B) && len(c2s) == 0 -> rx[B] = true
		:: LIVE(B) -> END(B, CLOSED)
		:: else -> goto out
		fi
	};
	atomic {
		if
		:: LIVE(B) -> write_line(B, OK_B, 1); said_ok = true
		:: else -> goto out
		fi
	};
#ifdef TRUSTS_DAEMON
	if
	:: END(B, ENCRYPTED)
	:: skip
	fi;
#endif
	atomic { if :: LIVE(B) -> tx[B] = true :: LIVE(B) -> END(B, CLOSED) :: else -> goto out fi };
	END(B, ENCRYPTED);
out:	FORGET
}

/* --- the MTAs --- */

/*
 * A line of the session. In the clear anything goes; with a key what is not the peer's, or comes
 * behind what was taken away or put in, is noise. took is whether it was taken for a line.
 */
#define TAKE(side, from)							\
	atomic { nempty(from) -> from ? kind, genuine, good, sealed;		\
		if								\
		:: rx[side] && (!genuine || !sealed || lost[side]) -> kind = JUNK	\
		:: !rx[side] && sealed -> kind = JUNK				\
		:: else -> skip							\
		fi }

/* Nothing is taken in the clear after the switch. */
#define TAKEN(side)	\
	assert(!(rx[side] || tx[side] || class[side] == ENCRYPTED) || (genuine && sealed))

proctype MtaA()
{
	mtype kind;
	bit genuine, good, sealed;

	class[A] != RUNNING;
	/* Where the two do not agree somebody has lied. */
	assert(!(class[A] == ANSWERED && class[B] == ENCRYPTED) || forged[A]);
	assert(!(class[A] == ANSWERED && said_bye) || forged[A]);
	if
	:: class[A] == CLOSED -> goto out	/* connect anew without, or keep the message */
	:: class[A] == ENCRYPTED -> mta_writes(A, false)
	/* Policy lets it go on in the clear, or does not: then it says QUIT. */
	:: class[A] == NONE || class[A] == ANSWERED -> mta_writes(A, false)
#ifdef IGNORES_REQUIRE
	:: class[A] == NONE || class[A] == ANSWERED -> mta_writes(A, true)
#else
	:: class[A] == NONE || class[A] == ANSWERED -> goto out
#endif
	fi;
	do
	:: TAKE(A, s2c);
		if
		:: kind == JUNK || kind == BYE -> break	/* no reply: ends the connection at once */
		:: else -> TAKEN(A); break
		fi
	:: empty(s2c) -> break			/* the end, or its own time limit */
	od;
out:	atomic { shut[A] = true; over[A] = true; kind = 0; genuine = 0; good = 0; sealed = 0 }
}

proctype MtaB()
{
	mtype kind, kept = NO;
	bit genuine, good, sealed, first;

	/* The line that begins it, with what has come behind it in one read. */
	if
	:: atomic { nempty(c2s) -> c2s ? kind, first, good, sealed; forged[B] = !first }
	:: empty(c2s) -> goto out		/* the end, or it waits no longer */
	fi;
	if
	:: kind != BEGIN -> goto out		/* another command: no exchange */
	:: else -> skip
	fi;
	if
	:: atomic { nempty(c2s) -> c2s ? kept, genuine, good, sealed };
#ifndef KEEPS_BUFFER
		write_line(B, NO, 0);		/* 503, and closes */
		goto out
#endif
	:: true -> skip
	fi;
	atomic { busy[B] = true; asked = true; run DaemonB(first) };

	class[B] != RUNNING;
	/* b is not in the clear while a is not. */
	assert(!(class[B] == ANSWERED && class[A] == ENCRYPTED));
	if
	:: class[B] == CLOSED -> goto out
	:: class[B] == NONE -> write_line(B, NO, 0)	/* 454, by the MTA itself */
	:: else -> skip
	fi;
#ifdef KEEPS_BUFFER
	if
	:: kept == DATA -> sealed = false; TAKEN(B)
	:: else -> skip
	fi;
#endif
	do
	:: TAKE(B, c2s);
		if
		:: kind == DATA ->
			TAKEN(B);
			if
			/* 530 or 454 where policy requires encryption: nothing is done. */
			:: class[B] != ENCRYPTED -> write_line(B, NO, 0); break
			:: true -> mta_writes(B, false); break
			fi
		:: kind == JUNK -> break
		:: else -> write_line(B, NO, 0); break
		fi
	:: empty(c2s) -> break
	od;
out:	atomic { shut[B] = true; over[B] = true; kind = 0; genuine = 0; good = 0; sealed = 0;
		kept = 0; first = 0 }
}

/* --- the intruder --- */

#define INJECT(to, what, side)							\
	atomic { tricks > 0 && nfull(to) && !over[side] ->			\
		tricks--; to ! what, 0, 0, 0;					\
		lost[side] = lost[side] || rx[side] }

#define DROP(from, side)							\
	atomic { tricks > 0 && nempty(from) && !over[side] ->			\
		tricks--; from ? kind, genuine, good, sealed;			\
		lost[side] = lost[side] || sealed; FORGET }

proctype Intruder(byte tricks)
{
	mtype kind;
	bit genuine, good, sealed;

	do
	:: INJECT(s2c, NO, A)
	:: INJECT(s2c, OK_B, A)
	:: INJECT(s2c, VALUES, A)
	:: INJECT(s2c, BYE, A)
	:: INJECT(s2c, DATA, A)
	:: INJECT(s2c, JUNK, A)
	:: INJECT(c2s, BEGIN, B)
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
#ifdef REACH_ENCRYPTED
#define GOAL	(over[A] && over[B] && class[A] == ENCRYPTED && class[B] == ENCRYPTED)
#endif
#ifdef REACH_CLEAR
#define GOAL	(class[A] == ANSWERED && class[B] == ANSWERED && !forged[A] && !cut)
#endif
#ifdef REACH_CLOSED
#define GOAL	(class[A] == CLOSED && class[B] == CLOSED)
#endif
#ifdef REACH_LIE
#define GOAL	(class[A] == ANSWERED && class[B] == ENCRYPTED)
#endif

#ifdef GOAL
active proctype Goal()
{
end:	atomic { GOAL -> assert(false) }
}
#endif

init {
	atomic {
		busy[A] = true;
		run DaemonA();
		run MtaA();
		run MtaB();
		run Limit(A);
		run Limit(B);
		run Intruder(TRICKS)
	}
}
