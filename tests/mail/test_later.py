# SPDX-License-Identifier: GPL-2.0
"""
A fault that passes keeps mail in the queue: a server that requires encryption and cannot do it for
the moment says 454, a client that could not takes 530 for that.
"""
import os
import signal

import hosts
import smtp
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
NEEDED = b"530 5.7.0 Must issue XCRYPT first\r\n"
LATER = b"454 4.7.0 XCRYPT not available, try later\r\n"
MAIL = b"MAIL FROM:<alice@example.org>"
REQUIRES = {"more": ((), ("define(`confXCRYPT_OFFER', `require')",))}


@tap.case()
def later_says_the_server():
    with hosts.shared(**REQUIRES) as h:
        h.daemons[1].kill(signal.SIGTERM)
        client = smtp.Client(h)
        tap.equal(client.command(MAIL), LATER, "before EHLO, without daemon")
        tap.check(b"XCRYPT" not in client.ehlo(), "listed")
        tap.equal(client.command(MAIL), LATER, "after EHLO, without daemon")
        h.revive()
        tap.check(b"XCRYPT" not in client.ehlo(), "listed later in the same session")
        tap.equal(client.command(MAIL), LATER, "the daemon is there again")
        client.close()
        client = smtp.Client(h)
        tap.equal(client.command(MAIL), NEEDED, "of a new session")
        client.ehlo()
        h.daemons[1].kill(signal.SIGTERM)
        tap.equal(client.command(smtp.FIRST), b"454 4.7.0 XCRYPT FAIL\r\n", "the exchange")
        tap.equal(client.command(MAIL), LATER, "after it")
        client.close()
        h.revive()


@tap.case()
def later_is_not_for_faults_of_the_client():
    with hosts.shared(**REQUIRES) as h:
        for line, reply in ((b"XCRYPT nosuch_2.0 a b", b"504"), (b"XCRYPT", b"501")):
            client = smtp.Client(h)
            client.ehlo()
            tap.equal(client.command(line)[:3], reply, "the exchange")
            tap.equal(client.command(MAIL), NEEDED, "after it")
            client.close()


@tap.case(("sender", 0), ("receiver", 1))
def later_daemon_restarts(_which, side):
    """One daemon is away for a moment, the server requires encryption: the mail comes later."""
    with hosts.shared(**REQUIRES) as h:
        h.daemons[side].kill(signal.SIGTERM)
        h.a.submit(SENT, BOB)
        tap.equal(len(h.a.queued()), 1, "queue: %s" % h.log.text[h.mark:])
        h.log.wait(h.a.tag, "to=" + BOB, "dsn=4.7.0", "stat=Deferred", since=h.mark)
        tap.equal(h.logged(h.a.tag, "ERROR"), [], "A's log")
        h.revive()
        h.a.run_queue()
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.check(b"using XCRYPT" in mail[0][1], "trace: %r" % mail[0][1])
        tap.equal(h.a.queued(), [], "queue")


@tap.case()
def later_is_not_for_a_choice():
    """Who does not want XCRYPT is told so at once."""
    with hosts.shared(**REQUIRES) as h:
        h.a.submit(SENT, BOB, words=("-O", "XCRYPTTry=no"), status=os.EX_UNAVAILABLE)
        h.log.wait(h.a.tag, "to=" + BOB, "dsn=5.7.0", since=h.mark)
        tap.equal(h.b.take(), [], "mail")
        h.a.forget()
