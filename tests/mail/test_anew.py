# SPDX-License-Identifier: GPL-2.0
"""
What suites of version 3 change around an exchange: at the switch both sides forget what was said in
the clear. The builds here do it for those of version 2.
"""
import os

import hosts
import sendmail
import smtp
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
BOTH = {"builds": (sendmail.TEST, sendmail.TEST)}
FIRST = b"503 5.5.1 EHLO first\r\n"


@tap.case()
def anew_server():
    with hosts.shared(**BOTH) as h:
        client = smtp.Client(h)
        client.encrypt()
        for command, reply in ((b"MAIL FROM:<alice@example.org>", FIRST),
                               (b"VRFY bob", FIRST), (b"STARTTLS", FIRST), (b"NOOP", b"250"),
                               (smtp.FIRST, b"503 5.5.1 XCRYPT FAIL\r\n"), (b"RSET", b"250"),
                               (b"RCPT TO:<bob@example.net>", FIRST)):
            got = client.command(command)
            tap.check(got.startswith(reply), "%r: %r" % (command, got))
        tap.check(b"XCRYPT" not in client.ehlo(), "listed again")
        client.mail(b"Subject: x\r\n\r\nthe text\r\n", BOB.encode())
        ((_, octets),) = h.b.take()
        tap.check(b"using XCRYPT with cipher" in octets, "trace: %r" % octets)
        client.close()


@tap.case()
def anew_client():
    """Says EHLO again, once a connection; with a server that wants it and one that does not."""
    for builds in (BOTH["builds"], (sendmail.TEST, None)):
        with hosts.Hosts(builds=builds) as h:
            for _ in range(2):
                h.a.submit(SENT, BOB, words=("-odq",))
            h.capture()
            said = h.a.run_queue().split("\n")
            tap.equal(sum(line.startswith(">>> EHLO") for line in said), 2, "said: %s" % said)
            tap.equal([c.encrypted() for c in h.connections()], [True], "connections, encrypted")
            hosts.is_mail(h.b.take(), *[(BOB, SENT)] * 2)
            tap.equal(h.a.queued(), [], "queue")


@tap.case()
def anew_client_of_version_2():
    """Whoever does not say it gets nowhere; else the cases above would prove nothing."""
    with hosts.Hosts(builds=(None, sendmail.TEST)) as h:
        h.a.submit(SENT, BOB, status=os.EX_UNAVAILABLE)
        tap.equal(h.b.take(), [], "mail")
