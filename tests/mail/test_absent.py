# SPDX-License-Identifier: GPL-2.0
"""No module; no daemon, here or there."""
import contextlib
import os
import signal
import subprocess

import hosts
import pcap
import place
import smtp
import tap

SENT = hosts.message(b"the text\n")
BOB = "bob@example.net"
REQUIRE = ("-O", "XCRYPTTry=require")
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vm/load")
NO_MODULE = "module xcrypt is not loaded"


@contextlib.contextmanager
def no_module():
    hosts.end_shared()
    subprocess.run(["rmmod", "xcrypt"], check=True)
    try:
        yield
    finally:
        subprocess.run([LOAD], check=True)


def clear_and_once(h, count):
    """So many messages went in the clear, each on a connection of its own."""
    found = h.connections()
    tap.equal([c.encrypted() for c in found], [False] * count, "connections, encrypted")
    for connection in found:
        tap.equal(pcap.words_in([b"MAIL From:<alice@", b"the text"], [connection.sent]),
                  [b"MAIL From:<alice@", b"the text"], "in the clear")
    hosts.is_mail(h.b.take(), *[(BOB, SENT)] * count)
    tap.equal(h.a.queued(), [], "queue")


def kept(h, *reasons):
    h.a.submit(SENT, BOB, words=REQUIRE)
    tap.equal(len(h.a.queued()), 1, "queue")
    lines = h.logged(h.a.tag, "stat=Deferred", "dsn=4.7.")
    tap.equal(len(lines), 1, "deferred: %s" % h.log.text[h.mark:])
    tap.check(any(reason in lines[0] for reason in reasons), lines[0])
    tap.equal(h.b.take(), [], "mail")


@tap.case()
def absent_module():
    """The servers say so once a start, however many connections there are."""
    with no_module(), hosts.Hosts(daemons=(), listen=(0, 1)) as h:
        tap.check(not os.path.exists(place.MODULE), "the module is there")
        h.capture()
        for _ in range(3):
            h.a.submit(SENT, BOB)
        clear_and_once(h, 3)
        for one in (h.a, h.b):
            daemon = "%s[%d]" % (one.tag, one.process.pid)
            tap.equal(len(h.log.lines(daemon, NO_MODULE)), 1, "lines of %s: %s" % (
                one.tag, h.log.text))
        tap.equal(len(h.log.lines(h.b.tag, NO_MODULE)), 1, "lines of B's children: %s" %
                  h.log.text)
        kept(h, NO_MODULE, "not offered")


@tap.case((False,), (True,))
def absent_module_of_the_client(required):
    """The server, on another machine, lists XCRYPT."""
    with no_module(), hosts.Hosts(daemons=(), listen=()) as h:
        server = smtp.Server(h, [b"503 5.5.1 XCRYPT FAIL"])
        h.a.submit(SENT, BOB, words=REQUIRE if required else ())
        server.close()
        tap.equal([b"XCRYPT" in b" ".join(lines) for lines in server.said], [False], "asked for it")
        tap.equal([hosts.stripped(mail) for mail in server.mail], [] if required else [SENT],
                  "mail delivered")
        tap.equal(len(h.a.queued()), 1 if required else 0, "queue")
        tap.equal(len(h.log.lines(h.a.tag, NO_MODULE + ", mail goes")), 1, "lines: %s" % h.log.text)
        if required:
            tap.equal(len(h.logged(h.a.tag, "stat=Deferred", "dsn=4.7.", NO_MODULE)), 1,
                      "deferred: %s" % h.log.text)


@tap.case()
def absent_module_queue_runner():
    """One start, many connections: said once."""
    with no_module(), hosts.Hosts(daemons=()) as h:
        for _ in range(3):
            h.a.submit(SENT, BOB, words=("-odq",))
        h.a.run_queue("-O", "ConnectionCacheSize=0")
        hosts.is_mail(h.b.take(), *[(BOB, SENT)] * 3)
        tap.equal(len(h.log.lines(h.a.tag, NO_MODULE)), 1, "lines: %s" % h.log.text)


@tap.case(("sender", 1), ("receiver", 0), ("both", None))
def absent_daemon(_which, running):
    """On the same connection in the clear; the log of the host without says why."""
    with hosts.shared() as h:
        for side, one in h.daemons.items():
            if side != running:
                one.kill(signal.SIGTERM)
        h.capture()
        h.a.submit(SENT, BOB)
        clear_and_once(h, 1)
        side, done = (h.a, "in the clear") if running == 1 else (h.b, "not offered")
        tap.equal(len(h.logged(side.tag, "XCRYPT=", "xcryptd does not run", done)), 1,
                  "mail.log: %s" % h.log.text[h.mark:])
        kept(h, "xcryptd does not run" if running == 1 else "not offered")
        h.revive()
        h.a.forget()
