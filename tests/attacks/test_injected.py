# SPDX-License-Identifier: GPL-2.0
"""
Plaintext put in behind each line of an exchange of version 3 and before each record (CVE-2011-0411 and
"NO STARTTLS" of 2021): nobody executes or believes it. And lines that are changed on their way.
"""
import contextlib

import hosts
import proxy
import records
import session
import tap
import test_records

SUITE = "chachapoly_3.0"
EVIL = (b"RSET\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\n"
        b"Subject: evil\r\n\r\nevil\r\n.\r\n")
FAKE = b"250 2.1.0 fake\r\n" * 4
EVILS = {"C": EVIL, "S": FAKE}
POLICIES = (("opportunistic", ()), ("require", session.REQUIRE))


def nothing_executed(attempt):
    tap.equal(attempt.h.logged("eve@"), [], "mail.log")


@contextlib.contextmanager
def broken_off(edit, words):
    """
    No exchange came of it: A connects anew without XCRYPT, or keeps the message where encryption is
    required. Nothing of it went by the attacked connection.
    """
    connections = 1 if words else 2
    with session.attacked(edit, words=words, connections=connections, suites=SUITE) as attempt:
        tap.equal((attempt.queued, len(attempt.mail)), (len(words) // 2, connections - 1), "messages")
        # Twice where B's answer is one thing and the end of the connection another.
        tap.check(attempt.logged("C", "required, mail stays queued" if words else
                                 "connecting again without"), "A's lines")
        nothing_executed(attempt)
        yield attempt


@tap.case(*((which, policy) for which in ("first-line", "first-reply") for policy, _ in POLICIES))
def injected_into_the_exchange(which, policy):
    who, begin = (("C", b"XCRYPT chacha"), ("S", b"250 XCRYPT "))[which == "first-reply"]
    edit = proxy.once(who, begin, lambda octets: octets + EVILS[who])
    with broken_off(edit, dict(POLICIES)[policy]) as attempt:
        if who == "C":
            tap.equal(len(attempt.logged("S", "closed")), 1, "B's lines")


@tap.case(*((who, name) for who, _, name in test_records.positions()))
def injected_before(who, name):
    """The first ones stand right behind XCRYPT OK, and behind the server's last line."""
    at = test_records.CARRIES[who].index(name)
    edit = records.Attack(who, at, lambda octets: EVILS[who] + octets)
    with session.attacked(edit, impatient=who, words=session.words_for(at), suites=SUITE) as attempt:
        test_records.of_session(edit, who, at)
        test_records.judge(attempt, *test_records.never_arrives(who, at))
        nothing_executed(attempt)


# --- lines that are changed ---

# By the words of a line; the letter in the middle of one is another one of base64.
LINES = {
    "K_a": ("C", b"XCRYPT chacha", 2), "N_a": ("C", b"XCRYPT chacha", 3),
    "K_b": ("S", b"250 XCRYPT ", 2), "N_b": ("S", b"250 XCRYPT ", 3), "I_b": ("S", b"250 XCRYPT ", 4),
    "S_b": ("S", b"250 XCRYPT ", 5), "V_b": ("S", b"250 XCRYPT ", 6),
    "C_a": ("C", b"XCRYPT OK ", 2), "C_b": ("S", b"250 XCRYPT OK ", 3),
}


def change(number):
    def edit(octets):
        line, end, rest = octets.partition(b"\r\n")
        words = line.split(b" ")
        at = len(words[number]) // 2
        letter = b"B" if words[number][at:at + 1] == b"A" else b"A"
        words[number] = words[number][:at] + letter + words[number][at + 1:]
        return b" ".join(words) + end + rest
    return edit


def refusals(h):
    return sum(len(one.logged("refused dir=")) for one in h.daemons.values())


@tap.case(*((name,) for name in LINES))
def changed_on_its_way(name):
    """Of every value each octet counts: no exchange comes of it."""
    who, begin, number = LINES[name]
    edit = proxy.once(who, begin, change(number))
    with hosts.shared(**session.options("C", suites=SUITE)) as h:
        before = refusals(h)
    with session.attacked(edit, suites=SUITE) as attempt:
        tap.equal((attempt.queued, attempt.mail), (1, []), "messages")
        tap.equal(len(attempt.logged("C", "required, mail stays queued")), 1, "A's lines")
        tap.check(refusals(attempt.h) > before, "xcryptd says nothing")


@tap.case()
def unchanged():
    """Else the cases above would prove nothing."""
    edit = proxy.once("S", b"250 XCRYPT ", bytes)
    with session.attacked(edit, suites=SUITE) as attempt:
        tap.equal(attempt.queued, 0, "messages that wait")
        hosts.is_mail(attempt.mail, (session.BOB, session.SENT))
