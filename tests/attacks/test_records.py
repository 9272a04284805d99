# SPDX-License-Identifier: GPL-2.0
"""
Version 3: what is done to each record of a short session, and a connection that is cut behind each.
It is noticed wherever somebody still reads, and a message is accepted whole or not at all.
"""
import errno

import proxy
import records
import session
import smtp
import tap

# What the records carry, in their order.
CARRIES = {"C": ("ehlo", "mail", "rcpt-data", "message", "dot", "quit", "end"),
           "S": ("ehlo", "mail", "rcpt-data", "accepted", "bye", "end")}
DOT, QUIT = 4, 5                    # of the client's
DATA, ACCEPTED, BYE = 2, 3, 4       # of the server's
OTHER = {"C": "S", "S": "C"}
ATTACKS = {"flip": lambda: records.flip, "shorten": lambda: records.shorten,
           "repeat": lambda: records.repeat, "drop": lambda: records.drop,
           "swap": records.Swap, "reflect": lambda: records.reflect}
SUITES = ("chachapoly_3.0", "aes256gcm_3.0")
# Seconds each; the other AEAD's records have the same form.
GCM = ("flip", "repeat", "reflect")


def positions():
    for who, names in CARRIES.items():
        for at, name in enumerate(names):
            yield who, at, name


def names(kinds):
    return ((kind, who, name) for kind in kinds for who, _, name in positions())


def never_arrives(who, at):
    """Does the message wait, has B taken it, who notices?"""
    if who == "C":
        return at <= DOT, at > DOT, {"S"} if at <= QUIT else set()
    return at <= ACCEPTED, at >= ACCEPTED, {"C"} if at <= BYE else set()


def comes_back(who, at):
    """To who sent it, in the place of what it waits for."""
    waits, taken, who_notices = never_arrives(who, at)
    if who == "C" or at <= ACCEPTED:
        return waits, taken, {who} if who_notices else set()
    return waits, taken, who_notices


def comes_twice(who, at):
    """What it said is done; then nothing more is read. Before the dot A looks whether B has spoken."""
    if who == "C":
        return at < DOT, at >= DOT, {"S"} if at <= DOT else set()
    return at <= DATA, at >= ACCEPTED, {"C"} if at <= ACCEPTED else set()


def outcome(kind, who, at):
    return {"reflect": comes_back, "repeat": comes_twice}.get(kind, never_arrives)(who, at)


def of_session(edit, who, at):
    """The session came as far as the attack as it does without one."""
    tap.equal(edit.said[:4], [b"220 b", b"EHLO ", b"250-b", b"XCRYP"], "first lines")
    tap.equal(len(edit.said), 7, "lines in the clear: %s" % edit.said)
    tap.check(edit.count(who) > at, "records of %s: %d" % (who, edit.count(who)))
    session.unseen(edit)


def judge(attempt, waits, taken, notice):
    tap.equal((attempt.queued, len(attempt.mail)), (int(waits), int(taken)),
              "messages that wait, that B has: %s" % attempt.h.log.text[attempt.h.mark:])
    for who in notice:
        tap.equal(len(attempt.noticed(who)), 1, "lines of %s: %s" % (
            who, attempt.h.log.text[attempt.h.mark:]))


def attack(kind, who, name, suite):
    at = CARRIES[who].index(name)
    edit = records.Attack(who, at, ATTACKS[kind]())
    with session.attacked(edit, impatient=who, words=session.words_for(at), suites=suite) as attempt:
        of_session(edit, who, at)
        judge(attempt, *outcome(kind, who, at))


@tap.case()
def record_by_record():
    """Without an attack: what there is to attack."""
    edit = records.Attack("S", len(CARRIES["S"]) - 1, bytes)
    with session.attacked(edit, suites=SUITES[0]) as attempt:
        tap.equal((attempt.queued, len(attempt.mail)), (0, 1), "messages")
        for who, carried in CARRIES.items():
            tap.equal(edit.count(who), len(carried), "records of " + who)
            tap.equal(attempt.logged(who, "error="), [], "errors")
        session.unseen(edit)


