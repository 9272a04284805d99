# SPDX-License-Identifier: GPL-2.0
"""
The list of suites in the reply to EHLO, taken out or changed. Nobody can notice that at a first
meeting but by what is said later; who knows the server holds it against him.
"""
import re

import hosts
import proxy
import session
import tap

NAME = "b.example.net"
SUITES = "chachapoly_3.0 aes256gcm_3.0 chacha20_2.0"
LINE = re.compile(rb"250-XCRYPT [^\r]*\r\n")
WITHOUT = b"250-XXXXXXXX\r\n"


def line_of(words):
    return b"250-XCRYPT " + words + b"\r\n"


# What is listed in the place of the line; does anybody begin an exchange then, which fails?
LISTS = {
    "stripped": (b"", False),
    "masked": (WITHOUT, False),
    "twice": (line_of(SUITES.encode()) * 2, False),
    "too-long": (line_of(SUITES.encode() + b" x" * 250), False),
    "unknown": (line_of(b"chachapoly_9.0"), True),
    "without-3": (line_of(b"chacha20_2.0"), True),
    "shorter": (line_of(b"aes256gcm_3.0 chacha20_2.0"), True),
    "reordered": (line_of(b"aes256gcm_3.0 chachapoly_3.0 chacha20_2.0"), True),
    "longer": (line_of(SUITES.encode() + b" t32_1.0"), True),
}
POLICIES = ("opportunistic", "require", "verify")


def listed(name):
    return proxy.once("S", b"250-b.example.net", lambda octets: LINE.sub(LISTS[name][0], octets))


def undisturbed():
    return proxy.once("S", b"250-b.example.net", bytes)


def options(policy):
    return {"suites": SUITES, "lines": ("policy %s %s" % (NAME, policy),)}


def attacked(edit, policy):
    """What is required is the daemon's policy, not sendmail's."""
    return session.attacked(edit, words=(), **options(policy))


def identity(h):
    return h.daemons[1].control("identity")[0].split()[1]


def forget(h):
    for line in h.daemons[0].control("peers list"):
        if line.split()[:2] == ["peer", NAME]:
            h.daemons[0].control("peers forget " + NAME)


def warnings(h):
    return h.daemons[0].stats()['peers_warnings_total{kind="stripped"}']


def in_the_clear(attempt):
    hosts.is_mail(attempt.mail, (session.BOB, session.SENT))
    tap.check(b"using XCRYPT" not in attempt.mail[0][1], "trace: %r" % attempt.mail[0][1])


class Watched:
    """An edit that keeps what passes."""

    def __init__(self, edit):
        self.edit, self.done, self.wire = edit, edit.done, bytearray()

    def __call__(self, who, octets):
        self.wire += octets
        return self.edit(who, octets)


@tap.case(*((name,) for name in LISTS))
def list_of_a_stranger(name):
    """With nothing known the message goes in the clear; if there was an exchange, the log has it."""
    with hosts.shared(**session.options("C", **options("opportunistic"))) as h:
        forget(h)
    with attacked(listed(name), "opportunistic") as attempt:
        in_the_clear(attempt)
        tap.equal(len(attempt.logged("C", "in the clear")), int(LISTS[name][1]), "A's lines: %s" %
                  attempt.h.log.text[attempt.h.mark:])


@tap.case(*((name, policy) for name in LISTS for policy in POLICIES))
def list_of_a_known_server(name, policy):
    """Met before, or pinned where only that counts."""
    with hosts.shared(**session.options("C", **options(policy))) as h:
        forget(h)
        if policy == "verify":
            h.daemons[0].control("peers pin %s %s" % (NAME, identity(h)))
    if policy != "verify":
        with attacked(undisturbed(), policy) as attempt:
            tap.check(b"using XCRYPT with cipher chachapoly_3.0" in
                      attempt.mail[0][1].replace(b"\n\t", b" "), "the meeting")
    edit = Watched(listed(name))
    with attacked(edit, policy) as attempt:
        h = attempt.h
        stays = policy != "opportunistic"
        lines = h.daemons[0].logged("peer name=" + NAME, "warning=stripped", "policy=" + policy)
        tap.check(lines and ("message=stays-queued" if stays else "message=goes-on") in lines[-1],
                  "xcryptd's lines: %s" % lines)
        tap.check(warnings(h) >= 1, "not counted")
        if not stays:
            in_the_clear(attempt)
            return
        tap.equal((attempt.queued, attempt.mail), (1, []), "messages")
        tap.equal(len(h.logged(h.a.tag, "stat=Deferred", NAME + " did not speak XCRYPT 3")), 1,
                  "A's log: %s" % h.log.text[h.mark:])
        session.unseen(edit)


@tap.case()
def list_of_a_server_without_pin():
    """verify takes nobody who is not pinned, whatever he lists."""
    with hosts.shared(**session.options("C", **options("verify"))) as h:
        forget(h)
        with proxy.between(h, Watched(undisturbed())):
            h.a.submit(session.SENT, session.BOB)
            tap.equal((len(h.a.queued()), h.b.take()), (1, []), "messages")
            tap.equal(len(h.logged(h.a.tag, "stat=Deferred", "not pinned")), 1, "A's log")
            h.daemons[0].control("peers pin %s %s" % (NAME, identity(h)))
            h.a.run_queue()
            hosts.is_mail(h.b.take(), (session.BOB, session.SENT))


@tap.case()
def somebody_in_the_place_of_a_known_server():
    """He has xcryptd, and an identity of his own: of version 3, with which all is in order."""
    for policy in POLICIES:
        with hosts.shared(**session.options("C", **options(policy))) as h:
            forget(h)
            h.daemons[0].control("peers pin %s %s" % (NAME, identity(h)))
            h.daemons[1].control("identity replace")
            with proxy.between(h, undisturbed()):
                h.a.submit(session.SENT, session.BOB)
                stays = policy == "verify"
                tap.equal((len(h.a.queued()), len(h.b.take())), (int(stays), int(not stays)),
                          "messages under " + policy)
                tap.check(h.daemons[0].logged(
                    "peer name=" + NAME, "warning=identity", "policy=" + policy,
                    "message=" + ("stays-queued" if stays else "goes-on")), "xcryptd's lines")
            h.a.forget()
