# SPDX-License-Identifier: GPL-2.0
"""One message by way of the attacker, and what must be so whatever he does."""
import contextlib
import subprocess

import hosts
import proxy
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"meet me behind the old bridge\n")
SECRETS = (b"alice@", b"bob@", b"Subject", b"old bridge", b"MAIL From", b"RCPT To", b"accepted for")
CHANGED = "error=octets were changed, cut or put in on the way, status=closed"
REQUIRE = ("-O", "XCRYPTTry=require")
# What B says where there is more to read before it has said that it wants the message.
WAITS = 60          # seconds; nobody's time-out is so long
SOON = tuple("define(`confTO_%s', `5s')" % name for name in (
    "HELO", "MAIL", "RCPT", "DATAINIT", "DATABLOCK", "DATAFINAL", "QUIT"))
B_SOON = tuple("define(`confTO_%s', `5s')" % name for name in ("COMMAND", "DATABLOCK"))


def options(impatient, **more):
    """Of hosts.shared(): whose time-outs are short. The other side sees how that one ends."""
    (line,) = proxy.HOSTS["more"][1]
    return {"listen": (), "more": (SOON if impatient == "C" else (),
                                   (line, *(B_SOON if impatient == "S" else ()))), **more}


class Attempt:
    """What came of it: messages that wait on A, the copies that B has."""

    def __init__(self, h):
        self.h = h
        h.log.settle()
        self.queued, self.mail = len(h.a.queued()), h.b.take()

    def logged(self, who, *words):
        """Lines of the client's or the server's sendmail about XCRYPT."""
        tag, role = (self.h.a.tag, "client") if who == "C" else (self.h.b.tag, "server")
        return self.h.logged(tag, "XCRYPT=" + role, *words)

    def noticed(self, who):
        """Lines that name the attack."""
        return self.logged(who, CHANGED)


def words_for(at):
    """
    For an attack on record at of a side. Behind the first reply an opportunistic A keeps the message as
    one does that insists: nothing falls back into the clear.
    """
    return REQUIRE if at <= 0 else ()


@contextlib.contextmanager
def attacked(edit, impatient="C", words=REQUIRE, connections=1, **more):
    """
    A sends a message to B, once. Whatever comes of it: nobody hangs, no octet of it was in the
    clear, what B has is whole; and when the attacker has gone, the message is there.
    Encryption is required by default: else an exchange that breaks off is followed by one without,
    and whether B's reset overtakes the last line of an exchange is chance.
    """
    with hosts.shared(**options(impatient, **more)) as h, proxy.between(h, edit) as one:
        process = h.a.begin(SENT, *words, BOB)
        try:
            process.wait(WAITS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise tap.Failure("A hangs: %s" % h.log.text[h.mark:]) from error
        h.b.rest()
        attempt = Attempt(h)
        tap.equal(one.count, connections, "connections: %s" % h.log.text[h.mark:])
        hosts.is_mail(attempt.mail, *[(BOB, SENT)] * len(attempt.mail))
        yield attempt
        said = h.a.run_queue()
        tap.equal(h.a.queued(), [], "queue: %s" % said)
        later = h.b.take()
        tap.equal(len(later), attempt.queued, "copies that came later")
        hosts.is_mail(later, *[(BOB, SENT)] * len(later))
        tap.check(attempt.mail or later, "the message is lost")


def unseen(edit):
    """Nothing of the message has left either side in the clear."""
    lower = bytes(edit.wire).lower()
    tap.equal([word for word in SECRETS if word.lower() in lower], [], "on the wire")