@tap.case(*sorted(names(ATTACKS), key=lambda case: case[1]))
def record(kind, who, name):
    attack(kind, who, name, SUITES[0])


@tap.case(*sorted(names(GCM), key=lambda case: case[1]))
def record_gcm(kind, who, name):
    attack(kind, who, name, SUITES[1])


# --- cut ---

# Where the exchange may not be over for A.
UNDER_WAY = (("C", -1), ("C", 0), ("S", -1), ("S", 0))
RESET = ("Connection reset by", "Broken pipe")


def cut_off(who, at):
    """Does the message wait, has B taken it, who reads on?"""
    if (who, at) in UNDER_WAY:
        return True, False, set()
    if who == "C":
        return at <= DOT, at >= DOT, {"C"} if at == QUIT else {"C", "S"} if at < QUIT else set()
    return at <= DATA, at >= ACCEPTED, {"C", "S"} if at <= ACCEPTED else set()


def says(attempt, who, how):
    """Who writes before it reads has the reset from that."""
    h = attempt.h
    tag = h.a.tag if who == "C" else h.b.tag
    reset = [line for word in RESET for line in h.logged(tag, word)] if how == proxy.RST else []
    tap.check(attempt.noticed(who) or reset,
              "%s says nothing of it: %s" % (who, h.log.text[h.mark:]))


def cut(how, who, at, act):
    edit = records.Attack(who, max(at, 0), act)
    with session.attacked(edit, words=session.words_for(at), suites=SUITES[0]) as attempt:
        waits, taken, notice = cut_off(who, at)
        judge(attempt, waits, taken, ())
        session.unseen(edit)
        # B's refusal for good of a client that speaks too early: mail would bounce.
        tap.equal(attempt.h.logged("before response"), [], "what B takes it for")
        for side in notice:
            says(attempt, side, how)
        if (who, at) in UNDER_WAY:
            tap.equal(len(attempt.logged("C", "error=")), 1, "A's lines")


@tap.case(*((how, who, name) for how in (proxy.FIN, proxy.RST) for who, _, name in positions()))
def cut_behind(how, who, name):
    cut(how, who, CARRIES[who].index(name), records.cut(how))


@tap.case(*((how, who) for how in (proxy.FIN, proxy.RST) for who in "CS"))
def cut_before_the_first(how, who):
    cut(how, who, -1, lambda octets: proxy.Act(end=how))


def read_to_the_end(client):
    """What a program reads, and how it ends."""
    octets = b""
    while True:
        try:
            part = client.sock.recv(65536)
        except OSError as error:
            return octets, errno.errorcode[error.errno]
        if not part:
            return octets, "end"
        octets += part


@tap.case(*((how, at) for how in (proxy.FIN, proxy.RST) for at in (0, 1, 2)))
def cut_as_a_program_reads_it(how, at):
    """Never the end of the file, which is there where the server has closed."""
    edit = records.Attack("S", at, records.cut(how))
    with session.hosts.shared(**session.options("C", suites=SUITES[0])) as h, \
            proxy.between(h, edit):
        client = smtp.Client(h)
        client.encrypt()
        for number in range(at + 1):
            client.send(b"NOOP")
            if number < at:
                client.reply()
        octets, end = read_to_the_end(client)
        if how == proxy.FIN:
            tap.equal((octets[:4], end), (b"250 ", "EBADMSG"), "what was read")
        else:
            tap.check(end in ("ECONNRESET", "EBADMSG"), "how it ends: " + end)
        tap.equal(read_to_the_end(client), (b"", "EBADMSG"), "and from then on")
        client.close()


@tap.case()
def closed_as_a_program_reads_it():
    """Else the cases above would prove nothing."""
    edit = records.Attack("S", 0, bytes)
    with session.hosts.shared(**session.options("C", suites=SUITES[0])) as h, \
            proxy.between(h, edit):
        client = smtp.Client(h)
        client.encrypt()
        client.send(b"QUIT")
        octets, end = read_to_the_end(client)
        tap.equal((octets[:4], end), (b"221 ", "end"), "what was read")
        client.close()
